/* Any bytes as a table of allele frequencies. */
#include "dna/freq.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str bytes = {(const char *)data, size};
    struct amp_arena arena = amp_arena_make(1 << 24);
    struct amp_dna_freqs freqs;
    struct amp_why why;
    if (amp_dna_freqs_read(bytes, "f", &arena, &freqs, &why) == AMP_OK) {
        assert(freqs.marker_n > 0 && freqs.min_freq > 0 && freqs.min_freq <= 1);
        for (size_t i = 0; i < freqs.marker_n; i++) {
            const struct amp_dna_freq *freq = &freqs.marker[i];
            assert(amp_dna_freq_find(&freqs, freq->marker) == freq);
            for (size_t j = 0; j < freq->allele_n; j++) {
                double value = 0;
                assert(freq->freq[j] >= freqs.min_freq && freq->freq[j] <= 1);
                assert(amp_dna_freq_of(freq, freq->allele[j], &value));
                assert(value == freq->freq[j]);
            }
        }
    }
    amp_arena_drop(&arena);
    return 0;
}
