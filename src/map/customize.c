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
#include "map/roads_in.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    THREADS_MAX = 64,
    CELLS_PER_THREAD = 16, /* at least, so that the last ones end together */
    CHUNK = 1 << 15        /* nodes, up-arcs or base arcs that a thread takes at a time */
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* What it costs to drive a base arc and to leave it, by its percent. */
static uint32_t base_cost_ms(const struct amp_metric *metric, uint32_t base)
{
    if (metric->percent[base] == 100) {
        return amp_base_cost_ms(metric->roads, metric->profile, base);
    }
    return amp_ms_add(amp_metric_run_ms(metric, base),
                      amp_base_enter_ms(metric->roads, metric->profile, base));
}

uint32_t amp_arc_cost_ms(const struct amp_metric *metric, uint32_t arc)
{
    const struct amp_roads *rd = metric->roads;
    bool allowed = rd->arc_mask[arc] >> metric->profile & 1;
    return allowed ? base_cost_ms(metric, rd->arc_base[arc]) : AMP_ROAD_INF;
}

/* The weights of the arcs over these base arcs; in the order of the roads, where what they are made
 * of lies together. */
static void weights_fill(struct amp_metric *metric, uint32_t begin, uint32_t end)
{
    const struct amp_roads *rd = metric->roads;
    for (uint32_t base = begin; base < end; base++) {
        uint32_t cost_ms = base_cost_ms(metric, base);
        for (uint32_t i = rd->base_first[base]; i < rd->base_first[base + 1]; i++) {
            uint32_t arc = rd->base_arc[i];
            bool allowed = rd->arc_mask[arc] >> metric->profile & 1;
            metric->weight[arc] = allowed ? cost_ms : AMP_ROAD_INF;
        }
    }
}

/* What the arcs that leave these nodes cost, before any triangle. An up-arc's weight in one
 * direction comes from arcs of one tail only, so threads never meet. */
static void arcs_respect(struct amp_metric *metric, uint32_t begin, uint32_t end)
{
    const struct amp_roads *rd = metric->roads;
    for (uint32_t a = rd->arc_first[begin]; a < rd->arc_first[end]; a++) {
        uint32_t up = rd->arc_up[a];
        if (up != AMP_ROAD_NONE) {
            uint32_t *side = rd->arc_tail[a] < rd->arc_head[a] ? metric->up : metric->down;
            side[up] = min_u32(side[up], metric->weight[a]);
        }
    }
}

/* All triangles v < x < y with v below x: by then the arcs of v are final. slot: a word for each
 * node. */
static void triangles_relax(struct amp_metric *metric, uint32_t x, uint32_t *slot)
{
    const struct amp_roads *rd = metric->roads;
    uint32_t *up = metric->up, *down = metric->down;
    for (uint32_t i = rd->up_first[x]; i < rd->up_first[x + 1]; i++) {
        slot[rd->up_head[i]] = i;
    }
    for (uint32_t k = rd->down_first[x]; k < rd->down_first[x + 1]; k++) {
        uint32_t vx = rd->down_arc[k];
        uint32_t end = rd->up_first[rd->up_tail[vx] + 1];
        uint32_t x_to_v = down[vx], v_to_x = up[vx];
        if (x_to_v == AMP_ROAD_INF && v_to_x == AMP_ROAD_INF) {
            continue;
        }
        for (uint32_t vy = vx + 1; vy < end; vy++) {
            uint32_t xy = slot[rd->up_head[vy]];
            up[xy] = min_u32(up[xy], x_to_v + up[vy]); /* both below 2^31 */
            down[xy] = min_u32(down[xy], down[vy] + v_to_x);
        }
    }
}

/* ---- what threads share ---- */

struct cell { /* a subtree: a range of nodes */
    uint32_t begin, end;
};

struct crew; /* of threads */
typedef void (*part_fn)(struct crew *crew, size_t part, uint32_t *slot);

struct crew {
    struct amp_metric *metric;
    const struct cell *cell;
    part_fn part;
    size_t part_n;
    atomic_size_t next;
};

struct hand {
    struct crew *crew;
    uint32_t *slot; /* its own */
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

static void part_clear(struct crew *crew, size_t part, uint32_t *slot)
{
    uint32_t end = chunk_end(part, crew->metric->roads->up_n);
    (void)slot;
    for (uint32_t i = (uint32_t)(part * CHUNK); i < end; i++) {
        crew->metric->up[i] = crew->metric->down[i] = AMP_ROAD_INF;
    }
}

static void part_weights(struct crew *crew, size_t part, uint32_t *slot)
{
    (void)slot;
    weights_fill(crew->metric, (uint32_t)(part * CHUNK),
                 chunk_end(part, 2 * crew->metric->roads->seg_n));
}

static void part_respect(struct crew *crew, size_t part, uint32_t *slot)
{
    (void)slot;
    arcs_respect(crew->metric, (uint32_t)(part * CHUNK),
                 chunk_end(part, crew->metric->roads->node_n));
}

static void part_cell(struct crew *crew, size_t part, uint32_t *slot)
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

static void customize_alone(struct amp_metric *metric, uint32_t *slot)
{
    const struct amp_roads *rd = metric->roads;
    for (size_t i = 0; i < rd->up_n; i++) {
        metric->up[i] = metric->down[i] = AMP_ROAD_INF;
    }
    weights_fill(metric, 0, (uint32_t)(2 * rd->seg_n));
    arcs_respect(metric, 0, (uint32_t)rd->node_n);
    for (uint32_t x = 0; x < rd->node_n; x++) {
        triangles_relax(metric, x, slot);
    }
}

amp_err amp_cch_customize(struct amp_metric *metric, unsigned threads)
{
    const struct amp_roads *rd = metric->roads;
    struct amp_arena arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    struct hand hand[THREADS_MAX];
    struct crew crew = {.metric = metric};
    unsigned hands = threads < 1 ? 1 : threads < THREADS_MAX ? threads : THREADS_MAX;
    size_t n = rd->node_n + 1;
    for (unsigned i = 0; i < hands; i++) {
        hand[i] = (struct hand){&crew, amp_arena_array(&arena, n, sizeof(uint32_t)), 0};
    }
    if (hands > 1) {
        struct cell *cell = amp_arena_array(&arena, n, sizeof(*cell));
        uint32_t *above = amp_arena_array(&arena, n, sizeof(*above));
        uint32_t *lowest = amp_arena_array(&arena, n, sizeof(*lowest));
        if (!amp_arena_failed(&arena)) {
            size_t above_n = 0;
            uint32_t most = (uint32_t)(rd->node_n / (hands * CELLS_PER_THREAD)) + 1;
            size_t cell_n = cells_find(rd, most, lowest, cell, above, &above_n);
            crew.cell = cell;
            crew_work(&crew, hand, hands, part_clear, (rd->up_n + CHUNK - 1) / CHUNK);
            crew_work(&crew, hand, hands, part_weights, (2 * rd->seg_n + CHUNK - 1) / CHUNK);
            crew_work(&crew, hand, hands, part_respect, (rd->node_n + CHUNK - 1) / CHUNK);
            crew_work(&crew, hand, hands, part_cell, cell_n);
            while (above_n > 0) {
                triangles_relax(metric, above[--above_n], hand[0].slot);
            }
        }
    } else if (!amp_arena_failed(&arena)) {
        customize_alone(metric, hand[0].slot);
    }
    amp_err err = amp_arena_failed(&arena) ? AMP_E_NOMEM : AMP_OK;
    amp_arena_drop(&arena);
    return err;
}
