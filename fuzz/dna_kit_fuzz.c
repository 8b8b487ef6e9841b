/* Any bytes as a laboratory's kit table. */
#include "dna/kit.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str bytes = {(const char *)data, size};
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_dna_kit kit;
    struct amp_why why;
    if (amp_dna_kit_read(bytes, "f", AMP_STR(""), &arena, &kit, &why) == AMP_OK) {
        assert(kit.marker_n > 0);
        for (size_t i = 0; i < kit.marker_n; i++) {
            const struct amp_dna_kit_marker *marker = &kit.marker[i];
            assert(marker->allele_n > 0 && marker->longest_bp > 0);
            double size_bp = 0;
            assert(amp_dna_kit_size(marker, marker->allele[0], &size_bp) == AMP_OK);
            assert(size_bp > 0 && size_bp <= marker->longest_bp);
            (void)!amp_dna_kit_size(marker, AMP_STR("9.3"), &size_bp);
        }
    }
    amp_arena_drop(&arena);
    return 0;
}
