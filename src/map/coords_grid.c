/* Positions in web addresses, geo: URIs, UTM and the military grid. */
#include "map/coords_in.h"
#include "map/utm.h"
#include <math.h>
#include <string.h>

enum {
    WORDS = 8,
    GRID_TEXT = 24,
    PAIR_TEXT = 64
};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* A number at the front of text: its length, 0 if there is none. */
static size_t number_len(struct amp_str text)
{
    size_t len = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    while (len < text.len && (digit(text.ptr[len]) || text.ptr[len] == '.')) {
        len++;
    }
    return len;
}

/* "LAT,LON" at the front; between them one of: a comma, "%2C", or `between`. */
static amp_err pair_read(struct amp_str text, const char *between, struct amp_pos *out)
{
    size_t len = number_len(text);
    struct amp_str lat = {text.ptr, len};
    struct amp_str rest = {text.ptr + len, text.len - len};
    static const char *const commas[] = {",", "%2c", "%2c%20", "%2c+", "+", ", "};
    size_t used = 0;
    if (between != NULL) {
        used = amp_coords_begins(rest, between) ? strlen(between) : 0;
    } else {
        for (size_t i = 0; i < sizeof(commas) / sizeof(commas[0]); i++) {
            size_t n = strlen(commas[i]);
            used = amp_coords_begins(rest, commas[i]) && n > used ? n : used;
        }
    }
    if (len == 0 || used == 0) {
        return AMP_E_SYNTAX;
    }
    rest = (struct amp_str){rest.ptr + used, rest.len - used};
    char pair[PAIR_TEXT];
    size_t lon_len = number_len(rest);
    if (lon_len == 0 || lat.len + lon_len + 2 > sizeof(pair)) {
        return AMP_E_SYNTAX;
    }
    lat = lat.ptr[0] == '+' ? (struct amp_str){lat.ptr + 1, lat.len - 1} : lat;
    size_t plus = rest.ptr[0] == '+' ? 1 : 0;
    memcpy(pair, lat.ptr, lat.len);
    pair[lat.len] = ',';
    memcpy(pair + lat.len + 1, rest.ptr + plus, lon_len - plus);
    return amp_pos_parse((struct amp_str){pair, lat.len + 1 + lon_len - plus}, out);
}

/* RFC 5870: geo:lat,lon[,alt][;crs=wgs84][;u=metres][;...] */
static amp_err geo_parse(struct amp_str text, struct amp_coords *out)
{
    struct amp_str rest;
    (void)amp_str_cut(text, '?', &text);
    struct amp_str params = amp_str_cut(text, ';', &rest);
    amp_err err = pair_read(rest, ",", &out->pos);
    while (!err && params.len > 0) {
        struct amp_str param;
        params = amp_str_cut(params, ';', &param);
        if (amp_coords_begins(param, "crs=") && !amp_coords_begins(param, "crs=wgs84")) {
            return AMP_E_SYNTAX; /* another reference system: not ours to guess */
        }
        if (amp_coords_begins(param, "u=") &&
            amp_str_double((struct amp_str){param.ptr + 2, param.len - 2}, &out->uncertainty_m)) {
            return AMP_E_SYNTAX;
        }
    }
    amp_coords_how(out, "geo: URI, latitude first");
    return err;
}

amp_err amp_coords_uri(struct amp_str text, struct amp_coords *out)
{
    static const struct {
        const char *mark;
        const char *between;
    } marks[] = {
        {"!3d", "!4d"},    {"mlat=", "&mlon="},    {"lat=", "&lon="}, {"lat=", "&lng="},
        {"?q=", NULL},     {"&q=", NULL},          {"query=", NULL},  {"ll=", NULL},
        {"daddr=", NULL},  {"destination=", NULL}, {"center=", NULL}, {"/@", NULL},
        {"/place/", NULL}, {"/search/", NULL},
    };
    *out = (struct amp_coords){.uncertainty_m = NAN};
    if (amp_coords_begins(text, "geo:")) {
        return geo_parse((struct amp_str){text.ptr + 4, text.len - 4}, out);
    }
    if (!amp_coords_begins(text, "http://") && !amp_coords_begins(text, "https://")) {
        return AMP_E_SYNTAX;
    }
    amp_coords_how(out, "web map, latitude first");
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        size_t len = strlen(marks[i].mark);
        for (size_t at = 0; at + len < text.len; at++) {
            struct amp_str rest = {text.ptr + at, text.len - at};
            struct amp_str behind = {rest.ptr + len, rest.len - len};
            if (amp_coords_begins(rest, marks[i].mark) &&
                !pair_read(behind, marks[i].between, &out->pos)) {
                return AMP_OK;
            }
        }
    }
    for (size_t at = 0; at + 5 < text.len; at++) { /* "#map=17/41.15/-8.61" */
        struct amp_str rest = {text.ptr + at, text.len - at};
        if (amp_coords_begins(rest, "#map=")) {
            (void)!amp_str_cut((struct amp_str){rest.ptr + 5, rest.len - 5}, '/', &rest).len;
            struct amp_str behind = {rest.ptr + rest.len, text.len};
            behind.len = (size_t)(text.ptr + text.len - behind.ptr);
            behind = behind.len > 0 ? (struct amp_str){behind.ptr + 1, behind.len - 1} : behind;
            return pair_read(behind, "/", &out->pos);
        }
    }
    return AMP_E_SYNTAX;
}

/* Words by blanks and commas; the number of them, or 0 if there are too many. */
static size_t words_cut(struct amp_str text, struct amp_str word[WORDS])
{
    size_t n = 0;
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        while (at < text.len && strchr(" ,;\t", text.ptr[at]) == NULL) {
            at++;
        }
        if (at > start) {
            if (n == WORDS) {
                return 0;
            }
            word[n++] = (struct amp_str){text.ptr + start, at - start};
        }
        at += at < text.len ? 1 : 0;
    }
    return n;
}

static amp_err mgrs_parse(const struct amp_str *word, size_t n, struct amp_coords *out)
{
    char text[GRID_TEXT];
    size_t len = 0;
    struct amp_utm utm;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < word[i].len; c++) {
            char letter = upper(word[i].ptr[c]);
            bool plain = digit(letter) || (letter >= 'A' && letter <= 'Z');
            if (len == sizeof(text) || !plain) {
                return AMP_E_SYNTAX;
            }
            text[len++] = letter;
        }
    }
    amp_err err = amp_mgrs_utm((struct amp_str){text, len}, &utm);
    err = err ? err : amp_utm_pos(&utm, &out->pos);
    if (!err) {
        amp_coords_how(out, "military grid %.*s", (int)len, text);
    }
    return err;
}

/* "458731", "458731m", "458731mE", "E458731": the number, and the letter if one was given. */
static bool metres_read(struct amp_str word, double *out, char *out_letter)
{
    *out_letter = '\0';
    if (word.len > 1 && !digit(word.ptr[0])) {
        *out_letter = upper(word.ptr[0]);
        word = (struct amp_str){word.ptr + 1, word.len - 1};
    }
    size_t len = number_len(word);
    struct amp_str unit = {word.ptr + len, word.len - len};
    if (unit.len > 0 && upper(unit.ptr[0]) == 'M') {
        unit = (struct amp_str){unit.ptr + 1, unit.len - 1};
    }
    if (unit.len == 1 && *out_letter == '\0') {
        *out_letter = upper(unit.ptr[0]);
        unit.len = 0;
    }
    return unit.len == 0 && !amp_str_double((struct amp_str){word.ptr, len}, out);
}

/* Whether the zone's letter means south of the equator, and what it was taken for. S is a band of
 * the north (32 to 40 degrees) and the hemisphere; in the far south few write either. */
static bool letter_south(char letter, const struct amp_utm *utm, const struct amp_pos *near,
                         bool *out_south, const char **out_as)
{
    static const double band_s_min_m = 3530000;
    static const double band_s_max_m = 4440000;
    *out_as = "band";
    if (letter == 'S') {
        bool in_band = utm->northing_m >= band_s_min_m && utm->northing_m <= band_s_max_m;
        *out_south = near != NULL ? near->lat_e7 < 0 : !in_band;
        *out_as = *out_south ? "hemisphere" : "band";
        return true;
    }
    return amp_utm_band(letter, out_south);
}

static amp_err utm_parse(const struct amp_str *word, size_t n, const struct amp_pos *near,
                         struct amp_coords *out)
{
    struct amp_utm utm = {.zone = 0};
    uint64_t zone;
    size_t len = n > 0 ? number_len(word[0]) : 0;
    char letter = '\0';
    if (len == 0 || len > 2 || amp_str_u64((struct amp_str){word[0].ptr, len}, &zone)) {
        return AMP_E_SYNTAX;
    }
    utm.zone = (int)zone;
    size_t at = 1;
    if (word[0].len == len + 1) {
        letter = upper(word[0].ptr[len]);
    } else if (word[0].len == len && n > 1 && word[1].len == 1) {
        letter = upper(word[1].ptr[0]);
        at = 2;
    }
    char east;
    char north;
    if (letter == '\0' || n != at + 2 || !metres_read(word[at], &utm.easting_m, &east) ||
        !metres_read(word[at + 1], &utm.northing_m, &north)) {
        return AMP_E_SYNTAX;
    }
    if (east == 'N' && north == 'E') {
        double swap = utm.easting_m;
        utm.easting_m = utm.northing_m;
        utm.northing_m = swap;
    } else if ((east != '\0' && east != 'E') || (north != '\0' && north != 'N')) {
        return AMP_E_SYNTAX;
    }
    const char *as;
    if (utm.easting_m < 100000 || !letter_south(letter, &utm, near, &utm.south, &as)) {
        return AMP_E_SYNTAX; /* "12 S 30 40" is no grid */
    }
    amp_err err = amp_utm_pos(&utm, &out->pos);
    if (!err) {
        amp_coords_how(out, "UTM zone %d, %c read as %s, %s of the equator", utm.zone, letter, as,
                       utm.south ? "south" : "north");
    }
    return err;
}

amp_err amp_coords_grid(struct amp_str text, const struct amp_pos *near, struct amp_coords *out)
{
    static const char *const labels[] = {"utm", "mgrs", "zone", "zona", "fuso", "huso"};
    struct amp_str word[WORDS];
    size_t n = words_cut(text, word);
    size_t first = 0;
    *out = (struct amp_coords){.uncertainty_m = NAN};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        struct amp_str label = first < n ? word[first] : (struct amp_str){NULL, 0};
        if (label.len > 0 && label.ptr[label.len - 1] == ':') {
            label.len--;
        }
        first += label.len == strlen(labels[i]) && amp_coords_begins(label, labels[i]) ? 1 : 0;
    }
    amp_err err = utm_parse(word + first, n - first, near, out);
    return err == AMP_E_SYNTAX && n > first ? mgrs_parse(word + first, n - first, out) : err;
}
