/* A victim identification problem from its folder: victims, families, markers. */
#include "dna/dvi_inside.h"
#include "dna/kin_case.h"
#include "dna/profile.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIELDS = AMP_DVI_MARKERS + 16,
    ROWS = 1 << 20,
    NAME_MOST = 200, /* bytes of a person's or family's name */
    SHOWN = 40       /* bytes of a value in a message */
};

enum column {
    COL_KIND,
    COL_FAMILY,
    COL_ID,
    COL_FATHER,
    COL_MOTHER,
    COL_SEX,
    COL_MISSING,
    COLUMNS
};
static const char *const column_names[COLUMNS] = {"kind", "family", "id",     "fid",
                                                  "mid",  "sex",    "missing"};

struct reader {
    const struct amp_dvi_files *files;
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_dvi *dvi;
    size_t column[COLUMNS];
    size_t field_n;
    int32_t *marker_of; /* of each field; -1 none, -2 amelogenin */
    size_t row_n;
    struct dvi_row *row;
    uint64_t line;
    struct amp_str field[FIELDS];
};

static int shown(struct amp_str text)
{
    return (int)(text.len < SHOWN ? text.len : SHOWN);
}

/* "9.30" is "9.3" and "9.0" is "9". */
static struct amp_str allele_plain(struct amp_str allele)
{
    int64_t milli = 0;
    if (!amp_dna_allele_milli(allele, &milli) || !memchr(allele.ptr, '.', allele.len)) {
        return allele; /* nor is a stretch of 10 one of 1, in 9.3_10 */
    }
    while (allele.len > 1 && allele.ptr[allele.len - 1] == '0') {
        allele.len--;
    }
    if (allele.ptr[allele.len - 1] == '.') {
        allele.len--;
    }
    return allele;
}

/* Markers as they are read: room for every allele of the longest ladder. */
struct ladder {
    struct amp_str allele[AMP_KIN_ALLELES];
    double freq[AMP_KIN_ALLELES];
};

static amp_err ladder_keep(struct reader *in, struct amp_kin_marker *marker,
                           const struct ladder *ladder)
{
    struct amp_str *allele = amp_arena_array(in->arena, marker->allele_n, sizeof(*allele));
    double *freq = amp_arena_array(in->arena, marker->allele_n, sizeof(*freq));
    if (!allele || !freq) {
        return AMP_E_NOMEM;
    }
    memcpy(allele, ladder->allele, marker->allele_n * sizeof(*allele));
    memcpy(freq, ladder->freq, marker->allele_n * sizeof(*freq));
    marker->allele = allele;
    marker->freq = freq;
    return AMP_OK;
}

static amp_err marker_add(struct reader *in, struct amp_str name, struct ladder *ladder)
{
    struct amp_dvi *dvi = in->dvi;
    if (dvi->marker_n) {
        amp_err err = ladder_keep(in, &dvi->marker[dvi->marker_n - 1], ladder);
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < dvi->marker_n; i++) {
        if (amp_dna_marker_same(dvi->marker[i].name, name)) {
            return amp_fail(
                in->why, AMP_E_SYNTAX, "%s:%llu: marker %.*s began earlier; keep its rows together",
                in->files->markers_name, (unsigned long long)in->line, shown(name), name.ptr);
        }
    }
    if (dvi->marker_n == AMP_DVI_MARKERS) {
        return amp_fail(in->why, AMP_E_LIMIT, "%s:%llu: more than %d markers",
                        in->files->markers_name, (unsigned long long)in->line, AMP_DVI_MARKERS);
    }
    dvi->marker[dvi->marker_n++] = (struct amp_kin_marker){.name = amp_arena_str(in->arena, name),
                                                           .silent = -1,
                                                           .allele = ladder->allele,
                                                           .freq = ladder->freq};
    return AMP_OK;
}

static amp_err allele_add(struct reader *in, struct ladder *ladder)
{
    struct amp_kin_marker *marker = &in->dvi->marker[in->dvi->marker_n - 1];
    struct amp_str allele = allele_plain(in->field[1]);
    double freq = 0;
    amp_err err = amp_str_double(in->field[2], &freq);
    const char *what = NULL;
    if (err || !(freq > 0) || freq > 1) {
        what = "the frequency must be over 0 and at most 1";
    } else if (!allele.len || amp_kin_allele(marker, allele) >= 0) {
        what = "the allele has no name or stands there twice";
    } else if (marker->allele_n == AMP_KIN_ALLELES) {
        what = "a marker has 256 alleles at most; join rare ones";
    }
    if (what) {
        return amp_fail(in->why, AMP_E_RANGE, "%s:%llu: marker %.*s allele \"%.*s\": %s",
                        in->files->markers_name, (unsigned long long)in->line, shown(in->field[0]),
                        in->field[0].ptr, shown(in->field[1]), in->field[1].ptr, what);
    }
    ladder->allele[marker->allele_n] = amp_arena_str(in->arena, allele);
    ladder->freq[marker->allele_n++] = freq;
    return AMP_OK;
}

static amp_err sums_check(struct reader *in)
{
    for (size_t m = 0; m < in->dvi->marker_n; m++) {
        struct amp_kin_marker *marker = &in->dvi->marker[m];
        double sum = 0;
        for (size_t i = 0; i < marker->allele_n; i++) {
            sum += marker->freq[i];
        }
        if (fabs(sum - 1) > 0.02) {
            return amp_fail(in->why, AMP_E_RANGE,
                            "%s: marker %.*s: the frequencies sum to %.4f, not 1; add a row for "
                            "the other alleles",
                            in->files->markers_name, shown(marker->name), marker->name.ptr, sum);
        }
        if (fabs(sum - 1) > 1e-6) {
            double *freq = amp_arena_array(in->arena, marker->allele_n, sizeof(*freq));
            for (size_t i = 0; freq && i < marker->allele_n; i++) {
                freq[i] = marker->freq[i] / sum;
            }
            if (!freq) {
                return AMP_E_NOMEM;
            }
            marker->freq = freq;
            amp_dvi_note(&in->dvi->notes, in->arena,
                         "marker %.*s: the frequencies sum to %.6f and were divided by that",
                         shown(marker->name), marker->name.ptr, sum);
        }
    }
    return AMP_OK;
}

static amp_err markers_read(struct reader *in)
{
    struct dvi_lines lines = dvi_lines_make(in->files->markers);
    struct ladder *ladder = amp_arena_alloc(in->arena, sizeof(*ladder));
    in->dvi->marker = amp_arena_array(in->arena, AMP_DVI_MARKERS, sizeof(*in->dvi->marker));
    if (!ladder || !in->dvi->marker) {
        return AMP_E_NOMEM;
    }
    bool head = true;
    while (dvi_lines_next(&lines)) {
        in->line = lines.number;
        if (dvi_fields(lines.line, in->field, 3) != 3 ||
            (head && !amp_str_is(in->field[0], "marker"))) {
            return amp_fail(in->why, AMP_E_SYNTAX,
                            "%s:%llu: needs three columns with tabs: marker, allele, frequency",
                            in->files->markers_name, (unsigned long long)in->line);
        }
        if (head) {
            head = false;
            continue;
        }
        const struct amp_dvi *dvi = in->dvi;
        bool same =
            dvi->marker_n && amp_dna_marker_same(dvi->marker[dvi->marker_n - 1].name, in->field[0]);
        amp_err err = same ? AMP_OK : marker_add(in, in->field[0], ladder);
        err = err ? err : allele_add(in, ladder);
        if (err) {
            return err;
        }
    }
    if (!in->dvi->marker_n) {
        return amp_fail(in->why, AMP_E_MISSING, "%s: there is no marker", in->files->markers_name);
    }
    amp_err err = ladder_keep(in, &in->dvi->marker[in->dvi->marker_n - 1], ladder);
    return err ? err : sums_check(in);
}

static amp_err people_refuse(const struct reader *in, uint64_t line, const char *what,
                             struct amp_str value)
{
    return amp_fail(in->why, AMP_E_SYNTAX, "%s:%llu: %s \"%.*s\"", in->files->people_name,
                    (unsigned long long)line, what, shown(value), value.ptr);
}

static int32_t marker_find(const struct reader *in, struct amp_str name)
{
    for (size_t i = 0; i < in->dvi->marker_n; i++) {
        if (amp_dna_marker_same(in->dvi->marker[i].name, name)) {
            return (int32_t)i;
        }
    }
    return amp_dna_marker_same(name, AMP_STR("AMEL")) ? -2 : -1;
}

static amp_err column_find(struct reader *in, size_t at, bool *seen)
{
    struct amp_str name = in->field[at];
    in->marker_of[at] = -1;
    for (size_t c = 0; c < COLUMNS; c++) {
        if (amp_str_is(name, column_names[c])) {
            if (in->column[c] != SIZE_MAX) {
                return people_refuse(in, in->line, "there are two columns", name);
            }
            in->column[c] = at;
            return AMP_OK;
        }
    }
    int32_t marker = marker_find(in, name);
    if (marker == -1) {
        return people_refuse(in, in->line,
                             "no frequencies in markers.tsv (add them, or take the column out) "
                             "for the marker",
                             name);
    }
    if (marker >= 0 && seen[marker]) {
        return people_refuse(in, in->line, "there are two columns of the marker", name);
    }
    if (marker >= 0) {
        seen[marker] = true;
    }
    in->marker_of[at] = marker;
    return AMP_OK;
}

/* Markers without a column say nothing: they are left out, with a note. */
static void markers_keep(struct reader *in, const bool *seen)
{
    struct amp_dvi *dvi = in->dvi;
    size_t kept = 0;
    for (size_t i = 0; i < dvi->marker_n; i++) {
        if (!seen[i]) {
            amp_dvi_note(&dvi->notes, in->arena, "marker %.*s has no column in %s: not used",
                         shown(dvi->marker[i].name), dvi->marker[i].name.ptr,
                         in->files->people_name);
            continue;
        }
        for (size_t f = 0; f < in->field_n; f++) {
            in->marker_of[f] = in->marker_of[f] == (int32_t)i ? (int32_t)kept : in->marker_of[f];
        }
        dvi->marker[kept++] = dvi->marker[i];
    }
    dvi->marker_n = kept;
}

static amp_err head_read(struct reader *in, struct amp_str line)
{
    bool seen[AMP_DVI_MARKERS] = {false};
    in->field_n = dvi_fields(line, in->field, FIELDS);
    if (in->field_n > FIELDS) {
        return amp_fail(in->why, AMP_E_LIMIT, "%s:%llu: more than %d columns",
                        in->files->people_name, (unsigned long long)in->line, FIELDS);
    }
    in->marker_of = amp_arena_array(in->arena, in->field_n, sizeof(*in->marker_of));
    if (!in->marker_of) {
        return AMP_E_NOMEM;
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        in->column[c] = SIZE_MAX;
    }
    for (size_t i = 0; i < in->field_n; i++) {
        amp_err err = column_find(in, i, seen);
        if (err) {
            return err;
        }
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        if (in->column[c] == SIZE_MAX) {
            return people_refuse(in, in->line, "there is no column", amp_str_of(column_names[c]));
        }
    }
    markers_keep(in, seen);
    if (!in->dvi->marker_n) {
        return amp_fail(in->why, AMP_E_MISSING, "%s: there is no column of a marker",
                        in->files->people_name);
    }
    return AMP_OK;
}

/* An allele that the table does not have is added with the least frequency, and the others give
 * way; or refused. */
static amp_err allele_unlisted(struct reader *in, struct amp_kin_marker *marker,
                               struct amp_str name, int32_t *out)
{
    double add = in->files->min_freq;
    if (!amp_kin_allele_likely(marker->allele, marker->allele_n, name)) {
        return amp_fail(in->why, AMP_E_RANGE,
                        "%s:%llu: marker %.*s: \"%.*s\" is no allele of the marker; name it as %s "
                        "names them, or write -/- for the genotype",
                        in->files->people_name, (unsigned long long)in->line, shown(marker->name),
                        marker->name.ptr, shown(name), name.ptr, in->files->markers_name);
    }
    if (!(add > 0) || marker->allele_n == AMP_KIN_ALLELES) {
        return amp_fail(in->why, AMP_E_RANGE,
                        "%s:%llu: marker %.*s: allele \"%.*s\" is not in %s; add a row for it, or "
                        "give a least frequency",
                        in->files->people_name, (unsigned long long)in->line, shown(marker->name),
                        marker->name.ptr, shown(name), name.ptr, in->files->markers_name);
    }
    size_t n = marker->allele_n;
    struct amp_str *allele = amp_arena_array(in->arena, n + 1, sizeof(*allele));
    double *freq = amp_arena_array(in->arena, n + 1, sizeof(*freq));
    if (!allele || !freq) {
        return AMP_E_NOMEM;
    }
    memcpy(allele, marker->allele, n * sizeof(*allele));
    for (size_t i = 0; i < n; i++) {
        freq[i] = marker->freq[i] / (1 + add);
    }
    allele[n] = amp_arena_str(in->arena, allele_plain(name));
    freq[n] = add / (1 + add);
    marker->allele = allele;
    marker->freq = freq;
    marker->allele_n = n + 1;
    *out = (int32_t)n;
    amp_dvi_note(&in->dvi->notes, in->arena,
                 "marker %.*s: allele %.*s is not in the table and got the least frequency",
                 shown(marker->name), marker->name.ptr, shown(name), name.ptr);
    return AMP_OK;
}

static amp_err genotype_read(struct reader *in, struct amp_str text, struct amp_kin_marker *marker,
                             struct amp_kin_genotype *out)
{
    struct amp_str half[2];
    half[1] = amp_str_cut(text, '/', &half[0]);
    bool untyped = amp_str_is(text, "-/-") || amp_str_is(text, "-") || !text.len;
    if (untyped) {
        *out = (struct amp_kin_genotype){-1, -1};
        return AMP_OK;
    }
    int32_t allele[2] = {-1, -1};
    for (size_t i = 0; i < 2; i++) {
        half[i] = amp_str_trim(half[i]);
        if (!half[i].len || amp_str_is(half[i], "-") || memchr(half[i].ptr, '/', half[i].len)) {
            return amp_fail(in->why, AMP_E_SYNTAX,
                            "%s:%llu: marker %.*s: the genotype \"%.*s\" is not a/b; write -/- "
                            "when it is not known",
                            in->files->people_name, (unsigned long long)in->line,
                            shown(marker->name), marker->name.ptr, shown(text), text.ptr);
        }
        allele[i] = amp_kin_allele(marker, half[i]);
        amp_err err = allele[i] < 0 ? allele_unlisted(in, marker, half[i], &allele[i]) : AMP_OK;
        if (err) {
            return err;
        }
    }
    *out = (struct amp_kin_genotype){allele[0], allele[1]};
    return AMP_OK;
}

static amp_err sex_read(struct reader *in, struct amp_str text, enum amp_kin_sex *out)
{
    static const struct {
        const char *text;
        enum amp_kin_sex sex;
    } words[] = {
        {"1", AMP_KIN_MALE},        {"M", AMP_KIN_MALE},        {"male", AMP_KIN_MALE},
        {"2", AMP_KIN_FEMALE},      {"F", AMP_KIN_FEMALE},      {"female", AMP_KIN_FEMALE},
        {"0", AMP_KIN_UNKNOWN_SEX}, {"-", AMP_KIN_UNKNOWN_SEX}, {"", AMP_KIN_UNKNOWN_SEX},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (amp_str_is(text, words[i].text)) {
            *out = words[i].sex;
            return AMP_OK;
        }
    }
    return people_refuse(in, in->line, "sex is 1 (male), 2 (female) or 0 (not known), not", text);
}

/* Amelogenin tells the sex where it is not written, and is told where it disagrees: the Y copy can
 * be lost, so what is written holds. */
static amp_err amelogenin_read(struct reader *in, struct amp_str text, struct dvi_row *row)
{
    enum amp_kin_sex seen = AMP_KIN_UNKNOWN_SEX;
    if (amp_str_is(text, "X/Y") || amp_str_is(text, "Y/X")) {
        seen = AMP_KIN_MALE;
    } else if (amp_str_is(text, "X/X")) {
        seen = AMP_KIN_FEMALE;
    } else if (!amp_str_is(text, "-/-") && !amp_str_is(text, "-") && text.len) {
        return people_refuse(in, in->line, "amelogenin is X/X, X/Y or -/-, not", text);
    }
    if (row->sex == AMP_KIN_UNKNOWN_SEX) {
        row->sex = seen;
    } else if (seen != AMP_KIN_UNKNOWN_SEX && seen != row->sex) {
        amp_dvi_note(&in->dvi->notes, in->arena,
                     "%s:%llu: %.*s: amelogenin %.*s disagrees with the sex written; the sex "
                     "written holds",
                     in->files->people_name, (unsigned long long)in->line, shown(row->id),
                     row->id.ptr, shown(text), text.ptr);
    }
    return AMP_OK;
}

static amp_err flags_read(struct reader *in, struct dvi_row *row)
{
    struct amp_str kind = in->field[in->column[COL_KIND]];
    struct amp_str missing = in->field[in->column[COL_MISSING]];
    row->victim = amp_str_is(kind, "victim");
    row->missing = amp_str_is(missing, "1");
    if (!row->victim && !amp_str_is(kind, "family")) {
        return people_refuse(in, in->line, "kind is victim or family, not", kind);
    }
    if (!row->missing && !amp_str_is(missing, "0") && missing.len) {
        return people_refuse(in, in->line, "missing is 0 or 1, not", missing);
    }
    if (row->victim && row->missing) {
        return people_refuse(in, in->line, "a victim was found, so missing must be 0 for", row->id);
    }
    if (!row->id.len || amp_str_is(row->id, "*") || amp_str_is(row->id, "0")) {
        return people_refuse(in, in->line, "a person needs a name other than * and 0, not",
                             row->id);
    }
    struct amp_str family = in->field[in->column[COL_FAMILY]];
    if (row->id.len > NAME_MOST || family.len > NAME_MOST || !amp_utf8_valid(row->id) ||
        !amp_utf8_valid(family)) {
        return people_refuse(in, in->line, "names are UTF-8 text of 200 bytes at most, not",
                             AMP_STR("this"));
    }
    return sex_read(in, in->field[in->column[COL_SEX]], &row->sex);
}

static amp_err row_read(struct reader *in, struct dvi_row *row)
{
    row->line = in->line;
    row->id = amp_arena_str(in->arena, in->field[in->column[COL_ID]]);
    row->family = amp_arena_str(in->arena, in->field[in->column[COL_FAMILY]]);
    row->father = in->field[in->column[COL_FATHER]];
    row->mother = in->field[in->column[COL_MOTHER]];
    row->genotype = amp_arena_array(in->arena, in->dvi->marker_n, sizeof(*row->genotype));
    if (!row->genotype) {
        return AMP_E_NOMEM;
    }
    amp_err err = flags_read(in, row);
    for (size_t i = 0; i < in->field_n && !err; i++) {
        int32_t m = in->marker_of[i];
        if (m == -2) {
            err = amelogenin_read(in, in->field[i], row);
        } else if (m >= 0) {
            err = genotype_read(in, in->field[i], &in->dvi->marker[m], &row->genotype[m]);
            row->typed_n += !err && row->genotype[m].a >= 0;
        }
    }
    return err;
}

static amp_err rows_read(struct reader *in)
{
    struct dvi_lines lines = dvi_lines_make(in->files->people);
    size_t max = 1;
    for (size_t i = 0; i < in->files->people.len; i++) {
        max += in->files->people.ptr[i] == '\n';
    }
    in->row = amp_arena_array(in->arena, max < ROWS ? max : ROWS, sizeof(*in->row));
    if (!in->row) {
        return AMP_E_NOMEM;
    }
    bool head = true;
    while (dvi_lines_next(&lines)) {
        in->line = lines.number;
        amp_err err = AMP_OK;
        if (head) {
            err = head_read(in, lines.line);
            head = false;
        } else if (in->row_n == ROWS) {
            err = amp_fail(in->why, AMP_E_LIMIT, "%s: more than %d persons", in->files->people_name,
                           ROWS);
        } else if (dvi_fields(lines.line, in->field, FIELDS) != in->field_n) {
            err = people_refuse(in, in->line,
                                "this row has not as many columns as the head; it "
                                "begins with",
                                in->field[0]);
        } else {
            err = row_read(in, &in->row[in->row_n]);
            in->row_n += !err;
        }
        if (err) {
            return err;
        }
    }
    return head ? amp_fail(in->why, AMP_E_MISSING, "%s is empty", in->files->people_name) : AMP_OK;
}

/* Tables are rounded: what is missing to 1 in the last digits goes to the most frequent allele that
 * nobody shows, so that the seen ones keep their frequencies and the sum is 1. */
static amp_err rounding_settle(struct reader *in, size_t m)
{
    struct amp_kin_marker *marker = &in->dvi->marker[m];
    bool *seen = amp_arena_array(in->arena, marker->allele_n, sizeof(*seen));
    double *freq = amp_arena_array(in->arena, marker->allele_n, sizeof(*freq));
    if (!seen || !freq) {
        return AMP_E_NOMEM;
    }
    for (size_t r = 0; r < in->row_n; r++) {
        struct amp_kin_genotype g = in->row[r].genotype[m];
        if (g.a >= 0) {
            seen[g.a] = seen[g.b] = true;
        }
    }
    double sum = 0;
    size_t rest = SIZE_MAX;
    for (size_t i = 0; i < marker->allele_n; i++) {
        freq[i] = marker->freq[i];
        sum += freq[i];
        bool better = !seen[i] && (rest == SIZE_MAX || freq[i] > freq[rest]);
        rest = better ? i : rest;
    }
    if (rest != SIZE_MAX && freq[rest] > sum - 1) {
        freq[rest] -= sum - 1;
        marker->freq = freq;
    }
    return AMP_OK;
}

static amp_err matrices_make(struct amp_dvi *dvi, struct amp_arena *arena, struct amp_why *why)
{
    for (size_t m = 0; m < dvi->marker_n; m++) {
        struct amp_kin_marker *marker = &dvi->marker[m];
        amp_err err = amp_kin_mutation_make(&marker->male, marker, arena, why);
        err = err ? err : amp_kin_mutation_make(&marker->female, marker, arena, why);
        if (err) {
            return err;
        }
    }
    return AMP_OK;
}

amp_err amp_dvi_read(const struct amp_dvi_files *files, struct amp_arena *arena,
                     struct amp_dvi *out, struct amp_why *why)
{
    struct amp_dvi *dvi = amp_arena_alloc(arena, sizeof(*dvi));
    struct reader *in = amp_arena_alloc(arena, sizeof(*in));
    if (!dvi || !in) {
        return AMP_E_NOMEM;
    }
    in->files = files;
    in->arena = arena;
    in->why = why;
    in->dvi = dvi;
    amp_err err = markers_read(in);
    err = err ? err : rows_read(in);
    err = err ? err
              : amp_dvi_mutation_read(files, dvi->marker, dvi->marker_n, &dvi->notes, arena, why);
    for (size_t m = 0; m < dvi->marker_n && !err; m++) {
        err = rounding_settle(in, m);
    }
    err = err ? err : matrices_make(dvi, arena, why);
    err = err ? err
              : dvi_people_build(&(struct dvi_rows){in->row, in->row_n, files->people_name}, arena,
                                 dvi, why);
    if (err == AMP_OK && amp_arena_failed(arena)) {
        err = AMP_E_NOMEM;
    }
    if (err == AMP_OK) {
        *out = *dvi;
    }
    return err;
}
