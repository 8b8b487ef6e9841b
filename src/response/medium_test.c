/* What crews take of the incident that they are on: whose it is, what is refused, and its end. */
#include "base/json.h"
#include "base/timefmt.h"
#include "model/view.h"
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WHAT   "\"type\":\"jpeg\",\"bytes\":500,\"label\":\"ab12\",\"text\":\"cd34\""
#define MEDIUM "{\"incident\":\"I-1\",\"unit\":\"M1\"," WHAT "}"

/* A medium that M1 took so many seconds ago. */
static const char *ago(const struct testbed *bed, int64_t seconds)
{
    static char json[240];
    char then[AMP_TIME_TEXT];
    amp_time_text(bed->now_us - seconds * AMP_US_PER_S, then);
    (void)snprintf(json, sizeof json,
                   "{\"incident\":\"I-1\",\"unit\":\"M1\"," WHAT ",\"happened\":\"%s\"}", then);
    return json;
}

static void a_medium_is_of_the_crew_and_of_the_moment_it_was_taken(void **state)
{
    struct testbed *bed = *state;
    testbed_wait(bed, 1200);
    testbed_must(bed, AMP_CMD_TAKE_MEDIUM, ago(bed, 600));
    const struct amp_medium *medium = amp_state_medium(&bed->state, 1);
    const struct amp_incident *incident = testbed_incident(bed, 1);
    assert_non_null(medium);
    assert_int_equal(medium->unit.n, testbed_unit(bed, "M1")->id.n);
    assert_int_equal(medium->link, 0);
    assert_true(medium->at_us - medium->taken_us >= 600 * AMP_US_PER_S);
    assert_int_equal(incident->medium, 1);
    assert_int_equal(incident->entry[incident->entry_n - 1].kind, AMP_EV_MEDIUM_TAKEN);
    assert_true(incident->entry[incident->entry_n - 1].time_us == medium->taken_us);
    assert_true(amp_medium_is_of(&bed->state, medium, (struct amp_incident_id){1}));
    assert_false(amp_medium_is_of(&bed->state, medium, (struct amp_incident_id){2}));
}

static void a_crew_takes_nothing_of_an_incident_that_it_is_not_on(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_TAKE_MEDIUM, "{\"incident\":\"I-2\",\"unit\":\"M1\"," WHAT "}",
                    AMP_E_CONFLICT, "M1 is not on I-2");
    testbed_refused(bed, AMP_CMD_TAKE_MEDIUM, "{\"incident\":\"I-1\",\"unit\":\"M2\"," WHAT "}",
                    AMP_E_CONFLICT, "M2 is not on I-1");
    testbed_must(bed, AMP_CMD_RELEASE, "{\"unit\":\"M1\"}");
    testbed_refused(bed, AMP_CMD_TAKE_MEDIUM, MEDIUM, AMP_E_CONFLICT, "M1 is not on I-1");
}

static void nothing_comes_from_before_the_crew_was_sent_or_after_the_end(void **state)
{
    struct testbed *bed = *state;
    testbed_wait(bed, 60);
    testbed_refused(bed, AMP_CMD_TAKE_MEDIUM, ago(bed, 300), AMP_E_CONFLICT, "before M1 was sent");
    testbed_must(bed, AMP_CMD_TAKE_MEDIUM, ago(bed, -600)); /* a clock that is ahead is no reason */
    assert_true(amp_state_medium(&bed->state, 1)->taken_us <= bed->now_us);
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-1\"}");
    testbed_refused(bed, AMP_CMD_TAKE_MEDIUM, MEDIUM, AMP_E_CONFLICT, "closed");
}

static void a_picture_from_the_scene_is_a_sign_of_life(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_SET_STATUS, "{\"unit\":\"M1\",\"status\":\"on-scene\"}");
    testbed_wait(bed, 300);
    int64_t heard_us = testbed_unit(bed, "M1")->heard_us;
    testbed_must(bed, AMP_CMD_TAKE_MEDIUM, MEDIUM);
    assert_true(testbed_unit(bed, "M1")->heard_us > heard_us);
}

static void more_than_may_be_is_refused(void **state)
{
    struct testbed *bed = *state;
    testbed_refused(bed, AMP_CMD_TAKE_MEDIUM,
                    "{\"incident\":\"I-1\",\"unit\":\"M1\",\"type\":\"jpeg\",\"bytes\":33554433,"
                    "\"label\":\"ab12\",\"text\":\"cd34\"}",
                    AMP_E_LIMIT, "at most");
    for (int i = 0; i < AMP_MEDIA_OF_CREWS; i++) {
        testbed_must(bed, AMP_CMD_TAKE_MEDIUM, MEDIUM);
    }
    testbed_refused(bed, AMP_CMD_TAKE_MEDIUM, MEDIUM, AMP_E_LIMIT, "at most 200");
}

static void it_stays_with_the_incident_when_that_is_merged_and_goes_when_it_is_erased(void **state)
{
    static char text[1 << 12];
    struct testbed *bed = *state;
    struct amp_buf buf = amp_buf_over(text, sizeof text);
    struct amp_json js = amp_json_make(&buf);
    testbed_must(bed, AMP_CMD_TAKE_MEDIUM, MEDIUM);
    testbed_must(bed, AMP_CMD_MERGE, "{\"incident\":\"I-1\",\"into\":\"I-2\"}");
    const struct amp_medium *medium = amp_state_medium(&bed->state, 1);
    assert_true(amp_medium_is_of(&bed->state, medium, (struct amp_incident_id){2}));
    amp_json_open(&js, '{');
    amp_view_media(&js, &bed->state, testbed_incident(bed, 2));
    amp_json_close(&js, '}');
    const char *seen = amp_buf_cstr(&buf);
    assert_non_null(strstr(seen, "\"id\":1,\"type\":\"jpeg\",\"bytes\":500"));
    assert_non_null(strstr(seen, "\"sha256\":\"cd34\",\"unit\":\"M1\""));
    testbed_must(bed, AMP_CMD_CLOSE, "{\"incident\":\"I-2\"}");
    testbed_must(bed, AMP_CMD_ERASE, "{\"incident\":\"I-2\"}");
    medium = amp_state_medium(&bed->state, 1);
    assert_null(medium->digest);
    assert_string_equal(medium->label, "ab12");
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, testbed_setup_calls, testbed_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_medium_is_of_the_crew_and_of_the_moment_it_was_taken),
        WITH(a_crew_takes_nothing_of_an_incident_that_it_is_not_on),
        WITH(nothing_comes_from_before_the_crew_was_sent_or_after_the_end),
        WITH(a_picture_from_the_scene_is_a_sign_of_life),
        WITH(more_than_may_be_is_refused),
        WITH(it_stays_with_the_incident_when_that_is_merged_and_goes_when_it_is_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
