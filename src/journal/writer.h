/*
 * The writer: one thread that makes records durable, many at a time.
 *
 * The core submits in the order of its decisions and goes on; the writer drains all that wait,
 * commits once, and then calls done for each submission, in order, from its own thread. A
 * submission without records is answered after everything submitted before it (so an answer that
 * has seen an event never leaves before the event is durable). When a commit fails, every waiting
 * and later submission gets that error and nothing more is written: the process is expected to
 * stop. What a commit removed leaves the files with it (store.h) unless a reader was in the way.
 */
#ifndef AMP_JOURNAL_WRITER_H
#define AMP_JOURNAL_WRITER_H

#include "journal/journal.h"

struct amp_writer;

struct amp_submission {
    const struct amp_draft *draft;   /* owned by the submitter until done is called */
    size_t n;                        /* may be 0 */
    const struct amp_secret *secret; /* likewise; applied in the order of the submissions */
    size_t secret_n;
    void *ctx;
    /* first is the number of draft[0] (0 when n is 0); called from the writer's thread */
    void (*done)(void *ctx, amp_err err, uint64_t first);
};

enum {
    AMP_WRITER_QUEUE = 65536
};

/* Starts the thread. The journal belongs to the writer until it is stopped. */
AMP_MUST amp_err amp_writer_start(struct amp_journal *journal, struct amp_writer **out);
/* AMP_E_BUSY when the queue is full. Copies *sub, not what it points to.
 * AMP_E_LIMIT, AMP_E_RANGE: no journal would take it. */
AMP_MUST amp_err amp_writer_submit(struct amp_writer *writer, const struct amp_submission *sub);
/* The sentence of the failure that stopped the writing; empty if there was none. */
struct amp_why amp_writer_why(struct amp_writer *writer);
/* true while the bytes of something removed may still be in a file; then the thread tries again. To
 * be asked now and then. */
bool amp_writer_owes(struct amp_writer *writer);
void amp_writer_stop(struct amp_writer *writer); /* finishes what waits; accepts NULL */

#endif
