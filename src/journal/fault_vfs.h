/*
 * For tests: a disk that fails on demand, and one that loses power.
 *
 * While installed, SQLite works through it. It counts writes and syncs and can fail the n-th; and
 * it can remember everything written, so that a test builds the files as a power cut would leave
 * them: what was synced is there, of what was not any part may be, in sectors of 512 bytes. This is
 * the one test file that knows SQLite.
 */
#ifndef AMP_JOURNAL_FAULT_VFS_H
#define AMP_JOURNAL_FAULT_VFS_H

#include "journal/scratch.h"

enum fault_op {
    FAULT_NONE,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_SYNC_DB, /* of journal.db alone */
    FAULT_TRUNCATE,
    FAULT_OPEN,
    FAULT_SHORT /* a write of which only a part arrives before it fails */
};

enum fault_code {
    FAULT_IO_WRITE,
    FAULT_IO_SYNC,
    FAULT_IO_TRUNCATE,
    FAULT_CANTOPEN,
    FAULT_FULL
};

struct fault_vfs;

struct fault_plan {
    enum fault_op op;
    uint64_t at; /* the at-th such operation from now fails, counted from 1 */
    enum fault_code code;
    bool stays; /* and all that follow */
};

struct fault_vfs *fault_vfs_install(void); /* becomes the default */
void fault_vfs_remove(struct fault_vfs *vfs);
void fault_vfs_plan(struct fault_vfs *vfs, struct fault_plan plan); /* and counts from zero */
bool fault_vfs_struck(struct fault_vfs *vfs);                       /* the planned fault came */
uint64_t fault_vfs_seen(struct fault_vfs *vfs); /* operations of the planned kind since then */

/* Remembering. A point is a moment between two operations. */
void fault_vfs_remember(struct fault_vfs *vfs, bool on);
size_t fault_vfs_point(const struct fault_vfs *vfs);
void fault_vfs_power_cut(const struct fault_vfs *vfs, size_t point, uint64_t *random,
                         const struct scratch *to);

/* SQLite's memory: the at-th allocation from the plan on fails, once; 0: none. To be installed
 * before SQLite is used, and never removed. */
void fault_alloc_install(void);
void fault_alloc_plan(uint64_t at);
uint64_t fault_alloc_seen(void); /* since the plan */
bool fault_alloc_struck(void);

/* Another program that looks at the state of now, and goes on looking. */
struct fault_pin;
struct fault_pin *fault_pin_hold(const struct scratch *scratch);
void fault_pin_let(struct fault_pin *pin);

/* Runs statements on journal.db by force. */
void fault_sql(const struct scratch *scratch, const char *sql);

#endif
