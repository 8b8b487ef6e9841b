/* Fuzz target: a text message as a gateway hands it over, and how many parts it takes. */
#include "intake/gsm7.h"
#include "intake/sms.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct amp_sms_in *sms)
{
    assert(sms->from.len > 0 && sms->from.len <= AMP_LINE_MAX);
    assert(sms->text.len <= AMP_TEXT_MAX && amp_utf8_valid(sms->text));
    assert(sms->part.total == 0 || (sms->part.index >= 1 && sms->part.index <= sms->part.total));
    struct amp_sms_size size = amp_sms_size_of(sms->text);
    assert(size.left >= 0 && (size.parts == 0) == (sms->text.len == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_arena arena = amp_arena_make(1 << 22);
    struct amp_str text = {(const char *)data, size};
    struct amp_sms_in sms;
    struct amp_why why;
    if (amp_sms_read_form(text, &arena, &sms, &why) == AMP_OK) {
        check(&sms);
    }
    if (amp_sms_read_json(text, &arena, &sms, &why) == AMP_OK) {
        check(&sms);
    }
    amp_arena_drop(&arena);
    return 0;
}
