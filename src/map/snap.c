/*
 * From a position to the roads near it.
 *
 * The radius grows until as many roads as wanted are within it, so a city asks of few pieces and a
 * desert still finds its track. Longitudes are compared the short way round.
 */
#include "map/roads_in.h"

#include <math.h>
#include <string.h>

enum {
    RADIUS_FIRST_M = 60,
    RADIUS_FACTOR = 4,
    HEADING_TOLERANCE_DEG = 60,
    HEADING_PENALTY_M = 40, /* a road that runs otherwise ranks as if this much farther */
    FERRY_PENALTY_M = 300,  /* nobody waits on the water */
    ISLAND_PENALTY_M = 100, /* of a road that leads nowhere: islands.c */
    STACK_MAX = AMP_ROAD_FANOUT * AMP_ROAD_TREE_LEVELS + 1,
};
#define E7_PER_M (1e7 / 111195.08) /* latitude */

/* A position with what is within its reach, in 1e-7 degrees. */
struct reach {
    struct amp_pos pos;
    double lat_e7;
    double lon_e7;
};

static struct reach reach_make(struct amp_pos pos, double radius_m)
{
    struct reach reach = {.pos = pos, .lat_e7 = radius_m * 1.01 * E7_PER_M + 2};
    double lat_deg = fabs(amp_lat_deg(pos)) + reach.lat_e7 / 1e7;
    double shrink = cos(fmin(lat_deg, 90) * M_PI / 180);
    reach.lon_e7 = shrink > 1e-3 ? fmin(reach.lat_e7 / shrink, 3.6e9) : 3.6e9;
    return reach;
}

static bool box_within(const struct reach *reach, const struct amp_box *box)
{
    double lat = reach->pos.lat_e7;
    if (lat + reach->lat_e7 < box->south_e7 || lat - reach->lat_e7 > box->north_e7) {
        return false;
    }
    for (int turn = -1; turn <= 1; turn++) {
        double lon = reach->pos.lon_e7 + turn * 3.6e9;
        if (lon + reach->lon_e7 >= box->west_e7 && lon - reach->lon_e7 <= box->east_e7) {
            return true;
        }
    }
    return false;
}

static void leaf_visit(const struct amp_roads *roads, size_t first, struct amp_pos pos,
                       double radius_m, const struct amp_snap_visit *visit)
{
    for (size_t i = first; i < roads->item_n && i < first + AMP_ROAD_FANOUT; i++) {
        const struct amp_road_item *item = &roads->item[i];
        double share = 0;
        double dist_m = amp_segment_near(pos, amp_seg_point(roads, item->seg, item->piece),
                                         amp_seg_point(roads, item->seg, item->piece + 1), &share);
        if (dist_m <= radius_m) {
            visit->piece(visit->ctx, item->seg, item->piece, share, dist_m);
        }
    }
}

struct spot { /* a box of the tree */
    uint32_t level;
    uint32_t index;
};

void amp_snap_search(const struct amp_roads *roads, struct amp_pos pos, double radius_m,
                     const struct amp_snap_visit *visit)
{
    struct reach reach = reach_make(pos, radius_m);
    struct spot stack[STACK_MAX];
    uint32_t n = 0;
    if (roads->level_n > 0) {
        stack[n++] = (struct spot){roads->level_n - 1, 0};
    }
    while (n > 0) {
        struct spot at = stack[--n];
        if (!box_within(&reach, &roads->box[roads->level_first[at.level] + at.index])) {
            continue;
        }
        uint32_t below = at.index * AMP_ROAD_FANOUT;
        if (at.level == 0) {
            leaf_visit(roads, below, pos, radius_m, visit);
            continue;
        }
        uint32_t count = roads->level_first[at.level] - roads->level_first[at.level - 1];
        for (uint32_t i = below; i < count && i < below + AMP_ROAD_FANOUT; i++) {
            stack[n++] = (struct spot){at.level - 1, i};
        }
    }
}

/* The best so far, in order. */
struct candidate {
    uint32_t seg, piece;
    double share, dist_m, rank_m;
};

enum {
    CANDIDATES_MAX = 64
};
struct collector {
    const struct amp_roads *roads;
    const struct amp_metric *metric; /* may be NULL */
    enum amp_profile profile;
    double heading_deg;
    struct candidate best[CANDIDATES_MAX];
    size_t n, cap;
};

static bool usable(const struct collector *col, uint32_t seg)
{
    if (col->metric != NULL) {
        return amp_snap_usable(col->metric, seg);
    }
    const uint32_t *run = col->roads->seg[seg].run_ms[col->profile];
    return run[0] < AMP_ROAD_INF || run[1] < AMP_ROAD_INF;
}

static double angle_between(double a_deg, double b_deg)
{
    double turn = fabs(fmod(a_deg - b_deg, 360));
    return turn > 180 ? 360 - turn : turn;
}

static bool connected(const struct collector *col, uint32_t seg)
{
    return col->roads->connected[seg] >> col->profile & 1;
}

/* A position on a junction lies on all its roads: it is best held by one that leads both ways and
 * asks nothing, or a crew there would begin by driving a oneway street to its end. */
static const double junction_tie_m = 0.02;

static double penalty_m(const struct collector *col, uint32_t seg, uint32_t piece)
{
    const struct amp_road_seg *one = &col->roads->seg[seg];
    double penalty = connected(col, seg) ? 0 : ISLAND_PENALTY_M;
    if (amp_road_class_is_ferry(col->roads->way[one->way].road_class)) {
        penalty += FERRY_PENALTY_M;
    }
    const uint32_t *run = one->run_ms[col->profile];
    bool oneway = run[0] >= AMP_ROAD_INF || run[1] >= AMP_ROAD_INF;
    if (oneway || col->roads->way[one->way].pass != 0) {
        penalty += junction_tie_m;
    }
    if (col->heading_deg >= 0) {
        double along_deg = amp_pos_bearing_deg(amp_seg_point(col->roads, seg, piece),
                                               amp_seg_point(col->roads, seg, piece + 1));
        double turn = angle_between(along_deg, col->heading_deg);
        bool fits = (run[0] < AMP_ROAD_INF && turn <= HEADING_TOLERANCE_DEG) ||
                    (run[1] < AMP_ROAD_INF && 180 - turn <= HEADING_TOLERANCE_DEG);
        penalty += fits ? 0 : HEADING_PENALTY_M;
    }
    return penalty;
}

static bool better(const struct candidate *a, const struct candidate *b)
{
    if (a->rank_m < b->rank_m || a->rank_m > b->rank_m) {
        return a->rank_m < b->rank_m;
    }
    return a->seg < b->seg || (a->seg == b->seg && a->piece < b->piece);
}

static void candidate_drop(struct collector *col, size_t i)
{
    memmove(&col->best[i], &col->best[i + 1], (col->n - i - 1) * sizeof(col->best[0]));
    col->n--;
}

static void piece_collect(void *ctx, uint32_t seg, uint32_t piece, double share, double dist_m)
{
    struct collector *col = ctx;
    if (!usable(col, seg)) {
        return;
    }
    struct candidate one = {seg, piece, share, dist_m, dist_m + penalty_m(col, seg, piece)};
    for (size_t i = 0; i < col->n; i++) {
        if (col->roads->seg[col->best[i].seg].way == col->roads->seg[seg].way) {
            if (!better(&one, &col->best[i])) {
                return;
            }
            candidate_drop(col, i);
            break;
        }
    }
    if (col->n == col->cap && !better(&one, &col->best[col->n - 1])) {
        return;
    }
    col->n -= col->n == col->cap ? 1 : 0;
    size_t at = col->n;
    while (at > 0 && better(&one, &col->best[at - 1])) {
        col->best[at] = col->best[at - 1];
        at--;
    }
    col->best[at] = one;
    col->n++;
}

static void snap_fill(const struct collector *col, const struct candidate *one,
                      struct amp_snap *out)
{
    const struct amp_roads *rd = col->roads;
    const struct amp_road_way *way = &rd->way[rd->seg[one->seg].way];
    struct amp_pos a = amp_seg_point(rd, one->seg, one->piece);
    struct amp_pos b = amp_seg_point(rd, one->seg, one->piece + 1);
    double before_m = 0;
    for (uint32_t i = 0; i < one->piece; i++) {
        before_m +=
            amp_pos_distance_m(amp_seg_point(rd, one->seg, i), amp_seg_point(rd, one->seg, i + 1));
    }
    double all_m = amp_seg_length_m(rd, one->seg);
    double at_m = before_m + one->share * amp_pos_distance_m(a, b);
    *out = (struct amp_snap){.segment = one->seg,
                             .share = all_m > 0 ? fmin(at_m / all_m, 1) : 0,
                             .at = amp_pos_between(a, b, one->share),
                             .dist_m = one->dist_m,
                             .bearing_deg = amp_pos_bearing_deg(a, b),
                             .street = amp_seg_street(rd, one->seg),
                             .road_class = amp_road_class_name(way->road_class),
                             .layer = way->layer,
                             .routable = connected(col, one->seg)};
}

static void collect(struct collector *col, struct amp_pos pos, double max_m)
{
    struct amp_snap_visit visit = {col, piece_collect};
    for (double radius_m = RADIUS_FIRST_M;; radius_m *= RADIUS_FACTOR) {
        radius_m = fmin(radius_m, max_m);
        col->n = 0;
        amp_snap_search(col->roads, pos, radius_m, &visit);
        bool full = col->n == col->cap && col->best[col->n - 1].rank_m <= radius_m;
        if (full || radius_m >= max_m) {
            return;
        }
    }
}

amp_err amp_roads_snap(const struct amp_roads *roads, enum amp_profile profile, struct amp_pos pos,
                       double max_m, double heading_deg, struct amp_snap *out, size_t cap,
                       size_t *out_n)
{
    if (cap == 0 || !(max_m > 0) || !amp_pos_valid(pos.lat_e7, pos.lon_e7)) {
        return AMP_E_RANGE;
    }
    struct collector col = {.roads = roads,
                            .profile = profile,
                            .heading_deg = heading_deg,
                            .cap = cap < CANDIDATES_MAX ? cap : CANDIDATES_MAX};
    collect(&col, pos, max_m);
    for (size_t i = 0; i < col.n; i++) {
        snap_fill(&col, &col.best[i], &out[i]);
    }
    *out_n = col.n;
    return AMP_OK;
}

amp_err amp_snap_open(const struct amp_roads *roads, const struct amp_metric *metric,
                      enum amp_profile profile, struct amp_pos pos, struct amp_snap *out)
{
    struct collector col = {
        .roads = roads, .metric = metric, .profile = profile, .heading_deg = -1, .cap = 1};
    collect(&col, pos, AMP_SNAP_MAX_M);
    if (col.n == 0) {
        return AMP_E_NO_ROUTE;
    }
    snap_fill(&col, &col.best[0], out);
    return AMP_OK;
}
