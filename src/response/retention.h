/*
 * Retention: which incidents have to lose their personal data, because their time is over.
 *
 * Pure: somebody asks now and then, and erases what comes out by commands, like a person would.
 */
#ifndef AMP_RESPONSE_RETENTION_H
#define AMP_RESPONSE_RETENTION_H

#include "model/state.h"
#include "response/plan.h"

enum {
    AMP_RETENTION_LOOK = 10000 /* incidents that one call looks at, at most */
};

/* Incidents that are closed, not held, not erased, and were closed longer ago than their type is
 * kept, whatever the clock said in between. What was merged into another counts with that one and
 * is not named. Looks from `from` (zero: the first) until it looked at enough or has `cap` of them,
 * and returns how many. *next is where to go on, zero when all were seen. */
size_t amp_retention_due(const struct amp_state *state, const struct amp_plans *plans,
                         int64_t now_us, struct amp_incident_id from, struct amp_incident_id *next,
                         struct amp_incident_id *out, size_t cap);

#endif
