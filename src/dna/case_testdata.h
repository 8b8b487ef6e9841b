/*
 * A case from the data folder for tests and benchmarks: files read, mixtures built. Tests only.
 *
 * Paths are relative to the folder of test data (base/testdata.h).
 */
#ifndef AMP_DNA_CASE_TESTDATA_H
#define AMP_DNA_CASE_TESTDATA_H

#include "dna/build.h"
#include "dna/fit.h"

enum {
    AMP_CASE_SAMPLES = 16
};

struct amp_case {
    struct amp_arena arena;
    struct amp_dna_profiles stain, references;
    struct amp_dna_freqs freqs;
    struct amp_dna_kit kit;
    const struct amp_dna_sample *replicate[AMP_CASE_SAMPLES];
    struct amp_mix_input input;       /* all samples of the stain's file as replicates */
    struct amp_mix_settings settings; /* 50, 0.05, 0.01, theta 0.01, nothing else; change at will */
    struct amp_mix_notes notes;
    struct amp_why why;
};

/* False when a file is not at hand. `kit` may be NULL; settings.degradation is off. */
bool amp_case_open(struct amp_case *of, const char *stain, const char *references,
                   const char *freqs, const char *kit);
void amp_case_close(struct amp_case *of);

/* One hypothesis in the case's arena. `known` and `typed` are names with commas ("r1,r2"), "" for
 * none. */
amp_err amp_case_mix(struct amp_case *of, size_t contributor_n, const char *known,
                     const char *typed, struct amp_mix *out);
/* The same with the last contributor a relative of `of_whom`. */
amp_err amp_case_mix_related(struct amp_case *of, size_t contributor_n, const char *known,
                             const char *typed, const char *of_whom, enum amp_mix_relation relation,
                             struct amp_mix *out);

#endif
