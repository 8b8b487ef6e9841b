/*
 * What an identity may see of a thing, when its role lets it see things of that kind at all.
 *
 * An agency sees its own incidents, those that another shared with it, and those where a crew of
 * its own is; its own units, units of nobody's, and those on incidents that it sees. A crew sees
 * the incident it is assigned to, and itself. Whoever belongs to no agency belongs to the whole
 * service. What may not be seen is answered as if it were not there. Of crews that another agency
 * lends (response/aid.h) the recommendation tells, and they can be sent by name; they are not seen.
 * On the core's thread.
 */
#ifndef AMP_SERVER_SIGHT_H
#define AMP_SERVER_SIGHT_H

#include "model/state.h"
#include "response/plan.h"
#include "server/directory.h"
#include "server/push.h"

bool amp_sight_incident(const struct amp_state *state, const struct amp_identity *who,
                        const struct amp_incident *incident);
bool amp_sight_unit(const struct amp_state *state, const struct amp_identity *who,
                    const struct amp_unit *unit);
/* There is such an account, and who asks may know: an agency's sees its own agency's. */
bool amp_sight_account(const struct amp_state *state, const struct amp_identity *who,
                       struct amp_str name);
/* All that the fields of a command name. AMP_E_NOT_FOUND with the sentence of what is not there;
 * AMP_E_FORBIDDEN where a crew speaks for another. */
AMP_MUST amp_err amp_sight_command(const struct amp_state *state, const struct amp_plans *plans,
                                   const struct amp_identity *who,
                                   const struct amp_command *command, struct amp_why *why);
/* Is the agency of who asks asked for crews for it, and has not answered? It then knows what
 * amp_view_aid says, and may answer. The whole service may where anybody is asked. */
bool amp_sight_aid(const struct amp_identity *who, const struct amp_incident *incident);
/* Who may hear of an event that was just applied. units has room for AMP_SIGHT_UNITS. */
enum {
    AMP_SIGHT_UNITS = 2 * AMP_SLOTS_MAX + 2
};
/* One that no desk hears of: accounts, sessions and looks. */
bool amp_sight_is_silent(enum amp_event_kind kind);
struct amp_audience amp_sight_audience(const struct amp_state *state, const struct amp_event *event,
                                       uint32_t units[AMP_SIGHT_UNITS]);
/* Of accounts, sessions, looks and the like: recorded, and told to no desk. */
bool amp_sight_is_silent(enum amp_event_kind kind);
struct amp_listener_who amp_sight_listener(const struct amp_state *state,
                                           const struct amp_identity *who);

#endif
