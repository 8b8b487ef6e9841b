/* Any bytes as a minimum set of data of eCall, and what is said of it. */
#include "intake/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_why why = {0};
    struct amp_buf out = amp_buf_make(1 << 22);
    struct amp_json js = amp_json_make(&out);
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    const struct amp_intake *format = amp_intake_find(AMP_STR("msd"));
    (void)!amp_intake_view(format, bytes, &arena, &js, &why);
    amp_buf_free(&out);
    amp_arena_drop(&arena);
    return 0;
}
