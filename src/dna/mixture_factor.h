/* What the heights at one position say, for all copies of the unknowns. Internal to mixture*.c. */
#ifndef AMP_DNA_MIXTURE_FACTOR_H
#define AMP_DNA_MIXTURE_FACTOR_H

#include "dna/gamma_table.h"
#include "dna/mixture_plan.h"
#include "dna/mixture_watch.h"

/* The parameters as the factors want them, for one marker. */
struct mix_scales {
    double share[AMP_MIX_CONTRIBUTORS];
    double alpha0; /* shape of one copy at share 1, 125 bp */
    double sigma, log_sigma;
    double xi_back, xi_forward;
    double cut;                    /* threshold / sigma */
    double shape[AMP_MIX_ALLELES]; /* alpha0 beta^bp100 */
};

/* Derivatives by what struct mix_scales holds. */
struct mix_slopes {
    double share[AMP_MIX_CONTRIBUTORS];
    double log_alpha0, log_beta;
    double sigma;
    double xi_back, xi_forward;
};

/* Room of one thread: each as long as mix_sizes.half. */
struct mix_room {
    const struct gamma_table *gamma;
    double *half[MIX_HALVES], *sum[MIX_HALVES];
};

/* One pass of one marker under some parameters. */
struct mix_at {
    const struct amp_mix_marker *marker;
    const struct mix_pass *pass;
    struct mix_scales scales;
    struct mix_room room;
};

/* Writes the factor's three tables: its logarithm, d/dS, and d/d cut where there is drop-out. With
 * `wanted` (may be NULL; by tuple of the factor), the others' logarithms are -INFINITY. */
void mix_factor_tables(const struct mix_factor *factor, const struct mix_at *at,
                       const uint8_t *wanted, double *table);
/* Adds to each element an upper bound of the factor's logarithm when its variable of this role has
 * those copies (by number of digits), whatever the others have. */
void mix_factor_bounds(const struct mix_factor *factor, const struct mix_at *at, int role,
                       double *bound);
/* Adds the expected derivatives under the posterior probability of each tuple. */
void mix_factor_slopes(const struct mix_factor *factor, const struct mix_at *at,
                       const double *table, const double *posterior, struct mix_slopes *to);
/* Tells each tuple's shape and its posterior probability times the pass's. */
void mix_factor_watch(const struct mix_factor *factor, const struct mix_at *at,
                      const double *posterior, double pass, const struct amp_mix_watch *watch);

#endif
