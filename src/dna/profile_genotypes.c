/*
 * GeneMapper's genotypes: a row a sample, a column a marker with all its alleles in one cell, cut
 * by commas ("11, 12, , "), and perhaps after each a column Height with as many.
 *
 * Told by Sample File and Sample Name without Marker and Allele: a table of persons with other
 * columns is not taken for profiles.
 */
#include "dna/profile_in.h"

enum {
    NONE = -1
};

enum role {
    ROLE_NONE, /* names and other columns of the export */
    ROLE_MARKER,
    ROLE_HEIGHT /* of the marker before */
};

struct columns {
    int32_t sample, file;
    size_t marker_n, height_n;
    bool other_layout; /* a row is not a sample */
    bool misplaced;    /* a height that follows no marker */
    uint8_t role[AMP_DNA_COLUMNS];
};

/* Columns of the export that hold no marker. */
static bool is_remark(struct amp_str heading)
{
    static const char *const names[] = {"RUNNAME", "PANEL", "SAMPLETYPE", "GQ",
                                        "SQ",      "OS",    "COMMENT",    "COMMENTS"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (amp_str_is(heading, names[i])) {
            return true;
        }
    }
    return heading.len == 0;
}

static void columns_find(const struct amp_dna_table *head, struct amp_arena *arena,
                         struct columns *cols)
{
    *cols = (struct columns){.sample = NONE, .file = NONE};
    for (size_t i = 0; i < head->field_n; i++) {
        const struct amp_str heading = amp_dna_heading(head->field[i], arena);
        if (amp_str_is(heading, "SAMPLENAME")) {
            cols->sample = (int32_t)i;
        } else if (amp_str_is(heading, "SAMPLEFILE")) {
            cols->file = (int32_t)i;
        } else if (amp_str_is(heading, "HEIGHT")) {
            cols->misplaced = cols->misplaced || i == 0 || cols->role[i - 1] != ROLE_MARKER;
            cols->role[i] = ROLE_HEIGHT;
            cols->height_n++;
        } else if (amp_str_is(heading, "MARKER") || amp_str_is(heading, "LOCUS") ||
                   amp_str_starts(heading, AMP_STR("ALLELE")) ||
                   amp_str_starts(heading, AMP_STR("SIZE"))) {
            cols->other_layout = true;
        } else if (!is_remark(heading)) {
            cols->role[i] = ROLE_MARKER;
            cols->marker_n++;
        }
    }
}

bool amp_dna_is_genotypes(const struct amp_dna_table *head, struct amp_arena *arena)
{
    struct columns *cols = amp_arena_alloc(arena, sizeof(*cols));
    if (cols == NULL) {
        return false;
    }
    columns_find(head, arena, cols);
    return !amp_arena_failed(arena) && cols->sample != NONE && cols->file != NONE &&
           !cols->other_layout && cols->marker_n > 0;
}

/* The next part of a cell that is cut by commas. */
static struct amp_str part_next(struct amp_str *rest)
{
    struct amp_str part = {.ptr = "", .len = 0};
    *rest = amp_str_cut(*rest, ',', &part);
    return amp_str_trim(part);
}

static amp_err pair_missing(const struct amp_dna_table *table, const struct amp_dna_locus *locus,
                            struct amp_str lone, const char *what, struct amp_why *why)
{
    return amp_fail(why, AMP_E_SYNTAX,
                    "%s line %llu, marker %.*s: %.*s has no %s at its place; export alleles and "
                    "heights again",
                    table->file, (unsigned long long)table->line, (int)locus->marker.len,
                    locus->marker.ptr, (int)(lone.len > 40 ? 40 : lone.len), lone.ptr, what);
}

static amp_err cell_read(const struct amp_dna_table *table, size_t column, bool heights,
                         struct amp_dna_draft *draft, struct amp_dna_locus *locus,
                         struct amp_why *why)
{
    const struct amp_str none = {.ptr = "", .len = 0};
    struct amp_str alleles = amp_dna_table_cell(table, column);
    struct amp_str tall = heights ? amp_dna_table_cell(table, column + 1) : none;
    amp_err err = AMP_OK;
    while ((alleles.len > 0 || tall.len > 0) && !err) {
        struct amp_dna_peak peak = {.allele = part_next(&alleles)};
        const struct amp_str height = part_next(&tall);
        if (peak.allele.len == 0 && height.len == 0) {
            continue;
        }
        if (peak.allele.len == 0 || (heights && height.len == 0)) {
            const bool no_allele = peak.allele.len == 0;
            return pair_missing(table, locus, no_allele ? height : peak.allele,
                                no_allele ? "allele" : "height", why);
        }
        if (heights) {
            err = amp_dna_height(draft, height, locus->marker, table->line, &peak.height, why);
        }
        err = err ? err : amp_dna_draft_peak(draft, locus, &peak, table->line, why);
    }
    return err;
}

struct work {
    struct amp_dna_draft *draft;
    const struct columns *cols;
    struct amp_str *marker; /* the names of the columns */
    size_t column_n;
};

static amp_err row_read(const struct amp_dna_table *table, const struct work *work,
                        struct amp_why *why)
{
    size_t sample = 0;
    const struct columns *cols = work->cols;
    const struct amp_str name = amp_dna_table_cell(table, (size_t)cols->sample);
    amp_err err =
        amp_dna_draft_sample(work->draft, name, cols->height_n > 0, table->line, &sample, why);
    for (size_t i = 0; i < table->field_n && !err; i++) {
        struct amp_dna_locus *locus = NULL;
        if (i >= work->column_n && table->field[i].len > 0) {
            return amp_fail(
                why, AMP_E_SYNTAX, "%s line %llu: \"%.*s\" stands beyond the last column",
                table->file, (unsigned long long)table->line,
                (int)(table->field[i].len > 40 ? 40 : table->field[i].len), table->field[i].ptr);
        }
        if (i >= work->column_n || cols->role[i] != ROLE_MARKER) {
            continue;
        }
        err = amp_dna_draft_locus(work->draft, sample, work->marker[i], table->line, false, &locus,
                                  why);
        err = err ? err : cell_read(table, i, cols->height_n > 0, work->draft, locus, why);
    }
    return err;
}

amp_err amp_dna_genotypes_read(struct amp_dna_table *table, struct amp_dna_draft *draft,
                               struct amp_why *why)
{
    struct columns *cols = amp_arena_alloc(draft->arena, sizeof(*cols));
    struct amp_str *marker = amp_arena_array(draft->arena, table->field_n, sizeof(*marker));
    if (cols == NULL || marker == NULL) {
        return AMP_E_NOMEM;
    }
    columns_find(table, draft->arena, cols);
    if (cols->misplaced || (cols->height_n > 0 && cols->height_n != cols->marker_n)) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: %zu markers and %zu columns of heights; each Height stands "
                        "behind its marker, or there is none",
                        table->file, (unsigned long long)table->line, cols->marker_n,
                        cols->height_n);
    }
    const struct work work = {draft, cols, marker, table->field_n};
    for (size_t i = 0; i < table->field_n; i++) {
        marker[i] = table->field[i];
    }
    bool end = false;
    amp_err err = amp_dna_table_next(table, draft->arena, &end, why);
    while (!err && !end) {
        err = row_read(table, &work, why);
        err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    }
    return err;
}
