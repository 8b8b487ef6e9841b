/*
 * A region: what a location message says of where a caller is, and how probable each spot of it is.
 *
 * Shapes are those of RFC 5491 (section 5.2) in two dimensions; angles are degrees clockwise from
 * north. What a shape means as a probability (RFC 7459, sections 2.1 and 5.4.2):
 *  - circle and ellipse: a Gaussian, of which `confidence` lies inside. In two dimensions the share
 *    inside k standard deviations is 1 - exp(-k k / 2) (Rayleigh), so a circle of 95 % has a radius
 *    of 2.448 sigma and one of 68 % of 1.510 sigma; along one axis alone it would be 1.960 and
 * 0.994;
 *  - arc band (a sector of a radio cell) and polygon: `confidence` spread evenly over the inside;
 *    what lies outside is not known to lie anywhere.
 * Where no confidence is given, a circle or ellipse counts as one of 68 % (the wider reading: what
 * phones call accuracy), the others as 95 % (RFC 5491, section 5.1).
 *
 * Geometry is done on the plane that touches the Earth at the middle of the region, in metres, with
 * longitudes the short way round: the antimeridian is nothing special. Pure; many threads.
 */
#ifndef AMP_MAP_REGION_H
#define AMP_MAP_REGION_H

#include "base/geo.h"

enum {
    AMP_REGION_MAX_M = 100000, /* no spot is farther from the middle: AMP_E_RANGE */
    AMP_REGION_POINTS = 64,    /* corners of a polygon: AMP_E_LIMIT */
    AMP_REGION_TEXT = 4096,    /* bytes of a region as text: AMP_E_LIMIT */
    AMP_REGION_AGE_MAX_S = 86400
};

enum amp_region_shape {
    AMP_REGION_POINT,
    AMP_REGION_CIRCLE,
    AMP_REGION_ELLIPSE,
    AMP_REGION_ARC_BAND,
    AMP_REGION_POLYGON
};
const char *amp_region_shape_name(enum amp_region_shape shape); /* "arc-band" */

struct amp_region {
    enum amp_region_shape shape;
    struct amp_pos at;  /* the middle; of an arc band the mast; of a polygon its first corner */
    double radius_m;    /* of a circle; semi-major axis; outer radius */
    double inner_m;     /* semi-minor axis; inner radius */
    double angle_deg;   /* of the semi-major axis; where the band begins */
    double opening_deg; /* of an arc band, clockwise; 360 is a ring */
    double confidence;  /* that the caller is inside: above 0, below 1; 0: not given */
    struct amp_pos point[AMP_REGION_POINTS]; /* of a polygon, which closes by itself */
    size_t point_n;
};

/* AMP_E_RANGE (with the sentence) for what is no region: sizes that are negative or too great,
 * angles outside 0 to 360, no area, a polygon that crosses itself. */
AMP_MUST amp_err amp_region_check(const struct amp_region *region, struct amp_why *why);

/* As people and addresses of web pages write it; metres, degrees, percent:
 *   LAT,LON   point:LAT,LON   circle:LAT,LON,R   ellipse:LAT,LON,MAJOR,MINOR,ANGLE
 *   arcband:LAT,LON,INNER,OUTER,START,OPENING    polygon:LAT,LON,LAT,LON,LAT,LON,...
 * each followed, if wanted, by @CONFIDENCE, ~SECONDS_AGO and #SOURCE, in this order. */
struct amp_region_text {
    struct amp_region region;
    double age_s;          /* 0 if not given */
    struct amp_str source; /* a view of the text; may be empty */
};
AMP_MUST amp_err amp_region_parse(struct amp_str text, struct amp_region_text *out,
                                  struct amp_why *why);

/* A position on the plane of a region. */
struct amp_plane {
    struct amp_pos at;
    double lat_m, lon_m; /* metres of a 1e-7 degree */
};
struct amp_spot {
    double x, y; /* metres east and north */
};
struct amp_plane amp_plane_at(struct amp_pos at);
struct amp_spot amp_plane_spot(const struct amp_plane *plane, struct amp_pos pos);
struct amp_pos amp_plane_pos(const struct amp_plane *plane, struct amp_spot spot);

/* Standard deviations of a circle that holds `share` of a Gaussian in two dimensions. */
double amp_gauss_radius(double share);

/* The density of a region, ready to be asked. spread_m widens it: the standard deviation of how far
 * from the road somebody who is "at" it stands. */
struct amp_density {
    struct amp_plane plane; /* at the mean of the region */
    double xx, xy, yy;      /* covariance, m2, without the spread */
    double reach_m;         /* beyond it lies less than 1 % of a Gaussian, nothing of the others */
    double narrow_m;        /* the least standard deviation across, with the spread */
    double inside;          /* share of probability that the shape places at all */
    bool gauss;
    double qxx, qxy, qyy; /* inverse of the widened covariance */
    double peak;          /* 1/m2: at the mean; of an even shape, anywhere deep inside */
    double spread_m;
    struct amp_region region;
    struct amp_spot mast; /* of an arc band */
    struct amp_spot corner[AMP_REGION_POINTS];
};
/* The region must have passed amp_region_check. */
void amp_density_make(const struct amp_region *region, double spread_m, struct amp_density *out);
double amp_density_at(const struct amp_density *density, struct amp_spot spot); /* 1/m2 */
/* Share of the probability within radius_m of the spot, for radii of which the region has many or
 * few: approximate, at most 1. */
double amp_density_near(const struct amp_density *density, struct amp_spot spot, double radius_m);
/* n positions that stand for the region, each for one n-th of `inside`: fixed, no chance. */
void amp_density_spots(const struct amp_density *density, size_t n, struct amp_pos *out);
/* The radius round the mean that holds about `share`: for words, not for sums. */
double amp_density_radius_m(const struct amp_density *density, double share);

#endif
