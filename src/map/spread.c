/* One start, many ends: all nodes within the time, then each end looks at the nodes before it. */
#include "map/spread.h"
#include "map/isochrone_in.h"

static uint32_t end_time(struct amp_road_query *query, const struct amp_metric *metric,
                         const struct amp_snap *from, const struct amp_snap *to)
{
    struct amp_snap moved;
    const struct amp_snap *open = NULL;
    if (!amp_snap_move(metric, to, &moved, &open)) {
        return AMP_ROAD_INF;
    }
    uint32_t base = AMP_ROAD_NONE;
    uint32_t best = amp_direct_ms(metric, from, open, &base);
    struct amp_seed *seed = query->seed[1];
    size_t seed_n = amp_seeds_to(metric, open, seed);
    for (size_t i = 0; i < seed_n; i++) {
        uint32_t time_ms = amp_ms_add(seed[i].cost_ms, query->side[0].dist[seed[i].node]);
        best = time_ms < best ? time_ms : best;
    }
    return best;
}

amp_err amp_roads_spread(struct amp_road_query *query, const struct amp_metric *metric,
                         const struct amp_snap *from, uint32_t limit_ms, const struct amp_snap *to,
                         size_t to_n, uint32_t *out_ms)
{
    enum {
        MS_PER_S = 1000
    };
    if (limit_ms > AMP_SPREAD_LIMIT_S * MS_PER_S) {
        return AMP_E_RANGE;
    }
    struct amp_snap moved;
    const struct amp_snap *open = NULL;
    for (size_t i = 0; i < to_n; i++) {
        out_ms[i] = AMP_ROAD_FOREVER_MS;
    }
    if (to_n == 0 || !amp_snap_move(metric, from, &moved, &open)) {
        return AMP_OK;
    }
    struct amp_seed *seed = query->seed[0];
    size_t seed_n = amp_seeds_from(metric, open, seed);
    amp_err err = amp_reached_find(query, metric, seed, seed_n, limit_ms, false);
    for (size_t i = 0; i < to_n && err == AMP_OK; i++) {
        uint32_t time_ms = end_time(query, metric, open, &to[i]);
        out_ms[i] = time_ms <= limit_ms ? time_ms : AMP_ROAD_FOREVER_MS;
    }
    amp_cch_clear(&query->side[0]);
    return err;
}
