/* Tests of files of settings. */
#include "server/partner.h"
#include "server/settings.h"
#include "server/warnings.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

static void warnings_refused(const char *text, amp_err expected, const char *words)
{
    struct amp_warning_settings out;
    struct amp_why why = {""};
    assert_int_equal(amp_warning_settings_read(amp_str_of(text), &out, &why), expected);
    assert_non_null(strstr(why.text, words));
}

static void who_warns_is_one_name_and_the_feed_is_off_unless_it_is_named(void **state)
{
    struct amp_warning_settings out;
    struct amp_why why = {""};
    (void)state;
    assert_int_equal(
        amp_warning_settings_read(AMP_STR("sender = a@example.org\nname = A & B\n"), &out, &why),
        AMP_OK);
    assert_string_equal(out.sender, "a@example.org");
    assert_string_equal(out.feed, "");
    assert_false(out.two);
    assert_int_equal(
        amp_warning_settings_read(AMP_STR("sender=a\nfeed = https://w.example.org//\ntwo = yes"),
                                  &out, &why),
        AMP_OK);
    assert_string_equal(out.feed, "https://w.example.org");
    assert_true(out.two);
    warnings_refused("", AMP_E_MISSING, "sender");
    warnings_refused("sender = a b\n", AMP_E_RANGE, "line 1");
    warnings_refused("sender = a\nfeed = https://w.example.org/?a&b\n", AMP_E_SYNTAX, "line 2");
    warnings_refused("sender = a\nfeed = w.example.org\n", AMP_E_SYNTAX, "line 2");
    warnings_refused("sender = a\ntwo = perhaps\n", AMP_E_RANGE, "line 2");
    warnings_refused("sender = a\nsiren = yes\n", AMP_E_SYNTAX, "siren");
}

static void an_offer_has_a_minute_to_arrive_unless_the_settings_say_another_time(void **state)
{
    static const char *const wrong[] = {"0", "-1", "3601", "soon", "", "1 h"};
    static struct amp_partners out;
    char text[128];
    struct amp_why why = {""};
    (void)state;
    assert_int_equal(amp_partners_read(AMP_STR("centre = a\nurl = http://a\n"), &out, &why),
                     AMP_OK);
    assert_int_equal(out.offer_s, 60);
    assert_int_equal(
        amp_partners_read(AMP_STR("centre=a\nurl=http://a\noffer-wait = 3600\n"), &out, &why),
        AMP_OK);
    assert_int_equal(out.offer_s, 3600);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(text, sizeof text, "centre=a\nurl=http://a\noffer-wait = %s\n", wrong[i]);
        assert_int_equal(amp_partners_read(amp_str_of(text), &out, &why), AMP_E_SYNTAX);
        assert_non_null(strstr(why.text, "line 3"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_come_with_their_lines),
        cmocka_unit_test(an_address_on_the_web_has_its_scheme_and_no_blank),
        cmocka_unit_test(an_offer_has_a_minute_to_arrive_unless_the_settings_say_another_time),
        cmocka_unit_test(who_warns_is_one_name_and_the_feed_is_off_unless_it_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
