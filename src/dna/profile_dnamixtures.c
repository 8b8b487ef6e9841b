/* The layout of DNAmixtures: a row an allele with its peak height and how often each person has it.
 */
#include "dna/profile_in.h"

enum {
    NONE = -1,
    COPIES_MAX = 4
};

struct columns {
    int32_t marker, allele, height;
    size_t person_n;
    size_t person[AMP_DNA_PEAKS];
};

static bool columns_find(const struct amp_dna_table *head, struct amp_arena *arena,
                         struct columns *cols)
{
    *cols = (struct columns){NONE, NONE, NONE, 0, {0}};
    for (size_t i = 0; i < head->field_n; i++) {
        const struct amp_str heading = amp_dna_heading(head->field[i], arena);
        if (amp_str_starts(heading, AMP_STR("SAMPLE")) ||
            amp_str_starts(heading, AMP_STR("FREQ")) || amp_str_starts(heading, AMP_STR("COUNT"))) {
            return false;
        }
        int32_t *to = amp_str_is(heading, "MARKER")   ? &cols->marker
                      : amp_str_is(heading, "ALLELE") ? &cols->allele
                      : amp_str_is(heading, "HEIGHT") ? &cols->height
                                                      : NULL;
        if (to != NULL && *to != NONE) {
            return false;
        }
        if (to != NULL) {
            *to = (int32_t)i;
        } else if (heading.len > 0 && cols->person_n == AMP_DNA_PEAKS) {
            return false;
        } else if (heading.len > 0) {
            cols->person[cols->person_n++] = i;
        }
    }
    return cols->marker != NONE && cols->allele != NONE && cols->height != NONE;
}

bool amp_dna_is_dnamixtures(const struct amp_dna_table *head, struct amp_arena *arena)
{
    struct columns cols;
    return columns_find(head, arena, &cols);
}

struct row {
    const struct amp_dna_table *table;
    struct amp_str marker, allele;
};

/* How often one person has the allele of this row. */
static amp_err copies_read(const struct row *row, size_t column, uint64_t *copies,
                           struct amp_why *why)
{
    const struct amp_str text = amp_dna_table_cell(row->table, column);
    uint64_t value = 0;
    if (text.len > 0 && (amp_str_u64(text, &value) != AMP_OK || value > COPIES_MAX)) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu, marker %.*s: \"%.*s\" is not a number of copies from 0 to "
                        "%d; columns after height are persons",
                        row->table->file, (unsigned long long)row->table->line,
                        (int)row->marker.len, row->marker.ptr, (int)(text.len > 40 ? 40 : text.len),
                        text.ptr, COPIES_MAX);
    }
    *copies = value;
    return AMP_OK;
}

static amp_err person_put(const struct row *row, size_t sample, size_t column,
                          struct amp_dna_draft *draft, struct amp_why *why)
{
    const struct amp_dna_peak peak = {.allele = row->allele};
    uint64_t copies = 0;
    struct amp_dna_locus *locus = NULL;
    amp_err err = copies_read(row, column, &copies, why);
    if (!err) {
        err = amp_dna_draft_locus(draft, sample, row->marker, row->table->line, true, &locus, why);
    }
    for (uint64_t i = 0; i < copies && !err; i++) {
        err = amp_dna_draft_peak(draft, locus, &peak, row->table->line, why);
    }
    return err;
}

static amp_err row_read(const struct amp_dna_table *table, const struct columns *cols,
                        const size_t *sample, struct amp_dna_draft *draft, struct amp_why *why)
{
    const struct row row = {
        .table = table,
        .marker = amp_dna_table_cell(table, (size_t)cols->marker),
        .allele =
            amp_dna_decimal_point(draft->arena, amp_dna_table_cell(table, (size_t)cols->allele),
                                  draft->out.source.decimal),
    };
    struct amp_dna_peak peak = {.allele = row.allele};
    struct amp_dna_locus *locus = NULL;
    amp_err err = amp_dna_draft_locus(draft, sample[0], row.marker, table->line, true, &locus, why);
    if (!err) {
        err = amp_dna_height(draft, amp_dna_table_cell(table, (size_t)cols->height), row.marker,
                             table->line, &peak.height, why);
    }
    if (!err && peak.height > 0) {
        err = amp_dna_draft_peak(draft, locus, &peak, table->line, why);
    }
    for (size_t i = 0; i < cols->person_n && !err; i++) {
        err = person_put(&row, sample[1 + i], cols->person[i], draft, why);
    }
    return err;
}

/* The stain and the persons named in the head. */
static amp_err samples_make(const struct amp_dna_table *head, const struct columns *cols,
                            struct amp_dna_draft *draft, size_t *sample, struct amp_why *why)
{
    amp_err err = amp_dna_draft_sample(draft, AMP_STR("stain"), true, head->line, &sample[0], why);
    for (size_t i = 0; i < cols->person_n && !err; i++) {
        err = amp_dna_draft_sample(draft, head->field[cols->person[i]], false, head->line,
                                   &sample[1 + i], why);
        if (!err && sample[1 + i] != 1 + i) {
            err = amp_fail(why, AMP_E_SYNTAX,
                           "%s line %llu: two columns have the name \"%.*s\"; rename one",
                           head->file, (unsigned long long)head->line,
                           (int)head->field[cols->person[i]].len, head->field[cols->person[i]].ptr);
        }
    }
    return err;
}

/* A person has two alleles at a marker, or is not typed there. */
static amp_err persons_check(const struct amp_dna_draft *draft, struct amp_why *why)
{
    for (size_t i = 1; i < draft->out.sample_n; i++) {
        const struct amp_dna_sample *person = &draft->out.sample[i];
        for (size_t j = 0; j < person->locus_n; j++) {
            const struct amp_dna_locus *locus = &person->locus[j];
            if (locus->peak_n == 1 || locus->peak_n > COPIES_MAX) {
                return amp_fail(why, AMP_E_SYNTAX,
                                "%s line %llu, marker %.*s: person %.*s has %zu alleles; the "
                                "copies of a marker add up to 2, or 0 when not typed",
                                draft->file, (unsigned long long)locus->line,
                                (int)locus->marker.len, locus->marker.ptr, (int)person->name.len,
                                person->name.ptr, locus->peak_n);
            }
        }
    }
    return AMP_OK;
}

amp_err amp_dna_dnamixtures_read(struct amp_dna_table *table, struct amp_dna_draft *draft,
                                 struct amp_why *why)
{
    struct columns cols;
    const size_t head_n = table->field_n;
    uint8_t *kind = amp_arena_array(draft->arena, head_n + 1, sizeof(*kind));
    size_t *sample = amp_arena_array(draft->arena, AMP_DNA_PEAKS + 1, sizeof(*sample));
    if (kind == NULL || sample == NULL || !columns_find(table, draft->arena, &cols)) {
        return AMP_E_NOMEM;
    }
    kind[cols.allele] = AMP_DNA_COLUMN_NUMBER;
    kind[cols.height] = AMP_DNA_COLUMN_HEIGHT;
    amp_err err = samples_make(table, &cols, draft, sample, why);
    if (!err) {
        err = amp_dna_table_decimal(*table, kind, head_n, draft->arena, &draft->out.source.decimal,
                                    why);
    }
    amp_dna_source_note(&draft->out.source, draft->arena,
                        "the peaks are the sample \"stain\"; %zu persons from the columns after "
                        "height",
                        cols.person_n);
    bool end = false;
    err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    while (!err && !end) {
        err = row_read(table, &cols, sample, draft, why);
        err = err ? err : amp_dna_table_next(table, draft->arena, &end, why);
    }
    return err ? err : persons_check(draft, why);
}
