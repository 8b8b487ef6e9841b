/* The bits of road within a region, their mass, and whose street they are. */
#include "map/locate_in.h"

#include <math.h>
#include <string.h>

enum {
    SPANS_A_PIECE = 256,
    MS_JOINT_MIN = 3 /* thousandths: a crossing below this share is not worth a word */
};
static const double step_sigmas = 0.4; /* of the narrow side: the midpoint rule is exact enough */
static const double step_least_m = 10;

/* Roads that few doors open onto; all others count 1. */
static const struct class_weight {
    const char *road_class;
    double weight;
} weights[] = {
    {"ferry", 0.1},         {"motorway", 0.33},       {"motorway_link", 0.33}, {"trunk_link", 0.33},
    {"primary_link", 0.33}, {"secondary_link", 0.33}, {"service", 0.33},       {"track", 0.33},
    {"path", 0.33},         {"footway", 0.33},        {"steps", 0.33},         {"cycleway", 0.33},
    {"bridleway", 0.33},    {"raceway", 0.1},
};

double amp_locate_class_weight(uint8_t road_class)
{
    const char *name = amp_road_class_name(road_class);
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        if (strcmp(name, weights[i].road_class) == 0) {
            return weights[i].weight;
        }
    }
    return 1;
}

static struct amp_locate_name *slot_of(struct amp_locate_roads *g, uint32_t name)
{
    uint32_t at = (uint32_t)((name * UINT64_C(2654435761)) >> 7) % AMP_LOCATE_NAMES;
    while (g->slot[at].name != 0 && g->slot[at].name != name) {
        at = (at + 1) % AMP_LOCATE_NAMES;
    }
    return &g->slot[at];
}

static void mass_add(struct amp_locate_roads *g, uint32_t name, double mass, struct amp_spot spot)
{
    g->mass += mass;
    if (name == 0) {
        g->unnamed += mass;
        return;
    }
    struct amp_locate_name *slot = slot_of(g, name);
    if (slot->name == 0) {
        if (g->name_n >= AMP_LOCATE_NAMES / 2) {
            g->full = true;
            return;
        }
        slot->name = name;
        g->name_n++;
    }
    slot->mass += mass;
    slot->x += mass * spot.x;
    slot->y += mass * spot.y;
}

static void joint_add(struct amp_locate_roads *g, uint32_t vertex, uint32_t name)
{
    struct amp_pos pos = g->roads->vertex_pos[vertex];
    double share = amp_density_near(g->density, amp_plane_spot(&g->density->plane, pos),
                                    AMP_LOCATE_CROSSING_M);
    if (share * 1000 >= MS_JOINT_MIN && name != 0) {
        struct amp_locate_joint joint = {vertex, name, share};
        amp_buf_put(&g->joints, &joint, sizeof(joint));
    }
}

static void piece_gather(void *ctx, uint32_t seg, uint32_t piece, double share, double dist_m)
{
    struct amp_locate_roads *g = ctx;
    (void)share;
    (void)dist_m;
    if (g->full) {
        return;
    }
    const struct amp_road_way *way = &g->roads->way[g->roads->seg[seg].way];
    struct amp_spot a = amp_plane_spot(&g->density->plane, amp_seg_point(g->roads, seg, piece));
    struct amp_spot b = amp_plane_spot(&g->density->plane, amp_seg_point(g->roads, seg, piece + 1));
    double length_m = hypot(b.x - a.x, b.y - a.y);
    double step_m = fmax(step_least_m, step_sigmas * g->density->narrow_m);
    int n = (int)fmin(fmax(ceil(length_m / step_m), 1), SPANS_A_PIECE);
    double weight = g->weight[way->road_class];
    for (int i = 0; i < n; i++) {
        double at = (i + 0.5) / n;
        struct amp_spot spot = {a.x + at * (b.x - a.x), a.y + at * (b.y - a.y)};
        double mass = weight * amp_density_at(g->density, spot) * length_m / n;
        if (!(mass > 0)) {
            continue;
        }
        struct amp_locate_span span = {seg, piece, (float)i / (float)n, (float)(i + 1) / (float)n,
                                       (float)mass};
        amp_buf_put(&g->spans, &span, sizeof(span));
        mass_add(g, way->name, mass, spot);
    }
    if (piece == 0) {
        joint_add(g, g->roads->seg[seg].from, way->name);
    }
    if (piece + 2 == amp_seg_points(g->roads, seg)) {
        joint_add(g, g->roads->seg[seg].to, way->name);
    }
}

amp_err amp_locate_gather(const struct amp_roads *roads, const struct amp_density *density,
                          struct amp_arena *arena, struct amp_locate_roads *out)
{
    struct amp_locate_roads g = {.roads = roads, .density = density};
    g.slot = amp_arena_array(arena, AMP_LOCATE_NAMES, sizeof(*g.slot));
    if (g.slot == NULL) {
        return AMP_E_NOMEM;
    }
    for (unsigned c = 0; c < amp_road_class_count(); c++) {
        g.weight[c] = amp_locate_class_weight((uint8_t)c);
    }
    g.spans = amp_buf_make(AMP_LOCATE_SPANS * sizeof(struct amp_locate_span));
    g.joints = amp_buf_make(AMP_LOCATE_JOINTS * sizeof(struct amp_locate_joint));
    struct amp_snap_visit visit = {&g, piece_gather};
    if (density->reach_m <= AMP_LOCATE_NAMED_M) {
        amp_snap_search(roads, density->plane.at, density->reach_m, &visit);
    } else {
        g.full = true;
    }
    amp_err err = amp_buf_err(&g.spans);
    g.full = g.full || err == AMP_E_LIMIT || amp_buf_err(&g.joints) == AMP_E_LIMIT;
    err = err == AMP_E_LIMIT ? AMP_OK : err;
    err = err || amp_buf_err(&g.joints) != AMP_E_NOMEM ? err : AMP_E_NOMEM;
    if (err) {
        amp_buf_free(&g.spans);
        amp_buf_free(&g.joints);
        return err;
    }
    *out = g;
    return AMP_OK;
}
