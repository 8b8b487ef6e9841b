/* Replay from end to end, and its JSON form. */
#include "exercise/replay.h"

#include "exercise/records.h"

#include <inttypes.h>
#include <stdio.h>

amp_err amp_replay_run(const struct amp_replay_input *input, struct amp_arena *arena,
                       struct amp_replay *out, struct amp_why *why)
{
    struct amp_records records = {0};
    struct amp_replay replay = {0};
    if (input->csv.len > AMP_REPLAY_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "the file is larger than %d bytes", AMP_REPLAY_BYTES);
    }
    amp_err err = amp_records_read(input, arena, &records, why);
    err = err ? err : amp_records_measure(&records, arena, &replay);
    err = err ? err : amp_records_doubt(&records, arena, &replay);
    err = err ? err : amp_records_fold(&records, input->plans, arena, &replay, why);
    if (err) {
        return err;
    }
    replay.rows = records.row_n;
    replay.calls = records.call_n;
    replay.units = records.unit_n;
    *out = replay;
    return AMP_OK;
}

static void phases_view(struct amp_json *js, const struct amp_replay *replay)
{
    amp_json_key(js, "phases");
    amp_json_open(js, '[');
    for (size_t i = 0; i < replay->phase_n; i++) {
        const struct amp_phase *phase = &replay->phase[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "name", phase->name);
        amp_json_i64_of(js, "n", (int64_t)phase->n);
        amp_json_double_of(js, "p50_s", phase->p50_s, 0);
        amp_json_double_of(js, "p90_s", phase->p90_s, 0);
        amp_json_double_of(js, "p99_s", phase->p99_s, 0);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void anomalies_view(struct amp_json *js, const struct amp_replay *replay)
{
    amp_json_key(js, "anomalies");
    amp_json_open(js, '{');
    for (unsigned i = 0; i < AMP_ANOMALIES; i++) {
        amp_json_i64_of(js, amp_anomaly_name((enum amp_anomaly_kind)i),
                        (int64_t)replay->anomaly_count[i]);
    }
    amp_json_key(js, "records");
    amp_json_open(js, '[');
    for (size_t i = 0; i < replay->anomaly_n; i++) {
        const struct amp_anomaly *anomaly = &replay->anomaly[i];
        amp_json_open(js, '{');
        amp_json_text_of(js, "kind", amp_anomaly_name(anomaly->kind));
        amp_json_i64_of(js, "line", (int64_t)anomaly->line);
        amp_json_str_of(js, "call", anomaly->call);
        amp_json_str_of(js, "unit", anomaly->unit);
        amp_json_str_of(js, "detail", anomaly->detail);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void shares_view(struct amp_json *js, const struct amp_replay *replay)
{
    amp_json_key(js, "first_dispatch_within");
    amp_json_open(js, '[');
    for (size_t i = 0; i < replay->share_n; i++) {
        amp_json_open(js, '{');
        amp_json_double_of(js, "limit_s", replay->share[i].limit_s, 0);
        amp_json_double_of(js, "pct", replay->share[i].pct, 1);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

void amp_replay_view(struct amp_json *js, const struct amp_replay *replay)
{
    char digest[24];
    (void)snprintf(digest, sizeof(digest), "%016" PRIx64, replay->digest);
    amp_json_open(js, '{');
    amp_json_i64_of(js, "rows", (int64_t)replay->rows);
    amp_json_i64_of(js, "calls", (int64_t)replay->calls);
    amp_json_i64_of(js, "units", (int64_t)replay->units);
    phases_view(js, replay);
    shares_view(js, replay);
    amp_json_double_of(js, "calls_per_hour", replay->calls_per_hour, 1);
    amp_json_i64_of(js, "peak_busy_units", (int64_t)replay->peak_busy_units);
    amp_json_i64_of(js, "most_units_on_one_call", (int64_t)replay->most_units_on_one_call);
    anomalies_view(js, replay);
    amp_json_key(js, "state_machine");
    amp_json_open(js, '{');
    amp_json_i64_of(js, "commands", (int64_t)replay->commands);
    amp_json_i64_of(js, "events", (int64_t)replay->events);
    amp_json_i64_of(js, "refused", (int64_t)replay->refused);
    amp_json_text_of(js, "digest", digest);
    amp_json_close(js, '}');
    amp_json_close(js, '}');
}
