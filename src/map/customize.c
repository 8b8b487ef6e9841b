/*
 * All weights of a hierarchy at once: what the arcs cost, then every lower triangle, from the
 * lowest node up.
 *
 * A node needs only what is below it in the elimination tree, and subtrees are ranges of nodes: so
 * threads take whole subtrees, largest first, and one of them does the few nodes above when all
 * are done. Each weight is the least of the same numbers whoever works it out, so the result is the
 * same bit for bit. Source: Dibbelt, Strasser, Wagner, "Customizable Contraction Hierarchies", JEA
 * 2016, section 5; no barrier for each level, where threads would wait for each other.
 */
#include "map/broad.h"
#include "map/roads_in.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    THREADS_MAX = 64,
    CELLS_PER_THREAD = 16, /* at least, so that the last ones end together */
    CHUNK = 1 << 15,       /* nodes, up-arcs or base arcs that a thread takes at a time */
    AHEAD = 16             /* arcs whose cost is fetched before it is needed */
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* What it costs to drive a base arc and to leave it, by its percent. */
static inline uint32_t base_cost_ms(const struct amp_metric *metric, uint32_t base)
{
    const struct amp_roads *rd = metric->roads;
    uint32_t run_ms = amp_metric_run_ms(metric, base);
    if (rd->toll[amp_base_head(rd, base)] == 0) {
        return run_ms;
    }
    return amp_ms_add(run_ms, amp_base_enter_ms(rd, metric->profile, base));
}

static inline bool arc_allowed(const struct amp_metric *metric, uint32_t arc)
{
    return metric->roads->arc_mask[arc] >> metric->profile & 1;
}

uint32_t amp_arc_cost_ms(const struct amp_metric *metric, uint32_t arc)
{
    return arc_allowed(metric, arc) ? base_cost_ms(metric, metric->roads->arc_base[arc])
                                    : AMP_ROAD_INF;
}

/* What these base arcs cost; in the order of the roads, where what that is made of lies together.
 */
static void costs_fill(const struct amp_metric *metric, uint32_t begin, uint32_t end,
                       uint32_t *cost_ms)
{
    for (uint32_t base = begin; base < end; base++) {
        cost_ms[base] = base_cost_ms(metric, base);
    }
}

/* The weights of the arcs that leave these nodes, before any triangle. An up-arc's weight in one
 * direction comes from arcs of one tail only, so threads never meet. */
static void arcs_weigh(struct amp_metric *metric, uint32_t begin, uint32_t end,
                       const uint32_t *cost_ms)
{
    const struct amp_roads *rd = metric->roads;
    for (uint32_t v = begin; v < end; v++) {
        for (uint32_t a = rd->arc_first[v]; a < rd->arc_first[v + 1]; a++) {
            if (a + AHEAD < rd->arc_n) {
                __builtin_prefetch(&cost_ms[rd->arc_base[a + AHEAD]]);
            }
            uint32_t weight = arc_allowed(metric, a) ? cost_ms[rd->arc_base[a]] : AMP_ROAD_INF;
            uint32_t *side = v < rd->arc_head[a] ? metric->up : metric->down;
            uint32_t up = rd->arc_up[a];
            metric->weight[a] = weight;
            if (up != AMP_ROAD_NONE) {
                side[up] = min_u32(side[up], weight);
            }
        }
    }
}

struct both { /* the weights of an up-arc */
    uint32_t up, down;
};

/* All triangles v < x < y with v below x: by then the arcs of v are final. slot: room for each
 * node, where the weights of the row of x wait at their heads, so that each triangle has to find
 * one place only. */
static void triangles_relax(struct amp_metric *metric, uint32_t x, struct both *slot)
{
    const struct amp_roads *rd = metric->roads;
    const uint32_t *head = rd->up_head;
    uint32_t *up = metric->up, *down = metric->down;
    if (rd->down_first[x] == rd->down_first[x + 1]) {
        return;
    }
    for (uint32_t i = rd->up_first[x]; i < rd->up_first[x + 1]; i++) {
        slot[head[i]] = (struct both){up[i], down[i]};
    }
    for (uint32_t k = rd->down_first[x]; k < rd->down_first[x + 1]; k++) {
        uint32_t vx = rd->down_arc[k];
        uint32_t end = rd->up_first[rd->up_tail[vx] + 1];
        uint32_t x_to_v = down[vx], v_to_x = up[vx];
        if (x_to_v == AMP_ROAD_INF && v_to_x == AMP_ROAD_INF) {
            continue;
        }
        for (uint32_t vy = vx + 1; vy < end; vy++) {
            struct both *xy = &slot[head[vy]];
            xy->up = min_u32(xy->up, x_to_v + up[vy]); /* both below 2^31 */
            xy->down = min_u32(xy->down, down[vy] + v_to_x);
        }
    }
    for (uint32_t i = rd->up_first[x]; i < rd->up_first[x + 1]; i++) {
        up[i] = slot[head[i]].up;
        down[i] = slot[head[i]].down;
    }
}

/* ---- what threads share ---- */

struct cell { /* a subtree: a range of nodes */
    uint32_t begin, end;
};

struct crew; /* of threads */
typedef void (*part_fn)(struct crew *crew, size_t part, struct both *slot);

struct crew {
    struct amp_metric *metric;
    uint32_t *cost_ms; /* of each base arc */
    const struct cell *cell;
    part_fn part;
    size_t part_n;
    atomic_size_t next;
};

struct hand {
    struct crew *crew;
    struct both *slot; /* its own */
    pthread_t thread;
};

static void *hand_work(void *arg)
{
    const struct hand *hand = arg;
    struct crew *crew = hand->crew;
    for (;;) {
        size_t part = atomic_fetch_add_explicit(&crew->next, 1, memory_order_relaxed);
        if (part >= crew->part_n) {
            return NULL;
        }
        crew->part(crew, part, hand->slot);
    }
}

/* All parts, by hand[0] in this thread and as many others as the system gives. */
static void crew_work(struct crew *crew, struct hand *hand, unsigned hands, part_fn part,
                      size_t part_n)
{
    unsigned started = 1;
    crew->part = part;
    crew->part_n = part_n;
    atomic_store(&crew->next, 0);
    while (started < hands && started < part_n &&
           pthread_create(&hand[started].thread, NULL, hand_work, &hand[started]) == 0) {
        started++;
    }
    (void)hand_work(&hand[0]);
    for (unsigned i = 1; i < started; i++) {
        (void)pthread_join(hand[i].thread, NULL);
    }
}

static uint32_t chunk_end(size_t part, size_t n)
{
    return (part + 1) * CHUNK < n ? (uint32_t)((part + 1) * CHUNK) : (uint32_t)n;
}

static void part_clear(struct crew *crew, size_t part, struct both *slot)
{
    uint32_t end = chunk_end(part, crew->metric->roads->up_n);
    (void)slot;
    for (uint32_t i = (uint32_t)(part * CHUNK); i < end; i++) {
        crew->metric->up[i] = crew->metric->down[i] = AMP_ROAD_INF;
    }
}

static void part_costs(struct crew *crew, size_t part, struct both *slot)
{
    (void)slot;
    costs_fill(crew->metric, (uint32_t)(part * CHUNK),
               chunk_end(part, 2 * crew->metric->roads->seg_n), crew->cost_ms);
}

static void part_weigh(struct crew *crew, size_t part, struct both *slot)
{
    (void)slot;
    arcs_weigh(crew->metric, (uint32_t)(part * CHUNK), chunk_end(part, crew->metric->roads->node_n),
               crew->cost_ms);
}

static void part_cell(struct crew *crew, size_t part, struct both *slot)
{
    for (uint32_t x = crew->cell[part].begin; x < crew->cell[part].end; x++) {
        triangles_relax(crew->metric, x, slot);
    }
}

static int cell_larger_first(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    uint32_t x_n = x->end - x->begin, y_n = y->end - y->begin;
    if (x_n != y_n) {
        return x_n > y_n ? -1 : 1;
    }
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* The largest subtrees of at most `most` nodes into cell (room for all nodes), the nodes above them
 * into above, descending; lowest is scratch. Returns the number of cells. */
static size_t cells_find(const struct amp_roads *rd, uint32_t most, uint32_t *lowest,
                         struct cell *cell, uint32_t *above, size_t *above_n)
{
    size_t n = 0;
    *above_n = 0;
    for (uint32_t v = 0; v < rd->node_n; v++) {
        lowest[v] = v;
    }
    for (uint32_t v = 0; v < rd->node_n; v++) {
        if (rd->up_first[v] < rd->up_first[v + 1]) {
            uint32_t *of_parent = &lowest[rd->up_head[rd->up_first[v]]];
            *of_parent = min_u32(*of_parent, lowest[v]);
        }
    }
    for (uint32_t end = (uint32_t)rd->node_n; end > 0;) {
        uint32_t root = end - 1;
        if (end - lowest[root] <= most) {
            cell[n++] = (struct cell){lowest[root], end};
            end = lowest[root];
        } else {
            above[(*above_n)++] = root;
            end = root;
        }
    }
    qsort(cell, n, sizeof(*cell), cell_larger_first);
    return n;
}

static void customize_alone(struct amp_metric *metric, uint32_t *cost_ms, struct both *slot)
{
    const struct amp_roads *rd = metric->roads;
    for (size_t i = 0; i < rd->up_n; i++) {
        metric->up[i] = metric->down[i] = AMP_ROAD_INF;
    }
    costs_fill(metric, 0, (uint32_t)(2 * rd->seg_n), cost_ms);
    arcs_weigh(metric, 0, (uint32_t)rd->node_n, cost_ms);
    for (uint32_t x = 0; x < rd->node_n; x++) {
        triangles_relax(metric, x, slot);
    }
}

/* By several threads: the subtrees, then what is above them. */
static amp_err customize_together(struct crew *crew, struct hand *hand, unsigned hands)
{
    struct amp_metric *metric = crew->metric;
    const struct amp_roads *rd = metric->roads;
    struct amp_arena arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    size_t n = rd->node_n + 1, above_n = 0;
    struct cell *cell = amp_arena_array(&arena, n, sizeof(*cell));
    uint32_t *above = amp_arena_array(&arena, n, sizeof(*above));
    uint32_t *lowest = amp_arena_array(&arena, n, sizeof(*lowest));
    if (amp_arena_failed(&arena)) {
        amp_arena_drop(&arena);
        return AMP_E_NOMEM;
    }
    uint32_t most = (uint32_t)(rd->node_n / (hands * CELLS_PER_THREAD)) + 1;
    size_t cell_n = cells_find(rd, most, lowest, cell, above, &above_n);
    crew->cell = cell;
    crew_work(crew, hand, hands, part_clear, (rd->up_n + CHUNK - 1) / CHUNK);
    crew_work(crew, hand, hands, part_costs, (2 * rd->seg_n + CHUNK - 1) / CHUNK);
    crew_work(crew, hand, hands, part_weigh, (rd->node_n + CHUNK - 1) / CHUNK);
    crew_work(crew, hand, hands, part_cell, cell_n);
    while (above_n > 0) {
        triangles_relax(metric, above[--above_n], hand[0].slot);
    }
    amp_arena_drop(&arena);
    return AMP_OK;
}

amp_err amp_cch_customize(struct amp_metric *metric, unsigned threads)
{
    const struct amp_roads *rd = metric->roads;
    struct hand hand[THREADS_MAX];
    struct crew crew = {.metric = metric};
    unsigned hands = threads < 1 ? 1 : threads < THREADS_MAX ? threads : THREADS_MAX;
    size_t n = rd->node_n + 1;
    struct both *slot = amp_broad_alloc(hands * n, sizeof(*slot));
    crew.cost_ms = amp_broad_alloc(2 * rd->seg_n + 1, sizeof(*crew.cost_ms));
    amp_err err = slot == NULL || crew.cost_ms == NULL ? AMP_E_NOMEM : AMP_OK;
    for (unsigned i = 0; i < hands && !err; i++) {
        hand[i] = (struct hand){&crew, slot + i * n, 0};
    }
    if (!err && hands > 1) {
        err = customize_together(&crew, hand, hands);
    } else if (!err) {
        customize_alone(metric, crew.cost_ms, slot);
    }
    free(slot);
    free(crew.cost_ms);
    return err;
}
