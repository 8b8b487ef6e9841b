/* Linked markers: a hidden chain over the positions of all switches. */
#include "dna/kin_urn.h"

#include <math.h>

/* The meioses whose switches the markers share, and what each pattern of them makes probable. */
struct chain {
    size_t marker; /* at which */
    size_t bit_n;
    size_t bit_of_n; /* 2 a person */
    int8_t *bit_of;  /* [bit_of_n] bit of a meiosis, -1 when it does not matter */
    uint8_t male[AMP_KIN_LINKED_MEIOSES];
    struct amp_kin_number *value; /* [2^bit_n] of the marker */
    double *state;                /* [2^bit_n] the chain, sums to 1 */
};

/* Has this meiosis a switch at a marker? As kin_build.c makes them for linked markers. */
static bool switched(const struct amp_kin_shape *shape, size_t child, size_t side)
{
    const struct amp_kin_site *site = &shape->site[child];
    if (site->kind == AMP_KIN_ABSENT || site->parent[side] < 0) {
        return false;
    }
    const struct amp_kin_site *parent = &shape->site[site->parent[side]];
    return !parent->hemizygous && !parent->single && !(parent->founder && parent->child_n == 1);
}

static void switches_keep(void *ctx, struct amp_kin_build *b)
{
    const struct chain *chain = ctx;
    for (size_t i = 0; i < chain->bit_of_n; i++) {
        if (b->switches[i] != AMP_KIN_NO_VAR) {
            b->net.var[b->switches[i]].kept = true;
        }
    }
}

static void values_add(void *ctx, const struct amp_kin_build *b, struct amp_kin_number scale,
                       uint32_t *state)
{
    struct chain *chain = ctx;
    for (size_t v = 0; v < (size_t)1 << chain->bit_n; v++) {
        for (size_t i = 0; i < chain->bit_of_n; i++) {
            if (b->switches[i] != AMP_KIN_NO_VAR) {
                state[b->switches[i]] = (uint32_t)(v >> chain->bit_of[i] & 1);
            }
        }
        int64_t e = 0;
        const double m = amp_kin_net_at(&b->net, state, &e);
        chain->value[v] =
            amp_kin_number_add(chain->value[v], amp_kin_number_of(m * scale.m, e + scale.e));
    }
}

static amp_err bits_find(struct chain *chain, const struct amp_kin_question *question,
                         const struct amp_kin_linked *linked, struct amp_why *why)
{
    amp_err err = AMP_OK;
    for (size_t m = 0; m < linked->marker_n && !err; m++) {
        struct amp_arena arena = amp_arena_make(1 << 26);
        struct amp_kin_shape shape;
        struct amp_kin_question q = *question;
        q.marker = &linked->marker[m];
        q.genotype = &linked->genotype[m * q.pedigree->person_n];
        err = amp_kin_shape_make(&q, &arena, &shape, why);
        for (size_t i = 0; i < chain->bit_of_n && !err; i++) {
            if (chain->bit_of[i] >= 0 || !switched(&shape, i / 2, i % 2)) {
                continue;
            }
            if (chain->bit_n == AMP_KIN_LINKED_MEIOSES) {
                err = amp_fail(why, AMP_E_LIMIT,
                               "linked markers with over %d meioses that matter: leave out "
                               "relatives, or take one marker of each linked group",
                               AMP_KIN_LINKED_MEIOSES);
                continue;
            }
            chain->male[chain->bit_n] = i % 2 == 0;
            chain->bit_of[i] = (int8_t)chain->bit_n++;
        }
        amp_arena_drop(&arena);
    }
    return err;
}

/* Each switch stays with probability 1 - r, on its own. */
static void chain_move(struct chain *chain, const double recombination[2])
{
    for (size_t bit = 0; bit < chain->bit_n; bit++) {
        const double r = recombination[chain->male[bit] ? 0 : 1];
        const size_t step = (size_t)1 << bit;
        for (size_t v = 0; v < (size_t)1 << chain->bit_n; v++) {
            if (v & step) {
                continue;
            }
            const double a = chain->state[v];
            const double b = chain->state[v | step];
            chain->state[v] = (1 - r) * a + r * b;
            chain->state[v | step] = r * a + (1 - r) * b;
        }
    }
}

/* Weighs the chain by the marker; ln of what it weighs now, and it sums to 1 again. */
static double chain_weigh(struct chain *chain)
{
    const size_t n = (size_t)1 << chain->bit_n;
    struct amp_kin_number sum = {0, 0};
    for (size_t v = 0; v < n; v++) {
        chain->value[v] = amp_kin_number_of(chain->value[v].m * chain->state[v], chain->value[v].e);
        sum = amp_kin_number_add(sum, chain->value[v]);
    }
    for (size_t v = 0; v < n; v++) {
        const int64_t shift = chain->value[v].e - sum.e;
        chain->state[v] = chain->value[v].m > 0 && shift > -1000
                              ? ldexp(chain->value[v].m, (int)shift) / sum.m
                              : 0;
    }
    return amp_kin_number_log(sum);
}

static amp_err chain_run(struct chain *chain, const struct amp_kin_question *question,
                         const struct amp_kin_linked *linked, double *loglik, struct amp_why *why)
{
    const size_t n = (size_t)1 << chain->bit_n;
    for (size_t v = 0; v < n; v++) {
        chain->state[v] = 1 / (double)n;
    }
    for (size_t m = 0; m < linked->marker_n; m++) {
        struct amp_arena arena = amp_arena_make(1 << 28);
        struct amp_kin_question q = *question;
        q.marker = &linked->marker[m];
        q.genotype = &linked->genotype[m * q.pedigree->person_n];
        struct amp_kin_urn urn = {
            .question = &q, .why = why, .ctx = chain, .keep = switches_keep, .take = values_add};
        for (size_t v = 0; v < n; v++) {
            chain->value[v] = (struct amp_kin_number){0, 0};
        }
        amp_err err = amp_kin_urn_sum(&urn, &arena);
        amp_arena_drop(&arena);
        if (err) {
            return err;
        }
        loglik[m] = chain_weigh(chain);
        if (isinf(loglik[m])) { /* nothing is left: the rest cannot be asked for */
            for (size_t k = m + 1; k < linked->marker_n; k++) {
                loglik[k] = 0;
            }
            return AMP_OK;
        }
        if (m + 1 < linked->marker_n) {
            chain_move(chain, &linked->recombination[2 * m]);
        }
    }
    return AMP_OK;
}

amp_err amp_kin_loglik_linked(const struct amp_kin_pedigree *pedigree,
                              const struct amp_kin_linked *linked, enum amp_kin_untyped untyped,
                              struct amp_arena *scratch, double *loglik, struct amp_why *why)
{
    const struct amp_kin_question question = {
        .pedigree = pedigree, .untyped = untyped, .person = -1, .linked = true};
    struct chain chain = {.bit_of_n = 2 * pedigree->person_n};
    for (size_t k = 0; k + 1 < linked->marker_n; k++) {
        for (size_t s = 0; s < 2; s++) {
            if (!(linked->recombination[2 * k + s] >= 0 &&
                  linked->recombination[2 * k + s] <= 0.5)) {
                return amp_fail(why, AMP_E_RANGE,
                                "the recombination fraction %g between markers %.*s and %.*s is "
                                "not within 0..0.5",
                                linked->recombination[2 * k + s], (int)linked->marker[k].name.len,
                                linked->marker[k].name.ptr, (int)linked->marker[k + 1].name.len,
                                linked->marker[k + 1].name.ptr);
            }
        }
    }
    chain.bit_of = amp_arena_array(scratch, chain.bit_of_n, sizeof *chain.bit_of);
    if (!chain.bit_of) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < chain.bit_of_n; i++) {
        chain.bit_of[i] = -1;
    }
    amp_err err = bits_find(&chain, &question, linked, why);
    if (err) {
        return err;
    }
    chain.value = amp_arena_array(scratch, (size_t)1 << chain.bit_n, sizeof *chain.value);
    chain.state = amp_arena_array(scratch, (size_t)1 << chain.bit_n, sizeof *chain.state);
    return chain.value && chain.state ? chain_run(&chain, &question, linked, loglik, why)
                                      : AMP_E_NOMEM;
}
