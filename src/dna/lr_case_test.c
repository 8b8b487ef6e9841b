/* Likelihood ratios of real cases, and what follows from them, against EuroForMix and DNAmixtures.
 */
#include "base/testdata.h"
#include "dna/case_testdata.h"
#include "dna/deconvolve.h"
#include "dna/integral.h"
#include "dna/lr.h"
#include "dna/mcmc.h"
#include "dna/noncontributor.h"
#include "dna/ppplot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EFM      "dna/efm/examples/"
#define TUTORIAL "dna/efm/tutorialdata/"
#define PROVEDIT "dna/provedit/"

#define assert_near(value, expected, by) near(value, expected, by, __LINE__)

static void near(double value, double expected, double by, int line)
{
    if (!(fabs(value - expected) <= by)) {
        fail_msg("line %d: %.9g instead of %.9g +- %g", line, value, expected, by);
    }
}

/* A case with both hypotheses at their maxima. */
struct pair {
    struct amp_case of;
    struct amp_mix hp, hd;
    struct amp_mix_fit hp_fit, hd_fit;
    struct amp_lr lr;
};

static void fit_both(struct pair *pair, int poi)
{
    const struct amp_mix_fit_options options = {0};
    struct amp_arena *arena = &pair->of.arena;
    struct amp_why *why = &pair->of.why;
    assert_int_equal(amp_mix_fit_max(&pair->hp, &options, arena, &pair->hp_fit, why), AMP_OK);
    assert_int_equal(amp_mix_fit_max(&pair->hd, &options, arena, &pair->hd_fit, why), AMP_OK);
    assert_int_equal(
        amp_lr_make(&pair->hp, &pair->hp_fit, &pair->hd, &pair->hd_fit, poi, arena, &pair->lr, why),
        AMP_OK);
}

/* The tutorial's stain: who is known and typed under Hp and Hd. */
static bool stain_fit(struct pair *pair, const char *const who[4], int poi)
{
    if (!amp_case_open(&pair->of, TUTORIAL "stain.txt", TUTORIAL "refs.csv",
                       TUTORIAL "ESX17_Norway.csv", "ESX17")) {
        return false;
    }
    pair->of.settings.degradation = true;
    pair->of.settings.back = true;
    assert_int_equal(amp_case_mix(&pair->of, 2, who[0], who[1], &pair->hp), AMP_OK);
    assert_int_equal(amp_case_mix(&pair->of, 2, who[2], who[3], &pair->hd), AMP_OK);
    fit_both(pair, poi);
    return true;
}

static const char *const minor[4] = {"P1,P2", "", "P1", "P2"};
static const char *const major[4] = {"P1", "", "", "P1"};

#define STAIN_OR_SKIP(pair, who, poi)                                                              \
    do {                                                                                           \
        if (!stain_fit(pair, who, poi)) {                                                          \
            AMP_TEST_SKIP("no tutorial data");                                                     \
        }                                                                                          \
    } while (0)

static void markers_are_near(const struct amp_lr *lr, const char *const *name, const double *value,
                             size_t n)
{
    assert_int_equal(lr->marker_n, n);
    for (size_t i = 0; i < n; i++) {
        size_t m = 0;
        while (m < n && !amp_str_is(lr->marker[m].name, name[i])) {
            m++;
        }
        assert_true(m < n);
        assert_near(lr->marker[m].log10_lr, value[i], 2e-3);
    }
}

static const char *const esx_marker[] = {
    "D3S1358",  "TH01", "D21S11",  "D18S51", "D10S1248", "D1S1656", "D2S1338", "D16S539",
    "D22S1045", "VWA",  "D8S1179", "FGA",    "D2S441",   "D12S391", "D19S433", "SE33"};

static void the_tutorial_stain_gives_euroformix_ratios_and_bounds(void **state)
{
    (void)state;
    static const double by_marker[] = {0.51638, 1.02748, -0.04467, -0.32406, 0.07995, 1.50856,
                                       1.11474, 1.50989, 0.22219,  1.10334,  1.17325, 0.14755,
                                       0.22221, 1.36867, 0.74527,  0.66395};
    struct pair pair;
    STAIN_OR_SKIP(&pair, minor, 1);
    assert_near(pair.lr.log10_lr, 11.034697, 2e-3);
    assert_near(pair.lr.log10_upper, 16.109298, 1e-5);
    markers_are_near(&pair.lr, esx_marker, by_marker, 16);
    assert_near(pair.hp_fit.laplace, -398.32615, 2e-2);
    assert_near(pair.hd_fit.laplace, -423.17613, 2e-2);
    amp_case_close(&pair.of);
    STAIN_OR_SKIP(&pair, major, 0);
    assert_near(pair.lr.log10_lr, 20.208355, 2e-3);
    assert_near(pair.lr.log10_upper, 22.173812, 1e-5);
    assert_near(pair.hd_fit.laplace, -466.99951, 2e-2);
    amp_case_close(&pair.of);
}

static void parameters_of_the_tutorial_stain_are_those_of_euroformix(void **state)
{
    (void)state;
    struct pair pair;
    STAIN_OR_SKIP(&pair, minor, 1);
    const struct amp_mix_params *at = &pair.hp_fit.at;
    assert_near(at->share[0], 0.780212, 1e-4);
    assert_near(at->mu, 1967.1, 0.5);
    assert_near(at->omega, 0.313343, 1e-4);
    assert_near(at->beta, 0.644374, 1e-4);
    assert_near(at->xi_back, 0.0300532, 1e-4);
    /* EuroForMix's limits of integration are the maximum +- 4 standard errors, cut at 0 */
    assert_near(pair.hp_fit.se.share[0], (0.9010607256 - 0.6593624527) / 8, 1e-4);
    assert_near(pair.hp_fit.se.mu, (2561.796573 - 1372.400796) / 8, 0.5);
    assert_near(pair.hp_fit.se.omega, (0.4387055923 - 0.1879797723) / 8, 1e-4);
    assert_near(pair.hp_fit.se.beta, (0.843553052 - 0.4451945532) / 8, 1e-4);
    assert_near(pair.hp_fit.se.xi_back, (0.07739942623 - 0.0300532) / 4, 1e-4);
    assert_false(pair.hp_fit.at_border);
    assert_true(pair.hp_fit.converged_n > 1);
    amp_case_close(&pair.of);
}

static void the_integral_lies_in_euroformix_interval_within_its_own_error(void **state)
{
    (void)state;
    struct pair pair;
    STAIN_OR_SKIP(&pair, minor, 1);
    const struct amp_integral_options box = {.box = true, .tolerance = 0.002};
    const struct amp_integral_options open = {.tolerance = 0.002};
    struct amp_integral_lr in_box;
    struct amp_integral_lr lr;
    assert_int_equal(amp_integral_lr(&pair.hp, &pair.hp_fit, &pair.hd, &pair.hd_fit, &box,
                                     &pair.of.arena, &in_box, &pair.of.why),
                     AMP_OK);
    assert_int_equal(amp_integral_lr(&pair.hp, &pair.hp_fit, &pair.hd, &pair.hd_fit, &open,
                                     &pair.of.arena, &lr, &pair.of.why),
                     AMP_OK);
    assert_true(in_box.hp.reached && in_box.hd.reached && lr.hp.reached && lr.hd.reached);
    assert_in_range((int64_t)(in_box.log10_bayes_factor * 1e6), 10638838, 10894683);
    assert_in_range((int64_t)(lr.log10_bayes_factor * 1e6), 10638838, 10894683);
    assert_near(in_box.hp.ln_marginal, -398.2197445, 0.05);
    assert_near(in_box.hd.ln_marginal, -423.0103818, 0.05);
    amp_case_close(&pair.of);
}

static void the_chain_agrees_with_the_integral_and_euroformix_and_repeats_itself(void **state)
{
    (void)state;
    struct pair pair;
    STAIN_OR_SKIP(&pair, minor, 1);
    const struct amp_mcmc_options options = {.seed = 1};
    struct amp_mcmc_lr lr;
    struct amp_mcmc_lr again;
    assert_int_equal(amp_mcmc_lr(&pair.hp, &pair.hp_fit, &pair.hd, &pair.hd_fit, &options,
                                 &pair.of.arena, &lr, &pair.of.why),
                     AMP_OK);
    assert_int_equal(amp_mcmc_lr(&pair.hp, &pair.hp_fit, &pair.hd, &pair.hd_fit, &options,
                                 &pair.of.arena, &again, &pair.of.why),
                     AMP_OK);
    /* the integral's 10.785; of EuroForMix 10.7701 with 2000 draws */
    assert_near(lr.log10_bayes_factor, 10.785, 0.08);
    /* a difference of two halves of chi-squared with 5 degrees would give 9.45; EuroForMix's 2000
     * draws gave 8.65 with the interval 7.90 to 9.41 */
    assert_near(lr.log10_conservative, 9.45, 0.3);
    assert_true(lr.ci_low < 9.41 && lr.ci_low < lr.log10_conservative);
    assert_true(lr.ci_high > lr.log10_conservative && lr.log10_conservative < lr.log10_median);
    assert_near(lr.hp.acceptance, 0.25, 0.12);
    assert_memory_equal(lr.hp.loglik, again.hp.loglik, lr.hp.sample_n * sizeof(double));
    assert_memory_equal(lr.log10_lr, again.log10_lr, lr.sample_n * sizeof(double));
    amp_case_close(&pair.of);
}

static void deconvolution_of_the_tutorial_stain_is_euroformix(void **state)
{
    (void)state;
    static const struct {
        const char *genotype;
        double probability, ratio;
    } expected[] = {{"15/16", 0.3703, 1.651}, {"6/7", 0.9677, 66.39},   {"29/29", 0.5194, 1.732},
                    {"15/Q", 0.3054, 1.202},  {"13/14", 0.5912, 4.448}, {"15/16", 0.9494, 45.44},
                    {"17/20", 0.9816, 257.3}, {"9/10", 0.4944, 2.174},  {"15/16", 0.5072, 1.538},
                    {"15/17", 0.6305, 3.436}, {"10/13", 0.9022, 19.4},  {"22/Q", 0.2961, 1.23},
                    {"11/14", 0.436, 1.548},  {"18/19", 0.8731, 18.07}, {"14/14", 0.6256, 2.157},
                    {"29.2/Q", 0.6164, 5.687}};
    struct pair pair;
    STAIN_OR_SKIP(&pair, minor, 1);
    struct amp_deconvolve dc;
    assert_int_equal(amp_deconvolve_run(&pair.hd, &pair.hd_fit.at,
                                        &(struct amp_deconvolve_options){0}, &pair.of.arena, &dc,
                                        &pair.of.why),
                     AMP_OK);
    for (size_t i = 0; i < 16; i++) {
        size_t m = 0;
        while (m < dc.marker_n && !amp_str_is(dc.marker[m].name, esx_marker[i])) {
            m++;
        }
        assert_true(m < dc.marker_n);
        const struct amp_deconvolve_person *person = &dc.marker[m].person[1];
        assert_false(dc.marker[m].person[0].unknown);
        struct amp_str text =
            amp_genotype_text(&pair.hd.marker[m], person->row[0].genotype, &pair.of.arena);
        assert_true(amp_str_is(text, expected[i].genotype));
        assert_near(person->row[0].probability, expected[i].probability, 1.5e-3);
        assert_near(person->ratio_next / expected[i].ratio, 1, 5e-3);
        assert_near(dc.marker[m].joint[0].probability, person->row[0].probability, 1e-12);
    }
    amp_case_close(&pair.of);
}

static void cumulative_probabilities_of_peaks_are_euroformix(void **state)
{
    (void)state;
    static const double hp[] = {0.684252, 0.770050, 0.600137, 0.650772, 0.463593,
                                0.235002, 0.647966, 0.843911, 0.342472, 0.441819};
    static const double hd[] = {0.405121, 0.800059, 0.725785, 0.660860, 0.451580, 0.253263,
                                0.612954, 0.783315, 0.238206, 0.348146, 0.375452, 0.100890,
                                0.089174, 0.381283, 0.853141, 0.729624, 0.632445, 0.891769};
    struct pair pair;
    STAIN_OR_SKIP(&pair, minor, 1);
    struct amp_pp pp;
    assert_int_equal(amp_pp_run(&pair.hp, &pair.hp_fit.at, &pair.of.arena, &pp, &pair.of.why),
                     AMP_OK);
    for (size_t i = 0; i < 10; i++) {
        assert_near(pp.peak[i].probability, hp[i], 1e-5);
    }
    assert_int_equal(amp_pp_run(&pair.hd, &pair.hd_fit.at, &pair.of.arena, &pp, &pair.of.why),
                     AMP_OK);
    for (size_t i = 0; i < 18; i++) {
        assert_near(pp.peak[i].probability, hd[i], 1e-5);
    }
    assert_int_equal(pp.peak_n, 52);
    assert_int_equal(pp.flagged_n, 0);
    amp_case_close(&pair.of);
}

static void provedit_rules(struct amp_mix_settings *settings)
{
    static const struct {
        const char *dye;
        double threshold;
    } of[] = {{"blue", 35}, {"green", 65}, {"yellow", 45}, {"red", 50}, {"purple", 60}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        settings->threshold.dye[i].dye = amp_str_of(of[i].dye);
        settings->threshold.dye[i].value = of[i].threshold;
    }
    settings->threshold.dye_n = sizeof of / sizeof of[0];
    settings->degradation = true;
}

/* One row of expected/provedit_2p.tsv. */
static void provedit_row(const char *trace, const char *donor, const double expected[4])
{
    char path[200];
    char name[16];
    struct pair pair;
    (void)snprintf(path, sizeof path, PROVEDIT "2p_real_sFRiman/%s.csv", trace);
    (void)snprintf(name, sizeof name, "c%s", donor);
    assert_true(amp_case_open(&pair.of, path, PROVEDIT "genotypes.csv",
                              PROVEDIT "NIST1036_Cauc.csv", "GlobalFiler"));
    provedit_rules(&pair.of.settings);
    assert_int_equal(amp_case_mix(&pair.of, 2, name, "", &pair.hp), AMP_OK);
    assert_int_equal(amp_case_mix(&pair.of, 2, "", name, &pair.hd), AMP_OK);
    fit_both(&pair, 0);
    assert_true(pair.hp_fit.loglik > expected[0] - 1e-4);
    assert_true(pair.hd_fit.loglik > expected[1] - 1e-4);
    assert_near(pair.lr.log10_lr, expected[2], 2e-3);
    assert_near(pair.lr.log10_upper, expected[3], 1e-5);
    amp_case_close(&pair.of);
}

static void all_provedit_pairs_reach_euroformix(void **state)
{
    (void)state;
    const char *path = amp_testdata("dna/expected/provedit_2p.tsv");
    AMP_TEST_NEEDS(path);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char line[1024];
    int rows = 0;
    assert_non_null(fgets(line, sizeof line, in)); /* the head */
    while (fgets(line, sizeof line, in)) {
        char trace[128];
        char donor[8];
        double v[4];
        assert_int_equal(
            sscanf(line, "%127s 2 %7s %lf %lf %lf %lf", trace, donor, &v[0], &v[1], &v[2], &v[3]),
            6);
        provedit_row(trace, donor, v);
        rows++;
    }
    (void)fclose(in);
    assert_int_equal(rows, 24);
}

static void mc15_reaches_dnamixtures_by_its_own_convention(void **state)
{
    (void)state;
    struct pair pair;
    if (!amp_case_open(&pair.of, "dna/dnamixtures/MC15.txt", "dna/dnamixtures/MC15.txt",
                       "dna/dnamixtures/USCaucasian.csv", NULL)) {
        AMP_TEST_SKIP("no DNAmixtures data");
    }
    pair.of.input.replicate_n = 1; /* the other samples of the file are K1 to K3 */
    pair.of.settings.convention = AMP_MIX_DNAMIXTURES;
    pair.of.settings.theta.value = 0;
    pair.of.settings.drop_in.value = 0;
    pair.of.settings.back = true;
    assert_int_equal(amp_case_mix(&pair.of, 4, "K1,K2,K3", "", &pair.hp), AMP_OK);
    assert_int_equal(amp_case_mix(&pair.of, 4, "K1,K2", "K3", &pair.hd), AMP_OK);
    fit_both(&pair, 2);
    assert_near(pair.hp_fit.loglik, -271.8021, 6e-5);
    assert_near(pair.hd_fit.loglik, -297.7915, 6e-5);
    assert_near(pair.lr.log10_lr, 11.28704, 1e-5);
    const struct amp_mix_params *at = &pair.hp_fit.at;
    assert_near(1 / (at->omega * at->omega), 34.237675, 1e-2);    /* rho */
    assert_near(at->mu * at->omega * at->omega, 26.668456, 1e-2); /* eta */
    assert_near(at->xi_back, 0.073699, 1e-5);
    assert_near(at->share[0], 0.820501, 1e-5);
    amp_case_close(&pair.of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tutorial_stain_gives_euroformix_ratios_and_bounds),
        cmocka_unit_test(parameters_of_the_tutorial_stain_are_those_of_euroformix),
        cmocka_unit_test(the_integral_lies_in_euroformix_interval_within_its_own_error),
        cmocka_unit_test(the_chain_agrees_with_the_integral_and_euroformix_and_repeats_itself),
        cmocka_unit_test(deconvolution_of_the_tutorial_stain_is_euroformix),
        cmocka_unit_test(cumulative_probabilities_of_peaks_are_euroformix),
        cmocka_unit_test(all_provedit_pairs_reach_euroformix),
        cmocka_unit_test(mc15_reaches_dnamixtures_by_its_own_convention),
    };
    return cmocka_run_group_tests_name("dna/lr_case", tests, NULL, NULL);
}
