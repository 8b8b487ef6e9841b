/* The inner loops of the elimination, for one, two and any number of lanes. */
#include "dna/mixture_kernel.h"

#include <string.h>

/* Two lanes at once: the same additions in the same order as two doubles apart. */
typedef double lanes2 __attribute__((vector_size(16)));

/* The pairs of one tuple of a half. */
struct span {
    const struct mix_pair *from, *to;
};

static struct span span_of(const struct mix_shape *shape, int h, uint32_t f)
{
    return (struct span){&shape->pair[h][shape->pair_at[h][f]],
                         &shape->pair[h][shape->pair_at[h][f + 1]]};
}

static void forward_1(struct span a, struct span b, double weight, const double *before,
                      double *after)
{
    for (const struct mix_pair *i = a.from; i < a.to; i++) {
        const double *in = before + i->in;
        double *out = after + i->out;
        for (const struct mix_pair *j = b.from; j < b.to; j++) {
            out[j->out] += weight * in[j->in];
        }
    }
}

static void forward_2(struct span a, struct span b, double weight, const lanes2 *before,
                      lanes2 *after)
{
    lanes2 w = {weight, weight};
    for (const struct mix_pair *i = a.from; i < a.to; i++) {
        const lanes2 *in = before + i->in;
        lanes2 *out = after + i->out;
        for (const struct mix_pair *j = b.from; j < b.to; j++) {
            out[j->out] += w * in[j->in];
        }
    }
}

/* What one tuple does on the way there. */
struct move {
    double weight;
    const double *before;
    double *after;
    size_t lane_n;
};

static void forward_n(struct span a, struct span b, const struct move *move)
{
    size_t lane_n = move->lane_n;
    for (const struct mix_pair *i = a.from; i < a.to; i++) {
        for (const struct mix_pair *j = b.from; j < b.to; j++) {
            const double *in = move->before + (i->in + j->in) * lane_n;
            double *out = move->after + (i->out + j->out) * lane_n;
            for (size_t l = 0; l < lane_n; l++) {
                out[l] += move->weight * in[l];
            }
        }
    }
}

static void forward_drop(struct span a, struct span b, const struct move *move, const uint16_t *to)
{
    size_t lane_n = move->lane_n;
    for (const struct mix_pair *i = a.from; i < a.to; i++) {
        for (const struct mix_pair *j = b.from; j < b.to; j++) {
            const double *in = move->before + (i->in + j->in) * lane_n;
            double *out = move->after + (i->out + j->out) * lane_n;
            for (size_t l = 0; l < lane_n; l++) {
                out[to[l]] += move->weight * in[l];
            }
        }
    }
}

void mix_forward(const struct mix_kernel *kernel, const double *before, double *after)
{
    const struct mix_shape *shape = kernel->shape;
    memset(after, 0, (size_t)shape->out_n[0] * shape->out_n[1] * kernel->lane_n * sizeof *after);
    size_t at = 0;
    for (uint32_t fa = 0; fa < shape->f_n[0]; fa++) {
        struct span a = span_of(shape, 0, fa);
        for (uint32_t fb = 0; fb < shape->f_n[1]; fb++, at++) {
            double weight = kernel->weight[at];
            struct move move = {weight, before, after, kernel->lane_n};
            struct span b = span_of(shape, 1, fb);
            if (weight == 0) {
                continue;
            }
            if (kernel->drops && kernel->drops[at]) {
                forward_drop(a, b, &move, kernel->lane_to[kernel->drops[at]]);
            } else if (kernel->lane_n == 2) {
                forward_2(a, b, weight, (const lanes2 *)(const void *)before,
                          (lanes2 *)(void *)after);
            } else if (kernel->lane_n == 1) {
                forward_1(a, b, weight, before, after);
            } else {
                forward_n(a, b, &move);
            }
        }
    }
}

/* What one tuple does on the way back. */
struct back {
    double weight;
    const double *alpha, *after;
    double *before;
};

static double backward_1(struct span a, struct span b, const struct back *back)
{
    double sum = 0;
    for (const struct mix_pair *i = a.from; i < a.to; i++) {
        const double *alpha = back->alpha + i->in;
        const double *after = back->after + i->out;
        double *before = back->before + i->in;
        for (const struct mix_pair *j = b.from; j < b.to; j++) {
            sum += alpha[j->in] * after[j->out];
            before[j->in] += back->weight * after[j->out];
        }
    }
    return sum;
}

static double backward_2(struct span a, struct span b, const struct back *back)
{
    lanes2 sum = {0, 0};
    lanes2 w = {back->weight, back->weight};
    for (const struct mix_pair *i = a.from; i < a.to; i++) {
        const lanes2 *alpha = (const lanes2 *)(const void *)back->alpha + i->in;
        const lanes2 *after = (const lanes2 *)(const void *)back->after + i->out;
        lanes2 *before = (lanes2 *)(void *)back->before + i->in;
        for (const struct mix_pair *j = b.from; j < b.to; j++) {
            sum += alpha[j->in] * after[j->out];
            before[j->in] += w * after[j->out];
        }
    }
    return sum[0] + sum[1];
}

static double backward_to(struct span a, struct span b, const struct back *back, size_t lane_n,
                          const uint16_t *to)
{
    double sum = 0;
    for (const struct mix_pair *i = a.from; i < a.to; i++) {
        for (const struct mix_pair *j = b.from; j < b.to; j++) {
            const double *alpha = back->alpha + (i->in + j->in) * lane_n;
            const double *after = back->after + (i->out + j->out) * lane_n;
            double *before = back->before + (i->in + j->in) * lane_n;
            for (size_t l = 0; l < lane_n; l++) {
                double beta = after[to ? to[l] : l];
                sum += alpha[l] * beta;
                before[l] += back->weight * beta;
            }
        }
    }
    return sum;
}

void mix_backward(const struct mix_kernel *kernel, const double *alpha, const double *after_beta,
                  double *before_beta, double *sum)
{
    const struct mix_shape *shape = kernel->shape;
    struct back back = {.alpha = alpha, .after = after_beta, .before = before_beta};
    memset(before_beta, 0,
           (size_t)shape->in_n[0] * shape->in_n[1] * kernel->lane_n * sizeof *before_beta);
    size_t at = 0;
    for (uint32_t fa = 0; fa < shape->f_n[0]; fa++) {
        struct span a = span_of(shape, 0, fa);
        for (uint32_t fb = 0; fb < shape->f_n[1]; fb++, at++) {
            struct span b = span_of(shape, 1, fb);
            back.weight = kernel->weight[at];
            if (back.weight == 0) {
                sum[at] = 0;
            } else if (kernel->drops && kernel->drops[at]) {
                const uint16_t *to = kernel->lane_to[kernel->drops[at]];
                sum[at] = backward_to(a, b, &back, kernel->lane_n, to);
            } else if (kernel->lane_n == 2) {
                sum[at] = backward_2(a, b, &back);
            } else if (kernel->lane_n == 1) {
                sum[at] = backward_1(a, b, &back);
            } else {
                sum[at] = backward_to(a, b, &back, kernel->lane_n, NULL);
            }
        }
    }
}
