/* Fuzz target: the file of a medium as a disk gives it back, and what kind its first bytes say. */
#include "server/medium.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[AMP_KEY] = {1};
    struct amp_str file = {(const char *)data, size};
    struct amp_buf out = amp_buf_make(1 << 20);
    size_t whole = 0;
    uint64_t held = 0;
    const char *kind = amp_medium_sniff(file);
    assert(kind == NULL || amp_medium_type(amp_str_of(kind)) != NULL);
    if (amp_medium_measure(file, &whole, &held) == AMP_OK) {
        assert(whole <= size && held < whole);
    }
    (void)amp_medium_open(key, file, &out);
    assert(out.len <= size);
    amp_buf_free(&out);
    return 0;
}
