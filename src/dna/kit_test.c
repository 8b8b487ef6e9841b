/* Kits: the built-in figures against EuroForMix's table, and a laboratory's own. */
#include "base/testdata.h"
#include "dna/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 27,
    TEXT_MAX = 1 << 21,
    KITS = 23,
    SIZES = 9732 /* of kit.txt */
};

static struct amp_dna_kit kit_open(struct amp_arena *arena, const char *name)
{
    struct amp_dna_kit kit = {.marker_n = 0};
    struct amp_why why = {""};
    if (amp_dna_kit_find(amp_str_of(name), arena, &kit, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    return kit;
}

static double size_of(const struct amp_dna_kit *kit, const char *marker, const char *allele)
{
    const struct amp_dna_kit_marker *of = amp_dna_kit_marker_find(kit, amp_str_of(marker));
    double size = 0;
    assert_non_null(of);
    assert_int_equal(amp_dna_kit_size(of, amp_str_of(allele), &size), AMP_OK);
    return size;
}

static void a_kit_is_found_by_any_of_its_names_however_written(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    assert_true(amp_str_is(kit_open(&arena, "globalfiler").name, "GlobalFiler"));
    assert_true(amp_str_is(kit_open(&arena, "Fusion6C").name, "Fusion 6C"));
    assert_true(amp_str_is(kit_open(&arena, "GlobalFiler_Panel_v1").name, "GlobalFiler"));
    assert_true(amp_str_is(kit_open(&arena, "SGM_Plus_v2").name, "SGMPlus"));
    assert_true(amp_str_is(kit_open(&arena, "powerplex esx 17").name, "ESX17"));
    assert_true(amp_str_is(kit_open(&arena, "VeriFiler Plus").name, "VFP"));
    struct amp_dna_kit kit = kit_open(&arena, "ESX17");
    assert_int_equal(kit.marker_n, 17);
    const struct amp_dna_kit_marker *marker = amp_dna_kit_marker_find(&kit, AMP_STR("th 01"));
    assert_non_null(marker);
    assert_true(marker->repeat_bp == 4);
    assert_non_null(amp_dna_kit_marker_find(&kit, AMP_STR("Amelogenin")));
    assert_null(amp_dna_kit_marker_find(&kit, AMP_STR("DYS391")));
    amp_arena_drop(&arena);
}

static void an_unknown_kit_is_answered_with_the_names_there_are(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_kit kit = {.marker_n = 7};
    struct amp_why why = {""};
    assert_int_equal(amp_dna_kit_find(AMP_STR("GlobalFilter"), &arena, &kit, &why),
                     AMP_E_NOT_FOUND);
    assert_non_null(strstr(why.text, "there is no kit \"GlobalFilter\""));
    assert_non_null(strstr(why.text, "GlobalFiler, PowerPlex16"));
    assert_non_null(strstr(why.text, "MiniFiler"));
    assert_int_equal(amp_dna_kit_find(AMP_STR(""), &arena, &kit, &why), AMP_E_NOT_FOUND);
    assert_int_equal(kit.marker_n, 7);
    amp_arena_drop(&arena);
}

static void sizes_that_are_not_listed_follow_the_first_two_whole_alleles(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_kit kit = {.marker_n = 0};
    struct amp_why why = {""};
    const struct amp_str text = AMP_STR("Panel\tMarker\tAllele\tSize\tColor\tRepeat\n"
                                        "P\tA\t5.2\t100.4\tblue\t4\nP\tA\t6\t102.2\tblue\t4\n"
                                        "P\tA\t7\t106.1\tblue\t4\nP\tB\t6.1\t90\tred\t4\n"
                                        "P\tB\t8\t99\tred\t4\nP\tC\tX\t80\tred\tNA\n");
    assert_int_equal(amp_dna_kit_read(text, "k.txt", AMP_STR(""), &arena, &kit, &why), AMP_OK);
    assert_true(amp_str_is(kit.name, "P"));
    assert_int_equal(kit.marker_n, 3);
    assert_true(size_of(&kit, "A", "7.0") == 106.1);
    /* repeat round(3.9) = 4, offset 102.2 - 24 = 78.2 */
    assert_true(size_of(&kit, "A", "10") == 4 * 10 + (102.2 - 24));
    assert_true(size_of(&kit, "A", "10.3") == 4 * 10 + 3 + (102.2 - 24));
    /* fewer than two whole alleles: the nearest one */
    assert_true(size_of(&kit, "B", "6") == 90);
    assert_true(size_of(&kit, "B", "20") == 99);
    double size = 0;
    assert_int_equal(
        amp_dna_kit_size(amp_dna_kit_marker_find(&kit, AMP_STR("C")), AMP_STR("Y"), &size),
        AMP_E_RANGE);
    amp_arena_drop(&arena);
}

static void refused(struct amp_str text, struct amp_str name, amp_err err, const char *because)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_kit kit = {.marker_n = 7};
    struct amp_why why = {""};
    const amp_err got = amp_dna_kit_read(text, "k.txt", name, &arena, &kit, &why);
    if (got != err || strstr(why.text, because) == NULL || strstr(why.text, "k.txt") == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", amp_err_code(got), why.text, because);
    }
    assert_int_equal(kit.marker_n, 7);
    amp_arena_drop(&arena);
}

#define HEAD "Panel,Marker,Allele,Size,Color,Repeat\n"

static void mistakes_of_a_kit_table_are_named(void **state)
{
    (void)state;
    refused(AMP_STR("Panel,Marker\nP,A\n"), AMP_STR(""), AMP_E_SYNTAX, "is no kit table");
    refused(AMP_STR(HEAD "P,A,6,100,blue,4\nQ,A,6,100,blue,4\n"), AMP_STR(""), AMP_E_SYNTAX,
            "line 3: the table has kits P and Q");
    refused(AMP_STR(HEAD "P,A,6,100,blue,4\n"), AMP_STR("Z"), AMP_E_NOT_FOUND, "has no kit \"Z\"");
    refused(AMP_STR(HEAD "P,A,6,100,blue,4\nP,A,6.0,104,blue,4\n"), AMP_STR("P"), AMP_E_SYNTAX,
            "line 3, marker A, allele 6.0: it has a size already");
    refused(AMP_STR(HEAD "P,A,6,x,blue,4\n"), AMP_STR("P"), AMP_E_RANGE,
            "line 2, marker A: size \"x\"");
    refused(AMP_STR(HEAD "P,A,6,100,blue,-4\n"), AMP_STR("P"), AMP_E_RANGE, "repeat \"-4\"");
    refused(AMP_STR(HEAD "P,,6,100,blue,4\n"), AMP_STR("P"), AMP_E_SYNTAX, "must be named");
    refused(AMP_STR(HEAD "P,A,6,100,blue,4\nP,B,6,1,red,4\nP,A,7,104,blue,4\n"), AMP_STR("P"),
            AMP_E_SYNTAX, "line 4, marker A, allele 7: the rows of a marker");
}

static void compare(const struct amp_dna_kit *ours, const struct amp_dna_kit *theirs, size_t *sizes)
{
    assert_int_equal(ours->marker_n, theirs->marker_n);
    for (size_t i = 0; i < ours->marker_n; i++) {
        const struct amp_dna_kit_marker *a = &ours->marker[i];
        const struct amp_dna_kit_marker *b = &theirs->marker[i];
        assert_true(amp_str_eq(a->marker, b->marker));
        assert_true(amp_str_eq(a->dye, b->dye));
        assert_true(a->repeat_bp == b->repeat_bp);
        assert_true(a->longest_bp == b->longest_bp);
        assert_int_equal(a->allele_n, b->allele_n);
        for (size_t j = 0; j < a->allele_n; j++, ++*sizes) {
            assert_true(amp_str_eq(a->allele[j], b->allele[j]));
            assert_true(a->size_bp[j] == b->size_bp[j]);
        }
    }
}

static void every_built_in_size_is_that_of_euroformix(void **state)
{
    (void)state;
    const char *path = amp_testdata("dna/efm/kit.txt");
    AMP_TEST_NEEDS(path);
    struct amp_arena arena = amp_arena_make(ARENA);
    char *text = amp_arena_alloc(&arena, TEXT_MAX);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    const struct amp_str bytes = {text, fread(text, 1, TEXT_MAX, in)};
    (void)fclose(in);
    struct amp_str name = {0};
    struct amp_str others = {0};
    size_t kits = 0;
    size_t sizes = 0;
    for (; amp_dna_kit_list(kits, &name, &others); kits++) {
        struct amp_dna_kit ours;
        struct amp_dna_kit theirs;
        struct amp_why why = {""};
        assert_int_equal(amp_dna_kit_find(name, &arena, &ours, &why), AMP_OK);
        if (amp_dna_kit_read(bytes, "kit.txt", name, &arena, &theirs, &why) != AMP_OK) {
            fail_msg("%s", why.text);
        }
        assert_true(amp_str_eq(ours.name, theirs.name));
        compare(&ours, &theirs, &sizes);
    }
    assert_int_equal(kits, KITS);
    assert_int_equal(sizes, SIZES);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kit_is_found_by_any_of_its_names_however_written),
        cmocka_unit_test(an_unknown_kit_is_answered_with_the_names_there_are),
        cmocka_unit_test(sizes_that_are_not_listed_follow_the_first_two_whole_alleles),
        cmocka_unit_test(mistakes_of_a_kit_table_are_named),
        cmocka_unit_test(every_built_in_size_is_that_of_euroformix),
    };
    return cmocka_run_group_tests_name("dna/kit", tests, NULL, NULL);
}
