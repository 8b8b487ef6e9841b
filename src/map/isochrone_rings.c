/*
 * The outlines of what lies within the buffer: marching squares, with the inside on the left.
 *
 * A cell has the corners 0 south-west, 1 north-west, 2 north-east, 3 south-east, and the edges 0
 * west, 1 north, 2 east, 3 south: edge e leads from corner e to the next. Who enters through edge e
 * with the inside on the left has corner e + 1 inside and corner e outside; it follows the corners
 * that are inside, clockwise, and leaves through the edge behind the last of them. So two inside
 * corners that only meet across a cell are not joined, and each connected piece has one outer ring.
 *
 * Around the grid lies one more line of corners that are outside and in the same place as the last
 * line: outlines close exactly at its border. The antimeridian is the border of two grids.
 */
#include "map/isochrone_in.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    EDGES = 4,
    RING_POINTS = 4 /* the least, the first one repeated */
};

static const double flat_share = 0.01; /* of a cell: a corner less sharp than that is none */
static const double half_turn_e7 = 1800000000;

struct view { /* columns first to last of the grid, framed */
    const struct amp_iso_grid *grid;
    double buffer_m;
    int64_t first, last;
    int64_t width, height; /* corners, with the frame */
    double lon_shift_e7;
    uint32_t *label;  /* of each corner: 0 outside or not yet known, else its piece from 1 */
    uint8_t *started; /* of each corner: an outline went north just east of it */
    uint32_t pieces;
};

struct point { /* in metres from the grid's origin */
    double x, y;
};

struct ring {
    uint32_t piece;
    double area_m2; /* negative for a hole */
    struct amp_pos *point;
    size_t point_n;
};

struct rings {
    struct amp_arena *arena;
    struct amp_buf list;   /* struct ring */
    struct amp_buf points; /* struct point, of the ring that is walked */
};

#define RINGS_MAX ((size_t)1 << 30) /* bytes */

/* ---- corners ---- */

static int64_t clamp(int64_t at, int64_t low, int64_t high)
{
    return at < low ? low : at > high ? high : at;
}

static double dist_at(const struct view *vw, int64_t i, int64_t j)
{
    int64_t col = vw->first + i - 1, row = j - 1;
    if (col < vw->first || col > vw->last || row < 0 || row >= vw->grid->height) {
        return 2 * vw->buffer_m;
    }
    double dist_m = vw->grid->dist_m[row * vw->grid->width + col];
    return dist_m < 2 * vw->buffer_m ? dist_m : 2 * vw->buffer_m;
}

static bool inside(const struct view *vw, int64_t i, int64_t j)
{
    return dist_at(vw, i, j) < vw->buffer_m;
}

static struct point corner_at(const struct view *vw, int64_t i, int64_t j)
{
    int64_t col = clamp(vw->first + i - 1, vw->first, vw->last);
    int64_t row = clamp(j - 1, 0, vw->grid->height - 1);
    return (struct point){(double)col * vw->grid->cell_m, (double)row * vw->grid->cell_m};
}

static void corner_of(int64_t i, int64_t j, int corner, int64_t *ci, int64_t *cj)
{
    *ci = i + (corner >= 2);
    *cj = j + (corner == 1 || corner == 2);
}

/* ---- pieces: corners inside that are joined along the grid ---- */

static amp_err piece_flood(struct view *vw, int64_t seed, struct amp_buf *stack)
{
    const int64_t step[EDGES] = {-1, 1, -vw->width, vw->width};
    vw->label[seed] = vw->pieces;
    amp_buf_put(stack, &seed, sizeof(seed));
    while (stack->len > 0 && !amp_buf_err(stack)) {
        int64_t at = 0;
        stack->len -= sizeof(at);
        memcpy(&at, stack->data + stack->len, sizeof(at));
        for (int e = 0; e < EDGES; e++) { /* the frame is outside, so no step leaves the grid */
            int64_t next = at + step[e];
            if (vw->label[next] == 0 && inside(vw, next % vw->width, next / vw->width)) {
                vw->label[next] = vw->pieces;
                amp_buf_put(stack, &next, sizeof(next));
            }
        }
    }
    return amp_buf_err(stack);
}

static amp_err pieces_label(struct view *vw)
{
    struct amp_buf stack = amp_buf_make(RINGS_MAX);
    amp_err err = AMP_OK;
    for (int64_t at = 0; at < vw->width * vw->height && !err; at++) {
        if (vw->label[at] == 0 && inside(vw, at % vw->width, at / vw->width)) {
            vw->pieces++;
            err = piece_flood(vw, at, &stack);
        }
    }
    amp_buf_free(&stack);
    return err;
}

/* ---- walking an outline ---- */

/* Where it crosses edge e of a cell. */
static struct point crossing(const struct view *vw, int64_t i, int64_t j, int e)
{
    int64_t ai = 0, aj = 0, bi = 0, bj = 0;
    corner_of(i, j, e, &ai, &aj);
    corner_of(i, j, (e + 1) % EDGES, &bi, &bj);
    struct point a = corner_at(vw, ai, aj), b = corner_at(vw, bi, bj);
    double from = dist_at(vw, ai, aj), to = dist_at(vw, bi, bj);
    double share = (vw->buffer_m - from) / (to - from);
    return (struct point){a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

static double turn(struct point a, struct point b, struct point c)
{
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
}

/* A point on the straight line between its neighbours is left out. */
static void point_add(struct rings *rings, struct point next, double cell_m)
{
    size_t n = rings->points.len / sizeof(next);
    struct point *point = (struct point *)(void *)rings->points.data;
    if (n >= 2) {
        double length = hypot(next.x - point[n - 2].x, next.y - point[n - 2].y);
        double off = fabs(turn(point[n - 2], point[n - 1], next));
        bool onward = (point[n - 1].x - point[n - 2].x) * (next.x - point[n - 1].x) +
                          (point[n - 1].y - point[n - 2].y) * (next.y - point[n - 1].y) >=
                      0;
        if (onward && off <= flat_share * cell_m * length) {
            point[n - 1] = next;
            return;
        }
    }
    amp_buf_put(&rings->points, &next, sizeof(next));
}

/* From the south edge of a cell northwards, and around until there again. */
static void outline_walk(struct view *vw, int64_t i, int64_t j, struct rings *rings)
{
    int entry = 3;
    int64_t at_i = i, at_j = j;
    amp_buf_clear(&rings->points);
    do {
        if (entry == 3) {
            vw->started[at_j * vw->width + at_i] = 1;
        }
        point_add(rings, crossing(vw, at_i, at_j, entry), vw->grid->cell_m);
        int last = (entry + 1) % EDGES;
        int64_t ci = 0, cj = 0;
        corner_of(at_i, at_j, (last + 1) % EDGES, &ci, &cj);
        while (inside(vw, ci, cj)) {
            last = (last + 1) % EDGES;
            corner_of(at_i, at_j, (last + 1) % EDGES, &ci, &cj);
        }
        at_i += last == 2 ? 1 : last == 0 ? -1 : 0;
        at_j += last == 1 ? 1 : last == 3 ? -1 : 0;
        entry = last ^ 2;
    } while (at_i != i || at_j != j || entry != 3);
}

static int32_t rounded(double e7, double most)
{
    return (int32_t)lround(fmin(fmax(e7, -most), most));
}

static struct amp_pos pos_of(const struct view *vw, struct point at)
{
    const struct amp_iso_grid *grid = vw->grid;
    double lon_e7 = grid->origin.lon_e7 + at.x / grid->lon_m + vw->lon_shift_e7;
    double lat_e7 = grid->origin.lat_e7 + at.y / grid->lat_m;
    double border = (double)grid->split * grid->cell_m;
    if (grid->split >= 0 && at.x >= border && at.x <= border) {
        lon_e7 = vw->first == 0 ? half_turn_e7 : -half_turn_e7;
    }
    return (struct amp_pos){rounded(lat_e7, half_turn_e7 / 2), rounded(lon_e7, half_turn_e7)};
}

static double area_of(const struct point *point, size_t n)
{
    double twice = 0;
    for (size_t i = 0; i < n; i++) {
        const struct point *next = &point[i + 1 < n ? i + 1 : 0];
        twice += point[i].x * next->y - next->x * point[i].y;
    }
    return twice / 2;
}

static amp_err ring_keep(const struct view *vw, struct rings *rings, uint32_t piece)
{
    const struct point *point = (const struct point *)(const void *)rings->points.data;
    size_t n = rings->points.len / sizeof(*point);
    if (amp_buf_err(&rings->points)) {
        return amp_buf_err(&rings->points);
    }
    struct ring ring = {.piece = piece,
                        .area_m2 = area_of(point, n),
                        .point = amp_arena_array(rings->arena, n + 1, sizeof(struct amp_pos))};
    if (ring.point == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        struct amp_pos pos = pos_of(vw, point[i]);
        const struct amp_pos *last = ring.point_n > 0 ? &ring.point[ring.point_n - 1] : NULL;
        if (last == NULL || last->lat_e7 != pos.lat_e7 || last->lon_e7 != pos.lon_e7) {
            ring.point[ring.point_n++] = pos;
        }
    }
    ring.point[ring.point_n++] = ring.point[0];
    if (ring.point_n >= RING_POINTS) {
        amp_buf_put(&rings->list, &ring, sizeof(ring));
    }
    return amp_buf_err(&rings->list);
}

static amp_err view_trace(struct view *vw, struct rings *rings)
{
    amp_err err = pieces_label(vw);
    for (int64_t j = 0; j + 1 < vw->height && !err; j++) {
        for (int64_t i = 0; i + 1 < vw->width && !err; i++) {
            bool begins = inside(vw, i, j) && !inside(vw, i + 1, j);
            if (begins && !vw->started[j * vw->width + i]) {
                outline_walk(vw, i, j, rings);
                err = ring_keep(vw, rings, vw->label[j * vw->width + i]);
            }
        }
    }
    return err;
}

/* ---- polygons ---- */

/* By piece; the outer ring, which is the largest, before its holes. */
static int ring_compare(const void *a, const void *b)
{
    const struct ring *x = a, *y = b;
    int order = (x->piece > y->piece) - (x->piece < y->piece);
    return order != 0 ? order : (x->area_m2 < y->area_m2) - (x->area_m2 > y->area_m2);
}

static amp_err polygons_make(struct rings *rings, struct amp_iso_band *band)
{
    struct ring *ring = (struct ring *)(void *)rings->list.data;
    size_t n = rings->list.len / sizeof(*ring);
    struct amp_iso_ring *out = amp_arena_array(rings->arena, n + 1, sizeof(*out));
    struct amp_iso_polygon *polygon = amp_arena_array(rings->arena, n + 1, sizeof(*polygon));
    if (out == NULL || polygon == NULL) {
        return AMP_E_NOMEM;
    }
    if (n > 0) {
        qsort(ring, n, sizeof(*ring), ring_compare);
    }
    for (size_t i = 0; i < n; i++) {
        bool outer = i == 0 || ring[i].piece != ring[i - 1].piece;
        out[i] = (struct amp_iso_ring){ring[i].point, ring[i].point_n};
        if (outer) {
            polygon[band->polygon_n++] = (struct amp_iso_polygon){.ring = &out[i]};
        }
        assert(outer == (ring[i].area_m2 > 0));
        polygon[band->polygon_n - 1].ring_n++;
        band->area_km2 += ring[i].area_m2 / 1e6;
    }
    band->polygon = polygon;
    return AMP_OK;
}

static amp_err view_rings(struct view *vw, uint32_t *pieces, struct rings *rings)
{
    size_t corner_n = (size_t)(vw->width * vw->height);
    vw->pieces = *pieces;
    vw->label = calloc(corner_n, sizeof(*vw->label));
    vw->started = calloc(corner_n, 1);
    amp_err err = vw->label == NULL || vw->started == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        err = view_trace(vw, rings);
    }
    *pieces = vw->pieces;
    free(vw->label);
    free(vw->started);
    return err;
}

amp_err amp_iso_rings(const struct amp_iso_grid *grid, struct amp_arena *arena,
                      struct amp_iso_band *out)
{
    struct rings rings = {
        .arena = arena, .list = amp_buf_make(RINGS_MAX), .points = amp_buf_make(RINGS_MAX)};
    bool split = grid->split >= 0 && grid->split < grid->width;
    uint32_t pieces = 0;
    amp_err err = AMP_OK;
    for (int part = 0; part < (split ? 2 : 1) && !err; part++) {
        struct view vw = {.grid = grid, .buffer_m = amp_iso_buffer_m(grid)};
        vw.first = part == 1 ? grid->split : 0;
        vw.last = split && part == 0 ? grid->split : grid->width - 1;
        vw.width = vw.last - vw.first + 3;
        vw.height = grid->height + 2;
        vw.lon_shift_e7 = part == 1 ? -2 * half_turn_e7 : 0;
        err = view_rings(&vw, &pieces, &rings);
    }
    if (!err) {
        err = polygons_make(&rings, out);
    }
    amp_buf_free(&rings.list);
    amp_buf_free(&rings.points);
    return err;
}
