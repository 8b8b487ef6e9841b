/*
 * Which family member to type next, to find a missing person.
 *
 * Given a pedigree and who is typed, each candidate is typed in simulation (his genotype drawn
 * given what is known), and then it is computed, not simulated, how the likelihood ratio of the
 * true missing person would be distributed, and how probably an unrelated person would be excluded.
 * The seed is an argument: the same seed gives the same numbers.
 *
 * Source: Vigeland, Marsico, Herrera Pinero, Egeland, "Prioritising family members for genotyping
 * in missing person cases", FSI Genetics 49, 2020.
 */
#ifndef AMP_DNA_KIN_POWER_H
#define AMP_DNA_KIN_POWER_H

#include "dna/kin_case.h"

enum {
    AMP_KIN_POWER_SAMPLES = 100000
};

struct amp_kin_power_asked {
    const struct amp_kin_case *kc;
    size_t hypothesis; /* the pedigree in which the missing person stands */
    size_t missing;    /* person of that pedigree */
    const size_t *candidate;
    size_t candidate_n;
    size_t sample_n;
    uint64_t seed;
    double least_log10; /* log10 LR that identifies */
    enum amp_kin_untyped untyped;
};

struct amp_kin_power {
    double expected_log10; /* mean log10 LR of the true missing person */
    double error;          /* of that mean, one standard error of the simulation */
    double inclusion;      /* P(log10 LR >= least_log10 | true) */
    double exclusion;      /* P(an unrelated person shows an exclusion), without mutation */
    double mistaken;       /* P(log10 LR >= least_log10 | unrelated), by importance weighting */
};

/* out[0] is nobody more typed; out[1 + k] candidate k. */
AMP_MUST amp_err amp_kin_power_run(const struct amp_kin_power_asked *asked, struct amp_arena *arena,
                                   struct amp_kin_power *out, struct amp_why *why);

#endif
