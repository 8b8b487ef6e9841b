/* Tests of live push: order, resume, resync, slow listeners, positions, and the end of a stream. */
#include "server/push.h"
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    HEARD_MAX = 64 << 20
};

static int listen_to(const struct bed *bed, const char *query, const char *fields)
{
    char rq[512];
    int fd = bed_connect(bed);
    int n = snprintf(rq, sizeof rq, "GET /v1/events%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", query,
                     fields);
    bed_write(fd, rq, (size_t)n);
    return fd;
}

static bool has(const struct amp_buf *buf, const char *text)
{
    return memmem(buf->data, buf->len, text, strlen(text)) != NULL;
}

static void calls_make(const struct bed *bed, int n)
{
    for (int i = 0; i < n; i++) {
        bed_expect(bed, "POST", "/v1/calls", "{\"words\":\"help\"}", 201);
    }
}

static void a_change_is_heard_with_its_number_and_objects(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    int fd = listen_to(bed, "", "");
    assert_true(bed_read_until(fd, &heard, "event: heartbeat"));
    assert_true(has(&heard, "Content-Type: text/event-stream"));
    bed_expect(bed, "POST", "/v1/calls", "{\"number\":\"+351\"}", 201);
    assert_true(bed_read_until(fd, &heard, "id: 6\nevent: change\ndata: {\"seq\":6,"));
    assert_true(bed_read_until(fd, &heard, "\"kind\":\"call-received\""));
    assert_true(bed_read_until(fd, &heard, "\"call\":{\"id\":\"C-1\""));
    assert_true(has(&heard, "id: 5\nevent: change"));
    assert_false(has(&heard, "id: 4\n")); /* it listened from now */
    bed_expect(bed, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200);
    assert_true(bed_read_until(fd, &heard, "\"kind\":\"unit-dispatched\""));
    assert_true(bed_read_until(fd, &heard, "\"unit\":{\"id\":\"M1\""));
    (void)close(fd);
    amp_buf_free(&heard);
}

static void a_listener_resumes_where_it_was(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    int fd = listen_to(bed, "", "Last-Event-ID: 2\r\n");
    assert_true(bed_read_until(fd, &heard, "id: 4\n"));
    assert_true(has(&heard, "id: 3\n"));
    assert_false(has(&heard, "id: 2\n"));
    assert_false(has(&heard, "event: resync"));
    (void)close(fd);
    amp_buf_clear(&heard);
    fd = listen_to(bed, "?since=0", "");
    assert_true(bed_read_until(fd, &heard, "id: 4\n"));
    assert_true(has(&heard, "id: 1\n"));
    (void)close(fd);
    amp_buf_free(&heard);
}

static void what_the_ring_does_not_hold_is_a_resync(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    int fd = listen_to(bed, "?since=99", "");
    assert_true(bed_read_until(fd, &heard, "event: resync\ndata: {\"seq\":4}"));
    (void)close(fd);
    bed->keep_store = true;
    assert_int_equal(bed_stop(bed), AMP_OK);
    bed_start(bed); /* a new process has an empty ring */
    amp_buf_clear(&heard);
    fd = listen_to(bed, "?since=2", "");
    assert_true(bed_read_until(fd, &heard, "event: resync\ndata: {\"seq\":4}"));
    calls_make(bed, 1);
    assert_true(bed_read_until(fd, &heard, "id: 5\n"));
    (void)close(fd);
    amp_buf_clear(&heard);
    fd = listen_to(bed, "?since=4", "");
    assert_true(bed_read_until(fd, &heard, "id: 6\n"));
    assert_false(has(&heard, "event: resync"));
    (void)close(fd);
    amp_buf_free(&heard);
}

/* The worst night: one incident, hundreds of callers with much to say. */
static void a_change_too_long_to_be_told_is_a_resync(void **state)
{
    enum {
        WORDS = 8000,
        CALLS = 20
    };
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    char body[WORDS + 64] = "{\"incident\":\"I-1\",\"words\":\"";
    size_t n = strlen(body);
    memset(body + n, 'w', WORDS);
    memcpy(body + n + WORDS, "\"}", 3);
    int fd = listen_to(bed, "", "");
    assert_true(bed_read_until(fd, &heard, "event: heartbeat"));
    bed_expect(bed, "POST", "/v1/incidents", "{}", 201);
    for (int i = 0; i < 2 * CALLS; i++) {
        bed_expect(bed, "POST", "/v1/calls", body, 201);
    }
    assert_true(bed_read_until(fd, &heard, "id: 45\nevent: resync\ndata: {\"seq\":45}"));
    assert_true(has(&heard, "id: 6\nevent: change"));
    bed_expect(bed, "POST", "/v1/incidents", "{}", 201);
    assert_true(bed_read_until(fd, &heard, "id: 46\nevent: change"));
    (void)close(fd);
    amp_buf_free(&heard);
}

/* One listener never reads. The others hear all in time, and it is resynced when it reads again. */
static void a_slow_listener_slows_nobody_and_is_resynced(void **state)
{
    enum {
        NOTES = 1200, /* more than the buffers of both ends hold */
        NOTE_BYTES = 8000
    };
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    struct amp_buf slow_heard = amp_buf_make(HEARD_MAX);
    char *body = malloc(NOTE_BYTES + 64);
    assert_non_null(body);
    (void)snprintf(body, NOTE_BYTES + 64, "{\"words\":\"%0*d\"}", NOTE_BYTES, 7);
    int slow = bed_connect(bed);
    static const char rq[] = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    bed_write(slow, rq, strlen(rq));
    assert_true(bed_read_until(slow, &slow_heard, "event: heartbeat"));
    int fast = listen_to(bed, "", "");
    for (int i = 0; i < NOTES; i++) {
        char id[32];
        struct reply reply;
        bed_post(bed, "/v1/calls", body, &reply);
        assert_int_equal(reply.status, 201);
        (void)snprintf(id, sizeof id, "id: %lld\n", (long long)reply_int(&reply, "seq"));
        reply_free(&reply);
        assert_true(bed_read_until(fast, &heard, id));
        amp_buf_clear(&heard);
    }
    assert_true(bed_read_until(slow, &slow_heard, "event: resync"));
    bed_expect(bed, "POST", "/v1/calls", "{\"words\":\"after\"}", 201);
    assert_true(bed_read_until(slow, &slow_heard, "\"words\":\"after\""));
    free(body);
    (void)close(slow);
    (void)close(fast);
    amp_buf_free(&heard);
    amp_buf_free(&slow_heard);
}

static void positions_come_packed_and_without_a_number(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    int fd = listen_to(bed, "", "");
    assert_true(bed_read_until(fd, &heard, "event: heartbeat"));
    bed_expect(bed, "POST", "/v1/positions",
               "{\"positions\":[{\"unit\":\"M1\",\"lat\":41.1,\"lon\":-8.6,\"heading_deg\":90},"
               "{\"unit\":\"M2\",\"lat\":41.2,\"lon\":-8.6}]}",
               200);
    assert_true(bed_read_until(fd, &heard, "\nevent: positions\ndata: {\"time\""));
    assert_true(bed_read_until(fd, &heard, "[\"M2\",41.2000000,-8.6000000,null,null]"));
    assert_true(has(&heard, "[\"M1\",41.1000000,-8.6000000,90,null]"));
    assert_false(has(&heard, "id: "));
    (void)close(fd);
    amp_buf_free(&heard);
}

/* The clock moves, the next tick of the core raises the alarm, and everyone hears it. */
static void an_unanswered_dispatch_raises_an_alarm_that_can_be_acknowledged(void **state)
{
    enum {
        LATE_S = 900
    };
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    struct reply reply;
    int fd = listen_to(bed, "", "");
    bed_expect(bed, "POST", "/v1/calls", "{\"type\":\"cardiac-arrest\"}", 201);
    bed_expect(bed, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200);
    bed_expect(bed, "POST", "/v1/incidents/I-1/alarm/acknowledge", "{}", 409);
    atomic_fetch_add(&bed->clock.us, INT64_C(1000000) * LATE_S);
    assert_true(bed_read_until(fd, &heard, "\"kind\":\"alarm-raised\""));
    bed_get(bed, "/v1/incidents/I-1", &reply);
    assert_true(strlen(reply_text(&reply, "incident.alarm")) > 0);
    assert_string_equal(reply_text(&reply, "incident.alarm_unit"), "M1");
    reply_free(&reply);
    bed_post(bed, "/v1/incidents/I-1/alarm/acknowledge", "{}", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_is_null(reply_at(&reply, "incident.alarm")));
    reply_free(&reply);
    (void)close(fd);
    amp_buf_free(&heard);
}

static void a_stop_ends_the_streams(void **state)
{
    struct bed *bed = *state;
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    int fd = listen_to(bed, "", "");
    assert_true(bed_read_until(fd, &heard, "event: heartbeat"));
    assert_int_equal(bed_stop(bed), AMP_OK);
    assert_false(bed_read_until(fd, &heard, "event: never"));
    assert_true(has(&heard, "\r\n0\r\n\r\n")); /* the last chunk: an end, not a cut */
    (void)close(fd);
    amp_buf_free(&heard);
}

static void many_listeners_hear_the_same(void **state)
{
    enum {
        MANY = 200
    };
    struct bed *bed = *state;
    int fd[MANY];
    for (int i = 0; i < MANY; i++) {
        fd[i] = listen_to(bed, "?since=4", "");
    }
    calls_make(bed, 3);
    for (int i = 0; i < MANY; i++) {
        struct amp_buf heard = amp_buf_make(HEARD_MAX);
        assert_true(bed_read_until(fd[i], &heard, "id: 10\n"));
        for (int seq = 5; seq < 10; seq++) {
            char id[16];
            (void)snprintf(id, sizeof id, "id: %d\n", seq);
            assert_true(has(&heard, id));
        }
        amp_buf_free(&heard);
        (void)close(fd[i]);
    }
}

/* More than are woken at once; some close while they are parked, woken, or in the queue for it. */
static void who_leaves_holds_up_nobody_who_is_woken_after_it(void **state)
{
    enum {
        STAYING = 150,
        LEAVING = 150,
        ROUNDS = 15
    };
    _Static_assert((int)STAYING + (int)LEAVING > (int)AMP_PUSH_BURST + (int)AMP_PUSH_CALLED,
                   "the waker has to pause");
    struct bed *bed = *state;
    int staying[STAYING], leaving[LEAVING];
    struct amp_buf heard = amp_buf_make(HEARD_MAX);
    _Static_assert((int)STAYING == (int)LEAVING, "they come in pairs");
    for (int i = 0; i < STAYING; i++) {
        leaving[i] = listen_to(bed, "?since=4", "");
        staying[i] = listen_to(bed, "?since=4", "");
    }
    for (int round = 0; round < ROUNDS; round++) {
        bed_expect(bed, "POST", "/v1/incidents", "{}", 201); /* 5 and on */
        for (int i = 0; i < LEAVING / ROUNDS; i++) {
            (void)close(leaving[round + i * ROUNDS]);
        }
    }
    for (int i = 0; i < STAYING; i++) {
        amp_buf_clear(&heard);
        for (int seq = 5; seq < 5 + ROUNDS; seq++) {
            char id[16];
            (void)snprintf(id, sizeof id, "id: %d\n", seq);
            assert_true(bed_read_until(staying[i], &heard, id));
        }
        assert_false(has(&heard, "event: resync"));
        (void)close(staying[i]);
    }
    amp_buf_free(&heard);
}

#define WITH_TOWN(test) cmocka_unit_test_setup_teardown(test, bed_set_up, bed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TOWN(a_change_is_heard_with_its_number_and_objects),
        WITH_TOWN(a_listener_resumes_where_it_was),
        WITH_TOWN(what_the_ring_does_not_hold_is_a_resync),
        WITH_TOWN(a_change_too_long_to_be_told_is_a_resync),
        WITH_TOWN(a_slow_listener_slows_nobody_and_is_resynced),
        WITH_TOWN(positions_come_packed_and_without_a_number),
        WITH_TOWN(an_unanswered_dispatch_raises_an_alarm_that_can_be_acknowledged),
        WITH_TOWN(a_stop_ends_the_streams),
        WITH_TOWN(many_listeners_hear_the_same),
        WITH_TOWN(who_leaves_holds_up_nobody_who_is_woken_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
