/* Building the places of an .amap: collect, order by importance, index, write. */
#include "map/dropped.h"
#include "map/places_index.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIASES_MAX = 64
};

/* Everything under construction, so that there is one place that frees. */
struct build {
    struct amp_pl_drafts d;
    struct amp_pl_index index;
    uint32_t *order; /* place -> draft */
    uint32_t *rank;  /* draft -> place */
    struct amp_buf rec, vertex;
    struct amp_areas *areas;
    struct amp_buf cells[AMP_PL_GRIDS], items[AMP_PL_GRIDS];
    struct amp_buf near_cells[AMP_PL_GRIDS], near_nodes[AMP_PL_GRIDS], near_items[AMP_PL_GRIDS];
    const struct amp_progress *progress;
};

static void tell(const struct build *b, uint64_t done)
{
    if (b->progress != NULL && b->progress->tell != NULL) {
        b->progress->tell(b->progress->ctx, "places", done, 5);
    }
}

static amp_err drafts_init(struct amp_pl_drafts *d, const struct amp_osm *osm)
{
    *d = (struct amp_pl_drafts){.osm = osm,
                                .text = amp_buf_make(AMP_PL_BYTES),
                                .draft = amp_buf_make(AMP_PL_BYTES),
                                .alias = amp_buf_make(AMP_PL_BYTES),
                                .kind = amp_buf_make(AMP_PL_BYTES),
                                .address = amp_buf_make(AMP_PL_BYTES),
                                .keys = amp_buf_make(AMP_PL_BYTES),
                                .street = amp_buf_make(AMP_PL_BYTES)};
    d->cross = amp_buf_make(AMP_PL_BYTES);
    d->milepost = amp_buf_make(AMP_PL_BYTES);
    d->region = amp_buf_make(AMP_PL_BYTES);
    d->text_of = calloc((size_t)osm->text_n + 1, sizeof(uint32_t));
    d->way_draft = calloc((size_t)osm->way_n + 1, sizeof(uint32_t));
    if (d->text_of == NULL || d->way_draft == NULL) {
        return AMP_E_NOMEM;
    }
    amp_buf_char(&d->text, '\0'); /* offset 0 is the empty text */
    (void)amp_pl_put_kind(d, "street");
    amp_err err = amp_areas_draft_create(&d->areas);
    return err ? err : amp_kinds_create(osm, &d->kinds);
}

static void build_free(struct build *b)
{
    amp_buf_free(&b->d.text);
    amp_buf_free(&b->d.draft);
    amp_buf_free(&b->d.alias);
    amp_buf_free(&b->d.kind);
    amp_buf_free(&b->d.address);
    amp_buf_free(&b->d.keys);
    amp_buf_free(&b->d.street);
    amp_buf_free(&b->d.cross);
    amp_buf_free(&b->d.milepost);
    amp_buf_free(&b->d.region);
    amp_areas_draft_destroy(b->d.areas);
    amp_areas_destroy(b->areas);
    free(b->d.text_of);
    free(b->d.way_draft);
    amp_kinds_destroy(b->d.kinds);
    amp_pl_index_free(&b->index);
    free(b->order);
    free(b->rank);
    amp_buf_free(&b->rec);
    amp_buf_free(&b->vertex);
    for (size_t i = 0; i < AMP_PL_GRIDS; i++) {
        amp_buf_free(&b->cells[i]);
        amp_buf_free(&b->items[i]);
        amp_buf_free(&b->near_cells[i]);
        amp_buf_free(&b->near_nodes[i]);
        amp_buf_free(&b->near_items[i]);
    }
}

static int place_order(const void *a, const void *b, void *ctx)
{
    const struct amp_pl_drafts *d = ctx;
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    const struct amp_pl_draft *x = amp_pl_draft_at(d, i);
    const struct amp_pl_draft *y = amp_pl_draft_at(d, j);
    if (x->importance != y->importance) {
        return x->importance > y->importance ? -1 : 1;
    }
    int by_name = strcmp(d->text.data + x->name, d->text.data + y->name);
    return by_name != 0 ? by_name : i < j ? -1 : i > j;
}

static amp_err places_order(struct build *b)
{
    size_t n = amp_pl_draft_n(&b->d);
    b->order = calloc(n + 1, sizeof(uint32_t));
    b->rank = calloc(n + 1, sizeof(uint32_t));
    if (b->order == NULL || b->rank == NULL) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        b->order[i] = i;
    }
    qsort_r(b->order, n, sizeof(uint32_t), place_order, &b->d);
    for (uint32_t i = 0; i < n; i++) {
        b->rank[b->order[i]] = i;
    }
    return AMP_OK;
}

static amp_err grid_make(struct build *b, size_t which, struct amp_buf *entries)
{
    amp_err err = amp_grid_arrange(entries, &b->cells[which], &b->items[which]);
    amp_buf_free(entries);
    return err;
}

static struct amp_grid grid_view(const struct build *b, size_t which)
{
    return (struct amp_grid){.cell =
                                 (const struct amp_grid_cell *)(const void *)b->cells[which].data,
                             .item = (const uint32_t *)(const void *)b->items[which].data,
                             .cell_n = b->cells[which].len / sizeof(struct amp_grid_cell) - 1,
                             .item_n = b->items[which].len / sizeof(uint32_t),
                             .cell_e7 = amp_pl_grid_forms[which].cell_e7};
}

/* What has been said of surroundings already: a hash table by area and town. */
struct contexts {
    struct context {
        uint32_t area, town, text; /* 0: free */
    } * slot;
    size_t n, mask;
};

static struct context *context_slot(const struct contexts *c, uint32_t area, uint32_t town)
{
    size_t at = amp_pl_cell_hash(area, town) & c->mask;
    while (c->slot[at].text != 0 && (c->slot[at].area != area || c->slot[at].town != town)) {
        at = (at + 1) & c->mask;
    }
    return &c->slot[at];
}

static amp_err contexts_grow(struct contexts *c)
{
    enum {
        FIRST = 1 << 10
    };
    if (c->slot != NULL && c->n * 2 < c->mask) {
        return AMP_OK;
    }
    struct contexts more = {.mask = c->slot == NULL ? FIRST - 1 : 2 * c->mask + 1};
    more.slot = calloc(more.mask + 1, sizeof(*more.slot));
    if (more.slot == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i <= c->mask && c->slot != NULL; i++) {
        if (c->slot[i].text != 0) {
            *context_slot(&more, c->slot[i].area, c->slot[i].town) = c->slot[i];
            more.n++;
        }
    }
    free(c->slot);
    *c = more;
    return AMP_OK;
}

/* The surroundings of each place in words, each once. */
static amp_err contexts_make(struct build *b, size_t n)
{
    struct amp_pl_rec *rec = (struct amp_pl_rec *)(void *)b->rec.data;
    struct amp_arena arena = amp_arena_make(AMP_PL_BYTES);
    struct contexts c = {0};
    amp_err err = AMP_OK;
    for (size_t i = 0; i < n && !err; i++) {
        if (rec[i].area == AMP_PL_NONE && rec[i].town == AMP_PL_NONE) {
            continue;
        }
        err = contexts_grow(&c);
        struct context *slot = err ? NULL : context_slot(&c, rec[i].area, rec[i].town);
        if (slot != NULL && slot->text == 0) {
            struct amp_places view = {.text = b->d.text.data, .rec = rec};
            struct amp_str text = amp_pl_context(&view, rec[i].area, rec[i].town, &arena);
            *slot = (struct context){rec[i].area, rec[i].town, (uint32_t)b->d.text.len};
            amp_buf_put(&b->d.text, amp_arena_text(&arena, text), text.len + 1);
            c.n++;
            err = amp_arena_failed(&arena) ? AMP_E_NOMEM : amp_buf_err(&b->d.text);
            amp_arena_reset(&arena);
        }
        rec[i].context = slot == NULL ? 0 : slot->text;
    }
    free(c.slot);
    amp_arena_drop(&arena);
    return err;
}

/* What area each place lies in. */
static amp_err surroundings_make(struct build *b, size_t n)
{
    struct amp_pl_rec *rec = (struct amp_pl_rec *)(void *)b->rec.data;
    struct amp_places view = {.text = b->d.text.data,
                              .rec = rec,
                              .kind = (const uint32_t *)(const void *)b->d.kind.data,
                              .rec_n = n,
                              .kind_n = b->d.kind.len / sizeof(uint32_t)};
    view.towns = grid_view(b, AMP_PL_GRID_TOWNS);
    view.suburbs = grid_view(b, AMP_PL_GRID_SUBURBS);
    view.kind_row = calloc(view.kind_n + 1, 1);
    if (view.kind_row == NULL) {
        return AMP_E_NOMEM;
    }
    amp_pl_kind_rows(&view);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t area;
        uint32_t town;
        amp_pl_around(&view, rec[i].pos, &area, &town);
        rec[i].area = area == i ? AMP_PL_NONE : area;
        rec[i].town = town == i ? AMP_PL_NONE : town;
    }
    free(view.kind_row);
    struct amp_pl_rec sentinel = {.area = AMP_PL_NONE, .town = AMP_PL_NONE};
    amp_buf_put(&b->rec, &sentinel, sizeof(sentinel));
    amp_err err = amp_buf_err(&b->rec);
    return err ? err : contexts_make(b, n);
}

/* Records, and the grids of areas and landmarks. */
static amp_err records_make(struct build *b)
{
    size_t n = amp_pl_draft_n(&b->d);
    struct amp_buf entries[AMP_PL_GRID_MARKS + 1];
    amp_err err = AMP_OK;
    for (size_t g = 0; g <= AMP_PL_GRID_MARKS; g++) {
        entries[g] = amp_buf_make(AMP_PL_BYTES);
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct amp_pl_draft *draft = amp_pl_draft_at(&b->d, b->order[i]);
        const uint32_t *kind = (const uint32_t *)(const void *)b->d.kind.data;
        struct amp_pl_rec rec = {.pos = draft->pos,
                                 .name = draft->name,
                                 .area = AMP_PL_NONE,
                                 .town = AMP_PL_NONE,
                                 .kind = draft->kind,
                                 .importance = draft->importance,
                                 .flags = draft->flags};
        amp_buf_put(&b->rec, &rec, sizeof(rec));
        enum amp_pl_grid area = AMP_PL_GRIDS;
        if (draft->flags & AMP_PL_AREA) {
            area = amp_pl_area_grid(b->d.text.data + kind[draft->kind]);
        }
        if (area != AMP_PL_GRIDS) {
            amp_grid_add(&entries[area], amp_pl_grid_forms[area].cell_e7, rec.pos, i);
        }
        if (draft->flags & AMP_PL_LANDMARK) {
            amp_grid_add(&entries[AMP_PL_GRID_MARKS], AMP_PL_MARK_CELL_E7, rec.pos, i);
        }
    }
    for (size_t g = 0; g <= AMP_PL_GRID_MARKS; g++) {
        amp_err made = grid_make(b, g, &entries[g]);
        err = err ? err : made;
    }
    err = err ? err : amp_buf_err(&b->rec);
    return err ? err : surroundings_make(b, n);
}

/* Folded words in one text, to see that two spellings are the same to a search. */
struct spelling_seen {
    char key[AMP_FOLD_BYTES + AMP_FOLD_WORDS];
    size_t len;
};

static void seen_make(const struct amp_folded *folded, struct spelling_seen *out)
{
    out->len = 0;
    for (size_t i = 0; i < folded->n; i++) {
        struct amp_str word = folded->word[i];
        if (out->len + word.len + 1 > sizeof(out->key)) {
            break;
        }
        memcpy(out->key + out->len, word.ptr, word.len);
        out->len += word.len;
        out->key[out->len++] = ' ';
    }
}

/* Each spelling of a place once: its name, then its aliases. */
static void spellings_add(struct build *b, uint32_t place, struct spelling_seen *seen)
{
    const struct amp_pl_draft *draft = amp_pl_draft_at(&b->d, b->order[place]);
    const uint32_t *alias = (const uint32_t *)(const void *)b->d.alias.data;
    size_t seen_n = 0;
    uint32_t last = AMP_PL_NONE;
    for (uint32_t i = 0; i <= draft->alias_n && seen_n < ALIASES_MAX; i++) {
        uint32_t text = i == 0 ? draft->name : alias[draft->alias_first + i - 1];
        if (text == last) {
            continue;
        }
        last = text;
        struct amp_folded folded;
        amp_fold(amp_str_of(b->index.text.data + text), &folded);
        seen_make(&folded, &seen[seen_n]);
        bool again = folded.n == 0;
        for (size_t s = 0; s < seen_n && !again; s++) {
            again = seen[s].len == seen[seen_n].len &&
                    memcmp(seen[s].key, seen[seen_n].key, seen[s].len) == 0;
        }
        if (!again) {
            amp_pl_index_add(&b->index, place, text, &folded);
            seen_n++;
        }
    }
}

static amp_err index_make(struct build *b)
{
    size_t n = amp_pl_draft_n(&b->d);
    struct spelling_seen *seen = calloc(ALIASES_MAX, sizeof(*seen));
    if (seen == NULL) {
        return AMP_E_NOMEM;
    }
    b->index = amp_pl_index_make(b->d.text);
    b->d.text = amp_buf_make(0);
    struct amp_pl_rec *rec = (struct amp_pl_rec *)(void *)b->rec.data;
    for (uint32_t i = 0; i < n && !amp_buf_err(&b->index.text); i++) {
        rec[i].spelling_first = (uint32_t)(b->index.spelling.len / sizeof(struct amp_pl_spelling));
        spellings_add(b, i, seen);
    }
    rec[n].spelling_first = (uint32_t)(b->index.spelling.len / sizeof(struct amp_pl_spelling));
    free(seen);
    return amp_pl_index_finish(&b->index, rec, n);
}

static int address_order(const void *a, const void *b, void *text)
{
    const struct amp_pl_address *x = a;
    const struct amp_pl_address *y = b;
    if (x->street != y->street) {
        return x->street < y->street ? -1 : 1;
    }
    int by_key = strcmp((const char *)text + x->key, (const char *)text + y->key);
    return by_key != 0 ? by_key : x->house < y->house ? -1 : x->house > y->house;
}

static amp_err addresses_make(struct build *b)
{
    struct amp_pl_address *address = (struct amp_pl_address *)(void *)b->d.address.data;
    size_t n = b->d.address.len / sizeof(*address);
    struct amp_buf entries = amp_buf_make(AMP_PL_BYTES);
    for (size_t i = 0; i < n; i++) {
        address[i].street = b->rank[address[i].street];
    }
    if (n > 0) {
        qsort_r(address, n, sizeof(*address), address_order, b->index.text.data);
    }
    for (uint32_t i = 0; i < n; i++) {
        amp_grid_add(&entries, AMP_PL_CELL_E7, address[i].pos, i);
    }
    return grid_make(b, AMP_PL_GRID_HOUSES, &entries);
}

static amp_err pieces_make(struct build *b)
{
    const struct amp_osm *osm = b->d.osm;
    struct amp_buf entries = amp_buf_make(AMP_PL_BYTES);
    for (uint32_t way = 0; way < osm->way_n; way++) {
        uint32_t draft = b->d.way_draft[way];
        uint32_t end = osm->way_ref_first[way + 1];
        for (uint32_t r = osm->way_ref_first[way]; r < end && draft != AMP_PL_NONE; r++) {
            struct amp_pos ends[2] = {osm->node_pos[osm->way_ref[r]]};
            struct amp_pl_vertex vertex = {.pos = ends[0], .place = AMP_PL_NONE};
            if (r + 1 < end) {
                ends[1] = osm->node_pos[osm->way_ref[r + 1]];
                vertex.place = b->rank[draft];
            }
            bool brief = r + 1 < end && amp_pos_distance_m(ends[0], ends[1]) <= AMP_PL_PIECE_M;
            if (r + 1 < end && !brief) {
                amp_dropped_add(osm->dropped, "street: a straight piece of it is over 20 km long",
                                AMP_OSM_WAY, osm->way_id[way], 1);
            }
            if (brief) {
                amp_grid_add_segment(&entries, AMP_PL_CELL_E7, ends,
                                     (uint32_t)(b->vertex.len / sizeof(vertex)));
            }
            amp_buf_put(&b->vertex, &vertex, sizeof(vertex));
        }
    }
    amp_err err = grid_make(b, AMP_PL_GRID_PIECES, &entries);
    return err ? err : amp_buf_err(&b->vertex);
}

static int cross_order(const void *a, const void *b)
{
    const struct amp_pl_cross *x = a;
    const struct amp_pl_cross *y = b;
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    if (x->pos.lat_e7 != y->pos.lat_e7) {
        return x->pos.lat_e7 < y->pos.lat_e7 ? -1 : 1;
    }
    if (x->b != y->b) {
        return x->b < y->b ? -1 : 1;
    }
    return x->pos.lon_e7 < y->pos.lon_e7 ? -1 : x->pos.lon_e7 > y->pos.lon_e7;
}

/* Crossings and regions by the numbers of places; polygons into cells. */
static amp_err roads_make(struct build *b)
{
    struct amp_pl_cross *cross = (struct amp_pl_cross *)(void *)b->d.cross.data;
    size_t cross_n = b->d.cross.len / sizeof(*cross);
    for (size_t i = 0; i < cross_n; i++) {
        cross[i].a = b->rank[cross[i].a];
        cross[i].b = b->rank[cross[i].b];
    }
    if (cross_n > 0) {
        qsort(cross, cross_n, sizeof(*cross), cross_order);
    }
    struct amp_pl_region *region = (struct amp_pl_region *)(void *)b->d.region.data;
    for (size_t i = 0; i < b->d.region.len / sizeof(*region); i++) {
        region[i].place = b->rank[region[i].place];
    }
    return amp_areas_create(b->d.areas, &b->areas);
}

struct near_of {
    const struct amp_places *view;
    enum amp_pl_grid which;
};

static bool near_ends(void *ctx, uint32_t thing, struct amp_pos out[2])
{
    const struct near_of *of = ctx;
    return amp_pl_near_ends(of->view, of->which, thing, out);
}

static struct amp_near_worth near_worth(void *ctx, uint32_t thing, struct amp_pos from)
{
    const struct near_of *of = ctx;
    return amp_pl_near_worth(of->view, of->which, thing, from);
}

/* What can be nearest where. */
static amp_err nears_make(struct build *b)
{
    struct amp_places view = {.text = b->index.text.data,
                              .rec = (const struct amp_pl_rec *)(const void *)b->rec.data,
                              .kind = (const uint32_t *)(const void *)b->d.kind.data,
                              .address =
                                  (const struct amp_pl_address *)(const void *)b->d.address.data,
                              .vertex = (const struct amp_pl_vertex *)(const void *)b->vertex.data,
                              .rec_n = amp_pl_draft_n(&b->d),
                              .kind_n = b->d.kind.len / sizeof(uint32_t),
                              .address_n = b->d.address.len / sizeof(struct amp_pl_address),
                              .vertex_n = b->vertex.len / sizeof(struct amp_pl_vertex)};
    view.kind_row = calloc(view.kind_n + 1, 1);
    if (view.kind_row == NULL) {
        return AMP_E_NOMEM;
    }
    amp_pl_kind_rows(&view);
    amp_err err = AMP_OK;
    for (size_t i = 0; i < AMP_PL_GRIDS && !err; i++) {
        size_t n = i == AMP_PL_GRID_PIECES   ? view.vertex_n
                   : i == AMP_PL_GRID_HOUSES ? view.address_n
                                             : view.rec_n;
        struct near_of of = {&view, (enum amp_pl_grid)i};
        struct amp_near_source source = {.cell_e7 = amp_pl_grid_forms[i].near_e7,
                                         .thing_n = (uint32_t)n,
                                         .ends = near_ends,
                                         .worth = near_worth,
                                         .ctx = &of};
        err = amp_near_build(&source, &b->near_cells[i], &b->near_nodes[i], &b->near_items[i]);
    }
    free(view.kind_row);
    return err;
}

static amp_err near_write(const struct build *b, size_t which, struct amp_amap_writer *writer,
                          struct amp_why *why)
{
    const struct amp_pl_grid_form *form = &amp_pl_grid_forms[which];
    const struct {
        const char *name;
        const struct amp_buf *buf;
        size_t size;
    } parts[] = {{form->near_cells, &b->near_cells[which], sizeof(struct amp_near_cell)},
                 {form->near_nodes, &b->near_nodes[which], sizeof(uint32_t)},
                 {form->near_items, &b->near_items[which], sizeof(uint32_t)}};
    amp_err err = AMP_OK;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++) {
        err = amp_amap_put(writer, parts[i].name, parts[i].buf->data, parts[i].size,
                           parts[i].buf->len / parts[i].size, why);
    }
    return err;
}

static amp_err sections_write(const struct build *b, struct amp_amap_writer *writer,
                              struct amp_why *why)
{
    const struct {
        const char *name;
        const struct amp_buf *buf;
        size_t size;
    } sections[] = {
        {"pltext", &b->index.text, 1},
        {"plrec", &b->rec, sizeof(struct amp_pl_rec)},
        {"plkind", &b->d.kind, sizeof(uint32_t)},
        {"plspell", &b->index.spelling, sizeof(struct amp_pl_spelling)},
        {"plword", &b->index.word, sizeof(uint32_t)},
        {"pltoken", &b->index.token, sizeof(struct amp_pl_token)},
        {"plpost", &b->index.post, 1},
        {"pltop", &b->index.top, sizeof(struct amp_pl_top)},
        {"pltopid", &b->index.top_id, sizeof(uint32_t)},
        {"pladdr", &b->d.address, sizeof(struct amp_pl_address)},
        {"plvert", &b->vertex, sizeof(struct amp_pl_vertex)},
        {"plbag", &b->index.bag, sizeof(uint64_t)},
        {"pldel", &b->index.del, sizeof(uint64_t)},
        {"plphon", &b->index.phon, sizeof(uint64_t)},
        {"plsame", &b->index.same, sizeof(uint64_t)},
        {"plsamelo", &b->index.same_local, sizeof(uint64_t)},
        {"plbaglo", &b->index.bag_local, sizeof(uint64_t)},
        {"pllotop", &b->index.local_top, sizeof(uint64_t)},
        {"pllocell", &b->index.local_cell, sizeof(struct amp_pl_local_cell)},
        {"pllocal", &b->index.local, sizeof(uint64_t)},
        {"plcross", &b->d.cross, sizeof(struct amp_pl_cross)},
        {"plmile", &b->d.milepost, sizeof(struct amp_pl_milepost)},
        {"plregion", &b->d.region, sizeof(struct amp_pl_region)},
    };
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        size_t n = sections[i].buf->len / sections[i].size;
        amp_err err =
            amp_amap_put(writer, sections[i].name, sections[i].buf->data, sections[i].size, n, why);
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < AMP_PL_GRIDS; i++) {
        struct amp_grid grid = grid_view(b, i);
        const struct amp_pl_grid_form *form = &amp_pl_grid_forms[i];
        amp_err err =
            amp_amap_put(writer, form->cells, grid.cell, sizeof(*grid.cell), grid.cell_n + 1, why);
        err = err ? err
                  : amp_amap_put(writer, form->items, grid.item, sizeof(*grid.item), grid.item_n,
                                 why);
        err = err ? err : near_write(b, i, writer, why);
        if (err) {
            return err;
        }
    }
    return amp_areas_write(b->areas, writer, why);
}

amp_err amp_places_build(const struct amp_osm *osm, const struct amp_progress *progress,
                         struct amp_amap_writer *writer, struct amp_place_counts *out,
                         struct amp_why *why)
{
    struct build b = {.progress = progress,
                      .rec = amp_buf_make(AMP_PL_BYTES),
                      .vertex = amp_buf_make(AMP_PL_BYTES)};
    for (size_t i = 0; i < AMP_PL_GRIDS; i++) {
        b.cells[i] = amp_buf_make(AMP_PL_BYTES);
        b.items[i] = amp_buf_make(AMP_PL_BYTES);
        b.near_cells[i] = amp_buf_make(AMP_PL_BYTES);
        b.near_nodes[i] = amp_buf_make(AMP_PL_BYTES);
        b.near_items[i] = amp_buf_make(AMP_PL_BYTES);
    }
    amp_err err = drafts_init(&b.d, osm);
    err = err ? err : amp_pl_collect_pois(&b.d);
    tell(&b, 1);
    err = err ? err : amp_pl_collect_streets(&b.d);
    tell(&b, 2);
    err = err ? err : amp_pl_collect_addresses(&b.d);
    err = err ? err : amp_pl_collect_postcodes(&b.d);
    err = err ? err : amp_pl_collect_regions(&b.d);
    err = err ? err : amp_pl_collect_crossings(&b.d);
    err = err ? err : amp_pl_collect_mileposts(&b.d);
    tell(&b, 3);
    err = err ? err : places_order(&b);
    err = err ? err : records_make(&b);
    err = err ? err : index_make(&b);
    tell(&b, 4);
    err = err ? err : addresses_make(&b);
    err = err ? err : pieces_make(&b);
    err = err ? err : nears_make(&b);
    err = err ? err : roads_make(&b);
    err = err ? err : sections_write(&b, writer, why);
    tell(&b, 5);
    if (!err) {
        *out = (struct amp_place_counts){
            .names = b.index.spelling.len / sizeof(struct amp_pl_spelling) - 1,
            .places = amp_pl_draft_n(&b.d),
            .addresses = b.d.address.len / sizeof(struct amp_pl_address)};
    }
    build_free(&b);
    if (err && why != NULL && why->text[0] == '\0') {
        return amp_fail(why, err, "the places of the map cannot be built: %s", amp_err_words(err));
    }
    return err;
}
