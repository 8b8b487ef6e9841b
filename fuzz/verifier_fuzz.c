/* Any bytes as an ask of the verifier and as its answer: what is read is written the same. */
#include "server/verifier.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str frame = {.ptr = (const char *)data, .len = size};
    struct amp_buf out = amp_buf_make(1 << 20);
    struct amp_verify_ask ask;
    struct amp_verdict verdict;
    uint32_t id = 0;
    if (amp_verify_ask_read(frame, &ask) == AMP_OK) {
        amp_verify_ask_write(&ask, &out);
        assert(amp_str_eq(amp_buf_view(&out), frame));
    }
    amp_buf_clear(&out);
    if (amp_verify_answer_read(frame, 3, &id, &verdict) == AMP_OK) {
        assert(verdict.signature != AMP_SIGNATURE_VALID || verdict.key < 3);
        assert(strlen(verdict.words) <= AMP_VERIFY_ANSWER);
        amp_verify_answer_write(id, &verdict, &out);
    }
    amp_buf_free(&out);
    return 0;
}
