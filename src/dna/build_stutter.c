/*
 * How alleles are named, where their stutter lands and how long they are.
 *
 * Stutter is one repeat: 9.3 to 8.3; with the longest uninterrupted stretch in the name (LUS) both
 * numbers change: 16.3_11_1_0 to 15.3_10_1_0. Names that are no numbers do not stutter.
 */
#include "dna/build_in.h"

enum {
    REPEAT_MILLI = 1000
};

amp_err amp_mix_naming_find(struct amp_mix_draft *draft)
{
    size_t numbers = 0;
    size_t stretches = 0;
    const size_t n = draft->marker->genotype_n;
    for (size_t i = 0; i < n; i++) {
        int64_t milli = 0;
        struct amp_dna_lus lus;
        const struct amp_str name = draft->allele[i].name;
        numbers += amp_dna_allele_milli(name, &milli);
        stretches += amp_dna_allele_lus(name, &lus);
    }
    if ((numbers > 0 && numbers < n) || (stretches > 0 && stretches < n)) {
        return amp_fail(draft->why, AMP_E_SYNTAX,
                        "marker %.*s: its alleles are named in two ways, as \"%.*s\" and "
                        "\"%.*s\"; name all as numbers, all with their stretch (9.3_6) or none",
                        (int)draft->marker->name.len, draft->marker->name.ptr,
                        (int)draft->allele[0].name.len, draft->allele[0].name.ptr,
                        (int)draft->allele[n - 1].name.len, draft->allele[n - 1].name.ptr);
    }
    draft->naming = stretches > 0           ? AMP_MIX_LUS
                    : numbers == 0 && n > 0 ? AMP_MIX_WORDS
                                            : AMP_MIX_NUMBERS;
    return AMP_OK;
}

/* The name of the allele one repeat shorter (step -1) or longer (1). */
static struct amp_str stutter_name(const struct amp_mix_draft *draft, struct amp_str name, int step)
{
    int64_t milli = 0;
    if (draft->naming == AMP_MIX_NUMBERS) {
        (void)amp_dna_allele_milli(name, &milli);
        return amp_dna_allele_of_milli(draft->arena, milli + (int64_t)step * REPEAT_MILLI);
    }
    struct amp_dna_lus lus = {0};
    (void)amp_dna_allele_lus(name, &lus);
    lus.milli += (int64_t)step * REPEAT_MILLI;
    lus.stretch += step;
    return amp_dna_allele_of_lus(draft->arena, &lus);
}

/* Any position with the name, of a genotype or of stutter alone; -1 when there is none. */
static int32_t position_find(const struct amp_mix_draft *draft, struct amp_str name)
{
    for (size_t i = 0; i < draft->marker->allele_n; i++) {
        if ((int32_t)i != draft->marker->rest && amp_dna_allele_same(draft->allele[i].name, name)) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* Where the stutter of allele i lands; with EuroForMix's convention a place is made for it. */
static amp_err landing_find(struct amp_mix_draft *draft, size_t i, int step, int32_t *to)
{
    const size_t genotype_n = draft->marker->genotype_n;
    const struct amp_str name = stutter_name(draft, draft->allele[i].name, step);
    if (amp_arena_failed(draft->arena)) {
        return AMP_E_NOMEM;
    }
    *to = position_find(draft, name);
    if (*to >= 0 || draft->settings->convention == AMP_MIX_DNAMIXTURES) {
        return AMP_OK;
    }
    amp_err err = amp_mix_ladder_add(draft, name, 0, to);
    draft->marker->genotype_n = genotype_n; /* what was added can be no part of a genotype */
    return err;
}

static amp_err links_make(struct amp_mix_draft *draft, int step)
{
    const size_t n = draft->marker->genotype_n;
    for (size_t i = 0; i < n; i++) {
        int32_t to = -1;
        if ((int32_t)i == draft->marker->rest) {
            continue;
        }
        amp_err err = landing_find(draft, i, step, &to);
        if (err) {
            return err;
        }
        struct amp_mix_allele *from = &draft->allele[i];
        if (step < 0) {
            from->back_to = to;
            from->loses_back = to >= 0;
        } else {
            from->forward_to = to;
            from->loses_forward = to >= 0;
        }
        if (to >= 0) {
            *(step < 0 ? &draft->allele[to].back_from : &draft->allele[to].forward_from) =
                (int32_t)i;
        }
    }
    return AMP_OK;
}

amp_err amp_mix_stutter_link(struct amp_mix_draft *draft)
{
    const struct amp_mix_settings *settings = draft->settings;
    if (!settings->back || draft->naming == AMP_MIX_WORDS) {
        return AMP_OK;
    }
    draft->marker->stutter = settings->forward ? 2 : 1;
    amp_err err = links_make(draft, -1);
    if (!err && settings->forward) {
        err = links_make(draft, 1);
    }
    /* EuroForMix takes both proportions from every allele that stutters at all */
    for (size_t i = 0; i < draft->marker->genotype_n; i++) {
        if (settings->convention == AMP_MIX_EFM && draft->allele[i].loses_back) {
            draft->allele[i].loses_forward = settings->forward;
        }
    }
    return err;
}

static double mean_size(const struct amp_dna_kit_marker *kit)
{
    double sum = 0;
    for (size_t i = 0; i < kit->allele_n; i++) {
        sum += kit->size_bp[i];
    }
    return sum / (double)kit->allele_n;
}

/* The size of a seen allele; the length of a sequence name is what stands before its ':' or '_'. */
static amp_err size_find(const struct amp_mix_draft *draft, struct amp_str name, double *out)
{
    struct amp_str length = {0};
    (void)amp_str_cut(name, draft->naming == AMP_MIX_LUS ? '_' : ':', &length);
    amp_err err = amp_dna_kit_size(draft->kit, length, out);
    if (err && draft->naming == AMP_MIX_WORDS) {
        *out = mean_size(draft->kit); /* as EuroForMix does for names that are no numbers */
        return AMP_OK;
    }
    return err;
}

amp_err amp_mix_sizes_set(struct amp_mix_draft *draft)
{
    const struct amp_mix_marker *marker = draft->marker;
    if (!draft->settings->degradation) {
        return AMP_OK;
    }
    if (draft->kit == NULL || draft->kit->allele_n == 0) {
        const struct amp_str kit = draft->settings->kit->name;
        return amp_fail(draft->why, AMP_E_NOT_FOUND,
                        "kit %.*s has no marker %.*s, so degradation cannot be modelled there; "
                        "choose the kit of the stain, leave the marker out of the frequencies, or "
                        "calculate without degradation",
                        (int)kit.len, kit.ptr, (int)marker->name.len, marker->name.ptr);
    }
    for (size_t i = 0; i < marker->genotype_n; i++) {
        double size = draft->kit->longest_bp;
        amp_err err = AMP_OK;
        if ((int32_t)i != marker->rest) {
            err = size_find(draft, draft->allele[i].name, &size);
        }
        if (err) {
            return amp_fail(draft->why, err, "marker %.*s: allele %.*s has no size in the kit",
                            (int)marker->name.len, marker->name.ptr, (int)draft->allele[i].name.len,
                            draft->allele[i].name.ptr);
        }
        draft->allele[i].bp100 = (size - 125) / 100;
    }
    return AMP_OK;
}
