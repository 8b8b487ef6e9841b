/* Accounts beside the state: the directory, the credentials, and the badges as secrets. */
#include "base/timefmt.h"
#include "server/inside.h"
#include "server/log.h"
#include "server/random.h"
#include "server/sockets.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BADGE_BYTES = 4096,
    BADGES_FIRST = 256,
    BADGE_NAME = 16 + 2 * AMP_SHA256
};

static const char *const kind_names[AMP_BADGE_KINDS] = {
    [AMP_BADGE_SESSION] = "session", [AMP_BADGE_TOKEN] = "token", [AMP_BADGE_SETUP] = "setup"};

/* ---- badges as secrets: "session/HEX" and a small object ---- */

static void badge_name(const struct amp_badge *badge, char out[BADGE_NAME])
{
    struct amp_buf name = amp_buf_over(out, BADGE_NAME);
    amp_buf_printf(&name, "%s/", kind_names[badge->kind]);
    amp_hex_put(&name, badge->hash, AMP_SHA256);
    (void)amp_buf_cstr(&name);
    assert(amp_buf_err(&name) == AMP_OK);
}

static void badge_write(const struct amp_badge *badge, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "account", badge->account);
    amp_json_text_of(&js, "factor", badge->factor);
    amp_json_text_of(&js, "label", badge->label);
    amp_json_text_of(&js, "scopes", badge->scopes);
    amp_json_i64_of(&js, "may", badge->may);
    amp_json_i64_of(&js, "made_us", badge->made_us);
    amp_json_i64_of(&js, "expires_us", badge->expires_us);
    amp_json_close(&js, '}');
}

static amp_err member_copy(const json_t *obj, const char *name, char *out, size_t cap)
{
    struct amp_str text = {0};
    amp_err err = amp_json_str(obj, name, &text, NULL);
    return err == AMP_OK ? amp_str_copy(out, cap, text) : err;
}

static amp_err badge_read(enum amp_badge_kind kind, struct amp_str hex, struct amp_str value,
                          struct amp_badge *out)
{
    struct amp_badge badge = {.kind = kind};
    json_t *obj = NULL;
    size_t len = 0;
    int64_t may = 0;
    amp_err err = amp_hex_read(hex, badge.hash, sizeof badge.hash, &len);
    if (err != AMP_OK || len != sizeof badge.hash ||
        amp_json_read(value, BADGE_BYTES, &obj, NULL) != AMP_OK) {
        return AMP_E_CORRUPT;
    }
    err = member_copy(obj, "account", badge.account, sizeof badge.account);
    err = err ? err : member_copy(obj, "factor", badge.factor, sizeof badge.factor);
    err = err ? err : member_copy(obj, "label", badge.label, sizeof badge.label);
    err = err ? err : member_copy(obj, "scopes", badge.scopes, sizeof badge.scopes);
    err = err ? err : amp_json_i64(obj, "may", &may, NULL);
    err = err ? err : amp_json_i64(obj, "made_us", &badge.made_us, NULL);
    err = err ? err : amp_json_i64(obj, "expires_us", &badge.expires_us, NULL);
    json_decref(obj);
    if (err != AMP_OK || may < 0 || may > UINT32_MAX) {
        return AMP_E_CORRUPT;
    }
    badge.may = (uint32_t)may;
    badge.seen_us = badge.made_us;
    *out = badge;
    return AMP_OK;
}

static amp_err badge_note(struct amp_job *job, const struct amp_badge *badge,
                          struct amp_badge_noted **list)
{
    struct amp_badge_noted *noted = amp_arena_alloc(&job->arena, sizeof *noted);
    if (noted == NULL) {
        return AMP_E_NOMEM;
    }
    memcpy(noted->hash, badge->hash, sizeof noted->hash);
    noted->next = *list;
    *list = noted;
    return AMP_OK;
}

amp_err amp_badge_issue(struct amp_server *server, struct amp_job *job, struct amp_badge *badge,
                        char text[AMP_BADGE_TEXT])
{
    uint8_t secret[AMP_KEY];
    char name[BADGE_NAME];
    struct amp_buf value = amp_buf_make(BADGE_BYTES);
    amp_random(secret, sizeof secret);
    amp_badge_text(badge->kind, secret, text, badge->hash);
    amp_wipe(secret, sizeof secret);
    badge->made_us = server->now_us;
    badge->seen_us = server->now_us;
    badge_name(badge, name);
    badge_write(badge, &value);
    amp_err err = amp_job_secret_keep(job, amp_str_of(name), &value);
    err = err ? err : badge_note(job, badge, &job->issued);
    err = err ? err : amp_directory_badge_add(server->directory, badge);
    amp_buf_free(&value);
    return err;
}

amp_err amp_badge_end(struct amp_server *server, struct amp_job *job, const struct amp_badge *badge)
{
    char name[BADGE_NAME];
    (void)server;
    badge_name(badge, name);
    amp_err err = amp_job_secret_remove(job, amp_str_of(name));
    return err == AMP_OK ? badge_note(job, badge, &job->ended) : err;
}

/* All of them, however many; the caller frees. */
static amp_err badges_list(struct amp_server *server, const char *account, unsigned kinds,
                           struct amp_badge **out, size_t *out_n)
{
    size_t cap = BADGES_FIRST;
    for (;;) {
        struct amp_badge *badge = calloc(cap, sizeof *badge);
        if (badge == NULL) {
            return AMP_E_NOMEM;
        }
        size_t n = amp_directory_badges(server->directory, account, kinds, badge, cap);
        if (n < cap) {
            *out = badge;
            *out_n = n;
            return AMP_OK;
        }
        free(badge);
        cap *= 8;
    }
}

amp_err amp_badges_end(struct amp_server *server, struct amp_job *job, const char *account,
                       unsigned kinds, const char *but)
{
    struct amp_badge *badge = NULL;
    size_t n = 0;
    amp_err err = badges_list(server, account, kinds, &badge, &n);
    for (size_t i = 0; i < n && err == AMP_OK; i++) {
        char id[AMP_BADGE_ID];
        amp_badge_id(badge[i].hash, id);
        if (strcmp(id, but) != 0) {
            err = amp_badge_end(server, job, &badge[i]);
        }
    }
    free(badge);
    return err;
}

static void streams_end(struct amp_server *server, const struct amp_badge *badge, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char id[AMP_BADGE_ID];
        amp_badge_id(badge[i].hash, id);
        amp_push_badge_end(server->push, id);
        amp_sockets_badge_end(server->sockets, id);
    }
}

/* ---- in force with the records, or not at all ---- */

struct amp_credential *amp_credential_change(struct amp_server *server, struct amp_job *job,
                                             struct amp_str account)
{
    const struct amp_credential *now = amp_credential_of(&server->credentials, account);
    if (job->credential == NULL && now != NULL) {
        job->credential = amp_arena_alloc(&job->arena, sizeof *job->credential);
        if (job->credential != NULL) {
            *job->credential = *now;
        }
    }
    assert(job->credential == NULL || amp_str_is(account, job->credential->account));
    return job->credential;
}

static void changes_forget(struct amp_job *job)
{
    if (job->credential != NULL) {
        amp_wipe(job->credential, sizeof *job->credential);
    }
    job->credential = NULL;
    job->ended = NULL;
    job->issued = NULL;
}

void amp_accounts_settle(struct amp_server *server, struct amp_job *job)
{
    for (const struct amp_badge_noted *at = job->ended; at != NULL; at = at->next) {
        char id[AMP_BADGE_ID];
        (void)amp_directory_badge_drop(server->directory, at->hash);
        amp_badge_id(at->hash, id);
        amp_push_badge_end(server->push, id);
        amp_sockets_badge_end(server->sockets, id);
    }
    if (job->credential != NULL) {
        *amp_credential_find(&server->credentials, amp_str_of(job->credential->account)) =
            *job->credential;
    }
    changes_forget(job);
}

void amp_accounts_undo(struct amp_server *server, struct amp_job *job)
{
    for (const struct amp_badge_noted *at = job->issued; at != NULL; at = at->next) {
        (void)amp_directory_badge_drop(server->directory, at->hash);
    }
    changes_forget(job);
}

/* Sessions and links are forgotten. A token only falls silent: its owner still sees it in the list,
 * and a clock that went astray and came back has destroyed nothing. */
void amp_accounts_tick(struct amp_server *server)
{
    enum {
        AT_ONCE = 16
    };
    const unsigned forgotten = 1U << AMP_BADGE_SESSION | 1U << AMP_BADGE_SETUP;
    struct amp_badge badge[AT_ONCE];
    size_t n = amp_directory_expired(server->directory, 1U << AMP_BADGE_TOKEN, server->now_us,
                                     badge, AT_ONCE);
    streams_end(server, badge, n);
    n = amp_directory_expired(server->directory, forgotten, server->now_us, badge, AT_ONCE);
    bool room = amp_core_may_write(server);
    struct amp_job *job = n > 0 && room ? amp_job_create(server) : NULL;
    amp_err err = AMP_OK;
    for (size_t i = 0; i < n && job != NULL && err == AMP_OK; i++) {
        err = amp_badge_end(server, job, &badge[i]);
    }
    if (job != NULL && job->secret_n > 0) {
        amp_core_submit(server, job);
    } else {
        amp_job_destroy(job);
    }
}

/* ---- what an event changes ---- */

/* A stream shows what its account might see when it was opened: it has to be opened again. */
static amp_err token_streams_end(struct amp_server *server, const char *account)
{
    struct amp_badge *badge = NULL;
    size_t n = 0;
    amp_err err = badges_list(server, account, 1U << AMP_BADGE_TOKEN, &badge, &n);
    streams_end(server, badge, n);
    free(badge);
    return err;
}

static amp_err who_tell(struct amp_server *server, const struct amp_account *account)
{
    struct amp_who who = {
        .role = account->role, .agency = account->agency.n, .disabled = account->disabled};
    const struct amp_unit *unit = amp_state_unit_at(&server->state, account->unit);
    amp_err err = amp_str_copy(who.account, sizeof who.account, amp_str_of(account->name));
    if (err == AMP_OK && unit != NULL) {
        err = amp_str_copy(who.unit, sizeof who.unit, amp_str_of(unit->call_sign));
    }
    return err == AMP_OK ? amp_directory_who_set(server->directory, &who) : err;
}

amp_err amp_accounts_event(struct amp_server *server, struct amp_job *job,
                           const struct amp_event *event)
{
    if (event->kind != AMP_EV_ACCOUNT_ADDED && event->kind != AMP_EV_ACCOUNT_CHANGED) {
        return AMP_OK;
    }
    const struct amp_account *account = amp_state_account(&server->state, event->f.account);
    assert(account != NULL);
    amp_err err = who_tell(server, account);
    if (err == AMP_OK && event->kind == AMP_EV_ACCOUNT_CHANGED) {
        /* whoever was let in as something else logs in again; a disabled one has nothing left */
        unsigned kinds = 1U << AMP_BADGE_SESSION;
        kinds |= account->disabled ? 1U << AMP_BADGE_TOKEN | 1U << AMP_BADGE_SETUP : 0;
        err = amp_badges_end(server, job, account->name, kinds, "");
        err = err ? err : token_streams_end(server, account->name);
    }
    return err;
}

/* ---- at the start ---- */

struct loading {
    struct amp_server *server;
    enum amp_badge_kind kind;
    struct amp_why *why;
};

static amp_err badge_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    const struct loading *loading = ctx;
    struct amp_str kind = {0};
    struct amp_badge badge;
    amp_err err = badge_read(loading->kind, amp_str_cut(name, '/', &kind), value, &badge);
    if (err != AMP_OK) {
        return amp_fail(loading->why, err, "a %s in the journal's secrets is damaged",
                        kind_names[loading->kind]);
    }
    return amp_directory_badge_add(loading->server->directory, &badge);
}

static amp_err credential_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    const struct loading *loading = ctx;
    struct amp_server *server = loading->server;
    struct amp_buf plain = amp_buf_make(BADGE_BYTES);
    bool sealed = name.len > 5 && memcmp(name.ptr + name.len - 5, "/totp", 5) == 0;
    amp_err err = sealed ? amp_keys_unwrap(server->keys, name, value, &plain) : AMP_OK;
    if (err == AMP_OK) {
        err =
            amp_credential_load(&server->credentials, name, sealed ? amp_buf_view(&plain) : value);
    }
    if (plain.data != NULL) {
        amp_wipe(plain.data, plain.cap);
    }
    amp_buf_free(&plain);
    return err == AMP_OK ? AMP_OK
                         : amp_fail(loading->why, err,
                                    "a credential in the journal's secrets is "
                                    "damaged");
}

amp_err amp_accounts_load(struct amp_server *server, struct amp_why *why)
{
    struct amp_store *store = server->config.store;
    struct loading loading = {.server = server, .why = why};
    amp_err err = AMP_OK;
    for (size_t i = 0; i < server->state.account_n && err == AMP_OK; i++) {
        err = who_tell(server, &server->state.account[i]);
    }
    for (int kind = 0; kind < AMP_BADGE_KINDS && err == AMP_OK; kind++) {
        char prefix[16];
        (void)snprintf(prefix, sizeof prefix, "%s/", kind_names[kind]);
        loading.kind = (enum amp_badge_kind)kind;
        err = store->ops->secrets(store, amp_str_of(prefix), &loading, badge_visit, why);
    }
    if (err == AMP_OK) {
        err = store->ops->secrets(store, AMP_STR("account/"), &loading, credential_visit, why);
    }
    return err;
}
