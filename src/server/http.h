/*
 * HTTP: the only place that knows the HTTP library.
 *
 * A network thread parses. It calls `head` when a request's head is complete and `request` when its
 * body is; either may answer. A request that `request` has not answered waits, suspended, until any
 * thread answers it. Every request is answered exactly once; its memory goes after the answer left.
 *
 * There are up to two doors: an address, in the clear or under TLS, and a socket in the file system
 * for programs of the same user. Each has its thread, but head, request and gone never run two at a
 * time.
 *
 * A stream is an answer without end: the network thread asks its source for bytes whenever the
 * client can take some. A source with nothing to say parks its stream and wakes it later from any
 * thread, so a slow client costs no memory here and slows nobody.
 *
 * An upgraded connection is HTTP no more: it goes to its taker with its socket, and only its end
 * comes back here. Source: RFC 9110, section 7.8.
 *
 * A client has a limited time for its head, its body, and to take an answer that is no stream; then
 * its connection is cut, however busily it drips. Source: RFC 9110, RFC 9112; server-sent events
 * are the HTML standard, section 9.2.
 */
#ifndef AMP_SERVER_HTTP_H
#define AMP_SERVER_HTTP_H

#include "base/buf.h"
#include "server/forwarded.h"
#include <sys/types.h>

enum {
    AMP_HTTP_HEAD_MAX = 8192,      /* bytes of a request's head */
    AMP_HTTP_BODY_MAX = 256 << 10, /* bytes of a request's body */
    AMP_HTTP_DRAIN_MAX = 16 << 20, /* longer is read to its end to be refused; more is cut off */
    AMP_HTTP_IDLE_S = 20,          /* a connection that neither sends nor takes bytes */
    AMP_HTTP_HEAD_S = 20,          /* from its connection or first line to the end of a head */
    AMP_HTTP_BODY_S = 60,          /* from there to the end of the body */
    AMP_HTTP_ANSWER_S = 600,       /* to take an answer; streams have no such end */
    AMP_HTTP_CONNECTIONS = 8192,   /* by the address */
    AMP_HTTP_LOCALS = 64,          /* by the local socket */
    AMP_HTTP_PER_ADDRESS = 6144,   /* a centre may be one address, and so is this machine */
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
struct amp_tls;

struct amp_http_config {
    bool no_tcp;            /* only the local socket; addr, port and tls do not count */
    const char *addr;       /* an IPv4 or IPv6 address */
    uint16_t port;          /* 0: any free one */
    struct amp_tls *tls;    /* NULL: in the clear; outlives the service */
    const char *local_path; /* NULL: no local socket */
    /* Peers of loopback are our own proxy: what it forwards says who asks, and it may have any
     * number of connections. The text it forwards must be its own: X-Forwarded-For appended to,
     * X-Forwarded-Proto set. */
    bool trust_proxy;
    int64_t head_ms, body_ms, answer_ms; /* 0: as above */
    size_t per_address;                  /* connections; 0: as above */
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
uint16_t amp_http_port(const struct amp_http *http); /* 0 without one */
void amp_http_quiesce(struct amp_http *http);        /* no new connections */
/* All requests must have been answered or be about to be; waits for answers to leave. */
void amp_http_stop(struct amp_http *http); /* accepts NULL */

/* Of a request, for the network thread inside head and request. */
enum amp_method amp_request_method(const struct amp_request *rq);
struct amp_str amp_request_target(const struct amp_request *rq); /* as sent: "/v1/x?y=%20" */
struct amp_str amp_request_field(const struct amp_request *rq, const char *name);  /* or empty */
struct amp_str amp_request_cookie(const struct amp_request *rq, const char *name); /* or empty */
uint64_t amp_request_length(const struct amp_request *rq); /* as announced; 0 if not */
size_t amp_request_head_size(const struct amp_request *rq);
/* Two servers could read it in two ways: two hosts, two lengths, or a length beside chunks. */
bool amp_request_ambiguous(const struct amp_request *rq);
void amp_request_user_set(struct amp_request *rq, void *user);
void *amp_request_user(const struct amp_request *rq);
/* Inside request: the body, valid until the answer. AMP_E_LIMIT: it was longer than the maximum;
 * AMP_E_NOMEM. */
AMP_MUST amp_err amp_request_body(const struct amp_request *rq, struct amp_str *out);

/* Who asks. */
struct amp_peer {
    char addr[AMP_PEER_ADDR]; /* "192.0.2.7", "2001:db8::1"; "" at the local socket */
    bool local;               /* a program of our own user or root */
    bool secure;              /* under TLS, ours or our proxy's; the local socket is not */
};
const struct amp_peer *amp_request_peer(const struct amp_request *rq);
bool amp_request_is_local(const struct amp_request *rq);

/* From any thread, once. A long answer becomes 503 while too much waits for clients that do not
 * read.
 */
void amp_request_answer(struct amp_request *rq, struct amp_http_answer *answer);
/* Answers with a stream, inside `request` only; *stream_out is set before the source is read. */
void amp_request_stream(struct amp_request *rq, const char *type,
                        const struct amp_stream_source *source, struct amp_stream **stream_out);

struct amp_upgraded;
struct amp_upgrade { /* who takes the connection; exactly one of the two is called */
    void *ctx;
    /* On the network thread, which is not held up. The socket (fd, which does not block) may be
     * read and written until amp_upgraded_end; first: what came behind the head, to be copied. */
    void (*taken)(void *ctx, struct amp_upgraded *conn, int fd, struct amp_str first);
    void (*lost)(void *ctx); /* the client went before, or memory is short */
};
/* Answers rq with 101 and these fields, from any thread; the taker is told later. */
void amp_request_upgrade(struct amp_request *rq, const struct amp_http_field *field, size_t field_n,
                         const struct amp_upgrade *upgrade);
/* The socket of the network itself, to be watched for its end and nothing else: under TLS the other
 * one does not show it. Good until amp_upgraded_end. */
int amp_upgraded_line(const struct amp_upgraded *conn);
void amp_upgraded_end(struct amp_upgraded *conn); /* once, from any thread; closes the socket */

void amp_stream_park(struct amp_stream *stream); /* inside read only */
void amp_stream_wake(struct amp_stream *stream); /* once for each park, from any thread */

#endif
