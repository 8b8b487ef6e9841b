/* Deflates each file behind its local header, and writes the central directory at the end. */
#include "server/zip.h"
#include "base/crypto.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    DIRECTORY_MAX = 16 << 20,
    VERSION = 20, /* deflate */
    UTF8_NAME = 1 << 11,
    DEFLATED = 8,
    FIRST_DAY = 1 << 5 | 1, /* 1980-01-01: DOS has no earlier one */
    RAW_WINDOW = -15,
    MEMORY_LEVEL = 8,
    FILES_MAX = 65535
};

static void le16(struct amp_buf *out, unsigned value)
{
    amp_buf_char(out, (char)(value & 0xff));
    amp_buf_char(out, (char)(value >> 8 & 0xff));
}

struct amp_zip amp_zip_begin(struct amp_buf *out)
{
    assert(out->len == 0);
    return (struct amp_zip){.out = out, .directory = amp_buf_make(DIRECTORY_MAX)};
}

static void *window_alloc(void *ctx, unsigned n, unsigned size)
{
    (void)ctx;
    return calloc(n, size);
}

/* The window holds the end of what was packed. */
static void window_free(void *ctx, void *window)
{
    (void)ctx;
    amp_wipe_free(window);
}

/* Appends the deflated content to out. */
static void deflate_put(struct amp_buf *out, struct amp_str content)
{
    z_stream z = {.zalloc = window_alloc, .zfree = window_free};
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, RAW_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        out->err = out->err != AMP_OK ? out->err : AMP_E_NOMEM;
        return;
    }
    size_t room = deflateBound(&z, content.len);
    void *to = amp_buf_extend(out, room);
    if (to != NULL) {
        memcpy(&z.next_in, &content.ptr, sizeof z.next_in);
        z.avail_in = (unsigned)content.len;
        z.next_out = to;
        z.avail_out = (unsigned)room;
        int done = deflate(&z, Z_FINISH);
        assert(done == Z_STREAM_END);
        out->len -= z.avail_out;
    }
    (void)deflateEnd(&z);
}

static void sizes_put(struct amp_buf *out, uint32_t crc, size_t packed, size_t plain,
                      size_t name_len)
{
    le16(out, UTF8_NAME);
    le16(out, DEFLATED);
    le16(out, 0);
    le16(out, FIRST_DAY);
    amp_buf_le32(out, crc);
    amp_buf_le32(out, (uint32_t)packed);
    amp_buf_le32(out, (uint32_t)plain);
    le16(out, (unsigned)name_len);
    le16(out, 0);
}

void amp_zip_add(struct amp_zip *zip, const char *name, struct amp_str content)
{
    struct amp_buf packed = amp_buf_make(zip->out->max);
    size_t at = zip->out->len;
    size_t name_len = strlen(name);
    const unsigned char *bytes = (const unsigned char *)(content.len > 0 ? content.ptr : "");
    uint32_t crc = (uint32_t)crc32(0, bytes, (unsigned)content.len);
    assert(zip->files < FILES_MAX);
    deflate_put(&packed, content);
    amp_buf_le32(zip->out, 0x04034b50);
    le16(zip->out, VERSION);
    sizes_put(zip->out, crc, packed.len, content.len, name_len);
    amp_buf_text(zip->out, name);
    amp_buf_join(zip->out, &packed);
    amp_buf_le32(&zip->directory, 0x02014b50);
    le16(&zip->directory, VERSION);
    le16(&zip->directory, VERSION);
    sizes_put(&zip->directory, crc, packed.len, content.len, name_len);
    le16(&zip->directory, 0); /* comment, disk, attributes inside */
    le16(&zip->directory, 0);
    le16(&zip->directory, 0);
    amp_buf_le32(&zip->directory, 0);
    amp_buf_le32(&zip->directory, (uint32_t)at);
    amp_buf_text(&zip->directory, name);
    zip->files++;
    amp_buf_free(&packed);
}

void amp_zip_end(struct amp_zip *zip)
{
    size_t at = zip->out->len;
    size_t len = zip->directory.len;
    amp_buf_join(zip->out, &zip->directory);
    amp_buf_le32(zip->out, 0x06054b50);
    le16(zip->out, 0);
    le16(zip->out, 0);
    le16(zip->out, zip->files);
    le16(zip->out, zip->files);
    amp_buf_le32(zip->out, (uint32_t)len);
    amp_buf_le32(zip->out, (uint32_t)at);
    le16(zip->out, 0);
    amp_buf_free(&zip->directory);
}
