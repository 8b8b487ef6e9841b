/* The likelihood of a mixture by elimination along the allele ladder, and its gradient. */
#include "dna/mixture.h"
#include "dna/mixture_beam.h"
#include "dna/mixture_factor.h"
#include "dna/mixture_kernel.h"
#include "dna/mixture_watch.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/*
 * States and factors are kept near 2^480 by powers of two, so that their products stay finite. What
 * vanishes is below 2^-1500 of what could have been had each step taken its best tuple. When the
 * true sum itself comes near that, the pass is done again with logarithms.
 */
enum {
    SCALE_EXPONENT = 480,
    EXPONENT_LEAST = -1200
};
static const double scale = 0x1p480;
static const double unscale = 0x1p-480;
static const double ln2 = 0.6931471805599453;
static const double shape_max = 1e8; /* numeric.h's limit */

struct amp_mix_work {
    const struct amp_mix *mix;
    struct mix_plan plan;
    const struct gamma_table *gamma;
    struct gamma_table *own_gamma; /* NULL when another work's is used */
    double *memory;
    double *alpha, *beta[2], *f, *posterior, *g_posterior, *table;
    double *half[MIX_HALVES], *sum[MIX_HALVES];
    uint8_t *drops;
    struct mix_beam beam;
};

static amp_err work_create(const struct amp_mix *mix, const struct gamma_table *gamma,
                           struct amp_mix_work **out)
{
    struct amp_mix_work *work = calloc(1, sizeof *work);
    if (!work) {
        return AMP_E_NOMEM;
    }
    work->mix = mix;
    amp_err err = mix_plan_make(mix, &work->plan);
    const struct mix_sizes *size = &work->plan.size;
    size_t n = size->alpha + 2 * size->state + size->f_all + 2 * size->f + size->table +
               2 * MIX_HALVES * size->half + 3 * size->bound + size->read + size->f + size->state;
    work->memory = err ? NULL : calloc(n + 1, sizeof(double));
    work->drops = err ? NULL : calloc(size->f_all + size->f + 1, 1);
    work->own_gamma = err || gamma ? NULL : malloc(sizeof *work->own_gamma);
    work->gamma = gamma ? gamma : work->own_gamma;
    if (!work->memory || !work->drops || !work->gamma) {
        amp_mix_work_destroy(work);
        return err ? err : AMP_E_NOMEM;
    }
    double *at = work->memory;
    work->alpha = at;
    work->beta[0] = at += size->alpha;
    work->beta[1] = at += size->state;
    work->f = at += size->state;
    work->posterior = at += size->f_all;
    work->g_posterior = at += size->f;
    work->table = at += size->f;
    at += size->table;
    for (int h = 0; h < MIX_HALVES; h++) {
        work->half[h] = at;
        work->sum[h] = at + size->half;
        at += 2 * size->half;
    }
    work->beam.to_come = at;
    work->beam.here = at + size->bound;
    work->beam.pending = at + 2 * size->bound;
    work->beam.read = at + 3 * size->bound;
    work->beam.wanted = work->drops + size->f_all;
    work->beam.bound = at + 3 * size->bound + size->read;
    if (work->own_gamma) {
        gamma_table_make(work->own_gamma);
    }
    *out = work;
    return AMP_OK;
}

amp_err amp_mix_work_create(const struct amp_mix *mix, struct amp_mix_work **out)
{
    return work_create(mix, NULL, out);
}

amp_err amp_mix_work_create_like(const struct amp_mix *mix, const struct amp_mix_work *like,
                                 struct amp_mix_work **out)
{
    return work_create(mix, like->gamma, out);
}

void amp_mix_work_destroy(struct amp_mix_work *work)
{
    if (work) {
        mix_plan_drop(&work->plan);
        free(work->memory);
        free(work->drops);
        free(work->own_gamma);
        free(work);
    }
}

static bool params_are_sound(const struct amp_mix *mix, const struct amp_mix_params *p)
{
    bool sound = p->mu > 0 && isfinite(p->mu) && p->omega > 0 && isfinite(p->omega);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        sound = sound && p->share[k] >= 0 && p->share[k] <= 1e6;
    }
    double lost = 0;
    if (mix->degradation) {
        sound = sound && p->beta > 0 && isfinite(p->beta);
    }
    if (mix->back) {
        sound = sound && p->xi_back >= 0;
        lost += p->xi_back;
    }
    if (mix->forward) {
        sound = sound && p->xi_forward >= 0;
        lost += p->xi_forward;
    }
    return sound && lost <= 1;
}

/* What is the same at all markers. */
static struct mix_scales scales_of(const struct amp_mix *mix, const struct amp_mix_params *p)
{
    struct mix_scales s = {
        .alpha0 = 1 / (p->omega * p->omega),
        .sigma = p->mu * p->omega * p->omega,
        .xi_back = mix->back ? p->xi_back : 0,
        .xi_forward = mix->forward ? p->xi_forward : 0,
    };
    s.log_sigma = amp_ln(s.sigma);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        s.share[k] = p->share[k];
    }
    return s;
}

/* What changes from marker to marker; false when a shape leaves the range of the functions. */
static bool scales_turn(const struct amp_mix *mix, const struct amp_mix_params *p,
                        const struct amp_mix_marker *marker, struct mix_scales *s)
{
    double log_beta = mix->degradation ? amp_ln(p->beta) : 0;
    double share = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        share += s->share[k] * AMP_MIX_COPIES;
    }
    bool sound = s->sigma > 0 && isfinite(s->sigma);
    for (size_t a = 0; a < marker->allele_n; a++) {
        s->shape[a] = s->alpha0;
        if (mix->degradation && marker->allele[a].bp100 != 0) {
            s->shape[a] *= amp_exp(marker->allele[a].bp100 * log_beta);
        }
        sound = sound && s->shape[a] * share <= shape_max;
    }
    s->cut = marker->threshold / s->sigma;
    return sound && isfinite(s->cut);
}

/* One pass under way. */
struct run {
    struct amp_mix_work *work;
    struct mix_at at;
    const struct mix_pass *pass;
    double log_scale;                  /* of what the factors were divided by */
    int64_t exponent;                  /* of two: what the states were divided by */
    bool logs;                         /* states and weights are logarithms */
    bool beam;                         /* prunes */
    const struct amp_mix_watch *watch; /* told the posterior of each shape; may be NULL */
    double watch_weight;               /* of this pass among the marker's */
};

/* Whether a factor's tuples are the step's. */
static bool reads_all(const struct mix_shape *shape, const struct mix_factor *factor)
{
    return factor->g_n[0] == shape->f_n[0] && factor->g_n[1] == shape->f_n[1];
}

/* Adds one factor's logarithm to the step's tuples. */
static void tuples_add(const struct mix_shape *shape, const struct mix_factor *factor,
                       const double *table, double *f)
{
    size_t at = 0;
    if (reads_all(shape, factor)) {
        for (; at < (size_t)shape->f_n[0] * shape->f_n[1]; at++) {
            f[at] += table[at];
        }
        return;
    }
    for (uint32_t a = 0; a < shape->f_n[0]; a++) {
        const double *row = table + (size_t)factor->project[0][a] * factor->g_n[1];
        for (uint32_t b = 0; b < shape->f_n[1]; b++) {
            f[at++] += row[factor->project[1][b]];
        }
    }
}

/* The logarithm of the prior's part; 1 / prod n! is 1/2 for each homozygote. */
static void tuples_start(const struct mix_step *step, double *f)
{
    const struct mix_shape *shape = step->shape;
    size_t at = 0;
    for (uint32_t a = 0; a < shape->f_n[0]; a++) {
        const double *log_prior = step->log_prior + shape->total[0][a];
        for (uint32_t b = 0; b < shape->f_n[1]; b++) {
            int homozygous = shape->homozygous[0][a] + shape->homozygous[1][b];
            f[at++] = log_prior[shape->total[1][b]] - homozygous * ln2;
        }
    }
}

static double tuple_exp(double x)
{
    if (x > -700) {
        return amp_exp(x) * scale;
    }
    return x > -1400 ? amp_exp(x + 700) * (amp_exp(-700) * scale) : 0;
}

/* Logarithms to weights near `scale`; false when all are zero. */
static bool tuples_finish(struct run *run, const struct mix_shape *shape, double *f)
{
    size_t n = (size_t)shape->f_n[0] * shape->f_n[1];
    double max = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        max = f[i] > max ? f[i] : max;
    }
    if (max == -(double)INFINITY) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        f[i] = tuple_exp(f[i] - max);
    }
    run->log_scale += max;
    run->exponent -= SCALE_EXPONENT;
    return true;
}

/* Which peaks are drop-in in each tuple. */
static void drops_fill(const struct mix_step *step, uint8_t *drops)
{
    const struct mix_shape *shape = step->shape;
    size_t at = 0;
    for (uint32_t a = 0; a < shape->f_n[0]; a++) {
        for (uint32_t b = 0; b < shape->f_n[1]; b++) {
            uint8_t set = 0;
            for (size_t d = 0; d < step->drop_n; d++) {
                const struct mix_factor *factor = &step->factor[step->drop[d]];
                bool none = factor->project[0][a] == 0 && factor->project[1][b] == 0;
                set = (uint8_t)(set | none << d);
            }
            drops[at++] = set;
        }
    }
}

static struct mix_kernel kernel_of(const struct run *run, const struct mix_step *step)
{
    return (struct mix_kernel){
        .shape = step->shape,
        .lane_n = run->pass->lane_n,
        .weight = run->work->f + step->f_at,
        .drops = step->drop_n > 0 ? run->work->drops + step->f_at : NULL,
        .lane_to = step->lane_to,
    };
}

/* Brings the largest state near `scale`, exactly; false when all are zero. */
static bool states_scale(double *state, size_t n, int64_t *exponent)
{
    double max = 0;
    int shift = 0;
    for (size_t i = 0; i < n; i++) {
        max = state[i] > max ? state[i] : max;
    }
    if (max == 0) {
        return false;
    }
    (void)frexp(max, &shift);
    double by = ldexp(1, SCALE_EXPONENT - shift > 1000 ? 1000 : SCALE_EXPONENT - shift);
    for (size_t i = 0; i < n; i++) {
        state[i] *= by;
    }
    (void)frexp(by, &shift);
    *exponent -= shift - 1;
    return true;
}

static size_t alpha_size(const struct mix_pass *pass, size_t i)
{
    const struct mix_shape *shape = pass->step[i].shape;
    return (size_t)shape->in_n[0] * shape->in_n[1] * pass->lane_n;
}

/* Where step i's states end up. */
static double *alpha_after(const struct run *run, size_t i)
{
    return run->work->alpha + run->pass->step[i].alpha_at + alpha_size(run->pass, i);
}

/* The logarithms of the step's weights. */
static void tuples_fill(struct run *run, size_t i)
{
    const struct mix_step *step = &run->pass->step[i];
    struct amp_mix_work *work = run->work;
    double *f = work->f + step->f_at;
    size_t n = (size_t)step->shape->f_n[0] * step->shape->f_n[1];
    if (run->beam) {
        mix_beam_want(&work->beam, &run->at, i, work->alpha + step->alpha_at);
    }
    tuples_start(step, f);
    for (size_t j = 0; j < step->factor_n; j++) {
        const struct mix_factor *factor = &step->factor[j];
        double *table = work->table + factor->table_at;
        bool whole = run->beam && reads_all(step->shape, factor);
        mix_factor_tables(factor, &run->at, whole ? work->beam.wanted : NULL, table);
        tuples_add(step->shape, factor, table, f);
    }
    for (size_t t = 0; t < n && run->beam; t++) {
        f[t] = work->beam.wanted[t] ? f[t] : -(double)INFINITY;
    }
}

static double log_scale_of(const struct run *run)
{
    return run->log_scale + (double)run->exponent * ln2;
}

static bool step_forward(struct run *run, size_t i)
{
    const struct mix_step *step = &run->pass->step[i];
    struct amp_mix_work *work = run->work;
    double *f = work->f + step->f_at;
    tuples_fill(run, i);
    if (!run->logs && !tuples_finish(run, step->shape, f)) {
        return false;
    }
    if (run->beam) {
        mix_beam_tuples(&work->beam, &run->at, i, log_scale_of(run), f);
    }
    if (step->drop_n > 0) {
        drops_fill(step, work->drops + step->f_at);
    }
    struct mix_kernel kernel = kernel_of(run, step);
    double *after = alpha_after(run, i);
    if (run->logs) {
        mix_forward_log(&kernel, work->alpha + step->alpha_at, after);
        return true;
    }
    mix_forward(&kernel, work->alpha + step->alpha_at, after);
    size_t n = (size_t)step->shape->out_n[0] * step->shape->out_n[1] * run->pass->lane_n;
    if (!states_scale(after, n, &run->exponent)) {
        return false;
    }
    if (run->beam && i + 1 < run->pass->step_n) {
        mix_beam_states(&work->beam, &run->at, i, log_scale_of(run), after);
    }
    return true;
}

/* All steps from the first; false when nothing is left or too much may have vanished. */
static bool steps_forward(struct run *run)
{
    const struct mix_pass *pass = run->pass;
    run->work->alpha[0] = run->logs ? 0 : scale;
    run->exponent = run->logs ? 0 : -SCALE_EXPONENT;
    run->log_scale = 0;
    for (size_t l = 1; l < pass->lane_n; l++) {
        run->work->alpha[l] = run->logs ? -(double)INFINITY : 0;
    }
    for (size_t i = 0; i < pass->step_n; i++) {
        if (!step_forward(run, i)) {
            return false;
        }
    }
    return run->exponent > EXPONENT_LEAST;
}

/* ln of the pass's sum over genotypes. */
static double pass_forward(struct run *run)
{
    const struct mix_pass *pass = run->pass;
    if (run->beam) {
        mix_beam_bounds(&run->work->beam, &run->at);
    }
    run->work->beam.log_lost = -INFINITY;
    if (!steps_forward(run)) { /* exactly, and so that nothing vanishes */
        run->work->beam.log_lost = -INFINITY;
        run->beam = false;
        run->logs = true;
        (void)steps_forward(run);
    }
    const double *last = alpha_after(run, pass->step_n - 1);
    double log_most = 0;
    for (size_t l = 0; l < pass->lane_n && run->logs; l++) {
        log_most = l == 0 || last[l] > log_most ? last[l] : log_most;
    }
    if (log_most == -(double)INFINITY) {
        return -INFINITY;
    }
    double sum = 0;
    for (size_t l = 0; l < pass->lane_n; l++) {
        sum += (run->logs ? amp_exp(last[l] - log_most) : last[l]) * pass->lane_weight[l];
    }
    run->work->beam.log_lost += pass->log_weight;
    return pass->log_weight + log_scale_of(run) + (log_most + amp_ln(sum));
}

/* From products of alpha and beta to the posterior probability of each tuple. */
static void posterior_finish(const double *f, size_t n, double *posterior)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        posterior[i] = (posterior[i] * unscale) * (f[i] * unscale);
        sum += posterior[i];
    }
    double by = sum > 0 ? 1 / sum : 0;
    for (size_t i = 0; i < n; i++) {
        posterior[i] *= by;
    }
}

static void posterior_project(const struct mix_shape *shape, const struct mix_factor *factor,
                              const double *posterior, double *to)
{
    size_t n = (size_t)factor->g_n[0] * factor->g_n[1];
    for (size_t i = 0; i < n; i++) {
        to[i] = 0;
    }
    for (uint32_t a = 0; a < shape->f_n[0]; a++) {
        double *row = to + (size_t)factor->project[0][a] * factor->g_n[1];
        for (uint32_t b = 0; b < shape->f_n[1]; b++) {
            row[factor->project[1][b]] += *posterior++;
        }
    }
}

/* The same from logarithms. */
static void posterior_finish_log(const double *f, size_t n, double *posterior)
{
    for (size_t i = 0; i < n; i++) {
        posterior[i] += f[i];
    }
    double sum = amp_logsumexp(posterior, n);
    for (size_t i = 0; i < n; i++) {
        posterior[i] = amp_exp(posterior[i] - sum);
    }
}

/* The states before step i and the posterior of its tuples, from the states after it. */
static void step_backward(const struct run *run, size_t i, const double *after, double *before)
{
    const struct mix_step *step = &run->pass->step[i];
    const struct mix_kernel kernel = kernel_of(run, step);
    const double *alpha = run->work->alpha + step->alpha_at;
    double *posterior = run->work->posterior;
    size_t n = (size_t)step->shape->f_n[0] * step->shape->f_n[1];
    int64_t exponent = 0;
    if (run->logs) {
        mix_backward_log(&kernel, alpha, after, before, posterior);
        posterior_finish_log(kernel.weight, n, posterior);
        return;
    }
    mix_backward(&kernel, alpha, after, before, posterior);
    posterior_finish(kernel.weight, n, posterior);
    (void)states_scale(before, alpha_size(run->pass, i), &exponent);
}

/* After pass_forward: the derivatives of the pass's logarithm. */
static void pass_backward(struct run *run, struct mix_slopes *to)
{
    const struct mix_pass *pass = run->pass;
    struct amp_mix_work *work = run->work;
    double *after = work->beta[0];
    double *before = work->beta[1];
    for (size_t l = 0; l < pass->lane_n; l++) {
        double weight = pass->lane_weight[l];
        after[l] = run->logs ? amp_ln(weight) : weight * scale;
    }
    for (size_t i = pass->step_n; i-- > 0;) {
        const struct mix_step *step = &pass->step[i];
        step_backward(run, i, after, before);
        for (size_t j = 0; j < step->factor_n; j++) {
            const struct mix_factor *factor = &step->factor[j];
            posterior_project(step->shape, factor, work->posterior, work->g_posterior);
            if (run->watch) {
                mix_factor_watch(factor, &run->at, work->g_posterior, run->watch_weight,
                                 run->watch);
                continue;
            }
            mix_factor_slopes(factor, &run->at, work->table + factor->table_at, work->g_posterior,
                              to);
        }
        double *swap = after;
        after = before;
        before = swap;
    }
}

static void slopes_add(struct mix_slopes *to, const struct mix_slopes *from, double weight)
{
    for (size_t k = 0; k < AMP_MIX_CONTRIBUTORS; k++) {
        to->share[k] += weight * from->share[k];
    }
    to->log_alpha0 += weight * from->log_alpha0;
    to->log_beta += weight * from->log_beta;
    to->sigma += weight * from->sigma;
    to->xi_back += weight * from->xi_back;
    to->xi_forward += weight * from->xi_forward;
}

static struct run run_make(struct amp_mix_work *work, size_t m, size_t pass,
                           const struct mix_scales *scales)
{
    struct run run = {.work = work, .pass = &work->plan.marker[m].pass[pass]};
    run.beam = work->beam.share > 0 && mix_beam_helps(run.pass);
    run.at.marker = &work->mix->marker[m];
    run.at.pass = run.pass;
    run.at.scales = *scales;
    run.at.room.gamma = work->gamma;
    for (int h = 0; h < MIX_HALVES; h++) {
        run.at.room.half[h] = work->half[h];
        run.at.room.sum[h] = work->sum[h];
    }
    return run;
}

/* ln of one marker's likelihood and what pruning can have taken from it; `to` may be NULL. */
static double marker_loglik(struct amp_mix_work *work, size_t m, const struct mix_scales *scales,
                            struct mix_slopes *to, double *error_bound)
{
    const struct mix_plan_marker *plan = &work->plan.marker[m];
    struct mix_slopes slopes[MIX_PASSES] = {{.sigma = 0}};
    double log_pass[MIX_PASSES];
    double log_lost[MIX_PASSES];
    for (size_t i = 0; i < plan->pass_n; i++) {
        struct run run = run_make(work, m, i, scales);
        log_pass[i] = pass_forward(&run);
        log_lost[i] = work->beam.log_lost;
        if (to && log_pass[i] > -(double)INFINITY) {
            pass_backward(&run, &slopes[i]);
        }
    }
    double loglik = amp_logsumexp(log_pass, plan->pass_n);
    double lost = amp_logsumexp(log_lost, plan->pass_n);
    if (lost > -(double)INFINITY) {
        *error_bound += amp_logsumexp((double[]){loglik, lost}, 2) - loglik;
    }
    for (size_t i = 0; i < plan->pass_n && to; i++) {
        if (log_pass[i] > -(double)INFINITY) {
            slopes_add(to, &slopes[i], amp_exp(log_pass[i] - loglik));
        }
    }
    return loglik;
}

/* alpha0 = omega^-2 and sigma = mu omega^2 */
static struct amp_mix_params gradient_of(const struct amp_mix *mix, const struct amp_mix_params *p,
                                         const struct mix_slopes *s)
{
    struct amp_mix_params gradient = {
        .mu = s->sigma * p->omega * p->omega,
        .omega = (2 * s->sigma * p->mu * p->omega * p->omega - 2 * s->log_alpha0) / p->omega,
        .beta = mix->degradation ? s->log_beta / p->beta : 0,
        .xi_back = mix->back ? s->xi_back : 0,
        .xi_forward = mix->forward ? s->xi_forward : 0,
    };
    for (size_t k = 0; k < mix->contributor_n; k++) {
        gradient.share[k] = s->share[k];
    }
    return gradient;
}

amp_err amp_mix_loglik(const struct amp_mix *mix, const struct amp_mix_params *params,
                       struct amp_mix_work *work, struct amp_mix_value *value)
{
    assert(work->mix == mix);
    if (!params_are_sound(mix, params) || !(value->beam >= 0 && value->beam < 1)) {
        return AMP_E_RANGE;
    }
    struct mix_scales scales = scales_of(mix, params);
    struct mix_slopes slopes = {.sigma = 0};
    double sum = 0;
    double error_bound = 0;
    work->beam.share = value->beam;
    for (size_t m = 0; m < mix->marker_n; m++) {
        if (!scales_turn(mix, params, &mix->marker[m], &scales)) {
            return AMP_E_RANGE;
        }
        double loglik =
            marker_loglik(work, m, &scales, value->gradient ? &slopes : NULL, &error_bound);
        sum += loglik;
        if (value->marker) {
            value->marker[m] = loglik;
        }
    }
    if (value->gradient) {
        *value->gradient = gradient_of(mix, params, &slopes);
    }
    value->loglik = sum;
    value->error_bound = error_bound;
    return AMP_OK;
}

amp_err amp_mix_watch_marker(const struct amp_mix *mix, const struct amp_mix_params *params,
                             struct amp_mix_work *work, size_t marker,
                             const struct amp_mix_watch *watch)
{
    assert(work->mix == mix && marker < mix->marker_n);
    struct mix_scales scales = scales_of(mix, params);
    if (!params_are_sound(mix, params) ||
        !scales_turn(mix, params, &mix->marker[marker], &scales)) {
        return AMP_E_RANGE;
    }
    double none = 0;
    work->beam.share = 0;
    double total = marker_loglik(work, marker, &scales, NULL, &none);
    if (total == -(double)INFINITY) {
        return AMP_E_RANGE;
    }
    for (size_t i = 0; i < work->plan.marker[marker].pass_n; i++) {
        struct run run = run_make(work, marker, i, &scales);
        double log_pass = pass_forward(&run);
        if (log_pass > -(double)INFINITY) {
            run.watch = watch;
            run.watch_weight = amp_exp(log_pass - total);
            pass_backward(&run, NULL);
        }
    }
    return AMP_OK;
}
