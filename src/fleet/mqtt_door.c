/* MQTT packets of devices, read, and what a server answers them. */
#include "fleet/mqtt_door.h"

#include "fleet/mqtt_in.h"

enum {
    FLAG_RESERVED = 1, /* of CONNECT */
    FLAG_CLEAN = 2,
    FLAG_WILL = 4,
    WILL_REST = 0x38,
    SECOND_FLAGS = 2,       /* the lower half of the first byte of PUBREL, SUBSCRIBE, UNSUBSCRIBE */
    SECOND_AGAIN = 8,       /* that it is sent again: of 3.1, section 2.1 */
    ASSIGNED_CLIENT = 0x12, /* properties */
    MAXIMUM_PACKET = 0x27,
    AT_ONCE = 1024, /* messages that a device may have on their way */
    BAD_VERSION_3 = 1,
    BAD_LOGIN_3 = 4,
    BAD_VERSION_5 = 0x84,
    BAD_LOGIN_5 = 0x86
};

/* ---- reading ---- */

static struct amp_str text_read(struct amp_reader *rd)
{
    size_t n = amp_reader_be16(rd);
    return amp_reader_bytes(rd, n);
}

static bool is_known(struct amp_str name, uint8_t version)
{
    return amp_str_is(name, "MQTT") ? version == AMP_MQTT_5 || version == AMP_MQTT_3_1_1
                                    : amp_str_is(name, "MQIsdp") && version == AMP_MQTT_3_1;
}

/* 3.1 does not use the reserved bit, nor the lower half of the first byte: later versions want
 * zeroes. */
static bool is_zeroed(unsigned first, unsigned flags, uint8_t version)
{
    return version == AMP_MQTT_3_1 || ((first & 15) == 0 && (flags & FLAG_RESERVED) == 0);
}

/* A will (a last word of the device) is read and forgotten: silence is seen by its time here. */
static amp_err connect_read(struct amp_reader *rd, unsigned first, struct amp_mqtt_ask *out)
{
    out->kind = AMP_MQTT_ASK_CONNECT;
    struct amp_str name = text_read(rd);
    out->version = amp_reader_u8(rd);
    if (amp_reader_ok(rd) && !is_known(name, out->version)) {
        return name.len > 0 && name.ptr[0] == 'M' ? AMP_E_UNSUPPORTED : AMP_E_SYNTAX;
    }
    unsigned flags = amp_reader_u8(rd);
    out->clean = (flags & FLAG_CLEAN) != 0;
    out->keepalive_s = amp_reader_be16(rd);
    amp_mqtt_properties_skip(rd, out->version);
    out->client = text_read(rd);
    if ((flags & FLAG_WILL) != 0) {
        amp_mqtt_properties_skip(rd, out->version);
        (void)text_read(rd);
        (void)text_read(rd);
    }
    if ((flags & AMP_MQTT_FLAG_USER) != 0) {
        out->user = text_read(rd);
    }
    if ((flags & AMP_MQTT_FLAG_PASSWORD) != 0) {
        out->password = text_read(rd);
    }
    bool sound = is_zeroed(first, flags, out->version) &&
                 ((flags & FLAG_WILL) != 0 || (flags & WILL_REST) == 0) && amp_reader_done(rd);
    return sound ? AMP_OK : AMP_E_SYNTAX;
}

static void filters_read(struct amp_reader *rd, uint8_t version, bool options,
                         struct amp_mqtt_ask *out)
{
    out->id = amp_reader_be16(rd);
    amp_mqtt_properties_skip(rd, version);
    while (amp_reader_left(rd) > 0 && amp_reader_ok(rd)) {
        (void)text_read(rd);
        if (options) {
            (void)amp_reader_u8(rd);
        }
        out->filters++;
    }
    rd->bad = rd->bad || out->filters == 0 || out->filters > AMP_MQTT_FILTERS;
}

/* A filter or a name with a wildcard in it is no topic. */
static bool is_topic(struct amp_str topic)
{
    for (size_t i = 0; i < topic.len; i++) {
        if (topic.ptr[i] == '+' || topic.ptr[i] == '#' || topic.ptr[i] == '\0') {
            return false;
        }
    }
    return topic.len > 0 && topic.len <= AMP_MQTT_TOPIC;
}

static amp_err body_read(struct amp_reader *rd, unsigned first, uint8_t version,
                         struct amp_mqtt_ask *out)
{
    unsigned flags = first & 15;
    bool second =
        (version == AMP_MQTT_3_1 ? flags & ~(unsigned)SECOND_AGAIN : flags) == SECOND_FLAGS;
    bool sound = true;
    switch ((enum amp_mqtt_type)(first >> 4)) {
    case AMP_MQTT_TYPE_PUBLISH:
        out->kind = AMP_MQTT_ASK_MESSAGE;
        amp_mqtt_message_read(rd, flags, version, &out->message);
        sound = is_topic(out->message.topic) && (out->message.quality == 0 || out->message.id != 0);
        break;
    case AMP_MQTT_TYPE_PUBREL:
        out->kind = AMP_MQTT_ASK_RELEASE;
        out->id = amp_reader_be16(rd);
        sound = second;
        break;
    case AMP_MQTT_TYPE_SUBSCRIBE:
        out->kind = AMP_MQTT_ASK_SUBSCRIBE;
        filters_read(rd, version, true, out);
        sound = second;
        break;
    case AMP_MQTT_TYPE_UNSUBSCRIBE:
        out->kind = AMP_MQTT_ASK_UNSUBSCRIBE;
        filters_read(rd, version, false, out);
        sound = second;
        break;
    case AMP_MQTT_TYPE_PINGREQ:
        out->kind = AMP_MQTT_ASK_PING;
        break;
    case AMP_MQTT_TYPE_DISCONNECT:
        out->kind = AMP_MQTT_ASK_GOODBYE;
        break;
    case AMP_MQTT_TYPE_PUBACK: /* of messages that we never send */
    case AMP_MQTT_TYPE_PUBREC:
    case AMP_MQTT_TYPE_PUBCOMP:
        break;
    case AMP_MQTT_TYPE_CONNECT: /* a second time */
    case AMP_MQTT_TYPE_CONNACK:
    case AMP_MQTT_TYPE_SUBACK:
    case AMP_MQTT_TYPE_UNSUBACK:
    case AMP_MQTT_TYPE_PINGRESP:
    default:
        return AMP_E_SYNTAX;
    }
    return sound && amp_reader_ok(rd) ? AMP_OK : AMP_E_SYNTAX;
}

amp_err amp_mqtt_ask_take(struct amp_str bytes, uint8_t version, struct amp_mqtt_ask *out,
                          size_t *taken_out)
{
    struct amp_reader rd = {0};
    unsigned first = 0;
    *out = (struct amp_mqtt_ask){.version = version};
    *taken_out = 0;
    if (version == 0 && bytes.len > 0 && (uint8_t)bytes.ptr[0] >> 4 != AMP_MQTT_TYPE_CONNECT) {
        return AMP_E_SYNTAX;
    }
    amp_err err = amp_mqtt_frame(bytes, AMP_MQTT_ASK, &rd, &first, taken_out);
    if (err == AMP_OK && *taken_out > 0) {
        err = version == 0 ? connect_read(&rd, first, out) : body_read(&rd, first, version, out);
        *taken_out = err == AMP_OK ? *taken_out : 0;
    }
    return err;
}

/* ---- answering ---- */

static uint8_t refusal_code(uint8_t version, enum amp_mqtt_refusal refusal)
{
    bool five = version == AMP_MQTT_5;
    switch (refusal) {
    case AMP_MQTT_BAD_VERSION:
        return five ? BAD_VERSION_5 : BAD_VERSION_3;
    case AMP_MQTT_BAD_LOGIN:
        return five ? BAD_LOGIN_5 : BAD_LOGIN_3;
    case AMP_MQTT_WELCOME:
    default:
        return 0;
    }
}

void amp_mqtt_welcome(struct amp_buf *out, uint8_t version, enum amp_mqtt_refusal refusal,
                      bool kept, struct amp_str name)
{
    bool five = version == AMP_MQTT_5;
    bool all = five && refusal == AMP_MQTT_WELCOME;
    size_t properties = all ? 3U + 5U + (name.len > 0 ? 3 + name.len : 0) : 0;
    amp_mqtt_head(out, AMP_MQTT_TYPE_CONNACK, 0, 2 + (five ? 1U : 0) + properties);
    amp_buf_char(out, kept && refusal == AMP_MQTT_WELCOME ? 1 : 0);
    amp_buf_char(out, (char)refusal_code(version, refusal));
    if (five) {
        amp_buf_varint(out, properties);
    }
    if (all) {
        amp_buf_char(out, AMP_MQTT_RECEIVE_MAXIMUM);
        amp_mqtt_be16(out, AT_ONCE);
        amp_buf_char(out, MAXIMUM_PACKET);
        amp_mqtt_be32(out, AMP_MQTT_ASK);
    }
    if (all && name.len > 0) {
        amp_buf_char(out, ASSIGNED_CLIENT);
        amp_mqtt_be16(out, name.len);
        amp_buf_str(out, name);
    }
}

static void id_put(struct amp_buf *out, enum amp_mqtt_type type, uint16_t id)
{
    amp_mqtt_head(out, type, 0, 2);
    amp_mqtt_be16(out, id);
}

void amp_mqtt_accept(struct amp_buf *out, const struct amp_mqtt_message *message)
{
    if (message->quality > 0) {
        id_put(out, message->quality == 1 ? AMP_MQTT_TYPE_PUBACK : AMP_MQTT_TYPE_PUBREC,
               message->id);
    }
}

/* Each filter is granted with quality 0; before 5.0 the end of one has no codes. */
static void filters_answer(struct amp_buf *out, uint8_t version, const struct amp_mqtt_ask *ask)
{
    bool five = version == AMP_MQTT_5;
    bool begin = ask->kind == AMP_MQTT_ASK_SUBSCRIBE;
    size_t codes = begin || five ? ask->filters : 0;
    amp_mqtt_head(out, begin ? AMP_MQTT_TYPE_SUBACK : AMP_MQTT_TYPE_UNSUBACK, 0,
                  2 + (five ? 1U : 0) + codes);
    amp_mqtt_be16(out, ask->id);
    for (size_t i = 0; i < (five ? 1U : 0) + codes; i++) {
        amp_buf_char(out, 0);
    }
}

void amp_mqtt_answer(struct amp_buf *out, uint8_t version, const struct amp_mqtt_ask *ask)
{
    switch (ask->kind) {
    case AMP_MQTT_ASK_RELEASE:
        id_put(out, AMP_MQTT_TYPE_PUBCOMP, ask->id);
        break;
    case AMP_MQTT_ASK_SUBSCRIBE:
    case AMP_MQTT_ASK_UNSUBSCRIBE:
        filters_answer(out, version, ask);
        break;
    case AMP_MQTT_ASK_PING:
        amp_mqtt_head(out, AMP_MQTT_TYPE_PINGRESP, 0, 0);
        break;
    case AMP_MQTT_ASK_CONNECT: /* amp_mqtt_welcome */
    case AMP_MQTT_ASK_MESSAGE: /* amp_mqtt_accept */
    case AMP_MQTT_ASK_GOODBYE:
    case AMP_MQTT_ASK_OTHER:
    default:
        break;
    }
}

/* ---- topics ---- */

bool amp_mqtt_matches(struct amp_str filter, struct amp_str topic)
{
    bool wild = filter.len > 0 && (filter.ptr[0] == '+' || filter.ptr[0] == '#');
    if (wild && topic.len > 0 && topic.ptr[0] == '$') {
        return false;
    }
    while (filter.ptr != NULL) {
        struct amp_str want = {0};
        struct amp_str level = {0};
        filter = amp_str_cut(filter, '/', &want);
        if (amp_str_is(want, "#")) {
            return true;
        }
        if (topic.ptr == NULL) {
            return false;
        }
        topic = amp_str_cut(topic, '/', &level);
        if (!amp_str_is(want, "+") && !amp_str_eq(want, level)) {
            return false;
        }
    }
    return topic.ptr == NULL;
}
