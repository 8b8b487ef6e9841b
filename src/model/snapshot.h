/*
 * A snapshot: the whole state as bytes, so that a start need not fold ten million records.
 *
 * Holds what is personal: whoever stores it seals it under a key of its own, and destroys that key
 * when an incident is erased. Reading it gives a state with the same digest, or refuses: any bytes
 * may come, and what is taken is a state that decide, apply and the views can work with. The same
 * state always gives the same bytes.
 *
 * Numbers are base-128 varints, signed ones zigzag, fixed ones little-endian. The bytes come in
 * blocks (le32 length, content), the last one empty; items never span blocks.
 *   1. "amparo-state-1\n", then the fingerprint of the tables of names (le64). A state that was
 *      written by a program with other tables is refused (AMP_E_UNSUPPORTED): fold instead.
 *   2. Last event, key of the log, counts of the tables; then the tables in the order of
 *      snapshot_write.c.
 *   3. An own text is its length + 1 and its bytes; 0 is none. A shared text is its number in
 *      the order of first use; the first use brings length and bytes; 0 is none.
 *   4. What follows from the rest is not written: which incident a call belongs to, the chains by
 *      number and device, what was merged into an incident, the index.
 */
#ifndef AMP_MODEL_SNAPSHOT_H
#define AMP_MODEL_SNAPSHOT_H

#include "model/state.h"

/* Calls put with pieces of at most AMP_SNAPSHOT_PIECE bytes, and ends with its error. */
enum {
    AMP_SNAPSHOT_PIECE = 1 << 17
};
AMP_MUST amp_err amp_snapshot_write(const struct amp_state *state,
                                    amp_err (*put)(void *ctx, const void *data, size_t len),
                                    void *ctx);
/* get fills exactly len bytes or gives an error, and is never asked for more than was written.
 * AMP_E_CORRUPT with a sentence, AMP_E_UNSUPPORTED, AMP_E_NOMEM, or the error of get. The caller
 * has a finished or zero state in *out before, and a whole one after AMP_OK. */
AMP_MUST amp_err amp_snapshot_read(amp_err (*get)(void *ctx, void *data, size_t len), void *ctx,
                                   struct amp_state *out, struct amp_why *why);

#endif
