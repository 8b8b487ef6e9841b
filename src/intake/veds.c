/* Reading of VEDS: the crash notification of RFC 8148. */
#include "intake/crash.h"

#include "base/timefmt.h"
#include "intake/tree.h"

#include <math.h>

#define VEDS  "http://www.veds.org/acn/"
#define S_ID  "http://niem.gov/niem/structures/2.0|id"
#define S_REF "http://niem.gov/niem/structures/2.0|ref"

enum {
    COUNT_MAX = 200,   /* people, seats, airbags, turns: more is a fault of the sender */
    DELTA_V_MAX = 400, /* km/h */
    VIN_MAX = 32
};

struct reader {
    struct amp_arena *arena;
    struct amp_crash *out;
};

/* Members stand in several name spaces: the local name is enough inside a crash notification. */
static const struct amp_node *named(const struct amp_node *node, const char *name)
{
    while (node != NULL && !amp_str_is(node->name, name)) {
        node = node->next;
    }
    return node;
}

static const struct amp_node *child(const struct amp_node *node, const char *name)
{
    return node != NULL ? named(node->child, name) : NULL;
}

static const struct amp_node *twin(const struct amp_node *node, const char *name)
{
    return named(node->next, name);
}

static struct amp_str text_in(const struct amp_node *node, const char *name)
{
    return amp_node_text(child(node, name));
}

/* ---- values ---- */

static enum amp_crash_said said_in(struct reader *rd, const struct amp_node *node, const char *name)
{
    const struct amp_str text = text_in(node, name);
    if (amp_str_is(text, "true") || amp_str_is(text, "1")) {
        return AMP_CRASH_YES;
    }
    if (amp_str_is(text, "false") || amp_str_is(text, "0")) {
        return AMP_CRASH_NO;
    }
    if (text.len > 0) {
        amp_crash_warn(rd->out, amp_arena_printf(rd->arena, "%s is neither true nor false", name));
    }
    return AMP_CRASH_NOT_SAID;
}

static int count_in(struct reader *rd, const struct amp_node *node, const char *name)
{
    const struct amp_str text = text_in(node, name);
    int64_t n = 0;
    if (text.len == 0) {
        return AMP_CRASH_UNSAID;
    }
    if (amp_str_i64(text, &n) != AMP_OK || n < 0 || n > COUNT_MAX) {
        amp_crash_warn(rd->out, amp_arena_printf(rd->arena, "%s is no count", name));
        return AMP_CRASH_UNSAID;
    }
    return (int)n;
}

struct code {
    const char *code, *word;
};

/* The word of a code; NULL without, said when the code is none. */
static const char *code_in(struct reader *rd, const struct amp_node *node, const char *name,
                           const struct code *codes)
{
    const struct amp_str text = text_in(node, name);
    for (; codes->code != NULL; codes++) {
        if (amp_str_is(text, codes->code)) {
            return codes->word;
        }
    }
    if (text.len > 0) {
        amp_crash_warn(rd->out, amp_arena_printf(rd->arena, "the code in %s is not known", name));
    }
    return NULL;
}

static void greater(int *kept, int value)
{
    *kept = value > *kept ? value : *kept;
}

/* ---- the vehicle ---- */

static bool unit_factor(struct amp_str unit, double *factor)
{
    static const struct {
        const char *name;
        double factor;
    } rows[] = {{"KPH", 1},   {"kph", 1},        {"km/h", 1},       {"KMH", 1},
                {"kmh", 1},   {"MPH", 1.609344}, {"mph", 1.609344}, {"mi/h", 1.609344},
                {"m/s", 3.6}, {"MPS", 3.6}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (amp_str_is(unit, rows[i].name)) {
            *factor = rows[i].factor;
            return true;
        }
    }
    return false;
}

/* The sign says only which way; the hardest of several counts. */
static void delta_v_read(struct reader *rd, const struct amp_node *measure)
{
    double value = 0, factor = 0;
    const struct amp_str number = text_in(measure, "MeasurePointValue");
    if (amp_str_double(number, &value) != AMP_OK ||
        !unit_factor(text_in(measure, "MeasureUnitText"), &factor)) {
        amp_crash_warn(rd->out,
                       AMP_STR("the change of speed has no number or no unit that is known "
                               "and is left out"));
        return;
    }
    value = fabs(value) * factor;
    if (value > DELTA_V_MAX) {
        amp_crash_warn(rd->out, AMP_STR("the change of speed cannot be and is left out"));
        return;
    }
    greater(&rd->out->delta_v_kmh, (int)lround(value));
}

static void pulses_read(struct reader *rd, const struct amp_node *vehicle)
{
    for (const struct amp_node *pulse = child(vehicle, "VehicleCrashPulse"); pulse != NULL;
         pulse = twin(pulse, "VehicleCrashPulse")) {
        const struct amp_node *measure = child(pulse, "CrashPulseChangeInVelocityMeasure");
        for (; measure != NULL; measure = twin(measure, "CrashPulseChangeInVelocityMeasure")) {
            delta_v_read(rd, measure);
        }
        greater(&rd->out->turns, count_in(rd, pulse, "CrashPulseRolloverQuarterTurnsValue"));
    }
    const enum amp_crash_said said = said_in(rd, vehicle, "VehicleRolloverIndicator");
    rd->out->rollover = said > rd->out->rollover ? said : rd->out->rollover;
}

static void seats_read(struct reader *rd, const struct amp_node *vehicle, int *taken)
{
    for (const struct amp_node *seat = child(vehicle, "VehicleSeat"); seat != NULL;
         seat = twin(seat, "VehicleSeat")) {
        const enum amp_crash_said occupied = said_in(rd, seat, "VehicleSeatOccupiedIndicator");
        const enum amp_crash_said belt = said_in(rd, seat, "VehicleSeatbeltFastenedIndicator");
        const enum amp_crash_said watched = said_in(rd, seat, "VehicleSeatbeltMonitoredIndicator");
        if (occupied != AMP_CRASH_NOT_SAID) {
            *taken = (*taken < 0 ? 0 : *taken) + (occupied == AMP_CRASH_YES);
        }
        if (occupied == AMP_CRASH_YES && belt != AMP_CRASH_NOT_SAID && watched != AMP_CRASH_NO) {
            rd->out->seats = (rd->out->seats < 0 ? 0 : rd->out->seats) + 1;
            rd->out->belts = (rd->out->belts < 0 ? 0 : rd->out->belts) + (belt == AMP_CRASH_YES);
        }
    }
}

static void airbags_read(struct reader *rd, const struct amp_node *vehicle)
{
    for (const struct amp_node *bag = child(vehicle, "Airbag"); bag != NULL;
         bag = twin(bag, "Airbag")) {
        const enum amp_crash_said deployed = said_in(rd, bag, "AirbagDeployedIndicator");
        if (deployed != AMP_CRASH_NOT_SAID) {
            rd->out->airbags =
                (rd->out->airbags < 0 ? 0 : rd->out->airbags) + (deployed == AMP_CRASH_YES);
        }
    }
}

static void fuels_read(struct reader *rd, const struct amp_node *vehicle)
{
    static const struct {
        const char *code;
        unsigned bit;
    } rows[] = {{"GASOLINE", AMP_FUEL_GASOLINE}, {"DIESEL", AMP_FUEL_DIESEL},
                {"CNG", AMP_FUEL_CNG},           {"LPG", AMP_FUEL_LPG},
                {"ELECTRIC", AMP_FUEL_ELECTRIC}, {"HYDROGEN", AMP_FUEL_HYDROGEN},
                {"ETHANOL", AMP_FUEL_ETHANOL}};
    static const char name[] = "VehiclePropulsionStorageCode";
    for (const struct amp_node *fuel = child(vehicle, name); fuel != NULL;
         fuel = twin(fuel, name)) {
        unsigned bit = AMP_FUEL_OTHER; /* a code of a later version is one that we do not know */
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            bit = amp_str_is(fuel->text, rows[i].code) ? rows[i].bit : bit;
        }
        rd->out->fuel |= fuel->text.len > 0 ? bit : 0;
    }
}

/* "red Saab 9-5 2015" and what it weighs less: the first vehicle's. */
static void vehicle_name(struct reader *rd, const struct amp_node *vehicle)
{
    static const char *const members[] = {"ConveyanceColorPrimaryText", "ItemMakeName",
                                          "ItemModelName", "ItemModelYearDate"};
    struct amp_str all = {0};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const struct amp_str text = text_in(vehicle, members[i]);
        all = text.len == 0  ? all
              : all.len == 0 ? text
                             : amp_arena_printf(rd->arena, "%.*s %.*s", (int)all.len, all.ptr,
                                                (int)(text.len < 200 ? text.len : 200), text.ptr);
    }
    const struct amp_str vin = text_in(child(vehicle, "VehicleIdentification"), "IdentificationID");
    rd->out->vehicle = amp_crash_value(all, rd->arena);
    rd->out->vin = vin.len <= VIN_MAX ? amp_crash_value(vin, rd->arena) : (struct amp_str){0};
}

static void vehicles_read(struct reader *rd, const struct amp_node *crash)
{
    static const struct code bodies[] = {
        {"101", "car"},     {"102", "car"},   {"103", "van"},        {"104", "van"},
        {"105", "truck"},   {"106", "truck"}, {"107", "bus"},        {"108", "bus"},
        {"109", "bus"},     {"110", "bus"},   {"111", "motorcycle"}, {"112", "motorcycle"},
        {"113", "another"}, {"114", "truck"}, {"115", "truck"},      {"116", "another"},
        {NULL, NULL}};
    int taken = AMP_CRASH_UNSAID;
    const struct amp_node *first = child(crash, "CrashVehicle");
    for (const struct amp_node *each = first; each != NULL; each = twin(each, "CrashVehicle")) {
        pulses_read(rd, each);
        seats_read(rd, each, &taken);
        airbags_read(rd, each);
        fuels_read(rd, each);
    }
    if (first != NULL) {
        rd->out->body = code_in(rd, first, "VehicleBodyCategoryCode", bodies);
        vehicle_name(rd, first);
    }
    /* Both count people; who is not strapped in a watched seat is in one of them only. */
    greater(&rd->out->occupants, taken);
    greater(&rd->out->occupants, count_in(rd, crash, "DrivingIncidentPassengerQuantityText"));
    if (rd->out->rollover == AMP_CRASH_NOT_SAID && rd->out->turns > 0) {
        rd->out->rollover = AMP_CRASH_YES;
    }
}

/* ---- when, where ---- */

static void time_read(struct reader *rd, struct amp_str text)
{
    if (text.len == 0) {
        return;
    }
    rd->out->timed = amp_time_parse(text, &rd->out->time_us) == AMP_OK;
    if (!rd->out->timed) {
        amp_crash_warn(rd->out, AMP_STR("the time of the crash cannot be read"));
    }
}

static void heading_read(struct reader *rd, const struct amp_node *crash)
{
    double degrees = 0;
    const struct amp_str text =
        text_in(child(crash, "ConveyanceHeadingMeasure"), "MeasurePointValue");
    if (text.len == 0) {
        return;
    }
    if (amp_str_double(text, &degrees) != AMP_OK || degrees < 0 || degrees > 360) {
        amp_crash_warn(rd->out, AMP_STR("the heading is no angle"));
        return;
    }
    rd->out->heading_deg = (int)lround(degrees) % 360;
}

/* WGS 84, or what lies within a metre or two of it. */
static bool datum_good(struct amp_str datum)
{
    return datum.len == 0 || amp_str_starts(datum, AMP_STR("WGE")) ||
           amp_str_starts(datum, AMP_STR("WGS84")) || amp_str_starts(datum, AMP_STR("NAR-"));
}

static void point_read(struct reader *rd, const struct amp_node *point)
{
    const struct amp_node *lat = child(point, "GeographicCoordinateLatitude");
    const struct amp_node *lon = child(point, "GeographicCoordinateLongitude");
    int64_t lat_e7 = 0, lon_e7 = 0;
    const char *reason = NULL;
    if (amp_str_fixed(text_in(lat, "LatitudeDegreeValue"), 7, &lat_e7) != AMP_OK ||
        amp_str_fixed(text_in(lon, "LongitudeDegreeValue"), 7, &lon_e7) != AMP_OK) {
        reason = "the position of the crash has no number of degrees";
    } else if (text_in(lat, "LatitudeMinuteValue").len + text_in(lon, "LongitudeMinuteValue").len) {
        reason = "the position of the crash is in minutes of a degree and is not read";
    } else if (!datum_good(text_in(point, "GeographicDatumCode"))) {
        reason = "the position of the crash is in another datum and is not read";
    } else if (!amp_pos_valid(lat_e7, lon_e7) || (lat_e7 == 0 && lon_e7 == 0)) {
        reason = "the position of the crash is nowhere";
    }
    if (reason != NULL) {
        amp_crash_warn(rd->out, amp_str_of(reason));
        return;
    }
    rd->out->pos = (struct amp_pos){(int32_t)lat_e7, (int32_t)lon_e7};
    rd->out->located = true;
}

/* Of several places, the one that the message ties to the crash. */
static const struct amp_node *place_of(const struct amp_node *root)
{
    const struct amp_node *first = child(root, "Location");
    const struct amp_str ref = amp_node_attr(
        child(child(root, "ActivityLocationAssociation"), "LocationReference"), S_REF);
    for (const struct amp_node *each = first; each != NULL && ref.len > 0;
         each = twin(each, "Location")) {
        if (amp_str_eq(amp_node_attr(each, S_ID), ref)) {
            return each;
        }
    }
    return first;
}

static void place_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_node *place = place_of(root);
    const struct amp_node *point = child(place, "LocationTwoDimensionalGeographicCoordinate");
    const struct amp_str said = text_in(place, "LocationDescriptionText");
    const struct amp_str cross =
        text_in(child(place, "LocationCrossStreet"), "CrossStreetDescriptionText");
    if (point != NULL) {
        point_read(rd, point);
    }
    rd->out->place = said.len == 0    ? cross
                     : cross.len == 0 ? said
                                      : amp_arena_printf(rd->arena, "%.*s, %.*s", (int)cross.len,
                                                         cross.ptr, (int)said.len, said.ptr);
}

/* ---- all of it ---- */

static void crash_read(struct reader *rd, const struct amp_node *crash)
{
    static const struct code rests[] = {
        {"Normal", "normal"}, {"Driver", "driver"}, {"Passenger", "passenger"}, {"Roof", "roof"},
        {"Rear", "rear"},     {"Front", "front"},   {"Unknown", NULL},          {NULL, NULL}};
    struct amp_crash *out = rd->out;
    time_read(rd, text_in(child(crash, "ActivityDate"), "DateTime"));
    heading_read(rd, crash);
    vehicles_read(rd, crash);
    out->leak = said_in(rd, crash, "FuelLeakingIndicator");
    out->fire = said_in(rd, crash, "VehicleFireIndicator");
    out->injury = said_in(rd, crash, "SevereInjuryIndicator");
    out->impacts = said_in(rd, crash, "MultipleImpactsIndicator");
    out->rest = code_in(rd, crash, "VehicleFinalRestOrientationCategoryCode", rests);
}

amp_err amp_veds_read(struct amp_str bytes, struct amp_arena *arena, struct amp_crash *out,
                      struct amp_why *why)
{
    static const struct code devices[] = {{"NORMAL", NULL},
                                          {"AIRBAG", "automatic"},
                                          {"TENSIONER", "automatic"},
                                          {"ACCELEROMETERS", "automatic"},
                                          {"MANUAL", "manual"},
                                          {"INJURY", "automatic"},
                                          {"OTHER", NULL},
                                          {NULL, NULL}};
    struct amp_node *root = NULL;
    struct amp_crash *made = amp_arena_alloc(arena, sizeof *made);
    amp_err err = made == NULL ? AMP_E_NOMEM : amp_tree_read(bytes, arena, &root, why);
    if (err != AMP_OK) {
        return err;
    }
    if (!amp_str_is(root->name, "AutomatedCrashNotification") ||
        !amp_str_starts(root->space, AMP_STR(VEDS))) {
        return amp_fail(why, AMP_E_SYNTAX, "VEDS: the document is no <AutomatedCrashNotification>");
    }
    *made = amp_crash_make();
    struct reader rd = {.arena = arena, .out = made};
    made->by = code_in(&rd, root, "NotificationDeviceTypeCode", devices);
    const struct amp_node *crash = child(root, "Crash");
    if (crash != NULL) {
        crash_read(&rd, crash);
    } else {
        amp_crash_warn(made, AMP_STR("the notification says nothing of a crash"));
    }
    place_read(&rd, root);
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = *made;
    return AMP_OK;
}

amp_err amp_intake_veds(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why)
{
    struct amp_crash crash;
    amp_err err = amp_veds_read(bytes, arena, &crash, why);
    if (err == AMP_OK) {
        amp_crash_report(&crash, arena, out);
    }
    return err;
}

amp_err amp_intake_veds_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                             struct amp_why *why)
{
    struct amp_crash crash;
    amp_err err = amp_veds_read(bytes, arena, &crash, why);
    if (err == AMP_OK) {
        amp_crash_view(js, "veds", &crash, arena);
    }
    return err;
}
