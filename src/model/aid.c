/* Requests for mutual aid: their names, and finding one of an incident. */
#include "model/aid.h"
#include "model/state.h"
#include "model/words.h"
#include <assert.h>

const char *amp_aid_state_name(enum amp_aid_state state)
{
    static const char *const names[AMP_AID_STATES] = {[AMP_AID_REQUESTED] = "requested",
                                                      [AMP_AID_AGREED] = "agreed",
                                                      [AMP_AID_REFUSED] = "refused",
                                                      [AMP_AID_WITHDRAWN] = "withdrawn"};
    assert(state < AMP_AID_STATES);
    return names[state];
}

const struct amp_aid_request *amp_incident_aid(const struct amp_incident *incident,
                                               struct amp_agency_id lender,
                                               const struct amp_words *capabilities)
{
    for (size_t i = 0; i < incident->aid_n; i++) {
        const struct amp_aid_request *request = &incident->aid[i];
        if (request->lender.n == lender.n && amp_words_same(&request->capabilities, capabilities)) {
            return request;
        }
    }
    return NULL;
}

bool amp_aid_overdue(const struct amp_aid_request *request, int64_t now_us)
{
    return request->state == AMP_AID_REQUESTED && request->until_us != 0 &&
           now_us >= request->until_us;
}

bool amp_event_is_aid(enum amp_event_kind kind)
{
    return kind == AMP_EV_AID_REQUESTED || kind == AMP_EV_AID_AGREED ||
           kind == AMP_EV_AID_REFUSED || kind == AMP_EV_AID_WITHDRAWN;
}

bool amp_aid_stands(const struct amp_incident *incident, struct amp_agency_id lender)
{
    for (size_t i = 0; i < incident->aid_n; i++) {
        const struct amp_aid_request *request = &incident->aid[i];
        if (request->state == AMP_AID_REQUESTED && (!lender.n || request->lender.n == lender.n)) {
            return true;
        }
    }
    return false;
}

struct amp_str amp_aid_words(const struct amp_incident *incident, uint64_t seq)
{
    size_t low = 0, high = incident->entry_n;
    while (low < high) { /* the first line that is not before it */
        size_t middle = low + (high - low) / 2;
        if (incident->entry[middle].seq < seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (!seq || low == incident->entry_n || incident->entry[low].seq != seq) {
        return (struct amp_str){0};
    }
    const struct amp_entry *entry = &incident->entry[low];
    /* never what was written for others */
    return amp_str_of(amp_event_is_aid(entry->kind) ? entry->text : NULL);
}
