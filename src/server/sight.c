/* Agencies and crews: who sees what. */
#include "server/sight.h"
#include "response/aid.h"
#include <string.h>

static uint64_t agency_bit(const struct amp_identity *who)
{
    return who->who.agency != 0 ? UINT64_C(1) << who->who.agency : 0;
}

static bool is_crew(const struct amp_identity *who)
{
    return who->who.role == AMP_ROLE_CREW;
}

static bool holds_unit(const struct amp_state *state, const struct amp_incident *incident,
                       struct amp_str call_sign)
{
    const struct amp_unit *unit = amp_state_unit(state, call_sign);
    return unit != NULL && unit->incident.n == incident->id.n;
}

bool amp_sight_incident(const struct amp_state *state, const struct amp_identity *who,
                        const struct amp_incident *incident)
{
    if (is_crew(who)) {
        return holds_unit(state, incident, amp_str_of(who->who.unit));
    }
    uint64_t bit = agency_bit(who);
    return bit == 0 || (amp_incident_agencies(state, incident) & bit) != 0;
}

bool amp_sight_unit(const struct amp_state *state, const struct amp_identity *who,
                    const struct amp_unit *unit)
{
    if (is_crew(who)) {
        return strcmp(unit->call_sign, who->who.unit) == 0;
    }
    uint64_t bit = agency_bit(who);
    return bit == 0 || (amp_unit_agencies(state, unit) & bit) != 0;
}

bool amp_sight_account(const struct amp_state *state, const struct amp_identity *who,
                       struct amp_str name)
{
    const struct amp_account *account = amp_state_account(state, name);
    return account != NULL && (who->who.agency == 0 || account->agency.n == who->who.agency);
}

/* Who keeps the accounts of one agency lets nobody into another, nor into the whole service. */
static amp_err accounts_check(const struct amp_state *state, const struct amp_identity *who,
                              const struct amp_command *command, struct amp_why *why)
{
    const struct amp_fields *f = &command->f;
    const struct amp_agency *agency =
        amp_state_agency_at(state, (struct amp_agency_id){who->who.agency});
    bool named = (f->has & AMP_HAS(AGENCY)) != 0;
    if (agency == NULL) {
        return AMP_OK;
    }
    if (command->kind == AMP_CMD_ADD_AGENCY) {
        return amp_fail(why, AMP_E_FORBIDDEN, "an account of an agency adds none");
    }
    if (command->kind == AMP_CMD_CHANGE_ACCOUNT && !amp_sight_account(state, who, f->account)) {
        return amp_fail(why, AMP_E_NOT_FOUND, "there is no account %.*s", (int)f->account.len,
                        f->account.ptr);
    }
    if (named ? !amp_str_is(f->agency, agency->code) : command->kind == AMP_CMD_ADD_ACCOUNT) {
        return amp_fail(why, AMP_E_FORBIDDEN,
                        "this account is of the agency %s and keeps its accounts only",
                        agency->code);
    }
    return AMP_OK;
}

static amp_err incident_check(const struct amp_state *state, const struct amp_identity *who,
                              struct amp_incident_id id, struct amp_why *why)
{
    const struct amp_incident *incident = amp_state_incident(state, id);
    if (incident == NULL || amp_sight_incident(state, who, incident)) {
        return AMP_OK; /* what does not exist is decide's to say, in the same words */
    }
    return amp_fail(why, AMP_E_NOT_FOUND, "there is no incident I-%u", (unsigned)id.n);
}

/* Who else sees it, what keeps it and what destroys it, only the agency decides whose it is. */
static amp_err owner_check(const struct amp_state *state, const struct amp_identity *who,
                           const struct amp_command *command, struct amp_why *why)
{
    bool owned = command->kind == AMP_CMD_SHARE_INCIDENT ||
                 command->kind == AMP_CMD_UNSHARE_INCIDENT || command->kind == AMP_CMD_HOLD ||
                 command->kind == AMP_CMD_LIFT_HOLD || command->kind == AMP_CMD_ERASE ||
                 command->kind == AMP_CMD_ASK_AID || command->kind == AMP_CMD_WITHDRAW_AID;
    const struct amp_incident *incident = amp_state_incident(state, command->f.incident);
    if (!owned || who->who.agency == 0 || incident == NULL ||
        incident->agency.n == who->who.agency) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_FORBIDDEN,
                    "only the agency whose incident it is, or the whole service, may do this");
}

bool amp_sight_aid(const struct amp_identity *who, const struct amp_incident *incident)
{
    return !is_crew(who) &&
           amp_aid_stands(incident, (struct amp_agency_id){(uint32_t)who->who.agency});
}

/* Who is asked for crews need not see the incident to answer. */
static amp_err answer_check(const struct amp_state *state, const struct amp_identity *who,
                            const struct amp_command *command, struct amp_why *why)
{
    const struct amp_incident *incident = amp_state_incident(state, command->f.incident);
    const struct amp_agency *own =
        amp_state_agency_at(state, (struct amp_agency_id){who->who.agency});
    if (incident != NULL && !amp_sight_aid(who, incident) &&
        !amp_sight_incident(state, who, incident)) {
        return amp_fail(why, AMP_E_NOT_FOUND, "there is no incident I-%u",
                        (unsigned)command->f.incident.n);
    }
    if (own != NULL && !amp_str_is(command->f.agency, own->code)) {
        return amp_fail(why, AMP_E_FORBIDDEN, "this account answers for %s only", own->code);
    }
    return AMP_OK;
}

/* A crew that could be lent may be named, to be sent: whether it is, decide says. */
static bool may_be_lent(const struct amp_state *state, const struct amp_plans *plans,
                        const struct amp_identity *who, const struct amp_command *command,
                        const struct amp_unit *unit)
{
    const struct amp_agency *lender = amp_state_agency_at(state, unit->agency);
    const struct amp_agency *asker =
        amp_state_agency_at(state, (struct amp_agency_id){who->who.agency});
    return command->kind == AMP_CMD_DISPATCH && lender != NULL && asker != NULL &&
           amp_aid_any(plans, lender, asker);
}

static amp_err unit_check(const struct amp_state *state, const struct amp_plans *plans,
                          const struct amp_identity *who, const struct amp_command *command,
                          struct amp_why *why)
{
    struct amp_str name = command->f.unit;
    const struct amp_unit *unit = amp_state_unit(state, name);
    if (is_crew(who) && !amp_str_is(name, who->who.unit)) {
        return amp_fail(why, AMP_E_FORBIDDEN,
                        "a crew speaks for itself only: this account is of %s", who->who.unit);
    }
    if (unit == NULL || amp_sight_unit(state, who, unit) ||
        may_be_lent(state, plans, who, command, unit)) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_NOT_FOUND, "there is no unit %.*s", (int)name.len, name.ptr);
}

amp_err amp_sight_command(const struct amp_state *state, const struct amp_plans *plans,
                          const struct amp_identity *who, const struct amp_command *command,
                          struct amp_why *why)
{
    const struct amp_fields *f = &command->f;
    amp_err err = AMP_OK;
    bool account = command->kind == AMP_CMD_ADD_ACCOUNT || command->kind == AMP_CMD_CHANGE_ACCOUNT;
    if (account || command->kind == AMP_CMD_ADD_AGENCY) {
        err = accounts_check(state, who, command, why);
    }
    if (command->kind == AMP_CMD_ANSWER_AID) {
        return answer_check(state, who, command, why);
    }
    if (err == AMP_OK && (f->has & AMP_HAS(INCIDENT)) != 0) {
        err = incident_check(state, who, f->incident, why);
        err = err ? err : owner_check(state, who, command, why);
    }
    if (err == AMP_OK && (f->has & AMP_HAS(INTO)) != 0) {
        err = incident_check(state, who, f->into, why);
    }
    const struct amp_call *call =
        (f->has & AMP_HAS(CALL)) != 0 ? amp_state_call(state, f->call) : NULL;
    if (err == AMP_OK && call != NULL) {
        const struct amp_incident *incident = amp_state_incident(state, call->incident);
        if (incident != NULL && !amp_sight_incident(state, who, incident)) {
            err = amp_fail(why, AMP_E_NOT_FOUND, "there is no call C-%u", (unsigned)f->call.n);
        }
    }
    if (err == AMP_OK && (f->has & AMP_HAS(UNIT)) != 0 && !account) {
        err = unit_check(state, plans, who, command, why);
    }
    return err;
}

/* ---- listeners ---- */

static void units_of(const struct amp_state *state, struct amp_incident_id id,
                     struct amp_audience *audience, uint32_t *units)
{
    const struct amp_incident *incident = amp_state_incident(state, id);
    for (size_t i = 0; incident != NULL && i < incident->slot_n; i++) {
        if (audience->unit_n < AMP_SIGHT_UNITS) {
            units[audience->unit_n++] = incident->slot[i].unit.n;
        }
    }
}

/* Accounts, sessions and looks: the record's, and the audit's, but no desk's. */
bool amp_sight_is_silent(enum amp_event_kind kind)
{
    static const bool silent[AMP_EV_COUNT] = {
        [AMP_EV_ACCOUNT_ADDED] = true,   [AMP_EV_ACCOUNT_CHANGED] = true,
        [AMP_EV_CREDENTIAL_SET] = true,  [AMP_EV_SESSION_OPENED] = true,
        [AMP_EV_SESSION_ENDED] = true,   [AMP_EV_LOGIN_FAILED] = true,
        [AMP_EV_TOKEN_MADE] = true,      [AMP_EV_TOKEN_REVOKED] = true,
        [AMP_EV_INCIDENT_VIEWED] = true, [AMP_EV_LOG_VIEWED] = true,
        [AMP_EV_LOG_KEY_SET] = true,     [AMP_EV_WITNESS_ADDED] = true,
        [AMP_EV_MAP_REPLACED] = true,    [AMP_EV_MESSAGE_DISCARDED] = true,
        [AMP_EV_WEBHOOK_ADDED] = true,   [AMP_EV_WEBHOOK_REMOVED] = true,
    };
    return silent[kind];
}

struct amp_audience amp_sight_audience(const struct amp_state *state, const struct amp_event *event,
                                       uint32_t units[AMP_SIGHT_UNITS])
{
    const struct amp_fields *f = &event->f;
    struct amp_audience audience = {.agencies = AMP_PUSH_SERVICE, .unit = units};
    const struct amp_incident *incident =
        (f->has & AMP_HAS(INCIDENT)) != 0 ? amp_state_incident(state, f->incident) : NULL;
    /* where a crew was diverted to is told by its dispatch, to those who see that incident */
    const struct amp_incident *into =
        event->kind == AMP_EV_INCIDENT_MERGED ? amp_state_incident(state, f->into) : NULL;
    const struct amp_unit *unit =
        (f->has & AMP_HAS(UNIT)) != 0 ? amp_state_unit(state, f->unit) : NULL;
    if (amp_sight_is_silent(event->kind)) {
        return (struct amp_audience){.agencies = 0};
    }
    if (incident == NULL && into == NULL && unit == NULL) {
        return amp_audience_all; /* stations and closures: everybody's */
    }
    if (incident != NULL) {
        audience.agencies |= amp_incident_agencies(state, incident);
        units_of(state, incident->id, &audience, units);
        if ((f->has & AMP_HAS(AGENCY)) != 0) { /* who lost it has to hear that, too */
            const struct amp_agency *agency = amp_state_agency(state, f->agency);
            audience.agencies |= agency != NULL ? UINT64_C(1) << agency->id.n : 0;
        }
    }
    if (into != NULL) {
        audience.agencies |= amp_incident_agencies(state, into);
        units_of(state, into->id, &audience, units);
    }
    if (unit != NULL) {
        audience.agencies |= amp_unit_agencies(state, unit);
        if (audience.unit_n < AMP_SIGHT_UNITS) {
            units[audience.unit_n++] = unit->id.n;
        }
    }
    return audience;
}

struct amp_listener_who amp_sight_listener(const struct amp_state *state,
                                           const struct amp_identity *who)
{
    uint64_t bit = agency_bit(who);
    struct amp_listener_who listener = {.agency = bit != 0 ? bit : (uint64_t)AMP_PUSH_SERVICE};
    if (is_crew(who)) {
        const struct amp_unit *unit = amp_state_unit(state, amp_str_of(who->who.unit));
        listener.unit = unit != NULL ? unit->id.n : UINT32_MAX;
        listener.agency = UINT64_MAX; /* what concerns it, whoever's it is */
    }
    memcpy(listener.badge, who->badge, sizeof listener.badge);
    return listener;
}

_Static_assert((int)AMP_PUSH_BADGE == (int)AMP_BADGE_ID,
               "a stream knows the badge it was opened with");
