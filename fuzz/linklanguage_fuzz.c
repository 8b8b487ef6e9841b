/* Fuzz target: the languages that a caller's phone asks for, and the name of an upload. */
#include "server/caller_words.h"
#include "server/mediastore.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str text = {(const char *)data, size};
    assert(amp_caller_language_of(text) < AMP_CALLER_LANGUAGES);
    assert(!amp_media_upload_valid(text) || size <= AMP_MEDIA_UPLOAD);
    return 0;
}
