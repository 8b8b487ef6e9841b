/* Fuzzes the reader of journal.mark: what it takes, it takes whole. */
#include "journal/place.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_head head = {.size = UINT64_MAX};
    amp_err err = amp_place_mark_parse(data, size, &head);
    assert(err ? head.size == UINT64_MAX : head.size < INT64_MAX);
    return 0;
}
