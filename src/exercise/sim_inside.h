/* The inside of the simulator, shared by its files. */
#ifndef AMP_EXERCISE_SIM_INSIDE_H
#define AMP_EXERCISE_SIM_INSIDE_H

#include "exercise/sim.h"

struct sim_crew {
    struct amp_position now;
    enum amp_unit_status status; /* as last seen */
    struct amp_incident_id incident;
    double in_status_s;      /* of the day's own time */
    double wait_s;           /* how long this status takes, drawn when it began */
    bool reported;           /* the next status was reported and not seen yet */
    size_t hospital;         /* where a transport goes */
    struct amp_arena memory; /* holds the route */
    struct amp_route route;
    bool driving;
    double driven_m;
};

struct amp_sim {
    const struct amp_map *map;
    const struct amp_sim_town *town;
    struct amp_chance chance;
    struct amp_metric *metric;
    struct amp_road_query *query;
    struct sim_crew *crew;
    double calls_per_hour;
    double next_call_s;
    bool portuguese;
};

/* false when no place could be found. */
bool amp_sim_call_make(struct amp_sim *sim, struct amp_sim_action *out);

#endif
