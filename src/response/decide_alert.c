/* decide: an alert or several come in, update and cancel others, and expire. */
#include "base/timefmt.h"
#include "response/rules.h"

static void end_emit(struct amp_deciding *d, struct amp_str reference, enum amp_alert_state to)
{
    struct amp_event *event = amp_emit(d, AMP_EV_ALERT_ENDED);
    event->f.label = reference;
    event->f.outcome = amp_str_of(amp_alert_state_name(to));
    event->f.has = AMP_HAS(LABEL) | AMP_HAS(OUTCOME);
}

/* An event of this command ends it, or brings it, already. */
static bool is_said(const struct amp_deciding *d, struct amp_str reference)
{
    for (size_t i = 0; i < d->out.event_n; i++) {
        if (amp_str_eq(d->out.event[i].f.label, reference)) {
            return true;
        }
    }
    return false;
}

static void references_end(struct amp_deciding *d, const struct amp_alert_item *item)
{
    for (size_t i = 0; i < item->refer_n; i++) {
        const struct amp_alert *alert = amp_state_alert(d->state, item->refers[i]);
        bool over = alert && alert->state != AMP_ALERT_IN_FORCE;
        if (!over && !amp_str_eq(item->refers[i], item->reference) &&
            !is_said(d, item->refers[i])) {
            end_emit(d, item->refers[i], item->cancels ? AMP_ALERT_CANCELLED : AMP_ALERT_UPDATED);
        }
    }
}

static void refusal_emit(struct amp_deciding *d, const struct amp_alert_item *item)
{
    struct amp_event *event = amp_emit(d, AMP_EV_ALERT_REFUSED);
    event->f.label = item->reference;
    event->f.outcome = amp_str_of(amp_alert_signature_name(item->signature));
    event->f.has = AMP_HAS(LABEL) | AMP_HAS(OUTCOME);
    if (d->command->f.has & AMP_HAS(SOURCE)) {
        event->f.source = d->command->f.source;
        event->f.has |= AMP_HAS(SOURCE);
    }
}

static amp_err item_take(struct amp_deciding *d, const struct amp_alert_item *item, size_t *live)
{
    if (item->refused) {
        refusal_emit(d, item);
        return AMP_OK;
    }
    if (amp_state_alert(d->state, item->reference) || is_said(d, item->reference)) {
        return AMP_OK; /* the same once more, or ended before it came */
    }
    references_end(d, item);
    if (item->cancels || item->until_us <= d->command->time_us) {
        end_emit(d, item->reference, item->cancels ? AMP_ALERT_CANCELLED : AMP_ALERT_EXPIRED);
        return AMP_OK;
    }
    if (++*live > AMP_ALERTS_IN_FORCE || d->state->alert_n + d->out.event_n >= AMP_ALERTS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "%d alerts are in force, the most there can be",
                        AMP_ALERTS_IN_FORCE);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_ALERT_RECEIVED);
    event->f.label = item->reference;
    event->f.document = item->document;
    event->f.fix_time = item->sent_us;
    event->f.until = item->until_us;
    event->f.has = AMP_HAS(LABEL) | AMP_HAS(DOCUMENT) | AMP_HAS(FIX_TIME) | AMP_HAS(UNTIL);
    if (d->command->f.has & AMP_HAS(SOURCE)) {
        event->f.source = d->command->f.source;
        event->f.has |= AMP_HAS(SOURCE);
    }
    if (item->is_signed) {
        event->f.outcome = amp_str_of(amp_alert_signature_name(item->signature));
        event->f.has |= AMP_HAS(OUTCOME);
    }
    if (item->signed_by.len > 0) {
        event->f.basis = item->signed_by;
        event->f.has |= AMP_HAS(BASIS);
    }
    return AMP_OK;
}

amp_err amp_rule_take_alerts(struct amp_deciding *d)
{
    const struct amp_alert_report *report = d->command->alerts;
    size_t live = d->state->alert_live_n;
    amp_err err = AMP_OK;
    for (size_t i = 0; report && !err && i < report->n; i++) {
        err = item_take(d, &report->item[i], &live);
    }
    return err;
}

void amp_alerts_end(struct amp_deciding *d)
{
    const struct amp_state *state = d->state;
    for (size_t i = 0; i < state->alert_live_n && d->out.event_n < AMP_EVENTS_PER_COMMAND; i++) {
        const struct amp_alert *alert = &state->alert[state->alert_live[i] - 1];
        if (alert->until_us <= d->command->time_us) {
            end_emit(d, amp_str_of(alert->reference), AMP_ALERT_EXPIRED);
        }
    }
}
