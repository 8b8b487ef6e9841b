/*
 * Ways between positions on roads close to each other: Dijkstra on the lawful graph, in a table of
 * the nodes met, which is emptied by a new number.
 *
 * A way costs its length and a little of its time, so that of two ways about as long the one along
 * the better roads is taken; what is told is its length.
 */
#include "map/match_in.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 1 << 15,
    NODES_MAX = SLOTS / 2,
    HEAP_MAX = 1 << 17,
    MM_PER_M = 1000,
    MM_PER_MS = 5 /* what time costs: 5 m a second */
};

struct slot {
    uint32_t node;
    uint32_t run;    /* the search that it belongs to */
    uint32_t cost;   /* mm and mm-worths of time; AMP_ROAD_INF: only a target yet */
    uint32_t far_mm; /* length of the way */
    uint32_t pred;   /* arc; AMP_ROAD_NONE at a seed */
    uint32_t from;   /* slot before it; at a seed the base arc of the start */
    uint16_t wanted; /* first entry of a target, plus one */
    bool settled;
};

struct entry { /* a way to end at a target: at this node, with so much left */
    uint32_t part_cost, part_mm;
    uint32_t base;
    uint16_t target;
    uint16_t next; /* plus one */
};

struct leaf {
    uint32_t cost, slot;
};

struct reach {
    uint32_t cost, far_mm;
};

struct amp_match_search {
    const struct amp_roads *roads;
    const struct amp_metric *metric;
    struct slot *slot;
    struct leaf *heap;
    size_t heap_n, node_n;
    uint32_t run;
    struct amp_seed *seed;
    struct entry *entry;
    size_t entry_n, entry_cap, wanted_n;
    /* of the last target reached, for amp_match_way */
    uint32_t end_slot, end_base;
};

amp_err amp_match_search_create(const struct amp_roads *roads, const struct amp_metric *metric,
                                struct amp_match_search **out)
{
    struct amp_match_search *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return AMP_E_NOMEM;
    }
    s->roads = roads;
    s->metric = metric;
    s->entry_cap = ((size_t)roads->seeds_max + 2) * AMP_MATCH_CANDIDATES;
    s->entry_cap = s->entry_cap < UINT16_MAX ? s->entry_cap : UINT16_MAX - 1;
    s->slot = calloc(SLOTS, sizeof(*s->slot));
    s->heap = calloc(HEAP_MAX, sizeof(*s->heap));
    s->seed = calloc((size_t)roads->seeds_max + 2, sizeof(*s->seed));
    s->entry = calloc(s->entry_cap, sizeof(*s->entry));
    if (s->slot == NULL || s->heap == NULL || s->seed == NULL || s->entry == NULL) {
        amp_match_search_destroy(s);
        return AMP_E_NOMEM;
    }
    *out = s;
    return AMP_OK;
}

void amp_match_search_destroy(struct amp_match_search *search)
{
    if (search != NULL) {
        free(search->slot);
        free(search->heap);
        free(search->seed);
        free(search->entry);
        free(search);
    }
}

/* ---- table and heap ---- */

/* The slot of a node, made if it is new; SLOTS when the table is full. */
static uint32_t slot_of(struct amp_match_search *s, uint32_t node)
{
    uint32_t at = (uint32_t)((node * UINT64_C(2654435761)) >> 9) % SLOTS;
    while (s->slot[at].run == s->run && s->slot[at].node != node) {
        at = (at + 1) % SLOTS;
    }
    if (s->slot[at].run != s->run) {
        if (s->node_n == NODES_MAX) {
            return SLOTS;
        }
        s->node_n++;
        s->slot[at] = (struct slot){.node = node, .run = s->run, .cost = AMP_ROAD_INF};
    }
    return at;
}

static bool sooner(struct leaf a, struct leaf b)
{
    return a.cost < b.cost || (a.cost == b.cost && a.slot < b.slot);
}

static void heap_push(struct amp_match_search *s, struct leaf leaf)
{
    if (s->heap_n == HEAP_MAX) {
        return; /* farther than any bound lets it be: the table is full before */
    }
    size_t at = s->heap_n++;
    for (; at > 0 && sooner(leaf, s->heap[(at - 1) / 2]); at = (at - 1) / 2) {
        s->heap[at] = s->heap[(at - 1) / 2];
    }
    s->heap[at] = leaf;
}

static struct leaf heap_pop(struct amp_match_search *s)
{
    struct leaf top = s->heap[0], last = s->heap[--s->heap_n];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= s->heap_n) {
            break;
        }
        child += child + 1 < s->heap_n && sooner(s->heap[child + 1], s->heap[child]) ? 1 : 0;
        if (!sooner(s->heap[child], last)) {
            break;
        }
        s->heap[at] = s->heap[child];
        at = child;
    }
    s->heap[at] = last;
    return top;
}

/* Length and time as one cost, bounded. */
static uint32_t cost_of(uint64_t length_mm, uint64_t time_ms)
{
    uint64_t cost = length_mm + time_ms * MM_PER_MS;
    return cost < AMP_ROAD_INF ? (uint32_t)cost : AMP_ROAD_INF;
}

static void node_reach(struct amp_match_search *s, uint32_t node, struct reach reach, uint32_t pred,
                       uint32_t from)
{
    uint32_t at = slot_of(s, node);
    if (at < SLOTS && reach.cost < s->slot[at].cost) {
        s->slot[at].cost = reach.cost;
        s->slot[at].far_mm = reach.far_mm;
        s->slot[at].pred = pred;
        s->slot[at].from = from;
        heap_push(s, (struct leaf){reach.cost, at});
    }
}

/* ---- ends ---- */

static uint32_t part_mm(const struct amp_roads *rd, uint32_t base, double share)
{
    double along = base & 1 ? 1 - share : share; /* from where driving the base arc begins */
    return (uint32_t)llround(fmin(fmax(along, 0), 1) * rd->seg[base >> 1].length_mm);
}

static void starts_put(struct amp_match_search *s, const struct amp_match_cand *from)
{
    struct amp_snap snap = {.segment = from->segment, .share = from->share};
    size_t n = amp_seeds_from(s->metric, &snap, s->seed);
    for (size_t i = 0; i < n; i++) {
        uint32_t base = s->seed[i].base;
        uint32_t left = s->roads->seg[base >> 1].length_mm - part_mm(s->roads, base, from->share);
        struct reach reach = {cost_of(left, s->seed[i].cost_ms), left};
        node_reach(s, s->seed[i].node, reach, AMP_ROAD_NONE, base);
    }
}

static void targets_put(struct amp_match_search *s, const struct amp_match_cand *to, size_t to_n)
{
    s->entry_n = 0;
    s->wanted_n = 0;
    for (size_t k = 0; k < to_n; k++) {
        struct amp_snap snap = {.segment = to[k].segment, .share = to[k].share};
        size_t n = amp_seeds_to(s->metric, &snap, s->seed);
        for (size_t i = 0; i < n && s->entry_n < s->entry_cap; i++) {
            uint32_t at = slot_of(s, s->seed[i].node);
            if (at == SLOTS) {
                return;
            }
            struct slot *slot = &s->slot[at];
            s->wanted_n += slot->wanted == 0 ? 1 : 0;
            uint32_t mm = part_mm(s->roads, s->seed[i].base, to[k].share);
            s->entry[s->entry_n] = (struct entry){.part_cost = cost_of(mm, s->seed[i].cost_ms),
                                                  .part_mm = mm,
                                                  .base = s->seed[i].base,
                                                  .target = (uint16_t)k,
                                                  .next = slot->wanted};
            slot->wanted = (uint16_t)++s->entry_n;
        }
    }
}

/* The share of a segment at one of its vertices; below 0 if it does not end there. */
static double share_at(const struct amp_road_seg *seg, uint32_t vertex)
{
    return seg->from == vertex ? 0 : seg->to == vertex ? 1 : -1;
}

/* Two segments that meet: over the vertex, whatever the law says, but no farther than noise. */
static double over_vertex_m(const struct amp_match_search *s, const struct amp_match_cand *from,
                            const struct amp_match_cand *to, uint32_t *out_vertex)
{
    const struct amp_road_seg *a = &s->roads->seg[from->segment];
    const struct amp_road_seg *b = &s->roads->seg[to->segment];
    double best_m = INFINITY;
    for (int end = 0; end < 2; end++) {
        uint32_t vertex = end == 0 ? a->from : a->to;
        double there = share_at(b, vertex);
        double m =
            (fabs(from->share - end) * a->length_mm + fabs(to->share - there) * b->length_mm) /
            MM_PER_M;
        if (there >= 0 && m < best_m) {
            best_m = m;
            *out_vertex = vertex;
        }
    }
    return best_m;
}

/* Along one segment without leaving it, or back by noise: on a oneway road, or over a vertex
 * between two. */
static double direct_m(const struct amp_match_search *s, const struct amp_match_cand *from,
                       const struct amp_match_cand *to, double slack_m)
{
    uint32_t vertex = 0;
    if (from->segment != to->segment) {
        double over_m = over_vertex_m(s, from, to, &vertex);
        return over_m <= slack_m ? over_m : INFINITY;
    }
    const struct amp_road_seg *seg = &s->roads->seg[from->segment];
    double moved_m = (to->share - from->share) * seg->length_mm / MM_PER_M;
    uint32_t base = 2 * from->segment + (moved_m < 0);
    bool lawful = amp_metric_run_ms(s->metric, base) < AMP_ROAD_INF;
    return lawful || fabs(moved_m) <= slack_m ? fabs(moved_m) : INFINITY;
}

/* ---- searching ---- */

struct hunt { /* what the search is for */
    double bound_m;
    double *way_m;
    uint32_t best[AMP_MATCH_CANDIDATES]; /* cost of the way to each target; 0: found directly */
};

static void settle(struct amp_match_search *s, uint32_t at, struct hunt *hunt)
{
    struct slot *slot = &s->slot[at];
    const struct amp_roads *rd = s->roads;
    slot->settled = true;
    s->wanted_n -= slot->wanted != 0 ? 1 : 0;
    for (uint16_t e = slot->wanted; e != 0; e = s->entry[e - 1].next) {
        const struct entry *entry = &s->entry[e - 1];
        uint32_t cost = amp_ms_add(slot->cost, entry->part_cost);
        double m = ((double)slot->far_mm + entry->part_mm) / MM_PER_M;
        if (cost < hunt->best[entry->target] && m <= hunt->bound_m) {
            hunt->best[entry->target] = cost;
            hunt->way_m[entry->target] = m;
            s->end_slot = at;
            s->end_base = entry->base;
        }
    }
    uint32_t cost = slot->cost, far_mm = slot->far_mm, node = slot->node;
    for (uint32_t arc = rd->arc_first[node]; arc < rd->arc_first[node + 1]; arc++) {
        uint32_t length_mm = rd->seg[rd->arc_base[arc] >> 1].length_mm;
        struct reach next = {amp_ms_add(cost, cost_of(length_mm, s->metric->weight[arc])),
                             amp_ms_add(far_mm, length_mm)};
        if (s->metric->weight[arc] < AMP_ROAD_INF && next.far_mm <= hunt->bound_m * MM_PER_M) {
            node_reach(s, rd->arc_head[arc], next, arc, at);
        }
    }
}

void amp_match_ways(struct amp_match_search *s, const struct amp_match_cand *from,
                    const struct amp_match_cand *to, size_t to_n, double bound_m, double slack_m,
                    double *way_m)
{
    assert(to_n <= AMP_MATCH_CANDIDATES);
    if (++s->run == 0) { /* the number has gone round: old slots must not look new */
        memset(s->slot, 0, SLOTS * sizeof(*s->slot));
        s->run = 1;
    }
    s->node_n = 0;
    s->heap_n = 0;
    s->end_slot = SLOTS;
    struct hunt hunt = {.bound_m = bound_m, .way_m = way_m};
    for (size_t k = 0; k < to_n; k++) {
        way_m[k] = direct_m(s, from, &to[k], slack_m);
        way_m[k] = way_m[k] <= bound_m ? way_m[k] : INFINITY;
        hunt.best[k] = isfinite(way_m[k]) ? 0 : AMP_ROAD_INF;
    }
    targets_put(s, to, to_n);
    starts_put(s, from);
    while (s->heap_n > 0 && s->wanted_n > 0) {
        struct leaf top = heap_pop(s);
        if (!s->slot[top.slot].settled && top.cost == s->slot[top.slot].cost) {
            settle(s, top.slot, &hunt);
        }
    }
}

static struct amp_match_step whole(uint32_t base)
{
    return (struct amp_match_step){base >> 1, base & 1 ? 1 : 0, base & 1 ? 0 : 1};
}

/* The parts of a direct way. */
static size_t direct_steps(const struct amp_match_search *s, const struct amp_match_cand *from,
                           const struct amp_match_cand *to, struct amp_match_step *out)
{
    uint32_t vertex = 0;
    if (from->segment == to->segment) {
        out[0] = (struct amp_match_step){from->segment, from->share, to->share};
        return 1;
    }
    (void)over_vertex_m(s, from, to, &vertex);
    out[0] = (struct amp_match_step){from->segment, from->share,
                                     share_at(&s->roads->seg[from->segment], vertex)};
    out[1] = (struct amp_match_step){to->segment, share_at(&s->roads->seg[to->segment], vertex),
                                     to->share};
    return 2;
}

amp_err amp_match_way(struct amp_match_search *s, const struct amp_match_cand *from,
                      const struct amp_match_cand *to, double bound_m, double slack_m,
                      struct amp_match_step out[AMP_MATCH_STEPS], size_t *out_n)
{
    double way_m = INFINITY;
    amp_match_ways(s, from, to, 1, bound_m, slack_m, &way_m);
    if (!isfinite(way_m)) {
        return AMP_E_NO_ROUTE;
    }
    if (s->end_slot == SLOTS) {
        *out_n = direct_steps(s, from, to, out);
        return AMP_OK;
    }
    size_t n = 2;
    uint32_t at = s->end_slot;
    for (; s->slot[at].pred != AMP_ROAD_NONE; at = s->slot[at].from) {
        n++;
    }
    if (n > AMP_MATCH_STEPS) {
        return AMP_E_LIMIT;
    }
    out[0] = whole(s->slot[at].from);
    out[0].begin = from->share;
    out[n - 1] = whole(s->end_base);
    out[n - 1].end = to->share;
    at = s->end_slot;
    for (size_t i = n - 2; s->slot[at].pred != AMP_ROAD_NONE; at = s->slot[at].from) {
        out[i--] = whole(s->roads->arc_base[s->slot[at].pred]);
    }
    *out_n = n;
    return AMP_OK;
}
