/*
 * A few threads for questions to the map. Work is a task with its own data; nothing of the state.
 *
 * A task that hangs holds one thread; the queue has a limit, and whoever waits for a worker has a
 * deadline of its own, so nothing else stops. Each thread owns a scratch that the starter makes.
 */
#ifndef AMP_SERVER_WORKER_H
#define AMP_SERVER_WORKER_H

#include "base/err.h"
#include <stdbool.h>

enum {
    AMP_WORKER_THREADS = 2,
    AMP_WORKER_QUEUE = 4096
};

struct amp_task { /* embedded in what the task is about */
    struct amp_task *next;
    bool urgent; /* somebody is waiting for help: before all that is not */
    /* scratch: of this thread; NULL when none. dropped: the pool is stopping, only clean up */
    void (*run)(struct amp_task *task, void *scratch, bool dropped);
};

struct amp_workers;
struct amp_workers_config {
    size_t threads; /* at most AMP_WORKER_THREADS */
    void *ctx;
    amp_err (*scratch_make)(void *ctx, void **out); /* may be NULL */
    void (*scratch_free)(void *scratch);
};

AMP_MUST amp_err amp_workers_start(const struct amp_workers_config *config,
                                   struct amp_workers **out);
/* AMP_E_BUSY when the queue is full or the pool stops. Any thread. */
AMP_MUST amp_err amp_workers_give(struct amp_workers *workers, struct amp_task *task);
size_t amp_workers_waiting(struct amp_workers *workers);
/* Tasks that wait are run with dropped set. Waits for running ones. Accepts NULL. */
void amp_workers_stop(struct amp_workers *workers);

#endif
