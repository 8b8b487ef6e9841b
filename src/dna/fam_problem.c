/* From the [DVI] section of a Familias file to the three texts of a problem. */
#include "dna/fam_dvi.h"
#include "dna/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double scarcely = 1e-12; /* what a rate or a frequency of nothing may be printed as */

/* A person of a family while its relations are put together. */
struct kinsman {
    struct amp_str name;
    enum amp_kin_sex sex;
    const struct amp_fam_dvi_person *entry; /* NULL: only relations name him */
    bool missing, related;
    int32_t parent[2]; /* as they are named, -1 none */
    int32_t father, mother;
};

struct maker {
    const struct amp_fam *fam;
    const struct amp_fam_dvi *dvi;
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_fam_problem *out;
    bool *typed; /* markers of the file that somebody is typed at */
    bool amelogenin;
    const struct amp_fam_dvi_family *family;
    struct kinsman *kin; /* of the family at hand */
    size_t kin_n;
};

static int shown(struct amp_str text)
{
    return (int)(text.len < 40 ? text.len : 40);
}

static amp_err refuse(const struct maker *mk, uint64_t line, const char *what, struct amp_str name)
{
    char at[32] = ""; /* of a marker no line is known */
    if (line > 0) {
        (void)snprintf(at, sizeof at, " line %llu", (unsigned long long)line);
    }
    return amp_fail(mk->why, AMP_E_RANGE, "%.*s%s: %s: \"%.*s\"; correct it in Familias",
                    shown(mk->fam->file), mk->fam->file.ptr, at, what, shown(name), name.ptr);
}

static bool is_missing(struct amp_str name)
{
    return amp_str_starts(name, AMP_STR("Missing"));
}

static int32_t marker_find(const struct amp_fam *fam, struct amp_str name)
{
    for (size_t m = 0; m < fam->marker_n; m++) {
        if (amp_dna_marker_same(fam->marker[m].name, name)) {
            return (int32_t)m;
        }
    }
    return -1;
}

/* ---- markers ---- */

/* A name that stands in a text with tabs, or before a colon. */
static amp_err name_check(const struct maker *mk, uint64_t line, struct amp_str name, char never)
{
    bool good = name.len > 0 && name.len <= 200 && amp_utf8_valid(name) &&
                memchr(name.ptr, never, name.len) == NULL && !amp_str_is(name, "*") &&
                !amp_str_is(name, "0") && !amp_str_is(name, "-");
    for (size_t i = 0; i < name.len && good; i++) {
        good = (unsigned char)name.ptr[i] >= ' ';
    }
    return good ? AMP_OK : refuse(mk, line, "this cannot be a name here", name);
}

static amp_err typed_note(struct maker *mk, const struct amp_fam_dvi_person *person, bool *told)
{
    for (size_t i = 0; i < person->typed_n; i++) {
        const struct amp_fam_dvi_typed *typed = &person->typed[i];
        const int32_t m = marker_find(mk->fam, typed->marker);
        for (size_t k = 0; k < i; k++) {
            if (amp_dna_marker_same(person->typed[k].marker, typed->marker)) {
                return refuse(mk, person->line, "a person is typed twice at a marker",
                              typed->marker);
            }
        }
        if ((typed->allele[0].len == 0) != (typed->allele[1].len == 0)) {
            return refuse(mk, person->line, "a person has one allele of two at a marker",
                          typed->marker);
        }
        if (m >= 0) {
            mk->typed[m] = true;
        } else if (amp_dna_marker_same(typed->marker, AMP_STR("AMEL"))) {
            mk->amelogenin = true;
        } else if (!*told) {
            *told = true;
            amp_dvi_note(&mk->out->notes, mk->arena,
                         "marker %.*s is typed, but the file has no frequencies for it: it is left "
                         "out, and so is every other without",
                         shown(typed->marker), typed->marker.ptr);
        }
    }
    return name_check(mk, person->line, person->name, '\t');
}

static amp_err typed_find(struct maker *mk)
{
    bool told = false;
    amp_err err = AMP_OK;
    for (size_t i = 0; i < mk->dvi->victim_n && !err; i++) {
        err = typed_note(mk, &mk->dvi->victim[i], &told);
    }
    for (size_t f = 0; f < mk->dvi->family_n && !err; f++) {
        const struct amp_fam_dvi_family *family = &mk->dvi->family[f];
        err = name_check(mk, family->line, family->name, '\t');
        for (size_t i = 0; i < family->person_n && !err; i++) {
            err = typed_note(mk, &family->person[i], &told);
        }
    }
    return err;
}

static void setting_put(struct amp_buf *out, const char *name, double value)
{
    amp_buf_text(out, name);
    amp_kin_put_number(out, value);
}

static void mutation_put(struct amp_buf *out, const struct amp_fam_marker *marker, size_t sex)
{
    static const char *const models[] = {"equal", "proportional", "stepwise", "dawid", "stepwise"};
    static const char *const model[2] = {" female.model=", " male.model="};
    static const char *const rate[2] = {" female.rate=", " male.rate="};
    static const char *const range[2] = {" female.range=", " male.range="};
    static const char *const second[2] = {" female.rate2=", " male.rate2="};
    const double rate2 = marker->model[sex] == 3 ? 0 : marker->rate2[sex];
    const bool none = marker->rate[sex] <= scarcely && rate2 <= scarcely;
    amp_buf_text(out, model[sex]);
    amp_buf_text(out, none ? "none" : models[marker->model[sex]]);
    if (!none) {
        setting_put(out, rate[sex], marker->rate[sex]);
    }
    if (!none && marker->model[sex] >= 2) {
        setting_put(out, range[sex], marker->range[sex]);
        setting_put(out, second[sex], rate2);
    }
}

static amp_err marker_put(struct maker *mk, const struct amp_fam_marker *marker)
{
    struct amp_fam_problem *out = mk->out;
    if (marker->silent && marker->silent_freq > scarcely) {
        return amp_fail(mk->why, AMP_E_UNSUPPORTED,
                        "%.*s: marker %.*s has a silent allele of frequency %g, which is not "
                        "modelled for victims: set it to 0 in Familias, or take the marker out",
                        shown(mk->fam->file), mk->fam->file.ptr, shown(marker->name),
                        marker->name.ptr, marker->silent_freq);
    }
    size_t none_n = 0;
    for (size_t a = 0; a < marker->allele_n; a++) {
        if (marker->freq[a] > scarcely) {
            amp_buf_str(&out->markers, marker->name);
            amp_buf_char(&out->markers, '\t');
            amp_buf_str(&out->markers, marker->allele[a]);
            setting_put(&out->markers, "\t", marker->freq[a]);
            amp_buf_char(&out->markers, '\n');
        }
        none_n += !(marker->freq[a] > scarcely);
    }
    if (none_n > 0) {
        amp_dvi_note(&out->notes, mk->arena, "marker %.*s: %zu alleles of frequency 0 are left out",
                     shown(marker->name), marker->name.ptr, none_n);
    }
    if (marker->drop_out > scarcely) {
        amp_dvi_note(&out->notes, mk->arena,
                     "marker %.*s: the file's probability of drop-out, %g, is not used; "
                     "--drop-out says one for all",
                     shown(marker->name), marker->name.ptr, marker->drop_out);
    }
    amp_buf_printf(&out->mutation, "%.*s :", (int)marker->name.len, marker->name.ptr);
    mutation_put(&out->mutation, marker, 1);
    mutation_put(&out->mutation, marker, 0);
    amp_buf_char(&out->mutation, '\n');
    return name_check(mk, 0, marker->name, ':');
}

static amp_err markers_put(struct maker *mk)
{
    struct amp_fam_problem *out = mk->out;
    amp_buf_text(&out->markers, "marker\tallele\tfrequency\n");
    amp_buf_text(&out->people, "kind\tfamily\tid\tfid\tmid\tsex");
    amp_err err = AMP_OK;
    for (size_t m = 0; m < mk->fam->marker_n && !err; m++) {
        if (mk->typed[m]) {
            const struct amp_str name = mk->fam->marker[m].name;
            amp_buf_printf(&out->people, "\t%.*s", (int)name.len, name.ptr);
            err = marker_put(mk, &mk->fam->marker[m]);
        }
    }
    amp_buf_text(&out->people, mk->amelogenin ? "\tAMEL\tmissing\n" : "\tmissing\n");
    return err;
}

/* ---- relations of a family ---- */

/* What is supposed, not what the family is without the missing. NULL, with the reason in *err:
 * there is none, or there are several. */
static const struct amp_fam_dvi_pedigree *pedigree_choose(const struct maker *mk, amp_err *err)
{
    const struct amp_fam_dvi_family *family = mk->family;
    const struct amp_fam_dvi_pedigree *chosen = NULL;
    for (size_t i = 0; i < family->pedigree_n; i++) {
        const struct amp_fam_dvi_pedigree *at = &family->pedigree[i];
        if (family->pedigree_n > 1 && amp_str_is(at->name, "Reference pedigree")) {
            continue;
        }
        if (chosen != NULL) {
            *err = amp_fail(mk->why, AMP_E_RANGE,
                            "%.*s: family %.*s has several pedigrees, %.*s and %.*s among them: "
                            "leave one beside the reference pedigree",
                            shown(mk->fam->file), mk->fam->file.ptr, shown(family->name),
                            family->name.ptr, shown(chosen->name), chosen->name.ptr,
                            shown(at->name), at->name.ptr);
            return NULL;
        }
        chosen = at;
    }
    if (chosen == NULL) {
        *err = refuse(mk, family->line, "the family has no pedigree", family->name);
    }
    return chosen;
}

static int32_t kin_find(const struct maker *mk, struct amp_str name)
{
    for (size_t i = 0; i < mk->kin_n; i++) {
        if (amp_str_eq(mk->kin[i].name, name)) {
            return (int32_t)i;
        }
    }
    return -1;
}

static size_t kin_add(struct maker *mk, struct amp_str name, enum amp_kin_sex sex)
{
    mk->kin[mk->kin_n] = (struct kinsman){.name = name,
                                          .sex = sex,
                                          .missing = is_missing(name),
                                          .parent = {-1, -1},
                                          .father = -1,
                                          .mother = -1};
    return mk->kin_n++;
}

static size_t kin_of(struct maker *mk, struct amp_str name)
{
    const int32_t at = kin_find(mk, name);
    const size_t i = at >= 0 ? (size_t)at : kin_add(mk, name, AMP_KIN_UNKNOWN_SEX);
    mk->kin[i].related = true;
    return i;
}

static amp_err relation_add(struct maker *mk, const struct amp_fam_dvi_relation *relation)
{
    amp_err err = name_check(mk, relation->line, relation->parent, '\t');
    err = err ? err : name_check(mk, relation->line, relation->child, '\t');
    if (err) {
        return err;
    }
    const int32_t parent = (int32_t)kin_of(mk, relation->parent);
    struct kinsman *child = &mk->kin[kin_of(mk, relation->child)];
    if (child->parent[0] == parent || child->parent[1] == parent) {
        return AMP_OK;
    }
    if (child->parent[1] >= 0) {
        return refuse(mk, relation->line, "three parents", child->name);
    }
    child->parent[child->parent[0] >= 0 ? 1 : 0] = parent;
    return AMP_OK;
}

/* Who has a child with a man is a woman. */
static void sexes_follow(struct maker *mk)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < mk->kin_n; i++) {
            const int32_t *parent = mk->kin[i].parent;
            for (int k = 0; k < 2 && parent[1] >= 0; k++) {
                struct kinsman *one = &mk->kin[parent[k]];
                const enum amp_kin_sex other = mk->kin[parent[1 - k]].sex;
                if (one->sex == AMP_KIN_UNKNOWN_SEX && other != AMP_KIN_UNKNOWN_SEX) {
                    one->sex = other == AMP_KIN_MALE ? AMP_KIN_FEMALE : AMP_KIN_MALE;
                    more = true;
                }
            }
        }
    }
}

/* Familias keeps the sex of its "Missing person" in an entry ("Missing female 1") that no pedigree
 * of the family names. */
static void missing_sex(struct maker *mk)
{
    struct kinsman *who = NULL;
    const struct kinsman *says = NULL;
    size_t who_n = 0, says_n = 0;
    for (size_t i = 0; i < mk->kin_n; i++) {
        struct kinsman *one = &mk->kin[i];
        if (one->missing && one->related && one->sex == AMP_KIN_UNKNOWN_SEX) {
            who = one;
            who_n++;
        } else if (one->missing && !one->related && one->sex != AMP_KIN_UNKNOWN_SEX) {
            says = one;
            says_n++;
        }
    }
    if (who_n == 1 && says_n == 1) {
        who->sex = says->sex;
        amp_dvi_note(&mk->out->notes, mk->arena,
                     "family %.*s: %.*s is taken to be %s, as the entry \"%.*s\" is, which its "
                     "pedigree does not name",
                     shown(mk->family->name), mk->family->name.ptr, shown(who->name), who->name.ptr,
                     says->sex == AMP_KIN_MALE ? "male" : "female", shown(says->name),
                     says->name.ptr);
    }
}

/* A parent whose sex nothing tells. */
static void doubt_set(struct maker *mk, struct kinsman *parent, const struct kinsman *child)
{
    const struct amp_str family = mk->family->name;
    struct amp_str text = amp_arena_printf(
        mk->arena,
        "family %.*s: the file does not say whether %.*s is the father or the mother of %.*s",
        shown(family), family.ptr, shown(parent->name), parent->name.ptr, shown(child->name),
        child->name.ptr);
    amp_dvi_note(&mk->out->notes, mk->arena,
                 "%.*s; put down as the mother, and so compared with women alone", (int)text.len,
                 text.ptr);
    mk->out->doubt = mk->out->doubt.len > 0 ? mk->out->doubt : text;
    parent->sex = AMP_KIN_FEMALE;
}

static amp_err parents_place(struct maker *mk, size_t i)
{
    struct kinsman *child = &mk->kin[i];
    if (child->parent[0] >= 0 && mk->kin[child->parent[0]].sex == AMP_KIN_UNKNOWN_SEX) {
        doubt_set(mk, &mk->kin[child->parent[0]], child);
        sexes_follow(mk);
    }
    for (int k = 0; k < 2 && child->parent[k] >= 0; k++) {
        const bool male = mk->kin[child->parent[k]].sex == AMP_KIN_MALE;
        int32_t *place = male ? &child->father : &child->mother;
        if (*place >= 0) {
            return refuse(mk, mk->family->line, male ? "two fathers" : "two mothers", child->name);
        }
        *place = child->parent[k];
    }
    for (int k = 0; k < 2 && child->parent[0] >= 0; k++) {
        int32_t *place = k == 0 ? &child->father : &child->mother;
        if (*place < 0) {
            const struct amp_str name =
                amp_arena_printf(mk->arena, "untyped %s of %.*s", k == 0 ? "father" : "mother",
                                 (int)child->name.len, child->name.ptr);
            *place = (int32_t)kin_add(mk, name, k == 0 ? AMP_KIN_MALE : AMP_KIN_FEMALE);
            mk->kin[*place].related = true;
            mk->kin[*place].missing = false;
        }
    }
    return AMP_OK;
}

static amp_err kin_make(struct maker *mk)
{
    const struct amp_fam_dvi_family *family = mk->family;
    amp_err err = AMP_OK;
    const struct amp_fam_dvi_pedigree *pedigree = pedigree_choose(mk, &err);
    if (pedigree == NULL) {
        return err;
    }
    mk->kin_n = 0;
    mk->kin = amp_arena_array(mk->arena, 2 * (family->person_n + 2 * pedigree->relation_n + 1),
                              sizeof *mk->kin);
    if (mk->kin == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < family->person_n; i++) {
        const struct amp_fam_dvi_person *person = &family->person[i];
        if (kin_find(mk, person->name) >= 0) {
            return refuse(mk, person->line, "the family has the name twice", person->name);
        }
        mk->kin[kin_add(mk, person->name, person->sex)].entry = person;
    }
    for (size_t i = 0; i < pedigree->relation_n && !err; i++) {
        err = relation_add(mk, &pedigree->relation[i]);
    }
    sexes_follow(mk);
    missing_sex(mk);
    sexes_follow(mk);
    const size_t before = mk->kin_n;
    for (size_t i = 0; i < before && !err; i++) {
        err = parents_place(mk, i);
    }
    return err;
}

/* ---- rows ---- */

static void genotype_put(struct amp_buf *out, const struct amp_fam_dvi_person *person,
                         struct amp_str marker)
{
    for (size_t i = 0; person != NULL && i < person->typed_n; i++) {
        const struct amp_fam_dvi_typed *typed = &person->typed[i];
        if (typed->allele[0].len > 0 && amp_dna_marker_same(typed->marker, marker)) {
            amp_buf_printf(out, "\t%.*s/%.*s", (int)typed->allele[0].len, typed->allele[0].ptr,
                           (int)typed->allele[1].len, typed->allele[1].ptr);
            return;
        }
    }
    amp_buf_text(out, "\t-/-");
}

static void row_end(struct maker *mk, const struct amp_fam_dvi_person *person, bool missing)
{
    struct amp_buf *out = &mk->out->people;
    for (size_t m = 0; m < mk->fam->marker_n; m++) {
        if (mk->typed[m]) {
            genotype_put(out, person, mk->fam->marker[m].name);
        }
    }
    if (mk->amelogenin) {
        genotype_put(out, person, AMP_STR("AMEL"));
    }
    amp_buf_text(out, missing ? "\t1\n" : "\t0\n");
}

static amp_err alleles_check(const struct maker *mk, const struct amp_fam_dvi_person *person)
{
    for (size_t i = 0; i < person->typed_n; i++) {
        for (int k = 0; k < 2 && person->typed[i].allele[0].len > 0; k++) {
            const struct amp_str allele = person->typed[i].allele[k];
            if (memchr(allele.ptr, '/', allele.len) != NULL ||
                memchr(allele.ptr, '\t', allele.len) != NULL) {
                return refuse(mk, person->line, "this is no name of an allele", allele);
            }
        }
    }
    return AMP_OK;
}

static amp_err family_put(struct maker *mk)
{
    const struct amp_str family = mk->family->name;
    struct amp_buf *out = &mk->out->people;
    size_t missing_n = 0;
    amp_err err = kin_make(mk);
    for (size_t i = 0; i < mk->kin_n && !err; i++) {
        const struct kinsman *one = &mk->kin[i];
        const bool typed = one->entry != NULL && one->entry->typed_n > 0;
        if (!one->related && !typed) {
            continue;
        }
        const struct amp_str father = one->father >= 0 ? mk->kin[one->father].name : AMP_STR("0");
        const struct amp_str mother = one->mother >= 0 ? mk->kin[one->mother].name : AMP_STR("0");
        amp_buf_printf(out, "family\t%.*s\t%.*s\t%.*s\t%.*s\t%d", (int)family.len, family.ptr,
                       (int)one->name.len, one->name.ptr, (int)father.len, father.ptr,
                       (int)mother.len, mother.ptr,
                       one->sex == AMP_KIN_MALE     ? 1
                       : one->sex == AMP_KIN_FEMALE ? 2
                                                    : 0);
        row_end(mk, one->entry, one->missing);
        missing_n += one->missing;
        err = one->entry != NULL ? alleles_check(mk, one->entry) : AMP_OK;
    }
    if (!err && missing_n == 0) {
        amp_dvi_note(&mk->out->notes, mk->arena,
                     "family %.*s seeks nobody: no name in its pedigree begins with \"Missing\"",
                     shown(family), family.ptr);
    }
    return err;
}

static int name_order(const void *a, const void *b)
{
    const struct amp_fam_dvi_family *const *x = a;
    const struct amp_fam_dvi_family *const *y = b;
    const size_t n = (*x)->name.len < (*y)->name.len ? (*x)->name.len : (*y)->name.len;
    const int by = memcmp((*x)->name.ptr, (*y)->name.ptr, n);
    return by ? by : ((*x)->name.len > (*y)->name.len) - ((*x)->name.len < (*y)->name.len);
}

/* Families of one name would become one. */
static amp_err families_check(const struct maker *mk)
{
    const size_t n = mk->dvi->family_n;
    const struct amp_fam_dvi_family **at = amp_arena_array(mk->arena, n + 1, sizeof(void *));
    if (at == NULL) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        at[i] = &mk->dvi->family[i];
    }
    qsort(at, n, sizeof(void *), name_order);
    for (size_t i = 1; i < n; i++) {
        if (amp_str_eq(at[i - 1]->name, at[i]->name)) {
            return refuse(mk, at[i]->line, "a second family has this name", at[i]->name);
        }
    }
    return AMP_OK;
}

static amp_err people_put(struct maker *mk)
{
    amp_err err = families_check(mk);
    for (size_t i = 0; i < mk->dvi->victim_n && !err; i++) {
        const struct amp_fam_dvi_person *victim = &mk->dvi->victim[i];
        amp_buf_printf(&mk->out->people, "victim\t-\t%.*s\t0\t0\t%d", (int)victim->name.len,
                       victim->name.ptr,
                       victim->sex == AMP_KIN_MALE     ? 1
                       : victim->sex == AMP_KIN_FEMALE ? 2
                                                       : 0);
        row_end(mk, victim, false);
        err = alleles_check(mk, victim);
    }
    for (size_t f = 0; f < mk->dvi->family_n && !err; f++) {
        mk->family = &mk->dvi->family[f];
        err = family_put(mk);
    }
    return err;
}

amp_err amp_fam_problem_make(const struct amp_fam *fam, struct amp_arena *arena,
                             struct amp_fam_problem *out, struct amp_why *why)
{
    struct amp_fam_dvi dvi = {.victim_n = 0};
    struct maker mk = {.fam = fam, .dvi = &dvi, .arena = arena, .why = why, .out = out};
    *out = (struct amp_fam_problem){.people = amp_buf_make(AMP_DVI_FILE_MAX),
                                    .markers = amp_buf_make(AMP_DVI_FILE_MAX),
                                    .mutation = amp_buf_make(AMP_DVI_FILE_MAX)};
    amp_err err = amp_fam_dvi_read(fam, arena, &dvi, why);
    out->theta = fam->theta;
    mk.typed = amp_arena_array(arena, fam->marker_n + 1, sizeof *mk.typed);
    err = err == AMP_OK && mk.typed == NULL ? AMP_E_NOMEM : err;
    err = err ? err : typed_find(&mk);
    err = err ? err : markers_put(&mk);
    err = err ? err : people_put(&mk);
    err = err ? err : amp_buf_err(&out->people);
    err = err ? err : amp_buf_err(&out->markers);
    err = err ? err : amp_buf_err(&out->mutation);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err) {
        amp_fam_problem_free(out);
    }
    return err;
}

void amp_fam_problem_free(struct amp_fam_problem *problem)
{
    amp_buf_free(&problem->people);
    amp_buf_free(&problem->markers);
    amp_buf_free(&problem->mutation);
}
