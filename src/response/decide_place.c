/*
 * Whether a caller's position moves the incident.
 *
 *   1. An incident without a position takes any.
 *   2. A position that a person gave (typed, chosen on the map) always counts.
 *   3. A position that a person gave is never moved by a device or a network.
 *   4. Between two automatic fixes, the newer one counts unless it is much less sure: its radius
 * may be at most twice the present one, or RADIUS_GOOD_M. A lone cell must not undo a satellite
 * fix.
 *   5. An older fix (late on the way) counts only if its radius is less than half of the present
 * one.
 *
 * An unknown radius is the largest. The call itself keeps its newest fix in any case
 * (apply_call.c).
 */
#include "base/timefmt.h"
#include "model/field.h"
#include "response/rules.h"
#include <string.h>

enum {
    RADIUS_GOOD_M = 100,
    RADIUS_UNKNOWN_M = 20037509
};

bool amp_place_by_hand(const char *source)
{
    static const char *const hands[] = {"typed", "map", "desk", "place", "geocode", "words"};
    if (!source) {
        return true; /* devices and networks say what they are */
    }
    for (size_t i = 0; i < sizeof(hands) / sizeof(hands[0]); i++) {
        if (strcmp(source, hands[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool report_by_hand(const struct amp_fields *report)
{
    char source[AMP_WORD_MAX + 1];
    if (!(report->has & AMP_HAS(SOURCE))) {
        return true;
    }
    return !amp_str_copy(source, sizeof(source), report->source) && amp_place_by_hand(source);
}

bool amp_place_moves(const struct amp_place_report *present, const struct amp_fields *report)
{
    if (!present->known || report_by_hand(report)) {
        return true;
    }
    if (amp_place_by_hand(present->source)) {
        return false;
    }
    int64_t old_m = present->radius_m >= 0 ? present->radius_m : RADIUS_UNKNOWN_M;
    int64_t new_m = report->has & AMP_HAS(RADIUS_M) ? report->radius_m : RADIUS_UNKNOWN_M;
    int64_t fix_us = report->has & AMP_HAS(FIX_TIME) ? report->fix_time : 0;
    if (fix_us >= present->fix_us) {
        return new_m <= RADIUS_GOOD_M || new_m <= 2 * old_m;
    }
    return 2 * new_m < old_m;
}

void amp_where_take(struct amp_deciding *d, struct amp_fields *to)
{
    const struct amp_command *command = d->command;
    if (!(command->f.has & AMP_HAS(POS))) {
        return;
    }
    amp_fields_take(to, &command->f,
                    AMP_HAS(POS) | AMP_HAS(RADIUS_M) | AMP_HAS(CONFIDENCE_PCT) | AMP_HAS(SOURCE) |
                        AMP_HAS(FIX_TIME));
    bool known = (to->has & AMP_HAS(FIX_TIME)) != 0;
    if (known ? to->fix_time > command->time_us : !report_by_hand(to)) {
        to->fix_time = command->time_us;
        to->has |= AMP_HAS(FIX_TIME);
    }
}
