/* Plus Codes in whole numbers: see the specification named in pluscode.h. */
#include "map/pluscode.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static const char alphabet[] = "23456789CFGHJMPQRVWX";

enum {
    BASE = 20,
    SEPARATOR_AT = 8,
    PAIR_DIGITS = 10,
    GRID_DIGITS = AMP_PLUSCODE_DIGITS - PAIR_DIGITS,
    GRID_ROWS = 5,
    GRID_COLUMNS = 4
};

/* One degree is 8000 of the last pair step, each cut five times by the grid: 8000 * 5^5, 8000 *
 * 4^5. */
static const int64_t lat_per_deg = 25000000;
static const int64_t lon_per_deg = 8192000;
static const int64_t lat_grid_step = 3125; /* 5^5: units in a cell of ten digits */
static const int64_t lon_grid_step = 1024; /* 4^5 */

static int digit_value(char c)
{
    if (c >= 'a' && c <= 'z') {
        c = (char)(c - 'a' + 'A');
    }
    const char *at = c == '\0' ? NULL : strchr(alphabet, c);
    return at == NULL ? -1 : (int)(at - alphabet);
}

/* Position of the one separator, or -1 when there is none or more. */
static int separator_at(struct amp_str code)
{
    int at = -1;
    for (size_t i = 0; i < code.len; i++) {
        if (code.ptr[i] == '+') {
            if (at >= 0) {
                return -1;
            }
            at = (int)i;
        }
    }
    return at;
}

/* Padding: an even number of zeroes up to the separator, after at least two digits, nothing behind.
 */
static bool padding_valid(struct amp_str code, int separator)
{
    const char *zero = memchr(code.ptr, '0', code.len);
    if (zero == NULL) {
        return true;
    }
    int first = (int)(zero - code.ptr);
    if (separator < SEPARATOR_AT || first == 0 || first % 2 != 0 ||
        code.len != (size_t)separator + 1) {
        return false;
    }
    for (int i = first; i < separator; i++) {
        if (code.ptr[i] != '0') {
            return false;
        }
    }
    return true;
}

bool amp_pluscode_valid(struct amp_str code)
{
    if (code.len < 2 || code.len > AMP_PLUSCODE_INPUT) {
        return false;
    }
    int separator = separator_at(code);
    if (separator < 0 || separator > SEPARATOR_AT || separator % 2 != 0 ||
        code.len == (size_t)separator + 2 || (separator == 0 && code.len == 1)) {
        return false;
    }
    for (size_t i = 0; i < code.len; i++) {
        char c = code.ptr[i];
        if (c != '+' && c != '0' && digit_value(c) < 0) {
            return false;
        }
    }
    return padding_valid(code, separator);
}

bool amp_pluscode_short(struct amp_str code)
{
    return amp_pluscode_valid(code) && separator_at(code) < SEPARATOR_AT;
}

bool amp_pluscode_full(struct amp_str code)
{
    if (!amp_pluscode_valid(code) || separator_at(code) != SEPARATOR_AT) {
        return false;
    }
    /* the first digits must lie within 180 and 360 degrees */
    static const int lat_first_max = 8;
    static const int lon_first_max = 17;
    return digit_value(code.ptr[0]) <= lat_first_max && digit_value(code.ptr[1]) <= lon_first_max;
}

static int64_t lat_clip(int64_t lat)
{
    int64_t top = 180 * lat_per_deg;
    if (lat < 0) {
        return 0;
    }
    if (lat < top) {
        return lat;
    }
    return top - 1;
}

amp_err amp_pluscode_encode_int(int64_t lat_units, int64_t lon_units, int digits,
                                char out[AMP_PLUSCODE_TEXT])
{
    if (digits < 2 || (digits < PAIR_DIGITS && digits % 2 != 0)) {
        return AMP_E_RANGE;
    }
    digits = digits > AMP_PLUSCODE_DIGITS ? AMP_PLUSCODE_DIGITS : digits;
    int64_t lat = lat_clip(lat_units);
    int64_t lon = lon_units % (360 * lon_per_deg);
    lon = lon < 0 ? lon + 360 * lon_per_deg : lon;
    char digit[AMP_PLUSCODE_DIGITS];
    for (int i = GRID_DIGITS - 1; i >= 0; i--) {
        digit[PAIR_DIGITS + i] = alphabet[lat % GRID_ROWS * GRID_COLUMNS + lon % GRID_COLUMNS];
        lat /= GRID_ROWS;
        lon /= GRID_COLUMNS;
    }
    for (int i = PAIR_DIGITS - 2; i >= 0; i -= 2) {
        digit[i] = alphabet[lat % BASE];
        digit[i + 1] = alphabet[lon % BASE];
        lat /= BASE;
        lon /= BASE;
    }
    size_t len = 0;
    for (int i = 0; i < digits || i < SEPARATOR_AT; i++) {
        out[len++] = i < digits ? digit[i] : '0';
        if (i == SEPARATOR_AT - 1) {
            out[len++] = '+';
        }
    }
    assert(len < AMP_PLUSCODE_TEXT);
    out[len] = '\0';
    return AMP_OK;
}

/* floor(value * num / den) for den > 0 */
static int64_t floor_scale(int64_t value, int64_t num, int64_t den)
{
    int64_t product = value * num;
    int64_t result = product / den;
    return result * den > product ? result - 1 : result;
}

amp_err amp_pluscode_encode(struct amp_pos pos, int digits, char out[AMP_PLUSCODE_TEXT])
{
    /* units per 1e-7 degree: 2.5 and 0.8192 */
    int64_t lat = floor_scale(pos.lat_e7, 5, 2) + 90 * lat_per_deg;
    int64_t lon = floor_scale(pos.lon_e7, 8192, 10000) + 180 * lon_per_deg;
    return amp_pluscode_encode_int(lat, lon, digits, out);
}

amp_err amp_pluscode_decode(struct amp_str code, struct amp_plusarea *out)
{
    if (!amp_pluscode_full(code)) {
        return AMP_E_SYNTAX;
    }
    int64_t lat = 0;
    int64_t lon = 0;
    int64_t lat_step = BASE * BASE * lat_per_deg; /* before the first digit: 400 degrees */
    int64_t lon_step = BASE * BASE * lon_per_deg;
    int n = 0;
    for (size_t i = 0; i < code.len && n < AMP_PLUSCODE_DIGITS && code.ptr[i] != '0'; i++) {
        int value = digit_value(code.ptr[i]);
        if (value < 0) {
            continue; /* the separator */
        }
        if (n >= PAIR_DIGITS) {
            lat_step /= GRID_ROWS;
            lon_step /= GRID_COLUMNS;
            lat += value / GRID_COLUMNS * lat_step;
            lon += value % GRID_COLUMNS * lon_step;
        } else if (n % 2 == 0) {
            lat_step /= BASE;
            lat += value * lat_step;
        } else {
            lon_step /= BASE;
            lon += value * lon_step;
        }
        n++;
    }
    assert(n < PAIR_DIGITS || lat_step <= lat_grid_step);
    assert(n < PAIR_DIGITS || lon_step <= lon_grid_step);
    double lat_deg = (double)lat_per_deg;
    double lon_deg = (double)lon_per_deg;
    *out = (struct amp_plusarea){.south = (double)lat / lat_deg - 90,
                                 .west = (double)lon / lon_deg - 180,
                                 .north = (double)(lat + lat_step) / lat_deg - 90,
                                 .east = (double)(lon + lon_step) / lon_deg - 180,
                                 .digits = n};
    return AMP_OK;
}

struct amp_pos amp_pluscode_center(const struct amp_plusarea *area)
{
    double lat = fmin((area->south + area->north) / 2, 90);
    double lon = (area->west + area->east) / 2;
    return (struct amp_pos){.lat_e7 = (int32_t)lround(lat * 1e7),
                            .lon_e7 = (int32_t)lround(fmin(lon, 180) * 1e7)};
}

static void capitals(struct amp_str code, char out[AMP_PLUSCODE_TEXT])
{
    size_t len = 0;
    for (; len < code.len && len < AMP_PLUSCODE_TEXT - 1; len++) {
        char c = code.ptr[len];
        out[len] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    out[len] = '\0';
}

/* The centre whose distance from reference is least among centre, one area up and one down. */
static double nearest_turn(double center, double reference, double size, double limit)
{
    if (reference + size / 2 < center && center - size >= -limit) {
        return center - size;
    }
    if (reference - size / 2 > center && center + size <= limit) {
        return center + size;
    }
    return center;
}

amp_err amp_pluscode_recover(struct amp_str code, struct amp_pos near, char out[AMP_PLUSCODE_TEXT])
{
    if (amp_pluscode_full(code)) {
        capitals(code, out);
        return AMP_OK;
    }
    if (!amp_pluscode_short(code)) {
        return AMP_E_SYNTAX;
    }
    int missing = SEPARATOR_AT - separator_at(code);
    char prefix[AMP_PLUSCODE_TEXT];
    amp_err err = amp_pluscode_encode(near, PAIR_DIGITS, prefix);
    if (err) {
        return err;
    }
    char whole[AMP_PLUSCODE_INPUT + AMP_PLUSCODE_TEXT];
    memcpy(whole, prefix, (size_t)missing);
    memcpy(whole + missing, code.ptr, code.len);
    struct amp_plusarea area;
    err = amp_pluscode_decode((struct amp_str){.ptr = whole, .len = (size_t)missing + code.len},
                              &area);
    if (err) {
        return err;
    }
    double size = pow(BASE, 2 - missing / 2);
    double lat = nearest_turn((area.south + area.north) / 2, amp_lat_deg(near), size, 90);
    double lon = nearest_turn((area.west + area.east) / 2, amp_lon_deg(near), size, INFINITY);
    return amp_pluscode_encode_int((int64_t)floor((lat + 90) * (double)lat_per_deg),
                                   (int64_t)floor((lon + 180) * (double)lon_per_deg), area.digits,
                                   out);
}

amp_err amp_pluscode_shorten(struct amp_str code, struct amp_pos near, char out[AMP_PLUSCODE_TEXT])
{
    struct amp_plusarea area;
    amp_err err = amp_pluscode_decode(code, &area);
    if (err) {
        return err;
    }
    if (memchr(code.ptr, '0', code.len) != NULL) {
        return AMP_E_RANGE; /* a padded code has nothing to leave out */
    }
    double range = fmax(fabs((area.south + area.north) / 2 - amp_lat_deg(near)),
                        fabs((area.west + area.east) / 2 - amp_lon_deg(near)));
    static const double safety = 0.3; /* of the area's size, so that recovery has room */
    char whole[AMP_PLUSCODE_TEXT];
    capitals(code, whole);
    for (int drop = SEPARATOR_AT; drop >= 4; drop -= 2) {
        if (range < pow(BASE, 2 - drop / 2) * safety) {
            capitals(amp_str_of(whole + drop), out);
            return AMP_OK;
        }
    }
    capitals(amp_str_of(whole), out);
    return AMP_OK;
}
