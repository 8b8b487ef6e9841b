/* Any bytes as an ask with a document: the form of its signature, KeyInfo, certificates and all. */
#include "cli/verifier.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool opened;
    struct amp_verify_ask ask;
    struct amp_verdict verdict = {.signature = AMP_SIGNATURE_NONE};
    opened = opened || amp_verifier_open();
    assert(opened);
    if (amp_verify_ask_read((struct amp_str){(const char *)data, size}, &ask) == AMP_OK) {
        amp_verifier_look(&ask, &verdict);
        assert(verdict.signature != AMP_SIGNATURE_NONE);
        assert(verdict.signature != AMP_SIGNATURE_VALID || verdict.key < ask.key_n + ask.ca_n);
        assert(strlen(verdict.words) <= AMP_VERIFY_ANSWER);
    }
    return 0;
}
