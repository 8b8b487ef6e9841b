/* One list, one lock, one thread that looks. */
#include "server/watch.h"
#include "server/clock.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct amp_watch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct amp_watched *first;
    size_t n;
    int64_t every_us;
    bool ending;
};

static void late_cut(struct amp_watch *watch)
{
    int64_t now = amp_clock_steady_us();
    for (struct amp_watched *item = watch->first; item != NULL; item = item->next) {
        if (atomic_load_explicit(&item->deadline_us, memory_order_relaxed) <= now) {
            amp_watch_deadline(item, AMP_WATCH_NEVER); /* once is enough */
            (void)shutdown(item->fd, SHUT_RDWR);
        }
    }
}

static void *look(void *ctx)
{
    struct amp_watch *watch = ctx;
    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->ending) {
        int64_t until = amp_clock_steady_us() + watch->every_us;
        const struct timespec at = {.tv_sec = (time_t)(until / 1000000),
                                    .tv_nsec = (long)(until % 1000000) * 1000};
        (void)pthread_cond_timedwait(&watch->ended, &watch->lock, &at);
        late_cut(watch);
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return NULL;
}

amp_err amp_watch_start(int64_t every_ms, struct amp_watch **out)
{
    pthread_condattr_t attr;
    struct amp_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL || pthread_condattr_init(&attr) != 0) {
        free(watch);
        return AMP_E_NOMEM;
    }
    every_ms = every_ms < AMP_WATCH_LOOK_MIN_MS ? AMP_WATCH_LOOK_MIN_MS : every_ms;
    every_ms = every_ms > AMP_WATCH_LOOK_MAX_MS ? AMP_WATCH_LOOK_MAX_MS : every_ms;
    watch->every_us = every_ms * 1000;
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* as amp_clock_steady_us */
    (void)pthread_mutex_init(&watch->lock, NULL);
    (void)pthread_cond_init(&watch->ended, &attr);
    (void)pthread_condattr_destroy(&attr);
    if (pthread_create(&watch->thread, NULL, look, watch) != 0) {
        (void)pthread_cond_destroy(&watch->ended);
        (void)pthread_mutex_destroy(&watch->lock);
        free(watch);
        return AMP_E_NOMEM;
    }
    *out = watch;
    return AMP_OK;
}

void amp_watch_stop(struct amp_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&watch->lock);
    watch->ending = true;
    (void)pthread_cond_signal(&watch->ended);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
    assert(watch->n == 0);
    (void)pthread_cond_destroy(&watch->ended);
    (void)pthread_mutex_destroy(&watch->lock);
    free(watch);
}

void amp_watch_add(struct amp_watch *watch, struct amp_watched *item)
{
    (void)pthread_mutex_lock(&watch->lock);
    item->prev = NULL;
    item->next = watch->first;
    if (watch->first != NULL) {
        watch->first->prev = item;
    }
    watch->first = item;
    watch->n++;
    (void)pthread_mutex_unlock(&watch->lock);
}

void amp_watch_remove(struct amp_watch *watch, struct amp_watched *item)
{
    (void)pthread_mutex_lock(&watch->lock);
    assert(watch->n > 0);
    watch->n--;
    if (item->prev != NULL) {
        item->prev->next = item->next;
    } else {
        assert(watch->first == item);
        watch->first = item->next;
    }
    if (item->next != NULL) {
        item->next->prev = item->prev;
    }
    (void)pthread_mutex_unlock(&watch->lock);
}

size_t amp_watch_count(struct amp_watch *watch, const uint8_t from[AMP_WATCH_FROM], size_t unless)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&watch->lock);
    for (struct amp_watched *item = watch->n > unless ? watch->first : NULL; item != NULL;
         item = item->next) {
        n += memcmp(item->from, from, AMP_WATCH_FROM) == 0;
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return n;
}

void amp_watch_deadline(struct amp_watched *item, int64_t steady_us)
{
    atomic_store_explicit(&item->deadline_us, steady_us, memory_order_relaxed);
}
