/* Incidents: to see, change, note, close, reopen, merge, and to send and recall crews. */
#include "response/recommend.h"
#include "server/api.h"
#include "server/sight.h"
#include <math.h>
#include <stdlib.h>

/* ---- what several routes share ---- */

struct amp_json amp_api_open(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)server->state.seq);
    return js;
}

bool amp_api_read(struct amp_server *server, struct amp_job *job, enum amp_command_kind kind,
                  amp_field_set given)
{
    struct amp_why why = {""};
    job->command.kind = kind;
    amp_err err = amp_command_read(kind, job->body, given, &job->arena, &job->command.f, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return false;
    }
    return true;
}

bool amp_api_room(struct amp_server *server, struct amp_job *job)
{
    bool room = !atomic_load(&server->failed) && amp_core_has_room(server);
    if (!room) {
        amp_core_refuse(server, job, AMP_E_BUSY, NULL);
    }
    return room;
}

bool amp_api_incident_given(struct amp_server *server, struct amp_job *job)
{
    struct amp_incident_id id = {0};
    struct amp_why why = {""};
    const struct amp_incident *incident = NULL;
    if (amp_incident_id_parse(job->param[0], &id) == AMP_OK) {
        incident = amp_state_incident(&server->state, id);
    }
    if (incident == NULL || !amp_sight_incident(&server->state, &job->who, incident)) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no incident \"%.*s\"",
                       (int)job->param[0].len, job->param[0].ptr);
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return false;
    }
    job->command.f.incident = id;
    job->command.f.has |= AMP_HAS(INCIDENT);
    return true;
}

bool amp_api_unit_given(struct amp_server *server, struct amp_job *job, size_t param)
{
    struct amp_why why = {""};
    struct amp_str name = job->param[param];
    const struct amp_unit *unit = amp_state_unit(&server->state, name);
    if (unit == NULL || !amp_sight_unit(&server->state, &job->who, unit)) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no unit \"%.*s\"", (int)name.len, name.ptr);
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return false;
    }
    job->command.f.unit = name;
    job->command.f.has |= AMP_HAS(UNIT);
    return true;
}

void amp_api_see_incident(struct amp_server *server, struct amp_job *job,
                          const struct amp_decision *decision)
{
    struct amp_incident_id id =
        decision->incident.n != 0 ? decision->incident : job->command.f.incident;
    const struct amp_incident *incident = amp_state_incident(&server->state, id);
    struct amp_json js = amp_api_open(server, job);
    if (incident != NULL) {
        amp_json_key(&js, "incident");
        amp_view_incident(&js, &server->state, incident, true);
    }
    amp_json_close(&js, '}');
}

/* ---- to see ---- */

enum which {
    WHICH_OPEN,
    WHICH_CLOSED,
    WHICH_ALL,
    WHICH_NONE
};

static enum which which_of(struct amp_str text)
{
    if (text.len == 0 || amp_str_is(text, "open")) {
        return WHICH_OPEN;
    }
    if (amp_str_is(text, "closed")) {
        return WHICH_CLOSED;
    }
    return amp_str_is(text, "all") ? WHICH_ALL : WHICH_NONE;
}

static int id_order(const void *a, const void *b)
{
    const struct amp_incident_id *one = a;
    const struct amp_incident_id *two = b;
    return (one->n > two->n) - (one->n < two->n);
}

/* The open ones by number, without walking through all that ever were. */
static amp_err open_write(struct amp_json *js, struct amp_server *server, struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    struct amp_incident_id *id = amp_arena_array(&job->arena, state->open_n + 1, sizeof *id);
    if (id == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < state->open_n; i++) {
        id[i] = state->open[i];
    }
    qsort(id, state->open_n, sizeof *id, id_order);
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, id[i]);
        if (amp_sight_incident(state, &job->who, incident)) {
            amp_view_incident(js, state, incident, false);
        }
    }
    return AMP_OK;
}

struct list {
    enum which which;
    int64_t limit;
};

static bool is_listed(const struct amp_state *state, const struct amp_job *job,
                      const struct amp_incident *incident)
{
    const struct list *list = job->data;
    bool closed = incident->state == AMP_INCIDENT_CLOSED;
    return (closed || list->which == WHICH_ALL) && amp_sight_incident(state, &job->who, incident);
}

/* The newest `limit` of the closed ones, or of all, by number. */
static void newest_write(struct amp_json *js, const struct amp_state *state,
                         const struct amp_job *job)
{
    const struct list *list = job->data;
    size_t first = state->incident_n;
    for (int64_t n = 0; first > 0 && n < list->limit; first--) {
        n += is_listed(state, job, &state->incident[first - 1]);
    }
    for (size_t i = first; i < state->incident_n; i++) {
        if (is_listed(state, job, &state->incident[i])) {
            amp_view_incident(js, state, &state->incident[i], false);
        }
    }
}

static void see_list(struct amp_server *server, struct amp_job *job,
                     const struct amp_decision *decision)
{
    const struct list *list = job->data;
    struct amp_json js = amp_api_open(server, job);
    amp_err err = AMP_OK;
    (void)decision;
    amp_json_key(&js, "incidents");
    amp_json_open(&js, '[');
    if (list->which == WHICH_OPEN) {
        err = open_write(&js, server, job);
    } else {
        newest_write(&js, &server->state, job);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    if (err != AMP_OK) {
        amp_job_problem(job, err, NULL);
    }
}

void amp_api_incidents(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct list *list = amp_arena_alloc(&job->arena, sizeof *list);
    if (list == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    *list = (struct list){which_of(amp_api_query(job, "state")), AMP_SERVER_LIST};
    if (list->which == WHICH_NONE) {
        (void)amp_fail(&why, AMP_E_RANGE, "state must be open, closed or all");
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return;
    }
    if (amp_api_query_int(server, job, "limit", &list->limit)) {
        list->limit = list->limit < AMP_SERVER_LIST ? list->limit : AMP_SERVER_LIST;
        job->data = list;
        amp_api_look(server, job, list->which == WHICH_OPEN ? "open-list" : "closed-list",
                     see_list);
    }
}

void amp_api_incident(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job)) {
        amp_api_look(server, job, "timeline", amp_api_see_incident);
    }
}

/* ---- to change ---- */

void amp_api_incident_open(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_read(server, job, AMP_CMD_OPEN_INCIDENT, 0)) {
        amp_core_commit(server, job, 201, amp_api_see_incident);
    }
}

static void incident_command(struct amp_server *server, struct amp_job *job,
                             enum amp_command_kind kind)
{
    if (amp_api_incident_given(server, job) && amp_api_read(server, job, kind, AMP_HAS(INCIDENT))) {
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}

void amp_api_incident_note(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_ADD_NOTE);
}

void amp_api_incident_close(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_CLOSE);
}

void amp_api_incident_reopen(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_REOPEN);
}

void amp_api_incident_merge(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_MERGE);
}

void amp_api_incident_level(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_SET_LEVEL);
}

void amp_api_incident_acknowledge(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_ACKNOWLEDGE_ALARM);
}

/* The members that a command knows go into a body of their own; what is left stays in obj. */
static amp_err body_split(json_t *obj, enum amp_command_kind kind, struct amp_arena *arena,
                          struct amp_str *out)
{
    const struct amp_kind_row *row = &amp_command_rows[kind];
    json_t *part = json_object();
    for (int i = 0; i < AMP_FIELD_COUNT; i++) {
        const char *name = amp_field_rows[i].name;
        json_t *value = json_object_get(obj, name);
        if (value != NULL && ((row->must | row->may) & AMP_FIELD_BIT(i)) != 0) {
            (void)json_object_set(part, name, value);
            (void)json_object_del(obj, name);
        }
    }
    char *text = json_object_size(part) > 0 ? json_dumps(part, JSON_COMPACT) : NULL;
    *out = text != NULL ? amp_arena_str(arena, amp_str_of(text)) : (struct amp_str){0};
    free(text);
    json_decref(part);
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

/* One body, two commands: what is wrong with it belongs to the second, which refuses strangers. */
static amp_err change_read(struct amp_job *job, struct amp_command *place, bool *triage,
                           struct amp_why *why)
{
    json_t *obj = NULL;
    struct amp_str part = {0};
    amp_err err = amp_json_read(job->body, AMP_HTTP_BODY_MAX, &obj, why);
    if (err != AMP_OK) {
        return err;
    }
    if (!json_is_object(obj) || json_object_size(obj) == 0) {
        json_decref(obj);
        return amp_fail(why, AMP_E_SYNTAX, "the body must be an object that changes something");
    }
    place->f = job->command.f;
    place->kind = AMP_CMD_PLACE;
    err = body_split(obj, AMP_CMD_TRIAGE, &job->arena, &part);
    *triage = part.len > 0;
    if (err == AMP_OK && *triage) {
        err = amp_command_read(AMP_CMD_TRIAGE, part, AMP_HAS(INCIDENT), &job->arena,
                               &job->command.f, why);
    }
    if (err == AMP_OK && json_object_size(obj) > 0) {
        char *rest = json_dumps(obj, JSON_COMPACT);
        err = rest == NULL ? AMP_E_NOMEM
                           : amp_command_read(AMP_CMD_PLACE, amp_str_of(rest), AMP_HAS(INCIDENT),
                                              &job->arena, &place->f, why);
        free(rest);
    } else {
        place->f.has = 0;
    }
    json_decref(obj);
    return err;
}

void amp_api_incident_change(struct amp_server *server, struct amp_job *job)
{
    struct amp_command place = {.kind = AMP_CMD_PLACE};
    struct amp_why why = {""};
    bool triage = false;
    if (!amp_api_incident_given(server, job)) {
        return;
    }
    amp_err err = change_read(job, &place, &triage, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->command.kind = AMP_CMD_TRIAGE;
    if (!triage) {
        job->command = place;
    } else if (place.f.has != 0) {
        job->also = place;
        job->has_also = true;
    }
    amp_core_commit(server, job, 200, amp_api_see_incident);
}

/* ---- crews ---- */

void amp_api_see_assignment(struct amp_server *server, struct amp_job *job,
                            const struct amp_decision *decision)
{
    const struct amp_state *state = &server->state;
    const struct amp_incident *incident = amp_state_incident(
        state, decision->incident.n != 0 ? decision->incident : job->command.f.incident);
    const struct amp_unit *unit = amp_state_unit(state, job->command.f.unit);
    struct amp_json js = amp_api_open(server, job);
    if (incident != NULL) {
        amp_json_key(&js, "incident");
        amp_view_incident(&js, state, incident, true);
    }
    if (unit != NULL) {
        amp_json_key(&js, "unit");
        amp_view_unit(&js, state, unit, &server->track, server->now_us);
    }
    amp_json_close(&js, '}');
}

static void assign_commit(struct amp_server *server, struct amp_job *job)
{
    amp_core_commit(server, job, 200, amp_api_see_assignment);
}

/* The travel time is asked of a worker by a task of its own, so that a worker that hangs keeps the
 * task and never the dispatch. */
struct eta {
    struct amp_task task;
    struct amp_server *server;
    struct amp_metric *metric;
    uint64_t ticket;
    struct amp_candidate who; /* where the crew is counted from */
    struct amp_pos to;
    double time_s;           /* by road; NAN: not known */
    struct amp_job *carrier; /* brings the result back to the core */
};

static void eta_arrived(struct amp_server *server, struct amp_job *carrier)
{
    const struct eta *eta = carrier->data;
    struct amp_job *job = amp_core_unwait(server, eta->ticket);
    if (job != NULL) {
        if (isfinite(eta->time_s) && eta->time_s >= 0) {
            const struct amp_timers timers = amp_plans_timers(server->config.plans);
            job->command.f.eta_s = amp_turnout_s(&timers, &eta->who) + (int64_t)(eta->time_s + 0.5);
            job->command.f.basis = amp_str_of(amp_basis_name(eta->who.basis));
            job->command.f.has |= AMP_HAS(ETA_S) | AMP_HAS(BASIS);
        }
        assign_commit(server, job);
    }
    amp_job_destroy(carrier);
}

static void eta_run(struct amp_task *task, void *ptr, bool dropped)
{
    struct amp_scratch *scratch = ptr;
    struct eta *eta = (struct eta *)(void *)((char *)task - offsetof(struct eta, task));
    struct amp_server *server = eta->server;
    struct amp_job *carrier = eta->carrier;
    if (!dropped && amp_scratch_turn(scratch, carrier->map) == AMP_OK && scratch->query != NULL) {
        struct amp_arena arena = amp_arena_make(AMP_JOB_ARENA);
        struct amp_route route;
        if (server->config.work_begins != NULL) {
            server->config.work_begins(server->config.ctx);
        }
        if (amp_route_find(scratch->query, eta->metric, eta->who.from, eta->to, &arena, &route,
                           NULL) == AMP_OK) {
            eta->time_s = route.time_s;
        }
        amp_arena_drop(&arena);
    }
    if (amp_core_return(server, carrier, eta_arrived) != AMP_OK) {
        amp_job_destroy(carrier);
    }
}

static bool eta_ask(struct amp_server *server, struct amp_job *job)
{
    const struct amp_unit *unit = amp_state_unit(&server->state, job->command.f.unit);
    const struct amp_incident *incident =
        amp_state_incident(&server->state, job->command.f.incident);
    struct amp_candidate who = {.basis = AMP_BASIS_NONE};
    if (server->config.map == NULL || unit == NULL || !incident->where.known) {
        return false;
    }
    amp_candidate_locate(&server->state, &server->track, unit, server->now_us, &who);
    if (who.basis == AMP_BASIS_NONE) {
        return false;
    }
    struct amp_job *carrier = amp_job_create(server);
    struct eta *eta = carrier != NULL ? amp_arena_alloc(&carrier->arena, sizeof *eta) : NULL;
    if (eta == NULL) {
        amp_job_destroy(carrier);
        return false;
    }
    const struct amp_crew_at crew = amp_follow_crew(server, unit, &who);
    carrier->metric =
        amp_metric_ref(server->metric[amp_crews_counted(server->crews, crew.profile)]);
    amp_job_map(server, carrier);
    carrier->data = eta;
    *eta = (struct eta){.task = {.run = eta_run, .urgent = true},
                        .server = server,
                        .metric = carrier->metric,
                        .ticket = server->ticket_last + 1,
                        .who = who,
                        .to = incident->where.pos,
                        .time_s = NAN,
                        .carrier = carrier};
    if (amp_workers_give(server->workers, &eta->task) != AMP_OK) {
        amp_job_destroy(carrier);
        return false;
    }
    return true;
}

void amp_api_assign(struct amp_server *server, struct amp_job *job)
{
    if (!amp_api_incident_given(server, job) ||
        !amp_api_read(server, job, AMP_CMD_DISPATCH, AMP_HAS(INCIDENT) | AMP_HAS(AGENCY))) {
        return;
    }
    amp_api_agency_given(server, job); /* whose desk sends it: others' crews need an agreement */
    bool asked = (job->command.f.has & AMP_HAS(ETA_S)) == 0 && eta_ask(server, job);
    if (asked) {
        amp_core_wait(server, job, AMP_SERVER_ETA_MS, assign_commit);
    } else {
        assign_commit(server, job);
    }
}

void amp_api_unassign(struct amp_server *server, struct amp_job *job)
{
    if (!amp_api_incident_given(server, job) || !amp_api_unit_given(server, job, 1)) {
        return;
    }
    struct amp_str reason = amp_api_query(job, "reason");
    struct amp_why why = {""};
    if (reason.len > 0) {
        job->command.f.reason = reason;
        job->command.f.has |= AMP_HAS(REASON);
    }
    job->command.kind = AMP_CMD_RELEASE;
    job->command.time_us = server->now_us;
    job->command.actor = job->actor;
    amp_err err = amp_command_check(&job->command, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
    } else {
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}
