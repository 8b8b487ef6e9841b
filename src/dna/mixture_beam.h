/*
 * Pruning with a bound of what it loses. Internal to mixture*.c.
 *
 * Before the sum, the other way round and cheaply: what all alleles from the next on can still add
 * to a state is bounded as if each position could take the best copies of its neighbours, whoever
 * has them (the densities are log-concave in their shape). A state or tuple whose own sum times
 * that bound is below `share` of the largest of its step is dropped; the products dropped add up
 * to a bound of the loss.
 */
#ifndef AMP_DNA_MIXTURE_BEAM_H
#define AMP_DNA_MIXTURE_BEAM_H

#include "dna/mixture_factor.h"

struct mix_beam {
    double share;    /* 0: nothing is dropped */
    double log_lost; /* bound of what was dropped, -INFINITY nothing */
    /* [step][copies of the unknowns]: what variables from this on can add to what is spent, of
     * which the heights that variable i alone is charged with, and those among them that are not
     * in the sum before step i + 1 */
    double *to_come, *here, *pending;
    double log_to_come[AMP_MIX_ALLELES + 1], log_pending[AMP_MIX_ALLELES];
    double *read;    /* sums of states by what the step's factors read of them */
    uint8_t *wanted; /* [tuples] of the step */
    double *bound;   /* [tuples or states] of the step */
};

/* Whether bounds are much cheaper than the sum: three unknowns or more, and stutter. */
bool mix_beam_helps(const struct mix_pass *pass);

/* Fills the bounds of one pass. */
void mix_beam_bounds(struct mix_beam *beam, const struct mix_at *at);
/* Before step i: which tuples any state is left for; their factors alone are needed. */
void mix_beam_want(struct mix_beam *beam, const struct mix_at *at, size_t i, const double *state);
/* Drops weights of step i; log_scale is of a product of a state and a weight. */
void mix_beam_tuples(struct mix_beam *beam, const struct mix_at *at, size_t i, double log_scale,
                     double *weight);
/* Drops states after step i, whose true logarithms are log_scale higher. */
void mix_beam_states(struct mix_beam *beam, const struct mix_at *at, size_t i, double log_scale,
                     double *state);

#endif
