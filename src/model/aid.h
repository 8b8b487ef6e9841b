/*
 * A request for mutual aid: one agency of the server asks another for crews, for one incident.
 *
 * It stands until the lender agrees or refuses, or the asker withdraws it; with its incident it
 * ends. Of one incident, lender and list of capabilities there is one, whose newest asking counts.
 * The words of the asker and the reason of the answer are personal: they are lines of the
 * incident's timeline, and go when it is erased.
 */
#ifndef AMP_MODEL_AID_H
#define AMP_MODEL_AID_H

#include "model/event.h"

enum {
    AMP_AID_REQUESTS_MAX = 32 /* of one incident */
};

enum amp_aid_state {
    AMP_AID_REQUESTED,
    AMP_AID_AGREED,
    AMP_AID_REFUSED,
    AMP_AID_WITHDRAWN,
    AMP_AID_STATES
};
const char *amp_aid_state_name(enum amp_aid_state state); /* "requested" */

struct amp_aid_request {
    struct amp_agency_id lender;
    struct amp_words capabilities; /* each crew has all of them; of shared texts */
    int count;                     /* crews */
    enum amp_aid_state state;
    int64_t asked_us;
    int64_t until_us;                /* an answer is awaited until then; 0: no time was set */
    int64_t settled_us;              /* 0 while it stands */
    uint64_t asked_seq, settled_seq; /* lines of the timeline; settled_seq 0 while it stands */
    const char *actor;               /* who asked */
    bool alarm_raised;               /* it stands, and an alarm said that it is overdue */
};

/* It stands, and the time for an answer is over. */
bool amp_aid_overdue(const struct amp_aid_request *request, int64_t now_us);

/* Is it about a request: asked, agreed, refused, withdrawn? */
bool amp_event_is_aid(enum amp_event_kind kind);

#endif
