/* What a PIDF-LO document says, as a circle, a region and a line of address; the row of the table.
 */
#include "intake/intake.h"
#include "intake/pidf.h"

#include <math.h>
#include <string.h>

enum {
    RING = 48 /* samples of an arc */
};

#define EARTH_M_DEG 111195.08
#define RADIANS     0.017453292519943295

const struct amp_pidf_location *amp_pidf_where(const struct amp_pidf *pidf)
{
    const struct amp_pidf_location *best = NULL;
    for (size_t i = 0; i < pidf->location_n; i++) {
        const struct amp_pidf_location *each = &pidf->location[i];
        if (each->kind != AMP_PIDF_NONE && (best == NULL || each->of < best->of)) {
            best = each;
        }
    }
    return best;
}

const struct amp_pidf_location *amp_pidf_address(const struct amp_pidf *pidf)
{
    const struct amp_pidf_location *best = NULL;
    for (size_t i = 0; i < pidf->location_n; i++) {
        const struct amp_pidf_location *each = &pidf->location[i];
        if (each->civic_n > 0 && (best == NULL || each->of < best->of)) {
            best = each;
        }
    }
    return best;
}

/* The position some metres away; the bearing from north by its sine and cosine. */
static struct amp_pos away(struct amp_pos from, double sine, double cosine, double metres)
{
    double lat = amp_lat_deg(from);
    double north_deg = metres * cosine / EARTH_M_DEG;
    double across = EARTH_M_DEG * fmax(cos((lat + north_deg / 2) * RADIANS), 1e-6);
    double lon = amp_lon_deg(from) + metres * sine / across;
    struct amp_pos to = from;
    lat = fmin(90, fmax(-90, lat + north_deg));
    lon = lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
    return amp_pos_of_degrees(lat, lon, &to) ? from : to;
}

/* A middle, and how far the farthest of the points is from it. */
static void around(const struct amp_pos *point, size_t n, struct amp_pos *middle, double *radius_m)
{
    double lat = 0;
    double lon = 0;
    for (size_t i = 0; i < n; i++) {
        lat += (double)(point[i].lat_e7 - point[0].lat_e7) / (double)n;
        lon += (double)amp_lon_delta_e7(point[0].lon_e7, point[i].lon_e7) / (double)n;
    }
    int64_t lon_e7 = point[0].lon_e7 + (int64_t)lon;
    lon_e7 = lon_e7 > 1800000000 ? lon_e7 - 3600000000 : lon_e7;
    lon_e7 = lon_e7 < -1800000000 ? lon_e7 + 3600000000 : lon_e7;
    *middle = (struct amp_pos){.lat_e7 = point[0].lat_e7 + (int32_t)lat, .lon_e7 = (int32_t)lon_e7};
    *radius_m = 0;
    for (size_t i = 0; i < n; i++) {
        *radius_m = fmax(*radius_m, amp_pos_distance_m(*middle, point[i]));
    }
}

static void arc_circle(const struct amp_pidf_location *location, struct amp_pos *middle,
                       double *radius_m)
{
    struct amp_pos ring[2 * RING];
    for (size_t i = 0; i < RING; i++) {
        double bearing =
            location->angle_deg + location->opening_deg * (double)i / (double)(RING - 1);
        const double sine = sin(bearing * RADIANS), cosine = cos(bearing * RADIANS);
        ring[2 * i] = away(location->at, sine, cosine, location->inner_m);
        ring[2 * i + 1] = away(location->at, sine, cosine, location->radius_m);
    }
    around(ring, (size_t)2 * RING, middle, radius_m);
    if (*radius_m >= location->radius_m) { /* a wide band: the mast's own circle is smaller */
        *middle = location->at;
        *radius_m = location->radius_m;
    }
}

void amp_pidf_circle(const struct amp_pidf_location *location, struct amp_pos *middle,
                     double *radius_m)
{
    *middle = location->at;
    *radius_m = location->radius_m;
    if (location->kind == AMP_PIDF_ARC_BAND) {
        arc_circle(location, middle, radius_m);
    } else if (location->kind == AMP_PIDF_POLYGON) {
        around(location->point, location->point_n, middle, radius_m);
    }
}

static struct amp_str region_body(const struct amp_pidf_location *location, struct amp_arena *arena)
{
    char at[AMP_POS_TEXT];
    amp_pos_text(location->at, at);
    switch (location->kind) {
    case AMP_PIDF_POINT:
        return amp_arena_printf(arena, "point:%s", at);
    case AMP_PIDF_CIRCLE:
        return amp_arena_printf(arena, "circle:%s,%.2f", at, location->radius_m);
    case AMP_PIDF_ELLIPSE:
        return amp_arena_printf(arena, "ellipse:%s,%.2f,%.2f,%.2f", at, location->radius_m,
                                location->inner_m, location->angle_deg);
    case AMP_PIDF_ARC_BAND:
        return amp_arena_printf(arena, "arcband:%s,%.2f,%.2f,%.2f,%.2f", at, location->inner_m,
                                location->radius_m, location->angle_deg, location->opening_deg);
    case AMP_PIDF_POLYGON:
    case AMP_PIDF_NONE:
        break;
    }
    struct amp_str text = AMP_STR("polygon:");
    for (size_t i = 0; i < location->point_n; i++) {
        amp_pos_text(location->point[i], at);
        text = amp_arena_printf(arena, "%.*s%s%s", (int)text.len, text.ptr, i > 0 ? "," : "", at);
    }
    return text;
}

struct amp_str amp_pidf_region(const struct amp_pidf_location *location, struct amp_arena *arena)
{
    struct amp_str body = region_body(location, arena);
    if (location->confidence <= 0 || location->confidence >= 100 || body.ptr == NULL) {
        return body;
    }
    return amp_arena_printf(arena, "%.*s@%.4g", (int)body.len, body.ptr, location->confidence);
}

static struct amp_str civic_of(const struct amp_pidf_location *location, const char *name)
{
    for (size_t i = 0; i < location->civic_n; i++) {
        if (amp_str_is(location->civic[i].name, name)) {
            return location->civic[i].value;
        }
    }
    return (struct amp_str){0};
}

static struct amp_str joined(struct amp_arena *arena, struct amp_str a, const char *glue,
                             struct amp_str b)
{
    if (a.len == 0 || b.len == 0) {
        return a.len == 0 ? b : a;
    }
    const size_t glue_len = strlen(glue), len = a.len + glue_len + b.len;
    char *text = amp_arena_alloc(arena, len);
    if (text == NULL) {
        return (struct amp_str){0};
    }
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, glue, glue_len);
    memcpy(text + a.len + glue_len, b.ptr, b.len);
    return (struct amp_str){text, len};
}

/* RFC 5139, section 3.4: A6 is the older name of a street; PRD and POD are directions. RDSEC, RDBR
 * and RDSUBBR: a section of it, a branch of it, and a branch of that. */
static struct amp_str street_of(const struct amp_pidf_location *location, struct amp_arena *arena)
{
    static const char *const parts[] = {"PRM", "PRD", "STP", "STPS", "RD", "STS", "POD", "POM"};
    static const char *const branches[] = {"RDSEC", "RDBR", "RDSUBBR"};
    struct amp_str street = {0};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct amp_str part = civic_of(location, parts[i]);
        if (part.len == 0 && amp_str_is(amp_str_of(parts[i]), "RD")) {
            part = civic_of(location, "A6");
        }
        street = joined(arena, street, " ", part);
    }
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        street = joined(arena, street, ", ", civic_of(location, branches[i]));
    }
    if (civic_of(location, "RD").len > 0) {
        street = joined(arena, street, ", ", civic_of(location, "A6"));
    }
    return street;
}

static bool digit_last(struct amp_str text)
{
    return text.len > 0 && text.ptr[text.len - 1] >= '0' && text.ptr[text.len - 1] <= '9';
}

/* RFC 5774, appendix A.4.4: ";13;A;-;13;C;;" is "13A - 13C". */
static struct amp_str house_of(const struct amp_pidf_location *location, struct amp_arena *arena)
{
    struct amp_str rest = civic_of(location, "HNO"), part = {0}, number = {0};
    while (rest.len > 0) {
        rest = amp_str_cut(rest, ';', &part);
        bool letters = part.len > 0;
        for (size_t i = 0; i < part.len; i++) {
            letters = letters && ((part.ptr[i] | 0x20) >= 'a' && (part.ptr[i] | 0x20) <= 'z');
        }
        number = joined(arena, number, letters && digit_last(number) ? "" : " ", part);
    }
    number = joined(arena, civic_of(location, "HNP"), "", number);
    return joined(arena, number, "", civic_of(location, "HNS"));
}

static const struct inside_row { /* what is said before a value that is a bare number or letter */
    const char *name, *says;
} inside[] = {{"NAM", ""},       {"LMK", ""},         {"BLD", "building "}, {"UNIT", "unit "},
              {"FLR", "floor "}, {"ROOM", "room "},   {"SEAT", "seat "},    {"LOC", ""},
              {"PLC", ""},       {"MP", "milepost "}, {"PN", "post "},      {"POBOX", ""}};

/* "2", "4B20", "EG", "I": what kind of thing it is can only be told by its name. */
static bool bare(struct amp_str value)
{
    bool digits = false, blank = false;
    for (size_t i = 0; i < value.len; i++) {
        digits = digits || (value.ptr[i] >= '0' && value.ptr[i] <= '9');
        blank = blank || value.ptr[i] == ' ';
    }
    return value.len > 0 && !blank && (digits || value.len <= 2);
}

static bool has_place(struct amp_str name)
{
    static const char *const others[] = {"A1",  "A2",    "A3",   "A4",      "A5",     "A6",
                                         "PCN", "PC",    "PRM",  "PRD",     "STP",    "STPS",
                                         "RD",  "STS",   "POD",  "POM",     "HNP",    "HNO",
                                         "HNS", "RDSEC", "RDBR", "RDSUBBR", "country"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (amp_str_is(name, others[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        if (amp_str_is(name, inside[i].name)) {
            return true;
        }
    }
    return false;
}

/* What only the country or the operator knows (RFC 6848: "lamp", "gate"), by its own name. */
static struct amp_str others_of(const struct amp_pidf_location *location, struct amp_arena *arena)
{
    struct amp_str out = {0};
    for (size_t i = 0; i < location->civic_n; i++) {
        struct amp_str name = location->civic[i].name;
        bool again =
            has_place(name) || civic_of(location, name.ptr).ptr != location->civic[i].value.ptr;
        if (!again) {
            out = joined(arena, out, ", ", joined(arena, name, " ", location->civic[i].value));
        }
    }
    return out;
}

struct amp_str amp_pidf_line(const struct amp_pidf_location *location, struct amp_arena *arena)
{
    static const char *const places[] = {"A5", "A4", "A3", "PCN", "A2", "A1", "PC", "country"};
    struct amp_str line = joined(arena, house_of(location, arena), " ", street_of(location, arena));
    struct amp_str last = {0};
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        struct amp_str value = civic_of(location, inside[i].name);
        if (bare(value)) {
            value = joined(arena, amp_str_of(inside[i].says), "", value);
        }
        line = joined(arena, line, ", ", value);
    }
    line = joined(arena, line, ", ", others_of(location, arena));
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct amp_str value = civic_of(location, places[i]);
        if (!amp_str_eq(value, last)) { /* a postal community is often the city again */
            line = joined(arena, line, ", ", value);
        }
        last = value.len > 0 ? value : last;
    }
    return line;
}

struct amp_str amp_pidf_altitude(const struct amp_pidf_location *location, struct amp_arena *arena)
{
    return location->high ? amp_arena_printf(arena, "altitude %.1f m above the ellipsoid",
                                             location->altitude_m)
                          : (struct amp_str){0};
}

static void where_put(const struct amp_pidf_location *where, struct amp_arena *arena,
                      struct amp_report *report)
{
    double radius_m = 0;
    if (where->kind != AMP_PIDF_POLYGON && where->at.lat_e7 == 0 && where->at.lon_e7 == 0) {
        amp_report_warn(report, AMP_STR("0,0 is what a device without a fix sends"));
        return;
    }
    report->located = true;
    report->f.has |= AMP_HAS(POS);
    amp_pidf_circle(where, &report->f.pos, &radius_m);
    if (where->kind != AMP_PIDF_POINT) {
        report->f.has |= AMP_HAS(RADIUS_M);
        report->f.radius_m = (int64_t)ceil(radius_m);
        report->region = amp_pidf_region(where, arena);
    }
    if (where->confidence > 0) {
        report->f.has |= AMP_HAS(CONFIDENCE_PCT);
        report->f.confidence_pct = (int64_t)where->confidence;
    }
    if (where->timed) {
        report->f.has |= AMP_HAS(FIX_TIME);
        report->f.fix_time = where->time_us;
    }
}

void amp_pidf_report(const struct amp_pidf *pidf, struct amp_arena *arena,
                     struct amp_report *report)
{
    for (size_t i = 0; i < pidf->warning_n; i++) {
        amp_report_warn(report, pidf->warning[i]);
    }
    const struct amp_pidf_location *where = amp_pidf_where(pidf);
    const struct amp_pidf_location *address = amp_pidf_address(pidf);
    if (where != NULL) {
        where_put(where, arena, report);
    }
    if (address != NULL) {
        amp_report_place(report, arena, amp_pidf_line(address, arena));
    }
    if (where == NULL && address == NULL) {
        amp_report_warn(report, AMP_STR("no position in the message"));
    }
    report->f.has |= AMP_HAS(SOURCE);
    report->f.source = AMP_STR("pidf-lo");
}

void amp_pidf_words(const struct amp_pidf *pidf, struct amp_arena *arena, struct amp_report *report)
{
    const struct amp_pidf_location *where = amp_pidf_where(pidf);
    if (where != NULL && where->high) {
        amp_report_words(report, arena, amp_pidf_altitude(where, arena));
    }
}

void amp_pidf_view(struct amp_json *js, const struct amp_pidf *pidf, struct amp_arena *arena)
{
    const struct amp_pidf_location *where = amp_pidf_where(pidf);
    const struct amp_pidf_location *address = amp_pidf_address(pidf);
    const struct amp_pidf_location *either = where != NULL ? where : address;
    amp_json_bool_of(js, "located", where != NULL);
    if (where != NULL) {
        struct amp_pos middle = {0};
        double radius_m = 0;
        amp_pidf_circle(where, &middle, &radius_m);
        amp_json_pos_of(js, middle);
        amp_json_double_of(js, "radius_m", radius_m, 2);
        amp_json_str_of(js, "region", amp_pidf_region(where, arena));
        if (where->high) {
            amp_json_double_of(js, "altitude_m", where->altitude_m, 1);
        }
    }
    if (address != NULL) {
        amp_json_str_of(js, "address", amp_pidf_line(address, arena));
    }
    if (either != NULL && either->method.len > 0) {
        amp_json_str_of(js, "method", either->method);
    }
    if (either != NULL && either->timed) {
        amp_json_time_of(js, "time", either->time_us);
    }
    amp_json_key(js, "location_warnings");
    amp_json_open(js, '[');
    for (size_t i = 0; i < pidf->warning_n; i++) {
        amp_json_put_str(js, pidf->warning[i]);
    }
    amp_json_close(js, ']');
}

amp_err amp_intake_pidf(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why)
{
    struct amp_report report = {0};
    struct amp_pidf *pidf = amp_arena_alloc(arena, sizeof *pidf);
    if (pidf == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_pidf_read(bytes, arena, pidf, why);
    if (err != AMP_OK) {
        return err;
    }
    amp_pidf_report(pidf, arena, &report);
    amp_pidf_words(pidf, arena, &report);
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = report;
    return AMP_OK;
}
