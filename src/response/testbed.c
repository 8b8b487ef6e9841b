/* The stand for tests of decide and apply. */
#include "response/testbed.h"
#include "model/index.h"
#include "model/snapshot.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    JOURNAL_MAX = 1 << 28,
    ARENA_MAX = 1 << 24,
    SNAPSHOT_MAX = 1 << 26, /* with as many keys as are kept */
    KEYS_MAX = 64
};

void testbed_open(struct testbed *bed)
{
    *bed = (struct testbed){.journal = amp_buf_make(JOURNAL_MAX),
                            .now_us = INT64_C(1900000000000000),
                            .actor = "desk-1",
                            .ring = {.seed = 1}};
    bed->sealer = amp_ring_sealer(&bed->ring);
    amp_err err = amp_crypto_start();
    err = err ? err : amp_state_init(&bed->state);
    err = err ? err : amp_plans_builtin(&bed->plans);
    assert(!err);
}

void testbed_close(struct testbed *bed)
{
    amp_state_finish(&bed->state);
    amp_plans_free(bed->plans);
    amp_buf_free(&bed->journal);
    amp_ring_finish(&bed->ring);
}

static void keys_drop(struct testbed *bed, const struct amp_event *event)
{
    struct amp_incident_id gone[KEYS_MAX];
    if (event->kind == AMP_EV_INCIDENT_ERASED) {
        size_t n = amp_incident_erases(&bed->state, event->f.incident, gone, KEYS_MAX);
        assert(n >= 1 && n <= KEYS_MAX);
        for (size_t i = 0; i < n; i++) {
            amp_ring_drop(&bed->ring, gone[i]);
        }
    }
}

bool testbed_holds(const struct testbed *bed, const char *bytes)
{
    return amp_texts_hold(bed->state.texts, amp_str_of(bytes));
}

static void event_take(struct testbed *bed, const struct amp_event *event, struct amp_arena *arena)
{
    struct amp_why why = {{0}};
    size_t start = bed->journal.len;
    amp_event_write(event, &bed->sealer, &bed->journal);
    assert(!amp_buf_err(&bed->journal));
    struct amp_str line = {bed->journal.data + start, bed->journal.len - start};
    struct amp_event read = {0};
    amp_err err = amp_event_read(line, &bed->sealer, arena, &read, &why);
    if (!err) {
        read.seq = bed->state.seq + 1;
        err = amp_apply(&bed->state, &read, &why);
    }
    if (err) {
        fprintf(stderr, "%s\n%.*s\n", why.text, (int)line.len, line.ptr);
    }
    assert(!err);
    keys_drop(bed, event);
    amp_buf_char(&bed->journal, '\n');
}

static amp_err command_run(struct testbed *bed, const struct amp_command *command,
                           struct amp_arena *arena)
{
    uint64_t before = amp_state_digest(&bed->state);
    struct amp_decision decision = {0};
    amp_err err = amp_decide(&bed->state, bed->plans, command, arena, &decision, &bed->why);
    assert(amp_state_digest(&bed->state) == before); /* deciding changes nothing */
    if (err) {
        return err;
    }
    assert(!decision.repeated || decision.event_n == 0);
    for (size_t i = 0; i < decision.event_n; i++) {
        event_take(bed, &decision.event[i], arena);
    }
    bed->last_n = decision.event_n;
    bed->last = decision;
    bed->last.event = NULL;
    return AMP_OK;
}

amp_err testbed_run(struct testbed *bed, const struct amp_command *command)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    amp_err err = command_run(bed, command, &arena);
    amp_arena_drop(&arena);
    return err;
}

amp_err testbed_do(struct testbed *bed, enum amp_command_kind kind, const char *json)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_command command = {.kind = kind,
                                  .time_us = bed->now_us,
                                  .actor = amp_str_of(bed->actor),
                                  .role = bed->role,
                                  .key = bed->key,
                                  .print = bed->print};
    amp_err err = amp_command_read(kind, amp_str_of(json), 0, &arena, &command.f, &bed->why);
    err = err ? err : command_run(bed, &command, &arena);
    amp_arena_drop(&arena);
    bed->key = (struct amp_str){0};
    bed->print = 0;
    return err;
}

void testbed_must(struct testbed *bed, enum amp_command_kind kind, const char *json)
{
    amp_err err = testbed_do(bed, kind, json);
    if (err) {
        fprintf(stderr, "%s %s: %s\n", amp_command_rows[kind].name, json, bed->why.text);
    }
    assert(!err);
}

void testbed_refused(struct testbed *bed, enum amp_command_kind kind, const char *json,
                     amp_err expected, const char *words)
{
    bed->why.text[0] = '\0';
    amp_err err = testbed_do(bed, kind, json);
    if (err != expected || !strstr(bed->why.text, words)) {
        fprintf(stderr, "%s %s: got %s \"%s\"\n", amp_command_rows[kind].name, json,
                amp_err_code(err), bed->why.text);
    }
    assert(err == expected && strstr(bed->why.text, words));
}

void testbed_wait(struct testbed *bed, int64_t seconds)
{
    bed->now_us += seconds * 1000000;
}

const struct amp_unit *testbed_unit(const struct testbed *bed, const char *call_sign)
{
    const struct amp_unit *unit = amp_state_unit(&bed->state, amp_str_of(call_sign));
    assert(unit);
    return unit;
}

const struct amp_incident *testbed_incident(const struct testbed *bed, uint32_t n)
{
    const struct amp_incident *incident =
        amp_state_incident(&bed->state, (struct amp_incident_id){n});
    assert(incident);
    return incident;
}

uint64_t testbed_refold(const struct testbed *bed)
{
    struct amp_state state;
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_why why = {{0}};
    amp_err err = amp_state_init(&state);
    assert(!err);
    struct amp_str text = amp_buf_view(&bed->journal);
    while (text.len) {
        struct amp_str line = {0};
        struct amp_event event = {0};
        text = amp_str_cut(text, '\n', &line);
        err = amp_event_read(line, &bed->sealer, &arena, &event, &why);
        event.seq = state.seq + 1;
        err = err ? err : amp_apply(&state, &event, &why);
        assert(!err);
        amp_arena_reset(&arena);
    }
    uint64_t digest = amp_state_digest(&state);
    amp_state_finish(&state);
    amp_arena_drop(&arena);
    return digest;
}

void testbed_fleet(struct testbed *bed)
{
    testbed_must(bed, AMP_CMD_ADD_STATION,
                 "{\"station\":\"S1\",\"label\":\"Harbour\",\"site\":{\"lat\":10,\"lon\":20}}");
    testbed_must(bed, AMP_CMD_ADD_STATION,
                 "{\"station\":\"S2\",\"label\":\"Hill\",\"site\":{\"lat\":10.05,\"lon\":20}}");
    static const char *const units[] = {
        "{\"unit\":\"M1\",\"kind\":\"ambulance\",\"capabilities\":[\"als\",\"bls\"],"
        "\"station\":\"S1\",\"crew\":2}",
        "{\"unit\":\"M2\",\"kind\":\"ambulance\",\"capabilities\":[\"als\",\"bls\"],"
        "\"station\":\"S2\"}",
        "{\"unit\":\"B1\",\"kind\":\"ambulance\",\"capabilities\":[\"bls\"],\"station\":\"S1\"}",
        "{\"unit\":\"F1\",\"kind\":\"engine\",\"capabilities\":[\"fire-engine\"],"
        "\"station\":\"S1\"}",
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        testbed_must(bed, AMP_CMD_ADD_UNIT, units[i]);
    }
}

static amp_err piece_put(void *ctx, const void *data, size_t len)
{
    amp_buf_put(ctx, data, len);
    return amp_buf_err(ctx);
}

static amp_err piece_get(void *ctx, void *data, size_t len)
{
    struct amp_str *left = ctx;
    if (left->len < len) {
        return AMP_E_IO;
    }
    memcpy(data, left->ptr, len);
    left->ptr += len;
    left->len -= len;
    return AMP_OK;
}

void testbed_resnap(const struct testbed *bed, struct amp_state *out)
{
    struct amp_buf bytes = amp_buf_make(SNAPSHOT_MAX);
    *out = (struct amp_state){0};
    amp_err err = amp_snapshot_write(&bed->state, piece_put, &bytes);
    struct amp_str view = amp_buf_view(&bytes);
    err = err ? err : amp_snapshot_read(piece_get, &view, out, NULL);
    assert(!err);
    assert(amp_state_digest(out) == amp_state_digest(&bed->state));
    assert(amp_index_count(out->by_name) == amp_index_count(bed->state.by_name));
    amp_buf_free(&bytes);
}

int testbed_setup(void **state)
{
    static struct testbed bed;
    testbed_open(&bed);
    *state = &bed;
    return 0;
}

int testbed_setup_fleet(void **state)
{
    (void)testbed_setup(state);
    testbed_fleet(*state);
    return 0;
}

int testbed_setup_calls(void **state)
{
    (void)testbed_setup_fleet(state);
    testbed_must(*state, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\",\"type\":\"fall\"}");
    testbed_must(*state, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 2\",\"type\":\"stroke\"}");
    testbed_must(*state, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    return 0;
}

int testbed_teardown(void **state)
{
    struct testbed *bed = *state;
    struct amp_state again;
    assert(testbed_refold(bed) == amp_state_digest(&bed->state));
    testbed_resnap(bed, &again);
    amp_state_finish(&again);
    testbed_close(bed);
    return 0;
}
