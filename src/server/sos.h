/*
 * A crew calls for help by its device: the SOS button of a tracker, the emergency of a TAK client.
 *
 * It is a call like any other, so that nobody has to watch for it elsewhere: an incident opens, not
 * triaged, at the place of the report or else where the crew was last seen, and is its agency's.
 * Until that incident is closed the same crew opens no other; what comes meanwhile can still give
 * it a place. Whoever calls for help is placed, also when the crew is out of service
 * (docs/rights.md, 2).
 */
#ifndef AMP_SERVER_SOS_H
#define AMP_SERVER_SOS_H

#include "fleet/fleet.h"

struct amp_server;
struct amp_unit;

/* On the core's thread. The report has an alarm; `out` is the incident that it opened, or that it
 * is in already. AMP_E_BUSY: it was not recorded, and is to be sent again. */
AMP_MUST amp_err amp_sos_take(struct amp_server *server, const struct amp_unit *unit,
                              const struct amp_fleet_report *report, struct amp_incident_id *out);

#endif
