/* Snapshots of real states, and of damaged ones: the same state again, or a refusal. */
#include "base/json.h"
#include "model/snapshot.h"
#include "model/view.h"
#include "response/trial.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    BYTES_MAX = 1 << 24,
    STEPS = 600
};

static amp_err buf_put(void *ctx, const void *data, size_t len)
{
    assert_true(len <= AMP_SNAPSHOT_PIECE);
    amp_buf_put(ctx, data, len);
    return amp_buf_err(ctx);
}

static amp_err view_get(void *ctx, void *data, size_t len)
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

static struct trial trial;

static int history_setup(void **state)
{
    static struct amp_buf bytes;
    trial_open(&trial, 5);
    assert_true(trial_run(&trial, STEPS));
    bytes = amp_buf_make(BYTES_MAX);
    assert_int_equal(amp_snapshot_write(&trial.state, buf_put, &bytes), AMP_OK);
    *state = &bytes;
    return 0;
}

static int history_teardown(void **state)
{
    amp_buf_free(*state);
    trial_close(&trial);
    return 0;
}

static amp_err snapshot_read(struct amp_str bytes, struct amp_state *out, struct amp_why *why)
{
    return amp_snapshot_read(view_get, &bytes, out, why);
}

static void a_snapshot_gives_a_state_with_the_same_digest(void **state)
{
    struct amp_buf *bytes = *state;
    struct amp_state read = {0};
    assert_int_equal(snapshot_read(amp_buf_view(bytes), &read, NULL), AMP_OK);
    assert_true(amp_state_digest(&read) == amp_state_digest(&trial.state));
    amp_state_finish(&read);
    struct amp_buf empty = amp_buf_make(BYTES_MAX);
    struct amp_state nothing;
    assert_int_equal(amp_state_init(&nothing), AMP_OK);
    assert_int_equal(amp_snapshot_write(&nothing, buf_put, &empty), AMP_OK);
    assert_int_equal(snapshot_read(amp_buf_view(&empty), &read, NULL), AMP_OK);
    assert_true(amp_state_digest(&read) == amp_state_digest(&nothing));
    amp_state_finish(&read);
    amp_state_finish(&nothing);
    amp_buf_free(&empty);
}

static void a_snapshot_that_was_cut_anywhere_is_refused(void **state)
{
    struct amp_buf *bytes = *state;
    for (size_t len = 0; len < bytes->len; len += 1 + len / 50) {
        struct amp_state read = {.seq = 77};
        assert_int_not_equal(snapshot_read((struct amp_str){bytes->data, len}, &read, NULL),
                             AMP_OK);
        assert_true(read.seq == 77);
    }
}

/* Whatever is taken is a state that everything can work with. */
static void state_use(struct amp_state *read)
{
    struct amp_buf buf = amp_buf_make(BYTES_MAX);
    struct amp_json js = amp_json_make(&buf);
    amp_json_open(&js, '[');
    for (size_t i = 0; i < read->incident_n; i++) {
        amp_view_incident(&js, read, &read->incident[i], true);
    }
    for (size_t i = 0; i < read->unit_n; i++) {
        amp_view_unit(&js, read, &read->unit[i], NULL, 0);
    }
    for (size_t i = 0; i < read->account_n; i++) {
        amp_view_account(&js, read, &read->account[i]);
    }
    for (size_t i = 0; i < read->closure_n; i++) {
        amp_view_closure(&js, &read->closure[i]);
        assert_int_equal(amp_extent_check(&read->closure[i].extent, NULL), AMP_OK);
    }
    amp_json_close(&js, ']');
    amp_buf_free(&buf);
    struct amp_arena arena = amp_arena_make(1 << 22);
    for (int kind = 0; kind < AMP_CMD_COUNT; kind++) {
        struct amp_decision decision = {0};
        struct amp_command command = {.kind = (enum amp_command_kind)kind,
                                      .time_us = INT64_C(1900000000000000),
                                      .actor = AMP_STR("ana")};
        command.f.has =
            amp_command_rows[kind].must & (AMP_HAS(INCIDENT) | AMP_HAS(UNIT) | AMP_HAS(CLOSURE));
        command.f.closure.n = 1;
        command.f.incident.n = 1;
        command.f.unit = AMP_STR("M1");
        (void)!amp_decide(read, trial.plans, &command, &arena, &decision, NULL);
        for (size_t i = 0; i < decision.event_n; i++) {
            struct amp_event event = decision.event[i];
            event.seq = read->seq + 1;
            amp_err err = amp_apply(read, &event, NULL);
            assert_int_equal(err, AMP_OK);
        }
    }
    amp_arena_drop(&arena);
    (void)amp_state_digest(read);
}

static void a_snapshot_with_a_changed_byte_is_refused_or_gives_a_sound_state(void **state)
{
    struct amp_buf *bytes = *state;
    size_t taken = 0;
    size_t refused = 0;
    for (size_t i = 0; i < bytes->len; i += 1 + i / 400) {
        char kept = bytes->data[i];
        static const uint8_t flips[] = {0x01, 0x80, 0xff};
        bytes->data[i] = (char)(kept ^ (char)flips[i % 3]);
        struct amp_state read = {0};
        struct amp_why why = {{0}};
        amp_err err = snapshot_read(amp_buf_view(bytes), &read, &why);
        if (err) {
            refused++;
            assert_true(err == AMP_E_IO || strlen(why.text) > 0);
        } else {
            taken++;
            state_use(&read);
            amp_state_finish(&read);
        }
        bytes->data[i] = kept;
    }
    assert_true(taken > 0 && refused > 0);
}

/* From another program: its tables of names are others. */
static void a_snapshot_of_another_version_is_refused_with_what_to_do(void **state)
{
    struct amp_buf *bytes = *state;
    struct amp_state read = {0};
    struct amp_why why = {{0}};
    bytes->data[4 + 15] ^= 1;
    assert_int_equal(snapshot_read(amp_buf_view(bytes), &read, &why), AMP_E_UNSUPPORTED);
    assert_non_null(strstr(why.text, "start without it"));
    bytes->data[4 + 15] ^= 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_gives_a_state_with_the_same_digest),
        cmocka_unit_test(a_snapshot_that_was_cut_anywhere_is_refused),
        cmocka_unit_test(a_snapshot_with_a_changed_byte_is_refused_or_gives_a_sound_state),
        cmocka_unit_test(a_snapshot_of_another_version_is_refused_with_what_to_do),
    };
    return cmocka_run_group_tests(tests, history_setup, history_teardown);
}
