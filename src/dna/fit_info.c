/* Observed information by differences of the analytic gradient, and what is made of it. */
#include "dna/fit_info.h"
#include "dna/numeric.h"

#include <math.h>
#include <string.h>

static const double BORDER = 1e-7; /* a share or proportion below this is at its limit */
static const double STEP = 1e-4;   /* of differences, relative to the parameter */
static const double LN_2PI = 1.8378770664093454836;

/* Minus the second derivatives among the free coordinates. */
static bool information_fill(struct amp_fit_space *space, const double *step,
                             struct amp_fit_local *look)
{
    size_t n = look->free_n;
    double *info = look->information;
    for (size_t j = 0; j < n; j++) {
        double at[AMP_DENSE_MAX];
        double up[AMP_DENSE_MAX];
        double down[AMP_DENSE_MAX];
        double value;
        size_t move = look->free[j];
        memcpy(at, look->at, sizeof at);
        at[move] = look->at[move] + step[j];
        if (!amp_fit_local_value(space, look->base, at, &value, up)) {
            return false;
        }
        at[move] = look->at[move] - step[j];
        if (!amp_fit_local_value(space, look->base, at, &value, down)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            info[i * n + j] = (down[look->free[i]] - up[look->free[i]]) / (2 * step[j]);
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

bool amp_fit_local_look(struct amp_fit_space *space, const struct amp_mix_params *at,
                        struct amp_fit_local *out)
{
    const struct amp_mix *mix = space->mix;
    size_t share_n = mix->contributor_n - 1;
    size_t xi_from = share_n + 2 + (mix->degradation ? 1U : 0U);
    double step[AMP_DENSE_MAX];
    double value;
    memset(out, 0, sizeof *out);
    out->n = amp_mix_natural_n(mix);
    for (size_t k = 1; k < mix->contributor_n; k++) {
        out->base = at->share[k] > at->share[out->base] ? k : out->base;
    }
    amp_fit_local_put(mix, out->base, at, out->at);
    if (!amp_fit_local_value(space, out->base, out->at, &value, out->slope)) {
        return false;
    }
    for (size_t i = 0; i < out->n; i++) {
        out->border[i] = (i < share_n || i >= xi_from) && out->at[i] < BORDER;
        if (!out->border[i]) {
            step[out->free_n] = STEP * out->at[i];
            out->free[out->free_n++] = i;
        }
    }
    return information_fill(space, step, out);
}

/* Rows of d natural / d free local, [natural n][free n]. */
static void jacobian_fill(const struct amp_mix *mix, const struct amp_fit_local *look,
                          double *jacobian)
{
    size_t share_n = mix->contributor_n - 1;
    memset(jacobian, 0, sizeof(double) * AMP_DENSE_MAX * AMP_DENSE_MAX);
    for (size_t f = 0; f < look->free_n; f++) {
        size_t i = look->free[f];
        if (i >= share_n) {
            jacobian[i * look->free_n + f] = 1;
            continue;
        }
        size_t contributor = i < look->base ? i : i + 1;
        if (contributor < share_n) {
            jacobian[contributor * look->free_n + f] = 1;
        }
        if (look->base < share_n) {
            jacobian[look->base * look->free_n + f] = -1;
        }
    }
}

/* out[i][j] = J C J' */
static void covariance_turn(const struct amp_mix *mix, const struct amp_fit_local *look,
                            const double *inverse, double *out)
{
    size_t n = look->n;
    size_t m = look->free_n;
    double jacobian[AMP_DENSE_MAX * AMP_DENSE_MAX];
    double row[AMP_DENSE_MAX];
    jacobian_fill(mix, look, jacobian);
    for (size_t i = 0; i < n; i++) {
        amp_dense_times(inverse, m, jacobian + i * m, row);
        for (size_t j = 0; j < n; j++) {
            out[i * n + j] = amp_dense_dot(row, jacobian + j * m, m);
        }
    }
}

/* Standard errors: NAN at a border, and where there is no such parameter. */
static void errors_fill(const struct amp_mix *mix, const struct amp_fit_local *look,
                        const double *inverse, struct amp_mix_params *out)
{
    double local[AMP_DENSE_MAX];
    for (size_t i = 0; i < look->n; i++) {
        local[i] = NAN;
    }
    double shares = 0; /* the variance of the base's share */
    for (size_t i = 0; inverse && i < look->free_n; i++) {
        local[look->free[i]] = sqrt(inverse[i * look->free_n + i]);
        for (size_t j = 0; j < look->free_n; j++) {
            if (look->free[i] + 1 < mix->contributor_n && look->free[j] + 1 < mix->contributor_n) {
                shares += inverse[i * look->free_n + j];
            }
        }
    }
    (void)amp_fit_local_get(mix, look->base, local, out);
    out->share[look->base] = shares > 0 ? sqrt(shares) : NAN;
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
        sum += amp_ln(n);
    }
    return sum;
}

static amp_err curvature_fill(struct amp_fit_space *space, struct amp_arena *arena,
                              struct amp_mix_fit *fit)
{
    const struct amp_mix *mix = space->mix;
    struct amp_fit_local look;
    double factor[AMP_DENSE_MAX * AMP_DENSE_MAX];
    double inverse[AMP_DENSE_MAX * AMP_DENSE_MAX];
    size_t n = fit->parameter_n;
    fit->laplace = NAN;
    fit->covariance = NULL;
    bool good = amp_fit_local_look(space, &fit->at, &look) &&
                amp_dense_cholesky(look.information, look.free_n, factor);
    fit->at_border = look.free_n < n || amp_fit_space_edge(&fit->at);
    if (!good) {
        errors_fill(mix, &look, NULL, &fit->se);
        return AMP_OK;
    }
    fit->covariance = amp_arena_array(arena, n * n, sizeof *fit->covariance);
    if (!fit->covariance) {
        return AMP_E_NOMEM;
    }
    amp_dense_inverse(factor, look.free_n, inverse);
    covariance_turn(mix, &look, inverse, fit->covariance);
    errors_fill(mix, &look, inverse, &fit->se);
    if (!fit->at_border) {
        fit->laplace = (double)n / 2 * LN_2PI - amp_dense_log_det(factor, n) / 2 + fit->loglik +
                       log_factorial(amp_mix_exchangeable(mix));
    }
    return AMP_OK;
}

amp_err amp_fit_info(struct amp_fit_space *space, struct amp_arena *arena, struct amp_mix_fit *fit)
{
    const struct amp_mix *mix = space->mix;
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
    return curvature_fill(space, arena, fit);
}
