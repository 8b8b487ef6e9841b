/* decide: the table of rules, the answer to a repeated key, and what the rules share. */
#include "response/decide.h"
#include "model/field.h"
#include "response/rules.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    EVENTS_FIRST = 4
};

static amp_err (*const rules[AMP_CMD_COUNT])(struct amp_deciding *d) = {
#define X(kind, name) [AMP_CMD_##kind] = amp_rule_##name,
    AMP_RULE_TABLE(X)
#undef X
};

static bool events_grow(struct amp_deciding *d)
{
    if (d->out.event_n < d->event_cap) {
        return true;
    }
    if (d->event_cap == AMP_EVENTS_PER_COMMAND) {
        d->err = amp_fail(d->why, AMP_E_LIMIT, "one command may cause at most %d events",
                          AMP_EVENTS_PER_COMMAND);
        return false;
    }
    size_t cap = d->event_cap ? d->event_cap * 4 : EVENTS_FIRST;
    cap = cap > AMP_EVENTS_PER_COMMAND ? AMP_EVENTS_PER_COMMAND : cap;
    struct amp_event *grown = amp_arena_array(d->arena, cap, sizeof(*grown));
    if (!grown) {
        d->err = AMP_E_NOMEM;
        return false;
    }
    if (d->out.event_n) {
        memcpy(grown, d->out.event, d->out.event_n * sizeof(*grown));
    }
    d->out.event = grown;
    d->event_cap = cap;
    return true;
}

struct amp_event *amp_emit(struct amp_deciding *d, enum amp_event_kind kind)
{
    struct amp_event *event = &d->scratch;
    struct amp_str key = {0};
    uint32_t print = 0;
    if (!d->err && events_grow(d)) {
        key = d->out.event_n ? key : d->command->key;
        print = key.len ? d->command->print : 0;
        event = &d->out.event[d->out.event_n++];
    }
    *event = (struct amp_event){.kind = kind,
                                .time_us = d->command->time_us,
                                .actor = d->command->actor,
                                .role = d->command->role,
                                .key = key,
                                .print = print};
    return event;
}

struct amp_str amp_emit_line(struct amp_deciding *d, const char *fmt, ...)
{
    char line[AMP_LINE_MAX + 1];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    assert(len >= 0 && len <= AMP_LINE_MAX);
    struct amp_str copy = amp_arena_str(d->arena, amp_str_of(line));
    if (copy.len != (size_t)len) {
        d->err = d->err ? d->err : AMP_E_NOMEM;
    }
    return copy;
}

void amp_emit_reason(struct amp_event *event, struct amp_str reason)
{
    if (reason.len) {
        event->f.reason = reason;
        event->f.has |= AMP_HAS(REASON);
    }
}

amp_err amp_need_incident(struct amp_deciding *d, struct amp_incident_id id,
                          const struct amp_incident **out)
{
    const struct amp_incident *incident = amp_state_incident(d->state, id);
    if (!incident) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no incident I-%u", id.n);
    }
    d->out.incident = id;
    *out = incident;
    return AMP_OK;
}

amp_err amp_need_open(struct amp_deciding *d, struct amp_incident_id id,
                      const struct amp_incident **out)
{
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_incident(d, id, &incident);
    if (err) {
        return err;
    }
    if (incident->into.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u was merged into I-%u; use I-%u", id.n,
                        incident->into.n, incident->into.n);
    }
    err = amp_need_data(d, incident);
    if (err) {
        return err;
    }
    if (incident->state == AMP_INCIDENT_CLOSED) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is closed; reopen it first", id.n);
    }
    *out = incident;
    return AMP_OK;
}

amp_err amp_need_agency(struct amp_deciding *d, bool may_clear, const struct amp_agency **out)
{
    const struct amp_fields *f = &d->command->f;
    *out = NULL;
    if (!(f->has & AMP_HAS(AGENCY)) || (may_clear && amp_str_is(f->agency, AMP_CLEAR))) {
        return AMP_OK;
    }
    *out = amp_state_agency(d->state, f->agency);
    if (!*out) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no agency %.*s; add it first",
                        (int)f->agency.len, f->agency.ptr);
    }
    return AMP_OK;
}

amp_err amp_need_data(struct amp_deciding *d, const struct amp_incident *incident)
{
    if (incident->erased_us) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "the personal data of I-%u were erased, and no new ones can be added; open "
                        "another incident",
                        incident->id.n);
    }
    return AMP_OK;
}

amp_err amp_need_call(struct amp_deciding *d, const struct amp_call **out)
{
    struct amp_call_id id = d->command->f.call;
    const struct amp_call *call = amp_state_call(d->state, id);
    if (!call) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no call C-%u", id.n);
    }
    d->out.call = id;
    d->out.incident = call->incident;
    *out = call;
    return AMP_OK;
}

amp_err amp_need_unit(struct amp_deciding *d, const struct amp_unit **out)
{
    struct amp_str call_sign = d->command->f.unit;
    const struct amp_unit *unit = amp_state_unit(d->state, call_sign);
    if (!unit) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no unit %.*s", (int)call_sign.len,
                        call_sign.ptr);
    }
    *out = unit;
    return AMP_OK;
}

amp_err amp_decide(const struct amp_state *state, const struct amp_plans *plans,
                   const struct amp_command *command, struct amp_arena *arena,
                   struct amp_decision *out, struct amp_why *why)
{
    amp_err err = amp_command_check(command, why);
    if (err) {
        return err;
    }
    const struct amp_key *seen = amp_state_key(state, command->key);
    if (seen && seen->print && command->print && seen->print != command->print) {
        return amp_fail(why, AMP_E_RANGE, "this Idempotency-Key was used for another request");
    }
    if (seen) {
        *out = (struct amp_decision){.repeated = true,
                                     .incident = seen->incident,
                                     .call = seen->call,
                                     .closure = seen->closure};
        return AMP_OK;
    }
    /* empty boxes of a form are as if they were not there */
    struct amp_command clean = *command;
    clean.f.has = amp_fields_present(&command->f);
    struct amp_deciding d = {
        .state = state, .plans = plans, .command = &clean, .arena = arena, .why = why};
    err = rules[command->kind](&d);
    err = err ? err : d.err;
    for (size_t i = 0; i < d.out.event_n && !err; i++) {
        err = amp_event_check(&d.out.event[i], why);
    }
    if (!err) {
        *out = d.out;
    }
    return err;
}
