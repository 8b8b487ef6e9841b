/* apply: events of stations and units. */
#include "response/work.h"
#include <assert.h>
#include <string.h>

void amp_apply_station_added(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    uint64_t n = 0;
    if (amp_index_get(state->by_name, AMP_SPACE_STATION, f->station, &n)) {
        amp_work_corrupt(work, "there is a station of this name");
    }
    struct amp_station station = {.id = {(uint32_t)state->station_n + 1},
                                  .code = amp_work_share(work, AMP_HAS(STATION), f->station),
                                  .label = amp_work_share(work, AMP_HAS(LABEL), f->label),
                                  .site = f->site};
    state->station = amp_work_room(work, state->station, &state->station_cap, state->station_n + 1,
                                   sizeof(*state->station));
    if (amp_work_ready(work)) {
        state->station[state->station_n++] = station;
        (void)amp_index_put(state->by_name, AMP_SPACE_STATION, station.code, station.id.n);
    }
}

static struct amp_station_id station_of(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    uint64_t n = 0;
    if (f->has & AMP_HAS(STATION) &&
        !amp_index_get(work->state->by_name, AMP_SPACE_STATION, f->station, &n)) {
        amp_work_corrupt(work, "there is no such station");
    }
    return (struct amp_station_id){(uint32_t)n};
}

void amp_apply_unit_added(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_event *event = work->event;
    const struct amp_fields *f = &event->f;
    uint64_t n = 0;
    if (amp_index_get(state->by_name, AMP_SPACE_UNIT, f->unit, &n)) {
        amp_work_corrupt(work, "there is a unit of this name");
    }
    struct amp_unit unit = {.id = {(uint32_t)state->unit_n + 1},
                            .call_sign = amp_work_share(work, AMP_HAS(UNIT), f->unit),
                            .kind = amp_work_share(work, AMP_HAS(KIND), f->kind),
                            .capabilities = amp_work_capabilities(work),
                            .station = station_of(work),
                            .agency = amp_work_agency(work),
                            .crew = f->has & AMP_HAS(CREW) ? (int)f->crew : 0,
                            .status = AMP_UNIT_AVAILABLE,
                            .since_us = event->time_us,
                            .heard_us = event->time_us,
                            .changed_seq = event->seq};
    state->unit =
        amp_work_room(work, state->unit, &state->unit_cap, state->unit_n + 1, sizeof(*state->unit));
    if (amp_work_ready(work)) {
        state->unit[state->unit_n++] = unit;
        (void)amp_index_put(state->by_name, AMP_SPACE_UNIT, unit.call_sign, unit.id.n);
    }
}

void amp_apply_unit_changed(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_unit *unit = amp_work_unit(work);
    const char *kind = amp_work_share(work, AMP_HAS(KIND), f->kind);
    struct amp_words words = amp_work_capabilities(work);
    struct amp_station_id station = station_of(work);
    struct amp_agency_id agency = amp_work_agency(work);
    if (!amp_work_ready(work)) {
        return;
    }
    unit->kind = kind ? kind : unit->kind;
    if (f->has & AMP_HAS(CAPABILITIES)) {
        unit->capabilities = words;
    }
    unit->agency = f->has & AMP_HAS(AGENCY) ? agency : unit->agency;
    unit->station = station.n ? station : unit->station;
    unit->crew = f->has & AMP_HAS(CREW) ? (int)f->crew : unit->crew;
    unit->changed_seq = work->event->seq;
}

/* A new status is a sign of life, and ends what an alarm was raised about. */
static void status_set(struct amp_work *work, struct amp_unit *unit, enum amp_unit_status status)
{
    unit->status = status;
    unit->since_us = amp_work_happened_us(work);
    unit->heard_us = work->event->time_us;
    unit->alarm_raised = false;
    unit->changed_seq = work->event->seq;
}

static void alarm_of_unit_clear(struct amp_incident *incident, const struct amp_unit *unit)
{
    if (incident->alarm_unit && strcmp(incident->alarm_unit, unit->call_sign) == 0) {
        amp_alarm_clear(incident);
    }
}

void amp_apply_unit_dispatched(struct amp_work *work)
{
    const struct amp_event *event = work->event;
    const struct amp_fields *f = &event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_unit *unit = amp_work_unit(work);
    if (unit && !amp_unit_is_free(unit->status)) {
        amp_work_corrupt(work, "the unit is not free");
    }
    if (incident && incident->slot_n >= AMP_SLOTS_MAX) {
        amp_work_corrupt(work, "the incident has as many units as it can have");
    }
    char *reason = amp_work_own(work, AMP_HAS(REASON), f->reason);
    amp_work_personal_line(work, incident, reason);
    if (!work->err) {
        incident->slot = amp_work_room(work, incident->slot, &incident->slot_cap,
                                       incident->slot_n + 1, sizeof(*incident->slot));
    }
    if (!amp_work_ready(work)) {
        return;
    }
    incident->slot[incident->slot_n++] =
        (struct amp_slot){.unit = unit->id,
                          .dispatched_us = event->time_us,
                          .eta_s = f->has & AMP_HAS(ETA_S) ? f->eta_s : -1};
    status_set(work, unit, AMP_UNIT_DISPATCHED);
    unit->incident = incident->id;
    amp_alarm_sent(incident);
    amp_incident_refresh(incident, event->time_us);
    amp_work_done(work);
}

static void slot_remove(struct amp_incident *incident, struct amp_unit_id unit)
{
    size_t i = 0;
    while (i < incident->slot_n && incident->slot[i].unit.n != unit.n) {
        i++;
    }
    assert(i < incident->slot_n);
    incident->slot_n--;
    memmove(&incident->slot[i], &incident->slot[i + 1],
            (incident->slot_n - i) * sizeof(incident->slot[0]));
}

void amp_apply_unit_released(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_unit *unit = amp_work_unit(work);
    if (unit && unit->incident.n != f->incident.n) {
        amp_work_corrupt(work, "the unit is not on this incident");
    }
    if (amp_unit_is_busy(f->status)) {
        amp_work_corrupt(work, "a released unit cannot have this status");
    }
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(REASON), f->reason));
    if (!amp_work_ready(work)) {
        return;
    }
    slot_remove(incident, unit->id);
    alarm_of_unit_clear(incident, unit);
    status_set(work, unit, f->status);
    unit->incident = (struct amp_incident_id){0};
    amp_work_replace(work, &unit->hospital, NULL);
    amp_incident_refresh(incident, amp_work_happened_us(work));
    amp_work_done(work);
}

static void on_scene_mark(struct amp_incident *incident, struct amp_unit_id unit, int64_t time_us)
{
    for (size_t i = 0; i < incident->slot_n; i++) {
        if (incident->slot[i].unit.n == unit.n) {
            incident->slot[i].on_scene_us = time_us ? time_us : 1; /* zero means not yet */
        }
    }
}

static void status_check(struct amp_work *work, const struct amp_unit *unit)
{
    const struct amp_fields *f = &work->event->f;
    uint32_t incident = f->has & AMP_HAS(INCIDENT) ? f->incident.n : 0;
    if (f->status == AMP_UNIT_DISPATCHED || !amp_unit_may(unit->status, f->status)) {
        amp_work_corrupt(work, "the unit cannot come to this status from where it is");
    } else if (amp_unit_is_busy(f->status) != (unit->incident.n != 0) ||
               unit->incident.n != incident) {
        amp_work_corrupt(work, "the status does not fit the unit's incident");
    }
}

void amp_apply_unit_status(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_unit *unit = amp_work_unit(work);
    struct amp_incident *incident = NULL;
    if (unit) {
        status_check(work, unit);
    }
    char *hospital = amp_work_own(work, AMP_HAS(HOSPITAL), f->hospital);
    if (!work->err && unit->incident.n) {
        incident = amp_work_open_incident(work, unit->incident);
        const char *name = amp_unit_status_name(f->status);
        amp_work_line(work, incident, amp_work_share(work, 0, amp_str_of(name)));
    }
    if (!amp_work_ready(work)) {
        return;
    }
    bool with_patient = f->status == AMP_UNIT_TRANSPORTING || f->status == AMP_UNIT_AT_HOSPITAL;
    if (hospital || !with_patient) {
        amp_work_replace(work, &unit->hospital, hospital);
    }
    status_set(work, unit, f->status);
    if (incident) {
        alarm_of_unit_clear(incident, unit);
        if (f->status == AMP_UNIT_ON_SCENE) {
            on_scene_mark(incident, unit->id, amp_work_happened_us(work));
        }
        amp_incident_refresh(incident, amp_work_happened_us(work));
    }
    amp_work_done(work);
}
