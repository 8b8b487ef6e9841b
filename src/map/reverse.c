/* What is at a position: the nearest address or street, the area around, a landmark to steer by. */
#include "map/places_form.h"
#include "map/pluscode.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double house_max_m = 60; /* farther, a house number misleads */
static const double street_max_m = 500;
static const double landmark_max_m = 3000;
static const double landmark_nuance_m = 0.5; /* metres that a point of importance is worth */
static const double area_reach = 2;          /* times its own reach an area has what is around it */
static const double town_reach = 4;
static const double cross_max_m = 1000; /* farther crossings help nobody */

static const double suburb_reach_max_m = 2500; /* of the kinds below */
static const double town_reach_max_m = 6000;

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

enum amp_pl_grid amp_pl_area_grid(const char *kind)
{
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        if (strcmp(kind, areas[i].kind) == 0) {
            return areas[i].town ? AMP_PL_GRID_TOWNS : AMP_PL_GRID_SUBURBS;
        }
    }
    return AMP_PL_GRIDS;
}

void amp_pl_kind_rows(struct amp_places *places)
{
    for (size_t k = 0; k < places->kind_n; k++) {
        places->kind_row[k] = 0;
        for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
            if (strcmp(places->text + places->kind[k], areas[i].kind) == 0) {
                places->kind_row[k] = (uint8_t)(i + 1);
            }
        }
    }
}

/* Distances from one position over some kilometres: flat, east shortened once. */
struct flat {
    struct amp_pos pos;
    double m_per_lat, m_per_lon; /* of a 1e-7 degree */
};

static struct flat flat_make(struct amp_pos pos)
{
    static const double m_per_e7 = 0.0111195080234;
    double lat_rad = amp_lat_deg(pos) * (3.14159265358979323846 / 180);
    return (struct flat){pos, m_per_e7, m_per_e7 * cos(lat_rad)};
}

static double flat_m(const struct flat *flat, struct amp_pos to)
{
    double north = (double)(to.lat_e7 - flat->pos.lat_e7) * flat->m_per_lat;
    double east = amp_lon_delta_e7(flat->pos.lon_e7, to.lon_e7) * flat->m_per_lon;
    return sqrt(north * north + east * east);
}

/* Looks at what is near by a grid; the slow twin looks at everything. */
struct look {
    const struct amp_places *places;
    bool slow;
    bool leaves; /* leaf is filled in */
    struct amp_near_leaf leaf[AMP_PL_GRIDS];
};

/* Fetch what a look at a position takes, all kinds together. */
static struct look look_make(const struct amp_places *places, struct amp_pos pos)
{
    enum {
        SOON = 16 /* things of each kind */
    };
    struct look look = {.places = places};
    if (places->near[0].slot == NULL || pos.lat_e7 > AMP_NEAR_LAT_E7 ||
        pos.lat_e7 < -AMP_NEAR_LAT_E7) {
        return look;
    }
    look.leaves = true;
    amp_near_at(places->near, AMP_PL_GRIDS, pos, look.leaf);
    for (size_t g = 0; g < AMP_PL_GRIDS; g++) {
        const struct amp_grid *grid = &places->grid[g];
        for (size_t i = 0; i < look.leaf[g].n && i < SOON; i++) {
            __builtin_prefetch(grid->thing + (size_t)look.leaf[g].thing[i] * grid->thing_size);
        }
    }
    return look;
}

static void look_around(const struct look *look, enum amp_pl_grid which, size_t item_n,
                        struct amp_pos pos, double bound_m, amp_grid_visit visit, void *ctx)
{
    const struct amp_near_leaf *leaf = &look->leaf[which];
    if (look->slow) {
        for (uint32_t i = 0; i < item_n; i++) {
            (void)visit(ctx, i);
        }
        return;
    }
    if (!look->leaves) {
        amp_grid_walk(&look->places->grid[which], pos, bound_m, visit, ctx);
        return;
    }
    for (size_t i = 0; i < leaf->n; i++) {
        (void)visit(ctx, leaf->thing[i]);
    }
}

struct around {
    const struct amp_places *places;
    struct flat flat;
    uint32_t area, town;
    double area_share, town_share; /* distance by reach */
};

static void around_note(struct around *a, uint32_t place)
{
    const struct amp_pl_rec *rec = &a->places->rec[place];
    uint8_t row = a->places->kind_row[rec->kind];
    if (row > 0 && (rec->flags & AMP_PL_AREA)) {
        double share = flat_m(&a->flat, rec->pos) / areas[row - 1].reach_m;
        double *best = areas[row - 1].town ? &a->town_share : &a->area_share;
        uint32_t *which = areas[row - 1].town ? &a->town : &a->area;
        if (share < *best || (share <= *best && place < *which)) {
            *best = share;
            *which = place;
        }
    }
}

static double suburb_visit(void *ctx, uint32_t place)
{
    struct around *a = ctx;
    around_note(a, place);
    return a->area_share * suburb_reach_max_m;
}

static double town_visit(void *ctx, uint32_t place)
{
    struct around *a = ctx;
    around_note(a, place);
    return a->town_share * town_reach_max_m;
}

static void around_find(const struct look *look, struct amp_pos pos, uint32_t *area, uint32_t *town)
{
    const struct amp_places *p = look->places;
    struct around a = {p, flat_make(pos), AMP_PL_NONE, AMP_PL_NONE, area_reach, town_reach};
    look_around(look, AMP_PL_GRID_SUBURBS, p->rec_n, pos, area_reach * suburb_reach_max_m,
                suburb_visit, &a);
    look_around(look, AMP_PL_GRID_TOWNS, p->rec_n, pos, town_reach * town_reach_max_m, town_visit,
                &a);
    *area = a.area;
    *town = a.town;
}

void amp_pl_around(const struct amp_places *places, struct amp_pos pos, uint32_t *area,
                   uint32_t *town)
{
    struct look look = look_make(places, pos);
    around_find(&look, pos, area, town);
}

struct amp_str amp_pl_context(const struct amp_places *places, uint32_t area, uint32_t town,
                              struct amp_arena *arena)
{
    uint32_t one = area != AMP_PL_NONE ? area : town;
    struct amp_str a =
        one == AMP_PL_NONE ? AMP_STR("") : amp_pl_text(places, places->rec[one].name);
    if (one == town || town == AMP_PL_NONE) {
        return a;
    }
    struct amp_str b = amp_pl_text(places, places->rec[town].name);
    char *text = amp_arena_alloc(arena, a.len + b.len + 3);
    if (text == NULL) {
        return AMP_STR("");
    }
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, ", ", 2);
    memcpy(text + a.len + 2, b.ptr, b.len);
    return (struct amp_str){text, a.len + 2 + b.len};
}

struct nearest {
    const struct amp_places *places;
    struct flat flat;
    uint32_t item; /* or none */
    double m;      /* to the item; the bound at first */
    double worth;  /* landmarks: distance less what importance is worth */
};

static void nearer(struct nearest *n, uint32_t item, double m)
{
    if (m < n->m || (m <= n->m && item < n->item)) {
        n->m = m;
        n->item = item;
    }
}

static double house_visit(void *ctx, uint32_t item)
{
    struct nearest *n = ctx;
    nearer(n, item, flat_m(&n->flat, n->places->address[item].pos));
    return n->m;
}

/* From the position to the line between two vertices. */
static double piece_m(const struct flat *f, const struct amp_pl_vertex *v)
{
    double ax = amp_lon_delta_e7(f->pos.lon_e7, v[0].pos.lon_e7) * f->m_per_lon;
    double ay = (double)(v[0].pos.lat_e7 - f->pos.lat_e7) * f->m_per_lat;
    double dx = amp_lon_delta_e7(v[0].pos.lon_e7, v[1].pos.lon_e7) * f->m_per_lon;
    double dy = (double)(v[1].pos.lat_e7 - v[0].pos.lat_e7) * f->m_per_lat;
    double length2 = dx * dx + dy * dy;
    double share = length2 > 0 ? fmin(fmax(-(ax * dx + ay * dy) / length2, 0), 1) : 0;
    double x = ax + share * dx;
    double y = ay + share * dy;
    return sqrt(x * x + y * y);
}

static double piece_visit(void *ctx, uint32_t item)
{
    struct nearest *n = ctx;
    const struct amp_pl_vertex *v = &n->places->vertex[item];
    if (v->place != AMP_PL_NONE) {
        nearer(n, v->place, piece_m(&n->flat, v));
    }
    return n->m;
}

static double landmark_visit(void *ctx, uint32_t item)
{
    struct nearest *n = ctx;
    const struct amp_pl_rec *rec = &n->places->rec[item];
    if (rec->flags & AMP_PL_LANDMARK) {
        double m = flat_m(&n->flat, rec->pos);
        double worth = m - landmark_nuance_m * rec->importance;
        if (m <= landmark_max_m && (worth < n->worth || (worth <= n->worth && item < n->item))) {
            n->worth = worth;
            n->m = m;
            n->item = item;
        }
    }
    return fmin(landmark_max_m, n->worth + landmark_nuance_m * UINT8_MAX);
}

bool amp_pl_near_ends(const struct amp_places *places, enum amp_pl_grid which, uint32_t thing,
                      struct amp_pos out[2])
{
    if (which == AMP_PL_GRID_PIECES) {
        const struct amp_pl_vertex *v = &places->vertex[thing];
        if (v->place == AMP_PL_NONE || amp_pos_distance_m(v[0].pos, v[1].pos) > AMP_PL_PIECE_M) {
            return false;
        }
        out[0] = v[0].pos;
        out[1] = v[1].pos;
        return true;
    }
    bool house = which == AMP_PL_GRID_HOUSES;
    out[0] = house ? places->address[thing].pos : places->rec[thing].pos;
    out[1] = out[0];
    if (house) {
        return true;
    }
    const struct amp_pl_rec *rec = &places->rec[thing];
    if (which == AMP_PL_GRID_MARKS) {
        return (rec->flags & AMP_PL_LANDMARK) != 0;
    }
    uint8_t row = places->kind_row[rec->kind];
    return row > 0 && (rec->flags & AMP_PL_AREA) != 0 &&
           areas[row - 1].town == (which == AMP_PL_GRID_TOWNS);
}

struct amp_near_worth amp_pl_near_worth(const struct amp_places *places, enum amp_pl_grid which,
                                        uint32_t thing, struct amp_pos from)
{
    struct flat flat = flat_make(from);
    struct amp_near_worth out = {.share = 1};
    if (which == AMP_PL_GRID_PIECES) {
        out.m = piece_m(&flat, &places->vertex[thing]);
        out.most_m = street_max_m;
        return out;
    }
    if (which == AMP_PL_GRID_HOUSES) {
        out.m = flat_m(&flat, places->address[thing].pos);
        out.most_m = house_max_m;
        return out;
    }
    const struct amp_pl_rec *rec = &places->rec[thing];
    out.m = flat_m(&flat, rec->pos);
    if (which == AMP_PL_GRID_MARKS) {
        out.less = landmark_nuance_m * rec->importance;
        out.most_m = landmark_max_m;
        return out;
    }
    double reach_m = areas[places->kind_row[rec->kind] - 1].reach_m;
    out.share = 1 / reach_m;
    out.most_m = reach_m * (which == AMP_PL_GRID_TOWNS ? town_reach : area_reach);
    return out;
}

static const char *direction_name(double bearing_deg)
{
    static const char *const names[] = {"north", "north-east", "east", "south-east",
                                        "south", "south-west", "west", "north-west"};
    return names[(size_t)((bearing_deg + 22.5) / 45) % 8];
}

static void landmark_find(const struct look *look, struct amp_pos pos, struct amp_address *out)
{
    const struct amp_places *places = look->places;
    struct nearest n = {places, flat_make(pos), AMP_PL_NONE, landmark_max_m, INFINITY};
    look_around(look, AMP_PL_GRID_MARKS, places->rec_n, pos, landmark_max_m, landmark_visit, &n);
    out->landmark_m = NAN;
    out->landmark_bearing_deg = NAN;
    if (n.item != AMP_PL_NONE) {
        out->landmark = amp_pl_text(places, places->rec[n.item].name);
        out->landmark_m = amp_pos_distance_m(places->rec[n.item].pos, pos);
        out->landmark_bearing_deg = amp_pos_bearing_deg(places->rec[n.item].pos, pos);
    }
}

/* The place of the street, or none. */
static uint32_t street_find(const struct look *look, struct amp_pos pos, struct amp_address *out)
{
    const struct amp_places *places = look->places;
    struct nearest house = {places, flat_make(pos), AMP_PL_NONE, house_max_m, 0};
    struct nearest street = {places, house.flat, AMP_PL_NONE, street_max_m, 0};
    look_around(look, AMP_PL_GRID_HOUSES, places->address_n, pos, house_max_m, house_visit, &house);
    look_around(look, AMP_PL_GRID_PIECES, places->vertex_n, pos, street_max_m, piece_visit,
                &street);
    uint32_t found = street.item;
    out->street_m = found == AMP_PL_NONE ? (double)NAN : street.m;
    if (house.item != AMP_PL_NONE) {
        const struct amp_pl_address *a = &places->address[house.item];
        found = a->street;
        out->house = amp_pl_text(places, a->house);
        out->street_m = found == street.item ? out->street_m : (double)NAN;
    }
    out->street = found == AMP_PL_NONE ? AMP_STR("") : amp_pl_text(places, places->rec[found].name);
    return found;
}

/* Crossings of a street by latitude: the first that is not south of lat_e7. */
static size_t cross_bound(const struct amp_places *p, uint32_t street, int64_t lat_e7)
{
    size_t lo = 0;
    for (size_t hi = p->cross_n; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        const struct amp_pl_cross *c = &p->cross[mid];
        if (c->a < street || (c->a == street && c->pos.lat_e7 < lat_e7)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* The nearest crossing, then the nearest of another street that lies the other way. */
static void crosses_find(const struct look *look, uint32_t street, struct amp_pos pos,
                         struct amp_address *out)
{
    const struct amp_places *p = look->places;
    struct flat flat = flat_make(pos);
    int64_t reach_e7 = (int64_t)(cross_max_m / flat.m_per_lat);
    size_t first = look->slow ? 0 : cross_bound(p, street, pos.lat_e7 - reach_e7);
    const struct amp_pl_cross *found[2] = {NULL, NULL};
    for (size_t side = 0; side < 2 && street != AMP_PL_NONE; side++) {
        double best_m = cross_max_m;
        for (size_t i = first; i < p->cross_n && (look->slow || p->cross[i].a == street); i++) {
            const struct amp_pl_cross *c = &p->cross[i];
            double m = flat_m(&flat, c->pos);
            if (c->pos.lat_e7 - (int64_t)pos.lat_e7 > reach_e7 && !look->slow) {
                break;
            }
            if (c->a != street || m >= best_m || (side == 1 && c->b == found[0]->b)) {
                continue;
            }
            double turn_deg = side == 0 ? 180
                                        : fabs(amp_pos_bearing_deg(pos, c->pos) -
                                               amp_pos_bearing_deg(pos, found[0]->pos));
            if (turn_deg > 90 && turn_deg < 270) {
                best_m = m;
                found[side] = c;
            }
        }
        out->cross_m[side] = NAN;
        if (found[side] == NULL) {
            break;
        }
        out->cross[side] = amp_pl_text(p, p->rec[found[side]->b].name);
        out->cross_m[side] = best_m;
        out->cross_pos[side] = found[side]->pos;
    }
}

static int address_area_order(const void *a, const void *b)
{
    const struct amp_address_area *x = a;
    const struct amp_address_area *y = b;
    return (x->level > y->level) - (x->level < y->level);
}

static void areas_find(const struct look *look, struct amp_pos pos, struct amp_address *out)
{
    const struct amp_places *p = look->places;
    uint32_t at[AMP_AREAS_AT_MAX];
    size_t n = look->slow ? amp_areas_at_slow(p->area, pos, at) : amp_areas_at(p->area, pos, at);
    out->area_n = n < AMP_ADDRESS_AREAS ? n : AMP_ADDRESS_AREAS;
    for (size_t i = 0; i < out->area_n; i++) {
        const struct amp_pl_region *region = &p->region[at[i]];
        out->areas[i].name = amp_pl_text(p, p->rec[region->place].name);
        out->areas[i].level = region->level;
    }
    qsort(out->areas, out->area_n, sizeof(out->areas[0]), address_area_order);
}

size_t amp_reverse_areas(const struct amp_places *places, struct amp_pos pos,
                         struct amp_address_area out[AMP_ADDRESS_AREAS])
{
    const struct look look = {.places = places};
    struct amp_address address = {.area_n = 0};
    areas_find(&look, pos, &address);
    memcpy(out, address.areas, address.area_n * sizeof(out[0]));
    return address.area_n;
}

static struct amp_str text_of(const struct amp_address *a, struct amp_pos pos,
                              struct amp_arena *arena)
{
    enum {
        FAR_M = 1000
    };
    if (a->street.len > 0) { /* amp_arena_printf would be slower */
        struct amp_str part[] = {a->street, AMP_STR(" "), a->house, AMP_STR(", "), a->area};
        part[1].len = a->house.len > 0 ? part[1].len : 0;
        part[3].len = a->area.len > 0 ? part[3].len : 0;
        size_t len = 0;
        for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
            len += part[i].len;
        }
        char *text = amp_arena_alloc(arena, len + 1);
        len = 0;
        for (size_t i = 0; i < sizeof(part) / sizeof(part[0]) && text != NULL; i++) {
            if (part[i].len > 0) {
                memcpy(text + len, part[i].ptr, part[i].len);
                len += part[i].len;
            }
        }
        return text == NULL ? AMP_STR("") : (struct amp_str){text, len};
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

static void name_soon(const struct amp_places *places, uint32_t place)
{
    if (place != AMP_PL_NONE) {
        __builtin_prefetch(places->text + places->rec[place].name);
    }
}

static amp_err reverse_run(const struct look *look, struct amp_pos pos, struct amp_arena *arena,
                           struct amp_address *out)
{
    if (!amp_pos_valid(pos.lat_e7, pos.lon_e7)) {
        return AMP_E_RANGE;
    }
    struct amp_address address = {.landmark_m = NAN, .cross_m = {NAN, NAN}, .street_m = NAN};
    uint32_t area;
    uint32_t town;
    around_find(look, pos, &area, &town);
    name_soon(look->places, area);
    name_soon(look->places, town);
    uint32_t street = street_find(look, pos, &address);
    crosses_find(look, street, pos, &address);
    landmark_find(look, pos, &address);
    areas_find(look, pos, &address);
    address.area = amp_pl_context(look->places, area, town, arena);
    address.text = text_of(&address, pos, arena);
    if (amp_arena_failed(arena) ||
        amp_pluscode_encode(pos, AMP_PLUSCODE_DEFAULT, address.pluscode)) {
        return AMP_E_NOMEM;
    }
    *out = address;
    return AMP_OK;
}

amp_err amp_reverse(const struct amp_places *places, struct amp_pos pos, struct amp_arena *arena,
                    struct amp_address *out)
{
    if (!amp_pos_valid(pos.lat_e7, pos.lon_e7)) {
        return AMP_E_RANGE;
    }
    struct look look = look_make(places, pos);
    return reverse_run(&look, pos, arena, out);
}

amp_err amp_reverse_slow(const struct amp_places *places, struct amp_pos pos,
                         struct amp_arena *arena, struct amp_address *out)
{
    struct look look = {.places = places, .slow = true};
    return reverse_run(&look, pos, arena, out);
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
