/*
 * The coordinates in which a mixture's parameters are climbed: free of borders, which lie at 0.
 *
 * One contributor, the base, has no coordinate; every other has t with share = (t^2 + e) / (1 + sum
 * of these), a stutter proportion is t^2 + e, and mu, omega and beta go by their logarithm. A share
 * or proportion of 0 is thus reached like any other maximum, not in infinity. e is so small that it
 * changes nothing but keeps ln of a shape finite.
 */
#ifndef AMP_DNA_FIT_SPACE_H
#define AMP_DNA_FIT_SPACE_H

#include "dna/climb.h"
#include "dna/fit.h"

/* One thread's view of the likelihood. */
struct amp_fit_space {
    const struct amp_mix *mix;
    struct amp_mix_work *work;
    size_t base; /* the contributor without a coordinate: one with a large share */
    double beam;
    uint64_t evaluation_n;
};

/* The base becomes the largest share of params. */
void amp_fit_space_put(struct amp_fit_space *space, const struct amp_mix_params *params, double *x);
/* False outside of the domain. */
bool amp_fit_space_get(const struct amp_fit_space *space, const double *x,
                       struct amp_mix_params *params);
/* Whether omega or beta ran to the edge of what is tried: the data are too few to hold them. */
bool amp_fit_space_edge(const struct amp_mix_params *params);
/* The function to climb: self is a struct amp_fit_space. */
bool amp_fit_space_value(void *self, const double *x, double *value, double *gradient);
/* Typical lengths of the coordinates. */
void amp_fit_space_scale(const struct amp_fit_space *space, double *scale);
/* At a border the gradient in t vanishes although the likelihood may rise inwards: moves such
 * coordinates inwards, and says whether there were any. */
bool amp_fit_space_kick(struct amp_fit_space *space, double *x);
/* Exchangeable unknowns with the same share feel the same slope, be it at a maximum or a saddle:
 * moves them apart, and says whether there were any. */
bool amp_fit_space_split(struct amp_fit_space *space, double *x);
/* The local coordinates: as the natural ones (dna/fit.h), but the dependent share is that of `base`
 * instead of the last. To and fro (false outside of the domain), and value with gradient, which may
 * be NULL. */
void amp_fit_local_put(const struct amp_mix *mix, size_t base, const struct amp_mix_params *params,
                       double *local);
bool amp_fit_local_get(const struct amp_mix *mix, size_t base, const double *local,
                       struct amp_mix_params *params);
bool amp_fit_local_value(struct amp_fit_space *space, size_t base, const double *local,
                         double *value, double *gradient);
/* Likewise at given parameters. */
bool amp_fit_evaluate(struct amp_fit_space *space, const struct amp_mix_params *params,
                      double *value, struct amp_mix_params *gradient);

#endif
