/* Reading of EIDO: JSON that follows the schema into the struct; references that lead nowhere. */
#include "intake/eido.h"

#include "intake/eido_schema.h"
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_MAX = 32 /* E.164 has 15 digits; with marks between them */
};

struct reader {
    struct amp_arena *arena;
    struct amp_eido_message *out;
    struct amp_why *why;
};

const char *const amp_eido_bodies[AMP_EIDO_KINDS] = {
    [AMP_EIDO_DOCUMENT] = NULL,
    [AMP_EIDO_SUBSCRIBE] = "subscribe",
    [AMP_EIDO_SUBSCRIBE_RESPONSE] = "subscribeResponse",
    [AMP_EIDO_UNSUBSCRIBE] = "unsubscribe",
    [AMP_EIDO_UNSUBSCRIBE_RESPONSE] = "unsubscribeResponse",
    [AMP_EIDO_EVENT] = "event",
    [AMP_EIDO_EVENT_RESPONSE] = "eventResponse",
    [AMP_EIDO_TERMINATE] = "terminate",
    [AMP_EIDO_TERMINATE_RESPONSE] = "terminateResponse",
};

static void warn(struct reader *rd, struct amp_str warning)
{
    if (rd->out->warning_n < AMP_EIDO_WARNINGS) {
        rd->out->warning[rd->out->warning_n++] = warning;
    }
}

/* The types have been checked against the schema: what is not there is empty. */
static struct amp_str text_of(struct reader *rd, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value)) {
        return (struct amp_str){0};
    }
    return amp_arena_str(rd->arena, (struct amp_str){.ptr = json_string_value(value),
                                                     .len = json_string_length(value)});
}

static struct amp_str ref_of(struct reader *rd, const json_t *object, const char *name)
{
    return text_of(rd, json_object_get(object, name), "$ref");
}

/* A list of texts, or the ids of a list of references. */
static struct amp_eido_texts texts_of(struct reader *rd, const json_t *object, const char *name)
{
    const json_t *list = json_object_get(object, name);
    struct amp_eido_texts texts = {.n = json_array_size(list)};
    texts.item = texts.n > 0 ? amp_arena_array(rd->arena, texts.n, sizeof *texts.item) : NULL;
    if (texts.item == NULL) {
        return (struct amp_eido_texts){0};
    }
    for (size_t i = 0; i < texts.n; i++) {
        const json_t *each = json_array_get(list, i);
        each = json_is_object(each) ? json_object_get(each, "$ref") : each;
        if (json_is_string(each)) {
            texts.item[i] =
                amp_arena_str(rd->arena, (struct amp_str){.ptr = json_string_value(each),
                                                          .len = json_string_length(each)});
        }
    }
    return texts;
}

static int64_t integer_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void incident_read(struct reader *rd, const json_t *from, struct amp_eido_incident *to)
{
    *to = (struct amp_eido_incident){
        .id = text_of(rd, from, "$id"),
        .type = text_of(rd, from, "incidentTypeCommonRegistryText"),
        .type_internal = text_of(rd, from, "incidentTypeInternalText"),
        .internal_id = text_of(rd, from, "internalIncidentId"),
        .priority_internal = text_of(rd, from, "incidentPriorityInternalText"),
        .status = texts_of(rd, from, "incidentStatusCommonRegistryText"),
        .locations = texts_of(rd, from, "locationReference"),
        .notes = texts_of(rd, from, "notesReference"),
        .priority = integer_of(from, "incidentCommonPriorityNumber"),
    };
}

/* "tel:+258841;x=y" and "sip:8195551212@host" have a number; "sip:ana@host" has none. */
static struct amp_str number_of(struct amp_str uri)
{
    struct amp_str scheme = {0};
    struct amp_str rest = amp_str_cut(uri, ':', &scheme);
    struct amp_str number = {0};
    if (!amp_str_is(scheme, "tel") && !amp_str_is(scheme, "sip") && !amp_str_is(scheme, "sips")) {
        return number;
    }
    (void)amp_str_cut(rest, amp_str_is(scheme, "tel") ? ';' : '@', &number);
    (void)amp_str_cut(number, ';', &number);
    if (number.len > NUMBER_MAX) {
        return (struct amp_str){0};
    }
    for (size_t i = 0; i < number.len; i++) {
        const char c = number.ptr[i];
        if ((c < '0' || c > '9') && c != '-' && c != '.' && !(c == '+' && i == 0)) {
            return (struct amp_str){0};
        }
    }
    return number;
}

/* The number of the call's callback component; a telephone URI before a SIP one. */
static void back_read(struct reader *rd, const json_t *eido, const json_t *from,
                      struct amp_eido_call *to)
{
    const struct amp_str id = ref_of(rd, from, "callBackReference");
    const json_t *list = json_object_get(eido, "callbackComponent");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *each = json_array_get(list, i);
        if (id.len > 0 && amp_str_eq(text_of(rd, each, "$id"), id)) {
            to->back = texts_of(rd, each, "callBackInformationUri");
        }
    }
    for (size_t i = 0; i < to->back.n; i++) {
        const struct amp_str number = number_of(to->back.item[i]);
        if (number.len > 0 &&
            (to->number.len == 0 || amp_str_starts(to->back.item[i], AMP_STR("tel:")))) {
            to->number = number;
        }
    }
}

static void call_read(struct reader *rd, const json_t *eido, const json_t *from,
                      struct amp_eido_call *to)
{
    *to = (struct amp_eido_call){
        .id = text_of(rd, from, "$id"),
        .type = text_of(rd, from, "standardPrimaryCallType"),
        .state = text_of(rd, from, "callStateRegistryText"),
        .direction = text_of(rd, from, "direction"),
        .start = text_of(rd, from, "callStartTimestamp"),
        .answered = text_of(rd, from, "answerDate"),
        .queue = text_of(rd, from, "queueIdentifier"),
        .locations = texts_of(rd, from, "locationReference"),
        .notes = texts_of(rd, from, "notesReference"),
    };
    back_read(rd, eido, from, to);
}

static void location_read(struct reader *rd, const json_t *from, struct amp_eido_location *to)
{
    const struct amp_str value = text_of(rd, from, "locationByValue");
    struct amp_why why = {""};
    *to = (struct amp_eido_location){
        .id = text_of(rd, from, "$id"),
        .type = text_of(rd, from, "locationTypeDescriptionRegistryText"),
        .url = text_of(rd, from, "locationByReferenceUrl"),
        .description = text_of(rd, from, "locationDescriptionText"),
    };
    if (value.len == 0) {
        return;
    }
    to->pidf = amp_arena_alloc(rd->arena, sizeof *to->pidf);
    if (to->pidf != NULL && amp_pidf_read(value, rd->arena, to->pidf, &why) != AMP_OK) {
        to->pidf = NULL;
        to->refusal = amp_arena_str(rd->arena, amp_str_of(why.text));
        warn(rd, AMP_STR("a location cannot be read and is not used"));
    }
}

static void resource_read(struct reader *rd, const json_t *from, struct amp_eido_resource *to)
{
    *to = (struct amp_eido_resource){
        .id = text_of(rd, from, "$id"),
        .name = text_of(rd, from, "emergencyResourceName"),
        .type = text_of(rd, from, "emergencyResourceTypeCommonRegistryText"),
        .primary = text_of(rd, from, "primaryUnitStatusRegistryText"),
        .secondary = texts_of(rd, from, "secondaryUnitStatusRegistryText"),
        .attributes = texts_of(rd, from, "resourceAttributeRegistryText"),
        .eta = text_of(rd, from, "eta"),
        .location = ref_of(rd, from, "unitLocationReference"),
        .incident = text_of(rd, from, "activeOnIncidentId"),
    };
    to->known = amp_eido_status_of(&to->secondary, to->primary, &to->status);
}

static void person_read(struct reader *rd, const json_t *from, struct amp_eido_person *to)
{
    *to = (struct amp_eido_person){
        .id = text_of(rd, from, "$id"),
        .roles = texts_of(rd, from, "personIncidentRoleRegistryText"),
        .calls = texts_of(rd, from, "callIdentifier"),
        .locations = texts_of(rd, from, "locationReference"),
    };
}

/* One of the smaller components. */
static void small_read(struct reader *rd, enum amp_eido_part part, const json_t *from, void *to)
{
    if (part == AMP_EIDO_AGENCY) {
        *(struct amp_eido_agency *)to = (struct amp_eido_agency){
            .id = text_of(rd, from, "$id"),
            .roles = texts_of(rd, from, "agencyRoleDescriptionRegistryText"),
            .types = texts_of(rd, from, "agencyType")};
    } else if (part == AMP_EIDO_AGENT) {
        *(struct amp_eido_agent *)to = (struct amp_eido_agent){
            .id = text_of(rd, from, "$id"),
            .agency = ref_of(rd, from, "agencyReference"),
            .workstation = text_of(rd, from, "agentWorkstationPositionIdentification"),
            .roles = texts_of(rd, from, "agentRoleRegistryText")};
    } else if (part == AMP_EIDO_NOTE) {
        *(struct amp_eido_note *)to =
            (struct amp_eido_note){.id = text_of(rd, from, "$id"),
                                   .text = text_of(rd, from, "notesActionComments"),
                                   .time = text_of(rd, from, "lastUpdateTimeStamp")};
    } else if (part == AMP_EIDO_DISPOSITION) {
        *(struct amp_eido_disposition *)to = (struct amp_eido_disposition){
            .code = text_of(rd, from, "dispositionCommonRegistryCode"),
            .description = text_of(rd, from, "dispositionDescriptionText"),
            .primary = json_is_true(json_object_get(from, "dispositionPrimaryIndicator"))};
    } else if (part == AMP_EIDO_ADDITIONAL) {
        *(struct amp_eido_additional *)to =
            (struct amp_eido_additional){.id = text_of(rd, from, "$id"),
                                         .value = text_of(rd, from, "additionalDataByValue"),
                                         .url = text_of(rd, from, "additionalDataByReferenceUrl"),
                                         .purpose = text_of(rd, from, "urlPurpose")};
    } else {
        const bool merge = part == AMP_EIDO_MERGE;
        *(struct amp_eido_tie *)to = (struct amp_eido_tie){
            .incident = text_of(rd, from, "incidentTrackingIdentifier"),
            .direction =
                text_of(rd, from, merge ? "incidentMergeDirectionCode" : "linkDirectionCode")};
    }
}

static void part_read(struct reader *rd, const json_t *eido, enum amp_eido_part part,
                      const json_t *from, void *to)
{
    if (part == AMP_EIDO_CALL) {
        call_read(rd, eido, from, to);
    } else if (part == AMP_EIDO_LOCATION) {
        location_read(rd, from, to);
    } else if (part == AMP_EIDO_RESOURCE) {
        resource_read(rd, from, to);
    } else if (part == AMP_EIDO_PERSON) {
        person_read(rd, from, to);
    } else {
        small_read(rd, part, from, to);
    }
}

/* The list of that name, read into an array of the arena. */
static void *parts_read(struct reader *rd, const json_t *eido, const json_t *list,
                        enum amp_eido_part part, size_t *n)
{
    static const size_t sizes[] = {[AMP_EIDO_CALL] = sizeof(struct amp_eido_call),
                                   [AMP_EIDO_AGENCY] = sizeof(struct amp_eido_agency),
                                   [AMP_EIDO_AGENT] = sizeof(struct amp_eido_agent),
                                   [AMP_EIDO_LOCATION] = sizeof(struct amp_eido_location),
                                   [AMP_EIDO_PERSON] = sizeof(struct amp_eido_person),
                                   [AMP_EIDO_RESOURCE] = sizeof(struct amp_eido_resource),
                                   [AMP_EIDO_NOTE] = sizeof(struct amp_eido_note),
                                   [AMP_EIDO_DISPOSITION] = sizeof(struct amp_eido_disposition),
                                   [AMP_EIDO_MERGE] = sizeof(struct amp_eido_tie),
                                   [AMP_EIDO_LINK] = sizeof(struct amp_eido_tie),
                                   [AMP_EIDO_ADDITIONAL] = sizeof(struct amp_eido_additional)};
    const size_t count = json_array_size(list);
    char *made = count > 0 ? amp_arena_array(rd->arena, count, sizes[part]) : NULL;
    *n = made != NULL ? count : 0;
    for (size_t i = 0; i < *n; i++) {
        part_read(rd, eido, part, json_array_get(list, i), made + i * sizes[part]);
    }
    return made;
}

static int text_order(const void *a, const void *b)
{
    const struct amp_str *x = a;
    const struct amp_str *y = b;
    const size_t len = x->len < y->len ? x->len : y->len;
    const int order = len > 0 ? memcmp(x->ptr, y->ptr, len) : 0;
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

struct walk {
    const json_t *open[AMP_JSON_DEPTH + 1];
    size_t at[AMP_JSON_DEPTH + 1];
    void *iter[AMP_JSON_DEPTH + 1];
    size_t depth;
};

/* Every object in the document, one after the other; NULL at the end. */
static const json_t *object_next(struct walk *w)
{
    while (w->depth > 0) {
        const size_t top = w->depth - 1;
        const json_t *value = w->open[top];
        const json_t *held = NULL;
        if (json_is_array(value)) {
            held = json_array_get(value, w->at[top]++);
        } else {
            json_t *object = (json_t *)(uintptr_t)value; /* iterators take no const */
            w->iter[top] = w->at[top]++ == 0 ? json_object_iter(object)
                                             : json_object_iter_next(object, w->iter[top]);
            held = w->iter[top] != NULL ? json_object_iter_value(w->iter[top]) : NULL;
        }
        if (held == NULL) {
            w->depth--;
        } else if ((json_is_object(held) || json_is_array(held)) && w->depth <= AMP_JSON_DEPTH) {
            w->open[w->depth] = held;
            w->at[w->depth++] = 0;
            if (json_is_object(held)) {
                return held;
            }
        }
    }
    return NULL;
}

/* All texts called `name` in the document, sorted. */
static amp_err named_collect(struct reader *rd, const json_t *eido, const char *name,
                             struct amp_eido_texts *out)
{
    struct walk w = {.open = {eido}, .depth = 1};
    out->item = amp_arena_array(rd->arena, AMP_EIDO_REFS, sizeof *out->item);
    out->n = 0;
    if (out->item == NULL) {
        return AMP_E_NOMEM;
    }
    for (const json_t *each = eido; each != NULL; each = object_next(&w)) {
        const json_t *value = json_object_get(each, name);
        if (!json_is_string(value)) {
            continue;
        }
        if (out->n == AMP_EIDO_REFS) {
            return amp_fail(rd->why, AMP_E_LIMIT, "EIDO: more than %d \"%s\"", AMP_EIDO_REFS, name);
        }
        out->item[out->n++] =
            (struct amp_str){.ptr = json_string_value(value), .len = json_string_length(value)};
    }
    qsort(out->item, out->n, sizeof *out->item, text_order);
    return AMP_OK;
}

static amp_err refs_check(struct reader *rd, const json_t *eido, struct amp_eido *to)
{
    struct amp_eido_texts ids = {0};
    struct amp_eido_texts refs = {0};
    amp_err err = named_collect(rd, eido, "$id", &ids);
    err = err ? err : named_collect(rd, eido, "$ref", &refs);
    if (err != AMP_OK) {
        return err;
    }
    size_t n = 0;
    for (size_t i = 0; i < refs.n; i++) {
        const bool again = i > 0 && text_order(&refs.item[i - 1], &refs.item[i]) == 0;
        if (!again &&
            bsearch(&refs.item[i], ids.item, ids.n, sizeof *ids.item, text_order) == NULL) {
            refs.item[n++] = refs.item[i]; /* n <= i: what was looked at is not needed again */
        }
    }
    for (size_t i = 0; i < n; i++) {
        refs.item[i] = amp_arena_str(rd->arena, refs.item[i]);
    }
    for (size_t i = 1; i < ids.n; i++) {
        if (text_order(&ids.item[i - 1], &ids.item[i]) == 0) {
            warn(rd, AMP_STR("two components have the same id"));
            break;
        }
    }
    if (n > 0) {
        warn(rd, AMP_STR("a reference leads to nothing in the message"));
    }
    to->unresolved = (struct amp_eido_texts){.item = refs.item, .n = n};
    return AMP_OK;
}

static void ties_read(struct reader *rd, const json_t *eido, struct amp_eido *to)
{
    size_t merges = 0;
    size_t links = 0;
    struct amp_eido_tie *merge =
        parts_read(rd, eido, json_object_get(eido, "mergeComponent"), AMP_EIDO_MERGE, &merges);
    struct amp_eido_tie *link =
        parts_read(rd, eido, json_object_get(eido, "linkComponent"), AMP_EIDO_LINK, &links);
    to->tie =
        merges + links > 0 ? amp_arena_array(rd->arena, merges + links, sizeof *to->tie) : NULL;
    for (size_t i = 0; to->tie != NULL && i < merges + links; i++) {
        to->tie[i] = i < merges ? merge[i] : link[i - merges];
        to->tie_n = i + 1;
    }
}

static amp_err eido_read(struct reader *rd, const json_t *from, struct amp_eido *to)
{
    amp_err err = amp_eido_check(from, rd->why);
    if (err != AMP_OK) {
        return err;
    }
    const json_t *incident = json_object_get(from, "incidentComponent");
    *to = (struct amp_eido){.id = text_of(rd, from, "$id"),
                            .version = text_of(rd, from, "eidoVersion"),
                            .issuer = text_of(rd, from, "issuingElementIdentification"),
                            .updated = text_of(rd, from, "lastUpdateTimeStamp"),
                            .agency = ref_of(rd, from, "updatedByAgencyReference")};
#define PARTS(member, part, to_n)                                                                  \
    parts_read(rd, from, json_object_get(from, member), AMP_EIDO_##part, &to->to_n)
    to->call = PARTS("callComponent", CALL, call_n);
    to->agencies = PARTS("agencyComponent", AGENCY, agency_n);
    to->agent = PARTS("agentComponent", AGENT, agent_n);
    to->location = PARTS("locationComponent", LOCATION, location_n);
    to->person = PARTS("personComponent", PERSON, person_n);
    to->resource = PARTS("emergencyResourceComponent", RESOURCE, resource_n);
    to->note = PARTS("notesComponent", NOTE, note_n);
    to->additional = PARTS("additionalDataComponent", ADDITIONAL, additional_n);
#undef PARTS
    ties_read(rd, from, to);
    if (json_is_object(incident)) {
        to->incident = amp_arena_alloc(rd->arena, sizeof *to->incident);
        if (to->incident != NULL) {
            incident_read(rd, incident, to->incident);
        }
        to->disposition = parts_read(rd, from, json_object_get(incident, "dispositionComponent"),
                                     AMP_EIDO_DISPOSITION, &to->disposition_n);
    }
    return refs_check(rd, from, to);
}

static amp_err notices_read(struct reader *rd, const json_t *body)
{
    const json_t *list = json_object_get(body, "notification");
    const size_t n = json_array_size(list);
    if (!json_is_array(list)) {
        return amp_fail(rd->why, AMP_E_MISSING, "EIDO: the event has no \"notification\"");
    }
    if (n > AMP_EIDO_NOTICES) {
        return amp_fail(rd->why, AMP_E_LIMIT, "EIDO: more than %d notifications", AMP_EIDO_NOTICES);
    }
    if (n == 0) { /* there is nothing to tell: section 2.1.1 */
        return AMP_OK;
    }
    rd->out->eido = amp_arena_array(rd->arena, n, sizeof *rd->out->eido);
    amp_err err = rd->out->eido == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; err == AMP_OK && i < n; i++) {
        err = eido_read(rd, json_array_get(list, i), &rd->out->eido[i]);
        rd->out->eido_n = i + 1;
    }
    return err;
}

/* The members of a web socket body; those that its kind must have. */
static amp_err body_read(struct reader *rd, const json_t *body)
{
    struct amp_eido_message *out = rd->out;
    const struct {
        const char *name;
        struct amp_str *to;
        unsigned needed; /* bits of the kinds */
    } texts[] = {
        {"requestId", &out->request_id,
         1U << AMP_EIDO_SUBSCRIBE | 1U << AMP_EIDO_SUBSCRIBE_RESPONSE},
        {"requestType", &out->request_type, 0},
        {"requestSubType", &out->request_sub_type, 0},
        {"requestAccepts", &out->accepts, 0},
        {"qualFilter", &out->filter, 0},
        {"subscriptionId", &out->subscription_id,
         1U << AMP_EIDO_UNSUBSCRIBE | 1U << AMP_EIDO_EVENT | 1U << AMP_EIDO_TERMINATE},
        {"incidentId", &out->incident_id, 0},
        {"transfer", &out->transfer, 0},
        {"transactionId", &out->transaction_id, 0},
        {"statusText", &out->status_text, 0},
    };
    const struct {
        const char *name;
        int64_t *to;
    } numbers[] = {{"minRate", &out->min_rate},
                   {"maxRate", &out->max_rate},
                   {"expires", &out->expires_s},
                   {"statusCode", &out->status_code}};
    amp_err err = AMP_OK;
    for (size_t i = 0; err == AMP_OK && i < sizeof texts / sizeof texts[0]; i++) {
        struct amp_str text = {0};
        err = amp_json_str(body, texts[i].name, &text, rd->why);
        *texts[i].to = amp_arena_str(rd->arena, text);
        if (err == AMP_OK && text.len == 0 && (texts[i].needed >> out->kind & 1U) != 0) {
            err = amp_fail(rd->why, AMP_E_MISSING, "EIDO: \"%s\" has no \"%s\"",
                           amp_eido_bodies[out->kind], texts[i].name);
        }
    }
    for (size_t i = 0; err == AMP_OK && i < sizeof numbers / sizeof numbers[0]; i++) {
        err = amp_json_i64(body, numbers[i].name, numbers[i].to, rd->why);
    }
    const bool response =
        out->kind == AMP_EIDO_SUBSCRIBE_RESPONSE || out->kind == AMP_EIDO_EVENT_RESPONSE;
    if (err == AMP_OK && response && out->status_code == 0) {
        err = amp_fail(rd->why, AMP_E_MISSING, "EIDO: the response has no \"statusCode\"");
    }
    if (err == AMP_OK && out->kind == AMP_EIDO_SUBSCRIBE && out->subscription_id.len == 0 &&
        out->request_type.len == 0) { /* section 2.1.5.1: of a new one */
        err = amp_fail(rd->why, AMP_E_MISSING, "EIDO: \"subscribe\" has no \"requestType\"");
    }
    return err || out->kind != AMP_EIDO_EVENT ? err : notices_read(rd, body);
}

static amp_err message_read(struct reader *rd, const json_t *root)
{
    if (!json_is_object(root)) {
        return amp_fail(rd->why, AMP_E_SYNTAX, "EIDO: the message is no JSON object");
    }
    for (size_t i = AMP_EIDO_SUBSCRIBE; i < AMP_EIDO_KINDS; i++) {
        const json_t *body = json_object_get(root, amp_eido_bodies[i]);
        if (body != NULL) {
            rd->out->kind = (enum amp_eido_kind)i;
            return body_read(rd, body);
        }
    }
    rd->out->eido = amp_arena_alloc(rd->arena, sizeof *rd->out->eido);
    rd->out->eido_n = 1;
    return rd->out->eido == NULL ? AMP_E_NOMEM : eido_read(rd, root, rd->out->eido);
}

amp_err amp_eido_read(struct amp_str bytes, struct amp_arena *arena, struct amp_eido_message *out,
                      struct amp_why *why)
{
    struct amp_eido_message message = {.kind = AMP_EIDO_DOCUMENT};
    struct reader rd = {.arena = arena, .out = &message, .why = why};
    json_t *root = NULL;
    amp_err err = amp_json_read(bytes, AMP_INTAKE_MAX, &root, why);
    if (err != AMP_OK) {
        return err;
    }
    err = message_read(&rd, root);
    json_decref(root);
    if (err == AMP_OK && amp_arena_failed(arena)) {
        err = AMP_E_NOMEM;
    }
    if (err == AMP_OK) {
        *out = message;
    }
    return err;
}

const struct amp_eido_location *amp_eido_location_of(const struct amp_eido *eido, struct amp_str id)
{
    for (size_t i = 0; i < eido->location_n; i++) {
        if (amp_str_eq(eido->location[i].id, id)) {
            return &eido->location[i];
        }
    }
    return NULL;
}
