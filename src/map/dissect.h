/*
 * Nested dissection of a road graph by inertial flow: an order of its nodes in which few up-arcs
 * arise.
 *
 * A cell of the graph is looked at from several directions; in each, its first and its last nodes
 * are the two ends between which the fewest parting nodes are searched. The fewest of all part the
 * cell; they are last in its order, and what is left on either side are cells again. Small cells
 * are ordered by least degree. The same graph gives the same order. Source: Schild, Sommer, "On
 * Balanced Separators in Road Networks", SEA 2015.
 */
#ifndef AMP_MAP_DISSECT_H
#define AMP_MAP_DISSECT_H

#include "base/arena.h"

struct amp_dissect_graph { /* undirected, without loops and repetitions */
    uint32_t n;
    const uint32_t *first; /* n + 1 */
    const uint32_t *head;
    const int32_t *x, *y; /* of each node on a plane; any unit, within 2^30 */
};

/* by_rank[r] is the node that is r-th to be eliminated. Scratch comes from the arena. */
AMP_MUST amp_err amp_dissect(const struct amp_dissect_graph *graph, struct amp_arena *arena,
                             uint32_t *by_rank);

#endif
