/*
 * decide: what a telephone system tells of a call, from its first ring to its end.
 *
 * Telephone systems repeat themselves, and their messages overtake each other. So what is known
 * already changes nothing and is no mistake: a call that rings again, is answered twice, or ends
 * after it ended. Which call is meant was found by the server (`call`); without one it is new.
 *
 * Words of a call that is known are news of it: a car reports again, a sensor corrects itself. They
 * become a note of its incident, whose text is sealed as the words of the call are.
 */
#include "model/field.h"
#include "response/rules.h"

void amp_call_back_ring(struct amp_deciding *d, struct amp_incident_id incident)
{
    struct amp_event *event = amp_emit(d, AMP_EV_ALARM_RAISED);
    event->f.incident = incident;
    event->f.alarm = AMP_STR(AMP_ALARM_ABANDONED);
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(ALARM);
}

static void goes_on(struct amp_deciding *d, const struct amp_call *call, bool erased,
                    enum amp_call_state state)
{
    bool unknown = !erased && call->ref == NULL;
    bool answered = call->state == AMP_CALL_OPEN && state == AMP_CALL_RINGING && !unknown;
    if (amp_call_is_over(call->state) || answered || (call->state == state && !unknown)) {
        return;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_CALL_LINE);
    event->f.incident = call->incident;
    event->f.call = call->id;
    event->f.line = amp_str_of(amp_call_line_name(state));
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(LINE);
    if (unknown) {
        amp_field_set named = call->tracking ? AMP_HAS(TRACKING) : 0;
        amp_fields_take(&event->f, &d->command->f, AMP_CALL_NAMES & ~named);
    }
}

static void is_over(struct amp_deciding *d, const struct amp_call *call,
                    const struct amp_incident *incident, enum amp_call_state state)
{
    if (!amp_call_may(call->state, state)) {
        return;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_CALL_ENDED);
    event->f.incident = call->incident;
    event->f.call = call->id;
    event->f.line = amp_str_of(amp_call_line_name(state));
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(LINE);
    if (!incident->erased_us) {
        amp_fields_take(&event->f, &d->command->f, AMP_HAS(REASON));
    }
    if (state == AMP_CALL_ABANDONED && incident->state != AMP_INCIDENT_CLOSED && !incident->alarm) {
        amp_call_back_ring(d, incident->id);
    }
}

static void news_note(struct amp_deciding *d, const struct amp_call *call,
                      const struct amp_incident *incident)
{
    const struct amp_fields *f = &d->command->f;
    bool known = call->words != NULL && amp_str_is(f->words, call->words);
    if (!(f->has & AMP_HAS(WORDS)) || known || incident->erased_us ||
        incident->entry_n >= AMP_ENTRIES_MAX) {
        return;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_NOTE_ADDED);
    event->f.incident = incident->id;
    event->f.text = f->words;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(TEXT);
}

amp_err amp_rule_follow_call(struct amp_deciding *d)
{
    enum amp_call_state state = AMP_CALL_OPEN;
    const struct amp_call *call = NULL;
    const struct amp_incident *incident = NULL;
    if (amp_call_line_of(d->command->f.line, &state) != AMP_OK) {
        return amp_fail(d->why, AMP_E_RANGE,
                        "\"line\" is ringing, answered, ended, abandoned or transferred");
    }
    if (!(d->command->f.has & AMP_HAS(CALL))) {
        return amp_call_is_over(state)
                   ? amp_fail(d->why, AMP_E_NOT_FOUND, "the call that is over was not known here")
                   : amp_rule_take_call(d);
    }
    amp_err err = amp_need_call(d, &call);
    err = err ? err : amp_need_incident(d, call->incident, &incident);
    bool open = err == AMP_OK && incident->state != AMP_INCIDENT_CLOSED;
    if (err == AMP_OK && !incident->erased_us && (d->command->f.has & AMP_HAS(POS))) {
        err = amp_rule_locate_call(d);
    } else if (open) {
        const struct amp_fields nowhere = {0};
        amp_incident_place_by(d, incident, &nowhere, AMP_HAS(PLACE));
    }
    if (err) {
        return err;
    }
    news_note(d, call, incident);
    if (amp_call_is_over(state)) {
        is_over(d, call, incident, state);
    } else {
        goes_on(d, call, incident->erased_us != 0, state);
    }
    return AMP_OK;
}
