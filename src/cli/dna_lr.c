/* `amparo dna lr`: the likelihood ratio of two propositions about one DNA mixture. */
#include "cli/dna_weigh.h"

#include "cli/dna.h"
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CURVE = 99 /* drop-out probabilities of the qualitative curve */
};

struct asked {
    struct amp_cli_dna_asked of;
    struct amp_cli_dna_pair pair;
    const char *sample, *report;
    const char *case_name, *analyst, *reviewer, *reason;
    bool replicates, integrate, deconvolve, sensitivity;
    int64_t mcmc, seed, noncontributors;
    bool refit;
};

/* Everything of one run. */
struct run {
    const struct asked *asked;
    struct amp_arena arena;
    struct amp_cli_dna_case of;
    struct amp_cli_dna_samples samples;
    struct amp_cli_dna_weighed weighed;
    struct amp_pp hp_pp, hd_pp;
    struct amp_deconvolve hp_genotypes, hd_genotypes;
    struct amp_expected *hp_expected;
    struct amp_lr_trial trial[3];
    struct amp_mcmc_lr mcmc;
    struct amp_integral_lr integral;
    struct amp_noncontributor noncontributor;
    struct amp_noncontributor_exact exact;
    struct amp_dna_report report;
    struct amp_progress progress;
};

static void tell(const struct run *run, const char *phase)
{
    run->progress.tell(run->progress.ctx, phase, 0, 0);
}

static bool tell_share(void *self, double done)
{
    const struct run *run = self;
    run->progress.tell(run->progress.ctx, "sampling", (uint64_t)(1000 * done), 1000);
    return false;
}

/* All samples of the file are one item's replicates, which a warning says unless it was asked for.
 */
static amp_err samples_choose(struct run *run, struct amp_why *why)
{
    return amp_cli_dna_samples(&run->of.evidence, run->asked->sample, "sample", &run->arena,
                               &run->samples, why);
}

static void samples_warn(struct run *run)
{
    if (run->asked->sample || run->asked->replicates || run->samples.n == 1) {
        return;
    }
    struct amp_str list = AMP_STR("");
    for (size_t i = 0; i < run->samples.n; i++) {
        struct amp_str name = run->samples.sample[i]->name;
        list = amp_arena_printf(&run->arena, "%.*s%s%.*s", (int)list.len, list.ptr,
                                i > 0 ? ", " : "", (int)name.len, name.ptr);
    }
    struct amp_str text = amp_arena_printf(
        &run->arena,
        "The evidence has %zu samples (%.*s), which were taken as replicates of one item. If they "
        "are not, choose one with --sample NAME; --replicates says that they are.",
        run->samples.n, (int)list.len, list.ptr);
    amp_dna_report_warning(&run->report, text);
}

static amp_err trial_fit(struct run *run, size_t contributor_n, struct amp_lr_trial *trial,
                         struct amp_why *why)
{
    struct amp_cli_dna_weighed other = {.input = run->weighed.input, .sides = run->weighed.sides};
    const struct amp_mix_fit_options options = {.thread_n = amp_cli_dna_threads(&run->asked->of)};
    other.sides.hp.contributor_n = other.sides.hd.contributor_n = contributor_n;
    amp_err err = amp_cli_dna_build(&run->of, &run->samples, &run->arena, &other, why);
    if (err) {
        return err;
    }
    struct amp_why reason = {""};
    err = amp_mix_fit_max(&other.hp, &options, &run->arena, &trial->hp, &reason);
    trial->hp.parameter_n = err ? 0 : trial->hp.parameter_n;
    err = err == AMP_E_RANGE ? AMP_OK : err;
    if (!err) {
        err = amp_mix_fit_max(&other.hd, &options, &run->arena, &trial->hd, &reason);
        trial->hd.parameter_n = err ? 0 : trial->hd.parameter_n;
        err = err == AMP_E_RANGE ? AMP_OK : err;
    }
    return err ? amp_fail(why, err, "%zu contributors: %s", contributor_n, reason.text) : AMP_OK;
}

static amp_err sensitivity_run(struct run *run, struct amp_why *why)
{
    const struct amp_cli_dna_sides *sides = &run->weighed.sides;
    size_t asked_n = sides->hp.contributor_n;
    size_t least = sides->hp.known_n > sides->hd.known_n ? sides->hp.known_n : sides->hd.known_n;
    least += sides->hd.relation != AMP_MIX_UNRELATED && sides->hd.known_n == least;
    for (size_t n = asked_n > 1 ? asked_n - 1 : 1; n <= asked_n + 1; n++) {
        if (n < least || n > AMP_MIX_CONTRIBUTORS || n - sides->hd.known_n > AMP_MIX_UNKNOWN) {
            continue;
        }
        struct amp_lr_trial *trial = &run->trial[run->report.trial_n];
        *trial = (struct amp_lr_trial){.contributor_n = n};
        tell(run, "sensitivity to the number of contributors");
        if (n == asked_n) {
            trial->hp = run->weighed.hp_fit;
            trial->hd = run->weighed.hd_fit;
        } else {
            amp_err err = trial_fit(run, n, trial, why);
            if (err) {
                return err;
            }
        }
        run->report.trial_n++;
    }
    run->report.trial = run->trial;
    run->report.trial_best = amp_lr_trials_finish(run->trial, run->report.trial_n);
    return AMP_OK;
}

static amp_err sampling_run(struct run *run, struct amp_why *why)
{
    const struct asked *asked = run->asked;
    const struct amp_cli_dna_weighed *w = &run->weighed;
    const struct amp_dna_progress progress = {tell_share, run};
    amp_err err = AMP_OK;
    if (asked->mcmc > 0) {
        const struct amp_mcmc_options options = {
            .seed = (uint64_t)asked->seed, .sample_n = (size_t)asked->mcmc, .progress = progress};
        err = amp_mcmc_lr(&w->hp, &w->hp_fit, &w->hd, &w->hd_fit, &options, &run->arena, &run->mcmc,
                          why);
        run->report.mcmc = &run->mcmc;
    }
    if (!err && asked->integrate) {
        const struct amp_integral_options options = {.progress = progress};
        err = amp_integral_lr(&w->hp, &w->hp_fit, &w->hd, &w->hd_fit, &options, &run->arena,
                              &run->integral, why);
        run->report.integral = &run->integral;
    }
    return err;
}

static amp_err noncontributors_run(struct run *run, struct amp_why *why)
{
    const struct asked *asked = run->asked;
    const struct amp_cli_dna_weighed *w = &run->weighed;
    const struct amp_noncontributor_case of = {.hp = &w->hp,
                                               .hd = &w->hd,
                                               .hp_fit = &w->hp_fit,
                                               .hd_fit = &w->hd_fit,
                                               .poi = w->sides.poi};
    const struct amp_noncontributor_options options = {
        .seed = (uint64_t)asked->seed,
        .draw_n = (size_t)asked->noncontributors,
        .way = asked->refit ? AMP_NONCONTRIBUTOR_REFIT : AMP_NONCONTRIBUTOR_FIXED,
        .fit = {.thread_n = amp_cli_dna_threads(&asked->of)},
        .progress = {tell_share, run}};
    if (w->sides.poi < 0) {
        return amp_fail(why, AMP_E_USAGE,
                        "--non-contributors needs one person of interest, not several");
    }
    amp_err err = amp_noncontributor_run(&of, &options, &run->arena, &run->noncontributor, why);
    err = err ? err : amp_noncontributor_exact(&of, &run->arena, &run->exact, why);
    run->report.noncontributor = &run->noncontributor;
    run->report.exact = &run->exact;
    return err;
}

static amp_err genotypes_run(struct run *run, struct amp_why *why)
{
    const struct amp_deconvolve_options options = {.joint_n = 0};
    struct amp_cli_dna_weighed *w = &run->weighed;
    tell(run, "genotypes of the unknown");
    amp_err err =
        amp_deconvolve_run(&w->hp, &w->hp_fit.at, &options, &run->arena, &run->hp_genotypes, why);
    err = err ? err
              : amp_deconvolve_run(&w->hd, &w->hd_fit.at, &options, &run->arena, &run->hd_genotypes,
                                   why);
    err = err ? err
              : amp_expected_run(&w->hp, &w->hp_fit.at, &run->hp_genotypes, &run->arena,
                                 &run->hp_expected);
    run->report.hp.deconvolved = &run->hp_genotypes;
    run->report.hd.deconvolved = &run->hd_genotypes;
    run->report.hp.expected = run->hp_expected;
    return err;
}

static amp_err continuous_more(struct run *run, struct amp_why *why)
{
    const struct asked *asked = run->asked;
    struct amp_cli_dna_weighed *w = &run->weighed;
    tell(run, "PP-plot");
    run->report.hp.fit = &w->hp_fit;
    run->report.hd.fit = &w->hd_fit;
    amp_err err = amp_pp_run(&w->hp, &w->hp_fit.at, &run->arena, &run->hp_pp, why);
    err = err ? err : amp_pp_run(&w->hd, &w->hd_fit.at, &run->arena, &run->hd_pp, why);
    run->report.hp.pp = &run->hp_pp;
    run->report.hd.pp = &run->hd_pp;
    err = err || !(asked->deconvolve || asked->report) ? err : genotypes_run(run, why);
    err = err || !asked->sensitivity ? err : sensitivity_run(run, why);
    err = err ? err : sampling_run(run, why);
    return err || asked->noncontributors <= 0 ? err : noncontributors_run(run, why);
}

/* log10 LR along one drop-out probability of all contributors. */
static amp_err qualitative_more(struct run *run)
{
    struct amp_cli_dna_weighed *w = &run->weighed;
    double *drop_out = amp_arena_array(&run->arena, CURVE, sizeof *drop_out);
    double *log10_lr = amp_arena_array(&run->arena, CURVE, sizeof *log10_lr);
    if (!drop_out || !log10_lr) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < CURVE; i++) {
        double hp = 0;
        double hd = 0;
        drop_out[i] = (double)(i + 1) / (CURVE + 1);
        amp_err err = amp_qual_loglik_common(&w->hp, drop_out[i], &w->work, &hp);
        err = err ? err : amp_qual_loglik_common(&w->hd, drop_out[i], &w->work, &hd);
        if (err) {
            return err;
        }
        log10_lr[i] = (hp - hd) / M_LN10;
    }
    run->report.hp.qualitative = &w->hp_qual;
    run->report.hd.qualitative = &w->hd_qual;
    run->report.curve = (struct amp_dna_report_curve){CURVE, drop_out, log10_lr};
    return AMP_OK;
}

static amp_err model_check(const struct run *run, struct amp_why *why)
{
    const struct asked *asked = run->asked;
    bool more = asked->mcmc > 0 || asked->integrate || asked->deconvolve || asked->sensitivity ||
                asked->noncontributors > 0;
    if (asked->mcmc < 0 || asked->mcmc > AMP_MCMC_SAMPLES || asked->noncontributors < 0 ||
        asked->noncontributors > AMP_NONCONTRIBUTORS || asked->seed < 0) {
        return amp_fail(why, AMP_E_USAGE,
                        "--mcmc, --non-contributors and --seed are whole numbers, at most %d",
                        AMP_MCMC_SAMPLES);
    }
    if (run->of.qualitative && more) {
        return amp_fail(why, AMP_E_USAGE,
                        "--mcmc, --integrate, --deconvolve, --sensitivity and --non-contributors "
                        "are of the continuous model");
    }
    return AMP_OK;
}

static void side_fill(struct amp_dna_report_side *side, const char *name,
                      const struct amp_mix_hypothesis *h, const struct amp_mix *mix,
                      struct amp_str item, struct amp_arena *arena)
{
    side->name = name;
    side->hypothesis = h;
    side->mix = mix;
    side->clause = amp_dna_report_clause(h, item, arena);
}

static void report_fill(struct run *run, struct amp_str command)
{
    const struct asked *asked = run->asked;
    struct amp_cli_dna_weighed *w = &run->weighed;
    struct amp_dna_report *report = &run->report;
    struct amp_str item = run->samples.sample[0]->name;
    if (run->samples.n > 1) {
        item = amp_arena_printf(&run->arena, "%.*s and its replicates", (int)item.len, item.ptr);
    }
    report->version = AMP_VERSION;
    report->command = command;
    report->case_name = amp_str_of(asked->case_name);
    report->analyst = amp_str_of(asked->analyst);
    report->reviewer = amp_str_of(asked->reviewer);
    report->reason = amp_str_of(asked->reason);
    report->source_n = run->of.source_n;
    for (size_t i = 0; i < run->of.source_n; i++) {
        report->source[i] = run->of.source[i];
    }
    report->input = &w->input;
    report->settings = &run->of.settings;
    report->person = w->sides.person;
    side_fill(&report->hp, "Hp", &w->sides.hp, &w->hp, item, &run->arena);
    side_fill(&report->hd, "Hd", &w->sides.hd, &w->hd, item, &run->arena);
    report->lr = &w->lr;
    report->scale = run->of.scale;
    report->limits = run->of.limits;
    report->notes = &w->notes;
    report->trial_best = -1;
}

static amp_err report_write(struct run *run, struct amp_why *why)
{
    struct amp_buf page = amp_buf_make(AMP_CLI_DNA_TEXT);
    amp_dna_report_html(&run->report, &run->arena, &page);
    amp_err err = amp_cli_dna_write(run->asked->report, &page, why);
    amp_buf_free(&page);
    return err;
}

/* A person of whom nothing can be compared would get an LR of 1, which says something. */
static amp_err markers_shared(const struct amp_cli_dna_weighed *w, struct amp_why *why)
{
    uint32_t known = 0;
    for (size_t m = 0; m < w->hp.marker_n; m++) {
        known |= w->hp.marker[m].known;
    }
    for (size_t k = 0; k < w->sides.hp.known_n; k++) {
        if ((known >> k & 1U) == 0) {
            const struct amp_str name = w->sides.hp.known[k];
            return amp_fail(why, AMP_E_MISSING,
                            "%.*s is typed at no marker that the stain and the frequencies have; "
                            "are the markers named alike?",
                            (int)name.len, name.ptr);
        }
    }
    return AMP_OK;
}

static amp_err run_all(struct run *run, struct amp_str command, struct amp_buf *out,
                       struct amp_why *why)
{
    const struct asked *asked = run->asked;
    amp_err err = amp_cli_dna_case_read(&asked->of, &run->arena, &run->of, why);
    err = err ? err : model_check(run, why);
    err = err ? err : samples_choose(run, why);
    err = err ? err
              : amp_cli_dna_sides(&run->of, &asked->pair, &run->arena, &run->weighed.sides, why);
    err = err ? err : amp_cli_dna_build(&run->of, &run->samples, &run->arena, &run->weighed, why);
    err = err ? err : markers_shared(&run->weighed, why);
    if (!err) {
        tell(run, "fitting both propositions");
        err = amp_cli_dna_weigh(&run->of, amp_cli_dna_threads(&asked->of), &run->arena,
                                &run->weighed, why);
    }
    if (err) {
        return err;
    }
    report_fill(run, command);
    err = run->of.qualitative ? qualitative_more(run) : continuous_more(run, why);
    if (!err) {
        samples_warn(run);
        amp_dna_report_warn(&run->report, &run->arena);
        err = asked->report ? report_write(run, why) : AMP_OK;
    }
    if (!err && asked->of.json) {
        amp_dna_report_json(&run->report, &run->arena, out);
    } else if (!err) {
        amp_dna_report_text(&run->report, &run->arena, out);
    }
    return err || !amp_arena_failed(&run->arena) ? err : AMP_E_NOMEM;
}

static int lr_run(const struct asked *asked, int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(AMP_CLI_DNA_TEXT);
    amp_err err = run ? AMP_OK : AMP_E_NOMEM;
    if (run) {
        run->asked = asked;
        run->arena = amp_arena_make(AMP_CLI_DNA_ARENA);
        run->progress = amp_cli_progress();
        err = run_all(run, amp_cli_dna_command("dna lr", argc, argv, &run->arena), &out, &why);
        amp_cli_progress_end();
        for (size_t i = 0; !err && asked->of.json && i < run->report.warning_n; i++) {
            (void)fprintf(stderr, "amparo dna lr: warning: %.*s\n", (int)run->report.warning[i].len,
                          run->report.warning[i].ptr);
        }
        amp_arena_drop(&run->arena);
        free(run);
    }
    return amp_cli_answer("dna lr", asked->of.json, err, &why, &out);
}

static const char about[] =
    "How much more probable the peaks of a stain are if the person of interest (poi) contributed "
    "than if an unknown person did: the likelihood ratio of Hp and Hd, by the continuous model of "
    "peak heights. The sum over genotypes is exact.\n\n"
    "examples:\n"
    "  amparo dna lr --evidence stain.csv --reference refs.csv --frequencies freq.csv \\\n"
    "      --kit GlobalFiler --contributors 2 --hp poi=P1 --hd --theta 0.01 \\\n"
    "      --degradation --back-stutter --report stain.html\n"
    "  ... --contributors 3 --hp poi=P1,known=Victim --hd known=Victim --json\n"
    "  ... --hp poi=P1 --related sibling=P1      Hd: a sibling of P1 instead\n"
    "  ... --threshold-dye B=35,G=65,Y=45,R=50,P=60 --drop-in 0.05,0.01\n"
    "  ... --model qualitative                   seen or not seen, without heights";

int amp_cli_dna_lr(int argc, char **argv)
{
    struct asked asked = {.seed = 1};
    struct amp_opt opts[AMP_CLI_DNA_OPTIONS];
    const struct amp_opt own[] = {
        {"--contributors", AMP_OPT_INT, "N", "how many persons", true, &asked.of.contributors,
         NULL},
        {"--hp", AMP_OPT_TEXT, "LIST", "poi=NAME[,known=NAME...]", true, &asked.pair.hp, NULL},
        {"--hd", AMP_OPT_MAYBE, "LIST", "known=NAME... ; nothing: all are unknown", false,
         &asked.pair.hd, NULL},
        {"--typed", AMP_OPT_TEXT, "NAME,...", "typed, but not in the mixture: counts for theta",
         false, &asked.pair.typed, NULL},
        {"--related", AMP_OPT_TEXT, "KIN=NAME",
         "Hd: the last unknown is sibling, parent, half-sibling, cousin of NAME", false,
         &asked.pair.related, NULL},
        {"--sample", AMP_OPT_TEXT, "NAME,...", "which sample; several are replicates", false,
         &asked.sample, NULL},
        {"--replicates", AMP_OPT_FLAG, NULL, "all samples are replicates of one item", false,
         &asked.replicates, NULL},
        {"--sensitivity", AMP_OPT_FLAG, NULL, "also with one contributor fewer and more", false,
         &asked.sensitivity, NULL},
        {"--deconvolve", AMP_OPT_FLAG, NULL, "genotypes of the unknown contributors", false,
         &asked.deconvolve, NULL},
        {"--mcmc", AMP_OPT_INT, "N", "conservative LR from N draws", false, &asked.mcmc, NULL},
        {"--integrate", AMP_OPT_FLAG, NULL, "Bayes factor by integration", false, &asked.integrate,
         NULL},
        {"--non-contributors", AMP_OPT_INT, "N", "LR of N random persons in the poi's place", false,
         &asked.noncontributors, NULL},
        {"--refit", AMP_OPT_FLAG, NULL, "fit again for each of them", false, &asked.refit, NULL},
        {"--seed", AMP_OPT_INT, "S", "of --mcmc and --non-contributors (1)", false, &asked.seed,
         NULL},
        {"--report", AMP_OPT_TEXT, "FILE.html", "write the report of this run", false,
         &asked.report, NULL},
        {"--case", AMP_OPT_TEXT, "TEXT", "for the report", false, &asked.case_name, NULL},
        {"--analyst", AMP_OPT_TEXT, "TEXT", "for the report", false, &asked.analyst, NULL},
        {"--reviewer", AMP_OPT_TEXT, "TEXT", "for the report", false, &asked.reviewer, NULL},
        {"--reason", AMP_OPT_TEXT, "TEXT", "why this number of contributors", false, &asked.reason,
         NULL},
    };
    const size_t own_n = sizeof own / sizeof own[0];
    size_t opt_n = amp_cli_dna_options(&asked.of, own, own_n, opts);
    const struct amp_cli_usage usage = {
        .name = "dna lr", .operands = "", .about = about, .opt = opts, .opt_n = opt_n};
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    if (asked.of.contributors < 1 || asked.of.contributors > AMP_MIX_CONTRIBUTORS) {
        return amp_cli_misuse("dna lr", "--contributors is a number from 1 to %d",
                              AMP_MIX_CONTRIBUTORS);
    }
    asked.pair.contributor_n = (size_t)asked.of.contributors;
    return lr_run(&asked, argc, argv);
}
