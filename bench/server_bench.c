/*
 * A running server under callers: call posted -> durable -> recommendation; positions a second.
 *
 * usage: server_bench AMPARO MAP.amap [UNITS [SECONDS]]     (defaults: 200 units, 5 seconds a part)
 * Starts `amparo serve` on a free port with a directory of its own, adds units near named places
 * with current positions, and measures from outside over loopback, client and server on one
 * machine.
 *
 * - paced: 50 callers, each about two calls a second, which is what a very busy centre sees.
 * - flat: 50 callers as fast as they can, which shows where it saturates.
 * - positions: 2 senders with 1,000 positions a message.
 *
 * An fdatasync probe stands beside the figures: durable latency follows the load of the machine.
 */
#include "base/chance.h"
#include "base/json.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CALLERS = 50,
    SENDERS = 2,
    SAMPLES = 1 << 18, /* of one caller */
    REPLY = 4 << 20,
    BATCH = 1000,
    SPOTS = 26 * 50,
    PROBES = 200,
    TOKEN = 64
};
#define PACE_S 0.5

static uint16_t port;
static char token[TOKEN]; /* of the account that asks */
static struct {
    double lat, lon;
} spot[SPOTS]; /* named places of the map: where people are, and roads */
static size_t spot_n;
static int units = 200;
static double part_s = 5.0;

static void check(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "server_bench: %s failed\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One keep-alive connection. */
struct peer {
    int fd;
    char *reply;
    size_t len;
    const char *body;
};

static void peer_open(struct peer *peer)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    peer->reply = malloc(REPLY);
    check(peer->fd >= 0 && peer->reply != NULL, "socket");
    (void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    check(connect(peer->fd, (const struct sockaddr *)&to, sizeof(to)) == 0, "connect");
}

static void peer_close(struct peer *peer)
{
    (void)close(peer->fd);
    free(peer->reply);
}

static void bytes_send(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        check(n > 0, "write");
        data += n;
        len -= (size_t)n;
    }
}

/* Reads one answer with Content-Length; returns its status. */
static int answer_read(struct peer *peer)
{
    peer->len = 0;
    size_t want = 0;
    while (want == 0 || peer->len < want) {
        check(peer->len + 1 < REPLY, "reply of a sane size");
        ssize_t n = read(peer->fd, peer->reply + peer->len, REPLY - 1 - peer->len);
        check(n > 0, "read");
        peer->len += (size_t)n;
        peer->reply[peer->len] = '\0';
        const char *end = want == 0 ? strstr(peer->reply, "\r\n\r\n") : NULL;
        if (end != NULL) {
            const char *length = strcasestr(peer->reply, "content-length:");
            peer->body = end + 4;
            want = (size_t)(peer->body - peer->reply) +
                   (length != NULL && length < end ? strtoul(length + 15, NULL, 10) : 0);
        }
    }
    return (int)strtol(peer->reply + 9, NULL, 10);
}

static int ask(struct peer *peer, const char *method, const char *path, const char *body)
{
    char head[512];
    size_t len = strlen(body);
    int n = snprintf(head, sizeof(head),
                     "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\n"
                     "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n",
                     method, path, (unsigned)port, token, len);
    check(n > 0 && (size_t)n < sizeof(head), "head");
    bytes_send(peer->fd, head, (size_t)n);
    bytes_send(peer->fd, body, len);
    return answer_read(peer);
}

static pid_t server_start(const char *amparo, const char *map, const char *dir)
{
    int out[2];
    check(pipe(out) == 0, "pipe");
    pid_t pid = fork();
    check(pid >= 0, "fork");
    if (pid == 0) {
        (void)dup2(out[1], STDERR_FILENO);
        (void)execl(amparo, "amparo", "serve", "--data", dir, "--map", map, "--listen",
                    "127.0.0.1:0", "--quiet", "--rate", "0", (char *)NULL);
        _exit(127);
    }
    (void)close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    char line[512];
    while (port == 0 && lines != NULL && fgets(line, sizeof(line), lines) != NULL) {
        const char *at = strstr(line, "http://127.0.0.1:");
        port = at != NULL ? (uint16_t)strtoul(at + 17, NULL, 10) : 0;
    }
    check(port != 0, "server start");
    return pid;
}

/* One account asks it all, with the token that the command prints. */
static void account_add(const char *amparo, const char *dir)
{
    int out[2];
    check(pipe(out) == 0, "pipe");
    pid_t pid = fork();
    check(pid >= 0, "fork");
    if (pid == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)execl(amparo, "amparo", "user", "add", "bench", "--role", "supervisor", "--token",
                    "--scopes", "read,write,positions", "--data", dir, (char *)NULL);
        _exit(127);
    }
    (void)close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    int status = 0;
    bool told = lines != NULL && fgets(token, TOKEN, lines) != NULL;
    (void)waitpid(pid, &status, 0);
    check(told && status == 0 && strncmp(token, "amp_", 4) == 0, "amparo user add");
    token[strcspn(token, "\n")] = '\0';
    (void)fclose(lines);
}

static void spots_read(struct peer *peer)
{
    char path[64];
    for (char c = 'a'; c <= 'z'; c++) {
        (void)snprintf(path, sizeof(path), "/v1/geocode?q=%c&limit=50", c);
        check(ask(peer, "GET", path, "") == 200, "GET /v1/geocode");
        json_t *root = json_loads(peer->body, 0, NULL);
        const json_t *results = json_object_get(root, "results");
        for (size_t i = 0; i < json_array_size(results) && spot_n < SPOTS; i++) {
            const json_t *place = json_array_get(results, i);
            spot[spot_n].lat = json_number_value(json_object_get(place, "lat"));
            spot[spot_n++].lon = json_number_value(json_object_get(place, "lon"));
        }
        json_decref(root);
    }
    check(spot_n > 0, "places on the map");
}

/* Within about 100 m of a named place. */
static void place_draw(struct amp_chance *chance, double *lat, double *lon)
{
    size_t i = amp_chance_below(chance, (uint32_t)spot_n);
    *lat = spot[i].lat + amp_chance_between(chance, -0.001, 0.001);
    *lon = spot[i].lon + amp_chance_between(chance, -0.001, 0.001);
}

static void batch_write(struct amp_chance *chance, struct amp_buf *out, int n)
{
    amp_buf_clear(out);
    amp_buf_text(out, "{\"positions\":[");
    for (int i = 0; i < n; i++) {
        double lat = 0.0, lon = 0.0;
        place_draw(chance, &lat, &lon);
        amp_buf_printf(out, "%s{\"unit\":\"U%d\",\"lat\":%.6f,\"lon\":%.6f,\"speed_kmh\":40}",
                       i > 0 ? "," : "", i % units, lat, lon);
    }
    amp_buf_text(out, "]}");
}

static void fleet_add(struct peer *peer)
{
    char body[160];
    for (int i = 0; i < units; i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"unit\":\"U%d\",\"kind\":\"ambulance\","
                       "\"capabilities\":[\"als\",\"bls\"],\"crew\":2}",
                       i);
        check(ask(peer, "POST", "/v1/units", body) == 201, "POST /v1/units");
    }
    struct amp_chance chance = {.state = 1};
    struct amp_buf batch = amp_buf_make(1 << 20);
    batch_write(&chance, &batch, units);
    check(ask(peer, "POST", "/v1/positions", amp_buf_cstr(&batch)) == 200, "POST /v1/positions");
    amp_buf_free(&batch);
}

struct caller {
    pthread_t thread;
    struct amp_chance chance;
    double pace_s, until_s;
    double *call_s, *advice_s, *both_s;
    size_t n;
};

static void incident_of(const struct peer *peer, char out[16])
{
    const char *at = strstr(peer->body, "\"I-");
    check(at != NULL, "an incident in the answer");
    size_t n = strcspn(at + 1, "\"");
    check(n < 16, "an id");
    memcpy(out, at + 1, n);
    out[n] = '\0';
}

static void call_once(struct caller *caller, struct peer *peer)
{
    char body[256];
    char path[64];
    char incident[16];
    double lat = 0.0, lon = 0.0;
    place_draw(&caller->chance, &lat, &lon);
    (void)snprintf(body, sizeof(body),
                   "{\"number\":\"+999 1\",\"words\":\"help\",\"pos\":{\"lat\":%.6f,\"lon\":%.6f},"
                   "\"radius_m\":30,\"type\":\"cardiac-arrest\",\"priority\":1}",
                   lat, lon);
    double begun_s = now_s();
    check(ask(peer, "POST", "/v1/calls", body) == 201, "POST /v1/calls");
    double called_s = now_s();
    incident_of(peer, incident);
    (void)snprintf(path, sizeof(path), "/v1/incidents/%s/recommendation", incident);
    double asked_s = now_s();
    check(ask(peer, "GET", path, "") == 200, "GET recommendation");
    double advised_s = now_s();
    if (caller->n < SAMPLES) {
        caller->call_s[caller->n] = called_s - begun_s;
        caller->advice_s[caller->n] = advised_s - asked_s;
        caller->both_s[caller->n++] = advised_s - begun_s;
    }
    (void)snprintf(path, sizeof(path), "/v1/incidents/%s/close", incident);
    check(ask(peer, "POST", path, "{\"outcome\":\"bench\"}") == 200, "POST close");
}

static void *caller_run(void *ctx)
{
    struct caller *caller = ctx;
    struct peer peer = {0};
    peer_open(&peer);
    double next_s = now_s() + caller->pace_s * amp_chance_share(&caller->chance);
    while (now_s() < caller->until_s) {
        double wait_s = next_s - now_s();
        if (caller->pace_s > 0.0 && wait_s > 0.0) {
            (void)usleep((useconds_t)(wait_s * 1e6));
        }
        next_s += caller->pace_s;
        call_once(caller, &peer);
    }
    peer_close(&peer);
    return NULL;
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void row_print(const char *part, const char *what, double *value, size_t n)
{
    qsort(value, n, sizeof(*value), double_order);
    printf("| %s | %s | %zu | %.2f | %.2f |\n", part, what, n, 1e3 * value[n / 2],
           1e3 * value[n - 1 - n / 100]);
}

static double *gather(const struct caller *caller, int which, size_t total)
{
    double *all = calloc(total, sizeof(*all));
    check(all != NULL, "memory");
    size_t at = 0;
    for (int i = 0; i < CALLERS; i++) {
        const double *from = which == 0   ? caller[i].call_s
                             : which == 1 ? caller[i].advice_s
                                          : caller[i].both_s;
        memcpy(all + at, from, caller[i].n * sizeof(*all));
        at += caller[i].n;
    }
    return all;
}

static void callers_run(const char *part, double pace_s)
{
    static struct caller caller[CALLERS];
    static const char *const what[] = {"call -> durable", "recommendation", "both, end to end"};
    double until_s = now_s() + part_s;
    for (int i = 0; i < CALLERS; i++) {
        caller[i] = (struct caller){
            .chance = {.state = (uint64_t)i + 100}, .pace_s = pace_s, .until_s = until_s};
        caller[i].call_s = calloc(SAMPLES, sizeof(double));
        caller[i].advice_s = calloc(SAMPLES, sizeof(double));
        caller[i].both_s = calloc(SAMPLES, sizeof(double));
        check(caller[i].call_s && caller[i].advice_s && caller[i].both_s, "memory");
        check(pthread_create(&caller[i].thread, NULL, caller_run, &caller[i]) == 0, "thread");
    }
    size_t total = 0;
    for (int i = 0; i < CALLERS; i++) {
        (void)pthread_join(caller[i].thread, NULL);
        total += caller[i].n;
    }
    for (int k = 0; k < 3; k++) {
        double *all = gather(caller, k, total);
        row_print(part, what[k], all, total);
        free(all);
    }
    for (int i = 0; i < CALLERS; i++) {
        free(caller[i].call_s);
        free(caller[i].advice_s);
        free(caller[i].both_s);
    }
}

struct sender {
    pthread_t thread;
    uint64_t seed, sent;
    double until_s;
};

static void *sender_run(void *ctx)
{
    struct sender *sender = ctx;
    struct amp_chance chance = {.state = sender->seed};
    struct amp_buf batch = amp_buf_make(1 << 20);
    struct peer peer = {0};
    peer_open(&peer);
    batch_write(&chance, &batch, BATCH);
    while (now_s() < sender->until_s) {
        check(ask(&peer, "POST", "/v1/positions", amp_buf_cstr(&batch)) == 200, "positions");
        sender->sent += BATCH;
    }
    peer_close(&peer);
    amp_buf_free(&batch);
    return NULL;
}

static void positions_run(void)
{
    struct sender sender[SENDERS];
    double begun_s = now_s();
    uint64_t sent = 0;
    for (int i = 0; i < SENDERS; i++) {
        sender[i] = (struct sender){.seed = (uint64_t)i + 9, .until_s = begun_s + part_s};
        check(pthread_create(&sender[i].thread, NULL, sender_run, &sender[i]) == 0, "thread");
    }
    for (int i = 0; i < SENDERS; i++) {
        (void)pthread_join(sender[i].thread, NULL);
        sent += sender[i].sent;
    }
    printf("\npositions accepted: %.0f a second\n", (double)sent / (now_s() - begun_s));
}

static void memory_print(pid_t pid, const char *when)
{
    char path[64];
    char line[256];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            printf("memory of the server %s: %.1f MB\n", when, strtod(line + 6, NULL) / 1024.0);
        }
    }
    check(file != NULL && fclose(file) == 0, "status");
}

static void probe_print(const char *dir)
{
    char path[512];
    static const char block[4096];
    double value[PROBES];
    (void)snprintf(path, sizeof(path), "%s/probe", dir);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    check(fd >= 0, "probe");
    for (int i = 0; i < PROBES; i++) {
        double begun_s = now_s();
        check(write(fd, block, sizeof(block)) == (ssize_t)sizeof(block) && fdatasync(fd) == 0,
              "probe");
        value[i] = now_s() - begun_s;
    }
    (void)close(fd);
    (void)unlink(path);
    qsort(value, PROBES, sizeof(*value), double_order);
    printf("fdatasync probe: P50 %.2f ms, P99 %.2f ms\n", 1e3 * value[PROBES / 2],
           1e3 * value[PROBES - 1 - PROBES / 100]);
}

static void dir_remove(const char *dir)
{
    DIR *at = opendir(dir);
    check(at != NULL, "opendir");
    for (struct dirent *entry = readdir(at); entry != NULL; entry = readdir(at)) {
        (void)unlinkat(dirfd(at), entry->d_name, 0); /* not "." and ".." */
    }
    (void)closedir(at);
    (void)rmdir(dir);
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/amparo-bench-XXXXXX";
    if (argc < 3) {
        (void)fprintf(stderr, "usage: server_bench AMPARO MAP.amap [UNITS [SECONDS]]\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    units = argc > 3 ? (int)strtol(argv[3], NULL, 10) : units;
    part_s = argc > 4 ? strtod(argv[4], NULL) : part_s;
    check(mkdtemp(dir) != NULL, "mkdtemp");
    pid_t pid = server_start(argv[1], argv[2], dir);
    struct peer peer = {0};
    account_add(argv[1], dir);
    peer_open(&peer);
    spots_read(&peer);
    fleet_add(&peer);
    memory_print(pid, "at rest");
    probe_print(dir);
    printf("\n| %d units, %d callers | step | n | P50 ms | P99 ms |\n|---|---|---|---|---|\n",
           units, CALLERS);
    callers_run("paced", PACE_S);
    callers_run("flat", 0.0);
    positions_run();
    memory_print(pid, "after");
    probe_print(dir);
    peer_close(&peer);
    (void)kill(pid, SIGTERM);
    int status = 0;
    (void)waitpid(pid, &status, 0);
    check(status == 0, "clean stop");
    dir_remove(dir);
    return 0;
}
