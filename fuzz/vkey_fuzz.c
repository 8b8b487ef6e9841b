/* Fuzzes verifier keys: what is taken is written back as it came. */
#include "journal/note.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str text = {.ptr = (const char *)data, .len = size};
    struct amp_vkey vkey;
    char back[AMP_VKEY_TEXT + 256];
    if (amp_vkey_parse(text, &vkey, NULL) == AMP_OK) {
        amp_vkey_write(&vkey, back);
        assert(amp_str_is(text, back));
    }
    return 0;
}
