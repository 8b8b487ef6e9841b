/* Problems are read whole or refused with the line; samples of one person are put together. */
#include "dna/dvi_inside.h"

#include "base/buf.h"
#include "base/chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26
};

static const char markers_text[] = "marker\tallele\tfrequency\n"
                                   "A\t9\t0.2\nA\t9.3\t0.3\nA\t10\t0.5\n"
                                   "B\t7\t0.01\nB\t8\t0.99\n";
static const char head[] = "kind\tfamily\tid\tfid\tmid\tsex\tA\tB\tmissing\n";
static const char usual_people[] = "victim\t-\tV\t0\t0\t1\t9/10\t7/8\t0\n"
                                   "family\tF\tM\tdad\tmum\t1\t-/-\t-/-\t1\n"
                                   "family\tF\tdad\t0\t0\t1\t9/9.30\t7/7\t0\n"
                                   "family\tF\tmum\t0\t0\t2\t-/-\t-\t0\n";

struct text {
    struct amp_arena arena;
    struct amp_buf people;
    struct amp_dvi dvi;
    struct amp_why why;
};

static amp_err text_read(struct text *out, const char *people, const char *markers,
                         const char *mutation, double min_freq)
{
    out->arena = amp_arena_make(ARENA);
    out->people = amp_buf_make(1 << 20);
    out->why = (struct amp_why){""};
    amp_buf_text(&out->people, people);
    struct amp_dvi_files files = {.people = amp_buf_view(&out->people),
                                  .markers = amp_str_of(markers),
                                  .mutation = amp_str_of(mutation),
                                  .people_name = "people.tsv",
                                  .markers_name = "markers.tsv",
                                  .mutation_name = "mutation.txt",
                                  .min_freq = min_freq};
    return amp_dvi_read(&files, &out->arena, &out->dvi, &out->why);
}

static void text_free(struct text *text)
{
    amp_buf_free(&text->people);
    amp_arena_drop(&text->arena);
}

static const char *joined(const char *a, const char *b)
{
    static char room[4096];
    (void)snprintf(room, sizeof(room), "%s%s", a, b);
    return room;
}

static void says(const struct text *text, const char *part)
{
    if (!strstr(text->why.text, part)) {
        fail_msg("\"%s\" does not say \"%s\"", text->why.text, part);
    }
}

static void refused(const char *people, const char *markers, const char *mutation, const char *part)
{
    struct text text;
    memset(&text.dvi, 0x5a, sizeof(text.dvi));
    struct amp_dvi before = text.dvi;
    assert_int_not_equal(text_read(&text, people, markers, mutation, 0), AMP_OK);
    says(&text, part);
    assert_memory_equal(&text.dvi, &before, sizeof(before));
    text_free(&text);
}

static void a_problem_is_read_with_parents_before_children(void **state)
{
    (void)state;
    struct text text;
    assert_int_equal(text_read(&text, joined(head, usual_people), markers_text, "* : none\n", 0),
                     AMP_OK);
    const struct amp_dvi *dvi = &text.dvi;
    assert_int_equal(dvi->victim_n, 1);
    assert_int_equal(dvi->missing_n, 1);
    assert_int_equal(dvi->marker_n, 2);
    const struct amp_dvi_family *family = &dvi->family[0];
    assert_int_equal(family->pedigree.person_n, 3);
    const struct amp_kin_person *son = &family->pedigree.person[dvi->missing[0].person];
    assert_true(amp_str_is(son->name, "M"));
    assert_true(son->father >= 0 && (uint32_t)son->father < dvi->missing[0].person);
    assert_int_equal(family->genotype[(size_t)son->father].b, 1); /* 9.30 is 9.3 */
    assert_int_equal(family->typed_n, 1);
    text_free(&text);
}

static void a_stretch_of_ten_is_not_one_of_one(void **state)
{
    (void)state;
    struct text text;
    assert_int_equal(text_read(&text,
                               joined(head, "victim\t-\tV\t0\t0\t1\t9.3_10/9.3_1\t07/8\t0\n"
                                            "family\tF\tM\t0\t0\t1\t09.30_10/9.3_10\t-\t1\n"),
                               "marker\tallele\tfrequency\nA\t9.3_1\t0.5\nA\t9.3_10\t0.5\n"
                               "B\t7\t0.01\nB\t8\t0.99\n",
                               "* : none\n", 0),
                     AMP_OK);
    const struct amp_kin_genotype *victim = text.dvi.victim[0].genotype;
    assert_int_equal(victim[0].a, 1);
    assert_int_equal(victim[0].b, 0);
    assert_int_equal(victim[1].a, 0);
    text_free(&text);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    static const struct {
        const char *people, *part;
    } cases[] = {
        {"victim\t-\tV\t0\t0\t1\t9/11\t7/8\t0\n", "people.tsv:2: marker A: allele \"11\""},
        {"victim\t-\tV\t0\t0\t1\t9\t7/8\t0\n", "people.tsv:2: marker A: the genotype \"9\""},
        {"victim\t-\tV\t0\t0\t1\t9/-\t7/8\t0\n", "is not a/b"},
        {"victim\t-\tV\t0\t0\t3\t9/9\t7/8\t0\n", "people.tsv:2: sex is 1"},
        {"victim\t-\tV\t0\t0\t1\t9/9\t7/8\t1\n", "a victim was found"},
        {"victim\t-\tV\t0\t0\t1\t9/9\t7/8\n", "not as many columns"},
        {"stain\t-\tV\t0\t0\t1\t9/9\t7/8\t0\n", "kind is victim or family"},
        {"victim\t-\t*\t0\t0\t1\t9/9\t7/8\t0\n", "needs a name"},
        {"victim\t-\tV\t0\t0\t1\t9/9\t7/8\t0\nvictim\t-\tV\t0\t0\t1\t9/9\t7/8\t0\n",
         "people.tsv:3: V: a second victim"},
        {"family\tF\tM\tdad\t0\t1\t-/-\t-/-\t1\n", "has one parent"},
        {"family\tF\tM\tdad\tmum\t1\t-/-\t-/-\t1\n", "no row for the parent dad"},
        {"family\tF\tM\tM\tmum\t1\t-/-\t-/-\t1\nfamily\tF\tmum\t0\t0\t2\t-\t-\t0\n",
         "is an ancestor of himself"},
        {"family\tF\tM\tmum\tmum\t1\t-/-\t-/-\t1\nfamily\tF\tmum\t0\t0\t2\t-\t-\t0\n",
         "sex of the parent"},
        {"family\tF\tM\t0\t0\t1\t-/-\t-/-\t1\nfamily\tF\tM\t0\t0\t2\t-\t-\t0\n", "the name twice"},
        {"victim\t-\tV\t0\t0\t1\t9/9\t7/8\t0\n", "there is no missing person"},
        {"family\tF\tM\t0\t0\t1\t-/-\t-/-\t1\n", "there is no victim"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refused(joined(head, cases[i].people), markers_text, "", cases[i].part);
    }
    refused("", markers_text, "", "is empty");
    refused("kind\tfamily\n", markers_text, "", "there is no column \"id\"");
    refused(joined("kind\tfamily\tid\tfid\tmid\tsex\tC\tmissing\n", ""), markers_text, "",
            "no frequencies");
}

static void wrong_frequencies_and_models_are_told_with_their_line(void **state)
{
    static const struct {
        const char *markers, *mutation, *part;
    } cases[] = {
        {"marker\tallele\tfrequency\nA\t9\t0.2\n", "", "the frequencies sum to 0.2000"},
        {"marker\tallele\tfrequency\nA\t9\t0\n", "", "markers.tsv:2: marker A allele \"9\""},
        {"marker\tallele\tfrequency\nA\t9\t1\nA\t9.0\t0.1\n", "", "stands there twice"},
        {"marker\tallele\tfrequency\nA\t9\t1\nB\t9\t1\nA\t8\t0.1\n", "", "keep its rows together"},
        {"allele\tmarker\tfrequency\n", "", "needs three columns"},
        {"", "", "there is no marker"},
        {NULL, "A : often\n", "mutation.txt:1: marker A: there is no value for \"often\""},
        {NULL, "A : equal rate=x\n", "no number of 0 or more: \"x\""},
        {NULL, "A : equal rat=0.1\n", "there is no setting \"rat\""},
        {NULL, "A : none\nA : none\n", "a second line for \"A\""},
        {NULL, "equal\n", "there is no NAME : before"},
        {NULL, "A : equal rate=2\n", "A"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refused(joined(head, usual_people), cases[i].markers ? cases[i].markers : markers_text,
                cases[i].mutation, cases[i].part);
    }
}

static void mutation_models_are_read_as_printed_and_in_short(void **state)
{
    static const char *const forms[] = {
        "A : $model [1] \"equal\"  $rate [1] 0.001  $rate2 [1] 0  $range [1] 0.1  \nB : none\n",
        "A : $model [1] \"equal\" $rate [1] 0.001 $<NA> NULL $range [1] 0.1\n",
        ("A : $male $male$model [1] \"equal\" $male$rate [1] 0.001 $male$range [1] 0.1 $female "
         "$female$model [1] \"equal\" $female$rate [1] 0.001 $female$range [1] 0.1\n"),
        "A : equal rate=0.001, range=0.1\n",
        "* : equal rate=0.001 range=0.1\nB : none\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct text text;
        assert_int_equal(text_read(&text, joined(head, usual_people), markers_text, forms[i], 0),
                         AMP_OK);
        const struct amp_kin_marker *marker = &text.dvi.marker[0];
        assert_int_equal(marker->male.model, AMP_KIN_EQUAL);
        assert_int_equal(marker->female.model, AMP_KIN_EQUAL);
        assert_true(marker->male.rate > 0.00099 && marker->male.rate < 0.00101);
        assert_true(marker->female.range > 0.09 && marker->female.range < 0.11);
        assert_int_equal(text.dvi.marker[1].male.model, AMP_KIN_NONE);
        text_free(&text);
    }
    struct text text;
    assert_int_equal(text_read(&text, joined(head, usual_people), markers_text,
                               "A : equal rate=0.001 female.rate=0.0005\n", 0),
                     AMP_OK);
    assert_true(text.dvi.marker[0].female.rate < text.dvi.marker[0].male.rate);
    text_free(&text);
}

static bool noted(const struct text *text, const char *part)
{
    for (size_t i = 0; i < text->dvi.notes.n; i++) {
        char room[400];
        (void)snprintf(room, sizeof(room), "%.*s", (int)text->dvi.notes.note[i].len,
                       text->dvi.notes.note[i].ptr);
        if (strstr(room, part)) {
            return true;
        }
    }
    return false;
}

static void amelogenin_tells_the_sex_and_what_disagrees_is_noted(void **state)
{
    (void)state;
    struct text text;
    const char *people = "kind\tfamily\tid\tfid\tmid\tsex\tA\tAmel\tmissing\n"
                         "victim\t-\tV\t0\t0\t0\t9/9\tX/X\t0\n"
                         "victim\t-\tW\t0\t0\t1\t9/9\tX/X\t0\n"
                         "family\tF\tM\t0\t0\t1\t-/-\t-/-\t1\n"
                         "family\tF\tmum\t0\t0\t2\t9/9\tX/X\t0\n";
    assert_int_equal(text_read(&text, people, markers_text, "", 0), AMP_OK);
    assert_int_equal(text.dvi.victim[0].sex, AMP_KIN_FEMALE);
    assert_int_equal(text.dvi.victim[1].sex, AMP_KIN_MALE);
    assert_true(noted(&text, "people.tsv:3: W: amelogenin X/X disagrees"));
    assert_true(noted(&text, "marker B has no column"));
    text_free(&text);
}

static void an_unlisted_allele_gets_the_least_frequency_when_one_is_given(void **state)
{
    (void)state;
    struct text text;
    const char *people = joined(head, "victim\t-\tV\t0\t0\t1\t9/11\t7/8\t0\n"
                                      "family\tF\tM\t0\t0\t1\t-/-\t-/-\t1\n");
    assert_int_equal(text_read(&text, people, markers_text, "", 0.001), AMP_OK);
    assert_int_equal(text.dvi.marker[0].allele_n, 4);
    assert_true(noted(&text, "allele 11 is not in the table"));
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        sum += text.dvi.marker[0].freq[i];
    }
    assert_true(sum > 1 - 1e-12 && sum < 1 + 1e-12);
    text_free(&text);
    static const char *const none[] = {"OL", "INC", "0", "?"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char row[64], part[64];
        (void)snprintf(row, sizeof row, "victim\t-\tV\t0\t0\t1\t9/%s\t7/8\t0\n", none[i]);
        (void)snprintf(part, sizeof part, "\"%s\" is no allele of the marker", none[i]);
        assert_int_equal(text_read(&text, joined(head, row), markers_text, "", 0.001), AMP_E_RANGE);
        says(&text, part);
        text_free(&text);
    }
}

static void missing_persons_of_one_name_are_told_with_their_family(void **state)
{
    (void)state;
    struct text text;
    const char *people = joined(head, "victim\t-\tV\t0\t0\t1\t9/9\t7/8\t0\n"
                                      "family\tF\tMP\t0\t0\t1\t-/-\t-/-\t1\n"
                                      "family\tG\tMP\t0\t0\t1\t-/-\t-/-\t1\n");
    assert_int_equal(text_read(&text, people, markers_text, "", 0), AMP_OK);
    assert_true(amp_str_is(text.dvi.missing[0].name, "F/MP"));
    assert_true(amp_str_is(text.dvi.missing[1].name, "G/MP"));
    text_free(&text);
}

/* A toothbrush: the LR is that of a direct match, 1 / P(profile). */
static void a_missing_person_s_own_sample_is_compared_directly(void **state)
{
    (void)state;
    struct text text;
    struct amp_dvi_pairs pairs;
    const struct amp_dvi_settings settings = amp_dvi_settings_usual();
    const char *people = joined(head, "victim\t-\tV\t0\t0\t1\t9/10\t7/8\t0\n"
                                      "victim\t-\tW\t0\t0\t1\t9/9\t7/8\t0\n"
                                      "family\tF\tM\t0\t0\t1\t10/9\t8/7\t1\n");
    assert_int_equal(text_read(&text, people, markers_text, "", 0), AMP_OK);
    assert_int_equal(amp_dvi_pairwise(&text.dvi, &settings, &text.arena, &pairs, &text.why),
                     AMP_OK);
    double direct = -log(2 * 0.2 * 0.5) - log(2 * 0.01 * 0.99);
    assert_true(fabs(pairs.log_lr[0] - direct) < 1e-12);
    assert_true(pairs.log_lr[1] < -1e300);
    assert_true(noted(&text, "has a sample of his own"));
    text_free(&text);
}

static void who_is_related_to_nobody_typed_is_not_identifiable(void **state)
{
    (void)state;
    struct text text;
    struct amp_dvi_pairs pairs;
    struct amp_dvi_solution solution;
    const struct amp_dvi_settings settings = amp_dvi_settings_usual();
    const char *people = joined(head, "victim\t-\tV\t0\t0\t1\t9/10\t7/8\t0\n"
                                      "family\tF\tM\t0\t0\t1\t-/-\t-/-\t1\n"
                                      "family\tF\twife\t0\t0\t2\t9/9\t7/7\t0\n"
                                      "family\tF\tson\tM2\twife\t1\t-/-\t-/-\t1\n"
                                      "family\tF\tM2\t0\t0\t1\t-/-\t-/-\t1\n");
    assert_int_equal(text_read(&text, people, markers_text, "", 0), AMP_OK);
    assert_int_equal(amp_dvi_pairwise(&text.dvi, &settings, &text.arena, &pairs, &text.why),
                     AMP_OK);
    assert_int_equal(amp_dvi_solve(&text.dvi, &pairs, &settings, &text.arena, &solution, &text.why),
                     AMP_OK);
    assert_int_equal(solution.missing[0].conclusion, AMP_DVI_NOT_IDENTIFIABLE);
    /* the father of a missing son of a typed mother is linked through the son */
    assert_int_not_equal(solution.missing[2].conclusion, AMP_DVI_NOT_IDENTIFIABLE);
    text_free(&text);
}

/* A grandparent typed, his missing child and grandchild: the child is found first, and then the
 * grandchild is compared with a typed parent. */
static void a_victim_who_is_matched_helps_to_find_the_next(void **state)
{
    (void)state;
    struct text text;
    struct amp_dvi_pairs pairs;
    struct amp_dvi_solution solution;
    struct amp_dvi_settings settings = amp_dvi_settings_usual();
    const char *people = joined(head, "victim\t-\tV1\t0\t0\t1\t9/9.3\t7/8\t0\n"
                                      "victim\t-\tV2\t0\t0\t1\t9.3/9.3\t7/8\t0\n"
                                      "family\tF\told\t0\t0\t1\t9/9\t7/7\t0\n"
                                      "family\tF\twife\t0\t0\t2\t-/-\t-/-\t0\n"
                                      "family\tF\tM1\told\twife\t1\t-/-\t-/-\t1\n"
                                      "family\tF\tmum\t0\t0\t2\t-/-\t-/-\t0\n"
                                      "family\tF\tM2\tM1\tmum\t1\t-/-\t-/-\t1\n");
    settings.threshold = 2;
    assert_int_equal(text_read(&text, people, markers_text, "", 0), AMP_OK);
    assert_int_equal(amp_dvi_pairwise(&text.dvi, &settings, &text.arena, &pairs, &text.why),
                     AMP_OK);
    assert_int_equal(amp_dvi_solve(&text.dvi, &pairs, &settings, &text.arena, &solution, &text.why),
                     AMP_OK);
    const struct amp_dvi_finding *first = &solution.missing[0];
    const struct amp_dvi_finding *second = &solution.missing[1];
    assert_int_equal(first->conclusion, AMP_DVI_UNDISPUTED);
    assert_int_equal(first->step, 1);
    assert_int_equal(first->other[0], 0);
    assert_true(fabs(first->lr - 0.3 / (2 * 0.2 * 0.3) * 0.99 / (2 * 0.01 * 0.99)) < 1e-9);
    assert_int_equal(second->conclusion, AMP_DVI_UNDISPUTED);
    assert_int_equal(second->step, 2);
    assert_int_equal(second->other[0], 1);
    double alone = exp(pairs.log_lr[1 * 2 + 1]);
    double helped = 0.5 * 0.3 / (0.3 * 0.3) * 0.5 / (2 * 0.01 * 0.99);
    assert_true(fabs(second->lr - helped) < 1e-9 && helped > 3 * alone);
    text_free(&text);
}

/* Three samples of one rare profile, one with an allele lost, and somebody else. */
static const char parts[] = "victim\t-\tleg\t0\t0\t1\t9/9\t-/-\t0\n"
                            "victim\t-\tarm\t0\t0\t1\t9/9\t7/7\t0\n"
                            "victim\t-\thead\t0\t0\t0\t9/10\t7/7\t0\n"
                            "victim\t-\tother\t0\t0\t2\t9/9\t7/7\t0\n"
                            "family\tF\tM\t0\t0\t1\t-/-\t-/-\t1\n";

static void samples_of_one_person_are_put_together_and_listed(void **state)
{
    (void)state;
    struct text text;
    struct amp_dvi merged;
    struct amp_dvi_merged groups;
    struct amp_dvi_settings settings = amp_dvi_settings_usual();
    assert_int_equal(text_read(&text, joined(head, parts), markers_text, "", 0), AMP_OK);
    settings.threshold = 20;
    assert_int_equal(amp_dvi_merge(&text.dvi, &settings, &text.arena, &merged, &groups, &text.why),
                     AMP_OK);
    assert_int_equal(groups.group_n, 1); /* leg and arm agree at A: LR 25 */
    assert_int_equal(groups.group[0].into, 1);
    assert_int_equal(groups.group[0].part[0], 0);
    assert_true(fabs(exp(groups.group[0].log_lr) - 25) < 1e-9);
    assert_int_equal(merged.victim_n, 3);
    assert_int_equal(groups.index[0], groups.index[1]);

    settings.merge = AMP_DVI_MERGE_DROP_OUT; /* head lost nothing, arm lost the 10 */
    assert_int_equal(amp_dvi_merge(&text.dvi, &settings, &text.arena, &merged, &groups, &text.why),
                     AMP_OK);
    assert_int_equal(groups.group_n, 1);
    assert_int_equal(groups.group[0].part_n, 2); /* and the leg, which is like both */
    assert_int_equal(groups.group[0].into, 1);
    assert_int_equal(groups.group[0].part[1], 2);
    assert_int_equal(groups.group[0].lost_n, 1);
    assert_true(merged.victim[groups.index[1]].genotype[0].a !=
                merged.victim[groups.index[1]].genotype[0].b);

    settings.merge = AMP_DVI_MERGE_OFF;
    assert_int_equal(amp_dvi_merge(&text.dvi, &settings, &text.arena, &merged, &groups, &text.why),
                     AMP_OK);
    assert_int_equal(groups.group_n, 0);
    assert_int_equal(merged.victim_n, 4);
    text_free(&text);
}

/* A family of two missing and more victims than are compared one by one. */
static void ways_to_fill_a_family_have_the_lr_of_its_likelihood(void **state)
{
    (void)state;
    struct text text;
    struct amp_chance chance = {3};
    struct amp_buf people = amp_buf_make(1 << 16);
    static const char *const a[] = {"9", "9.3", "10"};
    static const char *const b[] = {"7", "8"};
    amp_buf_text(&people, head);
    for (size_t v = 0; v < 30; v++) {
        amp_buf_printf(&people, "victim\t-\tV%zu\t0\t0\t1\t%s/%s\t%s/%s\t0\n", v,
                       a[amp_chance_below(&chance, 3)], a[amp_chance_below(&chance, 3)],
                       b[amp_chance_below(&chance, 2)], b[amp_chance_below(&chance, 2)]);
    }
    amp_buf_text(&people,
                 "family\tF\tdad\t0\t0\t1\t9/10\t7/8\t0\nfamily\tF\tmum\t0\t0\t2\t-\t-\t0\n"
                 "family\tF\tM\tdad\tmum\t1\t-\t-\t1\nfamily\tF\tN\tdad\tmum\t1\t-\t-\t1\n");
    assert_int_equal(
        text_read(&text, amp_buf_cstr(&people), markers_text, "* : equal rate=0.01\n", 0), AMP_OK);
    struct amp_dvi_pairs pairs;
    struct dvi_options options;
    const struct amp_dvi_settings settings = amp_dvi_settings_usual();
    const struct amp_dvi *dvi = &text.dvi;
    assert_int_equal(amp_dvi_pairwise(dvi, &settings, &text.arena, &pairs, &text.why), AMP_OK);
    struct dvi_family_ask ask = {dvi, &pairs, &settings, dvi->marker, 0, pairs.pair, pairs.pair_n};
    assert_int_equal(dvi_options_make(&ask, &text.arena, &options, &text.why), AMP_OK);
    assert_int_equal(options.n, 1 + 30 + 30 + 30 * 29);
    struct amp_arena scratch = amp_arena_make(ARENA);
    for (size_t o = 0; o < options.n; o += 7) {
        const struct dvi_option *option = &options.option[o];
        double log = 0;
        assert_int_equal(dvi_family_loglik(dvi, dvi->marker, &dvi->family[0],
                                           &options.placed[option->placed_at], option->placed_n,
                                           &scratch, &log, &text.why),
                         AMP_OK);
        log -= pairs.family_log[0];
        for (size_t t = 0; t < option->placed_n; t++) {
            log -= pairs.victim_log[options.placed[option->placed_at + t].victim];
        }
        assert_true(fabs(log - option->log_lr) < 1e-11);
    }
    amp_arena_drop(&scratch);
    amp_buf_free(&people);
    text_free(&text);
}

static void a_number_of_any_size_keeps_its_digits(void **state)
{
    (void)state;
    struct dvi_wide one = dvi_wide_exp(0);
    struct dvi_wide large = dvi_wide_exp(5000);
    struct dvi_wide small = dvi_wide_exp(-5000);
    assert_true(fabs(dvi_wide_log(dvi_wide_mul(large, large)) - 10000) < 1e-9);
    assert_true(fabs(dvi_wide_ratio(dvi_wide_mul(large, small), one) - 1) < 1e-11);
    assert_true(fabs(dvi_wide_ratio(dvi_wide_add(large, large), large) - 2) < 1e-15);
    assert_true(dvi_wide_ratio(dvi_wide_add(one, small), one) <= 1);
    assert_true(dvi_wide_ratio(small, large) <= 0);
    struct dvi_wide near = dvi_wide_exp(177);
    assert_true(fabs(dvi_wide_log(dvi_wide_add(near, dvi_wide_exp(178))) - (178 + log1p(exp(-1)))) <
                1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_is_read_with_parents_before_children),
        cmocka_unit_test(a_stretch_of_ten_is_not_one_of_one),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(wrong_frequencies_and_models_are_told_with_their_line),
        cmocka_unit_test(mutation_models_are_read_as_printed_and_in_short),
        cmocka_unit_test(amelogenin_tells_the_sex_and_what_disagrees_is_noted),
        cmocka_unit_test(an_unlisted_allele_gets_the_least_frequency_when_one_is_given),
        cmocka_unit_test(missing_persons_of_one_name_are_told_with_their_family),
        cmocka_unit_test(a_missing_person_s_own_sample_is_compared_directly),
        cmocka_unit_test(who_is_related_to_nobody_typed_is_not_identifiable),
        cmocka_unit_test(a_victim_who_is_matched_helps_to_find_the_next),
        cmocka_unit_test(samples_of_one_person_are_put_together_and_listed),
        cmocka_unit_test(ways_to_fill_a_family_have_the_lr_of_its_likelihood),
        cmocka_unit_test(a_number_of_any_size_keeps_its_digits),
    };
    return cmocka_run_group_tests_name("dna/dvi", tests, NULL, NULL);
}
