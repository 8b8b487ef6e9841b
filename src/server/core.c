/*
 * The core: one thread that owns the state.
 *
 * Invariants: (1) only this thread touches state, track, waiting and the timers; (2) what is
 * applied in memory was submitted to the writer in the same step, or the server has failed; (3)
 * nothing leaves that has seen an event which is not durable: answers follow the writer's order
 * while it has work.
 */
#include "base/timefmt.h"
#include "response/apply.h"
#include "server/inside.h"
#include "server/log.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RECORD_ARENA = 8 << 20,
    US_PER_MS = 1000
};

/* ---- the queue ---- */

static void queue_add(struct amp_guarded_queue *queue, struct amp_job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
    queue->n++;
    (void)pthread_cond_signal(&queue->some);
}

amp_err amp_core_push(struct amp_server *server, struct amp_job *job)
{
    struct amp_guarded_queue *queue = &server->queue;
    (void)pthread_mutex_lock(&queue->lock);
    bool refused = queue->stopping || queue->n >= AMP_SERVER_QUEUE;
    if (!refused) {
        queue_add(queue, job);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    if (refused) {
        amp_metrics_add(&server->metrics, AMP_METRIC_BUSY, 1);
        return AMP_E_BUSY;
    }
    return AMP_OK;
}

amp_err amp_core_return(struct amp_server *server, struct amp_job *job, amp_step_fn *step)
{
    struct amp_guarded_queue *queue = &server->queue;
    (void)pthread_mutex_lock(&queue->lock);
    bool ended = queue->ended;
    if (!ended) {
        job->step = step;
        queue_add(queue, job);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return ended ? AMP_E_BUSY : AMP_OK;
}

/* ---- what a step may end in ---- */

static void server_fail(struct amp_server *server, amp_err err, const char *doing)
{
    if (!atomic_exchange(&server->failed, true)) {
        const struct amp_why why = amp_writer_why(server->writer);
        amp_log(false, AMP_LOG_ERROR, "failed", "%s: %s; stopping, nothing more is accepted", doing,
                why.text[0] != '\0' ? why.text : amp_err_words(err));
        if (server->config.failed != NULL) {
            server->config.failed(server->config.ctx);
        }
    }
}

/* On the writer's thread, in the order of submission. */
static void on_durable(void *ctx, amp_err err, uint64_t first)
{
    struct amp_job *job = ctx;
    struct amp_server *server = job->server;
    if (err != AMP_OK) {
        server_fail(server, err, "writing the journal");
        amp_job_problem(job, err, NULL);
        job->after = NULL;
    } else if (job->record_n > 0) {
        assert(first == job->result.seq - job->record_n + 1);
        amp_metrics_commit(&server->metrics, amp_clock_steady_us() - job->submitted_us);
        amp_metrics_add(&server->metrics, AMP_METRIC_EVENTS, (int64_t)job->record_n);
        for (size_t i = 0; i < job->record_n; i++) {
            amp_push_event(server->push, job->message[i]);
            job->message[i] = NULL;
        }
    }
    amp_metrics_add(&server->metrics, AMP_METRIC_COMMITS, 1);
    (void)atomic_fetch_sub(&server->in_flight, 1);
    if (job->after != NULL) {
        job->after(server, job);
    } else {
        amp_job_send(job);
    }
}

static void job_submit(struct amp_server *server, struct amp_job *job)
{
    const struct amp_submission sub = {
        .draft = job->draft, .n = job->record_n, .ctx = job, .done = on_durable};
    job->submitted_us = amp_clock_steady_us();
    (void)atomic_fetch_add(&server->in_flight, 1);
    amp_err err = amp_writer_submit(server->writer, &sub);
    if (err != AMP_OK) { /* room was checked before deciding: this cannot go on */
        (void)atomic_fetch_sub(&server->in_flight, 1);
        server_fail(server, err, "handing events to the writer");
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
    }
}

static bool has_room(struct amp_server *server)
{
    return atomic_load(&server->in_flight) < AMP_WRITER_QUEUE - 16;
}

static void job_settle(struct amp_server *server, struct amp_job *job)
{
    if (atomic_load(&server->failed)) { /* memory is ahead of the disk: nobody may see it */
        amp_job_problem(job, AMP_E_IN_DOUBT, NULL);
        amp_job_send(job);
    } else if (atomic_load(&server->in_flight) == 0) {
        if (job->after != NULL) {
            job->after(server, job);
        } else {
            amp_job_send(job);
        }
    } else if (has_room(server)) {
        job_submit(server, job);
    } else {
        amp_job_problem(job, AMP_E_BUSY, NULL);
        amp_job_send(job);
    }
}

void amp_core_through_writer(struct amp_server *server, struct amp_job *job)
{
    if (atomic_load(&server->failed) || !has_room(server)) {
        amp_job_problem(job, AMP_E_BUSY, NULL);
        amp_job_send(job);
    } else {
        job_submit(server, job);
    }
}

void amp_core_answer(struct amp_server *server, struct amp_job *job, int status)
{
    job->status = status;
    job_settle(server, job);
}

void amp_core_refuse(struct amp_server *server, struct amp_job *job, amp_err err,
                     const struct amp_why *why)
{
    amp_job_problem(job, err, why);
    job->after = NULL;
    job_settle(server, job);
}

static void work_run(struct amp_task *task, void *scratch, bool dropped)
{
    struct amp_job *job = (struct amp_job *)(void *)((char *)task - offsetof(struct amp_job, task));
    struct amp_server *server = job->server;
    if (dropped) {
        amp_job_problem(job, AMP_E_BUSY, NULL);
    } else {
        if (server->config.work_begins != NULL) {
            server->config.work_begins(server->config.ctx);
        }
        job->status = 200;
        job->work(server, job, scratch);
    }
    amp_job_send(job);
}

static void work_give(struct amp_server *server, struct amp_job *job)
{
    job->task.run = work_run;
    amp_err err = amp_workers_give(server->workers, &job->task);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
    }
}

void amp_core_work(struct amp_server *server, struct amp_job *job, amp_work_fn *work)
{
    job->work = work;
    job->after = work_give;
    job_settle(server, job);
}

void amp_core_wait(struct amp_server *server, struct amp_job *job, int64_t for_ms,
                   amp_step_fn *step)
{
    job->ticket = ++server->ticket_last;
    job->deadline_us = amp_clock_steady_us() + for_ms * US_PER_MS;
    job->step = step;
    job->next = server->waiting;
    server->waiting = job;
}

struct amp_job *amp_core_unwait(struct amp_server *server, uint64_t ticket)
{
    for (struct amp_job **at = &server->waiting; *at != NULL; at = &(*at)->next) {
        if ((*at)->ticket == ticket) {
            struct amp_job *job = *at;
            *at = job->next;
            return job;
        }
    }
    return NULL;
}

/* ---- commands ---- */

static bool is_closure(enum amp_event_kind kind)
{
    return kind == AMP_EV_CLOSURE_MADE || kind == AMP_EV_CLOSURE_LIFTED;
}

/* Numbers, writes, applies and tells one event. */
static amp_err event_take(struct amp_server *server, struct amp_job *job, struct amp_event *event,
                          size_t i)
{
    size_t from = job->records.len;
    struct amp_why why = {""};
    event->seq = server->state.seq + 1;
    amp_event_write(event, &job->records);
    amp_err err = amp_buf_err(&job->records);
    if (err == AMP_OK) {
        err = amp_apply(&server->state, event, &why);
    }
    if (err != AMP_OK) {
        amp_log(false, AMP_LOG_ERROR, "apply-failed", "event %s: %s",
                amp_event_rows[event->kind].name, amp_err_words(err));
        return err;
    }
    job->draft[i] = (struct amp_draft){.body.len = job->records.len - from};
    job->message[i] = amp_events_message(server, event);
    if (is_closure(event->kind)) {
        amp_roadworks_changed(server);
    }
    return job->message[i] != NULL ? AMP_OK : AMP_E_NOMEM;
}

static void messages_drop(struct amp_job *job)
{
    for (size_t i = 0; i < job->record_n; i++) {
        amp_message_drop(job->message[i]);
    }
    job->record_n = 0;
}

/* Room for the records of the command and of the one that goes with it. */
static amp_err records_reserve(struct amp_job *job, size_t event_n)
{
    size_t n = event_n + (job->has_also ? (size_t)AMP_EVENTS_PER_COMMAND : 0);
    job->draft = amp_arena_array(&job->arena, n, sizeof *job->draft);
    job->message = amp_arena_array(&job->arena, n, sizeof(struct amp_message *));
    return job->draft == NULL || job->message == NULL ? AMP_E_NOMEM : AMP_OK;
}

static amp_err decision_take(struct amp_server *server, struct amp_job *job,
                             const struct amp_decision *decision)
{
    for (size_t i = 0; i < decision->event_n; i++) {
        size_t at = job->record_n++;
        amp_err err = event_take(server, job, &decision->event[i], at);
        if (err != AMP_OK) {
            server_fail(server, err, "applying an event");
            messages_drop(job);
            return err;
        }
    }
    return AMP_OK;
}

/* The buffer moves while it grows: places are known only when all is written. */
static void records_place(struct amp_job *job)
{
    size_t at = 0;
    for (size_t i = 0; i < job->record_n; i++) {
        job->draft[i].body.ptr = job->records.data + at;
        at += job->draft[i].body.len;
    }
}

/* Both commands are decided before anything is applied; the second once more on what the first made
 * of the state. */
static amp_err commands_take(struct amp_server *server, struct amp_job *job,
                             struct amp_decision *decision, struct amp_why *why)
{
    const struct amp_plans *plans = server->config.plans;
    struct amp_decision also = {0};
    job->also.time_us = server->now_us;
    job->also.actor = job->actor;
    amp_err err = amp_decide(&server->state, plans, &job->command, &job->arena, decision, why);
    bool both = err == AMP_OK && job->has_also && !decision->repeated;
    if (both) {
        err = amp_decide(&server->state, plans, &job->also, &job->arena, &also, why);
    }
    if (err == AMP_OK && !decision->repeated) {
        err = records_reserve(job, decision->event_n);
    }
    if (err != AMP_OK) {
        return err;
    }
    err = decision_take(server, job, decision);
    if (err == AMP_OK && both) {
        err = amp_decide(&server->state, plans, &job->also, &job->arena, &also, why);
        err = err == AMP_OK ? decision_take(server, job, &also) : err;
        if (err != AMP_OK) { /* the first is applied, and not written: memory is ahead */
            server_fail(server, err, "applying the second half of a command");
            messages_drop(job);
        }
    }
    return err;
}

/* What is asked, in short: a key belongs to one request, also after a restart. */
static uint32_t print_of(const struct amp_job *job)
{
    if (job->key.len == 0 || job->route == NULL) {
        return 0;
    }
    uint64_t print = amp_job_hash(0, amp_str_of(amp_method_name(job->route->method)));
    print = amp_job_hash(print, amp_str_of(job->route->path));
    for (size_t i = 0; i < AMP_ENDPOINT_PARAMS; i++) {
        print = amp_job_hash(print, job->param[i]);
    }
    print = amp_job_hash(amp_job_hash(print, job->query_raw), job->body);
    return (uint32_t)(1 + (print ^ print >> 32) % AMP_PRINT_MAX);
}

void amp_core_commit(struct amp_server *server, struct amp_job *job, int status, amp_see_fn *see)
{
    struct amp_decision decision = {0};
    struct amp_why why = {""};
    job->command.time_us = server->now_us;
    job->command.key = job->key;
    job->command.print = print_of(job);
    job->command.actor = job->actor;
    if (atomic_load(&server->failed) || !has_room(server)) {
        amp_core_refuse(server, job, AMP_E_BUSY, NULL);
        return;
    }
    amp_err err = commands_take(server, job, &decision, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    records_place(job);
    amp_roadworks_settle(server);
    job->repeated = decision.repeated;
    job->result = (struct amp_outcome){.seq = server->state.seq,
                                       .incident = decision.incident,
                                       .call = decision.call,
                                       .closure = decision.closure};
    job->status = status;
    if (see != NULL) {
        see(server, job, &decision);
    }
    if (job->record_n > 0) {
        job_submit(server, job);
    } else {
        job_settle(server, job);
    }
}

/* ---- the thread ---- */

static void tick(struct amp_server *server)
{
    struct amp_job *job = amp_job_create(server);
    if (job == NULL || atomic_load(&server->failed)) {
        amp_job_destroy(job);
        return;
    }
    job->command.kind = AMP_CMD_TICK;
    job->actor = AMP_STR("timer");
    amp_core_commit(server, job, 200, NULL);
}

static void deadlines_run(struct amp_server *server, int64_t steady_us, bool all)
{
    struct amp_job *due = NULL;
    struct amp_job **at = &server->waiting;
    while (*at != NULL) {
        struct amp_job *job = *at;
        if (all || job->deadline_us <= steady_us) {
            *at = job->next;
            job->next = due;
            due = job;
        } else {
            at = &job->next;
        }
    }
    while (due != NULL) {
        struct amp_job *job = due;
        due = job->next;
        job->step(server, job);
    }
}

static void timers_run(struct amp_server *server)
{
    int64_t steady_us = amp_clock_steady_us();
    deadlines_run(server, steady_us, false);
    if (steady_us >= server->tick_at_us) {
        server->tick_at_us = steady_us + (int64_t)AMP_SERVER_TICK_MS * US_PER_MS;
        tick(server);
        amp_roadworks_retry(server);
    }
    if (steady_us >= server->positions_at_us) {
        server->positions_at_us = steady_us + (int64_t)AMP_SERVER_POSITIONS_MS * US_PER_MS;
        amp_events_positions(server);
    }
    if (steady_us >= server->heartbeat_at_us) {
        server->heartbeat_at_us = steady_us + (int64_t)AMP_SERVER_HEARTBEAT_MS * US_PER_MS;
        amp_events_heartbeat(server);
    }
}

static int64_t next_wake_us(const struct amp_server *server)
{
    int64_t at = server->tick_at_us;
    at = server->positions_at_us < at ? server->positions_at_us : at;
    at = server->heartbeat_at_us < at ? server->heartbeat_at_us : at;
    for (const struct amp_job *job = server->waiting; job != NULL; job = job->next) {
        at = job->deadline_us < at ? job->deadline_us : at;
    }
    return at;
}

/* All that waits, or NULL at a deadline; *stop when nothing waits and the core has to end. */
static struct amp_job *queue_take(struct amp_server *server, bool *stop)
{
    struct amp_guarded_queue *queue = &server->queue;
    int64_t until_us = next_wake_us(server);
    const struct timespec until = {.tv_sec = until_us / AMP_US_PER_S,
                                   .tv_nsec = (until_us % AMP_US_PER_S) * 1000};
    (void)pthread_mutex_lock(&queue->lock);
    if (queue->first == NULL && !queue->stopping) {
        (void)pthread_cond_timedwait(&queue->some, &queue->lock, &until);
    }
    struct amp_job *jobs = queue->first;
    *stop = jobs == NULL && queue->stopping;
    queue->ended = *stop;
    queue->first = NULL;
    queue->last = &queue->first;
    queue->n = 0;
    (void)pthread_mutex_unlock(&queue->lock);
    return jobs;
}

static void *core_main(void *arg)
{
    struct amp_server *server = arg;
    bool stop = false;
    while (!stop) {
        struct amp_job *job = queue_take(server, &stop);
        server->now_us = server->config.clock.now_us(server->config.clock.ctx);
        while (job != NULL) {
            struct amp_job *next = job->next;
            job->step(server, job);
            job = next;
        }
        timers_run(server);
    }
    deadlines_run(server, 0, true);
    return NULL;
}

/* ---- opening: the fold ---- */

struct fold {
    struct amp_server *server;
    struct amp_arena arena;
    struct amp_why why;
};

static amp_err fold_record(void *ctx, const struct amp_record *record)
{
    struct fold *fold = ctx;
    struct amp_event event;
    amp_arena_reset(&fold->arena);
    amp_err err = amp_event_read(record->body, &fold->arena, &event, &fold->why);
    if (err != AMP_OK) {
        return err;
    }
    event.seq = record->seq;
    return amp_apply(&fold->server->state, &event, &fold->why);
}

amp_err amp_core_open(struct amp_server *server, struct amp_why *why)
{
    struct fold fold = {.server = server, .arena = amp_arena_make(RECORD_ARENA)};
    const struct amp_journal_visit visit = {.ctx = &fold, .record = fold_record};
    uint64_t bad = 0;
    amp_err err = amp_state_init(&server->state);
    if (err == AMP_OK) {
        err = amp_journal_open(server->config.store, &visit, NULL, &server->journal, &bad, why);
    }
    amp_arena_drop(&fold.arena);
    if (err != AMP_OK && fold.why.text[0] != '\0') {
        return amp_fail(why, err, "the journal cannot be folded after record %llu: %s",
                        (unsigned long long)server->state.seq, fold.why.text);
    }
    return err;
}

amp_err amp_core_start(struct amp_server *server)
{
    int64_t steady_us = amp_clock_steady_us();
    server->tick_at_us = steady_us + (int64_t)AMP_SERVER_TICK_MS * US_PER_MS;
    server->positions_at_us = steady_us;
    server->heartbeat_at_us = steady_us;
    if (pthread_create(&server->thread, NULL, core_main, server) != 0) {
        return AMP_E_NOMEM;
    }
    server->thread_runs = true;
    return AMP_OK;
}

void amp_core_stop(struct amp_server *server)
{
    struct amp_guarded_queue *queue = &server->queue;
    (void)pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    (void)pthread_cond_signal(&queue->some);
    (void)pthread_mutex_unlock(&queue->lock);
    if (server->thread_runs) {
        (void)pthread_join(server->thread, NULL);
        server->thread_runs = false;
    }
}

void amp_core_close(struct amp_server *server)
{
    assert(server->queue.first == NULL && server->waiting == NULL);
    amp_journal_close(server->journal);
    amp_track_finish(&server->track);
    amp_state_finish(&server->state);
    free(server->moved);
}
