/* Asking areas: the leaf of a position, and the edges between its corner and the position. */
#include "map/areas_form.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide; /* products of two distances around the earth */

/* The position is taken a little to the north-east of itself, and much less so to the north: then
 * no corner of a ring is ever in line with it. */
bool amp_area_edge_east(const struct amp_area_edge *edge, struct amp_area_point p)
{
    bool upwards = edge->y1 <= p.y;
    if (upwards == (edge->y2 <= p.y)) {
        return false;
    }
    const int64_t x1 = upwards ? edge->x1 : edge->x2;
    const int64_t y1 = upwards ? edge->y1 : edge->y2;
    const int64_t x2 = upwards ? edge->x2 : edge->x1;
    const int64_t y2 = upwards ? edge->y2 : edge->y1;
    return (wide)(x2 - x1) * (p.y - y1) > (wide)(p.x - x1) * (y2 - y1);
}

bool amp_area_edge_above(const struct amp_area_edge *edge, struct amp_area_point p)
{
    bool eastwards = edge->x1 <= p.x;
    if (eastwards == (edge->x2 <= p.x)) {
        return false;
    }
    const int64_t x1 = eastwards ? edge->x1 : edge->x2;
    const int64_t y1 = eastwards ? edge->y1 : edge->y2;
    const int64_t x2 = eastwards ? edge->x2 : edge->x1;
    const int64_t y2 = eastwards ? edge->y2 : edge->y1;
    wide there = (wide)(y2 - y1) * (p.x - x1);
    wide here = (wide)(p.y - y1) * (x2 - x1);
    return there > here || (there == here && y2 > y1);
}

bool amp_area_way_odd(const struct amp_area_edge *edge, const uint32_t *item, size_t n,
                      struct amp_area_point from, struct amp_area_point to)
{
    struct amp_area_point turn = {from.x, to.y};
    bool odd = false;
    for (size_t i = 0; i < n; i++) {
        const struct amp_area_edge *e = &edge[item[i]];
        bool up = amp_area_edge_above(e, from) != amp_area_edge_above(e, turn);
        bool along = amp_area_edge_east(e, turn) != amp_area_edge_east(e, to);
        odd ^= up != along;
    }
    return odd;
}

/* The lower 22 bits spread to every second one. */
static uint64_t spread(uint64_t v)
{
    v = (v | v << 16) & UINT64_C(0x0000FFFF0000FFFF);
    v = (v | v << 8) & UINT64_C(0x00FF00FF00FF00FF);
    v = (v | v << 4) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    v = (v | v << 2) & UINT64_C(0x3333333333333333);
    return (v | v << 1) & UINT64_C(0x5555555555555555);
}

uint64_t amp_area_code(struct amp_area_point p)
{
    return spread((uint64_t)p.x >> AMP_AREAS_UNIT_BITS) |
           spread((uint64_t)p.y >> AMP_AREAS_UNIT_BITS) << 1;
}

static struct amp_area_point point_of(struct amp_pos pos)
{
    int64_t x = (int64_t)pos.lon_e7 + 1800000000;
    int64_t y = (int64_t)pos.lat_e7 + 900000000;
    int64_t top = AMP_AREAS_TURN / 2 - 1; /* nothing lies north of the pole */
    return (struct amp_area_point){x >= AMP_AREAS_TURN ? x - AMP_AREAS_TURN : x, y < top ? y : top};
}

static const struct amp_area_leaf *leaf_find(const struct amp_areas *areas, struct amp_area_point p)
{
    uint64_t code = amp_area_code(p);
    const struct amp_area_leaf *leaf = areas->leaf;
    size_t n = areas->leaf_n;
    while (n > 1) {
        size_t half = n / 2;
        leaf = leaf[half].code <= code ? leaf + half : leaf;
        n -= half;
    }
    if (n == 0 || leaf->code > code) {
        return NULL;
    }
    uint64_t cells = UINT64_C(1) << 2 * (AMP_AREAS_LEVELS - leaf->level);
    return code - leaf->code < cells ? leaf : NULL;
}

static struct amp_area_point corner_of(const struct amp_area_leaf *leaf, struct amp_area_point p)
{
    int64_t size = INT64_C(1) << (AMP_AREAS_LEVELS - leaf->level + AMP_AREAS_UNIT_BITS);
    return (struct amp_area_point){p.x & ~(size - 1), p.y & ~(size - 1)};
}

/* Toggle an area in the answer: a ring and its hole may lie in different turns of the earth. */
static size_t answer_toggle(uint32_t *out, size_t n, uint32_t area)
{
    for (size_t i = 0; i < n; i++) {
        if (out[i] == area) {
            memmove(out + i, out + i + 1, (n - i - 1) * sizeof(*out));
            return n - 1;
        }
    }
    if (n == AMP_AREAS_AT_MAX) {
        return n;
    }
    size_t at = n;
    for (; at > 0 && out[at - 1] > area; at--) {
        out[at] = out[at - 1];
    }
    out[at] = area;
    return n + 1;
}

static size_t point_at(const struct amp_areas *areas, struct amp_area_point p, uint32_t *out,
                       size_t n)
{
    const struct amp_area_leaf *leaf = leaf_find(areas, p);
    if (leaf == NULL) {
        return n;
    }
    for (uint32_t i = 0; i < leaf->whole_n; i++) {
        n = answer_toggle(out, n, areas->whole[leaf->whole_first + i]);
    }
    struct amp_area_point corner = corner_of(leaf, p);
    for (uint32_t i = 0; i < leaf->cross_n; i++) {
        const struct amp_area_cross *cross = &areas->cross[leaf->cross_first + i];
        bool odd = amp_area_way_odd(areas->edge, areas->item + cross->edge_first, cross->edge_n,
                                    corner, p);
        if (odd != (cross->corner != 0)) {
            n = answer_toggle(out, n, cross->area);
        }
    }
    return n;
}

size_t amp_areas_at(const struct amp_areas *areas, struct amp_pos pos,
                    uint32_t out[AMP_AREAS_AT_MAX])
{
    struct amp_area_point p = point_of(pos);
    size_t n = point_at(areas, p, out, 0);
    if (areas->head[1] != 0) {
        p.x += AMP_AREAS_TURN;
        n = point_at(areas, p, out, n);
    }
    return n;
}

bool amp_areas_holds(const struct amp_areas *areas, uint32_t area, struct amp_pos pos)
{
    uint32_t at[AMP_AREAS_AT_MAX];
    size_t n = amp_areas_at(areas, pos, at);
    for (size_t i = 0; i < n; i++) {
        if (at[i] == area) {
            return true;
        }
    }
    return false;
}

size_t amp_areas_at_slow(const struct amp_areas *areas, struct amp_pos pos,
                         uint32_t out[AMP_AREAS_AT_MAX])
{
    struct amp_area_point p = point_of(pos);
    struct amp_area_point beyond = {p.x + AMP_AREAS_TURN, p.y};
    size_t n = 0;
    bool odd = false;
    for (size_t i = 0; i < areas->edge_n; i++) {
        const struct amp_area_edge *e = &areas->edge[i];
        odd ^= amp_area_edge_east(e, p) != amp_area_edge_east(e, beyond);
        if (i + 1 == areas->edge_n || e[1].area != e->area) {
            if (odd && n < AMP_AREAS_AT_MAX) {
                out[n++] = e->area;
            }
            odd = false;
        }
    }
    return n;
}

/* The first edge of an area: they are ordered by area. */
static size_t edge_first(const struct amp_areas *areas, uint32_t area)
{
    size_t lo = 0;
    for (size_t hi = areas->edge_n; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (areas->edge[mid].area < area) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

bool amp_areas_bounded(const struct amp_areas *areas, uint32_t area)
{
    size_t at = edge_first(areas, area);
    return at < areas->edge_n && areas->edge[at].area == area;
}

static struct amp_pos pos_of(int64_t x, int64_t y)
{
    return (struct amp_pos){.lat_e7 = (int32_t)(y - 900000000),
                            .lon_e7 = (int32_t)((x % AMP_AREAS_TURN) - 1800000000)};
}

/* Edges of a ring follow each other; where one does not begin where the last ended is another. */
static bool ring_goes_on(const struct amp_areas *areas, size_t edge)
{
    const struct amp_area_edge *e = areas->edge;
    return edge + 1 < areas->edge_n && e[edge + 1].area == e[edge].area &&
           e[edge + 1].x1 == e[edge].x2 && e[edge + 1].y1 == e[edge].y2;
}

static bool ring_draw(const struct amp_areas *areas, size_t first, size_t n, size_t most,
                      struct amp_arena *arena, struct amp_ring *out)
{
    const size_t step = n / most + 1;
    struct amp_pos *point = amp_arena_array(arena, n / step + 2, sizeof *point);
    size_t count = 0;
    for (size_t i = 0; point != NULL && i < n; i += step) {
        point[count++] = pos_of(areas->edge[first + i].x1, areas->edge[first + i].y1);
    }
    if (point != NULL) {
        point[count++] = point[0];
    }
    *out = (struct amp_ring){point, count};
    return point != NULL;
}

size_t amp_areas_rings(const struct amp_areas *areas, uint32_t area, size_t most,
                       struct amp_arena *arena, struct amp_ring **out)
{
    const size_t first = edge_first(areas, area);
    size_t rings = 0, n = 0;
    assert(most >= 3);
    for (size_t at = first; at < areas->edge_n && areas->edge[at].area == area; at++) {
        rings += !ring_goes_on(areas, at);
    }
    struct amp_ring *ring = rings > 0 ? amp_arena_array(arena, rings, sizeof *ring) : NULL;
    for (size_t at = first; ring != NULL && n < rings; n++) {
        size_t end = at;
        while (ring_goes_on(areas, end)) {
            end++;
        }
        if (!ring_draw(areas, at, end + 1 - at, most, arena, &ring[n])) {
            return 0;
        }
        at = end + 1;
    }
    *out = ring;
    return n;
}

size_t amp_areas_count(const struct amp_areas *areas)
{
    return areas->head[0];
}

void amp_areas_destroy(struct amp_areas *areas)
{
    if (areas != NULL) {
        for (size_t i = 0; i < sizeof(areas->own) / sizeof(areas->own[0]); i++) {
            amp_buf_free(&areas->own[i]);
        }
        free(areas);
    }
}

amp_err amp_areas_write(const struct amp_areas *areas, struct amp_amap_writer *writer,
                        struct amp_why *why)
{
    amp_err err = AMP_OK;
#define X(section, field, size, own)                                                               \
    err = err ? err : amp_amap_put(writer, section, areas->field, size, areas->field##_n, why);
    AMP_AREAS_SECTIONS(X)
#undef X
    return err;
}

static bool range_good(uint32_t first, uint32_t n, size_t limit)
{
    return first <= limit && n <= limit - first;
}

static bool leaves_good(const struct amp_areas *a)
{
    uint64_t end = 0;
    for (size_t i = 0; i < a->leaf_n; i++) {
        const struct amp_area_leaf *leaf = &a->leaf[i];
        if (leaf->level > AMP_AREAS_LEVELS ||
            !range_good(leaf->whole_first, leaf->whole_n, a->whole_n) ||
            !range_good(leaf->cross_first, leaf->cross_n, a->cross_n)) {
            return false;
        }
        uint64_t cells = UINT64_C(1) << 2 * (AMP_AREAS_LEVELS - leaf->level);
        if (leaf->code < end || leaf->code >= UINT64_C(1) << 2 * AMP_AREAS_LEVELS ||
            (leaf->code & (cells - 1)) != 0) {
            return false;
        }
        end = leaf->code + cells;
    }
    return true;
}

static bool lists_good(const struct amp_areas *a)
{
    for (size_t i = 0; i < a->whole_n; i++) {
        if (a->whole[i] >= a->head[0]) {
            return false;
        }
    }
    for (size_t i = 0; i < a->cross_n; i++) {
        const struct amp_area_cross *cross = &a->cross[i];
        if (cross->area >= a->head[0] || !range_good(cross->edge_first, cross->edge_n, a->item_n)) {
            return false;
        }
    }
    for (size_t i = 0; i < a->item_n; i++) {
        if (a->item[i] >= a->edge_n) {
            return false;
        }
    }
    for (size_t i = 0; i < a->edge_n; i++) {
        const struct amp_area_edge *e = &a->edge[i];
        bool x_good =
            e->x1 >= 0 && e->x1 <= 2 * AMP_AREAS_TURN && e->x2 >= 0 && e->x2 <= 2 * AMP_AREAS_TURN;
        bool y_good =
            e->y1 >= 0 && e->y1 <= AMP_AREAS_TURN / 2 && e->y2 >= 0 && e->y2 <= AMP_AREAS_TURN / 2;
        if (!x_good || !y_good || e->area >= a->head[0] || (i > 0 && e->area < e[-1].area)) {
            return false;
        }
    }
    return true;
}

amp_err amp_areas_open(const struct amp_amap *amap, struct amp_areas **out, struct amp_why *why)
{
    enum {
        HEAD = 2
    };
    struct amp_areas *areas = calloc(1, sizeof(*areas));
    const void *data = NULL;
    amp_err err = areas == NULL ? AMP_E_NOMEM : AMP_OK;
#define X(section, field, size, own)                                                               \
    err = err ? err : amp_amap_section(amap, section, size, &data, &areas->field##_n, why);        \
    if (!err) {                                                                                    \
        areas->field = data;                                                                       \
    }
    AMP_AREAS_SECTIONS(X)
#undef X
    if (!err && (areas->head_n != HEAD || areas->head[0] > AMP_AREAS_MAX || !leaves_good(areas) ||
                 !lists_good(areas))) {
        err = amp_fail(why, AMP_E_CORRUPT,
                       "the areas of the map point outside it: build the map again");
    }
    if (err) {
        amp_areas_destroy(areas);
        return err;
    }
    *out = areas;
    return AMP_OK;
}
