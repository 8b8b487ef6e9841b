/* Frequencies a row an allele: marker, allele, and a frequency, a count or both. */
#include "dna/freq_in.h"

enum {
    NONE = -1
};
static const double count_most = 1e9;
/* A frequency may differ from its count by what printing loses and by a pseudo-count of one. */
static const double agree_slack = 0.01;

struct columns {
    int32_t marker, allele, freq, count;
    bool twice;
};

static void column_see(struct columns *cols, struct amp_str heading, size_t at)
{
    int32_t *to = NULL;
    if (amp_str_is(heading, "MARKER") || amp_str_is(heading, "LOCUS")) {
        to = &cols->marker;
    } else if (amp_str_is(heading, "ALLELE")) {
        to = &cols->allele;
    } else if (amp_str_starts(heading, AMP_STR("FREQ"))) {
        to = &cols->freq;
    } else if (amp_str_is(heading, "COUNT") || amp_str_is(heading, "COUNTS")) {
        to = &cols->count;
    }
    if (to != NULL) {
        cols->twice = cols->twice || *to != NONE;
        *to = (int32_t)at;
    }
}

static struct columns columns_find(const struct amp_dna_table *head, struct amp_arena *arena)
{
    struct columns cols = {NONE, NONE, NONE, NONE, false};
    for (size_t i = 0; i < head->field_n; i++) {
        column_see(&cols, amp_dna_heading(head->field[i], arena), i);
    }
    return cols;
}

bool amp_dna_freq_is_long(const struct amp_dna_table *head, struct amp_arena *arena)
{
    const struct columns cols = columns_find(head, arena);
    return cols.marker != NONE && cols.allele != NONE &&
           (cols.freq != NONE || cols.count != NONE) && !cols.twice;
}

/* What is kept of a row until the marker's counts are all there. */
struct row {
    size_t marker;
    struct amp_str allele;
    double freq, count; /* NAN-free: below 0 when the row has none */
    uint64_t line;
};

static amp_err row_read(const struct amp_dna_table *table, const struct columns *cols,
                        struct amp_dna_freq_draft *draft, struct row *out, struct amp_why *why)
{
    const struct amp_str marker = amp_dna_table_cell(table, (size_t)cols->marker);
    struct row row = {.freq = -1, .count = -1, .line = table->line};
    amp_err err = amp_dna_freq_draft_marker(draft, marker, table->line, &row.marker, why);
    if (err) {
        return err;
    }
    row.allele = amp_dna_table_cell(table, (size_t)cols->allele);
    const struct amp_dna_freq_cell cell = {table->line, marker, row.allele};
    if (cols->freq != NONE) {
        const struct amp_str text = amp_dna_table_cell(table, (size_t)cols->freq);
        err = amp_dna_freq_value(draft, text, &cell, 1, &row.freq, why);
    }
    if (!err && cols->count != NONE) {
        const struct amp_str text = amp_dna_table_cell(table, (size_t)cols->count);
        err = amp_dna_freq_value(draft, text, &cell, count_most, &row.count, why);
    }
    if (!err) {
        *out = row;
    }
    return err;
}

static amp_err rows_read(struct amp_dna_table *table, const struct columns *cols,
                         struct amp_dna_freq_draft *draft, struct row **rows, size_t *row_n,
                         struct amp_why *why)
{
    bool end = false;
    amp_err err = amp_dna_table_next(table, draft->arena, &end, why);
    while (!err && !end) {
        *rows = amp_dna_grow(draft->arena, *rows, *row_n, sizeof(**rows));
        if (*rows == NULL) {
            return AMP_E_NOMEM;
        }
        err = row_read(table, cols, draft, &(*rows)[*row_n], why);
        *row_n += err == AMP_OK;
        err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    }
    return err;
}

static amp_err row_put(struct amp_dna_freq_draft *draft, const struct row *row, struct amp_why *why)
{
    const struct amp_dna_freq *freq = &draft->out.marker[row->marker];
    const double share = row->count > 0 ? row->count / freq->sample_n : 0;
    const double value = row->freq >= 0 ? row->freq : share;
    if (row->freq >= 0 && row->count >= 0 &&
        (row->freq > share + agree_slack || row->freq < share - agree_slack)) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu, marker %.*s, allele %.*s: frequency %g and count %g of %g "
                        "do not agree",
                        draft->file, (unsigned long long)row->line, (int)freq->marker.len,
                        freq->marker.ptr, (int)row->allele.len, row->allele.ptr, row->freq,
                        row->count, freq->sample_n);
    }
    if (value <= 0) {
        return AMP_OK;
    }
    return amp_dna_freq_draft_put(draft, row->marker, row->allele, value, row->line, why);
}

amp_err amp_dna_freq_long_read(struct amp_dna_table *table, struct amp_dna_freq_draft *draft,
                               struct amp_why *why)
{
    const struct columns cols = columns_find(table, draft->arena);
    const size_t head_n = table->field_n;
    uint8_t *kind = amp_arena_array(draft->arena, head_n, sizeof(*kind));
    if (kind == NULL) {
        return AMP_E_NOMEM;
    }
    kind[cols.allele] = AMP_DNA_COLUMN_NUMBER;
    if (cols.freq != NONE) {
        kind[cols.freq] = AMP_DNA_COLUMN_NUMBER;
    }
    struct row *rows = NULL;
    size_t row_n = 0;
    amp_err err =
        amp_dna_table_decimal(*table, kind, head_n, draft->arena, &draft->out.source.decimal, why);
    err = err ? err : rows_read(table, &cols, draft, &rows, &row_n, why);
    for (size_t i = 0; i < row_n && !err; i++) {
        draft->out.marker[rows[i].marker].sample_n += rows[i].count > 0 ? rows[i].count : 0;
    }
    for (size_t i = 0; i < row_n && !err; i++) {
        rows[i].allele =
            amp_dna_decimal_point(draft->arena, rows[i].allele, draft->out.source.decimal);
        err = row_put(draft, &rows[i], why);
    }
    return err;
}
