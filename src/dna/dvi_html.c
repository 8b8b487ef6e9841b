/* A victim identification run as a page that can be printed. */
#include "dna/dvi_report.h"
#include "dna/html.h"
#include "dna/numeric.h"

#include <math.h>
#include <stdio.h>

enum {
    COLUMNS_MOST = 20, /* missing persons in a matrix */
    ROWS_MOST = 2000,  /* lines of a table */
    LISTED = 20        /* assignments */
};

static void heading(struct amp_buf *out, const char *text)
{
    amp_buf_text(out, "<h2>");
    amp_html_text(out, text);
    amp_buf_text(out, "</h2>\n");
}

static void head_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    amp_html_page_open(out, "Victim identification", "Victim identification by DNA",
                       report->case_name);
    amp_buf_printf(out,
                   "<p class=\"soft\">%zu victims, %zu missing persons of %zu families, %zu "
                   "markers. Amparo ",
                   report->read->victim_n, report->read->missing_n, report->read->family_n,
                   report->read->marker_n);
    amp_html_text(out, report->version);
    amp_buf_text(out, ".</p>\n");
}

static void warning_put(void *ctx, struct amp_str text)
{
    struct amp_buf *out = ctx;
    amp_buf_text(out, "<li>");
    amp_html_str(out, text);
    amp_buf_text(out, "</li>\n");
}

static void count_one(void *ctx, struct amp_str text)
{
    (void)text;
    ++*(size_t *)ctx;
}

static void warnings_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    size_t n = 0;
    amp_dvi_report_warnings(report, count_one, &n);
    if (n == 0) {
        return;
    }
    amp_buf_text(out, "<section class=\"warn\" role=\"note\">\n<h2>To be known</h2>\n<ul>\n");
    amp_dvi_report_warnings(report, warning_put, out);
    amp_buf_text(out, "</ul>\n</section>\n");
}

static void lr_cell(struct amp_buf *out, double lr)
{
    amp_buf_text(out, "<td class=\"n\">");
    if (isnan(lr)) {
        amp_buf_text(out, "–");
    } else {
        amp_buf_printf(out, "%.4g", lr);
    }
    amp_buf_text(out, "</td>");
}

static void finding_put(const struct amp_dvi *dvi, const struct amp_dvi_finding *finding,
                        bool of_missing, struct amp_buf *out)
{
    amp_buf_text(out, "<td>");
    amp_html_text(out, amp_dvi_conclusion_words(finding->conclusion));
    amp_buf_text(out, "</td><td>");
    for (size_t i = 0; i < finding->other_n; i++) {
        uint32_t other = finding->other[i];
        amp_buf_text(out, i ? " / " : "");
        amp_html_str(out, of_missing ? dvi->victim[other].name : dvi->missing[other].name);
    }
    amp_buf_text(out, "</td>");
    lr_cell(out, finding->lr);
    lr_cell(out, finding->glr);
    amp_buf_text(out, "<td>");
    amp_html_str(out, finding->comment);
    amp_buf_text(out, "</td></tr>\n");
}

static void more_put(struct amp_buf *out, size_t n)
{
    if (n > ROWS_MOST) {
        amp_buf_printf(out, "<p class=\"soft\">And %zu more; all are in the JSON result.</p>\n",
                       n - ROWS_MOST);
    }
}

static void columns_of_findings(struct amp_buf *out, const char *other)
{
    amp_buf_printf(out,
                   "<th scope=\"col\">Conclusion</th><th scope=\"col\">%s</th>"
                   "<th scope=\"col\" class=\"n\">LR</th><th scope=\"col\" class=\"n\">GLR</th>"
                   "<th scope=\"col\">Reason</th></tr></thead>\n<tbody>\n",
                   other);
}

static void findings_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    const struct amp_dvi *dvi = report->dvi;
    heading(out, "Missing persons");
    amp_buf_text(out, "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Family</th>"
                      "<th scope=\"col\">Missing</th>");
    columns_of_findings(out, "Victim");
    for (size_t m = 0; m < dvi->missing_n && m < ROWS_MOST; m++) {
        amp_buf_text(out, "<tr><td>");
        amp_html_str(out, dvi->family[dvi->missing[m].family].name);
        amp_buf_text(out, "</td><th scope=\"row\">");
        amp_html_str(out, dvi->missing[m].name);
        amp_buf_text(out, "</th>");
        finding_put(dvi, &report->solution->missing[m], true, out);
    }
    amp_buf_text(out, "</tbody></table></div>\n");
    more_put(out, dvi->missing_n);
    heading(out, "Victims");
    amp_buf_text(out, "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Victim</th>");
    columns_of_findings(out, "Missing");
    for (size_t v = 0; v < dvi->victim_n && v < ROWS_MOST; v++) {
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, dvi->victim[v].name);
        amp_buf_text(out, "</th>");
        finding_put(dvi, &report->solution->victim[v], false, out);
    }
    amp_buf_text(out, "</tbody></table></div>\n");
    more_put(out, dvi->victim_n);
}

static void merged_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    if (report->merged->group_n == 0) {
        return;
    }
    heading(out, "Samples put together");
    amp_buf_text(out, "<p>These samples have profiles of one person, or of identical twins. They "
                      "were compared as one.</p>\n<div class=\"wide\"><table>\n<thead><tr>"
                      "<th scope=\"col\">Under</th><th scope=\"col\">Also</th><th scope=\"col\" "
                      "class=\"n\">log<sub>10</sub> LR at least</th><th scope=\"col\" class=\"n\">"
                      "Markers with a lost allele</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->merged->group_n && i < ROWS_MOST; i++) {
        const struct amp_dvi_group *group = &report->merged->group[i];
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, report->read->victim[group->into].name);
        amp_buf_text(out, "</th><td>");
        for (size_t k = 0; k < group->part_n; k++) {
            amp_buf_text(out, k ? ", " : "");
            amp_html_str(out, report->read->victim[group->part[k]].name);
        }
        amp_buf_text(out, "</td>");
        amp_html_cell(out, group->log_lr / 2.302585092994045684, 1);
        amp_buf_printf(out, "<td class=\"n\">%u</td></tr>\n", group->lost_n);
    }
    amp_buf_text(out, "</tbody></table></div>\n");
}

static void columns_put(const struct amp_dvi *dvi, bool none, struct amp_buf *out)
{
    amp_buf_text(out, "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Victim</th>");
    for (size_t m = 0; m < dvi->missing_n; m++) {
        amp_buf_text(out, "<th scope=\"col\" class=\"n\">");
        amp_html_str(out, dvi->missing[m].name);
        amp_buf_text(out, "</th>");
    }
    amp_buf_text(out, none ? "<th scope=\"col\" class=\"n\">nobody</th></tr></thead>\n<tbody>\n"
                           : "</tr></thead>\n<tbody>\n");
}

static void pairwise_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    const struct amp_dvi *dvi = report->dvi;
    const struct amp_dvi_pairs *pairs = report->pairs;
    if (!pairs->dense || dvi->missing_n > COLUMNS_MOST) {
        return;
    }
    heading(out, "Pairwise likelihood ratios");
    amp_buf_text(out, "<p>The victim is the missing person, against: the victim is unrelated to "
                      "the family. In brackets the markers that are impossible without "
                      "mutation.</p>\n");
    columns_put(dvi, false, out);
    for (size_t v = 0; v < dvi->victim_n && v < ROWS_MOST; v++) {
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, dvi->victim[v].name);
        amp_buf_text(out, "</th>");
        for (size_t m = 0; m < dvi->missing_n; m++) {
            double log = pairs->log_lr[v * dvi->missing_n + m];
            if (isnan(log)) {
                amp_buf_text(out, "<td class=\"n\">sex</td>");
                continue;
            }
            amp_buf_printf(out, "<td class=\"n\">%.4g (%u)</td>", amp_exp(log),
                           pairs->inconsistent[v * dvi->missing_n + m]);
        }
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
    more_put(out, dvi->victim_n);
}

static void probability_cell(struct amp_buf *out, double p)
{
    amp_buf_printf(out, "<td class=\"n\" style=\"background:rgba(31,111,139,%.3f)\">",
                   p < 0 ? 0.0 : 0.6 * p);
    if (p > 0 && p < 5e-5) {
        amp_buf_printf(out, "%.1e</td>", p);
    } else if (p > 0.99995 && p < 1) { /* never a rounded certainty */
        amp_buf_text(out, "&gt; 0.9999</td>");
    } else {
        amp_buf_printf(out, "%.4f</td>", p);
    }
}

static void marginals_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    const struct amp_dvi_joint *joint = report->joint;
    const struct amp_dvi *dvi = report->dvi;
    if (dvi->missing_n > COLUMNS_MOST) {
        return;
    }
    heading(out, "Posterior probabilities");
    amp_buf_text(out, "<p>Of each victim over the missing persons, all victims and families "
                      "together. The prior is flat: before the DNA every assignment that agrees "
                      "with the sexes is taken to be equally probable");
    if (report->settings->match_odds > 1 || report->settings->match_odds < 1) {
        amp_buf_printf(out, ", times %.4g for each victim matched", report->settings->match_odds);
    }
    amp_buf_text(out, ". Other evidence may change it.</p>\n");
    columns_put(dvi, true, out);
    size_t at = 0;
    for (uint32_t v = 0; v < dvi->victim_n && v < ROWS_MOST; v++) {
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, dvi->victim[v].name);
        amp_buf_text(out, "</th>");
        for (uint32_t m = 0; m <= dvi->missing_n; m++) {
            uint32_t which = m < dvi->missing_n ? m : AMP_DVI_NONE;
            bool there = at < joint->marginal_n && joint->marginal[at].victim == v &&
                         joint->marginal[at].missing == which;
            probability_cell(out, there ? joint->marginal[at].probability : 0);
            at += there;
        }
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
    more_put(out, dvi->victim_n);
}

static void joint_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    const struct amp_dvi_joint *joint = report->joint;
    const struct amp_dvi *dvi = report->dvi;
    heading(out, "Best assignments");
    amp_buf_printf(out,
                   "<p>Of 10<sup>%.1f</sup> assignments. Victims that are not named are matched "
                   "with nobody.</p>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\" "
                   "class=\"n\">Log-likelihood</th><th scope=\"col\" class=\"n\">Times less likely "
                   "than the best</th><th scope=\"col\" class=\"n\">Posterior</th>"
                   "<th scope=\"col\">Assignment</th></tr></thead>\n<tbody>\n",
                   joint->assignment_log10);
    for (size_t i = 0; i < joint->best_n && i < LISTED; i++) {
        const struct amp_dvi_assignment *best = &joint->best[i];
        amp_buf_printf(out, "<tr><td class=\"n\">%.6f</td><td class=\"n\">%.4g</td>", best->loglik,
                       amp_exp(joint->best[0].loglik - best->loglik));
        probability_cell(out, best->posterior);
        amp_buf_text(out, "<td>");
        for (size_t v = 0; v < dvi->victim_n; v++) {
            if (best->missing[v] != AMP_DVI_NONE) {
                amp_html_str(out, dvi->victim[v].name);
                amp_buf_text(out, " = ");
                amp_html_str(out, dvi->missing[best->missing[v]].name);
                amp_buf_text(out, "; ");
            }
        }
        amp_buf_text(out, "</td></tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
}

static void method_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    static const char *const mutations[] = {"as given a marker", "none",
                                            "only in families that are impossible without"};
    const struct amp_dvi_settings *settings = report->settings;
    heading(out, "Method");
    amp_buf_text(out, "<table>\n");
    amp_html_row_num(out, "LR of an undisputed match", settings->threshold, 0);
    amp_html_row_num(out, "Inconsistent markers at most", settings->max_inconsistent, 0);
    amp_html_row(out, "Mutation", amp_str_of(mutations[settings->mutations]));
    amp_html_row_num(out, "Theta", report->theta, 3);
    amp_html_row_num(out, "Drop-out of the victims' alleles", report->drop_out, 4);
    amp_html_row(out, "Sexes",
                 settings->ignore_sex ? AMP_STR("not compared")
                                      : AMP_STR("must agree where known"));
    if (report->joint) {
        amp_html_row(out, "Joint analysis",
                     report->joint->exact ? AMP_STR("exact sum over all assignments")
                                          : AMP_STR("seeded importance sampling in part"));
    }
    amp_html_row(out, "Command", report->command);
    amp_buf_text(out, "</table>\n");
    heading(out, "Files");
    amp_buf_text(out, "<table>\n");
    for (size_t i = 0; i < report->file_n; i++) {
        char hash[65];
        for (size_t k = 0; k < 32; k++) {
            (void)snprintf(hash + 2 * k, 3, "%02x", report->file[i].sha256[k]);
        }
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, report->file[i].name);
        amp_buf_text(out, "</th><td><code>SHA-256 ");
        amp_html_text(out, hash);
        amp_buf_text(out, "</code></td></tr>\n");
    }
    amp_buf_text(out, "</table>\n");
}

static void sign_put(const struct amp_dvi_report *report, struct amp_buf *out)
{
    heading(out, "Signatures");
    amp_buf_text(out, "<table class=\"sign\"><tr><td>Analyst: ");
    amp_html_str(out, report->analyst);
    amp_buf_text(out, "</td><td>Reviewer: ");
    amp_html_str(out, report->reviewer);
    amp_buf_text(out, "</td></tr></table>\n<p class=\"soft\">This compares the found with the "
                      "families that gave their profiles, and nothing else. A likelihood ratio "
                      "compares two propositions; an identification also rests on the other "
                      "findings.</p>\n");
    amp_html_page_close(out);
}

void amp_dvi_report_html(const struct amp_dvi_report *report, struct amp_buf *out)
{
    head_put(report, out);
    warnings_put(report, out);
    findings_put(report, out);
    merged_put(report, out);
    if (report->joint) {
        marginals_put(report, out);
        joint_put(report, out);
    }
    pairwise_put(report, out);
    method_put(report, out);
    sign_put(report, out);
}
