/* apply: alerts that came, and what ended them. */
#include "response/work.h"

static struct amp_alert *alert_find(struct amp_work *work)
{
    uint64_t n = 0;
    return amp_index_get(work->state->by_name, AMP_SPACE_ALERT, work->event->f.label, &n)
               ? &work->state->alert[n - 1]
               : NULL;
}

static void alert_add(struct amp_work *work, struct amp_alert alert)
{
    struct amp_state *state = work->state;
    alert.reference = amp_work_share(work, AMP_HAS(LABEL), work->event->f.label);
    if (state->alert_n >= AMP_ALERTS_MAX) {
        amp_work_corrupt(work, "there are as many alerts as there can be");
    }
    state->alert = amp_work_room(work, state->alert, &state->alert_cap, state->alert_n + 1,
                                 sizeof(*state->alert));
    if (alert.state == AMP_ALERT_IN_FORCE && state->alert_live_n >= AMP_ALERTS_IN_FORCE) {
        amp_work_corrupt(work, "as many alerts are in force as there can be");
    }
    state->alert_live = amp_work_room(work, state->alert_live, &state->alert_live_cap,
                                      state->alert_live_n + 1, sizeof(*state->alert_live));
    if (!amp_work_ready(work)) {
        return;
    }
    state->alert[state->alert_n++] = alert;
    if (alert.state == AMP_ALERT_IN_FORCE) {
        state->alert_live[state->alert_live_n++] = (uint32_t)state->alert_n;
    }
    (void)amp_index_put(state->by_name, AMP_SPACE_ALERT, alert.reference, state->alert_n);
}

void amp_apply_alert_received(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    if (alert_find(work)) {
        amp_work_corrupt(work, "the alert came before");
    }
    alert_add(work,
              (struct amp_alert){.source = amp_work_share(work, AMP_HAS(SOURCE), f->source),
                                 .received_us = work->event->time_us,
                                 .sent_us = f->fix_time,
                                 .until_us = f->until,
                                 .signature = amp_work_share(work, AMP_HAS(OUTCOME), f->outcome),
                                 .signed_by = amp_work_share(work, AMP_HAS(BASIS), f->basis),
                                 .document = amp_work_own(work, AMP_HAS(DOCUMENT), f->document)});
}

void amp_apply_alert_ended(struct amp_work *work)
{
    enum amp_alert_state to = AMP_ALERT_EXPIRED;
    struct amp_state *state = work->state;
    if (amp_alert_state_of(work->event->f.outcome, &to) || to == AMP_ALERT_IN_FORCE) {
        amp_work_corrupt(work, "an alert cannot end so");
    }
    struct amp_alert *alert = alert_find(work);
    if (!alert) { /* its end was faster */
        alert_add(work, (struct amp_alert){.state = to, .ended_us = work->event->time_us});
        return;
    }
    if (alert->state != AMP_ALERT_IN_FORCE) {
        amp_work_corrupt(work, "the alert is over already");
    }
    if (amp_work_ready(work)) {
        alert->state = to;
        alert->ended_us = work->event->time_us;
        amp_texts_release(state->texts, alert->document); /* the journal has it */
        alert->document = NULL;
        amp_work_number_remove(state->alert_live, &state->alert_live_n,
                               (uint32_t)(alert - state->alert) + 1);
    }
}

/* The journal says it; nothing comes into force. */
void amp_apply_alert_refused(struct amp_work *work)
{
    (void)amp_work_ready(work);
}
