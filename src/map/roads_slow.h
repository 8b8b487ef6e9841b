/*
 * The slow twin of the roads: plain Dijkstra on the same graph, for tests and for whoever doubts.
 *
 * The times must equal those of the fast index to the millisecond. Source: Dijkstra, Numerische
 * Mathematik 1, 1959.
 */
#ifndef AMP_MAP_ROADS_SLOW_H
#define AMP_MAP_ROADS_SLOW_H

#include "map/roads.h"

/* Travel time between two snapped positions; AMP_E_NO_ROUTE when there is no way. */
AMP_MUST amp_err amp_roads_slow_time(const struct amp_metric *metric, const struct amp_snap *from,
                                     const struct amp_snap *to, uint32_t *out_ms);
/* As amp_roads_reach, by one search for each source; distances are left NAN. */
AMP_MUST amp_err amp_roads_slow_reach(const struct amp_metric *metric, const struct amp_snap *from,
                                      size_t from_n, const struct amp_snap *to,
                                      struct amp_reach *result);
/* snap.c: as amp_roads_snap_hinted, by a look at every piece of every road. */
AMP_MUST amp_err amp_roads_slow_snap(const struct amp_roads *roads, enum amp_profile profile,
                                     struct amp_pos pos, double max_m,
                                     const struct amp_snap_hint *hint, struct amp_snap *out,
                                     size_t cap, size_t *out_n);

#endif
