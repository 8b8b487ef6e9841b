/* Closures that hold in one answer only. */
#include "server/whatif.h"
#include "server/api.h"

struct left_out {
    struct amp_closure_id id[AMP_WHATIF_MOST];
    size_t n;
};

static amp_err left_out_read(const struct amp_state *state, struct amp_str text,
                             struct left_out *out, struct amp_why *why)
{
    while (text.len > 0) {
        struct amp_str head = {0};
        struct amp_closure_id id = {0};
        text = amp_str_cut(text, ',', &head);
        if (out->n == AMP_WHATIF_MOST) {
            return amp_fail(why, AMP_E_LIMIT, "at most %d closures can be left out",
                            AMP_WHATIF_MOST);
        }
        if (amp_closure_id_parse(head, &id) != AMP_OK || amp_state_closure(state, id) == NULL) {
            return amp_fail(why, AMP_E_NOT_FOUND, "without names a closure that is not there");
        }
        out->id[out->n++] = id;
    }
    return AMP_OK;
}

static bool is_left_out(const struct left_out *out, struct amp_closure_id id)
{
    for (size_t i = 0; i < out->n; i++) {
        if (out->id[i].n == id.n) {
            return true;
        }
    }
    return false;
}

/* LAT,LON or LAT,LON,RADIUS_M */
static amp_err closed_parse(struct amp_str text, struct amp_road_closure *out)
{
    struct amp_str lat = {0}, lon = {0};
    struct amp_str radius = amp_str_cut(amp_str_cut(text, ',', &lat), ',', &lon);
    struct amp_road_closure closure = {.shape = AMP_CLOSURE_ROAD, .heading_deg = -1};
    int64_t radius_m = 0;
    if (lon.len == 0) {
        return AMP_E_RANGE;
    }
    const struct amp_str pos = {text.ptr, (size_t)(lon.ptr + lon.len - text.ptr)};
    if (amp_pos_parse(pos, &closure.at) != AMP_OK) {
        return AMP_E_RANGE;
    }
    if (radius.len > 0) {
        if (amp_str_i64(radius, &radius_m) != AMP_OK || radius_m < 1 ||
            radius_m > AMP_EXTENT_RADIUS_MAX_M) {
            return AMP_E_RANGE;
        }
        closure.shape = AMP_CLOSURE_CIRCLE;
        closure.radius_m = (double)radius_m;
    }
    *out = closure;
    return AMP_OK;
}

static amp_err closed_read(struct amp_str text, struct amp_whatif *out, struct amp_why *why)
{
    for (size_t n = 0; text.len > 0; n++) {
        struct amp_str head = {0};
        text = amp_str_cut(text, ';', &head);
        if (n == AMP_WHATIF_MOST || out->n == AMP_METRIC_CLOSURES) {
            return amp_fail(why, AMP_E_LIMIT, "too many roads are closed at once");
        }
        if (closed_parse(head, &out->closure[out->n]) != AMP_OK) {
            return amp_fail(why, AMP_E_RANGE,
                            "closed must be LAT,LON or LAT,LON,RADIUS_M with ; between, the radius "
                            "1 to %d",
                            (int)AMP_EXTENT_RADIUS_MAX_M);
        }
        out->n++;
    }
    return AMP_OK;
}

/* Those in force, as the roads take them, without those that are left out. */
static amp_err in_force_copy(const struct amp_state *state, const struct left_out *without,
                             struct amp_arena *arena, struct amp_whatif *out)
{
    amp_err err = AMP_OK;
    for (size_t i = state->in_force_n; i-- > 0 && out->n < AMP_METRIC_CLOSURES && !err;) {
        const struct amp_closure *closure = amp_state_closure(state, state->in_force[i]);
        if (!is_left_out(without, closure->id)) {
            err = amp_closure_copy(&closure->extent, arena, &out->closure[out->n++]);
        }
    }
    return err;
}

bool amp_whatif_read(struct amp_server *server, struct amp_job *job, struct amp_whatif *out)
{
    struct amp_str without = amp_api_query(job, "without");
    struct amp_str closed = amp_api_query(job, "closed");
    struct left_out left_out = {.n = 0};
    struct amp_why why = {""};
    *out = (struct amp_whatif){.asked = without.len > 0 || closed.len > 0};
    if (!out->asked) {
        return true;
    }
    out->closure = amp_arena_array(&job->arena, AMP_METRIC_CLOSURES, sizeof *out->closure);
    amp_err err = out->closure == NULL ? AMP_E_NOMEM
                                       : left_out_read(&server->state, without, &left_out, &why);
    if (err == AMP_OK) {
        err = in_force_copy(&server->state, &left_out, &job->arena, out);
    }
    if (err == AMP_OK) {
        err = closed_read(closed, out, &why);
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return false;
    }
    return true;
}

amp_err amp_whatif_weigh(struct amp_job *job, const struct amp_whatif *whatif, struct amp_why *why)
{
    struct amp_metric *metric = NULL;
    amp_err err = amp_metric_change(job->metric, whatif->closure, whatif->n, &metric, why);
    if (err == AMP_OK) {
        amp_metric_unref(job->metric);
        job->metric = metric;
    }
    return err;
}
