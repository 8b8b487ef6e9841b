/*
 * Closures of roads: made, changed, lifted, restored, and listed.
 *
 * Who changes the roads is answered when they know it: "live" is true then. After
 * AMP_SERVER_METRIC_MS the answer comes all the same, with "live": false.
 */
#include "server/api.h"
#include <assert.h>
#include <string.h>

#define LIVE     "true}"
#define NOT_LIVE "false}"

static void list_write(struct amp_server *server, struct amp_json *js, bool all)
{
    const struct amp_state *state = &server->state;
    size_t total = all ? state->closure_n : state->in_force_n;
    size_t first = total > AMP_SERVER_LIST ? total - AMP_SERVER_LIST : 0;
    for (size_t i = first; i < total; i++) {
        amp_view_closure(js, &state->closure[all ? i : state->in_force[i].n - 1]);
    }
}

/* A part of the query that is 1 or 0, or not there. */
static bool flag_query(struct amp_server *server, struct amp_job *job, const char *name, bool *out)
{
    struct amp_str text = amp_api_query(job, name);
    struct amp_why why = {""};
    *out = amp_str_is(text, "1");
    if (text.len == 0 || *out || amp_str_is(text, "0")) {
        return true;
    }
    (void)amp_fail(&why, AMP_E_RANGE, "%s must be 1 or 0", name);
    amp_core_refuse(server, job, AMP_E_RANGE, &why);
    return false;
}

void amp_api_closures(struct amp_server *server, struct amp_job *job)
{
    bool all = false;
    bool roads = false;
    if (!flag_query(server, job, "all", &all) || !flag_query(server, job, "roads", &roads)) {
        return;
    }
    if (roads) {
        if (amp_api_map_there(server, job)) {
            amp_closure_roads_list(server, job, all);
        }
        return;
    }
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "closures");
    amp_json_open(&js, '[');
    list_write(server, &js, all);
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static bool closure_given(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_closure_id id = {0};
    if (amp_closure_id_parse(job->param[0], &id) != AMP_OK ||
        amp_state_closure(&server->state, id) == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such closure");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return false;
    }
    job->command.f.closure = id;
    job->command.f.has |= AMP_HAS(CLOSURE);
    return true;
}

void amp_api_closure(struct amp_server *server, struct amp_job *job)
{
    bool roads = false;
    if (!flag_query(server, job, "roads", &roads) || !closure_given(server, job)) {
        return;
    }
    if (roads) {
        if (amp_api_map_there(server, job)) {
            amp_closure_roads_of(server, job,
                                 amp_state_closure(&server->state, job->command.f.closure));
        }
    } else {
        struct amp_json js = amp_api_open(server, job);
        amp_json_key(&js, "closure");
        amp_view_closure(&js, amp_state_closure(&server->state, job->command.f.closure));
        amp_json_close(&js, '}');
        amp_core_answer(server, job, 200);
    }
}

/* Ends with LIVE: it leaves when that is so. */
static void see_closure(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    const struct amp_closure *closure = amp_state_closure(&server->state, decision->closure);
    struct amp_json js = amp_api_open(server, job);
    if (closure != NULL) {
        amp_json_key(&js, "closure");
        amp_view_closure(&js, closure);
    }
    amp_json_bool_of(&js, "live", true);
    amp_json_close(&js, '}');
    job->metric_version = server->metric_wanted;
}

void amp_api_closure_late(struct amp_job *job)
{
    const size_t len = strlen(LIVE);
    if (amp_buf_err(&job->out) == AMP_OK) {
        assert(job->out.len > len && memcmp(job->out.data + job->out.len - len, LIVE, len) == 0);
        job->out.len -= len;
        amp_buf_text(&job->out, NOT_LIVE);
    }
}

/* On the writer's thread. */
static void closure_durable(struct amp_server *server, struct amp_job *job)
{
    if (amp_core_return(server, job, amp_roadworks_await) != AMP_OK) {
        amp_api_closure_late(job); /* the core has ended: who knows what it knew */
        amp_job_send(job);
    }
}

static void closure_commit(struct amp_server *server, struct amp_job *job, int status)
{
    job->after = closure_durable;
    amp_core_commit(server, job, status, see_closure);
}

void amp_api_closure_make(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_read(server, job, AMP_CMD_MAKE_CLOSURE, 0)) {
        closure_commit(server, job, 201);
    }
}

static void closure_act(struct amp_server *server, struct amp_job *job, enum amp_command_kind kind)
{
    if (closure_given(server, job) && amp_api_read(server, job, kind, AMP_HAS(CLOSURE))) {
        closure_commit(server, job, 200);
    }
}

void amp_api_closure_change(struct amp_server *server, struct amp_job *job)
{
    closure_act(server, job, AMP_CMD_CHANGE_CLOSURE);
}

void amp_api_closure_lift(struct amp_server *server, struct amp_job *job)
{
    closure_act(server, job, AMP_CMD_LIFT_CLOSURE);
}

void amp_api_closure_restore(struct amp_server *server, struct amp_job *job)
{
    closure_act(server, job, AMP_CMD_RESTORE_CLOSURE);
}
