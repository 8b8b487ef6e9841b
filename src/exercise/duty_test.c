/* Crews' hours: sums made by hand, and random shifts against a twin that looks at every second. */
#include "base/timefmt.h"
#include "exercise/duty.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 8 << 20,
    JSON = 160,
    ACTS = 400,
    UNITS = 4,
    TURNS = 4000
};

struct turn { /* a crew came to a status */
    uint32_t unit;
    int64_t since_us;
    enum amp_unit_status status;
};

struct desk {
    struct testbed bed;
    struct amp_arena arena, record;
    struct amp_state state; /* a fold of the journal of the bed */
    struct amp_duty_book book;
    struct turn turn[TURNS];
    size_t turn_n;
};

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    testbed_open(&desk->bed);
    testbed_fleet(&desk->bed);
    desk->arena = amp_arena_make(ARENA);
    desk->record = amp_arena_make(ARENA);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    amp_state_finish(&desk->state);
    amp_arena_drop(&desk->arena);
    amp_arena_drop(&desk->record);
    testbed_close(&desk->bed);
    free(desk);
    return 0;
}

/* The twin's memory: every crew after every event. */
static void turns_note(struct desk *desk)
{
    for (size_t i = 0; i < desk->state.unit_n; i++) {
        const struct amp_unit *unit = &desk->state.unit[i];
        size_t k = desk->turn_n;
        while (k > 0 && desk->turn[k - 1].unit != unit->id.n) {
            k--;
        }
        if (k == 0 || desk->turn[k - 1].status != unit->status) {
            assert_true(desk->turn_n < TURNS);
            desk->turn[desk->turn_n++] = (struct turn){unit->id.n, unit->since_us, unit->status};
        }
    }
}

/* Folds the journal of the bed; the book begins once the clock has passed from_us. */
static void fold(struct desk *desk, int64_t from_us, int64_t to_us)
{
    struct amp_str rest = amp_buf_view(&desk->bed.journal), line = {0};
    bool began = false;
    uint64_t seq = 0;
    assert_int_equal(amp_state_init(&desk->state), AMP_OK);
    while (rest.len > 0) {
        struct amp_event event;
        rest = amp_str_cut(rest, '\n', &line);
        amp_arena_reset(&desk->record);
        assert_int_equal(amp_event_read(line, &desk->bed.sealer, &desk->record, &event, NULL),
                         AMP_OK);
        event.seq = ++seq;
        if (!began && event.time_us > from_us) {
            assert_int_equal(
                amp_duty_begin(&desk->book, &desk->state, from_us, to_us, &desk->arena), AMP_OK);
            began = true;
        }
        assert_int_equal(amp_apply(&desk->state, &event, NULL), AMP_OK);
        turns_note(desk);
        if (began) {
            amp_duty_event(&desk->book, &desk->state, &event);
        }
    }
    assert_true(began);
    amp_duty_end(&desk->book);
}

static struct amp_duty slow(const struct desk *desk, uint32_t unit, int64_t from_us, int64_t to_us)
{
    struct amp_duty sum = {.known = true};
    for (int64_t at_us = from_us; at_us < to_us; at_us += AMP_US_PER_S) {
        const struct turn *last = NULL;
        for (size_t i = 0; i < desk->turn_n; i++) {
            const struct turn *turn = &desk->turn[i];
            last = turn->unit == unit && turn->since_us <= at_us ? turn : last;
        }
        if (last != NULL) {
            sum.on_duty_us += last->status != AMP_UNIT_OUT_OF_SERVICE ? AMP_US_PER_S : 0;
            sum.busy_us += amp_unit_is_busy(last->status) ? AMP_US_PER_S : 0;
            sum.hospital_us += last->status == AMP_UNIT_AT_HOSPITAL ? AMP_US_PER_S : 0;
        }
    }
    return sum;
}

static void status(struct desk *desk, const char *name)
{
    char json[JSON];
    (void)snprintf(json, sizeof json, "{\"unit\":\"M1\",\"status\":\"%s\"}", name);
    testbed_must(&desk->bed, AMP_CMD_SET_STATUS, json);
}

static void a_shift_is_counted_to_the_second(void **state)
{
    struct desk *desk = *state;
    int64_t from_us = desk->bed.now_us + 100 * AMP_US_PER_S;
    testbed_wait(&desk->bed, 200);
    testbed_must(&desk->bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\",\"type\":\"fall\"}");
    testbed_must(&desk->bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    int64_t sent_us = desk->bed.now_us;
    testbed_wait(&desk->bed, 300);
    status(desk, "en-route");
    status(desk, "on-scene");
    status(desk, "transporting");
    status(desk, "at-hospital");
    int64_t there_us = desk->bed.now_us;
    testbed_wait(&desk->bed, 600);
    status(desk, "out-of-service");
    int64_t done_us = desk->bed.now_us;
    testbed_wait(&desk->bed, 1000);
    int64_t to_us = desk->bed.now_us;
    fold(desk, from_us, to_us);
    const struct amp_duty *m1 = &desk->book.unit[0];
    assert_true(m1->known);
    assert_true(m1->on_duty_us == done_us - from_us);
    assert_true(m1->busy_us == done_us - sent_us);
    assert_true(m1->hospital_us == done_us - there_us);
    const struct amp_duty *m2 = &desk->book.unit[1];
    assert_true(m2->on_duty_us == to_us - from_us);
    assert_true(m2->busy_us == 0);
}

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 16;
}

static void act(struct desk *desk, unsigned *seed)
{
    static const char *const units[UNITS] = {"M1", "M2", "B1", "F1"};
    char json[JSON], then[AMP_TIME_TEXT];
    const char *unit = units[next(seed) % UNITS];
    unsigned incident = 1 + next(seed) % 8;
    switch (next(seed) % 5) {
    case 0:
        (void)testbed_do(&desk->bed, AMP_CMD_TAKE_CALL, "{\"type\":\"fall\"}");
        break;
    case 1:
        (void)snprintf(json, sizeof json, "{\"incident\":\"I-%u\",\"unit\":\"%s\",\"divert\":true}",
                       incident, unit);
        (void)testbed_do(&desk->bed, AMP_CMD_DISPATCH, json);
        break;
    case 2:
        (void)snprintf(json, sizeof json, "{\"incident\":\"I-%u\"}", incident);
        (void)testbed_do(&desk->bed, next(seed) % 4 ? AMP_CMD_REOPEN : AMP_CMD_CLOSE, json);
        break;
    default: /* some of them late */
        amp_time_text(desk->bed.now_us - (int64_t)(next(seed) % 30) * AMP_US_PER_S, then);
        (void)snprintf(json, sizeof json, "{\"unit\":\"%s\",\"status\":\"%s\",\"happened\":\"%s\"}",
                       unit, amp_unit_status_name(next(seed) % AMP_UNIT_STATUSES), then);
        (void)testbed_do(&desk->bed, AMP_CMD_SET_STATUS, json);
        break;
    }
    testbed_wait(&desk->bed, next(seed) % 20);
}

static void random_shifts_are_counted_as_by_looking_at_every_second(void **state)
{
    struct desk *desk = *state;
    unsigned seed = 5;
    int64_t began_us = desk->bed.now_us;
    for (int i = 0; i < ACTS; i++) {
        act(desk, &seed);
    }
    int64_t span_us = desk->bed.now_us - began_us;
    int64_t from_us = began_us + span_us / 4 / AMP_US_PER_S * AMP_US_PER_S;
    int64_t to_us = began_us + span_us / 4 * 3 / AMP_US_PER_S * AMP_US_PER_S;
    fold(desk, from_us, to_us);
    int64_t busy_us = 0;
    for (uint32_t i = 0; i < UNITS; i++) {
        struct amp_duty expected = slow(desk, i + 1, from_us, to_us);
        const struct amp_duty *found = &desk->book.unit[i];
        assert_true(found->on_duty_us == expected.on_duty_us);
        assert_true(found->busy_us == expected.busy_us);
        assert_true(found->hospital_us == expected.hospital_us);
        busy_us += found->busy_us;
    }
    assert_true(busy_us > 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_shift_is_counted_to_the_second),
        WITH(random_shifts_are_counted_as_by_looking_at_every_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
