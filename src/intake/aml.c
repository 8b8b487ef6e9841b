/*
 * Advanced Mobile Location: what a phone sends beside an emergency call, in any of its four forms.
 *
 * Source: the forms that ETSI TS 103 625 gives and phone makers publish. Which form it is, is read
 * first, since the same keys mean other things in another version:
 *   A"ML=1;...   text SMS, version 1          A"ML=2;...   text SMS, version 2
 *   the same in packed septets (3GPP TS 23.038), as hexadecimal or base64     data SMS
 *   v=1&location_latitude=...                 the body of the HTTPS form
 *
 * The radius stays as reported, with its confidence; blanks, CRLF and typographic quotes around the
 * header are tolerated. No subscriber identity is kept.
 */
#include "intake/aml.h"

#include "base/crypto.h"
#include "intake/gsm7.h"

#include <endian.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum {
    PACKED_MAX = 1024, /* bytes of a data SMS: some seven parts */
    IMEI_MAX = 20,
    ALTITUDE_MAX_M = 20000,
    WITHIN_MAX_M = 1000000
};

/* Perhaps a blank. */
static inline bool is_low(char c)
{
    return (unsigned char)c <= ' ';
}

/* Most have no blanks around them. */
static inline struct amp_str trimmed(const char *from, const char *to)
{
    struct amp_str text = {.ptr = from, .len = (size_t)(to - from)};
    return text.len > 0 && (is_low(from[0]) || is_low(to[-1])) ? amp_str_trim(text) : text;
}

/* Where the pair ends: at its semicolon, or with the text. Eight bytes at once: a byte of `word`
 * that is 0 after the exclusive or is a semicolon, and the lowest set bit is that of the first. */
static inline const char *pair_end(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    for (; end - at >= (ptrdiff_t)sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, at, sizeof word);
        word = le64toh(word) ^ ones * ';';
        word = (word - ones) & ~word & ones << 7;
        if (word != 0) {
            return at + __builtin_ctzll(word) / CHAR_BIT;
        }
    }
    while (at < end && *at != ';') {
        at++;
    }
    return at;
}

/* In one pass: this is the most of the work of a message. */
amp_err amp_aml_pairs_read(struct amp_str text, struct amp_aml_pairs *pairs, struct amp_why *why)
{
    if (text.len == 0) {
        text = AMP_STR("");
    }
    const char *end = text.ptr + text.len;
    pairs->n = 0;
    for (const char *at = text.ptr; at < end; at++) {
        const char *from = at;
        const char *sign = NULL;
        uint32_t number = 0;
        while (at < end && *at != '=' && *at != ';') {
            number = number << CHAR_BIT | (unsigned char)*at++;
        }
        if (at < end && *at == '=') {
            sign = at;
            at = pair_end(at, end);
        }
        struct amp_str key = trimmed(from, sign != NULL ? sign : at);
        if (key.len == 0 && sign == NULL) {
            continue;
        }
        if (pairs->n == AMP_AML_PAIRS) {
            return amp_fail(why, AMP_E_LIMIT, "AML: more than %d pairs", AMP_AML_PAIRS);
        }
        pairs->key[pairs->n] =
            key.len == (size_t)((sign != NULL ? sign : at) - from) && key.len <= AMP_AML_KEY
                ? number
                : amp_aml_key(key.ptr, key.len);
        pairs->value[pairs->n++] = sign != NULL ? trimmed(sign + 1, at) : (struct amp_str){0};
    }
    return AMP_OK;
}

amp_err amp_aml_degrees(struct amp_str text, const char *key, int64_t limit_deg, int32_t *out_e7,
                        struct amp_why *why)
{
    const int64_t limit_e7 = limit_deg * 10000000;
    if (text.len > 0 && text.ptr[0] == '+') {
        text = (struct amp_str){.ptr = text.ptr + 1, .len = text.len - 1};
    }
    int64_t value = 0;
    if (text.len == 0 || text.ptr[0] == '+' || amp_str_fixed(text, 7, &value)) {
        return amp_fail(why, AMP_E_SYNTAX, "AML: %s is not a decimal number of degrees", key);
    }
    if (value > limit_e7 || value < -limit_e7) {
        return amp_fail(why, AMP_E_RANGE, "AML: %s is beyond %" PRId64 " degrees", key, limit_deg);
    }
    *out_e7 = (int32_t)value;
    return AMP_OK;
}

void amp_aml_place(struct amp_report *report, struct amp_pos pos)
{
    report->located = true;
    report->f.has |= AMP_HAS(POS);
    report->f.pos = pos;
}

amp_err amp_aml_radius(struct amp_str text, const char *key, struct amp_report *report,
                       struct amp_why *why)
{
    int64_t radius_mm = 0;
    const int64_t most_m = amp_field_rows[AMP_FIELD_RADIUS_M].high;
    if (amp_str_fixed(text, 3, &radius_mm) || radius_mm < 0 || radius_mm / 1000 > most_m) {
        return amp_fail(why, AMP_E_RANGE, "AML: %s is not a radius in metres", key);
    }
    report->f.has |= AMP_HAS(RADIUS_M);
    report->f.radius_m = (radius_mm + 999) / 1000;
    return AMP_OK;
}

void amp_aml_confidence(struct amp_str text, const char *key, struct amp_report *report)
{
    double percent = 0;
    if (amp_str_double(text, &percent) || !(percent >= 0 && percent <= 100)) {
        amp_report_warn(report, amp_str_is(amp_str_of(key), "lc")
                                    ? AMP_STR("the confidence (lc) is not a percentage")
                                    : AMP_STR("the confidence is not a percentage"));
        return;
    }
    report->f.has |= AMP_HAS(CONFIDENCE_PCT);
    report->f.confidence_pct = (int64_t)(percent + 0.5);
}

void amp_aml_also(struct amp_buf *words)
{
    amp_buf_text(words, words->len > 0 ? "; " : "");
}

static void tenths_put(struct amp_buf *out, double metres)
{
    const int64_t tenths = llrint(fabs(metres) * 10); /* printf takes longer than all the rest */
    amp_buf_text(out, metres < 0 && tenths > 0 ? "-" : "");
    amp_buf_i64(out, tenths / 10);
    amp_buf_char(out, '.');
    amp_buf_char(out, (char)('0' + tenths % 10));
    amp_buf_text(out, " m");
}

void amp_aml_altitude(struct amp_str metres, struct amp_str within, struct amp_buf *words)
{
    double height_m = 0, within_m = 0;
    const bool sure = amp_str_double(within, &within_m) == AMP_OK && within_m > 0;
    if (amp_str_double(metres, &height_m) != AMP_OK || (!sure && height_m == 0) ||
        !(height_m >= -ALTITUDE_MAX_M && height_m <= ALTITUDE_MAX_M)) {
        return;
    }
    amp_aml_also(words);
    amp_buf_text(words, "altitude ");
    tenths_put(words, height_m);
    if (sure) {
        amp_buf_text(words, ", within ");
        tenths_put(words, fmin(within_m, WITHIN_MAX_M));
    }
}

void amp_aml_words(struct amp_buf *words, struct amp_arena *arena, struct amp_report *report)
{
    if (words->len > 0 && amp_buf_err(words) == AMP_OK) {
        report->f.has |= AMP_HAS(WORDS);
        report->f.words = amp_arena_str(arena, amp_buf_view(words));
    }
}

void amp_aml_device(struct amp_str imei, const char *key, struct amp_arena *arena,
                    struct amp_report *report)
{
    bool good = imei.len <= IMEI_MAX;
    for (size_t i = 0; good && i < imei.len; i++) {
        good = imei.ptr[i] >= '0' && imei.ptr[i] <= '9';
    }
    if (!good) {
        amp_report_warn(report, amp_arena_printf(arena, "the device (%s) is not a number", key));
        return;
    }
    report->f.has |= AMP_HAS(DEVICE);
    report->f.device = amp_arena_str(arena, imei);
}

static bool same_word(struct amp_str text, struct amp_str word)
{
    if (text.len != word.len) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        c = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        if (c != word.ptr[i]) {
            return false;
        }
    }
    return true;
}

void amp_aml_source(struct amp_str method, struct amp_report *report)
{
    static const struct {
        struct amp_str word, source;
    } methods[] = {{{"g", 1}, {"aml-gnss", 8}},  {{"gps", 3}, {"aml-gnss", 8}},
                   {{"w", 1}, {"aml-wifi", 8}},  {{"wifi", 4}, {"aml-wifi", 8}},
                   {{"c", 1}, {"aml-cell", 8}},  {{"cell", 4}, {"aml-cell", 8}},
                   {{"f", 1}, {"aml-fused", 9}}, {{"fused", 5}, {"aml-fused", 9}}};
    report->f.has |= AMP_HAS(SOURCE);
    report->f.source = AMP_STR("aml");
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (same_word(method, methods[i].word)) {
            report->f.source = methods[i].source;
            return;
        }
    }
}

/* The text after A"ML= with any of the quotes a gateway may make of it; len 0 if it is no AML. */
static struct amp_str header_skip(struct amp_str text)
{
    static const struct amp_str headers[] = {
        {"A\"ML=", 5}, {"A\xE2\x80\x9CML=", 7}, {"A\xE2\x80\x9DML=", 7}};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (amp_str_starts(text, headers[i])) {
            return (struct amp_str){.ptr = text.ptr + headers[i].len,
                                    .len = text.len - headers[i].len};
        }
    }
    return (struct amp_str){0};
}

/* The text of a data SMS; false when the bytes are none. */
static bool packed_read(struct amp_str text, struct amp_arena *arena, struct amp_str *out)
{
    uint8_t bytes[PACKED_MAX];
    size_t len = 0;
    if (amp_hex_read(text, bytes, sizeof bytes, &len) &&
        amp_base64_read(text, bytes, sizeof bytes, &len)) {
        return false;
    }
    struct amp_str message = {0};
    if (amp_gsm7_unpack(bytes, len, arena, &message)) {
        return false;
    }
    *out = amp_str_trim(message);
    return header_skip(*out).len > 0;
}

static amp_err text_read(struct amp_str message, struct amp_str behind, struct amp_arena *arena,
                         struct amp_report *report, struct amp_why *why)
{
    struct amp_str version = {0};
    struct amp_str body = amp_str_cut(behind, ';', &version);
    version = amp_str_trim(version);
    const char digit = version.len == 1 ? version.ptr[0] : '\0';
    if (digit == '1') {
        return amp_aml_v1(message, body, arena, report, why);
    }
    if (digit == '2') {
        return amp_aml_v2(body, arena, report, why);
    }
    return amp_fail(why, AMP_E_UNSUPPORTED, "AML: version %.*s is not read here, only 1 and 2",
                    (int)(version.len < 8 ? version.len : 8), version.ptr);
}

static bool looks_like_form(struct amp_str text)
{
    struct amp_str key = {0};
    struct amp_str rest = amp_str_cut(text, '=', &key);
    bool word = rest.ptr != NULL && key.len > 0;
    for (size_t i = 0; word && i < key.len; i++) {
        word = (key.ptr[i] >= 'a' && key.ptr[i] <= 'z') || key.ptr[i] == '_';
    }
    return word;
}

bool amp_aml_is_form(struct amp_str bytes)
{
    struct amp_str text = amp_str_trim(bytes);
    return header_skip(text).len == 0 && looks_like_form(text);
}

amp_err amp_intake_aml(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why)
{
    struct amp_str message = amp_str_trim(bytes);
    struct amp_report report = {0};
    amp_err err = AMP_OK;
    if (!amp_utf8_valid(message)) {
        return amp_fail(why, AMP_E_SYNTAX, "AML: the message is not text");
    }
    struct amp_str behind = header_skip(message);
    if (behind.len == 0 && packed_read(message, arena, &message)) {
        behind = header_skip(message);
    }
    if (behind.len > 0) {
        err = text_read(message, behind, arena, &report, why);
    } else if (looks_like_form(message)) {
        err = amp_aml_form(message, arena, &report, why);
    } else {
        return amp_fail(
            why, AMP_E_SYNTAX,
            "AML: the message does not begin with A\"ML=, is no data SMS in hexadecimal "
            "or base64, and no form");
    }
    if (err != AMP_OK) {
        return err;
    }
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = report;
    return AMP_OK;
}
