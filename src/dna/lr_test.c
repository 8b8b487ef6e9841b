/* Ratios, bounds and words; samples, integrals and strangers on stains drawn from the model. */
#include "dna/integral.h"
#include "dna/lr.h"
#include "dna/mcmc.h"
#include "dna/mixture_drawn.h"
#include "dna/noncontributor.h"
#include "dna/stranger.h"
#include "dna/variant.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 28
};
static const double LN_10 = 2.30258509299404568402;

#define assert_near(value, expected, by) near(value, expected, by, __LINE__)

static void near(double value, double expected, double by, int line)
{
    if (!(fabs(value - expected) <= by)) {
        fail_msg("line %d: %.12g instead of %.12g +- %g", line, value, expected, by);
    }
}

static void words_follow_the_scales_of_enfsi_and_swgdam(void **state)
{
    (void)state;
    const struct {
        enum amp_lr_scale scale;
        double lr;
        const char *words;
        int supports;
    } of[] = {
        {AMP_LR_ENFSI_2015, 1, "no support for one proposition over the other", 0},
        {AMP_LR_ENFSI_2015, 1.9, "no support for one proposition over the other", 0},
        {AMP_LR_ENFSI_2015, 2.1, "weak support", 1},
        {AMP_LR_ENFSI_2015, 11, "moderate support", 1},
        {AMP_LR_ENFSI_2015, 120, "moderately strong support", 1},
        {AMP_LR_ENFSI_2015, 1200, "strong support", 1},
        {AMP_LR_ENFSI_2015, 12000, "very strong support", 1},
        {AMP_LR_ENFSI_2015, 1.2e6, "extremely strong support", 1},
        {AMP_LR_ENFSI_2015, 1 / 120.0, "moderately strong support", -1},
        {AMP_LR_SWGDAM_2018, 1.2, "uninformative", 0},
        {AMP_LR_SWGDAM_2018, 99, "limited support", 1},
        {AMP_LR_SWGDAM_2018, 101, "moderate support", 1},
        {AMP_LR_SWGDAM_2018, 10001, "strong support", 1},
        {AMP_LR_SWGDAM_2018, 1.0001e6, "very strong support", 1},
        {AMP_LR_SWGDAM_2018, 1e-7, "very strong support", -1},
    };
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        struct amp_lr_words words = amp_lr_words(of[i].scale, log10(of[i].lr));
        assert_string_equal(words.words, of[i].words);
        assert_int_equal(words.supports, of[i].supports);
        double lr = of[i].lr >= 1 ? of[i].lr : 1 / of[i].lr;
        assert_true(lr >= words.from && lr < words.to);
    }
    assert_string_equal(amp_lr_words(AMP_LR_ENFSI_2015, INFINITY).words,
                        "extremely strong support");
}

static bool says(struct amp_str text, const char *what)
{
    char copy[1024];
    return amp_str_copy(copy, sizeof copy, text) == AMP_OK && strstr(copy, what) != NULL;
}

static void sentences_speak_of_findings_never_of_propositions(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_str hp = AMP_STR("A took part");
    struct amp_str hd = AMP_STR("A had no part");
    struct amp_str s = amp_lr_sentence(AMP_LR_ENFSI_2015, 5.3222, hp, hd, &arena);
    assert_true(says(s, "The findings are about 2.1e+05 times more probable if A took part than if "
                        "A had no part. On the ENFSI 2015 scale this is very strong support for "
                        "the proposition that A took part over the alternative."));
    s = amp_lr_sentence(AMP_LR_SWGDAM_2018, -2, hp, hd, &arena);
    assert_true(says(s, "about 100 times more probable if A had no part than if A took part"));
    assert_true(says(s, "moderate support for the proposition that A had no part"));
    s = amp_lr_sentence(AMP_LR_ENFSI_2015, 0.1, hp, hd, &arena);
    assert_true(says(s, "1.3 times more probable"));
    assert_true(says(s, "scale: no support for one proposition over the other."));
    s = amp_lr_sentence(AMP_LR_ENFSI_2015, -INFINITY, hp, hd, &arena);
    assert_true(says(s, "The findings have no probability if A took part."));
    s = amp_lr_sentence(AMP_LR_ENFSI_2015, 25.99999, hp, hd, &arena);
    assert_true(says(s, "about 1.0e+26 times"));
    amp_arena_drop(&arena);
}

static void a_match_probability_is_drawn_from_the_urn(void **state)
{
    (void)state;
    const struct amp_mix_allele allele[2] = {{.freq = 0.2, .typed = 1}, {.freq = 0.8, .typed = 1}};
    struct amp_mix_marker marker = {
        .genotype_n = 2, .allele_n = 2, .allele = allele, .theta = 0.03, .typed_n = 2};
    /* Balding and Nichols 1994 */
    double both = 2 * (0.03 + 0.97 * 0.2) * (0.03 + 0.97 * 0.8) / (1.03 * 1.06);
    double twice = (0.03 + 0.97 * 0.2) * (2 * 0.03 + 0.97 * 0.2) / (1.03 * 1.06);
    assert_near(amp_lr_match_log(&marker, 0, 1), log(both), 1e-14);
    assert_near(amp_lr_match_log(&marker, 1, 0), log(both), 1e-14);
    assert_near(amp_lr_match_log(&marker, 0, 0), log(twice), 1e-14);
}

static void the_number_of_contributors_with_the_least_criterion_is_chosen(void **state)
{
    (void)state;
    struct amp_lr_trial trial[3] = {
        {.contributor_n = 1, .hd = {.loglik = -120, .parameter_n = 4}},
        {.contributor_n = 2,
         .hp = {.loglik = -90, .parameter_n = 5},
         .hd = {.loglik = -100, .parameter_n = 5}},
        {.contributor_n = 3,
         .hp = {.loglik = -89.9, .parameter_n = 6},
         .hd = {.loglik = -99, .parameter_n = 6}},
    };
    assert_int_equal(amp_lr_trials_finish(trial, 3), 1); /* of equals the fewer */
    assert_near(trial[1].hd_aic, 210, 1e-12);
    assert_near(trial[1].log10_lr, 10 / LN_10, 1e-12);
    assert_true(isnan(trial[0].log10_lr) && isnan(trial[0].hp_aic));
    trial[2].hd.loglik = -98.9;
    assert_int_equal(amp_lr_trials_finish(trial, 3), 2);
    struct amp_lr_trial none = {.contributor_n = 1};
    assert_int_equal(amp_lr_trials_finish(&none, 1), -1);
}

/* Hp: the first is known, the second not. Hd: neither. */
struct stand {
    struct amp_arena arena;
    struct amp_mix *hp, *hd;
    struct amp_mix_fit hp_fit, hd_fit;
    struct amp_why why;
};

static void stand_open(struct stand *stand, double theta)
{
    struct amp_mix_drawn drawn = {
        .seed = 5,
        .marker_n = 8,
        .replicate_n = 1,
        .contributor_n = 2,
        .known_n = 1,
        .stutter = 1,
        .theta = theta,
        .truth = {.share = {0.3, 0.7}, .mu = 900, .omega = 0.25, .beta = 1, .xi_back = 0.08}};
    *stand = (struct stand){.arena = amp_arena_make(ARENA)};
    stand->hp = amp_mix_draw(&drawn, &stand->arena);
    stand->hd = amp_arena_alloc(&stand->arena, sizeof *stand->hd);
    struct amp_mix_marker *marker = amp_arena_array(&stand->arena, drawn.marker_n, sizeof *marker);
    assert_true(stand->hd && marker);
    *stand->hd = *stand->hp;
    for (size_t m = 0; m < drawn.marker_n; m++) { /* he stays typed */
        marker[m] = stand->hp->marker[m];
        marker[m].known = 0;
    }
    stand->hd->marker = marker;
    const struct amp_mix_fit_options options = {0};
    assert_int_equal(
        amp_mix_fit_max(stand->hp, &options, &stand->arena, &stand->hp_fit, &stand->why), AMP_OK);
    assert_int_equal(
        amp_mix_fit_max(stand->hd, &options, &stand->arena, &stand->hd_fit, &stand->why), AMP_OK);
}

static void a_ratio_is_the_sum_of_its_markers_and_below_its_bound(void **state)
{
    (void)state;
    struct stand stand;
    struct amp_lr lr;
    stand_open(&stand, 0.01);
    assert_int_equal(amp_lr_make(stand.hp, &stand.hp_fit, stand.hd, &stand.hd_fit, 0, &stand.arena,
                                 &lr, &stand.why),
                     AMP_OK);
    double sum = 0;
    double upper = 0;
    for (size_t m = 0; m < lr.marker_n; m++) {
        sum += lr.marker[m].log10_lr;
        upper += lr.marker[m].log10_upper;
    }
    assert_near(lr.log10_lr, sum, 1e-9);
    assert_near(lr.log10_upper, upper, 1e-9);
    assert_true(lr.log10_lr > 0 && lr.log10_lr < lr.log10_upper);
    assert_int_equal(amp_lr_make(stand.hp, &stand.hp_fit, stand.hd, &stand.hd_fit, -1, &stand.arena,
                                 &lr, &stand.why),
                     AMP_OK);
    assert_true(isnan(lr.log10_upper) && isnan(lr.marker[0].log10_upper));
    amp_arena_drop(&stand.arena);
}

static void hypotheses_of_different_evidence_are_refused(void **state)
{
    (void)state;
    struct stand stand;
    struct amp_lr lr;
    stand_open(&stand, 0);
    struct amp_mix fewer = *stand.hd;
    fewer.marker_n--;
    assert_int_equal(amp_lr_make(stand.hp, &stand.hp_fit, &fewer, &stand.hd_fit, 0, &stand.arena,
                                 &lr, &stand.why),
                     AMP_E_CONFLICT);
    struct amp_variant other;
    amp_variant_begin(&other, stand.hd, 0);
    const double height = 12345;
    other.allele[0].height = &height;
    struct amp_mix_marker *marker =
        amp_arena_array(&stand.arena, stand.hd->marker_n, sizeof *marker);
    assert_non_null(marker);
    memcpy(marker, stand.hd->marker, stand.hd->marker_n * sizeof *marker);
    marker[0] = other.marker;
    struct amp_mix changed = *stand.hd;
    changed.marker = marker;
    assert_int_equal(amp_lr_make(stand.hp, &stand.hp_fit, &changed, &stand.hd_fit, 0, &stand.arena,
                                 &lr, &stand.why),
                     AMP_E_CONFLICT);
    assert_non_null(strstr(stand.why.text, "marker M"));
    amp_arena_drop(&stand.arena);
}

/* The likelihood on a fine grid of share, mu, omega and xi: nothing clever. */
static double grid_marginal_log(const struct amp_mix *mix, const struct amp_mix_fit *fit)
{
    enum {
        N = 21
    };
    struct amp_mix_work *work;
    assert_int_equal(amp_mix_work_create(mix, &work), AMP_OK);
    const double reach = 6;
    double sum = 0;
    const struct amp_mix_params *se = &fit->se;
    const double width[4] = {2 * reach * se->share[0] / N, 2 * reach * se->mu / N,
                             2 * reach * se->omega / N, 2 * reach * se->xi_back / N};
    for (int i = 0; i < N * N * N * N; i++) {
        const int at[4] = {i % N, i / N % N, i / N / N % N, i / N / N / N};
        struct amp_mix_params p = fit->at;
        p.share[0] += (at[0] + 0.5) * width[0] - reach * se->share[0];
        p.share[1] = 1 - p.share[0];
        p.mu += (at[1] + 0.5) * width[1] - reach * se->mu;
        p.omega += (at[2] + 0.5) * width[2] - reach * se->omega;
        p.xi_back += (at[3] + 0.5) * width[3] - reach * se->xi_back;
        struct amp_mix_value value = {0};
        if (p.share[0] < 0 || p.share[1] < 0 || p.omega <= 0 || p.xi_back < 0 || p.mu <= 0 ||
            amp_mix_loglik(mix, &p, work, &value)) {
            continue;
        }
        sum += exp(value.loglik - fit->loglik);
    }
    amp_mix_work_destroy(work);
    return fit->loglik + log(sum * width[0] * width[1] * width[2] * width[3]);
}

static void integral_chain_and_laplace_agree_with_a_plain_grid(void **state)
{
    (void)state;
    struct amp_mix_drawn drawn = {
        .seed = 8,
        .marker_n = 6,
        .replicate_n = 1,
        .contributor_n = 2,
        .known_n = 2,
        .stutter = 1,
        .truth = {.share = {0.3, 0.7}, .mu = 900, .omega = 0.25, .beta = 1, .xi_back = 0.1}};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_mix *mix = amp_mix_draw(&drawn, &arena);
    struct amp_mix_fit fit;
    struct amp_integral integral;
    struct amp_mcmc chain;
    struct amp_why why;
    assert_int_equal(amp_mix_fit_max(mix, &(struct amp_mix_fit_options){0}, &arena, &fit, &why),
                     AMP_OK);
    double truth = grid_marginal_log(mix, &fit);
    const struct amp_integral_options exact = {.tolerance = 0.001};
    assert_int_equal(amp_integral_run(mix, &fit, &exact, &arena, &integral, &why), AMP_OK);
    assert_true(integral.reached && integral.relative_error <= 0.001);
    assert_near(integral.ln_marginal, truth, 0.01); /* what the grid itself misses */
    assert_near(fit.laplace, truth, 0.3);
    const struct amp_mcmc_options many = {.seed = 3, .sample_n = 5000};
    assert_int_equal(amp_mcmc_run(mix, &fit, &many, &arena, &chain, &why), AMP_OK);
    assert_near(chain.ln_marginal, truth, 0.06);
    assert_near(chain.mean.mu, fit.at.mu, 2 * fit.se.mu);
    assert_near(chain.sd.share[0] / fit.se.share[0], 1, 0.4);
    amp_arena_drop(&arena);
}

static void exchangeable_unknowns_are_integrated_once_each(void **state)
{
    (void)state;
    struct stand stand;
    struct amp_integral integral;
    struct amp_mcmc chain;
    stand_open(&stand, 0);
    const struct amp_integral_options exact = {.tolerance = 0.003};
    assert_int_equal(
        amp_integral_run(stand.hd, &stand.hd_fit, &exact, &stand.arena, &integral, &stand.why),
        AMP_OK);
    const struct amp_mcmc_options many = {.seed = 4, .sample_n = 5000};
    assert_int_equal(amp_mcmc_run(stand.hd, &stand.hd_fit, &many, &stand.arena, &chain, &stand.why),
                     AMP_OK);
    assert_near(chain.ln_marginal, integral.ln_marginal, 0.06);
    assert_near(stand.hd_fit.laplace, integral.ln_marginal, 1);
    for (size_t i = 0; i < chain.sample_n; i++) {
        assert_true(chain.sample[i].share[0] >= chain.sample[i].share[1]);
    }
    amp_arena_drop(&stand.arena);
}

static bool stop(void *self, double done)
{
    assert_true(done >= 0 && done <= 1);
    return ++*(int *)self >= 2;
}

static void long_work_stops_when_it_is_told_to(void **state)
{
    (void)state;
    struct stand stand;
    struct amp_integral integral;
    struct amp_mcmc chain;
    struct amp_noncontributor strangers;
    stand_open(&stand, 0);
    int told = 0;
    const struct amp_dna_progress progress = {stop, &told};
    assert_int_equal(amp_integral_run(stand.hd, &stand.hd_fit,
                                      &(struct amp_integral_options){.progress = progress},
                                      &stand.arena, &integral, &stand.why),
                     AMP_E_CONFLICT);
    told = 0;
    assert_int_equal(amp_mcmc_run(stand.hd, &stand.hd_fit,
                                  &(struct amp_mcmc_options){.progress = progress}, &stand.arena,
                                  &chain, &stand.why),
                     AMP_E_CONFLICT);
    told = 0;
    const struct amp_noncontributor_case of = {stand.hp, stand.hd, &stand.hp_fit, &stand.hd_fit,
                                               .poi = 0};
    const struct amp_noncontributor_options options = {.way = AMP_NONCONTRIBUTOR_FIXED,
                                                       .progress = progress};
    assert_int_equal(amp_noncontributor_run(&of, &options, &stand.arena, &strangers, &stand.why),
                     AMP_E_CONFLICT);
    assert_int_equal(told, 2);
    amp_arena_drop(&stand.arena);
}

static void strangers_have_a_mean_ratio_of_one_at_the_same_parameters(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct stand stand;
        struct amp_noncontributor_exact exact;
        stand_open(&stand, i == 0 ? 0 : 0.03);
        /* Turing's rule needs one likelihood under Hd, whoever is typed: theta 0, or not typed */
        struct amp_mix_fit same = stand.hp_fit;
        struct amp_variant variant;
        struct amp_mix untyped = *stand.hd;
        struct amp_mix_marker *marker =
            amp_arena_array(&stand.arena, untyped.marker_n, sizeof *marker);
        struct amp_mix_allele *allele =
            amp_arena_array(&stand.arena, untyped.marker_n * AMP_MIX_ALLELES, sizeof *allele);
        assert_true(marker && allele);
        for (size_t m = 0; m < untyped.marker_n; m++) {
            amp_variant_begin(&variant, stand.hd, m);
            for (size_t a = 0; a < variant.marker.genotype_n; a++) {
                variant.allele[a].typed = 0;
            }
            marker[m] = stand.hd->marker[m];
            marker[m].typed_n = 0;
            marker[m].allele = allele + m * AMP_MIX_ALLELES;
            memcpy(allele + m * AMP_MIX_ALLELES, variant.allele, sizeof variant.allele);
        }
        untyped.marker = marker;
        const struct amp_noncontributor_case of = {stand.hp, &untyped, &stand.hp_fit,
                                                   &same,    0,        .poi_untyped = true};
        assert_int_equal(amp_noncontributor_exact(&of, &stand.arena, &exact, &stand.why), AMP_OK);
        assert_near(exact.mean_lr, 1, 1e-9);
        amp_arena_drop(&stand.arena);
    }
}

static void draws_at_fixed_parameters_follow_the_exact_distribution(void **state)
{
    (void)state;
    struct stand stand;
    struct amp_noncontributor drawn;
    struct amp_noncontributor again;
    struct amp_noncontributor_exact exact;
    stand_open(&stand, 0.02);
    const struct amp_noncontributor_case of = {stand.hp, stand.hd, &stand.hp_fit, &stand.hd_fit,
                                               .poi = 0};
    const struct amp_noncontributor_options options = {
        .seed = 17, .draw_n = 20000, .way = AMP_NONCONTRIBUTOR_FIXED};
    assert_int_equal(amp_noncontributor_exact(&of, &stand.arena, &exact, &stand.why), AMP_OK);
    assert_int_equal(amp_noncontributor_run(&of, &options, &stand.arena, &drawn, &stand.why),
                     AMP_OK);
    double sum = exact.impossible;
    for (size_t c = 0; c < exact.cell_n; c++) {
        sum += exact.probability[c];
    }
    assert_near(sum, 1, 1e-9);
    assert_near(drawn.rate_above_0, exact.above_0, 4 * sqrt(exact.above_0 / 20000) + 1e-3);
    assert_near(drawn.quantile[0], exact.quantile[0], 0.3);
    assert_near(drawn.quantile[1], exact.quantile[1], 0.3);
    assert_near(exact.observed, drawn.observed, 1e-9);
    assert_true(exact.above_observed < 1e-3);
    for (size_t i = 1; i < drawn.draw_n; i++) {
        assert_true(drawn.log10_lr[i] >= drawn.log10_lr[i - 1]);
    }
    assert_int_equal(amp_noncontributor_run(&of, &options, &stand.arena, &again, &stand.why),
                     AMP_OK);
    assert_memory_equal(again.log10_lr, drawn.log10_lr, drawn.draw_n * sizeof(double));
    amp_arena_drop(&stand.arena);
}

static void refitted_strangers_do_not_reach_the_contributor_whatever_the_threads(void **state)
{
    (void)state;
    struct stand stand;
    struct amp_noncontributor one;
    struct amp_noncontributor many;
    stand_open(&stand, 0.01);
    const struct amp_noncontributor_case of = {stand.hp, stand.hd, &stand.hp_fit, &stand.hd_fit,
                                               .poi = 0};
    struct amp_noncontributor_options options = {.seed = 2, .draw_n = 20};
    assert_int_equal(amp_noncontributor_run(&of, &options, &stand.arena, &one, &stand.why), AMP_OK);
    options.fit.thread_n = 3;
    assert_int_equal(amp_noncontributor_run(&of, &options, &stand.arena, &many, &stand.why),
                     AMP_OK);
    assert_memory_equal(one.log10_lr, many.log10_lr, one.draw_n * sizeof(double));
    assert_near(one.rate_above_observed, 0, 0);
    assert_true(one.quantile[3] < one.observed && one.mean_lr < 10);
    amp_arena_drop(&stand.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_follow_the_scales_of_enfsi_and_swgdam),
        cmocka_unit_test(sentences_speak_of_findings_never_of_propositions),
        cmocka_unit_test(a_match_probability_is_drawn_from_the_urn),
        cmocka_unit_test(the_number_of_contributors_with_the_least_criterion_is_chosen),
        cmocka_unit_test(a_ratio_is_the_sum_of_its_markers_and_below_its_bound),
        cmocka_unit_test(hypotheses_of_different_evidence_are_refused),
        cmocka_unit_test(integral_chain_and_laplace_agree_with_a_plain_grid),
        cmocka_unit_test(exchangeable_unknowns_are_integrated_once_each),
        cmocka_unit_test(long_work_stops_when_it_is_told_to),
        cmocka_unit_test(strangers_have_a_mean_ratio_of_one_at_the_same_parameters),
        cmocka_unit_test(draws_at_fixed_parameters_follow_the_exact_distribution),
        cmocka_unit_test(refitted_strangers_do_not_reach_the_contributor_whatever_the_threads),
    };
    return cmocka_run_group_tests_name("dna/lr", tests, NULL, NULL);
}
