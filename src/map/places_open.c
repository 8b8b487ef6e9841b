/* Opening the places of an .amap: every index is checked here once, so that no query looks outside.
 */
#include "base/reader.h"
#include "map/places_form.h"
#include "map/typo.h"
#include "map/words.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct amp_pl_grid_form amp_pl_grid_forms[AMP_PL_GRIDS] = {
    [AMP_PL_GRID_TOWNS] = {"plgtown", "plgtowni", AMP_PL_TOWN_CELL_E7, "plntownc", "plntownn",
                           "plntowni", 2000000},
    [AMP_PL_GRID_SUBURBS] = {"plgsub", "plgsubi", AMP_PL_SUBURB_CELL_E7, "plnsubc", "plnsubn",
                             "plnsubi", 400000},
    [AMP_PL_GRID_MARKS] = {"plgmark", "plgmarki", AMP_PL_MARK_CELL_E7, "plnmarkc", "plnmarkn",
                           "plnmarki", 200000},
    [AMP_PL_GRID_HOUSES] = {"plghouse", "plghousi", AMP_PL_CELL_E7, "plnhousc", "plnhousn",
                            "plnhousi", 40000},
    [AMP_PL_GRID_PIECES] = {"plgpiece", "plgpieci", AMP_PL_CELL_E7, "plnpiecc", "plnpiecn",
                            "plnpieci", 80000},
};

static amp_err grid_open(const struct amp_amap *amap, const struct amp_pl_grid_form *section,
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
    *out = (struct amp_grid){.cell = cell,
                             .item = item,
                             .cell_n = cell_n - 1,
                             .item_n = item_n,
                             .cell_e7 = section->cell_e7};
    return AMP_OK;
}

static amp_err near_open(const struct amp_amap *amap, const struct amp_pl_grid_form *form,
                         struct amp_near *out, struct amp_why *why)
{
    const void *cell = NULL;
    const void *node = NULL;
    const void *item = NULL;
    struct amp_near near = {.cell_e7 = form->near_e7};
    amp_err err = amp_amap_section(amap, form->near_cells, sizeof(struct amp_near_cell), &cell,
                                   &near.cell_n, why);
    err =
        err ? err
            : amp_amap_section(amap, form->near_nodes, sizeof(uint32_t), &node, &near.node_n, why);
    err =
        err ? err
            : amp_amap_section(amap, form->near_items, sizeof(uint32_t), &item, &near.item_n, why);
    near.cell = cell;
    near.node = node;
    near.item = item;
    *out = near;
    return err;
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
    amp_err err = AMP_OK;
    for (size_t i = 0; i < AMP_PL_GRIDS && !err; i++) {
        err = grid_open(amap, &amp_pl_grid_forms[i], &p->grid[i], why);
        err = err ? err : near_open(amap, &amp_pl_grid_forms[i], &p->near[i], why);
    }
    return err;
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
        if (rec->name >= p->text_n || rec->context >= p->text_n || rec->kind >= p->kind_n ||
            rec->spelling_first > rec[1].spelling_first || !none_or_below(rec->area, p->rec_n) ||
            !none_or_below(rec->town, p->rec_n) ||
            !amp_pos_valid(rec->pos.lat_e7, rec->pos.lon_e7)) {
            return false;
        }
    }
    if (p->rec[p->rec_n].spelling_first != p->spelling_n) {
        return false;
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
        if (s->place >= p->rec_n || i < p->rec[s->place].spelling_first ||
            i >= p->rec[s->place + 1].spelling_first || s->text >= p->text_n ||
            s->word_first > s[1].word_first || s[1].word_first - s->word_first > AMP_FOLD_WORDS) {
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
    uint64_t id = 0;
    for (uint64_t i = 0; i < token->post_n; i++) {
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
        if (p->token[i].text >= p->text_n || !posting_good(p, &p->token[i]) ||
            p->token[i].head != amp_pl_head(amp_pl_text(p, p->token[i].text))) {
            return false;
        }
        if (i > 0 && strcmp(p->text + p->token[i - 1].text, p->text + p->token[i].text) >= 0) {
            return false;
        }
    }
    for (size_t i = 0; i < p->top_n; i++) {
        const struct amp_pl_top *top = &p->top[i];
        if (memchr(top->prefix, '\0', AMP_PL_PREFIX) == NULL || top->first > p->top_id_n ||
            top->n > p->top_id_n - top->first || top->street_first > p->top_id_n ||
            top->street_n > p->top_id_n - top->street_first || top->n > AMP_PL_TOP ||
            top->street_n > AMP_PL_TOP) {
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

static bool hashes_good(const uint64_t *array, size_t n, size_t limit)
{
    if (n >= AMP_PL_NONE) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if ((uint32_t)array[i] >= limit || (i > 0 && array[i - 1] > array[i])) {
            return false;
        }
    }
    return true;
}

static bool local_good(const struct amp_places *p)
{
    if (p->local_cell[p->local_cell_n].first != p->local_n) {
        return false;
    }
    for (size_t i = 0; i < p->local_cell_n; i++) {
        const struct amp_pl_local_cell *cell = &p->local_cell[i];
        if (cell->first > cell[1].first || cell->cell >= cell[1].cell) {
            return false;
        }
        for (uint32_t e = cell->first; e < cell[1].first; e++) {
            if ((uint32_t)p->local[e] >= p->spelling_n || p->local[e] >> 32 >= p->token_n ||
                (e > cell->first && p->local[e - 1] > p->local[e])) {
                return false;
            }
        }
    }
    return true;
}

static bool roads_good(const struct amp_places *p)
{
    for (size_t i = 0; i < p->cross_n; i++) {
        const struct amp_pl_cross *c = &p->cross[i];
        if (c->a >= p->rec_n || c->b >= p->rec_n || !amp_pos_valid(c->pos.lat_e7, c->pos.lon_e7) ||
            (i > 0 && (c[-1].a > c->a || (c[-1].a == c->a && c[-1].pos.lat_e7 > c->pos.lat_e7)))) {
            return false;
        }
    }
    for (size_t i = 0; i < p->milepost_n; i++) {
        const struct amp_pl_milepost *m = &p->milepost[i];
        if (m->key >= p->text_n || m->road >= p->text_n ||
            !amp_pos_valid(m->pos.lat_e7, m->pos.lon_e7)) {
            return false;
        }
        int order = i == 0 ? -1 : strcmp(p->text + m[-1].key, p->text + m->key);
        if (order > 0 || (order == 0 && m[-1].metre >= m->metre)) {
            return false;
        }
    }
    return true;
}

static bool grids_good(const struct amp_places *p)
{
    const size_t limit[AMP_PL_GRIDS] = {[AMP_PL_GRID_TOWNS] = p->rec_n,
                                        [AMP_PL_GRID_SUBURBS] = p->rec_n,
                                        [AMP_PL_GRID_MARKS] = p->rec_n,
                                        [AMP_PL_GRID_HOUSES] = p->address_n,
                                        [AMP_PL_GRID_PIECES] = p->vertex_n};
    for (size_t i = 0; i < AMP_PL_GRIDS; i++) {
        if (amp_grid_check(&p->grid[i], (uint32_t)limit[i]) ||
            amp_near_check(&p->near[i], (uint32_t)limit[i])) {
            return false;
        }
    }
    return true;
}

static amp_err places_check(struct amp_places *p, struct amp_why *why)
{
    if (p->spelling_n == 0 || p->token_n == 0 || p->rec_n == 0 || p->local_cell_n == 0 ||
        p->rec_n >= AMP_PL_NONE || p->token_n >= AMP_PL_NONE || p->spelling_n >= AMP_PL_NONE) {
        return amp_fail(why, AMP_E_CORRUPT, "the places of the map lack their sentinels");
    }
    p->rec_n--;
    p->spelling_n--;
    p->token_n--;
    p->local_cell_n--;
    bool good = texts_good(p) && places_good(p);
    good = good && spellings_good(p) && tokens_good(p) && grids_good(p);
    good = good && hashes_good(p->bag, p->bag_n, p->spelling_n) &&
           hashes_good(p->same, p->same_n, p->spelling_n) &&
           hashes_good(p->same_local, p->same_local_n, p->spelling_n) &&
           hashes_good(p->bag_local, p->bag_local_n, p->spelling_n) &&
           hashes_good(p->local_top, p->local_top_n, p->spelling_n) &&
           hashes_good(p->del, p->del_n, p->token_n) &&
           hashes_good(p->phon, p->phon_n, p->token_n) && local_good(p) && roads_good(p);
    return good ? AMP_OK
                : amp_fail(why, AMP_E_CORRUPT,
                           "the places of the map point outside it: build the map again");
}

static bool regions_good(const struct amp_places *p)
{
    for (size_t i = 0; i < p->region_n; i++) {
        if (p->region[i].place >= p->rec_n) {
            return false;
        }
    }
    return p->region_n == amp_areas_count(p->area);
}

/* The letters of street words, whose mistyped forms are looked for one by one. */
static amp_err forms_make(struct amp_places *p)
{
    size_t n = 0;
    const struct amp_word_form *form = amp_word_forms(&n);
    p->form_mask = calloc(n + 1, sizeof(*p->form_mask));
    for (size_t i = 0; i < n && p->form_mask != NULL; i++) {
        struct amp_typo_word word;
        amp_typo_word(amp_str_of(form[i].form), &word);
        p->form_mask[i] = amp_typo_mask(&word);
    }
    return p->form_mask == NULL ? AMP_E_NOMEM : AMP_OK;
}

/* What is reckoned once at open, so that no question has to. */
static amp_err helps_make(struct amp_places *p)
{
    const struct {
        const void *of;
        uint32_t size;
    } thing[AMP_PL_GRIDS] = {[AMP_PL_GRID_TOWNS] = {p->rec, sizeof(*p->rec)},
                             [AMP_PL_GRID_SUBURBS] = {p->rec, sizeof(*p->rec)},
                             [AMP_PL_GRID_MARKS] = {p->rec, sizeof(*p->rec)},
                             [AMP_PL_GRID_HOUSES] = {p->address, sizeof(*p->address)},
                             [AMP_PL_GRID_PIECES] = {p->vertex, sizeof(*p->vertex)}};
    p->kind_row = calloc(p->kind_n + 1, 1);
    p->post_sum = calloc(p->token_n + 1, sizeof(*p->post_sum));
    p->token_look = calloc(p->token_n + 1, 1);
    p->token_head = calloc(p->token_n / AMP_PL_HEADS + 1, sizeof(*p->token_head));
    p->token_rest = calloc(p->token_n + 1, sizeof(*p->token_rest));
    bool full = p->kind_row == NULL || p->post_sum == NULL || p->token_look == NULL ||
                p->token_head == NULL || p->token_rest == NULL;
    amp_err err = full ? AMP_E_NOMEM : AMP_OK;
    for (size_t i = 0; i < p->token_n && !err; i++) {
        const char *text = p->text + p->token[i].text;
        size_t len = strnlen(text, AMP_PL_LONG);
        size_t head = len < sizeof(p->token->head) ? len : sizeof(p->token->head);
        p->token_rest[i] = amp_pl_head((struct amp_str){text + head, len - head});
        p->post_sum[i + 1] = p->post_sum[i] + p->token[i].post_n;
        if (i % AMP_PL_HEADS == 0) {
            p->token_head[i / AMP_PL_HEADS] = p->token[i].head;
        }
        p->token_look[i] = (uint8_t)(len | (p->token[i].little != 0 ? AMP_PL_LITTLE : 0));
    }
    for (size_t i = 0; i < AMP_PL_GRIDS && !err; i++) {
        err = amp_grid_rows(&p->grid[i], &p->grid_row[i]);
        err = err ? err : amp_near_open(&p->near[i]);
        p->grid[i].thing = thing[i].of;
        p->grid[i].thing_size = thing[i].size;
    }
    if (!err) {
        amp_pl_kind_rows(p);
    }
    err = err ? err : forms_make(p);
    err = err ? err : amp_pl_hashes_make(p->bag, p->bag_n, &p->bags);
    err = err ? err : amp_pl_hashes_make(p->same, p->same_n, &p->sames);
    err = err ? err : amp_pl_hashes_make(p->same_local, p->same_local_n, &p->same_locals);
    err = err ? err : amp_pl_hashes_make(p->bag_local, p->bag_local_n, &p->bag_locals);
    err = err ? err : amp_pl_hashes_make(p->local_top, p->local_top_n, &p->local_tops);
    err = err ? err : amp_pl_cards_make(p);
    err = err ? err : amp_pl_hashes_make(p->del, p->del_n, &p->dels);
    return err ? err : amp_pl_hashes_make(p->phon, p->phon_n, &p->phons);
}

amp_err amp_places_open(const struct amp_amap *amap, struct amp_places **out, struct amp_why *why)
{
    struct amp_places *places = calloc(1, sizeof(*places));
    if (places == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = sections_open(amap, places, why);
    err = err ? err : places_check(places, why);
    err = err ? err : amp_areas_open(amap, &places->area, why);
    if (!err && !regions_good(places)) {
        err = amp_fail(why, AMP_E_CORRUPT, "the map has areas without names: build it again");
    }
    err = err ? err : helps_make(places);
    if (err) {
        amp_places_close(places);
        return err;
    }
    *out = places;
    return AMP_OK;
}

void amp_places_close(struct amp_places *places)
{
    if (places != NULL) {
        amp_areas_destroy(places->area);
        free(places->kind_row);
        free(places->post_sum);
        free(places->token_look);
        free(places->token_head);
        free(places->token_rest);
        free(places->form_mask);
        free(places->card);
        free(places->top_slot);
        free(places->bags.first);
        free(places->sames.first);
        free(places->same_locals.first);
        free(places->bag_locals.first);
        free(places->local_tops.first);
        free(places->cell_slot);
        free(places->dels.first);
        free(places->phons.first);
        for (size_t i = 0; i < AMP_PL_GRIDS; i++) {
            free(places->grid_row[i]);
            free(places->near[i].slot);
        }
        free(places);
    }
}

struct amp_place_counts amp_places_counts(const struct amp_places *places)
{
    return (struct amp_place_counts){
        .names = places->spelling_n, .places = places->rec_n, .addresses = places->address_n};
}
