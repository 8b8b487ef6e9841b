/* Any bytes as a PED file with a small table of frequencies, and as a genetic map. */
#include "dna/ped.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct amp_str alleles[] = {AMP_STR("8"), AMP_STR("9"), AMP_STR("9.3")};
    static double freq[] = {0.25, 0.25, 0.5};
    static double even[] = {0.5, 0.5};
    static struct amp_dna_freq markers[] = {
        {.marker = AMP_STR("M1"), .allele_n = 3, .allele = alleles, .freq = freq, .sum = 1},
        {.marker = AMP_STR("M2"), .allele_n = 2, .allele = alleles, .freq = even, .sum = 1}};
    const struct amp_dna_freqs freqs = {.marker_n = size % 2 ? 1 : 2, .marker = markers};
    const struct amp_kin_override override = {.x_linked = size % 3 == 0};
    const struct amp_ped_settings settings = {
        .freqs = &freqs, .min_freq = size % 5 == 0 ? 0 : 0.01, .override = &override};
    struct amp_arena arena = amp_arena_make(1 << 25);
    struct amp_kin_case kc;
    struct amp_why why = {""};
    const struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    if (!amp_ped_read(bytes, "fuzz.ped", &settings, &arena, &kc, &why)) {
        assert(kc.hypothesis_n > 0);
        for (size_t h = 0; h < kc.hypothesis_n; h++) {
            assert(!amp_kin_pedigree_check(&kc.hypothesis[h].pedigree, &arena, &why) ||
                   amp_arena_failed(&arena));
        }
    }
    struct amp_kin_marker linked[] = {{.name = AMP_STR("M1")}, {.name = AMP_STR("M2")}};
    struct amp_kin_case map_of = {.marker_n = 2, .marker = linked};
    if (!amp_kin_case_link(&map_of, bytes, "fuzz.csv", &arena, &why)) {
        assert(map_of.group_n <= 1);
    }
    amp_arena_drop(&arena);
    return 0;
}
