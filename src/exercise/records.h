/*
 * A service's call records in memory, as its mapping reads them: shared by the files of this
 * folder.
 */
#ifndef AMP_EXERCISE_RECORDS_H
#define AMP_EXERCISE_RECORDS_H

#include "exercise/replay.h"

#define AMP_NO_TIME INT64_MIN

struct amp_row { /* one unit's part in one call */
    uint64_t line;
    uint32_t call, unit;         /* numbers in the order of first appearance */
    int64_t at_us[AMP_STEPS];    /* AMP_NO_TIME where the step was not reached */
    const char *type, *priority; /* our words */
    struct amp_str place;
    bool placed;
    struct amp_pos pos;
};

struct amp_named { /* a call or a unit */
    struct amp_str name;
    const char *kind; /* of a unit: our capability */
};

struct amp_records {
    struct amp_row *row;
    size_t row_n;
    struct amp_named *call;
    size_t call_n;
    struct amp_named *unit;
    size_t unit_n;
};

AMP_MUST amp_err amp_records_read(const struct amp_replay_input *input, struct amp_arena *arena,
                                  struct amp_records *out, struct amp_why *why);
/* The last moment a row tells of: available, or the latest step there is. */
int64_t amp_row_end(const struct amp_row *row);

/* statistics.c: fills phases, shares, loads. anomaly.c: the list. fold.c: the state machine. */
AMP_MUST amp_err amp_records_measure(const struct amp_records *records, struct amp_arena *arena,
                                     struct amp_replay *out);
AMP_MUST amp_err amp_records_doubt(const struct amp_records *records, struct amp_arena *arena,
                                   struct amp_replay *out);
AMP_MUST amp_err amp_records_fold(const struct amp_records *records, const struct amp_plans *plans,
                                  struct amp_arena *arena, struct amp_replay *out,
                                  struct amp_why *why);

#endif
