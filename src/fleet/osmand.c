/*
 * The query form of the OsmAnd tracker and the Traccar client: one position a request.
 *
 * id, lat, lon; timestamp in seconds or milliseconds of Unix time or RFC 3339; speed in knots;
 * bearing (or heading) in degrees; accuracy in metres. Other names are ignored.
 * Source: the parameters those clients document for their "OsmAnd" protocol.
 */
#include "base/form.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"

#include <math.h>

#define KMH_PER_KNOT 1.852
#define UNIX_MS_FROM                                                                               \
    INT64_C(100000000000) /* above: milliseconds; in seconds it is the year 5138                   \
                           */

static amp_err degree_read(const struct amp_form *form, const char *name, int64_t *out_e7,
                           struct amp_why *why)
{
    struct amp_str text = {0};
    if (!amp_form_get(form, name, &text)) {
        return amp_fail(why, AMP_E_MISSING, "%s is missing", name);
    }
    if (amp_str_fixed(text, 7, out_e7)) {
        return amp_fail(why, AMP_E_SYNTAX, "%s is not a decimal number of degrees", name);
    }
    return AMP_OK;
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
        } else if (amp_time_parse(text, &time_us)) {
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

amp_err amp_fleet_osmand(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                         struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    struct amp_form form = {0};
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    amp_err err = amp_form_read(bytes, arena, &form, why);
    err = err ? err : degree_read(&form, "lat", &lat_e7, why);
    err = err ? err : degree_read(&form, "lon", &lon_e7, why);
    struct amp_fleet_report *report = amp_arena_array(arena, 1, sizeof(*report));
    if (!err && report == NULL) {
        err = AMP_E_NOMEM;
    }
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
    amp_fleet_check(report, lat_e7, lon_e7, now_us);
    *out = report;
    *out_n = 1;
    return AMP_OK;
}
