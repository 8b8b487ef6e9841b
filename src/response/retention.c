/* Retention: a bounded walk over the incidents. */
#include "response/retention.h"
#include "base/timefmt.h"

static const int64_t day_us = 86400 * AMP_US_PER_S;

static uint64_t closing_seq(const struct amp_incident *incident)
{
    for (size_t i = incident->entry_n; i-- > 0;) {
        if (incident->entry[i].kind == AMP_EV_INCIDENT_CLOSED) {
            return incident->entry[i].seq;
        }
    }
    return incident->changed_seq;
}

/* No earlier than the day of any record before it: one that was closed while the clock had fallen
 * back by years is not years old when it is right again. */
static int64_t closed_at(const struct amp_state *state, const struct amp_incident *incident,
                         int64_t now_us)
{
    uint64_t seq = closing_seq(incident);
    for (size_t i = state->audit_n; i-- > 0;) {
        int64_t begin_us = state->audit[i].day * day_us;
        if (begin_us <= now_us && state->audit[i].first_seq < seq) {
            return begin_us > incident->closed_us ? begin_us : incident->closed_us;
        }
    }
    return incident->closed_us;
}

static bool is_due(const struct amp_state *state, const struct amp_incident *incident,
                   const struct amp_plans *plans, int64_t now_us)
{
    if (incident->state != AMP_INCIDENT_CLOSED || incident->into.n || incident->held ||
        incident->erased_us) {
        return false;
    }
    int64_t days = amp_plans_retention(plans, amp_str_of(incident->type));
    return days > 0 && now_us - incident->closed_us >= days * day_us &&
           now_us - closed_at(state, incident, now_us) >= days * day_us;
}

size_t amp_retention_due(const struct amp_state *state, const struct amp_plans *plans,
                         int64_t now_us, struct amp_incident_id from, struct amp_incident_id *next,
                         struct amp_incident_id *out, size_t cap)
{
    size_t found = 0;
    size_t at = from.n ? from.n - 1 : 0;
    size_t end = state->incident_n;
    if (at < end && end - at > AMP_RETENTION_LOOK) {
        end = at + AMP_RETENTION_LOOK;
    }
    for (; at < end && found < cap; at++) {
        if (is_due(state, &state->incident[at], plans, now_us)) {
            out[found++] = state->incident[at].id;
        }
    }
    *next = (struct amp_incident_id){at < state->incident_n ? (uint32_t)at + 1 : 0};
    return found;
}
