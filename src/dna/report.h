/*
 * What a run of `amparo dna lr` found, as a report for a person and as JSON for a program.
 *
 * Pure: everything that is told stands in struct amp_dna_report; there is no clock, no file and no
 * chance here, and the same report gives the same bytes. The page is one self-contained HTML
 * document: inline style, plots as SVG drawn here, no script, nothing fetched. All that comes from
 * files or persons is escaped.
 *
 * What it holds follows the ISFG's recommendations on software validation (Coble et al. 2016), the
 * ENFSI guideline for evaluative reporting (2015) and ISO 21043: items, propositions in pairs,
 * assumptions with reason and sensitivity, results with their uncertainty, diagnostics, warnings,
 * and what is needed to repeat it. Nothing in it says how probable a proposition is.
 */
#ifndef AMP_DNA_REPORT_H
#define AMP_DNA_REPORT_H

#include "base/json.h"
#include "dna/build.h"
#include "dna/deconvolve.h"
#include "dna/integral.h"
#include "dna/lr.h"
#include "dna/mcmc.h"
#include "dna/noncontributor.h"
#include "dna/ppplot.h"
#include "dna/qualitative.h"

enum {
    AMP_DNA_REPORT_SOURCES = 64,
    AMP_DNA_REPORT_WARNINGS = 32,
    AMP_DNA_REPORT_DRAWN = 64 /* markers in the plots; a panel of more has only its table */
};

/* The range in which the laboratory validated the method; what lies outside is flagged. */
enum amp_dna_report_limit {
    AMP_LIMIT_CONTRIBUTORS,
    AMP_LIMIT_UNKNOWN,
    AMP_LIMIT_SHARE, /* the smallest mixture proportion of either proposition */
    AMP_LIMIT_MU,
    AMP_LIMIT_OMEGA,
    AMP_LIMIT_BETA,
    AMP_LIMIT_MARKERS,
    AMP_LIMIT_REPLICATES,
    AMP_LIMIT_COUNT
};

struct amp_dna_report_limits {
    bool given; /* by the laboratory; else the general ones below */
    double low[AMP_LIMIT_COUNT], high[AMP_LIMIT_COUNT];
};

/* At most 3 contributors, the smallest with a fifth: what PCAST (2016) held to be established. */
struct amp_dna_report_limits amp_dna_report_limits_general(void);
/* "contributors=..3,share=0.1..,mu=200..20000": names as above, LOW..HIGH with either left out. */
AMP_MUST amp_err amp_dna_report_limits_read(struct amp_str text, struct amp_dna_report_limits *out,
                                            struct amp_why *why);

/* One of the two propositions and what was found under it. Pointers are NULL for what was not asked
 * for; exactly one of fit and qualitative is there. */
struct amp_dna_report_side {
    const char *name;      /* "Hp" */
    struct amp_str clause; /* "P1 and 1 unknown person are the contributors to stain 1" */
    const struct amp_mix_hypothesis *hypothesis;
    const struct amp_mix *mix;
    const struct amp_mix_fit *fit;
    const struct amp_qual_fit *qualitative;
    const struct amp_pp *pp;
    const struct amp_deconvolve *deconvolved;
    const struct amp_expected *expected; /* [marker_n] */
};

struct amp_dna_report_source {
    const char *role; /* "evidence", "references", "frequencies", "kit" */
    const struct amp_dna_source *source;
};

/* The qualitative LR along one drop-out probability of all contributors. */
struct amp_dna_report_curve {
    size_t n;
    const double *drop_out, *log10_lr;
};

struct amp_dna_report {
    const char *version;                         /* of Amparo */
    struct amp_str command;                      /* repeats this run */
    struct amp_str case_name, analyst, reviewer; /* as given; empty else */
    struct amp_str reason;                       /* for the number of contributors */
    size_t source_n;
    struct amp_dna_report_source source[AMP_DNA_REPORT_SOURCES];
    const struct amp_mix_input *input;
    const struct amp_mix_settings *settings;
    struct amp_str person; /* of interest; several joined by ", " */
    struct amp_dna_report_side hp, hd;
    const struct amp_lr *lr;
    enum amp_lr_scale scale;
    struct amp_dna_report_limits limits;
    const struct amp_mix_notes *notes;
    size_t warning_n;
    struct amp_str warning[AMP_DNA_REPORT_WARNINGS];
    size_t trial_n; /* sensitivity to the number of contributors */
    const struct amp_lr_trial *trial;
    int trial_best;
    const struct amp_mcmc_lr *mcmc;
    const struct amp_integral_lr *integral;
    const struct amp_noncontributor *noncontributor;
    const struct amp_noncontributor_exact *exact;
    struct amp_dna_report_curve curve;
};

/* A proposition as a clause: the known by name, the unknown counted, the relative named. */
struct amp_str amp_dna_report_clause(const struct amp_mix_hypothesis *hypothesis,
                                     struct amp_str item, struct amp_arena *arena);
/* Adds the warnings that follow from limits, fits and diagnostics. Call once, when all is there. */
void amp_dna_report_warn(struct amp_dna_report *report, struct amp_arena *arena);
/* One more warning; beyond the room it is dropped, and the last one says so. */
void amp_dna_report_warning(struct amp_dna_report *report, struct amp_str text);

/* A whole page, a JSON object, or text for a terminal. Errors are the buffer's. */
void amp_dna_report_html(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out);
void amp_dna_report_json(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out);
void amp_dna_report_text(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out);

/* The settings as a JSON object; table_min stands for a min_freq of 0. */
void amp_dna_settings_json(const struct amp_mix_settings *settings, double table_min,
                           struct amp_arena *arena, struct amp_json *js);

/* The table of peaks and of the typed persons' genotypes. */
void amp_dna_report_profiles(const struct amp_dna_report *report, struct amp_buf *out);

/* The plots of the page, each an <svg> with its title and description. */
void amp_dna_report_peaks(const struct amp_dna_report *report, struct amp_buf *out);
void amp_dna_report_pp(const struct amp_dna_report_side *side, struct amp_buf *out);
void amp_dna_report_bars(const struct amp_dna_report *report, struct amp_buf *out);
void amp_dna_report_histogram(const struct amp_noncontributor *of, struct amp_buf *out);
void amp_dna_report_drop_out(const struct amp_dna_report *report, struct amp_buf *out);

#endif
