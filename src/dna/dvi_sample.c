/* Sums over the choices of a net by seeded draws, where they are too many for the exact sum. */
#include "base/chance.h"
#include "dna/dvi_net.h"
#include "dna/numeric.h"

#include <string.h>

struct sums {
    double w, w2; /* of the weights, relative to `scale`; of their squares */
    double *hit, *hit2;
    double *alone, *alone2;
};

struct sampler {
    const struct dvi_net *net;
    struct amp_chance chance;
    bool *taken;
    uint32_t *stack; /* takes of the draw at hand */
    size_t stack_n;
    bool *matched; /* victims */
    double *p;     /* options of a row */
};

static bool option_free(const struct sampler *in, const struct dvi_net_option *option)
{
    for (size_t t = option->at; t < option->at + option->n; t++) {
        if (in->taken[in->net->take[t].column]) {
            return false;
        }
    }
    return true;
}

/* Draws one option of the row by weight among those that are free; returns ln of their sum. */
static double row_draw(struct sampler *in, size_t r)
{
    const struct dvi_net_row *row = &in->net->row[r];
    double top = -INFINITY;
    for (size_t k = 0; k < row->n; k++) {
        const struct dvi_net_option *option = &in->net->option[row->at + k];
        in->p[k] = option_free(in, option) ? option->log_w : -INFINITY;
        top = in->p[k] > top ? in->p[k] : top;
    }
    double sum = 0;
    for (size_t k = 0; k < row->n; k++) {
        in->p[k] = amp_exp(in->p[k] - top);
        sum += in->p[k];
    }
    double at = amp_chance_share(&in->chance) * sum;
    size_t k = 0;
    while (k + 1 < row->n && at >= in->p[k]) {
        at -= in->p[k++];
    }
    while (!(in->p[k] > 0)) { /* rounding must not choose what is not free */
        k = k ? k - 1 : row->n - 1;
    }
    const struct dvi_net_option *option = &in->net->option[row->at + k];
    for (size_t t = option->at; t < option->at + option->n; t++) {
        in->taken[in->net->take[t].column] = true;
        in->matched[in->net->take[t].who] = true;
        in->stack[in->stack_n++] = (uint32_t)t;
    }
    return top + amp_ln(sum);
}

static void draw_count(struct sampler *in, double w, struct sums *sums)
{
    sums->w += w;
    sums->w2 += w * w;
    for (size_t v = 0; v < in->net->victim_n; v++) {
        sums->alone[v] += in->matched[v] ? 0 : w;
        sums->alone2[v] += in->matched[v] ? 0 : w * w;
    }
    for (size_t i = 0; i < in->stack_n; i++) {
        const struct dvi_net_take *take = &in->net->take[in->stack[i]];
        sums->hit[take->slot] += w;
        sums->hit2[take->slot] += w * w;
        in->taken[take->column] = false;
        in->matched[take->who] = false;
    }
    in->stack_n = 0;
}

static void rescale(struct sums *sums, double by, size_t slot_n, size_t victim_n)
{
    sums->w *= by;
    sums->w2 *= by * by;
    for (size_t i = 0; i < slot_n; i++) {
        sums->hit[i] *= by;
        sums->hit2[i] *= by * by;
    }
    for (size_t v = 0; v < victim_n; v++) {
        sums->alone[v] *= by;
        sums->alone2[v] *= by * by;
    }
}

/* Standard error of a ratio of sums of weights (delta method). */
static double ratio_error(double hit, double hit2, const struct sums *sums)
{
    double p = hit / sums->w;
    double var = (1 - 2 * p) * hit2 + p * p * sums->w2;
    return sqrt(var > 0 ? var : 0) / sums->w;
}

static amp_err sampler_make(const struct dvi_sample_ask *ask, struct amp_arena *arena,
                            struct sampler *in, struct sums *sums)
{
    const struct dvi_net *net = ask->net;
    size_t options = 1;
    size_t takes = 1;
    for (size_t r = 0; r < net->row_n; r++) {
        options = net->row[r].n > options ? net->row[r].n : options;
    }
    takes += net->column_n;
    *in = (struct sampler){.net = net, .chance = {ask->seed}};
    in->taken = amp_arena_array(arena, net->column_n + 1, sizeof(*in->taken));
    in->stack = amp_arena_array(arena, takes, sizeof(*in->stack));
    in->matched = amp_arena_array(arena, net->victim_n + 1, sizeof(*in->matched));
    in->p = amp_arena_array(arena, options, sizeof(*in->p));
    sums->hit = amp_arena_array(arena, ask->slot_n + 1, sizeof(*sums->hit));
    sums->hit2 = amp_arena_array(arena, ask->slot_n + 1, sizeof(*sums->hit2));
    sums->alone = amp_arena_array(arena, net->victim_n + 1, sizeof(*sums->alone));
    sums->alone2 = amp_arena_array(arena, net->victim_n + 1, sizeof(*sums->alone2));
    return amp_arena_failed(arena) ? AMP_E_NOMEM : AMP_OK;
}

amp_err dvi_net_sample(const struct dvi_sample_ask *ask, struct amp_arena *arena,
                       struct dvi_sampled *out)
{
    struct sampler in;
    struct sums sums = {0};
    const struct dvi_net *net = ask->net;
    amp_err err = sampler_make(ask, arena, &in, &sums);
    if (err) {
        return err;
    }
    double scale = -INFINITY;
    for (size_t d = 0; d < ask->draws; d++) {
        double log_w = 0;
        for (size_t r = 0; r < net->row_n; r++) {
            log_w += row_draw(&in, r);
        }
        if (!(log_w <= scale + 300)) {
            rescale(&sums, d ? amp_exp(scale - log_w) : 0, ask->slot_n, net->victim_n);
            scale = log_w;
        }
        draw_count(&in, amp_exp(log_w - scale), &sums);
    }
    out->log_sum = scale + amp_ln(sums.w / (double)ask->draws);
    out->ess = sums.w * sums.w / sums.w2;
    for (size_t i = 0; i < ask->slot_n; i++) {
        double hit = sums.hit[i];
        sums.hit[i] = hit / sums.w;
        sums.hit2[i] = ratio_error(hit, sums.hit2[i], &sums);
    }
    for (size_t v = 0; v < net->victim_n; v++) {
        double alone = sums.alone[v];
        sums.alone[v] = alone / sums.w;
        sums.alone2[v] = ratio_error(alone, sums.alone2[v], &sums);
    }
    out->p = sums.hit;
    out->p_error = sums.hit2;
    out->alone = sums.alone;
    out->alone_error = sums.alone2;
    return AMP_OK;
}
