/*
 * What is known about a maximum besides its place: the curvature there, standard errors,
 * covariance, Laplace's marginal likelihood, each marker's part.
 */
#ifndef AMP_DNA_FIT_INFO_H
#define AMP_DNA_FIT_INFO_H

#include "dna/fit_space.h"

/* The neighbourhood of a maximum in local coordinates (dna/fit_space.h). */
struct amp_fit_local {
    size_t n, base;
    double at[AMP_DENSE_MAX];
    double slope[AMP_DENSE_MAX];        /* d loglik: 0 but at a border, where it is negative */
    bool border[AMP_DENSE_MAX];         /* a share or proportion at its limit, 0 */
    size_t free_n, free[AMP_DENSE_MAX]; /* the others */
    double information[AMP_DENSE_MAX * AMP_DENSE_MAX]; /* [free_n^2] minus second derivatives */
};

/* False when the likelihood is not defined all around. */
bool amp_fit_local_look(struct amp_fit_space *space, const struct amp_mix_params *at,
                        struct amp_fit_local *out);

/* Fills everything of fit that follows from fit.at. AMP_E_NOMEM. */
AMP_MUST amp_err amp_fit_info(struct amp_fit_space *space, struct amp_arena *arena,
                              struct amp_mix_fit *fit);

#endif
