/* Cases to percentiles and shares, by type, priority and hour; what is overdue; crews' work. */
#include "base/timefmt.h"
#include "exercise/statistics.h"
#include "exercise/times.h"
#include <assert.h>
#include <stdlib.h>

static const struct {
    bool run; /* of a run rather than of the incident */
    enum amp_times_step from, to;
} phases[AMP_TIMES_PHASES] = {
#define X(id, name, run, from, to) {run, AMP_TIMES_AT_##from, AMP_TIMES_AT_##to},
    AMP_TIMES_PHASE_TABLE(X)
#undef X
};

/* What one phase of one case or run gave, and the group that it goes to. */
struct sample {
    size_t group;
    int64_t value_us;
};

static int sample_order(const void *a, const void *b)
{
    const struct sample *x = a;
    const struct sample *y = b;
    if (x->group != y->group) {
        return (x->group > y->group) - (x->group < y->group);
    }
    return (x->value_us > y->value_us) - (x->value_us < y->value_us);
}

/* ---- groups ---- */

struct measuring {
    const struct amp_times *times;
    const struct amp_times_limits *limits;
    struct amp_arena *arena;
    size_t *group_of; /* by case */
    int *hour;        /* by case: in which it was received */
    struct sample *sample;
    size_t sample_n;
    int64_t *sorted;
};

static int64_t key_of(const struct measuring *m, size_t i, enum amp_times_by by)
{
    const struct amp_times_case *item = &m->times->range.item[i];
    switch (by) {
    case AMP_TIMES_BY_TYPE:
        return item->type;
    case AMP_TIMES_BY_PRIORITY:
        return item->priority;
    case AMP_TIMES_BY_HOUR:
        return m->hour[i];
    case AMP_TIMES_BY_AREA:
        return item->area;
    case AMP_TIMES_BY_ALL:
    case AMP_TIMES_BYS:
        break;
    }
    return 0;
}

static size_t keys_max(const struct amp_times *times, enum amp_times_by by)
{
    enum {
        HOURS = 24
    };
    static const size_t fixed[AMP_TIMES_BYS] = {[AMP_TIMES_BY_ALL] = 1,
                                                [AMP_TIMES_BY_PRIORITY] = AMP_PRIORITY_MAX + 1,
                                                [AMP_TIMES_BY_HOUR] = HOURS};
    return by == AMP_TIMES_BY_TYPE   ? times->type_n
           : by == AMP_TIMES_BY_AREA ? times->area_n
                                     : fixed[by];
}

/* The groups that have a case, in the order of their keys, and whose each case is. */
static struct amp_times_group *groups_find(struct measuring *m, enum amp_times_by by, size_t *n_out)
{
    const struct amp_times_cases *cases = &m->times->range;
    size_t keys = keys_max(m->times, by), n = 0;
    size_t *count = amp_arena_array(m->arena, keys, sizeof *count);
    if (count == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < cases->n; i++) {
        count[key_of(m, i, by)]++;
    }
    for (size_t k = 0; k < keys; k++) {
        n += count[k] > 0 || by == AMP_TIMES_BY_ALL;
    }
    struct amp_times_group *group = amp_arena_array(m->arena, n + 1, sizeof *group);
    if (group == NULL) {
        return NULL;
    }
    size_t at = 0;
    for (size_t k = 0; k < keys; k++) {
        if (count[k] > 0 || by == AMP_TIMES_BY_ALL) {
            group[at] = (struct amp_times_group){.key = (int64_t)k, .cases = count[k]};
            count[k] = at++;
        }
    }
    for (size_t i = 0; i < cases->n; i++) {
        m->group_of[i] = count[key_of(m, i, by)];
    }
    *n_out = n;
    return group;
}

/* ---- phases ---- */

static void sample_take(struct measuring *m, const int64_t at_us[AMP_TIMES_STEPS], size_t phase,
                        size_t group, struct amp_times_stat *stat)
{
    int64_t from_us = at_us[phases[phase].from];
    int64_t to_us = at_us[phases[phase].to];
    if (to_us == AMP_TIMES_NONE) {
        return;
    }
    if (from_us == AMP_TIMES_NONE || to_us < from_us) {
        stat->left_out++;
        return;
    }
    m->sample[m->sample_n++] = (struct sample){group, to_us - from_us};
}

/* A crew that becomes free without having been on scene or at a hospital leaves nothing out. */
static void samples_collect(struct measuring *m, size_t phase, struct amp_times_group *group)
{
    const struct amp_times_cases *cases = &m->times->range;
    m->sample_n = 0;
    for (size_t i = 0; i < cases->n; i++) {
        const struct amp_times_case *item = &cases->item[i];
        struct amp_times_stat *stat = &group[m->group_of[i]].stat[phase];
        if (!phases[phase].run) {
            sample_take(m, item->at_us, phase, m->group_of[i], stat);
            continue;
        }
        for (size_t k = 0; k < item->run_n; k++) {
            const struct amp_times_run *run = &cases->run[item->run_first + k];
            bool began = run->at_us[phases[phase].from] != AMP_TIMES_NONE;
            if (began || phases[phase].to != AMP_TIMES_AT_FREE) {
                sample_take(m, run->at_us, phase, m->group_of[i], stat);
            }
        }
    }
    if (m->sample_n > 0) {
        qsort(m->sample, m->sample_n, sizeof *m->sample, sample_order);
    }
}

static void stat_fill(const struct measuring *m, const int64_t *sorted, size_t n, size_t phase,
                      struct amp_times_stat *stat)
{
    stat->n = n;
    stat->p50_us = n > 0 ? amp_percentile(sorted, n, 50) : AMP_TIMES_NONE;
    stat->p90_us = n > 0 ? amp_percentile(sorted, n, 90) : AMP_TIMES_NONE;
    stat->p99_us = n > 0 ? amp_percentile(sorted, n, 99) : AMP_TIMES_NONE;
    for (size_t i = 0; i < m->limits->n; i++) {
        const struct amp_times_limit *limit = &m->limits->row[i];
        if ((size_t)limit->phase != phase) {
            continue;
        }
        size_t within = 0;
        while (within < n && sorted[within] <= limit->limit_s * AMP_US_PER_S) {
            within++;
        }
        stat->within[i] = within;
    }
}

static void phase_fill(struct measuring *m, size_t phase, struct amp_times_group *group, size_t n)
{
    samples_collect(m, phase, group);
    for (size_t i = 0; i < m->sample_n; i++) {
        m->sorted[i] = m->sample[i].value_us;
    }
    size_t at = 0;
    for (size_t g = 0; g < n; g++) {
        size_t first = at;
        while (at < m->sample_n && m->sample[at].group == g) {
            at++;
        }
        stat_fill(m, m->sorted + first, at - first, phase, &group[g].stat[phase]);
    }
    assert(at == m->sample_n);
}

/* ---- what is overdue ---- */

/* The limit that counts now: one's own, else the first of the standards; 0: there is none. */
static int64_t limit_of(const struct amp_times_limits *limits, enum amp_times_phase phase)
{
    for (size_t i = 0; i < limits->n; i++) {
        if (limits->row[i].phase == phase) {
            return limits->row[i].limit_s;
        }
    }
    return 0;
}

static void overdue_check(struct measuring *m, struct amp_times_report *out,
                          const struct amp_times_overdue *candidate, int64_t since_us)
{
    struct amp_times_overdue row = *candidate;
    row.limit_s = limit_of(m->limits, row.phase);
    row.for_us = m->times->now_us - since_us;
    if (row.limit_s > 0 && row.for_us > row.limit_s * AMP_US_PER_S) {
        out->overdue[out->overdue_n++] = row;
    }
}

static int overdue_order(const void *a, const void *b)
{
    const struct amp_times_overdue *x = a;
    const struct amp_times_overdue *y = b;
    int64_t x_us = x->for_us - x->limit_s * AMP_US_PER_S;
    int64_t y_us = y->for_us - y->limit_s * AMP_US_PER_S;
    if (x_us != y_us) {
        return (x_us < y_us) - (x_us > y_us);
    }
    if (x->incident.n != y->incident.n) {
        return (x->incident.n > y->incident.n) - (x->incident.n < y->incident.n);
    }
    return (x->phase > y->phase) - (x->phase < y->phase);
}

static void run_overdue(struct measuring *m, struct amp_times_report *out,
                        struct amp_incident_id incident, const struct amp_times_run *run)
{
    const struct amp_times_crew *crew = &m->times->crew[run->unit];
    struct amp_times_overdue row = {.incident = incident,
                                    .phase = AMP_TIMES_TURNOUT,
                                    .call_sign = crew->shown ? crew->call_sign : NULL};
    int64_t since_us = run->at_us[AMP_TIMES_AT_DISPATCHED];
    if (run->at_us[AMP_TIMES_AT_FREE] != AMP_TIMES_NONE ||
        run->at_us[AMP_TIMES_AT_ON_SCENE] != AMP_TIMES_NONE) {
        return;
    }
    if (run->at_us[AMP_TIMES_AT_EN_ROUTE] != AMP_TIMES_NONE) {
        row.phase = AMP_TIMES_TRAVEL;
        since_us = run->at_us[AMP_TIMES_AT_EN_ROUTE];
    }
    overdue_check(m, out, &row, since_us);
}

static amp_err overdue_find(struct measuring *m, struct amp_times_report *out)
{
    const struct amp_times_cases *open = &m->times->open;
    out->overdue = amp_arena_array(m->arena, 2 * open->n + open->run_n + 1, sizeof *out->overdue);
    if (out->overdue == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < open->n; i++) {
        const struct amp_times_case *item = &open->item[i];
        int64_t received_us = item->at_us[AMP_TIMES_AT_RECEIVED];
        struct amp_times_overdue row = {.incident = item->id, .phase = AMP_TIMES_PROCESSING};
        if (item->at_us[AMP_TIMES_AT_DISPATCHED] == AMP_TIMES_NONE) {
            overdue_check(m, out, &row, received_us);
        }
        row.phase = AMP_TIMES_RESPONSE;
        if (item->at_us[AMP_TIMES_AT_ON_SCENE] == AMP_TIMES_NONE) {
            overdue_check(m, out, &row, received_us);
        }
        for (size_t k = 0; k < item->run_n; k++) {
            run_overdue(m, out, item->id, &open->run[item->run_first + k]);
        }
    }
    if (out->overdue_n > 0) {
        qsort(out->overdue, out->overdue_n, sizeof *out->overdue, overdue_order);
    }
    return AMP_OK;
}

/* ---- crews ---- */

static int64_t span_us(int64_t from_us, int64_t to_us)
{
    return from_us != AMP_TIMES_NONE && to_us > from_us ? to_us - from_us : 0;
}

static amp_err work_sum(struct measuring *m, struct amp_times_report *out)
{
    const struct amp_times_cases *range = &m->times->range;
    out->work = amp_arena_array(m->arena, m->times->crew_n + 1, sizeof *out->work);
    if (out->work == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < range->run_n; i++) {
        const struct amp_times_run *run = &range->run[i];
        struct amp_times_work *work = &out->work[run->unit];
        int64_t free_us = run->at_us[AMP_TIMES_AT_FREE];
        int64_t end_us = free_us != AMP_TIMES_NONE ? free_us : m->times->now_us;
        work->runs++;
        work->committed_us += span_us(run->at_us[AMP_TIMES_AT_DISPATCHED], end_us);
        work->scene_us += span_us(run->at_us[AMP_TIMES_AT_ON_SCENE], end_us);
    }
    return AMP_OK;
}

amp_err amp_times_measure(const struct amp_times *times, const struct amp_times_limits *limits,
                          struct amp_arena *arena, struct amp_times_report *out)
{
    size_t room = times->range.n + times->range.run_n + 1;
    struct measuring m = {.times = times, .limits = limits, .arena = arena};
    *out = (struct amp_times_report){.overdue_n = 0};
    m.group_of = amp_arena_array(arena, times->range.n + 1, sizeof *m.group_of);
    m.hour = amp_arena_array(arena, times->range.n + 1, sizeof *m.hour);
    m.sample = amp_arena_array(arena, room, sizeof *m.sample);
    m.sorted = amp_arena_array(arena, room, sizeof *m.sorted);
    if (m.group_of == NULL || m.hour == NULL || m.sample == NULL || m.sorted == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < times->range.n; i++) {
        int64_t at_us = times->range.item[i].at_us[AMP_TIMES_AT_RECEIVED];
        (void)amp_times_day(times->when, at_us, &m.hour[i]);
    }
    for (int by = 0; by < AMP_TIMES_BYS; by++) {
        size_t n = 0;
        struct amp_times_group *group = groups_find(&m, (enum amp_times_by)by, &n);
        if (group == NULL) {
            return AMP_E_NOMEM;
        }
        for (size_t phase = 0; phase < AMP_TIMES_PHASES; phase++) {
            phase_fill(&m, phase, group, n);
        }
        out->by[by].group = group;
        out->by[by].n = n;
    }
    amp_err err = overdue_find(&m, out);
    return err ? err : work_sum(&m, out);
}
