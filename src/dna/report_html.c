/* The report as a page: its sections in the order in which a reader asks. */
#include "dna/html.h"
#include "dna/report.h"

#include "base/crypto.h"
#include <math.h>

enum {
    GENOTYPES_SHOWN = 3 /* most probable ones of a person at a marker */
};

static void heading(struct amp_buf *out, const char *text)
{
    amp_buf_text(out, "<h2>");
    amp_html_text(out, text);
    amp_buf_text(out, "</h2>\n");
}

static struct amp_str item_names(const struct amp_dna_report *report, struct amp_arena *arena)
{
    struct amp_str text = AMP_STR("");
    for (size_t i = 0; i < report->input->replicate_n; i++) {
        struct amp_str name = report->input->replicate[i]->name;
        text = amp_arena_printf(arena, "%.*s%s%.*s", (int)text.len, text.ptr, i > 0 ? ", " : "",
                                (int)name.len, name.ptr);
    }
    return text;
}

static void head_put(const struct amp_dna_report *report, struct amp_arena *arena,
                     struct amp_buf *out)
{
    struct amp_str items = item_names(report, arena);
    amp_html_page_open(out, "DNA report", "Evaluation of a DNA profile", items);
    amp_buf_text(out, "<p class=\"soft\">");
    if (report->case_name.len > 0) {
        amp_buf_text(out, "Case ");
        amp_html_str(out, report->case_name);
        amp_buf_text(out, ". ");
    }
    amp_buf_text(out, report->hp.fit ? "Continuous model (peak heights)."
                                     : "Qualitative model (alleles seen or not seen).");
    amp_buf_text(out, " Amparo ");
    amp_html_text(out, report->version);
    amp_buf_text(out, ".</p>\n");
}

static void result_put(const struct amp_dna_report *report, struct amp_arena *arena,
                       struct amp_buf *out)
{
    const struct amp_lr *lr = report->lr;
    struct amp_lr_words words = amp_lr_words(report->scale, lr->log10_lr);
    amp_buf_text(out, "<section class=\"result\" aria-label=\"Result\">\n"
                      "<strong class=\"big\">LR = ");
    amp_html_power(out, lr->log10_lr);
    amp_buf_text(out, " (log<sub>10</sub> LR ");
    amp_html_num(out, lr->log10_lr, 2);
    amp_buf_text(out, ")</strong>\n<p>");
    amp_html_str(out, amp_lr_sentence(report->scale, lr->log10_lr, report->hp.clause,
                                      report->hd.clause, arena));
    amp_buf_text(out, "</p>\n<p class=\"soft\">Verbal scale: ");
    amp_html_text(out, words.scale);
    amp_buf_text(out, ". Upper bound of log<sub>10</sub> LR for this person: ");
    amp_html_num(out, lr->log10_upper, 2);
    amp_buf_text(out, ". The LR compares how well two propositions explain the findings; it does "
                      "not say how probable either proposition is. It is about the source of the "
                      "DNA (sub-source level), not about an activity or an offence.</p>\n");
    amp_buf_text(out, "</section>\n");
}

static void warnings_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    if (report->warning_n == 0) {
        amp_buf_text(out, "<section class=\"result fine\"><p>No warnings");
        amp_buf_text(out, report->limits.given ? "; within the laboratory's validated range.</p>"
                                               : ". No validated range of the laboratory was "
                                                 "given.</p>");
        amp_buf_text(out, "</section>\n");
        return;
    }
    amp_buf_text(out, "<section class=\"warn\" role=\"note\">\n<h2>Warnings</h2>\n<ul>\n");
    for (size_t i = 0; i < report->warning_n; i++) {
        amp_buf_text(out, "<li>");
        amp_html_str(out, report->warning[i]);
        amp_buf_text(out, "</li>\n");
    }
    amp_buf_text(out, "</ul>\n</section>\n");
}

static void names_put(struct amp_buf *out, const struct amp_str *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        amp_buf_text(out, i > 0 ? ", " : "");
        amp_html_str(out, name[i]);
    }
    amp_buf_text(out, n == 0 ? "none" : "");
}

static void proposition_put(const struct amp_dna_report_side *side, struct amp_buf *out)
{
    const struct amp_mix_hypothesis *h = side->hypothesis;
    amp_buf_text(out, "<tr><th scope=\"row\">");
    amp_html_text(out, side->name);
    amp_buf_text(out, "</th><td>");
    amp_html_str(out, side->clause);
    amp_buf_printf(out, "</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td>",
                   h->contributor_n, h->contributor_n - h->known_n);
    names_put(out, h->known, h->known_n);
    amp_buf_text(out, "</td><td>");
    names_put(out, h->typed, h->typed_n);
    amp_buf_text(out, "</td></tr>\n");
}

static void propositions_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    heading(out, "Propositions");
    amp_buf_text(
        out, "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Side</th>"
             "<th scope=\"col\">Proposition</th><th scope=\"col\" class=\"n\">Persons</th>"
             "<th scope=\"col\" class=\"n\">Unknown</th><th scope=\"col\">Known</th>"
             "<th scope=\"col\">Typed, not in the mixture</th></tr></thead>\n<tbody>\n");
    proposition_put(&report->hp, out);
    proposition_put(&report->hd, out);
    amp_buf_text(out, "</tbody></table></div>\n<p>Person of interest: ");
    amp_html_str(out, report->person);
    amp_buf_text(out, ". Unknown persons are taken to be unrelated to the typed ones and to each "
                      "other unless a relation is named.</p>\n");
}

static void trials_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    heading(out, "Number of contributors");
    amp_buf_printf(
        out, "<p>%zu contributors were assumed. Reason: ", report->hp.hypothesis->contributor_n);
    amp_html_str(out, report->reason.len > 0 ? report->reason : AMP_STR("not stated"));
    amp_buf_text(out, ".</p>\n");
    if (report->trial_n == 0) {
        amp_buf_text(out, "<p>Sensitivity to this number was not computed (--sensitivity).</p>\n");
        return;
    }
    amp_buf_text(out, "<div class=\"wide\" tabindex=\"0\"><table><caption>Sensitivity; the lowest "
                      "AIC is the best trade of fit and "
                      "parameters</caption>\n<thead><tr><th scope=\"col\">Contributors</th>"
                      "<th scope=\"col\" class=\"n\">log10 LR</th>"
                      "<th scope=\"col\" class=\"n\">ln L, Hp</th>"
                      "<th scope=\"col\" class=\"n\">ln L, Hd</th>"
                      "<th scope=\"col\" class=\"n\">AIC, Hp</th>"
                      "<th scope=\"col\" class=\"n\">AIC, Hd</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->trial_n; i++) {
        const struct amp_lr_trial *trial = &report->trial[i];
        amp_buf_printf(out, "<tr><th scope=\"row\">%zu%s</th>", trial->contributor_n,
                       (int)i == report->trial_best ? " (best AIC under Hd)" : "");
        amp_html_cell(out, trial->log10_lr, 3);
        amp_html_cell(out, trial->hp.parameter_n > 0 ? trial->hp.loglik : NAN, 3);
        amp_html_cell(out, trial->hd.parameter_n > 0 ? trial->hd.loglik : NAN, 3);
        amp_html_cell(out, trial->hp_aic, 2);
        amp_html_cell(out, trial->hd_aic, 2);
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
}

static void markers_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    const struct amp_lr *lr = report->lr;
    heading(out, "Likelihood ratio by marker");
    amp_buf_text(out,
                 "<div class=\"pair lead\"><div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>"
                 "<th scope=\"col\">Marker</th>"
                 "<th scope=\"col\" class=\"n\">log10 LR</th>"
                 "<th scope=\"col\" class=\"n\">ln L, Hp</th>"
                 "<th scope=\"col\" class=\"n\">ln L, Hd</th>"
                 "<th scope=\"col\" class=\"n\">Bound</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < lr->marker_n; i++) {
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, lr->marker[i].name);
        amp_buf_text(out, "</th>");
        amp_html_cell(out, lr->marker[i].log10_lr, 3);
        amp_html_cell(out, lr->marker[i].hp_loglik, 4);
        amp_html_cell(out, lr->marker[i].hd_loglik, 4);
        amp_html_cell(out, lr->marker[i].log10_upper, 3);
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody>\n<tfoot><tr><th scope=\"row\">All</th>");
    amp_html_cell(out, lr->log10_lr, 3);
    amp_html_cell(out, report->hp.fit ? report->hp.fit->loglik : report->hp.qualitative->loglik, 4);
    amp_html_cell(out, report->hd.fit ? report->hd.fit->loglik : report->hd.qualitative->loglik, 4);
    amp_html_cell(out, lr->log10_upper, 3);
    amp_buf_text(out, "</tr></tfoot></table></div><div class=\"bars\">\n");
    amp_dna_report_bars(report, out);
    amp_buf_text(out, "</div></div>\n");
}

static struct amp_str contributor_name(const struct amp_mix_hypothesis *h, size_t k,
                                       struct amp_arena *arena)
{
    if (k < h->known_n) {
        return h->known[k];
    }
    bool related = h->relation != AMP_MIX_UNRELATED && k + 1 == h->contributor_n;
    return amp_arena_printf(arena, "Unknown %zu%s", k - h->known_n + 1,
                            related ? " (the relative)" : "");
}

static void key_put(const struct amp_dna_report_side *side, struct amp_arena *arena,
                    struct amp_buf *out)
{
    amp_buf_text(out, "<p class=\"key\">Expected under ");
    amp_html_text(out, side->name);
    amp_buf_text(out, ":");
    for (size_t k = 0; k < side->hypothesis->contributor_n; k++) {
        amp_buf_printf(out, "<span class=\"c%zu\"></span>", k % 8);
        amp_html_str(out, contributor_name(side->hypothesis, k, arena));
    }
    amp_buf_text(out, ". Outlined peaks: seen. Dashed: analytical threshold.</p>\n");
}

static void peaks_put(const struct amp_dna_report *report, struct amp_arena *arena,
                      struct amp_buf *out)
{
    if (!report->hp.fit) {
        return;
    }
    heading(out, "Peaks and what the model expects");
    if (report->hp.mix->marker_n > AMP_DNA_REPORT_DRAWN) {
        amp_buf_printf(out, "<p>The first %d of %zu markers are drawn.</p>\n", AMP_DNA_REPORT_DRAWN,
                       report->hp.mix->marker_n);
    }
    if (report->hp.expected) {
        key_put(&report->hp, arena, out);
    }
    amp_dna_report_peaks(report, out);
}

static void parameter_put(const char *name, double hp, double hp_se, double hd, double hd_se,
                          struct amp_buf *out)
{
    const int decimals = hp >= 100 || hd >= 100 ? 1 : 4;
    amp_buf_text(out, "<tr><th scope=\"row\">");
    amp_html_text(out, name);
    amp_buf_text(out, "</th>");
    amp_html_cell(out, hp, decimals);
    amp_html_cell(out, hp_se, decimals);
    amp_html_cell(out, hd, decimals);
    amp_html_cell(out, hd_se, decimals);
    amp_buf_text(out, "</tr>\n");
}

static void shares_put(const struct amp_dna_report *report, struct amp_arena *arena,
                       struct amp_buf *out)
{
    const struct amp_mix_fit *hp = report->hp.fit;
    const struct amp_mix_fit *hd = report->hd.fit;
    for (size_t k = 0; k < report->hp.hypothesis->contributor_n; k++) {
        struct amp_str a = contributor_name(report->hp.hypothesis, k, arena);
        struct amp_str b = contributor_name(report->hd.hypothesis, k, arena);
        struct amp_str name = amp_arena_printf(arena, "Proportion: %.*s under Hp, %.*s under Hd",
                                               (int)a.len, a.ptr, (int)b.len, b.ptr);
        const char *text = amp_arena_text(arena, name);
        parameter_put(text, hp->at.share[k], hp->se.share[k], hd->at.share[k], hd->se.share[k],
                      out);
    }
}

static void parameters_put(const struct amp_dna_report *report, struct amp_arena *arena,
                           struct amp_buf *out)
{
    const struct amp_mix_fit *hp = report->hp.fit;
    const struct amp_mix_fit *hd = report->hd.fit;
    heading(out, "Parameters at the maximum");
    amp_buf_text(
        out,
        "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Parameter</th>"
        "<th scope=\"col\" class=\"n\">Hp</th>"
        "<th scope=\"col\" class=\"n\">SE</th>"
        "<th scope=\"col\" class=\"n\">Hd</th>"
        "<th scope=\"col\" class=\"n\">SE</th></tr></thead>\n<tbody>\n");
    shares_put(report, arena, out);
    parameter_put("Expected peak height (mu)", hp->at.mu, hp->se.mu, hd->at.mu, hd->se.mu, out);
    parameter_put("Variability (omega)", hp->at.omega, hp->se.omega, hd->at.omega, hd->se.omega,
                  out);
    if (report->hp.mix->degradation) {
        parameter_put("Degradation slope (beta)", hp->at.beta, hp->se.beta, hd->at.beta,
                      hd->se.beta, out);
    }
    if (report->hp.mix->back) {
        parameter_put("Back stutter (xi back)", hp->at.xi_back, hp->se.xi_back, hd->at.xi_back,
                      hd->se.xi_back, out);
    }
    if (report->hp.mix->forward) {
        parameter_put("Forward stutter (xi forward)", hp->at.xi_forward, hp->se.xi_forward,
                      hd->at.xi_forward, hd->se.xi_forward, out);
    }
    amp_buf_text(out, "</tbody></table></div>\n<table>\n");
    amp_html_row_num(out, "ln likelihood, Hp", hp->loglik, 6);
    amp_html_row_num(out, "ln likelihood, Hd", hd->loglik, 6);
    amp_html_row_num(out, "ln marginal likelihood by Laplace, Hp", hp->laplace, 4);
    amp_html_row_num(out, "ln marginal likelihood by Laplace, Hd", hd->laplace, 4);
    amp_html_row(out, "Starts that reached the maximum",
                 amp_arena_printf(arena, "Hp %d of %d, Hd %d of %d", hp->converged_n, hp->start_n,
                                  hd->converged_n, hd->start_n));
    amp_buf_text(out, "</table>\n<p class=\"soft\">A dash in place of a standard error: the "
                      "parameter is at the border of its domain, or is what the others leave."
                      "</p>\n");
}

static void drop_out_put(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    const struct amp_dna_report_side *side[2] = {&report->hp, &report->hd};
    heading(out, "Drop-out");
    amp_buf_text(out, "<table>\n");
    for (size_t s = 0; s < 2; s++) {
        const struct amp_qual_fit *fit = side[s]->qualitative;
        for (size_t k = 0; k < side[s]->hypothesis->contributor_n; k++) {
            struct amp_str who = contributor_name(side[s]->hypothesis, k, arena);
            struct amp_str head =
                amp_arena_printf(arena, "%s: %.*s", side[s]->name, (int)who.len, who.ptr);
            amp_html_row_num(out, amp_arena_text(arena, head), fit->drop_out[k], 4);
        }
        amp_html_row(out, side[s]->name,
                     amp_arena_printf(arena,
                                      "drop-out distribution: 5 %% %.4f, median %.4f, 95 %% %.4f",
                                      fit->low, fit->median, fit->high));
    }
    amp_buf_text(out, "</table>\n");
    if (report->curve.n > 0) {
        amp_dna_report_drop_out(report, out);
    }
}

static void pp_side_put(const struct amp_dna_report_side *side, struct amp_buf *out)
{
    amp_buf_text(out, "<div><h3>");
    amp_html_text(out, side->name);
    amp_buf_printf(out, ": %zu of %zu peaks flagged</h3>\n", side->pp->flagged_n, side->pp->peak_n);
    amp_dna_report_pp(side, out);
    for (size_t i = 0; i < side->pp->peak_n; i++) {
        const struct amp_pp_peak *peak = &side->pp->peak[i];
        if (peak->flagged) {
            const struct amp_mix_marker *marker = &side->mix->marker[peak->marker];
            amp_buf_text(out, "<p>");
            amp_html_str(out, marker->name);
            amp_buf_text(out, " allele ");
            amp_html_str(out, marker->allele[peak->allele].name);
            amp_buf_printf(out, ", height %.0f, cumulative probability %.5f</p>\n", peak->height,
                           peak->probability);
        }
    }
    amp_buf_text(out, "</div>\n");
}

static void diagnostics_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    if (!report->hp.pp || !report->hd.pp) {
        return;
    }
    heading(out, "Does the model describe the peaks?");
    amp_buf_text(out, "<div class=\"pair\">\n");
    pp_side_put(&report->hp, out);
    pp_side_put(&report->hd, out);
    amp_buf_text(out, "</div>\n");
}

static void mcmc_put(const struct amp_mcmc_lr *mcmc, struct amp_buf *out)
{
    heading(out, "Conservative likelihood ratio (MCMC)");
    amp_buf_text(out, "<table>\n");
    amp_html_row_num(out, "log10 LR, 5 % quantile of the draws", mcmc->log10_conservative, 3);
    amp_html_row_num(out, "95 % interval of that quantile, from", mcmc->ci_low, 3);
    amp_html_row_num(out, "to", mcmc->ci_high, 3);
    amp_html_row_num(out, "Median of the draws", mcmc->log10_median, 3);
    amp_html_row_num(out, "log10 Bayes factor", mcmc->log10_bayes_factor, 3);
    amp_buf_printf(out, "<tr><th scope=\"row\">Draws, seed</th><td>%zu, %llu</td></tr>\n",
                   mcmc->sample_n, (unsigned long long)mcmc->seed);
    amp_html_row_num(out, "Acceptance, Hp", mcmc->hp.acceptance, 3);
    amp_html_row_num(out, "Acceptance, Hd", mcmc->hd.acceptance, 3);
    amp_html_row_num(out, "Effective draws, Hp", mcmc->hp.effective_n, 0);
    amp_html_row_num(out, "Effective draws, Hd", mcmc->hd.effective_n, 0);
    amp_buf_text(out, "</table>\n");
}

static void integral_put(const struct amp_integral_lr *integral, struct amp_buf *out)
{
    heading(out, "Bayes factor by integration");
    amp_buf_text(out, "<table>\n");
    amp_html_row_num(out, "log10 Bayes factor", integral->log10_bayes_factor, 4);
    amp_html_row_num(out, "95 % interval of the numerical error, from", integral->low, 4);
    amp_html_row_num(out, "to", integral->high, 4);
    amp_html_row_num(out, "ln marginal likelihood, Hp", integral->hp.ln_marginal, 4);
    amp_html_row_num(out, "ln marginal likelihood, Hd", integral->hd.ln_marginal, 4);
    amp_buf_text(out, "</table>\n");
    if (!integral->hp.reached || !integral->hd.reached) {
        amp_buf_text(out, "<p>The tolerance asked for was not reached.</p>\n");
    }
}

static void noncontributors_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    const struct amp_noncontributor *of = report->noncontributor;
    heading(out, "Non-contributors");
    amp_buf_printf(
        out, "<p>The person of interest replaced by %zu random persons (seed %llu), %s.</p>\n",
        of->draw_n, (unsigned long long)of->seed,
        of->way == AMP_NONCONTRIBUTOR_REFIT ? "the parameters fitted again for each"
                                            : "at the parameters of the maximum");
    amp_dna_report_histogram(of, out);
    amp_buf_text(out, "<table>\n");
    amp_html_row_num(out, "Share with log10 LR above 0", of->rate_above_0, 5);
    amp_html_row_num(out, "Share with log10 LR above 1", of->rate_above_1, 5);
    amp_html_row_num(out, "Share above the person of interest", of->rate_above_observed, 5);
    amp_html_row_num(out, "Median log10 LR", of->quantile[0], 3);
    amp_html_row_num(out, "95 %", of->quantile[1], 3);
    amp_html_row_num(out, "99 %", of->quantile[2], 3);
    amp_html_row_num(out, "Largest", of->quantile[3], 3);
    if (report->exact) {
        amp_html_row_num(out, "Mean LR at fixed parameters, exact", report->exact->mean_lr, 6);
        amp_html_row_num(out, "P(LR = 0) at fixed parameters, exact", report->exact->impossible, 6);
    }
    amp_buf_text(out, "</table>\n");
}

static void genotypes_put(const struct amp_dna_report_side *side, size_t m, size_t k,
                          struct amp_arena *arena, struct amp_buf *out)
{
    const struct amp_deconvolve_person *person = &side->deconvolved->marker[m].person[k];
    amp_buf_text(out, "<td>");
    if (!person->unknown) {
        amp_buf_text(out, "known");
    }
    for (size_t i = 0; person->unknown && i < person->row_n && i < GENOTYPES_SHOWN; i++) {
        amp_buf_text(out, i > 0 ? "<br>" : "");
        amp_html_str(out, amp_genotype_text(&side->mix->marker[m], person->row[i].genotype, arena));
        amp_buf_printf(out, "&nbsp;&nbsp;%.4f", person->row[i].probability);
    }
    amp_buf_text(out, "</td>");
}

static void deconvolution_put(const struct amp_dna_report_side *side, struct amp_arena *arena,
                              struct amp_buf *out)
{
    const struct amp_mix_hypothesis *h = side->hypothesis;
    if (!side->deconvolved || h->known_n == h->contributor_n) {
        return;
    }
    amp_buf_text(out, "<h3>Under ");
    amp_html_text(out, side->name);
    amp_buf_text(
        out,
        "</h3>\n<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Marker"
        "</th>");
    for (size_t k = h->known_n; k < h->contributor_n; k++) {
        amp_buf_text(out, "<th scope=\"col\">");
        amp_html_str(out, contributor_name(h, k, arena));
        amp_buf_text(out, "</th>");
    }
    amp_buf_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t m = 0; m < side->deconvolved->marker_n; m++) {
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_str(out, side->deconvolved->marker[m].name);
        amp_buf_text(out, "</th>");
        for (size_t k = h->known_n; k < h->contributor_n; k++) {
            genotypes_put(side, m, k, arena, out);
        }
        amp_buf_text(out, "</tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
}

static void deconvolutions_put(const struct amp_dna_report *report, struct amp_arena *arena,
                               struct amp_buf *out)
{
    if (!report->hp.deconvolved && !report->hd.deconvolved) {
        return;
    }
    heading(out, "Genotypes of the unknown contributors");
    amp_buf_text(out, "<p>The most probable genotypes given the findings, the proposition and the "
                      "parameters at its maximum, with their posterior probabilities. The rest "
                      "allele stands for all that were not seen.</p>\n");
    deconvolution_put(&report->hp, arena, out);
    deconvolution_put(&report->hd, arena, out);
}

static void rule_put(const char *name, const struct amp_mix_rule *rule, struct amp_arena *arena,
                     struct amp_buf *out)
{
    struct amp_str text = amp_arena_printf(arena, "%g", rule->value);
    for (size_t i = 0; i < rule->dye_n; i++) {
        text =
            amp_arena_printf(arena, "%.*s; %.*s %g", (int)text.len, text.ptr,
                             (int)rule->dye[i].dye.len, rule->dye[i].dye.ptr, rule->dye[i].value);
    }
    for (size_t i = 0; i < rule->marker_n; i++) {
        text =
            amp_arena_printf(arena, "%.*s; %.*s %g", (int)text.len, text.ptr,
                             (int)rule->marker[i].len, rule->marker[i].ptr, rule->marker_value[i]);
    }
    amp_html_row(out, name, text);
}

static void settings_put(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    const struct amp_mix_settings *s = report->settings;
    heading(out, "Settings");
    amp_buf_text(out, "<table>\n");
    amp_html_row(out, "Kit", s->kit ? s->kit->name : AMP_STR("none"));
    rule_put("Analytical threshold", &s->threshold, arena, out);
    rule_put("Drop-in probability", &s->drop_in, arena, out);
    rule_put("Drop-in height rate (lambda)", &s->drop_in_lambda, arena, out);
    rule_put("Theta (coancestry)", &s->theta, arena, out);
    amp_html_row(out, "Degradation", s->degradation ? AMP_STR("yes") : AMP_STR("no"));
    amp_html_row(out, "Back stutter", s->back ? AMP_STR("yes") : AMP_STR("no"));
    amp_html_row(out, "Forward stutter", s->forward ? AMP_STR("yes") : AMP_STR("no"));
    amp_html_row(out, "Frequency of alleles not listed",
                 s->min_freq > 0 ? amp_arena_printf(arena, "%g", s->min_freq)
                                 : amp_arena_printf(arena, "%g (the table's smallest)",
                                                    report->input->freqs->min_freq));
    amp_html_row(out, "Convention",
                 s->convention == AMP_MIX_EFM ? AMP_STR("EuroForMix: unseen alleles as one")
                                              : AMP_STR("DNAmixtures: all alleles of the table"));
    amp_buf_text(out, "</table>\n");
}

/* What the readers of the files said, then what was found while the mixture was built. */
static void notes_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    size_t n = report->notes->n;
    size_t more = report->notes->more;
    for (size_t i = 0; i < report->source_n; i++) {
        n += report->source[i].source->note_n;
        more += report->source[i].source->note_more;
    }
    amp_buf_text(out, n > 0 ? "<h3>Notes from reading</h3>\n<ul>\n" : "");
    for (size_t i = 0; i < report->source_n; i++) {
        const struct amp_dna_source *source = report->source[i].source;
        for (size_t k = 0; k < source->note_n; k++) {
            amp_buf_text(out, "<li>");
            amp_html_str(out, source->file);
            amp_buf_text(out, ": ");
            amp_html_str(out, source->note[k]);
            amp_buf_text(out, "</li>\n");
        }
    }
    for (size_t i = 0; i < report->notes->n; i++) {
        amp_buf_text(out, "<li>");
        amp_html_str(out, report->notes->note[i]);
        amp_buf_text(out, "</li>\n");
    }
    amp_buf_text(out, n > 0 ? "</ul>\n" : "");
    if (more > 0) {
        amp_buf_printf(out, "<p>%zu more notes.</p>\n", more);
    }
}

static void sources_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    heading(out, "Inputs");
    amp_buf_text(
        out, "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Role</th>"
             "<th scope=\"col\">File</th><th scope=\"col\">Read as</th>"
             "<th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->source_n; i++) {
        const struct amp_dna_source *source = report->source[i].source;
        amp_buf_text(out, "<tr><th scope=\"row\">");
        amp_html_text(out, report->source[i].role);
        amp_buf_text(out, "</th><td>");
        amp_html_str(out, source->file);
        amp_buf_text(out, "</td><td>");
        amp_html_text(out, source->format);
        amp_buf_printf(out, ", %zu lines", source->line_n);
        if (source->decimal == ',') {
            amp_buf_text(out, ", decimal comma");
        }
        amp_buf_text(out, "</td><td><code>");
        amp_hex_put(out, source->sha256, sizeof source->sha256);
        amp_buf_text(out, "</code></td></tr>\n");
    }
    amp_buf_text(out, "</tbody></table></div>\n");
    notes_put(report, out);
}

static void repeat_put(const struct amp_dna_report *report, struct amp_buf *out)
{
    heading(out, "To repeat this");
    amp_buf_text(out, "<p>With Amparo ");
    amp_html_text(out, report->version);
    amp_buf_text(out, " and the inputs whose hashes are above; the same input gives the same bytes "
                      "on every machine and number of threads.</p>\n<pre><code>");
    amp_html_str(out, report->command);
    amp_buf_text(out, "</code></pre>\n");
    heading(out, "Limits of this result");
    amp_buf_text(out, "<p>The LR depends on the propositions, the number of contributors, the "
                      "frequencies, theta and the model stated here; other assumptions give other "
                      "values. Markers are taken to be independent given the parameters. Transfer, "
                      "persistence and laboratory error are outside of it.</p>\n"
                      "<table class=\"sign\"><caption>Responsibility</caption>\n<tbody><tr>"
                      "<td>Analyst: ");
    amp_html_str(out, report->analyst);
    amp_buf_text(out, "<br>Date, signature:</td><td>Reviewer: ");
    amp_html_str(out, report->reviewer);
    amp_buf_text(out, "<br>Date, signature:</td></tr></tbody></table>\n");
    amp_html_page_close(out);
}

void amp_dna_report_html(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    head_put(report, arena, out);
    result_put(report, arena, out);
    warnings_put(report, out);
    propositions_put(report, out);
    trials_put(report, out);
    markers_put(report, out);
    peaks_put(report, arena, out);
    if (report->hp.fit && report->hd.fit) {
        parameters_put(report, arena, out);
    } else {
        drop_out_put(report, arena, out);
    }
    diagnostics_put(report, out);
    if (report->mcmc) {
        mcmc_put(report->mcmc, out);
    }
    if (report->integral) {
        integral_put(report->integral, out);
    }
    if (report->noncontributor) {
        noncontributors_put(report, out);
    }
    deconvolutions_put(report, arena, out);
    heading(out, "Profiles");
    amp_dna_report_profiles(report, out);
    settings_put(report, arena, out);
    sources_put(report, out);
    repeat_put(report, out);
}
