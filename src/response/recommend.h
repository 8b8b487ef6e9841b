/*
 * Recommendation: for each need of the plan, the crews that can be there first by road, and why.
 * Pure.
 *
 * Travel times come in as data (the server asks the map). A crew's time is turnout + road time from
 * where it is now; from its station when its position is stale, and then the answer says so.
 * Straight lines never rank anything; they only appear in a reason ("nearest by straight line would
 * take ...").
 */
#ifndef AMP_RESPONSE_RECOMMEND_H
#define AMP_RESPONSE_RECOMMEND_H

#include "base/json.h"
#include "model/state.h"
#include "model/track.h"
#include "response/aid.h"
#include "response/plan.h"

enum {
    AMP_CANDIDATES_MAX = AMP_UNITS_MAX,
    AMP_RANKED_MAX = 8
};

enum amp_basis {
    AMP_BASIS_POSITION, /* a current position */
    AMP_BASIS_STATION,  /* position stale or never heard: counted from its station */
    AMP_BASIS_NONE      /* neither: cannot be ranked */
};

struct amp_lent { /* what may be told of a crew that another agency lends; texts in the arena */
    struct amp_agency_id lender;
    struct amp_str agency, label; /* code and name of the lender */
    struct amp_str kind;
    struct amp_words capabilities;
    enum amp_aid_how how;
    size_t room; /* so many crews with what it can do may go before the lender keeps the rest */
};

struct amp_candidate { /* a unit that is in service, copied out of the state */
    struct amp_unit_id unit;
    char call_sign[AMP_WORD_MAX + 1];
    uint64_t needs; /* bit i: it satisfies need i of the plan */
    enum amp_unit_status status;
    struct amp_incident_id incident; /* busy with */
    int incident_priority;
    enum amp_basis basis;
    bool moving;            /* turnout_moving_s applies */
    int64_t position_age_s; /* of the last report, however old; -1: never heard */
    struct amp_pos from;
    double straight_m;           /* for reasons only */
    const struct amp_lent *lent; /* by another agency; NULL: one's own */
    /* filled in by whoever asks the map */
    double road_s;     /* INFINITY: no way by road */
    double distance_m; /* by road, NAN when not asked */
};

struct amp_question { /* all that ranking needs: a copy, so that a worker can do it */
    struct amp_incident_id incident;
    struct amp_pos at;
    int priority;
    int level;                           /* of alarm */
    struct amp_need need[AMP_NEEDS_MAX]; /* texts belong to the plans */
    size_t need_n;
    struct amp_timers timers;
    struct amp_candidate *candidate; /* in the arena */
    size_t candidate_n;
    uint64_t filled; /* bit i: need i is met by crews already assigned (for count 1), see missing */
    int missing[AMP_NEEDS_MAX]; /* crews still wanted for need i */
};

/* Fills in where a unit is counted from: basis, from, moving, position_age_s. track may be NULL. */
void amp_candidate_locate(const struct amp_state *state, const struct amp_track *track,
                          const struct amp_unit *unit, int64_t now_us, struct amp_candidate *out);
const char *amp_basis_name(enum amp_basis basis); /* "position", "station", "none" */
/* Seconds until the wheels roll. */
int64_t amp_turnout_s(const struct amp_timers *timers, const struct amp_candidate *who);

/* AMP_E_MISSING with a sentence if the incident has no position or no type. */
AMP_MUST amp_err amp_question_ask(const struct amp_state *state, const struct amp_track *track,
                                  const struct amp_plans *plans,
                                  const struct amp_incident *incident, int64_t now_us,
                                  struct amp_arena *arena, struct amp_question *out,
                                  struct amp_why *why);

/* For whom the question is asked: leaves out crews that are not the asker's (0: the whole service)
 * to send, and marks those that another agency lends to it. Those are free; of others' crews none
 * is left. An account of a crew has no agency: `crew` is its unit, and nobody else is left. */
AMP_MUST amp_err amp_question_narrow(const struct amp_state *state, const struct amp_plans *plans,
                                     struct amp_agency_id asker, struct amp_str crew,
                                     struct amp_arena *arena, struct amp_question *question);

enum amp_reason_code {        /* each with its own facts */
    AMP_REASON_BY_ROAD,       /* road_s, distance_m, turnout_s */
    AMP_REASON_FROM_STATION,  /* age_s */
    AMP_REASON_DIVERT,        /* incident, priority */
    AMP_REASON_STRAIGHT_LINE, /* unit, straight_m, road_s */
    AMP_REASON_AID,           /* agency, how, margin_s: it stands as if it came so much later */
    AMP_REASON_OWN_FIRST,     /* unit, agency, earlier_s: a lent crew would be there before */
    AMP_REASONS
};

struct amp_reason {
    enum amp_reason_code code;
    struct amp_str text;   /* the sentence in English; from the facts one in any language is made */
    const char *unit;      /* call sign of the crew that a straight line would choose, or lent */
    struct amp_str agency; /* the lender's name */
    enum amp_aid_how how;
    double margin_s, earlier_s;
    double road_s;     /* INFINITY: no way by road */
    double distance_m; /* NAN: not known */
    double straight_m;
    double turnout_s;
    int64_t age_s; /* of the last position; -1: never heard */
    struct amp_incident_id incident;
    int priority;
};

struct amp_ranked {
    const struct amp_candidate *who;
    double arrive_s; /* turnout + road */
    struct amp_reason reason[AMP_REASONS];
    size_t reason_n;
    bool divert;          /* busy with something of lower priority */
    double cover_without; /* share of demand that is covered if it goes; NAN: not known */
};

struct amp_advice { /* one need */
    const struct amp_need *need;
    int missing;
    struct amp_ranked ranked[AMP_RANKED_MAX];
    size_t ranked_n;
    double cover; /* share of demand that free crews for this need are at in time; NAN: not known */
    int cover_minutes;
};

struct amp_recommend_cells { /* as response/coverage.h has them */
    const uint32_t *demand;  /* of each cell */
    size_t cell_n;
    const uint64_t *const *reach; /* of each candidate, or NULL */
    int minutes;
};

/* Ranks free crews first by arrive_s (ties by call sign); busy crews with a less urgent incident
 * come after them, marked divert, only if they would arrive earlier than the best free one. A crew
 * is proposed for one need only. A lent crew (marked, with its lender) is ranked as if it arrived
 * timers.aid_margin_s later, so own crews that arrive within that go first; of one lender's no more
 * are proposed than leave it what it keeps. */
AMP_MUST amp_err amp_recommend(const struct amp_question *question, struct amp_arena *arena,
                               struct amp_advice **out, size_t *out_n);
/* What each choice costs in coverage, by the crews that are free and could serve the same need.
 * reach[i]: the cells that candidate i is at in time (response/coverage.h); NULL where it is not
 * free, or nobody knows where. Fills in cover and cover_without of needs that are open. */
AMP_MUST amp_err amp_recommend_cover(const struct amp_question *question,
                                     const struct amp_recommend_cells *cells,
                                     struct amp_arena *arena, struct amp_advice *advice,
                                     size_t advice_n);
const char *amp_reason_code_name(enum amp_reason_code code); /* "by-road", ... */
/* Writes the members "incident" and "needs" into the object that is open (the caller adds took_ms).
 */
void amp_recommend_view(struct amp_json *js, const struct amp_question *question,
                        const struct amp_advice *advice, size_t advice_n);

#endif
