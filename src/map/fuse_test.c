/* Fusion: agreement sharpens, contradiction splits, outliers are named, order is nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/fuse.h"

#include <math.h>
#include <string.h>

enum {
    ROUNDS = 300,
    MIXED = 6
};

static struct amp_fuse_report report(const char *text)
{
    struct amp_region_text got;
    struct amp_why why = {""};
    if (amp_region_parse(amp_str_of(text), &got, &why) != AMP_OK) {
        print_error("%s: %s\n", text, why.text);
        fail();
    }
    return (struct amp_fuse_report){got.region, got.age_s, got.source};
}

static void fused(const char *const *text, size_t n, double speed_m_s, struct amp_fused *out)
{
    struct amp_fuse_report given[AMP_FUSE_REPORTS];
    for (size_t i = 0; i < n; i++) {
        given[i] = report(text[i]);
    }
    assert_int_equal(amp_fuse(given, n, speed_m_s, out, NULL), AMP_OK);
}

static double major_of(const struct amp_fused *f)
{
    return f->hypothesis[0].region.radius_m;
}

static void one_report_stays_as_it_is(void **state)
{
    (void)state;
    const char *const text[] = {"arcband:41.15,-8.61,500,3000,350,60@90"};
    struct amp_fused f;
    fused(text, 1, 1.4, &f);
    assert_int_equal(f.hypothesis_n, 1);
    assert_int_equal(f.outlier_n, 0);
    assert_int_equal(f.hypothesis[0].region.shape, AMP_REGION_ARC_BAND);
    assert_true(fabs(f.hypothesis[0].weight - 1) < 1e-12);
}

static void an_old_report_of_a_walking_caller_widens(void **state)
{
    (void)state;
    const char *const text[] = {"circle:41.15,-8.61,20@95~600"};
    struct amp_fused f;
    fused(text, 1, 1.4, &f);
    double sigma_m = hypot(20 / amp_gauss_radius(0.95), 1.4 * 600 / amp_gauss_radius(0.68));
    assert_true(fabs(major_of(&f) - sigma_m * amp_gauss_radius(0.95)) < 1);
    fused(text, 1, 0, &f);
    assert_true(fabs(major_of(&f) - 20) < 1e-6); /* one who sits does not */
}

static void two_that_agree_are_surer_than_each(void **state)
{
    (void)state;
    const char *const text[] = {"circle:41.15,-8.61,100@95#aml",
                                "circle:41.1503,-8.61,100@95#call"};
    struct amp_fused f;
    fused(text, 2, 1.4, &f);
    assert_int_equal(f.hypothesis_n, 1);
    assert_true(fabs(major_of(&f) - 100 / sqrt(2)) < 0.5);
    assert_true(abs(f.hypothesis[0].region.at.lat_e7 - 411501500) < 3);
    assert_int_equal(f.hypothesis[0].support, 3);
}

static void reports_of_one_phone_share_its_faults(void **state)
{
    (void)state;
    const char *const text[] = {"circle:41.15,-8.61,100@95#aml", "circle:41.15,-8.61,100@95#aml",
                                "circle:41.15,-8.61,100@95#aml"};
    struct amp_fused f;
    fused(text, 3, 1.4, &f);
    assert_int_equal(f.hypothesis_n, 1);
    assert_true(fabs(major_of(&f) - 100) < 0.5);
}

static void a_sector_and_a_fix_within_it_give_the_fix(void **state)
{
    (void)state;
    const char *const text[] = {"arcband:41.15,-8.61,0,5000,60,60#cell",
                                "circle:41.16,-8.585,30@68#aml"};
    struct amp_fused f;
    fused(text, 2, 1.4, &f);
    assert_int_equal(f.hypothesis_n, 1);
    assert_int_equal(f.hypothesis[0].support, 3);
    assert_true(major_of(&f) < 60);
    struct amp_pos fix = {411600000, -85850000};
    assert_true(amp_pos_distance_m(f.hypothesis[0].region.at, fix) < 10);
}

static void the_odd_one_out_is_named_with_its_distance(void **state)
{
    (void)state;
    const char *const text[] = {"circle:41.15,-8.61,50@95#aml", "circle:41.19,-8.61,50@95#typed",
                                "circle:41.1502,-8.61,80@95#second"};
    struct amp_fused f;
    fused(text, 3, 1.4, &f);
    assert_int_equal(f.hypothesis_n, 1);
    assert_int_equal(f.hypothesis[0].support, 5);
    assert_int_equal(f.outlier_n, 1);
    assert_int_equal(f.outlier[0].report, 1);
    assert_true(fabs(f.outlier[0].distance_m - 4440) < 30);
    assert_true(f.outlier[0].allowed_m > 50 && f.outlier[0].allowed_m < 100);
    struct amp_buf text_of = amp_buf_make(400);
    amp_fuse_outlier_text(&text_of, &f.outlier[0]);
    assert_non_null(strstr(amp_buf_cstr(&text_of), "report 2 lies"));
    amp_buf_free(&text_of);
}

static void two_that_contradict_stay_two_and_nothing_lies_between(void **state)
{
    (void)state;
    const char *const text[] = {"circle:41.15,-8.61,50@95#aml", "circle:41.18,-8.61,50@95#spoken"};
    struct amp_fused f;
    fused(text, 2, 1.4, &f);
    assert_int_equal(f.hypothesis_n, 2);
    assert_true(fabs(f.hypothesis[0].weight - 0.5) < 1e-9);
    for (size_t i = 0; i < 2; i++) {
        struct amp_pos at = f.hypothesis[i].region.at;
        assert_true(at.lat_e7 == 411500000 || at.lat_e7 == 411800000);
    }
    assert_int_equal(f.outlier_n, 0);
}

static void a_wide_report_supports_both_sides_of_a_contradiction(void **state)
{
    (void)state;
    const char *const text[] = {"circle:41.15,-8.61,50@95#aml", "circle:41.16,-8.61,50@95#spoken",
                                "circle:41.155,-8.61,3000@95#cell"};
    struct amp_fused f;
    fused(text, 3, 1.4, &f);
    assert_int_equal(f.hypothesis_n, 2);
    assert_true(f.hypothesis[0].support & 4 && f.hypothesis[1].support & 4);
    assert_true(fabs(f.hypothesis[0].weight - 0.5) < 0.01);
}

static void a_moving_caller_is_where_the_newest_report_is(void **state)
{
    (void)state;
    const char *const text[] = {"circle:41.15,-8.61,30@95~300#a", "circle:41.154,-8.61,30@95#b"};
    struct amp_fused f;
    fused(text, 2, 1.4, &f); /* 445 m in 5 minutes on foot */
    assert_int_equal(f.hypothesis_n, 1);
    assert_true(abs(f.hypothesis[0].region.at.lat_e7 - 411540000) < 300);
    fused(text, 2, 0, &f);
    assert_int_equal(f.hypothesis_n, 2);
}

static uint64_t chance(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void draw(uint64_t *seed, struct amp_fuse_report *out)
{
    static const char *const source[] = {"", "aml", "cell", "aml"};
    *out = report(chance(seed) % 3 == 0 ? "arcband:41.15,-8.61,100,3000,300,100@90"
                                        : "circle:41.15,-8.61,100@68");
    out->region.at.lat_e7 += (int32_t)(chance(seed) % 300000);
    out->region.at.lon_e7 += (int32_t)(chance(seed) % 200000);
    out->region.radius_m += (double)(chance(seed) % 900);
    out->age_s = (double)(chance(seed) % 4 * 60);
    out->source = amp_str_of(source[chance(seed) % 4]);
}

static void same(const struct amp_fused *a, const struct amp_fused *b, const size_t *place)
{
    assert_int_equal(a->hypothesis_n, b->hypothesis_n);
    assert_int_equal(a->outlier_n, b->outlier_n);
    for (size_t i = 0; i < a->hypothesis_n; i++) {
        assert_memory_equal(&a->hypothesis[i].region, &b->hypothesis[i].region,
                            sizeof(a->hypothesis[i].region));
        assert_memory_equal(&a->hypothesis[i].weight, &b->hypothesis[i].weight, sizeof(double));
        uint32_t moved = 0;
        for (size_t k = 0; k < MIXED; k++) {
            moved |= a->hypothesis[i].support >> k & 1 ? UINT32_C(1) << place[k] : 0;
        }
        assert_int_equal(moved, b->hypothesis[i].support);
    }
}

static void the_order_of_reports_changes_no_bit(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int round = 0; round < ROUNDS; round++) {
        struct amp_fuse_report a[MIXED], b[MIXED];
        struct amp_fused first, second;
        size_t place[MIXED];
        for (size_t i = 0; i < MIXED; i++) {
            memset(&a[i], 0, sizeof(a[i]));
            draw(&seed, &a[i]);
            place[i] = i;
        }
        for (size_t i = MIXED - 1; i > 0; i--) {
            size_t k = chance(&seed) % (i + 1), kept = place[i];
            place[i] = place[k];
            place[k] = kept;
        }
        for (size_t i = 0; i < MIXED; i++) {
            b[place[i]] = a[i];
        }
        assert_int_equal(amp_fuse(a, MIXED, 1.4, &first, NULL), AMP_OK);
        assert_int_equal(amp_fuse(b, MIXED, 1.4, &second, NULL), AMP_OK);
        same(&first, &second, place);
    }
}

static void every_report_supports_or_is_an_outlier_and_weights_are_whole(void **state)
{
    (void)state;
    uint64_t seed = 9;
    for (int round = 0; round < ROUNDS; round++) {
        struct amp_fuse_report a[AMP_FUSE_REPORTS];
        struct amp_fused f;
        size_t n = 1 + chance(&seed) % AMP_FUSE_REPORTS;
        double weight = 0;
        uint32_t told = 0;
        for (size_t i = 0; i < n; i++) {
            draw(&seed, &a[i]);
        }
        assert_int_equal(amp_fuse(a, n, 1.4, &f, NULL), AMP_OK);
        for (size_t i = 0; i < f.hypothesis_n; i++) {
            weight += f.hypothesis[i].weight;
            told |= f.hypothesis[i].support;
            assert_int_equal(amp_region_check(&f.hypothesis[i].region, NULL), AMP_OK);
        }
        for (size_t i = 0; i < f.outlier_n; i++) {
            assert_false(told >> f.outlier[i].report & 1);
            assert_true(f.outlier[i].distance_m > f.outlier[i].allowed_m);
            told |= UINT32_C(1) << f.outlier[i].report;
        }
        assert_true(fabs(weight - 1) < 1e-9);
        assert_true(told == (n == 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1));
    }
}

static void what_cannot_be_fused_is_refused(void **state)
{
    (void)state;
    struct amp_fuse_report one = report("41,2");
    struct amp_fused f;
    assert_int_equal(amp_fuse(&one, 0, 1, &f, NULL), AMP_E_MISSING);
    assert_int_equal(amp_fuse(&one, 33, 1, &f, NULL), AMP_E_LIMIT);
    assert_int_equal(amp_fuse(&one, 1, NAN, &f, NULL), AMP_E_RANGE);
    one.age_s = -1;
    assert_int_equal(amp_fuse(&one, 1, 1, &f, NULL), AMP_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_report_stays_as_it_is),
        cmocka_unit_test(an_old_report_of_a_walking_caller_widens),
        cmocka_unit_test(two_that_agree_are_surer_than_each),
        cmocka_unit_test(reports_of_one_phone_share_its_faults),
        cmocka_unit_test(a_sector_and_a_fix_within_it_give_the_fix),
        cmocka_unit_test(the_odd_one_out_is_named_with_its_distance),
        cmocka_unit_test(two_that_contradict_stay_two_and_nothing_lies_between),
        cmocka_unit_test(a_wide_report_supports_both_sides_of_a_contradiction),
        cmocka_unit_test(a_moving_caller_is_where_the_newest_report_is),
        cmocka_unit_test(the_order_of_reports_changes_no_bit),
        cmocka_unit_test(every_report_supports_or_is_an_outlier_and_weights_are_whole),
        cmocka_unit_test(what_cannot_be_fused_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
