/* Shapes of closures: their names, copies of their points, and whether they can be. */
#include "model/extent.h"
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const shape_names[AMP_SHAPES] = {
    [AMP_SHAPE_ROAD] = "road",
    [AMP_SHAPE_CIRCLE] = "circle",
    [AMP_SHAPE_AREA] = "area",
    [AMP_SHAPE_LINE] = "line",
};

const char *amp_shape_name(enum amp_shape shape)
{
    assert(shape < AMP_SHAPES);
    return shape_names[shape];
}

amp_err amp_shape_of(struct amp_str name, enum amp_shape *out)
{
    for (int i = 0; i < AMP_SHAPES; i++) {
        if (amp_str_is(name, shape_names[i])) {
            *out = (enum amp_shape)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

/* ---- points ---- */

amp_err amp_points_copy(struct amp_points points, struct amp_points *out)
{
    if (!points.n) {
        *out = (struct amp_points){0};
        return AMP_OK;
    }
    struct amp_pos *copy = calloc(points.n, sizeof(*copy));
    if (!copy) {
        return AMP_E_NOMEM;
    }
    memcpy(copy, points.point, points.n * sizeof(*copy));
    *out = (struct amp_points){copy, points.n};
    return AMP_OK;
}

void amp_points_free(struct amp_points *points)
{
    free((void *)(uintptr_t)points->point);
    *points = (struct amp_points){0};
}

bool amp_points_valid(struct amp_points points)
{
    for (size_t i = 0; i < points.n && i < AMP_POINTS_MAX; i++) {
        if (!amp_pos_valid(points.point[i].lat_e7, points.point[i].lon_e7)) {
            return false;
        }
    }
    return points.n >= 1 && points.n <= AMP_POINTS_MAX;
}

/* Relative to the first point, so that nothing wraps at the antimeridian. */
struct flat {
    int64_t x, y;
};

static struct flat flat_of(struct amp_points points, size_t i)
{
    struct amp_pos first = points.point[0];
    struct amp_pos at = points.point[i % points.n];
    return (struct flat){amp_lon_delta_e7(first.lon_e7, at.lon_e7),
                         (int64_t)at.lat_e7 - first.lat_e7};
}

struct amp_pos amp_points_middle(struct amp_points points)
{
    assert(points.n);
    struct flat low = {0};
    struct flat high = {0};
    for (size_t i = 0; i < points.n; i++) {
        struct flat at = flat_of(points, i);
        low.x = at.x < low.x ? at.x : low.x;
        low.y = at.y < low.y ? at.y : low.y;
        high.x = at.x > high.x ? at.x : high.x;
        high.y = at.y > high.y ? at.y : high.y;
    }
    const int64_t half_e7 = INT64_C(1800000000);
    int64_t lat = points.point[0].lat_e7 + (low.y + high.y) / 2;
    int64_t lon = points.point[0].lon_e7 + (low.x + high.x) / 2;
    lon = lon > half_e7 ? lon - 2 * half_e7 : lon < -half_e7 ? lon + 2 * half_e7 : lon;
    return (struct amp_pos){(int32_t)lat, (int32_t)lon};
}

/* ---- rings ---- */

/* Twice the area of the triangle; above 0: the turn is to the left. */
static int64_t turn(struct flat a, struct flat b, struct flat c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static int sign(int64_t value)
{
    return (value > 0) - (value < 0);
}

static bool in_box(struct flat a, struct flat b, struct flat p)
{
    return p.x >= (a.x < b.x ? a.x : b.x) && p.x <= (a.x > b.x ? a.x : b.x) &&
           p.y >= (a.y < b.y ? a.y : b.y) && p.y <= (a.y > b.y ? a.y : b.y);
}

/* Whether two pieces of a ring have a point in common. */
static bool meet(struct flat a, struct flat b, struct flat c, struct flat d)
{
    int abc = sign(turn(a, b, c));
    int abd = sign(turn(a, b, d));
    int cda = sign(turn(c, d, a));
    int cdb = sign(turn(c, d, b));
    if (abc * abd < 0 && cda * cdb < 0) {
        return true;
    }
    return (!abc && in_box(a, b, c)) || (!abd && in_box(a, b, d)) || (!cda && in_box(c, d, a)) ||
           (!cdb && in_box(c, d, b));
}

/* Whether the ring turns round on itself at point b. */
static bool turns_back(struct flat a, struct flat b, struct flat c)
{
    int64_t along = (b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y);
    return turn(a, b, c) == 0 && along < 0;
}

static bool ring_is_simple(struct amp_points ring)
{
    for (size_t i = 0; i < ring.n; i++) {
        struct flat a = flat_of(ring, i);
        struct flat b = flat_of(ring, i + 1);
        if (turns_back(a, b, flat_of(ring, i + 2))) {
            return false;
        }
        for (size_t k = i + 2; k < ring.n && (i || k + 1 < ring.n); k++) {
            if (meet(a, b, flat_of(ring, k), flat_of(ring, k + 1))) {
                return false;
            }
        }
    }
    return true;
}

static double ring_km2(struct amp_points ring)
{
    const double degree_km = 111.195; /* of the sphere in base/geo.h */
    double twice = 0;
    for (size_t i = 0; i < ring.n; i++) {
        struct flat a = flat_of(ring, i);
        struct flat b = flat_of(ring, i + 1);
        twice += (double)a.x * (double)b.y - (double)b.x * (double)a.y;
    }
    double scale_km = degree_km / 1e7;
    double flatten = cos(amp_lat_deg(amp_points_middle(ring)) * 3.14159265358979323846 / 180);
    return fabs(twice) / 2 * scale_km * scale_km * flatten;
}

/* ---- checks ---- */

static amp_err points_check(struct amp_points points, bool ring, struct amp_why *why)
{
    const size_t least = ring ? 3 : 2;
    if (!amp_points_valid(points) || points.n < least) {
        return amp_fail(why, AMP_E_RANGE, "%s has %zu to %d points; this one has %zu",
                        ring ? "an area" : "a line", least, AMP_POINTS_MAX, points.n);
    }
    for (size_t i = 0; i < points.n; i++) {
        struct flat at = flat_of(points, i);
        struct flat next = flat_of(points, i + 1);
        if (at.x == next.x && at.y == next.y && (ring || i + 1 < points.n)) {
            return amp_fail(why, AMP_E_RANGE, "point %zu stands twice in a row", i + 1);
        }
        if (at.x > AMP_EXTENT_SPAN_E7 || at.x < -AMP_EXTENT_SPAN_E7 ||
            amp_pos_distance_m(points.point[0], points.point[i]) > AMP_EXTENT_SPAN_M) {
            return amp_fail(why, AMP_E_RANGE,
                            "point %zu is more than %d km from the first: too far for one closure",
                            i + 1, AMP_EXTENT_SPAN_M / 1000);
        }
    }
    return AMP_OK;
}

static amp_err ring_check(struct amp_points ring, struct amp_why *why)
{
    amp_err err = points_check(ring, true, why);
    if (err) {
        return err;
    }
    if (!ring_is_simple(ring)) {
        return amp_fail(why, AMP_E_RANGE,
                        "the border of the area crosses or touches itself; draw it around");
    }
    double area_km2 = ring_km2(ring);
    if (area_km2 > AMP_EXTENT_AREA_MAX_KM2) {
        return amp_fail(why, AMP_E_RANGE, "the area has %.0f km2; the most is %d", area_km2,
                        AMP_EXTENT_AREA_MAX_KM2);
    }
    return AMP_OK;
}

static amp_err change_check(const struct amp_extent *extent, struct amp_why *why)
{
    int64_t percent = extent->time_percent;
    if (extent->heading_deg < -1 || extent->heading_deg > 359) {
        return amp_fail(why, AMP_E_RANGE, "\"heading_deg\" must be within 0 to 359");
    }
    if (percent && (percent < AMP_EXTENT_SLOW_MIN || percent > AMP_EXTENT_SLOW_MAX)) {
        return amp_fail(why, AMP_E_RANGE,
                        "\"time_percent\" is 0 for closed, or %d to %d of the usual time",
                        AMP_EXTENT_SLOW_MIN, AMP_EXTENT_SLOW_MAX);
    }
    return AMP_OK;
}

amp_err amp_extent_check(const struct amp_extent *extent, struct amp_why *why)
{
    assert(extent->shape < AMP_SHAPES);
    bool ring = extent->shape == AMP_SHAPE_AREA;
    bool drawn = ring || extent->shape == AMP_SHAPE_LINE;
    bool circle = extent->shape == AMP_SHAPE_CIRCLE;
    if (circle ? extent->radius_m < 1 || extent->radius_m > AMP_EXTENT_RADIUS_MAX_M
               : extent->radius_m != 0) {
        return amp_fail(why, AMP_E_RANGE,
                        circle ? "\"radius_m\" of a closed circle must be 1 to %d"
                               : "only a circle has a \"radius_m\", of 1 to %d",
                        AMP_EXTENT_RADIUS_MAX_M);
    }
    if (!drawn && extent->points.n) {
        return amp_fail(why, AMP_E_RANGE, "only an area or a line has \"points\"");
    }
    if (!drawn && !amp_pos_valid(extent->site.lat_e7, extent->site.lon_e7)) {
        return amp_fail(why, AMP_E_RANGE, "\"site\" is no place on earth");
    }
    amp_err err = change_check(extent, why);
    if (!err && drawn) {
        err = ring ? ring_check(extent->points, why) : points_check(extent->points, false, why);
    }
    return err;
}
