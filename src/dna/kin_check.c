/* Is it a pedigree, is it a marker: what cannot be is refused with the person's name. */
#include "dna/kin_shape.h"

#include <math.h>

static const double sum_tolerance = 1e-6;

static amp_err person_check(const struct amp_kin_pedigree *pedigree, size_t i, struct amp_why *why)
{
    const struct amp_kin_person *p = &pedigree->person[i];
    const int64_t n = (int64_t)pedigree->person_n;
    const int len = (int)p->name.len;
    if (p->father >= n || p->mother >= n || (p->father < 0) != (p->mother < 0)) {
        return amp_fail(why, AMP_E_RANGE,
                        "%.*s has one parent of two: give both (an untyped one is a person without "
                        "genotypes) or none",
                        len, p->name.ptr);
    }
    if (p->father >= 0 && pedigree->person[p->father].sex == AMP_KIN_FEMALE) {
        return amp_fail(why, AMP_E_RANGE, "the father of %.*s is a woman: correct the sex of %.*s",
                        len, p->name.ptr, (int)pedigree->person[p->father].name.len,
                        pedigree->person[p->father].name.ptr);
    }
    if (p->mother >= 0 && pedigree->person[p->mother].sex == AMP_KIN_MALE) {
        return amp_fail(why, AMP_E_RANGE, "the mother of %.*s is a man: correct the sex of %.*s",
                        len, p->name.ptr, (int)pedigree->person[p->mother].name.len,
                        pedigree->person[p->mother].name.ptr);
    }
    if (p->father >= 0 && p->father == p->mother) {
        return amp_fail(why, AMP_E_RANGE, "%.*s has the same person as father and mother", len,
                        p->name.ptr);
    }
    if (p->twin < 0) {
        return AMP_OK;
    }
    const struct amp_kin_person *twin = p->twin < (int64_t)i ? &pedigree->person[p->twin] : p;
    if (twin == p || twin->father != p->father || twin->mother != p->mother ||
        twin->sex != p->sex) {
        return amp_fail(why, AMP_E_RANGE,
                        "%.*s and its monozygotic twin must have the same parents and sex, the "
                        "earlier person named by the later",
                        len, p->name.ptr);
    }
    return AMP_OK;
}

/* Nobody is an ancestor of himself: take away those whose parents are gone until none is left. */
static amp_err cycle_check(const struct amp_kin_pedigree *pedigree, struct amp_arena *arena,
                           struct amp_why *why)
{
    const size_t n = pedigree->person_n;
    uint8_t *placed = amp_arena_array(arena, n, 1);
    if (!placed) {
        return AMP_E_NOMEM;
    }
    size_t placed_n = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            const struct amp_kin_person *p = &pedigree->person[i];
            if (!placed[i] && (p->father < 0 || (placed[p->father] && placed[p->mother]))) {
                placed[i] = 1;
                placed_n++;
                moved = true;
            }
        }
    }
    for (size_t i = 0; i < n && placed_n < n; i++) {
        if (!placed[i]) {
            return amp_fail(why, AMP_E_RANGE,
                            "%.*s is an ancestor of himself or descends from one who is: correct "
                            "the parents",
                            (int)pedigree->person[i].name.len, pedigree->person[i].name.ptr);
        }
    }
    return AMP_OK;
}

amp_err amp_kin_pedigree_check(const struct amp_kin_pedigree *pedigree, struct amp_arena *arena,
                               struct amp_why *why)
{
    if (pedigree->person_n > AMP_KIN_PERSONS) {
        return amp_fail(why, AMP_E_LIMIT, "a pedigree of %zu persons: the limit is %d",
                        pedigree->person_n, AMP_KIN_PERSONS);
    }
    for (size_t i = 0; i < pedigree->person_n; i++) {
        amp_err err = person_check(pedigree, i, why);
        if (err) {
            return err;
        }
    }
    return cycle_check(pedigree, arena, why);
}

amp_err amp_kin_marker_check(const struct amp_kin_marker *marker, struct amp_why *why)
{
    const int len = (int)marker->name.len;
    if (marker->allele_n == 0 || marker->allele_n > AMP_KIN_ALLELES ||
        marker->silent >= (int64_t)marker->allele_n) {
        return amp_fail(why, AMP_E_LIMIT, "marker %.*s has %zu alleles: 1 to %d are possible", len,
                        marker->name.ptr, marker->allele_n, AMP_KIN_ALLELES);
    }
    double sum = 0;
    for (size_t i = 0; i < marker->allele_n; i++) {
        if (!(marker->freq[i] >= 0)) {
            return amp_fail(why, AMP_E_RANGE, "marker %.*s: allele %.*s has the frequency %g", len,
                            marker->name.ptr, (int)marker->allele[i].len, marker->allele[i].ptr,
                            marker->freq[i]);
        }
        sum += marker->freq[i];
    }
    if (!(fabs(sum - 1) <= sum_tolerance)) {
        return amp_fail(why, AMP_E_RANGE,
                        "marker %.*s: the frequencies sum to %.9g, not to 1: scale them, or add an "
                        "allele for the rest",
                        len, marker->name.ptr, sum);
    }
    if (!(marker->theta >= 0 && marker->theta < 1) ||
        !(marker->drop_out >= 0 && marker->drop_out < 1)) {
        return amp_fail(why, AMP_E_RANGE,
                        "marker %.*s: theta %g and drop-out %g must be at least 0 and below 1", len,
                        marker->name.ptr, marker->theta, marker->drop_out);
    }
    return AMP_OK;
}
