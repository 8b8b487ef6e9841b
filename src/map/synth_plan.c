/* The lattice of main roads: where it lies, which lines are roads, bridges and roundabouts. */
#include "map/synth_plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RIVER_EVERY = 20, /* districts between two rivers of a large town */
    RING_SLOTS = 12,  /* nodes of a roundabout */
    JOIN_NEAR_M = 14  /* streets that come closer than this share a node */
};
#define RING_RADIUS_M 21.0
#define JITTER_M      80.0
#define JOIN_S_MIN    0.08 /* no street joins closer to a crossing of main roads */

static uint32_t vertex_number(const struct amp_plan *plan, uint32_t i, uint32_t j)
{
    assert(i <= plan->cols && j <= plan->rows);
    return j * (plan->cols + 1) + i;
}

struct amp_plan_vertex *amp_plan_vertex(const struct amp_plan *plan, uint32_t i, uint32_t j)
{
    return &plan->vertex[vertex_number(plan, i, j)];
}

struct amp_plan_edge *amp_plan_east(const struct amp_plan *plan, uint32_t i, uint32_t j)
{
    assert(i < plan->cols);
    return &plan->east[vertex_number(plan, i, j)];
}

struct amp_plan_edge *amp_plan_north(const struct amp_plan *plan, uint32_t i, uint32_t j)
{
    assert(j < plan->rows);
    return &plan->north[vertex_number(plan, i, j)];
}

static uint32_t river_count(uint32_t cells)
{
    return 1 + (cells - 1) / RIVER_EVERY;
}

bool amp_plan_row_is_river(const struct amp_plan *plan, uint32_t row)
{
    uint32_t rivers = river_count(plan->cols);
    for (uint32_t k = 0; k < rivers; k++) {
        if (row == (2 * k + 1) * plan->cols / (2 * rivers) + k) {
            return true;
        }
    }
    return false;
}

/* A square becomes rounder towards its rim (elliptical grid mapping, one third of it), then two
 * waves each way bend everything, so the river winds and no avenue is quite straight. */
struct amp_xy amp_plan_warp(const struct amp_plan *plan, struct amp_xy base)
{
    double u = base.x / plan->half_w;
    double v = base.y / plan->half_h;
    double uu = u * u < 1.5 ? u * u : 1.5;
    double vv = v * v < 1.5 ? v * v : 1.5;
    struct amp_xy at = {.x = base.x * sqrt(1 - 0.35 * vv), .y = base.y * sqrt(1 - 0.35 * uu)};
    at.x += 90 * amp_wave(base.y / 2600 + plan->phase[0]) +
            35 * amp_wave(base.y / 940 + plan->phase[1]);
    at.y += 120 * amp_wave(base.x / 2900 + plan->phase[2]) +
            40 * amp_wave(base.x / 1150 + plan->phase[3]);
    return at;
}

static struct amp_xy edge_at(const struct amp_plan *plan, const struct amp_plan_vertex *a,
                             const struct amp_plan_vertex *b, double s)
{
    struct amp_xy base = {.x = a->base.x + s * (b->base.x - a->base.x),
                          .y = a->base.y + s * (b->base.y - a->base.y)};
    struct amp_xy at = amp_plan_warp(plan, base);
    at.x += a->jitter.x + s * (b->jitter.x - a->jitter.x);
    at.y += a->jitter.y + s * (b->jitter.y - a->jitter.y);
    return at;
}

bool amp_plan_row_is_bank(const struct amp_plan *plan, uint32_t j)
{
    return (j < plan->rows && amp_plan_row_is_river(plan, j)) ||
           (j > 0 && amp_plan_row_is_river(plan, j - 1));
}

static void vertices_lay(struct amp_plan *plan)
{
    struct amp_chance *chance = &plan->town->chance;
    double y = -plan->half_h;
    for (uint32_t j = 0; j <= plan->rows; j++) {
        double room = amp_plan_row_is_bank(plan, j) ? 0 : JITTER_M;
        for (uint32_t i = 0; i <= plan->cols; i++) {
            struct amp_plan_vertex *vertex = amp_plan_vertex(plan, i, j);
            vertex->base = (struct amp_xy){.x = (double)i * AMP_TOWN_CELL_M - plan->half_w, .y = y};
            vertex->jitter.x = amp_chance_between(chance, -JITTER_M, JITTER_M) / 2;
            vertex->jitter.y = amp_chance_between(chance, -room, room);
            vertex->at = edge_at(plan, vertex, vertex, 0);
        }
        if (j < plan->rows) {
            y += amp_plan_row_is_river(plan, j) ? AMP_PLAN_RIVER_M : AMP_TOWN_CELL_M;
        }
    }
}

static uint32_t apart(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static uint32_t ring_inset(const struct amp_plan *plan)
{
    return plan->cols >= 10 ? plan->cols / 6 : 0;
}

static enum amp_plan_class class_of(uint32_t line, uint32_t middle)
{
    uint32_t k = apart(line, middle);
    if (k % 4 == 0) {
        return AMP_PLAN_PRIMARY;
    }
    return k % 2 == 0 ? AMP_PLAN_SECONDARY : AMP_PLAN_TERTIARY;
}

static bool column_has_bridges(const struct amp_plan *plan, uint32_t i)
{
    uint32_t west = ring_inset(plan);
    uint32_t east = plan->cols - west;
    return i == west || i == east || (i % 5 == 2 && apart(i, west) > 1 && apart(i, east) > 1);
}

static void east_class(struct amp_plan *plan, uint32_t i, uint32_t j)
{
    struct amp_plan_edge *edge = amp_plan_east(plan, i, j);
    uint32_t inset = ring_inset(plan);
    bool on_ring = (j == inset || j == plan->rows - inset) && i >= inset && i < plan->cols - inset;
    edge->class = on_ring ? AMP_PLAN_RING : class_of(j, plan->rows / 2);
    edge->name = on_ring ? "Circular" : amp_town_avenue_name(plan->town, 2 * j);
    if (amp_plan_row_is_bank(plan, j) && !on_ring) {
        bool south = j < plan->rows && amp_plan_row_is_river(plan, j);
        edge->name = south ? "Marginal Sul" : "Marginal Norte";
    }
}

static void north_class(struct amp_plan *plan, uint32_t i, uint32_t j)
{
    struct amp_plan_edge *edge = amp_plan_north(plan, i, j);
    uint32_t inset = ring_inset(plan);
    bool on_ring = (i == inset || i == plan->cols - inset) && j >= inset && j < plan->rows - inset;
    edge->class = on_ring ? AMP_PLAN_RING : class_of(i, plan->cols / 2);
    edge->name = on_ring ? "Circular" : amp_town_avenue_name(plan->town, 2 * i + 1);
    if (amp_plan_row_is_river(plan, j)) {
        edge->bridge = column_has_bridges(plan, i);
        edge->class = edge->bridge ? edge->class : AMP_PLAN_NO_ROAD;
        return;
    }
    bool shown = i == plan->cols / 2 && j == plan->rows / 2 + 2;
    edge->divided =
        edge->class == AMP_PLAN_PRIMARY && (shown || amp_chance_hits(&plan->town->chance, 0.06));
}

/* A point of an edge; the ends are those of the crossing. */
struct arm {
    struct amp_plan_edge *edge;
    double angle_s; /* which end: 0 or 1 */
    struct amp_xy towards;
};

static size_t arms_of(const struct amp_plan *plan, uint32_t i, uint32_t j, struct arm arm[4])
{
    const struct amp_plan_vertex *here = amp_plan_vertex(plan, i, j);
    double step = 1.0 / (AMP_PLAN_BENDS + 1);
    size_t n = 0;
    if (i < plan->cols) {
        arm[n++] = (struct arm){amp_plan_east(plan, i, j), 0,
                                edge_at(plan, here, amp_plan_vertex(plan, i + 1, j), step)};
    }
    if (j < plan->rows) {
        arm[n++] = (struct arm){amp_plan_north(plan, i, j), 0,
                                edge_at(plan, here, amp_plan_vertex(plan, i, j + 1), step)};
    }
    if (i > 0) {
        arm[n++] = (struct arm){amp_plan_east(plan, i - 1, j), 1,
                                edge_at(plan, here, amp_plan_vertex(plan, i - 1, j), step)};
    }
    if (j > 0) {
        arm[n++] = (struct arm){amp_plan_north(plan, i, j - 1), 1,
                                edge_at(plan, here, amp_plan_vertex(plan, i, j - 1), step)};
    }
    return n;
}

static void end_put(struct amp_plan_edge *edge, double s, struct amp_xy at, uint32_t node)
{
    struct amp_plan_point *point = &edge->point[s > 0 ? AMP_PLAN_BENDS + 1 : 0];
    *point = (struct amp_plan_point){.s = s, .at = at, .node = node};
}

/* The slot of a roundabout whose direction is nearest to where an arm goes. */
static uint32_t slot_of(struct amp_xy centre, struct amp_xy towards)
{
    uint32_t best = 0;
    double best_dot = -1e300;
    for (uint32_t k = 0; k < RING_SLOTS; k++) {
        double turn = (double)k / RING_SLOTS;
        double dot = (towards.x - centre.x) * amp_wave(turn + 0.25) +
                     (towards.y - centre.y) * amp_wave(turn);
        if (dot > best_dot) {
            best_dot = dot;
            best = k;
        }
    }
    return best;
}

static void roundabout_make(struct amp_plan *plan, const struct amp_plan_vertex *vertex,
                            const struct arm *arm, size_t arm_n)
{
    struct amp_town *town = plan->town;
    uint32_t node[RING_SLOTS + 1];
    struct amp_xy at[RING_SLOTS];
    for (uint32_t k = 0; k < RING_SLOTS; k++) {
        double turn = (double)k / RING_SLOTS;
        at[k].x = vertex->at.x + RING_RADIUS_M * amp_wave(turn + 0.25);
        at[k].y = vertex->at.y + RING_RADIUS_M * amp_wave(turn);
        node[k] = amp_town_node(town, at[k]);
    }
    node[RING_SLOTS] = node[0];
    enum amp_plan_class class = AMP_PLAN_TERTIARY;
    for (size_t a = 0; a < arm_n; a++) {
        uint32_t slot = slot_of(vertex->at, arm[a].towards);
        end_put(arm[a].edge, arm[a].angle_s, at[slot], node[slot]);
        class = arm[a].edge->class > class ? arm[a].edge->class : class;
    }
    (void)amp_town_way(town, AMP_WAY_ONE_FIXED, node, RING_SLOTS + 1);
    amp_town_tag(town, "highway", class >= AMP_PLAN_PRIMARY ? "primary" : "secondary");
    amp_town_tag(town, "junction", "roundabout");
    amp_town_tag(town, "maxspeed", "30");
}

static void crossing_make(struct amp_plan *plan, uint32_t i, uint32_t j)
{
    struct amp_plan_vertex *vertex = amp_plan_vertex(plan, i, j);
    struct arm arm[4];
    size_t n = arms_of(plan, i, j, arm);
    uint32_t large = 0;
    for (size_t a = 0; a < n; a++) {
        large += arm[a].edge->class >= AMP_PLAN_SECONDARY;
    }
    bool shown = i == plan->cols / 2 && j == plan->rows / 2 + 1;
    if (n == 4 && !amp_plan_row_is_bank(plan, j) &&
        (shown || (large >= 2 && amp_chance_hits(&plan->town->chance, 0.2)))) {
        vertex->roundabout = true;
        roundabout_make(plan, vertex, arm, n);
        return;
    }
    vertex->node = amp_town_node(plan->town, vertex->at);
    if (large == 4) {
        amp_town_tag(plan->town, "highway", "traffic_signals");
    }
    for (size_t a = 0; a < n; a++) {
        end_put(arm[a].edge, arm[a].angle_s, vertex->at, vertex->node);
    }
}

static void bends_make(struct amp_plan *plan, struct amp_plan_edge *edge,
                       const struct amp_plan_vertex *a, const struct amp_plan_vertex *b)
{
    if (edge->class == AMP_PLAN_NO_ROAD) {
        return;
    }
    for (uint32_t k = 1; k <= AMP_PLAN_BENDS; k++) {
        double s = (double)k / (AMP_PLAN_BENDS + 1);
        struct amp_xy at = edge_at(plan, a, b, s);
        uint32_t node = edge->divided ? 0 : amp_town_node(plan->town, at);
        edge->point[k] = (struct amp_plan_point){.s = s, .at = at, .node = node};
    }
    edge->point_n = AMP_PLAN_BENDS + 2;
}

static void edges_make(struct amp_plan *plan)
{
    for (uint32_t j = 0; j <= plan->rows; j++) {
        for (uint32_t i = 0; i <= plan->cols; i++) {
            const struct amp_plan_vertex *here = amp_plan_vertex(plan, i, j);
            if (i < plan->cols) {
                bends_make(plan, amp_plan_east(plan, i, j), here, amp_plan_vertex(plan, i + 1, j));
            }
            if (j < plan->rows) {
                bends_make(plan, amp_plan_north(plan, i, j), here, amp_plan_vertex(plan, i, j + 1));
            }
        }
    }
}

/* Each kind that is not plain gets its share of the districts, at least one. */
static void cells_choose(struct amp_plan *plan)
{
    static const struct {
        enum amp_cell_kind kind;
        uint32_t every;
    } share[] = {
        {AMP_CELL_PARK, 14}, {AMP_CELL_OLD, 16}, {AMP_CELL_GATED, 12}, {AMP_CELL_INDUSTRY, 10}};
    uint32_t cells = plan->cols * plan->rows;
    for (uint32_t at = 0; at < cells; at++) {
        uint32_t i = at % plan->cols;
        uint32_t j = at / plan->cols;
        double x = ((double)i + 0.5) / plan->cols - 0.5;
        double y = ((double)j + 0.5) / plan->rows - 0.5;
        plan->cell[at] = x * x + y * y < 0.055 ? AMP_CELL_CENTRE : AMP_CELL_RESIDENTIAL;
        if (amp_plan_row_is_river(plan, j)) {
            plan->cell[at] = AMP_CELL_RIVER;
        }
    }
    for (size_t k = 0; k < sizeof share / sizeof *share; k++) {
        uint32_t wanted = cells / share[k].every ? cells / share[k].every : 1;
        while (wanted > 0) {
            uint32_t at = amp_chance_below(&plan->town->chance, cells);
            if (plan->cell[at] == AMP_CELL_RESIDENTIAL) {
                plan->cell[at] = (uint8_t)share[k].kind;
                wanted--;
            }
        }
    }
}

void amp_plan_make(struct amp_plan *plan, struct amp_town *town)
{
    uint32_t cells = AMP_TOWN_CELLS * town->size;
    uint32_t rivers = river_count(cells);
    *plan = (struct amp_plan){.town = town, .cols = cells, .rows = cells + rivers};
    plan->half_w = cells * AMP_TOWN_CELL_M / 2.0;
    plan->half_h = (cells * AMP_TOWN_CELL_M + rivers * AMP_PLAN_RIVER_M) / 2.0;
    for (size_t k = 0; k < 4; k++) {
        plan->phase[k] = amp_chance_share(&town->chance);
    }
    size_t n = (size_t)(plan->cols + 1) * (plan->rows + 1);
    plan->vertex = calloc(n, sizeof *plan->vertex);
    plan->east = calloc(n, sizeof *plan->east);
    plan->north = calloc(n, sizeof *plan->north);
    plan->cell = calloc(n, sizeof *plan->cell);
    if (!plan->vertex || !plan->east || !plan->north || !plan->cell) {
        town->err = AMP_E_NOMEM;
        return;
    }
    vertices_lay(plan);
    for (uint32_t j = 0; j <= plan->rows; j++) {
        for (uint32_t i = 0; i <= plan->cols; i++) {
            if (i < plan->cols) {
                east_class(plan, i, j);
            }
            if (j < plan->rows) {
                north_class(plan, i, j);
            }
        }
    }
    for (uint32_t j = 0; j <= plan->rows; j++) {
        for (uint32_t i = 0; i <= plan->cols; i++) {
            crossing_make(plan, i, j);
        }
    }
    edges_make(plan);
    cells_choose(plan);
}

void amp_plan_free(struct amp_plan *plan)
{
    free(plan->vertex);
    free(plan->east);
    free(plan->north);
    free(plan->cell);
    *plan = (struct amp_plan){0};
}

bool amp_plan_join(struct amp_plan *plan, struct amp_plan_edge *edge, double s, struct amp_xy at,
                   uint32_t *node)
{
    if (edge->point_n == 0 || edge->bridge || edge->divided || s < JOIN_S_MIN ||
        s > 1 - JOIN_S_MIN) {
        return false;
    }
    uint32_t place = edge->point_n;
    for (uint32_t k = 0; k < edge->point_n; k++) {
        double dx = edge->point[k].at.x - at.x;
        double dy = edge->point[k].at.y - at.y;
        bool end = k == 0 || k + 1 == edge->point_n;
        if (!end && dx * dx + dy * dy < JOIN_NEAR_M * JOIN_NEAR_M) {
            *node = edge->point[k].node;
            return true;
        }
        if (edge->point[k].s > s && place == edge->point_n) {
            place = k;
        }
    }
    if (edge->point_n == AMP_PLAN_EDGE_POINTS) {
        return false;
    }
    memmove(&edge->point[place + 1], &edge->point[place],
            (edge->point_n - place) * sizeof *edge->point);
    *node = amp_town_node(plan->town, at);
    edge->point[place] = (struct amp_plan_point){.s = s, .at = at, .node = *node};
    edge->point_n++;
    return true;
}
