/*
 * A made-up day on a real map: crews that drive its roads, callers that ring.
 *
 * The simulator is the world outside, not the dispatcher: it looks at what the desk has decided
 * (each unit's status and incident), moves the crews along their routes at the roads' speeds, and
 * says what the crews would report and who would call. Chance comes from the seed, time from the
 * caller, so a day can be had again. One thread. Invented numbers only (country code 999 is not
 * assigned).
 */
#ifndef AMP_EXERCISE_SIM_H
#define AMP_EXERCISE_SIM_H

#include "base/chance.h"
#include "map/map.h"
#include "model/state.h"
#include "model/track.h"

enum {
    AMP_SIM_STATIONS = 64,
    AMP_SIM_CREWS = 200,
    AMP_SIM_HOSPITALS = 64,
    AMP_SIM_ACTIONS = 1024, /* in one step */
    AMP_SIM_WORDS = 160
};

struct amp_sim_station {
    char code[AMP_WORD_MAX + 1];
    char label[AMP_LINE_MAX + 1];
    struct amp_pos site;
    bool fire; /* else ambulances */
};

struct amp_sim_crew_plan { /* what the desk has to be told once */
    char call_sign[AMP_WORD_MAX + 1];
    const char *kind;          /* "ambulance" */
    const char *capability[4]; /* up to the first NULL */
    size_t station;            /* index */
    int64_t crew;
};

struct amp_sim_town { /* stations, crews and hospitals, found on the map */
    struct amp_sim_station station[AMP_SIM_STATIONS];
    size_t station_n;
    struct amp_sim_crew_plan crew[AMP_SIM_CREWS];
    size_t crew_n;
    struct amp_sim_station hospital[AMP_SIM_HOSPITALS];
    size_t hospital_n;
};

/* The map's own hospitals, fire stations and ambulance stations; where it has none, places on its
 * roads. At least `crews` crews are spread over the stations (at most AMP_SIM_CREWS). */
AMP_MUST amp_err amp_sim_town_find(const struct amp_map *map, uint64_t seed, size_t crews,
                                   struct amp_sim_town *out, struct amp_why *why);

struct amp_sim_sight { /* what the desk says of a crew */
    enum amp_unit_status status;
    struct amp_incident_id incident; /* 0: none */
    struct amp_pos at;               /* of the incident */
    bool placed;                     /* `at` is known */
};

enum amp_sim_action_kind {
    AMP_SIM_STATUS, /* a crew reports a status */
    AMP_SIM_CALL    /* somebody rings */
};

struct amp_sim_action {
    enum amp_sim_action_kind kind;
    size_t crew; /* STATUS */
    enum amp_unit_status status;
    char hospital[AMP_LINE_MAX + 1]; /* TRANSPORTING: where to */
    /* CALL */
    const char *type; /* what it will turn out to be */
    int priority;
    const char *words;
    char number[24];
    struct amp_pos pos;
    int64_t radius_m;
    char place[AMP_LINE_MAX + 1];
};

struct amp_sim;

AMP_MUST amp_err amp_sim_create(const struct amp_map *map, const struct amp_sim_town *town,
                                uint64_t seed, struct amp_sim **out, struct amp_why *why);
void amp_sim_destroy(struct amp_sim *sim); /* accepts NULL */
/* Callers an hour of the day's own time; 0 stops them. */
void amp_sim_calls_per_hour(struct amp_sim *sim, double calls);
void amp_sim_portuguese(struct amp_sim *sim, bool on); /* what callers say */

/* dt_s passes (of the day's own time); sight[i] is what the desk says of crew i now. Writes at most
 * AMP_SIM_ACTIONS actions; what does not fit happens in the next step. */
AMP_MUST amp_err amp_sim_step(struct amp_sim *sim, double dt_s, const struct amp_sim_sight *sight,
                              struct amp_sim_action *action, size_t *out_n);
/* Where crew i is, with heading and speed; fix_us is left 0. */
struct amp_position amp_sim_position(const struct amp_sim *sim, size_t crew);

#endif
