/* The functions of numeric.h against long double on dense random grids, and their known values. */
#include "dna/numeric.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    GRID = 200000,
    GRID_GAMMA = 20000
};

static uint64_t seed;

static double uniform(double from, double to)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return from + (to - from) * (double)(seed >> 11) * 0x1p-53;
}

static double ulps(double got, long double exact)
{
    double near = fabs((double)exact);
    return (double)(fabsl(got - exact) / (nextafter(near, INFINITY) - near));
}

static double worst_ulps(double (*f)(double), long double (*exact)(long double), double from,
                         double to)
{
    double worst = 0;
    seed = 1;
    for (int i = 0; i < GRID; i++) {
        double x = uniform(from, to);
        double off = ulps(f(x), exact((long double)x));
        worst = off > worst ? off : worst;
    }
    return worst;
}

static void exp_and_expm1_are_within_their_stated_error(void **state)
{
    (void)state;
    assert_true(worst_ulps(amp_exp, expl, -700, 709) <= 1);
    assert_true(worst_ulps(amp_exp, expl, -1, 1) <= 1);
    assert_true(worst_ulps(amp_expm1, expm1l, -2, 2) <= 4);
    assert_true(worst_ulps(amp_expm1, expm1l, -1e-3, 1e-3) <= 1);
}

static double log_of_exp(double x)
{
    return amp_ln(amp_exp(x));
}

static long double logl_of_exp(long double x)
{
    return logl((long double)amp_exp((double)x));
}

static void log_and_log1p_are_within_their_stated_error(void **state)
{
    (void)state;
    assert_true(worst_ulps(log_of_exp, logl_of_exp, -700, 700) <= 1);
    assert_true(worst_ulps(amp_ln, logl, 0.99, 1.01) <= 1);
    assert_true(worst_ulps(amp_ln, logl, 0.5, 2) <= 1);
    assert_true(worst_ulps(amp_log1p, log1pl, -0.999, 3) <= 2);
    assert_true(worst_ulps(amp_log1p, log1pl, -1e-5, 1e-5) <= 2);
}

static void the_borders_of_exp_and_log_are_those_of_the_numbers(void **state)
{
    (void)state;
    assert_true(amp_exp(0) == 1 && amp_exp(-INFINITY) == 0 && amp_exp(-746) == 0);
    assert_true(isinf(amp_exp(710)) && isinf(amp_exp(INFINITY)) && isnan(amp_exp(NAN)));
    assert_true(ulps(amp_exp(-740), expl(-740)) <= 1);
    assert_true(amp_ln(1) == 0 && isinf(amp_ln(0)) && isnan(amp_ln(-1)) && isnan(amp_ln(NAN)));
    assert_true(isinf(amp_ln(INFINITY)));
    assert_true(ulps(amp_ln(0x1p-1074), logl(0x1p-1074L)) <= 1);
    assert_true(isinf(amp_log1p(-1)) && isnan(amp_log1p(-2)) && amp_log1p(1e-300) == 1e-300);
    assert_true(amp_pow(0, 0) == 1 && amp_pow(0, 2) == 0 && fabs(amp_pow(2, 10) - 1024) < 1e-11);
}

static void logsumexp_adds_what_exp_cannot_hold(void **state)
{
    (void)state;
    const double x[] = {-1000, -1001, -INFINITY};
    const double none[] = {-INFINITY, -INFINITY};
    assert_true(fabs(amp_logsumexp(x, 3) - (-1000 + log1p(exp(-1)))) < 1e-12);
    assert_true(isinf(amp_logsumexp(none, 2)) && isinf(amp_logsumexp(none, 0)));
}

static void lgamma_is_within_its_stated_error(void **state)
{
    (void)state;
    double worst = 0;
    seed = 2;
    for (int i = 0; i < GRID; i++) {
        double x = i % 2 ? uniform(0, 10) : exp(uniform(-30, 30));
        long double exact = lgammal((long double)x);
        double off = (double)fabsl((amp_lgamma(x) - exact) / exact);
        worst = off > worst ? off : worst;
    }
    assert_true(worst <= 2e-15);
    assert_true(amp_lgamma(1) == 0 && amp_lgamma(2) == 0 && isinf(amp_lgamma(0)));
    assert_true(isnan(amp_lgamma(-1)));
}

static void digamma_is_the_slope_of_lgamma(void **state)
{
    (void)state;
    seed = 3;
    for (int i = 0; i < GRID_GAMMA; i++) {
        double x = exp(uniform(-6, 8));
        long double h = 1e-4L * x; /* error of the five-point rule h^4 f'''''/30 */
        long double slope =
            (8 * (lgammal(x + h) - lgammal(x - h)) - lgammal(x + 2 * h) + lgammal(x - 2 * h)) /
            (12 * h);
        assert_true(fabsl(amp_digamma(x) - slope) <= 1e-13L * (1 + fabsl(slope)));
    }
    assert_true(fabs(amp_digamma(1) + 0.57721566490153286061) <= 1e-15);
    assert_true(fabs(amp_digamma(0.5) + 1.96351002602142347944) <= 1e-14);
}

/* ln of the lower (or upper) function by the textbook series (or fraction) in long double. */
static long double log_p_long(long double s, long double x)
{
    long double prefix = s * logl(x) - x - lgammal(s + 1);
    if (x < s + 1) {
        long double sum = 1;
        long double term = 1;
        for (int n = 1; term > 1e-22L * sum; n++) {
            term *= x / (s + n);
            sum += term;
        }
        return prefix + logl(sum);
    }
    long double h = 0;
    for (int n = 6000; n >= 1; n--) {
        h = -n * (n - s) / (x + 1 - s + 2 * n + h);
    }
    return log1pl(-s * expl(prefix) / (x + 1 - s + h));
}

static void the_log_of_p_holds_in_both_tails_with_its_slopes(void **state)
{
    (void)state;
    seed = 4;
    double worst = 0;
    double worst_s = 0;
    double worst_x = 0;
    for (int i = 0; i < GRID_GAMMA; i++) {
        double s = exp(uniform(-7, 7));
        double x = i % 2 ? s * exp(uniform(-2, 1.2)) : exp(uniform(-8, 6));
        long double exact = log_p_long(s, x);
        struct amp_gamma_log_p p = amp_gamma_log_p(s, x);
        double off = (double)fabsl(p.log_p - exact) / (double)(1 + fabsl(exact));
        worst = off > worst ? off : worst;
        long double h = 1e-3L * s;
        long double k = 1e-3L * x;
        bool crossed = fabs(x - s - 1) < 3e-3 * (s + x); /* both branches of the reference */
        if (crossed) {
            continue;
        }
        long double d_s = (8 * (log_p_long(s + h, x) - log_p_long(s - h, x)) -
                           log_p_long(s + 2 * h, x) + log_p_long(s - 2 * h, x)) /
                          (12 * h);
        long double d_x = (8 * (log_p_long(s, x + k) - log_p_long(s, x - k)) -
                           log_p_long(s, x + 2 * k) + log_p_long(s, x - 2 * k)) /
                          (12 * k);
        off = (double)fabsl(p.d_s - d_s) / (double)(1 + fabsl(d_s));
        worst_s = off > worst_s ? off : worst_s;
        off = (double)fabsl(p.d_x - d_x) / (double)(1 + fabsl(d_x));
        worst_x = off > worst_x ? off : worst_x;
    }
    print_message("# ln P %.2g, d/ds %.2g, d/dx %.2g\n", worst, worst_s, worst_x);
    assert_true(worst <= 1e-13);
    assert_true(worst_s <= 2e-9); /* the difference quotient's own error */
    assert_true(worst_x <= 2e-9);
}

static void p_and_q_agree_with_closed_forms(void **state)
{
    (void)state;
    seed = 5;
    for (int i = 0; i < GRID_GAMMA; i++) {
        double x = exp(uniform(-20, 4));
        assert_true(fabsl(amp_gamma_p(1, x) / -expm1l(-(long double)x) - 1) <= 1e-13L);
        assert_true(fabsl(amp_gamma_q(1, x) / expl(-(long double)x) - 1) <= 1e-13L);
        assert_true(fabsl(amp_gamma_p(0.5, x) / erfl(sqrtl(x)) - 1) <= 1e-13L);
        assert_true(fabsl(amp_gamma_q(2, x) / ((1 + (long double)x) * expl(-(long double)x)) - 1) <=
                    1e-13L);
    }
    assert_true(amp_gamma_p(0, 3) == 1 && amp_gamma_q(0, 3) == 0 && amp_gamma_p(3, 0) == 0);
    assert_true(isnan(amp_gamma_p(-1, 1)) && isnan(amp_gamma_q(1, -1)));
}

static void far_tails_and_large_shapes_neither_vanish_nor_hang(void **state)
{
    (void)state;
    struct amp_gamma_log_p p = amp_gamma_log_p(500, 1e-3);
    assert_true(fabs(p.log_p / (double)log_p_long(500, 1e-3) - 1) < 1e-13 && p.log_p < -6000);
    p = amp_gamma_log_p(1e7, 1e7);
    assert_true(fabs(p.log_p - log(0.5)) < 1e-3);
    p = amp_gamma_log_p(0.1, 600);
    assert_true(p.log_p <= 0 && p.log_p > -1e-250);
    p = amp_gamma_log_p(0, 2);
    assert_true(p.log_p == 0 && p.d_x == 0);
    assert_true(fabs(p.d_s + (double)(0.04890051070806112L)) < 1e-13); /* -E1(2) */
    p = amp_gamma_log_p(0, 0.5);
    assert_true(p.log_p < 1e-15 && fabs(p.d_s + 0.5597735947761608) < 1e-13); /* -E1(1/2) */
    p = amp_gamma_log_p(2, 0);
    assert_true(isinf(p.log_p) && p.log_p < 0);
}

static void the_normal_quantile_inverts_the_distribution(void **state)
{
    (void)state;
    seed = 6;
    for (int i = 0; i < GRID_GAMMA; i++) {
        double x = uniform(-8, 8);
        long double exact = 0.5L * erfcl(-(long double)x * sqrtl(0.5L));
        assert_true(fabsl(amp_normal_cdf(x) / exact - 1) <= 1e-13L);
        if (x < 2) {
            assert_true(fabs(amp_normal_quantile(amp_normal_cdf(x)) - x) <= 1e-12);
        }
    }
    assert_true(fabs(amp_normal_quantile(0.975) - 1.959963984540054) <= 1e-13);
    assert_true(fabs(amp_normal_quantile(1e-300) + 37.0471) < 1e-4);
    assert_true(amp_normal_quantile(0.5) == 0 && isinf(amp_normal_quantile(0)));
    assert_true(isnan(amp_normal_quantile(1.5)));
}

/* The bytes of many results, so that another machine, compiler or optimisation shows. */
static void every_machine_gives_the_same_bytes(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(14695981039346656037);
    seed = 7;
    for (int i = 0; i < GRID_GAMMA; i++) {
        double s = amp_exp(uniform(-7, 7));
        double x = amp_exp(uniform(-8, 7));
        struct amp_gamma_log_p p = amp_gamma_log_p(s, x);
        double results[] = {s,
                            amp_ln(x),
                            amp_log1p(x),
                            amp_lgamma(s),
                            amp_digamma(s),
                            p.d_s,
                            p.log_p,
                            p.d_x,
                            amp_normal_cdf(s - 3),
                            amp_pow(s, x / 100),
                            x,
                            amp_expm1(-s),
                            amp_gamma_q(s, x)};
        for (size_t j = 0; j < sizeof(results) / sizeof(results[0]); j++) {
            uint64_t bits;
            memcpy(&bits, &results[j], sizeof bits);
            hash = (hash ^ bits) * UINT64_C(1099511628211);
        }
    }
    print_message("# bytes %016llx\n", (unsigned long long)hash);
    assert_true(hash == UINT64_C(0x48630114c89ea2ad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_and_expm1_are_within_their_stated_error),
        cmocka_unit_test(log_and_log1p_are_within_their_stated_error),
        cmocka_unit_test(the_borders_of_exp_and_log_are_those_of_the_numbers),
        cmocka_unit_test(logsumexp_adds_what_exp_cannot_hold),
        cmocka_unit_test(lgamma_is_within_its_stated_error),
        cmocka_unit_test(digamma_is_the_slope_of_lgamma),
        cmocka_unit_test(the_log_of_p_holds_in_both_tails_with_its_slopes),
        cmocka_unit_test(p_and_q_agree_with_closed_forms),
        cmocka_unit_test(far_tails_and_large_shapes_neither_vanish_nor_hang),
        cmocka_unit_test(the_normal_quantile_inverts_the_distribution),
        cmocka_unit_test(every_machine_gives_the_same_bytes),
    };
    return cmocka_run_group_tests_name("dna/numeric", tests, NULL, NULL);
}
