/* What the modes of `amparo dna kin` share: what was asked for, files with their digests. */
#ifndef AMP_CLI_DNA_KIN_H
#define AMP_CLI_DNA_KIN_H

#include "cli/cli.h"
#include "dna/kin_report.h"

enum {
    AMP_CLI_KIN_ARENA = 1 << 30,
    AMP_CLI_KIN_TEXT = 1 << 28
};

struct amp_cli_kin_asked {
    const char *pedigree, *frequencies, *report, *write_fam, *against; /* files and names */
    const char *pairs, *case_name;
    const char *mutation, *fallback, *untyped, *scale;
    double rate, rate_male, rate_female, rate2, range, theta, min_freq;
    bool rate_given, male_given, female_given, rate2_given, range_given, theta_given;
    bool unrelated, x_linked, json, power;
    int64_t samples, seed;
    const char *hypothesis, *missing, *candidates, *linkage;
    double least;
    bool least_given;
    struct amp_str command; /* repeats this run */
};

struct amp_cli_kin_files {
    size_t n;
    struct amp_kin_source source[AMP_KIN_SOURCES];
};

/* The bytes of a file, in the arena, and its digest among the sources. */
AMP_MUST amp_err amp_cli_kin_file(const char *role, const char *path, struct amp_arena *arena,
                                  struct amp_cli_kin_files *files, struct amp_str *out,
                                  struct amp_why *why);
/* Settings instead of the file's. AMP_E_USAGE for contradictions. */
AMP_MUST amp_err amp_cli_kin_override(const struct amp_cli_kin_asked *asked,
                                      struct amp_kin_override *out, struct amp_why *why);
AMP_MUST amp_err amp_cli_kin_untyped(const struct amp_cli_kin_asked *asked,
                                     enum amp_kin_untyped *out, struct amp_why *why);
AMP_MUST amp_err amp_cli_kin_scale(const struct amp_cli_kin_asked *asked, enum amp_lr_scale *out,
                                   struct amp_why *why);
/* The case of --pedigree. */
AMP_MUST amp_err amp_cli_kin_case(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                                  struct amp_cli_kin_files *files, struct amp_kin_case *out,
                                  struct amp_why *why);
/* The page of a table: opened with its columns, a row begun with a name, its cells put, "</tr>" by
 * the caller; closing writes it to --report with the command and the files' digests. */
void amp_cli_kin_page_open(struct amp_buf *page, const char *title, struct amp_str about,
                           const char *const *columns, size_t column_n);
void amp_cli_kin_page_name(struct amp_buf *page, struct amp_str name);
void amp_cli_kin_page_text(struct amp_buf *page, struct amp_str text);
/* Before the page is closed: the notes as a list, nothing where there is none. */
void amp_cli_kin_page_notes(struct amp_buf *page, const struct amp_str *note, size_t note_n);
/* The member "notes" of an open object, or lines of text where js is NULL. */
void amp_cli_kin_notes(struct amp_json *js, struct amp_buf *out, const struct amp_str *note,
                       size_t note_n);
AMP_MUST amp_err amp_cli_kin_page_close(struct amp_buf *page, const struct amp_cli_kin_asked *asked,
                                        const struct amp_cli_kin_files *files, struct amp_why *why);
/* --pairs: every pair of a file of relatives against the standard relations. */
AMP_MUST amp_err amp_cli_kin_pairs(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                                   struct amp_buf *out, struct amp_why *why);
/* --power: which family member to type next. */
AMP_MUST amp_err amp_cli_kin_power(const struct amp_cli_kin_asked *asked, struct amp_arena *arena,
                                   struct amp_buf *out, struct amp_why *why);

#endif
