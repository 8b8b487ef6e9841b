/*
 * Bayes factors by integration over the parameters of a mixture, with their error.
 *
 * M = integral of the likelihood over all natural parameters with flat priors (EuroForMix's
 * calcLRint): over shares, mu, omega, beta, xi as far as the mixture has them. Exchangeable unknown
 * contributors are integrated with their shares in order, times U!.
 *
 * The integral is taken in coordinates where the domain has no borders (the ordered simplex by
 * barycentric logits, the rest by logarithms and logits), about the mode there, by a rank-1 lattice
 * under a multivariate t proposal: the error is that of independent shifts of the lattice, which
 * are fixed, so the result has no chance in it. Points are doubled until the error is small enough.
 */
#ifndef AMP_DNA_INTEGRAL_H
#define AMP_DNA_INTEGRAL_H

#include "dna/fit.h"

struct amp_integral_options {
    double tolerance;        /* relative standard error of each integral to reach; 0: 0.005 */
    uint64_t evaluation_max; /* for each integral; 0: 200000 */
    bool box; /* EuroForMix's limits: within 4 standard errors of the maximum; else no limits */
    struct amp_dna_progress progress;
};

struct amp_integral {
    double ln_marginal;     /* natural logarithm of M */
    double relative_error;  /* standard error of M, relative */
    double ln_low, ln_high; /* 95 % interval of ln_marginal */
    bool reached;           /* the error is within the tolerance */
    uint64_t evaluation_n;
    double effective_share; /* effective share of the points: low means a poor proposal */
};

struct amp_integral_lr {
    double log10_bayes_factor;
    double low, high; /* 95 % interval of the numerical error alone, log10 */
    struct amp_integral hp, hd;
};

/* AMP_E_CONFLICT: stopped by progress. AMP_E_RANGE: no mode was found. */
AMP_MUST amp_err amp_integral_run(const struct amp_mix *mix, const struct amp_mix_fit *fit,
                                  const struct amp_integral_options *options,
                                  struct amp_arena *arena, struct amp_integral *out,
                                  struct amp_why *why);
AMP_MUST amp_err amp_integral_lr(const struct amp_mix *hp, const struct amp_mix_fit *hp_fit,
                                 const struct amp_mix *hd, const struct amp_mix_fit *hd_fit,
                                 const struct amp_integral_options *options,
                                 struct amp_arena *arena, struct amp_integral_lr *out,
                                 struct amp_why *why);

#endif
