/* What listeners hear: one message for each journal event, packed positions, heartbeats. */
#include "server/inside.h"
#include "server/sight.h"
#include <stdlib.h>
#include <string.h>

enum {
    CHANGE_MAX = AMP_PUSH_UNSENT / 4, /* beyond, a listener does better to fetch */
    MESSAGE_MAX = 8 << 20,
    MOVED_STEP = 256
};

static void incident_of(struct amp_json *js, const struct amp_state *state, const char *name,
                        struct amp_incident_id id)
{
    const struct amp_incident *incident = amp_state_incident(state, id);
    if (incident != NULL) {
        amp_json_key(js, name);
        amp_view_incident(js, state, incident, false);
    }
}

static void unit_of(struct amp_json *js, struct amp_server *server, const struct amp_event *event)
{
    const struct amp_unit *unit = amp_state_unit(&server->state, event->f.unit);
    if (unit != NULL) {
        amp_json_key(js, "unit");
        amp_view_unit(js, &server->state, unit, &server->track, server->now_us);
    }
}

/* Crews that changed hands because two incidents became one. */
static void units_of(struct amp_json *js, struct amp_server *server, struct amp_incident_id id)
{
    const struct amp_incident *incident = amp_state_incident(&server->state, id);
    amp_json_key(js, "units");
    amp_json_open(js, '[');
    for (size_t i = 0; incident != NULL && i < incident->slot_n; i++) {
        const struct amp_unit *unit = amp_state_unit_at(&server->state, incident->slot[i].unit);
        if (unit != NULL) {
            amp_view_unit(js, &server->state, unit, &server->track, server->now_us);
        }
    }
    amp_json_close(js, ']');
}

/* What it says is fetched by who wants to show it. */
static void warning_of(struct amp_json *js, uint32_t n, const struct amp_warning *warning)
{
    char id[AMP_WARNING_ID_TEXT];
    amp_warning_id_text(n, id);
    amp_json_key(js, "warning");
    amp_json_open(js, '{');
    amp_json_text_of(js, "id", id);
    amp_json_text_of(js, "state", amp_warning_state_name(warning->state));
    amp_json_close(js, '}');
}

/* Who is asked hears this, and does not see the incident: nothing else of it is told. */
static void aid_of(struct amp_json *js, const struct amp_state *state,
                   const struct amp_event *event)
{
    const struct amp_incident *incident = amp_state_incident(state, event->f.incident);
    const struct amp_agency *lender = amp_state_agency(state, event->f.agency);
    const struct amp_aid_request *request =
        incident != NULL && lender != NULL
            ? amp_incident_aid(incident, lender->id, &event->f.capabilities)
            : NULL;
    if (request != NULL) {
        amp_json_key(js, "aid");
        amp_view_aid(js, state, incident, request);
    }
}

static void objects_write(struct amp_json *js, struct amp_server *server,
                          const struct amp_event *event)
{
    const struct amp_state *state = &server->state;
    amp_field_set has = event->f.has;
    if (amp_event_is_aid(event->kind)) {
        aid_of(js, state, event);
        return;
    }
    if ((has & AMP_HAS(INCIDENT)) != 0) {
        incident_of(js, state, "incident", event->f.incident);
    }
    if ((has & AMP_HAS(UNIT)) != 0) {
        unit_of(js, server, event);
    }
    if ((has & AMP_HAS(INTO)) != 0 && event->kind == AMP_EV_INCIDENT_MERGED) {
        incident_of(js, state, "into", event->f.into);
        units_of(js, server, event->f.into);
    }
    const struct amp_call *call = amp_state_call(state, event->f.call);
    if ((has & AMP_HAS(CALL)) != 0 && call != NULL) {
        amp_json_key(js, "call");
        amp_view_call(js, call);
    }
    const struct amp_closure *closure = amp_state_closure(state, event->f.closure);
    if ((has & AMP_HAS(CLOSURE)) != 0 && closure != NULL) {
        amp_json_key(js, "closure");
        amp_view_closure(js, closure);
    }
    const struct amp_hospital *hospital = amp_state_hospital(state, event->f.facility);
    if ((has & AMP_HAS(FACILITY)) != 0 && hospital != NULL) {
        amp_json_key(js, "hospital");
        amp_view_hospital(js, hospital);
    }
    const struct amp_warning *warning = amp_state_warning(state, event->f.warning);
    if ((has & AMP_HAS(WARNING)) != 0 && warning != NULL) {
        warning_of(js, (uint32_t)event->f.warning, warning);
    }
    const struct amp_station *station = amp_state_station(state, event->f.station);
    if (event->kind == AMP_EV_STATION_ADDED && station != NULL) {
        amp_json_key(js, "station");
        amp_view_station(js, station);
    }
}

/* In place of a change too long to be told: the listener fetches the state instead. */
static struct amp_message *resync_message(uint64_t seq, const struct amp_audience *audience)
{
    struct amp_buf data = amp_buf_make(MESSAGE_MAX);
    struct amp_message *message = NULL;
    amp_buf_printf(&data, "{\"seq\":%llu}", (unsigned long long)seq);
    if (amp_buf_err(&data) == AMP_OK) {
        message = amp_message_make("resync", seq, amp_buf_view(&data), audience);
    }
    amp_buf_free(&data);
    return message;
}

struct amp_message *amp_events_message(struct amp_server *server, const struct amp_event *event)
{
    struct amp_buf data = amp_buf_make(CHANGE_MAX);
    struct amp_json js = amp_json_make(&data);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)event->seq);
    amp_json_text_of(&js, "kind", amp_event_rows[event->kind].name);
    amp_json_time_of(&js, "time", event->time_us);
    amp_json_str_of(&js, "actor", event->actor);
    objects_write(&js, server, event);
    amp_json_close(&js, '}');
    struct amp_message *message = NULL;
    uint32_t units[AMP_SIGHT_UNITS];
    const struct amp_audience audience = amp_sight_audience(&server->state, event, units);
    if (amp_buf_err(&data) == AMP_OK) {
        message = amp_message_make("change", event->seq, amp_buf_view(&data), &audience);
    } else if (amp_buf_err(&data) == AMP_E_LIMIT) {
        message = resync_message(event->seq, &audience);
    }
    amp_buf_free(&data);
    return message;
}

amp_err amp_events_moved(struct amp_server *server, struct amp_unit_id unit)
{
    size_t at = unit.n - 1;
    if (at >= server->moved_cap) {
        size_t cap = (at / MOVED_STEP + 1) * MOVED_STEP;
        bool *moved = realloc(server->moved, cap * sizeof *moved);
        if (moved == NULL) {
            return AMP_E_NOMEM;
        }
        memset(moved + server->moved_cap, 0, (cap - server->moved_cap) * sizeof *moved);
        server->moved = moved;
        server->moved_cap = cap;
    }
    server->moved[at] = true;
    server->any_moved = true;
    return AMP_OK;
}

static void or_null(struct amp_json *js, int32_t value)
{
    if (value < 0) {
        amp_json_put_null(js);
    } else {
        amp_json_put_i64(js, value);
    }
}

/* [call sign, lat, lon, heading, speed] */
static void position_write(struct amp_json *js, struct amp_server *server, struct amp_unit_id id)
{
    enum {
        DECIMALS = 7
    };
    const struct amp_unit *unit = amp_state_unit_at(&server->state, id);
    const struct amp_position *position = amp_track_current(&server->track, id, server->now_us);
    if (unit == NULL || position == NULL) {
        return;
    }
    amp_json_open(js, '[');
    amp_json_put_text(js, unit->call_sign);
    amp_json_put_double(js, amp_lat_deg(position->pos), DECIMALS);
    amp_json_put_double(js, amp_lon_deg(position->pos), DECIMALS);
    or_null(js, position->heading_deg);
    or_null(js, position->speed_kmh);
    amp_json_close(js, ']');
}

/* The units that moved and that one agency may see (0: the whole service). */
static void positions_tell(struct amp_server *server, uint32_t agency)
{
    const struct amp_state *state = &server->state;
    uint64_t bit = UINT64_C(1) << agency; /* of nobody's: AMP_PUSH_SERVICE */
    struct amp_buf data = amp_buf_make(MESSAGE_MAX);
    struct amp_json js = amp_json_make(&data);
    amp_json_open(&js, '{');
    amp_json_time_of(&js, "time", server->now_us);
    amp_json_key(&js, "units");
    amp_json_open(&js, '[');
    for (size_t i = 0; i < server->moved_cap && i < state->unit_n; i++) {
        bool heard = agency == 0 || (amp_unit_agencies(state, &state->unit[i]) & bit) != 0;
        if (server->moved[i] && heard) {
            position_write(&js, server, (struct amp_unit_id){(uint32_t)i + 1});
        }
    }
    amp_json_close(&js, ']');
    amp_json_close(&js, '}');
    if (amp_buf_err(&data) == AMP_OK) {
        const struct amp_audience audience = {.agencies = bit};
        struct amp_message *message =
            amp_message_make("positions", 0, amp_buf_view(&data), &audience);
        if (message != NULL) {
            amp_push_positions(server->push, message);
        }
    }
    amp_buf_free(&data);
}

void amp_events_positions(struct amp_server *server)
{
    if (!server->any_moved) {
        return;
    }
    for (uint32_t agency = 0; agency <= server->state.agency_n; agency++) {
        positions_tell(server, agency);
    }
    memset(server->moved, 0, server->moved_cap * sizeof *server->moved);
    server->any_moved = false;
}

void amp_events_heartbeat(struct amp_server *server)
{
    struct amp_buf data = amp_buf_make(MESSAGE_MAX);
    struct amp_json js = amp_json_make(&data);
    amp_json_open(&js, '{');
    amp_json_i64_of(&js, "seq", (int64_t)amp_push_counts(server->push).seq);
    amp_json_time_of(&js, "time", server->now_us);
    if (server->config.map != NULL) { /* another one: its tiles are to be fetched anew */
        char version[AMP_MAP_VERSION_TEXT];
        amp_map_version(server->config.map, version);
        amp_json_text_of(&js, "map", version);
    }
    amp_json_close(&js, '}');
    if (amp_buf_err(&data) == AMP_OK) {
        struct amp_message *message =
            amp_message_make("heartbeat", 0, amp_buf_view(&data), &amp_audience_all);
        if (message != NULL) {
            amp_push_heartbeat(server->push, message);
        }
    }
    amp_buf_free(&data);
}
