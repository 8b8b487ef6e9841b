/* Packets of GT06 trackers from a stream of bytes, and the answers to them. */
#include "fleet/gt06.h"

#include "base/reader.h"
#include "base/timefmt.h"

#include <assert.h>
#include <string.h>

enum {
    SHORT_START = 0x7878,
    LONG_START = 0x7979,
    START_BYTES = 2,
    STOP_BYTES = 2,
    LEAST = 5,      /* what the length counts, at the least */
    TAIL_BYTES = 4, /* of it, serial and CRC */
    TIME_REQUEST = 0x8a
};
#define CRC_POLYNOMIAL 0x8408

enum status_bit {
    COURSE_BITS = 0x03ff,
    NORTH = 0x0400,
    WEST = 0x0800,
    FIXED = 0x1000
};

/* What each number is, and whether its device waits for an answer. */
static const struct number {
    uint8_t number;
    enum amp_gt06_kind kind;
    bool answered;
} numbers[] = {
    {0x01, AMP_GT06_LOGIN, true},         {0x13, AMP_GT06_STATUS, true},
    {0x23, AMP_GT06_STATUS, true},        {0x10, AMP_GT06_POSITION, false},
    {0x12, AMP_GT06_POSITION, false},     {0x22, AMP_GT06_POSITION, false},
    {0xa0, AMP_GT06_POSITION, false},     {0x2a, AMP_GT06_POSITION, false},
    {0x16, AMP_GT06_ALARM, true},         {0x26, AMP_GT06_ALARM, true},
    {0x27, AMP_GT06_ALARM, true},         {0xa4, AMP_GT06_ALARM, true},
    {TIME_REQUEST, AMP_GT06_OTHER, true},
};

uint16_t amp_gt06_crc(const uint8_t *data, size_t n)
{
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < n; i++) {
        crc = (uint16_t)(crc ^ data[i]);
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc >> 1) ^ ((crc & 1) != 0 ? CRC_POLYNOMIAL : 0));
        }
    }
    return (uint16_t)~crc;
}

/* ---- what is in a packet ---- */

/* Eight bytes of two digits each: a zero, and the fifteen of the IMEI. */
static void login_read(struct amp_reader *rd, struct amp_gt06_packet *out)
{
    char digit[2 * 8];
    bool decimal = true;
    for (size_t i = 0; i < 8; i++) {
        uint8_t pair = amp_reader_u8(rd);
        decimal = decimal && (pair >> 4) <= 9 && (pair & 15) <= 9;
        digit[2 * i] = (char)('0' + (pair >> 4));
        digit[2 * i + 1] = (char)('0' + (pair & 15));
    }
    if (decimal && digit[0] == '0' && amp_reader_ok(rd)) {
        memcpy(out->imei, digit + 1, AMP_GT06_IMEI);
        out->imei[AMP_GT06_IMEI] = '\0';
    }
}

static int32_t degrees_e7(uint32_t raw, bool negative)
{
    int64_t e7 = ((int64_t)raw * 50 + 4) / 9; /* 1/1,800,000 degree */
    e7 = e7 > INT32_MAX ? INT32_MAX : e7;
    return (int32_t)(negative ? -e7 : e7);
}

static void position_read(struct amp_reader *rd, struct amp_gt06_packet *out)
{
    int part[6];
    for (size_t i = 0; i < 6; i++) {
        part[i] = amp_reader_u8(rd);
    }
    (void)amp_reader_u8(rd); /* satellites */
    uint32_t lat = amp_reader_be32(rd);
    uint32_t lon = amp_reader_be32(rd);
    uint8_t kmh = amp_reader_u8(rd);
    uint16_t status = amp_reader_be16(rd);
    int64_t fix_us = 0;
    bool timed = amp_time_civil(2000 + part[0], part[1], part[2], part[3], part[4], part[5],
                                &fix_us) == AMP_OK;
    struct amp_position *position = &out->position;
    *position = (struct amp_position){.heading_deg = -1, .speed_kmh = -1, .accuracy_m = -1};
    if (!amp_reader_ok(rd) || !timed) {
        return;
    }
    position->fix_us = fix_us;
    struct amp_pos pos = {.lat_e7 = degrees_e7(lat, (status & NORTH) == 0),
                          .lon_e7 = degrees_e7(lon, (status & WEST) != 0)};
    out->fixed = (status & FIXED) != 0 && amp_pos_valid(pos.lat_e7, pos.lon_e7);
    if (out->fixed) {
        int course = status & COURSE_BITS;
        position->pos = pos;
        position->speed_kmh = kmh;
        position->heading_deg = course <= 360 ? course : -1;
    }
}

/* Behind the position: the cells with their length in front, the state of the device, the battery,
 * the signal, then what is wrong. */
static void alarm_read(struct amp_reader *rd, struct amp_gt06_packet *out)
{
    uint8_t cells = amp_reader_u8(rd);
    (void)amp_reader_bytes(rd, cells > 0 ? cells - 1U : 0);
    (void)amp_reader_bytes(rd, 3);
    uint8_t alarm = amp_reader_u8(rd);
    out->alarm = amp_reader_ok(rd) ? alarm : (uint8_t)AMP_GT06_ALARM_NONE;
}

/* ---- the answer ---- */

static void answer_make(struct amp_gt06_packet *out, int64_t now_us)
{
    uint8_t *at = out->answer;
    *at++ = SHORT_START >> 8;
    *at++ = SHORT_START & 0xff;
    *at++ = LEAST;
    *at++ = out->number;
    if (out->number == TIME_REQUEST) {
        static const uint8_t place[] = {2, 5, 8, 11, 14, 17}; /* in YYYY-MM-DDThh:mm:ss */
        char text[AMP_TIME_TEXT];
        amp_time_text(now_us, text);
        for (size_t i = 0; i < sizeof place; i++) {
            *at++ = (uint8_t)((text[place[i]] - '0') * 10 + (text[place[i] + 1] - '0'));
        }
        out->answer[START_BYTES] = LEAST + 6;
    }
    *at++ = (uint8_t)(out->serial >> 8);
    *at++ = (uint8_t)out->serial;
    uint16_t crc =
        amp_gt06_crc(out->answer + START_BYTES, (size_t)(at - out->answer) - START_BYTES);
    *at++ = (uint8_t)(crc >> 8);
    *at++ = (uint8_t)crc;
    *at++ = '\r';
    *at++ = '\n';
    out->answer_n = (size_t)(at - out->answer);
    assert(out->answer_n <= AMP_GT06_ANSWER);
}

/* ---- the frame ---- */

static void content_read(struct amp_str content, int64_t now_us, struct amp_gt06_packet *out)
{
    struct amp_reader rd = amp_reader_make(content.ptr, content.len);
    bool answered = false;
    out->kind = AMP_GT06_OTHER;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].number == out->number) {
            out->kind = numbers[i].kind;
            answered = numbers[i].answered;
        }
    }
    if (out->kind == AMP_GT06_LOGIN) {
        login_read(&rd, out);
    } else if (out->kind == AMP_GT06_POSITION || out->kind == AMP_GT06_ALARM) {
        position_read(&rd, out);
    }
    if (out->kind == AMP_GT06_ALARM) {
        alarm_read(&rd, out);
    }
    if (answered) {
        answer_make(out, now_us);
    }
}

static bool starts_here(const char *at, size_t left)
{
    bool first = at[0] == 'x' || at[0] == 'y'; /* 0x78 or 0x79, twice */
    return first && (left < START_BYTES || at[1] == at[0]);
}

/* Up to where a packet might begin. */
static size_t noise_length(struct amp_str bytes, size_t from)
{
    while (from < bytes.len && !starts_here(bytes.ptr + from, bytes.len - from)) {
        from++;
    }
    return from;
}

size_t amp_gt06_take(struct amp_str bytes, int64_t now_us, struct amp_gt06_packet *out)
{
    *out = (struct amp_gt06_packet){.kind = AMP_GT06_NOISE};
    size_t noise = noise_length(bytes, 0);
    if (noise > 0 || bytes.len == 0) {
        return noise;
    }
    struct amp_reader rd = amp_reader_make(bytes.ptr, bytes.len);
    bool is_long = amp_reader_be16(&rd) == LONG_START;
    size_t length = is_long ? amp_reader_be16(&rd) : amp_reader_u8(&rd);
    size_t all = rd.pos + length + STOP_BYTES;
    if (!amp_reader_ok(&rd)) {
        return 0;
    }
    if (length < LEAST || all > AMP_GT06_PACKET) {
        return noise_length(bytes, 1);
    }
    if (bytes.len < all) {
        return 0;
    }
    const uint8_t *data = (const uint8_t *)bytes.ptr;
    const uint8_t *tail = data + all - STOP_BYTES - TAIL_BYTES;
    uint16_t crc = (uint16_t)(tail[2] << 8 | tail[3]);
    if (tail[4] != '\r' || tail[5] != '\n' ||
        amp_gt06_crc(data + START_BYTES, (size_t)(tail - data)) != crc) {
        return noise_length(bytes, 1);
    }
    out->number = amp_reader_u8(&rd);
    out->serial = (uint16_t)(tail[0] << 8 | tail[1]);
    content_read(amp_reader_bytes(&rd, length - 1 - TAIL_BYTES), now_us, out);
    return all;
}
