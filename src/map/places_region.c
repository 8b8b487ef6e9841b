/* Collecting postcodes, and administrative areas with their polygons. */
#include "map/dropped.h"
#include "map/places_cluster.h"
#include "map/places_draft.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    POSTCODE_CELL_E7 = 200000, /* 2.2 km: parts of a postcode farther apart are several */
    POSTCODE_IMPORTANCE = 60,
    REGION_IMPORTANCE = 215, /* of a country, less for each level below */
    REGION_LEVEL_COST = 8,
    LEVEL_MAX = 12,
    CODE_LEAST = 3, /* letters and digits of a code of an area */
    MEMBERS_MAX = 20000
};

/* ---- postcodes ---- */

struct gather {
    struct amp_pl_drafts *d;
    struct amp_buf items, positions;
    uint32_t keys[2]; /* addr:postcode, postal_code */
};

static void postcode_add(struct gather *g, uint32_t first, uint32_t end, struct amp_pos pos)
{
    for (size_t k = 0; k < sizeof(g->keys) / sizeof(g->keys[0]); k++) {
        for (uint32_t t = first; t < end; t++) {
            const struct amp_osm_tag *tag = &g->d->osm->tag[t];
            const char *value = amp_osm_text(g->d->osm, tag->value);
            if (tag->key != g->keys[k] || value[0] == '\0' || strchr(value, ';') != NULL) {
                continue;
            }
            struct amp_pl_item item = {.source = tag->value, .pos_n = 1};
            item.key = amp_pl_put_key(g->d, amp_str_of(value));
            item.pos_first = (uint32_t)(g->positions.len / sizeof(pos));
            amp_buf_put(&g->positions, &pos, sizeof(pos));
            amp_buf_put(&g->items, &item, sizeof(item));
            return;
        }
    }
}

static void postcode_put(struct gather *g, const struct amp_pl_item *first,
                         const struct amp_pl_item *end)
{
    struct amp_pl_drafts *d = g->d;
    struct amp_box box;
    struct amp_pl_draft draft = {.importance = POSTCODE_IMPORTANCE};
    draft.kind = amp_pl_put_kind(d, "postcode");
    draft.pos =
        amp_pl_middle(first, end, (const struct amp_pos *)(const void *)g->positions.data, &box);
    draft.name = amp_pl_put_osm_text(d, first->source);
    draft.alias_first = (uint32_t)(d->alias.len / sizeof(uint32_t));
    char joined[AMP_FOLD_BYTES];
    size_t len =
        amp_fold_joined(amp_str_of(amp_osm_text(d->osm, first->source)), joined, sizeof(joined));
    uint32_t alias = amp_pl_put_text(d, (struct amp_str){.ptr = joined, .len = len});
    amp_buf_put(&d->alias, &alias, sizeof(alias));
    draft.alias_n = 1;
    amp_buf_put(&d->draft, &draft, sizeof(draft));
}

static void postcodes_read(struct gather *g)
{
    const struct amp_osm *osm = g->d->osm;
    struct amp_pos pos;
    for (uint32_t i = 0; i < osm->node_n; i++) {
        struct amp_osm_span span = amp_osm_node_tags(osm, i);
        postcode_add(g, span.first, span.end, osm->node_pos[i]);
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        if (amp_osm_way_center(osm, i, &pos)) {
            postcode_add(g, osm->way_tag_first[i], osm->way_tag_first[i + 1], pos);
        }
    }
    for (uint32_t i = 0; i < osm->rel_n; i++) {
        if (amp_osm_rel_center(osm, i, &pos)) {
            postcode_add(g, osm->rel_tag_first[i], osm->rel_tag_first[i + 1], pos);
        }
    }
}

amp_err amp_pl_collect_postcodes(struct amp_pl_drafts *d)
{
    struct gather g = {
        .d = d, .items = amp_buf_make(AMP_PL_BYTES), .positions = amp_buf_make(AMP_PL_BYTES)};
    g.keys[0] = amp_osm_find_text(d->osm, "addr:postcode");
    g.keys[1] = amp_osm_find_text(d->osm, "postal_code");
    postcodes_read(&g);
    amp_err err = amp_buf_err(&g.items);
    err = err ? err : amp_buf_err(&g.positions);
    err = err ? err : amp_buf_err(&d->keys);
    err = err ? err : amp_pl_cluster(&g.items, &d->keys, &g.positions, POSTCODE_CELL_E7);
    const struct amp_pl_item *item = (const struct amp_pl_item *)(const void *)g.items.data;
    size_t n = err ? 0 : g.items.len / sizeof(*item);
    for (size_t first = 0, end = 0; first < n; first = end) {
        for (end = first + 1; end < n && item[end].cluster == item[first].cluster;) {
            end++;
        }
        postcode_put(&g, item + first, item + end);
    }
    amp_buf_free(&g.items);
    amp_buf_free(&g.positions);
    err = err ? err : amp_buf_err(&d->draft);
    return err ? err : amp_buf_err(&d->alias);
}

/* ---- rings ---- */

struct strand { /* a member way: first and last node, whether it is used */
    uint32_t way;
    uint32_t ends[2];
    bool used;
};

static bool strand_make(const struct amp_osm *osm, uint32_t way, struct strand *out)
{
    uint32_t first = osm->way_ref_first[way];
    uint32_t end = osm->way_ref_first[way + 1];
    for (uint32_t r = first; r < end; r++) {
        if (r > first && amp_osm_way_gap(osm, r)) {
            return false;
        }
    }
    if (end - first < 2) {
        return false;
    }
    *out = (struct strand){way, {osm->way_ref[first], osm->way_ref[end - 1]}, false};
    return true;
}

static void strand_append(const struct amp_osm *osm, const struct strand *s, bool backwards,
                          struct amp_buf *ring)
{
    uint32_t first = osm->way_ref_first[s->way];
    uint32_t n = osm->way_ref_first[s->way + 1] - first;
    for (uint32_t i = 0; i + 1 < n; i++) { /* the last node begins the next strand */
        uint32_t node = osm->way_ref[first + (backwards ? n - 1 - i : i)];
        amp_buf_put(ring, &node, sizeof(node));
    }
}

/* Follow strands from one on until its first node comes again. */
static bool ring_close(const struct amp_osm *osm, struct strand *strand, size_t n, size_t from,
                       struct amp_buf *ring)
{
    uint32_t start = strand[from].ends[0];
    uint32_t at = strand[from].ends[1];
    strand[from].used = true;
    amp_buf_clear(ring);
    strand_append(osm, &strand[from], false, ring);
    while (at != start) {
        size_t next = n;
        for (size_t i = 0; i < n && next == n; i++) {
            bool joins = strand[i].ends[0] == at || strand[i].ends[1] == at;
            next = !strand[i].used && joins ? i : n;
        }
        if (next == n) {
            return false;
        }
        bool backwards = strand[next].ends[0] != at;
        strand[next].used = true;
        strand_append(osm, &strand[next], backwards, ring);
        at = strand[next].ends[backwards ? 0 : 1];
    }
    return !amp_buf_err(ring);
}

/* The member ways that bound a relation; false if one is not whole in the extract. */
static bool strands_take(const struct amp_osm *osm, uint32_t rel, struct amp_buf *strands)
{
    uint32_t first = osm->rel_member_first[rel];
    uint32_t end = osm->rel_member_first[rel + 1];
    for (uint32_t m = first; m < end && end - first <= MEMBERS_MAX; m++) {
        const struct amp_osm_member *member = &osm->rel_member[m];
        const char *role = amp_osm_text(osm, member->role);
        bool bounds = role[0] == '\0' || strcmp(role, "outer") == 0 || strcmp(role, "inner") == 0;
        struct strand strand;
        if (member->kind != AMP_OSM_WAY || !bounds) {
            continue;
        }
        if (member->index == AMP_OSM_ABSENT || !strand_make(osm, member->index, &strand)) {
            return false;
        }
        amp_buf_put(strands, &strand, sizeof(strand));
    }
    return strands->len > 0 && !amp_buf_err(strands);
}

amp_err amp_pl_rings(const struct amp_osm *osm, uint32_t rel, amp_pl_ring_use use, void *ctx,
                     bool *out_whole)
{
    struct amp_buf strands = amp_buf_make(AMP_PL_BYTES);
    struct amp_buf ring = amp_buf_make(AMP_PL_BYTES);
    bool whole = strands_take(osm, rel, &strands);
    struct strand *strand = (struct strand *)(void *)strands.data;
    size_t n = strands.len / sizeof(*strand);
    amp_err err = AMP_OK;
    for (int pass = 0; pass < 2 && whole && !err; pass++) { /* first see that all rings close */
        for (size_t i = 0; i < n && whole && !err; i++) {
            if (strand[i].used) {
                continue;
            }
            whole = ring_close(osm, strand, n, i, &ring);
            if (whole && pass == 1) {
                err = use(ctx, (const uint32_t *)(const void *)ring.data,
                          ring.len / sizeof(uint32_t));
            }
        }
        for (size_t i = 0; i < n; i++) {
            strand[i].used = false;
        }
    }
    amp_buf_free(&strands);
    amp_buf_free(&ring);
    *out_whole = whole;
    return err;
}

/* ---- regions ---- */

static amp_err ring_draw(void *ctx, const uint32_t *node, size_t n)
{
    struct amp_pl_drafts *d = ctx;
    struct amp_buf positions = amp_buf_make(AMP_PL_BYTES);
    for (size_t i = 0; i < n; i++) {
        amp_buf_put(&positions, &d->osm->node_pos[node[i]], sizeof(struct amp_pos));
    }
    amp_err err = amp_buf_err(&positions);
    if (!err && n > 2) {
        err =
            amp_areas_draft_ring(d->areas, (const struct amp_pos *)(const void *)positions.data, n);
        err = err == AMP_E_RANGE ? AMP_OK : err; /* a ring of nothing bounds nothing */
    }
    amp_buf_free(&positions);
    return err;
}

struct region_keys {
    uint32_t boundary, level, iso, ref;
};

/* A named boundary that people or agencies go by. */
static bool region_named(const struct amp_pl_drafts *d, const struct region_keys *keys,
                         uint32_t first, uint32_t end, struct amp_pl_draft *draft, uint32_t *level)
{
    const char *boundary = amp_osm_value(d->osm, first, end, keys->boundary);
    const char *text = amp_osm_value(d->osm, first, end, keys->level);
    uint64_t number = 0;
    if (boundary == NULL || strcmp(boundary, "administrative") != 0 ||
        amp_kinds_name(d->kinds, first, end) == AMP_OSM_ABSENT) {
        return false;
    }
    if (text != NULL && (amp_str_u64(amp_str_of(text), &number) || number > LEVEL_MAX)) {
        number = 0;
    }
    *level = (uint32_t)number;
    uint32_t cost = REGION_LEVEL_COST * (number == 0 ? LEVEL_MAX : (uint32_t)number);
    *draft = (struct amp_pl_draft){.importance = (uint8_t)(REGION_IMPORTANCE - cost)};
    return true;
}

/* Agencies name areas by codes too: they are other names. A bare number is none: it would be found
 * for a house. */
static void code_put(struct amp_pl_drafts *d, const char *code)
{
    size_t letters = 0;
    for (const char *c = code; c != NULL && *c != '\0'; c++) {
        letters += (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z');
    }
    if (letters > 0 && strlen(code) >= CODE_LEAST) {
        uint32_t alias = amp_pl_put_text(d, amp_str_of(code));
        amp_buf_put(&d->alias, &alias, sizeof(alias));
    }
}

static void region_put(struct amp_pl_drafts *d, const struct region_keys *keys,
                       struct amp_pl_draft *draft, uint32_t first, uint32_t end)
{
    draft->name = amp_pl_put_osm_text(d, amp_kinds_name(d->kinds, first, end));
    draft->kind = amp_pl_put_kind(d, "administrative");
    draft->alias_first = (uint32_t)(d->alias.len / sizeof(uint32_t));
    amp_pl_put_aliases(d, first, end, true);
    code_put(d, amp_osm_value(d->osm, first, end, keys->iso));
    code_put(d, amp_osm_value(d->osm, first, end, keys->ref));
    draft->alias_n = (uint32_t)(d->alias.len / sizeof(uint32_t)) - draft->alias_first;
    amp_buf_put(&d->draft, draft, sizeof(*draft));
}

/* The polygon of the region put last, if the extract holds all of it. */
static amp_err region_draw(struct amp_pl_drafts *d, uint32_t rel, uint32_t level)
{
    struct amp_pl_region region = {(uint32_t)amp_pl_draft_n(d) - 1, level};
    bool whole = false;
    size_t before = d->region.len;
    amp_err err = amp_areas_draft_area(d->areas);
    err = err ? err : amp_pl_rings(d->osm, rel, ring_draw, d, &whole);
    amp_dropped_add(d->osm->dropped, "area: its border is not whole in the extract, only its name",
                    AMP_OSM_RELATION, d->osm->rel_id[rel], !err && !whole ? 1 : 0);
    amp_buf_put(&d->region, &region, sizeof(region));
    assert(d->region.len > before || amp_buf_err(&d->region));
    return err;
}

amp_err amp_pl_collect_regions(struct amp_pl_drafts *d)
{
    const struct amp_osm *osm = d->osm;
    struct region_keys keys = {amp_osm_find_text(osm, "boundary"),
                               amp_osm_find_text(osm, "admin_level"),
                               amp_osm_find_text(osm, "ISO3166-2"), amp_osm_find_text(osm, "ref")};
    amp_err err = AMP_OK;
    for (uint32_t i = 0; i < osm->rel_n && keys.boundary != AMP_OSM_ABSENT && !err; i++) {
        uint32_t first = osm->rel_tag_first[i];
        uint32_t end = osm->rel_tag_first[i + 1];
        struct amp_pl_draft draft;
        uint32_t level;
        if (!region_named(d, &keys, first, end, &draft, &level)) {
            continue;
        }
        if (!amp_osm_rel_center(osm, i, &draft.pos)) {
            amp_dropped_add(osm->dropped, "area: nothing of its border is in the extract",
                            AMP_OSM_RELATION, osm->rel_id[i], 1);
        } else {
            region_put(d, &keys, &draft, first, end);
            err = region_draw(d, i, level);
        }
    }
    err = err ? err : amp_buf_err(&d->region);
    return err ? err : amp_buf_err(&d->draft);
}
