/*
 * OSM PBF 1.0: blobs of protobuf, raw or zlib, into an extract under construction.
 *
 * 1. A file is blobs: u32 big-endian length, BlobHeader (below 64 KiB), Blob (at most 32 MiB, and
 * at most 32 MiB when inflated). The first is OSMHeader; unknown types are skipped as the format
 * asks.
 * 2. A required feature that is not known here is refused by its name.
 * 3. Whatever is wrong is named with the offset of its blob.
 */
#include "base/reader.h"
#include "map/osm_build.h"
#include "map/pbf_block.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOB_HEADER_MAX = 64 << 10,
    BLOB_MAX = 32 << 20
};

struct pbf {
    struct amp_osm_source *src;
    struct amp_osm_builder *bld;
    struct libdeflate_decompressor *inflater;
    uint8_t *out; /* the inflated blob */
    size_t out_cap;
    uint64_t blob_at;  /* offset of the blob at hand */
    uint64_t inflated; /* bytes of all blobs so far */
    struct amp_pbf_block block;
};

struct blob_head {
    struct amp_str type;
    uint64_t size;
};

struct blob {
    struct amp_str raw, zlib;
    uint64_t raw_size;
    const char *packing; /* the name of a packing that is not read here */
    bool has_raw, has_zlib;
};

static amp_err refuse(const struct pbf *pbf, amp_err err, const char *what, struct amp_why *why)
{
    return amp_fail(why, err, "%s in the blob at byte %llu", what,
                    (unsigned long long)pbf->blob_at);
}

static amp_err blob_head_read(struct amp_str bytes, struct blob_head *out)
{
    struct amp_reader rd = amp_reader_make(bytes.ptr, bytes.len);
    struct blob_head head = {.size = UINT64_MAX};
    struct amp_pbf_field field;
    while (amp_pbf_field_next(&rd, &field)) {
        if (field.number == 1 && field.wire == AMP_PBF_BYTES) {
            head.type = field.bytes;
        } else if (field.number == 3 && field.wire == AMP_PBF_VARINT) {
            head.size = field.value;
        }
    }
    if (!amp_reader_done(&rd) || head.type.len == 0 || head.size == UINT64_MAX) {
        return AMP_E_SYNTAX;
    }
    *out = head;
    return AMP_OK;
}

static amp_err blob_read(struct amp_str bytes, struct blob *out)
{
    static const char *const packing[] = {[4] = "lzma", [5] = "bzip2", [6] = "lz4", [7] = "zstd"};
    struct amp_reader rd = amp_reader_make(bytes.ptr, bytes.len);
    struct blob blob = {.raw_size = UINT64_MAX};
    struct amp_pbf_field field;
    while (amp_pbf_field_next(&rd, &field)) {
        if (field.number == 1 && field.wire == AMP_PBF_BYTES) {
            blob.raw = field.bytes;
            blob.has_raw = true;
        } else if (field.number == 2 && field.wire == AMP_PBF_VARINT) {
            blob.raw_size = field.value;
        } else if (field.number == 3 && field.wire == AMP_PBF_BYTES) {
            blob.zlib = field.bytes;
            blob.has_zlib = true;
        } else if (field.number >= 4 && field.number <= 7) {
            blob.packing = packing[field.number];
        }
    }
    if (!amp_reader_done(&rd)) {
        return AMP_E_SYNTAX;
    }
    *out = blob;
    return AMP_OK;
}

/* The content of a blob: a view into the input or into pbf->out. */
static amp_err blob_unpack(struct pbf *pbf, struct amp_str bytes, struct amp_str *out,
                           struct amp_why *why)
{
    struct blob blob;
    if (blob_read(bytes, &blob)) {
        return refuse(pbf, AMP_E_SYNTAX, "broken protobuf", why);
    }
    if (blob.has_raw) {
        *out = blob.raw;
        return AMP_OK;
    }
    if (!blob.has_zlib) {
        return amp_fail(why, AMP_E_UNSUPPORTED,
                        "the blob at byte %llu is packed with %s; only raw and zlib are read",
                        (unsigned long long)pbf->blob_at,
                        blob.packing ? blob.packing : "something unknown");
    }
    if (blob.raw_size > BLOB_MAX) {
        return refuse(pbf, AMP_E_LIMIT, "a size over 32 MiB or none", why);
    }
    size_t size = (size_t)blob.raw_size;
    pbf->inflated += size;
    if (!amp_osm_source_plausible(pbf->src, pbf->inflated)) {
        return refuse(pbf, AMP_E_LIMIT, "far more content than the file could honestly hold", why);
    }
    if (size > pbf->out_cap) {
        free(pbf->out);
        pbf->out = malloc(size);
        pbf->out_cap = pbf->out ? size : 0;
    }
    if (size > 0 && !pbf->out) {
        return refuse(pbf, AMP_E_NOMEM, "not enough memory", why);
    }
    size_t got = 0;
    if (libdeflate_zlib_decompress(pbf->inflater, blob.zlib.ptr, blob.zlib.len, pbf->out, size,
                                   &got) != LIBDEFLATE_SUCCESS ||
        got != size) {
        return refuse(pbf, AMP_E_SYNTAX, "zlib data that are damaged or of another size", why);
    }
    *out = (struct amp_str){.ptr = (const char *)pbf->out, .len = got};
    return AMP_OK;
}

static amp_err header_block_read(struct pbf *pbf, struct amp_str bytes, struct amp_why *why)
{
    struct amp_reader rd = amp_reader_make(bytes.ptr, bytes.len);
    struct amp_pbf_field field;
    while (amp_pbf_field_next(&rd, &field)) {
        if (field.number == 5 && field.wire == AMP_PBF_BYTES &&
            amp_str_is(field.bytes, "LocationsOnWays")) {
            pbf->bld->located = true; /* optional; and all nodes may be there nevertheless */
        }
        if (field.number == 32 && field.wire == AMP_PBF_VARINT) {
            pbf->bld->osm.replicated_s = (int64_t)field.value;
        }
        if (field.number != 4 || field.wire != AMP_PBF_BYTES) {
            continue;
        }
        if (amp_str_is(field.bytes, "HistoricalInformation")) {
            return amp_fail(why, AMP_E_UNSUPPORTED,
                            "the file is a history of edits (HistoricalInformation); make an "
                            "extract of one moment (osmium time-filter)");
        }
        if (!amp_str_is(field.bytes, "OsmSchema-V0.6") && !amp_str_is(field.bytes, "DenseNodes")) {
            int len = field.bytes.len < 64 ? (int)field.bytes.len : 64;
            return amp_fail(why, AMP_E_UNSUPPORTED,
                            "the file requires the feature \"%.*s\", which is not known here", len,
                            field.bytes.ptr);
        }
    }
    if (!amp_reader_done(&rd)) {
        return refuse(pbf, AMP_E_SYNTAX, "broken protobuf", why);
    }
    return AMP_OK;
}

/* The length word in front of a BlobHeader, and the header. *end when the file ends here. */
static amp_err blob_begin(struct pbf *pbf, struct amp_str word, struct blob_head *out, bool *end,
                          struct amp_why *why)
{
    *end = word.len == 0;
    if (*end) {
        return AMP_OK;
    }
    struct amp_reader rd = amp_reader_make(word.ptr, word.len);
    uint32_t len = amp_reader_be32(&rd);
    if (!amp_reader_ok(&rd)) {
        return refuse(pbf, AMP_E_SYNTAX, "the file ends", why);
    }
    if (len >= BLOB_HEADER_MAX) {
        return refuse(pbf, AMP_E_LIMIT, "a header of 64 KiB or more", why);
    }
    struct amp_str bytes;
    amp_err err = amp_osm_source_take(pbf->src, len, &bytes, why);
    if (err) {
        return err;
    }
    if (bytes.len < len) {
        return refuse(pbf, AMP_E_SYNTAX, "the file ends", why);
    }
    if (blob_head_read(bytes, out)) {
        return refuse(pbf, AMP_E_SYNTAX, "a broken header", why);
    }
    if (out->size > BLOB_MAX) {
        return refuse(pbf, AMP_E_LIMIT, "more than 32 MiB", why);
    }
    return AMP_OK;
}

enum blob_type {
    BLOB_HEADER,
    BLOB_DATA,
    BLOB_OTHER
};

static enum blob_type blob_type_of(struct amp_str type)
{
    if (amp_str_is(type, "OSMHeader")) {
        return BLOB_HEADER;
    }
    return amp_str_is(type, "OSMData") ? BLOB_DATA : BLOB_OTHER;
}

static amp_err blob_take(struct pbf *pbf, enum blob_type type, size_t size, struct amp_why *why)
{
    struct amp_str bytes;
    amp_err err = amp_osm_source_take(pbf->src, size, &bytes, why);
    if (err) {
        return err;
    }
    if (bytes.len < size) {
        return refuse(pbf, AMP_E_SYNTAX, "the file ends", why);
    }
    if (type == BLOB_OTHER) {
        return AMP_OK;
    }
    struct amp_str content;
    err = blob_unpack(pbf, bytes, &content, why);
    if (err) {
        return err;
    }
    if (type == BLOB_HEADER) {
        return header_block_read(pbf, content, why);
    }
    const char *what = "broken protobuf";
    err = amp_pbf_block_read(&pbf->block, content, pbf->bld, &what);
    return err ? refuse(pbf, err, err == AMP_E_SYNTAX ? what : amp_err_words(err), why) : AMP_OK;
}

static amp_err blobs_read(struct pbf *pbf, struct amp_str word, struct amp_why *why)
{
    bool first = true;
    for (;;) {
        struct blob_head head = {0};
        bool end = false;
        amp_err err = blob_begin(pbf, word, &head, &end, why);
        if (err || end) {
            return err;
        }
        enum blob_type type = blob_type_of(head.type); /* head.type dies with the next take */
        if (first && type != BLOB_HEADER) {
            return amp_fail(why, AMP_E_SYNTAX, "this is no OSM PBF: it has no OSMHeader in front");
        }
        first = false;
        err = blob_take(pbf, type, (size_t)head.size, why);
        if (err) {
            return err;
        }
        pbf->blob_at = pbf->src->offset;
        err = amp_osm_source_take(pbf->src, AMP_OSM_HEAD, &word, why);
        if (err) {
            return err;
        }
    }
}

amp_err amp_pbf_read(struct amp_osm_source *src, struct amp_str head, struct amp_osm_builder *bld,
                     struct amp_why *why)
{
    struct pbf pbf = {.src = src, .bld = bld, .inflater = libdeflate_alloc_decompressor()};
    if (!pbf.inflater) {
        return amp_fail(why, AMP_E_NOMEM, "not enough memory");
    }
    amp_err err = blobs_read(&pbf, head, why);
    amp_pbf_block_free(&pbf.block);
    free(pbf.out);
    libdeflate_free_decompressor(pbf.inflater);
    return err;
}
