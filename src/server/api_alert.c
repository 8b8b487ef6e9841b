/* Alerts of weather and civil-protection services: taken, and which are in force. */
#include "intake/alert.h"
#include "model/field.h"
#include "server/alert_map.h"
#include "server/alert_sign.h"
#include "server/api.h"
#include "server/feeds.h"
#include "server/sight.h"

enum {
    VIEW_ARENA = 8 << 20
};

static void see_taken(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    const struct amp_alert_report *report = job->command.alerts;
    struct amp_json js = amp_api_open(server, job);
    amp_json_i64_of(&js, "alerts", (int64_t)report->n);
    amp_json_bool_of(&js, "new", decision->event_n > 0);
    amp_json_close(&js, '}');
}

/* It stands in the journal, and is not taken. */
static void see_refused(struct amp_server *server, struct amp_job *job,
                        const struct amp_decision *decision)
{
    const char *words = amp_alerts_refused(job);
    (void)server;
    (void)decision;
    amp_job_problem_write(job, AMP_E_FORBIDDEN, words != NULL ? words : "");
}

static void looked(struct amp_server *server, struct amp_job *job)
{
    if (job->err != AMP_OK) {
        amp_core_refuse(server, job, job->err, NULL);
    } else if (amp_alerts_refused(job) != NULL) {
        amp_core_commit(server, job, amp_err_http(AMP_E_FORBIDDEN), see_refused);
    } else {
        amp_core_commit(server, job, 200, see_taken);
    }
}

void amp_api_alerts_take(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct amp_alert_report *report = amp_arena_alloc(&job->arena, sizeof *report);
    amp_err err =
        report != NULL ? amp_alerts_read(job->body, &job->arena, report, &why) : AMP_E_NOMEM;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->command.kind = AMP_CMD_TAKE_ALERTS;
    job->command.alerts = report;
    if (amp_word_valid(job->actor)) {
        job->command.f.source = job->actor;
        job->command.f.has |= AMP_HAS(SOURCE);
    }
    amp_alerts_look(server, job, amp_feeds_sender(server->config.feeds, job->actor), job->body,
                    looked);
}

static void incidents_inside(struct amp_json *js, struct amp_server *server,
                             const struct amp_job *job, const struct amp_alert_seen *seen)
{
    const struct amp_state *state = &server->state;
    amp_json_key(js, "incidents");
    amp_json_open(js, '[');
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, state->open[i]);
        if (incident->where.known && amp_sight_incident(state, &job->who, incident) &&
            amp_alert_holds(seen, incident->where.pos)) {
            char id[AMP_ID_TEXT];
            amp_incident_id_text(incident->id, id);
            amp_json_put_text(js, id);
        }
    }
    amp_json_close(js, ']');
}

static void units_inside(struct amp_json *js, struct amp_server *server, const struct amp_job *job,
                         const struct amp_alert_seen *seen)
{
    const struct amp_state *state = &server->state;
    amp_json_key(js, "units");
    amp_json_open(js, '[');
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        const struct amp_position *at = amp_track_current(&server->track, unit->id, server->now_us);
        if (at != NULL && amp_sight_unit(state, &job->who, unit) &&
            amp_alert_holds(seen, at->pos)) {
            amp_json_put_text(js, unit->call_sign);
        }
    }
    amp_json_close(js, ']');
}

static void alert_put(struct amp_json *js, struct amp_server *server, const struct amp_job *job,
                      const struct amp_alert *alert, const struct amp_alert_map *map)
{
    struct amp_arena arena = amp_arena_make(VIEW_ARENA);
    struct amp_alert_seen *seen =
        amp_alert_see(amp_str_of(alert->document), amp_api_query(job, "language"), &arena);
    amp_json_open(js, '{');
    amp_json_text_of(js, "id", alert->reference);
    amp_json_text_of(js, "source", alert->source);
    amp_json_time_of(js, "received", alert->received_us);
    amp_json_time_of(js, "sent", alert->sent_us);
    amp_json_time_of(js, "until", alert->until_us);
    const bool looked_at = alert->signature != NULL;
    amp_json_text_of(js, "signature",
                     looked_at                                   ? alert->signature
                     : seen != NULL && amp_alert_is_signed(seen) ? "unsupported"
                                                                 : "none");
    if (alert->signed_by != NULL) {
        amp_json_text_of(js, "signed_by", alert->signed_by);
    }
    if (seen != NULL) {
        amp_alert_place(seen, server->config.alert_areas, map, &arena);
        amp_alert_view(js, seen);
        incidents_inside(js, server, job, seen);
        units_inside(js, server, job, seen);
    }
    amp_json_close(js, '}');
    amp_arena_drop(&arena);
}

void amp_api_alerts(struct amp_server *server, struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    struct amp_json js = amp_api_open(server, job);
    struct amp_alert_asking asking = amp_alert_asking(server);
    const struct amp_alert_map map = amp_alert_map(&asking);
    amp_json_key(&js, "alerts");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < state->alert_live_n; i++) {
        alert_put(&js, server, job, &state->alert[state->alert_live[i] - 1], &map);
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}
