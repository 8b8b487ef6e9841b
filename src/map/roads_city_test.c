/* Real cities: the fast index against Dijkstra, lawful routes, closures, and every map builds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_fixture.h"
#include "map/roads_slow.h"

#include <math.h>

enum {
    PAIRS = 1000,
    UNITS = 200,
    CLOSURE_SETS = 5,
    CLOSURE_PAIRS = 40,
    ROUTES_FOUND_MIN = 500
};

static bool snap_at(const struct amp_fixture *fx, const struct amp_metric *metric, uint64_t *state,
                    struct amp_snap *out)
{
    return amp_snap_open(fx->roads, metric, metric->profile, amp_fixture_pos(fx, state), out) ==
           AMP_OK;
}

/* The fast time, checked against the slow one; AMP_ROAD_INF when both say that there is no way. */
static uint32_t pair_time(struct amp_fixture *fx, const struct amp_metric *metric,
                          const struct amp_snap *from, const struct amp_snap *to,
                          struct amp_road_path *path)
{
    uint32_t slow_ms = 0;
    amp_err slow = amp_roads_slow_time(metric, from, to, &slow_ms);
    amp_err fast = amp_path_find(fx->query, metric, from, to, &fx->arena, path);
    assert_int_equal(fast, slow);
    if (fast) {
        assert_int_equal(fast, AMP_E_NO_ROUTE);
        return AMP_ROAD_INF;
    }
    assert_int_equal(path->time_ms, slow_ms);
    return slow_ms;
}

static void route_adds_up(struct amp_fixture *fx, const struct amp_metric *metric,
                          struct amp_pos from, struct amp_pos to, uint32_t time_ms)
{
    struct amp_route route;
    struct amp_why why;
    assert_int_equal(amp_route_find(fx->query, metric, from, to, &fx->arena, &route, &why), AMP_OK);
    long long leg_ms = 0;
    double leg_m = 0;
    for (size_t i = 0; i < route.leg_n; i++) {
        leg_ms += llround(route.leg[i].time_s * 1000);
        leg_m += route.leg[i].distance_m;
    }
    assert_int_equal(leg_ms, time_ms);
    assert_int_equal(llround(route.time_s * 1000), time_ms);
    assert_true(fabs(leg_m - route.distance_m) < 0.001);
    double line_m = 0, passes_s = 0;
    for (size_t i = 1; i < route.line_n; i++) {
        line_m += amp_pos_distance_m(route.line[i - 1], route.line[i]);
    }
    assert_true(fabs(line_m - route.distance_m) < 2 + route.distance_m / 100);
    for (size_t i = 0; i < route.pass_n; i++) {
        passes_s += route.pass[i].cost_s;
    }
    assert_true(passes_s <= route.time_s);
}

static void pairs_hold(const char *path, enum amp_profile profile)
{
    struct amp_fixture fx;
    uint64_t state = 20261123;
    unsigned found = 0;
    amp_fixture_of_file(path, &fx);
    const struct amp_metric *metric = fx.metric[profile];
    for (int i = 0; i < PAIRS; i++) {
        struct amp_pos from_pos = amp_fixture_pos(&fx, &state);
        struct amp_pos to_pos = amp_fixture_pos(&fx, &state);
        struct amp_snap from, to;
        if (amp_snap_open(fx.roads, metric, profile, from_pos, &from) ||
            amp_snap_open(fx.roads, metric, profile, to_pos, &to)) {
            continue;
        }
        struct amp_road_path steps;
        uint32_t time_ms = pair_time(&fx, metric, &from, &to, &steps);
        if (time_ms < AMP_ROAD_INF) {
            uint32_t sum_ms = 0;
            for (size_t k = 0; k < steps.step_n; k++) {
                sum_ms += steps.step[k].time_ms;
            }
            assert_int_equal(sum_ms, time_ms);
            assert_int_equal(amp_fixture_breaches(&fx, profile, &steps), 0);
            route_adds_up(&fx, metric, from_pos, to_pos, time_ms);
            found++;
        }
        amp_arena_reset(&fx.arena);
    }
    print_message("# %u of %d pairs have a way; %llu restrictions, %llu dropped\n", found, PAIRS,
                  (unsigned long long)fx.counts.restrictions,
                  (unsigned long long)fx.counts.restrictions_dropped);
    assert_true(found >= ROUTES_FOUND_MIN);
    amp_fixture_free(&fx);
}

static void on_porto_the_index_equals_dijkstra_and_routes_are_lawful(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/porto_portugal.osm.pbf");
    AMP_TEST_NEEDS(path);
    pairs_hold(path, AMP_PROFILE_AMBULANCE);
}

static void on_vancouver_the_index_equals_dijkstra_and_routes_are_lawful(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/vancouver_canada.osm.pbf");
    AMP_TEST_NEEDS(path);
    pairs_hold(path, AMP_PROFILE_AMBULANCE);
}

static void on_porto_a_car_keeps_the_law_too(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/porto_portugal.osm.pbf");
    AMP_TEST_NEEDS(path);
    pairs_hold(path, AMP_PROFILE_CAR);
}

/* The densest in restrictions: 75 on 753 nodes. */
static void in_moscow_routes_between_many_restrictions_are_lawful(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/moscow_ru.osm.gz");
    AMP_TEST_NEEDS(path);
    char copy[4096];
    assert_int_equal(amp_str_copy(copy, sizeof(copy), amp_str_of(path)), AMP_OK);
    pairs_hold(copy, AMP_PROFILE_AMBULANCE);
    pairs_hold(copy, AMP_PROFILE_CAR);
}

static void closures_hold(struct amp_fixture *fx, uint64_t *state)
{
    struct amp_road_closure closure[20];
    struct amp_metric *closed = NULL, *again = NULL;
    struct amp_why why;
    for (size_t i = 0; i < 20; i++) {
        closure[i] =
            (struct amp_road_closure){.shape = i % 2 == 0 ? AMP_CLOSURE_ROAD : AMP_CLOSURE_CIRCLE,
                                      .at = amp_fixture_pos(fx, state),
                                      .radius_m = 300,
                                      .heading_deg = -1};
    }
    assert_int_equal(
        amp_metric_create(fx->roads, AMP_PROFILE_AMBULANCE, closure, 20, &closed, &why), AMP_OK);
    assert_int_equal(amp_metric_create(fx->roads, AMP_PROFILE_AMBULANCE, NULL, 0, &again, &why),
                     AMP_OK);
    for (int i = 0; i < CLOSURE_PAIRS; i++) {
        struct amp_snap from, to;
        struct amp_road_path path;
        if (!snap_at(fx, closed, state, &from) || !snap_at(fx, closed, state, &to)) {
            continue;
        }
        uint32_t shut_ms = pair_time(fx, closed, &from, &to, &path);
        for (size_t k = 0; shut_ms < AMP_ROAD_INF && k < path.step_n; k++) {
            assert_true(amp_metric_run_ms(closed, path.step[k].base) < AMP_ROAD_INF);
        }
        uint32_t open_ms = pair_time(fx, fx->metric[0], &from, &to, &path);
        assert_true(open_ms <= shut_ms);
        assert_int_equal(pair_time(fx, again, &from, &to, &path), open_ms);
        amp_arena_reset(&fx->arena);
    }
    amp_metric_unref(closed);
    amp_metric_unref(again);
}

static void closed_roads_are_avoided_exactly_and_reopen(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/porto_portugal.osm.pbf");
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    uint64_t chance = 7;
    amp_fixture_of_file(path, &fx);
    for (int i = 0; i < CLOSURE_SETS; i++) {
        closures_hold(&fx, &chance);
    }
    amp_fixture_free(&fx);
}

static void reach_equals_dijkstra_for_every_unit(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/porto_portugal.osm.pbf");
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    uint64_t chance = 99;
    static struct amp_snap from[UNITS];
    static struct amp_reach fast[UNITS], slow[UNITS];
    struct amp_snap to;
    amp_fixture_of_file(path, &fx);
    const struct amp_metric *metric = fx.metric[AMP_PROFILE_AMBULANCE];
    for (int i = 0; i < UNITS; i++) {
        while (!snap_at(&fx, metric, &chance, &from[i])) {}
    }
    while (!snap_at(&fx, metric, &chance, &to)) {}
    from[0] = to; /* one is there already */
    assert_int_equal(amp_roads_reach(fx.query, metric, from, UNITS, &to, UNITS, fast), AMP_OK);
    assert_int_equal(amp_roads_slow_reach(metric, from, UNITS, &to, slow), AMP_OK);
    for (int i = 0; i < UNITS; i++) {
        if (isinf(slow[i].time_s)) {
            assert_true(isinf(fast[i].time_s) && isnan(fast[i].distance_m));
            continue;
        }
        assert_int_equal(llround(fast[i].time_s * 1000), llround(slow[i].time_s * 1000));
        assert_true(fast[i].distance_m >= 0 &&
                    fast[i].distance_m <= fast[i].time_s * AMP_KMH_MAX / 3.6 + 1);
    }
    assert_true(fast[0].time_s <= 0 && fast[0].distance_m <= 0);
    amp_fixture_free(&fx);
}

static void every_map_at_hand_builds_and_routes(void **state)
{
    (void)state;
    static const char *const maps[] = {
        "maps/oaxaca_mx.osm.pbf",        "maps/porto_alegre_br.osm.pbf",
        "maps/monaco.osm.pbf",           "maps/fiji_ferry.osm.pbf",
        "maps/moscow_ru.osm.gz",         "maps/porto_portugal.osm.pbf",
        "maps/vancouver_canada.osm.pbf",
    };
    AMP_TEST_NEEDS(amp_testdata(maps[0]));
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        struct amp_fixture fx;
        uint64_t chance = 5 + i;
        unsigned found = 0;
        const char *path = amp_testdata(maps[i]);
        assert_non_null(path);
        amp_fixture_of_file(path, &fx);
        for (int k = 0; k < 30; k++) {
            struct amp_snap from, to;
            struct amp_road_path steps;
            if (snap_at(&fx, fx.metric[0], &chance, &from) &&
                snap_at(&fx, fx.metric[0], &chance, &to)) {
                found += pair_time(&fx, fx.metric[0], &from, &to, &steps) < AMP_ROAD_INF;
            }
        }
        print_message("# %s: %llu nodes, %llu arcs, %llu segments, %llu restrictions (%llu "
                      "dropped), %zu up-arcs, %u of 30 pairs\n",
                      maps[i], (unsigned long long)fx.counts.nodes,
                      (unsigned long long)fx.counts.arcs, (unsigned long long)fx.counts.segments,
                      (unsigned long long)fx.counts.restrictions,
                      (unsigned long long)fx.counts.restrictions_dropped, fx.roads->up_n, found);
        assert_true(found >= 5);
        amp_fixture_free(&fx);
    }
}

/* No road of the extract crosses the antimeridian; West Coast Road ends nine metres east of it. */
static void in_fiji_a_crew_west_of_the_antimeridian_finds_the_road_east_of_it(void **state)
{
    (void)state;
    const char *path = amp_testdata("maps/fiji_ferry.osm.pbf");
    AMP_TEST_NEEDS(path);
    struct amp_fixture fx;
    struct amp_route there, back;
    struct amp_why why;
    const struct amp_pos west = {-167934345, 1799999000}, east = {-167386296, -1799473714};
    amp_fixture_of_file(path, &fx);
    assert_int_equal(amp_route_find(fx.query, fx.metric[0], west, east, &fx.arena, &there, &why),
                     AMP_OK);
    assert_int_equal(amp_route_find(fx.query, fx.metric[0], east, west, &fx.arena, &back, &why),
                     AMP_OK);
    assert_true(amp_str_is(there.from.street, "West Coast Road"));
    assert_true(there.from.dist_m < 25 && there.from.at.lon_e7 < 0);
    assert_true(there.distance_m > 8000 && there.distance_m < 12000);
    assert_true(fabs(there.distance_m - back.distance_m) < 1);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_map_at_hand_builds_and_routes),
        cmocka_unit_test(on_porto_the_index_equals_dijkstra_and_routes_are_lawful),
        cmocka_unit_test(on_vancouver_the_index_equals_dijkstra_and_routes_are_lawful),
        cmocka_unit_test(on_porto_a_car_keeps_the_law_too),
        cmocka_unit_test(in_moscow_routes_between_many_restrictions_are_lawful),
        cmocka_unit_test(in_fiji_a_crew_west_of_the_antimeridian_finds_the_road_east_of_it),
        cmocka_unit_test(closed_roads_are_avoided_exactly_and_reopen),
        cmocka_unit_test(reach_equals_dijkstra_for_every_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
