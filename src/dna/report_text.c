/* The report for a terminal: the result first, then what it stands on. */
#include "dna/report.h"

#include <math.h>

static void number(struct amp_buf *out, double value, int wide, int decimals)
{
    if (isfinite(value)) {
        amp_buf_printf(out, "%*.*f", wide, decimals, value);
    } else {
        amp_buf_printf(out, "%*s", wide, "-");
    }
}

static void row(struct amp_buf *out, const char *name, double hp, double hd, int decimals)
{
    amp_buf_printf(out, "  %-22s", name);
    number(out, hp, 14, decimals);
    number(out, hd, 14, decimals);
    amp_buf_char(out, '\n');
}

static struct amp_str contributor(const struct amp_mix_hypothesis *h, size_t k,
                                  struct amp_arena *arena)
{
    return k < h->known_n ? h->known[k]
                          : amp_arena_printf(arena, "unknown %zu", k - h->known_n + 1);
}

static void shares(const struct amp_dna_report *report, struct amp_arena *arena,
                   struct amp_buf *out)
{
    const struct amp_dna_report_side *side[2] = {&report->hp, &report->hd};
    for (size_t s = 0; s < 2; s++) {
        amp_buf_printf(out, "  %s:", side[s]->name);
        for (size_t k = 0; k < side[s]->hypothesis->contributor_n; k++) {
            struct amp_str name = contributor(side[s]->hypothesis, k, arena);
            amp_buf_text(out, k > 0 ? ", " : " ");
            amp_buf_str(out, name);
            if (side[s]->fit) {
                amp_buf_printf(out, " %.4f", side[s]->fit->at.share[k]);
            } else {
                amp_buf_printf(out, " drop-out %.4f", side[s]->qualitative->drop_out[k]);
            }
        }
        amp_buf_char(out, '\n');
    }
}

static void parameters(const struct amp_dna_report *report, struct amp_arena *arena,
                       struct amp_buf *out)
{
    const struct amp_mix_fit *hp = report->hp.fit;
    const struct amp_mix_fit *hd = report->hd.fit;
    amp_buf_printf(out, "\n  %-22s%14s%14s\n", "", "Hp", "Hd");
    if (!hp || !hd) {
        row(out, "ln likelihood", report->hp.qualitative->loglik, report->hd.qualitative->loglik,
            6);
    } else {
        row(out, "ln likelihood", hp->loglik, hd->loglik, 6);
        row(out, "mu", hp->at.mu, hd->at.mu, 2);
        row(out, "omega", hp->at.omega, hd->at.omega, 5);
        row(out, "beta", hp->at.beta, hd->at.beta, 5);
        row(out, "xi back", hp->at.xi_back, hd->at.xi_back, 6);
        row(out, "xi forward", hp->at.xi_forward, hd->at.xi_forward, 6);
    }
    shares(report, arena, out);
}

static void markers(const struct amp_dna_report *report, struct amp_buf *out)
{
    const struct amp_lr *lr = report->lr;
    amp_buf_printf(out, "\n  %-22s%14s%14s%14s\n", "marker", "log10 LR", "ln L, Hp", "ln L, Hd");
    for (size_t i = 0; i < lr->marker_n; i++) {
        const struct amp_lr_marker *marker = &lr->marker[i];
        amp_buf_printf(out, "  %-22.*s", (int)marker->name.len, marker->name.ptr);
        number(out, marker->log10_lr, 14, 5);
        number(out, marker->hp_loglik, 14, 5);
        number(out, marker->hd_loglik, 14, 5);
        amp_buf_char(out, '\n');
    }
}

static void more(const struct amp_dna_report *report, struct amp_buf *out)
{
    for (size_t i = 0; i < report->trial_n; i++) {
        const struct amp_lr_trial *trial = &report->trial[i];
        amp_buf_printf(out, "%s  %zu contributors: log10 LR ", i == 0 ? "\n" : "",
                       trial->contributor_n);
        number(out, trial->log10_lr, 0, 4);
        amp_buf_text(out, ", AIC under Hd ");
        number(out, trial->hd.parameter_n > 0 ? trial->hd_aic : NAN, 0, 3);
        amp_buf_text(out, (int)i == report->trial_best ? " (best)\n" : "\n");
    }
    if (report->mcmc) {
        amp_buf_printf(out, "\n  MCMC: conservative log10 LR %.4f, log10 Bayes factor %.4f\n",
                       report->mcmc->log10_conservative, report->mcmc->log10_bayes_factor);
    }
    if (report->integral) {
        amp_buf_printf(out, "\n  Integration: log10 Bayes factor %.4f (%.4f to %.4f)\n",
                       report->integral->log10_bayes_factor, report->integral->low,
                       report->integral->high);
    }
    if (report->noncontributor) {
        const struct amp_noncontributor *of = report->noncontributor;
        amp_buf_printf(out,
                       "\n  %zu non-contributors: log10 LR above 0 for %.4f of them, above the "
                       "person of interest for %.4f; largest ",
                       of->draw_n, of->rate_above_0, of->rate_above_observed);
        number(out, of->quantile[3], 0, 3);
        amp_buf_char(out, '\n');
    }
}

static void deconvolved(const struct amp_dna_report_side *side, struct amp_arena *arena,
                        struct amp_buf *out)
{
    const struct amp_deconvolve *of = side->deconvolved;
    if (!of || side->hypothesis->known_n == side->hypothesis->contributor_n) {
        return;
    }
    amp_buf_printf(out, "\n  Most probable genotypes under %s\n", side->name);
    for (size_t m = 0; m < of->marker_n; m++) {
        amp_buf_printf(out, "  %-22.*s", (int)of->marker[m].name.len, of->marker[m].name.ptr);
        for (size_t k = 0; k < of->contributor_n; k++) {
            const struct amp_deconvolve_person *person = &of->marker[m].person[k];
            if (person->unknown && person->row_n > 0) {
                struct amp_str text =
                    amp_genotype_text(&side->mix->marker[m], person->row[0].genotype, arena);
                amp_buf_printf(out, "  %.*s %.4f", (int)text.len, text.ptr,
                               person->row[0].probability);
            }
        }
        amp_buf_char(out, '\n');
    }
}

static void rule_put(const char *name, const struct amp_mix_rule *rule, struct amp_buf *out)
{
    amp_buf_printf(out, ", %s %g%s", name, rule->value,
                   rule->dye_n + rule->marker_n > 0 ? " (others by dye or marker)" : "");
}

static void settings(const struct amp_dna_report *report, struct amp_buf *out)
{
    const struct amp_mix_settings *s = report->settings;
    const struct amp_str kit = s->kit ? s->kit->name : AMP_STR("none");
    amp_buf_printf(out, "\n  Settings: kit %.*s", (int)kit.len, kit.ptr);
    rule_put("threshold", &s->threshold, out);
    rule_put("drop-in", &s->drop_in, out);
    rule_put("lambda", &s->drop_in_lambda, out);
    rule_put("theta", &s->theta, out);
    amp_buf_printf(out,
                   ", degradation %s, back stutter %s, forward stutter %s, alleles not listed "
                   "%g\n",
                   s->degradation ? "yes" : "no", s->back ? "yes" : "no", s->forward ? "yes" : "no",
                   s->min_freq > 0 ? s->min_freq : report->input->freqs->min_freq);
}

/* What the readers of the files said, then what was found while the mixture was built. */
static void notes(const struct amp_dna_report *report, struct amp_buf *out)
{
    const char *before = "\n  Note: ";
    for (size_t i = 0; i < report->source_n; i++) {
        const struct amp_dna_source *source = report->source[i].source;
        for (size_t k = 0; k < source->note_n; k++) {
            amp_buf_text(out, before);
            amp_buf_str(out, source->file);
            amp_buf_text(out, ": ");
            amp_buf_str(out, source->note[k]);
            amp_buf_char(out, '\n');
            before = "  Note: ";
        }
    }
    for (size_t i = 0; i < report->notes->n; i++) {
        amp_buf_text(out, before);
        amp_buf_str(out, report->notes->note[i]);
        amp_buf_char(out, '\n');
        before = "  Note: ";
    }
    if (report->notes->more > 0) {
        amp_buf_printf(out, "  %zu more notes.\n", report->notes->more);
    }
}

void amp_dna_report_text(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    amp_buf_text(out, "log10 LR ");
    number(out, report->lr->log10_lr, 0, 6);
    amp_buf_text(out, " (upper bound ");
    number(out, report->lr->log10_upper, 0, 6);
    amp_buf_text(out, ")\n\n  Hp: ");
    amp_buf_str(out, report->hp.clause);
    amp_buf_text(out, "\n  Hd: ");
    amp_buf_str(out, report->hd.clause);
    amp_buf_text(out, "\n\n  ");
    amp_buf_str(out, amp_lr_sentence(report->scale, report->lr->log10_lr, report->hp.clause,
                                     report->hd.clause, arena));
    amp_buf_char(out, '\n');
    for (size_t i = 0; i < report->warning_n; i++) {
        amp_buf_text(out, i == 0 ? "\n  Warning: " : "  Warning: ");
        amp_buf_str(out, report->warning[i]);
        amp_buf_char(out, '\n');
    }
    parameters(report, arena, out);
    markers(report, out);
    more(report, out);
    deconvolved(&report->hp, arena, out);
    deconvolved(&report->hd, arena, out);
    settings(report, out);
    notes(report, out);
}
