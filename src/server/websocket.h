/*
 * WebSocket: framing of text messages over bytes that others move; both ends of the handshake.
 *
 * The only place that knows the framing library (wslay). It owns no socket and no thread: whoever
 * has the connection gives two functions that never wait, and calls `pump` when bytes came or can
 * leave. A peer that sends what RFC 6455 forbids (a server's frames masked, a client's not,
 * fragmented control frames, reserved bits, bytes that are no UTF-8) or more than is allowed is
 * told why by a close frame, and nothing more is read from it. Binary messages are not taken.
 *
 * One thread at a time for one of them. Source: RFC 6455.
 */
#ifndef AMP_SERVER_WEBSOCKET_H
#define AMP_SERVER_WEBSOCKET_H

#include "base/buf.h"
#include <sys/types.h>

enum {
    AMP_WEBSOCKET_KEY = 25,        /* bytes of the client's nonce as text, and the end */
    AMP_WEBSOCKET_ACCEPT = 29,     /* the same of the server's proof */
    AMP_WEBSOCKET_FRAMES = 1024,   /* of one message */
    AMP_WEBSOCKET_WAITING = 64,    /* answers to pings and the like that a peer may leave unread */
    AMP_WEBSOCKET_GULP = 64 << 10, /* bytes read in one pump: then it is the turn of others */
    AMP_WEBSOCKET_HEAD = 8192      /* bytes of the answer to a handshake */
};

/* Why a connection ends: RFC 6455, section 7.4.1, and 1013 of IANA's registry. */
enum amp_websocket_code {
    AMP_WEBSOCKET_DONE = 1000,
    AMP_WEBSOCKET_AWAY = 1001,
    AMP_WEBSOCKET_WRONG = 1002,
    AMP_WEBSOCKET_NO_TEXT = 1003,
    AMP_WEBSOCKET_FORBIDDEN = 1008,
    AMP_WEBSOCKET_TOO_BIG = 1009,
    AMP_WEBSOCKET_TROUBLE = 1011,
    AMP_WEBSOCKET_LATER = 1013
};

/* ---- the handshake: RFC 6455, section 4 ---- */

/* What proves that the key was read. AMP_E_SYNTAX: it is not base64 of 16 bytes. */
AMP_MUST amp_err amp_websocket_accept(struct amp_str key, char out[AMP_WEBSOCKET_ACCEPT]);
void amp_websocket_key(const uint8_t nonce[16], char out[AMP_WEBSOCKET_KEY]);
/* Whether a field that is a list ("keep-alive, Upgrade") has the word, in any case. */
bool amp_websocket_lists(struct amp_str field, const char *word);
/* The server's answer. AMP_E_BUSY: not all of it is there yet; AMP_E_LIMIT; AMP_E_SYNTAX; else the
 * status, and where the frames begin. AMP_E_FORBIDDEN: it says 101 and does not prove it. */
AMP_MUST amp_err amp_websocket_answer(struct amp_str bytes, const char *accept, int *status,
                                      size_t *head);

/* ---- framing ---- */

struct amp_websocket;

struct amp_websocket_ways {
    void *ctx;
    ssize_t (*read)(void *ctx, void *buf, size_t max);        /* 0: nothing now; -1: no more */
    ssize_t (*write)(void *ctx, const void *buf, size_t len); /* the same */
    void (*text)(void *ctx, struct amp_str text);             /* a whole message, UTF-8 */
    void (*chance)(void *out, size_t len); /* of a client: what its frames are masked with */
};

/* max: bytes of a message that may come. */
AMP_MUST amp_err amp_websocket_create(const struct amp_websocket_ways *ways, bool client,
                                      size_t max, struct amp_websocket **out);
void amp_websocket_destroy(struct amp_websocket *ws); /* accepts NULL */

/* Copied, and sent by the next pump. AMP_E_CONFLICT: the end was said already. */
AMP_MUST amp_err amp_websocket_say(struct amp_websocket *ws, struct amp_str text);
AMP_MUST amp_err amp_websocket_ping(struct amp_websocket *ws);
/* Says the end, ahead of what has not left yet. Nothing more is read. */
void amp_websocket_end(struct amp_websocket *ws, enum amp_websocket_code code, const char *reason);

/* Reads what there is and sends what can leave. False: the connection is of no more use. */
bool amp_websocket_pump(struct amp_websocket *ws);
bool amp_websocket_wants_write(const struct amp_websocket *ws);
size_t amp_websocket_unsent(const struct amp_websocket *ws); /* messages */
/* Frames that came, of any kind: it lives as long as these grow. */
uint64_t amp_websocket_frames(const struct amp_websocket *ws);
/* What the peer said when it ended; 0: it did not. */
int amp_websocket_ended(const struct amp_websocket *ws);

#endif
