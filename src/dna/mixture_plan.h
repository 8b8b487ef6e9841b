/*
 * What of a mixture's likelihood does not depend on its parameters: the order of elimination.
 * Internal to mixture*.c.
 *
 * Variables are the copies n_a of allele a in each unknown contributor, in the order of the ladder.
 * A factor is what the heights at one position say; it reads at most three neighbouring variables.
 * Step i sums over variable i, with all factors whose last variable it is. A window is what such
 * factors can read: the variables i-2, i-1 and i. A state holds, for each unknown, the copies spent
 * (the rest) and those of the variables that later factors still read.
 *
 * The unknowns are split in two halves; an index over all is the first half's times the number of
 * the second half's, plus the second half's. Drop-in is counted in lanes: lane l stands for the set
 * of replicates that had a drop-in so far.
 */
#ifndef AMP_DNA_MIXTURE_PLAN_H
#define AMP_DNA_MIXTURE_PLAN_H

#include "dna/mixture.h"

enum {
    MIX_WINDOW = 3, /* variables i-2, i-1, i */
    MIX_ROLES = 3,  /* own copies, whose back stutter comes, whose forward stutter comes */
    MIX_HALVES = 2,
    MIX_STEP_FACTORS = 8,                             /* that end at one step */
    MIX_DROP_KINDS = 1 << 3,                          /* sets of peaks that are drop-in */
    MIX_PASSES = 4,                                   /* of a relative */
    MIX_LANES = 4096,                                 /* sets of replicates with drop-in */
    MIX_FIXED = 2 * MIX_ROLES * AMP_MIX_CONTRIBUTORS, /* known copies that a position reads */
    MIX_UNKNOWN_COPIES = AMP_MIX_UNKNOWN * 2          /* of all unknowns together */
};

struct mix_pair {
    uint32_t in, out; /* states before and after */
};

/* How states go over into each other in one kind of step. Tuple f of a half gives each of its
 * unknowns copies of the window's variables. */
struct mix_shape {
    struct mix_shape *next;
    uint32_t key;
    uint32_t f_n[MIX_HALVES], in_n[MIX_HALVES], out_n[MIX_HALVES];
    uint32_t *pair_at[MIX_HALVES];     /* [f_n + 1] */
    struct mix_pair *pair[MIX_HALVES]; /* the first half's are multiplied by the second's number */
    uint8_t *copies[MIX_HALVES];       /* [f_n][unknowns of the half][MIX_WINDOW] */
    uint8_t *total[MIX_HALVES];        /* [f_n] copies of variable i together */
    uint8_t *homozygous[MIX_HALVES];   /* [f_n] unknowns with two copies of variable i */
    /* For the beam: what a state has spent in all and of variable i-1, as numbers of digits 0 to
     * cap; and which copies of i-2 and i-1 a state and a tuple mean, of those that are read. */
    uint32_t *spent[MIX_HALVES], *last[MIX_HALVES]; /* [in_n] */
    uint32_t *read_in[MIX_HALVES];                  /* [in_n] */
    uint32_t *read_f[MIX_HALVES];                   /* [f_n] */
    uint32_t *number[MIX_HALVES];                   /* [f_n] copies of variable i, likewise */
    uint32_t read_n[MIX_HALVES];
};

struct mix_fixed {
    uint8_t contributor, role, copies;
};

struct mix_factor {
    int32_t allele[MIX_ROLES];     /* indices of alleles; -1 none */
    uint32_t g_n[MIX_HALVES];      /* tuples of what this factor reads, and ... */
    uint32_t *project[MIX_HALVES]; /* [f_n of the step] which of them is it */
    uint8_t *copies[MIX_HALVES];   /* [g_n][unknowns of the half][MIX_ROLES] */
    size_t fixed_n;
    struct mix_fixed *fixed; /* copies of the known */
    uint32_t position;       /* whose heights: index of the allele */
    bool bare;               /* nobody known gives anything: tuple 0 is structurally zero */
    uint32_t seen_n, unseen_n;
    uint32_t seen_in; /* bit r: seen in replicate r */
    double height_sum, log_height_sum;
    double drop_in_log; /* of all its peaks together */
    size_t table_at;    /* in the work's tables: log factor, slope, slope by x, each g_n */
};

struct mix_step {
    int32_t allele; /* variable i */
    const struct mix_shape *shape;
    size_t factor_n;
    struct mix_factor *factor;
    double log_prior[MIX_UNKNOWN_COPIES + 1]; /* of that many copies of this allele */
    size_t drop_n;                            /* factors whose tuple 0 can be drop-in */
    uint8_t drop[MIX_STEP_FACTORS];           /* which */
    uint16_t *lane_to[MIX_DROP_KINDS];        /* [lane_n] by the set of those at tuple 0 */
    size_t f_at;                              /* in the work's factors */
    size_t alpha_at;                          /* in the work's states: those before this step */
};

/* Two numbers of digits 0 to cap that can be added. */
struct mix_sum {
    uint32_t n, rest;
};

/* What bounds are made of: copies of one variable, as numbers of digits 0 to cap. */
struct mix_digits {
    uint32_t n[MIX_HALVES]; /* such numbers */
    uint32_t sum_n[MIX_HALVES];
    struct mix_sum *sum[MIX_HALVES];
    uint8_t *copies[MIX_HALVES]; /* [n][unknowns of the half] */
};

/* One sum over genotypes: all unknowns free, or some alleles of a relative fixed. */
struct mix_pass {
    double log_weight; /* of the pass, and what of the prior is common to all genotypes */
    size_t unknown_n;
    uint8_t unknown[AMP_MIX_UNKNOWN]; /* contributors */
    uint8_t cap[AMP_MIX_UNKNOWN];     /* alleles drawn */
    size_t half_at[MIX_HALVES + 1];   /* the first unknown of each half */
    size_t step_n;
    struct mix_step *step;
    struct mix_digits digits;
    size_t lane_n;
    double *lane_weight; /* [lane_n] (1 - C) for each replicate without drop-in */
};

struct mix_plan_marker {
    size_t pass_n;
    struct mix_pass pass[MIX_PASSES];
};

/* The largest sizes that any pass needs, in doubles. */
struct mix_sizes {
    size_t state; /* one step's states with lanes */
    size_t alpha; /* all steps' */
    size_t f;     /* one step's tuples */
    size_t f_all; /* all steps' */
    size_t table; /* all factors' */
    size_t half;  /* tuples of a half */
    size_t bound; /* all steps' bounds, of all copies of a variable */
    size_t read;  /* one step's copies of i-2 and i-1 */
};

struct mix_plan {
    struct amp_arena arena;
    size_t marker_n;
    struct mix_plan_marker *marker;
    struct mix_shape *shapes;
    struct mix_sizes size;
};

/* AMP_E_LIMIT beyond a limit of mixture.h, AMP_E_RANGE when a ladder is none or an index leads
 * nowhere, AMP_E_NOMEM. Destroy the plan also on failure. */
AMP_MUST amp_err mix_plan_make(const struct amp_mix *mix, struct mix_plan *plan);
void mix_plan_drop(struct mix_plan *plan);

#endif
