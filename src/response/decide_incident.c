/* decide: opening, triage, place, notes, closing, reopening, merging, alarms of an incident. */
#include "model/field.h"
#include "response/rules.h"
#include <string.h>

#define TRIAGE (AMP_HAS(TYPE) | AMP_HAS(PRIORITY))

amp_err amp_triage_take(struct amp_deciding *d, const struct amp_incident *incident,
                        struct amp_fields *to)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_plan *plan = NULL;
    if (f->has & AMP_HAS(TYPE) && d->plans) {
        plan = amp_plan_for(d->plans, f->type, 0);
        if (!plan) {
            return amp_fail(d->why, AMP_E_RANGE,
                            "the plans know no type of incident called \"%.*s\"", (int)f->type.len,
                            f->type.ptr);
        }
    }
    amp_fields_take(to, f, TRIAGE);
    bool same = plan && incident && incident->priority && incident->type &&
                amp_str_is(f->type, incident->type);
    if (plan && !same && !(f->has & AMP_HAS(PRIORITY))) {
        to->priority = plan->priority;
        to->has |= AMP_HAS(PRIORITY);
    }
    return AMP_OK;
}

amp_err amp_rule_open_incident(struct amp_deciding *d)
{
    if (d->state->incident_n >= AMP_INCIDENTS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d incidents, the most there can be",
                        AMP_INCIDENTS_MAX);
    }
    struct amp_fields fields = {.incident = {(uint32_t)d->state->incident_n + 1},
                                .has = AMP_HAS(INCIDENT)};
    const struct amp_agency *agency = NULL;
    amp_err err = amp_triage_take(d, NULL, &fields);
    err = err ? err : amp_need_agency(d, false, &agency);
    if (err) {
        return err;
    }
    amp_fields_take(&fields, &d->command->f, AMP_HAS(PLACE) | AMP_HAS(AGENCY));
    amp_where_take(d, &fields);
    amp_emit(d, AMP_EV_INCIDENT_OPENED)->f = fields;
    d->out.incident = fields.incident;
    return AMP_OK;
}

amp_err amp_rule_triage(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    struct amp_fields fields = {.incident = f->incident, .has = AMP_HAS(INCIDENT)};
    if (!(f->has & TRIAGE)) {
        return amp_fail(d->why, AMP_E_MISSING, "triage needs \"type\" or \"priority\"");
    }
    amp_err err = amp_need_open(d, f->incident, &incident);
    err = err ? err : amp_triage_take(d, incident, &fields);
    if (err) {
        return err;
    }
    amp_fields_take(&fields, f, AMP_HAS(REASON));
    amp_emit(d, AMP_EV_INCIDENT_TRIAGED)->f = fields;
    amp_emit_note(d, incident->id);
    return AMP_OK;
}

void amp_emit_note(struct amp_deciding *d, struct amp_incident_id incident)
{
    if (!(d->command->f.has & AMP_HAS(TEXT))) {
        return;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_NOTE_ADDED);
    event->f.incident = incident;
    event->f.has = AMP_HAS(INCIDENT);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(TEXT));
}

/* Up as far as somebody says; down only as a correction that says why. */
amp_err amp_rule_set_level(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_open(d, f->incident, &incident);
    if (err) {
        return err;
    }
    if (f->level == incident->level) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is at alarm level %d already", incident->id.n,
                        incident->level);
    }
    if (f->level < incident->level && !(amp_fields_present(f) & AMP_HAS(TEXT))) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "I-%u is at alarm level %d; to lower it, say why in \"text\"",
                        incident->id.n, incident->level);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_ALARM_LEVEL_SET);
    amp_fields_take(&event->f, f, AMP_HAS(INCIDENT) | AMP_HAS(LEVEL));
    amp_emit_note(d, incident->id);
    return AMP_OK;
}

amp_err amp_rule_place(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    if (!(f->has & (AMP_HAS(POS) | AMP_HAS(PLACE)))) {
        return amp_fail(d->why, AMP_E_MISSING, "place needs \"pos\" or \"place\"");
    }
    amp_err err = amp_need_open(d, f->incident, &incident);
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_INCIDENT_PLACED);
    amp_fields_take(&event->f, f, AMP_HAS(INCIDENT) | AMP_HAS(PLACE));
    amp_where_take(d, &event->f);
    return AMP_OK;
}

amp_err amp_rule_add_note(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    const struct amp_unit *unit = NULL;
    amp_err err = amp_need_incident(d, f->incident, &incident); /* a closed one takes notes, too */
    err = err ? err : amp_need_data(d, incident);
    if (!err && f->has & AMP_HAS(UNIT)) {
        err = amp_need_unit(d, &unit);
    }
    if (err) {
        return err;
    }
    if (incident->entry_n >= AMP_ENTRIES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "the timeline of I-%u has %zu lines; no more notes",
                        incident->id.n, incident->entry_n);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_NOTE_ADDED);
    amp_fields_take(&event->f, f, AMP_HAS(INCIDENT) | AMP_HAS(TEXT) | AMP_HAS(UNIT));
    return AMP_OK;
}

amp_err amp_rule_close(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_incident(d, f->incident, &incident);
    if (err) {
        return err;
    }
    if (incident->state == AMP_INCIDENT_CLOSED) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is closed already", incident->id.n);
    }
    amp_aid_end(d, incident);
    struct amp_str reason = amp_emit_line(d, "I-%u was closed", incident->id.n);
    for (size_t i = 0; i < incident->slot_n; i++) {
        const struct amp_unit *unit = amp_state_unit_at(d->state, incident->slot[i].unit);
        struct amp_event *event = amp_emit(d, AMP_EV_UNIT_RELEASED);
        event->f.incident = incident->id;
        event->f.unit = amp_str_of(unit->call_sign);
        event->f.status = AMP_UNIT_AVAILABLE;
        event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(UNIT) | AMP_HAS(STATUS);
        amp_emit_reason(event, reason);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_INCIDENT_CLOSED);
    amp_fields_take(&event->f, f,
                    AMP_HAS(INCIDENT) | AMP_HAS(OUTCOME) | AMP_HAS(TEXT) | AMP_HAS(REASON));
    return AMP_OK;
}

amp_err amp_rule_reopen(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_incident(d, f->incident, &incident);
    if (err) {
        return err;
    }
    if (incident->into.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u was merged into I-%u; reopen that one",
                        incident->id.n, incident->into.n);
    }
    if (incident->state != AMP_INCIDENT_CLOSED) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is open already", incident->id.n);
    }
    err = amp_need_data(d, incident);
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_INCIDENT_REOPENED);
    amp_fields_take(&event->f, f, AMP_HAS(INCIDENT) | AMP_HAS(REASON));
    return AMP_OK;
}

static amp_err merge_fits(struct amp_deciding *d, const struct amp_incident *from,
                          const struct amp_incident *into)
{
    if (from->slot_n + into->slot_n > AMP_SLOTS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "together they have more than %d units",
                        AMP_SLOTS_MAX);
    }
    if (from->call_n + into->call_n > AMP_CALLS_PER_INCIDENT_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "together they have more than %d calls",
                        AMP_CALLS_PER_INCIDENT_MAX);
    }
    if (amp_incident_erases(d->state, from->id, NULL, 0) +
            amp_incident_erases(d->state, into->id, NULL, 0) >
        AMP_MERGED_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "together they would be more than %d incidents",
                        AMP_MERGED_MAX);
    }
    if (from->entry_n + into->entry_n > AMP_ENTRIES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "together their timelines have more than %d lines",
                        AMP_ENTRIES_MAX);
    }
    return AMP_OK;
}

/* No cycle can come about: what goes into another is open before, and closed for ever after. */
amp_err amp_rule_merge(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *from = NULL;
    const struct amp_incident *into = NULL;
    amp_err err = amp_need_open(d, f->incident, &from);
    err = err ? err : amp_need_open(d, f->into, &into);
    if (err) {
        return err;
    }
    if (from == into) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u cannot be merged into itself", from->id.n);
    }
    err = merge_fits(d, from, into);
    if (err) {
        return err;
    }
    amp_aid_carry(d, from, into);
    struct amp_event *event = amp_emit(d, AMP_EV_INCIDENT_MERGED);
    amp_fields_take(&event->f, f, AMP_HAS(INCIDENT) | AMP_HAS(INTO) | AMP_HAS(REASON));
    return AMP_OK;
}

amp_err amp_rule_acknowledge_alarm(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_open(d, f->incident, &incident);
    if (err) {
        return err;
    }
    if (!incident->alarm) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u has no alarm to acknowledge", incident->id.n);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_ALARM_ACKNOWLEDGED);
    amp_fields_take(&event->f, f, AMP_HAS(INCIDENT) | AMP_HAS(REASON));
    event->f.alarm = amp_emit_line(d, "%s", incident->alarm);
    event->f.has |= AMP_HAS(ALARM);
    if (incident->alarm_unit) {
        event->f.unit = amp_emit_line(d, "%s", incident->alarm_unit);
        event->f.has |= AMP_HAS(UNIT);
    }
    return AMP_OK;
}
