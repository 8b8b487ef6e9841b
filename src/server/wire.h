/*
 * Wires: WebSocket connections to partner centres that the courier (courier.h) keeps open.
 *
 * An errand with the method SOCKET opens one. What is told of it has the errand's id: status 101
 * when it is open, again with "data" for each text that came, and without now and then, so that
 * the server knows that the courier lives; any other status, or 0 and an error, when it is over.
 * The server says a text with {"id":7,"say":"..."} and ends it with {"id":7,"end":true}. The
 * courier understands nothing of what passes, and nobody is called again: that is for who sent the
 * errand.
 *
 * libcurl makes the connection and its TLS; the handshake and the frames are ours (websocket.h),
 * since Debian 12's libcurl has none. On the courier's one thread.
 */
#ifndef AMP_SERVER_WIRE_H
#define AMP_SERVER_WIRE_H

#include "base/json.h"
#include "server/courier.h"
#include <curl/curl.h>

enum {
    AMP_WIRES_MAX = 64,
    AMP_WIRE_ALIVE_MS = 10000,
    AMP_WIRE_PING_MS = 15000,
    AMP_WIRE_SILENT_MS = 45000,
    AMP_WIRE_OPEN_MS = 15000,
    AMP_WIRE_QUEUE = 256 /* texts that the other end has not taken */
};

struct amp_wires;

/* fd: the server's socket, which is told. */
struct amp_wires *amp_wires_create(CURLM *multi, int fd,
                                   const struct amp_courier_tls *tls); /* NULL: no memory */
void amp_wires_destroy(struct amp_wires *wires);                       /* accepts NULL */

bool amp_wires_is(const json_t *errand); /* the method is SOCKET, or it is about one that is open */
void amp_wires_take(struct amp_wires *wires, const json_t *errand);
/* libcurl has connected, or failed to; false: it is no wire's. */
bool amp_wires_connected(struct amp_wires *wires, CURL *easy, CURLcode code);
/* What to wait for, into out, which has AMP_WIRES_MAX places. */
size_t amp_wires_waits(const struct amp_wires *wires, struct curl_waitfd *out);
void amp_wires_serve(struct amp_wires *wires);

/* Of one connection, also of an errand's. */
bool amp_wire_tls_set(CURL *easy, const struct amp_courier_tls *tls);

#endif
