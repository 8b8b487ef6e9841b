/* Phases as percentiles, shares within limits, and the load that the records show. */
#include "exercise/statistics.h"

#include "base/timefmt.h"
#include "exercise/records.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The phases that are reported, in the order of a unit's part in a call. */
static const struct {
    const char *name;
    enum amp_step from, to;
    bool per_call; /* from the call's receipt to the first such step of any unit */
} phase_rows[] = {
    {"received to entry", AMP_STEP_RECEIVED, AMP_STEP_ENTRY, false},
    {"entry to dispatch", AMP_STEP_ENTRY, AMP_STEP_DISPATCH, false},
    {"dispatch to response (turnout)", AMP_STEP_DISPATCH, AMP_STEP_RESPONSE, false},
    {"response to on scene (travel)", AMP_STEP_RESPONSE, AMP_STEP_ON_SCENE, false},
    {"received to on scene", AMP_STEP_RECEIVED, AMP_STEP_ON_SCENE, false},
    {"on scene to transport", AMP_STEP_ON_SCENE, AMP_STEP_TRANSPORT, false},
    {"transport to hospital", AMP_STEP_TRANSPORT, AMP_STEP_HOSPITAL, false},
    {"hospital to available", AMP_STEP_HOSPITAL, AMP_STEP_AVAILABLE, false},
    {"per call, received to first dispatch", AMP_STEP_RECEIVED, AMP_STEP_DISPATCH, true},
};

enum {
    PHASES = sizeof(phase_rows) / sizeof(phase_rows[0])
};

/* 60: NFPA 1225 (2022); 64 and 106: NFPA 1221 (2016). */
static const int64_t share_limits_s[] = {60, 64, 106};

static int value_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void amp_values_sort(int64_t *value, size_t n)
{
    if (n > 0) {
        qsort(value, n, sizeof(*value), value_order);
    }
}

int64_t amp_percentile(const int64_t *sorted, size_t n, unsigned pct)
{
    assert(n > 0 && pct >= 1 && pct <= 100);
    size_t rank = (n * pct + 99) / 100;
    return sorted[rank - 1];
}

static size_t phase_collect(const struct amp_records *records, size_t which, int64_t *value)
{
    size_t n = 0;
    for (size_t i = 0; i < records->row_n; i++) {
        int64_t from_us = records->row[i].at_us[phase_rows[which].from];
        int64_t to_us = records->row[i].at_us[phase_rows[which].to];
        if (from_us != AMP_NO_TIME && to_us != AMP_NO_TIME && to_us >= from_us) {
            value[n++] = to_us - from_us;
        }
    }
    return n;
}

/* For each call: first dispatch of any unit minus the earliest receipt. */
static size_t call_collect(const struct amp_records *records, struct amp_arena *arena,
                           int64_t *value)
{
    int64_t *received = amp_arena_array(arena, records->call_n + 1, sizeof(*received));
    int64_t *first = amp_arena_array(arena, records->call_n + 1, sizeof(*first));
    if (received == NULL || first == NULL) {
        return 0;
    }
    for (size_t i = 0; i < records->call_n; i++) {
        received[i] = INT64_MAX;
        first[i] = INT64_MAX;
    }
    for (size_t i = 0; i < records->row_n; i++) {
        const struct amp_row *row = &records->row[i];
        int64_t received_us = row->at_us[AMP_STEP_RECEIVED];
        int64_t dispatch_us = row->at_us[AMP_STEP_DISPATCH];
        if (received_us < received[row->call]) {
            received[row->call] = received_us;
        }
        if (dispatch_us != AMP_NO_TIME && dispatch_us < first[row->call]) {
            first[row->call] = dispatch_us;
        }
    }
    size_t n = 0;
    for (size_t i = 0; i < records->call_n; i++) {
        if (first[i] != INT64_MAX && first[i] >= received[i]) {
            value[n++] = first[i] - received[i];
        }
    }
    return n;
}

static double seconds(int64_t us)
{
    return (double)us / (double)AMP_US_PER_S;
}

static void shares_fill(const int64_t *sorted, size_t n, struct amp_replay *out)
{
    out->share_n = sizeof(share_limits_s) / sizeof(share_limits_s[0]);
    for (size_t i = 0; i < out->share_n; i++) {
        size_t within = 0;
        while (within < n && sorted[within] <= share_limits_s[i] * AMP_US_PER_S) {
            within++;
        }
        out->share[i].limit_s = (double)share_limits_s[i];
        out->share[i].pct = n > 0 ? 100.0 * (double)within / (double)n : NAN;
    }
}

static amp_err phases_fill(const struct amp_records *records, struct amp_arena *arena,
                           struct amp_replay *out)
{
    struct amp_phase *phase = amp_arena_array(arena, PHASES, sizeof(*phase));
    int64_t *value = amp_arena_array(arena, records->row_n + 1, sizeof(*value));
    if (phase == NULL || value == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < PHASES; i++) {
        size_t n = phase_rows[i].per_call ? call_collect(records, arena, value)
                                          : phase_collect(records, i, value);
        amp_values_sort(value, n);
        phase[i] = (struct amp_phase){.name = phase_rows[i].name,
                                      .n = n,
                                      .p50_s = n ? seconds(amp_percentile(value, n, 50)) : NAN,
                                      .p90_s = n ? seconds(amp_percentile(value, n, 90)) : NAN,
                                      .p99_s = n ? seconds(amp_percentile(value, n, 99)) : NAN};
        if (phase_rows[i].per_call) {
            shares_fill(value, n, out);
        }
    }
    out->phase = phase;
    out->phase_n = PHASES;
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

/* The most units busy at one moment: starts and ends merged in order, ends first at a tie. */
static size_t peak_busy(int64_t *start, int64_t *end, size_t n)
{
    amp_values_sort(start, n);
    amp_values_sort(end, n);
    size_t busy = 0;
    size_t peak = 0;
    for (size_t i = 0, k = 0; i < n; i++) {
        while (k < n && end[k] <= start[i]) {
            k++;
            busy--;
        }
        busy++;
        peak = busy > peak ? busy : peak;
    }
    return peak;
}

static amp_err load_fill(const struct amp_records *records, struct amp_arena *arena,
                         struct amp_replay *out)
{
    int64_t *start = amp_arena_array(arena, records->row_n + 1, sizeof(*start));
    int64_t *end = amp_arena_array(arena, records->row_n + 1, sizeof(*end));
    size_t *on_call = amp_arena_array(arena, records->call_n + 1, sizeof(*on_call));
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    int64_t earliest = INT64_MAX;
    int64_t latest = INT64_MIN;
    size_t n = 0;
    for (size_t i = 0; i < records->row_n; i++) {
        const struct amp_row *row = &records->row[i];
        int64_t received_us = row->at_us[AMP_STEP_RECEIVED];
        earliest = received_us < earliest ? received_us : earliest;
        latest = received_us > latest ? received_us : latest;
        size_t on_this = ++on_call[row->call];
        out->most_units_on_one_call =
            on_this > out->most_units_on_one_call ? on_this : out->most_units_on_one_call;
        int64_t from_us = row->at_us[AMP_STEP_DISPATCH];
        if (from_us != AMP_NO_TIME && amp_row_end(row) > from_us) {
            start[n] = from_us;
            end[n++] = amp_row_end(row);
        }
    }
    out->peak_busy_units = peak_busy(start, end, n);
    double hours = latest > earliest ? seconds(latest - earliest) / 3600.0 : 0.0;
    out->calls_per_hour = hours > 0.0 ? (double)records->call_n / hours : NAN;
    return AMP_OK;
}

amp_err amp_records_measure(const struct amp_records *records, struct amp_arena *arena,
                            struct amp_replay *out)
{
    amp_err err = phases_fill(records, arena, out);
    return err ? err : load_fill(records, arena, out);
}
