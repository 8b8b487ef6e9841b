/* Joining ways by a sorted list of their ends. */
#include "map/tiles_chain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPEN_MAX = 64
}; /* open chains of one relation that are still joined by closeness */

struct end {
    uint32_t node;
    uint32_t way; /* position in the list asked for */
    bool last;    /* the end of the way rather than its beginning */
};

struct joiner {
    const struct amp_osm *osm;
    const uint32_t *way;
    struct end *end;
    size_t end_n;
    bool *used;
    uint32_t *trail;
    bool directed;
    struct amp_chains *out;
};

struct amp_chains amp_chains_make(void)
{
    return (struct amp_chains){.node = amp_buf_make(UINT32_MAX), .chain = amp_buf_make(UINT32_MAX)};
}

void amp_chains_free(struct amp_chains *chains)
{
    amp_buf_free(&chains->node);
    amp_buf_free(&chains->chain);
}

static int end_order(const void *a, const void *b)
{
    const struct end *x = a;
    const struct end *y = b;
    if (x->node != y->node) {
        return x->node < y->node ? -1 : 1;
    }
    if (x->way != y->way) {
        return x->way < y->way ? -1 : 1;
    }
    return (int)x->last - (int)y->last;
}

static uint32_t node_of(const struct amp_osm *osm, uint32_t way, bool last)
{
    uint32_t first = osm->way_ref_first[way];
    uint32_t end = osm->way_ref_first[way + 1];
    return osm->way_ref[last ? end - 1 : first];
}

/* An unused way with an end at node, or NULL. Going forward, a directed way must begin there. */
static const struct end *end_find(const struct joiner *j, uint32_t node, bool forward)
{
    size_t lo = 0;
    size_t hi = j->end_n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (j->end[mid].node < node) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    for (; lo < j->end_n && j->end[lo].node == node; lo++) {
        if (!j->used[j->end[lo].way] && (!j->directed || j->end[lo].last != forward)) {
            return &j->end[lo];
        }
    }
    return NULL;
}

/* Append the nodes of a way, all but the first, turned round if asked. */
static void way_append(struct joiner *j, uint32_t way, bool turned, bool with_first)
{
    uint32_t first = j->osm->way_ref_first[way];
    uint32_t n = j->osm->way_ref_first[way + 1] - first;
    for (uint32_t i = with_first ? 0 : 1; i < n; i++) {
        uint32_t at = turned ? n - 1 - i : i;
        amp_buf_put(&j->out->node, &j->osm->way_ref[first + at], sizeof(uint32_t));
    }
}

/* The first way of the chain that way `i` belongs to, walking back from it. */
static uint32_t chain_start(struct joiner *j, uint32_t i, bool *turned)
{
    size_t n = 0;
    *turned = false;
    for (;;) {
        j->used[i] = true; /* for this walk, not to go round in circles */
        j->trail[n++] = i;
        const struct end *back = end_find(j, node_of(j->osm, j->way[i], *turned), false);
        if (back == NULL) {
            break;
        }
        i = back->way;
        *turned = !back->last;
    }
    while (n > 0) {
        j->used[j->trail[--n]] = false;
    }
    return i;
}

static void chain_walk(struct joiner *j, uint32_t i, bool turned)
{
    struct amp_chain chain = {.node_first = (uint32_t)(j->out->node.len / sizeof(uint32_t))};
    j->used[i] = true;
    way_append(j, j->way[i], turned, true);
    uint32_t start = node_of(j->osm, j->way[i], turned);
    uint32_t node = node_of(j->osm, j->way[i], !turned);
    while (node != start) {
        const struct end *next = end_find(j, node, true);
        if (next == NULL) {
            break;
        }
        j->used[next->way] = true;
        way_append(j, j->way[next->way], next->last, false);
        node = node_of(j->osm, j->way[next->way], !next->last);
    }
    chain.closed = node == start;
    chain.node_n = (uint32_t)(j->out->node.len / sizeof(uint32_t)) - chain.node_first;
    if (chain.closed && chain.node_n > 1 && !amp_buf_err(&j->out->node)) {
        chain.node_n--;
        j->out->node.len -= sizeof(uint32_t);
    }
    amp_buf_put(&j->out->chain, &chain, sizeof(chain));
}

amp_err amp_chains_join(const struct amp_osm *osm, const uint32_t *way, size_t way_n, bool directed,
                        struct amp_chains *out)
{
    struct joiner j = {.osm = osm, .way = way, .directed = directed, .out = out};
    j.end = calloc(2 * way_n + 1, sizeof(*j.end));
    j.used = calloc(way_n + 1, sizeof(*j.used));
    j.trail = calloc(way_n + 1, sizeof(*j.trail));
    amp_err err = j.end == NULL || j.used == NULL || j.trail == NULL ? AMP_E_NOMEM : AMP_OK;
    for (uint32_t i = 0; i < way_n && !err; i++) {
        if (osm->way_ref_first[way[i] + 1] - osm->way_ref_first[way[i]] < 2) {
            j.used[i] = true;
            continue;
        }
        j.end[j.end_n++] = (struct end){node_of(osm, way[i], false), i, false};
        j.end[j.end_n++] = (struct end){node_of(osm, way[i], true), i, true};
    }
    if (!err && j.end_n > 0) {
        qsort(j.end, j.end_n, sizeof(*j.end), end_order);
    }
    for (uint32_t i = 0; i < way_n && !err; i++) {
        while (!j.used[i] && !err) { /* a branching walk may begin elsewhere and miss it */
            bool turned;
            uint32_t start = chain_start(&j, i, &turned);
            chain_walk(&j, start, turned);
            err = amp_buf_err(&out->node);
        }
    }
    free(j.end);
    free(j.used);
    free(j.trail);
    return err ? err : amp_buf_err(&out->chain);
}

/* Ends of chains: chain c begins at its first node and ends at its last. */
static struct amp_pos chain_pos(const struct amp_osm *osm, const struct amp_chains *chains,
                                const struct amp_chain *chain, bool last)
{
    const uint32_t *node = (const uint32_t *)(const void *)chains->node.data;
    return osm->node_pos[node[chain->node_first + (last ? chain->node_n - 1 : 0)]];
}

/* Append chain b to the open chain a (both nodes are copied to the end), turned if asked. */
static void chain_merge(struct amp_chains *chains, size_t a, size_t b, bool turned)
{
    struct amp_chain *chain = (struct amp_chain *)(void *)chains->chain.data;
    struct amp_chain from[2] = {chain[a], chain[b]};
    struct amp_chain merged = {.node_first = (uint32_t)(chains->node.len / sizeof(uint32_t)),
                               .node_n = from[0].node_n + from[1].node_n};
    for (size_t c = 0; c < 2; c++) {
        for (uint32_t i = 0; i < from[c].node_n; i++) {
            uint32_t at = c == 1 && turned ? from[c].node_n - 1 - i : i;
            uint32_t node = 0;
            if (!amp_buf_err(&chains->node)) {
                memcpy(&node, chains->node.data + (from[c].node_first + at) * sizeof(node),
                       sizeof(node));
            }
            amp_buf_put(&chains->node, &node, sizeof(node));
        }
    }
    chain[a] = merged;
    chain[b].node_n = 0;
    chain[b].closed = true;
}

amp_err amp_chains_close(const struct amp_osm *osm, struct amp_chains *chains, size_t first)
{
    struct amp_chain *chain = (struct amp_chain *)(void *)chains->chain.data;
    size_t n = chains->chain.len / sizeof(*chain);
    size_t open = 0;
    for (size_t i = first; i < n; i++) {
        open += chain[i].closed ? 0 : 1;
    }
    for (size_t i = first; i < n && open <= OPEN_MAX; i++) {
        while (!chain[i].closed) {
            struct amp_pos tail = chain_pos(osm, chains, &chain[i], true);
            double best = amp_pos_distance_m(tail, chain_pos(osm, chains, &chain[i], false));
            size_t with = i;
            bool turned = false;
            for (size_t k = 0; k < 2 * (n - first); k++) {
                const struct amp_chain *other = &chain[first + k / 2];
                if (other->closed || other == &chain[i]) {
                    continue;
                }
                double m = amp_pos_distance_m(tail, chain_pos(osm, chains, other, k % 2 == 1));
                if (m < best) {
                    best = m;
                    with = first + k / 2;
                    turned = k % 2 == 1;
                }
            }
            if (with == i) {
                chain[i].closed = true;
            } else {
                chain_merge(chains, i, with, turned);
            }
        }
    }
    return amp_buf_err(&chains->node);
}
