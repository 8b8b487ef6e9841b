/* Any bytes as a test vector of a mixture, and its likelihood when it is small enough. */
#include "dna/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    UNKNOWN_MAX = 2, /* more would only be slow */
    ALLELE_MAX = 12,
    MARKER_MAX = 4
};

static bool is_small(const struct amp_mix *mix)
{
    bool small = mix->contributor_n <= UNKNOWN_MAX && mix->marker_n <= MARKER_MAX;
    for (size_t m = 0; m < mix->marker_n && small; m++) {
        small = mix->marker[m].allele_n <= ALLELE_MAX;
    }
    return small;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_dna_dump dump;
    struct amp_mix_work *work = NULL;
    if (!amp_dna_dump_read(bytes, &arena, &dump, NULL) && is_small(&dump.mix) &&
        !amp_mix_work_create(&dump.mix, &work)) {
        struct amp_mix_params gradient;
        struct amp_mix_value value = {.gradient = &gradient};
        (void)!amp_mix_loglik(&dump.mix, &dump.params, work, &value);
    }
    amp_mix_work_destroy(work);
    amp_arena_drop(&arena);
    return 0;
}
