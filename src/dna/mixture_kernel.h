/*
 * One step of the elimination over all states: the inner loops. Internal to mixture*.c.
 *
 * States and tuples are numbered as in mixture_plan.h; each state has lane_n values beside each
 * other. A tuple of weight 0 is skipped. `drops`, one for each tuple, tells which peaks are drop-in
 * in it and is NULL when none can be; lane_to[drops] is where each lane then goes.
 */
#ifndef AMP_DNA_MIXTURE_KERNEL_H
#define AMP_DNA_MIXTURE_KERNEL_H

#include "dna/mixture_plan.h"

struct mix_kernel {
    const struct mix_shape *shape;
    size_t lane_n;
    const double *weight; /* of each tuple */
    const uint8_t *drops;
    uint16_t *const *lane_to;
};

/* after = sum of before times weight */
void mix_forward(const struct mix_kernel *kernel, const double *before, double *after);
/* The other way, of what is to come: before_beta = sum of after_beta times weight; and for each
 * tuple, sum = the products of alpha before and beta after. */
void mix_backward(const struct mix_kernel *kernel, const double *alpha, const double *after_beta,
                  double *before_beta, double *sum);

/* The same where all of these, weights too, are logarithms: for what a double cannot hold. */
void mix_forward_log(const struct mix_kernel *kernel, const double *before, double *after);
void mix_backward_log(const struct mix_kernel *kernel, const double *alpha,
                      const double *after_beta, double *before_beta, double *sum);

#endif
