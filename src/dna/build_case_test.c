/* The builder against the numbers that EuroForMix enters into its likelihood (vectors/). */
#include "base/testdata.h"
#include "dna/case_testdata.h"
#include "dna/dump.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    DUMP_MAX = 1 << 16
};

#define EFM "dna/efm/examples/"

static void close_to(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12 * (1 + fabs(b)))) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

static void allele_check(const struct amp_mix_marker *ours, const struct amp_mix_marker *theirs,
                         size_t i)
{
    const struct amp_mix_allele *a = &ours->allele[i];
    const struct amp_mix_allele *b = &theirs->allele[i];
    const double name = strtod(b->name.ptr, NULL); /* with 17 digits */
    if ((int32_t)i == ours->rest) {
        assert_true(name == 99);
    } else {
        close_to(strtod(a->name.ptr, NULL), name);
    }
    close_to(a->freq, b->freq);
    close_to(a->bp100, b->bp100);
    assert_true(a->typed == b->typed);
    assert_int_equal(a->back_to, b->back_to);
    assert_int_equal(a->forward_to, b->forward_to);
    assert_int_equal(a->back_from, b->back_from);
    assert_int_equal(a->forward_from, b->forward_from);
    assert_int_equal(a->loses_back, b->loses_back);
    assert_int_equal(a->loses_forward, b->loses_forward);
    for (size_t r = 0; r < ours->replicate_n; r++) {
        assert_true(a->height[r] == b->height[r]);
        if (a->height[r] > 0) {
            close_to(a->drop_in_log[r], b->drop_in_log[r]);
        }
    }
}

static void marker_check(const struct amp_mix_marker *ours, const struct amp_mix_marker *theirs,
                         size_t contributor_n)
{
    assert_true(amp_str_eq(ours->name, theirs->name));
    assert_int_equal(ours->genotype_n, theirs->genotype_n);
    assert_int_equal(ours->allele_n, theirs->allele_n);
    assert_int_equal(ours->rest, theirs->rest);
    assert_int_equal(ours->replicate_n, theirs->replicate_n);
    assert_true(ours->threshold == theirs->threshold);
    assert_true(ours->theta == theirs->theta);
    assert_true(ours->drop_in == theirs->drop_in);
    assert_true(ours->typed_n == theirs->typed_n);
    assert_int_equal(ours->stutter, theirs->stutter);
    assert_int_equal(ours->known, theirs->known);
    assert_memory_equal(ours->copies, theirs->copies, contributor_n * ours->allele_n);
    for (size_t i = 0; i < ours->allele_n; i++) {
        allele_check(ours, theirs, i);
    }
}

static void dump_check(struct amp_case *of, const struct amp_mix *mix, const char *rel)
{
    const char *path = amp_testdata(rel);
    FILE *in = path != NULL ? fopen(path, "rb") : NULL;
    char *text = amp_arena_alloc(&of->arena, DUMP_MAX);
    assert_true(in != NULL && text != NULL);
    const struct amp_str bytes = {text, fread(text, 1, DUMP_MAX, in)};
    (void)fclose(in);
    struct amp_dna_dump dump;
    if (amp_dna_dump_read(bytes, &of->arena, &dump, &of->why) != AMP_OK) {
        fail_msg("%s", of->why.text);
    }
    assert_int_equal(mix->marker_n, dump.mix.marker_n);
    assert_int_equal(mix->contributor_n, dump.mix.contributor_n);
    for (size_t i = 0; i < mix->marker_n; i++) {
        marker_check(&mix->marker[i], &dump.mix.marker[i], mix->contributor_n);
    }
    amp_case_close(of);
}

/* The case with both stutters and degradation. */
static bool case_open(struct amp_case *of, const char *const *file, const char *kit,
                      double threshold)
{
    if (!amp_case_open(of, file[0], file[1], file[2], kit)) {
        return false;
    }
    of->settings.threshold.value = threshold;
    of->settings.degradation = true;
    of->settings.back = true;
    of->settings.forward = true;
    return true;
}

static const char *const esx17[] = {EFM "ESX17_3p.csv", EFM "ESX17_refs.csv", EFM "ESX17_freq.csv"};
static const char *const low[] = {EFM "ESX17_evids_LTDNA.csv", EFM "ESX17_refs_LTDNA.csv",
                                  EFM "ESX17_freq.csv"};
static const char *const globalfiler[] = {EFM "GF_evid.csv", EFM "GF_refs.csv", EFM "GF_freq.csv"};

static void three_persons_of_esx17_are_built_as_euroformix_does(void **state)
{
    (void)state;
    struct amp_case of;
    struct amp_mix mix;
    if (!case_open(&of, esx17, "ESX17", 50)) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    assert_int_equal(amp_case_mix(&of, 3, "ref1", "", &mix), AMP_OK);
    dump_check(&of, &mix, "dna/vectors/esx3_1K2U.dump");
}

static void four_known_persons_of_globalfiler_are_built_as_euroformix_does(void **state)
{
    (void)state;
    struct amp_case of;
    struct amp_mix mix;
    if (!case_open(&of, globalfiler, "GlobalFiler", 75)) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    assert_int_equal(amp_case_mix(&of, 4, "K48,K49,K50,K29", "", &mix), AMP_OK);
    dump_check(&of, &mix, "dna/vectors/gf_4K.dump");
}

static void a_typed_person_outside_of_the_mixture_counts_for_theta_alone(void **state)
{
    (void)state;
    struct amp_case of;
    struct amp_mix mix;
    if (!case_open(&of, globalfiler, "GlobalFiler", 75)) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    assert_int_equal(amp_case_mix(&of, 4, "K48,K49,K50", "K29", &mix), AMP_OK);
    dump_check(&of, &mix, "dna/vectors/gf_3K1U.dump");
}

static void three_replicates_and_a_partly_typed_person_are_built_as_euroformix_does(void **state)
{
    (void)state;
    struct amp_case of;
    struct amp_mix mix;
    if (!case_open(&of, low, "ESX17", 100)) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    assert_int_equal(amp_case_mix(&of, 3, "ref1", "ref2", &mix), AMP_OK);
    dump_check(&of, &mix, "dna/vectors/lt_3reps_1K2U.dump");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_persons_of_esx17_are_built_as_euroformix_does),
        cmocka_unit_test(four_known_persons_of_globalfiler_are_built_as_euroformix_does),
        cmocka_unit_test(a_typed_person_outside_of_the_mixture_counts_for_theta_alone),
        cmocka_unit_test(three_replicates_and_a_partly_typed_person_are_built_as_euroformix_does),
    };
    return cmocka_run_group_tests_name("dna/build_case", tests, NULL, NULL);
}
