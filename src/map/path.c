/* The steps of a fastest way: two sweeps, the node where they meet, and the arcs between. */
#include "map/roads_in.h"

#include <assert.h>
#include <math.h>

static uint32_t length_part_mm(const struct amp_roads *rd, uint32_t base, double begin, double end)
{
    double all_mm = rd->seg[base >> 1].length_mm;
    return (uint32_t)(llround(end * all_mm) - llround(begin * all_mm));
}

static double share_along(uint32_t base, double share)
{
    double inside = fmin(fmax(share, 0), 1);
    return base & 1 ? 1 - inside : inside;
}

/* The node where the two sweeps meet best. */
static uint32_t meet_find(const struct amp_road_query *query, uint32_t *out_ms)
{
    uint32_t best_ms = AMP_ROAD_INF, meet = AMP_ROAD_NONE;
    for (uint32_t i = 0; i < query->side[0].visited_n; i++) {
        uint32_t node = query->side[0].visited[i];
        uint32_t time_ms = query->side[0].dist[node] + query->side[1].dist[node];
        if (time_ms < best_ms) {
            best_ms = time_ms;
            meet = node;
        }
    }
    *out_ms = best_ms;
    return meet;
}

/* The seed a sweep came from when it reached node. */
static const struct amp_seed *seed_find(const struct amp_road_query *query, int side, size_t n,
                                        uint32_t node)
{
    const struct amp_sweep *sweep = &query->side[side];
    while (sweep->pred[node] != AMP_ROAD_NONE) {
        uint32_t up = sweep->pred[node] & ~AMP_ROAD_ABOVE;
        bool above = (sweep->pred[node] & AMP_ROAD_ABOVE) != 0;
        node = above ? query->roads->up_head[up] : query->roads->up_tail[up];
    }
    for (size_t i = 0; i < n; i++) {
        const struct amp_seed *seed = &query->seed[side][i];
        if (seed->node == node && seed->cost_ms == sweep->dist[node]) {
            return seed;
        }
    }
    assert(false && "a sweep begins at a seed");
    return NULL;
}

/* Turn query->path and its two seeds into steps. */
static amp_err steps_make(const struct amp_road_query *query, const struct amp_metric *metric,
                          const struct amp_seed *first, const struct amp_seed *last,
                          struct amp_arena *arena, struct amp_road_path *out)
{
    const struct amp_roads *rd = query->roads;
    const uint32_t *arc = (const uint32_t *)(const void *)query->path.data;
    size_t arc_n = query->path.len / sizeof(*arc);
    struct amp_road_step *step = amp_arena_array(arena, arc_n + 2, sizeof(*step));
    if (step == NULL) {
        return AMP_E_NOMEM;
    }
    step[0] = (struct amp_road_step){
        .base = first->base, .time_ms = first->cost_ms, .begin = 0, .end = 1};
    for (size_t i = 0; i < arc_n; i++) {
        step[i + 1] = (struct amp_road_step){
            .base = rd->arc_base[arc[i]], .time_ms = metric->weight[arc[i]], .end = 1};
    }
    step[arc_n + 1] =
        (struct amp_road_step){.base = last->base, .time_ms = last->cost_ms, .begin = 0, .end = 1};
    for (size_t i = 0; i <= arc_n; i++) {
        step[i].enter_ms = amp_base_enter_ms(rd, metric->profile, step[i].base);
    }
    out->step = step;
    out->step_n = arc_n + 2;
    return AMP_OK;
}

static amp_err path_direct(const struct amp_snap *from, const struct amp_snap *to, uint32_t base,
                           struct amp_arena *arena, struct amp_road_path *out)
{
    struct amp_road_step *step = amp_arena_array(arena, 1, sizeof(*step));
    if (step == NULL) {
        return AMP_E_NOMEM;
    }
    *step = (struct amp_road_step){.base = base,
                                   .time_ms = out->time_ms,
                                   .begin = share_along(base, from->share),
                                   .end = share_along(base, to->share)};
    out->step = step;
    out->step_n = 1;
    return AMP_OK;
}

static amp_err path_through(struct amp_road_query *query, const struct amp_metric *metric,
                            uint32_t meet, const size_t seed_n[2], struct amp_arena *arena,
                            struct amp_road_path *out)
{
    amp_err err = amp_cch_path(query, metric, meet);
    if (err) {
        return err;
    }
    const struct amp_seed *first = seed_find(query, 0, seed_n[0], meet);
    const struct amp_seed *last = seed_find(query, 1, seed_n[1], meet);
    return steps_make(query, metric, first, last, arena, out);
}

static void lengths_fill(const struct amp_roads *rd, struct amp_road_path *path)
{
    for (size_t i = 0; i < path->step_n; i++) {
        struct amp_road_step *step = &path->step[i];
        step->length_mm = length_part_mm(rd, step->base, step->begin, step->end);
    }
}

amp_err amp_path_via(struct amp_road_query *query, const struct amp_metric *metric,
                     const struct amp_road_via *via, struct amp_arena *arena,
                     struct amp_road_path *out)
{
    struct amp_road_path path = {.time_ms = query->side[0].dist[via->meet] +
                                            query->side[1].dist[via->meet]};
    amp_err err = path_through(query, metric, via->meet, via->seed_n, arena, &path);
    if (!err) {
        struct amp_road_step *last = &path.step[path.step_n - 1];
        path.step[0].begin = share_along(path.step[0].base, via->from->share);
        last->end = share_along(last->base, via->to->share);
        lengths_fill(query->roads, &path);
        *out = path;
    }
    return err;
}

amp_err amp_path_find(struct amp_road_query *query, const struct amp_metric *metric,
                      const struct amp_snap *from, const struct amp_snap *to,
                      struct amp_arena *arena, struct amp_road_path *out)
{
    struct amp_road_path path = {.time_ms = AMP_ROAD_INF};
    const size_t seed_n[2] = {amp_seeds_from(metric, from, query->seed[0]),
                              amp_seeds_to(metric, to, query->seed[1])};
    amp_cch_sweep(query, metric, 0, seed_n[0]);
    amp_cch_sweep(query, metric, 1, seed_n[1]);
    uint32_t meet = meet_find(query, &path.time_ms);
    uint32_t base = AMP_ROAD_NONE;
    uint32_t direct_ms = amp_direct_ms(metric, from, to, &base);
    amp_err err = AMP_OK;
    if (direct_ms < AMP_ROAD_INF && direct_ms <= path.time_ms) {
        path.time_ms = direct_ms;
        err = path_direct(from, to, base, arena, &path);
    } else if (meet == AMP_ROAD_NONE) {
        err = AMP_E_NO_ROUTE;
    } else {
        const struct amp_road_via via = {meet, {seed_n[0], seed_n[1]}, from, to};
        err = amp_path_via(query, metric, &via, arena, &path);
    }
    amp_cch_clear(&query->side[0]);
    amp_cch_clear(&query->side[1]);
    if (err) {
        return err;
    }
    lengths_fill(query->roads, &path);
    *out = path;
    return AMP_OK;
}
