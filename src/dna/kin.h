/*
 * Likelihoods of genotypes in a pedigree, one marker at a time, by variable elimination.
 *
 * Any pedigree: loops, inbreeding, twins, several families in one. Founders' alleles come from the
 * population's frequencies (with theta by the Polya urn), children's through meioses with a
 * mutation matrix for each parent's sex. Log space; double precision; fixed order of summation.
 * docs/dna.md has the formulas and their sources.
 */
#ifndef AMP_DNA_KIN_H
#define AMP_DNA_KIN_H

#include "base/arena.h"

enum {
    AMP_KIN_PERSONS = 512,
    AMP_KIN_ALLELES = 256,
    AMP_KIN_FREE_ALLELES = 10, /* of untyped founders with theta over 0, by their partitions */
    AMP_KIN_URN_SUMS = 1 << 17 /* with theta over 0: eliminations of one marker */
};

enum amp_kin_mutation_model {
    AMP_KIN_NONE,
    AMP_KIN_EQUAL,
    AMP_KIN_PROPORTIONAL,
    AMP_KIN_ONE_STEP,
    AMP_KIN_STEPWISE, /* extended: rate for whole steps, rate2 for fractions, range */
    AMP_KIN_DAWID,    /* stationary stepwise */
    AMP_KIN_CUSTOM    /* the matrix is given */
};

struct amp_kin_mutation {
    enum amp_kin_mutation_model model;
    double rate, rate2, range;
    const double *matrix; /* [allele_n^2] from row to column; made by amp_kin_mutation_make */
};

struct amp_kin_marker {
    struct amp_str name;
    size_t allele_n;                      /* a silent allele included */
    const struct amp_str *allele;         /* names */
    const double *freq;                   /* sum 1 */
    int32_t silent;                       /* index of the silent allele, -1 none */
    struct amp_kin_mutation male, female; /* by the sex of the parent */
    double theta;
    double drop_out; /* probability that an allele of a person with drop_out is lost; 0 none */
    bool x_linked;
};

enum amp_kin_sex {
    AMP_KIN_UNKNOWN_SEX,
    AMP_KIN_MALE,
    AMP_KIN_FEMALE
};

struct amp_kin_person {
    struct amp_str name;
    int32_t father, mother; /* index, -1 founder; both or neither */
    enum amp_kin_sex sex;
    int32_t twin;  /* monozygotic twin of this earlier person, -1 */
    bool drop_out; /* the typing of this person may have lost alleles: marker.drop_out holds */
};

struct amp_kin_pedigree {
    size_t person_n;
    const struct amp_kin_person *person;
};

struct amp_kin_genotype {
    int32_t a, b; /* allele indexes in any order; both -1: not typed; b -1 and a set: hemizygous */
};

/* How an untyped founder's allele takes part in a mutation (the two conventions differ; say which
 * was used). */
enum amp_kin_untyped {
    AMP_KIN_MUTATE, /* it is drawn, and mutates on its way (pedprobr) */
    AMP_KIN_DRAW /* an untyped founder with one typed child gives a population allele (Familias) */
};

/* Is it one: parents, sexes, twins, nobody his own ancestor. AMP_E_RANGE, AMP_E_LIMIT name whom. */
AMP_MUST amp_err amp_kin_pedigree_check(const struct amp_kin_pedigree *pedigree,
                                        struct amp_arena *arena, struct amp_why *why);

/* ln P(genotypes | pedigree); -INFINITY when impossible. `genotype` has one row a person. */
AMP_MUST amp_err amp_kin_loglik(const struct amp_kin_pedigree *pedigree,
                                const struct amp_kin_marker *marker,
                                const struct amp_kin_genotype *genotype,
                                enum amp_kin_untyped untyped, struct amp_arena *scratch,
                                double *loglik, struct amp_why *why);

/* P(genotypes, genotype of `person` = (i, j)) for i <= j at joint[j (j + 1) / 2 + i], allele_n
 * (allele_n + 1) / 2 values scaled by exp(*log_scale). The person must not be typed. One call gives
 * all likelihood ratios of one missing person. */
AMP_MUST amp_err amp_kin_joint(const struct amp_kin_pedigree *pedigree,
                               const struct amp_kin_marker *marker,
                               const struct amp_kin_genotype *genotype, size_t person,
                               enum amp_kin_untyped untyped, struct amp_arena *scratch,
                               double *joint, double *log_scale, struct amp_why *why);

/*
 * Markers that are linked, in their order on the chromosome: the hidden chain of inheritance
 * patterns (Lander and Green, PNAS 84, 1987), mutation and all else as above. Founders are in
 * linkage equilibrium. recombination[2 k] and [2 k + 1] are the fractions between markers k and
 * k + 1 in fathers and mothers, 0..0.5. loglik[k] is ln P(genotypes at k | those at 0..k-1), so
 * that they sum to ln P of all. AMP_E_LIMIT beyond AMP_KIN_LINKED_MEIOSES that matter.
 */
enum {
    AMP_KIN_LINKED_MEIOSES = 14
};

struct amp_kin_linked {
    size_t marker_n;
    const struct amp_kin_marker *marker;
    const struct amp_kin_genotype *genotype; /* [marker_n * person_n], a row a marker */
    const double *recombination;             /* [2 * (marker_n - 1)] */
};

AMP_MUST amp_err amp_kin_loglik_linked(const struct amp_kin_pedigree *pedigree,
                                       const struct amp_kin_linked *linked,
                                       enum amp_kin_untyped untyped, struct amp_arena *scratch,
                                       double *loglik, struct amp_why *why);

/* Fills mutation.matrix. AMP_E_RANGE when the model cannot be had with these numbers (says why). */
AMP_MUST amp_err amp_kin_mutation_make(struct amp_kin_mutation *mutation,
                                       const struct amp_kin_marker *marker, struct amp_arena *arena,
                                       struct amp_why *why);

#endif
