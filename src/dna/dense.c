/* Cholesky's factor of a small matrix, and what follows from it. */
#include "dna/dense.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>

bool amp_dense_cholesky(const double *a, size_t n, double *l)
{
    assert(n <= AMP_DENSE_MAX);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++) {
                sum -= l[i * n + k] * l[j * n + k];
            }
            if (i > j) {
                l[i * n + j] = sum / l[j * n + j];
            } else if (sum > 0) { /* also false when it is not a number */
                l[i * n + i] = sqrt(sum);
            } else {
                return false;
            }
        }
        for (size_t j = i + 1; j < n; j++) {
            l[i * n + j] = 0;
        }
    }
    return true;
}

double amp_dense_log_det(const double *l, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += 2 * amp_ln(l[i * n + i]);
    }
    return sum;
}

void amp_dense_forward(const double *l, size_t n, const double *b, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double sum = b[i];
        for (size_t k = 0; k < i; k++) {
            sum -= l[i * n + k] * x[k];
        }
        x[i] = sum / l[i * n + i];
    }
}

void amp_dense_backward(const double *l, size_t n, const double *b, double *x)
{
    for (size_t i = n; i-- > 0;) {
        double sum = b[i];
        for (size_t k = i + 1; k < n; k++) {
            sum -= l[k * n + i] * x[k];
        }
        x[i] = sum / l[i * n + i];
    }
}

void amp_dense_inverse(const double *l, size_t n, double *inverse)
{
    assert(n <= AMP_DENSE_MAX);
    double unit[AMP_DENSE_MAX];
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            unit[i] = i == j ? 1 : 0;
        }
        amp_dense_forward(l, n, unit, unit);
        amp_dense_backward(l, n, unit, unit);
        for (size_t i = 0; i < n; i++) {
            inverse[i * n + j] = unit[i];
        }
    }
    for (size_t i = 0; i < n; i++) { /* exactly symmetric */
        for (size_t j = 0; j < i; j++) {
            inverse[i * n + j] = inverse[j * n + i];
        }
    }
}

void amp_dense_times(const double *a, size_t n, const double *x, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = amp_dense_dot(a + i * n, x, n);
    }
}

double amp_dense_dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}
