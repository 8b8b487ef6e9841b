/*
 * A kinship case: typed persons, markers, and the pedigrees that are weighed against each other.
 *
 * Read from a Familias file (fam.h) or a PED file (ped.h). Everything lives in the caller's arena.
 */
#ifndef AMP_DNA_KIN_CASE_H
#define AMP_DNA_KIN_CASE_H

#include "base/json.h"
#include "dna/freq.h"
#include "dna/kin.h"

enum {
    AMP_KIN_HYPOTHESES = 256,
    AMP_KIN_MARKERS = 4096,
    AMP_KIN_NOTES = 64
};

struct amp_kin_hypothesis {
    struct amp_str name;
    struct amp_kin_pedigree pedigree;
    const size_t *row; /* [person_n] which of the case's persons each is, AMP_KIN_NOBODY for an
                          untyped one of its own; NULL: the case's persons in order, then its own */
    size_t group;      /* only hypotheses of one group are about the same typed persons */
};
#define AMP_KIN_NOBODY SIZE_MAX

/* Markers of one chromosome in their order, and what recombines between neighbours. */
struct amp_kin_group {
    size_t marker_n;
    size_t *marker;        /* of the case */
    double *recombination; /* [2 * (marker_n - 1)] fathers, mothers */
};

struct amp_kin_case {
    struct amp_str file;
    const char *format; /* "Familias 3.3.1", "PED" */
    size_t person_n;
    struct amp_kin_person *person; /* who they are; relations are the hypotheses' */
    size_t hypothesis_n;
    struct amp_kin_hypothesis *hypothesis;
    size_t marker_n;
    struct amp_kin_marker *marker;     /* mutation matrices are made */
    struct amp_kin_genotype *genotype; /* [marker_n * person_n], a row a marker */
    size_t group_n;                    /* of linked markers; all others are independent */
    struct amp_kin_group *group;
    size_t note_n;
    struct amp_str *note; /* what was assumed or left out, for the report */
};

/* Which settings hold instead of the file's. */
struct amp_kin_override {
    bool mutation_given;
    struct amp_kin_mutation male, female; /* model and numbers */
    bool fallback_given;
    enum amp_kin_mutation_model fallback; /* for markers whose alleles know no steps */
    bool theta_given;
    double theta;
    bool x_linked; /* all markers */
};

/* Applies what overrides and makes the mutation matrices. */
AMP_MUST amp_err amp_kin_case_finish(struct amp_kin_case *kc,
                                     const struct amp_kin_override *override,
                                     struct amp_arena *arena, struct amp_why *why);
/* The marker of a table of frequencies, which are scaled to sum 1. Alleles in seen[] that the table
 * lacks get min_freq; with min_freq 0 they are refused. Without mutation. */
struct amp_kin_seen {
    size_t n;
    const struct amp_str *allele;
};
AMP_MUST amp_err amp_kin_marker_of(const struct amp_dna_freq *freq, struct amp_kin_seen seen,
                                   double min_freq, struct amp_arena *arena,
                                   struct amp_kin_marker *out, struct amp_why *why);
/* Whether an allele that the table lacks can be one of the marker's: no token of the calling
 * program, no genotype of three alleles, a number above 0 where the listed ones are numbers. */
bool amp_kin_allele_likely(const struct amp_str *listed, size_t listed_n, struct amp_str allele);
/* Index of an allele of a marker, -1 when it has none of that name ("9.30" is "9.3"). */
int32_t amp_kin_allele(const struct amp_kin_marker *marker, struct amp_str name);
/* Linkage from a table "marker,chromosome,cM" or "marker,chromosome,cM_male,cM_female": distances
 * become recombination fractions by Haldane's function. Markers of the case that the table lacks
 * stay independent; markers of other cases are passed over. */
AMP_MUST amp_err amp_kin_case_link(struct amp_kin_case *kc, struct amp_str bytes, const char *file,
                                   struct amp_arena *arena, struct amp_why *why);
/* Adds the hypothesis that the persons of the first one are not related. */
AMP_MUST amp_err amp_kin_case_unrelated(struct amp_kin_case *kc, struct amp_arena *arena);
/* Adds a note; beyond AMP_KIN_NOTES none. AMP_E_NOMEM. */
AMP_MUST amp_err amp_kin_case_note(struct amp_kin_case *kc, struct amp_arena *arena,
                                   const char *fmt, ...) __attribute__((format(printf, 3, 4)));

struct amp_kin_result {
    size_t hypothesis_n, marker_n;
    double *loglik;    /* [hypothesis_n * marker_n], a row a hypothesis; of a linked marker given
                          those before it on the chromosome */
    double *total;     /* [hypothesis_n] */
    double *log_ratio; /* [hypothesis_n] against `against`; NAN when both are impossible, or of
                          another group */
    size_t against;
};

/* All hypotheses at all markers. */
AMP_MUST amp_err amp_kin_case_run(const struct amp_kin_case *kc, enum amp_kin_untyped untyped,
                                  size_t against, struct amp_arena *arena,
                                  struct amp_kin_result *out, struct amp_why *why);

/* A number in as few digits as give the same double again; JSON has null for what is not finite. */
void amp_kin_put_number(struct amp_buf *out, double value);
void amp_kin_put_json(struct amp_json *js, double value);
/* A digest in hexadecimal. */
enum {
    AMP_KIN_SHA256 = 32
};
void amp_kin_put_hash(const uint8_t sha256[AMP_KIN_SHA256], struct amp_buf *out);

const char *amp_kin_model_name(enum amp_kin_mutation_model model);
/* AMP_E_NOT_FOUND for another name. */
AMP_MUST amp_err amp_kin_model_find(struct amp_str name, enum amp_kin_mutation_model *out);

#endif
