/* Texts from callers and to them: what joins what, and what becomes of an answer. */
#include "base/json.h"
#include "model/view.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(number, words) "{\"number\":\"" number "\",\"text\":\"" words "\"}"
#define PART(part, words)   "{\"number\":\"+000 1\",\"part\":\"" part "\",\"text\":\"" words "\"}"

static uint32_t take(struct testbed *bed, const char *json)
{
    testbed_must(bed, AMP_CMD_TAKE_MESSAGE, json);
    return bed->last.incident.n;
}

/* The texts of an incident as the outside sees them. */
static const char *seen(struct testbed *bed, uint32_t n)
{
    static char text[1 << 14];
    struct amp_buf buf = amp_buf_over(text, sizeof text);
    struct amp_json js = amp_json_make(&buf);
    amp_json_open(&js, '{');
    amp_view_texts(&js, &bed->state, testbed_incident(bed, n));
    amp_json_close(&js, '}');
    return amp_buf_cstr(&buf);
}

static void a_text_joins_the_open_incident_of_its_number_within_a_day(void **state)
{
    struct testbed *bed = *state;
    assert_int_equal(take(bed, TEXT("+000 1", "fire")), 1);
    assert_int_equal(bed->last_n, 3);
    assert_int_equal(take(bed, TEXT("+000 2", "other")), 2);
    assert_int_equal(take(bed, TEXT("000001", "more")), 1);
    assert_int_equal(bed->last_n, 1);
    testbed_wait(bed, AMP_MESSAGE_JOIN_S - 1);
    assert_int_equal(take(bed, TEXT("+000 1", "a day after the last")), 1);
    testbed_wait(bed, AMP_MESSAGE_JOIN_S + 1);
    assert_int_equal(take(bed, TEXT("+000 1", "later than that")), 3);
}

static void a_text_joins_a_call_by_voice_also_when_that_has_ended(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    testbed_must(bed, AMP_CMD_END_CALL, "{\"call\":\"C-1\"}");
    assert_int_equal(take(bed, TEXT("+000 1", "I cannot speak")), 1);
    assert_int_equal(bed->state.call_n, 1);
}

static void a_text_after_the_closing_opens_a_new_incident(void **state)
{
    struct testbed *bed = *state;
    assert_int_equal(take(bed, TEXT("+000 1", "fire")), 1);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    assert_int_equal(take(bed, TEXT("+000 1", "again")), 2);
}

static void a_text_follows_its_call_into_a_merge(void **state)
{
    struct testbed *bed = *state;
    assert_int_equal(take(bed, TEXT("+000 1", "fire")), 1);
    assert_int_equal(take(bed, TEXT("+000 2", "fire")), 2);
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-2\",\"into\":\"I-1\"}");
    assert_int_equal(take(bed, TEXT("+000 2", "more")), 1);
    assert_non_null(strstr(seen(bed, 1), "more"));
    testbed_must(bed, AMP_CMD_WRITE_MESSAGE, "{\"incident\":\"I-1\",\"text\":\"coming\"}");
    assert_int_equal(bed->last.call.n, 2); /* who wrote last */
}

static void who_is_no_number_is_heard_each_time_and_cannot_be_answered(void **state)
{
    struct testbed *bed = *state;
    assert_int_equal(take(bed, TEXT("ALARM-CO", "fire")), 1);
    assert_int_equal(take(bed, TEXT("ALARM-CO", "fire")), 2);
    testbed_refused(bed, AMP_CMD_WRITE_MESSAGE, "{\"incident\":\"I-1\",\"text\":\"x\"}",
                    AMP_E_CONFLICT, "no such call");
}

static void an_agency_joins_only_what_it_sees(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_ADD_AGENCY, "{\"agency\":\"north\",\"label\":\"North\"}");
    testbed_must(bed, AMP_CMD_ADD_AGENCY, "{\"agency\":\"south\",\"label\":\"South\"}");
    assert_int_equal(take(bed, "{\"number\":\"+000 1\",\"text\":\"fire\",\"agency\":\"north\"}"),
                     1);
    assert_int_equal(take(bed, "{\"number\":\"+000 1\",\"text\":\"fire\",\"agency\":\"south\"}"),
                     2);
    assert_int_equal(take(bed, "{\"number\":\"+000 1\",\"text\":\"more\",\"agency\":\"north\"}"),
                     1);
}

static void the_parts_of_a_long_text_are_one_in_whatever_order_they_come(void **state)
{
    struct testbed *bed = *state;
    (void)take(bed, PART("42.3.3", "three"));
    (void)take(bed, PART("42.3.1", "one "));
    assert_non_null(strstr(seen(bed, 1), "\"missing\":1,\"text\":\"one …three\""));
    (void)take(bed, PART("43.2.1", "another "));
    (void)take(bed, PART("42.3.2", "two "));
    assert_non_null(strstr(seen(bed, 1), "\"missing\":0,\"text\":\"one two three\""));
    assert_non_null(strstr(seen(bed, 1), "\"text\":\"another …\""));
    testbed_refused(bed, AMP_CMD_TAKE_MESSAGE, PART("42.3.4", "x"), AMP_E_RANGE, "part");
}

static void a_reference_that_is_used_again_is_another_text(void **state)
{
    struct testbed *bed = *state;
    (void)take(bed, PART("7.2.1", "first "));
    (void)take(bed, PART("7.2.2", "text"));
    testbed_wait(bed, 600);
    (void)take(bed, PART("7.2.1", "second "));
    assert_non_null(strstr(seen(bed, 1), "\"text\":\"second …\""));
    (void)take(bed, PART("7.2.2", "text"));
    assert_non_null(strstr(seen(bed, 1), "\"text\":\"first text\""));
    assert_non_null(strstr(seen(bed, 1), "\"text\":\"second text\""));
}

static void an_answer_goes_from_queued_to_sent_to_delivered_and_never_back(void **state)
{
    struct testbed *bed = *state;
    (void)take(bed, TEXT("+000 1", "fire"));
    testbed_must(bed, AMP_CMD_WRITE_MESSAGE, "{\"incident\":\"I-1\",\"text\":\"coming\"}");
    assert_int_equal(amp_state_message(&bed->state, 2)->state, AMP_MESSAGE_QUEUED);
    testbed_must(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":2,\"outcome\":\"sent\"}");
    testbed_must(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":2,\"outcome\":\"delivered\"}");
    assert_int_equal(bed->last_n, 1);
    testbed_must(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":2,\"outcome\":\"sent\"}");
    testbed_must(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":2,\"outcome\":\"delivered\"}");
    testbed_must(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":2,\"outcome\":\"failed\"}");
    assert_int_equal(bed->last_n, 0); /* reports that come late are no error */
    assert_int_equal(amp_state_message(&bed->state, 2)->state, AMP_MESSAGE_DELIVERED);
    testbed_refused(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":1,\"outcome\":\"sent\"}",
                    AMP_E_NOT_FOUND, "no text 1");
    testbed_refused(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":3,\"outcome\":\"sent\"}",
                    AMP_E_NOT_FOUND, "no text 3");
    testbed_refused(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":2,\"outcome\":\"lost\"}",
                    AMP_E_RANGE, "outcome");
}

static void the_same_key_brings_the_same_text_once(void **state)
{
    struct testbed *bed = *state;
    bed->key = AMP_STR("sms-1");
    (void)take(bed, TEXT("+000 1", "fire"));
    bed->key = AMP_STR("sms-1");
    assert_int_equal(take(bed, TEXT("+000 1", "fire")), 1);
    assert_int_equal(bed->last_n, 0);
    assert_int_equal(bed->state.message_n, 1);
}

static void an_erased_conversation_leaves_nothing_in_memory_and_settles_all_the_same(void **state)
{
    struct testbed *bed = *state;
    (void)take(bed, TEXT("+000 1", "a secret cry"));
    testbed_must(bed, AMP_CMD_WRITE_MESSAGE, "{\"incident\":\"I-1\",\"text\":\"a secret answer\"}");
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    assert_false(testbed_holds(bed, "secret"));
    assert_null(strstr(seen(bed, 1), "secret"));
    testbed_must(bed, AMP_CMD_SETTLE_MESSAGE, "{\"message\":2,\"outcome\":\"failed\"}");
    assert_int_equal(take(bed, TEXT("+000 1", "new")), 2);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, testbed_setup_fleet, testbed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_text_joins_the_open_incident_of_its_number_within_a_day),
        ROW(a_text_joins_a_call_by_voice_also_when_that_has_ended),
        ROW(a_text_after_the_closing_opens_a_new_incident),
        ROW(a_text_follows_its_call_into_a_merge),
        ROW(who_is_no_number_is_heard_each_time_and_cannot_be_answered),
        ROW(an_agency_joins_only_what_it_sees),
        ROW(the_parts_of_a_long_text_are_one_in_whatever_order_they_come),
        ROW(a_reference_that_is_used_again_is_another_text),
        ROW(an_answer_goes_from_queued_to_sent_to_delivered_and_never_back),
        ROW(the_same_key_brings_the_same_text_once),
        ROW(an_erased_conversation_leaves_nothing_in_memory_and_settles_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
