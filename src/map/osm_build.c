/* Filling an extract: growing tables, interned texts, objects in the order of their file. */
#include "map/osm_build.h"
#include "map/dropped.h"
#include "map/osm_hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROW_FIRST = 1024,
    SLOTS_FIRST = 4096,
    VARINT_MAX = 10,
    VARINT_MORE = 0x80
};

enum key_use {
    KEY_UNASKED,
    KEY_WANTED,
    KEY_USELESS
};

/* Room for one more element; NULL when there is none (the old block is then untouched). */
static void *grow(void *old, uint32_t *cap, uint32_t have, size_t element)
{
    if (have < *cap) {
        return old;
    }
    uint64_t next = *cap ? (uint64_t)*cap + *cap / 2 : GROW_FIRST;
    if (next >= AMP_OSM_ABSENT) {
        next = AMP_OSM_ABSENT - 1;
    }
    if (next <= have) {
        return NULL;
    }
    void *bigger = realloc(old, (size_t)next * element);
    if (bigger) {
        *cap = (uint32_t)next;
    }
    return bigger;
}

/* A full table is AMP_E_LIMIT, a full memory AMP_E_NOMEM. */
static amp_err grow_err(uint32_t cap)
{
    return cap >= AMP_OSM_ABSENT - 1 ? AMP_E_LIMIT : AMP_E_NOMEM;
}

void amp_osm_builder_init(struct amp_osm_builder *bld)
{
    *bld = (struct amp_osm_builder){.open_kind = AMP_OSM_NODE, .swallow = true};
}

void amp_osm_builder_free(struct amp_osm_builder *bld)
{
    for (int kind = 0; kind < 3; kind++) {
        free(bld->row[kind].id);
        free(bld->row[kind].tag_first);
        free(bld->row[kind].part_first);
    }
    free(bld->run);
    free(bld->ref);
    free(bld->key_use);
    amp_osm_free(&bld->osm);
    *bld = (struct amp_osm_builder){0};
}

static amp_err slots_grow(struct amp_osm *osm)
{
    if ((uint64_t)osm->text_n * 2 < osm->text_slot_n) {
        return AMP_OK;
    }
    if (osm->text_slot_n > UINT32_MAX / 2) {
        return AMP_E_LIMIT;
    }
    uint32_t slot_n = osm->text_slot_n ? osm->text_slot_n * 2 : SLOTS_FIRST;
    uint32_t *slot = calloc(slot_n, sizeof *slot);
    if (!slot) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < osm->text_n; i++) {
        uint32_t at = (uint32_t)amp_osm_hash(amp_str_of(amp_osm_text(osm, i))) & (slot_n - 1);
        while (slot[at] != 0) {
            at = (at + 1) & (slot_n - 1);
        }
        slot[at] = i + 1;
    }
    free(osm->text_slot);
    osm->text_slot = slot;
    osm->text_slot_n = slot_n;
    return AMP_OK;
}

static amp_err text_append(struct amp_osm_builder *bld, struct amp_str text)
{
    struct amp_osm *osm = &bld->osm;
    size_t need = bld->text_len + text.len + 1;
    if (need > UINT32_MAX) {
        return AMP_E_LIMIT;
    }
    if (need > bld->text_cap) {
        size_t cap = need + need / 2;
        char *data = realloc(osm->text_data, cap);
        if (!data) {
            return AMP_E_NOMEM;
        }
        osm->text_data = data;
        bld->text_cap = cap;
    }
    uint32_t *first = grow(osm->text_first, &bld->text_first_cap, osm->text_n, sizeof *first);
    if (!first) {
        return grow_err(bld->text_first_cap);
    }
    osm->text_first = first;
    first[osm->text_n] = (uint32_t)bld->text_len;
    if (text.len > 0) {
        memcpy(osm->text_data + bld->text_len, text.ptr, text.len);
    }
    osm->text_data[need - 1] = 0;
    bld->text_len = need;
    osm->text_n++;
    return AMP_OK;
}

static amp_err text_number(struct amp_osm_builder *bld, struct amp_str text, uint32_t *out)
{
    struct amp_osm *osm = &bld->osm;
    amp_err err = slots_grow(osm);
    if (err) {
        return err;
    }
    uint32_t mask = osm->text_slot_n - 1;
    uint32_t at = (uint32_t)amp_osm_hash(text) & mask;
    while (osm->text_slot[at] != 0) {
        uint32_t number = osm->text_slot[at] - 1;
        if (amp_str_is(text, amp_osm_text(osm, number))) {
            *out = number;
            return AMP_OK;
        }
        at = (at + 1) & mask;
    }
    err = text_append(bld, text);
    if (err) {
        return err;
    }
    osm->text_slot[at] = osm->text_n;
    *out = osm->text_n - 1;
    return AMP_OK;
}

/* The object opened last, as an example of what was dropped. */
static void note_dropped(struct amp_osm_builder *bld, const char *reason)
{
    enum amp_osm_kind kind = bld->open_kind;
    const struct amp_osm_rows *row = &bld->row[kind];
    int64_t id = 0;
    if (row->n > 0) {
        id = kind == AMP_OSM_NODE ? amp_osm_node_id(&bld->osm, row->n - 1) : row->id[row->n - 1];
    }
    amp_dropped_add(bld->osm.dropped, reason, kind, id, 1);
}

amp_err amp_osm_build_text(struct amp_osm_builder *bld, struct amp_str text, uint32_t *out)
{
    char *clean = NULL;
    if (text.len > AMP_OSM_TEXT_MAX) {
        note_dropped(bld, "text: over 65,535 bytes, cut there");
    }
    if (text.len > 0) {
        text.len = strnlen(text.ptr, text.len < AMP_OSM_TEXT_MAX ? text.len : AMP_OSM_TEXT_MAX);
    }
    if (text.len > 0 && !amp_utf8_valid(text)) {
        note_dropped(bld, "text: not UTF-8, its bytes became '?'");
        clean = malloc(text.len);
        if (!clean) {
            return AMP_E_NOMEM;
        }
        for (size_t i = 0; i < text.len; i++) {
            clean[i] = (uint8_t)text.ptr[i] < 0x80 ? text.ptr[i] : '?';
        }
        text.ptr = clean;
    }
    amp_err err = text_number(bld, text, out);
    free(clean);
    return err;
}

amp_err amp_osm_build_wants(struct amp_osm_builder *bld, uint32_t key, bool *out)
{
    assert(key < bld->osm.text_n);
    if (key >= bld->key_use_n) {
        uint32_t n = bld->osm.text_n + bld->osm.text_n / 2 + GROW_FIRST;
        uint8_t *use = realloc(bld->key_use, n);
        if (!use) {
            return AMP_E_NOMEM;
        }
        memset(use + bld->key_use_n, KEY_UNASKED, n - bld->key_use_n);
        bld->key_use = use;
        bld->key_use_n = n;
    }
    if (bld->key_use[key] == KEY_UNASKED) {
        bool useless = !bld->every_tag && amp_osm_key_useless(amp_osm_text(&bld->osm, key));
        bld->key_use[key] = useless ? KEY_USELESS : KEY_WANTED;
    }
    *out = bld->key_use[key] == KEY_WANTED;
    if (!*out && !bld->swallow) {
        note_dropped(bld, "tag: of no use to a map (source, note, website, ...)");
    }
    return AMP_OK;
}

void amp_osm_build_deleted(struct amp_osm_builder *bld, enum amp_osm_kind kind, int64_t id)
{
    amp_dropped_add(bld->osm.dropped, "object: marked as deleted", kind, id, 1);
    bld->open_kind = kind;
    bld->swallow = true;
}

/* Remember where objects of another kind begin. */
static amp_err run_note(struct amp_osm_builder *bld, enum amp_osm_kind kind)
{
    if (bld->run_n > 0 && bld->run[bld->run_n - 1].kind == kind) {
        return AMP_OK;
    }
    struct amp_osm_run *run = grow(bld->run, &bld->run_cap, bld->run_n, sizeof *run);
    if (!run) {
        return grow_err(bld->run_cap);
    }
    bld->run = run;
    run[bld->run_n++] =
        (struct amp_osm_run){.kind = kind, .row = bld->row[kind].n, .tag = bld->osm.tag_n};
    return AMP_OK;
}

/* One more element behind the first n of *table. */
static amp_err put_u32(uint32_t **table, uint32_t *cap, uint32_t n, uint32_t value)
{
    uint32_t *bigger = grow(*table, cap, n, sizeof *bigger);
    if (!bigger) {
        return grow_err(*cap);
    }
    bigger[n] = value;
    *table = bigger;
    return AMP_OK;
}

static amp_err put_i64(int64_t **table, uint32_t *cap, uint32_t n, int64_t value)
{
    int64_t *bigger = grow(*table, cap, n, sizeof *bigger);
    if (!bigger) {
        return grow_err(*cap);
    }
    bigger[n] = value;
    *table = bigger;
    return AMP_OK;
}

/* From offsets to whole ids, which may have any order. */
static amp_err ids_widen(struct amp_osm_builder *bld)
{
    struct amp_osm_ids *ids = &bld->osm.node_ids;
    uint32_t n = bld->row[AMP_OSM_NODE].n;
    uint32_t cap = n + GROW_FIRST;
    int64_t *wide = malloc((size_t)cap * sizeof *wide);
    if (!wide) {
        return AMP_E_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        wide[i] = amp_osm_node_id(&bld->osm, i);
    }
    free(ids->base);
    free(ids->offset);
    *ids = (struct amp_osm_ids){.wide = wide};
    bld->wide_cap = cap;
    return AMP_OK;
}

static amp_err node_id_put(struct amp_osm_builder *bld, int64_t id)
{
    struct amp_osm_ids *ids = &bld->osm.node_ids;
    struct amp_osm_rows *row = &bld->row[AMP_OSM_NODE];
    uint32_t block = row->n >> AMP_OSM_IDS_BITS;
    bool opens = row->n % (1U << AMP_OSM_IDS_BITS) == 0;
    amp_err err = AMP_OK;
    row->unsorted = row->unsorted || (row->n > 0 && amp_osm_node_id(&bld->osm, row->n - 1) >= id);
    if (!ids->wide &&
        (row->unsorted || (!opens && (uint64_t)id - (uint64_t)ids->base[block] > UINT32_MAX))) {
        err = ids_widen(bld);
    }
    if (!err && ids->wide) {
        return put_i64(&ids->wide, &bld->wide_cap, row->n, id);
    }
    if (!err && opens) {
        err = put_i64(&ids->base, &bld->base_cap, block, id);
    }
    return err ? err
               : put_u32(&ids->offset, &bld->offset_cap, row->n,
                         (uint32_t)((uint64_t)id - (uint64_t)ids->base[block]));
}

/* A bit, still clear, for one more node. */
static amp_err node_mark_put(struct amp_osm_builder *bld)
{
    struct amp_osm_marks *marks = &bld->osm.node_marks;
    uint32_t n = bld->row[AMP_OSM_NODE].n;
    if (n % 64 != 0) {
        return AMP_OK;
    }
    uint64_t *has = grow(marks->has, &bld->has_cap, n / 64, sizeof *has);
    if (!has) {
        return grow_err(bld->has_cap);
    }
    has[n / 64] = 0;
    marks->has = has;
    return put_u32(&marks->rank, &bld->rank_cap, n / 64, marks->n);
}

amp_err amp_osm_build_node(struct amp_osm_builder *bld, int64_t id, int64_t lat_e7, int64_t lon_e7)
{
    bld->open_kind = AMP_OSM_NODE;
    bld->swallow = true;
    if (!amp_pos_valid(lat_e7, lon_e7)) {
        bld->osm.counts.positions_bad++;
        amp_dropped_add(bld->osm.dropped, "node: an impossible position", AMP_OSM_NODE, id, 1);
        return AMP_OK;
    }
    uint32_t at = bld->row[AMP_OSM_NODE].n;
    struct amp_pos *pos = grow(bld->osm.node_pos, &bld->pos_cap, at, sizeof *pos);
    if (!pos) {
        return grow_err(bld->pos_cap);
    }
    bld->osm.node_pos = pos;
    pos[at] = (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    amp_err err = run_note(bld, AMP_OSM_NODE);
    err = err ? err : node_mark_put(bld);
    err = err ? err : node_id_put(bld, id);
    if (!err) {
        bld->row[AMP_OSM_NODE].n++;
        bld->swallow = false;
    }
    return err;
}

/* A way or a relation; its parts begin at `part`. */
static amp_err row_open(struct amp_osm_builder *bld, enum amp_osm_kind kind, int64_t id,
                        uint32_t part)
{
    struct amp_osm_rows *row = &bld->row[kind];
    bld->swallow = true;
    bld->open_kind = kind;
    amp_err err = run_note(bld, kind);
    err = err ? err : put_i64(&row->id, &row->cap_id, row->n, id);
    err = err ? err : put_u32(&row->tag_first, &row->cap_tag_first, row->n, bld->osm.tag_n);
    err = err ? err : put_u32(&row->part_first, &row->cap_part_first, row->n, part);
    if (err) {
        return err;
    }
    row->unsorted = row->unsorted || (row->n > 0 && row->id[row->n - 1] >= id);
    row->n++;
    bld->swallow = false;
    return AMP_OK;
}

amp_err amp_osm_build_way(struct amp_osm_builder *bld, int64_t id)
{
    bld->ref_last = 0;
    return row_open(bld, AMP_OSM_WAY, id, bld->ref_len);
}

amp_err amp_osm_build_relation(struct amp_osm_builder *bld, int64_t id)
{
    return row_open(bld, AMP_OSM_RELATION, id, bld->member_n);
}

/* The first tag of a node. */
static amp_err node_mark_set(struct amp_osm_builder *bld)
{
    struct amp_osm_marks *marks = &bld->osm.node_marks;
    uint32_t node = bld->row[AMP_OSM_NODE].n - 1;
    uint64_t bit = UINT64_C(1) << (node % 64);
    if ((marks->has[node / 64] & bit) != 0) {
        return AMP_OK;
    }
    amp_err err = put_u32(&marks->first, &bld->first_cap, marks->n, bld->osm.tag_n);
    if (!err) {
        marks->has[node / 64] |= bit;
        marks->n++;
    }
    return err;
}

amp_err amp_osm_build_tag(struct amp_osm_builder *bld, uint32_t key, uint32_t value)
{
    assert(key < bld->osm.text_n && value < bld->osm.text_n);
    if (bld->swallow) {
        return AMP_OK;
    }
    if (bld->open_kind == AMP_OSM_NODE) {
        amp_err err = node_mark_set(bld);
        if (err) {
            return err;
        }
    }
    struct amp_osm_tag *tag = grow(bld->osm.tag, &bld->tag_cap, bld->osm.tag_n, sizeof *tag);
    if (!tag) {
        return grow_err(bld->tag_cap);
    }
    bld->osm.tag = tag;
    tag[bld->osm.tag_n++] = (struct amp_osm_tag){.key = key, .value = value};
    return AMP_OK;
}

amp_err amp_osm_build_ref(struct amp_osm_builder *bld, int64_t node_id)
{
    assert(bld->open_kind == AMP_OSM_WAY && !bld->swallow);
    if (bld->ref_n == AMP_OSM_ABSENT - 1) {
        return AMP_E_LIMIT;
    }
    if (bld->ref_cap - bld->ref_len < VARINT_MAX) { /* grow adds more than that */
        uint8_t *bigger = grow(bld->ref, &bld->ref_cap, bld->ref_cap, sizeof *bigger);
        if (!bigger || bld->ref_cap - bld->ref_len < VARINT_MAX) {
            bld->ref = bigger ? bigger : bld->ref;
            return grow_err(bld->ref_cap);
        }
        bld->ref = bigger;
    }
    uint64_t delta = (uint64_t)node_id - (uint64_t)bld->ref_last;
    uint64_t value = (delta << 1) ^ (0 - (delta >> 63)); /* zigzag */
    while (value >= VARINT_MORE) {
        bld->ref[bld->ref_len++] = (uint8_t)(value | VARINT_MORE);
        value >>= 7;
    }
    bld->ref[bld->ref_len++] = (uint8_t)value;
    bld->ref_last = node_id;
    bld->ref_n++;
    return AMP_OK;
}

amp_err amp_osm_build_member(struct amp_osm_builder *bld, enum amp_osm_kind kind, int64_t id,
                             uint32_t role)
{
    assert(bld->open_kind == AMP_OSM_RELATION && !bld->swallow && role < bld->osm.text_n);
    struct amp_osm_member *member =
        grow(bld->osm.rel_member, &bld->member_cap, bld->member_n, sizeof *member);
    if (!member) {
        return grow_err(bld->member_cap);
    }
    bld->osm.rel_member = member;
    member[bld->member_n++] =
        (struct amp_osm_member){.id = id, .index = AMP_OSM_ABSENT, .role = role, .kind = kind};
    return AMP_OK;
}
