/* Calls as a telephone system tells of them: the life of a call, what comes twice or late. */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RINGS "{\"ref\":\"r-1\",\"line\":\"ringing\",\"number\":\"+000 1\"}"

static const struct amp_call *call_of(const struct testbed *bed, uint32_t n)
{
    return amp_state_call(&bed->state, (struct amp_call_id){n});
}

/* What the telephone system says of the first call. */
static void tells(struct testbed *bed, const char *line, size_t events, enum amp_call_state state)
{
    char json[128];
    (void)snprintf(json, sizeof json, "{\"call\":\"C-1\",\"ref\":\"r-1\",\"line\":\"%s\"}", line);
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, json);
    assert_int_equal(bed->last_n, events);
    assert_int_equal(call_of(bed, 1)->state, state);
}

static void a_call_rings_is_answered_and_ends(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, RINGS);
    assert_int_equal(call_of(bed, 1)->state, AMP_CALL_RINGING);
    assert_string_equal(call_of(bed, 1)->ref, "r-1");
    assert_ptr_equal(amp_state_call_ref(&bed->state, AMP_STR("r-1")), call_of(bed, 1));
    assert_null(amp_state_call_ref(&bed->state, AMP_STR("r-2")));
    assert_int_equal(amp_state_call_from(&bed->state, AMP_STR("+0001"))->id.n, 1);
    tells(bed, "answered", 1, AMP_CALL_OPEN);
    tells(bed, "ended", 1, AMP_CALL_ENDED);
    assert_null(testbed_incident(bed, 1)->alarm);
}

static void what_is_known_already_changes_nothing(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, RINGS);
    tells(bed, "ringing", 0, AMP_CALL_RINGING);
    tells(bed, "answered", 1, AMP_CALL_OPEN);
    tells(bed, "answered", 0, AMP_CALL_OPEN);
    tells(bed, "ringing", 0, AMP_CALL_OPEN); /* overtaken */
    tells(bed, "transferred", 1, AMP_CALL_TRANSFERRED);
    tells(bed, "ended", 0, AMP_CALL_TRANSFERRED);
    tells(bed, "answered", 0, AMP_CALL_TRANSFERRED);
    testbed_refused(bed, AMP_CMD_END_CALL, "{\"call\":\"C-1\"}", AMP_E_CONFLICT, "ended already");
}

static void who_hung_up_is_to_be_called_back(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, RINGS);
    tells(bed, "abandoned", 2, AMP_CALL_ABANDONED);
    assert_string_equal(testbed_incident(bed, 1)->alarm, AMP_ALARM_ABANDONED);
    assert_false(call_of(bed, 1)->call_back);
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_TICK, "");
    assert_int_equal(bed->last_n, 0);
}

static void an_alarm_that_stands_is_not_painted_over(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, RINGS);
    testbed_must(bed, AMP_CMD_TRIAGE, "{\"incident\":\"I-1\",\"type\":\"fall\"}");
    testbed_wait(bed, 300);
    testbed_must(bed, AMP_CMD_TICK, "");
    assert_string_equal(testbed_incident(bed, 1)->alarm, "undispatched");
    tells(bed, "abandoned", 1, AMP_CALL_ABANDONED);
    assert_true(call_of(bed, 1)->call_back);
    testbed_must(bed, AMP_CMD_TICK, "");
    assert_int_equal(bed->last_n, 0);
    testbed_must(bed, AMP_CMD_ACKNOWLEDGE_ALARM, "{\"incident\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_TICK, "");
    assert_string_equal(testbed_incident(bed, 1)->alarm, AMP_ALARM_ABANDONED);
}

static void a_call_that_a_message_opened_takes_its_ref_later(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    tells(bed, "ringing", 1, AMP_CALL_RINGING);
    assert_string_equal(call_of(bed, 1)->ref, "r-1");
    tells(bed, "answered", 1, AMP_CALL_OPEN);
}

static void a_position_comes_with_any_report(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, RINGS);
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"call\":\"C-1\",\"ref\":\"r-1\",\"line\":\"answered\",\"radius_m\":20,"
                 "\"pos\":{\"lat\":1,\"lon\":2},\"place\":\"Rua 1\"}");
    assert_int_equal(call_of(bed, 1)->where.pos.lat_e7, 10000000);
    assert_int_equal(testbed_incident(bed, 1)->where.pos.lat_e7, 10000000);
    assert_string_equal(testbed_incident(bed, 1)->place, "Rua 1");
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"call\":\"C-1\",\"ref\":\"r-1\",\"line\":\"answered\",\"place\":\"Rua 2\"}");
    assert_string_equal(testbed_incident(bed, 1)->place, "Rua 2");
}

static void words_of_a_known_call_are_a_note(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"ref\":\"r-1\",\"line\":\"ringing\",\"words\":\"smoke\"}");
    size_t before = testbed_incident(bed, 1)->entry_n;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"call\":\"C-1\",\"ref\":\"r-1\",\"line\":\"ended\",\"words\":\"smoke\"}");
    assert_int_equal(bed->last_n, 1); /* it said so before */
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"call\":\"C-1\",\"ref\":\"r-1\",\"line\":\"ended\",\"words\":\"flames 9\"}");
    assert_int_equal(bed->last_n, 1);
    const struct amp_incident *incident = testbed_incident(bed, 1);
    assert_int_equal(incident->entry_n, before + 2);
    assert_int_equal(incident->entry[before + 1].kind, AMP_EV_NOTE_ADDED);
    assert_string_equal(incident->entry[before + 1].text, "flames 9");
    assert_string_equal(call_of(bed, 1)->words, "smoke");
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\",\"outcome\":\"other\"}");
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"call\":\"C-1\",\"ref\":\"r-1\",\"line\":\"ended\",\"words\":\"out\"}");
    assert_int_equal(bed->last_n, 0);
    assert_false(testbed_holds(bed, "flames 9"));
}

static void what_was_never_known_cannot_end(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_FOLLOW_CALL, "{\"ref\":\"r-9\",\"line\":\"ended\"}",
                    AMP_E_NOT_FOUND, "not known here");
    testbed_refused(bed, AMP_CMD_FOLLOW_CALL, "{\"ref\":\"r-9\",\"line\":\"engaged\"}", AMP_E_RANGE,
                    "ringing, answered");
    testbed_refused(bed, AMP_CMD_FOLLOW_CALL, "{\"line\":\"ringing\"}", AMP_E_MISSING, "ref");
}

static void an_erased_call_ends_without_a_word(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, RINGS);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\",\"outcome\":\"other\"}");
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    assert_null(call_of(bed, 1)->ref);
    assert_false(testbed_holds(bed, "r-1"));
    testbed_must(bed, AMP_CMD_FOLLOW_CALL,
                 "{\"call\":\"C-1\",\"ref\":\"r-1\",\"line\":\"abandoned\",\"reason\":\"x\","
                 "\"pos\":{\"lat\":1,\"lon\":2}}");
    assert_int_equal(call_of(bed, 1)->state, AMP_CALL_ABANDONED);
    assert_false(call_of(bed, 1)->where.known);
}

static void a_phone_is_heard_for_a_while_after_its_call(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_FOLLOW_CALL, RINGS);
    int64_t began_us = call_of(bed, 1)->received_us;
    tells(bed, "ended", 1, AMP_CALL_ENDED);
    assert_null(amp_state_call_from(&bed->state, AMP_STR("+0001")));
    assert_int_equal(amp_state_call_since(&bed->state, AMP_STR("+0001"), began_us)->id.n, 1);
    assert_null(amp_state_call_since(&bed->state, AMP_STR("+0001"), began_us + 1));
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\",\"outcome\":\"other\"}");
    assert_null(amp_state_call_since(&bed->state, AMP_STR("+0001"), began_us));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, testbed_setup_fleet, testbed_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_rings_is_answered_and_ends),
        TEST(what_is_known_already_changes_nothing),
        TEST(who_hung_up_is_to_be_called_back),
        TEST(an_alarm_that_stands_is_not_painted_over),
        TEST(a_call_that_a_message_opened_takes_its_ref_later),
        TEST(a_position_comes_with_any_report),
        TEST(words_of_a_known_call_are_a_note),
        TEST(what_was_never_known_cannot_end),
        TEST(an_erased_call_ends_without_a_word),
        TEST(a_phone_is_heard_for_a_while_after_its_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
