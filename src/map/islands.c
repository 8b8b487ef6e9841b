/*
 * Which segments are connected to the road network in both directions, and which are islands.
 *
 * Real maps hold bits of road that lead nowhere: a car park whose gate is missing, a one-way street
 * cut off at the edge of the extract. A crew that happens to stand nearest to such a bit must not
 * be told that there is no way. Strongly connected components after Tarjan (SIAM J. Comput. 1(2),
 * 1972); components of some size are the network, and what can both reach one and be reached is
 * connected.
 */
#include "map/roads_in.h"

#include <stdlib.h>
#include <string.h>

enum {
    NETWORK_NODES = 40
}; /* a component of so many nodes is no island */

struct search {
    const struct amp_roads *rd;
    enum amp_profile profile;
    uint32_t *index; /* 0 when not visited yet */
    uint32_t *low;
    uint32_t *next;  /* the arc to look at next */
    uint32_t *open;  /* nodes whose component is not known yet */
    uint32_t *chain; /* the nodes between the start and here */
    uint8_t *member; /* of the component that is being closed, or of a network */
    uint32_t open_n, chain_n, count;
    bool any; /* a network was found */
};

enum {
    PENDING = 1,
    NETWORK = 2,
    REACHES = 4,
    REACHED = 8
};

static bool arc_drivable(const struct amp_roads *rd, enum amp_profile profile, uint32_t arc)
{
    uint32_t base = rd->arc_base[arc];
    return (rd->arc_mask[arc] >> profile & 1) &&
           amp_base_run_ms(rd, profile, base) < AMP_ROAD_INF &&
           amp_base_enter_ms(rd, profile, base) < AMP_ROAD_INF;
}

static void node_enter(struct search *sr, uint32_t node)
{
    sr->index[node] = sr->low[node] = ++sr->count;
    sr->next[node] = sr->rd->arc_first[node];
    sr->open[sr->open_n++] = node;
    sr->member[node] |= PENDING;
    sr->chain[sr->chain_n++] = node;
}

/* The component of a root is all that was opened since. */
static void component_close(struct search *sr, uint32_t root)
{
    uint32_t first = sr->open_n;
    do {
        first--;
    } while (sr->open[first] != root);
    bool network = sr->open_n - first >= NETWORK_NODES;
    sr->any = sr->any || network;
    for (uint32_t i = first; i < sr->open_n; i++) {
        sr->member[sr->open[i]] = network ? NETWORK : 0;
    }
    sr->open_n = first;
}

static void node_leave(struct search *sr, uint32_t node)
{
    sr->chain_n--;
    if (sr->chain_n > 0) {
        uint32_t above = sr->chain[sr->chain_n - 1];
        sr->low[above] = sr->low[node] < sr->low[above] ? sr->low[node] : sr->low[above];
    }
    if (sr->low[node] == sr->index[node]) {
        component_close(sr, node);
    }
}

static void components_find(struct search *sr)
{
    const struct amp_roads *rd = sr->rd;
    for (uint32_t start = 0; start < rd->node_n; start++) {
        if (sr->index[start] == 0) {
            node_enter(sr, start);
        }
        while (sr->chain_n > 0) {
            uint32_t node = sr->chain[sr->chain_n - 1];
            if (sr->next[node] == rd->arc_first[node + 1]) {
                node_leave(sr, node);
                continue;
            }
            uint32_t arc = sr->next[node]++;
            uint32_t head = rd->arc_head[arc];
            if (!arc_drivable(rd, sr->profile, arc)) {
                continue;
            }
            if (sr->index[head] == 0) {
                node_enter(sr, head);
            } else if ((sr->member[head] & PENDING) && sr->index[head] < sr->low[node]) {
                sr->low[node] = sr->index[head];
            }
        }
    }
}

/* Spread a mark from the networks along (or against) the arcs. */
static void mark_spread(struct search *sr, uint8_t mark, const uint32_t *in_first,
                        const uint32_t *in_arc)
{
    const struct amp_roads *rd = sr->rd;
    uint32_t *todo = sr->chain;
    uint32_t n = 0;
    for (uint32_t node = 0; node < rd->node_n; node++) {
        if (sr->member[node] & NETWORK) {
            sr->member[node] |= mark;
            todo[n++] = node;
        }
    }
    while (n > 0) {
        uint32_t node = todo[--n];
        bool back = mark == REACHES;
        uint32_t begin = back ? in_first[node] : rd->arc_first[node];
        uint32_t end = back ? in_first[node + 1] : rd->arc_first[node + 1];
        for (uint32_t i = begin; i < end; i++) {
            uint32_t arc = back ? in_arc[i] : i;
            uint32_t other = back ? rd->arc_tail[arc] : rd->arc_head[arc];
            if (!(sr->member[other] & mark) && arc_drivable(rd, sr->profile, arc)) {
                sr->member[other] |= mark;
                todo[n++] = other;
            }
        }
    }
}

static bool seg_connected(const struct search *sr, uint32_t seg)
{
    const struct amp_roads *rd = sr->rd;
    bool out = false, in = false;
    for (uint32_t i = rd->base_first[2 * seg]; i < rd->base_first[2 * seg + 2]; i++) {
        uint32_t arc = rd->base_arc[i];
        bool from_root = rd->arc_tail[arc] == rd->root[rd->node_vertex[rd->arc_tail[arc]]];
        out = out || (from_root && (sr->member[rd->arc_head[arc]] & REACHES) &&
                      arc_drivable(rd, sr->profile, arc));
        in = in ||
             ((sr->member[rd->arc_tail[arc]] & REACHED) && (rd->arc_mask[arc] >> sr->profile & 1) &&
              amp_base_run_ms(rd, sr->profile, rd->arc_base[arc]) < AMP_ROAD_INF);
    }
    return out && in;
}

static void profile_find(struct search *sr, const uint32_t *in_first, const uint32_t *in_arc,
                         uint8_t *connected)
{
    components_find(sr);
    mark_spread(sr, REACHES, in_first, in_arc);
    mark_spread(sr, REACHED, in_first, in_arc);
    for (uint32_t seg = 0; seg < sr->rd->seg_n; seg++) {
        if (!sr->any || seg_connected(sr, seg)) { /* a map of islands only has no better roads */
            connected[seg] |= (uint8_t)(1 << sr->profile);
        }
    }
}

amp_err amp_islands_find(struct amp_roads *rd, unsigned profiles)
{
    struct amp_arena arena = amp_arena_make((size_t)AMP_ROAD_BUILD_GIB << 30);
    size_t n = rd->node_n + 2, word = sizeof(uint32_t);
    uint32_t *in_first = amp_arena_array(&arena, n, word);
    uint32_t *in_arc = amp_arena_array(&arena, rd->arc_n + 1, word);
    if (in_first != NULL && in_arc != NULL) {
        amp_group_by(rd->arc_head, rd->arc_n, rd->node_n, in_first, in_arc);
    }
    for (size_t seg = 0; seg < rd->seg_n; seg++) {
        rd->connected[seg] = (uint8_t)(rd->connected[seg] & ~profiles);
    }
    for (int profile = 0; profile < AMP_PROFILE_COUNT && !amp_arena_failed(&arena); profile++) {
        if (!(profiles >> profile & 1)) {
            continue;
        }
        if (!(rd->rules.settings.value[profile][AMP_SET_SERVED] > 0)) {
            for (size_t seg = 0; seg < rd->seg_n; seg++) { /* nobody asks: all are as good */
                rd->connected[seg] |= (uint8_t)(1 << profile);
            }
            continue;
        }
        struct search sr = {.rd = rd,
                            .profile = (enum amp_profile)profile,
                            .index = amp_arena_array(&arena, n, word),
                            .low = amp_arena_array(&arena, n, word),
                            .next = amp_arena_array(&arena, n, word),
                            .open = amp_arena_array(&arena, n, word),
                            .chain = amp_arena_array(&arena, n, word),
                            .member = amp_arena_array(&arena, n, 1)};
        if (!amp_arena_failed(&arena)) {
            profile_find(&sr, in_first, in_arc, rd->connected);
        }
    }
    amp_err err = amp_arena_failed(&arena) ? AMP_E_NOMEM : AMP_OK;
    amp_arena_drop(&arena);
    return err;
}
