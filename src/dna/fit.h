/*
 * Parameters of a mixture at the maximum of its likelihood, and what follows from them.
 *
 * Deterministic: starts are a fixed design over the mixture proportions and the data's own estimate
 * of the rest; results do not depend on the number of threads.
 *
 * Which maximum: unknown unrelated contributors can be exchanged without changing the likelihood.
 * Their proportions are reported in falling order, as are those of the start design, so that the
 * same data give the same labels.
 *
 * The natural parameters in their fixed order, as in the covariance: share[0] ..
 * share[contributor_n - 2] (the last share is what is left), mu, omega, then beta, xi_back,
 * xi_forward as far as the mixture has them; amp_mix_natural_* below.
 */
#ifndef AMP_DNA_FIT_H
#define AMP_DNA_FIT_H

#include "dna/mixture.h"

enum {
    AMP_MIX_PARAMETERS = AMP_MIX_CONTRIBUTORS + 4, /* free ones at most */
    AMP_MIX_STARTS = 256                           /* most that are asked for */
};

struct amp_mix_fit_options {
    int start_n;      /* starts that are climbed from; 0: a default that finds the global maximum in
                         the tests */
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
    double laplace;     /* ln marginal likelihood by Laplace, flat priors on the natural
                           parameters: n/2 ln 2 pi + 1/2 ln det covariance + loglik + ln U!; NAN
                           when a parameter is at its border */
    double *covariance; /* [parameter_n^2] of the natural parameters, in the arena; rows and columns
                           of parameters at a border are zero; NULL when the information is not
                           positive definite */
    int start_n, converged_n; /* starts, and how many of them reached the maximum */
    uint64_t evaluation_n;
    bool at_border; /* a stutter proportion or share is at its limit, 0; or the data are too few to
                       hold omega or beta, which then ran to the edge of what is tried */
};

/* AMP_E_RANGE when no start gives the data a likelihood above 0 (the hypothesis cannot explain
 * them: more contributors, or drop-in); AMP_E_NOMEM. */
AMP_MUST amp_err amp_mix_fit_max(const struct amp_mix *mix,
                                 const struct amp_mix_fit_options *options, struct amp_arena *arena,
                                 struct amp_mix_fit *out, struct amp_why *why);

/* The same from a nearby mixture's maximum as the only start: for runs of many that differ little.
 */
AMP_MUST amp_err amp_mix_fit_from(const struct amp_mix *mix, const struct amp_mix_params *start,
                                  const struct amp_mix_fit_options *options,
                                  struct amp_arena *arena, struct amp_mix_fit *out,
                                  struct amp_why *why);

/* How many free parameters; their names ("share 1", "mu", ...); to the vector and back. */
size_t amp_mix_natural_n(const struct amp_mix *mix);
const char *amp_mix_natural_name(const struct amp_mix *mix, size_t i);
void amp_mix_natural_pack(const struct amp_mix *mix, const struct amp_mix_params *params,
                          double *natural);
/* False when the vector is outside of the domain; params is filled all the same. */
bool amp_mix_natural_unpack(const struct amp_mix *mix, const double *natural,
                            struct amp_mix_params *params);
/* Unknown contributors who can be exchanged: not known at any marker and nobody's relative. A bit
 * each. */
uint32_t amp_mix_exchangeable(const struct amp_mix *mix);

/* Progress of long work; may be all zeroes. `done` runs from 0 to 1. A true answer stops the work,
 * which then returns AMP_E_CONFLICT. */
struct amp_dna_progress {
    bool (*tell)(void *self, double done);
    void *self;
};

#endif
