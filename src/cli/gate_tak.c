/*
 * Our crews and open incidents on the maps of TAK clients, as Cursor on Target events.
 *
 * What is told: a crew's call sign, kind, status and current position; an incident's number, type,
 * priority and place on the map. No name, no number, no word of a caller, no address.
 */
#include "base/timefmt.h"
#include "cli/gate.h"
#include "fleet/cot.h"
#include "server/log.h"
#include <stdlib.h>
#include <string.h>

/* Each event of a stream has one in front, and nothing but the next one behind it. */
#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

enum {
    SHOWN_MAX = 10000,
    TEXT_MAX = 16 << 20,
    STALE_EVERY = 4 /* an incident is stale when so many tellings were missed */
};

static struct amp_str text_of(const json_t *item, const char *name)
{
    struct amp_str text = {0};
    (void)!amp_json_str(item, name, &text, NULL);
    return text;
}

static int32_t small_of(const json_t *item, const char *name)
{
    const json_t *value = json_object_get(item, name);
    return json_is_integer(value) ? (int32_t)json_integer_value(value) : -1;
}

static void event_put(struct amp_gate *gate, struct amp_cot_event *event, const char *uid,
                      struct amp_str name)
{
    char room[AMP_GATE_NAME];
    struct amp_buf text = amp_buf_over(room, sizeof room);
    amp_buf_printf(&text, "amparo.%s.%.*s", uid, (int)name.len, name.ptr);
    event->uid = amp_buf_view(&text);
    amp_buf_text(&gate->tak.text, DECLARATION);
    amp_cot_write(&gate->tak.text, event);
}

/* ---- crews ---- */

static void crew_put(struct amp_gate *gate, const json_t *unit)
{
    struct amp_cot_event event = {.accuracy_m = -1, .time_us = gate->now_us};
    struct amp_str id = text_of(unit, "id");
    char room[AMP_GATE_NAME];
    struct amp_buf remarks = amp_buf_over(room, sizeof room);
    int64_t fix_us = 0;
    bool found = false;
    if (amp_json_pos(unit, &event.pos, &found, NULL) != AMP_OK || !found || id.len == 0 ||
        amp_time_parse(text_of(unit, "position_time"), &fix_us) != AMP_OK) {
        return; /* stale: its last event grows old on their maps, as it should */
    }
    event.type = amp_cot_type(text_of(unit, "kind"));
    event.callsign = id;
    event.heading_deg = small_of(unit, "heading_deg");
    event.speed_kmh = small_of(unit, "speed_kmh");
    event.time_us = fix_us;
    event.stale_us = fix_us + AMP_POSITION_LIMIT_S * AMP_US_PER_S;
    amp_buf_str(&remarks, text_of(unit, "kind"));
    amp_buf_char(&remarks, ' ');
    amp_buf_str(&remarks, text_of(unit, "status"));
    event.remarks = amp_buf_view(&remarks);
    event_put(gate, &event, "unit", id);
}

static void crews_put(struct amp_gate *gate, const json_t *root)
{
    const json_t *list = json_object_get(root, "units");
    for (size_t i = 0; i < json_array_size(list); i++) {
        crew_put(gate, json_array_get(list, i));
    }
}

/* ---- incidents ---- */

static void incident_put(struct amp_gate *gate, const json_t *incident, uint32_t *open,
                         size_t *open_n)
{
    struct amp_cot_event event = {.type = AMP_COT_SPOT,
                                  .heading_deg = -1,
                                  .speed_kmh = -1,
                                  .accuracy_m = small_of(incident, "radius_m"),
                                  .time_us = gate->now_us};
    struct amp_str id = text_of(incident, "id");
    char room[AMP_GATE_NAME];
    struct amp_buf name = amp_buf_over(room, sizeof room);
    struct amp_incident_id number = {0};
    bool found = false;
    if (amp_json_pos(incident, &event.pos, &found, NULL) != AMP_OK || !found ||
        amp_incident_id_parse(id, &number) != AMP_OK || *open_n == SHOWN_MAX ||
        amp_str_is(text_of(incident, "state"), "closed")) {
        return;
    }
    amp_buf_str(&name, id);
    amp_buf_char(&name, ' ');
    amp_buf_str(&name, text_of(incident, "type"));
    event.callsign = amp_buf_view(&name);
    event.stale_us =
        gate->now_us + STALE_EVERY * (gate->tak.every_s + AMP_GATE_RETRY_S) * AMP_US_PER_S;
    event_put(gate, &event, "incident", id);
    open[(*open_n)++] = number.n;
}

static bool is_among(uint32_t number, const uint32_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == number) {
            return true;
        }
    }
    return false;
}

/* Those that are over are taken off their maps, at once. */
static void incidents_put(struct amp_gate *gate, const json_t *root)
{
    struct amp_gate_tak *tak = &gate->tak;
    const json_t *list = json_object_get(root, "incidents");
    uint32_t *open = calloc(SHOWN_MAX, sizeof *open);
    size_t open_n = 0;
    if (open == NULL) {
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        incident_put(gate, json_array_get(list, i), open, &open_n);
    }
    for (size_t i = 0; i < tak->shown_n; i++) {
        if (!is_among(tak->shown[i], open, open_n)) {
            char id[AMP_ID_TEXT];
            struct amp_cot_event gone = {.type = AMP_COT_DELETE,
                                         .heading_deg = -1,
                                         .speed_kmh = -1,
                                         .accuracy_m = -1,
                                         .time_us = gate->now_us,
                                         .stale_us = gate->now_us + AMP_US_PER_S};
            amp_incident_id_text((struct amp_incident_id){tak->shown[i]}, id);
            event_put(gate, &gone, "incident", amp_str_of(id));
        }
    }
    free(tak->shown);
    tak->shown = open;
    tak->shown_n = open_n;
}

/* ---- telling ---- */

static void state_put(struct amp_gate *gate)
{
    static const struct {
        const char *path;
        void (*put)(struct amp_gate *gate, const json_t *root);
    } part[] = {{"/v1/units", crews_put}, {"/v1/incidents", incidents_put}};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        struct amp_why why = {""};
        json_t *root = NULL;
        if (amp_gate_get(&gate->server, part[i].path, &root, &why) != AMP_OK) {
            amp_log(false, AMP_LOG_WARN, "tak", "%s", why.text);
            continue;
        }
        part[i].put(gate, root);
        json_decref(root);
    }
}

static void dial(struct amp_gate *gate)
{
    struct amp_gate_tak *tak = &gate->tak;
    struct amp_why why = {""};
    CURL *curl = NULL;
    int fd = -1;
    tak->to.next_us = gate->now_us + AMP_GATE_RETRY_S * AMP_US_PER_S;
    if (amp_gate_dial(&tak->to, &curl, &fd, &why) != AMP_OK) {
        amp_log(false, AMP_LOG_WARN, "tak", "%s; trying again", why.text);
        return;
    }
    tak->peer = amp_gate_peer_add(gate, AMP_GATE_COT, fd);
    if (tak->peer == NULL) {
        curl_easy_cleanup(curl);
        return;
    }
    tak->peer->curl = curl;
    tak->peer->serial = true;
    tak->next_us = 0;
}

void amp_gate_tak_tick(struct amp_gate *gate)
{
    struct amp_gate_tak *tak = &gate->tak;
    size_t listeners = 0;
    if (tak->to.url != NULL && tak->peer == NULL && gate->now_us >= tak->to.next_us) {
        dial(gate);
    }
    for (size_t i = 0; i < gate->peer_n; i++) {
        listeners += gate->peer[i]->kind == AMP_GATE_COT && !gate->peer[i]->datagrams;
    }
    if (!tak->on || listeners == 0 || gate->now_us < tak->next_us) {
        return;
    }
    tak->next_us = gate->now_us + tak->every_s * AMP_US_PER_S;
    amp_buf_clear(&tak->text);
    state_put(gate);
    for (size_t i = 0; i < gate->peer_n; i++) {
        if (gate->peer[i]->kind == AMP_GATE_COT && !gate->peer[i]->datagrams) {
            amp_buf_join(&gate->peer[i]->out, &tak->text);
        }
    }
}
