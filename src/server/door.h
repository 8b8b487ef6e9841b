/* The door between HTTP and the core; called by server/http.h on the network thread. */
#ifndef AMP_SERVER_DOOR_H
#define AMP_SERVER_DOOR_H

struct amp_request;
void amp_door_head(void *ctx, struct amp_request *rq);
void amp_door_request(void *ctx, struct amp_request *rq);
void amp_door_gone(void *ctx, void *user);

#endif
