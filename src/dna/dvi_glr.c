/* What likelihood ratios say where nothing is undisputed: of single missing, of families, of
 * victims. */
#include "dna/dvi_solve.h"
#include "dna/numeric.h"

#include <string.h>

amp_err dvi_solver_place(struct dvi_solver *in, uint32_t victim, uint32_t missing)
{
    const struct amp_dvi *dvi = in->dvi;
    uint32_t f = dvi->missing[missing].family;
    struct amp_dvi_family *family = &in->family[f];
    size_t n = family->pedigree.person_n;
    struct amp_kin_person *person = amp_arena_array(in->arena, n, sizeof(*person));
    struct amp_kin_genotype *genotype =
        amp_arena_array(in->arena, n * dvi->marker_n, sizeof(*genotype));
    if (!person || !genotype) {
        return AMP_E_NOMEM;
    }
    memcpy(person, family->pedigree.person, n * sizeof(*person));
    memcpy(genotype, family->genotype, n * dvi->marker_n * sizeof(*genotype));
    uint32_t at = dvi->missing[missing].person;
    person[at].drop_out = true;
    for (size_t m = 0; m < dvi->marker_n; m++) {
        genotype[m * n + at] = dvi->victim[victim].genotype[m];
    }
    family->pedigree.person = person;
    family->genotype = genotype;
    in->dirty[f] = true;
    return AMP_OK;
}

static amp_err column_again(struct dvi_solver *in, const struct dvi_column_ask *ask, uint32_t m,
                            struct amp_arena *scratch, struct dvi_column *column)
{
    struct dvi_column_ask its = *ask;
    its.person = in->dvi->missing[m].person;
    amp_err err = dvi_column_make(&its, scratch, column, in->why);
    struct dvi_solver_column *pairs = &in->column[m];
    size_t kept = 0;
    for (size_t i = 0; i < pairs->n && !err; i++) {
        struct amp_dvi_pair pair = pairs->pair[i];
        pair.log_lr = column->log_lr[pair.victim];
        pair.inconsistent = column->inconsistent[pair.victim];
        if (isfinite(pair.log_lr)) {
            pairs->pair[kept++] = pair;
        }
    }
    pairs->n = err ? pairs->n : kept;
    return err;
}

amp_err dvi_solver_recompute(struct dvi_solver *in)
{
    const struct amp_dvi *dvi = in->dvi;
    struct amp_arena arena = amp_arena_make(in->arena->max);
    struct amp_arena scratch = amp_arena_make(in->arena->max);
    double *logs = amp_arena_array(&arena, dvi->marker_n, sizeof(*logs));
    struct dvi_column column = {amp_arena_array(&arena, dvi->victim_n, sizeof(double)),
                                amp_arena_array(&arena, dvi->victim_n, sizeof(uint16_t))};
    amp_err err = amp_arena_failed(&arena) ? AMP_E_NOMEM : AMP_OK;
    for (uint32_t f = 0; f < dvi->family_n && !err; f++) {
        const struct amp_dvi_family *family = &in->family[f];
        if (!in->dirty[f] || family->missing_n == 1) {
            continue;
        }
        const struct amp_kin_marker *markers = in->pairs->mutation_off[f] ? in->off : dvi->marker;
        struct dvi_column_ask ask = {dvi, &in->codes, markers, in->off, family, logs, 0};
        err = dvi_family_logs(dvi, markers, family, &scratch, logs, in->why);
        for (uint32_t k = 0; k < family->missing_n && !err; k++) {
            if (in->missing_left[family->missing_at + k]) {
                err = column_again(in, &ask, family->missing_at + k, &scratch, &column);
            }
        }
        in->dirty[f] = false;
    }
    amp_arena_drop(&scratch);
    amp_arena_drop(&arena);
    return err;
}

static double probable_log(const struct dvi_solver *in)
{
    double least = in->settings->probable;
    least = least > 0 ? least : in->settings->threshold / 10;
    return amp_ln(least > 1 ? least : 1);
}

/* LRs of one person with all who are left on the other side. */
struct ranking {
    size_t n, high; /* high: at or above the threshold of a probable match */
    uint32_t best, second;
    double best_log, second_log;
    struct amp_str also; /* the high ones but the best, with their LRs */
};

static struct amp_str name_of(const struct dvi_solver *in, uint32_t other, bool victim)
{
    return victim ? in->dvi->victim[other].name : in->dvi->missing[other].name;
}

static void ranking_add(struct ranking *ranking, uint32_t other, double log_lr, double least)
{
    ranking->high += log_lr >= least;
    if (ranking->n == 0 || log_lr > ranking->best_log) {
        ranking->second = ranking->best;
        ranking->second_log = ranking->best_log;
        ranking->best = other;
        ranking->best_log = log_lr;
    } else if (ranking->n == 1 || log_lr > ranking->second_log) {
        ranking->second = other;
        ranking->second_log = log_lr;
    }
    ranking->n++;
}

static struct amp_str with_lr(struct dvi_solver *in, const char *before, struct amp_str name,
                              double log_lr)
{
    return amp_arena_printf(in->arena, "%s%.*s (LR=%.2g)", before, (int)name.len, name.ptr,
                            amp_exp(log_lr));
}

static struct amp_str joined(struct dvi_solver *in, struct amp_str a, struct amp_str b)
{
    return amp_arena_printf(in->arena, "%.*s%s%.*s", (int)a.len, a.ptr,
                            a.len ? ", " : "Also: ", (int)b.len, b.ptr);
}

/* The conclusion from a ranking; `victims`: the others are victims. */
static amp_err ranking_tell(struct dvi_solver *in, const struct ranking *ranking, bool victims,
                            bool name_always, struct amp_dvi_finding *out)
{
    struct amp_str best = name_of(in, ranking->best, victims);
    *out = (struct amp_dvi_finding){.lr = amp_exp(ranking->best_log), .glr = NAN};
    if (ranking->high > 1) {
        out->conclusion = AMP_DVI_DISPUTED;
        out->comment = ranking->also;
    } else if (ranking->high == 1) {
        out->conclusion = AMP_DVI_PROBABLE;
        out->comment = ranking->n > 1
                           ? with_lr(in, "Runner-up: ", name_of(in, ranking->second, victims),
                                     ranking->second_log)
                           : AMP_STR("Runner-up: -");
    } else if (ranking->best_log >= -1e-9) { /* LR 1, but for rounding */
        out->conclusion = AMP_DVI_INCONCLUSIVE;
        out->comment = amp_arena_printf(in->arena, "Best: %.*s", (int)best.len, best.ptr);
    } else {
        out->conclusion = AMP_DVI_NO_MATCH;
    }
    bool named = name_always || ranking->high > 0;
    if (named) {
        out->other = amp_arena_array(in->arena, 1, sizeof(*out->other));
        if (!out->other) {
            return AMP_E_NOMEM;
        }
        out->other[0] = ranking->best;
        out->other_n = 1;
    }
    return AMP_OK;
}

static amp_err single_conclude(struct dvi_solver *in, uint32_t m)
{
    struct ranking ranking = {.n = 0};
    double least = probable_log(in);
    const struct dvi_solver_column *column = &in->column[m];
    for (size_t i = 0; i < column->n; i++) {
        if (in->victim_left[column->pair[i].victim]) {
            ranking_add(&ranking, column->pair[i].victim, column->pair[i].log_lr, least);
        }
    }
    for (size_t i = 0; i < column->n && ranking.high > 1; i++) {
        const struct amp_dvi_pair *pair = &column->pair[i];
        if (in->victim_left[pair->victim] && pair->victim != ranking.best &&
            pair->log_lr >= least) {
            ranking.also = joined(in, ranking.also,
                                  with_lr(in, "", name_of(in, pair->victim, true), pair->log_lr));
        }
    }
    if (ranking.n == 0) {
        in->out->missing[m] =
            (struct amp_dvi_finding){.conclusion = AMP_DVI_NO_MATCH, .lr = NAN, .glr = NAN};
        return AMP_OK;
    }
    return ranking_tell(in, &ranking, true, true, &in->out->missing[m]);
}

/* A family of several missing: its ways to be filled, and what is looked for in them. */
struct joint {
    struct dvi_solver *in;
    const struct amp_dvi_family *family;
    struct dvi_options options;
    struct amp_str names; /* {M1,M2} */
};

static uint32_t placed_of(const struct joint *joint, size_t option, uint32_t victim)
{
    const struct dvi_option *its = &joint->options.option[option];
    for (size_t t = its->placed_at; t < its->placed_at + its->placed_n; t++) {
        if (joint->options.placed[t].victim == victim) {
            return joint->options.placed[t].missing;
        }
    }
    return AMP_DVI_NONE;
}

/* ln GLR of victim = missing; -INFINITY when no way has it. */
static double glr_log(const struct joint *joint, uint32_t victim, uint32_t missing)
{
    double with = -INFINITY;
    double without = -INFINITY;
    for (size_t o = 0; o < joint->options.n; o++) {
        double log = joint->options.option[o].log_lr;
        if (placed_of(joint, o, victim) == missing) {
            with = log > with ? log : with;
        } else {
            without = log > without ? log : without;
        }
    }
    return with > -INFINITY ? with - without : -INFINITY;
}

static amp_err one_other(struct dvi_solver *in, struct amp_dvi_finding *finding, uint32_t other)
{
    finding->other = amp_arena_array(in->arena, 1, sizeof(*finding->other));
    if (!finding->other) {
        return AMP_E_NOMEM;
    }
    finding->other[0] = other;
    finding->other_n = 1;
    return AMP_OK;
}

static double pair_lr(const struct dvi_solver *in, uint32_t victim, uint32_t missing)
{
    for (size_t i = 0; i < in->column[missing].n; i++) {
        if (in->column[missing].pair[i].victim == victim) {
            return amp_exp(in->column[missing].pair[i].log_lr);
        }
    }
    return NAN;
}

/* GLRs of one missing person: a match, or the highest of them kept in the finding. */
static amp_err glr_conclude(const struct joint *joint, uint32_t m)
{
    struct dvi_solver *in = joint->in;
    struct amp_dvi_finding *finding = &in->out->missing[m];
    double least = amp_ln(in->settings->threshold) - 1e-8;
    *finding = (struct amp_dvi_finding){.conclusion = AMP_DVI_INCONCLUSIVE, .lr = NAN, .glr = NAN};
    for (size_t i = 0; i < in->column[m].n; i++) {
        const struct amp_dvi_pair *pair = &in->column[m].pair[i];
        if (!in->victim_left[pair->victim]) {
            continue;
        }
        double lr = amp_exp(pair->log_lr);
        double log = glr_log(joint, pair->victim, m);
        double glr = amp_exp(log);
        if (log >= least) {
            finding->conclusion = AMP_DVI_MATCH_GLR;
            finding->lr = lr;
            finding->glr = glr;
            finding->comment =
                amp_arena_printf(in->arena, "Joint: %.*s", (int)joint->names.len, joint->names.ptr);
            in->out->victim[pair->victim] = *finding;
            amp_err err = one_other(in, finding, pair->victim);
            return err ? err : one_other(in, &in->out->victim[pair->victim], m);
        }
        finding->lr = finding->lr >= lr ? finding->lr : lr;
        if (log > -INFINITY) {
            finding->glr = finding->glr >= glr ? finding->glr : glr;
        }
    }
    return AMP_OK;
}

/* Victims and missing persons that the best ways, all equally good, swap among themselves. */
struct swap {
    size_t victim_n, missing_n;
    uint32_t victim[AMP_DVI_FAMILY_MISSING];
    uint32_t missing[AMP_DVI_FAMILY_MISSING];
};

static bool swap_has(const uint32_t *list, size_t n, uint32_t one)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == one) {
            return true;
        }
    }
    return false;
}

static size_t tied_count(const struct joint *joint)
{
    double best = -INFINITY;
    size_t n = 0;
    for (size_t o = 0; o < joint->options.n; o++) {
        double log = joint->options.option[o].log_lr;
        best = log > best ? log : best;
    }
    for (size_t o = 1; o < joint->options.n; o++) { /* sorted but for the empty one */
        n += joint->options.option[o].log_lr >= best - 1e-6;
    }
    return joint->options.option[0].log_lr >= best - 1e-6 ? 0 : n;
}

/* Everybody who is exchanged with `victim` in the tied ways; false when somebody is left out in
 * one of them, or nobody is exchanged. */
static bool swap_find(const struct joint *joint, size_t tied, uint32_t victim, struct swap *out)
{
    *out = (struct swap){.victim_n = 1, .victim = {victim}};
    for (size_t i = 0; i < out->victim_n; i++) {
        for (size_t o = 1; o <= tied; o++) {
            uint32_t missing = placed_of(joint, o, out->victim[i]);
            if (missing == AMP_DVI_NONE) {
                return false;
            }
            if (!swap_has(out->missing, out->missing_n, missing)) {
                out->missing[out->missing_n++] = missing;
            }
            const struct dvi_option *option = &joint->options.option[o];
            for (size_t t = option->placed_at; t < option->placed_at + option->placed_n; t++) {
                struct dvi_placed placed = joint->options.placed[t];
                if (swap_has(out->missing, out->missing_n, placed.missing) &&
                    !swap_has(out->victim, out->victim_n, placed.victim)) {
                    if (out->victim_n == AMP_DVI_FAMILY_MISSING) {
                        return false;
                    }
                    out->victim[out->victim_n++] = placed.victim;
                }
            }
        }
    }
    return out->missing_n > 1;
}

/* ln of the best way in which all victims of the swap are among its missing, against the best in
 * which they are not. */
static double swap_glr(const struct joint *joint, const struct swap *swap)
{
    double with = -INFINITY;
    double without = -INFINITY;
    for (size_t o = 0; o < joint->options.n; o++) {
        double log = joint->options.option[o].log_lr;
        bool in = true;
        for (size_t i = 0; i < swap->victim_n && in; i++) {
            in = swap_has(swap->missing, swap->missing_n, placed_of(joint, o, swap->victim[i]));
        }
        with = in && log > with ? log : with;
        without = !in && log > without ? log : without;
    }
    return with - without;
}

static const char *relation_words(const struct amp_kin_pedigree *pedigree, uint32_t a, uint32_t b)
{
    const struct amp_kin_person *x = &pedigree->person[a];
    const struct amp_kin_person *y = &pedigree->person[b];
    if (x->father >= 0 && y->father >= 0) {
        int same = (x->father == y->father) + (x->mother == y->mother);
        if (same) {
            return same == 2 ? "full siblings" : "half siblings";
        }
    }
    bool child = x->father == (int32_t)b || x->mother == (int32_t)b || y->father == (int32_t)a ||
                 y->mother == (int32_t)a;
    return child ? "parent and child" : "alike in the pedigree";
}

static struct amp_str names_join(struct dvi_solver *in, const uint32_t *list, size_t n,
                                 bool victims, const char *between)
{
    struct amp_str all = {0};
    for (size_t i = 0; i < n; i++) {
        struct amp_str name = name_of(in, list[i], victims);
        all = amp_arena_printf(in->arena, "%.*s%s%.*s", (int)all.len, all.len ? all.ptr : "",
                               i ? between : "", (int)name.len, name.ptr);
    }
    return all;
}

/* One LR where all are the same, else none. */
static double same_lr(const struct dvi_solver *in, const struct swap *swap, uint32_t one,
                      bool victim)
{
    double first = NAN;
    size_t n = victim ? swap->missing_n : swap->victim_n;
    for (size_t i = 0; i < n; i++) {
        double lr = victim ? pair_lr(in, one, swap->missing[i]) : pair_lr(in, swap->victim[i], one);
        if (i > 0 && !(fabs(lr - first) <= 1e-3 * first)) {
            return NAN;
        }
        first = lr;
    }
    return first;
}

static amp_err others_set(struct dvi_solver *in, const uint32_t *list, size_t n,
                          struct amp_dvi_finding *out)
{
    out->other = amp_arena_array(in->arena, n, sizeof(*out->other));
    if (!out->other) {
        return AMP_E_NOMEM;
    }
    memcpy(out->other, list, n * sizeof(*list));
    out->other_n = n;
    return AMP_OK;
}

static void sort(uint32_t *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i; k > 0 && list[k] < list[k - 1]; k--) {
            uint32_t swap = list[k];
            list[k] = list[k - 1];
            list[k - 1] = swap;
        }
    }
}

static amp_err swap_tell(const struct joint *joint, struct swap *swap, double glr)
{
    struct dvi_solver *in = joint->in;
    sort(swap->victim, swap->victim_n);
    sort(swap->missing, swap->missing_n);
    const char *relation =
        relation_words(&joint->family->pedigree, in->dvi->missing[swap->missing[0]].person,
                       in->dvi->missing[swap->missing[1]].person);
    struct amp_str victims = names_join(in, swap->victim, swap->victim_n, true, ", ");
    struct amp_str missing = names_join(in, swap->missing, swap->missing_n, false, ", ");
    struct amp_dvi_finding finding = {.conclusion = AMP_DVI_SYMMETRIC, .glr = glr};
    finding.comment =
        amp_arena_printf(in->arena, "The data cannot tell apart (%s): {%.*s} = {%.*s}", relation,
                         (int)missing.len, missing.ptr, (int)victims.len, victims.ptr);
    amp_err err = AMP_OK;
    for (size_t i = 0; i < swap->missing_n && !err; i++) {
        finding.lr = same_lr(in, swap, swap->missing[i], false);
        in->out->missing[swap->missing[i]] = finding;
        err = others_set(in, swap->victim, swap->victim_n, &in->out->missing[swap->missing[i]]);
    }
    for (size_t i = 0; i < swap->victim_n && !err; i++) {
        finding.lr = same_lr(in, swap, swap->victim[i], true);
        in->out->victim[swap->victim[i]] = finding;
        err = others_set(in, swap->missing, swap->missing_n, &in->out->victim[swap->victim[i]]);
        in->victim_left[swap->victim[i]] = false;
    }
    return err;
}

static amp_err symmetric_conclude(const struct joint *joint)
{
    struct dvi_solver *in = joint->in;
    size_t tied = tied_count(joint);
    if (tied < 2) {
        return AMP_OK;
    }
    const struct dvi_option first = joint->options.option[1];
    for (size_t t = 0; t < first.placed_n; t++) {
        uint32_t victim = joint->options.placed[first.placed_at + t].victim;
        struct swap swap;
        if (!in->victim_left[victim] || !swap_find(joint, tied, victim, &swap)) {
            continue;
        }
        double log = swap_glr(joint, &swap);
        if (log >= amp_ln(in->settings->threshold) - 1e-8) {
            amp_err err = swap_tell(joint, &swap, amp_exp(log));
            if (err) {
                return err;
            }
        }
    }
    return AMP_OK;
}

static amp_err pairs_gather(const struct dvi_solver *in, const struct amp_dvi_family *family,
                            struct amp_dvi_pair **out, size_t *out_n)
{
    size_t n = 0;
    for (uint32_t k = 0; k < family->missing_n; k++) {
        n += in->column[family->missing_at + k].n;
    }
    struct amp_dvi_pair *pair = amp_arena_array(in->arena, n + 1, sizeof(*pair));
    if (!pair) {
        return AMP_E_NOMEM;
    }
    n = 0;
    for (uint32_t m = family->missing_at; m < family->missing_at + family->missing_n; m++) {
        for (size_t i = 0; i < in->column[m].n && in->missing_left[m]; i++) {
            if (in->victim_left[in->column[m].pair[i].victim]) {
                pair[n++] = in->column[m].pair[i];
            }
        }
    }
    *out = pair;
    *out_n = n;
    return AMP_OK;
}

/* A family that could be filled in too many ways is not looked at jointly; that is told. */
static bool too_many(const struct dvi_solver *in, const struct amp_dvi_family *family,
                     const struct amp_dvi_pair *pair, size_t pair_n)
{
    double ways = 1;
    for (uint32_t m = family->missing_at; m < family->missing_at + family->missing_n; m++) {
        size_t n = 0;
        for (size_t i = 0; i < pair_n; i++) {
            n += pair[i].missing == m;
        }
        ways *= 1 + (double)n;
    }
    return ways > (double)in->settings->option_limit;
}

static void too_many_tell(struct dvi_solver *in, const uint32_t *left, size_t left_n)
{
    for (size_t i = 0; i < left_n; i++) {
        in->out->missing[left[i]] = (struct amp_dvi_finding){
            .conclusion = AMP_DVI_INCONCLUSIVE,
            .lr = NAN,
            .glr = NAN,
            .comment = AMP_STR("Too many ways to fill the family: see the marginals")};
    }
}

static amp_err joint_conclude(struct dvi_solver *in, uint32_t f)
{
    const struct amp_dvi_family *family = &in->family[f];
    struct joint joint = {.in = in, .family = family};
    struct amp_dvi_pair *pair = NULL;
    size_t pair_n = 0;
    uint32_t left[AMP_DVI_FAMILY_MISSING];
    size_t left_n = 0;
    for (uint32_t m = family->missing_at; m < family->missing_at + family->missing_n; m++) {
        if (in->missing_left[m] && left_n < AMP_DVI_FAMILY_MISSING) {
            left[left_n++] = m;
        }
    }
    struct amp_str names = names_join(in, left, left_n, false, ",");
    joint.names = amp_arena_printf(in->arena, "{%.*s}", (int)names.len, names.ptr);
    struct amp_dvi dvi = *in->dvi; /* with the victims placed so far */
    dvi.family = in->family;
    amp_err err = pairs_gather(in, family, &pair, &pair_n);
    struct dvi_family_ask ask = {.dvi = &dvi,
                                 .pairs = in->pairs,
                                 .settings = in->settings,
                                 .markers = in->pairs->mutation_off[f] ? in->off : dvi.marker,
                                 .family = f,
                                 .pair = pair,
                                 .pair_n = pair_n};
    if (!err && too_many(in, family, pair, pair_n)) {
        too_many_tell(in, left, left_n);
        return AMP_OK;
    }
    err = err ? err : dvi_options_make(&ask, in->arena, &joint.options, in->why);
    for (size_t i = 0; i < left_n && !err; i++) {
        err = glr_conclude(&joint, left[i]);
    }
    for (size_t i = 0; i < left_n; i++) {
        const struct amp_dvi_finding *finding = &in->out->missing[left[i]];
        if (!err && finding->conclusion == AMP_DVI_MATCH_GLR) {
            in->victim_left[finding->other[0]] = false;
        }
    }
    return err ? err : symmetric_conclude(&joint);
}

amp_err dvi_solver_families(struct dvi_solver *in)
{
    amp_err err = AMP_OK;
    for (size_t pass = 0; pass < 2; pass++) { /* single missing first */
        for (uint32_t f = 0; f < in->dvi->family_n && !err; f++) {
            const struct amp_dvi_family *family = &in->family[f];
            size_t left_n = 0;
            uint32_t one = 0;
            for (uint32_t k = 0; k < family->missing_n; k++) {
                bool left = in->missing_left[family->missing_at + k];
                left_n += left;
                one = left ? family->missing_at + k : one;
            }
            if (pass == 0 && left_n == 1) {
                err = single_conclude(in, one);
            } else if (pass == 1 && left_n > 1) {
                err = joint_conclude(in, f);
            }
        }
    }
    return err;
}

amp_err dvi_solver_victims(struct dvi_solver *in)
{
    const struct amp_dvi *dvi = in->dvi;
    struct ranking *ranking = amp_arena_array(in->arena, dvi->victim_n, sizeof(*ranking));
    double least = probable_log(in);
    if (!ranking) {
        return AMP_E_NOMEM;
    }
    for (uint32_t m = 0; m < dvi->missing_n; m++) {
        for (size_t i = 0; i < in->column[m].n && in->missing_left[m]; i++) {
            const struct amp_dvi_pair *pair = &in->column[m].pair[i];
            ranking_add(&ranking[pair->victim], m, pair->log_lr, least);
        }
    }
    for (uint32_t m = 0; m < dvi->missing_n; m++) {
        for (size_t i = 0; i < in->column[m].n && in->missing_left[m]; i++) {
            const struct amp_dvi_pair *pair = &in->column[m].pair[i];
            struct ranking *its = &ranking[pair->victim];
            if (its->high > 1 && m != its->best && pair->log_lr >= least) {
                its->also =
                    joined(in, its->also, with_lr(in, "", name_of(in, m, false), pair->log_lr));
            }
        }
    }
    amp_err err = AMP_OK;
    for (uint32_t v = 0; v < dvi->victim_n && !err; v++) {
        if (in->victim_left[v] && ranking[v].n) {
            err = ranking_tell(in, &ranking[v], false, false, &in->out->victim[v]);
        } else if (in->victim_left[v]) {
            in->out->victim[v] =
                (struct amp_dvi_finding){.conclusion = AMP_DVI_EXCLUDED,
                                         .lr = NAN,
                                         .glr = NAN,
                                         .comment = AMP_STR("No compatible pairings")};
        }
    }
    return err;
}
