/* Any bytes as lines and as events: what is whole lies within them. */
#include "fleet/frame.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    size_t skip = 0;
    size_t n = amp_frame_lines(bytes, &skip);
    assert(n <= size && skip <= n && (n > 0 || size < AMP_FRAME_LINE));
    n = amp_frame_event(bytes, &skip);
    assert(n <= size && skip <= n && (n > 0 || size < AMP_FRAME_EVENT));
    n = amp_frame_tak(bytes, &skip);
    assert(n <= size && skip <= n && (n > 0 || size < 2 * AMP_FRAME_EVENT));
    return 0;
}
