/* Exclusions and undisputed matches, round by round, until nothing changes. */
#include "dna/dvi_solve.h"
#include "dna/numeric.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORDS = AMP_KIN_PERSONS / 64
};

static const char *const words[AMP_DVI_CONCLUSIONS] = {
    "Undisputed",   "Match (GLR)", "Symmetric match", "Probable",       "Disputed",
    "Inconclusive", "No match",    "Excluded",        "Nonidentifiable"};

const char *amp_dvi_conclusion_words(enum amp_dvi_conclusion conclusion)
{
    return words[conclusion];
}

/* Who descends from whom, in one family: the ancestors of each person with himself, as bits. */
static uint64_t *ancestors_make(const struct amp_kin_pedigree *pedigree, struct amp_arena *arena)
{
    uint64_t *bits = amp_arena_array(arena, pedigree->person_n * WORDS, sizeof(*bits));
    for (size_t i = 0; bits && i < pedigree->person_n; i++) {
        const struct amp_kin_person *person = &pedigree->person[i];
        uint64_t *its = &bits[i * WORDS];
        for (size_t w = 0; w < WORDS && person->father >= 0; w++) {
            its[w] =
                bits[(size_t)person->father * WORDS + w] | bits[(size_t)person->mother * WORDS + w];
        }
        size_t self = person->twin >= 0 ? (size_t)person->twin : i;
        its[self / 64] |= UINT64_C(1) << (self % 64);
    }
    return bits;
}

static bool related(const uint64_t *bits, size_t a, size_t b)
{
    for (size_t w = 0; w < WORDS; w++) {
        if (bits[a * WORDS + w] & bits[b * WORDS + w]) {
            return true;
        }
    }
    return false;
}

static bool typed(const struct amp_dvi *dvi, const struct amp_dvi_family *family, size_t person)
{
    for (size_t m = 0; m < dvi->marker_n; m++) {
        if (family->genotype[m * family->pedigree.person_n + person].a >= 0) {
            return true;
        }
    }
    return false;
}

/* A missing person is identifiable when related to somebody typed, or to a missing person who
 * is. */
static amp_err family_links(struct dvi_solver *in, const struct amp_dvi_family *family)
{
    struct amp_arena arena = amp_arena_make(1 << 22);
    size_t n = family->pedigree.person_n;
    uint64_t *bits = ancestors_make(&family->pedigree, &arena);
    bool *linked = amp_arena_array(&arena, n, sizeof(*linked));
    if (!bits || !linked) {
        amp_arena_drop(&arena);
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        linked[i] = typed(in->dvi, family, i);
    }
    for (bool more = true; more;) {
        more = false;
        for (uint32_t k = 0; k < family->missing_n; k++) {
            size_t person = in->dvi->missing[family->missing_at + k].person;
            for (size_t i = 0; i < n && !linked[person]; i++) {
                more = linked[person] = linked[i] && related(bits, person, i);
            }
        }
    }
    for (uint32_t k = 0; k < family->missing_n; k++) {
        uint32_t m = family->missing_at + k;
        if (!linked[in->dvi->missing[m].person]) {
            in->missing_left[m] = false;
            in->out->missing[m] = (struct amp_dvi_finding){
                .conclusion = AMP_DVI_NOT_IDENTIFIABLE,
                .lr = NAN,
                .glr = NAN,
                .comment = family->typed_n ? AMP_STR("Unrelated to all who are typed")
                                           : AMP_STR("No typed relative in the family")};
        }
    }
    amp_arena_drop(&arena);
    return AMP_OK;
}

static void excluded_set(struct dvi_solver *in, struct amp_dvi_finding *finding, uint32_t least)
{
    *finding = (struct amp_dvi_finding){.conclusion = AMP_DVI_EXCLUDED, .lr = NAN, .glr = NAN};
    finding->comment = AMP_STR("No compatible pairings");
    if (least != UINT32_MAX) {
        finding->comment = amp_arena_printf(in->arena, "%u+ inconsistencies", least);
    }
}

/* The fewest inconsistent markers of each victim and missing person who are left. */
static void least_find(const struct dvi_solver *in, uint32_t *victim, uint32_t *missing)
{
    const struct amp_dvi *dvi = in->dvi;
    memset(victim, 0xff, dvi->victim_n * sizeof(*victim));
    memset(missing, 0xff, dvi->missing_n * sizeof(*missing));
    for (size_t m = 0; m < dvi->missing_n; m++) {
        for (size_t i = 0; i < in->column[m].n && in->missing_left[m]; i++) {
            const struct amp_dvi_pair *pair = &in->column[m].pair[i];
            if (in->victim_left[pair->victim]) {
                uint32_t bad = pair->inconsistent;
                victim[pair->victim] = bad < victim[pair->victim] ? bad : victim[pair->victim];
                missing[m] = bad < missing[m] ? bad : missing[m];
            }
        }
    }
}

/* In the first round those who are impossible count, too: how many markers speak against them. */
static void least_first(const struct dvi_solver *in, uint32_t *victim, uint32_t *missing)
{
    const struct amp_dvi *dvi = in->dvi;
    for (size_t v = 0; v < dvi->victim_n && in->pairs->dense; v++) {
        for (size_t m = 0; m < dvi->missing_n; m++) {
            size_t at = v * dvi->missing_n + m;
            uint32_t bad = in->pairs->inconsistent[at];
            if (!isnan(in->pairs->log_lr[at]) && in->missing_left[m]) {
                victim[v] = bad < victim[v] ? bad : victim[v];
                missing[m] = bad < missing[m] ? bad : missing[m];
            }
        }
    }
}

/* Takes out pairs of too many inconsistent markers, then who has no pair. */
static bool exclude(struct dvi_solver *in, bool first, uint32_t *victim, uint32_t *missing)
{
    const struct amp_dvi *dvi = in->dvi;
    bool changed = false;
    least_find(in, victim, missing);
    if (first) {
        least_first(in, victim, missing);
    }
    for (size_t m = 0; m < dvi->missing_n; m++) {
        struct dvi_solver_column *column = &in->column[m];
        size_t kept = 0;
        for (size_t i = 0; i < column->n; i++) {
            if (column->pair[i].inconsistent <= in->settings->max_inconsistent) {
                column->pair[kept++] = column->pair[i];
            }
        }
        changed = changed || kept < column->n;
        column->n = kept;
        if (in->missing_left[m] && missing[m] > in->settings->max_inconsistent) {
            excluded_set(in, &in->out->missing[m], missing[m]);
            in->missing_left[m] = false;
            changed = true;
        }
    }
    for (size_t v = 0; v < dvi->victim_n; v++) {
        if (in->victim_left[v] && victim[v] > in->settings->max_inconsistent) {
            excluded_set(in, &in->out->victim[v], victim[v]);
            in->victim_left[v] = false;
            changed = true;
        }
    }
    return changed;
}

/* The two highest LRs of each victim and missing person: rivals of a pair are among them. */
struct top {
    double first, second;
};

static void top_add(struct top *top, double lr)
{
    if (lr > top->first) {
        top->second = top->first;
        top->first = lr;
    } else if (lr > top->second) {
        top->second = lr;
    }
}

static bool undisputed(const struct dvi_solver *in, double lr, const struct top *a,
                       const struct top *b)
{
    double least = amp_ln(in->settings->threshold) - 1e-12;
    if (lr < least || lr < a->first || lr < b->first) {
        return false;
    }
    double rival = a->second > b->second ? a->second : b->second;
    return in->settings->strict ? rival <= 1e-12 : rival <= lr - least;
}

static amp_err finding_of(struct dvi_solver *in, struct amp_dvi_finding *finding, uint32_t other)
{
    finding->other = amp_arena_array(in->arena, 1, sizeof(*finding->other));
    if (!finding->other) {
        return AMP_E_NOMEM;
    }
    finding->other[0] = other;
    finding->other_n = 1;
    return AMP_OK;
}

static amp_err undisputed_tell(struct dvi_solver *in, const struct amp_dvi_pair *pair)
{
    struct amp_dvi_finding finding = {.conclusion = AMP_DVI_UNDISPUTED,
                                      .lr = amp_exp(pair->log_lr),
                                      .glr = NAN,
                                      .step = in->step,
                                      .comment = amp_arena_printf(in->arena, "Step %u", in->step)};
    in->out->missing[pair->missing] = in->out->victim[pair->victim] = finding;
    in->victim_left[pair->victim] = in->missing_left[pair->missing] = false;
    amp_err err = finding_of(in, &in->out->missing[pair->missing], pair->victim);
    err = err ? err : finding_of(in, &in->out->victim[pair->victim], pair->missing);
    return err ? err : dvi_solver_place(in, pair->victim, pair->missing);
}

static void tops_make(const struct dvi_solver *in, struct top *victim, struct top *missing)
{
    for (size_t v = 0; v < in->dvi->victim_n; v++) {
        victim[v] = (struct top){-INFINITY, -INFINITY};
    }
    for (size_t m = 0; m < in->dvi->missing_n; m++) {
        missing[m] = (struct top){-INFINITY, -INFINITY};
        for (size_t i = 0; i < in->column[m].n && in->missing_left[m]; i++) {
            const struct amp_dvi_pair *pair = &in->column[m].pair[i];
            if (in->victim_left[pair->victim]) {
                top_add(&victim[pair->victim], pair->log_lr);
                top_add(&missing[m], pair->log_lr);
            }
        }
    }
}

/* One step: all pairs that are undisputed now, then the families that they change. */
static amp_err undisputed_step(struct dvi_solver *in, struct top *victim, struct top *missing,
                               bool *changed)
{
    tops_make(in, victim, missing);
    size_t n = 0;
    for (size_t m = 0; m < in->dvi->missing_n; m++) {
        for (size_t i = 0; i < in->column[m].n && in->missing_left[m]; i++) {
            const struct amp_dvi_pair pair = in->column[m].pair[i];
            if (!in->victim_left[pair.victim] ||
                !undisputed(in, pair.log_lr, &victim[pair.victim], &missing[m])) {
                continue;
            }
            in->step += n++ == 0;
            amp_err err = undisputed_tell(in, &pair);
            if (err) {
                return err;
            }
        }
    }
    *changed = n > 0;
    return n ? dvi_solver_recompute(in) : AMP_OK;
}

static amp_err rounds_run(struct dvi_solver *in)
{
    const struct amp_dvi *dvi = in->dvi;
    uint32_t *least_v = amp_arena_array(in->arena, dvi->victim_n, sizeof(*least_v));
    uint32_t *least_m = amp_arena_array(in->arena, dvi->missing_n, sizeof(*least_m));
    struct top *top_v = amp_arena_array(in->arena, dvi->victim_n, sizeof(*top_v));
    struct top *top_m = amp_arena_array(in->arena, dvi->missing_n, sizeof(*top_m));
    if (!least_v || !least_m || !top_v || !top_m) {
        return AMP_E_NOMEM;
    }
    amp_err err = AMP_OK;
    bool first = true;
    for (bool changed = true; changed && !err; first = false) {
        changed = exclude(in, first, least_v, least_m) || first;
        bool step = changed;
        while (step && !err) {
            err = undisputed_step(in, top_v, top_m, &step);
            changed = changed || step;
        }
    }
    return err;
}

static amp_err solver_make(struct dvi_solver *in, const struct amp_dvi_pairs *pairs)
{
    const struct amp_dvi *dvi = in->dvi;
    in->family = amp_arena_array(in->arena, dvi->family_n + 1, sizeof(*in->family));
    in->dirty = amp_arena_array(in->arena, dvi->family_n + 1, sizeof(*in->dirty));
    in->victim_left = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*in->victim_left));
    in->missing_left = amp_arena_array(in->arena, dvi->missing_n + 1, sizeof(*in->missing_left));
    in->column = amp_arena_array(in->arena, dvi->missing_n + 1, sizeof(*in->column));
    struct amp_dvi_pair *pair = amp_arena_array(in->arena, pairs->pair_n + 1, sizeof(*pair));
    in->out->missing = amp_arena_array(in->arena, dvi->missing_n + 1, sizeof(*in->out->missing));
    in->out->victim = amp_arena_array(in->arena, dvi->victim_n + 1, sizeof(*in->out->victim));
    if (amp_arena_failed(in->arena)) {
        return AMP_E_NOMEM;
    }
    memcpy(in->family, dvi->family, dvi->family_n * sizeof(*in->family));
    memset(in->victim_left, 1, dvi->victim_n);
    memset(in->missing_left, 1, dvi->missing_n);
    memcpy(pair, pairs->pair, pairs->pair_n * sizeof(*pair));
    for (size_t i = 0; i < pairs->pair_n; i++) {
        struct dvi_solver_column *column = &in->column[pair[i].missing];
        column->pair = column->n ? column->pair : &pair[i];
        column->n++;
    }
    return AMP_OK;
}

amp_err amp_dvi_solve(const struct amp_dvi *dvi, const struct amp_dvi_pairs *pairs,
                      const struct amp_dvi_settings *settings, struct amp_arena *arena,
                      struct amp_dvi_solution *out, struct amp_why *why)
{
    struct amp_dvi_solution solution = {0};
    struct amp_dvi_settings flat = *settings;
    flat.match_odds = 1;
    struct dvi_solver in = {.dvi = dvi,
                            .pairs = pairs,
                            .settings = &flat,
                            .arena = arena,
                            .why = why,
                            .out = &solution};
    amp_err err = solver_make(&in, pairs);
    err = err ? err : dvi_markers_off(dvi, arena, &in.off, why);
    err = err ? err : dvi_codes_make(dvi, arena, &in.codes, why);
    for (size_t f = 0; f < dvi->family_n && !err; f++) {
        err = family_links(&in, &dvi->family[f]);
    }
    err = err ? err : rounds_run(&in);
    err = err ? err : dvi_solver_families(&in);
    err = err ? err : dvi_solver_victims(&in);
    if (!err && amp_arena_failed(arena)) {
        err = AMP_E_NOMEM;
    }
    if (err == AMP_OK) {
        *out = solution;
    }
    return err;
}
