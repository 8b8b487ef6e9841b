/*
 * What is known about a maximum besides its place: standard errors, covariance, Laplace's marginal
 * likelihood, each marker's part.
 */
#ifndef AMP_DNA_FIT_INFO_H
#define AMP_DNA_FIT_INFO_H

#include "dna/fit_space.h"

/* Fills everything of fit that follows from fit.at. AMP_E_NOMEM. */
AMP_MUST amp_err amp_fit_info(struct amp_fit_space *space, struct amp_arena *arena,
                              struct amp_mix_fit *fit);

#endif
