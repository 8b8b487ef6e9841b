/* Plain Dijkstra with a binary heap, on the arcs of the road graph. */
#include "map/roads_in.h"
#include "map/roads_slow.h"

#include <math.h>
#include <stdlib.h>

struct entry {
    uint32_t dist_ms;
    uint32_t node;
};

struct dijkstra {
    struct entry *heap;
    size_t heap_n;
    uint32_t *dist;
};

static void heap_push(struct dijkstra *dj, uint32_t dist_ms, uint32_t node)
{
    size_t i = dj->heap_n++;
    while (i > 0 && dj->heap[(i - 1) / 2].dist_ms > dist_ms) {
        dj->heap[i] = dj->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    dj->heap[i] = (struct entry){dist_ms, node};
}

static struct entry heap_pop(struct dijkstra *dj)
{
    struct entry top = dj->heap[0];
    struct entry last = dj->heap[--dj->heap_n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= dj->heap_n) {
            break;
        }
        if (child + 1 < dj->heap_n && dj->heap[child + 1].dist_ms < dj->heap[child].dist_ms) {
            child++;
        }
        if (dj->heap[child].dist_ms >= last.dist_ms) {
            break;
        }
        dj->heap[i] = dj->heap[child];
        i = child;
    }
    dj->heap[i] = last;
    return top;
}

static void reach_node(struct dijkstra *dj, uint32_t node, uint32_t dist_ms)
{
    if (dist_ms < dj->dist[node]) {
        dj->dist[node] = dist_ms;
        heap_push(dj, dist_ms, node);
    }
}

static void search(struct dijkstra *dj, const struct amp_metric *metric,
                   const struct amp_seed *seed, size_t seed_n)
{
    const struct amp_roads *rd = metric->roads;
    for (size_t i = 0; i < rd->node_n; i++) {
        dj->dist[i] = AMP_ROAD_INF;
    }
    for (size_t i = 0; i < seed_n; i++) {
        reach_node(dj, seed[i].node, seed[i].cost_ms);
    }
    while (dj->heap_n > 0) {
        struct entry at = heap_pop(dj);
        if (at.dist_ms > dj->dist[at.node]) {
            continue;
        }
        for (uint32_t a = rd->arc_first[at.node]; a < rd->arc_first[at.node + 1]; a++) {
            reach_node(dj, rd->arc_head[a], amp_ms_add(at.dist_ms, metric->weight[a]));
        }
    }
}

amp_err amp_roads_slow_time(const struct amp_metric *metric, const struct amp_snap *from,
                            const struct amp_snap *to, uint32_t *out_ms)
{
    const struct amp_roads *rd = metric->roads;
    size_t seed_max = (size_t)rd->seeds_max + 2;
    struct amp_seed *seed = calloc(2 * seed_max, sizeof(*seed));
    struct dijkstra dj = {.heap = calloc(rd->arc_n + seed_max, sizeof(*dj.heap)),
                          .dist = calloc(rd->node_n + 1, sizeof(*dj.dist))};
    amp_err err = seed == NULL || dj.heap == NULL || dj.dist == NULL ? AMP_E_NOMEM : AMP_OK;
    uint32_t base = AMP_ROAD_NONE;
    uint32_t best_ms = amp_direct_ms(metric, from, to, &base);
    if (!err) {
        search(&dj, metric, seed, amp_seeds_from(metric, from, seed));
        size_t to_n = amp_seeds_to(metric, to, seed + seed_max);
        for (size_t i = 0; i < to_n; i++) {
            const struct amp_seed *end = &seed[seed_max + i];
            uint32_t time_ms = amp_ms_add(dj.dist[end->node], end->cost_ms);
            best_ms = time_ms < best_ms ? time_ms : best_ms;
        }
        err = best_ms < AMP_ROAD_INF ? AMP_OK : AMP_E_NO_ROUTE;
    }
    free(seed);
    free(dj.heap);
    free(dj.dist);
    if (!err) {
        *out_ms = best_ms;
    }
    return err;
}

amp_err amp_roads_slow_reach(const struct amp_metric *metric, const struct amp_snap *from,
                             size_t from_n, const struct amp_snap *to, struct amp_reach *result)
{
    for (size_t i = 0; i < from_n; i++) {
        uint32_t time_ms = 0;
        amp_err err = amp_roads_slow_time(metric, &from[i], to, &time_ms);
        if (err && err != AMP_E_NO_ROUTE) {
            return err;
        }
        result[i].time_s = err ? INFINITY : time_ms / 1000.0;
        result[i].distance_m = NAN;
    }
    return AMP_OK;
}
