/* Hospitals: to see them with the road to each, to add and change them, whether they take patients.
 */
#include "server/api.h"
#include "server/sight.h"
#include <math.h>

enum {
    MS_PER_S = 1000,
    SAME_M = 150, /* a hospital of the map so near to one on the list is that one */
    SUGGESTIONS_MAX = 500
};

struct row {
    struct amp_hospital hospital; /* its texts in the arena of the job */
    double road_s;                /* INFINITY: no way */
};

struct listing { /* what a worker needs: a copy */
    struct amp_pos from;
    bool has_from, suggests;
    struct row *row;
    size_t n;
    uint64_t seq;
};

static void see_hospital(struct amp_server *server, struct amp_job *job,
                         const struct amp_decision *decision)
{
    const struct amp_hospital *hospital =
        amp_state_hospital(&server->state, job->command.f.facility);
    (void)decision;
    struct amp_json js = amp_api_open(server, job);
    if (hospital != NULL) {
        amp_json_key(&js, "hospital");
        amp_view_hospital(&js, hospital);
    }
    amp_json_close(&js, '}');
}

void amp_api_hospital_add(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_read(server, job, AMP_CMD_ADD_HOSPITAL, 0)) {
        amp_core_commit(server, job, 201, see_hospital);
    }
}

static void hospital_command(struct amp_server *server, struct amp_job *job,
                             enum amp_command_kind kind)
{
    struct amp_why why = {""};
    struct amp_str code = job->param[0];
    if (amp_state_hospital(&server->state, code) == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no hospital \"%.*s\"", (int)code.len,
                       code.ptr);
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    job->command.f.facility = code;
    job->command.f.has |= AMP_HAS(FACILITY);
    if (amp_api_read(server, job, kind, AMP_HAS(FACILITY))) {
        amp_core_commit(server, job, 200, see_hospital);
    }
}

void amp_api_hospital_change(struct amp_server *server, struct amp_job *job)
{
    hospital_command(server, job, AMP_CMD_CHANGE_HOSPITAL);
}

void amp_api_hospital_status(struct amp_server *server, struct amp_job *job)
{
    hospital_command(server, job, AMP_CMD_SET_HOSPITAL_STATUS);
}

/* ---- the list ---- */

static void row_copy(struct amp_arena *arena, const struct amp_hospital *from, struct row *to)
{
    *to = (struct row){.hospital = *from, .road_s = INFINITY};
    struct amp_hospital *copy = &to->hospital;
    copy->code = amp_arena_text(arena, amp_str_of(from->code));
    copy->label = amp_arena_text(arena, amp_str_of(from->label));
    copy->note = from->note != NULL ? amp_arena_text(arena, amp_str_of(from->note)) : NULL;
    copy->actor = from->actor != NULL ? amp_arena_text(arena, amp_str_of(from->actor)) : NULL;
    for (size_t i = 0; i < copy->capabilities.n; i++) {
        copy->capabilities.word[i] = amp_arena_str(arena, from->capabilities.word[i]);
    }
}

/* By the ambulance's times; those with no road near them, or no way, keep INFINITY. */
static amp_err roads_fill(struct amp_job *job, struct amp_scratch *scratch)
{
    struct listing *list = job->data;
    struct amp_snap *to = amp_arena_array(&job->arena, list->n + 1, sizeof *to);
    size_t *of = amp_arena_array(&job->arena, list->n + 1, sizeof *of);
    uint32_t *time_ms = amp_arena_array(&job->arena, list->n + 1, sizeof *time_ms);
    struct amp_snap from;
    size_t found = 0, n = 0;
    if (to == NULL || of == NULL || time_ms == NULL) {
        return AMP_E_NOMEM;
    }
    const struct amp_roads *roads = amp_metric_roads(job->metric);
    amp_err err = amp_roads_snap(roads, AMP_PROFILE_AMBULANCE, list->from, AMP_SNAP_MAX_M, -1,
                                 &from, 1, &found);
    if (err == AMP_E_NO_ROUTE || (err == AMP_OK && found == 0)) {
        return AMP_OK;
    }
    from.at = list->from;
    for (size_t i = 0; i < list->n && err == AMP_OK; i++) {
        struct amp_pos site = list->row[i].hospital.site;
        found = 0;
        err = amp_roads_snap(roads, AMP_PROFILE_AMBULANCE, site, AMP_SNAP_MAX_M, -1, &to[n], 1,
                             &found);
        err = err == AMP_E_NO_ROUTE ? AMP_OK : err;
        if (err == AMP_OK && found > 0) {
            to[n].at = site;
            of[n++] = i;
        }
    }
    if (err == AMP_OK && n > 0) {
        err = amp_roads_matrix(scratch->query, job->metric, &from, 1, to, n, time_ms);
    }
    for (size_t i = 0; i < n && err == AMP_OK; i++) {
        if (time_ms[i] < AMP_ROAD_FOREVER_MS) {
            list->row[of[i]].road_s = (double)time_ms[i] / MS_PER_S;
        }
    }
    return err;
}

static bool is_listed(const struct listing *list, struct amp_pos at)
{
    for (size_t i = 0; i < list->n; i++) {
        if (amp_pos_distance_m(at, list->row[i].hospital.site) < SAME_M) {
            return true;
        }
    }
    return false;
}

/* What the map calls a hospital and the list does not have. */
static amp_err suggestions_write(struct amp_json *js, struct amp_job *job,
                                 const struct amp_map *map)
{
    const struct listing *list = job->data;
    struct amp_place *place = NULL;
    size_t n = 0, written = 0;
    amp_err err = amp_places_of_kind(map->places, AMP_STR("hospital"), &job->arena, &place, &n);
    amp_json_key(js, "suggestions");
    amp_json_open(js, '[');
    for (size_t i = 0; i < n && err == AMP_OK && written < SUGGESTIONS_MAX; i++) {
        if (!is_listed(list, place[i].pos)) {
            amp_json_open(js, '{');
            amp_json_str_of(js, "label", place[i].name);
            amp_json_pos_of(js, place[i].pos);
            amp_json_close(js, '}');
            written++;
        }
    }
    amp_json_close(js, ']');
    return err;
}

static amp_err list_write(struct amp_job *job, const struct amp_map *map)
{
    const struct listing *list = job->data;
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)list->seq);
    amp_json_key(&js, "hospitals");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < list->n; i++) {
        amp_json_open(&js, '{');
        amp_view_hospital_of(&js, &list->row[i].hospital);
        if (list->has_from) {
            amp_json_double_of(&js, "road_s", list->row[i].road_s, 1);
        }
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, ']');
    amp_err err = list->suggests ? suggestions_write(&js, job, map) : AMP_OK;
    amp_json_close(&js, '}');
    return err;
}

static void list_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    const struct listing *list = job->data;
    struct amp_why why = {""};
    (void)server;
    amp_err err = list->has_from ? roads_fill(job, scratch) : AMP_OK;
    err = err == AMP_OK ? list_write(job, scratch->map) : err;
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

static struct listing *list_make(struct amp_server *server, struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    struct listing *list = amp_arena_alloc(&job->arena, sizeof *list);
    if (list != NULL) {
        list->row = amp_arena_array(&job->arena, state->hospital_n + 1, sizeof *list->row);
    }
    if (list == NULL || list->row == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < state->hospital_n; i++) {
        row_copy(&job->arena, &state->hospital[i], &list->row[list->n++]);
    }
    list->seq = state->seq;
    return amp_arena_failed(&job->arena) ? NULL : list;
}

void amp_api_hospitals(struct amp_server *server, struct amp_job *job)
{
    struct listing *list = list_make(server, job);
    if (list == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    job->data = list;
    list->suggests = amp_str_is(amp_api_query(job, "suggestions"), "1");
    if (!amp_api_query_pos(server, job, "from", &list->from, &list->has_from)) {
        return;
    }
    if (!list->has_from && !list->suggests) {
        amp_err err = list_write(job, NULL);
        if (err == AMP_OK) {
            amp_core_answer(server, job, 200);
        } else {
            amp_core_refuse(server, job, err, NULL);
        }
        return;
    }
    if (amp_api_map_there(server, job)) {
        job->metric = amp_metric_ref(server->metric[AMP_PROFILE_AMBULANCE]);
        amp_core_work(server, job, list_work);
    }
}
