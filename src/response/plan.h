/*
 * Response plans: incident type and priority -> which capabilities, how many, who is told; timers.
 *
 * Read from a small readable file (format: the head of demo/plans.txt). Errors name the line. A
 * plan set is immutable. The built-in plans are the ones of that file, compiled in.
 */
#ifndef AMP_RESPONSE_PLAN_H
#define AMP_RESPONSE_PLAN_H

#include "base/json.h"
#include "model/event.h"

enum {
    AMP_NEEDS_MAX = 16,
    AMP_TYPES_MAX = 256,
    AMP_LABELS_MAX = 8,     /* of one type, in other languages */
    AMP_LANGUAGE_MAX = 16,  /* bytes of a language tag */
    AMP_EIDO_TYPE_MAX = 16, /* bytes of a value of the registry of incident types */
    AMP_RETENTION_MAX_DAYS = 36525,
    AMP_PLAN_BYTES = 1 << 18
};

struct amp_need { /* `count` units, each with every capability in `all` */
    struct amp_words all;
    int count;
};

struct amp_plan_label {      /* what people call it in another language */
    struct amp_str language; /* "pt", "pt-MZ": a tag of RFC 5646 */
    struct amp_str text;
};

struct amp_plan {         /* one incident type */
    struct amp_str type;  /* "cardiac-arrest" */
    struct amp_str label; /* "Cardiac arrest" */
    struct amp_plan_label also[AMP_LABELS_MAX];
    size_t also_n;
    struct amp_str eido; /* what the type is in NENA's registry (EIDO): "STROKE"; empty: not said */
    int priority;        /* proposed by default */
    int from_priority;   /* this row holds for priorities from_priority..to_priority */
    int to_priority;
    struct amp_need need[AMP_NEEDS_MAX]; /* of the first alarm, then what each level adds */
    size_t need_n;                       /* of the first alarm */
    int levels;                          /* the highest that is named; 1: none is */
    size_t level_end[AMP_LEVEL_MAX + 1]; /* need[level_end[l - 1]] on: what level l adds */
    struct amp_words tell;               /* who is told: "hospital", "police", ... */
    int retention_days; /* of the whole type: personal data go so long after closing; 0: kept */
};

struct amp_timers {           /* seconds; 0 switches one off */
    int64_t acknowledge_s;    /* dispatched and no en-route */
    int64_t silent_s;         /* on scene and nothing heard */
    int64_t undispatched_s;   /* triaged and nobody sent */
    int64_t turnout_s;        /* assumed time from alarm to wheels rolling, at station */
    int64_t turnout_moving_s; /* the same for a crew already on the road */
    int64_t aid_margin_s;     /* so much later an own crew may be there, and still goes first */
    int64_t aid_answer_s;     /* a request for aid is overdue after that */
};

struct amp_plans;
struct amp_agreement; /* response/aid.h */

AMP_MUST amp_err amp_plans_read(struct amp_str text, struct amp_plans **out, struct amp_why *why);
AMP_MUST amp_err amp_plans_builtin(struct amp_plans **out);
void amp_plans_free(struct amp_plans *plans);
/* The row for a type at a priority; the type's first row if the priority is 0; NULL if unknown. */
const struct amp_plan *amp_plan_for(const struct amp_plans *plans, struct amp_str type,
                                    int priority);
/* What a value of NENA's registry is among ours; NULL when it is none's, or that of several. */
const struct amp_plan *amp_plan_of_eido(const struct amp_plans *plans, struct amp_str value);
struct amp_timers amp_plans_timers(const struct amp_plans *plans);
/* For a type (empty: none was given): its own "retention", else "default-retention"; 0: kept. */
int amp_plans_retention(const struct amp_plans *plans, struct amp_str type);
size_t amp_plans_count(const struct amp_plans *plans);
const struct amp_plan *amp_plan_at(const struct amp_plans *plans, size_t i);
/* What a further alarm (2..AMP_LEVEL_MAX) adds, as a view of *n needs. A level that is not named
 * adds what the highest named one adds; where none is named, a type that needs a fire engine needs
 * the same again, and any other type nothing more. */
const struct amp_need *amp_plan_adds(const struct amp_plan *plan, int level, size_t *n);
/* All that is needed at a level (1..AMP_LEVEL_MAX), in the order of the plan: what needs the same
 * capabilities is one need, of AMP_SLOTS_MAX crews at most. Returns how many needs there are. */
size_t amp_plan_needs(const struct amp_plan *plan, int level, struct amp_need out[AMP_NEEDS_MAX]);
size_t amp_plans_agreements(const struct amp_plans *plans);
const struct amp_agreement *amp_plans_agreement(const struct amp_plans *plans, size_t i);
void amp_plan_view(struct amp_json *js, const struct amp_plan *plan);
bool amp_language_valid(struct amp_str tag); /* "pt", "pt-MZ", "zh-Hant" */

#endif
