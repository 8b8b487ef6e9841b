/*
 * The likelihood ratio of two propositions, from their fits.
 *
 * LR = P(findings | Hp) / P(findings | Hd), both at their own maximum. It says how much more
 * probable the findings are under one proposition than under the other, never how probable a
 * proposition is; the words made here keep to that. An LR below 1 supports Hd and is told with the
 * same words.
 *
 * Sources: Bleka, Storvik and Gill 2016 (LR at the maximum, upper bound as in EuroForMix); ENFSI
 * guideline for evaluative reporting 2015; SWGDAM verbal qualifiers 2018; Akaike 1974.
 */
#ifndef AMP_DNA_LR_H
#define AMP_DNA_LR_H

#include "dna/fit.h"

struct amp_lr_marker {
    struct amp_str name;
    double hp_loglik, hd_loglik; /* natural logarithms; 0 where a side lacks the marker */
    double log10_lr;
    double log10_upper; /* bound for this marker; NAN without a person of interest typed here */
};

struct amp_lr {
    double log10_lr;
    double log10_upper; /* -sum log10(random match probability of the person of interest given all
                           typed, with theta); NAN when there is no person of interest */
    size_t marker_n;
    struct amp_lr_marker *marker; /* in the arena, in the order of Hp */
};

/* From two fits of one case. `poi` is the person of interest's index among the contributors of Hp,
 * or -1. The persons typed under Hd must include the person of interest (EuroForMix's convention).
 * The two mixtures must have the same markers in the same order and the same peaks:
 * AMP_E_CONFLICT names the marker where they differ. */
AMP_MUST amp_err amp_lr_make(const struct amp_mix *hp, const struct amp_mix_fit *hp_fit,
                             const struct amp_mix *hd, const struct amp_mix_fit *hd_fit, int poi,
                             struct amp_arena *arena, struct amp_lr *out, struct amp_why *why);

/* ln of a random match probability: the genotype (a, b), allele indexes, drawn from the urn that
 * holds the typed alleles of `marker`. */
double amp_lr_match_log(const struct amp_mix_marker *marker, size_t a, size_t b);

/* Akaike's criterion: 2 parameters - 2 loglik; the smallest is the best trade. */
double amp_lr_aic(const struct amp_mix_fit *fit);

/* How many contributors: one row a number that was tried, as the caller fitted them. */
struct amp_lr_trial {
    size_t contributor_n;
    struct amp_mix_fit hp, hd; /* hp.parameter_n 0: that side was not fitted */
    double log10_lr;           /* NAN when a side is missing */
    double hp_aic, hd_aic;
};

/* Fills log10_lr and the criteria, and gives the index of the best under Hd (lowest AIC; of equals
 * the one with fewer contributors), -1 when none has Hd. */
int amp_lr_trials_finish(struct amp_lr_trial *trial, size_t n);

enum amp_lr_scale {
    AMP_LR_ENFSI_2015,
    AMP_LR_SWGDAM_2018
};

struct amp_lr_words {
    const char *scale; /* "ENFSI 2015" */
    const char *words; /* "moderately strong support" */
    int supports;      /* 1 Hp, -1 Hd, 0 neither */
    double from, to;   /* the range of LR (of 1/LR when it supports Hd) that has these words; to is
                          INFINITY for the last */
};

/* log10_lr may be infinite, not NAN. */
struct amp_lr_words amp_lr_words(enum amp_lr_scale scale, double log10_lr);

/* "The findings are about 2.1e+05 times more probable if HP than if HD. On the ENFSI 2015 scale
 * this is very strong support for the proposition that HP over the alternative." hp and hd are the
 * propositions as clauses ("Mr X and an unknown person are the contributors"). */
struct amp_str amp_lr_sentence(enum amp_lr_scale scale, double log10_lr, struct amp_str hp,
                               struct amp_str hd, struct amp_arena *arena);

#endif
