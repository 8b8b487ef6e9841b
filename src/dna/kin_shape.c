/* From a pedigree and genotypes to sites: who matters, and what each may carry. */
#include "dna/kin_shape.h"

struct shaper {
    const struct amp_kin_question *q;
    struct amp_arena *arena;
    struct amp_kin_shape *shape;
    uint8_t *matters;
    uint8_t *typed; /* by who owns the alleles */
    struct amp_why *why;
};

static const struct amp_kin_person *person_of(const struct shaper *sh, size_t i)
{
    return &sh->q->pedigree->person[i];
}

static bool hemizygous(const struct shaper *sh, size_t i)
{
    return sh->q->marker->x_linked && person_of(sh, i)->sex == AMP_KIN_MALE;
}

static amp_err genotype_check(const struct shaper *sh, size_t i)
{
    const struct amp_kin_marker *marker = sh->q->marker;
    const struct amp_kin_genotype *g = &sh->q->genotype[i];
    const struct amp_str name = person_of(sh, i)->name;
    const int64_t n = (int64_t)marker->allele_n;
    if (marker->x_linked && person_of(sh, i)->sex == AMP_KIN_UNKNOWN_SEX) {
        return amp_fail(sh->why, AMP_E_MISSING, "%.*s needs a sex for the X-linked marker %.*s",
                        (int)name.len, name.ptr, (int)marker->name.len, marker->name.ptr);
    }
    if (g->a < 0 && g->b < 0) {
        return AMP_OK;
    }
    const bool one = hemizygous(sh, i) && (g->b < 0 || g->a == g->b);
    const bool two = !hemizygous(sh, i) && g->b >= 0;
    if (g->a < 0 || g->a >= n || g->b >= n || !(one || two)) {
        return amp_fail(sh->why, AMP_E_RANGE,
                        "%.*s at marker %.*s: %s alleles of the marker's table are needed",
                        (int)name.len, name.ptr, (int)marker->name.len, marker->name.ptr,
                        hemizygous(sh, i) ? "one (or none)" : "two (or no)");
    }
    return AMP_OK;
}

/* P(typed alleles of person i | true alleles x, y), as classes. An allele that is silent shows
 * nothing; one that is lost shows nothing either; what is left alone looks homozygous. */
static double seen_weight(const struct shaper *sh, size_t i, uint32_t x, uint32_t y)
{
    const struct amp_kin_classes *classes = &sh->shape->classes;
    const struct amp_kin_genotype *g = &sh->q->genotype[i];
    const uint32_t a = classes->of[g->a];
    const uint32_t b = g->b < 0 ? a : classes->of[g->b];
    const double lost = person_of(sh, i)->drop_out ? sh->q->marker->drop_out : 0;
    if (hemizygous(sh, i)) {
        return y == a ? 1 - lost : 0;
    }
    if (a != b) {
        return (x == a && y == b) || (x == b && y == a) ? (1 - lost) * (1 - lost) : 0;
    }
    if (x == a && y == a) {
        return 1 - lost * lost;
    }
    if (x != a && y != a) {
        return 0;
    }
    const uint32_t other = x == a ? y : x;
    return (int64_t)other == classes->silent ? 1 - lost : lost * (1 - lost);
}

static double twins_weight(const struct shaper *sh, size_t self, uint32_t x, uint32_t y)
{
    double weight = 1;
    for (size_t i = self; i < sh->shape->n; i++) {
        if ((size_t)sh->shape->self[i] == self && sh->q->genotype[i].a >= 0) {
            weight *= seen_weight(sh, i, x, y);
        }
    }
    return weight;
}

/* All ordered genotypes that explain what was typed. */
static amp_err pairs_list(struct shaper *sh, size_t self)
{
    const size_t n = sh->shape->classes.n;
    struct amp_kin_site *site = &sh->shape->site[self];
    size_t first = self;
    while ((size_t)sh->shape->self[first] != self || sh->q->genotype[first].a < 0) {
        first++;
    }
    const uint32_t seen = sh->shape->classes.of[sh->q->genotype[first].a];
    for (size_t pass = 0; pass < 2; pass++) {
        site->pair_n = 0;
        for (uint32_t x = 0; x < (site->hemizygous ? 1 : n); x++) {
            for (uint32_t y = 0; y < n; y++) {
                const double weight = x == seen || y == seen ? twins_weight(sh, self, x, y) : 0;
                if (!(weight > 0)) {
                    continue;
                }
                if (pass == 1) {
                    site->pair[site->pair_n] =
                        (struct amp_kin_pair){site->hemizygous ? y : x, y, weight};
                }
                site->pair_n++;
            }
        }
        if (pass == 0) {
            site->pair = amp_arena_array(sh->arena, site->pair_n, sizeof *site->pair);
            if (!site->pair) {
                return AMP_E_NOMEM;
            }
        }
    }
    sh->shape->impossible = sh->shape->impossible || site->pair_n == 0;
    return AMP_OK;
}

static void persons_resolve(struct shaper *sh)
{
    for (size_t i = 0; i < sh->shape->n; i++) { /* a twin is an earlier person */
        const int32_t twin = person_of(sh, i)->twin;
        sh->shape->self[i] = twin < 0 ? (int32_t)i : sh->shape->self[twin];
        sh->matters[i] = twin < 0;
        if (sh->q->genotype[i].a >= 0) {
            sh->typed[sh->shape->self[i]] = 1;
        }
    }
}

static void sites_init(struct shaper *sh)
{
    for (size_t i = 0; i < sh->shape->n; i++) {
        struct amp_kin_site *site = &sh->shape->site[i];
        const struct amp_kin_person *p = person_of(sh, i);
        const bool has = p->father >= 0;
        site->hemizygous = hemizygous(sh, i);
        site->parent[0] = has && !site->hemizygous ? sh->shape->self[p->father] : -1;
        site->parent[1] = has ? sh->shape->self[p->mother] : -1;
    }
}

static void children_count(struct shaper *sh)
{
    for (size_t i = 0; i < sh->shape->n; i++) {
        const struct amp_kin_site *site = &sh->shape->site[i];
        for (size_t side = 0; side < 2 && sh->matters[i]; side++) {
            if (site->parent[side] >= 0) {
                sh->shape->site[site->parent[side]].child_n++;
            }
        }
    }
}

static bool asked(const struct shaper *sh, size_t i)
{
    return sh->q->person >= 0 && sh->shape->self[sh->q->person] == (int32_t)i;
}

static bool parentless(const struct amp_kin_site *site)
{
    return site->parent[0] < 0 && site->parent[1] < 0;
}

/* AMP_KIN_DRAW: an untyped founder with one child is left out, its child draws from the
 * population. */
static bool founder_drop(struct shaper *sh, size_t i)
{
    const struct amp_kin_site *site = &sh->shape->site[i];
    if (sh->q->untyped != AMP_KIN_DRAW || !parentless(site) || site->child_n != 1) {
        return false;
    }
    for (size_t c = 0; c < sh->shape->n; c++) {
        struct amp_kin_site *child = &sh->shape->site[c];
        for (size_t side = 0; side < 2 && sh->matters[c]; side++) {
            if (child->parent[side] == (int32_t)i) {
                child->parent[side] = -1;
            }
        }
    }
    return true;
}

/* Untyped persons without descendants who are typed or asked for do not matter. */
static void sites_prune(struct shaper *sh)
{
    children_count(sh);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sh->shape->n; i++) {
            const struct amp_kin_site *site = &sh->shape->site[i];
            if (!sh->matters[i] || asked(sh, i) || sh->typed[i] ||
                (site->child_n > 0 && !founder_drop(sh, i))) {
                continue;
            }
            sh->matters[i] = 0;
            again = true;
            for (size_t side = 0; side < 2; side++) {
                if (site->parent[side] >= 0) {
                    sh->shape->site[site->parent[side]].child_n--;
                }
            }
        }
    }
}

static bool certain(const struct amp_kin_site *site)
{
    const struct amp_kin_pair *pair = site->pair;
    return site->pair_n == 1 ||
           (site->pair_n == 2 && pair[0].x == pair[1].y && pair[0].y == pair[1].x);
}

static amp_err site_finish(struct shaper *sh, size_t i)
{
    struct amp_kin_site *site = &sh->shape->site[i];
    if (!sh->matters[i]) {
        return AMP_OK;
    }
    site->founder = parentless(site);
    for (size_t side = 0; side < 2; side++) {
        site->population[side] = site->parent[side] < 0 && !(side == 0 && site->hemizygous);
    }
    if (sh->typed[i]) {
        amp_err err = pairs_list(sh, i);
        if (err) {
            return err;
        }
    }
    const bool free = asked(sh, i) || site->pair_n == 0;
    if (!free && !site->founder) {
        site->kind = AMP_KIN_PHASED;
    } else if (!free && certain(site) && !sh->q->linked) {
        site->kind = AMP_KIN_FIXED;
    } else {
        site->kind = AMP_KIN_LOOSE;
    }
    site->single =
        site->kind == AMP_KIN_LOOSE && site->founder && free && !asked(sh, i) && site->child_n == 1;
    return AMP_OK;
}

amp_err amp_kin_shape_make(const struct amp_kin_question *q, struct amp_arena *arena,
                           struct amp_kin_shape *out, struct amp_why *why)
{
    const size_t n = q->pedigree->person_n;
    struct amp_kin_shape shape = {.n = n};
    struct shaper sh = {.q = q, .arena = arena, .shape = &shape, .why = why};
    amp_err err = amp_kin_pedigree_check(q->pedigree, arena, why);
    err = err ? err : amp_kin_marker_check(q->marker, why);
    for (size_t i = 0; i < n && !err; i++) {
        err = genotype_check(&sh, i);
    }
    if (err) {
        return err;
    }
    shape.self = amp_arena_array(arena, n, sizeof *shape.self);
    shape.site = amp_arena_array(arena, n, sizeof *shape.site);
    sh.matters = amp_arena_array(arena, n, 1);
    sh.typed = amp_arena_array(arena, n, 1);
    err = shape.self && shape.site && sh.matters && sh.typed ? AMP_OK : AMP_E_NOMEM;
    err = err ? err : amp_kin_classes_make(q, arena, &shape.classes);
    if (err) {
        return err;
    }
    persons_resolve(&sh);
    sites_init(&sh);
    sites_prune(&sh);
    for (size_t i = 0; i < n && !err; i++) {
        err = site_finish(&sh, i);
    }
    if (!err) {
        *out = shape;
    }
    return err;
}
