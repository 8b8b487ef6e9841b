/* apply: what passes between us and a partner centre about an incident. */
#include "response/work.h"
#include <assert.h>
#include <string.h>

static struct amp_link *link_find(struct amp_work *work, struct amp_incident *incident)
{
    for (size_t i = 0; incident && i < incident->link_n; i++) {
        if (amp_str_is(work->event->f.partner, incident->link[i].partner)) {
            return &incident->link[i];
        }
    }
    return NULL;
}

static struct amp_link *link_known(struct amp_work *work, struct amp_incident *incident)
{
    struct amp_link *link = link_find(work, incident);
    if (!link) {
        amp_work_corrupt(work, "the incident has no such partner");
    }
    return link;
}

/* The link of a new offer, perhaps a new one: fresh, at the end of the list. */
static void offer_take(struct amp_work *work, bool outward, const char *tracking)
{
    struct amp_state *state = work->state;
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_link *link = link_find(work, incident);
    struct amp_link fresh = {.partner = amp_work_share(work, AMP_HAS(PARTNER), f->partner),
                             .tracking = tracking,
                             .as = f->incident};
    if (incident && !link) {
        if (incident->link_n == AMP_LINKS_MAX) {
            amp_work_corrupt(work, "the incident has as many partners as it can have");
        }
        incident->link = amp_work_room(work, incident->link, &incident->link_cap,
                                       incident->link_n + 1, sizeof(*incident->link));
    }
    state->tracked = amp_work_room(work, state->tracked, &state->tracked_cap, state->tracked_n + 1,
                                   sizeof(*state->tracked));
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(REASON), f->reason));
    if (!amp_work_ready(work)) {
        return;
    }
    if (!link) {
        link = &incident->link[incident->link_n++];
        *link = fresh;
        if (tracking) {
            amp_state_track(state, tracking, incident->id);
        }
    }
    link->outward = outward;
    link->transfer = AMP_TRANSFER_OFFERED;
    link->offer_us = f->fix_time;
    link->changed_us = work->event->time_us;
    amp_work_done(work);
}

void amp_apply_transfer_offered(struct amp_work *work)
{
    offer_take(work, true, NULL);
}

void amp_apply_transfer_received(struct amp_work *work)
{
    offer_take(work, false, amp_work_share(work, AMP_HAS(LABEL), work->event->f.label));
}

static void transfer_settle(struct amp_work *work, enum amp_transfer to)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_link *link = link_known(work, incident);
    if (link && link->transfer != AMP_TRANSFER_OFFERED) {
        amp_work_corrupt(work, "nothing is offered");
    }
    if (f->has & AMP_HAS(REASON)) {
        amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(REASON), f->reason));
    } else {
        amp_work_line(work, incident, amp_work_share(work, AMP_HAS(LABEL), f->label));
    }
    if (amp_work_ready(work)) {
        link->transfer = to;
        link->changed_us = work->event->time_us;
        amp_work_done(work);
    }
}

void amp_apply_transfer_accepted(struct amp_work *work)
{
    transfer_settle(work, AMP_TRANSFER_ACCEPTED);
}

void amp_apply_transfer_refused(struct amp_work *work)
{
    transfer_settle(work, AMP_TRANSFER_REFUSED);
}

void amp_apply_transfer_failed(struct amp_work *work)
{
    transfer_settle(work, AMP_TRANSFER_FAILED);
}

void amp_apply_partner_note(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_link *link = link_known(work, incident);
    uint64_t hash = amp_link_note_hash(f->label);
    if (link && (link->note_n == AMP_LINK_NOTES_MAX || amp_link_note_known(link, f->label))) {
        amp_work_corrupt(work, "the note is there already, or there are too many");
    }
    if (link) {
        link->note =
            amp_work_room(work, link->note, &link->note_cap, link->note_n + 1, sizeof(*link->note));
    }
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(TEXT), f->text));
    if (!amp_work_ready(work)) {
        return;
    }
    size_t at = link->note_n++;
    for (; at > 0 && link->note[at - 1] > hash; at--) {
        link->note[at] = link->note[at - 1];
    }
    link->note[at] = hash;
    amp_work_done(work);
}

void amp_apply_partner_state(struct amp_work *work)
{
    struct amp_incident *incident = amp_work_incident(work, work->event->f.incident);
    struct amp_link *link = link_known(work, incident);
    const char *status = amp_work_share(work, AMP_HAS(LABEL), work->event->f.label);
    amp_work_line(work, incident, status);
    if (amp_work_ready(work)) {
        link->status = status;
        amp_work_done(work);
    }
}

/* "E 12: on-scene", for the timeline. */
static const char *unit_line(struct amp_work *work)
{
    char line[AMP_LINE_MAX + AMP_WORD_MAX + 4];
    struct amp_str status = amp_str_of(amp_unit_status_name(work->event->f.status));
    struct amp_str name = work->event->f.label;
    assert(name.len + 2 + status.len < sizeof(line));
    memcpy(line, name.ptr, name.len);
    memcpy(line + name.len, ": ", 2);
    memcpy(line + name.len + 2, status.ptr, status.len);
    return amp_work_share(work, 0, (struct amp_str){line, name.len + 2 + status.len});
}

void amp_apply_partner_unit(struct amp_work *work)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_incident(work, f->incident);
    struct amp_link *link = link_known(work, incident);
    const struct amp_partner_unit *known = link ? amp_link_unit(link, f->label) : NULL;
    bool leaves = f->status == AMP_UNIT_AVAILABLE;
    const char *name = amp_work_share(work, AMP_HAS(LABEL), f->label);
    if (link && !known && !leaves) {
        if (link->unit_n == AMP_LINK_UNITS_MAX) {
            amp_work_corrupt(work, "the partner has as many crews there as there can be");
        }
        link->unit =
            amp_work_room(work, link->unit, &link->unit_cap, link->unit_n + 1, sizeof(*link->unit));
    }
    amp_work_line(work, incident, unit_line(work));
    if (!amp_work_ready(work)) {
        return;
    }
    size_t at = known ? (size_t)(known - link->unit) : link->unit_n;
    if (leaves && known) {
        memmove(&link->unit[at], &link->unit[at + 1],
                (link->unit_n - at - 1) * sizeof(*link->unit));
        link->unit_n--;
    } else if (!leaves) {
        link->unit_n += known == NULL;
        link->unit[at] = (struct amp_partner_unit){name, f->status, work->event->time_us};
    }
    amp_work_done(work);
}
