/*
 * What the files behind match.h share: candidates, their likelihoods, ways by length.
 */
#ifndef AMP_MAP_MATCH_IN_H
#define AMP_MAP_MATCH_IN_H

#include "map/match.h"
#include "map/roads_in.h"

struct amp_match_cand {
    uint32_t segment;
    double share;
    struct amp_pos at;
    double dist_m;
    double emission; /* log likelihood */
};

/* match_cands.c: the likeliest segments near a report, each once, likeliest first. */
size_t amp_match_candidates(const struct amp_roads *roads, enum amp_profile profile,
                            const struct amp_match_fix *fix,
                            struct amp_match_cand out[AMP_MATCH_CANDIDATES]);
/* The log likelihood of a step, from the way by road and the straight line; -INFINITY if way_m is
 * INFINITY or was too long for the time. */
double amp_match_transition(double way_m, double straight_m, double time_s);
/* The longest way that is looked for. */
double amp_match_bound_m(double straight_m, double time_s);

/* match_way.c: ways by length from one candidate to several, by a bounded search. */
struct amp_match_search;
AMP_MUST amp_err amp_match_search_create(const struct amp_roads *roads,
                                         const struct amp_metric *metric,
                                         struct amp_match_search **out);
void amp_match_search_destroy(struct amp_match_search *search);
/* way_m[k]: to to[k], INFINITY if longer than bound_m or none. slack_m: a vehicle may seem to have
 * moved back by so much on a oneway road, by noise alone. */
void amp_match_ways(struct amp_match_search *search, const struct amp_match_cand *from,
                    const struct amp_match_cand *to, size_t to_n, double bound_m, double slack_m,
                    double *way_m);
/* The parts of the way that amp_match_ways found; AMP_E_LIMIT if they are over AMP_MATCH_STEPS. */
AMP_MUST amp_err amp_match_way(struct amp_match_search *search, const struct amp_match_cand *from,
                               const struct amp_match_cand *to, double bound_m, double slack_m,
                               struct amp_match_step out[AMP_MATCH_STEPS], size_t *out_n);

#endif
