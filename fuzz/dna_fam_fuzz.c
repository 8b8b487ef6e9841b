/* Any bytes as a Familias file: what is read is written, and reads back. */
#include "dna/fam.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_arena arena = amp_arena_make(1 << 25);
    struct amp_fam fam, again;
    struct amp_kin_case kc;
    struct amp_why why = {""};
    const struct amp_kin_override override = {.fallback_given = true, .fallback = AMP_KIN_EQUAL};
    if (!amp_fam_read(bytes, "fuzz.fam", &arena, &fam, &why)) {
        struct amp_buf out = amp_buf_make(1 << 24);
        amp_fam_write(&fam, &out);
        if (!amp_buf_err(&out) && !amp_arena_failed(&arena)) {
            const amp_err err = amp_fam_read(amp_buf_view(&out), "back.fam", &arena, &again, &why);
            assert(!err || err == AMP_E_NOMEM);
            assert(err || again.person_n == fam.person_n);
            assert(err || again.marker_n == fam.marker_n);
        }
        (void)!amp_fam_case(&fam, &override, &arena, &kc, &why);
        amp_buf_free(&out);
    }
    amp_arena_drop(&arena);
    return 0;
}
