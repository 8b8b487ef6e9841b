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
#include "server/exchange.h"
#include "server/feeds.h"
#include "server/history.h"
#include "server/inside.h"
#include "server/link.h"
#include "server/log.h"
#include "server/notifier.h"
#include "server/outbound.h"
#include "server/pack.h"
#include "server/sms.h"
#include "server/subscriber.h"
#include "server/webhook.h"
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

void amp_core_fail(struct amp_server *server, amp_err err, const char *doing)
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
        amp_core_fail(server, err, "writing the journal");
        amp_job_problem(job, err, NULL);
        job->after = NULL;
    } else if (job->record_n > 0) {
        assert(first == job->result.seq - job->record_n + 1);
        amp_metrics_commit(&server->metrics, amp_clock_steady_us() - job->submitted_us);
        amp_metrics_add(&server->metrics, AMP_METRIC_EVENTS, (int64_t)job->record_n);
        if (job->erases) { /* also what was still on its way to the disk when it was decided */
            amp_push_forget(server->push);
        }
        for (size_t i = 0; i < job->record_n; i++) {
            amp_push_event(server->push, job->message[i]);
            job->message[i] = NULL;
        }
    }
    amp_metrics_add(&server->metrics, AMP_METRIC_COMMITS, 1);
    (void)atomic_fetch_sub(&server->in_flight, 1);
    if (job->after != NULL) {
        job->after(server, job);
    } else if (!amp_pack_give(server, job)) {
        amp_job_send(job);
    }
}

void amp_core_submit(struct amp_server *server, struct amp_job *job)
{
    const struct amp_submission sub = {.draft = job->draft,
                                       .n = job->record_n,
                                       .secret = job->secret,
                                       .secret_n = job->secret_n,
                                       .ctx = job,
                                       .done = on_durable};
    amp_accounts_settle(server, job);
    job->submitted_us = amp_clock_steady_us();
    (void)atomic_fetch_add(&server->in_flight, 1);
    amp_err err = amp_writer_submit(server->writer, &sub);
    if (err != AMP_OK) { /* room was checked before deciding: this cannot go on */
        (void)atomic_fetch_sub(&server->in_flight, 1);
        amp_core_fail(server, err, "handing events to the writer");
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
    }
}

bool amp_core_has_room(struct amp_server *server)
{
    return atomic_load(&server->in_flight) < AMP_WRITER_QUEUE - 16;
}

bool amp_core_may_write(struct amp_server *server)
{
    return !atomic_load(&server->failed) && amp_core_has_room(server) &&
           amp_scarce_has(&server->scarce, AMP_SCARCE_ALL);
}

void amp_core_settle(struct amp_server *server, struct amp_job *job)
{
    if (atomic_load(&server->failed)) { /* memory is ahead of the disk: nobody may see it */
        amp_job_problem(job, AMP_E_IN_DOUBT, NULL);
        amp_job_send(job);
    } else if (atomic_load(&server->in_flight) == 0) {
        if (job->after != NULL) {
            job->after(server, job);
        } else if (!amp_pack_give(server, job)) {
            amp_job_send(job);
        }
    } else if (amp_core_has_room(server)) {
        amp_core_submit(server, job);
    } else {
        amp_job_problem(job, AMP_E_BUSY, NULL);
        amp_job_send(job);
    }
}

void amp_core_through_writer(struct amp_server *server, struct amp_job *job)
{
    if (atomic_load(&server->failed) || !amp_core_has_room(server)) {
        amp_job_problem(job, AMP_E_BUSY, NULL);
        amp_job_send(job);
    } else {
        amp_core_submit(server, job);
    }
}

void amp_core_answer(struct amp_server *server, struct amp_job *job, int status)
{
    job->status = status;
    amp_core_settle(server, job);
}

void amp_core_refuse(struct amp_server *server, struct amp_job *job, amp_err err,
                     const struct amp_why *why)
{
    amp_job_problem(job, err, why);
    job->after = NULL;
    amp_core_settle(server, job);
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
        amp_err err = scratch != NULL ? amp_scratch_turn(scratch, job->map) : AMP_OK;
        if (err != AMP_OK) {
            amp_job_problem(job, err, NULL);
        } else {
            job->work(server, job, scratch);
        }
    }
    if (!dropped && job->back != NULL) {
        job->after = NULL; /* what it submits from there is answered, not worked on again */
        if (amp_core_return(server, job, job->back) == AMP_OK) {
            return;
        }
        amp_job_problem(job, AMP_E_BUSY, NULL); /* the core has ended */
    }
    amp_pack_answer(job);
    amp_job_send(job);
}

static void task_give(struct amp_workers *workers, struct amp_job *job)
{
    job->task.run = work_run;
    amp_err err = amp_workers_give(workers, &job->task);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
    }
}

static void work_give(struct amp_server *server, struct amp_job *job)
{
    task_give(server->workers, job);
}

static void history_give(struct amp_server *server, struct amp_job *job)
{
    task_give(amp_history_workers(server), job);
}

void amp_core_work(struct amp_server *server, struct amp_job *job, amp_work_fn *work)
{
    amp_job_map(server, job);
    job->work = work;
    job->after = work_give;
    amp_core_settle(server, job);
}

void amp_core_work_after(struct amp_job *job, amp_work_fn *work)
{
    amp_job_map(job->server, job);
    job->work = work;
    job->after = work_give;
}

void amp_core_history(struct amp_job *job, amp_work_fn *work)
{
    amp_job_map(job->server, job);
    job->work = work;
    job->after = history_give;
}

void amp_core_scribe(struct amp_server *server, struct amp_job *job, amp_work_fn *work,
                     amp_step_fn *back)
{
    job->work = work;
    job->back = back;
    job->task.run = work_run;
    amp_err err = amp_workers_give(server->scribes, &job->task);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
    }
}

static void port_give(struct amp_server *server, struct amp_job *job)
{
    job->task.run = work_run;
    amp_err err = amp_workers_give(server->porter, &job->task);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        amp_job_send(job);
    }
}

void amp_core_port(struct amp_server *server, struct amp_job *job, amp_work_fn *work,
                   amp_step_fn *back)
{
    job->work = work;
    job->back = back;
    port_give(server, job);
}

void amp_core_port_after(struct amp_job *job, amp_work_fn *work)
{
    job->work = work;
    job->after = port_give;
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

/* ---- the thread ---- */

static void tick(struct amp_server *server)
{
    struct amp_job *job = amp_job_create(server);
    if (job == NULL || atomic_load(&server->failed)) {
        amp_job_destroy(job);
        return;
    }
    job->command.kind = AMP_CMD_TICK;
    job->who.who.role = AMP_ROLE_NONE;
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

static int64_t tick_next_us(const struct amp_server *server, int64_t steady_us)
{
    int64_t ms = server->config.tick_ms > 0 ? server->config.tick_ms : AMP_SERVER_TICK_MS;
    return steady_us + ms * US_PER_MS;
}

static void timers_run(struct amp_server *server)
{
    int64_t steady_us = amp_clock_steady_us();
    deadlines_run(server, steady_us, false);
    if (steady_us >= server->tick_at_us) {
        server->tick_at_us = tick_next_us(server, steady_us);
        amp_scarce_look(&server->scarce, server->config.dir, server->config.quiet);
        tick(server);
        amp_roadworks_retry(server);
        amp_maps_tick(server);
        amp_roadworks_tick(server);
        amp_snapshots_tick(server);
        amp_signer_tick(server);
        amp_accounts_tick(server);
        (void)amp_writer_owes(server->writer); /* asked, it tries again to overwrite what is gone */
        amp_retention_tick(server);
        amp_outbound_tick(server);
        amp_texting_tick(server);
        server->tell_at_us = steady_us;
        amp_subscriber_tick(server);
        amp_feeding_tick(server);
        amp_link_tick(server);
        amp_webhooks_tick(server);
    }
    if (steady_us >= server->tell_at_us) {
        amp_notifier_tick(server); /* who takes it there need not be told again */
        server->tell_at_us = amp_exchange_tick(server);
    }
    if (steady_us >= server->positions_at_us) {
        server->positions_at_us = steady_us + (int64_t)AMP_SERVER_POSITIONS_MS * US_PER_MS;
        amp_follow_tick(server);
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
    at = server->tell_at_us < at ? server->tell_at_us : at;
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

/* ---- starting and stopping ---- */

amp_err amp_core_start(struct amp_server *server)
{
    int64_t steady_us = amp_clock_steady_us();
    server->tick_at_us = tick_next_us(server, steady_us);
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
    free(server->trail);
}
