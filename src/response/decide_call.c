/* decide: taking, locating and ending a call for help. */
#include "model/field.h"
#include "response/rules.h"

#define CALLER (AMP_HAS(NUMBER) | AMP_HAS(NAME) | AMP_HAS(WORDS) | AMP_HAS(DEVICE))
#define TRIAGE (AMP_HAS(TYPE) | AMP_HAS(PRIORITY))

static void call_emit(struct amp_deciding *d, struct amp_incident_id incident)
{
    struct amp_event *event = amp_emit(d, AMP_EV_CALL_RECEIVED);
    event->f.incident = incident;
    event->f.call = d->out.call;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL);
    amp_fields_take(&event->f, &d->command->f, CALLER | AMP_CALL_NAMES | AMP_HAS(LINE));
    amp_where_take(d, &event->f);
}

static amp_err call_new_incident(struct amp_deciding *d)
{
    if (d->state->incident_n >= AMP_INCIDENTS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d incidents, the most there can be",
                        AMP_INCIDENTS_MAX);
    }
    struct amp_fields triage = {0};
    const struct amp_agency *agency = NULL;
    amp_err err = amp_triage_take(d, NULL, &triage);
    err = err ? err : amp_need_agency(d, false, &agency);
    if (err) {
        return err;
    }
    d->out.incident = (struct amp_incident_id){(uint32_t)d->state->incident_n + 1};
    struct amp_event *event = amp_emit(d, AMP_EV_INCIDENT_OPENED);
    event->f.incident = d->out.incident;
    event->f.call = d->out.call;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(PLACE) | AMP_HAS(AGENCY));
    amp_fields_take(&event->f, &triage, TRIAGE);
    amp_where_take(d, &event->f);
    call_emit(d, d->out.incident);
    amp_emit_note(d, d->out.incident);
    return AMP_OK;
}

/* A caller's position moves the incident by the rule; words for the place always count. */
void amp_incident_place_by(struct amp_deciding *d, const struct amp_incident *incident,
                           const struct amp_fields *where, amp_field_set place)
{
    bool moves = (where->has & AMP_HAS(POS)) && amp_place_moves(&incident->where, where);
    place &= d->command->f.has;
    if (!moves && !place) {
        return;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_INCIDENT_PLACED);
    event->f.incident = incident->id;
    event->f.call = d->out.call;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL);
    amp_fields_take(&event->f, &d->command->f, place);
    if (moves) {
        amp_fields_take(&event->f, where, where->has);
    }
}

static amp_err call_old_incident(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    struct amp_fields triage = {0};
    amp_err err = amp_need_open(d, d->command->f.incident, &incident);
    err = err ? err : amp_triage_take(d, incident, &triage);
    if (err) {
        return err;
    }
    if (incident->call_n >= AMP_CALLS_PER_INCIDENT_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "I-%u has %d calls, the most it can have; open another and merge later",
                        incident->id.n, AMP_CALLS_PER_INCIDENT_MAX);
    }
    call_emit(d, incident->id);
    if (triage.has) {
        struct amp_event *event = amp_emit(d, AMP_EV_INCIDENT_TRIAGED);
        event->f = triage;
        event->f.incident = incident->id;
        event->f.has |= AMP_HAS(INCIDENT);
    }
    struct amp_fields where = {0};
    amp_where_take(d, &where);
    amp_incident_place_by(d, incident, &where, AMP_HAS(PLACE));
    amp_emit_note(d, incident->id);
    return AMP_OK;
}

amp_err amp_rule_take_call(struct amp_deciding *d)
{
    if (d->state->call_n >= AMP_CALLS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d calls, the most there can be",
                        AMP_CALLS_MAX);
    }
    d->out.call = (struct amp_call_id){(uint32_t)d->state->call_n + 1};
    bool named = (d->command->f.has & AMP_HAS(INCIDENT)) != 0;
    return named ? call_old_incident(d) : call_new_incident(d);
}

amp_err amp_rule_locate_call(struct amp_deciding *d)
{
    const struct amp_call *call = NULL;
    amp_err err = amp_need_call(d, &call);
    if (err) {
        return err;
    }
    const struct amp_incident *incident = NULL;
    err = amp_need_incident(d, call->incident, &incident);
    err = err ? err : amp_need_data(d, incident);
    if (!err && d->command->f.has & AMP_HAS(LINK)) {
        const struct amp_invite *link = NULL;
        err = amp_need_link(d, AMP_LINK_POSITION, &link);
        if (!err && link->call.n != call->id.n) {
            err = amp_fail(d->why, AMP_E_CONFLICT, "the link is of another call");
        }
    }
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_CALL_LOCATED);
    if (!(d->command->f.has & AMP_HAS(SOURCE))) {
        event->f.source = AMP_STR("device"); /* a person would say "place" */
        event->f.has = AMP_HAS(SOURCE);
    }
    amp_where_take(d, &event->f);
    if (!(event->f.has & AMP_HAS(FIX_TIME))) {
        event->f.fix_time = d->command->time_us;
        event->f.has |= AMP_HAS(FIX_TIME);
    }
    struct amp_fields where = event->f;
    event->f.incident = call->incident;
    event->f.call = call->id;
    event->f.has |= AMP_HAS(INCIDENT) | AMP_HAS(CALL);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(LINK));
    if (incident->state != AMP_INCIDENT_CLOSED) {
        amp_incident_place_by(d, incident, &where, AMP_HAS(PLACE));
    }
    return AMP_OK;
}

amp_err amp_rule_end_call(struct amp_deciding *d)
{
    const struct amp_call *call = NULL;
    amp_err err = amp_need_call(d, &call);
    if (err) {
        return err;
    }
    if (amp_call_is_over(call->state)) {
        return amp_fail(d->why, AMP_E_CONFLICT, "C-%u has ended already", call->id.n);
    }
    const struct amp_incident *incident = amp_state_incident(d->state, call->incident);
    if (incident && incident->erased_us && (d->command->f.has & AMP_HAS(REASON))) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "the personal data of I-%u were erased; end C-%u without a reason",
                        incident->id.n, call->id.n);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_CALL_ENDED);
    event->f.incident = call->incident;
    event->f.call = call->id;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(REASON));
    return AMP_OK;
}
