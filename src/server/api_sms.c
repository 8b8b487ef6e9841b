/* Texts: the door that gateways bring them to, the desk's answers, and what became of those. */
#include "base/timefmt.h"
#include "intake/gsm7.h"
#include "intake/intake.h"
#include "intake/sms.h"
#include "server/api.h"
#include "server/link.h"
#include "server/sight.h"
#include "server/sms.h"
#include <stdio.h>
#include <string.h>

enum {
    KEY_BYTES = 16, /* of the hash that is a text's key */
    AGAIN_S = 60,   /* the same words so soon, without id and time, are the same text */
    OUTBOX_MAX = 100
};

/* ---- in ---- */

/* The same text has the same key however often it comes. Keyed by a secret: the journal must not
 * let anybody try out numbers. Without an id and a time of the gateway there is no key. */
static amp_err key_make(struct amp_server *server, struct amp_job *job,
                        const struct amp_sms_in *sms)
{
    uint8_t key[AMP_KEY], hash[AMP_SHA256];
    struct amp_buf text = amp_buf_make(2 * AMP_SMS_BYTES);
    if (sms->id.len == 0 && sms->sent_us == 0) {
        return AMP_OK;
    }
    amp_err err = amp_keys_get(server->keys, (struct amp_incident_id){0}, key);
    amp_buf_text(&text, "amparo-sms-1");
    const struct amp_str parts[] = {sms->from, sms->gateway, sms->id, sms->data, sms->text};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        amp_buf_le32(&text, (uint32_t)parts[i].len);
        amp_buf_str(&text, parts[i]);
    }
    amp_buf_le64(&text, sms->id.len > 0 ? 0 : (uint64_t)sms->sent_us);
    amp_buf_le32(&text,
                 (uint32_t)sms->part.ref << 16 | (uint32_t)sms->part.total << 8 | sms->part.index);
    err = err ? err : amp_buf_err(&text);
    if (err == AMP_OK) {
        struct amp_buf hex = amp_buf_make(AMP_KEY_MAX);
        amp_hmac_sha256((struct amp_str){(const char *)key, sizeof key}, amp_buf_view(&text), hash);
        amp_buf_text(&hex, "sms-");
        amp_hex_put(&hex, hash, KEY_BYTES);
        job->key = amp_arena_str(&job->arena, amp_buf_view(&hex));
        job->own_key = true;
        err = amp_buf_err(&hex);
        amp_buf_free(&hex);
    }
    amp_wipe(key, sizeof key);
    amp_buf_free(&text);
    return err;
}

/* A gateway that says neither id nor time, and repeats itself. */
static bool is_again(const struct amp_server *server, const struct amp_sms_in *sms,
                     uint64_t agencies)
{
    const struct amp_state *state = &server->state;
    int64_t since_us = server->now_us - (int64_t)AGAIN_S * AMP_US_PER_S;
    const struct amp_call *call = amp_state_call_lately(state, sms->from, since_us, agencies);
    if (sms->id.len > 0 || sms->sent_us != 0 || sms->part.total > 0 || call == NULL) {
        return false;
    }
    for (uint32_t n = call->message; n != 0; n = state->message[n - 1].older) {
        const struct amp_sms *message = &state->message[n - 1];
        if (message->at_us < since_us) {
            break;
        }
        if (message->state == AMP_MESSAGE_RECEIVED && message->text != NULL &&
            amp_str_is(sms->text, message->text)) {
            return true;
        }
    }
    return false;
}

static void see_taken(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    char id[AMP_ID_TEXT];
    if (job->route->method == AMP_METHOD_GET) { /* a gateway may send the answer to the caller */
        job->type = "text/plain; charset=utf-8";
        return;
    }
    struct amp_json js = amp_api_open(server, job);
    if (decision->message != 0) {
        amp_json_i64_of(&js, "message", decision->message);
    }
    if (decision->call.n != 0) {
        amp_call_id_text(decision->call, id);
        amp_json_text_of(&js, "call", id);
        amp_incident_id_text(decision->incident, id);
        amp_json_text_of(&js, "incident", id);
    }
    amp_json_close(&js, '}');
}

static void text_take(struct amp_server *server, struct amp_job *job, const struct amp_sms_in *sms)
{
    struct amp_fields *f = &job->command.f;
    job->command.kind = AMP_CMD_TAKE_MESSAGE;
    f->number = sms->from;
    f->text = sms->text.len > 0 ? sms->text : AMP_STR("—"); /* an empty text is a call, too */
    f->source = sms->gateway;
    f->has = AMP_HAS(NUMBER) | AMP_HAS(TEXT) | AMP_HAS(SOURCE);
    if (sms->sent_us != 0) {
        f->fix_time = sms->sent_us;
        f->has |= AMP_HAS(FIX_TIME);
    }
    if (sms->part.total > 1) {
        f->part = amp_arena_printf(&job->arena, "%u.%u.%u", (unsigned)sms->part.ref,
                                   (unsigned)sms->part.total, (unsigned)sms->part.index);
        f->has |= AMP_HAS(PART);
    }
    if (sms->cut) {
        job->also.kind = AMP_CMD_DISCARD_MESSAGE;
        job->also.f.source = sms->gateway;
        job->also.f.label = AMP_STR("the end of a text longer than 8192 bytes");
        job->also.f.has = AMP_HAS(SOURCE) | AMP_HAS(LABEL);
        job->has_also = true;
    }
    amp_core_commit(server, job, job->route->method == AMP_METHOD_GET ? 200 : 201, see_taken);
}

/* The header of AML, whichever quotes a gateway made of its own. */
static bool is_aml(struct amp_str text)
{
    text = amp_str_trim(text);
    return amp_str_starts(text, AMP_STR("A\"ML=")) || amp_str_starts(text, AMP_STR("A“ML=")) ||
           amp_str_starts(text, AMP_STR("A”ML="));
}

static amp_err sms_read(struct amp_job *job, struct amp_sms_in *sms, struct amp_why *why)
{
    if (job->route->method == AMP_METHOD_GET) {
        return amp_sms_read_form(job->query_raw, &job->arena, sms, why);
    }
    struct amp_str body = amp_str_trim(job->body);
    return body.len > 0 && body.ptr[0] == '{' ? amp_sms_read_json(body, &job->arena, sms, why)
                                              : amp_sms_read_form(body, &job->arena, sms, why);
}

void amp_api_sms(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_sms_in sms = {.sent_us = 0};
    amp_err err = sms_read(job, &sms, &why);
    err = err ? err : key_make(server, job, &sms);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    uint64_t agencies = job->who.who.agency != 0 ? UINT64_C(1) << job->who.who.agency : UINT64_MAX;
    if (sms.data.len > 0 || is_aml(sms.text)) {
        amp_api_report(server, job, AMP_STR("aml"), sms.data.len > 0 ? sms.data : sms.text,
                       sms.from);
    } else if (is_again(server, &sms, agencies)) {
        const struct amp_decision none = {.repeated = true};
        job->repeated = true;
        see_taken(server, job, &none);
        amp_core_answer(server, job, 200);
    } else {
        text_take(server, job, &sms);
    }
}

/* ---- out ---- */

void amp_api_incident_text(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job) &&
        amp_api_read(server, job, AMP_CMD_WRITE_MESSAGE, AMP_HAS(INCIDENT))) {
        amp_core_commit(server, job, 201, amp_api_see_incident);
    }
}

static bool is_seen(const struct amp_server *server, const struct amp_job *job,
                    const struct amp_sms *message)
{
    const struct amp_call *call = amp_state_call(&server->state, message->call);
    const struct amp_incident *incident = amp_state_incident(&server->state, call->incident);
    return incident != NULL && amp_sight_incident(&server->state, &job->who, incident);
}

static void outbox_line(struct amp_buf *out, uint32_t n, const char *to, struct amp_str text)
{
    bool ucs2 = amp_sms_size_of(text).ucs2;
    amp_buf_printf(out, "%u %s %s ", (unsigned)n, to, ucs2 ? "ucs2" : "gsm7");
    amp_base64_put(out, text.ptr, text.len);
    amp_buf_char(out, '\n');
}

/* What is durable and has not been sent: a line each, for programs of few words. */
void amp_api_sms_outbox(struct amp_server *server, struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    const struct amp_sms_gateway *gateway = server->config.sms;
    struct amp_why why = {""};
    size_t n = 0;
    if (gateway != NULL && gateway->way != AMP_SMS_OUTBOX) {
        (void)amp_fail(&why, AMP_E_CONFLICT, "texts go to the gateway by themselves here");
        amp_core_refuse(server, job, AMP_E_CONFLICT, &why);
        return;
    }
    job->type = "text/plain; charset=utf-8";
    for (size_t i = 0; i < state->message_n && n < OUTBOX_MAX; i++) {
        const struct amp_sms *message = &state->message[i];
        char to[AMP_LINE_MAX + 1];
        if (message->state != AMP_MESSAGE_QUEUED || message->text == NULL ||
            !is_seen(server, job, message)) {
            continue;
        }
        amp_number_plain(amp_str_of(amp_state_call(state, message->call)->number), to);
        struct amp_buf text = amp_buf_make(AMP_LINK_URL_MAX + 2 * AMP_TEXT_MAX);
        if (to[0] != '\0' && amp_link_words(server, (uint32_t)i + 1, &text) == AMP_OK) {
            outbox_line(&job->out, (uint32_t)i + 1, to, amp_buf_view(&text));
            n++;
        }
        amp_wipe(text.data, text.len);
        amp_buf_free(&text);
    }
    amp_core_answer(server, job, 200);
}

/* Kannel's %d: 1 delivered, 2 not, 4 waits at the carrier, 8 the carrier has it, 16 refused it. */
static const char *outcome_of(struct amp_str status)
{
    static const struct {
        const char *status, *outcome;
    } rows[] = {{"1", "delivered"}, {"2", "failed"}, {"4", ""}, {"8", "sent"}, {"16", "failed"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (amp_str_is(status, rows[i].status)) {
            return rows[i].outcome;
        }
    }
    return NULL;
}

static void see_nothing(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    (void)decision;
    if (job->route->method == AMP_METHOD_GET) {
        job->type = "text/plain; charset=utf-8";
        return;
    }
    struct amp_json js = amp_api_open(server, job);
    amp_json_close(&js, '}');
}

static bool query_report(struct amp_server *server, struct amp_job *job)
{
    struct amp_str number = {0}, status = {0};
    struct amp_why why = {""};
    amp_err err = amp_sms_field(job->query_raw, "message", &job->arena, &number);
    err = err ? err : amp_sms_field(job->query_raw, "status", &job->arena, &status);
    const char *outcome = outcome_of(status);
    struct amp_fields *f = &job->command.f;
    if (err == AMP_OK && (amp_str_i64(number, &f->message) != AMP_OK || outcome == NULL)) {
        err = amp_fail(&why, AMP_E_RANGE,
                       "the report needs message=NUMBER and status=1, 2, 4, 8 or 16");
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return false;
    }
    if (outcome[0] == '\0') { /* it waits: there is nothing to say yet */
        see_nothing(server, job, NULL);
        amp_core_answer(server, job, 200);
        return false;
    }
    job->command.kind = AMP_CMD_SETTLE_MESSAGE;
    f->outcome = amp_str_of(outcome);
    f->has = AMP_HAS(MESSAGE) | AMP_HAS(OUTCOME);
    if (strcmp(outcome, "failed") == 0) {
        f->label = AMP_STR("undeliverable");
        f->has |= AMP_HAS(LABEL);
    }
    return true;
}

void amp_api_sms_delivery(struct amp_server *server, struct amp_job *job)
{
    bool query = job->route->method == AMP_METHOD_GET;
    struct amp_why why = {""};
    if (query ? !query_report(server, job)
              : !amp_api_read(server, job, AMP_CMD_SETTLE_MESSAGE, 0)) {
        return;
    }
    const struct amp_sms *message = amp_state_message(&server->state, job->command.f.message);
    if (message == NULL || !is_seen(server, job, message)) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such text");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    amp_core_commit(server, job, 200, see_nothing);
}
