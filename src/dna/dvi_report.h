/*
 * What a run of `amparo dna dvi` found, as JSON, as text and as a page that can be printed.
 *
 * Pure: the same report gives the same bytes. The page is self-contained HTML without script; all
 * that comes from files is escaped. What it holds follows the ISFG's recommendations on disaster
 * victim identification (Prinz et al. 2007): who was compared with whom, by what model, the
 * conclusions with their reasons, what could not be told apart, and what is needed to repeat it.
 */
#ifndef AMP_DNA_DVI_REPORT_H
#define AMP_DNA_DVI_REPORT_H

#include "base/json.h"
#include "dna/dvi.h"

enum {
    AMP_DVI_REPORT_FILES = 3
};

struct amp_dvi_report {
    const char *version;                         /* of Amparo */
    struct amp_str command;                      /* repeats this run */
    struct amp_str case_name, analyst, reviewer; /* as given; empty else */
    struct {
        struct amp_str name;
        uint8_t sha256[32];
    } file[AMP_DVI_REPORT_FILES];
    size_t file_n;
    const struct amp_dvi *read; /* the problem as it was read */
    const struct amp_dvi *dvi;  /* with samples of one person put together */
    const struct amp_dvi_merged *merged;
    const struct amp_dvi_settings *settings;
    double drop_out, theta;
    const struct amp_dvi_pairs *pairs;
    const struct amp_dvi_solution *solution;
    const struct amp_dvi_joint *joint; /* NULL when it was not asked for */
};

void amp_dvi_report_json(const struct amp_dvi_report *report, struct amp_buf *out);
void amp_dvi_report_text(const struct amp_dvi_report *report, struct amp_buf *out);
void amp_dvi_report_html(const struct amp_dvi_report *report, struct amp_buf *out);

/* Shared by the three. */
struct amp_str amp_dvi_missing_name(const struct amp_dvi *dvi, uint32_t missing); /* "*" for none */
/* exp(log) with 12 digits, whatever its size: "924.881635204", "1.2e-400". */
void amp_dvi_number(struct amp_buf *out, double log);
/* What was read but not typed: sentences that a reader must know, in order. */
void amp_dvi_report_warnings(const struct amp_dvi_report *report,
                             void (*each)(void *ctx, struct amp_str text), void *ctx);

#endif
