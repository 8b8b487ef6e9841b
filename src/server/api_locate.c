/* Where a caller can be: a region asked about, or all that an incident's calls have reported. */
#include "map/fuse.h"
#include "map/locate.h"
#include "response/recommend.h"
#include "response/rules.h"
#include "server/api.h"
#include "server/sight.h"

enum {
    UNKNOWN_BY_HAND_M = 50, /* what a place typed or pointed at is taken to be good for */
    UNKNOWN_M = 500,        /* an automatic position that does not say how sure it is */
    PERCENT = 100
};
static const double surest = 0.99; /* "100 %" is not a probability that a map can work with */
static const double us_per_s = 1e6;

struct crew { /* a copy of what the worker needs */
    char call_sign[AMP_WORD_MAX + 1];
    struct amp_pos from;
};

struct told { /* who reported */
    struct amp_str source;
    struct amp_call_id call; /* 0: none */
};

struct ask {
    struct amp_arena *arena; /* the job's */
    struct amp_fuse_report report[AMP_FUSE_REPORTS];
    struct told told[AMP_FUSE_REPORTS]; /* of each report */
    size_t report_n;
    double speed_m_s;
    struct crew *crew;
    size_t crew_n;
    struct amp_incident_id incident; /* 0: none */
};

static struct ask *ask_make(struct amp_server *server, struct amp_job *job)
{
    struct ask *ask = amp_arena_alloc(&job->arena, sizeof *ask);
    if (ask == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return NULL;
    }
    ask->arena = &job->arena;
    ask->speed_m_s = AMP_FUSE_SPEED_M_S;
    job->metric = amp_metric_ref(server->metric[AMP_PROFILE_AMBULANCE]);
    amp_job_map(server, job);
    job->data = ask;
    return ask;
}

/* ---- on the worker ---- */

static amp_err crews_snap(struct amp_scratch *scratch, struct amp_job *job, const struct ask *ask,
                          struct amp_locate_crew **out, size_t *out_n)
{
    struct amp_locate_crew *crew = amp_arena_array(&job->arena, ask->crew_n + 1, sizeof *crew);
    size_t n = 0;
    if (crew == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < ask->crew_n; i++) {
        size_t found = 0;
        amp_err err = amp_roads_snap(scratch->map->roads, AMP_PROFILE_AMBULANCE, ask->crew[i].from,
                                     AMP_SNAP_MAX_M, -1, &crew[n].snap, 1, &found);
        if (err != AMP_OK) {
            return err;
        }
        crew[n].id = amp_str_of(ask->crew[i].call_sign);
        n += found > 0 ? 1 : 0; /* without a road near it nobody gets there */
    }
    *out = crew;
    *out_n = n;
    return AMP_OK;
}

static void reports_view(struct amp_json *js, const struct ask *ask)
{
    amp_json_key(js, "reports");
    amp_json_open(js, '[');
    for (size_t i = 0; i < ask->report_n; i++) {
        amp_json_open(js, '{');
        if (ask->told[i].call.n != 0) {
            char id[AMP_ID_TEXT];
            amp_call_id_text(ask->told[i].call, id);
            amp_json_text_of(js, "call", id);
        }
        amp_json_str_of(js, "source", ask->told[i].source);
        amp_json_double_of(js, "age_s", ask->report[i].age_s, 1);
        amp_region_view(js, &ask->report[i].region);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

static amp_err answers_view(struct amp_job *job, struct amp_scratch *scratch,
                            const struct amp_fused *fused, struct amp_json *js)
{
    const struct ask *ask = job->data;
    const struct amp_map *map = scratch->map;
    struct amp_locate_crew *crew = NULL;
    size_t crew_n = 0;
    amp_err err = crews_snap(scratch, job, ask, &crew, &crew_n);
    amp_json_key(js, "answers");
    amp_json_open(js, '[');
    for (size_t i = 0; i < fused->hypothesis_n && err == AMP_OK; i++) {
        struct amp_locate where = {.sample_n = 0};
        struct amp_locate_times times = {.time_n = 0};
        err = amp_locate_find(map->roads, map->places, AMP_PROFILE_AMBULANCE,
                              &fused->hypothesis[i].region, &job->arena, &where, NULL);
        if (err == AMP_OK) {
            err = amp_locate_reckon(scratch->query, job->metric, &where, crew, crew_n, &job->arena,
                                    &times);
        }
        if (err == AMP_OK) {
            amp_json_open(js, '{');
            amp_json_double_of(js, "weight", fused->hypothesis[i].weight, 4);
            amp_locate_view(js, &where, &times, crew);
            amp_json_close(js, '}');
        }
    }
    amp_json_close(js, ']');
    return err;
}

static void locate_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct ask *ask = job->data;
    struct amp_fused *fused = amp_arena_alloc(&job->arena, sizeof *fused);
    struct amp_why why = {""};
    (void)server;
    amp_err err = fused == NULL ? AMP_E_NOMEM
                                : amp_fuse(ask->report, ask->report_n, ask->speed_m_s, fused, &why);
    if (err == AMP_OK) {
        struct amp_json js = amp_json_make(&job->out);
        amp_json_open(&js, '{');
        reports_view(&js, ask);
        amp_fuse_view(&js, fused, ask->report_n);
        err = answers_view(job, scratch, fused, &js);
        amp_json_close(&js, '}');
    }
    if (err != AMP_OK) {
        amp_buf_clear(&job->out);
        amp_job_problem(job, err, &why);
    }
}

/* ---- a region asked about ---- */

/* Free crews with a current position, of those that who asks may see. */
static amp_err crews_copy(struct amp_server *server, struct amp_job *job, struct ask *ask)
{
    const struct amp_state *state = &server->state;
    ask->crew = amp_arena_array(&job->arena, state->unit_n + 1, sizeof *ask->crew);
    if (ask->crew == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        const struct amp_position *position =
            amp_track_current(&server->track, unit->id, server->now_us);
        struct crew *crew = &ask->crew[ask->crew_n];
        if (unit->status != AMP_UNIT_AVAILABLE || position == NULL ||
            !amp_sight_unit(state, &job->who, unit) ||
            amp_str_copy(crew->call_sign, sizeof crew->call_sign, amp_str_of(unit->call_sign))) {
            continue;
        }
        crew->from = position->pos;
        ask->crew_n++;
    }
    return AMP_OK;
}

static amp_err regions_read(struct amp_str text, struct ask *ask, struct amp_why *why)
{
    while (text.ptr != NULL) {
        struct amp_str one = {0};
        struct amp_region_text got;
        text = amp_str_cut(text, '|', &one);
        if (ask->report_n == AMP_FUSE_REPORTS) {
            return amp_fail(why, AMP_E_LIMIT, "at most %d regions", AMP_FUSE_REPORTS);
        }
        amp_err err = amp_region_parse(one, &got, why);
        if (err != AMP_OK) {
            return err;
        }
        ask->told[ask->report_n].source = got.source;
        ask->report[ask->report_n++] = (struct amp_fuse_report){got.region, got.age_s, got.source};
    }
    return AMP_OK;
}

void amp_api_location(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_str text = amp_api_query(job, "region");
    struct amp_str speed = amp_api_query(job, "speed");
    if (!amp_api_map_there(server, job)) {
        return;
    }
    struct ask *ask = ask_make(server, job);
    if (ask == NULL) {
        return;
    }
    amp_err err = AMP_OK;
    if (text.len == 0) {
        err = amp_fail(&why, AMP_E_MISSING, "the query needs region=, see openapi.yaml");
    } else if (speed.len > 0 && (amp_str_double(speed, &ask->speed_m_s) ||
                                 !(ask->speed_m_s >= 0 && ask->speed_m_s <= PERCENT))) {
        err = amp_fail(&why, AMP_E_RANGE, "speed must be 0 to 100 m/s");
    } else {
        err = regions_read(text, ask, &why);
    }
    err = err ? err : crews_copy(server, job, ask);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->task.urgent = true;
    amp_core_work(server, job, locate_work);
}

/* ---- an incident's reports ---- */

static void report_put(struct ask *ask, const struct amp_place_report *where,
                       struct amp_call_id call, int64_t heard_us, int64_t now_us)
{
    if (!where->known || ask->report_n == AMP_FUSE_REPORTS) {
        return;
    }
    bool by_hand = amp_place_by_hand(where->source);
    int64_t at_us = where->fix_us > 0 ? where->fix_us : heard_us;
    double age_s = (double)(now_us - at_us) / us_per_s;
    double share = (double)where->confidence_pct / PERCENT;
    ask->told[ask->report_n].source = amp_arena_str(ask->arena, amp_str_of(where->source));
    ask->told[ask->report_n].call = call;
    struct amp_fuse_report *report = &ask->report[ask->report_n++];
    *report =
        (struct amp_fuse_report){.age_s = 0}; /* each is a source of its own: a phone, a desk */
    report->region.shape = AMP_REGION_CIRCLE;
    report->region.at = where->pos;
    report->region.radius_m = where->radius_m >= 0 ? (double)where->radius_m
                              : by_hand            ? UNKNOWN_BY_HAND_M
                                                   : UNKNOWN_M;
    if (report->region.radius_m > AMP_REGION_MAX_M) {
        report->region.radius_m = AMP_REGION_MAX_M;
    }
    report->region.confidence = share <= 0 ? 0 : share < surest ? share : surest;
    report->age_s = by_hand || !(age_s > 0)        ? 0 /* a place that is said stays where it is */
                    : age_s < AMP_REGION_AGE_MAX_S ? age_s
                                                   : AMP_REGION_AGE_MAX_S;
}

/* The newest calls first; the incident's own place only if somebody put it there by hand, since
 * else it is one of the calls'. */
static void reports_copy(const struct amp_server *server, const struct amp_incident *incident,
                         struct ask *ask)
{
    if (incident->where.known && amp_place_by_hand(incident->where.source)) {
        report_put(ask, &incident->where, (struct amp_call_id){0}, incident->changed_us,
                   server->now_us);
    }
    for (size_t i = incident->call_n; i-- > 0;) {
        const struct amp_call *call = amp_state_call(&server->state, incident->call[i]);
        if (call != NULL && !(amp_place_by_hand(call->where.source) && ask->report_n > 0)) {
            report_put(ask, &call->where, call->id, call->received_us, server->now_us);
        }
    }
    if (ask->report_n == 0) {
        report_put(ask, &incident->where, (struct amp_call_id){0}, incident->changed_us,
                   server->now_us);
    }
}

/* Free crews that the plan wants there, from where they are counted in a recommendation. */
static amp_err candidates_copy(struct amp_server *server, struct amp_job *job,
                               const struct amp_incident *incident, struct ask *ask)
{
    struct amp_question question;
    amp_err err = amp_question_ask(&server->state, &server->track, server->config.plans, incident,
                                   server->now_us, &job->arena, &question, NULL);
    if (err == AMP_E_MISSING) { /* not triaged yet: where comes before who */
        return crews_copy(server, job, ask);
    }
    ask->crew =
        err ? NULL : amp_arena_array(&job->arena, question.candidate_n + 1, sizeof *ask->crew);
    if (ask->crew == NULL) {
        return err ? err : AMP_E_NOMEM;
    }
    for (size_t i = 0; i < question.candidate_n; i++) {
        const struct amp_candidate *who = &question.candidate[i];
        const struct amp_unit *unit = amp_state_unit_at(&server->state, who->unit);
        struct crew *crew = &ask->crew[ask->crew_n];
        bool wanted = who->needs != 0 && who->basis != AMP_BASIS_NONE &&
                      !amp_unit_is_busy(who->status) && unit != NULL &&
                      amp_sight_unit(&server->state, &job->who, unit);
        if (wanted && amp_str_copy(crew->call_sign, sizeof crew->call_sign,
                                   amp_str_of(who->call_sign)) == AMP_OK) {
            crew->from = who->from;
            ask->crew_n++;
        }
    }
    return AMP_OK;
}

void amp_api_incident_location(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    if (!amp_api_incident_given(server, job) || !amp_api_map_there(server, job)) {
        return;
    }
    const struct amp_incident *incident =
        amp_state_incident(&server->state, job->command.f.incident);
    struct ask *ask = ask_make(server, job);
    if (ask == NULL) {
        return;
    }
    reports_copy(server, incident, ask);
    amp_err err = AMP_OK;
    if (ask->report_n == 0) {
        err = amp_fail(&why, AMP_E_MISSING, "I-%u has no position yet", incident->id.n);
    }
    err = err ? err : candidates_copy(server, job, incident, ask);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->task.urgent = true;
    amp_core_work(server, job, locate_work);
}
