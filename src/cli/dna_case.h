/*
 * What the verbs of `amparo dna` that weigh mixtures share: their files, settings and propositions.
 *
 * Names of samples may hold commas and blanks; a list is first looked up as one name. A name that
 * is not there is answered with those that are.
 */
#ifndef AMP_CLI_DNA_CASE_H
#define AMP_CLI_DNA_CASE_H

#include "cli/cli.h"
#include "dna/report.h"

enum {
    AMP_CLI_DNA_ARENA = 1 << 30,
    AMP_CLI_DNA_TEXT = 256 << 20, /* bytes of a result */
    AMP_CLI_DNA_OPTIONS = 64      /* of a verb, its own and the shared ones */
};

/* As typed. */
struct amp_cli_dna_asked {
    struct amp_opt_list evidence, reference;
    const char *frequencies, *kit, *kit_table;
    const char *threshold, *threshold_dye, *threshold_marker;
    const char *drop_in, *drop_in_dye, *drop_in_marker;
    const char *theta, *theta_dye, *theta_marker;
    const char *min_frequency, *convention, *scale, *range;
    const char *model;
    bool degradation, back, forward, keep_sum, json;
    int64_t contributors, threads;
};

struct amp_cli_dna_case {
    struct amp_dna_profiles evidence, references; /* of all files together */
    struct amp_dna_freqs freqs;
    struct amp_dna_kit kit;
    struct amp_dna_source kit_source;
    struct amp_mix_settings settings;
    enum amp_lr_scale scale;
    struct amp_dna_report_limits limits;
    bool qualitative, each; /* the model; with one drop-out probability of each contributor */
    size_t source_n;
    struct amp_dna_report_source source[AMP_DNA_REPORT_SOURCES];
};

/* The options of all these verbs after those of one: how many there are. */
size_t amp_cli_dna_options(struct amp_cli_dna_asked *asked, const struct amp_opt *own, size_t own_n,
                           struct amp_opt opt[AMP_CLI_DNA_OPTIONS]);

/* Reads and checks everything that does not depend on the propositions. AMP_E_USAGE when an option
 * is written wrongly. */
AMP_MUST amp_err amp_cli_dna_case_read(const struct amp_cli_dna_asked *asked,
                                       struct amp_arena *arena, struct amp_cli_dna_case *out,
                                       struct amp_why *why);

/* The samples of `profiles` that a list names; all of them when text is NULL. */
struct amp_cli_dna_samples {
    size_t n;
    const struct amp_dna_sample **sample;
};
AMP_MUST amp_err amp_cli_dna_samples(const struct amp_dna_profiles *profiles, const char *text,
                                     const char *what, struct amp_arena *arena,
                                     struct amp_cli_dna_samples *out, struct amp_why *why);

/* The two propositions as typed. */
struct amp_cli_dna_pair {
    const char *hp, *hd; /* "poi=NAME,known=NAME", "known=NAME"; hd NULL or "" for nobody known */
    const char *typed;   /* names of typed persons who are no contributors; NULL */
    const char *related; /* "sibling=NAME" under Hd; NULL */
    size_t contributor_n;
};

struct amp_cli_dna_sides {
    struct amp_mix_hypothesis hp, hd;
    struct amp_str person; /* of interest; several are joined */
    int poi;               /* index among the contributors of Hp; -1 when there is not one alone */
};

AMP_MUST amp_err amp_cli_dna_sides(const struct amp_cli_dna_case *of,
                                   const struct amp_cli_dna_pair *pair, struct amp_arena *arena,
                                   struct amp_cli_dna_sides *out, struct amp_why *why);

/* "amparo dna lr --evidence 'a b.csv' ..." of argv, without what does not change the result. */
struct amp_str amp_cli_dna_command(const char *name, int argc, char **argv,
                                   struct amp_arena *arena);
/* Bytes into a new or an emptied file. */
AMP_MUST amp_err amp_cli_dna_write(const char *path, const struct amp_buf *bytes,
                                   struct amp_why *why);
/* How many threads: what was asked for, else the processor's. */
int amp_cli_dna_threads(const struct amp_cli_dna_asked *asked);

#endif
