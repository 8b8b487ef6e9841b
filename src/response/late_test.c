/* What a crew reports late, from a place without a line: when it was, and what it must not undo. */
#include "base/timefmt.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The report of M1 that it came to a status so many seconds ago. */
static const char *ago(const struct testbed *bed, const char *status, int64_t seconds)
{
    static char json[160];
    char then[AMP_TIME_TEXT];
    amp_time_text(bed->now_us - seconds * AMP_US_PER_S, then);
    (void)snprintf(json, sizeof json, "{\"unit\":\"M1\",\"status\":\"%s\",\"happened\":\"%s\"}",
                   status, then);
    return json;
}

static const struct amp_entry *last_line(const struct testbed *bed, uint32_t incident)
{
    const struct amp_incident *found = testbed_incident(bed, incident);
    return &found->entry[found->entry_n - 1];
}

static void presses_that_waited_keep_their_times_and_their_order(void **state)
{
    struct testbed *bed = *state;
    testbed_wait(bed, 1200);
    int64_t now_us = bed->now_us;
    testbed_must(bed, AMP_CMD_SET_STATUS, ago(bed, "en-route", 1100));
    assert_true(testbed_unit(bed, "M1")->since_us <= now_us - 1100 * AMP_US_PER_S);
    testbed_must(bed, AMP_CMD_SET_STATUS, ago(bed, "on-scene", 600));
    const struct amp_incident *incident = testbed_incident(bed, 1);
    int64_t then_us = last_line(bed, 1)->time_us;
    assert_in_range((uint64_t)(bed->now_us - then_us), (uint64_t)(600 * AMP_US_PER_S),
                    (uint64_t)(601 * AMP_US_PER_S));
    assert_true(incident->slot[0].on_scene_us == then_us);
    assert_true(incident->state_us == then_us);
    assert_true(testbed_unit(bed, "M1")->heard_us >= now_us);
    assert_non_null(strstr(amp_buf_cstr(&bed->journal), "\"happened\""));
    testbed_must(bed, AMP_CMD_SET_STATUS, ago(bed, "available", 300));
    assert_true(testbed_unit(bed, "M1")->since_us < bed->now_us - 299 * AMP_US_PER_S);
}

static void what_was_pressed_before_a_dispatch_does_not_undo_it(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"available\"}");
    testbed_wait(bed, 600);
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-2\",\"unit\":\"M1\"}");
    testbed_wait(bed, 600);
    testbed_refused(bed, AMP_CMD_SET_STATUS, ago(bed, "out-of-service", 900), AMP_E_CONFLICT,
                    "M1 is dispatched since");
    assert_int_equal(testbed_unit(bed, "M1")->incident.n, 2);
    testbed_must(bed, AMP_CMD_SET_STATUS, ago(bed, "en-route", 500));
}

static void a_press_that_was_heard_at_once_says_no_time_of_its_own(void **state)
{
    struct testbed *bed = *state;
    testbed_wait(bed, 60);
    testbed_must(bed, AMP_CMD_SET_STATUS, ago(bed, "en-route", 1));
    assert_null(strstr(amp_buf_cstr(&bed->journal), "\"happened\""));
    assert_true(testbed_unit(bed, "M1")->since_us == testbed_unit(bed, "M1")->heard_us);
}

static void
a_clock_that_is_a_little_behind_loses_no_press_and_one_far_ahead_is_refused(void **state)
{
    struct testbed *bed = *state;
    int64_t dispatched_us = testbed_unit(bed, "M1")->since_us;
    testbed_wait(bed, 10);
    int64_t seconds = (bed->now_us - dispatched_us) / AMP_US_PER_S + 3;
    testbed_must(bed, AMP_CMD_SET_STATUS, ago(bed, "en-route", seconds));
    assert_true(testbed_unit(bed, "M1")->since_us == dispatched_us);
    testbed_refused(bed, AMP_CMD_SET_STATUS, ago(bed, "on-scene", -120), AMP_E_RANGE,
                    "clock of the device");
    testbed_must(bed, AMP_CMD_SET_STATUS, ago(bed, "on-scene", -5));
    assert_true(testbed_unit(bed, "M1")->since_us <= bed->now_us);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, testbed_setup_calls, testbed_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(presses_that_waited_keep_their_times_and_their_order),
        WITH(what_was_pressed_before_a_dispatch_does_not_undo_it),
        WITH(a_press_that_was_heard_at_once_says_no_time_of_its_own),
        WITH(a_clock_that_is_a_little_behind_loses_no_press_and_one_far_ahead_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
