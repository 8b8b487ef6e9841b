/* The shapes of RFC 5491, section 5.2: elements to numbers. A shape in doubt is refused, not bent.
 */
#include "intake/pidf_read.h"

#include "base/xml.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define GML     "http://www.opengis.net/gml|"
#define GML_OLD "urn:opengis:specification:gml:schema-xsd:feature:v3.0|" /* RFC 4119, 2.2.5 */
#define GML_32  "http://www.opengis.net/gml/3.2|"
#define GS      "http://www.opengis.net/pidflo/1.0|"
#define CONF    "urn:ietf:params:xml:ns:geopriv:conf|"
#define CRS     "urn:ogc:def:crs:EPSG:"
#define UOM     "urn:ogc:def:uom:EPSG:"

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

static bool same_letters(struct amp_str text, const char *terminated)
{
    return text.len == strlen(terminated) && strncasecmp(text.ptr, terminated, text.len) == 0;
}

/* The code of "urn:ogc:def:crs:EPSG:VERSION:CODE", whose version is mostly empty (RFC 5491, section
 * 5.1); some senders leave out its colon, too. Empty for another name. */
static struct amp_str epsg_code(struct amp_str name, const char *prefix, bool *slip)
{
    const size_t len = strlen(prefix);
    struct amp_str version = {0};
    if (name.len <= len || strncasecmp(name.ptr, prefix, len) != 0) {
        return (struct amp_str){0};
    }
    struct amp_str code =
        amp_str_cut((struct amp_str){name.ptr + len, name.len - len}, ':', &version);
    *slip = code.ptr == NULL;
    return *slip ? version : code;
}

/* How many numbers a position has; 0: a reference system whose axes nobody here knows. */
static size_t dimensions_of(struct amp_pidf_reader *rd, const char *srs)
{
    static const struct {
        const char *code, *wrong;
        size_t n;
    } rows[] = {{"4326", "urn:ogc:def::crs:EPSG::4326", 2},
                {"4979", "urn:ogc:def::crs:EPSG::4979", 3}};
    if (srs == NULL) {
        amp_pidf_warn(rd, AMP_STR("no reference system is named; WGS 84 is assumed"));
        return 2;
    }
    bool slip = false;
    struct amp_str name = amp_str_trim(amp_str_of(srs));
    struct amp_str code = epsg_code(name, CRS, &slip);
    if (amp_str_is(name, "epsg:4326")) { /* RFC 4119, section 2.2.5 */
        return 2;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool wrong = same_letters(name, rows[i].wrong);
        if (wrong || amp_str_is(code, rows[i].code)) {
            if (wrong || slip) {
                amp_pidf_warn(rd, AMP_STR("the name of the reference system has a slip in it"));
            }
            return rows[i].n;
        }
    }
    return 0;
}

/* EPSG 9001 metre; 9101 radian, 9102 degree. Without a unit: metres, degrees. Feet (9002) are not
 * allowed (RFC 5491, section 5.2), and known. */
static double unit_of(struct amp_pidf_reader *rd, const char *uom, bool angle)
{
    static const struct {
        const char *code;
        bool angle;
        double unit;
    } rows[] = {{"9001", false, 1},
                {"9002", false, 0.3048},
                {"9101", true, 57.295779513082323},
                {"9102", true, 1}};
    bool slip = false;
    if (uom == NULL) {
        return 1;
    }
    struct amp_str code = epsg_code(amp_str_trim(amp_str_of(uom)), UOM, &slip);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (amp_str_is(code, rows[i].code) && rows[i].angle == angle) {
            if (amp_str_is(code, "9002")) {
                amp_pidf_warn(rd, AMP_STR("a size is in feet and was made metres"));
            }
            return rows[i].unit;
        }
    }
    return 0;
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

/* Some senders write the shapes of RFC 5491 in the name space of GML, "gml:Circle", or those of GML
 * in that of RFC 5491, "gs:Point"; others use the next version of GML, which says the same. */
static const char *space_mended(struct amp_pidf_reader *rd, const char *name, char out[64])
{
    static const struct {
        const char *space;
        bool slip;
    } spaces[] = {{GML, true}, {GS, true}, {GML_32, false}};
    static const struct {
        const char *local, *right;
    } rows[] = {
        {"Circle", GS},        {"Sphere", GS},        {"Ellipse", GS},      {"Ellipsoid", GS},
        {"ArcBand", GS},       {"Prism", GS},         {"radius", GS},       {"innerRadius", GS},
        {"outerRadius", GS},   {"startAngle", GS},    {"openingAngle", GS}, {"orientation", GS},
        {"semiMajorAxis", GS}, {"semiMinorAxis", GS}, {"Point", GML},       {"Polygon", GML},
        {"pos", GML},          {"posList", GML},      {"exterior", GML},    {"interior", GML}};
    const char *bar = strchr(name, '|');
    size_t at = 0;
    while (at < 3 &&
           (bar == NULL || strncmp(name, spaces[at].space, (size_t)(bar + 1 - name)) != 0)) {
        at++;
    }
    for (size_t i = 0; at < 3 && i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(bar + 1, rows[i].local) == 0 && strcmp(spaces[at].space, rows[i].right) != 0) {
            if (spaces[at].slip || strcmp(rows[i].right, GS) == 0) {
                amp_pidf_warn(rd, strcmp(rows[i].right, GS) == 0
                                      ? AMP_STR("a shape stands in the name space of GML")
                                      : AMP_STR("GML stands in the name space of the shapes"));
            }
            (void)snprintf(out, 64, "%s%s", rows[i].right, rows[i].local);
            return out;
        }
    }
    return name;
}

static void srs_unknown(struct amp_pidf_reader *rd)
{
    refuse(rd, AMP_STR("the reference system of a location is not WGS 84: it is not used"));
}

static void shape_open(struct amp_pidf_reader *rd, const struct shape_row *row, const char *srs)
{
    rd->shape = rd->depth;
    rd->shape_bad = false;
    rd->hole = false;
    rd->prism = strcmp(row->name, GS "Prism") == 0;
    rd->has = 0;
    rd->pos_n = 0;
    rd->now->kind = row->kind;
    rd->dimensions = dimensions_of(rd, srs);
    if (rd->dimensions == 0) {
        srs_unknown(rd);
    }
    rd->dimensions = rd->prism && srs == NULL ? 3 : rd->dimensions;
}

/* Of the polygon inside a prism, of a ring, of a position. */
static void inner_start(struct amp_pidf_reader *rd, const char *name, const char *const *attrs)
{
    const char *srs = amp_xml_attr(attrs, "srsName");
    const char *count = amp_xml_attr(attrs, "srsDimension");
    if (strcmp(name, GML "interior") == 0) {
        amp_pidf_warn(rd, AMP_STR("a polygon has a hole, which is not regarded"));
        rd->hole = true;
    }
    const struct number_row *number = number_of(name);
    rd->unit = number != NULL ? unit_of(rd, amp_xml_attr(attrs, "uom"), number->angle) : 1;
    if (srs != NULL) {
        rd->dimensions = dimensions_of(rd, srs);
    }
    if (rd->dimensions == 0) {
        srs_unknown(rd);
    } else if (count != NULL && (strcmp(count, "2") == 0 || strcmp(count, "3") == 0)) {
        rd->dimensions = (size_t)(count[0] - '0');
    }
}

bool amp_pidf_shape_start(struct amp_pidf_reader *rd, const char *name, const char *const *attrs)
{
    char mended[64];
    name = space_mended(rd, name, mended);
    if (rd->shape != 0) {
        inner_start(rd, name, attrs);
        return true;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(name, shapes[i].name) == 0 && rd->shape_done) {
            amp_pidf_warn(rd, AMP_STR("a location has several shapes; the first counts"));
            rd->skip = rd->depth;
            return true;
        }
        if (strcmp(name, shapes[i].name) == 0) {
            shape_open(rd, &shapes[i], amp_xml_attr(attrs, "srsName"));
            return true;
        }
    }
    return false;
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
    if (n == 0) {
        return false;
    }
    *out = (struct amp_str){.ptr = rest->ptr, .len = n};
    *rest = (struct amp_str){.ptr = rest->ptr + n, .len = rest->len - n};
    return true;
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

static void position_put(struct amp_pidf_reader *rd, const struct amp_str part[3])
{
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    double altitude_m = 0;
    if (amp_degrees_read(part[0], &lat_e7) || amp_degrees_read(part[1], &lon_e7) ||
        (part[2].len > 0 && amp_str_double(part[2], &altitude_m))) {
        refuse(rd, AMP_STR("a coordinate is not a number: that location is not used"));
        return;
    }
    if (part[2].len > 0 && rd->pos_n == 0) {
        rd->now->altitude_m = altitude_m;
        rd->now->high = true;
    }
    position_add(rd, lat_e7, lon_e7);
}

/* One position, or several in a row. A lone 2-D position in a 3-D system is tolerated, and a lone
 * altitude in a 2-D one. */
static void positions_read(struct amp_pidf_reader *rd, struct amp_str text, bool list)
{
    struct amp_str part[4] = {{0}, {0}, {0}, {0}};
    const size_t most = list ? rd->dimensions : 3;
    size_t n = 0;
    if (list && rd->prism && rd->dimensions != 3) {
        refuse(rd, AMP_STR("the positions of a prism have no altitude: that location is not used"));
    }
    while (!rd->shape_bad && next_number(rd, &text, &part[n])) {
        n++;
        if (n == most && list) {
            position_put(rd, part);
            n = 0;
        } else if (n > most) {
            refuse(rd, AMP_STR("a position has too many numbers: that location is not used"));
        }
    }
    if (rd->shape_bad) {
        return;
    }
    if (list ? n != 0 : n < 2) {
        refuse(rd, AMP_STR("coordinates are missing: that location is not used"));
    } else if (!list) {
        position_put(rd, part);
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
    double before = 0;
    memcpy(&before, (const char *)rd->now + row->at, sizeof before);
    if ((rd->has & row->has) != 0 && before != value) {
        refuse(rd, AMP_STR("a size is given twice: that location is not used"));
        return;
    }
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
    } else if (!rd->shape_bad && rd->pos_n > 1) {
        refuse(rd, AMP_STR("a location has several positions where one belongs: it is not used"));
    }
    bool swapped =
        now->kind != AMP_PIDF_CIRCLE && (needs & HAS_MINOR) && now->inner_m > now->radius_m;
    if (!rd->shape_bad && swapped) {
        refuse(rd, AMP_STR("the smaller size is the greater one: that location is not used"));
    }
    if (rd->shape_bad) {
        now->kind = AMP_PIDF_NONE;
        now->point_n = 0;
        now->high = false;
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
    } else if (strcmp(name, GML_OLD "coordinates") == 0 || strcmp(name, GML "coordinates") == 0) {
        coordinates_read(rd, text);
    }
    return AMP_OK;
}
