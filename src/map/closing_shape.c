/*
 * The plane geometry of closures: an area that touches a road, a line that a road runs along.
 *
 * An area is worked out in whole 1e-7 degrees relative to its first point, so that touching is
 * exact and the antimeridian is nothing special; every product fits in 64 bits. A point inside is
 * one from which a ray crosses the ring an odd number of times (Shimrat, CACM 5(8), 1962).
 */
#include "map/closing.h"

#include <math.h>

#define M_PER_E7         0.0111195080 /* of latitude */
#define PARALLEL_TANGENT 0.7          /* 35 degrees: more, and a road crosses the line */
#define HALF_TURN_E7     INT64_C(1800000000)

struct spot { /* relative to the first point of a shape */
    int64_t x, y;
};

static struct spot spot_of(struct amp_pos first, struct amp_pos pos)
{
    return (struct spot){amp_lon_delta_e7(first.lon_e7, pos.lon_e7),
                         (int64_t)pos.lat_e7 - first.lat_e7};
}

/* The far end of a piece, the short way round from its near one. */
static struct spot spot_after(struct spot a, struct amp_pos pos_a, struct amp_pos pos_b)
{
    return (struct spot){a.x + amp_lon_delta_e7(pos_a.lon_e7, pos_b.lon_e7),
                         a.y + pos_b.lat_e7 - pos_a.lat_e7};
}

/* Above 0: c lies left of the way from a to b; 0: on its line. */
static int64_t turn(struct spot a, struct spot b, struct spot c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static bool spans(int64_t a, int64_t b, int64_t at)
{
    return a < b ? a <= at && at <= b : b <= at && at <= a;
}

static bool apart(int64_t a, int64_t b, int64_t c, int64_t d)
{
    return (a < c && a < d && b < c && b < d) || (a > c && a > d && b > c && b > d);
}

/* Do two pieces share a point? */
static bool pieces_touch(struct spot a, struct spot b, struct spot c, struct spot d)
{
    if (apart(a.x, b.x, c.x, d.x) || apart(a.y, b.y, c.y, d.y)) {
        return false;
    }
    int64_t abc = turn(a, b, c), abd = turn(a, b, d), cda = turn(c, d, a), cdb = turn(c, d, b);
    bool crossed = (abc > 0) != (abd > 0) && (cda > 0) != (cdb > 0) && abc != 0 && abd != 0 &&
                   cda != 0 && cdb != 0;
    return crossed || (abc == 0 && spans(a.x, b.x, c.x) && spans(a.y, b.y, c.y)) ||
           (abd == 0 && spans(a.x, b.x, d.x) && spans(a.y, b.y, d.y)) ||
           (cda == 0 && spans(c.x, d.x, a.x) && spans(c.y, d.y, a.y)) ||
           (cdb == 0 && spans(c.x, d.x, b.x) && spans(c.y, d.y, b.y));
}

bool amp_closing_touches(const struct amp_closing_shape *shape, struct amp_pos a, struct amp_pos b)
{
    const struct amp_pos *point = shape->closure->point;
    size_t n = shape->closure->point_n;
    struct spot from = spot_of(point[0], a);
    struct spot to = spot_after(from, a, b);
    struct spot last = spot_of(point[0], point[n - 1]);
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        struct spot next = spot_of(point[0], point[i]);
        if (pieces_touch(from, to, last, next)) {
            return true;
        }
        if ((last.y > from.y) != (next.y > from.y)) { /* it crosses the ray to the east */
            int64_t side = turn(last, next, from);
            inside ^= next.y > last.y ? side > 0 : side < 0;
        }
        last = next;
    }
    return inside;
}

/* The share of a piece, of which a coordinate goes from a to b, that lies within low..high: cuts
 * *begin..*end. */
static void share_cut(double a, double b, double low, double high, double *begin, double *end)
{
    double span = b - a;
    if (fabs(span) < 1e-9) {
        *end = a < low || a > high ? *begin : *end;
        return;
    }
    double at_low = (low - a) / span, at_high = (high - a) / span;
    *begin = fmax(*begin, fmin(at_low, at_high));
    *end = fmin(*end, fmax(at_low, at_high));
}

static double leg_along_m(struct amp_pos p, struct amp_pos q, struct amp_pos a, struct amp_pos b)
{
    double east = M_PER_E7 * cos(amp_lat_deg(p) * M_PI / 180);
    struct spot leg = spot_of(p, q), from = spot_of(p, a);
    struct spot to = spot_after(from, a, b);
    double leg_x = (double)leg.x * east, leg_y = (double)leg.y * M_PER_E7;
    double leg_m = hypot(leg_x, leg_y);
    if (leg_m <= 0) {
        return 0;
    }
    double ux = leg_x / leg_m, uy = leg_y / leg_m; /* along the leg; (-uy, ux) is to its left */
    double ax = (double)from.x * east, ay = (double)from.y * M_PER_E7;
    double bx = (double)to.x * east, by = (double)to.y * M_PER_E7;
    double a_along = ax * ux + ay * uy, b_along = bx * ux + by * uy;
    double a_left = ay * ux - ax * uy, b_left = by * ux - bx * uy;
    if (fabs(b_left - a_left) > PARALLEL_TANGENT * fabs(b_along - a_along)) {
        return 0;
    }
    double begin = 0, end = 1;
    share_cut(a_along, b_along, 0, leg_m, &begin, &end);
    share_cut(a_left, b_left, -AMP_CLOSING_LINE_M, AMP_CLOSING_LINE_M, &begin, &end);
    return end > begin ? (end - begin) * hypot(bx - ax, by - ay) : 0;
}

double amp_closing_along_m(const struct amp_closing_shape *shape, struct amp_pos a,
                           struct amp_pos b)
{
    double along_m = 0;
    for (size_t i = 1; i < shape->closure->point_n; i++) {
        along_m += leg_along_m(shape->closure->point[i - 1], shape->closure->point[i], a, b);
    }
    return fmin(along_m, amp_pos_distance_m(a, b));
}

static int32_t lon_turned(int64_t lon_e7)
{
    if (lon_e7 > HALF_TURN_E7) {
        return (int32_t)(lon_e7 - 2 * HALF_TURN_E7);
    }
    return (int32_t)(lon_e7 < -HALF_TURN_E7 ? lon_e7 + 2 * HALF_TURN_E7 : lon_e7);
}

/* The box around the points, larger by margin_m; false where it is larger than a closure may be. */
static bool box_make(const struct amp_road_closure *closure, double margin_m, struct amp_box *out)
{
    struct spot low = {0, 0}, high = {0, 0};
    for (size_t i = 1; i < closure->point_n; i++) {
        struct spot spot = spot_of(closure->point[0], closure->point[i]);
        low = (struct spot){spot.x < low.x ? spot.x : low.x, spot.y < low.y ? spot.y : low.y};
        high = (struct spot){spot.x > high.x ? spot.x : high.x, spot.y > high.y ? spot.y : high.y};
    }
    struct amp_pos first = closure->point[0];
    double shrink = fmax(cos(fmin(fabs(amp_lat_deg(first)) + 1, 89) * M_PI / 180), 0.01);
    int64_t margin_y = (int64_t)(margin_m / M_PER_E7);
    int64_t margin_x = (int64_t)(margin_m / M_PER_E7 / shrink);
    double wide_m = (double)(high.x - low.x) * M_PER_E7 * shrink;
    double tall_m = (double)(high.y - low.y) * M_PER_E7;
    if (hypot(wide_m, tall_m) > 2.0 * AMP_CLOSURE_RADIUS_M) {
        return false;
    }
    int64_t south = first.lat_e7 + low.y - margin_y, north = first.lat_e7 + high.y + margin_y;
    *out = (struct amp_box){.south_e7 = (int32_t)(south < -900000000 ? -900000000 : south),
                            .north_e7 = (int32_t)(north > 900000000 ? 900000000 : north),
                            .west_e7 = lon_turned(first.lon_e7 + low.x - margin_x),
                            .east_e7 = lon_turned(first.lon_e7 + high.x + margin_x)};
    return true;
}

amp_err amp_closing_shape(const struct amp_road_closure *closure, struct amp_closing_shape *out,
                          struct amp_why *why)
{
    struct amp_closing_shape shape = {.closure = closure};
    bool line = closure->shape == AMP_CLOSURE_LINE;
    size_t least = line ? 2 : 3;
    if (closure->point_n < least || closure->point_n > AMP_CLOSURE_POINTS) {
        return amp_fail(why, AMP_E_RANGE, "a closed %s has %zu to %d points, not %zu",
                        line ? "line" : "area", least, AMP_CLOSURE_POINTS, closure->point_n);
    }
    for (size_t i = 0; i < closure->point_n; i++) {
        if (!amp_pos_valid(closure->point[i].lat_e7, closure->point[i].lon_e7)) {
            return amp_fail(why, AMP_E_RANGE, "point %zu of a closure is nowhere on Earth", i + 1);
        }
        if (i > 0) {
            shape.line_m += amp_pos_distance_m(closure->point[i - 1], closure->point[i]);
        }
    }
    if (!box_make(closure, line ? AMP_CLOSING_LINE_M : 0, &shape.box)) {
        return amp_fail(why, AMP_E_RANGE, "a closure may be at most %d km wide",
                        2 * AMP_CLOSURE_RADIUS_M / 1000);
    }
    *out = shape;
    return AMP_OK;
}
