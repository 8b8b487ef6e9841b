/* BFGS steps upwards, each with a line search by cubic interpolation. */
#include "dna/climb.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    TRIALS = 24
};
static const double ENOUGH = 1e-4; /* of the foreseen gain (Armijo) */
static const double FLAT = 0.9;    /* of the first slope: steeper along the line is too short */
static const double LONGEST = 3;   /* of a step, in every coordinate */
static const double FIRST_LONGEST = 0.3;

/* A point on the line: step length, value, slope. */
struct trial {
    double at, value, slope;
    double x[AMP_DENSE_MAX], gradient[AMP_DENSE_MAX];
    bool defined;
};

bool amp_climb_start(struct amp_climb *climb, const struct amp_climb_function *function,
                     const double *x, const double *scale, size_t n)
{
    assert(n > 0 && n <= AMP_DENSE_MAX);
    memset(climb, 0, sizeof *climb);
    climb->n = n;
    memcpy(climb->x, x, n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        climb->inverse[i * n + i] = scale[i] * scale[i];
    }
    return function->at(function->self, climb->x, &climb->value, climb->gradient);
}

static void trial_make(const struct amp_climb *climb, const struct amp_climb_function *function,
                       const double *direction, double at, struct trial *out)
{
    out->at = at;
    for (size_t i = 0; i < climb->n; i++) {
        out->x[i] = climb->x[i] + at * direction[i];
    }
    out->defined =
        function->at(function->self, out->x, &out->value, out->gradient) && isfinite(out->value);
    out->slope = out->defined ? amp_dense_dot(out->gradient, direction, climb->n) : 0;
}

/* Where the cubic through two points with their slopes has its maximum, kept well inside. */
static double between(const struct trial *low, const struct trial *high)
{
    double width = high->at - low->at;
    double mid = low->at + width / 2;
    if (!high->defined) {
        return low->at + width / 4;
    }
    double d1 = low->slope + high->slope - 3 * (low->value - high->value) / (low->at - high->at);
    double root = d1 * d1 - low->slope * high->slope;
    if (!(root >= 0)) {
        return mid;
    }
    double d2 = width > 0 ? -sqrt(root) : sqrt(root); /* of a maximum */
    double denom = high->slope - low->slope + 2 * d2;
    double at = high->at - width * (high->slope + d2 - d1) / denom;
    double share = (at - low->at) / width;
    if (!(share > 0.1)) {
        return low->at + 0.1 * width;
    }
    return share < 0.9 ? at : low->at + 0.9 * width;
}

/* The strong Wolfe conditions; `best` is the best point so far, at 0 in the beginning. True when a
 * better point was found. */
static bool line_search(const struct amp_climb *climb, const struct amp_climb_function *function,
                        const double *direction, double first, struct trial *best)
{
    struct trial low = *best; /* the best end of the bracket */
    struct trial high = low;
    double slope0 = low.slope;
    double value0 = low.value;
    bool bracketed = false;
    double at = first;
    for (int i = 0; i < TRIALS; i++) {
        struct trial now;
        trial_make(climb, function, direction, at, &now);
        bool rises =
            now.defined && now.value >= value0 + ENOUGH * at * slope0 && now.value >= low.value;
        if (!rises) {
            high = now;
            bracketed = true;
        } else if (fabs(now.slope) <= FLAT * slope0) {
            *best = now;
            return true;
        } else if (now.slope * (bracketed ? high.at - low.at : 1) < 0) { /* past the top */
            high = low;
            low = now;
            bracketed = true;
        } else {
            low = now;
        }
        if (bracketed && fabs(high.at - low.at) <= 1e-12 * fabs(first)) {
            break;
        }
        at = bracketed ? between(&low, &high) : 3 * low.at;
    }
    *best = low;
    return low.at > 0 && low.value > value0;
}

/* The inverse learns from a step s and the change y of minus the gradient. */
static void inverse_learn(struct amp_climb *climb, const struct trial *to)
{
    size_t n = climb->n;
    double s[AMP_DENSE_MAX];
    double y[AMP_DENSE_MAX];
    double hy[AMP_DENSE_MAX];
    for (size_t i = 0; i < n; i++) {
        s[i] = to->x[i] - climb->x[i];
        y[i] = climb->gradient[i] - to->gradient[i];
    }
    double sy = amp_dense_dot(s, y, n);
    amp_dense_times(climb->inverse, n, y, hy);
    double yhy = amp_dense_dot(y, hy, n);
    if (!(sy > 1e-10 * sqrt(amp_dense_dot(s, s, n) * amp_dense_dot(y, y, n))) || !(yhy > 0)) {
        return; /* the curvature is the wrong way round here */
    }
    if (!climb->scaled) {
        climb->scaled = true;
        double scale = sy / yhy;
        for (size_t i = 0; i < n * n; i++) {
            climb->inverse[i] *= scale;
        }
        for (size_t i = 0; i < n; i++) {
            hy[i] *= scale;
        }
        yhy *= scale;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            climb->inverse[i * n + j] +=
                ((sy + yhy) * s[i] * s[j] / sy - hy[i] * s[j] - s[i] * hy[j]) / sy;
        }
    }
}

/* The next direction; false when nothing is to be gained. */
static bool direction_make(struct amp_climb *climb, double tolerance, double *direction,
                           double *slope)
{
    size_t n = climb->n;
    amp_dense_times(climb->inverse, n, climb->gradient, direction);
    *slope = amp_dense_dot(direction, climb->gradient, n);
    if (!(*slope / 2 > tolerance)) {
        climb->converged = climb->scaled || *slope == 0;
        if (climb->converged) {
            return false;
        }
    }
    double longest = 0;
    for (size_t i = 0; i < n; i++) {
        longest = fmax(longest, fabs(direction[i]));
    }
    double limit = climb->scaled ? LONGEST : FIRST_LONGEST;
    double shrink = longest > limit ? limit / longest : 1;
    for (size_t i = 0; i < n; i++) {
        direction[i] *= shrink;
    }
    *slope *= shrink;
    return true;
}

void amp_climb_on(struct amp_climb *climb, const struct amp_climb_function *function, size_t step_n,
                  double tolerance)
{
    size_t n = climb->n;
    for (size_t step = 0; step < step_n && !climb->converged && !climb->stuck; step++) {
        double direction[AMP_DENSE_MAX];
        struct trial to = {.value = climb->value, .defined = true};
        if (!direction_make(climb, tolerance, direction, &to.slope)) {
            return;
        }
        memcpy(to.x, climb->x, n * sizeof *to.x);
        memcpy(to.gradient, climb->gradient, n * sizeof *to.gradient);
        if (!line_search(climb, function, direction, 1, &to)) {
            climb->stuck = true;
            return;
        }
        inverse_learn(climb, &to);
        memcpy(climb->x, to.x, n * sizeof *to.x);
        memcpy(climb->gradient, to.gradient, n * sizeof *to.gradient);
        climb->value = to.value;
        climb->step_n++;
    }
}
