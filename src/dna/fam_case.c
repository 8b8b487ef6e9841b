/* From a Familias file to a case: relations to parents, its database to markers. */
#include "dna/fam.h"

#include <math.h>

static const double sum_exact = 1e-6; /* frequencies need no scaling */
static const double sum_rounded = 1e-2;

struct caser {
    const struct amp_fam *fam;
    struct amp_arena *arena;
    struct amp_kin_case *kc;
    struct amp_why *why;
};

static struct amp_kin_person nobody(struct amp_str name, bool male)
{
    return (struct amp_kin_person){.name = name,
                                   .father = -1,
                                   .mother = -1,
                                   .twin = -1,
                                   .sex = male ? AMP_KIN_MALE : AMP_KIN_FEMALE};
}

/* A pedigree while relations are put into it. */
struct draft {
    struct amp_kin_person *person;
    size_t person_n;
    const char *name; /* for messages */
    int name_len;
};

static void extras_add(struct caser *cs, struct draft *draft, const struct amp_fam_pedigree *ped)
{
    for (size_t i = 0; i < ped->women + ped->men; i++) {
        const bool male = i >= ped->women;
        const struct amp_str name = amp_arena_printf(cs->arena, "extra %s %zu",
                                                     male ? "man" : "woman", draft->person_n + 1);
        draft->person[draft->person_n++] = nobody(name, male);
    }
}

static amp_err direct_add(struct caser *cs, struct draft *draft, const struct amp_fam_relation *rel)
{
    const size_t later = rel->parent > rel->child ? rel->parent : rel->child;
    const size_t earlier = rel->parent > rel->child ? rel->child : rel->parent;
    if (draft->person[later].twin >= 0 || draft->person[later].sex != draft->person[earlier].sex) {
        return amp_fail(cs->why, AMP_E_RANGE,
                        "%.*s pedigree %.*s: %.*s and %.*s are called the same person, but differ "
                        "in sex or are that already with another: correct it in Familias",
                        (int)cs->fam->file.len, cs->fam->file.ptr, draft->name_len, draft->name,
                        (int)draft->person[earlier].name.len, draft->person[earlier].name.ptr,
                        (int)draft->person[later].name.len, draft->person[later].name.ptr);
    }
    draft->person[later].twin = (int32_t)earlier;
    return AMP_OK;
}

static amp_err relations_add(struct caser *cs, struct draft *draft,
                             const struct amp_fam_pedigree *ped)
{
    for (size_t r = 0; r < ped->relation_n; r++) {
        const struct amp_fam_relation *rel = &ped->relation[r];
        if (rel->direct) {
            amp_err err = direct_add(cs, draft, rel);
            if (err) {
                return err;
            }
            continue;
        }
        struct amp_kin_person *child = &draft->person[rel->child];
        int32_t *parent =
            draft->person[rel->parent].sex == AMP_KIN_MALE ? &child->father : &child->mother;
        if (*parent >= 0 && *parent != (int32_t)rel->parent) {
            return amp_fail(cs->why, AMP_E_RANGE,
                            "%.*s pedigree %.*s: %.*s has two %s: correct it in Familias",
                            (int)cs->fam->file.len, cs->fam->file.ptr, draft->name_len, draft->name,
                            (int)child->name.len, child->name.ptr,
                            draft->person[rel->parent].sex == AMP_KIN_MALE ? "fathers" : "mothers");
        }
        *parent = (int32_t)rel->parent;
    }
    return AMP_OK;
}

/* Twins share their parents, whichever of them the file gives them to. */
static void twins_share(struct draft *draft)
{
    for (size_t i = draft->person_n; i-- > 0;) {
        struct amp_kin_person *later = &draft->person[i];
        if (later->twin < 0) {
            continue;
        }
        struct amp_kin_person *earlier = &draft->person[later->twin];
        earlier->father = earlier->father < 0 ? later->father : earlier->father;
        earlier->mother = earlier->mother < 0 ? later->mother : earlier->mother;
    }
    for (size_t i = 0; i < draft->person_n; i++) {
        struct amp_kin_person *later = &draft->person[i];
        if (later->twin >= 0) {
            const struct amp_kin_person *earlier = &draft->person[later->twin];
            later->father = later->father < 0 ? earlier->father : later->father;
            later->mother = later->mother < 0 ? earlier->mother : later->mother;
        }
    }
}

static amp_err partner_add(struct caser *cs, struct draft *draft, size_t i)
{
    struct amp_kin_person *person = &draft->person[i];
    if ((person->father < 0) == (person->mother < 0)) {
        return AMP_OK;
    }
    const bool male = person->father < 0;
    int32_t partner = (int32_t)draft->person_n;
    if (person->twin >= 0) { /* the earlier twin has got his by now */
        const struct amp_kin_person *twin = &draft->person[person->twin];
        partner = male ? twin->father : twin->mother;
    } else {
        const struct amp_str name =
            amp_arena_printf(cs->arena, "untyped %s of %.*s", male ? "father" : "mother",
                             (int)person->name.len, person->name.ptr);
        draft->person[draft->person_n++] = nobody(name, male);
    }
    if (male) {
        person->father = partner;
    } else {
        person->mother = partner;
    }
    return AMP_OK;
}

static amp_err hypothesis_make(struct caser *cs, const struct amp_fam_pedigree *ped,
                               struct amp_kin_hypothesis *out)
{
    const struct amp_fam *fam = cs->fam;
    const size_t named = fam->person_n + fam->known.women + fam->known.men + ped->women + ped->men;
    struct draft draft = {.name = ped->name.ptr ? ped->name.ptr : "",
                          .name_len = (int)ped->name.len};
    draft.person = amp_arena_array(cs->arena, 2 * named, sizeof *draft.person);
    if (!draft.person) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < fam->person_n; i++) {
        draft.person[draft.person_n++] = cs->kc->person[i];
    }
    extras_add(cs, &draft, &fam->known);
    if (ped != &fam->known) {
        extras_add(cs, &draft, ped);
    }
    amp_err err = relations_add(cs, &draft, &fam->known);
    if (!err && ped != &fam->known) {
        err = relations_add(cs, &draft, ped);
    }
    if (err) {
        return err;
    }
    twins_share(&draft);
    const size_t before = draft.person_n;
    for (size_t i = 0; i < before && !err; i++) {
        err = partner_add(cs, &draft, i);
    }
    *out = (struct amp_kin_hypothesis){
        .name = ped->name, .pedigree = {.person_n = draft.person_n, .person = draft.person}};
    err = err ? err : amp_kin_pedigree_check(&out->pedigree, cs->arena, cs->why);
    return err || !amp_arena_failed(cs->arena) ? err : AMP_E_NOMEM;
}

static amp_err hypotheses_make(struct caser *cs)
{
    const struct amp_fam *fam = cs->fam;
    struct amp_kin_case *kc = cs->kc;
    kc->hypothesis_n = fam->pedigree_n ? fam->pedigree_n : 1;
    kc->hypothesis = amp_arena_array(cs->arena, kc->hypothesis_n, sizeof *kc->hypothesis);
    if (!kc->hypothesis) {
        return AMP_E_NOMEM;
    }
    amp_err err = AMP_OK;
    for (size_t h = 0; h < kc->hypothesis_n && !err; h++) {
        const struct amp_fam_pedigree *ped = fam->pedigree_n ? &fam->pedigree[h] : &fam->known;
        err = hypothesis_make(cs, ped, &kc->hypothesis[h]);
    }
    if (!err && fam->pedigree_n == 0) {
        kc->hypothesis[0].name = AMP_STR("known relations");
    }
    return err;
}

/* Frequencies are made to sum to 1 where rounding or the silent allele left them beside it. */
static amp_err freqs_scale(struct caser *cs, const struct amp_fam_marker *from, double *freq)
{
    double sum = 0;
    for (size_t a = 0; a < from->allele_n; a++) {
        sum += from->freq[a];
    }
    const double silent = from->silent ? from->silent_freq : 0;
    const double whole = fabs(sum - 1) <= sum_rounded ? 1 : 1 - silent;
    if (!(fabs(sum - whole) <= sum_rounded) || !(sum > 0)) {
        return amp_fail(cs->why, AMP_E_RANGE,
                        "%.*s marker %.*s: the frequencies sum to %g, not to 1: correct the "
                        "database in Familias",
                        (int)cs->fam->file.len, cs->fam->file.ptr, (int)from->name.len,
                        from->name.ptr, sum + silent);
    }
    const bool exact = fabs(sum + silent - 1) <= sum_exact;
    for (size_t a = 0; a < from->allele_n; a++) {
        freq[a] = exact ? from->freq[a] : from->freq[a] * (1 - silent) / sum;
    }
    if (exact) {
        return AMP_OK;
    }
    return amp_kin_case_note(cs->kc, cs->arena,
                             "marker %.*s: frequencies summing to %.6g were scaled to %.6g",
                             (int)from->name.len, from->name.ptr, sum, 1 - silent);
}

static struct amp_kin_mutation mutation_of(const struct amp_fam_marker *from, size_t sex)
{
    static const enum amp_kin_mutation_model models[] = {
        AMP_KIN_EQUAL, AMP_KIN_PROPORTIONAL, AMP_KIN_STEPWISE, AMP_KIN_DAWID, AMP_KIN_STEPWISE};
    struct amp_kin_mutation mu = {
        .model = models[from->model[sex]], .rate = from->rate[sex], .range = from->range[sex]};
    mu.rate2 = mu.model == AMP_KIN_STEPWISE ? from->rate2[sex] : 0;
    return mu;
}

static amp_err marker_make(struct caser *cs, const struct amp_fam_marker *from,
                           struct amp_kin_marker *out)
{
    const size_t n = from->allele_n + (from->silent ? 1 : 0);
    struct amp_str *names = amp_arena_array(cs->arena, n, sizeof *names);
    double *freq = amp_arena_array(cs->arena, n, sizeof *freq);
    if (!names || !freq) {
        return AMP_E_NOMEM;
    }
    amp_err err = freqs_scale(cs, from, freq);
    for (size_t a = 0; a < from->allele_n; a++) {
        names[a] = from->allele[a];
    }
    if (from->silent) {
        names[n - 1] = AMP_STR("silent");
        freq[n - 1] = from->silent_freq;
    }
    *out = (struct amp_kin_marker){.name = from->name,
                                   .allele_n = n,
                                   .allele = names,
                                   .freq = freq,
                                   .silent = from->silent ? (int32_t)from->allele_n : -1,
                                   .male = mutation_of(from, 1),
                                   .female = mutation_of(from, 0),
                                   .theta = cs->fam->theta,
                                   .drop_out = from->drop_out};
    const bool unused = (out->male.model == AMP_KIN_DAWID && from->rate2[1] > 0) ||
                        (out->female.model == AMP_KIN_DAWID && from->rate2[0] > 0);
    if (!err && unused) {
        err = amp_kin_case_note(cs->kc, cs->arena,
                                "marker %.*s: the stationary stepwise model has no second rate; "
                                "the file's is not used",
                                (int)from->name.len, from->name.ptr);
    }
    return err;
}

static amp_err markers_make(struct caser *cs)
{
    const struct amp_fam *fam = cs->fam;
    struct amp_kin_case *kc = cs->kc;
    kc->marker_n = fam->marker_n;
    kc->marker = amp_arena_array(cs->arena, fam->marker_n, sizeof *kc->marker);
    kc->genotype = amp_arena_array(cs->arena, fam->marker_n * fam->person_n, sizeof *kc->genotype);
    if (!kc->marker || !kc->genotype) {
        return AMP_E_NOMEM;
    }
    for (size_t m = 0; m < fam->marker_n; m++) {
        amp_err err = marker_make(cs, &fam->marker[m], &kc->marker[m]);
        if (err) {
            return err;
        }
    }
    for (size_t k = 0; k < fam->marker_n * fam->person_n; k++) {
        kc->genotype[k] = (struct amp_kin_genotype){-1, -1};
    }
    for (size_t i = 0; i < fam->person_n; i++) {
        for (size_t g = 0; g < fam->person[i].genotype_n; g++) {
            const struct amp_fam_genotype *from = &fam->person[i].genotype[g];
            kc->genotype[from->marker * fam->person_n + i] =
                (struct amp_kin_genotype){(int32_t)from->a, (int32_t)from->b};
        }
    }
    return AMP_OK;
}

amp_err amp_fam_case(const struct amp_fam *fam, const struct amp_kin_override *override,
                     struct amp_arena *arena, struct amp_kin_case *out, struct amp_why *why)
{
    struct amp_kin_case kc = {.file = fam->file, .person_n = fam->person_n};
    struct caser cs = {.fam = fam, .arena = arena, .kc = &kc, .why = why};
    kc.format =
        amp_arena_printf(arena, "Familias %.*s", (int)fam->version.len, fam->version.ptr).ptr;
    kc.person = amp_arena_array(arena, fam->person_n, sizeof *kc.person);
    if (!kc.format || !kc.person) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < fam->person_n; i++) {
        kc.person[i] = nobody(fam->person[i].name, fam->person[i].male);
        kc.person[i].drop_out = fam->person[i].drop_out;
    }
    amp_err err = hypotheses_make(&cs);
    err = err ? err : markers_make(&cs);
    if (!err && fam->dvi) {
        err = amp_kin_case_note(&kc, arena,
                                "the [DVI] section of the file (victims and reference families) "
                                "was not used; amparo dna dvi reads it");
    }
    err = err ? err : amp_kin_case_finish(&kc, override, arena, why);
    if (!err) {
        *out = kc;
    }
    return err;
}
