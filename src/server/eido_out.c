/* Our incident as an EIDO. */
#include "intake/intake.h"
#include "server/exchange.h"
#include "server/inside.h"
#include "server/uid.h"
#include <string.h>

struct amp_str amp_eido_name(const struct amp_server *server, const struct amp_incident *incident,
                             const struct amp_link *link, struct amp_arena *arena)
{
    if (link != NULL && link->tracking != NULL) {
        return amp_str_of(link->tracking);
    }
    return amp_uid_incident(server, link != NULL ? link->as : incident->id, arena);
}

static bool is_told(const struct amp_entry *entry, bool bare)
{
    bool told = bare ? entry->kind == AMP_EV_TRANSFER_REFUSED
                     : entry->kind == AMP_EV_NOTE_ADDED || entry->kind == AMP_EV_TRANSFER_OFFERED;
    return told && entry->text != NULL;
}

/* What callers said, when there is room. */
static size_t words_gather(const struct amp_server *server, const struct amp_incident *incident,
                           struct amp_arena *arena, struct amp_eido_out_note *note, size_t n,
                           size_t most)
{
    for (size_t i = incident->call_n; i-- > 0 && n < most;) {
        const struct amp_call *call = amp_state_call(&server->state, incident->call[i]);
        if (call != NULL && call->words != NULL) {
            note[n++] = (struct amp_eido_out_note){
                .id = amp_arena_printf(arena, "urn:emergency:uid:noteid:C-%u:%s",
                                       (unsigned)call->id.n, amp_uid_domain(server)),
                .text = amp_str_of(call->words),
                .time_us = call->received_us};
        }
    }
    return n;
}

/* From the newest of ours; at most `most`. bare: why it was refused. */
static size_t notes_gather(const struct amp_server *server, const struct amp_incident *incident,
                           struct amp_arena *arena, struct amp_eido_out_note *note, size_t most,
                           bool bare)
{
    size_t n = 0;
    for (size_t i = incident->entry_n; i-- > 0 && n < most;) {
        const struct amp_entry *entry = &incident->entry[i];
        if (is_told(entry, bare)) {
            note[n++] = (struct amp_eido_out_note){
                .id = amp_arena_printf(arena, "urn:emergency:uid:noteid:%llu:%s",
                                       (unsigned long long)entry->seq, amp_uid_domain(server)),
                .text = amp_str_of(entry->text),
                .time_us = entry->time_us};
        }
    }
    n = bare ? n : words_gather(server, incident, arena, note, n, most);
    for (size_t i = 0; i < n / 2; i++) {
        struct amp_eido_out_note one = note[i];
        note[i] = note[n - 1 - i];
        note[n - 1 - i] = one;
    }
    return n;
}

static size_t units_gather(const struct amp_server *server, const struct amp_incident *incident,
                           struct amp_eido_out_unit *unit)
{
    for (size_t i = 0; i < incident->slot_n; i++) {
        const struct amp_unit *each = amp_state_unit_at(&server->state, incident->slot[i].unit);
        unit[i] = (struct amp_eido_out_unit){amp_str_of(each->call_sign), amp_str_of(each->kind),
                                             each->status};
    }
    return incident->slot_n;
}

static void call_take(const struct amp_server *server, const struct amp_incident *incident,
                      struct amp_arena *arena, struct amp_eido_out *eido)
{
    const struct amp_call *call =
        incident->call_n > 0 ? amp_state_call(&server->state, incident->call[0]) : NULL;
    if (call == NULL) {
        return;
    }
    char number[AMP_LINE_MAX + 1];
    amp_number_plain(amp_str_of(call->number), number);
    eido->call_id = amp_uid_call(server, call->id, arena);
    eido->number = amp_arena_str(arena, amp_str_of(number));
    eido->call_time_us = call->received_us;
    eido->call_ended = call->state == AMP_CALL_ENDED;
}

/* The type in NENA's registry as the plans say it; our own word where they do not. */
static struct amp_str type_of(const struct amp_server *server, const struct amp_incident *incident)
{
    struct amp_str type = amp_str_of(incident->type != NULL ? incident->type : "unknown");
    const struct amp_plan *plan =
        server->config.plans != NULL ? amp_plan_for(server->config.plans, type, 0) : NULL;
    return plan != NULL && plan->eido.len > 0 ? plan->eido : type;
}

static struct amp_eido_out head_of(const struct amp_server *server,
                                   const struct amp_incident *incident, const struct amp_link *link,
                                   struct amp_arena *arena)
{
    struct amp_str centre = amp_str_of(amp_uid_domain(server));
    return (struct amp_eido_out){
        .id = amp_eido_name(server, incident, link, arena),
        .issuer = centre,
        .agency = centre,
        .agent = amp_arena_printf(arena, "desk@%.*s", (int)centre.len, centre.ptr),
        .time_us = server->now_us,
        .type = type_of(server, incident),
        .type_internal = amp_str_of(incident->type),
        .state = incident->state,
        .priority = incident->priority};
}

amp_err amp_eido_of(const struct amp_server *server, const struct amp_incident *incident,
                    const struct amp_link *link, bool bare, struct amp_arena *arena,
                    struct amp_buf *out, struct amp_why *why)
{
    struct amp_eido_out_note *note = amp_arena_array(arena, AMP_REPORT_NOTES_MAX, sizeof *note);
    struct amp_eido_out_unit *unit = amp_arena_array(arena, AMP_SLOTS_MAX, sizeof *unit);
    if (note == NULL || unit == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_eido_out eido = head_of(server, incident, link, arena);
    size_t most = AMP_REPORT_NOTES_MAX;
    if (!bare) {
        call_take(server, incident, arena, &eido);
        eido.located = incident->where.known;
        eido.pos = incident->where.pos;
        eido.radius_m = incident->where.radius_m > 0 ? (double)incident->where.radius_m : 0;
        eido.place = amp_str_of(incident->place);
        eido.unit = unit;
        eido.unit_n = units_gather(server, incident, unit);
    }
    amp_err err = AMP_E_LIMIT;
    eido.note = note;
    while (err == AMP_E_LIMIT && most > 0) {
        eido.note_n = notes_gather(server, incident, arena, note, bare ? 1 : most, bare);
        err = amp_eido_write(&eido, arena, out, why);
        most /= 2;
    }
    return err;
}
