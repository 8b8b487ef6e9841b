/*
 * OwnTracks, as its phone apps send positions over HTTP: one JSON object, or a list of them.
 *
 * {"_type":"location","lat","lon","tst" (Unix seconds),"acc" (m),"vel" (km/h),"cog" (degrees),
 * "tid","topic":"owntracks/USER/DEVICE"}. The call sign is the last part of the topic, else tid.
 * Objects of another type (waypoint, transition, lwt) are no positions and are passed over, and so
 * is a message of no length: the app sends one when a friend is deleted there. An encrypted one
 * (libsodium, by a key of the app) may be a position and cannot be read: it is refused, and said.
 * Source: OwnTracks booklet, "JSON format".
 */
#include "base/json.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"
#include "fleet/mqtt.h"

#include <math.h>
#include <string.h>

/* A number that helps but is not needed: absent or out of its range it is unknown (-1). */
static int32_t extra_read(const json_t *item, const char *name, double most)
{
    const json_t *value = json_object_get(item, name);
    double number = json_is_number(value) ? json_number_value(value) : -1.0;
    return number >= 0.0 && number <= most ? (int32_t)lround(number) : -1;
}

static struct amp_str text_of(const json_t *item, const char *name)
{
    const json_t *value = json_object_get(item, name);
    return json_is_string(value)
               ? (struct amp_str){.ptr = json_string_value(value), .len = json_string_length(value)}
               : (struct amp_str){0};
}

static struct amp_str unit_of(const json_t *item)
{
    struct amp_str unit = amp_mqtt_last(text_of(item, "topic"));
    return unit.len > 0 ? unit : text_of(item, "tid");
}

static amp_err item_read(const json_t *item, int64_t now_us, struct amp_fleet_report *report,
                         struct amp_why *why)
{
    struct amp_pos pos = {0};
    bool found = false;
    amp_err err = amp_json_pos(item, &pos, &found, why);
    if (err != AMP_OK) {
        return err;
    }
    if (!found) {
        return amp_fail(why, AMP_E_MISSING, "lat and lon are missing");
    }
    const json_t *tst = json_object_get(item, "tst");
    report->position.fix_us = now_us;
    if (json_is_integer(tst)) {
        int64_t seconds = json_integer_value(tst);
        if (seconds < 0 || seconds > AMP_TIME_MAX_US / AMP_US_PER_S) {
            return amp_fail(why, AMP_E_RANGE, "tst is out of range");
        }
        report->position.fix_us = seconds * AMP_US_PER_S;
    } else if (tst != NULL && !json_is_null(tst)) {
        return amp_fail(why, AMP_E_SYNTAX, "tst is no whole number of seconds");
    }
    report->position.heading_deg = extra_read(item, "cog", 360.0);
    report->position.speed_kmh = extra_read(item, "vel", 1000.0);
    report->position.accuracy_m = extra_read(item, "acc", 1e6);
    amp_fleet_check(report, pos.lat_e7, pos.lon_e7, now_us);
    return AMP_OK;
}

/* ---- the usual message, without a tree ---- */

/*
 * Ten thousand phones send the same few members: numbers and plain words, nothing nested. Such a
 * message is read in one pass. Whatever is not quite so (an escape, a letter beyond ASCII, a member
 * twice, a number that JSON does not write so) is left to the slow way, which takes or refuses it.
 */
enum plain_member {
    PLAIN_LAT,
    PLAIN_LON,
    PLAIN_TST,
    PLAIN_ACC,
    PLAIN_VEL,
    PLAIN_COG,
    PLAIN_TYPE,
    PLAIN_TID,
    PLAIN_TOPIC,
    PLAIN_MEMBERS
};

enum {
    PLAIN_MOST = 32 /* members, at the most */
};

struct plain {
    const char *at, *end;
    struct amp_str value[PLAIN_MEMBERS]; /* of a number, or within the quotes */
    struct amp_str name[PLAIN_MOST];
    size_t n;
};

static void blanks_skip(struct plain *in)
{
    while (in->at < in->end &&
           (*in->at == ' ' || *in->at == '\n' || *in->at == '\r' || *in->at == '\t')) {
        in->at++;
    }
}

static bool plain_char(struct plain *in, char c)
{
    blanks_skip(in);
    bool is = in->at < in->end && *in->at == c;
    in->at += is;
    return is;
}

static bool plain_text(struct plain *in, struct amp_str *out)
{
    if (!plain_char(in, '"')) {
        return false;
    }
    const char *from = in->at;
    while (in->at < in->end && *in->at >= ' ' && *in->at < 0x7f && *in->at != '"' &&
           *in->at != '\\') {
        in->at++;
    }
    *out = (struct amp_str){.ptr = from, .len = (size_t)(in->at - from)};
    return plain_char(in, '"') && in->at == out->ptr + out->len + 1;
}

static size_t digits_skip(struct plain *in)
{
    const char *from = in->at;
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        in->at++;
    }
    return (size_t)(in->at - from);
}

/* As JSON writes one (RFC 8259, section 6), but without an exponent. */
static bool plain_number(struct plain *in, struct amp_str *out)
{
    const char *from = in->at;
    in->at += in->at < in->end && *in->at == '-';
    const char *first = in->at;
    size_t whole = digits_skip(in);
    bool good = whole > 0 && whole < 16 && (whole == 1 || *first != '0');
    if (good && in->at < in->end && *in->at == '.') {
        in->at++;
        good = digits_skip(in) > 0;
    }
    *out = (struct amp_str){.ptr = from, .len = (size_t)(in->at - from)};
    return good;
}

static bool name_is_new(struct plain *in, struct amp_str name)
{
    for (size_t i = 0; i < in->n; i++) {
        if (amp_str_eq(in->name[i], name)) {
            return false;
        }
    }
    if (in->n == PLAIN_MOST) {
        return false;
    }
    in->name[in->n++] = name;
    return true;
}

static bool plain_member(struct plain *in)
{
    static const struct amp_str known[PLAIN_MEMBERS] = {
        [PLAIN_LAT] = {"lat", 3},    [PLAIN_LON] = {"lon", 3}, [PLAIN_TST] = {"tst", 3},
        [PLAIN_ACC] = {"acc", 3},    [PLAIN_VEL] = {"vel", 3}, [PLAIN_COG] = {"cog", 3},
        [PLAIN_TYPE] = {"_type", 5}, [PLAIN_TID] = {"tid", 3}, [PLAIN_TOPIC] = {"topic", 5}};
    struct amp_str name = {0};
    struct amp_str value = {0};
    if (!plain_text(in, &name) || !name_is_new(in, name) || !plain_char(in, ':')) {
        return false;
    }
    blanks_skip(in);
    bool text = in->at < in->end && *in->at == '"';
    if (text ? !plain_text(in, &value) : !plain_number(in, &value)) {
        return false;
    }
    for (size_t i = 0; i < PLAIN_MEMBERS; i++) {
        if (amp_str_eq(name, known[i])) {
            in->value[i] = value;
            return text == (i >= PLAIN_TYPE) && value.len > 0;
        }
    }
    return true;
}

static bool plain_object(struct plain *in)
{
    bool more = plain_char(in, '{');
    while (more) {
        if (!plain_member(in)) {
            return false;
        }
        more = plain_char(in, ',');
    }
    bool closed = plain_char(in, '}');
    blanks_skip(in);
    return closed && in->at == in->end;
}

static int32_t plain_extra(struct amp_str text, double most)
{
    double number = -1;
    return text.len > 0 && amp_str_double(text, &number) == AMP_OK && number >= 0.0 &&
                   number <= most
               ? (int32_t)lround(number)
               : -1;
}

/* false: nothing was done, and the slow way has to say. */
static bool plain_read(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                       struct amp_fleet_report *report)
{
    if (bytes.len == 0) {
        return false;
    }
    struct plain in = {.at = bytes.ptr, .end = bytes.ptr + bytes.len};
    struct amp_pos pos = {0};
    double lat = 0;
    double lon = 0;
    int64_t tst = 0;
    if (!plain_object(&in) || !amp_str_is(in.value[PLAIN_TYPE], "location") ||
        amp_str_double(in.value[PLAIN_LAT], &lat) || amp_str_double(in.value[PLAIN_LON], &lon) ||
        amp_pos_of_degrees(lat, lon, &pos) || amp_str_i64(in.value[PLAIN_TST], &tst) || tst < 0 ||
        tst > AMP_TIME_MAX_US / AMP_US_PER_S) {
        return false;
    }
    struct amp_str unit = amp_mqtt_last(in.value[PLAIN_TOPIC]);
    report->unit = amp_arena_str(arena, unit.len > 0 ? unit : in.value[PLAIN_TID]);
    report->position.fix_us = tst * AMP_US_PER_S;
    report->position.heading_deg = plain_extra(in.value[PLAIN_COG], 360.0);
    report->position.speed_kmh = plain_extra(in.value[PLAIN_VEL], 1000.0);
    report->position.accuracy_m = plain_extra(in.value[PLAIN_ACC], 1e6);
    amp_fleet_check(report, pos.lat_e7, pos.lon_e7, now_us);
    return true;
}

/* ---- any message ---- */

static bool is_of_type(const json_t *item, const char *type)
{
    return amp_str_is(text_of(item, "_type"), type);
}

static void sealed_refuse(const json_t *item, struct amp_arena *arena,
                          struct amp_fleet_report *report)
{
    report->unit = amp_arena_str(arena, unit_of(item));
    report->err = AMP_E_UNSUPPORTED;
    report->detail = AMP_STR("the app encrypts its messages: take its encryption key away");
}

static void one_read(const json_t *item, int64_t now_us, struct amp_arena *arena,
                     struct amp_fleet_report *report)
{
    struct amp_why why = {""};
    report->unit = unit_of(item);
    amp_err err = item_read(item, now_us, report, &why);
    report->unit = amp_arena_str(arena, report->unit); /* the JSON tree goes away with the parse */
    if (err != AMP_OK) {
        report->err = err;
        report->detail = amp_arena_str(arena, amp_str_of(why.text));
    }
}

amp_err amp_fleet_owntracks(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                            struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    json_t *root = NULL;
    struct amp_fleet_report *report = amp_arena_array(arena, 1, sizeof *report);
    if (report != NULL && plain_read(bytes, now_us, arena, report)) {
        *out = report;
        *out_n = 1;
        return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
    }
    if (bytes.len == 0) {
        *out = report;
        *out_n = 0;
        return report == NULL ? AMP_E_NOMEM : AMP_OK;
    }
    amp_err err = amp_json_read(bytes, AMP_FLEET_BYTES, &root, why);
    if (err != AMP_OK) {
        return err;
    }
    const size_t most = json_is_array(root) ? json_array_size(root) : 1;
    size_t n = 0;
    if (!json_is_array(root) && !json_is_object(root)) {
        err = amp_fail(why, AMP_E_SYNTAX, "the body is neither an object nor a list of objects");
    } else if (most > AMP_FLEET_BATCH) {
        err = amp_fail(why, AMP_E_LIMIT, "%zu positions; at most %d in one batch", most,
                       AMP_FLEET_BATCH);
    } else {
        report = amp_arena_array(arena, most > 0 ? most : 1, sizeof *report);
        err = report == NULL ? AMP_E_NOMEM : AMP_OK;
    }
    for (size_t i = 0; err == AMP_OK && i < most; i++) {
        const json_t *item = json_is_array(root) ? json_array_get(root, i) : root;
        if (is_of_type(item, "location")) {
            one_read(item, now_us, arena, &report[n++]);
        } else if (is_of_type(item, "encrypted")) {
            sealed_refuse(item, arena, &report[n++]);
        }
    }
    json_decref(root);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = report;
        *out_n = n;
    }
    return err;
}
