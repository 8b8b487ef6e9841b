/* The formulas of docs/dna.md, "Mixtures", term by term. */
#include "dna/mixture_literal.h"
#include "dna/numeric.h"

#include <math.h>
#include <string.h>

/* Genotypes are chosen contributor by contributor; the urn follows. */
struct listing {
    const struct amp_mix *mix;
    const struct amp_mix_marker *marker;
    const struct amp_mix_params *params;
    amp_literal_visit *visit;
    void *self;
    size_t unknown_n;
    size_t unknown[AMP_MIX_CONTRIBUTORS]; /* the relative last */
    double typed[AMP_MIX_ALLELES], typed_n;
    double copies[AMP_MIX_CONTRIBUTORS][AMP_MIX_ALLELES];
    double mute[AMP_MIX_CONTRIBUTORS][AMP_MIX_ALLELES];
    struct amp_literal now;
};

static double draw(const struct listing *of, size_t a)
{
    double theta = of->marker->theta;
    return (of->typed[a] * theta + (1 - theta) * of->marker->allele[a].freq) /
           (1 + (of->typed_n - 1) * theta);
}

static void urn_add(struct listing *of, size_t a, double n)
{
    of->typed[a] += n;
    of->typed_n += n;
}

static double unrelated(struct listing *of, size_t a, size_t b)
{
    double first = draw(of, a);
    urn_add(of, a, 1);
    double both = first * draw(of, b) * (a == b ? 1 : 2);
    urn_add(of, a, -1);
    return both;
}

/* The table for one allele identical by descent. */
static double one_shared(const struct listing *of, size_t a, size_t b)
{
    const int32_t *r = of->marker->relative;
    bool homozygous = r[0] == r[1];
    bool has_a = r[0] == (int32_t)a || r[1] == (int32_t)a;
    bool has_b = r[0] == (int32_t)b || r[1] == (int32_t)b;
    if (a == b) {
        return !has_a ? 0 : homozygous ? draw(of, a) : draw(of, a) / 2;
    }
    if (has_a && has_b) {
        return (draw(of, a) + draw(of, b)) / 2;
    }
    if (!has_a && !has_b) {
        return 0;
    }
    double other = has_a ? draw(of, b) : draw(of, a);
    return homozygous ? other : other / 2;
}

static double prior(struct listing *of, size_t k, size_t a, size_t b)
{
    const int32_t *r = of->marker->relative;
    if (of->mix->related != (int32_t)k || r[0] < 0) {
        return unrelated(of, a, b);
    }
    bool same =
        (r[0] == (int32_t)a && r[1] == (int32_t)b) || (r[0] == (int32_t)b && r[1] == (int32_t)a);
    const double *kappa = of->mix->kappa;
    return kappa[0] * unrelated(of, a, b) + kappa[1] * one_shared(of, a, b) + (same ? kappa[2] : 0);
}

static void shapes_fill(struct listing *of)
{
    const struct amp_mix_marker *marker = of->marker;
    const struct amp_mix_params *p = of->params;
    double xi_back = of->mix->back && marker->stutter >= 1 ? p->xi_back : 0;
    double xi_forward = of->mix->forward && marker->stutter >= 2 ? p->xi_forward : 0;
    double base[AMP_MIX_ALLELES];
    double total[AMP_MIX_ALLELES];
    double loud[AMP_MIX_ALLELES]; /* of the copies that give stutter */
    double loud_total[AMP_MIX_ALLELES];
    for (size_t a = 0; a < marker->allele_n; a++) {
        double sum = 0;
        double loud_sum = 0;
        total[a] = 0;
        loud_total[a] = 0;
        for (size_t k = 0; k < of->mix->contributor_n; k++) {
            double giving = of->copies[k][a] - of->mute[k][a];
            sum += p->share[k] * of->copies[k][a];
            loud_sum += p->share[k] * giving;
            total[a] += of->copies[k][a];
            loud_total[a] += giving;
        }
        double beta = of->mix->degradation ? amp_pow(p->beta, marker->allele[a].bp100) : 1;
        base[a] = sum * beta / (p->omega * p->omega);
        loud[a] = loud_sum * beta / (p->omega * p->omega);
    }
    for (size_t a = 0; a < marker->allele_n; a++) {
        const struct amp_mix_allele *allele = &marker->allele[a];
        double shape = base[a] * (1 - (allele->loses_back ? xi_back : 0) -
                                  (allele->loses_forward ? xi_forward : 0));
        double copies = total[a];
        if (marker->stutter >= 1 && allele->back_from >= 0) {
            shape += xi_back * loud[allele->back_from];
            copies += loud_total[allele->back_from];
        }
        if (marker->stutter >= 2 && allele->forward_from >= 0) {
            shape += xi_forward * loud[allele->forward_from];
            copies += loud_total[allele->forward_from];
        }
        of->now.shape[a] = copies > 0 ? shape : 0;
    }
}

static double heights_log(const struct listing *of, size_t r)
{
    const struct amp_mix_marker *marker = of->marker;
    double sigma = of->params->mu * of->params->omega * of->params->omega;
    double sum = 0;
    bool drop_in = false;
    for (size_t a = 0; a < marker->allele_n; a++) {
        double y = marker->allele[a].height[r];
        double s = of->now.shape[a];
        bool seen = y >= marker->threshold;
        if (s > 0) {
            sum += seen ? (s - 1) * amp_ln(y) - y / sigma - amp_lgamma(s) - s * amp_ln(sigma)
                        : amp_ln(amp_gamma_p(s, marker->threshold / sigma));
        } else if (seen) {
            drop_in = true;
            sum += amp_ln(marker->drop_in) + marker->allele[a].drop_in_log[r];
        }
    }
    return drop_in ? sum : sum + amp_ln(1 - marker->drop_in);
}

static void person_set(struct listing *of, size_t k, size_t a, size_t b, double n)
{
    urn_add(of, a, n);
    urn_add(of, b, n);
    of->copies[k][a] += n;
    of->copies[k][b] += n;
}

/* The joint genotype by its number: each unknown has one digit. Returns ln of its prior. */
static double joint_set(struct listing *of, const size_t *digit)
{
    double log_prior = 0;
    for (size_t u = 0; u < of->unknown_n; u++) {
        size_t k = of->unknown[u];
        size_t b = 0;
        size_t left = digit[u];
        while (left > b) {
            left -= b + 1;
            b++;
        }
        log_prior += amp_ln(prior(of, k, left, b));
        person_set(of, k, left, b, 1);
        of->now.genotype[k][0] = (uint16_t)left;
        of->now.genotype[k][1] = (uint16_t)b;
    }
    return log_prior;
}

static void joint_visit(struct listing *of, const size_t *digit)
{
    double log_mass = joint_set(of, digit);
    if (log_mass > -INFINITY) {
        shapes_fill(of);
        for (size_t r = 0; r < of->marker->replicate_n; r++) {
            log_mass += heights_log(of, r);
        }
        of->now.log_mass = log_mass;
        if (log_mass > -INFINITY) {
            of->visit(of->self, &of->now);
        }
    }
    for (size_t u = 0; u < of->unknown_n; u++) {
        size_t k = of->unknown[u];
        person_set(of, k, of->now.genotype[k][0], of->now.genotype[k][1], -1);
    }
}

static void listing_begin(struct listing *of)
{
    const struct amp_mix_marker *marker = of->marker;
    of->typed_n = marker->typed_n;
    for (size_t a = 0; a < marker->allele_n; a++) {
        of->typed[a] = marker->allele[a].typed;
    }
    for (int last = 0; last < 2; last++) {
        for (size_t k = 0; k < of->mix->contributor_n; k++) {
            if (!(marker->known >> k & 1) && (of->mix->related == (int32_t)k) == (last == 1)) {
                of->unknown[of->unknown_n++] = k;
            }
        }
    }
    for (size_t k = 0; k < of->mix->contributor_n; k++) {
        for (size_t a = 0; a < marker->allele_n && (marker->known >> k & 1); a++) {
            of->copies[k][a] = marker->copies[k * marker->allele_n + a];
            of->mute[k][a] = marker->mute ? marker->mute[k * marker->allele_n + a] : 0;
        }
    }
}

void amp_mix_literal(const struct amp_mix *mix, const struct amp_mix_params *params, size_t marker,
                     amp_literal_visit *visit, void *self)
{
    struct listing of = {
        .mix = mix, .marker = &mix->marker[marker], .params = params, .visit = visit, .self = self};
    listing_begin(&of);
    size_t n = of.marker->genotype_n * (of.marker->genotype_n + 1) / 2;
    size_t digit[AMP_MIX_CONTRIBUTORS] = {0};
    for (;;) {
        joint_visit(&of, digit);
        size_t u = 0;
        while (u < of.unknown_n && ++digit[u] == n) {
            digit[u++] = 0;
        }
        if (u == of.unknown_n) {
            return;
        }
    }
}
