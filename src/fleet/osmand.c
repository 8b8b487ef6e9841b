/*
 * The OsmAnd tracker and the Traccar client: one position a request.
 *
 * As a form, in the query or the body: id (or deviceid), lat and lon (or location=LAT,LON);
 * timestamp in seconds or milliseconds of Unix time, RFC 3339, or "YYYY-MM-DD hh:mm:ss" in UTC;
 * valid (0 or false: the receiver has no fix); speed in knots; bearing (or heading) in degrees;
 * accuracy in metres. As JSON:
 * {"device_id","location":{"timestamp","coords":{"latitude","longitude", "accuracy","speed"
 * (m/s),"heading"}}}, -1 for what is not known. Other names are ignored.
 *
 * What has a time but no place (the client tells of its battery, or that it lives) is no position,
 * and no error: the client would send it again for ever, and newer positions would wait behind it.
 * Source: the parameters those clients document for their "OsmAnd" protocol.
 */
#include "base/form.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"

#include <math.h>
#include <string.h>

#define KMH_PER_KNOT 1.852
#define KMH_PER_MS   3.6
#define UNIX_MS_FROM                                                                               \
    INT64_C(100000000000) /* above: milliseconds; in seconds it is the year 5138                   \
                           */

static amp_err degree_read(struct amp_str text, const char *name, int64_t *out_e7,
                           struct amp_why *why)
{
    return amp_str_fixed(text, 7, out_e7)
               ? amp_fail(why, AMP_E_SYNTAX, "%s is not a decimal number of degrees", name)
               : AMP_OK;
}

/* *found is false where it has no place at all. */
static amp_err place_read(const struct amp_form *form, int64_t *lat_e7, int64_t *lon_e7,
                          bool *found, struct amp_why *why)
{
    struct amp_str lat = {0};
    struct amp_str lon = {0};
    struct amp_str both = {0};
    if (amp_form_get(form, "location", &both)) {
        lon = amp_str_cut(both, ',', &lat);
    }
    bool has_lat = amp_form_get(form, "lat", &lat) || both.len > 0;
    bool has_lon = amp_form_get(form, "lon", &lon) || both.len > 0;
    *found = has_lat || has_lon || !amp_form_get(form, "timestamp", &both);
    if (!*found) {
        return AMP_OK;
    }
    if (!has_lat || !has_lon) {
        return amp_fail(why, AMP_E_MISSING, "%s is missing", has_lat ? "lon" : "lat");
    }
    amp_err err = degree_read(lat, "lat", lat_e7, why);
    return err ? err : degree_read(lon, "lon", lon_e7, why);
}

/* "2026-11-27 10:15:30", of no zone: it is UTC. */
static amp_err zoneless_read(struct amp_str text, int64_t *out_us)
{
    char whole[] = "YYYY-MM-DDThh:mm:ssZ";
    if (text.len != sizeof whole - 2 || text.ptr[10] != ' ') {
        return AMP_E_SYNTAX;
    }
    memcpy(whole, text.ptr, text.len);
    whole[10] = 'T';
    return amp_time_parse(amp_str_of(whole), out_us);
}

static amp_err time_read(const struct amp_form *form, int64_t now_us, int64_t *out_us,
                         struct amp_why *why)
{
    struct amp_str text = {0};
    int64_t number = 0;
    int64_t time_us = now_us;
    if (amp_form_get(form, "timestamp", &text) && text.len > 0) {
        if (!amp_str_i64(text, &number)) {
            int64_t per = number >= UNIX_MS_FROM ? 1000 : AMP_US_PER_S;
            if (number < 0 || number > AMP_TIME_MAX_US / per) {
                return amp_fail(why, AMP_E_RANGE, "timestamp is out of range");
            }
            time_us = number * per;
        } else if (amp_time_parse(text, &time_us) && zoneless_read(text, &time_us)) {
            return amp_fail(why, AMP_E_SYNTAX, "timestamp is neither Unix time nor RFC 3339");
        }
    }
    *out_us = time_us;
    return AMP_OK;
}

/* A number that helps but is not needed: out of its range or no number, it is unknown (-1). */
static int32_t extra_read(const struct amp_form *form, const char *name, double scale, double most)
{
    struct amp_str text = {0};
    double value = 0.0;
    if (!amp_form_get(form, name, &text) || amp_str_double(text, &value)) {
        return -1;
    }
    value *= scale;
    return value >= 0.0 && value <= most ? (int32_t)lround(value) : -1;
}

static bool is_void(const struct amp_form *form)
{
    struct amp_str valid = {0};
    return amp_form_get(form, "valid", &valid) &&
           (amp_str_is(valid, "0") || amp_str_is(valid, "false"));
}

static void alarm_set(struct amp_str alarm, struct amp_fleet_report *report)
{
    report->alarm = amp_str_is(alarm, "sos") ? AMP_FLEET_ALARM_SOS : report->alarm;
}

/* *out_n is 0 where it has neither a place nor an alarm. */
static amp_err form_read(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                         struct amp_fleet_report *report, size_t *out_n, struct amp_why *why)
{
    struct amp_form form = {0};
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    bool found = false;
    amp_err err = amp_form_read(bytes, arena, &form, why);
    err = err ? err : place_read(&form, &lat_e7, &lon_e7, &found, why);
    err = err ? err : time_read(&form, now_us, &report->position.fix_us, why);
    if (err) {
        return err;
    }
    if (!amp_form_get(&form, "id", &report->unit) &&
        !amp_form_get(&form, "deviceid", &report->unit)) {
        return amp_fail(why, AMP_E_MISSING, "id is missing");
    }
    int32_t heading = extra_read(&form, "bearing", 1.0, 360.0);
    report->position.heading_deg =
        heading >= 0 ? heading : extra_read(&form, "heading", 1.0, 360.0);
    report->position.speed_kmh = extra_read(&form, "speed", KMH_PER_KNOT, 1000.0);
    report->position.accuracy_m = extra_read(&form, "accuracy", 1.0, 1e6);
    struct amp_str alarm = {0};
    if (amp_form_get(&form, "alarm", &alarm)) {
        alarm_set(alarm, report);
    }
    *out_n = found || report->alarm != AMP_FLEET_ALARM_NONE ? 1 : 0;
    if (!found || is_void(&form)) {
        amp_fleet_placeless(report);
    } else {
        amp_fleet_check(report, lat_e7, lon_e7, now_us);
    }
    return AMP_OK;
}

/* ---- JSON ---- */

static int32_t number_read(const json_t *coords, const char *name, double scale, double most)
{
    const json_t *value = json_object_get(coords, name);
    double number = json_is_number(value) ? json_number_value(value) * scale : -1.0;
    return number >= 0.0 && number <= most ? (int32_t)lround(number) : -1;
}

static amp_err coords_read(const json_t *coords, int64_t now_us, struct amp_fleet_report *report,
                           struct amp_why *why)
{
    double degrees[2] = {NAN, NAN};
    amp_err err = amp_json_num(coords, "latitude", &degrees[0], why);
    err = err ? err : amp_json_num(coords, "longitude", &degrees[1], why);
    if (err) {
        return err;
    }
    if (isnan(degrees[0]) || isnan(degrees[1])) {
        return amp_fail(why, AMP_E_MISSING, "latitude and longitude are missing");
    }
    report->position.heading_deg = number_read(coords, "heading", 1.0, 360.0);
    report->position.speed_kmh = number_read(coords, "speed", KMH_PER_MS, 1000.0);
    report->position.accuracy_m = number_read(coords, "accuracy", 1.0, 1e6);
    struct amp_pos pos = {0};
    bool on_earth = amp_pos_of_degrees(degrees[0], degrees[1], &pos) == AMP_OK;
    amp_fleet_check(report, on_earth ? pos.lat_e7 : INT64_MAX, on_earth ? pos.lon_e7 : INT64_MAX,
                    now_us);
    return AMP_OK;
}

static amp_err tree_read(const json_t *root, int64_t now_us, struct amp_arena *arena,
                         struct amp_fleet_report *report, size_t *out_n, struct amp_why *why)
{
    struct amp_str text = {0};
    const json_t *location = json_object_get(root, "location");
    const json_t *id = json_object_get(root, "device_id");
    if (json_is_integer(id)) {
        report->unit = amp_arena_printf(arena, "%lld", (long long)json_integer_value(id));
    } else {
        amp_err err = amp_json_str(root, "device_id", &text, why);
        if (err) {
            return err;
        }
        report->unit = amp_arena_str(arena, text); /* the JSON tree goes away with the parse */
    }
    if (report->unit.len == 0 || !json_is_object(location)) {
        return amp_fail(why, AMP_E_MISSING, "%s is missing",
                        report->unit.len == 0 ? "device_id" : "location");
    }
    text = (struct amp_str){0};
    amp_err err = amp_json_str(location, "timestamp", &text, why);
    if (err) {
        return err;
    }
    report->position.fix_us = now_us;
    if (text.len > 0 && amp_time_parse(text, &report->position.fix_us)) {
        return amp_fail(why, AMP_E_SYNTAX, "timestamp is not RFC 3339");
    }
    const char *alarm = json_string_value(json_object_get(location, "alarm"));
    const char *extra =
        json_string_value(json_object_get(json_object_get(location, "extras"), "alarm"));
    alarm_set(amp_str_of(alarm), report);
    alarm_set(amp_str_of(extra), report);
    const json_t *coords = json_object_get(location, "coords");
    bool found = coords != NULL && !json_is_null(coords);
    *out_n = found || report->alarm != AMP_FLEET_ALARM_NONE ? 1 : 0;
    if (!found) {
        amp_fleet_placeless(report);
        return AMP_OK;
    }
    return coords_read(coords, now_us, report, why);
}

amp_err amp_fleet_osmand(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                         struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    struct amp_fleet_report *report = amp_arena_array(arena, 1, sizeof(*report));
    json_t *root = NULL;
    size_t n = 0;
    amp_err err = report == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err && amp_str_starts(amp_str_trim(bytes), AMP_STR("{"))) {
        err = amp_json_read(bytes, AMP_FLEET_BYTES, &root, why);
        err = err ? err : tree_read(root, now_us, arena, report, &n, why);
        json_decref(root);
    } else if (!err) {
        err = form_read(bytes, now_us, arena, report, &n, why);
    }
    err = !err && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (!err) {
        *out = report;
        *out_n = n;
    }
    return err;
}
