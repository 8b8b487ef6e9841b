/* Tests of http.c: its two doors, who asks, and clients that take their time. */
#include "server/httpbed.h"
#include "server/local.h"
#include "server/testbed.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    SHORT_MS = 50,
    NOBODY = 65534
};

#define PEER    "GET /peer HTTP/1.1\r\nHost: localhost\r\n"
#define NOW_END "\r\n"

static int set_up(void **state)
{
    *state = hbed_make();
    return 0;
}

static int tear_down(void **state)
{
    hbed_free(*state);
    return 0;
}

static void expect(int fd, const char *text, const char *until)
{
    struct amp_buf heard = hbed_ask(fd, text, until);
    amp_buf_free(&heard);
}

static void ask_tcp(const struct hbed *bed, const char *text, const char *until)
{
    int fd = hbed_tcp(bed, NULL);
    expect(fd, text, until);
    (void)close(fd);
}

/* ---- two doors ---- */

static void a_program_of_the_same_user_is_local_and_others_are_not(void **state)
{
    struct hbed *bed = *state;
    struct stat found;
    bed->config.local_path = bed->path;
    hbed_start(bed);
    assert_int_equal(lstat(bed->path, &found), 0);
    assert_int_equal(found.st_mode, S_IFSOCK | 0600);
    int fd = hbed_unix(bed);
    assert_true(fd >= 0);
    expect(fd, PEER NOW_END, "peer=;local=1;secure=0;");
    expect(fd, PEER "X-Forwarded-For: 192.0.2.7\r\n" NOW_END, "peer=;local=1;secure=0;");
    ask_tcp(bed, PEER NOW_END, "peer=127.0.0.1;local=0;secure=0;");
    (void)close(fd);
    hbed_stop(bed);
    assert_int_equal(lstat(bed->path, &found), -1);
}

static void the_local_socket_can_be_the_only_door(void **state)
{
    struct hbed *bed = *state;
    bed->config.local_path = bed->path;
    bed->config.no_tcp = true;
    bed->config.addr = NULL;
    hbed_start(bed);
    assert_int_equal(amp_http_port(bed->http), 0);
    int fd = hbed_unix(bed);
    expect(fd, "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "size=3;");
    expect(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", "hello");
    (void)close(fd);
}

static void no_two_calls_of_the_handler_are_at_once(void **state)
{
    enum {
        EACH = 300
    };
    struct hbed *bed = *state;
    bed->config.local_path = bed->path;
    hbed_start(bed);
    int fd[2] = {hbed_tcp(bed, NULL), hbed_unix(bed)};
    for (int i = 0; i < EACH; i++) {
        for (size_t d = 0; d < 2; d++) {
            bed_write(fd[d], PEER NOW_END, strlen(PEER NOW_END));
        }
        for (size_t d = 0; d < 2; d++) {
            expect(fd[d], "", "secure=0;");
        }
    }
    assert_int_equal(atomic_load(&bed->worst), 1);
    (void)close(fd[0]);
    (void)close(fd[1]);
}

/* A process dies and leaves its socket; the next one takes the place. */
static void a_stale_socket_is_replaced_and_a_live_one_refused(void **state)
{
    struct hbed *bed = *state;
    struct amp_local local;
    struct amp_http *second = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_local_listen(bed->path, &local, NULL), AMP_OK);
    (void)close(local.fd);
    bed->config.local_path = bed->path;
    hbed_start(bed);
    bed->config.port = 0;
    assert_int_equal(amp_http_start(&bed->config, &second, &why), AMP_E_BUSY);
    assert_non_null(strstr(why.text, "served by another process"));
    int fd = hbed_unix(bed);
    expect(fd, PEER NOW_END, "local=1");
    (void)close(fd);
    hbed_stop(bed);
    FILE *file = fopen(bed->path, "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(amp_http_start(&bed->config, &second, &why), AMP_E_EXISTS);
    assert_int_equal(access(bed->path, F_OK), 0);
}

static void a_path_too_long_for_a_socket_is_refused(void **state)
{
    struct amp_local local;
    struct amp_why why = {""};
    char path[200];
    (void)state;
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(amp_local_listen(path, &local, &why), AMP_E_LIMIT);
    assert_int_equal(amp_local_listen("", &local, &why), AMP_E_LIMIT);
}

/* Only a socket that stands where ours stood is not ours to remove. */
static void a_socket_of_another_is_not_removed(void **state)
{
    struct hbed *bed = *state;
    struct amp_local ours;
    struct amp_local theirs;
    assert_int_equal(amp_local_listen(bed->path, &ours, NULL), AMP_OK);
    (void)close(ours.fd);
    char aside[HBED_PATH + 8];
    (void)snprintf(aside, sizeof aside, "%s.old", bed->path);
    assert_int_equal(rename(bed->path, aside), 0);
    assert_int_equal(amp_local_listen(bed->path, &theirs, NULL), AMP_OK);
    amp_local_remove(&ours);
    assert_int_equal(access(bed->path, F_OK), 0);
    amp_local_remove(&theirs);
    assert_int_equal(access(bed->path, F_OK), -1);
    (void)close(theirs.fd);
    (void)unlink(aside);
}

static void another_user_gets_no_answer_even_where_the_file_lets_him(void **state)
{
    struct hbed *bed = *state;
    int status = 0;
    if (geteuid() != 0) {
        print_message("# skipped: only root can be another user\n");
        return;
    }
    bed->config.local_path = bed->path;
    hbed_start(bed);
    assert_int_equal(chmod(bed->dir, 0755), 0);
    assert_int_equal(chmod(bed->path, 0666), 0);
    pid_t child = fork();
    if (child == 0) {
        char chunk[64];
        int fd = setuid(NOBODY) == 0 ? hbed_unix(bed) : -1;
        if (fd < 0) {
            _exit(2);
        }
        (void)!send(fd, PEER NOW_END, strlen(PEER NOW_END), MSG_NOSIGNAL);
        _exit(recv(fd, chunk, sizeof chunk, 0) <= 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    int fd = hbed_unix(bed);
    expect(fd, PEER NOW_END, "local=1");
    (void)close(fd);
}

/* ---- who asks ---- */

static void what_is_forwarded_counts_only_from_a_trusted_proxy(void **state)
{
    static const char proxied[] = PEER "X-Forwarded-For: 198.51.100.1\r\n"
                                       "X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n"
                                       "X-Forwarded-Proto: https\r\n" NOW_END;
    struct hbed *bed = *state;
    hbed_start(bed);
    ask_tcp(bed, proxied, "peer=127.0.0.1;local=0;secure=0;");
    hbed_stop(bed);
    bed->config.trust_proxy = true;
    hbed_start(bed);
    ask_tcp(bed, proxied, "peer=192.0.2.7;local=0;secure=1;");
    ask_tcp(bed, PEER "X-Forwarded-For: 192.0.2.7, junk\r\n" NOW_END,
            "peer=127.0.0.1;local=0;secure=0;");
    ask_tcp(bed, PEER NOW_END, "peer=127.0.0.1;local=0;secure=0;");
}

static void one_address_has_so_many_connections_and_a_proxy_any_number(void **state)
{
    enum {
        MOST = 5,
        MORE = 20
    };
    struct hbed *bed = *state;
    int fd[MORE];
    bed->config.per_address = MOST;
    hbed_start(bed);
    for (int i = 0; i < MOST; i++) {
        fd[i] = hbed_tcp(bed, NULL);
        expect(fd[i], PEER NOW_END, "secure=0;");
    }
    int one_more = hbed_tcp(bed, NULL);
    bed_write(one_more, PEER NOW_END, strlen(PEER NOW_END));
    assert_true(hbed_is_closed(one_more));
    (void)close(one_more);
    int other = hbed_tcp(bed, "127.0.0.2");
    expect(other, PEER NOW_END, "peer=127.0.0.2;");
    (void)close(other);
    for (int i = 0; i < MOST; i++) {
        expect(fd[i], PEER NOW_END, "secure=0;");
        (void)close(fd[i]);
    }
    hbed_stop(bed);
    bed->config.trust_proxy = true;
    hbed_start(bed);
    for (int i = 0; i < MORE; i++) {
        fd[i] = hbed_tcp(bed, NULL);
        expect(fd[i], PEER NOW_END, "secure=0;");
    }
    for (int i = 0; i < MORE; i++) {
        (void)close(fd[i]);
    }
}

/* ---- time ---- */

/* Sends a byte at a time, as slowly as it pleases, until the other end has had enough. */
static bool dripped_until_closed(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    for (int waited = 0; waited < BED_WAIT_MS; waited += 5) {
        if (poll(&one, 1, 5) == 1) {
            return hbed_is_closed(fd);
        }
        (void)!send(fd, "a", 1, MSG_NOSIGNAL);
    }
    return false;
}

static void a_dripped_head_is_cut(void **state)
{
    struct hbed *bed = *state;
    bed->config.head_ms = SHORT_MS;
    bed->config.local_path = bed->path;
    hbed_start(bed);
    int fd = hbed_tcp(bed, NULL);
    bed_write(fd, "GET /", 5);
    assert_true(dripped_until_closed(fd));
    (void)close(fd);
    fd = hbed_unix(bed);
    bed_write(fd, "GET / HTTP/1.1\r\nX: ", 19);
    assert_true(dripped_until_closed(fd));
    (void)close(fd);
    fd = hbed_tcp(bed, NULL); /* and one that says nothing */
    assert_true(hbed_is_closed(fd));
    (void)close(fd);
}

static void a_dripped_head_after_a_good_request_is_cut(void **state)
{
    struct hbed *bed = *state;
    bed->config.head_ms = SHORT_MS;
    hbed_start(bed);
    int fd = hbed_tcp(bed, NULL);
    expect(fd, PEER NOW_END, "secure=0;");
    bed_write(fd, "GET / HTTP/1.1\r\nX: ", 19);
    assert_true(dripped_until_closed(fd));
    (void)close(fd);
}

static void a_dripped_body_is_cut(void **state)
{
    static const char head[] = "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    struct hbed *bed = *state;
    bed->config.body_ms = SHORT_MS;
    hbed_start(bed);
    int fd = hbed_tcp(bed, NULL);
    bed_write(fd, head, strlen(head));
    assert_true(dripped_until_closed(fd));
    (void)close(fd);
}

static bool bytes_come(int fd, size_t n)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    char chunk[65536];
    while (n > 0) {
        ssize_t got = poll(&one, 1, BED_WAIT_MS) == 1 ? recv(fd, chunk, sizeof chunk, 0) : 0;
        if (got <= 0) {
            return false;
        }
        n -= (size_t)got < n ? (size_t)got : n;
    }
    return true;
}

static void an_answer_that_nobody_takes_is_cut(void **state)
{
    struct hbed *bed = *state;
    bed->config.answer_ms = SHORT_MS;
    hbed_start(bed);
    int fd = hbed_tcp(bed, NULL);
    expect(fd, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n", "xxxx");
    for (int waited = 0; waited < BED_WAIT_MS && atomic_load(&bed->gone) == 0; waited++) {
        (void)poll(NULL, 0, 1);
    }
    assert_int_equal(atomic_load(&bed->gone), 1);
    assert_false(bytes_come(fd, HBED_LONG - HBED_LONG / 8));
    (void)close(fd);
}

/* Its own time is the server's: a request that waits for the core, and a stream, are not cut,
 * though all the times of a client have passed long since: others came, dripped and were cut
 * meanwhile. */
static void what_waits_for_us_and_a_stream_are_not_cut(void **state)
{
    struct hbed *bed = *state;
    bed->config.head_ms = SHORT_MS;
    bed->config.body_ms = SHORT_MS;
    bed->config.answer_ms = SHORT_MS;
    hbed_start(bed);
    int stream = hbed_tcp(bed, NULL);
    int late = hbed_tcp(bed, NULL);
    expect(stream, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", "hello");
    bed_write(late, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n", 31);
    for (int i = 0; i < 4; i++) {
        int fd = hbed_tcp(bed, NULL);
        bed_write(fd, "GET /", 5);
        assert_true(dripped_until_closed(fd));
        (void)close(fd);
    }
    hbed_say(bed, "and more");
    expect(stream, "", "and more");
    while (!hbed_release(bed)) {} /* it comes: it was written before the others */
    expect(late, "", "late;");
    (void)close(stream);
    (void)close(late);
}

static void a_slow_reader_of_a_long_answer_holds_nobody_up(void **state)
{
    enum {
        SLOW = 8,
        OTHERS = 200
    };
    struct hbed *bed = *state;
    int slow[SLOW];
    hbed_start(bed);
    for (int i = 0; i < SLOW; i++) {
        slow[i] = hbed_tcp(bed, NULL);
        expect(slow[i], "GET /long HTTP/1.1\r\nHost: a\r\n\r\n", "xxxx");
    }
    for (int i = 0; i < OTHERS; i++) {
        ask_tcp(bed, PEER NOW_END, "secure=0;");
    }
    assert_true(bytes_come(slow[0], HBED_LONG / 2)); /* and it gets on when it reads */
    for (int i = 0; i < SLOW; i++) {
        (void)close(slow[i]);
    }
}

static void a_thousand_idle_connections_leave_room_for_one_more(void **state)
{
    enum {
        IDLE = 1000
    };
    struct hbed *bed = *state;
    struct rlimit limit;
    int *idle = calloc(IDLE, sizeof *idle);
    assert_non_null(idle);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < 2 * IDLE + 64) {
        free(idle);
        print_message("# skipped: too few files may be open here\n");
        return;
    }
    hbed_start(bed);
    for (int i = 0; i < IDLE; i++) {
        idle[i] = hbed_tcp(bed, NULL);
    }
    ask_tcp(bed, PEER NOW_END, "secure=0;");
    expect(idle[0], PEER NOW_END, "secure=0;");
    expect(idle[IDLE - 1], PEER NOW_END, "secure=0;");
    for (int i = 0; i < IDLE; i++) {
        (void)close(idle[i]);
    }
    free(idle);
}

#define BEDDED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BEDDED(a_program_of_the_same_user_is_local_and_others_are_not),
        BEDDED(the_local_socket_can_be_the_only_door),
        BEDDED(no_two_calls_of_the_handler_are_at_once),
        BEDDED(a_stale_socket_is_replaced_and_a_live_one_refused),
        BEDDED(a_path_too_long_for_a_socket_is_refused),
        BEDDED(a_socket_of_another_is_not_removed),
        BEDDED(another_user_gets_no_answer_even_where_the_file_lets_him),
        BEDDED(what_is_forwarded_counts_only_from_a_trusted_proxy),
        BEDDED(one_address_has_so_many_connections_and_a_proxy_any_number),
        BEDDED(a_dripped_head_is_cut),
        BEDDED(a_dripped_head_after_a_good_request_is_cut),
        BEDDED(a_dripped_body_is_cut),
        BEDDED(an_answer_that_nobody_takes_is_cut),
        BEDDED(what_waits_for_us_and_a_stream_are_not_cut),
        BEDDED(a_slow_reader_of_a_long_answer_holds_nobody_up),
        BEDDED(a_thousand_idle_connections_leave_room_for_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
