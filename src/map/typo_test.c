/* Proves distances against the whole table, that struck-out letters miss no word within reach, and
 * that words which sound alike have one key. */
#include "map/phonetic.h"
#include "map/places_fixture.h"
#include "map/typo.h"
#include "map/words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct amp_typo_word word_of(const char *text)
{
    struct amp_typo_word word;
    amp_typo_word(amp_str_of(text), &word);
    return word;
}

/* Optimal string alignment by the whole table. */
static int whole_table(const struct amp_typo_word *a, const struct amp_typo_word *b)
{
    int d[AMP_TYPO_POINTS + 1][AMP_TYPO_POINTS + 1];
    for (size_t i = 0; i <= a->n; i++) {
        for (size_t j = 0; j <= b->n; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (int)(i + j);
                continue;
            }
            int same = a->point[i - 1] == b->point[j - 1] ? 0 : 1;
            int best = d[i - 1][j - 1] + same;
            best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a->point[i - 1] == b->point[j - 2] &&
                a->point[i - 2] == b->point[j - 1] && d[i - 2][j - 2] + 1 < best) {
                best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    }
    return d[a->n][b->n];
}

static void random_word(uint64_t *seed, char *out)
{
    size_t n = 1 + amp_fixture_random(seed) % 12;
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)('a' + amp_fixture_random(seed) % 3); /* few letters: many near words */
    }
    out[n] = '\0';
}

static void distances_equal_the_whole_table(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int i = 0; i < 50000; i++) {
        char a[16];
        char b[16];
        random_word(&seed, a);
        random_word(&seed, b);
        struct amp_typo_word x = word_of(a);
        struct amp_typo_word y = word_of(b);
        int want = whole_table(&x, &y);
        for (int max = 0; max <= AMP_TYPO_REACH; max++) {
            assert_int_equal(amp_typo_distance(&x, &y, max), want <= max ? want : max + 1);
        }
    }
}

static bool share_variant(const struct amp_typo_word *typed, const struct amp_typo_word *word)
{
    uint32_t a[AMP_TYPO_VARIANTS];
    uint32_t b[AMP_TYPO_VARIANTS];
    size_t a_n = amp_typo_variants(typed, amp_typo_reach(typed), a);
    size_t b_n = amp_typo_variants(word, amp_typo_depth(word), b);
    for (size_t i = 0; i < a_n; i++) {
        for (size_t j = 0; j < b_n; j++) {
            if (a[i] == b[j]) {
                return true;
            }
        }
    }
    return false;
}

static void no_word_within_reach_is_missed(void **state)
{
    (void)state;
    uint64_t seed = 6;
    size_t near = 0;
    for (int i = 0; i < 200000; i++) {
        char a[16];
        char b[16];
        random_word(&seed, a);
        random_word(&seed, b);
        struct amp_typo_word typed = word_of(a);
        struct amp_typo_word word = word_of(b);
        int reach = amp_typo_reach(&typed);
        if (reach > 0 && amp_typo_distance(&typed, &word, reach) <= reach) {
            assert_true(share_variant(&typed, &word));
            near++;
        }
    }
    assert_true(near > 1000);
}

static void numbers_are_not_corrected_and_short_words_little(void **state)
{
    (void)state;
    struct amp_typo_word twelve = word_of("12");
    struct amp_typo_word seventh = word_of("7ht");
    struct amp_typo_word eighth = word_of("8th");
    struct amp_typo_word right = word_of("7th");
    struct amp_typo_word two = word_of("ab");
    struct amp_typo_word cyrillic = word_of("гончарова");
    assert_int_equal(amp_typo_reach(&twelve), 0);
    assert_int_equal(amp_typo_reach(&two), 0);
    assert_int_equal(amp_typo_reach(&seventh), 1);
    assert_int_equal(amp_typo_distance(&seventh, &right, 1), 1);
    assert_int_equal(amp_typo_distance(&seventh, &eighth, 2), 3); /* other digits: too far */
    assert_true(share_variant(&seventh, &right));
    assert_int_equal(cyrillic.n, 9);
    assert_int_equal(amp_typo_reach(&cyrillic), 2);
    char lots[200];
    memset(lots, 'a', sizeof(lots) - 1);
    lots[sizeof(lots) - 1] = '\0';
    assert_int_equal(word_of(lots).n, 0);
    assert_int_equal(word_of("").n, 0);
}

static void words_that_sound_alike_have_one_key(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"farmacia", "pharmacia"}, {"casa", "caza"},       {"queluz", "keluz"},
        {"vasco", "basco"},        {"sintra", "cintra"},   {"gelo", "jelo"},
        {"muhammad", "muhamad"},   {"chave", "shave"},     {"coelho", "coelo"},
        {"mohammed", "muhamed"},   {"coimbra", "koimbra"}, {"thomas", "tomas"},
        {"xavier", "xabier"},      {"الصالح", "السالح"},   {"الطريق", "التريق"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char a[AMP_PHONETIC_KEY];
        char b[AMP_PHONETIC_KEY];
        size_t a_n = amp_phonetic(amp_str_of(pairs[i][0]), a);
        size_t b_n = amp_phonetic(amp_str_of(pairs[i][1]), b);
        if (a_n == 0 || strcmp(a, b) != 0) {
            print_error("%s %s: %s %s\n", pairs[i][0], pairs[i][1], a, b);
        }
        assert_true(a_n > 0 && a_n == b_n);
        assert_string_equal(a, b);
    }
    char key[AMP_PHONETIC_KEY];
    assert_int_equal(amp_phonetic(AMP_STR("12a"), key), 0);
    assert_int_equal(amp_phonetic(AMP_STR("ab"), key), 0);
    assert_int_equal(amp_phonetic(AMP_STR("арбат"), key), 0);
}

static void the_table_of_street_words_is_in_order(void **state)
{
    (void)state;
    size_t n = 0;
    const struct amp_word_form *form = amp_word_forms(&n);
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || strcmp(form[i - 1].form, form[i].form) < 0);
        assert_ptr_equal(amp_word_form(amp_str_of(form[i].form)), &form[i]);
        assert_null(amp_word_form(amp_str_of(form[i].brief))); /* brief forms stay as they are */
    }
    size_t first = 0;
    assert_int_equal(amp_word_forms_begin(AMP_STR("avenida"), &first), 1);
    assert_int_equal(amp_word_forms_begin(AMP_STR("zzz"), &first), 0);
    static const char *const little[] = {"av", "r", "de", "ya", "the", "ул", "ш", "ش"};
    for (size_t i = 0; i < sizeof(little) / sizeof(little[0]); i++) {
        assert_true(amp_word_little(amp_str_of(little[i])));
    }
    assert_false(amp_word_little(AMP_STR("augusta")));
    assert_false(amp_word_little(AMP_STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_equal_the_whole_table),
        cmocka_unit_test(no_word_within_reach_is_missed),
        cmocka_unit_test(numbers_are_not_corrected_and_short_words_little),
        cmocka_unit_test(words_that_sound_alike_have_one_key),
        cmocka_unit_test(the_table_of_street_words_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
