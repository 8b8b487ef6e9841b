/* Any bytes from a broker, in both versions. */
#include "fleet/mqtt.h"

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
        assert(taken <= rest.len && packet.topic.len + packet.payload.len <= taken);
        at += taken;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stream_read(data, size, AMP_MQTT_5);
    stream_read(data, size, AMP_MQTT_3_1_1);
    return 0;
}
