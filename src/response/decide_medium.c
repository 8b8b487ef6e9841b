/*
 * decide: a picture or sound that a crew took.
 *
 * Only of the incident that the crew is on, while it is open, and nothing that was taken before the
 * crew was sent there. It is the crew's word when that was; a clock that is ahead counts as now.
 */
#include "base/timefmt.h"
#include "model/field.h"
#include "response/rules.h"

enum {
    SLACK_S = 5, /* between the clock of a phone and ours */
    HEARD_S = 2  /* less is no delay, but the way of a message */
};

static const struct amp_slot *slot_of(const struct amp_incident *incident,
                                      const struct amp_unit *unit)
{
    for (size_t i = 0; i < incident->slot_n; i++) {
        if (incident->slot[i].unit.n == unit->id.n) {
            return &incident->slot[i];
        }
    }
    return NULL;
}

static amp_err slot_check(struct amp_deciding *d, const struct amp_incident *incident,
                          const struct amp_unit *unit)
{
    const struct amp_fields *f = &d->command->f;
    const struct amp_slot *slot = slot_of(incident, unit);
    if (!slot) {
        return amp_fail(d->why, AMP_E_CONFLICT, "%s is not on I-%u", unit->call_sign,
                        incident->id.n);
    }
    if (f->has & AMP_HAS(HAPPENED) && slot->dispatched_us - f->happened > SLACK_S * AMP_US_PER_S) {
        return amp_fail(d->why, AMP_E_CONFLICT, "this was taken before %s was sent to I-%u",
                        unit->call_sign, incident->id.n);
    }
    return AMP_OK;
}

static amp_err room_check(struct amp_deciding *d, const struct amp_incident *incident)
{
    const struct amp_state *state = d->state;
    int64_t bytes = d->command->f.bytes;
    bool fits = bytes <= AMP_MEDIA_BYTES;
    unsigned n = 0;
    for (uint32_t m = incident->medium; m; m = state->medium[m - 1].older) {
        bytes += state->medium[m - 1].bytes;
        n++;
    }
    if (!fits || n >= AMP_MEDIA_OF_CREWS || bytes > AMP_CREW_BYTES ||
        state->medium_n >= AMP_MEDIA_MAX || incident->entry_n >= AMP_ENTRIES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "of one incident crews take at most %d pictures and sounds, each of %d MiB "
                        "at most and together of %d MiB",
                        AMP_MEDIA_OF_CREWS, AMP_MEDIA_BYTES >> 20, AMP_CREW_BYTES >> 20);
    }
    return AMP_OK;
}

static amp_err medium_check(struct amp_deciding *d)
{
    const struct amp_incident *incident = NULL;
    const struct amp_unit *unit = NULL;
    amp_err err = amp_need_open(d, d->command->f.incident, &incident);
    err = err ? err : amp_need_unit(d, &unit);
    err = err ? err : slot_check(d, incident, unit);
    return err ? err : room_check(d, incident);
}

amp_err amp_rule_take_medium(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    amp_err err = medium_check(d);
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_MEDIUM_TAKEN);
    amp_fields_take(&event->f, f,
                    AMP_HAS(INCIDENT) | AMP_HAS(UNIT) | AMP_HAS(TYPE) | AMP_HAS(BYTES) |
                        AMP_HAS(LABEL) | AMP_HAS(TEXT));
    if (f->has & AMP_HAS(HAPPENED) && d->command->time_us - f->happened >= HEARD_S * AMP_US_PER_S) {
        event->f.happened = f->happened;
        event->f.has |= AMP_HAS(HAPPENED);
    }
    return AMP_OK;
}
