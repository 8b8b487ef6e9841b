/*
 * All nodes within a time: up from the seeds, then down the elimination tree where there is time
 * left.
 *
 * What is below a node is entered through its up-neighbours only; where none of them is reached and
 * no seed is below, nothing below is. So the way down visits little more than what is reached.
 */
#include "map/isochrone_in.h"

#include <string.h>

struct reached {
    struct amp_road_query *query;
    const struct amp_roads *roads;
    const uint32_t *climb, *descend; /* weights */
    uint32_t limit_ms;
    uint32_t *dist;
};

static void push(struct amp_buf *stack, uint32_t node)
{
    amp_buf_put(stack, &node, sizeof(node));
}

/* Marks the chain of a seed, as far as it is not marked. Roots go to the stack. */
static void chain_mark(struct reached *rc, uint32_t node)
{
    const struct amp_roads *rd = rc->roads;
    for (uint32_t at = node; !rc->query->known[at];) {
        uint32_t begin = rd->up_first[at];
        rc->query->known[at] = 1;
        if (begin == rd->up_first[at + 1]) {
            push(&rc->query->stack, at);
            return;
        }
        at = rd->up_head[begin];
    }
}

static void climb(struct reached *rc, uint32_t node)
{
    const struct amp_roads *rd = rc->roads;
    uint32_t here = rc->dist[node];
    for (uint32_t i = rd->up_first[node]; here <= rc->limit_ms && i < rd->up_first[node + 1]; i++) {
        uint32_t there = here + rc->climb[i], head = rd->up_head[i];
        rc->dist[head] = there < rc->dist[head] ? there : rc->dist[head];
    }
}

/* All marked nodes, ascending; a word of marks at a time. */
static void marked_climb(struct reached *rc, uint32_t lowest)
{
    const uint8_t *known = rc->query->known;
    for (uint32_t node = lowest; node < rc->roads->node_n;) {
        uint64_t word = 0;
        if (rc->roads->node_n - node >= sizeof(word)) {
            memcpy(&word, known + node, sizeof(word));
            if (word == 0) {
                node += sizeof(word);
                continue;
            }
        }
        if (known[node]) {
            climb(rc, node);
        }
        node++;
    }
}

static void children_push(struct reached *rc, uint32_t node)
{
    const struct amp_roads *rd = rc->roads;
    for (uint32_t k = rd->down_first[node]; k < rd->down_first[node + 1]; k++) {
        uint32_t arc = rd->down_arc[k], tail = rd->up_tail[arc];
        if (rd->up_first[tail] == arc) {
            push(&rc->query->stack, tail);
        }
    }
}

static void descend(struct reached *rc, uint32_t node)
{
    const struct amp_roads *rd = rc->roads;
    struct amp_sweep *list = &rc->query->side[0];
    uint32_t best = rc->dist[node], near = AMP_ROAD_INF;
    for (uint32_t k = rd->up_first[node]; k < rd->up_first[node + 1]; k++) {
        uint32_t above = rc->dist[rd->up_head[k]], there = above + rc->descend[k];
        near = above < near ? above : near;
        best = there < best ? there : best;
    }
    bool marked = rc->query->known[node];
    rc->query->known[node] = 0;
    if (best <= rc->limit_ms) {
        list->visited[list->visited_n++] = node;
    }
    rc->dist[node] = best <= rc->limit_ms ? best : AMP_ROAD_INF;
    if (marked || near <= rc->limit_ms) {
        children_push(rc, node);
    }
}

amp_err amp_reached_find(struct amp_road_query *query, const struct amp_metric *metric,
                         const struct amp_seed *seed, size_t seed_n, uint32_t limit_ms,
                         bool backwards)
{
    struct reached rc = {.query = query,
                         .roads = metric->roads,
                         .climb = backwards ? metric->down : metric->up,
                         .descend = backwards ? metric->up : metric->down,
                         .limit_ms = limit_ms,
                         .dist = query->side[0].dist};
    uint32_t lowest = (uint32_t)metric->roads->node_n;
    amp_buf_clear(&query->stack);
    for (size_t i = 0; i < seed_n; i++) {
        uint32_t node = seed[i].node;
        if (seed[i].cost_ms <= limit_ms) {
            rc.dist[node] = seed[i].cost_ms < rc.dist[node] ? seed[i].cost_ms : rc.dist[node];
            chain_mark(&rc, node);
            lowest = node < lowest ? node : lowest;
        }
    }
    marked_climb(&rc, lowest);
    while (query->stack.len > 0 && !amp_buf_err(&query->stack)) {
        uint32_t node = 0;
        query->stack.len -= sizeof(node);
        memcpy(&node, query->stack.data + query->stack.len, sizeof(node));
        descend(&rc, node);
    }
    if (amp_buf_err(&query->stack)) { /* memory is short: nothing must be left behind */
        for (size_t node = 0; node < metric->roads->node_n; node++) {
            query->known[node] = 0;
            rc.dist[node] = AMP_ROAD_INF;
        }
        query->side[0].visited_n = 0;
        return amp_buf_err(&query->stack);
    }
    return AMP_OK;
}
