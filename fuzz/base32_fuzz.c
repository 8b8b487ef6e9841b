/* Fuzzes the reader of base32: what it takes is written back as one text, which gives the same. */
#include "server/totp.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t first[AMP_TOTP_SECRET_MAX];
    uint8_t again[AMP_TOTP_SECRET_MAX];
    size_t first_n = 0;
    size_t again_n = 0;
    const struct amp_str text = {.ptr = (const char *)data, .len = size};
    if (amp_base32_read(text, first, sizeof first, &first_n) != AMP_OK) {
        return 0;
    }
    struct amp_buf out = amp_buf_make(AMP_BASE32_MAX);
    amp_base32_put(&out, first, first_n);
    if (amp_base32_read(amp_buf_view(&out), again, sizeof again, &again_n) != AMP_OK ||
        again_n != first_n || memcmp(first, again, first_n) != 0) {
        abort();
    }
    amp_buf_free(&out);
    return 0;
}
