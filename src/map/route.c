/* A route as a person reads it: legs by street, what has to be passed, and the line on the map. */
#include "map/roads_in.h"

#include <math.h>

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

/* What the way of a step costs an ambulance more than the same road would without its pass. */
static uint32_t step_extra_ms(const struct amp_roads *rd, const struct amp_road_step *step)
{
    const struct amp_road_way *way = &rd->way[rd->seg[step->base >> 1].way];
    uint32_t drive_ms = step->time_ms - step->enter_ms;
    return drive_ms - (uint32_t)((uint64_t)drive_ms * 100 / way->pass_percent);
}

static void pass_road(const struct amp_roads *rd, const struct amp_road_step *step,
                      uint32_t *open_way, struct amp_route *route)
{
    uint32_t way = rd->seg[step->base >> 1].way;
    if (rd->way[way].pass == 0 || step->time_ms == step->enter_ms) {
        *open_way = rd->way[way].pass == 0 ? AMP_ROAD_NONE : *open_way;
        return;
    }
    double cost_s = seconds(step_extra_ms(rd, step));
    if (*open_way != AMP_ROAD_NONE && rd->way[*open_way].pass == rd->way[way].pass &&
        rd->way[*open_way].name == rd->way[way].name) {
        route->pass[route->pass_n - 1].cost_s += cost_s;
        return;
    }
    *open_way = way;
    route->pass[route->pass_n++] =
        (struct amp_pass){.kind = (enum amp_pass_kind)(rd->way[way].pass - 1),
                          .at = pos_at(rd, step->base, step->begin),
                          .cost_s = cost_s,
                          .name = amp_seg_street(rd, step->base >> 1)};
}

static void pass_barrier(const struct amp_roads *rd, const struct amp_road_step *step,
                         enum amp_profile profile, uint32_t *open_way, struct amp_route *route)
{
    uint32_t head = amp_base_head(rd, step->base);
    uint32_t at = rd->vertex_barrier[head];
    if (at == AMP_ROAD_NONE || rd->barrier[at].pass == 0) {
        return;
    }
    *open_way = AMP_ROAD_NONE;
    route->pass[route->pass_n++] =
        (struct amp_pass){.kind = (enum amp_pass_kind)(rd->barrier[at].pass - 1),
                          .at = rd->vertex_pos[head],
                          .cost_s = seconds(rd->barrier[at].cost_ms[profile]),
                          .name = amp_seg_street(rd, step->base >> 1)};
}

static amp_err passes_make(const struct amp_metric *metric, const struct amp_road_path *path,
                           struct amp_arena *arena, struct amp_route *route)
{
    const struct amp_roads *rd = metric->roads;
    uint32_t open_way = AMP_ROAD_NONE;
    route->pass = amp_arena_array(arena, 2 * path->step_n, sizeof(struct amp_pass));
    if (route->pass == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < path->step_n; i++) {
        const struct amp_road_step *step = &path->step[i];
        if (metric->profile == AMP_PROFILE_AMBULANCE) {
            pass_road(rd, step, &open_way, route);
        }
        if (i + 1 < path->step_n) {
            pass_barrier(rd, step, metric->profile, &open_way, route);
        }
    }
    return AMP_OK;
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
