/* Rings thinned outwards: inner corners left out, outer edges taken away; rows of edges by
 * latitude. */
#include "intake/cap_thin.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_E7 = 1800000000,   /* half way round, in 1e-7 degrees */
    POLE_E7 = 900000000,    /* from the equator */
    WIDEST_E7 = 1700000000, /* of a ring as it comes */
    MARGIN_E7 = 40000000, /* that it may grow east and west: it stays narrower than half way round,
                             and products of two differences within 63 bits */
    LATTICE_E7 = 100,     /* new corners lie on it: about a metre, two digits less to write */
    REACH = 2,            /* steps of the lattice around where two edges meet */
    ENTRIES = 12,         /* of the rows, for each corner of the ring */
    ROUNDS = 8,           /* each with twice the tolerance of the one before */
    PASSES = 64,
    LOOKS = 1000, /* at edges, for each corner: a ring that wants more stays as far as it came */
    TOLERANCE_MOST_M = 1000000, /* that is believed */
    CORNERS_MIN = 4,            /* of a ring that can lose one */
    SCRATCH = 1 << 25
};
#define CORNERS_SHARE 0.7 /* of the tolerance */

struct point {
    int64_t x, y; /* 1e-7 degrees; x goes on past the 180th meridian */
};

/* The edge to the next corner has a past: what it took the place of is a way by the corners of a
 * list, every point of which lies within `base_m` of the ring that was. So the edge lies within
 * `grown_m`: the base, and the distance of the corner of the list that is farthest from the edge.
 */
struct corner {
    struct point at;
    uint32_t before, after;
    bool gone;
    double base_m, grown_m;
    uint32_t past, past_end; /* the list, counted from 1; 0: empty */
    uint32_t more;           /* of the list that this corner is in */
};

struct entry { /* an edge, in a row; stale when its corners are no longer neighbours */
    uint32_t from, to, more; /* more: the next entry of the row, counted from 1 */
};

struct ring {
    struct corner *corner;
    size_t all, n; /* corners ever, and still there */
    size_t room;
    struct entry *entry;
    size_t entry_n, entry_room;
    uint32_t *row; /* its first entry, counted from 1 */
    size_t rows, rows_max;
    int64_t low, height; /* of all rows */
    double tolerance_m;
    size_t looks; /* that are left */
};

/* ---- plane geometry ---- */

static struct point minus(struct point a, struct point b)
{
    return (struct point){a.x - b.x, a.y - b.y};
}

/* Greater than 0: c lies to the left of the way from a to b. */
static int64_t turn(struct point a, struct point b, struct point c)
{
    const struct point u = minus(b, a), v = minus(c, a);
    return u.x * v.y - u.y * v.x;
}

static int sign(int64_t value)
{
    return (value > 0) - (value < 0);
}

static bool same(struct point a, struct point b)
{
    return a.x == b.x && a.y == b.y;
}

static bool within(int64_t a, int64_t b, int64_t value)
{
    return a < b ? value >= a && value <= b : value >= b && value <= a;
}

/* Whether p, on the line through a and b, is on the way between them. */
static bool between(struct point a, struct point b, struct point p)
{
    return within(a.x, b.x, p.x) && within(a.y, b.y, p.y);
}

/* Whether two segments have a place in common. */
static bool meet(struct point a, struct point b, struct point c, struct point d)
{
    const int ac = sign(turn(a, b, c)), ad = sign(turn(a, b, d));
    const int ca = sign(turn(c, d, a)), cb = sign(turn(c, d, b));
    return (ac * ad < 0 && ca * cb < 0) || (ac == 0 && between(a, b, c)) ||
           (ad == 0 && between(a, b, d)) || (ca == 0 && between(c, d, a)) ||
           (cb == 0 && between(c, d, b));
}

/* Inside of the triangle or on it, whichever way round it goes. */
static bool in_triangle(const struct point t[3], struct point p)
{
    const int a = sign(turn(t[0], t[1], p)), b = sign(turn(t[1], t[2], p)),
              c = sign(turn(t[2], t[0], p));
    if (a == 0 && b == 0 && c == 0) { /* a triangle without area */
        return between(t[0], t[1], p) || between(t[1], t[2], p);
    }
    return (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0);
}

static struct amp_pos flat(struct point p)
{
    return (struct amp_pos){(int32_t)p.y, (int32_t)p.x};
}

/* Of p from a segment. */
static double metres(struct point p, struct point a, struct point b)
{
    double share = 0;
    return amp_segment_near(flat(p), flat(a), flat(b), &share);
}

/* ---- edges by their rows ---- */

static void rows_fill(struct ring *r);

static size_t row_of(const struct ring *r, int64_t y)
{
    const int64_t row = (y - r->low) * (int64_t)r->rows / r->height;
    return row < 0 ? 0 : row >= (int64_t)r->rows ? r->rows - 1 : (size_t)row;
}

static void edge_put(struct ring *r, uint32_t from, uint32_t to)
{
    const int64_t a = r->corner[from].at.y, b = r->corner[to].at.y;
    const size_t first = row_of(r, a < b ? a : b), last = row_of(r, a < b ? b : a);
    if (r->entry_n + (last - first + 1) > r->entry_room) {
        rows_fill(r); /* without what is stale; with this edge, which is one of the ring */
        return;
    }
    for (size_t row = first; row <= last; row++) {
        r->entry[r->entry_n] = (struct entry){from, to, r->row[row]};
        r->row[row] = (uint32_t)++r->entry_n;
    }
}

/* Enough that a row has few edges, not so many that an edge is in many rows: a third of the room is
 * used at the most. */
static size_t rows_for(const struct ring *r)
{
    double travelled = 0;
    for (size_t i = 0; i < r->all; i++) {
        if (!r->corner[i].gone) {
            travelled += fabs((double)(r->corner[r->corner[i].after].at.y - r->corner[i].at.y));
        }
    }
    const double rows = (ENTRIES / 4) * (double)r->n * (double)r->height / (travelled + 1);
    const size_t most = r->rows_max < r->n ? r->rows_max : r->n;
    return rows < 1 ? 1 : rows > (double)most ? most : (size_t)rows;
}

static void rows_fill(struct ring *r)
{
    r->rows = rows_for(r);
    r->entry_n = 0;
    memset(r->row, 0, r->rows * sizeof *r->row);
    for (uint32_t i = 0; i < r->all; i++) {
        if (!r->corner[i].gone) {
            edge_put(r, i, r->corner[i].after);
        }
    }
}

/* What a step would add to the ring: triangles, and the lines within that are no edges. */
struct added {
    struct point triangle[3][3];
    struct point line[2][2];
    size_t triangles, lines;
    uint32_t own[4]; /* corners that the step is about: the edges between them do not count */
    size_t own_n;
};

static bool is_own(const struct added *added, uint32_t corner)
{
    for (size_t i = 0; i < added->own_n; i++) {
        if (added->own[i] == corner) {
            return true;
        }
    }
    return false;
}

static bool edge_reaches(const struct ring *r, const struct added *added, uint32_t from,
                         uint32_t to)
{
    const struct point ends[] = {r->corner[from].at, r->corner[to].at};
    const bool own[] = {is_own(added, from), is_own(added, to)};
    if (own[0] && own[1]) {
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; !own[i] && k < added->triangles; k++) {
            if (in_triangle(added->triangle[k], ends[i])) {
                return true;
            }
        }
    }
    for (size_t k = 0; k < added->lines; k++) {
        if (meet(added->line[k][0], added->line[k][1], ends[0], ends[1])) {
            return true;
        }
    }
    return false;
}

/* Whether what would be added is free of the rest of the ring. */
static bool is_free(struct ring *r, const struct added *added)
{
    int64_t low = added->triangle[0][0].y, high = low;
    for (size_t i = 0; i < added->triangles * 3; i++) {
        const int64_t y = added->triangle[i / 3][i % 3].y;
        low = y < low ? y : low;
        high = y > high ? y : high;
    }
    for (size_t row = row_of(r, low); row <= row_of(r, high); row++) {
        for (uint32_t at = r->row[row]; at != 0; at = r->entry[at - 1].more) {
            const struct entry *edge = &r->entry[at - 1];
            const struct corner *from = &r->corner[edge->from];
            if (r->looks == 0) {
                return false;
            }
            r->looks--;
            if (!from->gone && from->after == edge->to &&
                edge_reaches(r, added, edge->from, edge->to)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- the two steps ---- */

static void join(struct ring *r, uint32_t from, uint32_t to)
{
    r->corner[from].after = to;
    r->corner[to].before = from;
}

/* The distance of the farthest corner of a list; more than the tolerance when it is not known. */
static double farthest(struct ring *r, uint32_t past, struct point a, struct point c)
{
    double far = 0;
    for (; past != 0 && far <= r->tolerance_m; past = r->corner[past - 1].more) {
        if (r->looks == 0) {
            return INFINITY;
        }
        r->looks--;
        far = fmax(far, metres(r->corner[past - 1].at, a, c));
    }
    return far;
}

static void past_join(struct ring *r, uint32_t from, uint32_t past, uint32_t end)
{
    struct corner *edge = &r->corner[from];
    if (past != 0) {
        *(edge->past != 0 ? &r->corner[edge->past_end - 1].more : &edge->past) = past;
        edge->past_end = end;
    }
}

/* A corner that points inwards, or lies on the way, is left out. */
static bool corner_drop(struct ring *r, uint32_t b)
{
    struct corner *before = &r->corner[r->corner[b].before], *here = &r->corner[b];
    const uint32_t a = here->before, c = here->after;
    const struct point pa = before->at, pb = here->at, pc = r->corner[c].at;
    const double base = fmax(before->base_m, here->base_m);
    double grown = base + metres(pb, pa, pc);
    if (turn(pa, pb, pc) > 0 || !(grown <= r->tolerance_m)) {
        return false;
    }
    grown = fmax(grown, base + farthest(r, before->past, pa, pc));
    grown = fmax(grown, base + farthest(r, here->past, pa, pc));
    const struct added added = {
        .triangle = {{pa, pb, pc}}, .triangles = 1, .own = {a, b, c}, .own_n = 3};
    if (!(grown <= r->tolerance_m) || !is_free(r, &added)) {
        return false;
    }
    here->gone = true;
    r->n--;
    past_join(r, a, b + 1, b + 1);
    past_join(r, a, here->past, here->past_end);
    before->base_m = base;
    before->grown_m = grown;
    join(r, a, c);
    edge_put(r, a, c);
    return true;
}

/* Where the edges a-b and d-c meet, gone on with, on the lattice and not within either. */
static bool meeting(const struct point q[4], struct point *out)
{
    const struct point u = minus(q[1], q[0]), w = minus(q[2], q[3]), far = minus(q[3], q[0]);
    const double cross = (double)(u.x * w.y - u.y * w.x);
    const double share = cross < 0 ? (double)(far.x * w.y - far.y * w.x) / cross : 0;
    if (!(share > 1 && share < 1e6)) {
        return false;
    }
    const double x = (double)q[0].x + (double)u.x * share, y = (double)q[0].y + (double)u.y * share;
    if (!(x > -MARGIN_E7 && x < WIDEST_E7 + MARGIN_E7 && fabs(y) < POLE_E7)) {
        return false;
    }
    const int64_t at_x = llround(x / LATTICE_E7), at_y = llround(y / LATTICE_E7);
    double nearest = INFINITY;
    for (int64_t i = -REACH; i <= REACH; i++) {
        for (int64_t k = -REACH; k <= REACH; k++) {
            const struct point p = {(at_x + i) * LATTICE_E7, (at_y + k) * LATTICE_E7};
            const double away = hypot((double)p.x - x, (double)p.y - y);
            if (away < nearest && turn(q[0], p, q[1]) >= 0 && turn(p, q[3], q[2]) >= 0 &&
                llabs(p.y) <= POLE_E7) {
                nearest = away;
                *out = p;
            }
        }
    }
    return nearest < INFINITY;
}

/* The outer edge from b is taken away: its neighbours go on until they meet. */
static bool edge_drop(struct ring *r, uint32_t b)
{
    const uint32_t a = r->corner[b].before, c = r->corner[b].after, d = r->corner[c].after;
    const struct point q[] = {r->corner[a].at, r->corner[b].at, r->corner[c].at, r->corner[d].at};
    struct point p = {0, 0};
    if (r->n <= CORNERS_MIN || r->all == r->room || turn(q[0], q[1], q[2]) <= 0 ||
        turn(q[1], q[2], q[3]) <= 0 || !meeting(q, &p)) {
        return false;
    }
    const double grown =
        fmax(fmax(r->corner[a].grown_m, r->corner[b].grown_m), r->corner[c].grown_m) +
        metres(p, q[1], q[2]);
    if (!(grown <= r->tolerance_m)) {
        return false;
    }
    const struct added added = {.triangle = {{q[0], q[1], p}, {q[1], q[2], p}, {q[2], q[3], p}},
                                .triangles = 3,
                                .line = {{q[1], p}, {p, q[2]}},
                                .lines = 2,
                                .own = {a, b, c, d},
                                .own_n = 4};
    if (!is_free(r, &added)) {
        return false;
    }
    const uint32_t made = (uint32_t)r->all++;
    r->corner[made] = (struct corner){.at = p, .base_m = grown, .grown_m = grown};
    r->corner[a].base_m = r->corner[a].grown_m = grown;
    r->corner[a].past = 0;
    r->corner[b].gone = r->corner[c].gone = true;
    r->n--;
    join(r, a, made);
    join(r, made, d);
    edge_put(r, a, made);
    edge_put(r, made, d);
    return true;
}

static uint32_t first_of(const struct ring *r)
{
    uint32_t first = 0;
    while (r->corner[first].gone) {
        first++;
    }
    return first;
}

static void steps(struct ring *r, bool edges)
{
    bool any = true;
    uint32_t at = first_of(r);
    for (int pass = 0; any && pass < PASSES; pass++) {
        any = false;
        for (size_t left = r->n; left > 0 && r->n >= CORNERS_MIN; left--) {
            const uint32_t before = r->corner[at].before;
            if (corner_drop(r, at) || (edges && edge_drop(r, at))) {
                any = true;
                at = before;
            }
            at = r->corner[at].after;
        }
    }
}

/* The small first: what they leave is even, and large ones then add less. Corners before edges,
 * since only edges add to what was added before. */
static void thin(struct ring *r, double tolerance_m)
{
    for (int edges = 0; edges <= 1; edges++) {
        for (int i = ROUNDS; i >= 0; i--) {
            r->tolerance_m = ldexp(edges ? tolerance_m : CORNERS_SHARE * tolerance_m, -i);
            steps(r, edges);
        }
    }
}

/* ---- a ring in and out ---- */

/* The corners one after the other, without those that are there twice in a row, and without the
 * tips of spikes: an edge there and back holds nothing. */
static void corners_clean(struct ring *r)
{
    uint32_t at = 0;
    for (size_t left = r->n; left > 0 && r->n >= CORNERS_MIN; left--) {
        const uint32_t before = r->corner[at].before, after = r->corner[at].after;
        const struct point a = r->corner[before].at, b = r->corner[at].at, c = r->corner[after].at;
        const struct point u = minus(b, a), v = minus(c, b);
        if (same(a, b) || (turn(a, b, c) == 0 && u.x * v.x + u.y * v.y < 0)) {
            r->corner[at].gone = true;
            join(r, before, after);
            r->n--;
            left = r->n + 1;
            at = before;
        } else {
            at = after;
        }
    }
}

/* Counter-clockwise, as the steps want it. 0: it has no area. */
static int way_round(const struct ring *r, uint32_t first)
{
    double area = 0;
    uint32_t at = first;
    do {
        const struct point p = r->corner[at].at, q = r->corner[r->corner[at].after].at;
        area += (double)p.x * (double)q.y - (double)p.y * (double)q.x;
        at = r->corner[at].after;
    } while (at != first);
    return (area > 0) - (area < 0);
}

static void turn_round(struct ring *r)
{
    for (size_t i = 0; i < r->all; i++) {
        const uint32_t after = r->corner[i].after;
        r->corner[i].after = r->corner[i].before;
        r->corner[i].before = after;
    }
}

static bool rows_make(struct ring *r, struct amp_arena *arena)
{
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < r->all; i++) {
        const int64_t y = r->corner[i].at.y;
        low = y < low ? y : low;
        high = y > high ? y : high;
    }
    r->low = low;
    r->height = high - low + 1;
    r->entry_room = ENTRIES * r->all;
    r->row = amp_arena_array(arena, r->all, sizeof *r->row);
    r->entry = amp_arena_array(arena, r->entry_room, sizeof *r->entry);
    if (r->row == NULL || r->entry == NULL) {
        return false;
    }
    rows_fill(r);
    return true;
}

/* No edge touches another but its neighbours. False, too, where that would take too long. */
static bool is_simple(struct ring *r)
{
    for (uint32_t i = 0; i < r->all; i++) {
        const struct corner *from = &r->corner[i];
        if (from->gone) {
            continue;
        }
        const struct point a = from->at, b = r->corner[from->after].at;
        const size_t last = row_of(r, a.y < b.y ? b.y : a.y);
        for (size_t row = row_of(r, a.y < b.y ? a.y : b.y); row <= last; row++) {
            for (uint32_t at = r->row[row]; at != 0; at = r->entry[at - 1].more) {
                const struct entry *other = &r->entry[at - 1];
                const bool apart = other->from != i && other->to != i && other->from != from->after;
                if (r->looks == 0 ||
                    (apart && meet(a, b, r->corner[other->from].at, r->corner[other->to].at))) {
                    return false;
                }
                r->looks--;
            }
        }
    }
    return true;
}

/* False: it is left as it is. */
static bool corners_take(const struct amp_cap_polygon *polygon, struct ring *r)
{
    const size_t n = polygon->n - 1;
    int64_t x = polygon->point[0].lon_e7, low = x, high = x;
    for (size_t i = 0; i < n; i++) {
        r->corner[i] = (struct corner){.at = {x, polygon->point[i].lat_e7},
                                       .before = (uint32_t)(i > 0 ? i - 1 : n - 1),
                                       .after = (uint32_t)(i + 1 < n ? i + 1 : 0)};
        x += amp_lon_delta_e7(polygon->point[i].lon_e7, polygon->point[i + 1].lon_e7);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    for (size_t i = 0; i < n; i++) {
        r->corner[i].at.x -= low; /* small numbers for the area */
    }
    r->all = r->n = n;
    return x == polygon->point[0].lon_e7 && high - low < WIDEST_E7;
}

static struct amp_pos pos_of(struct point at, int64_t low)
{
    int64_t lon = at.x + low;
    lon = lon > TURN_E7 ? lon - INT64_C(2) * TURN_E7 : lon;
    lon = lon < -(int64_t)TURN_E7 ? lon + INT64_C(2) * TURN_E7 : lon;
    return (struct amp_pos){(int32_t)at.y, (int32_t)lon};
}

static amp_err corners_give(const struct ring *r, uint32_t first, int64_t low,
                            struct amp_arena *arena, struct amp_cap_polygon *out)
{
    struct amp_pos *point = amp_arena_array(arena, r->n + 1, sizeof *point);
    if (point == NULL) {
        return AMP_E_NOMEM;
    }
    uint32_t at = first;
    for (size_t i = 0; i < r->n; i++) {
        point[i] = pos_of(r->corner[at].at, low);
        at = r->corner[at].after;
    }
    point[r->n] = point[0];
    *out = (struct amp_cap_polygon){point, r->n + 1};
    return AMP_OK;
}

amp_err amp_cap_ring_thin(const struct amp_cap_polygon *polygon, double tolerance_m, bool slow,
                          struct amp_arena *arena, struct amp_cap_polygon *out)
{
    *out = *polygon;
    if (polygon->n <= CORNERS_MIN) {
        return AMP_OK;
    }
    struct amp_arena scratch = amp_arena_make(SCRATCH);
    struct ring r = {.room = 2 * polygon->n,
                     .rows_max = slow ? 1 : SIZE_MAX,
                     .looks = slow ? SIZE_MAX : LOOKS * polygon->n};
    r.corner = amp_arena_array(&scratch, r.room, sizeof *r.corner);
    amp_err err = r.corner != NULL ? AMP_OK : AMP_E_NOMEM;
    if (err == AMP_OK && corners_take(polygon, &r)) {
        const int64_t low = polygon->point[0].lon_e7 - r.corner[0].at.x;
        corners_clean(&r);
        const int way = way_round(&r, first_of(&r));
        if (way < 0) {
            turn_round(&r);
        }
        if (way != 0 && r.n >= CORNERS_MIN && rows_make(&r, &scratch) && is_simple(&r)) {
            thin(&r, tolerance_m);
            err = corners_give(&r, first_of(&r), low, arena, out);
        }
        err = err ? err : amp_arena_failed(&scratch) ? AMP_E_NOMEM : AMP_OK;
    }
    amp_arena_drop(&scratch);
    return err;
}

/* ---- an alert ---- */

static amp_err area_thin(struct amp_cap_area *area, unsigned by_m, struct amp_arena *arena,
                         bool *thinner)
{
    struct amp_cap_polygon *ring = amp_arena_array(arena, area->polygons.n + 1, sizeof *ring);
    amp_err err = ring != NULL ? AMP_OK : AMP_E_NOMEM;
    for (size_t i = 0; err == AMP_OK && i < area->polygons.n; i++) {
        const struct amp_cap_polygon *was = &area->polygons.item[i];
        err = amp_cap_ring_thin(was, by_m, false, arena, &ring[i]);
        *thinner = *thinner || ring[i].n < was->n;
    }
    area->polygons.item = ring;
    return err;
}

/* NULL: it is not there. */
static const struct amp_cap_pair *tolerance_find(const struct amp_cap_info *info, uint64_t *out_m)
{
    for (size_t i = 0; i < info->parameters.n; i++) {
        const struct amp_cap_pair *pair = &info->parameters.item[i];
        if (amp_str_is(pair->name, AMP_CAP_TOLERANCE) &&
            amp_str_u64(pair->value, out_m) == AMP_OK && *out_m <= TOLERANCE_MOST_M) {
            return pair;
        }
    }
    *out_m = 0;
    return NULL;
}

uint32_t amp_cap_tolerance(const struct amp_cap_info *info)
{
    uint64_t is_m = 0;
    (void)tolerance_find(info, &is_m);
    return (uint32_t)is_m;
}

/* What the parameter says already, of an alert that was thinned before, is added to. */
static amp_err tolerance_say(struct amp_cap_info *info, unsigned by_m, struct amp_arena *arena)
{
    const size_t n = info->parameters.n;
    struct amp_cap_pair *pair = amp_arena_array(arena, n + 1, sizeof *pair);
    uint64_t before_m = 0;
    const struct amp_cap_pair *before = tolerance_find(info, &before_m);
    const size_t at = before != NULL ? (size_t)(before - info->parameters.item) : n;
    if (pair == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        pair[i] = info->parameters.item[i];
    }
    pair[at] = (struct amp_cap_pair){AMP_STR(AMP_CAP_TOLERANCE),
                                     amp_arena_printf(arena, "%" PRIu64, before_m + by_m)};
    info->parameters = (struct amp_cap_pairs){pair, at < n ? n : n + 1};
    return AMP_OK;
}

static amp_err info_thin(struct amp_cap_info *info, unsigned by_m, struct amp_arena *arena)
{
    struct amp_cap_area *area = amp_arena_array(arena, info->area_n + 1, sizeof *area);
    bool thinner = false;
    amp_err err = area != NULL ? AMP_OK : AMP_E_NOMEM;
    for (size_t i = 0; err == AMP_OK && i < info->area_n; i++) {
        area[i] = info->area[i];
        err = area_thin(&area[i], by_m, arena, &thinner);
    }
    info->area = area;
    return err == AMP_OK && thinner ? tolerance_say(info, by_m, arena) : err;
}

amp_err amp_cap_thin(const struct amp_cap *cap, unsigned by_m, struct amp_arena *arena,
                     struct amp_cap *out)
{
    struct amp_cap_info *info = amp_arena_array(arena, cap->info_n + 1, sizeof *info);
    amp_err err = info != NULL ? AMP_OK : AMP_E_NOMEM;
    for (size_t i = 0; err == AMP_OK && i < cap->info_n; i++) {
        info[i] = cap->info[i];
        err = info_thin(&info[i], by_m, arena);
    }
    *out = *cap;
    out->info = info;
    return err != AMP_OK ? err : amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}
