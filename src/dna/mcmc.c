/* Random-walk Metropolis about a maximum, and what two chains say about a likelihood ratio. */
#include "dna/mcmc.h"
#include "base/chance.h"
#include "dna/fit_info.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLES = 2000,
    THIN = 5,
    TUNE_STEPS = 200, /* of one phase of tuning */
    TUNE_PHASES = 20,
    MASS_DRAWS = 20000, /* for the part of the normal that lies in the domain */
    BOOTSTRAPS = 1000,
    TELL_EVERY = 64
};
static const double ACCEPT_LOW = 0.15, ACCEPT_HIGH = 0.35, ACCEPT = 0.25;
static const double QUANTILE = 0.05;
static const double MIDDLE = 1.5; /* of a normal: squared distance over the number of parameters */
static const double LN_10 = 2.30258509299404568402;
static const double LN_2PI = 1.8378770664093454836;

/* Where a chain walks: local coordinates, whitened by the factor of the covariance. */
struct walk {
    struct amp_fit_space space;
    struct amp_fit_local look;
    double factor[AMP_DENSE_MAX * AMP_DENSE_MAX]; /* lower, of the covariance of all coordinates */
    uint32_t ordered;                             /* exchangeable unknowns: shares fall */
    struct amp_chance chance;
    double delta;
};

static double normal_draw(struct amp_chance *chance)
{
    double u = ((double)(amp_chance_next(chance) >> 12) + 0.5) * 0x1.0p-52;
    return amp_normal_quantile(u);
}

static bool walk_make(const struct amp_mix *mix, struct amp_mix_work *work,
                      const struct amp_mix_fit *fit, uint64_t seed, struct walk *out)
{
    *out = (struct walk){.space = {.mix = mix, .work = work}, .chance = {.state = seed}};
    struct amp_fit_local *look = &out->look;
    double factor[AMP_DENSE_MAX * AMP_DENSE_MAX];
    double inverse[AMP_DENSE_MAX * AMP_DENSE_MAX];
    if (!amp_fit_local_look(&out->space, &fit->at, look) ||
        !amp_dense_cholesky(look->information, look->free_n, factor)) {
        return false;
    }
    amp_dense_inverse(factor, look->free_n, inverse);
    double all[AMP_DENSE_MAX * AMP_DENSE_MAX] = {0};
    for (size_t i = 0; i < look->free_n; i++) {
        for (size_t j = 0; j < look->free_n; j++) {
            all[look->free[i] * look->n + look->free[j]] = inverse[i * look->free_n + j];
        }
    }
    for (size_t i = 0; i < look->n; i++) {
        if (look->border[i]) { /* falls like exp(slope x) from 0: that is its scale */
            double scale = 1 / fmax(-look->slope[i], 1);
            all[i * look->n + i] = scale * scale;
        }
    }
    out->ordered = amp_mix_exchangeable(mix);
    out->delta = 2.38 * 2.38 / (double)look->n; /* Roberts, Gelman and Gilks 1997 */
    return amp_dense_cholesky(all, look->n, out->factor);
}

static bool inside(const struct walk *walk, const double *at, struct amp_mix_params *params)
{
    if (!amp_fit_local_get(walk->space.mix, walk->look.base, at, params)) {
        return false;
    }
    double last = INFINITY;
    for (size_t k = 0; k < walk->space.mix->contributor_n; k++) {
        if (walk->ordered >> k & 1) {
            if (params->share[k] > last) {
                return false;
            }
            last = params->share[k];
        }
    }
    return true;
}

/* from + sqrt(delta) L z */
static void propose(struct walk *walk, const double *from, double *to)
{
    size_t n = walk->look.n;
    double z[AMP_DENSE_MAX];
    double scale = sqrt(walk->delta);
    for (size_t i = 0; i < n; i++) {
        z[i] = normal_draw(&walk->chance);
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i] + scale * amp_dense_dot(walk->factor + i * n, z, i + 1);
    }
}

/* Where a chain stands. */
struct place {
    double at[AMP_DENSE_MAX];
    struct amp_mix_params params;
    double loglik;
};

static bool step(struct walk *walk, struct place *place)
{
    struct place to = {.loglik = -INFINITY};
    propose(walk, place->at, to.at);
    double u = amp_chance_share(&walk->chance);
    if (!inside(walk, to.at, &to.params) ||
        !amp_fit_evaluate(&walk->space, &to.params, &to.loglik, NULL)) {
        return false;
    }
    if (to.loglik < place->loglik && u >= amp_exp(to.loglik - place->loglik)) {
        return false;
    }
    *place = to;
    return true;
}

/* Until the acceptance is in its range; the last delta stays. */
static void tune(struct walk *walk, struct place *place)
{
    for (int phase = 0; phase < TUNE_PHASES; phase++) {
        int accepted = 0;
        for (int i = 0; i < TUNE_STEPS; i++) {
            accepted += step(walk, place) ? 1 : 0;
        }
        double rate = (double)accepted / TUNE_STEPS;
        if (rate >= ACCEPT_LOW && rate <= ACCEPT_HIGH) {
            return;
        }
        double change = fmin(fmax(rate / ACCEPT, 0.3), 3);
        walk->delta *= change;
    }
}

/* Geyer's initial positive sequence (1992): pairs of autocorrelations while they are positive. */
static double effective_size(const double *x, size_t n)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        mean += x[i] / (double)n;
    }
    double variance = 0;
    for (size_t i = 0; i < n; i++) {
        variance += (x[i] - mean) * (x[i] - mean);
    }
    if (!(variance > 0)) {
        return 1;
    }
    double sum = 0;
    for (size_t lag = 0; lag + 1 < n; lag += 2) {
        double pair = 0;
        for (size_t l = lag; l < lag + 2; l++) {
            for (size_t i = 0; i + l < n; i++) {
                pair += (x[i] - mean) * (x[i + l] - mean);
            }
        }
        if (pair <= 0) {
            break;
        }
        sum += pair / variance;
    }
    return fmin((double)n / fmax(2 * sum - 1, 1e-3), (double)n);
}

/* Squared distance from the maximum in units of the covariance. */
static double distance(const struct walk *walk, const double *at)
{
    size_t n = walk->look.n;
    double away[AMP_DENSE_MAX];
    for (size_t i = 0; i < n; i++) {
        away[i] = at[i] - walk->look.at[i];
    }
    amp_dense_forward(walk->factor, n, away, away);
    return amp_dense_dot(away, away, n);
}

/* ln density at `at` of the normal about the maximum, cut to its middle, where the likelihood is
 * never small: the harmonic mean has a finite variance then (Geweke 1999). */
static double normal_log(const struct walk *walk, const double *at)
{
    double n = (double)walk->look.n;
    double square = distance(walk, at);
    if (square > MIDDLE * n) {
        return -INFINITY;
    }
    return -square / 2 - amp_dense_log_det(walk->factor, walk->look.n) / 2 - n / 2 * LN_2PI;
}

/* ln of the part of that normal that lies in its middle and in the domain, from draws of its own.
 */
static double mass_log(const struct walk *walk)
{
    struct walk own = *walk;
    own.delta = 1;
    own.chance.state ^= UINT64_C(0xD1B54A32D192ED03);
    struct amp_mix_params params;
    int hits = 0;
    for (int i = 0; i < MASS_DRAWS; i++) {
        double at[AMP_DENSE_MAX];
        propose(&own, own.look.at, at);
        bool hit = distance(&own, at) <= MIDDLE * (double)own.look.n && inside(&own, at, &params);
        hits += hit ? 1 : 0;
    }
    return amp_ln((hits > 0 ? (double)hits : 0.5) / MASS_DRAWS);
}

/* Gelfand and Dey: 1 / M = E[h / L]; U! for the order of the exchangeable ones. */
static double marginal_log(const struct walk *walk, const double *term, size_t n)
{
    double orders = 0;
    int unknown = 0;
    for (uint32_t set = walk->ordered; set; set &= set - 1) {
        unknown++;
        orders += amp_ln(unknown);
    }
    return amp_ln((double)n) - amp_logsumexp(term, n) + mass_log(walk) + orders;
}

/* Adds x to the moments field by field, through the natural vector plus the last share. */
static void moments_fill(const struct amp_mix *mix, struct amp_mcmc *out)
{
    size_t n = amp_mix_natural_n(mix);
    double sum[AMP_DENSE_MAX] = {0};
    double square[AMP_DENSE_MAX] = {0};
    double x[AMP_DENSE_MAX];
    size_t last = mix->contributor_n - 1;
    for (size_t i = 0; i < out->sample_n; i++) {
        amp_mix_natural_pack(mix, &out->sample[i], x);
        x[n] = out->sample[i].share[last];
        for (size_t j = 0; j <= n; j++) {
            sum[j] += x[j] / (double)out->sample_n;
        }
    }
    for (size_t i = 0; i < out->sample_n; i++) {
        amp_mix_natural_pack(mix, &out->sample[i], x);
        x[n] = out->sample[i].share[last];
        for (size_t j = 0; j <= n; j++) {
            square[j] += (x[j] - sum[j]) * (x[j] - sum[j]) / (double)out->sample_n;
        }
    }
    for (size_t j = 0; j <= n; j++) {
        square[j] = sqrt(square[j]);
    }
    (void)amp_mix_natural_unpack(mix, sum, &out->mean);
    (void)amp_mix_natural_unpack(mix, square, &out->sd);
    out->mean.share[last] = sum[n];
    out->sd.share[last] = square[n];
}

static bool told_to_stop(const struct amp_dna_progress *progress, double done)
{
    return progress->tell && progress->tell(progress->self, done);
}

static amp_err chain_run(struct walk *walk, const struct amp_mix_fit *fit,
                         const struct amp_mcmc_options *options, struct amp_arena *arena,
                         struct amp_mcmc *out)
{
    size_t thin = options->thin > 0 ? options->thin : THIN;
    double *term = amp_arena_array(arena, out->sample_n, sizeof *term);
    if (!term || !out->loglik || !out->sample) {
        return AMP_E_NOMEM;
    }
    struct place place = {.params = fit->at, .loglik = fit->loglik};
    memcpy(place.at, walk->look.at, sizeof place.at);
    tune(walk, &place);
    size_t accepted = 0;
    for (size_t i = 0; i < out->sample_n; i++) {
        if (i % TELL_EVERY == 0 &&
            told_to_stop(&options->progress, (double)i / (double)out->sample_n)) {
            return AMP_E_CONFLICT;
        }
        for (size_t j = 0; j < thin; j++) {
            accepted += step(walk, &place) ? 1 : 0;
        }
        out->loglik[i] = place.loglik;
        out->sample[i] = place.params;
        term[i] = normal_log(walk, place.at) - place.loglik;
    }
    out->acceptance = (double)accepted / (double)(out->sample_n * thin);
    out->delta = walk->delta;
    out->effective_n = effective_size(out->loglik, out->sample_n);
    out->ln_marginal = marginal_log(walk, term, out->sample_n);
    moments_fill(walk->space.mix, out);
    return AMP_OK;
}

amp_err amp_mcmc_run(const struct amp_mix *mix, const struct amp_mix_fit *fit,
                     const struct amp_mcmc_options *options, struct amp_arena *arena,
                     struct amp_mcmc *out, struct amp_why *why)
{
    size_t n = options->sample_n > 0 ? options->sample_n : SAMPLES;
    if (n > AMP_MCMC_SAMPLES) {
        return amp_fail(why, AMP_E_LIMIT, "%zu samples: ask for %d at most", n, AMP_MCMC_SAMPLES);
    }
    struct amp_mcmc result = {.seed = options->seed, .sample_n = n};
    struct amp_mix_work *work = NULL;
    amp_err err = amp_mix_work_create(mix, &work);
    if (err) {
        return err;
    }
    struct walk walk;
    if (walk_make(mix, work, fit, options->seed, &walk)) {
        result.loglik = amp_arena_array(arena, n, sizeof *result.loglik);
        result.sample = amp_arena_array(arena, n, sizeof *result.sample);
        err = chain_run(&walk, fit, options, arena, &result);
    } else {
        err = amp_fail(why, AMP_E_RANGE,
                       "the likelihood has no peak at its maximum (the data do not determine the "
                       "parameters), so it cannot be sampled: try fewer contributors or options");
    }
    amp_mix_work_destroy(work);
    if (!err) {
        *out = result;
    }
    return err;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Of sorted values, between neighbours (Hyndman and Fan 1996, type 7). */
static double quantile_of(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t low = (size_t)at;
    size_t high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

/* The quantile's 95 % interval: resamples of the effective size. */
static amp_err quantile_interval(struct amp_mcmc_lr *lr, struct amp_arena *arena)
{
    double effective = fmin(lr->hp.effective_n, lr->hd.effective_n);
    size_t n = (size_t)fmax(effective, 2);
    double *draw = amp_arena_array(arena, n, sizeof *draw);
    double *quantile = amp_arena_array(arena, BOOTSTRAPS, sizeof *quantile);
    if (!draw || !quantile) {
        return AMP_E_NOMEM;
    }
    struct amp_chance chance = {.state = lr->seed ^ UINT64_C(0x9FB21C651E98DF25)};
    for (size_t b = 0; b < BOOTSTRAPS; b++) {
        for (size_t i = 0; i < n; i++) {
            draw[i] = lr->log10_lr[amp_chance_below(&chance, (uint32_t)lr->sample_n)];
        }
        qsort(draw, n, sizeof *draw, rising);
        quantile[b] = quantile_of(draw, n, lr->quantile);
    }
    qsort(quantile, BOOTSTRAPS, sizeof *quantile, rising);
    lr->ci_low = quantile_of(quantile, BOOTSTRAPS, 0.025);
    lr->ci_high = quantile_of(quantile, BOOTSTRAPS, 0.975);
    return AMP_OK;
}

/* Half of a progress. */
struct half {
    struct amp_dna_progress whole;
    double from;
};

static bool half_tell(void *self, double done)
{
    const struct half *half = self;
    return told_to_stop(&half->whole, half->from + done / 2);
}

amp_err amp_mcmc_lr(const struct amp_mix *hp, const struct amp_mix_fit *hp_fit,
                    const struct amp_mix *hd, const struct amp_mix_fit *hd_fit,
                    const struct amp_mcmc_options *options, struct amp_arena *arena,
                    struct amp_mcmc_lr *out, struct amp_why *why)
{
    struct amp_mcmc_lr lr = {.seed = options->seed,
                             .quantile = options->quantile > 0 ? options->quantile : QUANTILE};
    assert(lr.quantile < 1);
    struct half first = {.whole = options->progress};
    struct half second = {.whole = options->progress, .from = 0.5};
    struct amp_mcmc_options own = *options;
    own.progress = (struct amp_dna_progress){.tell = half_tell, .self = &first};
    amp_err err = amp_mcmc_run(hp, hp_fit, &own, arena, &lr.hp, why);
    if (err) {
        return err;
    }
    own.progress.self = &second;
    own.seed = amp_chance_next(&(struct amp_chance){.state = ~options->seed}); /* independent */
    err = amp_mcmc_run(hd, hd_fit, &own, arena, &lr.hd, why);
    if (err) {
        return err;
    }
    lr.sample_n = lr.hp.sample_n;
    lr.log10_lr = amp_arena_array(arena, lr.sample_n, sizeof *lr.log10_lr);
    if (!lr.log10_lr) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < lr.sample_n; i++) {
        lr.log10_lr[i] = (lr.hp.loglik[i] - lr.hd.loglik[i]) / LN_10;
    }
    qsort(lr.log10_lr, lr.sample_n, sizeof *lr.log10_lr, rising);
    lr.log10_bayes_factor = (lr.hp.ln_marginal - lr.hd.ln_marginal) / LN_10;
    lr.log10_conservative = quantile_of(lr.log10_lr, lr.sample_n, lr.quantile);
    lr.log10_median = quantile_of(lr.log10_lr, lr.sample_n, 0.5);
    err = quantile_interval(&lr, arena);
    if (!err) {
        *out = lr;
    }
    return err;
}
