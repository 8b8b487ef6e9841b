/* Starting and stopping, in the order that loses nothing; and the doors that need no HTTP. */
#include "server/server.h"
#include "server/alert_map.h"
#include "server/alert_sign.h"
#include "server/door.h"
#include "server/exchange.h"
#include "server/feeds.h"
#include "server/fold.h"
#include "server/guard.h"
#include "server/history.h"
#include "server/inside.h"
#include "server/log.h"
#include "server/notifier.h"
#include "server/outbound.h"
#include "server/random.h"
#include "server/sms.h"
#include "server/sockets.h"
#include "server/subscriber.h"
#include "server/warning_view.h"
#include "server/webhook.h"
#include <stdlib.h>

enum {
    LIMIT_CLIENTS = 16384
};

static void scratch_free(void *ptr)
{
    struct amp_scratch *scratch = ptr;
    amp_road_query_destroy(scratch->query);
    amp_store_close(scratch->reader);
    free(scratch);
}

static amp_err scratch_make(void *ctx, void **out)
{
    struct amp_server *server = ctx;
    struct amp_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_scratch_turn(scratch, server->map);
    if (err != AMP_OK) {
        free(scratch);
        return err;
    }
    err = server->config.store->ops->reader(server->config.store, &scratch->reader, NULL);
    if (err != AMP_OK) {
        scratch_free(scratch);
        return err;
    }
    *out = scratch;
    return AMP_OK;
}

static amp_err address_check(const struct amp_server_config *config, struct amp_why *why)
{
    if (config->no_tcp || amp_guard_is_loopback(amp_str_of(config->addr))) {
        return AMP_OK;
    }
    if (config->open) {
        return amp_fail(
            why, AMP_E_FORBIDDEN,
            "%s can be reached from other machines, and a demo has no accounts: whoever "
            "reaches it may do everything. Listen on 127.0.0.1",
            config->addr);
    }
    if (config->tls == NULL && !config->behind_proxy) {
        return amp_fail(why, AMP_E_FORBIDDEN,
                        "%s can be reached from other machines, where passwords must not travel in "
                        "the clear: give --tls-cert and --tls-key, or --behind-proxy if a proxy on "
                        "this machine does TLS",
                        config->addr);
    }
    return AMP_OK;
}

static amp_err queue_init(struct amp_guarded_queue *queue)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0) {
        return AMP_E_NOMEM;
    }
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* as amp_clock_steady_us */
    (void)pthread_mutex_init(&queue->lock, NULL);
    (void)pthread_cond_init(&queue->some, &attr);
    (void)pthread_condattr_destroy(&attr);
    queue->last = &queue->first;
    return AMP_OK;
}

/* What the journal and its secrets say, before anything runs. */
static amp_err parts_load(struct amp_server *server, struct amp_why *why)
{
    const struct amp_server_config *config = &server->config;
    struct amp_fold_result fold = {.journal = NULL};
    amp_err err = amp_crypto_start();
    amp_json_start();
    amp_random(server->hash_seed, sizeof server->hash_seed);
    err = err ? err : amp_keys_open(config->store, config->master, &server->keys, why);
    const struct amp_fold_source source = {
        .store = config->store, .keys = server->keys, .dir = config->dir};
    err = err ? err : amp_fold_run(&source, &server->state, &fold, why);
    server->journal = fold.journal;
    if (err == AMP_OK && fold.keyless > 0) {
        amp_log(false, AMP_LOG_ERROR, "keys-missing",
                "the keys of %llu incidents are gone though nobody erased them: restore a backup",
                (unsigned long long)fold.keyless);
    }
    err = err ? err : amp_directory_create(&server->directory);
    err = err ? err : amp_accounts_load(server, why);
    err = err ? err : amp_signer_open(server, why);
    err = err ? err : amp_limit_create(LIMIT_CLIENTS, &server->limit);
    err = err ? err : amp_lockout_create(LIMIT_CLIENTS, &server->lockout);
    server->looks = err == AMP_OK ? amp_looks_create() : NULL;
    return err == AMP_OK && server->looks == NULL ? AMP_E_NOMEM : err;
}

static amp_err http_start(struct amp_server *server, struct amp_why *why)
{
    const struct amp_server_config *config = &server->config;
    const struct amp_http_config http = {.no_tcp = config->no_tcp,
                                         .addr = server->addr,
                                         .port = config->port,
                                         .tls = config->tls,
                                         .local_path = config->local_path,
                                         .trust_proxy = config->behind_proxy,
                                         .ctx = server,
                                         .head = amp_door_head,
                                         .request = amp_door_request,
                                         .gone = amp_door_gone};
    if (config->no_tcp && config->local_path == NULL) {
        return AMP_OK; /* in this process alone */
    }
    return amp_http_start(&http, &server->http, why);
}

static amp_err parts_start(struct amp_server *server, struct amp_why *why)
{
    const struct amp_server_config *config = &server->config;
    const struct amp_workers_config workers = {.threads = AMP_WORKER_THREADS,
                                               .ctx = server,
                                               .scratch_make = scratch_make,
                                               .scratch_free = scratch_free};
    const struct amp_workers_config scribes = {.threads = 1}, porter = {.threads = 1};
    server->now_us = server->config.clock.now_us(server->config.clock.ctx);
    amp_err err = parts_load(server, why);
    err = err ? err : amp_maps_start(server, why);
    err = err ? err : amp_roadworks_start(server, why);
    err = err ? err : amp_push_create(server->state.seq, &server->push);
    err = err ? err : amp_workers_start(&workers, &server->workers);
    err = err ? err : amp_workers_start(&scribes, &server->scribes);
    err = err ? err : amp_history_start(server, &workers);
    err = err ? err : amp_workers_start(&porter, &server->porter);
    server->media_sweep = true; /* a crash may have left something */
    err = err ? err : amp_outbound_start(server, config->courier_fd, &server->outbound);
    err = err ? err : amp_texting_start(server);
    err = err ? err : amp_notifier_start(server);
    err = err ? err : amp_exchange_start(server);
    err = err ? err : amp_subscriber_start(server);
    err = err ? err : amp_feeding_start(server);
    err = err ? err : amp_alert_names_start(server);
    err = err ? err : amp_verifier_start(server->config.verifier_fd, &server->verifier);
    err = err ? err : amp_webhooks_start(server, why);
    err = err ? err : amp_writer_start(server->journal, &server->writer);
    if (err == AMP_OK) {
        amp_scarce_look(&server->scarce, server->config.dir, server->config.quiet);
        amp_retention_start(server);
    }
    err = err ? err : amp_core_start(server);
    err = err ? err : amp_first_steps(server, why);
    err = err ? err : amp_snapshots_start(server);
    return err ? err : http_start(server, why);
}

amp_err amp_server_start(const struct amp_server_config *config, struct amp_server **out,
                         struct amp_why *why)
{
    amp_err err = address_check(config, why);
    if (err != AMP_OK) {
        return err;
    }
    struct amp_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return AMP_E_NOMEM;
    }
    server->config = *config;
    server->started_us = amp_clock_steady_us();
    err = amp_str_copy(server->addr, sizeof server->addr, amp_str_of(config->addr));
    err = err == AMP_OK ? queue_init(&server->queue) : err;
    if (err != AMP_OK) {
        free(server);
        return err;
    }
    err = parts_start(server, why);
    if (err != AMP_OK) {
        if (why != NULL && why->text[0] == '\0') {
            (void)amp_fail(why, err,
                           "the server cannot start: %s (too little memory, too few "
                           "threads or descriptors are left)",
                           amp_err_words(err));
        }
        (void)amp_server_stop(server);
        return err;
    }
    amp_log(config->quiet, AMP_LOG_INFO, "started", "port %u, %llu records",
            (unsigned)amp_server_port(server),
            (unsigned long long)amp_push_counts(server->push).seq);
    *out = server;
    return AMP_OK;
}

uint16_t amp_server_port(const struct amp_server *server)
{
    return server->http != NULL ? amp_http_port(server->http) : 0;
}

const char *amp_server_setup(const struct amp_server *server)
{
    return server->setup_text;
}

const char *amp_server_log_key(const struct amp_server *server)
{
    return amp_signer_vkey(server->signer);
}

static void parts_close(struct amp_server *server)
{
    amp_sockets_destroy(server->sockets);
    amp_notifier_close(server->notifier);
    amp_push_destroy(server->push);
    amp_roadworks_finish(server);
    amp_maps_finish(server);
    amp_core_close(server);
    amp_outbound_close(server->outbound);
    amp_texting_close(server->texting);
    amp_exchange_close(server->exchanges);
    amp_subscriber_close(server->subscriber);
    amp_feeding_close(server->feeding);
    amp_alert_names_close(server->alert_names);
    amp_verifier_close(server->verifier);
    amp_warning_feed_free(server->warning_feed);
    amp_webhooks_close(server->webhooks);
    amp_signer_close(server->signer);
    amp_keys_close(server->keys);
    amp_directory_destroy(server->directory);
    amp_credentials_finish(&server->credentials);
    amp_limit_destroy(server->limit);
    amp_lockout_destroy(server->lockout);
    amp_snapshots_destroy(server->snapshots);
    free(server->looks);
    free(server->history);
}

amp_err amp_server_stop(struct amp_server *server)
{
    if (server == NULL) {
        return AMP_OK;
    }
    if (server->http != NULL) {
        amp_http_quiesce(server->http);
    }
    amp_sockets_close(server->sockets); /* what they missed is told after a start */
    amp_snapshots_stop(server->snapshots);
    amp_outbound_stop(server->outbound); /* errands under way are sent again after a start */
    amp_core_stop(server);               /* what waits is decided */
    amp_workers_stop(server->scribes);   /* its jobs come back, or are refused */
    amp_writer_stop(server->writer);     /* and durable, and answered */
    if (server->writer != NULL && !atomic_load(&server->failed)) {
        amp_signer_last(server);
    }
    amp_workers_stop(server->porter);
    amp_workers_stop(server->workers); /* questions still waiting get 503 */
    amp_history_stop(server->history);
    if (server->push != NULL) {
        amp_push_close(server->push);
    }
    amp_sockets_settle(server->sockets);
    amp_http_stop(server->http); /* the answers leave */
    amp_maps_stop(server);
    parts_close(server);
    bool failed = atomic_load(&server->failed);
    amp_log(server->config.quiet, AMP_LOG_INFO, "stopped", "%s",
            failed ? "after a failed commit" : "all is written");
    (void)pthread_cond_destroy(&server->queue.some);
    (void)pthread_mutex_destroy(&server->queue.lock);
    free(server);
    return failed ? AMP_E_IN_DOUBT : AMP_OK;
}

/* ---- the doors that need no HTTP ---- */

static void step_command(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    job->command.time_us = server->now_us;
    amp_err err = amp_command_check(&job->command, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
    } else {
        amp_core_commit(server, job, 200, NULL);
    }
}

amp_err amp_server_command(struct amp_server *server, const struct amp_command *command,
                           amp_outcome_fn *done, void *ctx)
{
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_job_fields_copy(job, command);
    job->who.who.role = server->config.open ? AMP_ROLE_NONE : AMP_ROLE_ADMIN;
    job->step = step_command;
    job->outcome = done;
    job->reply_ctx = ctx;
    err = err == AMP_OK ? amp_core_push(server, job) : err;
    if (err != AMP_OK) {
        amp_job_destroy(job);
    }
    return err;
}

struct sightings {
    size_t n;
    struct amp_sighting at[];
};

static void step_sightings(struct amp_server *server, struct amp_job *job)
{
    const struct sightings *seen = job->data;
    for (size_t i = 0; i < seen->n; i++) {
        struct amp_position position = seen->at[i].position;
        const struct amp_unit *unit = amp_state_unit(&server->state, amp_str_of(seen->at[i].unit));
        if (position.fix_us == 0) {
            position.fix_us = server->now_us;
        }
        amp_err err = unit == NULL
                          ? AMP_E_NOT_FOUND
                          : amp_track_set(&server->track, unit->id, &position, server->now_us);
        if (err == AMP_OK) {
            err = amp_events_moved(server, unit->id);
        }
        amp_metrics_add(&server->metrics,
                        err == AMP_OK ? AMP_METRIC_POSITIONS : AMP_METRIC_POSITIONS_REFUSED, 1);
    }
    amp_job_destroy(job);
}

amp_err amp_server_positions(struct amp_server *server, const struct amp_sighting *sighting,
                             size_t n)
{
    if (n > AMP_POSITIONS_BATCH) {
        return AMP_E_LIMIT;
    }
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    struct sightings *seen = amp_arena_alloc(&job->arena, sizeof *seen + n * sizeof *sighting);
    amp_err err = seen != NULL ? AMP_OK : AMP_E_NOMEM;
    if (seen != NULL) {
        seen->n = n;
        for (size_t i = 0; i < n; i++) {
            seen->at[i] = sighting[i];
        }
        job->data = seen;
        job->step = step_sightings;
        err = amp_core_push(server, job);
    }
    if (err != AMP_OK) {
        amp_job_destroy(job);
    }
    return err;
}

struct look {
    amp_look_fn *look;
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool looked;
};

static void step_look(struct amp_server *server, struct amp_job *job)
{
    struct look *look = job->data;
    look->look(look->ctx, &server->state, &server->track, server->now_us);
    amp_job_destroy(job);
    (void)pthread_mutex_lock(&look->lock);
    look->looked = true;
    (void)pthread_cond_signal(&look->done);
    (void)pthread_mutex_unlock(&look->lock);
}

amp_err amp_server_look(struct amp_server *server, amp_look_fn *look_at, void *ctx)
{
    struct look look = {.look = look_at,
                        .ctx = ctx,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .done = PTHREAD_COND_INITIALIZER};
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    job->data = &look;
    job->step = step_look;
    amp_err err = amp_core_push(server, job);
    if (err != AMP_OK) {
        amp_job_destroy(job);
        return err;
    }
    (void)pthread_mutex_lock(&look.lock);
    while (!look.looked) {
        (void)pthread_cond_wait(&look.done, &look.lock);
    }
    (void)pthread_mutex_unlock(&look.lock);
    return AMP_OK;
}
