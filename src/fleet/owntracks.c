/*
 * OwnTracks, as its phone apps send positions over HTTP: one JSON object, or a list of them.
 *
 * {"_type":"location","lat","lon","tst" (Unix seconds),"acc" (m),"vel" (km/h),"cog" (degrees),
 * "tid","topic":"owntracks/USER/DEVICE"}. The call sign is the last part of the topic, else tid.
 * Objects of another type (waypoint, transition, lwt) are no positions and are passed over.
 * Source: OwnTracks booklet, "JSON format".
 */
#include "base/json.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"

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
    struct amp_str topic = text_of(item, "topic");
    size_t from = topic.len;
    while (from > 0 && topic.ptr[from - 1] != '/') {
        from--;
    }
    return from < topic.len ? (struct amp_str){.ptr = topic.ptr + from, .len = topic.len - from}
                            : text_of(item, "tid");
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

static bool is_location(const json_t *item)
{
    return amp_str_is(text_of(item, "_type"), "location");
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
    amp_err err = amp_json_read(bytes, AMP_FLEET_BYTES, &root, why);
    if (err != AMP_OK) {
        return err;
    }
    struct amp_fleet_report *report = NULL;
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
        if (is_location(item)) {
            one_read(item, now_us, arena, &report[n++]);
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
