/* Observed information by differences of the analytic gradient, and what is made of it. */
#include "dna/fit_info.h"
#include "dna/numeric.h"

#include <math.h>
#include <string.h>

static const double BORDER = 1e-7; /* a share or proportion below this is at its limit */
static const double STEP = 1e-4;   /* of differences, relative to the parameter */
static const double LN_2PI = 1.8378770664093454836;

/* Natural parameters that are free to move: not at a border. */
struct free_set {
    size_t n;
    size_t index[AMP_DENSE_MAX];
    double step[AMP_DENSE_MAX];
};

static bool at_limit(const struct amp_mix *mix, const struct amp_mix_params *at, size_t i,
                     const double *natural)
{
    size_t share_n = mix->contributor_n - 1;
    size_t xi_from = share_n + 2 + (mix->degradation ? 1U : 0U);
    (void)at;
    return (i < share_n || i >= xi_from) && natural[i] < BORDER;
}

static void free_find(const struct amp_mix *mix, const struct amp_mix_params *at,
                      const double *natural, struct free_set *out)
{
    size_t n = amp_mix_natural_n(mix);
    size_t share_n = mix->contributor_n - 1;
    out->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (at_limit(mix, at, i, natural)) {
            continue;
        }
        double room = i < share_n ? fmin(natural[i], at->share[share_n]) : natural[i];
        out->index[out->n] = i;
        out->step[out->n] = STEP * fmax(room, 1e-9);
        out->n++;
    }
}

/* Minus the second derivatives at the maximum, among the free parameters. */
static bool information(struct amp_fit_space *space, const double *natural,
                        const struct free_set *set, double *info)
{
    size_t n = set->n;
    for (size_t j = 0; j < n; j++) {
        double at[AMP_DENSE_MAX];
        double up[AMP_DENSE_MAX];
        double down[AMP_DENSE_MAX];
        double value;
        memcpy(at, natural, sizeof at);
        at[set->index[j]] = natural[set->index[j]] + set->step[j];
        if (!amp_fit_natural(space, at, &value, up)) {
            return false;
        }
        at[set->index[j]] = natural[set->index[j]] - set->step[j];
        if (!amp_fit_natural(space, at, &value, down)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            info[i * n + j] = (down[set->index[i]] - up[set->index[i]]) / (2 * set->step[j]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            double mean = (info[i * n + j] + info[j * n + i]) / 2;
            info[i * n + j] = mean;
            info[j * n + i] = mean;
        }
    }
    return true;
}

/* Standard errors of the parameters, the last share's from the others' covariance. */
static void errors_fill(const struct amp_mix *mix, const double *covariance, double *se,
                        struct amp_mix_params *out)
{
    size_t n = amp_mix_natural_n(mix);
    size_t share_n = mix->contributor_n - 1;
    amp_mix_natural_unpack(mix, se, out);
    double sum = 0;
    for (size_t i = 0; i < share_n; i++) {
        for (size_t j = 0; j < share_n; j++) {
            sum += covariance[i * n + j];
        }
    }
    out->share[share_n] = sum > 0 ? sqrt(sum) : NAN;
    out->beta = mix->degradation ? out->beta : NAN;
    out->xi_back = mix->back ? out->xi_back : NAN;
    out->xi_forward = mix->forward ? out->xi_forward : NAN;
}

static double log_factorial(uint32_t set)
{
    double sum = 0;
    int n = 0;
    for (; set; set &= set - 1) {
        n++;
        sum += amp_log(n);
    }
    return sum;
}

static amp_err covariance_make(struct amp_fit_space *space, const double *natural,
                               struct amp_arena *arena, struct amp_mix_fit *fit)
{
    const struct amp_mix *mix = space->mix;
    size_t n = fit->parameter_n;
    struct free_set set;
    double info[AMP_DENSE_MAX * AMP_DENSE_MAX];
    double factor[AMP_DENSE_MAX * AMP_DENSE_MAX];
    double inverse[AMP_DENSE_MAX * AMP_DENSE_MAX];
    double se[AMP_DENSE_MAX];
    double none[AMP_DENSE_MAX * AMP_DENSE_MAX] = {0};
    for (size_t i = 0; i < n; i++) {
        se[i] = NAN;
    }
    fit->laplace = NAN;
    fit->covariance = NULL;
    free_find(mix, &fit->at, natural, &set);
    fit->at_border = set.n < n || fit->at.share[mix->contributor_n - 1] < BORDER;
    errors_fill(mix, none, se, &fit->se);
    if (!information(space, natural, &set, info) || !amp_dense_cholesky(info, set.n, factor)) {
        return AMP_OK;
    }
    double *covariance = amp_arena_array(arena, n * n, sizeof *covariance);
    if (!covariance) {
        return AMP_E_NOMEM;
    }
    amp_dense_inverse(factor, set.n, inverse);
    for (size_t i = 0; i < set.n; i++) {
        for (size_t j = 0; j < set.n; j++) {
            covariance[set.index[i] * n + set.index[j]] = inverse[i * set.n + j];
        }
        se[set.index[i]] = sqrt(inverse[i * set.n + i]);
    }
    fit->covariance = covariance;
    errors_fill(mix, covariance, se, &fit->se);
    if (!fit->at_border) {
        fit->laplace = (double)n / 2 * LN_2PI - amp_dense_log_det(factor, n) / 2 + fit->loglik +
                       log_factorial(amp_mix_exchangeable(mix));
    }
    return AMP_OK;
}

amp_err amp_fit_info(struct amp_fit_space *space, struct amp_arena *arena, struct amp_mix_fit *fit)
{
    const struct amp_mix *mix = space->mix;
    double natural[AMP_DENSE_MAX] = {0};
    fit->parameter_n = amp_mix_natural_n(mix);
    fit->marker = amp_arena_array(arena, mix->marker_n, sizeof *fit->marker);
    if (!fit->marker) {
        return AMP_E_NOMEM;
    }
    struct amp_mix_value value = {.marker = fit->marker};
    amp_err err = amp_mix_loglik(mix, &fit->at, space->work, &value);
    if (err) {
        return err;
    }
    fit->loglik = value.loglik;
    amp_mix_natural_pack(mix, &fit->at, natural);
    return covariance_make(space, natural, arena, fit);
}
