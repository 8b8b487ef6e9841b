/* What the plan becomes in the file: main roads, divided roads, turn restrictions, river, ferry. */
#include "map/synth_plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    RIVER_STEPS = 8,  /* points of a bank in one district */
    RIVER_CHUNK = 8,  /* districts in one polygon of water */
    OUTSIDE_M = 1100, /* river and trunk roads go on so far outside the town */
    FERRY_EVERY = 10,
    FERRY_FIRST = 3
};
#define CARRIAGEWAY_M 7.0  /* from the middle of a divided road */
#define BANK_M        30.0 /* from the quay to the water */

static const struct {
    const char *highway, *maxspeed, *lanes;
} class_tags[] = {[AMP_PLAN_TERTIARY] = {"tertiary", "50", "2"},
                  [AMP_PLAN_SECONDARY] = {"secondary", "50", "2"},
                  [AMP_PLAN_PRIMARY] = {"primary", "60", "2"},
                  [AMP_PLAN_RING] = {"trunk", "80", "4"}};

static void road_tags(struct amp_town *town, const struct amp_plan_edge *edge)
{
    amp_town_tag(town, "highway", class_tags[edge->class].highway);
    amp_town_tag(town, "name", edge->name);
    amp_town_tag(town, "maxspeed", class_tags[edge->class].maxspeed);
    amp_town_tag(town, "surface", "asphalt");
    amp_town_tag(town, "lanes", edge->divided ? NULL : class_tags[edge->class].lanes);
    amp_town_tag(town, "ref", edge->class == AMP_PLAN_RING ? "EN1" : NULL);
    amp_town_tag(town, "bridge", edge->bridge ? "yes" : NULL);
    amp_town_tag(town, "layer", edge->bridge ? "1" : NULL);
}

/* The nodes of one carriageway, first to last, CARRIAGEWAY_M to the right of travel. */
static void carriageway_nodes(struct amp_town *town, const struct amp_plan_edge *edge, bool back,
                              uint32_t *node)
{
    uint32_t last = edge->point_n - 1;
    for (uint32_t k = 0; k <= last; k++) {
        uint32_t at = back ? last - k : k;
        if (k == 0 || k == last) {
            node[k] = edge->point[at].node;
            continue;
        }
        struct amp_xy ahead = edge->point[back ? at - 1 : at + 1].at;
        struct amp_xy here = edge->point[at].at;
        double dx = ahead.x - here.x;
        double dy = ahead.y - here.y;
        double len = sqrt(dx * dx + dy * dy);
        here.x += CARRIAGEWAY_M * dy / len;
        here.y -= CARRIAGEWAY_M * dx / len;
        node[k] = amp_town_node(town, here);
    }
}

static void restriction_put(struct amp_town *town, const char *rule,
                            const struct amp_osm_link link[3], bool emergency_free)
{
    (void)amp_town_relation(town, link, 3);
    amp_town_tag(town, "type", "restriction");
    amp_town_tag(town, "restriction", rule);
    amp_town_tag(town, "except", emergency_free ? "emergency" : NULL);
}

static struct amp_osm_link link_of(enum amp_osm_kind kind, uint32_t number, const char *role)
{
    return (struct amp_osm_link){.kind = kind, .id = number, .role = role};
}

/* Two carriageways, each of two ways, with a crossover in the middle where nobody may turn round.
 */
static void divided_emit(struct amp_town *town, const struct amp_plan_edge *edge)
{
    uint32_t half = edge->point_n / 2;
    uint32_t middle[2] = {0};
    uint32_t way[2][2] = {{0}};
    for (int back = 0; back < 2; back++) {
        uint32_t node[AMP_PLAN_EDGE_POINTS];
        carriageway_nodes(town, edge, back == 1, node);
        uint32_t cut = back ? edge->point_n - 1 - half : half;
        middle[back] = node[cut];
        way[back][0] = amp_town_way(town, AMP_WAY_ONE_FIXED, node, cut + 1);
        road_tags(town, edge);
        amp_town_tag(town, "oneway", "yes");
        way[back][1] = amp_town_way(town, AMP_WAY_ONE_FIXED, node + cut, edge->point_n - cut);
        road_tags(town, edge);
        amp_town_tag(town, "oneway", "yes");
    }
    uint32_t crossover = amp_town_way(town, AMP_WAY_TWO_WAY, middle, 2);
    amp_town_tag(town, "highway", "primary_link");
    const struct amp_osm_link link[3] = {link_of(AMP_OSM_WAY, way[0][0], "from"),
                                         link_of(AMP_OSM_WAY, crossover, "via"),
                                         link_of(AMP_OSM_WAY, way[1][1], "to")};
    restriction_put(town, "no_u_turn", link, false);
}

static void edge_emit(struct amp_plan *plan, struct amp_plan_edge *edge)
{
    if (edge->point_n == 0 || plan->town->err) {
        return;
    }
    if (edge->divided) {
        divided_emit(plan->town, edge);
        return;
    }
    uint32_t node[AMP_PLAN_EDGE_POINTS];
    for (uint32_t k = 0; k < edge->point_n; k++) {
        node[k] = edge->point[k].node;
    }
    edge->way = amp_town_way(plan->town, AMP_WAY_TWO_WAY, node, edge->point_n);
    road_tags(plan->town, edge);
}

/* Restrictions at the plain crossings of two larger roads, by turns of their kinds. */
static void crossing_restrict(struct amp_plan *plan, uint32_t i, uint32_t j, uint32_t *count)
{
    const struct amp_plan_vertex *vertex = amp_plan_vertex(plan, i, j);
    const struct amp_plan_edge *west = amp_plan_east(plan, i - 1, j);
    const struct amp_plan_edge *east = amp_plan_east(plan, i, j);
    const struct amp_plan_edge *south = amp_plan_north(plan, i, j - 1);
    const struct amp_plan_edge *north = amp_plan_north(plan, i, j);
    const struct amp_plan_edge *arm[] = {west, east, south, north};
    for (size_t k = 0; k < 4; k++) {
        if (vertex->roundabout || arm[k]->point_n == 0 || arm[k]->divided) {
            return;
        }
    }
    if (west->class < AMP_PLAN_SECONDARY && south->class < AMP_PLAN_SECONDARY) {
        return;
    }
    uint32_t turn = (*count)++ % 6;
    if (turn == 1) {
        const struct amp_osm_link link[3] = {link_of(AMP_OSM_WAY, south->way, "from"),
                                             link_of(AMP_OSM_NODE, vertex->node, "via"),
                                             link_of(AMP_OSM_WAY, north->way, "to")};
        restriction_put(plan->town, "only_straight_on", link, false);
    } else if (turn % 2 == 0) {
        const struct amp_osm_link link[3] = {link_of(AMP_OSM_WAY, west->way, "from"),
                                             link_of(AMP_OSM_NODE, vertex->node, "via"),
                                             link_of(AMP_OSM_WAY, north->way, "to")};
        restriction_put(plan->town, "no_left_turn", link, turn == 2);
    }
}

/* The y of the lower quay of a river row, before warping. */
static double quay_y(const struct amp_plan *plan, uint32_t row)
{
    return amp_plan_vertex(plan, 0, row)->base.y;
}

static void water_emit(struct amp_plan *plan, double y, double from_x, double to_x)
{
    struct amp_xy corner[2 * RIVER_STEPS * (RIVER_CHUNK + 6)] = {{0}};
    double step = (double)AMP_TOWN_CELL_M / RIVER_STEPS;
    uint32_t n = (uint32_t)((to_x - from_x) / step) + 1;
    assert(2 * n <= sizeof corner / sizeof *corner);
    for (uint32_t k = 0; k < n; k++) {
        double x = k + 1 == n ? to_x : from_x + k * step;
        struct amp_xy low = {.x = x, .y = y + BANK_M};
        struct amp_xy high = {.x = x, .y = y + AMP_PLAN_RIVER_M - BANK_M};
        corner[k] = amp_plan_warp(plan, low);
        corner[2 * n - 1 - k] = amp_plan_warp(plan, high);
    }
    (void)amp_town_area(plan->town, corner, 2 * n);
    amp_town_tag(plan->town, "natural", "water");
    amp_town_tag(plan->town, "water", "river");
    amp_town_tag(plan->town, "name", "Rio Sereno");

    uint32_t middle[RIVER_STEPS * (RIVER_CHUNK + 6)];
    for (uint32_t k = 0; k < n; k++) {
        struct amp_xy low = corner[k];
        struct amp_xy high = corner[2 * n - 1 - k];
        middle[k] = amp_town_node(
            plan->town, (struct amp_xy){.x = (low.x + high.x) / 2, .y = (low.y + high.y) / 2});
    }
    (void)amp_town_way(plan->town, AMP_WAY_NO_ROAD, middle, n);
    amp_town_tag(plan->town, "waterway", "river");
    amp_town_tag(plan->town, "name", "Rio Sereno");
}

static void river_emit(struct amp_plan *plan, uint32_t row)
{
    double y = quay_y(plan, row);
    for (uint32_t i = 0; i < plan->cols; i += RIVER_CHUNK) {
        uint32_t end = i + RIVER_CHUNK < plan->cols ? i + RIVER_CHUNK : plan->cols;
        double from_x = (double)i * AMP_TOWN_CELL_M - plan->half_w;
        double to_x = (double)end * AMP_TOWN_CELL_M - plan->half_w;
        water_emit(plan, y, i == 0 ? from_x - OUTSIDE_M : from_x,
                   end == plan->cols ? to_x + OUTSIDE_M : to_x);
    }
}

static void ferry_emit(struct amp_plan *plan, uint32_t i, uint32_t row)
{
    struct amp_plan_edge *south = amp_plan_east(plan, i, row);
    struct amp_plan_edge *north = amp_plan_east(plan, i, row + 1);
    const struct amp_plan_point *from = &south->point[south->point_n / 2];
    const struct amp_plan_point *to = &north->point[north->point_n / 2];
    struct amp_xy a = from->at;
    struct amp_xy b = to->at;
    uint32_t node[4] = {from->node, 0, 0, to->node};
    for (uint32_t k = 1; k <= 2; k++) {
        double s = k / 3.0;
        node[k] = amp_town_node(
            plan->town, (struct amp_xy){.x = a.x + s * (b.x - a.x), .y = a.y + s * (b.y - a.y)});
    }
    (void)amp_town_way(plan->town, AMP_WAY_TWO_WAY, node, 4);
    amp_town_tag(plan->town, "route", "ferry");
    amp_town_tag(plan->town, "name", "Travessia do Rio Sereno");
    amp_town_tag(plan->town, "motor_vehicle", "yes");
    amp_town_tag(plan->town, "foot", "yes");
    amp_town_tag(plan->town, "duration", "00:08");
}

/* A trunk road from the rim of the town out into the country. */
static void exit_emit(struct amp_plan *plan, uint32_t i, uint32_t j, struct amp_xy towards)
{
    enum {
        STEPS = 12
    };
    const struct amp_plan_vertex *vertex = amp_plan_vertex(plan, i, j);
    if (vertex->roundabout) {
        return;
    }
    uint32_t node[STEPS + 1] = {vertex->node};
    for (uint32_t k = 1; k <= STEPS; k++) {
        double s = (double)k * OUTSIDE_M / STEPS;
        struct amp_xy base = {.x = vertex->base.x + s * towards.x,
                              .y = vertex->base.y + s * towards.y};
        struct amp_xy at = amp_plan_warp(plan, base);
        at.x += vertex->jitter.x;
        at.y += vertex->jitter.y;
        node[k] = amp_town_node(plan->town, at);
    }
    (void)amp_town_way(plan->town, AMP_WAY_TWO_WAY, node, STEPS + 1);
    amp_town_tag(plan->town, "highway", "trunk");
    amp_town_tag(plan->town, "name", "Estrada Nacional 1");
    amp_town_tag(plan->town, "ref", "EN1");
    amp_town_tag(plan->town, "maxspeed", "100");
}

/* Fields and woods around, in rectangles of the plan. */
static void country_emit(struct amp_plan *plan)
{
    struct amp_town *town = plan->town;
    for (uint32_t i = 0; i < plan->cols; i++) {
        for (int north = 0; north < 2; north++) {
            double x = (double)i * AMP_TOWN_CELL_M - plan->half_w;
            double y = north ? plan->half_h + 120 : -plan->half_h - 120;
            double depth = amp_chance_between(&town->chance, 300, 900) * (north ? 1 : -1);
            double width = amp_chance_between(&town->chance, 350, 560);
            struct amp_xy corner[8];
            for (uint32_t k = 0; k < 4; k++) {
                struct amp_xy near = {.x = x + width * k / 3, .y = y};
                struct amp_xy far = {.x = x + width * (3 - k) / 3,
                                     .y = y + depth * amp_chance_between(&town->chance, 0.7, 1)};
                corner[k] = amp_plan_warp(plan, near);
                corner[4 + k] = amp_plan_warp(plan, far);
            }
            (void)amp_town_area(town, corner, 8);
            amp_town_tag(town, "landuse",
                         amp_chance_hits(&town->chance, 0.4) ? "forest" : "farmland");
        }
    }
}

static void rivers_emit(struct amp_plan *plan)
{
    for (uint32_t row = 0; row < plan->rows; row++) {
        if (!amp_plan_row_is_river(plan, row)) {
            continue;
        }
        river_emit(plan, row);
        for (uint32_t i = FERRY_FIRST; i < plan->cols; i += FERRY_EVERY) {
            ferry_emit(plan, i, row);
        }
    }
}

void amp_plan_roads(struct amp_plan *plan)
{
    for (uint32_t j = 0; j <= plan->rows; j++) {
        for (uint32_t i = 0; i <= plan->cols; i++) {
            if (i < plan->cols) {
                edge_emit(plan, amp_plan_east(plan, i, j));
            }
            if (j < plan->rows) {
                edge_emit(plan, amp_plan_north(plan, i, j));
            }
        }
    }
    uint32_t count = 0;
    for (uint32_t j = 1; j < plan->rows; j++) {
        for (uint32_t i = 1; i < plan->cols; i++) {
            crossing_restrict(plan, i, j, &count);
        }
    }
    rivers_emit(plan);
    uint32_t middle = plan->cols / 2;
    exit_emit(plan, middle, 0, (struct amp_xy){.x = 0, .y = -1});
    exit_emit(plan, middle, plan->rows, (struct amp_xy){.x = 0, .y = 1});
    uint32_t row = plan->rows / 2 + 1;
    row += amp_plan_row_is_bank(plan, row) ? 1 : 0; /* not beside the river */
    exit_emit(plan, 0, row, (struct amp_xy){.x = -1, .y = 0});
    exit_emit(plan, plan->cols, row, (struct amp_xy){.x = 1, .y = 0});
    country_emit(plan);
}
