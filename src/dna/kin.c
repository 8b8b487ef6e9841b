/* Likelihoods in pedigrees: of what was typed, and with the genotype of one person. */
#include "dna/kin.h"

#include "dna/kin_urn.h"

#include <math.h>

struct summing {
    struct amp_kin_urn urn;
    struct amp_arena *scratch;
    struct amp_kin_number *cell; /* sums: one, or one a genotype of the person asked for */
    size_t cell_n;
};

static amp_err cells_make(void *ctx)
{
    struct summing *sm = ctx;
    const size_t n = sm->urn.shape.classes.n;
    sm->cell_n = sm->urn.question->person < 0 ? 1 : n * (n + 1) / 2;
    sm->cell = amp_arena_array(sm->scratch, sm->cell_n, sizeof *sm->cell);
    return sm->cell ? AMP_OK : AMP_E_NOMEM;
}

/* The two alleles of the person asked for are not summed. */
static void asked_keep(void *ctx, struct amp_kin_build *b)
{
    const struct summing *sm = ctx;
    if (sm->urn.question->person < 0) {
        return;
    }
    const size_t self = (size_t)sm->urn.shape.self[sm->urn.question->person];
    for (size_t side = 0; side < 2; side++) {
        if (b->var[2 * self + side] != AMP_KIN_NO_VAR) {
            b->net.var[b->var[2 * self + side]].kept = true;
        }
    }
}

/* Adds the values of one net, `scale` times, to the cells. */
static void cells_add(void *ctx, const struct amp_kin_build *b, struct amp_kin_number scale,
                      uint32_t *state)
{
    struct summing *sm = ctx;
    const int32_t person = sm->urn.question->person;
    if (person < 0) {
        int64_t e = 0;
        const double m = amp_kin_net_at(&b->net, state, &e);
        sm->cell[0] = amp_kin_number_add(sm->cell[0], amp_kin_number_of(m * scale.m, e + scale.e));
        return;
    }
    const size_t self = (size_t)sm->urn.shape.self[person];
    const uint32_t u = b->var[2 * self];
    const uint32_t v = b->var[2 * self + 1];
    const uint32_t n = (uint32_t)sm->urn.shape.classes.n;
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

static amp_err summing_run(struct summing *sm, const struct amp_kin_question *question,
                           struct amp_arena *scratch, struct amp_why *why)
{
    *sm = (struct summing){.scratch = scratch};
    sm->urn = (struct amp_kin_urn){.question = question,
                                   .why = why,
                                   .ctx = sm,
                                   .begin = cells_make,
                                   .keep = asked_keep,
                                   .take = cells_add};
    return amp_kin_urn_sum(&sm->urn, scratch);
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
    struct summing sm;
    amp_err err = summing_run(&sm, &question, scratch, why);
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
    struct summing sm;
    if (person >= pedigree->person_n || genotype[person].a >= 0) {
        return amp_fail(why, AMP_E_RANGE, "the genotype of a person who is typed was asked for");
    }
    amp_err err = summing_run(&sm, &question, scratch, why);
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
