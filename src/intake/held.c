/* Reading of HELD messages; the row of the intake table. */
#include "intake/held.h"

#include "intake/intake.h"
#include "intake/tree.h"

#include "base/timefmt.h"

#include <string.h>

#define HELD     "urn:ietf:params:xml:ns:geopriv:held"
#define HELD_ID  "urn:ietf:params:xml:ns:geopriv:held:id|"
#define PRESENCE "urn:ietf:params:xml:ns:pidf|presence"

struct reader {
    struct amp_arena *arena;
    struct amp_held *out;
    struct amp_why *why;
};

/* RFC 5985, section 6.1: a time in milliseconds or what the location is for. */
static amp_err time_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_str text = amp_node_attr(root, "responseTime");
    rd->out->response_ms = -1;
    if (text.len == 0 || amp_str_is(text, "emergencyRouting") ||
        amp_str_is(text, "emergencyDispatch")) {
        rd->out->purpose = text;
        return AMP_OK;
    }
    if (amp_str_i64(text, &rd->out->response_ms) != AMP_OK || rd->out->response_ms < 0) {
        return amp_fail(rd->why, AMP_E_RANGE,
                        "HELD: responseTime is no number of milliseconds, emergencyRouting or "
                        "emergencyDispatch");
    }
    return AMP_OK;
}

static amp_err types_read(struct reader *rd, const struct amp_node *root)
{
    static const char *const known[] = {"any", "civic", "geodetic", "locationURI"};
    const struct amp_node *node = amp_node_child(root, "locationType");
    const struct amp_str exact = amp_node_attr(node, "exact");
    rd->out->exact = amp_str_is(exact, "true") || amp_str_is(exact, "1");
    struct amp_str rest = amp_node_text(node);
    while (rest.len > 0) {
        size_t n = 0;
        while (n < rest.len && strchr(" \t\r\n", rest.ptr[n]) == NULL) {
            n++;
        }
        const struct amp_str word = {.ptr = rest.ptr, .len = n};
        rest = amp_str_trim((struct amp_str){.ptr = rest.ptr + n, .len = rest.len - n});
        bool valid = false;
        for (size_t i = 0; i < AMP_HELD_TYPES; i++) {
            valid = valid || amp_str_is(word, known[i]);
        }
        if (!valid || rd->out->type_n == AMP_HELD_TYPES) {
            return amp_fail(rd->why, AMP_E_RANGE,
                            "HELD: locationType is none of any, civic, geodetic, locationURI");
        }
        rd->out->types[rd->out->type_n++] = word;
    }
    return AMP_OK;
}

static amp_err device_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_node *device = amp_node_full(root, HELD_ID "device");
    for (const struct amp_node *each = device != NULL ? device->child : NULL; each != NULL;
         each = each->next) {
        if (each->text.len == 0) {
            continue;
        }
        if (rd->out->id_n == AMP_HELD_IDS) {
            return amp_fail(rd->why, AMP_E_LIMIT, "HELD: more than %d identities", AMP_HELD_IDS);
        }
        rd->out->id[rd->out->id_n++] = (struct amp_held_id){each->name, each->text};
    }
    return device != NULL && rd->out->id_n == 0
               ? amp_fail(rd->why, AMP_E_MISSING, "HELD: the device has no identity")
               : AMP_OK;
}

static amp_err uris_read(struct reader *rd, const struct amp_node *set)
{
    const struct amp_str expires = amp_node_attr(set, "expires");
    if (amp_time_parse(expires, &rd->out->expires_us) != AMP_OK) {
        return amp_fail(rd->why, expires.len == 0 ? AMP_E_MISSING : AMP_E_RANGE,
                        "HELD: locationUriSet has no expires with a date and time");
    }
    for (const struct amp_node *each = amp_node_child(set, "locationURI"); each != NULL;
         each = amp_node_twin(each)) {
        if (rd->out->uri_n == AMP_HELD_URIS) {
            return amp_fail(rd->why, AMP_E_LIMIT, "HELD: more than %d addresses", AMP_HELD_URIS);
        }
        rd->out->uri[rd->out->uri_n++] = each->text;
    }
    return rd->out->uri_n == 0
               ? amp_fail(rd->why, AMP_E_MISSING, "HELD: locationUriSet has no locationURI")
               : AMP_OK;
}

static amp_err presence_read(struct reader *rd, const struct amp_node *presence)
{
    rd->out->pidf = amp_arena_alloc(rd->arena, sizeof *rd->out->pidf);
    return rd->out->pidf == NULL ? AMP_E_NOMEM
                                 : amp_pidf_read_node(presence, rd->arena, rd->out->pidf, rd->why);
}

static amp_err response_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_node *presence = amp_node_full(root, PRESENCE);
    const struct amp_node *set = amp_node_child(root, "locationUriSet");
    if (presence == NULL && set == NULL) {
        return amp_fail(rd->why, AMP_E_MISSING,
                        "HELD: the locationResponse has neither a presence nor a locationUriSet");
    }
    amp_err err = set != NULL ? uris_read(rd, set) : AMP_OK;
    return err || presence == NULL ? err : presence_read(rd, presence);
}

static amp_err error_read(struct reader *rd, const struct amp_node *root)
{
    rd->out->code = amp_node_attr(root, "code");
    if (rd->out->code.len == 0) {
        return amp_fail(rd->why, AMP_E_MISSING, "HELD: the error has no code");
    }
    for (const struct amp_node *each = amp_node_child(root, "message");
         each != NULL && rd->out->message_n < AMP_HELD_MESSAGES; each = amp_node_twin(each)) {
        rd->out->message[rd->out->message_n++] = (struct amp_held_id){
            amp_node_attr(each, "http://www.w3.org/XML/1998/namespace|lang"), each->text};
    }
    return AMP_OK;
}

static amp_err root_read(struct reader *rd, const struct amp_node *root)
{
    if (strcmp(root->full, PRESENCE) == 0) {
        rd->out->kind = AMP_HELD_RESPONSE;
        return presence_read(rd, root);
    }
    if (strcmp(root->full, HELD "|locationRequest") == 0) {
        rd->out->kind = AMP_HELD_REQUEST;
        amp_err err = time_read(rd, root);
        err = err ? err : types_read(rd, root);
        return err ? err : device_read(rd, root);
    }
    if (strcmp(root->full, HELD "|locationResponse") == 0) {
        rd->out->kind = AMP_HELD_RESPONSE;
        return response_read(rd, root);
    }
    if (strcmp(root->full, HELD "|error") == 0) {
        rd->out->kind = AMP_HELD_ERROR;
        return error_read(rd, root);
    }
    return amp_fail(rd->why, AMP_E_SYNTAX, "HELD: <%.*s> is no message of HELD",
                    (int)(root->name.len < 60 ? root->name.len : 60), root->name.ptr);
}

amp_err amp_held_read(struct amp_str bytes, struct amp_arena *arena, struct amp_held *out,
                      struct amp_why *why)
{
    struct amp_node *root = NULL;
    struct amp_held *made = amp_arena_alloc(arena, sizeof *made);
    amp_err err = made == NULL ? AMP_E_NOMEM : amp_tree_read(bytes, arena, &root, why);
    if (err != AMP_OK) {
        return err;
    }
    struct reader rd = {.arena = arena, .out = made, .why = why};
    err = root_read(&rd, root);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = *made;
    }
    return err;
}

amp_err amp_intake_held(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why)
{
    struct amp_report report = {0};
    struct amp_held held = {0};
    amp_err err = amp_held_read(bytes, arena, &held, why);
    if (err != AMP_OK) {
        return err;
    }
    if (held.kind != AMP_HELD_RESPONSE) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "a HELD %s says of nobody where they are",
                        held.kind == AMP_HELD_REQUEST ? "request" : "error");
    }
    if (held.pidf != NULL) {
        amp_pidf_report(held.pidf, arena, &report);
        amp_pidf_words(held.pidf, arena, &report);
    } else {
        amp_report_warn(&report, AMP_STR("the location is given by reference only: it must be "
                                         "fetched from the address in the message"));
    }
    report.f.has |= AMP_HAS(SOURCE);
    report.f.source = AMP_STR("held");
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = report;
    return AMP_OK;
}

static void pairs_view(struct amp_json *js, const char *name, const struct amp_held_id *pair,
                       size_t n)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", pair[i].name);
        amp_json_str_of(js, "value", pair[i].value);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void texts_view(struct amp_json *js, const char *name, const struct amp_str *text, size_t n)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_put_str(js, text[i]);
    }
    amp_json_close(js, ']');
}

amp_err amp_intake_held_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                             struct amp_why *why)
{
    static const char *const kinds[] = {"locationRequest", "locationResponse", "error"};
    struct amp_held held = {0};
    amp_err err = amp_held_read(bytes, arena, &held, why);
    if (err != AMP_OK) {
        return err;
    }
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", "held");
    amp_json_text_of(js, "kind", kinds[held.kind]);
    if (held.kind == AMP_HELD_REQUEST) {
        amp_json_str_of(js, "purpose", held.purpose);
        if (held.response_ms >= 0) {
            amp_json_i64_of(js, "response_ms", held.response_ms);
        }
        texts_view(js, "types", held.types, held.type_n);
        amp_json_bool_of(js, "exact", held.exact);
        pairs_view(js, "device", held.id, held.id_n);
    } else if (held.kind == AMP_HELD_ERROR) {
        amp_json_str_of(js, "code", held.code);
        pairs_view(js, "messages", held.message, held.message_n);
    } else {
        texts_view(js, "uris", held.uri, held.uri_n);
        if (held.uri_n > 0) {
            amp_json_time_of(js, "expires", held.expires_us);
        }
        if (held.pidf != NULL) {
            amp_pidf_view(js, held.pidf, arena);
        }
    }
    amp_intake_warnings(js, NULL, 0);
    amp_json_close(js, '}');
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}
