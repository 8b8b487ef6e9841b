/*
 * The road that a vehicle drove, from its position reports.
 *
 * For vehicles of a service, on duty, only: a crew's own trace, to reckon kilometres and response
 * times, or to review a run. Nothing here takes the trace of a caller or of a phone, and the
 * program offers it for units' traces alone (docs/rights.md).
 *
 * A hidden Markov model after Newson and Krumm, "Hidden Markov Map Matching Through Noise and
 * Sparseness", ACM GIS 2009: the states of a report are the roads near it, likely by a Gaussian of
 * the distance (and, where the report has one, by its heading); the step from state to state is
 * likely by how little the way by road differs from the straight line, exponentially. Ways are
 * exact by length, lawful for the profile, and found by a search that stops at what could have been
 * driven in the time. All in logarithms.
 *
 * Reports that hardly moved since the last one used (two standard deviations) wait for the next
 * that did, and lie on the road between. One report that no way leads to is left out as an outlier;
 * two in a row, a gap in time, or a stretch off the roads begin a new chain, and the reason is
 * told.
 *
 * Memory is bounded whatever the length of the trace: reports are decided when all ways agree about
 * them, or at the latest AMP_MATCH_WINDOW reports on. One thread.
 */
#ifndef AMP_MAP_MATCH_H
#define AMP_MAP_MATCH_H

#include "base/json.h"
#include "map/roads.h"

enum {
    AMP_MATCH_CANDIDATES = 8,
    AMP_MATCH_WINDOW = 128, /* used reports that may be undecided */
    AMP_MATCH_HELD = 32,    /* reports between two used ones */
    AMP_MATCH_STEPS = 4096, /* of the way between two used reports; longer: a gap */
    AMP_MATCH_GAP_S = 300,  /* without a report: a gap */
    AMP_MATCH_RADIUS_MIN_M = 50,
    AMP_MATCH_RADIUS_MAX_M = 200,
    AMP_MATCH_SPEED_M_S = 60, /* no crew drives faster */
};
#define AMP_MATCH_SIGMA_M 8.0 /* of a report that does not say; per axis */

struct amp_match_fix {
    struct amp_pos pos;
    double time_s;      /* since any beginning; must not go back */
    double heading_deg; /* below 0: unknown */
    double sigma_m;     /* 0: AMP_MATCH_SIGMA_M */
};

enum amp_match_state {
    AMP_MATCH_ON,       /* on a road */
    AMP_MATCH_BETWEEN,  /* hardly moved: on the way between its neighbours */
    AMP_MATCH_OFF_ROAD, /* no road near it */
    AMP_MATCH_OUTLIER   /* its neighbours fit together without it */
};
const char *amp_match_state_name(enum amp_match_state state);

enum amp_match_gap { /* why a chain begins */
    AMP_MATCH_GAP_NONE,
    AMP_MATCH_GAP_START,
    AMP_MATCH_GAP_TIME,
    AMP_MATCH_GAP_OFF_ROAD,
    AMP_MATCH_GAP_NO_WAY
};
const char *amp_match_gap_name(enum amp_match_gap gap);

struct amp_match_step { /* part of the way: a segment from share to share along its points */
    uint32_t segment;
    double begin, end; /* begin above end: driven against the points */
};

struct amp_matched {
    size_t index; /* of the report, from 0 */
    enum amp_match_state state;
    enum amp_match_gap gap; /* of AMP_MATCH_ON: none, or this report begins a chain */
    uint32_t segment;       /* of ON and BETWEEN */
    double share;
    struct amp_pos at;
    double dist_m;     /* from the report */
    double confidence; /* of ON: the share of all ways, by likelihood, that pass here */
    struct amp_str street;
    /* of ON without a gap: the way from the last ON; valid during the call */
    const struct amp_match_step *step;
    size_t step_n;
    double way_m;
};

/* Called in the order of the reports; what it returns other than AMP_OK ends the matching. */
struct amp_match_sink {
    void *ctx;
    amp_err (*point)(void *ctx, const struct amp_matched *matched);
};

struct amp_matcher;
/* metric and roads must outlive it; the metric says what is lawful (roads that are closed now were
 * perhaps open then: use one without closures for old traces). */
AMP_MUST amp_err amp_matcher_create(const struct amp_roads *roads, const struct amp_metric *metric,
                                    const struct amp_match_sink *sink, struct amp_matcher **out);
/* AMP_E_RANGE for a position, time or sigma that is none, or a time before the last. */
AMP_MUST amp_err amp_matcher_push(struct amp_matcher *matcher, const struct amp_match_fix *fix);
/* Decides what is left. The matcher may then be used for another trace. */
AMP_MUST amp_err amp_matcher_finish(struct amp_matcher *matcher);
void amp_matcher_destroy(struct amp_matcher *matcher); /* accepts NULL */

#endif
