/*
 * Samples of a mixture's parameters, seeded: a conservative likelihood ratio, a Bayes factor.
 *
 * Random-walk Metropolis on the natural parameters (dna/fit.h) with flat priors on their domain,
 * proposals normal with delta times the fit's covariance; delta is tuned in a first phase until the
 * acceptance is within 0.25 +- 0.1, then fixed. A parameter at its border is proposed with the
 * scale on which the likelihood falls there. The marginal likelihood is that of Gelfand and Dey
 * 1994 with the middle of a normal about the maximum (Geweke 1999), cut to the domain, times U! for
 * exchangeable unknowns, whose shares are kept in order. The conservative LR is a low quantile of
 * the paired draws' log10 Lp - log10 Ld (Bleka et al., EuroForMix's calcLRmcmc).
 *
 * Chance comes from the seed alone (base/chance.h and dna/numeric.h): the same bytes everywhere.
 */
#ifndef AMP_DNA_MCMC_H
#define AMP_DNA_MCMC_H

#include "dna/fit.h"

enum {
    AMP_MCMC_SAMPLES = 1000000
};

struct amp_mcmc_options {
    uint64_t seed;   /* goes into the result */
    size_t sample_n; /* 0: 2000 */
    size_t thin;     /* steps of the chain for each sample; 0: 5 */
    double quantile; /* of the conservative LR; 0: 0.05 */
    struct amp_dna_progress progress;
};

/* One hypothesis. */
struct amp_mcmc {
    uint64_t seed;
    size_t sample_n;
    double *loglik;                /* [sample_n], in the arena */
    struct amp_mix_params *sample; /* [sample_n], in the arena */
    double delta;                  /* scale of the proposal after tuning */
    double acceptance;             /* share of accepted proposals */
    double effective_n;            /* effective sample size of loglik */
    double ln_marginal;            /* natural log of the marginal likelihood */
    struct amp_mix_params mean, sd;
};

/* Both hypotheses of a case. */
struct amp_mcmc_lr {
    uint64_t seed;
    double log10_bayes_factor;
    double quantile;           /* 0.05 */
    double log10_conservative; /* that quantile of log10 LR */
    double ci_low, ci_high;    /* 95 % interval of the quantile, by bootstrap with the effective
                                  size */
    double log10_median;
    double *log10_lr; /* [sample_n], the draws sorted, in the arena: for a histogram */
    size_t sample_n;
    struct amp_mcmc hp, hd;
};

/* AMP_E_CONFLICT: stopped by progress. AMP_E_RANGE: the fit has no covariance (said why). */
AMP_MUST amp_err amp_mcmc_run(const struct amp_mix *mix, const struct amp_mix_fit *fit,
                              const struct amp_mcmc_options *options, struct amp_arena *arena,
                              struct amp_mcmc *out, struct amp_why *why);
AMP_MUST amp_err amp_mcmc_lr(const struct amp_mix *hp, const struct amp_mix_fit *hp_fit,
                             const struct amp_mix *hd, const struct amp_mix_fit *hd_fit,
                             const struct amp_mcmc_options *options, struct amp_arena *arena,
                             struct amp_mcmc_lr *out, struct amp_why *why);

#endif
