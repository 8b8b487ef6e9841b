/* Lines and fields of the tables of a victim identification problem, and its notes. */
#include "dna/dvi_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct dvi_lines dvi_lines_make(struct amp_str text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (text.len >= 3 && memcmp(text.ptr, mark, 3) == 0) {
        text = (struct amp_str){text.ptr + 3, text.len - 3};
    }
    return (struct dvi_lines){.rest = text};
}

bool dvi_lines_next(struct dvi_lines *lines)
{
    while (lines->rest.len) {
        lines->rest = amp_str_cut(lines->rest, '\n', &lines->line);
        lines->number++;
        if (lines->line.len && lines->line.ptr[lines->line.len - 1] == '\r') {
            lines->line.len--;
        }
        if (amp_str_trim(lines->line).len) {
            return true;
        }
    }
    lines->end = true;
    return false;
}

size_t dvi_fields(struct amp_str line, struct amp_str *field, size_t max)
{
    size_t n = 0;
    while (true) {
        const char *tab = line.len ? memchr(line.ptr, '\t', line.len) : NULL;
        size_t len = tab ? (size_t)(tab - line.ptr) : line.len;
        if (n == max) {
            return max + 1;
        }
        field[n++] = amp_str_trim((struct amp_str){line.ptr, len});
        if (!tab) {
            return n;
        }
        line = (struct amp_str){tab + 1, line.len - len - 1};
    }
}

void amp_dvi_note(struct amp_dvi_notes *notes, struct amp_arena *arena, const char *fmt, ...)
{
    char text[AMP_WHY_MAX];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (notes->n == AMP_DVI_NOTES || len < 0) {
        notes->more++;
        return;
    }
    size_t kept = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    struct amp_str note = amp_arena_str(arena, (struct amp_str){text, kept});
    if (note.ptr) {
        notes->note[notes->n++] = note;
    }
}

struct amp_dvi_settings amp_dvi_settings_usual(void)
{
    return (struct amp_dvi_settings){
        .threshold = 1e4,
        .max_inconsistent = 2,
        .merge = AMP_DVI_MERGE_IDENTICAL,
        .merge_lost = 3,
        .match_odds = 1,
        .joint_loss = 1e-6,
        .pair_limit = 1e-8,
        .exact_limit = 1000000,
        .option_limit = 100000,
        .list = 100,
        .sample_n = 200000,
        .seed = 1,
        .threads = 1,
    };
}
