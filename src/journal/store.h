/*
 * Where records are kept: a small interface, and the stores behind it.
 *
 * A store holds records 1..n without gaps, each an opaque body, and n leaf hashes. An append is
 * whole or not at all, and durable when it returns AMP_OK. After AMP_E_IN_DOUBT (a commit failed;
 * measured: the rows may be there on reopening) a store refuses everything else: close, reopen,
 * look. One thread writes; readers use their own handle (open the same place again, read_only).
 */
#ifndef AMP_JOURNAL_STORE_H
#define AMP_JOURNAL_STORE_H

#include "base/str.h"

enum {
    AMP_RECORD_MAX = 1 << 20,
    AMP_HASH = 32,
    AMP_BATCH_MAX = 4096
};

struct amp_record {
    uint64_t seq; /* 1.. ; set by the journal */
    struct amp_str body;
    uint8_t leaf[AMP_HASH]; /* RFC 6962 leaf hash of body; set by the journal */
};

struct amp_head { /* what the store says its last commit was */
    uint64_t size;
    uint8_t root[AMP_HASH]; /* RFC 6962 root of the first `size` leaves */
};

struct amp_store;

struct amp_store_ops {
    const char *name; /* "sqlite", "memory" */
    amp_err (*append)(struct amp_store *store, const struct amp_record *record, size_t n,
                      const struct amp_head *head, struct amp_why *why);
    amp_err (*head)(struct amp_store *store, struct amp_head *out, struct amp_why *why);
    /* Calls visit for records first..last in order until it returns another than AMP_OK. A missing
     * record is AMP_E_CORRUPT and named in why. */
    amp_err (*read)(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                    amp_err (*visit)(void *ctx, const struct amp_record *record),
                    struct amp_why *why);
    void (*close)(struct amp_store *store);
};

struct amp_store { /* the first member of every store */
    const struct amp_store_ops *ops;
};

/* DIR/journal.db, made if absent (unless read_only). WAL, synchronous=FULL. */
AMP_MUST amp_err amp_store_sqlite(const char *dir, bool read_only, struct amp_store **out,
                                  struct amp_why *why);
AMP_MUST amp_err amp_store_memory(struct amp_store **out);
void amp_store_close(struct amp_store *store); /* accepts NULL */

#endif
