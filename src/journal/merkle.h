/*
 * A hasher: SHA-256 with one reused context, and the Merkle steps that use it.
 *
 * For the journal, which hashes twice for every record; the functions in journal.h without a hasher
 * make one for each call. A hasher is for one thread at a time.
 */
#ifndef AMP_JOURNAL_MERKLE_H
#define AMP_JOURNAL_MERKLE_H

#include "journal/journal.h"

struct amp_hasher;

AMP_MUST amp_err amp_hasher_create(struct amp_hasher **out);
void amp_hasher_destroy(struct amp_hasher *hasher); /* accepts NULL */
void amp_hasher_leaf(struct amp_hasher *hasher, struct amp_str body, uint8_t out[AMP_HASH]);
void amp_hasher_add(struct amp_hasher *hasher, struct amp_merkle *tree,
                    const uint8_t leaf[AMP_HASH]);
void amp_hasher_root(struct amp_hasher *hasher, const struct amp_merkle *tree,
                     uint8_t out[AMP_HASH]);

#endif
