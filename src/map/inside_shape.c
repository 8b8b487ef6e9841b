/* The shape of inside.h: rings and circles as one area, its size, and what it touches. */
#include "map/inside.h"
#include <math.h>

enum {
    CIRCLE_POINTS = 72,
    RINGS_ARENA = 1 << 28 /* of one area, while it is looked at */
};

static const double pi = 3.14159265358979323846;
static const double earth_m = 6371008.8;

static double radians(double degrees)
{
    return degrees * (pi / 180);
}

/* The point so far away on the great circle of that bearing. */
static struct amp_pos point_away(struct amp_pos from, double m, double bearing)
{
    double lat = radians(amp_lat_deg(from)), lon = radians(amp_lon_deg(from));
    double arc = m / earth_m;
    double sine = sin(lat) * cos(arc) + cos(lat) * sin(arc) * cos(bearing);
    sine = fmin(1, fmax(-1, sine));
    double to_lon = lon + atan2(sin(bearing) * sin(arc) * cos(lat), cos(arc) - sin(lat) * sine);
    double lat_deg = asin(sine) * (180 / pi);
    double lon_deg = remainder(to_lon * (180 / pi), 360);
    struct amp_pos out = from;
    return amp_pos_of_degrees(lat_deg, lon_deg, &out) == AMP_OK ? out : from;
}

/* Chamberlain and Duquette, Some algorithms for polygons on a sphere (JPL 2007), equation 4. */
static double ring_km2(const struct amp_inside_ring *ring)
{
    double sum = 0;
    for (size_t i = 0; i < ring->n; i++) {
        struct amp_pos a = ring->point[i], b = ring->point[(i + 1) % ring->n];
        double turn = radians(amp_lon_delta_e7(a.lon_e7, b.lon_e7) / 1e7);
        sum += turn * (2 + sin(radians(amp_lat_deg(a))) + sin(radians(amp_lat_deg(b))));
    }
    return fabs(sum) * earth_m * earth_m / 2 / 1e6;
}

/* Longitudes are counted on from the first point, the short way. */
static struct amp_box ring_box(const struct amp_inside_ring *ring)
{
    int32_t first = ring->point[0].lon_e7;
    int64_t at = 0, west = 0, east = 0;
    struct amp_box box = {ring->point[0].lat_e7, first, ring->point[0].lat_e7, first};
    for (size_t i = 1; i < ring->n; i++) {
        at += amp_lon_delta_e7(ring->point[i - 1].lon_e7, ring->point[i].lon_e7);
        west = at < west ? at : west;
        east = at > east ? at : east;
        int32_t lat = ring->point[i].lat_e7;
        box.south_e7 = lat < box.south_e7 ? lat : box.south_e7;
        box.north_e7 = lat > box.north_e7 ? lat : box.north_e7;
    }
    if (east - west >= INT64_C(3600000000)) { /* round a pole */
        box.west_e7 = -1800000000;
        box.east_e7 = 1799999999;
        return box;
    }
    for (; first + west < -INT64_C(1800000000); west += INT64_C(3600000000)) {}
    for (; first + east > INT64_C(1799999999); east -= INT64_C(3600000000)) {}
    box.west_e7 = (int32_t)(first + west);
    box.east_e7 = (int32_t)(first + east);
    return box;
}

static amp_err circle_ring(const struct amp_inside_circle *circle, struct amp_arena *arena,
                           struct amp_inside_ring *out)
{
    struct amp_pos *point = amp_arena_array(arena, CIRCLE_POINTS, sizeof *point);
    if (point == NULL) {
        return AMP_E_NOMEM;
    }
    for (int i = 0; i < CIRCLE_POINTS; i++) {
        point[i] = point_away(circle->at, circle->radius_m, 2 * pi * i / CIRCLE_POINTS);
    }
    *out = (struct amp_inside_ring){point, CIRCLE_POINTS};
    return AMP_OK;
}

static amp_err limits_check(const struct amp_inside_ring *ring, size_t ring_n,
                            const struct amp_inside_circle *circle, size_t circle_n,
                            struct amp_why *why)
{
    size_t points = 0;
    for (size_t i = 0; i < ring_n; i++) {
        points += ring[i].n;
        if (ring[i].n < 3) {
            return amp_fail(why, AMP_E_RANGE, "a polygon has fewer than three points");
        }
    }
    for (size_t i = 0; i < circle_n; i++) {
        if (!(circle[i].radius_m > 0) || circle[i].radius_m > AMP_INSIDE_RADIUS_M) {
            return amp_fail(why, AMP_E_RANGE, "a circle has a radius of 0 to %d km",
                            AMP_INSIDE_RADIUS_M / 1000);
        }
    }
    return points > AMP_INSIDE_POINTS || ring_n + circle_n > AMP_INSIDE_SHAPES
               ? amp_fail(why, AMP_E_LIMIT, "the area has too many parts")
               : AMP_OK;
}

static amp_err areas_make(struct amp_inside_shape *shape, struct amp_why *why)
{
    struct amp_areas_draft *draft = NULL;
    amp_err err = amp_areas_draft_create(&draft);
    for (size_t i = 0; err == AMP_OK && i < shape->n; i++) {
        err = amp_areas_draft_area(draft);
        err = err ? err : amp_areas_draft_ring(draft, shape->ring[i].point, shape->ring[i].n);
    }
    err = err ? err : amp_areas_create(draft, &shape->areas);
    amp_areas_draft_destroy(draft);
    return err == AMP_E_RANGE ? amp_fail(why, err, "a polygon holds nothing") : err;
}

amp_err amp_inside_shape_make(const struct amp_inside_ring *ring, size_t ring_n,
                              const struct amp_inside_circle *circle, size_t circle_n,
                              struct amp_arena *arena, struct amp_inside_shape *out,
                              struct amp_why *why)
{
    struct amp_inside_shape shape = {.n = ring_n + circle_n};
    amp_err err = limits_check(ring, ring_n, circle, circle_n, why);
    if (err != AMP_OK) {
        return err;
    }
    shape.ring = amp_arena_array(arena, shape.n + 1, sizeof *shape.ring);
    shape.box = amp_arena_array(arena, shape.n + 1, sizeof *shape.box);
    err = shape.ring == NULL || shape.box == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; err == AMP_OK && i < shape.n; i++) {
        if (i < ring_n) {
            shape.ring[i] = ring[i];
            shape.km2 += ring_km2(&ring[i]);
        } else { /* of the circle itself, not of its corners: a cap of the sphere */
            err = circle_ring(&circle[i - ring_n], arena, &shape.ring[i]);
            shape.km2 +=
                2 * pi * earth_m * earth_m / 1e6 * (1 - cos(circle[i - ring_n].radius_m / earth_m));
        }
        shape.box[i] = err == AMP_OK ? ring_box(&shape.ring[i]) : (struct amp_box){0};
    }
    err = err ? err : areas_make(&shape, why);
    if (err == AMP_OK) {
        *out = shape;
    }
    return err;
}

void amp_inside_shape_finish(struct amp_inside_shape *shape)
{
    amp_areas_destroy(shape->areas);
    *shape = (struct amp_inside_shape){0};
}

bool amp_inside_shape_holds(const struct amp_inside_shape *shape, struct amp_pos pos)
{
    uint32_t at[AMP_AREAS_AT_MAX];
    return amp_areas_at(shape->areas, pos, at) > 0;
}

static bool boxes_meet(const struct amp_box *a, const struct amp_box *b)
{
    if (a->south_e7 > b->north_e7 || b->south_e7 > a->north_e7) {
        return false;
    }
    uint32_t a_width = (uint32_t)a->east_e7 - (uint32_t)a->west_e7;
    uint32_t b_width = (uint32_t)b->east_e7 - (uint32_t)b->west_e7;
    int64_t gap = amp_lon_delta_e7(a->west_e7, b->west_e7); /* from a's west to b's */
    gap = gap < 0 ? gap + INT64_C(3600000000) : gap;
    a_width = a->east_e7 < a->west_e7 ? a_width + UINT32_C(3600000000) : a_width;
    b_width = b->east_e7 < b->west_e7 ? b_width + UINT32_C(3600000000) : b_width;
    return gap <= (int64_t)a_width || INT64_C(3600000000) - gap <= (int64_t)b_width;
}

/* Which side of a-b the point lies on, in the plane of latitude and longitude around a. */
static int side_of(struct amp_pos a, struct amp_pos b, struct amp_pos p)
{
    int64_t bx = amp_lon_delta_e7(a.lon_e7, b.lon_e7), by = (int64_t)b.lat_e7 - a.lat_e7;
    int64_t px = amp_lon_delta_e7(a.lon_e7, p.lon_e7), py = (int64_t)p.lat_e7 - a.lat_e7;
    int64_t one = bx * py, two = by * px; /* below 2^62 each */
    return one > two ? 1 : one < two ? -1 : 0;
}

static bool edges_cross(const struct amp_pos a[2], const struct amp_pos b[2])
{
    return side_of(a[0], a[1], b[0]) * side_of(a[0], a[1], b[1]) <= 0 &&
           side_of(b[0], b[1], a[0]) * side_of(b[0], b[1], a[1]) <= 0;
}

static bool rings_cross(const struct amp_inside_ring *a, const struct amp_box *a_box,
                        const struct amp_inside_ring *b, size_t *looks)
{
    for (size_t k = 0; k < b->n; k++) {
        struct amp_pos end[2] = {b->point[k], b->point[(k + 1) % b->n]};
        const struct amp_box box = ring_box(&(struct amp_inside_ring){end, 2});
        if (!boxes_meet(a_box, &box)) {
            continue;
        }
        for (size_t i = 0; i < a->n && *looks < AMP_INSIDE_LOOKS; i++, ++*looks) {
            const struct amp_pos other[2] = {a->point[i], a->point[(i + 1) % a->n]};
            const struct amp_box small = ring_box(&(struct amp_inside_ring){other, 2});
            if (boxes_meet(&small, &box) && edges_cross(other, end)) {
                return true;
            }
        }
    }
    return false;
}

/* Ray casting: only for whether a ring holds the whole shape. */
static bool ring_holds(const struct amp_inside_ring *ring, struct amp_pos pos)
{
    bool in = false;
    for (size_t i = 0; i < ring->n; i++) {
        struct amp_pos a = ring->point[i], b = ring->point[(i + 1) % ring->n];
        if ((a.lat_e7 > pos.lat_e7) != (b.lat_e7 > pos.lat_e7)) {
            int side = side_of(a, b, pos);
            in ^= b.lat_e7 > a.lat_e7 ? side > 0 : side < 0;
        }
    }
    return in;
}

bool amp_inside_shape_touches(const struct amp_inside_shape *shape,
                              const struct amp_inside_ring *ring)
{
    const struct amp_box box = ring_box(ring);
    size_t looks = 0;
    for (size_t i = 0; i < shape->n; i++) {
        if (!boxes_meet(&shape->box[i], &box)) {
            continue;
        }
        if (amp_inside_shape_holds(shape, ring->point[0]) ||
            ring_holds(ring, shape->ring[i].point[0]) ||
            rings_cross(&shape->ring[i], &shape->box[i], ring, &looks)) {
            return true;
        }
    }
    return looks >= AMP_INSIDE_LOOKS; /* not known: rather one too many than one too few */
}

/* Borders cross, or the shape holds a part of the border. */
static bool border_touches(const struct amp_inside_shape *shape, const struct amp_inside_ring *ring,
                           size_t *looks)
{
    const struct amp_box box = ring_box(ring);
    for (size_t i = 0; i < shape->n; i++) {
        if (boxes_meet(&shape->box[i], &box) &&
            (amp_inside_shape_holds(shape, ring->point[0]) ||
             rings_cross(&shape->ring[i], &shape->box[i], ring, looks))) {
            return true;
        }
    }
    return *looks >= AMP_INSIDE_LOOKS;
}

bool amp_inside_shape_touches_area(const struct amp_inside_shape *shape,
                                   const struct amp_areas *areas, uint32_t area)
{
    for (size_t i = 0; i < shape->n; i++) {
        if (amp_areas_holds(areas, area, shape->ring[i].point[0])) {
            return true;
        }
    }
    struct amp_arena arena = amp_arena_make(RINGS_ARENA);
    struct amp_ring *ring = NULL;
    size_t looks = 0, n = amp_areas_rings(areas, area, AMP_AREAS_POINTS_MAX, &arena, &ring);
    bool touches = n == 0 && amp_areas_bounded(areas, area);
    for (size_t i = 0; i < n && !touches; i++) {
        touches =
            border_touches(shape, &(struct amp_inside_ring){ring[i].point, ring[i].n}, &looks);
    }
    amp_arena_drop(&arena);
    return touches;
}
