/*
 * Transcendental functions with the same bytes on every machine.
 *
 * The C library chooses variants by processor, which changes last digits; a likelihood ratio that
 * goes to court must not. These use additions, multiplications, divisions and square roots alone,
 * in a fixed order. Error is stated against the exact value of the double argument: in units of the
 * last place (ulp), or relative. The tests compare with long double on dense random grids.
 *
 * NAN in gives NAN out, unless it says otherwise.
 */
#ifndef AMP_DNA_NUMERIC_H
#define AMP_DNA_NUMERIC_H

#include <stddef.h>

double amp_exp(double x);   /* 1 ulp; 0 below -745.2, INFINITY above 709.8 */
double amp_expm1(double x); /* exp(x) - 1; 4 ulp */
double amp_ln(double x);    /* 1 ulp; -INFINITY at 0, NAN below */
double amp_log1p(double x); /* ln(1 + x); 2 ulp; -INFINITY at -1, NAN below */
/* x > 0, or x = 0 with y >= 0; relative error (|y ln x| + 1) 1e-15. pow(0, 0) is 1. */
double amp_pow(double x, double y);

/* ln sum exp(x[i]); -INFINITY for none, and when all are -INFINITY. */
double amp_logsumexp(const double *x, size_t n);

/* Of x > 0, else NAN; INFINITY from 0. Relative error 2e-15 (also beside the zeroes at 1 and 2). */
double amp_lgamma(double x);
/* d lgamma / dx of x > 0, else NAN. Error 1e-14 (1 + |value|). */
double amp_digamma(double x);

/*
 * The regularised incomplete gamma functions, P lower and Q = 1 - P upper (DLMF 8.2.4), for shape
 * s in [0, 1e8] and x >= 0, else NAN. P(0, x) is 1. Relative error 1e-13 of P and Q down to 1e-300
 * for s up to 1e3, growing like the square root of s beyond.
 */
double amp_gamma_p(double s, double x);
double amp_gamma_q(double s, double x);

struct amp_gamma_log_p {
    double log_p; /* ln P(s, x), stable in both tails: -1e5 is as good as -1e-20 */
    double d_s;   /* d ln P / ds */
    double d_x;   /* d ln P / dx */
};

/* Absolute error of log_p 1e-13 where it is above -1, relative 1e-13 below; of the derivatives
 * 1e-11 (1 + |value|). log_p of x = 0 is -INFINITY with derivatives -INFINITY and INFINITY. */
struct amp_gamma_log_p amp_gamma_log_p(double s, double x);

/* Of the standard normal distribution: P(X <= x), relative error 1e-13 in the left tail; and its
 * inverse, error 1e-13 (1 + |value|), -INFINITY at 0, INFINITY at 1, NAN outside. */
double amp_normal_cdf(double x);
double amp_normal_quantile(double p);

#endif
