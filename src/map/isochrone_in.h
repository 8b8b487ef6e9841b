/* What the files of the isochrone share: nodes reached in time, pieces of road, the grid. */
#ifndef AMP_MAP_ISOCHRONE_IN_H
#define AMP_MAP_ISOCHRONE_IN_H

#include "map/isochrone.h"
#include "map/roads_in.h"

/* reached.c: the time of every node within limit_ms of a seed (to a seed, if backwards), exact.
 * They stand in dist of side 0, listed in its visited, until amp_cch_clear. */
AMP_MUST amp_err amp_reached_find(struct amp_road_query *query, const struct amp_metric *metric,
                                  const struct amp_seed *seed, size_t seed_n, uint32_t limit_ms,
                                  bool backwards);

/* A piece of road that is driven: it begins (backwards: ends) at `share` of driving the base arc,
 * at the time `at_ms`, and goes on as far as the time lasts. */
struct amp_iso_span {
    uint32_t base;
    uint32_t at_ms;
    double share;
};

/* isochrone_grid.c: how far each point of a grid is from the nearest reached road */
struct amp_iso_grid {
    struct amp_pos origin; /* of the cells' corners 0, 0 */
    double cell_m;
    double lat_m, lon_m;   /* of 1e-7 degree */
    int64_t width, height; /* corners */
    int64_t split;         /* the column on the antimeridian, or -1 */
    float *dist_m;         /* of each corner; more than the buffer: any number above it */
};
struct amp_iso_extent { /* 1e-7 degrees from a first position; longitudes do not wrap */
    struct amp_pos from;
    int64_t south, north, west, east;
    bool any;
};
AMP_MUST amp_err amp_iso_grid_make(const struct amp_iso_extent *extent, struct amp_arena *arena,
                                   struct amp_iso_grid *out);
double amp_iso_buffer_m(const struct amp_iso_grid *grid);
void amp_iso_grid_stamp(struct amp_iso_grid *grid, struct amp_pos a, struct amp_pos b);

/* isochrone_rings.c: the outlines of what is within the buffer */
AMP_MUST amp_err amp_iso_rings(const struct amp_iso_grid *grid, struct amp_arena *arena,
                               struct amp_iso_band *out);

#endif
