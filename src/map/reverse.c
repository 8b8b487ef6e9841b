/* What is at a position: the nearest address or street, the area around, a landmark to steer by. */
#include "map/places_form.h"
#include <math.h>
#include <string.h>

static const double house_max_m = 60; /* farther, a house number misleads */
static const double street_max_m = 500;
static const double landmark_max_m = 3000;
static const double landmark_nuance_m = 0.5; /* metres that a point of importance is worth */
static const double town_reach = 4;

/* How far a kind of area reaches, and whether it is a town that others lie in. */
static const struct {
    const char *kind;
    double reach_m;
    bool town;
} areas[] = {
    {"city", 6000, true},          {"town", 3000, true},    {"village", 1500, true},
    {"borough", 2500, false},      {"suburb", 1500, false}, {"quarter", 900, false},
    {"neighbourhood", 700, false}, {"hamlet", 600, false},  {"isolated_dwelling", 200, false},
};

struct around {
    const struct amp_places *places;
    struct amp_pos pos;
    uint32_t area, town;
    double area_share, town_share; /* distance by reach */
};

static double around_visit(void *ctx, uint32_t place)
{
    struct around *a = ctx;
    const struct amp_pl_rec *rec = &a->places->rec[place];
    struct amp_str kind = amp_pl_text(a->places, a->places->kind[rec->kind]);
    double m = amp_pos_distance_m(a->pos, rec->pos);
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        if (!amp_str_is(kind, areas[i].kind)) {
            continue;
        }
        double share = m / areas[i].reach_m;
        if (areas[i].town && share < a->town_share) {
            a->town_share = share;
            a->town = place;
        }
        if (!areas[i].town && share < a->area_share) {
            a->area_share = share;
            a->area = place;
        }
    }
    return AMP_PL_NEAR_AREA_M;
}

void amp_pl_around(const struct amp_places *places, struct amp_pos pos, uint32_t *area,
                   uint32_t *town)
{
    static const double area_reach = 2;
    struct around a = {places, pos, AMP_PL_NONE, AMP_PL_NONE, area_reach, town_reach};
    amp_grid_walk(&places->areas, pos, AMP_PL_NEAR_AREA_M, around_visit, &a);
    *area = a.area;
    *town = a.town;
}

struct amp_str amp_pl_context(const struct amp_places *places, uint32_t area, uint32_t town,
                              struct amp_arena *arena)
{
    if (area != AMP_PL_NONE && town != AMP_PL_NONE) {
        return amp_arena_printf(arena, "%s, %s", places->text + places->rec[area].name,
                                places->text + places->rec[town].name);
    }
    uint32_t one = area != AMP_PL_NONE ? area : town;
    return one == AMP_PL_NONE ? (struct amp_str){.ptr = "", .len = 0}
                              : amp_pl_text(places, places->rec[one].name);
}

struct nearest {
    const struct amp_places *places;
    struct amp_pos pos;
    uint32_t item; /* or none */
    double m;      /* to the item; the bound at first */
    double worth;  /* landmarks: distance less what importance is worth */
};

static double house_visit(void *ctx, uint32_t item)
{
    struct nearest *n = ctx;
    double m = amp_pos_distance_m(n->pos, n->places->address[item].pos);
    if (m < n->m) {
        n->m = m;
        n->item = item;
    }
    return n->m;
}

static double piece_visit(void *ctx, uint32_t item)
{
    struct nearest *n = ctx;
    const struct amp_pl_vertex *v = &n->places->vertex[item];
    double share;
    if (v->place == AMP_PL_NONE) {
        return n->m;
    }
    double m = amp_segment_near(n->pos, v[0].pos, v[1].pos, &share);
    if (m < n->m) {
        n->m = m;
        n->item = v->place;
    }
    return n->m;
}

static double landmark_visit(void *ctx, uint32_t item)
{
    struct nearest *n = ctx;
    const struct amp_pl_rec *rec = &n->places->rec[item];
    double m = amp_pos_distance_m(n->pos, rec->pos);
    double worth = m - landmark_nuance_m * rec->importance;
    if (m <= landmark_max_m && worth < n->worth) {
        n->worth = worth;
        n->m = m;
        n->item = item;
    }
    return fmin(landmark_max_m, n->worth + landmark_nuance_m * UINT8_MAX);
}

static const char *direction_name(double bearing_deg)
{
    static const char *const names[] = {"north", "north-east", "east", "south-east",
                                        "south", "south-west", "west", "north-west"};
    return names[(size_t)((bearing_deg + 22.5) / 45) % 8];
}

static void landmark_find(const struct amp_places *places, struct amp_pos pos,
                          struct amp_address *out)
{
    struct nearest n = {places, pos, AMP_PL_NONE, landmark_max_m, INFINITY};
    amp_grid_walk(&places->landmarks, pos, landmark_max_m, landmark_visit, &n);
    out->landmark_m = NAN;
    out->landmark_bearing_deg = NAN;
    if (n.item != AMP_PL_NONE) {
        out->landmark = amp_pl_text(places, places->rec[n.item].name);
        out->landmark_m = n.m;
        out->landmark_bearing_deg = amp_pos_bearing_deg(places->rec[n.item].pos, pos);
    }
}

static void street_find(const struct amp_places *places, struct amp_pos pos,
                        struct amp_address *out)
{
    struct nearest house = {.places = places, .pos = pos, .item = AMP_PL_NONE, .m = house_max_m};
    struct nearest street = {.places = places, .pos = pos, .item = AMP_PL_NONE, .m = street_max_m};
    amp_grid_walk(&places->houses, pos, house_max_m, house_visit, &house);
    amp_grid_walk(&places->pieces, pos, street_max_m, piece_visit, &street);
    if (house.item != AMP_PL_NONE) {
        const struct amp_pl_address *a = &places->address[house.item];
        out->street = amp_pl_text(places, places->rec[a->street].name);
        out->house = amp_pl_text(places, a->house);
    } else if (street.item != AMP_PL_NONE) {
        out->street = amp_pl_text(places, places->rec[street.item].name);
    }
}

static struct amp_str text_of(const struct amp_address *a, struct amp_pos pos,
                              struct amp_arena *arena)
{
    enum {
        FAR_M = 1000
    };
    if (a->street.len > 0) {
        return amp_arena_printf(arena, "%.*s%s%.*s%s%.*s", (int)a->street.len, a->street.ptr,
                                a->house.len > 0 ? " " : "", (int)a->house.len,
                                a->house.len > 0 ? a->house.ptr : "", a->area.len > 0 ? ", " : "",
                                (int)a->area.len, a->area.len > 0 ? a->area.ptr : "");
    }
    if (a->landmark.len > 0) {
        bool far = a->landmark_m >= FAR_M;
        return amp_arena_printf(arena, "%.*f %s %s of %.*s", far ? 1 : 0,
                                far ? a->landmark_m / FAR_M : a->landmark_m, far ? "km" : "m",
                                direction_name(a->landmark_bearing_deg), (int)a->landmark.len,
                                a->landmark.ptr);
    }
    if (a->area.len > 0) {
        return a->area;
    }
    char text[AMP_POS_TEXT];
    amp_pos_text(pos, text);
    return amp_arena_printf(arena, "%s", text);
}

amp_err amp_reverse(const struct amp_places *places, struct amp_pos pos, struct amp_arena *arena,
                    struct amp_address *out)
{
    if (!amp_pos_valid(pos.lat_e7, pos.lon_e7)) {
        return AMP_E_RANGE;
    }
    struct amp_address address = {.landmark_m = NAN};
    uint32_t area;
    uint32_t town;
    amp_pl_around(places, pos, &area, &town);
    address.area = amp_pl_context(places, area, town, arena);
    street_find(places, pos, &address);
    landmark_find(places, pos, &address);
    address.text = text_of(&address, pos, arena);
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = address;
    return AMP_OK;
}

amp_err amp_places_of_kind(const struct amp_places *places, struct amp_str kind,
                           struct amp_arena *arena, struct amp_place **out, size_t *out_n)
{
    size_t n = 0;
    for (size_t i = 0; i < places->rec_n; i++) {
        n += amp_str_eq(amp_pl_text(places, places->kind[places->rec[i].kind]), kind) ? 1 : 0;
    }
    struct amp_place *place = amp_arena_array(arena, n + 1, sizeof(*place));
    if (place == NULL) {
        return AMP_E_NOMEM;
    }
    n = 0;
    for (size_t i = 0; i < places->rec_n; i++) {
        const struct amp_pl_rec *rec = &places->rec[i];
        struct amp_str of = amp_pl_text(places, places->kind[rec->kind]);
        if (amp_str_eq(of, kind)) {
            place[n++] =
                (struct amp_place){.name = amp_pl_text(places, rec->name),
                                   .kind = of,
                                   .context = amp_pl_context(places, rec->area, rec->town, arena),
                                   .pos = rec->pos,
                                   .score = 1,
                                   .distance_m = NAN};
        }
    }
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = place;
    *out_n = n;
    return AMP_OK;
}
