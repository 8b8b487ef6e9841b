/* Posteriors of genotypes and shapes against a literal listing of all joint genotypes. */
#include "dna/deconvolve.h"
#include "dna/mixture_literal.h"
#include "dna/mixture_made.h"
#include "dna/mixture_slow.h"
#include "dna/mixture_watch.h"
#include "dna/numeric.h"
#include "dna/ppplot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    CASES = 60,
    GENOTYPES = 300,
    JOINTS = 100000
};

#define assert_near(value, expected, by) near(value, expected, by, __LINE__)

static void near(double value, double expected, double by, int line)
{
    if (!(fabs(value - expected) <= by)) {
        fail_msg("line %d: %.12g instead of %.12g +- %g", line, value, expected, by);
    }
}

/* What the listing says about one marker. */
struct truth {
    double total; /* ln */
    size_t joint_n;
    struct amp_literal *joint; /* [JOINTS] */
    double person[AMP_MIX_CONTRIBUTORS][GENOTYPES];
};

static size_t genotype_index(size_t a, size_t b)
{
    return b * (b + 1) / 2 + a;
}

static void joint_keep(void *self, const struct amp_literal *of)
{
    struct truth *truth = self;
    assert_true(truth->joint_n < JOINTS);
    truth->joint[truth->joint_n++] = *of;
}

static int heavier(const void *a, const void *b)
{
    double x = ((const struct amp_literal *)a)->log_mass;
    double y = ((const struct amp_literal *)b)->log_mass;
    return x > y ? -1 : x < y;
}

static void truth_find(struct truth *truth, const struct amp_mix *mix,
                       const struct amp_mix_params *params, size_t m)
{
    truth->joint_n = 0;
    memset(truth->person, 0, sizeof truth->person);
    amp_mix_literal(mix, params, m, joint_keep, truth);
    qsort(truth->joint, truth->joint_n, sizeof *truth->joint, heavier);
    double sum = 0;
    for (size_t i = 0; i < truth->joint_n; i++) {
        sum += amp_exp(truth->joint[i].log_mass - truth->joint[0].log_mass);
    }
    truth->total = truth->joint[0].log_mass + amp_ln(sum);
    for (size_t i = 0; i < truth->joint_n; i++) {
        double p = amp_exp(truth->joint[i].log_mass - truth->total);
        for (size_t k = 0; k < mix->contributor_n; k++) {
            const uint16_t *g = truth->joint[i].genotype[k];
            truth->person[k][genotype_index(g[0], g[1])] += p;
        }
    }
}

static struct truth *truth_make(void)
{
    struct truth *truth = calloc(1, sizeof *truth);
    assert_non_null(truth);
    truth->joint = calloc(JOINTS, sizeof *truth->joint);
    assert_non_null(truth->joint);
    return truth;
}

static void truth_free(struct truth *truth)
{
    free(truth->joint);
    free(truth);
}

/* One copy of each known person's last allele gives no stutter. */
static void mute_some(struct amp_mix *mix, struct amp_arena *arena)
{
    struct amp_mix_marker *marker = amp_arena_array(arena, mix->marker_n, sizeof *marker);
    assert_non_null(marker);
    for (size_t m = 0; m < mix->marker_n; m++) {
        marker[m] = mix->marker[m];
        size_t n = marker[m].allele_n;
        uint8_t *mute = amp_arena_array(arena, mix->contributor_n, n);
        assert_non_null(mute);
        for (size_t k = 0; k < mix->contributor_n; k++) {
            size_t last = 0;
            for (size_t a = 0; a < n; a++) {
                last = marker[m].copies[k * n + a] > 0 ? a : last;
            }
            mute[k * n + last] = marker[m].copies[k * n + last] > 0 ? 1 : 0;
        }
        marker[m].mute = mute;
    }
    mix->marker = marker;
}

static struct amp_mix *case_make(int i, struct amp_arena *arena, struct amp_mix_params *params)
{
    struct amp_mix_made made = {.seed = (uint64_t)i * 7919 + 3,
                                .unknown_n = 1 + (size_t)i % 3,
                                .stutter = i % 3,
                                .relative = i % 4 == 0};
    struct amp_mix *mix = amp_mix_make(&made, arena, params);
    assert_non_null(mix);
    if (i % 2 == 1) {
        mute_some(mix, arena);
    }
    return mix;
}

/* Whether the heights have a likelihood above 0; made peaks may be impossible for the known. */
static bool possible(const struct amp_mix *mix, const struct amp_mix_params *params)
{
    struct amp_mix_work *work;
    struct amp_mix_value value = {0};
    assert_int_equal(amp_mix_work_create(mix, &work), AMP_OK);
    assert_int_equal(amp_mix_loglik(mix, params, work, &value), AMP_OK);
    amp_mix_work_destroy(work);
    return isfinite(value.loglik);
}

static void rows_agree(const struct amp_deconvolve_person *person, const double *truth)
{
    double sum = 0;
    for (size_t i = 0; i < person->row_n; i++) {
        struct amp_genotype g = person->row[i].genotype;
        sum += person->row[i].probability;
        assert_near(person->row[i].probability, truth[genotype_index(g.a, g.b)], 1e-9);
        if (i > 0) {
            assert_true(person->row[i].probability <= person->row[i - 1].probability);
        }
    }
    assert_near(sum, 1, 1e-12);
}

static void posteriors_of_genotypes_are_those_of_the_listing(void **state)
{
    (void)state;
    struct truth *truth = truth_make();
    size_t unknown = 0;
    size_t related = 0;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_mix_params params;
        struct amp_mix *mix = case_make(i, &arena, &params);
        struct amp_deconvolve dc;
        struct amp_why why;
        assert_int_equal(amp_deconvolve_run(mix, &params, &(struct amp_deconvolve_options){0},
                                            &arena, &dc, &why),
                         AMP_OK);
        for (size_t m = 0; m < mix->marker_n; m++) {
            truth_find(truth, mix, &params, m);
            for (size_t k = 0; k < mix->contributor_n; k++) {
                bool known = mix->marker[m].known >> k & 1;
                assert_true(dc.marker[m].person[k].unknown == !known);
                if (!known) {
                    unknown++;
                    related += mix->related == (int32_t)k ? 1 : 0;
                    rows_agree(&dc.marker[m].person[k], truth->person[k]);
                }
            }
        }
        amp_arena_drop(&arena);
    }
    assert_true(unknown > 100 && related > 10);
    truth_free(truth);
}

static void the_likelihood_is_the_sum_of_the_listing_and_of_the_slow_twin(void **state)
{
    (void)state;
    struct truth *truth = truth_make();
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_mix_params params;
        struct amp_mix *mix = case_make(i, &arena, &params);
        struct amp_mix_work *work;
        double marker[64];
        assert_true(mix->marker_n <= 64);
        struct amp_mix_value value = {.marker = marker};
        assert_int_equal(amp_mix_work_create(mix, &work), AMP_OK);
        assert_int_equal(amp_mix_loglik(mix, &params, work, &value), AMP_OK);
        for (size_t m = 0; m < mix->marker_n; m++) {
            double slow = amp_mix_slow(mix, &params, m);
            assert_true(isfinite(slow) == isfinite(marker[m]));
            if (isfinite(slow)) {
                truth_find(truth, mix, &params, m);
                assert_near(marker[m], slow, 1e-9 * (1 + fabs(slow)));
                assert_near(truth->total, slow, 1e-9 * (1 + fabs(slow)));
            }
        }
        amp_mix_work_destroy(work);
        amp_arena_drop(&arena);
    }
    truth_free(truth);
}

static void joint_genotypes_come_best_first_with_their_probability(void **state)
{
    (void)state;
    struct truth *truth = truth_make();
    size_t compared = 0;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_mix_params params;
        struct amp_mix *mix = case_make(i, &arena, &params);
        struct amp_deconvolve dc;
        struct amp_why why;
        const struct amp_deconvolve_options options = {.joint_n = 20, .joint_sum = 0.999};
        assert_int_equal(amp_deconvolve_run(mix, &params, &options, &arena, &dc, &why), AMP_OK);
        for (size_t m = 0; m < mix->marker_n; m++) {
            truth_find(truth, mix, &params, m);
            const struct amp_deconvolve_marker *of = &dc.marker[m];
            for (size_t j = 0; j < of->joint_n && j < truth->joint_n; j++) {
                double p = amp_exp(truth->joint[j].log_mass - truth->total);
                assert_near(of->joint[j].probability, p, 1e-9);
                compared++;
            }
        }
        amp_arena_drop(&arena);
    }
    assert_true(compared > 200);
    truth_free(truth);
}

/* Sums of the watch, allele by allele: probability, and with the shape. */
struct watched {
    double sum[AMP_MIX_ALLELES], shape[AMP_MIX_ALLELES], zero[AMP_MIX_ALLELES];
};

static void watched_add(void *self, size_t allele, double shape, double probability)
{
    struct watched *of = self;
    of->sum[allele] += probability;
    of->shape[allele] += probability * shape;
    of->zero[allele] += shape == 0 ? probability : 0;
}

static void posteriors_of_shapes_are_those_of_the_listing(void **state)
{
    (void)state;
    struct truth *truth = truth_make();
    int possible_n = 0;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_mix_params params;
        struct amp_mix *mix = case_make(i, &arena, &params);
        if (!possible(mix, &params)) {
            amp_arena_drop(&arena);
            continue;
        }
        possible_n++;
        struct amp_mix_work *work;
        assert_int_equal(amp_mix_work_create(mix, &work), AMP_OK);
        for (size_t m = 0; m < mix->marker_n; m++) {
            struct watched seen = {{0}, {0}, {0}};
            const struct amp_mix_watch watch = {watched_add, &seen};
            truth_find(truth, mix, &params, m);
            assert_int_equal(amp_mix_watch_marker(mix, &params, work, m, &watch), AMP_OK);
            for (size_t a = 0; a < mix->marker[m].allele_n; a++) {
                double shape = 0;
                double zero = 0;
                for (size_t j = 0; j < truth->joint_n; j++) {
                    double p = amp_exp(truth->joint[j].log_mass - truth->total);
                    shape += p * truth->joint[j].shape[a];
                    zero += truth->joint[j].shape[a] == 0 ? p : 0;
                }
                assert_near(seen.sum[a], 1, 1e-9);
                assert_near(seen.shape[a], shape, 1e-8 * (1 + shape));
                assert_near(seen.zero[a], zero, 1e-9);
            }
        }
        amp_mix_work_destroy(work);
        amp_arena_drop(&arena);
    }
    truth_free(truth);
    assert_true(possible_n > CASES / 2);
}

/* P(height <= y | the others, seen) from the definition: every joint genotype weighs what it does
 * without this peak's own density. */
static double peak_literal(const struct truth *truth, const struct amp_mix_marker *marker,
                           const struct amp_mix_params *p, size_t a, double y)
{
    double sigma = p->mu * p->omega * p->omega;
    double low = (marker->threshold - 1) / sigma;
    double up_to = 0;
    double all = 0;
    for (size_t j = 0; j < truth->joint_n; j++) {
        double s = truth->joint[j].shape[a];
        assert_true(s > 0);
        double density = (s - 1) * amp_ln(y) - y / sigma - amp_lgamma(s) - s * amp_ln(sigma);
        double weight = amp_exp(truth->joint[j].log_mass - truth->total - density);
        up_to += weight * (amp_gamma_p(s, y / sigma) - amp_gamma_p(s, low));
        all += weight * (1 - amp_gamma_p(s, low));
    }
    return up_to / all;
}

static bool never_drop_in(const struct truth *truth, size_t a)
{
    for (size_t j = 0; j < truth->joint_n; j++) {
        if (truth->joint[j].shape[a] == 0) {
            return false;
        }
    }
    return true;
}

static void probabilities_of_peaks_follow_from_the_definition(void **state)
{
    (void)state;
    struct truth *truth = truth_make();
    size_t compared = 0;
    int possible_n = 0;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_mix_params params;
        struct amp_mix *mix = case_make(i, &arena, &params);
        if (!possible(mix, &params)) {
            amp_arena_drop(&arena);
            continue;
        }
        possible_n++;
        struct amp_pp pp;
        struct amp_why why;
        assert_int_equal(amp_pp_run(mix, &params, &arena, &pp, &why), AMP_OK);
        size_t at = SIZE_MAX;
        for (size_t j = 0; j < pp.peak_n; j++) {
            const struct amp_pp_peak *peak = &pp.peak[j];
            assert_true(peak->probability >= 0 && peak->probability <= 1);
            if (peak->marker != at) {
                at = peak->marker;
                truth_find(truth, mix, &params, at);
            }
            const struct amp_mix_marker *marker = &mix->marker[at];
            if (never_drop_in(truth, peak->allele)) { /* up to the quantile that stands for all */
                double p = peak_literal(truth, marker, &params, peak->allele, peak->height);
                assert_near(peak->probability, p, 1.2e-5);
                compared++;
            }
        }
        amp_arena_drop(&arena);
    }
    assert_true(compared > 50);
    truth_free(truth);
    assert_true(possible_n > CASES / 2);
}

static void expected_heights_are_the_shapes_mean_times_the_scale(void **state)
{
    (void)state;
    int possible_n = 0;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_mix_params params;
        struct amp_mix *mix = case_make(i, &arena, &params);
        if (!possible(mix, &params)) {
            amp_arena_drop(&arena);
            continue;
        }
        possible_n++;
        struct amp_deconvolve dc;
        struct amp_expected *expected;
        struct amp_why why;
        assert_int_equal(amp_deconvolve_run(mix, &params, &(struct amp_deconvolve_options){0},
                                            &arena, &dc, &why),
                         AMP_OK);
        assert_int_equal(amp_expected_run(mix, &params, &dc, &arena, &expected), AMP_OK);
        struct amp_mix_work *work;
        assert_int_equal(amp_mix_work_create(mix, &work), AMP_OK);
        for (size_t m = 0; m < mix->marker_n; m++) {
            struct watched seen = {{0}, {0}, {0}};
            const struct amp_mix_watch watch = {watched_add, &seen};
            assert_int_equal(amp_mix_watch_marker(mix, &params, work, m, &watch), AMP_OK);
            for (size_t a = 0; a < mix->marker[m].allele_n; a++) {
                double height = seen.shape[a] * params.mu * params.omega * params.omega;
                assert_near(expected[m].allele[a], height, 1e-7 * (1 + height));
            }
        }
        amp_mix_work_destroy(work);
        amp_arena_drop(&arena);
    }
    assert_true(possible_n > CASES / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posteriors_of_genotypes_are_those_of_the_listing),
        cmocka_unit_test(the_likelihood_is_the_sum_of_the_listing_and_of_the_slow_twin),
        cmocka_unit_test(joint_genotypes_come_best_first_with_their_probability),
        cmocka_unit_test(posteriors_of_shapes_are_those_of_the_listing),
        cmocka_unit_test(probabilities_of_peaks_follow_from_the_definition),
        cmocka_unit_test(expected_heights_are_the_shapes_mean_times_the_scale),
    };
    return cmocka_run_group_tests_name("dna/deconvolve", tests, NULL, NULL);
}
