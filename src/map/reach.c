/*
 * Many sources, one target: one sweep from the target, then each source looks its time up.
 *
 * A node's time to the target is the least over its up-arcs of their weight plus the time of their
 * heads, which are its ancestors; each is worked out once a question. Source: Strasser, Zeitz, "A
 * Fast and Tight Heuristic for A* in Road Networks", SEA 2021 (Lazy RPHAST), on the elimination
 * tree.
 */
#include "map/roads_in.h"

#include <math.h>
#include <stdlib.h>

enum {
    DISTANCES_INSERT = 64
}; /* up to so many best are kept by insertion */

/* The time from node to the target. The target's sweep left its part in dist of side 1; nodes that
 * are final are marked known and listed among the visited of side 0. */
static uint32_t node_time(struct amp_road_query *query, const struct amp_metric *metric,
                          uint32_t node)
{
    const struct amp_roads *rd = query->roads;
    uint32_t *dist = query->side[1].dist;
    uint32_t *list = query->side[0].visited;
    uint32_t begin = query->side[0].visited_n;
    for (uint32_t at = node; !query->known[at];) {
        query->known[at] = 1;
        list[query->side[0].visited_n++] = at;
        if (rd->up_first[at] == rd->up_first[at + 1]) {
            break;
        }
        at = rd->up_head[rd->up_first[at]];
    }
    for (uint32_t i = query->side[0].visited_n; i > begin; i--) { /* from the root down */
        uint32_t at = list[i - 1];
        uint32_t best = dist[at];
        for (uint32_t k = rd->up_first[at]; k < rd->up_first[at + 1]; k++) {
            uint32_t there = metric->up[k] + dist[rd->up_head[k]];
            best = there < best ? there : best;
        }
        dist[at] = best;
    }
    return dist[node];
}

static void reach_clear(struct amp_road_query *query)
{
    struct amp_sweep *known = &query->side[0];
    for (uint32_t i = 0; i < known->visited_n; i++) {
        query->known[known->visited[i]] = 0;
        query->side[1].dist[known->visited[i]] = AMP_ROAD_INF;
    }
    known->visited_n = 0;
    amp_cch_clear(&query->side[1]);
}

bool amp_snap_move(const struct amp_metric *metric, const struct amp_snap *snap,
                   struct amp_snap *moved, const struct amp_snap **out)
{
    *out = snap;
    if (amp_snap_usable(metric, snap->segment)) {
        return true;
    }
    *out = moved;
    return amp_snap_open(metric->roads, metric, metric->profile, snap->at, moved) == AMP_OK;
}

static uint32_t source_time(struct amp_road_query *query, const struct amp_metric *metric,
                            const struct amp_snap *from, const struct amp_snap *to)
{
    struct amp_snap moved;
    const struct amp_snap *open = NULL;
    if (!amp_snap_move(metric, from, &moved, &open)) {
        return AMP_ROAD_INF;
    }
    uint32_t base = AMP_ROAD_NONE;
    uint32_t best = amp_direct_ms(metric, open, to, &base);
    struct amp_seed *seed = query->seed[0];
    size_t seed_n = amp_seeds_from(metric, open, seed);
    for (size_t i = 0; i < seed_n; i++) {
        uint32_t time_ms = amp_ms_add(seed[i].cost_ms, node_time(query, metric, seed[i].node));
        best = time_ms < best ? time_ms : best;
    }
    return best;
}

/* ---- the best k ---- */

static bool sooner(const struct amp_reach *result, uint32_t a, uint32_t b)
{
    if (result[a].time_s < result[b].time_s || result[a].time_s > result[b].time_s) {
        return result[a].time_s < result[b].time_s;
    }
    return a < b;
}

static int soonest_compare(const void *a, const void *b, void *result)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x == y ? 0 : sooner(result, x, y) ? -1 : 1;
}

/* Indexes of the k soonest, sorted; rank has room for n. Returns how many have a way at all. */
static size_t soonest(const struct amp_reach *result, size_t n, size_t k, uint32_t *rank)
{
    size_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!isfinite(result[i].time_s)) {
            continue;
        }
        if (k > DISTANCES_INSERT) {
            rank[kept++] = i;
            continue;
        }
        if (kept == k && !sooner(result, i, rank[kept - 1])) {
            continue;
        }
        size_t at = kept < k ? kept++ : kept - 1;
        for (; at > 0 && sooner(result, i, rank[at - 1]); at--) {
            rank[at] = rank[at - 1];
        }
        rank[at] = i;
    }
    if (k > DISTANCES_INSERT) {
        qsort_r(rank, kept, sizeof(*rank), soonest_compare, (void *)(uintptr_t)result);
    }
    return kept < k ? kept : k;
}

static amp_err distances_fill(struct amp_road_query *query, const struct amp_metric *metric,
                              const struct amp_snap *from, const struct amp_snap *to,
                              const uint32_t *rank, size_t rank_n, struct amp_reach *result)
{
    struct amp_arena arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    amp_err err = AMP_OK;
    for (size_t i = 0; i < rank_n && !err; i++) {
        struct amp_road_path path = {.time_ms = 0};
        struct amp_snap moved;
        const struct amp_snap *open = NULL;
        if (!amp_snap_move(metric, &from[rank[i]], &moved, &open)) {
            continue;
        }
        err = amp_path_find(query, metric, open, to, &arena, &path);
        uint64_t length_mm = 0;
        for (size_t k = 0; k < path.step_n; k++) {
            length_mm += path.step[k].length_mm;
        }
        result[rank[i]].distance_m = (double)length_mm / 1000.0;
        amp_arena_reset(&arena);
    }
    amp_arena_drop(&arena);
    return err;
}

amp_err amp_roads_reach(struct amp_road_query *query, const struct amp_metric *metric,
                        const struct amp_snap *from, size_t from_n, const struct amp_snap *to,
                        size_t distance_k, struct amp_reach *result)
{
    if (from_n > AMP_NEAREST_UNITS) {
        return AMP_E_LIMIT;
    }
    uint32_t *rank = calloc(from_n + 1, sizeof(*rank));
    if (rank == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_snap moved;
    const struct amp_snap *target = NULL;
    bool open = amp_snap_move(metric, to, &moved, &target);
    if (open) {
        amp_cch_sweep(query, metric, 1, amp_seeds_to(metric, target, query->seed[1]));
    }
    for (size_t i = 0; i < from_n; i++) {
        uint32_t time_ms = open ? source_time(query, metric, &from[i], target) : AMP_ROAD_INF;
        result[i].time_s = time_ms < AMP_ROAD_INF ? time_ms / 1000.0 : INFINITY;
        result[i].distance_m = NAN;
    }
    reach_clear(query);
    amp_err err = AMP_OK;
    if (open && distance_k > 0) {
        size_t rank_n = soonest(result, from_n, distance_k, rank);
        err = distances_fill(query, metric, from, target, rank, rank_n, result);
    }
    free(rank);
    return err;
}
