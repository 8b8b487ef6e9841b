/* Markers are found however a laboratory writes their names. */
#include "dna/table.h"

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

static void second_names_of_markers_are_known_and_short_forms_are_not(void **state)
{
    (void)state;
    assert_true(same("THO1", "TH01"));
    assert_true(same("HumTH01", "tho1"));
    assert_true(same("Amelogenin", "AMEL"));
    assert_true(same("ACTBP2", "SE33"));
    assert_true(same("vWA-31", "VWA"));
    assert_true(same("FIBRA", "fga"));
    assert_false(same("D21", "D21S11"));
    assert_false(same("D2", "D2S1338"));
    assert_false(same("ACTBP2", "AMEL"));
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_dna_names names = {.arena = &arena};
    *amp_dna_names_at(&names, 0, AMP_STR("THO1"), true) = 5;
    assert_int_equal(*amp_dna_names_at(&names, 0, AMP_STR("TH 01"), true), 5);
    assert_int_equal(*amp_dna_names_at(&names, 0, AMP_STR("a marker with a long name"), true),
                     SIZE_MAX);
    amp_arena_drop(&arena);
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
        cmocka_unit_test(second_names_of_markers_are_known_and_short_forms_are_not),
        cmocka_unit_test(different_markers_stay_different),
        cmocka_unit_test(a_sample_and_its_locus_are_found_by_name),
    };
    return cmocka_run_group_tests_name("dna/marker", tests, NULL, NULL);
}
