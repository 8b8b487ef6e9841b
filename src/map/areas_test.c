/* Proves that the cell cover answers like casting rays through every edge: on random rings, across
 * the antimeridian, round the poles, on edges and corners. */
#include "map/areas.h"
#include "map/places_fixture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    RING_MAX = 60,
    ROUNDS = 40,
    POINTS = 3000
};

static int32_t lon_wrapped(int64_t lon)
{
    const int64_t turn = INT64_C(3600000000);
    lon = ((lon + 1800000000) % turn + turn) % turn;
    return (int32_t)(lon - 1800000000);
}

static void same_at(const struct amp_areas *areas, struct amp_pos pos)
{
    uint32_t fast[AMP_AREAS_AT_MAX];
    uint32_t slow[AMP_AREAS_AT_MAX];
    size_t fast_n = amp_areas_at(areas, pos, fast);
    size_t slow_n = amp_areas_at_slow(areas, pos, slow);
    if (fast_n != slow_n) {
        print_error("%d,%d: %zu and %zu areas\n", pos.lat_e7, pos.lon_e7, fast_n, slow_n);
    }
    assert_int_equal(fast_n, slow_n);
    assert_memory_equal(fast, slow, fast_n * sizeof(fast[0]));
}

/* A ring about a middle, not simple on purpose; coarse steps make many corners meet. */
static size_t ring_draw(uint64_t *seed, struct amp_pos middle, int32_t reach, int32_t step,
                        struct amp_pos ring[RING_MAX])
{
    size_t n = 3 + amp_fixture_random(seed) % (RING_MAX - 3);
    for (size_t i = 0; i < n; i++) {
        int64_t lat = (int64_t)(amp_fixture_random(seed) % (uint64_t)(2 * reach)) - reach;
        int64_t lon = (int64_t)(amp_fixture_random(seed) % (uint64_t)(2 * reach)) - reach;
        lat = middle.lat_e7 + lat / step * step;
        lat = lat > 900000000 ? 900000000 : lat < -900000000 ? -900000000 : lat;
        ring[i] = (struct amp_pos){(int32_t)lat, lon_wrapped(middle.lon_e7 + lon / step * step)};
    }
    return n;
}

static void random_rings_answer_like_their_slow_twin(void **state)
{
    (void)state;
    static const struct amp_pos middles[] = {
        {0, 0}, {-178000000, 1799000000}, {890000000, 100000000}, {-400000000, -1800000000}};
    uint64_t seed = 4711;
    size_t inside = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct amp_areas_draft *draft = NULL;
        struct amp_areas *areas = NULL;
        struct amp_pos ring[RING_MAX];
        struct amp_pos middle = middles[round % 4];
        int32_t reach = round % 3 == 0 ? 200000000 : round % 3 == 1 ? 1000000 : 20000;
        int32_t step = round % 2 == 0 ? reach / 8 : 1;
        assert_int_equal(amp_areas_draft_create(&draft), AMP_OK);
        for (int area = 0; area < 12; area++) {
            assert_int_equal(amp_areas_draft_area(draft), AMP_OK);
            for (int part = 0; part < 1 + area % 3; part++) {
                size_t n = ring_draw(&seed, middle, reach, step, ring);
                assert_int_equal(amp_areas_draft_ring(draft, ring, n), AMP_OK);
            }
        }
        assert_int_equal(amp_areas_create(draft, &areas), AMP_OK);
        for (int i = 0; i < POINTS; i++) {
            struct amp_pos p[RING_MAX];
            uint32_t at[AMP_AREAS_AT_MAX];
            (void)ring_draw(&seed, middle, reach + reach / 4, i % 2 == 0 ? step : 1, p);
            same_at(areas, p[0]);
            inside += amp_areas_at(areas, p[0], at);
        }
        amp_areas_destroy(areas);
        amp_areas_draft_destroy(draft);
    }
    assert_true(inside > POINTS);
}

static void put(struct amp_areas_draft *draft, const double (*degrees)[2], size_t n)
{
    struct amp_pos ring[RING_MAX];
    for (size_t i = 0; i < n; i++) {
        ring[i] = amp_at(degrees[i][0], degrees[i][1]);
    }
    assert_int_equal(amp_areas_draft_ring(draft, ring, n), AMP_OK);
}

static void poles_holes_and_the_antimeridian_are_held(void **state)
{
    (void)state;
    static const double fiji[][2] = {{-20, 175}, {-20, -178}, {-15, -178}, {-15, 175}};
    static const double hole[][2] = {{-18, -179.5}, {-18, -179}, {-17, -179}, {-17, -179.5}};
    static const double cap[][2] = {{80, 0}, {80, 90}, {80, 180}, {80, -90}};
    static const double south[][2] = {{-70, 0}, {-70, -90}, {-70, 180}, {-70, 90}};
    struct amp_areas_draft *draft = NULL;
    struct amp_areas *areas = NULL;
    assert_int_equal(amp_areas_draft_create(&draft), AMP_OK);
    assert_int_equal(amp_areas_draft_area(draft), AMP_OK);
    put(draft, fiji, 4);
    put(draft, hole, 4);
    assert_int_equal(amp_areas_draft_area(draft), AMP_OK);
    put(draft, cap, 4);
    assert_int_equal(amp_areas_draft_area(draft), AMP_OK);
    put(draft, south, 4);
    assert_int_equal(amp_areas_create(draft, &areas), AMP_OK);
    assert_int_equal(amp_areas_count(areas), 3);
    assert_true(amp_areas_holds(areas, 0, amp_at(-16, 179)));
    assert_true(amp_areas_holds(areas, 0, amp_at(-16, -179)));
    assert_true(amp_areas_holds(areas, 0, amp_at(-16, 180)));
    assert_true(amp_areas_holds(areas, 0, amp_at(-16, -180)));
    assert_false(amp_areas_holds(areas, 0, amp_at(-17.5, -179.25)));
    assert_false(amp_areas_holds(areas, 0, amp_at(-16, 174)));
    assert_true(amp_areas_holds(areas, 1, amp_at(90, 0)));
    assert_true(amp_areas_holds(areas, 1, amp_at(89, -135)));
    assert_false(amp_areas_holds(areas, 1, amp_at(70, 10)));
    assert_true(amp_areas_holds(areas, 2, amp_at(-90, 12)));
    assert_true(amp_areas_holds(areas, 2, amp_at(-80, 179)));
    assert_false(amp_areas_holds(areas, 2, amp_at(-60, 0)));
    for (int lat = -90; lat <= 90; lat += 5) {
        for (int lon = -180; lon <= 180; lon += 5) {
            same_at(areas, amp_at(lat, lon));
        }
    }
    amp_areas_destroy(areas);
    amp_areas_draft_destroy(draft);
}

/* Neighbours that share an edge: every position belongs to exactly one. */
static void a_border_belongs_to_one_side(void **state)
{
    (void)state;
    struct amp_areas_draft *draft = NULL;
    struct amp_areas *areas = NULL;
    uint64_t seed = 7;
    assert_int_equal(amp_areas_draft_create(&draft), AMP_OK);
    for (int i = 0; i < 16; i++) {
        double lat = i / 4 * 0.01;
        double lon = i % 4 * 0.01;
        const double ring[][2] = {
            {lat, lon}, {lat, lon + 0.01}, {lat + 0.01, lon + 0.01}, {lat + 0.01, lon}};
        assert_int_equal(amp_areas_draft_area(draft), AMP_OK);
        put(draft, ring, 4);
    }
    assert_int_equal(amp_areas_create(draft, &areas), AMP_OK);
    for (int i = 0; i < 4000; i++) {
        uint32_t at[AMP_AREAS_AT_MAX];
        int32_t step = i % 2 == 0 ? 50000 : 1;
        struct amp_pos pos = {(int32_t)(amp_fixture_random(&seed) % 400000) / step * step,
                              (int32_t)(amp_fixture_random(&seed) % 400000) / step * step};
        assert_int_equal(amp_areas_at(areas, pos, at), 1);
        same_at(areas, pos);
    }
    amp_areas_destroy(areas);
    amp_areas_draft_destroy(draft);
}

static void rings_of_nothing_and_of_too_much_are_refused(void **state)
{
    (void)state;
    struct amp_areas_draft *draft = NULL;
    struct amp_areas *areas = NULL;
    struct amp_pos spiral[8];
    uint32_t at[AMP_AREAS_AT_MAX];
    assert_int_equal(amp_areas_draft_create(&draft), AMP_OK);
    assert_int_equal(amp_areas_create(draft, &areas), AMP_OK);
    assert_int_equal(amp_areas_at(areas, amp_at(1, 1), at), 0);
    amp_areas_destroy(areas);
    assert_int_equal(amp_areas_draft_area(draft), AMP_OK);
    assert_int_equal(amp_areas_draft_ring(draft, spiral, 0), AMP_E_RANGE);
    for (int i = 0; i < 8; i++) {
        spiral[i] = amp_at(0, lon_wrapped(INT64_C(1200000000) * i) / 1e7);
    }
    assert_int_equal(amp_areas_draft_ring(draft, spiral, 2), AMP_E_RANGE);
    assert_int_equal(amp_areas_draft_ring(draft, spiral, 8), AMP_E_RANGE);
    amp_areas_draft_destroy(draft);
    amp_areas_draft_destroy(NULL);
    amp_areas_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_rings_answer_like_their_slow_twin),
        cmocka_unit_test(poles_holes_and_the_antimeridian_are_held),
        cmocka_unit_test(a_border_belongs_to_one_side),
        cmocka_unit_test(rings_of_nothing_and_of_too_much_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
