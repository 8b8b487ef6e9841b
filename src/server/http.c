/* HTTP over libmicrohttpd: an epoll thread for each door, requests suspended while the core works.
 */
#include "server/http.h"
#include "base/crypto.h"
#include "server/clock.h"
#include "server/guard.h"
#include "server/local.h"
#include "server/tls.h"
#include "server/watch.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY = 24 << 10, /* head, and what is being sent */
    STREAM_BLOCK = 16 << 10,
    UPGRADED_BYTES = 128 << 10, /* that the kernel keeps of what was sent to a WebSocket */
    LISTEN_BACKLOG = 1024
};

enum phase {
    PHASE_OPEN,      /* not answered */
    PHASE_SUSPENDED, /* not answered, and the connection waits for it */
    PHASE_ANSWERED
};

struct amp_http {
    struct amp_http_config config;
    struct MHD_Daemon *daemon;     /* at the address; NULL without one */
    struct MHD_Daemon *doorkeeper; /* at the local socket; NULL without one */
    atomic_bool quiet;             /* who connects from now on is sent away */
    struct amp_local local;
    struct amp_watch *watch;
    uint16_t port;
    pthread_mutex_t calling; /* around head, request and gone */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    size_t open_n;      /* requests that have begun and not completed */
    atomic_size_t held; /* bytes of their answers */
};

struct link { /* a connection */
    struct amp_watched watched;
    struct amp_peer peer; /* of the connection itself */
    bool refused, used;   /* used: a request has come before */
    struct amp_tls_pair *pair;
};

struct amp_stream {
    struct MHD_Connection *conn;
    struct amp_stream_source source;
    size_t filled; /* bytes of the last block, which is where the next one goes */
};

struct amp_upgraded {
    struct MHD_UpgradeResponseHandle *handle; /* NULL: not taken */
    int line;                                 /* the connection's own socket */
    struct amp_upgrade taker;
    bool asked;
};

struct amp_request {
    struct amp_http *http;
    struct MHD_Connection *conn;
    struct link *link;
    struct amp_peer peer;
    char *target;
    enum amp_method method;
    struct amp_buf body;
    uint64_t received;
    bool begun, handled, streams;
    atomic_int phase;
    struct MHD_Response *response;
    size_t held; /* bytes of it that are counted */
    unsigned status;
    void *user;
    struct amp_upgraded upgraded;
};

static const struct {
    const char *name;
    enum amp_method method;
} methods[] = {
    {"GET", AMP_METHOD_GET},       {"POST", AMP_METHOD_POST}, {"PATCH", AMP_METHOD_PATCH},
    {"DELETE", AMP_METHOD_DELETE}, {"HEAD", AMP_METHOD_GET},
};

const char *amp_method_name(enum amp_method method)
{
    return method < AMP_METHOD_OTHER ? methods[method].name : "OTHER";
}

static enum amp_method method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(name, methods[i].name) == 0) {
            return methods[i].method;
        }
    }
    return AMP_METHOD_OTHER;
}

enum amp_method amp_request_method(const struct amp_request *rq)
{
    return rq->method;
}

struct amp_str amp_request_target(const struct amp_request *rq)
{
    return amp_str_of(rq->target);
}

struct amp_str amp_request_field(const struct amp_request *rq, const char *name)
{
    return amp_str_of(MHD_lookup_connection_value(rq->conn, MHD_HEADER_KIND, name));
}

struct amp_str amp_request_cookie(const struct amp_request *rq, const char *name)
{
    struct amp_str rest = amp_request_field(rq, MHD_HTTP_HEADER_COOKIE);
    while (rest.len > 0) {
        struct amp_str pair = {0}, key = {0};
        rest = amp_str_cut(rest, ';', &pair);
        struct amp_str value = amp_str_cut(amp_str_trim(pair), '=', &key);
        if (amp_str_is(key, name)) {
            return value;
        }
    }
    return (struct amp_str){0};
}

uint64_t amp_request_length(const struct amp_request *rq)
{
    uint64_t length = 0;
    struct amp_str text = amp_request_field(rq, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return amp_str_u64(text, &length) == AMP_OK ? length : 0;
}

size_t amp_request_head_size(const struct amp_request *rq)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(rq->conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info != NULL ? info->header_size : 0;
}

struct framing {
    int hosts, lengths, codings;
};

static enum MHD_Result on_framing(void *cls, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct framing *framing = cls;
    (void)kind;
    (void)value;
    framing->hosts += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
    framing->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    framing->codings += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    return MHD_YES;
}

bool amp_request_ambiguous(const struct amp_request *rq)
{
    struct framing framing = {0};
    (void)MHD_get_connection_values(rq->conn, MHD_HEADER_KIND, on_framing, &framing);
    return framing.hosts > 1 || framing.lengths > 1 || framing.codings > 1 ||
           (framing.lengths > 0 && framing.codings > 0);
}

void amp_request_user_set(struct amp_request *rq, void *user)
{
    rq->user = user;
}

void *amp_request_user(const struct amp_request *rq)
{
    return rq->user;
}

amp_err amp_request_body(const struct amp_request *rq, struct amp_str *out)
{
    *out = amp_buf_view(&rq->body);
    return amp_buf_err(&rq->body);
}

const struct amp_peer *amp_request_peer(const struct amp_request *rq)
{
    return &rq->peer;
}

bool amp_request_is_local(const struct amp_request *rq)
{
    return rq->peer.local;
}

/* ---- connections ---- */

static struct link *link_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void link_due(struct link *link, int64_t in_ms)
{
    amp_watch_deadline(&link->watched, amp_clock_steady_us() + in_ms * 1000);
}

/* Where a connection comes from: the address, or of IPv6 the network, which is one client's. */
static void peer_read(struct MHD_Connection *conn, struct link *link)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    char text[AMP_PEER_ADDR] = "";
    if (info != NULL && info->client_addr->sa_family == AF_INET) {
        memcpy(&v4, info->client_addr, sizeof v4);
        memcpy(link->watched.from, &v4.sin_addr, sizeof v4.sin_addr);
        (void)inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    } else if (info != NULL && info->client_addr->sa_family == AF_INET6) {
        memcpy(&v6, info->client_addr, sizeof v6);
        size_t len =
            IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? sizeof v6.sin6_addr : sizeof v6.sin6_addr / 2;
        memcpy(link->watched.from, &v6.sin6_addr, len);
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    }
    (void)amp_forwarded_canonical(amp_str_of(text), link->peer.addr);
}

static bool is_our_proxy(const struct amp_http *http, const struct amp_peer *peer)
{
    return http->config.trust_proxy && !peer->local &&
           amp_guard_is_loopback(amp_str_of(peer->addr));
}

static bool welcome(struct amp_http *http, const struct link *link)
{
    size_t most = http->config.per_address;
    if (link->peer.local) {
        return amp_local_is_own(link->watched.fd);
    }
    return link->peer.addr[0] != '\0' &&
           (is_our_proxy(http, &link->peer) ||
            amp_watch_count(http->watch, link->watched.from, most) <= most);
}

static struct link *link_open(struct amp_http *http, struct MHD_Connection *conn, bool local)
{
    struct link *link = calloc(1, sizeof *link);
    int fd = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (link == NULL) {
        (void)shutdown(fd, SHUT_RDWR); /* and its requests find no link */
        return NULL;
    }
    link->watched.fd = fd;
    link->peer.local = local;
    if (!local) {
        peer_read(conn, link);
        if (http->config.tls != NULL) {
            link->peer.secure = true;
            link->pair = amp_tls_pin(
                http->config.tls,
                MHD_get_connection_info(conn, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
        }
    }
    link_due(link, http->config.head_ms);
    amp_watch_add(http->watch, &link->watched);
    if (!welcome(http, link)) {
        link->refused = true;
        (void)shutdown(fd, SHUT_RDWR);
    }
    return link;
}

static void on_connection(struct amp_http *http, struct MHD_Connection *conn, void **context,
                          enum MHD_ConnectionNotificationCode code, bool local)
{
    struct link *link = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = link_open(http, conn, local);
    } else if (link != NULL) {
        *context = NULL;
        amp_watch_remove(http->watch, &link->watched); /* its socket is closed after this */
        amp_tls_unpin(link->pair);
        free(link);
    }
}

static void on_remote(void *cls, struct MHD_Connection *conn, void **context,
                      enum MHD_ConnectionNotificationCode code)
{
    on_connection(cls, conn, context, code, false);
}

static void on_local(void *cls, struct MHD_Connection *conn, void **context,
                     enum MHD_ConnectionNotificationCode code)
{
    on_connection(cls, conn, context, code, true);
}

/* ---- requests ---- */

struct forwarded {
    const char *last_for, *last_proto;
};

static enum MHD_Result on_forwarded(void *cls, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct forwarded *forwarded = cls;
    (void)kind;
    if (strcasecmp(name, "X-Forwarded-For") == 0) {
        forwarded->last_for = value;
    } else if (strcasecmp(name, "X-Forwarded-Proto") == 0) {
        forwarded->last_proto = value;
    }
    return MHD_YES;
}

static void peer_find(struct amp_request *rq)
{
    struct forwarded forwarded = {0};
    rq->peer = rq->link->peer;
    if (is_our_proxy(rq->http, &rq->peer)) {
        (void)MHD_get_connection_values(rq->conn, MHD_HEADER_KIND, on_forwarded, &forwarded);
        (void)amp_forwarded_addr(amp_str_of(forwarded.last_for), rq->peer.addr);
        rq->peer.secure = rq->peer.secure || amp_forwarded_secure(amp_str_of(forwarded.last_proto));
    }
}

/* The target is kept as it was sent: decoding is ours, bounded and fuzzed. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *conn)
{
    struct link *link = link_of(conn);
    struct amp_request *rq = link != NULL && !link->refused ? calloc(1, sizeof *rq) : NULL;
    if (rq == NULL) {
        return NULL;
    }
    rq->http = cls;
    rq->conn = conn;
    rq->link = link;
    if (link->used) { /* its first line came; the time before it was idle */
        link_due(link, rq->http->config.head_ms);
    }
    link->used = true;
    rq->target = strdup(target);
    rq->body = amp_buf_make(AMP_HTTP_BODY_MAX);
    atomic_init(&rq->phase, PHASE_OPEN);
    if (rq->target == NULL) {
        free(rq);
        return NULL;
    }
    return rq;
}

static size_t on_unescape(void *cls, struct MHD_Connection *conn, char *text)
{
    (void)cls;
    (void)conn;
    return strlen(text);
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct amp_http *http = cls;
    struct amp_request *rq = *con_cls;
    (void)conn;
    (void)code;
    *con_cls = NULL;
    if (rq == NULL) {
        return;
    }
    if (rq->user != NULL) {
        (void)pthread_mutex_lock(&http->calling);
        http->config.gone(http->config.ctx, rq->user);
        (void)pthread_mutex_unlock(&http->calling);
    }
    if (rq->upgraded.asked && rq->upgraded.handle == NULL) {
        rq->upgraded.taker.lost(rq->upgraded.taker.ctx);
    }
    link_due(rq->link, http->config.head_ms + AMP_HTTP_IDLE_S * INT64_C(1000));
    if (rq->begun) {
        (void)pthread_mutex_lock(&http->lock);
        assert(http->open_n > 0);
        http->open_n--;
        (void)pthread_cond_signal(&http->idle);
        (void)pthread_mutex_unlock(&http->lock);
    }
    if (rq->response != NULL) {
        MHD_destroy_response(rq->response);
    }
    (void)atomic_fetch_sub(&http->held, rq->held);
    amp_buf_free(&rq->body);
    amp_wipe_free(rq->target);
    free(rq);
}

static enum MHD_Result response_queue(struct amp_request *rq)
{
    if (rq->streams || rq->upgraded.asked) {
        amp_watch_deadline(&rq->link->watched, AMP_WATCH_NEVER);
    } else {
        link_due(rq->link, rq->http->config.answer_ms);
    }
    return MHD_queue_response(rq->conn, rq->status, rq->response);
}

static bool answered(struct amp_request *rq)
{
    return atomic_load(&rq->phase) == PHASE_ANSWERED;
}

static enum MHD_Result request_begin(struct amp_request *rq, struct MHD_Connection *conn,
                                     const char *method)
{
    struct amp_http *http = rq->http;
    rq->begun = true;
    rq->conn = conn;
    rq->method = method_of(method);
    (void)pthread_mutex_lock(&http->lock);
    http->open_n++;
    (void)pthread_mutex_unlock(&http->lock);
    peer_find(rq);
    link_due(rq->link, http->config.body_ms);
    (void)pthread_mutex_lock(&http->calling);
    http->config.head(http->config.ctx, rq);
    (void)pthread_mutex_unlock(&http->calling);
    return answered(rq) ? response_queue(rq) : MHD_YES;
}

static enum MHD_Result body_take(struct amp_request *rq, const char *data, size_t *size)
{
    rq->received += *size;
    if (rq->received > AMP_HTTP_DRAIN_MAX) {
        return MHD_NO;
    }
    amp_buf_put(&rq->body, data, *size); /* which remembers that there was too much */
    /* The library frees its buffer with the body in it: nobody reads that again, so it goes now. */
    void *theirs = NULL;
    memcpy(&theirs, &data, sizeof theirs);
    amp_wipe(theirs, *size);
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result request_hand_over(struct amp_request *rq)
{
    struct amp_http *http = rq->http;
    rq->handled = true;
    amp_watch_deadline(&rq->link->watched, AMP_WATCH_NEVER); /* the time is ours now */
    (void)pthread_mutex_lock(&http->calling);
    http->config.request(http->config.ctx, rq);
    (void)pthread_mutex_unlock(&http->calling);
    if (answered(rq)) {
        return response_queue(rq);
    }
    /* Suspend first, then say so: whoever answers in between finds PHASE_OPEN and leaves the waking
     * to us. */
    MHD_suspend_connection(rq->conn);
    int expected = PHASE_OPEN;
    if (!atomic_compare_exchange_strong(&rq->phase, &expected, PHASE_SUSPENDED)) {
        MHD_resume_connection(rq->conn);
    }
    return MHD_YES;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *conn, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **con_cls)
{
    struct amp_request *rq = *con_cls;
    (void)cls;
    (void)url;
    (void)version;
    if (rq == NULL) {
        return MHD_NO; /* refused, or out of memory at its first line */
    }
    if (!rq->begun) {
        return request_begin(rq, conn, method);
    }
    if (*size > 0) {
        return body_take(rq, data, size);
    }
    if (answered(rq)) {
        return response_queue(rq);
    }
    return rq->handled ? MHD_YES : request_hand_over(rq);
}

static struct MHD_Response *response_make(struct amp_http_answer *answer)
{
    if (answer->body != NULL && answer->body->len > 0) {
        struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback(
            answer->body->len, answer->body->data, amp_wipe_free);
        if (response != NULL) {
            *answer->body = amp_buf_make(answer->body->max);
        }
        return response;
    }
    void *fixed = NULL; /* the library takes a pointer to what it does not change */
    memcpy(&fixed, &answer->fixed.ptr, sizeof fixed);
    return MHD_create_response_from_buffer(answer->fixed.len, fixed, MHD_RESPMEM_PERSISTENT);
}

static void answer_set(struct amp_request *rq, struct MHD_Response *response, int status)
{
    assert(rq->response == NULL);
    rq->response = response;
    rq->status = (unsigned)status;
    if (atomic_exchange(&rq->phase, PHASE_ANSWERED) == PHASE_SUSPENDED) {
        MHD_resume_connection(rq->conn);
    }
}

/* Counts what the answer holds until the client has taken it. A long one too many is given up. */
static void answer_hold(struct amp_request *rq, struct amp_http_answer *answer)
{
    static const char busy[] = "{\"type\":\"about:blank\",\"title\":\"too many answers wait for "
                               "clients that do not read them\",\"status\":503,\"code\":\"busy\","
                               "\"detail\":\"try again; a write with its Idempotency-Key\"}";
    size_t len = answer->body != NULL ? answer->body->len : 0;
    size_t before = atomic_fetch_add(&rq->http->held, len);
    if (len > AMP_HTTP_SMALL && before + len > AMP_HTTP_HELD_MAX) {
        (void)atomic_fetch_sub(&rq->http->held, len);
        *answer = (struct amp_http_answer){.status = MHD_HTTP_SERVICE_UNAVAILABLE,
                                           .type = "application/problem+json",
                                           .fixed = amp_str_of(busy)};
        len = 0;
    }
    rq->held = len;
}

void amp_request_answer(struct amp_request *rq, struct amp_http_answer *answer)
{
    answer_hold(rq, answer);
    struct MHD_Response *response = response_make(answer);
    if (response == NULL) { /* no memory for an answer: without one the connection is closed */
        answer_set(rq, NULL, MHD_HTTP_SERVICE_UNAVAILABLE);
        return;
    }
    if (answer->type != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    }
    for (size_t i = 0; i < answer->field_n; i++) {
        (void)MHD_add_response_header(response, answer->field[i].name, answer->field[i].value);
    }
    if (answer->close) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    answer_set(rq, response, answer->status);
}

static ssize_t on_stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct amp_stream *stream = cls;
    (void)pos;
    ssize_t n = stream->source.read(stream->source.ctx, buf, max);
    /* It was sent, and what the next one does not cover would stay in the library's memory. */
    size_t now = n > 0 ? (size_t)n : 0;
    size_t before = stream->filled < max ? stream->filled : max;
    if (now < before) {
        amp_wipe(buf + now, before - now);
    }
    stream->filled = now;
    return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void on_stream_free(void *cls)
{
    struct amp_stream *stream = cls;
    stream->source.closed(stream->source.ctx);
    free(stream);
}

void amp_request_stream(struct amp_request *rq, const char *type,
                        const struct amp_stream_source *source, struct amp_stream **stream_out)
{
    struct amp_stream *stream = calloc(1, sizeof *stream);
    struct MHD_Response *response = NULL;
    if (stream != NULL) {
        *stream = (struct amp_stream){.conn = rq->conn, .source = *source};
        *stream_out = stream;
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_stream_read,
                                                     stream, on_stream_free);
    }
    if (response == NULL) {
        free(stream);
        source->closed(source->ctx);
    } else {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
        (void)MHD_add_response_header(response, "X-Accel-Buffering", "no");
    }
    rq->streams = true;
    answer_set(rq, response, MHD_HTTP_OK);
}

/* ---- upgrades ---- */

/* A text leaves at once, and is not held until the one before was acknowledged; and what waits for
 * a client that takes nothing waits with us, where it is counted, not by megabytes in the kernel.
 * Without either it works as well. */
static void line_prepare(int fd)
{
    const int one = 1, bytes = UPGRADED_BYTES;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static void on_upgrade(void *cls, struct MHD_Connection *conn, void *con_cls, const char *extra,
                       size_t extra_n, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
    struct amp_request *rq = cls;
    const struct amp_str first = {extra_n > 0 ? extra : NULL, extra_n};
    (void)conn;
    (void)con_cls;
    rq->upgraded.handle = handle;
    rq->upgraded.line = rq->link->watched.fd;
    line_prepare(rq->upgraded.line);
    rq->upgraded.taker.taken(rq->upgraded.taker.ctx, &rq->upgraded, fd, first);
}

void amp_request_upgrade(struct amp_request *rq, const struct amp_http_field *field, size_t field_n,
                         const struct amp_upgrade *upgrade)
{
    struct MHD_Response *response = MHD_create_response_for_upgrade(on_upgrade, rq);
    rq->upgraded = (struct amp_upgraded){.taker = *upgrade, .asked = true};
    for (size_t i = 0; response != NULL && i < field_n; i++) {
        (void)MHD_add_response_header(response, field[i].name, field[i].value);
    }
    answer_set(rq, response, MHD_HTTP_SWITCHING_PROTOCOLS);
}

int amp_upgraded_line(const struct amp_upgraded *conn)
{
    return conn->line;
}

/* The library lets the request go after this, which may be at once. */
void amp_upgraded_end(struct amp_upgraded *conn)
{
    (void)MHD_upgrade_action(conn->handle, MHD_UPGRADE_ACTION_CLOSE);
}

void amp_stream_park(struct amp_stream *stream)
{
    MHD_suspend_connection(stream->conn);
}

void amp_stream_wake(struct amp_stream *stream)
{
    MHD_resume_connection(stream->conn);
}

static amp_err address_make(const struct amp_http_config *config, struct sockaddr_storage *out,
                            socklen_t *out_len, struct amp_why *why)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(config->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(config->port)};
    if (inet_pton(AF_INET, config->addr, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        *out_len = sizeof v4;
        return AMP_OK;
    }
    if (inet_pton(AF_INET6, config->addr, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof v6);
        *out_len = sizeof v6;
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_USAGE, "\"%s\" is not an IP address to listen on", config->addr);
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = sizeof addr;
    if (getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
        return 0;
    }
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (addr.ss_family == AF_INET6) {
        memcpy(&v6, &addr, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    memcpy(&v4, &addr, sizeof v4);
    return ntohs(v4.sin_port);
}

static amp_err socket_listen(const struct amp_http_config *config, int *out, struct amp_why *why)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = 0;
    amp_err err = address_make(config, &addr, &len, why);
    if (err != AMP_OK) {
        return err;
    }
    int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        bind(fd, (struct sockaddr *)&addr, len) != 0 || listen(fd, LISTEN_BACKLOG) != 0) {
        err = amp_fail(why, AMP_E_IO, "cannot listen on %s port %u: %s%s", config->addr,
                       (unsigned)config->port, strerror(errno),
                       errno == EADDRINUSE ? "; choose another with --listen ADDR:PORT" : "");
        if (fd >= 0) {
            (void)close(fd);
        }
        return err;
    }
    *out = fd;
    return AMP_OK;
}

/* MHD_quiesce_daemon would give the socket back at once, but in libmicrohttpd 0.9.75 it races with
 * the daemon's own thread for taking it out of the epoll set, and who comes second ends the
 * process. */
static enum MHD_Result on_accept(void *cls, const struct sockaddr *addr, socklen_t addr_len)
{
    const struct amp_http *http = cls;
    (void)addr;
    (void)addr_len;
    return atomic_load(&http->quiet) ? MHD_NO : MHD_YES;
}

/* Of one door: how many may come in, by which socket, and what only it has. */
struct door {
    int fd;
    unsigned flags, connections;
    MHD_NotifyConnectionCallback on_connection;
    const struct MHD_OptionItem *more;
};

static struct MHD_Daemon *daemon_start(struct amp_http *http, const struct door *door)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                           MHD_ALLOW_UPGRADE | MHD_USE_TURBO | door->flags;
    return MHD_start_daemon(
        flags, 0, on_accept, http, on_access, http, MHD_OPTION_LISTEN_SOCKET, door->fd,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
        door->connections, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)AMP_HTTP_IDLE_S,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, http, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
        door->on_connection, http, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, door->more,
        MHD_OPTION_END);
}

static amp_err daemon_failed(int fd, struct amp_why *why)
{
    (void)close(fd);
    return amp_fail(why, AMP_E_IO, "the HTTP service could not be started");
}

static void *option_function(gnutls_certificate_retrieve_function3 *function)
{
    void *pointer = NULL; /* the library takes it as one */
    memcpy(&pointer, &function, sizeof pointer);
    return pointer;
}

static void *option_text(const char *text)
{
    void *pointer = NULL;
    memcpy(&pointer, &text, sizeof pointer);
    return pointer;
}

static amp_err remote_start(struct amp_http *http, struct amp_why *why)
{
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    const char *spoken = http->config.tls != NULL ? amp_tls_priorities(http->config.tls) : "";
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, option_text(spoken)},
        {MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, option_function(amp_tls_retrieve)},
        {MHD_OPTION_END, 0, NULL}};
    struct door door = {
        .connections = AMP_HTTP_CONNECTIONS, .on_connection = on_remote, .more = none};
    amp_err err = socket_listen(&http->config, &door.fd, why);
    if (err != AMP_OK) {
        return err;
    }
    if (strchr(http->config.addr, ':') != NULL) {
        door.flags |= MHD_USE_IPv6;
    }
    if (http->config.tls != NULL) {
        door.flags |= MHD_USE_TLS;
        door.more = tls;
    }
    http->port = port_of(door.fd);
    http->daemon = daemon_start(http, &door);
    return http->daemon != NULL ? AMP_OK : daemon_failed(door.fd, why);
}

static amp_err local_start(struct amp_http *http, struct amp_why *why)
{
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    amp_err err = amp_local_listen(http->config.local_path, &http->local, why);
    if (err != AMP_OK) {
        return err;
    }
    const struct door door = {.fd = http->local.fd,
                              .connections = AMP_HTTP_LOCALS,
                              .on_connection = on_local,
                              .more = none};
    http->doorkeeper = daemon_start(http, &door);
    if (http->doorkeeper == NULL) {
        amp_local_remove(&http->local);
        return daemon_failed(door.fd, why);
    }
    return AMP_OK;
}

static void defaults_set(struct amp_http_config *config)
{
    config->head_ms = config->head_ms > 0 ? config->head_ms : AMP_HTTP_HEAD_S * INT64_C(1000);
    config->body_ms = config->body_ms > 0 ? config->body_ms : AMP_HTTP_BODY_S * INT64_C(1000);
    config->answer_ms =
        config->answer_ms > 0 ? config->answer_ms : AMP_HTTP_ANSWER_S * INT64_C(1000);
    config->per_address = config->per_address > 0 ? config->per_address : AMP_HTTP_PER_ADDRESS;
}

static int64_t look_ms(const struct amp_http_config *config)
{
    int64_t least = config->head_ms < config->body_ms ? config->head_ms : config->body_ms;
    return (least < config->answer_ms ? least : config->answer_ms) / 8;
}

amp_err amp_http_start(const struct amp_http_config *config, struct amp_http **out,
                       struct amp_why *why)
{
    struct amp_http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return AMP_E_NOMEM;
    }
    http->config = *config;
    atomic_init(&http->quiet, false);
    defaults_set(&http->config);
    (void)pthread_mutex_init(&http->calling, NULL);
    (void)pthread_mutex_init(&http->lock, NULL);
    (void)pthread_cond_init(&http->idle, NULL);
    amp_err err = amp_watch_start(look_ms(&http->config), &http->watch);
    if (err == AMP_OK && !config->no_tcp) {
        err = remote_start(http, why);
    }
    if (err == AMP_OK && config->local_path != NULL) {
        err = local_start(http, why);
    }
    if (err != AMP_OK) {
        amp_http_stop(http);
        return err;
    }
    *out = http;
    return AMP_OK;
}

uint16_t amp_http_port(const struct amp_http *http)
{
    return http->port;
}

void amp_http_quiesce(struct amp_http *http)
{
    atomic_store(&http->quiet, true);
}

static void idle_wait(struct amp_http *http)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += AMP_HTTP_STOP_MS / 1000;
    (void)pthread_mutex_lock(&http->lock);
    while (http->open_n > 0 &&
           pthread_cond_timedwait(&http->idle, &http->lock, &until) != ETIMEDOUT) {}
    (void)pthread_mutex_unlock(&http->lock);
}

void amp_http_stop(struct amp_http *http)
{
    if (http == NULL) {
        return;
    }
    idle_wait(http);
    if (http->daemon != NULL) {
        MHD_stop_daemon(http->daemon);
    }
    if (http->doorkeeper != NULL) {
        amp_local_remove(&http->local);
        MHD_stop_daemon(http->doorkeeper);
    }
    amp_watch_stop(http->watch);
    (void)pthread_cond_destroy(&http->idle);
    (void)pthread_mutex_destroy(&http->lock);
    (void)pthread_mutex_destroy(&http->calling);
    free(http);
}
