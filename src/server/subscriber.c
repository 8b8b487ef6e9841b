/* A connection to each partner that tells us, what is said on it, and what is taken from it. */
#include "server/subscriber.h"
#include "base/timefmt.h"
#include "intake/intake.h"
#include "model/field.h"
#include "server/api.h"
#include "server/courier.h"
#include "server/exchange.h"
#include "server/log.h"
#include "server/notifier.h"
#include "server/outbound.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_MAX = AMP_PARTNER_SETTING + 32,
    SUBSCRIPTION_MAX = 129, /* bytes of the partner's name for it, and the end */
    SAY_MAX = 8192,
    TARGET_MAX = 128,
    RENEW_LEAST_S = 1, /* who gives no time is not asked without a pause */
    OPEN = 101
};

enum phase {
    RESTING, /* until at_us */
    OPENING,
    ASKING, /* for a subscription, or its renewal, until at_us */
    HEARING /* renewed at at_us */
};

struct subject { /* one partner that tells us */
    const struct amp_partner *partner;
    enum phase phase;
    int64_t wire, at_us;
    unsigned tries, asked; /* asked: requests */
    uint64_t opened;       /* which connection this is; what comes of others is passed over */
    char subscription[SUBSCRIPTION_MAX];
    bool told_down; /* the log has it */
};

struct amp_subscriber {
    struct subject *at;
    size_t n;
};

/* ---- saying ---- */

static void say(struct amp_server *server, int64_t wire, const struct amp_buf *text)
{
    if (amp_buf_err(text) == AMP_OK) { /* what is not said is asked for again */
        (void)!amp_outbound_say(server, wire, amp_buf_view(text));
    }
}

static void subscribe(struct amp_server *server, struct subject *subject)
{
    struct amp_buf out = amp_buf_make(SAY_MAX);
    struct amp_json js = amp_json_make(&out);
    char id[AMP_LINE_MAX];
    (void)snprintf(id, sizeof id, "%s-%u", server->config.partners->centre, ++subject->asked);
    amp_json_open(&js, '{');
    amp_json_key(&js, "subscribe");
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "requestId", id);
    if (subject->subscription[0] != '\0') {
        amp_json_text_of(&js, "subscriptionId", subject->subscription);
    } else {
        amp_json_text_of(&js, "requestType", "EIDO");
        amp_json_text_of(&js, "requestSubType", "new");
        amp_json_text_of(&js, "requestAccepts", AMP_EIDO_MEDIA);
    }
    amp_json_i64_of(&js, "expires", AMP_SUBSCRIBER_EXPIRES_S);
    amp_json_close(&js, '}');
    amp_json_close(&js, '}');
    say(server, subject->wire, &out);
    amp_buf_free(&out);
    subject->phase = ASKING;
    subject->at_us = amp_clock_steady_us() + (int64_t)AMP_SUBSCRIBER_ANSWER_MS * INT64_C(1000);
}

static void response_say(struct amp_server *server, int64_t wire, const char *body,
                         const char *name, struct amp_str id, int status)
{
    struct amp_buf out = amp_buf_make(SAY_MAX);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '{');
    amp_json_key(&js, body);
    amp_json_open(&js, '{');
    amp_json_str_of(&js, name, id);
    amp_json_i64_of(&js, "statusCode", status);
    amp_json_text_of(&js, "statusText", status == 200 ? "OK" : "It was not taken");
    if (strcmp(body, "eventResponse") == 0) { /* hearing of an offer is not accepting it */
        amp_json_text_of(&js, "transfer", "heard");
    }
    amp_json_close(&js, '}');
    amp_json_close(&js, '}');
    say(server, wire, &out);
    amp_buf_free(&out);
}

/* ---- what is heard ---- */

struct taking { /* of one event; lives until the last of its EIDOs was dealt with */
    struct amp_server *server;
    int64_t wire;
    atomic_size_t left;
    atomic_int status;
    struct amp_str transaction;
    char text[];
};

static void taking_step(struct taking *taking)
{
    if (atomic_fetch_sub(&taking->left, 1) == 1) {
        response_say(taking->server, taking->wire, "eventResponse", "transactionId",
                     taking->transaction, atomic_load(&taking->status));
        free(taking);
    }
}

/* The statuses of section 2.1.6.3.1. */
static int status_of(int http)
{
    return http < 300                   ? 200
           : http == 403                ? 403
           : http == 404                ? 404
           : http == 413                ? 413
           : http == 503 || http == 429 ? 503
           : http >= 500                ? 500
                                        : 400;
}

/* Any thread, when it is durable. */
static void on_taken(void *ctx, int status, struct amp_str body)
{
    struct taking *taking = ctx;
    (void)body;
    if (status_of(status) != 200) {
        atomic_store(&taking->status, status_of(status));
    }
    taking_step(taking);
}

/* Whoever the settings name has to have an account that may, as at the door. */
static bool is_partner(const struct amp_server *server, const struct amp_partner *partner,
                       struct amp_identity *out)
{
    const struct amp_account *account = amp_partner_account(partner, &server->state);
    *out = (struct amp_identity){.kind = AMP_IDENTITY_BADGE, .may = AMP_MAY(EXCHANGE)};
    out->who.role = AMP_ROLE_PARTNER;
    return account != NULL && amp_str_copy(out->who.account, sizeof out->who.account,
                                           amp_str_of(account->name)) == AMP_OK;
}

/* One EIDO as the body of a request to POST /v1/eido. */
static amp_err eido_take(struct amp_server *server, const struct subject *subject,
                         const char *target, const json_t *eido, struct taking *taking)
{
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    char *text = json_dumps(eido, JSON_COMPACT | JSON_ENCODE_ANY);
    job->body = amp_arena_str(&job->arena, amp_str_of(text));
    if (text != NULL) {
        amp_wipe_free(text);
    }
    amp_err err = text == NULL || amp_arena_failed(&job->arena) ? AMP_E_NOMEM : AMP_OK;
    err = err ? err : amp_uri_read(amp_str_of(target), &job->arena, &job->uri, NULL);
    if (err == AMP_OK && !is_partner(server, subject->partner, &job->who)) {
        err = AMP_E_FORBIDDEN;
    }
    job->actor = amp_str_of(job->who.who.account);
    job->reply = on_taken;
    job->reply_ctx = taking;
    job->step = amp_api_eido;
    err = err ? err : amp_core_push(server, job);
    if (err != AMP_OK) {
        amp_job_destroy(job);
    }
    return err;
}

/* What our own make says beside an EIDO, as the query of a message. */
static void target_write(const json_t *event, char target[TARGET_MAX])
{
    struct amp_str transfer = {0};
    int64_t offer = 0;
    bool word = amp_json_str(event, "transfer", &transfer, NULL) == AMP_OK && transfer.len > 0 &&
                amp_word_valid(transfer);
    bool number = amp_json_i64(event, "offer", &offer, NULL) == AMP_OK && offer > 0;
    if (word && transfer.len < TARGET_MAX / 2 && number) {
        (void)snprintf(target, TARGET_MAX, "/v1/eido?transfer=%.*s&offer=%lld", (int)transfer.len,
                       transfer.ptr, (long long)offer);
    } else {
        (void)snprintf(target, TARGET_MAX, "/v1/eido");
    }
}

static void event_hear(struct amp_server *server, const struct subject *subject,
                       const json_t *event)
{
    const json_t *list = json_object_get(event, "notification");
    struct amp_str transaction = {0};
    size_t n = json_array_size(list);
    char target[TARGET_MAX];
    if (amp_json_str(event, "transactionId", &transaction, NULL) != AMP_OK ||
        transaction.len > AMP_LINE_MAX) {
        return; /* nobody could be told what became of it */
    }
    struct taking *taking = malloc(sizeof *taking + transaction.len);
    if (taking == NULL) {
        return;
    }
    *taking = (struct taking){
        .server = server, .wire = subject->wire, .transaction = {taking->text, transaction.len}};
    atomic_init(&taking->left, n + 1);
    atomic_init(&taking->status, n > AMP_EIDO_NOTICES ? 413 : 200);
    if (transaction.len > 0) {
        memcpy(taking->text, transaction.ptr, transaction.len);
    }
    target_write(event, target);
    for (size_t i = 0; i < n; i++) {
        amp_err err = n > AMP_EIDO_NOTICES
                          ? AMP_E_LIMIT
                          : eido_take(server, subject, n == 1 ? target : "/v1/eido",
                                      json_array_get(list, i), taking);
        if (err != AMP_OK) {
            on_taken(taking, amp_err_http(err), (struct amp_str){0});
        }
    }
    taking_step(taking);
}

static void rest(struct amp_server *server, struct subject *subject, const char *why)
{
    subject->phase = RESTING;
    subject->wire = 0;
    subject->opened++;
    subject->subscription[0] = '\0';
    subject->at_us = amp_outbound_again_us(server, AMP_EXCHANGE_FIRST_MS, AMP_EXCHANGE_LONGEST_MS,
                                           subject->tries++);
    if (!subject->told_down) {
        subject->told_down = true;
        amp_log(server->config.quiet, AMP_LOG_WARN, "exchange",
                "the subscription to %s is down: %s; it is tried again", subject->partner->name,
                why);
    }
}

static void hang_up(struct amp_server *server, struct subject *subject, const char *why)
{
    amp_outbound_end(server, subject->wire);
    rest(server, subject, why);
}

static void response_hear(struct amp_server *server, struct subject *subject,
                          const struct amp_eido_message *message)
{
    int64_t left_s = message->expires_s > 0 ? message->expires_s : AMP_SUBSCRIBER_EXPIRES_S;
    char why[AMP_LINE_MAX];
    if (message->status_code == 481 && subject->subscription[0] != '\0') {
        subject->subscription[0] = '\0'; /* it expired before it was renewed: a new one */
        subscribe(server, subject);
        return;
    }
    if (message->status_code < 200 || message->status_code > 299 ||
        message->subscription_id.len == 0 ||
        amp_str_copy(subject->subscription, sizeof subject->subscription,
                     message->subscription_id) != AMP_OK) {
        (void)snprintf(why, sizeof why, "it answered %d", (int)(message->status_code % 1000));
        hang_up(server, subject, why);
        return;
    }
    if (subject->told_down || subject->tries > 0) {
        amp_log(server->config.quiet, AMP_LOG_INFO, "exchange", "the subscription to %s stands",
                subject->partner->name);
    }
    left_s = left_s < AMP_SUBSCRIBER_EXPIRES_S ? left_s : AMP_SUBSCRIBER_EXPIRES_S;
    left_s = left_s / 2 > RENEW_LEAST_S ? left_s / 2 : RENEW_LEAST_S;
    subject->tries = 0;
    subject->told_down = false;
    subject->phase = HEARING;
    subject->at_us = amp_clock_steady_us() + left_s * AMP_US_PER_S;
}

static void message_hear(struct amp_server *server, struct subject *subject, struct amp_str text)
{
    struct amp_arena arena = amp_arena_make(AMP_JOB_ARENA);
    struct amp_eido_message message = {0};
    if (amp_eido_read(text, &arena, &message, NULL) != AMP_OK) {
        message.kind = AMP_EIDO_DOCUMENT; /* nothing that we understand: passed over */
    }
    if (message.kind == AMP_EIDO_SUBSCRIBE_RESPONSE && subject->phase == ASKING) {
        response_hear(server, subject, &message);
    } else if (message.kind == AMP_EIDO_TERMINATE) {
        response_say(server, subject->wire, "terminateResponse", "requestId", message.request_id,
                     200);
        hang_up(server, subject, "it has ended it");
    }
    amp_arena_drop(&arena);
}

static void text_hear(struct amp_server *server, struct subject *subject, struct amp_str text)
{
    json_t *root = NULL;
    if (amp_json_read(text, AMP_COURIER_TEXT, &root, NULL) != AMP_OK) {
        return;
    }
    const json_t *event = json_object_get(root, "event");
    if (event == NULL) {
        message_hear(server, subject, text);
    } else if (subject->phase == HEARING || subject->phase == ASKING) {
        event_hear(server, subject, event);
    }
    json_decref(root);
}

/* ---- the connection ---- */

static void on_wire(struct amp_server *server, uint64_t about, uint64_t more,
                    const struct amp_errand_result *result)
{
    struct subject *subject = &server->subscriber->at[about];
    char why[AMP_LINE_MAX];
    if (subject->opened != more) {
        return; /* of a connection that was given up */
    }
    if (result->status == OPEN && result->body.len > 0) {
        text_hear(server, subject, result->body);
    } else if (result->status == OPEN && subject->phase == OPENING) {
        subscribe(server, subject);
    } else if (result->status != OPEN && subject->phase != RESTING) {
        (void)snprintf(why, sizeof why, "it answered %d", result->status);
        rest(server, subject, result->status == 0 ? result->error : why);
    }
}

static void wire_open(struct amp_server *server, struct subject *subject)
{
    char bearer[HEADER_MAX];
    (void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", subject->partner->token);
    const struct amp_errand errand = {
        .method = "SOCKET",
        .url = amp_str_of(subject->partner->ent),
        .header = {bearer, "Sec-WebSocket-Protocol: " AMP_NOTIFIER_PROTOCOL},
        .timeout_ms = AMP_SUBSCRIBER_OPEN_MS,
        .about = (uint64_t)(subject - server->subscriber->at),
        .more = ++subject->opened,
        .done = on_wire};
    amp_err err = amp_outbound_open(server, &errand, &subject->wire);
    amp_wipe(bearer, sizeof bearer);
    if (err != AMP_OK) {
        rest(server, subject, amp_err_words(err));
    } else {
        subject->phase = OPENING;
    }
}

void amp_subscriber_tick(struct amp_server *server)
{
    struct amp_subscriber *subscriber = server->subscriber;
    int64_t steady_us = amp_clock_steady_us();
    for (size_t i = 0; subscriber != NULL && i < subscriber->n; i++) {
        struct subject *subject = &subscriber->at[i];
        if (subject->at_us > steady_us || subject->phase == OPENING) {
            continue; /* what opens comes back in its time */
        }
        if (subject->phase == RESTING) {
            wire_open(server, subject);
        } else if (subject->phase == HEARING) {
            subscribe(server, subject);
        } else {
            hang_up(server, subject, "it does not answer");
        }
    }
}

/* ---- starting and stopping ---- */

amp_err amp_subscriber_start(struct amp_server *server)
{
    const struct amp_partners *partners = server->config.partners;
    if (partners == NULL || !amp_outbound_there(server->outbound)) {
        return AMP_OK;
    }
    struct amp_subscriber *subscriber = calloc(1, sizeof *subscriber);
    server->subscriber = subscriber;
    if (subscriber == NULL) {
        return AMP_E_NOMEM;
    }
    subscriber->at = calloc(AMP_PARTNERS_MAX, sizeof *subscriber->at);
    if (subscriber->at == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < partners->n; i++) {
        if (partners->partner[i].subscribe) {
            subscriber->at[subscriber->n++] = (struct subject){.partner = &partners->partner[i]};
        }
    }
    return AMP_OK;
}

void amp_subscriber_close(struct amp_subscriber *subscriber)
{
    if (subscriber != NULL) {
        free(subscriber->at);
        free(subscriber);
    }
}
