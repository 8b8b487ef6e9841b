/* Last reported positions of the vehicles, by unit number. */
#include "model/track.h"
#include "base/timefmt.h"
#include "model/state.h"
#include <stdlib.h>
#include <string.h>

static bool is_ahead(int64_t fix_us, int64_t now_us)
{
    return fix_us > now_us + AMP_POSITION_AHEAD_S * AMP_US_PER_S;
}

amp_err amp_track_set(struct amp_track *track, struct amp_unit_id unit,
                      const struct amp_position *position, int64_t now_us)
{
    if (unit.n == 0 || unit.n > AMP_UNITS_MAX) {
        return AMP_E_NOT_FOUND;
    }
    if (position->fix_us <= 0 || !amp_pos_valid(position->pos.lat_e7, position->pos.lon_e7) ||
        is_ahead(position->fix_us, now_us)) {
        return AMP_E_RANGE;
    }
    if (unit.n > track->n) {
        size_t n = track->n ? track->n * 2 : 64;
        n = n < unit.n ? unit.n : n;
        struct amp_position *grown = realloc(track->position, n * sizeof(*grown));
        if (!grown) {
            return AMP_E_NOMEM;
        }
        memset(grown + track->n, 0, (n - track->n) * sizeof(*grown));
        track->position = grown;
        track->n = n;
    }
    struct amp_position *last = &track->position[unit.n - 1];
    if (position->fix_us < last->fix_us && !is_ahead(last->fix_us, now_us)) {
        return AMP_OK; /* late on the way: the newer one stays */
    }
    *last = *position;
    return AMP_OK;
}

const struct amp_position *amp_track_last(const struct amp_track *track, struct amp_unit_id unit,
                                          int64_t now_us, bool *stale)
{
    if (unit.n == 0 || unit.n > track->n || track->position[unit.n - 1].fix_us == 0) {
        return NULL;
    }
    const struct amp_position *position = &track->position[unit.n - 1];
    /* One from the future was reported before the clock went back: its age is not known. */
    *stale = now_us - position->fix_us > AMP_POSITION_LIMIT_S * AMP_US_PER_S ||
             is_ahead(position->fix_us, now_us);
    return position;
}

const struct amp_position *amp_track_current(const struct amp_track *track, struct amp_unit_id unit,
                                             int64_t now_us)
{
    bool stale = false;
    const struct amp_position *position = amp_track_last(track, unit, now_us, &stale);
    return position && !stale ? position : NULL;
}

void amp_track_finish(struct amp_track *track)
{
    free(track->position);
    *track = (struct amp_track){0};
}
