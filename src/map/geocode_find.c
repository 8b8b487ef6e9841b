/* The two finders of the geocoder: by the index, and its slow twin that folds every name again. */
#include "map/geocode_plan.h"
#include <assert.h>
#include <string.h>

/* How far a name's word is what the term says: 1 exactly, less for a prefix, 0 not. */
static double term_match(const struct amp_term *term, bool prefix, struct amp_str word)
{
    static const double begun = 0.6; /* of a prefix of no length */
    if (amp_str_eq(term->word, word)) {
        return 1;
    }
    if (!prefix) {
        return 0;
    }
    if (term->raw.len > 0 && amp_str_starts(word, term->raw)) {
        return begun + (1 - begun) * (double)term->raw.len / (double)(word.len + 1);
    }
    for (size_t i = 0; i < term->form_n; i++) {
        if (amp_str_eq(term->form[i], word)) {
            return begun;
        }
    }
    return 0;
}

double amp_reading_quality(const struct amp_reading *reading, const struct amp_str *word,
                           size_t word_n)
{
    static const double not_all = 0.98;
    double share[AMP_FOLD_WORDS] = {0};
    assert(word_n <= AMP_FOLD_WORDS);
    for (size_t t = 0; t < reading->term_n; t++) {
        bool prefix = reading->prefix && t + 1 == reading->term_n;
        bool found = false;
        for (size_t w = 0; w < word_n; w++) {
            double match = term_match(&reading->term[t], prefix, word[w]);
            share[w] = match > share[w] ? match : share[w];
            found = found || match > 0;
        }
        if (!found) {
            return 0;
        }
    }
    double all = 0;
    double got = 0;
    bool in_order = word_n == reading->term_n;
    for (size_t w = 0; w < word_n; w++) {
        double weight = amp_fold_weight(word[w]);
        all += weight;
        got += weight * share[w];
        in_order = in_order && amp_str_eq(reading->term[w].word, word[w]);
    }
    return in_order ? 1 : all > 0 ? not_all * got / all : 0;
}

size_t amp_pl_words(const struct amp_places *places, uint32_t spelling,
                    struct amp_str out[AMP_FOLD_WORDS])
{
    const struct amp_pl_spelling *s = &places->spelling[spelling];
    size_t n = s[1].word_first - s[0].word_first;
    assert(n <= AMP_FOLD_WORDS);
    for (size_t i = 0; i < n; i++) {
        out[i] = amp_pl_text(places, places->token[places->word[s->word_first + i]].text);
    }
    return n;
}

/* The list kept for a short prefix, or NULL. */
static const struct amp_pl_top *top_find(const struct amp_places *places, struct amp_str prefix)
{
    size_t lo = 0;
    size_t hi = places->top_n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        struct amp_str text = amp_str_of(places->top[mid].prefix);
        size_t len = text.len < prefix.len ? text.len : prefix.len;
        int order = memcmp(text.ptr, prefix.ptr, len);
        if (order == 0 && text.len == prefix.len) {
            return &places->top[mid];
        }
        if (order < 0 || (order == 0 && text.len < prefix.len)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return NULL;
}

static size_t term_ranges(const struct amp_places *places, const struct amp_term *term, bool prefix,
                          struct amp_pl_range range[AMP_FOLD_FORMS + 2])
{
    if (!prefix) {
        range[0] = amp_pl_tokens(places, term->word, false);
        return 1;
    }
    size_t n = amp_pl_prefix_ranges(places, term->raw, range);
    if (!amp_str_starts(term->word, term->raw)) {
        range[n++] = amp_pl_tokens(places, term->word, false);
    }
    return n;
}

static size_t ranges_cost(const struct amp_places *places, const struct amp_pl_range *range,
                          size_t n)
{
    size_t cost = 0;
    for (size_t i = 0; i < n; i++) {
        cost += places->token[range[i].hi].post_first - places->token[range[i].lo].post_first;
    }
    return cost;
}

/* Ascending candidates: the postings of the rarest term. */
static const uint32_t *candidates(const struct amp_places *places,
                                  const struct amp_reading *reading, struct amp_arena *arena,
                                  size_t *out_n)
{
    struct amp_pl_range range[AMP_FOLD_FORMS + 2];
    const struct amp_term *last = &reading->term[reading->term_n - 1];
    if (reading->term_n == 1 && reading->prefix) {
        const struct amp_pl_top *top = top_find(places, last->raw);
        if (top != NULL && amp_str_starts(last->word, last->raw)) {
            *out_n = top->n;
            return places->top_id + top->first;
        }
    }
    size_t best = 0;
    size_t best_cost = SIZE_MAX;
    for (size_t t = 0; t < reading->term_n; t++) {
        bool prefix = reading->prefix && t + 1 == reading->term_n;
        size_t n = term_ranges(places, &reading->term[t], prefix, range);
        size_t cost = ranges_cost(places, range, n);
        if (cost < best_cost) {
            best_cost = cost;
            best = t;
        }
    }
    bool prefix = reading->prefix && best + 1 == reading->term_n;
    size_t n = term_ranges(places, &reading->term[best], prefix, range);
    return amp_pl_gather(places, range, n, arena, out_n);
}

const uint32_t *amp_find_fast(const struct amp_places *places, const struct amp_reading *reading,
                              struct amp_arena *arena, size_t *out_n)
{
    size_t candidate_n = 0;
    const uint32_t *candidate = candidates(places, reading, arena, &candidate_n);
    uint32_t *found = amp_arena_array(arena, AMP_PL_MATCHES, sizeof(*found));
    if (candidate == NULL || found == NULL) {
        return NULL;
    }
    size_t n = 0;
    for (size_t i = 0; i < candidate_n && n < AMP_PL_MATCHES; i++) {
        struct amp_str word[AMP_FOLD_WORDS];
        size_t word_n = amp_pl_words(places, candidate[i], word);
        if (amp_reading_quality(reading, word, word_n) > 0) {
            found[n++] = candidate[i];
        }
    }
    *out_n = n;
    return found;
}

const uint32_t *amp_find_slow(const struct amp_places *places, const struct amp_reading *reading,
                              struct amp_arena *arena, size_t *out_n)
{
    uint32_t *found = amp_arena_array(arena, AMP_PL_MATCHES, sizeof(*found));
    size_t n = 0;
    for (uint32_t i = 0; i < places->spelling_n && n < AMP_PL_MATCHES && found != NULL; i++) {
        struct amp_folded folded;
        amp_fold(amp_pl_text(places, places->spelling[i].text), &folded);
        if (amp_reading_quality(reading, folded.word, folded.n) > 0) {
            found[n++] = i;
        }
    }
    *out_n = n;
    return found;
}
