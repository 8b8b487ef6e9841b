/*
 * The roads that closures come to: prepared by the core as copies, found and written by a worker.
 *
 * They are GeoJSON (RFC 7946) with two members of their own: how many roads there are in all, of
 * which the nearest by number are listed, and how long they are.
 */
#include "server/api.h"
#include <string.h>

enum {
    LISTED = 2000, /* roads in one answer, shared by its closures */
    LEAST = 20,    /* of one closure */
    DECIMALS = 7,
    VIEW_MAX = 1 << 15
};

struct part {            /* a closure as the core saw it */
    struct amp_str view; /* its JSON; empty: only its roads are asked for */
    bool lifted;         /* it comes to no roads any more */
    struct amp_road_closure closure;
};

struct asked {
    bool one;              /* not a list */
    size_t part_n, road_n; /* all, and those in force */
    struct part *part;
    int64_t seq;
};

amp_err amp_closure_copy(const struct amp_extent *extent, struct amp_arena *arena,
                         struct amp_road_closure *out)
{
    struct amp_pos *point = amp_arena_array(arena, extent->points.n + 1, sizeof *point);
    if (point == NULL) {
        return AMP_E_NOMEM;
    }
    if (extent->points.n > 0) {
        memcpy(point, extent->points.point, extent->points.n * sizeof *point);
    }
    *out = (struct amp_road_closure){.shape = (enum amp_closure_shape)extent->shape,
                                     .at = extent->site,
                                     .radius_m = (double)extent->radius_m,
                                     .point = point,
                                     .point_n = extent->points.n,
                                     .heading_deg = (double)extent->heading_deg,
                                     .time_percent = (uint32_t)extent->time_percent};
    return AMP_OK;
}

/* ---- what a worker writes ---- */

static void road_write(struct amp_json *js, const struct amp_closed_road *road)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "Feature");
    amp_json_key(js, "properties");
    amp_json_open(js, '{');
    amp_json_str_of(js, "street", road->street);
    amp_json_bool_of(js, "along", road->along);
    amp_json_bool_of(js, "against", road->against);
    amp_json_double_of(js, "length_m", road->length_m, 1);
    amp_json_close(js, '}');
    amp_json_key(js, "geometry");
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "LineString");
    amp_json_key(js, "coordinates");
    amp_json_open(js, '[');
    for (size_t i = 0; i < road->line_n; i++) {
        amp_json_open(js, '[');
        amp_json_put_double(js, amp_lon_deg(road->line[i]), DECIMALS);
        amp_json_put_double(js, amp_lat_deg(road->line[i]), DECIMALS);
        amp_json_close(js, ']');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
    amp_json_close(js, '}');
}

static amp_err roads_write(struct amp_json *js, const struct amp_roads *roads,
                           const struct amp_road_closure *closure, size_t cap,
                           struct amp_arena *arena, struct amp_why *why)
{
    struct amp_closed_roads closed = {0};
    amp_err err = amp_closure_roads(roads, closure, cap, arena, &closed, why);
    if (err != AMP_OK) {
        return err;
    }
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "FeatureCollection");
    amp_json_i64_of(js, "total", (int64_t)closed.total);
    amp_json_double_of(js, "length_m", closed.length_m, 1);
    amp_json_key(js, "features");
    amp_json_open(js, '[');
    for (size_t i = 0; i < closed.n; i++) {
        road_write(js, &closed.road[i]);
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
    return AMP_OK;
}

/* The view of a closure with one member more. */
static amp_err part_write(struct amp_json *js, const struct amp_roads *roads,
                          const struct part *part, size_t cap, struct amp_arena *arena,
                          struct amp_why *why)
{
    struct amp_buf buf = amp_buf_make(AMP_JOB_ANSWER);
    struct amp_json inner = amp_json_make(&buf);
    amp_err err = AMP_OK;
    if (part->lifted) {
        amp_json_put_raw(js, part->view);
        return AMP_OK;
    }
    if (part->view.len > 1) { /* without its last bracket */
        amp_buf_str(&buf, (struct amp_str){part->view.ptr, part->view.len - 1});
        amp_buf_text(&buf, ",\"roads\":");
    }
    err = roads_write(&inner, roads, &part->closure, cap, arena, why);
    amp_buf_text(&buf, part->view.len > 1 ? "}" : "");
    err = err == AMP_OK ? amp_buf_err(&buf) : err;
    if (err == AMP_OK) {
        amp_json_put_raw(js, amp_buf_view(&buf));
    }
    amp_buf_free(&buf);
    return err;
}

static void asked_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct asked *asked = job->data;
    const struct amp_roads *roads = scratch->map->roads;
    struct amp_why why = {""};
    size_t cap = LISTED / (asked->road_n + 1);
    amp_err err = AMP_OK;
    (void)server;
    cap = cap > LEAST ? cap : LEAST;
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", asked->seq);
    amp_json_key(&js, !asked->one ? "closures" : asked->part[0].view.len ? "closure" : "roads");
    if (!asked->one) {
        amp_json_open(&js, '[');
    }
    for (size_t i = 0; i < asked->part_n && err == AMP_OK; i++) {
        err = part_write(&js, roads, &asked->part[i], cap, &job->arena, &why);
    }
    if (!asked->one && err == AMP_OK) {
        amp_json_close(&js, ']');
    }
    if (err != AMP_OK) {
        amp_buf_clear(&job->out);
        amp_job_problem(job, err, &why);
        return;
    }
    amp_json_close(&js, '}');
}

/* ---- what the core prepares ---- */

static struct asked *asked_make(struct amp_server *server, struct amp_job *job, size_t n)
{
    struct asked *asked = amp_arena_alloc(&job->arena, sizeof *asked);
    struct part *part = amp_arena_array(&job->arena, n + 1, sizeof *part);
    if (asked == NULL || part == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return NULL;
    }
    *asked = (struct asked){.part = part, .seq = (int64_t)server->state.seq};
    job->data = asked;
    return asked;
}

static amp_err part_add(struct amp_job *job, struct asked *asked, const struct amp_closure *closure)
{
    struct amp_buf buf = amp_buf_make(VIEW_MAX);
    struct amp_json js = amp_json_make(&buf);
    struct part *part = &asked->part[asked->part_n++];
    part->lifted = closure->lifted_us != 0;
    amp_view_closure(&js, closure);
    amp_err err = amp_buf_err(&buf);
    if (err == AMP_OK) {
        part->view = amp_arena_str(&job->arena, amp_buf_view(&buf));
        err = part->view.len == buf.len ? AMP_OK : AMP_E_NOMEM;
    }
    amp_buf_free(&buf);
    return err == AMP_OK ? amp_closure_copy(&closure->extent, &job->arena, &part->closure) : err;
}

static void asked_give(struct amp_server *server, struct amp_job *job, amp_err err)
{
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
    } else {
        amp_core_work(server, job, asked_work);
    }
}

void amp_closure_roads_of(struct amp_server *server, struct amp_job *job,
                          const struct amp_closure *closure)
{
    struct asked *asked = asked_make(server, job, 1);
    if (asked != NULL) {
        asked->one = true;
        amp_err err = part_add(job, asked, closure);
        asked->part[0].lifted = false; /* asked for by name: what it came to, or would */
        asked_give(server, job, err);
    }
}

void amp_closure_roads_list(struct amp_server *server, struct amp_job *job, bool all)
{
    const struct amp_state *state = &server->state;
    size_t total = all ? state->closure_n : state->in_force_n;
    size_t first = total > AMP_SERVER_LIST ? total - AMP_SERVER_LIST : 0;
    struct asked *asked = asked_make(server, job, total - first);
    amp_err err = AMP_OK;
    for (size_t i = first; asked != NULL && i < total && err == AMP_OK; i++) {
        err = part_add(job, asked, &state->closure[all ? i : state->in_force[i].n - 1]);
        asked->road_n += asked->part[asked->part_n - 1].lifted ? 0 : 1;
    }
    if (asked != NULL) {
        asked_give(server, job, err);
    }
}

/* ---- a closure that is only thought of ---- */

/* "LAT,LON,LAT,LON,..." */
static amp_err points_parse(struct amp_str text, struct amp_arena *arena, struct amp_points *out)
{
    struct amp_pos *point = amp_arena_array(arena, AMP_POINTS_MAX, sizeof *point);
    size_t n = 0;
    while (point != NULL && text.len > 0) {
        struct amp_str lat = {0};
        struct amp_str lon = {0};
        text = amp_str_cut(text, ',', &lat);
        text = amp_str_cut(text, ',', &lon);
        struct amp_str pair = {lat.ptr, (size_t)(lon.ptr - lat.ptr) + lon.len};
        if (n == AMP_POINTS_MAX) {
            return AMP_E_LIMIT;
        }
        if (lon.len == 0 || amp_pos_parse(pair, &point[n++]) != AMP_OK) {
            return AMP_E_SYNTAX;
        }
    }
    *out = (struct amp_points){point, n};
    return point != NULL ? AMP_OK : AMP_E_NOMEM;
}

static amp_err extent_read(struct amp_server *server, struct amp_job *job,
                           struct amp_extent *extent, struct amp_why *why)
{
    struct amp_str points = amp_api_query(job, "points");
    struct amp_str heading = amp_api_query(job, "heading_deg");
    struct amp_str radius = amp_api_query(job, "radius_m");
    struct amp_str site = amp_api_query(job, "at");
    (void)server;
    if (amp_shape_of(amp_api_query(job, "shape"), &extent->shape) != AMP_OK) {
        return amp_fail(why, AMP_E_RANGE, "shape must be road, circle, area or line");
    }
    bool drawn = extent->shape == AMP_SHAPE_AREA || extent->shape == AMP_SHAPE_LINE;
    if (!drawn && amp_pos_parse(site, &extent->site) != AMP_OK) {
        return amp_fail(why, AMP_E_RANGE, "the query needs at=LAT,LON");
    }
    amp_err err = drawn ? points_parse(points, &job->arena, &extent->points) : AMP_OK;
    if (err != AMP_OK) {
        return amp_fail(why, err, "the query needs points=LAT,LON,LAT,LON,...");
    }
    if ((radius.len > 0 && amp_str_i64(radius, &extent->radius_m) != AMP_OK) ||
        (heading.len > 0 && amp_str_i64(heading, &extent->heading_deg) != AMP_OK)) {
        return amp_fail(why, AMP_E_RANGE, "radius_m and heading_deg must be whole numbers");
    }
    return amp_extent_check(extent, why);
}

void amp_api_closure_preview(struct amp_server *server, struct amp_job *job)
{
    struct amp_extent extent = {.heading_deg = -1};
    struct amp_why why = {""};
    if (!amp_api_map_there(server, job)) {
        return;
    }
    amp_err err = extent_read(server, job, &extent, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    struct asked *asked = asked_make(server, job, 1);
    if (asked != NULL) {
        asked->one = true;
        asked->part_n = 1;
        asked_give(server, job, amp_closure_copy(&extent, &job->arena, &asked->part[0].closure));
    }
}
