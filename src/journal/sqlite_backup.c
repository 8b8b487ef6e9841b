/*
 * The pages of a database to another file, out of one read transaction.
 *
 * The transaction is held on the source's own connection, so commits of the writer meanwhile
 * neither change what is copied nor make SQLite begin anew; they wait in the write-ahead log.
 */
#include "journal/backup.h"
#include "journal/file.h"
#include "journal/sqlite_inside.h"

enum {
    STEP_PAGES = 1024
};

static int snapshot_hold(struct sqlite_store *sq)
{
    int rc = sqlite3_exec(sq->db, "BEGIN", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(sq->db, "SELECT size FROM head", NULL, NULL, NULL);
    }
    return rc;
}

static int pages_copy(sqlite3 *from, sqlite3 *to, const struct amp_log_progress *progress)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup) {
        return sqlite3_errcode(to);
    }
    int rc = SQLITE_OK;
    while (rc == SQLITE_OK) {
        rc = sqlite3_backup_step(backup, STEP_PAGES);
        int total = sqlite3_backup_pagecount(backup), left = sqlite3_backup_remaining(backup);
        if (progress && rc == SQLITE_OK) {
            progress->tell(progress->ctx, "copying", (uint64_t)(total - left), (uint64_t)total);
        }
    }
    int end = sqlite3_backup_finish(backup);
    return rc == SQLITE_DONE ? end : rc;
}

amp_err amp_sqlite_copy(struct amp_store *store, const char *path,
                        const struct amp_log_progress *progress, struct amp_why *why)
{
    struct sqlite_store *sq = sqlite_of(store);
    sqlite3 *to = NULL;
    amp_err err = amp_file_make(path, why);
    if (err) {
        return err;
    }
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) { /* nobody reads it before it is whole and synced below */
        rc = sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL,
                          NULL);
    }
    if (rc == SQLITE_OK) {
        rc = snapshot_hold(sq);
    }
    if (rc == SQLITE_OK) {
        rc = pages_copy(sq->db, to, progress);
    }
    (void)sqlite3_exec(sq->db, "COMMIT", NULL, NULL, NULL); /* of a reader: nothing to lose */
    int closed = sqlite3_close(to);
    rc = rc == SQLITE_OK ? closed : rc;
    if (rc != SQLITE_OK) {
        return amp_fail(why, sqlite_err_of(rc), "cannot copy %s to %s: %s", sq->place.db_path, path,
                        sqlite3_errstr(rc));
    }
    return amp_file_sync(path, why);
}
