/* A server for tests, and the client that talks to it. */
#include "server/testbed.h"
#include "base/timefmt.h"
#include "map/synth.h"
#include "server/courier.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    BODY_MAX = 64 << 20
};

void bed_init(struct bed *bed)
{
    *bed = (struct bed){.server = NULL};
    atomic_init(&bed->clock.us, BED_NOON);
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(amp_plans_builtin(&bed->plans), AMP_OK);
    bed->config = (struct amp_server_config){.addr = "127.0.0.1",
                                             .quiet = true,
                                             .open = true,
                                             .master = {1, 2, 3},
                                             .version = "test",
                                             .plans = bed->plans,
                                             .clock = amp_clock_settable(&bed->clock)};
}

void bed_folder(struct bed *bed)
{
    (void)snprintf(bed->dir, sizeof bed->dir, "%s/amparo-bed-XXXXXX",
                   getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(bed->dir));
}

void bed_start(struct bed *bed)
{
    struct amp_why why = {""};
    amp_err err = AMP_OK;
    if (bed->store == NULL) {
        err = bed->dir[0] != '\0' ? amp_store_sqlite(bed->dir, false, &bed->store, &why)
                                  : amp_store_memory(&bed->store);
        assert_int_equal(err, AMP_OK);
    }
    bed->config.store = bed->store;
    err = amp_server_start(&bed->config, &bed->server, &why);
    if (err != AMP_OK) {
        fail_msg("%s", why.text);
    }
}

amp_err bed_stop(struct bed *bed)
{
    amp_err err = amp_server_stop(bed->server);
    bed->server = NULL;
    if (!bed->keep_store) {
        amp_store_close(bed->store);
        bed->store = NULL;
    }
    return err;
}

void bed_drop(struct bed *bed)
{
    (void)bed_stop(bed);
    amp_store_close(bed->store);
    amp_plans_free(bed->plans);
    DIR *dir = bed->dir[0] != '\0' ? opendir(bed->dir) : NULL;
    for (struct dirent *entry = dir != NULL ? readdir(dir) : NULL; entry != NULL;
         entry = readdir(dir)) {
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(bed->dir);
    bed->store = NULL;
}

int bed_connect(const struct bed *bed)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons(amp_server_port(bed->server)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    return fd;
}

void bed_write(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n < 0) {
            return; /* refused early: the answer says why */
        }
        at += n;
        len -= (size_t)n;
    }
}

static bool readable(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, BED_WAIT_MS) == 1;
}

bool bed_read_until(int fd, struct amp_buf *buf, const char *text)
{
    while (buf->len < strlen(text) || memmem(buf->data, buf->len, text, strlen(text)) == NULL) {
        char chunk[65536];
        ssize_t n = readable(fd) ? recv(fd, chunk, sizeof chunk, 0) : 0;
        if (n <= 0) {
            return false;
        }
        amp_buf_put(buf, chunk, (size_t)n);
        assert_int_equal(amp_buf_err(buf), AMP_OK);
    }
    return true;
}

struct amp_str reply_field(const struct reply *reply, const char *name)
{
    char start[BED_PATH];
    (void)snprintf(start, sizeof start, "\r\n%s:", name);
    const char *at = strcasestr(reply->head, start);
    struct amp_str value = {0};
    if (at != NULL) {
        (void)amp_str_cut(amp_str_of(at + strlen(start)), '\r', &value);
    }
    return amp_str_trim(value);
}

/* Splits what came into head and body; the body is complete when `length` bytes of it are there. */
static void reply_read(int fd, const char *method, struct reply *out)
{
    struct amp_buf all = amp_buf_make(BODY_MAX);
    if (!bed_read_until(fd, &all, "\r\n\r\n")) {
        fail_msg("no answer to %s", method);
    }
    const char *end = memmem(all.data, all.len, "\r\n\r\n", 4);
    size_t head = (size_t)(end - all.data) + 4;
    assert_int_equal(amp_str_copy(out->head, sizeof out->head, (struct amp_str){all.data, head}),
                     AMP_OK);
    out->status = (int)strtol(out->head + strlen("HTTP/1.1 "), NULL, 10);
    uint64_t length = 0;
    (void)!amp_str_u64(reply_field(out, "Content-Length"), &length);
    while (all.len < head + length) {
        char chunk[65536];
        ssize_t n = readable(fd) ? recv(fd, chunk, sizeof chunk, 0) : 0;
        assert_true(n > 0);
        amp_buf_put(&all, chunk, (size_t)n);
    }
    out->body = amp_buf_make(BODY_MAX);
    amp_buf_put(&out->body, all.data + head, length);
    amp_buf_free(&all);
    struct amp_str text = amp_buf_view(&out->body);
    if (text.len == 0 || amp_json_read(text, BODY_MAX, &out->json, NULL) != AMP_OK) {
        out->json = NULL;
    }
}

void bed_send(const struct bed *bed, const char *method, const char *path, const char *body,
              const char *fields, struct reply *out)
{
    struct amp_buf rq = amp_buf_make(BODY_MAX);
    int fd = bed_connect(bed);
    size_t len = body != NULL ? strlen(body) : 0;
    *out = (struct reply){.status = 0};
    amp_buf_printf(&rq, "%s %s HTTP/1.1\r\n", method, path);
    if (fields == NULL || strstr(fields, "Host:") == NULL) {
        amp_buf_printf(&rq, "Host: 127.0.0.1:%u\r\n", (unsigned)amp_server_port(bed->server));
    }
    if (bed->as != NULL && strncmp(bed->as, "cookie: ", 8) == 0) {
        amp_buf_printf(&rq, "%s\r\n", bed->as);
    } else if (bed->as != NULL) {
        amp_buf_printf(&rq, "Authorization: Bearer %s\r\n", bed->as);
    }
    amp_buf_printf(&rq, "%sConnection: close\r\nContent-Length: %zu\r\n\r\n",
                   fields != NULL ? fields : "", len);
    if (body != NULL) {
        amp_buf_put(&rq, body, len);
    }
    bed_write(fd, rq.data, rq.len);
    reply_read(fd, method, out);
    amp_buf_free(&rq);
    (void)close(fd);
}

void bed_get(const struct bed *bed, const char *path, struct reply *out)
{
    bed_send(bed, "GET", path, NULL, NULL, out);
}

void bed_post(const struct bed *bed, const char *path, const char *body, struct reply *out)
{
    bed_send(bed, "POST", path, body, NULL, out);
}

void reply_free(struct reply *reply)
{
    json_decref(reply->json);
    amp_buf_free(&reply->body);
    reply->json = NULL;
}

const json_t *reply_at(const struct reply *reply, const char *path)
{
    const json_t *at = reply->json;
    struct amp_str rest = amp_str_of(path);
    while (at != NULL && rest.len > 0) {
        struct amp_str name = {0};
        char word[64];
        uint64_t index = 0;
        rest = amp_str_cut(rest, '.', &name);
        assert_int_equal(amp_str_copy(word, sizeof word, name), AMP_OK);
        if (json_is_array(at)) {
            assert_int_equal(amp_str_u64(name, &index), AMP_OK);
            at = json_array_get(at, index);
        } else {
            at = json_object_get(at, word);
        }
    }
    return at;
}

const char *reply_text(const struct reply *reply, const char *path)
{
    const char *text = json_string_value(reply_at(reply, path));
    return text != NULL ? text : "";
}

int64_t reply_int(const struct reply *reply, const char *path)
{
    const json_t *value = reply_at(reply, path);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

void bed_expect(const struct bed *bed, const char *method, const char *path, const char *body,
                int status)
{
    struct reply reply;
    bed_send(bed, method, path, body, NULL, &reply);
    if (reply.status != status) {
        fail_msg("%s %s gave %d, not %d: %s", method, path, reply.status, status,
                 amp_buf_cstr(&reply.body));
    }
    reply_free(&reply);
}

/* ---- accounts ---- */

struct told {
    pthread_mutex_t lock;
    pthread_cond_t came;
    bool there;
    struct reply *reply;
};

static void on_told(void *ctx, int status, struct amp_str body)
{
    struct told *told = ctx;
    (void)pthread_mutex_lock(&told->lock);
    told->reply->status = status;
    amp_buf_str(&told->reply->body, body);
    told->there = true;
    (void)pthread_cond_signal(&told->came);
    (void)pthread_mutex_unlock(&told->lock);
}

void bed_local(const struct bed *bed, enum amp_method method, const char *target, const char *body,
               struct reply *out)
{
    struct told told = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER, .reply = out};
    const struct amp_server_ask ask = {.method = method,
                                       .target = target,
                                       .body = amp_str_of(body != NULL ? body : ""),
                                       .actor = AMP_STR("local")};
    *out = (struct reply){.body = amp_buf_make(BODY_MAX)};
    assert_int_equal(amp_server_request(bed->server, &ask, on_told, &told), AMP_OK);
    (void)pthread_mutex_lock(&told.lock);
    while (!told.there) {
        (void)pthread_cond_wait(&told.came, &told.lock);
    }
    (void)pthread_mutex_unlock(&told.lock);
    struct amp_str text = amp_buf_view(&out->body);
    if (text.len == 0 || amp_json_read(text, BODY_MAX, &out->json, NULL) != AMP_OK) {
        out->json = NULL;
    }
}

static void status_expect(const struct reply *reply, const char *path, int status)
{
    if (reply->status != status) {
        fail_msg("%s gave %d, not %d: %.*s", path, reply->status, status, (int)reply->body.len,
                 reply->body.len > 0 ? reply->body.data : "");
    }
}

void bed_local_expect(const struct bed *bed, enum amp_method method, const char *target,
                      const char *body, int status)
{
    struct reply reply;
    bed_local(bed, method, target, body, &reply);
    status_expect(&reply, target, status);
    reply_free(&reply);
}

void bed_account(const struct bed *bed, const char *name, enum amp_role role, const char *more,
                 char setup[BED_SECRET])
{
    struct reply reply;
    char body[BED_PATH];
    (void)snprintf(body, sizeof body, "{\"account\":\"%s\",\"role\":\"%s\"%s}", name,
                   amp_role_name(role), more);
    bed_local(bed, AMP_METHOD_POST, "/v1/accounts", body, &reply);
    status_expect(&reply, "/v1/accounts", 201);
    (void)snprintf(setup, BED_SECRET, "%s", reply_text(&reply, "setup.token"));
    reply_free(&reply);
}

void bed_token(const struct bed *bed, const char *account, const char *scopes, char out[BED_SECRET])
{
    struct reply reply;
    char body[BED_PATH];
    (void)snprintf(body, sizeof body, "{\"label\":\"test\",\"account\":\"%s\",\"scopes\":[%s]}",
                   account, scopes);
    bed_local(bed, AMP_METHOD_POST, "/v1/tokens", body, &reply);
    status_expect(&reply, "/v1/tokens", 201);
    (void)snprintf(out, BED_SECRET, "%s", reply_text(&reply, "secret"));
    reply_free(&reply);
}

void bed_member(const struct bed *bed, const char *name, enum amp_role role, const char *more,
                char token[BED_SECRET])
{
    char setup[BED_SECRET];
    bed_account(bed, name, role, more, setup);
    bed_token(bed, name, "\"read\",\"write\",\"positions\",\"intake\",\"metrics\"", token);
}

void reply_cookie(const struct reply *reply, char cookie[BED_SECRET])
{
    struct amp_str pair = {0};
    (void)amp_str_cut(reply_field(reply, "Set-Cookie"), ';', &pair);
    (void)snprintf(cookie, BED_SECRET, "cookie: %.*s", (int)pair.len,
                   pair.ptr != NULL ? pair.ptr : "");
}

void bed_enter(const struct bed *bed, const char *setup, char cookie[BED_SECRET])
{
    struct reply reply;
    char body[BED_PATH];
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"" BED_PASSWORD "\"}",
                   setup);
    bed_post(bed, "/v1/setup", body, &reply);
    status_expect(&reply, "/v1/setup", 200);
    reply_cookie(&reply, cookie);
    reply_free(&reply);
}

void bed_person(const struct bed *bed, const char *name, enum amp_role role,
                char cookie[BED_SECRET])
{
    char setup[BED_SECRET];
    bed_account(bed, name, role, "", setup);
    bed_enter(bed, setup, cookie);
}

void bed_as_ask(const struct bed *bed, const char *as, const char *method, const char *path,
                const char *body, struct reply *out)
{
    struct bed one = {.server = bed->server, .as = as};
    bed_send(&one, method, path, body, NULL, out);
}

void bed_as_expect(const struct bed *bed, const char *as, const char *method, const char *path,
                   const char *body, int status)
{
    struct reply reply;
    bed_as_ask(bed, as, method, path, body, &reply);
    status_expect(&reply, path, status);
    reply_free(&reply);
}

void bed_later(struct bed *bed, int64_t seconds)
{
    (void)atomic_fetch_add(&bed->clock.us, seconds * AMP_US_PER_S);
}

int bed_listen(const struct bed *bed, const char *as, const char *query, struct amp_buf *heard)
{
    char rq[BED_PATH * 2];
    bool cookie = strncmp(as, "cookie: ", 8) == 0;
    int fd = bed_connect(bed);
    int n = snprintf(rq, sizeof rq, "GET /v1/events%s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n\r\n",
                     query, cookie ? "" : "Authorization: Bearer ", as);
    *heard = amp_buf_make(BODY_MAX);
    bed_write(fd, rq, (size_t)n);
    assert_true(bed_read_until(fd, heard, "event: heartbeat"));
    return fd;
}

void bed_stream_ends(int fd, struct amp_buf *heard)
{
    assert_true(bed_read_until(fd, heard, "event: session-ended\ndata: {}\n\n"));
    assert_true(bed_read_until(fd, heard, "\r\n0\r\n\r\n")); /* the last chunk */
    (void)close(fd);
    amp_buf_free(heard);
}

void bed_map(uint64_t seed, struct amp_map *out)
{
    char dir[] = "/tmp/amparo-town-XXXXXX";
    char osm[BED_PATH], amap[BED_PATH];
    struct amp_map_counts counts;
    struct amp_why why = {""};
    assert_non_null(mkdtemp(dir));
    (void)snprintf(osm, sizeof osm, "%s/t.osm.pbf", dir);
    (void)snprintf(amap, sizeof amap, "%s/t.amap", dir);
    amp_err err = amp_synth_write(osm, seed, 1, NULL, &why);
    err = err == AMP_OK ? amp_map_build(osm, amap, NULL, &counts, &why) : err;
    err = err == AMP_OK ? amp_map_open(amap, out, &why) : err;
    (void)unlink(osm);
    (void)unlink(amap); /* it stays open */
    (void)rmdir(dir);
    if (err != AMP_OK) {
        fail_msg("%s", why.text);
    }
}

/* In a bed with accounts the local admin makes it, else whoever asks. */
static void town_expect(const struct bed *bed, const char *path, const char *body)
{
    if (bed->config.open) {
        bed_expect(bed, "POST", path, body, 201);
    } else {
        bed_local_expect(bed, AMP_METHOD_POST, path, body, 201);
    }
}

void bed_town(const struct bed *bed)
{
    town_expect(
        bed, "/v1/stations",
        "{\"station\":\"S1\",\"label\":\"Central\",\"site\":{\"lat\":41.15,\"lon\":-8.61}}");
    for (int i = 1; i <= 3; i++) {
        char body[BED_PATH];
        (void)snprintf(body, sizeof body,
                       "{\"unit\":\"M%d\",\"kind\":\"ambulance\",\"capabilities\":[\"als\","
                       "\"bls\"],\"station\":\"S1\",\"crew\":2}",
                       i);
        town_expect(bed, "/v1/units", body);
    }
}

int bed_set_up(void **state)
{
    struct bed *bed = calloc(1, sizeof *bed);
    assert_non_null(bed);
    bed_init(bed);
    bed_start(bed);
    bed_town(bed);
    *state = bed;
    return 0;
}

int bed_tear_down(void **state)
{
    bed_drop(*state);
    free(*state);
    return 0;
}

int bed_courier(struct bed *bed)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    bed->config.courier_fd = pair[0];
    return pair[1];
}

json_t *bed_errand(int courier, int wait_ms)
{
    static char frame[AMP_COURIER_FRAME];
    struct pollfd fd = {.fd = courier, .events = POLLIN};
    json_t *errand = NULL;
    if (poll(&fd, 1, wait_ms) < 1) {
        return NULL;
    }
    ssize_t n = recv(courier, frame, sizeof frame, 0);
    assert_true(n > 0);
    assert_int_equal(amp_json_read((struct amp_str){frame, (size_t)n}, sizeof frame, &errand, NULL),
                     AMP_OK);
    return errand;
}
