/* Cells of a road graph parted by inertial flow, largest first, without recursion. */
#include "map/dissect.h"
#include "base/buf.h"
#include "map/flow.h"

#include <assert.h>
#include <string.h>

enum {
    LEAF_NODES = 48,  /* cells of so many nodes at most are ordered by least degree */
    END_PERCENT = 25, /* of a cell's nodes are an end */
    DIRECTIONS = 4,
    CELLS_MAX_GIB = 4,
};
_Static_assert((int)LEAF_NODES <= 64, "a leaf's neighbours fit in one word");

static const int32_t direction_table[DIRECTIONS][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};

struct range { /* of `node`: a cell */
    uint32_t begin, end;
};

struct dissection {
    const struct amp_dissect_graph *graph;
    uint32_t *node;      /* the order as it becomes; a cell's nodes stand together */
    uint32_t *place;     /* of each node in it */
    struct amp_buf todo; /* struct range */

    /* the cell at hand; its nodes are numbered by their place in it */
    uint32_t *first, *head;
    uint64_t *key;
    uint8_t *end;
    uint8_t *part, *best_part;
    uint32_t *label, *queue;
    uint32_t *moved;
    struct amp_flow flow;
};

static amp_err dissection_init(struct dissection *ds, const struct amp_dissect_graph *graph,
                               struct amp_arena *arena, uint32_t *by_rank)
{
    size_t n = (size_t)graph->n + 1, word = sizeof(uint32_t);
    *ds = (struct dissection){
        .graph = graph,
        .node = by_rank,
        .place = amp_arena_array(arena, n, word),
        .todo = amp_buf_make((size_t)CELLS_MAX_GIB << 30),
        .first = amp_arena_array(arena, n, word),
        .head = amp_arena_array(arena, (size_t)graph->first[graph->n] + 1, word),
        .key = amp_arena_array(arena, n, sizeof(uint64_t)),
        .end = amp_arena_array(arena, n, 1),
        .part = amp_arena_array(arena, n, 1),
        .best_part = amp_arena_array(arena, n, 1),
        .label = amp_arena_array(arena, n, word),
        .queue = amp_arena_array(arena, n, word),
        .moved = amp_arena_array(arena, n, word),
    };
    amp_err err = amp_flow_init(&ds->flow, graph->n, arena);
    if (err || amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < graph->n; v++) {
        ds->node[v] = ds->place[v] = v;
    }
    return AMP_OK;
}

static void cell_push(struct dissection *ds, uint32_t begin, uint32_t end)
{
    struct range range = {begin, end};
    if (end - begin > 1) {
        amp_buf_put(&ds->todo, &range, sizeof(range));
    }
}

/* The links inside the cell. */
static void cell_load(struct dissection *ds, struct range cell)
{
    const struct amp_dissect_graph *graph = ds->graph;
    uint32_t n = 0;
    for (uint32_t i = cell.begin; i < cell.end; i++) {
        uint32_t v = ds->node[i];
        ds->first[i - cell.begin] = n;
        for (uint32_t k = graph->first[v]; k < graph->first[v + 1]; k++) {
            uint32_t place = ds->place[graph->head[k]];
            if (place >= cell.begin && place < cell.end) {
                ds->head[n++] = place - cell.begin;
            }
        }
    }
    ds->first[cell.end - cell.begin] = n;
}

/* Order the cell's nodes by a label of at most `labels` values, ascending; nodes of one label stay
 * as they are. bound[k] is where label k begins; labels + 1 of them. */
static void cell_sort(struct dissection *ds, struct range cell, const uint32_t *label,
                      uint32_t labels, uint32_t *bound)
{
    uint32_t n = cell.end - cell.begin;
    memset(bound, 0, ((size_t)labels + 2) * sizeof(*bound));
    uint32_t *next = bound + 1;
    for (uint32_t i = 0; i < n; i++) {
        next[label[i] + 1]++;
    }
    for (uint32_t k = 0; k < labels; k++) {
        next[k + 1] += next[k];
    }
    memcpy(ds->moved, ds->node + cell.begin, n * sizeof(uint32_t));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t place = cell.begin + next[label[i]]++;
        ds->node[place] = ds->moved[i];
        ds->place[ds->moved[i]] = place;
    }
}

/* ---- small cells ---- */

static uint32_t lowest_degree(const uint64_t *near, uint32_t n, uint64_t left)
{
    uint32_t best = 0;
    int best_degree = LEAF_NODES + 1;
    for (uint32_t v = 0; v < n; v++) {
        int degree = __builtin_popcountll(near[v] & left);
        if ((left >> v & 1) && degree < best_degree) {
            best = v;
            best_degree = degree;
        }
    }
    return best;
}

/* Eliminate again and again the node of the fewest neighbours, which become each other's. */
static void leaf_order(struct dissection *ds, struct range cell)
{
    uint32_t n = cell.end - cell.begin;
    uint64_t near[LEAF_NODES] = {0};
    uint32_t label[LEAF_NODES], bound[LEAF_NODES + 2];
    uint64_t left = (UINT64_C(1) << n) - 1;
    for (uint32_t v = 0; v < n; v++) {
        for (uint32_t k = ds->first[v]; k < ds->first[v + 1]; k++) {
            near[v] |= UINT64_C(1) << ds->head[k];
        }
    }
    for (uint32_t turn = 0; turn < n; turn++) {
        uint32_t v = lowest_degree(near, n, left);
        left &= ~(UINT64_C(1) << v);
        label[v] = turn;
        for (uint64_t rest = near[v] & left; rest != 0; rest &= rest - 1) {
            uint32_t w = (uint32_t)__builtin_ctzll(rest);
            near[w] |= near[v] & ~(UINT64_C(1) << w);
        }
    }
    cell_sort(ds, cell, label, n, bound);
}

/* ---- parts that hang together ---- */

/* label[v]: the component of v; returns how many there are. */
static uint32_t components_find(struct dissection *ds, uint32_t n)
{
    uint32_t components = 0;
    memset(ds->label, 0xff, n * sizeof(uint32_t));
    for (uint32_t start = 0; start < n; start++) {
        if (ds->label[start] != UINT32_MAX) {
            continue;
        }
        uint32_t queue_n = 0;
        ds->label[start] = components;
        ds->queue[queue_n++] = start;
        for (uint32_t i = 0; i < queue_n; i++) {
            uint32_t v = ds->queue[i];
            for (uint32_t k = ds->first[v]; k < ds->first[v + 1]; k++) {
                if (ds->label[ds->head[k]] == UINT32_MAX) {
                    ds->label[ds->head[k]] = components;
                    ds->queue[queue_n++] = ds->head[k];
                }
            }
        }
        components++;
    }
    return components;
}

/* Each component is a cell. The bounds are kept where the keys of a flow would be. */
static void components_push(struct dissection *ds, struct range cell, uint32_t components)
{
    uint32_t *bound = (uint32_t *)(void *)ds->key;
    cell_sort(ds, cell, ds->label, components, bound);
    for (uint32_t k = 0; k < components; k++) {
        cell_push(ds, cell.begin + bound[k], cell.begin + bound[k + 1]);
    }
}

/* ---- inertial flow ---- */

/* Move the `want` smallest of n keys, which all differ, to the front (Hoare, CACM 4(7), 1961). */
static void keys_select(uint64_t *key, uint32_t n, uint32_t want)
{
    int64_t begin = 0, end = n;
    while (end - begin > 1) {
        uint64_t a = key[begin], b = key[begin + (end - begin) / 2], c = key[end - 1];
        uint64_t low = a < b ? a : b, high = a < b ? b : a;
        uint64_t pivot = c < low ? low : c > high ? high : c;
        int64_t i = begin, k = end - 1;
        while (i <= k) {
            while (key[i] < pivot) {
                i++;
            }
            while (key[k] > pivot) {
                k--;
            }
            if (i <= k) {
                uint64_t swap = key[i];
                key[i++] = key[k];
                key[k--] = swap;
            }
        }
        if (want <= k) {
            end = k + 1;
        } else if (want > i) {
            begin = i;
        } else {
            return;
        }
    }
}

/* The two ends of the cell in one direction. */
static void ends_set(struct dissection *ds, struct range cell, const int32_t direction[2])
{
    const struct amp_dissect_graph *graph = ds->graph;
    uint32_t n = cell.end - cell.begin;
    uint32_t end_n = (uint32_t)((uint64_t)n * END_PERCENT / 100);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = ds->node[cell.begin + i];
        int64_t along = (int64_t)graph->x[v] * direction[0] + (int64_t)graph->y[v] * direction[1];
        ds->key[i] = (uint64_t)(along + (INT64_C(1) << 31)) << 32 | i;
    }
    memset(ds->end, AMP_FLOW_BETWEEN, n);
    keys_select(ds->key, n, end_n);
    keys_select(ds->key + end_n, n - end_n, n - 2 * end_n);
    for (uint32_t i = 0; i < end_n; i++) {
        ds->end[(uint32_t)ds->key[i]] = AMP_FLOW_SOURCE;
        ds->end[(uint32_t)ds->key[n - 1 - i]] = AMP_FLOW_TARGET;
    }
}

/* How good it is to part a cell so: few parting nodes, then even sides. */
struct worth {
    uint32_t parting;
    uint32_t smaller; /* side */
};

static bool better(struct worth a, struct worth b)
{
    return a.parting < b.parting || (a.parting == b.parting && a.smaller > b.smaller);
}

static struct worth worth_of(const uint8_t *part, uint32_t n)
{
    uint32_t count[AMP_FLOW_PARTS + 1] = {0};
    for (uint32_t i = 0; i < n; i++) {
        count[part[i]]++;
    }
    uint32_t near = count[AMP_FLOW_NEAR], far = count[AMP_FLOW_FAR];
    return (struct worth){count[AMP_FLOW_PARTS], near < far ? near : far};
}

static void cell_part(struct dissection *ds, struct range cell)
{
    uint32_t n = cell.end - cell.begin;
    struct worth best = {UINT32_MAX - 1, 0};
    ds->flow.n = n;
    ds->flow.first = ds->first;
    ds->flow.head = ds->head;
    ds->flow.end = ds->end;
    for (int d = 0; d < DIRECTIONS; d++) {
        ends_set(ds, cell, direction_table[d]);
        if (amp_flow_run(&ds->flow, best.parting) > best.parting) {
            continue;
        }
        for (int side = 0; side < 2; side++) {
            amp_flow_parts(&ds->flow, side == 1, ds->part);
            struct worth worth = worth_of(ds->part, n);
            if (better(worth, best)) {
                uint8_t *swap = ds->part;
                ds->part = ds->best_part;
                ds->best_part = swap;
                best = worth;
            }
        }
    }
    assert(best.parting > 0 && best.parting <= n);
    uint32_t bound[AMP_FLOW_PARTS + 3];
    for (uint32_t i = 0; i < n; i++) {
        ds->label[i] = ds->best_part[i];
    }
    cell_sort(ds, cell, ds->label, AMP_FLOW_PARTS + 1, bound);
    cell_push(ds, cell.begin, cell.begin + bound[AMP_FLOW_FAR]);
    cell_push(ds, cell.begin + bound[AMP_FLOW_FAR], cell.begin + bound[AMP_FLOW_PARTS]);
}

static void cell_dissect(struct dissection *ds, struct range cell)
{
    uint32_t n = cell.end - cell.begin;
    cell_load(ds, cell);
    if (n <= LEAF_NODES) {
        leaf_order(ds, cell);
        return;
    }
    uint32_t components = components_find(ds, n);
    if (components > 1) {
        components_push(ds, cell, components);
    } else {
        cell_part(ds, cell);
    }
}

amp_err amp_dissect(const struct amp_dissect_graph *graph, struct amp_arena *arena,
                    uint32_t *by_rank)
{
    struct dissection ds;
    amp_err err = dissection_init(&ds, graph, arena, by_rank);
    if (!err) {
        cell_push(&ds, 0, graph->n);
    }
    while (!err && ds.todo.len > 0) {
        ds.todo.len -= sizeof(struct range);
        struct range cell = *(const struct range *)(const void *)(ds.todo.data + ds.todo.len);
        cell_dissect(&ds, cell);
        err = amp_buf_err(&ds.todo);
    }
    amp_buf_free(&ds.todo);
    return err;
}
