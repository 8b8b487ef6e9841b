/*
 * decide: an incident offered to a partner centre, the answers, and what partners tell.
 *
 * What a partner says never changes what we say of the incident ourselves: its notes, its state
 * and its crews stand beside ours. One message is taken as often as it comes, and changes nothing
 * from the second time on.
 */
#include "base/timefmt.h"
#include "model/field.h"
#include "response/rules.h"

static struct amp_event *link_emit(struct amp_deciding *d, enum amp_event_kind kind)
{
    struct amp_event *event = amp_emit(d, kind);
    event->f.incident = d->out.incident;
    event->f.partner = d->command->f.partner;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(PARTNER);
    return event;
}

static amp_err links_room(struct amp_deciding *d, const struct amp_incident *incident)
{
    if (incident->link_n >= AMP_LINKS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "I-%u has %d partner centres, the most there can be",
                        incident->id.n, AMP_LINKS_MAX);
    }
    return AMP_OK;
}

amp_err amp_rule_offer_transfer(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_open(d, f->incident, &incident);
    if (err) {
        return err;
    }
    const struct amp_link *link = amp_incident_link(incident, f->partner);
    if (!link) {
        err = links_room(d, incident);
    } else if (link->transfer == AMP_TRANSFER_OFFERED) {
        err = amp_fail(d->why, AMP_E_CONFLICT,
                       link->outward ? "I-%u is offered to %s already"
                                     : "%2$s offers I-%1$u to us; answer that first",
                       incident->id.n, link->partner);
    }
    if (err) {
        return err;
    }
    int64_t last_us = link ? link->offer_us : 0;
    struct amp_event *event = link_emit(d, AMP_EV_TRANSFER_OFFERED);
    event->f.fix_time = d->command->time_us > last_us ? d->command->time_us : last_us + 1;
    event->f.has |= AMP_HAS(FIX_TIME);
    amp_fields_take(&event->f, f, AMP_HAS(REASON));
    return AMP_OK;
}

/* The partner's link with an offer that stands, in this direction. */
static amp_err need_offer(struct amp_deciding *d, bool outward)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_incident(d, f->incident, &incident);
    err = err ? err : amp_need_data(d, incident);
    if (err) {
        return err;
    }
    const struct amp_link *link = amp_incident_link(incident, f->partner);
    if (!link || link->outward != outward || link->transfer != AMP_TRANSFER_OFFERED) {
        return amp_fail(d->why, AMP_E_CONFLICT, "no offer of I-%u %s %.*s stands", incident->id.n,
                        outward ? "to" : "by", (int)f->partner.len, f->partner.ptr);
    }
    return AMP_OK;
}

amp_err amp_rule_answer_transfer(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    bool accepted = amp_str_is(f->outcome, "accepted");
    if (!accepted && !amp_str_is(f->outcome, "refused")) {
        return amp_fail(d->why, AMP_E_RANGE, "\"outcome\" must be accepted or refused");
    }
    amp_err err = need_offer(d, false);
    if (!err) {
        struct amp_event *event =
            link_emit(d, accepted ? AMP_EV_TRANSFER_ACCEPTED : AMP_EV_TRANSFER_REFUSED);
        amp_fields_take(&event->f, f, accepted ? 0 : AMP_HAS(REASON));
    }
    return err;
}

amp_err amp_rule_fail_transfer(struct amp_deciding *d)
{
    amp_err err = need_offer(d, true);
    if (!err) {
        struct amp_event *event = link_emit(d, AMP_EV_TRANSFER_FAILED);
        amp_fields_take(&event->f, &d->command->f, AMP_HAS(LABEL));
    }
    return err;
}

/* An incident that we do not know yet. */
static amp_err incident_open(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_state *state = d->state;
    struct amp_fields triage = {0};
    if (state->incident_n >= AMP_INCIDENTS_MAX || state->call_n >= AMP_CALLS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "there are as many incidents or calls as there can be");
    }
    amp_err err = amp_triage_take(d, NULL, &triage);
    if (err) {
        return err;
    }
    d->out.incident = (struct amp_incident_id){(uint32_t)state->incident_n + 1};
    struct amp_event *opened = amp_emit(d, AMP_EV_INCIDENT_OPENED);
    opened->f.incident = d->out.incident;
    opened->f.has = AMP_HAS(INCIDENT);
    amp_fields_take(&opened->f, f, AMP_HAS(PLACE));
    amp_fields_take(&opened->f, &triage, AMP_HAS(TYPE) | AMP_HAS(PRIORITY));
    amp_where_take(d, &opened->f);
    if (f->has & AMP_HAS(NUMBER)) {
        d->out.call = (struct amp_call_id){(uint32_t)state->call_n + 1};
        opened->f.call = d->out.call;
        opened->f.has |= AMP_HAS(CALL);
        struct amp_event *call = amp_emit(d, AMP_EV_CALL_RECEIVED);
        call->f.incident = d->out.incident;
        call->f.call = d->out.call;
        call->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL);
        amp_fields_take(&call->f, f, AMP_HAS(NUMBER));
        amp_where_take(d, &call->f);
    }
    return AMP_OK;
}

static amp_err offer_receive(struct amp_deciding *d, const struct amp_incident *incident,
                             const struct amp_link *link, int64_t offer_us)
{
    const struct amp_fields *f = &d->command->f;
    amp_err err = incident && !link ? links_room(d, incident) : AMP_OK;
    if (err) {
        return err;
    }
    if (incident && incident->state == AMP_INCIDENT_CLOSED) { /* people have to look at it */
        struct amp_event *again = amp_emit(d, AMP_EV_INCIDENT_REOPENED);
        again->f.incident = incident->id;
        again->f.has = AMP_HAS(INCIDENT);
    }
    struct amp_event *event = link_emit(d, AMP_EV_TRANSFER_RECEIVED);
    event->f.fix_time = offer_us;
    event->f.has |= AMP_HAS(FIX_TIME);
    amp_fields_take(&event->f, f, AMP_HAS(REASON));
    if (!link && !(f->has & AMP_HAS(INCIDENT))) { /* else it goes by our own number */
        amp_fields_take(&event->f, f, AMP_HAS(LABEL));
    }
    return AMP_OK;
}

/* What the message makes of the transfer; `live`: what else it says is taken. */
static amp_err transfer_take(struct amp_deciding *d, const struct amp_incident *incident,
                             const struct amp_link *link, bool *live)
{
    const struct amp_fields *f = &d->command->f;
    int64_t offer_us = f->has & AMP_HAS(FIX_TIME) ? f->fix_time : d->command->time_us;
    bool offers = f->has & AMP_HAS(OUTCOME) ? amp_str_is(f->outcome, "offered") : !link;
    bool ours_stands = link && link->outward && link->transfer == AMP_TRANSFER_OFFERED;
    *live = link && (link->transfer == AMP_TRANSFER_ACCEPTED ||
                     (!link->outward && link->transfer == AMP_TRANSFER_OFFERED));
    if (offers && (!link || (offer_us > link->offer_us && !ours_stands))) {
        *live = true;
        return offer_receive(d, incident, link, offer_us);
    }
    if (!link) {
        return amp_fail(d->why, AMP_E_CONFLICT, "the incident was never offered to %.*s",
                        (int)f->partner.len, f->partner.ptr);
    }
    bool accepted = amp_str_is(f->outcome, "accepted");
    if (ours_stands && offer_us == link->offer_us &&
        (accepted || amp_str_is(f->outcome, "refused"))) {
        struct amp_event *event =
            link_emit(d, accepted ? AMP_EV_TRANSFER_ACCEPTED : AMP_EV_TRANSFER_REFUSED);
        amp_fields_take(&event->f, f, accepted ? 0 : AMP_HAS(REASON));
        *live = accepted;
    }
    return AMP_OK;
}

static bool note_said_before(const struct amp_exchange *exchange, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (amp_str_eq(exchange->note[k].name, exchange->note[i].name)) {
            return true;
        }
    }
    return false;
}

static void notes_take(struct amp_deciding *d, const struct amp_incident *incident,
                       const struct amp_link *link, const struct amp_exchange *exchange)
{
    size_t notes = link ? link->note_n : 0;
    size_t entries = incident ? incident->entry_n : 0;
    for (size_t i = 0; i < exchange->note_n; i++) {
        const struct amp_exchange_note *note = &exchange->note[i];
        bool known =
            (link && amp_link_note_known(link, note->name)) || note_said_before(exchange, i);
        if (known || notes >= AMP_LINK_NOTES_MAX || entries >= AMP_ENTRIES_MAX) {
            continue;
        }
        struct amp_event *event = link_emit(d, AMP_EV_PARTNER_NOTE);
        event->f.label = note->name;
        event->f.text = note->text;
        event->f.has |= AMP_HAS(LABEL) | AMP_HAS(TEXT);
        notes++;
        entries++;
    }
}

static const struct amp_exchange_unit *unit_said(const struct amp_exchange *exchange, size_t n,
                                                 struct amp_str name)
{
    for (size_t i = 0; i < n; i++) {
        if (amp_str_eq(exchange->unit[i].name, name)) {
            return &exchange->unit[i];
        }
    }
    return NULL;
}

static void unit_emit(struct amp_deciding *d, struct amp_str name, enum amp_unit_status status)
{
    struct amp_event *event = link_emit(d, AMP_EV_PARTNER_UNIT);
    event->f.label = name;
    event->f.status = status;
    event->f.has |= AMP_HAS(LABEL) | AMP_HAS(STATUS);
}

/* The message names all that are there: those that it does not name have left. */
static void units_take(struct amp_deciding *d, const struct amp_link *link,
                       const struct amp_exchange *exchange)
{
    size_t there = link ? link->unit_n : 0;
    for (size_t i = 0; link && i < link->unit_n; i++) {
        struct amp_str name = amp_str_of(link->unit[i].name);
        if (!unit_said(exchange, exchange->unit_n, name)) {
            unit_emit(d, name, AMP_UNIT_AVAILABLE);
            there--;
        }
    }
    for (size_t i = 0; i < exchange->unit_n; i++) {
        const struct amp_exchange_unit *unit = &exchange->unit[i];
        const struct amp_partner_unit *known = link ? amp_link_unit(link, unit->name) : NULL;
        bool leaves = unit->status == AMP_UNIT_AVAILABLE;
        bool says = known ? known->status != unit->status : !leaves && there < AMP_LINK_UNITS_MAX;
        if (says && !unit_said(exchange, i, unit->name)) {
            unit_emit(d, unit->name, unit->status);
            there += known == NULL;
        }
    }
}

static void state_take(struct amp_deciding *d, const struct amp_link *link, struct amp_str status)
{
    if (status.len && !(link && link->status && amp_str_is(status, link->status))) {
        struct amp_event *event = link_emit(d, AMP_EV_PARTNER_STATE);
        event->f.label = status;
        event->f.has |= AMP_HAS(LABEL);
    }
}

/* Which of ours it is: by our own number, or by what the partner calls it; NULL: none yet. */
static amp_err incident_find(struct amp_deciding *d, const struct amp_incident **out)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    if (!(f->has & AMP_HAS(INCIDENT))) {
        *out = amp_state_tracked(d->state, f->label);
    } else {
        amp_err err = amp_need_incident(d, f->incident, &incident);
        while (!err && incident->into.n) {
            err = amp_need_incident(d, incident->into, &incident);
        }
        if (err) {
            return err;
        }
        *out = incident;
    }
    if (*out) {
        d->out.incident = (*out)->id;
        return amp_need_data(d, *out);
    }
    return AMP_OK;
}

amp_err amp_rule_take_exchange(struct amp_deciding *d)
{
    const struct amp_exchange none = {0};
    const struct amp_exchange *exchange = d->command->exchange ? d->command->exchange : &none;
    const struct amp_incident *incident = NULL;
    bool live = false;
    amp_err err = incident_find(d, &incident);
    if (err) {
        return err;
    }
    const struct amp_link *link =
        incident ? amp_incident_link(incident, d->command->f.partner) : NULL;
    if (!incident) {
        err = incident_open(d);
    }
    err = err ? err : transfer_take(d, incident, link, &live);
    if (!err && live) {
        notes_take(d, incident, link, exchange);
        state_take(d, link, exchange->status);
        units_take(d, link, exchange);
    }
    return err;
}
