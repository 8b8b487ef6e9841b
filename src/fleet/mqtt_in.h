/* What both sides of MQTT share: types of packets, their frame, numbers and messages in them. */
#ifndef AMP_FLEET_MQTT_IN_H
#define AMP_FLEET_MQTT_IN_H

#include "base/reader.h"
#include "fleet/mqtt.h"

enum amp_mqtt_type { /* the upper half of the first byte */
    AMP_MQTT_TYPE_CONNECT = 1,
    AMP_MQTT_TYPE_CONNACK = 2,
    AMP_MQTT_TYPE_PUBLISH = 3,
    AMP_MQTT_TYPE_PUBACK = 4,
    AMP_MQTT_TYPE_PUBREC = 5,
    AMP_MQTT_TYPE_PUBREL = 6,
    AMP_MQTT_TYPE_PUBCOMP = 7,
    AMP_MQTT_TYPE_SUBSCRIBE = 8,
    AMP_MQTT_TYPE_SUBACK = 9,
    AMP_MQTT_TYPE_UNSUBSCRIBE = 10,
    AMP_MQTT_TYPE_UNSUBACK = 11,
    AMP_MQTT_TYPE_PINGREQ = 12,
    AMP_MQTT_TYPE_PINGRESP = 13,
    AMP_MQTT_TYPE_DISCONNECT = 14
};

enum {
    AMP_MQTT_FLAG_USER = 0x80, /* of CONNECT */
    AMP_MQTT_FLAG_PASSWORD = 0x40,
    AMP_MQTT_RECEIVE_MAXIMUM = 0x21 /* a property: messages on their way at once */
};

void amp_mqtt_be16(struct amp_buf *out, size_t value); /* below 65,536 */
void amp_mqtt_be32(struct amp_buf *out, uint32_t value);
/* The remaining length is what base-128 is elsewhere: seven bits a byte, the lowest first. */
void amp_mqtt_head(struct amp_buf *out, enum amp_mqtt_type type, unsigned flags, size_t length);

/* The first packet of the bytes: its content and first byte; *taken_out 0: more bytes are needed.
 * AMP_E_SYNTAX: not MQTT; AMP_E_LIMIT: more than `most` bytes. */
AMP_MUST amp_err amp_mqtt_frame(struct amp_str bytes, size_t most, struct amp_reader *out,
                                unsigned *first_out, size_t *taken_out);
void amp_mqtt_properties_skip(struct amp_reader *rd, uint8_t version); /* none before 5.0 */
void amp_mqtt_message_read(struct amp_reader *rd, unsigned flags, uint8_t version,
                           struct amp_mqtt_message *out);

#endif
