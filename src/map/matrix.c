/* Many to many: the targets leave their times at the nodes above them, each source looks there. */
#include "map/roads_in.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 1024, /* targets at once: what they leave fits into the cache */
    MARKS_FIRST = 1 << 16
};

struct mark {
    uint32_t node;
    uint32_t target; /* of the block */
    uint32_t time_ms;
};

struct slot { /* of a bucket, sorted by node */
    uint32_t target;
    uint32_t time_ms;
};

struct matrix {
    struct amp_road_query *query;
    const struct amp_metric *metric;
    const struct amp_snap *from, *to;
    size_t from_n, to_n;
    struct amp_snap *moved; /* the targets, on open roads */
    bool *there;
    uint32_t *bucket; /* of each node, 1 + its number; 0 for none */
    struct mark *mark;
    size_t mark_n, mark_cap;
    uint32_t *first; /* of each bucket, its slots */
    size_t bucket_n, bucket_cap;
    struct slot *slot;
    size_t slot_cap;
    uint32_t *out_ms;
};

/* A sweep. Of the nodes it passed, those that a shortest way reaches by going up only change places
 * to the end of the list of visited ones; returns where they begin. */
static uint32_t sweep_exact(struct matrix *mx, int side, size_t seed_n)
{
    const struct amp_roads *rd = mx->metric->roads;
    struct amp_sweep *sweep = &mx->query->side[side];
    const uint32_t *back = side == 0 ? mx->metric->down : mx->metric->up;
    uint32_t *dist = sweep->dist;
    amp_cch_sweep(mx->query, mx->metric, side, seed_n);
    uint32_t kept = sweep->visited_n;
    for (uint32_t i = sweep->visited_n; i-- > 0;) {
        uint32_t at = sweep->visited[i], best = dist[at];
        for (uint32_t k = rd->up_first[at]; k < rd->up_first[at + 1]; k++) {
            uint32_t there = dist[rd->up_head[k]] + back[k];
            best = there < best ? there : best;
        }
        bool exact = best == dist[at] && best < AMP_ROAD_INF;
        dist[at] = best;
        if (exact) {
            sweep->visited[i] = sweep->visited[--kept];
            sweep->visited[kept] = at;
        }
    }
    return kept;
}

static amp_err marks_leave(struct matrix *mx, uint32_t target, uint32_t begin)
{
    struct amp_sweep *sweep = &mx->query->side[1];
    size_t need = mx->mark_n + sweep->visited_n;
    if (need > mx->mark_cap) {
        size_t cap = mx->mark_cap == 0 ? MARKS_FIRST : 2 * mx->mark_cap;
        cap = cap < need ? need : cap;
        struct mark *grown = reallocarray(mx->mark, cap, sizeof(*grown));
        if (grown == NULL) {
            return AMP_E_NOMEM;
        }
        mx->mark = grown;
        mx->mark_cap = cap;
    }
    for (uint32_t i = begin; i < sweep->visited_n; i++) {
        uint32_t node = sweep->visited[i];
        mx->mark[mx->mark_n++] = (struct mark){node, target, sweep->dist[node]};
    }
    return AMP_OK;
}

static amp_err room_make(struct matrix *mx)
{
    if (mx->bucket_n + 2 > mx->bucket_cap) {
        uint32_t *first = reallocarray(mx->first, mx->bucket_n + 2, sizeof(*first));
        if (first == NULL) {
            return AMP_E_NOMEM;
        }
        mx->first = first;
        mx->bucket_cap = mx->bucket_n + 2;
    }
    if (mx->mark_n > mx->slot_cap) {
        struct slot *slot = reallocarray(mx->slot, mx->mark_n, sizeof(*slot));
        if (slot == NULL) {
            return AMP_E_NOMEM;
        }
        mx->slot = slot;
        mx->slot_cap = mx->mark_n;
    }
    return AMP_OK;
}

/* The marks, node by node. */
static amp_err buckets_make(struct matrix *mx)
{
    mx->bucket_n = 0;
    for (size_t i = 0; i < mx->mark_n; i++) {
        uint32_t *bucket = &mx->bucket[mx->mark[i].node];
        if (*bucket == 0) {
            *bucket = (uint32_t)++mx->bucket_n;
        }
    }
    amp_err err = room_make(mx);
    if (err) {
        return err;
    }
    memset(mx->first, 0, (mx->bucket_n + 2) * sizeof(*mx->first));
    for (size_t i = 0; i < mx->mark_n; i++) {
        mx->first[mx->bucket[mx->mark[i].node] + 1]++;
    }
    for (size_t b = 1; b <= mx->bucket_n; b++) {
        mx->first[b + 1] += mx->first[b];
    }
    for (size_t i = 0; i < mx->mark_n; i++) { /* first[b] ends where bucket b ends */
        uint32_t at = mx->first[mx->bucket[mx->mark[i].node]]++;
        mx->slot[at] = (struct slot){mx->mark[i].target, mx->mark[i].time_ms};
    }
    return AMP_OK;
}

static amp_err targets_sweep(struct matrix *mx, size_t begin, size_t n)
{
    amp_err err = AMP_OK;
    mx->mark_n = 0;
    for (size_t j = 0; j < n && !err; j++) {
        const struct amp_snap *open = NULL;
        struct amp_snap moved;
        mx->there[j] = amp_snap_move(mx->metric, &mx->to[begin + j], &moved, &open);
        if (mx->there[j]) {
            mx->moved[j] = *open;
            size_t seed_n = amp_seeds_to(mx->metric, open, mx->query->seed[1]);
            err = marks_leave(mx, (uint32_t)j, sweep_exact(mx, 1, seed_n));
            amp_cch_clear(&mx->query->side[1]);
        }
    }
    return err ? err : buckets_make(mx);
}

static void source_look(struct matrix *mx, const struct amp_snap *from, size_t n, uint32_t *row_ms)
{
    const struct amp_snap *open = NULL;
    struct amp_snap moved;
    if (!amp_snap_move(mx->metric, from, &moved, &open)) {
        return;
    }
    const struct amp_sweep *sweep = &mx->query->side[0];
    size_t seed_n = amp_seeds_from(mx->metric, open, mx->query->seed[0]);
    for (uint32_t i = sweep_exact(mx, 0, seed_n); i < sweep->visited_n; i++) {
        uint32_t b = mx->bucket[sweep->visited[i]];
        uint32_t here = sweep->dist[sweep->visited[i]];
        for (uint32_t s = b == 0 ? 0 : mx->first[b - 1]; b != 0 && s < mx->first[b]; s++) {
            uint32_t time_ms = here + mx->slot[s].time_ms;
            uint32_t *cell = &row_ms[mx->slot[s].target];
            *cell = time_ms < *cell ? time_ms : *cell;
        }
    }
    amp_cch_clear(&mx->query->side[0]);
    for (size_t j = 0; j < n; j++) {
        uint32_t base = AMP_ROAD_NONE;
        if (mx->there[j] && mx->moved[j].segment == open->segment) {
            uint32_t direct_ms = amp_direct_ms(mx->metric, open, &mx->moved[j], &base);
            row_ms[j] = direct_ms < row_ms[j] ? direct_ms : row_ms[j];
        }
    }
}

static amp_err block_fill(struct matrix *mx, size_t begin)
{
    size_t n = mx->to_n - begin < BLOCK ? mx->to_n - begin : BLOCK;
    amp_err err = targets_sweep(mx, begin, n);
    for (size_t i = 0; i < mx->from_n && !err; i++) {
        uint32_t *row_ms = &mx->out_ms[i * mx->to_n + begin];
        for (size_t j = 0; j < n; j++) {
            row_ms[j] = AMP_ROAD_FOREVER_MS;
        }
        source_look(mx, &mx->from[i], n, row_ms);
    }
    for (size_t i = 0; i < mx->mark_n; i++) {
        mx->bucket[mx->mark[i].node] = 0;
    }
    return err;
}

amp_err amp_roads_matrix(struct amp_road_query *query, const struct amp_metric *metric,
                         const struct amp_snap *from, size_t from_n, const struct amp_snap *to,
                         size_t to_n, uint32_t *out_ms)
{
    if (from_n > AMP_MATRIX_ENDS || to_n > AMP_MATRIX_ENDS ||
        (from_n > 0 && to_n > AMP_MATRIX_CELLS / from_n)) {
        return AMP_E_LIMIT;
    }
    struct matrix mx = {.query = query,
                        .metric = metric,
                        .from = from,
                        .to = to,
                        .from_n = from_n,
                        .to_n = to_n,
                        .moved = calloc(BLOCK, sizeof(*mx.moved)),
                        .there = calloc(BLOCK, sizeof(*mx.there)),
                        .bucket = calloc(metric->roads->node_n + 1, sizeof(*mx.bucket)),
                        .out_ms = out_ms};
    amp_err err = mx.moved == NULL || mx.there == NULL || mx.bucket == NULL ? AMP_E_NOMEM : AMP_OK;
    for (size_t begin = 0; begin < to_n && !err; begin += BLOCK) {
        err = block_fill(&mx, begin);
    }
    free(mx.moved);
    free(mx.there);
    free(mx.bucket);
    free(mx.mark);
    free(mx.first);
    free(mx.slot);
    return err;
}
