/* Records of comma, semicolon and tab tables from untrusted text. */
#include "dna/table.h"

#include <string.h>

static bool at_end(const struct amp_dna_table *table)
{
    return table->pos >= table->text.len;
}

static char here(const struct amp_dna_table *table)
{
    return at_end(table) ? '\0' : table->text.ptr[table->pos];
}

/* Steps over LF, CRLF or CR and says whether one was there. */
static bool line_end_skip(struct amp_dna_table *table)
{
    const char c = here(table);
    if (c != '\n' && c != '\r') {
        return false;
    }
    table->pos++;
    if (c == '\r' && here(table) == '\n') {
        table->pos++;
    }
    table->next_line++;
    return true;
}

/* Spreadsheets may write "sep=;" above the head: it says nothing that the head does not. */
static void separator_line_skip(struct amp_dna_table *table)
{
    const struct amp_str rest = {table->text.ptr + table->pos, table->text.len - table->pos};
    const size_t len = sizeof("sep=;") - 1;
    if (rest.len > len && amp_str_starts(rest, AMP_STR("sep=")) &&
        (rest.ptr[len] == '\n' || rest.ptr[len] == '\r')) {
        table->pos += len;
        (void)line_end_skip(table);
    }
}

struct amp_dna_table amp_dna_table_make(struct amp_str text, const char *file, char separator)
{
    struct amp_dna_table table = {
        .text = text, .file = file, .separator = separator, .next_line = 1};
    if (amp_str_starts(text, AMP_STR("\xEF\xBB\xBF"))) {
        table.pos = 3;
    }
    separator_line_skip(&table);
    return table;
}

/* A field without its doubled quotes; raw lies between the outer quotes. */
static struct amp_str quotes_halve(struct amp_arena *arena, struct amp_str raw)
{
    char *copy = amp_arena_text(arena, raw);
    if (copy == NULL) {
        return (struct amp_str){0};
    }
    size_t n = 0;
    for (size_t i = 0; i < raw.len; i++) {
        copy[n++] = raw.ptr[i];
        i += raw.ptr[i] == '"';
    }
    return (struct amp_str){.ptr = copy, .len = n};
}

/* What lies between the quotes of a field that two programs have quoted, one after the other. */
static struct amp_str quotes_off(struct amp_str field)
{
    const struct amp_str text = amp_str_trim(field);
    if (text.len < 2 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"') {
        return field;
    }
    return (struct amp_str){.ptr = text.ptr + 1, .len = text.len - 2};
}

static amp_err quoted_read(struct amp_dna_table *table, struct amp_arena *arena,
                           struct amp_str *out, struct amp_why *why)
{
    table->pos++; /* the opening quote */
    const size_t start = table->pos;
    bool doubled = false;
    for (; !at_end(table); table->pos++) {
        const char c = here(table);
        table->next_line += c == '\n';
        if (c != '"') {
            continue;
        }
        if (table->pos + 1 >= table->text.len || table->text.ptr[table->pos + 1] != '"') {
            break;
        }
        doubled = true;
        table->pos++;
    }
    if (at_end(table)) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: a quoted field is never closed; close its quote",
                        table->file, (unsigned long long)table->line);
    }
    const struct amp_str raw = {.ptr = table->text.ptr + start, .len = table->pos - start};
    table->pos++; /* the closing quote */
    *out = doubled ? quotes_off(quotes_halve(arena, raw)) : raw;
    while (here(table) == ' ') {
        table->pos++;
    }
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

static struct amp_str plain_read(struct amp_dna_table *table)
{
    const size_t start = table->pos;
    while (!at_end(table) && here(table) != table->separator && here(table) != '\n' &&
           here(table) != '\r') {
        table->pos++;
    }
    return (struct amp_str){.ptr = table->text.ptr + start, .len = table->pos - start};
}

static amp_err field_put(struct amp_dna_table *table, struct amp_arena *arena, struct amp_str field,
                         struct amp_why *why)
{
    if (table->field_n == AMP_DNA_COLUMNS) {
        return amp_fail(why, AMP_E_LIMIT, "%s line %llu: more than %d columns", table->file,
                        (unsigned long long)table->line, AMP_DNA_COLUMNS);
    }
    if (table->field_n == table->field_room) {
        const size_t room = table->field_room == 0 ? 32 : 2 * table->field_room;
        struct amp_str *fresh = amp_arena_array(arena, room, sizeof(*fresh));
        if (fresh == NULL) {
            return AMP_E_NOMEM;
        }
        if (table->field_n > 0) {
            memcpy(fresh, table->field, table->field_n * sizeof(*fresh));
        }
        table->field = fresh;
        table->field_room = room;
    }
    table->field[table->field_n++] = amp_str_trim(field);
    return AMP_OK;
}

static amp_err record_read(struct amp_dna_table *table, struct amp_arena *arena,
                           struct amp_why *why)
{
    for (;;) {
        struct amp_str field = {0};
        amp_err err = AMP_OK;
        if (here(table) == '"') {
            err = quoted_read(table, arena, &field, why);
        } else {
            field = plain_read(table);
        }
        err = err ? err : field_put(table, arena, field, why);
        if (err) {
            return err;
        }
        if (!at_end(table) && here(table) == table->separator) {
            table->pos++;
            continue;
        }
        if (at_end(table) || line_end_skip(table)) {
            return AMP_OK;
        }
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: field %zu goes on after its closing quote; double the "
                        "quotes inside of it",
                        table->file, (unsigned long long)table->line, table->field_n);
    }
}

static bool record_empty(const struct amp_dna_table *table)
{
    for (size_t i = 0; i < table->field_n; i++) {
        if (table->field[i].len > 0) {
            return false;
        }
    }
    return true;
}

amp_err amp_dna_table_next(struct amp_dna_table *table, struct amp_arena *arena, bool *end,
                           struct amp_why *why)
{
    do {
        while (line_end_skip(table)) {}
        table->field_n = 0;
        table->line = table->next_line;
        if (at_end(table)) {
            *end = true;
            return AMP_OK;
        }
        amp_err err = record_read(table, arena, why);
        if (err) {
            return err;
        }
    } while (record_empty(table));
    *end = false;
    return AMP_OK;
}

struct amp_str amp_dna_table_cell(const struct amp_dna_table *table, size_t column)
{
    if (column >= table->field_n || amp_str_is(table->field[column], "NA")) {
        return (struct amp_str){.ptr = "", .len = 0};
    }
    return table->field[column];
}
