/* The golden journal: it loads for ever, is written again byte for byte, and adds up to one digest.
 */
#include "response/testbed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FILE_MAX = 1 << 16
};

/* Changes only when the digest itself learns a new member, never because of the journal. */
static const uint64_t golden_digest = UINT64_C(0x70286ce7f254f89f);

static struct amp_str golden_text(char *buf)
{
    const char *root = getenv("AMPARO_SOURCE_ROOT");
    char path[1024];
    snprintf(path, sizeof(path), "%s/tests/journals/v1.jsonl", root ? root : ".");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(buf, 1, FILE_MAX, file);
    fclose(file);
    assert_true(len > 0 && len < FILE_MAX);
    return (struct amp_str){buf, len};
}

static void the_golden_journal_loads_is_written_the_same_and_folds_to_its_digest(void **state)
{
    (void)state;
    static char buf[FILE_MAX];
    struct amp_str text = golden_text(buf);
    struct amp_arena arena = amp_arena_make(1 << 20);
    struct amp_buf again = amp_buf_make(FILE_MAX);
    struct amp_state fold;
    struct amp_why why = {{0}};
    bool seen[AMP_EV_COUNT] = {false};
    assert_int_equal(amp_state_init(&fold), AMP_OK);
    while (text.len) {
        struct amp_str line = {0};
        struct amp_event event = {0};
        text = amp_str_cut(text, '\n', &line);
        amp_err err = amp_event_read(line, NULL, &arena, &event, &why);
        event.seq = fold.seq + 1;
        err = err ? err : amp_apply(&fold, &event, &why);
        if (err) {
            fail_msg("%s: %.*s", why.text, (int)line.len, line.ptr);
        }
        amp_buf_clear(&again);
        amp_event_write(&event, NULL, &again);
        assert_true(amp_str_eq(amp_buf_view(&again), line));
        seen[event.kind] = true;
    }
    for (int kind = 0; kind <= AMP_EV_ALARM_ACKNOWLEDGED; kind++) { /* the kinds of version 1 */
        if (!seen[kind]) {
            fail_msg("the golden journal has no %s", amp_event_rows[kind].name);
        }
    }
    uint64_t digest = amp_state_digest(&fold);
    if (digest != golden_digest) {
        fail_msg("the digest is 0x%016llx", (unsigned long long)digest);
    }
    amp_state_finish(&fold);
    amp_buf_free(&again);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_journal_loads_is_written_the_same_and_folds_to_its_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
