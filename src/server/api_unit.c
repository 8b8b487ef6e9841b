/* Crews and stations: to see, add and change them, what they report, and where they are. */
#include "fleet/fleet.h"
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

/* ---- where they are: state, never in the journal ---- */

static amp_err report_take(struct amp_server *server, const struct amp_job *job,
                           const struct amp_fleet_report *report)
{
    const struct amp_unit *unit = amp_state_unit(&server->state, report->unit);
    if (report->err != AMP_OK) {
        return report->err;
    }
    if (unit == NULL || !amp_sight_unit(&server->state, &job->who, unit)) {
        return AMP_E_NOT_FOUND;
    }
    if (job->who.who.role == AMP_ROLE_CREW && unit->status == AMP_UNIT_OUT_OF_SERVICE) {
        return AMP_E_CONFLICT; /* whose duty has ended is not followed */
    }
    amp_err err = amp_track_set(&server->track, unit->id, &report->position, server->now_us);
    return err == AMP_OK ? amp_events_moved(server, unit->id) : err;
}

static void refusal_write(struct amp_json *js, const struct amp_fleet_report *report, amp_err err)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "unit", report->unit);
    if (report->err != AMP_OK && report->detail.len > 0) {
        amp_json_str_of(js, "detail", report->detail);
    } else {
        amp_json_text_of(js, "detail",
                         err == AMP_E_NOT_FOUND  ? "there is no such unit"
                         : err == AMP_E_CONFLICT ? "the unit is out of service"
                                                 : amp_err_words(err));
    }
    amp_json_close(js, '}');
}

static void reports_take(struct amp_server *server, struct amp_job *job, struct amp_json *js,
                         const struct amp_fleet_report *report, size_t n)
{
    int64_t accepted = 0;
    amp_json_key(js, "refused");
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_err err = report_take(server, job, &report[i]);
        if (err == AMP_OK) {
            accepted++;
        } else {
            refusal_write(js, &report[i], err);
        }
    }
    amp_json_close(js, ']');
    amp_metrics_add(&server->metrics, AMP_METRIC_POSITIONS, accepted);
    amp_metrics_add(&server->metrics, AMP_METRIC_POSITIONS_REFUSED, (int64_t)n - accepted);
    amp_json_i64_of(js, "accepted", accepted);
    job->result.seq = (uint64_t)accepted;
}

static void fleet_take(struct amp_server *server, struct amp_job *job,
                       const struct amp_fleet *format)
{
    struct amp_why why = {""};
    struct amp_fleet_report *report = NULL;
    size_t n = 0;
    struct amp_str bytes = job->body;
    if (format->query && job->query_raw.len > 0) {
        bytes = job->query_raw;
    }
    amp_err err = amp_fleet_parse(format, bytes, server->now_us, &job->arena, &report, &n, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    reports_take(server, job, &js, report, n);
    amp_json_close(&js, '}');
    if (format->query && job->result.seq == 0 && n > 0) { /* such a client reads the status only */
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "the position was refused: %.*s",
                       (int)report[0].detail.len,
                       report[0].detail.ptr != NULL ? report[0].detail.ptr : "");
        amp_core_refuse(server, job, report[0].err != AMP_OK ? report[0].err : AMP_E_NOT_FOUND,
                        &why);
        return;
    }
    if (format->query) {
        amp_buf_clear(&job->out);
    }
    amp_core_answer(server, job, 200);
}

void amp_api_positions(struct amp_server *server, struct amp_job *job)
{
    fleet_take(server, job, amp_fleet_find(AMP_STR("json")));
}

void amp_api_fleet(struct amp_server *server, struct amp_job *job)
{
    const struct amp_fleet *format = amp_fleet_find(job->param[0]);
    struct amp_why why = {""};
    if (format == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no format of that name");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    fleet_take(server, job, format);
}
