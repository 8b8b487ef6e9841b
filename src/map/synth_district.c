/* A district: its rim from four main roads, what kind it is, and the order in which it is made. */
#include "map/synth_district.h"

#include <math.h>
#include <stdlib.h>

enum {
    LAKE_CORNERS = 16
};

static void rim_side(struct amp_district *dist, struct amp_plan_edge *edge, bool back)
{
    for (uint32_t k = 0; k + 1 < edge->point_n; k++) {
        uint32_t at = back ? edge->point_n - 1 - k : k;
        uint32_t next = back ? at - 1 : at + 1;
        dist->rim[dist->rim_n++] = (struct amp_rim){.at = edge->point[at].at,
                                                    .edge = edge,
                                                    .s = edge->point[at].s,
                                                    .s_next = edge->point[next].s};
    }
}

/* Counter-clockwise from the south-western corner. */
static void rim_make(struct amp_district *dist, uint32_t i, uint32_t j)
{
    dist->rim_n = 0;
    rim_side(dist, amp_plan_east(dist->plan, i, j), false);
    rim_side(dist, amp_plan_north(dist->plan, i + 1, j), false);
    rim_side(dist, amp_plan_east(dist->plan, i, j + 1), true);
    rim_side(dist, amp_plan_north(dist->plan, i, j), true);
    struct amp_xy low = dist->rim[0].at;
    struct amp_xy sum = {0};
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        struct amp_xy at = dist->rim[k].at;
        low.x = at.x < low.x ? at.x : low.x;
        low.y = at.y < low.y ? at.y : low.y;
        sum.x += at.x / dist->rim_n;
        sum.y += at.y / dist->rim_n;
    }
    dist->centre = sum;
    dist->raster_origin = (struct amp_xy){.x = low.x - AMP_RASTER_M, .y = low.y - AMP_RASTER_M};
}

bool amp_district_inside(const struct amp_district *dist, struct amp_xy at)
{
    bool inside = false;
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        struct amp_xy a = dist->rim[k].at;
        struct amp_xy b = dist->rim[(k + 1) % dist->rim_n].at;
        if ((a.y > at.y) != (b.y > at.y) && at.x < a.x + (b.x - a.x) * (at.y - a.y) / (b.y - a.y)) {
            inside = !inside;
        }
    }
    return inside;
}

static void landuse_emit(struct amp_district *dist)
{
    static const char *const landuse[] = {[AMP_CELL_RESIDENTIAL] = "residential",
                                          [AMP_CELL_CENTRE] = "commercial",
                                          [AMP_CELL_OLD] = "residential",
                                          [AMP_CELL_GATED] = "residential",
                                          [AMP_CELL_INDUSTRY] = "industrial",
                                          [AMP_CELL_PARK] = NULL,
                                          [AMP_CELL_RIVER] = NULL};
    struct amp_xy corner[AMP_RIM_MAX];
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        corner[k] = dist->rim[k].at;
    }
    (void)amp_town_area(dist->town, corner, dist->rim_n);
    amp_town_tag(dist->town, "landuse", landuse[dist->kind]);
    if (dist->kind == AMP_CELL_PARK) {
        amp_town_tag(dist->town, "leisure", "park");
        amp_town_tag(dist->town, "name", amp_town_text(dist->town, "Parque %s", dist->suburb));
    }
}

static void place_emit(struct amp_district *dist)
{
    bool large = dist->kind == AMP_CELL_CENTRE || dist->plan->district_n % 2 == 0;
    (void)amp_town_node(dist->town, dist->centre);
    amp_town_tag(dist->town, "place", large ? "suburb" : "neighbourhood");
    amp_town_tag(dist->town, "name", dist->suburb);
}

static struct amp_xy point_between(struct amp_xy a, struct amp_xy b, double s)
{
    return (struct amp_xy){.x = a.x + s * (b.x - a.x), .y = a.y + s * (b.y - a.y)};
}

static void lake_emit(struct amp_district *dist)
{
    struct amp_xy corner[LAKE_CORNERS];
    double radius = amp_chance_between(&dist->town->chance, 40, 65);
    double phase = amp_chance_share(&dist->town->chance);
    struct amp_xy middle = {.x = dist->centre.x + 95, .y = dist->centre.y + 80};
    for (uint32_t k = 0; k < LAKE_CORNERS; k++) {
        double turn = (double)k / LAKE_CORNERS;
        double r = radius * (1 + 0.25 * amp_wave(2 * turn + phase));
        corner[k].x = middle.x + r * amp_wave(turn + 0.25);
        corner[k].y = middle.y + r * amp_wave(turn);
        if (!amp_district_inside(dist, corner[k])) {
            return; /* no room for a lake in this park */
        }
    }
    (void)amp_town_area(dist->town, corner, LAKE_CORNERS);
    amp_town_tag(dist->town, "natural", "water");
    amp_town_tag(dist->town, "water", "pond");
}

/* The way through the park that only emergency vehicles may take, with a gate at each end. */
static void emergency_way_emit(struct amp_district *dist, const uint32_t join[4],
                               const struct amp_xy at[4], uint32_t middle)
{
    uint32_t node[5] = {join[0], 0, middle, 0, join[2]};
    for (uint32_t k = 1; k < 4; k += 2) {
        struct amp_xy gate = point_between(at[k - 1 == 0 ? 0 : 2], dist->centre, 0.06);
        node[k] = amp_town_node(dist->town, gate);
        amp_town_tag(dist->town, "barrier", k == 1 ? "gate" : "bollard");
        amp_town_tag(dist->town, "access", "no");
        amp_town_tag(dist->town, "emergency", "yes");
    }
    (void)amp_town_way(dist->town, AMP_WAY_NO_ROAD, node, 5);
    amp_town_tag(dist->town, "highway", "service");
    amp_town_tag(dist->town, "service", "emergency_access");
    amp_town_tag(dist->town, "access", "no");
    amp_town_tag(dist->town, "emergency", "yes");
    amp_town_tag(dist->town, "foot", "yes");
}

void amp_district_park(struct amp_district *dist)
{
    uint32_t side = 0;
    uint32_t join[4] = {0};
    struct amp_xy at[4] = {{0}};
    bool joined[4] = {false};
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        const struct amp_rim *rim = &dist->rim[k];
        if (k > 0 && rim->edge != dist->rim[k - 1].edge) {
            side++;
        }
        if ((rim->s - 0.5) * (rim->s_next - 0.5) <= 0 && !joined[side]) {
            double share = (0.5 - rim->s) / (rim->s_next - rim->s);
            at[side] = point_between(rim->at, dist->rim[(k + 1) % dist->rim_n].at, share);
            joined[side] = amp_plan_join(dist->plan, rim->edge, 0.5, at[side], &join[side]);
        }
    }
    uint32_t middle = amp_town_node(dist->town, dist->centre);
    for (uint32_t k = 0; k < 4; k++) {
        if (joined[k] && (k % 2 == 1 || !joined[0] || !joined[2])) {
            const uint32_t node[2] = {join[k], middle};
            (void)amp_town_way(dist->town, AMP_WAY_NO_ROAD, node, 2);
            amp_town_tag(dist->town, "highway", "footway");
        }
    }
    if (joined[0] && joined[2]) {
        emergency_way_emit(dist, join, at, middle);
    }
    lake_emit(dist);
}

void amp_district_make(struct amp_plan *plan, uint32_t i, uint32_t j)
{
    enum amp_cell_kind kind = (enum amp_cell_kind)plan->cell[j * plan->cols + i];
    if (kind == AMP_CELL_RIVER || plan->town->err) {
        return;
    }
    struct amp_district *dist = calloc(1, sizeof *dist);
    if (!dist) {
        plan->town->err = AMP_E_NOMEM;
        return;
    }
    dist->plan = plan;
    dist->town = plan->town;
    dist->kind = kind;
    dist->suburb = amp_town_suburb_name(plan->town);
    rim_make(dist, i, j);
    landuse_emit(dist);
    if (kind == AMP_CELL_PARK) {
        amp_district_park(dist);
    } else {
        place_emit(dist);
        amp_district_streets(dist);
        amp_district_lots(dist);
    }
    plan->district_n++;
    free(dist);
}
