/*
 * Whole made-up stains whose peaks are drawn from the model itself, for tests of fits: enough
 * markers that the data hold the parameters.
 */
#ifndef AMP_DNA_MIXTURE_DRAWN_H
#define AMP_DNA_MIXTURE_DRAWN_H

#include "dna/mixture.h"

struct amp_mix_drawn {
    uint64_t seed;
    size_t marker_n, replicate_n;
    size_t contributor_n;
    size_t known_n; /* the first so many are known and typed */
    int stutter;
    bool degradation;
    double theta;
    struct amp_mix_params truth;
};

/* In the arena. */
struct amp_mix *amp_mix_draw(const struct amp_mix_drawn *drawn, struct amp_arena *arena);

#endif
