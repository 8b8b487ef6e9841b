/* Where a vehicle is held: the tree against a look at every road, and what is known beside the
 * position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_sketch.h"
#include "map/roads_slow.h"

#include <math.h>
#include <string.h>

enum {
    POSITIONS = 300,
    WANTED = 5
};

static void same(const struct amp_snap *a, const struct amp_snap *b)
{
    assert_int_equal(a->segment, b->segment);
    assert_true(fabs(a->dist_m - b->dist_m) < 1e-9 && fabs(a->share - b->share) < 1e-12);
    assert_int_equal(a->at.lat_e7, b->at.lat_e7);
    assert_int_equal(a->at.lon_e7, b->at.lon_e7);
}

static void twins_agree(const struct amp_fixture *fx, uint64_t *chance)
{
    for (int i = 0; i < POSITIONS; i++) {
        struct amp_pos pos = amp_fixture_pos(fx, chance);
        enum amp_profile profile = (enum amp_profile)(i % AMP_PROFILE_COUNT);
        size_t cap = i % 3 == 0 ? 1 : WANTED;
        struct amp_snap fast[WANTED], slow[WANTED], before;
        struct amp_snap_hint hint = {-1, -1, NULL};
        size_t fast_n = 0, slow_n = 0, n = 0;
        if (i % 4 == 1) {
            hint.heading_deg = (double)(amp_fixture_chance(chance) % 360);
            hint.speed_mps = (double)(amp_fixture_chance(chance) % 40);
        }
        struct amp_pos near = amp_fixture_pos(fx, chance);
        assert_int_equal(amp_roads_snap(fx->roads, profile, near, 1000, -1, &before, 1, &n),
                         AMP_OK);
        hint.before = i % 4 == 2 && n > 0 ? &before : NULL;
        double max_m = i % 5 == 0 ? 40 : AMP_SNAP_MAX_M;
        assert_int_equal(
            amp_roads_snap_hinted(fx->roads, profile, pos, max_m, &hint, fast, cap, &fast_n),
            AMP_OK);
        assert_int_equal(
            amp_roads_slow_snap(fx->roads, profile, pos, max_m, &hint, slow, cap, &slow_n), AMP_OK);
        assert_int_equal(fast_n, slow_n);
        for (size_t k = 0; k < fast_n; k++) {
            same(&fast[k], &slow[k]);
        }
    }
}

static void the_tree_finds_what_a_look_at_every_road_finds(void **state)
{
    (void)state;
    static const char *const maps[] = {"maps/porto_portugal.osm.pbf", "maps/fiji_ferry.osm.pbf",
                                       "maps/monaco.osm.pbf"};
    AMP_TEST_NEEDS(amp_testdata(maps[0]));
    uint64_t chance = 4711;
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        struct amp_fixture fx;
        amp_fixture_of_file(amp_testdata(maps[i]), &fx);
        twins_agree(&fx, &chance);
        amp_fixture_free(&fx);
    }
}

/* A motorway on a bridge, driven both ways beside each other, over a street that runs along. */
#define BRIDGE                                                                                     \
    "n 1 0 0.1\nn 2 20 0.1\nn 3 0 0\nn 4 20 0\nn 5 -5 0.1\nn 6 25 0.1\n"                           \
    "w 1 5,1 highway=motorway oneway=yes ref=A1\n"                                                 \
    "w 2 1,2 highway=motorway oneway=yes ref=A1 bridge=yes layer=2\n"                              \
    "w 3 2,6 highway=motorway oneway=yes ref=A1\nw 4 3,4 highway=residential name=Below\n"

static struct amp_snap held(const struct amp_fixture *fx, struct amp_pos pos,
                            const struct amp_snap_hint *hint)
{
    struct amp_snap snap[WANTED];
    size_t n = 0;
    assert_int_equal(amp_roads_snap_hinted(fx->roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M,
                                           hint, snap, WANTED, &n),
                     AMP_OK);
    assert_true(n >= 2); /* the other is there to choose */
    return snap[0];
}

static void one_who_came_by_the_motorway_is_on_its_bridge(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(BRIDGE, &fx);
    struct amp_pos pos =
        amp_sketch_pos(10, 0.04); /* 4.4 m from the street, 6.7 m from the bridge */
    struct amp_snap_hint hint = {-1, -1, NULL};
    assert_true(amp_str_is(held(&fx, pos, &hint).street, "Below"));
    struct amp_snap before = held(&fx, amp_sketch_pos(-3, 0.1), &hint);
    assert_string_equal(before.road_class, "motorway");
    hint.before = &before;
    struct amp_snap snap = held(&fx, pos, &hint);
    assert_true(snap.bridge && snap.layer == 2 && snap.oneway == 1 && !snap.tunnel);
    assert_int_equal(snap.way, 2);
    struct amp_snap below = held(&fx, amp_sketch_pos(5, -0.02), &(struct amp_snap_hint){-1, -1, 0});
    assert_true(amp_str_is(below.street, "Below"));
    hint.before = &below; /* and one who came by the street is not on the bridge */
    assert_true(amp_str_is(held(&fx, amp_sketch_pos(10, 0.06), &hint).street, "Below"));
    amp_fixture_free(&fx);
}

static void one_who_drives_as_fast_is_on_the_motorway(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch(BRIDGE, &fx);
    struct amp_snap_hint hint = {-1, 30, NULL};
    assert_true(held(&fx, amp_sketch_pos(10, 0.04), &hint).bridge);
    hint.speed_mps = 8;
    assert_true(amp_str_is(held(&fx, amp_sketch_pos(10, 0.04), &hint).street, "Below"));
    amp_fixture_free(&fx);
}

static void heading_against_a_oneway_is_no_heading_along_it(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 20 0\nn 3 0 0.2\nn 4 20 0.2\n"
               "w 1 1,2 highway=primary oneway=yes\nw 2 4,3 highway=primary oneway=yes\n",
               &fx);
    struct amp_snap_hint hint = {90, -1, NULL};
    assert_int_equal(held(&fx, amp_sketch_pos(10, 0.12), &hint).way, 1);
    hint.heading_deg = 270;
    assert_int_equal(held(&fx, amp_sketch_pos(10, 0.08), &hint).way, 2);
    amp_fixture_free(&fx);
}

static void the_side_of_the_road_is_told_along_its_points(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 0 0\nn 2 10 0\nw 1 1,2 highway=residential\n", &fx);
    struct amp_snap snap;
    struct amp_why why;
    size_t n = 0;
    for (int side = -1; side <= 1; side++) {
        assert_int_equal(amp_roads_snap(fx.roads, AMP_PROFILE_CAR, amp_sketch_pos(5, -0.1 * side),
                                        100, -1, &snap, 1, &n),
                         AMP_OK);
        assert_int_equal(snap.side, side);
    }
    struct amp_route out;
    assert_int_equal(amp_route_find(fx.query, fx.metric[0], amp_sketch_pos(9, 0),
                                    amp_sketch_pos(5, 0.1), &fx.arena, &out, &why),
                     AMP_OK);
    assert_int_equal(out.turn[out.turn_n - 1].side, 1); /* driven against the points */
    assert_int_equal(amp_route_find(fx.query, fx.metric[0], amp_sketch_pos(1, 0),
                                    amp_sketch_pos(5, 0.1), &fx.arena, &out, &why),
                     AMP_OK);
    assert_int_equal(out.turn[out.turn_n - 1].side, -1);
    amp_fixture_free(&fx);
}

static void the_antimeridian_holds_a_vehicle_from_both_sides(void **state)
{
    (void)state;
    struct amp_fixture fx;
    amp_sketch("n 1 179998 -17000\nn 2 -179998 -17000\nn 3 179998 -17010\nn 4 -179998 -17010\n"
               "w 1 1,2 highway=residential\nw 2 3,4 highway=residential\n",
               &fx);
    static const double lon[] = {179998.5, 179999.9999, 180000, -180000, -179999.5};
    for (size_t i = 0; i < sizeof(lon) / sizeof(lon[0]); i++) {
        struct amp_snap snap[WANTED];
        size_t n = 0;
        assert_int_equal(amp_roads_snap(fx.roads, AMP_PROFILE_CAR, amp_sketch_pos(lon[i], -17000.1),
                                        AMP_SNAP_MAX_M, -1, snap, WANTED, &n),
                         AMP_OK);
        assert_int_equal(snap[0].way, 1);
        assert_true(fabs(snap[0].dist_m - 11.12) < 0.1);
        double at = (lon[i] > 0 ? lon[i] - 179998 : lon[i] + 180002) / 4;
        assert_true(fabs(snap[0].share - at) < 0.01);
    }
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_finds_what_a_look_at_every_road_finds),
        cmocka_unit_test(one_who_came_by_the_motorway_is_on_its_bridge),
        cmocka_unit_test(one_who_drives_as_fast_is_on_the_motorway),
        cmocka_unit_test(heading_against_a_oneway_is_no_heading_along_it),
        cmocka_unit_test(the_side_of_the_road_is_told_along_its_points),
        cmocka_unit_test(the_antimeridian_holds_a_vehicle_from_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
