/* Standard relations of two typed persons, as small pedigrees. */
#include "dna/kin_pairs.h"

#include <assert.h>
#include <math.h>

enum {
    MEMBERS = 8,
    ARENA_MAX = 1 << 26
};

/* P(father, mother, sex): a person of a standard relation. */
#define P(f, m, s)                                                                                 \
    {                                                                                              \
        .name = AMP_STR("a relative"), .father = (f), .mother = (m), .sex = (s), .twin = -1        \
    }
#define MAN    AMP_KIN_MALE
#define WOMAN  AMP_KIN_FEMALE
#define EITHER AMP_KIN_UNKNOWN_SEX

static const struct relation {
    const char *name;
    size_t n, x, y;
    struct amp_kin_person person[MEMBERS];
} relations[AMP_KIN_RELATIONS] = {
    [AMP_KIN_SAME] = {"the same person or identical twins",
                      2,
                      0,
                      1,
                      {P(-1, -1, EITHER),
                       {.name = AMP_STR("a relative"), .father = -1, .mother = -1, .twin = 0}}},
    [AMP_KIN_PARENT_CHILD] =
        {"parent and child", 3, 0, 2, {P(-1, -1, EITHER), P(-1, -1, EITHER), P(0, 1, EITHER)}},
    [AMP_KIN_CHILD_PARENT] =
        {"child and parent", 3, 2, 0, {P(-1, -1, EITHER), P(-1, -1, EITHER), P(0, 1, EITHER)}},
    [AMP_KIN_FULL_SIBLINGS] = {"full siblings",
                               4,
                               2,
                               3,
                               {P(-1, -1, MAN), P(-1, -1, WOMAN), P(0, 1, EITHER),
                                P(0, 1, EITHER)}},
    [AMP_KIN_HALF_SIBLINGS] = {"half siblings",
                               5,
                               3,
                               4,
                               {P(-1, -1, MAN), P(-1, -1, WOMAN), P(-1, -1, WOMAN), P(0, 1, EITHER),
                                P(0, 2, EITHER)}},
    [AMP_KIN_AVUNCULAR] = {"uncle or aunt, and nephew or niece",
                           6,
                           2,
                           5,
                           {P(-1, -1, MAN), P(-1, -1, WOMAN), P(0, 1, EITHER), P(0, 1, MAN),
                            P(-1, -1, WOMAN), P(3, 4, EITHER)}},
    [AMP_KIN_GRANDPARENT] = {"grandparent and grandchild",
                             5,
                             0,
                             4,
                             {P(-1, -1, EITHER), P(-1, -1, EITHER), P(0, 1, MAN), P(-1, -1, WOMAN),
                              P(2, 3, EITHER)}},
    [AMP_KIN_FIRST_COUSINS] = {"first cousins",
                               8,
                               6,
                               7,
                               {P(-1, -1, MAN), P(-1, -1, WOMAN), P(0, 1, MAN), P(0, 1, MAN),
                                P(-1, -1, WOMAN), P(-1, -1, WOMAN), P(2, 4, EITHER),
                                P(3, 5, EITHER)}},
    [AMP_KIN_UNRELATED] = {"unrelated", 2, 0, 1, {P(-1, -1, EITHER), P(-1, -1, EITHER)}},
};

const char *amp_kin_relation_name(enum amp_kin_relation relation)
{
    return relations[relation].name;
}

static amp_err genotype_take(const struct amp_dna_sample *sample, const struct amp_dna_locus *locus,
                             const struct amp_kin_marker *marker, struct amp_kin_genotype *out,
                             struct amp_why *why)
{
    *out = (struct amp_kin_genotype){-1, -1};
    if (!locus || locus->peak_n == 0) {
        return AMP_OK;
    }
    if (locus->peak_n > 2) {
        return amp_fail(why, AMP_E_RANGE,
                        "%.*s at marker %.*s (line %llu) has %zu alleles: a reference has one or "
                        "two",
                        (int)sample->name.len, sample->name.ptr, (int)marker->name.len,
                        marker->name.ptr, (unsigned long long)locus->line, locus->peak_n);
    }
    out->a = amp_kin_allele(marker, locus->peak[0].allele);
    out->b = amp_kin_allele(marker, locus->peak[locus->peak_n - 1].allele);
    return AMP_OK;
}

static amp_err marker_take(const struct amp_dna_profiles *profiles, const struct amp_dna_freq *freq,
                           double min_freq, struct amp_arena *arena, struct amp_kin_marker *out,
                           struct amp_why *why)
{
    struct amp_str *seen = amp_arena_array(arena, 2 * profiles->sample_n, sizeof *seen);
    size_t seen_n = 0;
    for (size_t i = 0; i < profiles->sample_n && seen; i++) {
        const struct amp_dna_locus *locus = amp_dna_locus_find(&profiles->sample[i], freq->marker);
        for (size_t k = 0; locus && k < locus->peak_n && k < 2; k++) {
            seen[seen_n++] = locus->peak[k].allele;
        }
    }
    return seen ? amp_kin_marker_of(freq, (struct amp_kin_seen){seen_n, seen}, min_freq, arena, out,
                                    why)
                : AMP_E_NOMEM;
}

/* Whether a person before `i` has the marker too: it was told of then. */
static bool told(const struct amp_dna_profiles *profiles, size_t i, struct amp_str marker)
{
    for (size_t k = 0; k < i; k++) {
        if (amp_dna_locus_find(&profiles->sample[k], marker) != NULL) {
            return true;
        }
    }
    return false;
}

static amp_err person_note(const struct amp_dna_profiles *profiles,
                           const struct amp_dna_freqs *freqs, size_t i, struct amp_kin_case *kc,
                           struct amp_arena *arena)
{
    const struct amp_dna_sample *person = &profiles->sample[i];
    size_t single = 0;
    const struct amp_dna_locus *first = NULL;
    amp_err err = AMP_OK;
    for (size_t m = 0; m < person->locus_n && !err; m++) {
        const struct amp_dna_locus *locus = &person->locus[m];
        const struct amp_dna_freq *freq = amp_dna_freq_find(freqs, locus->marker);
        if (freq == NULL && locus->peak_n > 0 && !told(profiles, i, locus->marker)) {
            err = amp_kin_case_note(kc, arena,
                                    "%.*s is left out: the frequency table does not have it",
                                    (int)locus->marker.len, locus->marker.ptr);
        }
        if (freq != NULL && locus->peak_n == 1) {
            first = single++ == 0 ? locus : first;
        }
    }
    if (err || single == 0) {
        return err;
    }
    return amp_kin_case_note(
        kc, arena, "%.*s has one allele written at %zu marker%s (%.*s%s): homozygous there",
        (int)person->name.len, person->name.ptr, single, single == 1 ? "" : "s",
        (int)first->marker.len, first->marker.ptr, single == 1 ? "" : " ...");
}

static amp_err references_note(const struct amp_dna_profiles *profiles,
                               const struct amp_dna_freqs *freqs, struct amp_arena *arena,
                               struct amp_kin_references *refs)
{
    static const double sum_noted = 0.001; /* beyond what printing loses */
    struct amp_kin_case kc = {.note_n = 0};
    amp_err err = AMP_OK;
    for (size_t i = 0; i < profiles->sample_n && !err; i++) {
        err = person_note(profiles, freqs, i, &kc, arena);
    }
    for (size_t m = 0; m < refs->marker_n && !err; m++) {
        const struct amp_dna_freq *freq = amp_dna_freq_find(freqs, refs->marker[m].name);
        if (fabs(freq->sum - 1) > sum_noted || refs->marker[m].allele_n > freq->allele_n) {
            err = amp_kin_case_note(&kc, arena,
                                    "marker %.*s: frequencies summing to %.6g, with %zu alleles "
                                    "that the table lacks, were scaled to 1",
                                    (int)freq->marker.len, freq->marker.ptr, freq->sum,
                                    refs->marker[m].allele_n - freq->allele_n);
        }
    }
    refs->note = kc.note;
    refs->note_n = kc.note_n;
    return err;
}

amp_err amp_kin_references_make(const struct amp_dna_profiles *profiles,
                                const struct amp_dna_freqs *freqs, double min_freq,
                                struct amp_arena *arena, struct amp_kin_references *out,
                                struct amp_why *why)
{
    struct amp_kin_references refs = {.person_n = profiles->sample_n};
    if (refs.person_n > AMP_KIN_PAIR_PERSONS) {
        return amp_fail(why, AMP_E_LIMIT,
                        "%zu persons: pairs are computed for a family's file of at most %d, not "
                        "for a population",
                        refs.person_n, AMP_KIN_PAIR_PERSONS);
    }
    struct amp_kin_marker *marker = amp_arena_array(arena, freqs->marker_n, sizeof *marker);
    refs.name = amp_arena_array(arena, refs.person_n, sizeof *refs.name);
    refs.genotype = amp_arena_array(arena, refs.person_n * freqs->marker_n, sizeof *refs.genotype);
    if (!marker || !refs.name || !refs.genotype) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < freqs->marker_n; m++) {
        bool typed = false;
        for (size_t i = 0; i < refs.person_n && !typed; i++) {
            const struct amp_dna_locus *locus =
                amp_dna_locus_find(&profiles->sample[i], freqs->marker[m].marker);
            typed = locus && locus->peak_n > 0;
        }
        amp_err err = typed ? marker_take(profiles, &freqs->marker[m], min_freq, arena,
                                          &marker[refs.marker_n++], why)
                            : AMP_OK;
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < refs.person_n; i++) {
        refs.name[i] = profiles->sample[i].name;
        for (size_t m = 0; m < refs.marker_n; m++) {
            amp_err err = genotype_take(&profiles->sample[i],
                                        amp_dna_locus_find(&profiles->sample[i], marker[m].name),
                                        &marker[m], &refs.genotype[i * refs.marker_n + m], why);
            if (err) {
                return err;
            }
        }
    }
    if (refs.marker_n == 0) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "no marker of the profiles is in the table of frequencies");
    }
    refs.marker = marker;
    amp_err err = references_note(profiles, freqs, arena, &refs);
    if (!err) {
        *out = refs;
    }
    return err;
}

/* ln P(both genotypes | relation), for each relation. */
static amp_err relations_loglik(const struct amp_kin_marker *marker,
                                const struct amp_kin_genotype typed[2],
                                enum amp_kin_untyped untyped, double *loglik, struct amp_why *why)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    amp_err err = AMP_OK;
    for (size_t r = 0; r < AMP_KIN_RELATIONS && !err; r++) {
        const struct relation *rel = &relations[r];
        const struct amp_kin_pedigree pedigree = {rel->n, rel->person};
        struct amp_kin_genotype genotype[MEMBERS];
        for (size_t i = 0; i < rel->n; i++) {
            genotype[i] = (struct amp_kin_genotype){-1, -1};
        }
        genotype[rel->x] = typed[0];
        genotype[rel->y] = typed[1];
        amp_arena_reset(&arena);
        err = amp_kin_loglik(&pedigree, marker, genotype, untyped, &arena, &loglik[r], why);
    }
    amp_arena_drop(&arena);
    return err;
}

amp_err amp_kin_pair(const struct amp_kin_references *refs, size_t x, size_t y,
                     enum amp_kin_untyped untyped, struct amp_kin_pair_result *out,
                     struct amp_why *why)
{
    struct amp_kin_pair_result pair = {.x = x, .y = y};
    amp_err err = AMP_OK;
    assert(x < refs->person_n && y < refs->person_n);
    for (size_t m = 0; m < refs->marker_n && !err; m++) {
        const struct amp_kin_genotype typed[2] = {refs->genotype[x * refs->marker_n + m],
                                                  refs->genotype[y * refs->marker_n + m]};
        if (typed[0].a < 0 || typed[1].a < 0) {
            continue;
        }
        pair.marker_n++;
        double loglik[AMP_KIN_RELATIONS];
        err = relations_loglik(&refs->marker[m], typed, untyped, loglik, why);
        for (size_t r = 0; r < AMP_KIN_RELATIONS && !err; r++) {
            pair.log_ratio[r] += loglik[r] - loglik[AMP_KIN_UNRELATED];
        }
    }
    for (size_t r = 0; r < AMP_KIN_RELATIONS; r++) {
        pair.best =
            pair.log_ratio[r] > pair.log_ratio[pair.best] ? (enum amp_kin_relation)r : pair.best;
    }
    if (!err) {
        *out = pair;
    }
    return err;
}
