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
    CRC_BYTES = 2,
    CELL_BYTES = 8,  /* country, network, area, cell */
    STATE_BYTES = 5, /* state, battery, signal, alarm, language */
    SPEED_MOST_KMH = 1000,
    MODULE_PLACE = 0x33,
    CAMERA_SOS = 1, /* events of dashboard cameras */
    CAMERA_CRASH = 0x93,
    TIME_REQUEST = 0x8a
};
#define CRC_POLYNOMIAL 0x8408

enum status_bit {
    COURSE_BITS = 0x03ff,
    NORTH = 0x0400,
    WEST = 0x0800,
    FIXED = 0x1000,
    STATE_ALARM = 0x38, /* of the device's own state */
    STATE_SOS = 0x20
};

/* How a packet's content is laid out. */
enum layout {
    NO_PLACE,
    LOGIN,
    STATUS,
    PLACE,   /* a position */
    COUNTED, /* a position, the part of the receiver with its length in front; 0: it has none */
    MODULES, /* number, length and content of each; one is a position */
    CELLS,   /* position; cells with their length in front; state of the device, alarm */
    STATE,   /* position; cells; the state, in whose bits the alarm is */
    TAIL,    /* no position; state, battery, signal, alarm and language are the last */
    CAMERA   /* of a dashboard camera: position, event */
};

/*
 * What each number is. Makers gave some numbers to several things: the length of the content (0:
 * any) tells them apart, and the first row that fits is taken. A position begins at `at`, or behind
 * what some makers write in front of it, at `or_at`.
 *
 * Documents ask for an answer to login, status and alarm. Devices of other makers send again what
 * is not answered, for hours and in place of newer positions: so every short packet is answered,
 * but for those that are answers themselves.
 */
static const struct number {
    uint8_t number;
    bool is_long;
    uint8_t content_n;
    uint8_t at, or_at;
    enum amp_gt06_kind kind;
    enum layout layout;
    bool answered;
} numbers[] = {
    {0x01, false, 0, 0, 0, AMP_GT06_LOGIN, LOGIN, true},
    {0x13, false, 0, 0, 0, AMP_GT06_STATUS, STATUS, true},
    {0x23, false, 0, 0, 0, AMP_GT06_STATUS, NO_PLACE, true},
    {0x36, false, 48, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x36, false, 0, 0, 0, AMP_GT06_STATUS, NO_PLACE, true},
    {0x10, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x11, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x12, false, 0, 0, 8, AMP_GT06_POSITION, PLACE, true},
    {0x17, false, 35, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x1e, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x22, false, 0, 0, 15, AMP_GT06_POSITION, PLACE, true},
    {0x24, false, 41, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x25, false, 0, 15, 0, AMP_GT06_POSITION, PLACE, true},
    {0x2a, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, false}, /* an address is what it waits for */
    {0x2d, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x31, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x32, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x32, true, 0, 0, 0, AMP_GT06_POSITION, COUNTED, true},
    {0x33, true, 0, 0, 0, AMP_GT06_POSITION, COUNTED, true},
    {0x34, false, 55, 4, 0, AMP_GT06_POSITION, PLACE, true},
    {0x37, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x38, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x38, true, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x61, false, 41, 8, 0, AMP_GT06_POSITION, PLACE, true},
    {0x70, true, 0, 0, 0, AMP_GT06_POSITION, MODULES, true},
    {0xa0, false, 0, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0xa2, false, 59, 0, 0, AMP_GT06_POSITION, PLACE, true},
    {0x16, false, 31, 0, 0, AMP_GT06_ALARM, STATE, true},
    {0x16, false, 0, 0, 0, AMP_GT06_ALARM, CELLS, true},
    {0x26, false, 0, 0, 0, AMP_GT06_ALARM, CELLS, true},
    {0x27, false, 0, 0, 0, AMP_GT06_ALARM, CELLS, true},
    {0xa4, false, 0, 0, 0, AMP_GT06_ALARM, CELLS, true},
    {0x19, false, 13, 0, 0, AMP_GT06_ALARM, TAIL, true},
    {0xa5, false, 0, 0, 0, AMP_GT06_ALARM, TAIL, true},
    {0x95, false, 7, 0, 0, AMP_GT06_OTHER, NO_PLACE, true},
    {0x95, false, 0, 0, 0, AMP_GT06_ALARM, CAMERA, true},
    {0xf1, true, 0, 0, 0, AMP_GT06_OTHER, NO_PLACE, true},
    {0xf2, true, 0, 0, 0, AMP_GT06_OTHER, NO_PLACE, true},
    {0x15, false, 0, 0, 0, AMP_GT06_OTHER, NO_PLACE, false}, /* of commands, that others gave it */
    {0x21, false, 0, 0, 0, AMP_GT06_OTHER, NO_PLACE, false},
    {0x80, false, 0, 0, 0, AMP_GT06_OTHER, NO_PLACE, false},
    {0x81, false, 0, 0, 0, AMP_GT06_OTHER, NO_PLACE, false},
    {0x82, false, 0, 0, 0, AMP_GT06_OTHER, NO_PLACE, false},
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

/* 0 when there is no such moment. */
static int64_t date_read(struct amp_reader *rd)
{
    int part[6];
    int64_t date_us = 0;
    for (size_t i = 0; i < 6; i++) {
        part[i] = amp_reader_u8(rd);
    }
    bool good = amp_time_civil(2000 + part[0], part[1], part[2], part[3], part[4], part[5],
                               &date_us) == AMP_OK;
    return good ? date_us : 0;
}

struct place {
    int64_t fix_us;
    uint32_t lat, lon;
    int32_t kmh;
    uint16_t status;
};

/* Without a date, or with something missing, nothing is known but that. */
static void place_set(const struct place *place, bool whole, struct amp_gt06_packet *out)
{
    struct amp_position *position = &out->position;
    *position = (struct amp_position){.heading_deg = -1, .speed_kmh = -1, .accuracy_m = -1};
    if (!whole || place->fix_us <= 0) {
        return;
    }
    position->fix_us = place->fix_us;
    struct amp_pos pos = {.lat_e7 = degrees_e7(place->lat, (place->status & NORTH) == 0),
                          .lon_e7 = degrees_e7(place->lon, (place->status & WEST) != 0)};
    out->fixed = (place->status & FIXED) != 0 && amp_pos_valid(pos.lat_e7, pos.lon_e7);
    if (out->fixed) {
        int course = place->status & COURSE_BITS;
        position->pos = pos;
        position->speed_kmh = place->kmh <= SPEED_MOST_KMH ? place->kmh : -1;
        position->heading_deg = course <= 360 ? course : -1;
    }
}

/* Date, satellites, place, speed, course and status. */
static void place_read(struct amp_reader *rd, bool counted, struct amp_gt06_packet *out)
{
    struct place place = {.fix_us = date_read(rd)};
    bool empty = counted && amp_reader_u8(rd) == 0;
    if (!empty) {
        (void)amp_reader_u8(rd); /* satellites */
        place.lat = amp_reader_be32(rd);
        place.lon = amp_reader_be32(rd);
        place.kmh = amp_reader_u8(rd);
        place.status = amp_reader_be16(rd);
    }
    place_set(&place, amp_reader_ok(rd), out);
}

/* The module 33 is the position, with the seconds since 1970. */
static void modules_read(struct amp_reader *rd, struct amp_gt06_packet *out)
{
    while (amp_reader_left(rd) > 0 && amp_reader_ok(rd)) {
        unsigned number = amp_reader_be16(rd);
        size_t n = amp_reader_be16(rd);
        struct amp_reader module = amp_reader_sub(rd, n);
        if (number == MODULE_PLACE) {
            struct place place = {.fix_us = amp_reader_be32(&module) * AMP_US_PER_S};
            (void)amp_reader_bytes(&module, 1 + 2); /* satellites, altitude */
            place.lat = amp_reader_be32(&module);
            place.lon = amp_reader_be32(&module);
            place.kmh = amp_reader_u8(&module);
            place.status = amp_reader_be16(&module);
            place_set(&place, amp_reader_ok(&module), out);
        }
    }
    if (out->position.fix_us == 0) {
        out->kind = AMP_GT06_OTHER; /* it tells of something else */
    }
}

/* ---- alarms ---- */

/* The state of the device says it too, and some say it nowhere else. */
static uint8_t alarm_of(uint8_t state, uint8_t alarm)
{
    return (state & STATE_ALARM) == STATE_SOS ? (uint8_t)AMP_GT06_ALARM_SOS : alarm;
}

/* The length that stands in front of the cells counts itself, but makers differ. */
static size_t cells_length(const struct amp_gt06_packet *packet, size_t content_n, uint8_t said)
{
    if (said == CELL_BYTES) {
        return CELL_BYTES;
    }
    bool wide = packet->number == 0x16 && content_n == 33 && said == CELL_BYTES + 1;
    return wide ? said : said - (said > 0 ? 1U : 0);
}

static void alarm_read(struct amp_reader *rd, enum layout layout, struct amp_gt06_packet *out)
{
    size_t left = amp_reader_left(rd);
    if (layout == TAIL) {
        (void)amp_reader_bytes(rd, left > STATE_BYTES ? left - STATE_BYTES : 0);
    } else if (layout == STATE) {
        (void)amp_reader_bytes(rd, CELL_BYTES);
    } else {
        uint8_t said = amp_reader_u8(rd);
        (void)amp_reader_bytes(rd, cells_length(out, rd->len, said));
    }
    uint8_t state = amp_reader_u8(rd);
    (void)amp_reader_bytes(rd, 2); /* the battery, the signal */
    uint8_t alarm = layout == STATE ? 0 : amp_reader_u8(rd);
    out->alarm = amp_reader_ok(rd) ? alarm_of(state, alarm) : (uint8_t)AMP_GT06_ALARM_NONE;
}

static void camera_read(struct amp_reader *rd, bool is_long, struct amp_gt06_packet *out)
{
    (void)amp_reader_bytes(rd, is_long ? 3 : 0);
    struct place place = {.fix_us = date_read(rd), .kmh = -1};
    (void)amp_reader_bytes(rd, is_long ? 1 : 0); /* satellites */
    place.lat = amp_reader_be32(rd);
    place.lon = amp_reader_be32(rd);
    place.status = amp_reader_be16(rd);
    if (is_long) {
        place.kmh = amp_reader_be16(rd);
        (void)amp_reader_be16(rd); /* the voltage */
    }
    uint8_t event = amp_reader_u8(rd);
    place_set(&place, amp_reader_ok(rd), out);
    out->alarm = (uint8_t)(event == CAMERA_SOS     ? AMP_GT06_ALARM_SOS
                           : event == CAMERA_CRASH ? AMP_GT06_ALARM_COLLISION
                                                   : AMP_GT06_ALARM_CAMERA);
}

/* ---- the answer ---- */

static void answer_make(struct amp_gt06_packet *out, bool is_long, int64_t now_us)
{
    uint8_t *at = out->answer;
    uint8_t start = is_long ? LONG_START & 0xff : SHORT_START & 0xff;
    *at++ = start;
    *at++ = start;
    if (is_long) {
        *at++ = 0;
    }
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

static const struct number *number_of(uint8_t number, bool is_long, size_t content_n)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct number *row = &numbers[i];
        bool fits = row->content_n == 0 || row->content_n == content_n;
        if (row->number == number && row->is_long == is_long && fits) {
            return row;
        }
    }
    return NULL;
}

/* Where the row says, or else where some makers have it. */
static void either_read(struct amp_str content, const struct number *row,
                        struct amp_gt06_packet *out)
{
    const size_t at[] = {row->at, row->or_at};
    for (size_t i = 0; i < 2 && out->position.fix_us == 0 && (i == 0 || at[i] != 0); i++) {
        struct amp_reader rd = amp_reader_make(content.ptr, content.len);
        (void)amp_reader_bytes(&rd, at[i]);
        place_read(&rd, row->layout == COUNTED, out);
    }
}

static void layout_read(struct amp_str content, const struct number *row,
                        struct amp_gt06_packet *out)
{
    struct amp_reader rd = amp_reader_make(content.ptr, content.len);
    switch (row->layout) {
    case PLACE:
    case COUNTED:
        either_read(content, row, out);
        break;
    case CELLS:
    case STATE:
        place_read(&rd, false, out);
        alarm_read(&rd, row->layout, out);
        break;
    case TAIL:
        alarm_read(&rd, row->layout, out);
        break;
    case MODULES:
        modules_read(&rd, out);
        break;
    case CAMERA:
        camera_read(&rd, amp_str_starts(content, AMP_STR("\xff\xff")), out);
        break;
    case LOGIN:
        login_read(&rd, out);
        break;
    case STATUS:
        out->alarm = content.len == STATE_BYTES ? alarm_of(amp_reader_u8(&rd), AMP_GT06_ALARM_NONE)
                                                : (uint8_t)AMP_GT06_ALARM_NONE;
        break;
    case NO_PLACE:
    default:
        break;
    }
}

static void content_read(struct amp_str content, bool is_long, int64_t now_us,
                         struct amp_gt06_packet *out)
{
    const struct number *row = number_of(out->number, is_long, content.len);
    out->kind = AMP_GT06_OTHER;
    if (row != NULL) {
        out->kind = row->kind;
        layout_read(content, row, out);
    }
    if (row != NULL ? row->answered : !is_long) {
        answer_make(out, row != NULL && row->layout == COUNTED, now_us);
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

static bool stops_at(const uint8_t *end)
{
    return end[-2] == '\r' && end[-1] == '\n';
}

/* Does one of so many bytes begin here, and is it sound? */
static bool is_packet(const uint8_t *data, size_t all)
{
    const uint8_t *tail = data + all - STOP_BYTES - TAIL_BYTES;
    uint16_t crc = (uint16_t)(tail[2] << 8 | tail[3]);
    return stops_at(data + all) &&
           amp_gt06_crc(data + START_BYTES, (size_t)(tail + 2 - data) - START_BYTES) == crc;
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
    if (length < LEAST || all + CRC_BYTES > AMP_GT06_PACKET) {
        return noise_length(bytes, 1);
    }
    if (bytes.len < all) {
        return 0;
    }
    const uint8_t *data = (const uint8_t *)bytes.ptr;
    if (!stops_at(data + all)) {
        all += CRC_BYTES; /* there are makers who do not count it */
    }
    if (bytes.len < all) {
        return 0;
    }
    if (!is_packet(data, all)) {
        return noise_length(bytes, 1);
    }
    const uint8_t *tail = data + all - STOP_BYTES - TAIL_BYTES;
    out->number = amp_reader_u8(&rd);
    out->serial = (uint16_t)(tail[0] << 8 | tail[1]);
    size_t content_n = (size_t)(tail - data) - rd.pos;
    content_read(amp_reader_bytes(&rd, content_n), is_long, now_us, out);
    return all;
}
