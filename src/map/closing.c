/* From closures to base arcs: the pieces of road that each touches, gathered by segment. */
#include "map/closing.h"

#include <math.h>
#include <stdlib.h>

enum {
    LIST_MAX_GIB = 4,
    STACK_MAX = AMP_ROAD_FANOUT * AMP_ROAD_TREE_LEVELS + 1,
    NEAR_FIRST_M = 60, /* the radius in which a closed road is looked for grows from this */
    NEAR_FACTOR = 4,
    HALF_TURN_E7 = 1800000000
};

struct touch { /* of one piece; then of one segment */
    uint32_t seg, piece;
    double east, north; /* of its driving direction along the points, weighed by length */
    double along_m;     /* of a line: how far it runs along */
};

struct gathering {
    const struct amp_roads *roads;
    const struct amp_road_closure *closure;
    struct amp_closing_shape shape; /* of AREA and LINE */
    struct amp_buf touch;           /* struct touch */
    struct touch nearest;           /* of ROAD */
    double nearest_m;
};

/* ---- which way ---- */

static struct touch touch_of(const struct amp_roads *roads, uint32_t seg, uint32_t piece)
{
    struct amp_pos a = amp_seg_point(roads, seg, piece), b = amp_seg_point(roads, seg, piece + 1);
    double shrink = cos(amp_lat_deg(a) * M_PI / 180);
    return (struct touch){.seg = seg,
                          .piece = piece,
                          .east = amp_lon_delta_e7(a.lon_e7, b.lon_e7) * shrink,
                          .north = (double)b.lat_e7 - a.lat_e7};
}

/* Is driving the touched part of a segment along its points (against: direction 1) closed? A part
 * that leads nowhere, as a ring, is closed both ways. */
static bool direction_closed(const struct amp_road_closure *closure, const struct touch *touch,
                             uint32_t direction)
{
    if (closure->heading_deg < 0) {
        return true;
    }
    double heading = closure->heading_deg * M_PI / 180;
    double along = touch->east * sin(heading) + touch->north * cos(heading);
    return direction == 0 ? along >= 0 : along <= 0;
}

static bool base_drivable(const struct amp_roads *roads, uint32_t base)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        if (p != AMP_PROFILE_FOOT &&
            amp_base_run_ms(roads, (enum amp_profile)p, base) < AMP_ROAD_INF) {
            return true;
        }
    }
    return false;
}

/* ---- the pieces that a shape touches ---- */

static void piece_in_circle(void *ctx, uint32_t seg, uint32_t piece, double share, double dist_m)
{
    struct gathering *ga = ctx;
    (void)share;
    if (dist_m <= ga->closure->radius_m) {
        struct touch touch = touch_of(ga->roads, seg, piece);
        amp_buf_put(&ga->touch, &touch, sizeof(touch));
    }
}

/* The nearest road that can be driven in the closed direction at all. */
static void piece_nearest(void *ctx, uint32_t seg, uint32_t piece, double share, double dist_m)
{
    struct gathering *ga = ctx;
    (void)share;
    if (dist_m > ga->nearest_m || (dist_m >= ga->nearest_m && seg >= ga->nearest.seg)) {
        return;
    }
    struct touch touch = touch_of(ga->roads, seg, piece);
    bool fits = false;
    for (uint32_t k = 0; k < 2; k++) {
        fits = fits ||
               (direction_closed(ga->closure, &touch, k) && base_drivable(ga->roads, 2 * seg + k));
    }
    if (fits) {
        ga->nearest = touch;
        ga->nearest_m = dist_m;
    }
}

static void piece_in_shape(struct gathering *ga, uint32_t seg, uint32_t piece)
{
    struct amp_pos a = amp_seg_point(ga->roads, seg, piece);
    struct amp_pos b = amp_seg_point(ga->roads, seg, piece + 1);
    struct touch touch = touch_of(ga->roads, seg, piece);
    if (ga->closure->shape == AMP_CLOSURE_LINE) {
        touch.along_m = amp_closing_along_m(&ga->shape, a, b);
        if (touch.along_m <= 0) {
            return;
        }
    } else if (!amp_closing_touches(&ga->shape, a, b)) {
        return;
    }
    amp_buf_put(&ga->touch, &touch, sizeof(touch));
}

static bool boxes_meet(const struct amp_box *a, const struct amp_box *b)
{
    return a->south_e7 <= b->north_e7 && b->south_e7 <= a->north_e7 && a->west_e7 <= b->east_e7 &&
           b->west_e7 <= a->east_e7;
}

static bool piece_meets(const struct amp_roads *rd, const struct amp_road_item *item,
                        const struct amp_box *box)
{
    struct amp_pos a = amp_seg_point(rd, item->seg, item->piece);
    struct amp_pos b = amp_seg_point(rd, item->seg, item->piece + 1);
    bool a_south = a.lat_e7 < b.lat_e7, a_west = a.lon_e7 < b.lon_e7;
    struct amp_box piece = {.south_e7 = a_south ? a.lat_e7 : b.lat_e7,
                            .north_e7 = a_south ? b.lat_e7 : a.lat_e7,
                            .west_e7 = a_west ? a.lon_e7 : b.lon_e7,
                            .east_e7 = a_west ? b.lon_e7 : a.lon_e7};
    if ((int64_t)piece.east_e7 - piece.west_e7 > INT64_C(1800000000)) { /* over the antimeridian */
        piece.west_e7 = INT32_MIN;
        piece.east_e7 = INT32_MAX;
    }
    return boxes_meet(&piece, box);
}

/* All pieces that meet a box which does not wrap. */
static void box_gather(struct gathering *ga, const struct amp_box *box)
{
    struct {
        uint32_t level, index;
    } stack[STACK_MAX];
    const struct amp_roads *rd = ga->roads;
    uint32_t n = 0;
    if (rd->level_n > 0) {
        stack[n].level = rd->level_n - 1;
        stack[n++].index = 0;
    }
    while (n > 0) {
        uint32_t level = stack[--n].level, index = stack[n].index;
        if (!boxes_meet(&rd->box[rd->level_first[level] + index], box)) {
            continue;
        }
        size_t below = (size_t)index * AMP_ROAD_FANOUT;
        size_t count =
            level == 0 ? rd->item_n : rd->level_first[level] - rd->level_first[level - 1];
        for (size_t i = below; i < count && i < below + AMP_ROAD_FANOUT; i++) {
            if (level > 0) {
                stack[n].level = level - 1;
                stack[n++].index = (uint32_t)i;
            } else if (piece_meets(rd, &rd->item[i], box)) {
                piece_in_shape(ga, rd->item[i].seg, rd->item[i].piece);
            }
        }
    }
}

static amp_err shape_gather(struct gathering *ga, struct amp_why *why)
{
    amp_err err = amp_closing_shape(ga->closure, &ga->shape, why);
    if (err) {
        return err;
    }
    struct amp_box west = ga->shape.box, east = ga->shape.box;
    if (west.west_e7 > west.east_e7) { /* a road over the antimeridian is found in both halves */
        west.east_e7 = HALF_TURN_E7;
        east.west_e7 = -HALF_TURN_E7;
        box_gather(ga, &east);
    }
    box_gather(ga, &west);
    return AMP_OK;
}

static void road_gather(struct gathering *ga)
{
    struct amp_snap_visit visit = {ga, piece_nearest};
    for (double radius_m = NEAR_FIRST_M;; radius_m *= NEAR_FACTOR) {
        radius_m = fmin(radius_m, AMP_SNAP_MAX_M);
        amp_snap_search(ga->roads, ga->closure->at, radius_m, &visit);
        if (ga->nearest.seg != AMP_ROAD_NONE) {
            amp_buf_put(&ga->touch, &ga->nearest, sizeof(ga->nearest));
            return;
        }
        if (radius_m >= AMP_SNAP_MAX_M) {
            return; /* nothing to close here */
        }
    }
}

/* ---- from pieces to base arcs ---- */

static int touch_compare(const void *a, const void *b)
{
    const struct touch *x = a, *y = b;
    if (x->seg != y->seg) {
        return x->seg < y->seg ? -1 : 1;
    }
    return (x->piece > y->piece) - (x->piece < y->piece);
}

/* Is what was gathered of a segment enough to close it? Of a line: half of the road or of the line,
 * or a long piece, else a road that only joins or crosses it would be closed too. */
static bool segment_enough(const struct gathering *ga, const struct touch *sum)
{
    if (ga->closure->shape != AMP_CLOSURE_LINE) {
        return true;
    }
    double half_m = fmin(ga->roads->seg[sum->seg].length_mm / 1000.0, ga->shape.line_m) / 2;
    return sum->along_m >= fmin(half_m, AMP_CLOSING_LINE_LONG_M);
}

static void marks_put(struct gathering *ga, struct amp_buf *mark)
{
    struct touch *touch = (struct touch *)(void *)ga->touch.data;
    size_t n = ga->touch.len / sizeof(*touch);
    if (n > 0) {
        qsort(touch, n, sizeof(*touch), touch_compare);
    }
    for (size_t i = 0; i < n;) {
        struct touch sum = touch[i];
        for (i++; i < n && touch[i].seg == sum.seg; i++) {
            if (touch[i].piece != touch[i - 1].piece) {
                sum.east += touch[i].east;
                sum.north += touch[i].north;
                sum.along_m += touch[i].along_m;
            }
        }
        for (uint32_t k = 0; k < 2 && segment_enough(ga, &sum); k++) {
            struct amp_closing_mark one = {2 * sum.seg + k, ga->closure->time_percent};
            if (direction_closed(ga->closure, &sum, k) && base_drivable(ga->roads, one.base)) {
                amp_buf_put(mark, &one, sizeof(one));
            }
        }
    }
}

static amp_err closure_check(const struct amp_road_closure *closure, struct amp_why *why)
{
    uint32_t percent = closure->time_percent;
    if (percent != 0 && (percent <= 100 || percent > AMP_CLOSURE_SLOW_MAX)) {
        return amp_fail(why, AMP_E_RANGE,
                        "a slowed road takes 101 to %d percent of its usual time, not %u",
                        AMP_CLOSURE_SLOW_MAX, (unsigned)percent);
    }
    if (!(closure->heading_deg < 0) && !(closure->heading_deg <= 360)) {
        return amp_fail(why, AMP_E_RANGE, "a closure's heading must be 0 to 360 degrees");
    }
    bool placed = closure->shape == AMP_CLOSURE_ROAD || closure->shape == AMP_CLOSURE_CIRCLE;
    if (placed && !amp_pos_valid(closure->at.lat_e7, closure->at.lon_e7)) {
        return amp_fail(why, AMP_E_RANGE, "a closure is nowhere on Earth");
    }
    if (closure->shape == AMP_CLOSURE_CIRCLE &&
        !(closure->radius_m > 0 && closure->radius_m <= AMP_CLOSURE_RADIUS_M)) {
        return amp_fail(why, AMP_E_RANGE, "a closure's radius must be above 0 and at most %d m",
                        AMP_CLOSURE_RADIUS_M);
    }
    return AMP_OK;
}

static amp_err closure_gather(struct gathering *ga, struct amp_why *why)
{
    amp_err err = closure_check(ga->closure, why);
    if (err) {
        return err;
    }
    struct amp_snap_visit circle = {ga, piece_in_circle};
    switch (ga->closure->shape) {
    case AMP_CLOSURE_ROAD:
        road_gather(ga);
        return AMP_OK;
    case AMP_CLOSURE_CIRCLE:
        amp_snap_search(ga->roads, ga->closure->at, ga->closure->radius_m, &circle);
        return AMP_OK;
    case AMP_CLOSURE_AREA:
    case AMP_CLOSURE_LINE:
        return shape_gather(ga, why);
    }
    return amp_fail(why, AMP_E_RANGE, "a closure has no such shape");
}

/* ---- several closures ---- */

/* By base arc; of one base arc the strictest first: closed, else the slowest. */
static int mark_compare(const void *a, const void *b)
{
    const struct amp_closing_mark *x = a, *y = b;
    if (x->base != y->base) {
        return x->base < y->base ? -1 : 1;
    }
    uint32_t x_slow = x->percent == 0 ? UINT32_MAX : x->percent;
    uint32_t y_slow = y->percent == 0 ? UINT32_MAX : y->percent;
    return (x_slow < y_slow) - (x_slow > y_slow);
}

static void marks_settle(struct amp_buf *mark)
{
    struct amp_closing_mark *all = (struct amp_closing_mark *)(void *)mark->data;
    size_t n = mark->len / sizeof(*all), kept = 0;
    if (n > 0) {
        qsort(all, n, sizeof(*all), mark_compare);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || all[kept - 1].base != all[i].base) {
            all[kept++] = all[i];
        }
    }
    mark->len = kept * sizeof(*all);
}

amp_err amp_closing_marks(const struct amp_roads *roads, const struct amp_road_closure *closure,
                          size_t n, struct amp_buf *mark, struct amp_why *why)
{
    if (n > AMP_METRIC_CLOSURES) {
        return amp_fail(why, AMP_E_LIMIT, "%zu roads are closed; at most %d can be at once", n,
                        AMP_METRIC_CLOSURES);
    }
    struct gathering ga = {.roads = roads, .touch = amp_buf_make((size_t)LIST_MAX_GIB << 30)};
    amp_err err = AMP_OK;
    for (size_t i = 0; i < n && !err; i++) {
        amp_buf_clear(&ga.touch);
        ga.closure = &closure[i];
        ga.nearest.seg = AMP_ROAD_NONE;
        ga.nearest_m = AMP_SNAP_MAX_M;
        err = closure_gather(&ga, why);
        if (!err) {
            marks_put(&ga, mark);
        }
        if (!err && (amp_buf_err(&ga.touch) || amp_buf_err(mark))) {
            err = amp_fail(why, AMP_E_NOMEM, "not enough memory for the roads of a closure");
        }
    }
    amp_buf_free(&ga.touch);
    if (!err) {
        marks_settle(mark);
    }
    return err;
}

/* ---- what is really closed, to be shown ---- */

static amp_err road_fill(const struct amp_roads *roads, uint32_t seg, struct amp_arena *arena,
                         struct amp_closed_road *out)
{
    uint32_t n = amp_seg_points(roads, seg);
    struct amp_pos *line = amp_arena_array(arena, n, sizeof(*line));
    if (line == NULL) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        line[i] = amp_seg_point(roads, seg, i);
    }
    out->segment = seg;
    out->street = amp_seg_street(roads, seg);
    out->line = line;
    out->line_n = n;
    out->length_m = roads->seg[seg].length_mm / 1000.0;
    return AMP_OK;
}

amp_err amp_closure_roads(const struct amp_roads *roads, const struct amp_road_closure *closure,
                          size_t cap, struct amp_arena *arena, struct amp_closed_roads *out,
                          struct amp_why *why)
{
    struct amp_buf mark = amp_buf_make((size_t)LIST_MAX_GIB << 30);
    struct amp_closed_roads found = {.road = amp_arena_array(arena, cap, sizeof(*found.road))};
    amp_err err = found.road == NULL && cap > 0 ? AMP_E_NOMEM : AMP_OK;
    if (!err) {
        err = amp_closing_marks(roads, closure, 1, &mark, why);
    }
    const struct amp_closing_mark *all = (const struct amp_closing_mark *)(const void *)mark.data;
    size_t mark_n = err ? 0 : mark.len / sizeof(*all);
    for (size_t i = 0; i < mark_n && !err; i++) {
        uint32_t seg = all[i].base >> 1;
        bool first = i == 0 || all[i - 1].base >> 1 != seg;
        if (first) {
            found.total++;
            found.length_m += roads->seg[seg].length_mm / 1000.0;
        }
        if (first && found.n < cap) {
            err = road_fill(roads, seg, arena, &found.road[found.n++]);
        }
        if (found.n > 0 && found.road[found.n - 1].segment == seg) {
            struct amp_closed_road *road = &found.road[found.n - 1];
            road->along = road->along || !(all[i].base & 1);
            road->against = road->against || (all[i].base & 1);
        }
    }
    amp_buf_free(&mark);
    if (!err) {
        *out = found;
    }
    return err;
}
