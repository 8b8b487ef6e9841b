/* What is a region, and what its density is: shapes, moments, distances to edges. */
#include "map/region.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    TURN_DEG = 360,
    MOMENT_SPOTS = 1024, /* that stand for an even shape when its mean is sought */
    SPOT_TRIES = 64      /* per spot wanted in a thin polygon */
};
static const double earth_m_per_e7 = 6371008.8 * M_PI / 180 * 1e-7;
static const double point_sigma_m = 1;    /* nothing is known better */
static const double gauss_reach = 3.0349; /* 99 % */
static const double assumed_gauss = 0.68;
static const double assumed_even = 0.95;
static const double area_min_m2 = 1;

const char *amp_region_shape_name(enum amp_region_shape shape)
{
    static const char *const names[] = {"point", "circle", "ellipse", "arc-band", "polygon"};
    assert(shape <= AMP_REGION_POLYGON);
    return names[shape];
}

/* ---- the plane ---- */

struct amp_plane amp_plane_at(struct amp_pos at)
{
    double shrink = cos(amp_lat_deg(at) * M_PI / 180);
    return (struct amp_plane){
        .at = at, .lat_m = earth_m_per_e7, .lon_m = earth_m_per_e7 * fmax(shrink, 1e-6)};
}

struct amp_spot amp_plane_spot(const struct amp_plane *plane, struct amp_pos pos)
{
    return (struct amp_spot){amp_lon_delta_e7(plane->at.lon_e7, pos.lon_e7) * plane->lon_m,
                             ((double)pos.lat_e7 - plane->at.lat_e7) * plane->lat_m};
}

struct amp_pos amp_plane_pos(const struct amp_plane *plane, struct amp_spot spot)
{
    static const double half_e7 = 1.8e9, turn_e7 = 3.6e9, pole_e7 = 9e8;
    double lat = plane->at.lat_e7 + spot.y / plane->lat_m;
    double lon = fmod(plane->at.lon_e7 + spot.x / plane->lon_m, turn_e7);
    lon += lon < -half_e7 ? turn_e7 : lon > half_e7 ? -turn_e7 : 0;
    return (struct amp_pos){(int32_t)lround(fmin(fmax(lat, -pole_e7), pole_e7)),
                            (int32_t)lround(lon)};
}

double amp_gauss_radius(double share)
{
    assert(share > 0 && share < 1);
    return sqrt(-2 * log1p(-share));
}

/* ---- checking ---- */

static double cross(struct amp_spot a, struct amp_spot b, struct amp_spot c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static bool edges_cross(struct amp_spot a, struct amp_spot b, struct amp_spot c, struct amp_spot d)
{
    return cross(a, b, c) * cross(a, b, d) < 0 && cross(c, d, a) * cross(c, d, b) < 0;
}

static double polygon_area_m2(const struct amp_spot *corner, size_t n)
{
    double twice = 0;
    for (size_t i = 0, k = n - 1; i < n; k = i++) {
        twice += corner[k].x * corner[i].y - corner[i].x * corner[k].y;
    }
    return fabs(twice) / 2;
}

static amp_err polygon_check(const struct amp_region *region, struct amp_why *why)
{
    struct amp_spot corner[AMP_REGION_POINTS];
    size_t n = region->point_n;
    if (n < 3 || n > AMP_REGION_POINTS) {
        return amp_fail(why, n < 3 ? AMP_E_RANGE : AMP_E_LIMIT,
                        "a polygon has 3 to %d corners, not %zu", AMP_REGION_POINTS, n);
    }
    struct amp_plane plane = amp_plane_at(region->point[0]);
    for (size_t i = 0; i < n; i++) {
        if (!amp_pos_valid(region->point[i].lat_e7, region->point[i].lon_e7)) {
            return amp_fail(why, AMP_E_RANGE, "corner %zu is no position on Earth", i + 1);
        }
        corner[i] = amp_plane_spot(&plane, region->point[i]);
        if (hypot(corner[i].x, corner[i].y) > AMP_REGION_MAX_M) {
            return amp_fail(why, AMP_E_RANGE, "corner %zu is over %d km from the first", i + 1,
                            AMP_REGION_MAX_M / 1000);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            if (edges_cross(corner[i], corner[(i + 1) % n], corner[k], corner[(k + 1) % n])) {
                return amp_fail(why, AMP_E_RANGE,
                                "the polygon crosses itself at its edges %zu "
                                "and %zu",
                                i + 1, k + 1);
            }
        }
    }
    if (!(polygon_area_m2(corner, n) >= area_min_m2)) {
        return amp_fail(why, AMP_E_RANGE, "the polygon has no area");
    }
    return AMP_OK;
}

static amp_err sizes_check(const struct amp_region *region, struct amp_why *why)
{
    const struct amp_region *r = region;
    if (!amp_pos_valid(r->at.lat_e7, r->at.lon_e7)) {
        return amp_fail(why, AMP_E_RANGE, "the middle is no position on Earth");
    }
    if (r->shape == AMP_REGION_POINT) {
        return AMP_OK;
    }
    if (!(r->radius_m >= 0 && r->radius_m <= AMP_REGION_MAX_M)) {
        return amp_fail(why, AMP_E_RANGE, "a radius must be 0 to %d m", AMP_REGION_MAX_M);
    }
    if (r->shape == AMP_REGION_CIRCLE) {
        return AMP_OK;
    }
    if (!(r->inner_m >= 0 && r->inner_m <= r->radius_m)) {
        return amp_fail(why, AMP_E_RANGE, "the %s may not be greater than the %s",
                        r->shape == AMP_REGION_ELLIPSE ? "semi-minor axis" : "inner radius",
                        r->shape == AMP_REGION_ELLIPSE ? "semi-major" : "outer");
    }
    if (!(r->angle_deg >= 0 && r->angle_deg <= TURN_DEG)) {
        return amp_fail(why, AMP_E_RANGE, "an angle must be 0 to 360 degrees from north");
    }
    if (r->shape == AMP_REGION_ELLIPSE) {
        return AMP_OK;
    }
    double wide = (r->radius_m * r->radius_m - r->inner_m * r->inner_m) * M_PI / TURN_DEG;
    if (!(r->opening_deg > 0 && r->opening_deg <= TURN_DEG) ||
        !(wide * r->opening_deg >= area_min_m2)) {
        return amp_fail(why, AMP_E_RANGE,
                        "an arc band must open by above 0 to 360 degrees, with "
                        "an area between its radii");
    }
    return AMP_OK;
}

amp_err amp_region_check(const struct amp_region *region, struct amp_why *why)
{
    if (!(region->confidence >= 0 && region->confidence < 1)) {
        return amp_fail(why, AMP_E_RANGE, "a confidence must be above 0 and below 100 %%");
    }
    if (region->shape == AMP_REGION_POLYGON) {
        return polygon_check(region, why);
    }
    return sizes_check(region, why);
}

/* ---- even shapes: how far from the edge; below 0 inside ---- */

static double wrap_deg(double deg)
{
    double turned = fmod(deg, TURN_DEG);
    return turned < 0 ? turned + TURN_DEG : turned;
}

static double band_edge_m(const struct amp_density *d, struct amp_spot spot)
{
    const struct amp_region *r = &d->region;
    double dx = spot.x - d->mast.x, dy = spot.y - d->mast.y;
    double away_m = hypot(dx, dy);
    double radial_m = away_m - r->radius_m;
    if (r->inner_m > 0) {
        radial_m = fmax(radial_m, r->inner_m - away_m);
    }
    if (r->opening_deg >= TURN_DEG) {
        return radial_m;
    }
    double turn = wrap_deg(atan2(dx, dy) * 180 / M_PI - r->angle_deg); /* from the start */
    bool within = turn <= r->opening_deg;
    double gap =
        within ? fmin(turn, r->opening_deg - turn) : fmin(turn - r->opening_deg, TURN_DEG - turn);
    double side_m = gap < 90 ? away_m * sin(gap * M_PI / 180) : away_m; /* to the straight edge */
    if (within) {
        return fmax(radial_m, -side_m);
    }
    return radial_m > 0 ? hypot(radial_m, side_m) : side_m;
}

static double edge_away_m(struct amp_spot p, struct amp_spot a, struct amp_spot b)
{
    double dx = b.x - a.x, dy = b.y - a.y;
    double length2 = dx * dx + dy * dy;
    double share = length2 > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2 : 0;
    share = fmin(fmax(share, 0), 1);
    return hypot(p.x - a.x - share * dx, p.y - a.y - share * dy);
}

static double polygon_edge_m(const struct amp_density *d, struct amp_spot spot)
{
    double away_m = INFINITY;
    bool inside = false;
    size_t n = d->region.point_n;
    for (size_t i = 0, k = n - 1; i < n; k = i++) {
        struct amp_spot a = d->corner[k], b = d->corner[i];
        away_m = fmin(away_m, edge_away_m(spot, a, b));
        if ((a.y > spot.y) != (b.y > spot.y) &&
            spot.x < (b.x - a.x) * (spot.y - a.y) / (b.y - a.y) + a.x) {
            inside = !inside;
        }
    }
    return inside ? -away_m : away_m;
}

static double edge_m(const struct amp_density *d, struct amp_spot spot)
{
    return d->region.shape == AMP_REGION_ARC_BAND ? band_edge_m(d, spot) : polygon_edge_m(d, spot);
}

double amp_density_at(const struct amp_density *d, struct amp_spot spot)
{
    if (d->gauss) {
        double far2 =
            d->qxx * spot.x * spot.x + 2 * d->qxy * spot.x * spot.y + d->qyy * spot.y * spot.y;
        return d->peak * exp(-far2 / 2);
    }
    double away_m = edge_m(d, spot);
    if (!(d->spread_m > 0)) {
        return away_m <= 0 ? d->peak : 0;
    }
    return d->peak * erfc(away_m / (d->spread_m * M_SQRT2)) / 2;
}

double amp_density_near(const struct amp_density *d, struct amp_spot spot, double radius_m)
{
    double area_m2 = M_PI * radius_m * radius_m;
    if (!d->gauss) {
        return fmin(1, area_m2 * amp_density_at(d, spot));
    }
    /* the disc as a Gaussian of its own variance: one density against the other */
    double own = radius_m * radius_m / 4;
    double xx = d->xx + own, yy = d->yy + own, det = xx * yy - d->xy * d->xy;
    double far2 = (yy * spot.x * spot.x - 2 * d->xy * spot.x * spot.y + xx * spot.y * spot.y) / det;
    return fmin(1, area_m2 * exp(-far2 / 2) / (2 * M_PI * sqrt(det)));
}

/* ---- spots ---- */

static const double golden = 0.6180339887498949; /* the fraction of the golden ratio */

static struct amp_spot gauss_spot(const struct amp_density *d, double u, double turn)
{
    double k = sqrt(-2 * log1p(-u)); /* a spiral of equal shares, stretched by the covariance */
    double x = k * cos(2 * M_PI * turn), y = k * sin(2 * M_PI * turn);
    double l11 = sqrt(d->xx), l21 = l11 > 0 ? d->xy / l11 : 0;
    double l22 = sqrt(fmax(d->yy - l21 * l21, 0));
    return (struct amp_spot){l11 * x, l21 * x + l22 * y};
}

static struct amp_spot band_spot(const struct amp_density *d, double u, double turn)
{
    const struct amp_region *r = &d->region;
    double in2 = r->inner_m * r->inner_m;
    double away_m = sqrt(in2 + u * (r->radius_m * r->radius_m - in2));
    double rad = (r->angle_deg + turn * r->opening_deg) * M_PI / 180;
    return (struct amp_spot){d->mast.x + away_m * sin(rad), d->mast.y + away_m * cos(rad)};
}

/* Of a polygon: the box is walked with two incommensurable steps, and what is inside is taken. */
static void polygon_spots(const struct amp_density *d, size_t n, struct amp_spot *out)
{
    static const double step_x = 0.7548776662466927, step_y = 0.5698402909980532;
    struct amp_spot low = d->corner[0], high = d->corner[0];
    for (size_t i = 1; i < d->region.point_n; i++) {
        low.x = fmin(low.x, d->corner[i].x);
        low.y = fmin(low.y, d->corner[i].y);
        high.x = fmax(high.x, d->corner[i].x);
        high.y = fmax(high.y, d->corner[i].y);
    }
    size_t have = 0;
    for (size_t i = 0; i < SPOT_TRIES * n && have < n; i++) {
        double u = fmod(0.5 + step_x * (double)i, 1), v = fmod(0.5 + step_y * (double)i, 1);
        struct amp_spot spot = {low.x + u * (high.x - low.x), low.y + v * (high.y - low.y)};
        if (polygon_edge_m(d, spot) <= 0) {
            out[have++] = spot;
        }
    }
    for (size_t i = have; i < n; i++) { /* a sliver: its edge is as good */
        size_t corner = i % d->region.point_n;
        out[i] = have > 0 ? out[i % have] : d->corner[corner];
    }
}

static void spots_make(const struct amp_density *d, size_t n, struct amp_spot *out)
{
    if (d->region.shape == AMP_REGION_POLYGON) {
        polygon_spots(d, n, out);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double u = ((double)i + 0.5) / (double)n, turn = fmod(golden * (double)i, 1);
        out[i] = d->gauss ? gauss_spot(d, u, turn) : band_spot(d, u, turn);
    }
}

void amp_density_spots(const struct amp_density *density, size_t n, struct amp_pos *out)
{
    struct amp_spot spot[MOMENT_SPOTS];
    assert(n <= MOMENT_SPOTS);
    spots_make(density, n, spot);
    for (size_t i = 0; i < n; i++) {
        out[i] = amp_plane_pos(&density->plane, spot[i]);
    }
}

/* ---- making ---- */

static double least_variance(double xx, double xy, double yy)
{
    double half = (xx + yy) / 2;
    return half - hypot((xx - yy) / 2, xy);
}

static double most_variance(double xx, double xy, double yy)
{
    double half = (xx + yy) / 2;
    return half + hypot((xx - yy) / 2, xy);
}

static void gauss_make(const struct amp_region *r, struct amp_density *d)
{
    double confidence = r->confidence > 0 ? r->confidence : assumed_gauss;
    double k = amp_gauss_radius(confidence);
    double major = r->shape == AMP_REGION_POINT ? 0 : r->radius_m / k;
    double minor = r->shape == AMP_REGION_ELLIPSE ? r->inner_m / k : major;
    double turn = r->shape == AMP_REGION_ELLIPSE ? r->angle_deg * M_PI / 180 : 0;
    double a = fmax(major * major, point_sigma_m), b = fmax(minor * minor, point_sigma_m);
    double s = sin(turn), c = cos(turn); /* the axis points s east, c north */
    d->plane = amp_plane_at(r->at);
    d->xx = a * s * s + b * c * c;
    d->yy = a * c * c + b * s * s;
    d->xy = (a - b) * s * c;
    double own = d->spread_m * d->spread_m;
    double xx = d->xx + own, yy = d->yy + own, det = xx * yy - d->xy * d->xy;
    d->qxx = yy / det;
    d->qyy = xx / det;
    d->qxy = -d->xy / det;
    d->peak = 1 / (2 * M_PI * sqrt(det));
    d->inside = 1;
    d->reach_m = gauss_reach * sqrt(most_variance(xx, d->xy, yy));
    d->narrow_m = sqrt(least_variance(xx, d->xy, yy));
}

/* Moves an even shape so that its mean is the origin, and takes its moments. */
static void even_make(const struct amp_region *r, struct amp_density *d)
{
    struct amp_spot spot[MOMENT_SPOTS];
    struct amp_spot mean = {0, 0};
    d->plane = amp_plane_at(r->shape == AMP_REGION_ARC_BAND ? r->at : r->point[0]);
    for (size_t i = 0; i < r->point_n; i++) {
        d->corner[i] = amp_plane_spot(&d->plane, r->point[i]);
    }
    spots_make(d, MOMENT_SPOTS, spot);
    for (size_t i = 0; i < MOMENT_SPOTS; i++) {
        mean.x += spot[i].x / MOMENT_SPOTS;
        mean.y += spot[i].y / MOMENT_SPOTS;
    }
    for (size_t i = 0; i < MOMENT_SPOTS; i++) {
        double x = spot[i].x - mean.x, y = spot[i].y - mean.y;
        d->xx += x * x / MOMENT_SPOTS;
        d->xy += x * y / MOMENT_SPOTS;
        d->yy += y * y / MOMENT_SPOTS;
        d->reach_m = fmax(d->reach_m, hypot(x, y));
    }
    d->plane = amp_plane_at(amp_plane_pos(&d->plane, mean));
    d->mast = amp_plane_spot(&d->plane, r->at);
    double area_m2 =
        (r->radius_m * r->radius_m - r->inner_m * r->inner_m) * M_PI * r->opening_deg / TURN_DEG;
    for (size_t i = 0; i < r->point_n; i++) {
        d->corner[i] = amp_plane_spot(&d->plane, r->point[i]);
        d->reach_m = fmax(d->reach_m, hypot(d->corner[i].x, d->corner[i].y));
    }
    if (r->shape == AMP_REGION_POLYGON) {
        area_m2 = polygon_area_m2(d->corner, r->point_n);
    }
    d->reach_m = d->reach_m * 1.02 + 2 * d->spread_m;
    d->inside = r->confidence > 0 ? r->confidence : assumed_even;
    d->peak = d->inside / area_m2;
    d->xx += point_sigma_m;
    d->yy += point_sigma_m;
    double own = d->spread_m * d->spread_m;
    d->narrow_m = sqrt(fmax(least_variance(d->xx, d->xy, d->yy), 0) + own);
}

void amp_density_make(const struct amp_region *region, double spread_m, struct amp_density *out)
{
    memset(out, 0, sizeof(*out));
    out->spread_m = spread_m;
    out->region = *region;
    out->region.point_n = region->shape == AMP_REGION_POLYGON ? region->point_n : 0;
    out->gauss = region->shape <= AMP_REGION_ELLIPSE;
    if (out->gauss) {
        gauss_make(region, out);
    } else {
        even_make(&out->region, out);
    }
}

double amp_density_radius_m(const struct amp_density *density, double share)
{
    double sigma_m = sqrt((density->xx + density->yy) / 2);
    return fmin(sigma_m * amp_gauss_radius(share), density->reach_m);
}
