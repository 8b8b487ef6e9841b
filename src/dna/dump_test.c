/* Test vectors: what they hold, what is refused, and that our likelihood agrees with them. */
#include "base/testdata.h"
#include "dna/dump.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 24,
    FILE_MAX = 1 << 20
};

static const char small[] = "1 2 0.75 0.25 1000 0.3 0.9 0.05 0.01 \r\n"
                            "\n"
                            "PENTA E 3 1 2 2 50 0.01 0.05 4 1 1 4 -12.5\n"
                            "12 0.2 1 0.5 3 1 1 -1 300 0 -9.5 -1e+100\n"
                            "13 0.3 2 0.54 0 -1 -1 0 400 120 -10.5 -8.5\n"
                            "99 0.5 1 0.9 -1 -1 -1 -1 0 0 0 0\n"
                            "11 0 0 0 -1 -1 0 -1 0 0 -inf 0\n";

static void every_number_of_a_vector_comes_to_its_place(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_dump dump;
    assert_int_equal(amp_dna_dump_read(amp_str_of(small), &arena, &dump, NULL), AMP_OK);
    const struct amp_mix *mix = &dump.mix;
    const struct amp_mix_marker *m = mix->marker;
    assert_true(mix->marker_n == 1 && mix->contributor_n == 2 && mix->related == -1);
    assert_true(mix->degradation && mix->back && !mix->forward);
    assert_true(dump.params.share[1] == 0.25 && dump.params.xi_forward == 0.01);
    assert_true(amp_str_is(m->name, "PENTA E") && dump.expected[0] == -12.5);
    assert_true(m->genotype_n == 3 && m->allele_n == 4 && m->replicate_n == 2 && m->rest == 2);
    assert_true(m->threshold == 50 && m->theta == 0.01 && m->drop_in == 0.05 && m->typed_n == 4);
    assert_true(m->stutter == 1 && m->known == 1);
    assert_true(m->copies[0] == 0 && m->copies[1] == 1 && m->copies[2] == 1); /* 4 is (1,2) */
    assert_true(m->allele[1].back_to == 0 && m->allele[0].back_from == 1);
    assert_true(m->allele[0].loses_back && !m->allele[2].loses_back);
    assert_true(m->allele[1].height[1] == 120);
    assert_true(fabs(m->allele[1].drop_in_log[1] - (-8.5 - log(0.05))) < 1e-14);
    amp_arena_drop(&arena);
}

static amp_err read_changed(const char *from, const char *to, struct amp_why *why)
{
    char text[sizeof small + 64];
    const char *at = strstr(small, from);
    struct amp_dna_dump dump;
    struct amp_arena arena = amp_arena_make(ARENA);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - small), small, to, at + strlen(from));
    amp_err err = amp_dna_dump_read(amp_str_of(text), &arena, &dump, why);
    amp_arena_drop(&arena);
    return err;
}

static void a_vector_may_lack_the_expected_value(void **state)
{
    (void)state;
    assert_int_equal(read_changed(" -12.5", "", NULL), AMP_OK);
    assert_int_equal(read_changed("PENTA E", "PENTAE", NULL), AMP_OK);
}

static void what_is_wrong_is_refused_with_line_and_marker(void **state)
{
    (void)state;
    struct amp_why why = {""};
    assert_int_equal(read_changed("0.54 0", "0.54 4", &why), AMP_E_LIMIT);
    assert_non_null(strstr(why.text, "line 5, marker PENTA E"));
    assert_int_equal(read_changed("1 1 4 ", "1 1 6 ", &why), AMP_E_LIMIT); /* no such genotype */
    assert_non_null(strstr(why.text, "line 3"));
    assert_int_equal(read_changed("1 1 4 ", "1 3 4 4 4 ", &why), AMP_E_RANGE);
    assert_int_equal(read_changed("1 2 0.75", "1 9 0.75", &why), AMP_E_LIMIT);
    assert_int_equal(read_changed("1000", "x", &why), AMP_E_SYNTAX);
    assert_int_equal(read_changed("0.01 \r\n", "0.01 7\n", &why), AMP_E_SYNTAX);
    assert_int_equal(read_changed(" 400 120", " 400", &why), AMP_E_SYNTAX);
    assert_int_equal(read_changed("1 2 0.75", "2 2 0.75", &why), AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "ends too early"));
    assert_int_equal(read_changed("-inf 0\n", "-inf 0\nmore\n", &why), AMP_E_SYNTAX);
    assert_int_equal(read_changed(small, "", &why), AMP_E_SYNTAX);
}

static void vector_agree(const char *path)
{
    static char text[FILE_MAX];
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_dump dump;
    struct amp_mix_work *work = NULL;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    assert_int_equal(amp_dna_dump_read((struct amp_str){text, len}, &arena, &dump, NULL), AMP_OK);
    double *marker = amp_arena_array(&arena, dump.mix.marker_n, sizeof *marker);
    assert_int_equal(amp_mix_work_create(&dump.mix, &work), AMP_OK);
    struct amp_mix_value value = {.marker = marker};
    assert_int_equal(amp_mix_loglik(&dump.mix, &dump.params, work, &value), AMP_OK);
    for (size_t m = 0; m < dump.mix.marker_n; m++) {
        assert_true(fabs(marker[m] - dump.expected[m]) <= 2e-6);
    }
    assert_true(dump.mix.marker_n >= 16);
    amp_mix_work_destroy(work);
    amp_arena_drop(&arena);
}

static void euroformix_and_we_agree_on_its_vectors(void **state)
{
    (void)state;
    static const char *const name[] = {
        "dna/vectors/esx3_1K2U.dump", "dna/vectors/gf_3K1U.dump",       "dna/vectors/gf_4K.dump",
        "dna/vectors/prov4_Hp.dump",  "dna/vectors/lt_3reps_1K2U.dump",
    };
    for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
        const char *path = amp_testdata(name[i]);
        AMP_TEST_NEEDS(path);
        vector_agree(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_a_vector_comes_to_its_place),
        cmocka_unit_test(a_vector_may_lack_the_expected_value),
        cmocka_unit_test(what_is_wrong_is_refused_with_line_and_marker),
        cmocka_unit_test(euroformix_and_we_agree_on_its_vectors),
    };
    return cmocka_run_group_tests_name("dna/dump", tests, NULL, NULL);
}
