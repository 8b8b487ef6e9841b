/* apply: texts from callers and to them, and what became of those. */
#include "response/work.h"

/* One more text of a call, as its newest. */
static void message_add(struct amp_work *work, struct amp_sms message)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_call *call = amp_work_call(work);
    if (f->message < 1 || (uint64_t)f->message != state->message_n + 1) {
        amp_work_corrupt(work, "texts are numbered one after the other");
    }
    if (f->has & AMP_HAS(PART) && amp_part_parse(f->part, &message.part)) {
        amp_work_corrupt(work, "there is no such part of a text");
    }
    struct amp_invite *link = amp_work_link(work);
    message.text = amp_work_own(work, AMP_HAS(TEXT), f->text);
    char *line = amp_work_own(work, AMP_HAS(TEXT), f->text);
    state->message = amp_work_room(work, state->message, &state->message_cap, state->message_n + 1,
                                   sizeof(*state->message));
    amp_work_personal_line(work, incident, line);
    if (!amp_work_ready(work)) {
        return;
    }
    amp_link_came(link, work->event->time_us);
    message.call = call->id;
    message.older = call->message;
    message.at_us = work->event->time_us;
    message.state_us = work->event->time_us;
    state->message[state->message_n++] = message;
    call->message = (uint32_t)state->message_n;
    amp_work_done(work);
}

void amp_apply_message_received(struct amp_work *work)
{
    message_add(work, (struct amp_sms){.state = AMP_MESSAGE_RECEIVED});
}

void amp_apply_message_queued(struct amp_work *work)
{
    const char *actor = amp_work_share(work, 0, work->event->actor);
    message_add(work, (struct amp_sms){.state = AMP_MESSAGE_QUEUED, .actor = actor});
}

static void message_settle(struct amp_work *work, enum amp_message_state to)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    const struct amp_call *call = amp_work_call(work);
    bool known = f->message >= 1 && (uint64_t)f->message <= state->message_n;
    struct amp_sms *message = known ? &state->message[f->message - 1] : NULL;
    if (!message || !call || message->call.n != call->id.n) {
        amp_work_corrupt(work, "the call has no such text");
    } else if (!amp_message_may(message->state, to)) {
        amp_work_corrupt(work, "the text cannot come into that state");
    }
    const char *label = amp_work_share(work, AMP_HAS(LABEL), f->label);
    amp_work_line(work, incident, label);
    if (amp_work_ready(work)) {
        message->state = to;
        message->state_us = work->event->time_us;
        message->label = label;
        amp_work_done(work);
    }
}

void amp_apply_message_sent(struct amp_work *work)
{
    message_settle(work, AMP_MESSAGE_SENT);
}

void amp_apply_message_delivered(struct amp_work *work)
{
    message_settle(work, AMP_MESSAGE_DELIVERED);
}

void amp_apply_message_failed(struct amp_work *work)
{
    message_settle(work, AMP_MESSAGE_FAILED);
}
