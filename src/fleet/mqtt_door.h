/*
 * MQTT, the server's side of it, for devices that only publish: what they send, and our answers.
 *
 * Versions 5.0, 3.1.1 and 3.1. A subscription is granted, and nothing is ever sent for it. Every
 * quality of service is taken; what is sent twice is the caller's to drop. Source: MQTT 5.0 and
 * 3.1.1 (OASIS), sections 3 and 4.3; MQTT V3.1 (IBM, Eurotech), 3.1.
 */
#ifndef AMP_FLEET_MQTT_DOOR_H
#define AMP_FLEET_MQTT_DOOR_H

#include "fleet/mqtt.h"

enum {
    AMP_MQTT_3_1 = 3,
    AMP_MQTT_ASK = 64 << 10, /* bytes of one packet of a device */
    AMP_MQTT_FILTERS = 64    /* of one SUBSCRIBE */
};

enum amp_mqtt_ask_kind {
    AMP_MQTT_ASK_OTHER, /* sound, and of no interest */
    AMP_MQTT_ASK_CONNECT,
    AMP_MQTT_ASK_MESSAGE,
    AMP_MQTT_ASK_RELEASE, /* the second half of quality 2 */
    AMP_MQTT_ASK_SUBSCRIBE,
    AMP_MQTT_ASK_UNSUBSCRIBE,
    AMP_MQTT_ASK_PING,
    AMP_MQTT_ASK_GOODBYE
};

struct amp_mqtt_ask {
    enum amp_mqtt_ask_kind kind;
    uint8_t version;                       /* of CONNECT; others have what was agreed */
    bool clean;                            /* wants no session of before */
    uint16_t keepalive_s;                  /* 0: it may be silent */
    struct amp_str client, user, password; /* of CONNECT; views of the bytes; may be empty */
    struct amp_mqtt_message message;
    uint16_t id;    /* of RELEASE, SUBSCRIBE, UNSUBSCRIBE */
    size_t filters; /* how many, of these two */
};

/* Why a connection is refused. */
enum amp_mqtt_refusal {
    AMP_MQTT_WELCOME,
    AMP_MQTT_BAD_VERSION,
    AMP_MQTT_BAD_LOGIN
};

/* The first packet: *taken_out bytes, 0 when more are needed. `version` is 0 until CONNECT was
 * read; then only CONNECT is sound. AMP_E_SYNTAX or AMP_E_LIMIT: not MQTT, or too long.
 * AMP_E_UNSUPPORTED: CONNECT of a version that is not spoken; out->version says which. */
AMP_MUST amp_err amp_mqtt_ask_take(struct amp_str bytes, uint8_t version, struct amp_mqtt_ask *out,
                                   size_t *taken_out);

/* `kept`: there is a session of before. `name`: given to a client that brings none, else empty. */
void amp_mqtt_welcome(struct amp_buf *out, uint8_t version, enum amp_mqtt_refusal refusal,
                      bool kept, struct amp_str name);
/* A message was accepted, where it matters: PUBACK or, at quality 2, PUBREC. */
void amp_mqtt_accept(struct amp_buf *out, const struct amp_mqtt_message *message);
void amp_mqtt_answer(struct amp_buf *out, uint8_t version, const struct amp_mqtt_ask *ask);

/* Does a topic match a filter with + and #? Section 4.7. */
bool amp_mqtt_matches(struct amp_str filter, struct amp_str topic);

#endif
