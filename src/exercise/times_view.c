/* Response times as JSON: see Statistics in docs/openapi.yaml. */
#include "base/timefmt.h"
#include "exercise/times.h"

enum {
    DECIMALS = 3,
    OVERDUE_MAX = 500 /* of the list; the count is of all */
};

static const char *const by_names[AMP_TIMES_BYS] = {"all", "type", "priority", "hour", "area"};

/* What the state does not hold, said with every answer. */
static const char *const unknown[] = {"answer", "draft"};

static void seconds_of(struct amp_json *js, const char *name, int64_t us)
{
    amp_json_key(js, name);
    if (us == AMP_TIMES_NONE) {
        amp_json_put_null(js);
    } else {
        amp_json_put_double(js, (double)us / (double)AMP_US_PER_S, DECIMALS);
    }
}

static void limits_write(struct amp_json *js, const struct amp_times_limits *limits)
{
    amp_json_key(js, "limits");
    amp_json_open(js, '[');
    for (size_t i = 0; i < limits->n; i++) {
        const struct amp_times_limit *limit = &limits->row[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "standard", limit->standard);
        amp_json_text_of(js, "edition", limit->edition);
        amp_json_text_of(js, "basis", limit->basis);
        amp_json_text_of(js, "phase", amp_times_phase_name(limit->phase));
        amp_json_i64_of(js, "limit_s", limit->limit_s);
        amp_json_key(js, "target_pct");
        if (limit->target_pct > 0) {
            amp_json_put_i64(js, limit->target_pct);
        } else {
            amp_json_put_null(js);
        }
        amp_json_bool_of(js, "measured", limit->phase != AMP_TIMES_ANSWER);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void stat_write(struct amp_json *js, const struct amp_times_limits *limits, size_t phase,
                       const struct amp_times_stat *stat)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "phase", amp_times_phase_name((enum amp_times_phase)phase));
    amp_json_i64_of(js, "n", (int64_t)stat->n);
    amp_json_i64_of(js, "left_out", (int64_t)stat->left_out);
    seconds_of(js, "p50_s", stat->p50_us);
    seconds_of(js, "p90_s", stat->p90_us);
    seconds_of(js, "p99_s", stat->p99_us);
    amp_json_key(js, "within");
    amp_json_open(js, '[');
    for (size_t i = 0; i < limits->n; i++) {
        if ((size_t)limits->row[i].phase == phase) {
            amp_json_open(js, '{');
            amp_json_i64_of(js, "limit", (int64_t)i);
            amp_json_i64_of(js, "n", (int64_t)stat->within[i]);
            amp_json_close(js, '}');
        }
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void key_write(struct amp_json *js, const struct amp_times *times, enum amp_times_by by,
                      int64_t key)
{
    amp_json_key(js, "key");
    if (by == AMP_TIMES_BY_TYPE) {
        amp_json_put_text(js, times->type[key]);
    } else if (by == AMP_TIMES_BY_AREA) {
        amp_json_put_text(js, times->area[key]);
    } else if (by == AMP_TIMES_BY_HOUR || (by == AMP_TIMES_BY_PRIORITY && key > 0)) {
        amp_json_put_i64(js, key);
    } else {
        amp_json_put_null(js);
    }
}

static void groups_write(struct amp_json *js, const struct amp_times *times,
                         const struct amp_times_limits *limits,
                         const struct amp_times_report *report)
{
    for (int by = 0; by < AMP_TIMES_BYS; by++) {
        amp_json_key(js, by_names[by]);
        amp_json_open(js, '[');
        for (size_t i = 0; i < report->by[by].n; i++) {
            const struct amp_times_group *group = &report->by[by].group[i];
            amp_json_open(js, '{');
            key_write(js, times, (enum amp_times_by)by, group->key);
            amp_json_i64_of(js, "incidents", (int64_t)group->cases);
            amp_json_key(js, "phases");
            amp_json_open(js, '[');
            for (size_t phase = 0; phase < AMP_TIMES_PHASES; phase++) {
                stat_write(js, limits, phase, &group->stat[phase]);
            }
            amp_json_close(js, ']');
            amp_json_close(js, '}');
        }
        amp_json_close(js, ']');
    }
}

static void overdue_write(struct amp_json *js, const struct amp_times_report *report)
{
    amp_json_i64_of(js, "overdue_count", (int64_t)report->overdue_n);
    amp_json_key(js, "overdue");
    amp_json_open(js, '[');
    for (size_t i = 0; i < report->overdue_n && i < OVERDUE_MAX; i++) {
        const struct amp_times_overdue *row = &report->overdue[i];
        char id[AMP_ID_TEXT];
        amp_incident_id_text(row->incident, id);
        amp_json_open(js, '{');
        amp_json_text_of(js, "incident", id);
        amp_json_text_of(js, "phase", amp_times_phase_name(row->phase));
        amp_json_text_of(js, "unit", row->call_sign);
        seconds_of(js, "for_s", row->for_us);
        amp_json_i64_of(js, "limit_s", row->limit_s);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void waiting_write(struct amp_json *js, const struct amp_times *times)
{
    size_t free = times->crews_in[AMP_UNIT_AVAILABLE] + times->crews_in[AMP_UNIT_RETURNING];
    amp_json_i64_of(js, "calls_waiting", (int64_t)times->calls_waiting);
    amp_json_i64_of(js, "alone", (int64_t)times->alone);
    seconds_of(js, "alone_longest_s", times->alone > 0 ? times->alone_longest_us : AMP_TIMES_NONE);
    amp_json_i64_of(js, "free", (int64_t)free);
    amp_json_key(js, "priorities");
    amp_json_open(js, '[');
    for (int i = 0; i <= AMP_PRIORITY_MAX; i++) {
        amp_json_put_i64(js, (int64_t)times->open_of[i]);
    }
    amp_json_close(js, ']');
}

static void load_write(struct amp_json *js, const struct amp_times *times)
{
    amp_json_key(js, "load");
    amp_json_open(js, '{');
    waiting_write(js, times);
    amp_json_key(js, "incidents");
    amp_json_open(js, '{');
    for (int i = 0; i < AMP_INCIDENT_CLOSED; i++) {
        amp_json_i64_of(js, amp_incident_state_name((enum amp_incident_state)i),
                        (int64_t)times->open_in[i]);
    }
    amp_json_close(js, '}');
    amp_json_key(js, "units");
    amp_json_open(js, '{');
    for (int i = 0; i < AMP_UNIT_STATUSES; i++) {
        amp_json_i64_of(js, amp_unit_status_name((enum amp_unit_status)i),
                        (int64_t)times->crews_in[i]);
    }
    amp_json_close(js, '}');
    amp_json_close(js, '}');
}

static void crews_write(struct amp_json *js, const struct amp_times *times,
                        const struct amp_times_report *report)
{
    amp_json_key(js, "crews");
    amp_json_open(js, '[');
    for (size_t i = 0; i < times->crew_n; i++) {
        const struct amp_times_crew *crew = &times->crew[i];
        if (!crew->shown) {
            continue;
        }
        amp_json_open(js, '{');
        amp_json_text_of(js, "unit", crew->call_sign);
        amp_json_text_of(js, "status", amp_unit_status_name(crew->status));
        amp_json_time_of(js, "since", crew->since_us);
        amp_json_i64_of(js, "runs", (int64_t)report->work[i].runs);
        seconds_of(js, "committed_s", report->work[i].committed_us);
        seconds_of(js, "on_scene_s", report->work[i].scene_us);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_times_view(struct amp_json *js, const struct amp_times *times,
                    const struct amp_times_limits *limits, const struct amp_times_report *report)
{
    amp_json_time_of(js, "now", times->now_us);
    limits_write(js, limits);
    groups_write(js, times, limits, report);
    overdue_write(js, report);
    load_write(js, times);
    crews_write(js, times, report);
    amp_json_key(js, "not_known");
    amp_json_open(js, '[');
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        amp_json_put_text(js, unknown[i]);
    }
    amp_json_close(js, ']');
}
