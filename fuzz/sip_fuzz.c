/* Any bytes as a SIP request with its bodies, and what is said of it. */
#include "intake/cap_call.h"
#include "intake/sip.h"
#include "intake_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the door holds on to: names that are said back, words that are kept, references. */
static void look(const struct amp_sip_call *call, struct amp_arena *arena)
{
    struct amp_str references = call->alert.references, name = {0};
    assert(call->block_n <= AMP_SIP_BLOCKS_MAX);
    for (size_t i = 0; i < call->block_n; i++) {
        assert(call->block[i].id.len <= AMP_SIP_BLOCK_ID_MAX);
        for (size_t k = 0; k < call->block[i].id.len; k++) {
            char c = call->block[i].id.ptr[k];
            assert(c > ' ' && c < 0x7f);
        }
    }
    assert(call->report.f.ref.len <= AMP_LINE_MAX);
    assert(call->report.f.words.len <= AMP_TEXT_MAX && amp_utf8_valid(call->report.f.words));
    while (amp_cap_call_refers(&references, &name)) {
        assert(amp_sip_alert_ref(name, arena).len <= AMP_LINE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_why why = {0};
    struct amp_sip_call call = {0};
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    if (amp_sip_read(bytes, &arena, &call, &why) == AMP_OK) {
        look(&call, &arena);
    }
    amp_arena_drop(&arena);
    door_check("sip", data, size);
    return 0;
}
