/* What partner centres are still to be told, and what they answer. */
#include "server/exchange.h"
#include "base/timefmt.h"
#include "intake/intake.h"
#include "server/inside.h"
#include "server/log.h"
#include "server/notifier.h"
#include "server/outbound.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    US_PER_MS = 1000,
    TELLING_STEP = 64,
    URL_MAX = 2 * AMP_PARTNER_SETTING,
    HEADER_MAX = AMP_PARTNER_SETTING + 32
};

struct telling { /* one link that a partner is told of */
    struct amp_incident_id incident;
    const struct amp_partner *partner;
    uint64_t told, wanted, underway_seq; /* of the incident's events */
    int64_t next_us, since_us;           /* steady; since: the oldest thing not told */
    unsigned tries;
    bool underway;
};

struct amp_exchanges {
    struct telling *at;
    size_t n, cap;
};

/* ---- what there is to tell ---- */

static struct telling *telling_find(struct amp_exchanges *exchanges, struct amp_incident_id id,
                                    const struct amp_partner *partner)
{
    for (size_t i = 0; i < exchanges->n; i++) {
        if (exchanges->at[i].incident.n == id.n && exchanges->at[i].partner == partner) {
            return &exchanges->at[i];
        }
    }
    return NULL;
}

static amp_err telling_add(struct amp_exchanges *exchanges, struct amp_incident_id id,
                           const struct amp_partner *partner, struct telling **out)
{
    if (exchanges->n == AMP_EXCHANGE_LINKS) {
        return AMP_OK;
    }
    if (exchanges->n == exchanges->cap) {
        size_t cap = exchanges->cap + TELLING_STEP;
        struct telling *grown = reallocarray(exchanges->at, cap, sizeof *grown);
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        exchanges->at = grown;
        exchanges->cap = cap;
    }
    *out = &exchanges->at[exchanges->n++];
    **out = (struct telling){.incident = id, .partner = partner};
    return AMP_OK;
}

static amp_err telling_want(struct amp_server *server, const struct amp_incident *incident,
                            const struct amp_link *link, uint64_t seq)
{
    const struct amp_partner *partner =
        amp_partner_find(server->config.partners, amp_str_of(link->partner));
    int64_t now_us = amp_clock_steady_us();
    if (partner == NULL) {
        return AMP_OK;
    }
    struct telling *telling = telling_find(server->exchanges, incident->id, partner);
    amp_err err =
        telling == NULL ? telling_add(server->exchanges, incident->id, partner, &telling) : AMP_OK;
    if (err != AMP_OK || telling == NULL) {
        return err;
    }
    if (telling->wanted == telling->told) { /* nothing waited */
        telling->since_us = now_us;
        telling->next_us = now_us + (int64_t)AMP_EXCHANGE_PAUSE_MS * US_PER_MS;
        telling->tries = 0;
    }
    telling->wanted = seq;
    int64_t notify_us = now_us + (int64_t)AMP_EXCHANGE_NOTIFY_MS * US_PER_MS;
    server->tell_at_us = notify_us < server->tell_at_us ? notify_us : server->tell_at_us;
    return AMP_OK;
}

/* One that refused an offer is told so, and nothing else. */
bool amp_exchange_tells(const struct amp_link *link)
{
    return amp_link_tells(link) || (!link->outward && link->transfer == AMP_TRANSFER_REFUSED);
}

/* What a partner told us is nothing new to it. */
static bool is_echo(const struct amp_event *event)
{
    return event->kind == AMP_EV_PARTNER_NOTE || event->kind == AMP_EV_PARTNER_STATE ||
           event->kind == AMP_EV_PARTNER_UNIT || event->kind == AMP_EV_INCIDENT_VIEWED;
}

static amp_err incident_want(struct amp_server *server, struct amp_incident_id id, uint64_t seq)
{
    const struct amp_incident *incident = amp_state_incident(&server->state, id);
    amp_err err = AMP_OK;
    for (size_t i = 0; incident != NULL && i < incident->link_n && err == AMP_OK; i++) {
        if (amp_exchange_tells(&incident->link[i])) {
            err = telling_want(server, incident, &incident->link[i], seq);
            err = err ? err : amp_notifier_want(server, incident, &incident->link[i], seq);
        }
    }
    return err;
}

amp_err amp_exchange_event(struct amp_server *server, const struct amp_event *event)
{
    amp_field_set has = event->f.has;
    if (server->config.partners == NULL || is_echo(event)) {
        return AMP_OK;
    }
    amp_err err = (has & AMP_HAS(INCIDENT)) != 0
                      ? incident_want(server, event->f.incident, event->seq)
                      : AMP_OK;
    return err == AMP_OK && (has & AMP_HAS(INTO)) != 0
               ? incident_want(server, event->f.into, event->seq)
               : err;
}

amp_err amp_exchange_start(struct amp_server *server)
{
    struct amp_exchanges *exchanges = calloc(1, sizeof *exchanges);
    amp_err err = exchanges != NULL ? AMP_OK : AMP_E_NOMEM;
    server->exchanges = exchanges;
    const struct amp_clock *clock = &server->config.clock;
    int64_t since_us = clock->now_us(clock->ctx) - (int64_t)AMP_EXCHANGE_TRY_S * AMP_US_PER_S;
    for (size_t i = 0; err == AMP_OK && i < server->state.incident_n; i++) {
        const struct amp_incident *incident = &server->state.incident[i];
        if (incident->state != AMP_INCIDENT_CLOSED || incident->changed_us > since_us) {
            err = incident_want(server, incident->id, incident->changed_seq);
        }
    }
    return err;
}

void amp_exchange_close(struct amp_exchanges *exchanges)
{
    if (exchanges != NULL) {
        free(exchanges->at);
        free(exchanges);
    }
}

/* ---- what came of it ---- */

static struct amp_job *job_of(struct amp_server *server, const struct telling *telling)
{
    struct amp_job *job = amp_core_may_write(server) ? amp_job_create(server) : NULL;
    if (job != NULL) {
        job->command.f.incident = telling->incident;
        job->command.f.partner = amp_str_of(telling->partner->name);
        job->command.f.has = AMP_HAS(INCIDENT) | AMP_HAS(PARTNER);
        job->who.who.role = AMP_ROLE_NONE;
        job->actor = AMP_STR("exchange");
    }
    return job;
}

static void offer_fail(struct amp_server *server, const struct telling *telling, const char *why)
{
    struct amp_job *job = job_of(server, telling);
    if (job != NULL) { /* else the next try comes back to it */
        job->command.kind = AMP_CMD_FAIL_TRANSFER;
        job->command.f.label = amp_arena_str(&job->arena, amp_str_of(why));
        job->command.f.has |= AMP_HAS(LABEL);
        amp_core_commit(server, job, 200, NULL);
    }
}

/* A centre that says nothing of transfers took it by taking the message. */
static void offer_accept(struct amp_server *server, const struct telling *telling,
                         const struct amp_link *link)
{
    struct amp_job *job = job_of(server, telling);
    if (job != NULL) {
        job->command.kind = AMP_CMD_TAKE_EXCHANGE;
        job->command.f.label = AMP_STR("-");
        job->command.f.outcome = AMP_STR("accepted");
        job->command.f.fix_time = link->offer_us;
        job->command.f.has |= AMP_HAS(LABEL) | AMP_HAS(OUTCOME) | AMP_HAS(FIX_TIME);
        amp_core_commit(server, job, 200, NULL);
    }
}

static const struct amp_link *link_of(const struct amp_server *server,
                                      const struct telling *telling)
{
    const struct amp_incident *incident = amp_state_incident(&server->state, telling->incident);
    return incident != NULL ? amp_incident_link(incident, amp_str_of(telling->partner->name))
                            : NULL;
}

static bool offer_stands(const struct amp_link *link)
{
    return link != NULL && link->outward && link->transfer == AMP_TRANSFER_OFFERED;
}

static void again(const struct amp_server *server, struct telling *telling)
{
    telling->next_us = amp_outbound_again_us(server, AMP_EXCHANGE_FIRST_MS, AMP_EXCHANGE_LONGEST_MS,
                                             telling->tries++);
}

static void give_up(struct amp_server *server, struct telling *telling, const char *why)
{
    struct telling copy = *telling;
    telling->told = telling->wanted;
    amp_log(server->config.quiet, AMP_LOG_WARN, "exchange", "I-%u is not told to %s: %s",
            (unsigned)copy.incident.n, copy.partner->name, why);
    if (offer_stands(link_of(server, &copy))) {
        offer_fail(server, &copy, why);
    }
}

static bool is_passing(int status)
{
    return status == 0 || status >= 500 || status == 408 || status == 425 || status == 429;
}

static bool says_transfer(struct amp_str body)
{
    json_t *obj = NULL;
    bool says = amp_json_read(body, AMP_OUTBOUND_ANSWER, &obj, NULL) == AMP_OK &&
                json_object_get(obj, "transfer") != NULL;
    json_decref(obj);
    return says;
}

static void on_answer(struct amp_server *server, uint64_t about, uint64_t more,
                      const struct amp_errand_result *result)
{
    const struct amp_partner *partner = &server->config.partners->partner[more];
    struct telling *telling =
        telling_find(server->exchanges, (struct amp_incident_id){(uint32_t)about}, partner);
    char why[AMP_LINE_MAX + 1];
    if (telling == NULL) {
        return;
    }
    telling->underway = false;
    (void)snprintf(why, sizeof why, "%.*s", AMP_LINE_MAX,
                   result->status == 0 ? result->error : "its server is in trouble");
    if (result->status >= 200 && result->status < 300) {
        const struct telling copy = *telling;
        const struct amp_link *link = link_of(server, telling);
        telling->told =
            telling->told > telling->underway_seq ? telling->told : telling->underway_seq;
        telling->tries = 0;
        telling->since_us = amp_clock_steady_us();
        if (offer_stands(link) && !says_transfer(result->body)) {
            offer_accept(server, &copy, link);
        }
        return;
    }
    if (telling->told == telling->wanted) {
        return; /* it has it in the other way */
    }
    if (!is_passing(result->status)) {
        (void)snprintf(why, sizeof why, "its server refused it: %d", result->status);
        give_up(server, telling, why);
        return;
    }
    int64_t limit_s = offer_stands(link_of(server, telling)) ? server->config.partners->offer_s
                                                             : (int64_t)AMP_EXCHANGE_TRY_S;
    if (amp_clock_steady_us() - telling->since_us > limit_s * AMP_US_PER_S) {
        give_up(server, telling, why);
    } else {
        again(server, telling);
    }
}

/* ---- telling ---- */

const char *amp_exchange_word(const struct amp_link *link)
{
    if (link->outward) {
        return link->transfer == AMP_TRANSFER_OFFERED ? "offered" : "none";
    }
    return amp_transfer_name(link->transfer);
}

amp_err amp_exchange_write(const struct amp_server *server, const struct amp_incident *incident,
                           const struct amp_link *link, struct amp_arena *arena,
                           struct amp_buf *out, struct amp_why *why)
{
    return amp_eido_of(server, incident, link, !amp_link_tells(link), arena, out, why);
}

void amp_exchange_heard(struct amp_server *server, const struct amp_partner *partner,
                        struct amp_incident_id id, uint64_t seq, bool transfers)
{
    struct telling *telling = telling_find(server->exchanges, id, partner);
    if (telling != NULL && seq > telling->told && seq <= telling->wanted &&
        (transfers || !offer_stands(link_of(server, telling)))) {
        telling->told = seq;
        telling->tries = 0;
        telling->since_us = amp_clock_steady_us();
    }
}

static amp_err body_write(struct amp_server *server, const struct telling *telling,
                          const struct amp_incident *incident, const struct amp_link *link,
                          struct amp_arena *arena, struct amp_buf *out)
{
    struct amp_why why = {""};
    if (!telling->partner->by_reference || !amp_link_tells(link)) {
        return amp_exchange_write(server, incident, link, arena, out, &why);
    }
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "eidoByReferenceUrl",
                    amp_arena_printf(arena, "%s/v1/eido/I-%u", server->config.partners->url,
                                     (unsigned)incident->id.n));
    amp_json_close(&js, '}');
    return amp_buf_err(out);
}

static amp_err send(struct amp_server *server, const struct telling *telling,
                    const struct amp_incident *incident, const struct amp_link *link)
{
    char bearer[HEADER_MAX], url[URL_MAX];
    struct amp_arena arena = amp_arena_make(AMP_JOB_ARENA);
    struct amp_buf body = amp_buf_make(AMP_INTAKE_MAX);
    const struct amp_partner *partner = telling->partner;
    (void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", partner->token);
    (void)snprintf(url, sizeof url, "%s%stransfer=%s&offer=%lld", partner->eido,
                   strchr(partner->eido, '?') != NULL ? "&" : "?", amp_exchange_word(link),
                   (long long)link->offer_us);
    amp_err err = body_write(server, telling, incident, link, &arena, &body);
    const struct amp_errand errand = {.method = "POST",
                                      .url = amp_str_of(url),
                                      .header = {"Content-Type: application/json", bearer},
                                      .body = amp_buf_view(&body),
                                      .timeout_ms = AMP_EXCHANGE_TIMEOUT_MS,
                                      .about = incident->id.n,
                                      .more =
                                          (uint64_t)(partner - server->config.partners->partner),
                                      .done = on_answer};
    err = err ? err : amp_outbound_send(server, &errand);
    amp_wipe(bearer, sizeof bearer);
    amp_buf_free(&body);
    amp_arena_drop(&arena);
    return err;
}

static void telling_look(struct amp_server *server, struct telling *telling)
{
    const struct amp_incident *incident = amp_state_incident(&server->state, telling->incident);
    const struct amp_link *link = link_of(server, telling);
    if (incident == NULL || link == NULL || incident->erased_us != 0 || !amp_exchange_tells(link)) {
        telling->told = telling->wanted;
        return;
    }
    amp_err err = send(server, telling, incident, link);
    if (err == AMP_OK) {
        telling->underway = true;
        telling->underway_seq = telling->wanted;
    } else if (err == AMP_E_BUSY) {
        again(server, telling);
    } else {
        give_up(server, telling, amp_err_words(err));
    }
}

int64_t amp_exchange_tick(struct amp_server *server)
{
    struct amp_exchanges *exchanges = server->exchanges;
    uint64_t durable = amp_push_counts(server->push).seq;
    int64_t steady_us = amp_clock_steady_us(), soonest_us = INT64_MAX;
    for (size_t i = 0; i < exchanges->n; i++) {
        struct telling *telling = &exchanges->at[i];
        if (telling->wanted == telling->told || telling->underway) {
            continue;
        }
        if (telling->next_us > steady_us) {
            soonest_us = telling->next_us < soonest_us ? telling->next_us : soonest_us;
        } else if (telling->wanted <= durable) { /* else the next tick comes back to it */
            telling_look(server, telling);
        }
    }
    for (size_t i = exchanges->n; i-- > 0;) { /* what is closed and told needs no place here */
        const struct telling *telling = &exchanges->at[i];
        const struct amp_incident *incident = amp_state_incident(&server->state, telling->incident);
        if (telling->wanted == telling->told && !telling->underway &&
            incident->state == AMP_INCIDENT_CLOSED) {
            exchanges->at[i] = exchanges->at[--exchanges->n];
        }
    }
    return soonest_us;
}
