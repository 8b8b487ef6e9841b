/*
 * Whom a warning reaches: what lies in its area. Places and counts, never persons.
 *
 * The core copies where open incidents and crews are that the asker may see; a worker looks into
 * the map. Nothing is written.
 */
#include "intake/lost_touch.h"
#include "map/inside.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/warning_view.h"

struct dot { /* an open incident or a crew */
    struct amp_pos pos;
    char id[AMP_WORD_MAX + 1];
};

struct ask { /* what a worker needs: a copy */
    struct amp_inside_ring *ring;
    struct amp_inside_circle *circle;
    size_t ring_n, circle_n;
    bool coded; /* areas that are geocodes alone: nobody knows here where they are */
    struct dot *incident, *unit;
    size_t incident_n, unit_n;
    struct amp_str check; /* a JSON object */
};

/* ---- the area ---- */

static amp_err areas_take(struct amp_job *job, const struct amp_warning_draft *draft,
                          struct ask *ask)
{
    struct amp_warning_areas areas;
    amp_err err = amp_warning_areas(draft, &job->arena, &areas);
    if (err != AMP_OK) {
        return err;
    }
    ask->ring = amp_arena_array(&job->arena, areas.ring_n + 1, sizeof *ask->ring);
    ask->circle = amp_arena_array(&job->arena, areas.circle_n + 1, sizeof *ask->circle);
    if (ask->ring == NULL || ask->circle == NULL) {
        return AMP_E_NOMEM;
    }
    for (; ask->ring_n < areas.ring_n; ask->ring_n++) {
        const struct amp_warning_ring *ring = &areas.ring[ask->ring_n];
        ask->ring[ask->ring_n] = (struct amp_inside_ring){ring->point, ring->n};
    }
    for (; ask->circle_n < areas.circle_n; ask->circle_n++) {
        const struct amp_warning_circle *circle = &areas.circle[ask->circle_n];
        ask->circle[ask->circle_n] = (struct amp_inside_circle){circle->at, circle->radius_m};
    }
    ask->coded = areas.coded;
    return AMP_OK;
}

/* ---- who is there ---- */

static amp_err incidents_copy(struct amp_server *server, struct amp_job *job, struct ask *ask)
{
    const struct amp_state *state = &server->state;
    ask->incident = amp_arena_array(&job->arena, state->open_n + 1, sizeof *ask->incident);
    if (ask->incident == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, state->open[i]);
        if (incident->where.known && amp_sight_incident(state, &job->who, incident)) {
            struct dot *dot = &ask->incident[ask->incident_n++];
            dot->pos = incident->where.pos;
            amp_incident_id_text(incident->id, dot->id);
        }
    }
    return AMP_OK;
}

static amp_err units_copy(struct amp_server *server, struct amp_job *job, struct ask *ask)
{
    const struct amp_state *state = &server->state;
    ask->unit = amp_arena_array(&job->arena, state->unit_n + 1, sizeof *ask->unit);
    if (ask->unit == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        const struct amp_position *at = amp_track_current(&server->track, unit->id, server->now_us);
        struct dot *dot = &ask->unit[ask->unit_n];
        if (at != NULL && amp_sight_unit(state, &job->who, unit) &&
            amp_str_copy(dot->id, sizeof dot->id, amp_str_of(unit->call_sign)) == AMP_OK) {
            dot->pos = at->pos;
            ask->unit_n++;
        }
    }
    return AMP_OK;
}

/* ---- by a worker ---- */

static void dots_put(struct amp_json *js, const char *name, const struct amp_inside_shape *shape,
                     const struct dot *dot, size_t n)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        if (amp_inside_shape_holds(shape, dot[i].pos)) {
            amp_json_put_text(js, dot[i].id);
        }
    }
    amp_json_close(js, ']');
}

struct touching {
    const struct amp_inside_shape *shape;
    const struct amp_areas *areas; /* NULL without a map */
};

static bool polygon_touches(void *ctx, const struct amp_pos *corner, size_t n)
{
    const struct touching *touching = ctx;
    return amp_inside_shape_touches(touching->shape, &(const struct amp_inside_ring){corner, n});
}

static bool area_touches(void *ctx, uint32_t area)
{
    const struct touching *touching = ctx;
    return amp_inside_shape_touches_area(touching->shape, touching->areas, area);
}

static void centres_put(struct amp_json *js, const struct amp_job *job,
                        const struct amp_inside_shape *shape)
{
    struct amp_lost_centre centre[AMP_LOST_CENTRES];
    struct touching ctx = {.shape = shape};
    const struct amp_lost_touching touching = {&ctx, polygon_touches, area_touches};
    amp_json_key(js, "centres");
    if (amp_job_lost(job) == NULL) {
        amp_json_put_null(js);
        return;
    }
    ctx.areas = job->map != NULL ? amp_places_areas(job->map->view->places) : NULL;
    size_t n = amp_lost_centres(amp_job_lost(job), &touching, centre);
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", centre[i].name);
        amp_json_str_of(js, "area", centre[i].area);
        amp_json_str_maybe(js, "number", centre[i].number);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static void answer_put(struct amp_job *job, const struct amp_inside_shape *shape,
                       const struct amp_inside *inside)
{
    const struct ask *ask = job->data;
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_double_of(&js, "km2", shape->km2, shape->km2 < 10 ? 3 : 1);
    amp_json_bool_of(&js, "coded", ask->coded);
    dots_put(&js, "incidents", shape, ask->incident, ask->incident_n);
    dots_put(&js, "units", shape, ask->unit, ask->unit_n);
    centres_put(&js, job, shape);
    amp_json_key(&js, "map");
    if (inside == NULL) {
        amp_json_put_null(&js);
    } else {
        amp_json_open(&js, '{');
        amp_inside_view(&js, inside);
        amp_json_close(&js, '}');
    }
    amp_json_key(&js, "check");
    amp_json_put_raw(&js, ask->check);
    amp_json_close(&js, '}');
}

static void preview_work(struct amp_server *server, struct amp_job *job,
                         struct amp_scratch *scratch)
{
    struct ask *ask = job->data;
    (void)server;
    struct amp_inside_shape shape = {0};
    struct amp_inside inside;
    struct amp_why why = {""};
    amp_err err = amp_inside_shape_make(ask->ring, ask->ring_n, ask->circle, ask->circle_n,
                                        &job->arena, &shape, &why);
    bool map = scratch->map != NULL;
    if (err == AMP_OK && map) {
        err = amp_places_inside(scratch->map->places, &shape, &job->arena, &inside);
    }
    if (err == AMP_OK) {
        answer_put(job, &shape, map ? &inside : NULL);
    } else {
        amp_job_problem(job, err, &why);
    }
    amp_inside_shape_finish(&shape);
}

static amp_err prepare(struct amp_server *server, struct amp_job *job, struct ask *ask,
                       struct amp_why *why)
{
    const struct amp_warning_draft *draft = NULL;
    amp_err err = amp_warning_read(job->body, &job->arena, &draft, why);
    err = err ? err : areas_take(job, draft, ask);
    if (err == AMP_OK && ask->ring_n + ask->circle_n == 0) {
        err = amp_fail(why, AMP_E_MISSING, "the warning has no polygon and no circle to look into");
    }
    err = err ? err : incidents_copy(server, job, ask);
    err = err ? err : units_copy(server, job, ask);
    if (err == AMP_OK) {
        uint32_t number = (uint32_t)server->state.warning_n + 1;
        struct amp_buf check = amp_buf_make(AMP_EVENT_BYTES);
        struct amp_json js = amp_json_make(&check);
        amp_json_open(&js, '{');
        amp_warning_problem_put(&js, server, number, draft, &job->arena);
        amp_json_close(&js, '}');
        ask->check = amp_arena_str(&job->arena, amp_buf_view(&check));
        err = amp_buf_err(&check);
        amp_buf_free(&check);
    }
    return err;
}

void amp_api_warning_preview(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct ask *ask = amp_arena_alloc(&job->arena, sizeof *ask);
    amp_err err = ask == NULL ? AMP_E_NOMEM : prepare(server, job, ask, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (server->config.map != NULL) {
        amp_job_map(server, job);
    }
    job->data = ask;
    amp_core_work(server, job, preview_work);
}
