/*
 * The weights of one profile with closures, and the scratch memory of queries.
 *
 * A metric never changes once it is made. amp_metric_change makes the next one in the memory of one
 * that nobody holds any more: that one is first brought up to what `from` is, by copying only the
 * places that were changed between the two, and then changed. So two sets of weights take turns,
 * and no query ever sees half a change. Metrics that come from one another share a pool, which
 * keeps at most one such spare; what each change touched is kept for a few generations.
 */
#include "map/broad.h"
#include "map/closing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_MAX_GIB = 4,
    PART_SHARE = 400, /* more than one in so many arcs changed: customize all */
    PART_LEAST = 32
};

struct amp_metric_pool {
    atomic_uint refs; /* metrics */
    atomic_uint_fast64_t id_last;
    _Atomic(struct amp_metric *) spare;
};

/* What a change touched; lists of uint32_t, ascending. */
struct amp_metric_step {
    atomic_uint refs;
    uint64_t from; /* id of the metric before */
    bool all;      /* there are no lists: anything may be different */
    struct amp_buf up, arc, base;
};

static const uint32_t *list(const struct amp_buf *buf, size_t *n)
{
    *n = buf->len / sizeof(uint32_t);
    return (const uint32_t *)(const void *)buf->data;
}

/* ---- life ---- */

static void step_unref(struct amp_metric_step *step)
{
    if (step != NULL && atomic_fetch_sub_explicit(&step->refs, 1, memory_order_acq_rel) == 1) {
        amp_buf_free(&step->up);
        amp_buf_free(&step->arc);
        amp_buf_free(&step->base);
        free(step);
    }
}

static struct amp_metric_step *step_create(uint64_t from)
{
    struct amp_metric_step *step = calloc(1, sizeof(*step));
    if (step != NULL) {
        atomic_init(&step->refs, 1);
        step->from = from;
        step->up = amp_buf_make((size_t)LIST_MAX_GIB << 30);
        step->arc = amp_buf_make((size_t)LIST_MAX_GIB << 30);
        step->base = amp_buf_make((size_t)LIST_MAX_GIB << 30);
    }
    return step;
}

static void past_drop(struct amp_metric *metric)
{
    while (metric->past_n > 0) {
        step_unref(metric->past[--metric->past_n]);
    }
}

static void metric_free(struct amp_metric *metric)
{
    if (metric != NULL) {
        past_drop(metric);
        amp_buf_free(&metric->mark);
        amp_roads_unref(metric->roads);
        free(metric->weight);
        free(metric->up);
        free(metric->down);
        free(metric->percent);
        free(metric);
    }
}

/* Room for weights, without any; not in a pool yet. */
static struct amp_metric *metric_alloc(const struct amp_roads *roads, enum amp_profile profile)
{
    struct amp_metric *metric = calloc(1, sizeof(*metric));
    if (metric == NULL) {
        return NULL;
    }
    metric->roads = amp_roads_ref(roads);
    metric->profile = profile;
    atomic_init(&metric->refs, 1);
    metric->mark = amp_buf_make((size_t)LIST_MAX_GIB << 30);
    metric->weight = amp_broad_alloc(roads->arc_n + 1, sizeof(uint32_t));
    metric->up = amp_broad_alloc(roads->up_n + 1, sizeof(uint32_t));
    metric->down = amp_broad_alloc(roads->up_n + 1, sizeof(uint32_t));
    metric->percent = amp_broad_alloc(2 * roads->seg_n + 1, sizeof(uint16_t));
    if (metric->weight == NULL || metric->up == NULL || metric->down == NULL ||
        metric->percent == NULL) {
        metric_free(metric);
        return NULL;
    }
    return metric;
}

static void pool_unref(struct amp_metric_pool *pool)
{
    if (atomic_fetch_sub_explicit(&pool->refs, 1, memory_order_acq_rel) == 1) {
        metric_free(atomic_load(&pool->spare));
        free(pool);
    }
}

static amp_err no_memory(struct amp_why *why)
{
    return amp_fail(why, AMP_E_NOMEM, "not enough memory for the weights of the roads");
}

static void percents_set(struct amp_metric *metric)
{
    const struct amp_closing_mark *mark =
        (const struct amp_closing_mark *)(const void *)metric->mark.data;
    for (size_t i = 0; i < 2 * metric->roads->seg_n; i++) {
        metric->percent[i] = 100;
    }
    for (size_t i = 0; i < metric->mark.len / sizeof(*mark); i++) {
        metric->percent[mark[i].base] = (uint16_t)mark[i].percent;
    }
}

amp_err amp_metric_create_by(const struct amp_roads *roads, enum amp_profile profile,
                             const struct amp_road_closure *closure, size_t closure_n,
                             unsigned threads, struct amp_metric **out, struct amp_why *why)
{
    struct amp_metric_pool *pool = calloc(1, sizeof(*pool));
    struct amp_metric *metric = metric_alloc(roads, profile);
    amp_err err = pool == NULL || metric == NULL ? no_memory(why) : AMP_OK;
    if (!err) {
        err = amp_closing_marks(roads, closure, closure_n, &metric->mark, why);
    }
    if (!err) {
        percents_set(metric);
        err = amp_cch_customize(metric, threads) ? no_memory(why) : AMP_OK;
    }
    if (err) {
        metric_free(metric);
        free(pool);
        return err;
    }
    atomic_init(&pool->refs, 1);
    atomic_init(&pool->id_last, 1);
    atomic_init(&pool->spare, NULL);
    metric->pool = pool;
    metric->id = 1;
    *out = metric;
    return AMP_OK;
}

amp_err amp_metric_create(const struct amp_roads *roads, enum amp_profile profile,
                          const struct amp_road_closure *closure, size_t closure_n,
                          struct amp_metric **out, struct amp_why *why)
{
    return amp_metric_create_by(roads, profile, closure, closure_n, 1, out, why);
}

uint64_t amp_metric_id(const struct amp_metric *metric)
{
    return metric->id;
}

struct amp_metric *amp_metric_ref(struct amp_metric *metric)
{
    atomic_fetch_add_explicit(&metric->refs, 1, memory_order_relaxed);
    return metric;
}

void amp_metric_unref(struct amp_metric *metric)
{
    if (metric != NULL && atomic_fetch_sub_explicit(&metric->refs, 1, memory_order_acq_rel) == 1) {
        struct amp_metric_pool *pool = metric->pool;
        amp_roads_unref(metric->roads);
        metric->roads = NULL; /* nobody asks a spare */
        metric_free(atomic_exchange(&pool->spare, metric));
        pool_unref(pool);
    }
}

/* ---- from one metric to the next ---- */

/* The id of what metric was so many changes ago. */
static uint64_t id_before(const struct amp_metric *metric, size_t changes)
{
    return changes == 0 ? metric->id : metric->past[changes - 1]->from;
}

/* How many changes each is away from what both come from; false if they remember none. */
static bool origin_find(const struct amp_metric *a, const struct amp_metric *b, size_t *a_n,
                        size_t *b_n)
{
    for (size_t i = 0; i <= a->past_n; i++) {
        for (size_t k = 0; k <= b->past_n; k++) {
            if (id_before(a, i) == id_before(b, k)) {
                *a_n = i;
                *b_n = k;
                return true;
            }
        }
    }
    return false;
}

static void all_copy(struct amp_metric *to, const struct amp_metric *from)
{
    const struct amp_roads *rd = from->roads;
    memcpy(to->weight, from->weight, rd->arc_n * sizeof(uint32_t));
    memcpy(to->up, from->up, rd->up_n * sizeof(uint32_t));
    memcpy(to->down, from->down, rd->up_n * sizeof(uint32_t));
    memcpy(to->percent, from->percent, 2 * rd->seg_n * sizeof(uint16_t));
}

static void step_copy(struct amp_metric *to, const struct amp_metric *from,
                      const struct amp_metric_step *step)
{
    size_t n = 0;
    const uint32_t *at = list(&step->up, &n);
    for (size_t i = 0; i < n; i++) {
        to->up[at[i]] = from->up[at[i]];
        to->down[at[i]] = from->down[at[i]];
    }
    at = list(&step->arc, &n);
    for (size_t i = 0; i < n; i++) {
        to->weight[at[i]] = from->weight[at[i]];
    }
    at = list(&step->base, &n);
    for (size_t i = 0; i < n; i++) {
        to->percent[at[i]] = from->percent[at[i]];
    }
}

/* Are there lists of all that lies between two metrics? */
static bool steps_listed(const struct amp_metric *metric, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (metric->past[i]->all) {
            return false;
        }
    }
    return true;
}

/* Make the weights of `to`, whatever they are, those of `from`. */
static void weights_copy(struct amp_metric *to, const struct amp_metric *from)
{
    size_t to_n = 0, from_n = 0;
    if (!origin_find(to, from, &to_n, &from_n) || !steps_listed(to, to_n) ||
        !steps_listed(from, from_n)) {
        all_copy(to, from);
        return;
    }
    for (size_t i = 0; i < to_n; i++) {
        step_copy(to, from, to->past[i]);
    }
    for (size_t i = 0; i < from_n; i++) {
        step_copy(to, from, from->past[i]);
    }
}

/* A metric with the weights of `from` over these roads, in its pool, held once; in the memory of
 * the spare if there is one. Its id is new; it has no marks. */
static struct amp_metric *metric_copy(const struct amp_metric *from, const struct amp_roads *roads)
{
    struct amp_metric *metric = atomic_exchange(&from->pool->spare, NULL);
    if (metric != NULL) {
        metric->roads = amp_roads_ref(roads);
        weights_copy(metric, from);
        past_drop(metric);
        amp_buf_clear(&metric->mark);
        atomic_store_explicit(&metric->refs, 1, memory_order_relaxed);
    } else {
        metric = metric_alloc(roads, from->profile);
        if (metric == NULL) {
            return NULL;
        }
        all_copy(metric, from);
    }
    metric->id = atomic_fetch_add(&from->pool->id_last, 1) + 1;
    metric->pool = from->pool;
    atomic_fetch_add_explicit(&metric->pool->refs, 1, memory_order_relaxed);
    return metric;
}

/* Its past is that of `from`, and this step. */
static void past_set(struct amp_metric *metric, const struct amp_metric *from,
                     struct amp_metric_step *step)
{
    assert(metric->past_n == 0);
    metric->past[metric->past_n++] = step;
    for (size_t i = 0; i < from->past_n && metric->past_n < AMP_METRIC_PAST; i++) {
        atomic_fetch_add_explicit(&from->past[i]->refs, 1, memory_order_relaxed);
        metric->past[metric->past_n++] = from->past[i];
    }
}

/* One base arc gets its percent, its arcs their weights; what became different is listed. */
static void base_change(struct amp_metric *metric, uint32_t base, uint32_t percent,
                        struct amp_metric_step *step)
{
    const struct amp_roads *rd = metric->roads;
    metric->percent[base] = (uint16_t)percent;
    amp_buf_put(&step->base, &base, sizeof(base));
    for (uint32_t i = rd->base_first[base]; i < rd->base_first[base + 1]; i++) {
        uint32_t arc = rd->base_arc[i];
        uint32_t cost_ms = amp_arc_cost_ms(metric, arc);
        if (cost_ms != metric->weight[arc]) {
            metric->weight[arc] = cost_ms;
            amp_buf_put(&step->arc, &arc, sizeof(arc));
        }
    }
}

/* From the marks of `from` to those of metric: two sorted lists. */
static void marks_apply(struct amp_metric *metric, const struct amp_buf *from,
                        struct amp_metric_step *step)
{
    const struct amp_closing_mark *old = (const struct amp_closing_mark *)(const void *)from->data;
    const struct amp_closing_mark *fresh =
        (const struct amp_closing_mark *)(const void *)metric->mark.data;
    size_t old_n = from->len / sizeof(*old), fresh_n = metric->mark.len / sizeof(*fresh);
    size_t i = 0, k = 0;
    while (i < old_n || k < fresh_n) {
        if (k == fresh_n || (i < old_n && old[i].base < fresh[k].base)) {
            base_change(metric, old[i++].base, 100, step);
        } else if (i == old_n || fresh[k].base < old[i].base) {
            base_change(metric, fresh[k].base, fresh[k].percent, step);
            k++;
        } else {
            if (fresh[k].percent != old[i].percent) {
                base_change(metric, fresh[k].base, fresh[k].percent, step);
            }
            i++;
            k++;
        }
    }
}

static amp_err weights_update(struct amp_metric *metric, struct amp_metric_step *step)
{
    size_t changed_n = step->arc.len / sizeof(uint32_t);
    if (amp_buf_err(&step->arc) || amp_buf_err(&step->base)) {
        return AMP_E_NOMEM;
    }
    if (changed_n <= metric->roads->arc_n / PART_SHARE + PART_LEAST) {
        return amp_cch_update(metric, &step->arc, &step->up);
    }
    step->all = true;
    amp_buf_free(&step->arc);
    amp_buf_free(&step->base);
    return amp_cch_customize(metric, 1);
}

/* The base arcs whose kind has another pace at the hour of these roads. */
static void kinds_move(struct amp_metric *metric, const struct amp_roads *from,
                       struct amp_metric_step *step)
{
    const struct amp_roads *rd = metric->roads;
    const uint32_t *old = from->rules.pace[metric->profile];
    const uint32_t *now = rd->rules.pace[metric->profile];
    if (memcmp(old, now, 2 * rd->kind_n * sizeof(*now)) == 0) {
        return;
    }
    for (uint32_t base = 0; base < 2 * rd->seg_n; base++) {
        uint32_t at = 2 * rd->seg[base >> 1].kind + (base & 1);
        if (old[at] != now[at]) {
            base_change(metric, base, metric->percent[base], step);
        }
    }
}

/* The arcs that a turn's condition opens or forbids at the hour of these roads. */
static void turns_move(struct amp_metric *metric, const struct amp_roads *from,
                       struct amp_metric_step *step)
{
    const struct amp_roads *rd = metric->roads;
    for (size_t i = 0; i < rd->turn_n; i++) {
        uint32_t arc = rd->turn[i].arc;
        if ((rd->arc_mask[arc] ^ from->arc_mask[arc]) >> metric->profile & 1) {
            uint32_t cost_ms = amp_arc_cost_ms(metric, arc);
            if (cost_ms != metric->weight[arc]) {
                metric->weight[arc] = cost_ms;
                amp_buf_put(&step->arc, &arc, sizeof(arc));
            }
        }
    }
}

amp_err amp_metric_move(const struct amp_metric *from, const struct amp_roads *roads,
                        const struct amp_road_closure *closure, size_t closure_n,
                        struct amp_metric **out, struct amp_why *why)
{
    assert(roads->life->graph == from->roads->life->graph);
    struct amp_buf mark = amp_buf_make((size_t)LIST_MAX_GIB << 30);
    amp_err err = amp_closing_marks(roads, closure, closure_n, &mark, why);
    if (err) {
        amp_buf_free(&mark);
        return err;
    }
    struct amp_metric_step *step = step_create(from->id);
    struct amp_metric *metric = step != NULL ? metric_copy(from, roads) : NULL;
    if (metric == NULL) {
        amp_buf_free(&mark);
        step_unref(step);
        return no_memory(why);
    }
    amp_buf_free(&metric->mark);
    metric->mark = mark;
    if (roads != from->roads) {
        kinds_move(metric, from->roads, step);
        turns_move(metric, from->roads, step);
    }
    marks_apply(metric, &from->mark, step);
    err = weights_update(metric, step);
    if (err) { /* its weights are useless, also as a spare */
        struct amp_metric_pool *pool = metric->pool;
        step_unref(step);
        metric_free(metric);
        pool_unref(pool);
        return no_memory(why);
    }
    past_set(metric, from, step);
    *out = metric;
    return AMP_OK;
}

amp_err amp_metric_change(const struct amp_metric *from, const struct amp_road_closure *closure,
                          size_t closure_n, struct amp_metric **out, struct amp_why *why)
{
    return amp_metric_move(from, from->roads, closure, closure_n, out, why);
}

const struct amp_roads *amp_metric_roads(const struct amp_metric *metric)
{
    return metric->roads;
}

enum amp_profile amp_metric_profile(const struct amp_metric *metric)
{
    return metric->profile;
}

/* ---- what changed ---- */

static int u32_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sort what was appended since begin (bytes), and keep each once. */
static void list_settle(struct amp_buf *buf, size_t begin)
{
    size_t n = (buf->len - begin) / sizeof(uint32_t), kept = 0;
    if (n == 0) {
        return;
    }
    uint32_t *value = (uint32_t *)(void *)(buf->data + begin);
    qsort(value, n, sizeof(*value), u32_compare);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || value[kept - 1] != value[i]) {
            value[kept++] = value[i];
        }
    }
    buf->len = begin + kept * sizeof(*value);
}

static void steps_append(const struct amp_metric *metric, size_t steps, struct amp_buf *node,
                         struct amp_buf *base)
{
    for (size_t i = 0; i < steps; i++) {
        size_t n = 0;
        const uint32_t *up = list(&metric->past[i]->up, &n);
        for (size_t k = 0; k < n; k++) {
            const uint32_t *tail = &metric->roads->up_tail[up[k]];
            if (k == 0 || *tail != metric->roads->up_tail[up[k - 1]]) {
                amp_buf_put(node, tail, sizeof(*tail));
            }
        }
        amp_buf_put(base, metric->past[i]->base.data, metric->past[i]->base.len);
    }
}

amp_err amp_metric_changes(const struct amp_metric *from, const struct amp_metric *to,
                           struct amp_buf *node, struct amp_buf *base)
{
    size_t from_n = 0, to_n = 0;
    if (from->pool != to->pool || !origin_find(from, to, &from_n, &to_n) ||
        !steps_listed(from, from_n) || !steps_listed(to, to_n)) {
        return AMP_E_NOT_FOUND;
    }
    size_t node_begin = node->len, base_begin = base->len;
    steps_append(from, from_n, node, base);
    steps_append(to, to_n, node, base);
    amp_err err = amp_buf_err(node) ? amp_buf_err(node) : amp_buf_err(base);
    if (!err) {
        list_settle(node, node_begin);
        list_settle(base, base_begin);
    }
    return err;
}

/* ---- scratch of queries ---- */

#define QUERY_LIST_MAX ((size_t)1 << 32) /* bytes of a path or of what is left to unpack */

amp_err amp_road_query_create(const struct amp_roads *roads, struct amp_road_query **out)
{
    struct amp_road_query *query = calloc(1, sizeof(*query));
    if (query == NULL) {
        return AMP_E_NOMEM;
    }
    query->roads = roads;
    query->arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    query->stack = amp_buf_make(QUERY_LIST_MAX);
    query->path = amp_buf_make(QUERY_LIST_MAX);
    size_t n = roads->node_n + 1;
    size_t seed_n = (size_t)roads->seeds_max + 2;
    query->known = amp_arena_array(&query->arena, n, 1);
    query->front = amp_arena_array(&query->arena, seed_n, sizeof(uint32_t));
    for (int side = 0; side < 2; side++) {
        query->seed[side] = amp_arena_array(&query->arena, seed_n, sizeof(struct amp_seed));
        query->side[side].dist = amp_arena_array(&query->arena, n, sizeof(uint32_t));
        query->side[side].pred = amp_arena_array(&query->arena, n, sizeof(uint32_t));
        query->side[side].visited = amp_arena_array(&query->arena, n, sizeof(uint32_t));
    }
    if (amp_arena_failed(&query->arena)) {
        amp_road_query_destroy(query);
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < 2 * n; i++) {
        query->side[i % 2].dist[i / 2] = AMP_ROAD_INF;
        query->side[i % 2].pred[i / 2] = AMP_ROAD_NONE;
    }
    *out = query;
    return AMP_OK;
}

void amp_road_query_destroy(struct amp_road_query *query)
{
    if (query != NULL) {
        amp_arena_drop(&query->arena);
        amp_buf_free(&query->stack);
        amp_buf_free(&query->path);
        free(query);
    }
}
