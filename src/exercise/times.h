/*
 * Response times of incidents that a state holds: phases, shares within limits, what is overdue,
 * how much crews worked. Pure: the time and the zone come in as arguments.
 *
 * An incident counts once, with all that was merged into it: from the first of their openings. Its
 * times are those of its timeline; a run is what one crew did for it, from being dispatched to
 * being free again. A phase counts where both of its times are known and the end is not before the
 * start; where only the end is known, or the clock was set back, the phase is `left_out`.
 *
 * First amp_times_gather (where the state is), then amp_times_measure (anywhere: nothing points
 * into the state any more). Nothing here is about callers; crews are known by call sign.
 */
#ifndef AMP_EXERCISE_TIMES_H
#define AMP_EXERCISE_TIMES_H

#include "base/arena.h"
#include "base/json.h"
#include "map/hours.h"
#include "model/state.h"

enum {
    AMP_TIMES_CASES_MAX = 50000, /* incidents of one report */
    AMP_TIMES_LIMITS = 20,
    AMP_TIMES_OWN_MAX = 8,        /* thresholds of one's own */
    AMP_TIMES_LIMIT_S_MAX = 86400 /* seconds a threshold can be */
};
#define AMP_TIMES_NONE INT64_MIN /* a time that is not known */

/* X(ENUMERATOR, name on the wire, of a run rather than of the incident, from, to) */
#define AMP_TIMES_PHASE_TABLE(X)                                                                   \
    X(TRIAGE, "triage", false, RECEIVED, TRIAGED)                                                  \
    X(QUEUE, "queue", false, TRIAGED, DISPATCHED)                                                  \
    X(PROCESSING, "processing", false, RECEIVED, DISPATCHED)                                       \
    X(TURNOUT, "turnout", true, DISPATCHED, EN_ROUTE)                                              \
    X(TRAVEL, "travel", true, EN_ROUTE, ON_SCENE)                                                  \
    X(RESPONSE, "response", false, RECEIVED, ON_SCENE)                                             \
    X(SCENE, "scene", true, ON_SCENE, FREE)                                                        \
    X(TRANSPORT, "transport", true, TRANSPORTING, AT_HOSPITAL)                                     \
    X(HOSPITAL, "hospital", true, AT_HOSPITAL, FREE)

enum amp_times_phase {
#define X(id, name, run, from, to) AMP_TIMES_##id,
    AMP_TIMES_PHASE_TABLE(X)
#undef X
    AMP_TIMES_PHASES,
    AMP_TIMES_ANSWER = AMP_TIMES_PHASES /* of standards alone: ringing is not in the record */
};
const char *amp_times_phase_name(enum amp_times_phase phase); /* AMP_TIMES_ANSWER, too */

enum amp_times_step {
    AMP_TIMES_AT_RECEIVED,
    AMP_TIMES_AT_TRIAGED,    /* type and priority are known */
    AMP_TIMES_AT_DISPATCHED, /* of an incident: the first crew; likewise on scene */
    AMP_TIMES_AT_EN_ROUTE,
    AMP_TIMES_AT_ON_SCENE,
    AMP_TIMES_AT_TRANSPORTING,
    AMP_TIMES_AT_AT_HOSPITAL,
    AMP_TIMES_AT_FREE, /* released, or free by its own report */
    AMP_TIMES_STEPS
};

/* A limit for one phase, by a standard or by the service itself. */
struct amp_times_limit {
    const char *standard; /* NULL: one's own */
    const char *edition;  /* NULL: not known */
    const char *basis;    /* how sure: "publisher", "press", "secondary"; "own" */
    enum amp_times_phase phase;
    int64_t limit_s;
    int target_pct; /* so many of a hundred within it; 0: none was said */
};
struct amp_times_limits {
    struct amp_times_limit row[AMP_TIMES_LIMITS];
    size_t n;
};
/* One's own thresholds, "response:480,turnout:80:90" (phase, seconds, percent; may be empty), and
 * then the named standards. AMP_E_RANGE with a sentence. */
AMP_MUST amp_err amp_times_limits_read(struct amp_str own, struct amp_times_limits *out,
                                       struct amp_why *why);

/* What counts. The functions are asked on the thread that owns the state. */
struct amp_times_ask {
    int64_t first_day, last_day;             /* days since 1970-01-01 in the zone, both included */
    struct amp_str type;                     /* empty: all */
    int priority;                            /* 0: all */
    struct amp_when (*when)(int64_t utc_us); /* the local time, any thread; NULL: UTC */
    bool (*counts)(void *ctx, const struct amp_incident *incident); /* NULL: all */
    bool (*shows)(void *ctx, const struct amp_unit *unit);          /* NULL: all */
    void *ctx;
    int64_t now_us;
};

struct amp_times_run { /* of one crew for one incident */
    uint32_t unit;     /* place in amp_times.crew */
    int64_t at_us[AMP_TIMES_STEPS];
};
struct amp_times_case {
    struct amp_incident_id id;
    uint32_t type; /* place in amp_times.type */
    int priority;  /* 0 not set */
    int level;     /* of alarm */
    bool placed;
    struct amp_pos pos; /* for the name of its area, and nothing else; if it is placed */
    uint32_t area;      /* place in amp_times.area */
    int64_t at_us[AMP_TIMES_STEPS];
    size_t run_first, run_n; /* in amp_times_cases.run */
};
struct amp_times_cases {
    struct amp_times_case *item;
    size_t n;
    struct amp_times_run *run;
    size_t run_n;
};
struct amp_times_crew {
    const char *call_sign;
    bool shown;
    enum amp_unit_status status; /* now */
    int64_t since_us;
};

/* All that a report stands on, in the arena of whoever asked. */
struct amp_times {
    struct amp_times_cases range; /* of these days, newest first */
    struct amp_times_cases open;  /* those that are open now, whenever they began */
    const char **type;            /* names; the first is NULL: not triaged */
    size_t type_n;
    const char **area; /* names; the first is NULL: not known */
    size_t area_n;
    struct amp_times_crew *crew; /* by unit id - 1 */
    size_t crew_n;
    size_t open_in[AMP_INCIDENT_STATES];  /* incidents now */
    size_t crews_in[AMP_UNIT_STATUSES];   /* crews that are shown, now */
    size_t open_of[AMP_PRIORITY_MAX + 1]; /* incidents now, by priority; 0: none was set */
    size_t calls_waiting;     /* callers on the line whose incident is not triaged yet */
    size_t alone;             /* open incidents that nobody is sent to */
    int64_t alone_longest_us; /* of these the longest since it was received; 0: there is none */
    struct amp_when (*when)(int64_t utc_us);
    int64_t now_us;
};
/* AMP_E_LIMIT when more than AMP_TIMES_CASES_MAX incidents count; AMP_E_NOMEM. */
AMP_MUST amp_err amp_times_gather(const struct amp_state *state, const struct amp_times_ask *ask,
                                  struct amp_arena *arena, struct amp_times *out,
                                  struct amp_why *why);

/* Names the area of each incident of these days, between gathering and measuring; an empty name: it
 * is not known. Without it no area is. What was erased has none. */
AMP_MUST amp_err amp_times_name_areas(struct amp_times *times,
                                      struct amp_str (*name)(void *ctx, struct amp_pos pos),
                                      void *ctx, struct amp_arena *arena);

/* A phase of some incidents: nearest-rank percentiles, AMP_TIMES_NONE when n is 0. */
struct amp_times_stat {
    size_t n, left_out;
    int64_t p50_us, p90_us, p99_us;
    size_t within[AMP_TIMES_LIMITS]; /* by limit; 0 where the limit is of another phase */
};
struct amp_times_group {
    int64_t key; /* place in type or area, priority, level, or hour */
    size_t cases;
    struct amp_times_stat stat[AMP_TIMES_PHASES];
};
enum amp_times_by {
    AMP_TIMES_BY_ALL, /* one group */
    AMP_TIMES_BY_TYPE,
    AMP_TIMES_BY_PRIORITY,
    AMP_TIMES_BY_LEVEL, /* of alarm, as it is now or was at the end */
    AMP_TIMES_BY_HOUR,
    AMP_TIMES_BY_AREA,
    AMP_TIMES_BYS
};
struct amp_times_overdue {
    struct amp_incident_id incident;
    enum amp_times_phase phase;
    const char *call_sign; /* NULL: of the incident */
    int64_t for_us;        /* so long by now */
    int64_t limit_s;
};
struct amp_times_work { /* of a crew, in the runs of these days */
    size_t runs;
    int64_t committed_us; /* from dispatched to free, or to now */
    int64_t scene_us;     /* of that, since on scene */
};
struct amp_times_report {
    struct {
        struct amp_times_group *group; /* by key; only groups with a case, but always one of all */
        size_t n;
    } by[AMP_TIMES_BYS];
    struct amp_times_overdue *overdue; /* longest beyond its limit first */
    size_t overdue_n;
    struct amp_times_work *work; /* by place in crew */
};
AMP_MUST amp_err amp_times_measure(const struct amp_times *times,
                                   const struct amp_times_limits *limits, struct amp_arena *arena,
                                   struct amp_times_report *out);
/* The members of an open object; see Statistics in docs/openapi.yaml. */
void amp_times_view(struct amp_json *js, const struct amp_times *times,
                    const struct amp_times_limits *limits, const struct amp_times_report *report);

/* The day since 1970-01-01, and the hour, of a moment; when as in amp_times_ask. */
int64_t amp_times_day(struct amp_when (*when)(int64_t utc_us), int64_t utc_us, int *hour);

#endif
