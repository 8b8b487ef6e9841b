/* Victims, families and missing persons from the rows of people.tsv. */
#include "dna/dvi_inside.h"

#include <stdlib.h>
#include <string.h>

struct builder {
    const struct dvi_rows *rows;
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_dvi *dvi;
    uint32_t *order; /* family rows, by family and row */
    size_t order_n;
    const struct dvi_row *member[AMP_KIN_PERSONS]; /* of the family at hand, parents first */
    size_t member_n;
    int32_t father[AMP_KIN_PERSONS], mother[AMP_KIN_PERSONS]; /* places in member, -1 none */
    int32_t given_father[AMP_KIN_PERSONS], given_mother[AMP_KIN_PERSONS]; /* rows as given */
};

static amp_err refuse(const struct builder *in, const struct dvi_row *row, const char *what,
                      struct amp_str other)
{
    return amp_fail(in->why, AMP_E_SYNTAX, "%s:%llu: %.*s: %s%s%.*s", in->rows->name,
                    (unsigned long long)row->line, (int)(row->id.len < 40 ? row->id.len : 40),
                    row->id.ptr, what, other.len ? " " : "", (int)(other.len < 40 ? other.len : 40),
                    other.ptr);
}

static int text_order(struct amp_str a, struct amp_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int by = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return by ? by : (a.len > b.len) - (a.len < b.len);
}

/* Sorting rows without a global: what is sorted carries its keys. */
struct keyed {
    struct amp_str key;
    uint32_t at;
};

static int keyed_order(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    int by = text_order(x->key, y->key);
    return by ? by : (x->at > y->at) - (x->at < y->at);
}

static amp_err victims_build(struct builder *in)
{
    const struct dvi_rows *rows = in->rows;
    struct amp_dvi *dvi = in->dvi;
    struct keyed *key = amp_arena_array(in->arena, rows->n + 1, sizeof(*key));
    dvi->victim = amp_arena_array(in->arena, rows->n + 1, sizeof(*dvi->victim));
    if (!key || !dvi->victim) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < rows->n; i++) {
        const struct dvi_row *row = &rows->row[i];
        if (!row->victim) {
            continue;
        }
        if (dvi->victim_n == AMP_DVI_VICTIMS) {
            return amp_fail(in->why, AMP_E_LIMIT, "%s: more than %d victims", rows->name,
                            AMP_DVI_VICTIMS);
        }
        key[dvi->victim_n] = (struct keyed){row->id, (uint32_t)i};
        dvi->victim[dvi->victim_n++] =
            (struct amp_dvi_victim){row->id, row->sex, row->genotype, row->typed_n};
    }
    qsort(key, dvi->victim_n, sizeof(*key), keyed_order);
    for (size_t i = 1; i < dvi->victim_n; i++) {
        if (amp_str_eq(key[i - 1].key, key[i].key)) {
            return refuse(in, &rows->row[key[i].at],
                          "a second victim has this name; name samples apart", (struct amp_str){0});
        }
    }
    return AMP_OK;
}

/* Puts the rows of each family together; families in the order of their first row. */
static amp_err families_group(struct builder *in)
{
    const struct dvi_rows *rows = in->rows;
    struct keyed *key = amp_arena_array(in->arena, rows->n + 1, sizeof(*key));
    uint32_t *first = amp_arena_array(in->arena, rows->n + 1, sizeof(*first));
    in->order = amp_arena_array(in->arena, rows->n + 1, sizeof(*in->order));
    if (!key || !first || !in->order) {
        return AMP_E_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        if (!rows->row[i].victim) {
            key[n++] = (struct keyed){rows->row[i].family, (uint32_t)i};
        }
    }
    qsort(key, n, sizeof(*key), keyed_order);
    for (size_t i = 0; i < n; i++) { /* where the family's rows lie, by its first row */
        bool begins = i == 0 || !amp_str_eq(key[i - 1].key, key[i].key);
        first[key[i].at] = begins ? (uint32_t)i + 1 : 0;
    }
    for (size_t i = 0; i < rows->n; i++) {
        for (size_t k = first[i]; k && k <= n; k++) {
            if (!amp_str_eq(key[k - 1].key, rows->row[i].family)) {
                break;
            }
            in->order[in->order_n++] = key[k - 1].at;
        }
    }
    return AMP_OK;
}

static int32_t member_find(const struct dvi_row *const *member, size_t n, struct amp_str id)
{
    for (size_t i = 0; i < n; i++) {
        if (amp_str_eq(member[i]->id, id)) {
            return (int32_t)i;
        }
    }
    return -1;
}

static bool nobody(struct amp_str id)
{
    return !id.len || amp_str_is(id, "0") || amp_str_is(id, "-");
}

/* Parents before children: rows are taken when their parents are. */
static amp_err members_order(struct builder *in, const struct dvi_row *const *given, size_t n)
{
    int32_t place[AMP_KIN_PERSONS]; /* of a given row among the members, -1 not yet */
    memset(place, -1, sizeof(place));
    in->member_n = 0;
    while (in->member_n < n) {
        size_t before = in->member_n;
        const struct dvi_row *stuck = NULL;
        for (size_t i = 0; i < n; i++) {
            int32_t father = in->given_father[i];
            int32_t mother = in->given_mother[i];
            bool founder = father < 0;
            if (place[i] >= 0) {
                continue;
            }
            stuck = given[i];
            if (founder || (place[father] >= 0 && place[mother] >= 0)) {
                place[i] = (int32_t)in->member_n;
                in->father[in->member_n] = founder ? -1 : place[father];
                in->mother[in->member_n] = founder ? -1 : place[mother];
                in->member[in->member_n++] = given[i];
            }
        }
        if (before == in->member_n) {
            return refuse(in, stuck,
                          "is an ancestor of himself or of his ancestors; check fid "
                          "and mid",
                          (struct amp_str){0});
        }
    }
    return AMP_OK;
}

static amp_err member_check(struct builder *in, const struct dvi_row *const *given, size_t n,
                            size_t at)
{
    const struct dvi_row *row = given[at];
    if (member_find(given, at, row->id) >= 0) {
        return refuse(in, row, "this family has the name twice", (struct amp_str){0});
    }
    if (nobody(row->father) != nobody(row->mother)) {
        return refuse(in, row,
                      "has one parent; add a row for the other (untyped, 0 0) and name "
                      "both, or neither",
                      (struct amp_str){0});
    }
    in->given_father[at] = in->given_mother[at] = -1;
    if (nobody(row->father)) {
        return AMP_OK;
    }
    int32_t father = in->given_father[at] = member_find(given, n, row->father);
    int32_t mother = in->given_mother[at] = member_find(given, n, row->mother);
    if (father < 0 || mother < 0) {
        return refuse(in, row, "this family has no row for the parent",
                      father < 0 ? row->father : row->mother);
    }
    if (given[father]->sex == AMP_KIN_FEMALE || given[mother]->sex == AMP_KIN_MALE) {
        return refuse(in, row, "the sex of the parent is not that of a father or mother:",
                      given[father]->sex == AMP_KIN_FEMALE ? row->father : row->mother);
    }
    return AMP_OK;
}

static amp_err missing_add(struct builder *in, const struct dvi_row *row, size_t person)
{
    struct amp_dvi *dvi = in->dvi;
    if (dvi->missing_n == AMP_DVI_MISSING) {
        return amp_fail(in->why, AMP_E_LIMIT, "%s: more than %d missing", in->rows->name,
                        AMP_DVI_MISSING);
    }
    dvi->missing[dvi->missing_n++] =
        (struct amp_dvi_missing){row->id, (uint32_t)dvi->family_n, (uint32_t)person, row->sex};
    dvi->family[dvi->family_n].missing_n++;
    if (row->typed_n) {
        amp_dvi_note(&dvi->notes, in->arena,
                     "%s:%llu: %.*s has a sample of his own: it counts as an identical twin's",
                     in->rows->name, (unsigned long long)row->line, (int)row->id.len, row->id.ptr);
    }
    return AMP_OK;
}

/* Sexes of parents that are not written follow from being one. */
static void sexes_fill(struct builder *in, struct amp_kin_person *person)
{
    for (size_t i = 0; i < in->member_n; i++) {
        if (in->father[i] >= 0) {
            person[in->father[i]].sex = AMP_KIN_MALE;
            person[in->mother[i]].sex = AMP_KIN_FEMALE;
        }
    }
}

static amp_err family_fill(struct builder *in)
{
    struct amp_dvi *dvi = in->dvi;
    struct amp_dvi_family *family = &dvi->family[dvi->family_n];
    size_t own = 0; /* samples of the missing themselves */
    for (size_t i = 0; i < in->member_n; i++) {
        own += in->member[i]->missing && in->member[i]->typed_n;
    }
    size_t n = in->member_n + own;
    struct amp_kin_person *person = amp_arena_array(in->arena, n, sizeof(*person));
    family->genotype = amp_arena_array(in->arena, n * dvi->marker_n, sizeof(*family->genotype));
    if (!person || !family->genotype || n > AMP_KIN_PERSONS) {
        return n > AMP_KIN_PERSONS ? AMP_E_LIMIT : AMP_E_NOMEM;
    }
    own = in->member_n;
    for (size_t i = 0; i < in->member_n; i++) {
        const struct dvi_row *row = in->member[i];
        person[i] = (struct amp_kin_person){.name = row->id,
                                            .father = in->father[i],
                                            .mother = in->mother[i],
                                            .sex = row->sex,
                                            .twin = -1};
        size_t typed = i;
        if (row->missing && row->typed_n) {
            typed = own++;
            person[typed] = person[i];
            person[typed].twin = (int32_t)i;
        }
        for (size_t m = 0; m < dvi->marker_n; m++) {
            family->genotype[m * n + i] = (struct amp_kin_genotype){-1, -1};
            family->genotype[m * n + typed] = row->genotype[m];
        }
        family->typed_n += row->typed_n > 0;
    }
    sexes_fill(in, person);
    for (size_t i = in->member_n; i < n; i++) {
        person[i].sex = person[person[i].twin].sex;
    }
    family->pedigree = (struct amp_kin_pedigree){n, person};
    return AMP_OK;
}

static amp_err family_build(struct builder *in, const uint32_t *row, size_t n)
{
    const struct dvi_row *given[AMP_KIN_PERSONS];
    const struct dvi_row *rows = in->rows->row;
    if (n > AMP_KIN_PERSONS) {
        return amp_fail(in->why, AMP_E_LIMIT, "%s:%llu: a family of more than %d persons",
                        in->rows->name, (unsigned long long)rows[row[0]].line, AMP_KIN_PERSONS);
    }
    for (size_t i = 0; i < n; i++) {
        given[i] = &rows[row[i]];
    }
    for (size_t i = 0; i < n; i++) {
        amp_err err = member_check(in, given, n, i);
        if (err) {
            return err;
        }
    }
    amp_err err = members_order(in, given, n);
    struct amp_dvi *dvi = in->dvi;
    dvi->family[dvi->family_n] =
        (struct amp_dvi_family){.name = given[0]->family, .missing_at = (uint32_t)dvi->missing_n};
    err = err ? err : family_fill(in);
    for (size_t i = 0; i < n && !err; i++) { /* in the order of the file */
        if (given[i]->missing) {
            err = missing_add(in, given[i],
                              (size_t)member_find(in->member, in->member_n, given[i]->id));
        }
    }
    for (size_t i = dvi->family[dvi->family_n].missing_at; i < dvi->missing_n; i++) {
        dvi->missing[i].sex =
            dvi->family[dvi->family_n].pedigree.person[dvi->missing[i].person].sex;
    }
    dvi->family_n += !err;
    return err;
}

/* A name that two families use is told with the family. */
static amp_err missing_name(struct builder *in)
{
    struct amp_dvi *dvi = in->dvi;
    struct keyed *key = amp_arena_array(in->arena, dvi->missing_n + 1, sizeof(*key));
    if (!key) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < dvi->missing_n; i++) {
        key[i] = (struct keyed){dvi->missing[i].name, (uint32_t)i};
    }
    qsort(key, dvi->missing_n, sizeof(*key), keyed_order);
    for (size_t i = 0; i < dvi->missing_n; i++) {
        bool twice = (i > 0 && amp_str_eq(key[i - 1].key, key[i].key)) ||
                     (i + 1 < dvi->missing_n && amp_str_eq(key[i + 1].key, key[i].key));
        struct amp_dvi_missing *missing = &dvi->missing[key[i].at];
        struct amp_str family = dvi->family[missing->family].name;
        if (twice) {
            missing->name = amp_arena_printf(in->arena, "%.*s/%.*s", (int)family.len, family.ptr,
                                             (int)key[i].key.len, key[i].key.ptr);
        }
    }
    return AMP_OK;
}

amp_err dvi_people_build(const struct dvi_rows *rows, struct amp_arena *arena, struct amp_dvi *dvi,
                         struct amp_why *why)
{
    struct builder *in = amp_arena_alloc(arena, sizeof(*in));
    if (!in) {
        return AMP_E_NOMEM;
    }
    in->rows = rows;
    in->arena = arena;
    in->why = why;
    in->dvi = dvi;
    dvi->family = amp_arena_array(arena, rows->n + 1, sizeof(*dvi->family));
    dvi->missing = amp_arena_array(arena, rows->n + 1, sizeof(*dvi->missing));
    amp_err err = !dvi->family || !dvi->missing ? AMP_E_NOMEM : victims_build(in);
    err = err ? err : families_group(in);
    for (size_t i = 0; i < in->order_n && !err;) {
        size_t n = 1;
        struct amp_str name = rows->row[in->order[i]].family;
        while (i + n < in->order_n && amp_str_eq(rows->row[in->order[i + n]].family, name)) {
            n++;
        }
        err = family_build(in, &in->order[i], n);
        i += n;
    }
    err = err ? err : missing_name(in);
    if (!err && (!dvi->victim_n || !dvi->missing_n)) {
        err = amp_fail(why, AMP_E_MISSING, "%s: there is no %s", rows->name,
                       dvi->victim_n ? "missing person: set missing to 1 for whom a family seeks"
                                     : "victim");
    }
    return err;
}
