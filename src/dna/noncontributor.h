/*
 * Non-contributor tests: which likelihood ratios do persons get who have nothing to do with it?
 *
 * The person of interest is replaced by random persons, whose genotypes are drawn from the urn of
 * those typed without him (allele frequencies with theta), and the likelihood ratio is computed
 * again (Gill and Haned 2013; a Tippett plot shows the distribution). By Turing's rule the mean LR
 * of non-contributors is at most about 1, and the rate of LR above x at most 1/x.
 *
 * Two ways. REFIT maximises again for every draw, as in casework. FIXED keeps both hypotheses'
 * parameters: then markers are independent, the distribution is known exactly (amp_noncontributor_
 * exact), and draws are cheap.
 *
 * Seeded: draw i depends on the seed and i only, not on the number of threads.
 */
#ifndef AMP_DNA_NONCONTRIBUTOR_H
#define AMP_DNA_NONCONTRIBUTOR_H

#include "dna/fit.h"

enum {
    AMP_NONCONTRIBUTORS = 1000000,
    AMP_NONCONTRIBUTOR_QUANTILES = 4
};

enum amp_noncontributor_way {
    AMP_NONCONTRIBUTOR_REFIT,
    AMP_NONCONTRIBUTOR_FIXED
};

/* The case as it was computed. */
struct amp_noncontributor_case {
    const struct amp_mix *hp, *hd;
    const struct amp_mix_fit *hp_fit, *hd_fit;
    int poi;          /* index of the person of interest among the contributors of hp */
    bool poi_untyped; /* the person of interest is not among the typed under hd; normally he is */
};

struct amp_noncontributor_options {
    uint64_t seed;
    size_t draw_n; /* 0: 100 */
    enum amp_noncontributor_way way;
    struct amp_mix_fit_options fit; /* of REFIT; start_n 0: 3; thread_n: draws side by side */
    struct amp_dna_progress progress;
};

struct amp_noncontributor {
    uint64_t seed;
    enum amp_noncontributor_way way;
    size_t draw_n;
    double *log10_lr; /* [draw_n] sorted, rising; -INFINITY where Hp cannot explain the findings */
    double observed;  /* log10 LR of the person of interest */
    double rate_above_0, rate_above_1; /* share of draws with log10 LR > 0, > 1 */
    double rate_above_observed;
    double quantile[AMP_NONCONTRIBUTOR_QUANTILES]; /* 50, 95, 99 % and the largest */
    double mean_lr, sd_lr;
    double mean_log10, sd_log10; /* of the finite ones */
    size_t impossible_n;         /* draws with LR 0 */
};

AMP_MUST amp_err amp_noncontributor_run(const struct amp_noncontributor_case *of,
                                        const struct amp_noncontributor_options *options,
                                        struct amp_arena *arena, struct amp_noncontributor *out,
                                        struct amp_why *why);

/* The distribution of log10 LR among non-contributors at fixed parameters, by convolution over the
 * markers on a grid of 0.01. */
struct amp_noncontributor_exact {
    double low, step; /* log10 LR of cell 0, and between cells */
    size_t cell_n;
    double *probability;            /* [cell_n], in the arena; sum is 1 - impossible */
    double impossible;              /* P(LR = 0) */
    double mean_lr;                 /* exact, without the grid */
    double above_0, above_observed; /* P(log10 LR > 0), P(log10 LR >= observed), to the grid's
                                       precision */
    double quantile[AMP_NONCONTRIBUTOR_QUANTILES]; /* 50, 95, 99, 99.9 % */
    double observed;                               /* at the same fixed parameters */
};

AMP_MUST amp_err amp_noncontributor_exact(const struct amp_noncontributor_case *of,
                                          struct amp_arena *arena,
                                          struct amp_noncontributor_exact *out,
                                          struct amp_why *why);

#endif
