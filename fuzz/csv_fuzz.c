/* Any bytes as CSV and as a form. */
#include "base/csv.h"
#include "base/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_csv csv = amp_csv_make(bytes);
    bool end = false;
    while (!end && !amp_csv_next(&csv, &arena, &end, NULL)) {}
    struct amp_form form = {0};
    (void)!amp_form_read(bytes, &arena, &form, NULL);
    amp_arena_drop(&arena);
    return 0;
}
