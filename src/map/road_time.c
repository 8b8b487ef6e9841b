/*
 * The travel time between two places, without the way: both ends climb the elimination tree in one
 * ascending walk, and no node is looked at again.
 *
 * A node that is already as far from its end as the best way found is long is not climbed from: no
 * better way leads over it. Source: Buchhold, Sanders, Wagner, "Real-time Traffic Assignment Using
 * Engineered Customizable Contraction Hierarchies", JEA 24, 2019, section 3 (pruning).
 */
#include "map/roads_in.h"

/* One end: the chains that still climb, and where. */
struct climb {
    uint32_t *dist;
    const uint32_t *weight;
    uint32_t *front; /* nodes at which chains stand, each once */
    size_t front_n;
    uint32_t lowest; /* of them; AMP_ROAD_NONE when there is none */
};

static void lowest_find(struct climb *climb)
{
    climb->lowest = AMP_ROAD_NONE;
    for (size_t i = 0; i < climb->front_n; i++) {
        climb->lowest = climb->front[i] < climb->lowest ? climb->front[i] : climb->lowest;
    }
}

static void front_put(struct climb *climb, uint32_t node)
{
    for (size_t i = 0; i < climb->front_n; i++) {
        if (climb->front[i] == node) {
            return;
        }
    }
    climb->front[climb->front_n++] = node;
}

static void climb_begin(struct climb *climb, const struct amp_seed *seed, size_t seed_n)
{
    for (size_t i = 0; i < seed_n; i++) {
        uint32_t *dist = &climb->dist[seed[i].node];
        *dist = seed[i].cost_ms < *dist ? seed[i].cost_ms : *dist;
        front_put(climb, seed[i].node);
    }
    lowest_find(climb);
}

static void node_relax(const struct amp_roads *rd, const struct climb *climb, uint32_t node,
                       uint32_t dist_ms)
{
    uint32_t end = rd->up_first[node + 1];
    for (uint32_t i = rd->up_first[node]; i < end; i++) {
        uint32_t *head = &climb->dist[rd->up_head[i]];
        uint32_t there = dist_ms + climb->weight[i];
        *head = there < *head ? there : *head; /* without a branch */
    }
}

/* The chain at node goes on to its parent. */
static void front_step(const struct amp_roads *rd, struct climb *climb, uint32_t node)
{
    uint32_t begin = rd->up_first[node];
    uint32_t parent = begin < rd->up_first[node + 1] ? rd->up_head[begin] : AMP_ROAD_NONE;
    if (climb->front_n == 1) {
        climb->front[0] = parent;
        climb->front_n = parent != AMP_ROAD_NONE;
        climb->lowest = parent;
        return;
    }
    for (size_t i = 0; i < climb->front_n; i++) {
        if (climb->front[i] == node) {
            climb->front[i] = climb->front[--climb->front_n];
            break;
        }
    }
    if (parent != AMP_ROAD_NONE) {
        front_put(climb, parent);
    }
    lowest_find(climb);
}

/* The least time over a node of the hierarchy; dist of both sides is left as it was found. */
static uint32_t climbs_meet(const struct amp_roads *rd, struct climb climb[2])
{
    uint32_t best_ms = AMP_ROAD_INF;
    for (;;) {
        uint32_t node = climb[0].lowest < climb[1].lowest ? climb[0].lowest : climb[1].lowest;
        if (node == AMP_ROAD_NONE) {
            return best_ms;
        }
        uint32_t from_ms = climb[0].dist[node], to_ms = climb[1].dist[node];
        best_ms = from_ms + to_ms < best_ms ? from_ms + to_ms : best_ms;
        for (int side = 0; side < 2; side++) {
            if (climb[side].lowest != node) {
                continue;
            }
            uint32_t dist_ms = side == 0 ? from_ms : to_ms;
            if (dist_ms < best_ms) {
                node_relax(rd, &climb[side], node, dist_ms);
            }
            climb[side].dist[node] = AMP_ROAD_INF;
            front_step(rd, &climb[side], node);
        }
    }
}

amp_err amp_road_time(struct amp_road_query *query, const struct amp_metric *metric,
                      const struct amp_snap *from, const struct amp_snap *to, uint32_t *out_ms)
{
    uint32_t base = AMP_ROAD_NONE;
    uint32_t direct_ms = amp_direct_ms(metric, from, to, &base);
    struct climb climb[2] = {
        {.dist = query->side[0].dist, .weight = metric->up, .front = query->front},
        {.dist = query->side[1].dist, .weight = metric->down, .front = query->side[1].visited},
    };
    climb_begin(&climb[0], query->seed[0], amp_seeds_from(metric, from, query->seed[0]));
    climb_begin(&climb[1], query->seed[1], amp_seeds_to(metric, to, query->seed[1]));
    uint32_t best_ms = climbs_meet(query->roads, climb);
    best_ms = direct_ms < best_ms ? direct_ms : best_ms;
    if (best_ms >= AMP_ROAD_INF) {
        return AMP_E_NO_ROUTE;
    }
    *out_ms = best_ms;
    return AMP_OK;
}
