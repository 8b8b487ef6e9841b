/* The finder of the geocoder that uses the index. */
#include "map/geocode_plan.h"
#include <assert.h>
#include <string.h>

static bool fast_known(const struct amp_finder *f, struct amp_str word, struct amp_alt *out)
{
    struct amp_pl_range range = amp_pl_tokens(f->places, word, false);
    if (range.lo == range.hi) {
        return false;
    }
    __builtin_prefetch(f->places->post + f->places->token[range.lo].post_first);
    *out = (struct amp_alt){.word = word,
                            .range = range,
                            .factor = 1,
                            .little = (f->places->token_look[range.lo] & AMP_PL_LITTLE) != 0,
                            .count = f->places->token[range.lo].post_n};
    return true;
}

static size_t fast_begun(const struct amp_finder *f, struct amp_str raw, struct amp_alt *out)
{
    struct amp_str form[AMP_FOLD_FORMS];
    size_t form_n = amp_fold_completions(raw, form);
    struct amp_pl_range range = amp_pl_tokens(f->places, raw, true);
    size_t n = 0;
    if (range.lo < range.hi) {
        size_t count = amp_pl_range_cost(f->places, range);
        size_t first_len = f->places->token_look[range.lo] & AMP_PL_LONG;
        out[n++] = (struct amp_alt){.word = raw,
                                    .range = range,
                                    .count = (uint32_t)count,
                                    .prefix = true,
                                    .whole = first_len == raw.len || first_len == AMP_PL_LONG};
    }
    for (size_t i = 0; i < form_n; i++) {
        if (!amp_str_starts(form[i], raw) && fast_known(f, form[i], &out[n])) {
            out[n++].factor = amp_match_begun(0, 0);
        }
    }
    return n;
}

static struct amp_alt token_alt(const struct amp_finder *f, uint32_t token)
{
    const struct amp_pl_token *t = &f->places->token[token];
    return (struct amp_alt){.word = amp_pl_token_text(f->places, token),
                            .range = {token, token + 1},
                            .factor = 1,
                            .little = t->little != 0,
                            .count = t->post_n};
}

enum {
    SEEN = 128 /* words remembered while what is meant is looked for */
};

static size_t fast_meant(const struct amp_finder *f, struct amp_str raw,
                         struct amp_alt out[AMP_ALTS])
{
    const struct amp_places *p = f->places;
    struct amp_meant m;
    uint32_t variant[AMP_TYPO_VARIANTS];
    uint32_t seen[SEEN];
    size_t first;
    if (!amp_meant_begin(&m, raw, out)) {
        return 0;
    }
    memset(seen, 0xFF, sizeof(seen)); /* AMP_PL_NONE */
    size_t n = amp_typo_variants(&m.word, m.reach, variant);
    for (int step = 0; step < 2; step++) {
        for (size_t i = 0; i < n; i++) {
            amp_pl_hashed_soon(&p->dels, variant[i], step);
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t count = amp_pl_hashed(&p->dels, variant[i], &first);
        for (size_t k = 0; k < count; k++) {
            uint32_t token = (uint32_t)p->del[first + k];
            if (seen[token % SEEN] != token) { /* many variants lead to the same word */
                struct amp_alt alt = token_alt(f, token);
                amp_meant_letters(&m, &alt);
                seen[token % SEEN] = token;
            }
        }
    }
    if (m.key_len > 0) {
        struct amp_str key = {m.key, m.key_len};
        size_t count = amp_pl_hashed(&p->phons, amp_pl_bag_hash(&key, 1), &first);
        for (size_t k = 0; k < count; k++) {
            struct amp_alt alt = token_alt(f, (uint32_t)p->phon[first + k]);
            amp_meant_sound(&m, &alt);
        }
    }
    amp_meant_forms(&m, f);
    return m.n;
}

/* The bag of a spelling as tokens, whose order is that of their texts. */
static size_t spelling_bag(const struct amp_places *p, uint32_t spelling,
                           uint32_t token[AMP_FOLD_WORDS])
{
    size_t word_n;
    const uint32_t *word = amp_pl_words(p, spelling, &word_n);
    size_t n = 0;
    for (int all = 0; all < 2 && n == 0; all++) {
        for (size_t w = 0; w < word_n; w++) {
            if (all == 0 && (p->token_look[word[w]] & AMP_PL_LITTLE) != 0) {
                continue;
            }
            size_t at = n;
            while (at > 0 && token[at - 1] > word[w]) {
                at--;
            }
            if (at > 0 && token[at - 1] == word[w]) {
                continue; /* twice */
            }
            memmove(token + at + 1, token + at, (n - at) * sizeof(*token));
            token[at] = word[w];
            n++;
        }
    }
    return n;
}

static void fast_soon(const struct amp_finder *f, uint32_t spelling)
{
    __builtin_prefetch(&f->places->card[spelling]);
}

/* The first names of a hash. */
static void names_soon(const struct amp_finder *f, const struct amp_pl_hashes *index, uint32_t hash)
{
    enum {
        FIRST = 6
    };
    size_t first = amp_pl_hashed_first(index, hash);
    for (size_t i = first; i < first + FIRST && amp_pl_hashed_is(index, i, hash); i++) {
        fast_soon(f, (uint32_t)index->number[i]);
    }
}

static void fast_words_soon(const struct amp_finder *f, const struct amp_str *word, size_t word_n)
{
    const struct amp_places *p = f->places;
    uint32_t same = amp_pl_bag_hash(word, word_n);
    amp_pl_hashed_soon(&p->sames, same, 0);
    for (size_t i = 0; i < word_n; i++) {
        amp_pl_token_soon(p, word[i]);
    }
    amp_pl_hashed_soon(&p->sames, same, 1);
    names_soon(f, &p->sames, same);
}

/* ---- names that are the question itself ---- */

struct same {
    const struct amp_places *places;
    uint32_t hash;
    size_t token_n;
    uint32_t token[AMP_FOLD_WORDS];
    bool (*is)(const struct same *same, uint32_t spelling);
    size_t level; /* of cells */
};

static bool same_is(const struct same *same, uint32_t spelling)
{
    size_t n;
    const uint32_t *own = amp_pl_words(same->places, spelling, &n);
    return n == same->token_n && memcmp(own, same->token, n * sizeof(*own)) == 0;
}

/* The first names of each of these hashes will be weighed. */
static void hashes_soon(const struct amp_finder *f, const struct amp_pl_hashes *index,
                        const uint32_t *hash, size_t n, size_t each)
{
    for (int step = 0; step < 2; step++) {
        for (size_t c = 0; c < n; c++) {
            amp_pl_hashed_soon(index, hash[c], step);
        }
    }
    for (size_t c = 0; c < n; c++) {
        size_t first = amp_pl_hashed_first(index, hash[c]);
        for (size_t i = first; i < first + each && amp_pl_hashed_is(index, i, hash[c]); i++) {
            fast_soon(f, (uint32_t)index->number[i]);
        }
    }
}

/* What is in the neighbourhood will be asked for, level by level: memory is waited for together. */
static void levels_soon(const struct amp_finder *f, const struct amp_pl_hashes *index,
                        uint32_t name, struct amp_pos near)
{
    uint32_t hash[AMP_PL_LEVELS * AMP_PL_NEIGHBOURS];
    for (size_t level = 0; level < AMP_PL_LEVELS; level++) {
        uint32_t *of = hash + level * AMP_PL_NEIGHBOURS;
        amp_pl_level_cells(near, level, of);
        for (size_t c = 0; c < AMP_PL_NEIGHBOURS; c++) {
            of[c] = amp_pl_cell_hash(name, of[c]);
        }
    }
    hashes_soon(f, index, hash, AMP_PL_LEVELS * AMP_PL_NEIGHBOURS, amp_same_local(1));
}

/* Those in the neighbourhood, by an index of hashes with cells. */
static const uint32_t *local_same(const struct amp_finder *f, const struct amp_pl_hashes *index,
                                  const struct same *same, struct amp_pos near, size_t *out_n)
{
    const struct amp_places *p = f->places;
    uint32_t cell[AMP_PL_NEIGHBOURS];
    size_t room = amp_same_local(0) + (AMP_PL_NEIGHBOURS - 1) * amp_same_local(1);
    uint32_t *id = amp_arena_array(f->arena, room, sizeof(*id));
    size_t n = 0;
    amp_pl_level_cells(near, same->level, cell);
    if (same->level == 0) {
        levels_soon(f, index, same->hash, near);
    }
    for (size_t c = 0; c < AMP_PL_NEIGHBOURS && id != NULL; c++) {
        uint32_t hash = amp_pl_cell_hash(same->hash, cell[c]);
        size_t most = n + amp_same_local(c);
        for (size_t at = amp_pl_hashed_first(index, hash);
             n < most && amp_pl_hashed_is(index, at, hash); at++) {
            uint32_t spelling = (uint32_t)index->number[at];
            struct amp_pos pos = p->card[spelling].pos;
            uint32_t own = amp_pl_level_cell(pos, same->level);
            if (own == cell[c] && same->is(same, spelling)) {
                id[n++] = spelling;
            }
        }
    }
    *out_n = n;
    return id;
}

static struct same same_make(const struct amp_finder *f, const struct amp_reading *reading)
{
    struct same same = {.places = f->places, .token_n = reading->term_n, .is = same_is};
    struct amp_str word[AMP_FOLD_WORDS];
    for (size_t t = 0; t < reading->term_n; t++) {
        word[t] = reading->term[t].alt[0].word;
        same.token[t] = reading->term[t].alt[0].range.lo;
    }
    same.hash = amp_pl_bag_hash(word, reading->term_n);
    return same;
}

static const uint32_t *fast_same(const struct amp_finder *f, const struct amp_reading *reading,
                                 size_t most, size_t *out_n)
{
    const struct amp_places *p = f->places;
    struct same same = same_make(f, reading);
    uint32_t *id = amp_arena_array(f->arena, most, sizeof(*id));
    size_t first = amp_pl_hashed_first(&p->sames, same.hash);
    size_t n = 0;
    for (size_t i = 0; i < most && amp_pl_hashed_is(&p->sames, first + i, same.hash); i++) {
        fast_soon(f, (uint32_t)p->same[first + i]);
    }
    for (size_t at = first; id != NULL && n < most && amp_pl_hashed_is(&p->sames, at, same.hash);
         at++) {
        if (same_is(&same, (uint32_t)p->same[at])) {
            id[n++] = (uint32_t)p->same[at];
        }
    }
    *out_n = n;
    return id;
}

static const uint32_t *fast_same_local(const struct amp_finder *f,
                                       const struct amp_reading *reading, struct amp_pos near,
                                       size_t level, size_t *out_n)
{
    struct same same = same_make(f, reading);
    same.level = level;
    return local_same(f, &f->places->same_locals, &same, near, out_n);
}

/* ---- names of the same words ---- */

/* Tokens are in the order of their texts, so that their order is that of a bag. */
static void fast_bag_of(const struct amp_finder *f, const struct amp_alt *const *alt, size_t n,
                        struct amp_bag *out)
{
    out->n = 0;
    for (int all = 0; all < 2 && out->n == 0; all++) {
        for (size_t i = 0; i < n; i++) {
            uint32_t token = alt[i]->range.lo;
            size_t at = out->n;
            if (all == 0 && (f->places->token_look[token] & AMP_PL_LITTLE) != 0) {
                continue;
            }
            while (at > 0 && out->token[at - 1] > token) {
                at--;
            }
            if (at > 0 && out->token[at - 1] == token) {
                continue; /* twice */
            }
            for (size_t k = out->n++; k > at; k--) {
                out->token[k] = out->token[k - 1];
                out->word[k] = out->word[k - 1];
            }
            out->token[at] = token;
            out->word[at] = alt[i]->word;
        }
    }
    out->hash = amp_pl_bag_hash(out->word, out->n);
}

static void fast_bag_soon(const struct amp_finder *f, const struct amp_alt *const *alt, size_t n)
{
    struct amp_bag bag;
    fast_bag_of(f, alt, n, &bag);
    amp_pl_hashed_soon(&f->places->bags, bag.hash, 0);
    amp_pl_hashed_soon(&f->places->bags, bag.hash, 1);
    names_soon(f, &f->places->bags, bag.hash);
}

static const uint32_t *fast_bag(const struct amp_finder *f, const struct amp_bag *bag, size_t most,
                                size_t *out_n)
{
    const struct amp_places *p = f->places;
    size_t first = amp_pl_hashed_first(&p->bags, bag->hash);
    size_t there = 0;
    while (there < most && amp_pl_hashed_is(&p->bags, first + there, bag->hash)) {
        fast_soon(f, (uint32_t)p->bag[first + there]);
        there++;
    }
    uint32_t *id = amp_arena_array(f->arena, there + 1, sizeof(*id));
    uint32_t own[AMP_FOLD_WORDS];
    size_t n = 0;
    for (size_t at = first; id != NULL && n < there && amp_pl_hashed_is(&p->bags, at, bag->hash);
         at++) {
        uint32_t spelling = (uint32_t)p->bag[at];
        size_t own_n = spelling_bag(p, spelling, own);
        if (own_n == bag->n && memcmp(own, bag->token, bag->n * sizeof(*own)) == 0) {
            id[n++] = spelling;
        }
    }
    *out_n = n;
    return id;
}

static bool bag_is(const struct same *same, uint32_t spelling)
{
    uint32_t own[AMP_FOLD_WORDS];
    size_t n = spelling_bag(same->places, spelling, own);
    return n == same->token_n && memcmp(own, same->token, n * sizeof(*own)) == 0;
}

static const uint32_t *fast_bag_local(const struct amp_finder *f, const struct amp_bag *bag,
                                      struct amp_pos near, size_t level, size_t *out_n)
{
    const struct amp_places *p = f->places;
    struct same same = {
        .places = p, .token_n = bag->n, .is = bag_is, .hash = bag->hash, .level = level};
    memcpy(same.token, bag->token, bag->n * sizeof(*same.token));
    return local_same(f, &p->bag_locals, &same, near, out_n);
}

/* Two ascending lists as one, each number once. */
static const uint32_t *merged(struct amp_arena *arena, const uint32_t *a, size_t a_n,
                              const uint32_t *b, size_t b_n, size_t *out_n)
{
    uint32_t *id = amp_arena_array(arena, a_n + b_n + 1, sizeof(*id));
    size_t n = 0;
    for (size_t i = 0, j = 0; id != NULL && (i < a_n || j < b_n);) {
        bool from_a = j == b_n || (i < a_n && a[i] <= b[j]);
        j += !from_a || (i < a_n && j < b_n && a[i] == b[j]) ? 1 : 0;
        id[n++] = from_a ? a[i] : b[j - 1];
        i += from_a ? 1 : 0;
    }
    *out_n = n;
    return id;
}

/* The list kept for the term's prefix, if it has one and one is kept. */
static const struct amp_pl_top *term_top(const struct amp_finder *f, const struct amp_term *term)
{
    for (size_t i = 0; i < term->alt_n; i++) {
        if (term->alt[i].prefix) {
            return amp_pl_top(f->places, term->alt[i].word);
        }
    }
    return NULL;
}

static const uint32_t *prefix_list(const struct amp_finder *f, const struct amp_term *term,
                                   const struct amp_pl_range *range, size_t most, size_t *out_n)
{
    const struct amp_places *p = f->places;
    const struct amp_pl_top *top = term_top(f, term);
    if (top != NULL && most <= AMP_PL_TOP) {
        size_t n = top->n < most ? top->n : most;
        size_t street_n = top->street_n < most ? top->street_n : most;
        return merged(f->arena, p->top_id + top->first, n, p->top_id + top->street_first, street_n,
                      out_n);
    }
    size_t all_n = 0;
    const uint32_t *all = amp_pl_gather(p, range, term->alt_n, SIZE_MAX, f->arena, &all_n);
    uint32_t *id = amp_arena_array(f->arena, 2 * most + 1, sizeof(*id));
    size_t n = 0;
    size_t streets = 0;
    for (size_t i = 0; i < all_n && all != NULL && id != NULL; i++) {
        bool street = (p->card[all[i]].flags & AMP_PL_STREET) != 0;
        if (i < most || (street && streets < most)) {
            id[n++] = all[i];
        }
        streets += street ? 1 : 0;
    }
    *out_n = n;
    return all == NULL ? NULL : id;
}

static const uint32_t *fast_list(const struct amp_finder *f, const struct amp_term *term,
                                 size_t most, bool streets, size_t *out_n)
{
    struct amp_pl_range range[AMP_ALTS + 1];
    assert(term->alt_n <= AMP_ALTS + 1);
    for (size_t i = 0; i < term->alt_n; i++) {
        range[i] = term->alt[i].range;
    }
    if (streets) {
        return prefix_list(f, term, range, most, out_n);
    }
    const struct amp_pl_top *top = term_top(f, term);
    if (top != NULL && most <= AMP_PL_TOP) {
        *out_n = top->n < most ? top->n : most;
        return f->places->top_id + top->first;
    }
    return amp_pl_gather(f->places, range, term->alt_n, most, f->arena, out_n);
}

/* Entries of a cell, ascending, that are not below a number. */
static size_t local_bound(const struct amp_places *p, const struct amp_pl_local_cell *at,
                          uint64_t number)
{
    size_t lo = at[0].first;
    for (size_t hi = at[1].first; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->local[mid] < number) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static bool word_in(const struct amp_places *p, uint32_t spelling, struct amp_pl_range range)
{
    size_t n;
    const uint32_t *word = amp_pl_words(p, spelling, &n);
    for (size_t w = 0; w < n; w++) {
        if (word[w] >= range.lo && word[w] < range.hi) {
            return true;
        }
    }
    return false;
}

/* The list kept for a prefix in a cell, the first `most` of it; 0 if none is kept: then no more
 * than AMP_PL_LOCAL have it, or it is a long one. No two kept lists have one hash. */
static size_t local_top(const struct amp_places *p, const struct amp_alt *alt, uint32_t cell,
                        size_t most, uint32_t id[AMP_PL_LOCAL])
{
    uint32_t hash = amp_pl_cell_hash(amp_pl_bag_hash(&alt->word, 1), cell);
    size_t first = amp_pl_hashed_first(&p->local_tops, hash);
    if (!amp_pl_hashed_is(&p->local_tops, first, hash)) {
        return 0;
    }
    uint32_t one = (uint32_t)p->local_top[first];
    if (amp_pl_local_cell(p->card[one].pos) != cell || !word_in(p, one, alt->range)) {
        return 0; /* the list of another prefix */
    }
    size_t n = 0;
    while (n < most && amp_pl_hashed_is(&p->local_tops, first + n, hash)) {
        id[n] = (uint32_t)p->local_top[first + n];
        n++;
    }
    return n;
}

/* The lists of a prefix will be asked for. */
static void local_tops_soon(const struct amp_finder *f, const struct amp_term *term,
                            const uint32_t cell[AMP_PL_NEIGHBOURS])
{
    uint32_t hash[AMP_PL_NEIGHBOURS];
    for (size_t a = 0; a < term->alt_n; a++) {
        if (!term->alt[a].prefix) {
            continue;
        }
        for (size_t c = 0; c < AMP_PL_NEIGHBOURS; c++) {
            hash[c] = amp_pl_cell_hash(amp_pl_bag_hash(&term->alt[a].word, 1), cell[c]);
        }
        hashes_soon(f, &f->places->local_tops, hash, AMP_PL_NEIGHBOURS,
                    amp_term_local(term, &term->alt[a], 1));
    }
}

/* The first `most` of an alternative in a cell. */
static size_t local_list(const struct amp_places *p, const struct amp_alt *alt,
                         const struct amp_pl_local_cell *at, size_t most, uint32_t id[AMP_PL_LOCAL])
{
    size_t n = alt->prefix ? local_top(p, alt, at->cell, most, id) : 0;
    if (n > 0 || most == 0) {
        return n;
    }
    uint64_t end = (uint64_t)alt->range.hi << 32;
    for (size_t lo = local_bound(p, at, (uint64_t)alt->range.lo << 32);
         lo < at[1].first && p->local[lo] < end && (alt->prefix || n < most); lo++) {
        n = amp_pl_least_put(id, n, most, (uint32_t)p->local[lo]);
    }
    return n;
}

static const uint32_t *fast_local(const struct amp_finder *f, const struct amp_term *term,
                                  struct amp_pos near, size_t *out_n)
{
    const struct amp_places *p = f->places;
    uint32_t cell[AMP_PL_NEIGHBOURS];
    uint32_t *id = amp_arena_array(f->arena, amp_term_local_sum(term) + 1, sizeof(*id));
    size_t n = 0;
    amp_pl_local_cells(near, cell);
    local_tops_soon(f, term, cell);
    for (size_t c = 0; c < AMP_PL_NEIGHBOURS && id != NULL; c++) {
        const struct amp_pl_local_cell *at = amp_pl_cell(p, cell[c]);
        for (size_t a = 0; a < term->alt_n && at != NULL; a++) {
            size_t most = amp_term_local(term, &term->alt[a], c);
            n += local_list(p, &term->alt[a], at, most, id + n);
        }
    }
    *out_n = n;
    return id;
}

/* The words of the reading and no others, in its order. */
static bool match_whole(const struct amp_reading *reading, const uint32_t *word, size_t word_n)
{
    bool whole = word_n == reading->term_n;
    for (size_t t = 0; t < reading->term_n && whole; t++) {
        const struct amp_term *term = &reading->term[t];
        whole = term->alt_n > 0 && !term->alt[0].prefix && term->alt[0].factor >= 1 &&
                term->alt[0].range.lo == word[t];
    }
    return whole;
}

static struct amp_match fast_match(const struct amp_finder *f, const struct amp_reading *reading,
                                   uint32_t spelling)
{
    const struct amp_places *p = f->places;
    struct amp_match_table table;
    const uint32_t *word = amp_pl_words(p, spelling, &table.word_n);
    if (match_whole(reading, word, table.word_n)) {
        uint32_t found = (uint32_t)((UINT64_C(1) << reading->term_n) - 1);
        return (struct amp_match){.quality = 1, .found = found};
    }
    for (size_t w = 0; w < table.word_n; w++) {
        table.share[w] = 0;
        table.weight[w] = (p->token_look[word[w]] & AMP_PL_LITTLE) != 0 ? AMP_FOLD_LITTLE : 1;
    }
    for (size_t t = 0; t < reading->term_n; t++) {
        const struct amp_term *term = &reading->term[t];
        table.best[t] = 0;
        table.where[t] = 0;
        for (size_t a = 0; a < term->alt_n; a++) {
            const struct amp_alt *alt = &term->alt[a];
            for (size_t w = 0; w < table.word_n; w++) {
                if (word[w] >= alt->range.lo && word[w] < alt->range.hi) {
                    double factor = alt->factor;
                    if (alt->prefix) {
                        factor = amp_match_begun(alt->word.len, amp_pl_token_text(p, word[w]).len);
                    }
                    amp_match_note(&table, t, w, a, factor);
                }
            }
        }
        if (table.best[t] <= 0 && !term->little) {
            return (struct amp_match){.quality = 0};
        }
    }
    return amp_match_finish(reading, &table);
}

struct amp_finder amp_finder_fast(const struct amp_places *places, struct amp_arena *arena)
{
    return (struct amp_finder){.places = places,
                               .arena = arena,
                               .known = fast_known,
                               .begun = fast_begun,
                               .meant = fast_meant,
                               .words_soon = fast_words_soon,
                               .same = fast_same,
                               .same_local = fast_same_local,
                               .bag_of = fast_bag_of,
                               .bag_soon = fast_bag_soon,
                               .bag = fast_bag,
                               .bag_local = fast_bag_local,
                               .list = fast_list,
                               .local = fast_local,
                               .soon = fast_soon,
                               .match = fast_match};
}
