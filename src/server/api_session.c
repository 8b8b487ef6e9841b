/* Who is asking: log in and out, and sessions. */
#include "server/login.h"
#include "server/sight.h"
#include <stdio.h>
#include <string.h>

/* ---- what is told ---- */

void amp_api_identity_write(struct amp_json *js, struct amp_server *server,
                            const struct amp_identity *who)
{
    static const char *const kinds[] = {
        [AMP_IDENTITY_OPEN] = "demo", [AMP_IDENTITY_LOCAL] = "local"};
    const struct amp_agency *agency =
        amp_state_agency_at(&server->state, (struct amp_agency_id){who->who.agency});
    const struct amp_credential *credential =
        amp_credential_find(&server->credentials, amp_str_of(who->who.account));
    bool badge = who->kind == AMP_IDENTITY_BADGE;
    amp_json_text_of(js, "account", who->who.account);
    amp_json_text_of(js, "role", amp_role_name(who->who.role));
    amp_json_text_of(js, "agency", agency != NULL ? agency->code : NULL);
    amp_json_text_of(js, "unit", who->who.unit[0] != '\0' ? who->who.unit : NULL);
    amp_json_text_of(js, "session", badge ? who->badge : NULL);
    amp_json_bool_of(js, "demo", who->kind == AMP_IDENTITY_OPEN);
    amp_json_text_of(js, "factor", badge ? who->factor : kinds[who->kind]);
    amp_json_bool_of(js, "totp", credential != NULL && credential->totp_on);
    amp_json_key(js, "may");
    amp_json_open(js, '[');
    for (unsigned i = 0; i < AMP_PERMIT_COUNT; i++) {
        if ((who->may & UINT32_C(1) << i) != 0) {
            amp_json_put_text(js, amp_permit_name((enum amp_permit)i));
        }
    }
    amp_json_close(js, ']');
}

void amp_api_session(struct amp_server *server, struct amp_job *job)
{
    amp_login_see(server, job, NULL);
    amp_core_answer(server, job, 200);
}

/* ---- logging in ---- */

static void see_wrong(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    struct amp_why why = {""};
    bool code = amp_str_is(job->command.f.factor, "totp");
    (void)server;
    (void)decision;
    (void)amp_fail(&why, AMP_E_UNAUTHENTICATED,
                   code ? "the code is not the one of this moment"
                        : "account and password do not belong together");
    amp_job_problem(job, code ? AMP_E_SECOND_FACTOR : AMP_E_UNAUTHENTICATED, &why);
}

/* A wrong attempt is an event, with the account's name only if there is such an account: what was
 * typed may be a password in the wrong box. */
static void wrong(struct amp_server *server, struct amp_job *job, const char *factor)
{
    struct amp_login *login = job->data;
    int64_t now_us = amp_clock_steady_us();
    (void)amp_lockout_failed(server->lockout, amp_login_account_key(server, job), now_us);
    (void)amp_lockout_failed(server->lockout, amp_login_address_key(server, job), now_us);
    job->actor = AMP_STR("nobody");
    job->who.who.role = AMP_ROLE_NONE;
    job->command.kind = AMP_CMD_FAIL_LOGIN;
    job->command.f.factor = amp_str_of(factor);
    job->command.f.has = AMP_HAS(FACTOR);
    if (amp_state_account(&server->state, amp_str_of(login->account)) != NULL) {
        job->command.f.account = amp_str_of(login->account);
        job->command.f.has |= AMP_HAS(ACCOUNT);
    }
    amp_core_commit(server, job, 401, see_wrong);
}

/* AMP_OK, or what the second factor lacks. */
static amp_err factor_check(struct amp_server *server, struct amp_job *job,
                            struct amp_credential *credential, const char **factor)
{
    const struct amp_login *login = job->data;
    *factor = credential->totp_on ? "totp" : "password";
    if (!credential->totp_on) {
        return AMP_OK;
    }
    if (login->code.len == 0) {
        return AMP_E_MISSING;
    }
    struct amp_credential *after = amp_credential_change(server, job, amp_str_of(login->account));
    if (after == NULL) {
        return AMP_E_NOMEM;
    }
    if (amp_totp_check(after->totp, sizeof after->totp, login->code, server->now_us,
                       &after->totp_step) != AMP_OK) {
        return AMP_E_SECOND_FACTOR;
    }
    return amp_login_totp_store(server, job, after);
}

static void login_back(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = job->data;
    const struct amp_account *account =
        amp_state_account(&server->state, amp_str_of(login->account));
    struct amp_credential *credential =
        amp_credential_find(&server->credentials, amp_str_of(login->account));
    const char *factor = NULL;
    if (amp_login_locked(server, job) || !amp_api_room(server, job)) {
        return; /* many attempts at once were let through before the first was known to be wrong */
    }
    if (!amp_login_good(login, credential) || account == NULL || account->disabled) {
        wrong(server, job, "password");
        return;
    }
    amp_err err = factor_check(server, job, credential, &factor);
    if (err == AMP_E_SECOND_FACTOR) {
        wrong(server, job, "totp");
        return;
    }
    if (err == AMP_E_MISSING) {
        amp_core_refuse(server, job, AMP_E_SECOND_FACTOR, NULL);
        return;
    }
    amp_lockout_clear(server->lockout, amp_login_account_key(server, job));
    amp_lockout_clear(server->lockout,
                      amp_login_address_key(server, job)); /* a room has one, often */
    err = err ? err : amp_login_session(server, job, factor, &job->command);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    amp_core_commit(server, job, 200, amp_login_see);
}

void amp_api_session_open(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = amp_login_make(server, job);
    struct amp_str account = {0};
    struct amp_why why = {""};
    job->key = (struct amp_str){0}; /* what is told once is not repeated */
    if (login == NULL) {
        return;
    }
    const struct amp_want want[] = {{"account", &account, true},
                                    {"password", &login->password, true},
                                    {"code", &login->code, false}};
    amp_err err = amp_login_body(job, want, sizeof want / sizeof want[0], &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (amp_str_copy(login->account, sizeof login->account, account) != AMP_OK) {
        login->account[0] = '\0'; /* no account has so long a name */
    }
    if (amp_login_locked(server, job)) {
        return;
    }
    amp_login_hash(server, login);
    amp_core_scribe(server, job, amp_login_verify, login_back);
}

/* ---- logging out, and sessions ---- */

static void session_end(struct amp_server *server, struct amp_job *job,
                        const struct amp_badge *badge)
{
    char id[AMP_BADGE_ID];
    if (!amp_api_room(server, job)) {
        return;
    }
    amp_badge_id(badge->hash, id);
    amp_err err = amp_badge_end(server, job, badge);
    job->command.kind = AMP_CMD_END_SESSION;
    job->command.f.account = amp_arena_str(&job->arena, amp_str_of(badge->account));
    job->command.f.session = amp_arena_str(&job->arena, amp_str_of(id));
    job->command.f.has = AMP_HAS(ACCOUNT) | AMP_HAS(SESSION);
    if (err != AMP_OK || amp_arena_failed(&job->arena)) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    amp_core_commit(server, job, 204, NULL);
}

void amp_api_session_end(struct amp_server *server, struct amp_job *job)
{
    struct amp_badge badge;
    struct amp_why why = {""};
    if (job->who.kind != AMP_IDENTITY_BADGE || job->who.badge_kind != AMP_BADGE_SESSION ||
        !amp_directory_badge_by_id(server->directory, job->who.badge, &badge)) {
        (void)amp_fail(&why, AMP_E_CONFLICT, "there is no session to end");
        amp_core_refuse(server, job, AMP_E_CONFLICT, &why);
        return;
    }
    (void)!amp_login_cookie(job, "", 0);
    session_end(server, job, &badge);
}

/* Its own badges, or anybody's for an admin: of the same agency, if the admin is of one. */
static bool may_touch(const struct amp_server *server, const struct amp_job *job,
                      const char *account)
{
    bool admin = (job->who.may & AMP_MAY(ADMIN)) != 0;
    return strcmp(job->who.who.account, account) == 0 ||
           (admin && amp_sight_account(&server->state, &job->who, amp_str_of(account)));
}

static void badge_view(struct amp_json *js, const struct amp_badge *badge,
                       const struct amp_identity *who)
{
    char id[AMP_BADGE_ID];
    amp_badge_id(badge->hash, id);
    amp_json_open(js, '{');
    amp_json_text_of(js, "session", id);
    amp_json_text_of(js, "account", badge->account);
    amp_json_time_of(js, "opened", badge->made_us);
    amp_json_time_of(js, "seen", badge->seen_us);
    amp_json_text_of(js, "factor", badge->factor);
    amp_json_bool_of(js, "current", strcmp(id, who->badge) == 0);
    amp_json_close(js, '}');
}

void amp_api_sessions(struct amp_server *server, struct amp_job *job)
{
    enum {
        LISTED = 1024
    };
    struct amp_str asked = amp_api_query(job, "account");
    char account[AMP_WORD_MAX + 1];
    if (asked.len == 0) {
        asked = amp_str_of(job->who.who.account);
    }
    struct amp_badge *badge = amp_arena_array(&job->arena, LISTED, sizeof *badge);
    if (badge == NULL || amp_str_copy(account, sizeof account, asked) != AMP_OK ||
        !may_touch(server, job, account)) {
        amp_core_refuse(server, job, badge == NULL ? AMP_E_NOMEM : AMP_E_FORBIDDEN, NULL);
        return;
    }
    size_t n =
        amp_directory_badges(server->directory, account, 1U << AMP_BADGE_SESSION, badge, LISTED);
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "sessions");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < n; i++) {
        if (badge[i].expires_us > server->now_us) {
            badge_view(&js, &badge[i], &job->who);
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

void amp_api_session_revoke(struct amp_server *server, struct amp_job *job)
{
    struct amp_badge badge;
    struct amp_why why = {""};
    char id[AMP_BADGE_ID];
    if (amp_str_copy(id, sizeof id, job->param[0]) != AMP_OK ||
        !amp_directory_badge_by_id(server->directory, id, &badge) ||
        badge.kind != AMP_BADGE_SESSION || !may_touch(server, job, badge.account)) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such session");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    session_end(server, job, &badge);
}
