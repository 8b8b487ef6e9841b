/*
 * Closures and the weights that know them.
 *
 * A worker makes new weights for all profiles from those in force and the closures that there are
 * now, working out only what differs, and has the crews stand by them; the core swaps them in.
 * Several closures made while it builds are known to the next build. Who closed a road is answered
 * when the weights know it, or after AMP_SERVER_METRIC_MS with "live": false.
 */
#include "map/settings.h"
#include "server/api.h"
#include "server/inside.h"
#include "server/log.h"
#include <stdlib.h>

struct build {
    struct amp_task task;
    struct amp_server *server;
    struct amp_job *carrier; /* holds this in its arena; brings the result back */
    uint64_t version;
    const struct amp_map_held *map; /* the carrier holds it */
    struct amp_road_closure *closure;
    size_t closure_n;
    struct amp_metric *from[AMP_PROFILE_COUNT]; /* those in force when it began; NULL: none yet */
    struct amp_metric *metric[AMP_PROFILE_COUNT];
    bool turns; /* what holds at times holds otherwise by now */
    struct amp_when when;
    struct amp_map_held *turned; /* the map by then; NULL: as it is */
    struct amp_crews *crews;     /* of another map, made with its weights; else NULL */
    amp_err err;
    struct amp_why why;
};

_Static_assert((int)AMP_CLOSURES_IN_FORCE <= (int)AMP_METRIC_CLOSURES,
               "what may be in force, weights can hold");

_Static_assert((int)AMP_POINTS_MAX <= (int)AMP_CLOSURE_POINTS &&
                   (int)AMP_EXTENT_SLOW_MAX <= (int)AMP_CLOSURE_SLOW_MAX,
               "what the record takes, the roads can know");
_Static_assert((int)AMP_SHAPE_ROAD == (int)AMP_CLOSURE_ROAD &&
                   (int)AMP_SHAPE_CIRCLE == (int)AMP_CLOSURE_CIRCLE &&
                   (int)AMP_SHAPE_AREA == (int)AMP_CLOSURE_AREA &&
                   (int)AMP_SHAPE_LINE == (int)AMP_CLOSURE_LINE,
               "shapes have the same numbers there");

/* The newest closures in force, as many as weights can hold. */
static amp_err closures_copy(struct amp_server *server, struct build *build)
{
    const struct amp_state *state = &server->state;
    build->closure =
        amp_arena_array(&build->carrier->arena, AMP_METRIC_CLOSURES, sizeof *build->closure);
    if (build->closure == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = AMP_OK;
    for (size_t i = state->in_force_n; i-- > 0 && build->closure_n < AMP_METRIC_CLOSURES;) {
        const struct amp_closure *closure = amp_state_closure(state, state->in_force[i]);
        err = err ? err
                  : amp_closure_copy(&closure->extent, &build->carrier->arena,
                                     &build->closure[build->closure_n++]);
    }
    return err;
}

static struct build *build_make(struct amp_server *server, struct amp_map_held *map)
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
    build->map = carrier->map = amp_map_ref(map);
    carrier->data = build;
    if (closures_copy(server, build) != AMP_OK) {
        amp_job_destroy(carrier);
        return NULL;
    }
    if (map == server->map && server->crews != NULL) {
        build->when = amp_map_now(server);
        build->turns = build->when.known && amp_roads_hour_differs(map->view->roads, &build->when);
        carrier->crews = amp_crews_ref(server->crews);
        for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
            build->from[p] = server->metric[p] != NULL ? amp_metric_ref(server->metric[p]) : NULL;
        }
    }
    return build;
}

/* Given up before the core swaps: what nobody holds by then is the memory of the next build. */
static void from_drop(struct build *build)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(build->from[p]);
        build->from[p] = NULL;
    }
}

/* Crews are always counted by the ambulance's times. */
static bool is_served(const struct amp_roads *roads, int profile)
{
    return profile == AMP_PROFILE_AMBULANCE ||
           amp_roads_settings(roads)->value[profile][AMP_SET_SERVED] > 0;
}

static void metrics_make(struct build *build)
{
    const struct amp_map_held *map = build->turned != NULL ? build->turned : build->map;
    for (int p = 0; p < AMP_PROFILE_COUNT && build->err == AMP_OK; p++) {
        if (!is_served(build->map->view->roads, p)) {
            continue;
        }
        if (build->from[p] != NULL) {
            build->err = amp_metric_move(build->from[p], map->view->roads, build->closure,
                                         build->closure_n, &build->metric[p], &build->why);
        } else {
            build->err = amp_metric_create(map->view->roads, (enum amp_profile)p, build->closure,
                                           build->closure_n, &build->metric[p], &build->why);
        }
    }
    from_drop(build);
}

/* The first weights of a map, and the crews by them, who stand nowhere yet. */
static void roads_make(struct build *build)
{
    metrics_make(build);
    if (build->err == AMP_OK) {
        build->err = amp_crews_create(build->metric, &build->crews);
    }
}

static void metrics_swap(struct amp_server *server, struct build *build)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(server->metric[p]);
        server->metric[p] = build->metric[p];
        build->metric[p] = NULL;
    }
    if (build->crews != NULL) {
        amp_crews_unref(server->crews);
        server->crews = build->crews;
        build->crews = NULL;
    }
    server->metric_version = build->version;
}

static void metrics_drop(struct build *build)
{
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(build->metric[p]);
        build->metric[p] = NULL;
    }
    amp_crews_unref(build->crews);
    build->crews = NULL;
    amp_map_unref(build->turned);
    build->turned = NULL;
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
    if (build->map != server->map) {
        metrics_drop(build); /* the map was replaced meanwhile, by one that is weighed */
    } else if (build->err == AMP_OK) {
        metrics_swap(server, build);
        if (build->turned != NULL) {
            amp_map_turn(server, build->turned);
            build->turned = NULL;
        }
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
    struct amp_scratch *own = scratch;
    if (dropped) {
        from_drop(build);
        amp_job_destroy(carrier); /* the core has ended */
        return;
    }
    if (server->config.work_begins != NULL) {
        server->config.work_begins(server->config.ctx);
    }
    build->err = amp_scratch_turn(own, build->map);
    if (build->err == AMP_OK && build->turns) {
        build->err = amp_map_at(carrier->map, &build->when, &build->turned, &build->why);
    }
    metrics_make(build);
    if (build->err == AMP_OK) {
        amp_crews_weigh(carrier->crews, own->query, build->metric);
    }
    if (amp_core_return(server, carrier, build_arrived) != AMP_OK) {
        metrics_drop(build);
        amp_job_destroy(carrier);
    }
}

static void build_start(struct amp_server *server)
{
    struct build *build = build_make(server, server->map);
    if (build == NULL) {
        return; /* the next tick tries again */
    }
    build->task.run = build_run;
    build->task.urgent = true;
    if (amp_workers_give(server->workers, &build->task) != AMP_OK) {
        from_drop(build);
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

void amp_roadworks_tick(struct amp_server *server)
{
    enum {
        MIN_US = 60000000
    };
    int64_t minute = server->now_us / MIN_US;
    if (server->map == NULL || server->config.timezone == NULL || server->metric_building ||
        minute == server->hour_min) {
        return;
    }
    server->hour_min = minute;
    struct amp_when when = amp_map_now(server);
    if (when.known && amp_roads_hour_differs(server->map->view->roads, &when)) {
        build_start(server);
        server->hour_min =
            server->metric_building ? minute : 0; /* else the next tick tries again */
    }
}

static void not_live(struct amp_server *server, struct amp_job *job)
{
    (void)server;
    amp_log(server->config.quiet, AMP_LOG_WARN, "closures", "the roads are late to know them");
    amp_api_closure_late(job);
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
    struct build *build = build_make(server, server->map);
    if (build == NULL) {
        return AMP_E_NOMEM;
    }
    roads_make(build);
    amp_err err = build->err;
    err = err == AMP_OK ? amp_cover_create(&server->cover) : err;
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
    amp_crews_unref(server->crews);
    server->crews = NULL;
    amp_cover_destroy(server->cover);
    server->cover = NULL;
}

/* ---- another map ---- */

struct amp_job *amp_roadworks_draft(struct amp_server *server, struct amp_map_held *map)
{
    struct build *build = build_make(server, map);
    return build != NULL ? build->carrier : NULL;
}

amp_err amp_roadworks_weigh(struct amp_job *draft, struct amp_why *why)
{
    struct build *build = draft->data;
    roads_make(build);
    return build->err == AMP_OK ? AMP_OK : amp_fail(why, build->err, "%s", build->why.text);
}

bool amp_roadworks_fresh(const struct amp_server *server, const struct amp_job *draft)
{
    const struct build *build = draft->data;
    return build->version == server->metric_wanted;
}

void amp_roadworks_install(struct amp_server *server, struct amp_job *draft)
{
    struct build *build = draft->data;
    metrics_swap(server, build);
    waiting_release(server);
    if (server->metric_version < server->metric_wanted && !server->metric_building) {
        build_start(server);
    }
    amp_job_destroy(draft);
}

void amp_roadworks_discard(struct amp_job *draft)
{
    if (draft != NULL) {
        metrics_drop(draft->data);
        amp_job_destroy(draft);
    }
}
