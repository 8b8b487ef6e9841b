/*
 * AML text SMS version 2:
 * A"ML=2;en=..;et=..;lo=LAT,LON,RADIUS;lt=..;lc=..;lz=..;ls=..;ei=..;nc=..;lg=..
 *
 * et is when the call began (Unix seconds), lt how many seconds after that the fix was made (mostly
 * before: negative), lz the altitude and its accuracy, lg the phone's language: not what lt and lg
 * mean in version 1. There is no length; a message cut within `lo` has lost its radius or more and
 * places nobody.
 */
#include "intake/aml.h"

#include "base/timefmt.h"

#include <string.h>

#include <inttypes.h>

enum {
    WORDS_MAX = 160,
    LANGUAGE_MAX = 35,         /* characters of a language tag: RFC 5646, section 4.4.1 */
    OFFSET_MAX_S = 366 * 86400 /* beyond it the clock of the phone is wrong */
};

static amp_err position_read(const struct amp_aml_pairs *pairs, struct amp_report *report,
                             struct amp_why *why)
{
    struct amp_str value = {0};
    if (!amp_aml_get(pairs, "lo", &value)) {
        amp_report_warn(report, AMP_STR("no position in the message"));
        return AMP_OK;
    }
    struct amp_str part[3] = {{0}, {0}, {0}};
    struct amp_str rest = amp_str_cut(value, ',', &part[0]);
    rest = amp_str_cut(rest, ',', &part[1]);
    rest = amp_str_cut(rest, ',', &part[2]);
    if (rest.len > 0 || part[2].len == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "AML: lo is not LATITUDE,LONGITUDE,RADIUS");
    }
    struct amp_pos pos = {0};
    amp_err err = amp_aml_degrees(amp_str_trim(part[0]), "lo", 90, &pos.lat_e7, why);
    err = err ? err : amp_aml_degrees(amp_str_trim(part[1]), "lo", 180, &pos.lon_e7, why);
    err = err ? err : amp_aml_radius(amp_str_trim(part[2]), "lo", report, why);
    if (err != AMP_OK) {
        return err;
    }
    struct amp_str confidence = {0};
    if (amp_aml_get(pairs, "lc", &confidence)) {
        amp_aml_confidence(confidence, "lc", report);
    }
    if (pos.lat_e7 == 0 && pos.lon_e7 == 0) {
        report->f.has &= ~(AMP_HAS(RADIUS_M) | AMP_HAS(CONFIDENCE_PCT));
        amp_report_warn(report, AMP_STR("0,0 is what a phone without a fix sends"));
        return AMP_OK;
    }
    amp_aml_place(report, pos);
    return AMP_OK;
}

static void fix_time_read(const struct amp_aml_pairs *pairs, struct amp_report *report)
{
    struct amp_str began = {0};
    struct amp_str after = {0};
    int64_t began_s = 0;
    int64_t after_s = 0;
    if (!amp_aml_get(pairs, "et", &began) || !amp_aml_get(pairs, "lt", &after)) {
        return;
    }
    if (amp_str_i64(began, &began_s) || amp_str_i64(after, &after_s) || began_s < 0 ||
        began_s > AMP_TIME_MAX_US / AMP_US_PER_S - OFFSET_MAX_S || after_s < -OFFSET_MAX_S ||
        after_s > OFFSET_MAX_S || began_s + after_s < 0) {
        amp_report_warn(report, AMP_STR("the time of the fix (et, lt) cannot be read"));
        return;
    }
    report->f.has |= AMP_HAS(FIX_TIME);
    report->f.fix_time = (began_s + after_s) * AMP_US_PER_S;
}

/* How high somebody is (lz: altitude, accuracy), and what language the phone speaks. */
static void words_read(const struct amp_aml_pairs *pairs, struct amp_arena *arena,
                       struct amp_report *report)
{
    char room[WORDS_MAX];
    struct amp_buf words = amp_buf_over(room, sizeof room);
    struct amp_str value = {0}, metres = {0};
    if (report->located && amp_aml_get(pairs, "lz", &value)) {
        struct amp_str within = amp_str_cut(value, ',', &metres);
        amp_aml_altitude(amp_str_trim(metres), amp_str_trim(within), &words);
    }
    if (amp_aml_get(pairs, "lg", &value) && value.len <= LANGUAGE_MAX) {
        amp_aml_also(&words);
        amp_buf_text(&words, "phone's language: ");
        amp_buf_str(&words, value);
    }
    amp_aml_words(&words, arena, report);
}

amp_err amp_aml_v2(struct amp_str body, struct amp_arena *arena, struct amp_report *report,
                   struct amp_why *why)
{
    struct amp_aml_pairs pairs;
    amp_err err = amp_aml_pairs_read(body, &pairs, why);
    err = err ? err : position_read(&pairs, report, why);
    if (err != AMP_OK) {
        return err;
    }
    struct amp_str value = {0};
    fix_time_read(&pairs, report);
    if (amp_aml_get(&pairs, "ei", &value)) {
        amp_aml_device(value, "ei", arena, report);
    }
    words_read(&pairs, arena, report);
    value.len = amp_aml_get(&pairs, "ls", &value) ? value.len : 0;
    amp_aml_source(value, report);
    return AMP_OK;
}
