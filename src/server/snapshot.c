/* The thread that folds the journal a second time, beside the core, and leaves a snapshot. */
#include "server/fold.h"
#include "server/inside.h"
#include "server/log.h"
#include <stdlib.h>
#include <string.h>

struct amp_snapshots {
    struct amp_server *server;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool wanted, runs;
    atomic_bool stopping;
    /* the core's own */
    uint64_t have;     /* number of the snapshot in force; 0 none */
    uint64_t asked_at; /* the journal's size when one was last asked for */
    uint64_t erased;   /* number of the last erasure: an older snapshot holds what was erased */
};

struct offer { /* from the thread to the core */
    uint64_t seq;
    struct amp_buf secret;
};

/* ---- on the core's thread ---- */

static amp_err secrets_remove(struct amp_job *job, uint64_t seq)
{
    char name[AMP_SNAPSHOT_NAME];
    amp_fold_snapshot_name(seq, name);
    return amp_job_secret_remove(job, amp_str_of(name));
}

/* On the writer's thread: only files that no secret opens are left. */
static void taken_durable(struct amp_server *server, struct amp_job *job)
{
    amp_fold_tidy(server->config.dir, job->result.seq);
    amp_job_destroy(job);
}

static void offer_take(struct amp_server *server, struct amp_job *job)
{
    struct amp_snapshots *snapshots = server->snapshots;
    struct offer *offer = job->data;
    char name[AMP_SNAPSHOT_NAME];
    amp_fold_snapshot_name(offer->seq, name);
    bool stale = offer->seq < snapshots->erased || offer->seq <= snapshots->have;
    amp_err err = stale ? AMP_E_CONFLICT : AMP_OK;
    err = err ? err : amp_job_secret_keep(job, amp_str_of(name), &offer->secret);
    if (err == AMP_OK && snapshots->have != 0) {
        err = secrets_remove(job, snapshots->have);
    }
    amp_buf_free(&offer->secret);
    if (err != AMP_OK || !amp_core_may_write(server)) {
        amp_fold_tidy(server->config.dir, snapshots->have);
        amp_job_destroy(job);
        return;
    }
    snapshots->have = offer->seq;
    job->result.seq = offer->seq;
    job->after = taken_durable;
    amp_core_submit(server, job);
}

static void want(struct amp_snapshots *snapshots)
{
    snapshots->asked_at = snapshots->server->state.seq;
    (void)pthread_mutex_lock(&snapshots->lock);
    snapshots->wanted = true;
    (void)pthread_cond_signal(&snapshots->changed);
    (void)pthread_mutex_unlock(&snapshots->lock);
}

void amp_snapshots_tick(struct amp_server *server)
{
    struct amp_snapshots *snapshots = server->snapshots;
    if (snapshots == NULL) {
        return;
    }
    uint64_t since = snapshots->have > snapshots->asked_at ? snapshots->have : snapshots->asked_at;
    bool room = amp_scarce_has(&server->scarce, AMP_SCARCE_SAID);
    if (room && server->state.seq - since >= server->config.snapshot_every) {
        want(snapshots);
    }
}

amp_err amp_snapshots_erase(struct amp_server *server, struct amp_job *job)
{
    struct amp_snapshots *snapshots = server->snapshots;
    if (snapshots == NULL) {
        return AMP_OK;
    }
    amp_err err = snapshots->have != 0 ? secrets_remove(job, snapshots->have) : AMP_OK;
    snapshots->erased = server->state.seq + 1; /* the erasure itself is not applied yet */
    if (snapshots->have != 0) {
        snapshots->have = 0;
        snapshots->asked_at = 0; /* a new one soon: what was long to fold still is */
    }
    return err;
}

/* ---- the thread ---- */

static amp_err snapshot_make(struct amp_server *server, struct amp_why *why)
{
    struct amp_store *store = server->config.store;
    struct amp_store *reader = NULL;
    struct amp_state state = {0};
    struct amp_fold_result fold = {.journal = NULL};
    struct amp_buf secret = amp_buf_make(AMP_SECRET_MAX);
    amp_err err = store->ops->reader(store, &reader, why);
    const struct amp_fold_source source = {.store = reader,
                                           .keys = server->keys,
                                           .dir = server->config.dir,
                                           .stop = &server->snapshots->stopping};
    err = err ? err : amp_fold_run(&source, &state, &fold, why);
    struct amp_head head = {.size = 0};
    if (err == AMP_OK) {
        head = amp_journal_head(fold.journal);
        err = amp_fold_save(server->config.dir, server->keys, &state, &head, &secret, why);
    }
    amp_journal_close(fold.journal);
    amp_state_finish(&state);
    amp_store_close(reader);
    struct amp_job *job = err == AMP_OK ? amp_job_create(server) : NULL;
    struct offer *offer = job != NULL ? amp_arena_alloc(&job->arena, sizeof *offer) : NULL;
    if (offer == NULL || err != AMP_OK) {
        amp_job_destroy(job);
        amp_buf_free(&secret);
        return err != AMP_OK ? err : AMP_E_NOMEM;
    }
    *offer = (struct offer){.seq = head.size, .secret = secret};
    job->data = offer;
    err = amp_core_return(server, job, offer_take);
    if (err != AMP_OK) { /* the core has ended: the next start tidies up */
        amp_buf_free(&offer->secret);
        amp_job_destroy(job);
    }
    return AMP_OK;
}

static void *snapshots_main(void *arg)
{
    struct amp_snapshots *snapshots = arg;
    struct amp_server *server = snapshots->server;
    (void)pthread_mutex_lock(&snapshots->lock);
    while (!atomic_load(&snapshots->stopping)) {
        if (!snapshots->wanted) {
            (void)pthread_cond_wait(&snapshots->changed, &snapshots->lock);
            continue;
        }
        snapshots->wanted = false;
        (void)pthread_mutex_unlock(&snapshots->lock);
        struct amp_why why = {""};
        amp_err err = snapshot_make(server, &why);
        if (err != AMP_OK && !atomic_load(&snapshots->stopping)) {
            amp_log(false, AMP_LOG_WARN, "snapshot-failed", "%s; the next start takes longer",
                    why.text[0] != '\0' ? why.text : amp_err_words(err));
        }
        (void)pthread_mutex_lock(&snapshots->lock);
    }
    (void)pthread_mutex_unlock(&snapshots->lock);
    return NULL;
}

/* The one the store has the key of, whether or not it was of use. */
static amp_err have_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    struct amp_snapshots *snapshots = ctx;
    struct amp_str kind = {0};
    uint64_t seq = 0;
    (void)value;
    if (amp_str_u64(amp_str_cut(name, '/', &kind), &seq) == AMP_OK) {
        snapshots->have = seq;
    }
    return AMP_OK;
}

amp_err amp_snapshots_start(struct amp_server *server)
{
    if (server->config.dir == NULL || server->config.snapshot_every == 0) {
        return AMP_OK;
    }
    struct amp_snapshots *snapshots = calloc(1, sizeof *snapshots);
    if (snapshots == NULL) {
        return AMP_E_NOMEM;
    }
    snapshots->server = server;
    (void)pthread_mutex_init(&snapshots->lock, NULL);
    (void)pthread_cond_init(&snapshots->changed, NULL);
    struct amp_store *store = server->config.store;
    amp_err err = store->ops->secrets(store, AMP_STR("snapshot/"), snapshots, have_visit, NULL);
    if (err != AMP_OK) {
        amp_snapshots_destroy(snapshots);
        return err;
    }
    amp_fold_tidy(server->config.dir, snapshots->have);
    server->snapshots = snapshots;
    if (pthread_create(&snapshots->thread, NULL, snapshots_main, snapshots) != 0) {
        return AMP_E_NOMEM; /* the server, which has it now, stops it */
    }
    snapshots->runs = true;
    return AMP_OK;
}

void amp_snapshots_stop(struct amp_snapshots *snapshots)
{
    if (snapshots == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&snapshots->lock);
    atomic_store(&snapshots->stopping, true);
    (void)pthread_cond_signal(&snapshots->changed);
    (void)pthread_mutex_unlock(&snapshots->lock);
    if (snapshots->runs) {
        (void)pthread_join(snapshots->thread, NULL);
        snapshots->runs = false;
    }
}

void amp_snapshots_destroy(struct amp_snapshots *snapshots)
{
    if (snapshots != NULL) {
        (void)pthread_cond_destroy(&snapshots->changed);
        (void)pthread_mutex_destroy(&snapshots->lock);
        free(snapshots);
    }
}
