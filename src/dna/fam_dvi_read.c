/* Reads the [DVI] section of a Familias file: headings that nest by brackets, "Key= value". */
#include "dna/fam_dvi.h"

#include <string.h>

struct reader {
    const struct amp_fam *fam;
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_str rest;
    uint64_t line;
    struct amp_str text; /* the line at hand */
    bool end;            /* of the section */
    size_t depth;        /* of a heading, 0 for a value */
    struct amp_str key, value;
};

/* To the next line that is not blank. */
static void advance(struct reader *rd)
{
    rd->text = (struct amp_str){0};
    while (rd->text.len == 0 && rd->rest.len > 0) {
        struct amp_str line = {0};
        rd->rest = amp_str_cut(rd->rest, '\n', &line);
        rd->line++;
        rd->text = amp_str_trim(line);
    }
    rd->end = rd->end || rd->text.len == 0;
    rd->depth = 0;
    while (rd->depth < rd->text.len && rd->text.ptr[rd->depth] == '[') {
        rd->depth++;
    }
    if (rd->depth == 1) {
        rd->end = true; /* the section behind it */
    }
    rd->value = amp_str_trim(amp_str_cut(rd->text, '=', &rd->key));
    rd->key = amp_str_trim(rd->key);
}

static amp_err expected(const struct reader *rd, const char *what)
{
    const struct amp_str found = rd->end ? AMP_STR("the end of the section") : rd->text;
    return amp_fail(rd->why, AMP_E_SYNTAX,
                    "%.*s line %llu: %s should be here, not \"%.*s\": export it from Familias "
                    "again",
                    (int)rd->fam->file.len, rd->fam->file.ptr, (unsigned long long)rd->line, what,
                    (int)(found.len < 60 ? found.len : 60), found.ptr);
}

static bool is_heading(const struct reader *rd, size_t depth, const char *title)
{
    const size_t len = strlen(title);
    return !rd->end && rd->depth == depth && rd->text.len >= depth + len &&
           memcmp(rd->text.ptr + depth, title, len) == 0;
}

static amp_err heading_take(struct reader *rd, size_t depth, const char *title)
{
    if (!is_heading(rd, depth, title)) {
        return expected(rd, title);
    }
    advance(rd);
    return AMP_OK;
}

/* Other versions may say more than is known here. */
static void values_skip(struct reader *rd)
{
    while (!rd->end && rd->depth == 0) {
        advance(rd);
    }
}

static amp_err value_take(struct reader *rd, const char *key, struct amp_str *out)
{
    if (rd->end || rd->depth > 0 || !amp_str_is(rd->key, key)) {
        return expected(rd, key);
    }
    *out = rd->value;
    advance(rd);
    return AMP_OK;
}

static amp_err count_take(struct reader *rd, const char *key, size_t max, size_t *out)
{
    struct amp_str text = {0};
    uint64_t n = 0;
    const uint64_t line = rd->line;
    amp_err err = value_take(rd, key, &text);
    if (!err && (amp_str_u64(text, &n) || n > max)) {
        return amp_fail(rd->why, n > max ? AMP_E_LIMIT : AMP_E_SYNTAX,
                        "%.*s line %llu: %s is \"%.*s\"; a number from 0 to %zu is read",
                        (int)rd->fam->file.len, rd->fam->file.ptr, (unsigned long long)line, key,
                        (int)(text.len < 20 ? text.len : 20), text.ptr, max);
    }
    *out = (size_t)n;
    return err;
}

static amp_err typed_take(struct reader *rd, struct amp_fam_dvi_person *person)
{
    amp_err err = count_take(rd, "nSystems", AMP_KIN_MARKERS, &person->typed_n);
    person->typed = amp_arena_array(rd->arena, person->typed_n + 1, sizeof *person->typed);
    if (person->typed == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < person->typed_n && !err; i++) {
        struct amp_fam_dvi_typed *typed = &person->typed[i];
        err = value_take(rd, "SystemName", &typed->marker);
        err = err ? err : value_take(rd, "Allele1", &typed->allele[0]);
        err = err ? err : value_take(rd, "Allele2", &typed->allele[1]);
    }
    values_skip(rd);
    return err;
}

static amp_err person_take(struct reader *rd, size_t depth, struct amp_fam_dvi_person *person)
{
    *person = (struct amp_fam_dvi_person){.line = rd->line, .sex = AMP_KIN_UNKNOWN_SEX};
    amp_err err = heading_take(rd, depth, "Person");
    while (!err && !rd->end && rd->depth == 0) {
        if (amp_str_is(rd->key, "Name")) {
            person->name = rd->value;
        } else if (amp_str_is(rd->key, "Gender")) {
            person->sex = amp_str_is(rd->value, "Male")     ? AMP_KIN_MALE
                          : amp_str_is(rd->value, "Female") ? AMP_KIN_FEMALE
                                                            : AMP_KIN_UNKNOWN_SEX;
        }
        advance(rd);
    }
    if (!err && is_heading(rd, depth + 1, "DNA data")) {
        advance(rd);
        err = typed_take(rd, person);
    }
    if (!err && person->name.len == 0) {
        err = amp_fail(rd->why, AMP_E_SYNTAX, "%.*s line %llu: a person has no name",
                       (int)rd->fam->file.len, rd->fam->file.ptr, (unsigned long long)person->line);
    }
    return err;
}

static amp_err persons_take(struct reader *rd, size_t depth, size_t max,
                            struct amp_fam_dvi_person **out, size_t *n)
{
    amp_err err = count_take(rd, "nPersons", max, n);
    if (err) {
        return err;
    }
    values_skip(rd);
    *out = amp_arena_array(rd->arena, *n + 1, sizeof **out);
    if (*out == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < *n && !err; i++) {
        err = person_take(rd, depth, &(*out)[i]);
    }
    return err;
}

static amp_err pedigree_take(struct reader *rd, struct amp_fam_dvi_pedigree *pedigree)
{
    amp_err err = heading_take(rd, 5, "Pedigree");
    err = err ? err : value_take(rd, "Name", &pedigree->name);
    err = err ? err : count_take(rd, "nRelations", AMP_FAM_RELATIONS, &pedigree->relation_n);
    if (err) {
        return err;
    }
    pedigree->relation =
        amp_arena_array(rd->arena, pedigree->relation_n + 1, sizeof *pedigree->relation);
    if (pedigree->relation == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < pedigree->relation_n && !err; i++) {
        struct amp_fam_dvi_relation *relation = &pedigree->relation[i];
        relation->line = rd->line;
        err = value_take(rd, "Parent", &relation->parent);
        err = err ? err : value_take(rd, "Child", &relation->child);
    }
    values_skip(rd);
    return err;
}

static amp_err family_take(struct reader *rd, struct amp_fam_dvi_family *family)
{
    family->line = rd->line;
    amp_err err = heading_take(rd, 3, "Family");
    err = err ? err : value_take(rd, "Name", &family->name);
    if (!err) {
        values_skip(rd);
        err = heading_take(rd, 4, "Persons");
    }
    err = err ? err : persons_take(rd, 5, AMP_KIN_PERSONS, &family->person, &family->person_n);
    err = err ? err : heading_take(rd, 4, "Pedigrees");
    err = err ? err : count_take(rd, "nPedigrees", AMP_KIN_HYPOTHESES, &family->pedigree_n);
    if (err) {
        return err;
    }
    family->pedigree = amp_arena_array(rd->arena, family->pedigree_n + 1, sizeof *family->pedigree);
    if (family->pedigree == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < family->pedigree_n && !err; i++) {
        err = pedigree_take(rd, &family->pedigree[i]);
    }
    return err;
}

static amp_err families_take(struct reader *rd, struct amp_fam_dvi *out)
{
    while (!rd->end && !is_heading(rd, 2, "Reference Families")) {
        advance(rd); /* notes */
    }
    amp_err err = heading_take(rd, 2, "Reference Families");
    err = err ? err : count_take(rd, "nFamilies", AMP_DVI_MISSING, &out->family_n);
    if (err) {
        return err;
    }
    out->family = amp_arena_array(rd->arena, out->family_n + 1, sizeof *out->family);
    if (out->family == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < out->family_n && !err; i++) {
        err = family_take(rd, &out->family[i]);
    }
    return err;
}

amp_err amp_fam_dvi_read(const struct amp_fam *fam, struct amp_arena *arena,
                         struct amp_fam_dvi *out, struct amp_why *why)
{
    struct reader rd = {
        .fam = fam, .arena = arena, .why = why, .rest = fam->tail, .line = fam->tail_line};
    struct amp_fam_dvi dvi = {.victim_n = 0};
    struct amp_str line = {0};
    if (!fam->dvi) {
        return amp_fail(why, AMP_E_MISSING,
                        "%.*s has no [DVI] section: it holds no victims and reference families",
                        (int)fam->file.len, fam->file.ptr);
    }
    while (!amp_str_is(line, "[DVI]")) {
        rd.rest = amp_str_cut(rd.rest, '\n', &line);
        line = amp_str_trim(line);
        rd.line++;
    }
    advance(&rd);
    amp_err err = heading_take(&rd, 2, "Unidentified persons");
    err = err ? err : persons_take(&rd, 3, AMP_DVI_VICTIMS, &dvi.victim, &dvi.victim_n);
    err = err ? err : families_take(&rd, &dvi);
    if (!err && amp_arena_failed(arena)) {
        err = AMP_E_NOMEM;
    }
    if (!err) {
        *out = dvi;
    }
    return err;
}
