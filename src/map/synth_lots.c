/* Along the streets: hospitals and stations first, then gardens and houses on the land that is
 * left. */
#include "map/synth_district.h"

#include <math.h>

enum {
    SPOT_TRIES = 60,
    GARDENS = 2,
    RECTANGLE = 4
};
#define STREET_CLEAR_M 7.0 /* from the middle of a street to where building may begin */
#define AVENUE_CLEAR_M 13.0
#define DEPTH_MAX_M    44.0

/* What people need, and how many districts share one. */
struct need {
    const char *label, *key, *value, *building;
    double every, first; /* first: the share that is due from the start */
    double width, depth;
};
static const struct need needs[AMP_NEEDS] = {
    {"Hospital", "amenity", "hospital", "hospital", 11, 0.85, 58, 40},
    {"Bombeiros", "amenity", "fire_station", "fire_station", 9, 0.75, 32, 24},
    {"Posto de Ambulâncias", "emergency", "ambulance_station", "yes", 6, 0.7, 22, 16},
    {"Esquadra", "amenity", "police", "civic", 9, 0.5, 24, 16},
    {"Escola", "amenity", "school", "school", 3, 0.4, 48, 26},
    {"Mercado", "amenity", "marketplace", "retail", 7, 0.8, 44, 34},
    {"Farmácia", "amenity", "pharmacy", "retail", 2.5, 0.3, 14, 12},
    {"Combustíveis", "amenity", "fuel", "yes", 5, 0.4, 22, 16},
    {"Centro de Saúde", "amenity", "clinic", "yes", 6, 0.45, 26, 18},
    {"Hotel", "tourism", "hotel", "hotel", 6, 0.3, 24, 20},
    {"Igreja", "amenity", "place_of_worship", "church", 6, 0.35, 16, 28},
    {"Biblioteca", "amenity", "library", "public", 14, 0.6, 24, 20}};

static const struct {
    double density, pitch_low, pitch_high;
    const char *building, *larger;
} lots[] = {[AMP_CELL_RESIDENTIAL] = {0.84, 15, 23, "house", "apartments"},
            [AMP_CELL_CENTRE] = {0.9, 16, 27, "apartments", "retail"},
            [AMP_CELL_OLD] = {0.88, 12, 17, "house", "house"},
            [AMP_CELL_GATED] = {0.75, 22, 30, "detached", "house"},
            [AMP_CELL_INDUSTRY] = {0.7, 44, 70, "industrial", "warehouse"}};

/* A rectangle beside a street: its middle, along the street, across it. */
struct box {
    struct amp_xy middle, along, across;
    double width, depth;
};

static uint8_t *taken_at(struct amp_district *dist, double x, double y)
{
    double col = (x - dist->raster_origin.x) / AMP_RASTER_M;
    double row = (y - dist->raster_origin.y) / AMP_RASTER_M;
    if (col < 0 || row < 0 || col >= AMP_RASTER_SIDE || row >= AMP_RASTER_SIDE) {
        return NULL;
    }
    return &dist->taken[(uint32_t)row][(uint32_t)col];
}

static void line_take(struct amp_district *dist, struct amp_xy a, struct amp_xy b, double clear_m)
{
    double dx = b.x - a.x;
    double dy = b.y - a.y;
    double len = sqrt(dx * dx + dy * dy);
    uint32_t steps = (uint32_t)(len / 3) + 1;
    for (uint32_t k = 0; k <= steps; k++) {
        double x = a.x + dx * k / steps;
        double y = a.y + dy * k / steps;
        for (double ox = -clear_m; ox <= clear_m; ox += AMP_RASTER_M / 2.0) {
            for (double oy = -clear_m; oy <= clear_m; oy += AMP_RASTER_M / 2.0) {
                uint8_t *taken = taken_at(dist, x + ox, y + oy);
                if (taken && ox * ox + oy * oy <= clear_m * clear_m) {
                    *taken = 1;
                }
            }
        }
    }
}

static struct amp_xy box_point(const struct box *box, double u, double v)
{
    return (struct amp_xy){
        .x = box->middle.x + u * box->width * box->along.x + v * box->depth * box->across.x,
        .y = box->middle.y + u * box->width * box->along.y + v * box->depth * box->across.y};
}

/* Every raster point under the box, free; or, with take, taken. */
static bool box_free(struct amp_district *dist, const struct box *box, bool take)
{
    uint32_t across = (uint32_t)(box->width / 3) + 2;
    uint32_t deep = (uint32_t)(box->depth / 3) + 2;
    for (uint32_t a = 0; a <= across; a++) {
        for (uint32_t b = 0; b <= deep; b++) {
            struct amp_xy at = box_point(box, (double)a / across - 0.5, (double)b / deep - 0.5);
            uint8_t *taken = taken_at(dist, at.x, at.y);
            if (!taken || (*taken && !take)) {
                return false;
            }
            *taken = take ? 1 : *taken;
        }
    }
    return true;
}

static bool box_claim(struct amp_district *dist, const struct box *box)
{
    if (!amp_district_inside(dist, box->middle) || !box_free(dist, box, false)) {
        return false;
    }
    return box_free(dist, box, true);
}

/* A building, sometimes with a wing. */
static void building_emit(struct amp_district *dist, const struct box *box, bool wing)
{
    static const double plain[][2] = {{-.5, -.5}, {.5, -.5}, {.5, .5}, {-.5, .5}};
    static const double winged[][2] = {{-.5, -.5}, {.5, -.5}, {.5, 0.1},
                                       {0, 0.1},   {0, .5},   {-.5, .5}};
    struct amp_xy corner[6];
    uint32_t n = wing ? 6 : RECTANGLE;
    for (uint32_t k = 0; k < n; k++) {
        corner[k] = wing ? box_point(box, winged[k][0], winged[k][1])
                         : box_point(box, plain[k][0], plain[k][1]);
    }
    (void)amp_town_area(dist->town, corner, n);
}

static void address_tags(struct amp_district *dist, const char *street, uint32_t number)
{
    amp_town_tag(dist->town, "addr:street", street);
    amp_town_tag(dist->town, "addr:housenumber", amp_town_text(dist->town, "%u", number));
}

/* The box whose near side is setback from the street a-b, its middle t metres from a. */
static struct box box_beside(struct amp_xy a, struct amp_xy b, double t, int side,
                             const struct box *size)
{
    double dx = b.x - a.x;
    double dy = b.y - a.y;
    double len = sqrt(dx * dx + dy * dy);
    struct box box = *size;
    box.along = (struct amp_xy){.x = dx / len, .y = dy / len};
    double out = side == 0 ? 1 : -1; /* 0 is left */
    box.across = (struct amp_xy){.x = -out * box.along.y, .y = out * box.along.x};
    double off = size->middle.x + size->depth / 2; /* middle.x carries the setback */
    box.middle.x = a.x + t * box.along.x + off * box.across.x;
    box.middle.y = a.y + t * box.along.y + off * box.across.y;
    return box;
}

static double length_of(struct amp_xy a, struct amp_xy b)
{
    return sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
}

static bool need_place(struct amp_district *dist, const struct need *need)
{
    struct amp_chance *chance = &dist->town->chance;
    for (int tries = 0; tries < SPOT_TRIES && dist->chain_n > 0; tries++) {
        const struct amp_chain *chain = &dist->chain[amp_chance_below(chance, dist->chain_n)];
        uint32_t k = amp_chance_below(chance, chain->n - 1);
        struct amp_xy a = dist->chain_at[chain->first + k];
        struct amp_xy b = dist->chain_at[chain->first + k + 1];
        double len = length_of(a, b);
        double t = amp_chance_between(chance, 0.3, 0.7) * len;
        struct box size = {.width = need->width, .depth = need->depth};
        size.middle.x = STREET_CLEAR_M + 3;
        int side = (int)amp_chance_below(chance, 2);
        if (len < need->width) {
            continue;
        }
        struct box box = box_beside(a, b, t, side, &size);
        if (!box_claim(dist, &box)) {
            continue;
        }
        building_emit(dist, &box, need->width > 40);
        amp_town_tag(dist->town, need->key, need->value);
        amp_town_tag(dist->town, "building", need->building);
        amp_town_tag(dist->town, "name",
                     amp_town_text(dist->town, "%s %s", need->label, dist->suburb));
        address_tags(dist, chain->name, 2 * (*chain->house)++ + (side == 0 ? 1 : 2));
        return true;
    }
    return false;
}

/* What is due in the town by now, and this district can bear. */
static void needs_place(struct amp_district *dist)
{
    double n = dist->plan->district_n;
    bool quiet = dist->kind == AMP_CELL_GATED || dist->kind == AMP_CELL_INDUSTRY;
    for (uint32_t k = 0; k < AMP_NEEDS; k++) {
        double before = floor(n / needs[k].every + needs[k].first);
        double after = floor((n + 1) / needs[k].every + needs[k].first);
        dist->plan->need_due[k] += (uint32_t)(after - before);
        bool due = dist->plan->need_due[k] > 0 && !quiet;
        if (due && need_place(dist, &needs[k])) {
            dist->plan->need_due[k]--;
        }
    }
}

/* A small park or a playing field inside a block. */
static bool garden_place(struct amp_district *dist)
{
    struct amp_chance *chance = &dist->town->chance;
    uint32_t i = amp_chance_below(chance, AMP_GRID_SIDE - 1);
    uint32_t j = amp_chance_below(chance, AMP_GRID_SIDE - 1);
    const struct amp_grid *grid = &dist->grid[j][i];
    const struct amp_grid *next = &dist->grid[j + 1][i + 1];
    if (!grid->valid || !next->valid) {
        return false;
    }
    struct box box = {.along = dist->axis[0],
                      .across = dist->axis[1],
                      .width = dist->step[0] - 2 * STREET_CLEAR_M - 6,
                      .depth = dist->step[1] - 2 * STREET_CLEAR_M - 6};
    box.middle =
        (struct amp_xy){.x = (grid->at.x + next->at.x) / 2, .y = (grid->at.y + next->at.y) / 2};
    if (!box_claim(dist, &box)) {
        return false;
    }
    building_emit(dist, &box, false);
    bool pitch = amp_chance_hits(chance, 0.35);
    amp_town_tag(dist->town, "leisure", pitch ? "pitch" : "park");
    amp_town_tag(dist->town, "name",
                 pitch ? NULL : amp_town_text(dist->town, "Jardim %s", dist->suburb));
    return true;
}

/* Lots on both sides of one street piece; odd numbers on the left. */
static void piece_build(struct amp_district *dist, const struct amp_chain *chain, uint32_t k,
                        double setback)
{
    struct amp_chance *chance = &dist->town->chance;
    struct amp_xy a = dist->chain_at[chain->first + k];
    struct amp_xy b = dist->chain_at[chain->first + k + 1];
    double len = length_of(a, b);
    double pitch =
        amp_chance_between(chance, lots[dist->kind].pitch_low, lots[dist->kind].pitch_high);
    double deepest = dist->kind == AMP_CELL_INDUSTRY ? DEPTH_MAX_M : 16;
    for (double t = pitch / 2 + 4; t < len - pitch / 2; t += pitch) {
        uint32_t lot = (*chain->house)++;
        for (int side = 0; side < 2; side++) {
            struct box size = {.width = amp_chance_between(chance, 0.62, 0.88) * pitch,
                               .depth = amp_chance_between(chance, 0.58, 1) * deepest};
            size.middle.x = setback + amp_chance_between(chance, 0, 3);
            struct box box = box_beside(a, b, t, side, &size);
            if (!amp_chance_hits(chance, lots[dist->kind].density) || !box_claim(dist, &box)) {
                continue;
            }
            building_emit(dist, &box, amp_chance_hits(chance, 0.15));
            amp_town_tag(dist->town, "building",
                         amp_chance_hits(chance, 0.8) ? lots[dist->kind].building
                                                      : lots[dist->kind].larger);
            address_tags(dist, chain->name, 2 * lot + (side == 0 ? 1 : 2));
        }
    }
}

/* The avenues around are streets with houses, too: those that face this district. */
static void avenues_build(struct amp_district *dist)
{
    uint32_t house = 40 * (dist->plan->district_n % 25);
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        const struct amp_plan_edge *edge = dist->rim[k].edge;
        if (edge->class == AMP_PLAN_RING || dist->chain_n == AMP_CHAINS_MAX ||
            dist->chain_point_n + 2 > AMP_CHAIN_POINTS_MAX) {
            continue;
        }
        struct amp_chain *chain = &dist->chain[dist->chain_n];
        *chain = (struct amp_chain){
            .first = dist->chain_point_n, .n = 2, .name = edge->name, .house = &house};
        dist->chain_at[chain->first] = dist->rim[k].at;
        dist->chain_at[chain->first + 1] = dist->rim[(k + 1) % dist->rim_n].at;
        piece_build(dist, chain, 0, AVENUE_CLEAR_M + 1);
    }
}

void amp_district_lots(struct amp_district *dist)
{
    for (uint32_t k = 0; k < dist->rim_n; k++) {
        line_take(dist, dist->rim[k].at, dist->rim[(k + 1) % dist->rim_n].at, AVENUE_CLEAR_M);
    }
    for (uint32_t c = 0; c < dist->chain_n; c++) {
        for (uint32_t k = 0; k + 1 < dist->chain[c].n; k++) {
            const struct amp_xy *at = dist->chain_at + dist->chain[c].first + k;
            line_take(dist, at[0], at[1], STREET_CLEAR_M);
        }
    }
    needs_place(dist);
    uint32_t gardens = dist->kind == AMP_CELL_INDUSTRY ? 0 : GARDENS;
    for (uint32_t tries = 0; tries < SPOT_TRIES && gardens > 0; tries++) {
        gardens -= garden_place(dist) ? 1 : 0;
    }
    for (uint32_t c = 0; c < dist->chain_n; c++) {
        for (uint32_t k = 0; k + 1 < dist->chain[c].n; k++) {
            piece_build(dist, &dist->chain[c], k, STREET_CLEAR_M + 1.5);
        }
    }
    avenues_build(dist);
}
