/*
 * Roads: the graph of an .amap, its travel times, and the questions a dispatcher asks of it.
 *
 * Travel times are exact: weights are whole milliseconds, and the fast index gives the same sums as
 * Dijkstra on the same graph. Turn restrictions (via node, via way, only_*) are part of the graph:
 * restricted vertices are split, so every path in the graph is a lawful one for the profile.
 *
 * amp_roads and amp_metric are immutable and may be shared by threads; an amp_road_query is the
 * scratch memory of one thread. Sources: OSM wiki (Relation:restriction, Key:access, Key:oneway,
 * Key:maxspeed); Dibbelt, Strasser, Wagner, "Customizable Contraction Hierarchies", JEA 2016.
 */
#ifndef AMP_MAP_ROADS_H
#define AMP_MAP_ROADS_H

#include "base/arena.h"
#include "base/geo.h"
#include "base/json.h"
#include "map/amap.h"
#include "map/osm.h"

struct amp_amap_writer;

enum {
    AMP_SNAP_MAX_M = 1000,      /* nothing routable within this: AMP_E_NO_ROUTE */
    AMP_NEAREST_UNITS = 100000, /* units in one question */
    AMP_METRIC_CLOSURES = 1024, /* closures that one metric can hold */
    AMP_CLOSURE_POINTS = 256,   /* of a ring or line */
    AMP_CLOSURE_SLOW_MAX = 2000 /* percent of the usual time */
};

enum amp_profile { /* what each is and may do: map/settings.h */
    AMP_PROFILE_AMBULANCE,
    AMP_PROFILE_CAR, /* an ordinary one, or an ambulance without lights and sirens */
    AMP_PROFILE_FIRE,
    AMP_PROFILE_MOTORCYCLE, /* a responder's */
    AMP_PROFILE_FOOT,
    AMP_PROFILE_RESCUE, /* four-wheel drive */
    AMP_PROFILE_COUNT
};
const char *amp_profile_name(enum amp_profile profile); /* "ambulance" */
AMP_MUST amp_err amp_profile_of(struct amp_str name, enum amp_profile *out);

/* What stands in the way but can be passed by a crew, at a cost that is in the time already. */
enum amp_pass_kind {
    AMP_PASS_PRIVATE,    /* access=private and the like */
    AMP_PASS_GATE,       /* barrier=gate, lift_gate, ... */
    AMP_PASS_BOLLARD,    /* removable or rising */
    AMP_PASS_EMERGENCY,  /* open to emergency vehicles, buses or people on foot only */
    AMP_PASS_CONTRAFLOW, /* against a oneway, where a setting allows it */
    AMP_PASS_FORD,       /* through water */
    AMP_PASS_ROUGH,      /* a surface on which the profile may get stuck */
    AMP_PASS_SEASONAL,   /* not always there: winter roads, what floods */
    AMP_PASS_NARROW,     /* little wider than the vehicle */
    AMP_PASS_COUNT
};
const char *amp_pass_name(enum amp_pass_kind kind);

struct amp_pass {
    enum amp_pass_kind kind;
    struct amp_pos at;
    double cost_s;       /* of the time; 0 where it is part of the pace of the road */
    struct amp_str name; /* street or barrier name; may be empty */
    /* what it takes */
    bool locked;         /* a key, or whoever has one */
    bool only_4wd;       /* four-wheel drive */
    double width_m;      /* 0 when not said */
    const char *surface; /* OSM values; "" when not said */
    const char *smoothness;
    uint8_t tracktype; /* 1 (firm) to 5 (soft); 0 when not said */
};

struct amp_road_counts {
    uint64_t nodes;        /* graph nodes, split ones included */
    uint64_t arcs;         /* directed */
    uint64_t segments;     /* pieces of road between two graph nodes */
    uint64_t restrictions; /* turn restrictions in force */
    uint64_t restrictions_dropped;
    uint64_t conditions;        /* tags and restrictions that hold at times, understood */
    uint64_t conditions_unread; /* not understood: taken to hold whenever that is stricter */
};

/* Build the road sections of an .amap from an extract: graph, geometry, street names, snapping
 * index, nested-dissection order. */
AMP_MUST amp_err amp_roads_build(const struct amp_osm *osm, const struct amp_progress *progress,
                                 struct amp_amap_writer *writer, struct amp_road_counts *out,
                                 struct amp_why *why);

/* The same as the last one to build from this extract, which is shed (amp_osm_shed) as soon as the
 * graph is out of it: the order needs the memory. */
AMP_MUST amp_err amp_roads_build_last(struct amp_osm *osm, const struct amp_progress *progress,
                                      struct amp_amap_writer *writer, struct amp_road_counts *out,
                                      struct amp_why *why);

struct amp_roads;
AMP_MUST amp_err amp_roads_open(const struct amp_amap *amap, struct amp_roads **out,
                                struct amp_why *why);
/* The memory stays until the last metric over these roads is given up too; their file must. */
void amp_roads_close(struct amp_roads *roads);
struct amp_settings;
struct amp_when;
/* Weigh the roads by other settings (NULL: the defaults, as after opening) and for a moment in the
 * local time of the map (NULL: unknown; conditions are then read strictly). Before the roads are
 * shared between threads and before any metric or query is made of them. */
AMP_MUST amp_err amp_roads_tune(struct amp_roads *roads, const struct amp_settings *settings,
                                const struct amp_when *when, struct amp_why *why);
/* The same roads at another hour, for the profiles whose bits are set (the others keep theirs):
 * shares all that does not depend on it with `roads`, which stay as they are, and must not be tuned
 * any more. To be closed like them; `roads` may be closed before, the file not. */
AMP_MUST amp_err amp_roads_at(const struct amp_roads *roads, const struct amp_when *when,
                              unsigned profiles, struct amp_roads **out, struct amp_why *why);
/* Does a condition of these roads hold otherwise at that time than at the one they are weighed for?
 * If not, nothing is gained by amp_roads_at. */
bool amp_roads_hour_differs(const struct amp_roads *roads, const struct amp_when *when);
struct amp_when amp_roads_hour(const struct amp_roads *roads); /* that they are weighed for */
const struct amp_settings *amp_roads_settings(const struct amp_roads *roads);
bool amp_roads_left_hand(const struct amp_roads *roads); /* where no road says otherwise */
struct amp_road_counts amp_roads_counts(const struct amp_roads *roads);

/* What is different on the roads for a time: closed, or slower than usual. */
enum amp_closure_shape {
    AMP_CLOSURE_ROAD,   /* the segment nearest to `at` */
    AMP_CLOSURE_CIRCLE, /* every road within radius_m of `at` */
    AMP_CLOSURE_AREA,   /* every road that touches the inside of the ring `point` */
    AMP_CLOSURE_LINE    /* the roads that run along the line `point`, as drawn over the map */
};

struct amp_road_closure {
    enum amp_closure_shape shape;
    struct amp_pos at;           /* of ROAD and CIRCLE */
    double radius_m;             /* of CIRCLE */
    const struct amp_pos *point; /* of AREA (closed by itself) and LINE */
    size_t point_n;
    double heading_deg;    /* below 0: both ways; else only driving within 90 degrees of it */
    uint32_t time_percent; /* of the usual time: 0 is closed, else 101 to AMP_CLOSURE_SLOW_MAX */
};

/* What a closure comes to, to be drawn and listed: one stretch of road between two crossings. */
struct amp_closed_road {
    uint32_t segment;
    bool along, against;   /* the directions, by the points of its line; one that nobody may drive
                            * anyway is not counted */
    struct amp_str street; /* may be empty; of the map */
    struct amp_pos *line;
    size_t line_n;
    double length_m;
};
struct amp_closed_roads {
    struct amp_closed_road *road; /* ascending by segment, at most cap */
    size_t n;
    size_t total;    /* all of them; 0: the closure changes nothing, and who drew it should know */
    double length_m; /* of all */
};
AMP_MUST amp_err amp_closure_roads(const struct amp_roads *roads,
                                   const struct amp_road_closure *closure, size_t cap,
                                   struct amp_arena *arena, struct amp_closed_roads *out,
                                   struct amp_why *why);

/* The weights of one profile with closures, ready for queries. The old one stays valid for whoever
 * still holds it. Where closures meet on a road, closed wins, else the slowest. A road of which a
 * closure covers a part is closed as a whole, up to the next crossings. */
struct amp_metric;
/* All weights anew (full customization). */
AMP_MUST amp_err amp_metric_create(const struct amp_roads *roads, enum amp_profile profile,
                                   const struct amp_road_closure *closure, size_t closure_n,
                                   struct amp_metric **out, struct amp_why *why);
/* The same by so many threads for the time of the call; the result does not depend on them. */
AMP_MUST amp_err amp_metric_create_by(const struct amp_roads *roads, enum amp_profile profile,
                                      const struct amp_road_closure *closure, size_t closure_n,
                                      unsigned threads, struct amp_metric **out,
                                      struct amp_why *why);
/* The weights with these closures instead of those of `from`, which stays as it is: equal to what
 * amp_metric_create gives, but only what differs is worked out. Also for "what if". Fast when one
 * metric replaces another again and again: the memory of the last one given up is used for the next
 * one, and brought up to date by what has changed since. */
AMP_MUST amp_err amp_metric_change(const struct amp_metric *from,
                                   const struct amp_road_closure *closure, size_t closure_n,
                                   struct amp_metric **out, struct amp_why *why);
/* The same over the roads of `from` at another hour (amp_roads_at), with what switched by then. */
AMP_MUST amp_err amp_metric_move(const struct amp_metric *from, const struct amp_roads *roads,
                                 const struct amp_road_closure *closure, size_t closure_n,
                                 struct amp_metric **out, struct amp_why *why);
/* The roads that it weighs, as long as it is held. */
const struct amp_roads *amp_metric_roads(const struct amp_metric *metric);
enum amp_profile amp_metric_profile(const struct amp_metric *metric);
/* What may be different between two metrics of which one came from the other, or both from a third,
 * by amp_metric_change: the nodes with an up-arc that weighs otherwise (of which they are the lower
 * end), and the base arcs that are driven otherwise; both uint32_t, ascending, each once, appended.
 * AMP_E_NOT_FOUND when that is not known (too many changes lie between, or too large ones):
 * anything may be. */
struct amp_buf;
AMP_MUST amp_err amp_metric_changes(const struct amp_metric *from, const struct amp_metric *to,
                                    struct amp_buf *node, struct amp_buf *base);
/* Another number than that of any metric from which it came, or that came from it. */
uint64_t amp_metric_id(const struct amp_metric *metric);
struct amp_metric *amp_metric_ref(struct amp_metric *metric);
void amp_metric_unref(struct amp_metric *metric); /* accepts NULL */

struct amp_road_query;
AMP_MUST amp_err amp_road_query_create(const struct amp_roads *roads, struct amp_road_query **out);
void amp_road_query_destroy(struct amp_road_query *query);

/* A position on a road. */
struct amp_snap {
    uint32_t segment;
    double share; /* 0..1 along the segment's geometry */
    struct amp_pos at;
    double dist_m; /* from the position asked for */
    double bearing_deg;
    struct amp_str street;  /* may be empty */
    const char *road_class; /* OSM highway value, or "ferry" */
    int layer;
    bool routable; /* for the profile asked for */
    bool bridge, tunnel;
    int oneway;  /* for the profile: 1 along the points of the segment only, -1 against, 0 both */
    int side;    /* of the position: 1 right of the segment's points, -1 left, 0 upon the road */
    int64_t way; /* OSM id */
};

/* What is known of a vehicle beside its position. */
struct amp_snap_hint {
    double heading_deg;            /* below 0: unknown */
    double speed_mps;              /* below 0: unknown */
    const struct amp_snap *before; /* where it was held a moment ago; NULL when unknown */
};

/* The nearest segments, nearest first, each road at most once, at most cap. Only what the profile
 * may use. heading_deg < 0 when unknown; else segments that run otherwise rank lower. */
AMP_MUST amp_err amp_roads_snap(const struct amp_roads *roads, enum amp_profile profile,
                                struct amp_pos pos, double max_m, double heading_deg,
                                struct amp_snap *out, size_t cap, size_t *out_n);
/* As above, with all that is known: what the speed, the heading and the road before make unlikely
 * ranks lower, so one who drives on a motorway bridge is not held by the street below it. */
AMP_MUST amp_err amp_roads_snap_hinted(const struct amp_roads *roads, enum amp_profile profile,
                                       struct amp_pos pos, double max_m,
                                       const struct amp_snap_hint *hint, struct amp_snap *out,
                                       size_t cap, size_t *out_n);

enum amp_turn_kind {
    AMP_TURN_DEPART,
    AMP_TURN_CONTINUE, /* straight on, and the street has another name */
    AMP_TURN_SLIGHT_LEFT,
    AMP_TURN_LEFT,
    AMP_TURN_SHARP_LEFT,
    AMP_TURN_SLIGHT_RIGHT,
    AMP_TURN_RIGHT,
    AMP_TURN_SHARP_RIGHT,
    AMP_TURN_KEEP_LEFT, /* where the road forks */
    AMP_TURN_KEEP_RIGHT,
    AMP_TURN_U_TURN,
    AMP_TURN_ROUNDABOUT, /* leave it by `exit_n` */
    AMP_TURN_FERRY,
    AMP_TURN_ARRIVE, /* the destination is on `side` */
    AMP_TURN_COUNT
};
const char *amp_turn_name(enum amp_turn_kind kind); /* "slight-left" */

/* What the driver does next. Junctions where one simply drives on are not here. */
struct amp_turn {
    enum amp_turn_kind kind;
    struct amp_pos at;
    struct amp_str street, ref; /* one is then on; may be empty */
    double time_s, distance_m;  /* until the next of them; they add up to the whole */
    int exit_n;                 /* of a roundabout, from 1; else 0 */
    int side;                   /* of arriving: -1 left, 1 right, 0 ahead; else 0 */
    double bearing_deg;         /* driven after it; of arriving: before it */
};

/* The travel time alone, in milliseconds; AMP_E_NO_ROUTE when there is no way. Both ends must be on
 * roads that the metric has open. */
AMP_MUST amp_err amp_road_time(struct amp_road_query *query, const struct amp_metric *metric,
                               const struct amp_snap *from, const struct amp_snap *to,
                               uint32_t *out_ms);

struct amp_leg {
    struct amp_str street; /* empty when unnamed */
    double time_s;
    double distance_m;
    struct amp_pos from;
};

struct amp_route {
    double time_s; /* equals the sum of legs to the millisecond */
    double distance_m;
    struct amp_leg *leg;
    size_t leg_n;
    struct amp_pass *pass;
    size_t pass_n;
    struct amp_turn *turn; /* the first departs, the last arrives */
    size_t turn_n;
    bool left_hand;       /* one drives on the left where it begins */
    struct amp_pos *line; /* the way on the map, from's snap to to's snap */
    size_t line_n;
    struct amp_snap from, to;
};

/* AMP_E_NO_ROUTE when an end has no road near it (the sentence says which) or there is no way. */
AMP_MUST amp_err amp_route_find(struct amp_road_query *query, const struct amp_metric *metric,
                                struct amp_pos from, struct amp_pos to, struct amp_arena *arena,
                                struct amp_route *out, struct amp_why *why);

enum {
    AMP_ROUTES_MAX = 4,     /* the fastest and its alternatives */
    AMP_ROUTES_SHARED = 80, /* percent of the fastest time: on roads of those before it, together */
    AMP_ROUTES_STRETCH =
        25,               /* percent that it may take longer than the fastest, where they differ */
    AMP_ROUTES_LOCAL = 25 /* percent of the fastest time, before and after its turning point:
                           * between these two places it is as fast as any way */
};
struct amp_routes {
    struct amp_route route[AMP_ROUTES_MAX]; /* by time */
    size_t n;
};
/* The fastest way and up to `others` others that are worth showing, between end[0] and end[1].
 * Errors as amp_route_find. Source: Abraham, Delling, Goldberg, Werneck, "Alternative Routes in
 * Road Networks", JEA 2013 (via nodes, the T-test). */
AMP_MUST amp_err amp_route_alternatives(struct amp_road_query *query,
                                        const struct amp_metric *metric,
                                        const struct amp_pos end[2], size_t others,
                                        struct amp_arena *arena, struct amp_routes *out,
                                        struct amp_why *why);

/* The members of a route, without its line, into an open object: profile, time_s, distance_m, from,
 * to, legs, passes, turns. Three decimals, so that legs add up to the whole as they are written. */
void amp_route_view(struct amp_json *js, enum amp_profile profile, const struct amp_route *route);

#define AMP_ROAD_FOREVER_MS UINT32_C(0x7fffffff) /* of a whole number of ms: there is no way */

struct amp_reach {
    double time_s;     /* INFINITY when there is no way */
    double distance_m; /* along that way; filled for the first `distance_k` ranks only, else NAN */
};

/* Travel time of every source to one target: result[i] belongs to from[i]. */
AMP_MUST amp_err amp_roads_reach(struct amp_road_query *query, const struct amp_metric *metric,
                                 const struct amp_snap *from, size_t from_n,
                                 const struct amp_snap *to, size_t distance_k,
                                 struct amp_reach *result);

enum {
    AMP_MATRIX_ENDS = 20000,   /* sources, or targets */
    AMP_MATRIX_CELLS = 1 << 26 /* of one table */
};
/* Many to many: out_ms[i * to_n + j] is the time from from[i] to to[j], or AMP_ROAD_FOREVER_MS.
 * AMP_E_LIMIT beyond these. The sweep of each target is kept at the nodes it passed, and each
 * source looks there (Knopp et al., ALENEX 2007); exact like amp_roads_reach. */
AMP_MUST amp_err amp_roads_matrix(struct amp_road_query *query, const struct amp_metric *metric,
                                  const struct amp_snap *from, size_t from_n,
                                  const struct amp_snap *to, size_t to_n, uint32_t *out_ms);

#endif
