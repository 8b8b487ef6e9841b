/* Chebyshev interpolation of ln Gamma, interval by interval. */
#include "dna/gamma_table.h"
#include "dna/numeric.h"

enum {
    NODES = GAMMA_DEGREE + 1
};

/* cos((2j + 1) pi / 18) */
static const double node[NODES] = {
    0.984807753012208,   0.8660254037844387,  0.6427876096865394,  0.3420201433256687, 0.0,
    -0.3420201433256687, -0.6427876096865394, -0.8660254037844387, -0.984807753012208,
};

/* T_k(u) by T_k+1 = 2 u T_k - T_k-1. */
static double chebyshev(int k, double u)
{
    double before = 1;
    double now = k == 0 ? 1 : u;
    for (int i = 1; i < k; i++) {
        double next = 2 * u * now - before;
        before = now;
        now = next;
    }
    return now;
}

/* c += weight T_k, whose powers are `now`; then the powers of T_k+1. */
static void powers_add(int k, double weight, double c[NODES], double before[NODES + 1],
                       double now[NODES + 1])
{
    double next[NODES + 1] = {0};
    for (int i = 0; i <= k; i++) {
        c[i] += weight * now[i];
        next[i + 1] = (k == 0 ? 1 : 2) * now[i];
    }
    for (int i = 0; i <= k; i++) {
        next[i] -= before[i];
    }
    memcpy(before, now, sizeof next);
    memcpy(now, next, sizeof next);
}

static void row_make(struct gamma_row *row, double from, double to)
{
    double value[NODES];
    double before[NODES + 1] = {0};
    double now[NODES + 1] = {1};
    double half = (to - from) / 2;
    row->centre = from + half;
    row->inv_half = 1 / half;
    double middle = amp_lgamma(row->centre);
    for (int j = 0; j < NODES; j++) {
        value[j] = amp_lgamma(row->centre + half * node[j]) - middle;
    }
    memset(row->c, 0, sizeof row->c);
    for (int k = 0; k < NODES; k++) {
        double weight = 0;
        for (int j = 0; j < NODES; j++) {
            weight += value[j] * chebyshev(k, node[j]);
        }
        powers_add(k, weight * (k == 0 ? 1 : 2) / NODES, row->c, before, now);
    }
    row->c[0] += middle;
}

void gamma_table_make(struct gamma_table *table)
{
    double octave = 1.0 / (1 << -GAMMA_FROM);
    for (int i = 0; i < GAMMA_ROWS; i++) {
        int part = i % GAMMA_PER_OCTAVE;
        double step = octave / GAMMA_PER_OCTAVE;
        row_make(&table->row[i], octave + step * part, octave + step * (part + 1));
        octave *= part == GAMMA_PER_OCTAVE - 1 ? 2 : 1;
    }
}

struct gamma_value gamma_far(double x)
{
    return (struct gamma_value){amp_lgamma(x), amp_digamma(x)};
}
