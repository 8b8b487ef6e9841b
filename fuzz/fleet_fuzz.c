/* Any bytes as positions in every fleet format. */
#include "fleet/fleet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    for (size_t i = 0; i < amp_fleet_count(); i++) {
        struct amp_arena arena = amp_arena_make(1 << 24);
        struct amp_fleet_report *report = NULL;
        size_t n = 0;
        struct amp_why why = {0};
        (void)!amp_fleet_parse(amp_fleet_at(i), bytes, INT64_C(1795000000000000), &arena, &report,
                               &n, &why);
        amp_arena_drop(&arena);
    }
    return 0;
}
