/* Questions to the map: prepared by the core, answered by a worker. */
#include "response/recommend.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/whatif.h"
#include <math.h>
#include <stdlib.h>

enum {
    GEOCODE_DEFAULT = 10,
    NEAREST_DEFAULT = 5,
    NEAREST_MAX = 100
};

struct ask { /* what a worker needs: a copy */
    struct amp_pos from, to;
    enum amp_profile profile;
    bool near;
    struct amp_str text, area;
    int64_t limit, radius_m;
    struct amp_whatif whatif; /* of nearest and route */
    size_t others;            /* alternatives to a route */
    struct amp_question question;
    struct amp_candidate *candidate; /* of nearest */
    size_t candidate_n;
    struct amp_crew_at *crew;   /* of each candidate, of nearest or of the question */
    struct amp_cover_ask cover; /* of the question: its candidates that are free */
    size_t *cover_of;           /* of each of these: which candidate it is */
    const struct amp_candidate *shown[NEAREST_MAX];
    bool by_name; /* nearest: all by the profile named, not each by its own */
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
        job->crews = amp_crews_ref(server->crews);
        amp_job_map(server, job);
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

bool amp_api_query_profile(struct amp_server *server, struct amp_job *job, enum amp_profile *out)
{
    struct amp_str name = amp_api_query(job, "profile");
    enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    struct amp_why why = {""};
    if (name.len > 0 && amp_profile_of(name, &profile) != AMP_OK) {
        (void)amp_fail(&why, AMP_E_RANGE, "there is no profile of that name");
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return false;
    }
    if (server->metric[profile] == NULL) {
        (void)amp_fail(&why, AMP_E_RANGE,
                       "the %s profile is not served here; \"%s served 1\" in the file of "
                       "--profiles turns it on",
                       amp_profile_name(profile), amp_profile_name(profile));
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return false;
    }
    *out = profile;
    return true;
}

/* ---- recommendation ---- */

/* Where its road is closed, an open one is looked for from the place itself, as routes do. */
static bool snap_place(const struct amp_metric *metric, struct amp_pos pos, struct amp_snap *out)
{
    size_t n = 0;
    amp_err err = amp_roads_snap(amp_metric_roads(metric), amp_metric_profile(metric), pos,
                                 AMP_SNAP_MAX_M, -1, out, 1, &n);
    out->at = pos;
    return err == AMP_OK && n > 0;
}

/* The candidates as the roads know them: by heading, speed and how they drive. */
static amp_err crews_copy(struct amp_server *server, struct amp_job *job,
                          const struct amp_candidate *who, size_t n)
{
    struct ask *ask = job->data;
    ask->crew = amp_arena_array(&job->arena, n + 1, sizeof *ask->crew);
    if (ask->crew == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        const struct amp_unit *unit = amp_state_unit_at(&server->state, who[i].unit);
        ask->crew[i] = amp_follow_crew(server, unit, &who[i]);
    }
    return AMP_OK;
}

struct reaching { /* the candidates that are anywhere, as the roads know them */
    struct amp_crew_at *crew;
    struct amp_candidate **who;
    size_t n;
};

static amp_err reaching_make(struct amp_job *job, struct amp_candidate *who, size_t n,
                             struct reaching *out)
{
    *out = (struct reaching){.crew = amp_arena_array(&job->arena, n + 1, sizeof *out->crew),
                             .who = amp_arena_array(&job->arena, n + 1, sizeof(void *))};
    const struct ask *ask = job->data;
    if (out->crew == NULL || out->who == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        who[i].road_s = INFINITY;
        who[i].distance_m = NAN;
        if (who[i].basis != AMP_BASIS_NONE) {
            out->crew[out->n] = ask->crew[i];
            out->who[out->n++] = &who[i];
        }
    }
    return AMP_OK;
}

/* Travel times of all candidates to one place. Those without a way keep INFINITY. */
static amp_err times_fill(struct amp_job *job, struct amp_scratch *scratch,
                          struct amp_question *question)
{
    enum {
        MS_PER_S = 1000
    };
    struct reaching reaching;
    amp_err err = reaching_make(job, question->candidate, question->candidate_n, &reaching);
    uint32_t *time_ms = amp_arena_array(&job->arena, question->candidate_n + 1, sizeof *time_ms);
    if (err != AMP_OK || time_ms == NULL) {
        return AMP_E_NOMEM;
    }
    const struct amp_crews_ask ask = {reaching.crew, reaching.n, question->at};
    err = amp_crews_times(job->crews, scratch->query, &ask, time_ms);
    for (size_t i = 0; i < reaching.n && err == AMP_OK; i++) {
        if (time_ms[i] < AMP_ROAD_FOREVER_MS) {
            reaching.who[i]->road_s = (double)time_ms[i] / MS_PER_S;
        }
    }
    return err;
}

/* Metres of those who are shown: only these are worth the way back from the hierarchy. */
static amp_err distances_fill(struct amp_job *job, struct amp_scratch *scratch,
                              struct amp_question *question, const struct amp_advice *advice,
                              size_t advice_n)
{
    const struct ask *of = job->data;
    size_t room = advice_n * AMP_RANKED_MAX + 1, n = 0;
    struct amp_crew_at *crew = amp_arena_array(&job->arena, room, sizeof *crew);
    double *metres = amp_arena_array(&job->arena, room, sizeof *metres);
    if (crew == NULL || metres == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t a = 0; a < advice_n; a++) {
        for (size_t i = 0; i < advice[a].ranked_n; i++) {
            crew[n++] = of->crew[advice[a].ranked[i].who - question->candidate];
        }
    }
    const struct amp_crews_ask ask = {crew, n, question->at};
    amp_err err = amp_crews_distances(job->crews, scratch->query, &ask, metres);
    n = 0;
    for (size_t a = 0; a < advice_n && err == AMP_OK; a++) {
        for (size_t i = 0; i < advice[a].ranked_n; i++) {
            size_t at = (size_t)(advice[a].ranked[i].who - question->candidate);
            question->candidate[at].distance_m = metres[n++];
        }
    }
    return err;
}

/* No list of crews is no answer where none could be reckoned: it would look as if all were away. */
static amp_err question_check(const struct amp_job *job, const struct amp_scratch *scratch,
                              const struct amp_question *question, struct amp_why *why)
{
    struct amp_snap target;
    if (scratch->map == NULL) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "this server was started without a map, so it cannot say who is there "
                        "first; crews can be sent all the same");
    }
    if (!snap_place(job->metric, question->at, &target)) {
        return amp_fail(why, AMP_E_NO_ROUTE,
                        "the map has no road within %d m of I-%u, so nobody can say who is there "
                        "first; crews can be sent all the same",
                        (int)AMP_SNAP_MAX_M, question->incident.n);
    }
    return AMP_OK;
}

/* Ranked twice: the second time the sentences know the metres. */
static amp_err question_answer(struct amp_job *job, struct amp_scratch *scratch,
                               struct amp_question *question, struct amp_advice **advice,
                               size_t *advice_n)
{
    amp_err err = times_fill(job, scratch, question);
    if (err == AMP_OK) {
        err = amp_recommend(question, &job->arena, advice, advice_n);
    }
    if (err == AMP_OK) {
        err = distances_fill(job, scratch, question, *advice, *advice_n);
    }
    return err == AMP_OK ? amp_recommend(question, &job->arena, advice, advice_n) : err;
}

/* What each choice costs in coverage; without it where that would take long: who waits for help
 * comes first. */
static void cover_fill(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch,
                       struct amp_advice *advice, size_t advice_n)
{
    struct ask *of = job->data;
    struct amp_question *question = &of->question;
    struct amp_cover_view view;
    const uint64_t **reach = amp_arena_array(&job->arena, question->candidate_n + 1, sizeof *reach);
    of->cover.map = scratch->map;
    of->cover.map_serial = scratch->map_serial;
    of->cover.query = scratch->query;
    of->cover.crews = job->crews;
    of->cover.haste = AMP_COVER_URGENT;
    if (reach == NULL || amp_cover_open(server->cover, &of->cover, &job->arena, &view) != AMP_OK) {
        return;
    }
    for (size_t i = 0, n = 0; i < question->candidate_n; i++) {
        bool is_free = n < of->cover.n && of->cover_of[n] == i;
        reach[i] = is_free ? view.reach[n++] : NULL;
    }
    const struct amp_recommend_cells cells = {view.at_hour, view.demand->cell_n, reach,
                                              of->cover.minutes};
    amp_err err = amp_recommend_cover(question, &cells, &job->arena, advice, advice_n);
    amp_cover_close(server->cover);
    for (size_t i = 0; i < advice_n && err != AMP_OK; i++) {
        advice[i].cover = NAN; /* memory is short: the crews are told all the same */
    }
}

static void recommendation_work(struct amp_server *server, struct amp_job *job,
                                struct amp_scratch *scratch)
{
    struct ask *ask = job->data;
    struct amp_question *question = &ask->question;
    struct amp_advice *advice = NULL;
    size_t advice_n = 0;
    struct amp_why why = {""};
    amp_err err = question_check(job, scratch, question, &why);
    if (err == AMP_OK) {
        err = question_answer(job, scratch, question, &advice, &advice_n);
    }
    if (err == AMP_OK) {
        cover_fill(server, job, scratch, advice, advice_n);
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

/* Crews of another agency are not one's to send, unless it lends them. */
static amp_err candidates_narrow(struct amp_server *server, struct amp_job *job,
                                 struct amp_question *question)
{
    bool crew = job->who.who.role == AMP_ROLE_CREW;
    struct amp_agency_id agency = {crew ? 0 : job->who.who.agency};
    struct amp_str unit = amp_str_of(crew ? job->who.who.unit : NULL);
    return amp_question_narrow(&server->state, server->config.plans, agency, unit, &job->arena,
                               question);
}

/* The candidates that are free and somewhere, as coverage counts them. */
static amp_err cover_prepare(struct amp_server *server, struct amp_job *job)
{
    struct ask *ask = job->data;
    size_t n = ask->question.candidate_n;
    struct amp_cover_crew *crew = amp_arena_array(&job->arena, n + 1, sizeof *crew);
    ask->cover_of = amp_arena_array(&job->arena, n + 1, sizeof *ask->cover_of);
    if (crew == NULL || ask->cover_of == NULL) {
        return AMP_E_NOMEM;
    }
    ask->cover.crew = crew;
    for (size_t i = 0; i < n; i++) {
        const struct amp_candidate *who = &ask->question.candidate[i];
        const struct amp_unit *unit = amp_state_unit_at(&server->state, who->unit);
        if (amp_unit_is_free(who->status) && who->basis != AMP_BASIS_NONE && who->lent == NULL) {
            ask->cover_of[ask->cover.n] = i;
            crew[ask->cover.n++] = amp_coverage_crew(server, unit, who);
        }
    }
    return amp_coverage_past(server, job, &ask->cover);
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
    err = candidates_narrow(server, job, &ask->question);
    err = err ? err : crews_copy(server, job, ask->question.candidate, ask->question.candidate_n);
    err = err == AMP_OK && server->cover != NULL ? cover_prepare(server, job) : err;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
        return;
    }
    job->task.urgent = true;
    amp_core_work(server, job, recommendation_work);
}

/* ---- nearest ---- */

struct first { /* an answer of nearest */
    struct amp_unit_time unit[NEAREST_MAX];
    double metres[NEAREST_MAX];
    enum amp_profile by[NEAREST_MAX]; /* counted by this one */
    size_t n;
};

/* By the crews that stand ready, under the closures in force. */
static amp_err first_ready(struct amp_job *job, struct amp_scratch *scratch,
                           const struct reaching *reaching, struct first *out)
{
    struct ask *ask = job->data;
    struct amp_crew_at crew[NEAREST_MAX];
    struct amp_crews_ask of = {reaching->crew, reaching->n, ask->to};
    amp_err err =
        amp_crews_first(job->crews, scratch->query, &of, (size_t)ask->limit, out->unit, &out->n);
    for (size_t i = 0; i < out->n && err == AMP_OK; i++) {
        size_t at = 0; /* candidates ascend by number */
        for (size_t step = reaching->n; step > 0; step /= 2) {
            while (at + step < reaching->n && reaching->crew[at + step].unit <= out->unit[i].id) {
                at += step;
            }
        }
        crew[i] = reaching->crew[at];
        ask->shown[i] = reaching->who[at];
        out->by[i] = amp_crews_counted(job->crews, crew[i].profile);
    }
    of = (struct amp_crews_ask){crew, out->n, ask->to};
    return err == AMP_OK ? amp_crews_distances(job->crews, scratch->query, &of, out->metres) : err;
}

static int reach_order(const void *a, const void *b)
{
    const struct amp_candidate *const *one = a;
    const struct amp_candidate *const *two = b;
    if ((*one)->road_s < (*two)->road_s) {
        return -1;
    }
    return (*one)->road_s > (*two)->road_s ? 1 : (int)(*one)->unit.n - (int)(*two)->unit.n;
}

/* Those who are counted by one profile, by weights of this answer's own: each is asked. */
static amp_err profile_asked(struct amp_job *job, struct amp_scratch *scratch,
                             const struct reaching *reaching, struct amp_metric *metric)
{
    const struct ask *ask = job->data;
    size_t n = 0;
    struct amp_snap to;
    struct amp_candidate **who = amp_arena_array(&job->arena, reaching->n + 1, sizeof(void *));
    struct amp_snap *snap = amp_arena_array(&job->arena, reaching->n + 1, sizeof *snap);
    struct amp_reach *reach = amp_arena_array(&job->arena, reaching->n + 1, sizeof *reach);
    if (who == NULL || snap == NULL || reach == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < reaching->n; i++) {
        bool mine = ask->by_name || amp_crews_counted(job->crews, reaching->crew[i].profile) ==
                                        amp_metric_profile(metric);
        if (mine && snap_place(metric, reaching->crew[i].at, &snap[n])) {
            who[n++] = reaching->who[i];
        }
    }
    if (n == 0 || !snap_place(metric, ask->to, &to)) {
        return AMP_OK;
    }
    amp_err err = amp_roads_reach(scratch->query, metric, snap, n, &to, (size_t)ask->limit, reach);
    for (size_t i = 0; i < n && err == AMP_OK; i++) {
        who[i]->road_s = reach[i].time_s;
        who[i]->distance_m = reach[i].distance_m;
    }
    return err;
}

/* With other closures, at another hour, or by a profile that is not the crews' own. */
static amp_err first_asked(struct amp_job *job, struct amp_scratch *scratch,
                           const struct reaching *reaching, struct first *out, struct amp_why *why)
{
    struct ask *ask = job->data;
    amp_err err = AMP_OK;
    for (int p = 0; p < AMP_PROFILE_COUNT && err == AMP_OK; p++) {
        bool served = (int)amp_crews_counted(job->crews, (enum amp_profile)p) == p;
        if (!served || (ask->by_name && p != (int)ask->profile)) {
            continue;
        }
        struct amp_metric *metric = amp_crews_metric(job->crews, (enum amp_profile)p);
        err = amp_whatif_weigh(&ask->whatif, &metric, why);
        err = err == AMP_OK ? profile_asked(job, scratch, reaching, metric) : err;
        amp_metric_unref(metric);
    }
    qsort(reaching->who, reaching->n, sizeof(void *), reach_order);
    for (size_t i = 0; i < reaching->n && (int64_t)i < ask->limit && err == AMP_OK &&
                       isfinite(reaching->who[i]->road_s);
         i++) {
        size_t at = (size_t)(reaching->who[i] - ask->candidate);
        ask->shown[i] = reaching->who[i];
        out->unit[i].time_ms = (uint32_t)lround(reaching->who[i]->road_s * 1000);
        out->metres[i] = reaching->who[i]->distance_m;
        out->by[i] =
            ask->by_name ? ask->profile : amp_crews_counted(job->crews, ask->crew[at].profile);
        out->n = i + 1;
    }
    return err;
}

static amp_err first_find(struct amp_job *job, struct amp_scratch *scratch, struct first *out,
                          struct amp_why *why)
{
    struct ask *ask = job->data;
    struct reaching reaching;
    amp_err err = reaching_make(job, ask->candidate, ask->candidate_n, &reaching);
    out->n = 0;
    if (err != AMP_OK) {
        return err;
    }
    return ask->whatif.asked || ask->by_name ? first_asked(job, scratch, &reaching, out, why)
                                             : first_ready(job, scratch, &reaching, out);
}

static void nearest_work(struct amp_server *server, struct amp_job *job,
                         struct amp_scratch *scratch)
{
    const struct ask *ask = job->data;
    struct first first;
    struct amp_why why = {""};
    (void)server;
    amp_err err = first_find(job, scratch, &first, &why);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_key(&js, "results");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < first.n; i++) {
        amp_json_open(&js, '{');
        amp_json_text_of(&js, "id", ask->shown[i]->call_sign);
        amp_json_double_of(&js, "time_s", first.unit[i].time_ms / 1000.0, 3);
        amp_json_double_of(&js, "distance_m", first.metres[i], 1);
        amp_json_text_of(&js, "profile", amp_profile_name(first.by[i]));
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    amp_whatif_hour(&js, &ask->whatif, job->metric);
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
    enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    if (!amp_api_query_profile(server, job, &profile)) {
        return;
    }
    struct ask *ask = ask_make(server, job, profile);
    if (ask == NULL) {
        return;
    }
    ask->to = to;
    ask->limit = k < NEAREST_MAX ? k : NEAREST_MAX;
    ask->by_name = amp_api_query(job, "profile").len > 0;
    if (!amp_whatif_read(server, job, &ask->whatif)) {
        return;
    }
    amp_err err = candidates_copy(server, job, ask);
    err = err == AMP_OK ? crews_copy(server, job, ask->candidate, ask->candidate_n) : err;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, NULL);
    } else {
        amp_core_work(server, job, nearest_work);
    }
}

/* ---- route ---- */

static void line_write(struct amp_json *js, const struct amp_route *route)
{
    enum {
        DECIMALS = 7
    };
    amp_json_key(js, "line");
    amp_json_open(js, '[');
    for (size_t i = 0; i < route->line_n; i++) {
        amp_json_open(js, '[');
        amp_json_put_double(js, amp_lon_deg(route->line[i]), DECIMALS);
        amp_json_put_double(js, amp_lat_deg(route->line[i]), DECIMALS);
        amp_json_close(js, ']');
    }
    amp_json_close(js, ']');
}

static void routes_write(struct amp_json *js, const struct amp_job *job,
                         const struct amp_routes *routes)
{
    const struct ask *ask = job->data;
    amp_json_open(js, '{');
    amp_route_view(js, ask->profile, &routes->route[0]);
    line_write(js, &routes->route[0]);
    amp_whatif_hour(js, &ask->whatif, job->metric);
    if (ask->others > 0) {
        amp_json_key(js, "alternatives");
        amp_json_open(js, '[');
        for (size_t i = 1; i < routes->n; i++) {
            amp_json_open(js, '{');
            amp_route_view(js, ask->profile, &routes->route[i]);
            line_write(js, &routes->route[i]);
            amp_json_close(js, '}');
        }
        amp_json_close(js, ']');
    }
    amp_json_close(js, '}');
}

static void route_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct ask *ask = job->data;
    const struct amp_pos end[2] = {ask->from, ask->to};
    struct amp_routes routes;
    struct amp_why why = {""};
    (void)server;
    amp_err err = amp_whatif_weigh(&ask->whatif, &job->metric, &why);
    if (err == AMP_OK) {
        err = amp_route_alternatives(scratch->query, job->metric, end, ask->others, &job->arena,
                                     &routes, &why);
    }
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    routes_write(&js, job, &routes);
}

void amp_api_route(struct amp_server *server, struct amp_job *job)
{
    struct amp_pos from = {0};
    struct amp_pos to = {0};
    enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    int64_t others = 0;
    if (!amp_api_map_there(server, job) || !amp_api_query_pos(server, job, "from", &from, NULL) ||
        !amp_api_query_pos(server, job, "to", &to, NULL) ||
        !amp_api_query_int(server, job, "alternatives", &others)) {
        return;
    }
    others = others < AMP_ROUTES_MAX - 1 ? others : AMP_ROUTES_MAX - 1;
    if (!amp_api_query_profile(server, job, &profile)) {
        return;
    }
    struct ask *ask = ask_make(server, job, profile);
    if (ask != NULL && amp_whatif_read(server, job, &ask->whatif)) {
        ask->from = from;
        ask->to = to;
        ask->others = (size_t)others;
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
    (void)server;
    struct amp_geocode_ask question = {.query = ask->text,
                                       .near = ask->near ? &ask->from : NULL,
                                       .radius_m = (double)ask->radius_m,
                                       .limit = (size_t)ask->limit};
    amp_err err = AMP_OK;
    if (ask->area.len > 0) {
        err = amp_places_area(scratch->map->places, ask->area, &question, &why);
    }
    err =
        err ? err : amp_geocode_ask(scratch->map->places, &question, &job->arena, &place, &n, &why);
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
        ask->area = amp_api_query(job, "area");
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
    (void)server;
    amp_err err = amp_reverse(scratch->map->places, ask->from, &job->arena, &address);
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
