/* The timers: what rings, when, and how often. */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int bed_setup(void **state)
{
    static struct testbed bed;
    testbed_open(&bed);
    testbed_fleet(&bed);
    testbed_must(&bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    *state = &bed;
    return 0;
}

static size_t tick(struct testbed *bed)
{
    bed->actor = "timer";
    testbed_must(bed, AMP_CMD_TICK, "");
    bed->actor = "desk-1";
    return bed->last_n;
}

static void nobody_sent_rings_once_after_its_time(void **state)
{
    struct testbed *bed = *state;
    testbed_wait(bed, 89);
    assert_int_equal(tick(bed), 0);
    testbed_wait(bed, 1);
    assert_int_equal(tick(bed), 1);
    assert_string_equal(testbed_incident(bed, 1)->alarm, "undispatched");
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    assert_null(testbed_incident(bed, 1)->alarm);
    testbed_wait(bed, 3600);
    assert_int_equal(tick(bed), 0);
    /* sent and taken off again: a new occasion */
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_must(bed, AMP_CMD_RELEASE, "{\"unit\":\"M1\"}");
    testbed_wait(bed, 90);
    assert_int_equal(tick(bed), 1);
}

static void an_untriaged_incident_with_nobody_sent_rings_too(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"words\":\"...\"}");
    testbed_wait(bed, 90);
    assert_int_equal(tick(bed), 2);
}

static void a_dispatch_ends_the_alarm_that_nobody_was_sent(void **state)
{
    struct testbed *bed = *state;
    testbed_wait(bed, 100);
    assert_int_equal(tick(bed), 1);
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    assert_null(testbed_incident(bed, 1)->alarm);
    testbed_refused(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}", AMP_E_CONFLICT,
                    "no alarm");
}

static void a_crew_that_does_not_answer_rings_once(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_wait(bed, 59);
    assert_int_equal(tick(bed), 0);
    testbed_wait(bed, 1);
    assert_int_equal(tick(bed), 1);
    assert_string_equal(testbed_incident(bed, 1)->alarm, "unacknowledged");
    assert_string_equal(testbed_incident(bed, 1)->alarm_unit, "M1");
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    testbed_wait(bed, 600);
    assert_int_equal(tick(bed), 0);
}

static void going_en_route_ends_the_alarm_about_that_crew(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_wait(bed, 61);
    assert_int_equal(tick(bed), 1);
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"en-route\"}");
    assert_null(testbed_incident(bed, 1)->alarm);
    assert_null(testbed_incident(bed, 1)->alarm_unit);
}

static void a_second_alarm_waits_for_the_first_and_is_not_lost(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"B1\"}");
    testbed_wait(bed, 70);
    assert_int_equal(tick(bed), 1);
    assert_string_equal(testbed_incident(bed, 1)->alarm_unit, "M1");
    assert_int_equal(tick(bed), 0);
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    assert_int_equal(tick(bed), 1);
    assert_string_equal(testbed_incident(bed, 1)->alarm_unit, "B1");
}

static void silence_on_scene_rings_and_a_note_or_an_answer_starts_it_anew(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"on-scene\"}");
    testbed_wait(bed, 800);
    bed->actor = "M1";
    testbed_must(bed, AMP_CMD_ADD_NOTE, "{\"incident\":\"I-1\",\"text\":\"one hurt\"}");
    bed->actor = "desk-1";
    testbed_wait(bed, 899);
    assert_int_equal(tick(bed), 0);
    testbed_wait(bed, 1);
    assert_int_equal(tick(bed), 1);
    assert_string_equal(testbed_incident(bed, 1)->alarm, "silent");
    testbed_wait(bed, 5);
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    testbed_wait(bed, 899);
    assert_int_equal(tick(bed), 0);
    testbed_wait(bed, 1);
    assert_int_equal(tick(bed), 1);
    assert_string_equal(testbed_incident(bed, 1)->alarm, "silent");
}

static void a_clock_that_goes_back_breaks_nothing(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_DISPATCH, "{\"incident\":\"I-1\",\"unit\":\"M1\"}");
    testbed_wait(bed, -100000);
    assert_int_equal(tick(bed), 0);
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"on-scene\"}");
    testbed_wait(bed, -100000);
    assert_int_equal(tick(bed), 0);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    testbed_wait(bed, 900000);
    assert_int_equal(tick(bed), 0);
}

static void closed_incidents_never_ring(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    testbed_wait(bed, 100000);
    assert_int_equal(tick(bed), 0);
}

static void more_alarms_than_one_command_may_cause_ring_at_the_next_tick(void **state)
{
    struct testbed *bed = *state;
    for (int i = 0; i < AMP_EVENTS_PER_COMMAND + 9; i++) {
        testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{\"type\":\"fall\"}");
    }
    testbed_wait(bed, 100);
    assert_int_equal(tick(bed), AMP_EVENTS_PER_COMMAND);
    assert_int_equal(tick(bed), 10);
    assert_int_equal(tick(bed), 0);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, bed_setup, testbed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(nobody_sent_rings_once_after_its_time),
        ROW(an_untriaged_incident_with_nobody_sent_rings_too),
        ROW(a_dispatch_ends_the_alarm_that_nobody_was_sent),
        ROW(a_crew_that_does_not_answer_rings_once),
        ROW(going_en_route_ends_the_alarm_about_that_crew),
        ROW(a_second_alarm_waits_for_the_first_and_is_not_lost),
        ROW(silence_on_scene_rings_and_a_note_or_an_answer_starts_it_anew),
        ROW(a_clock_that_goes_back_breaks_nothing),
        ROW(closed_incidents_never_ring),
        ROW(more_alarms_than_one_command_may_cause_ring_at_the_next_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
