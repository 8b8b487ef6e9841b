/* Tags that bind one direction, the large, or some hours; relations over several ways and nodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/dropped.h"
#include "map/roads_sketch.h"

#include <math.h>
#include <string.h>

/* A short street and a long way round it. */
#define SHORT_AND_LONG(tags)                                                                       \
    "n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 1 3\nn 6 2 3\n"                                       \
    "w 1 1,2 highway=residential\nw 2 2,3 highway=residential " tags                               \
    "\nw 3 3,4 highway=residential\nw 4 2,5,6,3 highway=residential\n"

static const char *east(struct amp_fixture *fx, enum amp_profile profile)
{
    return amp_sketch_ways(fx, profile, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0));
}

static const char *west(struct amp_fixture *fx, enum amp_profile profile)
{
    return amp_sketch_ways(fx, profile, amp_sketch_pos(3, 0), amp_sketch_pos(0, 0));
}

static void access_of_one_direction_binds_that_direction(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("access:forward=no"), &fx);
    assert_string_equal(east(&fx, AMP_PROFILE_CAR), "1 4 3");
    assert_string_equal(west(&fx, AMP_PROFILE_CAR), "3 2 1");
    assert_string_equal(east(&fx, AMP_PROFILE_FOOT), "1 2 3");
    amp_fixture_free(&fx);
    amp_sketch(SHORT_AND_LONG("access:backward=no motor_vehicle:backward=yes"), &fx);
    assert_string_equal(west(&fx, AMP_PROFILE_CAR), "3 2 1"); /* the more special word holds */
    amp_fixture_free(&fx);
    amp_sketch(SHORT_AND_LONG("vehicle:backward=private"), &fx);
    assert_string_equal(west(&fx, AMP_PROFILE_CAR), "3 4 1");
    assert_string_equal(east(&fx, AMP_PROFILE_CAR), "1 2 3");
    struct amp_route crew =
        amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(3, 0), amp_sketch_pos(0, 0));
    assert_int_equal(crew.pass_n, 1);
    assert_int_equal(crew.pass[0].kind, AMP_PASS_PRIVATE);
    amp_fixture_free(&fx);
    amp_sketch(SHORT_AND_LONG("oneway=yes access:backward=yes"), &fx);
    assert_string_equal(west(&fx, AMP_PROFILE_CAR), "3 4 1"); /* it does not open a oneway */
    amp_fixture_free(&fx);
}

static void access_of_one_direction_may_hold_at_times(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("access:backward:conditional=no~@~(07:00-09:00)"), &fx);
    amp_sketch_tune(&fx, "", "2026-11-26T08:00");
    assert_string_equal(west(&fx, AMP_PROFILE_CAR), "3 4 1");
    assert_string_equal(east(&fx, AMP_PROFILE_CAR), "1 2 3");
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(west(&fx, AMP_PROFILE_CAR), "3 2 1");
    assert_int_equal(fx.counts.conditions, 1);
    amp_fixture_free(&fx);
}

static size_t passes_east(struct amp_fixture *fx, enum amp_profile profile)
{
    return amp_sketch_route(fx, profile, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0)).pass_n;
}

static void no_lorries_is_a_pass_for_an_engine_and_nothing_to_the_light(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("hgv=no"), &fx);
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 2 3");
    assert_int_equal(passes_east(&fx, AMP_PROFILE_FIRE), 1);
    assert_int_equal(passes_east(&fx, AMP_PROFILE_AMBULANCE), 0);
    assert_string_equal(east(&fx, AMP_PROFILE_CAR), "1 2 3");
    amp_sketch_tune(&fx, "fire weight 3.5\ncar weight 7\n", NULL);
    assert_int_equal(passes_east(&fx, AMP_PROFILE_FIRE), 0);
    assert_string_equal(east(&fx, AMP_PROFILE_CAR), "1 4 3"); /* off duty a sign is a sign */
    amp_fixture_free(&fx);
    amp_sketch(SHORT_AND_LONG("access=no hgv=no"), &fx);
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 4 3"); /* it opens nothing */
    amp_fixture_free(&fx);
    amp_sketch(SHORT_AND_LONG("hgv:conditional=no~@~(22:00-06:00)"), &fx);
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_int_equal(passes_east(&fx, AMP_PROFILE_FIRE), 0);
    amp_sketch_tune(&fx, "", "2026-11-26T23:00");
    assert_int_equal(passes_east(&fx, AMP_PROFILE_FIRE), 1);
    amp_fixture_free(&fx);
}

static void sizes_at_times_bind_the_large_only_then(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("maxweight:conditional=7.5~@~(22:00-06:00)"), &fx);
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 4 3"); /* unknown: strictly */
    amp_sketch_tune(&fx, "", "2026-11-26T23:00");
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 4 3");
    assert_string_equal(east(&fx, AMP_PROFILE_AMBULANCE), "1 2 3");
    assert_string_equal(east(&fx, AMP_PROFILE_CAR), "1 2 3");
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 2 3");
    assert_int_equal(fx.counts.conditions, 1);
    amp_fixture_free(&fx);
}

static void a_size_whose_condition_nobody_understands_binds_always(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("maxheight:conditional=3.1~@~(high-water)"), &fx);
    amp_sketch_tune(&fx, "", "2026-11-26T12:00");
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 4 3");
    assert_string_equal(east(&fx, AMP_PROFILE_AMBULANCE), "1 2 3"); /* three metres */
    assert_int_equal(fx.counts.conditions_unread, 1);
    amp_fixture_free(&fx);
    amp_sketch(SHORT_AND_LONG("maxheight=3.1 maxheight:conditional=none~@~(Sa,Su)"), &fx);
    amp_sketch_tune(&fx, "", "2026-11-28T12:00");
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 4 3"); /* what relaxes is not believed */
    amp_fixture_free(&fx);
    amp_sketch(
        SHORT_AND_LONG("access:conditional=yes~@~(Sa,Su) maxheight:conditional=3.1~@~(24/7)"), &fx);
    amp_sketch_tune(&fx, "", "2026-11-28T12:00");
    assert_string_equal(east(&fx, AMP_PROFILE_FIRE), "1 4 3"); /* no word opens what is too low */
    amp_fixture_free(&fx);
}

static void a_oneway_that_frees_crews_does_not_free_cars(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(SHORT_AND_LONG("oneway=yes oneway:emergency=no"), &fx);
    assert_string_equal(west(&fx, AMP_PROFILE_CAR), "3 4 1");
    assert_string_equal(west(&fx, AMP_PROFILE_AMBULANCE), "3 2 1");
    assert_string_equal(west(&fx, AMP_PROFILE_FIRE), "3 2 1");
    amp_fixture_free(&fx);
}

/* A street from the left, one of three pieces, and one up from its end. */
#define STAIRS                                                                                     \
    "n 1 -2 0\nn 2 0 0\nn 3 1 0\nn 4 2 0\nn 5 3 0\nn 6 3 2\nn 7 5 0\nn 8 5 2\n"                    \
    "w 1 1,2 highway=residential\nw 2 2,3 highway=residential\nw 3 3,4 highway=residential\n"      \
    "w 4 4,5 highway=residential\nw 5 5,6 highway=residential\nw 6 5,7 highway=residential\n"      \
    "w 7 7,8,6 highway=residential\n"

static void a_restriction_over_several_via_ways_is_the_whole_of_them(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(STAIRS "r 1 from=w1 via=w2 via=w3 via=w4 to=w5 type=restriction "
                      "restriction=no_left_turn\n",
               &fx);
    struct amp_pos up = amp_sketch_pos(3, 1.5);
    assert_int_equal(fx.counts.restrictions, 1);
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), up),
                        "1 2 3 4 6 6 5");
    /* who joins on the way there is not meant */
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0.5, 0), up),
                        "2 3 4 5");
    amp_fixture_free(&fx);
    /* written in another order, and with the nodes between beside them */
    amp_sketch(STAIRS "r 1 from=w1 via=w4 via=n3 via=w2 via=w3 via=n4 to=w5 type=restriction "
                      "restriction=no_left_turn\n",
               &fx);
    assert_int_equal(fx.counts.restrictions, 1);
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), up),
                        "1 2 3 4 6 6 5");
    amp_fixture_free(&fx);
}

static void each_of_several_via_nodes_has_the_restriction(void **state)
{
    (void)state;
    struct amp_fixture fx;
    /* one long road with two side roads that are one way of the map */
    amp_sketch("n 1 -2 0\nn 2 0 0\nn 3 2 0\nn 4 4 0\nn 5 0 1\nn 6 2 1\nn 7 4 5\nn 8 1 5\n"
               "w 1 1,2,3,4 highway=residential\nw 2 2,5,6,3 highway=residential\n"
               "w 3 4,7,8 highway=residential\nw 4 8,5 highway=residential\n"
               "r 1 from=w1 via=n2 via=n3 to=w2 type=restriction restriction=no_entry\n",
               &fx);
    assert_int_equal(fx.counts.restrictions, 1);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(1, 1)),
        "1 1 1 3 4 2");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(1, 1), amp_sketch_pos(-2, 0)),
        "2 2 1");
    amp_fixture_free(&fx);
}

static void the_side_one_drives_on_may_be_said_by_an_area(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nw 1 1,2 highway=residential\n", &fx);
    bool usual = amp_roads_left_hand(fx.roads);
    amp_fixture_free(&fx);
    amp_sketch("n 1 0 0\nn 2 1 0\nw 1 1,2 highway=residential\n"
               "r 1 outer=w1 type=boundary admin_level=2 driving_side=left\n",
               &fx);
    assert_false(usual);
    assert_true(amp_roads_left_hand(fx.roads));
    amp_fixture_free(&fx);
}

static void the_source_of_a_limit_is_one_where_nothing_else_is_said(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 10 0\nw 1 1,2 highway=primary source:maxspeed=PT:urban\n", &fx);
    double s =
        amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, 0), amp_sketch_pos(10, 0)).time_s;
    assert_true(fabs(s - 1111.95 / (50 * 0.8) * 3.6) < 0.1);
    amp_fixture_free(&fx);
}

static uint64_t left_out(const struct amp_fixture *fx, const char *words)
{
    for (uint32_t i = 0; i < fx->osm.dropped->row_n; i++) {
        if (strstr(fx->osm.dropped->row[i].reason, words) != NULL) {
            return fx->osm.dropped->row[i].n;
        }
    }
    return 0;
}

static void what_is_left_out_of_the_roads_is_counted_with_its_reason(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0 barrier=portcullis\nn 3 2 0\n"
               "w 1 1,2,3 highway=residential maxspeed=slowly maxheight=default maxweight=heavy "
               "access=perhaps\n"
               "w 2 1,3 highway=construction\nw 3 1,3 highway=construction\n"
               "w 4 1,3 highway=hovertrack\nw 5 1,3 highway=motorway access=no\n"
               "w 6 1,3 building=yes\nw 7 1,3 highway=service access:conditional=no~@~(snow)\n"
               "r 1 from=w1 via=n3 to=w7 type=restriction restriction=no_dancing\n"
               "r 2 from=w1 via=n3 to=w7 type=restriction restriction=no_left_turn "
               "except=vehicle\n",
               &fx);
    assert_int_equal(left_out(&fx, "highway=construction"), 2);
    assert_int_equal(left_out(&fx, "a value that nobody knows"), 1);
    assert_int_equal(left_out(&fx, "closed to everyone"), 1);
    assert_int_equal(left_out(&fx, "maxspeed: not understood"), 1);
    assert_int_equal(left_out(&fx, "maxheight"), 0);
    assert_int_equal(left_out(&fx, "maxweight: not understood"), 1);
    assert_int_equal(left_out(&fx, "access: a word"), 1);
    assert_int_equal(left_out(&fx, "barrier: a kind"), 1);
    assert_int_equal(left_out(&fx, "condition of a road"), 1);
    assert_int_equal(left_out(&fx, "of a kind nobody knows"), 1);
    assert_int_equal(left_out(&fx, "all whom it could bind"), 1);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(access_of_one_direction_binds_that_direction),
        cmocka_unit_test(access_of_one_direction_may_hold_at_times),
        cmocka_unit_test(no_lorries_is_a_pass_for_an_engine_and_nothing_to_the_light),
        cmocka_unit_test(sizes_at_times_bind_the_large_only_then),
        cmocka_unit_test(a_size_whose_condition_nobody_understands_binds_always),
        cmocka_unit_test(a_oneway_that_frees_crews_does_not_free_cars),
        cmocka_unit_test(a_restriction_over_several_via_ways_is_the_whole_of_them),
        cmocka_unit_test(each_of_several_via_nodes_has_the_restriction),
        cmocka_unit_test(the_side_one_drives_on_may_be_said_by_an_area),
        cmocka_unit_test(what_is_left_out_of_the_roads_is_counted_with_its_reason),
        cmocka_unit_test(the_source_of_a_limit_is_one_where_nothing_else_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
