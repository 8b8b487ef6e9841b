/*
 * apply: holds, and the erasure of personal data.
 *
 * The law: a fold of a journal whose keys are gone ends in the same state as a fold that met the
 * data and then the erasure. Hence whatever came from a personal field, or differs because one was
 * there, is overwritten here and set to what it is without: texts, positions with all that was said
 * about them, and the places of calls in the chains by number and device. What follows from plain
 * fields alone stays. erase_test.c proves it on random histories.
 */
#include "response/work.h"

static struct amp_incident *whole_incident(struct amp_work *work)
{
    struct amp_incident *incident = amp_work_incident(work, work->event->f.incident);
    if (incident && incident->into.n) {
        amp_work_corrupt(work, "the incident lives on in another");
    }
    if (incident && incident->erased_us) {
        amp_work_corrupt(work, "the incident was erased");
    }
    return incident;
}

static void hold_set(struct amp_work *work, bool held)
{
    struct amp_incident *incident = whole_incident(work);
    char *reason = amp_work_own(work, AMP_HAS(REASON), work->event->f.reason);
    amp_work_personal_line(work, incident, reason);
    if (amp_work_ready(work)) {
        incident->held = held;
        amp_work_done(work);
    }
}

void amp_apply_hold_placed(struct amp_work *work)
{
    hold_set(work, true);
}

void amp_apply_hold_lifted(struct amp_work *work)
{
    hold_set(work, false);
}

/* Takes a call out of the chain of those with its number or device. */
static void chain_leave(struct amp_state *state, enum amp_space space, struct amp_str name,
                        struct amp_call *call)
{
    bool number = space == AMP_SPACE_NUMBER;
    struct amp_call_id older = number ? call->older_number : call->older_device;
    uint64_t newest = 0;
    if (!name.len || !amp_index_get(state->by_name, space, name, &newest)) {
        return;
    }
    if (newest == call->id.n && older.n) {
        amp_index_set(state->by_name, space, name, older.n);
    } else if (newest == call->id.n) {
        amp_texts_release(state->texts, amp_index_remove(state->by_name, space, name));
    }
    for (uint64_t n = newest; n && newest != call->id.n;) {
        struct amp_call *newer = &state->call[n - 1];
        struct amp_call_id *link = number ? &newer->older_number : &newer->older_device;
        if (link->n == call->id.n) {
            *link = older;
            break;
        }
        n = link->n;
    }
    call->older_number = number ? (struct amp_call_id){0} : call->older_number;
    call->older_device = number ? call->older_device : (struct amp_call_id){0};
}

static void where_wipe(struct amp_place_report *where)
{
    *where = (struct amp_place_report){.radius_m = -1, .confidence_pct = -1};
}

static void call_wipe(struct amp_state *state, struct amp_call *call)
{
    char plain[AMP_LINE_MAX + 1];
    amp_number_plain(amp_str_of(call->number), plain);
    chain_leave(state, AMP_SPACE_NUMBER, amp_str_of(plain), call);
    chain_leave(state, AMP_SPACE_DEVICE, amp_str_of(call->device), call);
    amp_wipe(plain, sizeof(plain));
    char **texts[] = {&call->number, &call->name, &call->words,
                      &call->device, &call->ref,  &call->sip_call};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        amp_texts_release(state->texts, *texts[i]);
        *texts[i] = NULL;
    }
    where_wipe(&call->where);
    for (uint32_t n = call->message; n; n = state->message[n - 1].older) {
        amp_texts_release(state->texts, state->message[n - 1].text);
        state->message[n - 1].text = NULL;
    }
    amp_links_wipe(state, call);
}

static void incident_wipe(struct amp_work *work, struct amp_incident *incident)
{
    struct amp_state *state = work->state;
    for (size_t i = 0; i < incident->entry_n; i++) {
        if (incident->entry[i].personal) {
            amp_texts_release(state->texts, incident->entry[i].text);
            incident->entry[i].text = NULL;
            incident->entry[i].personal = false;
        }
    }
    for (size_t i = 0; i < incident->call_n; i++) {
        call_wipe(state, &state->call[incident->call[i].n - 1]);
    }
    amp_media_wipe(state, incident->medium);
    amp_texts_release(state->texts, incident->place);
    incident->place = NULL;
    where_wipe(&incident->where);
    incident->erased_us = work->event->time_us ? work->event->time_us : 1; /* zero: not erased */
    incident->changed_us = work->event->time_us;
    incident->changed_seq = work->event->seq;
}

/* The reason of the erasure comes after it, and stays. */
void amp_apply_incident_erased(struct amp_work *work)
{
    struct amp_state *state = work->state;
    struct amp_incident *incident = whole_incident(work);
    if (incident && (incident->state != AMP_INCIDENT_CLOSED || incident->held)) {
        amp_work_corrupt(work, "the incident is open, or must not be erased");
    }
    char *reason = amp_work_own(work, AMP_HAS(REASON), work->event->f.reason);
    amp_work_personal_line(work, incident, reason);
    if (!amp_work_ready(work)) {
        return;
    }
    struct amp_incident_id root = incident->id;
    for (struct amp_incident_id at = root; at.n; at = amp_merged_next(state, root, at)) {
        incident_wipe(work, &state->incident[at.n - 1]);
    }
    amp_work_done(work);
}
