/* The [DVI] section of a Familias file becomes the problem that it describes, or says why not. */
#include "dna/fam_dvi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26
};

#define HEAD                                                                                       \
    "\"Output from Familias, version 3.4\"\n\"DO NOT EDIT!\"\n3.4 (DVI)\n\"\"\n0\n"                \
    "\"Known relations\"\n0\n0\n0\n0\n#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: 0.01 )\n"
#define MARKERS                                                                                    \
    HEAD "3\n#TRUE#\n\"db\"\n"                                                                     \
         "\"TH01\"\n0.001\n0.002\n2\n1\n3\n0.1\n0.1\n0.0001\n0\n#FALSE#\n0\n"                      \
         "3\t(DatabaseSize = 100 , Dropout probability = 0 , Minor allele frequency = 0 )\n"       \
         "\"8\"\n0.1\n\"9.3\"\n0.3\n\"10\"\n0.6\n"                                                 \
         "\"FGA\"\n0\n0\n0\n0\n3\n0.1\n0.1\n0\n0\n#FALSE#\n0\n"                                    \
         "3\t(DatabaseSize = 100 , Dropout probability = 0.05 , Minor allele frequency = 0 )\n"    \
         "\"22\"\n0.25\n\"23\"\n0.75\n\"24\"\n0\n"                                                 \
         "\"VWA\"\n0\n0\n0\n0\n1\n0.1\n0.1\n0\n0\n#FALSE#\n0\n1\t()\n\"17\"\n1\n"
#define VICTIM                                                                                     \
    "\n[DVI]\n[[Unidentified persons]]\nnPersons= 1\n[[[Person 1 ]]]\nName= V=1\nGender= Male\n"   \
    "[[[[DNA data]]]]\nnSystems= 2\nSystemName= TH01\nAllele1= 8\nAllele2= 9.3\n"                  \
    "SystemName= FGA\nAllele1= 22\nAllele2= 22\n[[Notes]]\nnFamilies= 1\nfound [at] the pier\n\n"  \
    "[[Reference Families]]\n"
#define FAMILY(n)                                                                                  \
    "[[[Family " n " ]]]\nName= F" n "\n[[[[Persons]]]]\nnPersons= 2\n[[[[[Person 1]]]]]\n"        \
    "Name= R\nGender= Female\n[[[[[[DNA data]]]]]]\nnSystems= 2\nSystemName= TH01\nAllele1= 8\n"   \
    "Allele2= 10\nSystemName= AMEL\nAllele1= X\nAllele2= X\n[[[[[Person 2]]]]]\n"                  \
    "Name= Missing male 1\nGender= Male\n[[[[[[DNA data]]]]]]\nnSystems= 0\n"
#define PEDIGREES(relations)                                                                       \
    "[[[[Pedigrees]]]]\nnPedigrees= 2\n[[[[[Pedigree 1]]]]]\nName= Reference pedigree\n"           \
    "nRelations= 0\n[[[[[Pedigree 2]]]]]\nName= supposed\n" relations
#define SETTINGS "[Prior]\nUseList= Yes\n[Advanced]\n[[DVI]]\nQuickSearch= Enabled\n"
#define SON      "nRelations= 1\nParent= R\nChild= Missing person\n"
#define WHOLE    MARKERS VICTIM "nFamilies= 1\n" FAMILY("1") PEDIGREES(SON) SETTINGS

struct made {
    struct amp_arena arena;
    struct amp_fam_problem problem;
    struct amp_why why;
};

static amp_err make(struct made *out, const char *text)
{
    struct amp_fam fam;
    *out = (struct made){.arena = amp_arena_make(ARENA)};
    amp_err err = amp_fam_read(amp_str_of(text), "case.fam", &out->arena, &fam, &out->why);
    return err ? err : amp_fam_problem_make(&fam, &out->arena, &out->problem, &out->why);
}

static void made_free(struct made *made)
{
    amp_fam_problem_free(&made->problem);
    amp_arena_drop(&made->arena);
}

static bool notes_say(const struct amp_fam_problem *problem, const char *part)
{
    for (size_t i = 0; i < problem->notes.n; i++) {
        if (memmem(problem->notes.note[i].ptr, problem->notes.note[i].len, part, strlen(part))) {
            return true;
        }
    }
    return false;
}

static void is_text(const struct amp_buf *got, const char *expected)
{
    if (!amp_str_is(amp_buf_view(got), expected)) {
        fail_msg("%.*s\nis not\n%s", (int)got->len, got->data, expected);
    }
}

static void a_section_is_the_three_texts_of_a_problem(void **state)
{
    (void)state;
    struct made made;
    assert_int_equal(make(&made, WHOLE), AMP_OK);
    is_text(&made.problem.people,
            "kind\tfamily\tid\tfid\tmid\tsex\tTH01\tFGA\tAMEL\tmissing\n"
            "victim\t-\tV=1\t0\t0\t1\t8/9.3\t22/22\t-/-\t0\n"
            "family\tF1\tR\t0\t0\t2\t8/10\t-/-\tX/X\t0\n"
            "family\tF1\tMissing person\tuntyped father of Missing person\tR\t1\t-/-\t-/-\t-/-\t1\n"
            "family\tF1\tuntyped father of Missing person\t0\t0\t1\t-/-\t-/-\t-/-\t0\n");
    is_text(&made.problem.markers,
            "marker\tallele\tfrequency\nTH01\t8\t0.1\nTH01\t9.3\t0.3\nTH01\t10\t0.6\n"
            "FGA\t22\t0.25\nFGA\t23\t0.75\n");
    is_text(&made.problem.mutation,
            "TH01 : male.model=proportional male.rate=0.002 female.model=stepwise "
            "female.rate=0.001 female.range=0.1 female.rate2=0.0001\n"
            "FGA : male.model=none female.model=none\n");
    assert_true(made.problem.theta == 0.01);
    assert_int_equal(made.problem.doubt.len, 0);
    assert_true(notes_say(&made.problem, "Missing person is taken to be male"));
    assert_true(notes_say(&made.problem, "marker FGA: 1 alleles of frequency 0"));
    assert_true(notes_say(&made.problem, "drop-out, 0.05, is not used"));
    made_free(&made);
}

static void its_texts_are_read_as_a_problem(void **state)
{
    (void)state;
    struct made made;
    struct amp_dvi dvi;
    assert_int_equal(make(&made, WHOLE), AMP_OK);
    const struct amp_dvi_files files = {.people = amp_buf_view(&made.problem.people),
                                        .markers = amp_buf_view(&made.problem.markers),
                                        .mutation = amp_buf_view(&made.problem.mutation),
                                        .people_name = "people.tsv",
                                        .markers_name = "markers.tsv",
                                        .mutation_name = "mutation.txt"};
    if (amp_dvi_read(&files, &made.arena, &dvi, &made.why)) {
        fail_msg("%s", made.why.text);
    }
    assert_int_equal(dvi.victim_n, 1);
    assert_int_equal(dvi.missing_n, 1);
    assert_int_equal(dvi.missing[0].sex, AMP_KIN_MALE);
    assert_int_equal(dvi.marker[0].female.model, AMP_KIN_STEPWISE);
    assert_int_equal(dvi.marker[0].male.model, AMP_KIN_PROPORTIONAL);
    assert_true(dvi.marker[0].male.rate == 0.002 && dvi.marker[0].female.rate2 == 0.0001);
    made_free(&made);
}

static void sexes_of_parents_follow_or_are_asked_for(void **state)
{
    (void)state;
    struct made made;
    /* with R, a woman: he is the father */
    assert_int_equal(make(&made, MARKERS VICTIM "nFamilies= 1\n" FAMILY("1") PEDIGREES(
                                     "nRelations= 2\nParent= Missing person\nChild= Missing male 1"
                                     "\nParent= R\nChild= Missing male 1\n")),
                     AMP_OK);
    assert_int_equal(made.problem.doubt.len, 0);
    assert_non_null(memmem(made.problem.people.data, made.problem.people.len,
                           "F1\tMissing male 1\tMissing person\tR\t1\t", 34));
    made_free(&made);
    /* alone, and nothing says what he is */
    assert_int_equal(
        make(&made,
             MARKERS VICTIM "nFamilies= 1\n" FAMILY("1") PEDIGREES(
                 "nRelations= 2\nParent= Missing person\nChild= R\nParent= R\nChild= Missing male 1"
                 "\n")),
        AMP_OK);
    assert_true(made.problem.doubt.len > 0);
    assert_true(notes_say(&made.problem, "whether Missing person is the father or the mother"));
    made_free(&made);
}

static void refused(const char *text, amp_err expected, const char *part)
{
    struct made made;
    const amp_err err = make(&made, text);
    if (err != expected || !strstr(made.why.text, part)) {
        fail_msg("%s (%s) does not say \"%s\"", made.why.text, amp_err_code(err), part);
    }
    assert_int_equal(made.problem.people.len, 0);
    made_free(&made);
}

static void what_is_no_problem_is_told_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
        amp_err err;
    } rows[] = {
        {MARKERS SETTINGS, "has no [DVI] section", AMP_E_MISSING},
        {MARKERS VICTIM "nFamilies= 2\n" FAMILY("1") PEDIGREES(SON) SETTINGS,
         "Family should be here, not \"the end of the section\"", AMP_E_SYNTAX},
        {MARKERS VICTIM "nFamilies= 2\n" FAMILY("1") PEDIGREES(SON) FAMILY("1") PEDIGREES(SON),
         "a second family has this name: \"F1\"", AMP_E_RANGE},
        {MARKERS VICTIM "nFamilies= many\n", "nFamilies is \"many\"", AMP_E_SYNTAX},
        {MARKERS VICTIM "nFamilies= 99999999\n", "0 to 20000", AMP_E_LIMIT},
        {MARKERS VICTIM "nFamilies= 1\n" FAMILY("1") "[[[[Pedigrees]]]]\nnPedigrees= 0\n",
         "the family has no pedigree", AMP_E_RANGE},
        {MARKERS VICTIM "nFamilies= 1\n" FAMILY(
             "1") "[[[[Pedigrees]]]]\nnPedigrees= 2\n[[[[[Pedigree 1]]]]]\nName= a\nnRelations= 0\n"
                  "[[[[[Pedigree 2]]]]]\nName= b\nnRelations= 0\n",
         "several pedigrees, a and b", AMP_E_RANGE},
        {MARKERS VICTIM "nFamilies= 1\n" FAMILY("1")
             PEDIGREES("nRelations= 1\nParent= R\nMother= R\n"),
         "Child should be here, not \"Mother= R\"", AMP_E_SYNTAX},
        {MARKERS VICTIM "nFamilies= 1\n" FAMILY("1") PEDIGREES(
             "nRelations= 3\nParent= R\nChild= x\nParent= y\nChild= x\nParent= z\nChild= x\n"),
         "three parents", AMP_E_RANGE},
        {MARKERS "[DVI]\n[[Unidentified persons]]\nnPersons= 1\n[[[Person 1]]]\nGender= Male\n",
         "a person has no name", AMP_E_SYNTAX},
        {HEAD "1\n#TRUE#\n\"db\"\n\"TH01\"\n0\n0\n0\n0\n2\n0.1\n0.1\n0\n0\n#TRUE#\n0.02\n1\t()\n"
              "\"8\"\n0.98\n" VICTIM "nFamilies= 1\n" FAMILY("1") PEDIGREES(SON),
         "a silent allele of frequency 0.02", AMP_E_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        refused(rows[i].text, rows[i].err, rows[i].part);
    }
}

static void running_out_of_memory_anywhere_is_an_error_and_no_text(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t room = 1 << 10; room < 1 << 20; room += 1 << 10) {
        struct made made = {.arena = amp_arena_make(room)};
        struct amp_fam fam;
        amp_err err = amp_fam_read(AMP_STR(WHOLE), "case.fam", &made.arena, &fam, &made.why);
        err = err ? err : amp_fam_problem_make(&fam, &made.arena, &made.problem, &made.why);
        assert_true(err == AMP_OK || (err == AMP_E_NOMEM && made.problem.people.len == 0));
        failed += err != AMP_OK;
        made_free(&made);
    }
    assert_true(failed > 0 && failed < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_is_the_three_texts_of_a_problem),
        cmocka_unit_test(its_texts_are_read_as_a_problem),
        cmocka_unit_test(sexes_of_parents_follow_or_are_asked_for),
        cmocka_unit_test(what_is_no_problem_is_told_with_what_to_do),
        cmocka_unit_test(running_out_of_memory_anywhere_is_an_error_and_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
