/* Reading of PIDF-LO documents: elements to locations. */
#include "intake/pidf_read.h"
#include "intake/tree.h"

#include "base/timefmt.h"
#include "base/xml.h"

#include <string.h>

#define GEOPRIV   "urn:ietf:params:xml:ns:pidf:geopriv10|"
#define CIVIC     "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr|"
#define CIVIC_OLD "urn:ietf:params:xml:ns:pidf:geopriv10:civicLoc|"
#define CONF      "urn:ietf:params:xml:ns:geopriv:conf|"
#define DYNAMIC   "urn:ietf:params:xml:ns:pidf:geopriv10:dynamic|"
#define RELATIVE  "urn:ietf:params:xml:ns:pidf:geopriv10:relative|"
#define PIDF      "urn:ietf:params:xml:ns:pidf|"
#define MODEL     "urn:ietf:params:xml:ns:pidf:data-model|"

enum {
    PIDF_BYTES = 1 << 20,
    VALUE_MAX = 200
};

struct amp_str amp_pidf_local(const char *name)
{
    const char *bar = strchr(name, '|');
    return amp_str_of(bar != NULL ? bar + 1 : name);
}

void amp_pidf_warn(struct amp_pidf_reader *rd, struct amp_str warning)
{
    for (size_t i = 0; i < rd->out->warning_n; i++) {
        if (amp_str_eq(rd->out->warning[i], warning)) {
            return;
        }
    }
    if (rd->out->warning_n < AMP_PIDF_WARNINGS) {
        rd->out->warning[rd->out->warning_n++] = warning;
    }
}

/* A tuple, device or person; some senders write one of them in the name space of the others. */
static bool container_of(struct amp_pidf_reader *rd, const char *name)
{
    static const struct {
        const char *name;
        enum amp_pidf_of of;
        bool slip;
    } rows[] = {
        {PIDF "tuple", AMP_PIDF_OF_TUPLE, false},    {MODEL "device", AMP_PIDF_OF_DEVICE, false},
        {MODEL "person", AMP_PIDF_OF_PERSON, false}, {MODEL "tuple", AMP_PIDF_OF_TUPLE, true},
        {PIDF "device", AMP_PIDF_OF_DEVICE, true},   {PIDF "person", AMP_PIDF_OF_PERSON, true},
        {GEOPRIV "geopriv", AMP_PIDF_OF_TUPLE, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            if (rows[i].slip) {
                amp_pidf_warn(rd, AMP_STR("the location is in no tuple, device or person as they "
                                          "should be; it is read as if it were"));
            }
            rd->of = rows[i].of;
            rd->loose = strcmp(name, GEOPRIV "geopriv") == 0;
            return true;
        }
    }
    return false;
}

/* A location is two kilobytes, and most messages have one or two. */
static bool locations_grow(struct amp_pidf_reader *rd)
{
    const size_t cap = rd->location_cap > 0 ? rd->location_cap * 2 : 1;
    struct amp_pidf_location *more = amp_arena_array(rd->arena, cap, sizeof *more);
    if (more == NULL) {
        return false;
    }
    for (size_t i = 0; i < rd->out->location_n; i++) {
        more[i] = rd->out->location[i];
    }
    rd->out->location = more;
    rd->location_cap = cap;
    return true;
}

static amp_err location_begin(struct amp_pidf_reader *rd)
{
    if (rd->out->location_n == AMP_PIDF_LOCATIONS) {
        return amp_fail(rd->why, AMP_E_LIMIT, "PIDF-LO: more than %d locations",
                        AMP_PIDF_LOCATIONS);
    }
    if (rd->out->location_n == rd->location_cap && !locations_grow(rd)) {
        return AMP_E_NOMEM;
    }
    rd->now = &rd->out->location[rd->out->location_n++];
    *rd->now = (struct amp_pidf_location){.of = rd->of,
                                          .part = rd->part,
                                          .method = rd->method,
                                          .time_us = rd->time_us,
                                          .timed = rd->timed};
    rd->shape_done = false;
    return AMP_OK;
}

static void container_begin(struct amp_pidf_reader *rd)
{
    rd->container = rd->depth;
    rd->part++;
    rd->first = rd->geopriv_first = rd->out->location_n;
    rd->method = (struct amp_str){0};
    rd->timed = false;
}

/* Inside a location-info: an address, a shape, or what is no place of its own. */
static void inside_start(struct amp_pidf_reader *rd, const char *name, const char *const *attrs)
{
    if (rd->civic != 0 || rd->skip != 0) {
        return;
    }
    if (strcmp(name, CIVIC "civicAddress") == 0 || strcmp(name, CIVIC_OLD "civicAddress") == 0) {
        rd->civic = rd->depth;
    } else if (rd->relative != 0) { /* its shapes are metres from the reference point */
        return;
    } else if (strcmp(name, RELATIVE "relative-location") == 0) {
        amp_pidf_warn(rd, AMP_STR("a place relative to a reference point is not worked out: what "
                                  "it is relative to counts"));
        rd->relative = rd->depth;
    } else if (amp_pidf_shape_start(rd, name, attrs) || strcmp(name, CONF "confidence") == 0 ||
               amp_str_is(amp_pidf_local(name), "location")) { /* RFC 4119's <gml:location> */
        return;
    } else {
        rd->skip = rd->depth;
        amp_pidf_warn(rd, strcmp(name, DYNAMIC "Dynamic") == 0
                              ? AMP_STR("how the caller moves is said, and is not used")
                              : AMP_STR("a part of the location is of a kind that is not known: "
                                        "it is not used"));
    }
}

/* Some senders begin the name of a name space with a blank, as an example of RFC 4119 does. */
static const char *unblanked(const char *name)
{
    return name + strspn(name, " \t\r\n");
}

static amp_err start(void *ctx, const char *name, const char *const *attrs)
{
    struct amp_pidf_reader *rd = ctx;
    name = unblanked(name);
    if (rd->depth++ == 0) {
        struct amp_str local = amp_pidf_local(name);
        if (!amp_str_is(local, "presence")) {
            return amp_fail(rd->why, AMP_E_SYNTAX, "PIDF-LO: the document is no <presence>");
        }
        rd->out->entity = amp_arena_str(rd->arena, amp_str_of(amp_xml_attr(attrs, "entity")));
        return AMP_OK;
    }
    if (rd->container == 0) {
        if (container_of(rd, name)) {
            container_begin(rd);
        }
        return AMP_OK;
    }
    if (strcmp(name, GEOPRIV "geopriv") == 0) {
        rd->geopriv_first = rd->out->location_n;
        rd->method = (struct amp_str){0};
    }
    if (rd->now == NULL) {
        return strcmp(name, GEOPRIV "location-info") == 0 ? location_begin(rd) : AMP_OK;
    }
    inside_start(rd, name, attrs);
    return AMP_OK;
}

static void civic_put(struct amp_pidf_reader *rd, const char *name, struct amp_str text)
{
    struct amp_pidf_location *now = rd->now;
    text = amp_str_trim(text);
    if (text.len == 0) {
        return;
    }
    if (text.len > VALUE_MAX || now->civic_n == AMP_PIDF_CIVIC) {
        amp_pidf_warn(rd, AMP_STR("a part of the address is too long and was left out"));
        return;
    }
    now->civic[now->civic_n++] = (struct amp_pidf_civic){
        .name = amp_arena_str(rd->arena, amp_pidf_local(name)),
        .value = amp_arena_str(rd->arena, text),
    };
}

/* "2009-06-22T20:57:29" without a zone is read as UTC, and said. */
static void time_put(struct amp_pidf_reader *rd, struct amp_str text)
{
    int64_t time_us = 0;
    text = amp_str_trim(text);
    if (amp_time_parse(text, &time_us)) {
        struct amp_str zoned =
            amp_arena_printf(rd->arena, "%.*sZ", (int)(text.len < 40 ? text.len : 40), text.ptr);
        if (text.len == 0 || amp_time_parse(zoned, &time_us)) {
            amp_pidf_warn(rd, AMP_STR("the timestamp cannot be read"));
            return;
        }
        amp_pidf_warn(rd, AMP_STR("the timestamp has no zone and is read as UTC"));
    }
    rd->time_us = time_us; /* of a location that comes after it */
    rd->timed = true;
    for (size_t i = rd->first; i < rd->out->location_n; i++) {
        rd->out->location[i].time_us = time_us;
        rd->out->location[i].timed = true;
    }
}

static void container_end(struct amp_pidf_reader *rd, const char *name, struct amp_str text)
{
    struct amp_str local = amp_pidf_local(name);
    if (amp_str_is(local, "timestamp")) {
        time_put(rd, text);
    } else if (amp_str_is(local, "method")) {
        struct amp_str value = amp_str_trim(text);
        value = value.len <= VALUE_MAX ? amp_arena_str(rd->arena, value) : (struct amp_str){0};
        if (rd->out->location_n > rd->geopriv_first) {
            rd->out->location[rd->out->location_n - 1].method = value;
        } else {
            rd->method = value;
        }
    }
}

/* The end of what is inside a location-info. */
static amp_err inside_end(struct amp_pidf_reader *rd, const char *name, struct amp_str text,
                          int depth)
{
    if (depth == rd->skip || depth == rd->civic || depth == rd->relative) {
        rd->relative = depth == rd->relative ? 0 : rd->relative;
        rd->skip = rd->civic = 0;
        return AMP_OK;
    }
    if (rd->skip != 0) {
        return AMP_OK;
    }
    if (rd->civic != 0) {
        civic_put(rd, name, text);
        return AMP_OK;
    }
    return rd->relative == 0 ? amp_pidf_shape_end(rd, name, text) : AMP_OK;
}

static amp_err end(void *ctx, const char *name, struct amp_str text)
{
    struct amp_pidf_reader *rd = ctx;
    const int depth = rd->depth--;
    amp_err err = AMP_OK;
    name = unblanked(name);
    if (rd->now != NULL && strcmp(name, GEOPRIV "location-info") == 0) {
        rd->now = NULL;
    } else if (rd->now != NULL) {
        err = inside_end(rd, name, text, depth);
    } else if (rd->container != 0 || rd->loose) { /* the time of a loose one stands beside it */
        container_end(rd, name, text);
    }
    if (depth == rd->container) {
        rd->container = 0;
    }
    return err;
}

/* What counts of several is said: whoever reads the message may have meant another. */
static void several_check(struct amp_pidf_reader *rd)
{
    const struct amp_pidf *pidf = rd->out;
    const struct amp_pidf_location *where = amp_pidf_where(pidf);
    const struct amp_pidf_location *address = amp_pidf_address(pidf);
    for (size_t i = 0; where != NULL && i < pidf->location_n; i++) {
        const struct amp_pidf_location *each = &pidf->location[i];
        if (each->kind != AMP_PIDF_NONE &&
            (each->at.lat_e7 != where->at.lat_e7 || each->at.lon_e7 != where->at.lon_e7)) {
            amp_pidf_warn(rd, AMP_STR("several positions are given: the first of the device "
                                      "counts, then of a tuple, then of the person"));
        }
    }
    if (where != NULL && address != NULL && where->part != address->part) {
        amp_pidf_warn(rd, AMP_STR("the position and the address are of different parts of the "
                                  "message"));
    }
}

static amp_err finish(struct amp_pidf_reader *rd, amp_err err, struct amp_pidf *out)
{
    if (err == AMP_OK) {
        several_check(rd);
    }
    if (err == AMP_OK && amp_arena_failed(rd->arena)) {
        err = AMP_E_NOMEM;
    }
    if (err == AMP_OK) {
        *out = *rd->out;
    }
    return err;
}

amp_err amp_pidf_read(struct amp_str bytes, struct amp_arena *arena, struct amp_pidf *out,
                      struct amp_why *why)
{
    struct amp_pidf *made = amp_arena_alloc(arena, sizeof *made);
    if (made == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_pidf_reader rd = {.arena = arena, .out = made, .why = why};
    const struct amp_xml_handler handler = {.ctx = &rd, .start = start, .end = end};
    return finish(&rd, amp_xml_parse(bytes, PIDF_BYTES, &handler, why), out);
}

/* Everything below `top`, as the parser would have told it. */
static amp_err inside_tell(struct amp_pidf_reader *rd, const struct amp_node *top)
{
    amp_err err = AMP_OK;
    const struct amp_node *node = top->child;
    while (err == AMP_OK && node != NULL) {
        err = start(rd, node->full, node->attrs);
        if (node->child != NULL) {
            node = node->child;
            continue;
        }
        err = err ? err : end(rd, node->full, node->text);
        while (err == AMP_OK && node->next == NULL && node->parent != top) {
            node = node->parent;
            err = end(rd, node->full, node->text);
        }
        node = node->next;
    }
    return err;
}

amp_err amp_pidf_read_node(const struct amp_node *presence, struct amp_arena *arena,
                           struct amp_pidf *out, struct amp_why *why)
{
    struct amp_pidf *made = amp_arena_alloc(arena, sizeof *made);
    if (made == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_pidf_reader rd = {.arena = arena, .out = made, .why = why};
    amp_err err = start(&rd, presence->full, presence->attrs);
    err = err ? err : inside_tell(&rd, presence);
    err = err ? err : end(&rd, presence->full, presence->text);
    return finish(&rd, err, out);
}

amp_err amp_pidf_read_bare(const struct amp_node *location, struct amp_arena *arena,
                           struct amp_pidf *out, struct amp_why *why)
{
    struct amp_pidf *made = amp_arena_alloc(arena, sizeof *made);
    if (made == NULL) {
        return AMP_E_NOMEM;
    }
    /* as if <presence><tuple><location-info> were open */
    struct amp_pidf_reader rd = {.arena = arena,
                                 .out = made,
                                 .why = why,
                                 .depth = 3,
                                 .container = 2,
                                 .of = AMP_PIDF_OF_TUPLE};
    amp_err err = location_begin(&rd);
    return finish(&rd, err ? err : inside_tell(&rd, location), out);
}
