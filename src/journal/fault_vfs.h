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
    FAULT_SYNC_DB /* of journal.db alone */
};

enum fault_code {
    FAULT_IO_WRITE,
    FAULT_IO_SHORT, /* half of it is written */
    FAULT_IO_SYNC,
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
uint64_t fault_vfs_seen(struct fault_vfs *vfs); /* operations of the planned kind since */

/* Remembering. A point is a moment between two operations. */
void fault_vfs_remember(struct fault_vfs *vfs, bool on);
size_t fault_vfs_point(const struct fault_vfs *vfs);
void fault_vfs_power_cut(const struct fault_vfs *vfs, size_t point, uint64_t *random,
                         const struct scratch *to);

/* Another program that looks at the state of now, and goes on looking. */
struct fault_pin;
struct fault_pin *fault_pin_hold(const struct scratch *scratch);
void fault_pin_let(struct fault_pin *pin);

/* SQLite's own memory: the at-th allocation from the plan on fails, once (0: none). To be installed
 * before anything uses SQLite, for good. */
void fault_memory_install(void);
void fault_memory_plan(uint64_t at);
uint64_t fault_memory_seen(void);
bool fault_memory_struck(void);

/* Runs statements on journal.db by force. */
void fault_sql(const struct scratch *scratch, const char *sql);

#endif
