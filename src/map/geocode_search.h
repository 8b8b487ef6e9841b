/* One question to the geocoder under way: its words, what was found so far. Inside of places. */
#ifndef AMP_MAP_GEOCODE_SEARCH_H
#define AMP_MAP_GEOCODE_SEARCH_H

#include "map/geocode_plan.h"

struct amp_hit {
    uint32_t place;
    uint32_t address; /* or none */
    double quality;
    double rank;
    const struct amp_reading *reading;
    uint32_t spelling;
    uint32_t explained; /* words left out that surroundings explain */
    uint32_t found;     /* terms of the reading, a bit for each */
    bool altered;       /* one of them for another word */
    bool reckoned;      /* pos lies between two known houses */
    struct amp_pos pos;
};

struct amp_asked_word { /* of the question */
    struct amp_str raw;
    bool known, begins;    /* a name has it; names begin words with it */
    struct amp_alt *alt;   /* itself; then what it begins */
    size_t exact_n, alt_n; /* the first of them are itself */
    struct amp_alt *meant; /* NULL until asked for */
    size_t meant_n;
    bool little;
    bool begun; /* begins is known */
};

struct amp_search {
    const struct amp_places *places;
    const struct amp_geocode_ask *ask;
    const struct amp_finder *find;
    struct amp_arena *arena;
    size_t limit;
    double east_share; /* how much shorter a degree is eastwards, at near */
    const struct amp_folded *folded;
    size_t plans;  /* ways of reading the question tried so far */
    bool failed;   /* out of memory */
    bool exact;    /* a name is the question */
    bool same_all; /* and all such names were weighed */
    size_t hit_n;
    /* From here on nothing is looked at before it is filled. */
    struct amp_asked_word word[AMP_FOLD_WORDS];
    struct amp_hit hit[AMP_GEOCODE_MAX]; /* best first */
};

/* Search the words of a text for names; hits gather in s. folded is kept. */
void amp_search_names(struct amp_search *s, const struct amp_folded *folded);
struct amp_search amp_search_make(const struct amp_search *like, size_t limit);

/* Weigh what the finder brought for a reading, NULL if the arena was full: how many of them match;
 * with `skip`, those that change nothing may be missing. */
size_t amp_search_weigh(struct amp_search *s, const struct amp_reading *reading, const uint32_t *id,
                        size_t n, bool skip);

/* How close a position is to where the caller may be, and whether it is in the jurisdiction: added
 * to ranks. */
double amp_search_here(const struct amp_search *s, struct amp_pos pos);
/* Words of the question, by their bits, with blanks between. */
struct amp_str amp_search_words(const struct amp_search *s, const struct amp_folded *folded,
                                uint32_t words);
/* The hits as places. */
amp_err amp_search_give(const struct amp_search *s, struct amp_place **out, size_t *out_n);
/* One place that is no hit: name, kind, position; the surroundings are filled in. */
amp_err amp_search_place(const struct amp_search *s, struct amp_str name, const char *kind,
                         struct amp_pos pos, struct amp_place *out);

/* Words of a question from `at` on that are the phrase (folded): how many, or 0. */
size_t amp_search_phrase(const struct amp_folded *folded, size_t at, const char *phrase);
/* Where a part of the question is, by itself: a position, a kilometre or the best name.
 * AMP_E_NOT_FOUND if nothing is called so. */
struct amp_centre {
    struct amp_pos pos;
    struct amp_str name; /* empty: the caller's */
    bool certain;        /* written as a position */
};
amp_err amp_search_centre(const struct amp_search *s, struct amp_str text, struct amp_centre *out);

/* Questions that are more than a name. AMP_E_NOT_FOUND if the text is none of theirs. */
amp_err amp_search_literal(const struct amp_search *s, struct amp_place **out, size_t *out_n);
amp_err amp_search_kilometre(const struct amp_search *s, struct amp_place **out, size_t *out_n);
amp_err amp_search_crossing(const struct amp_search *s, struct amp_place **out, size_t *out_n);
amp_err amp_search_category(const struct amp_search *s, struct amp_place **out, size_t *out_n);
amp_err amp_search_relation(const struct amp_search *s, struct amp_place **out, size_t *out_n);

#endif
