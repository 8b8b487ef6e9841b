/* apply: events in the life of an incident. */
#include "response/work.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void amp_apply_incident_opened(struct amp_work *work)
{
    struct amp_state *state = work->state;
    const struct amp_event *event = work->event;
    const struct amp_fields *f = &event->f;
    if (f->incident.n != state->incident_n + 1) {
        amp_work_corrupt(work, "incidents are numbered one after the other");
    }
    state->incident = amp_work_room(work, state->incident, &state->incident_cap,
                                    state->incident_n + 1, sizeof(*state->incident));
    amp_work_open_room(work);
    struct amp_incident incident = {.id = f->incident,
                                    .state = AMP_INCIDENT_NEW,
                                    .opened_us = event->time_us,
                                    .state_us = event->time_us,
                                    .type = amp_work_text(work, AMP_HAS(TYPE), f->type),
                                    .priority = f->has & AMP_HAS(PRIORITY) ? (int)f->priority : 0,
                                    .place = amp_work_text(work, AMP_HAS(PLACE), f->place),
                                    .where = amp_work_where(work)};
    amp_work_entry(work, &incident, amp_work_text(work, AMP_HAS(TYPE), f->type), false);
    if (!amp_work_ready(work)) {
        free(incident.entry);
        return;
    }
    state->incident[state->incident_n++] = incident;
    struct amp_incident *opened = &state->incident[state->incident_n - 1];
    amp_open_add(state, opened);
    amp_incident_refresh(opened, event->time_us);
    amp_work_done(work);
}

static char *triage_text(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    int len = f->has & AMP_HAS(TYPE) ? (int)f->type.len : 0;
    if (!(f->has & AMP_HAS(PRIORITY))) {
        return amp_work_text(work, AMP_HAS(TYPE), f->type);
    }
    return amp_work_printf(work, "%.*s%spriority %d", len, len ? f->type.ptr : "", len ? ", " : "",
                           (int)f->priority);
}

void amp_apply_incident_triaged(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    char *type = amp_work_text(work, AMP_HAS(TYPE), f->type);
    amp_work_entry(work, incident, triage_text(work), false);
    if (!amp_work_ready(work)) {
        return;
    }
    if (type) {
        amp_work_replace(&incident->type, type);
    }
    incident->priority = f->has & AMP_HAS(PRIORITY) ? (int)f->priority : incident->priority;
    amp_incident_refresh(incident, work->event->time_us);
    amp_work_done(work);
}

static char *place_text(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    if (f->has & AMP_HAS(PLACE) || !(f->has & AMP_HAS(POS))) {
        return amp_work_text(work, AMP_HAS(PLACE), f->place);
    }
    char pos[AMP_POS_TEXT];
    amp_pos_text(f->pos, pos);
    return amp_work_printf(work, "%s", pos);
}

void amp_apply_incident_placed(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_place_report where = amp_work_where(work);
    char *place = amp_work_text(work, AMP_HAS(PLACE), f->place);
    amp_work_entry(work, incident, place_text(work), true);
    if (!amp_work_ready(work)) {
        return;
    }
    if (where.known) {
        free(incident->where.source);
        incident->where = where;
    }
    if (place) {
        amp_work_replace(&incident->place, place);
    }
    amp_work_done(work);
}

void amp_apply_incident_closed(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    if (incident && incident->slot_n) {
        amp_work_corrupt(work, "units are still assigned");
    }
    char *outcome = amp_work_text(work, AMP_HAS(OUTCOME), f->outcome);
    bool with_text = (f->has & AMP_HAS(TEXT)) != 0;
    char *text = with_text                  ? amp_work_text(work, AMP_HAS(TEXT), f->text)
                 : f->has & AMP_HAS(REASON) ? amp_work_text(work, AMP_HAS(REASON), f->reason)
                                            : amp_work_text(work, AMP_HAS(OUTCOME), f->outcome);
    amp_work_entry(work, incident, text, with_text);
    if (!amp_work_ready(work)) {
        return;
    }
    amp_work_replace(&incident->outcome, outcome);
    amp_alarm_clear(incident);
    amp_open_remove(work->state, incident);
    incident->state = AMP_INCIDENT_CLOSED;
    incident->state_us = work->event->time_us;
    incident->closed_us = work->event->time_us;
    amp_work_done(work);
}

void amp_apply_incident_reopened(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    if (incident && (incident->state != AMP_INCIDENT_CLOSED || incident->into.n)) {
        amp_work_corrupt(work, "the incident is open, or lives on in another");
    }
    amp_work_open_room(work);
    amp_work_entry(work, incident, amp_work_text(work, AMP_HAS(REASON), f->reason), false);
    if (!amp_work_ready(work)) {
        return;
    }
    incident->reopened++;
    incident->closed_us = 0;
    incident->nobody_raised = false;
    amp_work_replace(&incident->outcome, NULL);
    amp_open_add(work->state, incident);
    amp_incident_refresh(incident, work->event->time_us);
    amp_work_done(work);
}

static size_t notes_count(const struct amp_incident *incident)
{
    size_t n = 0;
    for (size_t i = 0; i < incident->entry_n; i++) {
        n += incident->entry[i].kind == AMP_EV_NOTE_ADDED;
    }
    return n;
}

/* Notes keep the order of their numbers; a note is moved before later lines of the other. */
static void notes_move(struct amp_incident *from, struct amp_incident *into)
{
    size_t kept = 0;
    size_t at = into->entry_n;
    size_t end = into->entry_n + notes_count(from);
    size_t next = end;
    assert(end <= into->entry_cap);
    for (size_t i = from->entry_n; i > 0; i--) { /* from the newest, into the free end */
        if (from->entry[i - 1].kind != AMP_EV_NOTE_ADDED) {
            continue;
        }
        while (at > 0 && into->entry[at - 1].seq > from->entry[i - 1].seq) {
            into->entry[--next] = into->entry[--at];
        }
        into->entry[--next] = from->entry[i - 1];
    }
    into->entry_n = end;
    for (size_t i = 0; i < from->entry_n; i++) {
        if (from->entry[i].kind != AMP_EV_NOTE_ADDED) {
            from->entry[kept++] = from->entry[i];
        }
    }
    from->entry_n = kept;
}

static void units_and_calls_move(struct amp_state *state, struct amp_incident *from,
                                 struct amp_incident *into)
{
    for (size_t i = 0; i < from->slot_n; i++) {
        into->slot[into->slot_n++] = from->slot[i];
        state->unit[from->slot[i].unit.n - 1].incident = into->id;
    }
    for (size_t i = 0; i < from->call_n; i++) {
        into->call[into->call_n++] = from->call[i];
        state->call[from->call[i].n - 1].incident = into->id;
    }
    from->slot_n = 0;
    from->call_n = 0;
}

/* What the surviving incident does not know yet, it learns from the other. */
static void unknown_take(struct amp_incident *from, struct amp_incident *into)
{
    if (!into->where.known) {
        struct amp_place_report where = into->where;
        into->where = from->where;
        from->where = where;
    }
    char **pairs[][2] = {{&from->place, &into->place}, {&from->type, &into->type}};
    for (size_t i = 0; i < 2; i++) {
        if (!*pairs[i][1]) {
            *pairs[i][1] = *pairs[i][0];
            *pairs[i][0] = NULL;
        }
    }
    into->priority = into->priority ? into->priority : from->priority;
    if (from->alarm_unit && !into->alarm) { /* an alarm goes where its crew goes */
        into->alarm = from->alarm;
        into->alarm_unit = from->alarm_unit;
        into->alarm_us = from->alarm_us;
        from->alarm = NULL;
        from->alarm_unit = NULL;
    }
}

/* Room for everything that moves. */
static void merge_room(struct amp_work *work, const struct amp_incident *from,
                       struct amp_incident *into)
{
    into->slot = amp_work_room(work, into->slot, &into->slot_cap, into->slot_n + from->slot_n,
                               sizeof(*into->slot));
    into->call = amp_work_room(work, into->call, &into->call_cap, into->call_n + from->call_n,
                               sizeof(*into->call));
    into->entry = amp_work_room(work, into->entry, &into->entry_cap,
                                into->entry_n + notes_count(from) + 1, sizeof(*into->entry));
    char id[AMP_ID_TEXT];
    amp_incident_id_text(from->id, id);
    amp_work_entry(work, into, amp_work_printf(work, "%s", id), false);
}

void amp_apply_incident_merged(struct amp_work *work)
{
    const struct amp_event *event = work->event;
    struct amp_incident *from = amp_work_open_incident(work, event->f.incident);
    struct amp_incident *into = amp_work_open_incident(work, event->f.into);
    if (from == into) {
        amp_work_corrupt(work, "an incident cannot go into itself");
    }
    if (work->err) {
        return;
    }
    merge_room(work, from, into);
    char id[AMP_ID_TEXT];
    amp_incident_id_text(into->id, id);
    amp_work_entry(work, from, amp_work_printf(work, "%s", id), false);
    if (!amp_work_ready(work)) {
        return;
    }
    notes_move(from, into);
    units_and_calls_move(work->state, from, into);
    unknown_take(from, into);
    amp_alarm_clear(from);
    amp_open_remove(work->state, from);
    from->state = AMP_INCIDENT_CLOSED;
    from->state_us = event->time_us;
    from->closed_us = event->time_us;
    from->into = into->id;
    if (into->slot_n && into->alarm && !into->alarm_unit) {
        amp_alarm_clear(into); /* "undispatched" is over */
    }
    amp_incident_refresh(into, event->time_us);
    amp_work_done(work);
}

static struct amp_unit *alarm_unit(struct amp_work *work)
{
    return work->event->f.has & AMP_HAS(UNIT) ? amp_work_unit(work) : NULL;
}

void amp_apply_alarm_raised(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_unit *unit = alarm_unit(work);
    char *alarm = amp_work_text(work, AMP_HAS(ALARM), f->alarm);
    char *call_sign = amp_work_text(work, AMP_HAS(UNIT), f->unit);
    amp_work_entry(work, incident, amp_work_text(work, AMP_HAS(ALARM), f->alarm), false);
    if (!amp_work_ready(work)) {
        return;
    }
    amp_work_replace(&incident->alarm, alarm);
    amp_work_replace(&incident->alarm_unit, call_sign);
    incident->alarm_us = work->event->time_us;
    if (unit) {
        unit->alarm_raised = true;
    } else {
        incident->nobody_raised = true;
    }
    amp_work_done(work);
}

void amp_apply_alarm_acknowledged(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_unit *unit = alarm_unit(work);
    if (incident && !incident->alarm) {
        amp_work_corrupt(work, "there is no alarm");
    }
    amp_work_entry(work, incident, amp_work_text(work, AMP_HAS(ALARM), f->alarm), false);
    if (!amp_work_ready(work)) {
        return;
    }
    if (unit && unit->status == AMP_UNIT_ON_SCENE) {
        unit->heard_us = work->event->time_us; /* somebody asked: the silence starts anew */
        unit->alarm_raised = false;
    }
    amp_alarm_clear(incident);
    amp_work_done(work);
}
