/* Fits of mixtures and what follows from them, in CPU time, against their bars and EuroForMix. */
#include "base/testdata.h"
#include "dna/case_testdata.h"
#include "dna/deconvolve.h"
#include "dna/dump.h"
#include "dna/integral.h"
#include "dna/lr.h"
#include "dna/mcmc.h"
#include "dna/noncontributor.h"
#include "dna/ppplot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    RUNS = 3, /* the fastest counts: others use this machine too */
    ARENA = 1 << 28
};

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* One row: what, seconds, the bar (0 none), EuroForMix's seconds (0 not measured). */
static void row_print(const char *what, double seconds, double bar, double rival, const char *more)
{
    char bar_text[24] = "-";
    char rival_text[24] = "-";
    if (bar > 0) {
        (void)snprintf(bar_text, sizeof bar_text, "<= %g %s", bar,
                       seconds <= bar ? "ok" : "MISSED");
    }
    if (rival > 0) {
        (void)snprintf(rival_text, sizeof rival_text, "%g", rival);
    }
    printf("%-52s %9.4f s   %-12s %8s  %s\n", what, seconds, bar_text, rival_text, more);
}

static double fit_time(const struct amp_mix *mix, struct amp_mix_fit *fit)
{
    double best = INFINITY;
    for (int run = 0; run < RUNS; run++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_why why = {""};
        double start = cpu_s();
        amp_err err = amp_mix_fit_max(mix, &(struct amp_mix_fit_options){0}, &arena, fit, &why);
        best = fmin(best, cpu_s() - start);
        if (err) {
            fprintf(stderr, "%s\n", why.text);
        }
        amp_arena_drop(&arena);
    }
    return best;
}

static const char *fit_text(const struct amp_mix_fit *fit)
{
    static char text[96];
    (void)snprintf(text, sizeof text, "%.6f, %llu evaluations, %d of %d starts", fit->loglik,
                   (unsigned long long)fit->evaluation_n, fit->converged_n, fit->start_n);
    return text;
}

static bool dump_load(const char *rel, struct amp_arena *arena, struct amp_dna_dump *out)
{
    const char *path = amp_testdata(rel);
    FILE *file = path ? fopen(path, "rb") : NULL;
    struct amp_why why = {""};
    if (!file) {
        return false;
    }
    char *text = amp_arena_alloc(arena, 1 << 20);
    size_t len = text ? fread(text, 1, 1 << 20, file) : 0;
    (void)fclose(file);
    return amp_dna_dump_read((struct amp_str){text, len}, arena, out, &why) == AMP_OK;
}

/* A four-person PROVEDIt mixture, 21 markers, nobody known. */
static void unknowns_bench(size_t unknown_n, double bar, double rival)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_dump dump;
    if (!dump_load("dna/vectors/prov4_Hp.dump", &arena, &dump)) {
        printf("# no vectors\n");
        return;
    }
    struct amp_mix *mix = &dump.mix;
    struct amp_mix_marker *marker = amp_arena_array(&arena, mix->marker_n, sizeof *marker);
    uint8_t *copies = amp_arena_array(&arena, AMP_MIX_CONTRIBUTORS, AMP_MIX_ALLELES);
    if (marker && copies) {
        memcpy(marker, mix->marker, mix->marker_n * sizeof *marker);
        for (size_t m = 0; m < mix->marker_n; m++) {
            marker[m].known = 0;
            marker[m].copies = copies;
        }
        mix->marker = marker;
        mix->contributor_n = unknown_n;
        mix->degradation = true;
        mix->back = mix->forward = false;
        struct amp_mix_fit fit = {0};
        char what[64];
        double seconds = fit_time(mix, &fit);
        (void)snprintf(what, sizeof what, "fit, %zu unknown, degradation, 21 markers", unknown_n);
        row_print(what, seconds, bar, rival, fit_text(&fit));
    }
    amp_arena_drop(&arena);
}

static void globalfiler_bench(void)
{
    struct amp_case of;
    struct amp_mix hp;
    struct amp_mix hd;
    struct amp_mix_fit fit;
    if (!amp_case_open(&of, "dna/efm/examples/GF_evid.csv", "dna/efm/examples/GF_refs.csv",
                       "dna/efm/examples/GF_freq.csv", "GlobalFiler")) {
        printf("# no GlobalFiler case\n");
        return;
    }
    of.settings.threshold.value = 75;
    of.settings.degradation = of.settings.back = of.settings.forward = true;
    if (!amp_case_mix(&of, 4, "K48,K49,K50,K29", "", &hp) &&
        !amp_case_mix(&of, 4, "K48,K49,K50", "K29", &hd)) {
        double one = fit_time(&hp, &fit);
        row_print("fit, GlobalFiler, 4 known, both stutters", one, 0, 75.7, fit_text(&fit));
        double two = fit_time(&hd, &fit);
        row_print("fit, GlobalFiler, 3 known + 1 unknown, both stutters", two, 0, 123.6,
                  fit_text(&fit));
        row_print("fit, GlobalFiler 4 persons, both propositions", one + two, 1, 200, "");
    }
    amp_case_close(&of);
}

/* The tutorial's stain: everything that follows from its two fits. */
struct pair {
    struct amp_case of;
    struct amp_mix hp, hd;
    struct amp_mix_fit hp_fit, hd_fit;
};

static bool pair_open(struct pair *pair)
{
    const struct amp_mix_fit_options options = {0};
    if (!amp_case_open(&pair->of, "dna/efm/tutorialdata/stain.txt", "dna/efm/tutorialdata/refs.csv",
                       "dna/efm/tutorialdata/ESX17_Norway.csv", "ESX17")) {
        return false;
    }
    pair->of.settings.degradation = pair->of.settings.back = true;
    return !amp_case_mix(&pair->of, 2, "P1,P2", "", &pair->hp) &&
           !amp_case_mix(&pair->of, 2, "P1", "P2", &pair->hd) &&
           !amp_mix_fit_max(&pair->hp, &options, &pair->of.arena, &pair->hp_fit, &pair->of.why) &&
           !amp_mix_fit_max(&pair->hd, &options, &pair->of.arena, &pair->hd_fit, &pair->of.why);
}

static void bayes_bench(struct pair *pair)
{
    char text[96];
    struct amp_integral_lr integral = {0};
    struct amp_mcmc_lr chain = {0};
    double best = INFINITY;
    amp_err err = AMP_OK;
    for (int run = 0; run < RUNS && !err; run++) {
        double start = cpu_s();
        err = amp_integral_lr(&pair->hp, &pair->hp_fit, &pair->hd, &pair->hd_fit,
                              &(struct amp_integral_options){0}, &pair->of.arena, &integral,
                              &pair->of.why);
        best = fmin(best, cpu_s() - start);
    }
    (void)snprintf(text, sizeof text, "log10 %.4f [%.4f %.4f], %llu + %llu evaluations",
                   integral.log10_bayes_factor, integral.low, integral.high,
                   (unsigned long long)integral.hp.evaluation_n,
                   (unsigned long long)integral.hd.evaluation_n);
    row_print("Bayes factor by integration, 2 persons", best, 2, 214, text);
    double start = cpu_s();
    err = err ? err
              : amp_mcmc_lr(&pair->hp, &pair->hp_fit, &pair->hd, &pair->hd_fit,
                            &(struct amp_mcmc_options){.seed = 1}, &pair->of.arena, &chain,
                            &pair->of.why);
    (void)snprintf(text, sizeof text, "log10 %.3f, 5 %% quantile %.3f, effective %.0f %.0f",
                   chain.log10_bayes_factor, chain.log10_conservative, chain.hp.effective_n,
                   chain.hd.effective_n);
    row_print("2000 samples of 5 steps under both propositions", cpu_s() - start, 0, 2.0, text);
    if (err) {
        fprintf(stderr, "%s\n", pair->of.why.text);
    }
}

static void diagnostics_bench(struct pair *pair)
{
    struct amp_deconvolve deconvolved;
    struct amp_pp pp;
    struct amp_noncontributor strangers = {.quantile = {0}};
    struct amp_noncontributor_exact exact = {.low = 0};
    char text[96];
    double start = cpu_s();
    amp_err err =
        amp_deconvolve_run(&pair->hd, &pair->hd_fit.at, &(struct amp_deconvolve_options){0},
                           &pair->of.arena, &deconvolved, &pair->of.why);
    row_print("deconvolution, 2 persons", cpu_s() - start, 0, 0, "");
    start = cpu_s();
    err = err ? err : amp_pp_run(&pair->hd, &pair->hd_fit.at, &pair->of.arena, &pp, &pair->of.why);
    row_print("PP-plot, 2 persons", cpu_s() - start, 0, 0, "");
    const struct amp_noncontributor_case of = {&pair->hp, &pair->hd, &pair->hp_fit, &pair->hd_fit,
                                               .poi = 1};
    start = cpu_s();
    err = err ? err
              : amp_noncontributor_run(
                    &of, &(struct amp_noncontributor_options){.seed = 1, .draw_n = 10},
                    &pair->of.arena, &strangers, &pair->of.why);
    (void)snprintf(text, sizeof text, "median %.2f, largest %.2f", strangers.quantile[0],
                   strangers.quantile[3]);
    row_print("10 non-contributors, fitted again", cpu_s() - start, 0, 6.7, text);
    start = cpu_s();
    err = err ? err : amp_noncontributor_exact(&of, &pair->of.arena, &exact, &pair->of.why);
    (void)snprintf(text, sizeof text, "mean LR %.4f, P(LR > 1) %.5f", exact.mean_lr, exact.above_0);
    row_print("all non-contributors at fixed parameters", cpu_s() - start, 0, 0, text);
    if (err) {
        fprintf(stderr, "%s\n", pair->of.why.text);
    }
}

int main(void)
{
    struct pair pair;
    printf("%-52s %11s   %-12s %8s\n", "what", "CPU", "bar", "rival s");
    globalfiler_bench();
    unknowns_bench(4, 1, 109);
    unknowns_bench(5, 10, 0);
    unknowns_bench(6, 0, 0);
    if (pair_open(&pair)) {
        bayes_bench(&pair);
        diagnostics_bench(&pair);
        amp_case_close(&pair.of);
    } else {
        printf("# no tutorial case\n");
    }
    return 0;
}
