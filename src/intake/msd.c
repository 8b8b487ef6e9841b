/*
 * Reading of the minimum set of data of eCall (EN 15722) in unaligned packed encoding (X.691).
 *
 * 1. The first byte is the version. Of version 1 the message follows at once; since version 2 its
 *    length comes first, as one byte, or as two if it is 128 or more (X.691, section 11.9).
 * 2. Then bits, the highest of a byte first. A sequence that may grow begins with a bit that says
 *    whether it did, then one bit for each member that may be missing.
 * 3. A letter of the identification number is its place among 33, in six bits.
 * 4. Latitude and longitude are thousandths of an arc second from -2^31 on.
 * 5. Additional data and extensions stand behind all that is read here, and are passed over.
 * 6. Version 3 always says where the vehicle was before, and has ten kinds of vehicles more.
 */
#include "intake/crash.h"

#include "base/timefmt.h"

#include <stdio.h>

enum {
    MSD_MAX = 255, /* bytes; the standard has 140 */
    VIN_LETTERS = 17,
    LETTERS = 33,
    VERSION_MAX = 3,
    LENGTH_SHORT = 0x80, /* a byte below it is the length itself */
    HEADINGS = 180,      /* steps of two degrees */
    NO_NUMBER = 255
};
#define NOWHERE     INT64_C(0x7fffffff)
#define MAS_PER_DEG INT64_C(3600000)

struct bits {
    const uint8_t *data;
    size_t n, at; /* bits */
    bool bad;     /* sticky: a read past the end gives 0 */
};

static uint32_t take(struct bits *in, unsigned n)
{
    uint32_t value = 0;
    if (in->bad || in->n - in->at < n) {
        in->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < n; i++, in->at++) {
        value = value << 1 | (in->data[in->at / 8] >> (7 - in->at % 8) & 1U);
    }
    return value;
}

static bool flag(struct bits *in)
{
    return take(in, 1) != 0;
}

/* ---- members, in the order of the standard ---- */

/* Classes M1 to L7; then, in version 3, those that no word of ours is for (O to "other"). */
static amp_err kind_read(struct bits *in, unsigned version, struct amp_crash *out,
                         struct amp_why *why)
{
    static const char *const bodies[] = {"car",        "bus",        "bus",        "van",
                                         "truck",      "truck",      "motorcycle", "motorcycle",
                                         "motorcycle", "motorcycle", "motorcycle", "motorcycle",
                                         "motorcycle"};
    const uint32_t named = sizeof bodies / sizeof bodies[0], kinds = version < 3 ? named : 23;
    if (flag(in)) { /* a kind that was added later: a small number in seven bits */
        if (flag(in)) {
            return amp_fail(why, AMP_E_UNSUPPORTED, "MSD: the kind of vehicle is not known");
        }
        (void)take(in, 6);
        out->body = "another";
        return AMP_OK;
    }
    const uint32_t kind = take(in, version < 3 ? 4 : 5);
    if (kind >= kinds) {
        return amp_fail(why, AMP_E_RANGE, "MSD: there is no kind of vehicle %u", kind + 1);
    }
    out->body = kind < named ? bodies[kind] : "another";
    return AMP_OK;
}

static amp_err vin_read(struct bits *in, struct amp_arena *arena, struct amp_crash *out,
                        struct amp_why *why)
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
    char vin[VIN_LETTERS];
    for (size_t i = 0; i < VIN_LETTERS; i++) {
        const uint32_t letter = take(in, 6);
        if (letter >= LETTERS) {
            return amp_fail(why, AMP_E_RANGE,
                            "MSD: the identification number has a letter that is "
                            "none of it");
        }
        vin[i] = letters[letter];
    }
    out->vin = amp_arena_str(arena, (struct amp_str){vin, VIN_LETTERS});
    return AMP_OK;
}

static amp_err fuel_read(struct bits *in, unsigned version, struct amp_crash *out,
                         struct amp_why *why)
{
    const unsigned n = version == 1 ? 6 : 7; /* since version 2 there is one for any other */
    if (flag(in)) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "MSD: a kind of fuel is not known");
    }
    const uint32_t said = take(in, n);
    for (unsigned i = 0; i < n; i++) {
        if ((said >> (n - 1 - i) & 1U) != 0 && flag(in)) {
            out->fuel |= 1U << i; /* the order of enum amp_crash_fuel is that of the standard */
        }
    }
    return AMP_OK;
}

static int32_t e7_of(int64_t mas)
{
    const int64_t twice = mas * 20000000; /* of 1e-7 degree, times two: to round */
    return (int32_t)((twice + (mas < 0 ? -MAS_PER_DEG : MAS_PER_DEG)) / (2 * MAS_PER_DEG));
}

static void place_read(struct bits *in, bool trusted, struct amp_crash *out)
{
    const int64_t lat = (int64_t)take(in, 32) - (INT64_C(1) << 31);
    const int64_t lon = (int64_t)take(in, 32) - (INT64_C(1) << 31);
    if (lat == NOWHERE || lon == NOWHERE) {
        amp_crash_warn(out, AMP_STR("the vehicle does not know where it is"));
        return;
    }
    if (lat < -90 * MAS_PER_DEG || lat > 90 * MAS_PER_DEG || lon < -180 * MAS_PER_DEG ||
        lon > 180 * MAS_PER_DEG || (lat == 0 && lon == 0)) {
        amp_crash_warn(out, AMP_STR("the position of the crash is nowhere"));
        return;
    }
    out->pos = (struct amp_pos){e7_of(lat), e7_of(lon)};
    out->located = trusted;
    out->unsure = !trusted;
    out->radius_m = trusted ? AMP_CRASH_TRUSTED_RADIUS_M : AMP_CRASH_UNSAID;
    if (!trusted) {
        amp_crash_warn(out,
                       AMP_STR("the vehicle says that its position cannot be trusted; it is not "
                               "shown on the map"));
    }
}

static amp_err message_read(struct bits *in, unsigned version, struct amp_arena *arena,
                            struct amp_crash *out, struct amp_why *why)
{
    (void)take(in, 3); /* whether the message grew, has additional data, whether its data grew */
    const bool always = version >= 3;
    const bool first = always || flag(in); /* where it was before */
    const bool second = always || flag(in);
    const bool counted = flag(in);
    (void)take(in, 8); /* how often it was sent */
    out->by = flag(in) ? "automatic" : "manual";
    out->test = flag(in) ? AMP_CRASH_YES : AMP_CRASH_NO;
    const bool trusted = flag(in);
    amp_err err = kind_read(in, version, out, why);
    err = err ? err : vin_read(in, arena, out, why);
    err = err ? err : fuel_read(in, version, out, why);
    if (err != AMP_OK) {
        return err;
    }
    const uint32_t time_s = take(in, 32);
    out->timed = time_s != 0; /* 0: it has no clock */
    out->time_us = (int64_t)time_s * AMP_US_PER_S;
    place_read(in, trusted, out);
    const uint32_t heading = take(in, 8);
    out->heading_deg = heading < HEADINGS ? (int)heading * 2 : AMP_CRASH_UNSAID;
    (void)take(in, first ? 20 : 0);
    (void)take(in, second ? 20 : 0);
    const uint32_t people = counted ? take(in, 8) : NO_NUMBER;
    out->occupants = people != NO_NUMBER ? (int)people : AMP_CRASH_UNSAID;
    return in->bad ? amp_fail(why, AMP_E_SYNTAX, "MSD: the message was cut") : AMP_OK;
}

/* ---- bytes, or digits ---- */

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A message begins with its version, which no digit is. */
static amp_err bytes_of(struct amp_str in, uint8_t out[MSD_MAX], size_t *n, struct amp_why *why)
{
    const bool digits = in.len > 0 && (unsigned char)in.ptr[0] >= 0x20;
    const struct amp_str text = digits ? amp_str_trim(in) : in;
    if (text.len == 0 || text.len > (digits ? 2 * MSD_MAX : MSD_MAX)) {
        return amp_fail(why, AMP_E_LIMIT, "MSD: a message has 1 to %d bytes", MSD_MAX);
    }
    *n = digits ? text.len / 2 : text.len;
    for (size_t i = 0; i < *n && !digits; i++) {
        out[i] = (uint8_t)text.ptr[i];
    }
    for (size_t i = 0; i < *n && digits; i++) {
        const int high = digit_of(text.ptr[2 * i]), low = digit_of(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0 || text.len % 2 != 0) {
            return amp_fail(why, AMP_E_SYNTAX, "MSD: neither bytes nor hexadecimal digits");
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return AMP_OK;
}

/* What stands behind the message is no part of it. */
static bool length_pass(struct bits *in)
{
    uint32_t len = take(in, 8);
    if (len >= LENGTH_SHORT) {
        len = (len & 0x7fU) << 8 | take(in, 8); /* with the bit 0x4000 it would come in pieces */
    }
    const bool good = !in->bad && len * 8 <= in->n - in->at;
    in->n = good ? in->at + len * 8 : in->n;
    return good;
}

amp_err amp_msd_read(struct amp_str bytes, struct amp_arena *arena, struct amp_crash *out,
                     struct amp_why *why)
{
    uint8_t data[MSD_MAX] = {0};
    size_t n = 0;
    struct amp_crash made = amp_crash_make();
    amp_err err = bytes_of(bytes, data, &n, why);
    if (err != AMP_OK) {
        return err;
    }
    const unsigned version = data[0];
    if (version < 1 || version > VERSION_MAX) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "MSD: version %u is not read", version);
    }
    struct bits in = {.data = data + 1, .n = (n - 1) * 8};
    if (version > 1 && !length_pass(&in)) {
        return amp_fail(why, AMP_E_SYNTAX, "MSD: its length is not that of the message");
    }
    err = message_read(&in, version, arena, &made, why);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = made;
    }
    return err;
}

amp_err amp_intake_msd(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why)
{
    struct amp_crash crash;
    amp_err err = amp_msd_read(bytes, arena, &crash, why);
    if (err == AMP_OK && crash.test == AMP_CRASH_YES) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "MSD: the vehicle says that this is a test");
    }
    if (err == AMP_OK) {
        amp_crash_report(&crash, arena, out);
    }
    return err;
}

amp_err amp_intake_msd_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                            struct amp_why *why)
{
    struct amp_crash crash;
    amp_err err = amp_msd_read(bytes, arena, &crash, why);
    if (err == AMP_OK) {
        amp_crash_view(js, "msd", &crash, arena);
    }
    return err;
}
