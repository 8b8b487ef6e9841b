/* Text messages from gateways: fields, alphabets, and the header of long ones. */
#include "intake/sms.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "model/field.h"
#include <string.h>

enum {
    UDH_MAX = 140,   /* octets of a message, of which the header is the first part */
    CONCAT_8 = 0x00, /* information element identifiers: TS 23.040, section 9.2.3.24 */
    CONCAT_16 = 0x08,
    UTF8_MAX = 3, /* bytes of a character of 16 bits, or of half of one of 32 */
    SURROGATE = 0xD800,
    SURROGATE_LOW = 0xDC00,
    SURROGATE_END = 0xE000,
    CODING_DATA = 1,
    CODING_UCS2 = 2
};

/* ---- fields of a form, octet by octet ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static amp_err octets_decode(struct amp_str raw, struct amp_arena *arena, struct amp_str *out)
{
    char *text = amp_arena_alloc(arena, raw.len + 1);
    size_t n = 0;
    if (!text) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        int high = c == '%' && raw.len - i > 2 ? hex_value(raw.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_value(raw.ptr[i + 2]) : -1;
        if (low >= 0) {
            text[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            text[n++] = c == '+' ? ' ' : c; /* a stray % is meant as one */
        }
    }
    text[n] = '\0';
    *out = (struct amp_str){text, n};
    return AMP_OK;
}

amp_err amp_sms_field(struct amp_str form, const char *name, struct amp_arena *arena,
                      struct amp_str *out)
{
    while (form.len > 0) {
        struct amp_str pair = {0};
        struct amp_str key = {0};
        form = amp_str_cut(form, '&', &pair);
        struct amp_str value = amp_str_cut(pair, '=', &key);
        if (amp_str_is(key, name)) {
            return octets_decode(value, arena, out);
        }
    }
    *out = (struct amp_str){"", 0};
    return AMP_OK;
}

/* ---- alphabets ---- */

/* Appends one character as UTF-8. NUL, which no text may hold, is left out. */
static size_t utf8_put(char *to, uint32_t c)
{
    if (c == 0) {
        return 0;
    }
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static uint32_t unit_at(struct amp_str bytes, size_t i)
{
    return (uint32_t)(uint8_t)bytes.ptr[i] << 8 | (uint8_t)bytes.ptr[i + 1];
}

/* UCS-2, with pairs of surrogates as phones send them; a lone one becomes U+FFFD. */
static amp_err utf16_read(struct amp_str bytes, struct amp_arena *arena, struct amp_str *out)
{
    char *text = amp_arena_alloc(arena, bytes.len / 2 * UTF8_MAX + 1);
    size_t n = 0;
    if (!text) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i + 1 < bytes.len; i += 2) {
        uint32_t c = unit_at(bytes, i);
        bool high = c >= SURROGATE && c < SURROGATE_LOW;
        uint32_t next = high && i + 3 < bytes.len ? unit_at(bytes, i + 2) : 0;
        if (next >= SURROGATE_LOW && next < SURROGATE_END) {
            c = 0x10000 + ((c - SURROGATE) << 10) + (next - SURROGATE_LOW);
            i += 2;
        } else if (c >= SURROGATE && c < SURROGATE_END) {
            c = 0xFFFD;
        }
        n += c == 0xFEFF && i == 0 ? 0 : utf8_put(text + n, c);
    }
    *out = (struct amp_str){text, n};
    return AMP_OK;
}

static amp_err latin_read(struct amp_str bytes, struct amp_arena *arena, struct amp_str *out)
{
    /* WINDOWS-1252 from 0x80; 0: not in use. Source: WHATWG Encoding, index windows-1252 */
    static const uint16_t upper[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    char *text = amp_arena_alloc(arena, bytes.len * UTF8_MAX + 1);
    size_t n = 0;
    if (!text) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = (uint8_t)bytes.ptr[i];
        n += utf8_put(text + n, c >= 0x80 && c < 0xA0 ? upper[c - 0x80] : c);
    }
    *out = (struct amp_str){text, n};
    return AMP_OK;
}

static bool same_name(struct amp_str text, const char *name)
{
    size_t i = 0;
    while (i < text.len && name[i]) {
        char c = text.ptr[i];
        if ((char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != name[i]) {
            return false;
        }
        i++;
    }
    return i == text.len && !name[i];
}

static amp_err hex_of(struct amp_str bytes, struct amp_arena *arena, struct amp_str *out)
{
    static const char digits[] = "0123456789abcdef";
    char *text = amp_arena_alloc(arena, 2 * bytes.len + 1);
    if (!text) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        text[2 * i] = digits[(uint8_t)bytes.ptr[i] >> 4];
        text[2 * i + 1] = digits[(uint8_t)bytes.ptr[i] & 15];
    }
    *out = (struct amp_str){text, 2 * bytes.len};
    return AMP_OK;
}

static amp_err text_read(struct amp_str bytes, struct amp_str charset, int64_t coding,
                         struct amp_arena *arena, struct amp_sms_in *out)
{
    if (same_name(charset, "BINARY") || (charset.len == 0 && coding == CODING_DATA)) {
        return hex_of(bytes, arena, &out->data);
    }
    if (same_name(charset, "UTF-16BE") || same_name(charset, "UCS-2") ||
        (charset.len == 0 && coding == CODING_UCS2)) {
        return utf16_read(bytes, arena, &out->text);
    }
    bool latin = same_name(charset, "ISO-8859-1") || same_name(charset, "WINDOWS-1252");
    if (!latin && amp_utf8_valid(bytes)) {
        out->text = bytes;
        return AMP_OK;
    }
    return latin_read(bytes, arena, &out->text);
}

/* At a character's end, so that what is kept is still text. */
static void text_limit(struct amp_sms_in *sms)
{
    if (sms->text.len > AMP_TEXT_MAX) {
        size_t len = AMP_TEXT_MAX;
        while (len > 0 && ((uint8_t)sms->text.ptr[len] & 0xC0) == 0x80) {
            len--;
        }
        sms->text.len = len;
        sms->cut = true;
    }
}

/* ---- the header of long messages ---- */

/* TS 23.040, section 9.2.3.24: the length of all, then identifier, length and data of each. */
static void udh_read(const uint8_t *udh, size_t len, struct amp_part *out)
{
    size_t end = len > 0 && (size_t)udh[0] + 1 < len ? (size_t)udh[0] + 1 : len;
    for (size_t i = 1; i + 2 <= end && (size_t)udh[i + 1] <= end - i - 2; i += 2 + udh[i + 1]) {
        const uint8_t *data = udh + i + 2;
        struct amp_part part = {0};
        if (udh[i] == CONCAT_8 && udh[i + 1] == 3) {
            part = (struct amp_part){data[0], data[1], data[2]};
        } else if (udh[i] == CONCAT_16 && udh[i + 1] == 4) {
            part = (struct amp_part){(uint16_t)(data[0] << 8 | data[1]), data[2], data[3]};
        }
        /* section 9.2.3.24.1: with values that cannot be, the element is to be ignored */
        if (part.total > 1 && part.index >= 1 && part.index <= part.total) {
            *out = part;
        }
    }
}

static void header_read(struct amp_str field, struct amp_part *out)
{
    uint8_t udh[UDH_MAX];
    size_t len = 0;
    if (field.len > 0 && amp_hex_read(field, udh, sizeof(udh), &len) == AMP_OK) {
        udh_read(udh, len, out);
    } else if (field.len <= UDH_MAX) {
        udh_read((const uint8_t *)field.ptr, field.len, out);
    }
}

/* ---- all of it ---- */

struct raw { /* the fields as they came */
    struct amp_str text, charset, coding, udh, ref, parts, part, time;
};

static void numbers_read(const struct raw *raw, struct amp_sms_in *sms)
{
    uint64_t ref = 0, total = 0, index = 0;
    int64_t seconds = 0;
    if (amp_str_u64(raw->ref, &ref) == AMP_OK && amp_str_u64(raw->parts, &total) == AMP_OK &&
        amp_str_u64(raw->part, &index) == AMP_OK && total > 1 && total <= UINT8_MAX && index >= 1 &&
        index <= total) {
        sms->part = (struct amp_part){(uint16_t)ref, (uint8_t)total, (uint8_t)index};
    }
    if (amp_time_parse(raw->time, &sms->sent_us) != AMP_OK) {
        bool good = amp_str_i64(raw->time, &seconds) == AMP_OK && seconds > 0 &&
                    seconds < AMP_TIME_MAX_US / AMP_US_PER_S;
        sms->sent_us = good ? seconds * AMP_US_PER_S : 0;
    }
}

static bool is_line(struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F) {
            return false;
        }
    }
    return text.len <= AMP_LINE_MAX && amp_utf8_valid(text);
}

static amp_err whole_read(struct raw *raw, struct amp_arena *arena, struct amp_sms_in *sms,
                          struct amp_why *why)
{
    int64_t coding = 0;
    sms->from = amp_str_trim(sms->from);
    if (sms->from.len == 0) {
        return amp_fail(why, AMP_E_MISSING, "a text needs the number that it is from: \"from\"");
    }
    if (!is_line(sms->from) || !is_line(sms->to)) {
        return amp_fail(why, AMP_E_RANGE, "\"from\" and \"to\" must each be one line of UTF-8");
    }
    if (!amp_word_valid(sms->gateway)) {
        sms->gateway = AMP_STR("sms");
    }
    if (amp_str_i64(raw->coding, &coding) != AMP_OK) {
        coding = 0;
    }
    header_read(raw->udh, &sms->part);
    numbers_read(raw, sms);
    amp_err err = text_read(raw->text, raw->charset, coding, arena, sms);
    text_limit(sms);
    return err;
}

amp_err amp_sms_read_form(struct amp_str form, struct amp_arena *arena, struct amp_sms_in *out,
                          struct amp_why *why)
{
    struct amp_sms_in sms = {0};
    struct raw raw = {0};
    const struct {
        const char *name;
        struct amp_str *to;
    } fields[] = {{"from", &sms.from},       {"to", &sms.to},     {"id", &sms.id},
                  {"gateway", &sms.gateway}, {"text", &raw.text}, {"charset", &raw.charset},
                  {"coding", &raw.coding},   {"udh", &raw.udh},   {"ref", &raw.ref},
                  {"parts", &raw.parts},     {"part", &raw.part}, {"time", &raw.time}};
    if (form.len > AMP_SMS_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "a text with more than %d bytes", AMP_SMS_BYTES);
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        amp_err err = amp_sms_field(form, fields[i].name, arena, fields[i].to);
        if (err) {
            return err;
        }
    }
    /* a form takes a plus for a blank; a number begins with the one and never with the other */
    if (sms.from.len > 1 && sms.from.ptr[0] == ' ') {
        sms.from = amp_arena_printf(arena, "+%.*s", (int)sms.from.len - 1, sms.from.ptr + 1);
    }
    amp_err err = whole_read(&raw, arena, &sms, why);
    if (!err) {
        *out = sms;
    }
    return err;
}

/* A text, or a number written as one; what is neither counts as not said. */
static struct amp_str member(const json_t *obj, const char *name, struct amp_arena *arena)
{
    const json_t *value = json_object_get(obj, name);
    if (json_is_string(value)) {
        return amp_arena_str(arena,
                             (struct amp_str){json_string_value(value), json_string_length(value)});
    }
    return json_is_integer(value)
               ? amp_arena_printf(arena, "%lld", (long long)json_integer_value(value))
               : (struct amp_str){"", 0};
}

amp_err amp_sms_read_json(struct amp_str json, struct amp_arena *arena, struct amp_sms_in *out,
                          struct amp_why *why)
{
    json_t *obj = NULL;
    amp_err err = amp_json_read(json, AMP_SMS_BYTES, &obj, why);
    if (err) {
        return err;
    }
    struct raw raw = {.text = member(obj, "text", arena),
                      .udh = member(obj, "udh", arena),
                      .ref = member(obj, "ref", arena),
                      .parts = member(obj, "parts", arena),
                      .part = member(obj, "part", arena),
                      .time = member(obj, "time", arena)};
    struct amp_sms_in sms = {.from = member(obj, "from", arena),
                             .to = member(obj, "to", arena),
                             .id = member(obj, "id", arena),
                             .gateway = member(obj, "gateway", arena)};
    bool object = json_is_object(obj);
    json_decref(obj);
    if (!object) {
        return amp_fail(why, AMP_E_SYNTAX, "a text is a JSON object");
    }
    err = amp_arena_failed(arena) ? AMP_E_NOMEM : whole_read(&raw, arena, &sms, why);
    if (!err) {
        *out = sms;
    }
    return err;
}
