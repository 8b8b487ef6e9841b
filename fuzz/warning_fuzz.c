/* Any bytes as a composed warning: what is read is shown, and what is shown is read the same; what
 * obeys the rules is CAP that our reader and our door for alerts take. */
#include "intake/alert.h"
#include "intake/warning.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void view(const struct amp_warning_draft *draft, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    amp_json_open(&js, '{');
    amp_warning_view(&js, draft);
    amp_json_close(&js, '}');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 27);
    struct amp_why why = {0};
    const struct amp_warning_draft *draft = NULL, *again = NULL;
    struct amp_warning_areas areas;
    struct amp_warning_issue issue;
    struct amp_buf first = amp_buf_make(1 << 20);
    struct amp_buf second = amp_buf_make(1 << 20);
    const struct amp_warning_order order = {
        .number = 7, .now_us = INT64_C(1795752000000000), .sender = AMP_STR("a@example.org")};
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    if (amp_warning_read(bytes, &arena, &draft, &why) == AMP_OK) {
        view(draft, &first);
        if (amp_buf_err(&first) == AMP_OK && first.len <= 1 << 16) {
            assert(amp_warning_read(amp_buf_view(&first), &arena, &again, &why) == AMP_OK);
            view(again, &second);
            assert(amp_str_eq(amp_buf_view(&first), amp_buf_view(&second)));
        }
        assert(amp_warning_areas(draft, &arena, &areas) == AMP_OK || amp_arena_failed(&arena));
        if (amp_warning_write(draft, &order, &arena, &issue, &why) == AMP_OK) {
            struct amp_alert_report report;
            assert(amp_alerts_read(issue.document, &arena, &report, &why) == AMP_OK);
            assert(report.n == 1 && amp_str_eq(report.item[0].reference, issue.reference));
        }
    }
    amp_buf_free(&first);
    amp_buf_free(&second);
    amp_arena_drop(&arena);
    return 0;
}
