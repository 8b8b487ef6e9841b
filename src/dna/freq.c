/* Allele frequencies: which layout a table has, what is checked of its markers. */
#include "dna/freq_in.h"

#include <assert.h>
#include <stdio.h>

static const struct amp_dna_freq_layout layouts[] = {
    {"frequencies-wide", amp_dna_freq_is_wide, amp_dna_freq_wide_read},
    {"frequencies-long", amp_dna_freq_is_long, amp_dna_freq_long_read},
    {"frequencies-blocks", amp_dna_freq_is_blocks, amp_dna_freq_blocks_read},
};

static const char separators[] = {'\t', ';', ','};
static const double sum_slack = 0.001; /* a marker's sum further from 1 is noted */

struct found {
    const struct amp_dna_freq_layout *layout;
    struct amp_dna_table table;
    size_t n;
};

static amp_err layout_find(struct amp_str bytes, const char *file, struct amp_arena *arena,
                           struct found *found, struct amp_why *why)
{
    for (size_t i = 0; i < sizeof(separators); i++) {
        struct amp_dna_table table = amp_dna_table_make(bytes, file, separators[i]);
        bool end = false;
        bool usable = amp_dna_table_next(&table, arena, &end, NULL) == AMP_OK && !end;
        for (size_t k = 0; usable && k < sizeof(layouts) / sizeof(layouts[0]); k++) {
            if (layouts[k].is(&table, arena)) {
                *found = (struct found){&layouts[k], table, found->n + 1};
            }
        }
    }
    if (amp_arena_failed(arena)) {
        return AMP_E_NOMEM;
    }
    if (found->n == 0 && amp_str_starts(amp_str_trim(bytes), AMP_STR("<"))) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s is XML, which is not read for frequencies: STRidER's holds many "
                        "populations; save the one you mean as a table",
                        file);
    }
    if (found->n == 0) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s: its first line names the columns of no known frequency table; it "
                        "needs Allele and then a column for each marker, or Marker, Allele and "
                        "Frequency (or Count), cut by comma, semicolon or tab, or a marker's name "
                        "and below it its alleles and frequencies, as Familias exports them",
                        file);
    }
    if (found->n > 1) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s: its first line can be read with two separators or as two layouts; "
                        "leave only comma, semicolon or tab in it",
                        file);
    }
    return AMP_OK;
}

amp_err amp_dna_freq_draft_marker(struct amp_dna_freq_draft *draft, struct amp_str marker,
                                  uint64_t line, size_t *out, struct amp_why *why)
{
    if (marker.len == 0 || marker.len > AMP_DNA_NAME_MAX) {
        return amp_fail(why, AMP_E_RANGE,
                        "%s line %llu: a marker has no usable name; name it in up to %d bytes",
                        draft->file, (unsigned long long)line, AMP_DNA_NAME_MAX);
    }
    size_t *at = amp_dna_names_at(&draft->names, SIZE_MAX, marker, true);
    if (at == NULL) {
        return AMP_E_NOMEM;
    }
    struct amp_dna_freqs *freqs = &draft->out;
    if (*at == SIZE_MAX) {
        if (freqs->marker_n == AMP_DNA_COLUMNS) {
            return amp_fail(why, AMP_E_LIMIT, "%s line %llu: more than %d markers", draft->file,
                            (unsigned long long)line, AMP_DNA_COLUMNS);
        }
        freqs->marker =
            amp_dna_grow(draft->arena, freqs->marker, freqs->marker_n, sizeof(*freqs->marker));
        if (freqs->marker == NULL) {
            return AMP_E_NOMEM;
        }
        *at = freqs->marker_n++;
        char *name = amp_arena_text(draft->arena, marker);
        for (size_t i = 0; name != NULL && i < marker.len; i++) {
            name[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i]);
        }
        freqs->marker[*at] = (struct amp_dna_freq){.marker = {name, name ? marker.len : 0}};
    }
    *out = *at;
    return AMP_OK;
}

amp_err amp_dna_freq_draft_put(struct amp_dna_freq_draft *draft, size_t marker,
                               struct amp_str allele, double value, uint64_t line,
                               struct amp_why *why)
{
    struct amp_dna_freq *freq = &draft->out.marker[marker];
    if (allele.len == 0 || allele.len > AMP_DNA_NAME_MAX) {
        return amp_fail(why, AMP_E_RANGE, "%s line %llu, marker %.*s: an allele has no usable name",
                        draft->file, (unsigned long long)line, (int)freq->marker.len,
                        freq->marker.ptr);
    }
    struct amp_str key = amp_dna_allele_key(draft->arena, allele);
    size_t *at = amp_dna_names_at(&draft->names, marker, key, false);
    if (at == NULL || amp_arena_failed(draft->arena)) {
        return AMP_E_NOMEM;
    }
    if (*at != SIZE_MAX) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s line %llu, marker %.*s: allele %.*s has a frequency already; keep one",
                        draft->file, (unsigned long long)line, (int)freq->marker.len,
                        freq->marker.ptr, (int)allele.len, allele.ptr);
    }
    *at = freq->allele_n;
    freq->allele = amp_dna_grow(draft->arena, freq->allele, freq->allele_n, sizeof(*freq->allele));
    freq->freq = amp_dna_grow(draft->arena, freq->freq, freq->allele_n, sizeof(*freq->freq));
    if (freq->allele == NULL || freq->freq == NULL) {
        return AMP_E_NOMEM;
    }
    freq->allele[freq->allele_n] = amp_arena_str(draft->arena, allele);
    freq->freq[freq->allele_n++] = value;
    freq->sum += value;
    return AMP_OK;
}

amp_err amp_dna_freq_value(const struct amp_dna_freq_draft *draft, struct amp_str text,
                           const struct amp_dna_freq_cell *cell, double most, double *out,
                           struct amp_why *why)
{
    double value = 0;
    if (amp_dna_number(text, draft->out.source.decimal, &value) != AMP_OK || value < 0 ||
        value > most) {
        return amp_fail(
            why, AMP_E_RANGE, "%s line %llu, marker %.*s, allele %.*s: \"%.*s\" is not a %s",
            draft->file, (unsigned long long)cell->line, (int)cell->marker.len, cell->marker.ptr,
            (int)cell->allele.len, cell->allele.ptr, (int)(text.len > 40 ? 40 : text.len), text.ptr,
            most <= 1 ? "frequency from 0 to 1" : "count from 0");
    }
    *out = value;
    return AMP_OK;
}

static void sums_note(struct amp_dna_freq_draft *draft)
{
    struct amp_dna_freqs *freqs = &draft->out;
    for (size_t i = 0; i < freqs->marker_n; i++) {
        const struct amp_dna_freq *freq = &freqs->marker[i];
        if (freq->sum < 1 - sum_slack || freq->sum > 1 + sum_slack) {
            amp_dna_source_note(&freqs->source, draft->arena,
                                "the frequencies of %.*s add up to %.4f, not 1",
                                (int)freq->marker.len, freq->marker.ptr, freq->sum);
        }
    }
}

static amp_err draft_finish(struct amp_dna_freq_draft *draft, struct amp_why *why)
{
    struct amp_dna_freqs *freqs = &draft->out;
    size_t full = 0;
    freqs->min_freq = 1;
    for (size_t i = 0; i < freqs->marker_n; i++) {
        const struct amp_dna_freq *freq = &freqs->marker[i];
        for (size_t j = 0; j < freq->allele_n; j++) {
            freqs->min_freq = freq->freq[j] < freqs->min_freq ? freq->freq[j] : freqs->min_freq;
        }
        if (freq->allele_n == 0) {
            amp_dna_source_note(&freqs->source, draft->arena, "%.*s has no frequency above 0",
                                (int)freq->marker.len, freq->marker.ptr);
            continue;
        }
        freqs->marker[full++] = *freq;
    }
    freqs->marker_n = full;
    if (full == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s holds no frequency above 0", draft->file);
    }
    sums_note(draft);
    return amp_arena_failed(draft->arena) ? AMP_E_NOMEM : AMP_OK;
}

amp_err amp_dna_freqs_read(struct amp_str bytes, const char *file, struct amp_arena *arena,
                           struct amp_dna_freqs *out, struct amp_why *why)
{
    assert(file != NULL && arena != NULL && out != NULL);
    struct amp_dna_freq_draft draft = {.arena = arena, .file = file, .names = {.arena = arena}};
    struct found found = {0};
    struct amp_str text = {0};
    amp_err err = amp_dna_source_open(bytes, file, arena, &draft.out.source, &text, why);
    err = err ? err : layout_find(text, file, arena, &found, why);
    if (!err) {
        draft.out.source.format = found.layout->format;
        draft.out.source.separator = found.table.separator;
        err = found.layout->read(&found.table, &draft, why);
    }
    err = err ? err : draft_finish(&draft, why);
    if (!err) {
        *out = draft.out;
    }
    return err;
}

const struct amp_dna_freq *amp_dna_freq_find(const struct amp_dna_freqs *freqs,
                                             struct amp_str marker)
{
    for (size_t i = 0; i < freqs->marker_n; i++) {
        if (amp_dna_marker_same(freqs->marker[i].marker, marker)) {
            return &freqs->marker[i];
        }
    }
    return NULL;
}

bool amp_dna_freq_of(const struct amp_dna_freq *freq, struct amp_str allele, double *out)
{
    for (size_t i = 0; i < freq->allele_n; i++) {
        if (amp_dna_allele_same(freq->allele[i], allele)) {
            *out = freq->freq[i];
            return true;
        }
    }
    return false;
}
