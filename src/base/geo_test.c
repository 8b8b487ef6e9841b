/* Proofs for positions, distances and bearings, the antimeridian and the poles included. */
#include "base/geo.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct amp_pos at(double lat, double lon)
{
    struct amp_pos pos = {0};
    assert_int_equal(amp_pos_of_degrees(lat, lon, &pos), AMP_OK);
    return pos;
}

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within)) {
        fail_msg("%.9g is not within %g of %.9g", got, within, want);
    }
}

static void positions_are_read_and_written_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"41.1496123,-8.61099", "41.1496123,-8.6109900"},
        {"-90,180", "-90.0000000,180.0000000"},
        {"0,-180", "0.0000000,-180.0000000"},
        {"-0.00000005,0.00000004", "-0.0000001,0.0000000"},
        {" 38.7 , -9.1 ", "38.7000000,-9.1000000"},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct amp_pos pos = {0};
        char text[AMP_POS_TEXT];
        assert_int_equal(amp_pos_parse(amp_str_of(rows[k].text), &pos), AMP_OK);
        amp_pos_text(pos, text);
        assert_string_equal(text, rows[k].want);
    }
}

static void what_is_no_position_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ",", "1", "1,", ",1", "1;2", "1,2,3", "a,b", "1,2 N"};
    struct amp_pos pos = {.lat_e7 = 7, .lon_e7 = 7};
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
        assert_int_equal(amp_pos_parse(amp_str_of(bad[k]), &pos), AMP_E_SYNTAX);
    }
    assert_int_equal(amp_pos_parse(AMP_STR("90.0000001,0"), &pos), AMP_E_RANGE);
    assert_int_equal(amp_pos_parse(AMP_STR("0,-180.0000001"), &pos), AMP_E_RANGE);
    assert_int_equal(amp_pos_parse(AMP_STR("0,99999999999999999999"), &pos), AMP_E_RANGE);
    assert_int_equal(amp_pos_of_degrees(NAN, 0, &pos), AMP_E_RANGE);
    assert_int_equal(amp_pos_of_degrees(0, INFINITY, &pos), AMP_E_RANGE);
    assert_int_equal(amp_pos_of_degrees(90.00001, 0, &pos), AMP_E_RANGE);
    assert_true(pos.lat_e7 == 7 && pos.lon_e7 == 7);
    assert_false(amp_pos_valid(INT64_MAX, 0));
    assert_false(amp_pos_valid(0, INT64_MIN));
}

static void distances_follow_the_sphere(void **state)
{
    (void)state;
    const double quarter_m = M_PI / 2 * 6371008.8;
    assert_near(amp_pos_distance_m(at(0, 0), at(0, 90)), quarter_m, 0.01);
    assert_near(amp_pos_distance_m(at(90, 0), at(0, 123)), quarter_m, 0.01);
    assert_near(amp_pos_distance_m(at(0, 0), at(0, 180)), 2 * quarter_m, 0.01);
    assert_near(amp_pos_distance_m(at(30, 40), at(-30, -140)), 2 * quarter_m, 0.01);
    assert_true(amp_pos_distance_m(at(12, 34), at(12, 34)) == 0.0);
    assert_near(amp_pos_distance_m(at(60, 0), at(60, 0.0000001)), 0.00556, 0.0001);
}

static void the_antimeridian_is_nothing_special(void **state)
{
    (void)state;
    struct amp_pos west = at(-17, 179.999);
    struct amp_pos east = at(-17, -179.999);
    double twin_m = amp_pos_distance_m(at(-17, 9.999), at(-17, 10.001));
    assert_near(amp_pos_distance_m(west, east), twin_m, 1e-6);
    assert_near(amp_pos_bearing_deg(west, east), 90, 0.01);
    assert_near(amp_pos_bearing_deg(east, west), 270, 0.01);
    assert_true(amp_pos_distance_m(at(5, 180), at(5, -180)) == 0.0);
    struct amp_pos middle = amp_pos_between(west, east, 0.5);
    assert_int_equal(labs(middle.lon_e7), 1800000000);
    double share = 0;
    assert_near(amp_segment_near(at(-17.001, -179.9995), west, east, &share), 111.2, 0.1);
    assert_near(share, 0.75, 1e-6);
}

static void longitude_differences_go_the_short_way(void **state)
{
    (void)state;
    assert_int_equal(amp_lon_delta_e7(1799999999, -1799999999), 2);
    assert_int_equal(amp_lon_delta_e7(-1799999999, 1799999999), -2);
    assert_int_equal(amp_lon_delta_e7(0, 1800000000), -1800000000);
    assert_int_equal(amp_lon_delta_e7(0, -1800000000), -1800000000);
    assert_int_equal(amp_lon_delta_e7(0, 1799999999), 1799999999);
    assert_int_equal(amp_lon_delta_e7(-1800000000, 1800000000), 0);
    assert_int_equal(amp_lon_delta_e7(100, 40), -60);
}

static void bearings_name_the_winds(void **state)
{
    (void)state;
    assert_true(amp_pos_bearing_deg(at(0, 0), at(1, 0)) == 0.0);
    assert_near(amp_pos_bearing_deg(at(0, 0), at(0, 1)), 90, 1e-9);
    assert_near(amp_pos_bearing_deg(at(1, 0), at(0, 0)), 180, 1e-9);
    assert_near(amp_pos_bearing_deg(at(0, 0), at(0, -1)), 270, 1e-9);
    srandom(6);
    for (int k = 0; k < 20000; k++) {
        struct amp_pos a = at((double)(random() % 1801) / 10 - 90, (double)(random() % 360) - 180);
        struct amp_pos b = at((double)(random() % 1801) / 10 - 90, (double)(random() % 360) - 180);
        double deg = amp_pos_bearing_deg(a, b);
        assert_true(deg >= 0.0 && deg < 360.0);
    }
    assert_true(amp_pos_bearing_deg(at(89.9999999, 0), at(90, -0.0000001)) < 360.0);
}

static void a_point_between_keeps_both_ends(void **state)
{
    (void)state;
    srandom(7);
    for (int k = 0; k < 20000; k++) {
        struct amp_pos a = at((double)(random() % 181) - 90, (double)(random() % 361) - 180);
        struct amp_pos b = at((double)(random() % 181) - 90, (double)(random() % 361) - 180);
        struct amp_pos first = amp_pos_between(a, b, 0.0);
        struct amp_pos last = amp_pos_between(a, b, 1.0);
        struct amp_pos part = amp_pos_between(a, b, (double)(random() % 1000) / 1000);
        assert_memory_equal(&first, &a, sizeof(a));
        assert_memory_equal(&last, &b, sizeof(b));
        assert_true(amp_pos_valid(part.lat_e7, part.lon_e7));
    }
}

static void degrees_come_back_as_they_went(void **state)
{
    (void)state;
    srandom(8);
    for (int k = 0; k < 20000; k++) {
        struct amp_pos pos = {.lat_e7 = (int32_t)(random() % 1800000001 - 900000000),
                              .lon_e7 = (int32_t)((random() * 2) % 3600000001 - 1800000000)};
        struct amp_pos back = at(amp_lat_deg(pos), amp_lon_deg(pos));
        char text[AMP_POS_TEXT];
        assert_memory_equal(&back, &pos, sizeof(pos));
        amp_pos_text(pos, text);
        assert_int_equal(amp_pos_parse(amp_str_of(text), &back), AMP_OK);
        assert_memory_equal(&back, &pos, sizeof(pos));
    }
}

/* The slow twin: try a thousand points of the segment with the great circle distance. */
static void the_nearest_point_is_that_of_a_search(void **state)
{
    (void)state;
    srandom(9);
    for (int k = 0; k < 200; k++) {
        double lat = (double)(random() % 140) - 70;
        struct amp_pos a = at(lat + (double)(random() % 100) / 1e4, (double)(random() % 100) / 1e4);
        struct amp_pos b = at(lat + (double)(random() % 100) / 1e4, (double)(random() % 100) / 1e4);
        struct amp_pos p = at(lat + (double)(random() % 100) / 1e4, (double)(random() % 100) / 1e4);
        double best_m = INFINITY;
        for (int i = 0; i <= 1000; i++) {
            best_m = fmin(best_m, amp_pos_distance_m(p, amp_pos_between(a, b, i / 1000.0)));
        }
        double share = -1;
        double dist_m = amp_segment_near(p, a, b, &share);
        assert_true(share >= 0.0 && share <= 1.0);
        assert_near(dist_m, best_m, 1.5); /* a step of the search is up to 1.6 m long */
        assert_near(amp_pos_distance_m(p, amp_pos_between(a, b, share)), dist_m, 0.5);
    }
}

static void a_segment_of_no_length_is_its_point(void **state)
{
    (void)state;
    double share = 5;
    double dist_m = amp_segment_near(at(1, 1), at(1, 2), at(1, 2), &share);
    assert_true(share == 0.0);
    assert_near(dist_m, amp_pos_distance_m(at(1, 1), at(1, 2)), 20);
}

static void degrees_are_read_as_xml_schema_writes_a_double(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        amp_err err;
        int64_t e7;
    } rows[] = {{"48.2", AMP_OK, 482000000}, {"+48.2", AMP_OK, 482000000},
                {"-4.2E-4", AMP_OK, -4200},  {"1.6e1", AMP_OK, 160000000},
                {"-0.00000005", AMP_OK, -1}, {"+-1", AMP_E_SYNTAX, 7},
                {"", AMP_E_SYNTAX, 7},       {"1e", AMP_E_SYNTAX, 7},
                {"48,2", AMP_E_SYNTAX, 7},   {"1e9", AMP_E_RANGE, 7}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t e7 = 7;
        assert_int_equal(amp_degrees_read(amp_str_of(rows[i].text), &e7), rows[i].err);
        assert_int_equal(e7, rows[i].e7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_read_and_written_exactly),
        cmocka_unit_test(what_is_no_position_is_refused_and_changes_nothing),
        cmocka_unit_test(distances_follow_the_sphere),
        cmocka_unit_test(the_antimeridian_is_nothing_special),
        cmocka_unit_test(longitude_differences_go_the_short_way),
        cmocka_unit_test(bearings_name_the_winds),
        cmocka_unit_test(a_point_between_keeps_both_ends),
        cmocka_unit_test(degrees_come_back_as_they_went),
        cmocka_unit_test(the_nearest_point_is_that_of_a_search),
        cmocka_unit_test(a_segment_of_no_length_is_its_point),
        cmocka_unit_test(degrees_are_read_as_xml_schema_writes_a_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
