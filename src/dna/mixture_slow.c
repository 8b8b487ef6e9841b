/* Literal enumeration with the C library's functions in long double. */
#include "dna/mixture_slow.h"

#include <math.h>
#include <string.h>

/* One assignment of genotypes at one marker. */
struct state {
    const struct amp_mix *mix;
    const struct amp_mix_marker *m;
    const struct amp_mix_params *p;
    int genotype[AMP_MIX_CONTRIBUTORS][2]; /* of the unknown */
};

static bool is_known(const struct state *s, size_t k)
{
    return s->m->known >> k & 1;
}

static int copies_of(const struct state *s, size_t k, int a, bool stutter)
{
    if (a < 0) {
        return 0;
    }
    if (is_known(s, k)) {
        size_t at = k * s->m->allele_n + (size_t)a;
        return s->m->copies[at] - (stutter && s->m->mute ? s->m->mute[at] : 0);
    }
    return (s->genotype[k][0] == a) + (s->genotype[k][1] == a);
}

/* The urn of Balding and Nichols. */
struct urn {
    double count[AMP_MIX_ALLELES];
    double n;
};

static long double urn_chance(const struct state *s, const struct urn *urn, int a)
{
    long double theta = s->m->theta;
    return (urn->count[a] * theta + (1 - theta) * s->m->allele[a].freq) /
           (1 + (urn->n - 1) * theta);
}

static long double urn_draw(const struct state *s, struct urn *urn, int a)
{
    long double chance = urn_chance(s, urn, a);
    urn->count[a]++;
    urn->n++;
    return chance;
}

static long double pair_draw(const struct state *s, struct urn *urn, const int g[2])
{
    long double chance = urn_draw(s, urn, g[0]);
    chance *= urn_draw(s, urn, g[1]);
    return chance * (g[0] == g[1] ? 1 : 2);
}

/* P(genotype | one allele identical by descent with the relative), row by row of the table. */
static long double one_shared(const struct state *s, const struct urn *urn, const int g[2])
{
    int c = s->m->relative[0];
    int d = s->m->relative[1];
    int a = g[0];
    int b = g[1];
    if (a == b) {
        int has = (c == a) + (d == a);
        return has == 2 ? urn_chance(s, urn, a) : has == 1 ? urn_chance(s, urn, a) / 2 : 0;
    }
    if ((a == c && b == d) || (a == d && b == c)) {
        return (urn_chance(s, urn, a) + urn_chance(s, urn, b)) / 2;
    }
    if (c == d) {
        return c == a ? urn_chance(s, urn, b) : c == b ? urn_chance(s, urn, a) : 0;
    }
    if (c == a || d == a) {
        return urn_chance(s, urn, b) / 2;
    }
    return c == b || d == b ? urn_chance(s, urn, a) / 2 : 0;
}

static long double prior(const struct state *s)
{
    struct urn urn = {.n = s->m->typed_n};
    long double chance = 1;
    for (size_t a = 0; a < s->m->genotype_n; a++) {
        urn.count[a] = s->m->allele[a].typed;
    }
    int related = s->mix->related;
    bool relative = related >= 0 && s->m->relative[0] >= 0 && !is_known(s, (size_t)related);
    for (size_t k = 0; k < s->mix->contributor_n; k++) {
        if (!is_known(s, k) && !(relative && (int)k == related)) {
            chance *= pair_draw(s, &urn, s->genotype[k]);
        }
    }
    if (relative) {
        const int *g = s->genotype[related];
        int c = s->m->relative[0];
        int d = s->m->relative[1];
        bool same = (g[0] == c && g[1] == d) || (g[0] == d && g[1] == c);
        long double one = one_shared(s, &urn, g);
        long double none = pair_draw(s, &urn, g);
        chance *= s->mix->kappa[0] * none + s->mix->kappa[1] * one + s->mix->kappa[2] * same;
    }
    return chance;
}

/* B_a, of all copies or of those that give stutter */
static long double base_shape(const struct state *s, int a, bool stutter, int *copies)
{
    long double sum = 0;
    if (a < 0) {
        return 0;
    }
    for (size_t k = 0; k < s->mix->contributor_n; k++) {
        int n = copies_of(s, k, a, stutter);
        *copies += n;
        sum += (long double)s->p->share[k] * n;
    }
    long double beta = s->mix->degradation ? s->p->beta : 1;
    return sum * powl(beta, s->m->allele[a].bp100) / ((long double)s->p->omega * s->p->omega);
}

/* S_a; *copies counts all that could give to it. */
static long double shape_of(const struct state *s, int a, int *copies)
{
    const struct amp_mix_allele *allele = &s->m->allele[a];
    long double back = s->mix->back ? s->p->xi_back : 0;
    long double forward = s->mix->forward ? s->p->xi_forward : 0;
    bool has_back = s->m->stutter >= 1;
    bool has_forward = s->m->stutter >= 2;
    bool in_genotype = a < (int)s->m->genotype_n;
    long double own = in_genotype ? base_shape(s, a, false, copies) : 0;
    own *= 1 - (has_back && allele->loses_back ? back : 0) -
           (has_forward && allele->loses_forward ? forward : 0);
    own += has_back ? back * base_shape(s, allele->back_from, true, copies) : 0;
    own += has_forward ? forward * base_shape(s, allele->forward_from, true, copies) : 0;
    return own;
}

static long double log_lower(long double s, long double x)
{
    if (s == 0) {
        return 0;
    }
    long double prefix = s * logl(x) - x - lgammal(s + 1);
    if (x > 4 * s + 40) { /* continued fraction from its end */
        long double h = 0;
        for (int n = 400; n >= 1; n--) {
            h = -n * (n - s) / (x + 1 - s + 2 * n + h);
        }
        return log1pl(-s * expl(prefix) / (x + 1 - s + h));
    }
    long double sum = 1;
    long double term = 1;
    for (int n = 1; term > 1e-22L * sum; n++) {
        term *= x / (s + n);
        sum += term;
    }
    return prefix + logl(sum);
}

static long double heights(const struct state *s, size_t r)
{
    const struct amp_mix_marker *m = s->m;
    long double sigma = (long double)s->p->mu * s->p->omega * s->p->omega;
    long double sum = 0;
    bool drop_in = false;
    for (int a = 0; a < (int)m->allele_n; a++) {
        int copies = 0;
        long double shape = shape_of(s, a, &copies);
        long double y = m->allele[a].height[r];
        if (copies == 0 && y >= m->threshold) {
            drop_in = true;
            sum += logl(m->drop_in) + m->allele[a].drop_in_log[r];
        } else if (copies > 0 && y >= m->threshold) {
            sum += (shape - 1) * logl(y) - y / sigma - lgammal(shape) - shape * logl(sigma);
        } else if (copies > 0) {
            sum += log_lower(shape, m->threshold / sigma);
        }
    }
    return drop_in ? sum : sum + log1pl(-m->drop_in);
}

/* The next assignment in order; false after the last. */
static bool next(struct state *s)
{
    int n = (int)s->m->genotype_n;
    for (size_t k = 0; k < s->mix->contributor_n; k++) {
        if (is_known(s, k)) {
            continue;
        }
        int *g = s->genotype[k];
        if (++g[1] < n) {
            return true;
        }
        g[0]++;
        g[1] = g[0];
        if (g[0] < n) {
            return true;
        }
        g[0] = 0;
        g[1] = 0;
    }
    return false;
}

double amp_mix_slow(const struct amp_mix *mix, const struct amp_mix_params *params, size_t m)
{
    struct state s = {.mix = mix, .m = &mix->marker[m], .p = params};
    long double sum = 0; /* times exp(most) */
    long double most = -INFINITY;
    do {
        long double log = logl(prior(&s));
        for (size_t r = 0; r < s.m->replicate_n; r++) {
            log += heights(&s, r);
        }
        if (log > most) {
            sum *= expl(most - log);
            most = log;
        }
        sum += log > -INFINITY ? expl(log - most) : 0;
    } while (next(&s));
    return (double)(most + logl(sum));
}
