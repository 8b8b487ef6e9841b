/* The reader of plans: what it takes, and the line it names when it does not. */
#include "model/state.h"
#include "response/aid.h"
#include "response/match.h"
#include "response/plan.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
    const char *text, *words;
} wrong_rows[] = {
    {"\n\nbogus 1\n",
     "line 3: a line begins with"},
    {"need 1 als\n",
     "line 1: this line belongs below"},
    {"type a 1 A\ntype a 2 B\n",
     "line 2: this type"},
    {"type a 6 A\n",
     "line 1: a whole number from 1 to 5"},
    {"type a 1\n",
     "line 1: a label"},
    {"type a 1 A\nneed 0 als\n",
     "line 2: a whole number from 1 to 64"},
    {"type a 1 A\nneed 1\n",
     "line 2: a word"},
    {"type a 1 A\nneed 1 als als\n",
     "line 2: a word is here twice"},
    {"type a 1 A\nfor 1 2\nneed 1 x\ntype b 1 B\n",
     "before line 4: type a has no \"for\""},
    {"type a 1 A\nfor 1 3\nfor 3 5\n",
     "more than one \"for\" line for priority 3"},
    {"type a 1 A\nneed 1 x\nfor 1 5\n",
     "line 3: the first \"for\""},
    {"type a 1 A\nfor 4 2\n",
     "line 2: a whole number from 4 to 5"},
    {"timer later 5\n",
     "line 1: the timers are"},
    {"timer silent 5 6\n",
     "line 1: there is more"},
    {"timer silent -5\n",
     "line 1: a whole number"},
    {"label pt A\n",
     "line 1: this line belongs below"},
    {"type a 1 A\nlabel\n",
     "line 2: \"label\" needs a language"},
    {"type a 1 A\nlabel p B\n",
     "line 2: \"label\" needs a language"},
    {"type a 1 A\nlabel pt- B\n",
     "line 2: \"label\" needs a language"},
    {"type a 1 A\nlabel pt--MZ B\n",
     "line 2: \"label\" needs a language"},
    {"type a 1 A\nlabel portuguese B\n",
     "line 2: \"label\" needs a language"},
    {"type a 1 A\nlabel pt-MZ-a-very-long B\n",
     "line 2: \"label\" needs a language"},
    {"type a 1 A\nlabel pt\n",
     "line 2: a label of at most 256"},
    {"type a 1 A\nlabel pt B\nlabel pt C\n",
     "line 3: this type has a label in this language"},
    {"type a 1 A\nlabel aa A\nlabel ab A\nlabel ac A\nlabel ad A\nlabel ae A\n"
     "label af A\nlabel ag A\nlabel ah A\nlabel ai A\n",
     "line 10: there are more than 8 labels"},
    {"eido FALL\n", "line 1: this line belongs below a \"type\" line"},
    {"type a 1 A\neido Fall\n", "line 2: \"eido\" needs a value"},
    {"type a 1 A\neido ABCDEFGHIJKLMNOPQ\n", "line 2: \"eido\" needs a value"},
    {"type a 1 A\neido FALL\neido FIRE\n", "line 3: this type has an \"eido\" line"},
    {"type a 1 A\neido FALL FIRE\n", "line 2: there is more on this line"},
    {"retention 5\n",
     "line 1: this line belongs below"},
    {"type a 1 A\nretention -1\n",
     "line 2: a whole number from 0 to 36525"},
    {"type a 1 A\nretention 1\nretention 2\n",
     "line 3: this type has a \"retention\" line"},
    {"default-retention forever\n",
     "line 1: a whole number"},
    {"level 2\n",
     "line 1: this line belongs below"},
    {"type a 1 A\nlevel 1\n",
     "line 2: a whole number from 2 to 9"},
    {"type a 1 A\nlevel 3\n",
     "line 2: the levels come in order"},
    {"type a 1 A\nlevel 2\nlevel 2\n",
     "line 3: the levels come in order"},
    {"type a 1 A\nlevel 2\ntell x\n",
     "line 3: \"tell\" comes before"},
    {"type a 1 A\nlevel 2\nfor 1 5\n",
     "line 3: the first \"for\""},
    {"aid a\n",
     "line 1: \"aid\" needs the agency that lends"},
    {"aid a for b automatic\n",
     "line 1: \"aid\" needs the agency that lends"},
    {"aid a to a automatic\n",
     "line 1: aid is between two agencies"},
    {"aid a to - automatic\n",
     "line 1: aid is between two agencies"},
    {"\naid a to b\n",
     "line 2: types, capabilities, automatic or on-request is expected"},
    {"aid a to b keep 1\n",
     "line 1: types, capabilities, automatic or on-request is expected"},
    {"aid a to b types automatic\n",
     "line 1: a word is expected after \"types\""},
    {"type t 1 T\naid a to b types t t automatic\n",
     "line 2: a word is here twice"},
    {"type t 1 T\naid a to b types t types t automatic\n",
     "line 2: \"types\" and \"capabilities\" come once each"},
    {"type t 1 T\naid a to b types t unknown on-request\ntype u 1 U\n",
     "line 2: there is no type called \"unknown\""},
    {"aid a to b capabilities als! automatic\n",
     "line 1: a word of letters"},
    {"aid a to b capabilities a b c d e f g h i j k l m n o p q automatic\n",
     "line 1: there are more than 16 words"},
    {"aid a to b automatic 3\n",
     "line 1: after automatic or on-request, only \"keep\""},
    {"aid a to b automatic keep\n",
     "line 1: \"keep\" needs one whole number"},
    {"aid a to b automatic keep 1 2\n",
     "line 1: \"keep\" needs one whole number"},
    {"aid a to b automatic keep 1000\n",
     "line 1: \"keep\" needs one whole number"},
    {"aid a to b capabilities x y automatic\naid a to b capabilities y x automatic keep 2\n",
     "line 2: this agreement stands above"},
    {"type a 1 \xff\n",
     "not UTF-8"},
};
/* clang-format on */

static void a_wrong_line_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong_rows) / sizeof(wrong_rows[0]); i++) {
        struct amp_plans *plans = NULL;
        struct amp_why why = {{0}};
        assert_int_not_equal(amp_plans_read(amp_str_of(wrong_rows[i].text), &plans, &why), AMP_OK);
        assert_null(plans);
        if (!strstr(why.text, wrong_rows[i].words)) {
            fail_msg("\"%s\" lacks \"%s\"", why.text, wrong_rows[i].words);
        }
    }
}

static void an_agreement_is_read_wherever_it_stands(void **state)
{
    (void)state;
    struct amp_plans *plans = NULL;
    static const char text[] =
        "aid south to north types t u capabilities als on-request keep 2\n"
        "type t 1 T\n  aid north to south automatic # both ways\n"
        "  need 1 als\ntype u 2 U\ntimer aid-margin 30\ntimer aid-answer 0\n";
    assert_int_equal(amp_plans_read(amp_str_of(text), &plans, NULL), AMP_OK);
    assert_int_equal(amp_plans_agreements(plans), 2);
    const struct amp_agreement *first = amp_plans_agreement(plans, 0);
    const struct amp_agreement *second = amp_plans_agreement(plans, 1);
    assert_true(amp_str_is(first->lender, "south") && amp_str_is(first->asker, "north"));
    assert_int_equal(first->types.n, 2);
    assert_true(first->capabilities.n == 1 && amp_str_is(first->capabilities.word[0], "als"));
    assert_true(first->how == AMP_AID_ON_REQUEST && first->keep == 2 && first->line == 1);
    assert_true(second->how == AMP_AID_AUTOMATIC && second->keep == 0 && !second->types.n);
    assert_int_equal(amp_plan_at(plans, 0)->need_n, 1);
    assert_int_equal(amp_plans_timers(plans).aid_margin_s, 30);
    assert_int_equal(amp_plans_timers(plans).aid_answer_s, 0);
    amp_plans_free(plans);
    assert_int_equal(amp_plans_builtin(&plans), AMP_OK);
    assert_int_equal(amp_plans_agreements(plans), 0); /* nobody lends what he did not say */
    assert_int_equal(amp_plans_timers(plans).aid_margin_s, 120);
    amp_plans_free(plans);
}

static void more_needs_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct amp_plans *plans = NULL;
    struct amp_why why = {{0}};
    struct amp_buf buf = amp_buf_make(1 << 16);
    amp_buf_text(&buf, "type a 1 A\n");
    for (int i = 0; i <= AMP_NEEDS_MAX; i++) {
        amp_buf_printf(&buf, "need 1 cap%d\n", i);
    }
    assert_int_equal(amp_plans_read(amp_buf_view(&buf), &plans, &why), AMP_E_LIMIT);
    assert_non_null(strstr(why.text, "line 18"));
    amp_buf_clear(&buf);
    for (int i = 0; i <= AMP_TYPES_MAX; i++) {
        amp_buf_printf(&buf, "type t%d 1 A\n", i);
    }
    assert_int_equal(amp_plans_read(amp_buf_view(&buf), &plans, &why), AMP_E_LIMIT);
    amp_buf_free(&buf);
}

static struct amp_plans *plans_of(const char *text)
{
    struct amp_plans *plans = NULL;
    assert_int_equal(amp_plans_read(amp_str_of(text), &plans, NULL), AMP_OK);
    return plans;
}

static size_t adds_of(const struct amp_plans *plans, const char *type, int priority, int level)
{
    size_t n = 0;
    (void)amp_plan_adds(amp_plan_for(plans, amp_str_of(type), priority), level, &n);
    return n;
}

static void a_level_adds_its_needs_and_one_that_is_not_named_what_the_last_did(void **state)
{
    (void)state;
    struct amp_need need[AMP_NEEDS_MAX];
    struct amp_plans *plans = plans_of("type a 1 A\nfor 1 2\nneed 1 als bls\nneed 1 command\n"
                                       "level 2\nneed 2 bls als\nlevel 3\nneed 1 boat\n"
                                       "for 3 5\nneed 1 bls\n");
    const struct amp_plan *plan = amp_plan_for(plans, AMP_STR("a"), 1);
    assert_int_equal(plan->need_n, 2); /* of the first alarm, as without levels */
    assert_int_equal(amp_plan_needs(plan, 1, need), 2);
    assert_int_equal(need[0].count, 1);
    assert_int_equal(amp_plan_needs(plan, 2, need), 2);
    assert_int_equal(need[0].count, 3); /* the same capabilities, in whichever order */
    assert_int_equal(need[1].count, 1);
    assert_int_equal(amp_plan_needs(plan, 3, need), 3);
    assert_true(amp_str_is(need[2].all.word[0], "boat"));
    assert_int_equal(amp_plan_needs(plan, AMP_LEVEL_MAX, need), 3);
    assert_int_equal(need[0].count, 3);
    assert_int_equal(need[2].count, AMP_LEVEL_MAX - 2);
    assert_int_equal(adds_of(plans, "a", 4, 2), 0); /* the other row has none */
    amp_plans_free(plans);
}

static void without_levels_a_fire_needs_the_same_again_and_an_illness_nothing(void **state)
{
    (void)state;
    struct amp_need need[AMP_NEEDS_MAX];
    struct amp_plans *plans = plans_of("type fire 1 F\nneed 2 fire-engine\nneed 1 command\n"
                                       "type ill 1 I\nneed 1 als\n"
                                       "type none 1 N\nneed 1 fire-engine\nlevel 2\n"
                                       "type huge 1 H\nneed 40 fire-engine\n");
    assert_int_equal(amp_plan_needs(amp_plan_for(plans, AMP_STR("fire"), 1), 3, need), 2);
    assert_int_equal(need[0].count, 6);
    assert_int_equal(need[1].count, 3);
    assert_int_equal(amp_plan_needs(amp_plan_for(plans, AMP_STR("ill"), 1), 9, need), 1);
    assert_int_equal(need[0].count, 1);
    assert_int_equal(adds_of(plans, "none", 1, 2), 0); /* a plan can say that nothing is added */
    assert_int_equal(adds_of(plans, "none", 1, 5), 0);
    assert_int_equal(amp_plan_needs(amp_plan_for(plans, AMP_STR("huge"), 1), 2, need), 1);
    assert_int_equal(need[0].count, AMP_SLOTS_MAX); /* no incident has more crews */
    amp_plans_free(plans);
}

static void the_row_follows_type_and_priority(void **state)
{
    (void)state;
    struct amp_plans *plans = NULL;
    struct amp_str text = AMP_STR("# head\r\n type a 2 An accident # why\n"
                                  "for 1 2\n need 2 als bls\n tell police\n"
                                  "for 3 5\n need 1 bls\ntimer silent 0\n");
    assert_int_equal(amp_plans_read(text, &plans, NULL), AMP_OK);
    const struct amp_plan *urgent = amp_plan_for(plans, AMP_STR("a"), 2);
    const struct amp_plan *calm = amp_plan_for(plans, AMP_STR("a"), 5);
    assert_ptr_equal(amp_plan_for(plans, AMP_STR("a"), 0), urgent);
    assert_null(amp_plan_for(plans, AMP_STR("b"), 0));
    assert_ptr_not_equal(urgent, calm);
    assert_int_equal(urgent->need[0].count, 2);
    assert_int_equal(urgent->need[0].all.n, 2);
    assert_true(amp_str_is(calm->label, "An accident"));
    assert_int_equal(calm->priority, 2);
    assert_int_equal(calm->tell.n, 0);
    assert_int_equal(amp_plans_timers(plans).silent_s, 0);
    assert_int_equal(amp_plans_timers(plans).turnout_s, 60);
    struct amp_words als = {.word = {AMP_STR("als")}, .n = 1};
    assert_false(amp_need_met_by(&urgent->need[0], &als));
    assert_false(amp_need_met_by(&calm->need[0], &als)); /* als alone is not bls */
    amp_plans_free(plans);
}

static const char *label_in(const json_t *plan, const char *language)
{
    const char *label =
        json_string_value(json_object_get(json_object_get(plan, "labels"), language));
    return label ? label : "none";
}

static json_t *viewed(const struct amp_plan *plan)
{
    struct amp_buf buf = amp_buf_make(1 << 14);
    struct amp_json js = amp_json_make(&buf);
    json_t *root = NULL;
    amp_plan_view(&js, plan);
    assert_int_equal(amp_json_read(amp_buf_view(&buf), 1 << 14, &root, NULL), AMP_OK);
    amp_buf_free(&buf);
    return root;
}

static void a_label_counts_for_the_whole_type_wherever_it_stands(void **state)
{
    (void)state;
    struct amp_plans *plans = NULL;
    struct amp_str text = AMP_STR("type a 2 A fall\n label pt Queda # word\n for 1 2\n need 1 als\n"
                                  "for 3 5\n need 1 bls\n label pt-MZ Caída\n"
                                  "type b 1 B\n");
    assert_int_equal(amp_plans_read(text, &plans, NULL), AMP_OK);
    for (int priority = 1; priority <= AMP_PRIORITY_MAX; priority++) {
        json_t *row = viewed(amp_plan_for(plans, AMP_STR("a"), priority));
        assert_string_equal(label_in(row, "pt"), "Queda");
        assert_string_equal(label_in(row, "pt-MZ"), "Caída");
        assert_string_equal(json_string_value(json_object_get(row, "label")), "A fall");
        json_decref(row);
    }
    json_t *bare = viewed(amp_plan_for(plans, AMP_STR("b"), 0));
    assert_int_equal(json_object_size(json_object_get(bare, "labels")), 0);
    assert_true(json_is_object(json_object_get(bare, "labels")));
    json_decref(bare);
    amp_plans_free(plans);
}

static void every_built_in_type_has_a_label_of_its_own_in_each_language(void **state)
{
    static const char *const languages[] = {"pt", "es", "fr", "sw", "ar"};
    (void)state;
    struct amp_plans *plans = NULL;
    assert_int_equal(amp_plans_builtin(&plans), AMP_OK);
    for (size_t i = 0; i < amp_plans_count(plans); i++) {
        const struct amp_plan *plan = amp_plan_at(plans, i);
        assert_int_equal(plan->also_n, 5);
        for (size_t l = 0; l < 5; l++) {
            assert_true(amp_str_is(plan->also[l].language, languages[l]));
            for (size_t k = 0; k < i; k++) {
                const struct amp_plan *other = amp_plan_at(plans, k);
                assert_true(amp_str_eq(other->type, plan->type) ==
                            amp_str_eq(other->also[l].text, plan->also[l].text));
            }
        }
    }
    amp_plans_free(plans);
}

static void a_type_says_what_it_is_in_the_registry_of_eido(void **state)
{
    static const char text[] =
        "type a 1 A\n for 1 2\n eido FALL\n for 3 5\ntype b 1 B\n eido BITE\n"
        "type c 1 C\n eido BITE\ntype d 1 D\n";
    struct amp_plans *plans = NULL;
    (void)state;
    assert_int_equal(amp_plans_read(amp_str_of(text), &plans, NULL), AMP_OK);
    assert_true(amp_str_is(amp_plan_for(plans, AMP_STR("a"), 1)->eido, "FALL"));
    assert_true(amp_str_is(amp_plan_for(plans, AMP_STR("a"), 5)->eido, "FALL"));
    assert_int_equal(amp_plan_for(plans, AMP_STR("d"), 1)->eido.len, 0);
    assert_true(amp_str_is(amp_plan_of_eido(plans, AMP_STR("FALL"))->type, "a"));
    assert_null(amp_plan_of_eido(plans, AMP_STR("BITE"))); /* it says too little */
    assert_null(amp_plan_of_eido(plans, AMP_STR("FIRE")));
    assert_null(amp_plan_of_eido(plans, (struct amp_str){0}));
    amp_plans_free(plans);
    assert_int_equal(amp_plans_builtin(&plans), AMP_OK);
    for (size_t i = 0; i < amp_plans_count(plans); i++) {
        assert_true(amp_plan_at(plans, i)->eido.len > 0);
    }
    amp_plans_free(plans);
}

static void the_built_in_plans_cover_every_type_at_every_priority(void **state)
{
    (void)state;
    struct amp_plans *plans = NULL;
    assert_int_equal(amp_plans_builtin(&plans), AMP_OK);
    static const char *const types[] = {
        "cardiac-arrest",
        "breathing",
        "stroke",
        "childbirth",
        "trauma",
        "burns",
        "drowning",
        "fall",
        "unconscious",
        "chest-pain",
        "seizure",
        "poisoning",
        "snake-bite",
        "animal",
        "traffic-collision",
        "structure-fire",
        "vehicle-fire",
        "wildfire",
        "gas-leak",
        "flood",
        "hazmat",
        "traffic-trapped",
        "building-collapse",
        "water-rescue",
        "unknown",
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        for (int priority = 0; priority <= AMP_PRIORITY_MAX; priority++) {
            const struct amp_plan *plan = amp_plan_for(plans, amp_str_of(types[i]), priority);
            assert_non_null(plan);
            assert_true(plan->need_n > 0);
        }
    }
    struct amp_timers timers = amp_plans_timers(plans);
    assert_int_equal(timers.turnout_s, 60);
    assert_int_equal(timers.turnout_moving_s, 5);
    assert_int_equal(timers.acknowledge_s, 60);
    assert_int_equal(timers.silent_s, 900);
    assert_int_equal(timers.undispatched_s, 90);
    amp_plans_free(plans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_line_is_named),
        cmocka_unit_test(an_agreement_is_read_wherever_it_stands),
        cmocka_unit_test(more_needs_than_the_limit_are_refused),
        cmocka_unit_test(a_level_adds_its_needs_and_one_that_is_not_named_what_the_last_did),
        cmocka_unit_test(without_levels_a_fire_needs_the_same_again_and_an_illness_nothing),
        cmocka_unit_test(the_row_follows_type_and_priority),
        cmocka_unit_test(a_label_counts_for_the_whole_type_wherever_it_stands),
        cmocka_unit_test(every_built_in_type_has_a_label_of_its_own_in_each_language),
        cmocka_unit_test(a_type_says_what_it_is_in_the_registry_of_eido),
        cmocka_unit_test(the_built_in_plans_cover_every_type_at_every_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
