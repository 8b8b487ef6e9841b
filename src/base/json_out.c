/* Writing JSON (RFC 8259) straight into a buffer; the numbers and escapes of live push are here. */
#include "base/json.h"
#include "base/timefmt.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    DECIMALS_MAX = 15
};
#define EXACT_INTEGER (INT64_C(1) << 53) /* JavaScript holds all integers below this */

struct amp_json amp_json_make(struct amp_buf *buf)
{
    return (struct amp_json){.buf = buf};
}

/* Before any value: the comma, and the proof that a value may stand here. */
static void value_begin(struct amp_json *js)
{
    if (js->after_key) {
        js->after_key = false;
        return;
    }
    assert(js->bracket[js->depth] != '{'); /* in an object a key comes first */
    if (js->comma[js->depth]) {
        assert(js->depth > 0); /* one value outside of all */
        amp_buf_char(js->buf, ',');
    }
    js->comma[js->depth] = true;
}

void amp_json_open(struct amp_json *js, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    assert(js->depth < AMP_JSON_DEPTH - 1);
    value_begin(js);
    amp_buf_char(js->buf, bracket);
    js->depth++;
    js->comma[js->depth] = false;
    js->bracket[js->depth] = bracket;
}

void amp_json_close(struct amp_json *js, char bracket)
{
    assert(js->depth > 0 && !js->after_key);
    assert(js->bracket[js->depth] == (bracket == '}' ? '{' : '['));
    assert(bracket == '}' || bracket == ']');
    amp_buf_char(js->buf, bracket);
    js->depth--;
}

/* Bytes that go out as they are. */
static const bool plain[256] = {
    [' ' ... '!'] = true,
    ['#' ... '['] = true,
    [']' ... 0x7F] = true,
};

static void escape_put(struct amp_buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char brief[] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                 ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};
    if (c < sizeof(brief) && brief[c]) {
        amp_buf_put(buf, (char[]){'\\', brief[c]}, 2);
        return;
    }
    amp_buf_put(buf, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15U]}, 6);
}

static void quoted_put(struct amp_buf *buf, struct amp_str text)
{
    amp_buf_char(buf, '"');
    size_t start = 0;
    size_t at = 0;
    while (at < text.len) {
        unsigned char c = (unsigned char)text.ptr[at];
        if (plain[c]) {
            at++;
            continue;
        }
        size_t step = amp_utf8_step(text.ptr + at, text.len - at);
        if (step > 1) {
            at += step;
            continue;
        }
        amp_buf_put(buf, text.ptr + start, at - start);
        if (step == 1) {
            escape_put(buf, c);
        } else {
            amp_buf_put(buf, "\xEF\xBF\xBD", 3);
        }
        start = ++at;
    }
    if (at > start) {
        amp_buf_put(buf, text.ptr + start, at - start);
    }
    amp_buf_char(buf, '"');
}

void amp_json_key(struct amp_json *js, const char *name)
{
    assert(js->bracket[js->depth] == '{' && !js->after_key);
    if (js->comma[js->depth]) {
        amp_buf_char(js->buf, ',');
    }
    js->comma[js->depth] = true;
    js->after_key = true;
    quoted_put(js->buf, amp_str_of(name));
    amp_buf_char(js->buf, ':');
}

void amp_json_put_str(struct amp_json *js, struct amp_str text)
{
    value_begin(js);
    quoted_put(js->buf, text);
}

void amp_json_put_buf(struct amp_json *js, const struct amp_buf *text)
{
    if (text->err && !js->buf->err) {
        js->buf->err = text->err;
    }
    amp_json_put_str(js, amp_buf_view(text));
}

void amp_json_put_text(struct amp_json *js, const char *terminated)
{
    if (terminated) {
        amp_json_put_str(js, amp_str_of(terminated));
    } else {
        amp_json_put_null(js);
    }
}

void amp_json_put_i64(struct amp_json *js, int64_t value)
{
    value_begin(js);
    bool wide = value <= -EXACT_INTEGER || value >= EXACT_INTEGER;
    if (wide) {
        amp_buf_char(js->buf, '"');
    }
    amp_buf_i64(js->buf, value);
    if (wide) {
        amp_buf_char(js->buf, '"');
    }
}

/* value / 10^decimals, every decimal written. */
static void fixed_put(struct amp_buf *buf, int64_t value, int decimals)
{
    char text[24];
    size_t at = sizeof(text);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (int i = 0; i < decimals; i++) {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (decimals) {
        text[--at] = '.';
    }
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        text[--at] = '-';
    }
    amp_buf_put(buf, text + at, sizeof(text) - at);
}

/* A number too large for the fast path: 17 significant digits, with a point in any locale. */
static void large_put(struct amp_buf *buf, double value)
{
    char text[40];
    int len = snprintf(text, sizeof(text), "%.17g", value);
    assert(len > 0 && (size_t)len < sizeof(text));
    char *comma = strchr(text, ',');
    if (comma) {
        *comma = '.';
    }
    amp_buf_put(buf, text, (size_t)len);
}

void amp_json_put_double(struct amp_json *js, double value, int decimals)
{
    static const double scale[DECIMALS_MAX + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    assert(decimals >= 0 && decimals <= DECIMALS_MAX);
    if (!isfinite(value)) {
        amp_json_put_null(js);
        return;
    }
    value_begin(js);
    double scaled = value * scale[decimals];
    if (fabs(scaled) < (double)EXACT_INTEGER) {
        fixed_put(js->buf, llround(scaled), decimals);
    } else {
        large_put(js->buf, value);
    }
}

void amp_json_put_bool(struct amp_json *js, bool value)
{
    value_begin(js);
    amp_buf_str(js->buf, value ? AMP_STR("true") : AMP_STR("false"));
}

void amp_json_put_null(struct amp_json *js)
{
    value_begin(js);
    amp_buf_put(js->buf, "null", 4);
}

void amp_json_put_time(struct amp_json *js, int64_t time_us)
{
    char text[AMP_TIME_TEXT];
    amp_time_text(time_us, text);
    value_begin(js);
    amp_buf_char(js->buf, '"');
    amp_buf_text(js->buf, text);
    amp_buf_char(js->buf, '"');
}

void amp_json_put_raw(struct amp_json *js, struct amp_str json)
{
    assert(json.len > 0);
    value_begin(js);
    amp_buf_str(js->buf, json);
}

void amp_json_str_of(struct amp_json *js, const char *name, struct amp_str text)
{
    amp_json_key(js, name);
    amp_json_put_str(js, text);
}

void amp_json_str_maybe(struct amp_json *js, const char *name, struct amp_str text)
{
    if (text.len > 0) {
        amp_json_str_of(js, name, text);
    }
}

void amp_json_buf_of(struct amp_json *js, const char *name, const struct amp_buf *text)
{
    amp_json_key(js, name);
    amp_json_put_buf(js, text);
}

void amp_json_text_of(struct amp_json *js, const char *name, const char *terminated)
{
    amp_json_key(js, name);
    amp_json_put_text(js, terminated);
}

void amp_json_i64_of(struct amp_json *js, const char *name, int64_t value)
{
    amp_json_key(js, name);
    amp_json_put_i64(js, value);
}

void amp_json_double_of(struct amp_json *js, const char *name, double value, int decimals)
{
    amp_json_key(js, name);
    amp_json_put_double(js, value, decimals);
}

void amp_json_bool_of(struct amp_json *js, const char *name, bool value)
{
    amp_json_key(js, name);
    amp_json_put_bool(js, value);
}

void amp_json_time_of(struct amp_json *js, const char *name, int64_t time_us)
{
    amp_json_key(js, name);
    amp_json_put_time(js, time_us);
}

static void degrees_of(struct amp_json *js, const char *name, int32_t value_e7)
{
    amp_json_key(js, name);
    value_begin(js);
    fixed_put(js->buf, value_e7, 7);
}

void amp_json_pos_of(struct amp_json *js, struct amp_pos pos)
{
    degrees_of(js, "lat", pos.lat_e7);
    degrees_of(js, "lon", pos.lon_e7);
}

void amp_json_put_point(struct amp_json *js, struct amp_pos pos)
{
    amp_json_open(js, '[');
    value_begin(js);
    fixed_put(js->buf, pos.lat_e7, 7);
    value_begin(js);
    fixed_put(js->buf, pos.lon_e7, 7);
    amp_json_close(js, ']');
}
