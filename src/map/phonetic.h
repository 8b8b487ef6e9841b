/*
 * Phonetic keys: words that sound alike in the languages of our callers have one key.
 *
 * One coarse key for all six languages at once (Portuguese, Spanish, English, French, Arabic,
 * Swahili), since a call taker writes what a caller says, in the spelling of either's language:
 * letters become classes of sounds, h falls silent, doubled letters are one, vowels have three
 * colours and end a word unheard. Arabic letters that transcriptions mix are one class, and the
 * article is dropped. Sources: the orthographies of the six languages; Philips, Metaphone, 1990,
 * for the idea.
 */
#ifndef AMP_MAP_PHONETIC_H
#define AMP_MAP_PHONETIC_H

#include "base/str.h"

enum {
    AMP_PHONETIC_KEY = 32,
    AMP_PHONETIC_MIN = 3 /* shorter keys say too little */
};

/* The key of a folded word, terminated; its length, 0 for words of other scripts, with digits, too
 * short or too long. */
size_t amp_phonetic(struct amp_str word, char out[AMP_PHONETIC_KEY]);

#endif
