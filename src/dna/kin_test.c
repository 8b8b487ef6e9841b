/* Likelihoods in pedigrees agree with enumeration, and with the programs that others published. */
#include "dna/kin.h"

#include "base/chance.h"
#include "base/testdata.h"
#include "dna/kin_beta.h"
#include "dna/kin_slow.h"
#include "dna/kin_urn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    PERSONS = 6,
    ALLELES = 4,
    CASES = 400,
    ARENA = 1 << 24,
    EXPECTED_MAX = 1 << 16
};

static const double printed = 1e-11; /* expected results have 12 digits */

static const struct amp_str allele_names[] = {AMP_STR("7"), AMP_STR("8"), AMP_STR("9"),
                                              AMP_STR("9.3"), AMP_STR("10")};

/* One random small case. */
struct random_case {
    struct amp_kin_person person[PERSONS];
    struct amp_kin_genotype genotype[PERSONS];
    struct amp_kin_pedigree pedigree;
    struct amp_kin_marker marker;
    double freq[ALLELES];
    double matrix[2][ALLELES * ALLELES];
    struct amp_arena arena;
    struct amp_chance chance;
};

static uint32_t below(struct random_case *c, uint32_t limit)
{
    return amp_chance_below(&c->chance, limit);
}

static void person_draw(struct random_case *c, size_t i)
{
    struct amp_kin_person *p = &c->person[i];
    *p = (struct amp_kin_person){.name = AMP_STR("somebody"),
                                 .father = -1,
                                 .mother = -1,
                                 .twin = -1,
                                 .sex = below(c, 2) ? AMP_KIN_MALE : AMP_KIN_FEMALE,
                                 .drop_out = below(c, 4) == 0};
    int32_t father = -1, mother = -1; /* any two earlier people: incest, loops, half siblings */
    for (int32_t k = 0; k < (int32_t)i; k++) {
        const bool man = c->person[k].sex == AMP_KIN_MALE;
        int32_t *parent = man ? &father : &mother;
        *parent = *parent < 0 || below(c, 2) ? k : *parent;
    }
    if (father >= 0 && mother >= 0 && below(c, 6) > 0) {
        p->father = father;
        p->mother = mother;
    }
    const size_t last = i - 1;
    if (i > 0 && p->father >= 0 && c->person[last].father >= 0 && below(c, 4) == 0) {
        p->father = c->person[last].father;
        p->mother = c->person[last].mother;
        p->sex = c->person[last].sex;
        p->twin = (int32_t)last;
    }
}

static void marker_draw(struct random_case *c)
{
    struct amp_kin_marker *m = &c->marker;
    const size_t n = 2 + below(c, ALLELES - 1);
    *m = (struct amp_kin_marker){.name = AMP_STR("M1"),
                                 .allele_n = n,
                                 .allele = allele_names,
                                 .freq = c->freq,
                                 .silent = -1,
                                 .x_linked = below(c, 4) == 0};
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        c->freq[i] = 0.2 + amp_chance_share(&c->chance);
        sum += c->freq[i];
    }
    for (size_t i = 0; i < n; i++) {
        c->freq[i] /= sum;
    }
    m->silent = n > 2 && below(c, 3) == 0 ? (int32_t)n - 1 : -1;
    m->drop_out = below(c, 3) == 0 ? 0.1 : 0;
    static const enum amp_kin_mutation_model models[] = {AMP_KIN_NONE,     AMP_KIN_EQUAL,
                                                         AMP_KIN_STEPWISE, AMP_KIN_PROPORTIONAL,
                                                         AMP_KIN_CUSTOM,   AMP_KIN_ONE_STEP};
    for (size_t s = 0; s < 2; s++) {
        struct amp_kin_mutation *mu = s == 0 ? &m->male : &m->female;
        *mu = (struct amp_kin_mutation){.model = models[below(c, 6)],
                                        .rate = 0.02 + 0.05 * (double)s,
                                        .rate2 = 0.01,
                                        .range = 0.2,
                                        .matrix = c->matrix[s]};
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n; k++) {
                c->matrix[s][i * n + k] = i == k ? 0.8 : 0.2 / (double)(n - 1);
            }
            c->matrix[s][i * n] += 0.1 * c->matrix[s][i * n + n - 1];
            c->matrix[s][i * n + n - 1] *= 0.9;
        }
        mu->rate2 = mu->model == AMP_KIN_STEPWISE ? 0.01 : 0;
        assert_int_equal(amp_kin_mutation_make(mu, m, &c->arena, NULL), AMP_OK);
    }
}

static void genotypes_draw(struct random_case *c, bool with_theta)
{
    const struct amp_kin_marker *m = &c->marker;
    const uint32_t visible = (uint32_t)m->allele_n - (m->silent >= 0 ? 1 : 0);
    size_t free_founders = 0;
    for (size_t i = 0; i < c->pedigree.person_n; i++) {
        struct amp_kin_genotype *g = &c->genotype[i];
        const bool hemizygous = m->x_linked && c->person[i].sex == AMP_KIN_MALE;
        *g = (struct amp_kin_genotype){-1, -1};
        if (below(c, 5) < 2) {
            free_founders += c->person[i].father < 0 ? 1 : 0;
            continue;
        }
        g->a = (int32_t)below(c, visible);
        g->b = hemizygous ? (below(c, 2) ? -1 : g->a) : (int32_t)below(c, visible);
        const int32_t twin = c->person[i].twin;
        if (twin >= 0 && c->genotype[twin].a >= 0 && !(m->drop_out > 0)) {
            *g = c->genotype[twin];
        }
    }
    c->marker.theta = with_theta && free_founders <= 3 ? 0.03 : 0;
}

static void case_draw(struct random_case *c, uint64_t seed, bool with_theta)
{
    *c = (struct random_case){.chance = {.state = seed}, .arena = amp_arena_make(ARENA)};
    c->pedigree =
        (struct amp_kin_pedigree){.person_n = 2 + below(c, PERSONS - 1), .person = c->person};
    for (size_t i = 0; i < c->pedigree.person_n; i++) {
        person_draw(c, i);
    }
    marker_draw(c);
    if (c->marker.allele_n > 3 && c->pedigree.person_n > 5) {
        c->pedigree.person_n = 5;
    }
    genotypes_draw(c, with_theta);
}

static void near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance * (fabs(a) + 1e-280))) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

/* True when the case is a possible one. */
static bool loglik_compare(uint64_t seed, bool with_theta, enum amp_kin_untyped untyped)
{
    struct random_case c;
    struct amp_why why = {""};
    case_draw(&c, seed, with_theta);
    double loglik = 0;
    amp_err err =
        amp_kin_loglik(&c.pedigree, &c.marker, c.genotype, untyped, &c.arena, &loglik, &why);
    if (err) {
        fail_msg("seed %llu: %s", (unsigned long long)seed, why.text);
    }
    const double slow = kin_slow(&c.pedigree, &c.marker, c.genotype, untyped, 0, NULL);
    if (!(fabs(exp(loglik) - slow) <= 1e-10 * slow)) {
        fail_msg("seed %llu: %.15g, enumerated %.15g", (unsigned long long)seed, exp(loglik), slow);
    }
    amp_arena_drop(&c.arena);
    return slow > 0;
}

static void any_pedigree_agrees_with_enumeration_of_all_genotypes(void **state)
{
    (void)state;
    size_t possible = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        possible += loglik_compare(seed, false, AMP_KIN_MUTATE) ? 1 : 0;
    }
    assert_true(possible > CASES / 2);
}

static void theta_agrees_with_enumeration_of_all_genotypes(void **state)
{
    (void)state;
    size_t possible = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        possible += loglik_compare(seed * 7919, true, AMP_KIN_MUTATE) ? 1 : 0;
    }
    assert_true(possible > CASES / 2);
}

static void an_untyped_founder_may_be_drawn_as_enumeration_draws(void **state)
{
    (void)state;
    size_t possible = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        possible += loglik_compare(seed * 104729, seed % 2 == 0, AMP_KIN_DRAW) ? 1 : 0;
    }
    assert_true(possible > CASES / 2);
}

static void the_genotype_of_a_missing_person_has_the_enumerated_probabilities(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct random_case c;
        struct amp_why why = {""};
        double slow[ALLELES * (ALLELES + 1) / 2], joint[ALLELES * (ALLELES + 1) / 2], scale = 0;
        case_draw(&c, seed * 15485863, seed % 3 == 0);
        const size_t person = below(&c, (uint32_t)c.pedigree.person_n);
        c.genotype[person] = (struct amp_kin_genotype){-1, -1};
        c.marker.theta = seed % 2 ? 0 : c.marker.theta;
        const enum amp_kin_untyped untyped = seed % 5 == 0 ? AMP_KIN_DRAW : AMP_KIN_MUTATE;
        amp_err err = amp_kin_joint(&c.pedigree, &c.marker, c.genotype, person, untyped, &c.arena,
                                    joint, &scale, &why);
        if (err) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, why.text);
        }
        const double sum = kin_slow(&c.pedigree, &c.marker, c.genotype, untyped, person, slow);
        for (size_t i = 0; i < c.marker.allele_n * (c.marker.allele_n + 1) / 2; i++) {
            if (!(fabs(joint[i] * exp(scale) - slow[i]) <= 1e-10 * sum)) {
                fail_msg("seed %llu, genotype %zu: %.15g, enumerated %.15g",
                         (unsigned long long)seed, i, joint[i] * exp(scale), slow[i]);
            }
        }
        amp_arena_drop(&c.arena);
    }
}

/* The lines of a file of expected results; each begins a new string. */
static char *expected_read(const char *rel)
{
    const char *path = amp_testdata(rel);
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) {
        return NULL;
    }
    char *text = calloc(1, EXPECTED_MAX);
    assert_non_null(text);
    (void)!fread(text, 1, EXPECTED_MAX - 1, file);
    (void)fclose(file);
    return text;
}

#define P(f, m, s)                                                                                 \
    {                                                                                              \
        .name = AMP_STR("person"), .father = (f), .mother = (m), .sex = (s), .twin = -1            \
    }

static const struct amp_kin_person po[] = {P(-1, -1, AMP_KIN_MALE), P(-1, -1, AMP_KIN_FEMALE),
                                           P(0, 1, AMP_KIN_MALE)};
static const struct amp_kin_person fs[] = {P(-1, -1, AMP_KIN_MALE), P(-1, -1, AMP_KIN_FEMALE),
                                           P(0, 1, AMP_KIN_MALE), P(0, 1, AMP_KIN_FEMALE)};
static const struct amp_kin_person hs[] = {P(-1, -1, AMP_KIN_MALE), P(-1, -1, AMP_KIN_FEMALE),
                                           P(-1, -1, AMP_KIN_FEMALE), P(0, 1, AMP_KIN_MALE),
                                           P(0, 2, AMP_KIN_FEMALE)};
static const struct amp_kin_person av[] = {P(-1, -1, AMP_KIN_MALE),   P(-1, -1, AMP_KIN_FEMALE),
                                           P(0, 1, AMP_KIN_MALE),     P(0, 1, AMP_KIN_MALE),
                                           P(-1, -1, AMP_KIN_FEMALE), P(3, 4, AMP_KIN_MALE)};
static const struct amp_kin_person fc[] = {P(-1, -1, AMP_KIN_MALE),   P(-1, -1, AMP_KIN_FEMALE),
                                           P(0, 1, AMP_KIN_MALE),     P(0, 1, AMP_KIN_MALE),
                                           P(-1, -1, AMP_KIN_FEMALE), P(-1, -1, AMP_KIN_FEMALE),
                                           P(2, 4, AMP_KIN_MALE),     P(3, 5, AMP_KIN_MALE)};

static const struct relation {
    size_t n, x, y; /* persons, and the two who are typed */
    const struct amp_kin_person *person;
} relations[] = {{3, 0, 2, po}, {4, 2, 3, fs}, {5, 3, 4, hs}, {6, 2, 5, av}, {8, 6, 7, fc}};

static void relation_check(const struct relation *rel, double theta, const char g[4],
                           double expected)
{
    static const double freq[] = {.1, .2, .3, .4};
    const struct amp_kin_marker marker = {.name = AMP_STR("M1"),
                                          .allele_n = 4,
                                          .allele = allele_names,
                                          .freq = freq,
                                          .silent = -1,
                                          .theta = theta};
    struct amp_kin_genotype genotype[8];
    for (size_t i = 0; i < 8; i++) {
        genotype[i] = (struct amp_kin_genotype){-1, -1};
    }
    genotype[rel->x] = (struct amp_kin_genotype){g[0] - 'A', g[1] - 'A'};
    genotype[rel->y] = (struct amp_kin_genotype){g[2] - 'A', g[3] - 'A'};
    struct amp_arena arena = amp_arena_make(ARENA);
    double loglik = 0;
    assert_int_equal(amp_kin_loglik(&(struct amp_kin_pedigree){rel->n, rel->person}, &marker,
                                    genotype, AMP_KIN_MUTATE, &arena, &loglik, NULL),
                     AMP_OK);
    near(exp(loglik), expected, printed);
    amp_arena_drop(&arena);
}

/* ln L with one order of elimination. */
static void number_take(void *ctx, const struct amp_kin_build *build, struct amp_kin_number scale,
                        uint32_t *state)
{
    struct amp_kin_number *sum = ctx;
    int64_t e = 0;
    const double m = amp_kin_net_at(&build->net, state, &e);
    *sum = amp_kin_number_add(*sum, amp_kin_number_of(m * scale.m, e + scale.e));
}

static void every_order_of_elimination_gives_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct random_case c;
        struct amp_kin_number first = {0, 0};
        case_draw(&c, seed * 65537, false);
        const struct amp_kin_question question = {
            .pedigree = &c.pedigree, .marker = &c.marker, .genotype = c.genotype, .person = -1};
        for (uint32_t order = 0; order < AMP_KIN_ORDERS; order++) {
            struct amp_kin_number sum = {0, 0};
            struct amp_kin_urn urn = {.question = &question,
                                      .order = order,
                                      .searched = true,
                                      .ctx = &sum,
                                      .take = number_take};
            assert_int_equal(amp_kin_urn_sum(&urn, &c.arena), AMP_OK);
            first = order == 0 ? sum : first;
            near(ldexp(sum.m, (int)sum.e), ldexp(first.m, (int)first.e), 1e-12);
        }
        amp_arena_drop(&c.arena);
    }
}

static void both_ways_of_drawing_from_the_urn_give_the_same(void **state)
{
    (void)state;
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct random_case c;
        case_draw(&c, seed * 50331653, true);
        const struct amp_kin_question question = {
            .pedigree = &c.pedigree, .marker = &c.marker, .genotype = c.genotype, .person = -1};
        struct amp_kin_number sum[2] = {{0, 0}, {0, 0}};
        for (size_t k = 0; k < 2; k++) {
            struct amp_kin_urn urn = {.question = &question,
                                      .way = k ? AMP_KIN_URN_NODES : AMP_KIN_URN_PARTITIONS,
                                      .ctx = &sum[k],
                                      .take = number_take};
            assert_int_equal(amp_kin_urn_sum(&urn, &c.arena), AMP_OK);
        }
        near(ldexp(sum[0].m, (int)sum[0].e), ldexp(sum[1].m, (int)sum[1].e), 1e-11);
        compared += c.marker.theta > 0 && sum[0].m > 0 ? 1 : 0;
        amp_arena_drop(&c.arena);
    }
    assert_true(compared > 50);
}

static void gauss_rules_have_the_moments_of_the_beta_distribution(void **state)
{
    (void)state;
    static const double shapes[][2] = {{0.02, 30}, {1, 1}, {0.5, 0.5}, {1e-4, 99}, {12, 0.3}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        for (size_t n = 1; n <= 12; n++) {
            double node[AMP_KIN_BETA_NODES], weight[AMP_KIN_BETA_NODES], moment = 1;
            amp_kin_beta_rule(shapes[s][0], shapes[s][1], n, node, weight);
            for (size_t k = 0; k < 2 * n; k++) {
                double sum = 0;
                for (size_t i = 0; i < n; i++) {
                    double power = weight[i];
                    for (size_t j = 0; j < k; j++) {
                        power *= node[i];
                    }
                    sum += power;
                }
                near(moment, sum, 1e-11);
                moment *= (shapes[s][0] + (double)k) / (shapes[s][0] + shapes[s][1] + (double)k);
            }
        }
    }
}

/* Two linked markers by enumeration: every person takes every pair of alleles at both. */
struct two_loci {
    const struct random_case *c;
    const struct amp_kin_marker *marker[2];
    const struct amp_kin_genotype *genotype[2];
    double r[2];
    int32_t allele[2][PERSONS][2]; /* [marker][person][side] */
    double sum;
};

static double two_moved(const struct two_loci *t, size_t m, size_t side, int32_t from, int32_t to)
{
    const struct amp_kin_mutation *mu = side == 0 ? &t->marker[m]->male : &t->marker[m]->female;
    return mu->matrix[(size_t)from * t->marker[m]->allele_n + (size_t)to];
}

static double two_inherited(const struct two_loci *t, size_t i, size_t side)
{
    const struct amp_kin_person *p = &t->c->person[i];
    const size_t parent = (size_t)(side == 0 ? p->father : p->mother);
    double sum = 0;
    for (size_t first = 0; first < 2; first++) {
        for (size_t second = 0; second < 2; second++) {
            sum += 0.5 * (first == second ? 1 - t->r[side] : t->r[side]) *
                   two_moved(t, 0, side, t->allele[0][parent][first], t->allele[0][i][side]) *
                   two_moved(t, 1, side, t->allele[1][parent][second], t->allele[1][i][side]);
        }
    }
    return sum;
}

static void two_person(struct two_loci *t, size_t i, double p)
{
    if (i == t->c->pedigree.person_n) {
        t->sum += p;
        return;
    }
    const size_t n0 = t->marker[0]->allele_n;
    const size_t n1 = t->marker[1]->allele_n;
    for (size_t code = 0; code < n0 * n0 * n1 * n1; code++) {
        t->allele[0][i][0] = (int32_t)(code % n0);
        t->allele[0][i][1] = (int32_t)(code / n0 % n0);
        t->allele[1][i][0] = (int32_t)(code / n0 / n0 % n1);
        t->allele[1][i][1] = (int32_t)(code / n0 / n0 / n1);
        double q = p;
        for (size_t m = 0; m < 2; m++) {
            const struct amp_kin_genotype *g = &t->genotype[m][i];
            const int32_t x = t->allele[m][i][0];
            const int32_t y = t->allele[m][i][1];
            if (g->a >= 0 && !((g->a == x && g->b == y) || (g->a == y && g->b == x))) {
                q = 0;
            }
            if (t->c->person[i].father < 0) {
                q *= t->marker[m]->freq[x] * t->marker[m]->freq[y];
            }
        }
        for (size_t side = 0; side < 2 && q > 0 && t->c->person[i].father >= 0; side++) {
            q *= two_inherited(t, i, side);
        }
        if (q > 0) {
            two_person(t, i + 1, q);
        }
    }
}

static void linked_markers_agree_with_enumeration_of_both(void **state)
{
    (void)state;
    size_t possible = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random_case c, d;
        struct amp_why why = {""};
        case_draw(&c, seed * 31337, false);
        case_draw(&d, seed * 27644437, false);
        c.pedigree.person_n = c.pedigree.person_n < 5 ? c.pedigree.person_n : 5;
        struct amp_kin_marker marker[2] = {c.marker, d.marker};
        struct amp_kin_genotype genotype[2 * PERSONS];
        const size_t n = c.pedigree.person_n;
        for (size_t m = 0; m < 2; m++) {
            marker[m].silent = -1;
            marker[m].drop_out = 0;
            marker[m].x_linked = false;
            marker[m].allele_n = 2;
            double *freq = m == 0 ? c.freq : d.freq;
            freq[1] = 1 - freq[0];
            marker[m].male.rate2 = marker[m].female.rate2 = 0;
            marker[m].male.model = AMP_KIN_EQUAL;
            marker[m].female.model = AMP_KIN_STEPWISE;
            assert_int_equal(amp_kin_mutation_make(&marker[m].male, &marker[m], &c.arena, &why), 0);
            assert_int_equal(amp_kin_mutation_make(&marker[m].female, &marker[m], &c.arena, &why),
                             0);
            for (size_t i = 0; i < n; i++) {
                const bool typed = below(&c, 3) > 0;
                genotype[m * n + i] = (struct amp_kin_genotype){typed ? (int32_t)below(&c, 2) : -1,
                                                                typed ? (int32_t)below(&c, 2) : -1};
                c.person[i].twin = -1;
            }
        }
        const double r[2] = {0.1, 0.03};
        const struct amp_kin_linked linked = {2, marker, genotype, r};
        struct two_loci slow = {.c = &c,
                                .marker = {&marker[0], &marker[1]},
                                .genotype = {genotype, genotype + n},
                                .r = {r[0], r[1]}};
        two_person(&slow, 0, 1);
        double loglik[2];
        amp_err err =
            amp_kin_loglik_linked(&c.pedigree, &linked, AMP_KIN_MUTATE, &c.arena, loglik, &why);
        if (err) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, why.text);
        }
        near(exp(loglik[0] + loglik[1]), slow.sum, 1e-10);
        possible += slow.sum > 0 ? 1 : 0;
        amp_arena_drop(&c.arena);
        amp_arena_drop(&d.arena);
    }
    assert_true(possible > 30);
}

static void markers_that_recombine_freely_are_independent(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct random_case c;
        case_draw(&c, seed * 424243, false);
        const struct amp_kin_marker marker[3] = {c.marker, c.marker, c.marker};
        struct amp_kin_genotype genotype[3 * PERSONS];
        const size_t n = c.pedigree.person_n;
        for (size_t i = 0; i < 3 * n; i++) {
            genotype[i] = c.genotype[i % n];
        }
        const double r[4] = {0.5, 0.5, 0.5, 0.5};
        double alone = 0, loglik[3];
        const struct amp_kin_linked linked = {3, marker, genotype, r};
        assert_int_equal(amp_kin_loglik(&c.pedigree, &c.marker, c.genotype, AMP_KIN_MUTATE,
                                        &c.arena, &alone, NULL),
                         AMP_OK);
        assert_int_equal(
            amp_kin_loglik_linked(&c.pedigree, &linked, AMP_KIN_MUTATE, &c.arena, loglik, NULL),
            AMP_OK);
        const double sum = loglik[0] + loglik[1] + loglik[2];
        assert_true(sum == 3 * alone || fabs(sum - 3 * alone) < 1e-10);
        amp_arena_drop(&c.arena);
    }
}

/* Persons in the opposite order: children before their parents. */
static void the_order_of_persons_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct random_case c;
        struct amp_kin_person person[PERSONS];
        struct amp_kin_genotype genotype[PERSONS];
        double forth = 0, back = 0;
        case_draw(&c, seed * 6151, seed % 4 == 0);
        const size_t n = c.pedigree.person_n;
        for (size_t i = 0; i < n; i++) {
            struct amp_kin_person *p = &c.person[i];
            p->twin = -1;
            struct amp_kin_person *q = &person[n - 1 - i];
            *q = *p;
            q->father = p->father < 0 ? -1 : (int32_t)n - 1 - p->father;
            q->mother = p->mother < 0 ? -1 : (int32_t)n - 1 - p->mother;
            genotype[n - 1 - i] = c.genotype[i];
        }
        assert_int_equal(amp_kin_loglik(&c.pedigree, &c.marker, c.genotype, AMP_KIN_MUTATE,
                                        &c.arena, &forth, NULL),
                         AMP_OK);
        assert_int_equal(amp_kin_loglik(&(struct amp_kin_pedigree){n, person}, &c.marker, genotype,
                                        AMP_KIN_MUTATE, &c.arena, &back, NULL),
                         AMP_OK);
        assert_true(forth == back || fabs(forth - back) < 1e-11);
        amp_arena_drop(&c.arena);
    }
}

static void standard_relations_have_the_published_likelihoods(void **state)
{
    (void)state;
    char *text = expected_read("dna/expected/kin_bench.out");
    AMP_TEST_NEEDS(text);
    size_t lines = 0;
    for (const char *at = strstr(text, "theta=0.00"); at; at = strstr(at + 1, "theta=0.")) {
        double theta = 0, value[5];
        char g[4];
        assert_int_equal(sscanf(at, "theta=%lf x=%c/%c y=%c/%c PO=%lf FS=%lf HS=%lf AV=%lf FC=%lf",
                                &theta, &g[0], &g[1], &g[2], &g[3], &value[0], &value[1], &value[2],
                                &value[3], &value[4]),
                         10);
        for (size_t r = 0; r < 5; r++) {
            relation_check(&relations[r], theta, g, value[r]);
        }
        lines++;
    }
    assert_int_equal(lines, 18);
    free(text);
}

/* Mother 13/14; the child and the alleged father of the three published cases. */
static const double trio_freq[] = {.05, .2, .3, .25, .2};
static const struct amp_str trio_names[] = {AMP_STR("11"), AMP_STR("12"), AMP_STR("13"),
                                            AMP_STR("14"), AMP_STR("15")};
static const struct amp_kin_genotype trio_cases[3][3] = {
    {{2, 3}, {2, 4}, {0, 1}}, {{2, 3}, {2, 2}, {0, 1}}, {{2, 3}, {1, 2}, {1, 1}}};

static double trio_lik(enum amp_kin_mutation_model model, double theta, size_t which, bool related,
                       enum amp_kin_untyped untyped)
{
    static const struct amp_kin_person person[] = {P(-1, -1, AMP_KIN_FEMALE),
                                                   P(-1, -1, AMP_KIN_MALE), P(-1, -1, AMP_KIN_MALE),
                                                   P(1, 0, AMP_KIN_MALE), P(2, 0, AMP_KIN_MALE)};
    struct amp_kin_marker marker = {
        .name = AMP_STR("M1"),
        .allele_n = 5,
        .allele = trio_names,
        .freq = trio_freq,
        .silent = -1,
        .theta = theta,
        .male = {.model = model, .rate = .003, .rate2 = 1e-7, .range = .1},
        .female = {.model = model, .rate = .001, .rate2 = 1e-7, .range = .1}};
    const struct amp_kin_genotype *g = trio_cases[which];
    const struct amp_kin_genotype none = {-1, -1};
    const struct amp_kin_genotype genotype[] = {g[0], g[2], none, related ? g[1] : none,
                                                related ? none : g[1]};
    struct amp_arena arena = amp_arena_make(ARENA);
    double loglik = 0;
    assert_int_equal(amp_kin_mutation_make(&marker.male, &marker, &arena, NULL), AMP_OK);
    assert_int_equal(amp_kin_mutation_make(&marker.female, &marker, &arena, NULL), AMP_OK);
    assert_int_equal(amp_kin_loglik(&(struct amp_kin_pedigree){5, person}, &marker, genotype,
                                    untyped, &arena, &loglik, NULL),
                     AMP_OK);
    amp_arena_drop(&arena);
    return exp(loglik);
}

static const struct trio_model {
    const char *name, *familias;
    enum amp_kin_mutation_model model;
} trio_models[] = {{"\nnone", NULL, AMP_KIN_NONE},
                   {"\nequal", "Equal", AMP_KIN_EQUAL},
                   {"\nproportional", "Proportional", AMP_KIN_PROPORTIONAL},
                   {"\nstepwise", "Stepwise", AMP_KIN_STEPWISE}};

static void trios_with_mutation_have_the_published_likelihoods(void **state)
{
    (void)state;
    char *text = expected_read("dna/expected/kin_bench.out");
    AMP_TEST_NEEDS(text);
    const char *section = strstr(text, "== paternity trio");
    assert_non_null(section);
    for (size_t m = 0; m < 4; m++) {
        const char *at = strstr(section, trio_models[m].name);
        double l1[3], l2[3];
        assert_non_null(at);
        assert_int_equal(sscanf(at, "%*s L1 %lf %lf %lf L2 %lf %lf %lf", &l1[0], &l1[1], &l1[2],
                                &l2[0], &l2[1], &l2[2]),
                         6);
        for (size_t k = 0; k < 3; k++) {
            near(trio_lik(trio_models[m].model, 0, k, true, AMP_KIN_MUTATE), l1[k], printed);
            near(trio_lik(trio_models[m].model, 0, k, false, AMP_KIN_MUTATE), l2[k], printed);
        }
    }
    free(text);
}

static void drawing_untyped_founders_gives_the_numbers_of_familias_with_theta_too(void **state)
{
    (void)state;
    char *text = expected_read("dna/expected/familias_check.out");
    AMP_TEST_NEEDS(text);
    size_t seen = 0;
    for (size_t m = 1; m < 4; m++) {
        const char *at = strstr(text, trio_models[m].familias);
        for (; at; at = strstr(at + 1, trio_models[m].familias)) {
            double theta = 0, l1[3], l2[3];
            assert_int_equal(sscanf(at, "%*s theta %lf likelihoods p1 %lf %lf %lf p2 %lf %lf %lf",
                                    &theta, &l1[0], &l1[1], &l1[2], &l2[0], &l2[1], &l2[2]),
                             7);
            for (size_t k = 0; k < 3; k++) {
                const enum amp_kin_mutation_model model = trio_models[m].model;
                near(trio_lik(model, theta, k, true, AMP_KIN_DRAW), l1[k], printed);
                near(trio_lik(model, theta, k, false, AMP_KIN_DRAW), l2[k], printed);
            }
            seen++;
        }
    }
    assert_int_equal(seen, 6);
    free(text);
}

static void a_silent_allele_explains_what_familias_lets_it_explain(void **state)
{
    (void)state;
    static const struct amp_kin_person person[] = {P(-1, -1, AMP_KIN_FEMALE),
                                                   P(-1, -1, AMP_KIN_MALE), P(1, 0, AMP_KIN_MALE)};
    static const struct amp_kin_person apart[] = {P(-1, -1, AMP_KIN_FEMALE),
                                                  P(-1, -1, AMP_KIN_MALE), P(3, 0, AMP_KIN_MALE),
                                                  P(-1, -1, AMP_KIN_MALE)};
    static const struct amp_kin_genotype genotype[] = {{0, 0}, {1, 1}, {1, 1}, {-1, -1}};
    static const double freq[] = {.1, .2, .68, .02};
    const struct amp_kin_marker marker = {
        .name = AMP_STR("M1"), .allele_n = 4, .allele = allele_names, .freq = freq, .silent = 3};
    struct amp_arena arena = amp_arena_make(ARENA);
    double l1 = 0, l2 = 0;
    assert_int_equal(amp_kin_loglik(&(struct amp_kin_pedigree){3, person}, &marker, genotype,
                                    AMP_KIN_MUTATE, &arena, &l1, NULL),
                     AMP_OK);
    assert_int_equal(amp_kin_loglik(&(struct amp_kin_pedigree){4, apart}, &marker, genotype,
                                    AMP_KIN_MUTATE, &arena, &l2, NULL),
                     AMP_OK);
    near(exp(l1), 8.8e-05, printed);
    near(exp(l2), 1.92e-05, printed);
    near(exp(l1 - l2), 4.58333333333, printed);
    amp_arena_drop(&arena);
}

/* Alleles 7, 8, 9 with .1, .2, .5 and a silent one with .2. */
static void no_model_mutates_from_or_to_a_silent_allele(void **state)
{
    (void)state;
    static const struct amp_str names[] = {AMP_STR("7"), AMP_STR("8"), AMP_STR("9"),
                                           AMP_STR("silent")};
    static const double freq[] = {.1, .2, .5, .2};
    static const enum amp_kin_mutation_model model[] = {
        AMP_KIN_EQUAL, AMP_KIN_PROPORTIONAL, AMP_KIN_ONE_STEP, AMP_KIN_STEPWISE, AMP_KIN_DAWID};
    const struct amp_kin_marker marker = {
        .name = AMP_STR("M1"), .allele_n = 4, .allele = names, .freq = freq, .silent = 3};
    struct amp_arena arena = amp_arena_make(ARENA);
    for (size_t k = 0; k < sizeof model / sizeof model[0]; k++) {
        struct amp_kin_mutation mu = {.model = model[k], .rate = .004, .range = .1};
        assert_int_equal(amp_kin_mutation_make(&mu, &marker, &arena, NULL), AMP_OK);
        for (size_t i = 0; i < 3; i++) {
            assert_true(mu.matrix[4 * i + 3] == 0 && mu.matrix[12 + i] == 0);
            near(mu.matrix[4 * i] + mu.matrix[4 * i + 1] + mu.matrix[4 * i + 2], 1, 1e-14);
        }
        assert_true(mu.matrix[15] == 1);
        if (model[k] == AMP_KIN_EQUAL) {
            near(mu.matrix[1], .002, 1e-14);
        } else if (model[k] == AMP_KIN_PROPORTIONAL) {
            /* alpha = .004 / (.1 * 7/8 + .2 * 6/8 + .5 * 3/8) */
            near(mu.matrix[1], .004 / .425 * .25, 1e-14);
            near(mu.matrix[4], .004 / .425 * .125, 1e-14);
            near(.1 * (1 - mu.matrix[0]) + .2 * (1 - mu.matrix[5]) + .5 * (1 - mu.matrix[10]), .004,
                 1e-12);
        }
    }
    const struct amp_kin_marker lone = {
        .name = AMP_STR("M1"), .allele_n = 2, .allele = &names[2], .freq = &freq[2], .silent = 1};
    struct amp_kin_mutation mu = {.model = AMP_KIN_EQUAL, .rate = .004};
    assert_int_equal(amp_kin_mutation_make(&mu, &lone, &arena, NULL), AMP_OK);
    assert_true(mu.matrix[0] == 1 && mu.matrix[1] == 0 && mu.matrix[2] == 0 && mu.matrix[3] == 1);
    amp_arena_drop(&arena);
}

static void mutation_matrices_have_the_published_numbers(void **state)
{
    (void)state;
    static const struct amp_str whole[] = {AMP_STR("7"), AMP_STR("8"), AMP_STR("9"), AMP_STR("10")};
    static const double freq5[] = {.1, .2, .3, .1, .3};
    static const double freq4[] = {.1, .2, .3, .4};
    static const struct {
        enum amp_kin_mutation_model model;
        size_t n;
        const struct amp_str *names;
        const double *freq;
    } rows[] = {{AMP_KIN_EQUAL, 5, allele_names, freq5},
                {AMP_KIN_PROPORTIONAL, 5, allele_names, freq5},
                {AMP_KIN_STEPWISE, 5, allele_names, freq5},
                {AMP_KIN_DAWID, 4, whole, freq4}};
    char *text = expected_read("dna/expected/kin_bench.out");
    AMP_TEST_NEEDS(text);
    const char *at = strchr(text, '\n');
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        const struct amp_kin_marker marker = {.name = AMP_STR("M1"),
                                              .allele_n = rows[k].n,
                                              .allele = rows[k].names,
                                              .freq = rows[k].freq,
                                              .silent = -1};
        struct amp_kin_mutation mu = {
            .model = rows[k].model, .rate = .002, .rate2 = 1e-6, .range = .1};
        struct amp_arena arena = amp_arena_make(ARENA);
        assert_int_equal(amp_kin_mutation_make(&mu, &marker, &arena, NULL), AMP_OK);
        at = strchr(at + 1, '\n'); /* the head */
        for (size_t i = 0; i < rows[k].n; i++) {
            char *next = NULL;
            (void)strtod(at, &next); /* the name of the row */
            for (size_t j = 0; j < rows[k].n; j++) {
                const double value = strtod(next, &next);
                const double made = mu.matrix[i * rows[k].n + j];
                if (!(fabs(made - value) <= 1e-15 + printed * value)) {
                    fail_msg("model %zu, %zu to %zu: %.15g is not %.15g", k, i, j, made, value);
                }
            }
            at = strchr(at + 1, '\n');
        }
        amp_arena_drop(&arena);
    }
    free(text);
}

static void mutation_that_cannot_be_is_refused_with_what_to_do(void **state)
{
    (void)state;
    static const double freq[] = {.001, .299, .3, .1, .3};
    static const struct amp_str odd[] = {AMP_STR("7"), AMP_STR("8"), AMP_STR("9"), AMP_STR("rest"),
                                         AMP_STR("10")};
    const struct {
        struct amp_kin_mutation mutation;
        const struct amp_str *names;
        const char *says;
    } wrong[] = {
        {{.model = AMP_KIN_STEPWISE, .rate = .002, .range = .1}, odd, "equal or proportional"},
        {{.model = AMP_KIN_EQUAL, .rate = 1.5}, allele_names, "not within 0..1"},
        {{.model = AMP_KIN_STEPWISE, .rate = .1, .range = 2}, allele_names, "range"},
        {{.model = AMP_KIN_PROPORTIONAL, .rate = .9}, allele_names, "lower rate"},
        {{.model = AMP_KIN_DAWID, .rate = .1, .range = .1}, allele_names, "stepwise"},
        {{.model = AMP_KIN_CUSTOM}, allele_names, "probabilities that sum to 1"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct amp_kin_marker marker = {.name = AMP_STR("M1"),
                                              .allele_n = 5,
                                              .allele = wrong[i].names,
                                              .freq = freq,
                                              .silent = -1};
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_kin_mutation mutation = wrong[i].mutation;
        struct amp_why why = {""};
        assert_int_equal(amp_kin_mutation_make(&mutation, &marker, &arena, &why), AMP_E_RANGE);
        assert_non_null(strstr(why.text, "M1"));
        if (!strstr(why.text, wrong[i].says)) {
            fail_msg("\"%s\" says nothing of \"%s\"", why.text, wrong[i].says);
        }
        amp_arena_drop(&arena);
    }
}

/* Many untyped founders and theta, with stepwise mutation between many alleles. */
static void what_is_too_large_is_refused_and_says_what_to_do(void **state)
{
    (void)state;
    struct amp_kin_person person[14];
    struct amp_kin_genotype genotype[14];
    static double freq[64];
    static struct amp_str names[64];
    struct amp_arena arena = amp_arena_make(ARENA);
    for (size_t a = 0; a < 64; a++) {
        freq[a] = 1.0 / 64;
        names[a] = amp_arena_printf(&arena, "%zu", a + 5);
    }
    for (size_t i = 0; i < 14; i++) {
        person[i] = (struct amp_kin_person)P(-1, -1, i % 2 ? AMP_KIN_FEMALE : AMP_KIN_MALE);
        genotype[i] = (struct amp_kin_genotype){-1, -1};
        if (i >= 6) { /* two children of each of the first six, in a ring */
            person[i].father = (int32_t)((i - 6) % 3 * 2);
            person[i].mother = (int32_t)(((i - 6) / 2 % 3) * 2 + 1);
            genotype[i] = (struct amp_kin_genotype){0, (int32_t)(i % 4)};
        }
    }
    struct amp_kin_marker marker = {.name = AMP_STR("M1"),
                                    .allele_n = 64,
                                    .allele = names,
                                    .freq = freq,
                                    .silent = -1,
                                    .theta = .01};
    marker.male = marker.female =
        (struct amp_kin_mutation){.model = AMP_KIN_STEPWISE, .rate = .001, .range = .1};
    assert_int_equal(amp_kin_mutation_make(&marker.male, &marker, &arena, NULL), AMP_OK);
    assert_int_equal(amp_kin_mutation_make(&marker.female, &marker, &arena, NULL), AMP_OK);
    const struct amp_kin_pedigree pedigree = {14, person};
    struct amp_why why = {""};
    double loglik = 5;
    assert_int_equal(
        amp_kin_loglik(&pedigree, &marker, genotype, AMP_KIN_MUTATE, &arena, &loglik, &why),
        AMP_E_LIMIT);
    assert_non_null(strstr(why.text, "type a founder"));
    assert_true(loglik > 4); /* untouched */
    marker.theta = .01;      /* with few classes of alleles it can be done */
    marker.male.model = marker.female.model = AMP_KIN_NONE;
    assert_int_equal(
        amp_kin_loglik(&pedigree, &marker, genotype, AMP_KIN_MUTATE, &arena, &loglik, &why),
        AMP_OK);
    assert_true(loglik < 0);
    amp_arena_drop(&arena);
}

/* Six generations of ten who have children with each other; only the last is typed. */
static void an_entangled_pedigree_of_many_alleles_is_refused_before_memory_is_out(void **state)
{
    (void)state;
    struct amp_kin_person person[60];
    struct amp_kin_genotype genotype[60];
    struct amp_arena arena = amp_arena_make(ARENA);
    static double freq[250];
    static struct amp_str names[250];
    for (size_t a = 0; a < 250; a++) {
        freq[a] = 1.0 / 250;
        names[a] = amp_arena_printf(&arena, "%zu", a + 1);
    }
    for (size_t i = 0; i < 60; i++) {
        person[i] = (struct amp_kin_person)P(-1, -1, i % 2 ? AMP_KIN_FEMALE : AMP_KIN_MALE);
        genotype[i] = (struct amp_kin_genotype){-1, -1};
        if (i >= 10) {
            const size_t first = i / 10 * 10 - 10; /* of the generation before */
            person[i].father = (int32_t)(first + i * 7 % 5 * 2);
            person[i].mother = (int32_t)(first + (i * 3 + i / 5) % 5 * 2 + 1);
        }
        if (i >= 50) {
            genotype[i] = (struct amp_kin_genotype){(int32_t)i, (int32_t)(i * 3)};
        }
    }
    struct amp_kin_marker marker = {
        .name = AMP_STR("M1"), .allele_n = 250, .allele = names, .freq = freq, .silent = -1};
    marker.male = (struct amp_kin_mutation){.model = AMP_KIN_STEPWISE, .rate = .001, .range = .1};
    assert_int_equal(amp_kin_mutation_make(&marker.male, &marker, &arena, NULL), AMP_OK);
    marker.female = marker.male;
    const struct amp_kin_pedigree pedigree = {60, person};
    struct amp_why why = {""};
    double loglik = 5;
    assert_int_equal(
        amp_kin_loglik(&pedigree, &marker, genotype, AMP_KIN_MUTATE, &arena, &loglik, &why),
        AMP_E_LIMIT);
    assert_non_null(strstr(why.text, "too entangled"));
    assert_true(loglik > 4);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_pedigree_agrees_with_enumeration_of_all_genotypes),
        cmocka_unit_test(theta_agrees_with_enumeration_of_all_genotypes),
        cmocka_unit_test(an_untyped_founder_may_be_drawn_as_enumeration_draws),
        cmocka_unit_test(the_genotype_of_a_missing_person_has_the_enumerated_probabilities),
        cmocka_unit_test(every_order_of_elimination_gives_the_same),
        cmocka_unit_test(both_ways_of_drawing_from_the_urn_give_the_same),
        cmocka_unit_test(gauss_rules_have_the_moments_of_the_beta_distribution),
        cmocka_unit_test(linked_markers_agree_with_enumeration_of_both),
        cmocka_unit_test(markers_that_recombine_freely_are_independent),
        cmocka_unit_test(the_order_of_persons_does_not_matter),
        cmocka_unit_test(standard_relations_have_the_published_likelihoods),
        cmocka_unit_test(trios_with_mutation_have_the_published_likelihoods),
        cmocka_unit_test(drawing_untyped_founders_gives_the_numbers_of_familias_with_theta_too),
        cmocka_unit_test(a_silent_allele_explains_what_familias_lets_it_explain),
        cmocka_unit_test(no_model_mutates_from_or_to_a_silent_allele),
        cmocka_unit_test(mutation_matrices_have_the_published_numbers),
        cmocka_unit_test(mutation_that_cannot_be_is_refused_with_what_to_do),
        cmocka_unit_test(what_is_too_large_is_refused_and_says_what_to_do),
        cmocka_unit_test(an_entangled_pedigree_of_many_alleles_is_refused_before_memory_is_out),
    };
    return cmocka_run_group_tests_name("dna/kin", tests, NULL, NULL);
}
