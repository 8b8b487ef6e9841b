/* The world of the demo: crews that report and drive, callers that ring, all through the server. */
#include "cli/demo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct waiting { /* one answer; freed by whoever comes last */
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    bool done, left;
    amp_err err;
    int status;
    struct amp_buf body;
};

static struct waiting *waiting_create(void)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    if (waiting != NULL) {
        (void)pthread_mutex_init(&waiting->lock, NULL);
        (void)pthread_cond_init(&waiting->arrived, NULL);
        waiting->body = amp_buf_make(DEMO_REPLY_MAX);
    }
    return waiting;
}

static void waiting_destroy(struct waiting *waiting)
{
    (void)pthread_mutex_destroy(&waiting->lock);
    (void)pthread_cond_destroy(&waiting->arrived);
    amp_buf_free(&waiting->body);
    free(waiting);
}

static void waiting_finish(struct waiting *waiting)
{
    waiting->done = true;
    bool left = waiting->left;
    (void)pthread_cond_signal(&waiting->arrived);
    (void)pthread_mutex_unlock(&waiting->lock);
    if (left) {
        waiting_destroy(waiting);
    }
}

static void command_done(void *ctx, const struct amp_outcome *outcome)
{
    struct waiting *waiting = ctx;
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->err = outcome->err;
    waiting_finish(waiting);
}

static void request_done(void *ctx, int status, struct amp_str body)
{
    struct waiting *waiting = ctx;
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->status = status;
    amp_buf_str(&waiting->body, body);
    waiting_finish(waiting);
}

/* AMP_OK: the answer is there and waiting is the caller's; else it will free itself. */
static amp_err waiting_wait(struct waiting *waiting)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DEMO_WAIT_S;
    (void)pthread_mutex_lock(&waiting->lock);
    int failed = 0;
    while (!waiting->done && !failed) {
        failed = pthread_cond_timedwait(&waiting->arrived, &waiting->lock, &until);
    }
    waiting->left = !waiting->done;
    bool done = waiting->done;
    (void)pthread_mutex_unlock(&waiting->lock);
    return done ? AMP_OK : AMP_E_BUSY;
}

amp_err demo_command(struct demo *demo, const struct amp_command *command)
{
    struct waiting *waiting = waiting_create();
    if (waiting == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_server_command(demo->server, command, command_done, waiting);
    if (err) {
        waiting_destroy(waiting);
        return err;
    }
    err = waiting_wait(waiting);
    if (!err) {
        err = waiting->err;
        waiting_destroy(waiting);
    }
    return err;
}

amp_err demo_ask(struct demo *demo, enum amp_method method, const char *target, struct amp_str body,
                 int *out_status, struct amp_buf *out)
{
    struct waiting *waiting = waiting_create();
    if (waiting == NULL) {
        return AMP_E_NOMEM;
    }
    const struct amp_server_ask ask = {
        .method = method, .target = target, .body = body, .actor = AMP_STR(DEMO_ACTOR)};
    amp_err err = amp_server_request(demo->server, &ask, request_done, waiting);
    if (err) {
        waiting_destroy(waiting);
        return err;
    }
    err = waiting_wait(waiting);
    if (!err) {
        *out_status = waiting->status;
        amp_buf_str(out, amp_buf_view(&waiting->body));
        waiting_destroy(waiting);
    }
    return err;
}

static amp_err station_found(struct demo *demo, const struct amp_sim_station *station)
{
    struct amp_command command = {.kind = AMP_CMD_ADD_STATION, .actor = AMP_STR("demo")};
    command.f.has = AMP_HAS(STATION) | AMP_HAS(LABEL) | AMP_HAS(SITE);
    command.f.station = amp_str_of(station->code);
    command.f.label = amp_str_of(station->label);
    command.f.site = station->site;
    return demo_command(demo, &command);
}

static amp_err hospital_found(struct demo *demo, const struct amp_sim_station *hospital)
{
    struct amp_command command = {.kind = AMP_CMD_ADD_HOSPITAL, .actor = AMP_STR("demo")};
    command.f.has = AMP_HAS(FACILITY) | AMP_HAS(LABEL) | AMP_HAS(SITE);
    command.f.facility = amp_str_of(hospital->code);
    command.f.label = amp_str_of(hospital->label);
    command.f.site = hospital->site;
    return demo_command(demo, &command);
}

static amp_err crew_found(struct demo *demo, const struct amp_sim_crew_plan *crew)
{
    struct amp_command command = {.kind = AMP_CMD_ADD_UNIT, .actor = AMP_STR("demo")};
    command.f.has =
        AMP_HAS(UNIT) | AMP_HAS(KIND) | AMP_HAS(CAPABILITIES) | AMP_HAS(STATION) | AMP_HAS(CREW);
    command.f.unit = amp_str_of(crew->call_sign);
    command.f.kind = amp_str_of(crew->kind);
    command.f.station = amp_str_of(demo->town.station[crew->station].code);
    command.f.crew = crew->crew;
    for (size_t i = 0; i < 4 && crew->capability[i] != NULL; i++) {
        command.f.capabilities.word[command.f.capabilities.n++] = amp_str_of(crew->capability[i]);
    }
    return demo_command(demo, &command);
}

amp_err demo_world_found(struct demo *demo, struct amp_why *why)
{
    for (size_t i = 0; i < demo->town.station_n; i++) {
        amp_err err = station_found(demo, &demo->town.station[i]);
        if (err && err != AMP_E_EXISTS) {
            return amp_fail(why, err, "station %s could not be added: %s",
                            demo->town.station[i].code, amp_err_words(err));
        }
    }
    for (size_t i = 0; i < demo->town.hospital_n; i++) {
        amp_err err = hospital_found(demo, &demo->town.hospital[i]);
        if (err && err != AMP_E_EXISTS) {
            return amp_fail(why, err, "hospital %s could not be added: %s",
                            demo->town.hospital[i].code, amp_err_words(err));
        }
    }
    for (size_t i = 0; i < demo->town.crew_n; i++) {
        amp_err err = crew_found(demo, &demo->town.crew[i]);
        if (err && err != AMP_E_EXISTS) {
            return amp_fail(why, err, "crew %s could not be added: %s",
                            demo->town.crew[i].call_sign, amp_err_words(err));
        }
    }
    return AMP_OK;
}

/* On the core's thread: copy what the desk says of each crew. */
static void sight_take(void *ctx, const struct amp_state *state, const struct amp_track *track,
                       int64_t now_us)
{
    (void)track;
    (void)now_us;
    struct demo *demo = ctx;
    for (size_t i = 0; i < demo->town.crew_n; i++) {
        struct amp_sim_sight *sight = &demo->sight[i];
        const struct amp_unit *unit =
            amp_state_unit(state, amp_str_of(demo->town.crew[i].call_sign));
        if (unit == NULL) {
            continue;
        }
        const struct amp_incident *incident = amp_state_incident(state, unit->incident);
        sight->status = unit->status;
        sight->incident = unit->incident;
        sight->placed = incident != NULL && incident->where.known;
        if (sight->placed) {
            sight->at = incident->where.pos;
        }
    }
    demo->open_n = 0;
    for (size_t i = 0; i < state->incident_n; i++) {
        demo->open_n += state->incident[i].state != AMP_INCIDENT_CLOSED;
    }
}

static amp_err call_ring(struct demo *demo, const struct amp_sim_action *action)
{
    struct demo_call *kept = &demo->call[demo->call_n++ % DEMO_CALLS_KEPT];
    *kept = (struct demo_call){.type = action->type, .priority = action->priority};
    memcpy(kept->number, action->number, sizeof(kept->number));
    struct amp_command command = {.kind = AMP_CMD_TAKE_CALL, .actor = AMP_STR("caller")};
    command.f.has = AMP_HAS(NUMBER) | AMP_HAS(WORDS) | AMP_HAS(POS) | AMP_HAS(RADIUS_M) |
                    AMP_HAS(CONFIDENCE_PCT) | AMP_HAS(SOURCE);
    command.f.number = amp_str_of(action->number);
    command.f.words = amp_str_of(action->words);
    command.f.pos = action->pos;
    command.f.radius_m = action->radius_m;
    command.f.confidence_pct = 68;
    command.f.source = AMP_STR("aml-gnss");
    if (action->place[0] != '\0') {
        command.f.has |= AMP_HAS(PLACE);
        command.f.place = amp_str_of(action->place);
    }
    return amp_server_command(demo->server, &command, NULL, NULL);
}

static amp_err status_report(struct demo *demo, const struct amp_sim_action *action)
{
    struct amp_command command = {.kind = AMP_CMD_SET_STATUS};
    command.actor = amp_str_of(demo->town.crew[action->crew].call_sign);
    command.f.has = AMP_HAS(UNIT) | AMP_HAS(STATUS);
    command.f.unit = command.actor;
    command.f.status = action->status;
    if (action->hospital[0] != '\0') {
        command.f.has |= AMP_HAS(HOSPITAL);
        command.f.hospital = amp_str_of(action->hospital);
    }
    return amp_server_command(demo->server, &command, NULL, NULL);
}

static amp_err positions_report(struct demo *demo)
{
    static struct amp_sighting sighting[AMP_SIM_CREWS];
    for (size_t i = 0; i < demo->town.crew_n; i++) {
        memcpy(sighting[i].unit, demo->town.crew[i].call_sign, sizeof(sighting[i].unit));
        sighting[i].position = amp_sim_position(demo->sim, i);
    }
    return amp_server_positions(demo->server, sighting, demo->town.crew_n);
}

amp_err demo_world_step(struct demo *demo, double dt_s)
{
    static struct amp_sim_action action[AMP_SIM_ACTIONS];
    size_t n = 0;
    amp_err err = amp_server_look(demo->server, sight_take, demo);
    err = err ? err : amp_sim_step(demo->sim, dt_s * demo->speed, demo->sight, action, &n);
    for (size_t i = 0; !err && i < n; i++) {
        switch (action[i].kind) {
        case AMP_SIM_CALL:
            err = demo->open_n < DEMO_OPEN_MOST ? call_ring(demo, &action[i]) : AMP_OK;
            break;
        case AMP_SIM_STATUS:
        default:
            err = status_report(demo, &action[i]);
            break;
        }
    }
    return err ? err : positions_report(demo);
}
