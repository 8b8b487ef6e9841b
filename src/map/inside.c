/* What lies inside an area: a walk over the cells of the grids of places. */
#include "map/inside.h"
#include "base/json.h"
#include "map/places_form.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct look {
    const struct amp_places *places;
    const struct amp_inside_shape *shape;
    uint64_t *areas, *landmarks, *streets; /* bits by number of the place */
    uint64_t *houses;
    size_t looks;
    bool more;
};

static bool bit_is(const uint64_t *bits, uint32_t n)
{
    return (bits[n / 64] >> (n % 64) & 1) != 0;
}

static void bit_set(uint64_t *bits, uint32_t n)
{
    bits[n / 64] |= UINT64_C(1) << (n % 64);
}

typedef void visit_fn(struct look *look, uint32_t item);

static void area_visit(struct look *look, uint32_t item)
{
    if (amp_inside_shape_holds(look->shape, look->places->rec[item].pos)) {
        bit_set(look->areas, item);
    }
}

static void landmark_visit(struct look *look, uint32_t item)
{
    if (amp_inside_shape_holds(look->shape, look->places->rec[item].pos)) {
        bit_set(look->landmarks, item);
    }
}

static void house_visit(struct look *look, uint32_t item)
{
    if (amp_inside_shape_holds(look->shape, look->places->address[item].pos)) {
        bit_set(look->houses, item);
    }
}

static void piece_visit(struct look *look, uint32_t item)
{
    const struct amp_pl_vertex *from = &look->places->vertex[item];
    if (from->place >= look->places->rec_n || bit_is(look->streets, from->place)) {
        return;
    }
    double m = amp_pos_distance_m(from[0].pos, from[1].pos);
    int steps = 1 + (int)fmin(m / AMP_INSIDE_STEP_M, AMP_PL_PIECE_M / AMP_INSIDE_STEP_M);
    look->looks += (size_t)steps;
    for (int i = 0; i <= steps; i++) {
        struct amp_pos pos = amp_pos_between(from[0].pos, from[1].pos, (double)i / steps);
        if (amp_inside_shape_holds(look->shape, pos)) {
            bit_set(look->streets, from->place);
            return;
        }
    }
}

static bool is_enough(struct look *look)
{
    look->more = look->more || look->looks >= AMP_INSIDE_LOOKS;
    return look->more;
}

/* Cells of one row from a column to another. */
static void columns_walk(struct look *look, const struct amp_grid *grid, uint32_t row,
                         const uint32_t column[2], visit_fn *visit)
{
    size_t lo = grid->row_first[row - grid->row_min];
    size_t hi = grid->row_first[row - grid->row_min + 1];
    size_t end = hi;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (grid->cell[mid].column < column[0]) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    for (; lo < end && grid->cell[lo].column <= column[1] && !is_enough(look); lo++) {
        look->looks++;
        for (uint32_t i = grid->cell[lo].first; i < grid->cell[lo + 1].first && !is_enough(look);
             i++) {
            look->looks++;
            visit(look, grid->item[i]);
        }
    }
}

static void box_walk(struct look *look, const struct amp_grid *grid, const struct amp_box *box,
                     visit_fn *visit)
{
    const uint32_t cell_e7 = grid->cell_e7;
    if (grid->row_n == 0) {
        return;
    }
    uint32_t south = (uint32_t)((int64_t)box->south_e7 + 900000000) / cell_e7;
    uint32_t north = (uint32_t)((int64_t)box->north_e7 + 900000000) / cell_e7;
    uint32_t west = (uint32_t)((int64_t)box->west_e7 + 1800000000) / cell_e7;
    uint32_t east = (uint32_t)((int64_t)box->east_e7 + 1800000000) / cell_e7;
    bool wraps = box->west_e7 > box->east_e7;
    uint32_t last = grid->row_min + grid->row_n - 1;
    south = south > grid->row_min ? south : grid->row_min;
    north = north < last ? north : last;
    for (uint32_t row = south; row <= north && !is_enough(look); row++) {
        if (wraps) {
            columns_walk(look, grid, row, (const uint32_t[2]){west, UINT32_MAX - 1}, visit);
            columns_walk(look, grid, row, (const uint32_t[2]){0, east}, visit);
        } else {
            columns_walk(look, grid, row, (const uint32_t[2]){west, east}, visit);
        }
        look->looks++;
    }
}

/* What matters most first: if the looks do not suffice, streets and houses are cut. */
static void all_walk(struct look *look)
{
    static const struct {
        enum amp_pl_grid grid;
        visit_fn *visit;
    } rows[] = {{AMP_PL_GRID_TOWNS, area_visit},
                {AMP_PL_GRID_SUBURBS, area_visit},
                {AMP_PL_GRID_MARKS, landmark_visit},
                {AMP_PL_GRID_PIECES, piece_visit},
                {AMP_PL_GRID_HOUSES, house_visit}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < look->shape->n; k++) {
            box_walk(look, &look->places->grid[rows[i].grid], &look->shape->box[k], rows[i].visit);
        }
    }
}

static size_t bits_count(const uint64_t *bits, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n / 64 + 1; i++) {
        count += (size_t)__builtin_popcountll(bits[i]);
    }
    return count;
}

/* Places are numbered by importance. */
static amp_err list_make(const struct amp_places *places, const uint64_t *bits,
                         struct amp_arena *arena, struct amp_inside_list *out)
{
    out->total = bits_count(bits, places->rec_n);
    size_t most = out->total < AMP_INSIDE_NAMED ? out->total : AMP_INSIDE_NAMED;
    out->item = amp_arena_array(arena, most + 1, sizeof *out->item);
    if (out->item == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t w = 0; w < places->rec_n / 64 + 1 && out->n < most; w++) {
        for (uint64_t left = bits[w]; left != 0 && out->n < most; left &= left - 1) {
            const struct amp_pl_rec *rec = &places->rec[w * 64 + (size_t)__builtin_ctzll(left)];
            out->item[out->n++] =
                (struct amp_inside_thing){amp_pl_text(places, rec->name),
                                          amp_pl_text(places, places->kind[rec->kind]), rec->pos};
        }
    }
    return AMP_OK;
}

static int kind_order(const void *a, const void *b)
{
    const struct amp_inside_kind *x = a, *y = b;
    return x->n < y->n ? 1 : x->n > y->n ? -1 : strcmp(x->kind.ptr, y->kind.ptr); /* terminated */
}

/* The most frequent kinds; at most 65536 there are. */
static amp_err kinds_count(const struct amp_places *places, const uint64_t *bits,
                           struct amp_inside *out)
{
    struct amp_inside_kind *kind = calloc(places->kind_n + 1, sizeof *kind);
    if (kind == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < places->kind_n; i++) {
        kind[i].kind = amp_pl_text(places, places->kind[i]);
    }
    for (size_t w = 0; w < places->rec_n / 64 + 1; w++) {
        for (uint64_t left = bits[w]; left != 0; left &= left - 1) {
            kind[places->rec[w * 64 + (size_t)__builtin_ctzll(left)].kind].n++;
        }
    }
    qsort(kind, places->kind_n, sizeof *kind, kind_order);
    while (out->kind_n < AMP_INSIDE_KINDS && out->kind_n < places->kind_n &&
           kind[out->kind_n].n > 0) {
        out->kind[out->kind_n] = kind[out->kind_n];
        out->kind_n++;
    }
    free(kind);
    return AMP_OK;
}

amp_err amp_places_inside(const struct amp_places *places, const struct amp_inside_shape *shape,
                          struct amp_arena *arena, struct amp_inside *out)
{
    size_t words = places->rec_n / 64 + 1;
    size_t house_words = places->address_n / 64 + 1;
    uint64_t *bits = calloc(3 * words + house_words, sizeof *bits); /* too much for the arena */
    if (bits == NULL) {
        return AMP_E_NOMEM;
    }
    struct look look = {.places = places,
                        .shape = shape,
                        .areas = bits,
                        .landmarks = bits + words,
                        .streets = bits + 2 * words,
                        .houses = bits + 3 * words};
    struct amp_inside inside = {0};
    all_walk(&look);
    amp_err err = list_make(places, look.areas, arena, &inside.areas);
    err = err ? err : list_make(places, look.landmarks, arena, &inside.landmarks);
    err = err ? err : list_make(places, look.streets, arena, &inside.streets);
    err = err ? err : kinds_count(places, look.landmarks, &inside);
    inside.addresses = bits_count(look.houses, places->address_n);
    inside.more = look.more;
    free(bits);
    if (err == AMP_OK) {
        *out = inside;
    }
    return err;
}

static void list_view(struct amp_json *js, const char *name, const struct amp_inside_list *list,
                      bool where)
{
    amp_json_key(js, name);
    amp_json_open(js, '{');
    amp_json_i64_of(js, "total", (int64_t)list->total);
    amp_json_key(js, "first");
    amp_json_open(js, '[');
    for (size_t i = 0; i < list->n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", list->item[i].name);
        if (where) {
            amp_json_str_of(js, "kind", list->item[i].kind);
            amp_json_pos_of(js, list->item[i].pos);
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

void amp_inside_view(struct amp_json *js, const struct amp_inside *inside)
{
    list_view(js, "places", &inside->areas, true);
    list_view(js, "landmarks", &inside->landmarks, true);
    list_view(js, "streets", &inside->streets, false);
    amp_json_key(js, "kinds");
    amp_json_open(js, '[');
    for (size_t i = 0; i < inside->kind_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "kind", inside->kind[i].kind);
        amp_json_i64_of(js, "n", (int64_t)inside->kind[i].n);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_i64_of(js, "addresses", (int64_t)inside->addresses);
    amp_json_bool_of(js, "more", inside->more);
}
