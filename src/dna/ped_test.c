/* PED files: columns in each layout, families as hypotheses, mistakes named by line. */
#include "dna/ped.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26
};

static const char freqs_text[] = "marker,allele,frequency\nM1,12,0.1\nM1,13,0.2\nM1,14,0.7\n"
                                 "M2,8,0.5\nM2,9,0.5\n";

static amp_err ped_bytes(struct amp_str bytes, double min_freq, struct amp_arena *arena,
                         struct amp_kin_case *kc, struct amp_why *why)
{
    static const struct amp_kin_override none = {.theta_given = false};
    struct amp_dna_freqs freqs;
    assert_int_equal(amp_dna_freqs_read(amp_str_of(freqs_text), "f.csv", arena, &freqs, why),
                     AMP_OK);
    const struct amp_ped_settings settings = {
        .freqs = &freqs, .min_freq = min_freq, .override = &none};
    return amp_ped_read(bytes, "x.ped", &settings, arena, kc, why);
}

static amp_err ped_read(const char *text, double min_freq, struct amp_arena *arena,
                        struct amp_kin_case *kc, struct amp_why *why)
{
    return ped_bytes(amp_str_of(text), min_freq, arena, kc, why);
}

static bool noted(const struct amp_kin_case *kc, const char *what)
{
    for (size_t i = 0; i < kc->note_n; i++) {
        if (strstr(kc->note[i].ptr, what) != NULL) {
            return true;
        }
    }
    return false;
}

static void every_layout_gives_the_same_case(void **state)
{
    (void)state;
    static const char *const layouts[] = {
        "F 1 0 0 1 12/13 8/8\nF 2 0 0 2 0/0 -/-\nF 3 1 2 1 12/14 8/9\n",
        "F\t1\t0\t0\t1\t12\t13\t8\t8\nF\t2\t0\t0\t2\t0\t0\t0\t0\nF\t3\t1\t2\t1\t12\t14\t8\t9\n",
        "F 1 0 0 1 -9 12/13 8/8\nF 2 0 0 2 -9 0/0 -/-\nF 3 1 2 1 -9 12/14 8/9\n",
        "fid,iid,father,mother,sex,M2,M1\nF,1,0,0,M,8/8,12/13\nF,2,0,0,F,?,?\n"
        "F,3,1,2,M,8/9,14/12\n",
        "#fid iid fat mot sex pheno M1 M1 M2 M2\r\nF 1 0 0 1 0 12 13 8 8\r\n\r\n# a remark\r\n"
        "F 3 1 2 1 0 12 14 8 9\r\nF 2 0 0 2 0 0 0 0 0\r\n",
        "F 1 0 0 1 12/13 8/8\nF 3 1 0 1 12/14 8/9\n", /* the mother has no line */
    };
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_kin_case kc;
        struct amp_kin_result result;
        struct amp_why why = {""};
        if (ped_read(layouts[i], 0, &arena, &kc, &why)) {
            fail_msg("layout %zu: %s", i, why.text);
        }
        assert_int_equal(amp_kin_case_run(&kc, AMP_KIN_MUTATE, 0, &arena, &result, &why), AMP_OK);
        /* 2 * .1 * .2 * (1/2 * .7) at M1, .25 * (1 * .5) at M2 */
        assert_true(fabs(exp(result.total[0]) - .014 * .125) < 1e-15);
        amp_arena_drop(&arena);
    }
}

static void families_of_the_same_persons_are_compared_and_others_are_not(void **state)
{
    (void)state;
    static const char text[] = "A 1 0 0 1 12/13 8/8\nA 2 0 0 2 0/0 0/0\nA 3 1 2 1 12/14 8/9\n"
                               "B 1 0 0 1 13/12 8/8\nB 3 0 0 1 12/14 8/9\n"
                               "C 1 0 0 1 12/12 8/8\nC 3 0 0 1 12/14 8/9\n";
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_kin_result result;
    struct amp_why why = {""};
    assert_int_equal(ped_read(text, 0, &arena, &kc, &why), AMP_OK);
    assert_int_equal(kc.hypothesis_n, 3);
    assert_int_equal(amp_kin_case_run(&kc, AMP_KIN_MUTATE, 1, &arena, &result, &why), AMP_OK);
    /* .35 / .14 at M1, .5 / .5 at M2 */
    assert_true(fabs(exp(result.log_ratio[0]) - 2.5) < 1e-12);
    assert_true(isnan(result.log_ratio[2]));
    amp_arena_drop(&arena);
}

static void an_allele_that_the_table_lacks_needs_a_frequency(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_why why = {""};
    static const char text[] = "F 1 0 0 1 12/17 8/8\n";
    assert_int_equal(ped_read(text, 0, &arena, &kc, &why), AMP_E_MISSING);
    assert_non_null(strstr(why.text, "--min-freq"));
    assert_int_equal(ped_read(text, 0.01, &arena, &kc, &why), AMP_OK);
    assert_int_equal(kc.marker[0].allele_n, 4);
    assert_true(fabs(kc.marker[0].freq[3] - 0.01 / 1.01) < 1e-15);
    assert_true(noted(&kc, "marker M1: 1 alleles that the table lacks"));
    static const struct {
        const char *text, *says;
    } none[] = {{"F 1 0 0 1 12/OL 8/8\n", "marker M1: \"OL\" is no allele of the marker"},
                {"F 1 0 0 1 12/13/14 8/8\n", "marker M1: \"13/14\" is no allele"},
                {"F 1 0 0 1 12/INC 8/8\n", "marker M1: \"INC\" is no allele"}};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(ped_read(none[i].text, 0.01, &arena, &kc, &why), AMP_E_RANGE);
        assert_non_null(strstr(why.text, none[i].says));
    }
    amp_arena_drop(&arena);
}

static void what_a_file_without_a_head_is_taken_for_is_a_note(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_why why = {""};
    assert_int_equal(ped_read("F 1 0 0 1 12/13 8/8\n", 0, &arena, &kc, &why), AMP_OK);
    assert_true(noted(&kc, "markers are those of the table of frequencies in the table's order "
                           "(M1, M2)"));
    assert_int_equal(ped_read("fid iid f m sex M1 M2\nF 1 0 0 1 12/13 8/8\n", 0, &arena, &kc, &why),
                     AMP_OK);
    assert_int_equal(kc.note_n, 0);
    amp_arena_drop(&arena);
}

static void frequencies_that_were_scaled_are_a_note(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_why why = {""};
    const struct amp_kin_override none = {.theta_given = false};
    struct amp_dna_freqs freqs;
    assert_int_equal(
        amp_dna_freqs_read(AMP_STR("Allele,M1\n12,0.5\n13,0.47\n"), "f.csv", &arena, &freqs, &why),
        AMP_OK);
    const struct amp_ped_settings settings = {.freqs = &freqs, .override = &none};
    assert_int_equal(amp_ped_read(AMP_STR("fid iid f m sex M1\nF 1 0 0 1 12/13\n"), "x.ped",
                                  &settings, &arena, &kc, &why),
                     AMP_OK);
    assert_true(noted(&kc, "marker M1: frequencies summing to 0.97 were scaled to 1"));
    amp_arena_drop(&arena);
}

static void files_of_spreadsheets_are_read_in_their_encoding(void **state)
{
    (void)state;
    static const char wide[] = "\xFF\xFE"
                               "F\0 \0\xE9\0 \0"
                               "0\0 \0"
                               "0\0 \0"
                               "1\0 \0"
                               "1\0"
                               "2\0/\0"
                               "1\0"
                               "3\0 \0"
                               "8\0/\0"
                               "8\0\n\0";
    static const struct amp_str files[] = {
        AMP_STR("\xEF\xBB\xBF"
                "F \xC3\xA9 0 0 1 12/13 8/8\nF 2 0 0 2 0/0 0/0\n"),
        AMP_STR("F \xE9 0 0 1 12/13 8/8\n"),
        {wide, sizeof wide - 1},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_kin_case kc;
        struct amp_why why = {""};
        if (ped_bytes(files[i], 0, &arena, &kc, &why)) {
            fail_msg("file %zu: %s", i, why.text);
        }
        assert_int_equal(kc.hypothesis_n, 1); /* "F" with a mark would be another family */
        assert_true(amp_str_is(kc.hypothesis[0].name, "F"));
        assert_true(amp_str_is(kc.person[0].name, "\xC3\xA9"));
        amp_arena_drop(&arena);
    }
}

static void mistakes_are_named_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "x.ped has no persons"},
        {"F 1 0 0 1 12/13 8/8 9\n", "x.ped line 1 has 8 columns"},
        {"F 1 0 0 1 12/13 8/8\nF 2 0 0 1 12/13\n", "x.ped line 2 has 6 columns"},
        {"F 1 0 0 9 12/13 8/8\n", "x.ped line 1: the sex of 1"},
        {"F 1 7 8 1 12/13 8/8\n", "x.ped line 1: the parent 7 of 1"},
        {"F 1 0 0 1 12/13 8/8\nF 1 0 0 1 0/0 0/0\n", "x.ped line 2: family F has 1 twice"},
        {"F 1 0 0 1 12/0 8/8\n", "x.ped line 1: 1 has one allele at marker M1"},
        {"fid iid f m sex M9\nF 1 0 0 1 0/0\n", "x.ped line 1: marker M9"},
        {"fid iid f m sex M1 M2 M1\nF 1 0 0 1 0/0\n", "x.ped line 1: marker M1 is named twice"},
        {"F 1 2 3 1 0/0 0/0\nF 2 1 3 1 0/0 0/0\nF 3 0 0 2 0/0 0/0\n", "ancestor of himself"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_kin_case kc;
        struct amp_why why = {""};
        assert_true(ped_read(wrong[i].text, 0, &arena, &kc, &why) != AMP_OK);
        if (!strstr(why.text, wrong[i].says)) {
            fail_msg("\"%s\" says nothing of \"%s\"", why.text, wrong[i].says);
        }
        amp_arena_drop(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_gives_the_same_case),
        cmocka_unit_test(families_of_the_same_persons_are_compared_and_others_are_not),
        cmocka_unit_test(an_allele_that_the_table_lacks_needs_a_frequency),
        cmocka_unit_test(what_a_file_without_a_head_is_taken_for_is_a_note),
        cmocka_unit_test(frequencies_that_were_scaled_are_a_note),
        cmocka_unit_test(files_of_spreadsheets_are_read_in_their_encoding),
        cmocka_unit_test(mistakes_are_named_with_file_and_line),
    };
    return cmocka_run_group_tests_name("dna/ped", tests, NULL, NULL);
}
