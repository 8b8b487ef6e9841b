/* Events of Cursor on Target to reports: what both of their forms share. */
#include "fleet/cot_in.h"

#include <math.h>

#define KMH_PER_MS 3.6
#define UNKNOWN_M  999999 /* and above: "not known" */
#define ALERT      "-Alert"
#define CANCELLED  "b-a-o-can"

/* What a crew's client calls for help with; another of them is an emergency, too. */
static const struct {
    const char *type;
    enum amp_fleet_alarm alarm;
} alarms[] = {{"b-a-o-tbl", AMP_FLEET_ALARM_EMERGENCY},
              {"b-a-o-pan", AMP_FLEET_ALARM_ATTENTION},
              {"b-a-o-opn", AMP_FLEET_ALARM_ATTACK}};

struct amp_cot_seen amp_cot_none(void)
{
    return (struct amp_cot_seen){.ce_m = NAN, .course_deg = NAN, .speed_mps = NAN};
}

static bool is_alarm(struct amp_str type)
{
    return amp_str_starts(type, AMP_STR("b-a-o-")) && !amp_str_is(type, CANCELLED);
}

bool amp_cot_wanted(struct amp_str type, struct amp_str uid)
{
    return (amp_str_starts(type, AMP_STR("a-f")) || is_alarm(type)) &&
           !amp_str_starts(uid, AMP_STR("amparo."));
}

static enum amp_fleet_alarm alarm_of(struct amp_str type)
{
    for (size_t i = 0; i < sizeof alarms / sizeof alarms[0]; i++) {
        if (amp_str_is(type, alarms[i].type)) {
            return alarms[i].alarm;
        }
    }
    return AMP_FLEET_ALARM_EMERGENCY;
}

static int32_t whole_of(double value, double most)
{
    return value >= 0 && value <= most ? (int32_t)lround(value) : -1; /* NAN is neither */
}

/* The event of an alarm is named "M12-Alert": it is M12's. */
static struct amp_str crew_of(struct amp_str name)
{
    const struct amp_str end = AMP_STR(ALERT);
    if (name.len <= end.len) {
        return name;
    }
    const struct amp_str head = {.ptr = name.ptr, .len = name.len - end.len};
    const struct amp_str tail = {.ptr = name.ptr + head.len, .len = end.len};
    return amp_str_eq(tail, end) ? head : name;
}

static void refuse(struct amp_fleet_report *report, amp_err err, struct amp_str detail)
{
    report->err = err;
    report->detail = detail;
}

void amp_cot_report(const struct amp_cot_seen *seen, int64_t now_us, struct amp_fleet_report *out)
{
    *out = (struct amp_fleet_report){
        .unit = seen->callsign.len > 0 ? seen->callsign : seen->uid,
        .position = {.fix_us = seen->time_us,
                     .heading_deg = whole_of(seen->course_deg, 360.0),
                     .speed_kmh = whole_of(seen->speed_mps * KMH_PER_MS, 1000.0),
                     .accuracy_m = whole_of(seen->ce_m, UNKNOWN_M - 1)}};
    if (is_alarm(seen->type)) {
        out->unit = crew_of(out->unit);
        out->alarm = alarm_of(seen->type);
    }
    if (!seen->timed) {
        refuse(out, AMP_E_SYNTAX, AMP_STR("time is not RFC 3339"));
    } else if (!seen->pointed) {
        refuse(out, AMP_E_MISSING, AMP_STR("point is missing"));
    } else if (!seen->placed) {
        refuse(out, AMP_E_SYNTAX, AMP_STR("lat or lon is not a decimal number of degrees"));
    } else if (!seen->endpoint && amp_str_is(seen->how, "h-g-i-g-o")) {
        refuse(out, AMP_E_MISSING, AMP_STR("a marker that was set by hand is no crew's place"));
        out->reason = AMP_FLEET_NO_FIX;
    } else {
        amp_fleet_check(out, seen->lat_e7, seen->lon_e7, now_us);
    }
}
