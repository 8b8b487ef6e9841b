/*
 * Where climbs begin: a fixed design over the mixture proportions, and the data's own estimate of
 * the other parameters.
 */
#ifndef AMP_DNA_FIT_START_H
#define AMP_DNA_FIT_START_H

#include "dna/fit_space.h"

enum {
    AMP_FIT_DESIGN = 512 /* points at most */
};

/* mu, omega, beta from the heights: the sum at a marker is 2 mu beta^bp100 on average, whatever the
 * contributors' shares are. Stutter begins at typical values. Shares are left alone. */
void amp_fit_start_guess(const struct amp_mix *mix, struct amp_mix_params *out);

/* The design: compositions of ten parts, each part at least one; among exchangeable unknowns in
 * falling order only. Returns how many points were written, `share` [AMP_FIT_DESIGN]. */
size_t amp_fit_start_design(const struct amp_mix *mix, double (*share)[AMP_MIX_CONTRIBUTORS]);

#endif
