/*
 * The courier: the process that carries HTTP requests out of the house.
 *
 * The server may open no connection (decisions 0007 and 0016). It hands an errand to the courier
 * over a socket pair (AF_UNIX, SOCK_SEQPACKET: a packet is a whole frame, also when a courier died
 * in between), and hears what came of it. The courier has no file of ours, no key but the one that
 * it shows to who asks for a certificate (decision 0030), and no state: an
 * errand that it loses is missed by the server, which sends it again.
 *
 * Frames are JSON objects of at most AMP_COURIER_FRAME bytes:
 *   errand   {"id":7,"method":"POST","url":"https://...","timeout_ms":10000,
 *             "headers":["Content-Type: application/json"],"body":"...","answer":65536}
 *   result   {"id":7,"status":202,"body":"the first bytes of the answer"}, or with status 0
 *            {"id":7,"status":0,"error":"why there was no answer"}. To an errand with "answer", so
 *            many bytes of the answer: {"id":7,"status":200,"data":"base64","etag":"..."} and
 *            "cut":true if there were more. A long one comes in parts of AMP_COURIER_PART bytes,
 *            since a packet is as long as the system allows: each has "at", where in the answer it
 *            begins, and all but the last {"id":7,"status":200,"at":0,"part":"base64"}
 *   renewed  {"renewed":{"ca":"PEM","cert":"PEM","key":"PEM"}}: what is shown from the next
 *            connection on; nothing is answered
 * An errand with the method SOCKET opens a connection that stays, and is told of many times:
 * wire.h. Redirects are not followed; only http and https are spoken; certificates are checked.
 */
#ifndef AMP_SERVER_COURIER_H
#define AMP_SERVER_COURIER_H

#include "base/str.h"

enum {
    AMP_COURIER_FRAME = 128 << 10,
    AMP_COURIER_AT_ONCE = 32,    /* errands under way; more wait in the socket */
    AMP_COURIER_HEADERS = 16,    /* of one errand */
    AMP_COURIER_ANSWER = 512,    /* bytes of an answer's body that are handed back */
    AMP_COURIER_WHOLE = 2 << 20, /* the same, of an errand that asks for more */
    AMP_COURIER_PART = 64 << 10,
    AMP_COURIER_TEXT = 72 << 10,    /* of a text over a wire: an EIDO, and what is around it */
    AMP_COURIER_TIMEOUT_MS = 60000, /* the longest */
    AMP_COURIER_URL = 8192
};

/* PEM, borrowed: authorities beside the machine's; a chain and its key, shown to who asks for one.
 * Empty: none. */
struct amp_courier_tls {
    struct amp_str ca, cert, key;
};

/* Carries until the other end of the socket is closed. What `tls` borrows is for the beginning: the
 * server says when it was renewed. */
AMP_MUST amp_err amp_courier_run(int fd, const struct amp_courier_tls *tls, struct amp_why *why);

#endif
