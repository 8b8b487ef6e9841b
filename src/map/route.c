/* A route as a person reads it: legs by street, what has to be passed, and the line on the map. */
#include "map/roads_in.h"

#include <math.h>
#include <string.h>

static double seconds(uint32_t ms)
{
    return ms / 1000.0;
}

static double metres(uint64_t mm)
{
    return (double)mm / 1000.0;
}

/* ---- where a share of a base arc is ---- */

static struct amp_pos point_along(const struct amp_roads *rd, uint32_t base, uint32_t i)
{
    uint32_t last = amp_seg_points(rd, base >> 1) - 1;
    return amp_seg_point(rd, base >> 1, base & 1 ? last - i : i);
}

static struct amp_pos pos_at(const struct amp_roads *rd, uint32_t base, double share)
{
    uint32_t n = amp_seg_points(rd, base >> 1);
    double left_m = amp_seg_length_m(rd, base >> 1) * share;
    for (uint32_t i = 1; i < n; i++) {
        struct amp_pos a = point_along(rd, base, i - 1), b = point_along(rd, base, i);
        double piece_m = amp_pos_distance_m(a, b);
        if (left_m <= piece_m && piece_m > 0) {
            return amp_pos_between(a, b, left_m / piece_m);
        }
        left_m -= piece_m;
    }
    return point_along(rd, base, n - 1);
}

static void line_put(struct amp_route *route, struct amp_pos pos)
{
    const struct amp_pos *last = route->line_n > 0 ? &route->line[route->line_n - 1] : NULL;
    if (last == NULL || last->lat_e7 != pos.lat_e7 || last->lon_e7 != pos.lon_e7) {
        route->line[route->line_n++] = pos;
    }
}

/* The points of a step between its two shares. */
static void line_step(const struct amp_roads *rd, const struct amp_road_step *step,
                      struct amp_route *route)
{
    uint32_t n = amp_seg_points(rd, step->base >> 1);
    double all_m = amp_seg_length_m(rd, step->base >> 1);
    double begin_m = step->begin * all_m, end_m = step->end * all_m, at_m = 0;
    line_put(route, pos_at(rd, step->base, step->begin));
    for (uint32_t i = 1; i + 1 < n; i++) {
        at_m +=
            amp_pos_distance_m(point_along(rd, step->base, i - 1), point_along(rd, step->base, i));
        if (at_m > begin_m && at_m < end_m) {
            line_put(route, point_along(rd, step->base, i));
        }
    }
    line_put(route, pos_at(rd, step->base, step->end));
}

static amp_err line_make(const struct amp_roads *rd, const struct amp_road_path *path,
                         struct amp_arena *arena, struct amp_route *route)
{
    size_t most = 0;
    for (size_t i = 0; i < path->step_n; i++) {
        most += amp_seg_points(rd, path->step[i].base >> 1);
    }
    route->line = amp_arena_array(arena, most + 2, sizeof(struct amp_pos));
    if (route->line == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < path->step_n; i++) {
        line_step(rd, &path->step[i], route);
    }
    return AMP_OK;
}

/* ---- legs ---- */

static amp_err legs_make(const struct amp_roads *rd, const struct amp_road_path *path,
                         struct amp_arena *arena, struct amp_route *route)
{
    uint64_t leg_mm = 0, all_mm = 0;
    uint32_t leg_ms = 0, name = AMP_ROAD_NONE;
    route->leg = amp_arena_array(arena, path->step_n, sizeof(struct amp_leg));
    if (route->leg == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < path->step_n; i++) {
        const struct amp_road_step *step = &path->step[i];
        uint32_t street = rd->way[rd->seg[step->base >> 1].way].name;
        bool nothing = step->time_ms == 0 && step->length_mm == 0;
        if (street != name && !(nothing && (route->leg_n > 0 || path->step_n > i + 1))) {
            name = street;
            leg_mm = leg_ms = 0;
            route->leg[route->leg_n++] =
                (struct amp_leg){.street = amp_seg_street(rd, step->base >> 1),
                                 .from = pos_at(rd, step->base, step->begin)};
        }
        if (route->leg_n == 0) {
            continue;
        }
        leg_mm += step->length_mm;
        leg_ms += step->time_ms;
        all_mm += step->length_mm;
        route->leg[route->leg_n - 1].time_s = seconds(leg_ms);
        route->leg[route->leg_n - 1].distance_m = metres(leg_mm);
    }
    route->time_s = seconds(path->time_ms);
    route->distance_m = metres(all_mm);
    return AMP_OK;
}

/* ---- passes ---- */

struct passing {
    const struct amp_roads *rd;
    enum amp_profile profile;
    struct amp_buf pass;         /* struct amp_pass */
    size_t open[AMP_PASS_COUNT]; /* 1 + the pass of this kind that the step before was part of */
};

static struct amp_pass *pass_at(struct passing *ps, size_t i)
{
    return (struct amp_pass *)(void *)ps->pass.data + i;
}

/* What the ground of a road asks. */
static struct amp_pass pass_of_kind(const struct passing *ps, uint32_t base)
{
    const struct amp_roads *rd = ps->rd;
    const struct amp_road_kind *kind = &rd->kind[rd->seg[base >> 1].kind];
    return (struct amp_pass){.name = amp_seg_street(rd, base >> 1),
                             .locked = (kind->flags & AMP_ROAD_LOCKED) != 0,
                             .only_4wd = (kind->flags & AMP_ROAD_4WD) != 0,
                             .width_m = kind->wide_cm / 100.0,
                             .surface = amp_surface_name(kind->surface),
                             .smoothness = amp_smoothness_name(kind->smoothness),
                             .tracktype = kind->tracktype};
}

static void pass_add(struct passing *ps, enum amp_pass_kind kind, const struct amp_road_step *step,
                     double cost_s)
{
    struct amp_pass one = pass_of_kind(ps, step->base);
    one.kind = kind;
    one.at = pos_at(ps->rd, step->base, step->begin);
    one.cost_s = cost_s;
    struct amp_pass *before = ps->open[kind] > 0 ? pass_at(ps, ps->open[kind] - 1) : NULL;
    if (before != NULL && before->name.ptr == one.name.ptr && before->surface == one.surface &&
        before->locked == one.locked) {
        before->cost_s += cost_s;
        bool narrower = one.width_m > 0 && (before->width_m <= 0 || one.width_m < before->width_m);
        before->width_m = narrower ? one.width_m : before->width_m;
        return;
    }
    amp_buf_put(&ps->pass, &one, sizeof(one));
    ps->open[kind] = ps->pass.len / sizeof(one);
}

/* What driving the step costs more than the same road would if it were open to all. */
static double step_extra_s(const struct amp_road_step *step, double percent)
{
    uint32_t drive_ms = step->time_ms - step->enter_ms;
    long long extra_ms = (long long)drive_ms - llround(drive_ms * 100.0 / percent);
    return extra_ms > 0 ? (double)extra_ms / 1000.0 : 0;
}

static void pass_road(struct passing *ps, const struct amp_road_step *step)
{
    enum {
        SPARE_CM = 40 /* less than this beside the vehicle is narrow */
    };
    const struct amp_roads *rd = ps->rd;
    uint32_t number = rd->seg[step->base >> 1].kind;
    const struct amp_road_kind *kind = &rd->kind[number];
    const double *set = rd->rules.settings.value[ps->profile];
    struct amp_going going = amp_rules_going(rd, ps->profile, number, (int)(step->base & 1));
    bool on_foot = amp_profile_group(ps->profile) == AMP_GROUP_FOOT;
    double spare_cm = kind->wide_cm - set[AMP_SET_WIDTH] * 100;
    const struct {
        bool there;
        enum amp_pass_kind kind;
    } row[] = {
        {going.access == AMP_ACCESS_PRIVATE, AMP_PASS_PRIVATE},
        {going.access == AMP_ACCESS_RESERVED && !on_foot, AMP_PASS_EMERGENCY},
        {going.access == AMP_ACCESS_CONTRAFLOW, AMP_PASS_CONTRAFLOW},
        {(kind->flags & AMP_ROAD_FORD) != 0, AMP_PASS_FORD},
        {!on_foot && amp_rough_risky(kind, set[AMP_SET_OFF_ROAD]), AMP_PASS_ROUGH},
        {(kind->flags & AMP_ROAD_SEASONAL) != 0, AMP_PASS_SEASONAL},
        {kind->wide_cm > 0 && set[AMP_SET_WIDTH] > 0 && spare_cm < SPARE_CM, AMP_PASS_NARROW},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        bool access = row[i].kind == AMP_PASS_PRIVATE || row[i].kind == AMP_PASS_EMERGENCY ||
                      row[i].kind == AMP_PASS_CONTRAFLOW;
        if (!row[i].there) {
            ps->open[row[i].kind] = 0;
        } else {
            pass_add(ps, row[i].kind, step, access ? step_extra_s(step, going.percent) : 0);
        }
    }
}

static void pass_barrier(struct passing *ps, const struct amp_road_step *step)
{
    const struct amp_roads *rd = ps->rd;
    uint32_t head = amp_base_head(rd, step->base);
    uint32_t at = rd->vertex_barrier[head];
    if (at == AMP_ROAD_NONE || rd->barrier[at].pass == 0 ||
        rd->rules.barrier_ms[ps->profile][at] == 0) {
        return;
    }
    struct amp_pass one = {.kind = (enum amp_pass_kind)(rd->barrier[at].pass - 1),
                           .at = rd->vertex_pos[head],
                           .cost_s = seconds(rd->rules.barrier_ms[ps->profile][at]),
                           .name = amp_seg_street(rd, step->base >> 1),
                           .locked = rd->barrier[at].locked != 0,
                           .width_m = rd->barrier[at].max[AMP_SIZE_WIDTH] / 100.0,
                           .surface = "",
                           .smoothness = ""};
    amp_buf_put(&ps->pass, &one, sizeof(one));
    for (int kind = 0; kind < AMP_PASS_COUNT; kind++) {
        ps->open[kind] = 0;
    }
}

static amp_err passes_make(const struct amp_metric *metric, const struct amp_road_path *path,
                           struct amp_arena *arena, struct amp_route *route)
{
    struct passing ps = {.rd = metric->roads,
                         .profile = metric->profile,
                         .pass = amp_buf_make((size_t)AMP_ROAD_BUILD_GIB << 30)};
    for (size_t i = 0; i < path->step_n; i++) {
        const struct amp_road_step *step = &path->step[i];
        if (step->time_ms > step->enter_ms) {
            pass_road(&ps, step);
        }
        if (i + 1 < path->step_n) {
            pass_barrier(&ps, step);
        }
    }
    amp_err err = amp_buf_err(&ps.pass);
    route->pass_n = err ? 0 : ps.pass.len / sizeof(struct amp_pass);
    route->pass = amp_arena_array(arena, route->pass_n + 1, sizeof(struct amp_pass));
    err = route->pass == NULL ? AMP_E_NOMEM : err;
    if (!err && route->pass_n > 0) {
        memcpy(route->pass, ps.pass.data, ps.pass.len);
    }
    amp_buf_free(&ps.pass);
    return err;
}

static bool left_hand(const struct amp_roads *rd, uint32_t seg)
{
    uint16_t flags = rd->kind[rd->seg[seg].kind].flags;
    bool said = (flags & (AMP_ROAD_LEFT | AMP_ROAD_RIGHT)) != 0;
    return said ? (flags & AMP_ROAD_LEFT) != 0 : amp_roads_left_hand(rd);
}

/* ---- the question ---- */

static amp_err end_snap(const struct amp_metric *metric, struct amp_pos pos, const char *which,
                        struct amp_snap *out, struct amp_why *why)
{
    amp_err err = amp_snap_open(metric->roads, metric, metric->profile, pos, out);
    char text[AMP_POS_TEXT];
    amp_pos_text(pos, text);
    if (err) {
        return amp_fail(why, err,
                        "there is no road open to the %s profile within %d m of the %s %s",
                        amp_profile_name(metric->profile), (int)AMP_SNAP_MAX_M, which, text);
    }
    return AMP_OK;
}

amp_err amp_route_read(const struct amp_metric *metric, const struct amp_road_path *path,
                       struct amp_arena *arena, struct amp_route *route, struct amp_why *why)
{
    amp_err err = legs_make(metric->roads, path, arena, route);
    if (!err) {
        err = passes_make(metric, path, arena, route);
    }
    if (!err) {
        err = line_make(metric->roads, path, arena, route);
    }
    if (!err) {
        route->left_hand = left_hand(metric->roads, route->from.segment);
        err = amp_turns_make(metric->roads, metric->profile, path, arena, route);
    }
    return err ? amp_fail(why, err, "not enough memory for the route") : AMP_OK;
}

amp_err amp_route_find(struct amp_road_query *query, const struct amp_metric *metric,
                       struct amp_pos from, struct amp_pos to, struct amp_arena *arena,
                       struct amp_route *out, struct amp_why *why)
{
    struct amp_route route = {.time_s = 0};
    struct amp_road_path path = {.time_ms = 0};
    if (!amp_pos_valid(from.lat_e7, from.lon_e7) || !amp_pos_valid(to.lat_e7, to.lon_e7)) {
        return amp_fail(why, AMP_E_RANGE, "a position is outside of the world");
    }
    amp_err err = end_snap(metric, from, "start", &route.from, why);
    if (!err) {
        err = end_snap(metric, to, "destination", &route.to, why);
    }
    if (err) {
        return err;
    }
    err = amp_path_find(query, metric, &route.from, &route.to, arena, &path);
    if (err == AMP_E_NO_ROUTE) {
        char text[2][AMP_POS_TEXT];
        amp_pos_text(from, text[0]);
        amp_pos_text(to, text[1]);
        return amp_fail(why, err,
                        "there is no way by road for the %s profile from %s to %s: the roads "
                        "nearest to them are not connected that way on this map",
                        amp_profile_name(metric->profile), text[0], text[1]);
    }
    if (!err) {
        err = amp_route_read(metric, &path, arena, &route, why);
    }
    if (!err) {
        *out = route;
    }
    return err;
}
