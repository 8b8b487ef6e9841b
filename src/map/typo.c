/* Distances between words, and their variants with letters struck out: see typo.h. */
#include "map/typo.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ONE_ERROR_FROM = 3,
    TWO_ERRORS_FROM = 8
};

/* The character at ptr; folded words are well-formed. */
static uint32_t point_of(const char *ptr, size_t len)
{
    uint32_t c = (uint8_t)ptr[0];
    static const uint8_t lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    c &= lead[len];
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | ((uint8_t)ptr[i] & 0x3F);
    }
    return c;
}

static bool digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

void amp_typo_word(struct amp_str word, struct amp_typo_word *out)
{
    out->n = 0;
    out->digits = 0;
    for (size_t at = 0; at < word.len;) {
        size_t step = amp_utf8_step(word.ptr + at, word.len - at);
        if (step == 0 || out->n == AMP_TYPO_POINTS) {
            out->n = 0;
            return;
        }
        uint32_t c = point_of(word.ptr + at, step);
        out->digits += digit(c) ? 1 : 0;
        out->point[out->n++] = c;
        at += step;
    }
}

uint64_t amp_typo_mask(const struct amp_typo_word *word)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < word->n; i++) {
        mask |= UINT64_C(1) << (word->point[i] & 63);
    }
    return mask;
}

int amp_typo_reach(const struct amp_typo_word *word)
{
    if (word->digits > 0) {
        return word->n > word->digits ? 1 : 0;
    }
    if (word->n < ONE_ERROR_FROM) {
        return 0;
    }
    return word->n < TWO_ERRORS_FROM ? 1 : AMP_TYPO_REACH;
}

int amp_typo_depth(const struct amp_typo_word *word)
{
    if (word->digits > 0) {
        return 1;
    }
    if (word->n + 1 < ONE_ERROR_FROM) {
        return 0;
    }
    return word->n + AMP_TYPO_REACH < TWO_ERRORS_FROM ? 1 : AMP_TYPO_REACH;
}

/* The digits of both, in their order. */
static bool digits_same(const struct amp_typo_word *a, const struct amp_typo_word *b)
{
    size_t i = 0;
    size_t j = 0;
    if (a->digits != b->digits) {
        return false;
    }
    for (size_t k = 0; k < a->digits; k++, i++, j++) {
        while (!digit(a->point[i])) {
            i++;
        }
        while (!digit(b->point[j])) {
            j++;
        }
        if (a->point[i] != b->point[j]) {
            return false;
        }
    }
    return true;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* A band of the table: only cells within max of the diagonal can count. */
int amp_typo_distance(const struct amp_typo_word *a, const struct amp_typo_word *b, int max)
{
    int row[3][AMP_TYPO_POINTS + 1];
    int far = max + 1;
    int an = (int)a->n;
    int bn = (int)b->n;
    assert(max >= 0 && max <= AMP_TYPO_REACH);
    if (an == 0 || bn == 0 || abs(an - bn) > max || !digits_same(a, b)) {
        return far;
    }
    for (int j = 0; j <= bn; j++) {
        row[0][j] = j <= far ? j : far;
    }
    for (int i = 1; i <= an; i++) {
        int *now = row[i % 3];
        const int *last = row[(i + 2) % 3];
        const int *before = row[(i + 1) % 3];
        int best = far;
        int lo = i - max > 1 ? i - max : 1;
        int hi = i + max < bn ? i + max : bn;
        now[lo - 1] = lo == 1 ? least(i, far) : far;
        for (int j = lo; j <= hi; j++) {
            int same = a->point[i - 1] == b->point[j - 1] ? 0 : 1;
            int d = last[j - 1] + same;
            d = j < i + max ? least(d, last[j] + 1) : d;
            d = least(d, now[j - 1] + 1);
            if (i > 1 && j > 1 && a->point[i - 1] == b->point[j - 2] &&
                a->point[i - 2] == b->point[j - 1]) {
                d = least(d, before[j - 2] + 1);
            }
            now[j] = least(d, far);
            best = least(best, now[j]);
        }
        if (hi < bn) {
            now[hi + 1] = far;
        }
        if (best > max) {
            return far;
        }
    }
    return least(row[an % 3][bn], far);
}

static uint32_t head_hash(const struct amp_typo_word *word, size_t n, size_t skip_a, size_t skip_b)
{
    uint32_t hash = 2166136261U; /* FNV-1a, by characters */
    for (size_t i = 0; i < n; i++) {
        if (i != skip_a && i != skip_b) {
            hash = (hash ^ word->point[i]) * 16777619U;
        }
    }
    return hash ^ hash >> 15;
}

static size_t variant_put(uint32_t *out, size_t n, uint32_t hash)
{
    for (size_t i = 0; i < n; i++) {
        if (out[i] == hash) {
            return n;
        }
    }
    out[n] = hash;
    return n + 1;
}

size_t amp_typo_variants(const struct amp_typo_word *word, int depth,
                         uint32_t out[AMP_TYPO_VARIANTS])
{
    size_t head = word->n < AMP_TYPO_HEAD ? word->n : AMP_TYPO_HEAD;
    size_t n = 0;
    if (word->n == 0) {
        return 0;
    }
    n = variant_put(out, n, head_hash(word, head, head, head));
    for (size_t i = 0; i < head && depth > 0; i++) {
        n = variant_put(out, n, head_hash(word, head, i, head));
        for (size_t j = i + 1; j < head && depth > 1; j++) {
            n = variant_put(out, n, head_hash(word, head, i, j));
        }
    }
    assert(n <= AMP_TYPO_VARIANTS);
    return n;
}
