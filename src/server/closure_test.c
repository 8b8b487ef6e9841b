/* Closures over HTTP: every shape, changed, lifted and restored, listed, and told when it is live.
 */
#include "server/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RING "[[41.15,-8.61],[41.15,-8.6],[41.16,-8.6]]"

static int bed_open(void **state)
{
    static struct bed bed;
    bed_init(&bed);
    bed_start(&bed);
    *state = &bed;
    return 0;
}

static int bed_close(void **state)
{
    bed_drop(*state);
    return 0;
}

static void every_shape_is_taken_and_shown_as_it_came(void **state)
{
    static const char *const bodies[] = {
        "{\"site\":{\"lat\":41.15,\"lon\":-8.61}}",
        "{\"lat\":41.15,\"lon\":-8.61,\"radius_m\":80,\"reason\":\"flood\"}",
        "{\"shape\":\"area\",\"points\":" RING ",\"time_percent\":300}",
        ("{\"shape\":\"line\",\"points\":[[41.15,-8.61],[41.16,-8.6]],\"heading_deg\":45,"
         "\"until\":\"2999-01-01T00:00:00Z\"}"),
    };
    static const char *const shapes[] = {"road", "circle", "area", "line"};
    struct bed *bed = *state;
    struct reply reply;
    for (size_t i = 0; i < 4; i++) {
        bed_post(bed, "/v1/closures", bodies[i], &reply);
        assert_int_equal(reply.status, 201);
        assert_string_equal(reply_text(&reply, "closure.shape"), shapes[i]);
        assert_true(json_is_true(reply_at(&reply, "live")));
        assert_true(reply_int(&reply, "closure.seq") == reply_int(&reply, "seq"));
        reply_free(&reply);
    }
    bed_get(bed, "/v1/closures", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "closures")), 4);
    assert_int_equal(reply_int(&reply, "closures.1.radius_m"), 80);
    assert_int_equal(json_array_size(reply_at(&reply, "closures.2.points")), 3);
    assert_int_equal(reply_int(&reply, "closures.2.time_percent"), 300);
    assert_true(json_is_null(reply_at(&reply, "closures.2.heading_deg")));
    assert_int_equal(reply_int(&reply, "closures.3.heading_deg"), 45);
    assert_string_equal(reply_text(&reply, "closures.3.until"), "2999-01-01T00:00:00Z");
    assert_non_null(reply_text(&reply, "closures.3.made_by"));
    reply_free(&reply);
}

static void a_closure_is_changed_lifted_and_restored(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/closures", "{\"shape\":\"area\",\"points\":" RING "}", 201);
    bed_expect(bed, "PATCH", "/v1/closures/X-1", "{\"time_percent\":200,\"reason\":\"ice\"}", 200);
    bed_expect(bed, "PATCH", "/v1/closures/X-1", "{}", 422);
    bed_expect(bed, "PATCH", "/v1/closures/X-1", "{\"closure\":\"X-1\"}", 400);
    bed_get(bed, "/v1/closures/X-1", &reply);
    assert_int_equal(reply_int(&reply, "closure.time_percent"), 200);
    assert_int_equal(json_array_size(reply_at(&reply, "closure.points")), 3);
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/closures/X-1/restore", "{}", 409);
    bed_expect(bed, "DELETE", "/v1/closures/X-1", NULL, 200);
    bed_expect(bed, "PATCH", "/v1/closures/X-1", "{\"reason\":\"x\"}", 409);
    bed_get(bed, "/v1/closures", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "closures")), 0);
    reply_free(&reply);
    bed_get(bed, "/v1/closures?all=1", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "closures")), 1);
    assert_true(json_is_string(reply_at(&reply, "closures.0.lifted")));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/closures/X-1/restore", NULL, 200);
    bed_get(bed, "/v1/closures/X-1", &reply);
    assert_true(json_is_null(reply_at(&reply, "closure.lifted")));
    assert_string_equal(reply_text(&reply, "closure.reason"), "ice");
    reply_free(&reply);
    bed_expect(bed, "GET", "/v1/closures?all=yes", NULL, 422);
    bed_expect(bed, "GET", "/v1/closures/X-9", NULL, 404);
    bed_expect(bed, "PATCH", "/v1/closures/X-9", "{\"reason\":\"x\"}", 404);
    bed_expect(bed, "POST", "/v1/closures/X-9/restore", "{}", 404);
}

static void what_cannot_be_drawn_is_refused_with_its_reason(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_post(bed, "/v1/closures",
             "{\"shape\":\"area\",\"points\":[[1,1],[1.1,1.1],[1,1.1],[1.1,1]]}", &reply);
    assert_int_equal(reply.status, 422);
    assert_non_null(strstr(reply_text(&reply, "detail"), "crosses"));
    reply_free(&reply);
    bed_expect(bed, "POST", "/v1/closures", "{}", 422);
    bed_expect(bed, "POST", "/v1/closures", "{\"shape\":\"square\"}", 400);
    bed_expect(bed, "POST", "/v1/closures", "{\"lat\":1,\"lon\":1,\"points\":[[1]]}", 400);
    bed_get(bed, "/v1/closures?all=1", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "closures")), 0);
    reply_free(&reply);
}

static void a_start_from_the_journal_knows_them_all(void **state)
{
    struct bed *bed = *state;
    struct reply reply;
    bed_expect(bed, "POST", "/v1/closures", "{\"shape\":\"area\",\"points\":" RING "}", 201);
    bed_expect(bed, "POST", "/v1/closures", "{\"lat\":1,\"lon\":1}", 201);
    bed_expect(bed, "DELETE", "/v1/closures/X-2", NULL, 200);
    bed->keep_store = true;
    assert_int_equal(bed_stop(bed), AMP_OK);
    bed_start(bed);
    bed_get(bed, "/v1/closures?all=1", &reply);
    assert_int_equal(json_array_size(reply_at(&reply, "closures")), 2);
    assert_int_equal(json_array_size(reply_at(&reply, "closures.0.points")), 3);
    assert_true(json_is_string(reply_at(&reply, "closures.1.lifted")));
    reply_free(&reply);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, bed_open, bed_close)
    const struct CMUnitTest tests[] = {
        ROW(every_shape_is_taken_and_shown_as_it_came),
        ROW(a_closure_is_changed_lifted_and_restored),
        ROW(what_cannot_be_drawn_is_refused_with_its_reason),
        ROW(a_start_from_the_journal_knows_them_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
