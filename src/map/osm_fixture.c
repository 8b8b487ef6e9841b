/* For tests only: extracts made by hand in PBF, and a model as text to compare. */
#include "map/osm_fixture.h"

#include <assert.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FIXTURE_MAX = 256 << 20
};

void fixture_varint(struct amp_buf *buf, uint32_t field, uint64_t value)
{
    amp_buf_varint(buf, (uint64_t)field << 3);
    amp_buf_varint(buf, value);
}

void fixture_zigzag(struct amp_buf *buf, int64_t value)
{
    amp_buf_varint(buf, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

void fixture_bytes(struct amp_buf *buf, uint32_t field, const void *data, size_t len)
{
    amp_buf_varint(buf, (uint64_t)field << 3 | 2);
    amp_buf_varint(buf, len);
    amp_buf_put(buf, data, len);
}

void fixture_buf(struct amp_buf *buf, uint32_t field, struct amp_buf *inner)
{
    fixture_bytes(buf, field, inner->data, inner->len);
    amp_buf_free(inner);
}

static void blob_put(struct amp_buf *file, const char *type, struct amp_buf *blob)
{
    struct amp_buf head = amp_buf_make(256);
    fixture_bytes(&head, 1, type, strlen(type));
    fixture_varint(&head, 3, blob->len);
    const char len[4] = {0, 0, 0, (char)head.len};
    amp_buf_put(file, len, sizeof len);
    amp_buf_put(file, head.data, head.len);
    amp_buf_put(file, blob->data, blob->len);
    amp_buf_free(&head);
    amp_buf_free(blob);
}

void fixture_blob_raw(struct amp_buf *file, const char *type, const struct amp_buf *content)
{
    struct amp_buf blob = amp_buf_make(FIXTURE_MAX);
    fixture_bytes(&blob, 1, content->data, content->len);
    blob_put(file, type, &blob);
}

void fixture_blob_zlib(struct amp_buf *file, const char *type, const struct amp_buf *content,
                       uint64_t claimed_size)
{
    struct libdeflate_compressor *deflater = libdeflate_alloc_compressor(6);
    assert(deflater);
    size_t bound = libdeflate_zlib_compress_bound(deflater, content->len);
    void *packed = malloc(bound);
    assert(packed);
    size_t len = libdeflate_zlib_compress(deflater, content->data, content->len, packed, bound);
    libdeflate_free_compressor(deflater);
    struct amp_buf blob = amp_buf_make(FIXTURE_MAX);
    fixture_varint(&blob, 2, claimed_size ? claimed_size : content->len);
    fixture_bytes(&blob, 3, packed, len);
    free(packed);
    blob_put(file, type, &blob);
}

void fixture_header(struct amp_buf *file, const char *feature)
{
    struct amp_buf block = amp_buf_make(1024);
    fixture_bytes(&block, 4, feature, strlen(feature));
    fixture_blob_raw(file, "OSMHeader", &block);
    amp_buf_free(&block);
}

static void tags_dump(const struct amp_osm *osm, uint32_t first, uint32_t end, struct amp_buf *out)
{
    for (uint32_t i = first; i < end; i++) {
        amp_buf_printf(out, " %s=%s", amp_osm_text(osm, osm->tag[i].key),
                       amp_osm_text(osm, osm->tag[i].value));
    }
    amp_buf_char(out, '\n');
}

struct amp_buf fixture_dump(const struct amp_osm *osm)
{
    struct amp_buf out = amp_buf_make(FIXTURE_MAX);
    for (uint32_t i = 0; i < osm->node_n; i++) {
        amp_buf_printf(&out, "n%" PRId64 " %d %d", amp_osm_node_id(osm, i), osm->node_pos[i].lat_e7,
                       osm->node_pos[i].lon_e7);
        struct amp_osm_span tags = amp_osm_node_tags(osm, i);
        tags_dump(osm, tags.first, tags.end, &out);
    }
    for (uint32_t i = 0; i < osm->way_n; i++) {
        amp_buf_printf(&out, "w%" PRId64, osm->way_id[i]);
        for (uint32_t k = osm->way_ref_first[i]; k < osm->way_ref_first[i + 1]; k++) {
            amp_buf_printf(&out, " %" PRId64, amp_osm_node_id(osm, osm->way_ref[k]));
        }
        tags_dump(osm, osm->way_tag_first[i], osm->way_tag_first[i + 1], &out);
    }
    for (uint32_t i = 0; i < osm->rel_n; i++) {
        amp_buf_printf(&out, "r%" PRId64, osm->rel_id[i]);
        for (uint32_t k = osm->rel_member_first[i]; k < osm->rel_member_first[i + 1]; k++) {
            const struct amp_osm_member *member = &osm->rel_member[k];
            amp_buf_printf(&out, " %d:%" PRId64 "@%" PRId64 "(%s)", (int)member->kind, member->id,
                           member->index == AMP_OSM_ABSENT ? -1 : (int64_t)member->index,
                           amp_osm_text(osm, member->role));
        }
        tags_dump(osm, osm->rel_tag_first[i], osm->rel_tag_first[i + 1], &out);
    }
    assert(!amp_buf_err(&out));
    (void)amp_buf_cstr(&out);
    return out;
}

struct amp_buf fixture_file(const char *path)
{
    struct amp_buf out = amp_buf_make(FIXTURE_MAX);
    FILE *file = fopen(path, "rb");
    assert(file);
    char step[65536];
    for (size_t got; (got = fread(step, 1, sizeof step, file)) > 0;) {
        amp_buf_put(&out, step, got);
    }
    (void)fclose(file);
    assert(!amp_buf_err(&out));
    return out;
}

const char *fixture_path(const char *name)
{
    static char path[512];
    const char *folder = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/amparo-%ld-%s", folder ? folder : "/tmp", (long)getpid(),
                   name);
    return path;
}
