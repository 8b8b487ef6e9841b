/*
 * Climbing to the nearest maximum of a smooth function: BFGS with a bracketing line search.
 *
 * Broyden, Fletcher, Goldfarb and Shanno 1970; strong Wolfe conditions (Nocedal and Wright,
 * Numerical Optimization, chapters 3 and 6). A climb is a value that can be put aside and taken up
 * again, so that several starts can be compared on their way.
 */
#ifndef AMP_DNA_CLIMB_H
#define AMP_DNA_CLIMB_H

#include "dna/dense.h"

/* The function: false where it is not defined. gradient may be NULL. */
struct amp_climb_function {
    bool (*at)(void *self, const double *x, double *value, double *gradient);
    void *self;
};

struct amp_climb {
    size_t n;
    double x[AMP_DENSE_MAX], value, gradient[AMP_DENSE_MAX];
    double inverse[AMP_DENSE_MAX * AMP_DENSE_MAX]; /* of minus the second derivatives, learnt */
    size_t step_n;
    bool scaled;    /* inverse has been scaled to the first step */
    bool converged; /* what a step can still gain is below the tolerance */
    bool stuck;     /* no step gains anything: as good as converged at a rough place */
};

/* False when the function is not defined at x. `scale` [n]: typical lengths, the first inverse. */
bool amp_climb_start(struct amp_climb *climb, const struct amp_climb_function *function,
                     const double *x, const double *scale, size_t n);
/* At most step_n further steps; ends before when converged: the gain that is foreseen is less than
 * tolerance. */
void amp_climb_on(struct amp_climb *climb, const struct amp_climb_function *function, size_t step_n,
                  double tolerance);

#endif
