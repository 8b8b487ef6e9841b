/* Any bytes as a stream of GT06 packets, and the same with the ends and sums that packets would
 * have: it comes to an end and never passes its own. */
#include "fleet/gt06.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        struct amp_gt06_packet packet;
        struct amp_str rest = {.ptr = (const char *)data + at, .len = size - at};
        size_t taken = amp_gt06_take(rest, INT64_C(1795000000000000), &packet);
        assert(taken <= rest.len && packet.answer_n <= AMP_GT06_ANSWER);
        assert(taken > 0 || rest.len < AMP_GT06_PACKET);
        if (taken == 0) {
            break;
        }
        at += taken;
    }
}

/* Chance alone makes no CRC right, and no content would ever be looked at. */
static void mend(uint8_t *data, size_t size)
{
    size_t at = 0;
    while (at + 10 <= size) {
        const bool is_long = data[at] == 'y';
        const size_t head = is_long ? 4 : 3;
        const size_t length = is_long ? (size_t)data[at + 2] << 8 | data[at + 3] : data[at + 2];
        const size_t all = head + length + 2;
        if (data[at] != data[at + 1] || (data[at] != 'x' && !is_long) || length < 5 ||
            all > size - at) {
            at++;
            continue;
        }
        uint8_t *tail = data + at + all - 4;
        const uint16_t crc = amp_gt06_crc(data + at + 2, all - 6);
        tail[0] = (uint8_t)(crc >> 8);
        tail[1] = (uint8_t)crc;
        tail[2] = '\r';
        tail[3] = '\n';
        at += all;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(data, size);
    uint8_t *mended = malloc(size + 1);
    if (mended != NULL) {
        memcpy(mended, data, size);
        mend(mended, size);
        read_all(mended, size);
    }
    free(mended);
    return 0;
}
