/* Which alleles a marker has, their frequencies and heights. */
#include "dna/build_in.h"

/* A rest below this is what adding up frequencies loses, and no allele. */
static const double rest_min = 1e-9;
/* A table's sum this far below 1 is what printing loses; beyond, alleles are missing from it. */
static const double sum_slack = 0.001;

int32_t amp_mix_ladder_find(const struct amp_mix_draft *draft, struct amp_str name)
{
    for (size_t i = 0; i < draft->marker->genotype_n; i++) {
        if ((int32_t)i != draft->marker->rest && amp_dna_allele_same(draft->allele[i].name, name)) {
            return (int32_t)i;
        }
    }
    return -1;
}

amp_err amp_mix_ladder_add(struct amp_mix_draft *draft, struct amp_str name, double freq,
                           int32_t *at)
{
    struct amp_mix_marker *marker = draft->marker;
    if (marker->allele_n == AMP_MIX_ALLELES) {
        return amp_fail(draft->why, AMP_E_LIMIT,
                        "marker %.*s has more than %d alleles with its stutter positions; leave it "
                        "out or raise the threshold",
                        (int)marker->name.len, marker->name.ptr, AMP_MIX_ALLELES);
    }
    *at = (int32_t)marker->allele_n;
    draft->allele[marker->allele_n++] = (struct amp_mix_allele){.name = name,
                                                                .freq = freq,
                                                                .back_to = -1,
                                                                .forward_to = -1,
                                                                .back_from = -1,
                                                                .forward_from = -1};
    marker->genotype_n = marker->allele_n;
    return AMP_OK;
}

/* One peak at or above the threshold; the others are counted. */
static amp_err peak_put(struct amp_mix_draft *draft, size_t replicate,
                        const struct amp_dna_peak *peak)
{
    struct amp_mix_marker *marker = draft->marker;
    if (peak->height < marker->threshold) {
        draft->below_n++;
        return AMP_OK;
    }
    if (amp_dna_allele_token(peak->allele)) {
        amp_mix_note(draft, "%.*s: a peak called %.*s of height %g is left out, it is no allele",
                     (int)marker->name.len, marker->name.ptr, (int)peak->allele.len,
                     peak->allele.ptr, peak->height);
        return AMP_OK;
    }
    int32_t at = amp_mix_ladder_find(draft, peak->allele);
    amp_err err = at < 0 ? amp_mix_ladder_add(draft, peak->allele, 0, &at) : AMP_OK;
    if (!err) {
        draft->height[(size_t)at * draft->replicate_n + replicate] = peak->height;
    }
    return err;
}

static amp_err peaks_put(struct amp_mix_draft *draft)
{
    for (size_t r = 0; r < draft->replicate_n; r++) {
        const struct amp_dna_locus *locus = draft->replicate[r];
        for (size_t i = 0; i < locus->peak_n; i++) {
            amp_err err = peak_put(draft, r, &locus->peak[i]);
            if (err) {
                return err;
            }
        }
    }
    return AMP_OK;
}

/* With DNAmixtures' convention all alleles of the table can be in a genotype. */
static amp_err table_put(struct amp_mix_draft *draft)
{
    for (size_t i = 0; i < draft->freq->allele_n; i++) {
        int32_t at = 0;
        amp_err err = amp_mix_ladder_add(draft, draft->freq->allele[i], 0, &at);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

static double smallest(const struct amp_mix_draft *draft)
{
    return draft->settings->min_freq > 0 ? draft->settings->min_freq
                                         : draft->input->freqs->min_freq;
}

/*
 * Whether the marker's frequencies are brought back to a sum of 1: where an allele was added to the
 * table, and where the sum is above 1 or was 1 before printing. What a table truly lacks belongs to
 * alleles that it does not list, which is what the rest allele stands for.
 */
static bool sum_restored(struct amp_mix_draft *draft, bool added)
{
    const double sum = draft->freq->sum;
    if (draft->settings->keep_sum) {
        return false;
    }
    if (!added && sum < 1 - sum_slack) {
        amp_mix_note(draft,
                     "%.*s: the table's frequencies add up to %.4f; what is missing counts as "
                     "alleles that are not listed",
                     (int)draft->marker->name.len, draft->marker->name.ptr, sum);
        return false;
    }
    return true;
}

/* Frequencies of the table, and the smallest for what is not listed. */
static void freqs_set(struct amp_mix_draft *draft)
{
    struct amp_mix_marker *marker = draft->marker;
    double sum = draft->freq->sum;
    bool added = false;
    for (size_t i = 0; i < marker->genotype_n; i++) {
        struct amp_mix_allele *allele = &draft->allele[i];
        if (!amp_dna_freq_of(draft->freq, allele->name, &allele->freq)) {
            allele->freq = smallest(draft);
            sum += allele->freq;
            added = true;
            amp_mix_note(draft, "%.*s: allele %.*s is not in the frequency table; it gets %.3g",
                         (int)marker->name.len, marker->name.ptr, (int)allele->name.len,
                         allele->name.ptr, allele->freq);
        }
    }
    if (marker->genotype_n > 0 && sum_restored(draft, added)) {
        for (size_t i = 0; i < marker->genotype_n; i++) {
            draft->allele[i].freq /= sum;
        }
    }
}

static amp_err rest_add(struct amp_mix_draft *draft, double freq)
{
    return amp_mix_ladder_add(draft, AMP_STR("Q"), freq, &draft->marker->rest);
}

static double rest_freq(const struct amp_mix_draft *draft)
{
    double sum = 0;
    for (size_t i = 0; i < draft->marker->genotype_n; i++) {
        sum += draft->allele[i].freq;
    }
    return 1 - sum;
}

amp_err amp_mix_ladder_rest(struct amp_mix_draft *draft)
{
    struct amp_mix_marker *marker = draft->marker;
    amp_mix_note(draft,
                 "%.*s: a typed person has an allele that was not seen and that the table has no "
                 "room for; the rest allele gets %.3g",
                 (int)marker->name.len, marker->name.ptr, smallest(draft));
    amp_err err = rest_add(draft, smallest(draft));
    double sum = 0;
    for (size_t i = 0; i < marker->genotype_n; i++) {
        sum += draft->allele[i].freq;
    }
    for (size_t i = 0; i < marker->genotype_n && !draft->settings->keep_sum; i++) {
        draft->allele[i].freq /= sum;
    }
    return err;
}

amp_err amp_mix_ladder_build(struct amp_mix_draft *draft)
{
    const bool whole = draft->settings->convention == AMP_MIX_DNAMIXTURES;
    amp_err err = whole ? table_put(draft) : AMP_OK;
    err = err ? err : peaks_put(draft);
    err = err ? err : amp_mix_naming_find(draft);
    if (err) {
        return err;
    }
    freqs_set(draft);
    if (!whole && rest_freq(draft) > rest_min) {
        err = rest_add(draft, rest_freq(draft));
    }
    return err;
}
