/* CAP messages as calls: words, place, and to which earlier message they belong. */
#include "intake/cap_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

static struct amp_cap cap;

#define INFO(extra, area)                                                                          \
    "<info>" extra "<category>Fire</category><event>Smoke</event><urgency>Immediate</urgency>"     \
    "<severity>Severe</severity><certainty>Observed</certainty>" area "</info>"
#define AREA(shape) "<area><areaDesc>The mill</areaDesc>" shape "</area>"

static void given(const char *status, const char *info)
{
    struct amp_why why = {""};
    struct amp_str text = amp_arena_printf(
        &arena,
        "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>a1</identifier>"
        "<sender>s7@x</sender><sent>2026-11-20T10:00:00-00:00</sent><status>%s</status>"
        "<msgType>Alert</msgType><scope>Public</scope>%s</alert>",
        status, info);
    amp_err err = amp_cap_read(text, &arena, &cap, &why);
    if (err != AMP_OK) {
        print_error("%s\n", why.text);
    }
    assert_int_equal(err, AMP_OK);
}

static const char *words(void)
{
    struct amp_buf out = amp_buf_make(1 << 20);
    amp_cap_call_words(&cap, &out);
    const char *text = amp_arena_text(&arena, amp_buf_view(&out));
    assert_int_equal(amp_buf_err(&out), AMP_OK);
    amp_buf_free(&out);
    return text;
}

static void an_alert_without_a_headline_is_told_by_its_event(void **state)
{
    (void)state;
    given("Test", INFO("", ""));
    assert_string_equal(words(), "Smoke\nCAP: Alert; status Test; event Smoke; urgency Immediate; "
                                 "severity Severe; certainty Observed; sender s7@x; identifier a1; "
                                 "sent 2026-11-20T10:00:00-00:00\n");
    given("Actual", ""); /* nothing but who */
    assert_string_equal(words(), "CAP: Alert; sender s7@x; identifier a1; "
                                 "sent 2026-11-20T10:00:00-00:00\n");
}

static void other_languages_are_left_out(void **state)
{
    (void)state;
    given("Actual", INFO("<language>pt</language>", "") INFO("<language>en</language>", "")
                        INFO("<language>pt</language>", ""));
    assert_int_equal(strncmp(words(), "Smoke\nSmoke\nCAP", 15), 0);
}

static void long_words_are_cut_between_characters(void **state)
{
    (void)state;
    char text[2 * AMP_CAP_CALL_TEXT_MAX + 100] = "<info><category>Fire</category><event>";
    size_t len = strlen(text);
    text[len++] = 'x';
    for (size_t i = 0; i < AMP_CAP_CALL_TEXT_MAX - 10; i++) {
        memcpy(text + len, "\xc3\xa9", 2);
        len += 2;
    }
    (void)snprintf(text + len, sizeof text - len, "%s", "</event>");
    given("Actual", amp_arena_printf(&arena,
                                     "%s<urgency>Past</urgency><severity>Minor</severity>"
                                     "<certainty>Likely</certainty></info>",
                                     text)
                        .ptr);
    const char *said = words();
    assert_true(amp_utf8_valid(amp_str_of(said)));
    assert_int_equal(strcspn(said, "\n"), AMP_CAP_CALL_TEXT_MAX - 1);
}

static void place_is(const char *shape, bool located, int lat_e7, int64_t radius_m)
{
    struct amp_report report = {0};
    given("Actual", amp_arena_printf(&arena, INFO("", AREA("%s")), shape).ptr);
    amp_cap_call_place(&cap, &arena, &report);
    assert_int_equal(report.located, located);
    assert_int_equal(report.f.pos.lat_e7, lat_e7);
    assert_int_equal(report.f.radius_m, radius_m);
    assert_int_equal((report.f.has & AMP_HAS(RADIUS_M)) != 0, radius_m > 0);
    assert_true(amp_str_is(report.f.place, "The mill"));
}

static void an_area_is_a_place_while_it_is_small(void **state)
{
    (void)state;
    place_is("<circle>10.5,20.5 0</circle>", true, 105000000, 0);
    place_is("<circle>10.5,20.5 2.5</circle>", true, 105000000, 2500);
    place_is("<circle>10.5,20.5 200</circle>", false, 0, 0);
    place_is("<polygon>0,0 0,0.01 0.01,0.01 0.01,0 0,0</polygon>", true, 50000, 787);
    place_is("<polygon>0,179.99 0,-179.99 0.01,179.99 0,179.99</polygon>", false, 0, 0);
    place_is("<geocode><valueName>A</valueName><value>1</value></geocode>", false, 0, 0);
}

static void what_is_known_already_is_kept(void **state)
{
    (void)state;
    struct amp_report report = {.located = true};
    report.f.pos.lat_e7 = 7;
    given("Actual", INFO("", AREA("<circle>10.5,20.5 1</circle>")));
    amp_cap_call_place(&cap, &arena, &report);
    assert_int_equal(report.f.pos.lat_e7, 7);
    assert_int_equal(report.f.has & AMP_HAS(SOURCE), 0);
}

static void references_are_taken_apart(void **state)
{
    (void)state;
    struct amp_str rest = AMP_STR("  s@x,a0,2026-11-20T09:00:00-00:00\n\ts@x,a1 lone,  "),
                   name = {0};
    static const char *const names[] = {"s@x,a0", "s@x,a1", "lone,"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(amp_cap_call_refers(&rest, &name));
        assert_true(amp_str_is(name, names[i]));
    }
    assert_false(amp_cap_call_refers(&rest, &name));
    rest = (struct amp_str){0};
    assert_false(amp_cap_call_refers(&rest, &name));
    given("Actual", "");
    assert_true(amp_str_is(amp_cap_call_name(&cap, &arena), "s7@x,a1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_without_a_headline_is_told_by_its_event),
        cmocka_unit_test(other_languages_are_left_out),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(an_area_is_a_place_while_it_is_small),
        cmocka_unit_test(what_is_known_already_is_kept),
        cmocka_unit_test(references_are_taken_apart),
    };
    return cmocka_run_group_tests_name("cap_call", tests, arena_set_up, arena_tear_down);
}
