/* Where the crews are, from every wire format: state, never in the journal; and what was dropped.
 */
#include "base/form.h"
#include "base/timefmt.h"
#include "fleet/fleet.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/sos.h"
#include <stdlib.h>
#include <string.h>

enum {
    TRAIL_STEP = 256
};

static struct amp_fleet_trail *trail_of(struct amp_server *server, struct amp_unit_id unit)
{
    size_t at = unit.n - 1;
    if (at >= server->trail_cap) {
        size_t cap = (at / TRAIL_STEP + 1) * TRAIL_STEP;
        struct amp_fleet_trail *trail = reallocarray(server->trail, cap, sizeof *trail);
        if (trail == NULL) {
            return NULL;
        }
        memset(trail + server->trail_cap, 0, (cap - server->trail_cap) * sizeof *trail);
        server->trail = trail;
        server->trail_cap = cap;
    }
    return &server->trail[at];
}

/* ---- what is reported ---- */

enum {
    CALLED_MAX = 16
};

struct tally {
    int64_t accepted, refused;
    int64_t dropped[AMP_FLEET_REASONS];
    struct amp_incident_id called[CALLED_MAX]; /* the first incidents of crews that call for help */
    size_t called_n;
};

/* A report that could not be read, of a crew or of nobody. */
static void refused_count(struct amp_server *server, struct amp_fleet_trail *trail,
                          const struct amp_fleet_report *report, enum amp_fleet_reason reason)
{
    if (report->err != AMP_OK) {
        reason = report->reason != AMP_FLEET_TAKEN ? report->reason : AMP_FLEET_UNREADABLE;
    }
    if (trail != NULL) {
        amp_fleet_dropped(trail, reason, server->now_us);
    }
    amp_metrics_dropped(&server->metrics, reason);
}

/* An error: it is refused, and the sender is told. Else it was taken, or dropped by the filter. */
static amp_err report_take(struct amp_server *server, const struct amp_job *job,
                           const struct amp_fleet_report *report, struct tally *tally)
{
    const struct amp_unit *unit = amp_state_unit(&server->state, report->unit);
    if (unit == NULL || !amp_sight_unit(&server->state, &job->who, unit)) {
        refused_count(server, NULL, report, AMP_FLEET_UNKNOWN);
        return report->err != AMP_OK ? report->err : AMP_E_NOT_FOUND;
    }
    if (report->alarm != AMP_FLEET_ALARM_NONE) {
        struct amp_incident_id incident = {0};
        amp_err err = amp_sos_take(server, unit, report, &incident);
        if (err != AMP_OK) {
            return err;
        }
        if (tally->called_n < CALLED_MAX) {
            tally->called[tally->called_n++] = incident;
        }
    }
    if (job->who.who.role == AMP_ROLE_CREW && unit->status == AMP_UNIT_OUT_OF_SERVICE) {
        return AMP_E_CONFLICT; /* whose duty has ended is not followed */
    }
    struct amp_fleet_trail *trail = trail_of(server, unit->id);
    if (trail == NULL) {
        return AMP_E_NOMEM;
    }
    if (report->err != AMP_OK) {
        refused_count(server, trail, report, AMP_FLEET_UNREADABLE);
        /* a call for help without a place said all that it had to say */
        const bool heard =
            report->alarm != AMP_FLEET_ALARM_NONE && report->reason == AMP_FLEET_NO_FIX;
        tally->dropped[AMP_FLEET_NO_FIX] += heard;
        return heard ? AMP_OK : report->err;
    }
    enum amp_fleet_reason reason = amp_fleet_filter(trail, &report->position, server->now_us);
    tally->dropped[reason]++;
    if (reason != AMP_FLEET_TAKEN) {
        amp_metrics_dropped(&server->metrics, reason);
        return AMP_OK;
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

static void dropped_write(struct amp_json *js, const int64_t n[AMP_FLEET_REASONS])
{
    amp_json_key(js, "dropped");
    amp_json_open(js, '{');
    for (int r = AMP_FLEET_TAKEN + 1; r < AMP_FLEET_REASONS; r++) {
        if (n[r] > 0) {
            amp_json_i64_of(js, amp_fleet_reason_name((enum amp_fleet_reason)r), n[r]);
        }
    }
    amp_json_close(js, '}');
}

static void called_write(struct amp_json *js, const struct tally *tally)
{
    amp_json_key(js, "called");
    amp_json_open(js, '[');
    for (size_t i = 0; i < tally->called_n; i++) {
        char id[AMP_ID_TEXT];
        amp_incident_id_text(tally->called[i], id);
        amp_json_put_text(js, id);
    }
    amp_json_close(js, ']');
}

/* Why the last one that was refused was; AMP_OK: none was. */
static amp_err reports_take(struct amp_server *server, struct amp_job *job, struct amp_json *js,
                            const struct amp_fleet_report *report, size_t n)
{
    struct tally tally = {.accepted = 0};
    amp_err refusal = AMP_OK;
    amp_json_key(js, "refused");
    amp_json_open(js, '[');
    for (size_t i = 0; i < n; i++) {
        amp_err err = report_take(server, job, &report[i], &tally);
        if (err != AMP_OK) {
            tally.refused++;
            refusal = err;
            refusal_write(js, &report[i], err);
        }
    }
    amp_json_close(js, ']');
    tally.accepted = tally.dropped[AMP_FLEET_TAKEN];
    amp_metrics_add(&server->metrics, AMP_METRIC_POSITIONS, tally.accepted);
    amp_metrics_add(&server->metrics, AMP_METRIC_POSITIONS_REFUSED, tally.refused);
    amp_json_i64_of(js, "accepted", tally.accepted);
    dropped_write(js, tally.dropped);
    called_write(js, &tally);
    job->result.seq = (uint64_t)((int64_t)n - tally.refused);
    return refusal;
}

/* Of a query form: the query, or the body where the place is there and the query is the token. */
static struct amp_str form_of(struct amp_job *job)
{
    struct amp_form form = {0};
    struct amp_str text = {0};
    struct amp_why why = {""};
    bool placed = amp_form_read(job->query_raw, &job->arena, &form, &why) == AMP_OK &&
                  (amp_form_get(&form, "lat", &text) || amp_form_get(&form, "location", &text));
    return placed || job->body.len == 0 ? job->query_raw : job->body;
}

/* Such a client reads the status only, and sends the same again until it is a good one: what was
 * counted for its crew, and will never be a position, is settled. So is where somebody was off
 * duty: a client that kept it would hand it over at the next duty. */
static bool is_settled(const struct amp_fleet_report *report, amp_err refusal)
{
    return refusal == AMP_E_CONFLICT ||
           (report->err != AMP_OK && report->reason != AMP_FLEET_TAKEN);
}

static void fleet_take(struct amp_server *server, struct amp_job *job,
                       const struct amp_fleet *format)
{
    struct amp_why why = {""};
    struct amp_fleet_report *report = NULL;
    size_t n = 0;
    struct amp_str bytes = format->query ? form_of(job) : job->body;
    amp_err err = amp_fleet_parse(format, bytes, server->now_us, &job->arena, &report, &n, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_err refusal = reports_take(server, job, &js, report, n);
    amp_json_close(&js, '}');
    if (format->query && job->result.seq == 0 && n > 0 && !is_settled(&report[0], refusal)) {
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

/* ---- what was heard of a crew ---- */

static void time_or_null(struct amp_json *js, const char *name, int64_t time_us)
{
    amp_json_key(js, name);
    if (time_us > 0) {
        amp_json_put_time(js, time_us);
    } else {
        amp_json_put_null(js);
    }
}

static void trail_write(struct amp_json *js, const struct amp_fleet_trail *trail, int64_t now_us)
{
    int64_t count[AMP_FLEET_REASONS];
    for (int r = 0; r < AMP_FLEET_REASONS; r++) {
        count[r] = (int64_t)trail->count[r];
    }
    amp_json_text_of(js, "state", amp_fleet_state_name(amp_fleet_state_of(trail, now_us)));
    time_or_null(js, "heard", trail->heard_us);
    time_or_null(js, "fix", trail->last.fix_us);
    time_or_null(js, "taken", trail->taken_us);
    if (trail->taken_us > 0) {
        amp_json_i64_of(js, "delay_s", (trail->taken_us - trail->last.fix_us) / AMP_US_PER_S);
    }
    time_or_null(js, "last_dropped", trail->dropped_us);
    if (trail->dropped_us > 0) {
        amp_json_text_of(js, "last_reason", amp_fleet_reason_name(trail->dropped));
        amp_json_text_of(js, "last_words", amp_fleet_reason_words(trail->dropped));
    }
    amp_json_i64_of(js, "accepted", count[AMP_FLEET_TAKEN]);
    dropped_write(js, count);
}

/* What the doors made of its positions since the start: why it is where it is shown, or stale. */
void amp_api_unit_reports(struct amp_server *server, struct amp_job *job)
{
    if (!amp_api_unit_given(server, job, 0)) {
        return;
    }
    static const struct amp_fleet_trail nothing = {.heard_us = 0};
    const struct amp_unit *unit = amp_state_unit(&server->state, job->command.f.unit);
    struct amp_json js = amp_api_open(server, job);
    if (unit != NULL) {
        const struct amp_fleet_trail *trail =
            unit->id.n - 1 < server->trail_cap ? &server->trail[unit->id.n - 1] : &nothing;
        amp_json_key(&js, "reports");
        amp_json_open(&js, '{');
        amp_json_str_of(&js, "unit", job->command.f.unit);
        trail_write(&js, trail, server->now_us);
        amp_json_close(&js, '}');
    }
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}
