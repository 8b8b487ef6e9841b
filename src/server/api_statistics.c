/* Response times for supervisors: gathered by the core, measured by a worker. */
#include "base/timefmt.h"
#include "exercise/times.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/zone.h"
#include <stdio.h>

enum {
    DAYS_MAX = 366,
    DAY_S = 86400
};

struct statistics {
    const struct amp_state *state;
    const struct amp_identity *who;
    uint32_t agency; /* whose incidents; 0: of all that count */
    struct amp_times_ask ask;
    struct amp_times_limits limits;
    struct amp_times times;
    char from[AMP_TIME_TEXT], to[AMP_TIME_TEXT], zone[AMP_ZONE_TEXT];
    uint64_t seq;
};

/* One's own and nobody's: what another agency shared stays in that agency's times. */
static bool incident_counts(void *ctx, const struct amp_incident *incident)
{
    const struct statistics *s = ctx;
    uint32_t mine = s->who->who.agency;
    bool own = mine == 0 || incident->agency.n == 0 || incident->agency.n == mine;
    return own && (s->agency == 0 || incident->agency.n == s->agency) &&
           amp_sight_incident(s->state, s->who, incident);
}

static bool unit_shows(void *ctx, const struct amp_unit *unit)
{
    const struct statistics *s = ctx;
    uint32_t mine = s->who->who.agency;
    bool own = mine == 0 || unit->agency.n == 0 || unit->agency.n == mine;
    return own && (s->agency == 0 || unit->agency.n == s->agency) &&
           amp_sight_unit(s->state, s->who, unit);
}

static bool refuse(struct amp_server *server, struct amp_job *job, amp_err err, const char *words)
{
    struct amp_why why = {""};
    (void)amp_fail(&why, err, "%s", words);
    amp_core_refuse(server, job, err, &why);
    return false;
}

void amp_api_day_text(int64_t day, char out[AMP_TIME_TEXT])
{
    amp_time_text(day * DAY_S * AMP_US_PER_S, out);
    out[sizeof "2026-11-26" - 1] = '\0';
}

/* A day of the zone; absent, the one given. */
static bool day_read(struct amp_server *server, struct amp_job *job, const char *name, int64_t *day)
{
    struct amp_str text = amp_api_query(job, name);
    char whole[AMP_TIME_TEXT];
    int64_t at_us = 0;
    if (text.len == 0) {
        return true;
    }
    (void)snprintf(whole, sizeof whole, "%.*sT00:00:00Z", (int)(text.len < 11 ? text.len : 11),
                   text.ptr);
    if (amp_time_parse(amp_str_of(whole), &at_us) != AMP_OK) {
        return refuse(server, job, AMP_E_RANGE, "from and to must be days such as 2026-11-26");
    }
    *day = amp_audit_day_of(at_us);
    return true;
}

bool amp_api_query_days(struct amp_server *server, struct amp_job *job, int64_t days_max,
                        int64_t *first, int64_t *last)
{
    int hour = 0;
    struct amp_when (*when)(int64_t utc_us) =
        server->config.timezone != NULL ? amp_zone_when : NULL;
    *last = amp_times_day(when, server->now_us, &hour);
    if (!day_read(server, job, "to", last)) {
        return false;
    }
    *first = *last;
    if (!day_read(server, job, "from", first)) {
        return false;
    }
    if (*first > *last || *last - *first >= days_max) {
        struct amp_why why = {""};
        (void)amp_fail(&why, AMP_E_RANGE,
                       "from must not be after to, and at most %d days can be asked for",
                       (int)days_max);
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return false;
    }
    return true;
}

static bool filters_read(struct amp_server *server, struct amp_job *job, struct statistics *s)
{
    struct amp_str agency = amp_api_query(job, "agency");
    int64_t priority = 0;
    struct amp_why why = {""};
    s->ask.type = amp_api_query(job, "type");
    if (!amp_api_query_int(server, job, "priority", &priority)) {
        return false;
    }
    if (priority > AMP_PRIORITY_MAX) {
        return refuse(server, job, AMP_E_RANGE, "priority is from 1 to 5");
    }
    s->ask.priority = (int)priority;
    if (agency.len > 0) {
        const struct amp_agency *found = amp_state_agency(&server->state, agency);
        if (found == NULL) {
            return refuse(server, job, AMP_E_NOT_FOUND, "there is no such agency");
        }
        s->agency = found->id.n;
    }
    amp_err err = amp_times_limits_read(amp_api_query(job, "threshold"), &s->limits, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return false;
    }
    return true;
}

/* The narrowest administrative area of the map that has a name. */
static struct amp_str area_name(void *ctx, struct amp_pos pos)
{
    struct amp_address_area area[AMP_ADDRESS_AREAS];
    size_t n = amp_reverse_areas(ctx, pos, area);
    while (n > 0 && area[n - 1].name.len == 0) {
        n--;
    }
    return n > 0 ? area[n - 1].name : AMP_STR("");
}

/* By a worker, out of copies: the state has gone on. */
static void statistics_work(struct amp_server *server, struct amp_job *job,
                            struct amp_scratch *scratch)
{
    struct statistics *s = job->data;
    struct amp_times_report report;
    amp_err err = AMP_OK;
    (void)server;
    if (scratch->map != NULL) {
        struct amp_places *places = scratch->map->places;
        err = amp_times_name_areas(&s->times, area_name, places, &job->arena);
    }
    err = err ? err : amp_times_measure(&s->times, &s->limits, &job->arena, &report);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)s->seq);
    amp_json_text_of(&js, "from", s->from);
    amp_json_text_of(&js, "to", s->to);
    amp_json_text_of(&js, "zone", s->zone);
    amp_times_view(&js, &s->times, &s->limits, &report);
    amp_json_close(&js, '}');
}

void amp_api_statistics(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct statistics *s = amp_arena_alloc(&job->arena, sizeof *s);
    if (s == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    bool local = server->config.timezone != NULL;
    s->state = &server->state;
    s->who = &job->who;
    s->seq = server->state.seq;
    s->ask = (struct amp_times_ask){.when = local ? amp_zone_when : NULL,
                                    .counts = incident_counts,
                                    .shows = unit_shows,
                                    .ctx = s,
                                    .now_us = server->now_us};
    (void)snprintf(s->zone, sizeof s->zone, "%s", local ? server->config.timezone : "UTC");
    if (!amp_api_query_days(server, job, DAYS_MAX, &s->ask.first_day, &s->ask.last_day) ||
        !filters_read(server, job, s)) {
        return;
    }
    amp_api_day_text(s->ask.first_day, s->from);
    amp_api_day_text(s->ask.last_day, s->to);
    amp_err err = amp_times_gather(&server->state, &s->ask, &job->arena, &s->times, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->data = s;
    amp_core_work(server, job, statistics_work);
}
