/*
 * Test vectors of one whole-profile evaluation, as text: every number that enters a mixture's
 * likelihood, and what EuroForMix found.
 *
 * Line 1: markers, contributors, one share for each, mu, omega, beta, xi_back, xi_forward. Then for
 * each marker a line: name, alleles, stutter positions, replicates, index of the rest allele,
 * threshold, theta, drop-in probability, typed alleles, stutter models (0 none, 1 back, 2 back and
 * forward), known contributors and for each of them (they are the first) the index of its genotype,
 * -1 untyped; and EuroForMix's log-likelihood, which may be missing. Genotypes are numbered (0,0),
 * (0,1) .. (0,n-1), (1,1) .. Then a line for each allele: name, frequency, typed copies,
 * (bp - 125) / 100, back stutter to, forward stutter to, back stutter from, forward stutter from
 * (-1 none), and for each replicate the height (0 unseen) and then for each the logarithm of the
 * drop-in weight, the drop-in probability in it. Blanks separate; blank lines are skipped.
 */
#ifndef AMP_DNA_DUMP_H
#define AMP_DNA_DUMP_H

#include "dna/mixture.h"

enum {
    AMP_DNA_DUMP_MARKERS = 4096,
    AMP_DNA_DUMP_BYTES = 1 << 24
};

struct amp_dna_dump {
    struct amp_mix mix;
    struct amp_mix_params params;
    double *expected; /* [marker_n] log-likelihoods; NAN where the file has none */
};

/* All is in the arena, texts are views of `text`. AMP_E_SYNTAX, AMP_E_RANGE or AMP_E_LIMIT with
 * line and marker in *why. */
AMP_MUST amp_err amp_dna_dump_read(struct amp_str text, struct amp_arena *arena,
                                   struct amp_dna_dump *out, struct amp_why *why);

#endif
