/*
 * The gateway's own MQTT door: phones and trackers publish to it, without a broker between.
 *
 * Who it is says the name that the connection was opened with, never the topic and never the
 * message. A message of quality 1 or 2 is acknowledged when the server has accepted its positions:
 * what is not acknowledged the device keeps and sends again, and the server's filter drops what it
 * has had. What can hold no position is acknowledged at once, so that it does not come for ever.
 */
#include "base/crypto.h"
#include "base/timefmt.h"
#include "cli/gate.h"
#include "fleet/mqtt_door.h"
#include "server/log.h"
#include "server/random.h"
#include <stdio.h>
#include <string.h>

enum {
    NAME_CHANCE = 8,     /* bytes of the name of a client that brings none */
    PATIENCE_TENTHS = 15 /* of its keep-alive; 3.1.2.10 */
};

/* ---- sessions: a name, and that it was here before ---- */

static uint64_t session_of(struct amp_str user, struct amp_str client)
{
    char text[AMP_GATE_NAME + 1 + AMP_GATE_NAME];
    uint8_t digest[AMP_SHA256];
    uint64_t id = 0;
    struct amp_buf out = amp_buf_over(text, sizeof text);
    amp_buf_str(&out, user);
    amp_buf_char(&out, '\0');
    amp_buf_str(&out, client);
    amp_sha256(out.data, out.len, digest);
    for (size_t i = 0; i < sizeof id; i++) {
        id = id << 8 | digest[i];
    }
    return id;
}

/* Nothing of a session is kept here but that there is one: without it, a client may throw away
 * what was not acknowledged. The oldest is forgotten when there are too many. */
static bool session_keep(struct amp_gate_sessions *sessions, uint64_t id, bool clean)
{
    for (size_t i = 0; i < sessions->n; i++) {
        if (sessions->id[i] == id) {
            if (clean) {
                sessions->id[i] = sessions->id[--sessions->n];
            }
            return !clean;
        }
    }
    if (!clean) {
        size_t at =
            sessions->n < AMP_GATE_DEVICES ? sessions->n++ : sessions->oldest++ % AMP_GATE_DEVICES;
        sessions->id[at] = id;
    }
    return false;
}

/* 3.1.4: who comes again under its name ends its connection of before. */
static void take_over(struct amp_gate *gate, const struct amp_gate_peer *peer)
{
    for (size_t i = 0; i < gate->peer_n; i++) {
        struct amp_gate_peer *other = gate->peer[i];
        if (other != peer && other->kind == AMP_GATE_MQTT_DOOR && other->version != 0 &&
            other->session == peer->session) {
            other->closing = true;
        }
    }
}

/* ---- the beginning ---- */

static void refuse(struct amp_gate *gate, struct amp_gate_peer *peer, uint8_t version,
                   enum amp_mqtt_refusal refusal)
{
    gate->tally.strangers++;
    amp_mqtt_welcome(&peer->out, version, refusal, false, (struct amp_str){0});
    amp_gate_write(peer);
    peer->closing = true;
}

static void connect_take(struct amp_gate *gate, struct amp_gate_peer *peer,
                         const struct amp_mqtt_ask *ask)
{
    char made[2 * NAME_CHANCE + 1] = "";
    if (!amp_gate_user_known(&gate->users, ask->user, ask->password) ||
        ask->client.len >= AMP_GATE_NAME ||
        amp_str_copy(peer->device, sizeof peer->device, ask->user) != AMP_OK) {
        refuse(gate, peer, ask->version, AMP_MQTT_BAD_LOGIN);
        return;
    }
    struct amp_str client = ask->client;
    if (client.len == 0) {
        uint8_t chance[NAME_CHANCE];
        struct amp_buf name = amp_buf_over(made, sizeof made);
        amp_random(chance, sizeof chance);
        amp_hex_put(&name, chance, sizeof chance);
        client = amp_buf_view(&name);
    }
    peer->version = ask->version;
    peer->session = session_of(ask->user, client);
    peer->silent_us = ask->keepalive_s * AMP_US_PER_S * PATIENCE_TENTHS / 10;
    peer->share = amp_gate_devices_of(&gate->devices, ask->user);
    take_over(gate, peer);
    bool kept = session_keep(&gate->sessions, peer->session, ask->clean);
    amp_mqtt_welcome(&peer->out, peer->version, AMP_MQTT_WELCOME, kept,
                     ask->client.len == 0 ? client : (struct amp_str){0});
}

/* ---- messages ---- */

/* One name may speak for several devices: those that the file has as NAME/LAST PART. */
static struct amp_str device_of(const struct amp_gate *gate, const struct amp_gate_peer *peer,
                                struct amp_str topic, char room[2 * AMP_GATE_NAME])
{
    struct amp_str user = amp_str_of(peer->device);
    const struct amp_str last = amp_mqtt_last(topic);
    int n = snprintf(room, 2 * AMP_GATE_NAME, "%s/%.*s", peer->device, (int)last.len, last.ptr);
    struct amp_str both = {.ptr = room, .len = n > 0 ? (size_t)n : 0};
    bool fits = n > 0 && n < 2 * AMP_GATE_NAME;
    return fits && amp_gate_device(&gate->devices, both) != NULL ? both : user;
}

/* False: there is no room in the batch, and nothing was done. */
static bool message_take(struct amp_gate *gate, struct amp_gate_peer *peer,
                         const struct amp_mqtt_message *message)
{
    char room[2 * AMP_GATE_NAME];
    bool wanted =
        message->payload.len > 0 && amp_mqtt_matches(amp_str_of(gate->mqtt.topic), message->topic);
    if (wanted && !amp_gate_room(gate, amp_gate_most(message->payload)) && gate->line_n > 0) {
        return false;
    }
    size_t put = 0;
    if (wanted && amp_gate_may(gate, peer)) {
        put = amp_gate_message(gate, gate->mqtt.format, message->payload,
                               device_of(gate, peer, message->topic, room));
    }
    if (put > 0 && message->quality > 0) {
        amp_mqtt_accept(&peer->later, message);
        gate->later = true;
    } else {
        amp_mqtt_accept(&peer->out, message);
    }
    return true;
}

static bool ask_take(struct amp_gate *gate, struct amp_gate_peer *peer,
                     const struct amp_mqtt_ask *ask)
{
    switch (ask->kind) {
    case AMP_MQTT_ASK_CONNECT:
        connect_take(gate, peer, ask);
        return true;
    case AMP_MQTT_ASK_MESSAGE:
        return message_take(gate, peer, &ask->message);
    case AMP_MQTT_ASK_GOODBYE:
        peer->closing = true;
        return true;
    case AMP_MQTT_ASK_RELEASE:
    case AMP_MQTT_ASK_SUBSCRIBE:
    case AMP_MQTT_ASK_UNSUBSCRIBE:
    case AMP_MQTT_ASK_PING:
    case AMP_MQTT_ASK_OTHER:
    default:
        amp_mqtt_answer(&peer->out, peer->version, ask);
        return true;
    }
}

void amp_gate_mqtt_door_read(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    size_t at = 0;
    while (!peer->closing && at < peer->in.len) {
        struct amp_mqtt_ask ask;
        struct amp_str rest = {.ptr = peer->in.data + at, .len = peer->in.len - at};
        size_t taken = 0;
        amp_err err = amp_mqtt_ask_take(rest, peer->version, &ask, &taken);
        if (err == AMP_E_UNSUPPORTED) {
            refuse(gate, peer, ask.version, AMP_MQTT_BAD_VERSION);
        } else if (err != AMP_OK) {
            gate->tally.noise++;
            peer->closing = true;
        }
        if (taken == 0 || !ask_take(gate, peer, &ask)) {
            break;
        }
        at += taken;
    }
    amp_gate_consume(&peer->in, at);
}
