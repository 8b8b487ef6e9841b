/*
 * The customizable contraction hierarchy: sweeps along the elimination tree, and the way back from
 * up-arcs to arcs. Its weights are made by customize.c.
 *
 * All up-neighbours of a node are its ancestors in the elimination tree, so a search walks from the
 * node to the root in ascending order and needs no heap. Source: Dibbelt, Strasser, Wagner,
 * "Customizable Contraction Hierarchies", JEA 2016, sections 6 and 7.
 */
#include "map/roads_in.h"

#include <assert.h>

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The lowest of the nodes at which the chains stand; AMP_ROAD_NONE when all are at their end. */
static uint32_t front_lowest(const uint32_t *front, size_t n)
{
    uint32_t lowest = AMP_ROAD_NONE;
    for (size_t i = 0; i < n; i++) {
        lowest = min_u32(lowest, front[i]);
    }
    return lowest;
}

static uint32_t parent_of(const struct amp_roads *rd, uint32_t node)
{
    uint32_t begin = rd->up_first[node];
    return begin < rd->up_first[node + 1] ? rd->up_head[begin] : AMP_ROAD_NONE;
}

/* Move every chain that stands at node on to its parent; chains that meet are walked once. */
static size_t front_advance(const struct amp_roads *rd, uint32_t *front, size_t n, uint32_t node)
{
    uint32_t parent = parent_of(rd, node);
    size_t kept = 0;
    bool taken = parent == AMP_ROAD_NONE;
    for (size_t i = 0; i < n; i++) {
        uint32_t at = front[i];
        if (at == node || at == parent) {
            at = taken ? AMP_ROAD_NONE : parent;
            taken = true;
        }
        if (at != AMP_ROAD_NONE) {
            front[kept++] = at;
        }
    }
    return kept;
}

static void node_relax(const struct amp_roads *rd, struct amp_sweep *sweep, const uint32_t *weight,
                       uint32_t node)
{
    uint32_t dist = sweep->dist[node];
    sweep->visited[sweep->visited_n++] = node;
    for (uint32_t i = rd->up_first[node]; i < rd->up_first[node + 1]; i++) {
        uint32_t head = rd->up_head[i];
        uint32_t there = dist + weight[i];
        if (there < sweep->dist[head]) {
            sweep->dist[head] = there;
            sweep->pred[head] = i;
        }
    }
}

void amp_cch_sweep(struct amp_road_query *query, const struct amp_metric *metric, int side,
                   size_t seed_n)
{
    const struct amp_roads *rd = query->roads;
    struct amp_sweep *sweep = &query->side[side];
    const struct amp_seed *seed = query->seed[side];
    const uint32_t *weight = side == 0 ? metric->up : metric->down;
    assert(sweep->visited_n == 0);
    for (size_t i = 0; i < seed_n; i++) {
        query->front[i] = seed[i].node;
        sweep->dist[seed[i].node] = min_u32(sweep->dist[seed[i].node], seed[i].cost_ms);
    }
    size_t front_n = seed_n;
    while (front_n > 1) {
        uint32_t node = front_lowest(query->front, front_n);
        node_relax(rd, sweep, weight, node);
        front_n = front_advance(rd, query->front, front_n, node);
    }
    uint32_t node = front_n == 1 ? query->front[0] : AMP_ROAD_NONE;
    for (; node != AMP_ROAD_NONE; node = parent_of(rd, node)) {
        node_relax(rd, sweep, weight, node);
    }
}

void amp_cch_clear(struct amp_sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->visited_n; i++) {
        sweep->dist[sweep->visited[i]] = AMP_ROAD_INF;
        sweep->pred[sweep->visited[i]] = AMP_ROAD_NONE;
    }
    sweep->visited_n = 0;
}

/* The arc from tail to head that costs exactly weight, or AMP_ROAD_NONE. */
static uint32_t arc_find(const struct amp_metric *metric, uint32_t tail, uint32_t head,
                         uint32_t weight)
{
    const struct amp_roads *rd = metric->roads;
    for (uint32_t a = rd->arc_first[tail]; a < rd->arc_first[tail + 1]; a++) {
        if (rd->arc_head[a] == head && metric->weight[a] == weight) {
            return a;
        }
    }
    return AMP_ROAD_NONE;
}

uint32_t amp_cch_find(const struct amp_roads *rd, uint32_t low, uint32_t high)
{
    uint32_t begin = rd->up_first[low], end = rd->up_first[low + 1];
    while (begin < end) {
        uint32_t mid = begin + (end - begin) / 2;
        if (rd->up_head[mid] < high) {
            begin = mid + 1;
        } else {
            end = mid;
        }
    }
    return begin < rd->up_first[low + 1] && rd->up_head[begin] == high ? begin : AMP_ROAD_NONE;
}

static void stack_push(struct amp_buf *stack, uint32_t up, uint32_t downwards)
{
    uint32_t word = up << 1 | downwards;
    amp_buf_put(stack, &word, sizeof(word));
}

/* Replace one up-arc by the two sides of the lower triangle that gave it its weight. */
static void triangle_push(struct amp_road_query *query, const struct amp_metric *metric,
                          uint32_t xy, uint32_t downwards)
{
    const struct amp_roads *rd = query->roads;
    uint32_t x = rd->up_tail[xy], y = rd->up_head[xy];
    uint32_t weight = downwards ? metric->down[xy] : metric->up[xy];
    for (uint32_t k = rd->down_first[x]; k < rd->down_first[x + 1]; k++) {
        uint32_t vx = rd->down_arc[k];
        uint32_t vy = amp_cch_find(rd, rd->up_tail[vx], y);
        if (vy == AMP_ROAD_NONE) {
            continue;
        }
        if (!downwards && metric->down[vx] + metric->up[vy] == weight) {
            stack_push(&query->stack, vy, 0);
            stack_push(&query->stack, vx, 1);
            return;
        }
        if (downwards && metric->down[vy] + metric->up[vx] == weight) {
            stack_push(&query->stack, vx, 0);
            stack_push(&query->stack, vy, 1);
            return;
        }
    }
    assert(false && "an up-arc has its weight from an arc or from a triangle");
}

/* Unpack all on the stack, the top first, and append the arcs to query->path. */
static amp_err stack_unpack(struct amp_road_query *query, const struct amp_metric *metric)
{
    const struct amp_roads *rd = query->roads;
    while (query->stack.len > 0) {
        query->stack.len -= sizeof(uint32_t);
        uint32_t word = *(const uint32_t *)(const void *)(query->stack.data + query->stack.len);
        uint32_t up = word >> 1, downwards = word & 1;
        uint32_t low = rd->up_tail[up], high = rd->up_head[up];
        uint32_t arc = downwards ? arc_find(metric, high, low, metric->down[up])
                                 : arc_find(metric, low, high, metric->up[up]);
        if (arc != AMP_ROAD_NONE) {
            amp_buf_put(&query->path, &arc, sizeof(arc));
        } else {
            triangle_push(query, metric, up, downwards);
        }
        if (amp_buf_err(&query->stack) || amp_buf_err(&query->path)) {
            return AMP_E_NOMEM;
        }
    }
    return AMP_OK;
}

amp_err amp_cch_path(struct amp_road_query *query, const struct amp_metric *metric, uint32_t meet)
{
    const struct amp_roads *rd = query->roads;
    amp_buf_clear(&query->path);
    amp_buf_clear(&query->stack);
    for (uint32_t node = meet; query->side[0].pred[node] != AMP_ROAD_NONE;) {
        uint32_t pred = query->side[0].pred[node], up = pred & ~AMP_ROAD_ABOVE;
        bool above = (pred & AMP_ROAD_ABOVE) != 0;
        stack_push(&query->stack, up, above);
        node = above ? rd->up_head[up] : rd->up_tail[up];
    }
    amp_err err = stack_unpack(query, metric); /* the last pushed is driven first */
    for (uint32_t node = meet; !err && query->side[1].pred[node] != AMP_ROAD_NONE;) {
        uint32_t pred = query->side[1].pred[node], up = pred & ~AMP_ROAD_ABOVE;
        bool above = (pred & AMP_ROAD_ABOVE) != 0;
        stack_push(&query->stack, up, !above);
        err = stack_unpack(query, metric);
        node = above ? rd->up_head[up] : rd->up_tail[up];
    }
    return err;
}
