/*
 * The likelihood of a pedigree as its definition has it: every person takes every genotype.
 * For tests only: the slow twin of amp_kin_loglik and amp_kin_joint, for tiny cases.
 */
#ifndef AMP_DNA_KIN_SLOW_H
#define AMP_DNA_KIN_SLOW_H

#include "dna/kin.h"

/* P(genotypes). `joint` (may be NULL) receives P(genotypes, genotype of `person`) as
 * amp_kin_joint's, not scaled. Parents stand before their children. */
double kin_slow(const struct amp_kin_pedigree *pedigree, const struct amp_kin_marker *marker,
                const struct amp_kin_genotype *genotype, enum amp_kin_untyped untyped,
                size_t person, double *joint);

#endif
