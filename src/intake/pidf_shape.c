/* The shapes of RFC 5491, section 5.2: elements to numbers. A shape in doubt is refused, not bent.
 */
#include "intake/pidf_read.h"

#include "base/xml.h"

#include <stdio.h>
#include <string.h>

#define GML     "http://www.opengis.net/gml|"
#define GML_OLD "urn:opengis:specification:gml:schema-xsd:feature:v3.0|" /* RFC 4119, 2.2.5 */
#define GS      "http://www.opengis.net/pidflo/1.0|"
#define CONF    "urn:ietf:params:xml:ns:geopriv:conf|"

enum {
    HAS_MAJOR = 1,
    HAS_MINOR = 2,
    HAS_ANGLE = 4,
    HAS_OPENING = 8,
    LENGTH_MAX_M = 20037509
};

static const struct shape_row {
    const char *name;
    enum amp_pidf_kind kind;
    unsigned needs; /* HAS_ bits */
} shapes[] = {
    {GML "Point", AMP_PIDF_POINT, 0},
    {GML_OLD "Point", AMP_PIDF_POINT, 0},
    {GS "Circle", AMP_PIDF_CIRCLE, HAS_MAJOR},
    {GS "Sphere", AMP_PIDF_CIRCLE, HAS_MAJOR},
    {GS "Ellipse", AMP_PIDF_ELLIPSE, HAS_MAJOR | HAS_MINOR | HAS_ANGLE},
    {GS "Ellipsoid", AMP_PIDF_ELLIPSE, HAS_MAJOR | HAS_MINOR | HAS_ANGLE},
    {GS "ArcBand", AMP_PIDF_ARC_BAND, HAS_MAJOR | HAS_MINOR | HAS_ANGLE | HAS_OPENING},
    {GML "Polygon", AMP_PIDF_POLYGON, 0},
    {GS "Prism", AMP_PIDF_POLYGON, 0},
};

static const struct number_row {
    const char *name;
    unsigned has;
    bool angle;
    size_t at; /* in struct amp_pidf_location */
} numbers[] = {
    {GS "radius", HAS_MAJOR, false, offsetof(struct amp_pidf_location, radius_m)},
    {GS "semiMajorAxis", HAS_MAJOR, false, offsetof(struct amp_pidf_location, radius_m)},
    {GS "outerRadius", HAS_MAJOR, false, offsetof(struct amp_pidf_location, radius_m)},
    {GS "semiMinorAxis", HAS_MINOR, false, offsetof(struct amp_pidf_location, inner_m)},
    {GS "innerRadius", HAS_MINOR, false, offsetof(struct amp_pidf_location, inner_m)},
    {GS "orientation", HAS_ANGLE, true, offsetof(struct amp_pidf_location, angle_deg)},
    {GS "startAngle", HAS_ANGLE, true, offsetof(struct amp_pidf_location, angle_deg)},
    {GS "openingAngle", HAS_OPENING, true, offsetof(struct amp_pidf_location, opening_deg)},
};

static void refuse(struct amp_pidf_reader *rd, struct amp_str reason)
{
    rd->shape_bad = true;
    amp_pidf_warn(rd, reason);
}

/* How many numbers a position has; 0: a reference system whose axes nobody here knows. */
static size_t dimensions_of(struct amp_pidf_reader *rd, const char *srs)
{
    static const struct {
        const char *name;
        size_t n;
        bool slip;
    } rows[] = {{"urn:ogc:def:crs:EPSG::4326", 2, false},
                {"urn:ogc:def:crs:EPSG::4979", 3, false},
                {"epsg:4326", 2, false},
                {"urn:ogc:def::crs:EPSG::4326", 2, true},
                {"urn:ogc:def::crs:EPSG::4979", 3, true}};
    if (srs == NULL) {
        amp_pidf_warn(rd, AMP_STR("no reference system is named; WGS 84 is assumed"));
        return 2;
    }
    struct amp_str name = amp_str_trim(amp_str_of(srs));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (amp_str_is(name, rows[i].name)) {
            if (rows[i].slip) {
                amp_pidf_warn(rd, AMP_STR("the name of the reference system has a slip in it"));
            }
            return rows[i].n;
        }
    }
    return 0;
}

/* EPSG 9001 metre; 9101 radian, 9102 degree. Without a unit: metres, degrees. */
static double unit_of(const char *uom, bool angle)
{
    if (uom == NULL) {
        return 1;
    }
    struct amp_str name = amp_str_trim(amp_str_of(uom));
    if (amp_str_is(name, "urn:ogc:def:uom:EPSG::9102") && angle) {
        return 1;
    }
    if (amp_str_is(name, "urn:ogc:def:uom:EPSG::9101") && angle) {
        return 57.295779513082323;
    }
    return amp_str_is(name, "urn:ogc:def:uom:EPSG::9001") && !angle ? 1 : 0;
}

static const struct number_row *number_of(const char *name)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            return &numbers[i];
        }
    }
    return NULL;
}

/* Some senders write the shapes of RFC 5491 in the name space of GML: "gml:Circle". */
static const char *space_mended(struct amp_pidf_reader *rd, const char *name, char out[64])
{
    static const char *const rows[] = {"Circle",      "Sphere",        "Ellipse",    "Ellipsoid",
                                       "ArcBand",     "Prism",         "radius",     "innerRadius",
                                       "outerRadius", "semiMajorAxis", "startAngle", "openingAngle",
                                       "orientation", "semiMinorAxis"};
    const size_t len = sizeof GML - 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && strncmp(name, GML, len) == 0; i++) {
        if (strcmp(name + len, rows[i]) == 0) {
            amp_pidf_warn(rd, AMP_STR("a shape stands in the name space of GML"));
            (void)snprintf(out, 64, GS "%s", rows[i]);
            return out;
        }
    }
    return name;
}

static void shape_open(struct amp_pidf_reader *rd, const struct shape_row *row, const char *srs)
{
    rd->shape = rd->depth;
    rd->shape_bad = false;
    rd->hole = false;
    rd->has = 0;
    rd->pos_n = 0;
    rd->now->kind = row->kind;
    rd->dimensions = dimensions_of(rd, srs);
    if (rd->dimensions == 0) {
        refuse(rd, AMP_STR("the reference system of a location is not WGS 84: it is not used"));
    }
}

amp_err amp_pidf_shape_start(struct amp_pidf_reader *rd, const char *name, const char *const *attrs)
{
    char mended[64];
    name = space_mended(rd, name, mended);
    if (rd->shape != 0) {
        if (strcmp(name, GML "interior") == 0) {
            amp_pidf_warn(rd, AMP_STR("a polygon has a hole, which is not regarded"));
            rd->hole = true;
        }
        const struct number_row *number = number_of(name);
        rd->unit = number != NULL ? unit_of(amp_xml_attr(attrs, "uom"), number->angle) : 1;
        if (amp_xml_attr(attrs, "srsName") != NULL) { /* of the polygon inside a prism */
            rd->dimensions = dimensions_of(rd, amp_xml_attr(attrs, "srsName"));
        }
        return AMP_OK;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(name, shapes[i].name) == 0) {
            if (rd->shape_done) {
                amp_pidf_warn(rd, AMP_STR("a location has several shapes; the first counts"));
                return AMP_OK;
            }
            shape_open(rd, &shapes[i], amp_xml_attr(attrs, "srsName"));
            return AMP_OK;
        }
    }
    return AMP_OK;
}

static bool separator(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

/* The next number of a list; false at its end. */
static bool next_number(struct amp_pidf_reader *rd, struct amp_str *rest, struct amp_str *out)
{
    while (rest->len > 0 && separator(rest->ptr[0])) {
        if (rest->ptr[0] == ',') {
            amp_pidf_warn(rd, AMP_STR("coordinates are separated by commas"));
        }
        *rest = (struct amp_str){.ptr = rest->ptr + 1, .len = rest->len - 1};
    }
    size_t n = 0;
    while (n < rest->len && !separator(rest->ptr[n])) {
        n++;
    }
    *out = (struct amp_str){.ptr = rest->ptr, .len = n};
    *rest = (struct amp_str){.ptr = rest->ptr + n, .len = rest->len - n};
    return n > 0;
}

static bool same_place(struct amp_pos a, struct amp_pos b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

static void position_add(struct amp_pidf_reader *rd, int64_t lat_e7, int64_t lon_e7)
{
    if (!amp_pos_valid(lat_e7, lon_e7)) {
        refuse(rd, AMP_STR("a coordinate is not on the earth: that location is not used"));
    } else {
        struct amp_pos pos = {.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
        if (rd->pos_n < AMP_PIDF_POINTS) {
            rd->now->point[rd->pos_n] = pos;
        } else if (rd->pos_n > AMP_PIDF_POINTS || !same_place(pos, rd->now->at)) {
            refuse(rd, AMP_STR("a polygon has too many corners: that location is not used"));
        }
        rd->now->at = rd->now->point[0];
        rd->pos_n++;
    }
}

static void position_put(struct amp_pidf_reader *rd, struct amp_str lat, struct amp_str lon)
{
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    if (amp_str_fixed(lat, 7, &lat_e7) || amp_str_fixed(lon, 7, &lon_e7)) {
        refuse(rd, AMP_STR("a coordinate is not a number: that location is not used"));
        return;
    }
    position_add(rd, lat_e7, lon_e7);
}

/* One position, or several in a row. A lone 2-D position in a 3-D system is tolerated. */
static void positions_read(struct amp_pidf_reader *rd, struct amp_str text, bool list)
{
    struct amp_str part[3] = {{0}, {0}, {0}};
    size_t n = 0;
    while (!rd->shape_bad && next_number(rd, &text, &part[n])) {
        n++;
        if (n == rd->dimensions && list) {
            position_put(rd, part[0], part[1]);
            n = 0;
        } else if (n == 3) {
            break;
        }
    }
    if (rd->shape_bad) {
        return;
    }
    if (list ? n != 0 : n < 2) {
        refuse(rd, AMP_STR("coordinates are missing: that location is not used"));
    } else if (!list) {
        position_put(rd, part[0], part[1]);
    }
}

/* "37:46:30N": degrees, minutes and seconds with their hemisphere, in 1e-7 degree. */
static bool sexagesimal(struct amp_str text, char plus, char minus, int64_t *out_e7)
{
    if (text.len < 2 || (text.ptr[text.len - 1] != plus && text.ptr[text.len - 1] != minus)) {
        return false;
    }
    const bool negative = text.ptr[text.len - 1] == minus;
    struct amp_str rest = {.ptr = text.ptr, .len = text.len - 1};
    static const int64_t seconds[3] = {3600, 60, 1};
    int64_t total = 0;
    for (size_t i = 0; i < 3; i++) {
        struct amp_str part = {0};
        int64_t value = 0;
        rest = amp_str_cut(rest, ':', &part);
        if (part.len == 0 && i > 0) {
            break;
        }
        if (amp_str_fixed(part, 7, &value) || value < 0 || (i > 0 && value >= 600000000) ||
            value > 1800000000) {
            return false;
        }
        total += value * seconds[i];
    }
    total = (total + 1800) / 3600;
    *out_e7 = negative ? -total : total;
    return rest.len == 0;
}

static void coordinates_read(struct amp_pidf_reader *rd, struct amp_str text)
{
    struct amp_str lat = {0};
    struct amp_str lon = {0};
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    bool both = next_number(rd, &text, &lat) && next_number(rd, &text, &lon);
    if (!both || !sexagesimal(lat, 'N', 'S', &lat_e7) || !sexagesimal(lon, 'E', 'W', &lon_e7)) {
        refuse(rd, AMP_STR("coordinates in an old form cannot be read: that location is not used"));
        return;
    }
    position_add(rd, lat_e7, lon_e7);
}

static void number_read(struct amp_pidf_reader *rd, const struct number_row *row,
                        struct amp_str text)
{
    double value = 0;
    if (rd->unit == 0) {
        refuse(rd, AMP_STR("a size has a unit that is not known: that location is not used"));
        return;
    }
    if (amp_str_double(amp_str_trim(text), &value)) {
        refuse(rd, AMP_STR("a size is not a number: that location is not used"));
        return;
    }
    value *= rd->unit;
    if (row->angle ? value < -360 || value > 360 : value < 0 || value > LENGTH_MAX_M) {
        refuse(rd, AMP_STR("a size is out of range: that location is not used"));
        return;
    }
    value = row->angle && value < 0 ? value + 360 : value;
    rd->has |= row->has;
    memcpy((char *)rd->now + row->at, &value, sizeof value);
}

static void confidence_read(struct amp_pidf_reader *rd, struct amp_str text)
{
    double percent = 0;
    text = amp_str_trim(text);
    if (amp_str_is(text, "unknown")) {
        return;
    }
    if (amp_str_double(text, &percent) || percent <= 0 || percent > 100) {
        amp_pidf_warn(rd, AMP_STR("the confidence is not a percentage"));
        return;
    }
    rd->now->confidence = percent;
}

static void polygon_close(struct amp_pidf_reader *rd)
{
    struct amp_pidf_location *now = rd->now;
    const bool full = rd->pos_n > AMP_PIDF_POINTS; /* the one beyond the room is the first again */
    size_t n = rd->pos_n;
    bool closed = full || (n > 1 && same_place(now->point[0], now->point[n - 1]));
    if (!closed) {
        amp_pidf_warn(rd, AMP_STR("a ring of a polygon does not close"));
    }
    now->point_n = closed ? n - 1 : n;
    if (now->point_n < 3) {
        refuse(rd, AMP_STR("a polygon has less than three corners: that location is not used"));
    }
}

static void shape_close(struct amp_pidf_reader *rd)
{
    struct amp_pidf_location *now = rd->now;
    unsigned needs = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        needs = shapes[i].kind == now->kind ? shapes[i].needs : needs;
    }
    if (!rd->shape_bad && rd->pos_n == 0) {
        refuse(rd, AMP_STR("a location has no coordinates: it is not used"));
    }
    if (!rd->shape_bad && (rd->has & needs) != needs) {
        refuse(rd, AMP_STR("a size of the location is missing: it is not used"));
    }
    if (!rd->shape_bad && now->kind == AMP_PIDF_POLYGON) {
        polygon_close(rd);
    }
    bool swapped =
        now->kind != AMP_PIDF_CIRCLE && (needs & HAS_MINOR) && now->inner_m > now->radius_m;
    if (!rd->shape_bad && swapped) {
        refuse(rd, AMP_STR("the smaller size is the greater one: that location is not used"));
    }
    if (rd->shape_bad) {
        now->kind = AMP_PIDF_NONE;
        now->point_n = 0;
    }
    rd->shape = 0;
    rd->shape_done = true;
}

amp_err amp_pidf_shape_end(struct amp_pidf_reader *rd, const char *name, struct amp_str text)
{
    char mended[64];
    name = space_mended(rd, name, mended);
    if (strcmp(name, CONF "confidence") == 0) {
        confidence_read(rd, text);
        return AMP_OK;
    }
    if (rd->shape == 0) {
        return AMP_OK;
    }
    if (rd->depth + 1 == rd->shape) {
        shape_close(rd);
        return AMP_OK;
    }
    const struct number_row *number = number_of(name);
    rd->hole = rd->hole && strcmp(name, GML "interior") != 0;
    if (rd->shape_bad || rd->hole) {
        return AMP_OK;
    }
    if (number != NULL) {
        number_read(rd, number, text);
    } else if (strcmp(name, GML "pos") == 0) {
        positions_read(rd, text, false);
    } else if (strcmp(name, GML "posList") == 0) {
        positions_read(rd, text, true);
    } else if (strcmp(name, GML_OLD "coordinates") == 0) {
        coordinates_read(rd, text);
    }
    return AMP_OK;
}
