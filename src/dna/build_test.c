/* The builder against the numbers that EuroForMix enters into its likelihood (vectors/). */
#include "base/testdata.h"
#include "dna/build.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    TEXT_MAX = 1 << 22,
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

static struct amp_str file_load(struct amp_arena *arena, const char *rel)
{
    const char *path = amp_testdata(rel);
    FILE *in = path != NULL ? fopen(path, "rb") : NULL;
    if (in == NULL) {
        return (struct amp_str){0};
    }
    char *text = amp_arena_alloc(arena, TEXT_MAX);
    assert_non_null(text);
    const size_t n = fread(text, 1, TEXT_MAX - 1, in);
    (void)fclose(in);
    return (struct amp_str){text, n};
}

static bool stand_open(struct stand *st, const char *stain, const char *references,
                       const char *freqs)
{
    *st = (struct stand){.arena = amp_arena_make(ARENA)};
    struct amp_str text = file_load(&st->arena, stain);
    if (text.ptr == NULL) {
        amp_arena_drop(&st->arena);
        return false;
    }
    assert_int_equal(amp_dna_profiles_read(text, stain, &st->arena, &st->stain, &st->why), AMP_OK);
    text = file_load(&st->arena, references);
    assert_int_equal(amp_dna_profiles_read(text, references, &st->arena, &st->references, &st->why),
                     AMP_OK);
    text = file_load(&st->arena, freqs);
    assert_int_equal(amp_dna_freqs_read(text, freqs, &st->arena, &st->freqs, &st->why), AMP_OK);
    for (size_t i = 0; i < st->stain.sample_n && i < REPLICATES; i++) {
        st->replicate[i] = &st->stain.sample[i];
    }
    st->input = (struct amp_mix_input){st->replicate, 1, &st->references, &st->freqs};
    st->settings = (struct amp_mix_settings){.threshold = {.value = 50},
                                             .drop_in = {.value = 0.05},
                                             .drop_in_lambda = {.value = 0.01},
                                             .theta = {.value = 0.01},
                                             .degradation = true,
                                             .back = true,
                                             .forward = true,
                                             .kit = &st->kit};
    return true;
}

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

/* The numbers of a dump one after the other. */
struct dump {
    struct amp_str text;
    char word[64];
};

static const char *word_next(struct dump *dump)
{
    size_t n = 0;
    while (dump->text.len > 0 && (dump->text.ptr[0] == ' ' || dump->text.ptr[0] == '\n')) {
        dump->text.ptr++;
        dump->text.len--;
    }
    while (dump->text.len > 0 && dump->text.ptr[0] != ' ' && dump->text.ptr[0] != '\n') {
        assert_true(n + 1 < sizeof(dump->word));
        dump->word[n++] = dump->text.ptr[0];
        dump->text.ptr++;
        dump->text.len--;
    }
    assert_true(n > 0);
    dump->word[n] = '\0';
    return dump->word;
}

static double number_next(struct dump *dump)
{
    return strtod(word_next(dump), NULL);
}

static void close_to(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12 * (1 + fabs(b)))) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

/* Genotypes run (0,0), (0,1) ... (0,A-1), (1,1) ... */
static void genotype_check(const struct amp_mix_marker *mk, size_t contributor, int64_t index)
{
    const uint8_t *copies = &mk->copies[contributor * mk->allele_n];
    assert_int_equal((mk->known >> contributor) & 1U, index >= 0);
    for (size_t a = 0; a < mk->genotype_n && index >= 0; a++) {
        for (size_t b = a; b < mk->genotype_n; b++, index--) {
            if (index == 0) {
                assert_int_equal(copies[a], a == b ? 2 : 1);
                assert_int_equal(copies[b], a == b ? 2 : 1);
            }
        }
    }
}

static void allele_check(struct dump *dump, const struct amp_mix_marker *mk, size_t i)
{
    const struct amp_mix_allele *al = &mk->allele[i];
    const double name = number_next(dump);
    if ((int32_t)i == mk->rest) {
        assert_true(name == 99);
    } else {
        close_to(strtod(al->name.ptr, NULL), name);
    }
    close_to(al->freq, number_next(dump));
    assert_true(al->typed == number_next(dump));
    close_to(al->bp100, number_next(dump));
    assert_int_equal(al->back_to, (int32_t)number_next(dump));
    assert_int_equal(al->forward_to, (int32_t)number_next(dump));
    assert_int_equal(al->back_from, (int32_t)number_next(dump));
    assert_int_equal(al->forward_from, (int32_t)number_next(dump));
    for (size_t r = 0; r < mk->replicate_n; r++) {
        assert_true(al->height[r] == number_next(dump));
    }
    for (size_t r = 0; r < mk->replicate_n; r++) {
        const double weight = number_next(dump); /* with ln C in it */
        if (al->height[r] > 0) {
            close_to(al->drop_in_log[r] + log(mk->drop_in), weight);
        }
    }
    const bool stutters = mk->stutter > 0 && i < mk->genotype_n && (int32_t)i != mk->rest;
    assert_true(al->loses_back == stutters);
    assert_true(al->loses_forward == stutters);
}

static void marker_check(struct dump *dump, const struct amp_mix_marker *mk)
{
    assert_true(amp_str_is(mk->name, word_next(dump)));
    assert_int_equal(mk->genotype_n, (size_t)number_next(dump));
    assert_int_equal(mk->allele_n - mk->genotype_n, (size_t)number_next(dump));
    assert_int_equal(mk->replicate_n, (size_t)number_next(dump));
    assert_int_equal(mk->rest, (int32_t)number_next(dump));
    assert_true(mk->threshold == number_next(dump));
    assert_true(mk->theta == number_next(dump));
    assert_true(mk->drop_in == number_next(dump));
    assert_true(mk->typed_n == number_next(dump));
    assert_int_equal(mk->stutter, (int)number_next(dump));
    const size_t known_n = (size_t)number_next(dump);
    for (size_t k = 0; k < known_n; k++) {
        genotype_check(mk, k, (int64_t)number_next(dump));
    }
    (void)number_next(dump); /* EuroForMix's log-likelihood */
    for (size_t i = 0; i < mk->allele_n; i++) {
        allele_check(dump, mk, i);
    }
}

static void dump_check(struct stand *st, const char *rel)
{
    if (build(st) != AMP_OK) {
        fail_msg("%s", st->why.text);
    }
    struct dump dump = {.text = file_load(&st->arena, rel)};
    assert_non_null(dump.text.ptr);
    assert_int_equal(st->mix.marker_n, (size_t)number_next(&dump));
    assert_int_equal(st->mix.contributor_n, (size_t)number_next(&dump));
    for (size_t k = 0; k < st->mix.contributor_n + 5; k++) {
        (void)number_next(&dump); /* the parameters */
    }
    for (size_t i = 0; i < st->mix.marker_n; i++) {
        marker_check(&dump, &st->mix.marker[i]);
    }
    amp_arena_drop(&st->arena);
}

static void three_persons_of_esx17_are_built_as_euroformix_does(void **state)
{
    (void)state;
    struct stand st;
    if (!stand_open(&st, "dna/efm/examples/ESX17_3p.csv", "dna/efm/examples/ESX17_refs.csv",
                    "dna/efm/examples/ESX17_freq.csv")) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    kit_choose(&st, "ESX17");
    st.hypothesis =
        (struct amp_mix_hypothesis){.contributor_n = 3, .known_n = 1, .known = {AMP_STR("ref1")}};
    dump_check(&st, "dna/vectors/esx3_1K2U.dump");
}

static bool globalfiler_open(struct stand *st)
{
    if (!stand_open(st, "dna/efm/examples/GF_evid.csv", "dna/efm/examples/GF_refs.csv",
                    "dna/efm/examples/GF_freq.csv")) {
        return false;
    }
    kit_choose(st, "GlobalFiler");
    st->settings.threshold.value = 75;
    return true;
}

static void four_known_persons_of_globalfiler_are_built_as_euroformix_does(void **state)
{
    (void)state;
    struct stand st;
    if (!globalfiler_open(&st)) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    st.hypothesis = (struct amp_mix_hypothesis){.contributor_n = 4, .known_n = 4};
    for (size_t i = 0; i < 4; i++) {
        st.hypothesis.known[i] = st.references.sample[i].name;
    }
    dump_check(&st, "dna/vectors/gf_4K.dump");
}

static void a_typed_person_outside_of_the_mixture_counts_for_theta_alone(void **state)
{
    (void)state;
    struct stand st;
    if (!globalfiler_open(&st)) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    st.hypothesis = (struct amp_mix_hypothesis){.contributor_n = 4, .known_n = 3, .typed_n = 1};
    for (size_t i = 0; i < 3; i++) {
        st.hypothesis.known[i] = st.references.sample[i].name;
    }
    st.hypothesis.typed[0] = st.references.sample[3].name;
    dump_check(&st, "dna/vectors/gf_3K1U.dump");
}

static void
three_replicates_and_a_person_not_typed_everywhere_are_built_as_euroformix_does(void **state)
{
    (void)state;
    struct stand st;
    if (!stand_open(&st, "dna/efm/examples/ESX17_evids_LTDNA.csv",
                    "dna/efm/examples/ESX17_refs_LTDNA.csv", "dna/efm/examples/ESX17_freq.csv")) {
        AMP_TEST_SKIP("no test data for dna/efm");
    }
    kit_choose(&st, "ESX17");
    st.settings.threshold.value = 100;
    st.input.replicate_n = 3;
    st.hypothesis = (struct amp_mix_hypothesis){.contributor_n = 3,
                                                .known_n = 1,
                                                .known = {st.references.sample[0].name},
                                                .typed_n = 1,
                                                .typed = {st.references.sample[1].name}};
    dump_check(&st, "dna/vectors/lt_3reps_1K2U.dump");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_persons_of_esx17_are_built_as_euroformix_does),
        cmocka_unit_test(four_known_persons_of_globalfiler_are_built_as_euroformix_does),
        cmocka_unit_test(a_typed_person_outside_of_the_mixture_counts_for_theta_alone),
        cmocka_unit_test(
            three_replicates_and_a_person_not_typed_everywhere_are_built_as_euroformix_does),
    };
    return cmocka_run_group_tests_name("dna/build", tests, NULL, NULL);
}
