/* Bounds by the relaxed chain, and what they allow to drop. */
#include "dna/mixture_beam.h"
#include "dna/numeric.h"

#include <math.h>

static const double ln2 = 0.6931471805599453;

static size_t digits_n(const struct mix_pass *pass)
{
    return (size_t)pass->digits.n[0] * pass->digits.n[1];
}

/* The variable that a factor is charged to: its own, else the last that it reads. */
static int charged_role(const struct mix_factor *factor, const struct mix_step *step)
{
    if (factor->allele[0] >= 0) {
        return 0;
    }
    return factor->allele[1] == step->allele ? 1 : 2;
}

/* The factor at the allele of step i, which may end one step later; NULL when there is none. */
static const struct mix_factor *own_factor(const struct mix_pass *pass, size_t i, bool *pending)
{
    for (size_t later = 0; later < 2 && i + later < pass->step_n; later++) {
        const struct mix_step *step = &pass->step[i + later];
        for (size_t j = 0; j < step->factor_n; j++) {
            if (step->factor[j].allele[0] == pass->step[i].allele) {
                *pending = later > 0;
                return &step->factor[j];
            }
        }
    }
    return NULL;
}

/* Logarithms to numbers of at most 1; what was taken off is returned. */
static double exponentiate(double *x, size_t n)
{
    double max = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        max = x[i] > max ? x[i] : max;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = max > -(double)INFINITY ? amp_exp(x[i] - max) : 0;
    }
    return max;
}

static void prior_fill(const struct mix_pass *pass, size_t i, double *here)
{
    const struct mix_digits *digits = &pass->digits;
    size_t width[MIX_HALVES] = {pass->half_at[1], pass->unknown_n - pass->half_at[1]};
    for (uint32_t a = 0; a < digits->n[0]; a++) {
        for (uint32_t b = 0; b < digits->n[1]; b++) {
            int total = 0;
            int homozygous = 0;
            for (size_t k = 0; k < pass->unknown_n; k++) {
                int h = k >= width[0];
                size_t row = h ? b : a;
                int n = digits->copies[h][row * width[h] + (h ? k - width[0] : k)];
                total += n;
                homozygous += n == 2;
            }
            *here++ = pass->step[i].log_prior[total] - homozygous * ln2;
        }
    }
}

/* All that variable i is charged with. */
static double here_fill(struct mix_beam *beam, const struct mix_at *at, size_t i)
{
    const struct mix_pass *pass = at->pass;
    const struct mix_step *step = &pass->step[i];
    size_t n = digits_n(pass);
    double *here = beam->here + i * n;
    double *pending = beam->pending + i * n;
    bool waits = false;
    const struct mix_factor *own = own_factor(pass, i, &waits);
    for (size_t x = 0; x < n; x++) {
        pending[x] = 0;
    }
    prior_fill(pass, i, here);
    for (size_t j = 0; j < step->factor_n; j++) {
        if (step->factor[j].allele[0] < 0) {
            mix_factor_bounds(&step->factor[j], at, charged_role(&step->factor[j], step), here);
        }
    }
    if (own && waits) {
        mix_factor_bounds(own, at, 0, pending);
        for (size_t x = 0; x < n; x++) {
            here[x] += pending[x];
        }
    } else if (own) {
        mix_factor_bounds(own, at, 0, here);
    }
    beam->log_pending[i] = exponentiate(pending, n);
    return exponentiate(here, n);
}

static double highest(const double *x, size_t n)
{
    double max = 0;
    for (size_t i = 0; i < n; i++) {
        max = x[i] > max ? x[i] : max;
    }
    return max;
}

void mix_beam_bounds(struct mix_beam *beam, const struct mix_at *at)
{
    const struct mix_pass *pass = at->pass;
    const struct mix_digits *digits = &pass->digits;
    size_t n = digits_n(pass);
    double *after = beam->to_come + pass->step_n * n;
    for (size_t x = 0; x < n; x++) {
        after[x] = x == n - 1; /* all spent */
    }
    beam->log_to_come[pass->step_n] = 0;
    for (size_t i = pass->step_n; i-- > 0;) {
        double log = here_fill(beam, at, i) + beam->log_to_come[i + 1];
        const double *here = beam->here + i * n;
        double *before = after - n;
        for (size_t x = 0; x < n; x++) {
            before[x] = 0;
        }
        for (uint32_t s = 0; s < digits->sum_n[0]; s++) {
            struct mix_sum a = digits->sum[0][s];
            for (uint32_t t = 0; t < digits->sum_n[1]; t++) {
                struct mix_sum b = digits->sum[1][t];
                size_t rest = a.rest * digits->n[1] + b.rest;
                size_t add = a.n * digits->n[1] + b.n;
                before[rest] += here[add] * after[rest + add];
            }
        }
        double max = highest(before, n);
        for (size_t x = 0; x < n && max > 0; x++) {
            before[x] /= max;
        }
        beam->log_to_come[i] = max > 0 ? log + amp_ln(max) : -INFINITY;
        after = before;
    }
}

void mix_beam_want(struct mix_beam *beam, const struct mix_at *at, size_t i, const double *state)
{
    const struct mix_shape *shape = at->pass->step[i].shape;
    size_t lane_n = at->pass->lane_n;
    for (size_t x = 0; x < (size_t)shape->read_n[0] * shape->read_n[1]; x++) {
        beam->read[x] = 0;
    }
    for (uint32_t a = 0; a < shape->in_n[0]; a++) {
        double *read = beam->read + (size_t)shape->read_in[0][a] * shape->read_n[1];
        for (uint32_t b = 0; b < shape->in_n[1]; b++) {
            for (size_t l = 0; l < lane_n; l++) {
                read[shape->read_in[1][b]] += *state++;
            }
        }
    }
    uint8_t *wanted = beam->wanted;
    for (uint32_t a = 0; a < shape->f_n[0]; a++) {
        const double *read = beam->read + (size_t)shape->read_f[0][a] * shape->read_n[1];
        for (uint32_t b = 0; b < shape->f_n[1]; b++) {
            *wanted++ = read[shape->read_f[1][b]] > 0;
        }
    }
}

static void lose(struct mix_beam *beam, double sum, double log_scale)
{
    if (sum > 0) {
        double both[] = {beam->log_lost, amp_ln(sum) + log_scale};
        beam->log_lost = amp_logsumexp(both, 2);
    }
}

/* What is below the beam's share of the largest bound is marked by -1; the sum of what was lost. */
static double bounds_cut(const struct mix_beam *beam, size_t n, double *bound)
{
    double limit = beam->share * highest(bound, n);
    double lost = 0;
    for (size_t i = 0; i < n; i++) {
        if (bound[i] < limit) {
            lost += bound[i];
            bound[i] = -1;
        }
    }
    return lost;
}

void mix_beam_tuples(struct mix_beam *beam, const struct mix_at *at, size_t i, double log_scale,
                     double *weight)
{
    const struct mix_pass *pass = at->pass;
    const struct mix_shape *shape = pass->step[i].shape;
    size_t n = (size_t)shape->f_n[0] * shape->f_n[1];
    size_t t = 0;
    for (uint32_t a = 0; a < shape->f_n[0]; a++) {
        const double *read = beam->read + (size_t)shape->read_f[0][a] * shape->read_n[1];
        const double *pending =
            beam->pending + i * digits_n(pass) + (size_t)shape->number[0][a] * pass->digits.n[1];
        for (uint32_t b = 0; b < shape->f_n[1]; b++, t++) {
            beam->bound[t] = weight[t] * read[shape->read_f[1][b]] * pending[shape->number[1][b]];
        }
    }
    double lost = bounds_cut(beam, n, beam->bound);
    for (t = 0; t < n; t++) {
        weight[t] = beam->bound[t] < 0 ? 0 : weight[t];
    }
    double to_come = highest(beam->to_come + (i + 1) * digits_n(pass), digits_n(pass));
    lose(beam, lost * to_come, log_scale + beam->log_pending[i] + beam->log_to_come[i + 1]);
}

/* Sums over lanes times the bounds of what is to come; the states are those of step i + 1. */
static void states_bound(const struct mix_beam *beam, const struct mix_pass *pass, size_t i,
                         const double *state, double *bound)
{
    const struct mix_shape *shape = pass->step[i + 1].shape;
    const double *pending = beam->pending + i * digits_n(pass);
    const double *to_come = beam->to_come + (i + 1) * digits_n(pass);
    for (uint32_t a = 0; a < shape->in_n[0]; a++) {
        const double *row = pending + (size_t)shape->last[0][a] * pass->digits.n[1];
        const double *rest = to_come + (size_t)shape->spent[0][a] * pass->digits.n[1];
        for (uint32_t b = 0; b < shape->in_n[1]; b++) {
            double sum = 0;
            for (size_t l = 0; l < pass->lane_n; l++) {
                sum += *state++;
            }
            *bound++ = sum * row[shape->last[1][b]] * rest[shape->spent[1][b]];
        }
    }
}

void mix_beam_states(struct mix_beam *beam, const struct mix_at *at, size_t i, double log_scale,
                     double *state)
{
    const struct mix_pass *pass = at->pass;
    const struct mix_shape *shape = pass->step[i + 1].shape;
    size_t n = (size_t)shape->in_n[0] * shape->in_n[1];
    states_bound(beam, pass, i, state, beam->bound);
    double lost = bounds_cut(beam, n, beam->bound);
    for (size_t s = 0; s < n; s++) {
        for (size_t l = 0; l < pass->lane_n && beam->bound[s] < 0; l++) {
            state[s * pass->lane_n + l] = 0;
        }
    }
    lose(beam, lost, log_scale + beam->log_pending[i] + beam->log_to_come[i + 1]);
}

bool mix_beam_helps(const struct mix_pass *pass)
{
    size_t most = 0;
    for (size_t i = 0; i < pass->step_n; i++) {
        const struct mix_shape *shape = pass->step[i].shape;
        size_t n = (size_t)shape->f_n[0] * shape->f_n[1];
        most = n > most ? n : most;
    }
    return pass->unknown_n >= 3 && most > digits_n(pass);
}
