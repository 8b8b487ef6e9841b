/*
 * A random person in the place of the person of interest: mixtures, and the likelihood ratios of
 * all genotypes at fixed parameters. Internal to noncontributor*.c.
 */
#ifndef AMP_DNA_STRANGER_H
#define AMP_DNA_STRANGER_H

#include "base/chance.h"
#include "dna/noncontributor.h"

/* One marker's genotypes of a random person. */
struct amp_stranger_marker {
    size_t n;            /* 0: the person of interest is not typed here, strangers neither */
    double *probability; /* [n], sum 1 */
    double *log10_lr;    /* [n] */
    double constant;     /* log10 LR of a marker with n = 0 */
};

struct amp_stranger_table {
    size_t marker_n;
    struct amp_stranger_marker *marker;
};

/* The case with a random person instead of the person of interest. */
AMP_MUST amp_err amp_stranger_mix(const struct amp_noncontributor_case *of,
                                  struct amp_chance *chance, struct amp_arena *arena,
                                  struct amp_mix *hp, struct amp_mix *hd);
/* Whether a stranger's typing changes Hd: he is typed there, and theta is above 0 somewhere. */
bool amp_stranger_moves_hd(const struct amp_noncontributor_case *of);

AMP_MUST amp_err amp_stranger_table_make(const struct amp_noncontributor_case *of,
                                         struct amp_arena *arena, struct amp_stranger_table *out);
double amp_stranger_table_draw(const struct amp_stranger_table *table, struct amp_chance *chance);

#endif
