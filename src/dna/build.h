/*
 * From profiles, frequencies, a kit and a hypothesis to the numbers of a mixture (dna/mixture.h).
 *
 * The conventions are EuroForMix's unless a setting says otherwise: the alleles of a marker are
 * those seen at or above the threshold in any replicate, then one rest allele for all others, then
 * the positions where stutter of a seen allele may lie unseen.
 */
#ifndef AMP_DNA_BUILD_H
#define AMP_DNA_BUILD_H

#include "dna/freq.h"
#include "dna/kit.h"
#include "dna/mixture.h"

enum {
    AMP_MIX_DYES = 8,
    AMP_MIX_KNOWN = 32, /* persons named in a hypothesis */
    AMP_MIX_WARNINGS = 64
};

enum amp_mix_convention {
    AMP_MIX_EFM,        /* EuroForMix: rest allele; every allele but the rest loses stutter */
    AMP_MIX_DNAMIXTURES /* all alleles of the table; only who has an n-1 in the table loses stutter
                         */
};

/* One number for all markers, or one for each dye or marker; what is more exact counts. */
struct amp_mix_rule {
    double value;
    size_t dye_n;
    struct {
        struct amp_str dye;
        double value;
    } dye[AMP_MIX_DYES]; /* "blue" or "B" */
    size_t marker_n;
    const struct amp_str *marker;
    const double *marker_value;
};

struct amp_mix_settings {
    struct amp_mix_rule threshold;      /* 50 */
    struct amp_mix_rule drop_in;        /* probability; 0.05 */
    struct amp_mix_rule drop_in_lambda; /* 0.01 */
    struct amp_mix_rule theta;          /* 0 */
    bool degradation, back, forward;    /* degradation needs a kit */
    double min_freq; /* for alleles seen but not listed; 0: the table's smallest */
    bool keep_sum;   /* do not bring a marker's frequencies back to 1 after that. Otherwise that is
                        done where an allele was added, and where the table's sum is above 1 or
                        within 0.001 of it; what a table lacks beyond that is left to the rest */
    enum amp_mix_convention convention;
    bool third_allele_stutters;    /* EuroForMix's does not where both stutters are modelled */
    const struct amp_dna_kit *kit; /* NULL without */
};

enum amp_mix_relation {
    AMP_MIX_UNRELATED,
    AMP_MIX_SIBLING,
    AMP_MIX_PARENT_CHILD,
    AMP_MIX_HALF_SIBLING, /* also uncle, grandparent */
    AMP_MIX_COUSIN
};

struct amp_mix_hypothesis {
    size_t contributor_n;
    size_t known_n;
    struct amp_str known[AMP_MIX_CONTRIBUTORS]; /* contributors by name; they are the first ones */
    size_t typed_n;
    struct amp_str typed[AMP_MIX_KNOWN]; /* typed, but not in the mixture: they count for theta */
    struct amp_str related_to;           /* the last unknown is a relative of this typed person */
    enum amp_mix_relation relation;
};

struct amp_mix_input {
    const struct amp_dna_sample *const *replicate; /* the stain's replicates */
    size_t replicate_n;
    const struct amp_dna_profiles *references;
    const struct amp_dna_freqs *freqs;
};

/* What a reader must know: a marker left out and why, a peak not in the table, a missing reference.
 */
struct amp_mix_notes {
    size_t n;
    struct amp_str note[AMP_MIX_WARNINGS];
    size_t more; /* beyond the room */
};

AMP_MUST amp_err amp_mix_build(const struct amp_mix_input *input,
                               const struct amp_mix_settings *settings,
                               const struct amp_mix_hypothesis *hypothesis, struct amp_arena *arena,
                               struct amp_mix *out, struct amp_mix_notes *notes,
                               struct amp_why *why);

#endif
