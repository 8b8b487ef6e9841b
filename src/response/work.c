/* Taking copies, reserving room and looking up for the handlers of apply; and their common changes.
 */
#include "response/work.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void amp_work_corrupt(struct amp_work *work, const char *sentence)
{
    if (!work->err) {
        work->err = amp_fail(work->why, AMP_E_CORRUPT, "event %llu (%s): %s",
                             (unsigned long long)work->event->seq,
                             amp_event_rows[work->event->kind].name, sentence);
    }
}

_Static_assert((int)AMP_OWN_TEXT_MAX >= (int)AMP_DOCUMENT_MAX &&
                   (int)AMP_OWN_TEXT_MAX >= (int)AMP_TEXT_MAX &&
                   (int)AMP_SHARED_TEXT_MAX >= (int)AMP_LINE_MAX,
               "every field of an event has room");

char *amp_work_own(struct amp_work *work, amp_field_set has, struct amp_str text)
{
    if (has && !(work->event->f.has & has)) {
        return NULL;
    }
    char *copy = amp_texts_own(work->state->texts, text);
    if (!copy) {
        work->err = work->err ? work->err : AMP_E_NOMEM;
        return NULL;
    }
    assert(work->text_n < AMP_WORK_TEXTS);
    work->text[work->text_n++] = copy;
    return copy;
}

const char *amp_work_share(struct amp_work *work, amp_field_set has, struct amp_str text)
{
    assert(!(has & amp_fields_personal));
    if (has && !(work->event->f.has & has)) {
        return NULL;
    }
    const char *copy = amp_texts_share(work->state->texts, text);
    if (!copy) {
        work->err = work->err ? work->err : AMP_E_NOMEM;
    }
    return copy;
}

struct amp_words amp_work_capabilities(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_words words = {.n = f->has & AMP_HAS(CAPABILITIES) ? f->capabilities.n : 0};
    for (size_t i = 0; i < words.n; i++) {
        struct amp_str word = f->capabilities.word[i];
        words.word[i] =
            (struct amp_str){amp_work_share(work, AMP_HAS(CAPABILITIES), word), word.len};
    }
    return words;
}

struct amp_points amp_work_points(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    if (!work->err && (f->has & AMP_HAS(POINTS))) {
        work->err = amp_points_copy(f->points, &work->points);
    }
    return work->points;
}

void *amp_work_room(struct amp_work *work, void *array, size_t *cap, size_t n, size_t size)
{
    if (work->err || n <= *cap) {
        return array;
    }
    size_t grown_cap = *cap ? *cap + *cap / 2 + 1 : 4;
    grown_cap = grown_cap < n ? n : grown_cap;
    void *grown = reallocarray(array, grown_cap, size);
    if (!grown) {
        work->err = AMP_E_NOMEM;
        return array;
    }
    *cap = grown_cap;
    return grown;
}

struct amp_incident *amp_work_incident(struct amp_work *work, struct amp_incident_id id)
{
    if (id.n == 0 || id.n > work->state->incident_n) {
        amp_work_corrupt(work, "there is no such incident");
        return NULL;
    }
    return &work->state->incident[id.n - 1];
}

struct amp_incident *amp_work_open_incident(struct amp_work *work, struct amp_incident_id id)
{
    struct amp_incident *incident = amp_work_incident(work, id);
    if (incident && incident->state == AMP_INCIDENT_CLOSED) {
        amp_work_corrupt(work, "the incident is closed");
    }
    return incident;
}

struct amp_call *amp_work_call(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    if (f->call.n == 0 || f->call.n > work->state->call_n) {
        amp_work_corrupt(work, "there is no such call");
        return NULL;
    }
    struct amp_call *call = &work->state->call[f->call.n - 1];
    if (call->incident.n != f->incident.n) {
        amp_work_corrupt(work, "the call belongs to another incident");
    }
    return call;
}

struct amp_unit *amp_work_unit(struct amp_work *work)
{
    uint64_t n = 0;
    if (!amp_index_get(work->state->by_name, AMP_SPACE_UNIT, work->event->f.unit, &n)) {
        amp_work_corrupt(work, "there is no such unit");
        return NULL;
    }
    return &work->state->unit[n - 1];
}

struct amp_agency_id amp_work_agency(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    if (!(f->has & AMP_HAS(AGENCY)) || amp_str_is(f->agency, AMP_CLEAR)) {
        return (struct amp_agency_id){0};
    }
    const struct amp_agency *agency = amp_state_agency(work->state, f->agency);
    if (!agency) {
        amp_work_corrupt(work, "there is no such agency");
        return (struct amp_agency_id){0};
    }
    return agency->id;
}

struct amp_place_report amp_work_where(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_place_report where = {.radius_m = -1, .confidence_pct = -1};
    if (!(f->has & AMP_HAS(POS))) {
        return where;
    }
    where.known = true;
    where.pos = f->pos;
    where.radius_m = f->has & AMP_HAS(RADIUS_M) ? f->radius_m : -1;
    where.confidence_pct = f->has & AMP_HAS(CONFIDENCE_PCT) ? f->confidence_pct : -1;
    where.fix_us = f->has & AMP_HAS(FIX_TIME) ? f->fix_time : 0;
    where.source = amp_work_share(work, AMP_HAS(SOURCE), f->source);
    return where;
}

int64_t amp_work_happened_us(const struct amp_work *work)
{
    const struct amp_event *event = work->event;
    bool told = (event->f.has & AMP_HAS(HAPPENED)) != 0 && event->f.happened < event->time_us;
    return told ? event->f.happened : event->time_us;
}

static void line_add(struct amp_work *work, struct amp_incident *incident, const char *text,
                     bool personal)
{
    if (work->err) {
        return;
    }
    const struct amp_event *event = work->event;
    incident->entry = amp_work_room(work, incident->entry, &incident->entry_cap,
                                    incident->entry_n + 1, sizeof(*incident->entry));
    assert(work->pending_n < AMP_WORK_ENTRIES);
    work->pending[work->pending_n].incident = incident->id;
    work->pending[work->pending_n++].entry =
        (struct amp_entry){.seq = event->seq & AMP_SEQ_MAX,
                           .time_us = amp_work_happened_us(work),
                           .kind = event->kind,
                           .actor = amp_work_share(work, 0, event->actor),
                           .unit = amp_work_share(work, AMP_HAS(UNIT), event->f.unit),
                           .text = text,
                           .personal = personal && text};
}

void amp_work_line(struct amp_work *work, struct amp_incident *incident, const char *shared)
{
    line_add(work, incident, shared, false);
}

void amp_work_personal_line(struct amp_work *work, struct amp_incident *incident, char *own)
{
    line_add(work, incident, own, true);
}

void amp_work_open_room(struct amp_work *work)
{
    struct amp_state *state = work->state;
    state->open =
        amp_work_room(work, state->open, &state->open_cap, state->open_n + 1, sizeof(*state->open));
}

bool amp_work_ready(struct amp_work *work)
{
    work->ready = !work->err;
    return work->ready;
}

void amp_work_done(struct amp_work *work)
{
    assert(work->ready);
    for (size_t i = 0; i < work->pending_n; i++) {
        struct amp_incident *incident = &work->state->incident[work->pending[i].incident.n - 1];
        assert(incident->entry_n < incident->entry_cap);
        incident->entry[incident->entry_n++] = work->pending[i].entry;
        incident->changed_seq = work->event->seq;
        incident->changed_us = work->event->time_us;
    }
}

void amp_work_replace(struct amp_work *work, char **own, char *fresh)
{
    assert(work->ready);
    amp_texts_release(work->state->texts, *own);
    *own = fresh;
}

void amp_open_add(struct amp_state *state, struct amp_incident *incident)
{
    assert(state->open_n < state->open_cap);
    incident->open_at = state->open_n;
    state->open[state->open_n++] = incident->id;
}

void amp_work_number_remove(uint32_t *list, size_t *n, uint32_t number)
{
    for (size_t i = 0; i < *n; i++) {
        if (list[i] == number) {
            list[i] = list[--*n];
            return;
        }
    }
}

void amp_open_remove(struct amp_state *state, struct amp_incident *incident)
{
    assert(state->open_n > 0 && state->open[incident->open_at].n == incident->id.n);
    struct amp_incident_id last = state->open[--state->open_n];
    state->open[incident->open_at] = last;
    state->incident[last.n - 1].open_at = incident->open_at;
    incident->open_at = 0;
}

void amp_incident_refresh(struct amp_incident *incident, int64_t time_us)
{
    enum amp_incident_state state = amp_incident_state_due(incident);
    if (state != incident->state) {
        assert(amp_incident_may(incident->state, state));
        incident->state = state;
        incident->state_us = time_us;
    }
    if (incident->slot_n) {
        incident->nobody_raised = false; /* the next time that nobody is left is a new occasion */
    }
}

void amp_alarm_clear(struct amp_incident *incident)
{
    incident->alarm = NULL;
    incident->alarm_unit = NULL;
    incident->alarm_us = 0;
}

/* "undispatched" is over; that another agency does not answer is not. */
void amp_alarm_sent(struct amp_incident *incident)
{
    if (incident->alarm && !incident->alarm_unit && strcmp(incident->alarm, AMP_ALARM_AID) != 0) {
        amp_alarm_clear(incident);
    }
}
