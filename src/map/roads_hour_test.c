/* Roads at another hour, moved to from those in force, against roads weighed anew for that hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/roads_sketch.h"

#include <string.h>

enum {
    SIDE = 14, /* streets each way */
    HOURS = 40,
    TURNS = 30
};

static struct amp_when moment(const char *text)
{
    struct amp_when when = {.known = false};
    assert_int_equal(amp_when_parse(amp_str_of(text), &when), AMP_OK);
    return when;
}

static const char *const street[] = {
    "",
    "",
    "oneway=yes oneway:conditional=no~@~(Mo-Fr~09:00-16:00)",
    "motor_vehicle:conditional=no~@~(07:00-09:00,16:00-18:00)",
    "access=no access:conditional=yes~@~(Sa,Su)",
    "maxspeed=50 maxspeed:conditional=20~@~(22:00-06:00)",
    "access:conditional=private~@~(Nov-Feb)",
    "oneway:conditional=yes~@~(16:00-19:00)",
};

/* Squares whose sides have conditions by chance, with turns that have some. */
static void squares_make(uint64_t *seed, struct amp_fixture *out)
{
    struct amp_buf map = amp_buf_make(1 << 20);
    int way = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        amp_buf_printf(&map, "n %d %d %d\n", i + 1, i % SIDE, i / SIDE);
    }
    for (int i = 0; i < SIDE * SIDE; i++) {
        for (int dir = 0; dir < 2; dir++) {
            if (dir == 0 ? i % SIDE < SIDE - 1 : i / SIDE < SIDE - 1) {
                size_t kind = amp_fixture_chance(seed) % (sizeof street / sizeof street[0]);
                amp_buf_printf(&map, "w %d %d,%d highway=residential %s\n", ++way, i + 1,
                               i + 1 + (dir == 0 ? 1 : SIDE), street[kind]);
            }
        }
    }
    for (int i = 0; i < TURNS; i++) { /* from the street before a crossing into the one that leaves
                                       * it upwards: two ways each node but at the borders */
        int x = 1 + (int)(amp_fixture_chance(seed) % (SIDE - 3));
        int y = 1 + (int)(amp_fixture_chance(seed) % (SIDE - 3));
        int of_row = 2 * SIDE - 1, into = y * of_row + 2 * (x - 1) + 1, up = into + 3;
        amp_buf_printf(&map,
                       "r %d from=w%d via=n%d to=w%d type=restriction "
                       "restriction:conditional=no_left_turn~@~(%d:00-%d:00)\n",
                       i + 1, into, y * SIDE + x + 1, up, 10 + i % 5, 15 + i % 5);
    }
    amp_sketch(amp_buf_cstr(&map), out);
    amp_buf_free(&map);
}

/* `hour` is the same as roads opened again and weighed for that time. */
static void equal_to_tuned(const struct amp_fixture *fx, const struct amp_roads *hour,
                           const struct amp_when *when, const struct amp_road_closure *closure,
                           size_t n, struct amp_metric *const *moved)
{
    struct amp_roads *twin = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_roads_open(fx->amap, &twin, &why), AMP_OK);
    assert_int_equal(amp_roads_tune(twin, NULL, when, &why), AMP_OK);
    assert_memory_equal(hour->arc_mask, twin->arc_mask, twin->arc_n);
    assert_memory_equal(hour->connected, twin->connected, twin->seg_n);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        struct amp_metric *metric = NULL;
        assert_memory_equal(hour->rules.pace[p], twin->rules.pace[p],
                            2 * twin->kind_n * sizeof(uint32_t));
        assert_int_equal(amp_metric_create(twin, (enum amp_profile)p, closure, n, &metric, &why),
                         AMP_OK);
        assert_memory_equal(moved[p]->percent, metric->percent, 2 * twin->seg_n * sizeof(uint16_t));
        assert_memory_equal(moved[p]->weight, metric->weight, twin->arc_n * sizeof(uint32_t));
        assert_memory_equal(moved[p]->up, metric->up, twin->up_n * sizeof(uint32_t));
        assert_memory_equal(moved[p]->down, metric->down, twin->up_n * sizeof(uint32_t));
        amp_metric_unref(metric);
    }
    amp_roads_close(twin);
}

static void from_hour_to_hour_the_weights_are_those_made_anew(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_why why = {""};
    uint64_t seed = 4;
    size_t switched = 0;
    squares_make(&seed, &fx);
    assert_true(fx.counts.conditions > SIDE);
    assert_true(fx.roads->turn_n > TURNS / 2);
    struct amp_roads *now = NULL;
    struct amp_metric *metric[AMP_PROFILE_COUNT];
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        metric[p] = amp_metric_ref(fx.metric[p]);
    }
    for (int i = 0; i < HOURS; i++) {
        struct amp_roads *next = NULL;
        const struct amp_roads *from = now != NULL ? now : fx.roads;
        struct amp_road_closure closure = {.shape = AMP_CLOSURE_CIRCLE,
                                           .at = amp_fixture_pos(&fx, &seed),
                                           .radius_m = 80,
                                           .heading_deg = -1};
        size_t n = amp_fixture_chance(&seed) % 2;
        struct amp_when when = {.known = i % 8 != 7,
                                .month = (uint8_t)(1 + amp_fixture_chance(&seed) % 12),
                                .day = (uint8_t)(1 + amp_fixture_chance(&seed) % 28),
                                .weekday = (uint8_t)(amp_fixture_chance(&seed) % 7),
                                .minute = (uint16_t)(amp_fixture_chance(&seed) % 1440)};
        switched += amp_roads_hour_differs(from, &when);
        assert_int_equal(amp_roads_at(from, &when, AMP_PROFILES_ALL, &next, &why), AMP_OK);
        assert_false(amp_roads_hour_differs(next, &when));
        for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
            struct amp_metric *moved = NULL;
            assert_int_equal(amp_metric_move(metric[p], next, &closure, n, &moved, &why), AMP_OK);
            assert_ptr_equal(amp_metric_roads(moved), next);
            amp_metric_unref(metric[p]);
            metric[p] = moved;
        }
        equal_to_tuned(&fx, next, &when, &closure, n, metric);
        amp_roads_close(now); /* before those made from it: they hold what they need */
        now = next;
    }
    assert_true(switched > HOURS / 2);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(metric[p]);
    }
    amp_roads_close(now);
    amp_fixture_free(&fx);
}

static void a_minute_at_which_nothing_switches_is_no_other_hour(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_roads *noon = NULL;
    struct amp_why why = {""};
    amp_sketch("n 1 0 0\nn 2 1 0\nw 1 1,2 highway=residential "
               "motor_vehicle:conditional=no~@~(Mo-Fr~07:00-09:00)\n",
               &fx);
    struct amp_when when = moment("2026-11-26T12:00");
    assert_true(amp_roads_hour_differs(fx.roads, &when)); /* they are weighed for no time at all */
    assert_int_equal(amp_roads_at(fx.roads, &when, AMP_PROFILES_ALL, &noon, &why), AMP_OK);
    assert_int_equal(amp_roads_hour(noon).minute, 12 * 60);
    static const struct {
        const char *at;
        bool differs;
    } row[] = {{"2026-11-26T12:01", false}, {"2026-11-27T06:59", false},
               {"2026-11-27T07:00", true},  {"2026-11-27T08:59", true},
               {"2026-11-27T09:00", false}, {"2026-11-28T08:00", false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        when = moment(row[i].at);
        assert_int_equal(amp_roads_hour_differs(noon, &when), row[i].differs);
    }
    amp_roads_close(noon);
    amp_fixture_free(&fx);
}

static void a_what_if_for_one_profile_leaves_the_others_as_they_are(void **state)
{
    (void)state;
    struct amp_fixture fx;
    struct amp_roads *rush = NULL;
    struct amp_why why = {""};
    amp_sketch("n 1 0 0\nn 2 1 0\nn 3 2 0\nn 4 0 1\nw 1 1,2 highway=residential "
               "motor_vehicle:conditional=yes~@~(Mo-Fr~07:00-09:00) motor_vehicle=no\n"
               "w 2 2,3 highway=residential\nw 3 1,4,3 highway=residential\n",
               &fx);
    struct amp_when when = moment("2026-11-26T08:00");
    assert_int_equal(amp_roads_at(fx.roads, &when, 1U << AMP_PROFILE_CAR, &rush, &why), AMP_OK);
    assert_true(amp_base_run_ms(rush, AMP_PROFILE_CAR, 0) < AMP_ROAD_INF);
    assert_true(amp_base_run_ms(fx.roads, AMP_PROFILE_CAR, 0) == AMP_ROAD_INF);
    for (uint32_t base = 0; base < 2 * fx.roads->seg_n; base++) {
        assert_int_equal(amp_base_run_ms(rush, AMP_PROFILE_AMBULANCE, base),
                         amp_base_run_ms(fx.roads, AMP_PROFILE_AMBULANCE, base));
    }
    amp_roads_close(rush);
    amp_fixture_free(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_hour_to_hour_the_weights_are_those_made_anew),
        cmocka_unit_test(a_minute_at_which_nothing_switches_is_no_other_hour),
        cmocka_unit_test(a_what_if_for_one_profile_leaves_the_others_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
