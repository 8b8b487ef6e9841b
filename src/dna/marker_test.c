/* Markers are found however a laboratory writes their names. */
#include "dna/profile.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool same(const char *a, const char *b)
{
    return amp_dna_marker_same(amp_str_of(a), amp_str_of(b));
}

static void a_marker_is_the_same_whatever_its_case_blanks_and_strokes(void **state)
{
    (void)state;
    assert_true(same("vWA", "VWA"));
    assert_true(same("TH 01", "TH01"));
    assert_true(same("Penta E", "PENTA_E"));
    assert_true(same(" D3S1358 ", "d3s-1358"));
}

static void different_markers_stay_different(void **state)
{
    (void)state;
    assert_false(same("D2S441", "D2S1338"));
    assert_false(same("D2S44", "D2S441"));
    assert_false(same("", "D2S441"));
    assert_false(same("Penta D", "Penta E"));
}

static void a_sample_and_its_locus_are_found_by_name(void **state)
{
    (void)state;
    struct amp_dna_locus loci[] = {{.marker = AMP_STR("TH01")}, {.marker = AMP_STR("PENTA E")}};
    struct amp_dna_sample samples[] = {{.name = AMP_STR("stain"), .locus_n = 2, .locus = loci}};
    struct amp_dna_profiles profiles = {.sample_n = 1, .sample = samples};
    assert_ptr_equal(amp_dna_sample_find(&profiles, AMP_STR("stain")), &samples[0]);
    assert_null(amp_dna_sample_find(&profiles, AMP_STR("Stain")));
    assert_ptr_equal(amp_dna_locus_find(&samples[0], AMP_STR("penta_e")), &loci[1]);
    assert_null(amp_dna_locus_find(&samples[0], AMP_STR("FGA")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marker_is_the_same_whatever_its_case_blanks_and_strokes),
        cmocka_unit_test(different_markers_stay_different),
        cmocka_unit_test(a_sample_and_its_locus_are_found_by_name),
    };
    return cmocka_run_group_tests_name("dna/marker", tests, NULL, NULL);
}
