/*
 * One start, many ends: who is reached by road within a time. For areas that are looked at again
 * and again from places that move one at a time, such as what each free crew covers.
 *
 * Exact like amp_roads_matrix, with which it agrees to the millisecond; the work grows with what is
 * reached and with the number of ends, not with the map.
 */
#ifndef AMP_MAP_SPREAD_H
#define AMP_MAP_SPREAD_H

#include "map/roads.h"

enum {
    AMP_SPREAD_LIMIT_S = 2 * 3600
};

/* out_ms[i]: the time from `from` to to[i], or AMP_ROAD_FOREVER_MS where it takes longer than
 * limit_ms or there is no way. Ends on roads that are closed are moved to the next open one, as
 * everywhere. AMP_E_RANGE for a limit beyond AMP_SPREAD_LIMIT_S. */
AMP_MUST amp_err amp_roads_spread(struct amp_road_query *query, const struct amp_metric *metric,
                                  const struct amp_snap *from, uint32_t limit_ms,
                                  const struct amp_snap *to, size_t to_n, uint32_t *out_ms);

#endif
