/* The tables of one kind of elimination step (struct mix_shape). Internal to mixture*.c. */
#ifndef AMP_DNA_MIXTURE_SHAPE_H
#define AMP_DNA_MIXTURE_SHAPE_H

#include "dna/mixture_plan.h"

/* What a step reads and leaves. "before" and "last" are the variables i-2 and i-1. */
struct mix_kind {
    bool in_before, in_last;       /* the state before holds them */
    bool out_last, out_this;       /* the state after holds i-1 and i */
    bool reads_before, reads_last; /* a factor of this step reads them */
    bool fresh_in, fresh_out;      /* nothing is spent beside what the state holds */
    bool ends;                     /* the last step: all alleles must be spent */
};

/* The shape for these unknowns, made when it is new. */
AMP_MUST amp_err mix_shape_get(struct mix_plan *plan, const struct mix_pass *pass,
                               const struct mix_kind *kind, const struct mix_shape **out);

/* Fills the pass's digits. */
AMP_MUST amp_err mix_digits_make(struct mix_plan *plan, struct mix_pass *pass);

/* What a factor reads of the window, told by bit, and which role each variable has for it. */
struct mix_reads {
    bool window[MIX_WINDOW];
    int role[MIX_WINDOW]; /* -1 none */
};
/* Fills g_n, project and copies. */
AMP_MUST amp_err mix_factor_project(struct mix_plan *plan, const struct mix_pass *pass,
                                    const struct mix_shape *shape, const struct mix_reads *reads,
                                    struct mix_factor *factor);

#endif
