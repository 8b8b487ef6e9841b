/* Names of alleles: numbers of repeats and bases, tokens of the calling program, other names. */
#include "dna/profile.h"

#include <string.h>

enum {
    WHOLE_DIGITS = 6,
    MILLI_DIGITS = 3,
    STRETCH_MAX = 1000
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

bool amp_dna_allele_lus(struct amp_str allele, struct amp_dna_lus *out)
{
    struct amp_str repeats = {0};
    struct amp_str stretch = {0};
    struct amp_dna_lus lus = {0};
    if (allele.len == 0 || memchr(allele.ptr, '_', allele.len) == NULL) {
        return false;
    }
    lus.rest = amp_str_cut(amp_str_cut(allele, '_', &repeats), '_', &stretch);
    if (!amp_dna_allele_milli(repeats, &lus.milli) ||
        amp_str_i64(stretch, &lus.stretch) != AMP_OK || lus.stretch < 0 ||
        lus.stretch > STRETCH_MAX) {
        return false;
    }
    *out = lus;
    return true;
}

static bool lus_same(struct amp_str a, struct amp_str b)
{
    struct amp_dna_lus x;
    struct amp_dna_lus y;
    return amp_dna_allele_lus(a, &x) && amp_dna_allele_lus(b, &y) && x.milli == y.milli &&
           x.stretch == y.stretch && amp_str_eq(x.rest, y.rest);
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
    return amp_dna_allele_milli(a, &x) ? amp_dna_allele_milli(b, &y) && x == y : lus_same(a, b);
}

struct amp_str amp_dna_allele_of_milli(struct amp_arena *arena, int64_t milli)
{
    const int64_t positive = milli < 0 ? -milli : milli;
    int64_t behind = positive % 1000;
    int digits = MILLI_DIGITS;
    while (behind > 0 && behind % 10 == 0) {
        behind /= 10;
        digits--;
    }
    const char *sign = milli < 0 ? "-" : "";
    const long long whole = positive / 1000;
    return behind == 0
               ? amp_arena_printf(arena, "%s%lld", sign, whole)
               : amp_arena_printf(arena, "%s%lld.%0*lld", sign, whole, digits, (long long)behind);
}

struct amp_str amp_dna_allele_of_lus(struct amp_arena *arena, const struct amp_dna_lus *lus)
{
    const struct amp_str repeats = amp_dna_allele_of_milli(arena, lus->milli);
    return amp_arena_printf(arena, "%.*s_%lld%s%.*s", (int)repeats.len, repeats.ptr,
                            (long long)lus->stretch, lus->rest.len > 0 ? "_" : "",
                            (int)lus->rest.len, lus->rest.len > 0 ? lus->rest.ptr : "");
}

bool amp_dna_allele_token(struct amp_str allele)
{
    return amp_str_is(allele, "OL") || amp_str_is(allele, "OMR") || amp_str_is(allele, "?");
}
