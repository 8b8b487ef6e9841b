/*
 * ln Gamma and its slope from a table of polynomials: several times faster than amp_lgamma.
 *
 * For shapes that occur in bulk. Sixteen intervals an octave from 2^-5 to 2^9, in each the
 * Chebyshev interpolant of degree 8; beyond, numeric.h. Absolute error of the value 1e-14 (1 +
 * |value|), of the slope 2e-12 (1 + |slope|). Made from numeric.h alone, thus the same everywhere.
 */
#ifndef AMP_DNA_GAMMA_TABLE_H
#define AMP_DNA_GAMMA_TABLE_H

#include <stdint.h>
#include <string.h>

enum {
    GAMMA_DEGREE = 8,
    GAMMA_PER_OCTAVE = 16,
    GAMMA_FROM = -5, /* powers of two */
    GAMMA_TO = 9,
    GAMMA_ROWS = (GAMMA_TO - GAMMA_FROM) * GAMMA_PER_OCTAVE
};

struct gamma_row {
    double centre, inv_half; /* of the interval: u = (x - centre) inv_half is in [-1, 1] */
    double c[GAMMA_DEGREE + 1];
};

struct gamma_table {
    struct gamma_row row[GAMMA_ROWS];
};

struct gamma_value {
    double log, slope;
};

void gamma_table_make(struct gamma_table *table);
struct gamma_value gamma_far(double x); /* outside of the table; x > 0 */

/* x > 0 */
static inline struct gamma_value gamma_get(const struct gamma_table *table, double x)
{
    uint64_t bits; /* the exponent and four leading bits of the fraction number the row */
    memcpy(&bits, &x, sizeof bits);
    uint64_t at = (bits >> 48) - ((uint64_t)(1023 + GAMMA_FROM) << 4);
    if (at >= GAMMA_ROWS) {
        return gamma_far(x);
    }
    const struct gamma_row *row = &table->row[at];
    const double *c = row->c;
    double u = (x - row->centre) * row->inv_half;
    double u2 = u * u;
    double u4 = u2 * u2;
    double value = ((c[0] + c[1] * u) + (c[2] + c[3] * u) * u2) +
                   ((c[4] + c[5] * u) + (c[6] + c[7] * u) * u2) * u4 + c[8] * u4 * u4;
    double slope = ((c[1] + 2 * c[2] * u) + (3 * c[3] + 4 * c[4] * u) * u2) +
                   ((5 * c[5] + 6 * c[6] * u) + (7 * c[7] + 8 * c[8] * u) * u2) * u4;
    return (struct gamma_value){value, slope * row->inv_half};
}

#endif
