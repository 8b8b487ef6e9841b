/*
 * From the sites of a pedigree to the rules of a net. Internal to src/dna.
 *
 * Founder alleles are numbered; with theta a partition says which of them are copies of one
 * another, and they share a variable.
 */
#ifndef AMP_DNA_KIN_BUILD_H
#define AMP_DNA_KIN_BUILD_H

#include "dna/kin_net.h"
#include "dna/kin_shape.h"

#define AMP_KIN_NO_VAR UINT32_MAX

struct amp_kin_build {
    const struct amp_kin_question *question;
    const struct amp_kin_shape *shape;
    const double *base;       /* [classes.n] weight of a founder allele that is no copy */
    const uint8_t *partition; /* [founder alleles] block of each, NULL: each its own */
    struct amp_kin_net net;   /* made by amp_kin_build_make */
    uint32_t *var;            /* [2 a person] of the two alleles, AMP_KIN_NO_VAR */
    uint32_t *switches;       /* [2 a person] of the meiosis from father, mother */
    uint32_t *block;          /* variables of founder alleles */
    uint32_t *same;           /* 0, 1, 2 ... */
    size_t *handed;           /* meioses from a person so far */
};

size_t amp_kin_founder_alleles(const struct amp_kin_shape *shape);
/* Fills net, var and switches, in the arena. */
AMP_MUST amp_err amp_kin_build_make(struct amp_kin_build *build, struct amp_arena *arena);

#endif
