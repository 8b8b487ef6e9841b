/* Familias files are read whole, written so that they read back the same, and give its numbers. */
#include "dna/fam.h"

#include "base/testdata.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FILE_MAX_BYTES = 1 << 20,
    ARENA = 1 << 26
};

static const double printed = 1e-10;

static char *file_read(const char *rel)
{
    const char *path = amp_testdata(rel);
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) {
        return NULL;
    }
    char *text = calloc(1, FILE_MAX_BYTES);
    assert_non_null(text);
    (void)!fread(text, 1, FILE_MAX_BYTES - 1, file);
    (void)fclose(file);
    return text;
}

/* The ratio of two pedigrees of a file; per marker too when asked for. */
static double ratio(const char *text, size_t of, size_t against, struct amp_arena *arena,
                    struct amp_kin_case *kc, struct amp_kin_result *result)
{
    struct amp_fam fam;
    struct amp_why why = {""};
    const struct amp_kin_override override = {.theta_given = false};
    amp_err err = amp_fam_read(amp_str_of(text), "case.fam", arena, &fam, &why);
    err = err ? err : amp_fam_case(&fam, &override, arena, kc, &why);
    err = err ? err : amp_kin_case_run(kc, AMP_KIN_MUTATE, against, arena, result, &why);
    if (err) {
        fail_msg("%s", why.text);
    }
    return exp(result->log_ratio[of]);
}

static void close_to(double a, double b)
{
    if (!(fabs(a - b) <= printed * fabs(b))) {
        fail_msg("%.15g is not %.15g", a, b);
    }
}

static const struct {
    const char *file;
    size_t of, against;
    double ratio;
} published[] = {
    {"dna/pedsuite/halfsib.fam", 0, 1, 224541343.367},
    {"dna/pedsuite/sibship.fam", 0, 1, 524764.234817},
    {"dna/pedsuite/halfsib-test.fam", 0, 1, 0.326877870307},
    {"dna/pedsuite/paternity.fam", 1, 0, 0.00131519333526},
};

static void published_cases_have_their_published_likelihood_ratios(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        char *text = file_read(published[i].file);
        AMP_TEST_NEEDS(text);
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_kin_case kc;
        struct amp_kin_result result;
        const double lr = ratio(text, published[i].of, published[i].against, &arena, &kc, &result);
        close_to(lr, published[i].ratio);
        amp_arena_drop(&arena);
        free(text);
    }
}

static void each_marker_has_its_published_ratio(void **state)
{
    (void)state;
    static const struct {
        const char *file, *section;
        double digits;
    } tables[] = {{"dna/pedsuite/halfsib.fam", "== halfsib.fam", 1e-9},
                  {"dna/pedsuite/sibship.fam", "== sibship.fam", 3e-10},
                  {"dna/pedsuite/halfsib-test.fam", "== halfsib-test.fam", 2e-10}};
    char *expected = file_read("dna/expected/kin_bench.out");
    AMP_TEST_NEEDS(expected);
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        char *text = file_read(tables[t].file);
        AMP_TEST_NEEDS(text);
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_kin_case kc;
        struct amp_kin_result result;
        (void)ratio(text, 0, 1, &arena, &kc, &result);
        const char *section = strstr(expected, tables[t].section);
        assert_non_null(section);
        for (size_t m = 0; m < kc.marker_n; m++) {
            char name[80];
            (void)snprintf(name, sizeof name, "\n%.*s ", (int)kc.marker[m].name.len,
                           kc.marker[m].name.ptr);
            const char *at = strstr(section, name);
            assert_non_null(at);
            const double value = strtod(at + strlen(name), NULL);
            const double lr = exp(result.loglik[m] - result.loglik[kc.marker_n + m]);
            if (!(fabs(lr - value) <= tables[t].digits * value + 1e-10 * value)) {
                fail_msg("%s%.15g is not %.15g", name, lr, value);
            }
        }
        amp_arena_drop(&arena);
        free(text);
    }
    free(expected);
}

static void a_file_that_is_written_reads_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        char *text = file_read(published[i].file);
        AMP_TEST_NEEDS(text);
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_fam fam;
        struct amp_why why = {""};
        struct amp_buf once = amp_buf_make(FILE_MAX_BYTES);
        struct amp_buf twice = amp_buf_make(FILE_MAX_BYTES);
        assert_int_equal(amp_fam_read(amp_str_of(text), "a.fam", &arena, &fam, &why), AMP_OK);
        amp_fam_write(&fam, &once);
        const size_t tail = fam.tail.len;
        assert_int_equal(amp_fam_read(amp_buf_view(&once), "b.fam", &arena, &fam, &why), AMP_OK);
        amp_fam_write(&fam, &twice);
        assert_int_equal(once.len, twice.len);
        assert_memory_equal(once.data, twice.data, once.len);
        assert_int_equal(fam.tail.len, tail);
        struct amp_kin_case kc;
        struct amp_kin_result result;
        const double lr =
            ratio(amp_buf_cstr(&once), published[i].of, published[i].against, &arena, &kc, &result);
        close_to(lr, published[i].ratio);
        amp_buf_free(&once);
        amp_buf_free(&twice);
        amp_arena_drop(&arena);
        free(text);
    }
}

/* A file with what the published ones lack: twins, a silent allele, drop-out, theta, [DVI]. */
static const char made[] = "\"Output from Familias, version 3.3.1\"\n\"\"\n3.3.1\n\"\"\n2\n"
                           "\"A\"\n#FALSE#\n-1 (Consider dropouts)\n#FALSE#\n#TRUE#\n1\n0\n1\n0\n"
                           "\"B\"\n#FALSE#\n-1\n#FALSE#\n#TRUE#\n1\n0\n0\n0\n"
                           "\"Known relations\"\n0\n0\n0\n2\n"
                           "0\n\"same\"\n0\n0\n1\n0kDirect\n1\n"
                           "1\n\"father\"\n0\n0\n1\n0\n1\n"
                           "#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: 0.02 )\n1\n#TRUE#\n\"db\"\n"
                           "\"TH01\"\n0.001\n0.002\n1\n1\n3\n0.1\n0.1\n0\n0\n#TRUE#\n0.05\n"
                           "2\t(DatabaseSize = 100 , Dropout probability = 0.1 , "
                           "Minor allele frequency = 0.001 )\n\"6\"\n0.45\n\"9.3\"\n0.5\n"
                           "[DVI]\nanything\n";

static void twins_silent_alleles_drop_out_and_theta_are_read(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_kin_result result;
    (void)ratio(made, 0, 1, &arena, &kc, &result);
    assert_true(kc.person[0].drop_out && !kc.person[1].drop_out);
    assert_int_equal(kc.hypothesis[0].pedigree.person[1].twin, 0);
    assert_int_equal(kc.hypothesis[1].pedigree.person[1].father, 0);
    assert_int_equal(kc.hypothesis[1].pedigree.person_n, 3); /* with an untyped mother */
    assert_int_equal(kc.marker[0].silent, 2);
    assert_true(fabs(kc.marker[0].theta - 0.02) < 1e-15);
    assert_true(fabs(kc.marker[0].drop_out - 0.1) < 1e-15);
    assert_int_equal(kc.note_n, 1); /* the [DVI] section */
    /* 6/9.3 and 6/6 cannot both be of one person unless alleles of the heterozygote were lost;
     * here the homozygote's typing is whole */
    assert_true(isinf(result.total[0]));
    assert_true(isfinite(result.total[1]));
    amp_arena_drop(&arena);
}

static void names_in_windows_1252_are_read_and_decimal_commas_refused(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_fam fam;
    struct amp_why why = {""};
    char text[sizeof made];
    memcpy(text, made, sizeof made);
    *strstr(text, "\"A\"") = '\xD6'; /* as if the name were Oe A */
    assert_int_equal(amp_fam_read(amp_str_of(text), "x.fam", &arena, &fam, &why), AMP_OK);
    assert_true(amp_str_is(fam.person[0].name, "\xC3\x96"
                                               "A\""));
    memcpy(text, made, sizeof made);
    memcpy(strstr(text, "0.45"), "0,45", 4);
    assert_int_equal(amp_fam_read(amp_str_of(text), "x.fam", &arena, &fam, &why), AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "x.fam line 61"));
    assert_non_null(strstr(why.text, "write all numbers of the file with a decimal point"));
    amp_arena_drop(&arena);
}

static void a_second_rate_of_the_stationary_model_is_told(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_kin_case kc;
    struct amp_kin_result result;
    char text[sizeof made];
    memcpy(text, made, sizeof made);
    char *at = strstr(text, "0.002\n1\n1\n3\n0.1\n0.1\n0\n0\n");
    assert_non_null(at);
    memcpy(at, "0.002\n3\n3\n3\n0.1\n0.1\n1\n0\n", strlen("0.002\n3\n3\n3\n0.1\n0.1\n1\n0\n"));
    (void)ratio(text, 1, 1, &arena, &kc, &result);
    assert_int_equal(kc.note_n, 2);
    assert_non_null(strstr(kc.note[0].ptr, "marker TH01: the stationary stepwise model has no"));
    amp_arena_drop(&arena);
}

static void a_broken_file_is_refused_with_its_line(void **state)
{
    (void)state;
    char text[sizeof made];
    for (size_t cut = 0; cut < sizeof made - 20; cut++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_fam fam;
        struct amp_why why = {""};
        memcpy(text, made, cut);
        text[cut] = 0;
        amp_err err = amp_fam_read(amp_str_of(text), "cut.fam", &arena, &fam, &why);
        assert_true(err || cut > sizeof made - 30); /* the last lines are settings */
        if (err) {
            assert_non_null(strstr(why.text, "cut.fam"));
        }
        amp_arena_drop(&arena);
    }
    memcpy(text, made, sizeof made);
    char *at = strstr(text, "0.45");
    assert_non_null(at);
    memcpy(at, "x.45", 4);
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_fam fam;
    struct amp_why why = {""};
    assert_int_equal(amp_fam_read(amp_str_of(text), "x.fam", &arena, &fam, &why), AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "x.fam line 61"));
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_cases_have_their_published_likelihood_ratios),
        cmocka_unit_test(each_marker_has_its_published_ratio),
        cmocka_unit_test(a_file_that_is_written_reads_back_the_same),
        cmocka_unit_test(twins_silent_alleles_drop_out_and_theta_are_read),
        cmocka_unit_test(names_in_windows_1252_are_read_and_decimal_commas_refused),
        cmocka_unit_test(a_second_rate_of_the_stationary_model_is_told),
        cmocka_unit_test(a_broken_file_is_refused_with_its_line),
    };
    return cmocka_run_group_tests_name("dna/fam", tests, NULL, NULL);
}
