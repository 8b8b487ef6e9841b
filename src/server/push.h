/*
 * Live push: what happened, to everyone who listens, as server-sent events.
 *
 * Each journal event is serialised once into an immutable counted message and put into a ring. A
 * listener is a cursor; the network thread copies from the ring when the client can take bytes. A
 * listener that falls behind the ring, or AMP_PUSH_UNSENT bytes behind, gets `resync` and goes on
 * from now. Positions and heartbeats are state, not events: they have no id, and only the latest
 * few are kept.
 *
 * Not every listener may hear everything: a message has an audience, and who is not in it goes past
 * it (numbers then have gaps, which is no loss). A badge that is ended ends its streams.
 *
 * Listeners are woken at a pace, AMP_PUSH_WAKE_US each: what is published while others are woken
 * goes out in one block, so a thousand listeners neither fill the network thread nor hold up who
 * publishes. The last of n listeners hears at most n times that later.
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
    AMP_PUSH_POSITIONS = 1024, /* packed positions messages kept */
    AMP_PUSH_REPLAYED = 4,     /* of them, sent to a newcomer */
    AMP_PUSH_LISTENERS = 4096,
    AMP_PUSH_WAKE_US = 25, /* from one listener's waking to the next one's */
    AMP_PUSH_BURST = 128,  /* that are woken at once, after a pause */
    AMP_PUSH_SLICE = 32,   /* and at once while others wait */
    AMP_PUSH_CALLED = 64,  /* that are woken and that the network thread has not asked yet */
    AMP_PUSH_SERVICE = 1,  /* the bit of who belongs to no agency */
    AMP_PUSH_BADGE = 17    /* bytes of the id of a badge, and the end */
};

struct amp_push;
struct amp_message; /* made by one thread, published once */

/* seq: the last event that is already in the journal. */
AMP_MUST amp_err amp_push_create(uint64_t seq, struct amp_push **out);
void amp_push_destroy(struct amp_push *push); /* no listener may be left; accepts NULL */

struct amp_audience {     /* who may hear a message */
    uint64_t agencies;    /* bits of those that may; bit 0 is the whole service; 0: nobody may */
    bool all_crews;       /* crews too, whoever they are */
    const uint32_t *unit; /* else the crews of these units */
    size_t unit_n;
};
extern const struct amp_audience amp_audience_all;

/* `event` with `data` (JSON on one line) and the audience, copied. seq 0: without an id. NULL when
 * memory is short. */
struct amp_message *amp_message_make(const char *event, uint64_t seq, struct amp_str data,
                                     const struct amp_audience *audience);
void amp_message_drop(struct amp_message *message); /* one that was not published; accepts NULL */

/* Takes the message over. Numbers must be consecutive. */
void amp_push_event(struct amp_push *push, struct amp_message *message);
void amp_push_positions(struct amp_push *push, struct amp_message *message);
void amp_push_heartbeat(struct amp_push *push, struct amp_message *message);

struct amp_listener_who {
    uint64_t agency;            /* its bit, or AMP_PUSH_SERVICE; all bits for a crew */
    uint32_t unit;              /* of a crew, which hears what concerns it; 0 */
    char badge[AMP_PUSH_BADGE]; /* the session or token; "" for none */
};
/* Answers rq with a stream of all after `since` (UINT64_MAX: from now). AMP_E_BUSY: too many. */
AMP_MUST amp_err amp_push_listen(struct amp_push *push, struct amp_request *rq, uint64_t since,
                                 const struct amp_listener_who *who);
/* Tells the streams of a badge `session-ended`, and ends them. */
void amp_push_badge_end(struct amp_push *push, const char *badge);
/* Overwrites the events that are kept for those who come back, who hear `resync` instead: something
 * in them was erased. */
void amp_push_forget(struct amp_push *push);
void amp_push_close(struct amp_push *push); /* ends all streams, refuses new ones */

struct amp_push_counts {
    size_t listeners;
    uint64_t events, resyncs, bytes; /* since the start; bytes handed to the network */
    uint64_t seq;                    /* last event published */
};
struct amp_push_counts amp_push_counts(struct amp_push *push);

#endif
