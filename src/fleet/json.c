/*
 * A JSON batch:
 * {"positions":[{"unit","lat","lon","time"?,"heading_deg"?,"speed_kmh"?,"accuracy_m"?,"alarm"?}]}
 *
 * Degrees are decimals, time is RFC 3339, alarm as in csv.c; with one the place may be missing. A
 * report with a wrong member is refused by itself.
 */
#include "base/json.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"

#include <math.h>

/* An optional number rounded into 0..most; -1 when absent. */
static amp_err small_read(const json_t *item, const char *name, double most, int32_t *out,
                          struct amp_why *why)
{
    double value = -1.0;
    amp_err err = amp_json_num(item, name, &value, why);
    if (err) {
        return err;
    }
    if (json_object_get(item, name) == NULL || json_is_null(json_object_get(item, name))) {
        *out = -1;
        return AMP_OK;
    }
    if (!(value >= 0.0 && value <= most)) {
        return amp_fail(why, AMP_E_RANGE, "%s is not within 0..%g", name, most);
    }
    *out = (int32_t)lround(value);
    return AMP_OK;
}

static amp_err item_read(const json_t *item, int64_t now_us, struct amp_fleet_report *report,
                         struct amp_why *why)
{
    struct amp_str time = {0};
    struct amp_str alarm = {0};
    struct amp_pos pos = {0};
    bool found = false;
    amp_err err = json_is_object(item) ? AMP_OK : amp_fail(why, AMP_E_SYNTAX, "not an object");
    err = err ? err : amp_json_str(item, "unit", &report->unit, why);
    err = err ? err : amp_json_pos(item, &pos, &found, why);
    err = err ? err : amp_json_str(item, "time", &time, why);
    err = err ? err : small_read(item, "heading_deg", 360.0, &report->position.heading_deg, why);
    err = err ? err : small_read(item, "speed_kmh", 1000.0, &report->position.speed_kmh, why);
    err = err ? err : small_read(item, "accuracy_m", 1e6, &report->position.accuracy_m, why);
    err = err ? err : amp_json_str(item, "alarm", &alarm, why);
    if (err) {
        return err;
    }
    if (amp_fleet_alarm_of(alarm, &report->alarm) != AMP_OK) {
        return amp_fail(why, AMP_E_RANGE,
                        "alarm is none of sos, fall, collision, emergency, attention, attack");
    }
    if (!found && report->alarm != AMP_FLEET_ALARM_NONE) {
        amp_fleet_placeless(report);
        return AMP_OK;
    }
    if (!found) {
        return amp_fail(why, AMP_E_MISSING, "lat and lon are missing");
    }
    report->position.fix_us = now_us;
    if (time.len > 0 && amp_time_parse(time, &report->position.fix_us)) {
        return amp_fail(why, AMP_E_SYNTAX, "time is not RFC 3339");
    }
    amp_fleet_check(report, pos.lat_e7, pos.lon_e7, now_us);
    return AMP_OK;
}

static amp_err batch_read(const json_t *list, int64_t now_us, struct amp_arena *arena,
                          struct amp_fleet_report *report)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct amp_why why = {0};
        amp_err err = item_read(json_array_get(list, i), now_us, &report[i], &why);
        /* the JSON tree goes away with the parse: keep the text */
        report[i].unit = amp_arena_str(arena, report[i].unit);
        if (err) {
            report[i].err = err;
            report[i].detail = amp_arena_str(arena, amp_str_of(why.text));
        }
    }
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

amp_err amp_fleet_json(struct amp_str bytes, int64_t now_us, struct amp_arena *arena,
                       struct amp_fleet_report **out, size_t *out_n, struct amp_why *why)
{
    json_t *root = NULL;
    amp_err err = amp_json_read(bytes, AMP_FLEET_BYTES, &root, why);
    if (err) {
        return err;
    }
    const json_t *list = json_object_get(root, "positions");
    struct amp_fleet_report *report = NULL;
    size_t n = json_array_size(list);
    if (!json_is_array(list)) {
        err = amp_fail(why, AMP_E_SYNTAX, "the body is not {\"positions\":[...]}");
    } else if (n > AMP_FLEET_BATCH) {
        err = amp_fail(why, AMP_E_LIMIT, "%zu positions; at most %d in one batch", n,
                       AMP_FLEET_BATCH);
    } else {
        report = amp_arena_array(arena, n > 0 ? n : 1, sizeof(*report));
        err = report == NULL ? AMP_E_NOMEM : batch_read(list, now_us, arena, report);
    }
    json_decref(root);
    if (!err) {
        *out = report;
        *out_n = n;
    }
    return err;
}
