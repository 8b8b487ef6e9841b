/* Views of text, strict numbers, and UTF-8 well-formedness (Unicode 15, table 3-7). */
#include "base/str.h"
#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXACT_POWER = 22,
    FIXED_DIGITS_MAX = 18,
    EXPONENT_CAP = 100000
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct amp_str amp_str_of(const char *terminated)
{
    return (struct amp_str){.ptr = terminated, .len = terminated ? strlen(terminated) : 0};
}

bool amp_str_eq(struct amp_str a, struct amp_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool amp_str_is(struct amp_str a, const char *terminated)
{
    return amp_str_eq(a, amp_str_of(terminated));
}

bool amp_str_starts(struct amp_str text, struct amp_str prefix)
{
    return text.len >= prefix.len &&
           (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct amp_str amp_str_trim(struct amp_str text)
{
    while (text.len && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

struct amp_str amp_str_cut(struct amp_str text, char sep, struct amp_str *head)
{
    const char *at = text.len ? memchr(text.ptr, sep, text.len) : NULL;
    if (!at) {
        *head = text;
        return (struct amp_str){0};
    }
    size_t before = (size_t)(at - text.ptr);
    *head = (struct amp_str){.ptr = text.ptr, .len = before};
    return (struct amp_str){.ptr = at + 1, .len = text.len - before - 1};
}

struct amp_str amp_str_token(struct amp_str *text)
{
    struct amp_str line = amp_str_trim(*text);
    size_t len = 0;
    while (len < line.len && line.ptr[len] != ' ' && line.ptr[len] != '\t') {
        len++;
    }
    *text = len < line.len ? amp_str_trim((struct amp_str){line.ptr + len, line.len - len})
                           : (struct amp_str){0};
    return (struct amp_str){line.ptr, len};
}

amp_err amp_str_u64(struct amp_str text, uint64_t *out)
{
    if (text.len == 0) {
        return AMP_E_SYNTAX;
    }
    uint64_t value = 0;
    bool over = false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return AMP_E_SYNTAX;
        }
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        over = over || __builtin_mul_overflow(value, 10U, &value) ||
               __builtin_add_overflow(value, digit, &value);
    }
    if (over) {
        return AMP_E_RANGE;
    }
    *out = value;
    return AMP_OK;
}

/* Give a magnitude its sign; INT64_MIN has no positive twin. */
static amp_err signed_of(uint64_t magnitude, bool negative, int64_t *out)
{
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1U : 0U)) {
        return AMP_E_RANGE;
    }
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return AMP_OK;
}

static struct amp_str after_sign(struct amp_str text, bool *negative)
{
    *negative = text.len && text.ptr[0] == '-';
    if (*negative) {
        text.ptr++;
        text.len--;
    }
    return text;
}

amp_err amp_str_i64(struct amp_str text, int64_t *out)
{
    bool negative = false;
    uint64_t magnitude = 0;
    amp_err err = amp_str_u64(after_sign(text, &negative), &magnitude);
    return err ? err : signed_of(magnitude, negative, out);
}

/* The parts of -digits.digits(e+-digits). */
struct decimal {
    bool negative;
    bool exact; /* every digit is in the mantissa */
    uint64_t mantissa;
    int64_t exponent; /* of ten */
    size_t point;     /* where '.' stands, or 0 */
};

/* Read digits from `at` on into the mantissa; each one behind the point lowers the exponent. */
static size_t digits_read(struct amp_str text, size_t at, struct decimal *dec, int step)
{
    for (; at < text.len && is_digit(text.ptr[at]); at++) {
        if (dec->mantissa < UINT64_C(100000000000000000)) {
            dec->mantissa = dec->mantissa * 10 + (uint64_t)(text.ptr[at] - '0');
            dec->exponent += step;
        } else {
            dec->exact = false;
        }
    }
    return at;
}

static amp_err exponent_read(struct amp_str text, size_t at, struct decimal *dec)
{
    bool negative = at < text.len && text.ptr[at] == '-';
    if (negative || (at < text.len && text.ptr[at] == '+')) {
        at++;
    }
    int64_t value = 0;
    if (at == text.len) {
        return AMP_E_SYNTAX;
    }
    for (; at < text.len; at++) {
        if (!is_digit(text.ptr[at])) {
            return AMP_E_SYNTAX;
        }
        value = value < EXPONENT_CAP ? value * 10 + (text.ptr[at] - '0') : EXPONENT_CAP;
    }
    dec->exponent += negative ? -value : value;
    return AMP_OK;
}

static amp_err decimal_read(struct amp_str text, struct decimal *out)
{
    struct decimal dec = {.exact = true};
    size_t start = text.len && text.ptr[0] == '-' ? 1 : 0;
    dec.negative = start == 1;
    size_t at = digits_read(text, start, &dec, 0);
    if (at == start) {
        return AMP_E_SYNTAX;
    }
    if (at < text.len && text.ptr[at] == '.') {
        dec.point = at;
        size_t behind = at + 1;
        at = digits_read(text, behind, &dec, -1);
        if (at == behind) {
            return AMP_E_SYNTAX;
        }
    }
    if (at < text.len) {
        if (text.ptr[at] != 'e' && text.ptr[at] != 'E') {
            return AMP_E_SYNTAX;
        }
        amp_err err = exponent_read(text, at + 1, &dec);
        if (err) {
            return err;
        }
    }
    *out = dec;
    return AMP_OK;
}

/* The slow way, right for every number: strtod with the point its locale wants. */
static amp_err double_by_libc(struct amp_str text, size_t point, double *out)
{
    char copy[AMP_NUMBER_TEXT_MAX + 1];
    if (text.len > AMP_NUMBER_TEXT_MAX) {
        return AMP_E_LIMIT;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (point) {
        copy[point] = localeconv()->decimal_point[0];
    }
    char *end = NULL;
    double value = strtod(copy, &end);
    if (*end != '\0') {
        return AMP_E_SYNTAX;
    }
    if (!isfinite(value)) {
        return AMP_E_RANGE;
    }
    *out = value;
    return AMP_OK;
}

amp_err amp_str_double(struct amp_str text, double *out)
{
    static const double powers[EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    struct decimal dec = {0};
    amp_err err = decimal_read(text, &dec);
    if (err) {
        return err;
    }
    /* Both factors are exact doubles, so one rounding gives the nearest double. */
    if (dec.exact && dec.mantissa <= (UINT64_C(1) << 53) && dec.exponent >= -EXACT_POWER &&
        dec.exponent <= EXACT_POWER) {
        double value = (double)dec.mantissa;
        value = dec.exponent < 0 ? value / powers[-dec.exponent] : value * powers[dec.exponent];
        *out = dec.negative ? -value : value;
        return AMP_OK;
    }
    return double_by_libc(text, dec.point, out);
}

/* The number in one pass where nothing can overflow and nothing is rounded: digits, and perhaps a
 * point with some more behind it. False for all others, also for those that are no numbers. */
static bool fixed_plain(struct amp_str text, int digits, int64_t *out)
{
    static const int64_t powers[FIXED_DIGITS_MAX + 1] = {
        INT64_C(1),
        INT64_C(10),
        INT64_C(100),
        INT64_C(1000),
        INT64_C(10000),
        INT64_C(100000),
        INT64_C(1000000),
        INT64_C(10000000),
        INT64_C(100000000),
        INT64_C(1000000000),
        INT64_C(10000000000),
        INT64_C(100000000000),
        INT64_C(1000000000000),
        INT64_C(10000000000000),
        INT64_C(100000000000000),
        INT64_C(1000000000000000),
        INT64_C(10000000000000000),
        INT64_C(100000000000000000),
        INT64_C(1000000000000000000),
    };
    const char *at = text.ptr;
    const char *const end = at + text.len;
    const bool negative = *at == '-';
    const char *const whole = at += negative;
    int64_t value = 0;
    for (; at < end && is_digit(*at); at++) {
        value = value * 10 + (*at - '0');
    }
    const ptrdiff_t before = at - whole;
    ptrdiff_t behind = 0;
    if (before > 0 && at < end && *at == '.') {
        const char *const point = at++;
        for (; at < end && is_digit(*at); at++) {
            value = value * 10 + (*at - '0');
        }
        behind = at - point - 1;
        if (behind == 0 || behind > digits) {
            return false;
        }
    }
    if (at < end || before == 0 || before + digits > FIXED_DIGITS_MAX) {
        return false;
    }
    value *= powers[digits - behind];
    *out = negative ? -value : value;
    return true;
}

amp_err amp_str_fixed(struct amp_str text, int digits, int64_t *out)
{
    assert(digits >= 0 && digits <= FIXED_DIGITS_MAX);
    if (text.len > 0 && text.len <= FIXED_DIGITS_MAX && fixed_plain(text, digits, out)) {
        return AMP_OK;
    }
    bool negative = false;
    text = after_sign(text, &negative);
    struct amp_str whole = {0};
    struct amp_str behind = amp_str_cut(text, '.', &whole);
    bool point = whole.len < text.len;
    uint64_t value = 0;
    amp_err err = amp_str_u64(whole, &value);
    if (err == AMP_E_SYNTAX || (point && behind.len == 0)) {
        return AMP_E_SYNTAX;
    }
    bool over = err != AMP_OK;
    for (size_t i = 0; i < behind.len; i++) {
        if (!is_digit(behind.ptr[i])) {
            return AMP_E_SYNTAX;
        }
    }
    for (size_t i = 0; i < (size_t)digits; i++) {
        uint64_t digit = i < behind.len ? (uint64_t)(behind.ptr[i] - '0') : 0;
        over = over || __builtin_mul_overflow(value, 10U, &value) ||
               __builtin_add_overflow(value, digit, &value);
    }
    if (behind.len > (size_t)digits && behind.ptr[digits] >= '5') {
        over = over || __builtin_add_overflow(value, 1U, &value);
    }
    return over ? AMP_E_RANGE : signed_of(value, negative, out);
}

static bool is_tail(unsigned char c)
{
    return (c & 0xC0U) == 0x80U;
}

size_t amp_utf8_step(const char *ptr, size_t left)
{
    assert(left > 0);
    unsigned char s[4] = {0};
    memcpy(s, ptr, left < 4 ? left : 4);
    if (s[0] < 0x80U) {
        return s[0] != 0;
    }
    if (s[0] >= 0xC2U && s[0] <= 0xDFU) {
        return is_tail(s[1]) ? 2 : 0;
    }
    if ((s[0] & 0xF0U) == 0xE0U) {
        bool overlong = s[0] == 0xE0U && s[1] < 0xA0U;
        bool surrogate = s[0] == 0xEDU && s[1] > 0x9FU;
        return is_tail(s[1]) && is_tail(s[2]) && !overlong && !surrogate ? 3 : 0;
    }
    if (s[0] >= 0xF0U && s[0] <= 0xF4U) {
        bool overlong = s[0] == 0xF0U && s[1] < 0x90U;
        bool beyond = s[0] == 0xF4U && s[1] > 0x8FU;
        return is_tail(s[1]) && is_tail(s[2]) && is_tail(s[3]) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

/* Eight bytes at once: true if each is 01 to 7F. */
static bool plain_word(const char *ptr)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word = 0;
    memcpy(&word, ptr, sizeof(word));
    return ((word | (word - ones)) & (ones << 7)) == 0;
}

bool amp_utf8_valid(struct amp_str text)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.len - at >= 8 && plain_word(text.ptr + at)) {
            at += 8;
            continue;
        }
        signed char first = (signed char)text.ptr[at];
        size_t step = first > 0 ? 1 : amp_utf8_step(text.ptr + at, text.len - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

amp_err amp_str_copy(char *dst, size_t cap, struct amp_str text)
{
    if (text.len >= cap) {
        return AMP_E_LIMIT;
    }
    if (text.len) {
        memcpy(dst, text.ptr, text.len);
    }
    dst[text.len] = '\0';
    return AMP_OK;
}
