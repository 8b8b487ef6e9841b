/* Gauss rules for beta distributions, by the implicit QL algorithm on a tridiagonal matrix. */
#include "dna/kin_beta.h"

#include <assert.h>
#include <math.h>

static const double epsilon = 2.3e-16;

/* The matrix of the polynomials that are orthogonal on (0, 1) with weight v^(a-1) (1-v)^(b-1). */
static void matrix_make(double a, double b, size_t n, double *diagonal, double *beside)
{
    const double sum = a + b;
    diagonal[0] = a / sum;
    for (size_t i = 1; i < n; i++) {
        const double k = (double)i;
        const double s = 2 * k + sum - 2;
        diagonal[i] = 0.5 + (a - b) * (sum - 2) / (2 * s * (s + 2));
        const double square =
            i == 1 ? a * b / (sum * sum * (sum + 1))
                   : k * (k + b - 1) * (k + a - 1) * (k + sum - 2) / (s * s * (s + 1) * (s - 1));
        beside[i - 1] = sqrt(square);
    }
    beside[n - 1] = 0;
}

/* One QL step with a shift on rows from..to; first[] follows the first row of the eigenvectors. */
static void ql_step(double *d, double *e, double *first, size_t from, size_t to)
{
    double g = (d[from + 1] - d[from]) / (2 * e[from]);
    double r = sqrt(g * g + 1);
    g = d[to] - d[from] + e[from] / (g + (g < 0 ? -r : r));
    double s = 1, c = 1, p = 0;
    for (size_t i = to; i-- > from;) {
        const double f = s * e[i];
        const double b = c * e[i];
        r = sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r <= 0) {
            d[i + 1] -= p;
            e[to] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        const double z = first[i + 1];
        first[i + 1] = s * first[i] + c * z;
        first[i] = c * first[i] - s * z;
    }
    d[from] -= p;
    e[from] = g;
    e[to] = 0;
}

void amp_kin_beta_rule(double a, double b, size_t n, double *node, double *weight)
{
    double beside[AMP_KIN_BETA_NODES];
    assert(a > 0 && b > 0 && n > 0 && n <= AMP_KIN_BETA_NODES);
    matrix_make(a, b, n, node, beside);
    for (size_t i = 0; i < n; i++) {
        weight[i] = i == 0 ? 1 : 0;
    }
    for (size_t from = 0; from < n; from++) {
        for (int steps = 0; steps < 64; steps++) {
            size_t to = from;
            while (to + 1 < n &&
                   fabs(beside[to]) > epsilon * (fabs(node[to]) + fabs(node[to + 1]))) {
                to++;
            }
            if (to == from) {
                break;
            }
            ql_step(node, beside, weight, from, to);
        }
    }
    for (size_t i = 0; i < n; i++) {
        weight[i] *= weight[i];
        node[i] = node[i] < 0 ? 0 : node[i] > 1 ? 1 : node[i];
    }
}
