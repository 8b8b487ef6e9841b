/* Any bytes as an ask of the verifier, as its answer, and as certificates: what is read is written
 * the same. */
#include "server/alert_chain.h"
#include "server/verifier.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of an ask, the document as certificates in base64, with a comma between them. */
static void chain_look(const struct amp_verify_ask *ask)
{
    struct amp_str text[AMP_CHAIN_CERTIFICATES + 1], rest = ask->document;
    const char *words = NULL;
    size_t n = 0;
    while (rest.len > 0 && n <= AMP_CHAIN_CERTIFICATES) {
        rest = amp_str_cut(rest, ',', &text[n++]);
    }
    struct amp_chain *chain = amp_chain_open(text, n, &words);
    assert((chain == NULL) == (words != NULL));
    for (size_t i = 0; chain != NULL && i < ask->ca_n; i++) {
        words = amp_chain_wrong(chain, ask->ca[i].certificates, ask->ca[i].signer, ask->now_us);
        assert(words != NULL || amp_chain_signer_valid(ask->ca[i].signer));
        assert(amp_chain_key(chain).len > 0);
    }
    amp_chain_close(chain);
}

static void file_read(struct amp_str text)
{
    struct amp_buf out = amp_buf_make(AMP_VERIFY_CA);
    struct amp_why why = {""};
    bool expired = false;
    if (amp_chain_read(text, 0, &out, &expired, &why) == AMP_OK) {
        assert(out.len > 0 && out.len <= AMP_VERIFY_CA);
    }
    amp_buf_free(&out);
}

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
        chain_look(&ask);
    }
    amp_buf_clear(&out);
    if (amp_verify_answer_read(frame, 3, &id, &verdict) == AMP_OK) {
        assert(verdict.signature != AMP_SIGNATURE_VALID || verdict.key < 3);
        assert(strlen(verdict.words) <= AMP_VERIFY_ANSWER);
        amp_verify_answer_write(id, &verdict, &out);
    }
    amp_buf_free(&out);
    file_read(frame);
    return 0;
}
