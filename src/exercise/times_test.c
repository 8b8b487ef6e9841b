/* Response times: hand-made incidents to the second, and random shifts against a plain twin. */
#include "base/chance.h"
#include "base/timefmt.h"
#include "exercise/times.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26,
    JSON = 256,
    DAY = 21990, /* on which the clock of the stand begins: 2030-03-17 17:46:40 UTC */
    HOUR = 17,
    DAY_S = 86400
};

/* One more than there may be. */
#define NINE_THRESHOLDS "scene:1,scene:1,scene:1,scene:1,scene:1,scene:1,scene:1,scene:1,scene:1"

struct desk {
    struct testbed bed;
    struct amp_arena arena;
    struct amp_times_ask ask;
    struct amp_times_limits limits;
    struct amp_times times;
    struct amp_times_report report;
};

static int desk_setup(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    testbed_open(&desk->bed);
    testbed_fleet(&desk->bed);
    desk->arena = amp_arena_make(ARENA);
    desk->ask = (struct amp_times_ask){.first_day = DAY, .last_day = DAY + 1};
    assert_int_equal(amp_times_limits_read(AMP_STR(""), &desk->limits, NULL), AMP_OK);
    *state = desk;
    return 0;
}

static int desk_teardown(void **state)
{
    struct desk *desk = *state;
    amp_arena_drop(&desk->arena);
    testbed_close(&desk->bed);
    free(desk);
    return 0;
}

static void gather(struct desk *desk)
{
    struct amp_why why = {""};
    amp_arena_drop(&desk->arena);
    desk->ask.now_us = desk->bed.now_us;
    assert_int_equal(
        amp_times_gather(&desk->bed.state, &desk->ask, &desk->arena, &desk->times, &why), AMP_OK);
    assert_int_equal(amp_times_measure(&desk->times, &desk->limits, &desk->arena, &desk->report),
                     AMP_OK);
}

static const struct amp_times_stat *stat_of(const struct desk *desk, enum amp_times_phase phase)
{
    return &desk->report.by[AMP_TIMES_BY_ALL].group[0].stat[phase];
}

static void one_is(const struct desk *desk, enum amp_times_phase phase, int64_t seconds)
{
    const struct amp_times_stat *stat = stat_of(desk, phase);
    if (stat->n != 1 || stat->p50_us != seconds * AMP_US_PER_S) {
        fail_msg("%s: n %zu, P50 %lld us", amp_times_phase_name(phase), stat->n,
                 (long long)stat->p50_us);
    }
    assert_true(stat->p90_us == stat->p50_us && stat->p99_us == stat->p50_us);
}

static void status(struct desk *desk, int64_t after_s, const char *unit, const char *name)
{
    char json[JSON];
    testbed_wait(&desk->bed, after_s);
    (void)snprintf(json, sizeof json, "{\"unit\":\"%s\",\"status\":\"%s\"}", unit, name);
    testbed_must(&desk->bed, AMP_CMD_SET_STATUS, json);
}

static void command(struct desk *desk, int64_t after_s, enum amp_command_kind kind,
                    const char *json)
{
    testbed_wait(&desk->bed, after_s);
    testbed_must(&desk->bed, kind, json);
}

/* Received; 20 triaged; 45 M1 and 50 B1 dispatched; 115 M1 and 90 B1 en route; 400 B1 and 415 M1 on
 * scene; 1000 B1 free; 1315 M1 transporting; 2000 at hospital; 2900 free. */
static void whole_incident(struct desk *desk)
{
    command(desk, 0, AMP_CMD_TAKE_CALL, "{\"number\":\"1\",\"words\":\"fell\"}");
    command(desk, 20, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\",\"type\":\"fall\"}");
    command(desk, 25, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    command(desk, 5, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"B1\"}");
    status(desk, 40, "B1", "en-route");
    status(desk, 25, "M1", "en-route");
    status(desk, 285, "B1", "on-scene");
    status(desk, 15, "M1", "on-scene");
    command(desk, 585, AMP_CMD_RELEASE, "{\"unit\":\"B1\"}");
    status(desk, 315, "M1", "transporting");
    status(desk, 685, "M1", "at-hospital");
    status(desk, 900, "M1", "available");
}

static void each_phase_of_one_incident_is_exact_to_the_second(void **state)
{
    struct desk *desk = *state;
    whole_incident(desk);
    gather(desk);
    one_is(desk, AMP_TIMES_TRIAGE, 20);
    one_is(desk, AMP_TIMES_QUEUE, 25);
    one_is(desk, AMP_TIMES_PROCESSING, 45);
    one_is(desk, AMP_TIMES_RESPONSE, 400);
    one_is(desk, AMP_TIMES_TRANSPORT, 685);
    one_is(desk, AMP_TIMES_HOSPITAL, 900);
    const struct amp_times_stat *turnout = stat_of(desk, AMP_TIMES_TURNOUT);
    assert_int_equal(turnout->n, 2);
    assert_true(turnout->p50_us == 40 * AMP_US_PER_S && turnout->p90_us == 70 * AMP_US_PER_S);
    const struct amp_times_stat *travel = stat_of(desk, AMP_TIMES_TRAVEL);
    assert_true(travel->p50_us == 300 * AMP_US_PER_S && travel->p99_us == 310 * AMP_US_PER_S);
    const struct amp_times_stat *scene = stat_of(desk, AMP_TIMES_SCENE);
    assert_true(scene->p50_us == 600 * AMP_US_PER_S && scene->p90_us == 2485 * AMP_US_PER_S);
    for (int phase = 0; phase < AMP_TIMES_PHASES; phase++) {
        assert_int_equal(stat_of(desk, (enum amp_times_phase)phase)->left_out, 0);
    }
}

static void a_closed_and_an_erased_incident_count_as_before(void **state)
{
    struct desk *desk = *state;
    whole_incident(desk);
    gather(desk);
    assert_int_equal(desk->times.open.n, 1);
    command(desk, 10, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    command(desk, 10, AMP_CMD_ERASE, "{\"incident\":\"I-1\",\"reason\":\"asked for\"}");
    gather(desk);
    assert_int_equal(desk->times.open.n, 0);
    one_is(desk, AMP_TIMES_TRIAGE, 20);
    one_is(desk, AMP_TIMES_RESPONSE, 400);
    assert_int_equal(stat_of(desk, AMP_TIMES_TURNOUT)->n, 2);
}

static void what_was_merged_counts_once_from_the_first_opening(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_TAKE_CALL, "{\"number\":\"1\"}");
    command(desk, 10, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    command(desk, 20, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    command(desk, 5, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    status(desk, 15, "M1", "en-route");
    status(desk, 50, "M1", "on-scene");
    gather(desk);
    assert_int_equal(desk->times.range.n, 1);
    one_is(desk, AMP_TIMES_TRIAGE, 10);
    one_is(desk, AMP_TIMES_PROCESSING, 30);
    one_is(desk, AMP_TIMES_TURNOUT, 20);
    one_is(desk, AMP_TIMES_TRAVEL, 50);
    one_is(desk, AMP_TIMES_RESPONSE, 100);
}

static void a_diverted_crew_has_a_run_for_each_incident(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"cardiac-arrest\"}");
    command(desk, 30, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    status(desk, 10, "M1", "en-route");
    command(desk, 20, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\",\"divert\":true}");
    status(desk, 7, "M1", "en-route");
    status(desk, 100, "M1", "on-scene");
    gather(desk);
    const struct amp_times_stat *turnout = stat_of(desk, AMP_TIMES_TURNOUT);
    assert_int_equal(turnout->n, 2);
    assert_true(turnout->p50_us == 7 * AMP_US_PER_S && turnout->p90_us == 10 * AMP_US_PER_S);
    one_is(desk, AMP_TIMES_TRAVEL, 100);
    one_is(desk, AMP_TIMES_RESPONSE, 167);
    const struct amp_times_work *work =
        &desk->report.work[testbed_unit(&desk->bed, "M1")->id.n - 1];
    assert_int_equal(work->runs, 2);
    assert_true(work->committed_us == (30 + 107) * AMP_US_PER_S && work->scene_us == 0);
}

static void a_phase_without_its_start_or_before_it_is_left_out(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{}");
    command(desk, 30, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    status(desk, 10, "M1", "on-scene"); /* never said that it drove */
    command(desk, 0, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M2\"}");
    status(desk, -5, "M2", "en-route"); /* the clock was set back */
    gather(desk);
    assert_int_equal(stat_of(desk, AMP_TIMES_TRAVEL)->n, 0);
    assert_int_equal(stat_of(desk, AMP_TIMES_TRAVEL)->left_out, 1);
    assert_int_equal(stat_of(desk, AMP_TIMES_TURNOUT)->n, 0);
    assert_int_equal(stat_of(desk, AMP_TIMES_TURNOUT)->left_out, 1);
    assert_int_equal(stat_of(desk, AMP_TIMES_QUEUE)->left_out, 1); /* was never triaged */
    assert_true(stat_of(desk, AMP_TIMES_TRAVEL)->p90_us == AMP_TIMES_NONE);
    one_is(desk, AMP_TIMES_PROCESSING, 30);
}

static struct amp_when five_hours_on(int64_t utc_us)
{
    int64_t minute = (utc_us / AMP_US_PER_S + INT64_C(5) * 3600) / 60;
    /* within a few days of 2030-03-17 */
    return (struct amp_when){.known = true,
                             .year = 2030,
                             .month = 3,
                             .day = (uint8_t)(17 + minute / 1440 - DAY),
                             .minute = (uint16_t)(minute % 1440)};
}

static void days_and_hours_are_those_of_the_zone(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    command(desk, 7200, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\",\"priority\":1}");
    gather(desk);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_HOUR].n, 2);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_HOUR].group[0].key, HOUR);
    desk->ask.when = five_hours_on; /* 22:46 and 00:46 of the day after */
    gather(desk);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_HOUR].group[0].key, 0);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_HOUR].group[1].key, HOUR + 5);
    desk->ask.last_day = DAY;
    gather(desk);
    assert_int_equal(desk->times.range.n, 1);
    assert_int_equal(desk->times.range.item[0].id.n, 1);
    assert_int_equal(desk->times.open.n, 2); /* what is open now has no days */
    desk->ask.first_day = desk->ask.last_day = DAY + 1;
    gather(desk);
    assert_int_equal(desk->times.range.n, 1);
    assert_int_equal(desk->times.range.item[0].id.n, 2);
}

static void type_and_priority_choose_and_group(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\",\"priority\":2}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"cardiac-arrest\",\"priority\":1}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{}");
    gather(desk);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_TYPE].n, 3);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_PRIORITY].n, 3);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_PRIORITY].group[0].key, 0);
    assert_null(desk->times.type[desk->report.by[AMP_TIMES_BY_TYPE].group[0].key]);
    desk->ask.priority = 1;
    gather(desk);
    assert_int_equal(desk->times.range.n, 1);
    assert_int_equal(desk->times.range.item[0].id.n, 2);
    desk->ask.priority = 0;
    desk->ask.type = AMP_STR("fall");
    gather(desk);
    assert_int_equal(desk->times.range.n, 1);
    assert_int_equal(desk->times.range.item[0].id.n, 1);
}

static void a_limit_reached_to_the_second_is_kept(void **state)
{
    struct desk *desk = *state;
    struct amp_why why = {""};
    assert_int_equal(amp_times_limits_read(AMP_STR("response:400:90,response:399,turnout:70"),
                                           &desk->limits, &why),
                     AMP_OK);
    whole_incident(desk);
    gather(desk);
    assert_int_equal(stat_of(desk, AMP_TIMES_RESPONSE)->within[0], 1);
    assert_int_equal(stat_of(desk, AMP_TIMES_RESPONSE)->within[1], 0);
    assert_int_equal(stat_of(desk, AMP_TIMES_TURNOUT)->within[2], 2);
    for (size_t i = 0; i < desk->limits.n; i++) {
        const struct amp_times_limit *limit = &desk->limits.row[i];
        bool nfpa = limit->standard != NULL && strcmp(limit->standard, "NFPA 1225") == 0;
        if (nfpa && limit->phase == AMP_TIMES_PROCESSING) {
            assert_string_equal(limit->edition, "2022");
            assert_true(limit->limit_s == 60 && limit->target_pct == 90);
            assert_int_equal(stat_of(desk, AMP_TIMES_PROCESSING)->within[i], 1);
            return;
        }
    }
    fail_msg("NFPA 1225 is not among the limits");
}

static void what_is_no_threshold_is_refused_and_changes_nothing(void **state)
{
    static const char *const bad[] = {"response",
                                      "response:",
                                      "response:0",
                                      "response:86401",
                                      "answer:15",
                                      "response:480:0",
                                      "response:480:101",
                                      "response:4x",
                                      ":480",
                                      "response:480,,turnout:80",
                                      "response:480:90:1",
                                      NINE_THRESHOLDS};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct amp_times_limits limits = {.n = 99};
        struct amp_why why = {""};
        amp_err err = amp_times_limits_read(amp_str_of(bad[i]), &limits, &why);
        if (err != AMP_E_RANGE || limits.n != 99 || why.text[0] == '\0') {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
}

static void what_waits_beyond_its_limit_is_overdue_longest_first(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    command(desk, 0, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\"}");
    command(desk, 0, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M2\"}");
    status(desk, 0, "M2", "en-route");
    testbed_wait(&desk->bed, 60);
    gather(desk);
    assert_int_equal(desk->report.overdue_n, 0); /* not beyond it yet */
    testbed_wait(&desk->bed, 200);
    gather(desk);
    assert_int_equal(desk->report.overdue_n, 3);
    const struct amp_times_overdue *row = desk->report.overdue;
    assert_true(row[0].incident.n == 1 && row[0].phase == AMP_TIMES_PROCESSING);
    assert_true(row[0].call_sign == NULL && row[0].limit_s == 60);
    assert_true(row[0].for_us == 260 * AMP_US_PER_S);
    assert_true(row[1].phase == AMP_TIMES_TURNOUT && row[1].limit_s == 80);
    assert_string_equal(row[1].call_sign, "M1");
    assert_true(row[2].phase == AMP_TIMES_TRAVEL && row[2].limit_s == 240);
    assert_int_equal(desk->times.open_in[AMP_INCIDENT_TRIAGED], 1);
    assert_int_equal(desk->times.open_in[AMP_INCIDENT_DISPATCHED], 1);
    assert_int_equal(desk->times.crews_in[AMP_UNIT_EN_ROUTE], 1);
    assert_int_equal(
        amp_times_limits_read(AMP_STR("processing:300,response:100"), &desk->limits, NULL), AMP_OK);
    gather(desk); /* one's own threshold comes before the standard's */
    assert_int_equal(desk->report.overdue_n, 4);
    row = desk->report.overdue; /* I-1 and I-2 by 160 s, M1 by 180 s, M2 by 20 s */
    assert_true(row[0].phase == AMP_TIMES_TURNOUT && row[1].phase == AMP_TIMES_RESPONSE);
    assert_true(row[1].incident.n == 1 && row[2].incident.n == 2);
}

static bool nobody_sees(void *ctx, const struct amp_unit *unit)
{
    (void)ctx;
    return strcmp(unit->call_sign, "M1") != 0;
}

static bool only_the_second(void *ctx, const struct amp_incident *incident)
{
    (void)ctx;
    return incident->id.n == 2;
}

static void what_may_not_be_seen_is_not_counted_and_has_no_call_sign(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    command(desk, 0, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\"}");
    testbed_wait(&desk->bed, 300);
    desk->ask.counts = only_the_second;
    desk->ask.shows = nobody_sees;
    gather(desk);
    assert_int_equal(desk->times.range.n, 1);
    assert_int_equal(desk->report.overdue_n, 1);
    assert_null(desk->report.overdue[0].call_sign);
    struct amp_buf out = amp_buf_make(1 << 20);
    struct amp_json js = amp_json_make(&out);
    amp_json_open(&js, '{');
    amp_times_view(&js, &desk->times, &desk->limits, &desk->report);
    amp_json_close(&js, '}');
    assert_null(strstr(amp_buf_cstr(&out), "\"M1\""));
    assert_non_null(strstr(amp_buf_cstr(&out), "\"unit\":\"M2\",\"status\":\"available\""));
    amp_buf_free(&out);
}

/* ---- the plain twin ---- */

/* Seconds from the last line of one sort to the first of another; one incident at a time, by hand
 * of the timeline alone. No merges and no crew twice on one incident in these shifts. */
static const struct amp_entry *line_of(const struct amp_incident *incident,
                                       enum amp_event_kind kind, const char *unit, const char *text)
{
    for (size_t i = 0; i < incident->entry_n; i++) {
        const struct amp_entry *line = &incident->entry[i];
        bool of = unit == NULL || (line->unit != NULL && strcmp(line->unit, unit) == 0);
        bool says = text == NULL || (line->text != NULL && strcmp(line->text, text) == 0);
        if (line->kind == kind && of && says) {
            return line;
        }
    }
    return NULL;
}

static int64_t between(const struct amp_entry *from, const struct amp_entry *to)
{
    return from != NULL && to != NULL ? to->time_us - from->time_us : -1;
}

static int64_t twin_value(const struct amp_incident *incident, enum amp_times_phase phase,
                          const char *unit)
{
    const struct amp_entry *opened = &incident->entry[0];
    const struct amp_entry *sent = line_of(incident, AMP_EV_UNIT_DISPATCHED, unit, NULL);
    const struct amp_entry *drove = line_of(incident, AMP_EV_UNIT_STATUS, unit, "en-route");
    const struct amp_entry *there = line_of(incident, AMP_EV_UNIT_STATUS, unit, "on-scene");
    const struct amp_entry *triaged = line_of(incident, AMP_EV_INCIDENT_TRIAGED, NULL, NULL);
    switch (phase) {
    case AMP_TIMES_TRIAGE:
        return opened->text != NULL ? 0 : between(opened, triaged);
    case AMP_TIMES_QUEUE:
        return between(opened->text != NULL ? opened : triaged, sent);
    case AMP_TIMES_PROCESSING:
        return between(opened, sent);
    case AMP_TIMES_TURNOUT:
        return between(sent, drove);
    case AMP_TIMES_TRAVEL:
        return between(drove, there);
    case AMP_TIMES_RESPONSE:
        return between(opened, there);
    case AMP_TIMES_SCENE:
        return between(there, line_of(incident, AMP_EV_UNIT_RELEASED, unit, NULL));
    case AMP_TIMES_TRANSPORT:
    case AMP_TIMES_HOSPITAL:
    case AMP_TIMES_PHASES:
        break;
    }
    return -1;
}

/* The nearest rank by counting: the smallest value that at least pct of a hundred do not exceed. */
static int64_t twin_percentile(const int64_t *value, size_t n, size_t pct)
{
    int64_t best = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t not_above = 0;
        for (size_t k = 0; k < n; k++) {
            not_above += value[k] <= value[i];
        }
        if (not_above * 100 >= pct * n && value[i] < best) {
            best = value[i];
        }
    }
    return best;
}

enum {
    TWIN_VALUES = 512
};

static void twin_check(const struct desk *desk, enum amp_times_by by,
                       const struct amp_times_group *group, enum amp_times_phase phase)
{
    static const char *const crews[] = {"M1", "M2", "B1", "F1"};
    bool run = phase == AMP_TIMES_TURNOUT || phase == AMP_TIMES_TRAVEL || phase == AMP_TIMES_SCENE;
    int64_t value[TWIN_VALUES];
    size_t n = 0, cases = 0;
    for (size_t i = 0; i < desk->bed.state.incident_n; i++) {
        const struct amp_incident *incident = &desk->bed.state.incident[i];
        const char *type = incident->type;
        const char *wanted = desk->times.type[by == AMP_TIMES_BY_TYPE ? group->key : 0];
        int64_t hour = incident->opened_us / AMP_US_PER_S / 3600 % 24;
        bool same_type =
            type == wanted || (type != NULL && wanted != NULL && !strcmp(type, wanted));
        if ((by == AMP_TIMES_BY_TYPE && !same_type) ||
            (by == AMP_TIMES_BY_PRIORITY && incident->priority != group->key) ||
            (by == AMP_TIMES_BY_HOUR && hour != group->key)) {
            continue;
        }
        cases++;
        for (size_t k = 0; k < (run ? 4 : 1); k++) {
            int64_t us = twin_value(incident, phase, run ? crews[k] : NULL);
            if (us >= 0) {
                assert_true(n < TWIN_VALUES);
                value[n++] = us;
            }
        }
    }
    const struct amp_times_stat *stat = &group->stat[phase];
    assert_int_equal(group->cases, cases);
    assert_int_equal(stat->n, n);
    if (n > 0) {
        assert_true(stat->p50_us == twin_percentile(value, n, 50));
        assert_true(stat->p90_us == twin_percentile(value, n, 90));
        assert_true(stat->p99_us == twin_percentile(value, n, 99));
    }
    for (size_t i = 0; i < desk->limits.n; i++) {
        size_t within = 0;
        for (size_t k = 0; k < n; k++) {
            within += value[k] <= desk->limits.row[i].limit_s * AMP_US_PER_S;
        }
        assert_int_equal(stat->within[i], desk->limits.row[i].phase == phase ? within : 0);
    }
}

/* One incident: opened with or without a type, perhaps triaged, perhaps driven to by one or two. */
static void random_incident(struct desk *desk, struct amp_chance *chance, unsigned number)
{
    static const char *const types[] = {"fall", "cardiac-arrest", "seizure"};
    static const char *const crews[] = {"M1", "M2", "B1", "F1"};
    char json[JSON];
    bool typed = amp_chance_hits(chance, 0.4);
    (void)snprintf(json, sizeof json, typed ? "{\"type\":\"%s\"}" : "{}",
                   types[amp_chance_below(chance, 3)]);
    command(desk, amp_chance_below(chance, 2000), AMP_CMD_OPEN_INCIDENT, json);
    if (!typed && amp_chance_hits(chance, 0.8)) {
        (void)snprintf(json, sizeof json, "{\"incident\":\"I-%u\",\"type\":\"%s\"}", number,
                       types[amp_chance_below(chance, 3)]);
        command(desk, amp_chance_below(chance, 90), AMP_CMD_TRIAGE, json);
    }
    unsigned n = amp_chance_below(chance, 3);
    unsigned first = amp_chance_below(chance, 4);
    for (unsigned i = 0; i < n; i++) {
        const char *crew = crews[(first + i) % 4];
        (void)snprintf(json, sizeof json, "{\"incident\":\"I-%u\",\"unit\":\"%s\"}", number, crew);
        command(desk, amp_chance_below(chance, 120), AMP_CMD_DISPATCH, json);
        if (amp_chance_hits(chance, 0.8)) {
            status(desk, amp_chance_below(chance, 150), crew, "en-route");
        }
        if (amp_chance_hits(chance, 0.8)) {
            status(desk, amp_chance_below(chance, 900), crew, "on-scene");
        }
    }
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(json, sizeof json, "{\"unit\":\"%s\"}", crews[(first + i) % 4]);
        command(desk, amp_chance_below(chance, 3000), AMP_CMD_RELEASE, json);
    }
}

static void random_shifts_agree_with_a_plain_recomputation(void **state)
{
    struct desk *desk = *state;
    static const int known[] = {AMP_TIMES_TRIAGE,  AMP_TIMES_QUEUE,  AMP_TIMES_PROCESSING,
                                AMP_TIMES_TURNOUT, AMP_TIMES_TRAVEL, AMP_TIMES_RESPONSE,
                                AMP_TIMES_SCENE};
    struct amp_chance chance = {.state = 20};
    desk->ask.last_day = DAY + 30;
    for (unsigned i = 1; i <= 120; i++) {
        random_incident(desk, &chance, i);
    }
    gather(desk);
    assert_int_equal(desk->times.range.n, 120);
    assert_true(desk->report.by[AMP_TIMES_BY_HOUR].n > 10);
    for (int by = 0; by < AMP_TIMES_BYS; by++) {
        for (size_t g = 0; g < desk->report.by[by].n; g++) {
            for (size_t p = 0; p < sizeof known / sizeof known[0]; p++) {
                twin_check(desk, (enum amp_times_by)by, &desk->report.by[by].group[g],
                           (enum amp_times_phase)known[p]);
            }
        }
    }
}

static void the_days_of_a_zone_hold_exactly_the_incidents_of_those_days(void **state)
{
    struct desk *desk = *state;
    struct amp_chance chance = {.state = 4};
    desk->ask.when = five_hours_on;
    for (unsigned i = 1; i <= 200; i++) {
        command(desk, amp_chance_below(&chance, 4000), AMP_CMD_OPEN_INCIDENT, "{}");
    }
    for (int64_t first = DAY; first <= DAY + 6; first++) {
        for (int64_t last = first; last <= DAY + 6; last++) {
            size_t n = 0;
            for (size_t i = 0; i < desk->bed.state.incident_n; i++) {
                int64_t local_s = desk->bed.state.incident[i].opened_us / AMP_US_PER_S + 5 * 3600;
                n += local_s / DAY_S >= first && local_s / DAY_S <= last;
            }
            desk->ask.first_day = first;
            desk->ask.last_day = last;
            gather(desk);
            assert_int_equal(desk->times.range.n, n);
        }
    }
}

/* West and east of a line, and beyond it the sea. */
static struct amp_str two_areas(void *ctx, struct amp_pos pos)
{
    double lon_deg = amp_lon_deg(pos);
    size_t *asked = ctx;
    ++*asked;
    return lon_deg < 20 ? AMP_STR("West") : lon_deg < 21 ? AMP_STR("East") : AMP_STR("");
}

static void areas_are_groups_and_what_has_no_place_is_one_without_a_name(void **state)
{
    struct desk *desk = *state;
    size_t asked = 0;
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"pos\":{\"lat\":10.0,\"lon\":20.5}}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"pos\":{\"lat\":10.0,\"lon\":19.5}}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"pos\":{\"lat\":10.0,\"lon\":20.6}}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{\"pos\":{\"lat\":10.0,\"lon\":30.0}}");
    command(desk, 0, AMP_CMD_OPEN_INCIDENT, "{}");
    command(desk, 0, AMP_CMD_CLOSE, "{\"incident\":\"I-2\"}");
    command(desk, 0, AMP_CMD_ERASE, "{\"incident\":\"I-2\",\"reason\":\"asked for\"}");
    gather(desk);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_AREA].n, 1); /* nobody named them */
    assert_int_equal(amp_times_name_areas(&desk->times, two_areas, &asked, &desk->arena), AMP_OK);
    assert_int_equal(asked, 3); /* not for what was erased, nor for what has no place */
    assert_int_equal(amp_times_measure(&desk->times, &desk->limits, &desk->arena, &desk->report),
                     AMP_OK);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_AREA].n, 2);
    const struct amp_times_group *group = desk->report.by[AMP_TIMES_BY_AREA].group;
    assert_null(desk->times.area[group[0].key]);
    assert_int_equal(group[0].cases, 3);
    assert_string_equal(desk->times.area[group[1].key], "East");
    assert_int_equal(group[1].cases, 2);
}

static void what_waits_now_is_counted(void **state)
{
    struct desk *desk = *state;
    command(desk, 0, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    command(desk, 300, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 2\",\"type\":\"fall\"}");
    command(desk, 0, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 3\"}");
    command(desk, 0, AMP_CMD_END_CALL, "{\"call\":\"C-3\"}");
    command(desk, 0, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\"}");
    gather(desk);
    assert_int_equal(desk->times.calls_waiting, 1); /* of three one is triaged, one hung up */
    assert_int_equal(desk->times.alone, 2);
    assert_true(desk->times.alone_longest_us >= 300 * AMP_US_PER_S);
    assert_int_equal(desk->times.open_of[0], 2);
    size_t open = 0;
    for (int i = 0; i <= AMP_PRIORITY_MAX; i++) {
        open += desk->times.open_of[i];
    }
    assert_int_equal(open, 3);
}

static void an_empty_range_is_one_empty_group(void **state)
{
    struct desk *desk = *state;
    gather(desk);
    assert_int_equal(desk->times.range.n, 0);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_ALL].n, 1);
    assert_int_equal(desk->report.by[AMP_TIMES_BY_TYPE].n, 0);
    assert_true(stat_of(desk, AMP_TIMES_RESPONSE)->p50_us == AMP_TIMES_NONE);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ROW(each_phase_of_one_incident_is_exact_to_the_second),
        ROW(a_closed_and_an_erased_incident_count_as_before),
        ROW(what_was_merged_counts_once_from_the_first_opening),
        ROW(a_diverted_crew_has_a_run_for_each_incident),
        ROW(a_phase_without_its_start_or_before_it_is_left_out),
        ROW(days_and_hours_are_those_of_the_zone),
        ROW(type_and_priority_choose_and_group),
        ROW(a_limit_reached_to_the_second_is_kept),
        ROW(what_is_no_threshold_is_refused_and_changes_nothing),
        ROW(what_waits_beyond_its_limit_is_overdue_longest_first),
        ROW(what_may_not_be_seen_is_not_counted_and_has_no_call_sign),
        ROW(random_shifts_agree_with_a_plain_recomputation),
        ROW(the_days_of_a_zone_hold_exactly_the_incidents_of_those_days),
        ROW(areas_are_groups_and_what_has_no_place_is_one_without_a_name),
        ROW(what_waits_now_is_counted),
        ROW(an_empty_range_is_one_empty_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
