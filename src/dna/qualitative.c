/* The sum over genotypes of the qualitative model, allele by allele. */
#include "dna/qualitative.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>

/* Copies still to be drawn from the urn, together for unknown contributors with one drop-out. */
struct group {
    double drop_out_log;
    size_t draws;
};

/* One way to come to the genotypes: what is drawn, and what a relative has for certain. */
struct pass {
    size_t group_n;
    struct group group[AMP_MIX_UNKNOWN];
    size_t draw_n;  /* of all groups */
    size_t state_n; /* product of draws + 1 */
    size_t fixed_n; /* alleles of the related unknown that are the relative's */
    int32_t fixed[2];
    double fixed_drop_out_log;
};

static double log_of(double x)
{
    return x > 0 ? amp_ln(x) : -INFINITY;
}

static double exp_of(double x)
{
    return x > -700 ? amp_exp(x) : 0;
}

/* n ln x, also for no copies of what is impossible. */
static double times(double n, double x_log)
{
    return n > 0 ? n * x_log : 0;
}

/* ln of the falling of the urn: n copies of this allele after the typed ones. */
static double urn_log(const struct amp_mix_marker *marker, const struct amp_mix_allele *allele,
                      size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        sum += log_of((allele->typed + (double)j) * marker->theta +
                      (1 - marker->theta) * allele->freq);
    }
    return sum;
}

static double urn_total_log(const struct amp_mix_marker *marker, size_t draw_n)
{
    double sum = 0;
    for (size_t j = 0; j < draw_n; j++) {
        sum += log_of(1 + (marker->typed_n + (double)j - 1) * marker->theta);
    }
    return sum;
}

static double factorial_log(size_t n)
{
    double sum = 0;
    for (size_t i = 2; i <= n; i++) {
        sum += amp_ln((double)i);
    }
    return sum;
}

static uint32_t seen_mask(const struct amp_mix_marker *marker, const struct amp_mix_allele *allele)
{
    uint32_t mask = 0;
    for (size_t r = 0; r < marker->replicate_n; r++) {
        mask |= (allele->height[r] > 0 ? 1U : 0U) << r;
    }
    return mask;
}

/* ln P(where this allele was seen | somebody has it), lost_log being ln P(lost in a replicate). */
static double seen_log(const struct amp_mix_marker *marker, uint32_t seen, double lost_log)
{
    int seen_n = __builtin_popcount(seen);
    double lost = exp_of(lost_log);
    return times(seen_n, log_of(1 - lost)) + times((double)marker->replicate_n - seen_n, lost_log);
}

/* What the contributors known at this marker and the fixed alleles bring of allele a. */
static size_t sure_copies(const struct amp_mix *mix, const struct amp_mix_marker *marker, size_t a,
                          const double *drop_out, double *lost_log)
{
    size_t copies = 0;
    *lost_log = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        size_t n = (marker->known >> k & 1U) != 0 ? marker->copies[k * marker->allele_n + a] : 0;
        copies += n;
        *lost_log += times((double)n, log_of(drop_out[k]));
    }
    return copies;
}

/* ln weights of drawing each vector of copies of allele a; they are numbered like the states. */
static double weights_fill(const struct amp_mix_marker *marker, const struct pass *pass, size_t a,
                           size_t sure, double sure_lost_log, double *weight)
{
    const struct amp_mix_allele *allele = &marker->allele[a];
    uint32_t seen = seen_mask(marker, allele);
    double most = -INFINITY;
    for (size_t state = 0; state < pass->state_n; state++) {
        double value = 0;
        double lost_log = sure_lost_log;
        size_t n = 0;
        size_t rest = state;
        for (size_t g = 0; g < pass->group_n; g++) {
            size_t copies = rest % (pass->group[g].draws + 1);
            rest /= pass->group[g].draws + 1;
            value -= factorial_log(copies);
            lost_log += times((double)copies, pass->group[g].drop_out_log);
            n += copies;
        }
        value += urn_log(marker, allele, n);
        value += n + sure > 0
                     ? seen_log(marker, seen, lost_log)
                     : times(__builtin_popcount(seen), log_of(marker->drop_in * allele->freq));
        weight[state] = value;
        most = value > most ? value : most;
    }
    for (size_t state = 0; state < pass->state_n; state++) {
        weight[state] = most > -INFINITY ? exp_of(weight[state] - most) : 0;
    }
    return most;
}

/* Whether the copies of `more` can be added to those of `state`. */
static bool fits(const struct pass *pass, size_t state, size_t more)
{
    for (size_t g = 0; g < pass->group_n; g++) {
        size_t base = pass->group[g].draws + 1;
        if (state % base + more % base >= base) {
            return false;
        }
        state /= base;
        more /= base;
    }
    return true;
}

/* One allele: next = now with its copies added. Bits of `seen` are replicates where it dropped in
 * if nobody has it. Brings the largest to 1 and returns ln of what that took away. */
static double allele_add(const struct pass *pass, size_t mask_n, uint32_t drop_in,
                         struct amp_qual_work *work)
{
    size_t total = pass->state_n * mask_n;
    double most = 0;
    for (size_t i = 0; i < total; i++) {
        work->next[i] = 0;
    }
    for (size_t more = 0; more < pass->state_n; more++) {
        uint32_t set = more == 0 ? drop_in : 0;
        double weight = work->weight[more];
        for (size_t state = 0; weight > 0 && state < pass->state_n - more; state++) {
            if (!fits(pass, state, more)) {
                continue;
            }
            for (size_t mask = 0; mask < mask_n; mask++) {
                work->next[(state + more) * mask_n + (mask | set)] +=
                    work->now[state * mask_n + mask] * weight;
            }
        }
    }
    for (size_t i = 0; i < total; i++) {
        most = work->next[i] > most ? work->next[i] : most;
    }
    for (size_t i = 0; i < total; i++) {
        work->now[i] = most > 0 ? work->next[i] / most : 0;
    }
    return log_of(most);
}

/* ln of the sum over all ways of one pass. */
static double pass_sum(const struct amp_mix *mix, const struct amp_mix_marker *marker,
                       const struct pass *pass, const double *drop_out, struct amp_qual_work *work)
{
    size_t mask_n = (size_t)1 << marker->replicate_n;
    double scale = -urn_total_log(marker, pass->draw_n);
    for (size_t i = 0; i < pass->state_n * mask_n; i++) {
        work->now[i] = i == 0 ? 1 : 0;
    }
    for (size_t a = 0; a < marker->genotype_n; a++) {
        double lost_log = 0;
        size_t sure = sure_copies(mix, marker, a, drop_out, &lost_log);
        for (size_t f = 0; f < pass->fixed_n; f++) {
            sure += pass->fixed[f] == (int32_t)a;
            lost_log += pass->fixed[f] == (int32_t)a ? pass->fixed_drop_out_log : 0;
        }
        scale += weights_fill(marker, pass, a, sure, lost_log, work->weight);
        uint32_t drop_in = sure == 0 ? seen_mask(marker, &marker->allele[a]) : 0;
        scale += allele_add(pass, mask_n, drop_in, work);
        if (!(scale > -INFINITY)) {
            return -INFINITY;
        }
    }
    for (size_t g = 0; g < pass->group_n; g++) {
        scale += factorial_log(pass->group[g].draws);
    }
    double sum = 0;
    const double *last = work->now + (pass->state_n - 1) * mask_n;
    for (size_t mask = 0; mask < mask_n; mask++) {
        double clean = (double)marker->replicate_n - __builtin_popcount((uint32_t)mask);
        sum += last[mask] * exp_of(times(clean, log_of(1 - marker->drop_in)));
    }
    return scale + log_of(sum);
}

/* The groups of the unknown contributors; of the related one only `drawn` alleles are unknown. */
static void groups_make(const struct amp_mix *mix, const struct amp_mix_marker *marker,
                        const double *drop_out, size_t drawn, struct pass *pass)
{
    pass->group_n = 0;
    pass->draw_n = 0;
    pass->state_n = 1;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        size_t draws = (int32_t)k == mix->related ? drawn : 2;
        if ((marker->known >> k & 1U) != 0 || draws == 0) {
            continue;
        }
        double drop_out_log = log_of(drop_out[k]);
        size_t g = 0;
        while (g < pass->group_n && pass->group[g].drop_out_log != drop_out_log) {
            g++;
        }
        if (g == pass->group_n) {
            assert(pass->group_n < AMP_MIX_UNKNOWN);
            pass->group[pass->group_n++] = (struct group){.drop_out_log = drop_out_log};
        }
        pass->group[g].draws += draws;
        pass->draw_n += draws;
    }
    for (size_t g = 0; g < pass->group_n; g++) {
        pass->state_n *= pass->group[g].draws + 1;
    }
}

static bool related_here(const struct amp_mix *mix, const struct amp_mix_marker *marker)
{
    return mix->related >= 0 && (marker->known >> mix->related & 1U) == 0 &&
           marker->relative[0] >= 0 && marker->relative[1] >= 0;
}

static double log_sum(const double *term, const double *weight, size_t n)
{
    double most = -INFINITY;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        most = weight[i] > 0 && term[i] > most ? term[i] : most;
    }
    for (size_t i = 0; i < n && most > -INFINITY; i++) {
        sum += weight[i] > 0 ? weight[i] * exp_of(term[i] - most) : 0;
    }
    return most > -INFINITY ? most + amp_ln(sum) : -INFINITY;
}

/* Two alleles drawn, one the relative's (either), both the relative's. Alleles that one group
 * draws in any order count as ordered draws, those of the related one too, so its draws may share
 * a group with others: the urn does not tell them apart when their drop-out is one. */
static double marker_sum(const struct amp_mix *mix, const struct amp_mix_marker *marker,
                         const double *drop_out, struct amp_qual_work *work)
{
    struct pass pass = {.fixed_n = 0};
    if (!related_here(mix, marker)) {
        groups_make(mix, marker, drop_out, 2, &pass);
        return pass_sum(mix, marker, &pass, drop_out, work);
    }
    pass.fixed_drop_out_log = log_of(drop_out[mix->related]);
    double term[4] = {0};
    const double weight[4] = {mix->kappa[0], mix->kappa[1] / 2, mix->kappa[1] / 2, mix->kappa[2]};
    for (size_t i = 0; i < 4; i++) {
        pass.fixed_n = i == 0 ? 0 : i == 3 ? 2 : 1;
        pass.fixed[0] = marker->relative[i == 2];
        pass.fixed[1] = marker->relative[1];
        groups_make(mix, marker, drop_out, 2 - pass.fixed_n, &pass);
        term[i] = weight[i] > 0 ? pass_sum(mix, marker, &pass, drop_out, work) : -INFINITY;
    }
    return log_sum(term, weight, 4);
}

static amp_err work_need(const struct amp_mix *mix, const struct amp_mix_marker *marker,
                         const double *drop_out, struct amp_qual_work *work)
{
    struct pass pass = {.fixed_n = 0};
    groups_make(mix, marker, drop_out, 2, &pass);
    if (marker->replicate_n > 16 || pass.state_n > (size_t)AMP_QUAL_STATES >> marker->replicate_n) {
        return AMP_E_LIMIT;
    }
    size_t need = pass.state_n << marker->replicate_n;
    if (need <= work->cap) {
        return AMP_OK;
    }
    double *now = amp_arena_array(work->arena, need, sizeof *now);
    double *next = amp_arena_array(work->arena, need, sizeof *next);
    double *weight = amp_arena_array(work->arena, need, sizeof *weight);
    if (!now || !next || !weight) {
        return AMP_E_NOMEM;
    }
    *work = (struct amp_qual_work){work->arena, need, now, next, weight};
    return AMP_OK;
}

amp_err amp_qual_loglik(const struct amp_mix *mix, const double *drop_out,
                        struct amp_qual_work *work, double *marker, double *loglik)
{
    double sum = 0;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        if (!(drop_out[k] >= 0 && drop_out[k] <= 1)) {
            return AMP_E_RANGE;
        }
    }
    for (size_t m = 0; m < mix->marker_n; m++) {
        amp_err err = work_need(mix, &mix->marker[m], drop_out, work);
        if (err) {
            return err;
        }
        double one = marker_sum(mix, &mix->marker[m], drop_out, work);
        sum += one;
        if (marker) {
            marker[m] = one;
        }
    }
    *loglik = sum;
    return AMP_OK;
}

amp_err amp_qual_loglik_common(const struct amp_mix *mix, double drop_out,
                               struct amp_qual_work *work, double *loglik)
{
    double each[AMP_MIX_CONTRIBUTORS];
    for (size_t k = 0; k < AMP_MIX_CONTRIBUTORS; k++) {
        each[k] = drop_out;
    }
    return amp_qual_loglik(mix, each, work, NULL, loglik);
}
