/* Accounts, agencies and API tokens. */
#include "server/api.h"
#include "server/sight.h"
#include <stdio.h>
#include <string.h>

enum {
    LISTED = 4096,
    SECOND_US = 1000000,
    DAY_S = 86400,
    DAYS_MAX = 3650,
    BODY_MAX = 8192
};

/* ---- accounts ---- */

static void account_write(struct amp_json *js, struct amp_server *server,
                          const struct amp_account *account)
{
    amp_view_account(js, &server->state, account);
}

void amp_api_accounts(struct amp_server *server, struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "accounts");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < state->account_n; i++) {
        if (amp_sight_account(state, &job->who, amp_str_of(state->account[i].name))) {
            account_write(&js, server, &state->account[i]);
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

/* A one-time link, made when the command stands, and told with its answer alone. */
static void setup_write(struct amp_json *js, struct amp_server *server, struct amp_job *job)
{
    struct amp_badge badge = {.kind = AMP_BADGE_SETUP,
                              .may = UINT32_MAX,
                              .expires_us = server->now_us + (int64_t)AMP_SETUP_S * SECOND_US};
    char text[AMP_BADGE_TEXT], path[AMP_BADGE_TEXT + 16];
    if (amp_str_copy(badge.account, sizeof badge.account, job->command.f.account) != AMP_OK ||
        amp_badge_issue(server, job, &badge, text) != AMP_OK) {
        return; /* the account stands all the same; a reset makes another link */
    }
    (void)snprintf(path, sizeof path, "/#setup=%s", text);
    amp_json_key(js, "setup");
    amp_json_open(js, '{');
    amp_json_text_of(js, "token", text);
    amp_json_text_of(js, "path", path);
    amp_json_time_of(js, "expires", badge.expires_us);
    amp_json_close(js, '}');
    amp_wipe(text, sizeof text);
    amp_wipe(path, sizeof path);
}

static void account_see(struct amp_server *server, struct amp_job *job, bool with_link)
{
    const struct amp_account *account = amp_state_account(&server->state, job->command.f.account);
    struct amp_json js = amp_api_open(server, job);
    if (account != NULL) {
        amp_json_key(&js, "account");
        account_write(&js, server, account);
    }
    if (with_link && !job->repeated) {
        setup_write(&js, server, job);
    }
    amp_json_close(&js, '}');
}

static void see_account(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    (void)decision;
    account_see(server, job, false);
}

static void see_account_and_link(struct amp_server *server, struct amp_job *job,
                                 const struct amp_decision *decision)
{
    (void)decision;
    account_see(server, job, true);
}

static bool is_known(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (amp_sight_account(&server->state, &job->who, job->param[0])) {
        job->command.f.account = job->param[0];
        job->command.f.has |= AMP_HAS(ACCOUNT);
        return true;
    }
    (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no account \"%.*s\"", (int)job->param[0].len,
                   job->param[0].ptr);
    amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
    return false;
}

void amp_api_account_add(struct amp_server *server, struct amp_job *job)
{
    if (!amp_api_read(server, job, AMP_CMD_ADD_ACCOUNT, 0)) {
        return;
    }
    amp_core_commit(server, job, 201, see_account_and_link);
}

void amp_api_account_change(struct amp_server *server, struct amp_job *job)
{
    if (is_known(server, job) &&
        amp_api_read(server, job, AMP_CMD_CHANGE_ACCOUNT, AMP_HAS(ACCOUNT))) {
        amp_core_commit(server, job, 200, see_account);
    }
}

/* Nothing that let somebody in does so any more, and a link that lets its person begin anew. */
void amp_api_account_reset(struct amp_server *server, struct amp_job *job)
{
    if (!is_known(server, job) || !amp_api_room(server, job)) {
        return;
    }
    job->key = (struct amp_str){0}; /* what is told once is not repeated */
    char account[AMP_WORD_MAX + 1], name[AMP_CREDENTIAL_NAME];
    amp_err err = amp_str_copy(account, sizeof account, job->param[0]);
    unsigned kinds = 1U << AMP_BADGE_SESSION | 1U << AMP_BADGE_SETUP;
    struct amp_credential *credential = amp_credential_change(server, job, job->param[0]);
    if (credential == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    amp_wipe(credential->password, sizeof credential->password);
    amp_credential_name(account, "password", name);
    err = err ? err : amp_badges_end(server, job, account, kinds, "");
    err = err ? err : amp_job_secret_remove(job, amp_str_of(name));
    err = err ? err : amp_api_totp_forget(server, job, account);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    job->command.kind = AMP_CMD_SET_CREDENTIAL;
    job->command.f.factor = AMP_STR("setup");
    job->command.f.has |= AMP_HAS(FACTOR);
    amp_core_commit(server, job, 200, see_account_and_link);
}

/* ---- agencies ---- */

void amp_api_agencies(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "agencies");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < server->state.agency_n; i++) {
        amp_view_agency(&js, &server->state.agency[i]);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static void see_agency(struct amp_server *server, struct amp_job *job,
                       const struct amp_decision *decision)
{
    const struct amp_agency *agency = amp_state_agency(&server->state, job->command.f.agency);
    struct amp_json js = amp_api_open(server, job);
    (void)decision;
    if (agency != NULL) {
        amp_json_key(&js, "agency");
        amp_view_agency(&js, agency);
    }
    amp_json_close(&js, '}');
}

void amp_api_agency_add(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_read(server, job, AMP_CMD_ADD_AGENCY, 0)) {
        amp_core_commit(server, job, 201, see_agency);
    }
}

/* ---- tokens ---- */

static void token_view(struct amp_json *js, const struct amp_badge *badge)
{
    char id[AMP_BADGE_ID];
    struct amp_str rest = amp_str_of(badge->scopes);
    amp_badge_id(badge->hash, id);
    amp_json_open(js, '{');
    amp_json_text_of(js, "token", id);
    amp_json_text_of(js, "account", badge->account);
    amp_json_text_of(js, "label", badge->label);
    amp_json_key(js, "scopes");
    amp_json_open(js, '[');
    while (rest.len > 0) {
        struct amp_str scope = {0};
        rest = amp_str_cut(rest, ' ', &scope);
        amp_json_put_str(js, scope);
    }
    amp_json_close(js, ']');
    amp_json_time_of(js, "made", badge->made_us);
    amp_json_key(js, "expires");
    if (badge->expires_us != 0) {
        amp_json_put_time(js, badge->expires_us);
    } else {
        amp_json_put_null(js);
    }
    amp_json_close(js, '}');
}

static bool is_admin(const struct amp_job *job)
{
    return (job->who.may & AMP_MAY(ADMIN)) != 0;
}

void amp_api_tokens(struct amp_server *server, struct amp_job *job)
{
    struct amp_badge *badge = amp_arena_array(&job->arena, LISTED, sizeof *badge);
    if (badge == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    const char *account = is_admin(job) ? NULL : job->who.who.account;
    size_t n =
        amp_directory_badges(server->directory, account, 1U << AMP_BADGE_TOKEN, badge, LISTED);
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "tokens");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < n; i++) {
        if (amp_sight_account(&server->state, &job->who, amp_str_of(badge[i].account))) {
            token_view(&js, &badge[i]);
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

struct token { /* the answer */
    struct amp_badge badge;
    char text[AMP_BADGE_TEXT];
};

static amp_err scopes_read(const json_t *obj, struct amp_badge *badge, struct amp_words *words,
                           struct amp_arena *arena, struct amp_why *why)
{
    const json_t *list = json_object_get(obj, "scopes");
    size_t at = 0;
    badge->may = 0;
    for (size_t i = 0; i < json_array_size(list) && i < AMP_LIST_MAX; i++) {
        const json_t *item = json_array_get(list, i);
        struct amp_str scope = {json_string_value(item), json_string_length(item)};
        uint32_t may = scope.ptr != NULL ? amp_scope_may(scope) : 0;
        if (may == 0 || (badge->may & may) == may) {
            return amp_fail(why, AMP_E_RANGE,
                            "\"scopes\" are some of read, write, positions, intake, metrics, "
                            "admin, each once");
        }
        badge->may |= may;
        words->word[words->n++] = amp_arena_str(arena, scope);
        at += (size_t)snprintf(badge->scopes + at, sizeof badge->scopes - at, "%s%.*s",
                               i > 0 ? " " : "", (int)scope.len, scope.ptr);
    }
    return words->n > 0 ? AMP_OK
                        : amp_fail(why, AMP_E_MISSING,
                                   "a token needs \"scopes\", such as "
                                   "[\"read\",\"write\"]");
}

static amp_err label_read(const json_t *obj, struct amp_badge *badge, struct amp_why *why)
{
    struct amp_str label = {0};
    amp_err err = amp_json_str(obj, "label", &label, why);
    if (err == AMP_OK && label.len == 0) {
        err = amp_fail(why, AMP_E_MISSING, "a token needs a \"label\": what it is for");
    }
    if (err == AMP_OK && amp_str_copy(badge->label, sizeof badge->label, label) != AMP_OK) {
        err = amp_fail(why, AMP_E_LIMIT, "\"label\" has at most %d bytes", AMP_BADGE_LABEL - 1);
    }
    return err;
}

static amp_err owner_read(struct amp_server *server, const struct amp_job *job, const json_t *obj,
                          struct amp_badge *badge, struct amp_why *why)
{
    struct amp_str account = {0};
    amp_err err = amp_json_str(obj, "account", &account, why);
    if (err == AMP_OK && account.len == 0) {
        account = amp_str_of(job->who.who.account);
    }
    if (err == AMP_OK && !amp_sight_account(&server->state, &job->who, account)) {
        err = amp_fail(why, AMP_E_NOT_FOUND, "there is no account \"%.*s\"", (int)account.len,
                       account.len > 0 ? account.ptr : "");
    }
    if (err == AMP_OK && !amp_str_is(account, job->who.who.account) && !is_admin(job)) {
        err = amp_fail(why, AMP_E_FORBIDDEN, "only an admin makes tokens for others");
    }
    return err == AMP_OK ? amp_str_copy(badge->account, sizeof badge->account, account) : err;
}

static amp_err token_read(struct amp_server *server, struct amp_job *job, struct amp_badge *badge,
                          struct amp_words *scopes, struct amp_why *why)
{
    json_t *obj = NULL;
    int64_t days = 0;
    amp_err err = amp_json_read(job->body, BODY_MAX, &obj, why);
    if (err != AMP_OK) {
        return err;
    }
    err = label_read(obj, badge, why);
    err = err ? err : owner_read(server, job, obj, badge, why);
    err = err ? err : scopes_read(obj, badge, scopes, &job->arena, why);
    err = err ? err : amp_json_i64(obj, "expires_days", &days, why);
    json_decref(obj);
    if (err == AMP_OK && (days < 0 || days > DAYS_MAX)) {
        err = amp_fail(why, AMP_E_RANGE, "\"expires_days\" is within 1 and %d", DAYS_MAX);
    }
    if (err == AMP_OK && days > 0) {
        badge->expires_us = server->now_us + days * DAY_S * SECOND_US;
    }
    return err;
}

static void see_token(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    struct token *token = job->data;
    struct amp_json js = amp_api_open(server, job);
    (void)decision;
    amp_json_key(&js, "token");
    token_view(&js, &token->badge);
    if (!job->repeated) {
        amp_json_text_of(&js, "secret", token->text);
    }
    amp_wipe(token->text, sizeof token->text);
    amp_json_close(&js, '}');
}

void amp_api_token_make(struct amp_server *server, struct amp_job *job)
{
    struct token *token = amp_arena_alloc(&job->arena, sizeof *token);
    struct amp_why why = {""};
    struct amp_words scopes = {.n = 0};
    char id[AMP_BADGE_ID];
    amp_err err = token != NULL ? AMP_OK : AMP_E_NOMEM;
    job->key = (struct amp_str){0}; /* what is told once is not repeated */
    if (err == AMP_OK && job->who.kind == AMP_IDENTITY_BADGE &&
        job->who.badge_kind == AMP_BADGE_TOKEN) { /* one that was stolen would live on in others */
        err = amp_fail(&why, AMP_E_FORBIDDEN, "a token makes no tokens: log in");
    }
    if (err == AMP_OK) {
        token->badge.kind = AMP_BADGE_TOKEN;
        (void)snprintf(token->badge.factor, sizeof token->badge.factor, "token");
        err = token_read(server, job, &token->badge, &scopes, &why);
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!amp_api_room(server, job)) {
        return;
    }
    err = amp_badge_issue(server, job, &token->badge, token->text);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    amp_badge_id(token->badge.hash, id);
    job->data = token;
    job->command.kind = AMP_CMD_MAKE_TOKEN;
    job->command.f.account = amp_str_of(token->badge.account);
    job->command.f.token = amp_arena_str(&job->arena, amp_str_of(id));
    job->command.f.scopes = scopes;
    job->command.f.label = amp_str_of(token->badge.label);
    job->command.f.has = AMP_HAS(ACCOUNT) | AMP_HAS(TOKEN) | AMP_HAS(SCOPES) | AMP_HAS(LABEL);
    amp_core_commit(server, job, 201, see_token);
}

void amp_api_token_revoke(struct amp_server *server, struct amp_job *job)
{
    struct amp_badge *badge = amp_arena_alloc(&job->arena, sizeof *badge);
    struct amp_why why = {""};
    char id[AMP_BADGE_ID];
    if (badge == NULL || amp_str_copy(id, sizeof id, job->param[0]) != AMP_OK ||
        !amp_directory_badge_by_id(server->directory, id, badge) ||
        badge->kind != AMP_BADGE_TOKEN ||
        (!is_admin(job) && strcmp(badge->account, job->who.who.account) != 0) ||
        !amp_sight_account(&server->state, &job->who, amp_str_of(badge->account))) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such token");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    if (!amp_api_room(server, job)) {
        return;
    }
    amp_err err = amp_badge_end(server, job, badge);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    job->command.kind = AMP_CMD_REVOKE_TOKEN;
    job->command.f.account = amp_str_of(badge->account);
    job->command.f.token = job->param[0];
    job->command.f.has = AMP_HAS(ACCOUNT) | AMP_HAS(TOKEN);
    amp_core_commit(server, job, 204, NULL);
}
