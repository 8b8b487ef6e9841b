/* The ratio of two fits, its bound, and the words for it. */
#include "dna/lr.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double LN_10 = 2.30258509299404568402;

/* ln P(the copies are drawn, in any order) from the urn of the typed alleles. */
static double urn_log(const struct amp_mix_marker *marker, const uint8_t *copies)
{
    double log_p = 0;
    double n = marker->typed_n;
    double drawn = 0;
    for (size_t a = 0; a < marker->genotype_n; a++) {
        const struct amp_mix_allele *allele = &marker->allele[a];
        for (int c = 0; c < copies[a]; c++) {
            double p = (allele->typed + c) * marker->theta + (1 - marker->theta) * allele->freq;
            drawn++;
            log_p += amp_ln(p / (1 + (n - 1) * marker->theta)) + amp_ln(drawn / (c + 1));
            n++;
        }
    }
    return log_p;
}

double amp_lr_match_log(const struct amp_mix_marker *marker, size_t a, size_t b)
{
    assert(a < marker->genotype_n && b < marker->genotype_n);
    uint8_t copies[AMP_MIX_ALLELES] = {0};
    copies[a]++;
    copies[b]++;
    return urn_log(marker, copies);
}

/* EuroForMix's correction of the bound: with two unknowns the person of interest's alleles may be
 * shared. c known contributors. */
static double unknown_factor(const struct amp_mix *hd, const struct amp_mix_marker *marker)
{
    int known = 0;
    for (size_t k = 0; k < hd->contributor_n; k++) {
        known += (int)(marker->known >> k & 1);
    }
    if ((int)hd->contributor_n - known < 2) {
        return 1;
    }
    double t = marker->theta;
    double c = known;
    return (1 + (3 + 2 * c) * t) * (1 + (4 + 2 * c) * t) /
           ((1 + (1 + 2 * c) * t) * (1 + (2 + 2 * c) * t));
}

static double upper_of(const struct amp_mix *hd, const struct amp_mix_marker *hp_marker,
                       const struct amp_mix_marker *hd_marker, int poi)
{
    if (poi < 0 || !(hp_marker->known >> poi & 1)) {
        return NAN;
    }
    const uint8_t *copies = hp_marker->copies + (size_t)poi * hp_marker->allele_n;
    double match = urn_log(hd_marker, copies);
    if (match > -1e-12) {
        return 0; /* no peak here: everybody matches */
    }
    return (amp_ln(unknown_factor(hd, hd_marker)) - match) / LN_10;
}

static bool same_marker(const struct amp_mix_marker *a, const struct amp_mix_marker *b)
{
    if (!amp_str_eq(a->name, b->name) || a->allele_n != b->allele_n ||
        a->genotype_n != b->genotype_n || a->replicate_n != b->replicate_n) {
        return false;
    }
    for (size_t i = 0; i < a->allele_n; i++) {
        for (size_t r = 0; r < a->replicate_n; r++) {
            if (a->allele[i].height[r] != b->allele[i].height[r]) {
                return false;
            }
        }
    }
    return true;
}

amp_err amp_lr_make(const struct amp_mix *hp, const struct amp_mix_fit *hp_fit,
                    const struct amp_mix *hd, const struct amp_mix_fit *hd_fit, int poi,
                    struct amp_arena *arena, struct amp_lr *out, struct amp_why *why)
{
    assert(poi < (int)hp->contributor_n);
    if (hp->marker_n != hd->marker_n) {
        return amp_fail(why, AMP_E_CONFLICT,
                        "the two hypotheses have %zu and %zu markers: build both from the same "
                        "evidence",
                        hp->marker_n, hd->marker_n);
    }
    struct amp_lr lr = {.marker_n = hp->marker_n};
    lr.marker = amp_arena_array(arena, lr.marker_n, sizeof *lr.marker);
    if (!lr.marker) {
        return AMP_E_NOMEM;
    }
    bool bound = false;
    for (size_t m = 0; m < lr.marker_n; m++) {
        const struct amp_mix_marker *of = &hp->marker[m];
        if (!same_marker(of, &hd->marker[m])) {
            return amp_fail(why, AMP_E_CONFLICT,
                            "marker %.*s is not the same under both hypotheses: build both from "
                            "the same evidence",
                            (int)of->name.len, of->name.ptr);
        }
        lr.marker[m] = (struct amp_lr_marker){
            .name = of->name,
            .hp_loglik = hp_fit->marker[m],
            .hd_loglik = hd_fit->marker[m],
            .log10_lr = (hp_fit->marker[m] - hd_fit->marker[m]) / LN_10,
            .log10_upper = upper_of(hd, of, &hd->marker[m], poi),
        };
        if (!isnan(lr.marker[m].log10_upper)) {
            bound = true;
            lr.log10_upper += lr.marker[m].log10_upper;
        }
    }
    lr.log10_lr = (hp_fit->loglik - hd_fit->loglik) / LN_10;
    lr.log10_upper = bound ? lr.log10_upper : NAN;
    *out = lr;
    return AMP_OK;
}

double amp_lr_aic(const struct amp_mix_fit *fit)
{
    return 2 * (double)fit->parameter_n - 2 * fit->loglik;
}

int amp_lr_trials_finish(struct amp_lr_trial *trial, size_t n)
{
    int best = -1;
    for (size_t i = 0; i < n; i++) {
        bool hp = trial[i].hp.parameter_n > 0;
        bool hd = trial[i].hd.parameter_n > 0;
        trial[i].hp_aic = hp ? amp_lr_aic(&trial[i].hp) : NAN;
        trial[i].hd_aic = hd ? amp_lr_aic(&trial[i].hd) : NAN;
        trial[i].log10_lr = hp && hd ? (trial[i].hp.loglik - trial[i].hd.loglik) / LN_10 : NAN;
        if (!hd) {
            continue;
        }
        bool better = best < 0 || trial[i].hd_aic < trial[best].hd_aic ||
                      (trial[i].hd_aic == trial[best].hd_aic &&
                       trial[i].contributor_n < trial[best].contributor_n);
        best = better ? (int)i : best;
    }
    return best;
}

/* A rung of a scale: from this LR on these words hold. */
struct rung {
    double from;
    const char *words;
};

/* ENFSI guideline for evaluative reporting in forensic science, 2015, table of verbal
 * equivalents. */
static const struct rung enfsi[] = {
    {1, "no support for one proposition over the other"},
    {2, "weak support"},
    {10, "moderate support"},
    {100, "moderately strong support"},
    {1000, "strong support"},
    {10000, "very strong support"},
    {1000000, "extremely strong support"},
};

/* SWGDAM recommendations on verbal qualifiers, 2018. */
static const struct rung swgdam[] = {
    {1, "uninformative"},      {2, "limited support"},           {100, "moderate support"},
    {10000, "strong support"}, {1000000, "very strong support"},
};

struct amp_lr_words amp_lr_words(enum amp_lr_scale scale, double log10_lr)
{
    assert(!isnan(log10_lr));
    bool is_enfsi = scale == AMP_LR_ENFSI_2015;
    const struct rung *rung = is_enfsi ? enfsi : swgdam;
    size_t n = is_enfsi ? sizeof enfsi / sizeof enfsi[0] : sizeof swgdam / sizeof swgdam[0];
    size_t at = 0;
    while (at + 1 < n && fabs(log10_lr) >= amp_ln(rung[at + 1].from) / LN_10) {
        at++;
    }
    return (struct amp_lr_words){
        .scale = is_enfsi ? "ENFSI 2015" : "SWGDAM 2018",
        .words = rung[at].words,
        .supports = at == 0        ? 0
                    : log10_lr > 0 ? 1
                                   : -1,
        .from = rung[at].from,
        .to = at + 1 < n ? rung[at + 1].from : INFINITY,
    };
}

/* "120", "2.1e+05": two digits of 10^log10. */
static struct amp_str power_text(double log10, struct amp_arena *arena)
{
    double whole = floor(log10);
    double digits = amp_exp((log10 - whole) * LN_10);
    if (log10 < 4) {
        double value = digits * amp_exp(whole * LN_10);
        return value < 10 ? amp_arena_printf(arena, "%.1f", value)
                          : amp_arena_printf(arena, "%.0f", value);
    }
    if (digits >= 9.95) {
        digits /= 10;
        whole++;
    }
    return amp_arena_printf(arena, "%.1fe+%02.0f", digits, whole);
}

struct amp_str amp_lr_sentence(enum amp_lr_scale scale, double log10_lr, struct amp_str hp,
                               struct amp_str hd, struct amp_arena *arena)
{
    struct amp_lr_words words = amp_lr_words(scale, log10_lr);
    struct amp_str first = log10_lr >= 0 ? hp : hd;
    struct amp_str second = log10_lr >= 0 ? hd : hp;
    struct amp_str told;
    if (isinf(log10_lr)) {
        told = amp_arena_printf(arena, "The findings have no probability if %.*s.", (int)second.len,
                                second.ptr);
    } else {
        struct amp_str times = power_text(fabs(log10_lr), arena);
        told = amp_arena_printf(
            arena, "The findings are about %.*s times more probable if %.*s than if %.*s.",
            (int)times.len, times.ptr, (int)first.len, first.ptr, (int)second.len, second.ptr);
    }
    if (words.supports == 0) {
        return amp_arena_printf(arena, "%.*s On the %s scale: %s.", (int)told.len, told.ptr,
                                words.scale, words.words);
    }
    return amp_arena_printf(
        arena,
        "%.*s On the %s scale this is %s for the proposition that %.*s over the alternative.",
        (int)told.len, told.ptr, words.scale, words.words, (int)first.len, first.ptr);
}
