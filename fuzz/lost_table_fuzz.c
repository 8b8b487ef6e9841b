/* Any bytes as a table of LoST, asked one question; the first line of the input is the question. */
#include "intake/lost_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_why why = {0};
    struct amp_buf out = amp_buf_make(AMP_LOST_ANSWER);
    struct amp_str question = {0};
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_lost_table *table = NULL;
    if (amp_lost_table_read(amp_str_cut(bytes, '\n', &question), 1, &table, &why) == AMP_OK) {
        amp_lost_answer(table, question, 1, &arena, &out);
    }
    amp_lost_table_free(table);
    amp_buf_free(&out);
    amp_arena_drop(&arena);
    return 0;
}
