/* Thinner rings hold what the rings held, and grow by no more than was allowed; slow twin included.
 */
#include "base/chance.h"
#include "intake/cap_area.h"
#include "intake/cap_thin.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

enum {
    CORNERS_MOST = 3000,
    TANGLED = 48, /* corners of a ring that is untangled from random points */
    RINGS = 60,
    PLACES = 400,
    SOUTH_E7 = -198000000,
    WEST_E7 = 348000000
};

static struct amp_chance chance = {11};

struct ring {
    struct amp_pos point[CORNERS_MOST + 1];
    size_t n; /* corners */
    int32_t size_e7;
    int32_t west_e7;
};

static struct amp_pos place(const struct ring *ring, double y, double x)
{
    int64_t lon = ring->west_e7 + llround(x);
    lon = lon > 1800000000 ? lon - INT64_C(3600000000) : lon;
    return (struct amp_pos){SOUTH_E7 + (int32_t)lround(y), (int32_t)lon};
}

static struct amp_cap_polygon polygon_of(struct ring *ring)
{
    ring->point[ring->n] = ring->point[0];
    return (struct amp_cap_polygon){ring->point, ring->n + 1};
}

/* ---- rings ---- */

/* Around a middle, as far as chance has it: a coast, or with `rough` 0 a circle. */
static void coast_make(struct ring *ring, size_t n, double rough)
{
    ring->n = n;
    for (size_t i = 0; i < n; i++) {
        const double angle = 2 * 3.14159265358979 * (double)i / (double)n;
        const double far = 0.5 * ring->size_e7 * (1 - rough * amp_chance_share(&chance));
        ring->point[i] = place(ring, far * sin(angle), far * cos(angle));
    }
}

static int64_t turn(struct amp_pos a, struct amp_pos b, struct amp_pos c)
{
    const int64_t ux = amp_lon_delta_e7(a.lon_e7, b.lon_e7), uy = (int64_t)b.lat_e7 - a.lat_e7;
    const int64_t vx = amp_lon_delta_e7(a.lon_e7, c.lon_e7), vy = (int64_t)c.lat_e7 - a.lat_e7;
    return ux * vy - uy * vx;
}

static bool cross(struct amp_pos a, struct amp_pos b, struct amp_pos c, struct amp_pos d)
{
    return (turn(a, b, c) > 0) != (turn(a, b, d) > 0) && (turn(c, d, a) > 0) != (turn(c, d, b) > 0);
}

/* The way between two corners turned round: one crossing less. */
static bool uncross(struct ring *ring)
{
    for (size_t i = 0; i < ring->n; i++) {
        for (size_t k = i + 2; k < ring->n; k++) {
            const size_t after = (k + 1) % ring->n;
            if (after != i &&
                cross(ring->point[i], ring->point[i + 1], ring->point[k], ring->point[after])) {
                for (size_t low = i + 1, high = k; low < high; low++, high--) {
                    const struct amp_pos was = ring->point[low];
                    ring->point[low] = ring->point[high];
                    ring->point[high] = was;
                }
                return true;
            }
        }
    }
    return false;
}

/* Narrow bays and tongues beside each other. */
static void tangle_make(struct ring *ring)
{
    ring->n = TANGLED;
    for (size_t i = 0; i < TANGLED; i++) {
        ring->point[i] = place(ring, amp_chance_between(&chance, 0, ring->size_e7),
                               amp_chance_between(&chance, 0, ring->size_e7));
    }
    for (int tries = 0; uncross(ring); tries++) {
        assert_true(tries < 100000);
    }
}

/* Through each other, not only at an end. */
static bool pierce(struct amp_pos a, struct amp_pos b, struct amp_pos c, struct amp_pos d)
{
    const int64_t ac = turn(a, b, c), ad = turn(a, b, d), ca = turn(c, d, a), cb = turn(c, d, b);
    return ac != 0 && ad != 0 && ca != 0 && cb != 0 && (ac > 0) != (ad > 0) && (ca > 0) != (cb > 0);
}

/* With that no place of the one is outside of the other, if any is inside. */
static bool pierces(const struct amp_cap_polygon *one, const struct amp_cap_polygon *other)
{
    for (size_t i = 0; i + 1 < one->n; i++) {
        for (size_t k = 0; k + 1 < other->n; k++) {
            if (pierce(one->point[i], one->point[i + 1], other->point[k], other->point[k + 1])) {
                return true;
            }
        }
    }
    return false;
}

static bool crosses_itself(const struct amp_cap_polygon *ring)
{
    for (size_t i = 0; i + 1 < ring->n; i++) {
        for (size_t k = i + 2; k + 1 < ring->n; k++) {
            if ((i != 0 || k + 2 != ring->n) &&
                cross(ring->point[i], ring->point[i + 1], ring->point[k], ring->point[k + 1])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- what holds ---- */

static double metres_off(const struct amp_cap_polygon *ring, struct amp_pos pos)
{
    double nearest = INFINITY;
    for (size_t i = 0; i + 1 < ring->n; i++) {
        double share = 0;
        nearest = fmin(nearest, amp_segment_near(pos, ring->point[i], ring->point[i + 1], &share));
    }
    return nearest;
}

static void check_pair(const struct ring *made, const struct amp_cap_polygon *was,
                       const struct amp_cap_polygon *now, double tolerance_m)
{
    assert_true(now->n <= was->n);
    assert_false(crosses_itself(now));
    assert_false(pierces(was, now));
    for (size_t i = 0; i < PLACES; i++) {
        const struct amp_pos at =
            place(made, amp_chance_between(&chance, -0.6, 1.1) * made->size_e7,
                  amp_chance_between(&chance, -0.6, 1.1) * made->size_e7);
        assert_false(amp_cap_polygon_holds(was, at) && !amp_cap_polygon_holds(now, at));
    }
    for (size_t i = 0; i + 1 < now->n; i++) {
        const struct amp_pos at = now->point[i];
        const struct amp_pos half = amp_pos_between(at, now->point[i + 1], 0.5);
        assert_true(metres_off(was, at) <= tolerance_m * 1.01 + 0.1 ||
                    amp_cap_polygon_holds(was, at));
        assert_true(metres_off(was, half) <= tolerance_m * 1.01 + 0.1 ||
                    amp_cap_polygon_holds(was, half));
    }
}

static struct amp_cap_polygon thinned(const struct amp_cap_polygon *was, double tolerance_m)
{
    struct amp_cap_polygon fast = {0}, slow = {0};
    assert_int_equal(amp_cap_ring_thin(was, tolerance_m, false, &arena, &fast), AMP_OK);
    assert_int_equal(amp_cap_ring_thin(was, tolerance_m, true, &arena, &slow), AMP_OK);
    assert_int_equal(fast.n, slow.n);
    assert_memory_equal(fast.point, slow.point, fast.n * sizeof *fast.point);
    return fast;
}

static void a_thinner_ring_holds_all_that_it_held_and_grows_by_no_more(void **state)
{
    static const double tolerances_m[] = {0, 25, 400, 3200, 12800};
    static struct ring ring;
    (void)state;
    size_t corners = 0, left = 0;
    for (int i = 0; i < RINGS; i++) {
        ring.size_e7 = (int32_t)amp_chance_between(&chance, 200000, 20000000);
        ring.west_e7 = i % 4 == 0 ? 1799000000 : WEST_E7; /* across the 180th meridian, too */
        if (i % 2 == 0) {
            tangle_make(&ring);
        } else {
            coast_make(&ring, 40 + amp_chance_below(&chance, 400), 0.02 * (i % 20));
        }
        const struct amp_cap_polygon was = polygon_of(&ring);
        for (size_t k = 0; k < sizeof tolerances_m / sizeof tolerances_m[0]; k++) {
            const struct amp_cap_polygon now = thinned(&was, tolerances_m[k]);
            check_pair(&ring, &was, &now, tolerances_m[k]);
            corners += was.n;
            left += now.n;
        }
        amp_arena_reset(&arena);
    }
    assert_true(left * 4 < corners * 3); /* or nothing was tried */
}

static void a_round_ring_and_a_rough_one_lose_most_of_their_corners(void **state)
{
    static struct ring ring = {.size_e7 = 5000000, .west_e7 = WEST_E7}; /* 50 km across */
    (void)state;
    coast_make(&ring, CORNERS_MOST, 0);
    const struct amp_cap_polygon round = polygon_of(&ring);
    assert_true(thinned(&round, 100).n < 90);
    coast_make(&ring, CORNERS_MOST, 0.01);
    const struct amp_cap_polygon rough = polygon_of(&ring);
    assert_true(thinned(&rough, 400).n < 90);
}

static void check_as_it_is(struct amp_pos *point, size_t n)
{
    const struct amp_cap_polygon was = {point, n};
    const struct amp_cap_polygon now = thinned(&was, 1e6);
    assert_int_equal(now.n, n);
    assert_memory_equal(now.point, point, n * sizeof *point);
}

static void what_is_in_doubt_is_left_as_it_is(void **state)
{
    (void)state;
    struct amp_pos crossing[] = {{0, 0},      {100000, 100000}, {0, 100000},
                                 {100000, 0}, {50000, -50000},  {0, 0}};
    struct amp_pos touching[] = {
        {0, 0}, {0, 100000}, {100000, 100000}, {100000, 50000}, {0, 50000}, {100000, 0}, {0, 0}};
    struct amp_pos pole[] = {{800000000, 0},
                             {800000000, 900000000},
                             {800000000, 1700000000},
                             {800000000, -900000000},
                             {800000000, 0}};
    struct amp_pos wide[] = {{0, -860000000},     {0, 0},     {0, 860000000},
                             {100000, 860000000}, {50000, 0}, {0, -860000000}};
    struct amp_pos flat[] = {{0, 0}, {0, 10000}, {0, 20000}, {0, 30000}, {0, 40000}, {0, 0}};
    check_as_it_is(crossing, 6);
    check_as_it_is(touching, 7);
    check_as_it_is(pole, 5);
    check_as_it_is(wide, 6);
    check_as_it_is(flat, 6);
}

static void doubled_corners_and_spikes_go_without_growing(void **state)
{
    (void)state;
    struct amp_pos point[] = {{0, 0},      {0, 0},           {0, 500000}, {0, 900000}, {0, 500000},
                              {0, 500000}, {500000, 500000}, {500000, 0}, {250000, 0}, {0, 0}};
    const struct amp_cap_polygon was = {point, sizeof point / sizeof point[0]};
    const struct amp_cap_polygon now = thinned(&was, 0);
    assert_int_equal(now.n, 5);
    assert_false(amp_cap_polygon_holds(&now, (struct amp_pos){1, 700000}));
    assert_true(amp_cap_polygon_holds(&now, (struct amp_pos){250000, 250000}));
}

static void an_alert_says_by_how_much_its_areas_grew(void **state)
{
    static struct ring ring = {.size_e7 = 5000000, .west_e7 = WEST_E7};
    (void)state;
    coast_make(&ring, 500, 0.01);
    struct amp_cap_polygon rough = polygon_of(&ring);
    struct amp_pos corner[] = {{0, 0}, {0, 500000}, {500000, 0}, {0, 0}};
    struct amp_cap_polygon plain = {corner, 4};
    struct amp_cap_area area[] = {{.desc = AMP_STR("Sofala"), .polygons = {&rough, 1}},
                                  {.desc = AMP_STR("Beira"), .polygons = {&plain, 1}}};
    struct amp_cap_pair pair = {AMP_STR("level"), AMP_STR("3")};
    struct amp_cap_info info[] = {{.parameters = {&pair, 1}, .area = &area[0], .area_n = 1},
                                  {.area = &area[1], .area_n = 1}};
    const struct amp_cap cap = {.info = info, .info_n = 2};
    struct amp_cap thin = {0};
    assert_int_equal(amp_cap_thin(&cap, 400, &arena, &thin), AMP_OK);
    assert_int_equal(thin.info[0].parameters.n, 2);
    assert_true(amp_str_is(thin.info[0].parameters.item[1].name, AMP_CAP_TOLERANCE));
    assert_true(amp_str_is(thin.info[0].parameters.item[1].value, "400"));
    assert_true(thin.info[0].area[0].polygons.item[0].n < 90);
    struct amp_cap again = {0};
    assert_int_equal(amp_cap_thin(&thin, 3200, &arena, &again), AMP_OK);
    assert_int_equal(again.info[0].parameters.n, 2);
    assert_true(amp_str_is(again.info[0].parameters.item[1].value, "3600"));
    assert_int_equal(thin.info[1].parameters.n, 0);
    assert_int_equal(thin.info[1].area[0].polygons.item[0].n, 4);
    assert_int_equal(area[0].polygons.item[0].n, 501); /* the alert itself is as it was */
    assert_int_equal(info[0].parameters.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thinner_ring_holds_all_that_it_held_and_grows_by_no_more),
        cmocka_unit_test(a_round_ring_and_a_rough_one_lose_most_of_their_corners),
        cmocka_unit_test(what_is_in_doubt_is_left_as_it_is),
        cmocka_unit_test(doubled_corners_and_spikes_go_without_growing),
        cmocka_unit_test(an_alert_says_by_how_much_its_areas_grew),
    };
    return cmocka_run_group_tests_name("intake/cap_thin", tests, arena_set_up, arena_tear_down);
}
