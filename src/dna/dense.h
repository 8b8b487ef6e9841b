/*
 * Small dense symmetric matrices, row by row: what the fits of a handful of parameters need.
 *
 * n is at most AMP_DENSE_MAX. Fixed order of summation; no memory of its own.
 */
#ifndef AMP_DNA_DENSE_H
#define AMP_DNA_DENSE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    AMP_DENSE_MAX = 16
};

/* a = l l', l lower triangular (its upper part is zeroed). False when a is not positive definite.
 */
bool amp_dense_cholesky(const double *a, size_t n, double *l);
/* From l: ln det a; the inverse of a; x with l x = b; x with l' x = b. x may be b. */
double amp_dense_log_det(const double *l, size_t n);
void amp_dense_inverse(const double *l, size_t n, double *inverse);
void amp_dense_forward(const double *l, size_t n, const double *b, double *x);
void amp_dense_backward(const double *l, size_t n, const double *b, double *x);
/* out = a x; out may not be x. */
void amp_dense_times(const double *a, size_t n, const double *x, double *out);
double amp_dense_dot(const double *a, const double *b, size_t n);

#endif
