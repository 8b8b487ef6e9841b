/* One district while it is made: its rim, its own grid of streets, and the raster of what is taken.
 */
#ifndef AMP_MAP_SYNTH_DISTRICT_H
#define AMP_MAP_SYNTH_DISTRICT_H

#include "map/synth_plan.h"

enum {
    AMP_GRID_HALF = 9,
    AMP_GRID_SIDE = 2 * AMP_GRID_HALF + 1,
    AMP_RIM_MAX = 4 * AMP_PLAN_EDGE_POINTS,
    AMP_CHAINS_MAX = 512,
    AMP_CHAIN_POINTS_MAX = 4096,
    AMP_RASTER_M = 4,
    AMP_RASTER_SIDE = 320
};

/* A piece of the rim: from its own corner to the next one. */
struct amp_rim {
    struct amp_xy at;
    struct amp_plan_edge *edge;
    double s, s_next;
};

/* A crossing of the district's own grid. */
struct amp_grid {
    struct amp_xy at;
    bool valid;    /* inside, and not too close to the rim */
    bool has_node; /* node is made */
    bool seg[2];   /* street to (i + 1, j), to (i, j + 1) */
    bool link[4];  /* street to the rim: +i, -i, +j, -j */
    uint32_t node;
    uint32_t link_node[4];
    struct amp_xy link_at[4];
};

/* A street as built, for houses along it. */
struct amp_chain {
    uint32_t first, n; /* into chain_at */
    const char *name;
    uint32_t *house; /* lots passed on the street of this name so far */
};

struct amp_district {
    struct amp_plan *plan;
    struct amp_town *town;
    enum amp_cell_kind kind;
    const char *suburb;
    struct amp_rim rim[AMP_RIM_MAX];
    uint32_t rim_n;
    struct amp_xy centre, axis[2]; /* unit vectors of the grid */
    double step[2];
    struct amp_grid grid[AMP_GRID_SIDE][AMP_GRID_SIDE];
    const char *line_name[2][AMP_GRID_SIDE];
    uint32_t line_house[2][AMP_GRID_SIDE];
    struct amp_chain chain[AMP_CHAINS_MAX];
    struct amp_xy chain_at[AMP_CHAIN_POINTS_MAX];
    uint32_t chain_n, chain_point_n;
    struct amp_xy raster_origin;
    uint8_t taken[AMP_RASTER_SIDE][AMP_RASTER_SIDE];
};

bool amp_district_inside(const struct amp_district *dist, struct amp_xy at);
/* Streets by a random spanning tree plus most of the rest; then ways. */
void amp_district_streets(struct amp_district *dist);
void amp_district_park(struct amp_district *dist);
/* Hospitals and stations first, then houses on what is left. */
void amp_district_lots(struct amp_district *dist);

#endif
