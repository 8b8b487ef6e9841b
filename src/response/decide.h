/*
 * decide: what a command does to the state, as events, or why it is refused. Pure.
 *
 * No clock, no file, no chance: the moment is command->time_us. The state is not changed; apply the
 * events (response/apply.h) to see them. All events of one command stand or fall together.
 *
 * Invariants kept here, each with a test:
 *   1. A busy unit is never reset: dispatching it is refused (AMP_E_CONFLICT, naming its incident)
 *      unless `divert` is true, and then its first incident gets unit-released with the reason.
 *   2. A reopened incident stays open until somebody closes it.
 *   3. The stored priority is the given priority.
 *   4. A command whose key was seen before yields no events and the earlier answer;
 *      with another print it is refused.
 *   5. Closing releases every unit that is still assigned; merging moves calls, notes and units
 * over.
 */
#ifndef AMP_RESPONSE_DECIDE_H
#define AMP_RESPONSE_DECIDE_H

#include "model/event.h"
#include "model/state.h"
#include "response/plan.h"

enum {
    AMP_EVENTS_PER_COMMAND = 512
};

struct amp_decision {
    struct amp_event *event; /* in the arena; without seq */
    size_t event_n;
    bool repeated; /* the key was seen before; event_n is 0 */
    /* what the command made or touched, for the answer; zero when none */
    struct amp_incident_id incident;
    struct amp_call_id call;
    struct amp_closure_id closure;
    uint32_t message; /* not kept with the key */
};

AMP_MUST amp_err amp_decide(const struct amp_state *state, const struct amp_plans *plans,
                            const struct amp_command *command, struct amp_arena *arena,
                            struct amp_decision *out, struct amp_why *why);

#endif
