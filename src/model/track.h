/*
 * Where the vehicles are now: last reported positions, outside the journal and outside the fold.
 *
 * Positions are state, not events: after a restart they are unknown until the next report. A
 * position older than AMP_POSITION_LIMIT_S is never given out as current. Owned by one thread.
 */
#ifndef AMP_MODEL_TRACK_H
#define AMP_MODEL_TRACK_H

#include "base/geo.h"
#include "model/ids.h"

enum {
    AMP_POSITION_LIMIT_S = 120, /* older is stale */
    AMP_POSITION_AHEAD_S = 60   /* further in the future is refused */
};

struct amp_position {
    struct amp_pos pos;
    int64_t fix_us;      /* when the vehicle was there; 0: never reported */
    int32_t heading_deg; /* -1 unknown */
    int32_t speed_kmh;   /* -1 unknown */
    int32_t accuracy_m;  /* -1 unknown */
};

struct amp_track {
    struct amp_position *position; /* by unit id - 1 */
    size_t n;
};

AMP_MUST amp_err amp_track_set(struct amp_track *track, struct amp_unit_id unit,
                               const struct amp_position *position, int64_t now_us);
/* The position if it is current at now_us, else NULL. */
const struct amp_position *amp_track_current(const struct amp_track *track, struct amp_unit_id unit,
                                             int64_t now_us);
/* Whatever was last reported, however old, with *stale; NULL if nothing. For showing age, not
 * place. */
const struct amp_position *amp_track_last(const struct amp_track *track, struct amp_unit_id unit,
                                          int64_t now_us, bool *stale);
void amp_track_finish(struct amp_track *track);

#endif
