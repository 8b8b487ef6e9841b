/* The board as it was at any moment, and what happened between two, for after-action review. */
#include "base/timefmt.h"
#include "server/api.h"
#include "server/history.h"
#include "server/sight.h"

enum {
    EVENTS_MAX = 5000,
    BYTE_BITS = 8
};

struct looking {
    /* what was asked */
    bool by_seq;
    uint64_t seq, after;
    int64_t at_us, from_us, to_us;
    struct amp_incident_id incident; /* 0: none in particular */
    /* who may see what, as it is now; NULL: all of it. The past adds what was so then. */
    const uint8_t *incident_seen;
    size_t incident_n;
    const struct amp_str *unit_seen;
    size_t unit_n;
    uint64_t last; /* number of the newest record */
    /* while events are listed */
    struct amp_json js;
    struct amp_arena arena;
    size_t listed;
    bool more;
};

/* ---- on the core's thread: what is asked, and what may be seen ---- */

static bool refuse(struct amp_server *server, struct amp_job *job, amp_err err, const char *words)
{
    struct amp_why why = {""};
    (void)amp_fail(&why, err, "%s", words);
    amp_core_refuse(server, job, err, &why);
    return false;
}

static bool query_time(struct amp_server *server, struct amp_job *job, const char *name,
                       int64_t *out)
{
    struct amp_str text = amp_api_query(job, name);
    if (text.len > 0 && amp_time_parse(text, out) != AMP_OK) {
        return refuse(server, job, AMP_E_RANGE,
                      "a moment is written as 2026-11-26T22:15:00Z, with its zone");
    }
    return true;
}

static bool query_seq(struct amp_server *server, struct amp_job *job, const char *name,
                      uint64_t *out)
{
    struct amp_str text = amp_api_query(job, name);
    if (text.len > 0 && amp_str_u64(text, out) != AMP_OK) {
        return refuse(server, job, AMP_E_RANGE, "a record is named by its number");
    }
    return true;
}

/* The incident that is asked for in particular: one that may be seen now. */
static bool query_incident(struct amp_server *server, struct amp_job *job, struct looking *looking)
{
    struct amp_str text = amp_api_query(job, "incident");
    const struct amp_incident *incident = NULL;
    if (text.len == 0) {
        return true;
    }
    if (amp_incident_id_parse(text, &looking->incident) == AMP_OK) {
        incident = amp_state_incident(&server->state, looking->incident);
    }
    if (incident == NULL || !amp_sight_incident(&server->state, &job->who, incident)) {
        return refuse(server, job, AMP_E_NOT_FOUND, "there is no such incident");
    }
    job->command.f.incident = looking->incident;
    job->command.f.has |= AMP_HAS(INCIDENT);
    return true;
}

static bool sight_copy(struct amp_server *server, struct amp_job *job, struct looking *looking)
{
    const struct amp_state *state = &server->state;
    if (job->who.who.agency == 0) {
        return true;
    }
    size_t bytes = state->incident_n / BYTE_BITS + 1;
    uint8_t *seen = amp_arena_array(&job->arena, bytes, 1);
    struct amp_str *unit = amp_arena_array(&job->arena, state->unit_n + 1, sizeof *unit);
    if (seen == NULL || unit == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return false;
    }
    for (size_t i = 0; i < state->incident_n; i++) {
        if (amp_sight_incident(state, &job->who, &state->incident[i])) {
            seen[i / BYTE_BITS] |= (uint8_t)(1U << i % BYTE_BITS);
        }
    }
    for (size_t i = 0; i < state->unit_n; i++) {
        if (amp_sight_unit(state, &job->who, &state->unit[i])) {
            const char *name = amp_arena_text(&job->arena, amp_str_of(state->unit[i].call_sign));
            unit[looking->unit_n++] = name != NULL ? amp_str_of(name) : (struct amp_str){0};
        }
    }
    looking->incident_seen = seen;
    looking->incident_n = state->incident_n;
    looking->unit_seen = unit;
    return true;
}

static bool incident_shows(const struct looking *looking, struct amp_incident_id id)
{
    size_t at = id.n - 1;
    return looking->incident_seen == NULL ||
           (id.n != 0 && at < looking->incident_n &&
            (looking->incident_seen[at / BYTE_BITS] >> at % BYTE_BITS & 1) != 0);
}

static bool unit_shows(const struct looking *looking, struct amp_str name)
{
    bool shows = looking->unit_seen == NULL;
    for (size_t i = 0; i < looking->unit_n && !shows; i++) {
        shows = amp_str_eq(looking->unit_seen[i], name);
    }
    return shows;
}

/* Each look is a record, as looks at the present are. */
static void look(struct amp_server *server, struct amp_job *job, amp_work_fn *work)
{
    bool counts = amp_api_look_counts(server, job, "past");
    amp_core_history(job, work);
    if (counts) {
        amp_core_commit(server, job, 200, NULL);
    } else {
        amp_core_settle(server, job);
    }
}

/* ---- on the thread of the past ---- */

static void incidents_write(struct amp_json *js, const struct amp_job *job,
                            const struct amp_state *state)
{
    const struct looking *looking = job->data;
    amp_json_key(js, "incidents");
    amp_json_open(js, '[');
    for (size_t i = 0; i < state->open_n; i++) {
        const struct amp_incident *incident = amp_state_incident(state, state->open[i]);
        if (incident_shows(looking, incident->id) &&
            amp_sight_incident(state, &job->who, incident)) {
            amp_view_incident(js, state, incident, false);
        }
    }
    amp_json_close(js, ']');
    if (looking->incident.n == 0) {
        return;
    }
    const struct amp_incident *one = amp_state_incident(state, looking->incident);
    amp_json_key(js, "incident");
    if (one != NULL && amp_sight_incident(state, &job->who, one)) {
        amp_view_incident(js, state, one, true);
    } else {
        amp_json_put_text(js, NULL);
    }
}

static void units_write(struct amp_json *js, const struct amp_job *job,
                        const struct amp_state *state, int64_t now_us)
{
    amp_json_key(js, "units");
    amp_json_open(js, '[');
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        if (unit_shows(job->data, amp_str_of(unit->call_sign)) &&
            amp_sight_unit(state, &job->who, unit)) {
            amp_view_unit(js, state, unit, NULL, now_us);
        }
    }
    amp_json_close(js, ']');
    amp_json_key(js, "closures");
    amp_json_open(js, '[');
    for (size_t i = 0; i < state->in_force_n; i++) {
        amp_view_closure(js, amp_state_closure(state, state->in_force[i]));
    }
    amp_json_close(js, ']');
}

/* Whose texts and places are missing because they were erased since. */
static void erased_write(struct amp_json *js, const struct amp_job *job,
                         const struct amp_state *state, const struct amp_past *past)
{
    const struct looking *looking = job->data;
    char id[AMP_ID_TEXT];
    amp_json_key(js, "erased");
    amp_json_open(js, '[');
    for (size_t i = 0; i <= state->open_n; i++) {
        struct amp_incident_id at = i < state->open_n ? state->open[i] : looking->incident;
        const struct amp_incident *incident = amp_state_incident(state, at);
        if (at.n == 0 || incident == NULL || !amp_past_is_erased(past, at) ||
            !incident_shows(looking, at) || !amp_sight_incident(state, &job->who, incident)) {
            continue;
        }
        amp_incident_id_text(at, id);
        amp_json_put_text(js, id);
    }
    amp_json_close(js, ']');
}

static void board_write(struct amp_job *job, const struct amp_state *state,
                        const struct amp_past *past)
{
    const struct looking *looking = job->data;
    int64_t time_us = amp_past_time_us(past);
    int64_t at_us = looking->by_seq ? time_us : looking->at_us;
    struct amp_json js = amp_json_make(&job->out);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)state->seq);
    amp_json_i64_of(&js, "last", (int64_t)looking->last);
    if (at_us != INT64_MIN) {
        amp_json_time_of(&js, "at", at_us);
    }
    if (time_us != INT64_MIN) {
        amp_json_time_of(&js, "time", time_us);
    }
    incidents_write(&js, job, state);
    units_write(&js, job, state, at_us);
    erased_write(&js, job, state, past);
    amp_json_key(&js, "not_known");
    amp_json_open(&js, '[');
    amp_json_put_text(&js, "positions"); /* they are no events, and not kept */
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

static void past_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct looking *looking = job->data;
    const struct amp_state *state = NULL;
    struct amp_past *past = NULL;
    struct amp_why why = {""};
    amp_err err = amp_history_begin(server, scratch->reader, &past, &why);
    if (err == AMP_OK && !looking->by_seq) {
        err = amp_past_find(scratch->reader, looking->at_us, &looking->seq, &why);
    }
    err = err ? err : amp_past_seek(past, scratch->reader, looking->seq, &state, &why);
    if (err == AMP_OK) {
        board_write(job, state, past);
        err = amp_history_end(server, &why);
    }
    if (err != AMP_OK) {
        amp_buf_clear(&job->out);
        amp_job_problem(job, err, &why);
    }
}

void amp_api_past(struct amp_server *server, struct amp_job *job)
{
    struct looking *looking = amp_arena_alloc(&job->arena, sizeof *looking);
    if (looking == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    looking->last = server->state.seq;
    looking->at_us = server->now_us;
    looking->by_seq = amp_api_query(job, "seq").len > 0;
    if (looking->by_seq == (amp_api_query(job, "at").len > 0)) {
        (void)refuse(server, job, AMP_E_MISSING,
                     "say when: at=2026-11-26T22:15:00Z or, behind a record, seq=4711");
        return;
    }
    if (query_time(server, job, "at", &looking->at_us) &&
        query_seq(server, job, "seq", &looking->seq) && query_incident(server, job, looking) &&
        sight_copy(server, job, looking)) {
        if (looking->at_us > server->now_us) {
            (void)refuse(server, job, AMP_E_RANGE, "that moment is still to come");
            return;
        }
        job->data = looking;
        look(server, job, past_work);
    }
}

/* ---- what happened ---- */

static bool event_shows(const struct looking *looking, const struct amp_event *event)
{
    const struct amp_fields *f = &event->f;
    bool incident = (f->has & AMP_HAS(INCIDENT)) != 0;
    bool unit = (f->has & AMP_HAS(UNIT)) != 0;
    if (amp_sight_is_silent(event->kind)) {
        return false;
    }
    if (looking->incident.n != 0) {
        bool into = (f->has & AMP_HAS(INTO)) != 0 && f->into.n == looking->incident.n;
        return into || (incident && f->incident.n == looking->incident.n);
    }
    if (incident) {
        return incident_shows(looking, f->incident);
    }
    return !unit || unit_shows(looking, f->unit);
}

static void id_of(struct amp_json *js, const char *name, struct amp_incident_id id)
{
    char text[AMP_ID_TEXT];
    amp_incident_id_text(id, text);
    amp_json_text_of(js, name, text);
}

/* Nothing personal: an event is read without its keys. */
static void event_write(struct amp_json *js, const struct amp_event *event)
{
    const struct amp_fields *f = &event->f;
    amp_json_open(js, '{');
    amp_json_i64_of(js, "seq", (int64_t)event->seq);
    amp_json_time_of(js, "time", event->time_us);
    amp_json_text_of(js, "kind", amp_event_rows[event->kind].name);
    amp_json_str_of(js, "actor", event->actor);
    if ((f->has & AMP_HAS(INCIDENT)) != 0) {
        id_of(js, "incident", f->incident);
    }
    if ((f->has & AMP_HAS(INTO)) != 0) {
        id_of(js, "into", f->into);
    }
    if ((f->has & AMP_HAS(UNIT)) != 0) {
        amp_json_str_of(js, "unit", f->unit);
    }
    if ((f->has & AMP_HAS(STATUS)) != 0) {
        amp_json_text_of(js, "status", amp_unit_status_name(f->status));
    }
    if ((f->has & AMP_HAS(TYPE)) != 0) {
        amp_json_str_of(js, "type", f->type);
    }
    if ((f->has & AMP_HAS(PRIORITY)) != 0) {
        amp_json_i64_of(js, "priority", f->priority);
    }
    if ((f->has & AMP_HAS(ALARM)) != 0) {
        amp_json_str_of(js, "alarm", f->alarm);
    }
    if ((f->has & AMP_HAS(HAPPENED)) != 0) {
        amp_json_time_of(js, "happened", f->happened);
    }
    amp_json_close(js, '}');
}

static amp_err event_list(void *ctx, const struct amp_record *record)
{
    struct looking *looking = ctx;
    struct amp_event event;
    amp_arena_reset(&looking->arena);
    amp_err err = amp_event_read(record->body, NULL, &looking->arena, &event, NULL);
    if (err != AMP_OK) {
        return err;
    }
    event.seq = record->seq;
    if (!event_shows(looking, &event)) {
        return AMP_OK;
    }
    if (looking->listed == EVENTS_MAX) {
        looking->more = true;
        return AMP_E_LIMIT; /* enough: not an error */
    }
    looking->listed++;
    event_write(&looking->js, &event);
    return AMP_OK;
}

static void events_work(struct amp_server *server, struct amp_job *job, struct amp_scratch *scratch)
{
    struct looking *looking = job->data;
    struct amp_store *reader = scratch->reader;
    struct amp_why why = {""};
    uint64_t before = 0, last = 0;
    (void)server;
    amp_err err = amp_past_find(reader, looking->from_us - 1, &before, &why);
    err = err ? err : amp_past_find(reader, looking->to_us, &last, &why);
    before = looking->after > before ? looking->after : before;
    looking->arena = amp_arena_make(AMP_JOB_ARENA);
    looking->js = amp_json_make(&job->out);
    amp_json_open(&looking->js, '{');
    amp_json_i64_of(&looking->js, "before", (int64_t)before);
    amp_json_key(&looking->js, "events");
    amp_json_open(&looking->js, '[');
    if (err == AMP_OK && before < last) {
        err = reader->ops->read(reader, before + 1, last, looking, event_list, &why);
    }
    amp_json_close(&looking->js, ']');
    amp_json_bool_of(&looking->js, "more", looking->more);
    amp_json_close(&looking->js, '}');
    amp_arena_drop(&looking->arena);
    if (err != AMP_OK && !looking->more) {
        amp_buf_clear(&job->out);
        amp_job_problem(job, err, &why);
    }
}

void amp_api_past_events(struct amp_server *server, struct amp_job *job)
{
    struct looking *looking = amp_arena_alloc(&job->arena, sizeof *looking);
    if (looking == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    looking->from_us = AMP_TIME_MIN_US;
    looking->to_us = server->now_us;
    if (query_time(server, job, "from", &looking->from_us) &&
        query_time(server, job, "to", &looking->to_us) &&
        query_seq(server, job, "after", &looking->after) && query_incident(server, job, looking) &&
        sight_copy(server, job, looking)) {
        job->data = looking;
        look(server, job, events_work);
    }
}
