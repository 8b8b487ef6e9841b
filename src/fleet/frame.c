/* Where whole messages end in a stream of bytes. */
#include "fleet/frame.h"

#include "base/reader.h"

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

/* Not a TAK message: all up to the next byte that one, or an event, may begin with. */
static size_t tak_skip(struct amp_str bytes, size_t *skip_out)
{
    size_t n = 1;
    while (n < bytes.len && (uint8_t)bytes.ptr[n] != AMP_FRAME_TAK && bytes.ptr[n] != '<') {
        n++;
    }
    *skip_out = n;
    return n;
}

size_t amp_frame_tak(struct amp_str bytes, size_t *skip_out)
{
    static const uint8_t head[AMP_FRAME_TAK_HEAD] = {AMP_FRAME_TAK, 1, AMP_FRAME_TAK};
    size_t begun = bytes.len < sizeof head ? bytes.len : sizeof head;
    *skip_out = 0;
    if (bytes.len == 0) {
        return 0;
    }
    if (memcmp(bytes.ptr, head, begun) != 0) {
        return tak_skip(bytes, skip_out);
    }
    struct amp_reader rd = amp_reader_make(bytes.ptr, bytes.len);
    (void)amp_reader_bytes(&rd, sizeof head);
    /* the fields of TakMessage, 1 and 2, are bytes with their length */
    while (amp_reader_left(&rd) > 0 && (bytes.ptr[rd.pos] == 0x0a || bytes.ptr[rd.pos] == 0x12)) {
        (void)amp_reader_u8(&rd);
        uint64_t n = amp_reader_varint(&rd);
        if (amp_reader_ok(&rd) && n > AMP_FRAME_EVENT) {
            return tak_skip(bytes, skip_out);
        }
        (void)amp_reader_bytes(&rd, (size_t)n);
    }
    bool whole = amp_reader_ok(&rd) && rd.pos > sizeof head;
    if (whole) {
        return rd.pos;
    }
    bool never = amp_reader_ok(&rd) && amp_reader_left(&rd) > 0;
    return never || bytes.len >= 2 * AMP_FRAME_EVENT ? tak_skip(bytes, skip_out) : 0;
}
