/*
 * The elimination order of a road graph, and the up-arcs of its contraction hierarchy.
 *
 * Nested dissection (dissect.c) says in which order nodes are eliminated. Of the orders that give
 * the same up-arcs the one is taken in which every subtree of the elimination tree stands together,
 * its root last: so the way from a node up to the root lies in few cache lines, and a subtree is a
 * range. Then nodes are eliminated one after another: a node's up-neighbours are its own and those
 * of its children in the tree. Sources: Dibbelt, Strasser, Wagner, JEA 2016, section 4; Liu, "The
 * Role of Elimination Trees in Sparse Factorization", SIAM J. Matrix Anal. Appl. 11, 1990.
 */
#include "map/dissect.h"
#include "map/draft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The undirected neighbours of every node, without loops and repetitions. */
struct links {
    uint32_t *first;
    uint32_t *head;
};

static int u32_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void links_unique(struct links *links, uint32_t node_n)
{
    uint32_t kept = 0;
    uint32_t begin = 0;
    for (uint32_t v = 0; v < node_n; v++) {
        uint32_t end = links->first[v + 1];
        uint32_t *head = links->head;
        qsort(head + begin, end - begin, sizeof(uint32_t), u32_compare);
        uint32_t mine = kept;
        for (uint32_t i = begin; i < end; i++) {
            if (kept == mine || head[kept - 1] != head[i]) {
                head[kept++] = head[i];
            }
        }
        links->first[v] = mine;
        begin = end;
    }
    links->first[node_n] = kept;
}

static amp_err links_make(struct amp_road_draft *draft, struct links *out)
{
    uint32_t n = draft->node_n;
    struct links links;
    links.first = amp_arena_array(&draft->arena, (size_t)n + 3, sizeof(uint32_t));
    links.head = amp_arena_array(&draft->arena, 2 * (size_t)draft->arc_n + 1, sizeof(uint32_t));
    if (links.first == NULL || links.head == NULL || draft->arc_n > INT32_MAX / 2) {
        return AMP_E_NOMEM;
    }
    uint32_t *next = links.first + 1;
    for (int fill = 0; fill < 2; fill++) {
        for (uint32_t v = 0; v < n; v++) {
            for (uint32_t a = draft->arc_first[v]; a < draft->arc_first[v + 1]; a++) {
                uint32_t w = draft->arc_head[a];
                if (w == v) {
                    continue;
                }
                if (fill == 0) {
                    next[v + 1]++;
                    next[w + 1]++;
                } else {
                    links.head[next[v]++] = w;
                    links.head[next[w]++] = v;
                }
            }
        }
        for (uint32_t v = 0; fill == 0 && v < n; v++) {
            next[v + 1] += next[v];
        }
    }
    links_unique(&links, n);
    *out = links;
    return AMP_OK;
}

/* Where the nodes lie on a plane, in the proportions of its middle. Only their order in a direction
 * matters; the extract may cross the antimeridian. */
static void plane_fill(const struct amp_road_draft *draft, int32_t *x, int32_t *y)
{
    enum {
        UNIT = 4,        /* of 1e-7 degree, so that sums fit */
        SHRINK_ONE = 256 /* few steps, so that no machine rounds otherwise */
    };
    struct amp_pos middle = draft->vertex_pos[draft->node_vertex[draft->node_n / 2]];
    int64_t shrink = llround(SHRINK_ONE * cos(amp_lat_deg(middle) * M_PI / 180));
    for (uint32_t v = 0; v < draft->node_n; v++) {
        struct amp_pos pos = draft->vertex_pos[draft->node_vertex[v]];
        int64_t east = amp_lon_delta_e7(middle.lon_e7, pos.lon_e7);
        x[v] = (int32_t)(east * shrink / SHRINK_ONE / UNIT);
        y[v] = pos.lat_e7 / UNIT;
    }
}

static amp_err dissect(struct amp_road_draft *draft, const struct links *links, uint32_t *by_rank)
{
    struct amp_arena arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    size_t n = (size_t)draft->node_n + 1;
    int32_t *x = amp_arena_array(&arena, n, sizeof(*x));
    int32_t *y = amp_arena_array(&arena, n, sizeof(*y));
    amp_err err = AMP_E_NOMEM;
    if (x != NULL && y != NULL) {
        struct amp_dissect_graph graph = {draft->node_n, links->first, links->head, x, y};
        plane_fill(draft, x, y);
        err = amp_dissect(&graph, &arena, by_rank);
    }
    amp_arena_drop(&arena);
    return err;
}

/* parent[r] of the node with rank r in the elimination tree, AMP_ROAD_NONE of a root; by short cuts
 * to the highest ancestor known so far (Liu, section 5). */
static void parents_find(const struct links *links, const uint32_t *by_rank, const uint32_t *rank,
                         uint32_t n, uint32_t *parent, uint32_t *highest)
{
    memset(parent, 0xff, n * sizeof(*parent)); /* AMP_ROAD_NONE */
    memset(highest, 0xff, n * sizeof(*highest));
    for (uint32_t r = 0; r < n; r++) {
        uint32_t v = by_rank[r];
        for (uint32_t i = links->first[v]; i < links->first[v + 1]; i++) {
            uint32_t at = rank[links->head[i]];
            while (at < r && highest[at] != r) {
                uint32_t above = highest[at];
                highest[at] = r;
                if (above == AMP_ROAD_NONE) {
                    parent[at] = r;
                    break;
                }
                at = above;
            }
        }
    }
}

/* Change rank so that subtrees are ranges and parents stay above their children. */
static void ranks_gather(const uint32_t *parent, uint32_t n, uint32_t *size, uint32_t *end,
                         uint32_t *rank)
{
    for (uint32_t r = 0; r < n; r++) {
        size[r] = 1;
    }
    for (uint32_t r = 0; r < n; r++) {
        if (parent[r] != AMP_ROAD_NONE) {
            size[parent[r]] += size[r];
        }
    }
    uint32_t roots_end = n;
    for (uint32_t r = n; r-- > 0;) { /* parents first; end[r]: what of its range is still free */
        uint32_t *from = parent[r] == AMP_ROAD_NONE ? &roots_end : &end[parent[r]];
        end[r] = *from - 1; /* its own place */
        *from -= size[r];
        size[r] = end[r];
    }
    for (uint32_t v = 0; v < n; v++) {
        rank[v] = size[rank[v]];
    }
}

/* rank[v] */
static amp_err ranks_make(struct amp_road_draft *draft, const struct links *links, uint32_t *rank)
{
    uint32_t n = draft->node_n;
    size_t room = (size_t)n + 1, word = sizeof(uint32_t);
    struct amp_arena arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    uint32_t *by_rank = amp_arena_array(&arena, room, word);
    uint32_t *parent = amp_arena_array(&arena, room, word);
    uint32_t *highest = amp_arena_array(&arena, room, word);
    uint32_t *size = amp_arena_array(&arena, room, word);
    amp_err err = amp_arena_failed(&arena) ? AMP_E_NOMEM : AMP_OK;
    if (!err && n > 0) {
        err = dissect(draft, links, by_rank);
    }
    if (!err) {
        for (uint32_t r = 0; r < n; r++) {
            rank[by_rank[r]] = r;
        }
        parents_find(links, by_rank, rank, n, parent, highest);
        ranks_gather(parent, n, size, highest, rank);
    }
    amp_arena_drop(&arena);
    return err;
}

/* Renumber nodes by rank, and the arcs with them. */
static amp_err nodes_renumber(struct amp_road_draft *draft, const uint32_t *rank)
{
    uint32_t n = draft->node_n;
    uint32_t *by_rank = amp_arena_array(&draft->arena, (size_t)n + 1, sizeof(uint32_t));
    uint32_t *vertex = amp_arena_array(&draft->arena, (size_t)n + 1, sizeof(uint32_t));
    uint32_t *first = amp_arena_array(&draft->arena, (size_t)n + 1, sizeof(uint32_t));
    uint32_t *head = amp_arena_array(&draft->arena, (size_t)draft->arc_n + 1, sizeof(uint32_t));
    uint32_t *base = amp_arena_array(&draft->arena, (size_t)draft->arc_n + 1, sizeof(uint32_t));
    uint8_t *mask = amp_arena_array(&draft->arena, (size_t)draft->arc_n + 1, 1);
    if (amp_arena_failed(&draft->arena)) {
        return AMP_E_NOMEM;
    }
    for (uint32_t v = 0; v < n; v++) {
        by_rank[rank[v]] = v;
    }
    uint32_t arc = 0;
    for (uint32_t r = 0; r < n; r++) {
        uint32_t v = by_rank[r];
        first[r] = arc;
        vertex[r] = draft->node_vertex[v];
        for (uint32_t a = draft->arc_first[v]; a < draft->arc_first[v + 1]; a++, arc++) {
            head[arc] = rank[draft->arc_head[a]];
            base[arc] = draft->arc_base[a];
            mask[arc] = draft->arc_mask[a];
        }
    }
    first[n] = arc;
    for (uint32_t v = 0; v < draft->vertex_n; v++) {
        draft->root[v] = rank[draft->root[v]];
    }
    draft->node_vertex = vertex;
    draft->arc_first = first;
    draft->arc_head = head;
    draft->arc_base = base;
    draft->arc_mask = mask;
    return AMP_OK;
}

/* State of the elimination: children of each node in the tree, and who is listed already. */
struct elimination {
    uint32_t *child; /* first child, or AMP_ROAD_NONE */
    uint32_t *sibling;
    uint32_t *listed_for;
};

static void up_add(struct amp_road_draft *draft, struct elimination *el, uint32_t v, uint32_t w)
{
    if (w > v && el->listed_for[w] != v) {
        el->listed_for[w] = v;
        amp_buf_put(&draft->up_head, &w, sizeof(w));
    }
}

static uint32_t *up_heads(const struct amp_road_draft *draft)
{
    return (uint32_t *)(void *)draft->up_head.data;
}

static amp_err node_eliminate(struct amp_road_draft *draft, struct elimination *el,
                              const struct links *links, uint32_t v)
{
    uint32_t begin = draft->up_first[v];
    for (uint32_t i = links->first[v]; i < links->first[v + 1]; i++) {
        up_add(draft, el, v, links->head[i]);
    }
    for (uint32_t c = el->child[v]; c != AMP_ROAD_NONE; c = el->sibling[c]) {
        for (uint32_t i = draft->up_first[c]; i < draft->up_first[c + 1]; i++) {
            up_add(draft, el, v, up_heads(draft)[i]);
        }
    }
    if (amp_buf_err(&draft->up_head)) {
        return AMP_E_NOMEM;
    }
    size_t end = draft->up_head.len / sizeof(uint32_t);
    if (end >= AMP_ROAD_INF) {
        return AMP_E_LIMIT;
    }
    draft->up_first[v + 1] = (uint32_t)end;
    if (end > begin) {
        qsort(up_heads(draft) + begin, end - begin, sizeof(uint32_t), u32_compare);
        uint32_t parent = up_heads(draft)[begin];
        el->sibling[v] = el->child[parent];
        el->child[parent] = v;
    }
    return AMP_OK;
}

static amp_err all_eliminate(struct amp_road_draft *draft, const struct links *links)
{
    size_t n = (size_t)draft->node_n + 1;
    struct elimination el = {
        .child = amp_arena_array(&draft->arena, n, sizeof(uint32_t)),
        .sibling = amp_arena_array(&draft->arena, n, sizeof(uint32_t)),
        .listed_for = amp_arena_array(&draft->arena, n, sizeof(uint32_t)),
    };
    draft->up_first = amp_arena_array(&draft->arena, n, sizeof(uint32_t));
    if (amp_arena_failed(&draft->arena)) {
        return AMP_E_NOMEM;
    }
    memset(el.child, 0xff, n * sizeof(uint32_t)); /* AMP_ROAD_NONE */
    memset(el.listed_for, 0xff, n * sizeof(uint32_t));
    amp_err err = AMP_OK;
    for (uint32_t v = 0; v < draft->node_n && !err; v++) {
        err = node_eliminate(draft, &el, links, v);
    }
    return err;
}

amp_err amp_draft_order(struct amp_road_draft *draft, struct amp_why *why)
{
    struct links links = {NULL, NULL};
    uint32_t *rank = amp_arena_array(&draft->arena, (size_t)draft->node_n + 1, sizeof(uint32_t));
    amp_err err = rank == NULL ? AMP_E_NOMEM : links_make(draft, &links);
    if (!err) {
        err = ranks_make(draft, &links, rank);
    }
    if (!err) {
        err = amp_draft_turns_rank(draft, rank); /* while arcs have their first numbers */
    }
    if (!err) {
        err = nodes_renumber(draft, rank);
    }
    if (!err) {
        err = links_make(draft, &links); /* again, by rank */
    }
    if (!err) {
        err = all_eliminate(draft, &links);
    }
    return err ? amp_fail(why, err, "not enough memory to order the road graph") : AMP_OK;
}
