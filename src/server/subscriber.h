/*
 * Partner centres to which we subscribe: the other end of notifier.h, for partners whose settings
 * say `subscribe = yes`.
 *
 * The courier keeps a connection to each (wire.h); when it ends, another is asked for after 1, 2, 4
 * ... 60 seconds, and everything that is told is told anew. What is heard is taken by the same door
 * as what a partner posts (POST /v1/eido), as if its account had brought it, and acknowledged when
 * it is durable. So both centres stay in step also where the partner cannot reach us.
 *
 * On the core's thread.
 */
#ifndef AMP_SERVER_SUBSCRIBER_H
#define AMP_SERVER_SUBSCRIBER_H

#include "base/err.h"

enum {
    AMP_SUBSCRIBER_EXPIRES_S = 3600, /* asked for; renewed at half of what was given */
    AMP_SUBSCRIBER_OPEN_MS = 20000,
    AMP_SUBSCRIBER_ANSWER_MS = 20000 /* for the answer to a request */
};

struct amp_server;
struct amp_subscriber;

AMP_MUST amp_err amp_subscriber_start(struct amp_server *server);
void amp_subscriber_close(struct amp_subscriber *subscriber); /* accepts NULL */
void amp_subscriber_tick(struct amp_server *server);

#endif
