/*
 * The slow twin of amp_mix_loglik, for tests and the bench only: all genotypes of all unknown
 * contributors, one by one, straight from the formulas (docs/dna.md, "Mixtures").
 */
#ifndef AMP_DNA_MIXTURE_SLOW_H
#define AMP_DNA_MIXTURE_SLOW_H

#include "dna/mixture.h"

/* Log-likelihood of marker m; no limit but patience. */
double amp_mix_slow(const struct amp_mix *mix, const struct amp_mix_params *params, size_t m);

#endif
