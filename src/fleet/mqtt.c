/* MQTT packets of a client: written, and read. */
#include "fleet/mqtt_in.h"

#include <assert.h>

enum {
    SUBSCRIBE_FLAGS = 2, /* MQTT-3.8.1-1 */
    PROPERTY_SESSION_EXPIRY = 0x11,
    LENGTH_BYTES = 4 /* of the remaining length, at the most */
};

struct amp_str amp_mqtt_last(struct amp_str topic)
{
    size_t at = topic.len;
    while (at > 0 && topic.ptr[at - 1] != '/') {
        at--;
    }
    return at > 0 ? (struct amp_str){.ptr = topic.ptr + at, .len = topic.len - at} : topic;
}

/* ---- writing ---- */

void amp_mqtt_be16(struct amp_buf *out, size_t value)
{
    assert(value <= UINT16_MAX);
    amp_buf_char(out, (char)(value >> 8));
    amp_buf_char(out, (char)(value & 0xff));
}

void amp_mqtt_be32(struct amp_buf *out, uint32_t value)
{
    amp_mqtt_be16(out, value >> 16);
    amp_mqtt_be16(out, value & 0xffff);
}

static void text_put(struct amp_buf *out, struct amp_str text)
{
    amp_mqtt_be16(out, text.len);
    amp_buf_str(out, text);
}

void amp_mqtt_head(struct amp_buf *out, enum amp_mqtt_type type, unsigned flags, size_t length)
{
    amp_buf_char(out, (char)((unsigned)type << 4 | flags));
    amp_buf_varint(out, length);
}

void amp_mqtt_connect(struct amp_buf *out, const struct amp_mqtt_login *login)
{
    bool five = login->version == AMP_MQTT_5;
    bool user = login->user.len > 0;
    bool password = user && login->password.len > 0;
    size_t properties = five ? 5 + 3 : 0;
    size_t length = 6 + 1 + 1 + 2 + (five ? 1 + properties : 0) + 2 + login->client.len +
                    (user ? 2 + login->user.len : 0) + (password ? 2 + login->password.len : 0);
    amp_mqtt_head(out, AMP_MQTT_TYPE_CONNECT, 0, length);
    text_put(out, AMP_STR("MQTT"));
    amp_buf_char(out, (char)login->version);
    amp_buf_char(out,
                 (char)((user ? AMP_MQTT_FLAG_USER : 0) | (password ? AMP_MQTT_FLAG_PASSWORD : 0)));
    amp_mqtt_be16(out, login->keepalive_s);
    if (five) {
        amp_buf_char(out, (char)properties);
        amp_buf_char(out, PROPERTY_SESSION_EXPIRY);
        amp_mqtt_be32(out, login->session_s);
        amp_buf_char(out, AMP_MQTT_RECEIVE_MAXIMUM);
        amp_mqtt_be16(out, AMP_MQTT_IN_FLIGHT);
    }
    text_put(out, login->client);
    if (user) {
        text_put(out, login->user);
    }
    if (password) {
        text_put(out, login->password);
    }
}

void amp_mqtt_subscribe(struct amp_buf *out, uint8_t version, uint16_t id, struct amp_str filter,
                        uint8_t quality)
{
    bool five = version == AMP_MQTT_5;
    amp_mqtt_head(out, AMP_MQTT_TYPE_SUBSCRIBE, SUBSCRIBE_FLAGS,
                  2 + (five ? 1U : 0) + 2 + filter.len + 1);
    amp_mqtt_be16(out, id);
    if (five) {
        amp_buf_char(out, 0);
    }
    text_put(out, filter);
    amp_buf_char(out, (char)quality);
}

void amp_mqtt_acknowledge(struct amp_buf *out, uint16_t id)
{
    amp_mqtt_head(out, AMP_MQTT_TYPE_PUBACK, 0, 2);
    amp_mqtt_be16(out, id);
}

void amp_mqtt_ping(struct amp_buf *out)
{
    amp_mqtt_head(out, AMP_MQTT_TYPE_PINGREQ, 0, 0);
}

void amp_mqtt_disconnect(struct amp_buf *out)
{
    amp_mqtt_head(out, AMP_MQTT_TYPE_DISCONNECT, 0, 0);
}

void amp_mqtt_publish(struct amp_buf *out, uint8_t version, uint16_t id, struct amp_str topic,
                      struct amp_str payload)
{
    bool five = version == AMP_MQTT_5;
    size_t length = 2 + topic.len + (id != 0 ? 2U : 0) + (five ? 1U : 0) + payload.len;
    amp_mqtt_head(out, AMP_MQTT_TYPE_PUBLISH, id != 0 ? 1U << 1 : 0, length);
    text_put(out, topic);
    if (id != 0) {
        amp_mqtt_be16(out, id);
    }
    if (five) {
        amp_buf_char(out, 0);
    }
    amp_buf_str(out, payload);
}

/* ---- reading ---- */

void amp_mqtt_properties_skip(struct amp_reader *rd, uint8_t version)
{
    if (version == AMP_MQTT_5 && amp_reader_left(rd) > 0) {
        uint64_t n = amp_reader_varint(rd);
        (void)amp_reader_bytes(rd, n <= AMP_MQTT_PACKET ? (size_t)n : SIZE_MAX);
    }
}

void amp_mqtt_message_read(struct amp_reader *rd, unsigned flags, uint8_t version,
                           struct amp_mqtt_message *out)
{
    out->quality = flags >> 1 & 3;
    size_t topic_n = amp_reader_be16(rd);
    out->topic = amp_reader_bytes(rd, topic_n);
    out->id = out->quality > 0 ? amp_reader_be16(rd) : 0;
    amp_mqtt_properties_skip(rd, version);
    out->payload = amp_reader_bytes(rd, amp_reader_left(rd));
    rd->bad = rd->bad || out->quality > 2;
}

static void rest_read(struct amp_reader *rd, unsigned type, uint8_t version,
                      struct amp_mqtt_packet *out)
{
    switch (type) {
    case AMP_MQTT_TYPE_CONNACK:
        out->kind = AMP_MQTT_CONNECTED;
        (void)amp_reader_u8(rd); /* whether a session was kept */
        out->code = amp_reader_u8(rd);
        break;
    case AMP_MQTT_TYPE_SUBACK:
        out->kind = AMP_MQTT_SUBSCRIBED;
        (void)amp_reader_be16(rd); /* of our one subscription */
        amp_mqtt_properties_skip(rd, version);
        out->code = amp_reader_u8(rd);
        break;
    case AMP_MQTT_TYPE_PINGRESP:
        out->kind = AMP_MQTT_PONG;
        break;
    case AMP_MQTT_TYPE_DISCONNECT:
        out->kind = AMP_MQTT_CLOSED;
        out->code = amp_reader_left(rd) > 0 ? amp_reader_u8(rd) : 0;
        break;
    default:
        break; /* of a client, or of a publisher */
    }
}

/* The remaining length: 0 when more bytes are needed. */
static amp_err length_read(struct amp_str bytes, size_t *head_out, size_t *length_out)
{
    size_t length = 0;
    *head_out = 0;
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        if (i + 1 >= bytes.len) {
            return AMP_OK;
        }
        uint8_t byte = (uint8_t)bytes.ptr[i + 1];
        length |= (size_t)(byte & 0x7f) << 7 * i;
        if (byte < 0x80) {
            *head_out = i + 2;
            *length_out = length;
            return AMP_OK;
        }
    }
    return AMP_E_SYNTAX;
}

amp_err amp_mqtt_frame(struct amp_str bytes, size_t most, struct amp_reader *out,
                       unsigned *first_out, size_t *taken_out)
{
    size_t head = 0;
    size_t length = 0;
    *taken_out = 0;
    amp_err err = length_read(bytes, &head, &length);
    if (err != AMP_OK || head == 0) {
        return err;
    }
    if (length > most) {
        return AMP_E_LIMIT;
    }
    if (bytes.len - head >= length) {
        *out = amp_reader_make(bytes.ptr + head, length);
        *first_out = (uint8_t)bytes.ptr[0];
        *taken_out = head + length;
    }
    return AMP_OK;
}

amp_err amp_mqtt_take(struct amp_str bytes, uint8_t version, struct amp_mqtt_packet *out,
                      size_t *taken_out)
{
    struct amp_reader rd = {0};
    unsigned first = 0;
    amp_err err = amp_mqtt_frame(bytes, AMP_MQTT_PACKET, &rd, &first, taken_out);
    if (err != AMP_OK || *taken_out == 0) {
        return err;
    }
    *out = (struct amp_mqtt_packet){.kind = AMP_MQTT_OTHER};
    if (first >> 4 == AMP_MQTT_TYPE_PUBLISH) {
        out->kind = AMP_MQTT_MESSAGE;
        amp_mqtt_message_read(&rd, first & 15, version, &out->message);
    } else {
        rest_read(&rd, first >> 4, version, out);
    }
    if (!amp_reader_ok(&rd)) {
        *taken_out = 0;
        return AMP_E_SYNTAX;
    }
    return AMP_OK;
}
