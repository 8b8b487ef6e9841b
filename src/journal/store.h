/*
 * Where records and secrets are kept: a small interface, and the stores behind it.
 *
 * A store holds records 1..n without gaps (opaque body, salt, leaf hash), the hashes of the full
 * subtrees of 256^level leaves, and, beside the log, named secrets: small values that may be
 * replaced and removed. An append is whole or not at all, and durable when it returns AMP_OK. After
 * AMP_E_IN_DOUBT (a commit failed; measured: the rows may be there on reopening) a store refuses
 * everything else: close, reopen, look. One thread writes; each other thread reads through a handle
 * of its own (`reader`). A visitor must not wait for anybody: it holds a read transaction open.
 */
#ifndef AMP_JOURNAL_STORE_H
#define AMP_JOURNAL_STORE_H

#include "base/str.h"

struct amp_buf;

enum {
    AMP_RECORD_MAX = 1 << 20,
    AMP_HASH = 32,
    AMP_SALT = 32,
    AMP_ENTRY = 33,      /* bytes of the public entry of a record */
    AMP_TILE = 256,      /* hashes in a full tile; leaves under a node of level 1 */
    AMP_NODE_LEVELS = 7, /* 256^7 leaves and more do not occur */
    AMP_BATCH_MAX = 4096,
    AMP_BATCH_NODES = AMP_BATCH_MAX / AMP_TILE + 2 * AMP_NODE_LEVELS,
    AMP_SECRET_NAME_MAX = 128, /* bytes; 1..128 of printable ASCII without blanks */
    AMP_SECRET_MAX = 65536,    /* bytes of a value */
    AMP_SECRETS_BATCH = 4096
};

struct amp_record {
    uint64_t seq; /* 1.. ; set by the journal */
    struct amp_str body;
    uint8_t salt[AMP_SALT];
    uint8_t leaf[AMP_HASH]; /* RFC 6962 leaf hash of the entry; set by the journal */
};

struct amp_node {   /* the root of leaves [index * 256^level, (index + 1) * 256^level) */
    unsigned level; /* 1..AMP_NODE_LEVELS */
    uint64_t index;
    uint8_t hash[AMP_HASH];
};

/* Names are no secrets: what must not be known stands in the value. */
struct amp_secret {
    struct amp_str name;
    struct amp_str value;
    bool removed; /* value is ignored; removing what is not there is fine */
};

struct amp_head { /* what the store says its last commit was */
    uint64_t size;
    uint8_t root[AMP_HASH]; /* RFC 6962 root of the first `size` leaves */
};

struct amp_batch {
    const struct amp_record *record;
    size_t n; /* may be 0 when there are secrets */
    const struct amp_node *node;
    size_t node_n;
    const struct amp_secret *secret; /* applied in order */
    size_t secret_n;
    const struct amp_head *head; /* after the records; NULL when n is 0 */
};

struct amp_store;

struct amp_store_ops {
    const char *name; /* "sqlite", "memory" */
    /* When it returns AMP_OK the batch is durable, and what it removed is in none of the store's
     * files any more, unless `settle` says otherwise. A value that was replaced may stay in the
     * write-ahead log for a while: who needs it gone removes it first, in the same batch. */
    amp_err (*append)(struct amp_store *store, const struct amp_batch *batch, struct amp_why *why);
    /* AMP_OK: nothing that was ever removed is in any file. AMP_E_BUSY or AMP_E_FULL: a reader
     * holds an older state open, or the disk is full; it is tried again here and at each append. */
    amp_err (*settle)(struct amp_store *store, struct amp_why *why);
    amp_err (*head)(struct amp_store *store, struct amp_head *out, struct amp_why *why);
    /* Calls visit for records first..last in order until it returns another than AMP_OK. A missing
     * record is AMP_E_CORRUPT and named in why. */
    amp_err (*read)(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                    amp_err (*visit)(void *ctx, const struct amp_record *record),
                    struct amp_why *why);
    /* The leaf hashes of records first..first+n-1, n * AMP_HASH bytes. */
    amp_err (*leaves)(struct amp_store *store, uint64_t first, size_t n, uint8_t *out,
                      struct amp_why *why);
    /* The nodes first..first+n-1 of a level. A missing one is AMP_E_CORRUPT. */
    amp_err (*nodes)(struct amp_store *store, unsigned level, uint64_t first, size_t n,
                     uint8_t *out, struct amp_why *why);
    /* Appends the value to out; AMP_E_NOT_FOUND. The caller wipes what it need not keep. */
    amp_err (*secret)(struct amp_store *store, struct amp_str name, struct amp_buf *out,
                      struct amp_why *why);
    /* Visits the secrets whose names begin with prefix, in order of their bytes. */
    amp_err (*secrets)(struct amp_store *store, struct amp_str prefix, void *ctx,
                       amp_err (*visit)(void *ctx, struct amp_str name, struct amp_str value),
                       struct amp_why *why);
    /* Another handle on the same place, read-only, for another thread. Closed by its taker, before
     * or after this one. */
    amp_err (*reader)(struct amp_store *store, struct amp_store **out, struct amp_why *why);
    void (*close)(struct amp_store *store);
};

struct amp_store { /* the first member of every store */
    const struct amp_store_ops *ops;
};

/* DIR/journal.db, made if absent (unless read_only). WAL, synchronous=FULL. */
AMP_MUST amp_err amp_store_sqlite(const char *dir, bool read_only, struct amp_store **out,
                                  struct amp_why *why);
/* Read-only, of a place that nobody writes to (a backup): makes no file there. */
AMP_MUST amp_err amp_store_sqlite_still(const char *dir, struct amp_store **out,
                                        struct amp_why *why);
AMP_MUST amp_err amp_store_memory(struct amp_store **out);
void amp_store_close(struct amp_store *store); /* accepts NULL */

/* Every store refuses a batch whose names or values are not what is written above. */
AMP_MUST amp_err amp_secrets_check(const struct amp_secret *secret, size_t n, struct amp_why *why);

#endif
