/* Any bytes from a broker, in both versions, and from a device. */
#include "fleet/mqtt_door.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stream_read(const uint8_t *data, size_t size, uint8_t version)
{
    for (size_t at = 0; at < size;) {
        struct amp_mqtt_packet packet;
        size_t taken = 0;
        struct amp_str rest = {.ptr = (const char *)data + at, .len = size - at};
        if (amp_mqtt_take(rest, version, &packet, &taken) != AMP_OK || taken == 0) {
            break;
        }
        assert(taken <= rest.len && packet.message.topic.len + packet.message.payload.len <= taken);
        at += taken;
    }
}

/* A device, from its CONNECT on; `version`: as if it had connected already. */
static void device_read(const uint8_t *data, size_t size, uint8_t version)
{
    struct amp_buf out = amp_buf_make(1 << 20);
    for (size_t at = 0; at < size;) {
        struct amp_mqtt_ask ask;
        size_t taken = 0;
        struct amp_str rest = {.ptr = (const char *)data + at, .len = size - at};
        if (amp_mqtt_ask_take(rest, version, &ask, &taken) != AMP_OK || taken == 0) {
            break;
        }
        assert(taken <= rest.len && ask.filters <= AMP_MQTT_FILTERS);
        assert(ask.message.topic.len + ask.message.payload.len + ask.client.len + ask.user.len +
                   ask.password.len <=
               taken);
        if (ask.kind == AMP_MQTT_ASK_CONNECT) {
            version = ask.version;
            amp_mqtt_welcome(&out, version, AMP_MQTT_WELCOME, !ask.clean, ask.client);
        } else if (ask.kind == AMP_MQTT_ASK_MESSAGE) {
            amp_mqtt_accept(&out, &ask.message);
            assert(amp_mqtt_matches(ask.message.topic, ask.message.topic));
            (void)amp_mqtt_matches(ask.message.payload, ask.message.topic);
        } else {
            amp_mqtt_answer(&out, version, &ask);
        }
        at += taken;
    }
    amp_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stream_read(data, size, AMP_MQTT_5);
    stream_read(data, size, AMP_MQTT_3_1_1);
    device_read(data, size, 0);
    device_read(data, size, AMP_MQTT_5);
    device_read(data, size, AMP_MQTT_3_1_1);
    return 0;
}
