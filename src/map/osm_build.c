/* Filling an extract: growing tables, interned texts, objects in the order of their file. */
#include "map/osm_build.h"
#include "map/osm_hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROW_FIRST = 1024,
    SLOTS_FIRST = 4096
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
        free(bld->row[kind].tag);
    }
    free(bld->ref_id);
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

amp_err amp_osm_build_text(struct amp_osm_builder *bld, struct amp_str text, uint32_t *out)
{
    char *clean = NULL;
    if (text.len > 0) {
        text.len = strnlen(text.ptr, text.len < AMP_OSM_TEXT_MAX ? text.len : AMP_OSM_TEXT_MAX);
    }
    if (text.len > 0 && !amp_utf8_valid(text)) {
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

static amp_err row_open(struct amp_osm_builder *bld, enum amp_osm_kind kind, int64_t id)
{
    struct amp_osm_rows *row = &bld->row[kind];
    bld->swallow = true;
    bld->open_kind = kind;
    int64_t *ids = grow(row->id, &row->cap_id, row->n, sizeof *ids);
    if (!ids) {
        return grow_err(row->cap_id);
    }
    row->id = ids;
    uint32_t *first = grow(row->tag_first, &row->cap_tag_first, row->n, sizeof *first);
    if (!first) {
        return grow_err(row->cap_tag_first);
    }
    row->tag_first = first;
    if (kind != AMP_OSM_NODE) {
        uint32_t *part = grow(row->part_first, &row->cap_part_first, row->n, sizeof *part);
        if (!part) {
            return grow_err(row->cap_part_first);
        }
        row->part_first = part;
        part[row->n] = kind == AMP_OSM_WAY ? bld->ref_n : bld->member_n;
    }
    ids[row->n] = id;
    first[row->n] = row->tag_n;
    if (row->n > 0 && ids[row->n - 1] >= id) {
        row->unsorted = true;
    }
    row->n++;
    bld->swallow = false;
    return AMP_OK;
}

amp_err amp_osm_build_node(struct amp_osm_builder *bld, int64_t id, int64_t lat_e7, int64_t lon_e7)
{
    if (!amp_pos_valid(lat_e7, lon_e7)) {
        bld->osm.counts.positions_bad++;
        bld->open_kind = AMP_OSM_NODE;
        bld->swallow = true;
        return AMP_OK;
    }
    uint32_t at = bld->row[AMP_OSM_NODE].n;
    struct amp_pos *pos = grow(bld->osm.node_pos, &bld->pos_cap, at, sizeof *pos);
    if (!pos) {
        return grow_err(bld->pos_cap);
    }
    bld->osm.node_pos = pos;
    pos[at] = (struct amp_pos){.lat_e7 = (int32_t)lat_e7, .lon_e7 = (int32_t)lon_e7};
    return row_open(bld, AMP_OSM_NODE, id);
}

amp_err amp_osm_build_way(struct amp_osm_builder *bld, int64_t id)
{
    return row_open(bld, AMP_OSM_WAY, id);
}

amp_err amp_osm_build_relation(struct amp_osm_builder *bld, int64_t id)
{
    return row_open(bld, AMP_OSM_RELATION, id);
}

amp_err amp_osm_build_tag(struct amp_osm_builder *bld, uint32_t key, uint32_t value)
{
    assert(key < bld->osm.text_n && value < bld->osm.text_n);
    if (bld->swallow) {
        return AMP_OK;
    }
    struct amp_osm_rows *row = &bld->row[bld->open_kind];
    struct amp_osm_tag *tag = grow(row->tag, &row->tag_cap, row->tag_n, sizeof *tag);
    if (!tag) {
        return grow_err(row->tag_cap);
    }
    row->tag = tag;
    tag[row->tag_n++] = (struct amp_osm_tag){.key = key, .value = value};
    return AMP_OK;
}

amp_err amp_osm_build_ref(struct amp_osm_builder *bld, int64_t node_id)
{
    assert(bld->open_kind == AMP_OSM_WAY && !bld->swallow);
    int64_t *ref = grow(bld->ref_id, &bld->ref_cap, bld->ref_n, sizeof *ref);
    if (!ref) {
        return grow_err(bld->ref_cap);
    }
    bld->ref_id = ref;
    ref[bld->ref_n++] = node_id;
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
