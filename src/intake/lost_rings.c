/* Rings of a map's area, in any order, as the polygons with holes of GML. */
#include "intake/lost_table_in.h"

__extension__ typedef __int128 wide; /* products of two distances around the earth */

enum {
    HALF_TURN_E7 = 1800000000
};

struct box {
    int32_t south, west, north, east;
};

struct nesting {
    const struct amp_lost_rings *rings;
    struct box *box;
    uint32_t *depth; /* how many rings hold this one */
};

/* ---- tidy ---- */

static bool same_place(struct amp_pos a, struct amp_pos b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

/* The 180th meridian has two longitudes: the one of the side on which the rest lies. */
static void meridian_choose(struct amp_pos *corner, size_t n)
{
    int32_t side = 0;
    for (size_t i = 0; i < n && side == 0; i++) {
        int32_t lon = corner[i].lon_e7;
        side = lon == HALF_TURN_E7 || lon == -HALF_TURN_E7 ? 0 : lon < 0 ? -1 : 1;
    }
    for (size_t i = 0; i < n && side != 0; i++) {
        if (corner[i].lon_e7 == HALF_TURN_E7 || corner[i].lon_e7 == -HALF_TURN_E7) {
            corner[i].lon_e7 = side * HALF_TURN_E7;
        }
    }
}

/* An edge goes the shorter way around the earth: one that is longer than half of it crosses. */
static bool on_the_plane(const struct amp_pos *corner, size_t n)
{
    for (size_t i = 0, j = n - 1; i < n; j = i++) {
        int64_t step = (int64_t)corner[i].lon_e7 - corner[j].lon_e7;
        if (step > HALF_TURN_E7 || step < -HALF_TURN_E7) {
            return false;
        }
    }
    return true;
}

static void ring_add(struct amp_lost_rings *out, struct amp_pos *corner, size_t n)
{
    if (n < 3) {
        return; /* it holds nothing */
    }
    meridian_choose(corner, n);
    out->whole = out->whole && on_the_plane(corner, n);
    out->item[out->n++] = (struct amp_lost_ring){corner, n};
    out->corners += n;
}

bool amp_lost_rings_tidy(const struct amp_lost_ring *ring, size_t n, struct amp_arena *arena,
                         struct amp_lost_rings *out)
{
    size_t corners = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        corners += ring[i].n;
    }
    struct amp_pos *copy = amp_arena_array(arena, corners + 1, sizeof *copy);
    *out = (struct amp_lost_rings){.whole = true};
    out->item = amp_arena_array(arena, corners / 3 + 1, sizeof *out->item);
    if (copy == NULL || out->item == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t first = at;
        for (size_t k = 0; k < ring[i].n; k++) {
            if (at > first && same_place(ring[i].corner[k], copy[first])) {
                ring_add(out, copy + first, at - first);
                first = at;
                if (k + 1 == ring[i].n) {
                    break;
                }
            }
            copy[at++] = ring[i].corner[k];
        }
        ring_add(out, copy + first, at - first);
    }
    return true;
}

/* ---- what lies in what ---- */

static struct box box_of(const struct amp_lost_ring *ring)
{
    struct box box = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    for (size_t i = 0; i < ring->n; i++) {
        struct amp_pos at = ring->corner[i];
        box.south = at.lat_e7 < box.south ? at.lat_e7 : box.south;
        box.north = at.lat_e7 > box.north ? at.lat_e7 : box.north;
        box.west = at.lon_e7 < box.west ? at.lon_e7 : box.west;
        box.east = at.lon_e7 > box.east ? at.lon_e7 : box.east;
    }
    return box;
}

/* Ray casting from the middle of the inner one's first edge: rings may share corners, not edges.
 * All in half units, so that the middle is a whole number. */
static bool ring_in(const struct nesting *nest, size_t inner, size_t outer)
{
    const struct box *a = &nest->box[inner], *b = &nest->box[outer];
    if (inner == outer || a->south < b->south || a->north > b->north || a->west < b->west ||
        a->east > b->east) {
        return false;
    }
    const struct amp_pos *from = nest->rings->item[inner].corner;
    const struct amp_lost_ring *ring = &nest->rings->item[outer];
    const int64_t y = (int64_t)from[0].lat_e7 + from[1].lat_e7;
    const int64_t x = (int64_t)from[0].lon_e7 + from[1].lon_e7;
    bool in = false;
    for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
        const int64_t y1 = 2 * (int64_t)ring->corner[j].lat_e7;
        const int64_t y2 = 2 * (int64_t)ring->corner[i].lat_e7;
        const int64_t x1 = 2 * (int64_t)ring->corner[j].lon_e7;
        const int64_t x2 = 2 * (int64_t)ring->corner[i].lon_e7;
        if ((y1 > y) != (y2 > y)) {
            wide there = (wide)(x - x1) * (y2 - y1), edge = (wide)(x2 - x1) * (y - y1);
            in ^= y2 > y1 ? there < edge : there > edge;
        }
    }
    return in;
}

static bool nesting_make(const struct amp_lost_rings *rings, struct amp_arena *arena,
                         struct nesting *out)
{
    *out = (struct nesting){.rings = rings};
    out->box = amp_arena_array(arena, rings->n + 1, sizeof *out->box);
    out->depth = amp_arena_array(arena, rings->n + 1, sizeof *out->depth);
    if (out->box == NULL || out->depth == NULL) {
        return false;
    }
    for (size_t i = 0; i < rings->n; i++) {
        out->box[i] = box_of(&rings->item[i]);
    }
    for (size_t i = 0; i < rings->n; i++) {
        for (size_t k = 0; k < rings->n; k++) {
            out->depth[i] += ring_in(out, i, k);
        }
    }
    return true;
}

/* ---- writing ---- */

/* Twice the signed size, positive if counter-clockwise: only its sign counts. */
static double turn_of(const struct amp_lost_ring *ring)
{
    const struct amp_pos o = ring->corner[0];
    double sum = 0;
    for (size_t i = 0, j = ring->n - 1; i < ring->n; j = i++) {
        struct amp_pos a = ring->corner[j], b = ring->corner[i];
        sum += ((double)a.lon_e7 - o.lon_e7) * ((double)b.lat_e7 - o.lat_e7) -
               ((double)b.lon_e7 - o.lon_e7) * ((double)a.lat_e7 - o.lat_e7);
    }
    return sum;
}

static void ring_put(const struct amp_lost_ring *ring, bool hole, struct amp_buf *out)
{
    const char *side = hole ? "interior" : "exterior";
    const bool back = (turn_of(ring) < 0) != hole;
    amp_buf_printf(out, "<gml:%s><gml:LinearRing>", side);
    for (size_t i = 0; i <= ring->n; i++) {
        const struct amp_pos at = ring->corner[(back ? ring->n - i : i) % ring->n];
        amp_buf_printf(out, "<gml:pos>%.7f %.7f</gml:pos>", amp_lat_deg(at), amp_lon_deg(at));
    }
    amp_buf_printf(out, "</gml:LinearRing></gml:%s>", side);
}

bool amp_lost_rings_put(const struct amp_lost_rings *rings, struct amp_arena *arena,
                        struct amp_buf *out)
{
    struct nesting nest;
    if (!nesting_make(rings, arena, &nest)) {
        return false;
    }
    for (size_t i = 0; i < rings->n; i++) {
        if (nest.depth[i] % 2 != 0) {
            continue;
        }
        amp_buf_text(out, "<gml:Polygon srsName=\"urn:ogc:def:crs:EPSG::4326\">");
        ring_put(&rings->item[i], false, out);
        for (size_t k = 0; k < rings->n; k++) {
            if (nest.depth[k] == nest.depth[i] + 1 && ring_in(&nest, k, i)) {
                ring_put(&rings->item[k], true, out);
            }
        }
        amp_buf_text(out, "</gml:Polygon>");
    }
    return true;
}
