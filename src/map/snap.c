/*
 * From a position to the roads near it.
 *
 * The tree is walked nearest box first, and what is farther than the worst of the best so far is
 * not looked at; so a city asks of few pieces and a desert still finds its track. Longitudes are
 * compared the short way round.
 */
#include "map/roads_in.h"
#include "map/roads_slow.h"

#include <math.h>
#include <string.h>

enum {
    HEADING_TOLERANCE_DEG = 60,
    HEADING_PENALTY_M = 40, /* a road that runs otherwise ranks as if this much farther */
    SPEED_PENALTY_M = 40,   /* one on which nobody drives as fast */
    CLASS_PENALTY_M = 30,   /* a motorway beside a street, or a street beside a motorway */
    LEVEL_PENALTY_M = 20,   /* another level, or in a tunnel when the one before was not */
    STRANGE_PENALTY_M = 5,  /* any other road that does not touch the one before */
    FERRY_PENALTY_M = 300,  /* nobody waits on the water */
    ISLAND_PENALTY_M = 100, /* of a road that leads nowhere: islands.c */
    STACK_MAX = AMP_ROAD_FANOUT * AMP_ROAD_TREE_LEVELS + 1,
};
#define E7_PER_M (1e7 / 111195.08)     /* latitude */
static const double speed_slack = 1.4; /* of what a road usually allows */
static const double speed_slack_mps = 4;
static const double rounding_m = 1e-6;

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
    const struct amp_snap_hint *hint;
    struct amp_pos pos;
    double lat_m, lon_m; /* metres of 1e-7 degree here */
    double bound_m;      /* nothing farther can matter */
    struct candidate best[CANDIDATES_MAX];
    size_t n, cap;
};

static const struct amp_snap_hint no_hint = {-1, -1, NULL};

static struct collector collector_make(const struct amp_roads *roads, enum amp_profile profile,
                                       struct amp_pos pos, const struct amp_snap_hint *hint)
{
    return (struct collector){.roads = roads,
                              .profile = profile,
                              .hint = hint != NULL ? hint : &no_hint,
                              .pos = pos,
                              .lat_m = 1 / E7_PER_M,
                              .lon_m = cos(amp_lat_deg(pos) * M_PI / 180) / E7_PER_M};
}

static bool usable(const struct collector *col, uint32_t seg)
{
    if (col->metric != NULL) {
        return amp_snap_usable(col->metric, seg);
    }
    return amp_seg_usable(col->roads, col->profile, seg);
}

static bool drivable(const struct collector *col, uint32_t seg, uint32_t dir)
{
    return amp_base_run_ms(col->roads, col->profile, 2 * seg + dir) < AMP_ROAD_INF;
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

static const struct amp_road_kind *kind_of(const struct collector *col, uint32_t seg)
{
    return &col->roads->kind[col->roads->seg[seg].kind];
}

/* ---- what makes a road unlikely ---- */

static double heading_penalty_m(const struct collector *col, uint32_t seg, uint32_t piece)
{
    double along_deg = amp_pos_bearing_deg(amp_seg_point(col->roads, seg, piece),
                                           amp_seg_point(col->roads, seg, piece + 1));
    double turn = angle_between(along_deg, col->hint->heading_deg);
    bool fits = (turn <= HEADING_TOLERANCE_DEG && drivable(col, seg, 0)) ||
                (180 - turn <= HEADING_TOLERANCE_DEG && drivable(col, seg, 1));
    return fits ? 0 : HEADING_PENALTY_M;
}

/* Who drives as fast is not on a road where nobody could. */
static double speed_penalty_m(const struct collector *col, uint32_t seg)
{
    const struct amp_road_kind *kind = kind_of(col, seg);
    double limit = fmax(kind->limit_kmh10[0], kind->limit_kmh10[1]) / 10;
    double usual_mps = fmax(amp_class_row_of(kind->road_class)->kmh, limit) / 3.6;
    bool ferry = amp_road_class_is_ferry(kind->road_class);
    return !ferry && col->hint->speed_mps > usual_mps * speed_slack + speed_slack_mps
               ? SPEED_PENALTY_M
               : 0;
}

static bool touches(const struct amp_roads *rd, uint32_t a, uint32_t b)
{
    const struct amp_road_seg *x = &rd->seg[a];
    const struct amp_road_seg *y = &rd->seg[b];
    return x->from == y->from || x->from == y->to || x->to == y->from || x->to == y->to;
}

/* A vehicle does not leave its road except where roads meet. */
static double before_penalty_m(const struct collector *col, uint32_t seg)
{
    const struct amp_roads *rd = col->roads;
    uint32_t before = col->hint->before->segment;
    if (before >= rd->seg_n || before == seg || touches(rd, before, seg)) {
        return 0;
    }
    const struct amp_road_way *now = &rd->way[rd->seg[seg].way];
    const struct amp_road_way *then = &rd->way[rd->seg[before].way];
    if (now == then || (now->name != 0 && now->name == then->name)) {
        return 0;
    }
    uint16_t other = kind_of(col, seg)->flags ^ kind_of(col, before)->flags;
    double penalty = STRANGE_PENALTY_M;
    if (amp_road_class_is_motorway(now->road_class) !=
        amp_road_class_is_motorway(then->road_class)) {
        penalty += CLASS_PENALTY_M;
    }
    if (now->layer != then->layer || (other & (AMP_ROAD_TUNNEL | AMP_ROAD_BRIDGE)) != 0) {
        penalty += LEVEL_PENALTY_M;
    }
    return penalty;
}

/* A position on a junction lies on all its roads: it is best held by one that leads both ways and
 * asks nothing, or a crew there would begin by driving a oneway street to its end. */
static const double junction_tie_m = 0.02;

static double penalty_m(const struct collector *col, uint32_t seg, uint32_t piece)
{
    const struct amp_road_kind *kind = kind_of(col, seg);
    double penalty = connected(col, seg) ? 0 : ISLAND_PENALTY_M;
    if (amp_road_class_is_ferry(kind->road_class)) {
        penalty += FERRY_PENALTY_M;
    }
    const uint8_t *access = kind->access[amp_profile_group(col->profile)];
    bool asks = access[0] != AMP_ACCESS_OPEN || access[1] != AMP_ACCESS_OPEN;
    if (asks || !drivable(col, seg, 0) || !drivable(col, seg, 1)) {
        penalty += junction_tie_m;
    }
    penalty += col->hint->heading_deg >= 0 ? heading_penalty_m(col, seg, piece) : 0;
    penalty += col->hint->speed_mps > 0 ? speed_penalty_m(col, seg) : 0;
    return penalty + (col->hint->before != NULL ? before_penalty_m(col, seg) : 0);
}

/* ---- the best so far ---- */

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

static void candidate_put(struct collector *col, const struct candidate *one)
{
    const struct amp_road_seg *seg = col->roads->seg;
    for (size_t i = 0; i < col->n; i++) {
        if (seg[col->best[i].seg].way == seg[one->seg].way) {
            if (!better(one, &col->best[i])) {
                return;
            }
            candidate_drop(col, i);
            break;
        }
    }
    if (col->n == col->cap && !better(one, &col->best[col->n - 1])) {
        return;
    }
    col->n -= col->n == col->cap ? 1 : 0;
    size_t at = col->n;
    while (at > 0 && better(one, &col->best[at - 1])) {
        col->best[at] = col->best[at - 1];
        at--;
    }
    col->best[at] = *one;
    col->n++;
    if (col->n == col->cap) {
        col->bound_m = fmin(col->bound_m, col->best[col->n - 1].rank_m);
    }
}

/* As amp_segment_near, with what does not change between pieces worked out before. */
static double piece_near(const struct collector *col, struct amp_pos a, struct amp_pos b,
                         double *out_share)
{
    double ax = amp_lon_delta_e7(col->pos.lon_e7, a.lon_e7) * col->lon_m;
    double ay = ((double)a.lat_e7 - col->pos.lat_e7) * col->lat_m;
    double dx = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * col->lon_m;
    double dy = ((double)b.lat_e7 - a.lat_e7) * col->lat_m;
    double length2 = dx * dx + dy * dy;
    double share = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0.0;
    share = share > 0 ? share < 1 ? share : 1 : 0;
    *out_share = share;
    double x = ax + share * dx, y = ay + share * dy;
    return sqrt(x * x + y * y);
}

static void item_collect(struct collector *col, const struct amp_road_item *item)
{
    double share = 0;
    if (!usable(col, item->seg)) {
        return;
    }
    double dist_m = piece_near(col, amp_seg_point(col->roads, item->seg, item->piece),
                               amp_seg_point(col->roads, item->seg, item->piece + 1), &share);
    if (dist_m <= col->bound_m) {
        struct candidate one = {item->seg, item->piece, share, dist_m,
                                dist_m + penalty_m(col, item->seg, item->piece)};
        candidate_put(col, &one);
    }
}

/* ---- the walk ---- */

struct near_spot {
    uint32_t level, index;
    double dist2_m2;
};

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The square of how far a box is at least. Boxes do not wrap; the way round the world may be the
 * shorter one. */
static double gap2_m2(const struct collector *col, double south_e7, double west_e7, double north_e7,
                      double east_e7)
{
    static const double round_e7 = 3.6e9;
    double lon = col->pos.lon_e7, lat = col->pos.lat_e7;
    double direct = larger(west_e7 - lon, lon - east_e7);
    double around = round_e7 - larger(east_e7 - lon, lon - west_e7);
    double x = larger(direct < around ? direct : around, 0) * col->lon_m;
    double y = larger(larger(south_e7 - lat, lat - north_e7), 0) * col->lat_m;
    return x * x + y * y;
}

static double bound2_m2(const struct collector *col)
{
    double bound_m = col->bound_m + rounding_m;
    return bound_m * bound_m;
}

/* Push what is below a box, the nearest last: the first one found rules most of the others out. */
static uint32_t spots_push(const struct collector *col, const struct near_spot *at,
                           struct near_spot *stack, uint32_t n)
{
    const struct amp_roads *rd = col->roads;
    uint32_t begin = n, best = n;
    uint32_t below = at->index * AMP_ROAD_FANOUT;
    uint32_t level = at->level - 1;
    uint32_t count = rd->level_first[at->level] - rd->level_first[level];
    uint32_t end = below + AMP_ROAD_FANOUT < count ? below + AMP_ROAD_FANOUT : count;
    double bound2 = bound2_m2(col);
    for (uint32_t i = below; i < end; i++) {
        const struct amp_box *box = &rd->box[rd->level_first[level] + i];
        double dist2 = gap2_m2(col, box->south_e7, box->west_e7, box->north_e7, box->east_e7);
        if (dist2 <= bound2) {
            best = n == begin || dist2 < stack[best].dist2_m2 ? n : best;
            stack[n++] = (struct near_spot){level, i, dist2};
        }
    }
    if (n > begin) {
        struct near_spot nearest = stack[best];
        stack[best] = stack[n - 1];
        stack[n - 1] = nearest;
    }
    return n;
}

/* The pieces of a box, by what is coarsely around them; the nearest first. */
static void leaf_collect(struct collector *col, uint32_t index)
{
    const struct amp_roads *rd = col->roads;
    const struct amp_box *box = &rd->box[index];
    double lat_cell = (double)amp_box_cell(box->south_e7, box->north_e7);
    double lon_cell = (double)amp_box_cell(box->west_e7, box->east_e7);
    size_t first = (size_t)index * AMP_ROAD_FANOUT;
    size_t end = first + AMP_ROAD_FANOUT < rd->item_n ? first + AMP_ROAD_FANOUT : rd->item_n;
    double dist2[AMP_ROAD_FANOUT];
    size_t best = first;
    for (size_t i = first; i < end; i++) {
        const struct amp_road_item *item = &rd->item[i];
        dist2[i - first] = gap2_m2(
            col, box->south_e7 + item->south * lat_cell, box->west_e7 + item->west * lon_cell,
            box->south_e7 + item->north * lat_cell, box->west_e7 + item->east * lon_cell);
        best = dist2[i - first] < dist2[best - first] ? i : best;
    }
    if (first < end && dist2[best - first] <= bound2_m2(col)) {
        item_collect(col, &rd->item[best]);
        for (size_t i = first; i < end; i++) {
            if (i != best && dist2[i - first] <= bound2_m2(col)) {
                item_collect(col, &rd->item[i]);
            }
        }
    }
}

static void collect(struct collector *col, double max_m)
{
    const struct amp_roads *rd = col->roads;
    struct near_spot stack[STACK_MAX];
    uint32_t n = 0;
    col->bound_m = max_m;
    if (rd->level_n > 0) {
        stack[n++] = (struct near_spot){rd->level_n - 1, 0, 0};
    }
    while (n > 0) {
        struct near_spot at = stack[--n];
        if (at.dist2_m2 > bound2_m2(col)) {
            continue;
        }
        if (at.level > 0) {
            n = spots_push(col, &at, stack, n);
        } else {
            leaf_collect(col, at.index);
        }
    }
}

/* ---- what is found ---- */

/* Metres along the segment to the candidate. Short ones are measured on the plane of the search:
 * what that is off by stretches the whole alike. */
static double along_m(const struct collector *col, const struct candidate *one, double *all_m)
{
    enum {
        PLANE_M = 5000
    };
    const struct amp_roads *rd = col->roads;
    bool plane = rd->seg[one->seg].length_mm < PLANE_M * 1000;
    double at_m = 0, sum_m = 0;
    uint32_t n = amp_seg_points(rd, one->seg);
    for (uint32_t i = 0; i + 1 < n; i++) {
        struct amp_pos a = amp_seg_point(rd, one->seg, i), b = amp_seg_point(rd, one->seg, i + 1);
        double dx = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * col->lon_m;
        double dy = ((double)b.lat_e7 - a.lat_e7) * col->lat_m;
        double piece_m = plane ? sqrt(dx * dx + dy * dy) : amp_pos_distance_m(a, b);
        at_m = i == one->piece ? sum_m + one->share * piece_m : at_m;
        sum_m += piece_m;
    }
    *all_m = sum_m;
    return at_m;
}

/* Right of the line from a to b is 1, left -1; too near to tell is 0. */
static int side_of(const struct collector *col, struct amp_pos a, struct amp_pos b, double dist_m)
{
    static const double upon_m = 1;
    double dx = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * col->lon_m;
    double dy = ((double)b.lat_e7 - a.lat_e7) * col->lat_m;
    double px = amp_lon_delta_e7(a.lon_e7, col->pos.lon_e7) * col->lon_m;
    double py = ((double)col->pos.lat_e7 - a.lat_e7) * col->lat_m;
    double left = dx * py - dy * px;
    return dist_m < upon_m ? 0 : left > 0 ? -1 : 1;
}

static void snap_fill(const struct collector *col, const struct candidate *one,
                      struct amp_snap *out)
{
    const struct amp_roads *rd = col->roads;
    const struct amp_road_way *way = &rd->way[rd->seg[one->seg].way];
    const struct amp_road_kind *kind = kind_of(col, one->seg);
    struct amp_pos a = amp_seg_point(rd, one->seg, one->piece);
    struct amp_pos b = amp_seg_point(rd, one->seg, one->piece + 1);
    bool along = drivable(col, one->seg, 0), against = drivable(col, one->seg, 1);
    double all_m = 0;
    double at_m = along_m(col, one, &all_m);
    *out = (struct amp_snap){.segment = one->seg,
                             .share = all_m > 0 ? fmin(at_m / all_m, 1) : 0,
                             .at = amp_pos_between(a, b, one->share),
                             .dist_m = one->dist_m,
                             .bearing_deg = amp_pos_bearing_deg(a, b),
                             .street = amp_seg_street(rd, one->seg),
                             .road_class = amp_road_class_name(way->road_class),
                             .layer = way->layer,
                             .routable = connected(col, one->seg),
                             .bridge = (kind->flags & AMP_ROAD_BRIDGE) != 0,
                             .tunnel = (kind->flags & AMP_ROAD_TUNNEL) != 0,
                             .oneway = along == against ? 0
                                       : along          ? 1
                                                        : -1,
                             .side = side_of(col, a, b, one->dist_m),
                             .way = way->id};
}

static bool asked_well(struct amp_pos pos, double max_m, size_t cap)
{
    return cap > 0 && max_m > 0 && amp_pos_valid(pos.lat_e7, pos.lon_e7);
}

amp_err amp_roads_snap_hinted(const struct amp_roads *roads, enum amp_profile profile,
                              struct amp_pos pos, double max_m, const struct amp_snap_hint *hint,
                              struct amp_snap *out, size_t cap, size_t *out_n)
{
    if (!asked_well(pos, max_m, cap)) {
        return AMP_E_RANGE;
    }
    struct collector col = collector_make(roads, profile, pos, hint);
    col.cap = cap < CANDIDATES_MAX ? cap : CANDIDATES_MAX;
    collect(&col, max_m);
    for (size_t i = 0; i < col.n; i++) {
        snap_fill(&col, &col.best[i], &out[i]);
    }
    *out_n = col.n;
    return AMP_OK;
}

amp_err amp_roads_snap(const struct amp_roads *roads, enum amp_profile profile, struct amp_pos pos,
                       double max_m, double heading_deg, struct amp_snap *out, size_t cap,
                       size_t *out_n)
{
    struct amp_snap_hint hint = {heading_deg, -1, NULL};
    return amp_roads_snap_hinted(roads, profile, pos, max_m, &hint, out, cap, out_n);
}

amp_err amp_roads_slow_snap(const struct amp_roads *roads, enum amp_profile profile,
                            struct amp_pos pos, double max_m, const struct amp_snap_hint *hint,
                            struct amp_snap *out, size_t cap, size_t *out_n)
{
    if (!asked_well(pos, max_m, cap)) {
        return AMP_E_RANGE;
    }
    struct collector col = collector_make(roads, profile, pos, hint);
    col.cap = CANDIDATES_MAX < cap ? CANDIDATES_MAX : cap;
    for (size_t i = 0; i < roads->item_n; i++) {
        col.bound_m = max_m; /* every piece is judged by itself */
        item_collect(&col, &roads->item[i]);
    }
    for (size_t i = 0; i < col.n; i++) {
        snap_fill(&col, &col.best[i], &out[i]);
    }
    *out_n = col.n;
    return AMP_OK;
}

amp_err amp_snap_open(const struct amp_roads *roads, const struct amp_metric *metric,
                      enum amp_profile profile, struct amp_pos pos, struct amp_snap *out)
{
    struct collector col = collector_make(roads, profile, pos, NULL);
    col.metric = metric;
    col.cap = 1;
    collect(&col, AMP_SNAP_MAX_M);
    if (col.n == 0) {
        return AMP_E_NO_ROUTE;
    }
    snap_fill(&col, &col.best[0], out);
    return AMP_OK;
}
