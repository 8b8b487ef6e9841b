/*
 * Live push: what happened, to everyone who listens, as server-sent events.
 *
 * Each journal event is serialised once into an immutable counted message and put into a ring. A
 * listener is a cursor; the network thread copies from the ring when the client can take bytes. A
 * listener that falls behind the ring, or AMP_PUSH_UNSENT bytes behind, gets `resync` and goes on
 * from now. Positions and heartbeats are state, not events: they have no id, and only the latest
 * few are kept.
 *
 * Any thread may call any function, except that publishing keeps one order: the caller's.
 */
#ifndef AMP_SERVER_PUSH_H
#define AMP_SERVER_PUSH_H

#include "server/http.h"

enum {
    AMP_PUSH_RING = 65536,     /* events kept for those who come back */
    AMP_PUSH_BYTES = 32 << 20, /* and their bytes at most */
    AMP_PUSH_UNSENT = 1 << 20, /* bytes a listener may be behind */
    AMP_PUSH_POSITIONS = 64,   /* packed positions messages kept */
    AMP_PUSH_REPLAYED = 4,     /* of them, sent to a newcomer */
    AMP_PUSH_LISTENERS = 4096
};

struct amp_push;
struct amp_message; /* made by one thread, published once */

/* seq: the last event that is already in the journal. */
AMP_MUST amp_err amp_push_create(uint64_t seq, struct amp_push **out);
void amp_push_destroy(struct amp_push *push); /* no listener may be left; accepts NULL */

/* `event` with `data` (JSON on one line), copied. seq 0: without an id. NULL when memory is short.
 */
struct amp_message *amp_message_make(const char *event, uint64_t seq, struct amp_str data);
void amp_message_drop(struct amp_message *message); /* one that was not published; accepts NULL */

/* Takes the message over. Numbers must be consecutive. */
void amp_push_event(struct amp_push *push, struct amp_message *message);
void amp_push_positions(struct amp_push *push, struct amp_message *message);
void amp_push_heartbeat(struct amp_push *push, struct amp_message *message);

/* Answers rq with a stream of all after `since` (UINT64_MAX: from now). AMP_E_BUSY: too many. */
AMP_MUST amp_err amp_push_listen(struct amp_push *push, struct amp_request *rq, uint64_t since);
void amp_push_close(struct amp_push *push); /* ends all streams, refuses new ones */

struct amp_push_counts {
    size_t listeners;
    uint64_t events, resyncs, bytes; /* since the start; bytes handed to the network */
    uint64_t seq;                    /* last event published */
};
struct amp_push_counts amp_push_counts(struct amp_push *push);

#endif
