/* Fuzz: an event in JSON; what is read is written, read again, and written the same. */
#include "base/arena.h"
#include "model/event.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_event event = {0};
    struct amp_event again = {0};
    struct amp_why why = {{0}};
    struct amp_buf first = amp_buf_make(1 << 20);
    struct amp_buf second = amp_buf_make(1 << 20);
    if (!amp_event_read((struct amp_str){(const char *)data, size}, NULL, &arena, &event, &why)) {
        amp_event_write(&event, NULL, &first);
        amp_err err = amp_event_read(amp_buf_view(&first), NULL, &arena, &again, &why);
        assert(!err);
        amp_event_write(&again, NULL, &second);
        assert(amp_str_eq(amp_buf_view(&first), amp_buf_view(&second)));
    }
    amp_buf_free(&first);
    amp_buf_free(&second);
    amp_arena_drop(&arena);
    return 0;
}
