/* Founder alleles from one urn: certain ones first, then all partitions of the others. */
#include "dna/kin_urn.h"

enum {
    ARENA_MAX = 1 << 30 /* bytes of tables for one marker */
};

static const double work_first = 3e8; /* multiplications before other orders are looked for */
static const double work_most = 2e10; /* about half a minute */

static void times(struct amp_kin_number *number, double factor)
{
    *number = amp_kin_number_of(number->m * factor, number->e);
}

/* Draw j of the urn is allele a with probability (b_a theta + (1 - theta) p_a) / (1 + (j - 2)
 * theta), b_a of that kind drawn before (Balding and Nichols, Forensic Sci Int 64, 1994). Certain
 * founders come first; what remains for the others is the same urn with them in it. */
static void urn_draw(struct amp_kin_urn *sm, uint32_t class)
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

static void founders_fix(struct amp_kin_urn *sm)
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
static struct amp_kin_number partition_weight(const struct amp_kin_urn *sm,
                                              const uint8_t *partition)
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

/* Makes the net of a partition and eliminates it in one order. */
static amp_err net_run(struct amp_kin_urn *sm, struct amp_kin_build *b, uint32_t order, bool dry,
                       double work_max)
{
    amp_arena_reset(&sm->work);
    amp_err err = amp_kin_build_make(b, &sm->work);
    if (err) {
        return err;
    }
    b->net.order = order;
    b->net.dry = dry;
    b->net.work_max = work_max;
    if (sm->keep) {
        sm->keep(sm->ctx, b);
    }
    return amp_kin_net_eliminate(&b->net);
}

/* The order that was good the last time; if it is too much work now, the best of all. */
static amp_err net_eliminate(struct amp_kin_urn *sm, struct amp_kin_build *b)
{
    amp_err err = net_run(sm, b, sm->order, false, sm->searched ? work_most : work_first);
    if ((err != AMP_E_LIMIT && err != AMP_E_NOMEM) || sm->searched) {
        return err;
    }
    double least = work_most;
    for (uint32_t order = 0; order < AMP_KIN_ORDERS; order++) {
        if (net_run(sm, b, order, true, least) == AMP_OK) {
            least = b->net.work;
            sm->order = order;
            sm->searched = true;
        }
    }
    return sm->searched ? net_run(sm, b, sm->order, false, work_most) : AMP_E_LIMIT;
}

static amp_err partition_sum(struct amp_kin_urn *sm, const uint8_t *partition)
{
    struct amp_kin_build b = {
        .question = sm->question, .shape = &sm->shape, .base = sm->base, .partition = partition};
    const struct amp_kin_number scale = partition_weight(sm, partition);
    if (scale.m <= 0) {
        return AMP_OK;
    }
    amp_err err = net_eliminate(sm, &b);
    uint32_t *state = amp_arena_array(&sm->work, b.net.var_n + 1, sizeof *state);
    if (err == AMP_E_LIMIT || err == AMP_E_NOMEM || !state) {
        return amp_fail(sm->why, AMP_E_LIMIT,
                        "marker %.*s: the pedigree is too entangled for an exact likelihood here: "
                        "use the mutation model equal, proportional or none, or leave out untyped "
                        "relatives",
                        (int)sm->question->marker->name.len, sm->question->marker->name.ptr);
    }
    if (!err) {
        sm->take(sm->ctx, &b, scale, state);
    }
    return err;
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

static amp_err all_sum(struct amp_kin_urn *sm)
{
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

amp_err amp_kin_urn_sum(struct amp_kin_urn *sm, struct amp_arena *scratch)
{
    amp_err err = amp_kin_shape_make(sm->question, scratch, &sm->shape, sm->why);
    if (err) {
        return err;
    }
    sm->base = amp_arena_array(scratch, sm->shape.classes.n, sizeof *sm->base);
    err = sm->base ? AMP_OK : AMP_E_NOMEM;
    if (!err && sm->begin) {
        err = sm->begin(sm->ctx);
    }
    if (err || sm->shape.impossible) {
        return err;
    }
    founders_fix(sm);
    sm->founder_n = amp_kin_founder_alleles(&sm->shape);
    sm->work = amp_arena_make(ARENA_MAX);
    err = all_sum(sm);
    amp_arena_drop(&sm->work);
    return err;
}
