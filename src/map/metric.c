/* The weights of one profile with closures, and the scratch memory of queries. */
#include "map/roads_in.h"

#include <stdlib.h>

static void weights_fill(struct amp_metric *metric)
{
    const struct amp_roads *rd = metric->roads;
    for (size_t a = 0; a < rd->arc_n; a++) {
        uint32_t base = rd->arc_base[a];
        uint32_t cost_ms = AMP_ROAD_INF;
        if ((rd->arc_mask[a] >> metric->profile & 1) && !metric->closed[base >> 1]) {
            cost_ms = amp_ms_add(amp_base_run_ms(rd, metric->profile, base),
                                 amp_base_enter_ms(rd, metric->profile, base));
        }
        metric->weight[a] = cost_ms;
    }
}

/* Closing what a search finds. */
struct closing {
    const struct amp_roads *roads;
    uint8_t *closed;
    double radius_m;
    uint32_t nearest;
    double nearest_m;
};

static void piece_close(void *ctx, uint32_t seg, uint32_t piece, double share, double dist_m)
{
    struct closing *closing = ctx;
    (void)piece;
    (void)share;
    if (dist_m <= closing->radius_m) {
        closing->closed[seg] = 1;
    }
    if (dist_m < closing->nearest_m || (dist_m <= closing->nearest_m && seg < closing->nearest)) {
        closing->nearest = seg;
        closing->nearest_m = dist_m;
    }
}

static amp_err closures_fill(struct amp_metric *metric, const struct amp_road_closure *closure,
                             size_t n, struct amp_why *why)
{
    for (size_t i = 0; i < n; i++) {
        bool circle = closure[i].shape == AMP_CLOSURE_CIRCLE;
        if ((!circle && closure[i].shape != AMP_CLOSURE_ROAD) || closure[i].time_percent != 0 ||
            closure[i].heading_deg >= 0) {
            return amp_fail(why, AMP_E_RANGE, "only a road or a circle can be closed, both ways");
        }
        struct closing closing = {.roads = metric->roads,
                                  .closed = metric->closed,
                                  .radius_m = circle ? closure[i].radius_m : -1,
                                  .nearest = AMP_ROAD_NONE,
                                  .nearest_m = AMP_SNAP_MAX_M};
        struct amp_snap_visit visit = {&closing, piece_close};
        if (circle && !(closure[i].radius_m > 0 && closure[i].radius_m <= AMP_CLOSURE_RADIUS_M)) {
            return amp_fail(why, AMP_E_RANGE, "a closure's radius must be above 0 and at most %d m",
                            AMP_CLOSURE_RADIUS_M);
        }
        double search_m = circle ? closure[i].radius_m : AMP_SNAP_MAX_M;
        amp_snap_search(metric->roads, closure[i].at, search_m, &visit);
        if (!circle && closing.nearest != AMP_ROAD_NONE) {
            metric->closed[closing.nearest] = 1;
        }
    }
    return AMP_OK;
}

static void metric_free(struct amp_metric *metric)
{
    if (metric != NULL) {
        free(metric->weight);
        free(metric->up);
        free(metric->down);
        free(metric->closed);
        free(metric);
    }
}

amp_err amp_metric_create(const struct amp_roads *roads, enum amp_profile profile,
                          const struct amp_road_closure *closure, size_t closure_n,
                          struct amp_metric **out, struct amp_why *why)
{
    if (closure_n > AMP_METRIC_CLOSURES) {
        return amp_fail(why, AMP_E_LIMIT, "%zu roads are closed; at most %d can be at once",
                        closure_n, AMP_METRIC_CLOSURES);
    }
    struct amp_metric *metric = calloc(1, sizeof(*metric));
    uint32_t *slot = calloc(roads->node_n + 1, sizeof(*slot));
    if (metric != NULL) {
        metric->roads = roads;
        metric->profile = profile;
        atomic_init(&metric->refs, 1);
        metric->weight = calloc(roads->arc_n + 1, sizeof(uint32_t));
        metric->up = calloc(roads->up_n + 1, sizeof(uint32_t));
        metric->down = calloc(roads->up_n + 1, sizeof(uint32_t));
        metric->closed = calloc(roads->seg_n + 1, 1);
    }
    amp_err err = AMP_OK;
    if (metric == NULL || slot == NULL || metric->weight == NULL || metric->up == NULL ||
        metric->down == NULL || metric->closed == NULL) {
        err = amp_fail(why, AMP_E_NOMEM, "not enough memory for the weights of the roads");
    }
    if (!err) {
        err = closures_fill(metric, closure, closure_n, why);
    }
    if (err) {
        metric_free(metric);
        free(slot);
        return err;
    }
    weights_fill(metric);
    amp_cch_customize(roads, metric, slot);
    free(slot);
    *out = metric;
    return AMP_OK;
}

struct amp_metric *amp_metric_ref(struct amp_metric *metric)
{
    atomic_fetch_add_explicit(&metric->refs, 1, memory_order_relaxed);
    return metric;
}

void amp_metric_unref(struct amp_metric *metric)
{
    if (metric != NULL && atomic_fetch_sub_explicit(&metric->refs, 1, memory_order_acq_rel) == 1) {
        metric_free(metric);
    }
}

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
