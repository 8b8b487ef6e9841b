/* Who else sees an incident, what keeps its data, what destroys them; and the audit. */
#include "base/timefmt.h"
#include "server/api.h"
#include <stdio.h>
#include <string.h>

enum {
    RECORDS_MAX = 10000,
    DAY_S = 86400,
    LEAF_HEX = 2 * AMP_HASH + 1
};

static void incident_command(struct amp_server *server, struct amp_job *job,
                             enum amp_command_kind kind)
{
    if (amp_api_incident_given(server, job) && amp_api_read(server, job, kind, AMP_HAS(INCIDENT))) {
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}

void amp_api_share(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_SHARE_INCIDENT);
}

void amp_api_unshare(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job)) {
        job->command.kind = AMP_CMD_UNSHARE_INCIDENT;
        job->command.f.agency = job->param[1];
        job->command.f.has |= AMP_HAS(AGENCY);
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}

void amp_api_hold(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_HOLD);
}

void amp_api_hold_lift(struct amp_server *server, struct amp_job *job)
{
    if (amp_api_incident_given(server, job)) {
        job->command.kind = AMP_CMD_LIFT_HOLD;
        amp_core_commit(server, job, 200, amp_api_see_incident);
    }
}

void amp_api_erase(struct amp_server *server, struct amp_job *job)
{
    incident_command(server, job, AMP_CMD_ERASE);
}

/* ---- looking is an event, too ---- */

bool amp_api_look_counts(struct amp_server *server, struct amp_job *job, const char *look)
{
    struct amp_incident_id id = job->command.f.incident;
    bool single = (job->command.f.has & AMP_HAS(INCIDENT)) != 0;
    bool counts = server->config.journal_looks && job->who.kind != AMP_IDENTITY_LOCAL;
    struct amp_str who = job->actor;
    if (!counts || !amp_look_is_new(server->looks, who, single ? id : (struct amp_incident_id){0},
                                    look, server->now_us)) {
        return false;
    }
    job->key = (struct amp_str){0};
    job->command.kind = single ? AMP_CMD_VIEW_INCIDENT : AMP_CMD_VIEW_LIST;
    job->command.f.look = amp_str_of(look);
    job->command.f.has = (single ? AMP_HAS(INCIDENT) : 0) | AMP_HAS(LOOK);
    return true;
}

void amp_api_look(struct amp_server *server, struct amp_job *job, const char *look, amp_see_fn *see)
{
    if (amp_api_look_counts(server, job, look)) {
        amp_core_commit(server, job, 200, see);
    } else {
        const struct amp_decision none = {.event = NULL};
        see(server, job, &none);
        amp_core_answer(server, job, 200);
    }
}

/* ---- the audit ---- */

static void day_text(int64_t day, char out[AMP_TIME_TEXT])
{
    amp_time_text(day * DAY_S * AMP_US_PER_S, out);
    out[strlen("2026-11-26")] = '\0';
}

static bool query_day(struct amp_server *server, struct amp_job *job, const char *name,
                      int64_t *out)
{
    struct amp_str text = amp_api_query(job, name);
    struct amp_why why = {""};
    char whole[AMP_TIME_TEXT];
    int64_t at_us = 0;
    if (text.len == 0) {
        return true;
    }
    (void)snprintf(whole, sizeof whole, "%.*sT00:00:00Z", (int)(text.len < 16 ? text.len : 16),
                   text.ptr);
    if (amp_time_parse(amp_str_of(whole), &at_us) != AMP_OK) {
        (void)amp_fail(&why, AMP_E_RANGE, "\"%s\" must be a day such as 2026-11-26", name);
        amp_core_refuse(server, job, AMP_E_RANGE, &why);
        return false;
    }
    *out = amp_audit_day_of(at_us);
    return true;
}

static void day_write(struct amp_json *js, const struct amp_audit_day *day)
{
    char text[AMP_TIME_TEXT];
    day_text(day->day, text);
    amp_json_open(js, '{');
    amp_json_text_of(js, "day", text);
    amp_json_i64_of(js, "first", (int64_t)day->first_seq);
    amp_json_i64_of(js, "last", (int64_t)day->last_seq);
    amp_json_key(js, "counts");
    amp_json_open(js, '[');
    for (int role = 0; role < AMP_ROLES; role++) {
        for (int kind = 0; kind < AMP_EV_COUNT; kind++) {
            if (day->count[role][kind] > 0) {
                amp_json_open(js, '{');
                amp_json_text_of(js, "role", amp_role_name((enum amp_role)role));
                amp_json_text_of(js, "kind", amp_event_rows[kind].name);
                amp_json_i64_of(js, "n", day->count[role][kind]);
                amp_json_close(js, '}');
            }
        }
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void see_audit(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    const int64_t *range = job->data;
    struct amp_json js = amp_api_open(server, job);
    (void)decision;
    amp_json_key(&js, "days");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < server->state.audit_n; i++) {
        const struct amp_audit_day *day = &server->state.audit[i];
        if (day->day >= range[0] && day->day <= range[1]) {
            day_write(&js, day);
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
}

void amp_api_audit(struct amp_server *server, struct amp_job *job)
{
    int64_t *range = amp_arena_array(&job->arena, 2, sizeof *range);
    if (range == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    range[0] = INT64_MIN;
    range[1] = INT64_MAX;
    if (query_day(server, job, "from", &range[0]) && query_day(server, job, "to", &range[1])) {
        job->data = range;
        amp_api_look(server, job, "audit", see_audit);
    }
}

/* What a count stands on: the numbers and leaves of its records, out of the journal itself. */
struct cell {
    int64_t day;
    uint64_t first, last;
    enum amp_role role;
    enum amp_event_kind kind;
    struct amp_json js;
    struct amp_arena *arena;
    int64_t n;
};

static amp_err cell_record(void *ctx, const struct amp_record *record)
{
    struct cell *cell = ctx;
    struct amp_event event;
    amp_arena_reset(cell->arena);
    amp_err err = amp_event_read(record->body, NULL, cell->arena, &event, NULL);
    if (err != AMP_OK) {
        return err;
    }
    if (event.kind != cell->kind || event.role != cell->role ||
        amp_audit_day_of(event.time_us) != cell->day || cell->n >= RECORDS_MAX) {
        return AMP_OK;
    }
    struct amp_buf hex = amp_buf_make(LEAF_HEX);
    amp_hex_put(&hex, record->leaf, AMP_HASH);
    amp_json_open(&cell->js, '{');
    amp_json_i64_of(&cell->js, "seq", (int64_t)record->seq);
    amp_json_time_of(&cell->js, "time", event.time_us);
    amp_json_buf_of(&cell->js, "leaf", &hex);
    amp_json_close(&cell->js, '}');
    amp_buf_free(&hex);
    cell->n++;
    return AMP_OK;
}

static void records_work(struct amp_server *server, struct amp_job *job,
                         struct amp_scratch *scratch)
{
    struct cell *cell = job->data;
    struct amp_why why = {""};
    struct amp_arena arena = amp_arena_make(AMP_JOB_ARENA);
    struct amp_buf checkpoint = amp_buf_make(AMP_SECRET_MAX);
    struct amp_head head;
    cell->arena = &arena;
    cell->js = amp_json_make(&job->out);
    amp_json_open(&cell->js, '{');
    amp_json_key(&cell->js, "records");
    amp_json_open(&cell->js, '[');
    amp_err err = AMP_OK;
    if (cell->first != 0) {
        err = scratch->reader->ops->read(scratch->reader, cell->first, cell->last, cell,
                                         cell_record, &why);
    }
    amp_json_close(&cell->js, ']');
    err = err ? err
              : amp_signer_checkpoint(server->signer, scratch->reader, &checkpoint, &head, &why);
    amp_json_str_of(&cell->js, "checkpoint", amp_buf_view(&checkpoint));
    amp_json_close(&cell->js, '}');
    amp_buf_free(&checkpoint);
    amp_arena_drop(&arena);
    if (err != AMP_OK) {
        amp_job_problem(job, err, &why);
    }
}

static bool kind_of(struct amp_str name, enum amp_event_kind *out)
{
    for (int i = 0; i < AMP_EV_COUNT; i++) {
        if (amp_str_is(name, amp_event_rows[i].name)) {
            *out = (enum amp_event_kind)i;
            return true;
        }
    }
    return false;
}

void amp_api_audit_records(struct amp_server *server, struct amp_job *job)
{
    struct cell *cell = amp_arena_alloc(&job->arena, sizeof *cell);
    struct amp_why why = {""};
    struct amp_str role = amp_api_query(job, "role");
    if (cell == NULL) {
        amp_core_refuse(server, job, AMP_E_NOMEM, NULL);
        return;
    }
    cell->day = INT64_MIN;
    if (!query_day(server, job, "day", &cell->day)) {
        return;
    }
    bool known =
        amp_str_is(role, amp_role_name(AMP_ROLE_NONE)) || amp_role_of(role, &cell->role) == AMP_OK;
    if (cell->day == INT64_MIN || !known || !kind_of(amp_api_query(job, "kind"), &cell->kind)) {
        (void)amp_fail(&why, AMP_E_MISSING,
                       "say which count: day=2026-11-26&role=dispatcher&kind=incident-viewed");
        amp_core_refuse(server, job, AMP_E_MISSING, &why);
        return;
    }
    const struct amp_audit_day *day = amp_state_audit(&server->state, cell->day);
    cell->first = day != NULL ? day->first_seq : 0;
    cell->last = day != NULL ? day->last_seq : 0;
    job->data = cell;
    amp_core_work(server, job, records_work);
}
