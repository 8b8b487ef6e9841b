/* The maximum of a mixture's likelihood: starts are screened, climbed in rounds, the best polished.
 */
#include "dna/fit.h"
#include "dna/fit_info.h"
#include "dna/fit_start.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    THREADS = 64,
    ROUND_STEPS = 6, /* of every climb before they are compared */
    ROUNDS = 60,
    POLISH_STEPS = 200,
    KICKS = 4,
    FEW_POINTS = 10
};
static const double TOLERANCE = 1e-8;
static const double REACHED = 1e-4; /* a climb that ends so near has reached the maximum */
static const double MARGIN[] = {30, 12, 6, 4, 3}; /* behind the best after a round: given up */
static const double OMEGA[] = {1, 0.4, 2.5};      /* of the guess */
static const double APART = 0.12;                 /* starts differ by so much in some share */

/* One start on its way. */
struct start {
    struct amp_mix_params params;
    double value;
    bool defined;
    struct amp_fit_space space;
    struct amp_climb climb;
    bool out;        /* given up, or the same as an earlier one */
    int merged_into; /* that earlier one, -1 */
};

/* Work for several threads: item i belongs to thread i mod thread_n. */
struct crew {
    const struct amp_mix *mix;
    struct amp_mix_work *work[THREADS];
    size_t thread_n;
};

struct job {
    struct crew *crew;
    void (*item)(struct start *start, double tolerance);
    struct start *start;
    size_t n;
    double tolerance;
    size_t thread;
};

static void crew_destroy(struct crew *crew)
{
    for (size_t t = 0; t < crew->thread_n; t++) {
        amp_mix_work_destroy(crew->work[t]);
    }
}

static amp_err crew_create(const struct amp_mix *mix, int thread_n, struct crew *out)
{
    *out = (struct crew){.mix = mix};
    size_t want = thread_n < 1 ? 1 : (size_t)thread_n;
    want = want > THREADS ? THREADS : want;
    while (out->thread_n < want) {
        amp_err err = amp_mix_work_create(mix, &out->work[out->thread_n]);
        if (err) {
            crew_destroy(out);
            return err;
        }
        out->thread_n++;
    }
    return AMP_OK;
}

static void *job_run(void *self)
{
    const struct job *job = self;
    for (size_t i = job->thread; i < job->n; i += job->crew->thread_n) {
        job->start[i].space.work = job->crew->work[job->thread];
        job->item(&job->start[i], job->tolerance);
    }
    return NULL;
}

/* Every start once through `item`; a thread that cannot be had is done without. */
static void crew_run(struct crew *crew, struct start *start, size_t n, double tolerance,
                     void (*item)(struct start *start, double tolerance))
{
    struct job job[THREADS];
    pthread_t thread[THREADS];
    bool running[THREADS] = {false};
    for (size_t t = crew->thread_n; t-- > 0;) {
        job[t] = (struct job){.crew = crew,
                              .item = item,
                              .start = start,
                              .n = n,
                              .tolerance = tolerance,
                              .thread = t};
        running[t] = t > 0 && n > t && pthread_create(&thread[t], NULL, job_run, &job[t]) == 0;
        if (!running[t]) {
            job_run(&job[t]);
        }
    }
    for (size_t t = 1; t < crew->thread_n; t++) {
        if (running[t]) {
            pthread_join(thread[t], NULL);
        }
    }
}

static void start_value(struct start *start, double tolerance)
{
    (void)tolerance;
    start->defined = amp_fit_evaluate(&start->space, &start->params, &start->value, NULL);
}

static void start_begin(struct start *start, double tolerance)
{
    (void)tolerance;
    double x[AMP_DENSE_MAX];
    double scale[AMP_DENSE_MAX];
    amp_fit_space_put(&start->space, &start->params, x);
    amp_fit_space_scale(&start->space, scale);
    start->defined = amp_climb_start(
        &start->climb,
        &(struct amp_climb_function){.at = amp_fit_space_value, .self = &start->space}, x, scale,
        amp_mix_natural_n(start->space.mix));
    start->out = !start->defined;
}

static void start_round(struct start *start, double tolerance)
{
    if (!start->out) {
        amp_climb_on(&start->climb,
                     &(struct amp_climb_function){.at = amp_fit_space_value, .self = &start->space},
                     ROUND_STEPS, tolerance);
    }
}

/* Better first; of equals the earlier in the design. */
static int start_better(const void *a, const void *b)
{
    const struct start *x = a;
    const struct start *y = b;
    if (x->defined != y->defined) {
        return x->defined ? -1 : 1;
    }
    if (x->defined && x->value != y->value) {
        return x->value > y->value ? -1 : 1;
    }
    return x->merged_into < y->merged_into ? -1 : x->merged_into > y->merged_into;
}

static bool apart(const struct start *a, const struct start *b, size_t n)
{
    if (a->params.omega != b->params.omega) {
        return true;
    }
    for (size_t k = 0; k < n; k++) {
        if (fabs(a->params.share[k] - b->params.share[k]) > APART) {
            return true;
        }
    }
    return false;
}

/* The best points of the design that lie apart, `want` of them at most, to the front. */
static size_t design_choose(struct start *start, size_t n, size_t want, size_t contributor_n)
{
    for (size_t i = 0; i < n; i++) {
        start[i].merged_into = (int)i; /* the place in the design, for equals */
    }
    qsort(start, n, sizeof *start, start_better);
    size_t chosen = 0;
    for (size_t i = 0; i < n && chosen < want && start[i].defined; i++) {
        bool new = true;
        for (size_t j = 0; j < chosen && new; j++) {
            new = apart(&start[i], &start[j], contributor_n);
        }
        if (new) {
            struct start swap = start[chosen];
            start[chosen] = start[i];
            start[i] = swap;
            start[chosen].merged_into = -1;
            chosen++;
        }
    }
    return chosen;
}

/* Exchangeable unknowns by falling share. */
static void labels_order(const struct amp_mix *mix, struct amp_mix_params *params)
{
    uint32_t exchangeable = amp_mix_exchangeable(mix);
    for (size_t i = 0; i < mix->contributor_n; i++) {
        for (size_t j = i + 1; j < mix->contributor_n; j++) {
            if ((exchangeable >> i & 1) && (exchangeable >> j & 1) &&
                params->share[j] > params->share[i]) {
                double swap = params->share[i];
                params->share[i] = params->share[j];
                params->share[j] = swap;
            }
        }
    }
}

static bool same_place(const struct start *a, const struct start *b)
{
    const struct amp_mix *mix = a->space.mix;
    struct amp_mix_params p;
    struct amp_mix_params q;
    if (!amp_fit_space_get(&a->space, a->climb.x, &p) ||
        !amp_fit_space_get(&b->space, b->climb.x, &q)) {
        return false;
    }
    labels_order(mix, &p);
    labels_order(mix, &q);
    double far = fmax(fabs(p.xi_back - q.xi_back), fabs(p.xi_forward - q.xi_forward));
    for (size_t k = 0; k < mix->contributor_n; k++) {
        far = fmax(far, fabs(p.share[k] - q.share[k]));
    }
    far = fmax(far, fabs(p.mu / q.mu - 1));
    far = fmax(far, fmax(fabs(p.omega / q.omega - 1), fabs(p.beta / q.beta - 1)));
    return far < 0.01 && fabs(a->climb.value - b->climb.value) < 0.1;
}

static bool at_rest(const struct start *start)
{
    return start->climb.converged || start->climb.stuck;
}

/* Gives up those far behind, and those on the way of a better one. Returns how many go on. */
static size_t round_judge(struct start *start, size_t n, size_t round)
{
    size_t last = sizeof MARGIN / sizeof MARGIN[0] - 1;
    double margin = MARGIN[round < last ? round : last];
    double best = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        best = start[i].out ? best : fmax(best, start[i].climb.value);
    }
    size_t going = 0;
    for (size_t i = 0; i < n; i++) {
        if (start[i].out) {
            continue;
        }
        start[i].out = start[i].climb.value < best - margin;
        for (size_t j = 0; j < n && !start[i].out; j++) {
            bool better = start[j].climb.value > start[i].climb.value ||
                          (start[j].climb.value == start[i].climb.value && j < i);
            if (j != i && !start[j].out && better && same_place(&start[i], &start[j])) {
                start[i].out = true;
                start[i].merged_into = (int)j;
            }
        }
        going += !start[i].out && !at_rest(&start[i]) ? 1 : 0;
    }
    return going;
}

/* From x on; true when it leads higher than best is. */
static bool climb_again(struct start *best, const double *x, double tolerance)
{
    struct amp_climb_function function = {.at = amp_fit_space_value, .self = &best->space};
    double scale[AMP_DENSE_MAX];
    struct amp_climb again;
    amp_fit_space_scale(&best->space, scale);
    if (!amp_climb_start(&again, &function, x, scale, best->climb.n)) {
        return false;
    }
    amp_climb_on(&again, &function, POLISH_STEPS, tolerance * 1e-2);
    if (again.value <= best->climb.value + tolerance) {
        return false;
    }
    best->climb = again;
    return true;
}

/* From the best of the starts to the last digit, off saddles between like unknowns, and off borders
 * where it rises inwards. */
static void polish(struct start *best, double tolerance)
{
    struct amp_climb_function function = {.at = amp_fit_space_value, .self = &best->space};
    amp_climb_on(&best->climb, &function, POLISH_STEPS, tolerance * 1e-2);
    for (int kick = 0; kick < KICKS; kick++) {
        double x[AMP_DENSE_MAX];
        size_t base = best->space.base;
        memcpy(x, best->climb.x, sizeof x);
        bool higher = amp_fit_space_split(&best->space, x) && climb_again(best, x, tolerance);
        if (!higher) {
            best->space.base = base; /* the coordinates of best->climb */
            memcpy(x, best->climb.x, sizeof x);
            higher = amp_fit_space_kick(&best->space, x) && climb_again(best, x, tolerance);
        }
        if (!higher) {
            return;
        }
    }
}

static int default_starts(const struct amp_mix *mix)
{
    unsigned unknown = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        unknown += amp_mix_exchangeable(mix) >> k & 1;
    }
    return unknown < 4 ? 8 : unknown == 4 ? 5 : 3;
}

/* Where the design has few points, each begins with several variabilities. Returns how many starts
 * there are. */
static size_t starts_make(const struct amp_mix *mix, struct start *start)
{
    double share[AMP_FIT_DESIGN][AMP_MIX_CONTRIBUTORS];
    size_t point_n = amp_fit_start_design(mix, share);
    size_t levels = point_n <= FEW_POINTS ? sizeof OMEGA / sizeof OMEGA[0] : 1;
    struct amp_mix_params guess = {0};
    amp_fit_start_guess(mix, &guess);
    for (size_t i = 0; i < point_n * levels; i++) {
        start[i] = (struct start){.params = guess, .space.mix = mix, .merged_into = -1};
        memcpy(start[i].params.share, share[i / levels], sizeof start[i].params.share);
        start[i].params.omega *= OMEGA[i % levels];
    }
    return point_n * levels;
}

static uint64_t evaluations(const struct start *start, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += start[i].space.evaluation_n;
    }
    return sum;
}

static amp_err no_start(struct amp_why *why)
{
    return amp_fail(why, AMP_E_RANGE,
                    "no parameters give these peaks a likelihood above 0 under this hypothesis: "
                    "try more contributors, or a drop-in probability above 0");
}

/* Climbs in rounds; gives the index of the best, or n. */
static size_t climb_all(struct crew *crew, struct start *start, size_t n, double tolerance)
{
    crew_run(crew, start, n, tolerance, start_begin);
    for (size_t round = 0; round < ROUNDS; round++) {
        crew_run(crew, start, n, tolerance, start_round);
        if (round_judge(start, n, round) == 0) {
            break;
        }
    }
    size_t best = n;
    for (size_t i = 0; i < n; i++) {
        if (start[i].defined && !start[i].out &&
            (best == n || start[i].climb.value > start[best].climb.value)) {
            best = i;
        }
    }
    return best;
}

/* How many ended at the maximum, those that were on the way of one that did included. */
static int converged_count(const struct start *start, size_t n, double top)
{
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (size_t hop = 0; hop < n && start[at].merged_into >= 0; hop++) {
            at = (size_t)start[at].merged_into;
        }
        count += start[at].defined && start[at].climb.value >= top - REACHED ? 1 : 0;
    }
    return count;
}

static amp_err fit_run(struct crew *crew, struct start *start, size_t n, double tolerance,
                       struct amp_arena *arena, struct amp_mix_fit *out, struct amp_why *why)
{
    size_t best = climb_all(crew, start, n, tolerance);
    if (best == n) {
        return no_start(why);
    }
    start[best].space.work = crew->work[0];
    polish(&start[best], tolerance);
    struct amp_mix_fit fit = {.start_n = (int)n};
    fit.converged_n = converged_count(start, n, start[best].climb.value);
    if (!amp_fit_space_get(&start[best].space, start[best].climb.x, &fit.at)) {
        return no_start(why);
    }
    labels_order(crew->mix, &fit.at);
    amp_err err = amp_fit_info(&start[best].space, arena, &fit);
    if (err) {
        return err;
    }
    fit.evaluation_n = evaluations(start, n);
    *out = fit;
    return AMP_OK;
}

amp_err amp_mix_fit_max(const struct amp_mix *mix, const struct amp_mix_fit_options *options,
                        struct amp_arena *arena, struct amp_mix_fit *out, struct amp_why *why)
{
    assert(mix->contributor_n > 0 && options->start_n <= AMP_MIX_STARTS);
    double tolerance = options->tolerance > 0 ? options->tolerance : TOLERANCE;
    size_t want = (size_t)(options->start_n > 0 ? options->start_n : default_starts(mix));
    struct start *start = calloc(AMP_FIT_DESIGN, sizeof *start);
    struct crew crew = {0};
    amp_err err = AMP_E_NOMEM;
    if (!start) {
        goto out;
    }
    err = crew_create(mix, options->thread_n, &crew);
    if (err) {
        goto out;
    }
    size_t point_n = starts_make(mix, start);
    crew_run(&crew, start, point_n, tolerance, start_value);
    uint64_t screened = evaluations(start, point_n);
    size_t n = design_choose(start, point_n, want, mix->contributor_n);
    uint64_t of_chosen = evaluations(start, n);
    err = n == 0 ? no_start(why) : fit_run(&crew, start, n, tolerance, arena, out, why);
    if (!err) {
        out->evaluation_n += screened - of_chosen;
    }
out:
    crew_destroy(&crew);
    free(start);
    return err;
}

amp_err amp_mix_fit_from(const struct amp_mix *mix, const struct amp_mix_params *from,
                         const struct amp_mix_fit_options *options, struct amp_arena *arena,
                         struct amp_mix_fit *out, struct amp_why *why)
{
    struct crew crew;
    amp_err err = crew_create(mix, 1, &crew);
    if (err) {
        return err;
    }
    double tolerance = options->tolerance > 0 ? options->tolerance : TOLERANCE;
    struct start start = {.params = *from, .space.mix = mix, .merged_into = -1};
    err = fit_run(&crew, &start, 1, tolerance, arena, out, why);
    crew_destroy(&crew);
    return err;
}
