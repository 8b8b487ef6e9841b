/* The table of fleet formats, and the checks that every report passes. */
#include "fleet/fleet.h"

#include "base/timefmt.h"

static const struct amp_fleet formats[] = {
    {"json", "a JSON batch of positions", false, amp_fleet_json},
    {"osmand", "the form or JSON of the OsmAnd and Traccar clients", true, amp_fleet_osmand},
    {"owntracks", "the JSON of the OwnTracks phone apps", false, amp_fleet_owntracks},
    {"nmea", "NMEA 0183 sentences with the source in their tag block", false, amp_fleet_nmea},
    {"csv", "one position a line: unit, lat, lon, time, heading, speed, accuracy", false,
     amp_fleet_csv},
    {"cot", "Cursor on Target events of TAK clients", false, amp_fleet_cot},
    {"tak", "the same in messages of the TAK protocol, version 1", false, amp_fleet_tak},
};

static const char *const alarm_names[AMP_FLEET_ALARMS] = {
    [AMP_FLEET_ALARM_NONE] = "",
    [AMP_FLEET_ALARM_SOS] = "sos",
    [AMP_FLEET_ALARM_FALL] = "fall",
    [AMP_FLEET_ALARM_COLLISION] = "collision",
    [AMP_FLEET_ALARM_EMERGENCY] = "emergency",
    [AMP_FLEET_ALARM_ATTENTION] = "attention",
    [AMP_FLEET_ALARM_ATTACK] = "attack",
};

const char *amp_fleet_alarm_name(enum amp_fleet_alarm alarm)
{
    return alarm_names[alarm];
}

amp_err amp_fleet_alarm_of(struct amp_str name, enum amp_fleet_alarm *out)
{
    for (int i = 0; i < AMP_FLEET_ALARMS; i++) {
        if (amp_str_is(name, alarm_names[i])) {
            *out = (enum amp_fleet_alarm)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

void amp_fleet_placeless(struct amp_fleet_report *report)
{
    report->err = AMP_E_MISSING;
    report->detail = AMP_STR("the receiver has no fix");
    report->reason = AMP_FLEET_NO_FIX;
}

size_t amp_fleet_count(void)
{
    return sizeof(formats) / sizeof(formats[0]);
}

const struct amp_fleet *amp_fleet_at(size_t i)
{
    return i < amp_fleet_count() ? &formats[i] : NULL;
}

const struct amp_fleet *amp_fleet_find(struct amp_str name)
{
    for (size_t i = 0; i < amp_fleet_count(); i++) {
        if (amp_str_is(name, formats[i].name)) {
            return &formats[i];
        }
    }
    return NULL;
}

amp_err amp_fleet_parse(const struct amp_fleet *format, struct amp_str bytes, int64_t now_us,
                        struct amp_arena *arena, struct amp_fleet_report **out, size_t *out_n,
                        struct amp_why *why)
{
    if (bytes.len > AMP_FLEET_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "%zu bytes of positions; at most %d are read at once",
                        bytes.len, AMP_FLEET_BYTES);
    }
    return format->parse(bytes, now_us, arena, out, out_n, why);
}

static void refuse(struct amp_fleet_report *report, amp_err err, struct amp_str detail)
{
    report->err = err;
    report->detail = detail;
}

static bool word_ok(struct amp_str word)
{
    bool ok = word.len > 0 && word.len <= AMP_WORD_MAX;
    for (size_t i = 0; ok && i < word.len; i++) {
        char c = word.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-';
    }
    return ok;
}

void amp_fleet_check(struct amp_fleet_report *report, int64_t lat_e7, int64_t lon_e7,
                     int64_t now_us)
{
    bool on_earth = amp_pos_valid(lat_e7, lon_e7);
    if (on_earth) {
        report->position.pos =
            (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    }
    if (!on_earth) {
        refuse(report, AMP_E_RANGE, AMP_STR("the position is not on the earth"));
    } else if (lat_e7 == 0 && lon_e7 == 0) {
        refuse(report, AMP_E_RANGE, AMP_STR("0,0 is what a receiver without a fix sends"));
        report->reason = AMP_FLEET_NO_FIX;
    } else if (report->position.fix_us > now_us + AMP_POSITION_AHEAD_S * AMP_US_PER_S) {
        refuse(report, AMP_E_RANGE, AMP_STR("the time of the position lies in the future"));
        report->reason = AMP_FLEET_AHEAD;
    } else if (!word_ok(report->unit)) {
        refuse(report, AMP_E_SYNTAX, AMP_STR("unit is not a call sign"));
        report->unnamed = true;
    }
}
