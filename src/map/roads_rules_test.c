/* The rules of the road, one tiny map each; the figures are small enough to check by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/road_values.h"
#include "map/roads_sketch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A crossing: west 1, east 2, north 3, south 4, middle 5; the east arm is the shortest to turn in.
 */
#define CROSSING                                                                                   \
    "n 1 -2 0\nn 2 1 0\nn 3 0 2\nn 4 0 -3\nn 5 0 0\n"                                              \
    "w 1 1,5 highway=residential name=West\nw 2 5,2 highway=residential name=East\n"               \
    "w 3 5,3 highway=residential name=North\nw 4 5,4 highway=residential name=South\n"

static void without_restrictions_one_turns_left(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING, &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)), "1 3");
    assert_int_equal(fx.counts.nodes, 5);
    amp_fixture_free(&fx);
}

static void no_left_turn_is_obeyed_from_that_way_only(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w3 type=restriction restriction=no_left_turn\n",
               &fx);
    for (int p = 0; p <= AMP_PROFILE_MOTORCYCLE; p++) { /* all that drive */
        enum amp_profile profile = (enum amp_profile)p;
        assert_string_equal(
            amp_sketch_ways(&fx, profile, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)), "1 2 2 3");
        assert_string_equal(
            amp_sketch_ways(&fx, profile, amp_sketch_pos(1, 0), amp_sketch_pos(0, 2)), "2 3");
        assert_string_equal(
            amp_sketch_ways(&fx, profile, amp_sketch_pos(0, 2), amp_sketch_pos(-2, 0)), "3 1");
    }
    assert_int_equal(fx.counts.restrictions, 1);
    amp_fixture_free(&fx);
}

static void only_straight_on_leaves_nothing_else(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w2 type=restriction restriction=only_straight_on\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 2 2 3");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, -3)),
        "1 2 2 4");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, 2), amp_sketch_pos(0, -3)), "3 4");
    amp_fixture_free(&fx);
}

static void except_emergency_frees_the_ambulance_only(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w3 type=restriction restriction=no_left_turn "
                        "except=psv;emergency\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 3");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 2 2 3");
    amp_fixture_free(&fx);
}

static void no_u_turn_on_the_same_way_forbids_turning_round(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w3 type=restriction restriction=no_left_turn\n"
                        "r 2 from=w2 via=n2 to=w2 type=restriction restriction=no_u_turn\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 4 4 3");
    amp_fixture_free(&fx);
}

static void unknown_and_incomplete_restrictions_are_counted_and_dropped(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(
        CROSSING
        "r 1 from=w1 via=n5 to=w3 type=restriction "
        "restriction:conditional=no_turning_at_all@(Mo-Fr)\n"
        "r 2 from=w1 via=n5 to=w99 type=restriction restriction=no_left_turn\n"
        "r 3 from=w1 via=n5 to=w3 type=restriction restriction:bicycle=no_left_turn\n"
        "r 4 from=w1 to=w3 type=restriction restriction=no_left_turn\n"
        "r 5 from=w1 via=n5 to=w3 type=restriction restriction=no_left_turn except=motorcar\n"
        "r 6 from=w1 via=n5 to=w3 type=multipolygon restriction=no_left_turn\n",
        &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)), "1 3");
    assert_int_equal(fx.counts.restrictions, 1); /* except=motorcar still binds a motorcycle */
    assert_int_equal(fx.counts.restrictions_dropped, 4);
    amp_fixture_free(&fx);
}

static void of_several_members_those_that_are_no_roads_free_no_other(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING
               "w 9 5,2 highway=steps\n"
               "r 1 from=w1 via=n5 to=w9 to=w3 to=w99 type=restriction restriction=no_exit\n"
               "r 2 from=w2 from=w9 via=n5 to=w3 type=restriction restriction=no_entry\n"
               "r 3 from=w4 via=n5 to=w1 to=w99 type=restriction restriction=only_left_turn\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 4 4 3");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(1, 0), amp_sketch_pos(0, 2)),
        "2 4 4 3");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -3), amp_sketch_pos(1, 0)), "4 2");
    assert_int_equal(fx.counts.restrictions, 2);
    assert_int_equal(fx.counts.restrictions_dropped, 1);
    amp_fixture_free(&fx);
}

/* A dual carriageway: eastward 1 and 4 below, westward 6 and 3 above, joined by 2 (near) and 5
 * (far); 7 comes up from the south to the near joint, 8 goes on north from it. */
#define CARRIAGEWAY                                                                                \
    "n 1 -2 0\nn 5 0 0\nn 6 0 0.3\nn 7 -2 0.3\nn 8 2 0\nn 9 2 0.3\nn 10 0 -2\nn 11 0 2\n"          \
    "w 1 1,5 highway=primary oneway=yes\nw 2 5,6 highway=primary_link\n"                           \
    "w 3 6,7 highway=primary oneway=yes\nw 4 5,8 highway=primary oneway=yes\n"                     \
    "w 5 8,9 highway=primary_link\nw 6 9,6 highway=primary oneway=yes\n"                           \
    "w 7 10,5 highway=residential\nw 8 6,11 highway=residential\n"

static void no_u_turn_over_a_way_binds_the_whole_sequence(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CARRIAGEWAY "r 1 from=w1 via=w2 to=w3 type=restriction restriction=no_u_turn\n",
               &fx);
    for (int p = 0; p <= AMP_PROFILE_MOTORCYCLE; p++) { /* all that drive */
        enum amp_profile profile = (enum amp_profile)p;
        assert_string_equal(
            amp_sketch_ways(&fx, profile, amp_sketch_pos(-2, 0), amp_sketch_pos(-2, 0.3)),
            "1 4 5 6 3");
        assert_string_equal(
            amp_sketch_ways(&fx, profile, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)), "1 2 8");
        assert_string_equal(
            amp_sketch_ways(&fx, profile, amp_sketch_pos(0, -2), amp_sketch_pos(-2, 0.3)), "7 2 3");
    }
    amp_fixture_free(&fx);
}

static void restrictions_that_share_a_via_way_do_not_mix(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CARRIAGEWAY "r 1 from=w1 via=w2 to=w3 type=restriction restriction=no_u_turn\n"
                           "r 2 from=w7 via=w2 to=w8 type=restriction restriction=no_straight_on\n"
                           "r 3 from=w2 via=n6 to=w6 type=restriction restriction=no_right_turn\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(-2, 0.3)),
        "1 4 5 6 3");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 2 8");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -2), amp_sketch_pos(-2, 0.3)),
        "7 2 3");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -2), amp_sketch_pos(0, 2)),
        "7 4 5 6 8");
    amp_fixture_free(&fx);
}

static void a_via_way_and_a_via_node_restriction_may_overlap(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CARRIAGEWAY "r 1 from=w1 via=w2 to=w3 type=restriction restriction=no_u_turn\n"
                           "r 2 from=w2 via=n6 to=w8 type=restriction restriction=no_straight_on\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 4 5 6 8");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -2), amp_sketch_pos(0, 2)),
        "7 4 5 6 8");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -2), amp_sketch_pos(-2, 0.3)),
        "7 2 3");
    amp_fixture_free(&fx);
}

static void only_over_a_via_way_must_be_followed_to_its_end(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CARRIAGEWAY "r 1 from=w7 via=w2 to=w3 type=restriction restriction=only_left_turn\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -2), amp_sketch_pos(-2, 0.3)),
        "7 2 3");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -2), amp_sketch_pos(0, 2)),
        "none"); /* 3 ends there */
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2)),
        "1 2 8");
    amp_fixture_free(&fx);
}

static void oneway_minus_one_runs_against_the_points(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 0.5 1\n"
               "w 1 1,2 highway=residential oneway=-1\nw 2 1,3,2 highway=residential\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(1, -0.01), amp_sketch_pos(0, -0.01)),
        "1");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0.1, 0.2), amp_sketch_pos(0.9, 0.2)),
        "2");
    assert_string_equal(amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0.8, -0.01),
                                        amp_sketch_pos(0.9, -0.01)),
                        "1 2 1");
    amp_fixture_free(&fx);
}

static void a_oneway_behind_you_needs_going_round_the_block(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 2 0\nn 3 2 1\nn 4 0 1\n"
               "w 1 1,2 highway=residential oneway=yes name=One\n"
               "w 2 2,3,4,1 highway=residential name=Round\n",
               &fx);
    struct amp_route ahead =
        amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0.5, 0), amp_sketch_pos(1.5, 0));
    struct amp_route behind =
        amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(1.5, 0), amp_sketch_pos(0.5, 0));
    assert_int_equal(ahead.leg_n, 1);
    assert_true(fabs(ahead.distance_m - 111.2) < 0.5);
    assert_int_equal(behind.leg_n, 3);
    assert_true(fabs(behind.distance_m - 5 * 111.2) < 1);
    assert_true(amp_str_is(behind.leg[1].street, "Round"));
    struct amp_route none =
        amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0.5, 0), amp_sketch_pos(0.5, 0));
    assert_true(none.time_s <= 0 && none.distance_m <= 0 && none.leg_n == 1 && none.line_n == 1);
    amp_fixture_free(&fx);
}

static void on_a_junction_nobody_is_held_by_its_oneway_street(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 0 1\nn 5 -1 0\n"
               "w 1 1,2 highway=residential oneway=yes\nw 2 1,4 highway=service access=private\n"
               "w 3 2,4 highway=residential oneway=yes\nw 4 5,1 highway=residential\n"
               "w 5 2,3 highway=residential\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, 0), amp_sketch_pos(-1, 0)), "4");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(-1, 0)),
        "4");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(2, 0), amp_sketch_pos(1, 0)), "5");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, 0), amp_sketch_pos(1, 0)), "1");
    amp_fixture_free(&fx);
}

static void a_roundabout_is_driven_one_way_round(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(
        "n 1 -2 0\nn 2 -1 0\nn 3 0 -1\nn 4 1 0\nn 5 0 1\nn 6 0 2\n"
        "w 1 1,2 highway=residential\nw 2 2,3,4,5,2 highway=residential junction=roundabout\n"
        "w 3 5,6 highway=residential\n",
        &fx);
    struct amp_route there =
        amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), amp_sketch_pos(0, 2));
    struct amp_route back =
        amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, 2), amp_sketch_pos(-2, 0));
    assert_true(fabs(there.distance_m - (2 + 3 * sqrt(2)) * 111.195) < 1);
    assert_true(fabs(back.distance_m - (2 + sqrt(2)) * 111.195) < 1);
    amp_fixture_free(&fx);
}

static void gates_and_private_roads_are_passed_at_a_listed_cost(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0 barrier=gate\nn 3 2 0\nn 4 3 0\nn 5 0 20\nn 6 3 20\n"
               "w 1 1,2,3 highway=residential name=Open\n"
               "w 2 3,4 highway=service name=Yard access=private\n"
               "w 3 1,5,6,4 highway=residential name=Long\n",
               &fx);
    struct amp_route crew = amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, -0.01),
                                             amp_sketch_pos(3, -0.01));
    assert_int_equal(crew.pass_n, 2);
    assert_int_equal(crew.pass[0].kind, AMP_PASS_GATE);
    assert_true(fabs(crew.pass[0].cost_s - 30) < 1e-9);
    assert_int_equal(crew.pass[0].at.lon_e7, 10000);
    assert_int_equal(crew.pass[1].kind, AMP_PASS_PRIVATE);
    assert_true(amp_str_is(crew.pass[1].name, "Yard"));
    double yard_s = 111.195 / 15 * 3.6; /* at 15 km/h, were it public */
    assert_true(fabs(crew.pass[1].cost_s - yard_s) < 0.01);
    assert_true(fabs(crew.leg[1].time_s - 2 * yard_s) < 0.01);
    assert_true(fabs(crew.leg[0].time_s - 30 - 222.39 / 30 * 3.6 * 0.8) < 0.01);
    struct amp_route car =
        amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, -0.01), amp_sketch_pos(3.01, 0));
    assert_int_equal(car.leg_n, 1);
    assert_true(amp_str_is(car.leg[0].street, "Long") && car.pass_n == 0);
    amp_fixture_free(&fx);
}

static void blocks_stop_everyone_and_removable_bollards_only_cars(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0 barrier=block\nn 3 2 0\nn 4 0 1\nn 5 1 1 barrier=bollard "
               "bollard=removable\nn 6 2 1\n"
               "w 1 1,2,3 highway=residential\nw 2 4,5,6 highway=residential\n",
               &fx);
    for (int p = 0; p <= AMP_PROFILE_CAR; p++) {
        assert_string_equal(
            amp_sketch_ways(&fx, (enum amp_profile)p, amp_sketch_pos(0, 0), amp_sketch_pos(2, 0)),
            "none");
        assert_string_equal(
            amp_sketch_ways(&fx, (enum amp_profile)p, amp_sketch_pos(0, 0), amp_sketch_pos(0.9, 0)),
            "1");
    }
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 1), amp_sketch_pos(2, 1)),
        "2 2");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, 1), amp_sketch_pos(2, 1)), "none");
    struct amp_route crew =
        amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 1), amp_sketch_pos(2, 1));
    assert_int_equal(crew.pass_n, 1);
    assert_int_equal(crew.pass[0].kind, AMP_PASS_BOLLARD);
    amp_fixture_free(&fx);
}

static void a_low_underpass_stops_the_ambulance_only(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 1 1\n"
               "w 1 1,2 highway=residential\nw 2 2,3 highway=residential maxheight=2.6\n"
               "w 3 2,4,3 highway=residential maxheight=default\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_CAR, amp_sketch_pos(0, 0), amp_sketch_pos(2, -0.01)),
        "1 2");
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(2, 0.01)),
        "1 3");
    amp_fixture_free(&fx);
}

static void emergency_tags_open_roads_to_the_ambulance_only(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 4 0\nn 6 5 0\nn 7 6 0\n"
               "w 1 1,2 highway=residential\n"
               "w 2 2,3 highway=service service=emergency_access\n"
               "w 3 3,4 highway=service access=no emergency=yes\n"
               "w 4 4,5 highway=path emergency=designated\n"
               "w 5 5,6 highway=service access=emergency\n"
               "w 6 6,7 highway=residential access=no\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(5, 0)),
        "1 2 3 4 5");
    struct amp_route crew =
        amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(5, 0));
    assert_int_equal(crew.pass_n, 1); /* one stretch without a name */
    assert_int_equal(crew.pass[0].kind, AMP_PASS_EMERGENCY);
    struct amp_snap snap[4];
    size_t n = 0;
    assert_int_equal(
        amp_roads_snap(fx.roads, AMP_PROFILE_CAR, amp_sketch_pos(5.5, 0), 1000, -1, snap, 4, &n),
        AMP_OK);
    assert_int_equal(n, 1);
    assert_int_equal(fx.roads->way[fx.roads->seg[snap[0].segment].way].id, 1);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(5.9, 0)),
        "1 2 3 4 5");
    amp_fixture_free(&fx);
}

static void a_ferry_takes_its_duration_and_the_wait(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 11 0\nn 4 12 0\nn 5 6 0\n"
               "w 1 1,2 highway=residential name=A\nw 3 3,4 highway=residential name=B\n"
               "w 2 2,5,3 route=ferry duration=00:20 motor_vehicle=yes name=Boat\n",
               &fx);
    struct amp_route crew =
        amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(12, 0));
    assert_int_equal(crew.leg_n, 3);
    assert_true(fabs(crew.leg[1].time_s - 1200 - 600) < 0.002);
    assert_true(amp_str_is(crew.leg[1].street, "Boat"));
    amp_fixture_free(&fx);
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 11 0\nn 4 12 0\n"
               "w 1 1,2 highway=residential\nw 3 3,4 highway=residential\n"
               "w 2 2,3 route=ferry foot=yes\n",
               &fx);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(0, 0), amp_sketch_pos(12, 0)),
        "none");
    amp_fixture_free(&fx);
}

static void a_bridge_does_not_touch_the_street_below(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_route out;
    struct amp_why why = {""};
    amp_sketch("n 1 -1 0\nn 2 1 0\nn 3 0 -1\nn 4 0 1\n"
               "w 1 1,2 highway=residential name=Below\n"
               "w 2 3,4 highway=residential bridge=yes layer=1 name=Bridge\n",
               &fx);
    amp_err err = amp_route_find(fx.query, fx.metric[0], amp_sketch_pos(-1, 0),
                                 amp_sketch_pos(0, 1), &fx.arena, &out, &why);
    assert_int_equal(err, AMP_E_NO_ROUTE);
    assert_non_null(strstr(why.text, "no way by road"));
    assert_non_null(strstr(why.text, "0.0000000,-0.0010000"));
    err = amp_route_find(fx.query, fx.metric[0], amp_sketch_pos(-1, 0), amp_sketch_pos(0, 90),
                         &fx.arena, &out, &why);
    assert_int_equal(err, AMP_E_NO_ROUTE);
    assert_non_null(strstr(why.text, "within 1000 m of the destination"));
    struct amp_snap snap[4];
    size_t n = 0;
    assert_int_equal(amp_roads_snap(fx.roads, AMP_PROFILE_CAR, amp_sketch_pos(0.01, 0.02), 1000, -1,
                                    snap, 4, &n),
                     AMP_OK);
    assert_int_equal(n, 2);
    assert_int_equal(snap[0].layer, 1);
    assert_true(amp_str_is(snap[0].street, "Bridge") && amp_str_is(snap[1].street, "Below"));
    assert_string_equal(snap[0].road_class, "residential");
    assert_int_equal(amp_roads_snap(fx.roads, AMP_PROFILE_CAR, amp_sketch_pos(0.01, 0.02), 1000, 90,
                                    snap, 4, &n),
                     AMP_OK);
    assert_true(amp_str_is(snap[0].street, "Below")); /* it runs the way the vehicle does */
    amp_fixture_free(&fx);
}

static void the_antimeridian_is_nothing_special(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 179999 0\nn 2 179999.8 0\nn 3 -179999.7 0\nn 4 -179999 0\n"
               "w 1 1,2,3,4 highway=residential name=Dateline\n",
               &fx);
    struct amp_route there = amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(179999, 0.1),
                                              amp_sketch_pos(-179999, 0.1));
    assert_true(fabs(there.distance_m - 2 * 111.195) < 0.5);
    struct amp_route back = amp_sketch_route(&fx, AMP_PROFILE_CAR, amp_sketch_pos(-179999.9, 0.1),
                                             amp_sketch_pos(179999.9, 0.1));
    assert_true(fabs(back.distance_m - 0.2 * 111.195) < 0.5);
    assert_true(fabs((double)back.to.at.lon_e7 - 1799999000) < 20);
    amp_fixture_free(&fx);
}

static void a_closed_end_moves_to_the_next_open_road(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING, &fx);
    struct amp_road_closure closure = {.at = amp_sketch_pos(0, 1), .heading_deg = -1};
    struct amp_metric *closed = NULL;
    struct amp_route out;
    struct amp_why why;
    assert_int_equal(amp_metric_create(fx.roads, AMP_PROFILE_CAR, &closure, 1, &closed, &why),
                     AMP_OK);
    assert_int_equal(amp_route_find(fx.query, closed, amp_sketch_pos(-2, 0), amp_sketch_pos(0.1, 1),
                                    &fx.arena, &out, &why),
                     AMP_OK);
    assert_false(amp_str_is(out.to.street, "North"));
    struct amp_snap unit, target;
    struct amp_reach reach;
    assert_int_equal(amp_snap_open(fx.roads, NULL, AMP_PROFILE_CAR, amp_sketch_pos(0, 1.5), &unit),
                     AMP_OK);
    assert_int_equal(
        amp_snap_open(fx.roads, closed, AMP_PROFILE_CAR, amp_sketch_pos(-2, 0), &target), AMP_OK);
    assert_int_equal(amp_roads_reach(fx.query, closed, &unit, 1, &target, 1, &reach), AMP_OK);
    assert_true(isfinite(reach.time_s) && fabs(reach.distance_m - 222.39) < 0.5);
    amp_metric_unref(closed);
    closure.shape = AMP_CLOSURE_CIRCLE;
    closure.radius_m = 1e9;
    assert_int_equal(amp_metric_create(fx.roads, AMP_PROFILE_CAR, &closure, 1, &closed, &why),
                     AMP_E_RANGE);
    amp_fixture_free(&fx);
}

/* Node 9 lies outside the extract: between 2 and 3 way 1 is not known. */
static void a_way_is_not_drawn_straight_through_what_the_extract_lacks(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 3 0\nn 5 1.5 2\n"
               "w 1 9,1,2,9,9,3,4,9 highway=primary\nw 2 2,5,3 highway=residential\n",
               &fx);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        assert_string_equal(
            amp_sketch_ways(&fx, (enum amp_profile)p, amp_sketch_pos(0, 0), amp_sketch_pos(3, 0)),
            "1 2 1");
    }
    assert_int_equal(fx.counts.segments, 3);
    assert_int_equal(fx.osm.counts.refs_absent, 4);
    amp_fixture_free(&fx);
    amp_sketch("n 1 0 0\nn 2 1 0\nw 1 1,9,2,9,1 highway=primary\n", &fx);
    assert_int_equal(fx.counts.segments, 0);
    amp_fixture_free(&fx);
}

static void a_map_without_roads_builds_and_says_so(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_route out;
    struct amp_why why;
    amp_sketch("n 1 0 0\nn 2 1 0\nw 1 1,2 building=yes\n", &fx);
    assert_int_equal(fx.counts.segments, 0);
    assert_int_equal(amp_route_find(fx.query, fx.metric[0], amp_sketch_pos(0, 0),
                                    amp_sketch_pos(1, 0), &fx.arena, &out, &why),
                     AMP_E_NO_ROUTE);
    amp_fixture_free(&fx);
}

/* A grid of streets 7 by 7, and beside it a short street that is tied to nothing. */
static void a_street_that_leads_nowhere_does_not_hold_a_crew(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_buf text = amp_buf_make(1 << 16);
    for (int i = 0; i < 49; i++) {
        amp_buf_printf(&text, "n %d %d %d\n", i + 1, i % 7, i / 7);
    }
    for (int i = 0; i < 7; i++) {
        amp_buf_printf(&text, "w %d", i + 1);
        for (int k = 0; k < 7; k++) {
            amp_buf_printf(&text, "%c%d", k == 0 ? ' ' : ',', 7 * i + k + 1);
        }
        amp_buf_printf(&text, " highway=residential name=Row\nw %d", i + 11);
        for (int k = 0; k < 7; k++) {
            amp_buf_printf(&text, "%c%d", k == 0 ? ' ' : ',', 7 * k + i + 1);
        }
        amp_buf_text(&text, " highway=residential name=Column\n");
    }
    amp_buf_text(&text, "n 101 2.3 2.5\nn 102 2.7 2.5\nn 103 30 30\nn 104 31 30\n"
                        "w 101 101,102 highway=service name=Yard\n"
                        "w 103 103,104 highway=service name=Far\n");
    amp_sketch(amp_buf_cstr(&text), &fx);
    amp_buf_free(&text);
    struct amp_route near = amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(2.5, 2.5),
                                             amp_sketch_pos(5, 5));
    assert_false(amp_str_is(near.from.street, "Yard"));
    assert_true(near.from.dist_m > 50 && near.from.dist_m < 60);
    struct amp_route same = amp_sketch_route(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(30, 30),
                                             amp_sketch_pos(31, 30));
    assert_true(amp_str_is(same.from.street, "Far") && !same.from.routable);
    assert_string_equal(
        amp_sketch_ways(&fx, AMP_PROFILE_AMBULANCE, amp_sketch_pos(30, 30), amp_sketch_pos(5, 5)),
        "none");
    struct amp_snap snap;
    size_t n = 0;
    for (int served = 0; served < 2; served++) { /* islands are looked for where one is asked */
        amp_sketch_tune(&fx, served ? "foot served 1\n" : "", NULL);
        assert_int_equal(amp_roads_snap(fx.roads, AMP_PROFILE_FOOT, amp_sketch_pos(2.5, 2.5), 100,
                                        -1, &snap, 1, &n),
                         AMP_OK);
        assert_true(n == 1 && amp_str_is(snap.street, "Yard") == !served);
    }
    amp_fixture_free(&fx);
}

static void limits_are_read_in_every_common_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double kmh;
    } row[] = {
        {"50", 50},
        {"50 km/h", 50},
        {"30 mph", 48.28032},
        {"20mph", 32.18688},
        {"RO:urban", 50},
        {"DE:rural", 90},
        {"DE:zone30", 30},
        {"IT:zone:20", 20},
        {"none", 130},
        {"walk", 6},
        {"signals", 0},
        {"", 0},
        {"GB:nsl_single", 96},
        {"50; 30", 30},
        {"0", 0},
        {"fast", 0},
        {"1e9", 0},
        {"999", 130},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        double kmh = amp_maxspeed_kmh(row[i].text);
        if (fabs(kmh - row[i].kmh) > 1e-9) {
            print_error("maxspeed=%s gave %f\n", row[i].text, kmh);
        }
        assert_true(fabs(kmh - row[i].kmh) < 1e-9);
    }
    static const struct {
        const char *text;
        double cm;
    } height[] = {
        {"3.5", 350},      {"2.6 m", 260},        {"260 cm", 260},  {"2,65", 265},
        {"8'6\"", 259.08}, {"8'", 243.84},        {"9 ft", 274.32}, {"12'-0\"", 365.76},
        {"102\"", 259.08}, {"8 ft 6 in", 259.08}, {"default", 0},   {"none", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof(height) / sizeof(height[0]); i++) {
        assert_true(fabs(amp_length_cm(height[i].text) - height[i].cm) < 1e-6);
    }
    assert_true(fabs(amp_duration_s("00:20") - 1200) < 1e-9);
    assert_true(fabs(amp_duration_s("01:02:03") - 3723) < 1e-9);
    assert_true(fabs(amp_duration_s("45") - 2700) < 1e-9);
    assert_true(fabs(amp_duration_s("PT1H20M") - 4800) < 1e-9);
    assert_true(amp_duration_s("soon") <= 0 && amp_duration_s(NULL) <= 0);
    assert_true(amp_duration_s("1:") <= 0 && amp_duration_s("1:2:3:4") <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_restrictions_one_turns_left),
        cmocka_unit_test(no_left_turn_is_obeyed_from_that_way_only),
        cmocka_unit_test(only_straight_on_leaves_nothing_else),
        cmocka_unit_test(except_emergency_frees_the_ambulance_only),
        cmocka_unit_test(no_u_turn_on_the_same_way_forbids_turning_round),
        cmocka_unit_test(unknown_and_incomplete_restrictions_are_counted_and_dropped),
        cmocka_unit_test(of_several_members_those_that_are_no_roads_free_no_other),
        cmocka_unit_test(no_u_turn_over_a_way_binds_the_whole_sequence),
        cmocka_unit_test(restrictions_that_share_a_via_way_do_not_mix),
        cmocka_unit_test(a_via_way_and_a_via_node_restriction_may_overlap),
        cmocka_unit_test(only_over_a_via_way_must_be_followed_to_its_end),
        cmocka_unit_test(oneway_minus_one_runs_against_the_points),
        cmocka_unit_test(a_oneway_behind_you_needs_going_round_the_block),
        cmocka_unit_test(on_a_junction_nobody_is_held_by_its_oneway_street),
        cmocka_unit_test(a_roundabout_is_driven_one_way_round),
        cmocka_unit_test(gates_and_private_roads_are_passed_at_a_listed_cost),
        cmocka_unit_test(blocks_stop_everyone_and_removable_bollards_only_cars),
        cmocka_unit_test(a_low_underpass_stops_the_ambulance_only),
        cmocka_unit_test(emergency_tags_open_roads_to_the_ambulance_only),
        cmocka_unit_test(a_ferry_takes_its_duration_and_the_wait),
        cmocka_unit_test(a_bridge_does_not_touch_the_street_below),
        cmocka_unit_test(the_antimeridian_is_nothing_special),
        cmocka_unit_test(a_closed_end_moves_to_the_next_open_road),
        cmocka_unit_test(a_way_is_not_drawn_straight_through_what_the_extract_lacks),
        cmocka_unit_test(a_map_without_roads_builds_and_says_so),
        cmocka_unit_test(a_street_that_leads_nowhere_does_not_hold_a_crew),
        cmocka_unit_test(limits_are_read_in_every_common_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
