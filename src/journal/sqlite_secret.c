/*
 * Secrets in SQLite: values that must be gone from every file once they are removed.
 *
 * `secure_delete` alone does not do it (measured: when pages are balanced, copies of moved rows
 * stay in the unused middle of a page, and are not found again when the row is removed). Hence:
 *
 *  1. A value lies in a slot: a row of `slot` whose blob is a power of two from 64 bytes up, padded
 *     with zeroes. Slots are only added at the end of the table and never deleted, so that no page
 *     with values in it is ever balanced: SQLite then puts the new row alone on a new page.
 *  2. A slot is changed in place, by incremental blob I/O, which cannot change a length.
 *  3. Removing overwrites the slot with zeroes and notes it in `spare`, for the next value of its
 *     size. `secret` says which slot belongs to which name. Names are not secret.
 *  4. After a commit that removed something the write-ahead log is copied into the database, synced
 *     and cut to nothing (SQLITE_CHECKPOINT_TRUNCATE). Only a reader that still looks at an older
 *     state can be in the way. Our own hold one for a few thousand records at most; a copy that is
 *     being made, or another program, may for long. The commit stands all the same, so the store
 *     waits SETTLE_MS once, and then owes: it tries again at later appends, when asked, and at
 * opening.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "journal/sqlite_inside.h"

#include <string.h>

enum {
    SLOT_LEAST = 64,
    BUSY_MS = 5000
};

struct place_of_secret {
    bool there;
    int64_t slot;
    int64_t cap, len;
};

static int name_bind(sqlite3_stmt *stmt, struct amp_str name)
{
    return sqlite3_bind_text(stmt, 1, name.len ? name.ptr : "", (int)name.len, SQLITE_STATIC);
}

static int64_t cap_of(size_t len)
{
    int64_t cap = SLOT_LEAST;
    while (cap < (int64_t)len) {
        cap *= 2;
    }
    return cap;
}

static int secret_find(struct sqlite_store *sq, struct amp_str name, struct place_of_secret *out)
{
    sqlite3_stmt *stmt = sq->stmt[SECRET_FIND];
    struct place_of_secret found = {.there = false};
    int rc = name_bind(stmt, name);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_ROW) {
        found = (struct place_of_secret){.there = true,
                                         .slot = sqlite3_column_int64(stmt, 0),
                                         .cap = sqlite3_column_int64(stmt, 1),
                                         .len = sqlite3_column_int64(stmt, 2)};
    }
    int reset = sqlite3_reset(stmt);
    *out = found;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? reset : rc;
}

/* Writes cap bytes over the slot: the value, and zeroes behind it. */
static int slot_write(struct sqlite_store *sq, int64_t slot, int64_t cap, struct amp_str value)
{
    static const uint8_t zeroes[4096];
    sqlite3_blob *blob = NULL;
    int rc = sqlite3_blob_open(sq->db, "main", "slot", "value", slot, 1, &blob);
    if (rc == SQLITE_OK && sqlite3_blob_bytes(blob) != cap) {
        rc = SQLITE_CORRUPT;
    }
    if (rc == SQLITE_OK && value.len > 0) {
        rc = sqlite3_blob_write(blob, value.ptr, (int)value.len, 0);
    }
    for (int64_t at = (int64_t)value.len; rc == SQLITE_OK && at < cap;) {
        int64_t n = cap - at < (int64_t)sizeof zeroes ? cap - at : (int64_t)sizeof zeroes;
        rc = sqlite3_blob_write(blob, zeroes, (int)n, (int)at);
        at += n;
    }
    int closed = sqlite3_blob_close(blob);
    rc = rc == SQLITE_OK ? closed : rc;
    return rc == SQLITE_ERROR ? SQLITE_CORRUPT : rc; /* "no such rowid" */
}

static int spare_take(struct sqlite_store *sq, int64_t cap, int64_t *out_slot)
{
    sqlite3_stmt *stmt = sq->stmt[SPARE_TAKE];
    int64_t slot = 0;
    int rc = sqlite3_bind_int64(stmt, 1, cap);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_ROW) {
        slot = sqlite3_column_int64(stmt, 0);
        rc = sqlite3_step(stmt);
    }
    int reset = sqlite3_reset(stmt);
    *out_slot = slot;
    return rc == SQLITE_DONE ? reset : rc;
}

/* A new slot at the end of the table, empty. */
static int slot_make(struct sqlite_store *sq, int64_t cap, int64_t *out_slot)
{
    int rc = sqlite3_bind_zeroblob(sq->stmt[SLOT_MAKE], 1, (int)cap);
    if (rc == SQLITE_OK) {
        rc = sqlite_run(sq, SLOT_MAKE);
    }
    if (rc == SQLITE_OK) {
        *out_slot = sqlite3_last_insert_rowid(sq->db);
    }
    return rc;
}

static int slot_free(struct sqlite_store *sq, const struct place_of_secret *at)
{
    sqlite3_stmt *stmt = sq->stmt[SPARE_ADD];
    int rc = slot_write(sq, at->slot, at->cap, (struct amp_str){.ptr = NULL, .len = 0});
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 1, at->cap);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 2, at->slot);
    }
    return rc == SQLITE_OK ? sqlite_run(sq, SPARE_ADD) : rc;
}

static int name_point(struct sqlite_store *sq, struct amp_str name,
                      const struct place_of_secret *at)
{
    sqlite3_stmt *stmt = sq->stmt[SECRET_PUT];
    int rc = name_bind(stmt, name);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 2, at->slot);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 3, at->cap);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 4, at->len);
    }
    return rc == SQLITE_OK ? sqlite_run(sq, SECRET_PUT) : rc;
}

static int secret_put(struct sqlite_store *sq, const struct amp_secret *secret)
{
    struct place_of_secret old,
        at = {.there = true, .cap = cap_of(secret->value.len), .len = (int64_t)secret->value.len};
    int rc = secret_find(sq, secret->name, &old);
    if (rc == SQLITE_OK && old.there && old.cap == at.cap) {
        at.slot = old.slot;
    } else if (rc == SQLITE_OK) {
        rc = spare_take(sq, at.cap, &at.slot);
        if (rc == SQLITE_OK && at.slot == 0) {
            rc = slot_make(sq, at.cap, &at.slot);
        }
        if (rc == SQLITE_OK && old.there) {
            rc = slot_free(sq, &old);
        }
    }
    if (rc == SQLITE_OK) {
        rc = slot_write(sq, at.slot, at.cap, secret->value);
    }
    return rc == SQLITE_OK ? name_point(sq, secret->name, &at) : rc;
}

static int secret_drop(struct sqlite_store *sq, struct amp_str name, bool *removed)
{
    struct place_of_secret old;
    int rc = secret_find(sq, name, &old);
    if (rc != SQLITE_OK || !old.there) {
        return rc;
    }
    *removed = true;
    rc = slot_free(sq, &old);
    if (rc == SQLITE_OK) {
        rc = name_bind(sq->stmt[SECRET_DROP], name);
    }
    return rc == SQLITE_OK ? sqlite_run(sq, SECRET_DROP) : rc;
}

int sqlite_secrets_apply(struct sqlite_store *sq, const struct amp_secret *secret, size_t n,
                         bool *removed)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; rc == SQLITE_OK && i < n; i++) {
        rc = secret[i].removed ? secret_drop(sq, secret[i].name, removed)
                               : secret_put(sq, &secret[i]);
    }
    return rc;
}

amp_err sqlite_settle_wait(struct sqlite_store *sq, int wait_ms, struct amp_why *why)
{
    sqlite3_busy_timeout(sq->db, wait_ms);
    int rc = sqlite3_wal_checkpoint_v2(sq->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(sq->db, BUSY_MS);
    if (rc == SQLITE_OK) {
        sq->owes = false;
        sq->wal_pages = 0;
        return AMP_OK;
    }
    amp_err err = sqlite_err_of(rc);
    if (err == AMP_E_BUSY) {
        return amp_fail(why, err,
                        "something still reads an older state of %s: what was removed leaves "
                        "journal.db-wal when that ends",
                        sq->place.db_path);
    }
    if (err == AMP_E_FULL || err == AMP_E_NOMEM) {
        return sqlite_fail(sq, rc, "cannot yet clean", why);
    }
    sq->dead = true;
    return sqlite_fail(sq, rc, "cannot clean", why);
}

amp_err sqlite_settle(struct amp_store *store, struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    return sq->owes ? sqlite_settle_wait(sq, 0, why) : AMP_OK;
}

/* The value in columns `at` and `at + 1` (blob and length) of a row; false if it is malformed. */
static bool value_of(sqlite3_stmt *stmt, int at, struct amp_str *out)
{
    const void *data = sqlite3_column_blob(stmt, at);
    int cap = sqlite3_column_bytes(stmt, at);
    int64_t len = sqlite3_column_int64(stmt, at + 1);
    if (len < 0 || len > cap || len > AMP_SECRET_MAX || (len > 0 && !data)) {
        return false;
    }
    *out = (struct amp_str){.ptr = data, .len = (size_t)len};
    return true;
}

static amp_err malformed_say(struct sqlite_store *sq, struct amp_str name, struct amp_why *why)
{
    if (sqlite3_errcode(sq->db) == SQLITE_NOMEM) {
        return amp_fail(why, AMP_E_NOMEM, "no memory to read a secret");
    }
    return amp_fail(why, AMP_E_CORRUPT, "the secret %.*s in %s is malformed", (int)name.len,
                    name.ptr, sq->place.db_path);
}

amp_err sqlite_secret(struct amp_store *store, struct amp_str name, struct amp_buf *out,
                      struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    sqlite3_stmt *stmt = sq->stmt[SECRET_GET];
    struct amp_str value;
    amp_err err = AMP_OK;
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    int rc = name_bind(stmt, name);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_DONE) {
        err = AMP_E_NOT_FOUND;
    } else if (rc != SQLITE_ROW) {
        err = sqlite_fail(sq, rc, "cannot read a secret of", why);
    } else if (!value_of(stmt, 0, &value)) {
        err = malformed_say(sq, name, why);
    } else {
        amp_buf_str(out, value);
        err = amp_buf_err(out);
    }
    sqlite3_reset(stmt);
    return err;
}

static amp_err row_visit(struct sqlite_store *sq, struct amp_str prefix, bool *more, void *ctx,
                         amp_err (*visit)(void *ctx, struct amp_str name, struct amp_str value),
                         struct amp_why *why)
{
    sqlite3_stmt *stmt = sq->stmt[SECRET_AFTER];
    struct amp_str value, name = {.ptr = (const char *)sqlite3_column_text(stmt, 0)};
    name.len = (size_t)sqlite3_column_bytes(stmt, 0);
    if (!name.ptr || !amp_str_starts(name, prefix)) {
        *more = false;
        return AMP_OK;
    }
    return value_of(stmt, 1, &value) ? visit(ctx, name, value) : malformed_say(sq, name, why);
}

amp_err sqlite_secrets(struct amp_store *store, struct amp_str prefix, void *ctx,
                       amp_err (*visit)(void *ctx, struct amp_str name, struct amp_str value),
                       struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    sqlite3_stmt *stmt = sq->stmt[SECRET_AFTER];
    amp_err err = AMP_OK;
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    int rc = name_bind(stmt, prefix);
    for (bool more = true; more && !err && rc == SQLITE_OK;) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) {
            rc = SQLITE_OK;
            err = row_visit(sq, prefix, &more, ctx, visit, why);
        }
    }
    if (!err && rc != SQLITE_OK && rc != SQLITE_DONE) {
        err = sqlite_fail(sq, rc, "cannot read the secrets of", why);
    }
    sqlite3_reset(stmt);
    return err;
}
