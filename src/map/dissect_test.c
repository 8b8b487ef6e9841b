/* The fewest parting nodes against all sets of nodes, and orders that hold every node once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/dissect.h"
#include "map/flow.h"

#include <string.h>

enum {
    NODES = 10,
    LINKS = NODES * NODES,
    GRAPHS = 3000,
    GRID = 40
};

static uint64_t chance(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

struct little { /* a graph; near[v] has a bit for each neighbour */
    uint32_t n, first[NODES + 1], head[LINKS];
    uint32_t near[NODES];
    uint8_t end[NODES];
};

static void graph_draw(struct little *graph, uint64_t *seed)
{
    memset(graph, 0, sizeof(*graph));
    graph->n = 2 + (uint32_t)(chance(seed) % (NODES - 1));
    uint64_t density = 1 + chance(seed) % 5;
    for (uint32_t v = 0; v < graph->n; v++) {
        uint64_t end = chance(seed) % 4;
        graph->end[v] = end == 0 ? AMP_FLOW_SOURCE : end == 1 ? AMP_FLOW_TARGET : AMP_FLOW_BETWEEN;
        for (uint32_t w = 0; w < v; w++) {
            if (chance(seed) % 6 < density) {
                graph->near[v] |= 1U << w;
                graph->near[w] |= 1U << v;
            }
        }
    }
    uint32_t links = 0;
    for (uint32_t v = 0; v < graph->n; v++) {
        graph->first[v] = links;
        for (uint32_t w = 0; w < graph->n; w++) {
            if (graph->near[v] >> w & 1) {
                graph->head[links++] = w;
            }
        }
    }
    graph->first[graph->n] = links;
}

/* Are the ends apart without these nodes? */
static bool parted(const struct little *graph, uint32_t without)
{
    uint32_t seen = 0;
    for (uint32_t v = 0; v < graph->n; v++) {
        seen |= graph->end[v] == AMP_FLOW_SOURCE ? 1U << v : 0;
    }
    seen &= ~without;
    for (uint32_t turn = 0; turn < graph->n; turn++) {
        for (uint32_t v = 0; v < graph->n; v++) {
            seen |= seen >> v & 1 ? graph->near[v] & ~without : 0;
        }
    }
    for (uint32_t v = 0; v < graph->n; v++) {
        if (graph->end[v] == AMP_FLOW_TARGET && (seen >> v & 1)) {
            return false;
        }
    }
    return true;
}

static uint32_t fewest(const struct little *graph)
{
    uint32_t best = graph->n;
    for (uint32_t set = 0; set < 1U << graph->n; set++) {
        uint32_t n = (uint32_t)__builtin_popcount(set);
        if (n < best && parted(graph, set)) {
            best = n;
        }
    }
    return best;
}

static void parts_hold(const struct little *graph, const uint8_t *part, uint32_t size)
{
    uint32_t parting = 0;
    for (uint32_t v = 0; v < graph->n; v++) {
        parting |= part[v] == AMP_FLOW_PARTS ? 1U << v : 0;
        assert_true(graph->end[v] != AMP_FLOW_SOURCE || part[v] != AMP_FLOW_FAR);
        assert_true(graph->end[v] != AMP_FLOW_TARGET || part[v] != AMP_FLOW_NEAR);
        for (uint32_t w = 0; w < graph->n; w++) {
            bool linked = graph->near[v] >> w & 1;
            assert_false(linked && part[v] == AMP_FLOW_NEAR && part[w] == AMP_FLOW_FAR);
        }
    }
    assert_int_equal(__builtin_popcount(parting), size);
    assert_true(parted(graph, parting));
}

static void a_flow_finds_the_fewest_nodes_that_part_two_ends(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_flow flow;
    uint64_t seed = 11;
    uint32_t sizes = 0;
    assert_int_equal(amp_flow_init(&flow, NODES, &arena), AMP_OK);
    for (int i = 0; i < GRAPHS; i++) {
        struct little graph;
        uint8_t part[NODES];
        graph_draw(&graph, &seed);
        flow.n = graph.n;
        flow.first = graph.first;
        flow.head = graph.head;
        flow.end = graph.end;
        uint32_t want = fewest(&graph);
        assert_int_equal(amp_flow_run(&flow, NODES), want);
        amp_flow_parts(&flow, false, part);
        parts_hold(&graph, part, want);
        amp_flow_parts(&flow, true, part);
        parts_hold(&graph, part, want);
        if (want > 0) {
            assert_true(amp_flow_run(&flow, want - 1) > want - 1); /* it gives up */
        }
        sizes |= 1U << want;
    }
    assert_true((sizes & 0x1f) == 0x1f); /* there was nothing to part, and one to four nodes */
    amp_arena_drop(&arena);
}

/* A grid with a bar of few links in the middle, and nodes that hang together with nothing. */
static void an_order_holds_every_node_once_and_parts_at_the_bottleneck(void **state)
{
    (void)state;
    static uint32_t first[GRID * GRID + 6], head[4 * GRID * GRID];
    static int32_t x[GRID * GRID + 5], y[GRID * GRID + 5];
    static uint32_t by_rank[GRID * GRID + 5], again[GRID * GRID + 5];
    static uint8_t seen[GRID * GRID + 5];
    uint32_t n = GRID * GRID + 5, links = 0;
    for (uint32_t v = 0; v < n; v++) {
        uint32_t column = v % GRID, row = v / GRID;
        x[v] = (int32_t)column * 1000;
        y[v] = (int32_t)row * 1000;
        first[v] = links;
        for (uint32_t w = 0; w < (uint32_t)GRID * GRID && v < (uint32_t)GRID * GRID; w++) {
            uint32_t far = w > v ? w - v : v - w;
            bool beside = far == 1 && w / GRID == row;
            bool across = beside && (column + w % GRID == GRID - 1); /* over the middle */
            if ((beside && (!across || row % 20 == 0)) || far == GRID) {
                head[links++] = w;
            }
        }
    }
    first[n] = links;
    struct amp_dissect_graph graph = {n, first, head, x, y};
    struct amp_arena arena = amp_arena_make(1 << 24);
    assert_int_equal(amp_dissect(&graph, &arena, by_rank), AMP_OK);
    for (uint32_t r = 0; r < n; r++) {
        assert_true(by_rank[r] < n && !seen[by_rank[r]]);
        seen[by_rank[r]] = 1;
    }
    amp_arena_reset(&arena);
    assert_int_equal(amp_dissect(&graph, &arena, again), AMP_OK);
    assert_memory_equal(by_rank, again, n * sizeof(uint32_t));
    unsigned middle = 0; /* the two links over the middle part the grid: their ends are last */
    for (uint32_t r = n; r-- > 0;) {
        uint32_t v = by_rank[r];
        bool grid = v < (uint32_t)GRID * GRID;
        if (grid && middle < 2) {
            assert_true(v % GRID == GRID / 2 || v % GRID == GRID / 2 - 1);
            assert_int_equal(v / GRID % 20, 0);
            middle++;
        }
    }
    assert_int_equal(middle, 2);
    graph.n = 0;
    amp_arena_reset(&arena);
    assert_int_equal(amp_dissect(&graph, &arena, again), AMP_OK);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_finds_the_fewest_nodes_that_part_two_ends),
        cmocka_unit_test(an_order_holds_every_node_once_and_parts_at_the_bottleneck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
