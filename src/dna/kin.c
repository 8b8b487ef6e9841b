/* Likelihoods in pedigrees: founders by the urn, then one elimination for each way they share. */
#include "dna/kin.h"

#include "dna/kin_build.h"

#include <math.h>

enum {
    WORK_MAX = 1 << 30 /* bytes of tables for one marker */
};

/* A sum over the ways in which founder alleles are copies of one another. */
struct summing {
    const struct amp_kin_question *question;
    struct amp_kin_shape shape;
    struct amp_arena work;
    size_t founder_n;
    double *base;
    struct amp_kin_number fixed; /* the founders whose genotypes are certain */
    size_t fixed_n;              /* their alleles */
    struct amp_kin_number *cell; /* sums: one, or one a genotype of the person asked for */
    size_t cell_n;
    struct amp_why *why;
};

static void times(struct amp_kin_number *number, double factor)
{
    *number = amp_kin_number_of(number->m * factor, number->e);
}

/* Draw j of the urn is allele a with probability (b_a theta + (1 - theta) p_a) / (1 + (j - 2)
 * theta), b_a of that kind drawn before (Balding and Nichols, Forensic Sci Int 64, 1994). Certain
 * founders come first; what remains for the others is the same urn with them in it. */
static void urn_draw(struct summing *sm, uint32_t class)
{
    const double theta = sm->question->marker->theta;
    if (sm->fixed_n > 0 || theta <= 0) { /* the first draw is p itself */
        times(&sm->fixed, sm->base[class] / (1 + ((double)sm->fixed_n - 1) * theta));
    } else {
        times(&sm->fixed, sm->shape.classes.freq[class]);
    }
    sm->base[class] += theta;
    sm->fixed_n++;
}

static void founders_fix(struct summing *sm)
{
    const double theta = sm->question->marker->theta;
    for (size_t k = 0; k < sm->shape.classes.n; k++) {
        sm->base[k] = (1 - theta) * sm->shape.classes.freq[k];
    }
    sm->fixed = amp_kin_number_of(1, 0);
    for (size_t i = 0; i < sm->shape.n; i++) {
        const struct amp_kin_site *site = &sm->shape.site[i];
        if (site->kind != AMP_KIN_FIXED) {
            continue;
        }
        urn_draw(sm, site->pair[0].y);
        if (!site->hemizygous) {
            urn_draw(sm, site->pair[0].x);
        }
        times(&sm->fixed, site->pair[0].weight * (double)site->pair_n);
    }
}

/* The urn's weight of a partition: a block of size s has (s - 1)! theta^(s - 1), its allele the
 * base weight; each draw its divisor. */
static struct amp_kin_number partition_weight(const struct summing *sm, const uint8_t *partition)
{
    const double theta = sm->question->marker->theta;
    struct amp_kin_number weight = sm->fixed;
    for (size_t i = 0; i < sm->founder_n && theta > 0; i++) {
        size_t before = 0;
        for (size_t k = 0; k < i; k++) {
            before += partition[k] == partition[i] ? 1 : 0;
        }
        const double divisor = 1 + ((double)(sm->fixed_n + i) - 1) * theta;
        times(&weight, (before > 0 ? (double)before * theta : 1) / divisor);
    }
    return weight;
}

/* Adds the values of one net, `scale` times, to the cells. */
static void cells_add(struct summing *sm, const struct amp_kin_build *b,
                      struct amp_kin_number scale, uint32_t *state)
{
    const int32_t person = sm->question->person;
    if (person < 0) {
        int64_t e = 0;
        const double m = amp_kin_net_at(&b->net, state, &e);
        sm->cell[0] = amp_kin_number_add(sm->cell[0], amp_kin_number_of(m * scale.m, e + scale.e));
        return;
    }
    const size_t self = (size_t)sm->shape.self[person];
    const uint32_t u = b->var[2 * self];
    const uint32_t v = b->var[2 * self + 1];
    const uint32_t n = (uint32_t)sm->shape.classes.n;
    for (uint32_t x = 0; x < (u == AMP_KIN_NO_VAR ? 1 : n); x++) {
        for (uint32_t y = 0; y < n; y++) {
            if (u == v && x != y) {
                continue;
            }
            int64_t e = 0;
            state[v] = y;
            if (u != AMP_KIN_NO_VAR) {
                state[u] = x;
            }
            const double m = amp_kin_net_at(&b->net, state, &e);
            const uint32_t low = u == AMP_KIN_NO_VAR || y < x ? y : x;
            const uint32_t high = u == AMP_KIN_NO_VAR || y > x ? y : x;
            struct amp_kin_number *cell = &sm->cell[(size_t)high * (high + 1) / 2 + low];
            *cell = amp_kin_number_add(*cell, amp_kin_number_of(m * scale.m, e + scale.e));
        }
    }
}

static amp_err partition_sum(struct summing *sm, const uint8_t *partition)
{
    struct amp_kin_build b = {
        .question = sm->question, .shape = &sm->shape, .base = sm->base, .partition = partition};
    const struct amp_kin_number scale = partition_weight(sm, partition);
    if (scale.m <= 0) {
        return AMP_OK;
    }
    amp_arena_reset(&sm->work);
    amp_err err = amp_kin_build_make(&b, &sm->work);
    if (err) {
        return err;
    }
    if (sm->question->person >= 0) {
        const size_t self = (size_t)sm->shape.self[sm->question->person];
        for (size_t side = 0; side < 2; side++) {
            if (b.var[2 * self + side] != AMP_KIN_NO_VAR) {
                b.net.var[b.var[2 * self + side]].kept = true;
            }
        }
    }
    err = amp_kin_net_eliminate(&b.net, sm->why);
    uint32_t *state = amp_arena_array(&sm->work, b.net.var_n + 1, sizeof *state);
    if (err || !state) {
        return err ? err : AMP_E_NOMEM;
    }
    cells_add(sm, &b, scale, state);
    return AMP_OK;
}

/* The next partition as a string of block numbers in order of first appearance. */
static bool partition_next(uint8_t *block, size_t n)
{
    for (size_t i = n; i-- > 1;) {
        uint8_t most = 0;
        for (size_t k = 0; k < i; k++) {
            most = block[k] > most ? block[k] : most;
        }
        if (block[i] <= most) {
            block[i]++;
            for (size_t k = i + 1; k < n; k++) {
                block[k] = 0;
            }
            return true;
        }
    }
    return false;
}

static amp_err all_sum(struct summing *sm)
{
    if (sm->shape.impossible) {
        return AMP_OK;
    }
    if (sm->question->marker->theta <= 0) {
        return partition_sum(sm, NULL);
    }
    if (sm->founder_n > AMP_KIN_FREE_ALLELES) {
        return amp_fail(sm->why, AMP_E_LIMIT,
                        "theta over 0 with %zu alleles of untyped founders: the limit is %d; type "
                        "a founder, leave out untyped relatives who connect nobody, or set theta "
                        "to 0",
                        sm->founder_n, AMP_KIN_FREE_ALLELES);
    }
    uint8_t block[AMP_KIN_FREE_ALLELES] = {0};
    amp_err err = AMP_OK;
    do {
        err = partition_sum(sm, block);
    } while (!err && partition_next(block, sm->founder_n));
    return err;
}

static amp_err summing_run(struct summing *sm, struct amp_arena *scratch)
{
    amp_err err = amp_kin_shape_make(sm->question, scratch, &sm->shape, sm->why);
    if (err) {
        return err;
    }
    const size_t n = sm->shape.classes.n;
    sm->cell_n = sm->question->person < 0 ? 1 : n * (n + 1) / 2;
    sm->base = amp_arena_array(scratch, n, sizeof *sm->base);
    sm->cell = amp_arena_array(scratch, sm->cell_n, sizeof *sm->cell);
    if (!sm->base || !sm->cell) {
        return AMP_E_NOMEM;
    }
    if (!sm->shape.impossible) {
        founders_fix(sm);
        sm->founder_n = amp_kin_founder_alleles(&sm->shape);
    }
    sm->work = amp_arena_make(WORK_MAX);
    err = all_sum(sm);
    amp_arena_drop(&sm->work);
    return err;
}

amp_err amp_kin_loglik(const struct amp_kin_pedigree *pedigree, const struct amp_kin_marker *marker,
                       const struct amp_kin_genotype *genotype, enum amp_kin_untyped untyped,
                       struct amp_arena *scratch, double *loglik, struct amp_why *why)
{
    const struct amp_kin_question question = {.pedigree = pedigree,
                                              .marker = marker,
                                              .genotype = genotype,
                                              .untyped = untyped,
                                              .person = -1};
    struct summing sm = {.question = &question, .why = why};
    amp_err err = summing_run(&sm, scratch);
    if (!err) {
        *loglik = amp_kin_number_log(sm.cell[0]);
    }
    return err;
}

amp_err amp_kin_joint(const struct amp_kin_pedigree *pedigree, const struct amp_kin_marker *marker,
                      const struct amp_kin_genotype *genotype, size_t person,
                      enum amp_kin_untyped untyped, struct amp_arena *scratch, double *joint,
                      double *log_scale, struct amp_why *why)
{
    const struct amp_kin_question question = {.pedigree = pedigree,
                                              .marker = marker,
                                              .genotype = genotype,
                                              .untyped = untyped,
                                              .person = (int32_t)person};
    struct summing sm = {.question = &question, .why = why};
    if (person >= pedigree->person_n || genotype[person].a >= 0) {
        return amp_fail(why, AMP_E_RANGE, "the genotype of a person who is typed was asked for");
    }
    amp_err err = summing_run(&sm, scratch);
    if (err) {
        return err;
    }
    int64_t most = 0;
    bool any = false;
    for (size_t i = 0; i < sm.cell_n; i++) {
        if (sm.cell[i].m > 0 && (!any || sm.cell[i].e > most)) {
            most = sm.cell[i].e;
            any = true;
        }
    }
    for (size_t i = 0; i < sm.cell_n; i++) {
        const int64_t shift = sm.cell[i].e - most;
        joint[i] = sm.cell[i].m > 0 && shift > -1000 ? ldexp(sm.cell[i].m, (int)shift) : 0;
    }
    *log_scale = amp_kin_number_log((struct amp_kin_number){1, most});
    return AMP_OK;
}
