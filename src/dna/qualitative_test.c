/* Tests of the qualitative model against its literal definition, and by hand. */
#include "base/chance.h"
#include "dna/qualitative.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
    ALLELES = 4,
    REPLICATES = 3,
    PERSONS = 3,
    ARENA = 64 << 20
};

/* One marker of a made-up case, and room for what it points to. */
struct made {
    struct amp_mix mix;
    struct amp_mix_marker marker;
    struct amp_mix_allele allele[ALLELES];
    double height[ALLELES][REPLICATES];
    uint8_t copies[PERSONS * ALLELES];
    double drop_out[PERSONS];
};

static void alleles_make(struct amp_chance *chance, struct made *made)
{
    double sum = 0;
    for (size_t a = 0; a < ALLELES; a++) {
        made->allele[a].freq = amp_chance_between(chance, 0.02, 1);
        sum += made->allele[a].freq;
        made->allele[a].typed = (double)amp_chance_below(chance, 3);
        made->marker.typed_n += made->allele[a].typed;
        made->allele[a].height = made->height[a];
        for (size_t r = 0; r < made->marker.replicate_n; r++) {
            bool seen = a != (size_t)made->marker.rest && amp_chance_hits(chance, 0.5);
            made->height[a][r] = seen ? 100 : 0;
        }
    }
    for (size_t a = 0; a < ALLELES; a++) {
        made->allele[a].freq /= sum;
    }
}

static void made_make(struct amp_chance *chance, bool related, struct made *made)
{
    *made = (struct made){.mix = {.related = -1, .marker_n = 1, .kappa = {0.25, 0.5, 0.25}}};
    made->mix.contributor_n = 1 + amp_chance_below(chance, PERSONS);
    made->mix.marker = &made->marker;
    made->marker = (struct amp_mix_marker){
        .genotype_n = ALLELES,
        .allele_n = ALLELES,
        .allele = made->allele,
        .rest = amp_chance_hits(chance, 0.5) ? ALLELES - 1 : -1,
        .replicate_n = 1 + amp_chance_below(chance, REPLICATES),
        .theta = amp_chance_hits(chance, 0.3) ? 0 : 0.03,
        .drop_in = amp_chance_hits(chance, 0.2) ? 0 : 0.05,
        .copies = made->copies,
        .relative = {(int32_t)amp_chance_below(chance, ALLELES),
                     (int32_t)amp_chance_below(chance, ALLELES)},
    };
    alleles_make(chance, made);
    bool alike = amp_chance_hits(chance, 0.5);
    size_t known_n = amp_chance_below(chance, (uint32_t)made->mix.contributor_n + 1);
    known_n -= related && known_n == made->mix.contributor_n;
    made->mix.related = related ? (int32_t)made->mix.contributor_n - 1 : -1;
    for (size_t k = 0; k < made->mix.contributor_n; k++) {
        made->drop_out[k] = alike && k > 0 ? made->drop_out[0] : amp_chance_share(chance);
        if (k < known_n) {
            made->marker.known |= 1U << k;
            made->copies[k * ALLELES + amp_chance_below(chance, ALLELES)] += 1;
            made->copies[k * ALLELES + amp_chance_below(chance, ALLELES)] += 1;
        }
    }
}

/* P(seen pattern | everybody's copies), as the header says it. */
static double pattern(const struct made *made, size_t copies[PERSONS][ALLELES])
{
    double all = 1;
    for (size_t r = 0; r < made->marker.replicate_n; r++) {
        bool dropped_in = false;
        for (size_t a = 0; a < ALLELES; a++) {
            double lost = 1;
            size_t n = 0;
            for (size_t k = 0; k < made->mix.contributor_n; k++) {
                for (size_t i = 0; i < copies[k][a]; i++, n++) {
                    lost *= made->drop_out[k];
                }
            }
            bool seen = made->height[a][r] > 0;
            if (n > 0) {
                all *= seen ? 1 - lost : lost;
            } else if (seen) {
                dropped_in = true;
                all *= made->marker.drop_in * made->allele[a].freq;
            }
        }
        all *= dropped_in ? 1 : 1 - made->marker.drop_in;
    }
    return all;
}

static double draw(const struct made *made, const size_t drawn[ALLELES], size_t n, size_t a)
{
    double theta = made->marker.theta;
    return ((made->allele[a].typed + (double)drawn[a]) * theta +
            (1 - theta) * made->allele[a].freq) /
           (1 + (made->marker.typed_n + (double)n - 1) * theta);
}

/* P of the related one's ordered alleles x, y after the others were drawn. */
static double related_prior(const struct made *made, size_t drawn[ALLELES], size_t n, size_t x,
                            size_t y)
{
    size_t c = (size_t)made->marker.relative[0];
    size_t d = (size_t)made->marker.relative[1];
    double first = draw(made, drawn, n, x);
    double alone = draw(made, drawn, n, y);
    drawn[x]++;
    double both = first * draw(made, drawn, n + 1, y);
    drawn[x]--;
    double one = 0.5 * (x == c ? alone : 0) + 0.5 * (x == d ? alone : 0);
    double same = x == c && y == d ? 1 : 0;
    return made->mix.kappa[0] * both + made->mix.kappa[1] * one + made->mix.kappa[2] * same;
}

/* One vector of ordered alleles of the unknown, two each: its prior times its pattern. */
static double literal_one(const struct made *made, size_t code)
{
    size_t copies[PERSONS][ALLELES] = {{0}};
    size_t drawn[ALLELES] = {0};
    size_t n = 0;
    double prior = 1;
    for (size_t k = 0; k < made->mix.contributor_n; k++) {
        if ((made->marker.known >> k & 1U) != 0) {
            for (size_t a = 0; a < ALLELES; a++) {
                copies[k][a] = made->copies[k * ALLELES + a];
            }
            continue;
        }
        size_t allele[2] = {code % ALLELES, code / ALLELES % ALLELES};
        code /= ALLELES * ALLELES;
        if ((int32_t)k == made->mix.related) {
            prior *= related_prior(made, drawn, n, allele[0], allele[1]);
        }
        for (size_t i = 0; i < 2; i++) {
            if ((int32_t)k != made->mix.related) {
                prior *= draw(made, drawn, n, allele[i]);
            }
            drawn[allele[i]]++;
            copies[k][allele[i]]++;
            n++;
        }
    }
    return prior * pattern(made, copies);
}

static double literal(const struct made *made)
{
    size_t total = 1;
    double sum = 0;
    for (size_t k = 0; k < made->mix.contributor_n; k++) {
        total *= (made->marker.known >> k & 1U) != 0 ? 1 : ALLELES * ALLELES;
    }
    for (size_t code = 0; code < total; code++) {
        sum += literal_one(made, code);
    }
    return sum;
}

static void compare(bool related)
{
    struct amp_chance chance = {related ? 71 : 17};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_qual_work work = {.arena = &arena};
    size_t possible = 0;
    for (int i = 0; i < 300; i++) {
        struct made made;
        double loglik = 0;
        made_make(&chance, related, &made);
        double want = literal(&made);
        assert_int_equal(amp_qual_loglik(&made.mix, made.drop_out, &work, NULL, &loglik), AMP_OK);
        if (want > 0) {
            possible++;
            assert_true(fabs(loglik - log(want)) < 1e-10 * (1 + fabs(loglik)));
        } else {
            assert_true(loglik == -INFINITY);
        }
    }
    assert_true(possible > 200);
    amp_arena_drop(&arena);
}

static void the_sum_over_alleles_is_the_sum_over_all_genotypes(void **state)
{
    (void)state;
    compare(false);
}

static void a_relative_among_the_unknown_is_summed_over_what_is_shared(void **state)
{
    (void)state;
    compare(true);
}

/* One known A/B, both seen once: (1 - d)^2 (1 - C). Two replicates, B lost in the second:
 * (1 - d)^3 d (1 - C)^2, whose maximum is at d = 1/4. */
static void drop_out_of_one_known_person_is_found_where_it_is_by_hand(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_qual_work work = {.arena = &arena};
    struct amp_qual_fit fit;
    struct made made = {.mix = {.contributor_n = 1, .marker_n = 1, .related = -1}};
    made.mix.marker = &made.marker;
    made.marker = (struct amp_mix_marker){.genotype_n = 2,
                                          .allele_n = 2,
                                          .allele = made.allele,
                                          .rest = -1,
                                          .replicate_n = 2,
                                          .drop_in = 0.1,
                                          .known = 1,
                                          .copies = made.copies};
    made.copies[0] = made.copies[1] = 1;
    made.allele[0] = (struct amp_mix_allele){.freq = 0.4, .height = made.height[0]};
    made.allele[1] = (struct amp_mix_allele){.freq = 0.6, .height = made.height[1]};
    made.height[0][0] = made.height[0][1] = made.height[1][0] = 100;
    for (int each = 0; each < 2; each++) {
        assert_int_equal(amp_qual_fit_max(&made.mix, each != 0, &work, &fit), AMP_OK);
        assert_true(fabs(fit.drop_out[0] - 0.25) < 1e-5);
        assert_true(fabs(fit.loglik - log(0.75 * 0.75 * 0.75 * 0.25 * 0.81)) < 1e-10);
        assert_true(fit.low < fit.median && fit.median < fit.high && !fit.at_border);
        /* the density is Beta(2, 4): its median is 0.31381, 5 % 0.07644, 95 % 0.65741 */
        assert_true(fabs(fit.low - 0.07644) < 1e-4 && fabs(fit.median - 0.31381) < 1e-4);
        assert_true(fabs(fit.high - 0.65741) < 1e-4);
    }
    amp_arena_drop(&arena);
}

static void own_drop_out_probabilities_are_never_worse_than_one_of_all(void **state)
{
    (void)state;
    struct amp_chance chance = {5};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_qual_work work = {.arena = &arena};
    int better = 0;
    for (int i = 0; i < 20; i++) {
        struct made made;
        struct amp_qual_fit common;
        struct amp_qual_fit each;
        made_make(&chance, i % 2 != 0, &made);
        assert_int_equal(amp_qual_fit_max(&made.mix, false, &work, &common), AMP_OK);
        assert_int_equal(amp_qual_fit_max(&made.mix, true, &work, &each), AMP_OK);
        assert_true(!(each.loglik < common.loglik - 1e-12));
        better += each.loglik > common.loglik + 1e-6;
        assert_int_equal(each.parameter_n, made.mix.contributor_n);
    }
    assert_true(better > 0);
    amp_arena_drop(&arena);
}

static void the_screen_finds_the_maximum_to_its_tolerance(void **state)
{
    (void)state;
    struct amp_chance chance = {23};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_qual_work work = {.arena = &arena};
    for (int i = 0; i < 60; i++) {
        struct made made;
        struct amp_qual_fit fit;
        double loglik = 0;
        made_make(&chance, i % 2 != 0, &made);
        assert_int_equal(amp_qual_fit_max(&made.mix, false, &work, &fit), AMP_OK);
        assert_int_equal(amp_qual_screen(&made.mix, &work, &loglik), AMP_OK);
        assert_true(loglik == fit.loglik ||
                    (loglik <= fit.loglik + 1e-9 && loglik > fit.loglik - 1e-3));
    }
    amp_arena_drop(&arena);
}

static void what_is_no_probability_or_too_large_is_refused(void **state)
{
    (void)state;
    struct amp_chance chance = {9};
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_qual_work work = {.arena = &arena};
    struct made made;
    double loglik = 7;
    made_make(&chance, false, &made);
    assert_int_equal(amp_qual_loglik_common(&made.mix, 1.5, &work, &loglik), AMP_E_RANGE);
    assert_int_equal(amp_qual_loglik_common(&made.mix, -0.1, &work, &loglik), AMP_E_RANGE);
    assert_int_equal(amp_qual_loglik_common(&made.mix, NAN, &work, &loglik), AMP_E_RANGE);
    made.marker.replicate_n = 21;
    assert_int_equal(amp_qual_loglik_common(&made.mix, 0.5, &work, &loglik), AMP_E_LIMIT);
    assert_true(loglik == 7);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_over_alleles_is_the_sum_over_all_genotypes),
        cmocka_unit_test(a_relative_among_the_unknown_is_summed_over_what_is_shared),
        cmocka_unit_test(drop_out_of_one_known_person_is_found_where_it_is_by_hand),
        cmocka_unit_test(own_drop_out_probabilities_are_never_worse_than_one_of_all),
        cmocka_unit_test(the_screen_finds_the_maximum_to_its_tolerance),
        cmocka_unit_test(what_is_no_probability_or_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
