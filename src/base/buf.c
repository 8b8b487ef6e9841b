/* The growing buffer. One byte beyond the maximum is kept for a terminator. */
#include "base/buf.h"
#include "base/crypto.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CAP_MIN = 256,
    DIGITS_MAX = 20
};

struct amp_buf amp_buf_make(size_t max_bytes)
{
    assert(max_bytes < SIZE_MAX / 2);
    return (struct amp_buf){.max = max_bytes};
}

struct amp_buf amp_buf_over(char *room, size_t cap)
{
    assert(cap > 0);
    return (struct amp_buf){.data = room, .cap = cap, .max = cap - 1};
}

void amp_buf_free(struct amp_buf *buf)
{
    amp_wipe_free(buf->data);
    *buf = amp_buf_make(buf->max);
}

void amp_buf_clear(struct amp_buf *buf)
{
    buf->len = 0;
    buf->err = AMP_OK;
}

amp_err amp_buf_err(const struct amp_buf *buf)
{
    return buf->err;
}

/* Make cap at least len + more + 1 (the terminator). */
static __attribute__((noinline)) bool grow(struct amp_buf *buf, size_t more)
{
    if (buf->err) {
        return false;
    }
    if (more > buf->max - buf->len) {
        buf->err = AMP_E_LIMIT;
        return false;
    }
    size_t need = buf->len + more + 1;
    size_t cap = buf->cap > CAP_MIN / 2 ? buf->cap * 2 : CAP_MIN;
    if (cap > buf->max + 1) {
        cap = buf->max + 1;
    }
    if (cap < need) {
        cap = need;
    }
    char *data = malloc(cap); /* realloc would leave a copy behind */
    if (!data) {
        buf->err = AMP_E_NOMEM;
        return false;
    }
    if (buf->len) {
        memcpy(data, buf->data, buf->len);
    }
    amp_wipe_free(buf->data);
    buf->data = data;
    buf->cap = cap;
    return true;
}

static inline bool room(struct amp_buf *buf, size_t more)
{
    assert(buf->len <= buf->max);
    if (!buf->err && more < buf->cap - buf->len) {
        return true; /* cap is at most max + 1, so the limit holds too */
    }
    return grow(buf, more);
}

void amp_buf_put(struct amp_buf *buf, const void *data, size_t len)
{
    if (len && room(buf, len)) {
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
    }
}

void amp_buf_str(struct amp_buf *buf, struct amp_str text)
{
    amp_buf_put(buf, text.ptr, text.len);
}

void amp_buf_join(struct amp_buf *buf, const struct amp_buf *part)
{
    if (part->err && !buf->err) {
        buf->err = part->err;
    }
    amp_buf_put(buf, part->data, part->len);
}

void amp_buf_text(struct amp_buf *buf, const char *terminated)
{
    amp_buf_put(buf, terminated, strlen(terminated));
}

void amp_buf_char(struct amp_buf *buf, char c)
{
    if (room(buf, 1)) {
        buf->data[buf->len++] = c;
    }
}

void amp_buf_u64(struct amp_buf *buf, uint64_t value)
{
    char digits[DIGITS_MAX];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    amp_buf_put(buf, digits + at, sizeof(digits) - at);
}

void amp_buf_i64(struct amp_buf *buf, int64_t value)
{
    if (value >= 0) {
        amp_buf_u64(buf, (uint64_t)value);
        return;
    }
    char digits[DIGITS_MAX + 1];
    size_t at = sizeof(digits);
    uint64_t rest = 0 - (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    digits[--at] = '-';
    amp_buf_put(buf, digits + at, sizeof(digits) - at);
}

void amp_buf_printf(struct amp_buf *buf, const char *fmt, ...)
{
    if (!room(buf, 0)) {
        return;
    }
    size_t free_bytes = buf->cap - buf->len;
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(buf->data + buf->len, free_bytes, fmt, args);
    va_end(args);
    if (len < 0) {
        buf->err = AMP_E_NOMEM;
        return;
    }
    if ((size_t)len >= free_bytes) {
        if (!room(buf, (size_t)len)) {
            return;
        }
        va_start(args, fmt);
        (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
        va_end(args);
    }
    buf->len += (size_t)len;
}

static void put_le(struct amp_buf *buf, uint64_t value, size_t bytes)
{
    unsigned char out[8];
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (unsigned char)(value >> (8 * i));
    }
    amp_buf_put(buf, out, bytes);
}

void amp_buf_le32(struct amp_buf *buf, uint32_t value)
{
    put_le(buf, value, 4);
}

void amp_buf_le64(struct amp_buf *buf, uint64_t value)
{
    put_le(buf, value, 8);
}

void amp_buf_varint(struct amp_buf *buf, uint64_t value)
{
    unsigned char out[10];
    size_t len = 0;
    while (value >= 0x80U) {
        out[len++] = (unsigned char)(value | 0x80U);
        value >>= 7;
    }
    out[len++] = (unsigned char)value;
    amp_buf_put(buf, out, len);
}

void *amp_buf_extend(struct amp_buf *buf, size_t len)
{
    if (!room(buf, len)) {
        return NULL;
    }
    char *start = buf->data + buf->len;
    buf->len += len;
    return start;
}

struct amp_str amp_buf_view(const struct amp_buf *buf)
{
    return (struct amp_str){.ptr = buf->data, .len = buf->len};
}

const char *amp_buf_cstr(struct amp_buf *buf)
{
    if (!room(buf, 0)) {
        return "";
    }
    buf->data[buf->len] = '\0';
    return buf->data;
}
