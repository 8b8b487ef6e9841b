/* Reads Familias files: one value a line, every line accounted for. */
#include "dna/fam.h"

#include "dna/table.h"

#include <string.h>

struct fam_reader {
    struct amp_str rest;
    const char *file;
    uint64_t line; /* of what was read last, from 1 */
    bool end;      /* the file ended before a line that was needed */
    struct amp_arena *arena;
    struct amp_why *why;
};

/* The next line without its quotes. */
static struct amp_str next(struct fam_reader *rd)
{
    struct amp_str text = AMP_STR("");
    if (!rd->rest.ptr || rd->rest.len == 0) {
        rd->end = true;
        return text;
    }
    rd->rest = amp_str_cut(rd->rest, '\n', &text);
    rd->line++;
    text = amp_str_trim(text);
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"') {
        text = (struct amp_str){text.ptr + 1, text.len - 2};
    }
    return text;
}

static struct amp_str peek(const struct fam_reader *rd)
{
    struct fam_reader ahead = *rd;
    return next(&ahead);
}

static amp_err expected(const struct fam_reader *rd, const char *what, struct amp_str found)
{
    if (rd->end) {
        return amp_fail(rd->why, AMP_E_SYNTAX,
                        "%s ends after line %llu where %s should be: export it from Familias again",
                        rd->file, (unsigned long long)rd->line, what);
    }
    return amp_fail(rd->why, AMP_E_SYNTAX,
                    "%s line %llu: %s should be here, not \"%.*s\": export it from Familias again",
                    rd->file, (unsigned long long)rd->line, what,
                    (int)(found.len < 60 ? found.len : 60), found.ptr ? found.ptr : "");
}

static amp_err count(struct fam_reader *rd, const char *what, size_t max, size_t *out)
{
    const struct amp_str text = next(rd);
    uint64_t value = 0;
    if (rd->end || amp_str_u64(text, &value)) {
        return expected(rd, what, text);
    }
    if (value > max) {
        return amp_fail(rd->why, AMP_E_LIMIT, "%s line %llu: %s is %llu: the limit is %zu",
                        rd->file, (unsigned long long)rd->line, what, (unsigned long long)value,
                        max);
    }
    *out = (size_t)value;
    return AMP_OK;
}

static amp_err number(struct fam_reader *rd, const char *what, double *out)
{
    const struct amp_str text = next(rd);
    if (text.len > 0 && memchr(text.ptr, ',', text.len) != NULL) {
        return amp_fail(rd->why, AMP_E_SYNTAX,
                        "%s line %llu: %s is written with a comma, \"%.*s\": write all numbers of "
                        "the file with a decimal point",
                        rd->file, (unsigned long long)rd->line, what,
                        (int)(text.len < 60 ? text.len : 60), text.ptr);
    }
    if (rd->end || amp_str_double(text, out)) {
        return expected(rd, what, text);
    }
    return AMP_OK;
}

static amp_err flag(struct fam_reader *rd, const char *what, bool *out)
{
    const struct amp_str text = next(rd);
    const bool yes = amp_str_starts(text, AMP_STR("#TRUE#"));
    if (rd->end || (!yes && !amp_str_starts(text, AMP_STR("#FALSE#")))) {
        return expected(rd, what, text);
    }
    *out = yes;
    return AMP_OK;
}

static bool contains(struct amp_str text, const char *part)
{
    return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static amp_err person_read(struct fam_reader *rd, struct amp_fam_person *person)
{
    person->name = next(rd);
    person->flag = next(rd);
    person->birth = next(rd);
    person->child = next(rd);
    person->drop_out = contains(person->birth, "Consider dropouts");
    struct amp_str year;
    (void)amp_str_cut(person->birth, '(', &year);
    person->birth = amp_str_trim(year);
    amp_err err = flag(rd, "the sex of a person (#TRUE# for a man)", &person->male);
    err = err ? err
              : count(rd, "the number of genotypes of a person", AMP_KIN_MARKERS,
                      &person->genotype_n);
    if (err) {
        return err;
    }
    person->genotype = amp_arena_array(rd->arena, person->genotype_n, sizeof *person->genotype);
    if (!person->genotype) {
        return AMP_E_NOMEM;
    }
    for (size_t g = 0; g < person->genotype_n && !err; g++) {
        struct amp_fam_genotype *genotype = &person->genotype[g];
        err = count(rd, "the number of an allele", AMP_KIN_ALLELES, &genotype->a);
        err = err ? err : count(rd, "the number of an allele", AMP_KIN_ALLELES, &genotype->b);
        err = err ? err : count(rd, "the number of a marker", AMP_KIN_MARKERS, &genotype->marker);
    }
    return err;
}

static amp_err relation_read(struct fam_reader *rd, size_t persons, struct amp_fam_relation *out)
{
    struct amp_str text = next(rd);
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        digits++;
    }
    const struct amp_str after = {text.ptr + digits, text.len - digits};
    out->direct = contains(after, "Direct");
    uint64_t parent = 0;
    if (rd->end || (after.len > 0 && !out->direct) ||
        amp_str_u64((struct amp_str){text.ptr, digits}, &parent)) {
        return expected(rd, "the number of a parent", text);
    }
    out->parent = (size_t)parent;
    amp_err err = count(rd, "the number of a child", AMP_KIN_PERSONS, &out->child);
    if (!err && (parent >= persons || out->child >= persons || parent == out->child)) {
        return amp_fail(rd->why, AMP_E_RANGE,
                        "%s line %llu: a relation of persons %llu and %zu, but there are %zu "
                        "persons: export it from Familias again",
                        rd->file, (unsigned long long)rd->line, (unsigned long long)parent,
                        out->child, persons);
    }
    return err;
}

static amp_err relations_read(struct fam_reader *rd, size_t persons, struct amp_fam_pedigree *out)
{
    amp_err err = count(rd, "the number of extra women", AMP_KIN_PERSONS, &out->women);
    err = err ? err : count(rd, "the number of extra men", AMP_KIN_PERSONS, &out->men);
    err = err ? err : count(rd, "the number of relations", AMP_FAM_RELATIONS, &out->relation_n);
    if (err) {
        return err;
    }
    persons += out->women + out->men;
    if (persons > AMP_KIN_PERSONS) {
        return amp_fail(rd->why, AMP_E_LIMIT,
                        "%s line %llu: a pedigree of %zu persons: the limit "
                        "is %d",
                        rd->file, (unsigned long long)rd->line, persons, AMP_KIN_PERSONS);
    }
    out->relation = amp_arena_array(rd->arena, out->relation_n, sizeof *out->relation);
    if (!out->relation) {
        return AMP_E_NOMEM;
    }
    for (size_t r = 0; r < out->relation_n && !err; r++) {
        err = relation_read(rd, persons, &out->relation[r]);
    }
    return err;
}

static amp_err pedigrees_read(struct fam_reader *rd, struct amp_fam *fam)
{
    const size_t persons = fam->person_n + fam->known.women + fam->known.men;
    amp_err err = count(rd, "the number of pedigrees", AMP_KIN_HYPOTHESES, &fam->pedigree_n);
    if (err) {
        return err;
    }
    fam->pedigree = amp_arena_array(rd->arena, fam->pedigree_n, sizeof *fam->pedigree);
    uint8_t *seen = amp_arena_array(rd->arena, fam->pedigree_n, 1);
    if (!fam->pedigree || !seen) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < fam->pedigree_n && !err; i++) {
        size_t index = 0;
        err = count(rd, "the number of a pedigree", AMP_KIN_HYPOTHESES, &index);
        if (!err && (index >= fam->pedigree_n || seen[index])) {
            return amp_fail(rd->why, AMP_E_RANGE,
                            "%s line %llu: pedigree number %zu is out of range or there twice: "
                            "export it from Familias again",
                            rd->file, (unsigned long long)rd->line, index);
        }
        if (!err) {
            seen[index] = 1;
            fam->pedigree[index].name = next(rd);
            err = relations_read(rd, persons, &fam->pedigree[index]);
        }
    }
    return err;
}

/* The number behind `name` and '=' or ':' in a line of remarks; 0 when it is not there. */
static amp_err remark(struct fam_reader *rd, struct amp_str line, const char *name, double *out)
{
    *out = 0;
    const char *at = line.len ? memmem(line.ptr, line.len, name, strlen(name)) : NULL;
    if (!at) {
        return AMP_OK;
    }
    at += strlen(name);
    struct amp_str text = {at, (size_t)(line.ptr + line.len - at)};
    while (text.len > 0 && (*text.ptr == ' ' || *text.ptr == '=' || *text.ptr == ':')) {
        text.ptr++;
        text.len--;
    }
    size_t n = 0;
    while (n < text.len && text.ptr[n] != ' ' && text.ptr[n] != ')' && text.ptr[n] != ',') {
        n++;
    }
    return amp_str_double((struct amp_str){text.ptr, n}, out) ? expected(rd, name, line) : AMP_OK;
}

static amp_err alleles_read(struct fam_reader *rd, struct amp_fam_marker *marker)
{
    marker->allele = amp_arena_array(rd->arena, marker->allele_n, sizeof *marker->allele);
    marker->freq = amp_arena_array(rd->arena, marker->allele_n, sizeof *marker->freq);
    if (!marker->allele || !marker->freq) {
        return AMP_E_NOMEM;
    }
    for (size_t a = 0; a < marker->allele_n; a++) {
        marker->allele[a] = next(rd);
        amp_err err = number(rd, "the frequency of an allele", &marker->freq[a]);
        if (err) {
            return err;
        }
        if (!(marker->freq[a] >= 0 && marker->freq[a] <= 1)) {
            return amp_fail(rd->why, AMP_E_RANGE,
                            "%s line %llu: marker %.*s: the frequency %g is not within 0..1",
                            rd->file, (unsigned long long)rd->line, (int)marker->name.len,
                            marker->name.ptr, marker->freq[a]);
        }
    }
    return AMP_OK;
}

static amp_err mutation_read(struct fam_reader *rd, struct amp_fam_marker *marker, size_t *all_n)
{
    static const char *const model = "a mutation model (0 to 4)";
    size_t value = 0;
    amp_err err = number(rd, "the mutation rate of women", &marker->rate[0]);
    err = err ? err : number(rd, "the mutation rate of men", &marker->rate[1]);
    for (size_t s = 0; s < 2 && !err; s++) {
        err = count(rd, model, 4, &value);
        marker->model[s] = (int64_t)value;
    }
    err = err ? err : count(rd, "the number of alleles", AMP_KIN_ALLELES, all_n);
    err = err ? err : number(rd, "the mutation range of women", &marker->range[0]);
    err = err ? err : number(rd, "the mutation range of men", &marker->range[1]);
    err = err ? err : number(rd, "the second mutation rate of women", &marker->rate2[0]);
    return err ? err : number(rd, "the second mutation rate of men", &marker->rate2[1]);
}

static amp_err marker_read(struct fam_reader *rd, struct amp_fam_marker *marker)
{
    size_t all_n = 0;
    marker->name = next(rd);
    amp_err err = mutation_read(rd, marker, &all_n);
    err = err ? err : flag(rd, "whether there is a silent allele", &marker->silent);
    err = err ? err : number(rd, "the frequency of the silent allele", &marker->silent_freq);
    if (err) {
        return err;
    }
    const struct amp_str info = next(rd);
    struct amp_str n_text;
    (void)amp_str_cut(info, '\t', &n_text);
    (void)amp_str_cut(n_text, ' ', &n_text);
    uint64_t n = 0;
    if (rd->end || amp_str_u64(n_text, &n) || n == 0 || n > AMP_KIN_ALLELES ||
        n + (marker->silent ? 1 : 0) != all_n ||
        !(marker->silent_freq >= 0 && marker->silent_freq < 1)) {
        return expected(rd, "the number of alleles besides a silent one (as some lines above)",
                        info);
    }
    marker->allele_n = (size_t)n;
    err = remark(rd, info, "DatabaseSize", &marker->database_size);
    err = err ? err : remark(rd, info, "Dropout probability", &marker->drop_out);
    err = err ? err : remark(rd, info, "Minor allele frequency", &marker->min_freq);
    return err ? err : alleles_read(rd, marker);
}

static amp_err markers_read(struct fam_reader *rd, struct amp_fam *fam)
{
    struct amp_str line = next(rd);
    if (amp_str_starts(line, AMP_STR("#TRUE#"))) {
        return amp_fail(rd->why, AMP_E_UNSUPPORTED,
                        "%s line %llu: the file holds computed probabilities: clear the results "
                        "in Familias and export again",
                        rd->file, (unsigned long long)rd->line);
    }
    if (!amp_str_starts(line, AMP_STR("#FALSE#"))) {
        return expected(rd, "#FALSE# and theta", line);
    }
    amp_err err = remark(rd, line, "Theta/Kinship/Fst", &fam->theta);
    err = err ? err : count(rd, "the number of markers", AMP_KIN_MARKERS, &fam->marker_n);
    err = err ? err : flag(rd, "whether the database has a name", &fam->named_database);
    if (err) {
        return err;
    }
    fam->database = fam->named_database ? next(rd) : (struct amp_str){NULL, 0};
    fam->marker = amp_arena_array(rd->arena, fam->marker_n, sizeof *fam->marker);
    if (!fam->marker) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < fam->marker_n && !err; m++) {
        err = marker_read(rd, &fam->marker[m]);
    }
    return err;
}

/* Genotypes name markers and alleles that come after them in the file. */
static amp_err genotypes_check(const struct fam_reader *rd, const struct amp_fam *fam)
{
    for (size_t i = 0; i < fam->person_n; i++) {
        const struct amp_fam_person *person = &fam->person[i];
        uint8_t *seen = amp_arena_array(rd->arena, fam->marker_n, 1);
        if (!seen) {
            return AMP_E_NOMEM;
        }
        for (size_t g = 0; g < person->genotype_n; g++) {
            const struct amp_fam_genotype *genotype = &person->genotype[g];
            const bool known = genotype->marker < fam->marker_n && !seen[genotype->marker];
            const size_t n = known ? fam->marker[genotype->marker].allele_n : 0;
            if (genotype->a >= n || genotype->b >= n) {
                return amp_fail(rd->why, AMP_E_RANGE,
                                "%s: genotype %zu of %.*s (marker %zu, alleles %zu and %zu) is not "
                                "in the database or there twice: export it from Familias again",
                                rd->file, g + 1, (int)person->name.len, person->name.ptr,
                                genotype->marker, genotype->a, genotype->b);
            }
            seen[genotype->marker] = 1;
        }
    }
    return AMP_OK;
}

static amp_err head_read(struct fam_reader *rd, struct amp_fam *fam)
{
    fam->title[0] = next(rd);
    fam->title[1] = next(rd);
    fam->version = next(rd);
    if (rd->end || !amp_str_starts(fam->title[0], AMP_STR("Output from Familias")) ||
        !amp_str_starts(fam->version, AMP_STR("3"))) {
        return amp_fail(rd->why, AMP_E_SYNTAX,
                        "%s is no file of Familias 3: its first line is \"Output from Familias\" "
                        "and its third the version",
                        rd->file);
    }
    if (peek(rd).len == 0) {
        (void)next(rd);
    }
    amp_err err = count(rd, "the number of persons", AMP_KIN_PERSONS, &fam->person_n);
    if (err) {
        return err;
    }
    fam->person = amp_arena_array(rd->arena, fam->person_n, sizeof *fam->person);
    return fam->person ? AMP_OK : AMP_E_NOMEM;
}

amp_err amp_fam_read(struct amp_str bytes, const char *file, struct amp_arena *arena,
                     struct amp_fam *out, struct amp_why *why)
{
    struct amp_fam fam = {.file = amp_str_of(file)};
    struct fam_reader rd = {.file = file, .arena = arena, .why = why};
    if (bytes.len > AMP_FAM_FILE_MAX) {
        return amp_fail(why, AMP_E_LIMIT, "%s has over %d bytes", file, AMP_FAM_FILE_MAX);
    }
    struct amp_dna_text text;
    amp_err err = amp_dna_text_decode(bytes, file, arena, &text, why);
    if (err) {
        return err;
    }
    rd.rest = text.text;
    if (amp_str_starts(rd.rest, AMP_STR("\xef\xbb\xbf"))) {
        rd.rest = (struct amp_str){rd.rest.ptr + 3, rd.rest.len - 3};
    }
    err = head_read(&rd, &fam);
    for (size_t i = 0; i < fam.person_n && !err; i++) {
        err = person_read(&rd, &fam.person[i]);
    }
    if (!err) {
        const struct amp_str head = next(&rd);
        err = amp_str_is(head, "Known relations") ? AMP_OK
                                                  : expected(&rd, "\"Known relations\"", head);
    }
    err = err ? err : relations_read(&rd, fam.person_n, &fam.known);
    err = err ? err : pedigrees_read(&rd, &fam);
    err = err ? err : markers_read(&rd, &fam);
    err = err ? err : genotypes_check(&rd, &fam);
    if (err) {
        return err;
    }
    fam.tail = rd.rest;
    fam.tail_line = rd.line;
    while (rd.rest.len > 0 && !fam.dvi) {
        fam.dvi = amp_str_is(next(&rd), "[DVI]");
    }
    *out = fam;
    return AMP_OK;
}
