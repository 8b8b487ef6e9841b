/* Answering LoST from a table. */
#include "intake/lost.h"
#include "intake/lost_table_in.h"
#include "intake/tree.h"

#include "base/timefmt.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum {
    AROUND = 8,  /* places looked at on the edge of a circle */
    LISTED = 64, /* services in one list; the rest are not told */
    M_PER_DEG = 111195
};

#define LOST "urn:ietf:params:xml:ns:lost1"
#define GML  "http://www.opengis.net/gml"

struct answering {
    const struct amp_lost_ground *ground;
    const struct amp_lost_table *table; /* of it */
    const struct amp_lost *in;
    struct amp_arena *arena;
    struct amp_buf *out;
    int64_t now_us;
    bool *failed; /* memory was short: what is written is not whole */
};

/* ---- places ---- */

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
        holds = amp_lost_area_holds(a->ground, area, place[i]);
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

/* One element, its polygons add up (RFC 5222, section 5.5). The rings of each border by themselves:
 * areas that overlap are one beside the other, not one with a hole. */
static void boundary_tell(const struct answering *a, uint32_t area)
{
    const struct amp_lost_table *table = a->table;
    const struct amp_lost_map *map = &a->ground->map;
    uint32_t border = table->area[area].border_first;
    bool good = true;
    amp_buf_text(a->out, "<serviceBoundary profile=\"geodetic-2d\">");
    for (size_t i = 0; i < table->polygon_n && good; i++) {
        struct amp_lost_ring ring = {table->polygon[i].corner, table->polygon[i].n};
        const struct amp_lost_rings alone = {.item = &ring, .n = 1};
        good = table->polygon[i].area != area || amp_lost_rings_put(&alone, a->arena, a->out);
    }
    for (uint32_t i = 0; i < table->area[area].border_n && good; i++) {
        struct amp_lost_ring *ring = NULL;
        struct amp_lost_rings tidy = {0};
        size_t n = map->rings(map->ctx, a->ground->found[border], a->arena, &ring);
        good = n > 0 && amp_lost_rings_tidy(ring, n, a->arena, &tidy) &&
               amp_lost_rings_put(&tidy, a->arena, a->out);
        border = table->border[border].next;
    }
    amp_buf_text(a->out, "</serviceBoundary>");
    *a->failed = *a->failed || !good;
}

static bool can_be_told(const struct answering *a, uint32_t area, size_t most)
{
    const struct amp_lost_told *told = &a->ground->told[area];
    return told->whole && told->size > 0 && told->size <= most;
}

/* What is too long to be told by value is told by reference, whatever was asked for. */
static void boundary_put(const struct answering *a, const struct amp_lost_service *service)
{
    uint32_t area = service->area;
    if (area == AMP_LOST_EVERYWHERE || !can_be_told(a, area, AMP_LOST_TOLD_MOST)) {
        return;
    }
    if (a->in->boundary_by_value && can_be_told(a, area, AMP_LOST_TOLD)) {
        boundary_tell(a, area);
        return;
    }
    amp_buf_text(a->out, "<serviceBoundaryReference");
    attr_put(a->out, "source", a->table->source);
    attr_put(a->out, "key", amp_str_of(a->ground->told[area].key));
    amp_buf_text(a->out, "/>");
}

/* When what it says was last changed: the table, or the map where it has the border from there. */
static int64_t changed_us(const struct answering *a, const struct amp_lost_service *service)
{
    bool mapped = service->area != AMP_LOST_EVERYWHERE &&
                  a->table->area[service->area].border_n > 0 &&
                  a->ground->map.version_us > a->table->version_us;
    return mapped ? a->ground->map.version_us : a->table->version_us;
}

static void mapping_put(const struct answering *a, const struct amp_lost_service *service)
{
    struct amp_str uris = service->uris, uri = {0};
    size_t number = (size_t)(service - a->table->service) + 1;
    amp_buf_text(a->out, "<mapping");
    time_put(a, "expires", a->now_us + a->table->expires_s * AMP_US_PER_S);
    time_put(a, "lastUpdated", changed_us(a, service));
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

/* The first area with that key, else of that name. */
static bool boundary_find(const struct answering *a, struct amp_str key, uint32_t *out)
{
    for (int named = 0; named < 2; named++) {
        for (uint32_t i = 0; i < a->table->area_n; i++) {
            const struct amp_lost_told *told = &a->ground->told[i];
            if (named != 0 ? !a->table->area[i].quoted && amp_str_eq(a->table->area[i].name, key)
                           : told->size > 0 && amp_str_is(key, told->key)) {
                *out = i;
                return true;
            }
        }
    }
    return false;
}

static void get_boundary(const struct answering *a)
{
    uint32_t area = 0;
    bool found = boundary_find(a, a->in->key, &area);
    if (!found || !can_be_told(a, area, AMP_LOST_TOLD_MOST)) {
        error_put(a, "notFound",
                  found ? AMP_STR("there is no boundary of this key that can be told")
                        : AMP_STR("there is no boundary of this key"));
        return;
    }
    begin(a, "getServiceBoundaryResponse");
    boundary_tell(a, area);
    path_put(a);
    amp_buf_text(a->out, "</getServiceBoundaryResponse>\n");
}

static void question_answer(const struct answering *a)
{
    if (a->in->kind == AMP_LOST_FIND_SERVICE) {
        find_service(a);
    } else if (a->in->kind == AMP_LOST_LIST_SERVICES) {
        begin(a, "listServicesResponse");
        list_services(a, NULL);
        amp_buf_text(a->out, "</listServicesResponse>\n");
    } else if (a->in->kind == AMP_LOST_LIST_BY_LOCATION) {
        list_by_location(a);
    } else if (a->in->kind == AMP_LOST_GET_BOUNDARY) {
        get_boundary(a);
    } else {
        error_put(a, "badRequest", AMP_STR("this is an answer, not a question"));
    }
}

void amp_lost_answer(const struct amp_lost_ground *ground, struct amp_str request, int64_t now_us,
                     struct amp_arena *arena, struct amp_buf *out)
{
    struct amp_why why = {""};
    bool failed = false;
    struct amp_lost *in = amp_arena_alloc(arena, sizeof *in);
    struct answering a = {.ground = ground,
                          .table = ground->table,
                          .in = in,
                          .arena = arena,
                          .out = out,
                          .now_us = now_us,
                          .failed = &failed};
    amp_err err = in == NULL ? AMP_E_NOMEM : amp_lost_read(request, arena, in, &why);
    if (err == AMP_OK) {
        question_answer(&a);
    } else if (err != AMP_E_NOMEM) {
        error_put(&a, "badRequest", amp_str_of(why.text));
    }
    if (err == AMP_E_NOMEM || failed) {
        amp_buf_clear(out);
        error_put(&a, "internalError", AMP_STR("out of memory"));
    }
}
