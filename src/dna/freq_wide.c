/* Frequencies as EuroForMix has them: the column Allele, then a column for each marker. */
#include "dna/freq_in.h"

static const double count_most = 1e9;

static bool is_count_row(struct amp_str allele)
{
    return amp_str_is(allele, "N") || amp_str_is(allele, "n");
}

bool amp_dna_freq_is_wide(const struct amp_dna_table *head, struct amp_arena *arena)
{
    if (head->field_n < 2 || amp_dna_freq_is_long(head, arena)) {
        return false;
    }
    const struct amp_str first = amp_dna_heading(head->field[0], arena);
    return amp_str_is(first, "ALLELE") || amp_str_is(first, "ALLELES");
}

/* The markers of the head, in their columns; SIZE_MAX for a column without a name. */
static amp_err markers_make(const struct amp_dna_table *head, struct amp_dna_freq_draft *draft,
                            size_t *marker, struct amp_why *why)
{
    for (size_t i = 1; i < head->field_n; i++) {
        marker[i] = SIZE_MAX;
        if (head->field[i].len == 0) {
            continue;
        }
        const size_t before = draft->out.marker_n;
        amp_err err = amp_dna_freq_draft_marker(draft, head->field[i], head->line, &marker[i], why);
        if (err) {
            return err;
        }
        if (draft->out.marker_n == before) {
            return amp_fail(why, AMP_E_SYNTAX,
                            "%s line %llu: marker %.*s has two columns; keep one", head->file,
                            (unsigned long long)head->line, (int)head->field[i].len,
                            head->field[i].ptr);
        }
    }
    return AMP_OK;
}

static amp_err cell_read(const struct amp_dna_table *table, size_t column, size_t marker,
                         struct amp_dna_freq_draft *draft, struct amp_why *why)
{
    const struct amp_str text = amp_dna_table_cell(table, column);
    struct amp_str allele = amp_dna_table_cell(table, 0);
    const bool count = is_count_row(allele);
    double value = 0;
    if (text.len == 0) {
        return AMP_OK;
    }
    if (marker == SIZE_MAX) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: \"%.*s\" stands in column %zu, which has no marker",
                        table->file, (unsigned long long)table->line,
                        (int)(text.len > 40 ? 40 : text.len), text.ptr, column + 1);
    }
    const struct amp_dna_freq_cell cell = {table->line, draft->out.marker[marker].marker, allele};
    amp_err err = amp_dna_freq_value(draft, text, &cell, count ? count_most : 1, &value, why);
    if (err) {
        return err;
    }
    if (count) {
        draft->out.marker[marker].sample_n = 2 * value; /* the row counts persons */
        return AMP_OK;
    }
    return value > 0 ? amp_dna_freq_draft_put(draft, marker, allele, value, table->line, why)
                     : AMP_OK;
}

static amp_err row_read(const struct amp_dna_table *table, size_t head_n, const size_t *marker,
                        struct amp_dna_freq_draft *draft, struct amp_why *why)
{
    const struct amp_str allele = amp_dna_table_cell(table, 0);
    if (allele.len == 0) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu: the row has no allele in its first column", table->file,
                        (unsigned long long)table->line);
    }
    if (is_count_row(allele)) {
        amp_dna_source_note(&draft->out.source, draft->arena,
                            "line %llu (N) is read as the number of persons sampled",
                            (unsigned long long)table->line);
    }
    for (size_t i = 1; i < table->field_n; i++) {
        amp_err err = cell_read(table, i, i < head_n ? marker[i] : SIZE_MAX, draft, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

amp_err amp_dna_freq_wide_read(struct amp_dna_table *table, struct amp_dna_freq_draft *draft,
                               struct amp_why *why)
{
    const size_t head_n = table->field_n;
    size_t *marker = amp_arena_array(draft->arena, head_n, sizeof(*marker));
    uint8_t *kind = amp_arena_array(draft->arena, head_n, sizeof(*kind));
    if (marker == NULL || kind == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < head_n; i++) {
        kind[i] = AMP_DNA_COLUMN_NUMBER;
    }
    amp_err err = markers_make(table, draft, marker, why);
    if (!err) {
        err = amp_dna_table_decimal(*table, kind, head_n, draft->arena, &draft->out.source.decimal,
                                    why);
    }
    bool end = false;
    err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    while (!err && !end) {
        table->field[0] =
            amp_dna_decimal_point(draft->arena, table->field[0], draft->out.source.decimal);
        err = row_read(table, head_n, marker, draft, why);
        err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    }
    return err;
}
