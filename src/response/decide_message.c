/* decide: a caller's text, an answer to it, and what became of that. */
#include "base/timefmt.h"
#include "model/field.h"
#include "response/rules.h"

static amp_err room_check(struct amp_deciding *d)
{
    if (d->state->message_n >= AMP_MESSAGES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d texts, the most there can be",
                        AMP_MESSAGES_MAX);
    }
    d->out.message = (uint32_t)d->state->message_n + 1;
    return AMP_OK;
}

static void message_emit(struct amp_deciding *d, enum amp_event_kind kind)
{
    struct amp_event *event = amp_emit(d, kind);
    event->f.incident = d->out.incident;
    event->f.call = d->out.call;
    event->f.message = d->out.message;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(MESSAGE);
    amp_fields_take(&event->f, &d->command->f, amp_event_rows[kind].may | AMP_HAS(TEXT));
}

/* A number that nobody has written or called from lately. */
static amp_err conversation_open(struct amp_deciding *d, const struct amp_agency *agency)
{
    const struct amp_state *state = d->state;
    if (state->incident_n >= AMP_INCIDENTS_MAX || state->call_n >= AMP_CALLS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "there are as many incidents or calls as there can be");
    }
    d->out.incident = (struct amp_incident_id){(uint32_t)state->incident_n + 1};
    d->out.call = (struct amp_call_id){(uint32_t)state->call_n + 1};
    struct amp_event *opened = amp_emit(d, AMP_EV_INCIDENT_OPENED);
    opened->f.incident = d->out.incident;
    opened->f.call = d->out.call;
    opened->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL);
    if (agency) {
        amp_fields_take(&opened->f, &d->command->f, AMP_HAS(AGENCY));
    }
    struct amp_event *call = amp_emit(d, AMP_EV_CALL_RECEIVED);
    call->f.incident = d->out.incident;
    call->f.call = d->out.call;
    call->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL);
    amp_fields_take(&call->f, &d->command->f, AMP_HAS(NUMBER));
    return AMP_OK;
}

amp_err amp_rule_take_message(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_agency *agency = NULL;
    struct amp_part part = {0};
    amp_err err = room_check(d);
    err = err ? err : amp_need_agency(d, false, &agency);
    if (!err && f->has & AMP_HAS(PART) && amp_part_parse(f->part, &part)) {
        err = amp_fail(d->why, AMP_E_RANGE,
                       "\"part\" must be a reference, of how many and which: 42.3.1");
    }
    if (err) {
        return err;
    }
    uint64_t agencies = agency ? UINT64_C(1) << agency->id.n : UINT64_MAX;
    int64_t since_us = d->command->time_us - (int64_t)AMP_MESSAGE_JOIN_S * AMP_US_PER_S;
    const struct amp_call *call = amp_state_call_lately(d->state, f->number, since_us, agencies);
    if (call) {
        d->out.call = call->id;
        d->out.incident = call->incident;
    } else {
        err = conversation_open(d, agency);
    }
    if (!err) {
        message_emit(d, AMP_EV_MESSAGE_RECEIVED);
    }
    return err;
}

static bool is_answerable(const struct amp_call *call)
{
    char plain[AMP_LINE_MAX + 1];
    amp_number_plain(amp_str_of(call->number), plain);
    return plain[0] != '\0';
}

/* Of the calls that can be answered the one with the newest text; without texts the newest. */
static const struct amp_call *call_answered(const struct amp_state *state,
                                            const struct amp_incident *incident)
{
    const struct amp_call *best = NULL;
    for (size_t i = 0; i < incident->call_n; i++) {
        const struct amp_call *call = amp_state_call(state, incident->call[i]);
        if (call && is_answerable(call) && (!best || call->message >= best->message)) {
            best = call;
        }
    }
    return best;
}

amp_err amp_need_answerable(struct amp_deciding *d, const struct amp_call **out)
{
    const struct amp_incident *incident = NULL;
    const struct amp_call *call = NULL;
    amp_err err = amp_need_open(d, d->command->f.incident, &incident);
    if (!err && d->command->f.has & AMP_HAS(CALL)) {
        err = amp_need_call(d, &call);
    } else if (!err) {
        call = call_answered(d->state, incident);
    }
    if (err) {
        return err;
    }
    if (!call || !is_answerable(call) || call->incident.n != incident->id.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u has no such call with a number to write to",
                        incident->id.n);
    }
    if (incident->entry_n >= AMP_ENTRIES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "the timeline of I-%u is full", incident->id.n);
    }
    d->out.incident = incident->id;
    d->out.call = call->id;
    *out = call;
    return AMP_OK;
}

amp_err amp_rule_write_message(struct amp_deciding *d)
{
    const struct amp_call *call = NULL;
    amp_err err = room_check(d);
    err = err ? err : amp_need_answerable(d, &call);
    if (!err) {
        message_emit(d, AMP_EV_MESSAGE_QUEUED);
    }
    return err;
}

/* A report that comes twice, or late, changes nothing and is no error: its sender would go on. */
amp_err amp_rule_settle_message(struct amp_deciding *d)
{
    static const struct {
        const char *outcome;
        enum amp_message_state to;
        enum amp_event_kind kind;
    } rows[] = {{"sent", AMP_MESSAGE_SENT, AMP_EV_MESSAGE_SENT},
                {"delivered", AMP_MESSAGE_DELIVERED, AMP_EV_MESSAGE_DELIVERED},
                {"failed", AMP_MESSAGE_FAILED, AMP_EV_MESSAGE_FAILED}};
    const struct amp_fields *f = &d->command->f;
    const struct amp_sms *message = amp_state_message(d->state, f->message);
    size_t i = 0;
    while (i < sizeof(rows) / sizeof(rows[0]) && !amp_str_is(f->outcome, rows[i].outcome)) {
        i++;
    }
    if (i == sizeof(rows) / sizeof(rows[0])) {
        return amp_fail(d->why, AMP_E_RANGE, "\"outcome\" must be sent, delivered or failed");
    }
    if (!message || message->state == AMP_MESSAGE_RECEIVED) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "no text %lld was written here",
                        (long long)f->message);
    }
    const struct amp_call *call = amp_state_call(d->state, message->call);
    d->out.call = message->call;
    d->out.incident = call->incident;
    d->out.message = (uint32_t)f->message;
    if (amp_message_may(message->state, rows[i].to)) {
        struct amp_event *event = amp_emit(d, rows[i].kind);
        event->f.incident = d->out.incident;
        event->f.call = d->out.call;
        event->f.message = f->message;
        event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(CALL) | AMP_HAS(MESSAGE);
        amp_fields_take(&event->f, f, amp_event_rows[rows[i].kind].may);
    }
    return AMP_OK;
}
