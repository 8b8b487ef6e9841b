/*
 * Typing errors: how far two words are apart, and what they share when a letter is struck out.
 *
 * The distance counts inserted, left out, replaced and swapped neighbouring letters (optimal string
 * alignment: Damerau 1964, each part of the word edited once). Two words within distance d have a
 * variant in common when up to d letters are struck out of the first AMP_TYPO_HEAD letters of each:
 * an unmatched letter of either head costs an edit. So an index of the variants of all words
 * answers "which words may be meant" by a few look-ups (Garbe, SymSpell, 2012).
 * Letters are Unicode characters of folded words.
 */
#ifndef AMP_MAP_TYPO_H
#define AMP_MAP_TYPO_H

#include "base/str.h"

enum {
    AMP_TYPO_POINTS = 32,  /* a longer word is not corrected */
    AMP_TYPO_HEAD = 8,     /* letters that variants are made of */
    AMP_TYPO_REACH = 2,    /* the greatest distance asked for */
    AMP_TYPO_VARIANTS = 37 /* 1 + 8 + 28 */
};

struct amp_typo_word {
    uint32_t point[AMP_TYPO_POINTS];
    size_t n;      /* 0: too long, or empty */
    size_t digits; /* of the letters */
};

void amp_typo_word(struct amp_str word, struct amp_typo_word *out);
/* A bit for each letter that occurs, letters sharing bits. */
uint64_t amp_typo_mask(const struct amp_typo_word *word);
/* False if words of these letters are farther apart than max: an edit brings one letter at most. */
static inline bool amp_typo_masks_near(uint64_t a, uint64_t b, int max)
{
    return __builtin_popcountll(a & ~b) <= max && __builtin_popcountll(b & ~a) <= max;
}
/* Errors forgiven in a word as typed: none in numbers and below 3 letters, 2 from 8 letters on; one
 * beside the digits of an ordinal ("7ht"), the digits themselves stand. */
int amp_typo_reach(const struct amp_typo_word *word);
/* Letters struck out of a word of the index, so that every word within reach finds it. */
int amp_typo_depth(const struct amp_typo_word *word);
/* The distance, or max + 1 if it is more; max is at most AMP_TYPO_REACH. */
int amp_typo_distance(const struct amp_typo_word *a, const struct amp_typo_word *b, int max);
/* Hashes of the variants with 0 to depth letters struck out, each once; their number. */
size_t amp_typo_variants(const struct amp_typo_word *word, int depth,
                         uint32_t out[AMP_TYPO_VARIANTS]);

#endif
