/*
 * Advanced Mobile Location as a text SMS, version 1: what a phone sends beside an emergency call.
 *
 * Source: the form that ETSI TS 103 625 gives and phone makers publish:
 * A"ML=1;lt=..;lg=..;...;ml=NNN
 *
 * Rules kept here:
 *   1. The version is read first: the same keys mean other things in version 2, which is refused.
 *   2. The first of two equal keys wins; unknown keys are ignored; any key may be missing.
 *   3. 0/0 with pm=N or rd=N is "no fix", never a place.
 *   4. A wrong length (ml) is a warning. Without ml the message may have been cut, so its last pair
 * is not believed: a longitude that lost digits would send a crew elsewhere.
 *   5. A latitude or longitude that is no number, or out of range, is an error.
 *   6. The radius stays as reported, with its confidence; blanks, CRLF and typographic quotes
 * around the header are tolerated.
 *   7. The IMSI (si) is not kept: nothing here needs it.
 */
#include "intake/intake.h"

#include "base/timefmt.h"

#include <inttypes.h>

enum {
    AML_PAIRS = 32
};

struct pairs {
    struct amp_str key[AML_PAIRS];
    struct amp_str value[AML_PAIRS];
    size_t n;
};

static bool pair_get(const struct pairs *pairs, const char *key, struct amp_str *out)
{
    for (size_t i = 0; i < pairs->n; i++) {
        if (amp_str_is(pairs->key[i], key)) {
            *out = pairs->value[i];
            return out->len > 0;
        }
    }
    return false;
}

/* The text after A"ML= with any of the quotes a gateway may make of it; len 0 if it is no AML. */
static struct amp_str header_skip(struct amp_str text)
{
    static const char *const headers[] = {"A\"ML=", "A\xE2\x80\x9CML=", "A\xE2\x80\x9DML="};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct amp_str header = amp_str_of(headers[i]);
        if (amp_str_starts(text, header)) {
            return (struct amp_str){.ptr = text.ptr + header.len, .len = text.len - header.len};
        }
    }
    return (struct amp_str){0};
}

static amp_err pairs_read(struct amp_str text, struct pairs *pairs, struct amp_why *why)
{
    while (text.len > 0) {
        struct amp_str pair = {0};
        text = amp_str_cut(text, ';', &pair);
        if (amp_str_trim(pair).len == 0) {
            continue;
        }
        if (pairs->n == AML_PAIRS) {
            return amp_fail(why, AMP_E_LIMIT, "AML: more than %d pairs", AML_PAIRS);
        }
        struct amp_str key = {0};
        struct amp_str value = amp_str_cut(pair, '=', &key);
        pairs->key[pairs->n] = amp_str_trim(key);
        pairs->value[pairs->n++] = amp_str_trim(value);
    }
    return AMP_OK;
}

/* Characters of GSM-7 text: code points, as the phone counted them. */
static size_t characters(struct amp_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return n;
}

/* Rule 4. */
static void length_check(struct pairs *pairs, struct amp_str message, struct amp_arena *arena,
                         struct amp_report *report)
{
    struct amp_str value = {0};
    if (!pair_get(pairs, "ml", &value)) {
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

static amp_err degree_read(const struct pairs *pairs, const char *key, int64_t limit_e7,
                           int64_t *out_e7, struct amp_why *why)
{
    struct amp_str text = {0};
    if (!pair_get(pairs, key, &text)) {
        return AMP_E_MISSING;
    }
    if (text.ptr[0] == '+') {
        text = (struct amp_str){.ptr = text.ptr + 1, .len = text.len - 1};
    }
    int64_t value = 0;
    if (text.len == 0 || text.ptr[0] == '+' || amp_str_fixed(text, 7, &value)) {
        return amp_fail(why, AMP_E_SYNTAX, "AML: %s is not a decimal number of degrees", key);
    }
    if (value > limit_e7 || value < -limit_e7) {
        return amp_fail(why, AMP_E_RANGE, "AML: %s is beyond %" PRId64 " degrees", key,
                        limit_e7 / 10000000);
    }
    *out_e7 = value;
    return AMP_OK;
}

static amp_err position_read(const struct pairs *pairs, struct amp_report *report,
                             struct amp_why *why)
{
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    amp_err lat_err = degree_read(pairs, "lt", INT64_C(900000000), &lat_e7, why);
    if (lat_err && lat_err != AMP_E_MISSING) {
        return lat_err;
    }
    amp_err lon_err = degree_read(pairs, "lg", INT64_C(1800000000), &lon_e7, why);
    if (lon_err && lon_err != AMP_E_MISSING) {
        return lon_err;
    }
    struct amp_str radius = {0};
    struct amp_str method = {0};
    bool no_fix = (pair_get(pairs, "rd", &radius) && amp_str_is(radius, "N")) ||
                  (pair_get(pairs, "pm", &method) && amp_str_is(method, "N"));
    if (lat_err || lon_err) {
        amp_report_warn(report, AMP_STR("no position in the message"));
        return AMP_OK;
    }
    if (no_fix) {
        return AMP_OK;
    }
    report->located = true;
    report->f.has |= AMP_HAS(POS);
    report->f.pos = (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    return AMP_OK;
}

static amp_err radius_read(const struct pairs *pairs, struct amp_report *report,
                           struct amp_why *why)
{
    struct amp_str text = {0};
    if (!report->located || !pair_get(pairs, "rd", &text)) {
        return AMP_OK;
    }
    int64_t radius_mm = 0;
    const int64_t most_m = amp_field_rows[AMP_FIELD_RADIUS_M].high;
    if (amp_str_fixed(text, 3, &radius_mm) || radius_mm < 0 || radius_mm / 1000 > most_m) {
        return amp_fail(why, AMP_E_RANGE, "AML: rd is not a radius in metres");
    }
    report->f.has |= AMP_HAS(RADIUS_M);
    report->f.radius_m = (radius_mm + 999) / 1000; /* never claim to be surer than the phone */
    int64_t confidence = 0;
    if (pair_get(pairs, "lc", &text)) {
        if (amp_str_i64(text, &confidence) || confidence < 0 || confidence > 100) {
            amp_report_warn(report, AMP_STR("the confidence (lc) is not a percentage"));
        } else {
            report->f.has |= AMP_HAS(CONFIDENCE_PCT);
            report->f.confidence_pct = confidence;
        }
    }
    return AMP_OK;
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
static void fix_time_read(const struct pairs *pairs, struct amp_report *report)
{
    struct amp_str text = {0};
    if (!pair_get(pairs, "top", &text)) {
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

static struct amp_str source_of(const struct pairs *pairs)
{
    static const struct {
        const char *code;
        struct amp_str source;
    } methods[] = {{"G", {"aml-gnss", 8}},
                   {"W", {"aml-wifi", 8}},
                   {"C", {"aml-cell", 8}},
                   {"N", {"aml", 3}},
                   {"U", {"aml", 3}}};
    struct amp_str method = {0};
    if (pair_get(pairs, "pm", &method)) {
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
            if (amp_str_is(method, methods[i].code)) {
                return methods[i].source;
            }
        }
    }
    return AMP_STR("aml");
}

static void device_read(const struct pairs *pairs, struct amp_arena *arena,
                        struct amp_report *report)
{
    struct amp_str imei = {0};
    if (!pair_get(pairs, "ei", &imei)) {
        return;
    }
    for (size_t i = 0; i < imei.len; i++) {
        if (imei.len > 20 || imei.ptr[i] < '0' || imei.ptr[i] > '9') {
            amp_report_warn(report, AMP_STR("the device (ei) is not a number"));
            return;
        }
    }
    report->f.has |= AMP_HAS(DEVICE);
    report->f.device = amp_arena_str(arena, imei);
}

amp_err amp_intake_aml(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why)
{
    struct amp_str message = amp_str_trim(bytes);
    if (!amp_utf8_valid(message)) {
        return amp_fail(why, AMP_E_SYNTAX, "AML: the message is not text");
    }
    struct amp_str body = header_skip(message);
    if (body.len == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "AML: the message does not begin with A\"ML=");
    }
    struct amp_str version = {0};
    body = amp_str_cut(body, ';', &version);
    if (!amp_str_is(amp_str_trim(version), "1")) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "AML: version %.*s is not read here, only 1",
                        (int)(version.len < 8 ? version.len : 8), version.ptr);
    }
    struct amp_report report = {0};
    struct pairs pairs = {0};
    amp_err err = pairs_read(body, &pairs, why);
    if (err) {
        return err;
    }
    length_check(&pairs, message, arena, &report);
    err = position_read(&pairs, &report, why);
    if (!err) {
        err = radius_read(&pairs, &report, why);
    }
    if (err) {
        return err;
    }
    fix_time_read(&pairs, &report);
    device_read(&pairs, arena, &report);
    report.f.has |= AMP_HAS(SOURCE);
    report.f.source = source_of(&pairs);
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = report;
    return AMP_OK;
}
