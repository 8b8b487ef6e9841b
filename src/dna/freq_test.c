/* Frequencies: every layout read alike; what is wrong or odd in a table is said. */
#include "base/testdata.h"
#include "dna/freq.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26,
    TEXT_MAX = 1 << 20
};

static struct amp_dna_freqs read_well(struct amp_arena *arena, struct amp_str text)
{
    struct amp_dna_freqs freqs = {.marker_n = 0};
    struct amp_why why = {""};
    if (amp_dna_freqs_read(text, "f.csv", arena, &freqs, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    return freqs;
}

static void refused(struct amp_str text, amp_err err, const char *because)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_freqs freqs = {.marker_n = 7};
    struct amp_why why = {""};
    const amp_err got = amp_dna_freqs_read(text, "f.csv", &arena, &freqs, &why);
    if (got != err || strstr(why.text, because) == NULL || strstr(why.text, "f.csv") == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", amp_err_code(got), why.text, because);
    }
    assert_int_equal(freqs.marker_n, 7);
    amp_arena_drop(&arena);
}

/* Two markers, however they are written. */
static void is_the_table(struct amp_str text, const char *format, double counted)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_freqs got = read_well(&arena, text);
    assert_string_equal(got.source.format, format);
    assert_int_equal(got.marker_n, 2);
    const struct amp_dna_freq *th01 = amp_dna_freq_find(&got, AMP_STR("th 01"));
    const struct amp_dna_freq *vwa = amp_dna_freq_find(&got, AMP_STR("VWA"));
    assert_true(th01 != NULL && vwa != NULL);
    assert_true(amp_str_is(vwa->marker, "VWA"));
    assert_int_equal(th01->allele_n, 2);
    assert_int_equal(vwa->allele_n, 1);
    double freq = 0;
    assert_true(amp_dna_freq_of(th01, AMP_STR("9.30"), &freq));
    assert_true(freq == 0.75);
    assert_true(amp_dna_freq_of(th01, AMP_STR("7"), &freq));
    assert_true(freq == 0.25);
    assert_false(amp_dna_freq_of(th01, AMP_STR("14"), &freq));
    assert_true(th01->sum == 1);
    assert_true(got.min_freq == 0.25);
    assert_true(th01->sample_n == counted);
    amp_arena_drop(&arena);
}

static void one_table_is_the_same_in_every_layout(void **state)
{
    (void)state;
    is_the_table(AMP_STR("Allele,TH01,vWA\n7,0.25,\n9.3,0.75,0\n14,NA,1\n"), "frequencies-wide", 0);
    is_the_table(AMP_STR("\xEF\xBB\xBF"
                         "Allele;TH01;vWA\r\n7;0,25;\r\n9,3;0,75;\r\n14;;1\r\n"),
                 "frequencies-wide", 0);
    is_the_table(AMP_STR("\"Allele\"\t\"TH 01\"\t\"VWA\"\n\"7\"\t0.25\tNA\n\"9.3\"\t7.5e-1\tNA\n"
                         "\"14\"\tNA\t1\n\"N\"\t50\t50\n"),
                 "frequencies-wide", 100);
    is_the_table(AMP_STR("TH01\n7\t0.25\n9.3\t0.75\n\nvWA\n14\t1\n15\t0\n"), "frequencies-blocks",
                 0);
    is_the_table(AMP_STR("TH01\t\r\n7\t0,25\r\n9,3\t0,75\r\nvWA\t\r\n14\t1\r\n"),
                 "frequencies-blocks", 0);
    is_the_table(AMP_STR("TH01;\n7;0,25\n9,3;0,75\n;\nvWA;\n14;1\n"), "frequencies-blocks", 0);
    is_the_table(AMP_STR("TH01,\n7,0.25\n9.3,0.75\n,\nvWA,\n14,1\n"), "frequencies-blocks", 0);
    is_the_table(AMP_STR("\"marker\",\"allele\",\"freq\"\n\"TH01\",\"7\",0.25\n\"vWA\",\"14\",1\n"
                         "\"TH01\",\"9.3\",0.75\n"),
                 "frequencies-long", 0);
    is_the_table(
        AMP_STR("marker\tallele\tfrequency\nTH01\t7\t2.5e-01\nTH01\t9.3\t.75\nvWA\t14\t1\n"),
        "frequencies-long", 0);
    is_the_table(AMP_STR("locus;allele;counts;frequency\nTH01;7;50;0,25\nTH01;9,3;150;0,75\n"
                         "vWA;14;200;1\n"),
                 "frequencies-long", 200);
    is_the_table(
        AMP_STR("sep=,\r\n\"\",\"Allele\",\"Marker\",\"Freq\"\r\n\"1\",\"7\",\"TH01\",0.25\r\n"
                "\"2\",\"9.3\",\"TH01\",0.75\r\n\"3\",\"14\",\"vWA\",1\r\n"),
        "frequencies-long", 0);
    is_the_table(AMP_STR("Marker,Allele,Count\nTH01,7,1\nTH01,9.3,3\nvWA,14,4\nvWA,15,0\n"),
                 "frequencies-long", 4);
}

static void mistakes_are_named_with_line_marker_and_allele(void **state)
{
    (void)state;
    refused(AMP_STR("Allele,TH01\n7,1.5\n"), AMP_E_RANGE,
            "line 2, marker TH01, allele 7: \"1.5\" is not a frequency");
    refused(AMP_STR("Allele,TH01\n7,-0.5\n"), AMP_E_RANGE, "\"-0.5\" is not a frequency");
    refused(AMP_STR("Allele,TH01\n7,nan\n"), AMP_E_RANGE, "\"nan\" is not a frequency");
    refused(AMP_STR("Allele,TH01\n7,0.5\n7.0,0.5\n"), AMP_E_SYNTAX,
            "line 3, marker TH01: allele 7.0 has a frequency already");
    refused(AMP_STR("Allele,TH01,th-01\n7,0.5,0.5\n"), AMP_E_SYNTAX,
            "marker th-01 has two columns");
    refused(AMP_STR("Allele,TH01,\n7,0.5,0.5\n"), AMP_E_SYNTAX, "which has no marker");
    refused(AMP_STR("Allele,TH01\n7,0.5,0.5\n"), AMP_E_SYNTAX, "which has no marker");
    refused(AMP_STR("Allele,TH01\n,0.5\n"), AMP_E_SYNTAX, "no allele in its first column");
    refused(AMP_STR("Allele,TH01\n7,0\n"), AMP_E_SYNTAX, "no frequency above 0");
    refused(AMP_STR("Allele;TH01\n7;0,5\n9.3;0,5\n"), AMP_E_SYNTAX, "decimal point (line 3)");
    refused(AMP_STR("marker,allele,counts,frequency\nTH01,7,50,0.25\nTH01,8,50,0.75\n"),
            AMP_E_RANGE, "frequency 0.25 and count 50 of 100 do not agree");
    refused(AMP_STR("marker,allele,frequency\n,7,0.25\n"), AMP_E_RANGE,
            "a marker has no usable name");
    refused(AMP_STR("marker,allele,frequency\nTH01,,0.25\n"), AMP_E_RANGE,
            "an allele has no usable name");
    refused(AMP_STR("marker,allele,frequency,freq\nTH01,7,1,1\n"), AMP_E_SYNTAX,
            "no known frequency");
    refused(AMP_STR("Sample Name,Marker,Allele 1\nA,TH01,7\n"), AMP_E_SYNTAX, "no known frequency");
}

static void a_sum_that_is_not_one_is_noted_and_kept(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_freqs got = read_well(&arena, AMP_STR("Allele,A,B,C\n7,0.5,1,\n8,0.4,,\n"));
    assert_int_equal(got.marker_n, 2);
    assert_true(fabs(got.marker[0].sum - 0.9) < 1e-15);
    assert_int_equal(got.source.note_n, 2);
    assert_true(amp_str_is(got.source.note[0], "C has no frequency above 0"));
    assert_true(amp_str_is(got.source.note[1], "the frequencies of A add up to 0.9000, not 1"));
    amp_arena_drop(&arena);
}

/* Counted with another program. */
static const struct {
    const char *file;
    size_t markers, alleles;
    double sum;
} real[] = {
    {"dna/efm/examples/ESX17_freq.csv", 16, 239, 16},
    {"dna/efm/examples/ForenSeq_freq.csv", 27, 592, 26.9956140351},
    {"dna/efm/examples/GF_freq.csv", 21, 268, 21},
    {"dna/efm/examples/SNP_freq.csv", 136, 272, 136},
    {"dna/efm/tutorialdata/ESX17_NorwayAMEL.csv", 17, 241, 16.999999996},
    {"dna/efm/FreqDatabases/Fusion6C_Norway.csv", 23, 387, 23},
    {"dna/efm/FreqDatabases/SGMPlus_UK.csv", 10, 139, 10.0119},
    {"dna/freqs/NIST1036freqs_Cauc.csv", 29, 344, 29},
    {"dna/freqs/UKDNA17freqs_WhiteEA1EA2.csv", 16, 259, 16},
    {"dna/dnamixtures/UKCaucasian.csv", 15, 140, 15},
    {"dna/dvi/fire/markers.tsv", 23, 387, 23.0000000001},
    {"dna/provedit/NIST1036_Cauc.csv", 24, 300, 24.000000024},
};

static void real_tables_are_read_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
        const char *path = amp_testdata(real[i].file);
        AMP_TEST_NEEDS(path);
        struct amp_arena arena = amp_arena_make(ARENA);
        char *text = amp_arena_alloc(&arena, TEXT_MAX);
        FILE *in = fopen(path, "rb");
        assert_non_null(in);
        const size_t n = fread(text, 1, TEXT_MAX, in);
        (void)fclose(in);
        struct amp_dna_freqs got = read_well(&arena, (struct amp_str){text, n});
        size_t alleles = 0;
        double sum = 0;
        for (size_t j = 0; j < got.marker_n; j++) {
            alleles += got.marker[j].allele_n;
            sum += got.marker[j].sum;
        }
        assert_int_equal(got.marker_n, real[i].markers);
        assert_int_equal(alleles, real[i].alleles);
        assert_true(fabs(sum - real[i].sum) < 1e-9);
        amp_arena_drop(&arena);
    }
}

static void blocks_with_what_is_neither_marker_nor_allele_are_refused(void **state)
{
    (void)state;
    refused(AMP_STR("TH01\n7\t0.25\n9.3\n"), AMP_E_SYNTAX, "line 3: allele 9.3 has no frequency");
    refused(AMP_STR("TH01\n7\t1\n\nTHO1\n7\t1\n"), AMP_E_SYNTAX,
            "line 4: marker THO1 is there twice");
    refused(AMP_STR("TH01\n7\t0.5\n7.0\t0.5\n"), AMP_E_SYNTAX,
            "line 3, marker TH01: allele 7.0 has a frequency");
    refused(AMP_STR("TH01\n7\t0.5\n8\t1.5\n"), AMP_E_RANGE, "\"1.5\" is not a frequency");
    refused(AMP_STR("TH01\n7\t0.5\n8\t0.25\t9\n"), AMP_E_SYNTAX,
            "line 3: a line holds a marker's name, or an allele and its frequency");
    refused(AMP_STR("TH01\n7\t0.5\n\t0.25\n"), AMP_E_SYNTAX, "line 3: a line holds");
    refused(AMP_STR("TH01\n7 0.5\n"), AMP_E_SYNTAX, "as Familias exports them");
    refused(AMP_STR("<?xml version=\"1.0\"?>\n<frequencies/>\n"), AMP_E_SYNTAX,
            "save the one you mean as a table");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_table_is_the_same_in_every_layout),
        cmocka_unit_test(blocks_with_what_is_neither_marker_nor_allele_are_refused),
        cmocka_unit_test(mistakes_are_named_with_line_marker_and_allele),
        cmocka_unit_test(a_sum_that_is_not_one_is_noted_and_kept),
        cmocka_unit_test(real_tables_are_read_whole),
    };
    return cmocka_run_group_tests_name("dna/freq", tests, NULL, NULL);
}
