/* Temporary. */
#include "model/snapshot.h"
amp_err amp_snapshot_write(const struct amp_state *state, amp_err (*put)(void *ctx, const void *data, size_t len), void *ctx) { (void)state;(void)put;(void)ctx; return AMP_E_UNSUPPORTED; }
amp_err amp_snapshot_read(amp_err (*get)(void *ctx, void *data, size_t len), void *ctx, struct amp_state *out, struct amp_why *why) { (void)get;(void)ctx;(void)out;(void)why; return AMP_E_UNSUPPORTED; }
