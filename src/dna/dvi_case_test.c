/* Real problems with what dvir 3.4.2 says of them: every printed digit. */
#include "dna/dvi.h"

#include "base/buf.h"
#include "base/testdata.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FILE_MOST = 1 << 20,
    FIELDS = 64,
    ARENA = 1 << 28
};

static const char *const names[] = {"example1",    "example2",    "fire",         "planecrash",
                                    "KETPchap481", "KETPexer497", "symmetricSibs"};
enum {
    PROBLEMS = sizeof(names) / sizeof(names[0])
};

struct solved {
    struct amp_arena arena;
    struct amp_dvi dvi;
    struct amp_dvi_settings settings;
    struct amp_dvi_pairs pairs;
    struct amp_dvi_solution solution;
    struct amp_dvi_joint joint;
};

/* A file of the data folder, or NULL. */
static struct amp_str slurp(struct amp_arena *arena, const char *rel)
{
    const char *path = amp_testdata(rel);
    FILE *file = path ? fopen(path, "rb") : NULL;
    char *bytes = file ? amp_arena_alloc(arena, FILE_MOST) : NULL;
    struct amp_str text = {bytes, bytes ? fread(bytes, 1, FILE_MOST, file) : 0};
    if (file) {
        (void)fclose(file);
    }
    return text;
}

static struct amp_str member(struct amp_arena *arena, const char *problem, const char *file)
{
    char rel[128];
    (void)snprintf(rel, sizeof(rel), "dna/dvi/%s/%s", problem, file);
    return slurp(arena, rel);
}

static bool solve(const char *problem, struct solved *out)
{
    struct amp_why why = {""};
    *out = (struct solved){.arena = amp_arena_make(ARENA), .settings = amp_dvi_settings_usual()};
    struct amp_dvi_files files = {.people = member(&out->arena, problem, "people.tsv"),
                                  .markers = member(&out->arena, problem, "markers.tsv"),
                                  .mutation = member(&out->arena, problem, "mutation.txt"),
                                  .people_name = "people.tsv",
                                  .markers_name = "markers.tsv",
                                  .mutation_name = "mutation.txt"};
    if (!files.people.ptr) {
        return false;
    }
    struct amp_arena *arena = &out->arena;
    assert_int_equal(amp_dvi_read(&files, arena, &out->dvi, &why), AMP_OK);
    assert_int_equal(amp_dvi_pairwise(&out->dvi, &out->settings, arena, &out->pairs, &why), AMP_OK);
    assert_int_equal(
        amp_dvi_solve(&out->dvi, &out->pairs, &out->settings, arena, &out->solution, &why), AMP_OK);
    assert_int_equal(
        amp_dvi_joint(&out->dvi, &out->pairs, &out->settings, arena, &out->joint, &why), AMP_OK);
    return true;
}

static size_t words(struct amp_str line, struct amp_str *word)
{
    size_t n = 0;
    for (size_t at = 0; at < line.len && n < FIELDS;) {
        while (at < line.len && line.ptr[at] == ' ') {
            at++;
        }
        size_t from = at;
        while (at < line.len && line.ptr[at] != ' ') {
            at++;
        }
        if (at > from) {
            word[n++] = (struct amp_str){line.ptr + from, at - from};
        }
    }
    return n;
}

/* The text after the line that begins with `head`. */
static bool section(struct amp_str text, const char *head, struct amp_str *out)
{
    struct amp_str line;
    while (text.len) {
        text = amp_str_cut(text, '\n', &line);
        if (amp_str_starts(line, amp_str_of(head))) {
            *out = text;
            return true;
        }
    }
    return false;
}

static void near(double is, struct amp_str printed, double tolerance)
{
    double should = 0;
    if (amp_str_is(printed, "NA")) {
        assert_true(isnan(is));
        return;
    }
    assert_int_equal(amp_str_double(printed, &should), AMP_OK);
    if (!(fabs(is - should) <= tolerance * fabs(should))) {
        fail_msg("%.17g is not %.*s", is, (int)printed.len, printed.ptr);
    }
}

static bool assignment_is(const struct solved *its, const struct amp_dvi_assignment *best,
                          const struct amp_str *word)
{
    for (size_t v = 0; v < its->dvi.victim_n; v++) {
        struct amp_str name = best->missing[v] == AMP_DVI_NONE
                                  ? AMP_STR("*")
                                  : its->dvi.missing[best->missing[v]].name;
        if (!amp_str_eq(name, word[v])) {
            return false;
        }
    }
    return true;
}

/* One line of a list: number, a missing person (or *) for each victim, loglik, the rest. It is in
 * our list with these numbers, and so good an assignment stands in its place; ties are in dvir's
 * order of rounding, not in ours. */
static void assignment_same(const struct solved *its, struct amp_str line, size_t i)
{
    struct amp_str word[FIELDS];
    size_t n = words(line, word);
    size_t at = its->dvi.victim_n + 1;
    assert_true(n > at + 1);
    if (amp_str_is(word[at], "-Inf")) {
        assert_true(i >= its->joint.best_n);
        return;
    }
    size_t k = 0;
    while (k < its->joint.best_n && !assignment_is(its, &its->joint.best[k], &word[1])) {
        k++;
    }
    assert_true(i < its->joint.best_n && k < its->joint.best_n);
    near(its->joint.best[i].loglik, word[at], 4e-12);
    near(its->joint.best[k].loglik, word[at], 4e-12);
    near(exp(its->joint.best[0].loglik - its->joint.best[k].loglik), word[at + 1], 1e-9);
}

static void pairwise_lrs_are_those_of_dvir(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_str expected = slurp(&arena, "dna/expected/dvi.out");
    AMP_TEST_NEEDS(expected.ptr);
    for (size_t i = 0; i < PROBLEMS; i++) {
        struct solved its;
        char head[64];
        struct amp_str rest;
        struct amp_str line;
        struct amp_str word[FIELDS];
        (void)snprintf(head, sizeof(head), "[%s pairwiseLR]", names[i]);
        assert_true(solve(names[i], &its));
        assert_true(section(expected, head, &rest));
        rest = amp_str_cut(rest, '\n', &line);
        for (size_t v = 0; v < its.dvi.victim_n; v++) {
            rest = amp_str_cut(rest, '\n', &line);
            assert_int_equal(words(line, word), its.dvi.missing_n + 1);
            for (size_t m = 0; m < its.dvi.missing_n; m++) {
                double log = its.pairs.log_lr[v * its.dvi.missing_n + m];
                near(exp(log), word[m + 1], 3e-8); /* as few as 8 digits are printed */
            }
        }
        amp_arena_drop(&its.arena);
    }
    amp_arena_drop(&arena);
}

static void the_best_assignments_are_those_of_dvir(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_str expected = slurp(&arena, "dna/expected/dvi.out");
    AMP_TEST_NEEDS(expected.ptr);
    size_t lists = 0;
    for (size_t i = 0; i < PROBLEMS; i++) {
        struct solved its;
        char head[64];
        struct amp_str rest;
        struct amp_str line;
        (void)snprintf(head, sizeof(head), "[%s dviJoint nrow ", names[i]);
        if (!section(expected, head, &rest)) {
            continue; /* the joint posterior of planecrash stands in a file of its own */
        }
        assert_true(solve(names[i], &its));
        rest = amp_str_cut(rest, '\n', &line);
        for (size_t k = 0; k < 12 && rest.len; k++) {
            rest = amp_str_cut(rest, '\n', &line);
            if (line.len == 0 || line.ptr[0] == '=') {
                break;
            }
            assignment_same(&its, line, k);
        }
        lists++;
        amp_arena_drop(&its.arena);
    }
    assert_int_equal(lists, 6);
    amp_arena_drop(&arena);
}

static void the_numbers_of_assignments_are_those_of_dvir(void **state)
{
    static const double counts[PROBLEMS] = {34, 14, 34, 19081, 7, 34, 1546};
    (void)state;
    for (size_t i = 0; i < PROBLEMS; i++) {
        struct solved its;
        if (!solve(names[i], &its)) {
            AMP_TEST_SKIP("no dna/dvi");
        }
        assert_true(fabs(its.joint.assignment_n - counts[i]) < 0.5);
        assert_true(fabs(its.joint.assignment_log10 - log10(counts[i])) < 1e-12);
        amp_arena_drop(&its.arena);
    }
}

static double marginal_of(const struct solved *its, uint32_t victim, uint32_t missing)
{
    for (size_t i = 0; i < its->joint.marginal_n; i++) {
        const struct amp_dvi_marginal *marginal = &its->joint.marginal[i];
        if (marginal->victim == victim && marginal->missing == missing) {
            return marginal->probability;
        }
    }
    return 0;
}

static void the_48_posteriors_of_planecrash_are_those_of_dvir(void **state)
{
    (void)state;
    struct solved its;
    struct amp_str rest;
    struct amp_str line;
    struct amp_str word[FIELDS];
    if (!solve("planecrash", &its)) {
        AMP_TEST_SKIP("no dna/dvi");
    }
    struct amp_str expected = slurp(&its.arena, "dna/expected/dvi_planecrash.out");
    assert_true(section(expected, "   V1 V2", &rest));
    for (size_t k = 0; k < 15; k++) {
        rest = amp_str_cut(rest, '\n', &line);
        assignment_same(&its, line, k);
    }
    assert_true(section(expected, "              M1  ", &rest));
    for (uint32_t v = 0; v < 8; v++) {
        rest = amp_str_cut(rest, '\n', &line);
        assert_int_equal(words(line, word), 7);
        for (uint32_t m = 0; m < 5; m++) {
            near(marginal_of(&its, v, m), word[m + 1], 6e-8); /* 8 digits are printed */
        }
        near(marginal_of(&its, v, AMP_DVI_NONE), word[6], 6e-8);
    }
    assert_true(its.joint.exact && its.joint.best_proven && !its.joint.best_all);
    amp_arena_drop(&its.arena);
}

/* A conclusion as one line: who, what, with whom, why. */
static void concluded(const struct solved *its, bool of_missing, const char *name,
                      const char *should)
{
    const struct amp_dvi *dvi = &its->dvi;
    size_t n = of_missing ? dvi->missing_n : dvi->victim_n;
    for (size_t i = 0; i < n; i++) {
        struct amp_str its_name = of_missing ? dvi->missing[i].name : dvi->victim[i].name;
        if (!amp_str_is(its_name, name)) {
            continue;
        }
        const struct amp_dvi_finding *finding =
            of_missing ? &its->solution.missing[i] : &its->solution.victim[i];
        struct amp_buf line = amp_buf_make(1 << 12);
        amp_buf_text(&line, amp_dvi_conclusion_words(finding->conclusion));
        for (size_t k = 0; k < finding->other_n; k++) {
            amp_buf_char(&line, k ? '/' : ' ');
            amp_buf_str(&line, of_missing ? dvi->victim[finding->other[k]].name
                                          : dvi->missing[finding->other[k]].name);
        }
        if (!isnan(finding->lr)) {
            amp_buf_printf(&line, " %.7g", finding->lr);
        }
        if (!isnan(finding->glr)) {
            amp_buf_printf(&line, " GLR %.9g", finding->glr);
        }
        if (finding->comment.len) {
            amp_buf_printf(&line, " (%.*s)", (int)finding->comment.len, finding->comment.ptr);
        }
        assert_string_equal(amp_buf_cstr(&line), should);
        amp_buf_free(&line);
        return;
    }
    fail_msg("there is no %s", name);
}

static void planecrash_is_solved_in_one_step_but_for_two(void **state)
{
    (void)state;
    struct solved its;
    if (!solve("planecrash", &its)) {
        AMP_TEST_SKIP("no dna/dvi");
    }
    concluded(&its, true, "M1", "Inconclusive V1 924.8816 (Best: V1)");
    concluded(&its, true, "M2", "Undisputed V6 1069007 (Step 1)");
    concluded(&its, true, "M3", "Undisputed V2 67397.36 (Step 1)");
    concluded(&its, true, "M4", "Inconclusive V3 249.3147 (Best: V3)");
    concluded(&its, true, "M5", "Undisputed V4 3.169369e+07 (Step 1)");
    concluded(&its, false, "V1", "Inconclusive 924.8816 (Best: M1)");
    concluded(&its, false, "V5", "No match 0.09090162");
    concluded(&its, false, "V6", "Undisputed M2 1069007 (Step 1)");
    concluded(&its, false, "V7", "Excluded (No compatible pairings)");
    concluded(&its, false, "V8", "Excluded (No compatible pairings)");
    amp_arena_drop(&its.arena);
}

static void families_of_several_are_solved_by_their_glr(void **state)
{
    (void)state;
    struct solved its;
    if (!solve("fire", &its)) {
        AMP_TEST_SKIP("no dna/dvi");
    }
    concluded(&its, true, "M1", "Match (GLR) V1 121.3476 GLR 70582.3872 (Joint: {M1,M2,M3})");
    concluded(&its, true, "M2",
              "Symmetric match V2/V3 GLR 2947149.1 (The data cannot tell apart (full siblings): "
              "{M2, M3} = {V2, V3})");
    concluded(&its, false, "V3",
              "Symmetric match M2/M3 1.312181 GLR 2947149.1 (The data cannot tell apart (full "
              "siblings): {M2, M3} = {V2, V3})");
    amp_arena_drop(&its.arena);
    assert_true(solve("KETPchap481", &its));
    concluded(&its, true, "M1", "Match (GLR) V1 2138875 GLR 5.20512295e+10 (Joint: {M1,M2})");
    concluded(&its, false, "V2", "Match (GLR) M2 20.50826 GLR 266666873 (Joint: {M1,M2})");
    amp_arena_drop(&its.arena);
    assert_true(solve("example1", &its));
    concluded(&its, true, "M3", "Inconclusive 10.5 GLR 10");
    amp_arena_drop(&its.arena);
    assert_true(solve("example2", &its));
    concluded(&its, true, "M2", "Inconclusive 5 GLR 50");
    concluded(&its, true, "M3", "Inconclusive V3 5 (Best: V3)");
    amp_arena_drop(&its.arena);
}

static void people_whom_the_data_cannot_tell_apart_are_named(void **state)
{
    (void)state;
    struct solved its;
    if (!solve("symmetricSibs", &its)) {
        AMP_TEST_SKIP("no dna/dvi");
    }
    concluded(&its, true, "M1",
              "Symmetric match V1/V2 GLR 1.11185695e+09 (The data cannot tell apart (full "
              "siblings): {M1, M2} = {V1, V2})");
    concluded(&its, true, "M4",
              "Symmetric match V3 146993.9 GLR 146993.855 (The data cannot tell apart (full "
              "siblings): {M3, M4} = {V3})");
    concluded(&its, true, "M5", "Disputed V5 40576.05 (Also: V6 (LR=2.9e+04))");
    concluded(&its, false, "V6", "Probable M5 29077.3 (Runner-up: -)");
    amp_arena_drop(&its.arena);
}

static void a_strict_rule_and_a_high_threshold_leave_matches_open(void **state)
{
    (void)state;
    struct solved its;
    if (!solve("planecrash", &its)) {
        AMP_TEST_SKIP("no dna/dvi");
    }
    its.settings.max_inconsistent = 15; /* V7 stays a rival of V2 */
    its.settings.strict = true;
    assert_int_equal(
        amp_dvi_solve(&its.dvi, &its.pairs, &its.settings, &its.arena, &its.solution, NULL),
        AMP_OK);
    concluded(&its, true, "M3", "Probable V2 67397.36 (Runner-up: V7 (LR=5))");
    its.settings.strict = false;
    its.settings.threshold = 1e6;
    assert_int_equal(
        amp_dvi_solve(&its.dvi, &its.pairs, &its.settings, &its.arena, &its.solution, NULL),
        AMP_OK);
    concluded(&its, true, "M2", "Undisputed V6 1069007 (Step 1)");
    concluded(&its, true, "M3", "Inconclusive V2 67397.36 (Best: V2)");
    amp_arena_drop(&its.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairwise_lrs_are_those_of_dvir),
        cmocka_unit_test(the_best_assignments_are_those_of_dvir),
        cmocka_unit_test(the_numbers_of_assignments_are_those_of_dvir),
        cmocka_unit_test(the_48_posteriors_of_planecrash_are_those_of_dvir),
        cmocka_unit_test(planecrash_is_solved_in_one_step_but_for_two),
        cmocka_unit_test(families_of_several_are_solved_by_their_glr),
        cmocka_unit_test(people_whom_the_data_cannot_tell_apart_are_named),
        cmocka_unit_test(a_strict_rule_and_a_high_threshold_leave_matches_open),
    };
    return cmocka_run_group_tests_name("dna/dvi_case", tests, NULL, NULL);
}
