/*
 * What can be nearest: for each piece of the earth the few things that may be, of each kind.
 *
 * Roots are cells of a grid; a cell with many things is cut into quarters. What lies in a leaf is
 * all that can be nearest (by distance and worth, see amp_pl_near_worth) to some position in it, so
 * that a question looks at one leaf instead of walking over a grid. Beyond 75 degrees of latitude
 * there are no leaves: ask the grid. Inside of places.
 *
 * Invariants, checked by amp_near_check:
 *  1. Cells are ascending by key, each once; their nodes are below node_n.
 *  2. A node is the number of its first of four children, which lies behind it, doubled and 1; or
 *     the offset of its leaf, doubled.
 *  3. A leaf is a count and so many things, all within the items.
 */
#ifndef AMP_MAP_PLACES_NEAR_H
#define AMP_MAP_PLACES_NEAR_H

#include "base/buf.h"
#include "base/geo.h"

enum {
    AMP_NEAR_DEPTH = 5, /* a cell is cut so many times at most */
    AMP_NEAR_LEAF = 16, /* things in a leaf that is not cut */
    AMP_NEAR_KINDS = 8,
    AMP_NEAR_LAT_E7 = 750000000 /* the end of the cells */
};

struct amp_near_cell {
    uint32_t key; /* row * columns + column */
    uint32_t node;
};

struct amp_near {
    const struct amp_near_cell *cell;
    const uint32_t *node, *item;
    size_t cell_n, node_n, item_n;
    uint32_t cell_e7;           /* divides the circle */
    struct amp_near_cell *slot; /* a hash table: key + 1 (0: free) and node; NULL: none is made */
    size_t slot_n;              /* a power of two */
};

/* AMP_E_CORRUPT unless the invariants hold and all things are below limit. */
AMP_MUST amp_err amp_near_check(const struct amp_near *near, uint32_t limit);
/* Make the hash table; its memory is the caller's to free (slot). */
AMP_MUST amp_err amp_near_open(struct amp_near *near);
/* The things that may be nearest to pos. */
struct amp_near_leaf {
    const uint32_t *thing;
    size_t n;
};
/* Of several kinds at once (at most AMP_NEAR_KINDS): memory is waited for together. */
void amp_near_at(const struct amp_near *near, size_t kinds, struct amp_pos pos,
                 struct amp_near_leaf *out);

/* How near a thing is: what is compared is m * share - less, the least is nearest; beyond most_m it
 * does not count. */
struct amp_near_worth {
    double m, share, less, most_m;
};
struct amp_near_source {
    uint32_t cell_e7, thing_n;
    /* Where a thing begins and ends; false: it takes no part. */
    bool (*ends)(void *ctx, uint32_t thing, struct amp_pos out[2]);
    struct amp_near_worth (*worth)(void *ctx, uint32_t thing, struct amp_pos from);
    void *ctx;
};
/* Cells, nodes and items as in the sections, appended to empty buffers. */
AMP_MUST amp_err amp_near_build(const struct amp_near_source *source, struct amp_buf *cells,
                                struct amp_buf *nodes, struct amp_buf *items);

#endif
