/* Proves the folding of names: marks, case, scripts, street words, bounds. */
#include "map/fold.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Folded words with blanks between; abbreviated or as written. */
static void folds_to(const char *text, const char *want, bool abbreviated)
{
    struct amp_folded folded;
    char got[AMP_FOLD_BYTES + AMP_FOLD_WORDS] = "";
    size_t len = 0;
    amp_fold(amp_str_of(text), &folded);
    for (size_t i = 0; i < folded.n; i++) {
        struct amp_str word = abbreviated ? folded.word[i] : folded.raw[i];
        len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%.*s", i > 0 ? " " : "",
                                (int)word.len, word.ptr);
    }
    assert_string_equal(got, want);
}

static void marks_and_case_are_dropped(void **state)
{
    (void)state;
    folds_to("São João", "sao joao", false);
    folds_to("ÇAĞRI Straße ﬁn", "cagri strasse fin", false);
    folds_to("Łódź, Ærø", "lodz aero", false);
    folds_to("St. John's Rd.", "st johns rd", false);
    folds_to("", "", false);
    folds_to(" -- ,,. ", "", false);
}

static void street_words_have_one_form(void **state)
{
    (void)state;
    folds_to("Avenida da Boavista", "av da boavista", true);
    folds_to("Av. da Boavista", "av da boavista", true);
    folds_to("Rua Augusta", "r augusta", true);
    folds_to("Travessa / Praça / Calle / Street / Road", "tv pc c st rd", true);
    folds_to("Avenue de la République", "av de la republique", true);
    folds_to("улица Арбат", "ул арбат", true);
}

static void other_scripts_keep_their_letters(void **state)
{
    (void)state;
    folds_to("Ёлка Йод", "елка иод", false);
    folds_to("أحمد إبراهيم آل ٱ", "احمد ابراهيم ال ا", false);
    folds_to("مدرســة", "مدرسه", false);
    folds_to("على", "علي", false);
    folds_to("شارع ١٢", "شارع 12", false);
    folds_to("ሐዋሳ ሠላም", "ሀዋሳ ሰላም", false);
}

static void bad_bytes_are_blanks_and_long_text_is_cut(void **state)
{
    (void)state;
    struct amp_folded folded;
    folds_to("a\xff\xc3z", "a z", false);
    folds_to("caf\xc3", "caf", false);
    char lots[4000];
    memset(lots, 'x', sizeof(lots));
    amp_fold((struct amp_str){lots, sizeof(lots)}, &folded);
    assert_int_equal(folded.n, 1);
    assert_true(folded.raw[0].len <= AMP_FOLD_BYTES);
    for (size_t i = 1; i < sizeof(lots); i += 2) {
        lots[i] = ' ';
    }
    amp_fold((struct amp_str){lots, sizeof(lots)}, &folded);
    assert_int_equal(folded.n, AMP_FOLD_WORDS);
}

static uint64_t chance(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Letters in full width take the way through the tables, those of ASCII are taken as they are. */
static void letters_of_ascii_fold_like_the_same_in_full_width(void **state)
{
    enum {
        ROUNDS = 3000,
        LETTERS = 300,
        WIDE = 0xFEE0 /* from a character of ASCII to its twin */
    };
    static const char letters[] = "abczABCZ0129 ,-.'s";
    uint64_t seed = 20261126;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char plain[LETTERS + 1];
        char wide[3 * LETTERS + 1];
        size_t n = (size_t)(chance(&seed) % LETTERS);
        size_t len = 0;
        for (size_t i = 0; i < n; i++) {
            plain[i] = letters[chance(&seed) % (round % 2 == 0 ? 12 : sizeof(letters) - 1)];
            bool letter = plain[i] > ' ' && strchr(" ,-.'s", plain[i]) == NULL;
            uint32_t c = (uint32_t)plain[i] + WIDE;
            wide[len] = plain[i];
            if (letter) {
                wide[len] = (char)(0xE0 | c >> 12);
                wide[len + 1] = (char)(0x80 | (c >> 6 & 0x3F));
                wide[len + 2] = (char)(0x80 | (c & 0x3F));
            }
            len += letter ? 3 : 1;
        }
        struct amp_folded a;
        struct amp_folded b;
        amp_fold((struct amp_str){plain, n}, &a);
        amp_fold((struct amp_str){wide, len}, &b);
        assert_int_equal(a.n, b.n);
        for (size_t i = 0; i < a.n; i++) {
            assert_true(amp_str_eq(a.raw[i], b.raw[i]) && amp_str_eq(a.word[i], b.word[i]));
            assert_int_equal(a.comma[i], b.comma[i]);
        }
    }
}

static void house_numbers_have_one_form(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"12-A", "12a"},  {"12 a", "12a"},    {"12A", "12a"},
                                           {"12/3", "12/3"}, {"12-14", "12/14"}, {"", ""}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char house[16];
        size_t len = amp_fold_house(amp_str_of(pairs[i][0]), house, sizeof(house));
        assert_string_equal(house, pairs[i][1]);
        assert_int_equal(len, strlen(house));
    }
}

static void a_begun_street_word_is_completed(void **state)
{
    (void)state;
    struct amp_str form[AMP_FOLD_FORMS];
    size_t n = amp_fold_completions(AMP_STR("aven"), form);
    assert_int_equal(n, 1);
    assert_true(amp_str_is(form[0], "av"));
    assert_int_equal(amp_fold_completions(AMP_STR("a"), form), 0);
    assert_int_equal(amp_fold_completions(AMP_STR("zzz"), form), 0);
    assert_true(amp_fold_weight(AMP_STR("de")) < amp_fold_weight(AMP_STR("augusta")));
    assert_true(amp_fold_weight(AMP_STR("r")) < 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_and_case_are_dropped),
        cmocka_unit_test(street_words_have_one_form),
        cmocka_unit_test(other_scripts_keep_their_letters),
        cmocka_unit_test(bad_bytes_are_blanks_and_long_text_is_cut),
        cmocka_unit_test(letters_of_ascii_fold_like_the_same_in_full_width),
        cmocka_unit_test(house_numbers_have_one_form),
        cmocka_unit_test(a_begun_street_word_is_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
