/* Maxima of made mixtures: they are maxima, at borders too, and the same however they are reached.
 */
#include "base/chance.h"
#include "dna/climb.h"
#include "dna/fit.h"
#include "dna/fit_start.h"
#include "dna/mixture_drawn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    CASES = 24,
    MOVES = 40,
    ARENA = 1 << 26
};

#define assert_near(value, expected, by) near(value, expected, by, __LINE__)

static void near(double value, double expected, double by, int line)
{
    if (!(fabs(value - expected) <= by)) {
        fail_msg("line %d: %.12g instead of %.12g +- %g", line, value, expected, by);
    }
}

static void cholesky_factor_gives_determinant_and_inverse(void **state)
{
    (void)state;
    const double a[9] = {4, 2, 0.4, 2, 5, 1, 0.4, 1, 3};
    double l[9];
    double inverse[9];
    double x[3];
    assert_true(amp_dense_cholesky(a, 3, l));
    assert_near(amp_dense_log_det(l, 3), log(44.8), 1e-14);
    amp_dense_inverse(l, 3, inverse);
    for (size_t i = 0; i < 3; i++) {
        amp_dense_times(a, 3, inverse + 3 * i, x);
        for (size_t j = 0; j < 3; j++) {
            assert_near(x[j], i == j ? 1 : 0, 1e-14);
        }
    }
    const double indefinite[4] = {1, 2, 2, 1};
    assert_false(amp_dense_cholesky(indefinite, 2, l));
}

/* Rosenbrock's valley, upside down; not defined left of -3. */
static bool valley(void *self, const double *x, double *value, double *gradient)
{
    (*(int *)self)++;
    if (x[0] < -3) {
        return false;
    }
    double steep = x[1] - x[0] * x[0];
    *value = -(100 * steep * steep + (1 - x[0]) * (1 - x[0]));
    if (gradient) {
        gradient[0] = 400 * steep * x[0] + 2 * (1 - x[0]);
        gradient[1] = -200 * steep;
    }
    return true;
}

static void a_climb_ends_at_the_top_of_a_bent_valley(void **state)
{
    (void)state;
    int calls = 0;
    const struct amp_climb_function function = {valley, &calls};
    const double scale[2] = {1, 1};
    const double from[][2] = {{-1.2, 1}, {-2.9, 8}, {3, -3}};
    for (size_t i = 0; i < 3; i++) {
        struct amp_climb climb;
        calls = 0;
        assert_true(amp_climb_start(&climb, &function, from[i], scale, 2));
        for (int round = 0; round < 100 && !climb.converged; round++) { /* put aside and taken up */
            amp_climb_on(&climb, &function, 3, 1e-14);
        }
        assert_true(climb.converged);
        assert_near(climb.x[0], 1, 1e-5);
        assert_near(climb.x[1], 1, 1e-5);
        assert_in_range(calls, 5, 120);
    }
    const double outside[2] = {-4, 0};
    struct amp_climb climb;
    assert_false(amp_climb_start(&climb, &function, outside, scale, 2));
}

/* Stains of one to four persons, of whom none to three are known, with every kind of parameter. */
static struct amp_mix_drawn drawn_of(int i)
{
    struct amp_mix_drawn drawn = {.seed = (uint64_t)i * 104729 + 11,
                                  .marker_n = 10 + (size_t)i % 5,
                                  .replicate_n = 1 + (size_t)(i % 5 == 4),
                                  .contributor_n = 1 + (size_t)i % 4,
                                  .stutter = i % 3,
                                  .degradation = i % 2 == 0,
                                  .theta = i % 2 ? 0.01 : 0};
    drawn.known_n = (size_t)(i / 4) % (drawn.contributor_n + 1);
    drawn.known_n =
        drawn.contributor_n - drawn.known_n > 2 ? drawn.contributor_n - 2 : drawn.known_n;
    static const double part[] = {5, 3, 1.5, 0.5};
    double sum = 0;
    for (size_t k = 0; k < drawn.contributor_n; k++) {
        sum += part[k];
    }
    for (size_t k = 0; k < drawn.contributor_n; k++) {
        drawn.truth.share[(k + (size_t)i) % drawn.contributor_n] = part[k] / sum;
    }
    drawn.truth.mu = 400 + 300 * (i % 7);
    drawn.truth.omega = 0.15 + 0.05 * (i % 4);
    drawn.truth.beta = drawn.degradation ? 0.7 : 1;
    drawn.truth.xi_back = drawn.stutter >= 1 ? 0.07 : 0;
    drawn.truth.xi_forward = drawn.stutter >= 2 && i % 4 < 2 ? 0.01 : 0;
    return drawn;
}

static struct amp_mix *case_make(int i, struct amp_arena *arena, struct amp_mix_fit *fit)
{
    struct amp_mix_drawn drawn = drawn_of(i);
    struct amp_why why = {""};
    struct amp_mix *mix = amp_mix_draw(&drawn, arena);
    assert_int_equal(amp_mix_fit_max(mix, &(struct amp_mix_fit_options){0}, arena, fit, &why),
                     AMP_OK);
    return mix;
}

static double loglik_at(const struct amp_mix *mix, const struct amp_mix_params *params)
{
    struct amp_mix_work *work;
    struct amp_mix_value value = {0};
    assert_int_equal(amp_mix_work_create(mix, &work), AMP_OK);
    amp_err err = amp_mix_loglik(mix, params, work, &value);
    amp_mix_work_destroy(work);
    return err ? -INFINITY : value.loglik;
}

/* A step of relative length `by` in a random direction; borders are not crossed. */
static void params_move(const struct amp_mix *mix, struct amp_chance *chance, double by,
                        struct amp_mix_params *params)
{
    double sum = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        params->share[k] = fabs(params->share[k] + by * amp_chance_between(chance, -1, 1));
        sum += params->share[k];
    }
    for (size_t k = 0; k < mix->contributor_n; k++) {
        params->share[k] /= sum;
    }
    params->mu *= 1 + by * amp_chance_between(chance, -1, 1);
    params->omega *= 1 + by * amp_chance_between(chance, -1, 1);
    params->beta *= mix->degradation ? 1 + by * amp_chance_between(chance, -1, 1) : 1;
    params->xi_back = fabs(params->xi_back + by * amp_chance_between(chance, -0.1, 0.1));
    params->xi_forward = fabs(params->xi_forward + by * amp_chance_between(chance, -0.1, 0.1));
    params->xi_back = mix->back ? params->xi_back : 0;
    params->xi_forward = mix->forward ? params->xi_forward : 0;
}

static void nothing_near_a_maximum_is_higher(void **state)
{
    (void)state;
    int border = 0;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_fit fit;
        struct amp_mix *mix = case_make(i, &arena, &fit);
        struct amp_chance chance = {.state = (uint64_t)i};
        for (int move = 0; move < MOVES; move++) {
            struct amp_mix_params params = fit.at;
            params_move(mix, &chance, move % 2 ? 1e-3 : 0.05, &params);
            assert_true(loglik_at(mix, &params) <= fit.loglik + 1e-6);
        }
        border += fit.at_border ? 1 : 0;
        amp_arena_drop(&arena);
    }
    assert_true(border > 0 && border < CASES);
}

static void random_starts_do_not_lead_higher(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i += 2) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_fit fit;
        struct amp_mix *mix = case_make(i, &arena, &fit);
        struct amp_chance chance = {.state = (uint64_t)i + 99};
        for (int start = 0; start < 8; start++) {
            struct amp_mix_params from = fit.at;
            struct amp_mix_fit other;
            struct amp_why why;
            params_move(mix, &chance, 0.7, &from);
            if (amp_mix_fit_from(mix, &from, &(struct amp_mix_fit_options){0}, &arena, &other,
                                 &why) == AMP_OK) {
                assert_true(other.loglik <= fit.loglik + 1e-5);
            }
        }
        amp_arena_drop(&arena);
    }
}

static void the_parts_of_a_fit_belong_together(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_fit fit;
        struct amp_mix *mix = case_make(i, &arena, &fit);
        if (mix) {
            double sum = 0;
            double shares = 0;
            for (size_t m = 0; m < mix->marker_n; m++) {
                sum += fit.marker[m];
            }
            for (size_t k = 0; k < mix->contributor_n; k++) {
                shares += fit.at.share[k];
            }
            assert_near(sum, fit.loglik, 1e-9);
            assert_near(shares, 1, 1e-12);
            assert_near(loglik_at(mix, &fit.at), fit.loglik, 0);
            assert_int_equal(fit.parameter_n, amp_mix_natural_n(mix));
            assert_true(fit.at_border || !fit.covariance || isfinite(fit.laplace));
            assert_true(mix->degradation || isnan(fit.se.beta));
            assert_in_range(fit.converged_n, 1, fit.start_n);
        }
        amp_arena_drop(&arena);
    }
}

static void true_parameters_lie_within_their_standard_errors(void **state)
{
    (void)state;
    double square = 0;
    int n = 0;
    for (int i = 0; i < CASES; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_fit fit;
        struct amp_mix_drawn drawn = drawn_of(i);
        (void)case_make(i, &arena, &fit);
        const double away[] = {(fit.at.mu - drawn.truth.mu) / fit.se.mu,
                               (fit.at.omega - drawn.truth.omega) / fit.se.omega,
                               (fit.at.xi_back - drawn.truth.xi_back) / fit.se.xi_back,
                               (fit.at.beta - drawn.truth.beta) / fit.se.beta};
        for (size_t j = 0; j < sizeof away / sizeof away[0]; j++) {
            if (!isnan(away[j])) { /* there is such a parameter, and it is not at a border */
                assert_true(fabs(away[j]) < 6); /* omega is too small where people are many */
                square += away[j] * away[j];
                n++;
            }
        }
        amp_arena_drop(&arena);
    }
    assert_true(n > 3 * CASES / 2);
    assert_true(square / n > 0.5 && square / n < 2); /* 1 if the standard errors are right */
}

static void exchangeable_unknowns_are_reported_by_falling_share(void **state)
{
    (void)state;
    int seen = 0;
    for (int i = 1; i < 2 * CASES; i += 2) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_fit fit;
        struct amp_mix *mix = case_make(i, &arena, &fit);
        uint32_t set = mix ? amp_mix_exchangeable(mix) : 0;
        double last = 1;
        for (size_t k = 0; mix && k < mix->contributor_n; k++) {
            if (set >> k & 1) {
                assert_true(fit.at.share[k] <= last);
                last = fit.at.share[k];
            }
        }
        seen += (set & (set - 1)) ? 1 : 0;
        amp_arena_drop(&arena);
    }
    assert_true(seen > 0);
}

static void the_number_of_threads_changes_no_byte(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_mix_fit one;
        struct amp_mix_fit many;
        struct amp_why why;
        struct amp_mix *mix = case_make(i, &arena, &one);
        if (mix) {
            const struct amp_mix_fit_options options = {.thread_n = 5};
            assert_int_equal(amp_mix_fit_max(mix, &options, &arena, &many, &why), AMP_OK);
            assert_memory_equal(&one.at, &many.at, sizeof one.at);
            assert_memory_equal(one.marker, many.marker, mix->marker_n * sizeof(double));
            assert_int_equal(one.evaluation_n, many.evaluation_n);
            assert_int_equal(one.converged_n, many.converged_n);
        }
        amp_arena_drop(&arena);
    }
}

/* One known person at one marker without stutter and drop-in: a peak nobody has is impossible. */
static void impossible_findings_are_refused_with_advice(void **state)
{
    (void)state;
    const double height[2] = {500, 400};
    const double weight = -10;
    const struct amp_mix_allele allele[2] = {
        {.name = AMP_STR("10"),
         .freq = 0.4,
         .typed = 2,
         .back_to = -1,
         .forward_to = -1,
         .back_from = -1,
         .forward_from = -1,
         .height = &height[0],
         .drop_in_log = &weight},
        {.name = AMP_STR("11"),
         .freq = 0.6,
         .back_to = -1,
         .forward_to = -1,
         .back_from = -1,
         .forward_from = -1,
         .height = &height[1],
         .drop_in_log = &weight},
    };
    const uint8_t copies[2] = {2, 0};
    const struct amp_mix_marker marker = {.name = AMP_STR("M"),
                                          .genotype_n = 2,
                                          .allele_n = 2,
                                          .allele = allele,
                                          .rest = -1,
                                          .replicate_n = 1,
                                          .threshold = 50,
                                          .typed_n = 2,
                                          .known = 1,
                                          .copies = copies,
                                          .relative = {-1, -1}};
    const struct amp_mix mix = {
        .contributor_n = 1, .marker_n = 1, .marker = &marker, .related = -1};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_mix_fit fit;
    struct amp_why why = {""};
    assert_int_equal(amp_mix_fit_max(&mix, &(struct amp_mix_fit_options){0}, &arena, &fit, &why),
                     AMP_E_RANGE);
    assert_non_null(strstr(why.text, "more contributors"));
    amp_arena_drop(&arena);
}

static void natural_parameters_have_names_and_come_back(void **state)
{
    (void)state;
    const struct amp_mix mix = {
        .contributor_n = 3, .related = -1, .degradation = true, .forward = true};
    const struct amp_mix_params params = {
        .share = {0.5, 0.3, 0.2}, .mu = 1000, .omega = 0.2, .beta = 0.8, .xi_forward = 0.01};
    const char *const name[] = {"share 1", "share 2", "mu", "omega", "beta", "xi_forward"};
    double natural[AMP_MIX_PARAMETERS];
    struct amp_mix_params back;
    assert_int_equal(amp_mix_natural_n(&mix), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(amp_mix_natural_name(&mix, i), name[i]);
    }
    amp_mix_natural_pack(&mix, &params, natural);
    assert_true(amp_mix_natural_unpack(&mix, natural, &back));
    assert_near(back.share[2], 0.2, 1e-15);
    assert_near(back.xi_forward, 0.01, 0);
    assert_near(back.xi_back, 0, 0);
    natural[0] = 0.8; /* the last share would be -0.1 */
    assert_false(amp_mix_natural_unpack(&mix, natural, &back));
}

static void the_design_has_every_order_of_the_known_and_one_of_the_unknown(void **state)
{
    (void)state;
    const struct amp_mix_marker marker = {.known = 1};
    const struct amp_mix mix = {
        .contributor_n = 3, .marker_n = 1, .marker = &marker, .related = -1};
    double share[AMP_FIT_DESIGN][AMP_MIX_CONTRIBUTORS];
    size_t n = amp_fit_start_design(&mix, share);
    bool known_first = false;
    bool known_last = false;
    assert_int_equal(n, 20); /* 1 + j parts of the known, the other two in falling order */
    for (size_t i = 0; i < n; i++) {
        assert_near(share[i][0] + share[i][1] + share[i][2], 1, 1e-12);
        assert_true(share[i][1] > share[i][2]);
        known_first = known_first || share[i][0] > share[i][1];
        known_last = known_last || share[i][0] < share[i][2];
    }
    assert_true(known_first && known_last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cholesky_factor_gives_determinant_and_inverse),
        cmocka_unit_test(a_climb_ends_at_the_top_of_a_bent_valley),
        cmocka_unit_test(nothing_near_a_maximum_is_higher),
        cmocka_unit_test(random_starts_do_not_lead_higher),
        cmocka_unit_test(the_parts_of_a_fit_belong_together),
        cmocka_unit_test(true_parameters_lie_within_their_standard_errors),
        cmocka_unit_test(exchangeable_unknowns_are_reported_by_falling_share),
        cmocka_unit_test(the_number_of_threads_changes_no_byte),
        cmocka_unit_test(impossible_findings_are_refused_with_advice),
        cmocka_unit_test(natural_parameters_have_names_and_come_back),
        cmocka_unit_test(the_design_has_every_order_of_the_known_and_one_of_the_unknown),
    };
    return cmocka_run_group_tests_name("dna/fit", tests, NULL, NULL);
}
