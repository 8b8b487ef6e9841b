/*
 * NMEA 0183, as receivers and radio gateways send it: RMC sentences, one a line.
 *
 *   \s:M12*5E\$GPRMC,120305.00,A,4109.1234,N,00836.5678,W,12.4,087.2,261126,,*1C
 *
 * A sentence does not say whose it is: the tag block before it does (`s:` the source, NMEA
 * 0183 4.10), and holds for the lines after it; but where one stands on a line of its own, lines
 * without any are of that one, whatever stood between. Without a valid fix (status V; or,
 * since 2.3, the mode indicator says that it is simulated, typed in or none), with a wrong checksum
 * or without a name a report is refused; other sentences are passed over. What 4.10 says of the
 * safety of navigation says nothing of the fix. The time is the receiver's, UTC.
 */
#include "base/timefmt.h"
#include "fleet/fleet.h"

#include <math.h>

enum {
    FIELDS = 16,
    MODE_FIELD = 12,
    LINE_MAX_BYTES = 512
};
#define KMH_PER_KNOT 1.852

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Cuts "*hh" off; false when it is absent or wrong. */
static bool checked(struct amp_str text, struct amp_str *body)
{
    if (text.len < 3 || text.ptr[text.len - 3] != '*') {
        return false;
    }
    unsigned sum = 0;
    for (size_t i = 0; i + 3 < text.len; i++) {
        sum ^= (unsigned char)text.ptr[i];
    }
    int high = hex_value(text.ptr[text.len - 2]);
    int low = hex_value(text.ptr[text.len - 1]);
    *body = (struct amp_str){.ptr = text.ptr, .len = text.len - 3};
    return high >= 0 && low >= 0 && sum == (unsigned)(high * 16 + low);
}

/* The `s:` of a tag block; what follows the block is returned. */
static struct amp_str tag_skip(struct amp_str line, struct amp_str *source)
{
    if (line.len == 0 || line.ptr[0] != '\\') {
        return line;
    }
    struct amp_str block = {0};
    struct amp_str rest = {.ptr = line.ptr + 1, .len = line.len - 1};
    rest = amp_str_cut(rest, '\\', &block);
    struct amp_str body = {0};
    if (rest.ptr == NULL || !checked(block, &body)) {
        *source = (struct amp_str){0};
        return rest.ptr == NULL ? line : rest;
    }
    while (body.len > 0) {
        struct amp_str pair = {0};
        body = amp_str_cut(body, ',', &pair);
        if (amp_str_starts(pair, AMP_STR("s:"))) {
            *source = (struct amp_str){.ptr = pair.ptr + 2, .len = pair.len - 2};
        }
    }
    return rest;
}

/* "4109.1234","N": degrees and minutes. */
static bool degrees_read(struct amp_str text, struct amp_str half, char plus, char minus,
                         size_t degree_digits, int64_t *out_e7)
{
    int64_t degrees = 0;
    int64_t minutes_e7 = 0;
    if (text.len < degree_digits + 2 || half.len != 1 ||
        (half.ptr[0] != plus && half.ptr[0] != minus)) {
        return false;
    }
    struct amp_str whole = {.ptr = text.ptr, .len = degree_digits};
    struct amp_str minutes = {.ptr = text.ptr + degree_digits, .len = text.len - degree_digits};
    if (amp_str_i64(whole, &degrees) || amp_str_fixed(minutes, 7, &minutes_e7) || degrees < 0 ||
        minutes_e7 < 0 || minutes_e7 >= 600000000) {
        return false;
    }
    int64_t value = degrees * 10000000 + (minutes_e7 + 30) / 60;
    *out_e7 = half.ptr[0] == minus ? -value : value;
    return true;
}

static bool two_digits(struct amp_str text, size_t at, int *out)
{
    if (text.len < at + 2 || text.ptr[at] < '0' || text.ptr[at] > '9' || text.ptr[at + 1] < '0' ||
        text.ptr[at + 1] > '9') {
        return false;
    }
    *out = (text.ptr[at] - '0') * 10 + (text.ptr[at + 1] - '0');
    return true;
}

/* hhmmss(.ss) and ddmmyy; years 80 to 99 are of the last century: a receiver that lost its count.
 */
static bool time_read(struct amp_str time, struct amp_str date, int64_t *out_us)
{
    int part[6] = {0};
    for (size_t i = 0; i < 3; i++) {
        if (!two_digits(time, 2 * i, &part[i]) || !two_digits(date, 2 * i, &part[3 + i])) {
            return false;
        }
    }
    int year = part[5] + (part[5] >= 80 ? 1900 : 2000);
    return amp_time_civil(year, part[4], part[3], part[0], part[1], part[2], out_us) == AMP_OK;
}

static int32_t extra_read(struct amp_str text, double scale, double most)
{
    double value = 0;
    if (amp_str_double(text, &value)) {
        return -1;
    }
    value *= scale;
    return value >= 0 && value <= most ? (int32_t)lround(value) : -1;
}

static void refuse(struct amp_fleet_report *report, amp_err err, struct amp_str detail)
{
    report->err = err;
    report->detail = detail;
}

/* "A", and not of a mode (S, M, N) that no receiver found out. */
static bool is_fixed(const struct amp_str field[FIELDS], size_t n)
{
    struct amp_str mode = n > MODE_FIELD ? field[MODE_FIELD] : (struct amp_str){0};
    return n >= 10 && amp_str_is(field[2], "A") && !amp_str_is(mode, "S") &&
           !amp_str_is(mode, "M") && !amp_str_is(mode, "N");
}

static void rmc_read(struct amp_str body, int64_t now_us, struct amp_fleet_report *report)
{
    struct amp_str field[FIELDS] = {{0}};
    size_t n = 0;
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    while (n < FIELDS && body.ptr != NULL) {
        body = amp_str_cut(body, ',', &field[n++]);
    }
    report->position.heading_deg = n > 8 ? extra_read(field[8], 1.0, 360.0) : -1;
    report->position.speed_kmh = n > 7 ? extra_read(field[7], KMH_PER_KNOT, 1000.0) : -1;
    report->position.accuracy_m = -1;
    if (!is_fixed(field, n)) {
        refuse(report, AMP_E_MISSING, AMP_STR("the receiver has no fix"));
        report->reason = AMP_FLEET_NO_FIX;
    } else if (!degrees_read(field[3], field[4], 'N', 'S', 2, &lat_e7) ||
               !degrees_read(field[5], field[6], 'E', 'W', 3, &lon_e7)) {
        refuse(report, AMP_E_SYNTAX,
               AMP_STR("latitude or longitude is not in degrees and minutes"));
    } else if (!time_read(field[1], field[9], &report->position.fix_us)) {
        refuse(report, AMP_E_SYNTAX, AMP_STR("the time is not hhmmss and ddmmyy"));
    } else {
        amp_fleet_check(report, lat_e7, lon_e7, now_us);
    }
}

/* Is it RMC of any talker ("GP", "GN", "GL", ...)? */
static bool is_rmc(struct amp_str sentence)
{
    return sentence.len > 6 && sentence.ptr[0] == '$' && sentence.ptr[3] == 'R' &&
           sentence.ptr[4] == 'M' && sentence.ptr[5] == 'C';
}

amp_err amp_fleet_nmea(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                       struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    struct amp_str rest = bytes;
    struct amp_str source = {0};
    struct amp_str usual = {0}; /* of a tag block that stood alone */
    size_t most = 1;
    for (size_t i = 0; i < bytes.len; i++) {
        most += bytes.ptr[i] == '\n';
    }
    if (most > AMP_FLEET_BATCH) {
        return amp_fail(why, AMP_E_LIMIT, "%zu lines; at most %d in one batch", most,
                        AMP_FLEET_BATCH);
    }
    struct amp_fleet_report *report = amp_arena_array(arena, most, sizeof *report);
    if (report == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    while (rest.len > 0) {
        struct amp_str line = {0};
        struct amp_str body = {0};
        rest = amp_str_cut(rest, '\n', &line);
        source = usual.len > 0 ? usual : source;
        struct amp_str sentence = tag_skip(amp_str_trim(line), &source);
        usual = sentence.len == 0 && amp_str_trim(line).len > 0 ? source : usual;
        if (!is_rmc(sentence)) {
            continue;
        }
        struct amp_fleet_report *one = &report[n++];
        one->unit = amp_arena_str(arena, source);
        one->position.fix_us = now_us;
        struct amp_str summed = {.ptr = sentence.ptr + 1, .len = sentence.len - 1};
        if (sentence.len > LINE_MAX_BYTES || !checked(summed, &body)) {
            refuse(one, AMP_E_CORRUPT, AMP_STR("the checksum is missing or wrong"));
        } else {
            rmc_read(body, now_us, one);
        }
    }
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = report;
    *out_n = n;
    return AMP_OK;
}
