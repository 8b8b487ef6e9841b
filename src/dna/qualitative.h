/*
 * The qualitative (semi-continuous) model: which alleles were seen, not how high their peaks are.
 *
 * An allele of which contributor k has n_k copies is seen in a replicate with probability
 * 1 - prod_k d_k^n_k, d_k the drop-out probability of k (a homozygote's is d^2). An allele that
 * nobody has is seen by drop-in with probability C p_a, and a marker and replicate without any
 * drop-in counts 1 - C. Genotypes of the unknown come from the same urn as in mixture.h, so the
 * same struct amp_mix enters; its heights tell only seen from not seen. (Curran, Gill and Bill
 * 2005; Gill and Haned 2013.) The sum over genotypes is exact; unknown contributors with one
 * drop-out probability are summed as one urn of copies.
 *
 * Pure and deterministic. A work is one thread's.
 */
#ifndef AMP_DNA_QUALITATIVE_H
#define AMP_DNA_QUALITATIVE_H

#include "dna/mixture.h"

enum {
    AMP_QUAL_STATES = 1 << 20 /* of the sum at one marker; AMP_E_LIMIT beyond */
};

struct amp_qual_work { /* zeroes and an arena to begin with; grows in that arena */
    struct amp_arena *arena;
    size_t cap;
    double *now, *next, *weight;
};

/* ln likelihood at drop_out[contributor_n], each in [0, 1]. marker[marker_n] may be NULL.
 * -INFINITY when the data are impossible. AMP_E_RANGE, AMP_E_LIMIT, AMP_E_NOMEM. */
AMP_MUST amp_err amp_qual_loglik(const struct amp_mix *mix, const double *drop_out,
                                 struct amp_qual_work *work, double *marker, double *loglik);

struct amp_qual_fit {
    double drop_out[AMP_MIX_CONTRIBUTORS]; /* at the maximum */
    double loglik;
    double *marker; /* [marker_n], in the work's arena */
    size_t parameter_n;
    /* What the data say about one drop-out probability of all, with a flat prior: 5, 50, 95 %. */
    double low, median, high;
    bool at_border; /* a drop-out probability is 0 or 1 as near as can be told */
};

/* The maximum over one drop-out probability of all contributors, or over one of each. */
AMP_MUST amp_err amp_qual_fit_max(const struct amp_mix *mix, bool each, struct amp_qual_work *work,
                                  struct amp_qual_fit *out);

/* The maximum over one drop-out probability of all, to about 1e-4 of loglik, in a twentieth of the
 * time: to screen many comparisons. */
AMP_MUST amp_err amp_qual_screen(const struct amp_mix *mix, struct amp_qual_work *work,
                                 double *loglik);

/* ln likelihood with the same drop-out probability for all. */
AMP_MUST amp_err amp_qual_loglik_common(const struct amp_mix *mix, double drop_out,
                                        struct amp_qual_work *work, double *loglik);

#endif
