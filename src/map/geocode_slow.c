/* The finder of the geocoder that folds and looks at every name: the slow twin. */
#include "map/geocode_plan.h"
#include "map/words.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct amp_corpus { /* every spelling, folded again; and every word with its count */
    struct amp_str *word;
    uint32_t *word_first; /* of each spelling; one more for the end */
    struct amp_alt *vocabulary;
    size_t vocabulary_n;
};

static int word_order(const void *a, const void *b)
{
    struct amp_str x = *(const struct amp_str *)a;
    struct amp_str y = *(const struct amp_str *)b;
    int order = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

/* The words of a spelling, each once, sorted. */
static size_t distinct(const struct amp_corpus *c, uint32_t spelling,
                       struct amp_str out[AMP_FOLD_WORDS])
{
    size_t n = 0;
    size_t kept = 0;
    for (uint32_t w = c->word_first[spelling]; w < c->word_first[spelling + 1]; w++) {
        out[n++] = c->word[w];
    }
    qsort(out, n, sizeof(*out), word_order);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !amp_str_eq(out[kept - 1], out[i])) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static bool vocabulary_make(const struct amp_places *places, struct amp_arena *arena,
                            struct amp_corpus *c)
{
    size_t word_n = c->word_first[places->spelling_n];
    struct amp_str *all = amp_arena_array(arena, word_n + 1, sizeof(*all));
    size_t n = 0;
    if (all == NULL) {
        return false;
    }
    for (uint32_t s = 0; s < places->spelling_n; s++) {
        n += distinct(c, s, all + n);
    }
    qsort(all, n, sizeof(*all), word_order);
    c->vocabulary = amp_arena_array(arena, n + 1, sizeof(*c->vocabulary));
    for (size_t i = 0; i < n && c->vocabulary != NULL; i++) {
        if (i == 0 || !amp_str_eq(all[i - 1], all[i])) {
            c->vocabulary[c->vocabulary_n++] =
                (struct amp_alt){.word = all[i], .factor = 1, .little = amp_word_little(all[i])};
        }
        c->vocabulary[c->vocabulary_n - 1].count++;
    }
    return c->vocabulary != NULL;
}

static bool corpus_make(const struct amp_places *places, struct amp_arena *arena,
                        struct amp_corpus *c)
{
    c->word = amp_arena_array(arena, places->word_n + 1, sizeof(*c->word));
    c->word_first = amp_arena_array(arena, places->spelling_n + 1, sizeof(*c->word_first));
    uint32_t n = 0;
    for (uint32_t s = 0; s < places->spelling_n && c->word != NULL && c->word_first != NULL; s++) {
        struct amp_folded folded;
        amp_fold(amp_pl_text(places, places->spelling[s].text), &folded);
        c->word_first[s] = n;
        for (size_t w = 0; w < folded.n && n < places->word_n; w++) {
            c->word[n++] = amp_arena_str(arena, folded.word[w]);
        }
    }
    if (amp_arena_failed(arena)) {
        return false;
    }
    c->word_first[places->spelling_n] = n;
    return vocabulary_make(places, arena, c);
}

static bool slow_known(const struct amp_finder *f, struct amp_str word, struct amp_alt *out)
{
    for (size_t i = 0; i < f->corpus->vocabulary_n; i++) {
        if (amp_str_eq(f->corpus->vocabulary[i].word, word)) {
            *out = f->corpus->vocabulary[i];
            return true;
        }
    }
    return false;
}

static size_t slow_begun(const struct amp_finder *f, struct amp_str raw, struct amp_alt *out)
{
    struct amp_str form[AMP_FOLD_FORMS];
    size_t form_n = amp_fold_completions(raw, form);
    size_t n = 0;
    uint32_t count = 0;
    bool whole = false;
    for (size_t i = 0; i < f->corpus->vocabulary_n; i++) {
        whole = whole || amp_str_eq(f->corpus->vocabulary[i].word, raw);
        bool begins = amp_str_starts(f->corpus->vocabulary[i].word, raw);
        count += begins ? f->corpus->vocabulary[i].count : 0;
    }
    if (count > 0) {
        out[n++] = (struct amp_alt){.word = raw, .count = count, .prefix = true, .whole = whole};
    }
    for (size_t i = 0; i < form_n; i++) {
        if (!amp_str_starts(form[i], raw) && slow_known(f, form[i], &out[n])) {
            out[n++].factor = amp_match_begun(0, 0);
        }
    }
    return n;
}

static size_t slow_meant(const struct amp_finder *f, struct amp_str raw,
                         struct amp_alt out[AMP_ALTS])
{
    struct amp_meant m;
    if (!amp_meant_begin(&m, raw, out)) {
        return 0;
    }
    for (size_t i = 0; i < f->corpus->vocabulary_n; i++) {
        amp_meant_letters(&m, &f->corpus->vocabulary[i]);
        amp_meant_sound(&m, &f->corpus->vocabulary[i]);
    }
    amp_meant_forms(&m, f);
    return m.n;
}

static bool alt_says(const struct amp_alt *alt, struct amp_str word)
{
    return alt->prefix ? amp_str_starts(word, alt->word) : amp_str_eq(word, alt->word);
}

static bool term_says(const struct amp_corpus *c, const struct amp_term *term, uint32_t spelling)
{
    for (uint32_t w = c->word_first[spelling]; w < c->word_first[spelling + 1]; w++) {
        for (size_t a = 0; a < term->alt_n; a++) {
            if (alt_says(&term->alt[a], c->word[w])) {
                return true;
            }
        }
    }
    return false;
}

static const uint32_t *slow_list(const struct amp_finder *f, const struct amp_term *term,
                                 size_t most, bool streets, size_t *out_n)
{
    const struct amp_places *p = f->places;
    uint32_t *id = amp_arena_array(f->arena, p->spelling_n + 1, sizeof(*id));
    size_t n = 0;
    size_t all = 0;
    size_t street_n = 0;
    for (uint32_t s = 0; s < p->spelling_n && id != NULL; s++) {
        if (!term_says(f->corpus, term, s)) {
            continue;
        }
        bool street = (p->rec[p->spelling[s].place].flags & AMP_PL_STREET) != 0;
        if (all < most || (streets && street && street_n < most)) {
            id[n++] = s;
        }
        all++;
        street_n += street ? 1 : 0;
    }
    *out_n = n;
    return id;
}

static const uint32_t *slow_local(const struct amp_finder *f, const struct amp_term *term,
                                  struct amp_pos near, size_t *out_n)
{
    const struct amp_places *p = f->places;
    const struct amp_corpus *c = f->corpus;
    uint32_t cell[AMP_PL_NEIGHBOURS];
    uint32_t *id = amp_arena_array(f->arena, amp_term_local_sum(term) + 1, sizeof(*id));
    size_t n = 0;
    amp_pl_local_cells(near, cell);
    for (size_t at = 0; at < AMP_PL_NEIGHBOURS * term->alt_n && id != NULL; at++) {
        const struct amp_alt *alt = &term->alt[at % term->alt_n];
        size_t most = n + amp_term_local(term, alt, at / term->alt_n);
        for (uint32_t s = 0; s < p->spelling_n && n < most; s++) {
            struct amp_pos pos = p->rec[p->spelling[s].place].pos;
            bool says = false;
            if (amp_pl_local_cell(pos) == cell[at / term->alt_n]) {
                for (uint32_t w = c->word_first[s]; w < c->word_first[s + 1]; w++) {
                    says = says || alt_says(alt, c->word[w]);
                }
            }
            if (says) {
                id[n++] = s;
            }
        }
    }
    *out_n = n;
    return id;
}

static bool slow_same_is(const struct amp_corpus *c, uint32_t spelling, const struct amp_str *word,
                         size_t word_n)
{
    uint32_t first = c->word_first[spelling];
    return amp_pl_bag_eq(c->word + first, c->word_first[spelling + 1] - first, word, word_n);
}

static void words_of(const struct amp_reading *reading, struct amp_str out[AMP_FOLD_WORDS])
{
    for (size_t t = 0; t < reading->term_n; t++) {
        out[t] = reading->term[t].alt[0].word;
    }
}

static const uint32_t *slow_same(const struct amp_finder *f, const struct amp_reading *reading,
                                 size_t most, size_t *out_n)
{
    struct amp_str word[AMP_FOLD_WORDS];
    words_of(reading, word);
    uint32_t *id = amp_arena_array(f->arena, most, sizeof(*id));
    size_t n = 0;
    for (uint32_t s = 0; s < f->places->spelling_n && n < most && id != NULL; s++) {
        if (slow_same_is(f->corpus, s, word, reading->term_n)) {
            id[n++] = s;
        }
    }
    *out_n = n;
    return id;
}

static bool slow_bag_is(const struct amp_corpus *c, uint32_t spelling, const struct amp_str *bag,
                        size_t bag_n)
{
    struct amp_str own[AMP_FOLD_WORDS + 1];
    uint32_t first = c->word_first[spelling];
    size_t own_n = amp_pl_bag(c->word + first, c->word_first[spelling + 1] - first, own);
    return amp_pl_bag_eq(own, own_n, bag, bag_n);
}

struct scan {
    const struct amp_finder *f;
    const struct amp_str *word;
    size_t word_n;
    bool (*is)(const struct amp_corpus *, uint32_t, const struct amp_str *, size_t);
};

static const uint32_t *local_scan(const struct scan *scan, struct amp_pos near, size_t level,
                                  size_t *out_n)
{
    const struct amp_places *p = scan->f->places;
    uint32_t cell[AMP_PL_NEIGHBOURS];
    uint32_t *id =
        amp_arena_array(scan->f->arena, AMP_PL_NEIGHBOURS * amp_same_local(0), sizeof(*id));
    size_t n = 0;
    amp_pl_level_cells(near, level, cell);
    for (size_t c = 0; c < AMP_PL_NEIGHBOURS && id != NULL; c++) {
        size_t most = n + amp_same_local(c);
        for (uint32_t s = 0; s < p->spelling_n && n < most; s++) {
            struct amp_pos pos = p->rec[p->spelling[s].place].pos;
            uint32_t own = amp_pl_level_cell(pos, level);
            if (own == cell[c] && scan->is(scan->f->corpus, s, scan->word, scan->word_n)) {
                id[n++] = s;
            }
        }
    }
    *out_n = n;
    return id;
}

static void slow_bag_of(const struct amp_finder *f, const struct amp_alt *const *alt, size_t n,
                        struct amp_bag *out)
{
    struct amp_str word[AMP_FOLD_WORDS];
    (void)f;
    for (size_t i = 0; i < n; i++) {
        word[i] = alt[i]->word;
    }
    out->n = amp_pl_bag(word, n, out->word);
}

static void slow_bag_soon(const struct amp_finder *f, const struct amp_alt *const *alt, size_t n)
{
    (void)f;
    (void)alt;
    (void)n;
}

static const uint32_t *slow_bag(const struct amp_finder *f, const struct amp_bag *bag, size_t most,
                                size_t *out_n)
{
    uint32_t *id = amp_arena_array(f->arena, most, sizeof(*id));
    size_t n = 0;
    for (uint32_t s = 0; s < f->places->spelling_n && n < most && id != NULL; s++) {
        if (slow_bag_is(f->corpus, s, bag->word, bag->n)) {
            id[n++] = s;
        }
    }
    *out_n = n;
    return id;
}

static const uint32_t *slow_same_local(const struct amp_finder *f,
                                       const struct amp_reading *reading, struct amp_pos near,
                                       size_t level, size_t *out_n)
{
    struct amp_str word[AMP_FOLD_WORDS];
    struct scan scan = {f, word, reading->term_n, slow_same_is};
    words_of(reading, word);
    return local_scan(&scan, near, level, out_n);
}

static const uint32_t *slow_bag_local(const struct amp_finder *f, const struct amp_bag *bag,
                                      struct amp_pos near, size_t level, size_t *out_n)
{
    struct scan scan = {f, bag->word, bag->n, slow_bag_is};
    return local_scan(&scan, near, level, out_n);
}

static struct amp_match slow_match(const struct amp_finder *f, const struct amp_reading *reading,
                                   uint32_t spelling)
{
    const struct amp_str *word = f->corpus->word + f->corpus->word_first[spelling];
    struct amp_match_table table = {.word_n = f->corpus->word_first[spelling + 1] -
                                              f->corpus->word_first[spelling]};
    for (size_t w = 0; w < table.word_n; w++) {
        table.weight[w] = amp_fold_weight(word[w]);
    }
    for (size_t t = 0; t < reading->term_n; t++) {
        for (size_t a = 0; a < reading->term[t].alt_n; a++) {
            const struct amp_alt *alt = &reading->term[t].alt[a];
            for (size_t w = 0; w < table.word_n; w++) {
                if (alt_says(alt, word[w])) {
                    double begun = amp_match_begun(alt->word.len, word[w].len);
                    amp_match_note(&table, t, w, a, alt->prefix ? begun : alt->factor);
                }
            }
        }
    }
    return amp_match_finish(reading, &table);
}

static void slow_soon(const struct amp_finder *f, uint32_t spelling)
{
    (void)f;
    (void)spelling;
}

static void slow_words_soon(const struct amp_finder *f, const struct amp_str *word, size_t word_n)
{
    (void)f;
    (void)word;
    (void)word_n;
}

bool amp_finder_slow(const struct amp_places *places, struct amp_arena *arena,
                     struct amp_finder *out)
{
    struct amp_corpus *corpus = amp_arena_alloc(arena, sizeof(*corpus));
    if (corpus == NULL || !corpus_make(places, arena, corpus)) {
        return false;
    }
    *out = (struct amp_finder){.places = places,
                               .arena = arena,
                               .corpus = corpus,
                               .known = slow_known,
                               .begun = slow_begun,
                               .meant = slow_meant,
                               .words_soon = slow_words_soon,
                               .same = slow_same,
                               .same_local = slow_same_local,
                               .bag_of = slow_bag_of,
                               .bag_soon = slow_bag_soon,
                               .bag = slow_bag,
                               .bag_local = slow_bag_local,
                               .list = slow_list,
                               .local = slow_local,
                               .soon = slow_soon,
                               .match = slow_match};
    return true;
}
