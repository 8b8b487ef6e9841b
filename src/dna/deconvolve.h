/*
 * Deconvolution: what the unknown contributors' genotypes are, given the findings and parameters.
 *
 * At each marker and for each unknown contributor the posterior of every genotype at the given
 * parameters (those of the maximum), exactly: the urn is exchangeable, so P(g, findings) is
 * P(g | typed) times the likelihood with that contributor known as g and g counted as typed. A
 * relative of a typed person is handled by the same identity for each number of alleles identical
 * by descent.
 *
 * The rest allele (all that was not seen) appears under its own name as the marker has it.
 */
#ifndef AMP_DNA_DECONVOLVE_H
#define AMP_DNA_DECONVOLVE_H

#include "dna/fit.h"

enum {
    AMP_DECONVOLVE_JOINT = 1000 /* most joint genotypes of a marker in the list */
};

struct amp_deconvolve_options {
    size_t joint_n;   /* most joint genotypes listed at a marker; 0: 10 */
    double joint_sum; /* enough when they hold this probability together; 0: 0.99 */
    struct amp_dna_progress progress;
};

struct amp_genotype {
    uint16_t a, b; /* allele indexes of the marker, a <= b */
};

struct amp_deconvolve_row {
    struct amp_genotype genotype;
    double probability;
};

struct amp_deconvolve_person {
    bool unknown; /* false: known at this marker, all else is empty but dose */
    size_t row_n;
    struct amp_deconvolve_row *row; /* all genotypes, most probable first; of equals a, then b */
    double *allele;                 /* [genotype_n] P(has at least one copy) */
    double *dose;                   /* [genotype_n] expected copies; of a known person his copies */
    double ratio_next; /* probability of the first over that of the second; INFINITY when alone */
};

struct amp_deconvolve_joint {
    struct amp_genotype *genotype; /* [contributor_n]; of a known one {UINT16_MAX, UINT16_MAX} */
    double probability;
};

struct amp_deconvolve_marker {
    struct amp_str name;
    struct amp_deconvolve_person *person; /* [contributor_n] */
    size_t joint_n;
    struct amp_deconvolve_joint *joint; /* most probable first */
};

struct amp_deconvolve {
    size_t marker_n, contributor_n;
    struct amp_deconvolve_marker *marker; /* all in the arena */
    uint64_t evaluation_n;
};

/* AMP_E_CONFLICT: stopped by progress. AMP_E_RANGE: the likelihood is 0 at these parameters. */
AMP_MUST amp_err amp_deconvolve_run(const struct amp_mix *mix, const struct amp_mix_params *params,
                                    const struct amp_deconvolve_options *options,
                                    struct amp_arena *arena, struct amp_deconvolve *out,
                                    struct amp_why *why);

/* "15/16" in the arena; alleles as the marker names them. */
struct amp_str amp_genotype_text(const struct amp_mix_marker *marker, struct amp_genotype genotype,
                                 struct amp_arena *arena);

#endif
