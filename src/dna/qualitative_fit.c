/* Drop-out probabilities of the qualitative model: the most likely ones, and how sure they are. */
#include "dna/numeric.h"
#include "dna/qualitative.h"

#include <math.h>

enum {
    GRID = 48, /* first looks at the likelihood of one drop-out probability */
    SCREEN_GRID = 12,
    SCREEN_GOLDEN = 16, /* the bracket shrinks to 5e-4 of its width */
    GOLDEN = 48,        /* steps of the golden section; the bracket shrinks to 1e-10 of its width */
    ROUNDS = 200,       /* over all contributors' drop-out probabilities in turn */
    CELLS = 400,        /* of the drop-out distribution */
    SHARE_STARTS = 3    /* where the contributors' own probabilities begin */
};

static const double golden = 0.6180339887498949;
static const double nearly = 1e-6; /* to 0 or 1: at the border */

/* A likelihood along one line: drop_out of the contributors in `mask` is x. How finely it is looked
 * at stands beside. */
struct line {
    size_t grid_n;
    int golden_n;
    const struct amp_mix *mix;
    struct amp_qual_work *work;
    double *drop_out;
    uint32_t mask;
};

static amp_err line_at(const struct line *line, double x, double *loglik)
{
    for (size_t k = 0; k < line->mix->contributor_n; k++) {
        line->drop_out[k] = (line->mask >> k & 1U) != 0 ? x : line->drop_out[k];
    }
    return amp_qual_loglik(line->mix, line->drop_out, line->work, NULL, loglik);
}

/* Denser towards 0, where drop-out probabilities of good samples are. */
static double grid_at(const struct line *line, size_t i)
{
    double share = (double)i / (double)line->grid_n;
    return share * share;
}

static amp_err line_narrow(const struct line *line, double low, double high, double *best_x,
                           double *best)
{
    double a = high - golden * (high - low);
    double b = low + golden * (high - low);
    double at_a = 0;
    double at_b = 0;
    amp_err err = line_at(line, a, &at_a);
    err = err ? err : line_at(line, b, &at_b);
    for (int i = 0; i < line->golden_n && !err; i++) {
        if (at_a >= at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            err = line_at(line, a, &at_a);
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            err = line_at(line, b, &at_b);
        }
    }
    double x = at_a >= at_b ? a : b;
    double value = at_a >= at_b ? at_a : at_b;
    if (value > *best) {
        *best = value;
        *best_x = x;
    }
    return err;
}

/* The best x in [0, 1]; drop_out is left there. */
static amp_err line_max(const struct line *line, double *best)
{
    double best_x = 0;
    size_t at = 0;
    *best = -INFINITY;
    for (size_t i = 0; i <= line->grid_n; i++) {
        double value = 0;
        amp_err err = line_at(line, grid_at(line, i), &value);
        if (err) {
            return err;
        }
        if (value > *best) {
            *best = value;
            best_x = grid_at(line, i);
            at = i;
        }
    }
    amp_err err = line_narrow(line, grid_at(line, at > 0 ? at - 1 : 0),
                              grid_at(line, at < line->grid_n ? at + 1 : at), &best_x, best);
    double again = 0;
    return err ? err : line_at(line, best_x, &again);
}

/* Each contributor's own probability, in turn, until nothing moves. */
static amp_err each_max(struct line *line, double *best)
{
    double last = -INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t k = 0; k < line->mix->contributor_n; k++) {
            line->mask = 1U << k;
            amp_err err = line_max(line, best);
            if (err) {
                return err;
            }
        }
        if (!(*best > last + 1e-10)) {
            break;
        }
        last = *best;
    }
    return AMP_OK;
}

/* From several starts: unknown contributors that begin alike would stay alike. */
static amp_err each_search(struct line *line, struct amp_qual_fit *fit)
{
    static const double first[SHARE_STARTS] = {0.02, 0.2, 0.6};
    double common[AMP_MIX_CONTRIBUTORS];
    for (size_t k = 0; k < AMP_MIX_CONTRIBUTORS; k++) {
        common[k] = line->drop_out[k];
    }
    for (size_t start = 0; start <= SHARE_STARTS; start++) {
        double best = -INFINITY;
        for (size_t k = 0; k < line->mix->contributor_n; k++) {
            line->drop_out[k] = start == 0 ? common[k] : first[(k + start) % SHARE_STARTS];
        }
        amp_err err = each_max(line, &best);
        if (err) {
            return err;
        }
        if (best > fit->loglik) {
            fit->loglik = best;
            for (size_t k = 0; k < line->mix->contributor_n; k++) {
                fit->drop_out[k] = line->drop_out[k];
            }
        }
    }
    return AMP_OK;
}

/* Quantiles of the density proportional to the likelihood, by the middle of each cell. */
static amp_err distribution(const struct line *line, struct amp_qual_fit *fit)
{
    double cell[CELLS];
    double most = -INFINITY;
    double total = 0;
    for (size_t i = 0; i < CELLS; i++) {
        amp_err err = line_at(line, ((double)i + 0.5) / CELLS, &cell[i]);
        if (err) {
            return err;
        }
        most = cell[i] > most ? cell[i] : most;
    }
    for (size_t i = 0; i < CELLS; i++) {
        cell[i] = cell[i] - most > -700 ? amp_exp(cell[i] - most) : 0;
        total += cell[i];
    }
    const double share[3] = {0.05, 0.5, 0.95};
    double *out[3] = {&fit->low, &fit->median, &fit->high};
    double below = 0;
    size_t at = 0;
    for (size_t q = 0; q < 3; q++) {
        while (at < CELLS - 1 && below + cell[at] < share[q] * total) {
            below += cell[at++];
        }
        double inside = cell[at] > 0 ? (share[q] * total - below) / cell[at] : 0;
        *out[q] = ((double)at + inside) / CELLS;
    }
    return AMP_OK;
}

amp_err amp_qual_fit_max(const struct amp_mix *mix, bool each, struct amp_qual_work *work,
                         struct amp_qual_fit *out)
{
    double drop_out[AMP_MIX_CONTRIBUTORS] = {0};
    struct line line = {GRID, GOLDEN, mix, work, drop_out, (1U << mix->contributor_n) - 1};
    struct amp_qual_fit fit = {.parameter_n = each ? mix->contributor_n : 1};
    fit.marker = amp_arena_array(work->arena, mix->marker_n, sizeof *fit.marker);
    if (!fit.marker && mix->marker_n > 0) {
        return AMP_E_NOMEM;
    }
    amp_err err = line_max(&line, &fit.loglik);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        fit.drop_out[k] = drop_out[k];
    }
    err = err ? err : distribution(&line, &fit);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        drop_out[k] = fit.drop_out[k];
    }
    err = err || !each ? err : each_search(&line, &fit);
    err = err ? err : amp_qual_loglik(mix, fit.drop_out, work, fit.marker, &fit.loglik);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        fit.at_border |= fit.drop_out[k] < nearly || fit.drop_out[k] > 1 - nearly;
    }
    if (!err) {
        *out = fit;
    }
    return err;
}

amp_err amp_qual_screen(const struct amp_mix *mix, struct amp_qual_work *work, double *loglik)
{
    double drop_out[AMP_MIX_CONTRIBUTORS] = {0};
    const struct line line = {SCREEN_GRID, SCREEN_GOLDEN, mix,
                              work,        drop_out,      (1U << mix->contributor_n) - 1};
    double best = 0;
    amp_err err = line_max(&line, &best);
    if (!err) {
        *loglik = best;
    }
    return err;
}
