/*
 * Proofs and tiles out of a store, and their verification (RFC 9162 section 2.1, C2SP tlog-tiles).
 *
 * The functions that take a store read leaf hashes and nodes only, never bodies, and trust them:
 * `amp_log_verify` checks them. They work on any handle, beside a writer, for any size up to the
 * store's. The checks at the end are pure, and need neither store nor trust.
 */
#ifndef AMP_JOURNAL_TREE_H
#define AMP_JOURNAL_TREE_H

#include "journal/journal.h"

#include "base/buf.h"

struct amp_proof {
    uint8_t hash[64][AMP_HASH];
    size_t n;
};

/* The tree as it was with `size` leaves. Size 0 is the empty tree. AMP_E_RANGE: the store has
 * fewer; AMP_E_CORRUPT: a hash is missing. The same for the functions below. */
AMP_MUST amp_err amp_tree_at(struct amp_store *store, uint64_t size, struct amp_merkle *out,
                             struct amp_why *why);
AMP_MUST amp_err amp_tree_root(struct amp_store *store, uint64_t size, uint8_t out[AMP_HASH],
                               struct amp_why *why);
/* index (from 0: record number less 1) must be below size. */
AMP_MUST amp_err amp_tree_inclusion(struct amp_store *store, uint64_t index, uint64_t size,
                                    struct amp_proof *out, struct amp_why *why);
/* size1 <= size2; empty for size1 = 0 and for equal sizes. */
AMP_MUST amp_err amp_tree_consistency(struct amp_store *store, uint64_t size1, uint64_t size2,
                                      struct amp_proof *out, struct amp_why *why);

/* How many hashes tile `index` of a level has in a tree of that size: 0..256. */
unsigned amp_tile_width(uint64_t size, unsigned level, uint64_t index);
/* Appends width * 32 bytes. AMP_E_RANGE unless 1 <= width <= amp_tile_width. */
AMP_MUST amp_err amp_tree_tile(struct amp_store *store, uint64_t size, unsigned level,
                               uint64_t index, unsigned width, struct amp_buf *out,
                               struct amp_why *why);
/* Appends the entries of a tile of level 0: 2 bytes of length (big-endian) and the entry, each. */
AMP_MUST amp_err amp_tree_entries(struct amp_store *store, uint64_t size, uint64_t index,
                                  unsigned width, struct amp_buf *out, struct amp_why *why);

enum {
    AMP_TILE_LEVEL_MAX = 63,
    AMP_TILE_PATH = 64 /* room for the longest path and its end */
};

struct amp_tile_path { /* what stands behind ".../tile/" */
    bool entries;
    unsigned level; /* 0 for entries */
    uint64_t index;
    unsigned width; /* 256: a full one */
};
/* "1/x001/234", "0/000.p/7", "entries/x001/x234/067.p/112" and nothing else. AMP_E_SYNTAX. */
AMP_MUST amp_err amp_tile_path_parse(struct amp_str path, struct amp_tile_path *out);
void amp_tile_path_write(const struct amp_tile_path *path, char out[AMP_TILE_PATH]);

/* RFC 9162 sections 2.1.3.2 and 2.1.4.2. AMP_E_RANGE: numbers that cannot be; AMP_E_CONFLICT: it is
 * no proof. size1 = 0 is refused, as the reference verifiers do: every tree follows the empty one,
 * so a witness that is asked with "old 0" and no proof (tlog-witness) must not ask here. */
AMP_MUST amp_err amp_inclusion_check(const uint8_t leaf[AMP_HASH], uint64_t index, uint64_t size,
                                     const struct amp_proof *proof, const uint8_t root[AMP_HASH]);
AMP_MUST amp_err amp_consistency_check(uint64_t size1, uint64_t size2,
                                       const struct amp_proof *proof, const uint8_t root1[AMP_HASH],
                                       const uint8_t root2[AMP_HASH]);

#endif
