/*
 * A running server under a night's load: consoles that listen, commands at a fixed rate.
 *
 * usage: load_bench AMPARO [CONSOLES [RATE [SECONDS]]]   (defaults: 1,000 consoles, 200 commands a
 * second, 20 seconds; ten minutes are `load_bench AMPARO 1000 200 600`)
 *
 * Starts `amparo serve` on a free port with a directory of its own and accounts, opens the consoles
 * on /v1/events, adds units, and sends a mix of commands: calls, triage, notes, dispatches, reports
 * of crews, closings, each with a key. The schedule waits for no answer (an open loop): a command's
 * time counts from when it was due, so a server that stalls is not spared what it delayed.
 *
 * A push is measured for the last event of each command at each console, from the command's answer
 * and from its sending; the commit lies between the two. A console reads in batches, and an
 * arrival's time is the end of its batch. Every console checks that the numbers that it hears are
 * without a gap, from where it began to the last command. Exit status 1 if an event was lost, a
 * console was told to fetch anew, or a command failed.
 */
#include "base/chance.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CONSOLES_MAX = 4000,
    LINES = 128,        /* connections that commands go over */
    CASES = 400,        /* incidents at most open at a time; each has its unit */
    CASES_WANTED = 200, /* and as many as there are most of the time */
    ANSWER = 256 << 10,
    REQUEST = 1024,
    BLOCK = 64 << 10, /* bytes read of a console at once */
    READY = 128,      /* consoles read in a batch */
    LINE_HEAD = 24,   /* bytes of a line that are looked at */
    BUCKETS = 1280,
    RECENT = 4096,      /* numbers that arrive in one batch */
    ARRIVALS = 1 << 20, /* waiting for the answers of their commands */
    PROBES = 200,
    COMPLAINTS = 5, /* failed commands that are shown */
    TOKEN = 80,
    ARGS = 9
};
#define SECOND_US   INT64_C(1000000)
#define SETTLE_US   (2 * SECOND_US) /* by then a command's answer has been read */
#define PATIENCE_US (20 * SECOND_US)

/* ---- the program's own ---- */

static uint16_t port;
static char desk_token[TOKEN], chief_token[TOKEN];

static void check(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "load_bench: %s failed: %s\n", what, strerror(errno));
        exit(1);
    }
}

static int64_t now_us(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

/* Microseconds in buckets, each at most a thirty-second of its value wide. */
struct histogram {
    uint64_t bucket[BUCKETS], n;
    int64_t max_us;
};

static void histogram_add(struct histogram *histogram, int64_t took_us, uint64_t times)
{
    uint64_t us = took_us > 0 ? (uint64_t)took_us : 0;
    size_t at = (size_t)us;
    if (us >= 64) {
        unsigned shift = 58U - (unsigned)__builtin_clzll(us);
        at = ((size_t)shift << 5) + (size_t)(us >> shift);
    }
    histogram->bucket[at < BUCKETS ? at : BUCKETS - 1] += times;
    histogram->n += times;
    histogram->max_us = took_us > histogram->max_us ? took_us : histogram->max_us;
}

/* In milliseconds, the upper end of the bucket. */
static double histogram_ms(const struct histogram *histogram, double share)
{
    uint64_t want = (uint64_t)(share * (double)histogram->n);
    uint64_t n = 0;
    for (size_t at = 0; at < BUCKETS; at++) {
        n += histogram->bucket[at];
        if (n > want) {
            unsigned shift = at < 64 ? 0 : (unsigned)(at >> 5) - 1;
            uint64_t top = at < 64 ? at : (((at & 31) + 33) << shift) - 1;
            return (double)top / 1e3;
        }
    }
    return (double)histogram->max_us / 1e3;
}

static void histogram_print(const char *what, const struct histogram *histogram)
{
    printf("| %s | %llu | %.2f | %.2f | %.2f | %.2f |\n", what, (unsigned long long)histogram->n,
           histogram_ms(histogram, 0.5), histogram_ms(histogram, 0.99),
           histogram_ms(histogram, 0.999), (double)histogram->max_us / 1e3);
}

static int connection_open(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0, "socket");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    check(connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0, "connect");
    return fd;
}

static void nonblocking_set(int fd)
{
    check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
}

/* ---- when each event's command was sent and answered, by number ---- */

struct mark {
    _Atomic int64_t sent_us, acked_us;
};
static struct mark *marks;
static size_t mark_n;
static _Atomic uint64_t seq_acked; /* the highest */

static void mark_set(uint64_t seq, int64_t sent_us, int64_t acked_us)
{
    check(seq < mark_n, "room for all events");
    atomic_store(&marks[seq].acked_us, acked_us);
    atomic_store(&marks[seq].sent_us, sent_us);
    if (seq > atomic_load(&seq_acked)) {
        atomic_store(&seq_acked, seq);
    }
}

/* ---- consoles ---- */

struct console {
    int fd;
    uint64_t last;                            /* number heard */
    uint64_t gap;                             /* before it */
    uint64_t lost, skipped, doubled, resyncs; /* skipped: a resync said so */
    size_t chunk_left;                        /* bytes of its data; then its line end */
    bool in_data;
    size_t size;          /* of the chunk, while its line is read */
    char line[LINE_HEAD]; /* the beginning of a line of the stream */
    size_t line_n;
};

struct arrival { /* of an event at some consoles, in one batch */
    uint64_t seq;
    int64_t at_us;
    uint32_t n;
};

static struct {
    pthread_t thread;
    int epoll;
    struct console *console;
    size_t n;
    struct arrival recent[RECENT]; /* of this batch, by number */
    size_t touched[RECENT], touched_n;
    struct arrival *waiting; /* a ring */
    uint64_t first, next;
    struct histogram from_answer, from_sending;
    uint64_t bytes, reads;
    _Atomic uint64_t until; /* when it is set, all end who have heard it */
    _Atomic int64_t give_up_us;
} audience;

static void arrival_count(const struct arrival *arrival)
{
    int64_t sent_us = atomic_load(&marks[arrival->seq].sent_us);
    if (sent_us != 0) {
        int64_t acked_us = atomic_load(&marks[arrival->seq].acked_us);
        histogram_add(&audience.from_sending, arrival->at_us - sent_us, arrival->n);
        histogram_add(&audience.from_answer, arrival->at_us - acked_us, arrival->n);
    }
}

static void arrivals_count(int64_t until_us)
{
    while (audience.first < audience.next &&
           audience.waiting[audience.first % ARRIVALS].at_us <= until_us) {
        arrival_count(&audience.waiting[audience.first++ % ARRIVALS]);
    }
}

static void batch_end(void)
{
    int64_t at_us = now_us();
    for (size_t i = 0; i < audience.touched_n; i++) {
        struct arrival *arrival = &audience.recent[audience.touched[i]];
        check(audience.next - audience.first < ARRIVALS, "room for arrivals");
        arrival->at_us = at_us;
        audience.waiting[audience.next++ % ARRIVALS] = *arrival;
        *arrival = (struct arrival){0};
    }
    audience.touched_n = 0;
    arrivals_count(at_us - SETTLE_US);
}

static void number_heard(struct console *console, uint64_t seq)
{
    check(seq < mark_n, "a number within what was sent");
    if (seq <= console->last) {
        console->doubled++;
        return;
    }
    console->gap = seq - console->last - 1;
    console->lost += console->gap;
    console->last = seq;
    struct arrival *arrival = &audience.recent[seq % RECENT];
    if (arrival->n != 0 && arrival->seq != seq) {
        batch_end();
    }
    if (arrival->n++ == 0) {
        arrival->seq = seq;
        audience.touched[audience.touched_n++] = seq % RECENT;
    }
}

static void line_heard(struct console *console)
{
    static const char resync[] = "event: resync";
    const char *line = console->line;
    if (console->line_n > 4 && memcmp(line, "id: ", 4) == 0) {
        uint64_t seq = 0;
        for (size_t i = 4; i < console->line_n; i++) {
            seq = seq * 10 + (uint64_t)(line[i] - '0');
        }
        number_heard(console, seq);
    } else if (console->line_n == sizeof(resync) - 1 &&
               memcmp(line, resync, console->line_n) == 0) {
        console->resyncs++; /* its number came in the line before */
        console->lost -= console->gap;
        console->skipped += console->gap;
        console->gap = 0;
    }
}

static void data_heard(struct console *console, const char *data, size_t len)
{
    const char *end = data + len;
    while (data < end) {
        if (console->line_n == LINE_HEAD) { /* of a long line the rest is of no interest */
            const char *stop = memchr(data, '\n', (size_t)(end - data));
            data = stop != NULL ? stop + 1 : end;
            console->line_n = stop != NULL ? 0 : console->line_n;
        } else if (*data == '\n') {
            line_heard(console);
            console->line_n = 0;
            data++;
        } else {
            console->line[console->line_n++] = *data++;
        }
    }
}

static size_t hex_of(char c)
{
    return c <= '9' ? (size_t)(c - '0') : (size_t)((c | 32) - 'a' + 10);
}

/* The stream comes in chunks (RFC 9112, section 7.1): a size, its line end, data, a line end. */
static void bytes_heard(struct console *console, const char *data, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (console->chunk_left > 2) {
            size_t part = console->chunk_left - 2;
            part = part < len - at ? part : len - at;
            data_heard(console, data + at, part);
            console->chunk_left -= part;
            at += part;
        } else if (console->chunk_left > 0) {
            console->chunk_left--;
            at++;
        } else if (data[at] == '\n') {
            check(console->size > 0, "a stream that goes on");
            console->chunk_left = console->size + 2;
            console->size = 0;
            at++;
        } else {
            console->size =
                data[at] == '\r' ? console->size : 16 * console->size + hex_of(data[at]);
            at++;
        }
    }
}

static void console_read(struct console *console)
{
    static char block[BLOCK];
    ssize_t n = read(console->fd, block, sizeof(block));
    check(n > 0 || (n < 0 && errno == EAGAIN), "reading a stream");
    if (n > 0) {
        audience.bytes += (uint64_t)n;
        audience.reads++;
        bytes_heard(console, block, (size_t)n);
    }
}

static bool all_heard(uint64_t until)
{
    for (size_t i = 0; i < audience.n; i++) {
        if (audience.console[i].last < until) {
            return false;
        }
    }
    return true;
}

static void *audience_run(void *ctx)
{
    struct epoll_event ready[READY];
    bool done = false;
    (void)ctx;
    while (!done) {
        int n = epoll_wait(audience.epoll, ready, READY, 100);
        for (int i = 0; i < n; i++) {
            console_read(ready[i].data.ptr);
        }
        batch_end();
        uint64_t until = atomic_load(&audience.until);
        done = until != 0 && (all_heard(until) || now_us() > atomic_load(&audience.give_up_us));
    }
    arrivals_count(INT64_MAX);
    return NULL;
}

/* Asks for the stream after `since` and reads the head of the answer. */
static void console_open(struct console *console, uint64_t since)
{
    char text[REQUEST];
    int n = snprintf(text, sizeof(text),
                     "GET /v1/events?since=%llu HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                     "Authorization: Bearer %s\r\n\r\n",
                     (unsigned long long)since, (unsigned)port, desk_token);
    *console = (struct console){.fd = connection_open(), .last = since};
    check(write(console->fd, text, (size_t)n) == n, "write");
    size_t len = 0;
    while (len < 4 || memcmp(text + len - 4, "\r\n\r\n", 4) != 0) {
        check(len < sizeof(text) && read(console->fd, text + len, 1) == 1, "the head of a stream");
        len++;
    }
    check(memcmp(text, "HTTP/1.1 200", 12) == 0, "GET /v1/events");
    nonblocking_set(console->fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = console};
    check(epoll_ctl(audience.epoll, EPOLL_CTL_ADD, console->fd, &event) == 0, "epoll_ctl");
}

static void audience_open(size_t n, uint64_t since)
{
    audience.epoll = epoll_create1(EPOLL_CLOEXEC);
    audience.console = calloc(n, sizeof(*audience.console));
    audience.waiting = calloc(ARRIVALS, sizeof(*audience.waiting));
    audience.n = n;
    check(audience.epoll >= 0 && audience.console != NULL && audience.waiting != NULL, "memory");
    for (size_t i = 0; i < n; i++) {
        console_open(&audience.console[i], since);
    }
}

/* To listen is a record itself, which no desk hears of: the count begins behind it. */
static void audience_listen(uint64_t since)
{
    for (size_t i = 0; i < audience.n; i++) {
        audience.console[i].last = since;
    }
    check(pthread_create(&audience.thread, NULL, audience_run, NULL) == 0, "thread");
}

static void audience_end(uint64_t until)
{
    atomic_store(&audience.give_up_us, now_us() + PATIENCE_US);
    atomic_store(&audience.until, until);
    (void)pthread_join(audience.thread, NULL);
}

/* ---- the course of an incident ---- */

enum about {
    ABOUT_NOTHING,
    ABOUT_INCIDENT,
    ABOUT_CALL,
    ABOUT_UNIT
};

struct step {
    const char *method, *path;
    enum about about; /* what stands between the path and its rest */
    const char *rest;
    const char *body; /* #: the number of the unit */
    bool transport;   /* only if somebody is taken to a hospital */
};

static const struct step steps[] = {
    {"POST", "/v1/calls", ABOUT_NOTHING, "",
     "{\"number\":\"+999 #\",\"words\":\"he fell and does not answer, please come quickly\","
     "\"pos\":{\"lat\":41.15,\"lon\":-8.61},\"radius_m\":30,\"place\":\"market, north door\"}",
     false},
    {"PATCH", "/v1/incidents/", ABOUT_INCIDENT, "", "{\"type\":\"cardiac-arrest\",\"priority\":1}",
     false},
    {"POST", "/v1/incidents/", ABOUT_INCIDENT, "/notes",
     "{\"text\":\"bystander is counting, the door is open\"}", false},
    {"POST", "/v1/incidents/", ABOUT_INCIDENT, "/assignments", "{\"unit\":\"U#\"}", false},
    {"POST", "/v1/units/", ABOUT_UNIT, "/status", "{\"status\":\"en-route\"}", false},
    {"POST", "/v1/calls/", ABOUT_CALL, "/end", "{}", false},
    {"POST", "/v1/units/", ABOUT_UNIT, "/status", "{\"status\":\"on-scene\"}", false},
    {"POST", "/v1/incidents/", ABOUT_INCIDENT, "/notes", "{\"text\":\"pulse is back\"}", false},
    {"POST", "/v1/units/", ABOUT_UNIT, "/status",
     "{\"status\":\"transporting\",\"hospital\":\"General\"}", true},
    {"POST", "/v1/units/", ABOUT_UNIT, "/status", "{\"status\":\"at-hospital\"}", true},
    {"POST", "/v1/units/", ABOUT_UNIT, "/status", "{\"status\":\"available\"}", false},
    {"POST", "/v1/incidents/", ABOUT_INCIDENT, "/close", "{\"outcome\":\"treated\"}", false},
};
enum {
    STEPS = sizeof(steps) / sizeof(steps[0])
};

struct course {
    size_t step; /* the next */
    bool transport;
    char incident[16], call[16], unit[16];
};

/* ---- commands ---- */

struct line { /* a connection; at most one command is on it */
    int fd;
    char *answer;
    size_t len;
    bool busy;
    size_t course;
    int64_t due_us, sent_us;
};

static struct {
    pthread_t thread;
    int epoll;
    struct line line[LINES];
    size_t free_line[LINES], free_line_at, free_line_n; /* a ring: none is idle for long */
    struct course course[CASES];
    size_t idle[CASES], idle_n; /* begun, and nothing of it is under way */
    size_t fresh[CASES], fresh_n;
    struct amp_chance chance;
    int64_t period_us, next_due_us;
    uint64_t sent, wanted, acked, failed;
    struct histogram took;
} desk;

/* A step's body with the number of the unit in it. */
static void body_write(const char *from, size_t unit, char *out, size_t max)
{
    size_t n = 0;
    for (; *from != '\0'; from++) {
        int more = *from == '#' ? snprintf(out + n, max - n, "%zu", unit)
                                : snprintf(out + n, max - n, "%c", *from);
        n += (size_t)more;
        check(more > 0 && n < max, "a body");
    }
}

static void request_write(const struct course *course, char *out, size_t *out_len)
{
    const struct step *step = &steps[course->step];
    const char *const about[] = {"", course->incident, course->call, course->unit};
    char body[512];
    body_write(step->body, (size_t)(course - desk.course), body, sizeof(body));
    int n = snprintf(out, REQUEST,
                     "%s %s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n"
                     "Content-Type: application/json\r\nIdempotency-Key: load-%llu\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     step->method, step->path, about[step->about], step->rest, (unsigned)port,
                     desk_token, (unsigned long long)desk.sent + 1, strlen(body), body);
    check(n > 0 && n < REQUEST, "a request");
    *out_len = (size_t)n;
}

/* The next course to go on with: a new one often enough that about as many as wanted are open. */
static bool course_choose(size_t *out)
{
    size_t open_n = CASES - desk.fresh_n;
    double share = open_n < CASES_WANTED ? 2.0 / STEPS : 0.5 / STEPS;
    bool begin = desk.idle_n == 0 || amp_chance_hits(&desk.chance, share);
    if (begin && desk.fresh_n > 0) {
        *out = desk.fresh[--desk.fresh_n];
        struct course *course = &desk.course[*out];
        course->step = 0;
        course->transport = amp_chance_hits(&desk.chance, 0.5);
        return true;
    }
    if (desk.idle_n == 0) {
        return false;
    }
    size_t i = amp_chance_below(&desk.chance, (uint32_t)desk.idle_n);
    *out = desk.idle[i];
    desk.idle[i] = desk.idle[--desk.idle_n];
    return true;
}

static bool command_send(void)
{
    char text[REQUEST];
    size_t len = 0;
    size_t course = 0;
    if (desk.free_line_n == 0 || !course_choose(&course)) {
        return false;
    }
    struct line *line = &desk.line[desk.free_line[desk.free_line_at++ % LINES]];
    desk.free_line_n--;
    request_write(&desk.course[course], text, &len);
    line->busy = true;
    line->len = 0;
    line->course = course;
    line->due_us = desk.next_due_us;
    line->sent_us = now_us();
    desk.next_due_us += desk.period_us;
    desk.sent++;
    check(write(line->fd, text, len) == (ssize_t)len, "write");
    return true;
}

static void id_find(const char *body, const char *begin, char out[16])
{
    const char *at = strstr(body, begin);
    check(at != NULL, "an id in the answer");
    size_t n = strcspn(at + 1, "\"");
    check(n < 16, "an id");
    memcpy(out, at + 1, n);
    out[n] = '\0';
}

static void course_go_on(size_t at, const char *body)
{
    struct course *course = &desk.course[at];
    if (course->step == 0) {
        id_find(body, "\"I-", course->incident);
        id_find(body, "\"C-", course->call);
    }
    do {
        course->step++;
    } while (course->step < STEPS && steps[course->step].transport && !course->transport);
    if (course->step == STEPS) {
        desk.fresh[desk.fresh_n++] = at;
    } else {
        desk.idle[desk.idle_n++] = at;
    }
}

static void answer_take(struct line *line, const char *body)
{
    int64_t at_us = now_us();
    long status = strtol(line->answer + 9, NULL, 10);
    histogram_add(&desk.took, at_us - line->due_us, 1);
    if (status == 200 || status == 201) {
        const char *seq = strstr(body, "\"seq\":");
        check(seq != NULL, "a number in the answer");
        mark_set(strtoull(seq + 6, NULL, 10), line->sent_us, at_us);
        desk.acked++;
        course_go_on(line->course, body);
    } else if (desk.failed++ < COMPLAINTS) { /* its course ends here */
        const struct step *step = &steps[desk.course[line->course].step];
        (void)fprintf(stderr, "load_bench: %s %s..%s: %s\n", step->method, step->path, step->rest,
                      body);
    }
    line->busy = false;
    desk.free_line[(desk.free_line_at + desk.free_line_n++) % LINES] = (size_t)(line - desk.line);
}

/* The body if the answer is complete, else NULL. */
static const char *answer_body(struct line *line)
{
    line->answer[line->len] = '\0';
    const char *end = strstr(line->answer, "\r\n\r\n");
    const char *length = end != NULL ? strcasestr(line->answer, "content-length:") : NULL;
    if (length == NULL || length > end) {
        return NULL;
    }
    size_t want = (size_t)(end + 4 - line->answer) + strtoul(length + 15, NULL, 10);
    return line->len >= want ? end + 4 : NULL;
}

static void line_read(struct line *line)
{
    check(line->len < ANSWER - 1, "room for an answer");
    ssize_t n = read(line->fd, line->answer + line->len, ANSWER - 1 - line->len);
    check(n > 0 || (n < 0 && errno == EAGAIN), "reading an answer");
    if (n > 0) {
        line->len += (size_t)n;
        const char *body = answer_body(line);
        if (body != NULL) {
            answer_take(line, body);
        }
    }
}

static void desk_wait(int64_t until_us)
{
    struct epoll_event ready[LINES];
    int64_t left_us = until_us - now_us();
    left_us = left_us > 0 ? left_us : 0;
    const struct timespec time = {.tv_sec = (time_t)(left_us / SECOND_US),
                                  .tv_nsec = (long)(left_us % SECOND_US) * 1000};
    int n = epoll_pwait2(desk.epoll, ready, LINES, &time, NULL);
    for (int i = 0; i < n; i++) {
        line_read(ready[i].data.ptr);
    }
}

static void *desk_run(void *ctx)
{
    (void)ctx;
    desk.next_due_us = now_us();
    while (desk.sent < desk.wanted) {
        bool blocked = false;
        while (!blocked && desk.sent < desk.wanted && desk.next_due_us <= now_us()) {
            blocked = !command_send();
        }
        desk_wait(blocked ? now_us() + SECOND_US : desk.next_due_us);
    }
    int64_t give_up_us = now_us() + PATIENCE_US;
    while (desk.free_line_n < LINES && now_us() < give_up_us) {
        desk_wait(now_us() + SECOND_US / 10);
    }
    desk.failed += LINES - desk.free_line_n;
    return NULL;
}

static void desk_open(void)
{
    desk.epoll = epoll_create1(EPOLL_CLOEXEC);
    desk.chance.state = 1;
    for (size_t i = 0; i < LINES; i++) {
        struct line *line = &desk.line[i];
        *line = (struct line){.fd = connection_open(), .answer = malloc(ANSWER)};
        check(line->answer != NULL, "memory");
        nonblocking_set(line->fd);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
        check(epoll_ctl(desk.epoll, EPOLL_CTL_ADD, line->fd, &event) == 0, "epoll_ctl");
        desk.free_line[desk.free_line_n++] = i;
    }
    for (size_t i = 0; i < CASES; i++) {
        (void)snprintf(desk.course[i].unit, sizeof(desk.course[i].unit), "U%zu", i);
        desk.fresh[desk.fresh_n++] = i;
    }
}

/* ---- the server ---- */

static struct {
    pid_t pid;
    char dir[32];
} server;

/* Starts a program and returns where its `from` (1 or 2) can be read. */
static FILE *program_start(const char *const arg[ARGS], int from, pid_t *pid)
{
    int out[2];
    check(pipe(out) == 0, "pipe");
    *pid = fork();
    check(*pid >= 0, "fork");
    if (*pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a bench that fails leaves no server behind */
        (void)dup2(out[1], from);
        (void)close(out[0]);
        (void)close(out[1]);
        (void)execl(arg[0], arg[0], arg[1], arg[2], arg[3], arg[4], arg[5], arg[6], arg[7], arg[8],
                    (char *)NULL);
        _exit(127);
    }
    (void)close(out[1]);
    FILE *file = fdopen(out[0], "r");
    check(file != NULL, "fdopen");
    return file;
}

static void server_start(const char *amparo)
{
    char line[512];
    const char *const arg[ARGS] = {amparo,     "serve",       "--data", server.dir,
                                   "--listen", "127.0.0.1:0", "--rate", "0"};
    (void)snprintf(server.dir, sizeof(server.dir), "/tmp/amparo-load-XXXXXX");
    check(mkdtemp(server.dir) != NULL, "mkdtemp");
    FILE *lines = program_start(arg, STDERR_FILENO, &server.pid);
    while (port == 0 && fgets(line, sizeof(line), lines) != NULL) {
        const char *at = strstr(line, "http://127.0.0.1:");
        port = at != NULL ? (uint16_t)strtoul(at + 17, NULL, 10) : 0;
    }
    check(port != 0, "server start");
}

static void account_add(const char *amparo, const char *name, const char *role, char token[TOKEN])
{
    pid_t pid = 0;
    int status = 0;
    const char *const arg[ARGS] = {amparo, "user",    "add",    name,      "--role",
                                   role,   "--token", "--data", server.dir};
    FILE *out = program_start(arg, STDOUT_FILENO, &pid);
    bool told = fgets(token, TOKEN, out) != NULL;
    (void)fclose(out);
    (void)waitpid(pid, &status, 0);
    check(told && status == 0 && strncmp(token, "amp_", 4) == 0, "amparo user add");
    token[strcspn(token, "\n")] = '\0';
}

/* One question on a connection of its own; the whole answer. */
static void ask(const char *method, const char *path, const char *body, char *answer)
{
    char text[REQUEST];
    int n = snprintf(text, sizeof(text),
                     "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n"
                     "Connection: close\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     method, path, (unsigned)port, chief_token, strlen(body), body);
    int fd = connection_open();
    check(n > 0 && n < REQUEST && write(fd, text, (size_t)n) == n, "write");
    size_t len = 0;
    ssize_t got = 0;
    while ((got = read(fd, answer + len, ANSWER - 1 - len)) > 0) {
        len += (size_t)got;
    }
    answer[len] = '\0';
    check(memcmp(answer, "HTTP/1.1 20", 11) == 0, path);
    (void)close(fd);
}

static uint64_t seq_ask(char *answer)
{
    ask("GET", "/v1/config", "", answer);
    const char *seq = strstr(answer, "\"seq\":");
    check(seq != NULL, "a number");
    return strtoull(seq + 6, NULL, 10);
}

static void units_add(char *answer)
{
    char body[160];
    for (int i = 0; i < CASES; i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"unit\":\"U%d\",\"kind\":\"ambulance\","
                       "\"capabilities\":[\"als\",\"bls\"],\"crew\":2}",
                       i);
        ask("POST", "/v1/units", body, answer);
    }
}

/* ---- what it costs ---- */

struct cost {
    double rss_mb, server_s, client_s;
    uint64_t seq;
};

static double rss_mb(void)
{
    char path[64];
    char line[256];
    double mb = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)server.pid);
    FILE *file = fopen(path, "re");
    check(file != NULL, path);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            mb = strtod(line + 6, NULL) / 1024.0;
        }
    }
    (void)fclose(file);
    return mb;
}

static double server_cpu_s(void)
{
    char path[64];
    char line[1024];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)server.pid);
    FILE *file = fopen(path, "re");
    check(file != NULL && fgets(line, sizeof(line), file) != NULL, path);
    (void)fclose(file);
    char *at = strrchr(line, ')');
    check(at != NULL, path);
    for (int field = 2; field < 14; field++) { /* utime is the 14th, stime the 15th (proc(5)) */
        at = strchr(at + 1, ' ');
        check(at != NULL, path);
    }
    double ticks = (double)strtoull(at + 1, &at, 10);
    ticks += (double)strtoull(at + 1, NULL, 10);
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

static struct cost cost_now(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (struct cost){.rss_mb = rss_mb(),
                         .server_s = server_cpu_s(),
                         .client_s =
                             (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
                         .seq = atomic_load(&seq_acked)};
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void probe_print(const char *when)
{
    char path[64];
    static const char block[4096];
    double value[PROBES];
    (void)snprintf(path, sizeof(path), "%s/probe", server.dir);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    check(fd >= 0, "probe");
    for (int i = 0; i < PROBES; i++) {
        int64_t begun_us = now_us();
        check(write(fd, block, sizeof(block)) == (ssize_t)sizeof(block) && fdatasync(fd) == 0,
              "probe");
        value[i] = (double)(now_us() - begun_us) / 1e3;
    }
    (void)close(fd);
    (void)unlink(path);
    qsort(value, PROBES, sizeof(*value), double_order);
    printf("- fdatasync probe %s: P50 %.2f ms, P99 %.2f ms\n", when, value[PROBES / 2],
           value[PROBES - 1 - PROBES / 100]);
}

static double growth_bytes(const struct cost *from, const struct cost *to)
{
    double events = (double)(to->seq - from->seq);
    return events > 0 ? (to->rss_mb - from->rss_mb) * 1048576.0 / events : 0;
}

/* Returns whether all is as it has to be. */
static bool result_print(const struct cost cost[3], double seconds, uint64_t last)
{
    uint64_t lost = 0, late = 0, skipped = 0, doubled = 0, resyncs = 0;
    for (size_t i = 0; i < audience.n; i++) {
        const struct console *console = &audience.console[i];
        lost += console->lost;
        late += last > console->last ? last - console->last : 0;
        skipped += console->skipped;
        doubled += console->doubled;
        resyncs += console->resyncs;
    }
    printf("\n| what | n | P50 ms | P99 ms | P99.9 ms | max ms |\n|---|---|---|---|---|---|\n");
    histogram_print("command, from when it was due to its answer", &desk.took);
    histogram_print("push to each console, from the answer", &audience.from_answer);
    histogram_print("push to each console, from the sending", &audience.from_sending);
    printf("\n- commands acknowledged: %llu of %llu (%.1f a second), failed: %llu\n",
           (unsigned long long)desk.acked, (unsigned long long)desk.wanted,
           (double)desk.acked / seconds, (unsigned long long)desk.failed);
    printf(
        "- events: %llu, lost at a console: %llu, heard twice: %llu, not heard at the end: %llu, "
        "skipped by a resync: %llu (%llu resyncs)\n",
        (unsigned long long)(cost[2].seq - cost[0].seq), (unsigned long long)lost,
        (unsigned long long)doubled, (unsigned long long)late, (unsigned long long)skipped,
        (unsigned long long)resyncs);
    printf("- pushed: %.1f MB a second in blocks of %.0f bytes\n",
           (double)audience.bytes / 1e6 / seconds,
           (double)audience.bytes / (double)(audience.reads > 0 ? audience.reads : 1));
    printf("- memory of the server: %.1f MB at the start, %.1f in the middle, %.1f at the end; "
           "%.0f bytes an event in the first half, %.0f in the second\n",
           cost[0].rss_mb, cost[1].rss_mb, cost[2].rss_mb, growth_bytes(&cost[0], &cost[1]),
           growth_bytes(&cost[1], &cost[2]));
    printf("- processor: server %.2f cores, this client %.2f\n",
           (cost[2].server_s - cost[0].server_s) / seconds,
           (cost[2].client_s - cost[0].client_s) / seconds);
    return lost == 0 && late == 0 && doubled == 0 && resyncs == 0 && desk.failed == 0 &&
           desk.acked == desk.wanted;
}

/* ---- the whole ---- */

static int file_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void server_end(void)
{
    int status = 0;
    (void)kill(server.pid, SIGTERM);
    (void)waitpid(server.pid, &status, 0);
    (void)nftw(server.dir, file_remove, 16, FTW_DEPTH | FTW_PHYS);
    check(status == 0, "a clean stop");
}

static void sleep_until(int64_t until_us)
{
    const struct timespec until = {.tv_sec = (time_t)(until_us / SECOND_US),
                                   .tv_nsec = (long)(until_us % SECOND_US) * 1000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void files_allow(void)
{
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    static char answer[ANSWER];
    struct cost cost[3];
    if (argc < 2) {
        (void)fprintf(stderr, "usage: load_bench AMPARO [CONSOLES [RATE [SECONDS]]]\n");
        return 2;
    }
    long consoles = argc > 2 ? strtol(argv[2], NULL, 10) : 1000;
    long rate = argc > 3 ? strtol(argv[3], NULL, 10) : 200;
    long seconds = argc > 4 ? strtol(argv[4], NULL, 10) : 20;
    check(consoles > 0 && consoles <= CONSOLES_MAX && rate > 0 && seconds > 0, "usage");
    (void)signal(SIGPIPE, SIG_IGN);
    files_allow();
    desk.wanted = (uint64_t)(rate * seconds);
    desk.period_us = SECOND_US / rate;
    mark_n = (size_t)desk.wanted * 4 + 1000000;
    marks = calloc(mark_n, sizeof(*marks));
    check(marks != NULL, "memory");
    server_start(argv[1]);
    account_add(argv[1], "desk", "dispatcher", desk_token);
    account_add(argv[1], "chief", "supervisor", chief_token);
    audience_open((size_t)consoles, seq_ask(answer));
    audience_listen(seq_ask(answer));
    units_add(answer);
    printf("%ld consoles, %ld commands a second, %ld seconds\n\n", consoles, rate, seconds);
    probe_print("before");
    (void)fflush(stdout);
    desk_open();
    atomic_store(&seq_acked, seq_ask(answer));
    cost[0] = cost_now();
    int64_t begun_us = now_us();
    check(pthread_create(&desk.thread, NULL, desk_run, NULL) == 0, "thread");
    sleep_until(begun_us + seconds * SECOND_US / 2);
    cost[1] = cost_now();
    (void)pthread_join(desk.thread, NULL);
    cost[2] = cost_now();
    double took_s = (double)(now_us() - begun_us) / 1e6;
    uint64_t last = seq_ask(answer);
    audience_end(last);
    bool good = result_print(cost, took_s, last);
    probe_print("after");
    server_end();
    return good ? 0 : 1;
}
