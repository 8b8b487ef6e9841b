/* Who is asking: log in and out, one-time links, passwords, second factors, sessions. */
#include "server/api.h"
#include "server/log.h"
#include "server/random.h"
#include "server/sight.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_MAX = 8192,
    SECOND_US = 1000000
};

/* For an account that is not there, so that it takes as long to refuse: a hash of nothing. */
static const char nobody_hash[] = "$argon2id$v=19$m=19456,t=2,p=1$YW1wYXJvLW5vYm9keS1pcw$"
                                  "3q2rq+1nq3K0m2jVw1tF3m0oQZ2Y2y0bq0b2m0c1d2E";

struct login { /* of one request, in its arena */
    char account[AMP_WORD_MAX + 1];
    struct amp_str password, fresh, code, token;
    char hash[AMP_PASSWORD_HASH];     /* to verify with */
    char new_hash[AMP_PASSWORD_HASH]; /* of `fresh` */
    bool good;
    amp_err err;
    amp_step_fn *then; /* once the password is known to be right */
    struct amp_badge setup;
};

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

static void session_write(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_api_open(server, job);
    amp_api_identity_write(&js, server, &job->who);
    amp_json_close(&js, '}');
}

void amp_api_session(struct amp_server *server, struct amp_job *job)
{
    session_write(server, job);
    amp_core_answer(server, job, 200);
}

static const char *cookie_name(const struct amp_job *job)
{
    return job->peer.secure ? "__Host-amparo" : "amparo";
}

static amp_err cookie_set(struct amp_job *job, const char *value, int64_t age_s)
{
    struct amp_str text = amp_arena_printf(
        &job->arena, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", cookie_name(job),
        value, (long long)age_s, job->peer.secure ? "; Secure" : "");
    return amp_job_field(job, "Set-Cookie", text);
}

/* ---- reading bodies: small objects of texts ---- */

struct want {
    const char *name;
    struct amp_str *out;
    bool required;
};

static amp_err member_take(struct amp_job *job, const json_t *obj, const struct want *want,
                           struct amp_why *why)
{
    struct amp_str text = {0};
    amp_err err = amp_json_str(obj, want->name, &text, why);
    if (err == AMP_OK && want->required && text.len == 0) {
        err = amp_fail(why, AMP_E_MISSING, "the body needs \"%s\"", want->name);
    }
    if (err == AMP_OK && text.len > 0) {
        *want->out = amp_arena_str(&job->arena, text);
        err = amp_arena_failed(&job->arena) ? AMP_E_NOMEM : AMP_OK;
    }
    return err;
}

static amp_err names_check(const json_t *obj, const struct want *want, size_t n,
                           struct amp_why *why)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)obj, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < n; i++) {
            known = known || strcmp(name, want[i].name) == 0;
        }
        if (!known) {
            return amp_fail(why, AMP_E_SYNTAX, "the body has no member \"%.64s\"", name);
        }
    }
    return AMP_OK;
}

static amp_err body_take(struct amp_job *job, const struct want *want, size_t n,
                         struct amp_why *why)
{
    json_t *obj = NULL;
    amp_err err = amp_json_read(job->body, BODY_MAX, &obj, why);
    if (err != AMP_OK) {
        return err;
    }
    if (!json_is_object(obj)) {
        err = amp_fail(why, AMP_E_SYNTAX, "the body must be an object");
    } else {
        err = names_check(obj, want, n, why);
    }
    for (size_t i = 0; i < n && err == AMP_OK; i++) {
        err = member_take(job, obj, &want[i], why);
    }
    json_decref(obj);
    return err;
}

/* ---- passwords: slow on purpose, so on a thread of their own ---- */

static void scribe_verify(struct amp_server *server, struct amp_job *job,
                          struct amp_scratch *scratch)
{
    struct login *login = job->data;
    (void)server;
    (void)scratch;
    if (login->hash[0] != '\0') {
        login->good = amp_password_verify(login->password, login->hash);
    }
    if (login->fresh.len > 0) {
        login->err = amp_password_hash(login->fresh, login->new_hash);
    }
}

static amp_err fresh_check(const struct login *login, struct amp_why *why)
{
    if (login->fresh.len < AMP_PASSWORD_LEAST) {
        return amp_fail(why, AMP_E_RANGE, "a password has at least %d characters",
                        AMP_PASSWORD_LEAST);
    }
    if (login->fresh.len > AMP_PASSWORD_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "a password has at most %d bytes", AMP_PASSWORD_MAX);
    }
    if (amp_str_is(login->fresh, login->account)) {
        return amp_fail(why, AMP_E_RANGE, "a password is not the name of its account");
    }
    return AMP_OK;
}

static struct login *login_make(struct amp_server *server, struct amp_job *job)
{
    struct login *login = amp_arena_alloc(&job->arena, sizeof *login);
    if (login == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return NULL;
    }
    job->data = login;
    return login;
}

/* The hash to verify with: the account's, or one that nothing fits. */
static void hash_choose(struct amp_server *server, struct login *login)
{
    const struct amp_credential *credential =
        amp_credential_find(&server->credentials, amp_str_of(login->account));
    bool has = credential != NULL && credential->password[0] != '\0';
    (void)snprintf(login->hash, sizeof login->hash, "%s", has ? credential->password : nobody_hash);
}

/* ---- logging in ---- */

static uint64_t account_key(const struct amp_server *server, struct amp_job *job)
{
    const struct login *login = job->data;
    return amp_keyed_hash(server->hash_seed,
                          amp_arena_printf(&job->arena, "account %s", login->account));
}

static uint64_t address_key(const struct amp_server *server, struct amp_job *job)
{
    return amp_keyed_hash(server->hash_seed,
                          amp_arena_printf(&job->arena, "address %s", job->peer.addr));
}

/* How long this account, or this address, has to wait; 0: not at all. */
static int64_t wait_us(struct amp_server *server, struct amp_job *job)
{
    int64_t now_us = amp_clock_steady_us();
    int64_t account_us = amp_lockout_left(server->lockout, account_key(server, job), now_us);
    int64_t address_us = amp_lockout_left(server->lockout, address_key(server, job), now_us);
    return account_us > address_us ? account_us : address_us;
}

static bool locked_out(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    int64_t wait = wait_us(server, job);
    if (wait <= 0) {
        return false;
    }
    long long seconds = (long long)((wait + SECOND_US - 1) / SECOND_US);
    (void)amp_fail(&why, AMP_E_TOO_MANY, "too many wrong attempts: try again in %lld s", seconds);
    (void)!amp_job_field(job, "Retry-After", amp_arena_printf(&job->arena, "%lld", seconds));
    amp_core_refuse(server, job, AMP_E_TOO_MANY, &why);
    return true;
}

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
    struct login *login = job->data;
    int64_t now_us = amp_clock_steady_us();
    (void)amp_lockout_failed(server->lockout, account_key(server, job), now_us);
    (void)amp_lockout_failed(server->lockout, address_key(server, job), now_us);
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

/* The session used longest ago makes room for a new one. */
static amp_err sessions_limit(struct amp_server *server, struct amp_job *job, const char *account)
{
    struct amp_badge *badge = amp_arena_array(&job->arena, AMP_SESSIONS_EACH, sizeof *badge);
    if (badge == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = amp_directory_badges(server->directory, account, 1U << AMP_BADGE_SESSION, badge,
                                    AMP_SESSIONS_EACH);
    size_t oldest = 0;
    for (size_t i = 1; i < n; i++) {
        oldest = badge[i].seen_us < badge[oldest].seen_us ? i : oldest;
    }
    return n < AMP_SESSIONS_EACH ? AMP_OK : amp_badge_end(server, job, &badge[oldest]);
}

/* Fills `command` to open a session of the account of job->data, and the answer's cookie. */
static amp_err session_make(struct amp_server *server, struct amp_job *job, const char *factor,
                            struct amp_command *command)
{
    const struct login *login = job->data;
    struct amp_badge badge = {.kind = AMP_BADGE_SESSION,
                              .may = UINT32_MAX,
                              .expires_us = server->now_us + (int64_t)AMP_SESSION_S * SECOND_US};
    char text[AMP_BADGE_TEXT], id[AMP_BADGE_ID];
    (void)snprintf(badge.account, sizeof badge.account, "%s", login->account);
    (void)snprintf(badge.factor, sizeof badge.factor, "%s", factor);
    amp_err err = sessions_limit(server, job, login->account);
    err = err ? err : amp_badge_issue(server, job, &badge, text);
    err = err ? err : cookie_set(job, text, AMP_SESSION_S);
    if (err == AMP_OK &&
        !amp_directory_identify(server->directory, amp_str_of(text), server->now_us, &job->who)) {
        err = AMP_E_UNAUTHENTICATED; /* disabled meanwhile */
    }
    amp_wipe(text, sizeof text);
    if (err != AMP_OK) {
        return err;
    }
    amp_badge_id(badge.hash, id);
    job->actor = amp_arena_str(&job->arena, amp_str_of(login->account));
    command->kind = AMP_CMD_OPEN_SESSION;
    command->f.account = job->actor;
    command->f.session = amp_arena_str(&job->arena, amp_str_of(id));
    command->f.factor = amp_str_of(factor);
    command->f.has = AMP_HAS(ACCOUNT) | AMP_HAS(SESSION) | AMP_HAS(FACTOR);
    return amp_arena_failed(&job->arena) ? AMP_E_NOMEM : AMP_OK;
}

static void see_session(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    (void)decision;
    session_write(server, job);
}

static amp_err totp_store(struct amp_server *server, struct amp_job *job,
                          const struct amp_credential *credential)
{
    char name[AMP_CREDENTIAL_NAME];
    struct amp_buf plain = amp_buf_make(BODY_MAX), sealed = amp_buf_make(BODY_MAX);
    amp_credential_name(credential->account, "totp", name);
    amp_credential_totp_write(credential, &plain);
    amp_keys_wrap(server->keys, amp_str_of(name), amp_buf_view(&plain), &sealed);
    amp_err err = amp_buf_err(&plain);
    err = err ? err : amp_job_secret_keep(job, amp_str_of(name), &sealed);
    if (plain.data != NULL) {
        amp_wipe(plain.data, plain.cap);
    }
    amp_buf_free(&plain);
    amp_buf_free(&sealed);
    return err;
}

/* AMP_OK, or what the second factor lacks. */
static amp_err factor_check(struct amp_server *server, struct amp_job *job,
                            struct amp_credential *credential, const char **factor)
{
    const struct login *login = job->data;
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
    return totp_store(server, job, after);
}

/* The password was right, and is still the one: it may have been changed while it was checked. */
static bool is_good(const struct login *login, const struct amp_credential *credential)
{
    return login->good && login->err == AMP_OK && credential != NULL &&
           strcmp(login->hash, credential->password) == 0;
}

static void login_back(struct amp_server *server, struct amp_job *job)
{
    struct login *login = job->data;
    const struct amp_account *account =
        amp_state_account(&server->state, amp_str_of(login->account));
    struct amp_credential *credential =
        amp_credential_find(&server->credentials, amp_str_of(login->account));
    const char *factor = NULL;
    if (locked_out(server, job) || !amp_api_room(server, job)) {
        return; /* many attempts at once were let through before the first was known to be wrong */
    }
    if (!is_good(login, credential) || account == NULL || account->disabled) {
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
    amp_lockout_clear(server->lockout, account_key(server, job));
    amp_lockout_clear(server->lockout, address_key(server, job)); /* a room has one, often */
    err = err ? err : session_make(server, job, factor, &job->command);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    amp_core_commit(server, job, 200, see_session);
}

void amp_api_session_open(struct amp_server *server, struct amp_job *job)
{
    struct login *login = login_make(server, job);
    struct amp_str account = {0};
    struct amp_why why = {""};
    job->key = (struct amp_str){0}; /* what is told once is not repeated */
    if (login == NULL) {
        return;
    }
    const struct want want[] = {{"account", &account, true},
                                {"password", &login->password, true},
                                {"code", &login->code, false}};
    amp_err err = body_take(job, want, sizeof want / sizeof want[0], &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (amp_str_copy(login->account, sizeof login->account, account) != AMP_OK) {
        login->account[0] = '\0'; /* no account has so long a name */
    }
    if (locked_out(server, job)) {
        return;
    }
    hash_choose(server, login);
    amp_core_scribe(server, job, scribe_verify, login_back);
}

/* ---- logging out, and sessions ---- */

static void see_nothing(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    (void)server;
    (void)job;
    (void)decision;
}

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
    amp_core_commit(server, job, 204, see_nothing);
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
    (void)!cookie_set(job, "", 0);
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

/* ---- one-time links ---- */

static amp_err password_store(struct amp_server *server, struct amp_job *job,
                              const struct login *login)
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
    const struct login *login = job->data;
    job->command.kind = AMP_CMD_SET_CREDENTIAL;
    job->command.f.account = amp_arena_str(&job->arena, amp_str_of(login->account));
    job->command.f.factor = amp_str_of(factor);
    job->command.f.has = AMP_HAS(ACCOUNT) | AMP_HAS(FACTOR);
    if (removed) {
        job->command.f.disabled = true;
        job->command.f.has |= AMP_HAS(DISABLED);
    }
}

static void setup_gone(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    (void)amp_fail(&why, AMP_E_UNAUTHENTICATED,
                   "this link was used or has expired; ask an admin for a new one");
    amp_core_refuse(server, job, AMP_E_UNAUTHENTICATED, &why);
}

static void setup_back(struct amp_server *server, struct amp_job *job)
{
    struct login *login = job->data;
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
    err = err ? err : session_make(server, job, "setup", &job->also);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    credential_command(job, "password", false);
    job->has_also = true;
    amp_core_commit(server, job, 200, see_session);
}

void amp_api_setup(struct amp_server *server, struct amp_job *job)
{
    struct login *login = login_make(server, job);
    struct amp_why why = {""};
    job->key = (struct amp_str){0}; /* what is told once is not repeated */
    if (login == NULL) {
        return;
    }
    const struct want want[] = {{"token", &login->token, true}, {"password", &login->fresh, true}};
    amp_err err = body_take(job, want, sizeof want / sizeof want[0], &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!amp_directory_setup(server->directory, login->token, server->now_us, &login->setup)) {
        (void)amp_lockout_failed(server->lockout, address_key(server, job), amp_clock_steady_us());
        setup_gone(server, job);
        return;
    }
    (void)snprintf(login->account, sizeof login->account, "%s", login->setup.account);
    err = fresh_check(login, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_core_scribe(server, job, scribe_verify, setup_back);
}

/* ---- what one does with one's own credentials ---- */

/* Only who logged in by a session; a token that was stolen changes no password. */
static struct login *own_login(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (job->who.kind != AMP_IDENTITY_BADGE || job->who.badge_kind != AMP_BADGE_SESSION) {
        (void)amp_fail(&why, AMP_E_FORBIDDEN, "this needs a session of a person who logged in");
        amp_core_refuse(server, job, AMP_E_FORBIDDEN, &why);
        return NULL;
    }
    struct login *login = login_make(server, job);
    if (login != NULL) {
        (void)snprintf(login->account, sizeof login->account, "%s", job->who.who.account);
    }
    return login;
}

static void own_back(struct amp_server *server, struct amp_job *job)
{
    struct login *login = job->data;
    struct amp_why why = {""};
    if (locked_out(server, job) || !amp_api_room(server, job)) {
        return;
    }
    if (!is_good(login, amp_credential_find(&server->credentials, amp_str_of(login->account)))) {
        (void)amp_lockout_failed(server->lockout, account_key(server, job), amp_clock_steady_us());
        (void)amp_fail(&why, AMP_E_FORBIDDEN, "the password is not the one of this account");
        amp_core_refuse(server, job, login->err != AMP_OK ? login->err : AMP_E_FORBIDDEN, &why);
        return;
    }
    login->then(server, job);
}

static void own_verify(struct amp_server *server, struct amp_job *job, const struct want *want,
                       size_t n, amp_step_fn *then)
{
    struct login *login = job->data;
    struct amp_why why = {""};
    amp_err err = body_take(job, want, n, &why);
    if (err == AMP_OK && then != NULL && login->fresh.len > 0) {
        err = fresh_check(login, &why);
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!locked_out(server, job)) {
        login->then = then;
        hash_choose(server, login);
        amp_core_scribe(server, job, scribe_verify, own_back);
    }
}

static void password_then(struct amp_server *server, struct amp_job *job)
{
    const struct login *login = job->data;
    amp_err err = password_store(server, job, login);
    err =
        err ? err
            : amp_badges_end(server, job, login->account, 1U << AMP_BADGE_SESSION, job->who.badge);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    credential_command(job, "password", false);
    amp_core_commit(server, job, 204, see_nothing);
}

void amp_api_password(struct amp_server *server, struct amp_job *job)
{
    struct login *login = own_login(server, job);
    if (login != NULL) {
        const struct want want[] = {{"old", &login->password, true}, {"new", &login->fresh, true}};
        own_verify(server, job, want, 2, password_then);
    }
}

static void totp_then(struct amp_server *server, struct amp_job *job)
{
    const struct login *login = job->data;
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
    struct login *login = own_login(server, job);
    if (login != NULL) {
        const struct want want[] = {{"password", &login->password, true}};
        own_verify(server, job, want, 1, totp_then);
    }
}

void amp_api_totp_confirm(struct amp_server *server, struct amp_job *job)
{
    struct login *login = own_login(server, job);
    struct amp_why why = {""};
    if (login == NULL) {
        return;
    }
    const struct want want[] = {{"code", &login->code, true}};
    struct amp_credential *credential =
        amp_credential_change(server, job, amp_str_of(login->account));
    uint64_t step = 0;
    amp_err err = credential != NULL ? body_take(job, want, 1, &why) : AMP_E_NOMEM;
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
        err = totp_store(server, job, credential);
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    credential_command(job, "totp", false);
    amp_core_commit(server, job, 204, see_nothing);
}

static void totp_remove_then(struct amp_server *server, struct amp_job *job)
{
    const struct login *login = job->data;
    if (amp_api_totp_forget(server, job, login->account) != AMP_OK) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    credential_command(job, "totp", true);
    amp_core_commit(server, job, 204, see_nothing);
}

void amp_api_totp_remove(struct amp_server *server, struct amp_job *job)
{
    struct login *login = own_login(server, job);
    if (login != NULL) {
        const struct want want[] = {{"password", &login->password, true}};
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
