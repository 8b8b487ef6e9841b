/* A small writer of OSM PBF 1.0: one block of one kind at a time, packed with zlib. */
#include "map/osmwrite.h"
#include "base/buf.h"
#include "map/osm_hash.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 24 << 20, /* of each part of a block */
    SLOTS = 1 << 17,        /* more than four times the texts of a block */
    TEXTS = SLOTS / 4,
    TEXTS_MARGIN = 4096, /* one object may bring so many: AMP_E_LIMIT */
    BLOCK_FULL = 8 << 20,
    LEVEL = 6
};

struct span {
    uint32_t first, len;
};

struct amp_osm_writer {
    char *path;
    char *part_path; /* NULL once renamed */
    int fd;
    amp_err err;
    struct libdeflate_compressor *deflater;

    enum amp_osm_kind kind; /* of the block at hand */
    size_t object_n;
    int64_t last_id, last_lat, last_lon; /* of the dense nodes, for the deltas */
    int64_t order_id;                    /* for the assertion */
    struct amp_buf text;                 /* StringTable */
    struct amp_buf id, lat, lon, tag;    /* dense nodes */
    struct amp_buf object;               /* ways or relations, as fields of the group */
    struct amp_buf scratch, packed;
    uint32_t *slot;    /* text number, or 0 */
    struct span *span; /* where a text is in `text` */
    uint32_t text_n;
};

static void put_key(struct amp_buf *buf, uint32_t field, uint32_t wire)
{
    amp_buf_varint(buf, (uint64_t)field << 3 | wire);
}

static void put_zigzag(struct amp_buf *buf, int64_t value)
{
    amp_buf_varint(buf, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

static void put_bytes(struct amp_buf *buf, uint32_t field, struct amp_str bytes)
{
    put_key(buf, field, 2);
    amp_buf_varint(buf, bytes.len);
    amp_buf_str(buf, bytes);
}

static void block_clear(struct amp_osm_writer *wr)
{
    amp_buf_clear(&wr->text);
    amp_buf_clear(&wr->id);
    amp_buf_clear(&wr->lat);
    amp_buf_clear(&wr->lon);
    amp_buf_clear(&wr->tag);
    amp_buf_clear(&wr->object);
    memset(wr->slot, 0, SLOTS * sizeof *wr->slot);
    put_bytes(&wr->text, 1, AMP_STR("")); /* number 0 ends the tags of a dense node */
    wr->text_n = 1;
    wr->object_n = 0;
    wr->last_id = 0;
    wr->last_lat = 0;
    wr->last_lon = 0;
}

static uint64_t text_number(struct amp_osm_writer *wr, const char *terminated)
{
    struct amp_str text = amp_str_of(terminated);
    uint32_t at = (uint32_t)amp_osm_hash(text) & (SLOTS - 1);
    while (wr->slot[at] != 0) {
        struct span known = wr->span[wr->slot[at]];
        if (known.len == text.len && memcmp(wr->text.data + known.first, text.ptr, text.len) == 0) {
            return wr->slot[at];
        }
        at = (at + 1) & (SLOTS - 1);
    }
    if (wr->text_n == TEXTS) { /* one object with more texts than the margin holds */
        wr->err = wr->err ? wr->err : AMP_E_LIMIT;
        return 0;
    }
    put_bytes(&wr->text, 1, text);
    wr->span[wr->text_n] =
        (struct span){.first = (uint32_t)(wr->text.len - text.len), .len = (uint32_t)text.len};
    wr->slot[at] = wr->text_n;
    return wr->text_n++;
}

static void bytes_write(struct amp_osm_writer *wr, struct amp_str bytes)
{
    while (!wr->err && bytes.len > 0) {
        ssize_t done = write(wr->fd, bytes.ptr, bytes.len);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            wr->err = errno == ENOSPC ? AMP_E_FULL : AMP_E_IO;
            return;
        }
        bytes.ptr += done;
        bytes.len -= (size_t)done;
    }
}

/* One BlobHeader and Blob around content. */
static void blob_write(struct amp_osm_writer *wr, const char *type, struct amp_str content)
{
    struct amp_buf *packed = &wr->packed;
    amp_buf_clear(packed);
    size_t bound = libdeflate_zlib_compress_bound(wr->deflater, content.len);
    void *room = amp_buf_extend(packed, bound);
    if (!room) {
        wr->err = amp_buf_err(packed);
        return;
    }
    packed->len = libdeflate_zlib_compress(wr->deflater, content.ptr, content.len, room, bound);
    assert(packed->len > 0);
    struct amp_buf front = amp_buf_make(64); /* what stands before the zlib bytes in the Blob */
    put_key(&front, 2, 0);
    amp_buf_varint(&front, content.len);
    put_key(&front, 3, 2);
    amp_buf_varint(&front, packed->len);
    struct amp_buf head = amp_buf_make(64);
    put_bytes(&head, 1, amp_str_of(type));
    put_key(&head, 3, 0);
    amp_buf_varint(&head, front.len + packed->len);
    wr->err = amp_buf_err(&front) ? amp_buf_err(&front) : amp_buf_err(&head);
    assert(head.len < 128);
    char len[4] = {0, 0, 0, (char)head.len};
    bytes_write(wr, (struct amp_str){.ptr = len, .len = sizeof len});
    bytes_write(wr, amp_buf_view(&head));
    bytes_write(wr, amp_buf_view(&front));
    bytes_write(wr, amp_buf_view(packed));
    amp_buf_free(&front);
    amp_buf_free(&head);
}

static void dense_join(struct amp_osm_writer *wr)
{
    put_bytes(&wr->scratch, 1, amp_buf_view(&wr->id));
    put_bytes(&wr->scratch, 8, amp_buf_view(&wr->lat));
    put_bytes(&wr->scratch, 9, amp_buf_view(&wr->lon));
    put_bytes(&wr->scratch, 10, amp_buf_view(&wr->tag));
    put_bytes(&wr->object, 2, amp_buf_view(&wr->scratch));
}

static void block_flush(struct amp_osm_writer *wr)
{
    if (wr->object_n == 0 || wr->err) {
        return;
    }
    amp_buf_clear(&wr->scratch);
    if (wr->kind == AMP_OSM_NODE) {
        dense_join(wr);
        amp_buf_clear(&wr->scratch);
    }
    put_bytes(&wr->scratch, 1, amp_buf_view(&wr->text));
    put_bytes(&wr->scratch, 2, amp_buf_view(&wr->object));
    const struct amp_buf *part[] = {&wr->text, &wr->id,     &wr->lat,    &wr->lon,
                                    &wr->tag,  &wr->object, &wr->scratch};
    for (size_t i = 0; i < sizeof part / sizeof *part && !wr->err; i++) {
        wr->err = amp_buf_err(part[i]);
    }
    if (!wr->err) {
        blob_write(wr, "OSMData", amp_buf_view(&wr->scratch));
    }
    block_clear(wr);
}

/* Room for one more object of a kind; asserts the order. */
static void object_begin(struct amp_osm_writer *wr, enum amp_osm_kind kind, int64_t id)
{
    assert(kind >= wr->kind);
    assert(kind > wr->kind || id > wr->order_id);
    if (kind != wr->kind || wr->object_n == AMP_OSM_BLOCK_OBJECTS ||
        wr->text_n > TEXTS - TEXTS_MARGIN || wr->object.len > BLOCK_FULL) {
        block_flush(wr);
    }
    wr->kind = kind;
    wr->order_id = id;
    wr->object_n++;
}

void amp_osm_writer_node(struct amp_osm_writer *wr, int64_t id, struct amp_pos pos,
                         const struct amp_osm_pair *tag, size_t tag_n)
{
    object_begin(wr, AMP_OSM_NODE, id);
    put_zigzag(&wr->id, id - wr->last_id);
    put_zigzag(&wr->lat, pos.lat_e7 - wr->last_lat);
    put_zigzag(&wr->lon, pos.lon_e7 - wr->last_lon);
    wr->last_id = id;
    wr->last_lat = pos.lat_e7;
    wr->last_lon = pos.lon_e7;
    for (size_t i = 0; i < tag_n; i++) {
        amp_buf_varint(&wr->tag, text_number(wr, tag[i].key));
        amp_buf_varint(&wr->tag, text_number(wr, tag[i].value));
    }
    amp_buf_varint(&wr->tag, 0);
}

/* Id, keys and values of a way or relation into scratch. */
static void plain_front(struct amp_osm_writer *wr, int64_t id, const struct amp_osm_pair *tag,
                        size_t tag_n)
{
    amp_buf_clear(&wr->scratch);
    put_key(&wr->scratch, 1, 0);
    amp_buf_varint(&wr->scratch, (uint64_t)id);
    amp_buf_clear(&wr->packed);
    for (size_t i = 0; i < tag_n; i++) {
        amp_buf_varint(&wr->packed, text_number(wr, tag[i].key));
    }
    put_bytes(&wr->scratch, 2, amp_buf_view(&wr->packed));
    amp_buf_clear(&wr->packed);
    for (size_t i = 0; i < tag_n; i++) {
        amp_buf_varint(&wr->packed, text_number(wr, tag[i].value));
    }
    put_bytes(&wr->scratch, 3, amp_buf_view(&wr->packed));
}

void amp_osm_writer_way(struct amp_osm_writer *wr, int64_t id, const int64_t *ref, size_t ref_n,
                        const struct amp_osm_pair *tag, size_t tag_n)
{
    object_begin(wr, AMP_OSM_WAY, id);
    plain_front(wr, id, tag, tag_n);
    amp_buf_clear(&wr->packed);
    int64_t last = 0;
    for (size_t i = 0; i < ref_n; i++) {
        put_zigzag(&wr->packed, ref[i] - last);
        last = ref[i];
    }
    put_bytes(&wr->scratch, 8, amp_buf_view(&wr->packed));
    put_bytes(&wr->object, 3, amp_buf_view(&wr->scratch));
}

void amp_osm_writer_relation(struct amp_osm_writer *wr, int64_t id, const struct amp_osm_link *link,
                             size_t link_n, const struct amp_osm_pair *tag, size_t tag_n)
{
    object_begin(wr, AMP_OSM_RELATION, id);
    plain_front(wr, id, tag, tag_n);
    amp_buf_clear(&wr->packed);
    for (size_t i = 0; i < link_n; i++) {
        amp_buf_varint(&wr->packed, text_number(wr, link[i].role));
    }
    put_bytes(&wr->scratch, 8, amp_buf_view(&wr->packed));
    amp_buf_clear(&wr->packed);
    int64_t last = 0;
    for (size_t i = 0; i < link_n; i++) {
        put_zigzag(&wr->packed, link[i].id - last);
        last = link[i].id;
    }
    put_bytes(&wr->scratch, 9, amp_buf_view(&wr->packed));
    amp_buf_clear(&wr->packed);
    for (size_t i = 0; i < link_n; i++) {
        amp_buf_varint(&wr->packed, (uint64_t)link[i].kind);
    }
    put_bytes(&wr->scratch, 10, amp_buf_view(&wr->packed));
    put_bytes(&wr->object, 4, amp_buf_view(&wr->scratch));
}

/* HeaderBBox in 1e-9 degree: left, right, top, bottom. */
static void header_write(struct amp_osm_writer *wr, struct amp_box box)
{
    const int32_t side_e7[] = {box.west_e7, box.east_e7, box.north_e7, box.south_e7};
    struct amp_buf inner = amp_buf_make(256);
    for (uint32_t i = 0; i < 4; i++) {
        put_key(&inner, i + 1, 0);
        put_zigzag(&inner, (int64_t)side_e7[i] * 100);
    }
    struct amp_buf head = amp_buf_make(1024);
    put_bytes(&head, 1, amp_buf_view(&inner));
    put_bytes(&head, 4, AMP_STR("OsmSchema-V0.6"));
    put_bytes(&head, 4, AMP_STR("DenseNodes"));
    put_bytes(&head, 5, AMP_STR("Sort.Type_then_ID"));
    put_bytes(&head, 16, AMP_STR("amparo"));
    wr->err = amp_buf_err(&inner) ? amp_buf_err(&inner) : amp_buf_err(&head);
    if (!wr->err) {
        blob_write(wr, "OSMHeader", amp_buf_view(&head));
    }
    amp_buf_free(&inner);
    amp_buf_free(&head);
}

static amp_err writer_init(struct amp_osm_writer *wr, const char *path)
{
    struct amp_buf *part[] = {&wr->text, &wr->id,     &wr->lat,     &wr->lon,
                              &wr->tag,  &wr->object, &wr->scratch, &wr->packed};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        *part[i] = amp_buf_make(BLOCK_BYTES);
    }
    wr->fd = -1;
    wr->path = strdup(path);
    size_t cap = strlen(path) + 32;
    wr->part_path = malloc(cap);
    wr->slot = calloc(SLOTS, sizeof *wr->slot);
    wr->span = calloc(TEXTS, sizeof *wr->span);
    wr->deflater = libdeflate_alloc_compressor(LEVEL);
    if (!wr->path || !wr->part_path || !wr->slot || !wr->span || !wr->deflater) {
        return AMP_E_NOMEM;
    }
    (void)snprintf(wr->part_path, cap, "%s.%ld.part", path, (long)getpid());
    return AMP_OK;
}

amp_err amp_osm_writer_create(const char *path, struct amp_box box, struct amp_osm_writer **out,
                              struct amp_why *why)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* renaming would replace a device */
        return amp_fail(why, AMP_E_IO, "cannot write the extract to %s: it is no ordinary file",
                        path);
    }
    struct amp_osm_writer *wr = calloc(1, sizeof *wr);
    if (!wr || writer_init(wr, path)) {
        if (wr) {
            free(wr->part_path); /* nothing to unlink yet */
            wr->part_path = NULL;
        }
        amp_osm_writer_abandon(wr);
        return amp_fail(why, AMP_E_NOMEM, "not enough memory to write %s", path);
    }
    wr->fd = open(wr->part_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (wr->fd < 0) {
        amp_err err = amp_fail(why, AMP_E_IO, "cannot create %s: %s", path, strerror(errno));
        amp_osm_writer_abandon(wr);
        return err;
    }
    block_clear(wr);
    header_write(wr, box);
    *out = wr;
    return AMP_OK;
}

amp_err amp_osm_writer_commit(struct amp_osm_writer *wr, struct amp_why *why)
{
    block_flush(wr);
    if (!wr->err && fsync(wr->fd) != 0) {
        wr->err = AMP_E_IO;
    }
    if (!wr->err && rename(wr->part_path, wr->path) != 0) {
        wr->err = AMP_E_IO;
    }
    if (wr->err) {
        return amp_fail(why, wr->err, "cannot write %s: %s", wr->path, amp_err_words(wr->err));
    }
    free(wr->part_path);
    wr->part_path = NULL;
    return AMP_OK;
}

void amp_osm_writer_abandon(struct amp_osm_writer *wr)
{
    if (!wr) {
        return;
    }
    struct amp_buf *part[] = {&wr->text, &wr->id,     &wr->lat,     &wr->lon,
                              &wr->tag,  &wr->object, &wr->scratch, &wr->packed};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        amp_buf_free(part[i]);
    }
    if (wr->fd >= 0) {
        close(wr->fd);
    }
    if (wr->part_path) {
        unlink(wr->part_path);
    }
    libdeflate_free_compressor(wr->deflater);
    free(wr->slot);
    free(wr->span);
    free(wr->part_path);
    free(wr->path);
    free(wr);
}
