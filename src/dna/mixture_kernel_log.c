/* The same elimination with logarithms: slow, for what a double's exponent cannot hold. */
#include "dna/mixture_kernel.h"
#include "dna/numeric.h"

#include <math.h>

static void log_add(double *to, double x)
{
    double most = *to > x ? *to : x;
    double least = *to > x ? x : *to;
    if (least > -(double)INFINITY) {
        most += amp_log1p(amp_exp(least - most));
    }
    *to = most;
}

static void fill(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = -INFINITY;
    }
}

static const uint16_t *lanes_of(const struct mix_kernel *kernel, size_t at)
{
    bool drops = kernel->drops && kernel->drops[at];
    return drops ? kernel->lane_to[kernel->drops[at]] : NULL;
}

/* One tuple: the pairs of its halves. */
struct tuple {
    const struct mix_pair *a, *a_end, *b, *b_end;
    double weight;
    const uint16_t *to;
};

static struct tuple tuple_of(const struct mix_kernel *kernel, uint32_t fa, uint32_t fb)
{
    const struct mix_shape *shape = kernel->shape;
    size_t at = (size_t)fa * shape->f_n[1] + fb;
    return (struct tuple){
        .a = &shape->pair[0][shape->pair_at[0][fa]],
        .a_end = &shape->pair[0][shape->pair_at[0][fa + 1]],
        .b = &shape->pair[1][shape->pair_at[1][fb]],
        .b_end = &shape->pair[1][shape->pair_at[1][fb + 1]],
        .weight = kernel->weight[at],
        .to = lanes_of(kernel, at),
    };
}

static void tuple_forward(const struct tuple *t, size_t lane_n, const double *before, double *after)
{
    for (const struct mix_pair *a = t->a; a < t->a_end; a++) {
        for (const struct mix_pair *b = t->b; b < t->b_end; b++) {
            const double *in = before + (a->in + b->in) * lane_n;
            double *out = after + (a->out + b->out) * lane_n;
            for (size_t l = 0; l < lane_n; l++) {
                log_add(&out[t->to ? t->to[l] : l], t->weight + in[l]);
            }
        }
    }
}

void mix_forward_log(const struct mix_kernel *kernel, const double *before, double *after)
{
    const struct mix_shape *shape = kernel->shape;
    fill(after, (size_t)shape->out_n[0] * shape->out_n[1] * kernel->lane_n);
    for (uint32_t fa = 0; fa < shape->f_n[0]; fa++) {
        for (uint32_t fb = 0; fb < shape->f_n[1]; fb++) {
            struct tuple t = tuple_of(kernel, fa, fb);
            if (t.weight > -(double)INFINITY) {
                tuple_forward(&t, kernel->lane_n, before, after);
            }
        }
    }
}

static double tuple_backward(const struct tuple *t, size_t lane_n, const double *alpha,
                             const double *after_beta, double *before_beta)
{
    double sum = -INFINITY;
    for (const struct mix_pair *a = t->a; a < t->a_end; a++) {
        for (const struct mix_pair *b = t->b; b < t->b_end; b++) {
            size_t in = (a->in + b->in) * lane_n;
            const double *after = after_beta + (a->out + b->out) * lane_n;
            for (size_t l = 0; l < lane_n; l++) {
                double beta = after[t->to ? t->to[l] : l];
                log_add(&sum, alpha[in + l] + beta);
                log_add(&before_beta[in + l], t->weight + beta);
            }
        }
    }
    return sum;
}

void mix_backward_log(const struct mix_kernel *kernel, const double *alpha,
                      const double *after_beta, double *before_beta, double *sum)
{
    const struct mix_shape *shape = kernel->shape;
    fill(before_beta, (size_t)shape->in_n[0] * shape->in_n[1] * kernel->lane_n);
    for (uint32_t fa = 0; fa < shape->f_n[0]; fa++) {
        for (uint32_t fb = 0; fb < shape->f_n[1]; fb++) {
            struct tuple t = tuple_of(kernel, fa, fb);
            *sum++ = t.weight > -(double)INFINITY
                         ? tuple_backward(&t, kernel->lane_n, alpha, after_beta, before_beta)
                         : -(double)INFINITY;
        }
    }
}
