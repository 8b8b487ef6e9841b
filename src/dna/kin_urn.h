/*
 * Founder alleles that come from one urn. Internal to src/dna.
 *
 * With theta over 0 the founder alleles that are not certain depend on each other. Two exact ways,
 * the cheaper of which is taken: each partition of them into copies has its weight, and the
 * pedigree is eliminated once for each; or, since draws from the urn are independent given
 * frequencies that have a Dirichlet distribution, the likelihood is a polynomial of these, whose
 * mean is a sum over Gauss nodes of the sticks broken off one after the other. With theta 0 there
 * is one sum.
 */
#ifndef AMP_DNA_KIN_URN_H
#define AMP_DNA_KIN_URN_H

#include "dna/kin_build.h"

enum amp_kin_urn_way {
    AMP_KIN_URN_CHEAPER,
    AMP_KIN_URN_PARTITIONS,
    AMP_KIN_URN_NODES
};

struct amp_kin_urn {
    const struct amp_kin_question *question;
    struct amp_kin_shape shape; /* made by amp_kin_urn_sum */
    struct amp_arena work;
    size_t founder_n;
    double *base;
    struct amp_kin_number fixed; /* the founders whose genotypes are certain */
    size_t fixed_n;              /* their alleles */
    enum amp_kin_urn_way way;
    uint32_t order; /* of elimination */
    bool searched;  /* order is the best of all */
    struct amp_why *why;
    /* What the caller does with each net: before its elimination (may be NULL), and after: add its
     * values, times scale. `state` is zeroed room for one value a variable. */
    void *ctx;
    void (*keep)(void *ctx, struct amp_kin_build *build);
    void (*take)(void *ctx, const struct amp_kin_build *build, struct amp_kin_number scale,
                 uint32_t *state);
    amp_err (*begin)(void *ctx); /* once, when the shape is there; may be NULL */
};

AMP_MUST amp_err amp_kin_urn_sum(struct amp_kin_urn *urn, struct amp_arena *scratch);

#endif
