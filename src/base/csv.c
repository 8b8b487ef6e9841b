/* RFC 4180 records from untrusted text. */
#include "base/csv.h"

#include <string.h>

struct amp_csv amp_csv_make(struct amp_str text)
{
    struct amp_csv csv = {.text = text.len > 0 ? text : AMP_STR(""), .next_line = 1};
    if (amp_str_starts(text, AMP_STR("\xEF\xBB\xBF"))) {
        csv.pos = 3;
    }
    return csv;
}

static bool at_end(const struct amp_csv *csv)
{
    return csv->pos >= csv->text.len;
}

static char here(const struct amp_csv *csv)
{
    return at_end(csv) ? '\0' : csv->text.ptr[csv->pos];
}

/* Steps over LF or CRLF and says whether one was there. */
static bool line_end_skip(struct amp_csv *csv)
{
    size_t step = 0;
    if (here(csv) == '\n') {
        step = 1;
    } else if (here(csv) == '\r' && csv->pos + 1 < csv->text.len &&
               csv->text.ptr[csv->pos + 1] == '\n') {
        step = 2;
    }
    csv->pos += step;
    csv->next_line += step > 0;
    return step > 0;
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

static amp_err quoted_read(struct amp_csv *csv, struct amp_arena *arena, struct amp_str *out,
                           struct amp_why *why)
{
    csv->pos++; /* the opening quote */
    const size_t start = csv->pos;
    bool doubled = false;
    for (; !at_end(csv); csv->pos++) {
        char c = here(csv);
        csv->next_line += c == '\n';
        if (c != '"') {
            continue;
        }
        bool twice = csv->pos + 1 < csv->text.len && csv->text.ptr[csv->pos + 1] == '"';
        if (!twice) {
            break;
        }
        doubled = true;
        csv->pos++;
    }
    if (at_end(csv)) {
        return amp_fail(why, AMP_E_SYNTAX, "line %llu: a quoted field is never closed",
                        (unsigned long long)csv->line);
    }
    struct amp_str raw = {.ptr = csv->text.ptr + start, .len = csv->pos - start};
    csv->pos++; /* the closing quote */
    *out = doubled ? quotes_halve(arena, raw) : raw;
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

static struct amp_str plain_read(struct amp_csv *csv)
{
    const size_t start = csv->pos;
    while (!at_end(csv) && here(csv) != ',' && here(csv) != '\n' && here(csv) != '\r') {
        csv->pos++;
    }
    return (struct amp_str){.ptr = csv->text.ptr + start, .len = csv->pos - start};
}

static amp_err record_read(struct amp_csv *csv, struct amp_arena *arena, struct amp_why *why)
{
    for (;;) {
        if (csv->field_n == AMP_CSV_FIELDS) {
            return amp_fail(why, AMP_E_LIMIT, "line %llu: more than %d fields",
                            (unsigned long long)csv->line, AMP_CSV_FIELDS);
        }
        struct amp_str field = {0};
        if (here(csv) == '"') {
            amp_err err = quoted_read(csv, arena, &field, why);
            if (err) {
                return err;
            }
        } else {
            field = plain_read(csv);
        }
        csv->field[csv->field_n++] = field;
        if (here(csv) == ',') {
            csv->pos++;
            continue;
        }
        if (at_end(csv) || line_end_skip(csv)) {
            return AMP_OK;
        }
        return amp_fail(why, AMP_E_SYNTAX, "line %llu: field %zu goes on after its closing quote",
                        (unsigned long long)csv->line, csv->field_n);
    }
}

amp_err amp_csv_next(struct amp_csv *csv, struct amp_arena *arena, bool *end, struct amp_why *why)
{
    while (line_end_skip(csv)) {}
    csv->field_n = 0;
    csv->line = csv->next_line;
    if (at_end(csv)) {
        *end = true;
        return AMP_OK;
    }
    amp_err err = record_read(csv, arena, why);
    if (!err) {
        *end = false;
    }
    return err;
}
