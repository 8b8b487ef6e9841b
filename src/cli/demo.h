/*
 * The demo's parts: the world that moves (demo_world.c) and the automatic desk (demo_desk.c).
 */
#ifndef AMP_CLI_DEMO_H
#define AMP_CLI_DEMO_H

#include "exercise/sim.h"
#include "server/server.h"

#include <pthread.h>
#include <stdatomic.h>

#define DEMO_ACTOR "auto" /* the automatic desk, as the record names it */

enum {
    DEMO_STEP_MS = 250,
    DEMO_CALLS_KEPT = 1024, /* what callers will turn out to need, by number */
    DEMO_OPEN_MOST = 60,    /* open incidents; then nobody rings until some are closed */
    DEMO_WAIT_S = 10,       /* for an answer of the server */
    DEMO_REPLY_MAX = 16 << 20
};

struct demo_call { /* what the automatic desk would find out by asking */
    char number[24];
    const char *type;
    int priority;
};

struct demo {
    struct amp_server *server;
    uint8_t master[AMP_KEY];
    struct amp_map map;
    const struct amp_cards *cards;
    struct amp_sim_town town;
    struct amp_sim *sim;
    double calls_per_hour;
    _Atomic double speed;
    _Atomic bool auto_dispatch;
    struct amp_sim_sight sight[AMP_SIM_CREWS];
    struct demo_call call[DEMO_CALLS_KEPT];
    size_t call_n; /* ever; the last DEMO_CALLS_KEPT are there */
    size_t open_n; /* incidents, as last seen */
};

/* Tells the server of stations and crews it does not know yet. */
AMP_MUST amp_err demo_world_found(struct demo *demo, struct amp_why *why);
/* dt_s of real time passes. */
AMP_MUST amp_err demo_world_step(struct demo *demo, double dt_s);
/* Triage, dispatch and close as a good desk would, with the server's own recommendation. */
AMP_MUST amp_err demo_desk_step(struct demo *demo);

/* Both wait for the answer, at most DEMO_WAIT_S. demo_ask asks as DEMO_ACTOR. */
AMP_MUST amp_err demo_command(struct demo *demo, const struct amp_command *command);
AMP_MUST amp_err demo_ask(struct demo *demo, enum amp_method method, const char *target,
                          struct amp_str body, int *out_status, struct amp_buf *out);

#endif
