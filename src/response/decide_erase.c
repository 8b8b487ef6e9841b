/* decide: sharing an incident, holding it, erasing it, and looking at it. */
#include "model/field.h"
#include "response/rules.h"

/* The incident, not merged into another. */
static amp_err whole_incident(struct amp_deciding *d, const struct amp_incident **out)
{
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_incident(d, d->command->f.incident, &incident);
    if (!err && incident->into.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u was merged into I-%u; use I-%u",
                        incident->id.n, incident->into.n, incident->into.n);
    }
    if (!err) {
        *out = incident;
    }
    return err;
}

static amp_err plain_emit(struct amp_deciding *d, enum amp_event_kind kind, amp_field_set which)
{
    amp_fields_take(&amp_emit(d, kind)->f, &d->command->f, which);
    return AMP_OK;
}

amp_err amp_rule_view_incident(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_incident(d, d->command->f.incident, &incident);
    return err ? err : plain_emit(d, AMP_EV_INCIDENT_VIEWED, AMP_HAS(INCIDENT) | AMP_HAS(LOOK));
}

amp_err amp_rule_view_list(struct amp_deciding *d)
{
    return plain_emit(d, AMP_EV_LOG_VIEWED, AMP_HAS(LOOK));
}

amp_err amp_rule_replace_map(struct amp_deciding *d)
{
    return plain_emit(d, AMP_EV_MAP_REPLACED, AMP_HAS(LABEL));
}

amp_err amp_rule_discard_message(struct amp_deciding *d)
{
    return plain_emit(d, AMP_EV_MESSAGE_DISCARDED, AMP_HAS(SOURCE) | AMP_HAS(LABEL));
}

amp_err amp_rule_add_webhook(struct amp_deciding *d)
{
    return plain_emit(d, AMP_EV_WEBHOOK_ADDED, AMP_HAS(TOKEN) | AMP_HAS(SCOPES) | AMP_HAS(LABEL));
}

amp_err amp_rule_remove_webhook(struct amp_deciding *d)
{
    return plain_emit(d, AMP_EV_WEBHOOK_REMOVED, AMP_HAS(TOKEN));
}

static amp_err share_check(struct amp_deciding *d, const struct amp_incident **incident,
                           const struct amp_agency **agency)
{
    amp_err err = whole_incident(d, incident);
    err = err ? err : amp_need_agency(d, false, agency);
    if (err) {
        return err;
    }
    if (!(*incident)->agency.n) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "I-%u belongs to no agency: all of them see it without being told",
                        (*incident)->id.n);
    }
    if ((*incident)->agency.n == (*agency)->id.n) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u belongs to %s; name another agency",
                        (*incident)->id.n, (*agency)->code);
    }
    return AMP_OK;
}

amp_err amp_rule_share_incident(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    const struct amp_agency *agency = NULL;
    amp_err err = share_check(d, &incident, &agency);
    if (err) {
        return err;
    }
    if (incident->shared >> agency->id.n & 1) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is shared with %s already", incident->id.n,
                        agency->code);
    }
    return plain_emit(d, AMP_EV_INCIDENT_SHARED, AMP_HAS(INCIDENT) | AMP_HAS(AGENCY));
}

amp_err amp_rule_unshare_incident(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    const struct amp_agency *agency = NULL;
    amp_err err = share_check(d, &incident, &agency);
    if (err) {
        return err;
    }
    if (!(incident->shared >> agency->id.n & 1)) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is not shared with %s", incident->id.n,
                        agency->code);
    }
    return plain_emit(d, AMP_EV_INCIDENT_UNSHARED, AMP_HAS(INCIDENT) | AMP_HAS(AGENCY));
}

amp_err amp_rule_hold(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    amp_err err = whole_incident(d, &incident);
    if (err) {
        return err;
    }
    if (incident->erased_us) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "the personal data of I-%u were erased; there is nothing left to hold",
                        incident->id.n);
    }
    if (incident->held) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is held already", incident->id.n);
    }
    return plain_emit(d, AMP_EV_HOLD_PLACED, AMP_HAS(INCIDENT) | AMP_HAS(REASON));
}

amp_err amp_rule_lift_hold(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    amp_err err = whole_incident(d, &incident);
    if (err) {
        return err;
    }
    if (!incident->held) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is not held", incident->id.n);
    }
    return plain_emit(d, AMP_EV_HOLD_LIFTED, AMP_HAS(INCIDENT));
}

/* What cannot be undone is refused unless everything speaks for it. */
amp_err amp_rule_erase(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    amp_err err = amp_need_incident(d, d->command->f.incident, &incident);
    if (err) {
        return err;
    }
    uint32_t n = incident->id.n;
    if (incident->into.n) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "I-%u was merged into I-%u; erase that one, and I-%u goes with it", n,
                        incident->into.n, n);
    }
    if (incident->erased_us) {
        return amp_fail(d->why, AMP_E_CONFLICT, "the personal data of I-%u were erased already", n);
    }
    if (incident->state != AMP_INCIDENT_CLOSED) {
        return amp_fail(d->why, AMP_E_CONFLICT, "I-%u is open; close it before you erase it", n);
    }
    if (incident->held) {
        return amp_fail(d->why, AMP_E_CONFLICT,
                        "I-%u is held: it must not be erased until somebody lifts the hold", n);
    }
    return plain_emit(d, AMP_EV_INCIDENT_ERASED, AMP_HAS(INCIDENT) | AMP_HAS(REASON));
}
