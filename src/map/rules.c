/* Kinds of road and barriers, weighed for each profile: the rules of rules.h. */
#include "map/rules.h"
#include "map/roads_in.h"

#include <math.h>
#include <string.h>

#define PACE_ONE ((double)(UINT32_C(1) << AMP_PACE_BITS))

uint32_t amp_pace_of(double kmh)
{
    if (!(kmh > 0)) {
        return AMP_PACE_NONE;
    }
    double pace = 3.6 / kmh * PACE_ONE; /* at 1 km/h a millimetre takes 3.6 ms */
    return pace < AMP_PACE_NONE - 1 ? (uint32_t)llround(pace) : AMP_PACE_NONE - 1;
}

double amp_pace_kmh(uint32_t pace)
{
    return 3.6 * PACE_ONE / pace;
}

static double setting(const struct amp_roads *rd, enum amp_profile profile, enum amp_setting which)
{
    return rd->rules.settings.value[profile][which];
}

/* The sizes of a profile in the units of enum amp_size. */
static void sizes_of(const struct amp_settings *settings, enum amp_profile profile,
                     double out[AMP_SIZE_COUNT])
{
    const double *value = settings->value[profile];
    out[AMP_SIZE_NONE] = 0;
    out[AMP_SIZE_HEIGHT] = value[AMP_SET_HEIGHT] * 100;
    out[AMP_SIZE_WIDTH] = value[AMP_SET_WIDTH] * 100;
    out[AMP_SIZE_LENGTH] = value[AMP_SET_LENGTH] * 100;
    out[AMP_SIZE_WEIGHT] = value[AMP_SET_WEIGHT] * 100;
    out[AMP_SIZE_AXLE] = value[AMP_SET_AXLE] * 100;
}

static bool too_large(const struct amp_settings *settings, enum amp_profile profile,
                      const uint16_t max[AMP_SIZE_COUNT])
{
    double size[AMP_SIZE_COUNT];
    static const double tolerance = 0.5; /* half a unit: 3.3 m passes below "3.3" */
    sizes_of(settings, profile, size);
    for (int i = AMP_SIZE_HEIGHT; i < AMP_SIZE_COUNT; i++) {
        if (max[i] > 0 && size[i] > max[i] + tolerance) {
            return true;
        }
    }
    return false;
}

static enum amp_truth both(enum amp_truth a, enum amp_truth b)
{
    if (a == AMP_FALSE || b == AMP_FALSE) {
        return AMP_FALSE;
    }
    return a == AMP_TRUE && b == AMP_TRUE ? AMP_TRUE : AMP_UNKNOWN;
}

static enum amp_truth holds(const struct amp_roads *rd, enum amp_profile profile,
                            uint32_t hour_first, uint8_t hour_n, const struct amp_size_test *test)
{
    double size[AMP_SIZE_COUNT];
    sizes_of(&rd->rules.settings, profile, size);
    return both(amp_hours_at(rd->hour + hour_first, hour_n, &rd->rules.when),
                amp_size_holds(test, size));
}

/* What the conditions of a kind make of its access and its limit. */
static void conditions_apply(const struct amp_roads *rd, enum amp_profile profile,
                             const struct amp_road_kind *kind, int dir,
                             enum amp_road_access *access, uint16_t *limit)
{
    int bit = 2 * (int)amp_profile_group(profile) + dir;
    for (uint32_t i = kind->cond_first; i < kind->cond_first + kind->cond_n; i++) {
        const struct amp_road_cond *cond = &rd->cond[i];
        enum amp_truth truth = AMP_UNKNOWN;
        if (cond->understood) {
            truth = holds(rd, profile, cond->hour_first, cond->hour_n, &cond->test);
        }
        if (cond->what == AMP_COND_ACCESS && (cond->mask >> bit & 1)) {
            enum amp_road_access then = (enum amp_road_access)cond->access;
            *access =
                truth == AMP_TRUE || (truth == AMP_UNKNOWN && then > *access) ? then : *access;
        } else if (cond->what == AMP_COND_SPEED && (cond->mask >> dir & 1)) {
            bool lower = cond->kmh10 > 0 && (*limit == 0 || cond->kmh10 < *limit);
            *limit = truth == AMP_TRUE || (truth == AMP_UNKNOWN && lower) ? cond->kmh10 : *limit;
        }
    }
}

static double capped(double kmh, double cap)
{
    return cap > 0 && cap < kmh ? cap : kmh;
}

static double ferry_kmh(const struct amp_roads *rd, enum amp_profile profile,
                        const struct amp_road_kind *kind)
{
    return kind->ferry_pace > 0 ? amp_pace_kmh(kind->ferry_pace)
                                : setting(rd, profile, AMP_SET_FERRY);
}

static double walking_kmh(const struct amp_roads *rd, enum amp_profile profile,
                          const struct amp_road_kind *kind)
{
    bool steps = amp_class_row_of(kind->road_class)->kmh <= 0;
    double kmh = setting(rd, profile, steps ? AMP_SET_STEPS : AMP_SET_WALK);
    double rough = amp_rough_kmh(kind); /* what slows a van to this slows feet by half of it */
    enum {
        WALK_ROUGH_KMH = 15
    };
    return rough > 0 && rough < WALK_ROUGH_KMH ? kmh * (1 + rough / WALK_ROUGH_KMH) / 2 : kmh;
}

static double driving_kmh(const struct amp_roads *rd, enum amp_profile profile,
                          const struct amp_road_kind *kind, uint16_t limit)
{
    const struct amp_class_row *row = amp_class_row_of(kind->road_class);
    double kmh = row->kmh;
    if (limit > 0) {
        double legal = limit / 10.0;
        kmh = row->slow ? fmin(kmh, legal) : legal * setting(rd, profile, AMP_SET_LIMIT) / 100;
    }
    kmh = kmh * 100 / setting(rd, profile, (enum amp_setting)row->time);
    kmh = capped(kmh, amp_rough_kmh(kind) * setting(rd, profile, AMP_SET_OFF_ROAD) / 100);
    return fmin(capped(kmh, setting(rd, profile, AMP_SET_TOP)), AMP_KMH_MAX);
}

static double access_percent(const struct amp_roads *rd, enum amp_profile profile,
                             enum amp_road_access access)
{
    if (access == AMP_ACCESS_PRIVATE) {
        return setting(rd, profile, AMP_SET_PRIVATE);
    }
    if (access == AMP_ACCESS_RESERVED) {
        return setting(rd, profile, AMP_SET_RESERVED);
    }
    return access == AMP_ACCESS_CONTRAFLOW ? setting(rd, profile, AMP_SET_CONTRAFLOW) : 100;
}

struct amp_going amp_rules_going(const struct amp_roads *rd, enum amp_profile profile,
                                 uint32_t kind_at, int dir)
{
    const struct amp_road_kind *kind = &rd->kind[kind_at];
    enum amp_road_access access =
        (enum amp_road_access)kind->access[amp_profile_group(profile)][dir];
    uint16_t limit = kind->limit_kmh10[dir];
    conditions_apply(rd, profile, kind, dir, &access, &limit);
    struct amp_going going = {.access = access, .percent = access_percent(rd, profile, access)};
    bool allowed = access != AMP_ACCESS_CLOSED && going.percent > 0;
    if (!allowed || too_large(&rd->rules.settings, profile, kind->max)) {
        return going;
    }
    if (amp_road_class_is_ferry(kind->road_class)) {
        going.percent = 100;
        going.kmh = ferry_kmh(rd, profile, kind);
    } else if (amp_profile_group(profile) == AMP_GROUP_FOOT) {
        going.kmh = walking_kmh(rd, profile, kind) * 100 / going.percent;
    } else {
        going.kmh = driving_kmh(rd, profile, kind, limit) * 100 / going.percent;
    }
    return going;
}

static uint32_t barrier_ms(const struct amp_roads *rd, enum amp_profile profile,
                           const struct amp_road_barrier *row)
{
    uint16_t cost_s = row->cost_s[amp_profile_group(profile)];
    if (cost_s == AMP_BARRIER_SHUT || too_large(&rd->rules.settings, profile, row->max)) {
        return AMP_ROAD_INF;
    }
    return (uint32_t)llround(cost_s * 10.0 * setting(rd, profile, AMP_SET_GATE));
}

void amp_rules_pace(struct amp_roads *rd, enum amp_profile profile, uint32_t kind)
{
    for (int dir = 0; dir < 2; dir++) {
        rd->rules.pace[profile][2 * (size_t)kind + (size_t)dir] =
            amp_pace_of(amp_rules_going(rd, profile, kind, dir).kmh);
    }
}

/* arc_mask_file says all forbidden. */
void amp_rules_turns(const struct amp_roads *rd, unsigned profiles, uint8_t *mask)
{
    for (size_t i = 0; i < rd->turn_n; i++) {
        mask[rd->turn[i].arc] |= (uint8_t)(rd->turn[i].mask & profiles);
    }
    for (size_t i = 0; i < rd->turn_n; i++) {
        const struct amp_road_turn_cond *turn = &rd->turn[i];
        for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
            if ((turn->mask & profiles) >> p & 1 && holds(rd, (enum amp_profile)p, turn->hour_first,
                                                          turn->hour_n, &turn->test) != AMP_FALSE) {
                mask[turn->arc] = (uint8_t)(mask[turn->arc] & ~(1U << p));
            }
        }
    }
}

/* The arcs that a condition does not forbid after all. */
static amp_err turns_open(struct amp_roads *rd)
{
    if (rd->turn_n == 0) {
        return AMP_OK;
    }
    uint8_t *mask = amp_arena_array(&rd->arena, rd->arc_n + 1, 1);
    if (mask == NULL) {
        return AMP_E_NOMEM;
    }
    memcpy(mask, rd->arc_mask_file, rd->arc_n);
    amp_rules_turns(rd, AMP_PROFILES_ALL, mask);
    rd->arc_mask = mask;
    return AMP_OK;
}

amp_err amp_roads_tune(struct amp_roads *rd, const struct amp_settings *settings,
                       const struct amp_when *when, struct amp_why *why)
{
    rd->rules.settings = settings != NULL ? *settings : amp_settings_default();
    rd->rules.when = when != NULL ? *when : (struct amp_when){.known = false};
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        if (rd->rules.pace[p] == NULL) {
            rd->rules.pace[p] = amp_arena_array(&rd->arena, 2 * rd->kind_n + 1, sizeof(uint32_t));
            rd->rules.barrier_ms[p] =
                amp_arena_array(&rd->arena, rd->barrier_n + 1, sizeof(uint32_t));
        }
        if (amp_arena_failed(&rd->arena)) {
            return amp_fail(why, AMP_E_NOMEM, "not enough memory for the profiles of the roads");
        }
        for (uint32_t i = 0; i < rd->kind_n; i++) {
            amp_rules_pace(rd, (enum amp_profile)p, i);
        }
        for (size_t i = 0; i < rd->barrier_n; i++) {
            rd->rules.barrier_ms[p][i] = barrier_ms(rd, (enum amp_profile)p, &rd->barrier[i]);
        }
    }
    amp_err err = turns_open(rd);
    err = err ? err : amp_islands_find(rd, AMP_PROFILES_ALL);
    return err ? amp_fail(why, err, "not enough memory for the profiles of the roads") : AMP_OK;
}
