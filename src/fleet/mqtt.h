/*
 * MQTT, the client's side of it: what a subscriber writes, and what a broker sends it.
 *
 * Versions 5.0 and 3.1.1 in one: 5 first, because there the client says how many messages may be on
 * their way unacknowledged (a broker's own limit is as small as 20), and 3.1.1 for brokers that
 * refuse it. A message of quality 1 is acknowledged by the caller when it has been accepted where
 * it matters; libraries acknowledge it when it has arrived. Source: MQTT 5.0 and 3.1.1 (OASIS).
 */
#ifndef AMP_FLEET_MQTT_H
#define AMP_FLEET_MQTT_H

#include "base/buf.h"

enum {
    AMP_MQTT_5 = 5,
    AMP_MQTT_3_1_1 = 4,
    AMP_MQTT_PACKET = 1 << 20, /* bytes of one; a longer one ends the connection */
    AMP_MQTT_TOPIC = 1024,
    AMP_MQTT_IN_FLIGHT = 65535
};

enum amp_mqtt_kind {
    AMP_MQTT_OTHER, /* sound, and of no interest */
    AMP_MQTT_CONNECTED,
    AMP_MQTT_SUBSCRIBED,
    AMP_MQTT_MESSAGE,
    AMP_MQTT_PONG,
    AMP_MQTT_CLOSED /* the broker says goodbye */
};

struct amp_mqtt_login {
    uint8_t version;               /* AMP_MQTT_5 or AMP_MQTT_3_1_1 */
    struct amp_str client;         /* keeps its session over a lost connection */
    struct amp_str user, password; /* may be empty */
    uint16_t keepalive_s;
    uint32_t session_s; /* how long the broker keeps for us what comes meanwhile; 5.0 only */
};

struct amp_mqtt_message {
    uint8_t quality;               /* of service: 0, 1, 2 */
    uint16_t id;                   /* of a message of quality 1 or 2 */
    struct amp_str topic, payload; /* views of the bytes */
};

struct amp_mqtt_packet {
    enum amp_mqtt_kind kind;
    uint8_t code; /* CONNECTED, CLOSED: 0x80 and above is a refusal (3.1.1: above 0); SUBSCRIBED:
                     the quality granted, or a refusal */
    struct amp_mqtt_message message;
};

/* What stands behind the last slash of a topic, or all of it. */
struct amp_str amp_mqtt_last(struct amp_str topic);

/* Packets for the broker, at the end of out. */
void amp_mqtt_connect(struct amp_buf *out, const struct amp_mqtt_login *login);
void amp_mqtt_subscribe(struct amp_buf *out, uint8_t version, uint16_t id, struct amp_str filter,
                        uint8_t quality);
void amp_mqtt_acknowledge(struct amp_buf *out, uint16_t id);
void amp_mqtt_ping(struct amp_buf *out);
void amp_mqtt_disconnect(struct amp_buf *out);
/* For publishers, as tests and benches are; no quality, or 1 with an id. */
void amp_mqtt_publish(struct amp_buf *out, uint8_t version, uint16_t id, struct amp_str topic,
                      struct amp_str payload);

/* The first packet: *taken_out bytes, 0 when more are needed. AMP_E_SYNTAX or AMP_E_LIMIT: not
 * MQTT, or too long; the connection is of no use any more. */
AMP_MUST amp_err amp_mqtt_take(struct amp_str bytes, uint8_t version, struct amp_mqtt_packet *out,
                               size_t *taken_out);

#endif
