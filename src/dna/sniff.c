/* What can be told of a table before it is read: headings, the decimal mark. */
#include "dna/table.h"

#include "base/crypto.h"

#include <stdio.h>
#include <string.h>

static size_t lines_count(struct amp_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        const bool lone = text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n');
        n += text.ptr[i] == '\n' || lone;
    }
    return n + (text.len > 0 && text.ptr[text.len - 1] != '\n' && text.ptr[text.len - 1] != '\r');
}

amp_err amp_dna_source_open(struct amp_str bytes, const char *file, struct amp_arena *arena,
                            struct amp_dna_source *out, struct amp_str *text, struct amp_why *why)
{
    if (bytes.len > AMP_DNA_FILE_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "%s is larger than %d MB; split it", file,
                        AMP_DNA_FILE_MAX >> 20);
    }
    if (bytes.len == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s is empty", file);
    }
    struct amp_dna_text decoded;
    amp_err err = amp_dna_text_decode(bytes, file, arena, &decoded, why);
    if (err) {
        return err;
    }
    struct amp_dna_source source = {.file = amp_arena_str(arena, amp_str_of(file)),
                                    .encoding = decoded.encoding,
                                    .decimal = '.',
                                    .line_n = lines_count(decoded.text)};
    amp_sha256(bytes.ptr, bytes.len, source.sha256);
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    *out = source;
    *text = decoded.text;
    return AMP_OK;
}

void amp_dna_source_note(struct amp_dna_source *source, struct amp_arena *arena, const char *fmt,
                         ...)
{
    if (source->note_n == AMP_DNA_NOTES) {
        source->note_more++;
        return;
    }
    char text[AMP_WHY_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    source->note[source->note_n++] = amp_arena_str(arena, amp_str_of(text));
}

struct amp_str amp_dna_heading(struct amp_str text, struct amp_arena *arena)
{
    char *copy = amp_arena_text(arena, text);
    if (copy == NULL) {
        return (struct amp_str){.ptr = "", .len = 0};
    }
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (c >= 'a' && c <= 'z') {
            copy[n++] = (char)(c - 'a' + 'A');
        } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            copy[n++] = c;
        }
    }
    return (struct amp_str){.ptr = copy, .len = n};
}

bool amp_dna_heading_number(struct amp_str heading, const char *stem, size_t *number)
{
    const struct amp_str start = amp_str_of(stem);
    if (!amp_str_starts(heading, start)) {
        return false;
    }
    const struct amp_str rest = {.ptr = heading.ptr + start.len, .len = heading.len - start.len};
    uint64_t value = 0;
    if (rest.len > 0 &&
        (amp_str_u64(rest, &value) != AMP_OK || value == 0 || value > AMP_DNA_PEAKS)) {
        return false;
    }
    *number = (size_t)value;
    return true;
}

enum shape {
    SHAPE_OTHER,
    SHAPE_POINT, /* digits.digits */
    SHAPE_COMMA,
    SHAPE_THOUSANDS /* 1,234: a comma before exactly three digits, and no zero before it */
};

static enum shape shape_of(struct amp_str text)
{
    size_t mark = text.len;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool digit = c >= '0' && c <= '9';
        if (!digit && ((c != '.' && c != ',') || mark != text.len)) {
            return SHAPE_OTHER;
        }
        mark = digit ? mark : i;
    }
    if (mark == text.len || mark == 0 || mark + 1 == text.len) {
        return SHAPE_OTHER;
    }
    if (text.ptr[mark] == '.') {
        return SHAPE_POINT;
    }
    return text.len - mark == 4 && mark <= 3 && text.ptr[0] != '0' ? SHAPE_THOUSANDS : SHAPE_COMMA;
}

/* A height whose point may be one of thousands: 1.234. */
static bool point_may_be_thousands(struct amp_str text)
{
    return text.len >= 5 && text.len <= 7 && text.ptr[text.len - 4] == '.' && text.ptr[0] != '0';
}

/* A height that shows that heights have no mark for thousands: 22.5, 1234. */
static bool shows_plain(struct amp_str text, enum shape shape)
{
    return shape == SHAPE_POINT || (shape == SHAPE_OTHER && text.len >= 4);
}

struct marks {
    uint64_t point, comma, thousands; /* the lines where one was seen first, 0 never */
    uint64_t point_thousands;
    bool plain; /* some height shows that points are decimal */
};

static void marks_see(struct marks *marks, const struct amp_dna_table *table, const uint8_t *kind,
                      size_t kind_n)
{
    for (size_t i = 0; i < kind_n && i < table->field_n; i++) {
        if (kind[i] == AMP_DNA_COLUMN_TEXT) {
            continue;
        }
        enum shape shape = shape_of(table->field[i]);
        if (shape == SHAPE_THOUSANDS && kind[i] != AMP_DNA_COLUMN_HEIGHT) {
            shape = SHAPE_COMMA;
        }
        if (kind[i] == AMP_DNA_COLUMN_HEIGHT) {
            const bool open = shape == SHAPE_POINT && point_may_be_thousands(table->field[i]);
            marks->point_thousands =
                open && marks->point_thousands == 0 ? table->line : marks->point_thousands;
            marks->plain = marks->plain || (!open && shows_plain(table->field[i], shape));
        }
        uint64_t *first = shape == SHAPE_POINT       ? &marks->point
                          : shape == SHAPE_COMMA     ? &marks->comma
                          : shape == SHAPE_THOUSANDS ? &marks->thousands
                                                     : NULL;
        if (first != NULL && *first == 0) {
            *first = table->line;
        }
    }
}

amp_err amp_dna_table_decimal(struct amp_dna_table table, const uint8_t *kind, size_t kind_n,
                              struct amp_arena *arena, char *decimal, struct amp_why *why)
{
    struct marks marks = {0};
    table.field = NULL; /* the caller's record stays as it is */
    table.field_n = 0;
    table.field_room = 0;
    bool end = false;
    amp_err err = amp_dna_table_next(&table, arena, &end, why);
    while (!err && !end) {
        marks_see(&marks, &table, kind, kind_n);
        err = amp_dna_table_next(&table, arena, &end, why);
    }
    if (err) {
        return err;
    }
    const uint64_t comma = marks.comma != 0 ? marks.comma : marks.thousands;
    if (marks.point != 0 && comma != 0) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s has numbers with a decimal point (line %llu) and with a comma (line "
                        "%llu); write all with one decimal mark and none for thousands",
                        table.file, (unsigned long long)marks.point, (unsigned long long)comma);
    }
    if (marks.point_thousands != 0 && !marks.plain) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: a height with a point before three digits may be thousands "
                        "or a decimal; write heights without a point",
                        table.file, (unsigned long long)marks.point_thousands);
    }
    if (marks.thousands != 0 && marks.comma == 0) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: a height with a comma before three digits may be thousands "
                        "or a decimal; write heights without a comma",
                        table.file, (unsigned long long)marks.thousands);
    }
    *decimal = comma != 0 ? ',' : '.';
    return AMP_OK;
}

amp_err amp_dna_number(struct amp_str text, char decimal, double *out)
{
    char copy[AMP_NUMBER_TEXT_MAX];
    size_t n = 0;
    if (text.len + 1 > sizeof(copy)) {
        return AMP_E_SYNTAX;
    }
    if (text.len > 0 && (text.ptr[0] == '.' || text.ptr[0] == decimal)) {
        copy[n++] = '0'; /* .75 */
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[n++] = decimal == ',' && text.ptr[i] == ',' ? '.' : text.ptr[i];
    }
    return amp_str_double((struct amp_str){.ptr = copy, .len = n}, out) == AMP_OK ? AMP_OK
                                                                                  : AMP_E_SYNTAX;
}

struct amp_str amp_dna_decimal_point(struct amp_arena *arena, struct amp_str text, char decimal)
{
    const char *comma = decimal == ',' && text.len > 0 ? memchr(text.ptr, ',', text.len) : NULL;
    char *copy = comma != NULL ? amp_arena_text(arena, text) : NULL;
    if (copy == NULL) {
        return text;
    }
    copy[comma - text.ptr] = '.';
    return (struct amp_str){.ptr = copy, .len = text.len};
}

void *amp_dna_grow(struct amp_arena *arena, void *array, size_t n, size_t size)
{
    const bool full = n == 0 || (n >= 4 && (n & (n - 1)) == 0);
    if (!full) {
        return array;
    }
    char *fresh = amp_arena_array(arena, n == 0 ? 4 : 2 * n, size);
    if (fresh != NULL && n > 0) {
        memcpy(fresh, array, n * size);
    }
    return fresh;
}
