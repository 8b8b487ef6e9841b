/* The texts that wait for a gateway, and what gateways answer. */
#include "server/sms.h"
#include "base/timefmt.h"
#include "intake/gsm7.h"
#include "server/inside.h"
#include "server/link.h"
#include "server/log.h"
#include "server/outbound.h"
#include "server/settings.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    URL_MAX = 8 << 10,
    BODY_MAX = 64 << 10,
    WAITING_STEP = 64,
    DLR_MASK = 27 /* delivered, not delivered, taken and refused by the carrier */
};

struct waiting {
    uint32_t n;      /* of the text */
    uint64_t seq;    /* of the event that has to be durable first */
    int64_t next_us; /* steady */
    unsigned tries;
    bool underway;
    const char *outcome; /* known, and not an event yet: "sent" or "failed" */
    char label[AMP_LINE_MAX + 1];
};

struct amp_texting {
    struct waiting *at;
    size_t n, cap;
};

/* ---- settings ---- */

static amp_err way_read(struct amp_str value, struct amp_sms_gateway *out)
{
    static const char *const names[] = {
        [AMP_SMS_OUTBOX] = "outbox", [AMP_SMS_KANNEL] = "kannel", [AMP_SMS_HTTP] = "http"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (amp_str_is(value, names[i])) {
            out->way = (enum amp_sms_way)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

static amp_err setting_read(struct amp_str name, struct amp_str value, struct amp_sms_gateway *out)
{
    const struct {
        const char *name;
        char *to;
    } rows[] = {{"url", out->url},        {"username", out->username}, {"password", out->password},
                {"token", out->token},    {"from", out->from},         {"smsc", out->smsc},
                {"dlr-url", out->dlr_url}};
    if (amp_str_is(name, "way")) {
        return way_read(value, out);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (amp_str_is(name, rows[i].name)) {
            return amp_str_copy(rows[i].to, AMP_SMS_SETTING, value);
        }
    }
    return AMP_E_NOT_FOUND;
}

static amp_err gateway_check(const struct amp_sms_gateway *gateway, struct amp_why *why)
{
    if (gateway->way != AMP_SMS_OUTBOX && !amp_url_is_web(amp_str_of(gateway->url))) {
        return amp_fail(why, AMP_E_MISSING,
                        "the SMS gateway needs a line \"url = http://...\" (or https)");
    }
    if (gateway->dlr_url[0] != '\0' && !amp_url_is_web(amp_str_of(gateway->dlr_url))) {
        return amp_fail(why, AMP_E_RANGE, "dlr-url must begin with http:// or https://");
    }
    if (strpbrk(gateway->token, "\r\n\t ") != NULL) {
        return amp_fail(why, AMP_E_RANGE, "the token of the SMS gateway has a blank in it");
    }
    return AMP_OK;
}

amp_err amp_sms_gateway_read(struct amp_str text, struct amp_sms_gateway *out, struct amp_why *why)
{
    struct amp_sms_gateway gateway = {.way = AMP_SMS_OUTBOX};
    struct amp_settings settings = {.rest = text};
    while (amp_settings_next(&settings)) {
        if (!amp_utf8_valid(settings.value) ||
            setting_read(settings.name, settings.value, &gateway) != AMP_OK) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "line %u of the SMS gateway's settings is none of way (outbox, kannel "
                            "or http), url, username, password, token, from, smsc, dlr-url, or is "
                            "too long",
                            settings.line);
        }
    }
    amp_err err = gateway_check(&gateway, why);
    if (err == AMP_OK) {
        *out = gateway;
    }
    return err;
}

/* ---- what waits ---- */

static struct waiting *waiting_find(struct amp_texting *texting, uint32_t n)
{
    for (size_t i = 0; i < texting->n; i++) {
        if (texting->at[i].n == n) {
            return &texting->at[i];
        }
    }
    return NULL;
}

static amp_err waiting_add(struct amp_texting *texting, uint32_t n, uint64_t seq)
{
    if (texting->n == AMP_SMS_WAITING) {
        return AMP_OK; /* it stays queued in the record */
    }
    if (texting->n == texting->cap) {
        size_t cap = texting->cap + WAITING_STEP;
        struct waiting *grown = reallocarray(texting->at, cap, sizeof *grown);
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        texting->at = grown;
        texting->cap = cap;
    }
    texting->at[texting->n++] = (struct waiting){.n = n, .seq = seq};
    return AMP_OK;
}

amp_err amp_texting_event(struct amp_server *server, const struct amp_event *event)
{
    struct amp_texting *texting = server->texting;
    if (event->kind == AMP_EV_MESSAGE_QUEUED) {
        return waiting_add(texting, (uint32_t)event->f.message, event->seq);
    }
    bool settled = event->kind == AMP_EV_MESSAGE_SENT || event->kind == AMP_EV_MESSAGE_FAILED ||
                   event->kind == AMP_EV_MESSAGE_DELIVERED;
    struct waiting *waiting = settled ? waiting_find(texting, (uint32_t)event->f.message) : NULL;
    if (waiting != NULL) {
        *waiting = texting->at[--texting->n];
    }
    return AMP_OK;
}

amp_err amp_texting_start(struct amp_server *server)
{
    struct amp_texting *texting = calloc(1, sizeof *texting);
    amp_err err = texting != NULL ? AMP_OK : AMP_E_NOMEM;
    server->texting = texting;
    for (size_t i = 0; err == AMP_OK && i < server->state.message_n; i++) {
        if (server->state.message[i].state == AMP_MESSAGE_QUEUED) {
            err = waiting_add(texting, (uint32_t)i + 1, 0);
        }
    }
    return err;
}

void amp_texting_close(struct amp_texting *texting)
{
    if (texting != NULL) {
        free(texting->at);
        free(texting);
    }
}

/* ---- what came of one ---- */

static void settle(struct amp_server *server, const struct waiting *waiting)
{
    struct amp_job *job = amp_core_may_write(server) ? amp_job_create(server) : NULL;
    if (job == NULL) {
        return; /* the tick comes back to it */
    }
    job->command.kind = AMP_CMD_SETTLE_MESSAGE;
    job->command.f.message = waiting->n;
    job->command.f.outcome = amp_arena_str(&job->arena, amp_str_of(waiting->outcome));
    job->command.f.has = AMP_HAS(MESSAGE) | AMP_HAS(OUTCOME);
    if (waiting->label[0] != '\0') {
        job->command.f.label = amp_arena_str(&job->arena, amp_str_of(waiting->label));
        job->command.f.has |= AMP_HAS(LABEL);
    }
    job->who.who.role = AMP_ROLE_NONE;
    job->actor = AMP_STR("gateway");
    amp_core_commit(server, job, 200, NULL);
}

static void sent(struct waiting *waiting)
{
    waiting->outcome = "sent";
    waiting->label[0] = '\0';
}

static void failed(struct waiting *waiting, const char *why)
{
    waiting->outcome = "failed";
    (void)snprintf(waiting->label, sizeof waiting->label, "%s", why);
}

static void again(const struct amp_server *server, struct waiting *waiting)
{
    waiting->next_us =
        amp_outbound_again_us(server, AMP_SMS_FIRST_MS, AMP_SMS_LONGEST_MS, waiting->tries++);
}

/* Whether it makes sense to try it again: not when the gateway says that it is wrong. */
static bool is_passing(int status)
{
    return status == 0 || status >= 500 || status == 408 || status == 425 || status == 429;
}

static void on_answer(struct amp_server *server, uint64_t about, uint64_t more,
                      const struct amp_errand_result *result)
{
    struct waiting *waiting = waiting_find(server->texting, (uint32_t)about);
    (void)more;
    if (waiting == NULL) {
        return; /* a report was faster */
    }
    waiting->underway = false;
    if (result->status >= 200 && result->status < 300) {
        sent(waiting);
    } else if (is_passing(result->status)) {
        amp_log(server->config.quiet, AMP_LOG_WARN, "sms", "text %u waits: %s (%d)", waiting->n,
                result->status == 0 ? result->error : "the gateway's answer", result->status);
        again(server, waiting);
    } else {
        char why[AMP_LINE_MAX + 1];
        (void)snprintf(why, sizeof why, "refused-%d", result->status);
        failed(waiting, why);
    }
    if (waiting->outcome != NULL) {
        struct waiting copy = *waiting; /* settling removes it */
        settle(server, &copy);
    }
}

/* ---- sending ---- */

static void query_put(struct amp_buf *url, const char *name, struct amp_str value)
{
    static const char digits[] = "0123456789ABCDEF";
    amp_buf_printf(url, "%s=", name);
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = (uint8_t)value.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            amp_buf_char(url, (char)c);
        } else {
            amp_buf_char(url, '%');
            amp_buf_char(url, digits[c >> 4]);
            amp_buf_char(url, digits[c & 15]);
        }
    }
}

static void query_more(struct amp_buf *url, const char *name, const char *value)
{
    if (value[0] != '\0') {
        amp_buf_char(url, '&');
        query_put(url, name, amp_str_of(value));
    }
}

/* Kannel user's guide, "SMS Push": parameters of sendsms. */
static void kannel_write(const struct amp_sms_gateway *gateway, const char *to, struct amp_str text,
                         uint32_t n, struct amp_buf *url)
{
    amp_buf_text(url, gateway->url);
    amp_buf_char(url, strchr(gateway->url, '?') != NULL ? '&' : '?');
    query_put(url, "to", amp_str_of(to));
    query_more(url, "username", gateway->username);
    query_more(url, "password", gateway->password);
    query_more(url, "from", gateway->from);
    query_more(url, "smsc", gateway->smsc);
    query_more(url, "charset", "UTF-8");
    query_more(url, "coding", amp_sms_size_of(text).ucs2 ? "2" : "0");
    amp_buf_char(url, '&');
    query_put(url, "text", text);
    if (gateway->dlr_url[0] != '\0') {
        char report[2 * AMP_SMS_SETTING];
        (void)snprintf(report, sizeof report, "%s%cmessage=%u&status=%%d", gateway->dlr_url,
                       strchr(gateway->dlr_url, '?') != NULL ? '&' : '?', n);
        amp_buf_printf(url, "&dlr-mask=%d", DLR_MASK);
        query_more(url, "dlr-url", report);
    }
}

static void http_write(const struct amp_sms_gateway *gateway, const char *to, struct amp_str text,
                       uint32_t n, struct amp_buf *body)
{
    struct amp_json js = amp_json_make(body);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "id", n);
    amp_json_text_of(&js, "to", to);
    if (gateway->from[0] != '\0') {
        amp_json_text_of(&js, "from", gateway->from);
    }
    amp_json_str_of(&js, "text", text);
    amp_json_i64_of(&js, "parts", amp_sms_size_of(text).parts);
    amp_json_close(&js, '}');
}

static amp_err hand_over(struct amp_server *server, const struct waiting *waiting, const char *to,
                         struct amp_str text)
{
    const struct amp_sms_gateway *gateway = server->config.sms;
    struct amp_buf url = amp_buf_make(URL_MAX), body = amp_buf_make(BODY_MAX);
    char bearer[AMP_SMS_SETTING + 32], key[64];
    bool kannel = gateway->way == AMP_SMS_KANNEL;
    struct amp_errand errand = {.method = kannel ? "GET" : "POST",
                                .timeout_ms = AMP_SMS_TIMEOUT_MS,
                                .about = waiting->n,
                                .done = on_answer};
    if (kannel) {
        kannel_write(gateway, to, text, waiting->n, &url);
    } else {
        size_t n = 0;
        amp_buf_text(&url, gateway->url);
        http_write(gateway, to, text, waiting->n, &body);
        (void)snprintf(key, sizeof key, "Idempotency-Key: amparo-text-%u", waiting->n);
        (void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", gateway->token);
        errand.header[n++] = "Content-Type: application/json";
        errand.header[n++] = key;
        errand.header[n++] = gateway->token[0] != '\0' ? bearer : NULL;
    }
    errand.url = amp_buf_view(&url);
    errand.body = amp_buf_view(&body);
    amp_err err = amp_buf_err(&url) ? amp_buf_err(&url) : amp_buf_err(&body);
    err = err ? err : amp_outbound_send(server, &errand);
    amp_buf_free(&url);
    amp_buf_free(&body);
    return err;
}

/* One whose data were erased meanwhile has nothing to say, and nobody to say it to. */
static void waiting_send(struct amp_server *server, struct waiting *waiting)
{
    const struct amp_sms *message = amp_state_message(&server->state, waiting->n);
    const struct amp_call *call = amp_state_call(&server->state, message->call);
    char to[AMP_LINE_MAX + 1];
    amp_number_plain(amp_str_of(call->number), to);
    if (to[0] == '\0' || message->text == NULL) {
        failed(waiting, "erased");
        return;
    }
    struct amp_buf text = amp_buf_make(BODY_MAX);
    amp_err err = amp_link_words(server, waiting->n, &text);
    bool over = err == AMP_E_NOT_FOUND; /* the text of a link that is of no use any more */
    err = err ? err : hand_over(server, waiting, to, amp_buf_view(&text));
    amp_wipe(text.data, text.len);
    amp_buf_free(&text);
    if (err == AMP_OK) {
        waiting->underway = true;
    } else if (over) {
        failed(waiting, "link-over");
    } else if (err == AMP_E_LIMIT) {
        failed(waiting, "too-long");
    } else {
        again(server, waiting);
    }
    amp_wipe(to, sizeof to);
}

static void waiting_look(struct amp_server *server, struct waiting *waiting, uint64_t durable,
                         int64_t steady_us)
{
    const struct amp_sms_gateway *gateway = server->config.sms;
    const struct amp_sms *message = amp_state_message(&server->state, waiting->n);
    bool pushes = gateway != NULL && gateway->way != AMP_SMS_OUTBOX;
    bool late = server->now_us - message->at_us > (int64_t)AMP_SMS_TRY_S * AMP_US_PER_S;
    if (late && (!pushes || waiting->tries > 0)) {
        failed(waiting, pushes ? "no-answer" : "not-fetched");
    } else if (pushes && waiting->seq <= durable && waiting->next_us <= steady_us) {
        waiting_send(server, waiting);
    }
}

void amp_texting_tick(struct amp_server *server)
{
    struct amp_texting *texting = server->texting;
    uint64_t durable = amp_push_counts(server->push).seq;
    int64_t steady_us = amp_clock_steady_us();
    for (size_t i = texting->n; i-- > 0;) { /* settling removes the one at hand */
        struct waiting *waiting = &texting->at[i];
        if (waiting->outcome == NULL && !waiting->underway) {
            waiting_look(server, waiting, durable, steady_us);
        }
        if (waiting->outcome != NULL) {
            struct waiting copy = *waiting;
            settle(server, &copy);
        }
    }
}
