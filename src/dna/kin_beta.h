/*
 * Gauss rules for beta distributions: sums that are exact for polynomials. Internal to src/dna.
 *
 * Nodes and weights are the eigenvalues of the Jacobi polynomials' tridiagonal matrix and the
 * squares of the first components of its eigenvectors (Golub and Welsch, Math Comp 23, 1969).
 */
#ifndef AMP_DNA_KIN_BETA_H
#define AMP_DNA_KIN_BETA_H

#include <stddef.h>

enum {
    AMP_KIN_BETA_NODES = 32
};

/* E f(V), V ~ Beta(a, b), a and b > 0, is the sum of weight[i] f(node[i]) for every polynomial f of
 * degree below 2 n. n is 1 to AMP_KIN_BETA_NODES. */
void amp_kin_beta_rule(double a, double b, size_t n, double *node, double *weight);

#endif
