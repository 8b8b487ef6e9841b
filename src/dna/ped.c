/* Reads PED files into a kinship case. */
#include "dna/ped.h"

#include "dna/table.h"

#include <math.h>
#include <stdio.h>

enum {
    ID_COLUMNS = 5,
    FIELDS_MAX = ID_COLUMNS + 1 + 2 * AMP_KIN_MARKERS,
    NAME_SHOWN = 24 /* of a marker, in a list of them */
};

static const double sum_noted = 0.001; /* beyond what printing loses */

/* One line of the file. */
struct row {
    uint64_t line;
    struct amp_str family, name, father, mother, sex;
    struct amp_str *cell; /* [marker_n * 2], empty: not typed */
};

struct ped_reader {
    const char *file;
    const struct amp_ped_settings *settings;
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_str rest;
    uint64_t line;
    struct amp_str *field; /* [FIELDS_MAX] of the line read last */
    size_t field_n;
    bool head;         /* there is a line that names the columns */
    size_t skip;       /* columns before the genotypes */
    size_t per_marker; /* columns, 0: not known yet */
    size_t marker_n;
    const struct amp_dna_freq **freq; /* [marker_n] */
    size_t row_n;
    struct row *row;
};

static bool separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r';
}

/* The fields of the next line that has any; *end when there is none. */
static amp_err line_next(struct ped_reader *rd, bool *end)
{
    rd->field_n = 0;
    while (rd->rest.len > 0 && rd->field_n == 0) {
        struct amp_str line;
        rd->rest = amp_str_cut(rd->rest, '\n', &line);
        rd->line++;
        size_t at = 0;
        while (at < line.len) {
            size_t from = at;
            while (at < line.len && !separator(line.ptr[at])) {
                at++;
            }
            if (at > from) {
                if (rd->field_n == FIELDS_MAX) {
                    return amp_fail(rd->why, AMP_E_LIMIT, "%s line %llu has over %d columns",
                                    rd->file, (unsigned long long)rd->line, FIELDS_MAX);
                }
                rd->field[rd->field_n++] = (struct amp_str){line.ptr + from, at - from};
            }
            at++;
        }
    }
    *end = rd->field_n == 0;
    return AMP_OK;
}

static bool word_is(struct amp_str text, const char *const *words)
{
    for (; *words; words++) {
        if (amp_dna_marker_same(text, amp_str_of(*words))) {
            return true;
        }
    }
    return false;
}

static bool is_head(const struct ped_reader *rd)
{
    static const char *const first[] = {"family", "fid", "famid", "ped", "pedigree", NULL};
    return rd->field[0].ptr[0] == '#' || word_is(rd->field[0], first);
}

static amp_err marker_add(struct ped_reader *rd, struct amp_str name)
{
    const struct amp_dna_freq *freq = amp_dna_freq_find(rd->settings->freqs, name);
    if (!freq) {
        return amp_fail(rd->why, AMP_E_NOT_FOUND,
                        "%s line %llu: marker %.*s is not in the table of frequencies: leave out "
                        "the column, or complete the table",
                        rd->file, (unsigned long long)rd->line, (int)name.len, name.ptr);
    }
    for (size_t m = 0; m < rd->marker_n; m++) {
        if (rd->freq[m] == freq) {
            return amp_fail(rd->why, AMP_E_EXISTS, "%s line %llu: marker %.*s is named twice",
                            rd->file, (unsigned long long)rd->line, (int)name.len, name.ptr);
        }
    }
    if (rd->marker_n == AMP_KIN_MARKERS) {
        return amp_fail(rd->why, AMP_E_LIMIT, "%s has over %d markers", rd->file, AMP_KIN_MARKERS);
    }
    rd->freq[rd->marker_n++] = freq;
    return AMP_OK;
}

static amp_err head_take(struct ped_reader *rd)
{
    static const char *const phenotypes[] = {"phenotype", "pheno", "aff", "affection",
                                             "status",    "trait", NULL};
    size_t first = amp_str_is(rd->field[0], "#") ? 1 : 0; /* "# fid ..." with a blank */
    const size_t ids = first + ID_COLUMNS;
    rd->head = true;
    rd->skip = ID_COLUMNS;
    if (rd->field_n > ids && word_is(rd->field[ids], phenotypes)) {
        rd->skip++;
    }
    const size_t from = first + rd->skip;
    if (rd->field_n <= from) {
        return amp_fail(rd->why, AMP_E_SYNTAX,
                        "%s line %llu names no marker: its columns are family, person, father, "
                        "mother, sex, then markers",
                        rd->file, (unsigned long long)rd->line);
    }
    const bool twice =
        from + 1 < rd->field_n && amp_dna_marker_same(rd->field[from], rd->field[from + 1]);
    amp_err err = AMP_OK;
    for (size_t f = from; f < rd->field_n && !err; f += twice ? 2 : 1) {
        err = marker_add(rd, rd->field[f]);
    }
    return err;
}

static bool has_slash(struct amp_str text)
{
    struct amp_str head;
    return amp_str_cut(text, '/', &head).ptr != NULL;
}

/* From the first line of data: how many columns a marker has. */
static amp_err columns_tell(struct ped_reader *rd)
{
    amp_err err = AMP_OK;
    for (size_t m = 0; m < rd->settings->freqs->marker_n && !rd->head && !err; m++) {
        err = marker_add(rd, rd->settings->freqs->marker[m].marker);
    }
    if (err) {
        return err;
    }
    const size_t least = rd->head ? rd->skip : ID_COLUMNS;
    const size_t most = rd->head ? rd->skip : ID_COLUMNS + 1;
    for (size_t skip = least; skip <= most; skip++) {
        for (size_t per = 1; per <= 2; per++) {
            if (rd->field_n != skip + per * rd->marker_n ||
                (skip > ID_COLUMNS && has_slash(rd->field[ID_COLUMNS]))) {
                continue;
            }
            bool slash = false;
            for (size_t f = skip; f < rd->field_n; f++) {
                slash = slash || has_slash(rd->field[f]);
            }
            /* men have one allele and no slash at X-linked markers */
            if (per == 1 ? slash || rd->settings->override->x_linked : !slash) {
                rd->skip = skip;
                rd->per_marker = per;
                return AMP_OK;
            }
        }
    }
    return amp_fail(rd->why, AMP_E_SYNTAX,
                    "%s line %llu has %zu columns: family, person, father, mother, sex and one or "
                    "two for each of %zu markers are needed%s",
                    rd->file, (unsigned long long)rd->line, rd->field_n, rd->marker_n,
                    rd->head ? "" : "; or begin the file with a line that names the columns");
}

static bool missing(struct amp_str text)
{
    return text.len == 0 || amp_str_is(text, "0") || amp_str_is(text, "-") ||
           amp_str_is(text, ".") || amp_str_is(text, "?") || amp_str_is(text, "NA");
}

static amp_err row_take(struct ped_reader *rd)
{
    amp_err err = rd->per_marker ? AMP_OK : columns_tell(rd);
    if (err) {
        return err;
    }
    if (rd->field_n != rd->skip + rd->per_marker * rd->marker_n) {
        return amp_fail(rd->why, AMP_E_SYNTAX, "%s line %llu has %zu columns, not %zu", rd->file,
                        (unsigned long long)rd->line, rd->field_n,
                        rd->skip + rd->per_marker * rd->marker_n);
    }
    if (rd->row_n == AMP_PED_ROWS) {
        return amp_fail(rd->why, AMP_E_LIMIT, "%s has over %d persons", rd->file, AMP_PED_ROWS);
    }
    if (rd->row_n % 64 == 0) { /* room in steps */
        const size_t cap = rd->row_n ? 2 * rd->row_n : 64;
        if ((cap & (cap - 1)) == 0) {
            struct row *more = amp_arena_array(rd->arena, cap, sizeof *more);
            for (size_t i = 0; i < rd->row_n && more; i++) {
                more[i] = rd->row[i];
            }
            rd->row = more;
        }
    }
    struct amp_str *cell = amp_arena_array(rd->arena, 2 * rd->marker_n, sizeof *cell);
    if (!rd->row || !cell) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < rd->marker_n; m++) {
        const struct amp_str *from = &rd->field[rd->skip + m * rd->per_marker];
        cell[2 * m] = from[0];
        if (rd->per_marker == 2) {
            cell[2 * m + 1] = from[1];
        } else {
            cell[2 * m + 1] = amp_str_cut(from[0], '/', &cell[2 * m]);
        }
        for (size_t k = 2 * m; k < 2 * m + 2; k++) {
            cell[k] = missing(cell[k]) ? (struct amp_str){NULL, 0} : cell[k];
        }
    }
    rd->row[rd->row_n++] = (struct row){.line = rd->line,
                                        .family = rd->field[0],
                                        .name = rd->field[1],
                                        .father = rd->field[2],
                                        .mother = rd->field[3],
                                        .sex = rd->field[4],
                                        .cell = cell};
    return AMP_OK;
}

static amp_err rows_read(struct ped_reader *rd)
{
    bool end = false, first = true;
    for (;;) {
        amp_err err = line_next(rd, &end);
        if (err || end) {
            return err;
        }
        err = first && is_head(rd)         ? head_take(rd)
              : rd->field[0].ptr[0] == '#' ? AMP_OK
                                           : row_take(rd);
        if (err) {
            return err;
        }
        first = false;
    }
}

static amp_err sex_read(const struct ped_reader *rd, const struct row *row, enum amp_kin_sex *out)
{
    static const char *const men[] = {"1", "m", "male", NULL};
    static const char *const women[] = {"2", "f", "female", NULL};
    static const char *const neither[] = {"0", "u", "unknown", ".", "NA", "?", NULL};
    if (word_is(row->sex, men)) {
        *out = AMP_KIN_MALE;
    } else if (word_is(row->sex, women)) {
        *out = AMP_KIN_FEMALE;
    } else if (word_is(row->sex, neither) || amp_str_is(row->sex, "-")) {
        *out = AMP_KIN_UNKNOWN_SEX;
    } else {
        return amp_fail(rd->why, AMP_E_SYNTAX,
                        "%s line %llu: the sex of %.*s is \"%.*s\": write 1 (man), 2 (woman) or 0",
                        rd->file, (unsigned long long)row->line, (int)row->name.len, row->name.ptr,
                        (int)row->sex.len, row->sex.ptr);
    }
    return AMP_OK;
}

static amp_err genotypes_take(const struct ped_reader *rd, struct amp_kin_case *kc, size_t i)
{
    const struct row *row = &rd->row[i];
    for (size_t m = 0; m < rd->marker_n; m++) {
        const struct amp_str a = row->cell[2 * m];
        const struct amp_str b = row->cell[2 * m + 1];
        struct amp_kin_genotype *g = &kc->genotype[m * kc->person_n + i];
        *g = (struct amp_kin_genotype){a.ptr ? amp_kin_allele(&kc->marker[m], a) : -1,
                                       b.ptr ? amp_kin_allele(&kc->marker[m], b) : -1};
        const bool one = kc->person[i].sex == AMP_KIN_MALE && a.ptr && !b.ptr &&
                         rd->settings->override->x_linked;
        if (!a.ptr != !b.ptr && !one) {
            return amp_fail(rd->why, AMP_E_SYNTAX,
                            "%s line %llu: %.*s has one allele at marker %.*s: write both, or "
                            "none (0/0)",
                            rd->file, (unsigned long long)row->line, (int)row->name.len,
                            row->name.ptr, (int)kc->marker[m].name.len, kc->marker[m].name.ptr);
        }
    }
    return AMP_OK;
}

static amp_err markers_make(const struct ped_reader *rd, struct amp_kin_case *kc)
{
    kc->marker_n = rd->marker_n;
    kc->marker = amp_arena_array(rd->arena, rd->marker_n, sizeof *kc->marker);
    struct amp_str *seen = amp_arena_array(rd->arena, 2 * rd->row_n, sizeof *seen);
    if (!kc->marker || !seen) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < rd->marker_n; m++) {
        size_t seen_n = 0;
        for (size_t i = 0; i < rd->row_n; i++) {
            for (size_t k = 2 * m; k < 2 * m + 2; k++) {
                if (rd->row[i].cell[k].ptr) {
                    seen[seen_n++] = rd->row[i].cell[k];
                }
            }
        }
        amp_err err = amp_kin_marker_of(rd->freq[m], (struct amp_kin_seen){seen_n, seen},
                                        rd->settings->min_freq, rd->arena, &kc->marker[m], rd->why);
        if (!err && kc->marker[m].allele_n > rd->freq[m]->allele_n) {
            err = amp_kin_case_note(kc, rd->arena,
                                    "marker %.*s: %zu alleles that the table lacks have the "
                                    "frequency %g, the others were scaled",
                                    (int)kc->marker[m].name.len, kc->marker[m].name.ptr,
                                    kc->marker[m].allele_n - rd->freq[m]->allele_n,
                                    rd->settings->min_freq);
        }
        if (!err && fabs(rd->freq[m]->sum - 1) > sum_noted) {
            err = amp_kin_case_note(
                kc, rd->arena, "marker %.*s: frequencies summing to %.6g were scaled to 1",
                (int)kc->marker[m].name.len, kc->marker[m].name.ptr, rd->freq[m]->sum);
        }
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

/* Without a head the columns are taken for granted: a reader must see what they were taken for. */
static amp_err head_note(const struct ped_reader *rd, struct amp_kin_case *kc)
{
    char text[200];
    size_t at = 0;
    size_t named = 0;
    for (; named < rd->marker_n && at < sizeof text - NAME_SHOWN; named++) {
        const struct amp_str name = rd->freq[named]->marker;
        const int len = name.len < NAME_SHOWN - 4 ? (int)name.len : NAME_SHOWN - 4;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%.*s", named > 0 ? ", " : "", len,
                               name.ptr);
    }
    return amp_kin_case_note(kc, rd->arena,
                             "the file does not name its columns: its markers are those of the "
                             "table of frequencies in the table's order (%.*s%s)",
                             (int)at, text, named < rd->marker_n ? " ..." : "");
}

/* The person of that name in the family of row i; -1 when there is none. */
static int64_t row_find(const struct ped_reader *rd, size_t first, size_t n, struct amp_str name)
{
    for (size_t k = first; k < first + n; k++) {
        if (amp_str_eq(rd->row[k].name, name)) {
            return (int64_t)k;
        }
    }
    return -1;
}

static amp_err parent_find(const struct ped_reader *rd, size_t first, size_t n, size_t i,
                           struct amp_str name, int32_t *out)
{
    *out = -1;
    if (missing(name)) {
        return AMP_OK;
    }
    const int64_t found = row_find(rd, first, n, name);
    if (found < 0) {
        return amp_fail(rd->why, AMP_E_NOT_FOUND,
                        "%s line %llu: the parent %.*s of %.*s has no line in the family: add one "
                        "with 0 for parents and genotypes",
                        rd->file, (unsigned long long)rd->row[i].line, (int)name.len, name.ptr,
                        (int)rd->row[i].name.len, rd->row[i].name.ptr);
    }
    *out = (int32_t)(found - (int64_t)first);
    return AMP_OK;
}

/* Rows of one family stand together after families_sort. */
static amp_err family_make(const struct ped_reader *rd, const struct amp_kin_case *kc, size_t first,
                           size_t n, struct amp_kin_hypothesis *out)
{
    if (n > AMP_KIN_PERSONS) {
        return amp_fail(rd->why, AMP_E_LIMIT, "%s: family %.*s has %zu persons: the limit is %d",
                        rd->file, (int)rd->row[first].family.len, rd->row[first].family.ptr, n,
                        AMP_KIN_PERSONS);
    }
    struct amp_kin_person *person = amp_arena_array(rd->arena, 2 * n, sizeof *person);
    size_t *from = amp_arena_array(rd->arena, 2 * n, sizeof *from);
    if (!person || !from) {
        return AMP_E_NOMEM;
    }
    size_t person_n = n;
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rd->row[first + i];
        person[i] = kc->person[first + i];
        from[i] = first + i;
        if (row_find(rd, first, i, row->name) >= 0) {
            return amp_fail(rd->why, AMP_E_EXISTS, "%s line %llu: family %.*s has %.*s twice",
                            rd->file, (unsigned long long)row->line, (int)row->family.len,
                            row->family.ptr, (int)row->name.len, row->name.ptr);
        }
        amp_err err = parent_find(rd, first, n, first + i, row->father, &person[i].father);
        err = err ? err : parent_find(rd, first, n, first + i, row->mother, &person[i].mother);
        if (err) {
            return err;
        }
        if ((person[i].father < 0) != (person[i].mother < 0)) { /* an untyped partner */
            const bool man = person[i].father < 0;
            *(man ? &person[i].father : &person[i].mother) = (int32_t)person_n;
            person[person_n] = (struct amp_kin_person){.name = AMP_STR("untyped parent"),
                                                       .father = -1,
                                                       .mother = -1,
                                                       .twin = -1,
                                                       .sex = man ? AMP_KIN_MALE : AMP_KIN_FEMALE};
            from[person_n++] = AMP_KIN_NOBODY;
        }
    }
    *out = (struct amp_kin_hypothesis){.name = rd->row[first].family,
                                       .pedigree = {.person_n = person_n, .person = person},
                                       .row = from};
    return amp_kin_pedigree_check(&out->pedigree, rd->arena, rd->why);
}

/* Brings the rows of each family together, in the order in which families first appear. */
static amp_err families_sort(struct ped_reader *rd)
{
    struct row *sorted = amp_arena_array(rd->arena, rd->row_n, sizeof *sorted);
    uint8_t *taken = amp_arena_array(rd->arena, rd->row_n, 1);
    if (!sorted || !taken) {
        return AMP_E_NOMEM;
    }
    size_t n = 0, families = 0;
    for (size_t i = 0; i < rd->row_n; i++) {
        if (taken[i]) {
            continue;
        }
        if (++families > AMP_KIN_HYPOTHESES) {
            return amp_fail(rd->why, AMP_E_LIMIT, "%s has over %d families: split it", rd->file,
                            AMP_KIN_HYPOTHESES);
        }
        for (size_t k = i; k < rd->row_n; k++) {
            if (!taken[k] && amp_str_eq(rd->row[k].family, rd->row[i].family)) {
                taken[k] = 1;
                sorted[n++] = rd->row[k];
            }
        }
    }
    rd->row = sorted;
    return AMP_OK;
}

static bool row_typed(const struct amp_kin_case *kc, size_t i)
{
    for (size_t m = 0; m < kc->marker_n; m++) {
        if (kc->genotype[m * kc->person_n + i].a >= 0) {
            return true;
        }
    }
    return false;
}

static bool rows_alike(const struct amp_kin_case *kc, size_t i, size_t k)
{
    for (size_t m = 0; m < kc->marker_n; m++) {
        const struct amp_kin_genotype *g = &kc->genotype[m * kc->person_n + i];
        const struct amp_kin_genotype *h = &kc->genotype[m * kc->person_n + k];
        if (!((g->a == h->a && g->b == h->b) || (g->a == h->b && g->b == h->a))) {
            return false;
        }
    }
    return true;
}

/* Every typed person of the one is in the other, typed alike. */
static bool typed_in(const struct amp_kin_case *kc, const struct amp_kin_hypothesis *one,
                     const struct amp_kin_hypothesis *other)
{
    for (size_t i = 0; i < one->pedigree.person_n; i++) {
        if (one->row[i] == AMP_KIN_NOBODY || !row_typed(kc, one->row[i])) {
            continue;
        }
        bool found = false;
        for (size_t k = 0; k < other->pedigree.person_n && !found; k++) {
            found = other->row[k] != AMP_KIN_NOBODY &&
                    amp_str_eq(one->pedigree.person[i].name, other->pedigree.person[k].name) &&
                    rows_alike(kc, one->row[i], other->row[k]);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static amp_err families_make(struct ped_reader *rd, struct amp_kin_case *kc)
{
    kc->hypothesis = amp_arena_array(rd->arena, AMP_KIN_HYPOTHESES, sizeof *kc->hypothesis);
    if (!kc->hypothesis) {
        return AMP_E_NOMEM;
    }
    for (size_t first = 0; first < rd->row_n;) {
        size_t n = 1;
        while (first + n < rd->row_n &&
               amp_str_eq(rd->row[first].family, rd->row[first + n].family)) {
            n++;
        }
        struct amp_kin_hypothesis *made = &kc->hypothesis[kc->hypothesis_n];
        amp_err err = family_make(rd, kc, first, n, made);
        if (err) {
            return err;
        }
        made->group = kc->hypothesis_n;
        for (size_t h = 0; h < kc->hypothesis_n && made->group == kc->hypothesis_n; h++) {
            const struct amp_kin_hypothesis *other = &kc->hypothesis[h];
            if (typed_in(kc, made, other) && typed_in(kc, other, made)) {
                made->group = other->group;
            }
        }
        kc->hypothesis_n++;
        first += n;
    }
    return AMP_OK;
}

static amp_err case_make(struct ped_reader *rd, struct amp_kin_case *kc)
{
    kc->person_n = rd->row_n;
    kc->person = amp_arena_array(rd->arena, rd->row_n, sizeof *kc->person);
    kc->genotype = amp_arena_array(rd->arena, rd->row_n * rd->marker_n, sizeof *kc->genotype);
    if (!kc->person || !kc->genotype) {
        return AMP_E_NOMEM;
    }
    amp_err err = rd->head ? AMP_OK : head_note(rd, kc);
    err = err ? err : markers_make(rd, kc);
    for (size_t i = 0; i < rd->row_n && !err; i++) {
        kc->person[i] = (struct amp_kin_person){
            .name = rd->row[i].name, .father = -1, .mother = -1, .twin = -1};
        err = sex_read(rd, &rd->row[i], &kc->person[i].sex);
        err = err ? err : genotypes_take(rd, kc, i);
    }
    err = err ? err : families_make(rd, kc);
    return err ? err : amp_kin_case_finish(kc, rd->settings->override, rd->arena, rd->why);
}

amp_err amp_ped_read(struct amp_str bytes, const char *file,
                     const struct amp_ped_settings *settings, struct amp_arena *arena,
                     struct amp_kin_case *out, struct amp_why *why)
{
    struct ped_reader rd = {.file = file, .settings = settings, .arena = arena, .why = why};
    struct amp_dna_text text;
    struct amp_kin_case kc = {.file = amp_str_of(file), .format = "PED"};
    if (bytes.len > AMP_PED_FILE_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "%s has over %d bytes", file, AMP_PED_FILE_MAX);
    }
    rd.field = amp_arena_array(arena, FIELDS_MAX, sizeof *rd.field);
    rd.freq = amp_arena_array(arena, AMP_KIN_MARKERS, sizeof *rd.freq);
    if (!rd.field || !rd.freq) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_dna_text_decode(bytes, file, arena, &text, why);
    if (err) {
        return err;
    }
    rd.rest = text.text;
    if (amp_str_starts(rd.rest, AMP_STR("\xEF\xBB\xBF"))) {
        rd.rest = (struct amp_str){rd.rest.ptr + 3, rd.rest.len - 3};
    }
    err = rows_read(&rd);
    if (!err && rd.row_n == 0) {
        return amp_fail(why, AMP_E_SYNTAX, "%s has no persons", file);
    }
    err = err ? err : families_sort(&rd);
    err = err ? err : case_make(&rd, &kc);
    if (!err) {
        *out = kc;
    }
    return err;
}
