/*
 * Closures and the weights that know them.
 *
 * A worker makes new weights for all profiles from those in force and the closures that there are
 * now, working out only what differs; the core swaps them in. Several closures made while it builds
 * are known to the next build. Who closed a road is answered
 * when the weights know it, or after AMP_SERVER_METRIC_MS with "live": false.
 */
#include "server/inside.h"
#include "server/log.h"
#include <stdlib.h>

struct build {
    struct amp_task task;
    struct amp_server *server;
    struct amp_job *carrier; /* holds this in its arena; brings the result back */
    uint64_t version;
    struct amp_road_closure *closure;
    size_t closure_n;
    struct amp_metric *from[AMP_PROFILE_COUNT]; /* those in force when it began; NULL: none yet */
    struct amp_metric *metric[AMP_PROFILE_COUNT];
    amp_err err;
    struct amp_why why;
};

_Static_assert((int)AMP_CLOSURES_IN_FORCE <= (int)AMP_METRIC_CLOSURES,
               "what may be in force, weights can hold");

/* The newest closures in force, as many as weights can hold. */
static amp_err closures_copy(struct amp_server *server, struct build *build)
{
    const struct amp_state *state = &server->state;
    build->closure =
        amp_arena_array(&build->carrier->arena, AMP_METRIC_CLOSURES, sizeof *build->closure);
    if (build->closure == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = state->closure_n; i-- > 0 && build->closure_n < AMP_METRIC_CLOSURES;) {
        const struct amp_closure *closure = &state->closure[i];
        int64_t radius_m = closure->radius_m < AMP_CLOSURE_RADIUS_MAX_M ? closure->radius_m
                                                                        : AMP_CLOSURE_RADIUS_MAX_M;
        if (closure->lifted_us == 0) { /* one of an old journal may be wider */
            build->closure[build->closure_n++] = (struct amp_road_closure){
                .shape = radius_m > 0 ? AMP_CLOSURE_CIRCLE : AMP_CLOSURE_ROAD,
                .at = closure->site,
                .radius_m = (double)radius_m,
                .heading_deg = -1};
        }
    }
    return AMP_OK;
}

/* What is in force, if it weighs the roads that are to be weighed. */
static void from_take(struct amp_server *server, const struct amp_roads *roads, struct build *build)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        if (server->metric[p] != NULL && amp_metric_roads(server->metric[p]) == roads) {
            build->from[p] = amp_metric_ref(server->metric[p]);
        }
    }
}

/* Given up before the core swaps: what nobody holds by then is the memory of the next build. */
static void from_drop(struct build *build)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(build->from[p]);
        build->from[p] = NULL;
    }
}

static struct build *build_make(struct amp_server *server)
{
    struct amp_job *carrier = amp_job_create(server);
    struct build *build = carrier != NULL ? amp_arena_alloc(&carrier->arena, sizeof *build) : NULL;
    if (build == NULL) {
        amp_job_destroy(carrier);
        return NULL;
    }
    build->server = server;
    build->carrier = carrier;
    build->version = server->metric_wanted;
    carrier->data = build;
    if (closures_copy(server, build) != AMP_OK) {
        amp_job_destroy(carrier);
        return NULL;
    }
    from_take(server, server->config.map != NULL ? server->config.map->roads : NULL, build);
    return build;
}

static void metrics_make(struct build *build)
{
    for (int p = 0; p < AMP_PROFILE_COUNT && build->err == AMP_OK; p++) {
        if (build->from[p] != NULL) {
            build->err = amp_metric_change(build->from[p], build->closure, build->closure_n,
                                           &build->metric[p], &build->why);
        } else {
            build->err =
                amp_metric_create(build->server->config.map->roads, (enum amp_profile)p,
                                  build->closure, build->closure_n, &build->metric[p], &build->why);
        }
    }
    from_drop(build);
}

static void metrics_swap(struct amp_server *server, struct build *build)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(server->metric[p]);
        server->metric[p] = build->metric[p];
        build->metric[p] = NULL;
    }
    server->metric_version = build->version;
}

static void metrics_drop(struct build *build)
{
    from_drop(build);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(build->metric[p]);
        build->metric[p] = NULL;
    }
}

static void build_start(struct amp_server *server);

/* Those whose closure the weights know by now. */
static void waiting_release(struct amp_server *server)
{
    struct amp_job **at = &server->waiting;
    while (*at != NULL) {
        struct amp_job *job = *at;
        if (job->metric_version != 0 && job->metric_version <= server->metric_version) {
            *at = job->next;
            amp_job_send(job);
        } else {
            at = &job->next;
        }
    }
}

static void build_arrived(struct amp_server *server, struct amp_job *carrier)
{
    struct build *build = carrier->data;
    server->metric_building = false;
    if (build->err == AMP_OK) {
        metrics_swap(server, build);
        waiting_release(server);
    } else {
        metrics_drop(build);
        amp_log(server->config.quiet, AMP_LOG_ERROR, "closures", "the roads do not know them: %s",
                build->why.text[0] != '\0' ? build->why.text : amp_err_words(build->err));
    }
    bool again = build->err == AMP_OK && server->metric_version < server->metric_wanted;
    amp_job_destroy(carrier);
    if (again) {
        build_start(server);
    }
}

static void build_run(struct amp_task *task, void *scratch, bool dropped)
{
    struct build *build = (struct build *)(void *)((char *)task - offsetof(struct build, task));
    struct amp_server *server = build->server;
    struct amp_job *carrier = build->carrier;
    (void)scratch;
    if (dropped) {
        metrics_drop(build);
        amp_job_destroy(carrier); /* the core has ended */
        return;
    }
    if (server->config.work_begins != NULL) {
        server->config.work_begins(server->config.ctx);
    }
    metrics_make(build);
    if (amp_core_return(server, carrier, build_arrived) != AMP_OK) {
        metrics_drop(build);
        amp_job_destroy(carrier);
    }
}

static void build_start(struct amp_server *server)
{
    struct build *build = build_make(server);
    if (build == NULL) {
        return; /* the next tick tries again */
    }
    build->task.run = build_run;
    build->task.urgent = true;
    if (amp_workers_give(server->workers, &build->task) != AMP_OK) {
        metrics_drop(build);
        amp_job_destroy(build->carrier);
        return;
    }
    server->metric_building = true;
}

void amp_roadworks_changed(struct amp_server *server)
{
    server->metric_wanted++;
    if (server->config.map != NULL && !server->metric_building) {
        server->metric_building = true;
        server->metric_start = true; /* when the whole command is applied */
    }
}

void amp_roadworks_settle(struct amp_server *server)
{
    if (server->metric_start) {
        server->metric_start = false;
        server->metric_building = false;
        build_start(server);
    }
}

void amp_roadworks_retry(struct amp_server *server)
{
    if (server->config.map != NULL && !server->metric_building &&
        server->metric_version < server->metric_wanted) {
        build_start(server);
    }
}

static void not_live(struct amp_server *server, struct amp_job *job)
{
    (void)server;
    amp_log(server->config.quiet, AMP_LOG_WARN, "closures", "the roads are late to know them");
    amp_job_send(job);
}

/* A step of the core: the closure is durable. */
void amp_roadworks_await(struct amp_server *server, struct amp_job *job)
{
    if (server->config.map == NULL || job->metric_version <= server->metric_version) {
        amp_job_send(job);
    } else {
        amp_core_wait(server, job, AMP_SERVER_METRIC_MS, not_live);
    }
}

amp_err amp_roadworks_start(struct amp_server *server, struct amp_why *why)
{
    if (server->config.map == NULL) {
        return AMP_OK;
    }
    struct build *build = build_make(server);
    if (build == NULL) {
        return AMP_E_NOMEM;
    }
    metrics_make(build);
    amp_err err = build->err;
    if (err == AMP_OK) {
        metrics_swap(server, build);
    } else {
        err = amp_fail(why, err, "%s", build->why.text);
        metrics_drop(build);
    }
    amp_job_destroy(build->carrier);
    return err;
}

void amp_roadworks_finish(struct amp_server *server)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(server->metric[p]);
        server->metric[p] = NULL;
    }
}
