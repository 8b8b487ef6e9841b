/* Any bytes as a PIDF-LO document, and what is said of it. */
#include "intake/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_report report = {0};
    struct amp_why why = {0};
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    (void)!amp_intake_parse(amp_intake_find(AMP_STR("pidf-lo")), bytes, &arena, &report, &why);
    amp_arena_drop(&arena);
    return 0;
}
