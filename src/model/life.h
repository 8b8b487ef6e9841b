/*
 * The lives of calls, incidents and units, as tables.
 *
 * A life table says the name of each state on the wire and which states may follow it. The same
 * rows serve the parser, the rules and the help.
 */
#ifndef AMP_MODEL_LIFE_H
#define AMP_MODEL_LIFE_H

#include "base/str.h"

enum amp_incident_state {
    AMP_INCIDENT_NEW,        /* nothing decided */
    AMP_INCIDENT_TRIAGED,    /* type and priority set, nobody assigned */
    AMP_INCIDENT_DISPATCHED, /* at least one unit assigned */
    AMP_INCIDENT_ON_SCENE,   /* at least one unit is or was on scene and is still assigned */
    AMP_INCIDENT_CLOSED,
    AMP_INCIDENT_STATES
};

enum amp_unit_status {
    AMP_UNIT_AVAILABLE,
    AMP_UNIT_DISPATCHED, /* told, not acknowledged */
    AMP_UNIT_EN_ROUTE,
    AMP_UNIT_ON_SCENE,
    AMP_UNIT_TRANSPORTING,
    AMP_UNIT_AT_HOSPITAL,
    AMP_UNIT_RETURNING, /* free, on the way home: can be sent */
    AMP_UNIT_OUT_OF_SERVICE,
    AMP_UNIT_STATUSES
};

/* The alarm of an incident whose caller hung up before anybody answered. */
#define AMP_ALARM_ABANDONED "abandoned"
/* Of one that asked another agency for crews, and has no answer in the time that was set. */
#define AMP_ALARM_AID "aid-overdue"

enum amp_call_state {
    AMP_CALL_OPEN, /* on the line */
    AMP_CALL_ENDED,
    AMP_CALL_RINGING,     /* nobody answered it yet */
    AMP_CALL_ABANDONED,   /* hung up before anybody answered: to be called back */
    AMP_CALL_TRANSFERRED, /* somebody else has it */
    AMP_CALL_STATES
};

enum amp_message_state {
    AMP_MESSAGE_RECEIVED, /* a caller's */
    AMP_MESSAGE_QUEUED,   /* to a caller: not with a gateway yet */
    AMP_MESSAGE_SENT,     /* a gateway has it */
    AMP_MESSAGE_DELIVERED,
    AMP_MESSAGE_FAILED,
    AMP_MESSAGE_STATES
};

enum amp_link_state { /* of a link that a caller is sent */
    AMP_LINK_OFFERED, /* nobody tapped yet */
    AMP_LINK_TAKEN,   /* a phone has it, and may share */
    AMP_LINK_STOPPED,
    AMP_LINK_STATES
};

/* What may be shared by it; each with all before it. */
enum amp_link_scope {
    AMP_LINK_POSITION,
    AMP_LINK_MESSAGES,
    AMP_LINK_MEDIA,
    AMP_LINK_SCOPES
};

const char *amp_link_state_name(enum amp_link_state state); /* "offered" */
const char *amp_link_scope_name(enum amp_link_scope scope); /* "position" */

/* Whether a hospital takes what ambulances bring, in the words of EDXL-HAVE (EMSTrafficStatus). */
enum amp_traffic {
    AMP_TRAFFIC_UNKNOWN,  /* nobody has said */
    AMP_TRAFFIC_NORMAL,   /* takes all */
    AMP_TRAFFIC_ADVISORY, /* busy, or short of something: ask before you go */
    AMP_TRAFFIC_CLOSED,   /* go elsewhere */
    AMP_TRAFFICS
};

const char *amp_traffic_name(enum amp_traffic traffic); /* "advisory" */
AMP_MUST amp_err amp_traffic_of(struct amp_str name, enum amp_traffic *out);
const char *amp_incident_state_name(enum amp_incident_state state); /* "on-scene" */
const char *amp_unit_status_name(enum amp_unit_status status);
const char *amp_call_state_name(enum amp_call_state state);
const char *amp_message_state_name(enum amp_message_state state);
bool amp_message_may(enum amp_message_state from, enum amp_message_state to);
/* As a telephone system tells it in the field `line`: "ringing", "answered", "ended", "abandoned",
 * "transferred". AMP_E_RANGE for any other word. */
AMP_MUST amp_err amp_call_line_of(struct amp_str line, enum amp_call_state *out);
const char *amp_call_line_name(enum amp_call_state state);
bool amp_call_may(enum amp_call_state from, enum amp_call_state to); /* same to same: false */
bool amp_call_is_over(enum amp_call_state state);
AMP_MUST amp_err amp_incident_state_of(struct amp_str name, enum amp_incident_state *out);
AMP_MUST amp_err amp_unit_status_of(struct amp_str name, enum amp_unit_status *out);
bool amp_incident_may(enum amp_incident_state from, enum amp_incident_state to);
bool amp_unit_may(enum amp_unit_status from, enum amp_unit_status to); /* same to same: false */
bool amp_unit_is_free(enum amp_unit_status status);                    /* available or returning */
bool amp_unit_is_busy(
    enum amp_unit_status status); /* dispatched .. at hospital: holds an incident */

#endif
