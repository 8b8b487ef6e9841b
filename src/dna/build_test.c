/* The builder's conventions one by one, on tables written here. */
#include "dna/build.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    ARENA = 1 << 26,
    REPLICATES = 3
};

/* Everything that one calculation reads, and what is built from it. */
struct stand {
    struct amp_arena arena;
    struct amp_dna_profiles stain, references;
    struct amp_dna_freqs freqs;
    struct amp_dna_kit kit;
    const struct amp_dna_sample *replicate[REPLICATES];
    struct amp_mix_input input;
    struct amp_mix_settings settings;
    struct amp_mix_hypothesis hypothesis;
    struct amp_mix mix;
    struct amp_mix_notes notes;
    struct amp_why why;
};

static void kit_choose(struct stand *st, const char *name)
{
    assert_int_equal(amp_dna_kit_find(amp_str_of(name), &st->arena, &st->kit, &st->why), AMP_OK);
}

static amp_err build(struct stand *st)
{
    st->why.text[0] = '\0';
    st->notes = (struct amp_mix_notes){.n = 0};
    return amp_mix_build(&st->input, &st->settings, &st->hypothesis, &st->arena, &st->mix,
                         &st->notes, &st->why);
}

static void close_to(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12 * (1 + fabs(b)))) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

/* All samples as replicates, two unknown contributors; no kit, no stutter. */
static void stand_ask(struct stand *st)
{
    for (size_t i = 0; i < st->stain.sample_n && i < REPLICATES; i++) {
        st->replicate[i] = &st->stain.sample[i];
    }
    st->input =
        (struct amp_mix_input){st->replicate, st->stain.sample_n, &st->references, &st->freqs};
    st->settings = (struct amp_mix_settings){
        .threshold = {.value = 50}, .drop_in = {.value = 0.05}, .drop_in_lambda = {.value = 0.01}};
    st->hypothesis = (struct amp_mix_hypothesis){.contributor_n = 2};
}

/* A stain, references and frequencies written here. */
static void stand_write(struct stand *st, struct amp_str stain, struct amp_str references,
                        struct amp_str freqs)
{
    *st = (struct stand){.arena = amp_arena_make(ARENA)};
    if (amp_dna_profiles_read(stain, "s", &st->arena, &st->stain, &st->why) != AMP_OK ||
        amp_dna_profiles_read(references, "r", &st->arena, &st->references, &st->why) != AMP_OK ||
        amp_dna_freqs_read(freqs, "f", &st->arena, &st->freqs, &st->why) != AMP_OK) {
        fail_msg("%s", st->why.text);
    }
    stand_ask(st);
}

static void builds(struct stand *st)
{
    if (build(st) != AMP_OK) {
        fail_msg("%s", st->why.text);
    }
}

static void refused(struct stand *st, amp_err err, const char *because)
{
    st->mix = (struct amp_mix){.marker_n = 7};
    const amp_err got = build(st);
    if (got != err || strstr(st->why.text, because) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", amp_err_code(got), st->why.text, because);
    }
    assert_int_equal(st->mix.marker_n, 7);
}

static bool noted(const struct stand *st, const char *what)
{
    for (size_t i = 0; i < st->notes.n; i++) {
        if (strstr(st->notes.note[i].ptr, what) != NULL) {
            return true;
        }
    }
    return false;
}

static size_t at_name(const struct amp_mix_marker *mk, const char *name)
{
    for (size_t i = 0; i < mk->allele_n; i++) {
        if (amp_str_is(mk->allele[i].name, name)) {
            return i;
        }
    }
    fail_msg("no allele %s", name);
    return 0;
}

#define STAIN   "Sample Name,Marker,Allele 1,Allele 2,Allele 3,Height 1,Height 2,Height 3\n"
#define PERSONS "Sample Name,Marker,Allele 1,Allele 2,Allele 3\n"

static void peaks_below_the_threshold_and_off_the_ladder_do_not_enter(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,OL,50,49.9,300\nA,FGA,22,,,400,,\n"),
                AMP_STR(PERSONS "R,TH01,7,8,\n"), AMP_STR("Allele,TH01\n7,0.4\n8,0.4\n9,0.2\n"));
    builds(&st);
    assert_int_equal(st.mix.marker_n, 1);
    const struct amp_mix_marker *mk = &st.mix.marker[0];
    assert_int_equal(mk->genotype_n, 2);
    assert_int_equal(mk->allele_n, 2);
    assert_int_equal(mk->rest, 1);
    close_to(mk->allele[0].freq, 0.4);
    close_to(mk->allele[1].freq, 0.6);
    assert_int_equal(mk->stutter, 0);
    assert_true(noted(&st, "FGA is left out: the frequency table does not have it"));
    assert_true(noted(&st, "TH01: a peak called OL of height 300 is left out"));
    assert_true(noted(&st, "1 peaks below the threshold are left out"));
    amp_arena_drop(&st.arena);
}

static void an_allele_that_is_not_listed_gets_the_smallest_frequency(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,9.3,,60,70,\n"), AMP_STR(PERSONS "R,TH01,7,8,\n"),
                AMP_STR("Allele,TH01,FGA\n7,0.5,0.01\n8,0.5,0.99\n"));
    builds(&st);
    const struct amp_mix_allele *al = st.mix.marker[0].allele;
    close_to(al[0].freq, 0.5 / 1.01);
    close_to(al[1].freq, 0.01 / 1.01);
    close_to(al[2].freq, 0.5 / 1.01);
    assert_true(noted(&st, "TH01: allele 9.3 is not in the frequency table; it gets 0.01"));
    st.settings.keep_sum = true;
    st.settings.min_freq = 0.002;
    builds(&st);
    al = st.mix.marker[0].allele;
    close_to(al[0].freq, 0.5);
    close_to(al[1].freq, 0.002);
    close_to(al[2].freq, 0.498);
    amp_arena_drop(&st.arena);
}

static void what_a_table_lacks_is_left_to_the_rest_unless_an_allele_is_added(void **state)
{
    (void)state;
    struct stand st;
    stand_write(
        &st, AMP_STR(STAIN "A,TH01,7,8,,60,70,\nA,FGA,20,22,,60,70,\nA,VWA,14,,,90,,\n"),
        AMP_STR(PERSONS "R,TH01,7,8,\n"),
        AMP_STR("Allele,TH01,FGA,VWA\n7,0.4,,\n8,0.4,,\n22,,0.8,\n14,,,0.505\n15,,,0.505\n"));
    builds(&st);
    const struct amp_mix_marker *mk = st.mix.marker;
    close_to(mk[0].allele[0].freq, 0.4);
    close_to(mk[0].allele[2].freq, 0.2);
    assert_true(noted(&st, "TH01: the table's frequencies add up to 0.8000; what is missing"));
    close_to(mk[1].allele[1].freq, 0.8 / 1.2); /* 20 was added at the smallest, 0.4 */
    assert_int_equal(mk[1].rest, -1);
    close_to(mk[2].allele[0].freq, 0.5);
    amp_arena_drop(&st.arena);
}

static void a_person_with_an_allele_beyond_a_fully_seen_table_brings_a_rest_allele(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,,60,70,\n"), AMP_STR(PERSONS "R,TH01,7,9,\n"),
                AMP_STR("Allele,TH01\n7,0.25\n8,0.75\n"));
    builds(&st);
    assert_int_equal(st.mix.marker[0].rest, -1);
    st.hypothesis.known_n = 1;
    st.hypothesis.known[0] = AMP_STR("R");
    builds(&st);
    const struct amp_mix_marker *mk = &st.mix.marker[0];
    assert_int_equal(mk->rest, 2);
    close_to(mk->allele[2].freq, 0.25 / 1.25);
    close_to(mk->allele[0].freq, 0.25 / 1.25);
    assert_int_equal(mk->copies[2], 1);
    assert_true(noted(&st, "TH01: a typed person has an allele that was not seen"));
    amp_arena_drop(&st.arena);
}

static void an_empty_marker_is_all_rest_and_a_missing_one_has_no_replicate(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,,,,,,\nA,FGA,22,,,90,,\nB,TH01,,,,,,\n"),
                AMP_STR(PERSONS "R,TH01,7,8,\n"), AMP_STR("Allele,TH01,FGA\n7,1,\n22,,1\n"));
    builds(&st);
    assert_int_equal(st.mix.marker_n, 2);
    const struct amp_mix_marker *mk = st.mix.marker;
    assert_int_equal(mk[0].genotype_n, 1);
    assert_int_equal(mk[0].rest, 0);
    assert_true(mk[0].allele[0].freq == 1);
    assert_int_equal(mk[0].replicate_n, 2);
    assert_int_equal(mk[1].genotype_n, 1);
    assert_int_equal(mk[1].rest, -1);
    assert_int_equal(mk[1].replicate_n, 1);
    amp_arena_drop(&st.arena);
}

static void a_known_contributor_may_have_three_alleles(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,9,60,70,80\n"),
                AMP_STR(PERSONS "R,TH01,7,8,9\nS,TH01,7,,\nT,TH01,7,7,8\n"),
                AMP_STR("Allele,TH01\n7,0.25\n8,0.25\n9,0.25\n10,0.25\n"));
    st.settings.theta.value = 0.01;
    st.hypothesis = (struct amp_mix_hypothesis){
        .contributor_n = 3, .known_n = 2, .known = {AMP_STR("R"), AMP_STR("S")}};
    builds(&st);
    const struct amp_mix_marker *mk = &st.mix.marker[0];
    const uint8_t copies[] = {1, 1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0};
    assert_memory_equal(mk->copies, copies, sizeof(copies));
    assert_int_equal(mk->known, 3);
    assert_true(mk->allele[0].typed == 3); /* once of R, twice of S */
    assert_true(mk->allele[1].typed == 1 && mk->allele[2].typed == 1);
    assert_true(mk->typed_n == 5);
    st.hypothesis.known[1] = AMP_STR("T");
    builds(&st);
    assert_int_equal(st.mix.marker[0].copies[4], 2);
    assert_int_equal(st.mix.marker[0].copies[5], 1);
    assert_true(st.mix.marker[0].allele[0].typed == 2); /* EuroForMix counts 7,7,8 as 7 and 8 */
    amp_arena_drop(&st.arena);
}

static void a_relative_is_typed_and_its_genotype_is_given(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,,60,70,\nA,FGA,22,,,90,,\n"),
                AMP_STR(PERSONS "R,TH01,9,8,\n"),
                AMP_STR("Allele,TH01,FGA\n7,0.4,\n8,0.4,\n9,0.2,\n22,,0.5\n23,,0.5\n"));
    st.hypothesis.related_to = AMP_STR("R");
    st.hypothesis.relation = AMP_MIX_SIBLING;
    builds(&st);
    assert_int_equal(st.mix.related, 1);
    assert_true(st.mix.kappa[0] == 0.25 && st.mix.kappa[1] == 0.5 && st.mix.kappa[2] == 0.25);
    assert_int_equal(st.mix.marker[0].relative[0], 2);
    assert_int_equal(st.mix.marker[0].relative[1], 1);
    assert_true(st.mix.marker[0].typed_n == 2);
    assert_int_equal(st.mix.marker[0].known, 0);
    assert_int_equal(st.mix.marker[1].relative[0], -1);
    assert_true(noted(&st, "R is not typed at FGA: the relation does not count there"));
    const double sums[][3] = {
        {1, 0, 0}, {0.25, 0.5, 0.25}, {0, 1, 0}, {0.5, 0.5, 0}, {0.75, 0.25, 0}};
    for (size_t i = 0; i < 5; i++) {
        st.hypothesis.relation = (enum amp_mix_relation)i;
        builds(&st);
        assert_memory_equal(st.mix.kappa, sums[i], sizeof(sums[i]));
        assert_int_equal(st.mix.related, i == AMP_MIX_UNRELATED ? -1 : 1);
    }
    st.hypothesis = (struct amp_mix_hypothesis){.contributor_n = 1,
                                                .known_n = 1,
                                                .known = {AMP_STR("R")},
                                                .related_to = AMP_STR("R"),
                                                .relation = AMP_MIX_COUSIN};
    refused(&st, AMP_E_RANGE, "a relative needs an unknown contributor");
    amp_arena_drop(&st.arena);
}

static void what_is_taken_for_granted_about_a_person_is_a_note(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,,60,70,\nA,FGA,22,,,90,,\nA,vWA,16,,,90,,\n"),
                AMP_STR(PERSONS "R,THO1,7,,\nR,FGA,21.4,22,\nR,vWA,15,16,\nR,D21,28,,\n"
                                "V,TH01,7,8,9\n"
                                "S,TH01,OL,7,\nT,TH01,INC,7,\nU,TH01,<8,7,\n"),
                AMP_STR("Allele,TH01,FGA,vWA\n7,0.5,,\n8,0.5,,\n22,,0.5,\n23,,0.5,\n15,,,0.5\n"
                        "16,,,0.5\n"));
    st.hypothesis.known_n = 1;
    st.hypothesis.known[0] = AMP_STR("R");
    builds(&st);
    assert_true(noted(&st, "R has one allele written at 1 marker (THO1): homozygous there"));
    assert_true(noted(&st, "R is typed at 1 marker that the stain lacks (D21)"));
    assert_true(noted(&st, "R at FGA: allele 21.4 is neither seen nor in the frequency table"));
    assert_false(noted(&st, "allele 15 is neither"));
    assert_int_equal(st.mix.marker[0].copies[0], 2); /* THO1 is TH01 */
    st.hypothesis.known[0] = AMP_STR("V");
    st.references.sample[1].heights = true;
    builds(&st);
    assert_true(noted(&st, "V has more than two alleles at 1 marker (TH01): all count"));
    assert_true(noted(&st, "V is given with peak heights: every peak counts as an allele"));
    st.hypothesis.known[0] = AMP_STR("S");
    refused(&st, AMP_E_RANGE, "S at marker TH01: \"OL\" is no allele; name it, or empty");
    st.hypothesis.known[0] = AMP_STR("T");
    refused(&st, AMP_E_RANGE, "T at marker TH01: \"INC\" is not named as the alleles of the stain");
    st.hypothesis.known[0] = AMP_STR("U");
    refused(&st, AMP_E_RANGE, "U at marker TH01: \"<8\" is not named as the alleles of the stain");
    amp_arena_drop(&st.arena);
}

static void stutter_of_sequence_names_changes_repeat_and_stretch(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,16.3_11_1_0,17.3_12_1_0,10_9,60,70,80\n"),
                AMP_STR(PERSONS "R,TH01,10_9,10_9,\n"),
                AMP_STR("Allele,TH01\n16.3_11_1_0,0.25\n17.3_12_1_0,0.25\n10_9,0.5\n"));
    st.settings.back = true;
    st.settings.forward = true;
    builds(&st);
    const struct amp_mix_marker *mk = &st.mix.marker[0];
    assert_int_equal(mk->genotype_n, 3);
    assert_int_equal(mk->allele_n, 7);
    assert_int_equal(mk->stutter, 2);
    assert_int_equal(mk->allele[1].back_to, 0);
    assert_int_equal(mk->allele[0].forward_to, 1);
    assert_int_equal(mk->allele[0].back_from, 1);
    assert_int_equal(mk->allele[0].back_to, at_name(mk, "15.3_10_1_0"));
    assert_int_equal(mk->allele[2].back_to, at_name(mk, "9_8"));
    assert_int_equal(mk->allele[1].forward_to, at_name(mk, "18.3_13_1_0"));
    assert_int_equal(mk->allele[2].forward_to, at_name(mk, "11_10"));
    assert_true(mk->allele[0].loses_back && mk->allele[0].loses_forward);
    assert_false(mk->allele[3].loses_back || mk->allele[3].loses_forward);
    amp_arena_drop(&st.arena);
}

static void a_sequence_name_in_two_spellings_is_one_allele(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,16_9,016.0_9,,60,60,\nB,TH01,17_10,16_09_,,50,70,\n"),
                AMP_STR(PERSONS "R,TH01,16_9,017_10,\n"),
                AMP_STR("Allele,TH01\n16.0_9,0.25\n17_10,0.75\n"));
    st.settings.back = true;
    st.settings.forward = true;
    builds(&st);
    const struct amp_mix_marker *mk = &st.mix.marker[0];
    assert_int_equal(mk->genotype_n, 2);
    assert_int_equal(mk->allele[1].back_to, 0);
    assert_int_equal(mk->allele[0].back_from, 1);
    close_to(mk->allele[0].freq, 0.25);
    close_to(mk->allele[1].freq, 0.75);
    amp_arena_drop(&st.arena);
}

static void names_that_are_no_numbers_do_not_stutter(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,AMEL,X,Y,,600,700,\n"), AMP_STR(PERSONS "R,AMEL,X,X,\n"),
                AMP_STR("Allele,AMEL\nX,0.75\nY,0.25\n"));
    kit_choose(&st, "ESX17");
    st.settings.kit = &st.kit;
    st.settings.degradation = true;
    st.settings.back = true;
    builds(&st);
    const struct amp_mix_marker *mk = &st.mix.marker[0];
    assert_int_equal(mk->allele_n, 2);
    assert_int_equal(mk->stutter, 0);
    assert_int_equal(mk->allele[0].back_to, -1);
    assert_false(mk->allele[0].loses_back);
    double x = 0;
    assert_int_equal(
        amp_dna_kit_size(amp_dna_kit_marker_find(&st.kit, AMP_STR("AMEL")), AMP_STR("X"), &x),
        AMP_OK);
    close_to(mk->allele[0].bp100, (x - 125) / 100);
    amp_arena_drop(&st.arena);
}

static void with_dnamixtures_convention_the_table_is_the_ladder(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,8,9.3,,60,70,\n"), AMP_STR(PERSONS "R,TH01,7,12,\n"),
                AMP_STR("Allele,TH01\n7,0.25\n8,0.25\n9,0.25\n9.3,0.25\n"));
    st.settings.convention = AMP_MIX_DNAMIXTURES;
    st.settings.back = true;
    builds(&st);
    const struct amp_mix_marker *mk = &st.mix.marker[0];
    assert_int_equal(mk->genotype_n, 4);
    assert_int_equal(mk->allele_n, 4);
    assert_int_equal(mk->rest, -1);
    assert_int_equal(mk->allele[0].back_to, -1);
    assert_false(mk->allele[0].loses_back);
    assert_int_equal(mk->allele[1].back_to, 0);
    assert_true(mk->allele[1].loses_back);
    assert_false(mk->allele[3].loses_back);
    assert_false(mk->allele[1].loses_forward);
    assert_true(mk->allele[0].height[0] == 0 && mk->allele[1].height[0] == 60);
    st.hypothesis.known_n = 1;
    st.hypothesis.known[0] = AMP_STR("R");
    builds(&st);
    mk = &st.mix.marker[0];
    assert_int_equal(mk->rest, 4);
    close_to(mk->allele[0].freq, 0.2);
    amp_arena_drop(&st.arena);
}

static void the_more_exact_number_of_a_setting_counts(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,D3S1358,15,,,300,,\nA,D16S539,9,,,300,,\nA,TH01,7,,,300,,\n"),
                AMP_STR(PERSONS "R,TH01,7,8,\n"),
                AMP_STR("Allele,D3S1358,D16S539,TH01\n7,,,1\n9,,1,\n15,1,,\n"));
    const struct amp_str marker = AMP_STR("th-01");
    const double value = 90;
    st.settings.threshold =
        (struct amp_mix_rule){.value = 50,
                              .dye_n = 2,
                              .dye = {{AMP_STR("B"), 70}, {AMP_STR("Yellow"), 80}},
                              .marker_n = 1,
                              .marker = &marker,
                              .marker_value = &value};
    refused(&st, AMP_E_MISSING, "threshold is given for dyes: name the kit");
    kit_choose(&st, "GlobalFiler");
    st.settings.kit = &st.kit;
    builds(&st);
    assert_true(st.mix.marker[0].threshold == 70); /* D3S1358 is blue in GlobalFiler */
    assert_true(st.mix.marker[1].threshold == 70); /* and so is D16S539 */
    assert_true(st.mix.marker[2].threshold == 90);
    st.settings.threshold.dye[0].dye = AMP_STR("green");
    builds(&st);
    assert_true(st.mix.marker[0].threshold == 50);
    assert_true(noted(&st, "D3S1358: no threshold is given for its dye blue; 50 is used"));
    kit_choose(&st, "MiniFiler");
    refused(&st, AMP_E_NOT_FOUND, "marker D3S1358 is not in kit MiniFiler");
    st.settings.threshold.dye_n = 0;
    st.settings.degradation = true;
    refused(&st, AMP_E_NOT_FOUND, "kit MiniFiler has no marker D3S1358");
    amp_arena_drop(&st.arena);
}

static void what_cannot_be_calculated_is_refused_with_a_remedy(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,,60,70,\n"),
                AMP_STR(PERSONS "R,TH01,7,8,\nL,TH01,7_6,8_7,\nQ,TH01,7,8,9\n"),
                AMP_STR("Allele,TH01\n7,0.5\n8,0.25\n9,0.25\n"));
    st.hypothesis.known_n = 1;
    st.hypothesis.known[0] = AMP_STR("Nobody");
    refused(&st, AMP_E_NOT_FOUND, "there is no reference \"Nobody\" among the 3 read");
    st.hypothesis.known_n = 2;
    st.hypothesis.known[0] = AMP_STR("R");
    st.hypothesis.known[1] = AMP_STR("R");
    refused(&st, AMP_E_RANGE, "R is named twice");
    st.hypothesis.known[1] = AMP_STR("L");
    refused(&st, AMP_E_RANGE, "L at marker TH01: \"7_6\" is not named as the alleles of the stain");
    st.hypothesis = (struct amp_mix_hypothesis){
        .contributor_n = 1, .related_to = AMP_STR("Q"), .relation = AMP_MIX_SIBLING};
    refused(&st, AMP_E_RANGE, "a relative with three alleles");
    st.hypothesis = (struct amp_mix_hypothesis){.contributor_n = 0};
    refused(&st, AMP_E_RANGE, "number of contributors");
    st.hypothesis.contributor_n = 7;
    refused(&st, AMP_E_LIMIT, "more than 6 unknown");
    stand_ask(&st);
    st.settings.degradation = true;
    refused(&st, AMP_E_MISSING, "name the kit");
    stand_ask(&st);
    st.settings.forward = true;
    refused(&st, AMP_E_RANGE, "forward stutter needs back stutter");
    stand_ask(&st);
    st.settings.theta.value = 1;
    refused(&st, AMP_E_RANGE, "theta must be from 0");
    stand_ask(&st);
    st.settings.threshold.value = 0;
    refused(&st, AMP_E_RANGE, "threshold must be from");
    stand_ask(&st);
    st.settings.drop_in.value = -0.1;
    refused(&st, AMP_E_RANGE, "drop-in must be from 0");
    stand_ask(&st);
    st.settings.min_freq = 2;
    refused(&st, AMP_E_RANGE, "smallest frequency");
    stand_ask(&st);
    st.replicate[0] = &st.references.sample[0];
    refused(&st, AMP_E_MISSING, "R has no peak heights");
    stand_ask(&st);
    st.input.replicate_n = 0;
    refused(&st, AMP_E_RANGE, "from 1 to 16 replicates");
    amp_arena_drop(&st.arena);
}

static void alleles_named_in_two_ways_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"7,8_7", "X,7", "7_6,9_x"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct stand st;
        char stain[256];
        (void)snprintf(stain, sizeof(stain), STAIN "A,TH01,%s,,60,70,\n", names[i]);
        stand_write(&st, amp_str_of(stain), AMP_STR(PERSONS "R,TH01,7,8,\n"),
                    AMP_STR("Allele,TH01\n7,0.5\n8,0.5\n"));
        refused(&st, AMP_E_SYNTAX, "marker TH01: its alleles are named in two ways");
        amp_arena_drop(&st.arena);
    }
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,FGA,22,,,90,,\n"), AMP_STR(PERSONS "R,TH01,7,8,\n"),
                AMP_STR("Allele,TH01\n7,0.5\n8,0.5\n"));
    refused(&st, AMP_E_MISSING, "share no marker");
    amp_arena_drop(&st.arena);
}

static void more_alleles_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    char table[4096];
    size_t len = (size_t)snprintf(table, sizeof(table), "Allele,TH01\n");
    for (int i = 0; i <= AMP_MIX_ALLELES; i++) {
        len +=
            (size_t)snprintf(table + len, sizeof(table) - len, "%d.%d,0.007\n", 5 + i / 4, i % 4);
    }
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,,60,70,\n"), AMP_STR(PERSONS "R,TH01,7,8,\n"),
                (struct amp_str){table, len});
    builds(&st);
    st.settings.convention = AMP_MIX_DNAMIXTURES;
    refused(&st, AMP_E_LIMIT, "marker TH01 has more than 128 alleles");
    amp_arena_drop(&st.arena);
}

static void running_out_of_memory_anywhere_is_an_error_and_no_mixture(void **state)
{
    (void)state;
    struct stand st;
    stand_write(&st, AMP_STR(STAIN "A,TH01,7,8,,60,70,\nA,FGA,22,,,90,,\n"),
                AMP_STR(PERSONS "R,TH01,7,8,\n"),
                AMP_STR("Allele,TH01,FGA\n7,0.5,\n8,0.5,\n22,,1\n"));
    st.settings.back = true;
    size_t failed = 0;
    amp_err err = AMP_E_NOMEM;
    for (size_t room = 0; err != AMP_OK; room += 333) {
        struct amp_arena small = amp_arena_make(room);
        struct amp_mix mix = {.marker_n = 7};
        err = amp_mix_build(&st.input, &st.settings, &st.hypothesis, &small, &mix, &st.notes,
                            &st.why);
        assert_true(err == AMP_OK || err == AMP_E_NOMEM);
        assert_int_equal(mix.marker_n, err ? 7 : 2);
        failed += err != AMP_OK;
        amp_arena_drop(&small);
    }
    assert_true(failed > 10);
    amp_arena_drop(&st.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_below_the_threshold_and_off_the_ladder_do_not_enter),
        cmocka_unit_test(an_allele_that_is_not_listed_gets_the_smallest_frequency),
        cmocka_unit_test(what_a_table_lacks_is_left_to_the_rest_unless_an_allele_is_added),
        cmocka_unit_test(a_person_with_an_allele_beyond_a_fully_seen_table_brings_a_rest_allele),
        cmocka_unit_test(an_empty_marker_is_all_rest_and_a_missing_one_has_no_replicate),
        cmocka_unit_test(a_known_contributor_may_have_three_alleles),
        cmocka_unit_test(a_relative_is_typed_and_its_genotype_is_given),
        cmocka_unit_test(what_is_taken_for_granted_about_a_person_is_a_note),
        cmocka_unit_test(stutter_of_sequence_names_changes_repeat_and_stretch),
        cmocka_unit_test(a_sequence_name_in_two_spellings_is_one_allele),
        cmocka_unit_test(names_that_are_no_numbers_do_not_stutter),
        cmocka_unit_test(with_dnamixtures_convention_the_table_is_the_ladder),
        cmocka_unit_test(the_more_exact_number_of_a_setting_counts),
        cmocka_unit_test(what_cannot_be_calculated_is_refused_with_a_remedy),
        cmocka_unit_test(alleles_named_in_two_ways_are_refused),
        cmocka_unit_test(more_alleles_than_there_is_room_for_are_refused),
        cmocka_unit_test(running_out_of_memory_anywhere_is_an_error_and_no_mixture),
    };
    return cmocka_run_group_tests_name("dna/build", tests, NULL, NULL);
}
