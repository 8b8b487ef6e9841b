/*
 * Partner centres that subscribe to the incidents they are told of: NENA-STA-024.1a (conveyance of
 * EIDOs), sections 2.1 and 2.2, over WebSocket (sockets.h).
 *
 * A subscription is for all incidents ("new") or for one ("single"), and shows what a partner is
 * told by messages (exchange.h), no more: at once all that are open or changed within a day, then
 * each as it changes, when the change is durable. What waits is kept as numbers of incidents and
 * written when the connection can take it, so that a partner that is slow gets the newest and
 * holds up nobody. A subscription ends with its time unless it is renewed, with its connection, and
 * with the account's right to it.
 *
 * Messages of a partner are read on the thread of the sockets and dealt with on the core's; what is
 * here is the core's own unless it says otherwise.
 */
#ifndef AMP_SERVER_NOTIFIER_H
#define AMP_SERVER_NOTIFIER_H

#include "server/exchange.h"

enum {
    AMP_NOTIFIER_ALL = 256,        /* subscriptions */
    AMP_NOTIFIER_EACH = 16,        /* of one connection */
    AMP_NOTIFIER_EXPIRES_S = 3600, /* unless asked */
    AMP_NOTIFIER_LONGEST_S = 86400,
    AMP_NOTIFIER_TURN = 64 /* EIDOs written in one turn of the core */
};
/* The name of the conveyance among the protocols over WebSocket. */
#define AMP_NOTIFIER_PROTOCOL "emergency-ent1.0"

struct amp_notifier;
struct amp_request;

AMP_MUST amp_err amp_notifier_start(struct amp_server *server); /* nothing without partners */
void amp_notifier_close(struct amp_notifier *notifier);         /* accepts NULL */

/* An incident changed that this link is told of. */
AMP_MUST amp_err amp_notifier_want(struct amp_server *server, const struct amp_incident *incident,
                                   const struct amp_link *link, uint64_t seq);
void amp_notifier_tick(struct amp_server *server);

/* What a request for a WebSocket says, kept in the job. Network thread, inside head. */
AMP_MUST amp_err amp_notifier_fields(struct amp_job *job, const struct amp_request *rq);

#endif
