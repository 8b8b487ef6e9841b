/* Gamma densities and drop-out at one position, and their derivatives. */
#include "dna/mixture_factor.h"
#include "dna/numeric.h"

#include <math.h>

/* S = sum over roles of weight (shares times copies). */
struct weights {
    double of[MIX_ROLES];
    double fixed; /* what the known give to S */
};

static bool loses_back(const struct amp_mix_marker *marker, int32_t a)
{
    return marker->stutter >= 1 && marker->allele[a].loses_back;
}

static bool loses_forward(const struct amp_mix_marker *marker, int32_t a)
{
    return marker->stutter >= 2 && marker->allele[a].loses_forward;
}

static struct weights weights_of(const struct mix_factor *factor, const struct mix_at *at)
{
    const struct amp_mix_marker *marker = at->marker;
    const struct mix_scales *scales = &at->scales;
    struct weights w = {.fixed = 0};
    int32_t own = factor->allele[0];
    if (own >= 0) {
        double kept = 1 - (loses_back(marker, own) ? scales->xi_back : 0) -
                      (loses_forward(marker, own) ? scales->xi_forward : 0);
        w.of[0] = kept * scales->shape[own];
    }
    if (factor->allele[1] >= 0) {
        w.of[1] = scales->xi_back * scales->shape[factor->allele[1]];
    }
    if (factor->allele[2] >= 0) {
        w.of[2] = scales->xi_forward * scales->shape[factor->allele[2]];
    }
    for (size_t i = 0; i < factor->fixed_n; i++) {
        const struct mix_fixed *fixed = &factor->fixed[i];
        w.fixed += scales->share[fixed->contributor] * (w.of[fixed->role] * fixed->copies);
    }
    return w;
}

/* What each tuple of a half gives to S. */
static void halves_fill(const struct mix_factor *factor, const struct mix_at *at,
                        const struct weights *w)
{
    const struct mix_pass *pass = at->pass;
    for (int h = 0; h < MIX_HALVES; h++) {
        const uint8_t *copies = factor->copies[h];
        for (uint32_t g = 0; g < factor->g_n[h]; g++) {
            double sum = 0;
            for (size_t k = pass->half_at[h]; k < pass->half_at[h + 1]; k++) {
                double weight = w->of[0] * copies[0] + w->of[1] * copies[1] + w->of[2] * copies[2];
                sum += at->scales.share[pass->unknown[k]] * weight;
                copies += MIX_ROLES;
            }
            at->room.half[h][g] = sum;
        }
    }
}

/* ln f = S (sum ln y - n ln sigma) - sum ln y - sum y / sigma - n ln Gamma(S) of the n peaks */
static void seen_fill(const struct mix_factor *factor, const struct mix_at *where, double fixed,
                      const uint8_t *wanted, double *table)
{
    const struct mix_scales *scales = &where->scales;
    const struct mix_room *room = &where->room;
    double n = factor->seen_n;
    size_t g_n = (size_t)factor->g_n[0] * factor->g_n[1];
    double *slope = table + g_n;
    double rate = factor->log_height_sum - n * scales->log_sigma;
    double constant = factor->log_height_sum + factor->height_sum / scales->sigma;
    size_t at = 0;
    for (uint32_t a = 0; a < factor->g_n[0]; a++) {
        double base = fixed + room->half[0][a];
        for (uint32_t b = 0; b < factor->g_n[1]; b++, at++) {
            double s = base + room->half[1][b];
            if (!(s > 0) || (wanted && !wanted[at])) {
                table[at] = -INFINITY;
                slope[at] = 0;
                continue;
            }
            struct gamma_value gamma = gamma_get(room->gamma, s);
            table[at] = s * rate - constant - n * gamma.log;
            slope[at] = rate - n * gamma.slope;
        }
    }
}

/* Adds n ln P(S, cut) of the n replicates without a peak. */
static void unseen_add(const struct mix_factor *factor, const struct mix_at *where, double fixed,
                       const uint8_t *wanted, double *table)
{
    const struct mix_room *room = &where->room;
    double n = factor->unseen_n;
    size_t g_n = (size_t)factor->g_n[0] * factor->g_n[1];
    double *slope = table + g_n;
    double *slope_cut = slope + g_n;
    size_t at = 0;
    for (uint32_t a = 0; a < factor->g_n[0]; a++) {
        double base = fixed + room->half[0][a];
        for (uint32_t b = 0; b < factor->g_n[1]; b++, at++) {
            if (wanted && !wanted[at]) {
                table[at] = -INFINITY;
                continue;
            }
            struct amp_gamma_log_p p = amp_gamma_log_p(base + room->half[1][b], where->scales.cut);
            table[at] += n * p.log_p;
            slope[at] += n * p.d_s;
            slope_cut[at] = n * p.d_x;
        }
    }
}

void mix_factor_tables(const struct mix_factor *factor, const struct mix_at *at,
                       const uint8_t *wanted, double *table)
{
    size_t g_n = (size_t)factor->g_n[0] * factor->g_n[1];
    struct weights w = weights_of(factor, at);
    halves_fill(factor, at, &w);
    if (factor->seen_n > 0) {
        seen_fill(factor, at, w.fixed, wanted, table);
    } else {
        for (size_t i = 0; i < 2 * g_n; i++) {
            table[i] = 0;
        }
    }
    if (factor->unseen_n > 0) {
        unseen_add(factor, at, w.fixed, wanted, table);
    }
    if (factor->bare) {
        table[0] = factor->seen_n > 0 ? factor->drop_in_log : 0;
        table[g_n] = 0;
        table[2 * g_n] = 0;
    }
}

/* The largest ln density of the peaks for S from `from` to `to`, or a little more: the density is
 * log-concave, thus below each of its tangents. */
static double seen_bound(const struct mix_factor *factor, const struct mix_at *at, double from,
                         double to)
{
    double n = factor->seen_n;
    double rate = factor->log_height_sum - n * at->scales.log_sigma;
    double constant = factor->log_height_sum + factor->height_sum / at->scales.sigma;
    double psi = rate / n; /* of the mode; its inverse nearly (Minka 2000) */
    if (!(to > 0)) {
        return -INFINITY;
    }
    double mode = psi > -2.22 ? amp_exp(psi) + 0.5 : -1 / (psi + 0.5772156649015329);
    mode = mode > to ? to : mode < from ? from : mode;
    mode = mode > 0 ? mode : to;
    struct gamma_value gamma = gamma_get(at->room.gamma, mode);
    double slope = rate - n * gamma.slope;
    double rise = slope > 0 ? slope * (to - mode) : slope * (from - mode);
    return mode * rate - constant - n * gamma.log + rise;
}

/* For each number of a half: what its variable gives to S, and what the others can add. */
static void ranges_fill(const struct mix_at *at, double own, double other)
{
    const struct mix_pass *pass = at->pass;
    for (int h = 0; h < MIX_HALVES; h++) {
        const uint8_t *copies = pass->digits.copies[h];
        for (uint32_t x = 0; x < pass->digits.n[h]; x++) {
            double given = 0;
            double room = 0;
            for (size_t k = pass->half_at[h]; k < pass->half_at[h + 1]; k++, copies++) {
                double share = at->scales.share[pass->unknown[k]];
                given += share * (own * *copies);
                room += share * (other * (pass->cap[k] - *copies));
            }
            at->room.half[h][x] = given;
            at->room.sum[h][x] = room;
        }
    }
}

void mix_factor_bounds(const struct mix_factor *factor, const struct mix_at *at, int role,
                       double *bound)
{
    struct weights w = weights_of(factor, at);
    const struct mix_digits *digits = &at->pass->digits;
    double other = 0;
    for (int i = 0; i < MIX_ROLES; i++) {
        other = i != role && w.of[i] > other ? w.of[i] : other;
    }
    ranges_fill(at, w.of[role], other);
    size_t x = 0;
    for (uint32_t a = 0; a < digits->n[0]; a++) {
        for (uint32_t b = 0; b < digits->n[1]; b++, x++) {
            double from = w.fixed + at->room.half[0][a] + at->room.half[1][b];
            double to = from + at->room.sum[0][a] + at->room.sum[1][b];
            double log = factor->seen_n > 0 ? seen_bound(factor, at, from, to) : 0;
            if (factor->unseen_n > 0 && from > 0) {
                log += factor->unseen_n * amp_gamma_log_p(from, at->scales.cut).log_p;
            }
            double none = factor->seen_n > 0 ? factor->drop_in_log : 0;
            if (factor->bare && x == 0 && none > log) {
                log = none;
            }
            bound[x] += log;
        }
    }
}

/* Expectations under the posterior, h being d ln f / dS. */
struct moments {
    double slope;     /* E[h] */
    double slope_cut; /* E[d ln f / d cut] */
    double s;         /* E[S] */
    double there;     /* probability that S is not structurally zero */
};

static struct moments moments_take(const struct mix_factor *factor, const struct mix_room *room,
                                   double fixed, const double *table, const double *posterior)
{
    struct moments m = {.there = factor->bare ? 1 - posterior[0] : 1};
    size_t g_n = (size_t)factor->g_n[0] * factor->g_n[1];
    const double *slope = table + g_n;
    const double *slope_cut = slope + g_n;
    bool unseen = factor->unseen_n > 0;
    size_t at = 0;
    for (uint32_t b = 0; b < factor->g_n[1]; b++) {
        room->sum[1][b] = 0;
    }
    for (uint32_t a = 0; a < factor->g_n[0]; a++) {
        double row = 0;
        double base = fixed + room->half[0][a];
        for (uint32_t b = 0; b < factor->g_n[1]; b++, at++) {
            double p = posterior[at];
            if (p == 0) {
                continue; /* where slopes may be infinite */
            }
            double h = p * slope[at];
            row += h;
            room->sum[1][b] += h;
            m.s += p * (base + room->half[1][b]);
            m.slope_cut += unseen ? p * slope_cut[at] : 0;
        }
        room->sum[0][a] = row;
        m.slope += row;
    }
    return m;
}

/* What share `contributor` has in E[h S], role by role. */
static void share_add(const struct weights *w, double share, size_t contributor,
                      const double copies[MIX_ROLES], double with[MIX_ROLES], struct mix_slopes *to)
{
    for (int i = 0; i < MIX_ROLES; i++) {
        to->share[contributor] += w->of[i] * copies[i];
        with[i] += share * copies[i];
    }
}

/* E[h n] of each unknown and known, into d / d share; `with` gets E[h sum of shares n] by role. */
static void copies_add(const struct mix_factor *factor, const struct mix_at *at,
                       const struct weights *w, double slope, double with[MIX_ROLES],
                       struct mix_slopes *to)
{
    const struct mix_pass *pass = at->pass;
    const struct mix_scales *scales = &at->scales;
    for (int h = 0; h < MIX_HALVES; h++) {
        size_t unknown_n = pass->half_at[h + 1] - pass->half_at[h];
        for (size_t k = 0; k < unknown_n; k++) {
            double copies[MIX_ROLES] = {0};
            for (uint32_t g = 0; g < factor->g_n[h]; g++) {
                const uint8_t *n = &factor->copies[h][(g * unknown_n + k) * MIX_ROLES];
                for (int i = 0; i < MIX_ROLES; i++) {
                    copies[i] += at->room.sum[h][g] * n[i];
                }
            }
            size_t contributor = pass->unknown[pass->half_at[h] + k];
            share_add(w, scales->share[contributor], contributor, copies, with, to);
        }
    }
    for (size_t i = 0; i < factor->fixed_n; i++) {
        double copies[MIX_ROLES] = {0};
        size_t contributor = factor->fixed[i].contributor;
        copies[factor->fixed[i].role] = slope * factor->fixed[i].copies;
        share_add(w, scales->share[contributor], contributor, copies, with, to);
    }
}

void mix_factor_slopes(const struct mix_factor *factor, const struct mix_at *at,
                       const double *table, const double *posterior, struct mix_slopes *to)
{
    const struct amp_mix_marker *marker = at->marker;
    const struct mix_scales *scales = &at->scales;
    struct weights w = weights_of(factor, at);
    double with[MIX_ROLES] = {0};
    halves_fill(factor, at, &w);
    struct moments m = moments_take(factor, &at->room, w.fixed, table, posterior);
    copies_add(factor, at, &w, m.slope, with, to);
    to->sigma += m.there * factor->height_sum / (scales->sigma * scales->sigma) -
                 factor->seen_n * m.s / scales->sigma - m.slope_cut * scales->cut / scales->sigma;
    for (int i = 0; i < MIX_ROLES; i++) {
        if (factor->allele[i] >= 0) {
            to->log_alpha0 += w.of[i] * with[i];
            to->log_beta += w.of[i] * marker->allele[factor->allele[i]].bp100 * with[i];
        }
    }
    int32_t own = factor->allele[0];
    if (own >= 0 && loses_back(marker, own)) {
        to->xi_back -= scales->shape[own] * with[0];
    }
    if (own >= 0 && loses_forward(marker, own)) {
        to->xi_forward -= scales->shape[own] * with[0];
    }
    if (factor->allele[1] >= 0) {
        to->xi_back += scales->shape[factor->allele[1]] * with[1];
    }
    if (factor->allele[2] >= 0) {
        to->xi_forward += scales->shape[factor->allele[2]] * with[2];
    }
}

void mix_factor_watch(const struct mix_factor *factor, const struct mix_at *at,
                      const double *posterior, double pass, const struct amp_mix_watch *watch)
{
    struct weights w = weights_of(factor, at);
    halves_fill(factor, at, &w);
    size_t i = 0;
    for (uint32_t a = 0; a < factor->g_n[0]; a++) {
        for (uint32_t b = 0; b < factor->g_n[1]; b++, i++) {
            double shape = w.fixed + at->room.half[0][a] + at->room.half[1][b];
            if (posterior[i] > 0) {
                watch->note(watch->self, factor->position, factor->bare && i == 0 ? 0 : shape,
                            pass * posterior[i]);
            }
        }
    }
}
