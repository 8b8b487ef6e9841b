/* The opened road graph: its geometry, names and the words of its kinds. */
#include "map/roads_in.h"

#include <assert.h>

static const char *const profile_name[AMP_PROFILE_COUNT] = {
    [AMP_PROFILE_AMBULANCE] = "ambulance", [AMP_PROFILE_CAR] = "car",
    [AMP_PROFILE_FIRE] = "fire",           [AMP_PROFILE_MOTORCYCLE] = "motorcycle",
    [AMP_PROFILE_FOOT] = "foot",           [AMP_PROFILE_RESCUE] = "rescue",
};

static const char *const pass_name[AMP_PASS_COUNT] = {
    [AMP_PASS_PRIVATE] = "private",       [AMP_PASS_GATE] = "gate",
    [AMP_PASS_BOLLARD] = "bollard",       [AMP_PASS_EMERGENCY] = "emergency",
    [AMP_PASS_CONTRAFLOW] = "contraflow", [AMP_PASS_FORD] = "ford",
    [AMP_PASS_ROUGH] = "rough",           [AMP_PASS_SEASONAL] = "seasonal",
    [AMP_PASS_NARROW] = "narrow",
};

const char *amp_profile_name(enum amp_profile profile)
{
    assert(profile < AMP_PROFILE_COUNT);
    return profile_name[profile];
}

amp_err amp_profile_of(struct amp_str name, enum amp_profile *out)
{
    for (int i = 0; i < AMP_PROFILE_COUNT; i++) {
        if (amp_str_is(name, profile_name[i])) {
            *out = (enum amp_profile)i;
            return AMP_OK;
        }
    }
    return AMP_E_NOT_FOUND;
}

const char *amp_pass_name(enum amp_pass_kind kind)
{
    assert(kind < AMP_PASS_COUNT);
    return pass_name[kind];
}

uint32_t amp_seg_points(const struct amp_roads *roads, uint32_t seg)
{
    return roads->seg[seg + 1].point_first - roads->seg[seg].point_first + 2;
}

struct amp_pos amp_seg_point(const struct amp_roads *roads, uint32_t seg, uint32_t i)
{
    const struct amp_road_seg *one = &roads->seg[seg];
    if (i == 0) {
        return roads->vertex_pos[one->from];
    }
    if (i + 1 == amp_seg_points(roads, seg)) {
        return roads->vertex_pos[one->to];
    }
    return roads->point[one->point_first + i - 1];
}

double amp_seg_length_m(const struct amp_roads *roads, uint32_t seg)
{
    double length_m = 0;
    uint32_t n = amp_seg_points(roads, seg);
    for (uint32_t i = 1; i < n; i++) {
        length_m +=
            amp_pos_distance_m(amp_seg_point(roads, seg, i - 1), amp_seg_point(roads, seg, i));
    }
    return length_m;
}

struct amp_str amp_seg_street(const struct amp_roads *roads, uint32_t seg)
{
    return amp_str_of(roads->name + roads->way[roads->seg[seg].way].name);
}

uint32_t amp_base_enter_ms(const struct amp_roads *roads, enum amp_profile profile, uint32_t base)
{
    uint32_t head = amp_base_head(roads, base), cost_ms = 0;
    uint8_t toll = roads->toll[head];
    if (toll == 0) {
        return 0;
    }
    if (toll & AMP_TOLL_BARRIER) {
        cost_ms = roads->rules.barrier_ms[profile][roads->vertex_barrier[head]];
    }
    const struct amp_road_way *way = &roads->way[roads->seg[base >> 1].way];
    if ((toll & AMP_TOLL_LANDING) && amp_road_class_is_ferry(way->road_class)) {
        double wait_s = roads->rules.settings.value[profile][AMP_SET_FERRY_WAIT];
        cost_ms = amp_ms_add(cost_ms, (uint32_t)(wait_s * 1000));
    }
    return cost_ms;
}

const struct amp_settings *amp_roads_settings(const struct amp_roads *roads)
{
    return &roads->rules.settings;
}

bool amp_roads_left_hand(const struct amp_roads *roads)
{
    return roads->meta->left_hand != 0;
}
