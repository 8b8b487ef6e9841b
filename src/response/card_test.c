/* Protocol cards: what their reader takes, the file and line it names when it does not, the view.
 */
#include "response/card.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
    const char *text, *words;
} wrong_rows[] = {
    {"\n\nbogus\n",
     "a.txt, line 3: a line begins with language, version"},
    {"ask q What?\n",
     "a.txt, line 1: this line belongs below a \"card\""},
    {"card fall\nanswer 1 yes Yes\n",
     "a.txt, line 2: this line belongs below an \"ask\""},
    {"card fall\nask q What?\npriority 1\n",
     "a.txt, line 3: this line belongs below an \"answer\""},
    {"card\n",
     "a.txt, line 1: \"card\" needs a type"},
    {"card fall\n",
     "a.txt, line 1: this card asks nothing"},
    {"card fall\nask q What?\n",
     "a.txt, line 2: this question has no \"answer\""},
    {"card fall\nask q\n",
     "a.txt, line 2: a text is expected"},
    {"card fall\nask end What?\n",
     "a.txt, line 2: no question can be called end"},
    {"card fall\nask q What?\nanswer 1 a A\nask q Again?\n",
     "a.txt, line 4: this card has a question of this name"},
    {"card fall\nask q What?\nanswer 0 a A\n",
     "a.txt, line 3: \"answer\" needs a key"},
    {"card fall\nask q What?\nanswer yes Yes\n",
     "a.txt, line 3: \"answer\" needs a key"},
    {"card fall\nask q What?\nanswer 1 a/b A\n",
     "a.txt, line 3: after the key a name"},
    {"card fall\nask q What?\nanswer 1 a A\nanswer 1 b B\n",
     "a.txt, line 4: this question has an answer with this key"},
    {"card fall\nask q What?\nanswer 1 a A\nanswer 2 a B\n",
     "a.txt, line 4: this question has an answer of this name"},
    {"card fall\nask q What?\nanswer 1 a A\npriority 6\n",
     "a.txt, line 4: a priority is a whole number from 1"},
    {"card fall\nask q What?\nanswer 1 a A\npriority 2\npriority 2\n",
     "a.txt, line 5: this answer sets a priority already"},
    {"card fall\nask q What?\nanswer 1 a A\nsay X\nsay Y\n",
     "a.txt, line 5: this answer has such a line"},
    {"card fall\nask q What?\nanswer 1 a A\npriority 2 3\n",
     "a.txt, line 4: there is more on this line"},
    {"card fall\nask q What?\nanswer 1 a A\nthen p\n",
     "a.txt, line 4: this answer's \"then\" names no question"},
    {"card fall\nask p Who?\nanswer 1 a A\nask q What?\nanswer 1 a A\nthen p\n",
     "a.txt, line 6: this answer's \"then\" leads back"},
    {"card fall\nask p Who?\nanswer 1 a A\nthen end\nask q What?\nanswer 1 a A\n",
     "a.txt, line 5: no answer leads to this question"},
    {"card fall\nin pt Queda\n",
     "a.txt, line 2: this line belongs below an \"ask\""},
    {"card fall\nask q What?\nanswer 1 a A\npriority 1\nin pt B\n",
     "a.txt, line 5: \"in\" stands right below the text"},
    {"card fall\nask q What?\nin portuguese B\n",
     "a.txt, line 3: \"in\" needs a language"},
    {"card fall\nask q What?\nin pt B\nin pt C\n",
     "a.txt, line 4: this text stands in this language"},
    {"language pt\ncard fall\nask q B?\nin pt C\n",
     "a.txt, line 4: this text stands in this language"},
    {"language\n",
     "a.txt, line 1: \"language\" needs a language"},
    {"card fall\nask q What?\nanswer 1 a A\ncard fall\n",
     "a.txt, line 4: there is a card for fall already: a.txt, line 1"},
    {"card fall\nask q \xff\n",
     "a.txt is not UTF-8"},
};
/* clang-format on */

static struct amp_cards *cards_of(const char *text)
{
    struct amp_cards *cards = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_cards_create(&cards), AMP_OK);
    amp_err err = amp_cards_read(cards, AMP_STR("a.txt"), amp_str_of(text), &why);
    assert_string_equal(why.text, "");
    assert_int_equal(err, AMP_OK);
    return cards;
}

static void a_mistake_is_named_with_its_file_and_line(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof wrong_rows / sizeof wrong_rows[0]; i++) {
        struct amp_cards *cards = NULL;
        struct amp_why why = {""};
        assert_int_equal(amp_cards_create(&cards), AMP_OK);
        amp_err err = amp_cards_read(cards, AMP_STR("a.txt"), amp_str_of(wrong_rows[i].text), &why);
        if (err == AMP_OK || strstr(why.text, wrong_rows[i].words) == NULL) {
            fail_msg("row %zu: %s", i, why.text);
        }
        amp_cards_free(cards);
    }
}

static void a_card_is_told_as_it_stands(void **unused)
{
    (void)unused;
    struct amp_cards *cards = cards_of("language pt # of all below\n"
                                       "version 7\n"
                                       "card fall\n"
                                       "  ask awake Acordado?\n"
                                       "    in en Awake?\n"
                                       "    answer 1 yes Sim\n"
                                       "      then end\n"
                                       "    answer 2 no Não\n"
                                       "      means inconsciente\n"
                                       "      priority 1\n"
                                       "      say Fique em linha.\n"
                                       "      warn Atenção\n"
                                       "  ask pain Dói?\n"
                                       "    answer a bad Muito\n");
    struct amp_buf out = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&out);
    amp_cards_view(&js, cards);
    assert_string_equal(
        amp_buf_cstr(&out),
        "{\"cards\":[{\"type\":\"fall\",\"version\":\"7\",\"example\":false,\"questions\":["
        "{\"name\":\"awake\",\"text\":{\"pt\":\"Acordado?\",\"en\":\"Awake?\"},\"answers\":["
        "{\"key\":\"1\",\"name\":\"yes\",\"text\":{\"pt\":\"Sim\"},\"then\":null},"
        "{\"key\":\"2\",\"name\":\"no\",\"text\":{\"pt\":\"Não\"},"
        "\"means\":{\"pt\":\"inconsciente\"},\"priority\":1,"
        "\"say\":{\"pt\":\"Fique em linha.\"},\"warn\":{\"pt\":\"Atenção\"},\"then\":\"pain\"}]},"
        "{\"name\":\"pain\",\"text\":{\"pt\":\"Dói?\"},\"answers\":["
        "{\"key\":\"a\",\"name\":\"bad\",\"text\":{\"pt\":\"Muito\"},\"then\":null}]}]}]}");
    struct amp_cards_count count = amp_cards_count(cards);
    assert_int_equal(count.cards, 1);
    assert_int_equal(count.questions, 2);
    assert_int_equal(count.answers, 3);
    assert_int_equal(count.texts, 8);
    struct amp_cards_language language[4];
    assert_int_equal(amp_cards_languages(cards, 4, language), 2);
    assert_true(amp_str_is(language[0].tag, "pt"));
    assert_int_equal(language[0].texts, 8);
    assert_int_equal(language[1].texts, 1);
    amp_buf_free(&out);
    amp_cards_free(cards);
}

static void an_answer_that_sets_a_type_goes_on_with_that_card(void **unused)
{
    (void)unused;
    struct amp_cards *cards = cards_of("card fall\n"
                                       " ask a A?\n"
                                       "  answer 1 x X\n"
                                       "   type stroke\n"
                                       "  answer 2 y Y\n"
                                       "   type burns\n"
                                       " ask b B?\n"
                                       "  answer 1 x X\n"
                                       "card stroke\n"
                                       " ask c C?\n"
                                       "  answer 1 x X\n");
    struct amp_buf out = amp_buf_make(1 << 16);
    struct amp_json js = amp_json_make(&out);
    amp_cards_view(&js, cards);
    const char *text = amp_buf_cstr(&out);
    assert_non_null(strstr(text, "\"type\":\"stroke\",\"card\":\"stroke\",\"then\":null"));
    assert_non_null(strstr(text, "\"type\":\"burns\",\"then\":\"b\"")); /* which has no card */
    amp_buf_free(&out);
    amp_cards_free(cards);
}

static void types_that_the_plans_do_not_know_are_refused(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        "card tea\n ask a A?\n  answer 1 x X\n",
        "card fall\n ask a A?\n  answer 1 x X\n  type tea\n",
    };
    static const char *const words[] = {"a.txt, line 1: the response plans know no type called tea",
                                        "a.txt, line 4: the response plans know no type"};
    struct amp_plans *plans = NULL;
    assert_int_equal(amp_plans_builtin(&plans), AMP_OK);
    for (size_t i = 0; i < 2; i++) {
        struct amp_why why = {""};
        struct amp_cards *cards = cards_of(texts[i]);
        assert_int_equal(amp_cards_check(cards, plans, &why), AMP_E_NOT_FOUND);
        assert_non_null(strstr(why.text, words[i]));
        amp_cards_free(cards);
    }
    amp_plans_free(plans);
}

static void the_examples_are_marked_and_stand_in_six_languages(void **unused)
{
    (void)unused;
    struct amp_plans *plans = NULL;
    struct amp_cards *cards = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_plans_builtin(&plans), AMP_OK);
    assert_int_equal(amp_cards_builtin(plans, &cards), AMP_OK);
    assert_int_equal(amp_cards_check(cards, plans, &why), AMP_OK);
    struct amp_cards_language language[8];
    assert_int_equal(amp_cards_languages(cards, 8, language), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(language[i].texts, amp_cards_count(cards).texts);
    }
    struct amp_buf out = amp_buf_make(AMP_CARD_JSON_MAX);
    struct amp_json js = amp_json_make(&out);
    amp_cards_view(&js, cards);
    assert_null(strstr(amp_buf_cstr(&out), "\"example\":false"));
    amp_buf_free(&out);
    amp_cards_free(cards);
    amp_plans_free(plans);
}

static void examples_leave_out_what_other_plans_do_not_know(void **unused)
{
    (void)unused;
    struct amp_plans *plans = NULL;
    struct amp_cards *cards = NULL;
    struct amp_why why = {""};
    const struct amp_str text = AMP_STR("type fall 3 Fall\n");
    assert_int_equal(amp_plans_read(text, &plans, &why), AMP_OK);
    assert_int_equal(amp_cards_builtin(plans, &cards), AMP_OK);
    assert_int_equal(amp_cards_count(cards).cards, 1);
    assert_int_equal(amp_cards_check(cards, plans, &why), AMP_OK);
    amp_cards_free(cards);
    amp_plans_free(plans);
}

static void limits_have_sentences(void **unused)
{
    (void)unused;
    struct amp_cards *cards = NULL;
    struct amp_why why = {""};
    struct amp_buf text = amp_buf_make(1 << 20);
    amp_buf_text(&text, "card fall\n");
    for (int i = 0; i <= AMP_CARD_QUESTIONS_MAX; i++) {
        amp_buf_printf(&text, "ask q%d Q?\nanswer 1 a A\n", i);
    }
    assert_int_equal(amp_cards_create(&cards), AMP_OK);
    assert_int_equal(amp_cards_read(cards, AMP_STR("a.txt"), amp_buf_view(&text), &why),
                     AMP_E_LIMIT);
    assert_non_null(strstr(why.text, "line 66: this card has more than 32 questions"));
    amp_cards_free(cards);
    amp_buf_free(&text);
    assert_int_equal(amp_cards_create(&cards), AMP_OK);
    for (int i = 0; i < AMP_CARD_FILES_MAX; i++) {
        assert_int_equal(amp_cards_read(cards, AMP_STR("a"), AMP_STR(""), &why), AMP_OK);
    }
    assert_int_equal(amp_cards_read(cards, AMP_STR("a"), AMP_STR(""), &why), AMP_E_LIMIT);
    amp_cards_free(cards);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistake_is_named_with_its_file_and_line),
        cmocka_unit_test(a_card_is_told_as_it_stands),
        cmocka_unit_test(an_answer_that_sets_a_type_goes_on_with_that_card),
        cmocka_unit_test(types_that_the_plans_do_not_know_are_refused),
        cmocka_unit_test(the_examples_are_marked_and_stand_in_six_languages),
        cmocka_unit_test(examples_leave_out_what_other_plans_do_not_know),
        cmocka_unit_test(limits_have_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
