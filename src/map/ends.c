/*
 * The two ends of a way: how a position on a segment enters and leaves the graph.
 *
 * The time to a share of a segment is rounded once, from the beginning of its points, and all other
 * parts are differences of such whole milliseconds; so parts always add up to the whole.
 */
#include "map/roads_in.h"

#include <assert.h>
#include <math.h>

static bool base_usable(const struct amp_metric *metric, uint32_t base)
{
    return amp_metric_run_ms(metric, base) < AMP_ROAD_INF;
}

bool amp_snap_usable(const struct amp_metric *metric, uint32_t seg)
{
    return base_usable(metric, 2 * seg) || base_usable(metric, 2 * seg + 1);
}

uint32_t amp_base_part_ms(const struct amp_metric *metric, uint32_t base, double share)
{
    uint32_t run_ms = amp_metric_run_ms(metric, base);
    double inside = fmin(fmax(share, 0), 1); /* also turns a NaN into a number */
    uint32_t along_ms = (uint32_t)llround(inside * run_ms);
    return base & 1 ? run_ms - along_ms : along_ms;
}

size_t amp_seeds_from(const struct amp_metric *metric, const struct amp_snap *from,
                      struct amp_seed *out)
{
    const struct amp_roads *rd = metric->roads;
    size_t n = 0;
    assert(from->segment < rd->seg_n);
    for (uint32_t base = 2 * from->segment; base < 2 * from->segment + 2; base++) {
        if (!base_usable(metric, base)) {
            continue;
        }
        uint32_t rest_ms =
            amp_metric_run_ms(metric, base) - amp_base_part_ms(metric, base, from->share);
        uint32_t cost_ms = amp_ms_add(rest_ms, amp_base_enter_ms(rd, metric->profile, base));
        uint32_t root = rd->root[amp_base_tail(rd, base)];
        for (uint32_t i = rd->base_first[base]; i < rd->base_first[base + 1]; i++) {
            uint32_t arc = rd->base_arc[i];
            if (rd->arc_tail[arc] == root && cost_ms < AMP_ROAD_INF) {
                out[n++] = (struct amp_seed){rd->arc_head[arc], cost_ms, base};
                break;
            }
        }
    }
    return n;
}

size_t amp_seeds_to(const struct amp_metric *metric, const struct amp_snap *to,
                    struct amp_seed *out)
{
    const struct amp_roads *rd = metric->roads;
    size_t n = 0;
    assert(to->segment < rd->seg_n);
    for (uint32_t base = 2 * to->segment; base < 2 * to->segment + 2; base++) {
        if (!base_usable(metric, base)) {
            continue;
        }
        uint32_t cost_ms = amp_base_part_ms(metric, base, to->share);
        for (uint32_t i = rd->base_first[base]; i < rd->base_first[base + 1]; i++) {
            uint32_t arc = rd->base_arc[i];
            if (rd->arc_mask[arc] >> metric->profile & 1) {
                out[n++] = (struct amp_seed){rd->arc_tail[arc], cost_ms, base};
            }
        }
    }
    return n;
}

uint32_t amp_direct_ms(const struct amp_metric *metric, const struct amp_snap *from,
                       const struct amp_snap *to, uint32_t *out_base)
{
    uint32_t best_ms = AMP_ROAD_INF;
    for (uint32_t dir = 0; from->segment == to->segment && dir < 2; dir++) {
        uint32_t base = 2 * from->segment + dir;
        bool ahead = dir == 0 ? from->share <= to->share : from->share >= to->share;
        if (!ahead || !base_usable(metric, base)) {
            continue;
        }
        uint32_t time_ms =
            amp_base_part_ms(metric, base, to->share) - amp_base_part_ms(metric, base, from->share);
        if (time_ms < best_ms) {
            best_ms = time_ms;
            *out_base = base;
        }
    }
    return best_ms;
}
