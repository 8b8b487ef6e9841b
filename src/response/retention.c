/* Retention: a bounded walk over the incidents. */
#include "response/retention.h"
#include "base/timefmt.h"

static bool is_due(const struct amp_incident *incident, const struct amp_plans *plans,
                   int64_t now_us)
{
    if (incident->state != AMP_INCIDENT_CLOSED || incident->into.n || incident->held ||
        incident->erased_us) {
        return false;
    }
    int64_t days = amp_plans_retention(plans, amp_str_of(incident->type));
    return days > 0 && now_us - incident->closed_us >= days * 86400 * AMP_US_PER_S;
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
        if (is_due(&state->incident[at], plans, now_us)) {
            out[found++] = state->incident[at].id;
        }
    }
    *next = (struct amp_incident_id){at < state->incident_n ? (uint32_t)at + 1 : 0};
    return found;
}
