/*
 * What a question may mean, and how well a name answers it: shared by both finders of the geocoder.
 *
 * A question is folded into words. Readings of it are tried: all words are a name; the last (or
 * first) words are a house number; and when nothing is found, one word, or what follows a comma, is
 * left out. Inside of places.
 */
#ifndef AMP_MAP_GEOCODE_PLAN_H
#define AMP_MAP_GEOCODE_PLAN_H

#include "map/places_form.h"

enum {
    AMP_HOUSE_KEY = 32
};

struct amp_term {
    struct amp_str word;                 /* in the form of the index */
    struct amp_str raw;                  /* as typed: what a prefix is compared with */
    struct amp_str form[AMP_FOLD_FORMS]; /* abbreviations that the prefix begins */
    size_t form_n;
};

struct amp_reading {
    struct amp_term term[AMP_FOLD_WORDS];
    size_t term_n;
    bool prefix;               /* the last term is a prefix */
    char house[AMP_HOUSE_KEY]; /* empty: no house number was asked for */
    double factor;             /* below 1 when words were left out */
    struct amp_str dropped;    /* a word left out, that the surroundings may explain */
};

/* 0 if a term matches no word, else how much of the name is asked for: 1 if all of it, exactly. */
double amp_reading_quality(const struct amp_reading *reading, const struct amp_str *word,
                           size_t word_n);

/* Spellings that answer a reading, ascending, at most AMP_PL_MATCHES; NULL if the arena is full. */
typedef const uint32_t *(*amp_finder)(const struct amp_places *places,
                                      const struct amp_reading *reading, struct amp_arena *arena,
                                      size_t *out_n);
const uint32_t *amp_find_fast(const struct amp_places *places, const struct amp_reading *reading,
                              struct amp_arena *arena, size_t *out_n);
const uint32_t *amp_find_slow(const struct amp_places *places, const struct amp_reading *reading,
                              struct amp_arena *arena, size_t *out_n);

/* The folded words of a spelling, from the index; their number. */
size_t amp_pl_words(const struct amp_places *places, uint32_t spelling,
                    struct amp_str out[AMP_FOLD_WORDS]);

#endif
