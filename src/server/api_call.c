/* Calls for help: by a call taker, and by the doors of src/intake. */
#include "intake/intake.h"
#include "server/aml_key.h"
#include "server/api.h"
#include "server/sight.h"
#include "server/uid.h"

enum {
    LATE_S = 1800 /* how long after a call began its phone may still say where it is */
};

static void duplicate_write(struct amp_json *js, const struct amp_incident *incident,
                            double distance_m, int64_t age_s)
{
    char id[AMP_ID_TEXT];
    amp_incident_id_text(incident->id, id);
    amp_json_open(js, '{');
    amp_json_text_of(js, "incident", id);
    amp_json_double_of(js, "distance_m", distance_m, 0);
    amp_json_i64_of(js, "age_s", age_s);
    amp_json_close(js, '}');
}

/* Open incidents near and recent: advice, never a decision. The fields are of different people's
 * calls, so nothing of them but the number of the incident is told. */
static void duplicates_write(struct amp_json *js, struct amp_server *server,
                             const struct amp_identity *who, const struct amp_incident *fresh)
{
    const struct amp_state *state = &server->state;
    size_t n = 0;
    amp_json_key(js, "duplicates");
    amp_json_open(js, '[');
    for (size_t i = state->open_n; i-- > 0 && fresh != NULL && n < AMP_DUPLICATES_MAX;) {
        const struct amp_incident *other = amp_state_incident(state, state->open[i]);
        if (other == NULL || other->id.n == fresh->id.n || !other->where.known ||
            !fresh->where.known || !amp_sight_incident(state, who, other)) {
            continue;
        }
        int64_t age_s = (server->now_us - other->opened_us) / INT64_C(1000000);
        double distance_m = amp_pos_distance_m(other->where.pos, fresh->where.pos);
        if (age_s <= AMP_DUPLICATE_AGE_S && distance_m <= AMP_DUPLICATE_RADIUS_M) {
            duplicate_write(js, other, distance_m, age_s);
            n++;
        }
    }
    amp_json_close(js, ']');
}

static void see_call(struct amp_server *server, struct amp_job *job,
                     const struct amp_decision *decision)
{
    const struct amp_call *call = amp_state_call(&server->state, decision->call);
    const struct amp_incident *incident = amp_state_incident(&server->state, decision->incident);
    struct amp_json js = amp_api_open(server, job);
    if (call != NULL) {
        amp_json_key(&js, "call");
        amp_view_call(&js, call);
    }
    if (incident != NULL) {
        amp_json_key(&js, "incident");
        amp_view_incident(&js, &server->state, incident, false);
    }
    duplicates_write(&js, server, &job->who, incident);
    const struct amp_report *report = job->data;
    if (report != NULL) {
        amp_json_key(&js, "warnings");
        amp_json_open(&js, '[');
        for (size_t i = 0; i < report->warning_n; i++) {
            amp_json_put_str(&js, report->warning[i]);
        }
        amp_json_close(&js, ']');
    }
    amp_json_close(&js, '}');
}

void amp_api_call_take(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_read(server, job, AMP_CMD_TAKE_CALL, 0)) {
        amp_core_commit(server, job, 201, see_call);
    }
}

void amp_api_call_end(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    amp_err err = amp_call_id_parse(job->param[0], &job->command.f.call);
    if (err != AMP_OK) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no such call");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    job->command.f.has = AMP_HAS(CALL);
    if (amp_api_read(server, job, AMP_CMD_END_CALL, AMP_HAS(CALL))) {
        amp_core_commit(server, job, 200, see_call);
    }
}

/* ---- the doors of src/intake ---- */

/* Of another agency's callers nothing is known. */
static const struct amp_call *call_known(struct amp_server *server, const struct amp_identity *who,
                                         const struct amp_fields *f)
{
    const int64_t since_us = server->now_us - LATE_S * INT64_C(1000000);
    const struct amp_call *call = NULL;
    if ((f->has & AMP_HAS(NUMBER)) != 0) {
        call = amp_state_call_since(&server->state, f->number, since_us);
    }
    if (call == NULL && (f->has & AMP_HAS(DEVICE)) != 0) {
        call = amp_state_call_since(&server->state, f->device, since_us);
    }
    const struct amp_incident *incident =
        call != NULL ? amp_state_incident(&server->state, call->incident) : NULL;
    return incident != NULL && amp_sight_incident(&server->state, who, incident) ? call : NULL;
}

/* By what the telephone system calls it; else the call that a message of the same phone opened. */
static const struct amp_call *
call_followed(struct amp_server *server, const struct amp_identity *who, const struct amp_fields *f)
{
    const struct amp_call *call = amp_state_call_ref(&server->state, f->ref);
    const struct amp_incident *incident =
        call != NULL ? amp_state_incident(&server->state, call->incident) : NULL;
    if (incident != NULL && amp_sight_incident(&server->state, who, incident)) {
        return call;
    }
    call = call_known(server, who, f);
    return call != NULL && call->ref == NULL && !amp_call_is_over(call->state) ? call : NULL;
}

/* The network says which incident a new call is of: one of a partner's that we know, one of ours
 * that came back, or that of an earlier call. While it is open the call is its. */
static void tracked_join(struct amp_server *server, const struct amp_identity *who,
                         struct amp_fields *f)
{
    struct amp_incident_id ours = {0};
    const struct amp_incident *incident = NULL;
    if ((f->has & AMP_HAS(INCIDENT)) != 0 || (f->has & AMP_HAS(TRACKING)) == 0) {
        return;
    }
    incident = amp_uid_is_ours(server, f->tracking, &ours)
                   ? amp_state_incident(&server->state, ours)
                   : amp_state_tracked(&server->state, f->tracking);
    while (incident != NULL && incident->into.n > 0) {
        incident = amp_state_incident(&server->state, incident->into);
    }
    if (incident != NULL && incident->state != AMP_INCIDENT_CLOSED &&
        incident->call_n < AMP_CALLS_PER_INCIDENT_MAX &&
        amp_sight_incident(&server->state, who, incident)) {
        f->incident = incident->id;
        f->has |= AMP_HAS(INCIDENT);
    }
}

void amp_api_call_follow(struct amp_server *server, struct amp_job *job)
{
    if (!amp_api_read(server, job, AMP_CMD_FOLLOW_CALL, 0)) {
        return;
    }
    struct amp_fields *f = &job->command.f;
    const struct amp_call *call = call_followed(server, &job->who, f);
    enum amp_call_state state = AMP_CALL_OPEN;
    bool live = amp_call_line_of(f->line, &state) == AMP_OK && !amp_call_is_over(state);
    const struct amp_incident *of =
        call != NULL ? amp_state_incident(&server->state, call->incident) : NULL;
    bool open = of != NULL && of->state != AMP_INCIDENT_CLOSED;
    bool again = call != NULL && live && amp_call_is_over(call->state);
    /* News of a call that is over, in a matter that nobody looks at any more: as if it were not
     * known. Who tells it hears so, and opens another. */
    bool late = call != NULL && !live && !open && (f->has & AMP_HAS(WORDS)) != 0;
    f->has &= ~AMP_HAS(CALL);
    if (call == NULL && live) {
        tracked_join(server, &job->who, f);
    }
    if (again) { /* it left and came back: another call of the same matter, while that is open */
        f->incident = call->incident;
        f->has |= open ? AMP_HAS(INCIDENT) : 0;
    } else if (call != NULL && !late) {
        f->call = call->id;
        f->has |= AMP_HAS(CALL);
    }
    amp_core_commit(server, job, call != NULL && !again ? 200 : 201, see_call);
}

/* RFC 6881, section 15: the way of a call to here is tried out. Nothing of it is kept but how many
 * came. */
void amp_api_call_test(struct amp_server *server, struct amp_job *job)
{
    amp_metrics_add(&server->metrics, AMP_METRIC_TEST_CALLS, 1);
    struct amp_json js = amp_api_open(server, job);
    amp_json_bool_of(&js, "test", true);
    amp_json_close(&js, '}');
    amp_core_answer(server, job, 200);
}

static void report_commit(struct amp_server *server, struct amp_job *job,
                          const struct amp_report *report)
{
    struct amp_why why = {""};
    const struct amp_call *call = call_known(server, &job->who, &report->f);
    bool locate = call != NULL && report->located;
    if (call != NULL && !locate && amp_state_key(&server->state, job->key) == NULL) {
        /* the caller is on the line already, and the message says nothing new */
        const struct amp_decision known = {.call = call->id, .incident = call->incident};
        see_call(server, job, &known);
        amp_core_answer(server, job, 200);
        return;
    }
    enum amp_command_kind kind = locate ? AMP_CMD_LOCATE_CALL : AMP_CMD_TAKE_CALL;
    const struct amp_kind_row *row = &amp_command_rows[kind];
    job->command.kind = kind;
    job->command.f = report->f;
    job->command.f.has &= row->must | row->may;
    if (locate) {
        job->command.f.call = call->id;
        job->command.f.has |= AMP_HAS(CALL);
    }
    job->command.time_us = server->now_us;
    job->command.actor = job->actor;
    amp_err err = amp_command_check(&job->command, &why);
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    amp_core_commit(server, job, locate ? 200 : 201, see_call);
}

/* A form takes a plus for a blank; a number begins with the one and never with the other. */
static struct amp_str sender_of(struct amp_job *job)
{
    struct amp_str from = amp_api_query(job, "from");
    char *text = amp_arena_text(&job->arena, from);
    if (text != NULL && from.len > 1 && from.ptr[0] == ' ') {
        text[0] = '+';
        from.ptr = text;
    }
    return from;
}

static void see_discarded(struct amp_server *server, struct amp_job *job,
                          const struct amp_decision *decision)
{
    struct amp_json js = amp_api_open(server, job);
    (void)decision;
    amp_json_text_of(&js, "discarded", job->data);
    amp_json_close(&js, '}');
}

/* Its sender hears yes and sends it no more; the record has that it came, and what was wrong with
 * it in general: the sentence may quote what a caller's phone said. */
static void discard(struct amp_server *server, struct amp_job *job, const struct amp_intake *format,
                    amp_err fault, const struct amp_why *why)
{
    job->data = amp_arena_text(&job->arena, amp_str_of(why->text));
    job->command.kind = AMP_CMD_DISCARD_MESSAGE;
    job->command.time_us = server->now_us;
    job->command.actor = job->actor;
    job->command.f.source = amp_str_of(format->name);
    job->command.f.label = amp_str_of(amp_err_words(fault));
    job->command.f.has = AMP_HAS(SOURCE) | AMP_HAS(LABEL);
    amp_core_commit(server, job, 202, see_discarded);
}

/* Where there is a key, an AML message over HTTPS counts only with its signature. A text message
 * has none: its sender is known by the number. */
static bool unsigned_form(const struct amp_server *server, const struct amp_intake *format,
                          struct amp_str body)
{
    struct amp_str key = server->config.aml_key;
    return key.len > 0 && amp_str_is(amp_str_of(format->name), "aml") && amp_aml_is_form(body) &&
           !amp_aml_signed(body, key);
}

void amp_api_intake(struct amp_server *server, struct amp_job *job)
{
    amp_api_report(server, job, job->param[0], job->body, sender_of(job));
}

void amp_api_report(struct amp_server *server, struct amp_job *job, struct amp_str name,
                    struct amp_str body, struct amp_str from)
{
    struct amp_why why = {""};
    const struct amp_intake *format = amp_intake_find(name);
    if (format == NULL) {
        (void)amp_fail(&why, AMP_E_NOT_FOUND, "there is no format of that name");
        amp_core_refuse(server, job, AMP_E_NOT_FOUND, &why);
        return;
    }
    struct amp_report *report = amp_arena_alloc(&job->arena, sizeof *report);
    if (report == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    if (unsigned_form(server, format, body)) {
        (void)amp_fail(&why, AMP_E_FORBIDDEN, "the message is not signed with this centre's key");
        discard(server, job, format, AMP_E_FORBIDDEN, &why);
        return;
    }
    amp_err err = amp_intake_parse(format, body, &job->arena, report, &why);
    if (err != AMP_OK && err != AMP_E_NOMEM && format->always_taken) {
        discard(server, job, format, err, &why);
        return;
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    if (from.len > 0 && (report->f.has & AMP_HAS(NUMBER)) == 0) {
        report->f.number = from;
        report->f.has |= AMP_HAS(NUMBER);
    }
    job->data = report;
    report_commit(server, job, report);
}
