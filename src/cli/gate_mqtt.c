/*
 * The gateway as a subscriber at an MQTT broker.
 *
 * A message of quality 1 is acknowledged when the server has accepted its positions. What is not
 * acknowledged when the connection or this process is lost, the broker sends again: the session is
 * kept under our name, and the server's filter drops what it has had before.
 */
#include "base/timefmt.h"
#include "cli/gate.h"
#include "server/log.h"
#include <string.h>

enum {
    KEEPALIVE_S = 30,
    SESSION_S = 24 * 3600,
    REFUSED_5 = 0x80, /* the smallest code of a refusal */
    VERSION_REFUSED_5 = 0x84,
    VERSION_REFUSED_3 = 1,
    SUBSCRIPTION = 1 /* id of the packet */
};

static void give_up(struct amp_gate *gate, struct amp_gate_peer *peer, const char *words)
{
    peer->closing = true;
    amp_log(false, AMP_LOG_WARN, "mqtt", "%s; trying again", words);
    gate->mqtt.to.next_us = gate->now_us + AMP_GATE_RETRY_S * AMP_US_PER_S;
}

static void connected(struct amp_gate *gate, struct amp_gate_peer *peer, uint8_t code)
{
    struct amp_gate_mqtt *mqtt = &gate->mqtt;
    if (mqtt->version == AMP_MQTT_5 && (code == VERSION_REFUSED_5 || code == VERSION_REFUSED_3)) {
        mqtt->version = AMP_MQTT_3_1_1;
        peer->closing = true;
        mqtt->to.next_us = gate->now_us;
    } else if (code != 0) {
        give_up(gate, peer,
                code == 4 || code == 5 || code == 0x86 || code == 0x87
                    ? "the broker refuses our name or password"
                    : "the broker refuses us");
    } else {
        amp_mqtt_subscribe(&peer->out, mqtt->version, SUBSCRIPTION, amp_str_of(mqtt->topic), 1);
    }
}

/* The last two parts of a topic name the device ("USER/PHONE"), or the last one does. */
static struct amp_str device_of(const struct amp_gate *gate, struct amp_str topic)
{
    const struct amp_str last = amp_mqtt_last(topic);
    const struct amp_str before = {.ptr = topic.ptr,
                                   .len = topic.len > last.len ? topic.len - last.len - 1 : 0};
    const size_t both_n = amp_mqtt_last(before).len + (topic.len - before.len);
    const struct amp_str both = {.ptr = topic.ptr + (topic.len - both_n), .len = both_n};
    return amp_gate_device(&gate->devices, both) != NULL ? both : last;
}

static bool message_take(struct amp_gate *gate, struct amp_gate_peer *peer,
                         const struct amp_mqtt_message *message)
{
    if (!amp_gate_room(gate, amp_gate_most(message->payload)) && gate->line_n > 0) {
        return false;
    }
    if (message->payload.len > 0) {
        (void)amp_gate_message(gate, gate->mqtt.format, message->payload,
                               device_of(gate, message->topic));
    }
    if (message->quality == 1) {
        amp_mqtt_acknowledge(&peer->later, message->id);
        gate->later = true;
    }
    return true;
}

static bool packet_take(struct amp_gate *gate, struct amp_gate_peer *peer,
                        const struct amp_mqtt_packet *packet)
{
    switch (packet->kind) {
    case AMP_MQTT_CONNECTED:
        connected(gate, peer, packet->code);
        return true;
    case AMP_MQTT_SUBSCRIBED:
        if (packet->code >= REFUSED_5) {
            give_up(gate, peer, "the broker refuses the subscription");
            return true;
        }
        gate->mqtt.subscribed = true;
        amp_log(gate->quiet, AMP_LOG_INFO, "mqtt", "subscribed with quality %u, MQTT %s",
                (unsigned)packet->code, gate->mqtt.version == AMP_MQTT_5 ? "5.0" : "3.1.1");
        return true;
    case AMP_MQTT_MESSAGE:
        return message_take(gate, peer, &packet->message);
    case AMP_MQTT_CLOSED:
        give_up(gate, peer, "the broker closes the connection");
        return true;
    case AMP_MQTT_PONG:
    case AMP_MQTT_OTHER:
    default:
        return true;
    }
}

void amp_gate_mqtt_read(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    size_t at = 0;
    while (!peer->closing) {
        struct amp_mqtt_packet packet;
        struct amp_str rest = {.ptr = peer->in.data + at, .len = peer->in.len - at};
        size_t taken = 0;
        if (amp_mqtt_take(rest, gate->mqtt.version, &packet, &taken) != AMP_OK) {
            give_up(gate, peer, "the broker does not speak MQTT");
            break;
        }
        if (taken == 0 || !packet_take(gate, peer, &packet)) {
            break;
        }
        at += taken;
    }
    amp_gate_consume(&peer->in, at);
}

static void dial(struct amp_gate *gate)
{
    struct amp_gate_mqtt *mqtt = &gate->mqtt;
    struct amp_why why = {""};
    CURL *curl = NULL;
    int fd = -1;
    mqtt->to.next_us = gate->now_us + AMP_GATE_RETRY_S * AMP_US_PER_S;
    if (amp_gate_dial(&mqtt->to, &curl, &fd, &why) != AMP_OK) {
        amp_log(false, AMP_LOG_WARN, "mqtt", "%s; trying again", why.text);
        return;
    }
    struct amp_gate_peer *peer = amp_gate_peer_add(gate, AMP_GATE_MQTT, fd);
    if (peer == NULL) {
        curl_easy_cleanup(curl);
        return;
    }
    const struct amp_mqtt_login login = {.version = mqtt->version,
                                         .client = amp_str_of(mqtt->client),
                                         .user = amp_str_of(mqtt->user),
                                         .password = amp_str_of(mqtt->password),
                                         .keepalive_s = KEEPALIVE_S,
                                         .session_s = SESSION_S};
    peer->curl = curl;
    mqtt->peer = peer;
    mqtt->subscribed = false;
    mqtt->spoke_us = gate->now_us;
    amp_mqtt_connect(&peer->out, &login);
}

void amp_gate_mqtt_tick(struct amp_gate *gate)
{
    struct amp_gate_mqtt *mqtt = &gate->mqtt;
    if (mqtt->to.url == NULL) {
        return;
    }
    if (mqtt->peer == NULL) {
        if (gate->now_us >= mqtt->to.next_us && !gate->stopping) {
            dial(gate);
        }
        return;
    }
    if (gate->now_us - mqtt->peer->heard_us > 2 * KEEPALIVE_S * AMP_US_PER_S) {
        give_up(gate, mqtt->peer, "the broker is silent");
    } else if (gate->now_us - mqtt->spoke_us > KEEPALIVE_S * AMP_US_PER_S / 2) {
        amp_mqtt_ping(&mqtt->peer->out);
        mqtt->spoke_us = gate->now_us;
    }
}
