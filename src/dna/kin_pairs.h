/*
 * Every pair of a file of relatives' reference profiles against the standard relations.
 *
 * For quality control of a named case's family references: are those who are said to be siblings
 * siblings, did two samples get exchanged. For two persons x before y in the file, ln of
 * P(both genotypes | relation) is computed for each relation, and its ratio to "unrelated". Limited
 * to AMP_KIN_PAIR_PERSONS: a family's file, not a population (docs/rights.md).
 */
#ifndef AMP_DNA_KIN_PAIRS_H
#define AMP_DNA_KIN_PAIRS_H

#include "dna/kin_case.h"

enum {
    AMP_KIN_PAIR_PERSONS = 256
};

enum amp_kin_relation {
    AMP_KIN_SAME,         /* one person, or identical twins */
    AMP_KIN_PARENT_CHILD, /* x is the parent */
    AMP_KIN_CHILD_PARENT, /* y is the parent */
    AMP_KIN_FULL_SIBLINGS,
    AMP_KIN_HALF_SIBLINGS, /* of one father */
    AMP_KIN_AVUNCULAR,     /* x is the brother of y's parent */
    AMP_KIN_GRANDPARENT,   /* x is the grandparent */
    AMP_KIN_FIRST_COUSINS,
    AMP_KIN_UNRELATED,
    AMP_KIN_RELATIONS
};

const char *amp_kin_relation_name(enum amp_kin_relation relation); /* "full siblings" */

/* Typed persons at some markers: rows of genotype are persons. */
struct amp_kin_references {
    size_t person_n, marker_n;
    struct amp_str *name;
    const struct amp_kin_marker *marker;
    struct amp_kin_genotype *genotype; /* [person_n * marker_n] */
    size_t note_n;
    const struct amp_str *note; /* what was left out, scaled or taken for granted */
};

/* From a table of profiles and frequencies; markers without frequencies are left out, genotypes of
 * one allele are homozygous, both with a note; genotypes of more than two are refused. */
AMP_MUST amp_err amp_kin_references_make(const struct amp_dna_profiles *profiles,
                                         const struct amp_dna_freqs *freqs, double min_freq,
                                         struct amp_arena *arena, struct amp_kin_references *out,
                                         struct amp_why *why);

struct amp_kin_pair_result {
    size_t x, y;
    size_t marker_n;                     /* at which both are typed */
    double log_ratio[AMP_KIN_RELATIONS]; /* against unrelated; -INFINITY: excluded */
    enum amp_kin_relation best;          /* the largest; the earlier relation of equals */
};

/* One pair. */
AMP_MUST amp_err amp_kin_pair(const struct amp_kin_references *references, size_t x, size_t y,
                              enum amp_kin_untyped untyped, struct amp_kin_pair_result *out,
                              struct amp_why *why);

#endif
