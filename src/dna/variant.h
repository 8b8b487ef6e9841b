/*
 * One marker of a mixture with changes, evaluated alone: a contributor made known, alleles counted
 * as typed.
 *
 * A person who was drawn from the urn with genotype g is, for all others, a typed person: P(g,
 * findings) = P(g | typed) P(findings | known with g, g typed). Everything that asks about
 * genotypes is made of such variants.
 */
#ifndef AMP_DNA_VARIANT_H
#define AMP_DNA_VARIANT_H

#include "dna/mixture.h"

struct amp_variant {
    struct amp_mix mix; /* with this one marker */
    struct amp_mix_marker marker;
    struct amp_mix_allele allele[AMP_MIX_ALLELES];
    uint8_t copies[AMP_MIX_CONTRIBUTORS * AMP_MIX_ALLELES];
    uint8_t mute[AMP_MIX_CONTRIBUTORS * AMP_MIX_ALLELES];
};

/* The marker as it is. The variant points into mix and itself: it may not be moved. */
void amp_variant_begin(struct amp_variant *variant, const struct amp_mix *mix, size_t marker);
/* Contributor k becomes known with one more copy of the allele (twice for a homozygote). */
void amp_variant_give(struct amp_variant *variant, size_t k, size_t allele);
/* Contributor k is as if he had never been typed: his copies are gone, he is unknown. */
void amp_variant_forget(struct amp_variant *variant, size_t k);
/* times more copies (or fewer) of the allele among the typed. */
void amp_variant_type(struct amp_variant *variant, size_t allele, double times);
/* ln P(next = allele) from the urn as it stands. */
double amp_variant_draw_log(const struct amp_variant *variant, size_t allele);
/* The marker's loglik; -INFINITY when impossible. `like` is any work that lives on: tables are read
 * from it. */
AMP_MUST amp_err amp_variant_loglik(const struct amp_variant *variant,
                                    const struct amp_mix_params *params,
                                    const struct amp_mix_work *like, double *loglik);

#endif
