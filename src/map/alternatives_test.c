/* Alternatives: each is a way, none repeats another, and there are some where a town has streets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 60,
    SHARED_MOST = 90 /* percent of the metres; of the time it is AMP_ROUTES_SHARED */
};

static bool same(struct amp_pos a, struct amp_pos b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

/* Percent of one's metres that run along a piece of the other. */
static double shared_percent(const struct amp_route *one, const struct amp_route *other)
{
    double shared_m = 0, all_m = 0;
    for (size_t i = 1; i < one->line_n; i++) {
        double piece_m = amp_pos_distance_m(one->line[i - 1], one->line[i]);
        bool found = false;
        for (size_t k = 1; k < other->line_n && !found; k++) {
            found =
                same(one->line[i - 1], other->line[k - 1]) && same(one->line[i], other->line[k]);
        }
        shared_m += found ? piece_m : 0;
        all_m += piece_m;
    }
    return all_m > 0 ? 100 * shared_m / all_m : 100;
}

static void route_check(const struct amp_route *route, const struct amp_route *fastest)
{
    double sum_s = 0;
    for (size_t i = 0; i < route->leg_n; i++) {
        sum_s += route->leg[i].time_s;
    }
    assert_float_equal(sum_s, route->time_s, 0.0005);
    assert_true(route->time_s >= fastest->time_s);
    assert_true(route->time_s <= fastest->time_s * (100 + AMP_ROUTES_STRETCH) / 100 + 0.002);
    assert_true(same(route->line[0], fastest->line[0]));
    assert_true(same(route->line[route->line_n - 1], fastest->line[fastest->line_n - 1]));
}

/* Between two random places; returns how many ways there are. */
static size_t pair_check(struct amp_fixture *fx, uint64_t *seed)
{
    struct amp_routes routes;
    struct amp_route alone;
    struct amp_why why = {""};
    const struct amp_metric *metric = fx->metric[AMP_PROFILE_AMBULANCE];
    const struct amp_pos end[2] = {amp_fixture_pos(fx, seed), amp_fixture_pos(fx, seed)};
    amp_err err = amp_route_find(fx->query, metric, end[0], end[1], &fx->arena, &alone, &why);
    amp_err same_err = amp_route_alternatives(fx->query, metric, end, AMP_ROUTES_MAX - 1,
                                              &fx->arena, &routes, &why);
    assert_int_equal(err, same_err);
    if (err) {
        return 0;
    }
    const struct amp_route *route = routes.route;
    size_t n = routes.n;
    assert_in_range(n, 1, AMP_ROUTES_MAX);
    assert_int_equal(route[0].line_n, alone.line_n);
    assert_float_equal(route[0].time_s, alone.time_s, 1e-9);
    for (size_t i = 1; i < n; i++) {
        route_check(&route[i], &route[0]);
        assert_true(route[i].time_s >= route[i - 1].time_s);
        for (size_t k = 0; k < i; k++) {
            assert_true(shared_percent(&route[i], &route[k]) < SHARED_MOST);
        }
    }
    return n;
}

/* That many of a hundred pairs have a choice. */
static void pairs_check(struct amp_fixture *fx, uint64_t seed, int percent)
{
    int with_choice = 0;
    for (int i = 0; i < PAIRS; i++) {
        with_choice += pair_check(fx, &seed) > 1;
        amp_arena_reset(&fx->arena);
    }
    assert_true(with_choice * 100 > PAIRS * percent);
}

static void alternatives_are_ways_of_their_own_and_not_much_longer(void **state)
{
    struct amp_fixture fx;
    (void)state;
    amp_fixture_of_town(5, &fx);
    pairs_check(&fx, 6, 50);
    amp_fixture_free(&fx);
}

static void a_real_city_has_alternatives_too(void **state)
{
    const char *porto = amp_testdata("maps/porto_portugal.osm.pbf");
    struct amp_fixture fx;
    (void)state;
    if (porto == NULL) {
        print_message("skipped: no map of Porto\n");
        skip();
    }
    amp_fixture_of_file(porto, &fx);
    pairs_check(&fx, 7, 65);
    amp_fixture_free(&fx);
}

/* One road only: there is nothing to choose. */
static void where_there_is_one_road_there_is_one_way(void **state)
{
    struct amp_fixture fx;
    struct amp_routes routes;
    struct amp_why why = {""};
    (void)state;
    amp_fixture_of_xml("<node id='1' version='1' lat='0' lon='0'/>"
                       "<node id='2' version='1' lat='0' lon='0.01'/>"
                       "<way id='1' version='1'><nd ref='1'/><nd ref='2'/>"
                       "<tag k='highway' v='residential'/></way>",
                       &fx);
    const struct amp_pos end[2] = {{0, 10000}, {0, 90000}};
    assert_int_equal(amp_route_alternatives(fx.query, fx.metric[AMP_PROFILE_AMBULANCE], end,
                                            AMP_ROUTES_MAX - 1, &fx.arena, &routes, &why),
                     AMP_OK);
    assert_int_equal(routes.n, 1);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alternatives_are_ways_of_their_own_and_not_much_longer),
        cmocka_unit_test(a_real_city_has_alternatives_too),
        cmocka_unit_test(where_there_is_one_road_there_is_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
