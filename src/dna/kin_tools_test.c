/* Pairs of references, the power of a relative, linkage of a case, reports. */
#include "dna/kin_pairs.h"
#include "dna/kin_power.h"
#include "dna/kin_report.h"
#include "dna/ped.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26
};

static const struct amp_kin_override nothing = {.theta_given = false};

static void freqs_read(struct amp_arena *arena, struct amp_dna_freqs *freqs)
{
    struct amp_why why = {""};
    assert_int_equal(amp_dna_freqs_read(AMP_STR("marker,allele,frequency\nM1,12,0.1\nM1,13,0.2\n"
                                                "M1,14,0.7\nM2,8,0.5\nM2,9,0.5\n"),
                                        "f.csv", arena, freqs, &why),
                     AMP_OK);
}

static void case_read(const char *ped, struct amp_arena *arena, struct amp_kin_case *kc)
{
    struct amp_dna_freqs freqs;
    struct amp_why why = {""};
    freqs_read(arena, &freqs);
    const struct amp_ped_settings settings = {.freqs = &freqs, .override = &nothing};
    if (amp_ped_read(amp_str_of(ped), "x.ped", &settings, arena, kc, &why)) {
        fail_msg("%s", why.text);
    }
}

static void close_to(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12 * (1 + fabs(b)))) {
        fail_msg("%.15g is not %.15g", a, b);
    }
}

static void pairs_have_the_ratios_of_the_standard_relations(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles profiles;
    struct amp_dna_freqs freqs;
    struct amp_kin_references refs;
    struct amp_kin_pair_result pair;
    struct amp_why why = {""};
    freqs_read(&arena, &freqs);
    assert_int_equal(amp_dna_profiles_read(AMP_STR("SampleName,Marker,Allele1,Allele2\n"
                                                   "A,M1,12,13\nB,M1,12,13\nC,M1,14,14\n"
                                                   "A,M2,8,8\nB,M2,9,\n"),
                                           "r.csv", &arena, &profiles, &why),
                     AMP_OK);
    assert_int_equal(amp_kin_references_make(&profiles, &freqs, 0, &arena, &refs, &why), AMP_OK);
    assert_int_equal(refs.marker_n, 2);
    assert_int_equal(amp_kin_pair(&refs, 0, 1, AMP_KIN_MUTATE, &pair, &why), AMP_OK);
    assert_int_equal(pair.marker_n, 2);
    /* M1: identity 1/(2pq), one shared allele (p+q)/(4pq); M2: 8,8 and 9,9 share nothing */
    const double one = 0.3 / (4 * 0.02);
    const double two = 1 / 0.04;
    assert_true(isinf(pair.log_ratio[AMP_KIN_PARENT_CHILD]));
    assert_true(isinf(pair.log_ratio[AMP_KIN_SAME]));
    close_to(exp(pair.log_ratio[AMP_KIN_FULL_SIBLINGS]), (0.25 + 0.5 * one + 0.25 * two) * 0.25);
    close_to(exp(pair.log_ratio[AMP_KIN_HALF_SIBLINGS]), (0.5 + 0.5 * one) * 0.5);
    close_to(exp(pair.log_ratio[AMP_KIN_AVUNCULAR]), (0.5 + 0.5 * one) * 0.5);
    close_to(exp(pair.log_ratio[AMP_KIN_GRANDPARENT]), (0.5 + 0.5 * one) * 0.5);
    close_to(exp(pair.log_ratio[AMP_KIN_FIRST_COUSINS]), (0.75 + 0.25 * one) * 0.75);
    close_to(pair.log_ratio[AMP_KIN_UNRELATED], 0);
    assert_int_equal(pair.best, AMP_KIN_FULL_SIBLINGS);
    assert_int_equal(amp_kin_pair(&refs, 0, 2, AMP_KIN_MUTATE, &pair, &why), AMP_OK);
    assert_int_equal(pair.marker_n, 1);
    amp_arena_drop(&arena);
}

static void power_agrees_with_the_formulas_of_a_child_and_its_father(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_kin_power power[2];
    struct amp_why why = {""};
    case_read("fid iid f m sex M1\nF dad 0 0 1 0/0\nF mum 0 0 2 0/0\nF kid dad mum 1 12/12\n",
              &arena, &kc);
    const size_t mum = 1;
    const struct amp_kin_power_asked asked = {.kc = &kc,
                                              .missing = 0,
                                              .candidate = &mum,
                                              .candidate_n = 1,
                                              .sample_n = 200,
                                              .seed = 3,
                                              .least_log10 = 0.5};
    assert_int_equal(amp_kin_power_run(&asked, &arena, power, &why), AMP_OK);
    /* the father has a 12; the other allele is anything: LR 1/p for 12,12 and 1/(2p) else */
    const double p = 0.1;
    close_to(power[0].expected_log10, p * log10(1 / p) + (1 - p) * log10(1 / (2 * p)));
    close_to(power[0].exclusion, (1 - p) * (1 - p));
    close_to(power[0].error, 0);
    close_to(power[0].inclusion, 1);                 /* both are above 10^0.5 */
    close_to(power[1].exclusion, (1 - p) * (1 - p)); /* she must have a 12 herself: no news */
    assert_true(power[0].mistaken > 0.1 && power[0].mistaken < 0.3); /* 1 - .81 = .19 */
    struct amp_kin_power again[2];
    assert_int_equal(amp_kin_power_run(&asked, &arena, again, &why), AMP_OK);
    assert_memory_equal(power, again, sizeof power);
    amp_arena_drop(&arena);
}

static void a_map_links_the_markers_of_a_chromosome(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_kin_result far, near;
    struct amp_why why = {""};
    static const char ped[] = "fid iid f m sex M1 M2\nF 1 0 0 1 12/13 8/9\nF 2 0 0 2 14/14 8/8\n"
                              "F 3 1 2 1 12/14 8/9\nF 4 1 2 1 12/14 8/9\nF 5 1 2 1 13/14 8/8\n";
    case_read(ped, &arena, &kc);
    assert_int_equal(amp_kin_case_run(&kc, AMP_KIN_MUTATE, 0, &arena, &far, &why), AMP_OK);
    assert_int_equal(amp_kin_case_link(&kc,
                                       AMP_STR("marker,chromosome,cM\nM2,1,10\nM9,1,11\n"
                                               "M1,1,10\n"),
                                       "m.csv", &arena, &why),
                     AMP_OK);
    assert_int_equal(kc.group_n, 1);
    assert_int_equal(kc.note_n, 1);
    assert_int_equal(amp_kin_case_run(&kc, AMP_KIN_MUTATE, 0, &arena, &near, &why), AMP_OK);
    /* three children who did not recombine: (1/8 + 1/8) / 2 of both phases against 1/64 */
    close_to(exp(near.total[0] - far.total[0]), 4);
    assert_int_equal(
        amp_kin_case_link(&kc, AMP_STR("marker,chromosome,cM\nM2,1,x\n"), "m.csv", &arena, &why),
        AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "m.csv line 2"));
    amp_arena_drop(&arena);
}

static void reports_state_conventions_and_never_how_probable_a_pedigree_is(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_kin_result result;
    struct amp_why why = {""};
    case_read("A<b> 1 0 0 1 12/13 8/8\nA<b> 2 0 0 2 0/0 0/0\nA<b> 3 1 2 1 12/14 8/9\n"
              "B 1 0 0 1 12/13 8/8\nB 3 0 0 1 12/14 8/9\n",
              &arena, &kc);
    assert_int_equal(amp_kin_case_run(&kc, AMP_KIN_DRAW, 1, &arena, &result, &why), AMP_OK);
    const struct amp_kin_report report = {.version = "1",
                                          .command = AMP_STR("amparo dna kin"),
                                          .kc = &kc,
                                          .result = &result,
                                          .untyped = AMP_KIN_DRAW};
    struct amp_buf page = amp_buf_make(1 << 20);
    struct amp_buf json = amp_buf_make(1 << 20);
    amp_kin_report_html(&report, &arena, &page);
    amp_kin_report_json(&report, &arena, &json);
    const char *html = amp_buf_cstr(&page);
    const char *text = amp_buf_cstr(&json);
    assert_non_null(strstr(html, "without mutation (as in Familias)"));
    assert_null(strstr(html, "<b>"));
    assert_non_null(strstr(html, "times more probable if"));
    assert_non_null(strstr(text, "\"untyped_founder\":\"draw\""));
    const char *lr = strstr(text, "\"lr\":[");
    assert_non_null(lr);
    close_to(strtod(lr + 6, NULL), 2.5);
    static const char *const transposed[] = {"probability that the relations",
                                             "probability of paternity", "posterior"};
    for (size_t i = 0; i < sizeof transposed / sizeof transposed[0]; i++) {
        assert_null(strstr(html, transposed[i]));
        assert_null(strstr(text, transposed[i]));
    }
    amp_buf_free(&page);
    amp_buf_free(&json);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_have_the_ratios_of_the_standard_relations),
        cmocka_unit_test(power_agrees_with_the_formulas_of_a_child_and_its_father),
        cmocka_unit_test(a_map_links_the_markers_of_a_chromosome),
        cmocka_unit_test(reports_state_conventions_and_never_how_probable_a_pedigree_is),
    };
    return cmocka_run_group_tests_name("dna/kin_tools", tests, NULL, NULL);
}
