/* Streets as a stand-in for people: classes of road, and their pieces. */
#include "map/lived.h"
#include "map/road_kind.h"
#include "map/roads_in.h"
#include <math.h>
#include <string.h>

static const struct {
    const char *road_class;
    int weight;
} lived_table[] = {
    {"residential", 4},    {"living_street", 4}, {"road", 4},       {"unclassified", 1},
    {"tertiary", 1},       {"secondary", 1},     {"primary", 1},    {"trunk", 0},
    {"motorway", 0},       {"motorway_link", 0}, {"trunk_link", 0}, {"primary_link", 0},
    {"secondary_link", 0}, {"tertiary_link", 0}, {"busway", 0},
};

/* -1 for what is left out. */
static int class_weight(uint8_t road_class)
{
    const char *name = amp_road_class_name(road_class);
    for (size_t i = 0; i < sizeof lived_table / sizeof lived_table[0]; i++) {
        if (strcmp(name, lived_table[i].road_class) == 0) {
            return lived_table[i].weight;
        }
    }
    return -1;
}

static void piece_tell(struct amp_pos a, struct amp_pos b, int weight, void *ctx,
                       void (*piece)(void *ctx, const struct amp_lived *piece))
{
    double length_m = amp_pos_distance_m(a, b);
    int parts = 1 + (int)(length_m / AMP_LIVED_PART_M);
    for (int i = 0; i < parts; i++) {
        struct amp_lived part = {.at = amp_pos_between(a, b, (i + 0.5) / parts),
                                 .length_m = length_m / parts,
                                 .weight = weight};
        piece(ctx, &part);
    }
}

void amp_roads_lived(const struct amp_roads *roads, void *ctx,
                     void (*piece)(void *ctx, const struct amp_lived *piece))
{
    for (uint32_t seg = 0; seg < roads->seg_n; seg++) {
        int weight = class_weight(roads->way[roads->seg[seg].way].road_class);
        if (weight < 0 || !amp_seg_usable(roads, AMP_PROFILE_AMBULANCE, seg)) {
            continue;
        }
        for (uint32_t i = 1; i < amp_seg_points(roads, seg); i++) {
            piece_tell(amp_seg_point(roads, seg, i - 1), amp_seg_point(roads, seg, i), weight, ctx,
                       piece);
        }
    }
}
