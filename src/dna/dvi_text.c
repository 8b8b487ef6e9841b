/* A victim identification run as text for a terminal, and the warnings of every form. */
#include "dna/dvi_report.h"
#include "dna/numeric.h"

#include <math.h>
#include <stdio.h>

enum {
    LISTED = 15,      /* assignments */
    MATRIX_MOST = 12, /* missing persons in a matrix */
    WARNING = 400
};

static void warn(void (*each)(void *ctx, struct amp_str text), void *ctx, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void warn(void (*each)(void *ctx, struct amp_str text), void *ctx, const char *fmt, ...)
{
    char room[WARNING];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(room, sizeof(room), fmt, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof(room) ? (size_t)n : sizeof(room) - 1;
    each(ctx, (struct amp_str){room, len});
}

static void joint_warnings(const struct amp_dvi_joint *joint,
                           void (*each)(void *ctx, struct amp_str text), void *ctx)
{
    if (!joint->exact) {
        warn(each, ctx,
             "the joint analysis is too large for the exact sum: probabilities are from seeded "
             "draws, with standard errors");
    }
    if (joint->loss_bound > 0) {
        warn(each, ctx,
             "pairs of LR %.3g or less, or not kept, count as impossible in the joint analysis: "
             "that changes no probability by more than %.2g",
             joint->floor, joint->loss_bound);
    }
    if (isnan(joint->loss_bound)) {
        warn(each, ctx,
             "pairs were left out of the joint analysis in families of several missing (%zu "
             "families, LR below %.3g): what that changes is not bounded",
             joint->cut_n, joint->cut_lr);
    }
    if (!joint->best_proven) {
        warn(each, ctx, "the search for the best assignments was cut: there may be better ones");
    }
}

void amp_dvi_report_warnings(const struct amp_dvi_report *report,
                             void (*each)(void *ctx, struct amp_str text), void *ctx)
{
    const struct amp_dvi_notes *notes = &report->read->notes;
    for (size_t i = 0; i < notes->n; i++) {
        each(ctx, notes->note[i]);
    }
    if (notes->more) {
        warn(each, ctx, "and %zu more notes of this kind", notes->more);
    }
    for (size_t i = 0; i < report->merged->group_n; i++) {
        struct amp_str name = report->read->victim[report->merged->group[i].into].name;
        warn(each, ctx, "%zu samples count as one person under %.*s; identical twins look the same",
             report->merged->group[i].part_n + 1, (int)(name.len < 100 ? name.len : 100), name.ptr);
    }
    if (!report->pairs->dense) {
        warn(each, ctx, "of %zu comparisons those with LR of %.3g or more were kept: %zu",
             report->pairs->compared_n, report->settings->pair_limit, report->pairs->pair_n);
    }
    if (report->joint) {
        joint_warnings(report->joint, each, ctx);
    }
}

static void put_name(struct amp_buf *out, struct amp_str name, int width)
{
    amp_buf_printf(out, "%-*.*s", width, (int)name.len, name.ptr);
}

static void put_lr(struct amp_buf *out, double lr)
{
    if (isnan(lr)) {
        amp_buf_printf(out, " %12s", "-");
    } else {
        amp_buf_printf(out, " %12.6g", lr);
    }
}

static int name_width(const struct amp_dvi *dvi)
{
    size_t most = 7;
    for (size_t v = 0; v < dvi->victim_n; v++) {
        most = dvi->victim[v].name.len > most ? dvi->victim[v].name.len : most;
    }
    for (size_t m = 0; m < dvi->missing_n; m++) {
        most = dvi->missing[m].name.len > most ? dvi->missing[m].name.len : most;
    }
    return most < 40 ? (int)most + 1 : 41;
}

static void finding_put(const struct amp_dvi *dvi, const struct amp_dvi_finding *finding,
                        bool of_missing, struct amp_buf *out)
{
    amp_buf_printf(out, " %-16s", amp_dvi_conclusion_words(finding->conclusion));
    put_lr(out, finding->lr);
    put_lr(out, finding->glr);
    amp_buf_text(out, "  ");
    for (size_t i = 0; i < finding->other_n; i++) {
        uint32_t other = finding->other[i];
        amp_buf_text(out, i ? "/" : "");
        amp_buf_str(out, of_missing ? dvi->victim[other].name : dvi->missing[other].name);
    }
    if (finding->comment.len) {
        amp_buf_text(out, finding->other_n ? "  (" : "(");
        amp_buf_str(out, finding->comment);
        amp_buf_char(out, ')');
    }
    amp_buf_char(out, '\n');
}

static void findings_put(const struct amp_dvi_report *report, int width, struct amp_buf *out)
{
    const struct amp_dvi *dvi = report->dvi;
    amp_buf_printf(out, "\n%-*s %-16s %12s %12s\n", width, "missing", "conclusion", "LR", "GLR");
    for (size_t m = 0; m < dvi->missing_n; m++) {
        put_name(out, dvi->missing[m].name, width);
        finding_put(dvi, &report->solution->missing[m], true, out);
    }
    amp_buf_printf(out, "\n%-*s %-16s %12s %12s\n", width, "victim", "conclusion", "LR", "GLR");
    for (size_t v = 0; v < dvi->victim_n; v++) {
        put_name(out, dvi->victim[v].name, width);
        finding_put(dvi, &report->solution->victim[v], false, out);
    }
}

static void matrix_put(const struct amp_dvi_report *report, int width, struct amp_buf *out)
{
    const struct amp_dvi *dvi = report->dvi;
    if (!report->pairs->dense || dvi->missing_n > MATRIX_MOST) {
        return;
    }
    amp_buf_printf(out, "\n%-*s", width, "LR");
    for (size_t m = 0; m < dvi->missing_n; m++) {
        amp_buf_printf(out, " %12.*s", (int)dvi->missing[m].name.len, dvi->missing[m].name.ptr);
    }
    amp_buf_char(out, '\n');
    for (size_t v = 0; v < dvi->victim_n; v++) {
        put_name(out, dvi->victim[v].name, width);
        for (size_t m = 0; m < dvi->missing_n; m++) {
            double log = report->pairs->log_lr[v * dvi->missing_n + m];
            char room[64];
            struct amp_buf text = amp_buf_over(room, sizeof(room));
            amp_dvi_number(&text, log);
            if (isnan(log)) {
                amp_buf_printf(out, " %12s", "-");
            } else if (log > -700 && log < 700) {
                amp_buf_printf(out, " %12.6g", amp_exp(log));
            } else {
                amp_buf_printf(out, " %12s", amp_buf_cstr(&text));
            }
        }
        amp_buf_char(out, '\n');
    }
}

static void joint_put(const struct amp_dvi_report *report, int width, struct amp_buf *out)
{
    const struct amp_dvi_joint *joint = report->joint;
    const struct amp_dvi *dvi = report->dvi;
    size_t listed = joint->best_n < LISTED ? joint->best_n : LISTED;
    amp_buf_printf(out, "\nbest assignments, of 10^%.1f (victims matched; the others are *):\n",
                   joint->assignment_log10);
    amp_buf_printf(out, "%4s %18s %12s\n", "", "loglik", "posterior");
    for (size_t i = 0; i < listed; i++) {
        const struct amp_dvi_assignment *best = &joint->best[i];
        amp_buf_printf(out, "%4zu %18.9f %12.6g ", i + 1, best->loglik, best->posterior);
        for (size_t v = 0; v < dvi->victim_n; v++) {
            if (best->missing[v] != AMP_DVI_NONE) {
                struct amp_str victim = dvi->victim[v].name;
                struct amp_str missing = dvi->missing[best->missing[v]].name;
                amp_buf_printf(out, " %.*s=%.*s", (int)victim.len, victim.ptr, (int)missing.len,
                               missing.ptr);
            }
        }
        amp_buf_char(out, '\n');
    }
    amp_buf_printf(out, "\n%-*s posterior (prior flat over assignments)\n", width, "victim");
    for (size_t i = 0; i < joint->marginal_n; i++) {
        const struct amp_dvi_marginal *marginal = &joint->marginal[i];
        bool begins = i == 0 || joint->marginal[i - 1].victim != marginal->victim;
        if (begins) {
            amp_buf_text(out, i ? "\n" : "");
            put_name(out, dvi->victim[marginal->victim].name, width);
        }
        if (marginal->probability >= 1e-6 || marginal->missing == AMP_DVI_NONE) {
            struct amp_str name = amp_dvi_missing_name(dvi, marginal->missing);
            amp_buf_printf(out, " %.*s %.8g", (int)name.len, name.ptr, marginal->probability);
        }
    }
    amp_buf_char(out, '\n');
}

static void warning_put(void *ctx, struct amp_str text)
{
    struct amp_buf *out = ctx;
    amp_buf_text(out, "note: ");
    amp_buf_str(out, text);
    amp_buf_char(out, '\n');
}

void amp_dvi_report_text(const struct amp_dvi_report *report, struct amp_buf *out)
{
    const struct amp_dvi *read = report->read;
    int width = name_width(report->dvi);
    amp_buf_printf(out, "%zu victims, %zu missing of %zu families, %zu markers\n", read->victim_n,
                   read->missing_n, read->family_n, read->marker_n);
    amp_dvi_report_warnings(report, warning_put, out);
    matrix_put(report, width, out);
    findings_put(report, width, out);
    if (report->joint) {
        joint_put(report, width, out);
    }
}
