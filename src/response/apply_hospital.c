/* apply: hospitals, and whether they take patients. */
#include "response/work.h"

static struct amp_hospital *hospital_find(struct amp_work *work)
{
    uint64_t n = 0;
    if (!amp_index_get(work->state->by_name, AMP_SPACE_FACILITY, work->event->f.facility, &n)) {
        amp_work_corrupt(work, "there is no such hospital");
        return NULL;
    }
    return &work->state->hospital[n - 1];
}

void amp_apply_hospital_added(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    uint64_t n = 0;
    if (amp_index_get(state->by_name, AMP_SPACE_FACILITY, f->facility, &n)) {
        amp_work_corrupt(work, "there is a hospital of this name");
    }
    struct amp_hospital hospital = {.id = {(uint32_t)state->hospital_n + 1},
                                    .code = amp_work_share(work, AMP_HAS(FACILITY), f->facility),
                                    .label = amp_work_share(work, AMP_HAS(LABEL), f->label),
                                    .site = f->site,
                                    .capabilities = amp_work_capabilities(work),
                                    .changed_seq = work->event->seq};
    state->hospital = amp_work_room(work, state->hospital, &state->hospital_cap,
                                    state->hospital_n + 1, sizeof(*state->hospital));
    if (amp_work_ready(work)) {
        state->hospital[state->hospital_n++] = hospital;
        (void)amp_index_put(state->by_name, AMP_SPACE_FACILITY, hospital.code, hospital.id.n);
    }
}

void amp_apply_hospital_changed(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_hospital *hospital = hospital_find(work);
    const char *label = amp_work_share(work, AMP_HAS(LABEL), f->label);
    struct amp_words capabilities = amp_work_capabilities(work);
    if (!amp_work_ready(work)) {
        return;
    }
    hospital->label = label ? label : hospital->label;
    hospital->site = f->has & AMP_HAS(SITE) ? f->site : hospital->site;
    if (f->has & AMP_HAS(CAPABILITIES)) {
        hospital->capabilities = capabilities;
    }
    hospital->disabled = f->has & AMP_HAS(DISABLED) ? f->disabled : hospital->disabled;
    hospital->changed_seq = work->event->seq;
}

void amp_apply_hospital_status_set(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_hospital *hospital = hospital_find(work);
    enum amp_traffic traffic = AMP_TRAFFIC_UNKNOWN;
    if (amp_traffic_of(f->traffic, &traffic)) {
        amp_work_corrupt(work, "there is no such state of a hospital");
    }
    char *note = amp_work_own(work, AMP_HAS(REASON), f->reason);
    const char *actor = amp_work_share(work, 0, work->event->actor);
    if (!amp_work_ready(work)) {
        return;
    }
    amp_work_replace(work, &hospital->note, note);
    hospital->traffic = traffic;
    hospital->since_us = work->event->time_us;
    hospital->actor = actor;
    hospital->changed_seq = work->event->seq;
}
