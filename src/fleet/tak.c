/*
 * The TAK protocol, version 1: Cursor on Target as TAK clients send it to each other over UDP, and
 * to whom they write over a connection of its own.
 *
 *   BF 01 BF, then one TakMessage (protocol buffers): 2 CotEvent {1 type, 5 uid, 6 time in
 *   milliseconds, 9 how, 10 lat, 11 lon, 13 ce, 15 Detail {2 Contact {1 endpoint, 2 callsign},
 *   7 Track {1 speed m/s, 2 course}}}
 *
 * Several may stand in a row. What they mean is cot.c's. In a stream of a TAK server each has its
 * length in front instead of the version; a client sends those only to a server that has offered
 * to take them, and this one offers nothing. Source: ATAK-CIV, takproto/README and *.proto.
 */
#include "base/reader.h"
#include "base/timefmt.h"
#include "fleet/cot_in.h"
#include "fleet/frame.h"

#include <math.h>
#include <string.h>

enum {
    TAK_EVENT = 2,  /* of TakMessage */
    EVENT_TYPE = 1, /* of CotEvent */
    EVENT_UID = 5,
    EVENT_TIME = 6,
    EVENT_HOW = 9,
    EVENT_LAT = 10,
    EVENT_LON = 11,
    EVENT_CE = 13,
    EVENT_DETAIL = 15,
    DETAIL_CONTACT = 2, /* of Detail */
    DETAIL_TRACK = 7,
    CONTACT_ENDPOINT = 1,
    CONTACT_CALLSIGN = 2,
    TRACK_SPEED = 1,
    TRACK_COURSE = 2,
    WIRE_VARINT = 0,
    WIRE_64 = 1,
    WIRE_BYTES = 2,
    WIRE_32 = 5
};
#define US_PER_MS  1000
#define DEGREES_E7 1e7
#define DEGREES    1000 /* beyond, a number is none of degrees at all */

struct field {
    uint64_t number;
    uint64_t varint;
    double real;
    struct amp_str bytes;
};

/* False at the end, or where it is none. */
static bool field_next(struct amp_reader *rd, struct field *out)
{
    *out = (struct field){.real = NAN};
    if (amp_reader_left(rd) == 0 || !amp_reader_ok(rd)) {
        return false;
    }
    uint64_t key = amp_reader_varint(rd);
    uint64_t length = 0;
    uint64_t bits = 0;
    out->number = key >> 3;
    switch (key & 7) {
    case WIRE_VARINT:
        out->varint = amp_reader_varint(rd);
        break;
    case WIRE_64:
        bits = amp_reader_le64(rd);
        memcpy(&out->real, &bits, sizeof bits);
        break;
    case WIRE_BYTES:
        length = amp_reader_varint(rd);
        out->bytes = amp_reader_bytes(rd, length <= AMP_FRAME_EVENT ? (size_t)length : SIZE_MAX);
        break;
    case WIRE_32:
        (void)amp_reader_le32(rd);
        break;
    default:
        rd->bad = true;
    }
    return amp_reader_ok(rd);
}

static struct amp_reader reader_of(struct amp_str bytes)
{
    return amp_reader_make(bytes.ptr, bytes.len);
}

static bool detail_read(struct amp_reader rd, struct amp_cot_seen *seen)
{
    struct field field;
    while (field_next(&rd, &field)) {
        struct amp_reader part = reader_of(field.bytes);
        struct field inner;
        bool contact = field.number == DETAIL_CONTACT;
        bool track = field.number == DETAIL_TRACK;
        while ((contact || track) && field_next(&part, &inner)) {
            if (contact && inner.number == CONTACT_CALLSIGN) {
                seen->callsign = inner.bytes;
            } else if (contact && inner.number == CONTACT_ENDPOINT) {
                seen->endpoint = inner.bytes.len > 0;
            } else if (track && inner.number == TRACK_SPEED) {
                seen->speed_mps = inner.real;
            } else if (track && inner.number == TRACK_COURSE) {
                seen->course_deg = inner.real;
            }
        }
        if (!amp_reader_ok(&part)) {
            return false;
        }
    }
    return amp_reader_ok(&rd);
}

/* What is zero is left out on the wire: a point is always there. */
static bool event_read(struct amp_reader rd, struct amp_cot_seen *seen)
{
    struct field field;
    double degrees[2] = {0, 0};
    bool sound = true;
    while (sound && field_next(&rd, &field)) {
        switch (field.number) {
        case EVENT_TYPE:
            seen->type = field.bytes;
            break;
        case EVENT_UID:
            seen->uid = field.bytes;
            break;
        case EVENT_TIME:
            seen->timed = field.varint <= (uint64_t)AMP_TIME_MAX_US / US_PER_MS;
            seen->time_us = seen->timed ? (int64_t)field.varint * US_PER_MS : 0;
            break;
        case EVENT_HOW:
            seen->how = field.bytes;
            break;
        case EVENT_LAT:
        case EVENT_LON:
            degrees[field.number - EVENT_LAT] = field.real;
            break;
        case EVENT_CE:
            seen->ce_m = field.real;
            break;
        case EVENT_DETAIL:
            sound = detail_read(reader_of(field.bytes), seen);
            break;
        default:
            break; /* who may see it, when it is stale, how high */
        }
    }
    seen->pointed = true;
    seen->placed = fabs(degrees[0]) <= DEGREES && fabs(degrees[1]) <= DEGREES;
    if (seen->placed) {
        seen->lat_e7 = llround(degrees[0] * DEGREES_E7);
        seen->lon_e7 = llround(degrees[1] * DEGREES_E7);
    }
    return sound && amp_reader_ok(&rd);
}

/* One message behind its header; *wanted_out false: it is none of ours, or only says which versions
 * its client speaks. */
static bool message_read(struct amp_str bytes, struct amp_cot_seen *seen, bool *wanted_out)
{
    struct amp_reader rd = reader_of(bytes);
    struct field field;
    bool sound = true;
    *seen = amp_cot_none();
    *wanted_out = false;
    while (sound && field_next(&rd, &field)) {
        if (field.number == TAK_EVENT) {
            sound = event_read(reader_of(field.bytes), seen);
            *wanted_out = sound && amp_cot_wanted(seen->type, seen->uid);
        }
    }
    return sound && amp_reader_ok(&rd);
}

amp_err amp_fleet_tak(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                      struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    size_t most = bytes.len / AMP_FRAME_TAK_HEAD + 1;
    most = most > AMP_FLEET_BATCH ? AMP_FLEET_BATCH : most;
    struct amp_fleet_report *report = amp_arena_array(arena, most, sizeof *report);
    size_t n = 0;
    if (report == NULL) {
        return AMP_E_NOMEM;
    }
    while (bytes.len > 0) {
        struct amp_cot_seen seen;
        bool wanted = false;
        size_t skip = 0;
        size_t taken = amp_frame_tak(bytes, &skip);
        struct amp_str message = {.ptr = bytes.ptr + AMP_FRAME_TAK_HEAD,
                                  .len = taken > 0 ? taken - AMP_FRAME_TAK_HEAD : 0};
        if (taken == 0 || skip > 0 || !message_read(message, &seen, &wanted)) {
            return amp_fail(why, AMP_E_SYNTAX, "not a message of the TAK protocol, version 1");
        }
        if (wanted && n == most) {
            return amp_fail(why, AMP_E_LIMIT, "more than %d events", AMP_FLEET_BATCH);
        }
        if (wanted) {
            seen.uid = amp_arena_str(arena, seen.uid);
            seen.callsign = amp_arena_str(arena, seen.callsign);
            amp_cot_report(&seen, now_us, &report[n++]);
        }
        bytes = (struct amp_str){.ptr = bytes.ptr + taken, .len = bytes.len - taken};
    }
    *out = report;
    *out_n = n;
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}
