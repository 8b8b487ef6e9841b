/* A service whose answers are known, and a client that reads them. */
#include "server/httpbed.h"
#include "server/testbed.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    WORDS_MAX = 1 << 16
};

static void answer_text(struct amp_request *rq, struct amp_buf *body)
{
    struct amp_http_answer answer = {.status = 200, .type = "text/plain", .body = body};
    amp_request_answer(rq, &answer);
    amp_buf_free(body);
}

static ssize_t on_read(void *ctx, char *buf, size_t max)
{
    struct hbed_stream *stream = ctx;
    struct hbed *bed = stream->bed;
    ssize_t n = 0;
    (void)pthread_mutex_lock(&bed->lock);
    size_t left = bed->words.len - stream->said;
    if (left > 0) {
        n = (ssize_t)(left < max ? left : max);
        memcpy(buf, bed->words.data + stream->said, (size_t)n);
        stream->said += (size_t)n;
    } else if (bed->ending) {
        n = -1;
    } else {
        stream->parked = true;
        amp_stream_park(stream->stream);
    }
    (void)pthread_mutex_unlock(&bed->lock);
    return n;
}

static void on_closed(void *ctx)
{
    struct hbed_stream *stream = ctx;
    (void)pthread_mutex_lock(&stream->bed->lock);
    stream->open = false;
    stream->parked = false;
    (void)pthread_mutex_unlock(&stream->bed->lock);
}

static void stream_open(struct hbed *bed, struct amp_request *rq)
{
    (void)pthread_mutex_lock(&bed->lock);
    assert_true(bed->stream_n < HBED_STREAMS);
    struct hbed_stream *stream = &bed->stream[bed->stream_n++];
    *stream = (struct hbed_stream){.bed = bed, .open = true};
    (void)pthread_mutex_unlock(&bed->lock);
    const struct amp_stream_source source = {.ctx = stream, .read = on_read, .closed = on_closed};
    amp_request_stream(rq, "text/plain", &source, &stream->stream);
}

static void enter(struct hbed *bed)
{
    int now = atomic_fetch_add(&bed->inside, 1) + 1;
    if (now > atomic_load(&bed->worst)) {
        atomic_store(&bed->worst, now);
    }
}

static void on_head(void *ctx, struct amp_request *rq)
{
    struct hbed *bed = ctx;
    enter(bed);
    amp_request_user_set(rq, bed);
    (void)atomic_fetch_sub(&bed->inside, 1);
}

static void request_serve(struct hbed *bed, struct amp_request *rq)
{
    struct amp_str target = amp_request_target(rq);
    struct amp_buf body = amp_buf_make(HBED_PATH);
    struct amp_str came = {0};
    if (amp_str_is(target, "/stream")) {
        stream_open(bed, rq);
    } else if (amp_str_is(target, "/late")) {
        (void)pthread_mutex_lock(&bed->lock);
        bed->late = rq;
        (void)pthread_mutex_unlock(&bed->lock);
    } else if (amp_str_is(target, "/long")) {
        struct amp_http_answer answer = {
            .status = 200, .type = "text/plain", .fixed = {.ptr = bed->many, .len = HBED_LONG}};
        amp_request_answer(rq, &answer);
    } else if (amp_str_is(target, "/peer")) {
        const struct amp_peer *peer = amp_request_peer(rq);
        amp_buf_printf(&body, "peer=%s;local=%d;secure=%d;", peer->addr, amp_request_is_local(rq),
                       peer->secure);
        answer_text(rq, &body);
    } else {
        (void)!amp_request_body(rq, &came);
        amp_buf_printf(&body, "size=%zu;", came.len);
        answer_text(rq, &body);
    }
}

static void on_request(void *ctx, struct amp_request *rq)
{
    struct hbed *bed = ctx;
    enter(bed);
    request_serve(bed, rq);
    (void)atomic_fetch_sub(&bed->inside, 1);
}

static void on_gone(void *ctx, void *user)
{
    struct hbed *bed = ctx;
    enter(bed);
    assert_ptr_equal(bed, user);
    (void)atomic_fetch_add(&bed->gone, 1);
    (void)atomic_fetch_sub(&bed->inside, 1);
}

struct hbed *hbed_make(void)
{
    struct hbed *bed = calloc(1, sizeof *bed);
    assert_non_null(bed);
    (void)signal(SIGPIPE, SIG_IGN);
    bed->many = malloc(HBED_LONG);
    assert_non_null(bed->many);
    memset(bed->many, 'x', HBED_LONG);
    bed->words = amp_buf_make(WORDS_MAX);
    amp_buf_text(&bed->words, "hello");
    (void)pthread_mutex_init(&bed->lock, NULL);
    (void)snprintf(bed->dir, sizeof bed->dir, "/tmp/amparo-http-XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    (void)snprintf(bed->path, sizeof bed->path, "%.64s/socket", bed->dir);
    bed->config = (struct amp_http_config){
        .addr = "127.0.0.1", .ctx = bed, .head = on_head, .request = on_request, .gone = on_gone};
    return bed;
}

void hbed_start(struct hbed *bed)
{
    struct amp_why why = {""};
    if (amp_http_start(&bed->config, &bed->http, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
}

static void streams_wake(struct hbed *bed)
{
    for (size_t i = 0; i < bed->stream_n; i++) {
        if (bed->stream[i].parked) {
            bed->stream[i].parked = false;
            amp_stream_wake(bed->stream[i].stream);
        }
    }
}

void hbed_stop(struct hbed *bed)
{
    amp_http_quiesce(bed->http);
    (void)pthread_mutex_lock(&bed->lock);
    bed->ending = true;
    streams_wake(bed);
    (void)pthread_mutex_unlock(&bed->lock);
    (void)hbed_release(bed);
    amp_http_stop(bed->http);
    bed->http = NULL;
}

void hbed_free(struct hbed *bed)
{
    if (bed->http != NULL) {
        hbed_stop(bed);
    }
    (void)unlink(bed->path);
    (void)rmdir(bed->dir);
    amp_buf_free(&bed->words);
    (void)pthread_mutex_destroy(&bed->lock);
    free(bed->many);
    free(bed);
}

void hbed_say(struct hbed *bed, const char *word)
{
    (void)pthread_mutex_lock(&bed->lock);
    amp_buf_text(&bed->words, word);
    streams_wake(bed);
    (void)pthread_mutex_unlock(&bed->lock);
}

bool hbed_release(struct hbed *bed)
{
    struct amp_buf body = amp_buf_make(HBED_PATH);
    (void)pthread_mutex_lock(&bed->lock);
    struct amp_request *late = bed->late;
    bed->late = NULL;
    (void)pthread_mutex_unlock(&bed->lock);
    if (late != NULL) {
        amp_buf_text(&body, "late;");
        answer_text(late, &body);
    }
    return late != NULL;
}

int hbed_tcp(const struct hbed *bed, const char *from)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (from != NULL) {
        assert_int_equal(inet_pton(AF_INET, from, &addr.sin_addr), 1);
        assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
        addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    addr.sin_port = htons(amp_http_port(bed->http));
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    return fd;
}

int hbed_unix(const struct hbed *bed)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    (void)snprintf(addr.sun_path, sizeof addr.sun_path, "%s", bed->path);
    if (connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

struct amp_buf hbed_ask(int fd, const char *text, const char *until)
{
    struct amp_buf heard = amp_buf_make(HBED_ROOM);
    bed_write(fd, text, strlen(text));
    if (!bed_read_until(fd, &heard, until)) {
        fail_msg("\"%s\" did not come; \"%s\" did", until, amp_buf_cstr(&heard));
    }
    return heard;
}

bool hbed_is_closed(int fd)
{
    char chunk[65536];
    struct pollfd one = {.fd = fd, .events = POLLIN};
    while (poll(&one, 1, BED_WAIT_MS) == 1) {
        ssize_t n = recv(fd, chunk, sizeof chunk, 0);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return true;
        }
    }
    return false;
}
