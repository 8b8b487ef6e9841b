/* Random persons in the place of the person of interest. */
#include "dna/noncontributor.h"
#include "base/chance.h"
#include "dna/numeric.h"
#include "dna/stranger.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRAWS = 100,
    STARTS = 3,
    THREADS = 64,
    DRAW_BYTES = 64 << 20 /* of one draw's mixtures and fits */
};
static const double LN_10 = 2.30258509299404568402;
static const double QUANTILE[AMP_NONCONTRIBUTOR_QUANTILES] = {0.5, 0.95, 0.99, 1};

/* What all threads read, and where each draw's result goes. */
struct run {
    const struct amp_noncontributor_case *of;
    const struct amp_noncontributor_options *options;
    const struct amp_stranger_table *table; /* of FIXED */
    size_t draw_n;
    double *log10_lr;
};

struct worker {
    const struct run *run;
    size_t first, stride;
    amp_err err;
    struct amp_why why;
};

/* The likelihood at the maximum under one hypothesis; an LR of 0 is no error. */
static amp_err refit(const struct amp_mix *mix, const struct amp_mix_fit_options *options,
                     const struct amp_mix_params *from, struct amp_arena *arena, double *loglik,
                     struct amp_why *why)
{
    struct amp_mix_fit fit = {.loglik = -INFINITY};
    amp_err err = from ? amp_mix_fit_from(mix, from, options, arena, &fit, why)
                       : amp_mix_fit_max(mix, options, arena, &fit, why);
    if (err && err != AMP_E_RANGE) {
        return err;
    }
    *loglik = err ? -INFINITY : fit.loglik;
    return AMP_OK;
}

static amp_err draw_refit(const struct run *run, struct amp_chance *chance, struct amp_arena *arena,
                          double *out, struct amp_why *why)
{
    const struct amp_noncontributor_case *of = run->of;
    struct amp_mix hp;
    struct amp_mix hd;
    amp_err err = amp_stranger_mix(of, chance, arena, &hp, &hd);
    if (err) {
        return err;
    }
    struct amp_mix_fit_options options = run->options->fit;
    options.thread_n = 1;
    options.start_n = options.start_n > 0 ? options.start_n : STARTS;
    double hp_loglik = 0;
    double hd_loglik = of->hd_fit->loglik;
    err = refit(&hp, &options, NULL, arena, &hp_loglik, why);
    if (!err && amp_stranger_moves_hd(of)) {
        err = refit(&hd, &options, &of->hd_fit->at, arena, &hd_loglik, why);
    }
    *out = (hp_loglik - hd_loglik) / LN_10;
    return err;
}

static void *work(void *self)
{
    struct worker *worker = self;
    const struct run *run = worker->run;
    const struct amp_dna_progress *progress = &run->options->progress;
    struct amp_arena arena = amp_arena_make(DRAW_BYTES);
    for (size_t i = worker->first; i < run->draw_n && !worker->err; i += worker->stride) {
        /* each draw has a stream of its own */
        struct amp_chance seed = {.state = run->options->seed + UINT64_C(0x632BE59BD9B4E019) * i};
        struct amp_chance chance = {.state = amp_chance_next(&seed)};
        if (run->table) {
            run->log10_lr[i] = amp_stranger_table_draw(run->table, &chance);
        } else {
            amp_arena_reset(&arena);
            worker->err = draw_refit(run, &chance, &arena, &run->log10_lr[i], &worker->why);
        }
        if (worker->first == 0 && progress->tell &&
            progress->tell(progress->self, (double)(i + 1) / (double)run->draw_n)) {
            worker->err = AMP_E_CONFLICT;
        }
    }
    amp_arena_drop(&arena);
    return NULL;
}

static amp_err all_draw(const struct run *run, struct amp_why *why)
{
    struct worker worker[THREADS];
    pthread_t thread[THREADS];
    bool running[THREADS] = {false};
    int want = run->options->fit.thread_n;
    size_t n = want < 1 || run->table ? 1 : want > THREADS ? THREADS : (size_t)want;
    for (size_t t = n; t-- > 0;) {
        worker[t] = (struct worker){.run = run, .first = t, .stride = n};
        running[t] = t > 0 && pthread_create(&thread[t], NULL, work, &worker[t]) == 0;
        if (!running[t]) {
            (void)work(&worker[t]);
        }
    }
    amp_err err = AMP_OK;
    for (size_t t = 0; t < n; t++) {
        if (running[t]) {
            pthread_join(thread[t], NULL);
        }
        if (!err && worker[t].err) {
            err = worker[t].err;
            if (why) {
                *why = worker[t].why;
            }
        }
    }
    return err;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void summary_fill(struct amp_noncontributor *out)
{
    double n = (double)out->draw_n;
    double finite = 0;
    double square = 0;
    double log_square = 0;
    qsort(out->log10_lr, out->draw_n, sizeof *out->log10_lr, rising);
    for (size_t i = 0; i < out->draw_n; i++) {
        double x = out->log10_lr[i];
        out->rate_above_0 += x > 0 ? 1 / n : 0;
        out->rate_above_1 += x > 1 ? 1 / n : 0;
        out->rate_above_observed += x > out->observed ? 1 / n : 0;
        out->mean_lr += amp_exp(x * LN_10) / n;
        out->impossible_n += isinf(x) ? 1 : 0;
        out->mean_log10 += isinf(x) ? 0 : x;
        finite += isinf(x) ? 0 : 1;
    }
    out->mean_log10 = finite > 0 ? out->mean_log10 / finite : NAN;
    for (size_t i = 0; i < out->draw_n; i++) {
        double lr = amp_exp(out->log10_lr[i] * LN_10) - out->mean_lr;
        double away = out->log10_lr[i] - out->mean_log10;
        square += lr * lr;
        log_square += isinf(out->log10_lr[i]) ? 0 : away * away;
    }
    out->sd_lr = out->draw_n > 1 ? sqrt(square / (n - 1)) : NAN;
    out->sd_log10 = finite > 1 ? sqrt(log_square / (finite - 1)) : NAN;
    for (size_t q = 0; q < AMP_NONCONTRIBUTOR_QUANTILES;
         q++) { /* the smallest with share q below */
        size_t rank = (size_t)ceil(QUANTILE[q] * n);
        out->quantile[q] = out->log10_lr[rank > 0 ? rank - 1 : 0];
    }
}

amp_err amp_noncontributor_run(const struct amp_noncontributor_case *of,
                               const struct amp_noncontributor_options *options,
                               struct amp_arena *arena, struct amp_noncontributor *out,
                               struct amp_why *why)
{
    assert(of->poi >= 0 && of->poi < (int)of->hp->contributor_n);
    struct amp_noncontributor result = {.seed = options->seed, .way = options->way};
    result.draw_n = options->draw_n > 0 ? options->draw_n : DRAWS;
    if (result.draw_n > AMP_NONCONTRIBUTORS) {
        return amp_fail(why, AMP_E_LIMIT, "%zu non-contributors: ask for %d at most", result.draw_n,
                        AMP_NONCONTRIBUTORS);
    }
    result.observed = (of->hp_fit->loglik - of->hd_fit->loglik) / LN_10;
    result.log10_lr = amp_arena_array(arena, result.draw_n, sizeof *result.log10_lr);
    if (!result.log10_lr) {
        return AMP_E_NOMEM;
    }
    struct amp_stranger_table table;
    if (options->way == AMP_NONCONTRIBUTOR_FIXED) {
        amp_err err = amp_stranger_table_make(of, arena, &table);
        if (err) {
            return err;
        }
    }
    const struct run run = {.of = of,
                            .options = options,
                            .table = options->way == AMP_NONCONTRIBUTOR_FIXED ? &table : NULL,
                            .draw_n = result.draw_n,
                            .log10_lr = result.log10_lr};
    amp_err err = all_draw(&run, why);
    if (!err) {
        summary_fill(&result);
        *out = result;
    }
    return err;
}
