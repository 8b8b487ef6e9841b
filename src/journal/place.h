/*
 * The place of a journal on disk: its directory, its lock and its mark.
 *
 * DIR (0700) holds journal.db and what SQLite keeps beside it, journal.lock (held by the one writer
 * for as long as it is open) and journal.mark: the size and root of the last commit, written after
 * it without waiting for the disk. The mark is never ahead of what is durable. It tells of what the
 * database cannot: a damaged or forgotten journal.db-wal, which SQLite ignores without a word.
 */
#ifndef AMP_JOURNAL_PLACE_H
#define AMP_JOURNAL_PLACE_H

#include "journal/store.h"

enum {
    AMP_PLACE_PATH = 3800,
    AMP_MARK = 64 /* bytes of journal.mark */
};

struct amp_place {
    char db_path[AMP_PLACE_PATH]; /* DIR/journal.db */
    int lock_fd;                  /* -1 when read_only */
    int mark_fd;                  /* -1 when there is no mark (read_only) */
    bool sealed; /* read_only where nothing can be written, and nothing waits in a journal.db-wal */
};

/* Unless read_only: makes the directory and the files, and takes the lock (AMP_E_BUSY if another
 * writer has it). read_only needs journal.db: AMP_E_NOT_FOUND. */
AMP_MUST amp_err amp_place_open(const char *dir, bool read_only, struct amp_place *out,
                                struct amp_why *why);
void amp_place_close(struct amp_place *place);
/* size 0 when there is no mark. AMP_E_CORRUPT when it is damaged. */
AMP_MUST amp_err amp_place_mark(const struct amp_place *place, struct amp_head *out,
                                struct amp_why *why);
/* false if it cannot be written: the old mark stands, which only tells of less. */
bool amp_place_mark_set(const struct amp_place *place, const struct amp_head *head);
/* The bytes of the mark of a head. */
void amp_place_mark_make(const struct amp_head *head, char out[AMP_MARK]);
/* Makes the directory if it is absent, and takes its lock; closing *out_fd drops it. AMP_E_BUSY. */
AMP_MUST amp_err amp_place_lock(const char *dir, int *out_fd, struct amp_why *why);
/* Writes the bytes of journal.db-wal over themselves and waits for the disk: what the kernel shows
 * is then durable, whatever became of an earlier sync. false if that failed. */
bool amp_place_wal_renew(const struct amp_place *place);
/* The bytes of a mark; AMP_E_CORRUPT unless they are one. */
AMP_MUST amp_err amp_place_mark_parse(const void *data, size_t len, struct amp_head *out);

#endif
