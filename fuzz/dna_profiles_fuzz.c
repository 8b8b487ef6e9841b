/* Any bytes as a table of profiles, and what was read as the stain of a mixture. */
#include "dna/build.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    ARENA = 1 << 25
};

static const char freqs_text[] = "Allele,TH01,FGA,AMEL\n7,0.3,,\n8,0.3,,\n9.3,0.3,,\n22,,0.5,\n"
                                 "22_9,,0.1,\nX,,,0.5\nY,,,0.5\n";

static void profiles_check(const struct amp_dna_profiles *profiles)
{
    assert(profiles->sample_n > 0 && profiles->sample_n <= AMP_DNA_SAMPLES);
    for (size_t i = 0; i < profiles->sample_n; i++) {
        const struct amp_dna_sample *sample = &profiles->sample[i];
        assert(sample->name.len > 0 && sample->locus_n <= AMP_DNA_MARKERS);
        for (size_t j = 0; j < sample->locus_n; j++) {
            const struct amp_dna_locus *locus = &sample->locus[j];
            assert(locus->marker.len > 0 && locus->peak_n <= AMP_DNA_PEAKS);
            for (size_t k = 0; k < locus->peak_n; k++) {
                assert(locus->peak[k].allele.len > 0);
                assert(locus->peak[k].height >= 0 && isfinite(locus->peak[k].height));
            }
        }
    }
}

static void marker_check(const struct amp_mix_marker *mk, size_t contributor_n)
{
    double sum = 0;
    for (size_t i = 0; i < mk->allele_n; i++) {
        const struct amp_mix_allele *al = &mk->allele[i];
        sum += al->freq;
        assert((al->freq > 0) == (i < mk->genotype_n));
        assert(al->back_to < 0 || mk->allele[al->back_to].back_from == (int32_t)i);
        assert(al->forward_to < 0 || mk->allele[al->forward_to].forward_from == (int32_t)i);
    }
    assert(fabs(sum - 1) < 1e-9);
    for (size_t k = 0; k < contributor_n; k++) {
        size_t copies = 0;
        for (size_t i = 0; i < mk->allele_n; i++) {
            copies += mk->copies[k * mk->allele_n + i];
        }
        assert(((mk->known >> k) & 1U) == (copies > 0));
    }
}

static void mixture_check(const struct amp_dna_profiles *profiles, struct amp_arena *arena)
{
    struct amp_dna_freqs freqs;
    struct amp_dna_kit kit;
    const struct amp_str text = {freqs_text, sizeof(freqs_text) - 1};
    if (amp_dna_freqs_read(text, "f", arena, &freqs, NULL) ||
        amp_dna_kit_find(AMP_STR("ESX17"), arena, &kit, NULL)) {
        return;
    }
    const struct amp_dna_sample *replicate[2] = {&profiles->sample[0],
                                                 &profiles->sample[profiles->sample_n - 1]};
    const struct amp_mix_input input = {replicate, profiles->sample_n > 1 ? 2 : 1, profiles,
                                        &freqs};
    const struct amp_mix_settings settings = {.threshold = {.value = 1},
                                              .drop_in = {.value = 0.05},
                                              .drop_in_lambda = {.value = 0.01},
                                              .theta = {.value = 0.01},
                                              .degradation = true,
                                              .back = true,
                                              .forward = true,
                                              .kit = &kit};
    const struct amp_mix_hypothesis hypothesis = {.contributor_n = 2,
                                                  .known_n = 1,
                                                  .known = {profiles->sample[0].name},
                                                  .related_to = replicate[1]->name,
                                                  .relation = AMP_MIX_SIBLING};
    struct amp_mix mix;
    struct amp_mix_notes notes = {.n = 0};
    struct amp_why why;
    if (amp_mix_build(&input, &settings, &hypothesis, arena, &mix, &notes, &why) == AMP_OK) {
        for (size_t i = 0; i < mix.marker_n; i++) {
            marker_check(&mix.marker[i], mix.contributor_n);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct amp_str bytes = {(const char *)data, size};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles profiles;
    struct amp_why why;
    if (amp_dna_profiles_read(bytes, "f", &arena, &profiles, &why) == AMP_OK) {
        profiles_check(&profiles);
        mixture_check(&profiles, &arena);
    }
    amp_arena_drop(&arena);
    return 0;
}
