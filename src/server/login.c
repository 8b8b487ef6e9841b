/* Passwords, lock-outs and new sessions, for the routes that let people in. */
#include "server/login.h"
#include <stdio.h>
#include <string.h>

enum {
    BODY_MAX = 8192,
    SECOND_US = 1000000
};

/* For an account that is not there, so that it takes as long to refuse: a hash of nothing. */
static const char nobody_hash[] = "$argon2id$v=19$m=19456,t=2,p=1$YW1wYXJvLW5vYm9keS1pcw$"
                                  "3q2rq+1nq3K0m2jVw1tF3m0oQZ2Y2y0bq0b2m0c1d2E";

/* ---- reading bodies: small objects of texts ---- */

static amp_err member_take(struct amp_job *job, const json_t *obj, const struct amp_want *want,
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

static amp_err names_check(const json_t *obj, const struct amp_want *want, size_t n,
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

amp_err amp_login_body(struct amp_job *job, const struct amp_want *want, size_t n,
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

void amp_login_verify(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct amp_login *login = job->data;
    (void)server;
    (void)scratch;
    if (login->hash[0] != '\0') {
        login->good = amp_password_verify(login->password, login->hash);
    }
    if (login->fresh.len > 0) {
        login->err = amp_password_hash(login->fresh, login->new_hash);
    }
}

amp_err amp_login_fresh(const struct amp_login *login, struct amp_why *why)
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

struct amp_login *amp_login_make(struct amp_server *server, struct amp_job *job)
{
    struct amp_login *login = amp_arena_alloc(&job->arena, sizeof *login);
    if (login == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return NULL;
    }
    job->data = login;
    return login;
}

/* The hash to verify with: the account's, or one that nothing fits. */
void amp_login_hash(struct amp_server *server, struct amp_login *login)
{
    const struct amp_credential *credential =
        amp_credential_find(&server->credentials, amp_str_of(login->account));
    bool has = credential != NULL && credential->password[0] != '\0';
    (void)snprintf(login->hash, sizeof login->hash, "%s", has ? credential->password : nobody_hash);
}

/* ---- who has to wait ---- */

uint64_t amp_login_account_key(const struct amp_server *server, struct amp_job *job)
{
    const struct amp_login *login = job->data;
    return amp_keyed_hash(server->hash_seed,
                          amp_arena_printf(&job->arena, "account %s", login->account));
}

uint64_t amp_login_address_key(const struct amp_server *server, struct amp_job *job)
{
    return amp_keyed_hash(server->hash_seed,
                          amp_arena_printf(&job->arena, "address %s", job->peer.addr));
}

/* How long this account, or this address, has to wait; 0: not at all. */
static int64_t wait_us(struct amp_server *server, struct amp_job *job)
{
    int64_t now_us = amp_clock_steady_us();
    int64_t account_us =
        amp_lockout_left(server->lockout, amp_login_account_key(server, job), now_us);
    int64_t address_us =
        amp_lockout_left(server->lockout, amp_login_address_key(server, job), now_us);
    return account_us > address_us ? account_us : address_us;
}

bool amp_login_locked(struct amp_server *server, struct amp_job *job)
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

/* ---- a new session ---- */

static const char *cookie_name(const struct amp_job *job)
{
    return job->peer.secure ? "__Host-amparo" : "amparo";
}

amp_err amp_login_cookie(struct amp_job *job, const char *value, int64_t age_s)
{
    struct amp_str text = amp_arena_printf(
        &job->arena, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", cookie_name(job),
        value, (long long)age_s, job->peer.secure ? "; Secure" : "");
    return amp_job_field(job, "Set-Cookie", text);
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
amp_err amp_login_session(struct amp_server *server, struct amp_job *job, const char *factor,
                          struct amp_command *command)
{
    const struct amp_login *login = job->data;
    struct amp_badge badge = {.kind = AMP_BADGE_SESSION,
                              .may = UINT32_MAX,
                              .expires_us = server->now_us + (int64_t)AMP_SESSION_S * SECOND_US};
    char text[AMP_BADGE_TEXT], id[AMP_BADGE_ID];
    (void)snprintf(badge.account, sizeof badge.account, "%s", login->account);
    (void)snprintf(badge.factor, sizeof badge.factor, "%s", factor);
    amp_err err = sessions_limit(server, job, login->account);
    err = err ? err : amp_badge_issue(server, job, &badge, text);
    err = err ? err : amp_login_cookie(job, text, AMP_SESSION_S);
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

static void session_write(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_api_open(server, job);
    amp_api_identity_write(&js, server, &job->who);
    amp_json_close(&js, '}');
}

void amp_login_see(struct amp_server *server, struct amp_job *job,
                   const struct amp_decision *decision)
{
    (void)decision;
    session_write(server, job);
}

/* ---- the second factor, and whether all was right ---- */

amp_err amp_login_totp_store(struct amp_server *server, struct amp_job *job,
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

/* The password was right, and is still the one: it may have been changed while it was checked. */
bool amp_login_good(const struct amp_login *login, const struct amp_credential *credential)
{
    return login->good && login->err == AMP_OK && credential != NULL &&
           strcmp(login->hash, credential->password) == 0;
}
