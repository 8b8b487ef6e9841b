/*
 * What the files behind roads.h share: the sections of the file, the opened graph, its scratch.
 *
 * Words. A vertex is an OSM node where roads meet, end, or have a barrier. A segment is a piece of
 * a way between two vertices. A base arc is a segment driven one way: 2 * segment + (0 along its
 * points, 1 against). A node is a vertex together with what was driven before it, as far as a turn
 * restriction remembers that; the plain node of a vertex remembers nothing. An arc leads from node
 * to node over a base arc. Nodes are numbered by their rank in the elimination order.
 *
 * Invariants of the sections (amp_roads_open refuses a file that breaks one):
 *  1. every index is below the count of what it points at, every first-array ascends and ends
 * there;
 *  2. an arc's nodes stand at the ends of its base arc, and each vertex has its plain node;
 *  3. the up-neighbours of a node are sorted, higher than it, and without the first one they are
 * all up-neighbours of the first one (so the graph is chordal and the first one is the tree
 * parent), and every subtree of that tree is a range of nodes, its root the last;
 *  4. every arc that is no loop runs along an up-arc;
 *  5. times are at most AMP_ROAD_INF, which means closed;
 *  6. conditions of turns ascend by arc, and what they and the kinds say is in range.
 */
#ifndef AMP_MAP_ROADS_IN_H
#define AMP_MAP_ROADS_IN_H

#include "base/buf.h"
#include "map/roads.h"
#include "map/rules.h"
#include <stdatomic.h>

#define AMP_ROAD_NONE UINT32_MAX

enum {
    AMP_ROAD_FANOUT = 16,      /* of the snapping tree */
    AMP_ROAD_TREE_LEVELS = 10, /* 16^10 pieces */
    AMP_ROAD_BUILD_GIB = 64,   /* most memory one array of a build may take */
    AMP_CLOSURE_RADIUS_M = 50000,
};

/* What may cost time where one comes to a vertex. */
enum amp_toll {
    AMP_TOLL_BARRIER = 1,
    AMP_TOLL_LANDING = 2 /* a ferry meets a road there */
};

struct amp_road_seg {
    uint32_t from, to;    /* vertices */
    uint32_t point_first; /* inner points reach up to the next segment's */
    uint32_t way;
    uint32_t length_mm;
    uint32_t kind; /* map/road_kind.h: with the settings of a profile it gives the time */
};

struct amp_road_way {
    int64_t id;    /* OSM way */
    uint32_t name; /* offset into the names, 0 is "" */
    uint32_t ref;  /* "N 14": the same; 0 where the name is the ref */
    uint8_t road_class;
    int8_t layer;
    uint8_t spare[6];
};

struct amp_road_item { /* piece `piece` of a segment: from its point `piece` to the next */
    uint32_t seg;
    uint32_t piece;
    uint8_t south, west, north, east; /* around it, in cells of the box it is in: amp_box_cell */
};
/* The size of a cell of a box that is so wide or high: 255 of them cover it. */
static inline int64_t amp_box_cell(int32_t low_e7, int32_t high_e7)
{
    return ((int64_t)high_e7 - low_e7) / UINT8_MAX + 1;
}

struct amp_road_meta {
    uint64_t restrictions;
    uint64_t restrictions_dropped;
    uint64_t conditions;        /* conditional tags and restrictions that are understood */
    uint64_t conditions_unread; /* and those that are not: they hold at any time */
    uint64_t left_hand;         /* 1 where one drives on the left */
};

struct amp_roads_life { /* how long opened roads live, and what they are made of */
    atomic_uint refs;
    struct amp_roads *self;
    const struct amp_roads *graph; /* those that were opened; self, but for another hour */
};

struct amp_roads {
    struct amp_roads_life *life;
    /* sections, in the mapped file */
    const struct amp_road_meta *meta;
    const struct amp_pos *vertex_pos;
    const int64_t *vertex_id; /* OSM nodes */
    const uint32_t *root;     /* plain node of each vertex */
    const struct amp_road_barrier *barrier;
    const struct amp_road_seg *seg; /* seg_n + 1 */
    const struct amp_pos *point;
    const struct amp_road_way *way;
    const struct amp_road_kind *kind;
    const struct amp_road_cond *cond;
    const struct amp_hours_row *hour;
    const struct amp_road_turn_cond *turn; /* ascending by arc */
    const char *name;
    const uint32_t *node_vertex;
    const uint32_t *arc_first; /* node_n + 1 */
    const uint32_t *arc_head;
    const uint32_t *arc_base;
    const uint8_t *arc_mask_file; /* as below, with all conditions holding */
    const uint8_t *arc_mask;      /* bit p: no turn restriction keeps profile p from it */
    const uint32_t *up_first;     /* node_n + 1 */
    const uint32_t *up_head;
    const struct amp_road_item *item;
    const struct amp_box *box; /* of the tree, leaves' parents first; a box here never wraps */
    size_t vertex_n, barrier_n, seg_n, point_n, way_n, name_n, node_n, arc_n, up_n, item_n, box_n;
    size_t kind_n, cond_n, hour_n, turn_n;

    /* made at open */
    struct amp_arena arena;
    struct amp_rules rules; /* of amp_roads_tune: what the profiles may do, and how fast */
    uint32_t *arc_tail;
    uint32_t *arc_up;     /* the up-arc an arc runs along; AMP_ROAD_NONE for a loop */
    uint32_t *base_first; /* 2 * seg_n + 1 */
    uint32_t *base_arc;   /* the arcs over each base arc */
    uint32_t *up_tail;
    uint32_t *down_first;     /* node_n + 1 */
    uint32_t *down_arc;       /* up-arcs by head, tails ascending */
    uint32_t *vertex_barrier; /* into barrier, or AMP_ROAD_NONE */
    uint8_t *toll;            /* of a vertex: enum amp_toll; most are 0 */
    uint8_t *connected;       /* of each segment, bit p: to the network, both ways, for profile p */
    uint32_t level_first[AMP_ROAD_TREE_LEVELS + 1];
    uint32_t level_n;
    uint32_t seeds_max;
    uint32_t up_most; /* up-arcs of one node */
};

static inline const struct amp_roads *amp_roads_ref(const struct amp_roads *roads)
{
    atomic_fetch_add_explicit(&roads->life->refs, 1, memory_order_relaxed);
    return roads;
}
void amp_roads_unref(const struct amp_roads *roads); /* accepts NULL */
struct amp_roads *amp_roads_alloc(void);             /* empty, held once; NULL without memory */

struct amp_metric_pool; /* metric.c */
struct amp_metric_step;

enum {
    AMP_METRIC_PAST = 8 /* changes that a metric remembers */
};

struct amp_metric {
    const struct amp_roads *roads; /* held */
    atomic_uint refs;
    enum amp_profile profile;
    uint32_t *weight;  /* of each arc */
    uint32_t *up;      /* of each up-arc, from tail to head */
    uint32_t *down;    /* from head to tail */
    uint16_t *percent; /* of the usual time of each base arc: 100, 0 if closed, else more */

    /* metric.c: how it came to be */
    struct amp_buf mark; /* struct amp_closing_mark: where percent is not 100, ascending by base */
    struct amp_metric_pool *pool;
    uint64_t id;                                   /* in the pool */
    struct amp_metric_step *past[AMP_METRIC_PAST]; /* the changes that led here, newest first */
    size_t past_n;
};

/* One end of a search: a node and what it costs to come from there or to get there. */
struct amp_seed {
    uint32_t node;
    uint32_t cost_ms;
    uint32_t base; /* the base arc of the end itself */
};

#define AMP_ROAD_ABOVE UINT32_C(0x80000000) /* of a pred: the up-arc leads back */

struct amp_sweep { /* one elimination-tree sweep */
    uint32_t *dist;
    uint32_t *pred;    /* up-arc by which a node was reached, perhaps with AMP_ROAD_ABOVE;
                        * AMP_ROAD_NONE for a seed */
    uint32_t *visited; /* in ascending order */
    uint32_t visited_n;
};

struct amp_road_query {
    const struct amp_roads *roads;
    struct amp_sweep side[2]; /* 0 from the sources, 1 from the targets */
    uint8_t *known;           /* of reach: the distance to the target is final */
    struct amp_seed *seed[2];
    uint32_t *front;
    struct amp_buf stack; /* uint32_t: up-arcs to unpack, lowest bit 1 when driven downwards */
    struct amp_buf path;  /* uint32_t: arcs in driving order */
    struct amp_arena arena;
};

/* Part of a route: one base arc from share to share (0 is the end where driving it begins). */
struct amp_road_step {
    uint32_t base;
    uint32_t time_ms;  /* with `enter_ms` */
    uint32_t enter_ms; /* for what stands at the end of the arc, if it is driven through */
    uint32_t length_mm;
    double begin, end;
};

struct amp_road_path {
    uint32_t time_ms;
    struct amp_road_step *step;
    size_t step_n;
};

/* graph.c: geometry and names of the opened graph */
struct amp_pos amp_seg_point(const struct amp_roads *roads, uint32_t seg, uint32_t i);
uint32_t amp_seg_points(const struct amp_roads *roads, uint32_t seg);
double amp_seg_length_m(const struct amp_roads *roads, uint32_t seg);
struct amp_str amp_seg_street(const struct amp_roads *roads, uint32_t seg);
/* What it costs to leave a base arc through its far end. */
uint32_t amp_base_enter_ms(const struct amp_roads *roads, enum amp_profile profile, uint32_t base);
static inline uint32_t amp_base_tail(const struct amp_roads *roads, uint32_t base)
{
    const struct amp_road_seg *seg = &roads->seg[base >> 1];
    return base & 1 ? seg->to : seg->from;
}
static inline uint32_t amp_base_head(const struct amp_roads *roads, uint32_t base)
{
    const struct amp_road_seg *seg = &roads->seg[base >> 1];
    return base & 1 ? seg->from : seg->to;
}
/* The time to drive a base arc from end to end; AMP_ROAD_INF if the profile may not. */
static inline uint32_t amp_base_run_ms(const struct amp_roads *roads, enum amp_profile profile,
                                       uint32_t base)
{
    const struct amp_road_seg *seg = &roads->seg[base >> 1];
    return amp_pace_ms(roads->rules.pace[profile][2 * seg->kind + (base & 1)], seg->length_mm);
}
/* The same with the closures that a metric knows. */
static inline uint32_t amp_metric_run_ms(const struct amp_metric *metric, uint32_t base)
{
    uint32_t run_ms = amp_base_run_ms(metric->roads, metric->profile, base);
    uint32_t percent = metric->percent[base];
    if (percent == 100 || run_ms >= AMP_ROAD_INF) {
        return run_ms;
    }
    uint64_t slow_ms = ((uint64_t)run_ms * percent + 99) / 100;
    return percent == 0 || slow_ms >= AMP_ROAD_INF ? AMP_ROAD_INF : (uint32_t)slow_ms;
}
static inline bool amp_seg_usable(const struct amp_roads *roads, enum amp_profile profile,
                                  uint32_t seg)
{
    const uint32_t *pace = &roads->rules.pace[profile][2 * (size_t)roads->seg[seg].kind];
    return pace[0] != AMP_PACE_NONE || pace[1] != AMP_PACE_NONE;
}
static inline uint32_t amp_ms_add(uint32_t a, uint32_t b)
{
    uint32_t sum = a + b;
    return sum < AMP_ROAD_INF ? sum : AMP_ROAD_INF;
}
/* roads_open.c: first[k]..first[k + 1] of out lists the i with key[i] == k, ascending; first has
 * n + 2 zeroed entries. */
void amp_group_by(const uint32_t *key, size_t key_n, size_t n, uint32_t *first, uint32_t *out);
/* islands.c: `connected` of the profiles whose bits are set */
AMP_MUST amp_err amp_islands_find(struct amp_roads *roads, unsigned profiles);

/* cch.c */
void amp_cch_sweep(struct amp_road_query *query, const struct amp_metric *metric, int side,
                   size_t seed_n);
void amp_cch_clear(struct amp_sweep *sweep);
/* The arcs between the best seeds of both sides, in driving order, into query->path. */
AMP_MUST amp_err amp_cch_path(struct amp_road_query *query, const struct amp_metric *metric,
                              uint32_t meet);
/* The up-arc from low to high; AMP_ROAD_NONE if there is none. */
uint32_t amp_cch_find(const struct amp_roads *roads, uint32_t low, uint32_t high);

/* customize.c: all weights of a metric from its percents, by so many threads (the caller's is one
 * of them; fewer if the system gives no more). The result does not depend on their number. */
AMP_MUST amp_err amp_cch_customize(struct amp_metric *metric, unsigned threads);
/* What an arc costs by the percents of its metric; what its weight is made of. */
uint32_t amp_arc_cost_ms(const struct amp_metric *metric, uint32_t arc);
/* customize_part.c: the same from weights that were right until those of some arcs changed.
 * changed: the arcs (uint32_t), whose weight is the new one already. *up gets the up-arcs
 * (uint32_t) that weigh otherwise than before, ascending. After an error the weights are useless.
 */
AMP_MUST amp_err amp_cch_update(struct amp_metric *metric, const struct amp_buf *changed,
                                struct amp_buf *up);

/* ends.c: how a snapped position enters and leaves the graph */
bool amp_snap_usable(const struct amp_metric *metric, uint32_t seg);
size_t amp_seeds_from(const struct amp_metric *metric, const struct amp_snap *from,
                      struct amp_seed *out);
size_t amp_seeds_to(const struct amp_metric *metric, const struct amp_snap *to,
                    struct amp_seed *out);
/* Driving along one segment only; AMP_ROAD_INF when one has to leave it. */
uint32_t amp_direct_ms(const struct amp_metric *metric, const struct amp_snap *from,
                       const struct amp_snap *to, uint32_t *out_base);
/* From the beginning of a base arc to the snapped position. */
uint32_t amp_base_part_ms(const struct amp_metric *metric, uint32_t base, double share);

/* snap.c: as amp_roads_snap, but without the segments a metric has closed (metric may be NULL) */
AMP_MUST amp_err amp_snap_open(const struct amp_roads *roads, const struct amp_metric *metric,
                               enum amp_profile profile, struct amp_pos pos, struct amp_snap *out);
/* reach.c: a snap on a road that the metric has closed moves to the next open one: *out is snap or
 * moved. False if there is none near. */
bool amp_snap_move(const struct amp_metric *metric, const struct amp_snap *snap,
                   struct amp_snap *moved, const struct amp_snap **out);
/* Calls visit for each piece that may be within radius_m of pos; stops when it returns false. */
struct amp_snap_visit {
    void *ctx;
    void (*piece)(void *ctx, uint32_t seg, uint32_t piece, double share, double dist_m);
};
void amp_snap_search(const struct amp_roads *roads, struct amp_pos pos, double radius_m,
                     const struct amp_snap_visit *visit);

/* turnlist.c: fills route->turn; route->from and to are there already */
AMP_MUST amp_err amp_turns_make(const struct amp_roads *roads, enum amp_profile profile,
                                const struct amp_road_path *path, struct amp_arena *arena,
                                struct amp_route *route);

/* path.c: the exact steps of a fastest way between two snapped ends, for routes and for tests */
AMP_MUST amp_err amp_path_find(struct amp_road_query *query, const struct amp_metric *metric,
                               const struct amp_snap *from, const struct amp_snap *to,
                               struct amp_arena *arena, struct amp_road_path *out);
/* The same over a node that both sweeps have passed, which need not be on a fastest way. */
struct amp_road_via {
    uint32_t meet;
    size_t seed_n[2];
    const struct amp_snap *from, *to;
};
AMP_MUST amp_err amp_path_via(struct amp_road_query *query, const struct amp_metric *metric,
                              const struct amp_road_via *via, struct amp_arena *arena,
                              struct amp_road_path *out);

/* route.c: what a person reads of a path; from and to of the route are there already */
AMP_MUST amp_err amp_route_read(const struct amp_metric *metric, const struct amp_road_path *path,
                                struct amp_arena *arena, struct amp_route *route,
                                struct amp_why *why);

#endif
