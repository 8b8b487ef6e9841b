/*
 * HTTP: the only place that knows the HTTP library.
 *
 * One network thread parses. It calls `head` when a request's head is complete and `request` when
 * its body is; either may answer. A request that `request` has not answered waits, suspended, until
 * any thread answers it. Every request is answered exactly once; its memory goes after the answer
 * left.
 *
 * A stream is an answer without end: the network thread asks its source for bytes whenever the
 * client can take some. A source with nothing to say parks its stream and wakes it later from any
 * thread, so a slow client costs no memory here and slows nobody. Source: RFC 9110, RFC 9112;
 * server-sent events are the HTML standard, section 9.2.
 */
#ifndef AMP_SERVER_HTTP_H
#define AMP_SERVER_HTTP_H

#include "base/buf.h"
#include <sys/types.h>

enum {
    AMP_HTTP_HEAD_MAX = 8192,      /* bytes of a request's head */
    AMP_HTTP_BODY_MAX = 256 << 10, /* bytes of a request's body */
    AMP_HTTP_DRAIN_MAX = 16 << 20, /* longer is read to its end to be refused; more is cut off */
    AMP_HTTP_IDLE_S = 20,          /* a connection that neither sends nor takes bytes */
    AMP_HTTP_CONNECTIONS = 8192,
    AMP_HTTP_PER_ADDRESS = 6144,   /* a reverse proxy is one address, and so is this machine */
    AMP_HTTP_HELD_MAX = 128 << 20, /* bytes of answers that clients have not taken yet */
    AMP_HTTP_SMALL = 16 << 10,     /* an answer that is given nevertheless */
    AMP_HTTP_FIELDS_MAX = 16,      /* header fields of an answer */
    AMP_HTTP_STOP_MS = 3000        /* how long answers may take to leave at a stop */
};

enum amp_method {
    AMP_METHOD_GET, /* HEAD too: the body of the answer is left out */
    AMP_METHOD_POST,
    AMP_METHOD_PATCH,
    AMP_METHOD_DELETE,
    AMP_METHOD_OTHER
};
const char *amp_method_name(enum amp_method method);

struct amp_http;
struct amp_request;
struct amp_stream;

struct amp_http_config {
    const char *addr; /* an IPv4 or IPv6 address */
    uint16_t port;    /* 0: any free one */
    void *ctx;
    void (*head)(void *ctx, struct amp_request *rq);
    void (*request)(void *ctx, struct amp_request *rq);
    void (*gone)(void *ctx, void *user); /* the request is over; user as set, may be NULL */
};

struct amp_http_field {
    const char *name, *value;
};

struct amp_http_answer {
    int status;
    const char *type;     /* NULL: no body */
    struct amp_buf *body; /* taken over and left empty; NULL for none */
    struct amp_str fixed; /* or bytes that outlive the server */
    struct amp_http_field field[AMP_HTTP_FIELDS_MAX];
    size_t field_n;
    bool close; /* end the connection after it */
};

struct amp_stream_source {
    void *ctx;
    /* Up to max bytes into buf: how many; 0 after amp_stream_park; -1 to end the stream. */
    ssize_t (*read)(void *ctx, char *buf, size_t max);
    void (*closed)(void *ctx); /* no call comes after this one */
};

AMP_MUST amp_err amp_http_start(const struct amp_http_config *config, struct amp_http **out,
                                struct amp_why *why);
uint16_t amp_http_port(const struct amp_http *http);
void amp_http_quiesce(struct amp_http *http); /* no new connections */
/* All requests must have been answered or be about to be; waits for answers to leave. */
void amp_http_stop(struct amp_http *http); /* accepts NULL */

/* Of a request, for the network thread inside head and request. */
enum amp_method amp_request_method(const struct amp_request *rq);
struct amp_str amp_request_target(const struct amp_request *rq); /* as sent: "/v1/x?y=%20" */
struct amp_str amp_request_field(const struct amp_request *rq, const char *name); /* or empty */
uint64_t amp_request_length(const struct amp_request *rq); /* as announced; 0 if not */
size_t amp_request_head_size(const struct amp_request *rq);
/* Two servers could read it in two ways: two hosts, two lengths, or a length beside chunks. */
bool amp_request_ambiguous(const struct amp_request *rq);
void amp_request_user_set(struct amp_request *rq, void *user);
void *amp_request_user(const struct amp_request *rq);
/* Inside request: the body, valid until the answer. *too_large: it was longer than the maximum. */
struct amp_str amp_request_body(const struct amp_request *rq, bool *too_large);

/* From any thread, once. A long answer becomes 503 while too much waits for clients that do not
 * read.
 */
void amp_request_answer(struct amp_request *rq, struct amp_http_answer *answer);
/* Answers with a stream, inside `request` only; *stream_out is set before the source is read. */
void amp_request_stream(struct amp_request *rq, const char *type,
                        const struct amp_stream_source *source, struct amp_stream **stream_out);

void amp_stream_park(struct amp_stream *stream); /* inside read only */
void amp_stream_wake(struct amp_stream *stream); /* once for each park, from any thread */

#endif
