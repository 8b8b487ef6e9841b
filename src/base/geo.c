/* Spherical and plane geometry on positions in 1e-7 degree. */
#include "base/geo.h"
#include <assert.h>
#include <math.h>

#define EARTH_RADIUS_M 6371008.8
#define RAD_PER_E7     (M_PI / 180.0 * 1e-7)

enum {
    LAT_MAX_E7 = 900000000,
    LON_MAX_E7 = 1800000000
};
#define TURN_E7 INT64_C(3600000000)

bool amp_pos_valid(int64_t lat_e7, int64_t lon_e7)
{
    return lat_e7 >= -LAT_MAX_E7 && lat_e7 <= LAT_MAX_E7 && lon_e7 >= -LON_MAX_E7 &&
           lon_e7 <= LON_MAX_E7;
}

amp_err amp_pos_parse(struct amp_str text, struct amp_pos *out)
{
    struct amp_str lat = {0};
    struct amp_str lon = amp_str_cut(text, ',', &lat);
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    amp_err err = amp_str_fixed(amp_str_trim(lat), 7, &lat_e7);
    if (err) {
        return err;
    }
    err = amp_str_fixed(amp_str_trim(lon), 7, &lon_e7);
    if (err) {
        return err;
    }
    if (!amp_pos_valid(lat_e7, lon_e7)) {
        return AMP_E_RANGE;
    }
    *out = (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    return AMP_OK;
}

amp_err amp_degrees_read(struct amp_str text, int64_t *out_e7)
{
    double degrees = 0;
    if (text.len > 1 && text.ptr[0] == '+' && text.ptr[1] != '-') {
        text = (struct amp_str){.ptr = text.ptr + 1, .len = text.len - 1};
    }
    amp_err err = amp_str_fixed(text, 7, out_e7);
    if (err != AMP_E_SYNTAX || amp_str_double(text, &degrees)) {
        return err;
    }
    if (!(fabs(degrees) <= 1000)) {
        return AMP_E_RANGE;
    }
    *out_e7 = llround(degrees * 1e7);
    return AMP_OK;
}

amp_err amp_pos_of_degrees(double lat, double lon, struct amp_pos *out)
{
    bool within = lat >= -90.0 && lat <= 90.0 && lon >= -180.0 && lon <= 180.0;
    if (!within) { /* not-a-number is not within either */
        return AMP_E_RANGE;
    }
    *out = (struct amp_pos){.lat_e7 = (int32_t)lround(lat * 1e7),
                            .lon_e7 = (int32_t)lround(lon * 1e7)};
    return AMP_OK;
}

static char *put_degrees(char *at, int32_t value_e7)
{
    if (value_e7 < 0) {
        *at++ = '-';
    }
    uint32_t size = value_e7 < 0 ? 0U - (uint32_t)value_e7 : (uint32_t)value_e7;
    uint32_t whole = size / 10000000U;
    uint32_t behind = size % 10000000U;
    int count = whole >= 100 ? 3 : whole >= 10 ? 2 : 1;
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + whole % 10);
        whole /= 10;
    }
    at += count;
    *at++ = '.';
    for (int i = 6; i >= 0; i--) {
        at[i] = (char)('0' + behind % 10);
        behind /= 10;
    }
    return at + 7;
}

void amp_pos_text(struct amp_pos pos, char out[AMP_POS_TEXT])
{
    char *at = put_degrees(out, pos.lat_e7);
    *at++ = ',';
    at = put_degrees(at, pos.lon_e7);
    *at = '\0';
    assert(at - out < AMP_POS_TEXT);
}

double amp_lat_deg(struct amp_pos pos)
{
    return pos.lat_e7 / 1e7;
}

double amp_lon_deg(struct amp_pos pos)
{
    return pos.lon_e7 / 1e7;
}

/* Any longitude to -180 (in) .. 180 (out). */
static int32_t lon_wrap(int64_t lon_e7)
{
    int64_t turned = (lon_e7 + LON_MAX_E7) % TURN_E7;
    if (turned < 0) {
        turned += TURN_E7;
    }
    return (int32_t)(turned - LON_MAX_E7);
}

int32_t amp_lon_delta_e7(int32_t from_e7, int32_t to_e7)
{
    return lon_wrap((int64_t)to_e7 - from_e7);
}

double amp_pos_distance_m(struct amp_pos a, struct amp_pos b)
{
    /* Haversine: well conditioned for short ways; clamped for antipodes. */
    double half_lat = ((double)b.lat_e7 - a.lat_e7) * RAD_PER_E7 / 2;
    double half_lon = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * RAD_PER_E7 / 2;
    double sin_lat = sin(half_lat);
    double sin_lon = sin(half_lon);
    double h = sin_lat * sin_lat +
               cos(a.lat_e7 * RAD_PER_E7) * cos(b.lat_e7 * RAD_PER_E7) * sin_lon * sin_lon;
    return 2 * EARTH_RADIUS_M * asin(sqrt(fmin(h, 1.0)));
}

double amp_pos_bearing_deg(struct amp_pos from, struct amp_pos to)
{
    double lat1 = from.lat_e7 * RAD_PER_E7;
    double lat2 = to.lat_e7 * RAD_PER_E7;
    double lon = amp_lon_delta_e7(from.lon_e7, to.lon_e7) * RAD_PER_E7;
    double y = sin(lon) * cos(lat2);
    double x = cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(lon);
    double deg = atan2(y, x) * 180.0 / M_PI;
    deg = deg < 0 ? deg + 360.0 : deg;
    return deg >= 360.0 ? 0.0 : deg + 0.0; /* a tiny negative rounds up to 360; -0 becomes 0 */
}

struct amp_pos amp_pos_between(struct amp_pos a, struct amp_pos b, double share)
{
    assert(share >= 0.0 && share <= 1.0);
    if (share >= 1.0) {
        return b;
    }
    double lat = (double)b.lat_e7 - a.lat_e7;
    double lon = amp_lon_delta_e7(a.lon_e7, b.lon_e7);
    int64_t moved_e7 = (int64_t)a.lon_e7 + llround(lon * share);
    bool inside = moved_e7 >= -LON_MAX_E7 && moved_e7 <= LON_MAX_E7; /* keeps +180 as it came */
    return (struct amp_pos){
        .lat_e7 = a.lat_e7 + (int32_t)lround(lat * share),
        .lon_e7 = inside ? (int32_t)moved_e7 : lon_wrap(moved_e7),
    };
}

double amp_segment_near(struct amp_pos p, struct amp_pos a, struct amp_pos b, double *out_share)
{
    double m_per_e7 = EARTH_RADIUS_M * RAD_PER_E7;
    double lon_m_per_e7 = m_per_e7 * cos(p.lat_e7 * RAD_PER_E7);
    double ax = amp_lon_delta_e7(p.lon_e7, a.lon_e7) * lon_m_per_e7;
    double ay = ((double)a.lat_e7 - p.lat_e7) * m_per_e7;
    double dx = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * lon_m_per_e7;
    double dy = ((double)b.lat_e7 - a.lat_e7) * m_per_e7;
    double length2 = dx * dx + dy * dy;
    double share = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0.0;
    share = fmin(fmax(share, 0.0), 1.0);
    *out_share = share;
    return hypot(ax + share * dx, ay + share * dy);
}
