/* Founder alleles from one urn: certain ones first, then all partitions of the others. */
#include "dna/kin_urn.h"

#include "dna/kin_beta.h"

enum {
    ARENA_MAX = 1 << 30, /* bytes of tables for one marker */
    STICKS = 17          /* classes of alleles at most: two nodes for each but the last */
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

/* One elimination: founder alleles with these weights, shared as the partition says. */
static amp_err one_sum(struct amp_kin_urn *sm, const double *base, const uint8_t *partition,
                       struct amp_kin_number scale)
{
    struct amp_kin_build b = {
        .question = sm->question, .shape = &sm->shape, .base = base, .partition = partition};
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

static amp_err partitions_sum(struct amp_kin_urn *sm)
{
    uint8_t block[AMP_KIN_FREE_ALLELES] = {0};
    amp_err err = AMP_OK;
    do {
        err = one_sum(sm, sm->base, block, partition_weight(sm, block));
    } while (!err && partition_next(block, sm->founder_n));
    return err;
}

/* Frequencies by stick breaking: what class k breaks off the rest is Beta distributed. */
struct sticks {
    size_t n;               /* classes that can be drawn; the last takes what is left */
    size_t node_n;          /* of each of the first n - 1 */
    uint32_t class[STICKS]; /* from the rarest, so that small ones are broken off first */
    double node[STICKS][AMP_KIN_BETA_NODES];
    double weight[STICKS][AMP_KIN_BETA_NODES];
};

static void sticks_make(const struct amp_kin_urn *sm, struct sticks *sticks)
{
    const double theta = sm->question->marker->theta;
    double rest = 0;
    sticks->n = 0;
    for (uint32_t k = 0; k < sm->shape.classes.n; k++) {
        if (!(sm->base[k] > 0)) {
            continue;
        }
        size_t at = sticks->n++;
        while (at > 0 && sm->base[sticks->class[at - 1]] > sm->base[k]) {
            sticks->class[at] = sticks->class[at - 1];
            at--;
        }
        sticks->class[at] = k;
        rest += sm->base[k];
    }
    sticks->node_n = sm->founder_n / 2 + 1;
    for (size_t k = 0; k + 1 < sticks->n; k++) {
        const double own = sm->base[sticks->class[k]];
        rest = 0;
        for (size_t j = k + 1; j < sticks->n; j++) {
            rest += sm->base[sticks->class[j]];
        }
        amp_kin_beta_rule(own / theta, rest / theta, sticks->node_n, sticks->node[k],
                          sticks->weight[k]);
    }
}

static amp_err nodes_sum(struct amp_kin_urn *sm, struct sticks *sticks, double *freq)
{
    size_t at[STICKS] = {0};
    sticks_make(sm, sticks);
    for (;;) {
        double left = 1, weight = 1;
        for (size_t k = 0; k < sticks->n; k++) {
            const bool last = k + 1 == sticks->n;
            const double part = last ? 1 : sticks->node[k][at[k]];
            freq[sticks->class[k]] = left * part;
            left *= 1 - part;
            weight *= last ? 1 : sticks->weight[k][at[k]];
        }
        amp_err err = one_sum(sm, freq, NULL, amp_kin_number_of(sm->fixed.m * weight, sm->fixed.e));
        if (err) {
            return err;
        }
        size_t k = 0;
        while (k + 1 < sticks->n && ++at[k] == sticks->node_n) {
            at[k++] = 0;
        }
        if (k + 1 >= sticks->n) {
            return AMP_OK;
        }
    }
}

/* How many eliminations each way takes; over AMP_KIN_URN_SUMS when it cannot be done. */
static double partitions_count(size_t founder_n)
{
    static const double bell[AMP_KIN_FREE_ALLELES + 1] = {1,   1,   2,    5,     15,    52,
                                                          203, 877, 4140, 21147, 115975};
    return founder_n <= AMP_KIN_FREE_ALLELES ? bell[founder_n] : 2.0 * AMP_KIN_URN_SUMS;
}

static double nodes_count(const struct amp_kin_urn *sm)
{
    size_t n = 0;
    for (size_t k = 0; k < sm->shape.classes.n; k++) {
        n += sm->base[k] > 0 ? 1 : 0;
    }
    if (n > STICKS || sm->founder_n / 2 + 1 > AMP_KIN_BETA_NODES) {
        return 2.0 * AMP_KIN_URN_SUMS;
    }
    double count = 1;
    for (size_t k = 1; k < n; k++) {
        count *= (double)(sm->founder_n / 2 + 1);
    }
    return count;
}

static amp_err all_sum(struct amp_kin_urn *sm, struct amp_arena *scratch)
{
    if (sm->question->marker->theta <= 0) {
        return one_sum(sm, sm->base, NULL, sm->fixed);
    }
    const double partitions = partitions_count(sm->founder_n);
    const double nodes = nodes_count(sm);
    const bool by_nodes =
        sm->way == AMP_KIN_URN_CHEAPER ? nodes < partitions : sm->way == AMP_KIN_URN_NODES;
    if ((by_nodes ? nodes : partitions) > AMP_KIN_URN_SUMS) {
        return amp_fail(
            sm->why, AMP_E_LIMIT,
            "marker %.*s: theta over 0 with %zu alleles of untyped founders is too much "
            "with this mutation model: use equal, proportional or none, type a "
            "founder, or set theta to 0",
            (int)sm->question->marker->name.len, sm->question->marker->name.ptr, sm->founder_n);
    }
    if (!by_nodes) {
        return partitions_sum(sm);
    }
    struct sticks *sticks = amp_arena_array(scratch, 1, sizeof *sticks);
    double *freq = amp_arena_array(scratch, sm->shape.classes.n, sizeof *freq);
    return sticks && freq ? nodes_sum(sm, sticks, freq) : AMP_E_NOMEM;
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
    err = all_sum(sm, scratch);
    amp_arena_drop(&sm->work);
    return err;
}
