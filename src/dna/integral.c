/* The likelihood integrated over its parameters: a shifted lattice about the mode. */
#include "dna/integral.h"
#include "dna/fit_info.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    SHIFTS = 8,
    FIRST = 128, /* points of a shift in the beginning; doubled until the error is small */
    DOUBLINGS = 14,
    MODE_STEPS = 200
};
static const double TOLERANCE = 0.005;
static const uint64_t EVALUATIONS = 200000;
static const double LN_10 = 2.30258509299404568402;
static const double STUDENT_975 = 2.3646242515927849; /* t with SHIFTS - 1 degrees of freedom */
static const double BOX = 4;                          /* standard errors to each side */
/* The proposal in whitened coordinates: z = WIDTH y (1 + TAIL y^2), y logistic. Near the middle
 * much like a normal, with tails that fall slower than any exponential. */
static const double WIDTH = 0.56, TAIL = 0.02;

/* An extensible rank-1 lattice in base 2 (Cools, Kuo and Nuyens 2006): its generating vector. */
static const uint32_t lattice[AMP_DENSE_MAX] = {1,      182667, 469891, 498753, 110745, 446247,
                                                250185, 118627, 245333, 283199, 408519, 391023,
                                                246327, 126539, 399185, 461527};

/* The border-free coordinates: logits of barycentric weights of the shares (with exchangeable
 * unknowns in order), ln mu, ln omega, ln beta, logits of the stutter proportions. */
struct open_space {
    struct amp_fit_space fit;
    uint32_t ordered;
    size_t base;                   /* the weight without a coordinate */
    const struct amp_mix_fit *box; /* limits, NULL none */
};

/* Shares from weights: the i-th exchangeable weight is spread evenly over the first i of them. */
static void shares_from(const struct open_space *space, const double *weight, double *share)
{
    size_t n = space->fit.mix->contributor_n;
    size_t rank = 0;
    for (size_t k = 0; k < n; k++) {
        share[k] = weight[k];
    }
    for (size_t i = 0; i < n; i++) {
        if (!(space->ordered >> i & 1)) {
            continue;
        }
        rank++;
        share[i] = 0;
        for (size_t j = 0; j <= i; j++) {
            if (space->ordered >> j & 1) {
                share[j] += weight[i] / (double)rank;
            }
        }
    }
}

/* The inverse: w_i = i (share_i - share_next). */
static void weights_from(const struct open_space *space, const double *share, double *weight)
{
    size_t n = space->fit.mix->contributor_n;
    size_t rank = 0;
    size_t last = n;
    for (size_t k = 0; k < n; k++) {
        weight[k] = share[k];
        if (!(space->ordered >> k & 1)) {
            continue;
        }
        if (last < n) {
            weight[last] = (double)rank * (share[last] - share[k]);
        }
        rank++;
        last = k;
    }
    if (last < n) {
        weight[last] = (double)rank * share[last];
    }
}

/* d / d weight from d / d share. */
static void slopes_turn(const struct open_space *space, const double *share, double *weight)
{
    size_t n = space->fit.mix->contributor_n;
    double sum = 0;
    double rank = 0;
    for (size_t k = 0; k < n; k++) {
        weight[k] = share[k];
        if (space->ordered >> k & 1) {
            sum += share[k];
            rank++;
            weight[k] = sum / rank;
        }
    }
}

static bool limits_hold(const struct open_space *space, const struct amp_mix_params *at)
{
    if (!space->box) {
        return true;
    }
    const struct amp_mix *mix = space->fit.mix;
    double x[AMP_DENSE_MAX];
    double mode[AMP_DENSE_MAX];
    double se[AMP_DENSE_MAX];
    amp_mix_natural_pack(mix, at, x);
    amp_mix_natural_pack(mix, &space->box->at, mode);
    amp_mix_natural_pack(mix, &space->box->se, se);
    for (size_t i = 0; i < amp_mix_natural_n(mix); i++) {
        if (fabs(x[i] - mode[i]) > BOX * se[i]) { /* no limit where there is no standard error */
            return false;
        }
    }
    return true;
}

/* Coordinates of the simplex of n parts without `base`, from the parts. */
static void logits_from(const double *part, size_t n, size_t base, double least, double *x)
{
    for (size_t k = 0, i = 0; k < n; k++) {
        if (k != base) {
            x[i++] = amp_ln(fmax(part[k], least) / fmax(part[base], least));
        }
    }
}

/* The parts and the sum of their logarithms (which is that of the Jacobian). */
static double logits_to(const double *x, size_t n, size_t base, double *part)
{
    double sum = 0;
    double most = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        most = fmax(most, x[i]);
    }
    for (size_t k = 0, i = 0; k < n; k++) {
        part[k] = amp_exp((k == base ? 0 : x[i++]) - most);
        sum += part[k];
    }
    double log_jacobian = 0;
    for (size_t k = 0, i = 0; k < n; k++) {
        log_jacobian += (k == base ? 0 : x[i++]) - most - amp_ln(sum);
        part[k] /= sum;
    }
    return log_jacobian;
}

static size_t stutter_n(const struct amp_mix *mix)
{
    return 1 + (mix->back ? 1U : 0U) + (mix->forward ? 1U : 0U);
}

/* The stutter parts: what stays, then xi_back, xi_forward as far as there are any. */
static void stutter_from(const struct amp_mix *mix, const struct amp_mix_params *at, double *part)
{
    size_t n = 0;
    part[n++] = 1 - at->xi_back - at->xi_forward;
    if (mix->back) {
        part[n++] = at->xi_back;
    }
    if (mix->forward) {
        part[n] = at->xi_forward;
    }
}

static void open_put(struct open_space *space, const struct amp_mix_params *at, double *x)
{
    const struct amp_mix *mix = space->fit.mix;
    double weight[AMP_MIX_CONTRIBUTORS];
    double part[3];
    weights_from(space, at->share, weight);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        space->base = weight[k] > weight[space->base] ? k : space->base;
    }
    logits_from(weight, mix->contributor_n, space->base, 1e-3, x);
    size_t n = mix->contributor_n - 1;
    x[n++] = amp_ln(at->mu);
    x[n++] = amp_ln(at->omega);
    if (mix->degradation) {
        x[n++] = amp_ln(at->beta);
    }
    stutter_from(mix, at, part);
    logits_from(part, stutter_n(mix), 0, 1e-3, x + n);
}

/* Parameters and ln Jacobian. */
static bool open_get(const struct open_space *space, const double *x, double *weight,
                     struct amp_mix_params *at, double *log_jacobian)
{
    const struct amp_mix *mix = space->fit.mix;
    memset(at, 0, sizeof *at);
    double log_j = logits_to(x, mix->contributor_n, space->base, weight);
    shares_from(space, weight, at->share);
    size_t n = mix->contributor_n - 1;
    for (size_t i = n; i < n + 2 + (mix->degradation ? 1 : 0); i++) {
        if (!(fabs(x[i]) < 30)) {
            return false;
        }
        log_j += x[i];
    }
    at->mu = amp_exp(x[n++]);
    at->omega = amp_exp(x[n++]);
    at->beta = mix->degradation ? amp_exp(x[n++]) : 1;
    double part[3];
    log_j += logits_to(x + n, stutter_n(mix), 0, part);
    at->xi_back = mix->back ? part[1] : 0;
    at->xi_forward = mix->forward ? part[mix->back ? 2 : 1] : 0;
    *log_jacobian = log_j;
    return isfinite(log_j) && at->xi_back + at->xi_forward < 1;
}

/* d / d coordinates of ln L + ln Jacobian. */
static void open_gradient(const struct open_space *space, const double *weight,
                          const struct amp_mix_params *at, const struct amp_mix_params *slope,
                          double *gradient)
{
    const struct amp_mix *mix = space->fit.mix;
    size_t contributors = mix->contributor_n;
    double by_weight[AMP_MIX_CONTRIBUTORS];
    slopes_turn(space, slope->share, by_weight);
    double mean = amp_dense_dot(weight, by_weight, contributors);
    size_t n = 0;
    for (size_t k = 0; k < contributors; k++) {
        if (k != space->base) {
            gradient[n++] =
                weight[k] * (by_weight[k] - mean) + 1 - (double)contributors * weight[k];
        }
    }
    gradient[n++] = slope->mu * at->mu + 1;
    gradient[n++] = slope->omega * at->omega + 1;
    if (mix->degradation) {
        gradient[n++] = slope->beta * at->beta + 1;
    }
    double parts = (double)stutter_n(mix);
    double pull = at->xi_back * slope->xi_back + at->xi_forward * slope->xi_forward;
    if (mix->back) {
        gradient[n++] = at->xi_back * (slope->xi_back - pull) + 1 - parts * at->xi_back;
    }
    if (mix->forward) {
        gradient[n] = at->xi_forward * (slope->xi_forward - pull) + 1 - parts * at->xi_forward;
    }
}

/* ln(L Jacobian), for the climb and for the points; the box is for the points alone. */
static bool open_value(void *self, const double *x, double *value, double *gradient)
{
    struct open_space *space = self;
    struct amp_mix_params at;
    struct amp_mix_params slope = {0};
    double weight[AMP_MIX_CONTRIBUTORS];
    double log_j;
    double loglik;
    if (!open_get(space, x, weight, &at, &log_j) || (!gradient && !limits_hold(space, &at)) ||
        !amp_fit_evaluate(&space->fit, &at, &loglik, gradient ? &slope : NULL)) {
        return false;
    }
    *value = loglik + log_j;
    if (gradient) {
        open_gradient(space, weight, &at, &slope, gradient);
    }
    return true;
}

/* The mode, and the lower factor of the covariance there. */
struct mode {
    size_t n;
    double at[AMP_DENSE_MAX], value;
    double factor[AMP_DENSE_MAX * AMP_DENSE_MAX];
};

static bool mode_curve(struct open_space *space, struct mode *mode)
{
    size_t n = mode->n;
    double info[AMP_DENSE_MAX * AMP_DENSE_MAX];
    double l[AMP_DENSE_MAX * AMP_DENSE_MAX];
    const double h = 1e-4;
    for (size_t j = 0; j < n; j++) {
        double up[AMP_DENSE_MAX];
        double down[AMP_DENSE_MAX];
        double x[AMP_DENSE_MAX];
        double value;
        memcpy(x, mode->at, sizeof x);
        x[j] = mode->at[j] + h;
        if (!open_value(space, x, &value, up)) {
            return false;
        }
        x[j] = mode->at[j] - h;
        if (!open_value(space, x, &value, down)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            info[i * n + j] = (down[i] - up[i]) / (2 * h);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            info[i * n + j] = (info[i * n + j] + info[j * n + i]) / 2;
            info[j * n + i] = info[i * n + j];
        }
    }
    if (!amp_dense_cholesky(info, n, l)) {
        return false;
    }
    amp_dense_inverse(l, n, info);
    return amp_dense_cholesky(info, n, mode->factor);
}

static bool mode_find(struct open_space *space, const struct amp_mix_fit *fit, struct mode *out)
{
    struct amp_climb climb;
    struct amp_climb_function function = {.at = open_value, .self = space};
    double x[AMP_DENSE_MAX];
    double scale[AMP_DENSE_MAX];
    out->n = amp_mix_natural_n(space->fit.mix);
    open_put(space, &fit->at, x);
    for (size_t i = 0; i < out->n; i++) {
        scale[i] = 0.2;
    }
    if (!amp_climb_start(&climb, &function, x, scale, out->n)) {
        return false;
    }
    amp_climb_on(&climb, &function, MODE_STEPS, 1e-8);
    memcpy(out->at, climb.x, sizeof out->at);
    out->value = climb.value;
    return mode_curve(space, out);
}

/* Sums of one shift. */
struct shift_sum {
    double sum, square;
};

/* A point of the unit cube to one about the mode; ln of the density it was drawn with, relative to
 * the mode's own scale. */
static double point_place(const struct mode *mode, const double *u, double *x)
{
    double z[AMP_DENSE_MAX];
    double log_density = -amp_dense_log_det(mode->factor, mode->n) / 2;
    for (size_t i = 0; i < mode->n; i++) {
        double y = amp_ln(u[i] / (1 - u[i]));
        z[i] = WIDTH * y * (1 + TAIL * y * y);
        log_density += amp_ln(u[i] * (1 - u[i])) - amp_ln(WIDTH * (1 + 3 * TAIL * y * y));
    }
    for (size_t i = 0; i < mode->n; i++) {
        x[i] = mode->at[i] + amp_dense_dot(mode->factor + i * mode->n, z, i + 1);
    }
    return log_density;
}

/* Weyl's sequence of the plastic-like roots gives each shift its fixed offset. */
static double offset(size_t shift, size_t dimension)
{
    double x =
        0.5 + (double)(shift + 1) * sqrt((double)(2 + 3 * dimension + dimension * dimension));
    return x - floor(x);
}

static void shift_add(struct open_space *space, const struct mode *mode, size_t shift,
                      const uint64_t range[3], struct shift_sum *sum)
{
    for (uint64_t i = range[0]; i < range[1]; i += range[2]) {
        double u[AMP_DENSE_MAX];
        double x[AMP_DENSE_MAX];
        double value;
        for (size_t d = 0; d < mode->n; d++) {
            double at = (double)((i * lattice[d]) % range[1]) / (double)range[1] + offset(shift, d);
            at -= floor(at);
            u[d] = fmin(fmax(at, 1e-12), 1 - 1e-12);
        }
        double log_density = point_place(mode, u, x);
        if (open_value(space, x, &value, NULL)) {
            double weight = amp_exp(value - mode->value - log_density);
            sum->sum += weight;
            sum->square += weight * weight;
        }
    }
}

static void sums_judge(const struct shift_sum *sum, uint64_t points, const struct mode *mode,
                       struct amp_integral *out)
{
    double mean = 0;
    double square = 0;
    double spread = 0;
    double n = (double)points;
    for (size_t s = 0; s < SHIFTS; s++) {
        mean += sum[s].sum / n / SHIFTS;
        square += sum[s].square / n / SHIFTS;
    }
    for (size_t s = 0; s < SHIFTS; s++) {
        spread += (sum[s].sum / n - mean) * (sum[s].sum / n - mean);
    }
    out->relative_error = sqrt(spread / (SHIFTS * (SHIFTS - 1))) / mean;
    out->ln_marginal = mode->value + amp_ln(mean);
    out->effective_share = mean * mean / square;
    double reach = STUDENT_975 * out->relative_error;
    out->ln_low = reach < 1 ? out->ln_marginal + amp_log1p(-reach) : -INFINITY;
    out->ln_high = out->ln_marginal + amp_log1p(reach);
}

static amp_err sum_up(struct open_space *space, const struct mode *mode,
                      const struct amp_integral_options *options, struct amp_integral *out)
{
    double tolerance = options->tolerance > 0 ? options->tolerance : TOLERANCE;
    uint64_t most = options->evaluation_max > 0 ? options->evaluation_max : EVALUATIONS;
    struct shift_sum sum[SHIFTS] = {{0}};
    uint64_t points = FIRST;
    for (int doubling = 0; doubling < DOUBLINGS; doubling++) {
        /* a lattice of twice the points holds the smaller one: only the odd ones are new */
        const uint64_t range[3] = {doubling == 0 ? 0 : 1, points, doubling == 0 ? 1 : 2};
        for (size_t s = 0; s < SHIFTS; s++) {
            const struct amp_dna_progress *progress = &options->progress;
            double done = fmin((double)space->fit.evaluation_n / (double)most, 1);
            if (progress->tell && progress->tell(progress->self, done)) {
                return AMP_E_CONFLICT;
            }
            shift_add(space, mode, s, range, &sum[s]);
        }
        sums_judge(sum, points, mode, out);
        out->reached = out->relative_error <= tolerance;
        if (out->reached || points * 2 * SHIFTS > most) {
            break;
        }
        points *= 2;
    }
    out->evaluation_n = space->fit.evaluation_n;
    return AMP_OK;
}

amp_err amp_integral_run(const struct amp_mix *mix, const struct amp_mix_fit *fit,
                         const struct amp_integral_options *options, struct amp_arena *arena,
                         struct amp_integral *out, struct amp_why *why)
{
    (void)arena;
    struct open_space space = {.fit.mix = mix, .ordered = amp_mix_exchangeable(mix)};
    space.box = options->box ? fit : NULL;
    amp_err err = amp_mix_work_create(mix, &space.fit.work);
    if (err) {
        return err;
    }
    struct mode mode = {0};
    struct amp_integral result = {0};
    if (mode_find(&space, fit, &mode)) {
        err = sum_up(&space, &mode, options, &result);
    } else {
        err = amp_fail(why, AMP_E_RANGE,
                       "the likelihood has no mode to integrate about (the data do not determine "
                       "the parameters): try fewer contributors or options");
    }
    amp_mix_work_destroy(space.fit.work);
    if (!err) {
        *out = result;
    }
    return err;
}

amp_err amp_integral_lr(const struct amp_mix *hp, const struct amp_mix_fit *hp_fit,
                        const struct amp_mix *hd, const struct amp_mix_fit *hd_fit,
                        const struct amp_integral_options *options, struct amp_arena *arena,
                        struct amp_integral_lr *out, struct amp_why *why)
{
    struct amp_integral_lr lr = {0};
    amp_err err = amp_integral_run(hp, hp_fit, options, arena, &lr.hp, why);
    if (err) {
        return err;
    }
    err = amp_integral_run(hd, hd_fit, options, arena, &lr.hd, why);
    if (err) {
        return err;
    }
    double mid = lr.hp.ln_marginal - lr.hd.ln_marginal;
    double se = sqrt(lr.hp.relative_error * lr.hp.relative_error +
                     lr.hd.relative_error * lr.hd.relative_error);
    lr.log10_bayes_factor = mid / LN_10;
    lr.low = (mid - STUDENT_975 * se) / LN_10;
    lr.high = (mid + STUDENT_975 * se) / LN_10;
    *out = lr;
    return AMP_OK;
}
