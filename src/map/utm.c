/* Krueger's series for UTM, and the letters of the military grid: see utm.h. */
#include "map/utm.h"
#include <math.h>
#include <string.h>

static const double semi_major_m = 6378137;
static const double flattening = 1 / 298.257223563;
static const double scale = 0.9996;
static const double false_easting_m = 500000;
static const double false_northing_m = 10000000;
static const double deg_per_rad = 180 / 3.14159265358979323846;

enum {
    TERMS = 6,
    NEWTON_ROUNDS = 5
};

/* What depends on the ellipsoid only. */
struct series {
    double e2; /* eccentricity squared */
    double e;
    double radius_m; /* rectifying radius, times the scale */
    double alpha[TERMS], beta[TERMS];
};

static struct series series_make(void)
{
    double n = flattening / (2 - flattening);
    double n2 = n * n;
    double n3 = n2 * n;
    double n4 = n3 * n;
    double n5 = n4 * n;
    double n6 = n5 * n;
    struct series s = {.e2 = flattening * (2 - flattening)};
    s.e = sqrt(s.e2);
    s.radius_m = scale * semi_major_m / (1 + n) * (1 + n2 / 4 + n4 / 64 + n6 / 256);
    s.alpha[0] =
        n / 2 - 2 * n2 / 3 + 5 * n3 / 16 + 41 * n4 / 180 - 127 * n5 / 288 + 7891 * n6 / 37800;
    s.alpha[1] =
        13 * n2 / 48 - 3 * n3 / 5 + 557 * n4 / 1440 + 281 * n5 / 630 - 1983433 * n6 / 1935360;
    s.alpha[2] = 61 * n3 / 240 - 103 * n4 / 140 + 15061 * n5 / 26880 + 167603 * n6 / 181440;
    s.alpha[3] = 49561 * n4 / 161280 - 179 * n5 / 168 + 6601661 * n6 / 7257600;
    s.alpha[4] = 34729 * n5 / 80640 - 3418889 * n6 / 1995840;
    s.alpha[5] = 212378941 * n6 / 319334400;
    s.beta[0] = n / 2 - 2 * n2 / 3 + 37 * n3 / 96 - n4 / 360 - 81 * n5 / 512 + 96199 * n6 / 604800;
    s.beta[1] = n2 / 48 + n3 / 15 - 437 * n4 / 1440 + 46 * n5 / 105 - 1118711 * n6 / 3870720;
    s.beta[2] = 17 * n3 / 480 - 37 * n4 / 840 - 209 * n5 / 4480 + 5569 * n6 / 90720;
    s.beta[3] = 4397 * n4 / 161280 - 11 * n5 / 504 - 830251 * n6 / 7257600;
    s.beta[4] = 4583 * n5 / 161280 - 108847 * n6 / 3991680;
    s.beta[5] = 20648693 * n6 / 638668800;
    return s;
}

int amp_utm_zone(struct amp_pos pos)
{
    double lat = amp_lat_deg(pos);
    double lon = amp_lon_deg(pos);
    int zone = (int)floor((lon + 180) / 6) % 60 + 1;
    if (lat >= 56 && lat < 64 && lon >= 3 && lon < 12) {
        return 32; /* south-west Norway */
    }
    if (lat >= 72 && lat < 84 && lon >= 0 && lon < 42) { /* Svalbard: 31, 33, 35, 37 */
        return lon < 9 ? 31 : lon < 21 ? 33 : lon < 33 ? 35 : 37;
    }
    return zone;
}

static double zone_meridian_e7(int zone)
{
    return (zone * 6.0 - 183) * 1e7;
}

/* tan of the conformal latitude from tan of the geographic: Karney (7) and (9) */
static double conformal(const struct series *s, double tau)
{
    double sigma = sinh(s->e * atanh(s->e * tau / hypot(1, tau)));
    return tau * hypot(1, sigma) - sigma * hypot(1, tau);
}

struct amp_utm amp_utm_of(struct amp_pos pos, int zone)
{
    struct series s = series_make();
    double lon_e7 = amp_lon_delta_e7((int32_t)zone_meridian_e7(zone), pos.lon_e7);
    double lambda = lon_e7 / 1e7 / deg_per_rad;
    double tau = conformal(&s, tan(amp_lat_deg(pos) / deg_per_rad));
    double xi = atan2(tau, cos(lambda));
    double eta = asinh(sin(lambda) / hypot(tau, cos(lambda)));
    double north = xi;
    double east = eta;
    for (int j = 1; j <= TERMS; j++) { /* Karney (11) */
        north += s.alpha[j - 1] * sin(2 * j * xi) * cosh(2 * j * eta);
        east += s.alpha[j - 1] * cos(2 * j * xi) * sinh(2 * j * eta);
    }
    bool south = pos.lat_e7 < 0;
    return (struct amp_utm){zone, south, false_easting_m + s.radius_m * east,
                            s.radius_m * north + (south ? false_northing_m : 0)};
}

amp_err amp_utm_pos(const struct amp_utm *utm, struct amp_pos *out)
{
    static const double easting_min_m = 0;
    static const double easting_max_m = 1000000;
    if (utm->zone < 1 || utm->zone > 60 || !(utm->easting_m >= easting_min_m) ||
        !(utm->easting_m <= easting_max_m) || !(utm->northing_m >= 0) ||
        !(utm->northing_m <= false_northing_m)) {
        return AMP_E_RANGE;
    }
    struct series s = series_make();
    double north = (utm->northing_m - (utm->south ? false_northing_m : 0)) / s.radius_m;
    double east = (utm->easting_m - false_easting_m) / s.radius_m;
    double xi = north;
    double eta = east;
    for (int j = 1; j <= TERMS; j++) { /* Karney (11), the other way */
        xi -= s.beta[j - 1] * sin(2 * j * north) * cosh(2 * j * east);
        eta -= s.beta[j - 1] * cos(2 * j * north) * sinh(2 * j * east);
    }
    double want = sin(xi) / hypot(sinh(eta), cos(xi));
    double tau = want / (1 - s.e2);
    for (int i = 0; i < NEWTON_ROUNDS; i++) { /* Karney (19) to (21) */
        double got = conformal(&s, tau);
        tau += (want - got) / hypot(1, got) * (1 + (1 - s.e2) * tau * tau) /
               ((1 - s.e2) * hypot(1, tau));
    }
    double lat = atan(tau) * deg_per_rad;
    double lon = zone_meridian_e7(utm->zone) / 1e7 + atan2(sinh(eta), cos(xi)) * deg_per_rad;
    lon = lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
    return amp_pos_of_degrees(lat, lon, out);
}

static const char bands[] = "CDEFGHJKLMNPQRSTUVWX"; /* of 8 degrees from 80 S on, X of 12 */

bool amp_utm_band(char letter, bool *out_south)
{
    if (letter == '\0' || strchr(bands, letter) == NULL) {
        return false;
    }
    *out_south = letter < 'N';
    return true;
}

/* The northing of the square's letter is known but for multiples of 2,000 km: the band tells. */
static double northing_in_band(char band, double square_m)
{
    static const double period_m = 2000000;
    int number = (int)(strchr(bands, band) - bands);
    double lat = number * 8 - 80;
    struct amp_pos south_edge = {(int32_t)(lat * 1e7), 30000000};
    double bottom_m = amp_utm_of(south_edge, 31).northing_m;
    static const double square_size_m = 100000;
    while (square_m < bottom_m - square_size_m) {
        square_m += period_m;
    }
    return square_m;
}

static bool digits_read(struct amp_str text, double *out_m)
{
    static const double unit_m[] = {0, 10000, 1000, 100, 10, 1};
    uint64_t value;
    if (text.len == 0 || text.len > 5 || amp_str_u64(text, &value)) {
        return false;
    }
    *out_m = ((double)value + (text.len < 5 ? 0.5 : 0)) * unit_m[text.len];
    return true;
}

amp_err amp_mgrs_utm(struct amp_str text, struct amp_utm *out)
{
    static const char columns[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    static const char rows[] = "ABCDEFGHJKLMNPQRSTUV";
    static const double square_size_m = 100000;
    size_t zone_len = 0;
    while (zone_len < 2 && zone_len < text.len && text.ptr[zone_len] >= '0' &&
           text.ptr[zone_len] <= '9') {
        zone_len++;
    }
    uint64_t zone;
    if (text.len < zone_len + 5 || amp_str_u64((struct amp_str){text.ptr, zone_len}, &zone) ||
        zone < 1 || zone > 60) {
        return AMP_E_SYNTAX;
    }
    char band = text.ptr[zone_len];
    const char *column = strchr(columns, text.ptr[zone_len + 1]);
    const char *row = strchr(rows, text.ptr[zone_len + 2]);
    struct amp_str digits = {text.ptr + zone_len + 3, text.len - zone_len - 3};
    bool south;
    double east_m;
    double north_m;
    if (!amp_utm_band(band, &south) || column == NULL || row == NULL || digits.len % 2 != 0 ||
        !digits_read((struct amp_str){digits.ptr, digits.len / 2}, &east_m) ||
        !digits_read((struct amp_str){digits.ptr + digits.len / 2, digits.len / 2}, &north_m)) {
        return AMP_E_SYNTAX;
    }
    int set = ((int)zone - 1) % 3; /* columns repeat every three zones, rows shift by five */
    int column_number = (int)(column - columns) - set * 8;
    int row_number = (int)(row - rows) + (zone % 2 == 0 ? 15 : 0);
    if (column_number < 0 || column_number > 7) {
        return AMP_E_SYNTAX;
    }
    double square_m = northing_in_band(band, (row_number % 20) * square_size_m);
    *out = (struct amp_utm){(int)zone, south, (column_number + 1) * square_size_m + east_m,
                            square_m + north_m};
    return AMP_OK;
}
