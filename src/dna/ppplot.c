/* Cumulative probabilities of the peaks, their test, and expected heights. */
#include "dna/ppplot.h"
#include "dna/mixture_watch.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    SHAPES_MAX = 1 << 20, /* different shapes of one peak */
    ROOT_STEPS = 200,
    FRACTION_STEPS = 500
};
static const double LEVEL = 0.01;
static const double TOP = 0.99999; /* of the tallest peak: a homozygote of the whole sample */

/* The distribution of one position's shape given all heights. */
struct shapes {
    size_t n, room;
    double *shape, *log_p; /* shape 0: nobody gives to it, the peak is drop-in */
    bool failed;
};

struct watcher {
    struct shapes *of; /* [allele_n] */
};

static void shape_note(void *self, size_t allele, double shape, double probability)
{
    struct shapes *to = &((struct watcher *)self)->of[allele];
    if (!(probability > 0) || to->failed) {
        return;
    }
    if (to->n == to->room) {
        size_t room = to->room ? 2 * to->room : 64;
        double *wide = room <= SHAPES_MAX ? realloc(to->shape, room * sizeof *wide) : NULL;
        to->shape = wide ? wide : to->shape;
        double *also = wide ? realloc(to->log_p, room * sizeof *also) : NULL;
        to->log_p = also ? also : to->log_p;
        if (!wide || !also) {
            to->failed = true;
            return;
        }
        to->room = room;
    }
    to->shape[to->n] = shape;
    to->log_p[to->n] = amp_ln(probability);
    to->n++;
}

/* What a marker's peaks have in common. */
struct scale {
    double sigma, log_sigma, threshold, tallest, lambda;
};

static double gamma_log_density(double shape, const struct scale *scale, double y)
{
    return (shape - 1) * amp_ln(y) - y / scale->sigma - amp_lgamma(shape) -
           shape * scale->log_sigma;
}

/* P(from threshold - 1 to y) of a shape's height; of drop-in from the threshold. */
static double below(double shape, const struct scale *scale, double y)
{
    if (shape > 0) {
        return amp_gamma_p(shape, y / scale->sigma) -
               amp_gamma_p(shape, fmax(scale->threshold - 1, 0) / scale->sigma);
    }
    return 1 - amp_exp(-scale->lambda * (y - scale->threshold));
}

/* Takes the peak's own density out of the shapes' posterior, then sums the parts below. */
static double peak_probability(const struct shapes *shapes, const struct scale *scale, double y)
{
    double most = -INFINITY;
    for (size_t i = 0; i < shapes->n; i++) {
        double s = shapes->shape[i];
        double density = s > 0 ? gamma_log_density(s, scale, y)
                               : amp_ln(scale->lambda) - scale->lambda * (y - scale->threshold);
        if (s > 0 || scale->lambda > 0) {
            shapes->log_p[i] -= density;
            most = fmax(most, shapes->log_p[i]);
        } else {
            shapes->log_p[i] = -INFINITY; /* no drop-in: it cannot have a posterior */
        }
    }
    double up_to = 0;
    double all = 0;
    for (size_t i = 0; i < shapes->n; i++) {
        double weight = amp_exp(shapes->log_p[i] - most);
        up_to += weight * below(shapes->shape[i], scale, y);
        all += weight * below(shapes->shape[i], scale, fmax(scale->tallest, y));
    }
    for (size_t i = 0; i < shapes->n; i++) { /* as it was, for the next replicate */
        double s = shapes->shape[i];
        if (s > 0) {
            shapes->log_p[i] += gamma_log_density(s, scale, y);
        } else if (scale->lambda > 0) {
            shapes->log_p[i] += amp_ln(scale->lambda) - scale->lambda * (y - scale->threshold);
        }
    }
    return all > 0 ? fmin(up_to / all, 1) : NAN;
}

/* x with P(shape, x) = p: between bounds that are halved. */
static double gamma_quantile(double shape, double p)
{
    double low = 0;
    double high = shape + 10;
    while (amp_gamma_p(shape, high) < p) {
        high *= 2;
    }
    for (int i = 0; i < ROOT_STEPS && high - low > 1e-12 * high; i++) {
        double mid = low + (high - low) / 2;
        if (amp_gamma_p(shape, mid) < p) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return high;
}

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m < FRACTION_STEPS; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double change = 1;
        for (int i = 0; i < 2; i++) {
            double term = i == 0 ? even : odd;
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            h *= change;
        }
        if (fabs(change - 1) < 1e-15) {
            break;
        }
    }
    return h;
}

/* The regularised incomplete beta function. */
static double beta_p(double a, double b, double x)
{
    if (x <= 0 || x >= 1) {
        return x <= 0 ? 0 : 1;
    }
    double front = amp_exp(amp_lgamma(a + b) - amp_lgamma(a) - amp_lgamma(b) + a * amp_ln(x) +
                           b * amp_log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static size_t peaks_count(const struct amp_mix *mix)
{
    size_t n = 0;
    for (size_t m = 0; m < mix->marker_n; m++) {
        const struct amp_mix_marker *marker = &mix->marker[m];
        for (size_t a = 0; a < marker->allele_n; a++) {
            for (size_t r = 0; r < marker->replicate_n; r++) {
                n += marker->allele[a].height[r] > 0 ? 1 : 0;
            }
        }
    }
    return n;
}

static void marker_peaks(const struct amp_mix *mix, size_t m, const struct shapes *shapes,
                         const struct scale *scale, struct amp_pp *out)
{
    const struct amp_mix_marker *marker = &mix->marker[m];
    for (size_t a = 0; a < marker->allele_n; a++) {
        for (size_t r = 0; r < marker->replicate_n; r++) {
            double y = marker->allele[a].height[r];
            if (y > 0) {
                out->peak[out->peak_n++] = (struct amp_pp_peak){
                    .marker = m,
                    .allele = a,
                    .replicate = r,
                    .height = y,
                    .probability = peak_probability(&shapes[a], scale, y),
                };
            }
        }
    }
}

/* One marker: its posterior shapes, then its peaks. */
static amp_err marker_run(const struct amp_mix *mix, const struct amp_mix_params *params, size_t m,
                          struct amp_mix_work *work, struct amp_pp *out)
{
    const struct amp_mix_marker *marker = &mix->marker[m];
    if (marker->drop_in > 0 && !(marker->drop_in_lambda > 0)) {
        return AMP_E_MISSING;
    }
    struct shapes *shapes = calloc(marker->allele_n, sizeof *shapes);
    if (!shapes) {
        return AMP_E_NOMEM;
    }
    struct watcher watcher = {.of = shapes};
    struct scale scale = {.sigma = params->mu * params->omega * params->omega,
                          .threshold = marker->threshold,
                          .lambda = marker->drop_in > 0 ? marker->drop_in_lambda : 0};
    scale.log_sigma = amp_ln(scale.sigma);
    scale.tallest = scale.sigma * gamma_quantile(2 / (params->omega * params->omega), TOP);
    amp_err err =
        amp_mix_watch_marker(mix, params, work, m, &(struct amp_mix_watch){shape_note, &watcher});
    for (size_t a = 0; a < marker->allele_n && !err; a++) {
        err = shapes[a].failed ? AMP_E_NOMEM : AMP_OK;
    }
    if (!err) {
        marker_peaks(mix, m, shapes, &scale, out);
    }
    for (size_t a = 0; a < marker->allele_n; a++) {
        free(shapes[a].shape);
        free(shapes[a].log_p);
    }
    free(shapes);
    return err;
}

/* An index with its value, for sorting without a global. */
struct ranked {
    double value;
    size_t index;
};

static int ranked_order(const void *x, const void *y)
{
    const struct ranked *a = x;
    const struct ranked *b = y;
    if (a->value != b->value) {
        return a->value < b->value ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static amp_err ranks_test(struct amp_arena *arena, struct amp_pp *out)
{
    double n = (double)out->peak_n;
    struct ranked *ranked = amp_arena_array(arena, out->peak_n + 1, sizeof *ranked);
    out->rank = amp_arena_array(arena, out->peak_n + 1, sizeof *out->rank);
    if (!ranked || !out->rank) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < out->peak_n; i++) {
        ranked[i] = (struct ranked){out->peak[i].probability, i};
    }
    qsort(ranked, out->peak_n, sizeof *ranked, ranked_order);
    for (size_t i = 0; i < out->peak_n; i++) {
        struct amp_pp_peak *peak = &out->peak[ranked[i].index];
        out->rank[i] = ranked[i].index;
        peak->quantile = ((double)i + 0.5) / n;
        double p = beta_p(n * peak->quantile, n - n * peak->quantile + 1, peak->probability);
        peak->tail = fmin(2 * fmin(p, 1 - p), 1);
        peak->flagged = peak->tail < out->level / n;
        out->flagged_n += peak->flagged ? 1 : 0;
    }
    return AMP_OK;
}

amp_err amp_pp_run(const struct amp_mix *mix, const struct amp_mix_params *params,
                   struct amp_arena *arena, struct amp_pp *out, struct amp_why *why)
{
    struct amp_pp result = {.level = LEVEL};
    size_t room = peaks_count(mix);
    result.peak = amp_arena_array(arena, room + 1, sizeof *result.peak);
    struct amp_mix_work *work = NULL;
    amp_err err = result.peak ? amp_mix_work_create(mix, &work) : AMP_E_NOMEM;
    for (size_t m = 0; m < mix->marker_n && !err; m++) {
        err = marker_run(mix, params, m, work, &result);
        if (err == AMP_E_RANGE || err == AMP_E_MISSING) {
            const struct amp_str name = mix->marker[m].name;
            err = amp_fail(why, err, "marker %.*s: %s", (int)name.len, name.ptr,
                           err == AMP_E_RANGE ? "the findings are impossible at these parameters"
                                              : "drop-in needs the lambda of its heights");
        }
    }
    amp_mix_work_destroy(work);
    err = err ? err : ranks_test(arena, &result);
    if (!err) {
        assert(result.peak_n == room);
        *out = result;
    }
    return err;
}

static void expected_fill(const struct amp_mix *mix, const struct amp_mix_params *params,
                          const struct amp_mix_marker *marker,
                          const struct amp_deconvolve_marker *deconvolved, struct amp_expected *to)
{
    size_t n = marker->allele_n;
    double log_beta = mix->degradation ? amp_ln(params->beta) : 0;
    double base[AMP_MIX_ALLELES];
    double loud[AMP_MIX_ALLELES]; /* of the copies that give stutter */
    for (size_t k = 0; k < mix->contributor_n; k++) {
        for (size_t a = 0; a < n; a++) { /* of a copy: alpha0 sigma = mu */
            double dose = a < marker->genotype_n ? deconvolved->person[k].dose[a] : 0;
            double copy =
                params->mu * params->share[k] * amp_exp(log_beta * marker->allele[a].bp100);
            base[a] = dose * copy;
            loud[a] = (dose - (marker->mute ? marker->mute[k * n + a] : 0)) * copy;
        }
        for (size_t a = 0; a < n; a++) {
            const struct amp_mix_allele *allele = &marker->allele[a];
            double xi_back = mix->back ? params->xi_back : 0;
            double xi_forward = mix->forward ? params->xi_forward : 0;
            double part = base[a] * (1 - (allele->loses_back ? xi_back : 0) -
                                     (allele->loses_forward ? xi_forward : 0));
            part += allele->back_from >= 0 ? xi_back * loud[allele->back_from] : 0;
            part += allele->forward_from >= 0 ? xi_forward * loud[allele->forward_from] : 0;
            to->contributor[k * n + a] = part;
            to->allele[a] += part;
        }
    }
}

amp_err amp_expected_run(const struct amp_mix *mix, const struct amp_mix_params *params,
                         const struct amp_deconvolve *deconvolved, struct amp_arena *arena,
                         struct amp_expected **out)
{
    assert(deconvolved->marker_n == mix->marker_n);
    struct amp_expected *all = amp_arena_array(arena, mix->marker_n, sizeof *all);
    if (!all) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < mix->marker_n; m++) {
        const struct amp_mix_marker *marker = &mix->marker[m];
        all[m].allele = amp_arena_array(arena, marker->allele_n, sizeof *all[m].allele);
        all[m].contributor = amp_arena_array(arena, mix->contributor_n * marker->allele_n,
                                             sizeof *all[m].contributor);
        if (!all[m].allele || !all[m].contributor) {
            return AMP_E_NOMEM;
        }
        expected_fill(mix, params, marker, &deconvolved->marker[m], &all[m]);
    }
    *out = all;
    return AMP_OK;
}
