/*
 * Is the model a fair description of the peaks? Their cumulative probabilities, and a test.
 *
 * For each peak at or above the threshold: P(height <= what was seen | all other peaks, seen), at
 * the parameters of the maximum (EuroForMix's validMLEmodel). If the model is right they are
 * uniform: sorted and drawn against uniform quantiles they lie along the diagonal (PP-plot). A peak
 * is flagged when the two-sided p-value under its rank's distribution, Beta(N q, N - N q + 1) with
 * q = (rank - 1/2) / N, is below 0.01 / N (Bonferroni).
 *
 * The expected heights are for drawing: by dose of the deconvolution, split by contributor.
 */
#ifndef AMP_DNA_PPPLOT_H
#define AMP_DNA_PPPLOT_H

#include "dna/deconvolve.h"

struct amp_pp_peak {
    size_t marker, allele, replicate; /* indexes */
    double height;
    double probability; /* cumulative, in [0, 1] */
    double quantile;    /* of the uniform at its rank: (rank - 1/2) / N */
    double tail;        /* two-sided p-value at its rank */
    bool flagged;       /* tail < level / N */
};

struct amp_pp {
    size_t peak_n;
    struct amp_pp_peak *peak; /* in the order marker, allele, replicate */
    size_t *rank;             /* [peak_n] indexes of peak by rising probability */
    size_t flagged_n;
    double level; /* 0.01, before Bonferroni */
};

/* AMP_E_RANGE when the findings are impossible, AMP_E_MISSING when a marker with drop-in has no
 * drop_in_lambda; the marker is named. */
AMP_MUST amp_err amp_pp_run(const struct amp_mix *mix, const struct amp_mix_params *params,
                            struct amp_arena *arena, struct amp_pp *out, struct amp_why *why);

/* One marker's expected heights, for drawing beside the seen ones. */
struct amp_expected {
    double *allele;      /* [allele_n] expected height, stutter positions included */
    double *contributor; /* [contributor_n][allele_n] the part of it that comes from each */
};

/* One row a marker, in the arena. */
AMP_MUST amp_err amp_expected_run(const struct amp_mix *mix, const struct amp_mix_params *params,
                                  const struct amp_deconvolve *deconvolved, struct amp_arena *arena,
                                  struct amp_expected **out);

#endif
