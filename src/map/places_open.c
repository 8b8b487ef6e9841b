/* Opening the places of an .amap: every index is checked here once, so that no query looks outside.
 */
#include "base/reader.h"
#include "map/places_form.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct grid_section {
    const char *cells, *items;
    uint32_t cell_e7;
};

static amp_err grid_open(const struct amp_amap *amap, const struct grid_section *section,
                         struct amp_grid *out, struct amp_why *why)
{
    const void *cell = NULL;
    const void *item = NULL;
    size_t cell_n = 0;
    size_t item_n = 0;
    amp_err err =
        amp_amap_section(amap, section->cells, sizeof(struct amp_grid_cell), &cell, &cell_n, why);
    err = err ? err : amp_amap_section(amap, section->items, sizeof(uint32_t), &item, &item_n, why);
    if (err) {
        return err;
    }
    if (cell_n == 0) {
        return amp_fail(why, AMP_E_CORRUPT, "section %s of the map is empty", section->cells);
    }
    *out = (struct amp_grid){cell, item, cell_n - 1, item_n, section->cell_e7};
    return AMP_OK;
}

static amp_err sections_open(const struct amp_amap *amap, struct amp_places *p, struct amp_why *why)
{
    const void *data;
#define X(section, field, size)                                                                    \
    if (amp_amap_section(amap, section, size, &data, &p->field##_n, why)) {                        \
        return AMP_E_CORRUPT;                                                                      \
    }                                                                                              \
    p->field = data;
    AMP_PL_SECTIONS(X)
#undef X
    static const struct grid_section grids[] = {
        {"plgarea", "plgareai", AMP_PL_AREA_CELL_E7},
        {"plgmark", "plgmarki", AMP_PL_CELL_E7},
        {"plghouse", "plghousi", AMP_PL_CELL_E7},
        {"plgpiece", "plgpieci", AMP_PL_CELL_E7},
    };
    amp_err err = grid_open(amap, &grids[0], &p->areas, why);
    err = err ? err : grid_open(amap, &grids[1], &p->landmarks, why);
    err = err ? err : grid_open(amap, &grids[2], &p->houses, why);
    return err ? err : grid_open(amap, &grids[3], &p->pieces, why);
}

static bool texts_good(const struct amp_places *p)
{
    bool good = p->text_n > 0 && p->text[p->text_n - 1] == '\0';
    for (size_t i = 0; i < p->kind_n; i++) {
        good = good && p->kind[i] < p->text_n;
    }
    return good;
}

static bool none_or_below(uint32_t number, size_t n)
{
    return number == AMP_PL_NONE || number < n;
}

static bool places_good(const struct amp_places *p)
{
    for (size_t i = 0; i < p->rec_n; i++) {
        const struct amp_pl_rec *rec = &p->rec[i];
        if (rec->name >= p->text_n || rec->kind >= p->kind_n ||
            !none_or_below(rec->area, p->rec_n) || !none_or_below(rec->town, p->rec_n) ||
            !amp_pos_valid(rec->pos.lat_e7, rec->pos.lon_e7)) {
            return false;
        }
    }
    for (size_t i = 0; i < p->address_n; i++) {
        const struct amp_pl_address *a = &p->address[i];
        if (a->street >= p->rec_n || a->house >= p->text_n || a->key >= p->text_n ||
            !amp_pos_valid(a->pos.lat_e7, a->pos.lon_e7)) {
            return false;
        }
    }
    for (size_t i = 0; i < p->vertex_n; i++) {
        const struct amp_pl_vertex *v = &p->vertex[i];
        if (!none_or_below(v->place, p->rec_n) || !amp_pos_valid(v->pos.lat_e7, v->pos.lon_e7) ||
            (v->place != AMP_PL_NONE && i + 1 == p->vertex_n)) {
            return false;
        }
    }
    return true;
}

static bool spellings_good(const struct amp_places *p)
{
    for (size_t i = 0; i < p->spelling_n; i++) {
        const struct amp_pl_spelling *s = &p->spelling[i];
        if (s->place >= p->rec_n || s->text >= p->text_n || s->word_first > s[1].word_first ||
            s[1].word_first - s->word_first > AMP_FOLD_WORDS) {
            return false;
        }
    }
    if (p->spelling[p->spelling_n].word_first != p->word_n) {
        return false;
    }
    for (size_t i = 0; i < p->word_n; i++) {
        if (p->word[i] >= p->token_n) {
            return false;
        }
    }
    return true;
}

static bool posting_good(const struct amp_places *p, const struct amp_pl_token *token)
{
    if (token[0].post_first > token[1].post_first || token[1].post_first > p->post_n) {
        return false;
    }
    struct amp_reader rd =
        amp_reader_make(p->post + token[0].post_first, token[1].post_first - token[0].post_first);
    uint64_t n = amp_reader_varint(&rd);
    uint64_t id = 0;
    if (n > p->spelling_n) {
        return false;
    }
    for (uint64_t i = 0; i < n; i++) {
        uint64_t delta = amp_reader_varint(&rd);
        if (delta >= p->spelling_n || (i > 0 && delta == 0)) {
            return false;
        }
        id += delta;
        if (id >= p->spelling_n) {
            return false;
        }
    }
    return amp_reader_done(&rd);
}

static bool tokens_good(const struct amp_places *p)
{
    for (size_t i = 0; i < p->token_n; i++) {
        if (p->token[i].text >= p->text_n || !posting_good(p, &p->token[i])) {
            return false;
        }
        if (i > 0 && strcmp(p->text + p->token[i - 1].text, p->text + p->token[i].text) >= 0) {
            return false;
        }
    }
    for (size_t i = 0; i < p->top_n; i++) {
        const struct amp_pl_top *top = &p->top[i];
        if (memchr(top->prefix, '\0', AMP_PL_PREFIX) == NULL || top->first > p->top_id_n ||
            top->n > p->top_id_n - top->first) {
            return false;
        }
    }
    for (size_t i = 0; i < p->top_id_n; i++) {
        if (p->top_id[i] >= p->spelling_n) {
            return false;
        }
    }
    return true;
}

static bool grids_good(const struct amp_places *p)
{
    return !amp_grid_check(&p->areas, (uint32_t)p->rec_n) &&
           !amp_grid_check(&p->landmarks, (uint32_t)p->rec_n) &&
           !amp_grid_check(&p->houses, (uint32_t)p->address_n) &&
           !amp_grid_check(&p->pieces, (uint32_t)p->vertex_n);
}

static amp_err places_check(struct amp_places *p, struct amp_why *why)
{
    if (p->spelling_n == 0 || p->token_n == 0 || p->rec_n >= AMP_PL_NONE) {
        return amp_fail(why, AMP_E_CORRUPT, "the places of the map lack their sentinels");
    }
    p->spelling_n--;
    p->token_n--;
    bool good = texts_good(p) && places_good(p);
    good = good && spellings_good(p) && tokens_good(p) && grids_good(p);
    return good ? AMP_OK
                : amp_fail(why, AMP_E_CORRUPT,
                           "the places of the map point outside it: build the map again");
}

amp_err amp_places_open(const struct amp_amap *amap, struct amp_places **out, struct amp_why *why)
{
    struct amp_places *places = calloc(1, sizeof(*places));
    if (places == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = sections_open(amap, places, why);
    err = err ? err : places_check(places, why);
    if (err) {
        amp_places_close(places);
        return err;
    }
    *out = places;
    return AMP_OK;
}

void amp_places_close(struct amp_places *places)
{
    free(places);
}

struct amp_place_counts amp_places_counts(const struct amp_places *places)
{
    return (struct amp_place_counts){
        .names = places->spelling_n, .places = places->rec_n, .addresses = places->address_n};
}

/* First token that is not less than text; with prefix: first one behind all that begin with it. */
static uint32_t token_bound(const struct amp_places *p, struct amp_str text, bool behind)
{
    uint32_t lo = 0;
    uint32_t hi = (uint32_t)p->token_n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int order = strncmp(p->text + p->token[mid].text, text.ptr, text.len);
        if (order < 0 || (behind && order == 0)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

struct amp_pl_range amp_pl_tokens(const struct amp_places *places, struct amp_str text, bool prefix)
{
    struct amp_pl_range range = {token_bound(places, text, false), 0};
    if (prefix) {
        range.hi = token_bound(places, text, true);
        return range;
    }
    bool there = range.lo < places->token_n &&
                 amp_str_eq(amp_pl_text(places, places->token[range.lo].text), text);
    range.hi = range.lo + (there ? 1 : 0);
    return range;
}

size_t amp_pl_prefix_ranges(const struct amp_places *places, struct amp_str prefix,
                            struct amp_pl_range out[AMP_FOLD_FORMS + 1])
{
    struct amp_str form[AMP_FOLD_FORMS];
    size_t n = amp_fold_completions(prefix, form);
    out[0] = amp_pl_tokens(places, prefix, true);
    for (size_t i = 0; i < n; i++) {
        out[i + 1] = amp_pl_tokens(places, form[i], false);
    }
    return n + 1;
}

/* Calls for each posting of the ranges: into ids, or as bits. */
static size_t postings_read(const struct amp_places *p, const struct amp_pl_range *range,
                            uint32_t *id, uint64_t *bits)
{
    size_t n = 0;
    for (uint32_t t = range->lo; t < range->hi; t++) {
        struct amp_reader rd = amp_reader_make(p->post + p->token[t].post_first,
                                               p->token[t + 1].post_first - p->token[t].post_first);
        uint64_t count = amp_reader_varint(&rd);
        uint64_t spelling = 0;
        for (uint64_t i = 0; i < count; i++) {
            spelling += amp_reader_varint(&rd);
            if (bits != NULL) {
                bits[spelling / 64] |= UINT64_C(1) << (spelling % 64);
            } else {
                id[n] = (uint32_t)spelling;
            }
            n++;
        }
    }
    return n;
}

const uint32_t *amp_pl_gather(const struct amp_places *places, const struct amp_pl_range *range,
                              size_t range_n, struct amp_arena *arena, size_t *out_n)
{
    size_t bytes = 0; /* a posting takes at least one */
    bool single = range_n == 1 && range[0].hi - range[0].lo <= 1;
    for (size_t i = 0; i < range_n; i++) {
        bytes += places->token[range[i].hi].post_first - places->token[range[i].lo].post_first;
    }
    if (single) {
        uint32_t *id = amp_arena_array(arena, bytes + 1, sizeof(*id));
        *out_n = id == NULL ? 0 : postings_read(places, &range[0], id, NULL);
        return id;
    }
    size_t words = places->spelling_n / 64 + 1;
    uint64_t *bits = amp_arena_array(arena, words, sizeof(*bits));
    size_t n = 0;
    for (size_t i = 0; i < range_n && bits != NULL; i++) {
        n += postings_read(places, &range[i], NULL, bits);
    }
    uint32_t *id = bits == NULL ? NULL : amp_arena_array(arena, n + 1, sizeof(*id));
    n = 0;
    for (size_t w = 0; w < words && id != NULL; w++) {
        for (uint64_t left = bits[w]; left != 0; left &= left - 1) {
            id[n++] = (uint32_t)(w * 64 + (size_t)__builtin_ctzll(left));
        }
    }
    *out_n = n;
    return id;
}
