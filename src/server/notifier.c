/* Subscriptions of partners: asked for, renewed, told, ended. */
#include "server/notifier.h"
#include "intake/intake.h"
#include "server/api.h"
#include "server/log.h"
#include "server/random.h"
#include "server/sockets.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WANTED_STEP = 64,
    ID_BYTES = 16,
    ID_TEXT = 2 * ID_BYTES + 1,
    EVENT_MAX = AMP_INTAKE_MAX + 1024,
    EVENTS_QUEUED = 16, /* of one connection; the rest of the room is for answers */
    ANSWER_MAX = 4096
};

struct wanted { /* an incident that the subscriber has not heard of, and up to which event */
    struct amp_incident_id incident;
    uint64_t seq;
};

struct subscription {
    char id[ID_TEXT];
    uint64_t socket;
    const struct amp_partner *partner;
    char single[AMP_LINE_MAX + 1]; /* the name of the one incident; "": all */
    int64_t expires_us;            /* steady */
    int64_t most_us, least_us;     /* between two events at least, and at most; 0: any */
    int64_t told_us;
    bool hello; /* that there is nothing has to be said: an event without an EIDO */
    struct wanted *wanted;
    size_t wanted_n, wanted_cap;
};

struct amp_notifier {
    struct subscription *at[AMP_NOTIFIER_ALL];
    size_t n;
    uint64_t last; /* of the events */
};

/* ---- subscriptions ---- */

static void subscription_free(struct subscription *sub)
{
    free(sub->wanted);
    free(sub);
}

static size_t count_of(const struct amp_notifier *notifier, uint64_t socket)
{
    size_t n = 0;
    for (size_t i = 0; i < notifier->n; i++) {
        n += notifier->at[i]->socket == socket;
    }
    return n;
}

static void subscription_end(struct amp_server *server, size_t at)
{
    struct amp_notifier *notifier = server->notifier;
    uint64_t socket = notifier->at[at]->socket;
    subscription_free(notifier->at[at]);
    notifier->at[at] = notifier->at[--notifier->n];
    if (count_of(notifier, socket) == 0) {
        amp_sockets_keep(server->sockets, socket, false);
    }
}

static struct subscription *subscription_find(const struct amp_notifier *notifier, uint64_t socket,
                                              struct amp_str id, size_t *at)
{
    for (size_t i = 0; i < notifier->n; i++) {
        if (notifier->at[i]->socket == socket && amp_str_is(id, notifier->at[i]->id)) {
            *at = i;
            return notifier->at[i];
        }
    }
    return NULL;
}

static amp_err wanted_add(struct subscription *sub, struct amp_incident_id id, uint64_t seq)
{
    if (sub->wanted_n == sub->wanted_cap) {
        size_t cap = sub->wanted_cap + WANTED_STEP;
        struct wanted *grown = reallocarray(sub->wanted, cap, sizeof *grown);
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        sub->wanted = grown;
        sub->wanted_cap = cap;
    }
    sub->wanted[sub->wanted_n++] = (struct wanted){id, seq};
    return AMP_OK;
}

/* The newest takes the place of what waits of the same incident. */
static amp_err wanted_set(struct subscription *sub, struct amp_incident_id id, uint64_t seq)
{
    for (size_t i = 0; i < sub->wanted_n; i++) {
        if (sub->wanted[i].incident.n == id.n) {
            sub->wanted[i].seq = seq;
            return AMP_OK;
        }
    }
    return wanted_add(sub, id, seq);
}

static bool is_about(const struct amp_server *server, const struct subscription *sub,
                     const struct amp_incident *incident, const struct amp_link *link)
{
    if (sub->single[0] == '\0') {
        return true;
    }
    struct amp_arena arena = amp_arena_make(AMP_JOB_ARENA);
    bool about = amp_str_is(amp_eido_name(server, incident, link, &arena), sub->single);
    amp_arena_drop(&arena);
    return about;
}

amp_err amp_notifier_want(struct amp_server *server, const struct amp_incident *incident,
                          const struct amp_link *link, uint64_t seq)
{
    struct amp_notifier *notifier = server->notifier;
    amp_err err = AMP_OK;
    for (size_t i = 0; notifier != NULL && i < notifier->n && err == AMP_OK; i++) {
        struct subscription *sub = notifier->at[i];
        if (strcmp(sub->partner->name, link->partner) == 0 &&
            is_about(server, sub, incident, link)) {
            err = wanted_set(sub, incident->id, seq);
        }
    }
    return err;
}

/* What is told at once: section 2.1.1, all active ones; and those that changed within a day, since
 * a change may have been missed. One that is named is told however old it is. */
static amp_err wanted_fill(struct amp_server *server, struct subscription *sub)
{
    int64_t since_us = server->now_us - (int64_t)AMP_EXCHANGE_TRY_S * AMP_US_PER_S;
    amp_err err = AMP_OK;
    for (size_t i = 0; i < server->state.incident_n && err == AMP_OK; i++) {
        const struct amp_incident *incident = &server->state.incident[i];
        const struct amp_link *link = amp_incident_link(incident, amp_str_of(sub->partner->name));
        bool current = incident->state != AMP_INCIDENT_CLOSED || incident->changed_us > since_us;
        if (link != NULL && amp_exchange_tells(link) && incident->erased_us == 0 &&
            (current || sub->single[0] != '\0') && is_about(server, sub, incident, link)) {
            err = wanted_add(sub, incident->id, incident->changed_seq);
        }
    }
    return err;
}

/* ---- telling ---- */

static amp_err event_write(struct amp_server *server, const struct subscription *sub,
                           const struct amp_incident *incident, const struct wanted *wanted,
                           struct amp_arena *arena, struct amp_buf *out)
{
    struct amp_buf eido = amp_buf_make(AMP_INTAKE_MAX);
    struct amp_json js = amp_json_make(out);
    struct amp_why why = {""};
    const struct amp_link *link =
        incident != NULL ? amp_incident_link(incident, amp_str_of(sub->partner->name)) : NULL;
    amp_err err =
        link != NULL ? amp_exchange_write(server, incident, link, arena, &eido, &why) : AMP_OK;
    amp_json_open(&js, '{');
    amp_json_key(&js, "event");
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "subscriptionId", sub->id);
    amp_json_str_of(&js, "transactionId",
                    amp_arena_printf(arena, "I-%u.%llu.%llu", (unsigned)wanted->incident.n,
                                     (unsigned long long)wanted->seq,
                                     (unsigned long long)++server->notifier->last));
    if (link != NULL) {
        amp_json_text_of(&js, "transfer", amp_exchange_word(link));
        amp_json_i64_of(&js, "offer", link->offer_us);
    }
    amp_json_key(&js, "notification");
    amp_json_open(&js, '[');
    if (link != NULL && err == AMP_OK) {
        amp_json_put_raw(&js, amp_buf_view(&eido));
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_json_close(&js, '}');
    amp_buf_free(&eido);
    return err ? err : amp_arena_failed(arena) ? AMP_E_NOMEM : amp_buf_err(out);
}

/* incident NULL: that there is nothing. */
static amp_err event_send(struct amp_server *server, struct subscription *sub,
                          const struct amp_incident *incident, const struct wanted *wanted)
{
    struct amp_arena arena = amp_arena_make(AMP_JOB_ARENA);
    struct amp_buf out = amp_buf_make(EVENT_MAX);
    amp_err err = event_write(server, sub, incident, wanted, &arena, &out);
    err = err ? err : amp_sockets_say(server->sockets, sub->socket, amp_buf_view(&out), true);
    if (err == AMP_OK) {
        sub->told_us = amp_clock_steady_us();
        sub->hello = false;
    }
    amp_buf_free(&out);
    amp_arena_drop(&arena);
    return err;
}

/* The next incident that is durable, and goes from the list; false if there is none. */
static bool wanted_next(struct subscription *sub, uint64_t durable, struct wanted *out)
{
    for (size_t i = 0; i < sub->wanted_n; i++) {
        if (sub->wanted[i].seq <= durable) {
            *out = sub->wanted[i];
            memmove(&sub->wanted[i], &sub->wanted[i + 1],
                    (sub->wanted_n - i - 1) * sizeof *sub->wanted);
            sub->wanted_n--;
            return true;
        }
    }
    return false;
}

static const struct amp_incident *incident_told(const struct amp_server *server,
                                                const struct subscription *sub,
                                                struct amp_incident_id id)
{
    const struct amp_incident *incident = amp_state_incident(&server->state, id);
    const struct amp_link *link =
        incident != NULL ? amp_incident_link(incident, amp_str_of(sub->partner->name)) : NULL;
    bool told = link != NULL && amp_exchange_tells(link) && incident->erased_us == 0;
    return told ? incident : NULL;
}

static bool is_time(const struct subscription *sub, int64_t steady_us)
{
    return sub->most_us == 0 || sub->told_us == 0 || steady_us - sub->told_us >= sub->most_us;
}

/* How many EIDOs were written. */
static size_t subscription_tell(struct amp_server *server, struct subscription *sub, size_t most)
{
    uint64_t durable = amp_push_counts(server->push).seq;
    int64_t steady_us = amp_clock_steady_us();
    const struct wanted nothing = {.seq = 0};
    struct wanted next = nothing;
    size_t n = 0;
    while (n < most && is_time(sub, steady_us) &&
           amp_sockets_room(server->sockets, sub->socket) > AMP_SOCKETS_QUEUE - EVENTS_QUEUED &&
           wanted_next(sub, durable, &next)) {
        const struct amp_incident *incident = incident_told(server, sub, next.incident);
        amp_err err = incident != NULL ? event_send(server, sub, incident, &next) : AMP_OK;
        n++;
        if (err != AMP_OK && err != AMP_E_NOT_FOUND) {
            amp_log(server->config.quiet, AMP_LOG_WARN, "exchange",
                    "I-%u is not told to who subscribed as %s: %s", (unsigned)next.incident.n,
                    sub->partner->name, amp_err_words(err));
        }
    }
    bool silent = sub->least_us != 0 && steady_us - sub->told_us >= sub->least_us;
    if ((sub->hello && sub->wanted_n == 0) || silent) {
        (void)!event_send(server, sub, NULL, &nothing); /* else at the next turn */
    }
    return n;
}

static void all_tell(struct amp_server *server)
{
    size_t most = AMP_NOTIFIER_TURN;
    for (size_t i = 0; i < server->notifier->n && most > 0; i++) {
        most -= subscription_tell(server, server->notifier->at[i], most);
    }
}

void amp_notifier_tick(struct amp_server *server)
{
    struct amp_notifier *notifier = server->notifier;
    int64_t steady_us = amp_clock_steady_us();
    for (size_t i = notifier != NULL ? notifier->n : 0; i-- > 0;) {
        const struct subscription *sub = notifier->at[i];
        if (amp_partner_account(sub->partner, &server->state) == NULL) {
            amp_sockets_end(server->sockets, sub->socket, AMP_WEBSOCKET_FORBIDDEN,
                            "the account is a partner no more");
        }
        if (!amp_sockets_there(server->sockets, sub->socket)) {
            subscription_end(server, i);
        } else if (steady_us >= sub->expires_us) {
            bool last = count_of(notifier, sub->socket) == 1;
            if (last) { /* section 2.1.1: with the last one the connection ends */
                amp_sockets_end(server->sockets, sub->socket, AMP_WEBSOCKET_DONE,
                                "the subscription has expired");
            }
            subscription_end(server, i);
        }
    }
    if (notifier != NULL) {
        all_tell(server);
    }
}

/* ---- what a partner says ---- */

struct said { /* in the job's arena */
    uint64_t socket;
    size_t partner;
    amp_err err;
    struct amp_eido_message message;
};

struct answer {
    const char *body; /* "subscribeResponse" */
    int code;
    const char *text;
    const struct subscription *sub; /* of a subscription that stands; or NULL */
    bool rates;
};

static void answer_send(struct amp_server *server, const struct said *said,
                        const struct answer *answer)
{
    struct amp_buf out = amp_buf_make(ANSWER_MAX);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '{');
    amp_json_key(&js, answer->body);
    amp_json_open(&js, '{');
    amp_json_str_maybe(&js, "requestId", said->message.request_id);
    if (answer->sub != NULL) {
        int64_t left_us = answer->sub->expires_us - amp_clock_steady_us();
        amp_json_text_of(&js, "subscriptionId", answer->sub->id);
        amp_json_i64_of(&js, "expires", (left_us + AMP_US_PER_S / 2) / AMP_US_PER_S);
    } else {
        amp_json_str_maybe(&js, "subscriptionId", said->message.subscription_id);
    }
    if (answer->rates && said->message.min_rate > 0) {
        amp_json_i64_of(&js, "minRate", said->message.min_rate);
    }
    if (answer->rates && said->message.max_rate > 0) {
        amp_json_i64_of(&js, "maxRate", said->message.max_rate);
    }
    amp_json_i64_of(&js, "statusCode", answer->code);
    amp_json_text_of(&js, "statusText", answer->text);
    amp_json_close(&js, '}');
    amp_json_close(&js, '}');
    amp_err err = amp_buf_err(&out);
    err = err ? err : amp_sockets_say(server->sockets, said->socket, amp_buf_view(&out), false);
    if (err != AMP_OK && err != AMP_E_NOT_FOUND) {
        amp_sockets_end(server->sockets, said->socket, AMP_WEBSOCKET_LATER,
                        "answers are not taken");
    }
    amp_buf_free(&out);
}

static void refuse(struct amp_server *server, const struct said *said, const char *body, int code,
                   const char *text)
{
    const struct answer answer = {.body = body, .code = code, .text = text};
    answer_send(server, said, &answer);
}

static int64_t expires_at(const struct amp_eido_message *message)
{
    int64_t wanted_s = message->expires_s > 0 ? message->expires_s : AMP_NOTIFIER_EXPIRES_S;
    wanted_s = wanted_s < AMP_NOTIFIER_LONGEST_S ? wanted_s : AMP_NOTIFIER_LONGEST_S;
    return amp_clock_steady_us() + wanted_s * AMP_US_PER_S;
}

/* Section 2.1.5.1: with the id of one that stands, its time changes and nothing else. */
static void renew(struct amp_server *server, const struct said *said)
{
    size_t at = 0;
    struct subscription *sub =
        subscription_find(server->notifier, said->socket, said->message.subscription_id, &at);
    if (sub == NULL) {
        refuse(server, said, "subscribeResponse", 481, "There is no such subscription");
        return;
    }
    sub->expires_us = expires_at(&said->message);
    const struct answer answer = {
        .body = "subscribeResponse", .code = 200, .text = "OK", .sub = sub};
    answer_send(server, said, &answer);
}

/* "application/emergency.eido+json; version=\"1,2,3\"": ours is the first. Absent: believed. */
static bool accepts(struct amp_str list)
{
    struct amp_str type = {0}, version = {0}, major = {0};
    struct amp_str rest = amp_str_cut(list, ';', &type);
    if (list.len == 0) {
        return true;
    }
    (void)amp_str_cut(rest, '"', &major);
    rest = amp_str_cut(rest, '"', &version); /* behind the first quote */
    (void)amp_str_cut(rest, '"', &version);
    while (version.len > 0) {
        version = amp_str_cut(version, ',', &major);
        struct amp_str number = {0};
        (void)amp_str_cut(amp_str_trim(major), '.', &number);
        if (amp_str_is(number, "1")) {
            return amp_str_is(amp_str_trim(type), "application/emergency.eido+json");
        }
    }
    return false;
}

static const char *refusal_of(const struct amp_notifier *notifier, const struct said *said,
                              int *code)
{
    const struct amp_eido_message *message = &said->message;
    bool single = amp_str_is(message->request_sub_type, "single");
    *code = 406;
    if (!amp_str_is(message->request_type, "EIDO")) {
        return "Only EIDOs can be subscribed to";
    }
    if (!accepts(message->accepts)) {
        return "EIDOs are application/emergency.eido+json of version 1 here";
    }
    if (message->filter.len > 0) {
        return "Filters are not evaluated here";
    }
    *code = 400;
    if ((!single && !amp_str_is(message->request_sub_type, "new")) ||
        single != (message->incident_id.len > 0) || message->incident_id.len > AMP_LINE_MAX) {
        return "requestSubType is new, or single with an incidentId";
    }
    if (message->min_rate < 0 || message->min_rate > AMP_NOTIFIER_LONGEST_S ||
        message->max_rate < 0 || message->max_rate > AMP_NOTIFIER_LONGEST_S ||
        message->expires_s < 0) {
        return "minRate, maxRate and expires are seconds, at most those of a day";
    }
    *code = 503;
    if (notifier->n == AMP_NOTIFIER_ALL || count_of(notifier, said->socket) == AMP_NOTIFIER_EACH) {
        return "There are too many subscriptions";
    }
    return NULL;
}

static struct subscription *subscription_make(struct amp_server *server, const struct said *said)
{
    struct subscription *sub = calloc(1, sizeof *sub);
    uint8_t bytes[ID_BYTES];
    char room[2 * ID_TEXT];
    if (sub == NULL) {
        return NULL;
    }
    struct amp_buf id = amp_buf_over(room, sizeof room);
    amp_random(bytes, sizeof bytes);
    amp_hex_put(&id, bytes, sizeof bytes);
    sub->socket = said->socket;
    sub->partner = &server->config.partners->partner[said->partner];
    sub->expires_us = expires_at(&said->message);
    sub->most_us = said->message.max_rate * AMP_US_PER_S;
    sub->least_us = said->message.min_rate * AMP_US_PER_S;
    sub->hello = true;
    if (amp_str_copy(sub->id, sizeof sub->id, amp_buf_view(&id)) != AMP_OK ||
        amp_str_copy(sub->single, sizeof sub->single, said->message.incident_id) != AMP_OK ||
        wanted_fill(server, sub) != AMP_OK) {
        subscription_free(sub);
        return NULL;
    }
    return sub;
}

static void subscribe(struct amp_server *server, const struct said *said)
{
    struct amp_notifier *notifier = server->notifier;
    int code = 0;
    const char *text = refusal_of(notifier, said, &code);
    if (text != NULL) {
        refuse(server, said, "subscribeResponse", code, text);
        return;
    }
    struct subscription *sub = subscription_make(server, said);
    if (sub == NULL) {
        refuse(server, said, "subscribeResponse", 500, "There is too little memory");
        return;
    }
    if (sub->single[0] != '\0' && sub->wanted_n == 0) {
        subscription_free(sub);
        refuse(server, said, "subscribeResponse", 404, "There is no such incident");
        return;
    }
    notifier->at[notifier->n++] = sub;
    amp_sockets_keep(server->sockets, said->socket, true);
    const struct answer answer = {
        .body = "subscribeResponse", .code = 200, .text = "OK", .sub = sub, .rates = true};
    answer_send(server, said, &answer);
    amp_log(server->config.quiet, AMP_LOG_INFO, "exchange", "%s has subscribed to %s",
            sub->partner->name, sub->single[0] != '\0' ? "an incident" : "its incidents");
    (void)subscription_tell(server, sub, AMP_NOTIFIER_TURN);
}

static void unsubscribe(struct amp_server *server, const struct said *said)
{
    size_t at = 0;
    bool found = subscription_find(server->notifier, said->socket, said->message.subscription_id,
                                   &at) != NULL;
    if (found) {
        subscription_end(server, at);
    }
    refuse(server, said, "unsubscribeResponse", found ? 200 : 481,
           found ? "Unsubscribed" : "There is no such subscription");
}

/* "I-7.123.4": which incident it has up to which event. */
static void taken(struct amp_server *server, const struct said *said)
{
    struct amp_str id = {0}, seq = {0};
    struct amp_incident_id incident = {0};
    uint64_t number = 0;
    struct amp_str rest = amp_str_cut(said->message.transaction_id, '.', &id);
    (void)amp_str_cut(rest, '.', &seq);
    if (said->message.status_code == 200 && amp_incident_id_parse(id, &incident) == AMP_OK &&
        amp_str_u64(seq, &number) == AMP_OK) {
        amp_exchange_heard(server, &server->config.partners->partner[said->partner], incident,
                           number, said->message.transfer.len > 0);
    }
}

static void step_said(struct amp_server *server, struct amp_job *job)
{
    const struct said *said = job->data;
    if (amp_partner_account(&server->config.partners->partner[said->partner], &server->state) ==
        NULL) { /* it may have lost its right after the connection was made */
        amp_sockets_end(server->sockets, said->socket, AMP_WEBSOCKET_FORBIDDEN,
                        "the account is no partner");
    } else if (said->err != AMP_OK) {
        refuse(server, said, "subscribeResponse", 400, job->why.text);
    } else if (said->message.kind == AMP_EIDO_SUBSCRIBE) {
        if (said->message.subscription_id.len > 0) {
            renew(server, said);
        } else {
            subscribe(server, said);
        }
    } else if (said->message.kind == AMP_EIDO_UNSUBSCRIBE) {
        unsubscribe(server, said);
    } else if (said->message.kind == AMP_EIDO_EVENT_RESPONSE) {
        taken(server, said);
    } else if (said->message.kind != AMP_EIDO_TERMINATE_RESPONSE) {
        refuse(server, said, "subscribeResponse", 400,
               "This takes subscribe, unsubscribe and eventResponse");
    }
    amp_sockets_answered(server->sockets, said->socket);
    amp_job_destroy(job);
}

static bool on_text(void *ctx, uint64_t id, size_t owner, struct amp_str text)
{
    struct amp_server *server = ctx;
    struct amp_job *job = amp_job_create(server);
    struct said *said = job != NULL ? amp_arena_alloc(&job->arena, sizeof *said) : NULL;
    if (said == NULL) {
        amp_job_destroy(job);
        return false;
    }
    *said = (struct said){.socket = id, .partner = owner};
    said->err = amp_eido_read(text, &job->arena, &said->message, &job->why);
    job->data = said;
    job->step = step_said;
    if (amp_core_push(server, job) != AMP_OK) {
        amp_job_destroy(job);
        return false;
    }
    return true;
}

static void step_drained(struct amp_server *server, struct amp_job *job)
{
    const struct said *said = job->data;
    for (size_t i = 0; i < server->notifier->n; i++) {
        if (server->notifier->at[i]->socket == said->socket) {
            (void)subscription_tell(server, server->notifier->at[i], AMP_NOTIFIER_TURN);
        }
    }
    amp_job_destroy(job);
}

/* If the core cannot be told now, it looks at its next tick. */
static void on_drained(void *ctx, uint64_t id)
{
    struct amp_server *server = ctx;
    struct amp_job *job = amp_job_create(server);
    struct said *said = job != NULL ? amp_arena_alloc(&job->arena, sizeof *said) : NULL;
    if (said != NULL) {
        *said = (struct said){.socket = id};
        job->data = said;
        job->step = step_drained;
    }
    if (said == NULL || amp_core_push(server, job) != AMP_OK) {
        amp_job_destroy(job);
    }
}

/* ---- the connection ---- */

struct upgrading { /* in the job's arena */
    char accept[AMP_WEBSOCKET_ACCEPT];
    bool version, named;
    size_t partner;
};

amp_err amp_notifier_fields(struct amp_job *job, const struct amp_request *rq)
{
    struct upgrading *upgrading = amp_arena_alloc(&job->arena, sizeof *upgrading);
    if (upgrading == NULL) {
        return AMP_E_NOMEM;
    }
    *upgrading = (struct upgrading){
        .version = amp_str_is(amp_request_field(rq, "Sec-WebSocket-Version"), "13"),
        .named = amp_websocket_lists(amp_request_field(rq, "Sec-WebSocket-Protocol"),
                                     AMP_NOTIFIER_PROTOCOL)};
    bool asks = amp_websocket_lists(amp_request_field(rq, "Upgrade"), "websocket") &&
                amp_websocket_lists(amp_request_field(rq, "Connection"), "Upgrade") &&
                amp_websocket_accept(amp_request_field(rq, "Sec-WebSocket-Key"),
                                     upgrading->accept) == AMP_OK;
    job->data = asks ? upgrading : NULL;
    return AMP_OK;
}

/* Any thread. A token that ended since it was shown is looked for once more: behind the place in
 * the table, since its end looks there. */
static void upgrade_now(struct amp_server *server, struct amp_job *job)
{
    const struct upgrading *upgrading = job->data;
    struct amp_upgrade upgrade;
    struct amp_badge badge;
    uint64_t id = 0;
    amp_err err =
        amp_sockets_expect(server->sockets, job->who.badge, upgrading->partner, &id, &upgrade);
    if (err != AMP_OK) {
        (void)amp_fail(&job->why, err, "there are too many connections of this partner");
        const struct amp_why why = job->why;
        amp_job_problem(job, err, &why);
        amp_job_send(job);
        return;
    }
    if (!amp_directory_badge_by_id(server->directory, job->who.badge, &badge)) {
        amp_sockets_end(server->sockets, id, AMP_WEBSOCKET_FORBIDDEN, "the token is valid no more");
    }
    struct amp_http_field field[] = {{"Upgrade", "websocket"},
                                     {"Sec-WebSocket-Accept", upgrading->accept},
                                     {"Cache-Control", "no-store"},
                                     {"Sec-WebSocket-Protocol", AMP_NOTIFIER_PROTOCOL}};
    size_t n = sizeof field / sizeof field[0];
    amp_metrics_request(&server->metrics, (size_t)(job->route - amp_endpoints), 101, 0);
    amp_request_upgrade(job->rq, field, upgrading->named ? n : n - 1, &upgrade);
    amp_job_destroy(job);
}

void amp_api_eido_subscribe(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct upgrading *upgrading = job->rq != NULL ? job->data : NULL;
    const struct amp_partner *partner =
        job->who.who.role == AMP_ROLE_PARTNER
            ? amp_partner_find(server->config.partners, amp_str_of(job->who.who.account))
            : NULL;
    if (partner == NULL || server->sockets == NULL) {
        (void)amp_fail(&why, AMP_E_CONFLICT,
                       "the settings of this server name no partner centre \"%s\"",
                       job->who.who.account);
        amp_core_refuse(server, job, AMP_E_CONFLICT, &why);
        return;
    }
    if (upgrading == NULL || !upgrading->version) {
        (void)!amp_job_field(job, "Sec-WebSocket-Version", AMP_STR("13"));
        (void)amp_fail(&why, AMP_E_SYNTAX,
                       "this is for WebSocket: Upgrade, Connection, Sec-WebSocket-Key and "
                       "Sec-WebSocket-Version 13 are needed");
        amp_core_refuse(server, job, AMP_E_SYNTAX, &why);
        return;
    }
    upgrading->partner = (size_t)(partner - server->config.partners->partner);
    if (amp_api_look_counts(server, job, "stream")) { /* it shows what is personal */
        job->after = upgrade_now;
        amp_core_commit(server, job, 200, NULL);
    } else {
        upgrade_now(server, job);
    }
}

/* ---- starting and stopping ---- */

amp_err amp_notifier_start(struct amp_server *server)
{
    const struct amp_sockets_config config = {
        .ctx = server, .text = on_text, .drained = on_drained};
    if (server->config.partners == NULL) {
        return AMP_OK;
    }
    server->notifier = calloc(1, sizeof *server->notifier);
    return server->notifier != NULL ? amp_sockets_start(&config, &server->sockets) : AMP_E_NOMEM;
}

void amp_notifier_close(struct amp_notifier *notifier)
{
    for (size_t i = 0; notifier != NULL && i < notifier->n; i++) {
        subscription_free(notifier->at[i]);
    }
    free(notifier);
}
