/*
 * OSM XML 0.6, plain or gzipped, streamed: nothing but the extract itself stays in memory.
 *
 * 1. base/xml.h refuses any DOCTYPE, so no entity can be declared.
 * 2. A gzip stream may have several members; what comes out is bounded by
 *    amp_osm_source_plausible, so a bomb is refused while it is still small.
 * 3. Objects marked visible="false" or action="delete" are left out.
 */
#include "base/xml.h"
#include "map/osm_build.h"

#include <string.h>
#include <zlib.h>

enum {
    STEP_IN = 64 << 10,
    STEP_OUT = 256 << 10,
    DIGITS = 7
};

struct reader {
    struct amp_xml *xml;
    struct amp_osm_builder *bld;
    struct amp_why *why;
    bool said;              /* why holds the sentence */
    bool in_osm;            /* inside the root element */
    int depth;              /* inside the root: 1 is an object, 2 its parts */
    bool object;            /* an object is open */
    bool deleted;           /* and is left out */
    enum amp_osm_kind kind; /* and is one of these */
    bool any;               /* an object was read: the last one is */
    enum amp_osm_kind last_kind;
    int64_t last_id;
};

static amp_err refuse(struct reader *rd, const char *element, const char *attr)
{
    rd->said = true;
    return amp_fail(rd->why, AMP_E_SYNTAX, "line %llu: <%s> without a usable %s",
                    (unsigned long long)amp_xml_line(rd->xml), element, attr);
}

static amp_err id_read(struct reader *rd, const char *element, const char *attr,
                       const char *const *attrs, int64_t *out)
{
    const char *text = amp_xml_attr(attrs, attr);
    if (!text || amp_str_i64(amp_str_of(text), out)) {
        return refuse(rd, element, attr);
    }
    return AMP_OK;
}

static amp_err node_start(struct reader *rd, int64_t id, const char *const *attrs)
{
    const char *lat_text = amp_xml_attr(attrs, "lat");
    const char *lon_text = amp_xml_attr(attrs, "lon");
    int64_t lat = 0;
    int64_t lon = 0;
    if (!lat_text || amp_str_fixed(amp_str_of(lat_text), DIGITS, &lat)) {
        return refuse(rd, "node", "lat");
    }
    if (!lon_text || amp_str_fixed(amp_str_of(lon_text), DIGITS, &lon)) {
        return refuse(rd, "node", "lon");
    }
    return amp_osm_build_node(rd->bld, id, lat, lon);
}

static bool attr_is(const char *const *attrs, const char *name, const char *value)
{
    const char *text = amp_xml_attr(attrs, name);
    return text && strcmp(text, value) == 0;
}

static bool kind_of(const char *name, enum amp_osm_kind *out)
{
    static const char *const names[] = {
        [AMP_OSM_NODE] = "node", [AMP_OSM_WAY] = "way", [AMP_OSM_RELATION] = "relation"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum amp_osm_kind)i;
            return true;
        }
    }
    return false;
}

/* One that was there in an earlier version right before: then the file tells a history, and what
 * was deleted must not come back because its last version is left out. */
static amp_err object_deleted(struct reader *rd, int64_t id)
{
    if (rd->any && rd->last_kind == rd->kind && rd->last_id == id) {
        rd->said = true;
        return amp_fail(rd->why, AMP_E_UNSUPPORTED,
                        "line %llu: this is a history of edits; make an extract of one moment "
                        "(osmium time-filter)",
                        (unsigned long long)amp_xml_line(rd->xml));
    }
    amp_osm_build_deleted(rd->bld, rd->kind, id);
    return AMP_OK;
}

static amp_err object_start(struct reader *rd, const char *name, const char *const *attrs)
{
    rd->object = kind_of(name, &rd->kind);
    if (!rd->object) {
        return AMP_OK; /* bounds, note, meta, changeset */
    }
    rd->deleted = attr_is(attrs, "visible", "false") || attr_is(attrs, "action", "delete");
    int64_t id = 0;
    amp_err err = id_read(rd, name, "id", attrs, &id);
    if (err) {
        return err;
    }
    if (rd->deleted) {
        return object_deleted(rd, id);
    }
    rd->last_kind = rd->kind;
    rd->last_id = id;
    rd->any = true;
    if (rd->kind == AMP_OSM_NODE) {
        return node_start(rd, id, attrs);
    }
    return rd->kind == AMP_OSM_WAY ? amp_osm_build_way(rd->bld, id)
                                   : amp_osm_build_relation(rd->bld, id);
}

static amp_err tag_start(struct reader *rd, const char *const *attrs)
{
    const char *key_text = amp_xml_attr(attrs, "k");
    const char *value_text = amp_xml_attr(attrs, "v");
    if (!key_text || !value_text) {
        return refuse(rd, "tag", key_text ? "v" : "k");
    }
    uint32_t key = 0;
    uint32_t value = 0;
    bool wanted = false;
    amp_err err = amp_osm_build_text(rd->bld, amp_str_of(key_text), &key);
    err = err ? err : amp_osm_build_wants(rd->bld, key, &wanted);
    if (err || !wanted) {
        return err;
    }
    err = amp_osm_build_text(rd->bld, amp_str_of(value_text), &value);
    return err ? err : amp_osm_build_tag(rd->bld, key, value);
}

static amp_err member_start(struct reader *rd, const char *const *attrs)
{
    const char *type = amp_xml_attr(attrs, "type");
    const char *role_text = amp_xml_attr(attrs, "role");
    enum amp_osm_kind kind;
    int64_t id = 0;
    uint32_t role = 0;
    if (!type || !kind_of(type, &kind)) {
        return refuse(rd, "member", "type");
    }
    amp_err err = id_read(rd, "member", "ref", attrs, &id);
    if (!err) {
        err = amp_osm_build_text(rd->bld, amp_str_of(role_text), &role);
    }
    return err ? err : amp_osm_build_member(rd->bld, kind, id, role);
}

static amp_err part_start(struct reader *rd, const char *name, const char *const *attrs)
{
    if (!rd->object || rd->deleted) {
        return AMP_OK;
    }
    if (strcmp(name, "tag") == 0) {
        return tag_start(rd, attrs);
    }
    if (strcmp(name, "nd") == 0 && rd->kind == AMP_OSM_WAY) {
        int64_t id = 0;
        amp_err err = id_read(rd, "nd", "ref", attrs, &id);
        return err ? err : amp_osm_build_ref(rd->bld, id);
    }
    if (strcmp(name, "member") == 0 && rd->kind == AMP_OSM_RELATION) {
        return member_start(rd, attrs);
    }
    return AMP_OK;
}

static amp_err on_start(void *ctx, const char *name, const char *const *attrs)
{
    struct reader *rd = ctx;
    if (!rd->in_osm) {
        if (strcmp(name, "osm") != 0) {
            rd->said = true;
            return amp_fail(rd->why, AMP_E_UNSUPPORTED,
                            "the document is <%.40s>, not <osm>: this is no map extract", name);
        }
        rd->in_osm = true;
        return AMP_OK;
    }
    rd->depth++;
    if (rd->depth == 1) {
        return object_start(rd, name, attrs);
    }
    return rd->depth == 2 ? part_start(rd, name, attrs) : AMP_OK;
}

static amp_err on_end(void *ctx, const char *name, struct amp_str text)
{
    struct reader *rd = ctx;
    (void)name;
    (void)text;
    if (rd->depth == 1) {
        rd->object = false;
    }
    rd->depth--;
    return AMP_OK;
}

/* The sentence is the handler's if it said one, else the parser's. */
static amp_err xml_feed(struct reader *rd, const void *data, size_t len, bool last)
{
    struct amp_why xml_why = {{0}};
    amp_err err = amp_xml_feed(rd->xml, data, len, last, &xml_why);
    if (!err || rd->said) {
        return err;
    }
    if (xml_why.text[0]) {
        return amp_fail(rd->why, err, "%s", xml_why.text);
    }
    return amp_fail(rd->why, err, "line %llu: %s", (unsigned long long)amp_xml_line(rd->xml),
                    amp_err_words(err));
}

static amp_err plain_read(struct amp_osm_source *src, struct amp_str head, struct reader *rd)
{
    struct amp_str view = head;
    while (view.len > 0) {
        amp_err err = xml_feed(rd, view.ptr, view.len, false);
        if (!err) {
            err = amp_osm_source_take(src, STEP_IN, &view, rd->why);
        }
        if (err) {
            return err;
        }
    }
    return xml_feed(rd, "", 0, true);
}

struct gunzip {
    z_stream z;
    struct amp_osm_source *src;
    uint64_t inflated;
    bool at_member_end;
    uint8_t out[STEP_OUT];
};

static amp_err gunzip_fail(const struct gunzip *gz, const struct reader *rd, const char *what)
{
    return amp_fail(rd->why, AMP_E_SYNTAX, "the gzip data %s before byte %llu", what,
                    (unsigned long long)gz->src->offset);
}

/* All that one piece of input inflates to. */
static amp_err piece_inflate(struct gunzip *gz, struct amp_str piece, struct reader *rd)
{
    gz->z.next_in = (z_const Bytef *)(uintptr_t)piece.ptr;
    gz->z.avail_in = (uInt)piece.len;
    do {
        if (gz->at_member_end) {
            if (gz->z.avail_in == 0) {
                return AMP_OK;
            }
            if (gz->z.next_in[0] == 0) { /* padding behind the last member, as tape writers leave */
                gz->z.next_in++;
                gz->z.avail_in--;
                continue;
            }
            (void)inflateReset(&gz->z);
            gz->at_member_end = false;
        }
        gz->z.next_out = gz->out;
        gz->z.avail_out = STEP_OUT;
        int state = inflate(&gz->z, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
            return gunzip_fail(gz, rd, "are damaged");
        }
        size_t len = STEP_OUT - gz->z.avail_out;
        gz->inflated += len;
        if (!amp_osm_source_plausible(gz->src, gz->inflated)) {
            return amp_fail(rd->why, AMP_E_LIMIT,
                            "the gzip data inflate to more than %d times their size: refused",
                            AMP_OSM_INFLATE_RATIO);
        }
        amp_err err = len ? xml_feed(rd, gz->out, len, false) : AMP_OK;
        if (err) {
            return err;
        }
        gz->at_member_end = state == Z_STREAM_END;
    } while (gz->z.avail_in > 0 || gz->z.avail_out == 0);
    return AMP_OK;
}

static amp_err gunzip_read(struct amp_osm_source *src, struct amp_str head, struct reader *rd)
{
    struct gunzip gz = {.src = src};
    if (inflateInit2(&gz.z, MAX_WBITS + 16) != Z_OK) {
        return amp_fail(rd->why, AMP_E_NOMEM, "not enough memory");
    }
    struct amp_str view = head;
    amp_err err = AMP_OK;
    while (!err && view.len > 0) {
        err = piece_inflate(&gz, view, rd);
        if (!err) {
            err = amp_osm_source_take(src, STEP_IN, &view, rd->why);
        }
    }
    inflateEnd(&gz.z);
    if (!err && !gz.at_member_end) {
        err = gunzip_fail(&gz, rd, "end");
    }
    return err ? err : xml_feed(rd, "", 0, true);
}

amp_err amp_osmxml_read(struct amp_osm_source *src, struct amp_str head,
                        struct amp_osm_builder *bld, struct amp_why *why)
{
    struct reader rd = {.bld = bld, .why = why};
    struct amp_xml_handler handler = {
        .ctx = &rd, .start = on_start, .end = on_end, .skip_text = true};
    if (amp_xml_create(&handler, &rd.xml)) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory");
    }
    bool gzip = head.len >= 2 && (uint8_t)head.ptr[0] == 0x1f && (uint8_t)head.ptr[1] == 0x8b;
    amp_err err = gzip ? gunzip_read(src, head, &rd) : plain_read(src, head, &rd);
    amp_xml_destroy(rd.xml);
    return err;
}
