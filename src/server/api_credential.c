/* One-time links, and what people do with their own passwords and second factors. */
#include "server/login.h"
#include "server/random.h"
#include <stdio.h>
#include <string.h>

enum {
    BODY_MAX = 8192
};

/* ---- what is stored ---- */

static amp_err password_store(struct amp_server *server, struct amp_job *job,
                              const struct amp_login *login)
{
    struct amp_credential *credential =
        amp_credential_change(server, job, amp_str_of(login->account));
    char name[AMP_CREDENTIAL_NAME];
    if (credential == NULL) {
        return AMP_E_NOMEM;
    }
    memcpy(credential->password, login->new_hash, sizeof credential->password);
    amp_credential_name(login->account, "password", name);
    return amp_job_secret_put(job, amp_str_of(name), amp_str_of(login->new_hash));
}

static void credential_command(struct amp_job *job, const char *factor, bool removed)
{
    const struct amp_login *login = job->data;
    job->command.kind = AMP_CMD_SET_CREDENTIAL;
    job->command.f.account = amp_arena_str(&job->arena, amp_str_of(login->account));
    job->command.f.factor = amp_str_of(factor);
    job->command.f.has = AMP_HAS(ACCOUNT) | AMP_HAS(FACTOR);
    if (removed) {
        job->command.f.disabled = true;
        job->command.f.has |= AMP_HAS(DISABLED);
    }
}

/* ---- one-time links ---- */

static void setup_gone(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    (void)amp_fail(&why, AMP_E_UNAUTHENTICATED,
                   "this link was used or has expired; ask an admin for a new one");
    amp_core_refuse(server, job, AMP_E_UNAUTHENTICATED, &why);
}

static void setup_back(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = job->data;
    const struct amp_account *account =
        amp_state_account(&server->state, amp_str_of(login->account));
    if (account == NULL || account->disabled || login->err != AMP_OK ||
        !amp_directory_setup(server->directory, login->token, server->now_us, &login->setup)) {
        setup_gone(server, job);
        return;
    }
    if (!amp_api_room(server, job)) {
        return;
    }
    amp_err err = amp_badge_end(server, job, &login->setup);
    err = err ? err : password_store(server, job, login);
    err = err ? err : amp_login_session(server, job, "setup", &job->also);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    credential_command(job, "password", false);
    job->has_also = true;
    amp_core_commit(server, job, 200, amp_login_see);
}

void amp_api_setup(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = amp_login_make(server, job);
    struct amp_why why = {""};
    job->key = (struct amp_str){0}; /* what is told once is not repeated */
    if (login == NULL) {
        return;
    }
    const struct amp_want want[] = {{"token", &login->token, true},
                                    {"password", &login->fresh, true}};
    amp_err err = amp_login_body(job, want, sizeof want / sizeof want[0], &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!amp_directory_setup(server->directory, login->token, server->now_us, &login->setup)) {
        (void)amp_lockout_failed(server->lockout, amp_login_address_key(server, job),
                                 amp_clock_steady_us());
        setup_gone(server, job);
        return;
    }
    (void)snprintf(login->account, sizeof login->account, "%s", login->setup.account);
    err = amp_login_fresh(login, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_core_scribe(server, job, amp_login_verify, setup_back);
}

/* ---- what one does with one's own credentials ---- */

/* Only who logged in by a session; a token that was stolen changes no password. */
static struct amp_login *own_login(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (job->who.kind != AMP_IDENTITY_BADGE || job->who.badge_kind != AMP_BADGE_SESSION) {
        (void)amp_fail(&why, AMP_E_FORBIDDEN, "this needs a session of a person who logged in");
        amp_core_refuse(server, job, AMP_E_FORBIDDEN, &why);
        return NULL;
    }
    struct amp_login *login = amp_login_make(server, job);
    if (login != NULL) {
        (void)snprintf(login->account, sizeof login->account, "%s", job->who.who.account);
    }
    return login;
}

static void own_back(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = job->data;
    struct amp_why why = {""};
    if (amp_login_locked(server, job) || !amp_api_room(server, job)) {
        return;
    }
    if (!amp_login_good(login,
                        amp_credential_find(&server->credentials, amp_str_of(login->account)))) {
        (void)amp_lockout_failed(server->lockout, amp_login_account_key(server, job),
                                 amp_clock_steady_us());
        (void)amp_fail(&why, AMP_E_FORBIDDEN, "the password is not the one of this account");
        amp_core_refuse(server, job, login->err != AMP_OK ? login->err : AMP_E_FORBIDDEN, &why);
        return;
    }
    login->then(server, job);
}

static void own_verify(struct amp_server *server, struct amp_job *job, const struct amp_want *want,
                       size_t n, amp_step_fn *then)
{
    struct amp_login *login = job->data;
    struct amp_why why = {""};
    amp_err err = amp_login_body(job, want, n, &why);
    if (err == AMP_OK && then != NULL && login->fresh.len > 0) {
        err = amp_login_fresh(login, &why);
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!amp_login_locked(server, job)) {
        login->then = then;
        amp_login_hash(server, login);
        amp_core_scribe(server, job, amp_login_verify, own_back);
    }
}

static void password_then(struct amp_server *server, struct amp_job *job)
{
    const struct amp_login *login = job->data;
    amp_err err = password_store(server, job, login);
    err =
        err ? err
            : amp_badges_end(server, job, login->account, 1U << AMP_BADGE_SESSION, job->who.badge);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    credential_command(job, "password", false);
    amp_core_commit(server, job, 204, NULL);
}

void amp_api_password(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = own_login(server, job);
    if (login != NULL) {
        const struct amp_want want[] = {{"old", &login->password, true},
                                        {"new", &login->fresh, true}};
        own_verify(server, job, want, 2, password_then);
    }
}

static void totp_then(struct amp_server *server, struct amp_job *job)
{
    const struct amp_login *login = job->data;
    struct amp_credential *credential =
        amp_credential_of(&server->credentials, amp_str_of(login->account));
    struct amp_buf secret = amp_buf_make(BODY_MAX), uri = amp_buf_make(BODY_MAX);
    if (credential == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    amp_random(credential->offered, sizeof credential->offered);
    credential->offered_on = true;
    amp_base32_put(&secret, credential->offered, sizeof credential->offered);
    amp_err err = amp_totp_uri(&uri, AMP_STR("Amparo"), amp_str_of(login->account),
                               credential->offered, sizeof credential->offered);
    struct amp_json js = amp_api_open(server, job);
    amp_json_buf_of(&js, "secret", &secret);
    amp_json_buf_of(&js, "uri", &uri);
    amp_json_close(&js, '}');
    amp_buf_free(&secret);
    amp_buf_free(&uri);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
    } else {
        amp_core_answer(server, job, 200);
    }
}

void amp_api_totp(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = own_login(server, job);
    if (login != NULL) {
        const struct amp_want want[] = {{"password", &login->password, true}};
        own_verify(server, job, want, 1, totp_then);
    }
}

void amp_api_totp_confirm(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = own_login(server, job);
    struct amp_why why = {""};
    if (login == NULL) {
        return;
    }
    const struct amp_want want[] = {{"code", &login->code, true}};
    struct amp_credential *credential =
        amp_credential_change(server, job, amp_str_of(login->account));
    uint64_t step = 0;
    amp_err err = credential != NULL ? amp_login_body(job, want, 1, &why) : AMP_E_NOMEM;
    if (err == AMP_OK && !credential->offered_on) {
        err = amp_fail(&why, AMP_E_CONFLICT, "begin with POST /v1/totp");
    }
    if (err == AMP_OK && amp_totp_check(credential->offered, sizeof credential->offered,
                                        login->code, server->now_us, &step) != AMP_OK) {
        err = amp_fail(&why, AMP_E_RANGE, "the code is not the one of this moment");
    }
    if (err == AMP_OK) {
        memcpy(credential->totp, credential->offered, sizeof credential->totp);
        amp_wipe(credential->offered, sizeof credential->offered);
        credential->offered_on = false;
        credential->totp_on = true;
        credential->totp_step = step;
        err = amp_login_totp_store(server, job, credential);
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    credential_command(job, "totp", false);
    amp_core_commit(server, job, 204, NULL);
}

static void totp_remove_then(struct amp_server *server, struct amp_job *job)
{
    const struct amp_login *login = job->data;
    if (amp_api_totp_forget(server, job, login->account) != AMP_OK) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    credential_command(job, "totp", true);
    amp_core_commit(server, job, 204, NULL);
}

void amp_api_totp_remove(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = own_login(server, job);
    if (login != NULL) {
        const struct amp_want want[] = {{"password", &login->password, true}};
        own_verify(server, job, want, 1, totp_remove_then);
    }
}

amp_err amp_api_totp_forget(struct amp_server *server, struct amp_job *job, const char *account)
{
    struct amp_credential *credential = amp_credential_change(server, job, amp_str_of(account));
    char name[AMP_CREDENTIAL_NAME];
    if (credential == NULL) {
        return AMP_E_NOMEM;
    }
    credential->totp_on = false;
    credential->offered_on = false;
    amp_wipe(credential->totp, sizeof credential->totp);
    amp_credential_name(account, "totp", name);
    return amp_job_secret_remove(job, amp_str_of(name));
}
