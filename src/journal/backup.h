/*
 * A copy of a log that is known to be good, made beside a server at work, and put back.
 *
 * A backup is a directory with journal.db and journal.mark: itself a place that `amparo log verify`
 * reads. With them goes what lies beside the log (struct amp_beside). It is made as "OUT.part" and
 * gets its name when it is complete, verified from its records up, and durable. It holds the
 * secrets as they are (wrapped keys, hashes), never the master key. Restoring an older backup
 * brings back what was erased since: the sealed keys of that time are in it.
 */
#ifndef AMP_JOURNAL_BACKUP_H
#define AMP_JOURNAL_BACKUP_H

#include "journal/inspect.h"

enum {
    AMP_BACKUP_PATH = 3700
};

/* What lies in a folder beside the log and belongs to its records: the log does not know what it
 * is, only that it goes along. */
struct amp_beside {
    void *ctx;
    const char *folder; /* its name below the directory of the log */
    /* Copies what the records of the store name from `from`, or where it is not there from `also`
     * (may be NULL), to `to`: directories that have the folder, or not yet. What is missing there
     * is the owner's to tell, and no error. */
    amp_err (*copy)(void *ctx, struct amp_store *store, const char *from, const char *also,
                    const char *to, struct amp_why *why);
};

struct amp_backup_with { /* both may be NULL, and so may this */
    const struct amp_log_progress *progress;
    const struct amp_beside *beside;
};

/* out must not exist. While it is copied, what is erased at the source stays in its write-ahead log
 * (store.h, settle). AMP_E_CORRUPT: the source does not verify; no backup is left. */
AMP_MUST amp_err amp_backup_make(const char *data, const char *out,
                                 const struct amp_backup_with *with, struct amp_log_report *report,
                                 struct amp_why *why);

struct amp_restored {
    struct amp_log_report report;
    char aside[AMP_BACKUP_PATH]; /* where the old journal lies now; empty if there was none */
};

/* Verifies `from` (a backup, or any directory with a journal), then makes data its twin, with the
 * secret "log/restored" = "SIZE ROOT" in it: the server must not go on signing with a key that may
 * have signed a longer log. Where data has a journal already: AMP_E_EXISTS, or with force it is
 * moved aside whole. AMP_E_BUSY: a server is at work there. */
AMP_MUST amp_err amp_backup_restore(const char *from, const char *data, bool force,
                                    const struct amp_backup_with *with, struct amp_restored *out,
                                    struct amp_why *why);

/* sqlite_backup.c: the database of an SQLite store, as it is now, to a new file; synced. */
AMP_MUST amp_err amp_sqlite_copy(struct amp_store *store, const char *path,
                                 const struct amp_log_progress *progress, struct amp_why *why);

#endif
