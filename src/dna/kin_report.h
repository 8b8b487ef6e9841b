/*
 * What a run of `amparo dna kin` found: JSON, text for a terminal, and a page to print.
 *
 * Pure: the same report gives the same bytes. The page is one HTML document with inline style and
 * an SVG of the evidence per marker, nothing fetched, everything from files escaped. It says how
 * probable the genotypes are under each pedigree, never how probable a pedigree is.
 */
#ifndef AMP_DNA_KIN_REPORT_H
#define AMP_DNA_KIN_REPORT_H

#include "base/json.h"
#include "dna/kin_case.h"
#include "dna/lr.h"

enum {
    AMP_KIN_SOURCES = 4
};

struct amp_kin_source {
    const char *role; /* "pedigree", "frequencies" */
    struct amp_str file;
    uint8_t sha256[AMP_KIN_SHA256];
};

struct amp_kin_report {
    const char *version;    /* of Amparo */
    struct amp_str command; /* repeats this run */
    size_t source_n;
    struct amp_kin_source source[AMP_KIN_SOURCES];
    const struct amp_kin_case *kc;
    const struct amp_kin_result *result;
    enum amp_kin_untyped untyped;
    enum amp_lr_scale scale;
};

void amp_kin_report_json(const struct amp_kin_report *report, struct amp_arena *arena,
                         struct amp_buf *out);
void amp_kin_report_text(const struct amp_kin_report *report, struct amp_arena *arena,
                         struct amp_buf *out);
void amp_kin_report_html(const struct amp_kin_report *report, struct amp_arena *arena,
                         struct amp_buf *out);

/* The end of a page: the command and the files' digests as table rows, and the signatures. */
void amp_kin_html_sources(struct amp_buf *out, struct amp_str command,
                          const struct amp_kin_source *source, size_t source_n);
void amp_kin_html_end(struct amp_buf *out);

/* Parts that the three share. */
const char *amp_kin_untyped_words(enum amp_kin_untyped untyped);
/* "the relations are those of the pedigree H1" */
struct amp_str amp_kin_clause(const struct amp_kin_hypothesis *hypothesis, struct amp_arena *arena);
/* The sentence of one ratio; says so when both are impossible or about different persons. */
struct amp_str amp_kin_statement(const struct amp_kin_report *report, size_t h,
                                 struct amp_arena *arena);
/* "stepwise, rate 0.001, range 0.1, second rate 1e-06" */
struct amp_str amp_kin_mutation_words(const struct amp_kin_mutation *mutation,
                                      struct amp_arena *arena);
/* Log base 10 of a ratio, from natural logs. */
double amp_kin_log10(double log_ratio);

#endif
