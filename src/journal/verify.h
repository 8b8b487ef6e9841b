/*
 * Verifying a whole log with all cores: pieces of the records hashed by threads, joined in order.
 *
 * Each thread reads through a handle of its own, so a writer may be at work meanwhile.
 */
#ifndef AMP_JOURNAL_VERIFY_H
#define AMP_JOURNAL_VERIFY_H

#include "journal/journal.h"

struct amp_log_progress { /* may be called from any thread, one at a time */
    void *ctx;
    void (*tell)(void *ctx, const char *phase, uint64_t done, uint64_t total);
};

enum {
    AMP_VERIFY_THREADS = 16
};

/* Every record against its leaf, the leaves against the nodes, the root against the head. threads
 * 0: as many as there are cores. progress may be NULL. On AMP_E_CORRUPT *out_bad is the first bad
 * record, or size + 1. */
AMP_MUST amp_err amp_log_verify_store(struct amp_store *store, unsigned threads,
                                      const struct amp_log_progress *progress, struct amp_head *out,
                                      uint64_t *out_bad, struct amp_why *why);

#endif
