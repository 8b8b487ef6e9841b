/*
 * The encodings in which laboratory programs and spreadsheets save text.
 *
 * UTF-8; UTF-16 where its byte order mark says so; and Windows-1252, which is recognised by bytes
 * that cannot be UTF-8 while no other bytes are UTF-8 beyond ASCII. A file that is partly UTF-8 is
 * damaged and refused. Only names of samples can differ: markers, alleles and numbers are ASCII.
 */
#include "dna/table.h"

#include <string.h>

/* Windows-1252 from 0x80 to 0x9f (WHATWG Encoding, index windows-1252); above it is Latin-1. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

/* Bytes of a character in UTF-8, written to `to`. */
static size_t utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | (c >> 6));
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | (c >> 12));
        to[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | (c >> 18));
    to[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    to[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

struct survey {
    bool wide;         /* some UTF-8 character is beyond ASCII */
    uint64_t nul_line; /* of the first NUL, which no text has; 0: none */
    uint64_t bad_line; /* of the first byte that is not UTF-8, 0: all are */
    unsigned char bad;
};

static struct survey survey_make(struct amp_str bytes)
{
    struct survey sv = {false, 0, 0, 0};
    uint64_t line = 1;
    for (size_t i = 0; i < bytes.len;) {
        const size_t step = amp_utf8_step(bytes.ptr + i, bytes.len - i);
        if (bytes.ptr[i] == '\0' && sv.nul_line == 0) {
            sv.nul_line = line;
        }
        sv.wide = sv.wide || step > 1;
        if (step == 0 && sv.bad_line == 0) {
            sv.bad_line = line;
            sv.bad = (unsigned char)bytes.ptr[i];
        }
        line += bytes.ptr[i] == '\n';
        i += step > 0 ? step : 1;
    }
    return sv;
}

static amp_err windows_read(struct amp_str bytes, struct amp_arena *arena, struct amp_str *out)
{
    char *text = amp_arena_array(arena, bytes.len, 3);
    if (text == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        const unsigned char c = (unsigned char)bytes.ptr[i];
        n += utf8_put(text + n, c >= 0x80 && c < 0xA0 ? windows_1252[c - 0x80] : c);
    }
    *out = (struct amp_str){text, n};
    return AMP_OK;
}

static uint32_t unit_at(struct amp_str bytes, size_t at, bool big)
{
    const unsigned char first = (unsigned char)bytes.ptr[at];
    const unsigned char second = (unsigned char)bytes.ptr[at + 1];
    return big ? ((uint32_t)first << 8 | second) : ((uint32_t)second << 8 | first);
}

/* The character at *at, which moves on; 0 where there is none. */
static uint32_t utf16_next(struct amp_str bytes, size_t *at, bool big)
{
    const uint32_t high = unit_at(bytes, *at, big);
    *at += 2;
    if (high < 0xD800 || high > 0xDFFF) {
        return high;
    }
    if (high > 0xDBFF || *at + 1 >= bytes.len) {
        return 0;
    }
    const uint32_t low = unit_at(bytes, *at, big);
    *at += 2;
    return low < 0xDC00 || low > 0xDFFF ? 0 : 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static amp_err utf16_read(struct amp_str bytes, const char *file, struct amp_arena *arena,
                          struct amp_str *out, struct amp_why *why)
{
    const bool big = (unsigned char)bytes.ptr[0] == 0xFE;
    char *text = amp_arena_array(arena, bytes.len, 2);
    if (text == NULL) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    bool whole = bytes.len % 2 == 0;
    for (size_t at = 2; whole && at < bytes.len;) {
        const uint32_t c = utf16_next(bytes, &at, big);
        whole = c != 0;
        n += whole ? utf8_put(text + n, c) : 0;
    }
    if (!whole) {
        return amp_fail(why, AMP_E_SYNTAX, "%s begins as UTF-16 and is none; save it as UTF-8",
                        file);
    }
    *out = (struct amp_str){text, n};
    return AMP_OK;
}

amp_err amp_dna_text_decode(struct amp_str bytes, const char *file, struct amp_arena *arena,
                            struct amp_dna_text *out, struct amp_why *why)
{
    amp_err err = AMP_OK;
    struct amp_dna_text text = {bytes, "UTF-8"};
    if (amp_str_starts(bytes, AMP_STR("\xFF\xFE")) || amp_str_starts(bytes, AMP_STR("\xFE\xFF"))) {
        text.encoding = "UTF-16";
        err = utf16_read(bytes, file, arena, &text.text, why);
    } else {
        const struct survey sv = survey_make(bytes);
        if (sv.nul_line > 0) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "%s line %llu: a byte is 0, so this is not UTF-8 text; is it UTF-16 "
                            "without a byte order mark, or a spreadsheet? Save it as UTF-8 text",
                            file, (unsigned long long)sv.nul_line);
        }
        if (sv.bad_line > 0 && sv.wide) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "%s line %llu: byte 0x%02x is not UTF-8 text; save the file as UTF-8",
                            file, (unsigned long long)sv.bad_line, sv.bad);
        }
        if (sv.bad_line > 0) {
            text.encoding = "Windows-1252";
            err = windows_read(bytes, arena, &text.text);
        }
    }
    if (!err) {
        *out = text;
    }
    return err;
}
