/*
 * The inside of the SQLite store, shared by its files, and the one place that includes SQLite.
 *
 * Who needs the format itself finds it at the top of sqlite.c.
 */
#ifndef AMP_JOURNAL_SQLITE_INSIDE_H
#define AMP_JOURNAL_SQLITE_INSIDE_H

#include "journal/place.h"

#include <sqlite3.h>

enum sqlite_statement {
    BEGIN_W,
    COMMIT,
    ROLLBACK,
    INSERT,
    NODE_INSERT,
    HEAD_SET,
    HEAD_GET,
    READ,
    LEAVES,
    NODES,
    SECRET_FIND,
    SECRET_PUT,
    SECRET_DROP,
    SECRET_GET,
    SECRET_AFTER,
    SLOT_MAKE,
    SPARE_TAKE,
    SPARE_ADD,
    STATEMENTS
};

struct sqlite_store {
    struct amp_store base;
    struct amp_place place;
    sqlite3 *db;
    sqlite3_stmt *stmt[STATEMENTS];
    int wal_pages; /* after the last commit */
    bool read_only;
    bool sealed;           /* nobody writes: opened without the files that SQLite makes to read */
    bool owes;             /* something removed may still be in a file */
    unsigned owed_appends; /* since then */
    bool dead;
};

struct sqlite_store *sqlite_of(struct amp_store *store);
amp_err sqlite_err_of(int rc);
/* "what PATH: SQLite's sentence" */
amp_err sqlite_fail(struct sqlite_store *sq, int rc, const char *what, struct amp_why *why);
amp_err sqlite_dead_say(struct amp_why *why);
/* Runs a statement to its end; SQLITE_DONE counts as SQLITE_OK. */
int sqlite_run(struct sqlite_store *sq, enum sqlite_statement which);

/* sqlite_secret.c */
/* Inside a transaction; *removed tells whether bytes must leave the files. */
int sqlite_secrets_apply(struct sqlite_store *sq, const struct amp_secret *secret, size_t n,
                         bool *removed);
/* Takes what was removed out of the files. Waits so long for readers; what cannot be done now stays
 * owed (AMP_E_BUSY, AMP_E_FULL, AMP_E_NOMEM). Another error: the store is dead. */
amp_err sqlite_settle_wait(struct sqlite_store *sq, int wait_ms, struct amp_why *why);
amp_err sqlite_settle(struct amp_store *store, struct amp_why *why);
amp_err sqlite_secret(struct amp_store *store, struct amp_str name, struct amp_buf *out,
                      struct amp_why *why);
amp_err sqlite_secrets(struct amp_store *store, struct amp_str prefix, void *ctx,
                       amp_err (*visit)(void *ctx, struct amp_str name, struct amp_str value),
                       struct amp_why *why);

#endif
