/*
 * Where the crews stand on the roads, kept ready so that questions need not look for each.
 *
 * Each crew stands in the weights of the profile that it drives by (map/units.h), one set for each
 * profile that is served: a fire engine is not first where it may not pass. Counted, shared by all
 * workers behind one lock that is held for tens of microseconds. Whoever asks says where each crew
 * in question is by what the core knew then; a crew that stands elsewhere is moved before the
 * answer, so answers are exact whatever was followed by then. Following is only there so that few
 * have to be moved.
 *
 * A crew is held by its heading and speed, and by the road that it was on: one on a motorway bridge
 * is not taken to be on the street below.
 */
#ifndef AMP_SERVER_CREWS_H
#define AMP_SERVER_CREWS_H

#include "map/roads.h"
#include "map/units.h"

enum {
    AMP_CREW_ROLLS_KMH = 5 /* below, a heading is noise */
};

/* How a kind of unit drives: "engine" is the fire profile, "motorcycle" a motorcycle, and so on;
 * the ambulance's where the word says nothing. */
enum amp_profile amp_crew_profile(struct amp_str kind);

struct amp_crews;
/* metric: by profile, of the same roads; NULL where it is not served, and such crews are counted by
 * the ambulance's, which must be there. */
AMP_MUST amp_err amp_crews_create(struct amp_metric *const metric[AMP_PROFILE_COUNT],
                                  struct amp_crews **out);
struct amp_crews *amp_crews_ref(struct amp_crews *crews);
void amp_crews_unref(struct amp_crews *crews); /* accepts NULL */

/* The weights that the next answers are by, of the same roads, maybe at another hour, and for the
 * same profiles; the less they differ from the last ones, the sooner. Answers wait meanwhile. When
 * memory is short nobody stands anywhere, until the next question. */
void amp_crews_weigh(struct amp_crews *crews, struct amp_road_query *query,
                     struct amp_metric *const metric[AMP_PROFILE_COUNT]);
/* The weights that crews of a profile are counted by, held for the caller. */
struct amp_metric *amp_crews_metric(struct amp_crews *crews, enum amp_profile profile);
/* The profile by which those are counted: itself, or the ambulance's if it is not served. */
enum amp_profile amp_crews_counted(const struct amp_crews *crews, enum amp_profile profile);

struct amp_crew_at {
    uint32_t unit; /* its number - 1: below AMP_UNITS_LIVE, each once */
    struct amp_pos at;
    enum amp_profile profile;
    int32_t heading_deg, speed_kmh; /* below 0: not known */
};
/* Moves those who stand elsewhere. */
AMP_MUST amp_err amp_crews_follow(struct amp_crews *crews, struct amp_road_query *query,
                                  const struct amp_crew_at *crew, size_t n);
struct amp_crews_ask {
    const struct amp_crew_at *crew;
    size_t n;
    struct amp_pos to; /* held by each profile on a road that it may use */
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
