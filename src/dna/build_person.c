/* What the typed persons of a hypothesis have at a marker. */
#include "dna/build_in.h"

#include <string.h>

/* The genotype of a person: indices of alleles, the rest allele for what was not seen. */
struct genotype {
    size_t n;
    int32_t at[AMP_DNA_PEAKS];
};

static int32_t index_of(const struct amp_mix_draft *draft, struct amp_str allele)
{
    const int32_t at = amp_mix_ladder_find(draft, allele);
    return at >= 0 ? at : draft->marker->rest;
}

static struct genotype genotype_of(const struct amp_mix_draft *draft,
                                   const struct amp_dna_sample *person)
{
    struct genotype of = {.n = 0};
    const struct amp_dna_locus *locus = amp_mix_locus_find(draft, person, draft->marker->name);
    for (size_t i = 0; locus != NULL && i < locus->peak_n; i++) {
        of.at[of.n++] = index_of(draft, locus->peak[i].allele);
    }
    if (of.n == 1) { /* a homozygote written once */
        of.at[of.n++] = of.at[0];
    }
    return of;
}

bool amp_mix_people_need_rest(const struct amp_mix_draft *draft)
{
    for (size_t i = 0; i < draft->people.n; i++) {
        const struct genotype of = genotype_of(draft, draft->people.person[i]);
        for (size_t j = 0; j < of.n; j++) {
            if (of.at[j] < 0) {
                return true;
            }
        }
    }
    return false;
}

static amp_err refuse(const struct amp_mix_draft *draft, const struct amp_dna_sample *person,
                      const char *what)
{
    return amp_fail(draft->why, AMP_E_RANGE, "%.*s at marker %.*s: %s", (int)person->name.len,
                    person->name.ptr, (int)draft->marker->name.len, draft->marker->name.ptr, what);
}

/* References and stain must be named alike, or what they share would be taken for unseen. */
static amp_err names_check(const struct amp_mix_draft *draft, const struct amp_dna_sample *person)
{
    const struct amp_dna_locus *locus = amp_mix_locus_find(draft, person, draft->marker->name);
    for (size_t i = 0; locus != NULL && i < locus->peak_n; i++) {
        const struct amp_str allele = locus->peak[i].allele;
        int64_t milli = 0;
        const bool number = amp_dna_allele_milli(allele, &milli);
        const bool stretch = memchr(allele.ptr, '_', allele.len) != NULL;
        const bool like = draft->naming == AMP_MIX_NUMBERS ? !stretch
                          : draft->naming == AMP_MIX_LUS   ? stretch
                                                           : !number;
        if (!like && draft->marker->genotype_n > (draft->marker->rest >= 0)) {
            return refuse(draft, person,
                          "the alleles are not named as those of the stain; export both with the "
                          "same names");
        }
    }
    return AMP_OK;
}

/* EuroForMix counts each allele of a typed person once, a homozygote's twice. */
static void typed_count(struct amp_mix_draft *draft, const struct genotype *of)
{
    size_t distinct = 0;
    for (size_t i = 0; i < of->n; i++) {
        bool before = false;
        for (size_t j = 0; j < i; j++) {
            before = before || of->at[j] == of->at[i];
        }
        if (!before) {
            draft->allele[of->at[i]].typed += 1;
            distinct++;
        }
    }
    if (distinct == 1) {
        draft->allele[of->at[0]].typed += 1;
    }
}

/* EuroForMix with both stutters: what a person has beyond two alleles, as they are written, gives
 * no stutter. */
static amp_err third_mute(struct amp_mix_draft *draft, size_t contributor,
                          const struct genotype *of)
{
    const struct amp_mix_settings *st = draft->settings;
    struct amp_mix_marker *marker = draft->marker;
    if (of->n <= 2 || st->third_allele_stutters || st->convention != AMP_MIX_EFM || !st->back ||
        !st->forward) {
        return AMP_OK;
    }
    const size_t size = draft->hypothesis->contributor_n * marker->allele_n;
    uint8_t *mute = amp_arena_array(draft->arena, size, 1);
    if (mute == NULL) {
        return AMP_E_NOMEM;
    }
    if (marker->mute != NULL) {
        memcpy(mute, marker->mute, size);
    }
    for (size_t i = 2; i < of->n; i++) {
        mute[contributor * marker->allele_n + (size_t)of->at[i]]++;
    }
    marker->mute = mute;
    const struct amp_dna_sample *person = draft->people.person[contributor];
    amp_mix_note(draft,
                 "%.*s has three alleles at %.*s: the third gives no stutter, as in EuroForMix",
                 (int)person->name.len, person->name.ptr, (int)marker->name.len, marker->name.ptr);
    return AMP_OK;
}

static amp_err copies_count(struct amp_mix_draft *draft, size_t contributor,
                            const struct genotype *of, uint8_t *copies)
{
    struct amp_mix_marker *marker = draft->marker;
    const struct amp_dna_sample *person = draft->people.person[contributor];
    if (of->n == 0) {
        amp_mix_note(draft, "%.*s is not typed at %.*s and counts as unknown there",
                     (int)person->name.len, person->name.ptr, (int)marker->name.len,
                     marker->name.ptr);
        return AMP_OK;
    }
    marker->known |= 1U << contributor;
    if (of->n > AMP_MIX_COPIES) {
        return refuse(draft, person, "more than four alleles are no single person's profile");
    }
    for (size_t i = 0; i < of->n; i++) {
        copies[contributor * marker->allele_n + (size_t)of->at[i]]++;
    }
    return third_mute(draft, contributor, of);
}

static amp_err relative_set(struct amp_mix_draft *draft)
{
    struct amp_mix_marker *marker = draft->marker;
    const struct amp_dna_sample *person = draft->people.relative;
    if (person == NULL) {
        return AMP_OK;
    }
    const struct genotype of = genotype_of(draft, person);
    if (of.n > 2) {
        return refuse(draft, person, "a relative with three alleles cannot be calculated");
    }
    if (of.n == 0) {
        amp_mix_note(draft, "%.*s is not typed at %.*s: the relation does not count there",
                     (int)person->name.len, person->name.ptr, (int)marker->name.len,
                     marker->name.ptr);
        return AMP_OK;
    }
    marker->relative[0] = of.at[0];
    marker->relative[1] = of.at[1];
    return AMP_OK;
}

amp_err amp_mix_people_count(struct amp_mix_draft *draft)
{
    struct amp_mix_marker *marker = draft->marker;
    const size_t contributor_n = draft->hypothesis->contributor_n;
    uint8_t *copies = amp_arena_array(draft->arena, contributor_n * marker->allele_n + 1, 1);
    if (copies == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < draft->people.n; i++) {
        const struct amp_dna_sample *person = draft->people.person[i];
        amp_err err = names_check(draft, person);
        if (err) {
            return err;
        }
        const struct genotype of = genotype_of(draft, person);
        typed_count(draft, &of);
        if (i < draft->hypothesis->known_n) {
            err = copies_count(draft, i, &of, copies);
        }
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < marker->genotype_n; i++) {
        marker->typed_n += draft->allele[i].typed;
    }
    marker->copies = copies;
    return relative_set(draft);
}
