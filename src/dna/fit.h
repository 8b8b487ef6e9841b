/*
 * Parameters of a mixture at the maximum of its likelihood, and what follows from them.
 *
 * Deterministic: starts are a fixed design, sampling is seeded, results do not depend on the number
 * of threads.
 */
#ifndef AMP_DNA_FIT_H
#define AMP_DNA_FIT_H

#include "dna/mixture.h"

enum {
    AMP_MIX_PARAMETERS = AMP_MIX_CONTRIBUTORS + 4 /* free ones at most */
};

struct amp_mix_fit_options {
    int start_n;      /* 0: a default that finds the global maximum in the tests */
    int thread_n;     /* 0 or 1: one; the result is the same for every number */
    double tolerance; /* of loglik; 0: 1e-8 */
};

struct amp_mix_fit {
    struct amp_mix_params at;
    struct amp_mix_params
        se; /* standard errors by the inverse observed information; NAN at a border */
    double loglik;
    double *marker;     /* [marker_n], in the arena */
    size_t parameter_n; /* free ones, for AIC */
    double laplace;     /* ln marginal likelihood by Laplace with flat priors */
    double *covariance; /* [parameter_n^2] of the transformed parameters, in the arena; NULL at a
                           border */
    int start_n, converged_n; /* starts, and how many of them reached the maximum */
    uint64_t evaluation_n;
    bool at_border; /* a stutter proportion or share is at its limit */
};

AMP_MUST amp_err amp_mix_fit_max(const struct amp_mix *mix,
                                 const struct amp_mix_fit_options *options, struct amp_arena *arena,
                                 struct amp_mix_fit *out, struct amp_why *why);

#endif
