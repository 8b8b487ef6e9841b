/* Shared inside victim identification: lines and fields of its tables, wide numbers, families. */
#ifndef AMP_DNA_DVI_INSIDE_H
#define AMP_DNA_DVI_INSIDE_H

#include "dna/dvi.h"

#include <math.h>

/* A table of lines with tabs between the fields. */
struct dvi_lines {
    struct amp_str rest;
    struct amp_str line;
    uint64_t number; /* of `line`, from 1 */
    bool end;
};

struct dvi_lines dvi_lines_make(struct amp_str text);
bool dvi_lines_next(struct dvi_lines *lines); /* false at the end; skips lines of blanks only */
/* Fields of a line; AMP_E_LIMIT in the result's place (max + 1) when there are more. */
size_t dvi_fields(struct amp_str line, struct amp_str *field, size_t max);

/* One line of people.tsv. */
struct dvi_row {
    uint64_t line;
    struct amp_str family, id, father, mother;
    enum amp_kin_sex sex;
    bool victim, missing;
    size_t typed_n;
    struct amp_kin_genotype *genotype; /* one a marker */
};
/* Victims, families and missing persons from the rows; the markers are there. */
struct dvi_rows {
    const struct dvi_row *row;
    size_t n;
    const char *name; /* of the file */
};
AMP_MUST amp_err dvi_people_build(const struct dvi_rows *rows, struct amp_arena *arena,
                                  struct amp_dvi *dvi, struct amp_why *why);

static inline size_t dvi_pair_index(int32_t a, int32_t b) /* of a genotype in a triangle */
{
    size_t i = (size_t)(a < b ? a : b);
    size_t j = (size_t)(a < b ? b : a);
    return j * (j + 1) / 2 + i;
}

/* A positive number of any size: m * 2^(256 e), with a double's precision. Zero has m 0. */
struct dvi_wide {
    double m;
    int64_t e;
};

struct dvi_wide dvi_wide_exp(double log);
double dvi_wide_log(struct dvi_wide x);
struct dvi_wide dvi_wide_mul(struct dvi_wide a, struct dvi_wide b);
struct dvi_wide dvi_wide_add(struct dvi_wide a, struct dvi_wide b);
double dvi_wide_ratio(struct dvi_wide a, struct dvi_wide b); /* a / b, b > 0 */

/* The markers of a family with or without their mutations. */
AMP_MUST amp_err dvi_markers_off(const struct amp_dvi *dvi, struct amp_arena *arena,
                                 struct amp_kin_marker **out, struct amp_why *why);
struct dvi_placed {
    uint32_t victim, missing;
};
/* The plain way, which tests compare with: ln P(typed members, victims placed | pedigree) over all
 * markers; -INFINITY when impossible. */
AMP_MUST amp_err dvi_family_loglik(const struct amp_dvi *dvi, const struct amp_kin_marker *markers,
                                   const struct amp_dvi_family *family,
                                   const struct dvi_placed *placed, size_t placed_n,
                                   struct amp_arena *scratch, double *out, struct amp_why *why);

/* What all comparisons share: the genotypes that occur among the victims, numbered a marker. */
struct dvi_codes {
    size_t victim_n, marker_n;
    uint16_t *code; /* [marker_n][victim_n]; 0 not typed, else 1 + place in genotype */
    size_t *n;      /* genotypes of each marker */
    struct amp_kin_genotype **genotype;
    double **log_p; /* ln P in the population, by code; [0] is 0 */
};
AMP_MUST amp_err dvi_codes_make(const struct amp_dvi *dvi, struct amp_arena *arena,
                                struct dvi_codes *out, struct amp_why *why);

/* One missing person against every victim. Room for them is the caller's. */
struct dvi_column {
    double *log_lr;         /* [victim_n], -INFINITY impossible */
    uint16_t *inconsistent; /* [victim_n] */
};
struct dvi_column_ask {
    const struct amp_dvi *dvi;
    const struct dvi_codes *codes;
    const struct amp_kin_marker *markers; /* of the family: with or without mutation */
    const struct amp_kin_marker *off;     /* without mutation */
    const struct amp_dvi_family *family;
    const double *family_log; /* one a marker */
    uint32_t person;
};
AMP_MUST amp_err dvi_column_make(const struct dvi_column_ask *ask, struct amp_arena *scratch,
                                 struct dvi_column *out, struct amp_why *why);
/* ln P(typed relatives) at each marker, -INFINITY when impossible. */
AMP_MUST amp_err dvi_family_logs(const struct amp_dvi *dvi, const struct amp_kin_marker *markers,
                                 const struct amp_dvi_family *family, struct amp_arena *scratch,
                                 double *out, struct amp_why *why);

/* One way to fill a family: victims placed, and the LR against nobody placed. */
struct dvi_option {
    double log_w; /* ln LR + number placed x ln match odds */
    double log_lr;
    uint32_t placed_at, placed_n; /* in dvi_options.placed */
};

struct dvi_options {
    uint32_t family;
    size_t n; /* option 0 is the empty one, the others best first */
    struct dvi_option *option;
    struct dvi_placed *placed;
};

/* Every way to fill a family that has LR > 0. `pair` are its possible pairs (one family's part of
 * amp_dvi_pairs.pair). */
struct dvi_family_ask {
    const struct amp_dvi *dvi;
    const struct amp_dvi_pairs *pairs;
    const struct amp_dvi_settings *settings;
    const struct amp_kin_marker *markers;
    uint32_t family;
    const struct amp_dvi_pair *pair;
    size_t pair_n;
};
AMP_MUST amp_err dvi_options_make(const struct dvi_family_ask *ask, struct amp_arena *arena,
                                  struct dvi_options *out, struct amp_why *why);

#endif
