/*
 * The journal: an append-only Merkle log (RFC 6962 section 2.1) of opaque records over a store.
 *
 * What the log commits to is the entry of a record, 33 bytes that say nothing without the salt:
 * 0x01 || SHA-256(salt || SHA-256(body)). So entries and tiles can be public for ever. Opening
 * replays every record, checks each body and salt against its leaf, the leaves against the nodes
 * and the root against the head, and names the first bad record. Appending hands out consecutive
 * numbers. One thread at a time.
 */
#ifndef AMP_JOURNAL_JOURNAL_H
#define AMP_JOURNAL_JOURNAL_H

#include "journal/store.h"

struct amp_journal;

struct amp_journal_visit {
    void *ctx;
    amp_err (*record)(void *ctx, const struct amp_record *record); /* may be NULL */
};

struct amp_draft {
    struct amp_str body;
    uint8_t salt[AMP_SALT]; /* 32 random bytes: without them a guess of the body can be checked */
};

void amp_entry_make(const uint8_t salt[AMP_SALT], struct amp_str body, uint8_t out[AMP_ENTRY]);

/* Verifies and calls visit for each good record in order (the fold happens here). Without `from`,
 * from record 1. With it (the size and root that a snapshot remembers): the stored tree must have
 * that root at that size, and the records after it are verified and visited; AMP_E_CONFLICT if the
 * store is shorter or has another root there. On AMP_E_CORRUPT *out_bad is the number of the first
 * bad record, or size + 1 when records or the head are missing at the end. The store is borrowed
 * and must outlive the journal. */
AMP_MUST amp_err amp_journal_open(struct amp_store *store, const struct amp_journal_visit *visit,
                                  const struct amp_head *from, struct amp_journal **out,
                                  uint64_t *out_bad, struct amp_why *why);
void amp_journal_close(struct amp_journal *journal);

/* Gives the drafts the next numbers (first in *out_first; untouched when n is 0) and makes them and
 * the changes of secrets durable, all or nothing. After AMP_E_IN_DOUBT the journal is dead. */
AMP_MUST amp_err amp_journal_append(struct amp_journal *journal, const struct amp_draft *draft,
                                    size_t n, const struct amp_secret *secret, size_t secret_n,
                                    uint64_t *out_first, struct amp_why *why);
/* As of the store: are the bytes of all that was removed gone from every file? */
AMP_MUST amp_err amp_journal_settle(struct amp_journal *journal, struct amp_why *why);
struct amp_head amp_journal_head(const struct amp_journal *journal);

/* RFC 6962 section 2.1, incremental. */
struct amp_merkle { /* the roots of the full subtrees, largest first */
    uint64_t size;
    uint8_t node[64][AMP_HASH];
};
void amp_merkle_leaf(struct amp_str entry, uint8_t out[AMP_HASH]);
void amp_merkle_add(struct amp_merkle *tree, const uint8_t leaf[AMP_HASH]);
void amp_merkle_root(const struct amp_merkle *tree, uint8_t out[AMP_HASH]);

#endif
