/*
 * Inside the builder of mixtures: one marker while it is built.
 *
 * build.c checks what is asked and walks the markers; build_ladder.c decides which alleles there
 * are and their numbers; build_person.c counts what typed persons have; build_rule.c finds the
 * number that a setting has for a marker.
 */
#ifndef AMP_DNA_BUILD_IN_H
#define AMP_DNA_BUILD_IN_H

#include "dna/build.h"

/* How the alleles of a marker are named, which decides whether they can stutter. */
enum amp_mix_naming {
    AMP_MIX_NUMBERS, /* 9.3 */
    AMP_MIX_LUS,     /* 9.3_6_0: repeats, longest uninterrupted stretch, further parts */
    AMP_MIX_WORDS    /* X, A, "10:[ATCG]10": no stutter */
};

/* Persons of the hypothesis that are typed: contributors first, then others, each once. */
struct amp_mix_people {
    size_t n;
    const struct amp_dna_sample *person[AMP_MIX_CONTRIBUTORS + AMP_MIX_KNOWN + 1];
    const struct amp_dna_sample *relative; /* NULL without */
};

struct amp_mix_draft {
    const struct amp_mix_input *input;
    const struct amp_mix_settings *settings;
    const struct amp_mix_hypothesis *hypothesis;
    struct amp_mix_people people;
    struct amp_arena *arena;
    struct amp_mix_notes *notes;
    struct amp_why *why;
    size_t below_n; /* peaks under the threshold */

    /* of the marker at hand */
    size_t place; /* among the loci of its replicate: likely its place elsewhere too */
    const struct amp_dna_freq *freq;
    const struct amp_dna_kit_marker *kit; /* NULL without */
    enum amp_mix_naming naming;
    size_t replicate_n;
    const struct amp_dna_locus *replicate[AMP_MIX_REPLICATES];
    double lambda;
    struct amp_mix_marker *marker;
    struct amp_mix_allele *allele; /* [AMP_MIX_ALLELES], room for every marker in turn */
    double *height;                /* [AMP_MIX_ALLELES][replicate_n], likewise */
};

void amp_mix_note(struct amp_mix_draft *draft, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What amp_dna_locus_find finds, looked for first where the marker at hand is likely to be. */
const struct amp_dna_locus *amp_mix_locus_find(const struct amp_mix_draft *draft,
                                               const struct amp_dna_sample *sample,
                                               struct amp_str marker);

/* The number that a rule has for a marker. */
AMP_MUST amp_err amp_mix_rule_value(struct amp_mix_draft *draft, const struct amp_mix_rule *rule,
                                    const char *name, struct amp_str marker, double *out);
/* Refuses rules that cannot be: numbers outside [low, high], dyes without a kit. */
AMP_MUST amp_err amp_mix_rule_check(const struct amp_mix_settings *settings,
                                    const struct amp_mix_rule *rule, const char *name,
                                    const double limit[2], struct amp_why *why);

/* Alleles, frequencies, heights, stutter links and sizes. */
AMP_MUST amp_err amp_mix_ladder_build(struct amp_mix_draft *draft);
/* Adds the rest allele at the smallest frequency: a typed person has what is not listed. */
AMP_MUST amp_err amp_mix_ladder_rest(struct amp_mix_draft *draft);
/* The allele of the marker with this name that can be in a genotype, -1 when there is none. */
int32_t amp_mix_ladder_find(const struct amp_mix_draft *draft, struct amp_str name);
/* Adds an allele that can be in a genotype. */
AMP_MUST amp_err amp_mix_ladder_add(struct amp_mix_draft *draft, struct amp_str name, double freq,
                                    int32_t *at);
/* Links of stutter and sizes, when all alleles are there (build_stutter.c). */
AMP_MUST amp_err amp_mix_stutter_link(struct amp_mix_draft *draft);
AMP_MUST amp_err amp_mix_sizes_set(struct amp_mix_draft *draft);
/* Finds how the seen alleles are named; AMP_E_SYNTAX when they are named in two ways. */
AMP_MUST amp_err amp_mix_naming_find(struct amp_mix_draft *draft);

/* Whether a typed person has an allele that is not on the ladder. */
bool amp_mix_people_need_rest(const struct amp_mix_draft *draft);
/* Typed counts, copies of the known contributors, genotype of the relative. */
AMP_MUST amp_err amp_mix_people_count(struct amp_mix_draft *draft);
/* Says what was taken for granted about typed persons, and what of them is not used. */
void amp_mix_people_note(struct amp_mix_draft *draft);

#endif
