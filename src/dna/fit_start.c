/* The design of starts. */
#include "dna/fit_start.h"
#include "dna/numeric.h"

#include <math.h>

enum {
    PARTS = 10
};
/* Exchangeable unknowns never begin with the same share: what is symmetric stays so in a climb. */
static const double UNLIKE = 0.08;
static const double BACK = 0.06, FORWARD = 0.01; /* typical stutter proportions */
static const double OMEGA_LOW = 0.2, OMEGA_HIGH = 0.6;
static const double BETA_LOW = 0.2, BETA_HIGH = 1.2;

/* Sums for a straight line of ln(sum of heights) over size. */
struct line {
    double n, x, y, xx, xy, yy;
};

static void marker_add(const struct amp_mix_marker *marker, struct line *line)
{
    for (size_t r = 0; r < marker->replicate_n; r++) {
        double sum = 0;
        double size = 0;
        for (size_t a = 0; a < marker->allele_n; a++) {
            const struct amp_mix_allele *allele = &marker->allele[a];
            if (allele->height[r] > 0) {
                sum += allele->height[r];
                size += allele->height[r] * allele->bp100;
            }
        }
        if (sum <= 0) {
            continue;
        }
        double x = size / sum;
        double y = amp_ln(sum);
        line->n += 1;
        line->x += x;
        line->y += y;
        line->xx += x * x;
        line->xy += x * y;
        line->yy += y * y;
    }
}

void amp_fit_start_guess(const struct amp_mix *mix, struct amp_mix_params *out)
{
    struct line line = {0};
    for (size_t m = 0; m < mix->marker_n; m++) {
        marker_add(&mix->marker[m], &line);
    }
    double n = fmax(line.n, 1);
    double x = line.x / n;
    double y = line.y / n;
    double xx = line.xx / n - x * x;
    double slope = mix->degradation && xx > 1e-9 ? (line.xy / n - x * y) / xx : 0;
    slope = fmin(fmax(slope, amp_ln(BETA_LOW)), amp_ln(BETA_HIGH));
    slope = mix->degradation ? slope : 0;
    double left = line.yy / n - y * y - slope * (2 * (line.xy / n - x * y) - slope * xx);
    out->mu = line.n > 0 ? amp_exp(y - slope * x) / 2 : 1000;
    out->beta = mix->degradation ? amp_exp(slope) : 1;
    /* the sum of two copies varies by omega / sqrt 2 */
    out->omega = fmin(fmax(sqrt(2 * fmax(left, 0)), OMEGA_LOW), OMEGA_HIGH);
    out->xi_back = mix->back ? BACK : 0;
    out->xi_forward = mix->forward ? FORWARD : 0;
}

/* The next composition of PARTS into n positive parts in counting order; false after the last. */
static bool composition_next(int *part, size_t n)
{
    for (size_t i = n - 1; i-- > 0;) {
        int tail = 0; /* what the later parts hold beyond one each */
        for (size_t j = i + 1; j < n; j++) {
            tail += part[j] - 1;
        }
        if (tail == 0) {
            continue;
        }
        part[i]++;
        for (size_t j = i + 1; j + 1 < n; j++) {
            part[j] = 1;
        }
        part[n - 1] = tail; /* one was taken: tail - 1 beyond its own one */
        return true;
    }
    return false;
}

static bool falls(const int *part, size_t n, uint32_t exchangeable)
{
    int last = PARTS;
    for (size_t k = 0; k < n; k++) {
        if (exchangeable >> k & 1) {
            if (part[k] > last) {
                return false;
            }
            last = part[k];
        }
    }
    return true;
}

static void shares_from(const int *part, size_t n, uint32_t exchangeable, double *share)
{
    double sum = 0;
    double less = 1;
    for (size_t k = 0; k < n; k++) {
        share[k] = part[k] - 0.5;
        if (exchangeable >> k & 1) {
            share[k] *= less;
            less -= UNLIKE;
        }
        sum += share[k];
    }
    for (size_t k = 0; k < AMP_MIX_CONTRIBUTORS; k++) {
        share[k] = k < n ? share[k] / sum : 0;
    }
}

size_t amp_fit_start_design(const struct amp_mix *mix, double (*share)[AMP_MIX_CONTRIBUTORS])
{
    size_t n = mix->contributor_n;
    uint32_t exchangeable = amp_mix_exchangeable(mix);
    int part[AMP_MIX_CONTRIBUTORS];
    for (size_t k = 0; k < n; k++) {
        part[k] = 1;
    }
    part[n - 1] = PARTS - (int)(n - 1);
    size_t point_n = 0;
    do {
        if (falls(part, n, exchangeable) && point_n < AMP_FIT_DESIGN) {
            shares_from(part, n, exchangeable, share[point_n++]);
        }
    } while (composition_next(part, n));
    return point_n;
}
