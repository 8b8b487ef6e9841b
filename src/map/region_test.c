/* Regions: shapes hold the probability they say, wherever on Earth, and bad ones are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/region.h"

#include <math.h>
#include <string.h>

enum {
    GRID = 400, /* steps across */
    SPOTS = 512
};

static struct amp_region parsed(const char *text)
{
    struct amp_region_text got;
    struct amp_why why = {""};
    if (amp_region_parse(amp_str_of(text), &got, &why) != AMP_OK) {
        print_error("%s: %s\n", text, why.text);
        fail();
    }
    return got.region;
}

typedef bool inside_fn(const struct amp_region *region, struct amp_spot spot);

/* Sums the density over a grid; *inside gets what lies where `within` says. */
static double density_sum(const struct amp_region *region, double spread_m, inside_fn *within,
                          double *inside)
{
    struct amp_density d;
    double sum = 0;
    amp_density_make(region, spread_m, &d);
    double half_m = d.reach_m * 1.6 + 3 * spread_m, step_m = 2 * half_m / GRID;
    *inside = 0;
    for (int i = 0; i < GRID; i++) {
        for (int k = 0; k < GRID; k++) {
            struct amp_spot spot = {-half_m + (i + 0.5) * step_m, -half_m + (k + 0.5) * step_m};
            double mass = amp_density_at(&d, spot) * step_m * step_m;
            sum += mass;
            *inside += within != NULL && within(region, spot) ? mass : 0;
        }
    }
    return sum;
}

static bool in_circle(const struct amp_region *region, struct amp_spot spot)
{
    return hypot(spot.x, spot.y) <= region->radius_m;
}

static void a_circle_holds_the_share_it_says(void **state)
{
    (void)state;
    static const char *const text[] = {"circle:41.15,-8.61,200@95", "circle:41.15,-8.61,200@68",
                                       "circle:0,0,3000@39.3469", "circle:-60,179.99,900@90"};
    static const double share[] = {0.95, 0.68, 0.393469, 0.9};
    for (size_t i = 0; i < 4; i++) {
        struct amp_region region = parsed(text[i]);
        double inside = 0, sum = density_sum(&region, 0, in_circle, &inside);
        assert_true(fabs(sum - 1) < 0.002);
        assert_true(fabs(inside - share[i]) < 0.01);
    }
    assert_true(fabs(amp_gauss_radius(0.95) - 2.4477) < 1e-4); /* chi-square, 2 degrees */
    assert_true(fabs(amp_gauss_radius(0.68) - 1.5096) < 1e-4);
}

static bool in_ellipse(const struct amp_region *r, struct amp_spot spot)
{
    double turn = r->angle_deg * M_PI / 180;
    double major = spot.x * sin(turn) + spot.y * cos(turn);
    double minor = spot.x * cos(turn) - spot.y * sin(turn);
    return hypot(major / r->radius_m, minor / r->inner_m) <= 1;
}

static void an_ellipse_turns_clockwise_from_north(void **state)
{
    (void)state;
    struct amp_region region = parsed("ellipse:41.15,-8.61,900,200,30@95");
    double inside = 0;
    assert_true(fabs(density_sum(&region, 0, in_ellipse, &inside) - 1) < 0.01);
    assert_true(fabs(inside - 0.95) < 0.01);
    struct amp_density d;
    amp_density_make(&region, 0, &d);
    double along = amp_density_at(&d, (struct amp_spot){450 * sin(M_PI / 6), 450 * cos(M_PI / 6)});
    double across =
        amp_density_at(&d, (struct amp_spot){450 * cos(M_PI / 6), -450 * sin(M_PI / 6)});
    assert_true(along > 100 * across);
}

static void even_shapes_place_their_confidence_and_no_more(void **state)
{
    (void)state;
    static const char *const text[] = {"arcband:41.15,-8.61,500,3000,350,60@90",
                                       "arcband:41.15,-8.61,0,1500,0,360@80",
                                       "polygon:41.15,-8.61,41.15,-8.60,41.16,-8.60,41.16,-8.61@70",
                                       "arcband:10,179.999,100,2000,45,90@95"};
    static const double share[] = {0.9, 0.8, 0.7, 0.95};
    for (size_t i = 0; i < 4; i++) {
        struct amp_region region = parsed(text[i]);
        double none = 0;
        assert_true(fabs(density_sum(&region, 0, NULL, &none) - share[i]) < 0.02);
        assert_true(fabs(density_sum(&region, 25, NULL, &none) - share[i]) < 0.03);
    }
}

static void a_sector_lies_where_its_mast_shines(void **state)
{
    (void)state;
    struct amp_region region = parsed("arcband:41.15,-8.61,500,3000,80,20"); /* to the east */
    struct amp_density d;
    amp_density_make(&region, 0, &d);
    struct amp_spot east = {d.mast.x + 2000, d.mast.y}, west = {d.mast.x - 2000, d.mast.y};
    struct amp_spot near = {d.mast.x + 400, d.mast.y};
    assert_true(amp_density_at(&d, east) > 0);
    assert_true(amp_density_at(&d, west) <= 0 && amp_density_at(&d, near) <= 0);
    assert_true(amp_pos_bearing_deg(region.at, d.plane.at) > 85 &&
                amp_pos_bearing_deg(region.at, d.plane.at) < 95);
}

static void spots_have_the_moments_of_their_region(void **state)
{
    (void)state;
    static const char *const text[] = {"circle:41.15,-8.61,300@68", "ellipse:0,180,2000,300,120@95",
                                       "arcband:-17.8,-179.99,200,4000,300,100@90",
                                       "polygon:41.15,-8.61,41.15,-8.60,41.17,-8.60@90"};
    for (size_t i = 0; i < 4; i++) {
        struct amp_region region = parsed(text[i]);
        struct amp_density d;
        struct amp_pos pos[SPOTS];
        double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
        amp_density_make(&region, 0, &d);
        amp_density_spots(&d, SPOTS, pos);
        for (size_t k = 0; k < SPOTS; k++) {
            assert_true(amp_pos_valid(pos[k].lat_e7, pos[k].lon_e7));
            struct amp_spot spot = amp_plane_spot(&d.plane, pos[k]);
            x += spot.x / SPOTS;
            y += spot.y / SPOTS;
            xx += spot.x * spot.x / SPOTS;
            xy += spot.x * spot.y / SPOTS;
            yy += spot.y * spot.y / SPOTS;
        }
        double size = sqrt(d.xx + d.yy), slip = 0.04 * size;
        assert_true(fabs(x) < slip && fabs(y) < slip);
        assert_true(fabs(xx - d.xx) < 0.05 * size * size);
        assert_true(fabs(xy - d.xy) < 0.05 * size * size);
        assert_true(fabs(yy - d.yy) < 0.05 * size * size);
    }
}

static void what_lies_beyond_the_antimeridian_is_near(void **state)
{
    (void)state;
    struct amp_region region = parsed("circle:-17.5,180,1000@95");
    struct amp_density d;
    amp_density_make(&region, 25, &d);
    struct amp_pos west = {-175000000, 1799950000}, east = {-175000000, -1799950000};
    double a = amp_density_at(&d, amp_plane_spot(&d.plane, west));
    double b = amp_density_at(&d, amp_plane_spot(&d.plane, east));
    assert_true(a > 0 && fabs(a - b) < 1e-9);
    struct amp_pos back = amp_plane_pos(&d.plane, amp_plane_spot(&d.plane, east));
    assert_int_equal(back.lon_e7, east.lon_e7);
    assert_int_equal(back.lat_e7, east.lat_e7);
}

static void the_share_near_a_spot_is_at_most_all(void **state)
{
    (void)state;
    struct amp_region region = parsed("circle:41.15,-8.61,300@68");
    struct amp_density d;
    amp_density_make(&region, 0, &d);
    struct amp_spot middle = {0, 0};
    double sigma_m = 300 / amp_gauss_radius(0.68);
    double exact = 1 - exp(-50 * 50 / (2 * sigma_m * sigma_m));
    assert_true(fabs(amp_density_near(&d, middle, 50) - exact) < 0.02 * exact);
    region = parsed("41.15,-8.61");
    amp_density_make(&region, 0, &d);
    assert_true(amp_density_near(&d, middle, 50) >= 1);
    assert_true(amp_density_near(&d, middle, 50) <= 1);
}

static void regions_are_read_as_people_write_them(void **state)
{
    (void)state;
    struct amp_region_text got;
    struct amp_why why = {""};
    assert_int_equal(
        amp_region_parse(AMP_STR("circle: 41.15 , -8.61 , 20.5 @68~120.5#aml"), &got, &why),
        AMP_OK);
    assert_true(fabs(got.region.radius_m - 20.5) < 1e-9);
    assert_true(fabs(got.region.confidence - 0.68) < 1e-9);
    assert_true(fabs(got.age_s - 120.5) < 1e-9);
    assert_true(amp_str_is(got.source, "aml"));
    assert_int_equal(parsed("41.15,-8.61").shape, AMP_REGION_POINT);
    assert_int_equal(parsed("41.15,-8.61").at.lon_e7, -86100000);
    struct amp_region band = parsed("arcband:1,2,100,5000,300,120");
    assert_true(fabs(band.inner_m - 100) < 1e-9 && fabs(band.opening_deg - 120) < 1e-9);
    assert_int_equal(parsed("polygon:0,0,0,0.01,0.01,0.01").point_n, 3);
}

static void what_is_no_region_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "41",
                                      "41,x",
                                      "91,0",
                                      "circle:1,2",
                                      "circle:1,2,3,4",
                                      "circle:1,2,-3",
                                      "circle:1,2,nan",
                                      "circle:1,2,1e9",
                                      "circle:1,2,30@0",
                                      "circle:1,2,30@100",
                                      "circle:1,2,30@abc",
                                      "circle:1,2,30~-1",
                                      "circle:1,2,30~1e9",
                                      "ellipse:1,2,30,40,0",
                                      "ellipse:1,2,40,30,361",
                                      "arcband:1,2,50,40,0,90",
                                      "arcband:1,2,0,40,0,0",
                                      "arcband:1,2,0,40,0,361",
                                      "arcband:1,2,40,40,0,90",
                                      "polygon:1,2,3,4",
                                      "polygon:0,0,0,0.01,0,0.02",
                                      "polygon:0,0,0.01,0.01,0,0.01,0.01,0",
                                      "polygon:0,0,0,0.01,0.01",
                                      "polygon:0,0,0,30,30,30",
                                      "square:1,2,3",
                                      "circle:1,2,3,"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct amp_region_text got;
        struct amp_why why = {""};
        amp_err err = amp_region_parse(amp_str_of(bad[i]), &got, &why);
        if (err == AMP_OK) {
            print_error("\"%s\" was taken\n", bad[i]);
        }
        assert_int_not_equal(err, AMP_OK);
        assert_true(strlen(why.text) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_holds_the_share_it_says),
        cmocka_unit_test(an_ellipse_turns_clockwise_from_north),
        cmocka_unit_test(even_shapes_place_their_confidence_and_no_more),
        cmocka_unit_test(a_sector_lies_where_its_mast_shines),
        cmocka_unit_test(spots_have_the_moments_of_their_region),
        cmocka_unit_test(what_lies_beyond_the_antimeridian_is_near),
        cmocka_unit_test(the_share_near_a_spot_is_at_most_all),
        cmocka_unit_test(regions_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_region_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
