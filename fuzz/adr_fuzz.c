/* Any bytes as a block of Additional Data: what is said of it, and what a call keeps of one that it
 * refers to. */
#include "intake/sip.h"
#include "intake_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_sip_call call = {0};
    struct amp_why why = {0};
    if (amp_sip_additional_read(bytes, &arena, &call, &why) == AMP_OK) {
        assert(call.report.f.words.len <= AMP_TEXT_MAX && amp_utf8_valid(call.report.f.words));
    }
    amp_arena_drop(&arena);
    door_check("adr", data, size);
    return 0;
}
