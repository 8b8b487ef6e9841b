/*
 * The sections of an .amap that hold areas, and an open amp_areas. Inside of areas.
 *
 * x is the longitude in 1e-7 degree counted from 180 W, y the latitude counted from the south pole;
 * a ring begins in 0 <= x < AMP_AREAS_TURN and may go on beyond. Invariants, checked at open:
 *  1. Leaves are ascending by code, their level at most AMP_AREAS_LEVELS, each aligned to its size.
 *  2. Lists of a leaf lie within their sections, numbers of areas below the count.
 *  3. Edges are ordered by area.
 */
#ifndef AMP_MAP_AREAS_FORM_H
#define AMP_MAP_AREAS_FORM_H

#include "map/areas.h"

#define AMP_AREAS_TURN INT64_C(3600000000)

enum {
    AMP_AREAS_LEVELS = 22, /* of cells: 2^33 units at the root, 2^11 (23 m) at the last */
    AMP_AREAS_UNIT_BITS = 11,
    AMP_AREAS_EDGES = 8 /* a cell with more is cut */
};

struct amp_area_edge {
    int64_t x1, x2;
    int64_t y1, y2;
    uint32_t area;
    uint32_t zero;
};

struct amp_area_leaf {
    uint64_t code; /* Morton number of its south-west corner in cells of the last level */
    uint32_t whole_first, whole_n;
    uint32_t cross_first, cross_n;
    uint32_t level;
    uint32_t zero;
};

struct amp_area_cross { /* an area whose edge crosses a leaf */
    uint32_t area;
    uint32_t edge_first, edge_n; /* into the edge numbers */
    uint32_t corner;             /* 1: the area holds the south-west corner */
};

struct amp_areas {
    const uint32_t *head; /* count of areas, 1 if any ring goes beyond 180 E */
    const struct amp_area_leaf *leaf;
    const uint32_t *whole;
    const struct amp_area_cross *cross;
    const uint32_t *item;
    const struct amp_area_edge *edge;
    size_t head_n, leaf_n, whole_n, cross_n, item_n, edge_n;
    struct amp_buf own[6]; /* when built in memory: in the order above */
};

#define AMP_AREAS_SECTIONS(X)                                                                      \
    X("arhead", head, sizeof(uint32_t), 0)                                                         \
    X("arleaf", leaf, sizeof(struct amp_area_leaf), 1)                                             \
    X("arwhole", whole, sizeof(uint32_t), 2)                                                       \
    X("arcross", cross, sizeof(struct amp_area_cross), 3)                                          \
    X("aritem", item, sizeof(uint32_t), 4)                                                         \
    X("aredge", edge, sizeof(struct amp_area_edge), 5)

struct amp_area_point {
    int64_t x, y;
};

/* Whether an edge passes east of the point (a little to its north-east), and above it. */
bool amp_area_edge_east(const struct amp_area_edge *edge, struct amp_area_point p);
bool amp_area_edge_above(const struct amp_area_edge *edge, struct amp_area_point p);
/* Whether the number of edges between two points, by way of (from.x, to.y), is odd. */
bool amp_area_way_odd(const struct amp_area_edge *edge, const uint32_t *item, size_t n,
                      struct amp_area_point from, struct amp_area_point to);
uint64_t amp_area_code(struct amp_area_point p);

struct amp_area_ring_edges { /* what a draft gathers */
    struct amp_buf edge;     /* struct amp_area_edge */
    uint32_t area_n;
    bool wraps;
};
const struct amp_area_ring_edges *amp_areas_draft_edges(const struct amp_areas_draft *draft);

#endif
