/*
 * Snapshots: what the parts owe each other, checked; and what follows from them, built.
 *
 * Everything that apply, decide and the views rely on without asking is asked here once, so that no
 * snapshot, however wrong, leads to a state that ends the program.
 */
#include "model/index.h"
#include "model/snapshot_form.h"
#include <stdlib.h>
#include <string.h>

static amp_err damaged(struct amp_why *why, const char *what)
{
    return amp_fail(why, AMP_E_CORRUPT, "the snapshot is damaged (%s); start without it", what);
}

/* ---- names ---- */

static bool name_put(struct amp_state *state, enum amp_space space, const char *name, uint64_t n)
{
    return !amp_index_put(state->by_name, space, name, n);
}

/* At most so many names are put by names_build. */
static size_t names_count(const struct amp_state *state, size_t keys)
{
    return state->agency_n + state->station_n + state->hospital_n + state->unit_n +
           state->account_n + state->invite_n + state->alert_n + state->tracked_n + keys;
}

static amp_err names_build(struct amp_state *state, struct amp_why *why)
{
    size_t keys = state->key_total < AMP_KEYS_KEPT ? (size_t)state->key_total : AMP_KEYS_KEPT;
    bool good = true;
    amp_err err = amp_index_reserve(state->by_name, names_count(state, keys));
    if (err) {
        return err;
    }
    for (size_t i = 0; i < state->agency_n; i++) {
        good &= name_put(state, AMP_SPACE_AGENCY, state->agency[i].code, i + 1);
    }
    for (size_t i = 0; i < state->station_n; i++) {
        good &= name_put(state, AMP_SPACE_STATION, state->station[i].code, i + 1);
    }
    for (size_t i = 0; i < state->hospital_n; i++) {
        good &= name_put(state, AMP_SPACE_FACILITY, state->hospital[i].code, i + 1);
    }
    for (size_t i = 0; i < state->unit_n; i++) {
        good &= name_put(state, AMP_SPACE_UNIT, state->unit[i].call_sign, i + 1);
    }
    for (size_t i = 0; i < state->tracked_n; i++) {
        good &= name_put(state, AMP_SPACE_TRACKING, state->tracked[i].name, i + 1);
    }
    for (size_t i = 0; i < state->account_n; i++) {
        good &= name_put(state, AMP_SPACE_ACCOUNT, state->account[i].name, i + 1);
    }
    for (size_t i = 0; i < state->invite_n; i++) {
        good &= name_put(state, AMP_SPACE_LINK, state->invite[i].token, i + 1);
    }
    for (size_t i = 0; i < state->alert_n; i++) {
        good &= name_put(state, AMP_SPACE_ALERT, state->alert[i].reference, i + 1);
    }
    for (uint64_t i = state->key_total - keys; i < state->key_total; i++) {
        (void)amp_index_put(state->by_name, AMP_SPACE_KEY, state->key[i % AMP_KEYS_KEPT].key, i);
    }
    return good ? AMP_OK : damaged(why, "a name is there twice");
}

/* ---- chains of calls ---- */

static amp_err chain_put(struct amp_state *state, enum amp_space space, struct amp_str name,
                         uint32_t call, struct amp_call_id *older)
{
    uint64_t before = 0;
    if (amp_index_get(state->by_name, space, name, &before)) {
        *older = (struct amp_call_id){(uint32_t)before};
        amp_index_set(state->by_name, space, name, call);
        return AMP_OK;
    }
    char *copy = amp_texts_own(state->texts, name);
    if (!copy || amp_index_reserve(state->by_name, 1)) {
        return AMP_E_NOMEM; /* the copy goes with the state */
    }
    (void)amp_index_put(state->by_name, space, copy, call);
    return AMP_OK;
}

static amp_err chains_build(struct amp_state *state, struct amp_why *why)
{
    char plain[AMP_LINE_MAX + 1] = {0};
    amp_err err = AMP_OK;
    for (size_t i = 0; !err && i < state->call_n; i++) {
        struct amp_call *call = &state->call[i];
        if (!call->incident.n) {
            err = damaged(why, "a call belongs to no incident");
        }
        amp_number_plain(amp_str_of(call->number), plain);
        if (!err && plain[0]) {
            err = chain_put(state, AMP_SPACE_NUMBER, amp_str_of(plain), call->id.n,
                            &call->older_number);
        }
        if (!err && call->device) {
            err = chain_put(state, AMP_SPACE_DEVICE, amp_str_of(call->device), call->id.n,
                            &call->older_device);
        }
    }
    amp_wipe(plain, sizeof(plain));
    return err;
}

/* ---- incidents ---- */

/* What is merged into another goes there from the newest to the oldest, as amp_merged_put has it;
 * following `into` from anywhere ends. `seen`: in which walk an incident was met. */
static amp_err merges_build(struct amp_state *state, uint32_t *seen, struct amp_why *why)
{
    for (uint32_t n = 1; n <= state->incident_n; n++) {
        struct amp_incident *incident = &state->incident[n - 1];
        for (uint32_t at = n; at && !seen[at - 1]; at = state->incident[at - 1].into.n) {
            seen[at - 1] = n;
            uint32_t next = state->incident[at - 1].into.n;
            if (next && seen[next - 1] == n) {
                return damaged(why, "merges in a circle");
            }
        }
        if (incident->into.n) {
            amp_merged_put(state, incident);
        }
    }
    return AMP_OK;
}

static const char *incident_fault(const struct amp_state *state,
                                  const struct amp_incident *incident)
{
    bool closed = incident->state == AMP_INCIDENT_CLOSED;
    if (closed ? incident->slot_n != 0 : incident->state != amp_incident_state_due(incident)) {
        return "an incident is not in the state that its units say";
    }
    if ((incident->into.n || incident->erased_us) && !closed) {
        return "an incident is open, and should not be";
    }
    if (closed ? incident->alarm != NULL
               : incident->open_at >= state->open_n ||
                     state->open[incident->open_at].n != incident->id.n) {
        return "an incident is not where it should be";
    }
    if (incident->alarm_unit && !amp_state_unit(state, amp_str_of(incident->alarm_unit))) {
        return "an alarm is about no unit";
    }
    if (incident->shared & 1 ||
        (incident->agency.n && incident->shared >> incident->agency.n & 1)) {
        return "an incident is shared with its owner";
    }
    return NULL;
}

static amp_err incidents_check(const struct amp_state *state, uint32_t *seen, struct amp_why *why)
{
    size_t open = 0;
    memset(seen, 0, state->unit_n * sizeof(*seen));
    for (size_t i = 0; i < state->incident_n; i++) {
        const struct amp_incident *incident = &state->incident[i];
        const char *fault = incident_fault(state, incident);
        open += incident->state != AMP_INCIDENT_CLOSED;
        for (size_t k = 0; !fault && k < incident->slot_n; k++) {
            const struct amp_unit *unit = amp_state_unit_at(state, incident->slot[k].unit);
            if (!unit || unit->incident.n != incident->id.n || seen[unit->id.n - 1]++) {
                fault = "a unit is not on the incident that has it";
            }
        }
        if (fault) {
            return damaged(why, fault);
        }
    }
    return open == state->open_n ? AMP_OK : damaged(why, "the list of open incidents");
}

static amp_err units_check(const struct amp_state *state, const uint32_t *seen, struct amp_why *why)
{
    for (size_t i = 0; i < state->unit_n; i++) {
        const struct amp_unit *unit = &state->unit[i];
        if (amp_unit_is_busy(unit->status) != (unit->incident.n != 0) ||
            seen[i] != (unit->incident.n != 0)) {
            return damaged(why, "a unit is not on the incident that it says");
        }
    }
    return AMP_OK;
}

/* Which are in force follows from which were lifted. */
static amp_err closures_build(struct amp_state *state, struct amp_why *why)
{
    size_t in_force = 0;
    for (size_t i = 0; i < state->closure_n; i++) {
        if (amp_extent_check(&state->closure[i].extent, NULL)) {
            return damaged(why, "a closure has no shape that can be");
        }
        in_force += !state->closure[i].lifted_us;
    }
    if (in_force > AMP_CLOSURES_IN_FORCE) {
        return damaged(why, "too many closures");
    }
    state->in_force = in_force ? calloc(in_force, sizeof(*state->in_force)) : NULL;
    if (in_force && !state->in_force) {
        return AMP_E_NOMEM;
    }
    state->in_force_cap = in_force;
    for (size_t i = 0; i < state->closure_n; i++) {
        if (!state->closure[i].lifted_us) {
            amp_in_force_put(state, state->closure[i].id);
        }
    }
    return AMP_OK;
}

amp_err amp_snapshot_finish(struct amp_state *state, struct amp_why *why)
{
    size_t n = state->incident_n > state->unit_n ? state->incident_n : state->unit_n;
    uint32_t *seen = calloc(n + 1, sizeof(*seen));
    amp_err err = seen ? names_build(state, why) : AMP_E_NOMEM;
    err = err ? err : chains_build(state, why);
    err = err ? err : merges_build(state, seen, why);
    err = err ? err : incidents_check(state, seen, why);
    err = err ? err : units_check(state, seen, why);
    err = err ? err : closures_build(state, why);
    free(seen);
    return err;
}
