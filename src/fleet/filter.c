/* Which positions of a device are believed, and the reason for each that is not. */
#include "fleet/filter.h"

#include "base/timefmt.h"

#include <assert.h>

#define COST_US   (AMP_US_PER_S / AMP_FLEET_PER_S)
#define BUCKET_US (COST_US * AMP_FLEET_BURST)

static const struct {
    const char *name, *words;
} rows[AMP_FLEET_REASONS] = {
#define X(id, name, words) {name, words},
    AMP_FLEET_REASON_TABLE(X)
#undef X
};

const char *amp_fleet_reason_name(enum amp_fleet_reason reason)
{
    assert(reason < AMP_FLEET_REASONS);
    return rows[reason].name;
}

const char *amp_fleet_reason_words(enum amp_fleet_reason reason)
{
    assert(reason < AMP_FLEET_REASONS);
    return rows[reason].words;
}

static int64_t slack_of(const struct amp_position *position)
{
    int32_t m = position->accuracy_m;
    return m < 0 ? 0 : m > AMP_FLEET_ACCURACY_M ? AMP_FLEET_ACCURACY_M : m;
}

bool amp_fleet_reachable(const struct amp_position *from, const struct amp_position *to)
{
    assert(to->fix_us >= from->fix_us);
    double dt_s = (double)(to->fix_us - from->fix_us) / (double)AMP_US_PER_S;
    double most_m =
        (double)(AMP_FLEET_SLACK_M + slack_of(from) + slack_of(to)) + dt_s * AMP_FLEET_SPEED_MPS;
    return amp_pos_distance_m(from->pos, to->pos) <= most_m;
}

/* Time fills the bucket; a report takes its cost out of it, or does not fit. */
static bool bucket_take(struct amp_fleet_trail *trail, int64_t now_us)
{
    if (trail->heard_us == 0) {
        trail->bucket_us = BUCKET_US;
    } else if (now_us > trail->heard_us) {
        int64_t gone_us = now_us - trail->heard_us;
        trail->bucket_us =
            gone_us > BUCKET_US - trail->bucket_us ? BUCKET_US : trail->bucket_us + gone_us;
    }
    trail->heard_us = now_us;
    if (trail->bucket_us < COST_US) {
        return false;
    }
    trail->bucket_us -= COST_US;
    return true;
}

static bool same_place(const struct amp_position *a, const struct amp_position *b)
{
    return a->pos.lat_e7 == b->pos.lat_e7 && a->pos.lon_e7 == b->pos.lon_e7;
}

static bool is_repeated(const struct amp_position *before, const struct amp_position *now,
                        int64_t now_us)
{
    return before->fix_us == now->fix_us && (now->fix_us != now_us || same_place(before, now));
}

/* It jumped from the last one taken. Is it one of several that agree? */
static enum amp_fleet_reason suspect_add(struct amp_fleet_trail *trail,
                                         const struct amp_position *position, int64_t now_us)
{
    if (trail->suspect_n > 0 && is_repeated(&trail->suspect, position, now_us)) {
        return AMP_FLEET_REPEATED;
    }
    if (trail->suspect_n > 0 && position->fix_us < trail->suspect.fix_us) {
        return AMP_FLEET_JUMP;
    }
    bool agrees = trail->suspect_n > 0 && amp_fleet_reachable(&trail->suspect, position);
    trail->suspect_n = agrees ? trail->suspect_n + 1 : 1;
    trail->suspect = *position;
    return trail->suspect_n > AMP_FLEET_CONFIRM ? AMP_FLEET_TAKEN : AMP_FLEET_JUMP;
}

static enum amp_fleet_reason judge(struct amp_fleet_trail *trail,
                                   const struct amp_position *position, int64_t now_us)
{
    const struct amp_position *last = &trail->last;
    if (position->fix_us > now_us + AMP_POSITION_AHEAD_S * AMP_US_PER_S) {
        return AMP_FLEET_AHEAD;
    }
    if (position->pos.lat_e7 == 0 && position->pos.lon_e7 == 0) {
        return AMP_FLEET_NO_FIX;
    }
    if (position->fix_us < now_us - AMP_FLEET_BEHIND_S * AMP_US_PER_S) {
        return AMP_FLEET_BEHIND;
    }
    if (last->fix_us > now_us + AMP_POSITION_AHEAD_S * AMP_US_PER_S) {
        trail->last = (struct amp_position){.fix_us = 0};
        trail->suspect_n = 0;
    }
    if (last->fix_us == 0) {
        return AMP_FLEET_TAKEN;
    }
    if (is_repeated(last, position, now_us)) {
        return AMP_FLEET_REPEATED;
    }
    if (position->fix_us < last->fix_us) {
        return AMP_FLEET_LATE;
    }
    return amp_fleet_reachable(last, position) ? AMP_FLEET_TAKEN
                                               : suspect_add(trail, position, now_us);
}

static void drop_note(struct amp_fleet_trail *trail, enum amp_fleet_reason reason, int64_t now_us)
{
    trail->count[reason]++;
    trail->dropped = reason;
    trail->dropped_us = now_us;
}

enum amp_fleet_reason amp_fleet_filter(struct amp_fleet_trail *trail,
                                       const struct amp_position *position, int64_t now_us)
{
    assert(now_us > 0);
    enum amp_fleet_reason reason =
        bucket_take(trail, now_us) ? judge(trail, position, now_us) : AMP_FLEET_FLOOD;
    if (reason != AMP_FLEET_TAKEN) {
        drop_note(trail, reason, now_us);
        return reason;
    }
    trail->last = *position;
    trail->suspect_n = 0;
    trail->taken_us = now_us;
    trail->count[AMP_FLEET_TAKEN]++;
    return reason;
}

void amp_fleet_dropped(struct amp_fleet_trail *trail, enum amp_fleet_reason reason, int64_t now_us)
{
    assert(reason != AMP_FLEET_TAKEN && now_us > 0);
    drop_note(trail, bucket_take(trail, now_us) ? reason : AMP_FLEET_FLOOD, now_us);
}

static bool is_fresh(int64_t at_us, int64_t now_us)
{
    return at_us != 0 && now_us - at_us <= AMP_POSITION_LIMIT_S * AMP_US_PER_S;
}

enum amp_fleet_state amp_fleet_state_of(const struct amp_fleet_trail *trail, int64_t now_us)
{
    if (trail->heard_us == 0) {
        return AMP_FLEET_NEVER;
    }
    if (is_fresh(trail->last.fix_us, now_us)) {
        return AMP_FLEET_CURRENT;
    }
    if (!is_fresh(trail->heard_us, now_us)) {
        return AMP_FLEET_SILENT;
    }
    return is_fresh(trail->taken_us, now_us) ? AMP_FLEET_DELAYED : AMP_FLEET_DROPPING;
}

const char *amp_fleet_state_name(enum amp_fleet_state state)
{
    static const char *const name[] = {[AMP_FLEET_NEVER] = "never",
                                       [AMP_FLEET_CURRENT] = "current",
                                       [AMP_FLEET_SILENT] = "silent",
                                       [AMP_FLEET_DELAYED] = "delayed",
                                       [AMP_FLEET_DROPPING] = "dropping"};
    assert(state <= AMP_FLEET_DROPPING);
    return name[state];
}
