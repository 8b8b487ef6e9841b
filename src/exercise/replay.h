/*
 * Replay: a service's call records through the same state machine that runs live.
 *
 * A mapping is a row of a table: which column means what, how its times are written, which words
 * are which type, priority and capability. Nothing of a particular service is in the code paths.
 * Records that could not have happened are listed, not hidden: times out of order, a unit in two
 * places.
 *
 * Percentiles are nearest-rank: the smallest value with at least p percent of the values at or
 * below it. A phase counts the records that have both its times, the end not before the start.
 * Pure.
 */
#ifndef AMP_EXERCISE_REPLAY_H
#define AMP_EXERCISE_REPLAY_H

#include "base/json.h"
#include "model/state.h"
#include "response/plan.h"

enum {
    AMP_REPLAY_BYTES = 1 << 30,
    AMP_REPLAY_ROWS = 5000000,
    AMP_REPLAY_LIMITS = 8 /* thresholds of a share table */
};

/* The moments of a unit's part in a call, in the order they should happen. */
enum amp_step {
    AMP_STEP_RECEIVED,
    AMP_STEP_ENTRY,
    AMP_STEP_DISPATCH,
    AMP_STEP_RESPONSE, /* wheels rolling */
    AMP_STEP_ON_SCENE,
    AMP_STEP_TRANSPORT,
    AMP_STEP_HOSPITAL,
    AMP_STEP_AVAILABLE,
    AMP_STEPS
};
const char *amp_step_name(enum amp_step step); /* "on scene" */

struct amp_mapping_word { /* a word of the service and ours */
    const char *theirs;
    const char *ours;
};

struct amp_mapping {
    const char *name;  /* "sf-fire" */
    const char *words; /* one line */
    const char *call_column, *unit_column, *kind_column, *type_column, *priority_column;
    const char *place_column, *position_column; /* "(lat, lon)" */
    const char *step_column[AMP_STEPS];
    const struct amp_mapping_word *type;     /* ends with NULL; its ours is the default */
    const struct amp_mapping_word *priority; /* the same; ours is "1".."5" */
    const struct amp_mapping_word *kind;     /* the same; ours are capabilities */
};

size_t amp_mapping_count(void);
const struct amp_mapping *amp_mapping_at(size_t i);
const struct amp_mapping *amp_mapping_find(struct amp_str name);

struct amp_phase {
    const char *name; /* "response to on scene (travel)" */
    size_t n;
    double p50_s, p90_s, p99_s; /* NAN when n is 0 */
};

enum amp_anomaly_kind {
    AMP_ANOMALY_OUT_OF_ORDER,
    AMP_ANOMALY_OVERLAP,
    AMP_ANOMALIES
};
const char *amp_anomaly_name(enum amp_anomaly_kind kind); /* "out_of_order" */

struct amp_anomaly {
    enum amp_anomaly_kind kind;
    uint64_t line; /* in the file */
    struct amp_str call, unit;
    struct amp_str detail; /* a sentence */
};

struct amp_share { /* calls whose first dispatch came within limit_s of being received */
    double limit_s;
    double pct;
};

struct amp_replay {
    size_t rows, calls, units;
    const struct amp_phase *phase;
    size_t phase_n;
    const struct amp_anomaly *anomaly;
    size_t anomaly_n, anomaly_count[AMP_ANOMALIES];
    struct amp_share share[AMP_REPLAY_LIMITS];
    size_t share_n;
    double calls_per_hour;
    size_t peak_busy_units, most_units_on_one_call;
    /* what the state machine made of it */
    size_t commands, events, refused;
    uint64_t digest; /* of the state at the end */
};

struct amp_replay_input {
    struct amp_str csv;
    const struct amp_mapping *mapping; /* NULL: the first whose columns are all there */
    int64_t utc_offset_s;              /* of the file's local times: UTC = local - offset */
    const struct amp_plans *plans;
};

/* Texts live in the arena or in the input. An unreadable row is an error that names its line. */
AMP_MUST amp_err amp_replay_run(const struct amp_replay_input *input, struct amp_arena *arena,
                                struct amp_replay *out, struct amp_why *why);
void amp_replay_view(struct amp_json *js, const struct amp_replay *replay);

#endif
