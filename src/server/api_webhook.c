/* Webhooks: what an admin adds, sees, has tried again and removes. */
#include "server/api.h"
#include "server/outbound.h"
#include "server/settings.h"
#include "server/webhook.h"
#include <string.h>

static void refuse(struct amp_server *server, struct amp_job *job, amp_err err, const char *words)
{
    struct amp_why why = {""};
    (void)amp_fail(&why, err, "%s", words);
    amp_core_refuse(server, job, err, &why);
}

static bool webhook_given(struct amp_server *server, struct amp_job *job)
{
    if (!amp_webhook_there(server, job->param[0], job->who.who.agency)) {
        refuse(server, job, AMP_E_NOT_FOUND, "there is no such webhook");
        return false;
    }
    return true;
}

void amp_api_webhooks(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "webhooks");
    amp_webhooks_write(server, job->who.who.agency, &js);
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

void amp_api_webhook_dead(struct amp_server *server, struct amp_job *job)
{
    if (!webhook_given(server, job)) {
        return;
    }
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "dead");
    amp_webhook_dead_write(server, job->param[0], &js);
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

void amp_api_webhook_retry(struct amp_server *server, struct amp_job *job)
{
    if (webhook_given(server, job)) {
        amp_webhook_retry(server, job->param[0]);
        struct amp_json js = amp_api_open(server, job);
        amp_json_close(&js, '}');
        amp_core_answer(server, job, 200);
    }
}

/* ---- adding ---- */

static amp_err kinds_read(const json_t *list, struct amp_arena *arena, struct amp_words *out,
                          struct amp_why *why)
{
    size_t n = json_array_size(list);
    if (n == 0 || n >= AMP_LIST_MAX) {
        return amp_fail(why, AMP_E_RANGE, "\"kinds\" must be a list of 1 to %d kinds of events",
                        AMP_LIST_MAX - 1);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *word = json_array_get(list, i);
        struct amp_str text = {json_string_value(word), json_string_length(word)};
        if (!json_is_string(word) || !amp_webhook_kind_valid(text)) {
            return amp_fail(why, AMP_E_RANGE,
                            "each of \"kinds\" must be a kind of event, its first word, or all: "
                            "see docs/events.md");
        }
        out->word[out->n++] = amp_arena_str(arena, text);
    }
    return AMP_OK;
}

/* LogEvents are of all kinds that have one: nothing is chosen. */
static amp_err form_read(const struct amp_server *server, const json_t *obj,
                         struct amp_arena *arena, struct amp_words *kinds, struct amp_why *why)
{
    struct amp_str form = AMP_STR("amparo");
    const json_t *list = json_object_get(obj, "kinds");
    amp_err err = amp_json_str(obj, "form", &form, why);
    if (err != AMP_OK || amp_str_is(form, "amparo")) {
        return err ? err : kinds_read(list, arena, kinds, why);
    }
    if (!amp_str_is(form, AMP_WEBHOOK_I3)) {
        return amp_fail(why, AMP_E_RANGE, "\"form\" must be amparo or i3");
    }
    if (list != NULL) {
        return amp_fail(why, AMP_E_RANGE, "\"kinds\" does not go with the form i3");
    }
    if (server->config.i3 == NULL) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "the server has no settings of LogEvents: start it with --i3 FILE "
                        "(docs/events.md)");
    }
    kinds->word[kinds->n++] = AMP_STR(AMP_WEBHOOK_I3);
    return AMP_OK;
}

static amp_err want_read(const struct amp_server *server, struct amp_job *job,
                         struct amp_webhook_want *want, struct amp_why *why)
{
    json_t *obj = NULL;
    amp_err err = amp_json_read(job->body, AMP_HTTP_BODY_MAX, &obj, why);
    err = err ? err : amp_json_str(obj, "url", &want->url, why);
    if (err == AMP_OK && (want->url.len > AMP_WEBHOOK_URL || !amp_url_is_web(want->url))) {
        err = amp_fail(why, AMP_E_RANGE, "\"url\" must be http:// or https://, of %d bytes at most",
                       AMP_WEBHOOK_URL);
    }
    if (err == AMP_OK && json_object_get(obj, "label") != NULL) {
        err = amp_json_str(obj, "label", &want->label, why);
    }
    if (err == AMP_OK && json_object_get(obj, "personal") != NULL) {
        err = amp_json_bool(obj, "personal", &want->personal, why);
    }
    err = err ? err : form_read(server, obj, &job->arena, &want->kinds, why);
    want->url = amp_arena_str(&job->arena, want->url);
    want->label = amp_arena_str(&job->arena, want->label);
    want->agency = job->who.who.agency;
    json_decref(obj);
    return err ? err : amp_arena_failed(&job->arena) ? AMP_E_NOMEM : AMP_OK;
}

struct added {
    char id[AMP_WEBHOOK_ID], key[AMP_WEBHOOK_KEY];
};

static void see_added(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    const struct added *added = job->data;
    struct amp_json js = amp_api_open(server, job);
    (void)decision;
    amp_json_text_of(&js, "webhook", added->id);
    amp_json_text_of(&js, "secret", added->key);
    amp_json_close(&js, '}');
}

/* The journal has which kinds, and that personal data go along; where to is beside it, sealed. */
static void added_command(struct amp_job *job, const struct added *added,
                          const struct amp_webhook_want *want)
{
    struct amp_fields *f = &job->command.f;
    job->command.kind = AMP_CMD_ADD_WEBHOOK;
    f->token = amp_str_of(added->id);
    f->scopes = want->kinds;
    if (want->personal) {
        f->scopes.word[f->scopes.n++] = AMP_STR("personal");
    }
    f->has = AMP_HAS(TOKEN) | AMP_HAS(SCOPES);
    if (want->label.len > 0) {
        f->label = want->label;
        f->has |= AMP_HAS(LABEL);
    }
}

void amp_api_webhook_add(struct amp_server *server, struct amp_job *job)
{
    struct amp_webhook_want want = {.personal = false};
    struct amp_why why = {""};
    struct added *added = amp_arena_alloc(&job->arena, sizeof *added);
    job->key = (struct amp_str){0}; /* what is told once is not repeated */
    if (!amp_outbound_there(server->outbound)) {
        refuse(server, job, AMP_E_UNSUPPORTED,
               "no courier runs that would tell it: the server is not running, or without one");
        return;
    }
    amp_err err = added == NULL ? AMP_E_NOMEM : want_read(server, job, &want, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    const struct amp_command check = {
        .kind = AMP_CMD_ADD_WEBHOOK,
        .time_us = server->now_us,
        .actor = job->actor,
        .f = {.has = AMP_HAS(TOKEN) | AMP_HAS(SCOPES) | AMP_HAS(LABEL),
              .token = AMP_STR("new"),
              .scopes = want.kinds,
              .label = want.label}};
    err = amp_command_check(&check, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!amp_api_room(server, job)) {
        return;
    }
    err = amp_webhook_add(server, job, &want, added->id, added->key, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->data = added;
    added_command(job, added, &want);
    amp_core_commit(server, job, 201, see_added);
}

static void see_removed(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    struct amp_json js = amp_api_open(server, job);
    (void)decision;
    amp_json_close(&js, '}');
}

void amp_api_webhook_remove(struct amp_server *server, struct amp_job *job)
{
    if (!webhook_given(server, job) || !amp_api_room(server, job)) {
        return;
    }
    job->key = (struct amp_str){0};
    amp_err err = amp_webhook_remove(server, job, job->param[0]);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    job->command.kind = AMP_CMD_REMOVE_WEBHOOK;
    job->command.f.token = job->param[0];
    job->command.f.has = AMP_HAS(TOKEN);
    amp_core_commit(server, job, 200, see_removed);
}
