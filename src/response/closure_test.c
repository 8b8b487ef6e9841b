/* Closures of roads: made in every shape, changed, lifted, restored, and ended by the timers. */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RING "[[1,2],[1,2.001],[1.001,2]]"

static const struct amp_closure *closure(const struct testbed *bed, uint32_t n)
{
    const struct amp_closure *found = amp_state_closure(&bed->state, (struct amp_closure_id){n});
    assert_non_null(found);
    return found;
}

static void a_closure_has_the_shape_that_was_drawn(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"site\":{\"lat\":1,\"lon\":2}}");
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"lat\":1,\"lon\":2,\"radius_m\":80}");
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE,
                 "{\"shape\":\"area\",\"points\":" RING ",\"time_percent\":200}");
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE,
                 "{\"shape\":\"line\",\"points\":[[1,2],[1.5,2]],\"heading_deg\":7,"
                 "\"reason\":\"flood\"}");
    assert_int_equal(closure(bed, 1)->extent.shape, AMP_SHAPE_ROAD);
    assert_int_equal(closure(bed, 1)->extent.heading_deg, -1);
    assert_int_equal(closure(bed, 2)->extent.shape, AMP_SHAPE_CIRCLE);
    assert_int_equal(closure(bed, 2)->extent.radius_m, 80);
    const struct amp_extent *area = &closure(bed, 3)->extent;
    assert_int_equal(area->shape, AMP_SHAPE_AREA);
    assert_int_equal(area->points.n, 3);
    assert_int_equal(area->points.point[1].lon_e7, 20010000);
    assert_int_equal(area->site.lat_e7, 10005000);
    assert_int_equal(area->time_percent, 200);
    assert_int_equal(closure(bed, 4)->extent.heading_deg, 7);
    assert_string_equal(closure(bed, 4)->reason, "flood");
    assert_string_equal(closure(bed, 4)->made_by, bed->actor);
    assert_int_equal(bed->state.in_force_n, 4);
}

static void a_ring_may_end_where_it_began(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE,
                 "{\"shape\":\"area\",\"points\":[[1,2],[1,2.001],[1.001,2],[1,2]]}");
    assert_int_equal(closure(bed, 1)->extent.points.n, 3);
}

static void what_cannot_be_drawn_is_refused_with_what_is_wrong(void **state)
{
    struct testbed *bed = *state;
    const struct {
        const char *json;
        amp_err err;
        const char *words;
    } row[] = {
        {"{}", AMP_E_MISSING, "needs \"site\""},
        {"{\"shape\":\"area\"}", AMP_E_MISSING, "needs \"points\""},
        {"{\"shape\":\"area\",\"lat\":1,\"lon\":2,\"points\":" RING "}", AMP_E_RANGE,
         "no \"site\""},
        {"{\"lat\":1,\"lon\":2,\"points\":" RING "}", AMP_E_RANGE, "no \"points\""},
        {"{\"shape\":\"area\",\"points\":[[1,2],[1,2.001]]}", AMP_E_RANGE, "3 to 256"},
        {"{\"shape\":\"area\",\"points\":[[1,2],[2,3],[1,3],[2,2]]}", AMP_E_RANGE, "100 km"},
        {"{\"shape\":\"area\",\"points\":[[1,2],[1.1,2.1],[1,2.1],[1.1,2]]}", AMP_E_RANGE,
         "crosses"},
        {"{\"shape\":\"circle\",\"lat\":1,\"lon\":2}", AMP_E_RANGE, "1 to 50000"},
        {"{\"lat\":1,\"lon\":2,\"time_percent\":100}", AMP_E_RANGE, "time_percent"},
        {"{\"lat\":1,\"lon\":2,\"heading_deg\":360}", AMP_E_RANGE, "heading_deg"},
        {"{\"lat\":1,\"lon\":2,\"until\":\"2001-01-01T00:00:00Z\"}", AMP_E_RANGE, "over already"},
        {"{\"shape\":\"square\"}", AMP_E_SYNTAX, "road, circle, area, line"},
        {"{\"shape\":\"line\",\"points\":[[1,2],[1]]}", AMP_E_SYNTAX, "entry 2"},
        {"{\"shape\":\"line\",\"points\":[[1,2],[91,2]]}", AMP_E_RANGE, "entry 2"},
        {"{\"shape\":\"line\",\"points\":[]}", AMP_E_SYNTAX, "array of [lat, lon]"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        testbed_refused(bed, AMP_CMD_MAKE_CLOSURE, row[i].json, row[i].err, row[i].words);
    }
    assert_int_equal(bed->state.closure_n, 0);
}

static void a_change_says_only_what_is_different(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE,
                 "{\"shape\":\"area\",\"points\":" RING
                 ",\"heading_deg\":90,\"until\":\"2099-01-01T00:00:00Z\",\"reason\":\"fire\"}");
    bed->actor = "ben";
    testbed_must(bed, AMP_CMD_CHANGE_CLOSURE, "{\"closure\":\"X-1\",\"time_percent\":300}");
    assert_int_equal(closure(bed, 1)->extent.points.n, 3);
    assert_int_equal(closure(bed, 1)->extent.time_percent, 300);
    assert_int_equal(closure(bed, 1)->extent.heading_deg, 90);
    assert_true(closure(bed, 1)->until_us > 0);
    assert_string_equal(closure(bed, 1)->reason, "fire");
    assert_string_not_equal(closure(bed, 1)->made_by, "ben");
    testbed_must(bed, AMP_CMD_CHANGE_CLOSURE,
                 "{\"closure\":\"X-1\",\"both_ways\":true,\"lasting\":true,\"lat\":5,\"lon\":6,"
                 "\"reason\":\"a crane\",\"time_percent\":0}");
    assert_int_equal(closure(bed, 1)->extent.shape, AMP_SHAPE_ROAD);
    assert_int_equal(closure(bed, 1)->extent.points.n, 0);
    assert_int_equal(closure(bed, 1)->extent.heading_deg, -1);
    assert_int_equal(closure(bed, 1)->until_us, 0);
    assert_string_equal(closure(bed, 1)->reason, "a crane");
    testbed_must(bed, AMP_CMD_CHANGE_CLOSURE, "{\"closure\":\"X-1\",\"reason\":\"-\"}");
    assert_null(closure(bed, 1)->reason);
    testbed_refused(bed, AMP_CMD_CHANGE_CLOSURE, "{\"closure\":\"X-1\"}", AMP_E_MISSING,
                    "something");
    testbed_refused(bed, AMP_CMD_CHANGE_CLOSURE,
                    "{\"closure\":\"X-1\",\"both_ways\":true,\"heading_deg\":1}", AMP_E_RANGE,
                    "both_ways");
    testbed_refused(bed, AMP_CMD_CHANGE_CLOSURE, "{\"closure\":\"X-1\",\"shape\":\"line\"}",
                    AMP_E_MISSING, "points");
    testbed_refused(bed, AMP_CMD_CHANGE_CLOSURE, "{\"closure\":\"X-2\",\"reason\":\"x\"}",
                    AMP_E_NOT_FOUND, "X-2");
}

static void what_was_lifted_comes_back_as_it_was(void **state)
{
    struct testbed *bed = *state;
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"shape\":\"area\",\"points\":" RING "}");
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"lat\":1,\"lon\":2}");
    testbed_refused(bed, AMP_CMD_RESTORE_CLOSURE, "{\"closure\":\"X-1\"}", AMP_E_CONFLICT,
                    "in force");
    testbed_must(bed, AMP_CMD_LIFT_CLOSURE, "{\"closure\":\"X-1\"}");
    assert_int_equal(bed->state.in_force_n, 1);
    assert_string_equal(closure(bed, 1)->lifted_by, bed->actor);
    testbed_refused(bed, AMP_CMD_CHANGE_CLOSURE, "{\"closure\":\"X-1\",\"reason\":\"x\"}",
                    AMP_E_CONFLICT, "restore it first");
    testbed_must(bed, AMP_CMD_RESTORE_CLOSURE, "{\"closure\":\"X-1\"}");
    assert_int_equal(bed->last.closure.n, 1);
    assert_int_equal(bed->state.in_force_n, 2);
    assert_int_equal(bed->state.in_force[0].n, 1);
    assert_int_equal(closure(bed, 1)->extent.points.n, 3);
    assert_null(closure(bed, 1)->lifted_by);
    testbed_refused(bed, AMP_CMD_RESTORE_CLOSURE, "{\"closure\":\"X-3\"}", AMP_E_NOT_FOUND, "X-3");
}

static void a_closure_ends_by_itself_when_its_time_is_over(void **state)
{
    struct testbed *bed = *state;
    bed->now_us = INT64_C(1893456000000000); /* 2030-01-01 */
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE,
                 "{\"lat\":1,\"lon\":2,\"until\":\"2030-01-01T00:10:00Z\"}");
    testbed_must(bed, AMP_CMD_MAKE_CLOSURE, "{\"lat\":1,\"lon\":2}");
    bed->actor = "timer";
    testbed_wait(bed, 599);
    testbed_must(bed, AMP_CMD_TICK, "");
    assert_int_equal(bed->last_n, 0);
    testbed_wait(bed, 1);
    testbed_must(bed, AMP_CMD_TICK, "");
    assert_int_equal(bed->last_n, 1);
    assert_string_equal(closure(bed, 1)->lifted_by, "timer");
    testbed_must(bed, AMP_CMD_TICK, "");
    assert_int_equal(bed->last_n, 0);
    bed->actor = "ana";
    testbed_must(bed, AMP_CMD_RESTORE_CLOSURE, "{\"closure\":\"X-1\"}");
    assert_int_equal(closure(bed, 1)->until_us, 0); /* over: now until somebody lifts it */
    testbed_must(bed, AMP_CMD_LIFT_CLOSURE, "{\"closure\":\"X-1\"}");
    testbed_must(bed, AMP_CMD_RESTORE_CLOSURE,
                 "{\"closure\":\"X-1\",\"until\":\"2030-01-01T01:00:00Z\"}");
    testbed_must(bed, AMP_CMD_LIFT_CLOSURE, "{\"closure\":\"X-1\"}");
    testbed_must(bed, AMP_CMD_RESTORE_CLOSURE, "{\"closure\":\"X-1\"}");
    assert_true(closure(bed, 1)->until_us ==
                INT64_C(1893459600000000)); /* still ahead: as it was */
}

/* What a hand-made journal may say: an old event has no shape; a new one must have one that can be.
 */
static void events_without_a_shape_fold_as_they_always_did(void **state)
{
    struct testbed *bed = *state;
    const struct {
        const char *json;
        amp_err err;
        enum amp_shape shape;
        int64_t radius_m;
    } row[] = {
        {"", AMP_OK, AMP_SHAPE_ROAD, 0},
        {",\"radius_m\":0", AMP_OK, AMP_SHAPE_ROAD, 0},
        {",\"radius_m\":70", AMP_OK, AMP_SHAPE_CIRCLE, 70},
        {",\"radius_m\":90000", AMP_OK, AMP_SHAPE_CIRCLE, 50000},
        {",\"shape\":\"circle\",\"radius_m\":90000", AMP_E_CORRUPT, 0, 0},
        {",\"shape\":\"circle\"", AMP_E_CORRUPT, 0, 0},
        {",\"shape\":\"road\",\"radius_m\":9", AMP_E_CORRUPT, 0, 0},
        {",\"shape\":\"line\"", AMP_E_CORRUPT, 0, 0},
        {",\"shape\":\"area\",\"points\":[[1,2],[1.1,2.1],[1,2.1],[1.1,2]]", AMP_E_CORRUPT, 0, 0},
        {",\"time_percent\":50", AMP_E_CORRUPT, 0, 0},
    };
    struct amp_arena arena = amp_arena_make(1 << 20);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct amp_state fold = {0};
        struct amp_event event = {0};
        struct amp_why why = {{0}};
        struct amp_str json =
            amp_arena_printf(&arena,
                             "{\"v\":1,\"kind\":\"closure-made\",\"time\":\"2026-11-23T10:00:00Z\","
                             "\"actor\":\"ana\","
                             "\"closure\":\"X-1\",\"site\":{\"lat\":1,\"lon\":2}%s}",
                             row[i].json);
        assert_int_equal(amp_state_init(&fold), AMP_OK);
        assert_int_equal(amp_event_read(json, &bed->sealer, &arena, &event, &why), AMP_OK);
        event.seq = 1;
        uint64_t before = amp_state_digest(&fold);
        assert_int_equal(amp_apply(&fold, &event, &why), row[i].err);
        if (row[i].err) {
            assert_true(amp_state_digest(&fold) == before);
        } else {
            assert_int_equal(fold.closure[0].extent.shape, row[i].shape);
            assert_int_equal(fold.closure[0].extent.radius_m, row[i].radius_m);
        }
        amp_state_finish(&fold);
    }
    amp_arena_drop(&arena);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, testbed_setup, testbed_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_closure_has_the_shape_that_was_drawn),
        ROW(a_ring_may_end_where_it_began),
        ROW(what_cannot_be_drawn_is_refused_with_what_is_wrong),
        ROW(a_change_says_only_what_is_different),
        ROW(what_was_lifted_comes_back_as_it_was),
        ROW(a_closure_ends_by_itself_when_its_time_is_over),
        ROW(events_without_a_shape_fold_as_they_always_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
