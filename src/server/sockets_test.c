/* The thread of WebSocket connections: order, patience, ends, and many threads that speak at once.
 */
#include "server/clock.h"
#include "server/sockets.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    ROOM = 4 << 20,
    PATIENCE_S = 20,
    BADGE = 17
};

struct sockbed {
    struct amp_http *http;
    struct amp_sockets *sockets;
    _Atomic uint64_t id; /* of the newest */
    atomic_size_t texts, drained;
    atomic_bool echo, busy;
    char badge[BADGE];
};

static bool on_text(void *ctx, uint64_t id, size_t owner, struct amp_str text)
{
    struct sockbed *bed = ctx;
    assert_int_equal(owner, 7);
    atomic_fetch_add(&bed->texts, 1);
    if (atomic_load(&bed->echo)) {
        (void)!amp_sockets_say(bed->sockets, id, text, false);
        amp_sockets_answered(bed->sockets, id);
    }
    return !atomic_load(&bed->busy);
}

static void on_drained(void *ctx, uint64_t id)
{
    struct sockbed *bed = ctx;
    (void)id;
    atomic_fetch_add(&bed->drained, 1);
}

static void on_head(void *ctx, struct amp_request *rq)
{
    (void)ctx;
    (void)rq;
}

static void on_request(void *ctx, struct amp_request *rq)
{
    struct sockbed *bed = ctx;
    char accept[AMP_WEBSOCKET_ACCEPT];
    struct amp_upgrade upgrade;
    struct amp_http_answer answer = {.status = 503};
    uint64_t id = 0;
    if (amp_websocket_accept(amp_request_field(rq, "Sec-WebSocket-Key"), accept) != AMP_OK ||
        amp_sockets_expect(bed->sockets, bed->badge, 7, &id, &upgrade) != AMP_OK) {
        amp_request_answer(rq, &answer);
        return;
    }
    atomic_store(&bed->id, id);
    const struct amp_http_field field[] = {{"Upgrade", "websocket"},
                                           {"Sec-WebSocket-Accept", accept}};
    amp_request_upgrade(rq, field, 2, &upgrade);
}

static void on_gone(void *ctx, void *user)
{
    (void)ctx;
    (void)user;
}

static void bed_make(struct sockbed *bed, struct amp_sockets_config config)
{
    *bed = (struct sockbed){.badge = "0123456789abcdef"};
    atomic_store(&bed->echo, true);
    config.ctx = bed;
    config.text = on_text;
    config.drained = on_drained;
    const struct amp_http_config http = {
        .addr = "127.0.0.1", .ctx = bed, .head = on_head, .request = on_request, .gone = on_gone};
    assert_int_equal(amp_sockets_start(&config, &bed->sockets), AMP_OK);
    assert_int_equal(amp_http_start(&http, &bed->http, NULL), AMP_OK);
}

static void bed_end(struct sockbed *bed)
{
    amp_http_quiesce(bed->http);
    amp_sockets_close(bed->sockets);
    amp_http_stop(bed->http);
    amp_sockets_destroy(bed->sockets);
}

/* ---- a client ---- */

static void put(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* it was cut off, which the test asks for elsewhere */
        }
        at += n;
        len -= (size_t)n;
    }
}

/* One byte; -1 at the end. */
static int byte(int fd)
{
    unsigned char c = 0;
    return recv(fd, &c, 1, 0) == 1 ? c : -1;
}

/* A connection after its handshake; `behind`: what is sent in one piece with it. */
static int client(const struct sockbed *bed, const char *behind, size_t behind_n)
{
    static const char ask[] = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                              "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons(amp_http_port(bed->http)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    char all[1024], head[1024] = "";
    size_t n = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    memcpy(all, ask, sizeof ask - 1);
    if (behind_n > 0) {
        memcpy(all + sizeof ask - 1, behind, behind_n);
    }
    put(fd, all, sizeof ask - 1 + behind_n);
    while (n < sizeof head - 1 && strstr(head, "\r\n\r\n") == NULL) {
        int c = byte(fd);
        assert_true(c >= 0);
        head[n++] = (char)c;
    }
    if (strncmp(head, "HTTP/1.1 101 ", 13) != 0) {
        (void)close(fd);
        return -1;
    }
    assert_non_null(strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    return fd;
}

static size_t frame_make(char *out, uint8_t first, const char *text)
{
    size_t len = strlen(text);
    assert_true(len < 126);
    const char head[] = {(char)first, (char)(0x80 | len), 0, 0, 0, 0}; /* a mask of zeroes */
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, text, len);
    return sizeof head + len;
}

static void say(int fd, const char *text)
{
    char frame[256];
    put(fd, frame, frame_make(frame, 0x81, text));
}

/* The next frame's opcode, with its first bytes as text (of a close its code); -1 at the end. */
static int hear(int fd, char *text, size_t cap)
{
    int first = byte(fd), second = first >= 0 ? byte(fd) : -1;
    if (second < 0) {
        return -1;
    }
    size_t len = (size_t)second;
    for (int i = 0; i < 2 && second == 126; i++) {
        len = (i == 0 ? 0 : len) << 8 | (size_t)byte(fd);
    }
    for (size_t i = 0; i < len; i++) {
        int c = byte(fd);
        if (c < 0) {
            return -1;
        }
        if (i < cap - 1) {
            text[i] = (char)c;
            text[i + 1] = '\0';
        }
    }
    if ((first & 15) == 8 && len >= 2) {
        (void)snprintf(text, cap, "%d", (unsigned char)text[0] << 8 | (unsigned char)text[1]);
    } else if (len == 0) {
        text[0] = '\0';
    }
    return first & 15;
}

static void hears(int fd, int opcode, const char *text)
{
    char heard[256] = "";
    assert_int_equal(hear(fd, heard, sizeof heard), opcode);
    assert_string_equal(heard, text);
}

static void until(bool (*is)(struct sockbed *bed), struct sockbed *bed)
{
    int64_t end_us = amp_clock_steady_us() + PATIENCE_S * INT64_C(1000000);
    const struct timespec pause = {.tv_nsec = 2000000};
    while (!is(bed)) {
        assert_true(amp_clock_steady_us() < end_us);
        (void)nanosleep(&pause, NULL);
    }
}

static bool is_gone(struct sockbed *bed)
{
    return !amp_sockets_there(bed->sockets, atomic_load(&bed->id));
}

static bool has_drained(struct sockbed *bed)
{
    return atomic_load(&bed->drained) > 0;
}

static bool has_two(struct sockbed *bed)
{
    return atomic_load(&bed->texts) == 2;
}

static bool has_one(struct sockbed *bed)
{
    return atomic_load(&bed->texts) == 1;
}

/* ---- tests ---- */

static void texts_go_both_ways_and_the_stop_is_said(void **state)
{
    struct sockbed bed;
    char frame[256];
    (void)state;
    bed_make(&bed, (struct amp_sockets_config){0});
    int fd = client(&bed, frame, frame_make(frame, 0x81, "with the head"));
    assert_true(fd >= 0);
    hears(fd, 1, "with the head");
    say(fd, "one");
    say(fd, "two");
    hears(fd, 1, "one");
    hears(fd, 1, "two");
    put(fd, frame, frame_make(frame, 0x89, "here?"));
    hears(fd, 10, "here?");
    until(has_drained, &bed);
    assert_int_equal(amp_sockets_room(bed.sockets, atomic_load(&bed.id)), AMP_SOCKETS_QUEUE);
    bed_end(&bed);
    hears(fd, 8, "1001");
    (void)close(fd);
}

static void a_text_waits_until_the_one_before_was_dealt_with(void **state)
{
    struct sockbed bed;
    (void)state;
    bed_make(&bed, (struct amp_sockets_config){0});
    atomic_store(&bed.echo, false);
    int fd = client(&bed, NULL, 0);
    const struct timespec pause = {.tv_nsec = 100000000};
    say(fd, "one");
    until(has_one, &bed);
    say(fd, "two");
    (void)nanosleep(&pause, NULL);
    assert_int_equal(atomic_load(&bed.texts), 1);
    amp_sockets_answered(bed.sockets, atomic_load(&bed.id));
    until(has_two, &bed);
    amp_sockets_answered(bed.sockets, atomic_load(&bed.id));
    atomic_store(&bed.busy, true);
    say(fd, "three");
    hears(fd, 8, "1013");
    (void)close(fd);
    until(is_gone, &bed);
    bed_end(&bed);
}

static void who_takes_nothing_is_cut_off_and_holds_up_nobody(void **state)
{
    static char much[60000];
    struct sockbed bed;
    (void)state;
    memset(much, 'm', sizeof much);
    bed_make(&bed, (struct amp_sockets_config){.stall_ms = 300});
    int deaf = client(&bed, NULL, 0);
    uint64_t id = atomic_load(&bed.id);
    int fd = client(&bed, NULL, 0);
    atomic_store(&bed.id, id);
    amp_err err = AMP_OK;
    size_t n = 0;
    while (err == AMP_OK && n < 1000) { /* what the system takes, and then what we do */
        err = amp_sockets_say(bed.sockets, id, (struct amp_str){much, sizeof much}, true);
        n++;
    }
    assert_int_equal(err, AMP_E_BUSY);
    assert_true(n < 1000);
    say(fd, "meanwhile");
    hears(fd, 1, "meanwhile");
    until(is_gone, &bed);
    assert_int_equal(amp_sockets_say(bed.sockets, id, AMP_STR("x"), true), AMP_E_NOT_FOUND);
    (void)close(deaf);
    (void)close(fd);
    bed_end(&bed);
}

static void who_answers_no_ping_is_given_up(void **state)
{
    struct sockbed bed;
    (void)state;
    bed_make(&bed, (struct amp_sockets_config){.ping_ms = 100, .silent_ms = 1500});
    int fd = client(&bed, NULL, 0);
    hears(fd, 9, "");
    until(is_gone, &bed);
    (void)close(fd);
    bed_end(&bed);
}

/* Answers of ours do not buy more questions; a text of ours that asks buys the answer to it. */
static void who_asks_too_often_is_cut_off_and_who_answers_is_not(void **state)
{
    struct sockbed bed;
    char heard[256] = "", much[20 * (AMP_SOCKETS_RATE + 1)];
    size_t n = 0;
    int opcode = 1;
    (void)state;
    bed_make(&bed, (struct amp_sockets_config){0});
    int fd = client(&bed, NULL, 0);
    for (int i = 0; i <= AMP_SOCKETS_RATE; i++) { /* in one piece: of one second */
        n += frame_make(much + n, 0x81, "again");
    }
    put(fd, much, n);
    while (opcode == 1) {
        opcode = hear(fd, heard, sizeof heard);
    }
    assert_int_equal(opcode, 8);
    assert_string_equal(heard, "1008");
    (void)close(fd);
    fd = client(&bed, NULL, 0);
    uint64_t id = atomic_load(&bed.id);
    atomic_store(&bed.texts, 0);
    for (int i = 0; i < 3 * AMP_SOCKETS_RATE; i++) {
        assert_int_equal(amp_sockets_say(bed.sockets, id, AMP_STR("news"), true), AMP_OK);
        hears(fd, 1, "news");
        say(fd, "heard");
        hears(fd, 1, "heard");
    }
    assert_int_equal(atomic_load(&bed.texts), 3 * AMP_SOCKETS_RATE);
    (void)close(fd);
    bed_end(&bed);
}

static void one_that_nobody_keeps_ends_politely(void **state)
{
    struct sockbed bed;
    (void)state;
    bed_make(&bed, (struct amp_sockets_config){.idle_ms = 300});
    int kept = client(&bed, NULL, 0);
    uint64_t id = atomic_load(&bed.id);
    amp_sockets_keep(bed.sockets, id, true);
    int fd = client(&bed, NULL, 0);
    hears(fd, 8, "1000");
    assert_true(amp_sockets_there(bed.sockets, id));
    assert_int_equal(amp_sockets_say(bed.sockets, id, AMP_STR("last"), true), AMP_OK);
    amp_sockets_end(bed.sockets, id, AMP_WEBSOCKET_DONE, "done");
    hears(kept, 1, "last"); /* what was said leaves first */
    hears(kept, 8, "1000");
    (void)close(fd);
    (void)close(kept);
    bed_end(&bed);
}

static void an_ended_badge_ends_its_connections(void **state)
{
    struct sockbed bed;
    (void)state;
    bed_make(&bed, (struct amp_sockets_config){0});
    int fd = client(&bed, NULL, 0);
    amp_sockets_badge_end(bed.sockets, "another");
    say(fd, "still");
    hears(fd, 1, "still");
    amp_sockets_badge_end(bed.sockets, bed.badge);
    hears(fd, 8, "1008");
    (void)close(fd);
    int many[AMP_SOCKETS_EACH];
    until(is_gone, &bed);
    for (int i = 0; i < AMP_SOCKETS_EACH; i++) {
        int64_t end_us = amp_clock_steady_us() + PATIENCE_S * INT64_C(1000000);
        do { /* the place of the one before is free when its bytes are through */
            many[i] = client(&bed, NULL, 0);
        } while (many[i] < 0 && amp_clock_steady_us() < end_us);
        assert_true(many[i] >= 0);
    }
    assert_int_equal(client(&bed, NULL, 0), -1); /* of one owner */
    for (int i = 0; i < AMP_SOCKETS_EACH; i++) {
        (void)close(many[i]);
    }
    bed_end(&bed);
}

struct speaker {
    struct sockbed *bed;
    uint64_t id[AMP_SOCKETS_EACH];
    atomic_bool stop;
};

static void *speaker_run(void *arg)
{
    struct speaker *speaker = arg;
    for (unsigned i = 0; !atomic_load(&speaker->stop); i++) {
        uint64_t id = speaker->id[i % AMP_SOCKETS_EACH];
        (void)!amp_sockets_say(speaker->bed->sockets, id, AMP_STR("to you"), true);
        (void)amp_sockets_room(speaker->bed->sockets, id);
        amp_sockets_keep(speaker->bed->sockets, id, i % 2 == 0);
        amp_sockets_answered(speaker->bed->sockets, id);
    }
    return NULL;
}

/* What the sanitizer of threads is to look at. */
static void many_threads_speak_while_connections_come_and_go(void **state)
{
    struct sockbed bed;
    struct speaker speaker = {.bed = &bed};
    pthread_t thread[3];
    (void)state;
    bed_make(&bed, (struct amp_sockets_config){.ping_ms = 1});
    atomic_init(&speaker.stop, false);
    for (int round = 0; round < 5; round++) {
        int fd[AMP_SOCKETS_EACH];
        for (int i = 0; i < AMP_SOCKETS_EACH; i++) {
            while ((fd[i] = client(&bed, NULL, 0)) < 0) {}
            speaker.id[i] = atomic_load(&bed.id);
        }
        for (int i = 0; i < 3; i++) {
            assert_int_equal(pthread_create(&thread[i], NULL, speaker_run, &speaker), 0);
        }
        for (int i = 0; i < 50; i++) {
            char heard[256] = "";
            say(fd[i % AMP_SOCKETS_EACH], "hello");
            (void)hear(fd[i % AMP_SOCKETS_EACH], heard, sizeof heard);
        }
        (void)close(fd[0]);
        amp_sockets_end(bed.sockets, speaker.id[1], AMP_WEBSOCKET_FORBIDDEN, "x");
        amp_sockets_badge_end(bed.sockets, bed.badge);
        atomic_store(&speaker.stop, true);
        for (int i = 0; i < 3; i++) {
            (void)pthread_join(thread[i], NULL);
        }
        atomic_store(&speaker.stop, false);
        for (int i = 1; i < AMP_SOCKETS_EACH; i++) {
            (void)close(fd[i]);
        }
    }
    bed_end(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_go_both_ways_and_the_stop_is_said),
        cmocka_unit_test(a_text_waits_until_the_one_before_was_dealt_with),
        cmocka_unit_test(who_takes_nothing_is_cut_off_and_holds_up_nobody),
        cmocka_unit_test(who_answers_no_ping_is_given_up),
        cmocka_unit_test(who_asks_too_often_is_cut_off_and_who_answers_is_not),
        cmocka_unit_test(one_that_nobody_keeps_ends_politely),
        cmocka_unit_test(an_ended_badge_ends_its_connections),
        cmocka_unit_test(many_threads_speak_while_connections_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
