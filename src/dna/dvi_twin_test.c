/* The joint analysis agrees with the sum over all assignments, written out. */
#include "dna/dvi.h"

#include "base/buf.h"
#include "base/chance.h"
#include "dna/kin_slow.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    CASES = 120,
    MARKERS = 2,
    ALLELES = 3,
    PERSONS = 4, /* of a family */
    VICTIMS = 3,
    ALL = 4096, /* assignments at most */
    ARENA = 1 << 27
};

/* One random small problem, as files and as read. */
struct made {
    struct amp_chance chance;
    struct amp_buf people, markers, mutation;
    struct amp_arena arena;
    struct amp_dvi dvi;
    struct amp_dvi_settings settings;
};

/* All of its assignments. */
struct all {
    size_t n;
    double log[ALL]; /* loglik + odds */
    uint32_t missing[ALL][VICTIMS];
    double loglik_none;
};

static uint32_t below(struct made *made, uint32_t limit)
{
    return amp_chance_below(&made->chance, limit);
}

static void genotypes_put(struct made *made, bool typed)
{
    for (size_t m = 0; m < MARKERS; m++) {
        if (typed && below(made, 8)) {
            uint32_t a = below(made, ALLELES);
            uint32_t b = below(made, ALLELES);
            amp_buf_printf(&made->people, "\t%u/%u", 10 + a, 10 + b);
        } else {
            amp_buf_text(&made->people, "\t-/-");
        }
    }
}

/* Founders 0 (male) and 1 (female), then anybody. */
static void family_put(struct made *made, uint32_t family, uint32_t *missing)
{
    uint32_t sex[PERSONS] = {1, 2};
    uint32_t n = 3 + below(made, PERSONS - 2);
    for (uint32_t i = 0; i < n; i++) {
        sex[i] = i < 2 ? sex[i] : 1 + below(made, 2);
        bool seeks = below(made, 2) && *missing < 4;
        bool typed = seeks ? below(made, 10) == 0 : below(made, 3) > 0;
        uint32_t father = 0;
        uint32_t mother = 1;
        for (uint32_t k = 0; k < i; k++) {
            father = sex[k] == 1 && below(made, 2) ? k : father;
            mother = sex[k] == 2 && below(made, 2) ? k : mother;
        }
        amp_buf_printf(&made->people, "family\tF%u\tP%u_%u\t", family, family, i);
        if (i < 2 || below(made, 4) == 0) {
            amp_buf_text(&made->people, "0\t0");
        } else {
            amp_buf_printf(&made->people, "P%u_%u\tP%u_%u", family, father, family, mother);
        }
        amp_buf_printf(&made->people, "\t%u", sex[i]);
        genotypes_put(made, typed);
        amp_buf_printf(&made->people, "\t%d\n", seeks);
        *missing += seeks;
    }
}

static void files_put(struct made *made)
{
    static const char *const models[] = {"none", "equal rate=0.05", "proportional rate=0.02",
                                         "stepwise rate=0.03 range=0.2 female.rate=0.01"};
    uint32_t missing = 0;
    amp_buf_text(&made->people, "kind\tfamily\tid\tfid\tmid\tsex\tA\tB\tmissing\n");
    for (uint32_t v = 0; v < VICTIMS; v++) {
        amp_buf_printf(&made->people, "victim\t-\tV%u\t0\t0\t%u", v,
                       below(made, 6) ? 1 + below(made, 2) : 0);
        genotypes_put(made, true);
        amp_buf_text(&made->people, "\t0\n");
    }
    uint32_t families = 1 + below(made, 3);
    for (uint32_t f = 0; f < families; f++) {
        family_put(made, f, &missing);
    }
    amp_buf_text(&made->markers, "marker\tallele\tfrequency\n");
    for (size_t m = 0; m < MARKERS; m++) {
        double first = amp_chance_between(&made->chance, 0.1, 0.4);
        double second = amp_chance_between(&made->chance, 0.1, 0.4);
        amp_buf_printf(&made->markers, "%c\t10\t%.17g\n%c\t11\t%.17g\n%c\t12\t%.17g\n",
                       (char)('A' + m), first, (char)('A' + m), second, (char)('A' + m),
                       1 - first - second);
        amp_buf_printf(&made->mutation, "%c : %s\n", (char)('A' + m), models[below(made, 4)]);
    }
}

/* False when the random problem has no missing person or is impossible. */
static bool made_make(struct made *made, uint64_t seed)
{
    struct amp_why why = {""};
    *made = (struct made){.chance = {seed}, .arena = amp_arena_make(ARENA)};
    made->people = amp_buf_make(1 << 16);
    made->markers = amp_buf_make(1 << 16);
    made->mutation = amp_buf_make(1 << 16);
    files_put(made);
    struct amp_dvi_files files = {amp_buf_view(&made->people),
                                  amp_buf_view(&made->markers),
                                  amp_buf_view(&made->mutation),
                                  "people",
                                  "markers",
                                  "mutation",
                                  0};
    amp_err err = amp_dvi_read(&files, &made->arena, &made->dvi, &why);
    if (err) {
        assert_int_equal(err, AMP_E_MISSING);
        return false;
    }
    made->settings = amp_dvi_settings_usual();
    made->settings.list = ALL;
    for (size_t m = 0; m < MARKERS && seed % 3 == 0; m++) {
        made->dvi.marker[m].drop_out = 0.1;
    }
    made->settings.match_odds = seed % 2 ? 1 : 0.3;
    return true;
}

static void made_drop(struct made *made)
{
    amp_buf_free(&made->people);
    amp_buf_free(&made->markers);
    amp_buf_free(&made->mutation);
    amp_arena_drop(&made->arena);
}

static double slow_log(const struct amp_kin_pedigree *pedigree, const struct amp_kin_marker *marker,
                       const struct amp_kin_genotype *genotype)
{
    return log(kin_slow(pedigree, marker, genotype, AMP_KIN_MUTATE, 0, NULL));
}

static double victim_log(const struct made *made, size_t v)
{
    const struct amp_kin_person alone = {.father = -1, .mother = -1, .twin = -1, .drop_out = true};
    double sum = 0;
    for (size_t m = 0; m < MARKERS; m++) {
        sum += slow_log(&(struct amp_kin_pedigree){1, &alone}, &made->dvi.marker[m],
                        &made->dvi.victim[v].genotype[m]);
    }
    return sum;
}

/* ln P(family with the victims in their places). */
static double family_log(const struct made *made, size_t f, const uint32_t *missing)
{
    const struct amp_dvi_family *family = &made->dvi.family[f];
    size_t n = family->pedigree.person_n;
    struct amp_kin_person person[2 * PERSONS];
    struct amp_kin_genotype genotype[2 * PERSONS];
    double sum = 0;
    for (size_t m = 0; m < MARKERS; m++) {
        memcpy(person, family->pedigree.person, n * sizeof(*person));
        memcpy(genotype, &family->genotype[m * n], n * sizeof(*genotype));
        for (size_t v = 0; v < VICTIMS; v++) {
            if (missing[v] != AMP_DVI_NONE && made->dvi.missing[missing[v]].family == f) {
                uint32_t at = made->dvi.missing[missing[v]].person;
                genotype[at] = made->dvi.victim[v].genotype[m];
                person[at].drop_out = true;
            }
        }
        sum += slow_log(&(struct amp_kin_pedigree){n, person}, &made->dvi.marker[m], genotype);
    }
    return sum;
}

static bool may_be(const struct made *made, const uint32_t *missing)
{
    for (size_t v = 0; v < VICTIMS; v++) {
        if (missing[v] == AMP_DVI_NONE) {
            continue;
        }
        enum amp_kin_sex a = made->dvi.victim[v].sex;
        enum amp_kin_sex b = made->dvi.missing[missing[v]].sex;
        if (a != b && a != AMP_KIN_UNKNOWN_SEX && b != AMP_KIN_UNKNOWN_SEX) {
            return false;
        }
        for (size_t k = 0; k < v; k++) {
            if (missing[k] == missing[v]) {
                return false;
            }
        }
    }
    return true;
}

static double assignment_log(const struct made *made, const uint32_t *missing, size_t *matched)
{
    double sum = 0;
    *matched = 0;
    for (size_t v = 0; v < VICTIMS; v++) {
        sum += missing[v] == AMP_DVI_NONE ? victim_log(made, v) : 0;
        *matched += missing[v] != AMP_DVI_NONE;
    }
    for (size_t f = 0; f < made->dvi.family_n; f++) {
        sum += family_log(made, f, missing);
    }
    return sum;
}

static void all_make(const struct made *made, struct all *all)
{
    uint32_t at[VICTIMS] = {0};
    size_t ways = 1;
    all->n = 0;
    for (size_t v = 0; v < VICTIMS; v++) {
        ways *= made->dvi.missing_n + 1;
    }
    for (size_t i = 0; i < ways; i++) {
        size_t left = i;
        for (size_t v = 0; v < VICTIMS; v++) {
            at[v] = (uint32_t)(left % (made->dvi.missing_n + 1));
            left /= made->dvi.missing_n + 1;
            at[v] = at[v] == made->dvi.missing_n ? AMP_DVI_NONE : at[v];
        }
        if (!may_be(made, at)) {
            continue;
        }
        size_t matched = 0;
        double loglik = assignment_log(made, at, &matched);
        if (matched == 0) {
            all->loglik_none = loglik;
        }
        assert_true(all->n < ALL);
        memcpy(all->missing[all->n], at, sizeof(at));
        all->log[all->n++] = loglik + (double)matched * log(made->settings.match_odds);
    }
}

static double log_total(const struct all *all)
{
    double top = -INFINITY;
    double sum = 0;
    for (size_t i = 0; i < all->n; i++) {
        top = all->log[i] > top ? all->log[i] : top;
    }
    for (size_t i = 0; i < all->n; i++) {
        sum += exp(all->log[i] - top);
    }
    return top + log(sum);
}

static void close_to(double is, double should)
{
    if (!(fabs(is - should) <= 1e-10 * fmax(1, fabs(should)))) {
        fail_msg("%.17g is not %.17g", is, should);
    }
}

static double slow_marginal(const struct all *all, uint32_t victim, uint32_t missing)
{
    double total = log_total(all);
    double sum = 0;
    for (size_t i = 0; i < all->n; i++) {
        sum += all->missing[i][victim] == missing ? exp(all->log[i] - total) : 0;
    }
    return sum;
}

static void marginals_same(const struct made *made, const struct all *all,
                           const struct amp_dvi_joint *joint)
{
    double p[VICTIMS][16] = {{0}};
    size_t none = made->dvi.missing_n;
    for (size_t i = 0; i < joint->marginal_n; i++) {
        const struct amp_dvi_marginal *marginal = &joint->marginal[i];
        size_t m = marginal->missing == AMP_DVI_NONE ? none : marginal->missing;
        p[marginal->victim][m] = marginal->probability;
    }
    for (uint32_t v = 0; v < VICTIMS; v++) {
        for (uint32_t m = 0; m <= none; m++) {
            close_to(p[v][m], slow_marginal(all, v, m == none ? AMP_DVI_NONE : m));
        }
    }
}

/* Every possible assignment is listed, with its loglik and posterior, best first. */
static void list_same(const struct all *all, const struct amp_dvi_joint *joint)
{
    size_t possible = 0;
    double total = log_total(all);
    for (size_t i = 0; i < all->n; i++) {
        if (!isfinite(all->log[i])) {
            continue;
        }
        size_t k = 0;
        while (k < joint->best_n &&
               memcmp(joint->best[k].missing, all->missing[i], sizeof(all->missing[i])) != 0) {
            k++;
        }
        assert_true(k < joint->best_n);
        double odds = 0;
        close_to(joint->best[k].posterior, exp(all->log[i] - total));
        odds = all->log[i] - joint->best[k].loglik;
        assert_true(odds < 1e-9);
        possible++;
    }
    assert_int_equal(joint->best_n, possible);
    assert_true(joint->best_all && joint->best_proven && joint->exact);
    for (size_t k = 1; k < joint->best_n; k++) {
        assert_true(joint->best[k - 1].posterior >= joint->best[k].posterior * (1 - 1e-7));
    }
}

/* False when the families cannot be as they are: told so by both. */
static bool pairs_made(struct made *made, struct all *all, struct amp_dvi_pairs *pairs)
{
    struct amp_why why = {""};
    all_make(made, all);
    amp_err err = amp_dvi_pairwise(&made->dvi, &made->settings, &made->arena, pairs, &why);
    if (!isfinite(all->loglik_none)) {
        assert_int_equal(err, AMP_E_RANGE);
        return false;
    }
    assert_int_equal(err, AMP_OK);
    return true;
}

static void the_joint_posterior_is_the_sum_over_all_assignments(void **state)
{
    (void)state;
    struct all *all = calloc(1, sizeof(*all));
    size_t checked = 0;
    assert_non_null(all);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct made made;
        struct amp_dvi_pairs pairs;
        struct amp_dvi_joint joint;
        if (made_make(&made, seed) && pairs_made(&made, all, &pairs)) {
            assert_int_equal(
                amp_dvi_joint(&made.dvi, &pairs, &made.settings, &made.arena, &joint, NULL),
                AMP_OK);
            close_to(joint.loglik_none, all->loglik_none);
            close_to(joint.loglik_none + joint.log_sum, log_total(all));
            list_same(all, &joint);
            marginals_same(&made, all, &joint);
            if (!isnan(joint.assignment_n)) {
                close_to(joint.assignment_n, (double)all->n);
            }
            checked++;
        }
        made_drop(&made);
    }
    free(all);
    assert_true(checked > CASES / 3);
}

static void a_pairwise_lr_is_the_likelihood_of_one_match_over_that_of_none(void **state)
{
    (void)state;
    struct all *all = calloc(1, sizeof(*all));
    assert_non_null(all);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct made made;
        struct amp_dvi_pairs pairs;
        if (made_make(&made, seed) && pairs_made(&made, all, &pairs)) {
            double odds = log(made.settings.match_odds);
            for (size_t i = 0; i < all->n; i++) {
                size_t matched = 0;
                size_t victim = 0;
                for (size_t v = 0; v < VICTIMS; v++) {
                    matched += all->missing[i][v] != AMP_DVI_NONE;
                    victim = all->missing[i][v] != AMP_DVI_NONE ? v : victim;
                }
                if (matched == 1) {
                    size_t at = victim * made.dvi.missing_n + all->missing[i][victim];
                    close_to(exp(pairs.log_lr[at]), exp(all->log[i] - odds - all->loglik_none));
                }
            }
        }
        made_drop(&made);
    }
    free(all);
}

/* Draws instead of the exact sum: within five standard errors of it. */
static void sampled_posteriors_are_near_the_exact_ones_as_they_say(void **state)
{
    (void)state;
    struct all *all = calloc(1, sizeof(*all));
    size_t sampled = 0;
    assert_non_null(all);
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct made made;
        struct amp_dvi_pairs pairs;
        struct amp_dvi_joint joint;
        if (made_make(&made, seed) && pairs_made(&made, all, &pairs)) {
            made.settings.exact_limit = 1;
            made.settings.joint_loss = 0;
            made.settings.sample_n = 20000;
            assert_int_equal(
                amp_dvi_joint(&made.dvi, &pairs, &made.settings, &made.arena, &joint, NULL),
                AMP_OK);
            sampled += !joint.exact;
            for (size_t i = 0; i < joint.marginal_n; i++) {
                const struct amp_dvi_marginal *marginal = &joint.marginal[i];
                double exact = slow_marginal(all, marginal->victim, marginal->missing);
                assert_true(fabs(marginal->probability - exact) <= 5 * marginal->error + 1e-4);
            }
        }
        made_drop(&made);
    }
    free(all);
    assert_true(sampled > 4);
}

static void a_floor_changes_no_probability_by_more_than_it_says(void **state)
{
    (void)state;
    struct all *all = calloc(1, sizeof(*all));
    size_t lossy = 0;
    assert_non_null(all);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct made made;
        struct amp_dvi_pairs pairs;
        struct amp_dvi_joint joint;
        if (made_make(&made, seed) && pairs_made(&made, all, &pairs)) {
            made.settings.floor = 0.2;
            assert_int_equal(
                amp_dvi_joint(&made.dvi, &pairs, &made.settings, &made.arena, &joint, NULL),
                AMP_OK);
            lossy += joint.loss_bound > 0;
            for (size_t i = 0; i < joint.marginal_n; i++) {
                const struct amp_dvi_marginal *marginal = &joint.marginal[i];
                double exact = slow_marginal(all, marginal->victim, marginal->missing);
                assert_true(fabs(marginal->probability - exact) <= joint.loss_bound + 1e-12);
            }
        }
        made_drop(&made);
    }
    free(all);
    assert_true(lossy > 0);
}

static void the_number_of_threads_changes_no_byte(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct made made;
        struct amp_dvi_pairs one;
        struct amp_dvi_pairs three;
        if (made_make(&made, seed) &&
            amp_dvi_pairwise(&made.dvi, &made.settings, &made.arena, &one, NULL) == AMP_OK) {
            made.settings.threads = 3;
            assert_int_equal(amp_dvi_pairwise(&made.dvi, &made.settings, &made.arena, &three, NULL),
                             AMP_OK);
            assert_int_equal(one.pair_n, three.pair_n);
            for (size_t i = 0; i < one.pair_n; i++) {
                assert_int_equal(one.pair[i].victim, three.pair[i].victim);
                assert_int_equal(one.pair[i].missing, three.pair[i].missing);
                assert_memory_equal(&one.pair[i].log_lr, &three.pair[i].log_lr, sizeof(double));
            }
            assert_memory_equal(one.log_lr, three.log_lr,
                                made.dvi.victim_n * made.dvi.missing_n * sizeof(*one.log_lr));
        }
        made_drop(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_joint_posterior_is_the_sum_over_all_assignments),
        cmocka_unit_test(a_pairwise_lr_is_the_likelihood_of_one_match_over_that_of_none),
        cmocka_unit_test(sampled_posteriors_are_near_the_exact_ones_as_they_say),
        cmocka_unit_test(a_floor_changes_no_probability_by_more_than_it_says),
        cmocka_unit_test(the_number_of_threads_changes_no_byte),
    };
    return cmocka_run_group_tests_name("dna/dvi_twin", tests, NULL, NULL);
}
