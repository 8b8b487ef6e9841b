/* Crews and stations: to see, add and change them, and what they report. */
#include "server/api.h"
#include "server/sight.h"

void amp_api_see_unit(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    const struct amp_unit *unit = amp_state_unit(&server->state, job->command.f.unit);
    (void)decision;
    struct amp_json js = amp_api_open(server, job);
    if (unit != NULL) {
        amp_json_key(&js, "unit");
        amp_view_unit(&js, &server->state, unit, &server->track, server->now_us);
    }
    amp_json_close(&js, '}');
}

void amp_api_units(struct amp_server *server, struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "units");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < state->unit_n; i++) {
        if (amp_sight_unit(state, &job->who, &state->unit[i])) {
            amp_view_unit(&js, state, &state->unit[i], &server->track, server->now_us);
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

void amp_api_unit(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_unit_given(server, job, 0)) {
        amp_api_see_unit(server, job, NULL);
        amp_core_answer(server, job, 200);
    }
}

void amp_api_unit_add(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_read(server, job, AMP_CMD_ADD_UNIT, 0)) {
        amp_core_commit(server, job, 201, amp_api_see_unit);
    }
}

static void unit_command(struct amp_server *server, struct amp_job *job, enum amp_command_kind kind)
{
    if (amp_api_unit_given(server, job, 0) && amp_api_read(server, job, kind, AMP_HAS(UNIT))) {
        amp_core_commit(server, job, 200, amp_api_see_unit);
    }
}

void amp_api_unit_change(struct amp_server *server, struct amp_job *job)
{
    unit_command(server, job, AMP_CMD_CHANGE_UNIT);
}

void amp_api_unit_status(struct amp_server *server, struct amp_job *job)
{
    unit_command(server, job, AMP_CMD_SET_STATUS);
}

void amp_api_stations(struct amp_server *server, struct amp_job *job)
{
    struct amp_json js = amp_api_open(server, job);
    amp_json_key(&js, "stations");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < server->state.station_n; i++) {
        amp_view_station(&js, &server->state.station[i]);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static void see_station(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    const struct amp_station *station = amp_state_station(&server->state, job->command.f.station);
    (void)decision;
    struct amp_json js = amp_api_open(server, job);
    if (station != NULL) {
        amp_json_key(&js, "station");
        amp_view_station(&js, station);
    }
    amp_json_close(&js, '}');
}

void amp_api_station_add(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_read(server, job, AMP_CMD_ADD_STATION, 0)) {
        amp_core_commit(server, job, 201, see_station);
    }
}
