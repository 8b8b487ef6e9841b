/* Fuzzes proof files: what is taken is written back as it came, and checking it is harmless. */
#include "journal/inspect.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char known[] =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const struct amp_str text = {.ptr = (const char *)data, .len = size};
    struct amp_tlog_proof proof;
    struct amp_log_claim claim;
    struct amp_vkey vkey;
    if (amp_tlog_proof_parse(text, &proof, NULL) != AMP_OK) {
        return 0;
    }
    struct amp_buf back = amp_buf_make(AMP_TLOG_PROOF_MAX);
    amp_tlog_proof_write(&proof, &back);
    assert(amp_buf_err(&back) == AMP_OK && amp_str_eq(amp_buf_view(&back), text));
    amp_buf_free(&back);
    amp_err err = amp_vkey_parse(amp_str_of(known), &vkey, NULL);
    assert(err == AMP_OK);
    if (amp_log_check(text, &vkey, 1, NULL, &claim, NULL) == AMP_OK) {
        amp_buf_free(&claim.body);
    }
    return 0;
}
