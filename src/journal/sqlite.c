/*
 * The store in SQLite: one file, one writer, one transaction for each append.
 *
 * Format 1 (application_id "AMPO", user_version 1):
 *  1. `record` holds seq 1..n without gaps, the leaf hash (32 bytes) and the body of each.
 *  2. `head` holds one row: n and the RFC 6962 root. It changes only in the transaction that adds
 *     records, so both are there or neither is.
 *  3. WAL with synchronous=FULL: when COMMIT returns, the records are on the disk.
 *  4. A COMMIT that met an I/O error is in doubt. The handle is dead and touches nothing any more,
 *     not even to tidy up when it is closed.
 *  5. Opening to write copies the WAL into the database and waits for the disk. What an earlier
 *     process left in doubt and this one will show is therefore durable before it is shown, even if
 *     the kernel forgot the pages whose fsync failed (the copy writes them anew).
 */
#include "base/buf.h"
#include "journal/journal.h"
#include "journal/place.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    APPLICATION_ID = 0x414d504f, /* "AMPO" */
    FORMAT = 1,
    CHECKPOINT_PAGES = 4000, /* of 4 KiB: the WAL stays near 16 MB */
    READ_CHUNK = 4096,       /* records in one read transaction, so that no reader pins the WAL */
    BUSY_MS = 5000,
    TEXT_MAX = 160,
};

#define RECORD_SQL                                                                                 \
    "CREATE TABLE record (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, body BLOB NOT NULL) STRICT"
#define HEAD_SQL                                                                                   \
    "CREATE TABLE head (one INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) "      \
    "STRICT"

enum statement {
    BEGIN_W,
    COMMIT,
    ROLLBACK,
    INSERT,
    HEAD_SET,
    HEAD_GET,
    READ,
    STATEMENTS
};

static const char *const statement_sql[STATEMENTS] = {
    [BEGIN_W] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [INSERT] = "INSERT INTO record (seq, leaf, body) VALUES (?1, ?2, ?3)",
    [HEAD_SET] = "UPDATE head SET size = ?1, root = ?2 WHERE one = 1",
    [HEAD_GET] = "SELECT size, root FROM head WHERE one = 1",
    [READ] = "SELECT seq, leaf, body FROM record WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
};

struct sqlite_store {
    struct amp_store base;
    struct amp_place place;
    sqlite3 *db;
    sqlite3_stmt *stmt[STATEMENTS];
    int wal_pages; /* after the last commit */
    bool read_only;
    bool dead;
};

static struct sqlite_store *sqlite_of(struct amp_store *store)
{
    return (struct sqlite_store *)store; /* base is its first member */
}

static amp_err err_of(int rc)
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

static amp_err sqlite_fail(struct sqlite_store *sq, int rc, const char *what, struct amp_why *why)
{
    return amp_fail(why, err_of(rc), "%s %s: %s", what, sq->place.db_path,
                    sq->db ? sqlite3_errmsg(sq->db) : sqlite3_errstr(rc));
}

static amp_err dead_say(struct amp_why *why)
{
    return amp_fail(why, AMP_E_IN_DOUBT, "an earlier commit is in doubt: open the store again");
}

/* Runs a statement to its end; SQLITE_DONE counts as SQLITE_OK. */
static int statement_run(struct sqlite_store *sq, enum statement which)
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
        rc = sqlite3_bind_blob(stmt, 3, body, (int)record->body.len, SQLITE_STATIC);
    }
    return rc == SQLITE_OK ? statement_run(sq, INSERT) : rc;
}

static int head_update(struct sqlite_store *sq, const struct amp_head *head)
{
    sqlite3_stmt *stmt = sq->stmt[HEAD_SET];
    int rc = sqlite3_bind_int64(stmt, 1, (sqlite3_int64)head->size);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_blob(stmt, 2, head->root, AMP_HASH, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        rc = statement_run(sq, HEAD_SET);
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
        int undone = statement_run(sq, ROLLBACK);
        sq->dead = undone != SQLITE_OK && !sqlite3_get_autocommit(sq->db);
    }
    amp_err err = err_of(rc);
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
 * impossible, not this one. */
static void append_settle(struct sqlite_store *sq, const struct amp_head *head)
{
    amp_place_mark_set(&sq->place, head); /* tried again after the next commit */
    if (sq->wal_pages < CHECKPOINT_PAGES) {
        return;
    }
    sq->wal_pages = 0; /* known again after the next commit */
    int rc = sqlite3_wal_checkpoint_v2(sq->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc != SQLITE_OK && err_of(rc) != AMP_E_FULL && err_of(rc) != AMP_E_BUSY) {
        sq->dead = true;
    }
}

static amp_err sqlite_append(struct amp_store *store, const struct amp_record *record, size_t n,
                             const struct amp_head *head, struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    assert(!sq->read_only && n > 0 && n <= AMP_BATCH_MAX);
    assert(head->size == record[n - 1].seq && record[n - 1].seq == record[0].seq + n - 1);
    if (sq->dead) {
        return dead_say(why);
    }
    int rc = statement_run(sq, BEGIN_W);
    for (size_t i = 0; rc == SQLITE_OK && i < n; i++) {
        assert(record[i].body.len <= AMP_RECORD_MAX);
        rc = record_insert(sq, &record[i]);
    }
    if (rc == SQLITE_OK) {
        rc = head_update(sq, head);
    }
    bool committing = rc == SQLITE_OK;
    if (committing) {
        rc = statement_run(sq, COMMIT);
    }
    if (rc != SQLITE_OK) {
        return append_undo(sq, rc, committing, why);
    }
    append_settle(sq, head);
    return AMP_OK;
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
        return dead_say(why);
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
    record.body.ptr = sqlite3_column_blob(stmt, 2);
    record.body.len = (size_t)sqlite3_column_bytes(stmt, 2);
    if (!leaf || leaf_len != AMP_HASH || record.body.len > AMP_RECORD_MAX ||
        (record.body.len > 0 && !record.body.ptr)) {
        return amp_fail(why, AMP_E_CORRUPT, "record %llu in %s is malformed",
                        (unsigned long long)chunk->next, path);
    }
    memcpy(record.leaf, leaf, AMP_HASH);
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
        return dead_say(why);
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
    .head = sqlite_head,
    .read = sqlite_read,
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
    return sqlite3_exec(sq->db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;", NULL, NULL,
                        NULL);
}

static int tables_make(struct sqlite_store *sq)
{
    uint8_t root[AMP_HASH];
    struct amp_merkle empty = {.size = 0};
    amp_merkle_root(&empty, root);
    int rc = sqlite3_exec(sq->db,
                          "BEGIN IMMEDIATE;" RECORD_SQL ";" HEAD_SQL ";"
                          "PRAGMA application_id = 1095585871; PRAGMA user_version = 1;",
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
        "SELECT count(*) FROM sqlite_schema WHERE sql NOT IN ('" RECORD_SQL "', '" HEAD_SQL "')";
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
                        "%s has format %lld, this program reads format %d: use the program that "
                        "wrote it",
                        path, (long long)version, FORMAT);
    }
    if (tables != 2 || strange != 0) {
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
    int rc = sqlite3_wal_checkpoint_v2(sq->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
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
    if (sq->place.sealed) {
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

amp_err amp_store_sqlite(const char *dir, bool read_only, struct amp_store **out,
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
    err = sqlite_start(sq, why);
    if (err) {
        sq->dead = true; /* what could not be opened is left as it was found */
        sqlite_close(&sq->base);
        return err;
    }
    *out = &sq->base;
    return AMP_OK;
}
