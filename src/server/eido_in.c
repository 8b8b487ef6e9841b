/* A partner's EIDO as a command. */
#include "base/crypto.h"
#include "intake/intake.h"
#include "response/plan.h"
#include "server/api.h"
#include "server/exchange.h"
#include "server/uid.h"
#include <stdio.h>
#include <string.h>

enum {
    HASH_BYTES = 16
};

/* A line of the model: no control characters, cut between characters. */
static struct amp_str line_of(struct amp_arena *arena, struct amp_str text)
{
    struct amp_report scratch = {0};
    amp_report_place(&scratch, arena, text);
    return scratch.f.place;
}

/* Ids of components are for ever where they are names of the world; a sender that numbers its notes
 * anew in each message is known by what they say. */
static struct amp_str note_name(struct amp_arena *arena, const struct amp_eido_note *note)
{
    uint8_t hash[AMP_SHA256];
    if (amp_str_starts(note->id, AMP_STR("urn:")) && note->id.len <= AMP_LINE_MAX) {
        return line_of(arena, note->id);
    }
    struct amp_str both = amp_arena_printf(arena, "%.*s %.*s", (int)note->time.len, note->time.ptr,
                                           (int)note->text.len, note->text.ptr);
    struct amp_buf hex = amp_buf_make(AMP_KEY_MAX);
    amp_sha256(both.ptr, both.len, hash);
    amp_buf_text(&hex, "note-");
    amp_hex_put(&hex, hash, HASH_BYTES);
    struct amp_str name = amp_arena_str(arena, amp_buf_view(&hex));
    amp_buf_free(&hex);
    return name;
}

static void notes_read(struct amp_arena *arena, const struct amp_eido *eido,
                       struct amp_exchange *out)
{
    struct amp_exchange_note *note = amp_arena_array(arena, eido->note_n + 1, sizeof *note);
    for (size_t i = 0; note != NULL && i < eido->note_n && out->note_n < AMP_REPORT_NOTES_MAX;
         i++) {
        struct amp_report scratch = {0};
        amp_report_words(&scratch, arena, eido->note[i].text);
        if (scratch.f.words.len > 0) {
            note[out->note_n++] =
                (struct amp_exchange_note){note_name(arena, &eido->note[i]), scratch.f.words};
        }
    }
    out->note = note;
}

static void units_read(struct amp_arena *arena, const struct amp_eido *eido,
                       struct amp_exchange *out)
{
    struct amp_exchange_unit *unit = amp_arena_array(arena, eido->resource_n + 1, sizeof *unit);
    for (size_t i = 0; unit != NULL && i < eido->resource_n && out->unit_n < AMP_LINK_UNITS_MAX;
         i++) {
        const struct amp_eido_resource *resource = &eido->resource[i];
        struct amp_str name =
            line_of(arena, resource->name.len > 0 ? resource->name : resource->id);
        if (name.len > 0 && resource->known) {
            unit[out->unit_n++] = (struct amp_exchange_unit){name, resource->status};
        }
    }
    out->unit = unit;
}

/* Our own word for the type, if the partner says one that we know, or what the plans say that its
 * value of NENA's registry is; else it is left to the desk. */
static void triage_read(const struct amp_server *server, const struct amp_eido_incident *incident,
                        struct amp_fields *f)
{
    const struct amp_str words[] = {incident->type_internal, incident->type};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((f->has & AMP_HAS(TYPE)) == 0 && words[i].len > 0 && server->config.plans != NULL &&
            amp_plan_for(server->config.plans, words[i], 0) != NULL) {
            f->type = words[i];
            f->has |= AMP_HAS(TYPE);
        }
    }
    const struct amp_plan *plan = (f->has & AMP_HAS(TYPE)) == 0 && server->config.plans != NULL
                                      ? amp_plan_of_eido(server->config.plans, incident->type)
                                      : NULL;
    if (plan != NULL) {
        f->type = plan->type;
        f->has |= AMP_HAS(TYPE);
    }
    if (incident->priority >= 1 && incident->priority <= AMP_PRIORITY_MAX) {
        f->priority = incident->priority;
        f->has |= AMP_HAS(PRIORITY);
    }
}

/* What the sender says of the transfer, in the address it was sent to. */
static amp_err transfer_read(const struct amp_job *job, struct amp_fields *f, struct amp_why *why)
{
    struct amp_str transfer = amp_api_query(job, "transfer"), offer = amp_api_query(job, "offer");
    if (transfer.len > 0) {
        bool known = amp_str_is(transfer, "offered") || amp_str_is(transfer, "accepted") ||
                     amp_str_is(transfer, "refused") || amp_str_is(transfer, "none");
        if (!known) {
            return amp_fail(why, AMP_E_RANGE,
                            "transfer must be offered, accepted, refused or none");
        }
        f->outcome = transfer;
        f->has |= AMP_HAS(OUTCOME);
    }
    if (offer.len > 0) {
        if (amp_str_i64(offer, &f->fix_time) != AMP_OK || f->fix_time <= 0) {
            return amp_fail(why, AMP_E_RANGE, "offer must be a time in microseconds");
        }
        f->has |= AMP_HAS(FIX_TIME);
    }
    return AMP_OK;
}

amp_err amp_eido_command(struct amp_server *server, struct amp_job *job,
                         const struct amp_partner *partner, const struct amp_eido *eido,
                         struct amp_why *why)
{
    struct amp_arena *arena = &job->arena;
    struct amp_report report = {0};
    struct amp_exchange *exchange = amp_arena_alloc(arena, sizeof *exchange);
    if (exchange == NULL) {
        return AMP_E_NOMEM;
    }
    if (eido->id.len > AMP_LINE_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "the id of the incident is longer than %d bytes",
                        AMP_LINE_MAX);
    }
    *exchange = (struct amp_exchange){.note_n = 0};
    amp_eido_report(eido, arena, &report);
    struct amp_fields *f = &job->command.f;
    *f = report.f;
    f->has &= AMP_HAS(NUMBER) | AMP_HAS(POS) | AMP_HAS(RADIUS_M) | AMP_HAS(CONFIDENCE_PCT) |
              AMP_HAS(SOURCE) | AMP_HAS(PLACE);
    f->partner = amp_str_of(partner->name);
    f->label = line_of(arena, eido->id);
    f->has |= AMP_HAS(PARTNER) | AMP_HAS(LABEL);
    if (amp_uid_is_ours(server, eido->id, &f->incident)) {
        f->has |= AMP_HAS(INCIDENT);
    }
    if (eido->incident != NULL) {
        triage_read(server, eido->incident, f);
        exchange->status = eido->incident->status.n > 0
                               ? line_of(arena, eido->incident->status.item[0])
                               : (struct amp_str){0};
    }
    notes_read(arena, eido, exchange);
    units_read(arena, eido, exchange);
    job->command.kind = AMP_CMD_TAKE_EXCHANGE;
    job->command.exchange = exchange;
    amp_err err = amp_arena_failed(arena) ? AMP_E_NOMEM : transfer_read(job, f, why);
    if (err == AMP_OK && amp_str_is(f->outcome, "refused") && exchange->note_n > 0) {
        f->reason = line_of(arena, exchange->note[0].text);
        f->has |= f->reason.len > 0 ? AMP_HAS(REASON) : 0;
    }
    return err;
}
