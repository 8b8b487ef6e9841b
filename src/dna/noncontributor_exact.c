/* The distribution of non-contributors' likelihood ratios at fixed parameters, by convolution. */
#include "dna/noncontributor.h"
#include "dna/numeric.h"
#include "dna/stranger.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double STEP = 0.01;
static const double LOWEST = -150; /* log10 LR: what is below is counted there */
static const double LN_10 = 2.30258509299404568402;
static const double QUANTILE[AMP_NONCONTRIBUTOR_QUANTILES] = {0.5, 0.95, 0.99, 0.999};

/* The least and most that a marker can give, impossible genotypes aside. */
static void marker_range(const struct amp_stranger_marker *marker, double *low, double *high)
{
    *low = marker->n > 0 ? INFINITY : marker->constant;
    *high = marker->n > 0 ? -INFINITY : marker->constant;
    for (size_t i = 0; i < marker->n; i++) {
        if (marker->probability[i] > 0 && isfinite(marker->log10_lr[i])) {
            *low = fmin(*low, marker->log10_lr[i]);
            *high = fmax(*high, marker->log10_lr[i]);
        }
    }
    if (*low > *high) { /* nothing is possible */
        *low = 0;
        *high = 0;
    }
}

/* Adds `mass` at position `at` (in cells), shared between the two cells beside it. */
static void cell_add(double *cell, size_t n, double at, double mass)
{
    at = fmin(fmax(at, 0), (double)(n - 1));
    size_t below = (size_t)at;
    double above = at - (double)below;
    cell[below] += mass * (1 - above);
    if (below + 1 < n) {
        cell[below + 1] += mass * above;
    }
}

static void marker_convolve(const struct amp_stranger_marker *marker, const double *from, size_t n,
                            double *to)
{
    memset(to, 0, n * sizeof *to);
    for (size_t c = 0; c < n; c++) {
        double value = (double)c;
        if (from[c] == 0) {
            continue;
        }
        if (marker->n == 0) {
            cell_add(to, n, value + marker->constant / STEP, from[c]);
        }
        for (size_t i = 0; i < marker->n; i++) {
            if (isfinite(marker->log10_lr[i])) {
                cell_add(to, n, value + marker->log10_lr[i] / STEP,
                         from[c] * marker->probability[i]);
            }
        }
    }
}

static double mean_lr(const struct amp_stranger_table *table)
{
    double log_mean = 0;
    for (size_t m = 0; m < table->marker_n; m++) {
        const struct amp_stranger_marker *marker = &table->marker[m];
        double mean = marker->n > 0 ? 0 : amp_exp(marker->constant * LN_10);
        for (size_t i = 0; i < marker->n; i++) {
            mean += marker->probability[i] * amp_exp(marker->log10_lr[i] * LN_10);
        }
        log_mean += amp_ln(mean);
    }
    return amp_exp(log_mean);
}

static void exact_read(struct amp_noncontributor_exact *out)
{
    double sum = 0;
    for (size_t c = 0; c < out->cell_n; c++) {
        double at = out->low + (double)c * out->step;
        sum += out->probability[c];
        out->above_0 += at > 0 ? out->probability[c] : 0;
        out->above_observed += at >= out->observed - out->step / 2 ? out->probability[c] : 0;
    }
    out->impossible = fmax(1 - sum, 0);
    for (size_t q = 0; q < AMP_NONCONTRIBUTOR_QUANTILES; q++) {
        double below = out->impossible;
        out->quantile[q] = -INFINITY;
        for (size_t c = 0; c < out->cell_n && below < QUANTILE[q]; c++) {
            below += out->probability[c];
            out->quantile[q] = out->low + (double)c * out->step;
        }
    }
}

amp_err amp_noncontributor_exact(const struct amp_noncontributor_case *of, struct amp_arena *arena,
                                 struct amp_noncontributor_exact *out, struct amp_why *why)
{
    (void)why;
    assert(of->poi >= 0 && of->poi < (int)of->hp->contributor_n);
    struct amp_stranger_table table;
    amp_err err = amp_stranger_table_make(of, arena, &table);
    if (err) {
        return err;
    }
    double low = 0;
    double high = 0;
    double least = 0; /* that any partial sum can be, and the most */
    double most = 0;
    for (size_t m = 0; m < table.marker_n; m++) {
        double marker_low;
        double marker_high;
        marker_range(&table.marker[m], &marker_low, &marker_high);
        low += marker_low;
        high += marker_high;
        least = fmin(least, low);
        most = fmax(most, high);
    }
    least = fmax(least, LOWEST);
    struct amp_noncontributor_exact exact = {
        .low = floor(least / STEP) * STEP, .step = STEP, .mean_lr = mean_lr(&table)};
    exact.observed = (of->hp_fit->loglik - of->hd_fit->loglik) / LN_10;
    exact.cell_n = (size_t)((fmax(most, least) - exact.low) / STEP) + 3;
    exact.probability = amp_arena_array(arena, exact.cell_n, sizeof *exact.probability);
    double *other = amp_arena_array(arena, exact.cell_n, sizeof *other);
    if (!exact.probability || !other) {
        return AMP_E_NOMEM;
    }
    cell_add(exact.probability, exact.cell_n, -exact.low / STEP, 1);
    for (size_t m = 0; m < table.marker_n; m++) {
        marker_convolve(&table.marker[m], exact.probability, exact.cell_n, other);
        double *swap = exact.probability;
        exact.probability = other;
        other = swap;
    }
    exact_read(&exact);
    *out = exact;
    return AMP_OK;
}
