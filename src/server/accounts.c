/* Accounts beside the state: the directory, the credentials, and the passes as secrets. */
#include "base/timefmt.h"
#include "server/inside.h"
#include "server/log.h"
#include "server/random.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PASS_BYTES = 4096,
    PASS_NAME = 16 + 2 * AMP_SHA256
};

static const char *const kind_names[AMP_PASS_KINDS] = {
    [AMP_PASS_SESSION] = "session", [AMP_PASS_TOKEN] = "token", [AMP_PASS_SETUP] = "setup"};

/* ---- passes as secrets: "session/HEX" and a small object ---- */

static void pass_name(const struct amp_pass *pass, char out[PASS_NAME])
{
    struct amp_buf name = amp_buf_make(PASS_NAME);
    amp_buf_printf(&name, "%s/", kind_names[pass->kind]);
    amp_hex_put(&name, pass->hash, AMP_SHA256);
    amp_err err = amp_str_copy(out, PASS_NAME, amp_buf_view(&name));
    assert(err == AMP_OK);
    amp_buf_free(&name);
}

static void pass_write(const struct amp_pass *pass, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "account", pass->account);
    amp_json_text_of(&js, "factor", pass->factor);
    amp_json_text_of(&js, "label", pass->label);
    amp_json_text_of(&js, "scopes", pass->scopes);
    amp_json_i64_of(&js, "may", pass->may);
    amp_json_i64_of(&js, "made_us", pass->made_us);
    amp_json_i64_of(&js, "expires_us", pass->expires_us);
    amp_json_close(&js, '}');
}

static amp_err member_copy(const json_t *obj, const char *name, char *out, size_t cap)
{
    struct amp_str text = {0};
    amp_err err = amp_json_str(obj, name, &text, NULL);
    return err == AMP_OK ? amp_str_copy(out, cap, text) : err;
}

static amp_err pass_read(enum amp_pass_kind kind, struct amp_str hex, struct amp_str value,
                         struct amp_pass *out)
{
    struct amp_pass pass = {.kind = kind};
    json_t *obj = NULL;
    size_t len = 0;
    int64_t may = 0;
    amp_err err = amp_hex_read(hex, pass.hash, sizeof pass.hash, &len);
    if (err != AMP_OK || len != sizeof pass.hash ||
        amp_json_read(value, PASS_BYTES, &obj, NULL) != AMP_OK) {
        return AMP_E_CORRUPT;
    }
    err = member_copy(obj, "account", pass.account, sizeof pass.account);
    err = err ? err : member_copy(obj, "factor", pass.factor, sizeof pass.factor);
    err = err ? err : member_copy(obj, "label", pass.label, sizeof pass.label);
    err = err ? err : member_copy(obj, "scopes", pass.scopes, sizeof pass.scopes);
    err = err ? err : amp_json_i64(obj, "may", &may, NULL);
    err = err ? err : amp_json_i64(obj, "made_us", &pass.made_us, NULL);
    err = err ? err : amp_json_i64(obj, "expires_us", &pass.expires_us, NULL);
    json_decref(obj);
    if (err != AMP_OK || may < 0 || may > UINT32_MAX) {
        return AMP_E_CORRUPT;
    }
    pass.may = (uint32_t)may;
    pass.seen_us = pass.made_us;
    *out = pass;
    return AMP_OK;
}

amp_err amp_pass_issue(struct amp_server *server, struct amp_job *job, struct amp_pass *pass,
                       char text[AMP_PASS_TEXT])
{
    uint8_t secret[AMP_KEY];
    char name[PASS_NAME];
    struct amp_buf value = amp_buf_make(PASS_BYTES);
    amp_random(secret, sizeof secret);
    amp_pass_text(pass->kind, secret, text, pass->hash);
    amp_wipe(secret, sizeof secret);
    pass->made_us = server->now_us;
    pass->seen_us = server->now_us;
    pass_name(pass, name);
    pass_write(pass, &value);
    amp_err err = amp_buf_err(&value);
    err = err ? err : amp_job_secret_put(job, amp_str_of(name), amp_buf_view(&value));
    err = err ? err : amp_directory_pass_add(server->directory, pass);
    amp_buf_free(&value);
    return err;
}

amp_err amp_pass_end(struct amp_server *server, struct amp_job *job, const struct amp_pass *pass)
{
    char name[PASS_NAME], id[AMP_PASS_ID];
    pass_name(pass, name);
    amp_err err = amp_job_secret_remove(job, amp_str_of(name));
    if (err == AMP_OK) {
        (void)amp_directory_pass_drop(server->directory, pass->hash);
        amp_pass_id(pass->hash, id);
        amp_push_pass_end(server->push, id);
    }
    return err;
}

amp_err amp_passes_end(struct amp_server *server, struct amp_job *job, const char *account,
                       unsigned kinds, const char *but)
{
    enum {
        AT_ONCE = 256
    };
    struct amp_pass *pass = calloc(AT_ONCE, sizeof *pass);
    if (pass == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = AMP_OK;
    size_t n = amp_directory_passes(server->directory, account, kinds, pass, AT_ONCE);
    for (size_t i = 0; i < n && err == AMP_OK; i++) {
        char id[AMP_PASS_ID];
        amp_pass_id(pass[i].hash, id);
        if (strcmp(id, but) != 0) {
            err = amp_pass_end(server, job, &pass[i]);
        }
    }
    free(pass);
    return err;
}

/* ---- what an event changes ---- */

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
        unsigned kinds = 1U << AMP_PASS_SESSION;
        kinds |= account->disabled ? 1U << AMP_PASS_TOKEN | 1U << AMP_PASS_SETUP : 0;
        err = amp_passes_end(server, job, account->name, kinds, "");
    }
    return err;
}

/* ---- at the start ---- */

struct loading {
    struct amp_server *server;
    enum amp_pass_kind kind;
    struct amp_why *why;
};

static amp_err pass_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    const struct loading *loading = ctx;
    struct amp_str kind = {0};
    struct amp_pass pass;
    amp_err err = pass_read(loading->kind, amp_str_cut(name, '/', &kind), value, &pass);
    if (err != AMP_OK) {
        return amp_fail(loading->why, err, "a %s in the journal's secrets is damaged",
                        kind_names[loading->kind]);
    }
    return amp_directory_pass_add(loading->server->directory, &pass);
}

static amp_err credential_visit(void *ctx, struct amp_str name, struct amp_str value)
{
    const struct loading *loading = ctx;
    struct amp_server *server = loading->server;
    struct amp_buf plain = amp_buf_make(PASS_BYTES);
    bool sealed = name.len > 5 && memcmp(name.ptr + name.len - 5, "/totp", 5) == 0;
    amp_err err = sealed ? amp_keys_unwrap(server->keys, name, value, &plain) : AMP_OK;
    if (err == AMP_OK) {
        err = amp_credential_load(&server->credentials, name,
                                  sealed ? amp_buf_view(&plain) : value);
    }
    if (plain.data != NULL) {
        amp_wipe(plain.data, plain.cap);
    }
    amp_buf_free(&plain);
    return err == AMP_OK ? AMP_OK
                         : amp_fail(loading->why, err, "a credential in the journal's secrets is "
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
    for (int kind = 0; kind < AMP_PASS_KINDS && err == AMP_OK; kind++) {
        char prefix[16];
        (void)snprintf(prefix, sizeof prefix, "%s/", kind_names[kind]);
        loading.kind = (enum amp_pass_kind)kind;
        err = store->ops->secrets(store, amp_str_of(prefix), &loading, pass_visit, why);
    }
    if (err == AMP_OK) {
        err = store->ops->secrets(store, AMP_STR("account/"), &loading, credential_visit, why);
    }
    return err;
}
