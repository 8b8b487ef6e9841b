/* Reading of PIDF-LO documents: elements to locations. */
#include "intake/pidf_read.h"
#include "intake/tree.h"

#include "base/timefmt.h"
#include "base/xml.h"

#include <string.h>

#define GEOPRIV   "urn:ietf:params:xml:ns:pidf:geopriv10|"
#define CIVIC     "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr|"
#define CIVIC_OLD "urn:ietf:params:xml:ns:pidf:geopriv10:civicLoc|"

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

static bool container_of(const char *name, enum amp_pidf_of *of)
{
    static const struct {
        const char *name;
        enum amp_pidf_of of;
    } rows[] = {{"urn:ietf:params:xml:ns:pidf|tuple", AMP_PIDF_OF_TUPLE},
                {"urn:ietf:params:xml:ns:pidf:data-model|device", AMP_PIDF_OF_DEVICE},
                {"urn:ietf:params:xml:ns:pidf:data-model|person", AMP_PIDF_OF_PERSON}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            *of = rows[i].of;
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
    rd->now->of = rd->of;
    rd->shape_done = false;
    return AMP_OK;
}

static amp_err start(void *ctx, const char *name, const char *const *attrs)
{
    struct amp_pidf_reader *rd = ctx;
    if (rd->depth++ == 0) {
        struct amp_str local = amp_pidf_local(name);
        if (!amp_str_is(local, "presence")) {
            return amp_fail(rd->why, AMP_E_SYNTAX, "PIDF-LO: the document is no <presence>");
        }
        rd->out->entity = amp_arena_str(rd->arena, amp_str_of(amp_xml_attr(attrs, "entity")));
        return AMP_OK;
    }
    if (rd->container == 0 && container_of(name, &rd->of)) {
        rd->container = rd->depth;
        rd->first = rd->out->location_n;
        return AMP_OK;
    }
    if (rd->container == 0) {
        return AMP_OK;
    }
    if (strcmp(name, GEOPRIV "location-info") == 0) {
        return location_begin(rd);
    }
    if (rd->now == NULL) {
        return AMP_OK;
    }
    if (strcmp(name, CIVIC "civicAddress") == 0 || strcmp(name, CIVIC_OLD "civicAddress") == 0) {
        rd->civic = rd->depth;
        return AMP_OK;
    }
    return rd->civic == 0 ? amp_pidf_shape_start(rd, name, attrs) : AMP_OK;
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
    for (size_t i = rd->first; i < rd->out->location_n; i++) {
        rd->out->location[i].time_us = time_us;
        rd->out->location[i].timed = true;
    }
}

static void inside_end(struct amp_pidf_reader *rd, const char *name, struct amp_str text)
{
    struct amp_str local = amp_pidf_local(name);
    if (amp_str_is(local, "timestamp")) {
        time_put(rd, text);
    } else if (amp_str_is(local, "method") && rd->out->location_n > rd->first) {
        struct amp_str value = amp_str_trim(text);
        if (value.len <= VALUE_MAX) {
            rd->out->location[rd->out->location_n - 1].method = amp_arena_str(rd->arena, value);
        }
    }
}

static amp_err end(void *ctx, const char *name, struct amp_str text)
{
    struct amp_pidf_reader *rd = ctx;
    const int depth = rd->depth--;
    amp_err err = AMP_OK;
    if (rd->civic != 0) {
        if (depth == rd->civic) {
            rd->civic = 0;
        } else {
            civic_put(rd, name, text);
        }
    } else if (rd->now != NULL && strcmp(name, GEOPRIV "location-info") == 0) {
        rd->now = NULL;
    } else if (rd->now != NULL) {
        err = amp_pidf_shape_end(rd, name, text);
    } else if (rd->container != 0) {
        inside_end(rd, name, text);
    }
    if (depth == rd->container) {
        rd->container = 0;
    }
    return err;
}

static amp_err finish(const struct amp_pidf_reader *rd, amp_err err, struct amp_pidf *out)
{
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
