/* Incidents of a state as cases: their times by the timeline, and the runs of their crews. */
#include "base/timefmt.h"
#include "exercise/times.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOUR_MIN = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    /* Incidents are numbered as they are opened. Only a clock that was set back further than this
     * could hide one behind a newer of an earlier day. */
    SCAN_MARGIN_DAYS = 3
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int64_t amp_times_day(struct amp_when (*when)(int64_t utc_us), int64_t utc_us, int *hour)
{
    struct amp_when local = {.known = false};
    int64_t day_us = 0;
    if (when != NULL) {
        local = when(utc_us);
    }
    if (local.known &&
        amp_time_civil(local.year, local.month, local.day, 0, 0, 0, &day_us) == AMP_OK) {
        *hour = local.minute / HOUR_MIN;
        return floor_div(day_us, DAY_S * AMP_US_PER_S);
    }
    int64_t s = floor_div(utc_us, AMP_US_PER_S);
    int64_t day = floor_div(s, DAY_S);
    *hour = (int)((s - day * DAY_S) / HOUR_S);
    return day;
}

struct gathering {
    const struct amp_state *state;
    const struct amp_times_ask *ask;
    struct amp_arena *arena;
    struct amp_times *out;
    const struct amp_entry **line; /* of one incident and what was merged into it */
    size_t line_cap;
    size_t line_n;
    size_t type_cap;
};

static bool is_step(enum amp_event_kind kind)
{
    return kind == AMP_EV_INCIDENT_OPENED || kind == AMP_EV_INCIDENT_TRIAGED ||
           kind == AMP_EV_UNIT_DISPATCHED || kind == AMP_EV_UNIT_STATUS ||
           kind == AMP_EV_UNIT_RELEASED;
}

static bool counts(const struct amp_times_ask *ask, const struct amp_incident *incident)
{
    bool type =
        ask->type.len == 0 || (incident->type != NULL && amp_str_is(ask->type, incident->type));
    return incident->into.n == 0 && type &&
           (ask->priority == 0 || ask->priority == incident->priority) &&
           (ask->counts == NULL || ask->counts(ask->ctx, incident));
}

/* The first of the openings of an incident and what was merged into it. */
static int64_t received(const struct amp_state *state, const struct amp_incident *incident)
{
    int64_t at_us = incident->opened_us;
    struct amp_incident_id at = amp_merged_next(state, incident->id, incident->id);
    for (; at.n != 0; at = amp_merged_next(state, incident->id, at)) {
        const struct amp_incident *merged = amp_state_incident(state, at);
        at_us = merged->opened_us < at_us ? merged->opened_us : at_us;
    }
    return at_us;
}

/* ---- how much there is ---- */

struct amount {
    size_t cases, runs, lines;
};

static void amount_add(const struct gathering *g, const struct amp_incident *root,
                       struct amount *amount)
{
    size_t lines = 0;
    for (struct amp_incident_id at = root->id; at.n != 0;
         at = amp_merged_next(g->state, root->id, at)) {
        const struct amp_incident *incident = amp_state_incident(g->state, at);
        for (size_t i = 0; i < incident->entry_n; i++) {
            lines += is_step(incident->entry[i].kind);
            amount->runs += incident->entry[i].kind == AMP_EV_UNIT_DISPATCHED;
        }
    }
    amount->cases++;
    amount->lines = lines > amount->lines ? lines : amount->lines;
}

/* ---- one case ---- */

static int line_order(const void *a, const void *b)
{
    const struct amp_entry *x = *(const struct amp_entry *const *)a;
    const struct amp_entry *y = *(const struct amp_entry *const *)b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static void lines_collect(struct gathering *g, const struct amp_incident *root)
{
    g->line_n = 0;
    for (struct amp_incident_id at = root->id; at.n != 0;
         at = amp_merged_next(g->state, root->id, at)) {
        const struct amp_incident *incident = amp_state_incident(g->state, at);
        for (size_t i = 0; i < incident->entry_n; i++) {
            if (is_step(incident->entry[i].kind)) {
                assert(g->line_n < g->line_cap);
                g->line[g->line_n++] = &incident->entry[i];
            }
        }
    }
    if (root->merged_first.n != 0) {
        qsort(g->line, g->line_n, sizeof(*g->line), line_order);
    }
}

static void steps_clear(int64_t at_us[AMP_TIMES_STEPS])
{
    for (int i = 0; i < AMP_TIMES_STEPS; i++) {
        at_us[i] = AMP_TIMES_NONE;
    }
}

static void step_set(int64_t at_us[AMP_TIMES_STEPS], enum amp_times_step step, int64_t time_us)
{
    if (at_us[step] == AMP_TIMES_NONE) {
        at_us[step] = time_us;
    }
}

/* The run of a crew that is not over. */
static struct amp_times_run *run_of(struct amp_times_cases *cases,
                                    const struct amp_times_case *item, uint32_t unit)
{
    for (size_t i = cases->run_n; i > item->run_first; i--) {
        struct amp_times_run *run = &cases->run[i - 1];
        if (run->unit == unit && run->at_us[AMP_TIMES_AT_FREE] == AMP_TIMES_NONE) {
            return run;
        }
    }
    return NULL;
}

static void status_take(struct amp_times_case *item, struct amp_times_run *run,
                        const struct amp_entry *line)
{
    static const int steps[AMP_UNIT_STATUSES] = {
        [AMP_UNIT_EN_ROUTE] = AMP_TIMES_AT_EN_ROUTE,
        [AMP_UNIT_ON_SCENE] = AMP_TIMES_AT_ON_SCENE,
        [AMP_UNIT_TRANSPORTING] = AMP_TIMES_AT_TRANSPORTING,
        [AMP_UNIT_AT_HOSPITAL] = AMP_TIMES_AT_AT_HOSPITAL,
    };
    enum amp_unit_status status = AMP_UNIT_AVAILABLE;
    if (amp_unit_status_of(amp_str_of(line->text), &status) != AMP_OK || steps[status] == 0) {
        return;
    }
    step_set(run->at_us, (enum amp_times_step)steps[status], line->time_us);
    if (status == AMP_UNIT_ON_SCENE) {
        step_set(item->at_us, AMP_TIMES_AT_ON_SCENE, line->time_us);
    }
}

static void crew_line_take(struct gathering *g, struct amp_times_cases *cases,
                           struct amp_times_case *item, const struct amp_entry *line)
{
    const struct amp_unit *unit = amp_state_unit(g->state, amp_str_of(line->unit));
    if (unit == NULL) {
        return;
    }
    uint32_t place = unit->id.n - 1;
    if (line->kind == AMP_EV_UNIT_DISPATCHED) {
        struct amp_times_run *run = &cases->run[cases->run_n++];
        run->unit = place;
        steps_clear(run->at_us);
        run->at_us[AMP_TIMES_AT_DISPATCHED] = line->time_us;
        step_set(item->at_us, AMP_TIMES_AT_DISPATCHED, line->time_us);
        return;
    }
    struct amp_times_run *run = run_of(cases, item, place);
    if (run != NULL && line->kind == AMP_EV_UNIT_RELEASED) {
        run->at_us[AMP_TIMES_AT_FREE] = line->time_us;
    } else if (run != NULL) {
        status_take(item, run, line);
    }
}

struct triage {
    bool type, priority;
};

/* "type", "type, priority 2" or "priority 2"; a type has no blank in it. What is opened with a type
 * has the priority of its plan at once. */
static void triage_take(struct triage *triage, const struct amp_entry *line)
{
    const char *text = line->text;
    if (text == NULL) {
        return;
    }
    bool priority = strstr(text, "priority ") != NULL;
    triage->type = triage->type || !amp_str_starts(amp_str_of(text), AMP_STR("priority "));
    triage->priority = triage->priority || priority || line->kind == AMP_EV_INCIDENT_OPENED;
}

static uint32_t type_place(struct gathering *g, const char *type)
{
    struct amp_times *out = g->out;
    size_t i = 1;
    if (type == NULL) {
        return 0;
    }
    while (i < out->type_n && (out->type[i] == NULL || strcmp(out->type[i], type) != 0)) {
        i++;
    }
    if (i == out->type_n) {
        assert(i < g->type_cap);
        out->type[i] = amp_arena_text(g->arena, amp_str_of(type));
        out->type_n++;
    }
    return (uint32_t)i;
}

static void case_add(struct gathering *g, const struct amp_incident *root,
                     struct amp_times_cases *cases)
{
    struct amp_times_case *item = &cases->item[cases->n++];
    struct triage triage = {false, false};
    *item = (struct amp_times_case){.id = root->id,
                                    .type = type_place(g, root->type),
                                    .priority = root->priority,
                                    .placed = root->where.known,
                                    .pos = root->where.pos,
                                    .run_first = cases->run_n};
    steps_clear(item->at_us);
    item->at_us[AMP_TIMES_AT_RECEIVED] = received(g->state, root);
    lines_collect(g, root);
    for (size_t i = 0; i < g->line_n; i++) {
        const struct amp_entry *line = g->line[i];
        if (line->kind != AMP_EV_INCIDENT_OPENED && line->kind != AMP_EV_INCIDENT_TRIAGED) {
            crew_line_take(g, cases, item, line);
            continue;
        }
        triage_take(&triage, line);
        if (triage.type && triage.priority) {
            step_set(item->at_us, AMP_TIMES_AT_TRIAGED, line->time_us);
        }
    }
    item->run_n = cases->run_n - item->run_first;
}

/* ---- all ---- */

static bool cases_room(struct gathering *g, const struct amount *amount,
                       struct amp_times_cases *cases)
{
    cases->item = amp_arena_array(g->arena, amount->cases + 1, sizeof(*cases->item));
    cases->run = amp_arena_array(g->arena, amount->runs + 1, sizeof(*cases->run));
    return cases->item != NULL && cases->run != NULL;
}

static void crews_take(struct gathering *g)
{
    struct amp_times *out = g->out;
    for (size_t i = 0; i < g->state->unit_n; i++) {
        const struct amp_unit *unit = &g->state->unit[i];
        bool shown = g->ask->shows == NULL || g->ask->shows(g->ask->ctx, unit);
        out->crew[i] = (struct amp_times_crew){
            .call_sign = amp_arena_text(g->arena, amp_str_of(unit->call_sign)),
            .shown = shown,
            .status = unit->status,
            .since_us = unit->since_us};
        out->crews_in[unit->status] += shown;
    }
    out->crew_n = g->state->unit_n;
}

/* A zone is less than a day away from UTC: it is asked only at both ends, as it is slow. */
static bool in_days(const struct amp_times_ask *ask, const struct amp_state *state,
                    const struct amp_incident *incident)
{
    int hour = 0;
    int64_t at_us = received(state, incident);
    int64_t day = floor_div(at_us, DAY_S * AMP_US_PER_S);
    if (day > ask->first_day && day < ask->last_day) {
        return true;
    }
    if (day < ask->first_day - 1 || day > ask->last_day + 1) {
        return false;
    }
    day = amp_times_day(ask->when, at_us, &hour);
    return day >= ask->first_day && day <= ask->last_day;
}

/* From the newest down to this place lie the incidents that can be of these days. */
static size_t scan_end(const struct amp_times_ask *ask, const struct amp_state *state)
{
    int64_t first_day = ask->first_day - SCAN_MARGIN_DAYS;
    size_t at = state->incident_n;
    while (at > 0 &&
           floor_div(state->incident[at - 1].opened_us, DAY_S * AMP_US_PER_S) >= first_day) {
        at--;
    }
    return at;
}

static amp_err amounts_find(struct gathering *g, size_t end, struct amount *range,
                            struct amount *open, struct amp_why *why)
{
    const struct amp_state *state = g->state;
    for (size_t i = state->incident_n; i > end; i--) {
        const struct amp_incident *incident = &state->incident[i - 1];
        if (counts(g->ask, incident) && in_days(g->ask, state, incident)) {
            amount_add(g, incident, range);
        }
        if (range->cases > AMP_TIMES_CASES_MAX) {
            return amp_fail(why, AMP_E_LIMIT,
                            "more than %d incidents lie in these days: ask for fewer days, or one "
                            "type or priority",
                            AMP_TIMES_CASES_MAX);
        }
    }
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, state->open[i]);
        if (counts(g->ask, incident)) {
            amount_add(g, incident, open);
        }
    }
    return AMP_OK;
}

static bool tables_room(struct gathering *g, const struct amount *range, const struct amount *open)
{
    struct amp_times *out = g->out;
    g->line_cap = range->lines > open->lines ? range->lines : open->lines;
    g->type_cap = range->cases + open->cases + 1;
    g->line = amp_arena_array(g->arena, g->line_cap + 1, sizeof(const struct amp_entry *));
    out->type = amp_arena_array(g->arena, g->type_cap, sizeof(const char *));
    out->area = amp_arena_array(g->arena, range->cases + 1, sizeof(const char *));
    out->crew = amp_arena_array(g->arena, g->state->unit_n + 1, sizeof(*out->crew));
    return cases_room(g, range, &out->range) && cases_room(g, open, &out->open) &&
           g->line != NULL && out->type != NULL && out->area != NULL && out->crew != NULL;
}

/* What waits now: callers, and incidents that nobody is sent to. */
static void load_take(struct amp_times *out, const struct amp_state *state,
                      const struct amp_incident *incident)
{
    out->open_in[incident->state]++;
    out->open_of[incident->priority]++;
    for (size_t i = 0; i < incident->call_n && incident->state == AMP_INCIDENT_NEW; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        out->calls_waiting += call->state == AMP_CALL_OPEN;
    }
    if (incident->slot_n == 0) {
        int64_t for_us = out->now_us - received(state, incident);
        out->alone++;
        out->alone_longest_us = for_us > out->alone_longest_us ? for_us : out->alone_longest_us;
    }
}

amp_err amp_times_gather(const struct amp_state *state, const struct amp_times_ask *ask,
                         struct amp_arena *arena, struct amp_times *out, struct amp_why *why)
{
    struct amount range = {0, 0, 0}, open = {0, 0, 0};
    struct gathering g = {.state = state, .ask = ask, .arena = arena, .out = out};
    *out = (struct amp_times){.when = ask->when, .now_us = ask->now_us};
    size_t end = scan_end(ask, state);
    amp_err err = amounts_find(&g, end, &range, &open, why);
    if (err != AMP_OK) {
        return err;
    }
    if (!tables_room(&g, &range, &open)) {
        return AMP_E_NOMEM;
    }
    out->type_n = 1; /* not triaged: NULL */
    out->area_n = 1; /* not known: NULL */
    crews_take(&g);
    for (size_t i = state->incident_n; i > end; i--) {
        const struct amp_incident *incident = &state->incident[i - 1];
        if (counts(ask, incident) && in_days(ask, state, incident)) {
            case_add(&g, incident, &out->range);
        }
    }
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, state->open[i]);
        if (counts(ask, incident)) {
            load_take(out, state, incident);
            case_add(&g, incident, &out->open);
        }
    }
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

/* ---- areas ---- */

static amp_err area_place(struct amp_times *times, struct amp_str name, struct amp_arena *arena,
                          uint32_t *out)
{
    size_t i = 1;
    while (i < times->area_n && !amp_str_is(name, times->area[i])) {
        i++;
    }
    if (i == times->area_n) {
        times->area[i] = amp_arena_text(arena, name);
        if (times->area[i] == NULL) {
            return AMP_E_NOMEM;
        }
        times->area_n++;
    }
    *out = (uint32_t)i;
    return AMP_OK;
}

amp_err amp_times_name_areas(struct amp_times *times,
                             struct amp_str (*name)(void *ctx, struct amp_pos pos), void *ctx,
                             struct amp_arena *arena)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < times->range.n && err == AMP_OK; i++) {
        struct amp_times_case *item = &times->range.item[i];
        struct amp_str found = item->placed ? name(ctx, item->pos) : AMP_STR("");
        if (found.len > 0) {
            err = area_place(times, found, arena, &item->area);
        }
    }
    return err;
}
