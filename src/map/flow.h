/*
 * The fewest nodes that part two ends of a graph: a maximum flow in which every node may be passed
 * once (Menger); the nodes that a flow cannot get past part the ends. Ways are searched depth
 * first, many in one pass over the graph, neighbours in the order in which they are listed: list
 * those that lie towards the targets first. Source: Ford, Fulkerson, Canadian J. Math. 8, 1956.
 *
 * A source or a target node may itself be one of those that part, so a direct link between the ends
 * is nothing special.
 */
#ifndef AMP_MAP_FLOW_H
#define AMP_MAP_FLOW_H

#include "base/arena.h"

enum amp_flow_end {
    AMP_FLOW_BETWEEN,
    AMP_FLOW_SOURCE,
    AMP_FLOW_TARGET
};

enum amp_flow_part {
    AMP_FLOW_NEAR, /* on the sources' side */
    AMP_FLOW_FAR,  /* on the targets' side */
    AMP_FLOW_PARTS /* one of those that part them */
};

struct amp_flow {
    /* the graph, undirected: each link is listed at both of its nodes */
    uint32_t n;
    const uint32_t *first; /* n + 1 */
    const uint32_t *head;
    const uint8_t *end; /* enum amp_flow_end of each node */

    /* scratch; a state is 2 * node (about to enter it) or 2 * node + 1 (about to leave it) */
    uint32_t *from, *to; /* the neighbours that a node's unit of flow comes from and goes to */
    uint8_t *seen;       /* each state: in this pass */
    uint32_t *cursor;    /* of each state: the move to try next */
    uint32_t *queue;
};

/* Scratch for graphs of at most n_max nodes, in the arena. */
AMP_MUST amp_err amp_flow_init(struct amp_flow *flow, uint32_t n_max, struct amp_arena *arena);
/* The size of the flow; stops early, with a number above limit, when it is larger. */
uint32_t amp_flow_run(struct amp_flow *flow, uint32_t limit);
/* After a run that was not stopped: the part of each node (enum amp_flow_part), with the parting
 * nodes as near to the sources as can be, or as near to the targets. */
void amp_flow_parts(struct amp_flow *flow, bool near_targets, uint8_t *part);

#endif
