/*
 * What a pedigree and the typed persons in it ask to be summed: who matters, whose alleles are
 * whose, which genotypes each typed person may have, which alleles may be taken together.
 * Internal to src/dna.
 */
#ifndef AMP_DNA_KIN_SHAPE_H
#define AMP_DNA_KIN_SHAPE_H

#include "dna/kin.h"

/* One ordered genotype of a person, as classes of alleles (from the father, from the mother), and
 * the probability of what was typed given it. */
struct amp_kin_pair {
    uint32_t x, y;
    double weight;
};

enum amp_kin_kind {
    AMP_KIN_ABSENT, /* does not matter, or is the twin of an earlier person */
    AMP_KIN_FIXED,  /* a founder whose genotype is certain: pair[0] */
    AMP_KIN_PHASED, /* one of pair[] */
    AMP_KIN_LOOSE   /* two alleles of their own; pair[] restricts them when pair_n > 0 */
};

struct amp_kin_site {
    enum amp_kin_kind kind;
    bool hemizygous;    /* has only the allele of the mother, pair[].y */
    bool founder;       /* no parent that matters */
    bool population[2]; /* this side's allele is drawn from the population */
    bool single;        /* one allele stands for both: only one is handed down */
    int32_t parent[2];  /* father, mother; -1 when absent or drawn */
    size_t child_n;     /* meioses from this person */
    size_t pair_n;
    struct amp_kin_pair *pair;
};

/* Classes of alleles that need not be told apart. */
struct amp_kin_classes {
    size_t n;
    uint32_t *of;       /* [allele_n] */
    double *freq;       /* [n] */
    const double *male; /* [n^2], NULL: no mutation */
    const double *female;
    int32_t silent; /* class, -1 none */
};

struct amp_kin_shape {
    size_t n;
    int32_t *self; /* the person whose alleles a person has: itself, or its earliest twin */
    struct amp_kin_site *site;
    struct amp_kin_classes classes;
    bool impossible; /* no genotype explains what was typed of one person */
};

struct amp_kin_question {
    const struct amp_kin_pedigree *pedigree;
    const struct amp_kin_marker *marker;
    const struct amp_kin_genotype *genotype;
    enum amp_kin_untyped untyped;
    int32_t person; /* whose genotype is asked for, -1 none */
    bool linked;    /* the switches will be compared with those of other markers */
};

/* Checks everything; says what is wrong with whom. */
AMP_MUST amp_err amp_kin_shape_make(const struct amp_kin_question *question,
                                    struct amp_arena *arena, struct amp_kin_shape *out,
                                    struct amp_why *why);
/* The parts of it. */
AMP_MUST amp_err amp_kin_marker_check(const struct amp_kin_marker *marker, struct amp_why *why);
AMP_MUST amp_err amp_kin_classes_make(const struct amp_kin_question *question,
                                      struct amp_arena *arena, struct amp_kin_classes *out);

#endif
