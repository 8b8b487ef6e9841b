/* Likelihood ratios of real cases, and what follows from them, against EuroForMix and DNAmixtures. */
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

#define EFM "dna/efm/examples/"
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
    assert_int_equal(amp_lr_make(&pair->hp, &pair->hp_fit, &pair->hd, &pair->hd_fit, poi, arena,
                                 &pair->lr, why),
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
    "D3S1358", "TH01",     "D21S11", "D18S51",  "D10S1248", "D1S1656", "D2S1338", "D16S539",
    "D22S1045", "VWA", "D8S1179", "FGA", "D2S441", "D12S391", "D19S433", "SE33"};

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
    print_message("# box %.5f [%.5f %.5f], open %.5f [%.5f %.5f], Hp %.5f Hd %.5f\n",
                  in_box.log10_bayes_factor, in_box.low, in_box.high, lr.log10_bayes_factor, lr.low,
                  lr.high, in_box.hp.ln_marginal, in_box.hd.ln_marginal);
    assert_true(in_box.hp.reached && in_box.hd.reached && lr.hp.reached && lr.hd.reached);
    assert_in_range((int64_t)(in_box.log10_bayes_factor * 1e6), 10638838, 10894683);
    assert_in_range((int64_t)(lr.log10_bayes_factor * 1e6), 10638838, 10894683);
    assert_near(in_box.hp.ln_marginal, -398.2197445, 0.05);
    assert_near(in_box.hd.ln_marginal, -423.0103818, 0.05);
    amp_case_close(&pair.of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tutorial_stain_gives_euroformix_ratios_and_bounds),
        cmocka_unit_test(parameters_of_the_tutorial_stain_are_those_of_euroformix),
        cmocka_unit_test(the_integral_lies_in_euroformix_interval_within_its_own_error),
    };
    return cmocka_run_group_tests_name("dna/lr_case", tests, NULL, NULL);
}
