/* The ways to fill a family with victims, each with its likelihood ratio. */
#include "dna/dvi_inside.h"
#include "dna/numeric.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 20 /* victims that are compared one by one */
};

/* A family whose missing persons stand typed by the victims placed. */
struct filled {
    struct amp_dvi_family family;
    struct amp_kin_person *person;
};

static amp_err filled_make(const struct amp_dvi *dvi, const struct amp_dvi_family *family,
                           struct amp_arena *arena, struct filled *out)
{
    size_t n = family->pedigree.person_n;
    out->family = *family;
    out->person = amp_arena_array(arena, n, sizeof(*out->person));
    out->family.genotype = amp_arena_array(arena, n * dvi->marker_n, sizeof(*family->genotype));
    if (!out->person || !out->family.genotype) {
        return AMP_E_NOMEM;
    }
    memcpy(out->person, family->pedigree.person, n * sizeof(*out->person));
    memcpy(out->family.genotype, family->genotype, n * dvi->marker_n * sizeof(*family->genotype));
    out->family.pedigree.person = out->person;
    return AMP_OK;
}

static void filled_set(const struct amp_dvi *dvi, struct filled *filled,
                       const struct dvi_placed *placed, bool there)
{
    size_t n = filled->family.pedigree.person_n;
    uint32_t person = dvi->missing[placed->missing].person;
    filled->person[person].drop_out = there;
    for (size_t m = 0; m < dvi->marker_n; m++) {
        filled->family.genotype[m * n + person] =
            there ? dvi->victim[placed->victim].genotype[m] : (struct amp_kin_genotype){-1, -1};
    }
}

amp_err dvi_family_loglik(const struct amp_dvi *dvi, const struct amp_kin_marker *markers,
                          const struct amp_dvi_family *family, const struct dvi_placed *placed,
                          size_t placed_n, struct amp_arena *scratch, double *out,
                          struct amp_why *why)
{
    struct amp_arena arena = amp_arena_make(scratch->max);
    struct filled filled;
    amp_err err = filled_make(dvi, family, &arena, &filled);
    double *logs = amp_arena_array(&arena, dvi->marker_n, sizeof(*logs));
    for (size_t i = 0; i < placed_n && !err; i++) {
        filled_set(dvi, &filled, &placed[i], true);
    }
    err = err ? err : logs ? AMP_OK : AMP_E_NOMEM;
    err = err ? err : dvi_family_logs(dvi, markers, &filled.family, scratch, logs, why);
    double sum = 0;
    for (size_t m = 0; m < dvi->marker_n && !err; m++) {
        sum += logs[m];
    }
    amp_arena_drop(&arena);
    if (err == AMP_OK) {
        *out = sum;
    }
    return err;
}

/* Options while they grow. */
struct grower {
    const struct dvi_family_ask *ask;
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_arena scratch;
    struct dvi_codes codes;
    struct amp_kin_marker *off;
    struct filled filled;
    struct dvi_column column;
    double *logs;
    double *log;    /* [victim_n + 1], by code; of a few victims */
    bool *known;    /* likewise */
    bool *possible; /* [victim_n] for the missing person at hand */
    struct dvi_option *option;
    size_t n, room;
    struct dvi_placed *placed;
    size_t placed_n, placed_room;
};

static void *grown(struct amp_arena *arena, void *old, size_t n, size_t *room, size_t size)
{
    if (n < *room) {
        return old;
    }
    *room = *room ? *room * 2 : 64;
    void *fresh = amp_arena_array(arena, *room, size);
    if (fresh && n) {
        memcpy(fresh, old, n * size);
    }
    return fresh;
}

/* The option `from` and one more victim. */
static amp_err option_add(struct grower *in, size_t from, struct dvi_placed more, double log_lr)
{
    if (in->n == AMP_DVI_OPTIONS) {
        const struct amp_str name = in->ask->dvi->family[in->ask->family].name;
        return amp_fail(in->why, AMP_E_LIMIT,
                        "family %.*s: over %d ways to place victims; leave excluded pairs out of "
                        "the joint analysis, or settle some of its members first",
                        (int)name.len, name.ptr, AMP_DVI_OPTIONS);
    }
    in->option = grown(in->arena, in->option, in->n, &in->room, sizeof(*in->option));
    if (!in->option) {
        return AMP_E_NOMEM;
    }
    struct dvi_option option = {.log_lr = log_lr, .placed_at = (uint32_t)in->placed_n};
    struct dvi_option base = in->n ? in->option[from] : (struct dvi_option){0};
    for (size_t i = 0; i <= base.placed_n && in->n; i++) {
        in->placed =
            grown(in->arena, in->placed, in->placed_n, &in->placed_room, sizeof(*in->placed));
        if (!in->placed) {
            return AMP_E_NOMEM;
        }
        in->placed[in->placed_n++] = i < base.placed_n ? in->placed[base.placed_at + i] : more;
        option.placed_n++;
    }
    option.log_w = log_lr + (double)option.placed_n * amp_ln(in->ask->settings->match_odds);
    in->option[in->n++] = option;
    return AMP_OK;
}

static void possible_set(struct grower *in, uint32_t missing)
{
    memset(in->possible, 0, in->ask->dvi->victim_n * sizeof(*in->possible));
    for (size_t i = 0; i < in->ask->pair_n; i++) {
        if (in->ask->pair[i].missing == missing) {
            in->possible[in->ask->pair[i].victim] = true;
        }
    }
}

static bool places(const struct grower *in, struct dvi_option option, uint32_t victim)
{
    for (size_t i = 0; i < option.placed_n; i++) {
        if (in->placed[option.placed_at + i].victim == victim) {
            return true;
        }
    }
    return false;
}

/* ln LRs of a few victims, each genotype by a likelihood of its own: with several placed, a table
 * of all genotypes costs as much as some twenty of them. */
static amp_err column_few(struct grower *in, struct dvi_option base, uint32_t missing)
{
    const struct amp_dvi *dvi = in->ask->dvi;
    const struct dvi_codes *codes = &in->codes;
    struct amp_dvi_family *family = &in->filled.family;
    size_t n = family->pedigree.person_n;
    uint32_t person = dvi->missing[missing].person;
    amp_err err = AMP_OK;
    memset(in->column.log_lr, 0, dvi->victim_n * sizeof(*in->column.log_lr));
    in->filled.person[person].drop_out = true;
    for (size_t m = 0; m < dvi->marker_n; m++) {
        struct amp_kin_genotype *its = &family->genotype[m * n + person];
        const uint16_t *code = &codes->code[m * codes->victim_n];
        memset(in->known, 0, (codes->n[m] + 1) * sizeof(*in->known));
        in->known[0] = true;
        in->log[0] = 0;
        for (size_t v = 0; v < dvi->victim_n && !err; v++) {
            if (!in->possible[v] || places(in, base, (uint32_t)v)) {
                continue;
            }
            if (!in->known[code[v]]) {
                *its = codes->genotype[m][code[v]];
                amp_arena_reset(&in->scratch);
                err = amp_kin_loglik(&family->pedigree, &in->ask->markers[m],
                                     &family->genotype[m * n], AMP_KIN_MUTATE, &in->scratch,
                                     &in->log[code[v]], in->why);
                in->log[code[v]] -= in->logs[m] + codes->log_p[m][code[v]];
                in->known[code[v]] = true;
            }
            in->column.log_lr[v] += in->log[code[v]];
        }
        *its = (struct amp_kin_genotype){-1, -1};
    }
    in->filled.person[person].drop_out = false;
    return err;
}

static size_t candidates(const struct grower *in)
{
    size_t n = 0;
    for (size_t v = 0; v < in->ask->dvi->victim_n; v++) {
        n += in->possible[v];
    }
    return n;
}

/* Every victim for `missing` beside those that option `from` places: one table a marker. */
static amp_err option_extend(struct grower *in, size_t from, uint32_t missing)
{
    const struct amp_dvi *dvi = in->ask->dvi;
    struct dvi_option base = in->option[from];
    for (size_t i = 0; i < base.placed_n; i++) {
        filled_set(dvi, &in->filled, &in->placed[base.placed_at + i], true);
    }
    struct dvi_column_ask ask = {dvi,
                                 &in->codes,
                                 in->ask->markers,
                                 in->ask->markers,
                                 &in->filled.family,
                                 in->logs,
                                 dvi->missing[missing].person};
    amp_err err =
        dvi_family_logs(dvi, in->ask->markers, &in->filled.family, &in->scratch, in->logs, in->why);
    if (candidates(in) <= FEW) {
        err = err ? err : column_few(in, base, missing);
    } else {
        err = err ? err : dvi_column_make(&ask, &in->scratch, &in->column, in->why);
    }
    for (size_t v = 0; v < dvi->victim_n && !err; v++) {
        if (in->possible[v] && isfinite(in->column.log_lr[v]) && !places(in, base, (uint32_t)v)) {
            err = option_add(in, from, (struct dvi_placed){(uint32_t)v, missing},
                             base.log_lr + in->column.log_lr[v]);
        }
    }
    for (size_t i = 0; i < base.placed_n; i++) {
        struct dvi_placed placed = in->placed[base.placed_at + i];
        filled_set(dvi, &in->filled, &placed, false);
    }
    return err;
}

static amp_err grower_make(const struct dvi_family_ask *ask, struct amp_arena *arena,
                           struct amp_why *why, struct grower *out)
{
    const struct amp_dvi *dvi = ask->dvi;
    *out = (struct grower){.ask = ask, .arena = arena, .why = why};
    out->scratch = amp_arena_make(arena->max);
    out->possible = amp_arena_array(arena, dvi->victim_n, sizeof(*out->possible));
    out->log = amp_arena_array(arena, dvi->victim_n + 1, sizeof(*out->log));
    out->known = amp_arena_array(arena, dvi->victim_n + 1, sizeof(*out->known));
    out->logs = amp_arena_array(arena, dvi->marker_n, sizeof(*out->logs));
    out->column.log_lr = amp_arena_array(arena, dvi->victim_n, sizeof(*out->column.log_lr));
    out->column.inconsistent =
        amp_arena_array(arena, dvi->victim_n, sizeof(*out->column.inconsistent));
    amp_err err = amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
    err = err ? err : filled_make(dvi, &dvi->family[ask->family], arena, &out->filled);
    return err ? err : dvi_codes_make(dvi, arena, &out->codes, why);
}

static amp_err options_several(struct grower *in)
{
    const struct amp_dvi *dvi = in->ask->dvi;
    const struct amp_dvi_family *family = &dvi->family[in->ask->family];
    if (family->missing_n > AMP_DVI_FAMILY_MISSING) {
        return amp_fail(in->why, AMP_E_LIMIT, "family %.*s: over %d missing in one family",
                        (int)family->name.len, family->name.ptr, AMP_DVI_FAMILY_MISSING);
    }
    amp_err err = AMP_OK;
    for (uint32_t i = 0; i < family->missing_n && !err; i++) {
        uint32_t missing = family->missing_at + i;
        possible_set(in, missing);
        size_t before = in->n; /* those of the missing persons before this one */
        for (size_t p = 0; p < in->ask->pair_n && !err; p++) {
            const struct amp_dvi_pair *pair = &in->ask->pair[p];
            if (pair->missing == missing) {
                err = option_add(in, 0, (struct dvi_placed){pair->victim, missing}, pair->log_lr);
            }
        }
        for (size_t from = 1; from < before && !err; from++) {
            err = option_extend(in, from, missing);
        }
    }
    return err;
}

/* Best first; equal ones by their number, which follows victims and missing persons. */
static int option_order(const void *a, const void *b)
{
    const struct dvi_option *x = a;
    const struct dvi_option *y = b;
    if (x->log_w > y->log_w || x->log_w < y->log_w) {
        return x->log_w > y->log_w ? -1 : 1;
    }
    return (x->placed_at > y->placed_at) - (x->placed_at < y->placed_at);
}

amp_err dvi_options_make(const struct dvi_family_ask *ask, struct amp_arena *arena,
                         struct dvi_options *out, struct amp_why *why)
{
    bool several = ask->dvi->family[ask->family].missing_n > 1;
    struct grower in = {.ask = ask, .arena = arena, .why = why};
    amp_err err = several ? grower_make(ask, arena, why, &in) : AMP_OK;
    err = err ? err : option_add(&in, 0, (struct dvi_placed){0, 0}, 0);
    for (size_t p = 0; p < ask->pair_n && !err && !several; p++) {
        err = option_add(&in, 0, (struct dvi_placed){ask->pair[p].victim, ask->pair[p].missing},
                         ask->pair[p].log_lr);
    }
    if (several) {
        err = err ? err : options_several(&in);
        amp_arena_drop(&in.scratch);
    }
    if (err) {
        return err;
    }
    qsort(in.option + 1, in.n - 1, sizeof(*in.option), option_order);
    *out = (struct dvi_options){ask->family, in.n, in.option, in.placed};
    return AMP_OK;
}
