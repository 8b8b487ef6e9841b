/*
 * How the shapes of the heights at one marker are distributed, given all heights there.
 *
 * The gamma shape of an allele's height depends on the unknown genotypes; one elimination there and
 * back gives the posterior probability of every value it can take. Diagnostics are made of it.
 */
#ifndef AMP_DNA_MIXTURE_WATCH_H
#define AMP_DNA_MIXTURE_WATCH_H

#include "dna/mixture.h"

/* note is called several times for each allele, in a fixed order; a shape may come more than once.
 * A shape of 0 says that nobody gives to this allele: its peaks are drop-in. An allele's
 * probabilities sum to 1. */
struct amp_mix_watch {
    void (*note)(void *self, size_t allele, double shape, double probability);
    void *self;
};

/* AMP_E_RANGE outside of the domain, or when the heights are impossible. */
AMP_MUST amp_err amp_mix_watch_marker(const struct amp_mix *mix,
                                      const struct amp_mix_params *params,
                                      struct amp_mix_work *work, size_t marker,
                                      const struct amp_mix_watch *watch);

#endif
