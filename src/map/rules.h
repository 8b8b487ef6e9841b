/*
 * The rules of the road for each profile: kinds of road and barriers weighed with the settings and
 * the hour.
 *
 * Made once for an opened map (amp_roads_tune), read by every metric. A pace is a time for a
 * length, so a kind that a thousand roads share is weighed once. Conditions whose hour is not
 * known, and those that are not understood, are read strictly: they hold where they forbid or slow,
 * and do not where they allow.
 */
#ifndef AMP_MAP_RULES_H
#define AMP_MAP_RULES_H

#include "map/road_values.h"
#include "map/settings.h"

#define AMP_ROAD_INF     UINT32_C(0x7fffffff) /* milliseconds; two of them fit in 32 bits */
#define AMP_PACE_NONE    UINT32_MAX           /* closed */
#define AMP_PROFILES_ALL ((1U << AMP_PROFILE_COUNT) - 1)
enum {
    AMP_PACE_BITS = 24 /* a pace is milliseconds for a millimetre, times 2^24 */
};

struct amp_rules {
    struct amp_settings settings;
    struct amp_when when;
    uint32_t *pace[AMP_PROFILE_COUNT];       /* 2 * kind + direction */
    uint32_t *barrier_ms[AMP_PROFILE_COUNT]; /* AMP_ROAD_INF if it cannot be passed */
};

static inline uint32_t amp_pace_ms(uint32_t pace, uint32_t length_mm)
{
    if (pace == AMP_PACE_NONE) {
        return AMP_ROAD_INF;
    }
    uint64_t half = UINT64_C(1) << (AMP_PACE_BITS - 1);
    uint64_t ms = ((uint64_t)pace * length_mm + half) >> AMP_PACE_BITS;
    return ms < 1 ? 1 : ms >= AMP_ROAD_INF ? AMP_ROAD_INF - 1 : (uint32_t)ms;
}

uint32_t amp_pace_of(double kmh); /* AMP_PACE_NONE when it is 0 */
double amp_pace_kmh(uint32_t pace);

struct amp_roads;
/* One kind in one direction for one profile. */
struct amp_going {
    enum amp_road_access access;
    double kmh;     /* 0 when closed, for whatever reason */
    double percent; /* of the time the same road would take if it were open to all */
};
struct amp_going amp_rules_going(const struct amp_roads *roads, enum amp_profile profile,
                                 uint32_t kind, int dir);
/* roads_hour.c: the pace of a kind into the rules, both ways; the arcs that conditions of turns
 * leave open and forbid, into a mask of all arcs. Of these profiles only. */
void amp_rules_pace(struct amp_roads *roads, enum amp_profile profile, uint32_t kind);
void amp_rules_turns(const struct amp_roads *roads, unsigned profiles, uint8_t *mask);

#endif
