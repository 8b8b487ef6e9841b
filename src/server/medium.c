/* Sealed pieces of a medium, and what kind it is. */
#include "server/medium.h"
#include <assert.h>
#include <string.h>

enum {
    ABOUT_MAX = 128,
    LENGTH = 4
};

static const char magic[] = "AMPMED1\n";

struct kind {
    const char *name, *type;
    size_t at; /* where the mark stands */
    const char *mark;
    size_t mark_len;
};

/* Formats that phones make. WHATWG MIME Sniffing, section 6; ISO/IEC 14496-12 brands. */
#define ROW(name, type, at, mark)                                                                  \
    {                                                                                              \
        name, type, at, mark, sizeof(mark) - 1                                                     \
    }
static const struct kind kinds[] = {
    ROW("jpeg", "image/jpeg", 0, "\xff\xd8\xff"),
    ROW("png", "image/png", 0, "\x89PNG\r\n\x1a\n"),
    ROW("gif", "image/gif", 0, "GIF8"),
    ROW("webp", "image/webp", 8, "WEBP"),
    ROW("wav", "audio/wav", 8, "WAVE"),
    ROW("heic", "image/heic", 4, "ftyphei"),
    ROW("heic", "image/heic", 4, "ftypmif1"),
    ROW("avif", "image/avif", 4, "ftypavif"),
    ROW("m4a", "audio/mp4", 4, "ftypM4A"),
    ROW("3gp", "video/3gpp", 4, "ftyp3gp"),
    ROW("mov", "video/quicktime", 4, "ftypqt"),
    ROW("mp4", "video/mp4", 4, "ftyp"),
    ROW("webm", "video/webm", 0, "\x1a\x45\xdf\xa3"),
    ROW("ogg", "audio/ogg", 0, "OggS"),
    ROW("amr", "audio/amr", 0, "#!AMR"),
    ROW("mp3", "audio/mpeg", 0, "ID3"),
    ROW("mp3", "audio/mpeg", 0, "\xff\xfb"),
    ROW("aac", "audio/aac", 0, "\xff\xf1"),
};

const char *amp_medium_sniff(struct amp_str first)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind *kind = &kinds[i];
        if (first.len >= kind->at + kind->mark_len &&
            memcmp(first.ptr + kind->at, kind->mark, kind->mark_len) == 0) {
            return kind->name;
        }
    }
    return NULL;
}

const char *amp_medium_type(struct amp_str name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (amp_str_is(name, kinds[i].name)) {
            return kinds[i].type;
        }
    }
    return NULL;
}

/* The length that a piece says of itself; 0 when it is not there or cannot be. */
static size_t length_at(struct amp_str file, size_t at)
{
    const uint8_t *byte = (const uint8_t *)file.ptr + at;
    if (file.len - at < LENGTH) {
        return 0;
    }
    size_t len =
        (size_t)byte[0] | (size_t)byte[1] << 8 | (size_t)byte[2] << 16 | (size_t)byte[3] << 24;
    bool whole =
        len >= 1 && len <= AMP_MEDIUM_PIECE && file.len - at - LENGTH >= len + AMP_SEAL_EXTRA;
    return whole ? len : 0;
}

static bool head_valid(struct amp_str file)
{
    return file.len >= AMP_MEDIUM_HEAD && memcmp(file.ptr, magic, sizeof magic - 1) == 0;
}

amp_err amp_medium_measure(struct amp_str file, size_t *whole, uint64_t *held)
{
    size_t at = AMP_MEDIUM_HEAD;
    uint64_t sum = 0;
    if (!head_valid(file)) {
        return AMP_E_CORRUPT;
    }
    for (size_t len = length_at(file, at); len > 0; len = length_at(file, at)) {
        at += LENGTH + len + AMP_SEAL_EXTRA;
        sum += len;
    }
    *whole = at;
    *held = sum;
    return AMP_OK;
}

static struct amp_str about_of(struct amp_str head, uint64_t offset, char about[ABOUT_MAX])
{
    struct amp_buf buf = amp_buf_over(about, ABOUT_MAX);
    amp_buf_text(&buf, "amparo-medium-1\n");
    amp_hex_put(&buf, head.ptr + sizeof magic - 1, AMP_MEDIUM_HEAD - (sizeof magic - 1));
    amp_buf_printf(&buf, "\n%llu", (unsigned long long)offset);
    return amp_buf_view(&buf);
}

amp_err amp_medium_open(const uint8_t key[AMP_KEY], struct amp_str file, struct amp_buf *out)
{
    char about[ABOUT_MAX];
    size_t at = AMP_MEDIUM_HEAD;
    uint64_t offset = 0;
    amp_err err = head_valid(file) ? AMP_OK : AMP_E_CORRUPT;
    while (err == AMP_OK && at < file.len) {
        size_t len = length_at(file, at);
        struct amp_str seal = {file.ptr + at + LENGTH, len + AMP_SEAL_EXTRA};
        err = len > 0 ? amp_unseal(key, about_of(file, offset, about), seal, out) : AMP_E_CORRUPT;
        at += LENGTH + len + AMP_SEAL_EXTRA;
        offset += len;
    }
    return err;
}

void amp_medium_head(const uint8_t id[16], struct amp_buf *out)
{
    amp_buf_text(out, magic);
    amp_buf_put(out, id, AMP_MEDIUM_HEAD - (sizeof magic - 1));
}

void amp_medium_piece(const uint8_t key[AMP_KEY], const uint8_t nonce[AMP_NONCE],
                      struct amp_str head, uint64_t offset, struct amp_str plain,
                      struct amp_buf *out)
{
    char about[ABOUT_MAX];
    assert(plain.len >= 1 && plain.len <= AMP_MEDIUM_PIECE && head_valid(head));
    amp_buf_le32(out, (uint32_t)plain.len);
    amp_seal(key, nonce, about_of(head, offset, about), plain, out);
}
