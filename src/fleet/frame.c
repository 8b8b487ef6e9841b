/* Where whole messages end in a stream of bytes. */
#include "fleet/frame.h"

#include <string.h>

#define EVENT_BEGIN "<event"
#define EVENT_END   "</event>"

size_t amp_frame_lines(struct amp_str bytes, size_t *skip_out)
{
    const char *end = bytes.len > 0 ? memrchr(bytes.ptr, '\n', bytes.len) : NULL;
    *skip_out = 0;
    if (end != NULL) {
        return (size_t)(end - bytes.ptr) + 1;
    }
    *skip_out = bytes.len >= AMP_FRAME_LINE ? bytes.len : 0;
    return *skip_out;
}

size_t amp_frame_event(struct amp_str bytes, size_t *skip_out)
{
    const char *end = memmem(bytes.ptr, bytes.len, EVENT_END, strlen(EVENT_END));
    *skip_out = 0;
    if (end == NULL) {
        *skip_out = bytes.len >= AMP_FRAME_EVENT ? bytes.len : 0;
        return *skip_out;
    }
    size_t n = (size_t)(end - bytes.ptr) + strlen(EVENT_END);
    /* the last that begins before it: one that never ended must not take it along */
    *skip_out = n;
    for (size_t at = (size_t)(end - bytes.ptr); at-- > 0;) {
        if (memcmp(bytes.ptr + at, EVENT_BEGIN, strlen(EVENT_BEGIN)) == 0) {
            *skip_out = at;
            break;
        }
    }
    return n;
}
