/* Random small mixtures of every kind, for tests. */
#ifndef AMP_DNA_MIXTURE_MADE_H
#define AMP_DNA_MIXTURE_MADE_H

#include "dna/mixture.h"

struct amp_mix_made {
    uint64_t seed;
    size_t unknown_n; /* at most; the number of alleles shrinks with it */
    int stutter;      /* 0, 1, 2 */
    bool relative;
    double omega; /* 0: a usual one */
};

/* One whole mixture with parameters near which its peaks could have arisen. */
struct amp_mix *amp_mix_make(struct amp_mix_made *made, struct amp_arena *arena,
                             struct amp_mix_params *params);

#endif
