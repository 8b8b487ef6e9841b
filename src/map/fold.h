/*
 * Folding: the one form in which names and questions are compared.
 *
 * NFKD, marks dropped, case folded, digits of any script to ASCII, Arabic alef, ya and ta-marbuta
 * unified and tatweel dropped, Ethiopic homophones unified, everything that is no letter or digit a
 * blank. Each word has two forms: as written, and as the table of street words abbreviates it
 * ("avenida" -> "av"). Text beyond the limits is cut at a character. Sources: Unicode Standard
 * Annex 15 (normalization forms), CaseFolding.txt, both by libutf8proc.
 */
#ifndef AMP_MAP_FOLD_H
#define AMP_MAP_FOLD_H

#include "base/str.h"

enum {
    AMP_FOLD_WORDS = 24,
    AMP_FOLD_BYTES = 768,
    AMP_FOLD_FORMS = 6
};

#define AMP_FOLD_LITTLE 0.2 /* the weight of a word of little weight */

struct amp_folded {
    struct amp_str raw[AMP_FOLD_WORDS];  /* folded, as written; views into text */
    struct amp_str word[AMP_FOLD_WORDS]; /* the same after the street words; may be constants */
    bool comma[AMP_FOLD_WORDS];          /* a comma stood before this word */
    size_t n;
    char text[AMP_FOLD_BYTES];
};

/* Invalid UTF-8 counts as blanks. The views in *out point into *out: do not copy it. */
void amp_fold(struct amp_str text, struct amp_folded *out);

/* How much a folded word says: street types and articles little, other words 1. */
double amp_fold_weight(struct amp_str word);

/* The abbreviations whose long forms begin with prefix ("aven" -> "av"), at most AMP_FOLD_FORMS. */
size_t amp_fold_completions(struct amp_str prefix, struct amp_str out[AMP_FOLD_FORMS]);

/* A house number in comparable form: "12-A", "12 a" -> "12a"; "12/3" stays. Cut to cap - 1 bytes;
 * returns the length. */
size_t amp_fold_house(struct amp_str house, char *out, size_t cap);

/* The folded words as written, one after the other: "EN 4" -> "en4". Cut to cap - 1 bytes, whole
 * words only; returns the length. */
size_t amp_fold_joined(struct amp_str text, char *out, size_t cap);

#endif
