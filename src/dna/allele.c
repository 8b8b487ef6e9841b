/* Names of alleles: numbers of repeats and bases, tokens of the calling program, other names. */
#include "dna/profile.h"

enum {
    WHOLE_DIGITS = 6,
    MILLI_DIGITS = 3
};

bool amp_dna_allele_milli(struct amp_str allele, int64_t *milli)
{
    int64_t value = 0;
    size_t i = 0;
    for (; i < allele.len && allele.ptr[i] >= '0' && allele.ptr[i] <= '9'; i++) {
        value = 10 * value + (allele.ptr[i] - '0');
        if (i >= WHOLE_DIGITS) {
            return false;
        }
    }
    const size_t whole = i;
    size_t behind = 0;
    if (i < allele.len && allele.ptr[i] == '.') {
        for (i++; i < allele.len && allele.ptr[i] >= '0' && allele.ptr[i] <= '9'; i++) {
            if (behind == MILLI_DIGITS && allele.ptr[i] != '0') {
                return false;
            }
            if (behind < MILLI_DIGITS) {
                value = 10 * value + (allele.ptr[i] - '0');
                behind++;
            }
        }
        if (behind == 0) {
            return false;
        }
    }
    if (whole == 0 || i != allele.len) {
        return false;
    }
    for (; behind < MILLI_DIGITS; behind++) {
        value *= 10;
    }
    *milli = value;
    return true;
}

bool amp_dna_allele_same(struct amp_str a, struct amp_str b)
{
    if (amp_str_eq(a, b)) {
        return true;
    }
    if (a.len == 0 || b.len == 0 || (a.ptr[0] != b.ptr[0] && a.ptr[0] != '0' && b.ptr[0] != '0')) {
        return false; /* most pairs: numbers that differ in their first digit */
    }
    int64_t x = 0;
    int64_t y = 0;
    return amp_dna_allele_milli(a, &x) && amp_dna_allele_milli(b, &y) && x == y;
}

bool amp_dna_allele_token(struct amp_str allele)
{
    return amp_str_is(allele, "OL") || amp_str_is(allele, "OMR") || amp_str_is(allele, "?");
}
