/* Temporary. */
#ifndef AMP_JOURNAL_NOTE_H
#define AMP_JOURNAL_NOTE_H
#include "base/crypto.h"
#include "journal/store.h"
struct amp_checkpoint { struct amp_str origin; struct amp_head head; };
void amp_vkey_ed25519_write(struct amp_str name, const uint8_t key[AMP_SIGN_PUBLIC], struct amp_buf *out);
void amp_checkpoint_sign(const struct amp_checkpoint *checkpoint, const uint8_t seed[AMP_KEY], struct amp_buf *out);
struct amp_proof;
void amp_tlog_proof_write(uint64_t index, const struct amp_proof *proof, struct amp_str extra, struct amp_str note, struct amp_buf *out);
#endif
