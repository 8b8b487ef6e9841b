/* Any bytes as a body of several parts; its Content-Type is the first line. Parts lie in the input,
 * unless they were decoded. */
#include "intake/multipart.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_why why = {0};
    struct amp_parts *parts = amp_arena_alloc(&arena, sizeof *parts);
    struct amp_str rest = {.ptr = (const char *)data, .len = size}, type = {0};
    if (parts != NULL && amp_mime_line(&rest, &type) &&
        amp_multipart_read(type, rest, &arena, parts, &why) == AMP_OK) {
        size_t bytes = 0;
        for (size_t i = 0; i < parts->n; i++) {
            bytes += parts->part[i].body.len;
        }
        if (parts->n > AMP_PARTS_MAX || bytes > size) {
            abort();
        }
    }
    amp_arena_drop(&arena);
    return 0;
}
