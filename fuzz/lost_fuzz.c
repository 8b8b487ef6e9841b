/* Any bytes as a message of LoST: what is said of it, and what a server of two centres answers. */
#include "intake/lost_table.h"
#include "intake_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char table_text[] =
    "source lost.example\n"
    "area north polygon 41.2,-8.7 41.2,-8.5 41.1,-8.5 41.1,-8.7\n"
    "area north civic country=PT A1=Porto\n"
    "area coast polygon 33.6,-118.6 33.6,-118.2 33.2,-118.2 33.2,-118.6\n"
    "service urn:service:sos north sip:a@north.example 112 North\n"
    "service urn:service:sos.fire coast sip:b@coast.example 9 Coast\n";

static const struct amp_lost_ground *ground_make(void)
{
    static struct amp_lost_table *table; /* one for all inputs: fuzzing only */
    static struct amp_lost_ground *ground;
    struct amp_why why = {0};
    if (ground == NULL) {
        amp_err err = amp_lost_table_read(amp_str_of(table_text), 1, &table, &why);
        err = err ? err : amp_lost_ground_make(table, NULL, &ground, &why);
        assert(!err);
    }
    return ground;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_buf out = amp_buf_make(AMP_LOST_ANSWER);
    amp_lost_answer(ground_make(), bytes, INT64_C(1795000000000000), &arena, &out);
    assert(amp_buf_err(&out) == AMP_OK && out.len > 0);
    amp_buf_free(&out);
    amp_arena_drop(&arena);
    door_check("lost", data, size);
    return 0;
}
