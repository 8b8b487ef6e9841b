/*
 * Frequencies as Familias exports its database: the marker's name alone on a line, then a line an
 * allele with its frequency, then as a rule an empty line.
 */
#include "dna/freq_in.h"

enum {
    ALLELE,
    FREQ,
    COLUMNS
};

static size_t filled(const struct amp_dna_table *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->field_n; i++) {
        n += row->field[i].len > 0;
    }
    return n;
}

/* Another separator within a field says that the row was cut at the wrong one. */
static bool separator_inside(struct amp_str field)
{
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '\t' || field.ptr[i] == ';' || field.ptr[i] == ',') {
            return true;
        }
    }
    return false;
}

static bool is_pair(const struct amp_dna_table *row)
{
    double value = 0;
    return filled(row) == COLUMNS && row->field_n >= COLUMNS && row->field[ALLELE].len > 0 &&
           !separator_inside(row->field[ALLELE]) &&
           amp_dna_number(row->field[FREQ], ',', &value) == AMP_OK && value >= 0 && value <= 1;
}

bool amp_dna_freq_is_blocks(const struct amp_dna_table *head, struct amp_arena *arena)
{
    struct amp_dna_table next = *head;
    bool end = false;
    if (filled(head) != 1 || head->field[0].len == 0 || separator_inside(head->field[0])) {
        return false;
    }
    next.field = NULL; /* the caller's record stays as it is */
    next.field_n = 0;
    next.field_room = 0;
    return amp_dna_table_next(&next, arena, &end, NULL) == AMP_OK && !end && is_pair(&next);
}

static amp_err marker_begin(const struct amp_dna_table *row, struct amp_dna_freq_draft *draft,
                            size_t *marker, struct amp_why *why)
{
    const struct amp_str name = row->field[0];
    const size_t before = draft->out.marker_n;
    int64_t milli = 0;
    if (amp_dna_allele_milli(name, &milli)) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: allele %.*s has no frequency; write it behind, or take the "
                        "line out",
                        row->file, (unsigned long long)row->line, (int)name.len, name.ptr);
    }
    amp_err err = amp_dna_freq_draft_marker(draft, name, row->line, marker, why);
    if (!err && draft->out.marker_n == before) {
        err = amp_fail(why, AMP_E_SYNTAX, "%s line %llu: marker %.*s is there twice; keep one",
                       row->file, (unsigned long long)row->line, (int)name.len, name.ptr);
    }
    return err;
}

static amp_err row_read(const struct amp_dna_table *row, struct amp_dna_freq_draft *draft,
                        size_t *marker, struct amp_why *why)
{
    if (filled(row) == 1 && row->field[0].len > 0) {
        return marker_begin(row, draft, marker, why);
    }
    if (filled(row) != COLUMNS || row->field_n < COLUMNS || row->field[ALLELE].len == 0) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: a line holds a marker's name, or an allele and its "
                        "frequency",
                        row->file, (unsigned long long)row->line);
    }
    const struct amp_str allele =
        amp_dna_decimal_point(draft->arena, row->field[ALLELE], draft->out.source.decimal);
    const struct amp_dna_freq_cell cell = {row->line, draft->out.marker[*marker].marker, allele};
    double value = 0;
    amp_err err = amp_dna_freq_value(draft, row->field[FREQ], &cell, 1, &value, why);
    if (err || value <= 0) {
        return err;
    }
    return amp_dna_freq_draft_put(draft, *marker, allele, value, row->line, why);
}

amp_err amp_dna_freq_blocks_read(struct amp_dna_table *table, struct amp_dna_freq_draft *draft,
                                 struct amp_why *why)
{
    static const uint8_t kind[COLUMNS] = {AMP_DNA_COLUMN_NUMBER, AMP_DNA_COLUMN_NUMBER};
    size_t marker = 0;
    bool end = false;
    amp_err err =
        amp_dna_table_decimal(*table, kind, COLUMNS, draft->arena, &draft->out.source.decimal, why);
    while (!err && !end) {
        err = row_read(table, draft, &marker, why);
        err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    }
    return err;
}
