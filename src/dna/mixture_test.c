/* The likelihood of mixtures against its slow twin, and what must not change it. */
#include "dna/mixture.h"
#include "dna/mixture_made.h"
#include "dna/mixture_slow.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26,
    MARKERS = 8
};

static struct amp_mix_work *work_of(const struct amp_mix *mix)
{
    struct amp_mix_work *work = NULL;
    assert_int_equal(amp_mix_work_create(mix, &work), AMP_OK);
    return work;
}

static double loglik_of(const struct amp_mix *mix, const struct amp_mix_params *params)
{
    struct amp_mix_work *work = work_of(mix);
    struct amp_mix_value value = {.marker = NULL};
    assert_int_equal(amp_mix_loglik(mix, params, work, &value), AMP_OK);
    amp_mix_work_destroy(work);
    return value.loglik;
}

static void compare(struct amp_mix_made made, int rounds)
{
    int finite = 0;
    for (int i = 0; i < rounds; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_params params;
        uint64_t seed = made.seed;
        const struct amp_mix *mix = amp_mix_make(&made, &arena, &params);
        struct amp_mix_work *work = work_of(mix);
        double marker[MARKERS];
        struct amp_mix_value value = {.marker = marker};
        assert_int_equal(amp_mix_loglik(mix, &params, work, &value), AMP_OK);
        for (size_t m = 0; m < mix->marker_n; m++) {
            double slow = amp_mix_slow(mix, &params, m);
            bool same = isinf(slow) ? isinf(marker[m])
                                    : fabs(marker[m] - slow) <= 1e-9 * fmax(1, fabs(slow) / 100);
            if (!same) {
                print_message("# seed %llu marker %zu: %.12f, slowly %.12f\n",
                              (unsigned long long)seed, m, marker[m], slow);
            }
            assert_true(same);
            finite += isfinite(slow);
        }
        amp_mix_work_destroy(work);
        amp_arena_drop(&arena);
    }
    assert_true(finite > rounds / 2);
}

static void no_stutter_agrees_with_the_slow_twin(void **state)
{
    (void)state;
    compare((struct amp_mix_made){.seed = 1, .unknown_n = 3}, 300);
    compare((struct amp_mix_made){.seed = 2, .unknown_n = 4}, 60);
}

static void back_stutter_agrees_with_the_slow_twin(void **state)
{
    (void)state;
    compare((struct amp_mix_made){.seed = 3, .unknown_n = 2, .stutter = 1}, 300);
    compare((struct amp_mix_made){.seed = 4, .unknown_n = 4, .stutter = 1}, 60);
}

static void both_stutters_agree_with_the_slow_twin(void **state)
{
    (void)state;
    compare((struct amp_mix_made){.seed = 5, .unknown_n = 2, .stutter = 2}, 400);
    compare((struct amp_mix_made){.seed = 6, .unknown_n = 4, .stutter = 2}, 60);
}

static void relatives_of_each_kind_agree_with_the_slow_twin(void **state)
{
    (void)state;
    compare((struct amp_mix_made){.seed = 7, .unknown_n = 2, .relative = true}, 200);
    compare((struct amp_mix_made){.seed = 8, .unknown_n = 3, .stutter = 1, .relative = true}, 150);
    compare((struct amp_mix_made){.seed = 9, .unknown_n = 3, .stutter = 2, .relative = true}, 150);
}

/* With so small a variation no genotype explains the peaks: the sums leave a double's range. */
static void what_a_double_cannot_hold_agrees_with_the_slow_twin(void **state)
{
    (void)state;
    compare((struct amp_mix_made){.seed = 77, .unknown_n = 3, .omega = 0.0375}, 60);
    compare((struct amp_mix_made){.seed = 78, .unknown_n = 2, .stutter = 2, .omega = 0.025}, 40);
    compare(
        (struct amp_mix_made){
            .seed = 79, .unknown_n = 2, .stutter = 1, .omega = 0.0375, .relative = true},
        40);
}

/* Parameters by number, so that each can be moved. */
static double *parameter(struct amp_mix_params *p, size_t i)
{
    double *other[] = {&p->mu, &p->omega, &p->beta, &p->xi_back, &p->xi_forward};
    return i < AMP_MIX_CONTRIBUTORS ? &p->share[i] : other[i - AMP_MIX_CONTRIBUTORS];
}

static double at_moved(const struct amp_mix *mix, struct amp_mix_work *work,
                       struct amp_mix_params params, size_t i, double by)
{
    struct amp_mix_value value = {.marker = NULL};
    *parameter(&params, i) += by;
    assert_int_equal(amp_mix_loglik(mix, &params, work, &value), AMP_OK);
    return value.loglik;
}

static void gradient_check(struct amp_mix_made made, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_params params;
        struct amp_mix_params gradient;
        const struct amp_mix *mix = amp_mix_make(&made, &arena, &params);
        struct amp_mix_work *work = work_of(mix);
        struct amp_mix_value value = {.gradient = &gradient};
        assert_int_equal(amp_mix_loglik(mix, &params, work, &value), AMP_OK);
        struct amp_mix_value plain = {.gradient = NULL};
        assert_int_equal(amp_mix_loglik(mix, &params, work, &plain), AMP_OK);
        assert_true(memcmp(&plain.loglik, &value.loglik, sizeof plain.loglik) == 0);
        for (size_t i = 0; i < AMP_MIX_CONTRIBUTORS + 5 && isfinite(value.loglik); i++) {
            double x = *parameter(&params, i);
            double h = 1e-3 * (x > 0 ? x : 0.01);
            if (i < AMP_MIX_CONTRIBUTORS && i >= mix->contributor_n) {
                assert_true(*parameter(&gradient, i) == 0);
                continue;
            }
            double slope =
                (8 * (at_moved(mix, work, params, i, h) - at_moved(mix, work, params, i, -h)) -
                 at_moved(mix, work, params, i, 2 * h) + at_moved(mix, work, params, i, -2 * h)) /
                (12 * h);
            double off = fabs(*parameter(&gradient, i) - slope) * x;
            if (off > 1e-6 * (1 + fabs(slope * x))) {
                print_message("# round %d, %.10g: parameter %zu: %.10g, by differences %.10g\n",
                              round, value.loglik, i, *parameter(&gradient, i), slope);
            }
            assert_true(off <= 1e-6 * (1 + fabs(slope * x)));
        }
        amp_mix_work_destroy(work);
        amp_arena_drop(&arena);
    }
}

static void the_gradient_is_that_of_differences(void **state)
{
    (void)state;
    gradient_check((struct amp_mix_made){.seed = 11, .unknown_n = 4}, 60);
    gradient_check((struct amp_mix_made){.seed = 12, .unknown_n = 3, .stutter = 1}, 60);
    gradient_check((struct amp_mix_made){.seed = 13, .unknown_n = 3, .stutter = 2}, 60);
    gradient_check(
        (struct amp_mix_made){.seed = 14, .unknown_n = 3, .stutter = 2, .relative = true}, 60);
}

/* How many of the rounds lost something at all. */
static int beam_check(struct amp_mix_made made, double beam, int rounds)
{
    int lossy = 0;
    for (int i = 0; i < rounds; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_params params;
        struct amp_mix_params gradient;
        const struct amp_mix *mix = amp_mix_make(&made, &arena, &params);
        struct amp_mix_work *work = work_of(mix);
        struct amp_mix_value exact = {.beam = 0};
        struct amp_mix_value pruned = {.beam = beam, .gradient = &gradient};
        assert_int_equal(amp_mix_loglik(mix, &params, work, &exact), AMP_OK);
        assert_int_equal(amp_mix_loglik(mix, &params, work, &pruned), AMP_OK);
        double digits = 1e-11 * fmax(1, fabs(exact.loglik));
        assert_true(exact.error_bound == 0 && pruned.error_bound >= 0);
        if (isfinite(exact.loglik)) {
            double lost = exact.loglik - pruned.loglik;
            if (lost > pruned.error_bound + digits || lost < -digits) {
                print_message("# round %d: lost %g, bound %g\n", i, lost, pruned.error_bound);
            }
            assert_true(lost <= pruned.error_bound + digits && lost >= -digits);
            lossy += lost > digits;
        }
        amp_mix_work_destroy(work);
        amp_arena_drop(&arena);
    }
    return lossy;
}

static void pruning_never_loses_more_than_it_says(void **state)
{
    (void)state;
    struct amp_mix_made made = {.unknown_n = 4};
    int lossy = 0;
    for (made.stutter = 1; made.stutter <= 2; made.stutter++) {
        made.relative = !made.relative;
        made.seed = 31;
        lossy += beam_check(made, 1e-12, 60);
        lossy += beam_check(made, 1e-6, 60);
        lossy += beam_check(made, 1e-2, 60);
        made.omega = 0.1;
        lossy += beam_check(made, 1e-4, 60);
        made.omega = 0;
    }
    assert_true(lossy > 50); /* else nothing was tried */
}

static void the_order_of_markers_changes_only_the_last_digits(void **state)
{
    (void)state;
    struct amp_mix_made made = {.seed = 21, .unknown_n = 3, .stutter = 2};
    for (int i = 0; i < 30; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_params params;
        struct amp_mix *mix = amp_mix_make(&made, &arena, &params);
        struct amp_mix_marker turned[MARKERS];
        double before = loglik_of(mix, &params);
        for (size_t m = 0; m < mix->marker_n; m++) {
            turned[mix->marker_n - 1 - m] = mix->marker[m];
        }
        mix->marker = turned;
        double after = loglik_of(mix, &params);
        assert_true(before == after || fabs(before - after) <= 1e-12 * fabs(before));
        amp_arena_drop(&arena);
    }
}

/* The last contributor becomes the first. */
static void turn(struct amp_mix *mix, struct amp_mix_params *params, struct amp_arena *arena)
{
    size_t n = mix->contributor_n;
    struct amp_mix_marker *marker = amp_arena_array(arena, mix->marker_n, sizeof *marker);
    struct amp_mix_params old = *params;
    assert_non_null(marker);
    for (size_t k = 0; k < n; k++) {
        params->share[(k + 1) % n] = old.share[k];
    }
    for (size_t m = 0; m < mix->marker_n; m++) {
        marker[m] = mix->marker[m];
        size_t width = marker[m].allele_n;
        uint8_t *copies = amp_arena_array(arena, n, width);
        assert_non_null(copies);
        marker[m].known = 0;
        for (size_t k = 0; k < n; k++) {
            size_t to = (k + 1) % n;
            memcpy(&copies[to * width], &mix->marker[m].copies[k * width], width);
            marker[m].known |= (mix->marker[m].known >> k & 1) << to;
        }
        marker[m].copies = copies;
    }
    mix->marker = marker;
    mix->related = mix->related < 0 ? -1 : (mix->related + 1) % (int32_t)n;
}

static void the_order_of_contributors_changes_only_the_last_digits(void **state)
{
    (void)state;
    struct amp_mix_made made = {.seed = 22, .unknown_n = 3, .stutter = 2, .relative = true};
    for (int i = 0; i < 60; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_params params;
        struct amp_mix *mix = amp_mix_make(&made, &arena, &params);
        double before = loglik_of(mix, &params);
        turn(mix, &params, &arena);
        double after = loglik_of(mix, &params);
        assert_true(before == after || fabs(before - after) <= 1e-11 * fabs(before));
        amp_arena_drop(&arena);
    }
}

static void parameters_outside_of_their_domain_are_refused(void **state)
{
    (void)state;
    struct amp_mix_made made = {.seed = 23, .unknown_n = 2, .stutter = 2};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_mix_params params;
    const struct amp_mix *mix = amp_mix_make(&made, &arena, &params);
    struct amp_mix_work *work = work_of(mix);
    struct amp_mix_value value = {.loglik = 7};
    struct amp_mix_params bad[6];
    for (int i = 0; i < 6; i++) {
        bad[i] = params;
    }
    bad[0].mu = 0;
    bad[1].omega = NAN;
    bad[2].xi_back = 0.7;
    bad[2].xi_forward = 0.4;
    bad[3].xi_back = -0.01;
    bad[4].share[0] = -0.1;
    bad[5].omega = 1e-6;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(amp_mix_loglik(mix, &bad[i], work, &value), AMP_E_RANGE);
        assert_true(value.loglik == 7);
    }
    amp_mix_work_destroy(work);
    amp_arena_drop(&arena);
}

static amp_err create_with(const struct amp_mix *mix, const struct amp_mix_marker *marker)
{
    struct amp_mix changed = *mix;
    struct amp_mix_work *work = NULL;
    changed.marker = marker;
    changed.marker_n = 1;
    amp_err err = amp_mix_work_create(&changed, &work);
    assert_true(err == AMP_OK || work == NULL);
    amp_mix_work_destroy(work);
    return err;
}

static void ladders_that_are_none_are_refused(void **state)
{
    (void)state;
    const double height[] = {100};
    const double drop_in_log[] = {-8};
    const uint8_t copies[AMP_MIX_CONTRIBUTORS * 3] = {0};
    struct amp_mix_allele allele[3];
    for (int32_t a = 0; a < 3; a++) { /* 0 below 1 below 2 */
        allele[a] = (struct amp_mix_allele){.freq = 0.3,
                                            .height = height,
                                            .drop_in_log = drop_in_log,
                                            .back_to = a - 1,
                                            .back_from = a < 2 ? a + 1 : -1,
                                            .forward_to = -1,
                                            .forward_from = -1};
    }
    struct amp_mix_marker marker = {.genotype_n = 3,
                                    .allele_n = 3,
                                    .allele = allele,
                                    .rest = -1,
                                    .replicate_n = 1,
                                    .threshold = 50,
                                    .drop_in = 0.05,
                                    .stutter = 1,
                                    .copies = copies,
                                    .relative = {-1, -1}};
    struct amp_mix mix = {.contributor_n = 2, .related = -1, .back = true};
    assert_int_equal(create_with(&mix, &marker), AMP_OK);
    allele[2].back_from = 0; /* a circle */
    assert_int_equal(create_with(&mix, &marker), AMP_E_RANGE);
    allele[2].back_from = 1; /* 1 stutters to two places */
    assert_int_equal(create_with(&mix, &marker), AMP_E_RANGE);
    allele[2].back_from = 3;
    assert_int_equal(create_with(&mix, &marker), AMP_E_RANGE);
    allele[2].back_from = -1;
    marker.threshold = 0;
    assert_int_equal(create_with(&mix, &marker), AMP_E_RANGE);
    marker.threshold = 50;
    marker.theta = 1;
    assert_int_equal(create_with(&mix, &marker), AMP_E_RANGE);
    marker.theta = 0;
    marker.replicate_n = AMP_MIX_REPLICATES + 1;
    assert_int_equal(create_with(&mix, &marker), AMP_E_LIMIT);
    marker.replicate_n = 1;
    mix.contributor_n = AMP_MIX_UNKNOWN + 1; /* all of them unknown */
    assert_int_equal(create_with(&mix, &marker), AMP_E_LIMIT);
}

static uint64_t hash_add(uint64_t hash, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (hash ^ bits) * UINT64_C(1099511628211);
}

/* Values and gradients of many mixtures, so that another machine, compiler or optimisation shows.
 */
static void every_machine_gives_the_same_bytes(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(14695981039346656037);
    struct amp_mix_made made = {.seed = 41, .unknown_n = 4};
    for (int i = 0; i < 120; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_params params;
        struct amp_mix_params gradient;
        made.stutter = i % 3;
        made.relative = i % 5 == 0;
        made.omega = i % 7 == 0 ? 0.03 : 0;
        const struct amp_mix *mix = amp_mix_make(&made, &arena, &params);
        struct amp_mix_work *work = work_of(mix);
        struct amp_mix_value value = {.gradient = &gradient, .beam = i % 4 == 0 ? 1e-6 : 0};
        assert_int_equal(amp_mix_loglik(mix, &params, work, &value), AMP_OK);
        hash = hash_add(hash_add(hash, value.loglik), value.error_bound);
        for (size_t k = 0; k < AMP_MIX_CONTRIBUTORS + 5; k++) {
            hash = hash_add(hash, *parameter(&gradient, k));
        }
        amp_mix_work_destroy(work);
        amp_arena_drop(&arena);
    }
    print_message("# bytes %016llx\n", (unsigned long long)hash);
    assert_true(hash == UINT64_C(0x2bbcedad8b583c16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_stutter_agrees_with_the_slow_twin),
        cmocka_unit_test(back_stutter_agrees_with_the_slow_twin),
        cmocka_unit_test(both_stutters_agree_with_the_slow_twin),
        cmocka_unit_test(relatives_of_each_kind_agree_with_the_slow_twin),
        cmocka_unit_test(what_a_double_cannot_hold_agrees_with_the_slow_twin),
        cmocka_unit_test(the_gradient_is_that_of_differences),
        cmocka_unit_test(pruning_never_loses_more_than_it_says),
        cmocka_unit_test(the_order_of_markers_changes_only_the_last_digits),
        cmocka_unit_test(the_order_of_contributors_changes_only_the_last_digits),
        cmocka_unit_test(ladders_that_are_none_are_refused),
        cmocka_unit_test(every_machine_gives_the_same_bytes),
        cmocka_unit_test(parameters_outside_of_their_domain_are_refused),
    };
    return cmocka_run_group_tests_name("dna/mixture", tests, NULL, NULL);
}
