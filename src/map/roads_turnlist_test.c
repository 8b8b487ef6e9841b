/* The turn list: what is said at each crossing, and where nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_sketch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "depart left:North arrive", and the parts of the list add up to the whole. */
static const char *said(struct amp_fixture *fx, enum amp_profile profile, struct amp_pos from,
                        struct amp_pos to)
{
    static char text[512];
    struct amp_route route = amp_sketch_route(fx, profile, from, to);
    long long ms = 0, mm = 0;
    size_t len = 0;
    for (size_t i = 0; i < route.turn_n; i++) {
        const struct amp_turn *turn = &route.turn[i];
        ms += llround(turn->time_s * 1000);
        mm += llround(turn->distance_m * 1000);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? " " : "",
                                amp_turn_name(turn->kind));
        if (i > 0 && i + 1 < route.turn_n) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, ":%.*s", (int)turn->street.len,
                                    turn->street.ptr);
        }
        if (turn->exit_n > 0) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "/%d", turn->exit_n);
        }
    }
    assert_int_equal(ms, llround(route.time_s * 1000));
    assert_int_equal(mm, llround(route.distance_m * 1000));
    return text;
}

#define HERE amp_sketch_pos
#define CROSSING                                                                                   \
    "n 1 -2 0\nn 2 2 0\nn 3 0 2\nn 4 0 -2\nn 5 0 0\n"                                              \
    "w 1 1,5 highway=residential name=Main\nw 2 5,2 highway=residential name=Main\n"               \
    "w 3 5,3 highway=residential name=North\nw 4 5,4 highway=residential name=South\n"

static void a_crossing_is_quiet_straight_on_and_told_by_its_side(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING, &fx);
    enum amp_profile car = AMP_PROFILE_CAR;
    assert_string_equal(said(&fx, car, HERE(-2, 0), HERE(2, 0)), "depart arrive");
    assert_string_equal(said(&fx, car, HERE(-2, 0), HERE(0, 2)), "depart left:North arrive");
    assert_string_equal(said(&fx, car, HERE(-2, 0), HERE(0, -2)), "depart right:South arrive");
    assert_string_equal(said(&fx, car, HERE(0, 2), HERE(0, -2)), "depart continue:South arrive");
    assert_string_equal(said(&fx, car, HERE(0, 2), HERE(2, 0)), "depart left:Main arrive");
    amp_fixture_free(&fx);
}

static void angles_have_names(void **state)
{
    (void)state;
    static const struct {
        double x, y;
        const char *said;
    } row[] = {
        {1.5, 1.3, "depart slight-left:Arm arrive"}, {1.5, -1.3, "depart slight-right:Arm arrive"},
        {-1.5, 1.3, "depart sharp-left:Arm arrive"}, {-1.5, -1.3, "depart sharp-right:Arm arrive"},
        {0.3, 2, "depart left:Arm arrive"},          {2, 0.1, "depart continue:Arm arrive"},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct amp_fixture fx;
        struct amp_buf text = amp_buf_make(4096);
        amp_buf_printf(
            &text,
            "n 1 -2 0\nn 2 0 0\nn 3 %.2f %.2f\nn 4 0 %d\n"
            "w 1 1,2 highway=residential name=Stem\nw 2 2,3 highway=residential name=Arm\n"
            "w 3 2,4 highway=residential name=Other\n",
            row[i].x, row[i].y, row[i].y > 0 ? -2 : 2);
        amp_sketch(amp_buf_cstr(&text), &fx);
        assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(-2, 0), HERE(row[i].x, row[i].y)),
                            row[i].said);
        amp_buf_free(&text);
        amp_fixture_free(&fx);
    }
}

static void a_bend_without_a_side_street_is_quiet(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 2 0\nn 3 2 2\nn 4 4 2\n"
               "w 1 1,2 highway=residential name=Way\nw 2 2,3 highway=residential name=Way\n"
               "w 3 3,4 highway=residential\n",
               &fx);
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(4, 2)), "depart arrive");
    amp_fixture_free(&fx);
}

static void a_street_one_may_not_take_is_no_alternative(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 2 0\nn 3 2 2\nn 4 4 0\n"
               "w 1 1,2 highway=residential name=Way\nw 2 2,3 highway=residential name=Way\n"
               "w 3 4,2 highway=residential oneway=yes\n",
               &fx);
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(2, 2)), "depart arrive");
    assert_string_equal(said(&fx, AMP_PROFILE_FOOT, HERE(0, 0), HERE(2, 2)),
                        "depart left:Way arrive");
    amp_fixture_free(&fx);
}

static void a_motorway_is_quiet_past_its_exits_and_says_which_one_to_take(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 10 0\nn 3 20 0\nn 4 12 -0.4\nn 5 14 -2\n"
               "w 1 1,2,3 highway=motorway ref=A1\nw 2 2,4,5 highway=motorway_link\n",
               &fx);
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(20, 0)), "depart arrive");
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(14, -2)),
                        "depart keep-right: arrive");
    amp_fixture_free(&fx);
}

static void a_fork_is_kept_to_a_side(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 5 0\nn 3 9 1\nn 4 9 -1\n"
               "w 1 1,2 highway=primary name=Stem\nw 2 2,3 highway=primary name=Up\n"
               "w 3 2,4 highway=primary name=Down\n",
               &fx);
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(9, 1)),
                        "depart keep-left:Up arrive");
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(9, -1)),
                        "depart keep-right:Down arrive");
    amp_fixture_free(&fx);
}

#define ROUND                                                                                      \
    "n 1 -3 0\nn 2 -1 0\nn 3 0 -1\nn 4 1 0\nn 5 0 1\nn 6 0 3\nn 7 0 -3\nn 8 3 0\n"                 \
    "w 1 1,2 highway=residential name=West\nw 3 5,6 highway=residential name=North\n"              \
    "w 4 3,7 highway=residential name=South\nw 5 4,8 highway=residential name=East\n"

static void a_roundabout_is_left_by_the_exit_with_its_number(void **state)
{
    (void)state;
    struct amp_fixture fx;
    enum amp_profile car = AMP_PROFILE_CAR;
    amp_sketch(ROUND "w 2 2,3,4,5,2 highway=residential junction=roundabout\n", &fx);
    assert_false(amp_roads_left_hand(fx.roads));
    assert_string_equal(said(&fx, car, HERE(-3, 0), HERE(0, -3)),
                        "depart roundabout:South/1 arrive");
    assert_string_equal(said(&fx, car, HERE(-3, 0), HERE(3, 0)), "depart roundabout:East/2 arrive");
    assert_string_equal(said(&fx, car, HERE(-3, 0), HERE(0, 3)),
                        "depart roundabout:North/3 arrive");
    assert_string_equal(said(&fx, car, HERE(-3, 0), HERE(1, 0)), "depart roundabout: arrive");
    assert_string_equal(said(&fx, car, HERE(1, 0), HERE(0, 3)), "depart slight-right:North arrive");
    amp_fixture_free(&fx);
}

static void where_one_drives_on_the_left_the_roundabout_says_so(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(ROUND "w 2 2,5,4,3,2 highway=residential junction=roundabout\n", &fx);
    assert_true(amp_roads_left_hand(fx.roads));
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(-3, 0), HERE(0, 3)),
                        "depart roundabout:North/1 arrive");
    amp_fixture_free(&fx);
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nw 1 1,2 highway=residential driving_side=left\n"
               "w 2 2,3 highway=residential driving_side=right\n",
               &fx);
    assert_true(amp_sketch_route(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(1, 0)).left_hand);
    assert_false(amp_sketch_route(&fx, AMP_PROFILE_CAR, HERE(2, 0), HERE(1, 0)).left_hand);
    amp_fixture_free(&fx);
    amp_sketch("n 1 32580 -25960\nn 2 32581 -25960\nw 1 1,2 highway=residential\n", &fx);
    assert_true(amp_roads_left_hand(fx.roads)); /* Maputo, without a roundabout */
    amp_fixture_free(&fx);
}

static void turning_round_boats_and_arriving_are_told(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(CROSSING "r 1 from=w1 via=n5 to=w3 type=restriction restriction=no_left_turn\n"
                        "r 2 from=w1 via=n5 to=w4 type=restriction restriction=no_right_turn\n",
               &fx);
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(-2, 0), HERE(0, 2)),
                        "depart u-turn:Main right:North arrive");
    amp_fixture_free(&fx);
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 9 0\nn 4 10 0\n"
               "w 1 1,2 highway=residential name=A\nw 3 3,4 highway=residential name=B\n"
               "w 2 2,3 route=ferry duration=00:20 name=Boat\n",
               &fx);
    assert_string_equal(said(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(10, 0)),
                        "depart ferry:Boat continue:B arrive");
    struct amp_route there = amp_sketch_route(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(9.5, 0.1));
    assert_int_equal(there.turn[there.turn_n - 1].side, -1);
    there = amp_sketch_route(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(9.5, -0.1));
    assert_int_equal(there.turn[there.turn_n - 1].side, 1);
    there = amp_sketch_route(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(9.5, 0));
    assert_int_equal(there.turn[there.turn_n - 1].side, 0);
    amp_fixture_free(&fx);
}

static void refs_stand_beside_names(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nw 1 1,2 highway=primary name=Long~Road ref=N~14\n"
               "w 2 2,3 highway=primary ref=N~15\n",
               &fx);
    struct amp_route there = amp_sketch_route(&fx, AMP_PROFILE_CAR, HERE(0, 0), HERE(2, 0));
    assert_int_equal(there.turn_n, 3);
    assert_true(amp_str_is(there.turn[0].street, "Long Road"));
    assert_true(amp_str_is(there.turn[0].ref, "N 14"));
    assert_true(amp_str_is(there.turn[1].street, "N 15") && there.turn[1].ref.len == 0);
    amp_fixture_free(&fx);
}

static void on_real_roads_lists_are_short_and_add_up(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/porto_portugal.osm.pbf");
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    uint64_t chance = 17;
    size_t turns = 0, steps = 0;
    unsigned found = 0;
    amp_fixture_of_file(path, &fx);
    assert_false(amp_roads_left_hand(fx.roads));
    for (int i = 0; i < 300; i++) {
        struct amp_pos from = amp_fixture_pos(&fx, &chance), to = amp_fixture_pos(&fx, &chance);
        struct amp_route out;
        struct amp_why why;
        enum amp_profile profile = (enum amp_profile)(i % AMP_PROFILE_COUNT);
        if (amp_route_find(fx.query, fx.metric[profile], from, to, &fx.arena, &out, &why)) {
            continue;
        }
        long long ms = 0, mm = 0;
        for (size_t k = 0; k < out.turn_n; k++) {
            ms += llround(out.turn[k].time_s * 1000);
            mm += llround(out.turn[k].distance_m * 1000);
        }
        assert_int_equal(ms, llround(out.time_s * 1000));
        assert_int_equal(mm, llround(out.distance_m * 1000));
        assert_int_equal(out.turn[0].kind, AMP_TURN_DEPART);
        assert_int_equal(out.turn[out.turn_n - 1].kind, AMP_TURN_ARRIVE);
        turns += out.turn_n;
        steps += out.line_n;
        found++;
        amp_arena_reset(&fx.arena);
    }
    print_message("# %u routes, %zu turns, %zu points\n", found, turns, steps);
    assert_true(found > 200 && turns * 3 < steps);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crossing_is_quiet_straight_on_and_told_by_its_side),
        cmocka_unit_test(angles_have_names),
        cmocka_unit_test(a_bend_without_a_side_street_is_quiet),
        cmocka_unit_test(a_street_one_may_not_take_is_no_alternative),
        cmocka_unit_test(a_motorway_is_quiet_past_its_exits_and_says_which_one_to_take),
        cmocka_unit_test(a_fork_is_kept_to_a_side),
        cmocka_unit_test(a_roundabout_is_left_by_the_exit_with_its_number),
        cmocka_unit_test(where_one_drives_on_the_left_the_roundabout_says_so),
        cmocka_unit_test(turning_round_boats_and_arriving_are_told),
        cmocka_unit_test(refs_stand_beside_names),
        cmocka_unit_test(on_real_roads_lists_are_short_and_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
