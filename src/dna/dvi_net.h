/*
 * Choices that compete: each row takes one of its options, no column is taken twice.
 *
 * A row is a family and its columns are victims, or a row is a victim and its columns are missing
 * persons. The weight of a choice is the product of the weights of its options. Sums over all
 * choices are exact by dynamic programming over the columns still in play; the best choices are
 * found by branch and bound.
 */
#ifndef AMP_DNA_DVI_NET_H
#define AMP_DNA_DVI_NET_H

#include "dna/dvi_inside.h"

struct dvi_net_option {
    double log_w;
    struct dvi_wide w;
    uint32_t at, n; /* its part of take */
};

struct dvi_net_take {
    uint32_t column;
    uint32_t slot; /* of the pair, for whoever asks */
    uint32_t who;  /* the victim, by his place in the component */
    uint32_t whom; /* the missing person */
};

struct dvi_net_row {
    uint32_t at, n; /* its options, best first, the empty one among them */
};

struct dvi_net {
    size_t row_n, column_n, victim_n;
    struct dvi_net_row *row;
    struct dvi_net_option *option;
    struct dvi_net_take *take;
};

/* Columns in play between two rows, as bits, with the sums over all choices before and after. */
struct dvi_layer {
    uint64_t keep; /* bits that stay in play after the next row */
    size_t n, hash_n;
    uint64_t *mask;
    uint32_t *hash; /* 1 + place, 0 empty */
    struct dvi_wide *before, *after;
    double *best; /* ln of the best choice after */
};

struct dvi_bits {
    uint64_t need, set; /* not yet taken; taken after */
};

struct dvi_exact {
    struct dvi_layer *layer; /* row_n + 1 */
    struct dvi_bits *bits;   /* one an option */
    struct dvi_wide sum;
};

static inline size_t dvi_hash(uint64_t mask, size_t hash_n) /* a power of two */
{
    mask ^= mask >> 33;
    mask *= UINT64_C(0xff51afd7ed558ccd);
    mask ^= mask >> 33;
    return (size_t)mask & (hash_n - 1);
}

/* Puts the rows into an order that keeps few columns in play. */
AMP_MUST amp_err dvi_net_order(struct dvi_net *net, struct amp_arena *arena);
/* States that the exact sum needs at most. */
double dvi_exact_bound(const struct dvi_net *net, struct amp_arena *arena);
/* AMP_E_LIMIT when it would need more than `limit` states. A column >= column_n bans none; a banned
 * one is never taken. With `sum_only` just out->sum is made. */
struct dvi_exact_ask {
    const struct dvi_net *net;
    size_t limit;
    uint32_t banned;
    bool sum_only;
};
AMP_MUST amp_err dvi_exact_make(const struct dvi_exact_ask *ask, struct amp_arena *arena,
                                struct dvi_exact *out);
/* The probability of each option. */
void dvi_exact_options(const struct dvi_net *net, const struct dvi_exact *exact, double *out);

struct dvi_best {
    double log_w;
    uint32_t *whom; /* one a victim of the component, AMP_DVI_NONE */
};

/* Best first; ties in the order of the missing persons, "*" last. */
int dvi_best_order(const struct dvi_best *a, const struct dvi_best *b, size_t victim_n);
/* The `list` best choices, best first; *complete is false when the search was cut short. `exact`
 * may be NULL. */
AMP_MUST amp_err dvi_net_best(const struct dvi_net *net, const struct dvi_exact *exact, size_t list,
                              struct amp_arena *arena, struct dvi_best **out, size_t *out_n,
                              bool *complete);

/* The best choices of several nets together: `part`s share no victim. */
struct dvi_part {
    size_t victim_n, best_n;
    const uint32_t *victim; /* its victims in the whole problem */
    const struct dvi_best *best;
};
AMP_MUST amp_err dvi_best_fold(const struct dvi_part *part, size_t part_n, size_t victim_n,
                               size_t list, struct amp_arena *arena, struct dvi_best **out,
                               size_t *out_n);

/* Sums by seeded draws, a row after the other. */
struct dvi_sampled {
    double log_sum;
    double ess;
    double *p, *p_error;         /* one a slot that was asked for, see dvi_net_sample */
    double *alone, *alone_error; /* one a victim: not taken */
};
struct dvi_sample_ask {
    const struct dvi_net *net;
    size_t slot_n; /* p has so many, take.slot is below */
    size_t draws;
    uint64_t seed;
};
AMP_MUST amp_err dvi_net_sample(const struct dvi_sample_ask *ask, struct amp_arena *arena,
                                struct dvi_sampled *out);

/* How likelihoods are compared in lists: differences below 1e-8 are ties. */
static inline int64_t dvi_rounded(double log)
{
    return log > -1e9 ? (int64_t)floor(log * 1e8 + 0.5) : INT64_MIN;
}

#endif
