/* decide: hospitals come and change, and say whether they take patients. */
#include "model/field.h"
#include "response/rules.h"

static amp_err hospital_need(struct amp_deciding *d)
{
    struct amp_str code = d->command->f.facility;
    if (!amp_state_hospital(d->state, code)) {
        return amp_fail(d->why, AMP_E_NOT_FOUND, "there is no hospital %.*s", (int)code.len,
                        code.ptr);
    }
    return AMP_OK;
}

amp_err amp_rule_add_hospital(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    if (amp_state_hospital(d->state, f->facility)) {
        return amp_fail(d->why, AMP_E_EXISTS, "there is a hospital %.*s already",
                        (int)f->facility.len, f->facility.ptr);
    }
    if (d->state->hospital_n >= AMP_HOSPITALS_MAX) {
        return amp_fail(d->why, AMP_E_LIMIT, "there are %d hospitals, the most there can be",
                        AMP_HOSPITALS_MAX);
    }
    struct amp_event *event = amp_emit(d, AMP_EV_HOSPITAL_ADDED);
    amp_fields_take(&event->f, f,
                    AMP_HAS(FACILITY) | AMP_HAS(LABEL) | AMP_HAS(SITE) | AMP_HAS(CAPABILITIES));
    return AMP_OK;
}

amp_err amp_rule_change_hospital(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    const uint64_t what =
        AMP_HAS(LABEL) | AMP_HAS(SITE) | AMP_HAS(CAPABILITIES) | AMP_HAS(DISABLED);
    amp_err err = hospital_need(d);
    if (err) {
        return err;
    }
    if (!(f->has & what)) {
        return amp_fail(d->why, AMP_E_MISSING,
                        "change-hospital needs \"label\", \"site\", \"capabilities\" or "
                        "\"disabled\"");
    }
    struct amp_event *event = amp_emit(d, AMP_EV_HOSPITAL_CHANGED);
    amp_fields_take(&event->f, f, AMP_HAS(FACILITY) | what);
    return AMP_OK;
}

amp_err amp_rule_set_hospital_status(struct amp_deciding *d)
{
    const struct amp_fields *f = &d->command->f;
    enum amp_traffic traffic = AMP_TRAFFIC_UNKNOWN;
    amp_err err = hospital_need(d);
    if (!err && amp_traffic_of(f->traffic, &traffic)) {
        err = amp_fail(d->why, AMP_E_RANGE,
                       "\"traffic\" must be normal, advisory, closed or unknown");
    }
    if (err) {
        return err;
    }
    struct amp_event *event = amp_emit(d, AMP_EV_HOSPITAL_STATUS_SET);
    amp_fields_take(&event->f, f, AMP_HAS(FACILITY) | AMP_HAS(TRAFFIC) | AMP_HAS(REASON));
    return AMP_OK;
}
