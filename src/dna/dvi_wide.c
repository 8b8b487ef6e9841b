/* Positive numbers of any size: likelihood ratios of many persons overflow a double. */
#include "dna/dvi_inside.h"
#include "dna/numeric.h"

static const double block = 0x1p256;
static const double block_log = 177.445678223345999; /* ln 2^256 */

struct dvi_wide dvi_wide_exp(double log)
{
    if (!(log > -INFINITY)) {
        return (struct dvi_wide){0, 0};
    }
    double e = floor(log / block_log);
    return (struct dvi_wide){amp_exp(log - e * block_log), (int64_t)e};
}

double dvi_wide_log(struct dvi_wide x)
{
    return x.m > 0 ? amp_ln(x.m) + (double)x.e * block_log : -INFINITY;
}

static struct dvi_wide settled(struct dvi_wide x) /* m in [1, 2^256) */
{
    if (x.m >= block) {
        x.m /= block;
        x.e++;
    } else if (x.m < 1 && x.m > 0) {
        x.m *= block;
        x.e--;
    }
    return x;
}

struct dvi_wide dvi_wide_mul(struct dvi_wide a, struct dvi_wide b)
{
    return settled((struct dvi_wide){a.m * b.m, a.e + b.e});
}

struct dvi_wide dvi_wide_add(struct dvi_wide a, struct dvi_wide b)
{
    if (!(a.m > 0) || (b.m > 0 && b.e > a.e)) {
        struct dvi_wide swap = a;
        a = b;
        b = swap;
    }
    if (b.m > 0 && a.e - b.e <= 1) { /* what is more than a block smaller is nothing */
        a.m += a.e == b.e ? b.m : b.m / block;
    }
    return settled(a);
}

double dvi_wide_ratio(struct dvi_wide a, struct dvi_wide b)
{
    int64_t e = a.e - b.e;
    double ratio = a.m / b.m;
    if (!(a.m > 0) || e < -4 || e > 3) {
        return a.m > 0 && e > 0 ? INFINITY : 0;
    }
    for (; e < 0; e++) {
        ratio /= block;
    }
    for (; e > 0; e--) {
        ratio *= block;
    }
    return ratio;
}
