/*
 * The WebSocket connections of the server: one thread that reads and writes them all (epoll).
 *
 * A connection has a number and is never touched by another thread than this one: who has something
 * to say puts it into the connection's queue, which is bounded, and goes on. A text that came is
 * given to `text` on this thread, and the next one is read when `amp_sockets_answered` says that
 * it was dealt with; so a partner waits for the core and never the other way round.
 *
 * Whoever does not take what is sent within AMP_SOCKETS_STALL_S, does not answer pings, or sends
 * more than AMP_SOCKETS_RATE texts a second beyond those that answer ours, is cut off. A badge that
 * is ended ends its connections with 1008, the end of the server with 1001.
 */
#ifndef AMP_SERVER_SOCKETS_H
#define AMP_SERVER_SOCKETS_H

#include "server/http.h"
#include "server/push.h"
#include "server/websocket.h"

enum {
    AMP_SOCKETS_MAX = 128,
    AMP_SOCKETS_EACH = 4, /* of one owner */
    AMP_SOCKETS_IDLE_S = 30,
    AMP_SOCKETS_IN = 64 << 10,   /* bytes of a text that may come */
    AMP_SOCKETS_QUEUE = 96,      /* texts that wait to be sent */
    AMP_SOCKETS_BYTES = 2 << 20, /* and their bytes */
    AMP_SOCKETS_ASKED = 64,      /* texts that came and were not dealt with */
    AMP_SOCKETS_RATE = 100,      /* of them in a second */
    AMP_SOCKETS_STALL_S = 20,    /* nothing left in this time */
    AMP_SOCKETS_PING_S = 15,     /* of silence: is it there? */
    AMP_SOCKETS_SILENT_S = 45,   /* it is not */
    AMP_SOCKETS_LINGER_MS = 2000 /* for the other end to take our last word */
};

struct amp_sockets;

struct amp_sockets_config {
    void *ctx;
    int64_t stall_ms, ping_ms, silent_ms, idle_ms; /* 0: as above */
    /* On the thread of the sockets. False: it cannot be dealt with now, and the client is told to
     * come again later (1013). */
    bool (*text)(void *ctx, uint64_t id, size_t owner, struct amp_str text);
    void (*drained)(void *ctx, uint64_t id); /* all that was queued has left */
};

AMP_MUST amp_err amp_sockets_start(const struct amp_sockets_config *config,
                                   struct amp_sockets **out);
void amp_sockets_close(struct amp_sockets *sockets);   /* all are told 1001; accepts NULL */
void amp_sockets_settle(struct amp_sockets *sockets);  /* and were told; accepts NULL */
void amp_sockets_destroy(struct amp_sockets *sockets); /* HTTP has stopped; accepts NULL */

/* A place for a connection that is about to be upgraded: its number, and who takes it. The number
 * works from now on. owner: whose it is, given to `text`. AMP_E_BUSY: there are too many, in all or
 * of that owner. */
AMP_MUST amp_err amp_sockets_expect(struct amp_sockets *sockets, const char *badge, size_t owner,
                                    uint64_t *id, struct amp_upgrade *out);

/* Of a connection, by its number; any thread. */
bool amp_sockets_there(struct amp_sockets *sockets, uint64_t id);
size_t amp_sockets_room(struct amp_sockets *sockets, uint64_t id); /* texts that can be queued */
/* Copied. asks: it wants an answer, which does not count against the rate; an answer of ours asks
 * for none. AMP_E_NOT_FOUND: it is gone; AMP_E_BUSY: there is no room. */
AMP_MUST amp_err amp_sockets_say(struct amp_sockets *sockets, uint64_t id, struct amp_str text,
                                 bool asks);
/* One that is not kept ends, politely, AMP_SOCKETS_IDLE_S after it was opened, kept or heard. */
void amp_sockets_keep(struct amp_sockets *sockets, uint64_t id, bool kept);
void amp_sockets_answered(struct amp_sockets *sockets, uint64_t id);
/* What is queued leaves first if the code is AMP_WEBSOCKET_DONE. reason: outlives it. */
void amp_sockets_end(struct amp_sockets *sockets, uint64_t id, enum amp_websocket_code code,
                     const char *reason);
void amp_sockets_badge_end(struct amp_sockets *sockets, const char *badge);

#endif
