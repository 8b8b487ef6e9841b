/* What a new journal needs first: its keys, its signing key, and a way in for the first admin. */
#include "server/inside.h"

#define FIRST_ADMIN "admin"

struct first {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool ended;
    amp_err err;
    struct amp_why why;
};

/* The check of the master key, and the service's own key. */
static amp_err keys_first(struct amp_server *server, struct amp_job *job)
{
    if (!amp_keys_check_needed(server->keys)) {
        return AMP_OK;
    }
    const struct amp_incident_id own = {0};
    char name[AMP_KEYS_NAME];
    struct amp_buf value = amp_buf_make(AMP_SECRET_MAX);
    amp_keys_check_write(server->keys, &value);
    amp_err err = amp_job_secret_keep(job, amp_str_of(amp_keys_check_name), &value);
    amp_buf_clear(&value);
    amp_keys_make(server->keys, own, &value);
    amp_keys_name(own, name);
    err = err ? err : amp_job_secret_keep(job, amp_str_of(name), &value);
    amp_buf_free(&value);
    return err;
}

static bool somebody_can_log_in(const struct amp_server *server)
{
    for (size_t i = 0; i < server->credentials.n; i++) {
        if (server->credentials.at[i].password[0] != '\0') {
            return true;
        }
    }
    return false;
}

/* A one-time link for the first admin, made anew at each start until one was used. */
static amp_err link_make(struct amp_server *server, struct amp_job *job)
{
    struct amp_badge badge = {.kind = AMP_BADGE_SETUP,
                              .may = UINT32_MAX,
                              .account = FIRST_ADMIN,
                              .expires_us = server->now_us + AMP_SETUP_S * INT64_C(1000000)};
    amp_err err = amp_badges_end(server, job, FIRST_ADMIN, 1U << AMP_BADGE_SETUP, "");
    return err == AMP_OK ? amp_badge_issue(server, job, &badge, server->setup_text) : err;
}

static void step_first(struct amp_server *server, struct amp_job *job)
{
    bool admin = server->config.invite && !somebody_can_log_in(server);
    bool account = admin && amp_state_account(&server->state, AMP_STR(FIRST_ADMIN)) == NULL;
    job->actor = AMP_STR("setup");
    amp_err err = keys_first(server, job);
    err = err ? err : amp_signer_make(server, job);
    err = err ? err : admin ? link_make(server, job) : AMP_OK;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    if (amp_signer_restored(server->signer)) { /* another key from here on: that is an event */
        job->also.kind = AMP_CMD_SET_LOG_KEY;
        job->also.f.vkey = amp_str_of(amp_signer_vkey(server->signer));
        job->also.f.has = AMP_HAS(VKEY);
        job->has_also = account;
        job->command = account ? job->command : job->also;
    }
    if (account) {
        job->command.kind = AMP_CMD_ADD_ACCOUNT;
        job->command.f.account = AMP_STR(FIRST_ADMIN);
        job->command.f.role = AMP_ROLE_ADMIN;
        job->command.f.has = AMP_HAS(ACCOUNT) | AMP_HAS(ROLE);
    }
    if (job->command.f.has != 0) {
        amp_core_commit(server, job, 200, NULL);
    } else if (job->secret_n > 0) {
        amp_core_submit(server, job);
    } else {
        amp_core_settle(server, job);
    }
}

static void outcome_told(void *ctx, const struct amp_outcome *outcome)
{
    struct first *first = ctx;
    (void)pthread_mutex_lock(&first->lock);
    first->err = outcome->err;
    (void)amp_fail(&first->why, outcome->err, "%s", outcome->why);
    first->ended = true;
    (void)pthread_cond_signal(&first->done);
    (void)pthread_mutex_unlock(&first->lock);
}

amp_err amp_first_steps(struct amp_server *server, struct amp_why *why)
{
    struct first first = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    job->step = step_first;
    job->outcome = outcome_told;
    job->reply_ctx = &first;
    amp_err err = amp_core_push(server, job);
    if (err != AMP_OK) {
        amp_job_destroy(job);
        return err;
    }
    (void)pthread_mutex_lock(&first.lock);
    while (!first.ended) {
        (void)pthread_cond_wait(&first.done, &first.lock);
    }
    (void)pthread_mutex_unlock(&first.lock);
    return first.err == AMP_OK ? AMP_OK : amp_fail(why, first.err, "%s", first.why.text);
}
