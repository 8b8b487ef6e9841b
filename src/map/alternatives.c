/*
 * Alternatives worth showing: ways over nodes that one of the sweeps of the fastest way has passed.
 *
 * Such a node is above one of the ends in the hierarchy: one of the crossings that lead out of its
 * neighbourhood. Going down the tree again makes the times from one end and to the other exact for
 * all of them. Of the fastest ways over them those are kept that come to no place twice, share
 * little enough with the ways before them, take not much longer where they differ, and make no
 * detour around their node.
 */
#include "map/roads_in.h"

#include <stdlib.h>
#include <string.h>

enum {
    CANDIDATES = 48, /* ways that are unpacked */
    PERCENT = 100,
    LOCAL_SLACK = 1 /* percent: roundings of two ends */
};

struct candidate {
    uint32_t time_ms;
    uint32_t before_ms; /* of it, up to the node */
    uint32_t node;
    struct amp_road_path path;
};

struct choice {
    struct amp_road_query *query;
    const struct amp_metric *metric;
    struct amp_arena *arena;
    const struct amp_snap *from, *to;
    struct amp_road_path fastest;
    struct candidate candidate[CANDIDATES];
    size_t candidate_n;
    uint8_t *on;     /* of each base arc, bit r: on the r-th way that is shown */
    uint32_t *visit; /* of each vertex: the last candidate that came there */
    uint32_t *above; /* the nodes that either sweep has passed, ascending */
    uint32_t above_n;
};

/* ---- candidates ---- */

static int candidate_compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
    return order != 0 ? order : (x->node > y->node) - (x->node < y->node);
}

/* Of the nodes that either sweep has passed, all of which lie above one another: the times from the
 * source and to the target, by the nodes above, which come first. */
static void times_descend(struct choice *ch)
{
    const struct amp_roads *rd = ch->metric->roads;
    struct amp_sweep *side = ch->query->side;
    const uint32_t *weight[2] = {ch->metric->down, ch->metric->up};
    for (uint32_t i = ch->above_n; i-- > 0;) {
        uint32_t v = ch->above[i];
        for (int s = 0; s < 2; s++) {
            for (uint32_t k = rd->up_first[v]; k < rd->up_first[v + 1]; k++) {
                uint32_t there = side[s].dist[rd->up_head[k]] + weight[s][k];
                if (there < side[s].dist[v]) {
                    side[s].dist[v] = there;
                    side[s].pred[v] = k | AMP_ROAD_ABOVE;
                }
            }
        }
    }
}

/* The nodes of both sweeps, ascending, each once. */
static amp_err nodes_unite(struct choice *ch)
{
    const struct amp_sweep *side = ch->query->side;
    uint32_t n = 0, i = 0, k = 0;
    ch->above = calloc((size_t)side[0].visited_n + side[1].visited_n + 1, sizeof(*ch->above));
    if (ch->above == NULL) {
        return AMP_E_NOMEM;
    }
    while (i < side[0].visited_n || k < side[1].visited_n) {
        uint32_t a = i < side[0].visited_n ? side[0].visited[i] : AMP_ROAD_NONE;
        uint32_t b = k < side[1].visited_n ? side[1].visited[k] : AMP_ROAD_NONE;
        ch->above[n++] = a < b ? a : b;
        i += a <= b ? 1 : 0;
        k += b <= a ? 1 : 0;
    }
    ch->above_n = n;
    return AMP_OK;
}

/* The sweeps are as if nothing had been. */
static void nodes_clear(struct choice *ch)
{
    for (int s = 0; s < 2; s++) {
        struct amp_sweep *side = &ch->query->side[s];
        amp_cch_clear(side);
        for (uint32_t i = 0; i < ch->above_n; i++) {
            side->dist[ch->above[i]] = AMP_ROAD_INF;
            side->pred[ch->above[i]] = AMP_ROAD_NONE;
        }
    }
    free(ch->above);
}

/* Nodes with a way over them that is slower than the fastest, but not much: all of them, sorted. */
static amp_err nodes_list(struct choice *ch, struct candidate **out, size_t *out_n)
{
    const struct amp_sweep *side = ch->query->side;
    struct candidate *list = calloc((size_t)ch->above_n + 1, sizeof(*list));
    uint32_t most_ms =
        (uint32_t)((uint64_t)ch->fastest.time_ms * (PERCENT + AMP_ROUTES_STRETCH) / PERCENT);
    size_t n = 0;
    if (list == NULL) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < ch->above_n; i++) {
        uint32_t node = ch->above[i];
        uint32_t time_ms = amp_ms_add(side[0].dist[node], side[1].dist[node]);
        if (time_ms > ch->fastest.time_ms && time_ms <= most_ms) {
            list[n++] = (struct candidate){time_ms, side[0].dist[node], node, {0}};
        }
    }
    qsort(list, n, sizeof(*list), candidate_compare);
    *out = list;
    *out_n = n;
    return AMP_OK;
}

/* Does the path come to no vertex twice? */
static bool path_simple(struct choice *ch, const struct amp_road_path *path, uint32_t stamp)
{
    for (size_t i = 0; i + 1 < path->step_n; i++) {
        uint32_t *visit = &ch->visit[amp_base_head(ch->metric->roads, path->step[i].base)];
        if (*visit == stamp) {
            return false;
        }
        *visit = stamp;
    }
    return true;
}

/* Its time on roads of the ways whose bits are set. */
static uint64_t path_on_ms(const struct choice *ch, const struct amp_road_path *path, unsigned ways)
{
    uint64_t sum_ms = 0;
    for (size_t i = 0; i < path->step_n; i++) {
        sum_ms += (ch->on[path->step[i].base] & ways) != 0 ? path->step[i].time_ms : 0;
    }
    return sum_ms;
}

/* Does it share little enough with all ways that are shown together? Limited sharing. */
static bool path_differs(const struct choice *ch, const struct amp_road_path *path)
{
    return path_on_ms(ch, path, ~0U) * PERCENT <= (uint64_t)ch->fastest.time_ms * AMP_ROUTES_SHARED;
}

/* Where it leaves the fastest way it takes not much longer than that does there: bounded stretch.
 */
static bool path_short(const struct choice *ch, const struct amp_road_path *path)
{
    uint64_t shared_ms = path_on_ms(ch, path, 1);
    if (shared_ms >= ch->fastest.time_ms) {
        return false;
    }
    return (path->time_ms - shared_ms) * PERCENT <=
           (ch->fastest.time_ms - shared_ms) * (PERCENT + AMP_ROUTES_STRETCH);
}

static void path_show(struct choice *ch, const struct amp_road_path *path, size_t r)
{
    for (size_t i = 0; i < path->step_n; i++) {
        ch->on[path->step[i].base] |= (uint8_t)(1U << r);
    }
}

/* While the sweeps stand: the ways over the nodes, without those that repeat the fastest. */
static amp_err candidates_unpack(struct choice *ch, const size_t seed_n[2])
{
    struct candidate *list = NULL;
    size_t n = 0;
    amp_err err = nodes_list(ch, &list, &n);
    for (size_t i = 0; i < n && !err && ch->candidate_n < CANDIDATES; i++) {
        const struct amp_road_via via = {list[i].node, {seed_n[0], seed_n[1]}, ch->from, ch->to};
        if (i > 0 && list[i].time_ms == list[i - 1].time_ms) {
            continue; /* the same way over the next node */
        }
        err = amp_path_via(ch->query, ch->metric, &via, ch->arena, &list[i].path);
        if (!err && path_simple(ch, &list[i].path, (uint32_t)i + 1) &&
            path_differs(ch, &list[i].path) && path_short(ch, &list[i].path)) {
            ch->candidate[ch->candidate_n++] = list[i];
        }
    }
    free(list);
    return err;
}

static amp_err candidates_find(struct choice *ch)
{
    struct amp_road_query *query = ch->query;
    const size_t seed_n[2] = {amp_seeds_from(ch->metric, ch->from, query->seed[0]),
                              amp_seeds_to(ch->metric, ch->to, query->seed[1])};
    amp_cch_sweep(query, ch->metric, 0, seed_n[0]);
    amp_cch_sweep(query, ch->metric, 1, seed_n[1]);
    amp_err err = nodes_unite(ch);
    if (!err) {
        times_descend(ch);
        err = candidates_unpack(ch, seed_n);
    }
    nodes_clear(ch);
    return err;
}

/* ---- the T-test ---- */

static struct amp_snap base_end(uint32_t base, bool at_end)
{
    return (struct amp_snap){.segment = base >> 1, .share = (base & 1) != at_end ? 1 : 0};
}

/* Around its node the way is as fast as any. */
static amp_err candidate_local(struct choice *ch, const struct candidate *one, bool *out)
{
    const struct amp_road_path *path = &one->path;
    uint32_t window_ms = (uint32_t)((uint64_t)ch->fastest.time_ms * AMP_ROUTES_LOCAL / PERCENT);
    size_t first = 0, last = 0;
    uint32_t at_ms = 0, sub_ms = 0;
    for (size_t i = 0; i < path->step_n; i++) {
        if (at_ms + window_ms <= one->before_ms) {
            first = i;
        }
        if (at_ms < one->before_ms + window_ms) {
            last = i;
        }
        at_ms += path->step[i].time_ms;
    }
    for (size_t i = first; i <= last; i++) {
        sub_ms += path->step[i].time_ms;
    }
    sub_ms -= last + 1 < path->step_n ? path->step[last].enter_ms : 0;
    struct amp_snap from = first == 0 ? *ch->from : base_end(path->step[first].base, false);
    struct amp_snap to = last + 1 == path->step_n ? *ch->to : base_end(path->step[last].base, true);
    struct amp_road_path best;
    amp_err err = amp_path_find(ch->query, ch->metric, &from, &to, ch->arena, &best);
    if (!err) {
        *out = (uint64_t)sub_ms * (PERCENT - LOCAL_SLACK) <= (uint64_t)best.time_ms * PERCENT;
    }
    return err;
}

/* ---- the choice ---- */

static amp_err routes_choose(struct choice *ch, size_t most, struct amp_routes *out,
                             struct amp_why *why)
{
    amp_err err = AMP_OK;
    for (size_t i = 0; i < ch->candidate_n && out->n < most && !err; i++) {
        const struct candidate *one = &ch->candidate[i];
        bool local = false;
        if (!path_differs(ch, &one->path)) {
            continue;
        }
        err = candidate_local(ch, one, &local);
        if (!err && local) {
            struct amp_route *route = &out->route[out->n];
            *route = (struct amp_route){.from = *ch->from, .to = *ch->to};
            err = amp_route_read(ch->metric, &one->path, ch->arena, route, why);
            path_show(ch, &one->path, out->n++);
        }
    }
    return err;
}

static amp_err choice_run(struct choice *ch, size_t most, struct amp_routes *out,
                          struct amp_why *why)
{
    const struct amp_roads *rd = ch->metric->roads;
    ch->on = calloc(2 * rd->seg_n + 1, sizeof(*ch->on));
    ch->visit = calloc(rd->vertex_n + 1, sizeof(*ch->visit));
    amp_err err = ch->on == NULL || ch->visit == NULL ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        err = amp_path_find(ch->query, ch->metric, ch->from, ch->to, ch->arena, &ch->fastest);
    }
    if (!err) {
        path_show(ch, &ch->fastest, 0);
        err = candidates_find(ch);
    }
    if (!err) {
        err = routes_choose(ch, most, out, why);
    }
    free(ch->on);
    free(ch->visit);
    return err;
}

amp_err amp_route_alternatives(struct amp_road_query *query, const struct amp_metric *metric,
                               const struct amp_pos end[2], size_t others, struct amp_arena *arena,
                               struct amp_routes *out, struct amp_why *why)
{
    struct amp_routes routes = {.n = 1};
    amp_err err = amp_route_find(query, metric, end[0], end[1], arena, &routes.route[0], why);
    if (!err && others > 0) {
        struct choice *ch = amp_arena_alloc(arena, sizeof(*ch));
        size_t most = others < AMP_ROUTES_MAX ? others + 1 : AMP_ROUTES_MAX;
        if (ch != NULL) {
            *ch = (struct choice){.query = query,
                                  .metric = metric,
                                  .arena = arena,
                                  .from = &routes.route[0].from,
                                  .to = &routes.route[0].to};
        }
        err = ch == NULL ? AMP_E_NOMEM : choice_run(ch, most, &routes, why);
        err = err ? amp_fail(why, err, "not enough memory for the routes") : AMP_OK;
    }
    if (!err) {
        *out = routes;
    }
    return err;
}
