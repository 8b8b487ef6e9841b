/* Posteriors of genotypes, contributor by contributor, and the best joint ones by best-first
 * search. */
#include "dna/deconvolve.h"
#include "dna/numeric.h"
#include "dna/variant.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    JOINT = 10,
    QUEUE_MAX = 200000,   /* partial assignments waiting, at one marker */
    EXPANSIONS_MAX = 2000 /* partial assignments taken up, at one marker */
};
static const double JOINT_SUM = 0.99;
static const double LN_2 = 0.69314718055994530942;

/* One run. */
struct run {
    const struct amp_mix *mix;
    const struct amp_mix_params *params;
    const struct amp_deconvolve_options *options;
    struct amp_arena *arena;
    struct amp_deconvolve *out;
    struct amp_mix_work *like;
    struct amp_variant variant;
};

static const struct amp_genotype nobody = {UINT16_MAX, UINT16_MAX};

static size_t genotypes_of(size_t alleles)
{
    return alleles * (alleles + 1) / 2;
}

/* The marker with those of `given` [contributor_n] known whose genotype is there, typed. ln P of
 * these genotypes from the urn, in the order of the contributors. */
static double given_put(struct run *run, size_t marker, const struct amp_genotype *given)
{
    amp_variant_begin(&run->variant, run->mix, marker);
    double log_p = 0;
    for (size_t k = 0; k < run->mix->contributor_n; k++) {
        if (given[k].a == UINT16_MAX) {
            continue;
        }
        const uint16_t pair[2] = {given[k].a, given[k].b};
        log_p += pair[0] != pair[1] ? LN_2 : 0;
        for (int i = 0; i < 2; i++) {
            log_p += amp_variant_draw_log(&run->variant, pair[i]);
            amp_variant_give(&run->variant, k, pair[i]);
            amp_variant_type(&run->variant, pair[i], 1);
        }
    }
    return log_p;
}

static amp_err evaluate(struct run *run, double *loglik)
{
    run->out->evaluation_n++;
    return amp_variant_loglik(&run->variant, run->params, run->like, loglik);
}

/* ln P(findings, given genotypes). */
static amp_err given_log(struct run *run, size_t marker, const struct amp_genotype *given,
                         double *out)
{
    double log_p = given_put(run, marker, given);
    *out = -INFINITY;
    if (!isfinite(log_p)) {
        return AMP_OK;
    }
    double loglik;
    amp_err err = evaluate(run, &loglik);
    if (!err) {
        *out = log_p + loglik;
    }
    return err;
}

/* A relative's genotype has this chance, with these alleles drawn from the urn, the others being
 * identical by descent to those of the typed relative. */
struct descent {
    double weight;
    int draw_n;
    uint16_t draw[2];
};

enum {
    DESCENTS = 4
};

/* Of one allele drawn and one shared: weight kappa_1 times these. */
static size_t one_shared(const struct amp_genotype *g, const int32_t relative[2], double weight,
                         struct descent *out)
{
    size_t n = 0;
    for (int s = 0; s < 2; s++) { /* either allele of the relative is handed down */
        for (int other = 0; other < (g->a == g->b ? 1 : 2); other++) {
            uint16_t shared = other ? g->b : g->a;
            uint16_t drawn = other ? g->a : g->b;
            if (relative[s] == shared) {
                out[n++] = (struct descent){weight / 2, 1, {drawn, 0}};
            }
        }
    }
    return n;
}

static size_t descents_list(const struct amp_mix *mix, const struct amp_mix_marker *marker,
                            const struct amp_genotype *g, struct descent *out)
{
    const int32_t *r = marker->relative;
    size_t n = 0;
    out[n++] = (struct descent){mix->kappa[0] * (g->a == g->b ? 1 : 2), 2, {g->a, g->b}};
    n += one_shared(g, r, mix->kappa[1], out + n);
    if ((r[0] == g->a && r[1] == g->b) || (r[0] == g->b && r[1] == g->a)) {
        out[n++] = (struct descent){mix->kappa[2], 0, {0, 0}};
    }
    return n;
}

/* The same for the relative, `k`, with genotype g beside what is given. Exact whoever else is still
 * unknown: draws from the urn may be taken in any order. */
static amp_err relative_log(struct run *run, size_t marker, const struct amp_genotype *given,
                            size_t k, struct amp_genotype g, double *out)
{
    struct descent descent[1 + 2 * DESCENTS];
    double term[1 + 2 * DESCENTS];
    size_t n = descents_list(run->mix, &run->mix->marker[marker], &g, descent);
    size_t term_n = 0;
    for (size_t i = 0; i < n; i++) {
        double log_p = given_put(run, marker, given) + amp_ln(descent[i].weight);
        for (int d = 0; d < descent[i].draw_n; d++) {
            log_p += amp_variant_draw_log(&run->variant, descent[i].draw[d]);
            amp_variant_type(&run->variant, descent[i].draw[d], 1);
        }
        if (!isfinite(log_p)) {
            continue;
        }
        amp_variant_give(&run->variant, k, g.a);
        amp_variant_give(&run->variant, k, g.b);
        double loglik;
        amp_err err = evaluate(run, &loglik);
        if (err) {
            return err;
        }
        term[term_n++] = log_p + loglik;
    }
    *out = amp_logsumexp(term, term_n);
    return AMP_OK;
}

static bool is_relative(const struct run *run, size_t marker, size_t k)
{
    return run->mix->related == (int32_t)k && run->mix->marker[marker].relative[0] >= 0;
}

/* ln P(findings, given, contributor k has g) for all g, in the order (0,0), (0,1), (1,1), (0,2)..
 */
static amp_err person_logs(struct run *run, size_t marker, const struct amp_genotype *given,
                           size_t k, double *out)
{
    struct amp_genotype with[AMP_MIX_CONTRIBUTORS];
    memcpy(with, given, sizeof with);
    size_t at = 0;
    for (uint16_t b = 0; b < run->mix->marker[marker].genotype_n; b++) {
        for (uint16_t a = 0; a <= b; a++, at++) {
            struct amp_genotype g = {a, b};
            with[k] = g;
            amp_err err = is_relative(run, marker, k)
                              ? relative_log(run, marker, given, k, g, &out[at])
                              : given_log(run, marker, with, &out[at]);
            if (err) {
                return err;
            }
        }
    }
    return AMP_OK;
}

/* Most probable first; of equals a, then b. */
static int row_order(const void *x, const void *y)
{
    const struct amp_deconvolve_row *p = x;
    const struct amp_deconvolve_row *q = y;
    if (p->probability != q->probability) {
        return p->probability > q->probability ? -1 : 1;
    }
    if (p->genotype.a != q->genotype.a) {
        return p->genotype.a < q->genotype.a ? -1 : 1;
    }
    return p->genotype.b < q->genotype.b ? -1 : p->genotype.b > q->genotype.b;
}

static amp_err person_fill(struct run *run, size_t marker, const double *log_p, double *total,
                           struct amp_deconvolve_person *out)
{
    size_t alleles = run->mix->marker[marker].genotype_n;
    size_t n = genotypes_of(alleles);
    *total = amp_logsumexp(log_p, n);
    if (!isfinite(*total)) {
        return AMP_E_RANGE;
    }
    out->unknown = true;
    out->row_n = n;
    out->row = amp_arena_array(run->arena, n, sizeof *out->row);
    out->allele = amp_arena_array(run->arena, alleles, sizeof *out->allele);
    if (!out->row || !out->allele || !out->dose) {
        return AMP_E_NOMEM;
    }
    size_t at = 0;
    for (uint16_t b = 0; b < alleles; b++) {
        for (uint16_t a = 0; a <= b; a++, at++) {
            double p = amp_exp(log_p[at] - *total);
            out->row[at] = (struct amp_deconvolve_row){{a, b}, p};
            out->dose[a] += p;
            out->dose[b] += p;
            out->allele[a] += p;
            out->allele[b] += a == b ? 0 : p;
        }
    }
    qsort(out->row, n, sizeof *out->row, row_order);
    out->ratio_next = n > 1 && out->row[1].probability > 0
                          ? out->row[0].probability / out->row[1].probability
                          : INFINITY;
    return AMP_OK;
}

/* A partial assignment: the first `depth` of the unknown, in their order, have genotypes. */
struct node {
    struct amp_genotype given[AMP_MIX_CONTRIBUTORS];
    double log_p; /* of the findings and these genotypes: no completion has more */
    uint32_t depth;
    uint32_t serial; /* of equals the earlier first */
};

struct queue {
    struct node *node; /* a heap */
    size_t n;
    uint32_t serial;
};

static bool before(const struct node *a, const struct node *b)
{
    if (a->log_p != b->log_p) {
        return a->log_p > b->log_p;
    }
    return a->serial < b->serial;
}

static bool queue_push(struct queue *queue, const struct node *node)
{
    if (queue->n == QUEUE_MAX) {
        return false;
    }
    size_t at = queue->n++;
    queue->node[at] = *node;
    queue->node[at].serial = queue->serial++;
    while (at > 0 && before(&queue->node[at], &queue->node[(at - 1) / 2])) {
        struct node swap = queue->node[at];
        queue->node[at] = queue->node[(at - 1) / 2];
        queue->node[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
    return true;
}

static struct node queue_pop(struct queue *queue)
{
    struct node top = queue->node[0];
    queue->node[0] = queue->node[--queue->n];
    size_t at = 0;
    for (;;) {
        size_t best = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < queue->n; child++) {
            best = before(&queue->node[child], &queue->node[best]) ? child : best;
        }
        if (best == at) {
            return top;
        }
        struct node swap = queue->node[at];
        queue->node[at] = queue->node[best];
        queue->node[best] = swap;
        at = best;
    }
}

/* The unknown in the order they are given genotypes: the relative last, as his depend on all. */
static size_t unknown_order(const struct run *run, size_t marker, size_t *order)
{
    size_t n = 0;
    for (int last = 0; last < 2; last++) {
        for (size_t k = 0; k < run->mix->contributor_n; k++) {
            bool known = run->mix->marker[marker].known >> k & 1;
            if (!known && is_relative(run, marker, k) == (last == 1)) {
                order[n++] = k;
            }
        }
    }
    return n;
}

/* Everything one step further from a node goes into the queue. */
static amp_err expand(struct run *run, size_t marker, const struct node *node, size_t k,
                      double least, double *logs, struct queue *queue)
{
    amp_err err = person_logs(run, marker, node->given, k, logs);
    if (err) {
        return err;
    }
    size_t at = 0;
    for (uint16_t b = 0; b < run->mix->marker[marker].genotype_n; b++) {
        for (uint16_t a = 0; a <= b; a++, at++) {
            if (!(logs[at] > least)) {
                continue;
            }
            struct node child = *node;
            child.given[k] = (struct amp_genotype){a, b};
            child.log_p = logs[at];
            child.depth++;
            if (!queue_push(queue, &child)) {
                return AMP_OK; /* full: what is waiting is enough for the list */
            }
        }
    }
    return AMP_OK;
}

/* Best first: a complete assignment that comes to the top beats all that are still open. */
static amp_err joint_search(struct run *run, size_t marker, double total, double *logs,
                            struct queue *queue, struct amp_deconvolve_marker *out)
{
    size_t order[AMP_MIX_CONTRIBUTORS];
    size_t unknown = unknown_order(run, marker, order);
    size_t want = run->options->joint_n > 0 ? run->options->joint_n : JOINT;
    double enough = run->options->joint_sum > 0 ? run->options->joint_sum : JOINT_SUM;
    double sum = 0;
    struct node root = {.log_p = total};
    for (size_t k = 0; k < AMP_MIX_CONTRIBUTORS; k++) {
        root.given[k] = nobody;
    }
    queue->n = 0;
    queue->serial = 0;
    (void)queue_push(queue, &root);
    double least = total + amp_ln(1e-9);
    for (int taken = 0; queue->n > 0 && out->joint_n < want && sum < enough;) {
        struct node node = queue_pop(queue);
        if (node.depth < unknown) {
            if (++taken > EXPANSIONS_MAX) {
                break;
            }
            amp_err err = expand(run, marker, &node, order[node.depth], least, logs, queue);
            if (err) {
                return err;
            }
            continue;
        }
        struct amp_deconvolve_joint *joint = &out->joint[out->joint_n++];
        joint->probability = amp_exp(node.log_p - total);
        sum += joint->probability;
        joint->genotype =
            amp_arena_array(run->arena, run->mix->contributor_n, sizeof *joint->genotype);
        if (!joint->genotype) {
            return AMP_E_NOMEM;
        }
        memcpy(joint->genotype, node.given, run->mix->contributor_n * sizeof *joint->genotype);
    }
    return AMP_OK;
}

static amp_err marker_people(struct run *run, size_t marker, double *logs, double *total,
                             struct amp_deconvolve_marker *out)
{
    const struct amp_mix_marker *of = &run->mix->marker[marker];
    struct amp_genotype none[AMP_MIX_CONTRIBUTORS];
    for (size_t k = 0; k < AMP_MIX_CONTRIBUTORS; k++) {
        none[k] = nobody;
    }
    for (size_t k = 0; k < run->mix->contributor_n; k++) {
        struct amp_deconvolve_person *person = &out->person[k];
        person->dose = amp_arena_array(run->arena, of->genotype_n, sizeof *person->dose);
        if (!person->dose) {
            return AMP_E_NOMEM;
        }
        if (of->known >> k & 1) {
            for (size_t a = 0; a < of->genotype_n; a++) {
                person->dose[a] = of->copies[k * of->allele_n + a];
            }
            continue;
        }
        amp_err err = person_logs(run, marker, none, k, logs);
        err = err ? err : person_fill(run, marker, logs, total, person);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static amp_err marker_run(struct run *run, size_t marker, double *logs, struct queue *queue)
{
    struct amp_deconvolve_marker *out = &run->out->marker[marker];
    size_t want = run->options->joint_n > 0 ? run->options->joint_n : JOINT;
    double total = -INFINITY;
    out->name = run->mix->marker[marker].name;
    out->person = amp_arena_array(run->arena, run->mix->contributor_n, sizeof *out->person);
    out->joint = amp_arena_array(run->arena, want, sizeof *out->joint);
    if (!out->person || !out->joint) {
        return AMP_E_NOMEM;
    }
    amp_err err = marker_people(run, marker, logs, &total, out);
    if (err || !isfinite(total)) { /* nobody is unknown here */
        return err;
    }
    return joint_search(run, marker, total, logs, queue, out);
}

static amp_err all_run(struct run *run, double *logs, struct queue *queue, struct amp_why *why)
{
    const struct amp_dna_progress *progress = &run->options->progress;
    for (size_t m = 0; m < run->mix->marker_n; m++) {
        if (progress->tell &&
            progress->tell(progress->self, (double)m / (double)run->mix->marker_n)) {
            return AMP_E_CONFLICT;
        }
        amp_err err = marker_run(run, m, logs, queue);
        if (err == AMP_E_RANGE) {
            const struct amp_str name = run->mix->marker[m].name;
            return amp_fail(why, err,
                            "marker %.*s: the findings are impossible at these parameters",
                            (int)name.len, name.ptr);
        }
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

amp_err amp_deconvolve_run(const struct amp_mix *mix, const struct amp_mix_params *params,
                           const struct amp_deconvolve_options *options, struct amp_arena *arena,
                           struct amp_deconvolve *out, struct amp_why *why)
{
    assert(options->joint_n <= AMP_DECONVOLVE_JOINT);
    struct amp_deconvolve result = {.marker_n = mix->marker_n, .contributor_n = mix->contributor_n};
    result.marker = amp_arena_array(arena, mix->marker_n, sizeof *result.marker);
    struct run *run = calloc(1, sizeof *run);
    double *logs = calloc(genotypes_of(AMP_MIX_ALLELES), sizeof *logs);
    struct queue queue = {.node = calloc(QUEUE_MAX, sizeof *queue.node)};
    amp_err err = AMP_E_NOMEM;
    if (result.marker && run && logs && queue.node) {
        *run = (struct run){
            .mix = mix, .params = params, .options = options, .arena = arena, .out = &result};
        err = amp_mix_work_create(mix, &run->like);
        err = err ? err : all_run(run, logs, &queue, why);
        amp_mix_work_destroy(run->like);
    }
    free(queue.node);
    free(logs);
    free(run);
    if (!err) {
        *out = result;
    }
    return err;
}

struct amp_str amp_genotype_text(const struct amp_mix_marker *marker, struct amp_genotype genotype,
                                 struct amp_arena *arena)
{
    assert(genotype.a < marker->genotype_n && genotype.b < marker->genotype_n);
    struct amp_str a = marker->allele[genotype.a].name;
    struct amp_str b = marker->allele[genotype.b].name;
    return amp_arena_printf(arena, "%.*s/%.*s", (int)a.len, a.ptr, (int)b.len, b.ptr);
}
