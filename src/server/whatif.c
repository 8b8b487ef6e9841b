/* Closures that hold in one answer only. */
#include "server/whatif.h"
#include "base/timefmt.h"
#include "map/settings.h"
#include "server/api.h"
#include "server/zone.h"

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

static amp_err hour_read(const struct amp_server *server, struct amp_str text,
                         struct amp_whatif *out, struct amp_why *why)
{
    int64_t at_us = 0;
    if (text.len == 0) {
        return AMP_OK;
    }
    if (server->config.timezone == NULL) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "this server knows no local time: what holds on roads at times is read "
                        "strictly at any");
    }
    if (amp_time_parse(text, &at_us) != AMP_OK) {
        return amp_fail(why, AMP_E_RANGE, "at must be a time such as 2026-11-26T08:15:00Z");
    }
    out->when = amp_zone_when(at_us);
    return out->when.known ? AMP_OK : amp_fail(why, AMP_E_RANGE, "at is too far away");
}

bool amp_whatif_read(struct amp_server *server, struct amp_job *job, struct amp_whatif *out)
{
    struct amp_str without = amp_api_query(job, "without");
    struct amp_str closed = amp_api_query(job, "closed");
    struct amp_str at = amp_api_query(job, "at");
    struct left_out left_out = {.n = 0};
    struct amp_why why = {""};
    *out = (struct amp_whatif){.asked = without.len > 0 || closed.len > 0 || at.len > 0};
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
    err = err == AMP_OK ? hour_read(server, at, out, &why) : err;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return false;
    }
    return true;
}

amp_err amp_whatif_weigh(const struct amp_whatif *whatif, struct amp_metric **metric,
                         struct amp_why *why)
{
    const struct amp_roads *now = amp_metric_roads(*metric);
    struct amp_metric *other = NULL;
    struct amp_roads *then = NULL;
    amp_err err = AMP_OK;
    if (!whatif->asked) {
        return AMP_OK;
    }
    if (whatif->when.known && amp_roads_hour_differs(now, &whatif->when)) {
        err = amp_roads_at(now, &whatif->when, 1U << amp_metric_profile(*metric), &then, why);
    }
    if (err == AMP_OK) {
        err = amp_metric_move(*metric, then != NULL ? then : now, whatif->closure, whatif->n,
                              &other, why);
    }
    amp_roads_close(then); /* the weights hold it */
    if (err == AMP_OK) {
        amp_metric_unref(*metric);
        *metric = other;
    }
    return err;
}

void amp_whatif_hour(struct amp_json *js, const struct amp_whatif *whatif,
                     const struct amp_metric *metric)
{
    char text[AMP_WHEN_TEXT];
    struct amp_when when =
        whatif->when.known ? whatif->when : amp_roads_hour(amp_metric_roads(metric));
    amp_when_text(&when, text);
    amp_json_text_of(js, "roads_at", when.known ? text : NULL);
}
