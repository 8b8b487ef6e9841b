/* Fuzz: an event in JSON, sealed or plain; what is read is written, read again, and the same. */
#include "base/arena.h"
#include "model/ring.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plain_write(const struct amp_event *event, struct amp_buf *out)
{
    amp_buf_clear(out);
    amp_event_write(event, NULL, out);
}

static void round_trip(const struct amp_event *event, const struct amp_sealer *sealer,
                       struct amp_arena *arena)
{
    struct amp_event again = {0};
    struct amp_why why = {{0}};
    struct amp_buf json = amp_buf_make(1 << 20);
    struct amp_buf first = amp_buf_make(1 << 20);
    struct amp_buf second = amp_buf_make(1 << 20);
    plain_write(event, &first);
    amp_event_write(event, sealer, &json);
    amp_err err = amp_event_read(amp_buf_view(&json), sealer, arena, &again, &why);
    assert(!err && !again.gone);
    plain_write(&again, &second);
    assert(amp_str_eq(amp_buf_view(&first), amp_buf_view(&second)));
    amp_buf_free(&json);
    amp_buf_free(&first);
    amp_buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_ring ring = {.seed = 1}; /* that of the golden journal, where the seeds are from */
    struct amp_sealer sealer = amp_ring_sealer(&ring);
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_event event = {0};
    struct amp_why why = {{0}};
    struct amp_str json = {(const char *)data, size};
    if (!amp_event_read(json, &sealer, &arena, &event, &why)) {
        assert(!event.gone);
        round_trip(&event, NULL, &arena);
        round_trip(&event, &sealer, &arena);
    }
    if (!amp_event_read(json, NULL, &arena, &event, &why) && event.gone) {
        assert(!(event.f.has & amp_fields_personal));
    }
    amp_ring_finish(&ring);
    amp_arena_drop(&arena);
    return 0;
}
