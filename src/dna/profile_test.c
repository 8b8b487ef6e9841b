/* Profiles: every layout read alike, every mistake named with its line, marker and remedy. */
#include "base/buf.h"
#include "base/testdata.h"
#include "dna/profile.h"

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

static struct amp_dna_profiles read_well(struct amp_arena *arena, struct amp_str text)
{
    struct amp_dna_profiles profiles = {.sample_n = 0};
    struct amp_why why = {""};
    if (amp_dna_profiles_read(text, "t.csv", arena, &profiles, &why) != AMP_OK) {
        fail_msg("%s", why.text);
    }
    return profiles;
}

static void refused(struct amp_str text, amp_err err, const char *because)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles profiles = {.sample_n = 7};
    struct amp_why why = {""};
    const amp_err got = amp_dna_profiles_read(text, "t.csv", &arena, &profiles, &why);
    if (got != err || strstr(why.text, because) == NULL || strstr(why.text, "t.csv") == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", amp_err_code(got), why.text, because);
    }
    assert_int_equal(profiles.sample_n, 7);
    amp_arena_drop(&arena);
}

static double heights_sum(const struct amp_dna_profiles *profiles, size_t *peaks, size_t *loci)
{
    double sum = 0;
    for (size_t i = 0; i < profiles->sample_n; i++) {
        for (size_t j = 0; j < profiles->sample[i].locus_n; j++, ++*loci) {
            const struct amp_dna_locus *locus = &profiles->sample[i].locus[j];
            for (size_t k = 0; k < locus->peak_n; k++, ++*peaks) {
                sum += locus->peak[k].height;
            }
        }
    }
    return sum;
}

/* Counted with another program. */
static const struct {
    const char *file;
    size_t samples, loci, peaks;
    double heights;
} real[] = {
    {"dna/efm/tutorialdata/stain.txt", 1, 17, 54, 50054},
    {"dna/efm/tutorialdata/databaseESX17.txt", 77, 1309, 2618, 0},
    {"dna/efm/examples/ESX17_evids_LTDNA.csv", 3, 48, 121, 29498},
    {"dna/efm/examples/ForenSeq_evids.csv", 2, 54, 249, 121040},
    {"dna/efm/examples/GF_evid.csv", 1, 21, 143, 733092},
    {"dna/efm/examples/SNP_evids.csv", 2, 272, 544, 443797},
    {"dna/efm/examples/SNP_refs.csv", 2, 334, 668, 0},
    {"dna/efm/examples_triAllele/test_triAllele1/test_refs.csv", 2, 14, 29, 0},
    {"dna/provedit/genotypes.csv", 50, 1050, 2100, 0},
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
        struct amp_dna_profiles got = read_well(&arena, (struct amp_str){text, n});
        size_t peaks = 0;
        size_t loci = 0;
        assert_true(heights_sum(&got, &peaks, &loci) == real[i].heights);
        assert_int_equal(got.sample_n, real[i].samples);
        assert_int_equal(loci, real[i].loci);
        assert_int_equal(peaks, real[i].peaks);
        assert_int_equal(got.heights, real[i].heights > 0);
        amp_arena_drop(&arena);
    }
}

/* One stain and one marker with two peaks, however it is written. */
static void is_the_stain(struct amp_str text, const char *format, char separator, char decimal)
{
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles got = read_well(&arena, text);
    assert_string_equal(got.source.format, format);
    assert_int_equal(got.source.separator, separator);
    assert_int_equal(got.source.decimal, decimal);
    assert_int_equal(got.sample_n, 1);
    assert_true(got.heights && got.sample[0].heights);
    assert_true(amp_str_is(got.sample[0].name, "S 1"));
    assert_int_equal(got.sample[0].locus_n, 2);
    const struct amp_dna_locus *locus = amp_dna_locus_find(&got.sample[0], AMP_STR("TH 01"));
    assert_non_null(locus);
    assert_true(amp_str_is(locus->marker, "TH01"));
    assert_int_equal(locus->peak_n, 2);
    assert_true(amp_str_is(locus->peak[0].allele, "7"));
    assert_true(amp_str_is(locus->peak[1].allele, "9.3"));
    assert_true(locus->peak[0].height == 100);
    assert_true(locus->peak[1].height == 250.5);
    locus = amp_dna_locus_find(&got.sample[0], AMP_STR("vwa"));
    assert_non_null(locus);
    assert_true(amp_str_is(locus->marker, "VWA"));
    assert_int_equal(locus->peak_n, 0);
    amp_arena_drop(&arena);
}

static void one_stain_is_the_same_in_every_layout(void **state)
{
    (void)state;
    is_the_stain(AMP_STR("SampleName,Marker,Allele1,Allele2,Height1,Height2\n"
                         "S 1,TH01,7,9.3,100,250.5\nS 1,vWA,,,,\n"),
                 "table", ',', '.');
    is_the_stain(AMP_STR("\xEF\xBB\xBFSample Name;Marker;Allele 1;Allele 2;Height 1;Height 2\r\n"
                         "S 1;TH01;7;9,3;100;250,5\r\nS 1;vWA;;;;\r\n;;;;;\r\n"),
                 "table", ';', ',');
    is_the_stain(AMP_STR("sample_name\tLocus\tallele_1\tallele_2\theight_1\theight_2\tADO\r"
                         "S 1\tTH01\t7\t9.3\t100\t250.5\tfalse\rS 1\tvWA\tNA\tNA\tNA\tNA\tNA"),
                 "table", '\t', '.');
    is_the_stain(AMP_STR("\"Sample Name\",\"Marker\",\"Allele 1\",\"Allele 2\",\"Height 1\","
                         "\"Height 2\"\n\"S 1\",\"TH01\",\"7\",\"9,3\",\"100\",\"250,5\"\n"
                         "\"S 1\",\"vWA\"\n"),
                 "table", ',', ',');
    is_the_stain(AMP_STR("Sample File\tSample Name\tPanel\tMarker\tAllele 1\tAllele 2\tAllele 3\t"
                         "Size 1\tSize 2\tSize 3\tHeight 1\tHeight 2\tHeight 3\t\n"
                         "a.fsa\tS 1\tP\tTH01\t7\t9.3\t\t170.1\t181.2\t\t100\t250.5\n"
                         "a.fsa\tS 1\tP\tvWA\t\t\t\t\t\t\t\t\t\t\t\t\n"),
                 "genemapper", '\t', '.');
    is_the_stain(AMP_STR("Marker;Allele;Height;Sample Name;Dye\nTH01;7;100;S 1;B\nvWA;;;S 1;G\n"
                         "TH01;9.3;250.5;S 1;B\n"),
                 "long", ';', '.');
}

static void what_cannot_be_told_apart_is_refused(void **state)
{
    (void)state;
    refused(AMP_STR("Sample Name;Marker;Allele 1;Allele 2\nA;TH01;7;9,3\nA;FGA;22.2;23\n"),
            AMP_E_SYNTAX, "decimal point (line 3) and with a comma (line 2)");
    refused(AMP_STR("Sample Name;Marker;Allele 1;Height 1\nA;TH01;7;1,234\nA;FGA;22;2,345\n"),
            AMP_E_SYNTAX, "may be thousands");
    refused(AMP_STR("SampleName|Marker|Allele1\nA|TH01|7\n"), AMP_E_SYNTAX,
            "names the columns of no known");
    refused(AMP_STR("SampleName;Marker;Allele1;x\tSampleName\tMarker\tAllele1\ty\nA\n"),
            AMP_E_SYNTAX, "two separators");
    refused(AMP_STR("Sample Name,Marker,Allele 1,Allele 1\nA,TH01,7,8\n"), AMP_E_SYNTAX,
            "a column is there twice");
    refused(AMP_STR("Sample Name,Marker,Allele,Allele 1\nA,TH01,7,8\n"), AMP_E_SYNTAX,
            "\"Allele\" stands beside");
    refused(AMP_STR("What,Ever\n1,2\n"), AMP_E_SYNTAX, "no known profile table");
    refused(AMP_STR("\xFF\xFES\0a"), AMP_E_SYNTAX, "begins as UTF-16 and is none");
    refused(AMP_STR("\xFF\xFE\x00\xDC"), AMP_E_SYNTAX, "begins as UTF-16 and is none");
    refused(AMP_STR("Sample Name,Marker\0"), AMP_E_SYNTAX, "not UTF-8 text");
    refused(AMP_STR("Sample Name,Marker,Allele 1\nS\xF8ren,TH01,7\nS\xC3\xB8ren,FGA,7\n"),
            AMP_E_SYNTAX, "line 2: byte 0xf8 is not UTF-8");
    refused(AMP_STR(""), AMP_E_SYNTAX, "is empty");
    refused(AMP_STR("Sample Name,Marker,Allele 1\n"), AMP_E_SYNTAX, "holds no sample");
}

static void names_are_read_in_the_encodings_of_spreadsheets(void **state)
{
    (void)state;
    static const struct {
        struct amp_str text;
        const char *encoding;
    } same[] = {
        {AMP_STR("Sample,Marker,Allele 1\nS\xC3\xB8r\xE2\x82\xAC,A,7\n"), "UTF-8"},
        {AMP_STR("Sample,Marker,Allele 1\nS\xF8r\x80,A,7\n"), "Windows-1252"},
        {AMP_STR("\xFF\xFES\0a\0m\0p\0l\0e\0,\0M\0a\0r\0k\0e\0r\0,"
                 "\0A\0l\0l\0e\0l\0e\0001\0\n\0S\0\xF8\0r\0\xAC\x20,\0A\0,\0007\0\n\0"),
         "UTF-16"},
        {AMP_STR("\xFE\xFF\0S\0a\0m\0p\0l\0e\0,\0M\0a\0r\0k\0e\0r\0,"
                 "\0A\0l\0l\0e\0l\0e\0001\0\n\0S\0\xF8\0r\x20\xAC\0,\0A\0,\0007\0\n"),
         "UTF-16"},
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        struct amp_dna_profiles got = read_well(&arena, same[i].text);
        assert_string_equal(got.source.encoding, same[i].encoding);
        assert_true(amp_str_is(got.sample[0].name, "S\xC3\xB8r\xE2\x82\xAC"));
        assert_true(amp_str_is(got.sample[0].locus[0].peak[0].allele, "7"));
        amp_arena_drop(&arena);
    }
}

#define HEAD "Sample Name,Marker,Allele 1,Allele 2,Height 1,Height 2\n"

static void mistakes_are_named_with_line_and_marker(void **state)
{
    (void)state;
    refused(AMP_STR(HEAD "A,TH01,7,8,100,90\nA,th-01,7,8,100,90\n"), AMP_E_SYNTAX,
            "line 3: marker th-01 of sample A was on line 2 already");
    refused(AMP_STR(HEAD "A,TH01,7,,100,90\n"), AMP_E_SYNTAX,
            "line 2, marker TH01: height 90 has no allele");
    refused(AMP_STR(HEAD "A,TH01,7,8,100,\n"), AMP_E_SYNTAX,
            "line 2, marker TH01: allele 8 has no height");
    refused(AMP_STR(HEAD "A,TH01,7,8,100,-5\n"), AMP_E_RANGE, "height \"-5\" is not a number");
    refused(AMP_STR(HEAD "A,TH01,7,8,100,inf\n"), AMP_E_RANGE, "height \"inf\" is not a number");
    refused(AMP_STR(HEAD "A,TH01,7,8,100,1e999\n"), AMP_E_RANGE, "line 2, marker TH01: height");
    refused(AMP_STR(HEAD "A,TH01,7,150,100,90\n"), AMP_E_RANGE, "outside of 0 to 99 repeats");
    refused(AMP_STR(HEAD "A,TH01,7,0,100,90\n"), AMP_E_RANGE, "leave untyped cells empty");
    refused(AMP_STR(HEAD "A,TH01,7,-,100,90\n"), AMP_E_RANGE, "\"-\" is no name of an allele");
    refused(AMP_STR(HEAD ",TH01,7,8,100,90\n"), AMP_E_RANGE,
            "line 2: the sample has no usable name");
    refused(AMP_STR(HEAD "A,,7,8,100,90\n"), AMP_E_RANGE, "line 2: the marker of sample A has no");
    refused(AMP_STR(HEAD "A,TH01,7,8,9,100,90,80\n"), AMP_E_SYNTAX, "beyond the last column");
    refused(AMP_STR(HEAD "A,TH01,7,8,100,\"90\n"), AMP_E_SYNTAX, "line 2: a quoted field is never");
    refused(AMP_STR(HEAD "A,TH01,\"7\"x,8,100,90\n"), AMP_E_SYNTAX, "goes on after its closing");
    refused(AMP_STR("Sample Name,Marker,Allele 1,Allele 2,Allele 3,Height 1,Height 2,Height 3\n"
                    "A,TH01,7,8,7.0,1,2,3\n"),
            AMP_E_SYNTAX, "line 2, marker TH01: sample A has two peaks called 7.0");
}

static void a_homozygote_written_twice_is_kept_and_off_ladder_peaks_are_noted(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles got =
        read_well(&arena, AMP_STR(HEAD "A,TH01,7,7,100,100\nA,FGA,OL,OL,90,80\n"));
    assert_int_equal(got.sample[0].locus[0].peak_n, 2);
    assert_int_equal(got.sample[0].locus[1].peak_n, 2);
    assert_int_equal(got.source.note_n, 1);
    assert_non_null(strstr(got.source.note[0].ptr, "2 off-ladder or unnamed peak(s)"));
    amp_arena_drop(&arena);
}

static void a_row_a_sample_is_read_with_and_without_heights(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles got =
        read_well(&arena, AMP_STR("Sample File\tSample Name\tTH01\tHeight\tFGA\tHeight\t\r\n"
                                  "a.fsa\tS1\t7, 9.3, , \t90, 100, , \tOL, 22, , \t51, 80, , \r\n"
                                  "b.fsa\tS2\t , , , \t , , , \t22\t80\r\n"));
    assert_string_equal(got.source.format, "genotypes");
    assert_int_equal(got.sample_n, 2);
    assert_true(got.sample[0].heights);
    assert_int_equal(got.sample[0].locus_n, 2);
    assert_true(amp_str_is(got.sample[0].locus[0].peak[1].allele, "9.3"));
    assert_true(got.sample[0].locus[0].peak[1].height == 100);
    assert_true(amp_str_is(got.sample[0].locus[1].peak[0].allele, "OL"));
    assert_int_equal(got.sample[1].locus[0].peak_n, 0);
    amp_arena_drop(&arena);
    arena = amp_arena_make(ARENA);
    got = read_well(&arena,
                    AMP_STR("Sample File;Sample Name;Panel;TH01;FGA\na.fsa;S1;P;7, 9.3;22, \n"));
    assert_true(!got.sample[0].heights && got.sample[0].locus_n == 2);
    assert_int_equal(got.sample[0].locus[1].peak_n, 1);
    amp_arena_drop(&arena);
    refused(AMP_STR("Sample File\tSample Name\tTH01\tHeight\na\tS\t7, 9.3\t90\n"), AMP_E_SYNTAX,
            "line 2, marker TH01: 9.3 has no height at its place");
    refused(AMP_STR("Sample File\tSample Name\tTH01\tHeight\na\tS\t7, , 8\t90, 80, 70\n"),
            AMP_E_SYNTAX, "marker TH01: 80 has no allele at its place");
    refused(AMP_STR("Sample File\tSample Name\tTH01\tHeight\tFGA\na\tS\t7\t90\t22\n"), AMP_E_SYNTAX,
            "2 markers and 1 columns of heights");
    refused(AMP_STR("Sample File\tSample Name\tTH01\tFGA\na\tS\t7\t22\nb\tS\t7\t22\n"),
            AMP_E_SYNTAX, "marker TH01 of sample S was on line 2 already");
    refused(AMP_STR("Sample Name\tTH01\nS\t7\n"), AMP_E_SYNTAX, "no known profile table");
}

static void points_in_heights_that_may_be_thousands_are_refused(void **state)
{
    (void)state;
    refused(AMP_STR(HEAD "A,TH01,7,9.3,1.234,980\nA,FGA,20,,2.100,\n"), AMP_E_SYNTAX,
            "line 2: a height with a point before three digits may be thousands");
    static const struct amp_str plain[] = {
        AMP_STR(HEAD "A,TH01,7,9.3,1.234,980.5\n"), AMP_STR(HEAD "A,TH01,7,9.3,1.234,1980\n"),
        AMP_STR(HEAD "A,TH01,7,9.3,0.234,98\n"), AMP_STR(HEAD "A,TH01,7,9.3,1234.567,98\n")};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        struct amp_arena arena = amp_arena_make(ARENA);
        (void)read_well(&arena, plain[i]);
        amp_arena_drop(&arena);
    }
    refused(AMP_STR("S\0a\0\n\0"), AMP_E_SYNTAX, "line 1: a byte is 0");
}

static void fields_that_were_quoted_twice_lose_both_pairs_of_quotes(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles got =
        read_well(&arena, AMP_STR("\"\"\"Sample Name\"\"\",Marker,Allele1,Allele2\n"
                                  "\"\"\"R\"\"\",\"\"\"vWA\"\"\",14,16\nR,FGA,\"20\",22\n"));
    assert_int_equal(got.sample_n, 1);
    assert_non_null(amp_dna_locus_find(&got.sample[0], AMP_STR("vWA")));
    assert_true(amp_str_is(got.sample[0].name, "R"));
    amp_arena_drop(&arena);
    arena = amp_arena_make(ARENA); /* quotes inside of a name stay */
    got = read_well(&arena, AMP_STR("Sample Name,Marker,Allele1,Allele2\n"
                                    "\"the \"\"big\"\" one\",FGA,20,22\n"));
    assert_true(amp_str_is(got.sample[0].name, "the \"big\" one"));
    amp_arena_drop(&arena);
}

static void the_dnamixtures_layout_holds_the_stain_and_its_persons(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles got =
        read_well(&arena, AMP_STR("\"marker\"\t\"allele\"\t\"height\"\t\"K1\"\t\"K2\"\r\n"
                                  "\"vWA\"\t14\t1036\t1\t0\r\n\"vWA\"\t16\t163\t0\t2\r\n"
                                  "\"vWA\"\t18\t0\t1\t0\r\n"));
    assert_string_equal(got.source.format, "dnamixtures");
    assert_int_equal(got.sample_n, 3);
    assert_true(got.sample[0].heights && !got.sample[1].heights);
    assert_int_equal(got.sample[0].locus[0].peak_n, 2);
    assert_int_equal(got.sample[1].locus[0].peak_n, 2);
    assert_true(amp_str_is(got.sample[1].locus[0].peak[1].allele, "18"));
    assert_true(amp_str_is(got.sample[2].locus[0].peak[1].allele, "16"));
    assert_true(got.sample[2].locus[0].peak[1].height == 0);
    amp_arena_drop(&arena);
    arena = amp_arena_make(ARENA); /* rows of a marker need not stand together */
    got = read_well(&arena, AMP_STR("marker,allele,height,K1\nvWA,14,10,1\nFGA,20,9,2\n"
                                    "vWA,15,8,1\n"));
    assert_int_equal(got.sample[1].locus_n, 2);
    assert_true(amp_str_is(got.sample[1].locus[0].marker, "VWA"));
    assert_true(amp_str_is(got.sample[1].locus[0].peak[1].allele, "15"));
    assert_int_equal(got.sample[1].locus[1].peak_n, 2);
    amp_arena_drop(&arena);
    refused(AMP_STR("marker,allele,height,K1\nvWA,14,1036,1\n"), AMP_E_SYNTAX,
            "person K1 has 1 alleles");
    refused(AMP_STR("marker,allele,height,K1\nvWA,14,1036,yes\n"), AMP_E_RANGE,
            "\"yes\" is not a number of copies");
    refused(AMP_STR("marker,allele,height,K1,K1\nvWA,14,1036,2,2\n"), AMP_E_SYNTAX,
            "two columns have the name \"K1\"");
    refused(AMP_STR("marker,allele,height\nvWA,14,1036\nvWA,14,12\n"), AMP_E_SYNTAX,
            "two peaks called 14");
}

#define CMF                                                                                        \
    "<?xml version=\"1.0\"?>\n<CODISImportFile xmlns=\"urn:CODISImportFile-schema\">\n"            \
    "<HEADERVERSION>3.2</HEADERVERSION><SOURCELAB>L</SOURCELAB>\n"

static void codis_messages_hold_references(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(ARENA);
    struct amp_dna_profiles got = read_well(
        &arena,
        AMP_STR(CMF "<SPECIMEN CASEID=\"7\"><SPECIMENID>R1</SPECIMENID>"
                    "<SPECIMENCATEGORY>Relative</SPECIMENCATEGORY>\n"
                    "<LOCUS><LOCUSNAME>TH01</LOCUSNAME><READINGBY>x</READINGBY>"
                    "<ALLELE><ALLELEVALUE>7</ALLELEVALUE></ALLELE>"
                    "<ALLELE><ALLELEVALUE> 9.3 </ALLELEVALUE></ALLELE></LOCUS>\n"
                    "<LOCUS><LOCUSNAME>vWA</LOCUSNAME></LOCUS></SPECIMEN></CODISImportFile>"));
    assert_string_equal(got.source.format, "cmf");
    assert_int_equal(got.source.separator, 0);
    assert_int_equal(got.sample_n, 1);
    assert_false(got.heights);
    assert_int_equal(got.sample[0].locus_n, 2);
    assert_true(amp_str_is(got.sample[0].locus[0].peak[1].allele, "9.3"));
    assert_int_equal(got.sample[0].locus[0].line, 5);
    assert_int_equal(got.sample[0].locus[1].peak_n, 0);
    amp_arena_drop(&arena);
    arena = amp_arena_make(ARENA); /* many names, which the XML reader does not keep */
    struct amp_buf many = amp_buf_make(1 << 20);
    amp_buf_text(&many, CMF);
    for (int i = 0; i < 200; i++) {
        amp_buf_printf(&many, "<SPECIMEN><SPECIMENID>P%d</SPECIMENID></SPECIMEN>", i);
    }
    amp_buf_text(&many, "</CODISImportFile>");
    got = read_well(&arena, amp_buf_view(&many));
    assert_int_equal(got.sample_n, 200);
    assert_non_null(amp_dna_sample_find(&got, AMP_STR("P199")));
    amp_buf_free(&many);
    amp_arena_drop(&arena);
    refused(AMP_STR(CMF "</CODISImportFile>"), AMP_E_SYNTAX, "without a SPECIMEN");
    refused(
        AMP_STR(CMF
                "<SPECIMEN><LOCUS><LOCUSNAME>A</LOCUSNAME></LOCUS></SPECIMEN></CODISImportFile>"),
        AMP_E_SYNTAX, "line 4: LOCUS stands before its SPECIMENID");
    refused(AMP_STR(CMF
                    "<SPECIMEN><SPECIMENID>A</SPECIMENID><LOCUS><LOCUSNAME>A</LOCUSNAME></LOCUS>"
                    "<LOCUS><LOCUSNAME>a</LOCUSNAME></LOCUS></SPECIMEN></CODISImportFile>"),
            AMP_E_SYNTAX, "marker a of sample A was on line 4 already");
    refused(AMP_STR(CMF "<SPECIMEN><SPECIMENID>A</SPECIMENID></SPECIMEN><SPECIMEN>"
                        "<SPECIMENID>A</SPECIMENID></SPECIMEN></CODISImportFile>"),
            AMP_E_SYNTAX, "specimen A is there twice");
    refused(AMP_STR(CMF "<SPECIMEN><SPECIMENID>A</SPECIMENID><LOCUS><LOCUSNAME>FGA</LOCUSNAME>"
                        "<ALLELE></ALLELE><ALLELE><ALLELEVALUE>20</ALLELEVALUE></ALLELE></LOCUS>"
                        "</SPECIMEN></CODISImportFile>"),
            AMP_E_SYNTAX, "line 4, marker FGA: an ALLELE has no value");
    refused(AMP_STR(CMF "<SPECIMEN><SPECIMENID>A</SPECIMENID><LOCUS><LOCUSNAME>FGA</LOCUSNAME>"
                        "<ALLELE><ALLELEVALUE>20</ALLELEVALUE></ALLELE>\n<ALLELE><ALLELEVALUE/>"
                        "</ALLELE></LOCUS></SPECIMEN></CODISImportFile>"),
            AMP_E_SYNTAX, "line 5, marker FGA: an ALLELE has no value");
    refused(AMP_STR("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>"), AMP_E_UNSUPPORTED, "a DOCTYPE");
    refused(AMP_STR("<a><b></a>"), AMP_E_SYNTAX, "t.csv: ");
}

static void numbers_of_alleles_are_the_same_however_written(void **state)
{
    (void)state;
    assert_true(amp_dna_allele_same(AMP_STR("9.30"), AMP_STR("9.3")));
    assert_true(amp_dna_allele_same(AMP_STR("09"), AMP_STR("9.0")));
    assert_false(amp_dna_allele_same(AMP_STR("9.3"), AMP_STR("9.03")));
    assert_false(amp_dna_allele_same(AMP_STR("9_6"), AMP_STR("9")));
    assert_true(amp_dna_allele_same(AMP_STR("9.3_6_0"), AMP_STR("09.30_06_0")));
    assert_true(amp_dna_allele_same(AMP_STR("9_6"), AMP_STR("9_6_")));
    assert_false(amp_dna_allele_same(AMP_STR("9.3_6_0"), AMP_STR("9.3_6")));
    assert_false(amp_dna_allele_same(AMP_STR("9.3_1"), AMP_STR("9.3_10")));
    assert_false(amp_dna_allele_same(AMP_STR("9.3_6_0"), AMP_STR("9.3_6_00")));
    assert_true(amp_dna_allele_same(AMP_STR("X"), AMP_STR("X")));
    assert_false(amp_dna_allele_same(AMP_STR("X"), AMP_STR("Y")));
    int64_t milli = 0;
    assert_true(amp_dna_allele_milli(AMP_STR("16.3"), &milli));
    assert_int_equal(milli, 16300);
    assert_false(amp_dna_allele_milli(AMP_STR("16."), &milli));
    assert_false(amp_dna_allele_milli(AMP_STR(".3"), &milli));
    assert_false(amp_dna_allele_milli(AMP_STR("1e1"), &milli));
    assert_false(amp_dna_allele_milli(AMP_STR("12345678"), &milli));
    assert_false(amp_dna_allele_milli(AMP_STR("9.3456"), &milli));
}

static void running_out_of_memory_anywhere_is_an_error_and_no_partial_result(void **state)
{
    (void)state;
    const struct amp_str text = AMP_STR(HEAD "A,TH01,7,8,100,90\nB,FGA,\"2\"\"2\",23,5,6\n");
    size_t failed = 0;
    for (size_t room = 0; room < (1 << 18); room += 777) {
        struct amp_arena arena = amp_arena_make(room);
        struct amp_dna_profiles profiles = {.sample_n = 7};
        amp_err err = amp_dna_profiles_read(text, "t.csv", &arena, &profiles, NULL);
        assert_true(err == AMP_OK || err == AMP_E_NOMEM);
        assert_int_equal(profiles.sample_n, err ? 7 : 2);
        failed += err != AMP_OK;
        amp_arena_drop(&arena);
    }
    assert_true(failed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_tables_are_read_whole),
        cmocka_unit_test(one_stain_is_the_same_in_every_layout),
        cmocka_unit_test(what_cannot_be_told_apart_is_refused),
        cmocka_unit_test(names_are_read_in_the_encodings_of_spreadsheets),
        cmocka_unit_test(mistakes_are_named_with_line_and_marker),
        cmocka_unit_test(a_homozygote_written_twice_is_kept_and_off_ladder_peaks_are_noted),
        cmocka_unit_test(a_row_a_sample_is_read_with_and_without_heights),
        cmocka_unit_test(points_in_heights_that_may_be_thousands_are_refused),
        cmocka_unit_test(fields_that_were_quoted_twice_lose_both_pairs_of_quotes),
        cmocka_unit_test(the_dnamixtures_layout_holds_the_stain_and_its_persons),
        cmocka_unit_test(codis_messages_hold_references),
        cmocka_unit_test(numbers_of_alleles_are_the_same_however_written),
        cmocka_unit_test(running_out_of_memory_anywhere_is_an_error_and_no_partial_result),
    };
    return cmocka_run_group_tests_name("dna/profile", tests, NULL, NULL);
}
