/* The bounded reader: every read goes through take(). */
#include "base/reader.h"
#include <assert.h>

struct amp_reader amp_reader_make(const void *data, size_t len)
{
    assert(data || len == 0);
    return (struct amp_reader){.data = data, .len = len};
}

bool amp_reader_ok(const struct amp_reader *rd)
{
    return !rd->bad;
}

bool amp_reader_done(const struct amp_reader *rd)
{
    return !rd->bad && rd->pos == rd->len;
}

/* A bad reader has nothing left, so that a loop over it ends. */
size_t amp_reader_left(const struct amp_reader *rd)
{
    assert(rd->pos <= rd->len);
    return rd->bad ? 0 : rd->len - rd->pos;
}

static const uint8_t empty[1];

static const uint8_t *take(struct amp_reader *rd, size_t len)
{
    if (rd->bad || len > rd->len - rd->pos) {
        rd->bad = true;
        return NULL;
    }
    if (len == 0 && !rd->data) {
        return empty;
    }
    const uint8_t *at = rd->data + rd->pos;
    rd->pos += len;
    return at;
}

uint8_t amp_reader_u8(struct amp_reader *rd)
{
    const uint8_t *at = take(rd, 1);
    return at ? at[0] : 0;
}

static uint64_t take_be(struct amp_reader *rd, size_t len)
{
    const uint8_t *at = take(rd, len);
    uint64_t value = 0;
    for (size_t i = 0; at && i < len; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

static uint64_t take_le(struct amp_reader *rd, size_t len)
{
    const uint8_t *at = take(rd, len);
    uint64_t value = 0;
    for (size_t i = 0; at && i < len; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

uint16_t amp_reader_be16(struct amp_reader *rd)
{
    return (uint16_t)take_be(rd, 2);
}

uint32_t amp_reader_be32(struct amp_reader *rd)
{
    return (uint32_t)take_be(rd, 4);
}

uint32_t amp_reader_le32(struct amp_reader *rd)
{
    return (uint32_t)take_le(rd, 4);
}

uint64_t amp_reader_le64(struct amp_reader *rd)
{
    return take_le(rd, 8);
}

uint64_t amp_reader_varint(struct amp_reader *rd)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = amp_reader_u8(rd);
        if (rd->bad || (shift == 63 && byte > 1)) {
            break; /* cut short, or more than 64 bits */
        }
        value |= (uint64_t)(byte & 0x7FU) << shift;
        if (byte < 0x80U) {
            return value;
        }
    }
    rd->bad = true;
    return 0;
}

int64_t amp_reader_zigzag(struct amp_reader *rd)
{
    uint64_t raw = amp_reader_varint(rd);
    return (int64_t)((raw >> 1) ^ (0 - (raw & 1U)));
}

struct amp_str amp_reader_bytes(struct amp_reader *rd, size_t len)
{
    const uint8_t *at = take(rd, len);
    return (struct amp_str){.ptr = (const char *)at, .len = at ? len : 0};
}

struct amp_reader amp_reader_sub(struct amp_reader *rd, size_t len)
{
    const uint8_t *at = take(rd, len);
    return (struct amp_reader){.data = at, .len = at ? len : 0, .bad = rd->bad};
}
