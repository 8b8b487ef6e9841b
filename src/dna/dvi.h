/*
 * Victim identification: which of the missing is which of the found.
 *
 * A problem holds victims (found, typed), families (pedigrees with typed relatives and missing
 * members) and markers. An assignment gives each victim one missing person or none ("*"), no
 * missing person twice, sexes agreeing. Its likelihood is the product over the victims left out of
 * P(victim) and over the families of P(relatives, victims placed), markers independent; likelihood
 * ratios (LR) are relative to the assignment that places nobody. The prior is flat over assignments
 * unless settings.match_odds says otherwise. Sources: Kling, Egeland, Tillmar, Prieto, "Mass
 * Identifications" (2021); Egeland & Vigeland (2025) for the generalised likelihood ratio (GLR);
 * Prinz et al. (2007) for what a report holds. docs/dna.md has the formulas and the algorithms.
 *
 * It compares the profiles of the found with families that gave theirs, and does nothing else.
 * No clock, no chance without a seed; results do not depend on the number of threads. Everything
 * lives in the caller's arena.
 */
#ifndef AMP_DNA_DVI_H
#define AMP_DNA_DVI_H

#include "dna/kin.h"

enum {
    AMP_DVI_VICTIMS = 20000,
    AMP_DVI_MISSING = 20000,
    AMP_DVI_FAMILY_MISSING = 16, /* missing of one family in a joint analysis */
    AMP_DVI_MARKERS = 512,
    AMP_DVI_FILE_MAX = 256 << 20, /* bytes of one file of a problem */
    AMP_DVI_DENSE = 4 << 20,      /* pairs kept as a whole matrix; beyond, those over a bound */
    AMP_DVI_OPTIONS = 8 << 20,    /* ways to fill one family, whatever the settings */
    AMP_DVI_NOTES = 200,
    AMP_DVI_NONE = UINT32_MAX /* no missing person: "*" */
};

/* What a reader must know: a marker left out and why, sexes that disagree, a limit that was met. */
struct amp_dvi_notes {
    size_t n;
    struct amp_str note[AMP_DVI_NOTES];
    size_t more; /* beyond the room */
};

struct amp_dvi_victim {
    struct amp_str name;
    enum amp_kin_sex sex;
    const struct amp_kin_genotype *genotype; /* one a marker */
    size_t typed_n;                          /* markers typed */
};

struct amp_dvi_missing {
    struct amp_str name; /* FAMILY/NAME when two families use the same name */
    uint32_t family;
    uint32_t person; /* in the pedigree of the family */
    enum amp_kin_sex sex;
};

struct amp_dvi_family {
    struct amp_str name;
    struct amp_kin_pedigree pedigree;  /* parents stand before their children */
    struct amp_kin_genotype *genotype; /* [marker_n][person_n] */
    uint32_t missing_at, missing_n;    /* its part of amp_dvi.missing */
    size_t typed_n;                    /* persons typed at a marker or more */
};

struct amp_dvi {
    size_t marker_n;
    struct amp_kin_marker *marker; /* drop_out is for the victims' profiles, theta for all: the
                                      reader leaves both 0, a caller may set them */
    size_t victim_n;
    struct amp_dvi_victim *victim;
    size_t family_n;
    struct amp_dvi_family *family;
    size_t missing_n;
    struct amp_dvi_missing *missing;
    struct amp_dvi_notes notes;
};

/* The three files of a problem; the names are how errors call them. */
struct amp_dvi_files {
    struct amp_str people, markers, mutation; /* bytes; an empty mutation means no mutation */
    const char *people_name, *markers_name, *mutation_name;
    double min_freq; /* for alleles that are not listed; 0: they are refused */
};

/* people.tsv: head of kind, family, id, fid, mid, sex, one column a marker, missing. kind is victim
 * or family; fid and mid are the ids of the parents in the same family, 0 for a founder; sex is 1
 * male, 2 female, 0 unknown; a genotype is a/b, or -/- when not typed; missing is 1 for whom the
 * family seeks. A column AMEL is compared with the sex. A missing person with genotypes has a
 * sample of his own: it counts as that of a monozygotic twin.
 * markers.tsv: marker, allele, frequency. mutation.txt: a line a marker, "NAME : none" or
 * "NAME : $model [1] "equal" $rate [1] 0.001 ..." with $male$rate and $female$rate where the
 * sexes differ, or shorter "NAME : equal rate=0.001 male.rate=0.003"; NAME * is every marker that
 * has no line.
 * Errors name file, line, marker and what to do; *out is untouched then. */
AMP_MUST amp_err amp_dvi_read(const struct amp_dvi_files *files, struct amp_arena *arena,
                              struct amp_dvi *out, struct amp_why *why);
/* mutation.txt alone: fills the models (not yet the matrices) of the markers. */
AMP_MUST amp_err amp_dvi_mutation_read(const struct amp_dvi_files *files,
                                       struct amp_kin_marker *marker, size_t marker_n,
                                       struct amp_dvi_notes *notes, struct amp_arena *arena,
                                       struct amp_why *why);
void amp_dvi_note(struct amp_dvi_notes *notes, struct amp_arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

enum amp_dvi_mutations {
    AMP_DVI_MUTATIONS_ON,  /* as the file says */
    AMP_DVI_MUTATIONS_OFF, /* nowhere */
    AMP_DVI_MUTATIONS_AUTO /* only in families whose typed relatives are impossible without */
};

enum amp_dvi_merge {
    AMP_DVI_MERGE_OFF,
    AMP_DVI_MERGE_IDENTICAL, /* profiles that agree at every marker typed in both */
    AMP_DVI_MERGE_DROP_OUT   /* or where a homozygote may be a heterozygote that lost an allele */
};

struct amp_dvi_settings {
    double threshold;          /* of an undisputed match; 1e4 */
    double probable;           /* of a probable one; 0: threshold / 10, at least 1 */
    uint32_t max_inconsistent; /* markers that may disagree before a pair is excluded; 2 */
    bool strict;               /* undisputed only if all rivals have LR <= 1 */
    bool ignore_sex;
    enum amp_dvi_mutations mutations;
    enum amp_dvi_merge merge;
    uint32_t merge_lost; /* markers with a lost allele at most in one merge; 3 */
    bool joint_exclude;  /* excluded pairs are impossible in the joint analysis, too */
    double match_odds;   /* prior odds of each match; 1: flat over assignments */
    double floor;        /* pairs of families of one missing at or below this LR count as 0 */
    double joint_loss;   /* floor is raised when the exact sum is too large, up to this bound on
                            what that can change in any posterior; 1e-6 */
    double pair_limit;   /* pairs kept when there are more than AMP_DVI_DENSE: LR >= this; 1e-8 */
    size_t exact_limit;  /* states of the exact sum over a component; 1e6 */
    size_t option_limit; /* ways to fill one family; 1e5 */
    size_t list;         /* best assignments listed; 100 */
    size_t sample_n;     /* draws of the importance sampling beyond exact_limit; 200000 */
    uint64_t seed;
    unsigned threads;                                                       /* 1 or more */
    void (*progress)(void *ctx, const char *what, size_t done, size_t all); /* may be NULL */
    void *ctx;
};

struct amp_dvi_settings amp_dvi_settings_usual(void);

/* Several samples of one person, or of identical twins: the data cannot tell which. */
struct amp_dvi_group {
    uint32_t into; /* victim that stands for the group, in the problem as read */
    size_t part_n; /* others */
    uint32_t *part;
    double log_lr;   /* smallest ln LR of a part: the same person against unrelated */
    uint32_t lost_n; /* markers where an allele must have been lost */
};

struct amp_dvi_merged {
    size_t group_n; /* groups of two or more */
    struct amp_dvi_group *group;
    uint32_t *index; /* for each victim of the problem as read: where he is in the merged one */
};

/* A problem with the groups put together; shares everything else with `dvi`. */
AMP_MUST amp_err amp_dvi_merge(const struct amp_dvi *dvi, const struct amp_dvi_settings *settings,
                               struct amp_arena *arena, struct amp_dvi *out,
                               struct amp_dvi_merged *merged, struct amp_why *why);

struct amp_dvi_pair {
    uint32_t victim, missing;
    double log_lr;         /* finite */
    uint32_t inconsistent; /* markers impossible without mutation */
};

/* Pairwise comparisons of every victim with every missing person of the same sex. */
struct amp_dvi_pairs {
    bool dense;
    double *log_lr;            /* dense: [victim_n][missing_n], NAN where sexes differ */
    uint16_t *inconsistent;    /* dense: likewise */
    size_t pair_n;             /* possible pairs (LR > 0), by missing person, then victim; */
    struct amp_dvi_pair *pair; /* when not dense, those with LR >= pair_limit */
    double *left_sum;   /* sum of the LR of possible pairs that were not kept, one a missing */
    size_t compared_n;  /* comparisons made */
    double *victim_log; /* ln P(profile), one a victim */
    double *family_log; /* ln P(typed relatives), one a family */
    bool *mutation_off; /* families in which AUTO or OFF took the mutations away */
};

AMP_MUST amp_err amp_dvi_pairwise(const struct amp_dvi *dvi,
                                  const struct amp_dvi_settings *settings, struct amp_arena *arena,
                                  struct amp_dvi_pairs *out, struct amp_why *why);

struct amp_dvi_assignment {
    uint32_t *missing; /* one a victim, AMP_DVI_NONE for "*" */
    double loglik;
    double log_lr; /* relative to nobody placed */
    double posterior;
};

/* What is known of one group of victims and families that have to be looked at together. */
struct amp_dvi_component {
    size_t victim_n, missing_n, family_n;
    bool exact;
    double ess; /* effective draws when not exact */
};

struct amp_dvi_marginal {
    uint32_t victim, missing; /* AMP_DVI_NONE: unmatched */
    double probability;
    double error; /* standard error when sampled, else 0 */
};

struct amp_dvi_joint {
    double assignment_log10; /* how many assignments there are, log10 */
    double assignment_n;     /* the same as a number, exact below 2^53 */
    double loglik_none;      /* of the assignment that places nobody */
    double log_sum;          /* ln of the sum of LR (and prior odds) over all assignments */
    size_t best_n;
    struct amp_dvi_assignment *best; /* best first; ties in the order of the missing, "*" last */
    bool best_all;                   /* there is no other possible assignment */
    bool best_proven;                /* certainly the best: false when the search had to be cut */
    size_t marginal_n;
    struct amp_dvi_marginal
        *marginal;     /* by victim, then missing, unmatched last; zeroes left out */
    double floor;      /* LR at or below this counted as 0 in families of one missing */
    double loss_bound; /* what that can change in any probability; NAN when it is not known */
    size_t cut_n;      /* families of several missing that had too many ways to be filled: their */
    double cut_lr;     /* pairs below this LR were left out, which no bound covers */
    size_t component_n;
    struct amp_dvi_component *component; /* those with a pair */
    bool exact;
};

AMP_MUST amp_err amp_dvi_joint(const struct amp_dvi *dvi, const struct amp_dvi_pairs *pairs,
                               const struct amp_dvi_settings *settings, struct amp_arena *arena,
                               struct amp_dvi_joint *out, struct amp_why *why);

enum amp_dvi_conclusion {
    AMP_DVI_UNDISPUTED,
    AMP_DVI_MATCH_GLR,
    AMP_DVI_SYMMETRIC,
    AMP_DVI_PROBABLE,
    AMP_DVI_DISPUTED,
    AMP_DVI_INCONCLUSIVE,
    AMP_DVI_NO_MATCH,
    AMP_DVI_EXCLUDED,
    AMP_DVI_NOT_IDENTIFIABLE,
    AMP_DVI_CONCLUSIONS
};
const char *amp_dvi_conclusion_words(enum amp_dvi_conclusion conclusion); /* "Undisputed" */

/* What is concluded about one missing person, or about one victim. */
struct amp_dvi_finding {
    enum amp_dvi_conclusion conclusion;
    size_t other_n; /* victims for a missing person, missing persons for a victim; two or more when
                       the data cannot tell them apart */
    uint32_t *other;
    double lr, glr; /* NAN when there is none */
    uint32_t step;  /* of an undisputed match, from 1; else 0 */
    struct amp_str comment;
};

struct amp_dvi_solution {
    struct amp_dvi_finding *missing; /* one a missing person */
    struct amp_dvi_finding *victim;  /* one a victim */
};

/* Exclusions, undisputed matches (each moves the victim into the family, until none is left), then
 * families of one missing by their LRs and families of several by their GLRs. */
AMP_MUST amp_err amp_dvi_solve(const struct amp_dvi *dvi, const struct amp_dvi_pairs *pairs,
                               const struct amp_dvi_settings *settings, struct amp_arena *arena,
                               struct amp_dvi_solution *out, struct amp_why *why);

#endif
