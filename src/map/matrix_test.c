/* Many to many against Dijkstra, on a made-up town and on a real city. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/roads_fixture.h"
#include "map/roads_slow.h"

#include <stdlib.h>

enum {
    SOURCES = 17,
    TARGETS = 23,
    MANY = 1500, /* more targets than one block holds */
    FEW = 3
};

static struct amp_snap anywhere(const struct amp_fixture *fx, uint64_t *seed)
{
    uint32_t segment = (uint32_t)(amp_fixture_chance(seed) % fx->roads->seg_n);
    return (struct amp_snap){.segment = segment,
                             .share = (double)(amp_fixture_chance(seed) % 11) / 10,
                             .at = amp_seg_point(fx->roads, segment, 0),
                             .routable = true};
}

static uint32_t slow_ms(const struct amp_metric *metric, const struct amp_snap *from,
                        const struct amp_snap *to)
{
    struct amp_snap moved[2];
    const struct amp_snap *end[2];
    uint32_t time_ms = AMP_ROAD_FOREVER_MS;
    if (amp_snap_move(metric, from, &moved[0], &end[0]) &&
        amp_snap_move(metric, to, &moved[1], &end[1])) {
        amp_err err = amp_roads_slow_time(metric, end[0], end[1], &time_ms);
        assert_true(err == AMP_OK || err == AMP_E_NO_ROUTE);
    }
    return time_ms;
}

static void table_compare(struct amp_fixture *fx, const struct amp_metric *metric, uint64_t seed)
{
    struct amp_snap from[SOURCES], to[TARGETS];
    uint32_t out_ms[SOURCES * TARGETS];
    for (int i = 0; i < SOURCES; i++) {
        from[i] = anywhere(fx, &seed);
    }
    for (int j = 0; j < TARGETS; j++) {
        to[j] = j < SOURCES / 2 ? from[j] : anywhere(fx, &seed); /* some on the same road */
        to[j].share = (double)(amp_fixture_chance(&seed) % 11) / 10;
    }
    assert_int_equal(amp_roads_matrix(fx->query, metric, from, SOURCES, to, TARGETS, out_ms),
                     AMP_OK);
    for (int i = 0; i < SOURCES; i++) {
        for (int j = 0; j < TARGETS; j++) {
            assert_int_equal(out_ms[i * TARGETS + j], slow_ms(metric, &from[i], &to[j]));
        }
    }
}

static void a_table_is_what_dijkstra_says(void **state)
{
    struct amp_fixture fx;
    struct amp_metric *closed = NULL;
    struct amp_why why = {""};
    uint64_t seed = 9;
    (void)state;
    amp_fixture_of_town(3, &fx);
    const struct amp_road_closure closure = {.shape = AMP_CLOSURE_CIRCLE,
                                             .at = amp_fixture_pos(&fx, &seed),
                                             .radius_m = 400,
                                             .heading_deg = -1};
    assert_int_equal(amp_metric_create(fx.roads, AMP_PROFILE_AMBULANCE, &closure, 1, &closed, &why),
                     AMP_OK);
    table_compare(&fx, fx.metric[AMP_PROFILE_AMBULANCE], 1);
    table_compare(&fx, fx.metric[AMP_PROFILE_CAR], 2);
    table_compare(&fx, closed, 3);
    amp_metric_unref(closed);
    amp_fixture_free(&fx);
}

static void many_targets_are_what_each_is_alone(void **state)
{
    struct amp_fixture fx;
    struct amp_snap from[FEW];
    struct amp_snap *to = calloc(MANY, sizeof(*to));
    uint32_t *out_ms = calloc((size_t)FEW * MANY, sizeof(*out_ms));
    struct amp_reach reach[FEW];
    uint64_t seed = 21;
    (void)state;
    assert_true(to != NULL && out_ms != NULL);
    amp_fixture_of_town(3, &fx);
    const struct amp_metric *metric = fx.metric[AMP_PROFILE_AMBULANCE];
    for (int i = 0; i < FEW; i++) {
        from[i] = anywhere(&fx, &seed);
    }
    for (int j = 0; j < MANY; j++) {
        to[j] = anywhere(&fx, &seed);
    }
    assert_int_equal(amp_roads_matrix(fx.query, metric, from, FEW, to, MANY, out_ms), AMP_OK);
    for (int j = 0; j < MANY; j++) {
        assert_int_equal(amp_roads_reach(fx.query, metric, from, FEW, &to[j], 0, reach), AMP_OK);
        for (int i = 0; i < FEW; i++) {
            double want_s = out_ms[i * MANY + j] / 1000.0;
            bool way = out_ms[i * MANY + j] < AMP_ROAD_FOREVER_MS;
            assert_true(way ? reach[i].time_s <= want_s && reach[i].time_s >= want_s
                            : reach[i].time_s > 1e9);
        }
    }
    assert_int_equal(amp_roads_matrix(fx.query, metric, from, AMP_MATRIX_ENDS + 1, to, 1, out_ms),
                     AMP_E_LIMIT);
    assert_int_equal(
        amp_roads_matrix(fx.query, metric, from, AMP_MATRIX_ENDS, to, AMP_MATRIX_ENDS, out_ms),
        AMP_E_LIMIT);
    amp_fixture_free(&fx);
    free(to);
    free(out_ms);
}

static void in_a_real_city_too(void **state)
{
    const char *porto = amp_testdata("maps/porto_portugal.osm.pbf");
    struct amp_fixture fx;
    (void)state;
    if (porto == NULL) {
        print_message("skipped: no map of Porto\n");
        skip();
    }
    amp_fixture_of_file(porto, &fx);
    table_compare(&fx, fx.metric[AMP_PROFILE_AMBULANCE], 4);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_what_dijkstra_says),
        cmocka_unit_test(many_targets_are_what_each_is_alone),
        cmocka_unit_test(in_a_real_city_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
