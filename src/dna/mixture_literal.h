/*
 * All joint genotypes of a marker one by one, each with its probability and the shapes it gives:
 * for tests of what is made of posteriors. Written from the formulas alone, sharing no code with
 * the engine or its slow twin.
 */
#ifndef AMP_DNA_MIXTURE_LITERAL_H
#define AMP_DNA_MIXTURE_LITERAL_H

#include "dna/mixture.h"

/* One joint genotype of the unknown contributors; of the known ones `genotype` is not filled. */
struct amp_literal {
    uint16_t genotype[AMP_MIX_CONTRIBUTORS][2]; /* a <= b */
    double log_mass;                            /* ln P(genotypes, heights) */
    double shape[AMP_MIX_ALLELES];              /* 0: structurally zero */
};

typedef void amp_literal_visit(void *self, const struct amp_literal *of);

/* Every joint genotype whose probability is above 0. */
void amp_mix_literal(const struct amp_mix *mix, const struct amp_mix_params *params, size_t marker,
                     amp_literal_visit *visit, void *self);

#endif
