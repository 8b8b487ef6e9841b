/* What an EIDO says, as JSON and as the report of a call; the row of the intake table. */
#include "intake/adr.h"
#include "intake/eido.h"
#include "intake/intake.h"

static void texts_view(struct amp_json *js, const char *name, const struct amp_eido_texts *texts)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    for (size_t i = 0; i < texts->n; i++) {
        amp_json_put_str(js, texts->item[i]);
    }
    amp_json_close(js, ']');
}

static void incident_view(struct amp_json *js, const struct amp_eido_incident *incident)
{
    amp_json_key(js, "incident");
    if (incident == NULL) {
        amp_json_put_null(js);
        return;
    }
    amp_json_open(js, '{');
    amp_json_str_of(js, "id", incident->id);
    amp_json_str_of(js, "type", incident->type);
    amp_json_str_maybe(js, "type_internal", incident->type_internal);
    amp_json_str_maybe(js, "internal_id", incident->internal_id);
    if (incident->priority > 0) {
        amp_json_i64_of(js, "priority", incident->priority);
    }
    amp_json_str_maybe(js, "priority_internal", incident->priority_internal);
    texts_view(js, "status", &incident->status);
    texts_view(js, "locations", &incident->locations);
    texts_view(js, "notes", &incident->notes);
    amp_json_close(js, '}');
}

static void calls_view(struct amp_json *js, const struct amp_eido *eido)
{
    amp_json_key(js, "calls");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->call_n; i++) {
        const struct amp_eido_call *call = &eido->call[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", call->id);
        amp_json_str_of(js, "type", call->type);
        amp_json_str_of(js, "state", call->state);
        amp_json_str_of(js, "direction", call->direction);
        amp_json_str_of(js, "start", call->start);
        amp_json_str_maybe(js, "answered", call->answered);
        amp_json_str_maybe(js, "queue", call->queue);
        amp_json_str_maybe(js, "number", call->number);
        texts_view(js, "call_back", &call->back);
        texts_view(js, "locations", &call->locations);
        texts_view(js, "notes", &call->notes);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void people_view(struct amp_json *js, const struct amp_eido *eido)
{
    amp_json_key(js, "agencies");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->agency_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", eido->agencies[i].id);
        texts_view(js, "roles", &eido->agencies[i].roles);
        texts_view(js, "types", &eido->agencies[i].types);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "agents");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->agent_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", eido->agent[i].id);
        amp_json_str_of(js, "agency", eido->agent[i].agency);
        amp_json_str_maybe(js, "workstation", eido->agent[i].workstation);
        texts_view(js, "roles", &eido->agent[i].roles);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "persons");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->person_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", eido->person[i].id);
        texts_view(js, "roles", &eido->person[i].roles);
        texts_view(js, "calls", &eido->person[i].calls);
        texts_view(js, "locations", &eido->person[i].locations);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void locations_view(struct amp_json *js, const struct amp_eido *eido,
                           struct amp_arena *arena)
{
    amp_json_key(js, "locations");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->location_n; i++) {
        const struct amp_eido_location *each = &eido->location[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", each->id);
        amp_json_str_of(js, "type", each->type);
        if (each->pidf != NULL) {
            amp_pidf_view(js, each->pidf, arena);
        }
        amp_json_str_maybe(js, "url", each->url);
        amp_json_str_maybe(js, "description", each->description);
        amp_json_str_maybe(js, "refused", each->refusal);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void resources_view(struct amp_json *js, const struct amp_eido *eido)
{
    amp_json_key(js, "resources");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->resource_n; i++) {
        const struct amp_eido_resource *each = &eido->resource[i];
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", each->id);
        amp_json_str_maybe(js, "name", each->name);
        amp_json_str_of(js, "type", each->type);
        amp_json_str_of(js, "primary_status", each->primary);
        texts_view(js, "secondary_status", &each->secondary);
        if (each->known) {
            amp_json_text_of(js, "status", amp_unit_status_name(each->status));
        }
        texts_view(js, "attributes", &each->attributes);
        amp_json_str_maybe(js, "eta", each->eta);
        amp_json_str_maybe(js, "location", each->location);
        amp_json_str_maybe(js, "incident", each->incident);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void notes_view(struct amp_json *js, const struct amp_eido *eido)
{
    amp_json_key(js, "notes");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->note_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", eido->note[i].id);
        amp_json_str_of(js, "time", eido->note[i].time);
        amp_json_str_of(js, "text", eido->note[i].text);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "dispositions");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->disposition_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "code", eido->disposition[i].code);
        amp_json_str_maybe(js, "description", eido->disposition[i].description);
        amp_json_bool_of(js, "primary", eido->disposition[i].primary);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "ties");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->tie_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "incident", eido->tie[i].incident);
        amp_json_str_of(js, "direction", eido->tie[i].direction);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void additional_view(struct amp_json *js, const struct amp_eido *eido,
                            struct amp_arena *arena)
{
    amp_json_key(js, "additional_data");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->additional_n; i++) {
        const struct amp_eido_additional *each = &eido->additional[i];
        struct amp_adr adr = {0};
        struct amp_why why = {""};
        amp_json_open(js, '{');
        amp_json_str_of(js, "id", each->id);
        amp_json_str_maybe(js, "url", each->url);
        amp_json_str_maybe(js, "purpose", each->purpose);
        if (each->value.len > 0 && amp_adr_read(each->value, arena, &adr, &why) == AMP_OK) {
            amp_json_key(js, "block");
            amp_adr_view(js, &adr);
        } else if (each->value.len > 0) {
            amp_json_text_of(js, "refused", why.text);
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void eido_view(struct amp_json *js, const struct amp_eido *eido, struct amp_arena *arena)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "id", eido->id);
    amp_json_str_of(js, "version", eido->version);
    amp_json_str_of(js, "issuer", eido->issuer);
    amp_json_str_of(js, "updated", eido->updated);
    amp_json_str_of(js, "agency", eido->agency);
    incident_view(js, eido->incident);
    calls_view(js, eido);
    people_view(js, eido);
    locations_view(js, eido, arena);
    resources_view(js, eido);
    notes_view(js, eido);
    additional_view(js, eido, arena);
    texts_view(js, "unresolved", &eido->unresolved);
    amp_json_close(js, '}');
}

amp_err amp_intake_eido_view(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                             struct amp_why *why)
{
    struct amp_eido_message message = {0};
    amp_err err = amp_eido_read(bytes, arena, &message, why);
    if (err != AMP_OK) {
        return err;
    }
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", "eido");
    amp_json_text_of(
        js, "kind", message.kind == AMP_EIDO_DOCUMENT ? "document" : amp_eido_bodies[message.kind]);
    amp_json_str_maybe(js, "request_id", message.request_id);
    amp_json_str_maybe(js, "request_type", message.request_type);
    amp_json_str_maybe(js, "request_sub_type", message.request_sub_type);
    amp_json_str_maybe(js, "accepts", message.accepts);
    amp_json_str_maybe(js, "filter", message.filter);
    amp_json_str_maybe(js, "incident_id", message.incident_id);
    amp_json_str_maybe(js, "subscription_id", message.subscription_id);
    amp_json_str_maybe(js, "transaction_id", message.transaction_id);
    amp_json_str_maybe(js, "status_text", message.status_text);
    if (message.kind == AMP_EIDO_SUBSCRIBE) {
        amp_json_i64_of(js, "min_rate", message.min_rate);
    } else if (message.kind == AMP_EIDO_SUBSCRIBE_RESPONSE) {
        amp_json_i64_of(js, "expires_s", message.expires_s);
        amp_json_i64_of(js, "status_code", message.status_code);
    } else if (message.status_code != 0) {
        amp_json_i64_of(js, "status_code", message.status_code);
    }
    amp_json_key(js, "eidos");
    amp_json_open(js, '[');
    for (size_t i = 0; i < message.eido_n; i++) {
        eido_view(js, &message.eido[i], arena);
    }
    amp_json_close(js, ']');
    amp_intake_warnings(js, message.warning, message.warning_n);
    amp_json_close(js, '}');
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

/* Of the locations that call and incident name: the caller's, the incident's, any; each with its
 * position before one with an address only. */
static unsigned rank_of(const struct amp_eido_location *location)
{
    unsigned rank = amp_str_is(location->type, "Caller")            ? 4
                    : amp_str_is(location->type, "CurrentIncident") ? 3
                    : amp_str_is(location->type, "InitialIncident") ? 2
                                                                    : 1;
    return location->pidf != NULL && amp_pidf_where(location->pidf) != NULL ? rank + 8 : rank;
}

static const struct amp_eido_location *best_of(const struct amp_eido *eido,
                                               const struct amp_eido_texts *ids,
                                               const struct amp_eido_location *best,
                                               bool *reference)
{
    for (size_t i = 0; i < ids->n; i++) {
        const struct amp_eido_location *each = amp_eido_location_of(eido, ids->item[i]);
        if (each == NULL) {
            continue;
        }
        const bool readable = each->pidf != NULL || each->description.len > 0;
        *reference = *reference || (!readable && each->url.len > 0);
        if (readable && (best == NULL || rank_of(each) > rank_of(best))) {
            best = each;
        }
    }
    return best;
}

/* The notes, one a line. */
static void words_put(const struct amp_eido *eido, struct amp_arena *arena,
                      struct amp_report *report)
{
    struct amp_buf words = amp_buf_make(2 * AMP_INTAKE_MAX);
    for (size_t i = 0; i < eido->note_n; i++) {
        amp_buf_text(&words, words.len > 0 ? "\n" : "");
        amp_buf_str(&words, eido->note[i].text);
    }
    if (words.len > 0) {
        amp_report_words(report, arena, amp_buf_view(&words));
    }
    amp_buf_free(&words);
}

static void place_put(const struct amp_eido *eido, struct amp_arena *arena,
                      struct amp_report *report)
{
    bool reference = false;
    const struct amp_eido_location *best =
        eido->call_n > 0 ? best_of(eido, &eido->call[0].locations, NULL, &reference) : NULL;
    if (eido->incident != NULL) {
        best = best_of(eido, &eido->incident->locations, best, &reference);
    }
    if (best != NULL && best->pidf != NULL) {
        amp_pidf_report(best->pidf, arena, report);
    }
    if (best != NULL && best->description.len > 0 && (report->f.has & AMP_HAS(PLACE)) == 0) {
        amp_report_place(report, arena, best->description);
    }
    if (reference) {
        amp_report_warn(report, AMP_STR("a location is given by reference only: it must be "
                                        "fetched from the address in the message"));
    }
}

void amp_eido_report(const struct amp_eido *eido, struct amp_arena *arena,
                     struct amp_report *report)
{
    place_put(eido, arena, report);
    if (eido->call_n > 0 && eido->call[0].number.len > 0) {
        report->f.has |= AMP_HAS(NUMBER);
        report->f.number = eido->call[0].number;
    }
    report->f.has |= AMP_HAS(SOURCE);
    report->f.source = AMP_STR("eido");
}

amp_err amp_intake_eido(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                        struct amp_why *why)
{
    struct amp_eido_message message = {0};
    struct amp_report report = {0};
    amp_err err = amp_eido_read(bytes, arena, &message, why);
    if (err != AMP_OK) {
        return err;
    }
    const struct amp_eido *eido = NULL;
    for (size_t i = 0; i < message.eido_n && eido == NULL; i++) {
        eido = message.eido[i].call_n > 0 ? &message.eido[i] : NULL;
    }
    if (eido == NULL) {
        return amp_fail(why, AMP_E_UNSUPPORTED, "the EIDO message carries no call");
    }
    for (size_t i = 0; i < message.warning_n; i++) {
        amp_report_warn(&report, message.warning[i]);
    }
    if (message.eido_n > 1 || eido->call_n > 1) {
        amp_report_warn(&report, AMP_STR("the message has several calls; this is the first"));
    }
    amp_eido_report(eido, arena, &report);
    words_put(eido, arena, &report);
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = report;
    return AMP_OK;
}
