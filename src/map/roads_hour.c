/*
 * Roads at another hour: the graph of opened roads, with rules of their own.
 *
 * Few kinds of road and few turns have conditions, so little is worked out again, and all that has
 * none is shared. A metric holds the roads it weighs, and these hold the graph.
 */
#include "map/roads_in.h"

#include <string.h>

/* Whether hours that lie in the file hold otherwise at two times. */
static bool hours_differ(const struct amp_roads *rd, uint32_t first, uint8_t n,
                         const struct amp_when *a, const struct amp_when *b)
{
    return amp_hours_at(rd->hour + first, n, a) != amp_hours_at(rd->hour + first, n, b);
}

bool amp_roads_hour_differs(const struct amp_roads *rd, const struct amp_when *when)
{
    const struct amp_when *now = &rd->rules.when;
    for (size_t i = 0; i < rd->cond_n; i++) {
        const struct amp_road_cond *cond = &rd->cond[i];
        if (cond->understood && hours_differ(rd, cond->hour_first, cond->hour_n, now, when)) {
            return true;
        }
    }
    for (size_t i = 0; i < rd->turn_n; i++) {
        if (hours_differ(rd, rd->turn[i].hour_first, rd->turn[i].hour_n, now, when)) {
            return true;
        }
    }
    return false;
}

struct amp_when amp_roads_hour(const struct amp_roads *rd)
{
    return rd->rules.when;
}

/* Tables of its own, filled as those of `from` are. */
static amp_err tables_copy(struct amp_roads *rd, const struct amp_roads *from)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        uint32_t *pace = amp_arena_array(&rd->arena, 2 * rd->kind_n + 1, sizeof(*pace));
        if (pace == NULL) {
            return AMP_E_NOMEM;
        }
        memcpy(pace, from->rules.pace[p], 2 * rd->kind_n * sizeof(*pace));
        rd->rules.pace[p] = pace;
    }
    rd->connected = amp_arena_array(&rd->arena, rd->seg_n + 1, 1);
    if (rd->connected == NULL) {
        return AMP_E_NOMEM;
    }
    memcpy(rd->connected, from->connected, rd->seg_n);
    return AMP_OK;
}

/* Which profiles may go elsewhere than before: bits. A road that is only slower leads as far. */
static unsigned kinds_weigh(struct amp_roads *rd, const struct amp_roads *from, unsigned profiles)
{
    unsigned open = 0;
    for (uint32_t kind = 0; kind < rd->kind_n; kind++) {
        for (int p = 0; p < AMP_PROFILE_COUNT && rd->kind[kind].cond_n > 0; p++) {
            if (!(profiles >> p & 1)) {
                continue;
            }
            const uint32_t *old = from->rules.pace[p] + 2 * (size_t)kind;
            const uint32_t *now = rd->rules.pace[p] + 2 * (size_t)kind;
            amp_rules_pace(rd, (enum amp_profile)p, kind);
            for (int dir = 0; dir < 2; dir++) {
                if ((old[dir] == AMP_PACE_NONE) != (now[dir] == AMP_PACE_NONE)) {
                    open |= 1U << p;
                }
            }
        }
    }
    return open;
}

static amp_err turns_weigh(struct amp_roads *rd, const struct amp_roads *from, unsigned profiles,
                           unsigned *open)
{
    if (rd->turn_n == 0) {
        return AMP_OK;
    }
    uint8_t *mask = amp_arena_array(&rd->arena, rd->arc_n + 1, 1);
    if (mask == NULL) {
        return AMP_E_NOMEM;
    }
    memcpy(mask, from->arc_mask, rd->arc_n);
    amp_rules_turns(rd, profiles, mask);
    for (size_t i = 0; i < rd->turn_n; i++) {
        *open |= (unsigned)(mask[rd->turn[i].arc] ^ from->arc_mask[rd->turn[i].arc]);
    }
    rd->arc_mask = mask;
    return AMP_OK;
}

amp_err amp_roads_at(const struct amp_roads *roads, const struct amp_when *when, unsigned profiles,
                     struct amp_roads **out, struct amp_why *why)
{
    struct amp_roads *rd = amp_roads_alloc();
    if (rd == NULL) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory for the roads at another hour");
    }
    struct amp_roads_life *life = rd->life;
    *rd = *roads;
    rd->life = life;
    life->graph = amp_roads_ref(roads->life->graph);
    rd->arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    rd->rules.when = *when;
    unsigned open = 0;
    amp_err err = tables_copy(rd, roads);
    if (!err) {
        open = kinds_weigh(rd, roads, profiles);
        err = turns_weigh(rd, roads, profiles, &open);
    }
    if (!err && open != 0) {
        err = amp_islands_find(rd, open);
    }
    if (err) {
        amp_roads_unref(rd);
        return amp_fail(why, err, "not enough memory for the roads at another hour");
    }
    *out = rd;
    return AMP_OK;
}
