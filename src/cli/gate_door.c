/* What trackers speak: bytes of a connection become lines of the batch. */
#include "base/timefmt.h"
#include "cli/gate.h"
#include "fleet/frame.h"
#include "fleet/gt06.h"
#include "model/field.h"
#include "server/log.h"
#include <stdio.h>
#include <string.h>

enum {
    LINE_ROOM = 160, /* bytes of one line of the batch, at the most */
    LINES_AT_ONCE = 200
};

bool amp_gate_room(const struct amp_gate *gate, size_t n)
{
    return gate->line_n + n <= AMP_FLEET_BATCH &&
           gate->lines.len + n * LINE_ROOM <= AMP_FLEET_BYTES;
}

static void degrees_put(struct amp_buf *out, int32_t e7)
{
    int64_t value = e7 < 0 ? -(int64_t)e7 : e7;
    char digit[8];
    for (int i = 6; i >= 0; i--) {
        digit[i] = (char)('0' + value % 10);
        value /= 10;
    }
    amp_buf_text(out, e7 < 0 ? ",-" : ",");
    amp_buf_i64(out, value);
    amp_buf_char(out, '.');
    amp_buf_put(out, digit, 7);
}

static void extra_put(struct amp_buf *out, int32_t value)
{
    amp_buf_char(out, ',');
    if (value >= 0) {
        amp_buf_i64(out, value);
    }
}

static void position_put(struct amp_buf *out, const struct amp_position *position, int64_t ahead_us)
{
    int64_t fix_us = position->fix_us - ahead_us;
    degrees_put(out, position->pos.lat_e7);
    degrees_put(out, position->pos.lon_e7);
    amp_buf_char(out, ',');
    amp_buf_i64(out, fix_us > 0 ? fix_us / 1000 : 0);
    extra_put(out, position->heading_deg);
    extra_put(out, position->speed_kmh);
    extra_put(out, position->accuracy_m);
}

bool amp_gate_put(struct amp_gate *gate, struct amp_str device, const struct amp_position *position,
                  enum amp_fleet_alarm alarm)
{
    const struct amp_gate_device *known = amp_gate_device(&gate->devices, device);
    struct amp_str unit = known != NULL ? known->unit : device;
    struct amp_buf *out = &gate->lines;
    if (!amp_gate_room(gate, 1)) {
        return false;
    }
    if (!amp_word_valid(unit)) {
        gate->tally.noise++; /* a name with a comma in it would be another line */
        return true;
    }
    amp_buf_str(out, unit);
    if (position != NULL) {
        position_put(out, position, known != NULL ? known->ahead_us : 0);
    } else {
        amp_buf_text(out, ",,,,,,"); /* all that is not known */
    }
    if (alarm != AMP_FLEET_ALARM_NONE) {
        amp_buf_char(out, ',');
        amp_buf_text(out, amp_fleet_alarm_name(alarm));
        amp_log(false, AMP_LOG_WARN, "alarm", "%.*s calls for help: %s", (int)unit.len, unit.ptr,
                amp_fleet_alarm_name(alarm));
    }
    amp_buf_char(out, '\n');
    gate->line_n++;
    return true;
}

/* Is it handed over? Not when it cannot be read, or is nobody's: its own name is no call sign, and
 * neither its topic nor the file of devices says whose it is. */
static bool is_told(const struct amp_gate *gate, const struct amp_fleet_report *report,
                    struct amp_str device)
{
    bool known = device.len > 0 || amp_gate_device(&gate->devices, report->unit) != NULL;
    return report->err == AMP_OK || report->reason != AMP_FLEET_TAKEN || (report->unnamed && known);
}

/* A report that is refused for its place or time goes on: the server counts it for its crew. */
size_t amp_gate_message(struct amp_gate *gate, const struct amp_fleet *format, struct amp_str bytes,
                        struct amp_str device)
{
    struct amp_fleet_report *report = NULL;
    struct amp_why why = {""};
    size_t n = 0;
    size_t put = 0;
    amp_arena_reset(&gate->arena);
    if (amp_fleet_parse(format, bytes, gate->now_us, &gate->arena, &report, &n, &why) != AMP_OK) {
        gate->tally.noise++;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct amp_str name = device.len > 0 ? device : report[i].unit;
        bool nowhere = report[i].alarm != AMP_FLEET_ALARM_NONE && report[i].err != AMP_OK &&
                       !report[i].unnamed;
        if (report[i].reason == AMP_FLEET_NO_FIX) {
            report[i].position.pos = (struct amp_pos){0};
        }
        if ((nowhere || is_told(gate, &report[i], device)) &&
            amp_gate_put(gate, name, nowhere ? NULL : &report[i].position, report[i].alarm)) {
            put++;
        } else {
            gate->tally.noise++;
        }
    }
    return put;
}

size_t amp_gate_most(struct amp_str message)
{
    size_t n = 1;
    for (size_t i = 0; i < message.len && message.ptr[0] != '{'; i++) {
        n += message.ptr[i] == '{' || message.ptr[i] == '\n';
    }
    return n;
}

/* ---- GT06 ---- */

/* The device came back over a new connection: the old one is dead, whatever the network says. */
static void login_take(struct amp_gate *gate, struct amp_gate_peer *peer, const char *imei)
{
    for (size_t i = 0; i < gate->peer_n; i++) {
        struct amp_gate_peer *other = gate->peer[i];
        if (other != peer && other->kind == AMP_GATE_GT06 && strcmp(other->device, imei) == 0) {
            other->closing = true;
        }
    }
    (void)snprintf(peer->device, sizeof peer->device, "%s", imei);
}

static enum amp_fleet_alarm alarm_of(uint8_t alarm)
{
    return alarm == AMP_GT06_ALARM_SOS         ? AMP_FLEET_ALARM_SOS
           : alarm == AMP_GT06_ALARM_FALL      ? AMP_FLEET_ALARM_FALL
           : alarm == AMP_GT06_ALARM_COLLISION ? AMP_FLEET_ALARM_COLLISION
                                               : AMP_FLEET_ALARM_NONE;
}

/* A crew's call for help that is to be handed over. A status says for as long as it lasts that the
 * button was pressed: it counts once. */
static enum amp_fleet_alarm alarm_take(struct amp_gate *gate, struct amp_gate_peer *peer,
                                       const struct amp_gt06_packet *packet)
{
    enum amp_fleet_alarm alarm = alarm_of(packet->alarm);
    bool status = packet->kind == AMP_GT06_STATUS;
    bool again = alarm != AMP_FLEET_ALARM_NONE && status && peer->alarmed;
    if (status) {
        peer->alarmed = alarm != AMP_FLEET_ALARM_NONE;
    }
    if (alarm == AMP_FLEET_ALARM_NONE && packet->alarm != AMP_GT06_ALARM_NONE) {
        amp_log(false, AMP_LOG_WARN, "alarm", "a device reports its event %u",
                (unsigned)packet->alarm);
    }
    int64_t gone_us = gate->now_us - peer->alarm_us; /* below 0: the clock was set back */
    bool same = gone_us >= 0 && gone_us < AMP_US_PER_S;
    return again || same ? AMP_FLEET_ALARM_NONE : alarm;
}

static void gt06_packet(struct amp_gate *gate, struct amp_gate_peer *peer,
                        const struct amp_gt06_packet *packet)
{
    bool located = packet->kind == AMP_GT06_POSITION || packet->kind == AMP_GT06_ALARM;
    if (packet->kind == AMP_GT06_NOISE) {
        gate->tally.noise++;
    } else if (packet->kind == AMP_GT06_LOGIN && packet->imei[0] != '\0') {
        login_take(gate, peer, packet->imei);
    } else if (peer->device[0] == '\0') {
        peer->closing = true; /* nobody's words */
        gate->tally.strangers++;
        return;
    }
    bool timed = located && packet->position.fix_us > 0;
    enum amp_fleet_alarm alarm = alarm_take(gate, peer, packet);
    bool help = alarm != AMP_FLEET_ALARM_NONE;
    if (help || (timed && amp_gate_may(gate, peer))) {
        (void)amp_gate_put(gate, amp_str_of(peer->device), timed ? &packet->position : NULL, alarm);
        peer->alarm_us = help ? gate->now_us : peer->alarm_us;
    } else if (packet->kind == AMP_GT06_POSITION && packet->position.fix_us <= 0) {
        gate->tally.noise++; /* of no time */
    }
    /* who calls for help hears that it was heard when the server has it, and not before */
    amp_buf_put(help ? &peer->later : &peer->out, packet->answer, packet->answer_n);
    gate->later = gate->later || help;
}

static void gt06_read(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    size_t at = 0;
    while (!peer->closing && amp_gate_room(gate, 1)) {
        struct amp_gt06_packet packet;
        struct amp_str rest = {.ptr = peer->in.data + at, .len = peer->in.len - at};
        size_t taken = amp_gt06_take(rest, gate->now_us, &packet);
        if (taken == 0) {
            break;
        }
        gt06_packet(gate, peer, &packet);
        at += taken;
    }
    amp_gate_consume(&peer->in, at);
}

/* ---- NMEA ---- */

/* Sentences without a tag block are of the device whose connection it is: a tag block says so. */
static void nmea_lines(struct amp_gate *gate, struct amp_gate_peer *peer, struct amp_str lines)
{
    char room[AMP_GATE_READ + AMP_GATE_NAME + 16];
    const struct amp_gate_device *known = amp_gate_device(&gate->devices, amp_str_of(peer->device));
    struct amp_str unit = known != NULL ? known->unit : amp_str_of(peer->device);
    struct amp_buf text = amp_buf_over(room, sizeof room);
    if (amp_word_valid(unit)) {
        unsigned sum = 's' ^ ':';
        for (size_t i = 0; i < unit.len; i++) {
            sum ^= (unsigned char)unit.ptr[i];
        }
        amp_buf_printf(&text, "\\s:%.*s*%02X\\\n", (int)unit.len, unit.ptr, sum);
    }
    amp_buf_str(&text, lines);
    (void)amp_gate_message(gate, amp_fleet_find(AMP_STR("nmea")), amp_buf_view(&text),
                           (struct amp_str){0});
}

/* Behind so many line ends, or all. */
static size_t lines_cut(struct amp_str bytes, size_t most)
{
    size_t at = 0;
    for (size_t n = 0; at < bytes.len && n < most; at++) {
        n += bytes.ptr[at] == '\n';
    }
    return at;
}

static void nmea_read(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    while (amp_gate_room(gate, LINES_AT_ONCE)) {
        size_t skip = 0;
        struct amp_str bytes = amp_buf_view(&peer->in);
        bytes.len = bytes.len < AMP_GATE_READ ? bytes.len : AMP_GATE_READ;
        bytes.len = amp_frame_lines(bytes, &skip);
        bytes.len = skip > 0 ? skip : lines_cut(bytes, LINES_AT_ONCE);
        if (bytes.len == 0) {
            return;
        }
        if (skip > 0) {
            gate->tally.noise++;
        } else {
            nmea_lines(gate, peer, bytes);
        }
        amp_gate_consume(&peer->in, bytes.len);
    }
}

/* ---- Cursor on Target ---- */

/* The first event in either of its forms; 0: more bytes are needed. */
static size_t event_take(struct amp_gate *gate, struct amp_str rest)
{
    bool tak = (uint8_t)rest.ptr[0] == AMP_FRAME_TAK;
    size_t skip = 0;
    size_t n = tak ? amp_frame_tak(rest, &skip) : amp_frame_event(rest, &skip);
    struct amp_str event = {.ptr = rest.ptr + skip, .len = n - skip};
    if (event.len > 0) {
        (void)amp_gate_message(gate, amp_fleet_find(tak ? AMP_STR("tak") : AMP_STR("cot")), event,
                               (struct amp_str){0});
    } else if (n > 0) {
        gate->tally.noise++;
    }
    return n;
}

static void cot_read(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    size_t at = 0;
    size_t n = 1;
    while (n > 0 && at < peer->in.len && amp_gate_room(gate, 1)) {
        struct amp_str rest = {.ptr = peer->in.data + at, .len = peer->in.len - at};
        bool blank = rest.ptr[0] == '\n' || rest.ptr[0] == '\r' || rest.ptr[0] == ' ';
        n = blank ? 1 : event_take(gate, rest);
        at += n;
    }
    if (peer->datagrams &&
        n == 0) { /* what a datagram begins it ends, and another is not its end */
        gate->tally.noise++;
        at = peer->in.len;
    }
    amp_gate_consume(&peer->in, at);
}

void amp_gate_door(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    switch (peer->kind) {
    case AMP_GATE_GT06:
        gt06_read(gate, peer);
        break;
    case AMP_GATE_NMEA:
        nmea_read(gate, peer);
        break;
    case AMP_GATE_COT:
        cot_read(gate, peer);
        break;
    case AMP_GATE_MQTT:
        amp_gate_mqtt_read(gate, peer);
        break;
    case AMP_GATE_MQTT_DOOR:
        amp_gate_mqtt_door_read(gate, peer);
        break;
    case AMP_GATE_KINDS:
    default:
        break;
    }
}
