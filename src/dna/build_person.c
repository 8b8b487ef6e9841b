/* What the typed persons of a hypothesis have at a marker. */
#include "dna/build_in.h"

#include <stdio.h>
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
static bool named_alike(const struct amp_mix_draft *draft, struct amp_str allele)
{
    int64_t milli = 0;
    const bool number = amp_dna_allele_milli(allele, &milli);
    const bool stretch = memchr(allele.ptr, '_', allele.len) != NULL;
    const bool anything = draft->marker->genotype_n == (draft->marker->rest >= 0 ? 1U : 0U);
    return anything || (draft->naming == AMP_MIX_NUMBERS ? number
                        : draft->naming == AMP_MIX_LUS   ? stretch
                                                         : !number);
}

/* What is neither seen nor listed counts as the rest allele: it may be a slip of the pen. */
static void unlisted_note(struct amp_mix_draft *draft, const struct amp_dna_sample *person,
                          struct amp_str allele)
{
    double freq = 0;
    if (amp_mix_ladder_find(draft, allele) < 0 && !amp_dna_freq_of(draft->freq, allele, &freq)) {
        amp_mix_note(draft,
                     "%.*s at %.*s: allele %.*s is neither seen nor in the frequency table; it "
                     "counts as one of those not listed",
                     (int)person->name.len, person->name.ptr, (int)draft->marker->name.len,
                     draft->marker->name.ptr, (int)allele.len, allele.ptr);
    }
}

static amp_err names_check(struct amp_mix_draft *draft, const struct amp_dna_sample *person)
{
    const struct amp_dna_locus *locus = amp_mix_locus_find(draft, person, draft->marker->name);
    for (size_t i = 0; locus != NULL && i < locus->peak_n; i++) {
        const struct amp_str allele = locus->peak[i].allele;
        const bool token = amp_dna_allele_token(allele);
        if (token || !named_alike(draft, allele)) {
            return amp_fail(draft->why, AMP_E_RANGE, "%.*s at marker %.*s: \"%.*s\" is %s",
                            (int)person->name.len, person->name.ptr, (int)draft->marker->name.len,
                            draft->marker->name.ptr, (int)allele.len, allele.ptr,
                            token ? "no allele; name it, or empty the person's cells of this "
                                    "marker so that it counts as not typed"
                                  : "not named as the alleles of the stain; export both with the "
                                    "same names, or empty the person's cells of this marker");
        }
        unlisted_note(draft, person, allele);
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

/* Names of markers, joined for a sentence. */
struct listed {
    char text[200];
    size_t at, n;
};

static void marker_list(struct listed *list, struct amp_str marker)
{
    list->n++;
    if (list->at + marker.len + sizeof(", ...") >= sizeof(list->text)) {
        return;
    }
    const int wrote = snprintf(list->text + list->at, sizeof(list->text) - list->at, "%s%.*s",
                               list->at > 0 ? ", " : "", (int)marker.len, marker.ptr);
    list->at += wrote > 0 ? (size_t)wrote : 0;
}

static bool stain_has(const struct amp_mix_draft *draft, struct amp_str marker)
{
    for (size_t i = 0; i < draft->input->replicate_n; i++) {
        if (amp_dna_locus_find(draft->input->replicate[i], marker) != NULL) {
            return true;
        }
    }
    return false;
}

static void person_note(struct amp_mix_draft *draft, const struct amp_dna_sample *person)
{
    struct listed lone = {.n = 0};
    struct listed many = {.n = 0};
    struct listed strange = {.n = 0};
    for (size_t m = 0; m < person->locus_n; m++) {
        const struct amp_dna_locus *locus = &person->locus[m];
        if (!stain_has(draft, locus->marker)) {
            if (locus->peak_n > 0) {
                marker_list(&strange, locus->marker);
            }
        } else if (locus->peak_n == 1) {
            marker_list(&lone, locus->marker);
        } else if (locus->peak_n > 2) {
            marker_list(&many, locus->marker);
        }
    }
    const struct amp_str name = person->name;
    if (person->heights) {
        amp_mix_note(draft, "%.*s is given with peak heights: every peak counts as an allele",
                     (int)name.len, name.ptr);
    }
    if (lone.n > 0) {
        amp_mix_note(draft, "%.*s has one allele written at %zu marker%s (%s): homozygous there",
                     (int)name.len, name.ptr, lone.n, lone.n == 1 ? "" : "s", lone.text);
    }
    if (many.n > 0) {
        amp_mix_note(draft, "%.*s has more than two alleles at %zu marker%s (%s): all count",
                     (int)name.len, name.ptr, many.n, many.n == 1 ? "" : "s", many.text);
    }
    if (strange.n > 0) {
        amp_mix_note(draft, "%.*s is typed at %zu marker%s that the stain lacks (%s)",
                     (int)name.len, name.ptr, strange.n, strange.n == 1 ? "" : "s", strange.text);
    }
}

void amp_mix_people_note(struct amp_mix_draft *draft)
{
    for (size_t i = 0; i < draft->people.n; i++) {
        person_note(draft, draft->people.person[i]);
    }
}
