/*
 * The streets of a district: a grid of its own direction, cut by the rim, thinned by chance.
 *
 * A random spanning tree (Kruskal) that includes the rim keeps every street connected to the town;
 * of the other pieces most are kept, some become footways and some are left out.
 */
#include "map/synth_district.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    PIECES_MAX = AMP_GRID_SIDE * AMP_GRID_SIDE * 6,
    RIM_SET = AMP_GRID_SIDE * AMP_GRID_SIDE, /* the rim's number in the union-find */
    CHAIN_NODES = 3 * AMP_GRID_SIDE
};
#define RIM_CLEAR_M 24.0 /* crossings keep this far from the rim */
#define GATE_SHARE  0.3  /* of the way from the rim to the first crossing */

/* A street piece that could be: along an axis to the next crossing, or to the rim. */
struct piece {
    uint8_t i, j, dir;
    bool is_link;
    struct amp_plan_edge *edge; /* of a link */
    double s;
    struct amp_xy at;
};

struct pieces {
    struct piece piece[PIECES_MAX];
    uint32_t n;
    uint16_t parent[RIM_SET + 1];
};

static const struct {
    double step[2][2]; /* low and high, for both axes */
    const char *highway, *maxspeed;
    double one_way;
} styles[] = {
    [AMP_CELL_RESIDENTIAL] = {{{72, 96}, {95, 140}}, "residential", "40", 0.15},
    [AMP_CELL_CENTRE] = {{{66, 82}, {78, 105}}, "residential", "40", 0.6},
    [AMP_CELL_OLD] = {{{58, 70}, {60, 84}}, "living_street", "20", 0.3},
    [AMP_CELL_GATED] = {{{80, 100}, {100, 130}}, "residential", "30", 0},
    [AMP_CELL_INDUSTRY] = {{{120, 150}, {150, 190}}, "unclassified", "40", 0},
};

static uint32_t root_of(struct pieces *all, uint32_t set)
{
    while (all->parent[set] != set) {
        all->parent[set] = all->parent[all->parent[set]];
        set = all->parent[set];
    }
    return set;
}

static double rim_distance(const struct amp_district *dist, struct amp_xy at)
{
    double best = 1e300;
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        struct amp_xy a = dist->rim[k].at;
        struct amp_xy b = dist->rim[(k + 1) % dist->rim_n].at;
        double dx = b.x - a.x;
        double dy = b.y - a.y;
        double len = dx * dx + dy * dy;
        double s = len > 0 ? ((at.x - a.x) * dx + (at.y - a.y) * dy) / len : 0;
        s = s < 0 ? 0 : s > 1 ? 1 : s;
        double ex = a.x + s * dx - at.x;
        double ey = a.y + s * dy - at.y;
        double d = ex * ex + ey * ey;
        best = d < best ? d : best;
    }
    return sqrt(best);
}

static struct amp_grid *grid_at(struct amp_district *dist, uint32_t i, uint32_t j)
{
    return &dist->grid[j][i];
}

static void grid_make(struct amp_district *dist)
{
    struct amp_chance *chance = &dist->town->chance;
    double turn = amp_chance_between(chance, -0.125, 0.125);
    dist->axis[0] = (struct amp_xy){.x = amp_wave(turn + 0.25), .y = amp_wave(turn)};
    dist->axis[1] = (struct amp_xy){.x = -dist->axis[0].y, .y = dist->axis[0].x};
    for (int a = 0; a < 2; a++) {
        dist->step[a] = amp_chance_between(chance, styles[dist->kind].step[a][0],
                                           styles[dist->kind].step[a][1]);
    }
    double bend = amp_chance_between(chance, 0, 9);
    double phase = amp_chance_share(chance);
    for (uint32_t j = 0; j < AMP_GRID_SIDE; j++) {
        for (uint32_t i = 0; i < AMP_GRID_SIDE; i++) {
            double p = ((double)i - AMP_GRID_HALF) * dist->step[0];
            double q = ((double)j - AMP_GRID_HALF) * dist->step[1];
            double p_bent = p + bend * amp_wave(q / 410 + phase);
            double q_bent = q + bend * amp_wave(p / 350 + phase);
            struct amp_grid *grid = grid_at(dist, i, j);
            grid->at.x = dist->centre.x + p_bent * dist->axis[0].x + q_bent * dist->axis[1].x;
            grid->at.y = dist->centre.y + p_bent * dist->axis[0].y + q_bent * dist->axis[1].y;
            grid->valid =
                amp_district_inside(dist, grid->at) && rim_distance(dist, grid->at) >= RIM_CLEAR_M;
        }
    }
}

/* Where a straight line from a crossing meets the rim first. */
static bool rim_hit(const struct amp_district *dist, struct amp_xy from, struct amp_xy along,
                    double max_m, struct piece *out)
{
    double best = max_m;
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        struct amp_xy a = dist->rim[k].at;
        struct amp_xy b = dist->rim[(k + 1) % dist->rim_n].at;
        double ex = b.x - a.x;
        double ey = b.y - a.y;
        double det = along.x * ey - along.y * ex;
        if (det > -1e-9 && det < 1e-9) {
            continue;
        }
        double wx = a.x - from.x;
        double wy = a.y - from.y;
        double t = (wx * ey - wy * ex) / det;
        double f = (wx * along.y - wy * along.x) / det;
        if (t > 0 && t < best && f >= 0 && f <= 1) {
            best = t;
            out->edge = dist->rim[k].edge;
            out->s = dist->rim[k].s + f * (dist->rim[k].s_next - dist->rim[k].s);
            out->at = (struct amp_xy){.x = a.x + f * ex, .y = a.y + f * ey};
        }
    }
    return best < max_m;
}

static bool link_wanted(struct amp_district *dist, const struct piece *piece)
{
    bool possible = !piece->edge->divided && piece->s > 0.09 && piece->s < 0.91;
    return possible &&
           (piece->edge->class != AMP_PLAN_RING || amp_chance_hits(&dist->town->chance, 0.35));
}

static bool neighbour_valid(struct amp_district *dist, uint32_t i, uint32_t j, uint32_t dir)
{
    static const int step[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    int ni = (int)i + step[dir][0];
    int nj = (int)j + step[dir][1];
    return ni >= 0 && nj >= 0 && ni < AMP_GRID_SIDE && nj < AMP_GRID_SIDE &&
           grid_at(dist, (uint32_t)ni, (uint32_t)nj)->valid;
}

static void pieces_find(struct amp_district *dist, struct pieces *all)
{
    for (uint32_t at = 0; at < RIM_SET * 4; at++) {
        uint32_t dir = at % 4;
        uint32_t i = at / 4 % AMP_GRID_SIDE;
        uint32_t j = at / 4 / AMP_GRID_SIDE;
        struct amp_grid *grid = grid_at(dist, i, j);
        struct piece piece = {.i = (uint8_t)i, .j = (uint8_t)j, .dir = (uint8_t)dir};
        if (!grid->valid) {
            continue;
        }
        if (neighbour_valid(dist, i, j, dir)) {
            if (dir % 2 == 0) {
                all->piece[all->n++] = piece;
            }
            continue;
        }
        double sign = dir % 2 == 0 ? 1 : -1;
        struct amp_xy along = {.x = sign * dist->axis[dir / 2].x,
                               .y = sign * dist->axis[dir / 2].y};
        piece.is_link = rim_hit(dist, grid->at, along, 1.6 * dist->step[dir / 2], &piece);
        if (piece.is_link && link_wanted(dist, &piece)) {
            all->piece[all->n++] = piece;
        }
    }
    for (uint32_t k = all->n; k > 1; k--) {
        uint32_t other = amp_chance_below(&dist->town->chance, k);
        struct piece swap = all->piece[k - 1];
        all->piece[k - 1] = all->piece[other];
        all->piece[other] = swap;
    }
}

static uint32_t set_of(uint32_t i, uint32_t j)
{
    return j * AMP_GRID_SIDE + i;
}

static uint32_t far_set(const struct piece *piece)
{
    if (piece->is_link) {
        return RIM_SET;
    }
    return set_of(piece->i + (piece->dir == 0 ? 1u : 0u), piece->j + (piece->dir == 2 ? 1u : 0u));
}

static void piece_keep(struct amp_district *dist, const struct piece *piece)
{
    struct amp_grid *grid = grid_at(dist, piece->i, piece->j);
    if (!piece->is_link) {
        grid->seg[piece->dir / 2] = true;
        return;
    }
    uint32_t node = 0;
    if (amp_plan_join(dist->plan, piece->edge, piece->s, piece->at, &node)) {
        grid->link[piece->dir] = true;
        grid->link_node[piece->dir] = node;
        grid->link_at[piece->dir] = piece->at;
    }
}

/* Pieces come in random order, so the first that connect two sets are a random spanning tree. Links
 * first: a join can fail, and what then hangs in the air must find another way. */
static void pieces_choose(struct amp_district *dist, struct pieces *all)
{
    struct amp_chance *chance = &dist->town->chance;
    uint32_t links = 0;
    for (uint32_t k = 0; k <= RIM_SET; k++) {
        all->parent[k] = (uint16_t)k;
    }
    for (uint32_t k = 0; k < all->n; k++) {
        const struct piece *piece = &all->piece[k];
        if (piece->is_link && (links < 2 || amp_chance_hits(chance, 0.6))) {
            piece_keep(dist, piece);
            if (grid_at(dist, piece->i, piece->j)->link[piece->dir]) {
                links++;
                all->parent[root_of(all, set_of(piece->i, piece->j))] =
                    (uint16_t)root_of(all, RIM_SET);
            }
        }
    }
    for (uint32_t k = 0; k < all->n; k++) {
        const struct piece *piece = &all->piece[k];
        uint32_t near = root_of(all, set_of(piece->i, piece->j));
        uint32_t far = root_of(all, far_set(piece));
        if (piece->is_link || (near == far && !amp_chance_hits(chance, 0.84))) {
            continue;
        }
        all->parent[near] = (uint16_t)far;
        piece_keep(dist, piece);
    }
    for (uint32_t at = 0; at < RIM_SET; at++) {
        struct amp_grid *grid = grid_at(dist, at % AMP_GRID_SIDE, at / AMP_GRID_SIDE);
        if (root_of(all, at) != root_of(all, RIM_SET)) {
            memset(grid->seg, 0, sizeof grid->seg);
            grid->valid = false; /* no way leads here: nothing is built */
        }
    }
}

static uint32_t grid_node(struct amp_district *dist, struct amp_grid *grid)
{
    if (!grid->has_node) {
        grid->node = amp_town_node(dist->town, grid->at);
        grid->has_node = true;
    }
    return grid->node;
}

/* The nodes of one street while it is put together. */
struct street {
    uint32_t node[CHAIN_NODES];
    struct amp_xy at[CHAIN_NODES];
    uint32_t n;
};

static void street_add(struct street *street, uint32_t node, struct amp_xy at)
{
    assert(street->n < CHAIN_NODES);
    street->node[street->n] = node;
    street->at[street->n++] = at;
}

/* Gates where private districts meet the town, bollards and lift gates here and there. */
static const char *barrier_of(struct amp_district *dist)
{
    if (dist->kind == AMP_CELL_GATED) {
        return "gate";
    }
    if (dist->kind == AMP_CELL_INDUSTRY && amp_chance_hits(&dist->town->chance, 0.25)) {
        return "lift_gate";
    }
    if (dist->kind == AMP_CELL_OLD && amp_chance_hits(&dist->town->chance, 0.12)) {
        return "bollard";
    }
    return NULL;
}

static void street_link(struct amp_district *dist, struct street *street,
                        const struct amp_grid *grid, uint32_t dir)
{
    struct amp_xy rim = grid->link_at[dir];
    struct amp_xy gate = {.x = rim.x + GATE_SHARE * (grid->at.x - rim.x),
                          .y = rim.y + GATE_SHARE * (grid->at.y - rim.y)};
    const char *barrier = barrier_of(dist);
    bool first = street->n == 0;
    if (first) {
        street_add(street, grid->link_node[dir], rim);
    }
    if (barrier) {
        street_add(street, amp_town_node(dist->town, gate), gate);
        amp_town_tag(dist->town, "barrier", barrier);
        amp_town_tag(dist->town, "access", dist->kind == AMP_CELL_GATED ? "private" : NULL);
    }
    if (!first) {
        street_add(street, grid->link_node[dir], rim);
    }
}

static void street_record(struct amp_district *dist, const struct street *street, const char *name,
                          uint32_t *house)
{
    if (dist->chain_n == AMP_CHAINS_MAX || dist->chain_point_n + street->n > AMP_CHAIN_POINTS_MAX) {
        return; /* a street without houses */
    }
    dist->chain[dist->chain_n++] = (struct amp_chain){
        .first = dist->chain_point_n, .n = street->n, .name = name, .house = house};
    memcpy(dist->chain_at + dist->chain_point_n, street->at, street->n * sizeof *street->at);
    dist->chain_point_n += street->n;
}

static void street_emit(struct amp_district *dist, struct street *street, int axis, uint32_t line)
{
    struct amp_town *town = dist->town;
    if (!dist->line_name[axis][line]) {
        dist->line_name[axis][line] = amp_town_street_name(town);
    }
    const char *name = dist->line_name[axis][line];
    street_record(dist, street, name, &dist->line_house[axis][line]);
    bool one_way = street->n > 3 && amp_chance_hits(&town->chance, styles[dist->kind].one_way);
    for (uint32_t k = 0; one_way && line % 2 == 1 && k < street->n / 2; k++) {
        uint32_t swap = street->node[k];
        street->node[k] = street->node[street->n - 1 - k];
        street->node[street->n - 1 - k] = swap;
    }
    (void)amp_town_way(town, one_way ? AMP_WAY_ONE_WAY : AMP_WAY_TWO_WAY, street->node, street->n);
    amp_town_tag(town, "highway", styles[dist->kind].highway);
    amp_town_tag(town, "name", name);
    amp_town_tag(town, "maxspeed", styles[dist->kind].maxspeed);
    bool unpaved = dist->kind == AMP_CELL_RESIDENTIAL && amp_chance_hits(&town->chance, 0.2);
    amp_town_tag(town, "surface", unpaved ? "unpaved" : "asphalt");
    amp_town_tag(town, "access", dist->kind == AMP_CELL_GATED ? "private" : NULL);
}

/* All streets on one line of the grid: a gap ends one and begins the next. */
static void line_emit(struct amp_district *dist, int axis, uint32_t line)
{
    struct street street = {.n = 0};
    for (uint32_t k = 0; k < AMP_GRID_SIDE; k++) {
        struct amp_grid *grid = axis == 0 ? grid_at(dist, k, line) : grid_at(dist, line, k);
        if (!grid->valid) {
            continue;
        }
        uint32_t ahead = axis == 0 ? 0 : 2;
        if (street.n == 0 && grid->link[ahead + 1]) {
            street_link(dist, &street, grid, ahead + 1);
        }
        street_add(&street, grid_node(dist, grid), grid->at);
        if (grid->seg[axis]) {
            continue;
        }
        if (grid->link[ahead]) {
            street_link(dist, &street, grid, ahead);
        }
        if (street.n >= 2) {
            street_emit(dist, &street, axis, line);
        }
        street.n = 0;
    }
}

/* Where a piece was left out between two crossings, people often walk. */
static void footways_emit(struct amp_district *dist)
{
    for (uint32_t at = 0; at < RIM_SET * 2; at++) {
        uint32_t axis = at % 2;
        uint32_t i = at / 2 % AMP_GRID_SIDE;
        uint32_t j = at / 2 / AMP_GRID_SIDE;
        struct amp_grid *grid = grid_at(dist, i, j);
        if (!grid->valid || grid->seg[axis] || !neighbour_valid(dist, i, j, axis * 2) ||
            !amp_chance_hits(&dist->town->chance, 0.5)) {
            continue;
        }
        struct amp_grid *next = axis == 0 ? grid_at(dist, i + 1, j) : grid_at(dist, i, j + 1);
        const uint32_t node[2] = {grid_node(dist, grid), grid_node(dist, next)};
        (void)amp_town_way(dist->town, AMP_WAY_NO_ROAD, node, 2);
        amp_town_tag(dist->town, "highway", dist->kind == AMP_CELL_OLD ? "steps" : "footway");
    }
}

void amp_district_streets(struct amp_district *dist)
{
    struct pieces all;
    all.n = 0;
    grid_make(dist);
    pieces_find(dist, &all);
    pieces_choose(dist, &all);
    for (int axis = 0; axis < 2; axis++) {
        for (uint32_t line = 0; line < AMP_GRID_SIDE; line++) {
            line_emit(dist, axis, line);
        }
    }
    footways_emit(dist);
}
