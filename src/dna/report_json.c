/* The report as JSON: the contract of `amparo dna lr --json`, and everything the page has. */
#include "dna/report.h"

#include "base/crypto.h"
#include <math.h>

enum {
    LN = 9,     /* decimals of logarithms */
    FINE = 12,  /* of proportions and probabilities */
    HEIGHT = 6, /* of heights */
    ROWS = 10   /* genotypes of a person at a marker */
};

static void names_of(struct amp_json *js, const char *key, const struct amp_str *name, size_t n)
{
    amp_json_key(js, key);
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_put_str(js, name[i]);
    }
    amp_json_close(js, ']');
}

static void params_of(struct amp_json *js, const char *key, const struct amp_mix_params *params,
                      size_t contributor_n)
{
    amp_json_key(js, key);
    amp_json_open(js, '{');
    amp_json_key(js, "mixture");
    amp_json_open(js, '[');
    for (size_t k = 0; k < contributor_n; k++) {
        amp_json_put_double(js, params->share[k], FINE);
    }
    amp_json_close(js, ']');
    amp_json_double_of(js, "mu", params->mu, HEIGHT);
    amp_json_double_of(js, "omega", params->omega, FINE);
    amp_json_double_of(js, "beta", params->beta, FINE);
    amp_json_double_of(js, "xi_back", params->xi_back, FINE);
    amp_json_double_of(js, "xi_forward", params->xi_forward, FINE);
    amp_json_close(js, '}');
}

static void contributors_of(struct amp_json *js, const struct amp_dna_report_side *side)
{
    const struct amp_mix_hypothesis *h = side->hypothesis;
    amp_json_key(js, "contributors");
    amp_json_open(js, '[');
    for (size_t k = 0; k < h->contributor_n; k++) {
        bool related = h->relation != AMP_MIX_UNRELATED && k + 1 == h->contributor_n;
        amp_json_open(js, '{');
        if (k < h->known_n) {
            amp_json_str_of(js, "known", h->known[k]);
        } else {
            amp_json_i64_of(js, "unknown", (int64_t)(k - h->known_n + 1));
        }
        if (related) {
            amp_json_str_of(js, "relative_of", h->related_to);
        }
        if (side->fit) {
            amp_json_double_of(js, "share", side->fit->at.share[k], FINE);
        } else {
            amp_json_double_of(js, "drop_out", side->qualitative->drop_out[k], FINE);
        }
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void fit_of(struct amp_json *js, const struct amp_dna_report_side *side)
{
    const struct amp_mix_fit *fit = side->fit;
    amp_json_double_of(js, "loglik", fit->loglik, LN);
    params_of(js, "parameters", &fit->at, side->hypothesis->contributor_n);
    params_of(js, "standard_errors", &fit->se, side->hypothesis->contributor_n);
    amp_json_i64_of(js, "parameter_n", (int64_t)fit->parameter_n);
    amp_json_double_of(js, "aic", amp_lr_aic(fit), HEIGHT);
    amp_json_double_of(js, "laplace", fit->laplace, LN);
    amp_json_bool_of(js, "at_border", fit->at_border);
    amp_json_i64_of(js, "starts", fit->start_n);
    amp_json_i64_of(js, "starts_at_maximum", fit->converged_n);
}

static void qualitative_of(struct amp_json *js, const struct amp_qual_fit *fit)
{
    amp_json_double_of(js, "loglik", fit->loglik, LN);
    amp_json_i64_of(js, "parameter_n", (int64_t)fit->parameter_n);
    amp_json_bool_of(js, "at_border", fit->at_border);
    amp_json_key(js, "drop_out_distribution");
    amp_json_open(js, '{');
    amp_json_double_of(js, "q05", fit->low, HEIGHT);
    amp_json_double_of(js, "q50", fit->median, HEIGHT);
    amp_json_double_of(js, "q95", fit->high, HEIGHT);
    amp_json_close(js, '}');
}

static void pp_of(struct amp_json *js, const struct amp_dna_report_side *side)
{
    amp_json_key(js, "pp");
    amp_json_open(js, '{');
    amp_json_i64_of(js, "peaks", (int64_t)side->pp->peak_n);
    amp_json_i64_of(js, "flagged", (int64_t)side->pp->flagged_n);
    amp_json_double_of(js, "level", side->pp->level, HEIGHT);
    amp_json_key(js, "rows");
    amp_json_open(js, '[');
    for (size_t i = 0; i < side->pp->peak_n; i++) {
        const struct amp_pp_peak *peak = &side->pp->peak[i];
        const struct amp_mix_marker *marker = &side->mix->marker[peak->marker];
        amp_json_open(js, '{');
        amp_json_str_of(js, "marker", marker->name);
        amp_json_str_of(js, "allele", marker->allele[peak->allele].name);
        amp_json_i64_of(js, "replicate", (int64_t)peak->replicate + 1);
        amp_json_double_of(js, "height", peak->height, 2);
        amp_json_double_of(js, "probability", peak->probability, HEIGHT);
        amp_json_bool_of(js, "flagged", peak->flagged);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void person_of(struct amp_json *js, const struct amp_dna_report_side *side, size_t m,
                      size_t k, struct amp_arena *arena)
{
    const struct amp_deconvolve_person *person = &side->deconvolved->marker[m].person[k];
    amp_json_open(js, '{');
    amp_json_i64_of(js, "contributor", (int64_t)k + 1);
    amp_json_double_of(js, "ratio_to_next", person->ratio_next, HEIGHT);
    amp_json_key(js, "genotypes");
    amp_json_open(js, '[');
    for (size_t i = 0; i < person->row_n && i < ROWS; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "genotype",
                        amp_genotype_text(&side->mix->marker[m], person->row[i].genotype, arena));
        amp_json_double_of(js, "probability", person->row[i].probability, LN);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void deconvolution_of(struct amp_json *js, const struct amp_dna_report_side *side,
                             struct amp_arena *arena)
{
    const struct amp_deconvolve *of = side->deconvolved;
    amp_json_key(js, "deconvolution");
    amp_json_open(js, '[');
    for (size_t m = 0; m < of->marker_n; m++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "marker", of->marker[m].name);
        amp_json_key(js, "persons");
        amp_json_open(js, '[');
        for (size_t k = 0; k < of->contributor_n; k++) {
            if (of->marker[m].person[k].unknown) {
                person_of(js, side, m, k, arena);
            }
        }
        amp_json_close(js, ']');
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void side_of(struct amp_json *js, const char *key, const struct amp_dna_report_side *side,
                    struct amp_arena *arena)
{
    const struct amp_mix_hypothesis *h = side->hypothesis;
    amp_json_key(js, key);
    amp_json_open(js, '{');
    if (side->fit) {
        fit_of(js, side);
    } else {
        qualitative_of(js, side->qualitative);
    }
    amp_json_str_of(js, "proposition", side->clause);
    amp_json_i64_of(js, "contributor_n", (int64_t)h->contributor_n);
    names_of(js, "known", h->known, h->known_n);
    names_of(js, "typed", h->typed, h->typed_n);
    contributors_of(js, side);
    if (side->pp) {
        pp_of(js, side);
    }
    if (side->deconvolved) {
        deconvolution_of(js, side, arena);
    }
    amp_json_close(js, '}');
}

static void markers_of(struct amp_json *js, const struct amp_lr *lr)
{
    amp_json_key(js, "markers");
    amp_json_open(js, '[');
    for (size_t i = 0; i < lr->marker_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", lr->marker[i].name);
        amp_json_double_of(js, "log10_lr", lr->marker[i].log10_lr, LN);
        amp_json_double_of(js, "hp_loglik", lr->marker[i].hp_loglik, LN);
        amp_json_double_of(js, "hd_loglik", lr->marker[i].hd_loglik, LN);
        amp_json_double_of(js, "log10_lr_upper", lr->marker[i].log10_upper, LN);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void rule_of(struct amp_json *js, const char *key, const struct amp_mix_rule *rule,
                    struct amp_arena *arena)
{
    amp_json_key(js, key);
    amp_json_open(js, '{');
    amp_json_double_of(js, "value", rule->value, LN);
    for (size_t i = 0; i < rule->dye_n; i++) {
        amp_json_double_of(js, amp_arena_text(arena, rule->dye[i].dye), rule->dye[i].value, LN);
    }
    for (size_t i = 0; i < rule->marker_n; i++) {
        amp_json_double_of(js, amp_arena_text(arena, rule->marker[i]), rule->marker_value[i], LN);
    }
    amp_json_close(js, '}');
}

void amp_dna_settings_json(const struct amp_mix_settings *s, double table_min,
                           struct amp_arena *arena, struct amp_json *js)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "kit", s->kit ? s->kit->name : AMP_STR(""));
    rule_of(js, "threshold", &s->threshold, arena);
    rule_of(js, "drop_in", &s->drop_in, arena);
    rule_of(js, "drop_in_lambda", &s->drop_in_lambda, arena);
    rule_of(js, "theta", &s->theta, arena);
    amp_json_bool_of(js, "degradation", s->degradation);
    amp_json_bool_of(js, "back_stutter", s->back);
    amp_json_bool_of(js, "forward_stutter", s->forward);
    amp_json_double_of(js, "min_frequency", s->min_freq > 0 ? s->min_freq : table_min, FINE);
    amp_json_bool_of(js, "keep_sum", s->keep_sum);
    amp_json_text_of(js, "convention", s->convention == AMP_MIX_EFM ? "euroformix" : "dnamixtures");
    amp_json_close(js, '}');
}

static void sources_of(struct amp_json *js, const struct amp_dna_report *report)
{
    amp_json_key(js, "inputs");
    amp_json_open(js, '[');
    for (size_t i = 0; i < report->source_n; i++) {
        const struct amp_dna_source *source = report->source[i].source;
        char text[2 * AMP_SHA256 + 2];
        char separator[2] = {source->separator, '\0'};
        char decimal[2] = {source->decimal, '\0'};
        struct amp_buf hex = amp_buf_over(text, sizeof text);
        amp_hex_put(&hex, source->sha256, sizeof source->sha256);
        amp_json_open(js, '{');
        amp_json_text_of(js, "role", report->source[i].role);
        amp_json_str_of(js, "file", source->file);
        amp_json_text_of(js, "format", source->format);
        amp_json_text_of(js, "separator", separator);
        amp_json_text_of(js, "decimal", decimal);
        amp_json_i64_of(js, "lines", (int64_t)source->line_n);
        amp_json_buf_of(js, "sha256", &hex);
        amp_json_key(js, "notes");
        amp_json_open(js, '[');
        for (size_t k = 0; k < source->note_n; k++) {
            amp_json_put_str(js, source->note[k]);
        }
        amp_json_close(js, ']');
        amp_json_i64_of(js, "more_notes", (int64_t)source->note_more);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void trials_of(struct amp_json *js, const struct amp_dna_report *report)
{
    amp_json_key(js, "sensitivity");
    amp_json_open(js, '[');
    for (size_t i = 0; i < report->trial_n; i++) {
        const struct amp_lr_trial *trial = &report->trial[i];
        bool hp = trial->hp.parameter_n > 0;
        bool hd = trial->hd.parameter_n > 0;
        amp_json_open(js, '{');
        amp_json_i64_of(js, "contributor_n", (int64_t)trial->contributor_n);
        amp_json_double_of(js, "log10_lr", trial->log10_lr, LN);
        amp_json_double_of(js, "hp_loglik", hp ? trial->hp.loglik : NAN, LN);
        amp_json_double_of(js, "hd_loglik", hd ? trial->hd.loglik : NAN, LN);
        amp_json_double_of(js, "hp_aic", hp ? trial->hp_aic : NAN, HEIGHT);
        amp_json_double_of(js, "hd_aic", hd ? trial->hd_aic : NAN, HEIGHT);
        amp_json_bool_of(js, "best", (int)i == report->trial_best);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void mcmc_of(struct amp_json *js, const struct amp_mcmc_lr *mcmc)
{
    amp_json_key(js, "mcmc");
    amp_json_open(js, '{');
    amp_json_i64_of(js, "seed", (int64_t)mcmc->seed);
    amp_json_i64_of(js, "samples", (int64_t)mcmc->sample_n);
    amp_json_double_of(js, "quantile", mcmc->quantile, HEIGHT);
    amp_json_double_of(js, "log10_conservative", mcmc->log10_conservative, HEIGHT);
    amp_json_double_of(js, "ci_low", mcmc->ci_low, HEIGHT);
    amp_json_double_of(js, "ci_high", mcmc->ci_high, HEIGHT);
    amp_json_double_of(js, "log10_median", mcmc->log10_median, HEIGHT);
    amp_json_double_of(js, "log10_bayes_factor", mcmc->log10_bayes_factor, HEIGHT);
    amp_json_double_of(js, "hp_acceptance", mcmc->hp.acceptance, HEIGHT);
    amp_json_double_of(js, "hd_acceptance", mcmc->hd.acceptance, HEIGHT);
    amp_json_double_of(js, "hp_effective", mcmc->hp.effective_n, 1);
    amp_json_double_of(js, "hd_effective", mcmc->hd.effective_n, 1);
    amp_json_close(js, '}');
}

static void integral_of(struct amp_json *js, const struct amp_integral_lr *integral)
{
    amp_json_key(js, "integral");
    amp_json_open(js, '{');
    amp_json_double_of(js, "log10_bayes_factor", integral->log10_bayes_factor, HEIGHT);
    amp_json_double_of(js, "low", integral->low, HEIGHT);
    amp_json_double_of(js, "high", integral->high, HEIGHT);
    amp_json_double_of(js, "hp_ln_marginal", integral->hp.ln_marginal, HEIGHT);
    amp_json_double_of(js, "hd_ln_marginal", integral->hd.ln_marginal, HEIGHT);
    amp_json_double_of(js, "hp_relative_error", integral->hp.relative_error, HEIGHT);
    amp_json_double_of(js, "hd_relative_error", integral->hd.relative_error, HEIGHT);
    amp_json_bool_of(js, "reached", integral->hp.reached && integral->hd.reached);
    amp_json_close(js, '}');
}

static void noncontributors_of(struct amp_json *js, const struct amp_dna_report *report)
{
    const struct amp_noncontributor *of = report->noncontributor;
    amp_json_key(js, "noncontributors");
    amp_json_open(js, '{');
    amp_json_i64_of(js, "seed", (int64_t)of->seed);
    amp_json_i64_of(js, "n", (int64_t)of->draw_n);
    amp_json_text_of(js, "way", of->way == AMP_NONCONTRIBUTOR_REFIT ? "refit" : "fixed");
    amp_json_double_of(js, "observed", of->observed, LN);
    amp_json_double_of(js, "rate_above_0", of->rate_above_0, LN);
    amp_json_double_of(js, "rate_above_1", of->rate_above_1, LN);
    amp_json_double_of(js, "rate_above_observed", of->rate_above_observed, LN);
    amp_json_double_of(js, "q50", of->quantile[0], HEIGHT);
    amp_json_double_of(js, "q95", of->quantile[1], HEIGHT);
    amp_json_double_of(js, "q99", of->quantile[2], HEIGHT);
    amp_json_double_of(js, "max", of->quantile[3], HEIGHT);
    amp_json_double_of(js, "mean_lr", of->mean_lr, FINE);
    amp_json_i64_of(js, "impossible", (int64_t)of->impossible_n);
    amp_json_key(js, "log10_lr");
    amp_json_open(js, '[');
    for (size_t i = 0; i < of->draw_n; i++) {
        amp_json_put_double(js, of->log10_lr[i], HEIGHT);
    }
    amp_json_close(js, ']');
    if (report->exact) {
        amp_json_key(js, "exact");
        amp_json_open(js, '{');
        amp_json_double_of(js, "mean_lr", report->exact->mean_lr, LN);
        amp_json_double_of(js, "impossible", report->exact->impossible, LN);
        amp_json_double_of(js, "above_0", report->exact->above_0, FINE);
        amp_json_double_of(js, "above_observed", report->exact->above_observed, FINE);
        amp_json_close(js, '}');
    }
    amp_json_close(js, '}');
}

static void curve_of(struct amp_json *js, const struct amp_dna_report_curve *curve)
{
    amp_json_key(js, "drop_out_curve");
    amp_json_open(js, '[');
    for (size_t i = 0; i < curve->n; i++) {
        amp_json_open(js, '{');
        amp_json_double_of(js, "drop_out", curve->drop_out[i], 4);
        amp_json_double_of(js, "log10_lr", curve->log10_lr[i], LN);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void statement_of(struct amp_json *js, const struct amp_dna_report *report,
                         struct amp_arena *arena)
{
    struct amp_lr_words words = amp_lr_words(report->scale, report->lr->log10_lr);
    amp_json_str_of(js, "statement",
                    amp_lr_sentence(report->scale, report->lr->log10_lr, report->hp.clause,
                                    report->hd.clause, arena));
    amp_json_text_of(js, "scale", words.scale);
    amp_json_text_of(js, "scale_words", words.words);
    amp_json_text_of(js, "supports",
                     words.supports > 0   ? "hp"
                     : words.supports < 0 ? "hd"
                                          : "neither");
}

static void further_of(struct amp_json *js, const struct amp_dna_report *report)
{
    if (report->trial_n > 0) {
        trials_of(js, report);
    }
    if (report->mcmc) {
        mcmc_of(js, report->mcmc);
    }
    if (report->integral) {
        integral_of(js, report->integral);
    }
    if (report->noncontributor) {
        noncontributors_of(js, report);
    }
    if (report->curve.n > 0) {
        curve_of(js, &report->curve);
    }
}

void amp_dna_report_json(const struct amp_dna_report *report, struct amp_arena *arena,
                         struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_json_text_of(&js, "amparo", report->version);
    amp_json_text_of(&js, "model", report->hp.fit ? "continuous" : "qualitative");
    amp_json_double_of(&js, "log10_lr", report->lr->log10_lr, LN);
    amp_json_double_of(&js, "log10_lr_upper", report->lr->log10_upper, LN);
    side_of(&js, "hp", &report->hp, arena);
    side_of(&js, "hd", &report->hd, arena);
    markers_of(&js, report->lr);
    statement_of(&js, report, arena);
    names_of(&js, "warnings", report->warning, report->warning_n);
    names_of(&js, "notes", report->notes->note, report->notes->n);
    further_of(&js, report);
    amp_json_str_of(&js, "person_of_interest", report->person);
    amp_json_str_of(&js, "case", report->case_name);
    amp_json_str_of(&js, "contributors_reason", report->reason);
    amp_json_key(&js, "samples");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < report->input->replicate_n; i++) {
        amp_json_put_str(&js, report->input->replicate[i]->name);
    }
    amp_json_close(&js, ']');
    amp_json_key(&js, "settings");
    amp_dna_settings_json(report->settings, report->input->freqs->min_freq, arena, &js);
    sources_of(&js, report);
    amp_json_str_of(&js, "command", report->command);
    amp_json_close(&js, '}');
}
