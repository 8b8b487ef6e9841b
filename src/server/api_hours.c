/* Crews' hours for supervisors: on duty, busy, at hospital, out of the record itself. */
#include "base/timefmt.h"
#include "exercise/duty.h"
#include "exercise/times.h"
#include "server/api.h"
#include "server/history.h"
#include "server/sight.h"
#include "server/zone.h"
#include <stdio.h>

enum {
    DAYS_MAX = 31,
    DAY_S = 86400,
    ZONE_S = 26 * 3600, /* no zone is further from UTC */
    DECIMALS = 0
};

struct hours {
    int64_t from_us, to_us;
    char from[AMP_TIME_TEXT], to[AMP_TIME_TEXT], zone[AMP_ZONE_TEXT];
    const char **name; /* by unit id - 1; NULL: not shown */
    size_t unit_n;
    struct amp_duty_book book;
    uint64_t seq;
};

/* The first second of a day in the zone. */
static int64_t day_start_us(struct amp_when (*when)(int64_t utc_us), int64_t day)
{
    int64_t low_s = day * DAY_S - ZONE_S, high_s = day * DAY_S + ZONE_S;
    int hour = 0;
    while (low_s < high_s) {
        int64_t middle_s = low_s + (high_s - low_s) / 2;
        if (amp_times_day(when, middle_s * AMP_US_PER_S, &hour) < day) {
            low_s = middle_s + 1;
        } else {
            high_s = middle_s;
        }
    }
    return low_s * AMP_US_PER_S;
}

static void event_tell(void *ctx, const struct amp_state *state, const struct amp_event *event)
{
    struct hours *hours = ctx;
    amp_duty_event(&hours->book, state, event);
}

static amp_err hours_count(struct hours *hours, struct amp_past *past, struct amp_store *reader,
                           struct amp_arena *arena, struct amp_why *why)
{
    const struct amp_past_visit visit = {.ctx = hours, .event = event_tell};
    const struct amp_state *state = NULL;
    uint64_t first = 0, last = 0;
    amp_err err = amp_past_find(reader, hours->from_us, &first, why);
    err = err ? err : amp_past_find(reader, hours->to_us, &last, why);
    err = err ? err : amp_past_seek(past, reader, first, &state, why);
    err = err ? err : amp_duty_begin(&hours->book, state, hours->from_us, hours->to_us, arena);
    err = err ? err : amp_past_walk(past, reader, first, last, &visit, why);
    if (err == AMP_OK) {
        amp_duty_end(&hours->book);
    }
    return err;
}

static void seconds_of(struct amp_json *js, const char *name, int64_t us)
{
    amp_json_key(js, name);
    amp_json_put_double(js, (double)us / (double)AMP_US_PER_S, DECIMALS);
}

static void hours_write(struct amp_job *job, const struct hours *hours)
{
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)hours->seq);
    amp_json_text_of(&js, "from", hours->from);
    amp_json_text_of(&js, "to", hours->to);
    amp_json_text_of(&js, "zone", hours->zone);
    amp_json_key(&js, "crews");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < hours->book.n && i < hours->unit_n; i++) {
        const struct amp_duty *duty = &hours->book.unit[i];
        if (!duty->known || hours->name[i] == NULL) {
            continue;
        }
        amp_json_open(&js, '{');
        amp_json_text_of(&js, "unit", hours->name[i]);
        seconds_of(&js, "on_duty_s", duty->on_duty_us);
        seconds_of(&js, "busy_s", duty->busy_us);
        seconds_of(&js, "at_hospital_s", duty->hospital_us);
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void hours_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct hours *hours = job->data;
    struct amp_past *past = NULL;
    struct amp_why why = {""};
    amp_err err = amp_history_begin(server, scratch->reader, &past, &why);
    err = err ? err : hours_count(hours, past, scratch->reader, &job->arena, &why);
    err = err ? err : amp_history_end(server, &why);
    if (err == AMP_OK) {
        hours_write(job, hours);
    } else {
        amp_job_problem(job, err, &why);
    }
}

/* As in the statistics: one's own and nobody's. */
static bool names_copy(struct amp_server *server, struct amp_job *job, struct hours *hours)
{
    const struct amp_state *state = &server->state;
    uint32_t mine = job->who.who.agency;
    hours->unit_n = state->unit_n;
    hours->name = amp_arena_array(&job->arena, state->unit_n + 1, sizeof(const char *));
    for (size_t i = 0; i < state->unit_n && hours->name != NULL; i++) {
        const struct amp_unit *unit = &state->unit[i];
        if ((mine == 0 || unit->agency.n == 0 || unit->agency.n == mine) &&
            amp_sight_unit(state, &job->who, unit)) {
            hours->name[i] = amp_arena_text(&job->arena, amp_str_of(unit->call_sign));
        }
    }
    return hours->name != NULL;
}

void amp_api_crew_hours(struct amp_server *server, struct amp_job *job)
{
    struct hours *hours = amp_arena_alloc(&job->arena, sizeof *hours);
    bool local = server->config.timezone != NULL;
    struct amp_when (*when)(int64_t utc_us) = local ? amp_zone_when : NULL;
    int64_t first = 0, last = 0;
    if (hours == NULL || !names_copy(server, job, hours)) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    if (!amp_api_query_days(server, job, DAYS_MAX, &first, &last)) {
        return;
    }
    amp_api_day_text(first, hours->from);
    amp_api_day_text(last, hours->to);
    (void)snprintf(hours->zone, sizeof hours->zone, "%s", local ? server->config.timezone : "UTC");
    int64_t end_us = day_start_us(when, last + 1);
    hours->from_us = day_start_us(when, first);
    hours->to_us = end_us < server->now_us ? end_us : server->now_us;
    hours->seq = server->state.seq;
    job->data = hours;
    amp_core_history(job, hours_work);
    amp_core_settle(server, job);
}
