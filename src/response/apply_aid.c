/* apply: requests for mutual aid. Who may see what follows from sharing and from where crews are.
 */
#include "response/work.h"
#include <string.h>

static struct amp_aid_request *request_find(struct amp_incident *incident,
                                            struct amp_agency_id lender,
                                            const struct amp_words *capabilities)
{
    const struct amp_aid_request *found =
        incident ? amp_incident_aid(incident, lender, capabilities) : NULL;
    return found ? &incident->aid[found - incident->aid] : NULL;
}

void amp_apply_aid_requested(struct amp_work *work)
{
    const struct amp_event *event = work->event;
    const struct amp_fields *f = &event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_aid_request fresh = {.lender = amp_work_agency(work),
                                    .capabilities = amp_work_capabilities(work),
                                    .count = (int)f->crews,
                                    .asked_us = event->time_us,
                                    .until_us = f->has & AMP_HAS(UNTIL) ? f->until : 0,
                                    .asked_seq = event->seq,
                                    .actor = amp_work_share(work, 0, event->actor)};
    struct amp_aid_request *request = request_find(incident, fresh.lender, &f->capabilities);
    if (incident &&
        (!fresh.lender.n || fresh.lender.n == incident->agency.n || !fresh.capabilities.n)) {
        amp_work_corrupt(work, "aid is asked of another agency, for something");
    }
    if (request && request->state == AMP_AID_REQUESTED) {
        amp_work_corrupt(work, "this was asked already");
    }
    if (incident && !request) {
        if (incident->aid_n == AMP_AID_REQUESTS_MAX) {
            amp_work_corrupt(work, "the incident has as many requests as it can have");
        }
        incident->aid = amp_work_room(work, incident->aid, &incident->aid_cap, incident->aid_n + 1,
                                      sizeof(*incident->aid));
    }
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(TEXT), f->text));
    if (!amp_work_ready(work)) {
        return;
    }
    request = request ? request : &incident->aid[incident->aid_n++];
    *request = fresh;
    amp_work_done(work);
}

void amp_aid_raise(struct amp_work *work, struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->aid_n; i++) {
        struct amp_aid_request *request = &incident->aid[i];
        request->alarm_raised =
            request->alarm_raised || amp_aid_overdue(request, work->event->time_us);
    }
}

/* With the last answer that was overdue the alarm ends. */
static void alarm_settle(struct amp_incident *incident)
{
    bool overdue = false;
    for (size_t i = 0; i < incident->aid_n; i++) {
        overdue = overdue || incident->aid[i].alarm_raised;
    }
    if (!overdue && incident->alarm && strcmp(incident->alarm, AMP_ALARM_AID) == 0) {
        amp_alarm_clear(incident);
    }
}

static void settle(struct amp_work *work, enum amp_aid_state to)
{
    const struct amp_fields *f = &work->event->f;
    struct amp_incident *incident = amp_work_open_incident(work, f->incident);
    struct amp_aid_request *request =
        request_find(incident, amp_work_agency(work), &f->capabilities);
    if (incident && (!request || request->state != AMP_AID_REQUESTED)) {
        amp_work_corrupt(work, "nothing of the kind is asked");
    }
    amp_work_personal_line(work, incident, amp_work_own(work, AMP_HAS(REASON), f->reason));
    if (!amp_work_ready(work)) {
        return;
    }
    request->state = to;
    request->settled_us = work->event->time_us;
    request->settled_seq = work->event->seq;
    request->alarm_raised = false;
    alarm_settle(incident);
    amp_work_done(work);
}

void amp_apply_aid_agreed(struct amp_work *work)
{
    settle(work, AMP_AID_AGREED);
}

void amp_apply_aid_refused(struct amp_work *work)
{
    settle(work, AMP_AID_REFUSED);
}

void amp_apply_aid_withdrawn(struct amp_work *work)
{
    settle(work, AMP_AID_WITHDRAWN);
}

void amp_aid_close(struct amp_work *work, struct amp_incident *incident)
{
    for (size_t i = 0; i < incident->aid_n; i++) {
        if (incident->aid[i].state == AMP_AID_REQUESTED) {
            incident->aid[i].state = AMP_AID_WITHDRAWN;
            incident->aid[i].settled_us = work->event->time_us;
            incident->aid[i].settled_seq = work->event->seq;
            incident->aid[i].alarm_raised = false;
        }
    }
}
