/*
 * Where the crews stand on the roads, kept ready so that questions need not look for each.
 *
 * One set of weights with the crews in it (map/units.h), counted, shared by all workers behind one
 * lock that is held for tens of microseconds. Whoever asks says where each crew in question is by
 * what the core knew then; a crew that stands elsewhere is moved before the answer, so answers are
 * exact whatever was followed by then. Following is only there so that few have to be moved.
 */
#ifndef AMP_SERVER_CREWS_H
#define AMP_SERVER_CREWS_H

#include "map/roads.h"
#include "map/units.h"

struct amp_crews;
AMP_MUST amp_err amp_crews_create(const struct amp_roads *roads, struct amp_metric *metric,
                                  struct amp_crews **out);
struct amp_crews *amp_crews_ref(struct amp_crews *crews);
void amp_crews_unref(struct amp_crews *crews); /* accepts NULL */

/* The weights that the next answers are by, of the same roads; the less they differ from the last
 * ones, the sooner. Answers wait meanwhile. When memory is short nobody stands anywhere, until the
 * next question. */
void amp_crews_weigh(struct amp_crews *crews, struct amp_road_query *query,
                     struct amp_metric *metric);

struct amp_crew_at {
    uint32_t unit; /* its number - 1: below AMP_UNITS_LIVE, each once */
    struct amp_pos at;
};
/* Moves those who stand elsewhere. */
AMP_MUST amp_err amp_crews_follow(struct amp_crews *crews, struct amp_road_query *query,
                                  const struct amp_crew_at *crew, size_t n);
struct amp_crews_ask {
    const struct amp_crew_at *crew;
    size_t n;
    const struct amp_snap *to;
};
/* Time of each by road; AMP_ROAD_FOREVER_MS if it has no way. */
AMP_MUST amp_err amp_crews_times(struct amp_crews *crews, struct amp_road_query *query,
                                 const struct amp_crews_ask *ask, uint32_t *out_ms);
/* The k of these that are there first, soonest first, ties by number; out has room for k. */
AMP_MUST amp_err amp_crews_first(struct amp_crews *crews, struct amp_road_query *query,
                                 const struct amp_crews_ask *ask, size_t k,
                                 struct amp_unit_time *out, size_t *out_n);
/* Metres of each by road; NAN if it has no way. */
AMP_MUST amp_err amp_crews_distances(struct amp_crews *crews, struct amp_road_query *query,
                                     const struct amp_crews_ask *ask, double *out_m);

#endif
