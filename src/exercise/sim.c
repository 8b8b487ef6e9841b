/* Crews that turn out, drive, work on scene, transport and return. */
#include "exercise/sim_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUTE_ARENA = 32 << 20,
    AT_HOME_M = 60
};

#define TURNOUT_LEAST_S  15.0
#define TURNOUT_MEAN_S   30.0
#define SCENE_LEAST_S    240.0
#define SCENE_MEAN_S     420.0
#define HOSPITAL_LEAST_S 300.0
#define HOSPITAL_MEAN_S  420.0
#define TRANSPORT_SHARE  0.7
#define KMH_PER_MPS      3.6

amp_err amp_sim_create(const struct amp_map *map, const struct amp_sim_town *town, uint64_t seed,
                       struct amp_sim **out, struct amp_why *why)
{
    struct amp_sim *sim = calloc(1, sizeof(*sim));
    struct sim_crew *crew = calloc(town->crew_n + 1, sizeof(*crew));
    if (sim == NULL || crew == NULL) {
        free(sim);
        free(crew);
        return AMP_E_NOMEM;
    }
    *sim = (struct amp_sim){.map = map, .town = town, .chance = {.state = seed}, .crew = crew};
    amp_err err = amp_metric_create(map->roads, AMP_PROFILE_AMBULANCE, NULL, 0, &sim->metric, why);
    err = err ? err : amp_road_query_create(map->roads, &sim->query);
    if (err) {
        amp_sim_destroy(sim);
        return err;
    }
    for (size_t i = 0; i < town->crew_n; i++) {
        crew[i].now = (struct amp_position){
            .pos = town->station[town->crew[i].station].site, .heading_deg = -1, .accuracy_m = 5};
        crew[i].memory = amp_arena_make(ROUTE_ARENA);
    }
    *out = sim;
    return AMP_OK;
}

void amp_sim_destroy(struct amp_sim *sim)
{
    if (sim == NULL) {
        return;
    }
    for (size_t i = 0; i < sim->town->crew_n; i++) {
        amp_arena_drop(&sim->crew[i].memory);
    }
    amp_metric_unref(sim->metric);
    amp_road_query_destroy(sim->query);
    free(sim->crew);
    free(sim);
}

void amp_sim_calls_per_hour(struct amp_sim *sim, double calls)
{
    sim->calls_per_hour = calls;
    sim->next_call_s = 1.0; /* the first one at once: nobody likes to wait for a day to begin */
}

void amp_sim_portuguese(struct amp_sim *sim, bool on)
{
    sim->portuguese = on;
}

struct amp_position amp_sim_position(const struct amp_sim *sim, size_t crew)
{
    return sim->crew[crew].now;
}

/* The way to a place; where there is none by road the crew is simply there after a while. */
static void drive_begin(struct amp_sim *sim, struct sim_crew *crew, struct amp_pos to)
{
    amp_arena_reset(&crew->memory);
    crew->route = (struct amp_route){0};
    crew->driven_m = 0.0;
    crew->driving = !amp_route_find(sim->query, sim->metric, crew->now.pos, to, &crew->memory,
                                    &crew->route, NULL) &&
                    crew->route.line_n > 1;
}

/* The speed of the leg that a distance from the start lies on. */
static double leg_speed(const struct amp_route *route, double at_m)
{
    double end_m = 0.0;
    for (size_t i = 0; i < route->leg_n; i++) {
        end_m += route->leg[i].distance_m;
        if (at_m < end_m && route->leg[i].time_s > 0.0) {
            return route->leg[i].distance_m / route->leg[i].time_s;
        }
    }
    return route->time_s > 0.0 ? route->distance_m / route->time_s : 1e9;
}

static void place_on_line(struct sim_crew *crew)
{
    const struct amp_route *route = &crew->route;
    double left_m = crew->driven_m;
    for (size_t i = 1; i < route->line_n; i++) {
        double piece_m = amp_pos_distance_m(route->line[i - 1], route->line[i]);
        if (left_m <= piece_m && piece_m > 0.0) {
            crew->now.pos = amp_pos_between(route->line[i - 1], route->line[i], left_m / piece_m);
            crew->now.heading_deg =
                (int32_t)lround(amp_pos_bearing_deg(route->line[i - 1], route->line[i])) % 360;
            return;
        }
        left_m -= piece_m;
    }
    crew->now.pos = route->line[route->line_n - 1];
    crew->driving = false;
}

static void drive_on(struct sim_crew *crew, double dt_s)
{
    while (dt_s > 0.0 && crew->driving) {
        double step_s = dt_s < 1.0 ? dt_s : 1.0; /* legs change speed: a second at a time */
        double speed_mps = leg_speed(&crew->route, crew->driven_m);
        crew->driven_m += speed_mps * step_s;
        crew->now.speed_kmh = (int32_t)fmin(speed_mps * KMH_PER_MPS, 200.0);
        crew->driving = crew->driven_m < crew->route.distance_m;
        dt_s -= step_s;
    }
    bool there = !crew->driving;
    if (crew->route.line_n > 1) {
        place_on_line(crew);
    }
    if (there) {
        crew->driving = false;
        crew->now.speed_kmh = 0;
    }
}

static struct amp_pos home_of(const struct amp_sim *sim, size_t i)
{
    return sim->town->station[sim->town->crew[i].station].site;
}

static size_t hospital_nearest(const struct amp_sim *sim, struct amp_pos from)
{
    size_t best = 0;
    for (size_t i = 1; i < sim->town->hospital_n; i++) {
        if (amp_pos_distance_m(from, sim->town->hospital[i].site) <
            amp_pos_distance_m(from, sim->town->hospital[best].site)) {
            best = i;
        }
    }
    return best;
}

/* A status has begun: draw how long it takes, and set off where it means driving. */
static void status_begin(struct amp_sim *sim, size_t i, const struct amp_sim_sight *sight)
{
    struct sim_crew *crew = &sim->crew[i];
    crew->status = sight->status;
    crew->incident = sight->incident;
    crew->in_status_s = 0.0;
    crew->wait_s = 0.0;
    crew->reported = false;
    crew->driving = false;
    crew->now.speed_kmh = 0;
    switch (sight->status) {
    case AMP_UNIT_DISPATCHED:
        crew->wait_s = TURNOUT_LEAST_S + amp_chance_exponential(&sim->chance, TURNOUT_MEAN_S);
        break;
    case AMP_UNIT_EN_ROUTE:
        if (sight->placed) {
            drive_begin(sim, crew, sight->at);
        }
        break;
    case AMP_UNIT_ON_SCENE:
        crew->wait_s = SCENE_LEAST_S + amp_chance_exponential(&sim->chance, SCENE_MEAN_S);
        break;
    case AMP_UNIT_TRANSPORTING:
        crew->hospital = hospital_nearest(sim, crew->now.pos);
        drive_begin(sim, crew, sim->town->hospital[crew->hospital].site);
        break;
    case AMP_UNIT_AT_HOSPITAL:
        crew->wait_s = HOSPITAL_LEAST_S + amp_chance_exponential(&sim->chance, HOSPITAL_MEAN_S);
        break;
    case AMP_UNIT_AVAILABLE:
    case AMP_UNIT_RETURNING:
        if (amp_pos_distance_m(crew->now.pos, home_of(sim, i)) > AT_HOME_M) {
            drive_begin(sim, crew, home_of(sim, i));
        }
        break;
    case AMP_UNIT_OUT_OF_SERVICE:
    case AMP_UNIT_STATUSES:
    default:
        break;
    }
}

/* What the crew reports next once its status is done; false when there is nothing to report. */
static bool status_next(struct amp_sim *sim, const struct sim_crew *crew, bool ambulance,
                        struct amp_sim_action *out)
{
    switch (crew->status) {
    case AMP_UNIT_DISPATCHED:
        out->status = AMP_UNIT_EN_ROUTE;
        return true;
    case AMP_UNIT_EN_ROUTE:
        out->status = AMP_UNIT_ON_SCENE;
        return true;
    case AMP_UNIT_ON_SCENE:
        out->status = AMP_UNIT_AVAILABLE;
        if (ambulance && amp_chance_share(&sim->chance) < TRANSPORT_SHARE) {
            size_t to = hospital_nearest(sim, crew->now.pos);
            out->status = AMP_UNIT_TRANSPORTING;
            memcpy(out->hospital, sim->town->hospital[to].label, sizeof(out->hospital));
        }
        return true;
    case AMP_UNIT_TRANSPORTING:
        out->status = AMP_UNIT_AT_HOSPITAL;
        return true;
    case AMP_UNIT_AT_HOSPITAL:
        out->status = AMP_UNIT_RETURNING;
        return true;
    case AMP_UNIT_RETURNING:
        out->status = AMP_UNIT_AVAILABLE;
        return true;
    case AMP_UNIT_AVAILABLE:
    case AMP_UNIT_OUT_OF_SERVICE:
    case AMP_UNIT_STATUSES:
    default:
        return false;
    }
}

static bool crew_step(struct amp_sim *sim, size_t i, double dt_s, const struct amp_sim_sight *sight,
                      struct amp_sim_action *action)
{
    struct sim_crew *crew = &sim->crew[i];
    bool changed = sight->status != crew->status || sight->incident.n != crew->incident.n;
    if (changed) {
        status_begin(sim, i, sight);
    }
    crew->in_status_s += dt_s;
    if (crew->driving) {
        drive_on(crew, dt_s);
    }
    if (crew->reported || crew->driving || crew->in_status_s < crew->wait_s) {
        return false;
    }
    if (crew->status == AMP_UNIT_EN_ROUTE && !sight->placed) {
        return false; /* nobody knows yet where to */
    }
    bool ambulance = strcmp(sim->town->crew[i].kind, "ambulance") == 0;
    *action = (struct amp_sim_action){.kind = AMP_SIM_STATUS, .crew = i};
    crew->reported = status_next(sim, crew, ambulance, action);
    return crew->reported;
}

amp_err amp_sim_step(struct amp_sim *sim, double dt_s, const struct amp_sim_sight *sight,
                     struct amp_sim_action *action, size_t *out_n)
{
    if (!(dt_s >= 0.0) || !isfinite(dt_s)) {
        return AMP_E_RANGE;
    }
    size_t n = 0;
    for (size_t i = 0; i < sim->town->crew_n && n < AMP_SIM_ACTIONS; i++) {
        n += crew_step(sim, i, dt_s, &sight[i], &action[n]);
    }
    sim->next_call_s -= dt_s;
    while (sim->calls_per_hour > 0.0 && sim->next_call_s <= 0.0 && n < AMP_SIM_ACTIONS) {
        sim->next_call_s += amp_chance_exponential(&sim->chance, 3600.0 / sim->calls_per_hour);
        n += amp_sim_call_make(sim, &action[n]);
    }
    *out_n = n;
    return AMP_OK;
}
