/* Tests of what is durable: before the answer, over a restart, and when the disk fails. */
#include "journal/memory.h"
#include "server/testbed.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char call_body[] = "{\"number\":\"+351910000001\",\"words\":\"help\","
                                "\"pos\":{\"lat\":41.151,\"lon\":-8.61},"
                                "\"type\":\"cardiac-arrest\"}";

/* A store whose disk stands still until it is let go: memory behind a gate. */
struct gate {
    struct amp_store store;
    struct amp_store *inner;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool shut;
    int inside;
};

static amp_err gate_append(struct amp_store *store, const struct amp_batch *batch,
                           struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    (void)pthread_mutex_lock(&gate->lock);
    gate->inside++;
    (void)pthread_cond_broadcast(&gate->change);
    while (gate->shut) {
        (void)pthread_cond_wait(&gate->change, &gate->lock);
    }
    gate->inside--;
    (void)pthread_mutex_unlock(&gate->lock);
    return gate->inner->ops->append(gate->inner, batch, why);
}

static amp_err gate_head(struct amp_store *store, struct amp_head *out, struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->head(gate->inner, out, why);
}

static amp_err gate_read(struct amp_store *store, uint64_t first, uint64_t last, void *ctx,
                         amp_err (*visit)(void *ctx, const struct amp_record *record),
                         struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->read(gate->inner, first, last, ctx, visit, why);
}

static amp_err gate_settle(struct amp_store *store, struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->settle(gate->inner, why);
}

static amp_err gate_nodes(struct amp_store *store, unsigned level, uint64_t first, size_t n,
                          uint8_t *out, struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->nodes(gate->inner, level, first, n, out, why);
}

static amp_err gate_secret(struct amp_store *store, struct amp_str name, struct amp_buf *out,
                           struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->secret(gate->inner, name, out, why);
}

static amp_err gate_secrets(struct amp_store *store, struct amp_str prefix, void *ctx,
                            amp_err (*visit)(void *ctx, struct amp_str name, struct amp_str value),
                            struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->secrets(gate->inner, prefix, ctx, visit, why);
}

static amp_err gate_reader(struct amp_store *store, struct amp_store **out, struct amp_why *why)
{
    struct gate *gate = (struct gate *)store;
    return gate->inner->ops->reader(gate->inner, out, why);
}

static void gate_close(struct amp_store *store)
{
    struct gate *gate = (struct gate *)store;
    amp_store_close(gate->inner);
}

static const struct amp_store_ops gate_ops = {.name = "gate",
                                              .append = gate_append,
                                              .settle = gate_settle,
                                              .nodes = gate_nodes,
                                              .head = gate_head,
                                              .read = gate_read,
                                              .secret = gate_secret,
                                              .secrets = gate_secrets,
                                              .reader = gate_reader,
                                              .close = gate_close};

static void gate_init(struct gate *gate)
{
    *gate = (struct gate){.store = {.ops = &gate_ops},
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .change = PTHREAD_COND_INITIALIZER};
    assert_int_equal(amp_store_memory(&gate->inner), AMP_OK);
}

static void gate_shut(struct gate *gate, bool shut)
{
    (void)pthread_mutex_lock(&gate->lock);
    gate->shut = shut;
    (void)pthread_cond_broadcast(&gate->change);
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate)
{
    (void)pthread_mutex_lock(&gate->lock);
    while (gate->inside == 0) {
        (void)pthread_cond_wait(&gate->change, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

static void replied(void *ctx, int status, struct amp_str body)
{
    atomic_int *seen = ctx;
    (void)body;
    atomic_store(seen, status);
}

static void glance(void *ctx, const struct amp_state *state, const struct amp_track *track,
                   int64_t now_us)
{
    (void)track;
    (void)now_us;
    *(uint64_t *)ctx = state->seq;
}

static void ask(struct bed *bed, enum amp_method method, const char *path, const char *body,
                atomic_int *seen)
{
    const struct amp_server_ask asked = {
        .method = method, .target = path, .body = amp_str_of(body)};
    assert_int_equal(amp_server_request(bed->server, &asked, replied, seen), AMP_OK);
}

static void nothing_is_said_or_seen_before_it_is_durable(void **state)
{
    struct bed bed;
    struct gate gate;
    atomic_int posted = 0;
    atomic_int seen = 0;
    atomic_int again = 0;
    uint64_t seq = 0;
    (void)state;
    bed_init(&bed);
    gate_init(&gate);
    bed.store = &gate.store;
    bed_start(&bed);
    bed_town(&bed);
    uint64_t pushed = 4;
    gate_shut(&gate, true);
    ask(&bed, AMP_METHOD_POST, "/v1/calls", call_body, &posted);
    gate_await(&gate); /* the disk has it, and has not said yes */
    ask(&bed, AMP_METHOD_GET, "/v1/incidents", NULL, &seen);
    ask(&bed, AMP_METHOD_GET, "/v1/incidents/I-1/recommendation", NULL, &again);
    assert_int_equal(amp_server_look(bed.server, glance, &seq), AMP_OK);
    assert_int_equal(seq, pushed + 2); /* memory knows it: all three were handled */
    assert_int_equal(atomic_load(&posted), 0);
    assert_int_equal(atomic_load(&seen), 0);
    assert_int_equal(atomic_load(&again), 0);
    gate_shut(&gate, false);
    assert_int_equal(bed_stop(&bed), AMP_OK); /* finishes what waits */
    assert_int_equal(atomic_load(&posted), 201);
    assert_int_equal(atomic_load(&seen), 200);
    assert_true(atomic_load(&again) == 404 || atomic_load(&again) == 503); /* there is no map */
    bed_drop(&bed);
}

static void a_night_happens(struct bed *bed)
{
    bed_town(bed);
    bed_expect(bed, "POST", "/v1/calls", call_body, 201);
    bed_expect(bed, "POST", "/v1/calls", "{\"words\":\"second\"}", 201);
    bed_expect(bed, "POST", "/v1/incidents/I-1/assignments", "{\"unit\":\"M1\"}", 200);
    bed_expect(bed, "POST", "/v1/units/M1/status", "{\"status\":\"en-route\"}", 200);
    bed_expect(bed, "POST", "/v1/incidents/I-1/notes", "{\"text\":\"third floor\"}", 200);
    bed_expect(bed, "PATCH", "/v1/incidents/I-2", "{\"priority\":3,\"place\":\"Rua B\"}", 200);
    bed_expect(bed, "POST", "/v1/closures", "{\"site\":{\"lat\":41.15,\"lon\":-8.61}}", 201);
    bed_expect(bed, "POST", "/v1/incidents/I-2/close", "{\"outcome\":\"false\"}", 200);
}

static void digest(void *ctx, const struct amp_state *state, const struct amp_track *track,
                   int64_t now_us)
{
    (void)track;
    (void)now_us;
    *(uint64_t *)ctx = amp_state_digest(state);
}

static const char *const seen_paths[] = {"/v1/incidents?state=all",
                                         "/v1/incidents/I-1",
                                         "/v1/incidents/I-2",
                                         "/v1/units",
                                         "/v1/stations",
                                         "/v1/closures",
                                         "/v1/log/root"};
enum {
    SEEN_N = sizeof seen_paths / sizeof seen_paths[0]
};

static void a_restart_folds_to_the_same_state_and_answers(void **state)
{
    struct bed bed;
    char *before[SEEN_N];
    uint64_t one = 0;
    uint64_t two = 1;
    (void)state;
    bed_init(&bed);
    bed_folder(&bed);
    bed_start(&bed);
    a_night_happens(&bed);
    assert_int_equal(amp_server_look(bed.server, digest, &one), AMP_OK);
    for (size_t i = 0; i < SEEN_N; i++) {
        struct reply reply;
        bed_get(&bed, seen_paths[i], &reply);
        assert_int_equal(reply.status, 200);
        before[i] = strdup(amp_buf_cstr(&reply.body));
        reply_free(&reply);
    }
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    assert_int_equal(amp_server_look(bed.server, digest, &two), AMP_OK);
    assert_int_equal(one, two);
    for (size_t i = 0; i < SEEN_N; i++) {
        struct reply reply;
        bed_get(&bed, seen_paths[i], &reply);
        assert_string_equal(amp_buf_cstr(&reply.body), before[i]);
        reply_free(&reply);
        free(before[i]);
    }
    bed_drop(&bed);
}

static void once(struct bed *bed, bool replayed)
{
    struct reply reply;
    bed_send(bed, "POST", "/v1/calls", call_body, "Idempotency-Key: night-1\r\n", &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "call.id"), "C-1");
    assert_string_equal(reply_text(&reply, "incident.id"), "I-1");
    assert_true((strstr(reply.head, "Idempotent-Replay: true") != NULL) == replayed);
    reply_free(&reply);
}

static void a_key_is_honoured_once_also_across_restarts(void **state)
{
    struct bed bed;
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed_folder(&bed);
    bed_start(&bed);
    once(&bed, false);
    once(&bed, true);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed);
    once(&bed, true);
    bed_get(&bed, "/v1/log/root", &reply);
    assert_int_equal(reply_int(&reply, "size"), 2);
    reply_free(&reply);
    bed_drop(&bed);
}

static void a_key_used_for_another_request_is_refused(void **state)
{
    static const char *const others[][2] = {
        {"/v1/calls", "{\"words\":\"other\"}"},
        {"/v1/calls", ""},
        {"/v1/incidents/I-1/close", "{}"},
        {"/v1/units", "{\"unit\":\"M1\",\"kind\":\"x\",\"capabilities\":[]}"},
        {"/v1/closures", "{\"site\":{\"lat\":1,\"lon\":1}}"}};
    struct bed bed;
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed_folder(&bed);
    bed_start(&bed);
    once(&bed, false);
    bed_send(&bed, "POST", "/v1/calls", "{\"words\":\"other\"}", "Idempotency-Key: night-1\r\n",
             &reply);
    assert_int_equal(reply.status, 422);
    reply_free(&reply);
    once(&bed, true);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    bed_start(&bed); /* nobody is told of a success that was another's */
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        bed_send(&bed, "POST", others[i][0], others[i][1], "Idempotency-Key: night-1\r\n", &reply);
        assert_int_equal(reply.status, 422);
        reply_free(&reply);
    }
    once(&bed, true);
    bed_drop(&bed);
}

static void failed(void *ctx)
{
    atomic_int *count = ctx;
    atomic_fetch_add(count, 1);
}

static void a_commit_in_doubt_answers_503_and_stops_everything(void **state)
{
    struct bed bed;
    struct reply reply;
    atomic_int calls = 0;
    (void)state;
    bed_init(&bed);
    bed.config.ctx = &calls;
    bed.config.failed = failed;
    bed.keep_store = true;
    bed_start(&bed);
    bed_town(&bed);
    amp_store_memory_fault(bed.store,
                           (struct amp_memory_fault){.at_append = 1, .err = AMP_E_IN_DOUBT});
    bed_post(&bed, "/v1/calls", call_body, &reply);
    assert_int_equal(reply.status, 503);
    assert_string_equal(reply_text(&reply, "code"), "in-doubt");
    reply_free(&reply);
    assert_int_equal(atomic_load(&calls), 1);
    bed_expect(&bed, "GET", "/v1/incidents", NULL, 503); /* memory is ahead: not shown */
    bed_expect(&bed, "POST", "/v1/calls", call_body, 503);
    bed_expect(&bed, "GET", "/readyz", NULL, 503);
    bed_expect(&bed, "GET", "/healthz", NULL, 200);
    assert_int_equal(atomic_load(&calls), 1);
    assert_int_equal(bed_stop(&bed), AMP_E_IN_DOUBT);
    bed_drop(&bed);
}

/* ---- stopping while many write ---- */

struct caller {
    struct bed *bed;
    pthread_t thread;
    int said_yes;
};

static void *caller_main(void *arg)
{
    struct caller *caller = arg;
    char rq[512];
    struct amp_buf answers = amp_buf_make(64 << 20);
    int n = snprintf(rq, sizeof rq,
                     "POST /v1/calls HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen("{\"words\":\"load\"}"), "{\"words\":\"load\"}");
    int fd = bed_connect(caller->bed);
    for (;;) {
        amp_buf_clear(&answers);
        bed_write(fd, rq, (size_t)n);
        if (!bed_read_until(fd, &answers, "\r\n\r\n") ||
            memmem(answers.data, answers.len, "HTTP/1.1 201", 12) == NULL) {
            break;
        }
        caller->said_yes++;
        if (!bed_read_until(fd, &answers, "\"duplicates\":[")) {
            break;
        }
    }
    (void)close(fd);
    amp_buf_free(&answers);
    return NULL;
}

static void count_calls(void *ctx, const struct amp_state *state, const struct amp_track *track,
                        int64_t now_us)
{
    (void)track;
    (void)now_us;
    *(size_t *)ctx = state->call_n;
}

static void a_stop_under_load_loses_nothing_that_was_answered(void **state)
{
    enum {
        CALLERS = 8,
        ENOUGH = 200
    };
    struct bed bed;
    struct caller caller[CALLERS] = {{.bed = NULL}};
    size_t stored = 0;
    int answered = 0;
    (void)state;
    bed_init(&bed);
    bed.keep_store = true;
    bed_start(&bed);
    for (int i = 0; i < CALLERS; i++) {
        caller[i].bed = &bed;
        assert_int_equal(pthread_create(&caller[i].thread, NULL, caller_main, &caller[i]), 0);
    }
    while (stored < ENOUGH) {
        assert_int_equal(amp_server_look(bed.server, count_calls, &stored), AMP_OK);
    }
    struct amp_server *server = bed.server;
    assert_int_equal(amp_server_stop(server), AMP_OK);
    for (int i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_join(caller[i].thread, NULL), 0);
        answered += caller[i].said_yes;
    }
    bed.server = NULL;
    bed_start(&bed);
    assert_int_equal(amp_server_look(bed.server, count_calls, &stored), AMP_OK);
    assert_true(answered >= ENOUGH / 2);
    assert_true(stored >= (size_t)answered);
    bed_drop(&bed);
}

static void sighted(struct bed *bed, const char *unit)
{
    struct amp_sighting seen = {
        .position = {
            .pos = {411500000, -86100000}, .heading_deg = 90, .speed_kmh = 50, .accuracy_m = -1}};
    assert_int_equal(amp_str_copy(seen.unit, sizeof seen.unit, amp_str_of(unit)), AMP_OK);
    assert_int_equal(amp_server_positions(bed->server, &seen, 1), AMP_OK);
}

struct outcome {
    amp_err err;
    uint64_t seq;
    uint32_t incident;
    atomic_bool came;
};

static void outcome_take(void *ctx, const struct amp_outcome *got)
{
    struct outcome *outcome = ctx;
    outcome->err = got->err;
    outcome->seq = got->seq;
    outcome->incident = got->incident.n;
    atomic_store(&outcome->came, true);
}

static void the_doors_without_http_do_the_same(void **state)
{
    struct bed bed;
    struct outcome good = {.err = AMP_E_BUSY};
    struct outcome bad = {.err = AMP_OK};
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed_start(&bed);
    bed_town(&bed);
    const struct amp_command call = {.kind = AMP_CMD_TAKE_CALL,
                                     .actor = AMP_STR("demo"),
                                     .f = {.has = AMP_HAS(WORDS), .words = AMP_STR("smoke")}};
    const struct amp_command wrong = {.kind = AMP_CMD_CLOSE,
                                      .actor = AMP_STR("demo"),
                                      .f = {.has = AMP_HAS(INCIDENT), .incident = {99}}};
    assert_int_equal(amp_server_command(bed.server, &call, outcome_take, &good), AMP_OK);
    assert_int_equal(amp_server_command(bed.server, &wrong, outcome_take, &bad), AMP_OK);
    sighted(&bed, "M1");
    bed_get(&bed, "/v1/units/M1", &reply); /* answered after all before it */
    assert_int_equal(reply_int(&reply, "unit.speed_kmh"), 50);
    reply_free(&reply);
    assert_int_equal(bed_stop(&bed), AMP_OK);
    assert_true(atomic_load(&good.came) && atomic_load(&bad.came));
    assert_int_equal(good.err, AMP_OK);
    assert_int_equal(good.seq, 6);
    assert_int_equal(good.incident, 1);
    assert_int_equal(bad.err, AMP_E_NOT_FOUND);
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_or_seen_before_it_is_durable),
        cmocka_unit_test(a_restart_folds_to_the_same_state_and_answers),
        cmocka_unit_test(a_key_is_honoured_once_also_across_restarts),
        cmocka_unit_test(a_key_used_for_another_request_is_refused),
        cmocka_unit_test(a_commit_in_doubt_answers_503_and_stops_everything),
        cmocka_unit_test(a_stop_under_load_loses_nothing_that_was_answered),
        cmocka_unit_test(the_doors_without_http_do_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
