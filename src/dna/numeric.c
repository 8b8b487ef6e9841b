/* exp, log, gamma and normal functions from the four operations and the square root alone. */
#include "dna/numeric.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    STIRLING_FROM = 8,    /* where the asymptotic series reach a double's precision */
    TERMS_MAX = 1 << 20,  /* of the series and continued fraction of the incomplete gamma */
    QUANTILE_STEPS = 60,  /* Newton steps; three or four are needed */
    EXPONENT_BIAS = 1023, /* of a double */
    MANTISSA_BITS = 52
};

static const double ln2_hi = 0.6931471803691238; /* 32 bits: products with exponents are exact */
static const double ln2_lo = 1.9082149292705877e-10;  /* ln 2 - ln2_hi */
static const double log2_e = 1.4426950408889634;      /* 1 / ln 2 */
static const double half_ln_2pi = 0.9189385332046728; /* ln(2 pi) / 2 */
static const double sqrt_half = 0.7071067811865476;
static const double inv_sqrt_2pi = 0.3989422804014327;
static const double epsilon = 1.1e-16; /* half a unit in the last place of 1 */

static double power_of_2(int k) /* for normal numbers */
{
    uint64_t bits = (uint64_t)(k + EXPONENT_BIAS) << MANTISSA_BITS;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* c[0] + c[1] x + ... + c[n-1] x^(n-1), the last first. */
static double polynomial(const double *c, int n, double x)
{
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--) {
        sum = sum * x + c[i];
    }
    return sum;
}

/* exp(r) - 1 for |r| <= ln(2)/2: Chebyshev fit of (e^r - 1 - r) / r^2, error 1.4e-18. */
static double expm1_small(double r)
{
    static const double c[] = {
        0.5,
        0.1666666666666667,
        0.04166666666666667,
        0.008333333333326136,
        0.0013888888888883748,
        0.00019841269874820627,
        2.4801587325547743e-05,
        2.7557255400206422e-06,
        2.75572736431103e-07,
        2.5105217004720745e-08,
        2.0914686968086876e-09,
    };
    return r + r * r * polynomial(c, sizeof(c) / sizeof(c[0]), r);
}

double amp_exp(double x)
{
    if (!(x <= 709.782712893384)) {
        return x > 0 ? INFINITY : x;
    }
    if (x < -745.2) {
        return 0;
    }
    int k = (int)(x * log2_e + (x < 0 ? -0.5 : 0.5));
    double r = (x - k * ln2_hi) - k * ln2_lo;
    double y = 1 + expm1_small(r);
    if (k >= -1000 && k <= 1000) {
        return y * power_of_2(k);
    }
    return y * power_of_2(k / 2) * power_of_2(k - k / 2);
}

double amp_expm1(double x)
{
    return fabs(x) < 0.34 ? expm1_small(x) : amp_exp(x) - 1;
}

/*
 * x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), and with s = f / (2 + f)
 * ln(1 + f) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + R(s^2))), R by a Chebyshev fit, error 2e-18.
 */
double amp_ln(double x)
{
    static const double c[] = {
        0.6666666666666666,  0.40000000000000885, 0.28571428570799784, 0.22222222392581045,
        0.18181795547521137, 0.15386244737621665, 0.13268638369266825, 0.13088034850927555,
    };
    if (!(x > 0) || x == (double)INFINITY) {
        return x == 0 ? -INFINITY : x > 0 ? x : (double)NAN;
    }
    int k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> MANTISSA_BITS) - EXPONENT_BIAS;
    bits = (bits & ((UINT64_C(1) << MANTISSA_BITS) - 1)) | (UINT64_C(1023) << MANTISSA_BITS);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 2 * sqrt_half) {
        m *= 0.5;
        k++;
    }
    double f = m - 1;
    double s = f / (2 + f);
    double z = s * s;
    double half = 0.5 * f * f;
    double tail = s * (half + z * polynomial(c, sizeof(c) / sizeof(c[0]), z));
    return k * ln2_hi - ((half - (tail + k * ln2_lo)) - f);
}

double amp_log1p(double x)
{
    double u = 1 + x;
    if (u == (double)INFINITY || !(u > 0)) {
        return amp_ln(u);
    }
    return amp_ln(u) + (x - (u - 1)) / u; /* what the sum lost */
}

double amp_pow(double x, double y)
{
    if (y == 0) {
        return 1;
    }
    return amp_exp(y * amp_ln(x));
}

double amp_logsumexp(const double *x, size_t n)
{
    double max = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        max = x[i] > max ? x[i] : max;
    }
    if (max == -(double)INFINITY || max == (double)INFINITY) {
        return max;
    }
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += amp_exp(x[i] - max);
    }
    return max + amp_ln(sum);
}

/* lgamma(2 + t) for |t| <= 1/2: Chebyshev fit of lgamma(2 + t) / t, error 5e-18. */
static double lgamma_at_2(double t)
{
    static const double c[] = {
        0.42278433509846713,    0.3224670334241132,      -0.06735230105319563,
        0.02058080842778338,    -0.007385551028935545,   0.002890510330865901,
        -0.0011927539009983087, 0.0005096695196526673,   -0.00022315497746292723,
        9.945761692157133e-05,  -4.4923727564247656e-05, 2.050601970174762e-05,
        -9.45628851510172e-06,  4.3828545383846665e-06,  -1.9743106888421067e-06,
        9.242852225162277e-07,  -5.811277768921246e-07,  2.7475390051909663e-07,
    };
    return t * polynomial(c, sizeof(c) / sizeof(c[0]), t);
}

/* lgamma(x) - ((x - 1/2) ln x - x + ln(2 pi)/2) for x >= 8 (DLMF 5.11.1): B_2k / (2k (2k-1)). */
static double stirling_rest(double x)
{
    static const double c[] = {
        1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
        1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400,
    };
    double inv = 1 / x;
    return inv * polynomial(c, sizeof(c) / sizeof(c[0]), inv * inv);
}

double amp_lgamma(double x)
{
    if (!(x > 0) || x == (double)INFINITY) {
        return x == 0 || x > 0 ? (double)INFINITY : (double)NAN;
    }
    if (x < 0.5) {
        return lgamma_at_2(x) - amp_ln(x) - amp_log1p(x);
    }
    if (x < 1.5) {
        return lgamma_at_2(x - 1) - amp_ln(x);
    }
    if (x < STIRLING_FROM) {
        double product = 1;
        while (x >= 2.5) {
            x -= 1;
            product *= x;
        }
        return product > 1 ? lgamma_at_2(x - 2) + amp_ln(product) : lgamma_at_2(x - 2);
    }
    return (x - 0.5) * (amp_ln(x) - 1) + (half_ln_2pi - 0.5) + stirling_rest(x);
}

double amp_digamma(double x)
{
    static const double c[] = {
        1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
        1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160,
    }; /* B_2k / 2k (DLMF 5.11.2) */
    if (!(x > 0)) {
        return x == 0 ? -INFINITY : (double)NAN;
    }
    double lost = 0;
    while (x < STIRLING_FROM + 2) {
        lost += 1 / x;
        x += 1;
    }
    double inv = 1 / x;
    double square = inv * inv;
    return amp_ln(x) - 0.5 * inv - square * polynomial(c, sizeof(c) / sizeof(c[0]), square) - lost;
}

/* d - ln(1 + d) for d > -1, without loss near 0: with r = d / (2 + d) it is
 * r d - 2 r^3 (1/3 + r^2/5 + ...). */
static double minus_log1p(double d)
{
    if (d < -0.4 || d > 0.6) {
        return d - amp_log1p(d);
    }
    double r = d / (2 + d);
    double y = r * r;
    double power = 2 * r * y;
    double sum = 0;
    for (int k = 3; k < 64 && fabs(power) > epsilon * epsilon * fabs(r * d); k += 2) {
        sum += power / k;
        power *= y;
    }
    return r * d - sum;
}

/* ln(x^s e^-x / Gamma(s + 1)); for large s around the mode at x = s, where nothing cancels. */
static double log_prefix(double s, double x)
{
    if (s < STIRLING_FROM) {
        return s * amp_ln(x) - x - amp_lgamma(s + 1);
    }
    double d = (x - s) / s;
    double off = d < -0.4 ? d - amp_ln(x / s) : minus_log1p(d);
    return -s * off - 0.5 * amp_ln(s) - half_ln_2pi - stirling_rest(s);
}

struct tail {
    double sum; /* the factor beside x^s e^-x / Gamma(s + 1) */
    double d_s; /* its derivative */
};

/* P = prefix * sum_n x^n / ((s+1)...(s+n)) (DLMF 8.7.1); all terms positive. */
static struct tail lower_series(double s, double x)
{
    double term = 1;
    double inverse = 0; /* sum 1 / (s + j) */
    struct tail t = {1, 0};
    for (int n = 1; n < TERMS_MAX; n++) {
        double inv = 1 / (s + n);
        term *= x * inv;
        inverse += inv;
        t.sum += term;
        t.d_s -= term * inverse;
        if (term <= epsilon * t.sum && term * inverse <= -epsilon * t.d_s && x * 2 < s + n + n) {
            break;
        }
    }
    return t;
}

/* Q = s prefix * h by Legendre's continued fraction (DLMF 8.9.2) with its derivative by s. */
static struct tail upper_fraction(double s, double x)
{
    double a[2] = {0, 1}; /* numerators n-2 and n-1, then the same of denominators */
    double b[2] = {1, x + 1 - s};
    double da[2] = {0, 0};
    double db[2] = {0, -1};
    struct tail t = {1 / b[1], 1 / (b[1] * b[1])};
    for (int n = 1; n < TERMS_MAX; n++) {
        double an = -n * (n - s);
        double bn = x + 1 - s + 2 * n;
        double na = bn * a[1] + an * a[0];
        double nb = bn * b[1] + an * b[0];
        double nda = bn * da[1] - a[1] + an * da[0] + n * a[0];
        double ndb = bn * db[1] - b[1] + an * db[0] + n * b[0];
        double scale = 1 / nb;
        a[0] = a[1] * scale, a[1] = na * scale;
        b[0] = b[1] * scale, b[1] = 1;
        da[0] = da[1] * scale, da[1] = nda * scale;
        db[0] = db[1] * scale, db[1] = ndb * scale;
        struct tail old = t;
        t.sum = a[1];
        t.d_s = da[1] - a[1] * db[1];
        if (fabs(t.sum - old.sum) <= epsilon * fabs(t.sum) &&
            fabs(t.d_s - old.d_s) <= 4 * epsilon * fabs(t.d_s)) {
            break;
        }
    }
    return t;
}

static bool is_lower(double s, double x)
{
    return x < s + 1;
}

static bool is_outside(double s, double x)
{
    return !(s >= 0 && s <= 1e8 && x >= 0);
}

double amp_gamma_p(double s, double x)
{
    if (is_outside(s, x)) {
        return (double)NAN;
    }
    if (s == 0 || x == (double)INFINITY) {
        return 1;
    }
    if (x == 0) {
        return 0;
    }
    if (is_lower(s, x)) {
        return amp_exp(log_prefix(s, x)) * lower_series(s, x).sum;
    }
    return 1 - s * amp_exp(log_prefix(s, x)) * upper_fraction(s, x).sum;
}

double amp_gamma_q(double s, double x)
{
    if (is_outside(s, x)) {
        return (double)NAN;
    }
    if (s == 0 || x == (double)INFINITY) {
        return 0;
    }
    if (x == 0) {
        return 1;
    }
    if (is_lower(s, x)) {
        return 1 - amp_exp(log_prefix(s, x)) * lower_series(s, x).sum;
    }
    return s * amp_exp(log_prefix(s, x)) * upper_fraction(s, x).sum;
}

struct amp_gamma_log_p amp_gamma_log_p(double s, double x)
{
    if (is_outside(s, x)) {
        return (struct amp_gamma_log_p){(double)NAN, (double)NAN, (double)NAN};
    }
    if (x == 0) {
        return (struct amp_gamma_log_p){-INFINITY, -INFINITY, INFINITY};
    }
    if (x == (double)INFINITY) {
        return (struct amp_gamma_log_p){0, 0, 0};
    }
    double prefix = log_prefix(s, x);
    double slope = amp_ln(x) - amp_digamma(s + 1); /* d prefix / ds */
    struct amp_gamma_log_p p;
    if (is_lower(s, x)) {
        struct tail t = lower_series(s, x);
        p.log_p = prefix + amp_ln(t.sum);
        p.d_s = slope + t.d_s / t.sum;
        p.d_x = s / (x * t.sum);
        return p;
    }
    struct tail t = upper_fraction(s, x);
    double scale = amp_exp(prefix);
    double upper = s * scale * t.sum;
    p.log_p = amp_log1p(-upper);
    p.d_s = -scale * (t.sum * (1 + s * slope) + s * t.d_s) / (1 - upper);
    p.d_x = scale * s / (x * (1 - upper));
    return p;
}

double amp_normal_cdf(double x)
{
    if (x < 0) {
        return 0.5 * amp_gamma_q(0.5, 0.5 * x * x);
    }
    return 0.5 + 0.5 * amp_gamma_p(0.5, 0.5 * x * x);
}

/* Newton's method on ln P(X <= x), which is concave: from the left it cannot overshoot. */
static double left_quantile(double p)
{
    double log_p = amp_ln(p);
    double x = p > 0.1 ? 0 : -sqrt(-2 * log_p); /* the latter is left of it */
    for (int i = 0; i < QUANTILE_STEPS; i++) {
        double cdf = amp_normal_cdf(x);
        double step = (log_p - amp_ln(cdf)) * cdf / (inv_sqrt_2pi * amp_exp(-0.5 * x * x));
        x += step;
        if (fabs(step) <= 1e-15 * (1 + fabs(x))) {
            break;
        }
    }
    return x;
}

double amp_normal_quantile(double p)
{
    if (!(p > 0 && p < 1)) {
        return p == 0 ? -INFINITY : p == 1 ? (double)INFINITY : (double)NAN;
    }
    return p <= 0.5 ? left_quantile(p) : -left_quantile(1 - p);
}
