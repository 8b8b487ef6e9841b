/* Ladders with gaps, stutter positions, rest alleles, replicates, drop-in, tri-alleles, relatives.
 */
#include "dna/mixture_made.h"
#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double uniform(struct amp_mix_made *made)
{
    made->seed = made->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(made->seed >> 11) * 0x1p-53;
}

static size_t below(struct amp_mix_made *made, size_t n)
{
    return (size_t)(uniform(made) * (double)n);
}

static bool coin(struct amp_mix_made *made, double chance)
{
    return uniform(made) < chance;
}

/* One marker under way: repeats[a] numbers the ladder, -1 for the rest allele. */
struct making {
    struct amp_mix_made *made;
    struct amp_mix_marker *marker;
    struct amp_mix_allele *allele;
    int repeats[AMP_MIX_ALLELES];
};

static int32_t find(const struct making *mk, int repeats)
{
    for (size_t a = 0; a < mk->marker->allele_n; a++) {
        if (mk->repeats[a] == repeats) {
            return (int32_t)a;
        }
    }
    return -1;
}

static void add(struct making *mk, int repeats)
{
    mk->repeats[mk->marker->allele_n] = repeats;
    mk->allele[mk->marker->allele_n++] = (struct amp_mix_allele){.back_to = -1,
                                                                 .forward_to = -1,
                                                                 .back_from = -1,
                                                                 .forward_from = -1,
                                                                 .bp100 = 0.3 + 0.04 * repeats};
}

static void alleles_make(struct making *mk, size_t n)
{
    struct amp_mix_marker *m = mk->marker;
    int repeats = 10;
    for (size_t i = 0; i < n; i++) {
        add(mk, repeats);
        repeats += coin(mk->made, 0.65) ? 1 : 2 + (int)below(mk->made, 2);
    }
    if (n > 2 && coin(mk->made, 0.3)) { /* not in the ladder's order */
        int swap = mk->repeats[0];
        mk->repeats[0] = mk->repeats[n - 1];
        mk->repeats[n - 1] = swap;
    }
    m->rest = -1;
    if (n > 1 && coin(mk->made, 0.6)) {
        m->rest = (int32_t)n - 1;
        mk->repeats[n - 1] = -1;
        mk->allele[n - 1].bp100 = 2;
    }
    m->genotype_n = n;
}

static void ladder_make(struct making *mk)
{
    struct amp_mix_marker *m = mk->marker;
    for (size_t a = 0; a < m->genotype_n && m->stutter > 0; a++) {
        int repeats = mk->repeats[a];
        if (repeats >= 0 && find(mk, repeats - 1) < 0) {
            add(mk, repeats - 1);
        }
        if (repeats >= 0 && m->stutter == 2 && find(mk, repeats + 1) < 0) {
            add(mk, repeats + 1);
        }
    }
    for (size_t a = 0; a < m->genotype_n && m->stutter > 0; a++) {
        if (mk->repeats[a] < 0) {
            continue;
        }
        int32_t down = find(mk, mk->repeats[a] - 1);
        int32_t up = find(mk, mk->repeats[a] + 1);
        mk->allele[a].back_to = down;
        mk->allele[down].back_from = (int32_t)a;
        mk->allele[a].loses_back = coin(mk->made, 0.9);
        if (m->stutter == 2) {
            mk->allele[a].forward_to = up;
            mk->allele[up].forward_from = (int32_t)a;
            mk->allele[a].loses_forward = coin(mk->made, 0.9);
        }
    }
}

static void frequencies_make(struct making *mk)
{
    struct amp_mix_marker *m = mk->marker;
    double sum = 0;
    for (size_t a = 0; a < m->genotype_n; a++) {
        mk->allele[a].freq = 0.02 + uniform(mk->made);
        sum += mk->allele[a].freq;
    }
    for (size_t a = 0; a < m->genotype_n; a++) {
        mk->allele[a].freq /= sum;
        mk->allele[a].typed = (double)below(mk->made, 4);
        m->typed_n += mk->allele[a].typed;
    }
}

static void heights_make(struct making *mk, struct amp_arena *arena)
{
    struct amp_mix_marker *m = mk->marker;
    for (size_t a = 0; a < m->allele_n; a++) {
        double *height = amp_arena_array(arena, m->replicate_n, sizeof *height);
        double *drop_in_log = amp_arena_array(arena, m->replicate_n, sizeof *drop_in_log);
        assert(height && drop_in_log);
        bool genotype = a < m->genotype_n;
        bool sometimes = coin(mk->made, 0.15);
        for (size_t r = 0; r < m->replicate_n; r++) {
            bool seen = (int32_t)a != m->rest && coin(mk->made, genotype ? 0.85 : 0.1);
            if (seen || (sometimes && (int32_t)a != m->rest)) {
                height[r] = floor(50 + 1500 * uniform(mk->made) * uniform(mk->made));
                double p = genotype ? mk->allele[a].freq : 0.01;
                drop_in_log[r] = amp_ln(p * 0.01) - 0.01 * (height[r] - m->threshold);
            }
        }
        mk->allele[a].height = height;
        mk->allele[a].drop_in_log = drop_in_log;
    }
}

static void known_make(struct making *mk, const struct amp_mix *mix, size_t unknown_n,
                       struct amp_arena *arena)
{
    struct amp_mix_marker *m = mk->marker;
    uint8_t *copies = amp_arena_array(arena, mix->contributor_n, m->allele_n);
    assert(copies);
    for (size_t k = 0; k < mix->contributor_n; k++) {
        if (k < unknown_n) {
            continue;
        }
        m->known |= UINT32_C(1) << k;
        size_t n = coin(mk->made, 0.15) ? 3 : 2; /* tri-allelic now and then */
        for (size_t i = 0; i < n; i++) {
            copies[k * m->allele_n + below(mk->made, m->genotype_n)]++;
        }
    }
    m->copies = copies;
}

static void marker_make(struct amp_mix_made *made, const struct amp_mix *mix,
                        struct amp_mix_marker *m, size_t known_n, struct amp_arena *arena)
{
    struct making mk = {.made = made, .marker = m};
    mk.allele = amp_arena_array(arena, AMP_MIX_ALLELES, sizeof *mk.allele);
    assert(mk.allele);
    size_t unknown_n = mix->contributor_n - known_n;
    bool missing = known_n > 0 && unknown_n < made->unknown_n && coin(made, 0.3);
    unknown_n += missing;
    static const size_t allele_max[] = {5, 5, 5, 4, 3};
    *m = (struct amp_mix_marker){
        .name = AMP_STR("M"),
        .allele = mk.allele,
        .replicate_n = 1 + (coin(made, 0.4) ? below(made, coin(made, 0.15) ? 7 : 3) : 0),
        .threshold = 50,
        .theta = coin(made, 0.5) ? 0 : 0.03,
        .drop_in = coin(made, 0.2) ? 0 : 0.05,
        .drop_in_lambda = 0.01,
        .stutter = made->stutter,
        .relative = {-1, -1},
    };
    alleles_make(&mk, 1 + below(made, allele_max[unknown_n]));
    ladder_make(&mk);
    frequencies_make(&mk);
    heights_make(&mk, arena);
    known_make(&mk, mix, unknown_n, arena);
    if (mix->related >= 0 && coin(made, 0.9)) {
        m->relative[0] = (int32_t)below(made, m->genotype_n);
        m->relative[1] = (int32_t)below(made, m->genotype_n);
    }
}

static void params_make(struct amp_mix_made *made, const struct amp_mix *mix,
                        struct amp_mix_params *params)
{
    double sum = 0;
    *params = (struct amp_mix_params){
        .mu = 400 + 600 * uniform(made),
        .omega = 0.25 + 0.3 * uniform(made),
        .beta = 0.6 + 0.5 * uniform(made),
        .xi_back = 0.01 + 0.1 * uniform(made),
        .xi_forward = 0.002 + 0.03 * uniform(made),
    };
    params->omega = made->omega > 0 ? made->omega : params->omega;
    for (size_t k = 0; k < mix->contributor_n; k++) {
        params->share[k] = 0.05 + uniform(made);
        sum += params->share[k];
    }
    for (size_t k = 0; k < mix->contributor_n; k++) {
        params->share[k] /= sum;
    }
}

struct amp_mix *amp_mix_make(struct amp_mix_made *made, struct amp_arena *arena,
                             struct amp_mix_params *params)
{
    static const double kappa[][3] = {
        {0.25, 0.5, 0.25}, {0, 1, 0}, {0.5, 0.5, 0}, {0.75, 0.25, 0}, {0, 0, 1}};
    struct amp_mix *mix = amp_arena_alloc(arena, sizeof *mix);
    struct amp_mix_marker *marker = amp_arena_array(arena, 3, sizeof *marker);
    assert(mix && marker);
    size_t unknown_n = below(made, made->unknown_n + 1);
    size_t known_n = below(made, 3);
    known_n += unknown_n + known_n == 0;
    mix->contributor_n = unknown_n + known_n;
    mix->marker_n = 1 + below(made, 3);
    mix->marker = marker;
    mix->related = made->relative && unknown_n > 0 ? (int32_t)below(made, unknown_n) : -1;
    memcpy(mix->kappa, kappa[below(made, 5)], sizeof mix->kappa);
    mix->degradation = coin(made, 0.7);
    mix->back = made->stutter > 0;
    mix->forward = made->stutter > 1;
    for (size_t i = 0; i < mix->marker_n; i++) {
        marker_make(made, mix, &marker[i], known_n, arena);
    }
    params_make(made, mix, params);
    return mix;
}
