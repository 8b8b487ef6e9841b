/* Questions to the map: prepared by the core, answered by a worker. */
#include "response/recommend.h"
#include "server/api.h"
#include "server/sight.h"
#include <math.h>
#include <stdlib.h>

enum {
    GEOCODE_DEFAULT = 10,
    NEAREST_DEFAULT = 5,
    NEAREST_MAX = 100,
    TARGETS_MAX = 4
};

struct ask { /* what a worker needs: a copy */
    struct amp_pos from, to;
    enum amp_profile profile;
    bool near;
    struct amp_str text;
    int64_t limit, radius_m;
    struct amp_question question;
    struct amp_candidate *candidate; /* of nearest */
    size_t candidate_n;
};

static struct ask *ask_make(struct amp_server *server, struct amp_job *job,
                            enum amp_profile profile)
{
    struct ask *ask = amp_arena_alloc(&job->arena, sizeof *ask);
    if (ask == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return NULL;
    }
    if (server->metric[profile] != NULL) {
        job->metric = amp_metric_ref(server->metric[profile]);
    }
    ask->profile = profile;
    job->data = ask;
    return ask;
}

/* ---- what the query says ---- */

struct amp_str amp_api_query(const struct amp_job *job, const char *name)
{
    struct amp_str value = {0};
    (void)amp_form_get(&job->uri.query, name, &value);
    return value;
}

bool amp_api_query_pos(struct amp_server *server, struct amp_job *job, const char *name,
                       struct amp_pos *out, bool *found)
{
    struct amp_str text = amp_api_query(job, name);
    struct amp_why why = {""};
    if (found != NULL) {
        *found = text.len > 0;
        if (!*found) {
            return true;
        }
    }
    amp_err err = text.len == 0 ? AMP_E_MISSING : amp_pos_parse(text, out);
    if (err != AMP_OK) {
        (void)amp_fail(&why, err, "the query needs %s=LAT,LON", name);
        amp_core_refuse(server, job, err, &why);
        return false;
    }
    return true;
}

bool amp_api_query_int(struct amp_server *server, struct amp_job *job, const char *name,
                       int64_t *out)
{
    struct amp_str text = amp_api_query(job, name);
    struct amp_why why = {""};
    if (text.len > 0 && (amp_str_i64(text, out) != AMP_OK || *out < 1)) {
        (void)amp_fail(&why, AMP_E_RANGE, "%s must be a whole number from 1", name);
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return false;
    }
    return true;
}

bool amp_api_map_there(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (server->config.map != NULL) {
        return true;
    }
    (void)amp_fail(&why, AMP_E_NOT_FOUND, "this server was started without a map");
    amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
    return false;
}

/* ---- recommendation ---- */

static bool snap_known(const struct amp_roads *roads, struct amp_scratch *scratch,
                       struct amp_pos pos, struct amp_snap *out)
{
    enum {
        MIX_LAT = 73856093,
        MIX_LON = 19349663
    };
    uint32_t hash = (uint32_t)pos.lat_e7 * MIX_LAT ^ (uint32_t)pos.lon_e7 * MIX_LON;
    struct amp_snap_kept *kept = &scratch->kept[(hash >> 8) % AMP_SNAPS_KEPT];
    if (!kept->used || kept->pos.lat_e7 != pos.lat_e7 || kept->pos.lon_e7 != pos.lon_e7) {
        size_t n = 0;
        amp_err err = amp_roads_snap(roads, AMP_PROFILE_AMBULANCE, pos, AMP_SNAP_MAX_M, -1,
                                     &kept->snap, 1, &n);
        kept->pos = pos;
        kept->found = err == AMP_OK && n > 0;
        kept->used = err == AMP_OK || err == AMP_E_NO_ROUTE;
        if (!kept->found) {
            return false;
        }
    }
    *out = kept->snap;
    return kept->found;
}

/* Travel times of all candidates to one place. Those without a road near them keep INFINITY. */
static amp_err reach_fill(struct amp_server *server, struct amp_job *job,
                          struct amp_scratch *scratch, struct amp_candidate *who, size_t n,
                          struct amp_pos to)
{
    const struct amp_roads *roads = server->config.map->roads;
    struct amp_snap *snap = amp_arena_array(&job->arena, n, sizeof *snap);
    size_t *whose = amp_arena_array(&job->arena, n, sizeof *whose);
    struct amp_reach *reach = amp_arena_array(&job->arena, n, sizeof *reach);
    struct amp_snap target;
    size_t snap_n = 0;
    if (snap == NULL || whose == NULL || reach == NULL) {
        return AMP_E_NOMEM;
    }
    bool there = snap_known(roads, scratch, to, &target);
    for (size_t i = 0; i < n; i++) {
        who[i].road_s = INFINITY;
        who[i].distance_m = NAN;
        if (there && who[i].basis != AMP_BASIS_NONE &&
            snap_known(roads, scratch, who[i].from, &snap[snap_n])) {
            whose[snap_n++] = i;
        }
    }
    if (snap_n == 0) {
        return AMP_OK;
    }
    amp_err err = amp_roads_reach(scratch->query, job->metric, snap, snap_n, &target,
                                  AMP_RANKED_MAX * TARGETS_MAX, reach);
    for (size_t i = 0; i < snap_n && err == AMP_OK; i++) {
        who[whose[i]].road_s = reach[i].time_s;
        who[whose[i]].distance_m = reach[i].distance_m;
    }
    return err;
}

/* No list of crews is no answer where none could be reckoned: it would look as if all were away. */
static amp_err question_check(const struct amp_server *server, struct amp_scratch *scratch,
                              const struct amp_question *question, struct amp_why *why)
{
    struct amp_snap target;
    if (server->config.map == NULL) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "this server was started without a map, so it cannot say who is there "
                        "first; crews can be sent all the same");
    }
    if (!snap_known(server->config.map->roads, scratch, question->at, &target)) {
        return amp_fail(why, AMP_E_NO_ROUTE,
                        "the map has no road within %d m of I-%u, so nobody can say who is there "
                        "first; crews can be sent all the same",
                        (int)AMP_SNAP_MAX_M, question->incident.n);
    }
    return AMP_OK;
}

static void recommendation_work(struct amp_server *server, struct amp_job *job,
                                struct amp_scratch *scratch)
{
    struct ask *ask = job->data;
    struct amp_question *question = &ask->question;
    struct amp_advice *advice = NULL;
    size_t advice_n = 0;
    struct amp_why why = {""};
    amp_err err = question_check(server, scratch, question, &why);
    if (err == AMP_OK) {
        err = reach_fill(server, job, scratch, question->candidate, question->candidate_n,
                         question->at);
    }
    if (err == AMP_OK) {
        err = amp_recommend(question, &job->arena, &advice, &advice_n);
    }
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
        return;
    }
    enum {
        US_PER_MS = 1000
    };
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_recommend_view(&js, question, advice, advice_n);
    amp_json_double_of(&js, "took_ms",
                       (double)(amp_clock_steady_us() - job->arrived_us) / US_PER_MS, 3);
    amp_json_close(&js, '}');
}

/* Crews of another agency are not one's to send. */
static void candidates_narrow(const struct amp_state *state, const struct amp_identity *who,
                              struct amp_question *question)
{
    size_t n = 0;
    for (size_t i = 0; i < question->candidate_n; i++) {
        const struct amp_unit *unit = amp_state_unit_at(state, question->candidate[i].unit);
        if (unit != NULL && amp_sight_unit(state, who, unit)) {
            question->candidate[n++] = question->candidate[i];
        }
    }
    question->candidate_n = n;
}

void amp_api_recommendation(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (!amp_api_incident_given(server, job)) {
        return;
    }
    struct ask *ask = ask_make(server, job, AMP_PROFILE_AMBULANCE);
    if (ask == NULL) {
        return;
    }
    const struct amp_incident *incident =
        amp_state_incident(&server->state, job->command.f.incident);
    amp_err err = amp_question_ask(&server->state, &server->track, server->config.plans, incident,
                                   server->now_us, &job->arena, &ask->question, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    candidates_narrow(&server->state, &job->who, &ask->question);
    job->task.urgent = true;
    amp_core_work(server, job, recommendation_work);
}

/* ---- nearest ---- */

static int reach_order(const void *a, const void *b)
{
    const struct amp_candidate *one = a;
    const struct amp_candidate *two = b;
    if (one->road_s < two->road_s) {
        return -1;
    }
    return one->road_s > two->road_s ? 1 : (int)one->unit.n - (int)two->unit.n;
}

static void nearest_work(struct amp_server *server, struct amp_job *job,
                         struct amp_scratch *scratch)
{
    struct ask *ask = job->data;
    amp_err err = reach_fill(server, job, scratch, ask->candidate, ask->candidate_n, ask->to);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        return;
    }
    qsort(ask->candidate, ask->candidate_n, sizeof *ask->candidate, reach_order);
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_key(&js, "results");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < ask->candidate_n && (int64_t)i < ask->limit; i++) {
        const struct amp_candidate *who = &ask->candidate[i];
        if (isfinite(who->road_s)) {
            amp_json_open(&js, '{');
            amp_json_text_of(&js, "id", who->call_sign);
            amp_json_double_of(&js, "time_s", who->road_s, 3);
            amp_json_double_of(&js, "distance_m", who->distance_m, 1);
            amp_json_close(&js, '}');
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static amp_err candidates_copy(struct amp_server *server, struct amp_job *job, struct ask *ask)
{
    const struct amp_state *state = &server->state;
    ask->candidate = amp_arena_array(&job->arena, state->unit_n + 1, sizeof *ask->candidate);
    if (ask->candidate == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        const struct amp_position *position =
            amp_track_current(&server->track, unit->id, server->now_us);
        if (position == NULL || !amp_sight_unit(state, &job->who, unit)) {
            continue;
        }
        struct amp_candidate *who = &ask->candidate[ask->candidate_n];
        *who = (struct amp_candidate){
            .unit = unit->id, .basis = AMP_BASIS_POSITION, .from = position->pos};
        if (amp_str_copy(who->call_sign, sizeof who->call_sign, amp_str_of(unit->call_sign)) ==
            AMP_OK) {
            ask->candidate_n++;
        }
    }
    return AMP_OK;
}

void amp_api_nearest(struct amp_server *server, struct amp_job *job)
{
    struct amp_pos to = {0};
    int64_t k = NEAREST_DEFAULT;
    if (!amp_api_map_there(server, job) || !amp_api_query_pos(server, job, "to", &to, NULL) ||
        !amp_api_query_int(server, job, "k", &k)) {
        return;
    }
    struct ask *ask = ask_make(server, job, AMP_PROFILE_AMBULANCE);
    if (ask == NULL) {
        return;
    }
    ask->to = to;
    ask->limit = k < NEAREST_MAX ? k : NEAREST_MAX;
    amp_err err = candidates_copy(server, job, ask);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
    } else {
        amp_core_work(server, job, nearest_work);
    }
}

/* ---- route ---- */

static void route_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    enum {
        DECIMALS = 7
    };
    const struct ask *ask = job->data;
    struct amp_route route = {0};
    struct amp_why why = {""};
    (void)server;
    amp_err err =
        amp_route_find(scratch->query, job->metric, ask->from, ask->to, &job->arena, &route, &why);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_route_view(&js, ask->profile, &route);
    amp_json_key(&js, "line");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < route.line_n; i++) {
        amp_json_open(&js, '[');
        amp_json_put_double(&js, amp_lon_deg(route.line[i]), DECIMALS);
        amp_json_put_double(&js, amp_lat_deg(route.line[i]), DECIMALS);
        amp_json_close(&js, ']');
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

void amp_api_route(struct amp_server *server, struct amp_job *job)
{
    struct amp_pos from = {0};
    struct amp_pos to = {0};
    struct amp_why why = {""};
    enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    struct amp_str name = amp_api_query(job, "profile");
    if (!amp_api_map_there(server, job) || !amp_api_query_pos(server, job, "from", &from, NULL) ||
        !amp_api_query_pos(server, job, "to", &to, NULL)) {
        return;
    }
    if (name.len > 0 && amp_profile_of(name, &profile) != AMP_OK) {
        (void)amp_fail(&why, AMP_E_RANGE, "there is no profile of that name");
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return;
    }
    struct ask *ask = ask_make(server, job, profile);
    if (ask != NULL) {
        ask->from = from;
        ask->to = to;
        amp_core_work(server, job, route_work);
    }
}

/* ---- places ---- */

static void geocode_work(struct amp_server *server, struct amp_job *job,
                         struct amp_scratch *scratch)
{
    const struct ask *ask = job->data;
    struct amp_place *place = NULL;
    size_t n = 0;
    struct amp_why why = {""};
    (void)scratch;
    struct amp_geocode_ask question = {.query = ask->text,
                                       .near = ask->near ? &ask->from : NULL,
                                       .radius_m = (double)ask->radius_m,
                                       .limit = (size_t)ask->limit};
    amp_err err =
        amp_geocode_ask(server->config.map->places, &question, &job->arena, &place, &n, &why);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_key(&js, "results");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_place_view(&js, &place[i]);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

void amp_api_geocode(struct amp_server *server, struct amp_job *job)
{
    struct amp_pos near = {0};
    bool found = false;
    int64_t limit = GEOCODE_DEFAULT;
    int64_t radius_m = 0;
    if (!amp_api_map_there(server, job) || !amp_api_query_pos(server, job, "near", &near, &found) ||
        !amp_api_query_int(server, job, "limit", &limit) ||
        !amp_api_query_int(server, job, "radius", &radius_m)) {
        return;
    }
    struct ask *ask = ask_make(server, job, AMP_PROFILE_AMBULANCE);
    if (ask != NULL) {
        ask->text = amp_api_query(job, "q");
        ask->near = found;
        ask->from = near;
        ask->radius_m = radius_m;
        ask->limit = limit < AMP_GEOCODE_MAX ? limit : AMP_GEOCODE_MAX;
        amp_core_work(server, job, geocode_work);
    }
}

static void reverse_work(struct amp_server *server, struct amp_job *job,
                         struct amp_scratch *scratch)
{
    const struct ask *ask = job->data;
    struct amp_address address = {0};
    (void)scratch;
    amp_err err = amp_reverse(server->config.map->places, ask->from, &job->arena, &address);
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_address_view(&js, &address);
}

void amp_api_reverse(struct amp_server *server, struct amp_job *job)
{
    struct amp_pos at = {0};
    if (!amp_api_map_there(server, job) || !amp_api_query_pos(server, job, "at", &at, NULL)) {
        return;
    }
    struct ask *ask = ask_make(server, job, AMP_PROFILE_AMBULANCE);
    if (ask != NULL) {
        ask->from = at;
        amp_core_work(server, job, reverse_work);
    }
}
