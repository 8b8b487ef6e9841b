/* Natural parameters and the coordinates of the climb, to and fro. */
#include "dna/fit_space.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double EDGE = 1e-12; /* the e of the header */
static const double MU_MAX = 1e12, OMEGA_MIN = 1e-3, OMEGA_MAX = 1e3, BETA_MIN = 1e-9,
                    BETA_MAX = 1e3;
static const double INWARDS = 0.05; /* a coordinate that is moved off its border */
static const double SMALL = 1e-3;   /* shares below are not compared with each other */
static const double ALIKE = 1e-2, APART = 0.8;

size_t amp_mix_natural_n(const struct amp_mix *mix)
{
    return mix->contributor_n - 1 + 2 + (mix->degradation ? 1 : 0) + (mix->back ? 1 : 0) +
           (mix->forward ? 1 : 0);
}

const char *amp_mix_natural_name(const struct amp_mix *mix, size_t i)
{
    static const char *const share[AMP_MIX_CONTRIBUTORS] = {
        "share 1", "share 2", "share 3", "share 4", "share 5", "share 6", "share 7", "share 8"};
    assert(i < amp_mix_natural_n(mix));
    if (i < mix->contributor_n - 1) {
        return share[i];
    }
    i -= mix->contributor_n - 1;
    if (i < 2) {
        return i == 0 ? "mu" : "omega";
    }
    i -= 2;
    if (mix->degradation && i-- == 0) {
        return "beta";
    }
    return mix->back && i == 0 ? "xi_back" : "xi_forward";
}

void amp_mix_natural_pack(const struct amp_mix *mix, const struct amp_mix_params *params,
                          double *natural)
{
    size_t n = 0;
    for (size_t k = 0; k + 1 < mix->contributor_n; k++) {
        natural[n++] = params->share[k];
    }
    natural[n++] = params->mu;
    natural[n++] = params->omega;
    if (mix->degradation) {
        natural[n++] = params->beta;
    }
    if (mix->back) {
        natural[n++] = params->xi_back;
    }
    if (mix->forward) {
        natural[n++] = params->xi_forward;
    }
}

static bool domain_holds(const struct amp_mix *mix, const struct amp_mix_params *params)
{
    for (size_t k = 0; k < mix->contributor_n; k++) {
        if (!(params->share[k] >= 0)) {
            return false;
        }
    }
    return params->mu > 0 && params->mu < MU_MAX && params->omega > OMEGA_MIN &&
           params->omega < OMEGA_MAX && params->beta > BETA_MIN && params->beta < BETA_MAX &&
           params->xi_back >= 0 && params->xi_forward >= 0 &&
           params->xi_back + params->xi_forward < 1;
}

bool amp_mix_natural_unpack(const struct amp_mix *mix, const double *natural,
                            struct amp_mix_params *params)
{
    memset(params, 0, sizeof *params);
    size_t n = 0;
    double rest = 1;
    for (size_t k = 0; k + 1 < mix->contributor_n; k++) {
        params->share[k] = natural[n++];
        rest -= params->share[k];
    }
    params->share[mix->contributor_n - 1] = rest;
    params->mu = natural[n++];
    params->omega = natural[n++];
    params->beta = mix->degradation ? natural[n++] : 1;
    params->xi_back = mix->back ? natural[n++] : 0;
    params->xi_forward = mix->forward ? natural[n++] : 0;
    return domain_holds(mix, params);
}

uint32_t amp_mix_exchangeable(const struct amp_mix *mix)
{
    uint32_t unknown = (UINT32_C(1) << mix->contributor_n) - 1;
    for (size_t m = 0; m < mix->marker_n; m++) {
        unknown &= ~mix->marker[m].known;
    }
    if (mix->related >= 0) {
        unknown &= ~(UINT32_C(1) << mix->related);
    }
    return unknown;
}

void amp_fit_space_put(struct amp_fit_space *space, const struct amp_mix_params *params, double *x)
{
    const struct amp_mix *mix = space->mix;
    space->base = 0;
    for (size_t k = 1; k < mix->contributor_n; k++) {
        if (params->share[k] > params->share[space->base]) {
            space->base = k;
        }
    }
    /* share = s / (1 + sum of s), the base having s = 1 */
    size_t n = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        if (k != space->base) {
            x[n++] = sqrt(fmax(params->share[k] / params->share[space->base] - EDGE, 0));
        }
    }
    x[n++] = amp_ln(params->mu);
    x[n++] = amp_ln(params->omega);
    if (mix->degradation) {
        x[n++] = amp_ln(params->beta);
    }
    if (mix->back) {
        x[n++] = sqrt(fmax(params->xi_back - EDGE, 0));
    }
    if (mix->forward) {
        x[n++] = sqrt(fmax(params->xi_forward - EDGE, 0));
    }
}

/* s of each contributor, and 1 + their sum without the base. */
static double parts_of(const struct amp_fit_space *space, const double *x, double *s)
{
    double sum = 0;
    size_t n = 0;
    for (size_t k = 0; k < space->mix->contributor_n; k++) {
        s[k] = 1;
        if (k != space->base) {
            s[k] = x[n] * x[n] + EDGE;
            n++;
        }
        sum += s[k];
    }
    return sum;
}

bool amp_fit_space_get(const struct amp_fit_space *space, const double *x,
                       struct amp_mix_params *params)
{
    const struct amp_mix *mix = space->mix;
    memset(params, 0, sizeof *params);
    double sum = parts_of(space, x, params->share);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        params->share[k] /= sum;
    }
    size_t n = mix->contributor_n - 1;
    for (size_t i = n; i < n + 2 + (mix->degradation ? 1 : 0); i++) {
        if (!(fabs(x[i]) < 50)) { /* far outside, and exp stays finite */
            return false;
        }
    }
    params->mu = amp_exp(x[n++]);
    params->omega = amp_exp(x[n++]);
    params->beta = mix->degradation ? amp_exp(x[n++]) : 1;
    if (mix->back) {
        params->xi_back = x[n] * x[n] + EDGE;
        n++;
    }
    if (mix->forward) {
        params->xi_forward = x[n] * x[n] + EDGE;
    }
    return domain_holds(mix, params);
}

bool amp_fit_space_edge(const struct amp_mix_params *params)
{
    return params->omega < 2 * OMEGA_MIN || params->omega > OMEGA_MAX / 2 ||
           params->beta < 2 * BETA_MIN || params->beta > BETA_MAX / 2;
}

bool amp_fit_evaluate(struct amp_fit_space *space, const struct amp_mix_params *params,
                      double *value, struct amp_mix_params *gradient)
{
    struct amp_mix_value result = {.gradient = gradient, .beam = space->beam};
    space->evaluation_n++;
    if (amp_mix_loglik(space->mix, params, space->work, &result)) {
        return false;
    }
    *value = result.loglik;
    return isfinite(result.loglik);
}

/* d loglik / d coordinates from d loglik / d parameters. */
static void gradient_chain(const struct amp_fit_space *space, const double *x,
                           const struct amp_mix_params *at, const struct amp_mix_params *slope,
                           double *gradient)
{
    const struct amp_mix *mix = space->mix;
    double s[AMP_MIX_CONTRIBUTORS];
    double sum = parts_of(space, x, s);
    double mean = amp_dense_dot(at->share, slope->share, mix->contributor_n);
    size_t n = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        if (k != space->base) {
            gradient[n] = 2 * x[n] / sum * (slope->share[k] - mean);
            n++;
        }
    }
    gradient[n++] = slope->mu * at->mu;
    gradient[n++] = slope->omega * at->omega;
    if (mix->degradation) {
        gradient[n++] = slope->beta * at->beta;
    }
    if (mix->back) {
        gradient[n] = 2 * x[n] * slope->xi_back;
        n++;
    }
    if (mix->forward) {
        gradient[n] = 2 * x[n] * slope->xi_forward;
    }
}

bool amp_fit_space_value(void *self, const double *x, double *value, double *gradient)
{
    struct amp_fit_space *space = self;
    struct amp_mix_params at;
    if (!amp_fit_space_get(space, x, &at)) {
        return false;
    }
    struct amp_mix_params slope = {0};
    if (!amp_fit_evaluate(space, &at, value, gradient ? &slope : NULL)) {
        return false;
    }
    if (gradient) {
        gradient_chain(space, x, &at, &slope, gradient);
    }
    return true;
}

void amp_fit_space_scale(const struct amp_fit_space *space, double *scale)
{
    const struct amp_mix *mix = space->mix;
    size_t n = 0;
    while (n < mix->contributor_n - 1) {
        scale[n++] = 0.2;
    }
    scale[n++] = 0.1; /* ln mu */
    scale[n++] = 0.2; /* ln omega */
    if (mix->degradation) {
        scale[n++] = 0.1;
    }
    if (mix->back) {
        scale[n++] = 0.1;
    }
    if (mix->forward) {
        scale[n++] = 0.1;
    }
}

bool amp_fit_space_split(struct amp_fit_space *space, double *x)
{
    struct amp_mix_params at;
    if (!amp_fit_space_get(space, x, &at)) {
        return false;
    }
    uint32_t exchangeable = amp_mix_exchangeable(space->mix);
    bool any = false;
    for (size_t i = 0; i < space->mix->contributor_n; i++) {
        for (size_t j = i + 1; j < space->mix->contributor_n; j++) {
            bool pair = (exchangeable >> i & 1) && (exchangeable >> j & 1);
            if (pair && at.share[i] > SMALL && fabs(at.share[i] / at.share[j] - 1) < ALIKE) {
                at.share[j] *= APART;
                any = true;
            }
        }
    }
    if (any) {
        amp_fit_space_put(space, &at, x); /* takes ratios of shares only */
    }
    return any;
}

bool amp_fit_space_kick(struct amp_fit_space *space, double *x)
{
    const struct amp_mix *mix = space->mix;
    struct amp_mix_params at;
    struct amp_mix_params slope = {0};
    double value;
    if (!amp_fit_space_get(space, x, &at) || !amp_fit_evaluate(space, &at, &value, &slope)) {
        return false;
    }
    double mean = amp_dense_dot(at.share, slope.share, mix->contributor_n);
    bool any = false;
    size_t n = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        if (k == space->base) {
            continue;
        }
        if (fabs(x[n]) < 1e-3 && slope.share[k] - mean > 1e-3) {
            x[n] = INWARDS;
            any = true;
        }
        n++;
    }
    n += 2 + (mix->degradation ? 1U : 0U);
    const double xi[2] = {slope.xi_back, slope.xi_forward};
    const bool has[2] = {mix->back, mix->forward};
    for (int i = 0; i < 2; i++) {
        if (!has[i]) {
            continue;
        }
        if (fabs(x[n]) < 1e-3 && xi[i] > 1e-3) {
            x[n] = INWARDS;
            any = true;
        }
        n++;
    }
    return any;
}

void amp_fit_local_put(const struct amp_mix *mix, size_t base, const struct amp_mix_params *params,
                       double *local)
{
    amp_mix_natural_pack(mix, params, local);
    if (base + 1 < mix->contributor_n) { /* the shares after base move up by one */
        for (size_t k = base; k + 1 < mix->contributor_n; k++) {
            local[k] = params->share[k + 1];
        }
    }
}

bool amp_fit_local_get(const struct amp_mix *mix, size_t base, const double *local,
                       struct amp_mix_params *params)
{
    amp_mix_natural_unpack(mix, local, params);
    double rest = params->share[mix->contributor_n - 1];
    for (size_t k = mix->contributor_n - 1; k > base; k--) {
        params->share[k] = params->share[k - 1];
    }
    params->share[base] = rest;
    return domain_holds(mix, params);
}

bool amp_fit_local_value(struct amp_fit_space *space, size_t base, const double *local,
                         double *value, double *gradient)
{
    struct amp_mix_params at;
    struct amp_mix_params slope = {0};
    if (!amp_fit_local_get(space->mix, base, local, &at) ||
        !amp_fit_evaluate(space, &at, value, gradient ? &slope : NULL)) {
        return false;
    }
    if (gradient) {
        amp_fit_local_put(space->mix, base, &slope, gradient);
        for (size_t k = 0; k + 1 < space->mix->contributor_n; k++) {
            gradient[k] -= slope.share[base];
        }
    }
    return true;
}
