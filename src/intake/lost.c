/* Reading of LoST messages; the row of the intake table. */
#include "intake/lost.h"

#include "intake/intake.h"
#include "intake/tree.h"

#include "base/timefmt.h"

#include <string.h>

#define LOST     "urn:ietf:params:xml:ns:lost1"
#define LOST_IDS "urn:emergency:xml:ns:lostExt:Ids|emergencyCallIncidentId"

struct reader {
    struct amp_arena *arena;
    struct amp_lost *out;
    struct amp_why *why;
};

static const struct kind_row {
    const char *name;
    const char *needs[3]; /* children */
} kinds[AMP_LOST_KINDS] = {
    [AMP_LOST_FIND_SERVICE] = {"findService", {"location", "service"}},
    [AMP_LOST_LIST_SERVICES] = {"listServices", {NULL}},
    [AMP_LOST_LIST_BY_LOCATION] = {"listServicesByLocation", {"location"}},
    [AMP_LOST_GET_BOUNDARY] = {"getServiceBoundary", {NULL}},
    [AMP_LOST_FIND_SERVICE_RESPONSE] = {"findServiceResponse", {"mapping", "path"}},
    [AMP_LOST_LIST_SERVICES_RESPONSE] = {"listServicesResponse", {"serviceList", "path"}},
    [AMP_LOST_LIST_BY_LOCATION_RESPONSE] = {"listServicesByLocationResponse",
                                            {"serviceList", "path", "locationUsed"}},
    [AMP_LOST_GET_BOUNDARY_RESPONSE] = {"getServiceBoundaryResponse", {"serviceBoundary", "path"}},
    [AMP_LOST_ERRORS] = {"errors", {NULL}},
    [AMP_LOST_REDIRECT] = {"redirect", {NULL}},
};

const char *amp_lost_kind_name(enum amp_lost_kind kind)
{
    return kinds[kind].name;
}

static void warn(struct reader *rd, struct amp_str warning)
{
    if (rd->out->warning_n < AMP_LOST_WARNINGS) {
        rd->out->warning[rd->out->warning_n++] = warning;
    }
}

static amp_err refuse(struct reader *rd, const struct amp_node *node, amp_err err,
                      const char *words)
{
    return amp_fail(rd->why, err, "LoST, line %u: <%.*s> %s", node->line,
                    (int)(node->name.len < 60 ? node->name.len : 60), node->name.ptr, words);
}

/* xs:boolean; absent is the default. */
static amp_err flag_read(struct reader *rd, const struct amp_node *node, const char *name,
                         bool *out)
{
    const struct amp_str text = amp_node_attr(node, name);
    *out = amp_str_is(text, "true") || amp_str_is(text, "1");
    if (text.len == 0 || *out || amp_str_is(text, "false") || amp_str_is(text, "0")) {
        return AMP_OK;
    }
    return amp_fail(rd->why, AMP_E_RANGE, "LoST, line %u: %s is neither true nor false", node->line,
                    name);
}

/* "urn:service:sos.police": a URN, as the schema's anyURI is used throughout. */
static bool service_valid(struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(" \t\r\n<>\"", text.ptr[i]) != NULL) {
            return false;
        }
    }
    return amp_str_starts(text, AMP_STR("urn:")) && text.len > 4;
}

static amp_err service_read(struct reader *rd, const struct amp_node *node, struct amp_str *out)
{
    const struct amp_node *service = amp_node_child(node, "service");
    *out = amp_node_text(service);
    return service == NULL || service_valid(*out)
               ? AMP_OK
               : refuse(rd, service, AMP_E_RANGE, "is no service URN such as urn:service:sos");
}

static amp_err shape_read(struct reader *rd, const struct amp_node *node, struct amp_pidf **out)
{
    *out = amp_arena_alloc(rd->arena, sizeof **out);
    amp_err err = *out == NULL ? AMP_E_NOMEM : amp_pidf_read_bare(node, rd->arena, *out, rd->why);
    for (size_t i = 0; err == AMP_OK && i < (*out)->warning_n; i++) {
        warn(rd, (*out)->warning[i]);
    }
    return err;
}

static amp_err location_read(struct reader *rd, const struct amp_node *node,
                             struct amp_lost_location *to)
{
    to->id = amp_node_attr(node, "id");
    to->profile = amp_node_attr(node, "profile");
    if (to->id.len == 0 || to->profile.len == 0) {
        return refuse(rd, node, AMP_E_MISSING, "has no id or no profile");
    }
    if (node->child == NULL) {
        return refuse(rd, node, AMP_E_MISSING, "is empty");
    }
    const bool geodetic = amp_str_is(to->profile, "geodetic-2d");
    if (!geodetic && !amp_str_is(to->profile, "civic")) {
        warn(rd, AMP_STR("a location has a profile that is not known: it is not used"));
        return AMP_OK;
    }
    amp_err err = shape_read(rd, node, &to->pidf);
    if (err != AMP_OK) {
        return err;
    }
    const bool there =
        geodetic ? amp_pidf_where(to->pidf) != NULL : amp_pidf_address(to->pidf) != NULL;
    if (!there && to->pidf->warning_n == 0) {
        return refuse(rd, node, AMP_E_MISSING, "holds nothing of its profile");
    }
    return AMP_OK;
}

static amp_err locations_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_node *node = amp_node_child(root, "location");
    const size_t n = amp_node_count(root, LOST "|location");
    if (n > AMP_LOST_LOCATIONS) {
        return refuse(rd, node, AMP_E_LIMIT, "is there too often");
    }
    struct amp_lost *out = rd->out;
    out->location = n > 0 ? amp_arena_array(rd->arena, n, sizeof *out->location) : NULL;
    amp_err err = n > 0 && out->location == NULL ? AMP_E_NOMEM : AMP_OK;
    for (; err == AMP_OK && node != NULL; node = amp_node_twin(node)) {
        err = location_read(rd, node, &out->location[out->location_n++]);
    }
    return err;
}

static amp_err request_read(struct reader *rd, const struct amp_node *root)
{
    struct amp_lost *out = rd->out;
    amp_err err = flag_read(rd, root, "recursive", &out->recursive);
    err = err ? err : flag_read(rd, root, "validateLocation", &out->validate);
    const struct amp_str boundary = amp_node_attr(root, "serviceBoundary");
    out->boundary_by_value = amp_str_is(boundary, "value");
    if (err == AMP_OK && boundary.len > 0 && !out->boundary_by_value &&
        !amp_str_is(boundary, "reference")) {
        err = refuse(rd, root, AMP_E_RANGE,
                     "has a serviceBoundary that is neither value nor "
                     "reference");
    }
    err = err ? err : service_read(rd, root, &out->service);
    const struct amp_node *as_of = amp_node_child(root, "asOf");
    int64_t time_us = 0;
    out->as_of = amp_node_text(as_of);
    if (err == AMP_OK && as_of != NULL && amp_time_parse(out->as_of, &time_us) != AMP_OK) {
        err = refuse(rd, as_of, AMP_E_RANGE, "is no date and time");
    }
    const struct amp_node *ids = amp_node_full(root, LOST_IDS);
    out->call_id = amp_node_attr(ids, "callId");
    out->incident_id = amp_node_attr(ids, "incidentTrackingId");
    return err ? err : locations_read(rd, root);
}

static amp_err texts_read(struct reader *rd, const struct amp_node *node, const char *child,
                          const char *attr, struct amp_lost_texts *out)
{
    const struct amp_node *each = amp_node_child(node, child);
    const size_t n = each != NULL ? amp_node_count(node, each->full) : 0;
    if (n > AMP_LOST_LIST) {
        return refuse(rd, each, AMP_E_LIMIT, "is there too often");
    }
    out->item = n > 0 ? amp_arena_array(rd->arena, n, sizeof *out->item) : NULL;
    for (; out->item != NULL && each != NULL; each = amp_node_twin(each)) {
        out->item[out->n++] = attr != NULL ? amp_node_attr(each, attr) : each->text;
    }
    return n > 0 && out->item == NULL ? AMP_E_NOMEM : AMP_OK;
}

static bool expires_valid(struct amp_str text)
{
    int64_t time_us = 0;
    return amp_str_is(text, "NO-CACHE") || amp_str_is(text, "NO-EXPIRATION") ||
           amp_time_parse(text, &time_us) == AMP_OK;
}

static amp_err mapping_read(struct reader *rd, const struct amp_node *node,
                            struct amp_lost_mapping *to)
{
    const struct amp_node *boundary = amp_node_child(node, "serviceBoundary");
    const struct amp_node *reference = amp_node_child(node, "serviceBoundaryReference");
    int64_t time_us = 0;
    *to = (struct amp_lost_mapping){
        .source = amp_node_attr(node, "source"),
        .source_id = amp_node_attr(node, "sourceId"),
        .last_updated = amp_node_attr(node, "lastUpdated"),
        .expires = amp_node_attr(node, "expires"),
        .display_name = amp_node_text(amp_node_child(node, "displayName")),
        .number = amp_node_text(amp_node_child(node, "serviceNumber")),
        .boundary_key = amp_node_attr(reference, "key"),
    };
    if (to->source.len == 0 || to->source_id.len == 0) {
        return refuse(rd, node, AMP_E_MISSING, "has no source or no sourceId");
    }
    if (amp_time_parse(to->last_updated, &time_us) != AMP_OK) {
        return refuse(rd, node, AMP_E_RANGE, "has no lastUpdated with a date and time");
    }
    if (!expires_valid(to->expires)) {
        return refuse(rd, node, AMP_E_RANGE, "has no expires with a date and time");
    }
    for (size_t i = 0; i < to->number.len; i++) { /* RFC 5222, section 14 */
        if (strchr("0123456789*#", to->number.ptr[i]) == NULL) {
            return refuse(rd, node, AMP_E_RANGE, "has a serviceNumber that cannot be dialled");
        }
    }
    amp_err err = service_read(rd, node, &to->service);
    err = err ? err : texts_read(rd, node, "uri", NULL, &to->uris);
    return err || boundary == NULL ? err : shape_read(rd, boundary, &to->boundary);
}

static amp_err response_read(struct reader *rd, const struct amp_node *root)
{
    struct amp_lost *out = rd->out;
    const struct amp_node *mapping = amp_node_child(root, "mapping");
    const size_t n = amp_node_count(root, LOST "|mapping");
    if (n > AMP_LOST_MAPPINGS) {
        return refuse(rd, mapping, AMP_E_LIMIT, "is there too often");
    }
    out->mapping = n > 0 ? amp_arena_array(rd->arena, n, sizeof *out->mapping) : NULL;
    amp_err err = n > 0 && out->mapping == NULL ? AMP_E_NOMEM : AMP_OK;
    for (; err == AMP_OK && mapping != NULL; mapping = amp_node_twin(mapping)) {
        err = mapping_read(rd, mapping, &out->mapping[out->mapping_n++]);
    }
    out->location_used = amp_node_attr(amp_node_child(root, "locationUsed"), "id");
    err = err ? err : texts_read(rd, amp_node_child(root, "path"), "via", "source", &out->path);
    const struct amp_node *boundary = amp_node_child(root, "serviceBoundary");
    if (err == AMP_OK && out->kind == AMP_LOST_GET_BOUNDARY_RESPONSE) {
        out->location = amp_arena_alloc(rd->arena, sizeof *out->location);
        out->location_n = out->location != NULL ? 1 : 0;
        err = out->location != NULL ? shape_read(rd, boundary, &out->location->pidf) : AMP_E_NOMEM;
    }
    return err;
}

/* The URNs of a serviceList stand in one text. */
static amp_err services_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_node *list = amp_node_child(root, "serviceList");
    struct amp_str rest = amp_node_text(list);
    struct amp_lost_texts *to = &rd->out->services;
    to->item = amp_arena_array(rd->arena, AMP_LOST_LIST, sizeof *to->item);
    while (to->item != NULL && rest.len > 0) {
        size_t n = 0;
        while (n < rest.len && strchr(" \t\r\n", rest.ptr[n]) == NULL) {
            n++;
        }
        const struct amp_str word = {.ptr = rest.ptr, .len = n};
        rest = amp_str_trim((struct amp_str){.ptr = rest.ptr + n, .len = rest.len - n});
        if (to->n == AMP_LOST_LIST || !service_valid(word)) {
            return refuse(rd, list, AMP_E_RANGE, "is no list of service URNs");
        }
        to->item[to->n++] = word;
    }
    return to->item == NULL ? AMP_E_NOMEM : AMP_OK;
}

static amp_err errors_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_node *first = root->child;
    const bool redirect = rd->out->kind == AMP_LOST_REDIRECT;
    rd->out->source = amp_node_attr(root, "source");
    rd->out->target = amp_node_attr(root, "target");
    if (redirect && rd->out->target.len == 0) {
        return refuse(rd, root, AMP_E_MISSING, "has no target");
    }
    if (!redirect && first == NULL) {
        return refuse(rd, root, AMP_E_MISSING, "names no error");
    }
    rd->out->error = redirect ? (struct amp_str){0} : first->name;
    rd->out->message = amp_node_attr(redirect ? root : first, "message");
    return AMP_OK;
}

static amp_err root_read(struct reader *rd, const struct amp_node *root)
{
    size_t i = 0;
    while (i < AMP_LOST_KINDS && !amp_str_is(root->name, kinds[i].name)) {
        i++;
    }
    if (i == AMP_LOST_KINDS || !amp_str_is(root->space, LOST)) {
        return refuse(rd, root, AMP_E_SYNTAX, "is no message of LoST");
    }
    rd->out->kind = (enum amp_lost_kind)i;
    for (size_t k = 0; k < 3 && kinds[i].needs[k] != NULL; k++) {
        if (amp_node_child(root, kinds[i].needs[k]) == NULL) {
            return amp_fail(rd->why, AMP_E_MISSING, "LoST: %s has no <%s>", kinds[i].name,
                            kinds[i].needs[k]);
        }
    }
    rd->out->key = amp_node_attr(root, "key");
    switch (rd->out->kind) {
    case AMP_LOST_GET_BOUNDARY:
        return rd->out->key.len > 0 ? AMP_OK : refuse(rd, root, AMP_E_MISSING, "has no key");
    case AMP_LOST_FIND_SERVICE:
    case AMP_LOST_LIST_SERVICES:
    case AMP_LOST_LIST_BY_LOCATION:
        return request_read(rd, root);
    case AMP_LOST_LIST_SERVICES_RESPONSE:
    case AMP_LOST_LIST_BY_LOCATION_RESPONSE: {
        amp_err err = services_read(rd, root);
        return err ? err : response_read(rd, root);
    }
    case AMP_LOST_FIND_SERVICE_RESPONSE:
    case AMP_LOST_GET_BOUNDARY_RESPONSE:
        return response_read(rd, root);
    case AMP_LOST_ERRORS:
    case AMP_LOST_REDIRECT:
    case AMP_LOST_KINDS:
        break;
    }
    return errors_read(rd, root);
}

amp_err amp_lost_read(struct amp_str bytes, struct amp_arena *arena, struct amp_lost *out,
                      struct amp_why *why)
{
    struct amp_node *root = NULL;
    struct amp_lost made = {0};
    amp_err err = amp_tree_read(bytes, arena, &root, why);
    struct reader rd = {.arena = arena, .out = &made, .why = why};
    err = err ? err : root_read(&rd, root);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = made;
    }
    return err;
}
