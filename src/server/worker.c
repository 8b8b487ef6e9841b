/* A bounded queue and the threads that empty it. */
#include "server/worker.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct amp_workers {
    struct amp_workers_config config;
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct amp_task *first, **last, **last_urgent;
    size_t waiting;
    bool stopping;
    pthread_t thread[AMP_WORKER_THREADS];
    void *scratch[AMP_WORKER_THREADS];
    size_t thread_n;
};

struct start { /* handed to a thread */
    struct amp_workers *workers;
    void *scratch;
};

static struct amp_task *task_take(struct amp_workers *workers, bool *dropped)
{
    (void)pthread_mutex_lock(&workers->lock);
    while (workers->first == NULL && !workers->stopping) {
        (void)pthread_cond_wait(&workers->some, &workers->lock);
    }
    struct amp_task *task = workers->first;
    if (task != NULL) {
        workers->first = task->next;
        if (workers->last == &task->next) {
            workers->last = &workers->first;
        }
        if (workers->last_urgent == &task->next) {
            workers->last_urgent = &workers->first;
        }
        workers->waiting--;
    }
    *dropped = workers->stopping;
    (void)pthread_mutex_unlock(&workers->lock);
    return task;
}

static void *worker_main(void *arg)
{
    struct start start = *(struct start *)arg;
    free(arg);
    bool dropped = false;
    for (struct amp_task *task = task_take(start.workers, &dropped); task != NULL;
         task = task_take(start.workers, &dropped)) {
        task->run(task, start.scratch, dropped);
    }
    return NULL;
}

static amp_err thread_add(struct amp_workers *workers)
{
    struct start *start = malloc(sizeof *start);
    void *scratch = NULL;
    if (start == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = AMP_OK;
    if (workers->config.scratch_make != NULL) {
        err = workers->config.scratch_make(workers->config.ctx, &scratch);
    }
    *start = (struct start){.workers = workers, .scratch = scratch};
    if (err == AMP_OK &&
        pthread_create(&workers->thread[workers->thread_n], NULL, worker_main, start) != 0) {
        err = AMP_E_NOMEM;
    }
    if (err != AMP_OK) {
        if (scratch != NULL) {
            workers->config.scratch_free(scratch);
        }
        free(start);
        return err;
    }
    workers->scratch[workers->thread_n++] = scratch;
    return AMP_OK;
}

amp_err amp_workers_start(const struct amp_workers_config *config, struct amp_workers **out)
{
    struct amp_workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        return AMP_E_NOMEM;
    }
    workers->config = *config;
    workers->last = &workers->first;
    workers->last_urgent = &workers->first;
    (void)pthread_mutex_init(&workers->lock, NULL);
    (void)pthread_cond_init(&workers->some, NULL);
    assert(config->threads > 0 && config->threads <= AMP_WORKER_THREADS);
    for (size_t i = 0; i < config->threads; i++) {
        amp_err err = thread_add(workers);
        if (err != AMP_OK) {
            amp_workers_stop(workers);
            return err;
        }
    }
    *out = workers;
    return AMP_OK;
}

/* Urgent ones stand together at the front, in their order. */
static void task_put(struct amp_workers *workers, struct amp_task *task)
{
    struct amp_task **at = task->urgent ? workers->last_urgent : workers->last;
    task->next = *at;
    *at = task;
    if (workers->last == at) {
        workers->last = &task->next;
    }
    if (task->urgent) {
        workers->last_urgent = &task->next;
    }
    workers->waiting++;
}

amp_err amp_workers_give(struct amp_workers *workers, struct amp_task *task)
{
    (void)pthread_mutex_lock(&workers->lock);
    bool refused = workers->stopping || workers->waiting >= AMP_WORKER_QUEUE;
    if (!refused) {
        task_put(workers, task);
        (void)pthread_cond_signal(&workers->some);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return refused ? AMP_E_BUSY : AMP_OK;
}

size_t amp_workers_waiting(struct amp_workers *workers)
{
    (void)pthread_mutex_lock(&workers->lock);
    size_t n = workers->waiting;
    (void)pthread_mutex_unlock(&workers->lock);
    return n;
}

void amp_workers_stop(struct amp_workers *workers)
{
    if (workers == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    (void)pthread_cond_broadcast(&workers->some);
    (void)pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->thread_n; i++) {
        (void)pthread_join(workers->thread[i], NULL);
        if (workers->scratch[i] != NULL) {
            workers->config.scratch_free(workers->scratch[i]);
        }
    }
    (void)pthread_cond_destroy(&workers->some);
    (void)pthread_mutex_destroy(&workers->lock);
    free(workers);
}
