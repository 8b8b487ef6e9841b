/*
 * What a question may mean, and how well a name answers it. Inside of places.
 *
 * A question is folded into words. A reading takes some of them as a name: each word is a term with
 * alternatives (the word itself, what it begins, what it may have been meant to be); others are a
 * house number, or are left out and told. A finder brings spellings; there are two, by the index
 * and by scanning every name, and all else is shared, so that the slow one proves the fast.
 *
 * What is weighed, whatever the finder: the first AMP_PL_BAG spellings (or as many as are asked
 * for) that are the question itself, word by word; if these were cut and `near` is known, of the
 * same the first in each cell of the caller's neighbourhood of fine cells; if these are too few, of
 * the wider cells. Where these fill the answer to a question that has a street word or an article,
 * they are the answer. Else the same (AMP_PL_BAG_MANY in cells of all levels where a house is asked
 * for or words are not as typed) of spellings whose words are those of the reading, street kinds
 * and articles aside; where these fill the answer to a question as typed, nothing else is looked
 * for. Else of the spellings that have the rarest term the first AMP_PL_MATCHES, AMP_PL_MORE if the
 * name itself was there, AMP_PL_TOP for a prefix (and as many streets, if there are more terms) or
 * where words were left out, AMP_PL_TOP_NEAR for a prefix if `near` is known; and, where this list
 * was cut and `near` is known, the first of each alternative in each cell of the caller's
 * neighbourhood: AMP_PL_LOCAL among all alternatives, half of it in the cells around the middle one
 * (of a begun word two thirds and a sixth), but of each AMP_PL_LOCAL_MIN. "First" is by importance.
 */
#ifndef AMP_MAP_GEOCODE_PLAN_H
#define AMP_MAP_GEOCODE_PLAN_H

#include "map/phonetic.h"
#include "map/places_form.h"
#include "map/typo.h"

enum {
    AMP_HOUSE_KEY = 32,
    AMP_ALTS = 24,        /* words that a mistyped one may mean */
    AMP_COMBINATIONS = 96 /* of them that are tried as a name */
};

struct amp_alt {
    struct amp_str word;
    struct amp_pl_range range; /* of tokens; the slow finder does without */
    double factor;             /* of a match: 1 exactly */
    uint32_t count;            /* spellings that have it */
    bool little;               /* a word of little weight, that names have */
    bool prefix;               /* word is a prefix */
    bool whole;                /* of a prefix: it is a word itself too */
};

struct amp_term {
    const struct amp_alt *alt;
    size_t alt_n;
    uint32_t words; /* of the question: a bit for each */
    bool little;
};

struct amp_reading {
    struct amp_term term[AMP_FOLD_WORDS];
    size_t term_n;
    char house[AMP_HOUSE_KEY];       /* empty: no house number was asked for */
    uint32_t used;                   /* words that are no term and yet used: the house number */
    uint32_t unused;                 /* words left out, that surroundings may explain */
    const struct amp_folded *folded; /* whose words these are */
    bool whole;                      /* the question itself, to which no name is compared again */
    bool many;                       /* AMP_PL_BAG_MANY of each name */
    bool others;                     /* names that are the question itself are weighed already */
    bool altered;                    /* words were put together or torn apart */
};

struct amp_match {
    double quality; /* 0: no match; 1: all of the name, exactly */
    uint32_t found; /* terms, a bit for each */
    uint8_t alt[AMP_FOLD_WORDS];
};

/* What terms match which words of a spelling, as a finder fills it in. */
struct amp_match_table {
    double share[AMP_FOLD_WORDS];  /* of each word of the spelling: its best match */
    double weight[AMP_FOLD_WORDS]; /* of each word */
    double best[AMP_FOLD_WORDS];   /* of each term */
    uint8_t alt[AMP_FOLD_WORDS];   /* of each term: the alternative of its best match */
    uint8_t where[AMP_FOLD_WORDS]; /* of each term: the word of its best match */
    size_t word_n;
};
static inline void amp_match_note(struct amp_match_table *table, size_t term, size_t word,
                                  size_t alt, double factor)
{
    if (factor > table->share[word]) {
        table->share[word] = factor;
    }
    if (factor > table->best[term] || (factor >= table->best[term] && word == term)) {
        table->best[term] = factor;
        table->alt[term] = (uint8_t)alt;
        table->where[term] = (uint8_t)word;
    }
}
struct amp_match amp_match_finish(const struct amp_reading *reading,
                                  const struct amp_match_table *table);
/* No match of the reading is better than this. */
double amp_match_bound(const struct amp_reading *reading);
/* How well a prefix of this length says a word of that length. */
static inline double amp_match_begun(size_t prefix_len, size_t word_len)
{
    static const double begun = 0.6; /* of a prefix of no length */
    if (prefix_len > 0 && prefix_len == word_len) {
        return 1;
    }
    return begun + (1 - begun) * (double)prefix_len / (double)(word_len + 1);
}

/* How many of an alternative are weighed in a cell of the neighbourhood. */
static inline size_t amp_term_local(const struct amp_term *term, const struct amp_alt *alt,
                                    size_t cell)
{
    size_t share = AMP_PL_LOCAL / (term->alt_n == 0 ? 1 : term->alt_n);
    size_t begun = cell == 0 ? share * 2 / 3 : share / 6;
    size_t part = alt->prefix ? begun : cell == 0 ? share : share / 2;
    return part > AMP_PL_LOCAL_MIN ? part : AMP_PL_LOCAL_MIN;
}

/* The same of all alternatives and cells. */
static inline size_t amp_term_local_sum(const struct amp_term *term)
{
    size_t sum = 0;
    for (size_t a = 0; a < term->alt_n; a++) {
        sum += amp_term_local(term, &term->alt[a], 0);
        sum += (AMP_PL_NEIGHBOURS - 1) * amp_term_local(term, &term->alt[a], 1);
    }
    return sum;
}

/* The same of names that are the question itself, or have its words. */
static inline size_t amp_same_local(size_t cell)
{
    enum {
        MIDDLE = 32,
        AROUND = 16
    };
    return cell == 0 ? MIDDLE : AROUND;
}

/* The words of a choice of alternatives by which a name is told from others, as amp_pl_bag. */
struct amp_bag {
    size_t n;
    struct amp_str word[AMP_FOLD_WORDS];
    uint32_t token[AMP_FOLD_WORDS]; /* the same words; it and the hash are the fast finder's */
    uint32_t hash;
};

/* Spellings, ascending unless they are of the neighbourhood; NULL if the arena is full. */
struct amp_finder {
    const struct amp_places *places;
    struct amp_arena *arena;
    struct amp_corpus *corpus; /* of the slow one */
    bool (*known)(const struct amp_finder *f, struct amp_str word, struct amp_alt *out);
    /* Alternatives of a begun word, at most AMP_FOLD_FORMS + 1; none that no name has. */
    size_t (*begun)(const struct amp_finder *f, struct amp_str raw, struct amp_alt *out);
    /* Words that a mistyped one may mean, likely ones first, at most AMP_ALTS. */
    size_t (*meant)(const struct amp_finder *f, struct amp_str raw, struct amp_alt out[AMP_ALTS]);
    /* These words will be asked for, and names that are just them. */
    void (*words_soon)(const struct amp_finder *f, const struct amp_str *word, size_t word_n);
    /* Names whose words are the first alternatives of the terms, in their order; and those in the
     * neighbourhood. */
    const uint32_t *(*same)(const struct amp_finder *f, const struct amp_reading *reading,
                            size_t most, size_t *out_n);
    const uint32_t *(*same_local)(const struct amp_finder *f, const struct amp_reading *reading,
                                  struct amp_pos near, size_t level, size_t *out_n);
    /* Of words that names have, not begun ones: names that consist of these. */
    void (*bag_of)(const struct amp_finder *f, const struct amp_alt *const *alt, size_t n,
                   struct amp_bag *out);
    /* The same will be asked for. */
    void (*bag_soon)(const struct amp_finder *f, const struct amp_alt *const *alt, size_t n);
    const uint32_t *(*bag)(const struct amp_finder *f, const struct amp_bag *bag, size_t most,
                           size_t *out_n);
    const uint32_t *(*bag_local)(const struct amp_finder *f, const struct amp_bag *bag,
                                 struct amp_pos near, size_t level, size_t *out_n);
    const uint32_t *(*list)(const struct amp_finder *f, const struct amp_term *term, size_t most,
                            bool streets, size_t *out_n);
    const uint32_t *(*local)(const struct amp_finder *f, const struct amp_term *term,
                             struct amp_pos near, size_t *out_n);
    /* The spelling will be weighed soon. */
    void (*soon)(const struct amp_finder *f, uint32_t spelling);
    struct amp_match (*match)(const struct amp_finder *f, const struct amp_reading *reading,
                              uint32_t spelling);
};
struct amp_finder amp_finder_fast(const struct amp_places *places, struct amp_arena *arena);
/* False if the arena is full. */
bool amp_finder_slow(const struct amp_places *places, struct amp_arena *arena,
                     struct amp_finder *out);

/* Gathers what a mistyped word may mean: both finders offer words, the rest is here. */
struct amp_meant {
    struct amp_str raw;
    struct amp_typo_word word;
    uint64_t mask; /* of its letters */
    int reach;     /* errors forgiven */
    size_t key_len;
    char key[AMP_PHONETIC_KEY];
    size_t n;
    struct amp_alt *out;
    int cost[AMP_ALTS];
};
bool amp_meant_begin(struct amp_meant *m, struct amp_str raw, struct amp_alt out[AMP_ALTS]);
/* Offer a word: if it is within reach by its letters, or sounds alike, it is taken. */
void amp_meant_letters(struct amp_meant *m, const struct amp_alt *alt);
void amp_meant_sound(struct amp_meant *m, const struct amp_alt *alt);
/* The street words that raw may have been meant to be: brief forms. */
void amp_meant_forms(struct amp_meant *m, const struct amp_finder *f);

#endif
