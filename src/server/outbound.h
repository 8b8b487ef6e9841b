/*
 * Errands: HTTP requests that the server has carried out of the house (courier.h).
 *
 * An errand is handed over without waiting and its result comes back to the core as a call of its
 * `done`, or, when the courier lost it, after its time as a result without an answer. Nothing here
 * is durable: who sends keeps its own record of what has to be sent, and sends again. All on the
 * core's thread, but that one thread of its own reads results.
 */
#ifndef AMP_SERVER_OUTBOUND_H
#define AMP_SERVER_OUTBOUND_H

#include "base/arena.h"
#include "base/str.h"

enum {
    AMP_OUTBOUND_MAX = 256, /* errands under way */
    AMP_OUTBOUND_HEADERS = 8,
    AMP_OUTBOUND_ANSWER = 512,
    AMP_OUTBOUND_WHOLE = 2 << 20,  /* the longest answer that can be asked for whole */
    AMP_OUTBOUND_SILENT_MS = 40000 /* a wire that the courier does not speak of is lost */
};

struct amp_server;
struct amp_outbound;

struct amp_errand_result {
    int status;                      /* of HTTP; 0: there was no answer */
    struct amp_str body;             /* the first bytes of the answer, or all that were asked for */
    bool cut;                        /* it was longer than asked for */
    struct amp_str etag;             /* of an answer that was asked for whole; may be empty */
    char error[AMP_OUTBOUND_ANSWER]; /* why there was none: says nothing of what was sent */
};

/* About which message or delivery: the sender's own two numbers. */
typedef void amp_errand_fn(struct amp_server *server, uint64_t about, uint64_t more,
                           const struct amp_errand_result *result);

struct amp_errand {
    const char *method; /* "GET" or "POST"; "SOCKET": a wire, see below */
    struct amp_str url;
    const char *header[AMP_OUTBOUND_HEADERS]; /* NULL behind the last */
    struct amp_str body;
    int64_t timeout_ms;
    size_t answer; /* bytes wanted of it, at most AMP_OUTBOUND_WHOLE; 0: the first few */
    uint64_t about, more;
    amp_errand_fn *done;
};

/* fd: a courier's socket, taken over; 0 or -1: there is none, and every errand is
 * AMP_E_UNSUPPORTED. */
AMP_MUST amp_err amp_outbound_start(struct amp_server *server, int fd, struct amp_outbound **out);
void amp_outbound_stop(struct amp_outbound *outbound);  /* hears no more; accepts NULL */
void amp_outbound_close(struct amp_outbound *outbound); /* the core has ended; accepts NULL */
bool amp_outbound_there(const struct amp_outbound *outbound);
/* AMP_E_BUSY: too much is under way, try later. AMP_E_LIMIT: longer than the courier carries. */
AMP_MUST amp_err amp_outbound_send(struct amp_server *server, const struct amp_errand *errand);
void amp_outbound_tick(struct amp_server *server); /* what was lost comes back */

/* A wire (wire.h): its `done` is called with status 101 when it is open and with each text that
 * came, in the body (which is empty otherwise); and with another status once, when it is over. Any
 * number of these may come before amp_outbound_end is obeyed. */
AMP_MUST amp_err amp_outbound_open(struct amp_server *server, const struct amp_errand *errand,
                                   int64_t *id);
/* Any thread. AMP_E_BUSY: it cannot be said now. */
AMP_MUST amp_err amp_outbound_say(struct amp_server *server, int64_t id, struct amp_str text);
void amp_outbound_end(struct amp_server *server, int64_t id); /* `done` is still called */

/* When what failed `tries` times before is tried again, on the steady clock: after first_ms (or the
 * again_ms of the configuration), then after twice as long each time, and never later than
 * longest_ms. */
int64_t amp_outbound_again_us(const struct amp_server *server, int64_t first_ms, int64_t longest_ms,
                              unsigned tries);

#endif
