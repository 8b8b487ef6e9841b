/* Rules of a pedigree: founders, meioses, what was typed. */
#include "dna/kin_build.h"

#include <assert.h>

/* One end of a meiosis: a variable, and which class of alleles each of its states is. */
struct end {
    uint32_t var; /* AMP_KIN_NO_VAR: one state */
    size_t states;
    const uint32_t *first, *second; /* the second of a parent's two, NULL when there is one */
};

static bool from_population(const struct amp_kin_site *site, size_t side)
{
    return site->kind != AMP_KIN_ABSENT && site->kind != AMP_KIN_FIXED && site->population[side] &&
           !(site->single && side == 1 && !site->hemizygous);
}

size_t amp_kin_founder_alleles(const struct amp_kin_shape *shape)
{
    size_t n = 0;
    for (size_t i = 0; i < shape->n; i++) {
        n += from_population(&shape->site[i], 0) ? 1 : 0;
        n += from_population(&shape->site[i], 1) ? 1 : 0;
    }
    return n;
}

static double *table_make(struct amp_kin_build *b, uint32_t gate, uint32_t u, uint32_t v)
{
    uint32_t var[2] = {u < v ? u : v, u < v ? v : u};
    size_t n = u == AMP_KIN_NO_VAR && v == AMP_KIN_NO_VAR ? 0 : 2;
    n = n == 2 && (var[1] == AMP_KIN_NO_VAR || u == v) ? 1 : n;
    return amp_kin_net_rule(&b->net, gate, var, n);
}

static double moved(const double *matrix, size_t n, uint32_t from, uint32_t to)
{
    return matrix ? matrix[from * n + to] : (from == to ? 1 : 0);
}

/* P(class at `to` | class at `from`); half of each when the parent has two in one variable. */
static amp_err meiosis(struct amp_kin_build *b, uint32_t gate, const struct end *from,
                       const struct end *to, const double *matrix)
{
    const size_t n = b->shape->classes.n;
    double *table = table_make(b, gate, from->var, to->var);
    if (!table) {
        return AMP_E_NOMEM;
    }
    const bool from_first = from->var < to->var;
    for (size_t i = 0; i < from->states; i++) {
        for (size_t j = 0; j < to->states; j++) {
            double p = moved(matrix, n, from->first[i], to->first[j]);
            if (from->second) {
                p = 0.5 * (p + moved(matrix, n, from->second[i], to->first[j]));
            }
            table[from_first ? i * to->states + j : j * from->states + i] = p;
        }
    }
    return AMP_OK;
}

static amp_err founder_allele(struct amp_kin_build *b, size_t number, uint32_t *out)
{
    const size_t n = b->shape->classes.n;
    const size_t block = b->partition ? b->partition[number] : number;
    if (b->block[block] == AMP_KIN_NO_VAR) {
        b->block[block] = amp_kin_net_var(&b->net, n, false);
        double *table = amp_kin_net_rule(&b->net, AMP_KIN_NO_GATE, &b->block[block], 1);
        if (!table) {
            return AMP_E_NOMEM;
        }
        for (size_t k = 0; k < n; k++) {
            table[k] = b->base[k];
        }
    }
    *out = b->block[block];
    return AMP_OK;
}

/* The classes of a phased person's states, one side. */
static const uint32_t *side_classes(struct amp_kin_build *b, const struct amp_kin_site *site,
                                    size_t side)
{
    uint32_t *of = amp_arena_array(b->net.arena, site->pair_n, sizeof *of);
    for (size_t k = 0; k < site->pair_n && of; k++) {
        of[k] = side == 0 ? site->pair[k].x : site->pair[k].y;
    }
    return of;
}

static amp_err end_of(struct amp_kin_build *b, size_t person, size_t side, struct end *out)
{
    const struct amp_kin_site *site = &b->shape->site[person];
    *out = (struct end){.var = b->var[2 * person + side]};
    if (site->kind == AMP_KIN_LOOSE) {
        out->states = b->shape->classes.n;
        out->first = b->same;
        return AMP_OK;
    }
    out->states = site->kind == AMP_KIN_FIXED ? 1 : site->pair_n;
    out->first = side_classes(b, site, side);
    return out->first ? AMP_OK : AMP_E_NOMEM;
}

/* A phased person's typing weighs its states; a loose one's its two alleles. */
static amp_err typing(struct amp_kin_build *b, size_t person)
{
    const struct amp_kin_site *site = &b->shape->site[person];
    const uint32_t u = b->var[2 * person];
    const uint32_t v = b->var[2 * person + 1];
    if (site->pair_n == 0 || site->kind == AMP_KIN_FIXED) {
        return AMP_OK;
    }
    double *table = table_make(b, AMP_KIN_NO_GATE, site->hemizygous ? v : u, v);
    if (!table) {
        return AMP_E_NOMEM;
    }
    const size_t n = b->shape->classes.n;
    for (size_t k = 0; k < site->pair_n; k++) {
        const struct amp_kin_pair *pair = &site->pair[k];
        if (site->kind == AMP_KIN_PHASED) {
            table[k] = pair->weight;
        } else if (site->hemizygous || (u == v && pair->x == pair->y)) {
            table[pair->y] = pair->weight;
        } else if (u != v) {
            table[u < v ? pair->x * n + pair->y : pair->y * n + pair->x] = pair->weight;
        }
    }
    return AMP_OK;
}

static amp_err vars_make(struct amp_kin_build *b, size_t person, size_t *founder)
{
    const struct amp_kin_site *site = &b->shape->site[person];
    uint32_t *var = &b->var[2 * person];
    if (site->kind == AMP_KIN_PHASED) {
        var[0] = var[1] = amp_kin_net_var(&b->net, site->pair_n, false);
        return AMP_OK;
    }
    if (site->kind != AMP_KIN_LOOSE) {
        return AMP_OK;
    }
    for (size_t side = site->hemizygous ? 1 : 0; side < 2; side++) {
        if (site->single && side == 1 && !site->hemizygous) {
            var[1] = var[0];
        } else if (!from_population(site, side)) {
            var[side] = amp_kin_net_var(&b->net, b->shape->classes.n, false);
        } else {
            amp_err err = founder_allele(b, (*founder)++, &var[side]);
            if (err) {
                return err;
            }
        }
    }
    return AMP_OK;
}

/* A switch chooses between the two alleles of a parent. The first child of a founder needs none:
 * which of two unordered alleles it got is a matter of naming; with linked markers only while it
 * is the only child, for others share its naming at the next marker. */
static amp_err meiosis_switched(struct amp_kin_build *b, size_t parent, size_t meiosis_id,
                                const struct end *to, const double *matrix)
{
    const struct amp_kin_site *site = &b->shape->site[parent];
    struct end from[2];
    amp_err err = end_of(b, parent, 0, &from[0]);
    err = err ? err : end_of(b, parent, 1, &from[1]);
    if (err) {
        return err;
    }
    if (site->founder && (!b->question->linked || site->child_n == 1) && b->handed[parent]++ == 0) {
        return meiosis(b, AMP_KIN_NO_GATE, &from[0], to, matrix);
    }
    const uint32_t by = amp_kin_net_var(&b->net, 2, true);
    b->switches[meiosis_id] = by;
    err = meiosis(b, by * 2, &from[0], to, matrix);
    return err ? err : meiosis(b, by * 2 + 1, &from[1], to, matrix);
}

static amp_err meiosis_make(struct amp_kin_build *b, size_t child, size_t side)
{
    const struct amp_kin_classes *classes = &b->shape->classes;
    const size_t parent = (size_t)b->shape->site[child].parent[side];
    const struct amp_kin_site *site = &b->shape->site[parent];
    const double *matrix = side == 0 ? classes->male : classes->female;
    struct end to, from;
    amp_err err = end_of(b, child, side, &to);
    if (err) {
        return err;
    }
    if (site->hemizygous || site->single) {
        err = end_of(b, parent, 1, &from);
        return err ? err : meiosis(b, AMP_KIN_NO_GATE, &from, &to, matrix);
    }
    if (site->kind == AMP_KIN_LOOSE || b->question->linked) {
        return meiosis_switched(b, parent, 2 * child + side, &to, matrix);
    }
    err = end_of(b, parent, 0, &from);
    from.second = err ? NULL : side_classes(b, site, 1);
    err = err || from.second ? err : AMP_E_NOMEM;
    return err ? err : meiosis(b, AMP_KIN_NO_GATE, &from, &to, matrix);
}

/* A typed person whose parent was left out has that allele straight from the population. */
static amp_err drawn_make(struct amp_kin_build *b, size_t child, size_t side, size_t *founder)
{
    struct end to;
    struct end from = {.states = b->shape->classes.n, .first = b->same};
    amp_err err = founder_allele(b, (*founder)++, &from.var);
    err = err ? err : end_of(b, child, side, &to);
    return err ? err : meiosis(b, AMP_KIN_NO_GATE, &from, &to, NULL);
}

static amp_err sides_make(struct amp_kin_build *b, size_t person, size_t *founder)
{
    const struct amp_kin_site *site = &b->shape->site[person];
    amp_err err = typing(b, person);
    for (size_t side = 0; side < 2 && !err; side++) {
        if (site->parent[side] >= 0) {
            err = meiosis_make(b, person, side);
        } else if (site->kind == AMP_KIN_PHASED && site->population[side]) {
            err = drawn_make(b, person, side, founder);
        }
    }
    return err;
}

static amp_err room_make(struct amp_kin_build *b, struct amp_arena *arena)
{
    const size_t n = b->shape->n;
    const size_t classes = b->shape->classes.n;
    amp_err err = amp_kin_net_init(&b->net, 6 * n + 1, arena);
    if (err) {
        return err;
    }
    b->var = amp_arena_array(arena, 2 * n, sizeof *b->var);
    b->switches = amp_arena_array(arena, 2 * n, sizeof *b->switches);
    b->block = amp_arena_array(arena, 2 * n, sizeof *b->block);
    b->handed = amp_arena_array(arena, n, sizeof *b->handed);
    b->same = amp_arena_array(arena, classes, sizeof *b->same);
    if (!b->var || !b->switches || !b->block || !b->handed || !b->same) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < 2 * n; i++) {
        b->var[i] = b->switches[i] = b->block[i] = AMP_KIN_NO_VAR;
    }
    for (uint32_t k = 0; k < classes; k++) {
        b->same[k] = k;
    }
    return AMP_OK;
}

amp_err amp_kin_build_make(struct amp_kin_build *b, struct amp_arena *arena)
{
    size_t founder = 0;
    amp_err err = room_make(b, arena);
    for (size_t i = 0; i < b->shape->n && !err; i++) {
        err = vars_make(b, i, &founder);
    }
    for (size_t i = 0; i < b->shape->n && !err; i++) {
        if (b->shape->site[i].kind != AMP_KIN_ABSENT) {
            err = sides_make(b, i, &founder);
        }
    }
    assert(err || founder == amp_kin_founder_alleles(b->shape));
    return err;
}
