/* A region as text: NAME:NUMBERS, then @CONFIDENCE, ~AGE and #SOURCE. */
#include "map/region.h"

#include <math.h>
#include <string.h>

enum {
    NUMBERS_MAX = 2 * AMP_REGION_POINTS,
    E7_DIGITS = 7
};

static const struct shape_row {
    const char *word;
    enum amp_region_shape shape;
    size_t least, most; /* numbers behind the position */
} rows[] = {
    {"point", AMP_REGION_POINT, 0, 0},
    {"circle", AMP_REGION_CIRCLE, 1, 1},
    {"ellipse", AMP_REGION_ELLIPSE, 3, 3},
    {"arcband", AMP_REGION_ARC_BAND, 4, 4},
    {"polygon", AMP_REGION_POLYGON, 4, NUMBERS_MAX - 2},
};

/* Takes what stands behind the last `mark`. */
static bool tail_cut(struct amp_str *text, char mark, struct amp_str *tail)
{
    const char *at = text->len > 0 ? memrchr(text->ptr, mark, text->len) : NULL;
    if (at == NULL) {
        return false;
    }
    size_t head = (size_t)(at - text->ptr);
    *tail = (struct amp_str){at + 1, text->len - head - 1};
    text->len = head;
    return true;
}

static amp_err tails_read(struct amp_str *text, struct amp_region_text *out, struct amp_why *why)
{
    struct amp_str tail = {0};
    double percent = 0;
    if (tail_cut(text, '#', &tail)) {
        out->source = tail;
    }
    if (tail_cut(text, '~', &tail) && (amp_str_double(tail, &out->age_s) ||
                                       !(out->age_s >= 0 && out->age_s <= AMP_REGION_AGE_MAX_S))) {
        return amp_fail(why, AMP_E_RANGE, "behind ~ stands how many seconds ago, 0 to %d",
                        AMP_REGION_AGE_MAX_S);
    }
    if (tail_cut(text, '@', &tail)) {
        if (amp_str_double(tail, &percent) || !(percent > 0 && percent < 100)) {
            return amp_fail(why, AMP_E_RANGE,
                            "behind @ stands the confidence in percent, above 0 and below 100");
        }
        out->region.confidence = percent / 100;
    }
    return AMP_OK;
}

static amp_err pos_read(struct amp_str lat, struct amp_str lon, struct amp_pos *out,
                        struct amp_why *why)
{
    int64_t lat_e7 = 0, lon_e7 = 0;
    if (amp_str_fixed(amp_str_trim(lat), E7_DIGITS, &lat_e7) ||
        amp_str_fixed(amp_str_trim(lon), E7_DIGITS, &lon_e7)) {
        return amp_fail(why, AMP_E_SYNTAX, "a position is LAT,LON in decimal degrees");
    }
    if (!amp_pos_valid(lat_e7, lon_e7)) {
        return amp_fail(why, AMP_E_RANGE, "there is no such position on Earth");
    }
    *out = (struct amp_pos){(int32_t)lat_e7, (int32_t)lon_e7};
    return AMP_OK;
}

static amp_err corners_read(const struct amp_str *word, size_t n, struct amp_region *out,
                            struct amp_why *why)
{
    if (n % 2 != 0) {
        return amp_fail(why, AMP_E_SYNTAX, "a polygon is an even count of numbers: LAT,LON,...");
    }
    for (size_t i = 0; i < n / 2; i++) {
        amp_err err = pos_read(word[2 * i], word[2 * i + 1], &out->point[i], why);
        if (err) {
            return err;
        }
    }
    out->point_n = n / 2;
    return AMP_OK;
}

static amp_err numbers_read(const struct shape_row *row, struct amp_str text,
                            struct amp_region *out, struct amp_why *why)
{
    struct amp_str word[NUMBERS_MAX];
    size_t n = 0;
    while (text.ptr != NULL && n < NUMBERS_MAX) {
        text = amp_str_cut(text, ',', &word[n++]);
    }
    if (text.ptr != NULL || n < 2 + row->least || n > 2 + row->most) {
        return amp_fail(why, AMP_E_SYNTAX, "a %s is LAT,LON and %zu to %zu more numbers", row->word,
                        row->least, row->most);
    }
    amp_err err = pos_read(word[0], word[1], &out->at, why);
    if (err || row->shape == AMP_REGION_POLYGON) {
        return err ? err : corners_read(word, n, out, why);
    }
    double number[4] = {0};
    for (size_t i = 2; i < n; i++) {
        if (amp_str_double(amp_str_trim(word[i]), &number[i - 2])) {
            return amp_fail(why, AMP_E_SYNTAX, "\"%.*s\" is no number",
                            (int)(word[i].len < 40 ? word[i].len : 40), word[i].ptr);
        }
    }
    bool band = row->shape == AMP_REGION_ARC_BAND;
    out->radius_m = band ? number[1] : number[0];
    out->inner_m = band ? number[0] : number[1];
    out->angle_deg = number[2];
    out->opening_deg = number[3];
    return AMP_OK;
}

amp_err amp_region_parse(struct amp_str text, struct amp_region_text *out, struct amp_why *why)
{
    struct amp_region_text got;
    struct amp_str word = {0};
    memset(&got, 0, sizeof(got));
    if (text.len > AMP_REGION_TEXT) {
        return amp_fail(why, AMP_E_LIMIT, "a region has at most %d bytes", AMP_REGION_TEXT);
    }
    amp_err err = tails_read(&text, &got, why);
    if (err) {
        return err;
    }
    struct amp_str rest = amp_str_cut(text, ':', &word);
    if (rest.ptr == NULL) {
        rest = text;
        word = AMP_STR("point");
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!amp_str_is(amp_str_trim(word), rows[i].word)) {
            continue;
        }
        got.region.shape = rows[i].shape;
        err = numbers_read(&rows[i], rest, &got.region, why);
        err = err ? err : amp_region_check(&got.region, why);
        if (!err) {
            *out = got;
        }
        return err;
    }
    return amp_fail(why, AMP_E_SYNTAX,
                    "a region begins with point:, circle:, ellipse:, arcband: or polygon:");
}
