/*
 * Backup and restore: directories with a journal in them, made whole or not at all.
 *
 * Invariants: (1) a name without ".part" is only given to what is verified and durable; (2) nothing
 * is ever overwritten: the old journal is moved aside under a name of its own; (3) the lock of the
 * directory is held while names in it change.
 */
#include "journal/backup.h"

#include "journal/file.h"
#include "journal/place.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ASIDE_MAX = 1000
};

static const char *const place_files[] = {"journal.db", "journal.db-wal", "journal.db-shm",
                                          "journal.mark", "journal.lock"};

static amp_err path_join(const char *dir, const char *name, char out[AMP_BACKUP_PATH],
                         struct amp_why *why)
{
    int len = snprintf(out, AMP_BACKUP_PATH, "%s%s", dir, name);
    bool fits = len >= 0 && len < AMP_BACKUP_PATH;
    return fits ? AMP_OK : amp_fail(why, AMP_E_LIMIT, "the name of a directory is too long");
}

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static bool has_file(const char *dir, const char *name)
{
    char path[AMP_BACKUP_PATH + 32];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return is_there(path);
}

/* Removes the folder of what lies beside a log, in a directory of ours. */
static void folder_drop(const char *dir, const char *folder)
{
    char path[AMP_BACKUP_PATH + 300];
    int len = snprintf(path, sizeof path, "%s/%s", dir, folder);
    DIR *all = len > 0 && (size_t)len < sizeof path ? opendir(path) : NULL;
    for (struct dirent *at = all ? readdir(all) : NULL; at; at = readdir(all)) {
        if (strcmp(at->d_name, ".") != 0 && strcmp(at->d_name, "..") != 0) {
            (void)unlinkat(dirfd(all), at->d_name, 0);
        }
    }
    if (all) {
        closedir(all);
        (void)rmdir(path);
    }
}

/* Removes a directory that holds nothing but what a backup is made of. */
static void part_drop(const char *dir, const struct amp_beside *beside)
{
    static const char *const part[] = {"journal.db",        "journal.db-journal", "journal.mark",
                                       "journal.mark.part", "journal.db-wal",     "journal.db-shm"};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        char path[AMP_BACKUP_PATH + 32];
        (void)snprintf(path, sizeof path, "%s/%s", dir, part[i]);
        (void)unlink(path);
    }
    if (beside) {
        folder_drop(dir, beside->folder);
    }
    (void)rmdir(dir);
}

static amp_err mark_write(const char *dir, const struct amp_head *head, struct amp_why *why)
{
    char path[AMP_BACKUP_PATH], mark[AMP_MARK];
    amp_place_mark_make(head, mark);
    amp_err err = path_join(dir, "/journal.mark", path, why);
    return err ? err : amp_file_write(path, (struct amp_str){.ptr = mark, .len = sizeof mark}, why);
}

/* Opens, verifies, and refuses what does not hold. */
static amp_err good_open(const char *dir, bool still, const struct amp_log_progress *progress,
                         struct amp_store **out, struct amp_log_report *report, struct amp_why *why)
{
    struct amp_store *store = NULL;
    amp_err err =
        still ? amp_store_sqlite_still(dir, &store, why) : amp_store_sqlite(dir, true, &store, why);
    err = err ? err : amp_log_inspect(store, progress, report, why);
    if (!err && !report->ok) {
        err = amp_fail(why, AMP_E_CORRUPT, "%s does not verify: %s", dir, report->why.text);
    }
    if (err) {
        amp_store_close(store);
        return err;
    }
    *out = store;
    return AMP_OK;
}

/* ---- making ---- */

/* The database into the new directory, verified where it lies, what its records name, and its
 * mark. */
static amp_err part_fill(const char *data, const char *part, const struct amp_backup_with *with,
                         struct amp_log_report *report, struct amp_why *why)
{
    const struct amp_log_progress *progress = with ? with->progress : NULL;
    const struct amp_beside *beside = with ? with->beside : NULL;
    char db[AMP_BACKUP_PATH];
    struct amp_store *store = NULL, *copy = NULL;
    amp_err err = path_join(part, "/journal.db", db, why);
    err = err ? err : amp_store_sqlite(data, true, &store, why);
    err = err ? err : amp_sqlite_copy(store, db, progress, why);
    amp_store_close(store);
    err = err ? err : good_open(part, true, progress, &copy, report, why);
    if (!err && beside) {
        err = beside->copy(beside->ctx, copy, data, NULL, part, why);
    }
    amp_store_close(copy);
    err = err ? err : mark_write(part, &report->head, why);
    return err ? err : amp_file_sync(part, why);
}

amp_err amp_backup_make(const char *data, const char *out, const struct amp_backup_with *with,
                        struct amp_log_report *report, struct amp_why *why)
{
    const struct amp_beside *beside = with ? with->beside : NULL;
    char part[AMP_BACKUP_PATH];
    amp_err err = path_join(out, ".part", part, why);
    if (!err && is_there(out)) {
        err =
            amp_fail(why, AMP_E_EXISTS, "%s exists already: choose a new name for the backup", out);
    }
    if (!err && !has_file(data, "journal.db")) {
        err = amp_fail(why, AMP_E_NOT_FOUND, "there is no journal in %s (no journal.db)", data);
    }
    if (err) {
        return err;
    }
    part_drop(part, beside); /* of a backup that was broken off */
    if (mkdir(part, 0700) != 0) {
        return amp_file_fail("cannot make", part, why);
    }
    err = part_fill(data, part, with, report, why);
    err = err ? err : amp_file_move(part, out, why);
    if (err) {
        part_drop(part, beside);
    }
    return err;
}

/* ---- restoring ---- */

static amp_err aside_make(const char *data, char out[AMP_BACKUP_PATH], struct amp_why *why)
{
    for (int i = 1; i < ASIDE_MAX; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "/before-restore-%d", i);
        amp_err err = path_join(data, name, out, why);
        if (err || mkdir(out, 0700) == 0) {
            return err;
        }
        if (errno != EEXIST) {
            return amp_file_fail("cannot make", out, why);
        }
    }
    return amp_fail(why, AMP_E_LIMIT, "%s holds too many journals that were moved aside", data);
}

static amp_err one_aside(const char *data, const char *name, const char *aside, struct amp_why *why)
{
    char from[AMP_BACKUP_PATH + 300], to[AMP_BACKUP_PATH + 300];
    (void)snprintf(from, sizeof from, "%s/%.255s", data, name);
    (void)snprintf(to, sizeof to, "%s/%.255s", aside, name);
    return rename(from, to) == 0 ? AMP_OK : amp_file_fail("cannot move", from, why);
}

/* The journal and the snapshots of it, and with them what lies beside it; the lock stays. */
static bool is_journals(const char *name)
{
    for (size_t i = 0; i < sizeof place_files / sizeof place_files[0]; i++) {
        if (strcmp(name, place_files[i]) == 0) {
            return strcmp(name, "journal.lock") != 0;
        }
    }
    return strncmp(name, "snapshot-", 9) == 0;
}

static amp_err old_aside(const char *data, const struct amp_beside *beside,
                         char aside[AMP_BACKUP_PATH], struct amp_why *why)
{
    amp_err err = aside_make(data, aside, why);
    DIR *dir = err ? NULL : opendir(data);
    if (!err && !dir) {
        err = amp_file_fail("cannot read", data, why);
    }
    for (struct dirent *at = dir ? readdir(dir) : NULL; !err && at; at = readdir(dir)) {
        if (is_journals(at->d_name) || (beside && strcmp(at->d_name, beside->folder) == 0)) {
            err = one_aside(data, at->d_name, aside, why);
        }
    }
    if (dir) {
        closedir(dir);
    }
    err = err ? err : amp_file_sync(aside, why);
    return err ? err : amp_file_sync(data, why);
}

/* The database and the mark of the backup under their names in data; the lock is held. */
static amp_err twin_make(struct amp_store *from, const struct amp_head *head, const char *data,
                         const struct amp_log_progress *progress, struct amp_why *why)
{
    char part[AMP_BACKUP_PATH], db[AMP_BACKUP_PATH];
    amp_err err = path_join(data, "/journal.db.part", part, why);
    err = err ? err : path_join(data, "/journal.db", db, why);
    if (err) {
        return err;
    }
    (void)unlink(part);
    err = amp_sqlite_copy(from, part, progress, why);
    err = err ? err : amp_file_move(part, db, why);
    if (err) {
        (void)unlink(part);
        return err;
    }
    return mark_write(data, head, why);
}

static amp_err restored_note(const char *data, const struct amp_head *head, struct amp_why *why)
{
    char hex[AMP_HASH_HEX], text[AMP_HASH_HEX + 32];
    struct amp_store *store = NULL;
    amp_hash_hex(head->root, hex);
    (void)snprintf(text, sizeof text, "%llu %s", (unsigned long long)head->size, hex);
    const struct amp_secret secret = {.name = AMP_STR("log/restored"), .value = amp_str_of(text)};
    const struct amp_batch batch = {.secret = &secret, .secret_n = 1};
    struct amp_head now;
    amp_err err = amp_store_sqlite(data, false, &store, why);
    err = err ? err : store->ops->head(store, &now, why);
    if (!err && (now.size != head->size || memcmp(now.root, head->root, AMP_HASH) != 0)) {
        err = amp_fail(why, AMP_E_CORRUPT, "%s is not what was restored into it", data);
    }
    err = err ? err : store->ops->append(store, &batch, why);
    amp_store_close(store);
    return err;
}

static amp_err data_prepare(const char *data, bool force, const struct amp_beside *beside,
                            char aside[AMP_BACKUP_PATH], struct amp_why *why)
{
    aside[0] = '\0';
    if (!has_file(data, "journal.db") && !has_file(data, "journal.mark")) {
        return AMP_OK;
    }
    if (!force) {
        return amp_fail(why, AMP_E_EXISTS,
                        "there is a journal in %s: restore into another directory, or use --force "
                        "to move it aside",
                        data);
    }
    return old_aside(data, beside, aside, why);
}

amp_err amp_backup_restore(const char *from, const char *data, bool force,
                           const struct amp_backup_with *with, struct amp_restored *out,
                           struct amp_why *why)
{
    const struct amp_log_progress *progress = with ? with->progress : NULL;
    const struct amp_beside *beside = with ? with->beside : NULL;
    struct amp_restored made = {.aside = ""};
    struct amp_store *store = NULL;
    int lock = -1;
    bool still = !has_file(from, "journal.db-wal");
    if (!has_file(from, "journal.db")) {
        return amp_fail(why, AMP_E_NOT_FOUND, "there is no backup in %s (no journal.db)", from);
    }
    amp_err err = good_open(from, still, progress, &store, &made.report, why);
    if (err) {
        return err;
    }
    err = amp_place_lock(data, &lock, why);
    err = err ? err : data_prepare(data, force, beside, made.aside, why);
    if (!err && beside) {
        err = beside->copy(beside->ctx, store, from, made.aside[0] ? made.aside : NULL, data, why);
    }
    err = err ? err : twin_make(store, &made.report.head, data, progress, why);
    amp_store_close(store);
    if (lock >= 0) {
        close(lock);
    }
    err = err ? err : restored_note(data, &made.report.head, why);
    if (!err) {
        *out = made;
    }
    return err;
}
