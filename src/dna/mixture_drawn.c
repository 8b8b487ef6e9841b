/* Genotypes from the frequencies, heights from their gamma distributions. */
#include "dna/mixture_drawn.h"
#include "base/chance.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>

enum {
    ALLELES = 7, /* in a row of whole repeats */
    HALVINGS = 60
};
static const double THRESHOLD = 50, LAMBDA = 0.01, DROP_IN = 0.05;

/* One marker on its way. All alleles come first here; then the outermost stutter positions; those
 * not seen are merged into the rest afterwards. */
struct drawing {
    const struct amp_mix_drawn *drawn;
    struct amp_chance *chance;
    struct amp_arena *arena;
    double freq[ALLELES], bp100[ALLELES + 2];
    int copies[AMP_MIX_CONTRIBUTORS][ALLELES];
    double height[ALLELES + 2][AMP_MIX_REPLICATES]; /* position a + 1; ends are stutter only */
};

static double gamma_draw(struct amp_chance *chance, double shape)
{
    double u = amp_chance_share(chance);
    double low = 0;
    double high = shape + 50 + 10 * sqrt(shape);
    for (int i = 0; i < HALVINGS; i++) {
        double mid = (low + high) / 2;
        if (amp_gamma_p(shape, mid) < u) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return high;
}

static void people_draw(struct drawing *of, size_t m)
{
    double sum = 0;
    for (size_t a = 0; a < ALLELES; a++) {
        of->freq[a] = 0.03 + amp_chance_share(of->chance);
        sum += of->freq[a];
    }
    for (size_t a = 0; a < ALLELES + 2; a++) {
        of->bp100[a] = -0.2 + 0.15 * (double)(m % 16) + 0.04 * (double)a;
    }
    for (size_t a = 0; a < ALLELES; a++) {
        of->freq[a] /= sum;
    }
    for (size_t k = 0; k < of->drawn->contributor_n; k++) {
        for (int i = 0; i < 2; i++) {
            double u = amp_chance_share(of->chance);
            size_t a = 0;
            for (double up_to = of->freq[0]; a + 1 < ALLELES && u >= up_to;) {
                up_to += of->freq[++a];
            }
            of->copies[k][a]++;
        }
    }
}

static void heights_draw(struct drawing *of)
{
    const struct amp_mix_params *p = &of->drawn->truth;
    double base[ALLELES + 4] = {0}; /* position + 1 */
    double alpha0 = 1 / (p->omega * p->omega);
    double xi_back = of->drawn->stutter >= 1 ? p->xi_back : 0;
    double xi_forward = of->drawn->stutter >= 2 ? p->xi_forward : 0;
    for (size_t a = 0; a < ALLELES; a++) {
        double sum = 0;
        for (size_t k = 0; k < of->drawn->contributor_n; k++) {
            sum += p->share[k] * of->copies[k][a];
        }
        double beta = of->drawn->degradation ? amp_pow(p->beta, of->bp100[a + 1]) : 1;
        base[a + 2] = alpha0 * beta * sum;
    }
    for (size_t at = 0; at < ALLELES + 2; at++) {
        double shape = (1 - xi_back - xi_forward) * base[at + 1] + xi_back * base[at + 2] +
                       xi_forward * base[at];
        for (size_t r = 0; r < of->drawn->replicate_n; r++) {
            double y = shape > 0 ? gamma_draw(of->chance, shape) * p->mu * p->omega * p->omega : 0;
            of->height[at][r] = y >= THRESHOLD ? y : 0;
        }
    }
}

static bool seen(const struct drawing *of, size_t at)
{
    for (size_t r = 0; r < of->drawn->replicate_n; r++) {
        if (of->height[at][r] > 0) {
            return true;
        }
    }
    return false;
}

/* What the marker's alleles are: seen positions within the table, the rest, unseen neighbours. */
struct rungs {
    size_t n, genotype_n;
    int at[2 * ALLELES + 4]; /* position, -1 the rest */
};

static int rung_of(const struct rungs *rungs, int at)
{
    for (size_t i = 0; i < rungs->n; i++) {
        if (rungs->at[i] == at) {
            return (int)i;
        }
    }
    return -1;
}

static struct rungs rungs_find(const struct drawing *of)
{
    struct rungs rungs = {0};
    for (int at = 0; at < ALLELES + 2; at++) {
        if (seen(of, (size_t)at)) {
            rungs.at[rungs.n++] = at;
        }
    }
    size_t seen_n = rungs.n;
    rungs.at[rungs.n++] = -1;
    rungs.genotype_n = rungs.n;
    for (size_t i = 0; i < seen_n && of->drawn->stutter > 0; i++) {
        if (rung_of(&rungs, rungs.at[i] - 1) < 0 || rungs.at[i] == 0) {
            rungs.at[rungs.n++] = rungs.at[i] == 0 ? -2 : rungs.at[i] - 1;
        }
        if (of->drawn->stutter == 2 && rung_of(&rungs, rungs.at[i] + 1) < 0) {
            rungs.at[rungs.n++] = rungs.at[i] + 1;
        }
    }
    return rungs;
}

static struct amp_mix_allele *alleles_make(const struct drawing *of, const struct rungs *rungs)
{
    struct amp_mix_allele *allele = amp_arena_array(of->arena, rungs->n, sizeof *allele);
    double unseen = 1;
    assert(allele);
    for (size_t i = 0; i < rungs->n; i++) {
        int at = rungs->at[i];
        double *height = amp_arena_array(of->arena, of->drawn->replicate_n, sizeof *height);
        double *weight = amp_arena_array(of->arena, of->drawn->replicate_n, sizeof *weight);
        assert(height && weight);
        bool real = i + 1 < rungs->genotype_n;
        double freq = real && at >= 1 && at <= ALLELES ? of->freq[at - 1] : real ? 1e-3 : 0;
        unseen -= freq;
        for (size_t r = 0; r < of->drawn->replicate_n && real; r++) {
            height[r] = of->height[at][r];
            if (height[r] > 0) {
                weight[r] = amp_ln(freq * LAMBDA) - LAMBDA * (height[r] - THRESHOLD);
            }
        }
        allele[i] = (struct amp_mix_allele){.name = amp_arena_printf(of->arena, "%d", at + 10),
                                            .freq = freq,
                                            .back_to = -1,
                                            .forward_to = -1,
                                            .back_from = -1,
                                            .forward_from = -1,
                                            .height = height,
                                            .drop_in_log = weight,
                                            .loses_back = real && of->drawn->stutter >= 1,
                                            .loses_forward = real && of->drawn->stutter == 2};
        allele[i].bp100 = of->bp100[at >= 0 && at < ALLELES + 2 ? at : ALLELES + 1];
    }
    allele[rungs->genotype_n - 1].freq = fmax(unseen, 1e-6);
    for (size_t i = 0; i + 1 < rungs->genotype_n && of->drawn->stutter > 0; i++) {
        int back = rung_of(rungs, rungs->at[i] == 0 ? -2 : rungs->at[i] - 1);
        allele[i].back_to = back;
        allele[back].back_from = (int32_t)i;
        int forward = of->drawn->stutter == 2 ? rung_of(rungs, rungs->at[i] + 1) : -1;
        allele[i].forward_to = forward;
        if (forward >= 0) {
            allele[forward].forward_from = (int32_t)i;
        }
    }
    return allele;
}

static void marker_make(struct drawing *of, struct amp_mix_marker *out)
{
    struct rungs rungs = rungs_find(of);
    struct amp_mix_allele *allele = alleles_make(of, &rungs);
    uint8_t *copies = amp_arena_array(of->arena, of->drawn->contributor_n, rungs.n);
    assert(copies);
    *out = (struct amp_mix_marker){.name = AMP_STR("M"),
                                   .genotype_n = rungs.genotype_n,
                                   .allele_n = rungs.n,
                                   .allele = allele,
                                   .rest = (int32_t)rungs.genotype_n - 1,
                                   .replicate_n = of->drawn->replicate_n,
                                   .threshold = THRESHOLD,
                                   .theta = of->drawn->theta,
                                   .drop_in = DROP_IN,
                                   .drop_in_lambda = LAMBDA,
                                   .stutter = of->drawn->stutter,
                                   .copies = copies,
                                   .relative = {-1, -1}};
    for (size_t k = 0; k < of->drawn->known_n; k++) {
        out->known |= UINT32_C(1) << k;
        for (int a = 0; a < ALLELES; a++) {
            int i = rung_of(&rungs, a + 1);
            if (i < 0 || (size_t)i >= rungs.genotype_n) {
                i = out->rest;
            }
            copies[k * rungs.n + (size_t)i] =
                (uint8_t)(copies[k * rungs.n + (size_t)i] + of->copies[k][a]);
            allele[i].typed += of->copies[k][a];
            out->typed_n += of->copies[k][a];
        }
    }
}

struct amp_mix *amp_mix_draw(const struct amp_mix_drawn *drawn, struct amp_arena *arena)
{
    struct amp_mix *mix = amp_arena_alloc(arena, sizeof *mix);
    struct amp_mix_marker *marker = amp_arena_array(arena, drawn->marker_n, sizeof *marker);
    assert(mix && marker && drawn->replicate_n <= AMP_MIX_REPLICATES);
    struct amp_chance chance = {.state = drawn->seed};
    for (size_t m = 0; m < drawn->marker_n; m++) {
        struct drawing of = {.drawn = drawn, .chance = &chance, .arena = arena};
        people_draw(&of, m);
        heights_draw(&of);
        marker_make(&of, &marker[m]);
    }
    *mix = (struct amp_mix){.contributor_n = drawn->contributor_n,
                            .marker_n = drawn->marker_n,
                            .marker = marker,
                            .related = -1,
                            .degradation = drawn->degradation,
                            .back = drawn->stutter >= 1,
                            .forward = drawn->stutter >= 2};
    return mix;
}
