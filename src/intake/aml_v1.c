/*
 * AML text SMS version 1:
 * A"ML=1;lt=..;lg=..;rd=..;top=..;lc=..;pm=..;si=..;ei=..;mcc=..;mnc=..;ml=NNN
 *
 *   1. The first of two equal keys wins; unknown keys are ignored; any key may be missing.
 *   2. 0/0, and anything with pm=N or rd=N, is "no fix", never a place.
 *   3. A wrong length (ml) is a warning. Without ml the message may have been cut, so its last pair
 * is not believed: a longitude that lost digits would send a crew elsewhere.
 *   4. A latitude or longitude that is no number, or out of range, is an error.
 *   5. The IMSI (si) is not kept: nothing here needs it.
 */
#include "intake/aml.h"

#include "base/timefmt.h"

#include <inttypes.h>
#include <string.h>

/* Characters of GSM-7 text: code points, as the phone counted them. */
static size_t characters(struct amp_str text)
{
    size_t n = 0;
    size_t at = 0;
    uint64_t any = 0; /* most are ASCII, where each byte is one */
    for (; at + sizeof(uint64_t) <= text.len; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, text.ptr + at, sizeof word);
        any |= word;
    }
    for (; at < text.len; at++) {
        any |= (unsigned char)text.ptr[at];
    }
    if ((any & UINT64_C(0x8080808080808080)) == 0) {
        return text.len;
    }
    for (at = 0; at + sizeof(uint64_t) <= text.len; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, text.ptr + at, sizeof word);
        uint64_t tails = word & ~(word << 1) & UINT64_C(0x8080808080808080); /* 10xxxxxx */
        /* a bit each, added up in the highest byte */
        n += sizeof word - (size_t)((tails >> 7) * UINT64_C(0x0101010101010101) >> 56);
    }
    for (; at < text.len; at++) {
        n += ((unsigned char)text.ptr[at] & 0xC0) != 0x80;
    }
    return n;
}

/* Rule 3. */
static void length_check(struct amp_aml_pairs *pairs, struct amp_str message,
                         struct amp_arena *arena, struct amp_report *report)
{
    struct amp_str value = {0};
    if (!amp_aml_get(pairs, "ml", &value)) {
        amp_report_warn(report,
                        AMP_STR("the length (ml) is missing: the message may have been cut, "
                                "so its last pair is not used"));
        pairs->n -= pairs->n > 0;
        return;
    }
    int64_t said = 0;
    if (amp_str_i64(value, &said) || said != (int64_t)characters(message)) {
        amp_report_warn(report, amp_arena_printf(arena, "the length (ml) says %.*s, counted %zu",
                                                 (int)(value.len < 20 ? value.len : 20), value.ptr,
                                                 characters(message)));
    }
}

static amp_err position_read(const struct amp_aml_pairs *pairs, struct amp_report *report,
                             struct amp_why *why)
{
    struct amp_str lat = {0};
    struct amp_str lon = {0};
    struct amp_str radius = {0};
    struct amp_str method = {0};
    struct amp_pos pos = {0};
    bool both = amp_aml_get(pairs, "lt", &lat);
    both = amp_aml_get(pairs, "lg", &lon) && both;
    amp_err err = lat.len > 0 ? amp_aml_degrees(lat, "lt", 90, &pos.lat_e7, why) : AMP_OK;
    err = err == AMP_OK && lon.len > 0 ? amp_aml_degrees(lon, "lg", 180, &pos.lon_e7, why) : err;
    if (err != AMP_OK) {
        return err;
    }
    bool no_fix = (amp_aml_get(pairs, "rd", &radius) && amp_str_is(radius, "N")) ||
                  (amp_aml_get(pairs, "pm", &method) && amp_str_is(method, "N"));
    if (!both) {
        amp_report_warn(report, AMP_STR("no position in the message"));
        return AMP_OK;
    }
    if (no_fix) {
        return AMP_OK;
    }
    if (pos.lat_e7 == 0 && pos.lon_e7 == 0) {
        amp_report_warn(report, AMP_STR("0,0 is what a phone without a fix sends"));
        return AMP_OK;
    }
    amp_aml_place(report, pos);
    err = radius.len > 0 ? amp_aml_radius(radius, "rd", report, why) : AMP_OK;
    struct amp_str confidence = {0};
    if (err == AMP_OK && radius.len > 0 && amp_aml_get(pairs, "lc", &confidence)) {
        amp_aml_confidence(confidence, "lc", report);
    }
    return err;
}

static bool digits(struct amp_str text, size_t from, size_t n, int *out)
{
    int value = 0;
    for (size_t i = from; i < from + n; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

/* top: yyyyMMddHHmmss, UTC */
static void fix_time_read(const struct amp_aml_pairs *pairs, struct amp_report *report)
{
    struct amp_str text = {0};
    if (!amp_aml_get(pairs, "top", &text)) {
        return;
    }
    int part[6] = {0};
    static const size_t width[6] = {4, 2, 2, 2, 2, 2};
    bool good = text.len == 14;
    for (size_t i = 0, at = 0; good && i < 6; at += width[i], i++) {
        good = digits(text, at, width[i], &part[i]);
    }
    int64_t time_us = 0;
    if (!good || amp_time_civil(part[0], part[1], part[2], part[3], part[4], part[5], &time_us)) {
        amp_report_warn(report, AMP_STR("the time of the fix (top) is not yyyyMMddHHmmss"));
        return;
    }
    report->f.has |= AMP_HAS(FIX_TIME);
    report->f.fix_time = time_us;
}

amp_err amp_aml_v1(struct amp_str message, struct amp_str body, struct amp_arena *arena,
                   struct amp_report *report, struct amp_why *why)
{
    struct amp_aml_pairs pairs;
    amp_err err = amp_aml_pairs_read(body, &pairs, why);
    if (err != AMP_OK) {
        return err;
    }
    length_check(&pairs, message, arena, report);
    err = position_read(&pairs, report, why);
    if (err != AMP_OK) {
        return err;
    }
    struct amp_str value = {0};
    fix_time_read(&pairs, report);
    if (amp_aml_get(&pairs, "ei", &value)) {
        amp_aml_device(value, "ei", arena, report);
    }
    value.len = amp_aml_get(&pairs, "pm", &value) ? value.len : 0;
    amp_aml_source(value, report);
    return AMP_OK;
}
