/* Inside the conclusions of victim identification: what the rounds and the families share. */
#ifndef AMP_DNA_DVI_SOLVE_H
#define AMP_DNA_DVI_SOLVE_H

#include "dna/dvi_inside.h"

struct dvi_solver_column {
    struct amp_dvi_pair *pair;
    size_t n;
};

struct dvi_solver {
    const struct amp_dvi *dvi;
    const struct amp_dvi_pairs *pairs;
    const struct amp_dvi_settings *settings; /* match_odds 1 */
    struct amp_arena *arena;
    struct amp_why *why;
    struct amp_kin_marker *off;
    struct dvi_codes codes;
    struct amp_dvi_solution *out;
    struct amp_dvi_family *family; /* with the victims who were placed */
    bool *dirty;                   /* a victim was placed since its LRs were made */
    bool *victim_left, *missing_left;
    struct dvi_solver_column *column; /* possible pairs of each missing person */
    uint32_t step;
};

/* Moves a victim into his family. */
AMP_MUST amp_err dvi_solver_place(struct dvi_solver *in, uint32_t victim, uint32_t missing);
/* The LRs of the families that changed. */
AMP_MUST amp_err dvi_solver_recompute(struct dvi_solver *in);
/* What the LRs and GLRs say of the missing who are left; and of the victims. */
AMP_MUST amp_err dvi_solver_families(struct dvi_solver *in);
AMP_MUST amp_err dvi_solver_victims(struct dvi_solver *in);

#endif
