/*
 * The map in force: counted, and replaced while questions are under way.
 *
 * A job that asks the map holds the one that was in force when the core prepared it, together with
 * weights made for it. A new file is opened, checked and weighed with the closures in force by a
 * thread of its own; the core only swaps pointers. Each worker makes its scratch anew when the
 * first question about another map comes, and the last job that holds an old map has it closed by
 * that same thread. A table of LoST is put on every map anew: one that has not all of its areas is
 * refused as a file with an error is.
 */
#include "server/api.h"
#include "server/log.h"
#include "server/lost_map.h"
#include "server/zone.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEIGH_TRIES = 16 /* closures made meanwhile; then the rest is made up for behind the swap */
};

struct reload {
    struct amp_task task;
    struct amp_job *job; /* holds this in its arena */
    struct amp_map_held *fresh;
    struct amp_job *draft; /* of the weights; NULL: the file is to be opened first */
    unsigned tries;
    bool same; /* the file is the one in force */
    amp_err err;
    struct amp_why why;
};

/* ---- counting ---- */

static struct amp_map_held *held_make(struct amp_server *server, const struct amp_map *borrowed)
{
    struct amp_map_held *held = calloc(1, sizeof *held);
    if (held != NULL) {
        held->server = server;
        held->view = borrowed != NULL ? borrowed : &held->own;
        atomic_init(&held->users, 1);
    }
    return held;
}

static void held_close(struct amp_map_held *held)
{
    const struct amp_server_config *config = &held->server->config;
    if (held->parent != NULL) {
        amp_roads_close(held->own.roads); /* the rest is the parent's */
        amp_map_unref(held->parent);
        free(held);
        return;
    }
    amp_lost_ground_free(held->lost);
    if (held->view != &held->own && config->map_left != NULL) {
        config->map_left(config->ctx);
    }
    amp_map_close(&held->own); /* zeroes if it is borrowed */
    free(held);
}

static void closing_run(struct amp_task *task, void *scratch, bool dropped)
{
    (void)scratch;
    (void)dropped; /* closed all the same */
    held_close(
        (struct amp_map_held *)(void *)((char *)task - offsetof(struct amp_map_held, closing)));
}

struct amp_map_held *amp_map_ref(struct amp_map_held *held)
{
    if (held != NULL) {
        (void)atomic_fetch_add(&held->users, 1);
    }
    return held;
}

void amp_map_unref(struct amp_map_held *held)
{
    if (held == NULL || atomic_fetch_sub(&held->users, 1) != 1) {
        return;
    }
    held->closing.run = closing_run;
    if (held->server->movers == NULL ||
        amp_workers_give(held->server->movers, &held->closing) != AMP_OK) {
        held_close(held);
    }
}

/* ---- at another hour ---- */

struct amp_when amp_map_now(const struct amp_server *server)
{
    if (server->config.timezone == NULL) {
        return (struct amp_when){.known = false};
    }
    return amp_zone_when(server->config.clock.now_us(server->config.clock.ctx));
}

amp_err amp_map_at(struct amp_map_held *held, const struct amp_when *when,
                   struct amp_map_held **out, struct amp_why *why)
{
    struct amp_roads *roads = NULL;
    struct amp_map_held *other = held_make(held->server, NULL);
    if (other == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_roads_at(held->view->roads, when, ~0U, &roads, why);
    if (err != AMP_OK) {
        free(other);
        return err;
    }
    other->own = *held->view;
    other->own.roads = roads;
    other->parent = amp_map_ref(held->parent != NULL ? held->parent : held);
    other->lost = held->lost;
    other->serial = held->serial;
    other->spoilt = held->spoilt;
    *out = other;
    return AMP_OK;
}

void amp_map_turn(struct amp_server *server, struct amp_map_held *held)
{
    struct amp_map_held *old = server->map;
    server->map = held;
    server->config.map = held->view;
    amp_map_unref(old);
}

/* The first map, as it is now. */
static amp_err map_now(struct amp_server *server)
{
    struct amp_map_held *turned = NULL;
    struct amp_when when = amp_map_now(server);
    if (!when.known || !amp_roads_hour_differs(server->map->view->roads, &when)) {
        return AMP_OK;
    }
    amp_err err = amp_map_at(server->map, &when, &turned, NULL);
    if (err == AMP_OK) {
        amp_map_turn(server, turned);
    }
    return err;
}

/* The table of LoST on this map; NULL: on none. */
static amp_err table_lay(const struct amp_server *server, const struct amp_map *map,
                         struct amp_lost_ground **out, struct amp_why *why)
{
    const struct amp_server_config *config = &server->config;
    struct amp_why inner = {""};
    if (config->lost == NULL) {
        return AMP_OK;
    }
    amp_err err = amp_lost_on_map(config->lost, map != NULL ? map->places : NULL, config->map_path,
                                  out, &inner);
    return err == AMP_OK || inner.text[0] == '\0'
               ? err
               : amp_fail(why, AMP_E_CONFLICT, "the table of --lost: %s", inner.text);
}

amp_err amp_maps_start(struct amp_server *server, struct amp_why *why)
{
    const struct amp_workers_config movers = {.threads = 1};
    if (server->config.map == NULL) {
        return table_lay(server, NULL, &server->lost, why);
    }
    server->map = held_make(server, server->config.map);
    if (server->map == NULL) {
        return AMP_E_NOMEM;
    }
    server->map->serial = ++server->map_serial;
    amp_err err = table_lay(server, server->map->view, &server->map->lost, why);
    err = err ? err : map_now(server);
    return err == AMP_OK ? amp_workers_start(&movers, &server->movers) : err;
}

void amp_maps_stop(struct amp_server *server)
{
    amp_workers_stop(server->movers);
    server->movers = NULL;
}

void amp_maps_finish(struct amp_server *server)
{
    amp_map_unref(server->map);
    server->map = NULL;
    amp_lost_ground_free(server->lost);
    server->lost = NULL;
}

void amp_map_version(const struct amp_map *map, char out[AMP_MAP_VERSION_TEXT])
{
    (void)snprintf(out, AMP_MAP_VERSION_TEXT, "%016llx",
                   (unsigned long long)amp_amap_stamp(map->amap));
}

/* ---- who asks ---- */

void amp_job_map(struct amp_server *server, struct amp_job *job)
{
    if (job->map == NULL) {
        job->map = amp_map_ref(server->map);
    }
}

const struct amp_lost_ground *amp_job_lost(const struct amp_job *job)
{
    return job->map != NULL ? job->map->lost : job->server->lost;
}

amp_err amp_scratch_turn(struct amp_scratch *scratch, const struct amp_map_held *held)
{
    struct amp_road_query *query = NULL;
    if (held == NULL || held->serial == scratch->map_serial) {
        scratch->map = held != NULL ? held->view : scratch->map;
        return AMP_OK;
    }
    /* of the roads in the file: these live as long as any hour of them */
    const struct amp_map_held *file = held->parent != NULL ? held->parent : held;
    amp_err err = amp_road_query_create(file->view->roads, &query);
    if (err != AMP_OK) {
        return err;
    }
    amp_road_query_destroy(scratch->query);
    scratch->query = query;
    scratch->map = held->view;
    scratch->map_serial = held->serial;
    return AMP_OK;
}

/* ---- another map ---- */

static void reload_drop(struct amp_server *server, struct reload *reload)
{
    amp_roadworks_discard(reload->draft);
    reload->draft = NULL;
    amp_map_unref(reload->fresh);
    reload->fresh = NULL;
    server->map_opening = false;
}

static void reload_refuse(struct amp_server *server, struct amp_job *job)
{
    struct reload *reload = job->data;
    reload_drop(server, reload);
    amp_log(server->config.quiet, AMP_LOG_ERROR, "map", "the old one stays in force: %s",
            reload->why.text[0] != '\0' ? reload->why.text : amp_err_words(reload->err));
    amp_core_refuse(server, job, reload->err, &reload->why);
}

static void map_open(struct amp_server *server, struct reload *reload)
{
    const struct amp_map *now = reload->job->map->view;
    reload->same = amp_amap_is_at(now->amap, server->config.map_path);
    if (reload->same) {
        return;
    }
    reload->fresh = held_make(server, NULL);
    reload->err = reload->fresh == NULL
                      ? AMP_E_NOMEM
                      : amp_map_open(server->config.map_path, &reload->fresh->own, &reload->why);
    if (reload->err == AMP_OK) { /* the vehicles are the same ones */
        struct amp_when when = amp_map_now(reload->job->server);
        reload->err = amp_roads_tune(reload->fresh->own.roads, amp_roads_settings(now->roads),
                                     &when, &reload->why);
    }
    if (reload->err == AMP_OK) {
        reload->err = table_lay(server, &reload->fresh->own, &reload->fresh->lost, &reload->why);
    }
}

static void reload_arrived(struct amp_server *server, struct amp_job *job);

static void reload_run(struct amp_task *task, void *scratch, bool dropped)
{
    struct reload *reload = (struct reload *)(void *)((char *)task - offsetof(struct reload, task));
    struct amp_job *job = reload->job;
    struct amp_server *server = job->server;
    (void)scratch;
    if (!dropped && reload->draft == NULL) {
        map_open(server, reload);
    } else if (!dropped) {
        reload->err = amp_roadworks_weigh(reload->draft, &reload->why);
    }
    if (dropped || amp_core_return(server, job, reload_arrived) != AMP_OK) {
        amp_roadworks_discard(reload->draft); /* the core has ended */
        amp_map_unref(reload->fresh);
        amp_job_problem(job, AMP_E_BUSY, NULL);
        amp_job_send(job);
    }
}

static void reload_give(struct amp_server *server, struct amp_job *job)
{
    struct reload *reload = job->data;
    reload->task.run = reload_run;
    amp_err err = amp_workers_give(server->movers, &reload->task);
    if (err != AMP_OK) { /* else the job is that thread's by now */
        reload->err = err;
        reload_refuse(server, job);
    }
}

static void reload_write(struct amp_server *server, struct amp_job *job, bool changed)
{
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_bool_of(&js, "changed", changed);
    amp_api_map_write(&js, server);
    amp_json_close(&js, '}');
}

static void see_swap(struct amp_server *server, struct amp_job *job,
                     const struct amp_decision *decision)
{
    (void)decision;
    reload_write(server, job, true);
}

/* The record says from when on which map answered. */
static void swap_commit(struct amp_server *server, struct amp_job *job, const char *version)
{
    job->command.kind = AMP_CMD_REPLACE_MAP;
    job->command.time_us = server->now_us;
    job->command.actor = job->actor;
    job->command.f.label = amp_arena_str(&job->arena, amp_str_of(version));
    job->command.f.has = AMP_HAS(LABEL);
    amp_core_commit(server, job, 200, see_swap);
}

static void map_swap(struct amp_server *server, struct amp_job *job)
{
    struct reload *reload = job->data;
    struct amp_map_held *old = server->map;
    reload->fresh->serial = ++server->map_serial;
    server->map = reload->fresh;
    server->config.map = reload->fresh->view;
    amp_roadworks_install(server, reload->draft);
    reload->fresh = NULL;
    reload->draft = NULL;
    server->map_opening = false;
    amp_map_unref(old);
    amp_events_heartbeat(server); /* consoles hear that the tiles are others */
    char version[AMP_MAP_VERSION_TEXT];
    amp_map_version(server->config.map, version);
    amp_log(server->config.quiet, AMP_LOG_INFO, "map", "replaced by %s, %llu road nodes", version,
            (unsigned long long)amp_roads_counts(server->config.map->roads).nodes);
    swap_commit(server, job, version);
}

/* A step of the core: the file is open, or the weights are there. */
static void reload_arrived(struct amp_server *server, struct amp_job *job)
{
    struct reload *reload = job->data;
    if (reload->err != AMP_OK) {
        reload_refuse(server, job);
        return;
    }
    if (reload->same) {
        server->map_opening = false;
        reload_write(server, job, false);
        amp_core_answer(server, job, 200);
        return;
    }
    if (reload->draft != NULL &&
        (amp_roadworks_fresh(server, reload->draft) || reload->tries == WEIGH_TRIES)) {
        map_swap(server, job);
        return;
    }
    amp_roadworks_discard(reload->draft);
    reload->tries++;
    reload->draft = amp_roadworks_draft(server, reload->fresh);
    if (reload->draft == NULL) {
        reload->err = AMP_E_NOMEM;
        reload_refuse(server, job);
        return;
    }
    reload_give(server, job);
}

void amp_api_map_reload(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    amp_err err = AMP_OK;
    if (!amp_api_map_there(server, job)) {
        return;
    }
    if (server->config.map_path == NULL) {
        err = amp_fail(&why, AMP_E_UNSUPPORTED, "the map of this server was given without a file");
    } else if (server->map_opening) {
        err = amp_fail(&why, AMP_E_CONFLICT, "a new map is being opened already");
    }
    struct reload *reload = err == AMP_OK ? amp_arena_alloc(&job->arena, sizeof *reload) : NULL;
    err = err == AMP_OK && reload == NULL ? AMP_E_NOMEM : err;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    reload->job = job;
    job->data = reload;
    server->map_opening = true;
    amp_job_map(server, job);
    reload_give(server, job);
}

amp_err amp_server_map_reload(struct amp_server *server)
{
    struct amp_job *job = amp_job_create(server);
    if (job == NULL) {
        return AMP_E_NOMEM;
    }
    job->step = amp_api_map_reload;
    job->actor = AMP_STR("signal");
    amp_err err = amp_core_push(server, job);
    if (err != AMP_OK) {
        amp_job_destroy(job);
    }
    return err;
}

void amp_maps_tick(struct amp_server *server)
{
    if (server->map == NULL || server->map->spoilt || amp_amap_intact(server->map->view->amap)) {
        return;
    }
    server->map->spoilt = true;
    amp_log(false, AMP_LOG_ERROR, "map",
            "somebody wrote into the map file while it is in use: answers may be wrong; put a new "
            "one in its place by renaming, then reload");
}
