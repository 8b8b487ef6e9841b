/* Who can be where in time: areas around a place, or around all crews that are free. */
#include "map/isochrone.h"
#include "response/recommend.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/whatif.h"

enum {
    MS_PER_S = 1000
};

struct area { /* what a worker needs: a copy */
    struct amp_iso_ask ask;
    struct amp_pos *from;
    uint32_t *extra_ms; /* of each */
    size_t from_n;
    enum amp_profile profile;
    bool crews;
    struct amp_whatif whatif;
};

static amp_err sources_snap(const struct amp_metric *metric, struct area *area,
                            struct amp_arena *arena)
{
    struct amp_snap *source = amp_arena_array(arena, area->from_n + 1, sizeof *source);
    size_t n = 0;
    if (source == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < area->from_n; i++) {
        size_t found = 0;
        amp_err err = amp_roads_snap(amp_metric_roads(metric), area->profile, area->from[i],
                                     AMP_SNAP_MAX_M, -1, &source[n], 1, &found);
        if (err != AMP_OK && err != AMP_E_NO_ROUTE) {
            return err;
        }
        if (err == AMP_OK && found > 0) {
            area->extra_ms[n++] = area->extra_ms[i];
        }
    }
    area->ask.source = source;
    area->ask.extra_ms = area->extra_ms;
    area->ask.source_n = n;
    return AMP_OK;
}

static void area_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct area *area = job->data;
    struct amp_isochrone iso;
    struct amp_why why = {""};
    (void)server;
    amp_err err = amp_whatif_weigh(&area->whatif, &job->metric, &why);
    err = err == AMP_OK ? sources_snap(job->metric, area, &job->arena) : err;
    if (err == AMP_OK && area->ask.source_n == 0 && !area->crews) {
        err = amp_fail(&why, AMP_E_NO_ROUTE, "the map has no road within %d m of there",
                       (int)AMP_SNAP_MAX_M);
    }
    if (err == AMP_OK) {
        err = amp_isochrone_find(scratch->query, job->metric, &area->ask, &job->arena, &iso, &why);
    }
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_isochrone_view(&js, &iso);
    if (area->crews) {
        amp_json_i64_of(&js, "crews", (int64_t)area->ask.source_n);
    }
    amp_whatif_hour(&js, &area->whatif, job->metric);
    amp_json_close(&js, '}');
}

/* Free crews that may be seen, from where they are counted, with the time until they roll. */
static void crews_collect(const struct amp_server *server, const struct amp_job *job,
                          struct area *area)
{
    const struct amp_state *state = &server->state;
    const struct amp_timers timers = amp_plans_timers(server->config.plans);
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        struct amp_candidate who = {.basis = AMP_BASIS_NONE};
        if (!amp_unit_is_free(unit->status) || !amp_sight_unit(state, &job->who, unit)) {
            continue;
        }
        amp_candidate_locate(state, &server->track, unit, server->now_us, &who);
        if (who.basis != AMP_BASIS_NONE) {
            area->from[area->from_n] = who.from;
            area->extra_ms[area->from_n++] = (uint32_t)(amp_turnout_s(&timers, &who) * MS_PER_S);
        }
    }
}

/* Where from, or where to, or all that are free: one of them. */
static bool sources_read(struct amp_server *server, struct amp_job *job, struct area *area)
{
    struct amp_why why = {""};
    struct amp_str units = amp_api_query(job, "units");
    struct amp_pos from = {0}, to = {0};
    bool has_from = false, has_to = false;
    if (!amp_api_query_pos(server, job, "from", &from, &has_from) ||
        !amp_api_query_pos(server, job, "to", &to, &has_to)) {
        return false;
    }
    bool crews = amp_str_is(units, "available");
    if (has_from + has_to + crews != 1 || (units.len > 0 && !crews)) {
        (void)amp_fail(&why, AMP_E_RANGE,
                       "the query needs one of from=LAT,LON to=LAT,LON units=available");
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return false;
    }
    if (crews) {
        crews_collect(server, job, area);
    } else {
        area->from[area->from_n++] = has_from ? from : to;
    }
    area->ask.backwards = has_to;
    area->crews = crews;
    return true;
}

static struct area *area_make(struct amp_server *server, struct amp_job *job)
{
    size_t room = server->state.unit_n + 1;
    struct area *area = amp_arena_alloc(&job->arena, sizeof *area);
    if (area != NULL) {
        area->from = amp_arena_array(&job->arena, room, sizeof *area->from);
        area->extra_ms = amp_arena_array(&job->arena, room, sizeof *area->extra_ms);
    }
    if (area == NULL || area->from == NULL || area->extra_ms == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return NULL;
    }
    return area;
}

void amp_api_isochrone(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    struct area *area = amp_api_map_there(server, job) ? area_make(server, job) : NULL;
    if (area == NULL || !sources_read(server, job, area)) {
        return;
    }
    amp_err err = amp_isochrone_minutes(amp_api_query(job, "minutes"), &area->ask, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (!amp_api_query_profile(server, job, &profile) ||
        !amp_whatif_read(server, job, &area->whatif)) {
        return;
    }
    area->profile = profile;
    job->metric = amp_metric_ref(server->metric[profile]);
    job->type = "application/geo+json";
    job->data = area;
    amp_core_work(server, job, area_work);
}
