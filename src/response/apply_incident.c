/* apply: events in the life of an incident. */
#include "response/work.h"
#include <assert.h>
#include <stdio.h>
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
                                    .type = amp_work_share(work, AMP_HAS(TYPE), f->type),
                                    .priority = f->has & AMP_HAS(PRIORITY) ? (int)f->priority : 0,
                                    .level = 1,
                                    .place = amp_work_own(work, AMP_HAS(PLACE), f->place),
                                    .where = amp_work_where(work),
                                    .agency = amp_work_agency(work)};
    amp_work_line(work, &incident, incident.type);
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

static const char *triage_text(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    char text[AMP_WORD_MAX + 32];
    int len = f->has & AMP_HAS(TYPE) ? (int)f->type.len : 0;
    if (!(f->has & AMP_HAS(PRIORITY))) {
        return amp_work_share(work, AMP_HAS(TYPE), f->type);
    }
    (void)snprintf(text, sizeof(text), "%.*s%spriority %d", len, len ? f->type.ptr : "",
                   len ? ", " : "", (int)f->priority);
    return amp_work_share(work, 0, amp_str_of(text));
}

void amp_apply_incident_triaged(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    const char *type = amp_work_share(work, AMP_HAS(TYPE), f->type);
    amp_work_line(work, incident, triage_text(work));
    if (!amp_work_ready(work)) {
        return;
    }
    incident->type = type ? type : incident->type;
    incident->priority = f->has & AMP_HAS(PRIORITY) ? (int)f->priority : incident->priority;
    amp_incident_refresh(incident, work->event->time_us);
    amp_work_done(work);
}

void amp_apply_alarm_level_set(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    char text[16];
    (void)snprintf(text, sizeof(text), "%d", (int)f->level);
    amp_work_line(work, incident, amp_work_share(work, 0, amp_str_of(text)));
    if (!amp_work_ready(work)) {
        return;
    }
    incident->level = (int)f->level;
    amp_work_done(work);
}

static char *place_text(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    if (f->has & AMP_HAS(PLACE) || !(f->has & AMP_HAS(POS))) {
        return amp_work_own(work, AMP_HAS(PLACE), f->place);
    }
    char pos[AMP_POS_TEXT];
    amp_pos_text(f->pos, pos);
    return amp_work_own(work, AMP_HAS(POS), amp_str_of(pos));
}

void amp_apply_incident_placed(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_place_report where = amp_work_where(work);
    char *place = amp_work_own(work, AMP_HAS(PLACE), f->place);
    amp_work_personal_line(work, incident, place_text(work));
    if (!amp_work_ready(work)) {
        return;
    }
    if (where.known) {
        incident->where = where;
    }
    if (place) {
        amp_work_replace(work, &incident->place, place);
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
    const char *outcome = amp_work_share(work, AMP_HAS(OUTCOME), f->outcome);
    const char *closed = amp_work_links_close(work, incident);
    if (f->has & AMP_HAS(TEXT)) {
        amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(TEXT), f->text));
    } else if (f->has & AMP_HAS(REASON)) {
        amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(REASON), f->reason));
    } else { /* what is gone was a text or a reason */
        amp_work_line(work, incident, work->event->gone ? NULL : outcome);
    }
    if (!amp_work_ready(work)) {
        return;
    }
    incident->outcome = outcome;
    amp_alarm_clear(incident);
    amp_open_remove(work->state, incident);
    incident->state = AMP_INCIDENT_CLOSED;
    incident->state_us = work->event->time_us;
    incident->closed_us = work->event->time_us;
    amp_links_close(work, incident, closed);
    amp_aid_close(work, incident);
    amp_work_done(work);
}

void amp_apply_incident_reopened(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    if (incident &&
        (incident->state != AMP_INCIDENT_CLOSED || incident->into.n || incident->erased_us)) {
        amp_work_corrupt(work, "the incident is open, lives on in another, or was erased");
    }
    amp_work_open_room(work);
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(REASON), f->reason));
    if (!amp_work_ready(work)) {
        return;
    }
    incident->reopened++;
    incident->closed_us = 0;
    incident->nobody_raised = false;
    incident->outcome = NULL;
    amp_open_add(work->state, incident);
    amp_incident_refresh(incident, work->event->time_us);
    amp_work_done(work);
}

static bool is_note(const struct amp_entry *entry)
{
    return entry->kind == AMP_EV_NOTE_ADDED || entry->kind == AMP_EV_PARTNER_NOTE;
}

static size_t notes_count(const struct amp_incident *incident)
{
    size_t n = 0;
    for (size_t i = 0; i < incident->entry_n; i++) {
        n += is_note(&incident->entry[i]);
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
        if (!is_note(&from->entry[i - 1])) {
            continue;
        }
        while (at > 0 && into->entry[at - 1].seq > from->entry[i - 1].seq) {
            into->entry[--next] = into->entry[--at];
        }
        into->entry[--next] = from->entry[i - 1];
    }
    into->entry_n = end;
    for (size_t i = 0; i < from->entry_n; i++) {
        if (!is_note(&from->entry[i])) {
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
    if (!into->place) {
        into->place = from->place;
        from->place = NULL;
    }
    if (!into->type) {
        into->type = from->type;
        from->type = NULL;
    }
    into->priority = into->priority ? into->priority : from->priority;
    into->level = into->level > from->level ? into->level : from->level;
    if (from->alarm_unit && !into->alarm) { /* an alarm goes where its crew goes */
        into->alarm = from->alarm;
        into->alarm_unit = from->alarm_unit;
        into->alarm_us = from->alarm_us;
        from->alarm = NULL;
        from->alarm_unit = NULL;
    }
}

/* A partner of both keeps the link of the surviving one. */
static void links_move(struct amp_incident *from, struct amp_incident *into)
{
    for (size_t i = 0; i < from->link_n; i++) {
        struct amp_link *link = &from->link[i];
        if (amp_incident_link(into, amp_str_of(link->partner)) || into->link_n == AMP_LINKS_MAX) {
            amp_link_finish(link);
        } else {
            into->link[into->link_n++] = *link;
        }
    }
    from->link_n = 0;
}

/* Whoever could see the one sees what it became, unless that is everybody's. */
static void access_join(const struct amp_incident *from, struct amp_incident *into)
{
    if (into->agency.n) {
        into->shared |= from->shared | (from->agency.n ? UINT64_C(1) << from->agency.n : 0);
        into->shared &= ~(UINT64_C(1) << into->agency.n);
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
    into->link = amp_work_room(work, into->link, &into->link_cap, into->link_n + from->link_n,
                               sizeof(*into->link));
    into->entry = amp_work_room(work, into->entry, &into->entry_cap,
                                into->entry_n + notes_count(from) + 1, sizeof(*into->entry));
    char id[AMP_ID_TEXT];
    amp_incident_id_text(from->id, id);
    amp_work_line(work, into, amp_work_share(work, 0, amp_str_of(id)));
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
    amp_work_line(work, from, amp_work_share(work, 0, amp_str_of(id)));
    if (!amp_work_ready(work)) {
        return;
    }
    notes_move(from, into);
    amp_aid_close(work, from);
    units_and_calls_move(work->state, from, into);
    links_move(from, into);
    unknown_take(from, into);
    amp_alarm_clear(from);
    amp_open_remove(work->state, from);
    from->state = AMP_INCIDENT_CLOSED;
    from->state_us = event->time_us;
    from->closed_us = event->time_us;
    from->into = into->id;
    amp_merged_put(work->state, from);
    access_join(from, into);
    into->held = into->held || from->held; /* what must not be erased is in there now */
    from->held = false;
    if (into->slot_n) {
        amp_alarm_sent(into);
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
    const char *alarm = amp_work_share(work, AMP_HAS(ALARM), f->alarm);
    const char *call_sign = amp_work_share(work, AMP_HAS(UNIT), f->unit);
    amp_work_line(work, incident, alarm);
    if (!amp_work_ready(work)) {
        return;
    }
    for (size_t i = 0; i < incident->call_n && strcmp(alarm, AMP_ALARM_ABANDONED) == 0; i++) {
        work->state->call[incident->call[i].n - 1].call_back = false;
    }
    incident->alarm = alarm;
    incident->alarm_unit = call_sign;
    incident->alarm_us = work->event->time_us;
    if (unit) {
        unit->alarm_raised = true;
    } else if (strcmp(alarm, AMP_ALARM_AID) == 0) {
        amp_aid_raise(work, incident);
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
    amp_work_line(work, incident, amp_work_share(work, AMP_HAS(ALARM), f->alarm));
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
