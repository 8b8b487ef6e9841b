/* Samples, loci and peaks while they are read, and what is refused about them. */
#include "dna/profile_in.h"

#include <assert.h>
#include <string.h>

enum {
    SAMPLES_OWN = -1 /* the owner of the samples' names */
};
static const double height_max = 1e9;
static const int64_t allele_max_milli = 99000; /* EuroForMix calls the rest allele 99 */

static bool name_fits(struct amp_str name)
{
    if (name.len == 0 || name.len > AMP_DNA_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

amp_err amp_dna_draft_sample(struct amp_dna_draft *draft, struct amp_str name, bool heights,
                             uint64_t line, size_t *sample, struct amp_why *why)
{
    if (!name_fits(name)) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu: the sample has no usable name; give it one of up to %d "
                        "printed characters",
                        draft->file, (unsigned long long)line, AMP_DNA_NAME_MAX);
    }
    size_t *at = amp_dna_names_at(&draft->names, (size_t)SAMPLES_OWN, name, false);
    if (at == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_dna_profiles *out = &draft->out;
    if (*at == SIZE_MAX) {
        if (out->sample_n == AMP_DNA_SAMPLES) {
            return amp_fail(why, AMP_E_LIMIT, "%s line %llu: more than %d samples; split the file",
                            draft->file, (unsigned long long)line, AMP_DNA_SAMPLES);
        }
        out->sample = amp_dna_grow(draft->arena, out->sample, out->sample_n, sizeof(*out->sample));
        if (out->sample == NULL) {
            return AMP_E_NOMEM;
        }
        *at = out->sample_n++;
        out->sample[*at] =
            (struct amp_dna_sample){.name = amp_arena_str(draft->arena, name), .heights = heights};
        out->heights = out->heights || heights;
    }
    *sample = *at;
    return AMP_OK;
}

static struct amp_str capitals(struct amp_arena *arena, struct amp_str name)
{
    char *copy = amp_arena_text(arena, name);
    for (size_t i = 0; copy != NULL && i < name.len; i++) {
        copy[i] = (char)(copy[i] >= 'a' && copy[i] <= 'z' ? copy[i] - 'a' + 'A' : copy[i]);
    }
    return (struct amp_str){.ptr = copy, .len = copy != NULL ? name.len : 0};
}

static amp_err locus_add(struct amp_dna_draft *draft, struct amp_dna_sample *sample,
                         struct amp_str marker, uint64_t line, struct amp_why *why)
{
    if (sample->locus_n == AMP_DNA_MARKERS) {
        return amp_fail(why, AMP_E_LIMIT, "%s line %llu: sample %.*s has more than %d markers",
                        draft->file, (unsigned long long)line, (int)sample->name.len,
                        sample->name.ptr, AMP_DNA_MARKERS);
    }
    sample->locus =
        amp_dna_grow(draft->arena, sample->locus, sample->locus_n, sizeof(*sample->locus));
    if (sample->locus == NULL) {
        return AMP_E_NOMEM;
    }
    sample->locus[sample->locus_n++] =
        (struct amp_dna_locus){.marker = capitals(draft->arena, marker), .line = line};
    return AMP_OK;
}

amp_err amp_dna_draft_locus(struct amp_dna_draft *draft, size_t sample, struct amp_str marker,
                            uint64_t line, bool again, struct amp_dna_locus **out,
                            struct amp_why *why)
{
    assert(sample < draft->out.sample_n);
    struct amp_dna_sample *of = &draft->out.sample[sample];
    if (!name_fits(marker)) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu: the marker of sample %.*s has no usable name; write it in "
                        "the marker column",
                        draft->file, (unsigned long long)line, (int)of->name.len, of->name.ptr);
    }
    size_t *at = amp_dna_names_at(&draft->names, sample, marker, true);
    if (at == NULL) {
        return AMP_E_NOMEM;
    }
    if (*at == SIZE_MAX) {
        *at = of->locus_n;
        amp_err err = locus_add(draft, of, marker, line, why);
        if (err) {
            return err;
        }
    } else if (!again) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: marker %.*s of sample %.*s was on line %llu already; keep "
                        "one of the two, or name replicates differently",
                        draft->file, (unsigned long long)line, (int)marker.len, marker.ptr,
                        (int)of->name.len, of->name.ptr, (unsigned long long)of->locus[*at].line);
    }
    *out = &of->locus[*at];
    return AMP_OK;
}

static amp_err allele_check(const struct amp_dna_draft *draft, const struct amp_dna_locus *locus,
                            struct amp_str allele, uint64_t line, struct amp_why *why)
{
    int64_t milli = 0;
    const bool number = amp_dna_allele_milli(allele, &milli);
    const char first = allele.len > 0 ? allele.ptr[0] : '-';
    if (!name_fits(allele) || first == '-' || first == '+' || first == ',' || first == '.') {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu, marker %.*s: \"%.*s\" is no name of an allele; leave the "
                        "cell empty where nothing was typed",
                        draft->file, (unsigned long long)line, (int)locus->marker.len,
                        locus->marker.ptr, (int)(allele.len > 40 ? 40 : allele.len), allele.ptr);
    }
    if (number && (milli == 0 || milli >= allele_max_milli)) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu, marker %.*s: allele %.*s is outside of 0 to 99 repeats; "
                        "leave untyped cells empty and look whether sizes or heights are in the "
                        "allele columns",
                        draft->file, (unsigned long long)line, (int)locus->marker.len,
                        locus->marker.ptr, (int)allele.len, allele.ptr);
    }
    return AMP_OK;
}

amp_err amp_dna_draft_peak(struct amp_dna_draft *draft, struct amp_dna_locus *locus,
                           const struct amp_dna_peak *peak, uint64_t line, struct amp_why *why)
{
    amp_err err = allele_check(draft, locus, peak->allele, line, why);
    if (err) {
        return err;
    }
    if (locus->peak_n == AMP_DNA_PEAKS) {
        return amp_fail(why, AMP_E_LIMIT, "%s line %llu, marker %.*s: more than %d alleles",
                        draft->file, (unsigned long long)line, (int)locus->marker.len,
                        locus->marker.ptr, AMP_DNA_PEAKS);
    }
    locus->peak = amp_dna_grow(draft->arena, locus->peak, locus->peak_n, sizeof(*locus->peak));
    if (locus->peak == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_dna_peak *to = &locus->peak[locus->peak_n++];
    *to = (struct amp_dna_peak){.allele = amp_arena_str(draft->arena, peak->allele),
                                .height = peak->height};
    return AMP_OK;
}

amp_err amp_dna_height(const struct amp_dna_draft *draft, struct amp_str text,
                       struct amp_str marker, uint64_t line, double *out, struct amp_why *why)
{
    double height = 0;
    if (amp_dna_number(text, draft->out.source.decimal, &height) != AMP_OK || height < 0 ||
        height > height_max) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu, marker %.*s: height \"%.*s\" is not a number from 0 to 1e9",
                        draft->file, (unsigned long long)line, (int)marker.len, marker.ptr,
                        (int)(text.len > 40 ? 40 : text.len), text.ptr);
    }
    *out = height;
    return AMP_OK;
}

/* A homozygote that the calling program writes twice: two alleles of one name and one height. */
static bool doubled_homozygote(const struct amp_dna_locus *locus)
{
    return locus->peak_n == 2 && locus->peak[0].height == locus->peak[1].height;
}

/* In a stain every allele has one peak. */
static amp_err stain_check(const struct amp_dna_draft *draft, const struct amp_dna_sample *sample,
                           const struct amp_dna_locus *locus, struct amp_why *why)
{
    for (size_t i = 0; i < locus->peak_n; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct amp_str allele = locus->peak[i].allele;
            if (amp_dna_allele_same(allele, locus->peak[j].allele) &&
                !amp_dna_allele_token(allele) && !doubled_homozygote(locus)) {
                return amp_fail(why, AMP_E_SYNTAX,
                                "%s line %llu, marker %.*s: sample %.*s has two peaks called "
                                "%.*s; keep one",
                                draft->file, (unsigned long long)locus->line,
                                (int)locus->marker.len, locus->marker.ptr, (int)sample->name.len,
                                sample->name.ptr, (int)allele.len, allele.ptr);
            }
        }
    }
    return AMP_OK;
}

/* Names the samples in which the calling program left tokens instead of alleles. */
static void tokens_note(struct amp_dna_draft *draft, const struct amp_dna_sample *sample)
{
    size_t n = 0;
    const struct amp_dna_locus *first = NULL;
    for (size_t i = 0; i < sample->locus_n; i++) {
        for (size_t j = 0; j < sample->locus[i].peak_n; j++) {
            if (amp_dna_allele_token(sample->locus[i].peak[j].allele)) {
                first = first != NULL ? first : &sample->locus[i];
                n++;
            }
        }
    }
    if (first != NULL) {
        amp_dna_source_note(&draft->out.source, draft->arena,
                            "sample %.*s has %zu off-ladder or unnamed peak(s), the first at %.*s, "
                            "line %llu: a calculation leaves them out unless you name them",
                            (int)sample->name.len, sample->name.ptr, n, (int)first->marker.len,
                            first->marker.ptr, (unsigned long long)first->line);
    }
}

amp_err amp_dna_draft_finish(struct amp_dna_draft *draft, struct amp_why *why)
{
    if (draft->out.sample_n == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s holds no sample, only the names of its columns",
                        draft->file);
    }
    for (size_t i = 0; i < draft->out.sample_n; i++) {
        const struct amp_dna_sample *sample = &draft->out.sample[i];
        for (size_t j = 0; sample->heights && j < sample->locus_n; j++) {
            amp_err err = stain_check(draft, sample, &sample->locus[j], why);
            if (err) {
                return err;
            }
        }
        tokens_note(draft, sample);
    }
    return AMP_OK;
}
