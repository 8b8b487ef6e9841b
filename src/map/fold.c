/* Folding of names and questions by libutf8proc, and the table of street words. */
#include "map/fold.h"
#include "map/words.h"
#include <assert.h>
#include <string.h>
#include <utf8proc.h>

/* Letters that have no decomposition but are typed without their stroke, and letters of one sound.
 */
static const struct {
    uint32_t first, last, to;
} letter_ranges[] = {
    {0x0142, 0x0142, 'l'},    {0x00F8, 0x00F8, 'o'},    {0x0111, 0x0111, 'd'},
    {0x0131, 0x0131, 'i'},    {0x00F0, 0x00F0, 'd'},    {0x0127, 0x0127, 'h'},
    {0x0649, 0x0649, 0x064A}, {0x06CC, 0x06CC, 0x064A}, {0x0629, 0x0629, 0x0647},
    {0x06A9, 0x06A9, 0x0643}, {0x0671, 0x0671, 0x0627}, {0x0660, 0x0669, '0'},
    {0x06F0, 0x06F9, '0'},    {0x0966, 0x096F, '0'},    {0x1210, 0x1216, 0x1200},
    {0x1280, 0x1286, 0x1200}, {0x1220, 0x1226, 0x1230}, {0x12D0, 0x12D6, 0x12A0},
    {0x1340, 0x1346, 0x1338},
};

static uint32_t letter_unify(uint32_t c)
{
    if (c < 0x80) {
        return c;
    }
    for (size_t i = 0; i < sizeof(letter_ranges) / sizeof(letter_ranges[0]); i++) {
        if (c >= letter_ranges[i].first && c <= letter_ranges[i].last) {
            return letter_ranges[i].to + (c - letter_ranges[i].first);
        }
    }
    return c;
}

static bool word_letter(uint32_t c)
{
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
    utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)c);
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_NO;
}

/* Where the walk through the text stands. */
struct folder {
    struct amp_folded *out;
    size_t used;  /* bytes of out->text */
    size_t start; /* of the word being written */
    bool comma;   /* since the last word */
};

static struct amp_str word_abbreviate(struct amp_str raw)
{
    const struct amp_word_form *row = amp_word_form(raw);
    return row == NULL ? raw : amp_str_of(row->brief);
}

static void word_end(struct folder *f)
{
    struct amp_folded *out = f->out;
    if (f->used > f->start && out->n < AMP_FOLD_WORDS) {
        struct amp_str raw = {.ptr = out->text + f->start, .len = f->used - f->start};
        out->raw[out->n] = raw;
        out->word[out->n] = word_abbreviate(raw);
        out->comma[out->n] = f->comma && out->n > 0;
        out->n++;
        f->comma = false;
    }
    f->start = f->used;
}

static void letter_add(struct folder *f, uint32_t c)
{
    static const uint32_t tatweel = 0x0640;
    c = letter_unify(c);
    if (c == tatweel) {
        return;
    }
    if (!word_letter(c)) {
        word_end(f);
        return;
    }
    const char *pair = c == 0x00E6 ? "ae" : c == 0x0153 ? "oe" : c == 0x00FE ? "th" : NULL;
    utf8proc_uint8_t bytes[4];
    size_t len = 2;
    if (pair != NULL) {
        memcpy(bytes, pair, len);
    } else {
        len = (size_t)utf8proc_encode_char((utf8proc_int32_t)c, bytes);
    }
    if (f->used + len <= AMP_FOLD_BYTES && f->out->n < AMP_FOLD_WORDS) {
        memcpy(f->out->text + f->used, bytes, len);
        f->used += len;
    }
}

static bool apostrophe(int32_t c)
{
    return c == '\'' || c == 0x2019 || c == 0x02BC;
}

/* "John's" is typed "johns": an apostrophe before a last s vanishes. */
static bool possessive(struct amp_str text, size_t at)
{
    if (at >= text.len || (text.ptr[at] != 's' && text.ptr[at] != 'S')) {
        return false;
    }
    return at + 1 == text.len || strchr(" ,.;-", text.ptr[at + 1]) != NULL;
}

static void point_add(struct folder *f, int32_t c)
{
    enum {
        PARTS = 32
    };
    utf8proc_int32_t part[PARTS];
    int bound = 0;
    utf8proc_option_t how =
        (utf8proc_option_t)(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                            UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    utf8proc_ssize_t n = utf8proc_decompose_char(c, part, PARTS, how, &bound);
    for (utf8proc_ssize_t i = 0; i < n && i < PARTS; i++) {
        letter_add(f, (uint32_t)part[i]);
    }
}

/* The letters and digits of ASCII from `at` on, which need no table: how many. */
static size_t plain_add(struct folder *f, struct amp_str text, size_t at)
{
    size_t n = 0;
    for (; at + n < text.len && f->used < AMP_FOLD_BYTES; n++) {
        char c = text.ptr[at + n];
        bool upper = c >= 'A' && c <= 'Z';
        if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
            break;
        }
        f->out->text[f->used++] = (char)(upper ? c + ('a' - 'A') : c);
    }
    return n;
}

void amp_fold(struct amp_str text, struct amp_folded *out)
{
    assert(out != NULL);
    struct folder f = {.out = out};
    out->n = 0;
    size_t at = 0;
    while (at < text.len && out->n < AMP_FOLD_WORDS) {
        size_t plain = plain_add(&f, text, at);
        if (plain > 0) {
            at += plain;
            continue;
        }
        utf8proc_int32_t c = -1;
        utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                                                (utf8proc_ssize_t)(text.len - at), &c);
        if (len <= 0) {
            word_end(&f);
            at++;
            continue;
        }
        at += (size_t)len;
        if (apostrophe(c) && possessive(text, at)) {
            continue;
        }
        if (c == ',' || c == 0x060C) {
            word_end(&f);
            f.comma = true;
            continue;
        }
        if (c < 0x80) {
            letter_add(&f, c >= 'A' && c <= 'Z' ? (uint32_t)c + ('a' - 'A') : (uint32_t)c);
        } else {
            point_add(&f, c);
        }
    }
    word_end(&f);
}

double amp_fold_weight(struct amp_str word)
{
    return amp_word_little(word) ? AMP_FOLD_LITTLE : 1;
}

size_t amp_fold_completions(struct amp_str prefix, struct amp_str out[AMP_FOLD_FORMS])
{
    const struct amp_word_form *form = amp_word_forms(&(size_t){0});
    size_t first = 0;
    size_t end = prefix.len > 1 ? amp_word_forms_begin(prefix, &first) : 0;
    size_t n = 0;
    for (end += first; first < end && n < AMP_FOLD_FORMS; first++) {
        struct amp_str brief = amp_str_of(form[first].brief);
        bool again = false;
        for (size_t i = 0; i < n; i++) {
            again = again || amp_str_eq(out[i], brief);
        }
        if (!again) {
            out[n++] = brief;
        }
    }
    return n;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t amp_fold_house(struct amp_str house, char *out, size_t cap)
{
    assert(cap > 0);
    struct amp_folded folded;
    amp_fold(house, &folded);
    size_t len = 0;
    for (size_t i = 0; i < folded.n; i++) {
        struct amp_str word = folded.raw[i];
        bool apart = len > 0 && digit(out[len - 1]) && digit(word.ptr[0]);
        if (len + word.len + (apart ? 1 : 0) >= cap) {
            break;
        }
        if (apart) {
            out[len++] = '/';
        }
        memcpy(out + len, word.ptr, word.len);
        len += word.len;
    }
    out[len] = '\0';
    return len;
}

size_t amp_fold_joined(struct amp_str text, char *out, size_t cap)
{
    assert(cap > 0);
    struct amp_folded folded;
    amp_fold(text, &folded);
    size_t len = 0;
    for (size_t i = 0; i < folded.n && len + folded.raw[i].len < cap; i++) {
        memcpy(out + len, folded.raw[i].ptr, folded.raw[i].len);
        len += folded.raw[i].len;
    }
    out[len] = '\0';
    return len;
}
