/* PrimitiveBlock of OSM PBF: string table, dense and plain nodes, ways, relations. */
#include "map/pbf_block.h"

#include <stdlib.h>

/* The work on one block. what is set where something is found wrong. */
struct work {
    struct amp_pbf_block *block;
    struct amp_osm_builder *bld;
    const char **what;
};

bool amp_pbf_field_next(struct amp_reader *rd, struct amp_pbf_field *out)
{
    if (!amp_reader_ok(rd) || amp_reader_left(rd) == 0) {
        return false;
    }
    uint64_t key = amp_reader_varint(rd);
    struct amp_pbf_field field = {.number = (uint32_t)(key >> 3), .wire = key & 7};
    bool known = key <= UINT32_MAX && field.number > 0;
    switch (field.wire) {
    case AMP_PBF_VARINT:
        field.value = amp_reader_varint(rd);
        break;
    case AMP_PBF_FIXED64:
        field.value = amp_reader_le64(rd);
        break;
    case AMP_PBF_BYTES: {
        uint64_t len = amp_reader_varint(rd);
        known = known && len <= amp_reader_left(rd);
        field.bytes = amp_reader_bytes(rd, known ? (size_t)len : 0);
        break;
    }
    case AMP_PBF_FIXED32:
        field.value = amp_reader_le32(rd);
        break;
    default:
        known = false;
        break;
    }
    if (!known) {
        rd->bad = true;
    }
    if (!amp_reader_ok(rd)) {
        return false;
    }
    *out = field;
    return true;
}

void amp_pbf_block_free(struct amp_pbf_block *block)
{
    free(block->text);
    free(block->text_number);
    *block = (struct amp_pbf_block){0};
}

static amp_err wrong(const struct work *work, const char *what)
{
    *work->what = what;
    return AMP_E_SYNTAX;
}

static struct amp_reader reader_of(struct amp_str bytes)
{
    return amp_reader_make(bytes.ptr, bytes.len);
}

static amp_err text_room(struct amp_pbf_block *block)
{
    if (block->text_n < block->text_cap) {
        return AMP_OK;
    }
    uint32_t cap = block->text_cap ? block->text_cap * 2 : 4096; /* at most BLOB_MAX / 2 texts */
    struct amp_str *text = realloc(block->text, cap * sizeof *text);
    if (!text) {
        return AMP_E_NOMEM;
    }
    block->text = text;
    uint32_t *number = realloc(block->text_number, cap * sizeof *number);
    if (!number) {
        return AMP_E_NOMEM;
    }
    block->text_number = number;
    block->text_cap = cap;
    return AMP_OK;
}

static amp_err strings_read(const struct work *work, struct amp_str bytes)
{
    struct amp_pbf_block *block = work->block;
    struct amp_reader rd = reader_of(bytes);
    struct amp_pbf_field field;
    while (amp_pbf_field_next(&rd, &field)) {
        if (field.number != 1 || field.wire != AMP_PBF_BYTES) {
            continue;
        }
        amp_err err = text_room(block);
        if (err) {
            return err;
        }
        block->text[block->text_n] = field.bytes;
        block->text_number[block->text_n++] = AMP_OSM_ABSENT;
    }
    return amp_reader_done(&rd) ? AMP_OK : wrong(work, "a broken string table");
}

static amp_err text_use(const struct work *work, uint64_t at, uint32_t *out)
{
    struct amp_pbf_block *block = work->block;
    if (at >= block->text_n) {
        return wrong(work, "a text beyond the string table");
    }
    if (block->text_number[at] == AMP_OSM_ABSENT) {
        amp_err err = amp_osm_build_text(work->bld, block->text[at], &block->text_number[at]);
        if (err) {
            return err;
        }
    }
    *out = block->text_number[at];
    return AMP_OK;
}

static amp_err tag_put(const struct work *work, uint64_t key_at, uint64_t value_at)
{
    uint32_t key = 0;
    uint32_t value = 0;
    bool wanted = false;
    if (value_at >= work->block->text_n) {
        return wrong(work, "a text beyond the string table");
    }
    amp_err err = text_use(work, key_at, &key);
    err = err ? err : amp_osm_build_wants(work->bld, key, &wanted);
    if (err || !wanted) {
        return err;
    }
    err = text_use(work, value_at, &value);
    return err ? err : amp_osm_build_tag(work->bld, key, value);
}

static amp_err tags_put(const struct work *work, struct amp_str keys, struct amp_str values)
{
    struct amp_reader key = reader_of(keys);
    struct amp_reader value = reader_of(values);
    while (amp_reader_ok(&key) && amp_reader_left(&key) > 0) {
        uint64_t key_at = amp_reader_varint(&key);
        uint64_t value_at = amp_reader_varint(&value);
        if (!amp_reader_ok(&key) || !amp_reader_ok(&value)) {
            break;
        }
        amp_err err = tag_put(work, key_at, value_at);
        if (err) {
            return err;
        }
    }
    if (!amp_reader_done(&key) || !amp_reader_done(&value)) {
        return wrong(work, "keys without values");
    }
    return AMP_OK;
}

/* offset + granularity * raw is in 1e-9 degree; to 1e-7, the nearest. An impossible value is far
 * outside what amp_pos_valid takes. */
static int64_t degrees_e7(const struct amp_pbf_block *block, int64_t offset, int64_t raw)
{
    int64_t nano = 0;
    if (__builtin_mul_overflow(block->granularity, raw, &nano) ||
        __builtin_add_overflow(nano, offset, &nano)) {
        return INT64_MAX;
    }
    int64_t half = nano < 0 ? -50 : 50;
    return nano / 100 + (nano % 100 + half) / 100;
}

static amp_err node_put(const struct work *work, int64_t id, int64_t lat, int64_t lon)
{
    return amp_osm_build_node(work->bld, id, degrees_e7(work->block, work->block->lat_offset, lat),
                              degrees_e7(work->block, work->block->lon_offset, lon));
}

static int64_t sum_wrapping(int64_t sum, int64_t delta)
{
    return (int64_t)((uint64_t)sum + (uint64_t)delta);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)((value >> 1) ^ (0 - (value & 1)));
}

/* Fields of one message that may be there once: a table from number to place. Packed fields that
 * come in several pieces are not written by any known program and are refused. */
struct slot {
    uint32_t number;
    uint32_t wire;
    struct amp_pbf_field field;
    bool found;
};

static amp_err slots_read(const struct work *work, struct amp_str bytes, struct slot *slot,
                          size_t slot_n)
{
    struct amp_reader rd = reader_of(bytes);
    struct amp_pbf_field field;
    while (amp_pbf_field_next(&rd, &field)) {
        for (size_t i = 0; i < slot_n; i++) {
            if (slot[i].number != field.number) {
                continue;
            }
            if (slot[i].wire != field.wire || slot[i].found) {
                return wrong(work, "a field twice or of another type");
            }
            slot[i].field = field;
            slot[i].found = true;
        }
    }
    return amp_reader_done(&rd) ? AMP_OK : wrong(work, "broken protobuf");
}

static amp_err dense_tags_put(const struct work *work, struct amp_reader *keys_vals)
{
    while (amp_reader_left(keys_vals) > 0) {
        uint64_t key = amp_reader_varint(keys_vals);
        if (key == 0) {
            break;
        }
        uint64_t value = amp_reader_varint(keys_vals);
        if (!amp_reader_ok(keys_vals)) {
            break;
        }
        amp_err err = tag_put(work, key, value);
        if (err) {
            return err;
        }
    }
    return amp_reader_ok(keys_vals) ? AMP_OK : wrong(work, "broken tags of dense nodes");
}

static amp_err dense_read(const struct work *work, struct amp_str bytes)
{
    struct slot slot[] = {{.number = 1, .wire = AMP_PBF_BYTES},
                          {.number = 8, .wire = AMP_PBF_BYTES},
                          {.number = 9, .wire = AMP_PBF_BYTES},
                          {.number = 10, .wire = AMP_PBF_BYTES}};
    amp_err err = slots_read(work, bytes, slot, 4);
    if (err) {
        return err;
    }
    struct amp_reader ids = reader_of(slot[0].field.bytes);
    struct amp_reader lats = reader_of(slot[1].field.bytes);
    struct amp_reader lons = reader_of(slot[2].field.bytes);
    struct amp_reader keys_vals = reader_of(slot[3].field.bytes);
    int64_t id = 0;
    int64_t lat = 0;
    int64_t lon = 0;
    while (amp_reader_ok(&ids) && amp_reader_left(&ids) > 0) {
        id = sum_wrapping(id, amp_reader_zigzag(&ids));
        lat = sum_wrapping(lat, amp_reader_zigzag(&lats));
        lon = sum_wrapping(lon, amp_reader_zigzag(&lons));
        if (!amp_reader_ok(&ids) || !amp_reader_ok(&lats) || !amp_reader_ok(&lons)) {
            break;
        }
        err = node_put(work, id, lat, lon);
        if (!err) {
            err = dense_tags_put(work, &keys_vals);
        }
        if (err) {
            return err;
        }
    }
    if (!amp_reader_done(&ids) || !amp_reader_done(&lats) || !amp_reader_done(&lons)) {
        return wrong(work, "dense nodes with unequal counts of ids and positions");
    }
    return amp_reader_done(&keys_vals) ? AMP_OK
                                       : wrong(work, "tags of more dense nodes than exist");
}

static amp_err node_read(const struct work *work, struct amp_str bytes)
{
    struct slot slot[] = {{.number = 1, .wire = AMP_PBF_VARINT},
                          {.number = 8, .wire = AMP_PBF_VARINT},
                          {.number = 9, .wire = AMP_PBF_VARINT},
                          {.number = 2, .wire = AMP_PBF_BYTES},
                          {.number = 3, .wire = AMP_PBF_BYTES}};
    amp_err err = slots_read(work, bytes, slot, 5);
    if (err) {
        return err;
    }
    if (!slot[0].found || !slot[1].found || !slot[2].found) {
        return wrong(work, "a node without id or position");
    }
    err = node_put(work, unzigzag(slot[0].field.value), unzigzag(slot[1].field.value),
                   unzigzag(slot[2].field.value));
    return err ? err : tags_put(work, slot[3].field.bytes, slot[4].field.bytes);
}

static amp_err way_read(const struct work *work, struct amp_str bytes)
{
    struct slot slot[] = {{.number = 1, .wire = AMP_PBF_VARINT},
                          {.number = 2, .wire = AMP_PBF_BYTES},
                          {.number = 3, .wire = AMP_PBF_BYTES},
                          {.number = 8, .wire = AMP_PBF_BYTES}};
    amp_err err = slots_read(work, bytes, slot, 4);
    if (!err && !slot[0].found) {
        err = wrong(work, "a way without id");
    }
    if (!err) {
        err = amp_osm_build_way(work->bld, (int64_t)slot[0].field.value);
    }
    if (!err) {
        err = tags_put(work, slot[1].field.bytes, slot[2].field.bytes);
    }
    struct amp_reader refs = reader_of(slot[3].field.bytes);
    int64_t ref = 0;
    while (!err && amp_reader_ok(&refs) && amp_reader_left(&refs) > 0) {
        ref = sum_wrapping(ref, amp_reader_zigzag(&refs));
        if (amp_reader_ok(&refs)) {
            err = amp_osm_build_ref(work->bld, ref);
        }
    }
    if (!err && !amp_reader_done(&refs)) {
        err = wrong(work, "broken references of a way");
    }
    return err;
}

static amp_err members_put(const struct work *work, struct amp_str roles, struct amp_str ids,
                           struct amp_str kinds)
{
    struct amp_reader role = reader_of(roles);
    struct amp_reader delta = reader_of(ids);
    struct amp_reader kind = reader_of(kinds);
    int64_t id = 0;
    while (amp_reader_ok(&delta) && amp_reader_left(&delta) > 0) {
        id = sum_wrapping(id, amp_reader_zigzag(&delta));
        uint64_t role_at = amp_reader_varint(&role);
        uint64_t kind_at = amp_reader_varint(&kind);
        if (!amp_reader_ok(&delta) || !amp_reader_ok(&role) || !amp_reader_ok(&kind)) {
            break;
        }
        if (kind_at > AMP_OSM_RELATION) {
            return wrong(work, "a member of an unknown type");
        }
        uint32_t number = 0;
        amp_err err = text_use(work, role_at, &number);
        if (!err) {
            err = amp_osm_build_member(work->bld, (enum amp_osm_kind)kind_at, id, number);
        }
        if (err) {
            return err;
        }
    }
    if (!amp_reader_done(&delta) || !amp_reader_done(&role) || !amp_reader_done(&kind)) {
        return wrong(work, "unequal counts of members, roles and types");
    }
    return AMP_OK;
}

static amp_err relation_read(const struct work *work, struct amp_str bytes)
{
    struct slot slot[] = {
        {.number = 1, .wire = AMP_PBF_VARINT}, {.number = 2, .wire = AMP_PBF_BYTES},
        {.number = 3, .wire = AMP_PBF_BYTES},  {.number = 8, .wire = AMP_PBF_BYTES},
        {.number = 9, .wire = AMP_PBF_BYTES},  {.number = 10, .wire = AMP_PBF_BYTES}};
    amp_err err = slots_read(work, bytes, slot, 6);
    if (!err && !slot[0].found) {
        err = wrong(work, "a relation without id");
    }
    if (!err) {
        err = amp_osm_build_relation(work->bld, (int64_t)slot[0].field.value);
    }
    if (!err) {
        err = tags_put(work, slot[1].field.bytes, slot[2].field.bytes);
    }
    return err ? err
               : members_put(work, slot[3].field.bytes, slot[4].field.bytes, slot[5].field.bytes);
}

static amp_err group_read(const struct work *work, struct amp_str bytes)
{
    /* PrimitiveGroup: the number of the field is the kind of the object */
    static amp_err (*const readers[])(const struct work *, struct amp_str) = {
        [1] = node_read, [2] = dense_read, [3] = way_read, [4] = relation_read};
    struct amp_reader rd = reader_of(bytes);
    struct amp_pbf_field field;
    while (amp_pbf_field_next(&rd, &field)) {
        if (field.number > 4) {
            continue; /* changesets, or something newer */
        }
        if (field.wire != AMP_PBF_BYTES) {
            return wrong(work, "an object that is no message");
        }
        amp_err err = readers[field.number](work, field.bytes);
        if (err) {
            return err;
        }
    }
    return amp_reader_done(&rd) ? AMP_OK : wrong(work, "a broken group");
}

/* What all groups need: string table, granularity, offsets; they may stand behind the groups. */
static amp_err frame_read(const struct work *work, struct amp_str bytes)
{
    struct amp_pbf_block *block = work->block;
    block->text_n = 0;
    block->granularity = 100;
    block->lat_offset = 0;
    block->lon_offset = 0;
    struct amp_reader rd = reader_of(bytes);
    struct amp_pbf_field field;
    while (amp_pbf_field_next(&rd, &field)) {
        if (field.number == 1 && field.wire == AMP_PBF_BYTES) {
            amp_err err = strings_read(work, field.bytes);
            if (err) {
                return err;
            }
        } else if (field.number == 17 && field.wire == AMP_PBF_VARINT) {
            block->granularity = (int64_t)field.value;
        } else if (field.number == 19 && field.wire == AMP_PBF_VARINT) {
            block->lat_offset = (int64_t)field.value;
        } else if (field.number == 20 && field.wire == AMP_PBF_VARINT) {
            block->lon_offset = (int64_t)field.value;
        }
    }
    if (block->granularity < 1 || block->granularity > INT32_MAX) {
        return wrong(work, "an impossible granularity");
    }
    return amp_reader_done(&rd) ? AMP_OK : wrong(work, "broken protobuf");
}

amp_err amp_pbf_block_read(struct amp_pbf_block *block, struct amp_str bytes,
                           struct amp_osm_builder *bld, const char **what)
{
    struct work work = {.block = block, .bld = bld, .what = what};
    amp_err err = frame_read(&work, bytes);
    struct amp_reader rd = reader_of(bytes);
    struct amp_pbf_field field;
    while (!err && amp_pbf_field_next(&rd, &field)) {
        if (field.number == 2 && field.wire == AMP_PBF_BYTES) {
            err = group_read(&work, field.bytes);
        }
    }
    return err;
}
