/*
 * Positions in WGS 84 as integers of 1e-7 degree, and the plane geometry that needs no map.
 *
 * lat_e7 is within +-900000000 and lon_e7 within +-1800000000. Distances are metres on a sphere of
 * radius 6371008.8 m (IUGG mean radius); longitude differences are taken the short way round, so
 * the antimeridian is nothing special.
 */
#ifndef AMP_BASE_GEO_H
#define AMP_BASE_GEO_H

#include "base/str.h"

struct amp_pos {
    int32_t lat_e7;
    int32_t lon_e7;
};

struct amp_box { /* west may be greater than east: then it crosses the antimeridian */
    int32_t south_e7, west_e7, north_e7, east_e7;
};

enum {
    AMP_POS_TEXT = 32
};

bool amp_pos_valid(int64_t lat_e7, int64_t lon_e7);
AMP_MUST amp_err amp_pos_parse(struct amp_str text, struct amp_pos *out); /* "LAT,LON" in degrees */
/* A number of degrees as xs:double writes it, too: "+48.2", "-4.2E-4" (a Java program near zero).
 */
AMP_MUST amp_err amp_degrees_read(struct amp_str text, int64_t *out_e7);
AMP_MUST amp_err amp_pos_of_degrees(double lat, double lon, struct amp_pos *out);
void amp_pos_text(struct amp_pos pos, char out[AMP_POS_TEXT]); /* "41.1496123,-8.6109900" */
double amp_lat_deg(struct amp_pos pos);
double amp_lon_deg(struct amp_pos pos);
double amp_pos_distance_m(struct amp_pos a, struct amp_pos b);      /* great circle */
double amp_pos_bearing_deg(struct amp_pos from, struct amp_pos to); /* 0 north, 90 east, [0,360) */
int32_t amp_lon_delta_e7(int32_t from_e7, int32_t to_e7);           /* in -1800000000..1799999999 */
struct amp_pos amp_pos_between(struct amp_pos a, struct amp_pos b, double share); /* share 0..1 */
/* The point of segment a-b nearest to p (local plane, good below 100 km): its share along a-b and
 * the distance in metres. A segment of no length gives share 0. */
double amp_segment_near(struct amp_pos p, struct amp_pos a, struct amp_pos b, double *out_share);

#endif
