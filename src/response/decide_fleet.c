/* decide: stations and units come and change. */
#include "model/field.h"
#include "response/rules.h"

static amp_err station_check(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    if (f->has & AMP_HAS(STATION) && !amp_state_station(d->state, f->station)) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no station %.*s", (int)f->station.len,
                        f->station.ptr);
    }
    return AMP_OK;
}

amp_err amp_rule_add_station(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    if (amp_state_station(d->state, f->station)) {
        return amp_fail(d->why, AMP_E_EXISTS, "there is a station %.*s already",
                        (int)f->station.len, f->station.ptr);
    }
    if (d->state->station_n >= AMP_STATIONS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d stations, the most there can be",
                        AMP_STATIONS_MAX);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_STATION_ADDED);
    amp_fields_take(&event->f, f, AMP_HAS(STATION) | AMP_HAS(LABEL) | AMP_HAS(SITE));
    return AMP_OK;
}

amp_err amp_rule_add_unit(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    if (amp_state_unit(d->state, f->unit)) {
        return amp_fail(d->why, AMP_E_EXISTS, "there is a unit %.*s already", (int)f->unit.len,
                        f->unit.ptr);
    }
    if (d->state->unit_n >= AMP_UNITS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d units, the most there can be",
                        AMP_UNITS_MAX);
    }
    if (amp_str_is(f->unit, AMP_CLEAR)) {
        return amp_fail(d->why, AMP_E_RANGE,
                        "\"-\" says that there is no unit; choose another name");
    }
    const struct amp_agency *agency = NULL;
    amp_err err = station_check(d);
    err = err ? err : amp_need_agency(d, false, &agency);
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_UNIT_ADDED);
    amp_fields_take(&event->f, f,
                    AMP_HAS(UNIT) | AMP_HAS(KIND) | AMP_HAS(CAPABILITIES) | AMP_HAS(STATION) |
                        AMP_HAS(CREW) | AMP_HAS(AGENCY));
    return AMP_OK;
}

amp_err amp_rule_change_unit(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const uint64_t what =
        AMP_HAS(KIND) | AMP_HAS(CAPABILITIES) | AMP_HAS(STATION) | AMP_HAS(CREW) | AMP_HAS(AGENCY);
    const struct amp_agency *agency = NULL;
    const struct amp_unit *unit = NULL;
    amp_err err = amp_need_unit(d, &unit);
    err = err ? err : station_check(d);
    err = err ? err : amp_need_agency(d, true, &agency);
    if (err) {
        return err;
    }
    if (!(f->has & what)) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "change-unit needs \"kind\", \"capabilities\", \"station\", \"crew\" or "
                        "\"agency\"");
    }
    struct amp_event *event = amp_emit(d, AMP_EV_UNIT_CHANGED);
    amp_fields_take(&event->f, f, AMP_HAS(UNIT) | what);
    return AMP_OK;
}
