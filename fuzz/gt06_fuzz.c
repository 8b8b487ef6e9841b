/* Any bytes as a stream of GT06 packets: it comes to an end and never passes its own. */
#include "fleet/gt06.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
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
    return 0;
}
