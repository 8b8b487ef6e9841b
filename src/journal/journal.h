/*
 * The journal: an append-only Merkle log (RFC 6962 section 2.1) of opaque records over a store.
 *
 * Opening replays every leaf, checks each body against its leaf and the root against the head, and
 * names the first bad record. Appending hands out consecutive numbers. One thread at a time.
 * Later issues add signed checkpoints, proofs and seals; the leaf hash of every record is kept for
 * them.
 */
#ifndef AMP_JOURNAL_JOURNAL_H
#define AMP_JOURNAL_JOURNAL_H

#include "journal/store.h"

struct amp_journal;

struct amp_journal_visit {
    void *ctx;
    amp_err (*record)(void *ctx, const struct amp_record *record); /* may be NULL */
};

/* Verifies all and calls visit for each good record in order (the fold happens here). On
 * AMP_E_CORRUPT *out_bad is the number of the first bad record, or size + 1 when records or the
 * head are missing at the end. The store is borrowed and must outlive the journal. */
AMP_MUST amp_err amp_journal_open(struct amp_store *store, const struct amp_journal_visit *visit,
                                  struct amp_journal **out, uint64_t *out_bad, struct amp_why *why);
void amp_journal_close(struct amp_journal *journal);

/* Gives the bodies the next numbers (first in *out_first) and makes them durable. After
 * AMP_E_IN_DOUBT the journal is dead. */
AMP_MUST amp_err amp_journal_append(struct amp_journal *journal, const struct amp_str *body,
                                    size_t n, uint64_t *out_first, struct amp_why *why);
struct amp_head amp_journal_head(const struct amp_journal *journal);

/* RFC 6962 section 2.1, incremental. */
struct amp_merkle { /* the roots of the full subtrees, largest first */
    uint64_t size;
    uint8_t node[64][AMP_HASH];
};
void amp_merkle_leaf(struct amp_str body, uint8_t out[AMP_HASH]);
void amp_merkle_add(struct amp_merkle *tree, const uint8_t leaf[AMP_HASH]);
void amp_merkle_root(const struct amp_merkle *tree, uint8_t out[AMP_HASH]);

#endif
