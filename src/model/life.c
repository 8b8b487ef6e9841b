/* The life tables: for each state its name and the states that may follow. */
#include "model/life.h"
#include <assert.h>

struct life_row {
    const char *name;
    unsigned next;
};

#define TO(state) (1U << AMP_INCIDENT_##state)
/* clang-format off */
static const struct life_row incident_rows[AMP_INCIDENT_STATES] = {
    /* straight to on-scene: a merge brings a crew that is there already */
    [AMP_INCIDENT_NEW] = {"new", TO(TRIAGED) | TO(DISPATCHED) | TO(ON_SCENE) | TO(CLOSED)},
    [AMP_INCIDENT_TRIAGED] = {"triaged", TO(DISPATCHED) | TO(ON_SCENE) | TO(CLOSED)},
    /* back to new or triaged: the last crew was released or diverted */
    [AMP_INCIDENT_DISPATCHED] = {"dispatched",
        TO(NEW) | TO(TRIAGED) | TO(ON_SCENE) | TO(CLOSED)},
    [AMP_INCIDENT_ON_SCENE] = {"on-scene",
        TO(NEW) | TO(TRIAGED) | TO(DISPATCHED) | TO(CLOSED)},
    [AMP_INCIDENT_CLOSED] = {"closed", TO(NEW) | TO(TRIAGED)}, /* reopened */
};
/* clang-format on */
#undef TO

#define TO(status) (1U << AMP_UNIT_##status)
#define FREED      (TO(AVAILABLE) | TO(RETURNING) | TO(OUT_OF_SERVICE))
/* clang-format off */
static const struct life_row unit_rows[AMP_UNIT_STATUSES] = {
    [AMP_UNIT_AVAILABLE] = {"available", TO(DISPATCHED) | TO(RETURNING) | TO(OUT_OF_SERVICE)},
    [AMP_UNIT_DISPATCHED] = {"dispatched", TO(EN_ROUTE) | TO(ON_SCENE) | FREED},
    [AMP_UNIT_EN_ROUTE] = {"en-route", TO(ON_SCENE) | FREED},
    [AMP_UNIT_ON_SCENE] = {"on-scene", TO(TRANSPORTING) | FREED},
    [AMP_UNIT_TRANSPORTING] = {"transporting", TO(AT_HOSPITAL) | FREED},
    [AMP_UNIT_AT_HOSPITAL] = {"at-hospital", FREED},
    [AMP_UNIT_RETURNING] = {"returning",
        TO(DISPATCHED) | TO(AVAILABLE) | TO(OUT_OF_SERVICE)},
    [AMP_UNIT_OUT_OF_SERVICE] = {"out-of-service", TO(AVAILABLE)},
};
/* clang-format on */
#undef FREED
#undef TO

#define TO(state) (1U << AMP_MESSAGE_##state)
static const struct life_row message_rows[AMP_MESSAGE_STATES] = {
    [AMP_MESSAGE_RECEIVED] = {"received", 0},
    /* a phone's report may be faster than the gateway's answer */
    [AMP_MESSAGE_QUEUED] = {"queued", TO(SENT) | TO(DELIVERED) | TO(FAILED)},
    [AMP_MESSAGE_SENT] = {"sent", TO(DELIVERED) | TO(FAILED)},
    [AMP_MESSAGE_DELIVERED] = {"delivered", 0},
    [AMP_MESSAGE_FAILED] = {"failed", TO(DELIVERED)}, /* it came after all */
};
#undef TO

static const char *const link_names[AMP_LINK_STATES] = {
    [AMP_LINK_OFFERED] = "offered",
    [AMP_LINK_TAKEN] = "taken",
    [AMP_LINK_STOPPED] = "stopped",
};

static const char *const link_scopes[AMP_LINK_SCOPES] = {
    [AMP_LINK_POSITION] = "position",
    [AMP_LINK_MESSAGES] = "messages",
    [AMP_LINK_MEDIA] = "media",
};

const char *amp_link_state_name(enum amp_link_state state)
{
    assert(state < AMP_LINK_STATES);
    return link_names[state];
}

const char *amp_link_scope_name(enum amp_link_scope scope)
{
    assert(scope < AMP_LINK_SCOPES);
    return link_scopes[scope];
}

#define TO(state) (1U << AMP_CALL_##state)
#define OVER      (TO(ENDED) | TO(ABANDONED) | TO(TRANSFERRED))
static const struct call_row {
    const char *name, *line;
    unsigned next;
} call_rows[AMP_CALL_STATES] = {
    /* to ringing: a message of its phone came before the call itself */
    [AMP_CALL_OPEN] = {"open", "answered", TO(RINGING) | OVER},
    [AMP_CALL_ENDED] = {"ended", "ended", 0},
    [AMP_CALL_RINGING] = {"ringing", "ringing", TO(OPEN) | OVER},
    [AMP_CALL_ABANDONED] = {"abandoned", "abandoned", 0},
    [AMP_CALL_TRANSFERRED] = {"transferred", "transferred", 0},
};
#undef OVER
#undef TO

static const char *const traffic_names[AMP_TRAFFICS] = {
    [AMP_TRAFFIC_UNKNOWN] = "unknown",
    [AMP_TRAFFIC_NORMAL] = "normal",
    [AMP_TRAFFIC_ADVISORY] = "advisory",
    [AMP_TRAFFIC_CLOSED] = "closed",
};

const char *amp_traffic_name(enum amp_traffic traffic)
{
    assert(traffic < AMP_TRAFFICS);
    return traffic_names[traffic];
}

amp_err amp_traffic_of(struct amp_str name, enum amp_traffic *out)
{
    for (unsigned i = 0; i < AMP_TRAFFICS; i++) {
        if (amp_str_is(name, traffic_names[i])) {
            *out = (enum amp_traffic)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

const char *amp_incident_state_name(enum amp_incident_state state)
{
    assert(state < AMP_INCIDENT_STATES);
    return incident_rows[state].name;
}

const char *amp_unit_status_name(enum amp_unit_status status)
{
    assert(status < AMP_UNIT_STATUSES);
    return unit_rows[status].name;
}

const char *amp_call_state_name(enum amp_call_state state)
{
    assert(state < AMP_CALL_STATES);
    return call_rows[state].name;
}

const char *amp_call_line_name(enum amp_call_state state)
{
    assert(state < AMP_CALL_STATES);
    return call_rows[state].line;
}

amp_err amp_call_line_of(struct amp_str line, enum amp_call_state *out)
{
    for (int i = 0; i < AMP_CALL_STATES; i++) {
        if (amp_str_is(line, call_rows[i].line)) {
            *out = (enum amp_call_state)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

bool amp_call_may(enum amp_call_state from, enum amp_call_state to)
{
    assert(from < AMP_CALL_STATES && to < AMP_CALL_STATES);
    return (call_rows[from].next >> to & 1U) != 0;
}

bool amp_call_is_over(enum amp_call_state state)
{
    assert(state < AMP_CALL_STATES);
    return call_rows[state].next == 0;
}

const char *amp_message_state_name(enum amp_message_state state)
{
    assert(state < AMP_MESSAGE_STATES);
    return message_rows[state].name;
}

bool amp_message_may(enum amp_message_state from, enum amp_message_state to)
{
    assert(from < AMP_MESSAGE_STATES && to < AMP_MESSAGE_STATES);
    return (message_rows[from].next >> to & 1U) != 0;
}

amp_err amp_incident_state_of(struct amp_str name, enum amp_incident_state *out)
{
    for (int i = 0; i < AMP_INCIDENT_STATES; i++) {
        if (amp_str_is(name, incident_rows[i].name)) {
            *out = (enum amp_incident_state)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

amp_err amp_unit_status_of(struct amp_str name, enum amp_unit_status *out)
{
    for (int i = 0; i < AMP_UNIT_STATUSES; i++) {
        if (amp_str_is(name, unit_rows[i].name)) {
            *out = (enum amp_unit_status)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}

bool amp_incident_may(enum amp_incident_state from, enum amp_incident_state to)
{
    assert(from < AMP_INCIDENT_STATES && to < AMP_INCIDENT_STATES);
    return (incident_rows[from].next >> to & 1U) != 0;
}

bool amp_unit_may(enum amp_unit_status from, enum amp_unit_status to)
{
    assert(from < AMP_UNIT_STATUSES && to < AMP_UNIT_STATUSES);
    return (unit_rows[from].next >> to & 1U) != 0;
}

bool amp_unit_is_free(enum amp_unit_status status)
{
    return status == AMP_UNIT_AVAILABLE || status == AMP_UNIT_RETURNING;
}

bool amp_unit_is_busy(enum amp_unit_status status)
{
    return status >= AMP_UNIT_DISPATCHED && status <= AMP_UNIT_AT_HOSPITAL;
}
