/* Fuzzes folding and Plus Codes with any bytes: views stay inside, codes come back. */
#include "map/fold.h"
#include "map/pluscode.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str text = {.ptr = (const char *)data, .len = size};
    struct amp_folded folded;
    struct amp_str form[AMP_FOLD_FORMS];
    struct amp_plusarea area;
    struct amp_pos near = {411496000, -86110000};
    char code[AMP_PLUSCODE_TEXT];
    char house[32];
    amp_fold(text, &folded);
    for (size_t i = 0; i < folded.n; i++) {
        assert(amp_utf8_valid(folded.raw[i]) && folded.word[i].len > 0);
        assert(amp_fold_weight(folded.word[i]) > 0);
        assert(amp_fold_completions(folded.raw[i], form) <= AMP_FOLD_FORMS);
    }
    assert(amp_fold_house(text, house, sizeof(house)) < sizeof(house));
    if (!amp_pluscode_recover(text, near, code)) {
        assert(amp_pluscode_valid(text) && !amp_pluscode_decode(amp_str_of(code), &area));
    }
    if (!amp_pluscode_shorten(text, near, code)) {
        assert(amp_pluscode_valid(amp_str_of(code)));
    }
    return 0;
}
