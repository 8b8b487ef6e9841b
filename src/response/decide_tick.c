/*
 * decide: the timers.
 *
 * A closure whose time is over is lifted; a caller's link whose time is over ends.
 *
 * An incident shows one alarm at a time: while one stands, the next waits for the tick after it was
 * acknowledged or ended by itself, so none is painted over. Each occasion rings once (the state
 * keeps alarm_raised of a unit and of a request for aid, and nobody_raised). A clock that goes back
 * makes durations negative: nothing rings.
 */
#include "base/timefmt.h"
#include "response/rules.h"

struct ring {
    const char *alarm; /* NULL: none */
    const struct amp_unit *unit;
    const struct amp_agency *lender; /* who was asked for aid */
    int64_t waited_us;
};

static bool ran_out(int64_t now_us, int64_t since_us, int64_t limit_s)
{
    return limit_s > 0 && now_us - since_us >= limit_s * AMP_US_PER_S;
}

static struct ring unit_ring(const struct amp_unit *unit, const struct amp_timers *timers,
                             int64_t now_us)
{
    if (unit->alarm_raised) {
        return (struct ring){0};
    }
    if (unit->status == AMP_UNIT_DISPATCHED &&
        ran_out(now_us, unit->since_us, timers->acknowledge_s)) {
        return (struct ring){"unacknowledged", unit, NULL, now_us - unit->since_us};
    }
    if (unit->status == AMP_UNIT_ON_SCENE && ran_out(now_us, unit->heard_us, timers->silent_s)) {
        return (struct ring){"silent", unit, NULL, now_us - unit->heard_us};
    }
    return (struct ring){0};
}

static struct ring aid_ring(const struct amp_state *state, const struct amp_incident *incident,
                            int64_t now_us)
{
    for (size_t i = 0; i < incident->aid_n; i++) {
        const struct amp_aid_request *request = &incident->aid[i];
        if (!request->alarm_raised && amp_aid_overdue(request, now_us)) {
            return (struct ring){AMP_ALARM_AID, NULL, amp_state_agency_at(state, request->lender),
                                 now_us - request->asked_us};
        }
    }
    return (struct ring){0};
}

static struct ring incident_ring(const struct amp_state *state, const struct amp_incident *incident,
                                 const struct amp_timers *timers, int64_t now_us)
{
    if (incident->alarm) {
        return (struct ring){0};
    }
    for (size_t i = 0; i < incident->slot_n; i++) {
        const struct amp_unit *unit = amp_state_unit_at(state, incident->slot[i].unit);
        struct ring ring = unit_ring(unit, timers, now_us);
        if (ring.alarm) {
            return ring;
        }
    }
    if (!incident->slot_n && !incident->nobody_raised &&
        ran_out(now_us, incident->state_us, timers->undispatched_s)) {
        return (struct ring){"undispatched", NULL, NULL, now_us - incident->state_us};
    }
    return aid_ring(state, incident, now_us);
}

static void ring_emit(struct amp_deciding *d, const struct amp_incident *incident,
                      const struct ring *ring)
{
    char waited[AMP_TIME_TEXT];
    amp_duration_text((double)(ring->waited_us / AMP_US_PER_S), waited);
    struct amp_event *event = amp_emit(d, AMP_EV_ALARM_RAISED);
    event->f.incident = incident->id;
    event->f.alarm = amp_str_of(ring->alarm);
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(ALARM);
    if (ring->unit) {
        event->f.unit = amp_str_of(ring->unit->call_sign);
        event->f.has |= AMP_HAS(UNIT);
        amp_emit_reason(event, amp_emit_line(d, "%s: %s for %s", ring->unit->call_sign,
                                             amp_unit_status_name(ring->unit->status), waited));
    } else if (ring->lender) {
        amp_emit_reason(event, amp_emit_line(d, "%s was asked for aid %s ago and has not answered",
                                             ring->lender->code, waited));
    } else {
        amp_emit_reason(event, amp_emit_line(d, "nobody was sent for %s", waited));
    }
}

/* Those that were made to last until now. */
static void closures_end(struct amp_deciding *d)
{
    const struct amp_state *state = d->state;
    for (size_t i = 0; i < state->in_force_n && d->out.event_n < AMP_EVENTS_PER_COMMAND; i++) {
        const struct amp_closure *closure = amp_state_closure(state, state->in_force[i]);
        if (closure->until_us && closure->until_us <= d->command->time_us) {
            struct amp_event *event = amp_emit(d, AMP_EV_CLOSURE_LIFTED);
            event->f.closure = closure->id;
            event->f.has = AMP_HAS(CLOSURE);
        }
    }
}

/* A caller who hung up while another alarm stood. */
static bool call_back_waits(const struct amp_state *state, const struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->call_n && !incident->alarm; i++) {
        if (amp_state_call(state, incident->call[i])->call_back) {
            return true;
        }
    }
    return false;
}

/* More alarms than one command may cause ring at the next tick. */
amp_err amp_rule_tick(struct amp_deciding *d)
{
    closures_end(d);
    amp_alerts_end(d);
    amp_warnings_end(d);
    amp_links_expire(d);
    if (!d->plans) {
        return AMP_OK;
    }
    struct amp_timers timers = amp_plans_timers(d->plans);
    for (size_t i = 0; i < d->state->open_n && d->out.event_n < AMP_EVENTS_PER_COMMAND; i++) {
        const struct amp_incident *incident = amp_state_incident(d->state, d->state->open[i]);
        struct ring ring = incident_ring(d->state, incident, &timers, d->command->time_us);
        if (call_back_waits(d->state, incident)) {
            amp_call_back_ring(d, incident->id);
        } else if (ring.alarm) {
            ring_emit(d, incident, &ring);
        }
    }
    return AMP_OK;
}
