/*
 * The weights of a hierarchy after some arcs have changed, without looking at the rest.
 *
 * Up-arcs that may weigh otherwise wait in a heap, lowest tail first, so each is worked out once,
 * when all below it is final: its own arcs and every lower triangle again. One that really changed
 * passes it on to the triangles it is a lower side of, and there only to an up-arc that either got
 * its weight by it or now gets a smaller one. Source: Dibbelt, Strasser, Wagner, JEA 2016, section
 * 5.3 (partial updates).
 */
#include "map/roads_in.h"

#include <stdlib.h>

struct update {
    const struct amp_roads *rd;
    struct amp_metric *metric;
    uint32_t *heap; /* up-arcs that wait */
    size_t heap_n, heap_cap;
    uint64_t *waits;             /* a bit for each up-arc */
    uint32_t *old_up, *old_down; /* weights of the row at hand, before */
    uint8_t *row_changed;
    bool failed;
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void heap_push(struct update *ud, uint32_t up)
{
    if (ud->waits[up / 64] >> up % 64 & 1) {
        return;
    }
    if (ud->heap_n == ud->heap_cap) {
        size_t cap = ud->heap_cap < 512 ? 1024 : 2 * ud->heap_cap;
        uint32_t *grown = realloc(ud->heap, cap * sizeof(*grown));
        if (grown == NULL) {
            ud->failed = true;
            return;
        }
        ud->heap = grown;
        ud->heap_cap = cap;
    }
    ud->waits[up / 64] |= UINT64_C(1) << up % 64;
    size_t i = ud->heap_n++;
    while (i > 0 && ud->heap[(i - 1) / 2] > up) {
        ud->heap[i] = ud->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    ud->heap[i] = up;
}

static uint32_t heap_pop(struct update *ud)
{
    uint32_t top = ud->heap[0];
    uint32_t last = ud->heap[--ud->heap_n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= ud->heap_n) {
            break;
        }
        if (child + 1 < ud->heap_n && ud->heap[child + 1] < ud->heap[child]) {
            child++;
        }
        if (ud->heap[child] >= last) {
            break;
        }
        ud->heap[i] = ud->heap[child];
        i = child;
    }
    ud->heap[i] = last;
    ud->waits[top / 64] &= ~(UINT64_C(1) << top % 64);
    return top;
}

/* The least weight of the arcs between two nodes. */
static uint32_t arcs_least(const struct amp_metric *metric, uint32_t tail, uint32_t head)
{
    const struct amp_roads *rd = metric->roads;
    uint32_t least = AMP_ROAD_INF;
    for (uint32_t a = rd->arc_first[tail]; a < rd->arc_first[tail + 1]; a++) {
        if (rd->arc_head[a] == head) {
            least = min_u32(least, metric->weight[a]);
        }
    }
    return least;
}

/* The weights of one up-arc anew; whether they are others than before. */
static bool up_weigh(struct update *ud, uint32_t xy)
{
    const struct amp_roads *rd = ud->rd;
    uint32_t *up = ud->metric->up, *down = ud->metric->down;
    uint32_t x = rd->up_tail[xy], y = rd->up_head[xy];
    uint32_t best_up = arcs_least(ud->metric, x, y), best_down = arcs_least(ud->metric, y, x);
    for (uint32_t k = rd->down_first[x]; k < rd->down_first[x + 1]; k++) {
        uint32_t vx = rd->down_arc[k];
        if (down[vx] >= best_up && up[vx] >= best_down) {
            continue; /* no way over this one can be less */
        }
        uint32_t vy = amp_cch_find(rd, rd->up_tail[vx], y);
        if (vy != AMP_ROAD_NONE) {
            best_up = min_u32(best_up, down[vx] + up[vy]);
            best_down = min_u32(best_down, down[vy] + up[vx]);
        }
    }
    bool changed = best_up != up[xy] || best_down != down[xy];
    up[xy] = best_up;
    down[xy] = best_down;
    return changed;
}

/* One direction of a triangle's upper side: does it have to be weighed again? */
static bool side_moves(uint32_t old_ms, uint32_t new_ms, uint32_t weight_ms)
{
    return old_ms != new_ms &&
           (new_ms < weight_ms || (old_ms == weight_ms && old_ms < AMP_ROAD_INF));
}

/* The sides i and k of the row that begins at first, heads ascending: pass a change on. */
static void triangle_pass(struct update *ud, uint32_t first, uint32_t i, uint32_t k)
{
    const uint32_t *up = ud->metric->up + first, *down = ud->metric->down + first;
    uint32_t old_up = ud->old_down[i] + ud->old_up[k], new_up = down[i] + up[k];
    uint32_t old_down = ud->old_down[k] + ud->old_up[i], new_down = down[k] + up[i];
    bool none = old_up >= AMP_ROAD_INF && new_up >= AMP_ROAD_INF && old_down >= AMP_ROAD_INF &&
                new_down >= AMP_ROAD_INF;
    if (none || (old_up == new_up && old_down == new_down)) {
        return;
    }
    uint32_t xy = amp_cch_find(ud->rd, ud->rd->up_head[first + i], ud->rd->up_head[first + k]);
    if (side_moves(old_up, new_up, ud->metric->up[xy]) ||
        side_moves(old_down, new_down, ud->metric->down[xy])) {
        heap_push(ud, xy);
    }
}

/* All that waits of one node, whose lower nodes are final. */
static void node_update(struct update *ud, struct amp_buf *out)
{
    const struct amp_roads *rd = ud->rd;
    uint32_t node = rd->up_tail[ud->heap[0]];
    uint32_t first = rd->up_first[node], n = rd->up_first[node + 1] - first;
    bool any = false;
    for (uint32_t i = 0; i < n; i++) {
        ud->old_up[i] = ud->metric->up[first + i];
        ud->old_down[i] = ud->metric->down[first + i];
        ud->row_changed[i] = 0;
    }
    while (ud->heap_n > 0 && ud->heap[0] < first + n) {
        uint32_t up = heap_pop(ud);
        if (up_weigh(ud, up)) {
            ud->row_changed[up - first] = 1;
            amp_buf_put(out, &up, sizeof(up));
            any = true;
        }
    }
    for (uint32_t i = 0; any && i < n; i++) {
        for (uint32_t k = ud->row_changed[i] ? 0 : n; k < n; k++) {
            if (k > i) {
                triangle_pass(ud, first, i, k);
            } else if (k < i && !ud->row_changed[k]) { /* else it was seen from there */
                triangle_pass(ud, first, k, i);
            }
        }
    }
}

amp_err amp_cch_update(struct amp_metric *metric, const struct amp_buf *changed, struct amp_buf *up)
{
    const struct amp_roads *rd = metric->roads;
    struct update ud = {.rd = rd,
                        .metric = metric,
                        .waits = calloc(rd->up_n / 64 + 1, sizeof(uint64_t)),
                        .old_up = calloc((size_t)rd->up_most + 1, sizeof(uint32_t)),
                        .old_down = calloc((size_t)rd->up_most + 1, sizeof(uint32_t)),
                        .row_changed = calloc((size_t)rd->up_most + 1, 1)};
    ud.failed =
        ud.waits == NULL || ud.old_up == NULL || ud.old_down == NULL || ud.row_changed == NULL;
    const uint32_t *arc = (const uint32_t *)(const void *)changed->data;
    for (size_t i = 0; i < changed->len / sizeof(*arc) && !ud.failed; i++) {
        if (rd->arc_up[arc[i]] != AMP_ROAD_NONE) {
            heap_push(&ud, rd->arc_up[arc[i]]);
        }
    }
    while (ud.heap_n > 0 && !ud.failed) {
        node_update(&ud, up);
    }
    free(ud.heap);
    free(ud.waits);
    free(ud.old_up);
    free(ud.old_down);
    free(ud.row_changed);
    return ud.failed ? AMP_E_NOMEM : amp_buf_err(up);
}
