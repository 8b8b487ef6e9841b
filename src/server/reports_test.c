/* Positions through the server's doors: what the filter drops, for every format, and who is told.
 */
#include "server/testbed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void set_clock(struct bed *bed, int64_t later_s)
{
    atomic_store(&bed->clock.us, BED_NOON + later_s * 1000000);
}

/* A report of M1 so many seconds after noon, by the OsmAnd door. */
static int osmand(const struct bed *bed, int64_t fix_s, const char *lat)
{
    char path[128];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/fleet/osmand?id=M1&lat=%s&lon=-8.6&timestamp=%lld", lat,
                   (long long)(BED_NOON / 1000000 + fix_s));
    bed_get(bed, path, &reply);
    int status = reply.status;
    reply_free(&reply);
    return status;
}

static int64_t count(const struct bed *bed, const char *path)
{
    struct reply reply;
    char name[64];
    (void)snprintf(name, sizeof name, "reports.%s", path);
    bed_get(bed, "/v1/units/M1/reports", &reply);
    assert_int_equal(reply.status, 200);
    int64_t n = reply_int(&reply, name);
    reply_free(&reply);
    return n;
}

static void assert_state(const struct bed *bed, const char *state, const char *reason)
{
    struct reply reply;
    bed_get(bed, "/v1/units/M1/reports", &reply);
    assert_string_equal(reply_text(&reply, "reports.state"), state);
    assert_string_equal(reply_text(&reply, "reports.last_reason"), reason);
    reply_free(&reply);
}

static void a_late_and_a_repeated_report_are_taken_without_an_error_and_counted(void **state)
{
    struct bed *bed = *state;
    set_clock(bed, 100);
    assert_state(bed, "never", "");
    assert_int_equal(osmand(bed, 90, "41.1000"), 200);
    assert_int_equal(osmand(bed, 90, "41.1000"), 200);
    assert_int_equal(osmand(bed, 80, "41.1001"), 200);
    assert_int_equal(count(bed, "accepted"), 1);
    assert_int_equal(count(bed, "dropped.repeated"), 1);
    assert_int_equal(count(bed, "dropped.late"), 1);
    assert_int_equal(count(bed, "delay_s"), 10);
    assert_state(bed, "current", "late");
}

static void every_door_goes_through_the_same_filter(void **state)
{
    static const char *const body[][2] = {
        {"/v1/positions", "{\"positions\":[{\"unit\":\"M1\",\"lat\":50,\"lon\":5}]}"},
        {"/v1/fleet/owntracks", "{\"_type\":\"location\",\"tid\":\"M1\",\"lat\":50,\"lon\":5}"},
        {"/v1/fleet/csv", "M1,50,5\n"}};
    struct bed *bed = *state;
    set_clock(bed, 100);
    assert_int_equal(osmand(bed, 100, "41.1"), 200);
    for (size_t i = 0; i < sizeof body / sizeof body[0]; i++) {
        struct reply reply;
        /* each after a good one, so that no two jumps in a row confirm each other */
        set_clock(bed, 101 + 2 * (int64_t)i);
        bed_post(bed, body[i][0], body[i][1], &reply);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply_int(&reply, "accepted"), 0);
        assert_int_equal(reply_int(&reply, "dropped.jump"), 1);
        reply_free(&reply);
        set_clock(bed, 102 + 2 * (int64_t)i);
        assert_int_equal(osmand(bed, 102 + 2 * (int64_t)i, "41.1"), 200);
    }
    assert_int_equal(count(bed, "dropped.jump"), 3);
    assert_int_equal(count(bed, "accepted"), 4);
}

static void what_is_dropped_is_counted_by_reason_in_the_metrics_and_by_crew(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    set_clock(bed, 100);
    assert_int_equal(osmand(bed, 400, "41.1"),
                     200);                          /* sent again until taken, it would come late */
    assert_int_equal(osmand(bed, 100, "0.0"), 200); /* 0,-8.6 is a place */
    set_clock(bed, 400);
    assert_int_equal(osmand(bed, 700, "41.1"), 200);
    bed_expect(bed, "POST", "/v1/fleet/csv", "M1,0,0\nNOBODY,1,1\nM1,x,1\n", 200);
    assert_state(bed, "dropping", "unreadable");
    assert_int_equal(count(bed, "dropped.clock-ahead"), 2);
    assert_int_equal(count(bed, "dropped.no-fix"), 1);
    bed_get(bed, "/metrics", &reply);
    const char *text = amp_buf_cstr(&reply.body);
    assert_non_null(strstr(text, "amparo_positions_dropped_total{reason=\"clock-ahead\"} 2\n"));
    assert_non_null(strstr(text, "amparo_positions_dropped_total{reason=\"no-fix\"} 1\n"));
    assert_non_null(strstr(text, "amparo_positions_dropped_total{reason=\"unknown-unit\"} 1\n"));
    assert_non_null(strstr(text, "amparo_positions_dropped_total{reason=\"jump\"} 0\n"));
    assert_null(strstr(text, "NOBODY"));
    reply_free(&reply);
    bed_expect(bed, "GET", "/v1/units/NOBODY/reports", NULL, 404);
}

static void a_flood_from_one_crew_costs_the_others_nothing(void **state)
{
    struct bed *bed = *state;
    struct amp_buf flood = amp_buf_make(1 << 20);
    struct reply reply;
    set_clock(bed, 3000);
    for (int i = 0; i < 5000; i++) {
        amp_buf_printf(&flood, "M1,41.1,-8.6,%lld\n", (long long)(BED_NOON / 1000 + i * 100));
    }
    amp_buf_text(&flood, "M2,41.2,-8.6\n");
    bed_post(bed, "/v1/fleet/csv", amp_buf_cstr(&flood), &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_int(&reply, "dropped.flood"), 5000 - 1200);
    assert_int_equal(reply_int(&reply, "accepted"), 1201);
    reply_free(&reply);
    amp_buf_free(&flood);
}

/* ---- a crew that calls for help ---- */

static void sent(const struct bed *bed, const char *line, int64_t accepted)
{
    struct reply reply;
    bed_post(bed, "/v1/fleet/csv", line, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_int(&reply, "accepted"), accepted);
    reply_free(&reply);
}

static void assert_words(const struct bed *bed, const char *incident, const char *words,
                         const char *lat)
{
    char path[64];
    struct reply reply;
    (void)snprintf(path, sizeof path, "/v1/incidents/%s", incident);
    bed_get(bed, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "incident.state"), "new");
    assert_string_equal(reply_text(&reply, "incident.calls.0.words"), words);
    assert_string_equal(reply_text(&reply, "incident.calls.0.name"), "M1");
    assert_non_null(strstr(amp_buf_cstr(&reply.body), lat));
    reply_free(&reply);
}

static void a_crew_that_calls_for_help_opens_one_incident_until_it_is_closed(void **state)
{
    struct bed *bed = *state;
    set_clock(bed, 100);
    sent(bed, "M1,41.1234,-8.6,,,,,sos\n", 1);
    assert_words(bed, "I-1", "SOS M1", "\"lat\":41.1234");
    sent(bed, "M1,41.1235,-8.6,,,,,sos\nM1,,,,,,,fall\n", 1);
    bed_expect(bed, "GET", "/v1/incidents/I-2", NULL, 404);
    bed_expect(bed, "POST", "/v1/incidents/I-1/close", "{\"outcome\":\"no-need\"}", 200);
    set_clock(bed, 110);
    sent(bed, "M1,,,,,,,attack\n", 0); /* of no place: it is where it was seen last */
    assert_words(bed, "I-2", "SOS M1: attack", "\"lat\":41.1235");
    sent(bed, "M2,0,0,,,,,sos\n", 0); /* nor was it ever seen */
    struct reply reply;
    bed_get(bed, "/v1/incidents/I-3", &reply);
    assert_null(strstr(amp_buf_cstr(&reply.body), "\"lat\":"));
    reply_free(&reply);
    sent(bed, "M2,41.2,-8.61,,,,,sos\n", 1);
    bed_get(bed, "/v1/incidents/I-3", &reply);
    assert_non_null(strstr(amp_buf_cstr(&reply.body), "\"lat\":41.2"));
    reply_free(&reply);
    sent(bed, "NOBODY,41.2,-8.61,,,,,sos\nM1,41.1,-8.6,,,,,bored\n", 0);
    bed_expect(bed, "GET", "/v1/incidents/I-4", NULL, 404);
}

static void every_door_hears_a_call_for_help(void **state)
{
    static const char *const close = "{\"outcome\":\"no-need\"}";
    static const char *const body[][2] = {
        {"/v1/fleet/osmand?id=M1&lat=41.1&lon=-8.6&alarm=sos", ""},
        {"/v1/fleet/osmand?id=M1&timestamp=1&alarm=sos", ""},
        {"/v1/positions",
         "{\"positions\":[{\"unit\":\"M1\",\"lat\":41.1,\"lon\":-8.6,\"alarm\":\"sos\"}]}"},
        {"/v1/positions", "{\"positions\":[{\"unit\":\"M1\",\"alarm\":\"sos\"}]}"},
        {"/v1/fleet/cot",
         "<event uid=\"x\" type=\"b-a-o-tbl\" time=\"2026-09-21T14:00:00Z\"><point lat=\"41.1\" "
         "lon=\"-8.6\"/><detail><contact callsign=\"M1-Alert\"/></detail></event>"}};
    struct bed *bed = *state;
    char path[64];
    for (size_t i = 0; i < sizeof body / sizeof body[0]; i++) {
        bed_expect(bed, "POST", body[i][0], body[i][1], 200);
        (void)snprintf(path, sizeof path, "/v1/incidents/I-%zu/close", i + 1);
        bed_expect(bed, "POST", path, close, 200);
    }
    bed_expect(bed, "POST", "/v1/positions",
               "{\"positions\":[{\"unit\":\"M1\",\"alarm\":\"bored\"},{\"unit\":\"M1\"}]}", 200);
    bed_expect(bed, "GET", "/v1/incidents/I-6", NULL, 404);
    for (int i = 0; i < 2; i++) { /* the second time it is known */
        struct reply reply;
        bed_post(bed, "/v1/positions", "{\"positions\":[{\"unit\":\"M1\",\"alarm\":\"sos\"}]}",
                 &reply);
        assert_string_equal(reply_text(&reply, "called.0"), "I-6");
        assert_null(reply_at(&reply, "refused.0"));
        reply_free(&reply);
    }
}

static void whose_duty_has_ended_is_not_followed_but_heard(void **state)
{
    static const char place[] = "/v1/fleet/osmand?id=M1&lat=41.1&lon=-8.6";
    static const char help[] = "/v1/fleet/osmand?id=M1&lat=41.1&lon=-8.6&alarm=sos";
    struct bed bed;
    char desk[BED_SECRET], crew[BED_SECRET];
    struct reply reply;
    (void)state;
    bed_init(&bed);
    bed.config.open = false;
    bed_start(&bed);
    bed_town(&bed);
    bed_member(&bed, "desk", AMP_ROLE_SUPERVISOR, "", desk);
    bed_member(&bed, "crew1", AMP_ROLE_CREW, ",\"unit\":\"M1\"", crew);
    bed_as_expect(&bed, desk, "POST", "/v1/units/M1/status", "{\"status\":\"out-of-service\"}",
                  200);
    bed_as_expect(&bed, crew, "GET", place, NULL, 200); /* else it is kept until the next duty */
    bed_as_expect(&bed, crew, "GET", help, NULL, 200);
    bed_as_ask(&bed, desk, "GET", "/v1/units/M1/reports", NULL, &reply);
    assert_string_equal(reply_text(&reply, "reports.state"), "never");
    reply_free(&reply);
    bed_as_ask(&bed, desk, "GET", "/v1/incidents/I-1", NULL, &reply);
    assert_string_equal(reply_text(&reply, "incident.calls.0.words"), "SOS M1");
    reply_free(&reply);
    bed_as_expect(&bed, desk, "GET", "/v1/incidents/I-2", NULL, 404);
    bed_drop(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_late_and_a_repeated_report_are_taken_without_an_error_and_counted, bed_set_up,
            bed_tear_down),
        cmocka_unit_test_setup_teardown(every_door_goes_through_the_same_filter, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_dropped_is_counted_by_reason_in_the_metrics_and_by_crew, bed_set_up,
            bed_tear_down),
        cmocka_unit_test_setup_teardown(a_flood_from_one_crew_costs_the_others_nothing, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(
            a_crew_that_calls_for_help_opens_one_incident_until_it_is_closed, bed_set_up,
            bed_tear_down),
        cmocka_unit_test_setup_teardown(every_door_hears_a_call_for_help, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test(whose_duty_has_ended_is_not_followed_but_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
