/*
 * The turn list of a route: what the driver does next, and nothing where one simply drives on.
 *
 * At each crossing on the way the roads that could be taken instead are looked at. Straight on, on
 * the same street and with nothing as straight beside it, is quiet. Angles are measured over the
 * first metres of a road, since many maps draw a kink right at the crossing.
 */
#include "map/roads_in.h"

#include <assert.h>
#include <math.h>

enum {
    BEARING_M = 15, /* of road that a bearing is taken over */
    STRAIGHT_DEG = 25,
    SLIGHT_DEG = 50,
    SHARP_DEG = 125,
    TURNED_DEG = 170,
    FORK_DEG = 50, /* two roads ahead within this of straight are a fork */
    SIDE_M = 3     /* a destination nearer to the road is ahead */
};

static const char *const turn_name[AMP_TURN_COUNT] = {
    [AMP_TURN_DEPART] = "depart",
    [AMP_TURN_CONTINUE] = "continue",
    [AMP_TURN_SLIGHT_LEFT] = "slight-left",
    [AMP_TURN_LEFT] = "left",
    [AMP_TURN_SHARP_LEFT] = "sharp-left",
    [AMP_TURN_SLIGHT_RIGHT] = "slight-right",
    [AMP_TURN_RIGHT] = "right",
    [AMP_TURN_SHARP_RIGHT] = "sharp-right",
    [AMP_TURN_KEEP_LEFT] = "keep-left",
    [AMP_TURN_KEEP_RIGHT] = "keep-right",
    [AMP_TURN_U_TURN] = "u-turn",
    [AMP_TURN_ROUNDABOUT] = "roundabout",
    [AMP_TURN_FERRY] = "ferry",
    [AMP_TURN_ARRIVE] = "arrive",
};

const char *amp_turn_name(enum amp_turn_kind kind)
{
    assert(kind < AMP_TURN_COUNT);
    return turn_name[kind];
}

struct listing {
    const struct amp_roads *rd;
    enum amp_profile profile;
    const struct amp_road_step **step; /* those that go somewhere */
    size_t step_n;
    struct amp_route *route;
    uint32_t sum_ms;
    uint64_t sum_mm;
};

/* ---- bearings ---- */

static struct amp_pos base_point(const struct amp_roads *rd, uint32_t base, uint32_t i)
{
    uint32_t last = amp_seg_points(rd, base >> 1) - 1;
    return amp_seg_point(rd, base >> 1, base & 1 ? last - i : i);
}

/* How one drives away from the beginning of a base arc. */
static double bearing_out(const struct amp_roads *rd, uint32_t base)
{
    struct amp_pos start = base_point(rd, base, 0);
    uint32_t n = amp_seg_points(rd, base >> 1);
    uint32_t i = 1;
    while (i + 1 < n && amp_pos_distance_m(start, base_point(rd, base, i)) < BEARING_M) {
        i++;
    }
    return amp_pos_bearing_deg(start, base_point(rd, base, i));
}

/* How one arrives at its end. */
static double bearing_in(const struct amp_roads *rd, uint32_t base)
{
    double back = bearing_out(rd, base ^ 1);
    return back < 180 ? back + 180 : back - 180;
}

/* -180 to 180: right is positive. */
static double turn_deg(double from_deg, double to_deg)
{
    double turn = fmod(to_deg - from_deg + 540, 360) - 180;
    return turn;
}

/* ---- what a road is ---- */

static const struct amp_road_way *way_of(const struct amp_roads *rd, uint32_t base)
{
    return &rd->way[rd->seg[base >> 1].way];
}

static bool is_round(const struct amp_roads *rd, uint32_t base)
{
    return (rd->kind[rd->seg[base >> 1].kind].flags & AMP_ROAD_ROUNDABOUT) != 0;
}

static bool is_ferry(const struct amp_roads *rd, uint32_t base)
{
    return amp_road_class_is_ferry(way_of(rd, base)->road_class);
}

static bool same_street(const struct amp_roads *rd, uint32_t a, uint32_t b)
{
    const struct amp_road_way *x = way_of(rd, a);
    const struct amp_road_way *y = way_of(rd, b);
    if (x == y) {
        return true;
    }
    bool unnamed = x->name == 0 && y->name == 0 && x->road_class == y->road_class;
    return unnamed || (x->name != 0 && x->name == y->name) || (x->ref != 0 && x->ref == y->ref);
}

static bool may_drive(const struct listing *ls, uint32_t arc)
{
    return (ls->rd->arc_mask[arc] >> ls->profile & 1) != 0 &&
           amp_base_run_ms(ls->rd, ls->profile, ls->rd->arc_base[arc]) < AMP_ROAD_INF;
}

/* ---- a crossing ---- */

struct crossing {
    uint32_t from, to; /* base arcs */
    double turn;       /* of the way */
    size_t others;     /* roads that could be taken instead, not counting the way back */
    double nearest;    /* turn of the one that is nearest to straight on; 180 without others */
    uint32_t rival;    /* that one */
};

static struct crossing crossing_of(const struct listing *ls, uint32_t from, uint32_t to)
{
    const struct amp_roads *rd = ls->rd;
    double in_deg = bearing_in(rd, from);
    struct crossing at = {.from = from,
                          .to = to,
                          .turn = turn_deg(in_deg, bearing_out(rd, to)),
                          .nearest = 180,
                          .rival = AMP_ROAD_NONE};
    uint32_t node = rd->root[amp_base_tail(rd, to)];
    for (uint32_t arc = rd->arc_first[node]; arc < rd->arc_first[node + 1]; arc++) {
        uint32_t base = rd->arc_base[arc];
        if (base == to || base == (from ^ 1) || !may_drive(ls, arc)) {
            continue;
        }
        double turn = turn_deg(in_deg, bearing_out(rd, base));
        at.others++;
        if (fabs(turn) < fabs(at.nearest)) {
            at.nearest = turn;
            at.rival = base;
        }
    }
    return at;
}

static enum amp_turn_kind by_angle(double turn)
{
    double size = fabs(turn);
    bool right = turn > 0;
    if (size < SLIGHT_DEG) {
        return right ? AMP_TURN_SLIGHT_RIGHT : AMP_TURN_SLIGHT_LEFT;
    }
    if (size < SHARP_DEG) {
        return right ? AMP_TURN_RIGHT : AMP_TURN_LEFT;
    }
    return right ? AMP_TURN_SHARP_RIGHT : AMP_TURN_SHARP_LEFT;
}

/* AMP_TURN_COUNT where nothing needs to be said. */
static enum amp_turn_kind kind_at(const struct listing *ls, const struct crossing *at)
{
    const struct amp_roads *rd = ls->rd;
    bool same = same_street(rd, at->from, at->to);
    if (at->to == (at->from ^ 1) || (fabs(at->turn) > TURNED_DEG && at->others > 0)) {
        return AMP_TURN_U_TURN;
    }
    if (is_ferry(rd, at->to) != is_ferry(rd, at->from)) {
        return is_ferry(rd, at->to) ? AMP_TURN_FERRY : AMP_TURN_CONTINUE;
    }
    enum amp_turn_kind quiet =
        !same && way_of(rd, at->to)->name != 0 ? AMP_TURN_CONTINUE : AMP_TURN_COUNT;
    if (at->others == 0) {
        return quiet;
    }
    bool fork = fabs(at->turn) < FORK_DEG && fabs(at->nearest) < FORK_DEG;
    if (fork) {
        bool goes_on = same && way_of(rd, at->to)->road_class == way_of(rd, at->from)->road_class;
        bool rival_goes_on = same_street(rd, at->from, at->rival);
        if (goes_on && !rival_goes_on) {
            return AMP_TURN_COUNT;
        }
        return at->turn < at->nearest ? AMP_TURN_KEEP_LEFT : AMP_TURN_KEEP_RIGHT;
    }
    bool bends = same && fabs(at->turn) < SLIGHT_DEG && fabs(at->turn) < fabs(at->nearest);
    return fabs(at->turn) < STRAIGHT_DEG || bends ? quiet : by_angle(at->turn);
}

/* ---- the list ---- */

static void turn_end(struct listing *ls)
{
    if (ls->route->turn_n > 0) {
        struct amp_turn *last = &ls->route->turn[ls->route->turn_n - 1];
        last->time_s = ls->sum_ms / 1000.0;
        last->distance_m = (double)ls->sum_mm / 1000.0;
    }
    ls->sum_ms = 0;
    ls->sum_mm = 0;
}

static struct amp_turn *turn_put(struct listing *ls, enum amp_turn_kind kind, struct amp_pos at,
                                 uint32_t street_of)
{
    turn_end(ls);
    const struct amp_road_way *way = way_of(ls->rd, street_of);
    struct amp_turn *turn = &ls->route->turn[ls->route->turn_n++];
    *turn = (struct amp_turn){.kind = kind,
                              .at = at,
                              .street = amp_str_of(ls->rd->name + way->name),
                              .ref = amp_str_of(ls->rd->name + way->ref),
                              .bearing_deg = bearing_out(ls->rd, street_of)};
    return turn;
}

/* The vertices of a roundabout that can be left, up to where the way leaves it; *leave is the first
 * step behind it, or step_n. */
static int exits_count(const struct listing *ls, size_t first, size_t *leave)
{
    const struct amp_roads *rd = ls->rd;
    int exits = 0;
    size_t i = first;
    for (; i < ls->step_n && is_round(rd, ls->step[i]->base); i++) {
        uint32_t node = rd->root[amp_base_head(rd, ls->step[i]->base)];
        bool exit = false;
        for (uint32_t arc = rd->arc_first[node]; arc < rd->arc_first[node + 1]; arc++) {
            exit = exit || (!is_round(rd, rd->arc_base[arc]) && may_drive(ls, arc));
        }
        exits += exit ? 1 : 0;
    }
    *leave = i;
    return i < ls->step_n ? exits : 0;
}

static void roundabout_put(struct listing *ls, size_t i, size_t *leave)
{
    int exits = exits_count(ls, i, leave);
    uint32_t after = ls->step[*leave < ls->step_n ? *leave : ls->step_n - 1]->base;
    struct amp_pos at = base_point(ls->rd, ls->step[i]->base, 0);
    turn_put(ls, AMP_TURN_ROUNDABOUT, at, after)->exit_n = exits;
}

static void arrive_put(struct listing *ls)
{
    const struct amp_snap *to = &ls->route->to;
    const struct amp_road_step *last = ls->step[ls->step_n - 1];
    struct amp_turn *turn = turn_put(ls, AMP_TURN_ARRIVE, to->at, last->base);
    turn->bearing_deg = bearing_in(ls->rd, last->base);
    if (to->dist_m > SIDE_M) {
        turn->side = last->base & 1 ? -to->side : to->side;
    }
}

static void step_count(struct listing *ls, size_t i)
{
    ls->sum_ms += ls->step[i]->time_ms;
    ls->sum_mm += ls->step[i]->length_mm;
}

static void steps_list(struct listing *ls)
{
    size_t leave = 0; /* the step behind the last roundabout */
    turn_put(ls, AMP_TURN_DEPART, ls->route->from.at, ls->step[0]->base);
    step_count(ls, 0);
    for (size_t i = 1; i < ls->step_n; i++) {
        uint32_t from = ls->step[i - 1]->base, to = ls->step[i]->base;
        if (i >= leave && is_round(ls->rd, to) && !is_round(ls->rd, from)) {
            roundabout_put(ls, i, &leave);
        } else if (i > leave && !(is_round(ls->rd, from) && is_round(ls->rd, to))) {
            struct crossing at = crossing_of(ls, from, to);
            enum amp_turn_kind kind = kind_at(ls, &at);
            if (kind != AMP_TURN_COUNT) {
                turn_put(ls, kind, base_point(ls->rd, to, 0), to);
            }
        }
        step_count(ls, i);
    }
    arrive_put(ls);
    turn_end(ls);
}

amp_err amp_turns_make(const struct amp_roads *rd, enum amp_profile profile,
                       const struct amp_road_path *path, struct amp_arena *arena,
                       struct amp_route *route)
{
    struct listing ls = {.rd = rd, .profile = profile, .route = route};
    ls.step = amp_arena_array(arena, path->step_n, sizeof(const struct amp_road_step *));
    route->turn = amp_arena_array(arena, path->step_n + 2, sizeof(struct amp_turn));
    if (ls.step == NULL || route->turn == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < path->step_n; i++) {
        const struct amp_road_step *step = &path->step[i];
        bool last = i + 1 == path->step_n && ls.step_n == 0;
        if (step->length_mm > 0 || step->time_ms > 0 || last) {
            ls.step[ls.step_n++] = step;
        }
    }
    steps_list(&ls);
    return AMP_OK;
}
