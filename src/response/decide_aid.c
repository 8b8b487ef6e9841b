/*
 * decide: crews of another agency: who may send them, asking for them, and the answer.
 *
 * A crew of an agency is sent by who dispatches for that agency, by the whole service where the
 * agency may see the incident, or under an agreement of automatic aid (aid.h): then it is free, the
 * incident is the asker's own or nobody's, and the lender keeps what it said. A request needs an
 * agreement, too. Agreeing shares the incident with the lender, who sends its own crews; what the
 * asker may see of them follows from where they are.
 */
#include "base/timefmt.h"
#include "model/field.h"
#include "model/words.h"
#include "response/aid.h"
#include "response/rules.h"

static amp_err lent_check(struct amp_deciding *d, const struct amp_unit *unit,
                          const struct amp_incident *incident, const struct amp_agency *asker)
{
    const struct amp_agency *lender = amp_state_agency_at(d->state, unit->agency);
    struct amp_aid_stock stock;
    amp_aid_count(d->state, unit->agency, &stock);
    struct amp_aid_answer answer = amp_aid_for(d->plans, &stock, lender, asker,
                                               amp_str_of(incident->type), &unit->capabilities);
    if (answer.how == AMP_AID_NONE && !answer.kept) {
        return amp_fail(d->why, AMP_E_FORBIDDEN,
                        "%s belongs to %s, and no agreement lends it to %s for I-%u (%s)",
                        unit->call_sign, lender->code, asker->code, incident->id.n,
                        incident->type ? incident->type : "no type yet");
    }
    if (!amp_unit_is_free(unit->status)) { /* with what is not the asker's to know */
        return amp_fail(d->why, AMP_E_CONFLICT, "%s of %s is not free; only free crews are lent",
                        unit->call_sign, lender->code);
    }
    if (answer.how == AMP_AID_NONE) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "%s keeps %d free crews that can do what %s does, and has no more; ask it",
                        lender->code, answer.keep, unit->call_sign);
    }
    if (answer.how == AMP_AID_ON_REQUEST) {
        return amp_fail(d->why, AMP_E_FORBIDDEN,
                        "%s is lent on request only: ask %s for it, which sends it itself",
                        unit->call_sign, lender->code);
    }
    return AMP_OK;
}

/* For the whole service: as ever where the agency may see the incident, else by an agreement. */
static amp_err service_check(struct amp_deciding *d, const struct amp_unit *unit,
                             const struct amp_incident *incident, const struct amp_agency **lent_to)
{
    const struct amp_agency *lender = amp_state_agency_at(d->state, unit->agency);
    const struct amp_agency *asker = amp_state_agency_at(d->state, incident->agency);
    if (!lender || amp_incident_agencies(d->state, incident) >> unit->agency.n & 1) {
        return AMP_OK;
    }
    if (asker && amp_aid_any(d->plans, lender, asker)) {
        *lent_to = asker;
        return lent_check(d, unit, incident, asker);
    }
    return amp_fail(d->why, AMP_E_FORBIDDEN,
                    "%s belongs to %s, which may not see I-%u; share the incident with it first",
                    unit->call_sign, lender->code, incident->id.n);
}

amp_err amp_aid_dispatch_check(struct amp_deciding *d, const struct amp_unit *unit,
                               const struct amp_incident *incident,
                               const struct amp_agency **lent_to)
{
    const struct amp_agency *asker = NULL;
    amp_err err = amp_need_agency(d, false, &asker);
    *lent_to = NULL;
    if (err) {
        return err;
    }
    if (!asker || !unit->agency.n || unit->agency.n == asker->id.n) {
        return service_check(d, unit, incident, lent_to);
    }
    if (incident->agency.n && incident->agency.n != asker->id.n) {
        return amp_fail(d->why, AMP_E_FORBIDDEN,
                        "I-%u is not an incident of %s; only the agency whose it is sends crews of "
                        "others there",
                        incident->id.n, asker->code);
    }
    *lent_to = asker;
    return lent_check(d, unit, incident, asker);
}

/* ---- requests ---- */

static amp_err lender_need(struct amp_deciding *d, const struct amp_agency **out)
{
    amp_err err = amp_need_agency(d, false, out);
    if (!err && !*out) {
        return amp_fail(d->why, AMP_E_MISSING, "\"agency\" must say which agency is asked");
    }
    return err;
}

static amp_err ask_check(struct amp_deciding *d, const struct amp_incident *incident,
                         const struct amp_agency *lender)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_agency *asker = amp_state_agency_at(d->state, incident->agency);
    if (!asker) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "I-%u belongs to no agency: all see it, and send their own crews",
                        incident->id.n);
    }
    if (!f->capabilities.n) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "\"capabilities\" must name what a crew has to be able to do");
    }
    if (!amp_aid_may_ask(d->plans, lender, asker, amp_str_of(incident->type), &f->capabilities)) {
        return amp_fail(d->why, AMP_E_FORBIDDEN,
                        "no agreement lends such crews of %s to %s for I-%u (%s)", lender->code,
                        asker->code, incident->id.n,
                        incident->type ? incident->type : "no type yet");
    }
    const struct amp_aid_request *request =
        amp_incident_aid(incident, lender->id, &f->capabilities);
    if (request && request->state == AMP_AID_REQUESTED) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "%s was asked for this already; it has not answered", lender->code);
    }
    if (!request && incident->aid_n >= AMP_AID_REQUESTS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "aid for I-%u was asked for %zu times, the most it can be", incident->id.n,
                        incident->aid_n);
    }
    if (incident->entry_n >= AMP_ENTRIES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "the timeline of I-%u has %zu lines; no more requests",
                        incident->id.n, incident->entry_n);
    }
    return AMP_OK;
}

amp_err amp_rule_ask_aid(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    const struct amp_agency *lender = NULL;
    amp_err err = amp_need_open(d, f->incident, &incident);
    err = err ? err : lender_need(d, &lender);
    err = err ? err : ask_check(d, incident, lender);
    if (err) {
        return err;
    }
    int64_t wait_s = d->plans ? amp_plans_timers(d->plans).aid_answer_s : 0;
    struct amp_event *event = amp_emit(d, AMP_EV_AID_REQUESTED);
    event->f.crews = 1;
    event->f.has = AMP_HAS(CREWS);
    amp_fields_take(&event->f, f,
                    AMP_HAS(INCIDENT) | AMP_HAS(AGENCY) | AMP_HAS(CAPABILITIES) | AMP_HAS(CREWS) |
                        AMP_HAS(TEXT));
    if (wait_s > 0) {
        event->f.until = d->command->time_us + wait_s * AMP_US_PER_S;
        event->f.has |= AMP_HAS(UNTIL);
    }
    return AMP_OK;
}

/* The one that stands: of those capabilities, or without any the only one. */
static amp_err standing_find(struct amp_deciding *d, const struct amp_incident *incident,
                             const struct amp_agency *lender, const struct amp_aid_request **out)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_aid_request *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < incident->aid_n; i++) {
        const struct amp_aid_request *request = &incident->aid[i];
        bool meant = !(f->has & AMP_HAS(CAPABILITIES)) ||
                     amp_words_same(&request->capabilities, &f->capabilities);
        if (request->state == AMP_AID_REQUESTED && request->lender.n == lender->id.n && meant) {
            found = request;
            n++;
        }
    }
    if (n == 0) {
        return amp_fail(d->why, AMP_E_CONFLICT, "no such request to %s stands for I-%u",
                        lender->code, incident->id.n);
    }
    if (n > 1) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "%zu requests to %s stand for I-%u; say which in \"capabilities\"", n,
                        lender->code, incident->id.n);
    }
    *out = found;
    return AMP_OK;
}

static struct amp_event *settle_emit(struct amp_deciding *d, enum amp_event_kind kind,
                                     const struct amp_incident *incident,
                                     const struct amp_aid_request *request)
{
    const struct amp_agency *lender = amp_state_agency_at(d->state, request->lender);
    struct amp_event *event = amp_emit(d, kind);
    event->f.incident = incident->id;
    event->f.agency = amp_str_of(lender->code);
    event->f.capabilities = request->capabilities;
    event->f.has = AMP_HAS(INCIDENT) | AMP_HAS(AGENCY) | AMP_HAS(CAPABILITIES);
    return event;
}

amp_err amp_rule_answer_aid(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    const struct amp_agency *lender = NULL;
    const struct amp_aid_request *request = NULL;
    bool agreed = amp_str_is(f->outcome, "agreed");
    if (!agreed && !amp_str_is(f->outcome, "refused")) {
        return amp_fail(d->why, AMP_E_RANGE, "\"outcome\" must be agreed or refused");
    }
    amp_err err = amp_need_open(d, f->incident, &incident);
    err = err ? err : lender_need(d, &lender);
    err = err ? err : standing_find(d, incident, lender, &request);
    if (err) {
        return err;
    }
    struct amp_event *event =
        settle_emit(d, agreed ? AMP_EV_AID_AGREED : AMP_EV_AID_REFUSED, incident, request);
    amp_fields_take(&event->f, f, AMP_HAS(REASON));
    if (agreed && incident->agency.n != lender->id.n &&
        !(incident->shared >> lender->id.n & 1)) { /* also after its crews have left */
        struct amp_event *share = amp_emit(d, AMP_EV_INCIDENT_SHARED);
        share->f.incident = incident->id;
        share->f.agency = amp_str_of(lender->code);
        share->f.has = AMP_HAS(INCIDENT) | AMP_HAS(AGENCY);
    }
    return AMP_OK;
}

amp_err amp_rule_withdraw_aid(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_incident *incident = NULL;
    const struct amp_agency *lender = NULL;
    const struct amp_aid_request *request = NULL;
    amp_err err = amp_need_open(d, f->incident, &incident);
    err = err ? err : lender_need(d, &lender);
    err = err ? err : standing_find(d, incident, lender, &request);
    if (err) {
        return err;
    }
    struct amp_event *event = settle_emit(d, AMP_EV_AID_WITHDRAWN, incident, request);
    amp_fields_take(&event->f, f, AMP_HAS(REASON));
    return AMP_OK;
}

void amp_aid_end(struct amp_deciding *d, const struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->aid_n; i++) {
        if (incident->aid[i].state == AMP_AID_REQUESTED) {
            (void)settle_emit(d, AMP_EV_AID_WITHDRAWN, incident, &incident->aid[i]);
        }
    }
}

/* Nobody has to ask again because two incidents were one. Where they are of different agencies, or
 * the same was asked for the other, it ends. */
void amp_aid_carry(struct amp_deciding *d, const struct amp_incident *from,
                   const struct amp_incident *into)
{
    size_t more = 0;
    amp_aid_end(d, from);
    for (size_t i = 0; i < from->aid_n; i++) {
        const struct amp_aid_request *request = &from->aid[i];
        const struct amp_aid_request *same =
            amp_incident_aid(into, request->lender, &request->capabilities);
        bool stands = same && same->state == AMP_AID_REQUESTED;
        bool room = into->aid_n + more < AMP_AID_REQUESTS_MAX;
        if (request->state != AMP_AID_REQUESTED || from->agency.n != into->agency.n || stands ||
            !room) {
            continue;
        }
        struct amp_event *event = settle_emit(d, AMP_EV_AID_REQUESTED, into, request);
        event->f.crews = request->count;
        event->f.has |= AMP_HAS(CREWS);
        if (request->until_us) {
            event->f.until = request->until_us;
            event->f.has |= AMP_HAS(UNTIL);
        }
        struct amp_str words = amp_aid_words(from, request->asked_seq);
        if (words.len) {
            event->f.text = words;
            event->f.has |= AMP_HAS(TEXT);
        }
        more++;
    }
}
