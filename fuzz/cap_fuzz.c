/* Any bytes as a CAP alert; what is read is written, and that is read and written the same. */
#include "intake/cap.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_why why = {0};
    struct amp_cap cap = {0};
    struct amp_buf first = amp_buf_make(1 << 20);
    struct amp_buf second = amp_buf_make(1 << 20);
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    if (amp_cap_read(bytes, &arena, &cap, &why) == AMP_OK &&
        amp_cap_write(&cap, &arena, &first, &why) == AMP_OK) {
        struct amp_cap again = {0};
        assert(amp_cap_read(amp_buf_view(&first), &arena, &again, &why) == AMP_OK);
        if (amp_cap_write(&again, &arena, &second, &why) == AMP_OK) {
            assert(amp_str_eq(amp_buf_view(&first), amp_buf_view(&second)));
        }
    }
    amp_buf_free(&first);
    amp_buf_free(&second);
    amp_arena_drop(&arena);
    return 0;
}
