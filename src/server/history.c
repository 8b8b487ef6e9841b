/* The thread that looks into the past, and what makes it forget. */
#include "server/history.h"
#include "server/past.h"
#include <stdlib.h>

enum {
    EVERY = 20000 /* records between two frames at first */
};

struct amp_history {
    struct amp_server *server;
    struct amp_workers *workers;
    struct amp_past *past; /* its thread's */
    uint64_t mark;         /* the same; the last erasure that it knows */
    atomic_bool stopping;
    _Atomic uint64_t erased; /* number of the last erasure */
    struct amp_task forgetting;
    atomic_bool is_forgetting; /* the task is on its way */
};

static void mark_check(struct amp_history *history)
{
    uint64_t erased = atomic_load(&history->erased);
    if (history->mark != erased) {
        amp_past_forget(history->past);
        history->mark = erased;
    }
}

static void forget_run(struct amp_task *task, void *scratch, bool dropped)
{
    struct amp_history *history =
        (struct amp_history *)(void *)((char *)task - offsetof(struct amp_history, forgetting));
    (void)scratch;
    atomic_store(&history->is_forgetting, false);
    if (!dropped) {
        mark_check(history);
    }
}

amp_err amp_history_start(struct amp_server *server, const struct amp_workers_config *config)
{
    struct amp_history *history = calloc(1, sizeof *history);
    if (history == NULL) {
        return AMP_E_NOMEM;
    }
    server->history = history;
    history->server = server;
    history->forgetting = (struct amp_task){.urgent = true, .run = forget_run};
    const struct amp_past_config past = {
        .keys = server->keys, .every = EVERY, .stop = &history->stopping};
    history->past = amp_past_create(&past);
    if (history->past == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_workers_config one = *config;
    one.threads = 1;
    return amp_workers_start(&one, &history->workers);
}

void amp_history_stop(struct amp_history *history)
{
    if (history != NULL) {
        atomic_store(&history->stopping, true);
        amp_workers_stop(history->workers);
        history->workers = NULL;
        amp_past_destroy(history->past);
        history->past = NULL;
    }
}

void amp_history_erased(struct amp_server *server)
{
    struct amp_history *history = server->history;
    if (history == NULL) {
        return;
    }
    atomic_store(&history->erased, server->state.seq + 1);
    if (!atomic_exchange(&history->is_forgetting, true) &&
        amp_workers_give(history->workers, &history->forgetting) != AMP_OK) {
        atomic_store(&history->is_forgetting, false); /* whoever looks next forgets first */
    }
}

amp_err amp_history_begin(struct amp_server *server, struct amp_store *reader,
                          struct amp_past **out, struct amp_why *why)
{
    struct amp_history *history = server->history;
    struct amp_head head = {.size = 0};
    mark_check(history);
    amp_err err = reader->ops->head(reader, &head, why);
    if (err == AMP_OK && head.size < history->mark) {
        return amp_fail(why, AMP_E_BUSY, "something is being erased; try again");
    }
    *out = history->past;
    return err;
}

amp_err amp_history_end(struct amp_server *server, struct amp_why *why)
{
    struct amp_history *history = server->history;
    if (atomic_load(&history->erased) == history->mark) {
        return AMP_OK;
    }
    mark_check(history);
    return amp_fail(why, AMP_E_BUSY, "something was erased meanwhile; try again");
}

struct amp_workers *amp_history_workers(struct amp_server *server)
{
    return server->history->workers;
}
