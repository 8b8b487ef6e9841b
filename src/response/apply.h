/*
 * apply: one event onto the state. Pure, total: a journal that was decided here always applies.
 *
 * An event that cannot be (a hand-made journal: an unknown unit, a gap) is AMP_E_CORRUPT with a
 * sentence, and the state is unchanged. event->seq must be state->seq + 1.
 */
#ifndef AMP_RESPONSE_APPLY_H
#define AMP_RESPONSE_APPLY_H

#include "model/event.h"
#include "model/state.h"

AMP_MUST amp_err amp_apply(struct amp_state *state, const struct amp_event *event,
                           struct amp_why *why);

#endif
