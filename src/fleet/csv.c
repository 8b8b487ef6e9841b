/*
 * One position a line: UNIT,LAT,LON[,TIME[,HEADING[,KMH[,ACCURACY[,ALARM]]]]], for scripts and for
 * the program's own gateway, where ten thousand a batch must not keep the server.
 *
 * Degrees are decimals, TIME is Unix time in milliseconds or RFC 3339, the rest whole numbers; what
 * is empty is not known. ALARM is a crew's call for help (sos, fall, collision, emergency,
 * attention, attack); with one LAT and LON may be empty. No quotes: nothing of this needs them.
 * Empty lines and lines that begin with # are passed over.
 */
#include "base/timefmt.h"
#include "fleet/fleet.h"

enum {
    FIELDS = 8
};

static int32_t extra_read(struct amp_str text, int64_t most)
{
    int64_t value = 0;
    return amp_str_i64(text, &value) == AMP_OK && value >= 0 && value <= most ? (int32_t)value : -1;
}

static bool time_read(struct amp_str text, int64_t now_us, int64_t *out_us)
{
    int64_t ms = 0;
    *out_us = now_us;
    if (text.len == 0) {
        return true;
    }
    if (amp_str_i64(text, &ms) == AMP_OK) {
        bool good = ms >= 0 && ms <= AMP_TIME_MAX_US / 1000;
        *out_us = good ? ms * 1000 : now_us;
        return good;
    }
    return amp_time_parse(text, out_us) == AMP_OK;
}

static void refuse(struct amp_fleet_report *report, struct amp_str detail)
{
    report->err = AMP_E_SYNTAX;
    report->detail = detail;
}

static void line_read(struct amp_str line, int64_t now_us, struct amp_fleet_report *report)
{
    struct amp_str field[FIELDS] = {{0}};
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    size_t n = 0;
    while (n < FIELDS && line.ptr != NULL) {
        line = amp_str_cut(line, ',', &field[n++]);
    }
    report->unit = field[0];
    report->position.heading_deg = extra_read(field[4], 360);
    report->position.speed_kmh = extra_read(field[5], 1000);
    report->position.accuracy_m = extra_read(field[6], 1000000);
    if (line.ptr != NULL || n < 3) {
        refuse(report, AMP_STR("the line is not UNIT,LAT,LON,TIME,HEADING,KMH,ACCURACY,ALARM"));
    } else if (amp_fleet_alarm_of(field[7], &report->alarm) != AMP_OK) {
        refuse(report, AMP_STR("the alarm is none of sos, fall, collision, emergency, attention, "
                               "attack"));
    } else if (report->alarm != AMP_FLEET_ALARM_NONE && field[1].len == 0 && field[2].len == 0) {
        amp_fleet_placeless(report);
    } else if (amp_str_fixed(field[1], 7, &lat_e7) || amp_str_fixed(field[2], 7, &lon_e7)) {
        refuse(report, AMP_STR("lat or lon is not a decimal number of degrees"));
    } else if (!time_read(field[3], now_us, &report->position.fix_us)) {
        refuse(report, AMP_STR("the time is neither Unix milliseconds nor RFC 3339"));
    } else {
        amp_fleet_check(report, lat_e7, lon_e7, now_us);
    }
}

amp_err amp_fleet_csv(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                      struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    struct amp_str rest = amp_arena_str(arena, bytes); /* the call signs are views of it */
    size_t most = 1;
    for (size_t i = 0; i < bytes.len; i++) {
        most += bytes.ptr[i] == '\n';
    }
    if (most > AMP_FLEET_BATCH + 1) {
        return amp_fail(why, AMP_E_LIMIT, "%zu lines; at most %d in one batch", most,
                        AMP_FLEET_BATCH);
    }
    struct amp_fleet_report *report = amp_arena_array(arena, most, sizeof *report);
    if (report == NULL || amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    while (rest.len > 0) {
        struct amp_str line = {0};
        rest = amp_str_cut(rest, '\n', &line);
        line = amp_str_trim(line);
        if (line.len > 0 && line.ptr[0] != '#') {
            line_read(line, now_us, &report[n++]);
        }
    }
    if (n > AMP_FLEET_BATCH) {
        return amp_fail(why, AMP_E_LIMIT, "%zu lines; at most %d in one batch", n, AMP_FLEET_BATCH);
    }
    *out = report;
    *out_n = n;
    return AMP_OK;
}
