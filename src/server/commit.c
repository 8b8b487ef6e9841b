/* Commands become events: decided, sealed, applied, told, and handed to the writer, in one step. */
#include "response/apply.h"
#include "server/exchange.h"
#include "server/history.h"
#include "server/inside.h"
#include "server/link.h"
#include "server/log.h"
#include "server/random.h"
#include "server/sight.h"
#include "server/sms.h"
#include <assert.h>
#include <string.h>

static bool is_closure(enum amp_event_kind kind)
{
    return kind == AMP_EV_CLOSURE_MADE || kind == AMP_EV_CLOSURE_LIFTED ||
           kind == AMP_EV_CLOSURE_CHANGED || kind == AMP_EV_CLOSURE_RESTORED;
}

/* An incident has its key from its first event on. */
static amp_err key_make(struct amp_server *server, struct amp_job *job, struct amp_incident_id id)
{
    char name[AMP_KEYS_NAME];
    struct amp_buf wrapped = amp_buf_make(AMP_SECRET_MAX);
    amp_keys_make(server->keys, id, &wrapped);
    amp_keys_name(id, name);
    amp_err err = amp_job_secret_keep(job, amp_str_of(name), &wrapped);
    amp_buf_free(&wrapped);
    return err;
}

/* With the key goes all that was sealed under it, and every snapshot that may hold it. */
static amp_err keys_destroy(struct amp_server *server, struct amp_job *job,
                            struct amp_incident_id id)
{
    struct amp_incident_id *gone = amp_arena_array(&job->arena, AMP_MERGED_MAX, sizeof *gone);
    if (gone == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = amp_incident_erases(&server->state, id, gone, AMP_MERGED_MAX);
    assert(n <= AMP_MERGED_MAX);
    amp_err err = AMP_OK;
    for (size_t i = 0; i < n && err == AMP_OK; i++) {
        char name[AMP_KEYS_NAME];
        amp_keys_name(gone[i], name);
        amp_keys_drop(server->keys, gone[i]);
        err = amp_job_secret_remove(job, amp_str_of(name));
    }
    job->erases = true;
    amp_history_erased(server);
    return err == AMP_OK ? amp_snapshots_erase(server, job) : err;
}

static amp_err event_write(struct amp_server *server, struct amp_job *job, struct amp_event *event)
{
    const struct amp_sealer sealer = amp_keys_sealer(server->keys);
    amp_err err = AMP_OK;
    if (event->kind == AMP_EV_INCIDENT_OPENED) {
        err = key_make(server, job, event->f.incident);
    } else if (event->kind == AMP_EV_INCIDENT_ERASED) {
        err = keys_destroy(server, job, event->f.incident);
    }
    if (err == AMP_OK) {
        amp_event_write(event, &sealer, &job->records);
        err = amp_buf_err(&job->records);
    }
    return err;
}

/* Numbers, writes, applies and tells one event. */
static amp_err event_take(struct amp_server *server, struct amp_job *job, struct amp_event *event,
                          size_t i)
{
    size_t from = job->records.len;
    struct amp_why why = {""};
    event->seq = server->state.seq + 1;
    amp_err err = event_write(server, job, event);
    if (err == AMP_OK) {
        err = amp_apply(&server->state, event, &why);
    }
    if (err == AMP_OK) {
        err = amp_accounts_event(server, job, event);
    }
    err = err ? err : amp_texting_event(server, event);
    err = err ? err : amp_exchange_event(server, event);
    err = err ? err : amp_link_event(server, job, event);
    if (err != AMP_OK) {
        amp_log(false, AMP_LOG_ERROR, "apply-failed", "event %s: %s",
                amp_event_rows[event->kind].name, amp_err_words(err));
        return err;
    }
    job->draft[i].body = (struct amp_str){.ptr = NULL, .len = job->records.len - from};
    amp_random(job->draft[i].salt, AMP_SALT);
    job->message[i] = amp_events_message(server, event);
    if (is_closure(event->kind)) {
        amp_roadworks_changed(server);
    }
    return job->message[i] != NULL ? AMP_OK : AMP_E_NOMEM;
}

static void messages_drop(struct amp_job *job)
{
    for (size_t i = 0; i < job->record_n; i++) {
        amp_message_drop(job->message[i]);
    }
    job->record_n = 0;
}

/* Room for the records of the command and of the one that goes with it. */
static amp_err records_reserve(struct amp_job *job, size_t event_n)
{
    size_t n = event_n + (job->has_also ? (size_t)AMP_EVENTS_PER_COMMAND : 0);
    job->draft = amp_arena_array(&job->arena, n, sizeof *job->draft);
    job->message = amp_arena_array(&job->arena, n, sizeof(struct amp_message *));
    return job->draft == NULL || job->message == NULL ? AMP_E_NOMEM : AMP_OK;
}

static amp_err decision_take(struct amp_server *server, struct amp_job *job,
                             const struct amp_decision *decision)
{
    for (size_t i = 0; i < decision->event_n; i++) {
        size_t at = job->record_n++;
        amp_err err = event_take(server, job, &decision->event[i], at);
        if (err != AMP_OK) {
            amp_core_fail(server, err, "applying an event");
            messages_drop(job);
            return err;
        }
    }
    return AMP_OK;
}

/* The buffer moves while it grows: places are known only when all is written. */
static void records_place(struct amp_job *job)
{
    size_t at = 0;
    for (size_t i = 0; i < job->record_n; i++) {
        job->draft[i].body.ptr = job->records.data + at;
        at += job->draft[i].body.len;
    }
}

/* Both commands are decided before anything is applied; the second once more on what the first made
 * of the state. */
static amp_err commands_take(struct amp_server *server, struct amp_job *job,
                             struct amp_decision *decision, struct amp_why *why)
{
    const struct amp_plans *plans = server->config.plans;
    struct amp_decision also = {0};
    job->also.time_us = server->now_us;
    job->also.actor = job->actor;
    job->also.role = job->command.role;
    amp_err err = amp_sight_command(&server->state, plans, &job->who, &job->command, why);
    if (err == AMP_OK) {
        err = amp_decide(&server->state, plans, &job->command, &job->arena, decision, why);
    }
    bool both = err == AMP_OK && job->has_also && !decision->repeated;
    if (both) {
        err = amp_decide(&server->state, plans, &job->also, &job->arena, &also, why);
    }
    if (err == AMP_OK && !decision->repeated) {
        err = records_reserve(job, decision->event_n);
    }
    if (err != AMP_OK) {
        return err;
    }
    err = decision_take(server, job, decision);
    if (err == AMP_OK && both) {
        err = amp_decide(&server->state, plans, &job->also, &job->arena, &also, why);
        err = err == AMP_OK ? decision_take(server, job, &also) : err;
        if (err != AMP_OK) { /* the first is applied, and not written: memory is ahead */
            amp_core_fail(server, err, "applying the second half of a command");
            messages_drop(job);
        }
    }
    return err;
}

/* What is asked, in short: a key belongs to one request, also after a restart. */
static uint32_t print_of(const struct amp_job *job)
{
    if (job->key.len == 0 || job->route == NULL || job->own_key) {
        return 0;
    }
    uint64_t print = amp_job_hash(0, amp_str_of(amp_method_name(job->route->method)));
    print = amp_job_hash(print, amp_str_of(job->route->path));
    for (size_t i = 0; i < AMP_ENDPOINT_PARAMS; i++) {
        print = amp_job_hash(print, job->param[i]);
    }
    print = amp_job_hash(amp_job_hash(print, job->query_raw), job->body);
    print = amp_job_hash(print, job->actor); /* and to who made it */
    return (uint32_t)(1 + (print ^ print >> 32) % AMP_PRINT_MAX);
}

/* What an agency's desk opens or adds is its agency's. */
static amp_err agency_set(struct amp_server *server, struct amp_command *command,
                          const struct amp_identity *who, struct amp_why *why)
{
    const struct amp_agency *agency =
        amp_state_agency_at(&server->state, (struct amp_agency_id){who->who.agency});
    bool makes = command->kind == AMP_CMD_TAKE_CALL || command->kind == AMP_CMD_OPEN_INCIDENT ||
                 command->kind == AMP_CMD_FOLLOW_CALL || command->kind == AMP_CMD_TAKE_MESSAGE ||
                 command->kind == AMP_CMD_ADD_UNIT || command->kind == AMP_CMD_ADD_ACCOUNT;
    if (agency == NULL || !makes) {
        return AMP_OK;
    }
    if ((command->f.has & AMP_HAS(AGENCY)) != 0 && !amp_str_is(command->f.agency, agency->code)) {
        return amp_fail(why, AMP_E_FORBIDDEN, "this account is of the agency %s and makes only its",
                        agency->code);
    }
    command->f.agency = amp_str_of(agency->code);
    command->f.has |= AMP_HAS(AGENCY);
    return AMP_OK;
}

void amp_core_commit(struct amp_server *server, struct amp_job *job, int status, amp_see_fn *see)
{
    struct amp_decision decision = {0};
    struct amp_why why = {""};
    job->command.time_us = server->now_us;
    job->command.key = job->key;
    job->command.print = print_of(job);
    job->command.actor = job->actor;
    job->command.role = job->who.who.role;
    if (atomic_load(&server->failed) || !amp_core_has_room(server)) {
        amp_core_refuse(server, job, AMP_E_BUSY, NULL);
        return;
    }
    amp_err err = amp_arena_failed(&job->arena) ? AMP_E_NOMEM : AMP_OK; /* a field may be missing */
    err = err ? err : amp_scarce_check(&server->scarce, job->command.kind, &why);
    err = err ? err : agency_set(server, &job->command, &job->who, &why);
    err = err == AMP_OK ? commands_take(server, job, &decision, &why) : err;
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    records_place(job);
    amp_roadworks_settle(server);
    job->repeated = decision.repeated;
    job->result = (struct amp_outcome){.seq = server->state.seq,
                                       .incident = decision.incident,
                                       .call = decision.call,
                                       .closure = decision.closure};
    job->status = status;
    if (see != NULL) {
        see(server, job, &decision);
    }
    if (job->record_n > 0 || job->secret_n > 0) {
        amp_core_submit(server, job);
    } else {
        amp_core_settle(server, job);
    }
}
