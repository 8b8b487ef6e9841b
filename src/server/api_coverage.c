/* What share of the demand free crews can be at in time: now, and if one of them goes. */
#include "response/match.h"
#include "response/recommend.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/zone.h"
#include <stdlib.h>

enum {
    MS_PER_S = 1000,
    MIN_PER_H = 60,
    DAY_H = 24,
    LEVELS = 4,
    SHARE_DIGITS = 4,
    DEGREE_DIGITS = 7
};

struct asking { /* what a worker needs: a copy */
    struct amp_cover_ask ask;
    struct amp_candidate *who; /* of each crew of the ask: its call sign */
    size_t unplaced;           /* free, and nobody knows where */
    size_t chosen;             /* the one that goes; n: none of them */
    struct amp_str unit;       /* its name; empty: none was asked for */
    bool draws;                /* with the cells */
};

/* ---- what is counted ---- */

static unsigned hour_of(const struct amp_when *when)
{
    return when->known ? (unsigned)when->weekday * DAY_H + when->minute / MIN_PER_H
                       : AMP_DEMAND_WEEK_H;
}

/* The newest incidents as places and hours; by the clocks of UTC where no other are known, for then
 * no hour is special. */
static amp_err past_collect(struct amp_server *server, struct amp_job *job,
                            struct amp_cover_ask *out)
{
    const struct amp_state *state = &server->state;
    size_t most = state->incident_n < AMP_COVER_PAST ? state->incident_n : AMP_COVER_PAST;
    struct amp_cover_past *past = amp_arena_array(&job->arena, most + 1, sizeof *past);
    if (past == NULL) {
        return AMP_E_NOMEM;
    }
    out->past = past;
    for (size_t i = state->incident_n; i > 0 && out->past_n < most; i--) {
        const struct amp_incident *incident = &state->incident[i - 1];
        struct amp_when when = amp_zone_when(incident->opened_us);
        if (incident->where.known && incident->into.n == 0 && when.known) {
            past[out->past_n++] = (struct amp_cover_past){incident->where.pos, hour_of(&when)};
        }
    }
    return AMP_OK;
}

amp_err amp_coverage_past(struct amp_server *server, struct amp_job *job, struct amp_cover_ask *ask)
{
    const struct amp_when now = amp_map_now(server);
    ask->hour = hour_of(&now);
    ask->now_us = server->now_us;
    ask->minutes = AMP_COVER_MINUTES;
    return amp_cover_wants_past(server->cover, server->now_us) ? past_collect(server, job, ask)
                                                               : AMP_OK;
}

struct amp_cover_crew amp_coverage_crew(const struct amp_server *server,
                                        const struct amp_unit *unit,
                                        const struct amp_candidate *who)
{
    const struct amp_timers timers = amp_plans_timers(server->config.plans);
    return (struct amp_cover_crew){.at = amp_follow_crew(server, unit, who),
                                   .turnout_ms =
                                       (uint32_t)(amp_turnout_s(&timers, who) * MS_PER_S)};
}

/* Free crews that may be seen and can do what is asked for, from where they are counted. */
static amp_err crews_collect(struct amp_server *server, struct amp_job *job,
                             const struct amp_need *need)
{
    const struct amp_state *state = &server->state;
    struct asking *asking = job->data;
    struct amp_cover_crew *crew = amp_arena_array(&job->arena, state->unit_n + 1, sizeof *crew);
    asking->who = amp_arena_array(&job->arena, state->unit_n + 1, sizeof *asking->who);
    if (crew == NULL || asking->who == NULL) {
        return AMP_E_NOMEM;
    }
    asking->ask.crew = crew;
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        struct amp_candidate *who = &asking->who[asking->ask.n];
        if (!amp_unit_is_free(unit->status) || !amp_sight_unit(state, &job->who, unit) ||
            !amp_need_met_by(need, &unit->capabilities)) {
            continue;
        }
        amp_err err =
            amp_str_copy(who->call_sign, sizeof who->call_sign, amp_str_of(unit->call_sign));
        amp_candidate_locate(state, &server->track, unit, server->now_us, who);
        if (err != AMP_OK || who->basis == AMP_BASIS_NONE) {
            asking->unplaced++;
            continue;
        }
        if (amp_str_is(asking->unit, unit->call_sign)) {
            asking->chosen = asking->ask.n;
        }
        crew[asking->ask.n++] = amp_coverage_crew(server, unit, who);
    }
    asking->chosen = asking->chosen == SIZE_MAX ? asking->ask.n : asking->chosen;
    return AMP_OK;
}

/* ---- the answer ---- */

static int u32_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Where demand is low, middling, high and highest: a quarter of the cells with any each. */
static amp_err levels_find(const struct amp_cover_view *view, struct amp_arena *arena,
                           uint32_t floor_of[LEVELS])
{
    size_t n = 0;
    uint32_t *sorted = amp_arena_array(arena, view->demand->cell_n + 1, sizeof *sorted);
    if (sorted == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < view->demand->cell_n; i++) {
        if (view->at_hour[i] > 0) {
            sorted[n++] = view->at_hour[i];
        }
    }
    qsort(sorted, n, sizeof *sorted, u32_order);
    for (size_t i = 0; i < LEVELS; i++) {
        floor_of[i] = n > 0 ? sorted[i * n / LEVELS] : UINT32_MAX;
    }
    return AMP_OK;
}

static int level_of(uint32_t demand, const uint32_t floor_of[LEVELS])
{
    int level = LEVELS;
    while (level > 1 && demand < floor_of[level - 1]) {
        level--;
    }
    return level;
}

static void cell_write(struct amp_json *js, const struct amp_demand *demand, size_t i)
{
    const struct amp_demand_cell *cell = &demand->cell[i];
    int64_t lat = demand->south_west.lat_e7 + (int64_t)cell->row * demand->lat_e7;
    int64_t lon = demand->south_west.lon_e7 + (int64_t)cell->column * demand->lon_e7;
    lon = lon >= INT64_C(1800000000) ? lon - INT64_C(3600000000) : lon;
    amp_json_double_of(js, "lat", (double)lat / 1e7, DEGREE_DIGITS);
    amp_json_double_of(js, "lon", (double)lon / 1e7, DEGREE_DIGITS);
}

/* Those with demand: where, how much, how many crews are in time, what is lost if one goes. */
static amp_err cells_write(struct amp_json *js, struct amp_job *job,
                           const struct amp_cover_view *view, const struct amp_coverage *found)
{
    const struct asking *asking = job->data;
    const struct amp_coverage_ask ask = {view->at_hour, view->demand->cell_n, view->reach,
                                         asking->ask.n};
    uint32_t floor_of[LEVELS] = {0};
    amp_err err = levels_find(view, &job->arena, floor_of);
    amp_json_key(js, "cells");
    amp_json_open(js, '[');
    for (size_t i = 0; i < ask.cell_n && err == AMP_OK; i++) {
        uint64_t bit = UINT64_C(1) << (i % 64);
        if (view->at_hour[i] == 0) {
            continue;
        }
        amp_json_open(js, '{');
        cell_write(js, view->demand, i);
        amp_json_i64_of(js, "demand", level_of(view->at_hour[i], floor_of));
        amp_json_i64_of(js, "crews", amp_coverage_depth(&ask, i));
        if (asking->chosen < asking->ask.n && !(found->twice[i / 64] & bit) &&
            (view->reach[asking->chosen][i / 64] & bit)) {
            amp_json_bool_of(js, "lost", true);
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    return err;
}

static void demand_write(struct amp_json *js, const struct amp_cover_view *view, unsigned hour)
{
    amp_json_key(js, "demand");
    amp_json_open(js, '{');
    amp_json_i64_of(js, "incidents", (int64_t)view->demand->past_n);
    amp_json_i64_of(js, "outside", (int64_t)view->demand->outside_n);
    amp_json_i64_of(js, "map_percent", amp_demand_map_percent(view->demand));
    amp_json_bool_of(js, "by_hour", hour < AMP_DEMAND_WEEK_H);
    amp_json_close(js, '}');
    amp_json_key(js, "cell");
    amp_json_open(js, '{');
    amp_json_double_of(js, "lat", (double)view->demand->lat_e7 / 1e7, DEGREE_DIGITS);
    amp_json_double_of(js, "lon", (double)view->demand->lon_e7 / 1e7, DEGREE_DIGITS);
    amp_json_close(js, '}');
}

static void units_write(struct amp_json *js, const struct asking *asking,
                        const struct amp_coverage *found)
{
    amp_json_key(js, "units");
    amp_json_open(js, '[');
    for (size_t i = 0; i < asking->ask.n; i++) {
        amp_json_open(js, '{');
        amp_json_text_of(js, "unit", asking->who[i].call_sign);
        amp_json_text_of(js, "basis", amp_basis_name(asking->who[i].basis));
        amp_json_double_of(js, "without", amp_coverage_without(found, i), SHARE_DIGITS);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void chosen_write(struct amp_json *js, const struct asking *asking,
                         const struct amp_coverage *found)
{
    bool counts = asking->chosen < asking->ask.n;
    amp_json_key(js, "if");
    amp_json_open(js, '{');
    amp_json_str_of(js, "unit", asking->unit);
    amp_json_bool_of(js, "free", counts);
    amp_json_double_of(js, "share",
                       counts ? amp_coverage_without(found, asking->chosen)
                              : amp_coverage_share(found),
                       SHARE_DIGITS);
    amp_json_close(js, '}');
}

static amp_err answer_write(struct amp_job *job, const struct amp_cover_view *view)
{
    const struct asking *asking = job->data;
    const struct amp_coverage_ask ask = {view->at_hour, view->demand->cell_n, view->reach,
                                         asking->ask.n};
    struct amp_coverage found;
    amp_err err = amp_coverage_find(&ask, &job->arena, &found);
    if (err != AMP_OK) {
        return err;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "minutes", asking->ask.minutes);
    amp_json_double_of(&js, "share", amp_coverage_share(&found), SHARE_DIGITS);
    amp_json_i64_of(&js, "crews", (int64_t)asking->ask.n);
    amp_json_i64_of(&js, "unplaced", (int64_t)asking->unplaced);
    if (asking->unit.len > 0) {
        chosen_write(&js, asking, &found);
    }
    demand_write(&js, view, asking->ask.hour);
    units_write(&js, asking, &found);
    if (asking->draws) {
        err = cells_write(&js, job, view, &found);
    }
    amp_json_close(&js, '}');
    return err;
}

static void coverage_work(struct amp_server *server, struct amp_job *job,
                          struct amp_scratch *scratch)
{
    struct asking *asking = job->data;
    struct amp_cover_view view;
    struct amp_why why = {""};
    asking->ask.map = scratch->map;
    asking->ask.map_serial = scratch->map_serial;
    asking->ask.query = scratch->query;
    asking->ask.crews = job->crews;
    amp_err err = amp_cover_open(server->cover, &asking->ask, &job->arena, &view);
    if (err == AMP_OK) {
        err = answer_write(job, &view);
        amp_cover_close(server->cover);
    }
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

/* ---- what is asked ---- */

/* "als,bls": all of these. */
static amp_err need_read(struct amp_str text, struct amp_need *out, struct amp_why *why)
{
    while (text.len > 0) {
        struct amp_str word = {0};
        text = amp_str_cut(text, ',', &word);
        if (out->all.n == AMP_LIST_MAX || word.len == 0 || word.len > AMP_WORD_MAX) {
            return amp_fail(why, AMP_E_RANGE, "can must be up to %d capabilities with , between",
                            AMP_LIST_MAX);
        }
        out->all.word[out->all.n++] = word;
    }
    return AMP_OK;
}

static bool query_read(struct amp_server *server, struct amp_job *job, struct amp_need *need)
{
    struct asking *asking = job->data;
    struct amp_why why = {""};
    int64_t minutes = AMP_COVER_MINUTES;
    amp_err err = need_read(amp_api_query(job, "can"), need, &why);
    if (err == AMP_OK && !amp_api_query_int(server, job, "minutes", &minutes)) {
        return false;
    }
    if (err == AMP_OK && (minutes < 1 || minutes > AMP_COVER_MINUTES_MAX)) {
        err = amp_fail(&why, AMP_E_RANGE, "minutes must be 1 to %d", AMP_COVER_MINUTES_MAX);
    }
    asking->ask.minutes = (int)minutes;
    asking->draws = amp_str_is(amp_api_query(job, "cells"), "1");
    asking->unit = amp_api_query(job, "if");
    if (err == AMP_OK && asking->unit.len > 0) {
        const struct amp_unit *unit = amp_state_unit(&server->state, asking->unit);
        if (unit == NULL || !amp_sight_unit(&server->state, &job->who, unit)) {
            err = amp_fail(&why, AMP_E_NOT_FOUND, "there is no unit of that name");
        }
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
    }
    return err == AMP_OK;
}

void amp_api_coverage(struct amp_server *server, struct amp_job *job)
{
    struct amp_need need = {.count = 1};
    struct asking *asking = amp_arena_alloc(&job->arena, sizeof *asking);
    if (asking == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    job->data = asking;
    asking->chosen = SIZE_MAX;
    amp_err err = AMP_OK;
    if (!amp_api_map_there(server, job)) {
        return;
    }
    err = amp_coverage_past(server, job, &asking->ask);
    if (err == AMP_OK && !query_read(server, job, &need)) {
        return;
    }
    err = err == AMP_OK ? crews_collect(server, job, &need) : err;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    job->crews = amp_crews_ref(server->crews);
    amp_core_work(server, job, coverage_work);
}
