/* Decoding of form fields, and what is refused. */
#include "base/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void names_and_values_are_decoded(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_form form = {0};
    struct amp_str value = {0};
    assert_int_equal(
        amp_form_read(AMP_STR("id=M+1&n=%2B258%C3%A9&empty=&&flag&id=second"), &arena, &form, NULL),
        AMP_OK);
    assert_int_equal(form.n, 5);
    assert_true(amp_form_get(&form, "id", &value));
    assert_true(amp_str_is(value, "M 1"));
    assert_true(amp_form_get(&form, "n", &value));
    assert_true(amp_str_is(value, "+258\xC3\xA9"));
    assert_true(amp_form_get(&form, "flag", &value));
    assert_int_equal(value.len, 0);
    assert_false(amp_form_get(&form, "absent", &value));
    amp_arena_drop(&arena);
}

static void broken_escapes_and_bad_text_are_refused(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_form form = {0};
    assert_int_equal(amp_form_read(AMP_STR("a=%4"), &arena, &form, NULL), AMP_E_SYNTAX);
    assert_int_equal(amp_form_read(AMP_STR("a=%zz"), &arena, &form, NULL), AMP_E_SYNTAX);
    assert_int_equal(amp_form_read(AMP_STR("a=%00"), &arena, &form, NULL), AMP_E_SYNTAX);
    assert_int_equal(amp_form_read(AMP_STR("a=%FF"), &arena, &form, NULL), AMP_E_SYNTAX);
    assert_int_equal(form.n, 0);
    amp_arena_drop(&arena);
}

static void more_pairs_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_form form = {0};
    char many[2 * (AMP_FORM_PAIRS + 1)];
    for (size_t i = 0; i < sizeof(many); i += 2) {
        many[i] = 'a';
        many[i + 1] = '&';
    }
    struct amp_str text = {.ptr = many, .len = sizeof(many)};
    assert_int_equal(amp_form_read(text, &arena, &form, NULL), AMP_E_LIMIT);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_values_are_decoded),
        cmocka_unit_test(broken_escapes_and_bad_text_are_refused),
        cmocka_unit_test(more_pairs_than_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
