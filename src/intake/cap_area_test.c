/* Places inside and outside of areas, against a slow twin that adds up angles. */
#include "intake/cap_area.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum {
    CORNERS = 9,
    RINGS = 300,
    PLACES = 100
};

static uint64_t dice = 7;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint32_t roll(uint32_t sides)
{
    uint64_t z = dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % sides);
}

static struct amp_pos east(struct amp_pos pos, int64_t by_e7)
{
    int64_t lon = pos.lon_e7 + by_e7;
    lon = lon > 1800000000 ? lon - INT64_C(3600000000) : lon;
    return (struct amp_pos){pos.lat_e7, (int32_t)lon};
}

/* The corners are seen all around from inside, and from outside the turns cancel out. */
static bool twin_holds(const struct amp_cap_polygon *polygon, struct amp_pos pos)
{
    double sum = 0;
    for (size_t i = 1; i < polygon->n; i++) {
        double ax = polygon->point[i - 1].lon_e7 - (double)pos.lon_e7;
        double ay = polygon->point[i - 1].lat_e7 - (double)pos.lat_e7;
        double bx = polygon->point[i].lon_e7 - (double)pos.lon_e7;
        double by = polygon->point[i].lat_e7 - (double)pos.lat_e7;
        sum += atan2(ax * by - ay * bx, ax * bx + ay * by);
    }
    return fabs(sum) > 3;
}

/* Corners around a middle, in turn: no edge crosses another. */
static void ring_make(struct amp_pos point[CORNERS + 1])
{
    for (int i = 0; i < CORNERS; i++) {
        double angle = 2 * 3.14159265358979 * i / CORNERS;
        double far = 1000 + (double)roll(100000);
        point[i] = (struct amp_pos){-198000000 + (int32_t)lround(far * sin(angle)),
                                    348000000 + (int32_t)lround(far * cos(angle))};
    }
    point[CORNERS] = point[0];
}

static void a_place_is_inside_exactly_where_the_twin_says_so_also_across_the_date_line(void **state)
{
    (void)state;
    struct amp_pos point[CORNERS + 1];
    struct amp_pos moved[CORNERS + 1];
    const struct amp_cap_polygon ring = {point, CORNERS + 1};
    const struct amp_cap_polygon far = {moved, CORNERS + 1};
    const int64_t to_date_line = INT64_C(1800000000) - 348000000;
    int inside = 0;
    for (int r = 0; r < RINGS; r++) {
        ring_make(point);
        for (int i = 0; i <= CORNERS; i++) {
            moved[i] = east(point[i], to_date_line);
        }
        for (int p = 0; p < PLACES; p++) {
            struct amp_pos pos = {-198000000 + (int32_t)roll(240000) - 120000,
                                  348000000 + (int32_t)roll(240000) - 120000};
            bool holds = twin_holds(&ring, pos);
            inside += holds;
            assert_true(amp_cap_polygon_holds(&ring, pos) == holds);
            assert_true(amp_cap_polygon_holds(&far, east(pos, to_date_line)) == holds);
        }
    }
    assert_true(inside > RINGS && inside < RINGS * PLACES - RINGS);
}

static void a_circle_holds_what_is_no_farther_than_its_radius(void **state)
{
    (void)state;
    struct amp_cap_circle circle = {{-198000000, 348000000}, 1.5};
    const struct amp_cap_area area = {.circles = {&circle, 1}};
    const struct amp_cap_area nothing = {.desc = AMP_STR("by a code alone")};
    assert_true(amp_cap_area_holds(&area, (struct amp_pos){-198134000, 348000000}));
    assert_false(amp_cap_area_holds(&area, (struct amp_pos){-198136000, 348000000}));
    assert_false(amp_cap_area_holds(&nothing, circle.at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_place_is_inside_exactly_where_the_twin_says_so_also_across_the_date_line),
        cmocka_unit_test(a_circle_holds_what_is_no_farther_than_its_radius),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
