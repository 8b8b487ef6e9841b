/* decide: stations, units and closures of roads come, change and go. */
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

/* What the roads cannot know is refused: a closure that no route obeys is worse than none. */
static amp_err closure_check(const struct amp_deciding *d)
{
    const struct amp_state *state = d->state;
    size_t in_force = 0;
    for (size_t i = 0; i < state->closure_n; i++) {
        in_force += state->closure[i].lifted_us == 0;
    }
    if (in_force >= AMP_CLOSURES_IN_FORCE) {
        return amp_fail(d->why, AMP_E_LIMIT,
                        "%d closures are in force, the most there can be; "
                        "lift one that is over",
                        AMP_CLOSURES_IN_FORCE);
    }
    if ((d->command->f.has & AMP_HAS(RADIUS_M)) &&
        d->command->f.radius_m > AMP_CLOSURE_RADIUS_MAX_M) {
        return amp_fail(d->why, AMP_E_RANGE, "\"radius_m\" of a closure must be 0 to %d",
                        AMP_CLOSURE_RADIUS_MAX_M);
    }
    return AMP_OK;
}

amp_err amp_rule_make_closure(struct amp_deciding *d)
{
    amp_err err = closure_check(d);
    if (err) {
        return err;
    }
    if (d->state->closure_n >= AMP_CLOSURES_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d closures, the most there can be",
                        AMP_CLOSURES_MAX);
    }
    d->out.closure = (struct amp_closure_id){(uint32_t)d->state->closure_n + 1};
    struct amp_event *event = amp_emit(d, AMP_EV_CLOSURE_MADE);
    event->f.closure = d->out.closure;
    event->f.has = AMP_HAS(CLOSURE);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(SITE) | AMP_HAS(RADIUS_M) | AMP_HAS(REASON));
    return AMP_OK;
}

amp_err amp_rule_lift_closure(struct amp_deciding *d)
{
    struct amp_closure_id id = d->command->f.closure;
    const struct amp_closure *closure = amp_state_closure(d->state, id);
    if (!closure) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no closure X-%u", id.n);
    }
    if (closure->lifted_us) {
        return amp_fail(d->why, AMP_E_CONFLICT, "X-%u was lifted already", id.n);
    }
    d->out.closure = id;
    struct amp_event *event = amp_emit(d, AMP_EV_CLOSURE_LIFTED);
    amp_fields_take(&event->f, &d->command->f, AMP_HAS(CLOSURE) | AMP_HAS(REASON));
    return AMP_OK;
}
