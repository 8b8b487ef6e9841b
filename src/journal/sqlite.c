/*
 * The store in SQLite: one file, one writer, one transaction for each append.
 *
 * Format 2 (application_id "AMPO", user_version 2):
 *  1. `record` holds seq 1..n without gaps, the leaf hash (32 bytes), salt (32) and body of each.
 *  2. `head` holds one row: n and the RFC 6962 root. It changes only in the transaction that adds
 *     records, so both are there or neither is.
 *  3. `node` holds the root of every full subtree of 256^level leaves, level 1 and up, written in
 *     the transaction of the record that completes it.
 *  4. `secret`, `slot`, `spare` hold the named values beside the log; sqlite_secret.c says how they
 *     leave the files when they are removed.
 *  5. WAL with synchronous=FULL: when COMMIT returns, the batch is on the disk.
 *  6. A COMMIT that met an I/O error is in doubt. The handle is dead and touches nothing any more,
 *     not even to tidy up when it is closed.
 *  7. Opening to write copies the WAL into the database and waits for the disk. What an earlier
 *     process left in doubt and this one will show is therefore durable before it is shown, even if
 *     the kernel forgot the pages whose fsync failed (the copy writes them anew). If a reader is in
 *     the way, the WAL itself is written anew.
 * Format 1 had neither salts nor nodes nor secrets: it is refused.
 */
#include "base/buf.h"
#include "journal/journal.h"
#include "journal/sqlite_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    APPLICATION_ID = 0x414d504f, /* "AMPO" */
    FORMAT = 2,
    TABLES = 6,
    CHECKPOINT_PAGES = 4000, /* of 4 KiB: the WAL stays near 16 MB */
    READ_CHUNK = 4096,       /* records in one read transaction, so that no reader pins the WAL */
    SETTLE_MS = 250,         /* a removal waits so long for readers; ours are done in a few */
    SETTLE_EVERY = 16,       /* appends between two tries to clean what is owed */
    BUSY_MS = 5000,
    OPEN_BUSY_MS = 1000,
    TEXT_MAX = 160,
};

#define RECORD_SQL                                                                                 \
    "CREATE TABLE record (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, salt BLOB NOT NULL, "       \
    "body BLOB NOT NULL) STRICT"
#define HEAD_SQL                                                                                   \
    "CREATE TABLE head (one INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) "      \
    "STRICT"
#define NODE_SQL                                                                                   \
    "CREATE TABLE node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, "        \
    "PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID"

#define SECRET_SQL                                                                                 \
    "CREATE TABLE secret (name TEXT PRIMARY KEY, slot INTEGER NOT NULL, cap INTEGER NOT NULL, "    \
    "len INTEGER NOT NULL) STRICT, WITHOUT ROWID"
#define SLOT_SQL "CREATE TABLE slot (id INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT"
#define SPARE_SQL                                                                                  \
    "CREATE TABLE spare (cap INTEGER NOT NULL, slot INTEGER NOT NULL, PRIMARY KEY (cap, slot)) "   \
    "STRICT, WITHOUT ROWID"

static const char *const statement_sql[STATEMENTS] = {
    [BEGIN_W] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [INSERT] = "INSERT INTO record (seq, leaf, salt, body) VALUES (?1, ?2, ?3, ?4)",
    [NODE_INSERT] = "INSERT INTO node (level, idx, hash) VALUES (?1, ?2, ?3)",
    [HEAD_SET] = "UPDATE head SET size = ?1, root = ?2 WHERE one = 1",
    [HEAD_GET] = "SELECT size, root FROM head WHERE one = 1",
    [READ] = "SELECT seq, leaf, salt, body FROM record WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
    [LEAVES] = "SELECT seq, leaf FROM record WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
    [NODES] = "SELECT idx, hash FROM node WHERE level = ?3 AND idx BETWEEN ?1 AND ?2 ORDER BY idx",
    [SECRET_FIND] = "SELECT slot, cap, len FROM secret WHERE name = ?1",
    [SECRET_PUT] = "INSERT INTO secret (name, slot, cap, len) VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
                   "(name) DO UPDATE SET slot = ?2, cap = ?3, len = ?4",
    [SECRET_DROP] = "DELETE FROM secret WHERE name = ?1",
    [SECRET_GET] = "SELECT slot.value, secret.len FROM secret CROSS JOIN slot "
                   "ON slot.id = secret.slot WHERE secret.name = ?1",
    [SECRET_AFTER] = "SELECT secret.name, slot.value, secret.len FROM secret CROSS JOIN slot "
                     "ON slot.id = secret.slot WHERE secret.name >= ?1 ORDER BY secret.name",
    [SLOT_MAKE] = "INSERT INTO slot (value) VALUES (?1)",
    [SPARE_TAKE] = "DELETE FROM spare WHERE cap = ?1 AND slot = (SELECT min(slot) FROM spare "
                   "WHERE cap = ?1) RETURNING slot",
    [SPARE_ADD] = "INSERT INTO spare (cap, slot) VALUES (?1, ?2)",
};

struct sqlite_store *sqlite_of(struct amp_store *store)
{
    return (struct sqlite_store *)store; /* base is its first member */
}

amp_err sqlite_err_of(int rc)
{
    switch (rc & 0xff) { /* the primary code of an extended one */
    case SQLITE_FULL:
        return AMP_E_FULL;
    case SQLITE_NOMEM:
        return AMP_E_NOMEM;
    case SQLITE_TOOBIG:
        return AMP_E_LIMIT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return AMP_E_BUSY;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
        return AMP_E_FORBIDDEN;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: /* a number that is taken: the table is not what the head says */
    case SQLITE_MISMATCH:
        return AMP_E_CORRUPT;
    default:
        return AMP_E_IO;
    }
}

amp_err sqlite_fail(struct sqlite_store *sq, int rc, const char *what, struct amp_why *why)
{
    return amp_fail(why, sqlite_err_of(rc), "%s %s: %s", what, sq->place.db_path,
                    sq->db ? sqlite3_errmsg(sq->db) : sqlite3_errstr(rc));
}

amp_err sqlite_dead_say(struct amp_why *why)
{
    return amp_fail(why, AMP_E_IN_DOUBT, "an earlier commit is in doubt: open the store again");
}

int sqlite_run(struct sqlite_store *sq, enum sqlite_statement which)
{
    int rc = sqlite3_step(sq->stmt[which]);
    int reset = sqlite3_reset(sq->stmt[which]);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? reset : rc;
}

static int record_insert(struct sqlite_store *sq, const struct amp_record *record)
{
    sqlite3_stmt *stmt = sq->stmt[INSERT];
    const char *body = record->body.len > 0 ? record->body.ptr : ""; /* NULL would bind NULL */
    int rc = sqlite3_bind_int64(stmt, 1, (sqlite3_int64)record->seq);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 2, record->leaf, AMP_HASH, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 3, record->salt, AMP_SALT, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 4, body, (int)record->body.len, SQLITE_STATIC);
    }
    return rc == SQLITE_OK ? sqlite_run(sq, INSERT) : rc;
}

static int node_insert(struct sqlite_store *sq, const struct amp_node *node)
{
    sqlite3_stmt *stmt = sq->stmt[NODE_INSERT];
    int rc = sqlite3_bind_int64(stmt, 1, (sqlite3_int64)node->level);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 2, (sqlite3_int64)node->index);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 3, node->hash, AMP_HASH, SQLITE_STATIC);
    }
    return rc == SQLITE_OK ? sqlite_run(sq, NODE_INSERT) : rc;
}

static int head_update(struct sqlite_store *sq, const struct amp_head *head)
{
    sqlite3_stmt *stmt = sq->stmt[HEAD_SET];
    int rc = sqlite3_bind_int64(stmt, 1, (sqlite3_int64)head->size);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 2, head->root, AMP_HASH, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite_run(sq, HEAD_SET);
    }
    if (rc == SQLITE_OK && sqlite3_changes(sq->db) != 1) {
        rc = SQLITE_CORRUPT;
    }
    return rc;
}

/* Undoes the transaction after rc. A disk found full before the commit frame was written is clean;
 * every other trouble in COMMIT leaves a doubt. */
static amp_err append_undo(struct sqlite_store *sq, int rc, bool committing, struct amp_why *why)
{
    char said[TEXT_MAX];
    snprintf(said, sizeof said, "%s", sqlite3_errmsg(sq->db));
    if (!sqlite3_get_autocommit(sq->db)) {
        int undone = sqlite_run(sq, ROLLBACK);
        sq->dead = undone != SQLITE_OK && !sqlite3_get_autocommit(sq->db);
    }
    amp_err err = sqlite_err_of(rc);
    if (committing && err != AMP_E_FULL && err != AMP_E_BUSY) {
        sq->dead = true;
    }
    if (sq->dead) {
        return amp_fail(why, AMP_E_IN_DOUBT,
                        "a commit to %s failed (%s); restart to learn what is stored",
                        sq->place.db_path, said);
    }
    return amp_fail(why, err, "cannot append to %s: %s; nothing was stored", sq->place.db_path,
                    said);
}

/* What follows a commit that stands. A checkpoint that meets an I/O error makes later appends
 * impossible, not this one; but one that removed a secret is not acknowledged then. */
static amp_err append_settle(struct sqlite_store *sq, const struct amp_head *head, bool removed,
                             struct amp_why *why)
{
    if (head) {
        amp_place_mark_set(&sq->place, head); /* tried again after the next commit */
    }
    bool due = sq->owes && ++sq->owed_appends % SETTLE_EVERY == 0;
    int wait_ms = removed && !sq->owes ? SETTLE_MS : 0; /* once: others wait for this thread */
    sq->owes |= removed;
    if (removed || due) {
        amp_err err = sqlite_settle_wait(sq, wait_ms, why);
        return removed && err && sq->dead ? AMP_E_IN_DOUBT : AMP_OK;
    }
    if (sq->wal_pages < CHECKPOINT_PAGES) {
        return AMP_OK;
    }
    sq->wal_pages = 0; /* known again after the next commit */
    int rc = sqlite3_wal_checkpoint_v2(sq->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc != SQLITE_OK && sqlite_err_of(rc) != AMP_E_FULL && sqlite_err_of(rc) != AMP_E_BUSY) {
        sq->dead = true;
    }
    return AMP_OK;
}

/* All of the batch, within the transaction. */
static int batch_write(struct sqlite_store *sq, const struct amp_batch *batch, bool *removed)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; rc == SQLITE_OK && i < batch->n; i++) {
        assert(batch->record[i].body.len <= AMP_RECORD_MAX);
        rc = record_insert(sq, &batch->record[i]);
    }
    for (size_t i = 0; rc == SQLITE_OK && i < batch->node_n; i++) {
        rc = node_insert(sq, &batch->node[i]);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite_secrets_apply(sq, batch->secret, batch->secret_n, removed);
    }
    if (rc == SQLITE_OK && batch->n > 0) {
        rc = head_update(sq, batch->head);
    }
    return rc;
}

static amp_err sqlite_append(struct amp_store *store, const struct amp_batch *batch,
                             struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    assert(!sq->read_only && batch->n <= AMP_BATCH_MAX && batch->n + batch->secret_n > 0);
    assert((batch->head != NULL) == (batch->n > 0));
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    bool removed = false;
    amp_err err = amp_secrets_check(batch->secret, batch->secret_n, why);
    if (err) {
        return err;
    }
    int rc = sqlite_run(sq, BEGIN_W);
    if (rc == SQLITE_OK) {
        rc = batch_write(sq, batch, &removed);
    }
    bool committing = rc == SQLITE_OK;
    if (committing) {
        rc = sqlite_run(sq, COMMIT);
    }
    if (rc != SQLITE_OK) {
        return append_undo(sq, rc, committing, why);
    }
    return append_settle(sq, batch->head, removed, why);
}

static amp_err head_row(struct sqlite_store *sq, struct amp_head *out, struct amp_why *why)
{
    sqlite3_stmt *stmt = sq->stmt[HEAD_GET];
    amp_err err = AMP_OK;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_int64(stmt, 0) >= 0 &&
        sqlite3_column_bytes(stmt, 1) == AMP_HASH) {
        out->size = (uint64_t)sqlite3_column_int64(stmt, 0);
        memcpy(out->root, sqlite3_column_blob(stmt, 1), AMP_HASH);
    } else if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
        err = amp_fail(why, AMP_E_CORRUPT, "the head in %s is missing or malformed",
                       sq->place.db_path);
    } else {
        err = sqlite_fail(sq, rc, "cannot read the head of", why);
    }
    sqlite3_reset(stmt);
    return err;
}

/* The later of the row and the mark: records the mark knows of are owed. The mark is read first,
 * since a live writer moves it last. */
static amp_err sqlite_head(struct amp_store *store, struct amp_head *out, struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    struct amp_head mark, row;
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    amp_err err = amp_place_mark(&sq->place, &mark, why);
    if (!err) {
        err = head_row(sq, &row, why);
    }
    if (err) {
        return err;
    }
    if (mark.size == row.size && mark.size > 0 && memcmp(mark.root, row.root, AMP_HASH) != 0) {
        return amp_fail(why, AMP_E_CORRUPT, "the head of %s was altered: journal.mark differs",
                        sq->place.db_path);
    }
    *out = mark.size > row.size ? mark : row;
    return AMP_OK;
}

struct chunk {
    uint64_t next; /* the number expected */
    void *ctx;
    amp_err (*visit)(void *ctx, const struct amp_record *record);
};

static amp_err row_visit(struct sqlite_store *sq, struct chunk *chunk, struct amp_why *why)
{
    sqlite3_stmt *stmt = sq->stmt[READ];
    struct amp_record record = {.seq = chunk->next};
    const char *path = sq->place.db_path;
    if (sqlite3_column_int64(stmt, 0) != (sqlite3_int64)chunk->next) {
        return amp_fail(why, AMP_E_CORRUPT, "record %llu is missing in %s",
                        (unsigned long long)chunk->next, path);
    }
    const void *leaf = sqlite3_column_blob(stmt, 1);
    int leaf_len = sqlite3_column_bytes(stmt, 1);
    const void *salt = sqlite3_column_blob(stmt, 2);
    int salt_len = sqlite3_column_bytes(stmt, 2);
    record.body.ptr = sqlite3_column_blob(stmt, 3);
    record.body.len = (size_t)sqlite3_column_bytes(stmt, 3);
    if (sqlite3_errcode(sq->db) == SQLITE_NOMEM) { /* a large body is put together on request */
        return amp_fail(why, AMP_E_NOMEM, "no memory to read record %llu",
                        (unsigned long long)chunk->next);
    }
    if (!leaf || leaf_len != AMP_HASH || !salt || salt_len != AMP_SALT ||
        record.body.len > AMP_RECORD_MAX || (record.body.len > 0 && !record.body.ptr)) {
        return amp_fail(why, AMP_E_CORRUPT, "record %llu in %s is malformed",
                        (unsigned long long)chunk->next, path);
    }
    memcpy(record.leaf, leaf, AMP_HASH);
    memcpy(record.salt, salt, AMP_SALT);
    chunk->next++;
    return chunk->visit(chunk->ctx, &record);
}

/* One statement, one read transaction: chunk->next..last. */
static amp_err chunk_read(struct sqlite_store *sq, struct chunk *chunk, uint64_t last,
                          struct amp_why *why)
{
    sqlite3_stmt *stmt = sq->stmt[READ];
    amp_err err = AMP_OK;
    int rc = sqlite3_bind_int64(stmt, 1, (sqlite3_int64)chunk->next);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 2, (sqlite3_int64)last);
    }
    while (!err && rc == SQLITE_OK && chunk->next <= last) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) {
            err = row_visit(sq, chunk, why);
            rc = SQLITE_OK;
        }
    }
    if (!err && rc == SQLITE_DONE) {
        err = amp_fail(why, AMP_E_CORRUPT, "record %llu is missing in %s",
                       (unsigned long long)chunk->next, sq->place.db_path);
    } else if (!err && rc != SQLITE_OK) {
        char what[64];
        snprintf(what, sizeof what, "cannot read record %llu of", (unsigned long long)chunk->next);
        err = sqlite_fail(sq, rc, what, why);
    }
    sqlite3_reset(stmt);
    return err;
}

static amp_err sqlite_read(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                           amp_err (*visit)(void *ctx, const struct amp_record *record),
                           struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    struct chunk chunk = {.next = first, .ctx = ctx, .visit = visit};
    assert(first > 0 && last < INT64_MAX);
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    while (chunk.next <= last) {
        uint64_t end = last - chunk.next < READ_CHUNK ? last : chunk.next + READ_CHUNK - 1;
        amp_err err = chunk_read(sq, &chunk, end, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

/* Hashes first..first+n-1 of a bound statement whose rows are number and hash. */
static amp_err hashes_read(struct sqlite_store *sq, sqlite3_stmt *stmt, uint64_t first, size_t n,
                           uint8_t *out, struct amp_why *why)
{
    size_t got = 0;
    int rc = sqlite3_bind_int64(stmt, 1, (sqlite3_int64)first);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int64(stmt, 2, (sqlite3_int64)(first + n - 1));
    }
    while (rc == SQLITE_OK && got < n) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && sqlite3_column_int64(stmt, 0) == (sqlite3_int64)(first + got) &&
            sqlite3_column_bytes(stmt, 1) == AMP_HASH) {
            memcpy(out + got * AMP_HASH, sqlite3_column_blob(stmt, 1), AMP_HASH);
            got++;
            rc = SQLITE_OK;
        }
    }
    amp_err err = AMP_OK;
    if (got < n && (rc == SQLITE_ROW || rc == SQLITE_DONE)) {
        err = amp_fail(why, AMP_E_CORRUPT, "hash %llu is missing or malformed in %s",
                       (unsigned long long)(first + got), sq->place.db_path);
    } else if (got < n) {
        err = sqlite_fail(sq, rc, "cannot read hashes of", why);
    }
    sqlite3_reset(stmt);
    return err;
}

static amp_err sqlite_leaves(struct amp_store *store, uint64_t first, size_t n, uint8_t *out,
                             struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    assert(first > 0 && first + n < INT64_MAX);
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    return hashes_read(sq, sq->stmt[LEAVES], first, n, out, why);
}

static amp_err sqlite_nodes(struct amp_store *store, unsigned level, uint64_t first, size_t n,
                            uint8_t *out, struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    assert(level >= 1 && level <= AMP_NODE_LEVELS && first + n < INT64_MAX);
    if (sq->dead) {
        return sqlite_dead_say(why);
    }
    int rc = sqlite3_bind_int64(sq->stmt[NODES], 3, (sqlite3_int64)level);
    return rc == SQLITE_OK ? hashes_read(sq, sq->stmt[NODES], first, n, out, why)
                           : sqlite_fail(sq, rc, "cannot read hashes of", why);
}

static amp_err sqlite_open(const char *dir, bool read_only, bool sealed, struct amp_store **out,
                           struct amp_why *why);

static amp_err sqlite_reader(struct amp_store *store, struct amp_store **out, struct amp_why *why)
{
    const struct sqlite_store *sq = sqlite_of(store);
    char dir[AMP_PLACE_PATH];
    size_t len = strlen(sq->place.db_path) - strlen("/journal.db");
    memcpy(dir, sq->place.db_path, len);
    dir[len] = '\0';
    return sqlite_open(dir, true, sq->sealed, out, why);
}

static void sqlite_close(struct amp_store *store)
{
    struct sqlite_store *sq = sqlite_of(store);
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(sq->stmt[i]);
    }
    if (sq->db && sq->dead) { /* invariant 4 */
        sqlite3_db_config(sq->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    sqlite3_close(sq->db);
    amp_place_close(&sq->place);
    free(sq);
}

static const struct amp_store_ops sqlite_ops = {
    .name = "sqlite",
    .append = sqlite_append,
    .settle = sqlite_settle,
    .head = sqlite_head,
    .read = sqlite_read,
    .leaves = sqlite_leaves,
    .nodes = sqlite_nodes,
    .secret = sqlite_secret,
    .secrets = sqlite_secrets,
    .reader = sqlite_reader,
    .close = sqlite_close,
};

/* The first column of the first row as a number, or as text of at most cap bytes. */
static int value_ask(struct sqlite_store *sq, const char *sql, int64_t *out, char *text, size_t cap)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sq->db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_ROW) {
        const unsigned char *got = sqlite3_column_text(stmt, 0);
        snprintf(text, cap, "%s", got ? (const char *)got : "");
        *out = sqlite3_column_int64(stmt, 0);
    }
    int end = sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? end : rc;
}

static int number_ask(struct sqlite_store *sq, const char *sql, int64_t *out)
{
    char text[TEXT_MAX];
    return value_ask(sq, sql, out, text, sizeof text);
}

/* The database comes from outside: no trust in what its schema may do, no structure unchecked. */
static int handle_harden(struct sqlite_store *sq)
{
    sqlite3_extended_result_codes(sq->db, 1);
    sqlite3_limit(sq->db, SQLITE_LIMIT_LENGTH, AMP_RECORD_MAX + 4096);
    sqlite3_db_config(sq->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sq->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(sq->db, BUSY_MS);
    return sqlite3_exec(sq->db,
                        "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
                        "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
                        NULL, NULL, NULL);
}

static int tables_make(struct sqlite_store *sq)
{
    uint8_t root[AMP_HASH];
    struct amp_merkle empty = {.size = 0};
    amp_merkle_root(&empty, root);
    int rc = sqlite3_exec(sq->db,
                          "BEGIN IMMEDIATE;" RECORD_SQL ";" HEAD_SQL ";" NODE_SQL ";" SECRET_SQL
                          ";" SLOT_SQL ";" SPARE_SQL ";"
                          "PRAGMA application_id = 1095585871; PRAGMA user_version = 2;",
                          NULL, NULL, NULL);
    sqlite3_stmt *stmt = NULL;
    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v2(sq->db, "INSERT INTO head VALUES (1, 0, ?1)", -1, &stmt, NULL);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 1, root, AMP_HASH, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        int step = sqlite3_step(stmt);
        rc = step == SQLITE_DONE ? SQLITE_OK : step;
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? sqlite3_exec(sq->db, "COMMIT", NULL, NULL, NULL) : rc;
}

/* Tells whether the file is empty, ours, or something to refuse. */
static amp_err format_check(struct sqlite_store *sq, bool *out_empty, struct amp_why *why)
{
    static const char strange_sql[] =
        "SELECT count(*) FROM sqlite_schema WHERE sql NOT IN ('" RECORD_SQL "', '" HEAD_SQL
        "', '" NODE_SQL "', '" SECRET_SQL "', '" SLOT_SQL "', '" SPARE_SQL "')";
    int64_t id = 0, version = 0, tables = 0, strange = 0;
    int rc = number_ask(sq, "PRAGMA application_id", &id);
    if (rc == SQLITE_OK) {
        rc = number_ask(sq, "PRAGMA user_version", &version);
    }
    if (rc == SQLITE_OK) {
        rc = number_ask(sq, "SELECT count(*) FROM sqlite_schema", &tables);
    }
    if (rc == SQLITE_OK) {
        rc = number_ask(sq, strange_sql, &strange);
    }
    if (rc != SQLITE_OK) {
        return sqlite_fail(sq, rc, "cannot read", why);
    }
    if (id == 0 && version == 0 && tables == 0) {
        *out_empty = true;
        return AMP_OK;
    }
    const char *path = sq->place.db_path;
    if (id != APPLICATION_ID) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "%s is not a journal of Amparo", path);
    }
    if (version != FORMAT) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "%s has format %lld, and this program reads format %d only: read it with "
                        "the program that wrote it, and begin a new directory here",
                        path, (long long)version, FORMAT);
    }
    if (tables != TABLES || strange != 0) {
        return amp_fail(why, AMP_E_CORRUPT, "%s has other tables than a journal has", path);
    }
    *out_empty = false;
    return AMP_OK;
}

/* A new or empty file gets its tables, but not where the mark says that there were records. */
static amp_err empty_fill(struct sqlite_store *sq, struct amp_why *why)
{
    struct amp_head mark;
    amp_err err = amp_place_mark(&sq->place, &mark, why);
    if (err) {
        return err;
    }
    if (sq->read_only) {
        return amp_fail(why, mark.size ? AMP_E_CORRUPT : AMP_E_NOT_FOUND,
                        "there is no record in %s; %llu were written", sq->place.db_path,
                        (unsigned long long)mark.size);
    }
    if (mark.size > 0) {
        return amp_fail(why, AMP_E_CORRUPT,
                        "%s is empty, but %llu records were written; restore it", sq->place.db_path,
                        (unsigned long long)mark.size);
    }
    int rc = tables_make(sq);
    return rc == SQLITE_OK ? AMP_OK : sqlite_fail(sq, rc, "cannot make tables in", why);
}

static amp_err durability_set(struct sqlite_store *sq, struct amp_why *why)
{
    char mode[TEXT_MAX] = "";
    int64_t number = 0;
    int rc = value_ask(sq, "PRAGMA journal_mode = WAL", &number, mode, sizeof mode);
    if (rc == SQLITE_OK && strcmp(mode, "wal") != 0) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "%s cannot use a write-ahead log (mode %s): is it on a network disk?",
                        sq->place.db_path, mode);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(sq->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK) {
        rc = number_ask(sq, "PRAGMA synchronous", &number);
    }
    if (rc != SQLITE_OK) {
        return sqlite_fail(sq, rc, "cannot set up", why);
    }
    assert(number == 2); /* FULL */
    return AMP_OK;
}

static int wal_note(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *sq = ctx;
    (void)db;
    (void)name;
    sq->wal_pages = pages;
    return SQLITE_OK;
}

/* Invariant 5. First the check that the WAL gave all it should: copying it would destroy it. */
static amp_err wal_fold(struct sqlite_store *sq, struct amp_why *why)
{
    struct amp_head mark, row;
    amp_err err = amp_place_mark(&sq->place, &mark, why);
    if (!err) {
        err = head_row(sq, &row, why);
    }
    if (err) {
        return err;
    }
    if (row.size < mark.size) {
        return amp_fail(why, AMP_E_CORRUPT,
                        "record %llu is missing in %s, which had %llu: is journal.db-wal damaged "
                        "or left behind? If an older copy was restored on purpose, remove "
                        "journal.mark",
                        (unsigned long long)row.size + 1, sq->place.db_path,
                        (unsigned long long)mark.size);
    }
    sqlite3_busy_timeout(sq->db, OPEN_BUSY_MS);
    int rc = sqlite3_wal_checkpoint_v2(sq->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(sq->db, BUSY_MS);
    if (rc != SQLITE_OK && sqlite_err_of(rc) == AMP_E_BUSY) {
        sq->owes = true; /* a reader is in the way: a copy being made, another program */
        rc = amp_place_wal_renew(&sq->place) ? SQLITE_OK : SQLITE_IOERR_WRITE;
    }
    if (rc != SQLITE_OK) {
        return sqlite_fail(sq, rc, "cannot make durable what is in", why);
    }
    sqlite3_wal_hook(sq->db, wal_note, sq); /* in place of SQLite's own automatic checkpoint */
    if (!amp_place_mark_set(&sq->place, &row)) {
        return amp_fail(why, AMP_E_IO, "cannot write journal.mark beside %s", sq->place.db_path);
    }
    return AMP_OK;
}

static amp_err statements_prepare(struct sqlite_store *sq, struct amp_why *why)
{
    for (int i = 0; i < STATEMENTS; i++) {
        int rc = sqlite3_prepare_v3(sq->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &sq->stmt[i], NULL);
        if (rc != SQLITE_OK) {
            return sqlite_fail(sq, rc, "cannot prepare the statements for", why);
        }
    }
    return AMP_OK;
}

/* SQLite makes files beside a database even to read it. Where that cannot be (a disc, an archive)
 * it must be promised that nobody writes; only a name of the form file: can say so. */
static int sealed_open(struct sqlite_store *sq)
{
    enum {
        URI_MAX = 3 * AMP_PLACE_PATH + 32
    };
    struct amp_buf uri = amp_buf_make(URI_MAX);
    amp_buf_text(&uri, "file:");
    for (const char *c = sq->place.db_path; *c; c++) {
        if (strchr("%?#", *c)) {
            amp_buf_printf(&uri, "%%%02x", (unsigned)*c);
        } else {
            amp_buf_char(&uri, *c);
        }
    }
    amp_buf_text(&uri, "?immutable=1");
    int rc = sqlite3_open_v2(amp_buf_cstr(&uri), &sq->db,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    amp_buf_free(&uri);
    return rc;
}

static int handle_open(struct sqlite_store *sq)
{
    int flags = sq->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (sq->sealed) {
        return sealed_open(sq);
    }
    return sqlite3_open_v2(sq->place.db_path, &sq->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
}

static amp_err sqlite_start(struct sqlite_store *sq, struct amp_why *why)
{
    int rc = handle_open(sq);
    if (rc == SQLITE_OK) {
        rc = handle_harden(sq);
    }
    if (rc != SQLITE_OK) {
        return sqlite_fail(sq, rc, "cannot open", why);
    }
    if (!sq->read_only && sqlite3_db_readonly(sq->db, "main") != 0) { /* SQLite is silent on it */
        return amp_fail(why, AMP_E_FORBIDDEN,
                        "%s cannot be written: who owns it, and what is its mode?",
                        sq->place.db_path);
    }
    bool empty = false;
    amp_err err = format_check(sq, &empty, why);
    if (!err && !sq->read_only) {
        err = durability_set(sq, why);
    }
    if (!err && empty) {
        err = empty_fill(sq, why);
    }
    if (!err) {
        err = statements_prepare(sq, why);
    }
    if (!err && !sq->read_only) {
        err = wal_fold(sq, why);
    }
    return err;
}

static amp_err sqlite_open(const char *dir, bool read_only, bool sealed, struct amp_store **out,
                           struct amp_why *why)
{
    struct sqlite_store *sq = calloc(1, sizeof *sq);
    if (!sq) {
        return AMP_E_NOMEM;
    }
    sq->base.ops = &sqlite_ops;
    sq->read_only = read_only;
    amp_err err = amp_place_open(dir, read_only, &sq->place, why);
    if (err) {
        free(sq);
        return err;
    }
    sq->sealed = sealed || sq->place.sealed;
    err = sqlite_start(sq, why);
    if (err) {
        sq->dead = true; /* what could not be opened is left as it was found */
        sqlite_close(&sq->base);
        return err;
    }
    *out = &sq->base;
    return AMP_OK;
}

amp_err amp_store_sqlite(const char *dir, bool read_only, struct amp_store **out,
                         struct amp_why *why)
{
    return sqlite_open(dir, read_only, false, out, why);
}

amp_err amp_store_sqlite_still(const char *dir, struct amp_store **out, struct amp_why *why)
{
    return sqlite_open(dir, true, true, out, why);
}
