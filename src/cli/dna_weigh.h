/* One item against one pair of propositions: what `lr` and `sweep` both do. */
#ifndef AMP_CLI_DNA_WEIGH_H
#define AMP_CLI_DNA_WEIGH_H

#include "cli/dna_case.h"

/* Lives in one arena; must not be moved, its parts point to each other. */
struct amp_cli_dna_weighed {
    struct amp_mix_input input;
    struct amp_cli_dna_sides sides;
    struct amp_mix hp, hd;
    struct amp_mix_notes notes;
    struct amp_mix_fit hp_fit, hd_fit; /* of the qualitative model: loglik and marker alone */
    struct amp_qual_fit hp_qual, hd_qual;
    struct amp_qual_work work;
    struct amp_lr lr;
};

/* The numbers of both propositions. */
AMP_MUST amp_err amp_cli_dna_build(const struct amp_cli_dna_case *of,
                                   const struct amp_cli_dna_samples *samples,
                                   struct amp_arena *arena, struct amp_cli_dna_weighed *out,
                                   struct amp_why *why);
/* Both maxima and their ratio. The message says which proposition. */
AMP_MUST amp_err amp_cli_dna_weigh(const struct amp_cli_dna_case *of, int thread_n,
                                   struct amp_arena *arena, struct amp_cli_dna_weighed *out,
                                   struct amp_why *why);
/* The same by the qualitative model. */
AMP_MUST amp_err amp_cli_dna_weigh_qualitative(const struct amp_cli_dna_case *of,
                                               struct amp_arena *arena,
                                               struct amp_cli_dna_weighed *out,
                                               struct amp_why *why);

#endif
