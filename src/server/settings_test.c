/* Tests of files of settings. */
#include "server/settings.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void settings_come_with_their_lines(void **state)
{
    struct amp_settings s = {.rest = AMP_STR("# a comment\n\n name =  a = b \r\nalone\nlast=")};
    (void)state;
    assert_true(amp_settings_next(&s));
    assert_int_equal(s.line, 3);
    assert_true(amp_str_is(s.name, "name"));
    assert_true(amp_str_is(s.value, "a = b"));
    assert_true(amp_settings_next(&s));
    assert_true(amp_str_is(s.name, "alone"));
    assert_int_equal(s.value.len, 0);
    assert_true(amp_settings_next(&s));
    assert_int_equal(s.line, 5);
    assert_true(amp_str_is(s.name, "last"));
    assert_int_equal(s.value.len, 0);
    assert_false(amp_settings_next(&s));
}

static void an_address_on_the_web_has_its_scheme_and_no_blank(void **state)
{
    (void)state;
    assert_true(amp_url_is_web(AMP_STR("http://127.0.0.1:13013/cgi-bin/sendsms?a=%20")));
    assert_true(amp_url_is_web(AMP_STR("https://centre.example/")));
    assert_false(amp_url_is_web(AMP_STR("ftp://centre.example/")));
    assert_false(amp_url_is_web(AMP_STR("https://centre.example/a b")));
    assert_false(amp_url_is_web(AMP_STR("https://centre.example/\r\nHost: other")));
    assert_false(amp_url_is_web(AMP_STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_come_with_their_lines),
        cmocka_unit_test(an_address_on_the_web_has_its_scheme_and_no_blank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
