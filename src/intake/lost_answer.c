/* Answering LoST from a table. */
#include "intake/lost.h"
#include "intake/lost_table_in.h"
#include "intake/tree.h"

#include "base/timefmt.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum {
    AROUND = 8,          /* places looked at on the edge of a circle */
    LISTED = 64,         /* services in one list; the rest are not told */
    CORNERS_TOLD = 4000, /* of one boundary; a longer one is not told */
    M_PER_DEG = 111195
};

#define LOST "urn:ietf:params:xml:ns:lost1"
#define GML  "http://www.opengis.net/gml"

struct answering {
    const struct amp_lost_table *table;
    const struct amp_lost *in;
    struct amp_arena *arena;
    struct amp_buf *out;
    int64_t now_us;
};

/* ---- places ---- */

/* Ray casting in whole numbers; a position on an edge is of one side only. */
static bool polygon_holds(const struct amp_lost_polygon *polygon, struct amp_pos at)
{
    bool inside = false;
    for (size_t i = 0, j = polygon->n - 1; i < polygon->n; j = i++) {
        struct amp_pos a = polygon->corner[i], b = polygon->corner[j];
        if ((a.lat_e7 > at.lat_e7) == (b.lat_e7 > at.lat_e7)) {
            continue;
        }
        int64_t rise = (int64_t)b.lat_e7 - a.lat_e7;
        int64_t left = ((int64_t)at.lon_e7 - a.lon_e7) * rise;
        int64_t right = ((int64_t)b.lon_e7 - a.lon_e7) * ((int64_t)at.lat_e7 - a.lat_e7);
        inside = (rise > 0 ? left < right : left > right) ? !inside : inside;
    }
    return inside;
}

static bool area_holds(const struct amp_lost_table *table, uint32_t area, struct amp_pos at)
{
    for (size_t i = 0; i < table->polygon_n; i++) {
        if (table->polygon[i].area == area && polygon_holds(&table->polygon[i], at)) {
            return true;
        }
    }
    return false;
}

static bool same_words(struct amp_str a, struct amp_str b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

static bool element_is(const struct amp_pidf_location *where, struct amp_str name,
                       struct amp_str value)
{
    for (size_t i = 0; i < where->civic_n; i++) {
        if (same_words(where->civic[i].name, name) && same_words(where->civic[i].value, value)) {
            return true;
        }
    }
    return false;
}

static bool civic_is(const struct amp_lost_civic *civic, const struct amp_pidf_location *where)
{
    for (size_t i = 0; i < civic->n; i++) {
        if (!element_is(where, civic->name[i], civic->value[i])) {
            return false;
        }
    }
    return true;
}

/* The middle of the shape, then its corners, or the edge of the circle around it. */
static size_t places_of(const struct amp_pidf_location *where,
                        struct amp_pos out[AMP_PIDF_POINTS + 1])
{
    double radius_m = 0;
    size_t n = 1;
    amp_pidf_circle(where, &out[0], &radius_m);
    for (size_t i = 0; i < where->point_n; i++) {
        out[n++] = where->point[i];
    }
    double shrink = cos(amp_lat_deg(out[0]) * 3.14159265358979323846 / 180);
    for (int i = 0; i < AROUND && where->point_n == 0 && radius_m > 0 && shrink > 0.01; i++) {
        double angle = i * 2 * 3.14159265358979323846 / AROUND;
        double lat = amp_lat_deg(out[0]) + radius_m * cos(angle) / M_PER_DEG;
        double lon = amp_lon_deg(out[0]) + radius_m * sin(angle) / (M_PER_DEG * shrink);
        n += amp_pos_of_degrees(lat, lon, &out[n]) == AMP_OK;
    }
    return n;
}

/* The location that the question is answered for: the first whose profile is known. */
static const struct amp_lost_location *location_of(const struct amp_lost *in)
{
    for (size_t i = 0; i < in->location_n; i++) {
        const struct amp_lost_location *at = &in->location[i];
        bool civic = at->pidf != NULL && amp_str_is(at->profile, "civic");
        if (at->pidf != NULL && (civic ? amp_pidf_address(at->pidf) : amp_pidf_where(at->pidf))) {
            return at;
        }
    }
    return NULL;
}

/* Whether the area holds it: by its middle, or with `touched` by any of its places. */
static bool area_serves(const struct answering *a, uint32_t area,
                        const struct amp_lost_location *at, bool touched)
{
    struct amp_pos place[AMP_PIDF_POINTS + 1];
    bool holds = area == AMP_LOST_EVERYWHERE;
    if (amp_str_is(at->profile, "civic")) {
        for (size_t i = 0; i < a->table->civic_n && !holds; i++) {
            holds = a->table->civic[i].area == area &&
                    civic_is(&a->table->civic[i], amp_pidf_address(at->pidf));
        }
        return holds;
    }
    size_t n = holds ? 0 : places_of(amp_pidf_where(at->pidf), place);
    for (size_t i = 0; i < (touched ? n : n > 0) && !holds; i++) {
        holds = area_holds(a->table, area, place[i]);
    }
    return holds;
}

/* ---- services ---- */

static const struct amp_lost_service *service_at(const struct answering *a, struct amp_str urn,
                                                 const struct amp_lost_location *at)
{
    for (int touched = 0; touched < 2; touched++) {
        for (size_t i = 0; i < a->table->service_n; i++) {
            const struct amp_lost_service *service = &a->table->service[i];
            bool last = service->area == AMP_LOST_EVERYWHERE && touched == 0;
            if (same_words(service->service, urn) && !last &&
                area_serves(a, service->area, at, touched != 0)) {
                return service;
            }
        }
    }
    return NULL;
}

/* urn:service:sos.police is under urn:service:sos; that one under nothing. */
static struct amp_str above(struct amp_str urn)
{
    size_t len = urn.len;
    while (len > 0 && urn.ptr[len - 1] != '.' && urn.ptr[len - 1] != ':') {
        len--;
    }
    bool label = len > 0 && urn.ptr[len - 1] == '.';
    return (struct amp_str){urn.ptr, label ? len - 1 : 0};
}

/* What lies one step under `top` on the way to urn; of nothing, what stands at the top. */
static struct amp_str step_under(struct amp_str urn, struct amp_str top)
{
    struct amp_str at = urn;
    while (at.len > 0) {
        struct amp_str parent = above(at);
        if (parent.len == top.len && (top.len == 0 || same_words(parent, top))) {
            return at;
        }
        at = parent;
    }
    return (struct amp_str){0};
}

/* ---- writing ---- */

static void text_put(struct amp_buf *out, const char *name, struct amp_str text)
{
    amp_buf_printf(out, "<%s>", name);
    amp_xml_put(out, text);
    amp_buf_printf(out, "</%s>", name);
}

static void attr_put(struct amp_buf *out, const char *name, struct amp_str text)
{
    amp_buf_printf(out, " %s=\"", name);
    amp_xml_put(out, text);
    amp_buf_char(out, '"');
}

/* The first tag, still open for attributes. */
static void tag_begin(const struct answering *a, const char *name)
{
    amp_buf_printf(a->out,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"" LOST
                   "\" xmlns:gml=\"" GML "\"",
                   name);
}

static void begin(const struct answering *a, const char *name)
{
    tag_begin(a, name);
    amp_buf_char(a->out, '>');
}

static void path_put(const struct answering *a)
{
    amp_buf_text(a->out, "<path><via");
    attr_put(a->out, "source", a->table->source);
    amp_buf_text(a->out, "/></path>");
}

static void used_put(const struct answering *a, const struct amp_lost_location *at)
{
    amp_buf_text(a->out, "<locationUsed");
    attr_put(a->out, "id", at->id);
    amp_buf_text(a->out, "/>");
}

static void error_put(const struct answering *a, const char *error, struct amp_str message)
{
    tag_begin(a, "errors");
    attr_put(a->out, "source", a->table->source);
    amp_buf_printf(a->out, "><%s", error);
    attr_put(a->out, "message", message);
    amp_buf_printf(a->out, " xml:lang=\"en\"/></errors>\n");
}

static void time_put(const struct answering *a, const char *name, int64_t time_us)
{
    char text[AMP_TIME_TEXT];
    amp_time_text(time_us - time_us % AMP_US_PER_S, text);
    attr_put(a->out, name, amp_str_of(text));
}

/* There are borders, and they are short enough to be told. */
static bool can_be_told(const struct amp_lost_table *table, uint32_t area)
{
    size_t corners = 0;
    for (size_t i = 0; i < table->polygon_n; i++) {
        corners += table->polygon[i].area == area ? table->polygon[i].n : 0;
    }
    return corners > 0 && corners <= CORNERS_TOLD;
}

/* One element a polygon. */
static void boundaries_put(const struct answering *a, uint32_t area)
{
    const struct amp_lost_table *table = a->table;
    for (size_t i = 0; i < table->polygon_n; i++) {
        const struct amp_lost_polygon *polygon = &table->polygon[i];
        if (polygon->area != area) {
            continue;
        }
        amp_buf_text(a->out, "<serviceBoundary profile=\"geodetic-2d\"><gml:Polygon "
                             "srsName=\"urn:ogc:def:crs:EPSG::4326\"><gml:exterior>"
                             "<gml:LinearRing>");
        for (size_t k = 0; k <= polygon->n; k++) {
            struct amp_pos at = polygon->corner[k % polygon->n];
            amp_buf_printf(a->out, "<gml:pos>%.7f %.7f</gml:pos>", amp_lat_deg(at),
                           amp_lon_deg(at));
        }
        amp_buf_text(a->out, "</gml:LinearRing></gml:exterior></gml:Polygon></serviceBoundary>");
    }
}

/* The key of a boundary is the area's name; the reference says whose key it is. */
static void boundary_put(const struct answering *a, const struct amp_lost_service *service)
{
    uint32_t area = service->area;
    if (area == AMP_LOST_EVERYWHERE || !can_be_told(a->table, area)) {
        return;
    }
    if (a->in->boundary_by_value) {
        boundaries_put(a, area);
        return;
    }
    amp_buf_text(a->out, "<serviceBoundaryReference");
    attr_put(a->out, "source", a->table->source);
    attr_put(a->out, "key", a->table->area[area].name);
    amp_buf_text(a->out, "/>");
}

static void mapping_put(const struct answering *a, const struct amp_lost_service *service)
{
    struct amp_str uris = service->uris, uri = {0};
    size_t number = (size_t)(service - a->table->service) + 1;
    amp_buf_text(a->out, "<mapping");
    time_put(a, "expires", a->now_us + a->table->expires_s * AMP_US_PER_S);
    time_put(a, "lastUpdated", a->table->version_us);
    attr_put(a->out, "source", a->table->source);
    amp_buf_printf(a->out, " sourceId=\"service-%zu\"><displayName xml:lang=\"en\">", number);
    amp_xml_put(a->out, service->words);
    amp_buf_text(a->out, "</displayName>");
    text_put(a->out, "service", service->service);
    boundary_put(a, service);
    do {
        uris = amp_str_cut(uris, ',', &uri);
        text_put(a->out, "uri", uri);
    } while (uris.len > 0);
    if (service->number.len > 0) {
        text_put(a->out, "serviceNumber", service->number);
    }
    amp_buf_text(a->out, "</mapping>");
}

/* RFC 5222, section 8.4.2: which elements of an address were looked at. */
static void validation_put(const struct answering *a, const struct amp_lost_service *service,
                           const struct amp_lost_location *at)
{
    const struct amp_pidf_location *where = amp_pidf_address(at->pidf);
    const struct amp_lost_civic *matched = NULL;
    for (size_t i = 0; i < a->table->civic_n && matched == NULL; i++) {
        const struct amp_lost_civic *civic = &a->table->civic[i];
        matched = civic->area == service->area && civic_is(civic, where) ? civic : NULL;
    }
    amp_buf_text(a->out, "<locationValidation "
                         "xmlns:ca=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\">");
    for (int valid = 1; valid >= 0; valid--) {
        size_t n = 0;
        for (size_t i = 0; i < where->civic_n; i++) {
            bool looked = false;
            for (size_t k = 0; matched != NULL && k < matched->n; k++) {
                looked = looked || same_words(matched->name[k], where->civic[i].name);
            }
            if (looked == (valid != 0)) {
                amp_buf_text(a->out, n++ > 0 ? " ca:" : valid ? "<valid>ca:" : "<unchecked>ca:");
                amp_xml_put(a->out, where->civic[i].name);
            }
        }
        amp_buf_text(a->out, n == 0 ? "" : valid ? "</valid>" : "</unchecked>");
    }
    amp_buf_text(a->out, "</locationValidation>");
}

/* ---- questions ---- */

static bool known_anywhere(const struct answering *a, struct amp_str urn)
{
    for (size_t i = 0; i < a->table->service_n; i++) {
        if (same_words(a->table->service[i].service, urn)) {
            return true;
        }
    }
    return false;
}

/* False, and the error is written, if no location can be used. */
static bool location_take(const struct answering *a, const struct amp_lost_location **out)
{
    *out = location_of(a->in);
    if (*out != NULL) {
        return true;
    }
    bool shapes = false;
    for (size_t i = 0; i < a->in->location_n; i++) {
        shapes = shapes || a->in->location[i].pidf != NULL;
    }
    error_put(a, shapes ? "locationInvalid" : "locationProfileUnrecognized",
              a->in->warning_n > 0 ? a->in->warning[0]
                                   : AMP_STR("the profiles are geodetic-2d and civic"));
    return false;
}

static void find_service(const struct answering *a)
{
    const struct amp_lost_location *at = NULL;
    const struct amp_lost_service *found = NULL;
    bool known = false;
    if (!location_take(a, &at)) {
        return;
    }
    for (struct amp_str urn = a->in->service; urn.len > 0 && found == NULL; urn = above(urn)) {
        known = known || known_anywhere(a, urn);
        found = service_at(a, urn, at);
    }
    if (found == NULL) {
        error_put(a, known ? "notFound" : "serviceNotImplemented",
                  known ? AMP_STR("nobody is known to serve this place")
                        : AMP_STR("this service is not in the table"));
        return;
    }
    begin(a, "findServiceResponse");
    mapping_put(a, found);
    if (a->in->validate && amp_str_is(at->profile, "civic")) {
        validation_put(a, found, at);
    }
    if (!same_words(found->service, a->in->service)) {
        amp_buf_text(a->out, "<warnings");
        attr_put(a->out, "source", a->table->source);
        amp_buf_text(a->out, "><serviceSubstitution message=\"the service above it answers\" "
                             "xml:lang=\"en\"/></warnings>");
    }
    path_put(a);
    used_put(a, at);
    amp_buf_text(a->out, "</findServiceResponse>\n");
}

/* Services one step under the one that was named, each once; with a place, those that serve it. */
static void list_services(const struct answering *a, const struct amp_lost_location *at)
{
    struct amp_str listed[LISTED];
    size_t n = 0;
    amp_buf_text(a->out, "<serviceList>");
    for (size_t i = 0; i < a->table->service_n && n < LISTED; i++) {
        const struct amp_lost_service *service = &a->table->service[i];
        struct amp_str step = step_under(service->service, a->in->service);
        bool new = step.len > 0 && (at == NULL || area_serves(a, service->area, at, false));
        for (size_t k = 0; k < n && new; k++) {
            new = !same_words(listed[k], step);
        }
        if (new) {
            listed[n++] = step;
            amp_buf_text(a->out, n > 1 ? "\n" : "");
            amp_xml_put(a->out, step);
        }
    }
    amp_buf_text(a->out, "</serviceList>");
    path_put(a);
}

static void list_by_location(const struct answering *a)
{
    const struct amp_lost_location *at = NULL;
    if (location_take(a, &at)) {
        begin(a, "listServicesByLocationResponse");
        list_services(a, at);
        used_put(a, at);
        amp_buf_text(a->out, "</listServicesByLocationResponse>\n");
    }
}

static void get_boundary(const struct answering *a)
{
    size_t i = 0;
    while (i < a->table->area_n && !amp_str_eq(a->table->area[i].name, a->in->key)) {
        i++;
    }
    if (i == a->table->area_n || !can_be_told(a->table, (uint32_t)i)) {
        error_put(a, "notFound", AMP_STR("there is no boundary of this key"));
        return;
    }
    begin(a, "getServiceBoundaryResponse");
    boundaries_put(a, (uint32_t)i);
    path_put(a);
    amp_buf_text(a->out, "</getServiceBoundaryResponse>\n");
}

void amp_lost_answer(const struct amp_lost_table *table, struct amp_str request, int64_t now_us,
                     struct amp_arena *arena, struct amp_buf *out)
{
    struct amp_why why = {""};
    struct amp_lost *in = amp_arena_alloc(arena, sizeof *in);
    struct answering a = {.table = table, .in = in, .arena = arena, .out = out, .now_us = now_us};
    amp_err err = in == NULL ? AMP_E_NOMEM : amp_lost_read(request, arena, in, &why);
    if (err == AMP_E_NOMEM) {
        error_put(&a, "internalError", AMP_STR("out of memory"));
    } else if (err != AMP_OK) {
        error_put(&a, "badRequest", amp_str_of(why.text));
    } else if (in->kind == AMP_LOST_FIND_SERVICE) {
        find_service(&a);
    } else if (in->kind == AMP_LOST_LIST_SERVICES) {
        begin(&a, "listServicesResponse");
        list_services(&a, NULL);
        amp_buf_text(out, "</listServicesResponse>\n");
    } else if (in->kind == AMP_LOST_LIST_BY_LOCATION) {
        list_by_location(&a);
    } else if (in->kind == AMP_LOST_GET_BOUNDARY) {
        get_boundary(&a);
    } else {
        error_put(&a, "badRequest", AMP_STR("this is an answer, not a question"));
    }
}
