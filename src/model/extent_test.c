/* Which shapes of closures can be: rings, lines and circles, also across the antimeridian. */
#include "model/extent.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define P(lat, lon)                                                                                \
    {                                                                                              \
        (lat) * 1000, (lon)*1000                                                                   \
    }

static amp_err ring_check(const struct amp_pos *point, size_t n, struct amp_why *why)
{
    struct amp_extent extent = {
        .shape = AMP_SHAPE_AREA, .points = {point, n}, .heading_deg = -1, .time_percent = 0};
    return amp_extent_check(&extent, why);
}

static void refused(const struct amp_pos *point, size_t n, const char *words)
{
    struct amp_why why = {{0}};
    assert_int_equal(ring_check(point, n, &why), AMP_E_RANGE);
    assert_non_null(strstr(why.text, words));
}

static void a_ring_that_goes_round_once_is_an_area(void **state)
{
    (void)state;
    const struct amp_pos triangle[] = {P(0, 0), P(0, 9), P(9, 0)};
    const struct amp_pos dart[] = {P(0, 0), P(3, 9), P(0, 3), P(-3, 9)};
    const struct amp_pos straight[] = {P(0, 0), P(0, 5), P(0, 9), P(9, 9)};
    assert_int_equal(ring_check(triangle, 3, NULL), AMP_OK);
    assert_int_equal(ring_check(dart, 4, NULL), AMP_OK);
    assert_int_equal(ring_check(straight, 4, NULL), AMP_OK);
}

static void a_ring_that_crosses_or_touches_itself_is_refused(void **state)
{
    (void)state;
    const struct amp_pos bow[] = {P(0, 0), P(9, 9), P(9, 0), P(0, 9)};
    const struct amp_pos pinched[] = {P(0, 0), P(5, 5), P(0, 9), P(9, 9), P(5, 5), P(9, 0)};
    const struct amp_pos spike[] = {P(0, 0), P(0, 9), P(0, 4), P(9, 0)};
    const struct amp_pos flat[] = {P(0, 0), P(0, 5), P(0, 9)};
    const struct amp_pos touching[] = {P(0, 0), P(0, 9), P(9, 9), P(0, 4), P(9, 0)};
    refused(bow, 4, "crosses");
    refused(pinched, 6, "crosses");
    refused(spike, 4, "crosses");
    refused(flat, 3, "crosses");
    refused(touching, 5, "crosses");
}

static void a_ring_of_too_few_or_doubled_points_is_refused(void **state)
{
    (void)state;
    const struct amp_pos two[] = {P(0, 0), P(0, 9)};
    const struct amp_pos doubled[] = {P(0, 0), P(0, 9), P(0, 9), P(9, 0)};
    const struct amp_pos closed[] = {P(0, 0), P(0, 9), P(9, 0), P(0, 0)};
    static struct amp_pos many[AMP_POINTS_MAX + 1];
    refused(two, 2, "3 to 256");
    refused(doubled, 4, "point 2 stands twice");
    refused(closed, 4, "twice");
    refused(many, AMP_POINTS_MAX + 1, "3 to 256");
    refused(NULL, 0, "3 to 256");
}

static void a_shape_is_small_against_the_earth(void **state)
{
    (void)state;
    const struct amp_pos far[] = {P(0, 0), P(0, 9100), P(9, 0)};
    const struct amp_pos wide[] = {P(0, 0), P(0, 8900), P(8900, 8900), P(8900, 0)};
    const struct amp_pos polar[] = {{899990000, 0}, {899990000, 310000000}, {899980000, 10000}};
    const struct amp_pos large[] = {P(0, 0),       P(0, 6300), P(0, 8900),
                                    P(6300, 6300), P(8900, 0), P(0, -8900)};
    refused(far, 3, "100 km");
    refused(wide, 4, "100 km");
    refused(polar, 3, "too far");
    refused(large, 6, "km2");
}

static void a_shape_may_lie_across_the_antimeridian(void **state)
{
    (void)state;
    const struct amp_pos ring[] = {
        {-170000000, 1799990000}, {-170000000, -1799990000}, {-170010000, 1799990000}};
    const struct amp_pos bow[] = {{-170000000, 1799990000},
                                  {-170010000, -1799990000},
                                  {-170010000, 1799990000},
                                  {-170000000, -1799990000}};
    assert_int_equal(ring_check(ring, 3, NULL), AMP_OK);
    refused(bow, 4, "crosses");
    struct amp_pos middle = amp_points_middle((struct amp_points){ring, 3});
    assert_int_equal(middle.lat_e7, -170005000);
    assert_true(middle.lon_e7 == 1800000000 || middle.lon_e7 == -1800000000);
}

static void each_shape_has_what_is_its_own(void **state)
{
    (void)state;
    const struct amp_pos line[] = {P(0, 0), P(0, 9), P(0, 0)};
    const struct amp_extent can[] = {
        {.shape = AMP_SHAPE_ROAD, .heading_deg = 359},
        {.shape = AMP_SHAPE_CIRCLE, .radius_m = 1, .heading_deg = -1, .time_percent = 101},
        {.shape = AMP_SHAPE_CIRCLE, .radius_m = 50000, .heading_deg = 0, .time_percent = 2000},
        {.shape = AMP_SHAPE_LINE, .points = {line, 3}, .heading_deg = -1},
    };
    const struct amp_extent cannot[] = {
        {.shape = AMP_SHAPE_ROAD, .radius_m = 5},
        {.shape = AMP_SHAPE_ROAD, .site = {INT32_MAX, 0}},
        {.shape = AMP_SHAPE_ROAD, .points = {line, 2}},
        {.shape = AMP_SHAPE_ROAD, .heading_deg = 360},
        {.shape = AMP_SHAPE_ROAD, .heading_deg = -2},
        {.shape = AMP_SHAPE_ROAD, .time_percent = 100},
        {.shape = AMP_SHAPE_ROAD, .time_percent = 2001},
        {.shape = AMP_SHAPE_CIRCLE, .radius_m = 0},
        {.shape = AMP_SHAPE_CIRCLE, .radius_m = 50001},
        {.shape = AMP_SHAPE_LINE, .points = {line, 1}},
        {.shape = AMP_SHAPE_LINE, .points = {line, 3}, .radius_m = 1},
    };
    for (size_t i = 0; i < sizeof can / sizeof can[0]; i++) {
        assert_int_equal(amp_extent_check(&can[i], NULL), AMP_OK);
    }
    for (size_t i = 0; i < sizeof cannot / sizeof cannot[0]; i++) {
        struct amp_why why = {{0}};
        assert_int_equal(amp_extent_check(&cannot[i], &why), AMP_E_RANGE);
        assert_true(strlen(why.text) > 0);
    }
}

static void names_lead_to_shapes_and_back(void **state)
{
    (void)state;
    for (int i = 0; i < AMP_SHAPES; i++) {
        enum amp_shape back = AMP_SHAPES;
        const char *name = amp_shape_name((enum amp_shape)i);
        assert_int_equal(amp_shape_of(amp_str_of(name), &back), AMP_OK);
        assert_int_equal(back, i);
    }
    enum amp_shape none = AMP_SHAPES;
    assert_int_equal(amp_shape_of(AMP_STR("square"), &none), AMP_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_that_goes_round_once_is_an_area),
        cmocka_unit_test(a_ring_that_crosses_or_touches_itself_is_refused),
        cmocka_unit_test(a_ring_of_too_few_or_doubled_points_is_refused),
        cmocka_unit_test(a_shape_is_small_against_the_earth),
        cmocka_unit_test(a_shape_may_lie_across_the_antimeridian),
        cmocka_unit_test(each_shape_has_what_is_its_own),
        cmocka_unit_test(names_lead_to_shapes_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
