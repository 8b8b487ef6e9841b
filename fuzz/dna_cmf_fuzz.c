/* Any bytes inside a CODIS message. */
#include "base/buf.h"
#include "dna/profile.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_buf text = amp_buf_make(size + 256);
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_dna_profiles profiles;
    struct amp_why why;
    amp_buf_text(&text, "<CODISImportFile><HEADERVERSION>3.2</HEADERVERSION>");
    amp_buf_put(&text, data, size);
    amp_buf_text(&text, "</CODISImportFile>");
    if (amp_dna_profiles_read(amp_buf_view(&text), "f", &arena, &profiles, &why) == AMP_OK) {
        assert(profiles.sample_n > 0 && !profiles.heights);
        for (size_t i = 0; i < profiles.sample_n; i++) {
            assert(profiles.sample[i].name.len > 0);
        }
    }
    amp_buf_free(&text);
    amp_arena_drop(&arena);
    return 0;
}
