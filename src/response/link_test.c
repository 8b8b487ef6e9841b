/* Links that callers are sent: offered, taken once, shared by, stopped; and what is refused. */
#include "base/json.h"
#include "model/view.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define UNTIL  "\"until\":\"2030-03-17T23:00:00Z\""
#define ALL    "[\"position\",\"messages\",\"media\"]"
#define MEDIUM "{\"link\":1,\"type\":\"jpeg\",\"bytes\":500,\"label\":\"ab12\",\"text\":\"cd34\"}"
#define OFFER(token, scopes)                                                                       \
    "{\"incident\":\"I-1\",\"token\":\"" token "\",\"scopes\":" scopes "," UNTIL                   \
    ",\"text\":\"Open {link}\"}"
#define TAKE(holder) "{\"link\":1,\"token\":\"" holder "\"," UNTIL "}"

static int bed_setup(void **state)
{
    static struct testbed bed;
    testbed_open(&bed);
    testbed_fleet(&bed);
    testbed_must(&bed, AMP_CMD_TAKE_CALL, "{\"number\":\"+000 1\"}");
    *state = &bed;
    return 0;
}

static const struct amp_invite *link_at(const struct testbed *bed, int64_t n)
{
    const struct amp_invite *link = amp_state_link(&bed->state, n);
    assert_non_null(link);
    return link;
}

static void taken(struct testbed *bed)
{
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("t1", ALL));
    testbed_must(bed, AMP_CMD_TAKE_LINK, TAKE("p1"));
}

static void a_link_goes_to_the_caller_with_a_text_that_has_no_token_in_it(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("t1", "[\"messages\",\"position\"]"));
    const struct amp_invite *link = link_at(bed, 1);
    assert_int_equal(link->state, AMP_LINK_OFFERED);
    assert_int_equal(link->scope, AMP_LINK_MESSAGES);
    assert_int_equal(link->message, 1);
    assert_string_equal(amp_state_message(&bed->state, 1)->text, "Open {link}");
    assert_ptr_equal(amp_state_link_by(&bed->state, AMP_STR("t1")), link);
    assert_null(amp_state_link_by(&bed->state, AMP_STR("t2")));
}

static void an_offer_says_what_may_be_shared_until_when_and_where_the_link_stands(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_OFFER_LINK, OFFER("t1", "[\"media\"]"), AMP_E_RANGE, "scopes");
    testbed_refused(bed, AMP_CMD_OFFER_LINK, OFFER("t1", "[\"position\",\"faces\"]"), AMP_E_RANGE,
                    "scopes");
    testbed_refused(bed, AMP_CMD_OFFER_LINK,
                    "{\"incident\":\"I-1\",\"token\":\"t1\",\"scopes\":[\"position\"]," UNTIL
                    ",\"text\":\"Open it\"}",
                    AMP_E_RANGE, "{link}");
    testbed_refused(bed, AMP_CMD_OFFER_LINK,
                    "{\"incident\":\"I-1\",\"token\":\"t1\",\"scopes\":[\"position\"],"
                    "\"until\":\"2001-01-01T00:00:00Z\"}",
                    AMP_E_RANGE, "after now");
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("t1", ALL));
    testbed_refused(bed, AMP_CMD_OFFER_LINK, OFFER("t1", ALL), AMP_E_EXISTS, "token");
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    testbed_refused(bed, AMP_CMD_OFFER_LINK,
                    "{\"incident\":\"I-2\",\"token\":\"t3\",\"scopes\":[\"position\"]," UNTIL "}",
                    AMP_E_CONFLICT, "no such call");
}

static void a_second_phone_hears_that_the_link_is_taken_and_the_first_may_tap_twice(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    assert_int_equal(link_at(bed, 1)->state, AMP_LINK_TAKEN);
    testbed_refused(bed, AMP_CMD_TAKE_LINK, TAKE("p2"), AMP_E_EXISTS, "another phone");
    testbed_must(bed, AMP_CMD_TAKE_LINK, TAKE("p1"));
    assert_int_equal(bed->last_n, 0);
    assert_string_equal(link_at(bed, 1)->holder, "p1");
}

static void nothing_is_shared_before_the_tap(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("t1", ALL));
    testbed_refused(bed, AMP_CMD_SHARE_TEXT, "{\"link\":1,\"text\":\"a\"}", AMP_E_CONFLICT,
                    "agreed");
    testbed_refused(bed, AMP_CMD_SHARE_MEDIUM, MEDIUM, AMP_E_CONFLICT, "agreed");
    testbed_refused(bed, AMP_CMD_LOCATE_CALL,
                    "{\"call\":\"C-1\",\"link\":1,\"pos\":{\"lat\":1,\"lon\":2}}", AMP_E_CONFLICT,
                    "agreed");
    testbed_refused(bed, AMP_CMD_SHARE_TEXT, "{\"link\":2,\"text\":\"a\"}", AMP_E_NOT_FOUND,
                    "no such link");
}

static void what_is_shared_becomes_position_text_and_medium_of_the_call(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    testbed_must(bed, AMP_CMD_LOCATE_CALL,
                 "{\"call\":\"C-1\",\"link\":1,\"source\":\"gps\",\"radius_m\":9,"
                 "\"pos\":{\"lat\":1,\"lon\":2}}");
    testbed_must(bed, AMP_CMD_SHARE_TEXT, "{\"link\":1,\"text\":\"third floor\"}");
    testbed_must(bed, AMP_CMD_SHARE_MEDIUM, MEDIUM);
    const struct amp_invite *link = link_at(bed, 1);
    assert_int_equal(link->items, 2);
    assert_int_equal(link->media, 1);
    assert_int_equal(link->bytes, 500);
    assert_true(amp_state_call(&bed->state, link->call)->where.known);
    assert_string_equal(amp_state_message(&bed->state, 2)->text, "third floor");
    assert_string_equal(amp_state_medium(&bed->state, 1)->digest, "cd34");
    assert_null(amp_state_medium(&bed->state, 2));
}

static void a_scope_shares_no_more_than_it_says(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("t1", "[\"position\"]"));
    testbed_must(bed, AMP_CMD_TAKE_LINK, TAKE("p1"));
    testbed_refused(bed, AMP_CMD_SHARE_TEXT, "{\"link\":1,\"text\":\"a\"}", AMP_E_FORBIDDEN,
                    "not for messages");
    testbed_refused(bed, AMP_CMD_SHARE_MEDIUM, MEDIUM, AMP_E_FORBIDDEN, "not for media");
}

static void more_than_a_link_may_bring_is_refused(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    testbed_refused(
        bed, AMP_CMD_SHARE_MEDIUM,
        "{\"link\":1,\"type\":\"mp4\",\"bytes\":33554433,\"label\":\"a\",\"text\":\"b\"}",
        AMP_E_LIMIT, "at most");
    for (int i = 0; i < 4; i++) {
        testbed_must(
            bed, AMP_CMD_SHARE_MEDIUM,
            "{\"link\":1,\"type\":\"mp4\",\"bytes\":33554432,\"label\":\"a\",\"text\":\"b\"}");
    }
    testbed_refused(bed, AMP_CMD_SHARE_MEDIUM, MEDIUM, AMP_E_LIMIT, "together");
}

static void over(struct testbed *bed, const char *outcome)
{
    assert_int_equal(link_at(bed, 1)->state, AMP_LINK_STOPPED);
    assert_string_equal(link_at(bed, 1)->outcome, outcome);
    testbed_refused(bed, AMP_CMD_TAKE_LINK, TAKE("p1"), AMP_E_CONFLICT, "over");
    testbed_refused(bed, AMP_CMD_SHARE_TEXT, "{\"link\":1,\"text\":\"a\"}", AMP_E_CONFLICT, "over");
}

static void the_caller_and_the_desk_can_stop_it_and_stopping_twice_is_no_error(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    testbed_refused(bed, AMP_CMD_STOP_LINK, "{\"link\":1,\"outcome\":\"rain\"}", AMP_E_RANGE,
                    "outcome");
    testbed_must(bed, AMP_CMD_STOP_LINK, "{\"link\":1,\"outcome\":\"caller\"}");
    testbed_must(bed, AMP_CMD_STOP_LINK, "{\"link\":1,\"outcome\":\"desk\"}");
    assert_int_equal(bed->last_n, 0);
    over(bed, "caller");
}

static void it_is_over_with_its_incident(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    over(bed, "closed");
    testbed_must(bed, AMP_CMD_REOPEN, "{\"incident\":\"I-1\"}");
    over(bed, "closed");
}

static void it_is_over_when_its_time_is(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("t1", ALL));
    testbed_wait(bed, link_at(bed, 1)->until_us / 1000000 - bed->now_us / 1000000);
    testbed_refused(bed, AMP_CMD_TAKE_LINK, TAKE("p1"), AMP_E_CONFLICT, "over");
    testbed_must(bed, AMP_CMD_TICK, "{}");
    over(bed, "expired");
}

static void another_link_to_the_same_call_replaces_it(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("t2", ALL));
    over(bed, "replaced");
    assert_int_equal(link_at(bed, 2)->state, AMP_LINK_OFFERED);
}

static void it_goes_on_when_its_incident_is_merged_into_another(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    testbed_must(bed, AMP_CMD_OPEN_INCIDENT, "{}");
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    testbed_must(bed, AMP_CMD_SHARE_MEDIUM, MEDIUM);
    assert_int_equal(bed->last.incident.n, 2);
    assert_int_equal(link_at(bed, 1)->incident.n, 1); /* whose key its files are sealed with */
}

static void erasing_takes_the_hash_of_what_was_sent_and_leaves_that_of_the_sealed_file(void **state)
{
    struct testbed *bed = *state;
    taken(bed);
    testbed_must(bed, AMP_CMD_SHARE_MEDIUM, MEDIUM);
    assert_true(testbed_holds(bed, "cd34"));
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-1\"}");
    assert_false(testbed_holds(bed, "cd34"));
    assert_null(amp_state_medium(&bed->state, 1)->digest);
    assert_string_equal(amp_state_medium(&bed->state, 1)->label, "ab12");
}

static void the_view_tells_state_and_media_and_no_token(void **state)
{
    static char text[1 << 13];
    struct testbed *bed = *state;
    struct amp_buf buf = amp_buf_over(text, sizeof text);
    struct amp_json js = amp_json_make(&buf);
    testbed_must(bed, AMP_CMD_OFFER_LINK, OFFER("secret-hash", ALL));
    testbed_must(bed, AMP_CMD_TAKE_LINK, TAKE("holder-hash"));
    testbed_must(bed, AMP_CMD_SHARE_MEDIUM, MEDIUM);
    amp_json_open(&js, '{');
    amp_view_links(&js, &bed->state, testbed_incident(bed, 1));
    amp_json_close(&js, '}');
    const char *seen = amp_buf_cstr(&buf);
    assert_non_null(strstr(seen, "\"state\":\"taken\",\"scope\":\"media\""));
    assert_non_null(strstr(seen, "\"type\":\"jpeg\",\"bytes\":500"));
    assert_null(strstr(seen, "-hash"));
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, bed_setup, testbed_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_link_goes_to_the_caller_with_a_text_that_has_no_token_in_it),
        WITH(an_offer_says_what_may_be_shared_until_when_and_where_the_link_stands),
        WITH(a_second_phone_hears_that_the_link_is_taken_and_the_first_may_tap_twice),
        WITH(nothing_is_shared_before_the_tap),
        WITH(what_is_shared_becomes_position_text_and_medium_of_the_call),
        WITH(a_scope_shares_no_more_than_it_says),
        WITH(more_than_a_link_may_bring_is_refused),
        WITH(the_caller_and_the_desk_can_stop_it_and_stopping_twice_is_no_error),
        WITH(it_is_over_with_its_incident),
        WITH(it_is_over_when_its_time_is),
        WITH(another_link_to_the_same_call_replaces_it),
        WITH(it_goes_on_when_its_incident_is_merged_into_another),
        WITH(erasing_takes_the_hash_of_what_was_sent_and_leaves_that_of_the_sealed_file),
        WITH(the_view_tells_state_and_media_and_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
