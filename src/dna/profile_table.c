/* Profiles a row a marker or a row a peak: EuroForMix tables and GeneMapper exports. */
#include "dna/profile_in.h"

#include <stdio.h>
#include <string.h>

enum {
    NONE = -1
};

/* Where the columns are; NONE where there is none. */
struct columns {
    int32_t sample, marker;
    int32_t allele[AMP_DNA_PEAKS + 1]; /* by their number in the heading; 0 in the long form */
    int32_t height[AMP_DNA_PEAKS + 1];
    size_t last; /* the highest number in use */
    bool wide, is_long, heights, sizes, twice;
    uint8_t kind[AMP_DNA_COLUMNS];
    size_t other_n;
    size_t other; /* the first column that nothing is read from and that has a heading */
};

static const char *const sample_names[] = {"SAMPLENAME", "SAMPLE", "SAMPLEID", "SPECIMENID"};
static const char *const marker_names[] = {"MARKER", "LOCUS", "MARKERNAME", "LOCUSNAME"};
static const char *const genemapper_names[] = {"SAMPLEFILE", "RUNNAME", "PANEL", "DYE",
                                               "SAMPLETYPE", "GQ",      "SQ",    "OS"};

static bool one_of(struct amp_str heading, const char *const *names, size_t n, size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        if (amp_str_is(heading, names[i])) {
            *at = i;
            return true;
        }
    }
    return false;
}

static bool numbered_put(struct columns *cols, int32_t *column, size_t number, size_t at)
{
    cols->twice = cols->twice || column[number] != NONE;
    column[number] = (int32_t)at;
    cols->last = number > cols->last ? number : cols->last;
    return true;
}

/* Columns with a number in their heading. */
static bool numbered_see(struct columns *cols, struct amp_str heading, size_t at)
{
    size_t number = 0;
    if (amp_dna_heading_number(heading, "ALLELE", &number)) {
        cols->wide = cols->wide || number > 0;
        cols->is_long = cols->is_long || number == 0;
        cols->kind[at] = AMP_DNA_COLUMN_NUMBER;
        return numbered_put(cols, cols->allele, number, at);
    }
    if (amp_dna_heading_number(heading, "HEIGHT", &number) ||
        amp_dna_heading_number(heading, "PEAKHEIGHT", &number) ||
        amp_dna_heading_number(heading, "RFU", &number)) {
        cols->heights = true;
        cols->kind[at] = AMP_DNA_COLUMN_HEIGHT;
        return numbered_put(cols, cols->height, number, at);
    }
    if (amp_dna_heading_number(heading, "SIZE", &number)) {
        cols->sizes = true;
        cols->kind[at] = AMP_DNA_COLUMN_NUMBER;
        return true;
    }
    return false;
}

/* The columns of a head; false when the arena is full. */
static bool columns_find(const struct amp_dna_table *head, struct amp_arena *arena,
                         struct columns *cols)
{
    *cols = (struct columns){.sample = NONE, .marker = NONE};
    for (size_t i = 0; i <= AMP_DNA_PEAKS; i++) {
        cols->allele[i] = NONE;
        cols->height[i] = NONE;
    }
    size_t rank = sizeof(sample_names) / sizeof(sample_names[0]);
    for (size_t i = 0; i < head->field_n; i++) {
        const struct amp_str heading = amp_dna_heading(head->field[i], arena);
        size_t at = 0;
        if (one_of(heading, sample_names, rank, &at)) {
            cols->sample = (int32_t)i; /* "Sample Name" counts more than "Sample" */
            rank = at;
        } else if (one_of(heading, marker_names, sizeof(marker_names) / sizeof(marker_names[0]),
                          &at)) {
            cols->twice = cols->twice || cols->marker != NONE;
            cols->marker = (int32_t)i;
        } else if (one_of(heading, genemapper_names,
                          sizeof(genemapper_names) / sizeof(genemapper_names[0]), &at)) {
            cols->sizes = true;
        } else if (!numbered_see(cols, heading, i) && heading.len > 0) {
            cols->other = cols->other_n == 0 ? i : cols->other;
            cols->other_n++;
        }
    }
    return !amp_arena_failed(arena);
}

static bool columns_usable(const struct columns *cols)
{
    return cols->sample != NONE && cols->marker != NONE && (cols->wide || cols->is_long);
}

bool amp_dna_table_is_wide(const struct amp_dna_table *head, struct amp_arena *arena)
{
    struct columns *cols = amp_arena_alloc(arena, sizeof(*cols));
    return cols != NULL && columns_find(head, arena, cols) && columns_usable(cols) && cols->wide &&
           !cols->sizes;
}

bool amp_dna_table_is_genemapper(const struct amp_dna_table *head, struct amp_arena *arena)
{
    struct columns *cols = amp_arena_alloc(arena, sizeof(*cols));
    return cols != NULL && columns_find(head, arena, cols) && columns_usable(cols) && cols->wide &&
           cols->sizes;
}

bool amp_dna_table_is_long(const struct amp_dna_table *head, struct amp_arena *arena)
{
    struct columns *cols = amp_arena_alloc(arena, sizeof(*cols));
    return cols != NULL && columns_find(head, arena, cols) && columns_usable(cols) && !cols->wide;
}

/* One allele and its height, or nothing where both are blank. */
static amp_err pair_read(const struct amp_dna_table *table, const struct columns *cols,
                         size_t number, struct amp_dna_draft *draft, struct amp_dna_locus *locus,
                         struct amp_why *why)
{
    const int32_t allele_at = cols->allele[number];
    const int32_t height_at = cols->height[number];
    const struct amp_str none = {.ptr = "", .len = 0};
    const struct amp_str allele =
        allele_at == NONE ? none : amp_dna_table_cell(table, (size_t)allele_at);
    const struct amp_str height =
        height_at == NONE ? none : amp_dna_table_cell(table, (size_t)height_at);
    if (allele.len == 0 && height.len == 0) {
        return AMP_OK;
    }
    if (allele.len == 0 || (cols->heights && height.len == 0)) {
        const bool no_allele = allele.len == 0;
        const struct amp_str lone = no_allele ? height : allele;
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu, marker %.*s: %s %.*s has no %s; fill or empty the cell",
                        draft->file, (unsigned long long)table->line, (int)locus->marker.len,
                        locus->marker.ptr, no_allele ? "height" : "allele",
                        (int)(lone.len > 40 ? 40 : lone.len), lone.ptr,
                        no_allele ? "allele" : "height");
    }
    struct amp_dna_peak peak = {
        .allele = amp_dna_decimal_point(draft->arena, allele, draft->out.source.decimal)};
    amp_err err = AMP_OK;
    if (cols->heights) {
        err = amp_dna_height(draft, height, locus->marker, table->line, &peak.height, why);
    }
    return err ? err : amp_dna_draft_peak(draft, locus, &peak, table->line, why);
}

static amp_err row_check(const struct amp_dna_table *table, size_t head_n, struct amp_why *why)
{
    for (size_t i = head_n; i < table->field_n; i++) {
        if (table->field[i].len > 0) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "%s line %llu: \"%.*s\" stands beyond the last column; is there a "
                            "separator too many, or a decimal comma without quotes?",
                            table->file, (unsigned long long)table->line,
                            (int)(table->field[i].len > 40 ? 40 : table->field[i].len),
                            table->field[i].ptr);
        }
    }
    return AMP_OK;
}

static amp_err row_read(const struct amp_dna_table *table, const struct columns *cols,
                        struct amp_dna_draft *draft, struct amp_why *why)
{
    size_t sample = 0;
    struct amp_dna_locus *locus = NULL;
    const struct amp_str name = amp_dna_table_cell(table, (size_t)cols->sample);
    const struct amp_str marker = amp_dna_table_cell(table, (size_t)cols->marker);
    amp_err err = amp_dna_draft_sample(draft, name, cols->heights, table->line, &sample, why);
    if (!err) {
        err = amp_dna_draft_locus(draft, sample, marker, table->line, !cols->wide, &locus, why);
    }
    for (size_t i = 0; i <= cols->last && !err; i++) {
        err = pair_read(table, cols, i, draft, locus, why);
    }
    return err;
}

static amp_err columns_check(const struct amp_dna_table *head, const struct columns *cols,
                             struct amp_why *why)
{
    if (cols->twice || (cols->wide && cols->is_long)) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: a column is there twice, or \"Allele\" stands beside "
                        "\"Allele 1\"; number the allele and height columns 1, 2, 3 ...",
                        head->file, (unsigned long long)head->line);
    }
    return AMP_OK;
}

amp_err amp_dna_table_read(struct amp_dna_table *table, struct amp_dna_draft *draft,
                           struct amp_why *why)
{
    struct columns *cols = amp_arena_alloc(draft->arena, sizeof(*cols));
    if (cols == NULL || !columns_find(table, draft->arena, cols)) {
        return AMP_E_NOMEM;
    }
    struct amp_dna_source *source = &draft->out.source;
    const size_t head_n = table->field_n;
    amp_err err = columns_check(table, cols, why);
    if (!err && cols->other_n > 0) {
        const struct amp_str name = table->field[cols->other];
        amp_dna_source_note(source, draft->arena,
                            "nothing is read from %zu other column%s (\"%.*s\"%s)", cols->other_n,
                            cols->other_n == 1 ? "" : "s", (int)(name.len > 40 ? 40 : name.len),
                            name.ptr, cols->other_n == 1 ? "" : " ...");
    }
    err = err ? err
              : amp_dna_table_decimal(*table, cols->kind, head_n, draft->arena, &source->decimal,
                                      why);
    bool end = false;
    err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    while (!err && !end) {
        err = row_check(table, head_n, why);
        err = err ? err : row_read(table, cols, draft, why);
        err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    }
    return err;
}
